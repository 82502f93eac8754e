package graphsim_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/flows/graphsim"
)

const tokenPath = "/11111111-1111-1111-1111-111111111111/oauth2/v2.0/token"

func (w *world) askToken(path string, form url.Values) reply {
	w.t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(r)
}

func TestTokenEndpoint(t *testing.T) {
	w := newWorld(t, func(o *graphsim.Options) {
		o.Permissions = map[string][]string{"c0": nil, "00000000-0000-0000-0000-0000000000c0": nil}
	})
	good := func(changes ...string) url.Values {
		f := url.Values{"grant_type": {"client_credentials"}, "client_id": {"c0"}, "client_secret": {"s"}, "scope": {"https://graph.microsoft.com/.default"}}
		for i := 0; i < len(changes); i += 2 {
			f.Set(changes[i], changes[i+1])
		}
		return f
	}
	assertion := good("client_secret", "", "client_assertion", "x.y.z", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	for name, tt := range map[string]struct {
		path   string
		form   url.Values
		status int
		code   string
	}{
		"secret":         {tokenPath, good(), 200, ""},
		"assertion":      {tokenPath, assertion, 200, ""},
		"domain":         {"/larkfield.example/oauth2/v2.0/token", good(), 200, ""},
		"no secret":      {tokenPath, good("client_secret", ""), 401, "invalid_client"},
		"unknown app":    {tokenPath, good("client_id", "c1"), 400, "unauthorized_client"},
		"other tenant":   {"/99999999-9999-9999-9999-999999999999/oauth2/v2.0/token", good(), 400, "invalid_request"},
		"other grant":    {tokenPath, good("grant_type", "password"), 400, "unsupported_grant_type"},
		"other resource": {tokenPath, good("scope", "https://api.botframework.com/.default"), 400, "invalid_scope"},
		"one permission": {tokenPath, good("scope", "https://graph.microsoft.com/User.Read.All"), 400, "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.askToken(tt.path, tt.form)
			code, _ := r.body["error"].(string)
			if r.status != tt.status || code != tt.code {
				t.Errorf("got %d %s", r.status, r.raw)
			}
			if _, has := r.body["access_token"]; has != (tt.status == 200) {
				t.Errorf("token in %s", r.raw)
			}
		})
	}
}

func TestAuthentication(t *testing.T) {
	var now time.Time
	clock := func(o *graphsim.Options) { o.TokenNow = func() time.Time { return now } }
	now = start
	w := newWorld(t, clock)
	other := newWorld(t, clock, func(o *graphsim.Options) { o.Seed = 8 })
	good := w.token
	forged := func() string {
		parts := strings.Split(good, ".")
		return parts[0] + "." + parts[1] + ".AAAA"
	}()
	for name, tt := range map[string]struct {
		header string
		say    string
	}{
		"none":        {"", "empty"},
		"no scheme":   {good, "empty"},
		"other kind":  {"Basic " + good, "empty"},
		"no token":    {"Bearer ", "empty"},
		"not a token": {"Bearer secret", "not well formed"},
		"forged":      {"Bearer " + forged, "signature"},
		"foreign":     {"Bearer " + other.token, "signature"},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.send("GET", "users", "", "Authorization", tt.header)
			r.refused(t, 401, "InvalidAuthenticationToken", tt.say)
			if !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Error("no WWW-Authenticate")
			}
		})
	}
	w.ok("GET", "users/"+tom, "")
	now = start.Add(time.Hour)
	w.send("GET", "users/"+tom, "").refused(t, 401, "InvalidAuthenticationToken", "expired")
	w.token = w.signIn("x")
	w.ok("GET", "users/"+tom, "")
	now = start
	w.send("GET", "users/"+tom, "").refused(t, 401, "InvalidAuthenticationToken", "not yet valid")
}

// TestSecretIsJudged: with a judge of secrets, whom it refuses gets the number it gives, and nobody else does.
func TestSecretIsJudged(t *testing.T) {
	w := newWorld(t, func(o *graphsim.Options) {
		o.Secret = func(app, secret string) int {
			if app == "c0" && secret == "old" {
				return 7000222
			}
			return 0
		}
	})
	for secret, status := range map[string]int{"old": 401, "new": 200} {
		r := w.askToken(tokenPath, url.Values{"grant_type": {"client_credentials"}, "client_id": {"c0"}, "client_secret": {secret}, "scope": {"https://graph.microsoft.com/.default"}})
		if r.status != status || strings.Contains(r.raw, "7000222") != (status == 401) {
			t.Errorf("%s: %d %s", secret, r.status, r.raw)
		}
	}
}
