package teams

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	appID     = "00000000-0000-0000-0000-0000000000b0"
	tenantID  = "11111111-1111-1111-1111-111111111111"
	elsewhere = "99999999-9999-9999-9999-999999999999"
	hannah    = "00000000-0000-4000-a000-000000000001"
	teamsURL  = "https://smba.trafficmanager.net/uk/"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// Making an RSA key is slow: two do for all tests.
var (
	firstKey  = sync.OnceValue(newKey)
	secondKey = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

// clock is a wall clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: start} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// issuer publishes keys as login.botframework.com does, and signs with them. It
// is the transport of a Keys.
type issuer struct {
	mu      sync.Mutex
	keys    []jwk
	down    bool
	fetches int
	jwksURI string
	served  func() // called in each fetch of the keys, if set
}

func newIssuer() *issuer {
	i := &issuer{jwksURI: "https://login.botframework.com/v1/.well-known/keys"}
	i.publish("k1", firstKey(), "msteams", "webchat")
	return i
}

func publicJWK(kid string, k *rsa.PrivateKey, endorsements ...string) jwk {
	return jwk{
		KTY: "RSA", KID: kid, Use: "sig", Endorsements: endorsements,
		N: base64.RawURLEncoding.EncodeToString(k.N.Bytes()),
		E: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.E)).Bytes()),
	}
}

// publish replaces the published keys by one.
func (i *issuer) publish(kid string, k *rsa.PrivateKey, endorsements ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = []jwk{publicJWK(kid, k, endorsements...)}
}

func (i *issuer) set(f func(*issuer)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f(i)
}

func (i *issuer) fetched() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		i.fetches++
		return nil, errors.New("no route to host")
	}
	switch r.URL.Path {
	case "/v1/.well-known/openidconfiguration":
		return answer(http.StatusOK, map[string]string{"issuer": publicIssuer, "jwks_uri": i.jwksURI}), nil
	case "/v1/.well-known/keys":
		i.fetches++
		if i.served != nil {
			i.served()
		}
		return answer(http.StatusOK, map[string]any{"keys": i.keys}), nil
	}
	return answer(http.StatusNotFound, nil), nil
}

func answer(status int, body any) *http.Response {
	rec := newRecorder(status, body)
	return rec.Result()
}

// tokenClaims are those of a good token; changes replace them, nil removes.
func tokenClaims(now time.Time, changes map[string]any) jwt.MapClaims {
	c := jwt.MapClaims{
		"iss": publicIssuer, "aud": appID, "serviceurl": teamsURL,
		"nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

func sign(t testing.TB, method jwt.SigningMethod, kid string, key any, c jwt.Claims) string {
	t.Helper()
	tok := jwt.NewWithClaims(method, c)
	if kid != "" {
		tok.Header["kid"] = kid
	}
	s, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// goodToken is a token as Teams would send it at that time.
func goodToken(t testing.TB, now time.Time) string {
	return sign(t, jwt.SigningMethodRS256, "k1", firstKey(), tokenClaims(now, nil))
}

func testConfig() Config { return Config{AppID: appID, TenantID: tenantID} }

func testLog(t testing.TB) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// recorded is a Handler that keeps what it was given.
type recorded struct {
	mu     sync.Mutex
	calls  []string // method and activity id
	last   Activity
	answer InvokeAnswer
	err    error
	do     func(ctx context.Context, a Activity) // called in each turn, if set
}

func (h *recorded) note(ctx context.Context, method string, a Activity) error {
	h.mu.Lock()
	h.calls = append(h.calls, method+" "+a.ID)
	h.last = a
	do, err := h.do, h.err
	h.mu.Unlock()
	if do != nil {
		do(ctx, a)
	}
	return err
}

func (h *recorded) seen() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.calls...)
}

func (h *recorded) Message(ctx context.Context, a Activity) error { return h.note(ctx, "message", a) }

func (h *recorded) Invoke(ctx context.Context, a Activity) (InvokeAnswer, error) {
	return h.answer, h.note(ctx, "invoke", a)
}

func (h *recorded) Installed(ctx context.Context, a Activity) error {
	return h.note(ctx, "installed", a)
}
func (h *recorded) Other(ctx context.Context, a Activity) error { return h.note(ctx, "other", a) }

// wire is an activity as Teams sends it; changes replace fields, nil removes.
func wire(t testing.TB, changes map[string]any) []byte {
	t.Helper()
	a := map[string]any{
		"type": "message", "id": "1632474074231", "timestamp": "2026-11-23T08:59:59.123Z",
		"serviceUrl": teamsURL, "channelId": "msteams", "text": "help", "textFormat": "plain", "locale": "en-GB",
		"localTimezone": "Europe/London",
		"from":          map[string]any{"id": "29:hannah", "name": "Hannah Reed", "aadObjectId": hannah},
		"recipient":     map[string]any{"id": "28:" + appID, "name": "Muster"},
		"conversation":  map[string]any{"id": "a:1hannah", "conversationType": "personal", "tenantId": tenantID},
		"channelData":   map[string]any{"tenant": map[string]any{"id": tenantID}},
		"entities":      []any{map[string]any{"type": "clientInfo", "locale": "en-GB", "country": "GB", "platform": "Web", "timezone": "Europe/London"}},
	}
	maps.Copy(a, changes)
	maps.DeleteFunc(a, func(_ string, v any) bool { return v == nil })
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
