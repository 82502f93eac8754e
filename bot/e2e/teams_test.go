package e2e

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	tenantID = "11111111-1111-1111-1111-111111111111"
	appID    = "00000000-0000-0000-0000-0000000000b0"
	hannah   = "00000000-0000-4000-a000-000000000001"
)

// fakeTeams is what serve meets outside: the issuer of the tokens that come with activities, the one that gives the bot its own, and the
// connector that takes its answers. It shares nothing with the sandbox's, which serve does not contain.
type fakeTeams struct {
	*httptest.Server
	tenant, app string // whose, and which bot

	key  *rsa.PrivateKey
	sent chan string // bodies of what the bot sends

	secret atomic.Value // string: the one that the issuer takes
	life   atomic.Int64 // seconds that a token is good for
	issued atomic.Int64
}

func newTeams(t *testing.T) *fakeTeams {
	t.Helper()
	return newTeamsOf(t, tenantID, appID)
}

func newTeamsOf(t *testing.T, tenant, app string) *fakeTeams {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeTeams{tenant: tenant, app: app, key: key, sent: make(chan string, 16)}
	f.secret.Store("the bot's")
	f.life.Store(3600)
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /metadata", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, object{"issuer": "https://api.botframework.com", "jwks_uri": f.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		b64 := base64.RawURLEncoding.EncodeToString
		answer(w, object{"keys": []object{{
			"kty": "RSA", "use": "sig", "kid": "k1", "x5t": "k1", "endorsements": []string{"msteams"},
			"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("POST /"+tenant+"/oauth2/v2.0/token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("client_id") != app || r.FormValue("client_secret") != f.secret.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		f.issued.Add(1)
		answer(w, object{"token_type": "Bearer", "expires_in": f.life.Load(), "access_token": "for the connector"})
	})
	mux.HandleFunc("/v3/conversations/", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer for the connector" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		f.sent <- string(b)
		answer(w, object{"id": "1"})
	})
	f.Server = httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

// token is what Teams sends along, with the claims changed as a test wants.
func (f *fakeTeams) token(t *testing.T, change func(jwt.MapClaims)) string {
	t.Helper()
	now := time.Now()
	c := jwt.MapClaims{"iss": "https://api.botframework.com", "aud": f.app, "serviceurl": f.URL + "/", "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix()}
	if change != nil {
		change(c)
	}
	j := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	j.Header["kid"] = "k1"
	s, err := j.SignedString(f.key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// post sends an activity of a person to the bot and answers the status.
func (f *fakeTeams) post(t *testing.T, bot, id, from, tenant, text, token string) int {
	t.Helper()
	b, err := json.Marshal(object{
		"type": "message", "id": id, "timestamp": time.Now().UTC().Format(time.RFC3339), "channelId": "msteams", "serviceUrl": f.URL + "/", "text": text, "locale": "en-GB",
		"from":      object{"id": "29:" + from, "name": "Somebody", "aadObjectId": from},
		"recipient": object{"id": "28:" + f.app, "name": "Muster"}, "conversation": object{"id": "a:1", "conversationType": "personal", "tenantId": tenant},
		"channelData": object{"tenant": object{"id": tenant}},
	})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+bot+"/api/messages", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

// hears waits for an answer of the bot with the words, and gives what came before it.
func (f *fakeTeams) hears(t *testing.T, want string) []string {
	t.Helper()
	patience := time.NewTimer(20 * time.Second)
	defer patience.Stop()
	var all []string
	for {
		select {
		case text := <-f.sent:
			if strings.Contains(text, want) {
				return all
			}
			all = append(all, text)
		case <-patience.C:
			t.Fatalf("%q was not heard among:\n%s", want, strings.Join(all, "\n"))
		}
	}
}

// silent wants that the bot has sent nothing.
func (f *fakeTeams) silent(t *testing.T) {
	t.Helper()
	select {
	case text := <-f.sent:
		t.Errorf("the bot sent %s", text)
	default:
	}
}

// statusOf is the status of a GET.
func statusOf(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}
