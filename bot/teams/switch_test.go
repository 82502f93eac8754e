package teams

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

const otherApp = "00000000-0000-0000-0000-0000000000b1"

// switched sends a request through a Switch that knows two bots, and gives the status and whose edge saw it: "" when none did.
func switched(t testing.TB, method, authorization string) (int, string) {
	t.Helper()
	saw := ""
	s := Switch{Log: slog.New(slog.DiscardHandler), Edge: func(app string) http.Handler {
		if app != guid(testConfig().AppID) && app != otherApp {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			saw = app
			if _, err := io.ReadAll(r.Body); err != nil {
				t.Error(err)
			}
			w.WriteHeader(http.StatusAccepted)
		})
	}}
	r := httptest.NewRequest(method, "http://127.0.0.1/api/messages", http.NoBody)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, saw
}

func TestSwitch(t *testing.T) {
	claim := func(aud any) string {
		return "Bearer " + sign(t, jwt.SigningMethodHS256, "k1", []byte("x"), tokenClaims(start, map[string]any{"aud": aud}))
	}
	app := guid(testConfig().AppID)
	for name, tc := range map[string]struct {
		method, authorization string
		status                int
		saw                   string
	}{
		"a bot":                   {http.MethodPost, "Bearer " + goodToken(t, start), http.StatusAccepted, app},
		"another":                 {http.MethodPost, claim(otherApp), http.StatusAccepted, otherApp},
		"an unknown bot":          {http.MethodPost, claim("00000000-0000-0000-0000-0000000000ff"), http.StatusUnauthorized, ""},
		"two bots":                {http.MethodPost, claim([]string{app, otherApp}), http.StatusUnauthorized, ""},
		"no bot":                  {http.MethodPost, claim(""), http.StatusUnauthorized, ""},
		"no token":                {http.MethodPost, "", http.StatusUnauthorized, ""},
		"no token but a password": {http.MethodPost, "Basic eDp5", http.StatusUnauthorized, ""},
		"nonsense":                {http.MethodPost, "Bearer a.b.c", http.StatusUnauthorized, ""},
		"a look":                  {http.MethodGet, "Bearer " + goodToken(t, start), http.StatusMethodNotAllowed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if status, saw := switched(t, tc.method, tc.authorization); status != tc.status || saw != tc.saw {
				t.Errorf("%d, seen by %q; want %d and %q", status, saw, tc.status, tc.saw)
			}
		})
	}
}

// FuzzSwitch holds that whatever stands in the header either reaches a bot that is there, or is refused.
func FuzzSwitch(f *testing.F) {
	f.Add("Bearer " + goodToken(f, start))
	f.Add("bearer eyJhbGciOiJub25lIn0.eyJhdWQiOiIifQ.")
	f.Add("Bearer eyJhbGciOiJub25lIn0.eyJhdWQiOlsiYSIsImIiXX0.")
	f.Fuzz(func(t *testing.T, authorization string) {
		if status, saw := switched(t, http.MethodPost, authorization); (saw == "") != (status >= 400) {
			t.Errorf("%q: %d, seen by %q", authorization, status, saw)
		}
	})
}
