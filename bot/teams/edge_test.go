package teams

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// newTestEdge is an edge whose tokens are judged at start.
func newTestEdge(t testing.TB, h Handler, change func(*EdgeOptions)) *Edge {
	t.Helper()
	c := newClock()
	o := EdgeOptions{Config: testConfig(), Handler: h, Log: testLog(t), Now: c.now, Keys: newTestKeys(t, newIssuer(), c)}
	if change != nil {
		change(&o)
	}
	e, err := NewEdge(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// post is a request as Teams makes it.
func post(t testing.TB, body []byte) *http.Request {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/messages", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Authorization", "Bearer "+goodToken(t, start))
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRequests(t *testing.T) {
	large := wire(t, map[string]any{"text": strings.Repeat("x", bodyLimit)})
	for name, tt := range map[string]struct {
		request func(*http.Request)
		body    []byte
		want    int
	}{
		"good":                  {nil, wire(t, nil), 200},
		"GET":                   {func(r *http.Request) { r.Method = http.MethodGet }, nil, 405},
		"HEAD":                  {func(r *http.Request) { r.Method = http.MethodHead }, nil, 405},
		"PUT":                   {func(r *http.Request) { r.Method = http.MethodPut }, wire(t, nil), 405},
		"no content type":       {func(r *http.Request) { r.Header.Del("Content-Type") }, wire(t, nil), 415},
		"a form":                {func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, wire(t, nil), 415},
		"plain JSON":            {func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, wire(t, nil), 200},
		"JSON in UTF-8":         {func(r *http.Request) { r.Header.Set("Content-Type", `Application/JSON; charset="UTF-8"`) }, wire(t, nil), 200},
		"JSON in UTF-16":        {func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-16") }, wire(t, nil), 415},
		"too large":             {nil, large, 413},
		"too large, length hid": {func(r *http.Request) { r.ContentLength = -1 }, large, 413},
		"length lies":           {func(r *http.Request) { r.ContentLength = 3 }, large, 413},
		"too large, no token":   {func(r *http.Request) { r.Header.Del("Authorization") }, large, 413},
		"no token":              {func(r *http.Request) { r.Header.Del("Authorization") }, wire(t, nil), 401},
		"two tokens":            {func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }, wire(t, nil), 401},
		"token in the query": {func(r *http.Request) {
			r.URL.RawQuery = "access_token=" + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			r.Header.Del("Authorization")
		}, wire(t, nil), 401},
		"malformed, no token":    {func(r *http.Request) { r.Header.Del("Authorization") }, []byte("{"), 401},
		"malformed":              {nil, []byte("{"), 400},
		"empty":                  {nil, nil, 400},
		"null":                   {nil, []byte("null"), 400},
		"an array":               {nil, []byte("[]"), 400},
		"two documents":          {nil, append(wire(t, nil), wire(t, nil)...), 400},
		"no type":                {nil, wire(t, map[string]any{"type": nil}), 400},
		"no conversation":        {nil, wire(t, map[string]any{"conversation": nil}), 400},
		"text is a number":       {nil, wire(t, map[string]any{"text": 5}), 400},
		"another channel":        {nil, wire(t, map[string]any{"channelId": "webchat"}), 401},
		"another service URL":    {nil, wire(t, map[string]any{"serviceUrl": "https://evil.example/"}), 401},
		"an unknown type":        {nil, wire(t, map[string]any{"type": "handoff"}), 200},
		"typing":                 {nil, wire(t, map[string]any{"type": "typing"}), 200},
		"an empty timestamp":     {nil, wire(t, map[string]any{"timestamp": ""}), 200},
		"a string value":         {nil, wire(t, map[string]any{"value": "x"}), 200},
		"an array value":         {nil, wire(t, map[string]any{"value": []int{1}}), 200},
		"entities nobody knows":  {nil, wire(t, map[string]any{"entities": []any{1, "x", nil, map[string]any{"type": 7}}}), 200},
		"an unknown invoke":      {nil, wire(t, map[string]any{"type": "invoke", "name": "what/ever"}), 501},
		"malformed another type": {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, []byte("{"), 415},
	} {
		t.Run(name, func(t *testing.T) {
			h := &recorded{}
			r := post(t, tt.body)
			if tt.request != nil {
				tt.request(r)
			}
			w := serve(newTestEdge(t, h, nil), r)
			if w.Code != tt.want {
				t.Errorf("status = %d, want %d", w.Code, tt.want)
			}
			if w.Body.Len() > 0 {
				t.Errorf("body = %q, want none", w.Body)
			}
			if refused := tt.want != 200 && tt.want != 501; refused && len(h.seen()) > 0 {
				t.Errorf("the handler was called: %v", h.seen())
			}
			if tt.want == 405 && w.Header().Get("Allow") != http.MethodPost {
				t.Errorf("Allow = %q", w.Header().Get("Allow"))
			}
		})
	}
}

// The host list holds also for a URL that the token vouches for.
func TestSignedButForeignHost(t *testing.T) {
	const evil = "https://evil.trafficmanager.net/uk/"
	h := &recorded{}
	r := post(t, wire(t, map[string]any{"serviceUrl": evil}))
	r.Header.Set("Authorization", "Bearer "+sign(t, jwt.SigningMethodRS256, "k1", firstKey(), tokenClaims(start, map[string]any{"serviceurl": evil})))
	if w := serve(newTestEdge(t, h, nil), r); w.Code != 401 || len(h.seen()) > 0 {
		t.Errorf("status = %d, handler calls = %v; want 401 and none", w.Code, h.seen())
	}
}

func TestNoKeysIsNotTheCallersFault(t *testing.T) {
	h := &recorded{}
	e := newTestEdge(t, h, func(o *EdgeOptions) {
		i := newIssuer()
		i.down = true
		o.Keys = NewKeys(o.Config, i, o.Log, o.Now)
	})
	if w := serve(e, post(t, wire(t, nil))); w.Code != 503 || len(h.seen()) > 0 {
		t.Errorf("status = %d, handler calls = %v; want 503 and none", w.Code, h.seen())
	}
}

func TestUnreadBody(t *testing.T) {
	h := &recorded{}
	r := post(t, nil)
	r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(`{"type":`), broken{})), -1
	if w := serve(newTestEdge(t, h, nil), r); w.Code != 400 || len(h.seen()) > 0 {
		t.Errorf("status = %d, handler calls = %v; want 400 and none", w.Code, h.seen())
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestTenants(t *testing.T) {
	in := func(channelData, conversation string) map[string]any {
		m := map[string]any{"channelData": map[string]any{}, "conversation": map[string]any{"id": "a:1", "tenantId": conversation}}
		if channelData != "" {
			m["channelData"] = map[string]any{"tenant": map[string]any{"id": channelData}}
		}
		return m
	}
	const second = "22222222-2222-2222-2222-22222222abcd"
	for name, tt := range map[string]struct {
		activity map[string]any
		want     string // tenant of the activity that is let in; "" for none
	}{
		"both":                      {in(tenantID, tenantID), tenantID},
		"channel data only":         {in(tenantID, ""), tenantID},
		"conversation only":         {in("", tenantID), tenantID},
		"neither":                   {in("", ""), ""},
		"another":                   {in(elsewhere, elsewhere), ""},
		"another conversation":      {in(tenantID, elsewhere), ""},
		"another in channel data":   {in(elsewhere, tenantID), ""},
		"the second one":            {in(strings.ToUpper(second), second), second},
		"two that are both allowed": {in(tenantID, second), ""},
		"with a space":              {in(tenantID+" ", ""), ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := &recorded{}
			var refused []Refusal
			e := newTestEdge(t, h, func(o *EdgeOptions) {
				o.Config.AllowedTenants = []string{second}
				o.Refused = func(_ context.Context, r Refusal, a Activity) {
					if a.From.AADObjectID != hannah {
						t.Errorf("refused activity is not whole: %+v", a)
					}
					refused = append(refused, r)
				}
			})
			w := serve(e, post(t, wire(t, tt.activity)))
			if w.Code != 200 || w.Body.Len() > 0 {
				t.Errorf("answer = %d %q, want an empty 200", w.Code, w.Body)
			}
			if h.last.Tenant != tt.want {
				t.Errorf("tenant = %q, want %q", h.last.Tenant, tt.want)
			}
			var want []Refusal
			if tt.want == "" {
				want = []Refusal{RefusedTenant}
			}
			if diff := cmp.Diff(want, refused); diff != "" {
				t.Errorf("refusals (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewEdgeRefusesABadConfig(t *testing.T) {
	for name, cfg := range map[string]Config{
		"empty":     {},
		"no app id": {TenantID: tenantID},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewEdge(EdgeOptions{Config: cfg, Handler: &recorded{}, Log: testLog(t), Now: newClock().now}); err == nil {
				t.Error("an edge without app id was built")
			}
		})
	}
}

// Nothing a stranger or a person wrote may reach the log, the token least.
func TestLogHoldsNoSecrets(t *testing.T) {
	var log bytes.Buffer
	e := newTestEdge(t, &recorded{err: errors.New("store is full")}, func(o *EdgeOptions) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	var tokens []string
	for _, r := range []*http.Request{
		post(t, wire(t, nil)),
		post(t, wire(t, map[string]any{"type": "Hannah secretly says"})),
		post(t, []byte(`{"text": Hannah`)),
		post(t, []byte(`{"type":"message","text":["Hannah"]}`)),
		post(t, wire(t, map[string]any{"channelId": "webchat"})),
		post(t, wire(t, map[string]any{"channelData": map[string]any{"tenant": map[string]any{"id": elsewhere}}})),
	} {
		tokens = append(tokens, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		serve(e, r)
	}
	forged := post(t, wire(t, nil))
	bad := sign(t, jwt.SigningMethodRS256, "k1", secondKey(), tokenClaims(start, nil))
	forged.Header.Set("Authorization", "Bearer "+bad)
	serve(e, forged)
	if n := strings.Count(log.String(), "\n"); n != 6 {
		t.Errorf("%d lines, want one for each refusal and failure, 6:\n%s", n, log.String())
	}
	for _, secret := range append(tokens, bad, "Hannah", "help") {
		if strings.Contains(log.String(), secret) {
			t.Errorf("log holds %q:\n%s", secret, log.String())
		}
	}
}

// The limits hold at a real server, where a caller may dawdle.
func TestServerLimits(t *testing.T) {
	s := NewServer("127.0.0.1:0", http.NotFoundHandler(), testLog(t))
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("server without limits: %+v", s)
	}
	if s.WriteTimeout <= s.ReadTimeout+messageTime {
		t.Errorf("WriteTimeout %v cuts off turns that may take %v after %v of reading", s.WriteTimeout, messageTime, s.ReadTimeout)
	}
}
