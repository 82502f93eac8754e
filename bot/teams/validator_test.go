package teams

import (
	"crypto/x509"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/infracloudio/msbotbuilder-go/connector/auth"
	"github.com/infracloudio/msbotbuilder-go/schema"
)

func newTestValidator(t testing.TB, i *issuer, c *clock) *Validator {
	t.Helper()
	v, err := NewValidator(testConfig(), newTestKeys(t, i, c), c.now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func fromTeams() schema.Activity {
	return schema.Activity{Type: schema.Message, ChannelID: "msteams", ServiceURL: teamsURL}
}

func check(t testing.TB, v *Validator, act schema.Activity, header string) error {
	t.Helper()
	id, err := v.AuthenticateRequest(t.Context(), act, header, auth.SimpleCredentialProvider{}, "")
	if (id == nil) == (err == nil) {
		t.Fatalf("identity %v with error %v", id, err)
	}
	return err
}

func TestTokens(t *testing.T) {
	signed := func(changes map[string]any) func(*testing.T) string {
		return func(t *testing.T) string {
			return "Bearer " + sign(t, jwt.SigningMethodRS256, "k1", firstKey(), tokenClaims(start, changes))
		}
	}
	for name, tt := range map[string]struct {
		header func(*testing.T) string
		want   Refusal // "" lets it in
	}{
		"good":                      {signed(nil), ""},
		"no nbf":                    {signed(map[string]any{"nbf": nil}), ""},
		"wrong audience":            {signed(map[string]any{"aud": elsewhere}), RefusedAudience},
		"audience for sign-on":      {signed(map[string]any{"aud": "api://botid-" + appID}), RefusedAudience},
		"no audience":               {signed(map[string]any{"aud": nil}), RefusedAudience},
		"array audience":            {signed(map[string]any{"aud": []string{"x", appID}}), ""},
		"array audience of others":  {signed(map[string]any{"aud": []string{"x", "y"}}), RefusedAudience},
		"audience of another type":  {signed(map[string]any{"aud": 7}), RefusedToken},
		"wrong issuer":              {signed(map[string]any{"iss": "https://sts.windows.net/" + tenantID + "/"}), RefusedIssuer},
		"no issuer":                 {signed(map[string]any{"iss": nil}), RefusedIssuer},
		"expired 4 minutes ago":     {signed(map[string]any{"exp": start.Add(-4 * time.Minute).Unix()}), ""},
		"expired 6 minutes ago":     {signed(map[string]any{"exp": start.Add(-6 * time.Minute).Unix()}), RefusedExpired},
		"no expiry":                 {signed(map[string]any{"exp": nil}), RefusedExpired},
		"valid in 4 minutes":        {signed(map[string]any{"nbf": start.Add(4 * time.Minute).Unix()}), ""},
		"valid in 6 minutes":        {signed(map[string]any{"nbf": start.Add(6 * time.Minute).Unix()}), RefusedEarly},
		"issued in the future":      {signed(map[string]any{"iat": start.Add(time.Minute).Unix()}), ""},
		"no serviceurl":             {signed(map[string]any{"serviceurl": nil}), RefusedServiceURL},
		"empty serviceurl":          {signed(map[string]any{"serviceurl": ""}), RefusedServiceURL},
		"different serviceurl":      {signed(map[string]any{"serviceurl": "https://smba.trafficmanager.net/amer/"}), RefusedServiceURL},
		"serviceurl without slash":  {signed(map[string]any{"serviceurl": strings.TrimSuffix(teamsURL, "/")}), ""},
		"serviceurl in capitals":    {signed(map[string]any{"serviceurl": strings.ToUpper(teamsURL)}), ""},
		"serviceurl with 2 slashes": {signed(map[string]any{"serviceurl": teamsURL + "/"}), RefusedServiceURL},
		"serviceurl is a number":    {signed(map[string]any{"serviceurl": 7}), RefusedToken},
		"alg none": {func(t *testing.T) string {
			return "Bearer " + sign(t, jwt.SigningMethodNone, "k1", jwt.UnsafeAllowNoneSignatureType, tokenClaims(start, nil))
		}, RefusedAlgorithm},
		"HS256 with the public key": {func(t *testing.T) string {
			return "Bearer " + sign(t, jwt.SigningMethodHS256, "k1", x509.MarshalPKCS1PublicKey(&firstKey().PublicKey), tokenClaims(start, nil))
		}, RefusedAlgorithm},
		"RS512": {func(t *testing.T) string {
			return "Bearer " + sign(t, jwt.SigningMethodRS512, "k1", firstKey(), tokenClaims(start, nil))
		}, RefusedAlgorithm},
		"an algorithm nobody knows": {func(t *testing.T) string {
			return "Bearer eyJhbGciOiJYWCIsImtpZCI6ImsxIn0.e30.AAAA"
		}, RefusedAlgorithm},
		"another's signature": {func(t *testing.T) string {
			return "Bearer " + sign(t, jwt.SigningMethodRS256, "k1", secondKey(), tokenClaims(start, nil))
		}, RefusedSignature},
		"unknown key": {func(t *testing.T) string {
			return "Bearer " + sign(t, jwt.SigningMethodRS256, "k9", firstKey(), tokenClaims(start, nil))
		}, RefusedUnknownKey},
		"no key id": {func(t *testing.T) string {
			return "Bearer " + sign(t, jwt.SigningMethodRS256, "", firstKey(), tokenClaims(start, nil))
		}, RefusedUnknownKey},
		"critical extension": {func(t *testing.T) string {
			tok := jwt.NewWithClaims(jwt.SigningMethodRS256, tokenClaims(start, nil))
			tok.Header["kid"], tok.Header["crit"] = "k1", []string{"b64"}
			s, err := tok.SignedString(firstKey())
			if err != nil {
				t.Fatal(err)
			}
			return "Bearer " + s
		}, RefusedToken},
		"changed claims": {func(t *testing.T) string {
			good := strings.Split(goodToken(t, start), ".")
			other := strings.Split(sign(t, jwt.SigningMethodRS256, "k1", secondKey(), tokenClaims(start, map[string]any{"x": 1})), ".")
			return "Bearer " + good[0] + "." + other[1] + "." + good[2]
		}, RefusedSignature},
		"nothing":              {func(*testing.T) string { return "" }, RefusedNoToken},
		"no scheme":            {func(t *testing.T) string { return goodToken(t, start) }, RefusedNoToken},
		"another scheme":       {func(t *testing.T) string { return "Basic " + goodToken(t, start) }, RefusedNoToken},
		"three parts":          {func(t *testing.T) string { return "Bearer " + goodToken(t, start) + " x" }, RefusedNoToken},
		"scheme in lower case": {func(t *testing.T) string { return "bearer " + goodToken(t, start) }, ""},
		"empty token":          {func(*testing.T) string { return "Bearer " }, RefusedNoToken},
		"not a JWT":            {func(*testing.T) string { return "Bearer secret" }, RefusedToken},
		"JWT of rubbish":       {func(*testing.T) string { return "Bearer a.b.c" }, RefusedToken},
		"too long":             {func(*testing.T) string { return "Bearer a." + strings.Repeat("b", tokenLimit) + ".c" }, RefusedToken},
	} {
		t.Run(name, func(t *testing.T) {
			v := newTestValidator(t, newIssuer(), newClock())
			header := tt.header(t)
			for _, again := range []string{"first", "second"} { // the second may come from what is remembered
				err := check(t, v, fromTeams(), header)
				switch {
				case tt.want == "" && err != nil:
					t.Errorf("%s time: refused: %v", again, err)
				case tt.want != "" && !errors.Is(err, tt.want):
					t.Errorf("%s time: %v, want %v", again, err, tt.want)
				}
			}
		})
	}
}

// Two empty strings are equal, but nothing was vouched for.
func TestNoServiceURLAnywhere(t *testing.T) {
	v := newTestValidator(t, newIssuer(), newClock())
	act := fromTeams()
	act.ServiceURL = ""
	token := sign(t, jwt.SigningMethodRS256, "k1", firstKey(), tokenClaims(start, map[string]any{"serviceurl": nil}))
	if err := check(t, v, act, "Bearer "+token); !errors.Is(err, RefusedServiceURL) {
		t.Errorf("%v, want %v", err, RefusedServiceURL)
	}
}

func TestStrangersDoNotMakeUsFetchKeys(t *testing.T) {
	i, c := newIssuer(), newClock()
	v := newTestValidator(t, i, c)
	for _, changes := range []map[string]any{{"iss": "https://evil.example"}, {"aud": elsewhere}} {
		token := sign(t, jwt.SigningMethodRS256, "k1", secondKey(), tokenClaims(start, changes))
		if err := check(t, v, fromTeams(), "Bearer "+token); err == nil {
			t.Errorf("token with %v was let in", changes)
		}
	}
	if n := i.fetched(); n != 0 {
		t.Errorf("fetched keys %d times for tokens that are not for us", n)
	}
}

// What a token was remembered for must not carry over to another activity.
func TestRememberedTokenAndAnotherActivity(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*schema.Activity)
		want   Refusal
	}{
		"another service URL": {func(a *schema.Activity) { a.ServiceURL = "https://smba.trafficmanager.net/amer/" }, RefusedServiceURL},
		"another host":        {func(a *schema.Activity) { a.ServiceURL = "https://evil.trafficmanager.net/uk/" }, RefusedServiceURL},
		"no service URL":      {func(a *schema.Activity) { a.ServiceURL = "" }, RefusedServiceURL},
		"another channel":     {func(a *schema.Activity) { a.ChannelID = "webchat" }, RefusedEndorsement},
		"no channel":          {func(a *schema.Activity) { a.ChannelID = "" }, RefusedEndorsement},
	} {
		t.Run(name, func(t *testing.T) {
			v := newTestValidator(t, newIssuer(), newClock())
			header := "Bearer " + goodToken(t, start)
			if err := check(t, v, fromTeams(), header); err != nil {
				t.Fatalf("good activity: %v", err)
			}
			act := fromTeams()
			tt.change(&act)
			if err := check(t, v, act, header); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

func TestRememberedTokenEnds(t *testing.T) {
	i, c := newIssuer(), newClock()
	v := newTestValidator(t, i, c)
	header := "Bearer " + goodToken(t, start)
	if err := check(t, v, fromTeams(), header); err != nil {
		t.Fatal(err)
	}
	c.advance(64 * time.Minute)
	if err := check(t, v, fromTeams(), header); err != nil {
		t.Errorf("4 minutes after its end: %v", err)
	}
	c.advance(2 * time.Minute)
	if err := check(t, v, fromTeams(), header); !errors.Is(err, RefusedExpired) {
		t.Errorf("6 minutes after its end: %v, want %v", err, RefusedExpired)
	}
	c.advance(-2 * time.Hour)
	if err := check(t, v, fromTeams(), header); !errors.Is(err, RefusedEarly) {
		t.Errorf("before its time: %v, want %v", err, RefusedEarly)
	}
}

// A key that is withdrawn takes its tokens with it, and one that loses its
// endorsement, too.
func TestRememberedTokenAndWithdrawnKey(t *testing.T) {
	for name, tt := range map[string]struct {
		publish func(*issuer)
		want    Refusal
	}{
		"withdrawn":                  {func(i *issuer) { i.publish("k2", secondKey(), "msteams") }, RefusedUnknownKey},
		"another key under the name": {func(i *issuer) { i.publish("k1", secondKey(), "msteams", "webchat") }, RefusedSignature},
		"no longer endorsed":         {func(i *issuer) { i.publish("k1", firstKey(), "webchat") }, RefusedEndorsement},
	} {
		t.Run(name, func(t *testing.T) {
			i, c := newIssuer(), newClock()
			v := newTestValidator(t, i, c)
			header := "Bearer " + sign(t, jwt.SigningMethodRS256, "k1", firstKey(),
				tokenClaims(start, map[string]any{"exp": start.Add(48 * time.Hour).Unix()}))
			if err := check(t, v, fromTeams(), header); err != nil {
				t.Fatal(err)
			}
			tt.publish(i)
			c.advance(25 * time.Hour)
			if err := check(t, v, fromTeams(), header); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

func TestEndorsements(t *testing.T) {
	for name, tt := range map[string]struct {
		endorsed []string
		want     bool
	}{
		"Teams":        {[]string{"msteams"}, true},
		"web chat":     {[]string{"webchat"}, false},
		"none":         {nil, false},
		"another case": {[]string{"MSTeams"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			i, c := newIssuer(), newClock()
			i.publish("k1", firstKey(), tt.endorsed...)
			err := check(t, newTestValidator(t, i, c), fromTeams(), "Bearer "+goodToken(t, start))
			if tt.want != (err == nil) || err != nil && !errors.Is(err, RefusedEndorsement) {
				t.Errorf("%v, want let in: %t", err, tt.want)
			}
		})
	}
}

func TestRolledKeysLetNewTokensIn(t *testing.T) {
	i, c := newIssuer(), newClock()
	v := newTestValidator(t, i, c)
	if err := check(t, v, fromTeams(), "Bearer "+goodToken(t, start)); err != nil {
		t.Fatal(err)
	}
	i.publish("k2", secondKey(), "msteams")
	c.advance(10 * time.Minute)
	token := sign(t, jwt.SigningMethodRS256, "k2", secondKey(), tokenClaims(c.now(), nil))
	if err := check(t, v, fromTeams(), "Bearer "+token); err != nil {
		t.Errorf("token of the new key: %v", err)
	}
}

func TestValidatorInParallel(t *testing.T) {
	i, c := newIssuer(), newClock()
	v := newTestValidator(t, i, c)
	var wg sync.WaitGroup
	for n := range 32 {
		wg.Go(func() {
			good := goodToken(t, start.Add(time.Duration(n%4)*time.Second))
			bad := sign(t, jwt.SigningMethodRS256, "k1", secondKey(), tokenClaims(start, nil))
			for range 20 {
				if err := check(t, v, fromTeams(), "Bearer "+good); err != nil {
					t.Errorf("good token: %v", err)
				}
				if err := check(t, v, fromTeams(), "Bearer "+bad); !errors.Is(err, RefusedSignature) {
					t.Errorf("bad token: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

func TestVerifiedTokensAreBounded(t *testing.T) {
	var v verified
	live := verifiedToken{expires: start.Add(time.Hour)}
	old := verifiedToken{expires: start.Add(-time.Hour)}
	for n := range verifiedLimit {
		sum, _, _ := v.find(strings.Repeat("x", n))
		tok := old
		if n%2 == 0 {
			tok = live
		}
		v.keep(sum, tok, start)
	}
	sum, _, _ := v.find("one more")
	v.keep(sum, live, start)
	if n := len(v.tokens); n != verifiedLimit/2+1 {
		t.Errorf("%d tokens kept, want the live ones, %d", n, verifiedLimit/2+1)
	}
	for n := range 2 * verifiedLimit {
		sum, _, _ := v.find(strings.Repeat("y", n))
		v.keep(sum, live, start)
	}
	if n := len(v.tokens); n > verifiedLimit {
		t.Errorf("%d tokens kept, want at most %d", n, verifiedLimit)
	}
}

func TestIdentityWithoutTheClaim(t *testing.T) {
	if got := (identity{}).GetClaimValue("serviceurl"); got != "" {
		t.Errorf("claim = %q, want none", got)
	}
}

func TestConfigCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Config)
		want   string // part of the error; "" for none
	}{
		"good":                     {func(*Config) {}, ""},
		"no app id":                {func(c *Config) { c.AppID = "" }, "app id"},
		"app id is a name":         {func(c *Config) { c.AppID = "muster" }, "app id"},
		"no tenant":                {func(c *Config) { c.TenantID = "" }, "tenant id"},
		"allowed tenant by name":   {func(c *Config) { c.AllowedTenants = []string{"larkfield.example"} }, "allowed tenant"},
		"metadata by http":         {func(c *Config) { c.OpenIDMetadata = "http://login.botframework.com/x" }, "https"},
		"metadata on loopback":     {func(c *Config) { c.OpenIDMetadata = "http://127.0.0.1:3979/x" }, ""},
		"metadata without host":    {func(c *Config) { c.OpenIDMetadata = "https:///x" }, "OpenID metadata"},
		"service host is a URL":    {func(c *Config) { c.ServiceURLHosts = []string{"https://x.example/"} }, "service URL host"},
		"service host with a star": {func(c *Config) { c.ServiceURLHosts = []string{"*.example"} }, "service URL host"},
		"service host is empty":    {func(c *Config) { c.ServiceURLHosts = []string{""} }, "service URL host"},
		"IPv6 loopback":            {func(c *Config) { c.ServiceURLHosts = []string{"[::1]:3979", "::1"} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig()
			tt.change(&cfg)
			err := cfg.Check()
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("Check: %v, want %q", err, tt.want)
			}
			c := newClock()
			if _, errV := NewValidator(cfg, newTestKeys(t, newIssuer(), c), c.now); (errV == nil) != (err == nil) {
				t.Errorf("NewValidator: %v, want as Check: %v", errV, err)
			}
		})
	}
}

func TestServiceHosts(t *testing.T) {
	h, err := newServiceHosts([]string{"127.0.0.1:3979", "localhost", "Connector.Example", "rig.example:8443"})
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]bool{
		"https://smba.trafficmanager.net/uk/":             true,
		"https://SMBA.trafficmanager.net:443/uk":          true,
		"https://smba.infra.gcc.teams.microsoft.com/team": true,
		"https://smba.infra.gov.teams.microsoft.us/teams": true,
		"https://smba.infra.dod.teams.microsoft.us/teams": true,
		"http://smba.trafficmanager.net/uk/":              false,
		"https://smba.trafficmanager.net:8443/uk/":        false,
		"https://evil.trafficmanager.net/uk/":             false,
		"https://smba.trafficmanager.net.evil.example/":   false,
		"https://smba.trafficmanager.net./":               false,
		"https://smba.trafficmanager.net@evil.example/":   false,
		"https://u:p@smba.trafficmanager.net/uk/":         false,
		"https://smba.trafficmanager.net/uk/?x=1":         false,
		"https://smba.trafficmanager.net/uk/?":            false,
		"https://smba.trafficmanager.net/uk/#x":           false,
		"https://smba.trafficmanager.net/uk/../x":         false,
		"https:smba.trafficmanager.net":                   false,
		"//smba.trafficmanager.net/":                      false,
		"ftp://smba.trafficmanager.net/":                  false,
		"file:///etc/passwd":                              false,
		"http://127.0.0.1:3979/teams":                     true,
		"https://127.0.0.1:3979":                          true,
		"http://127.0.0.1:3980":                           false,
		"http://127.0.0.2:3979":                           false,
		"http://localhost:56150/_connector":               true,
		"http://[::1]:3979":                               false,
		"https://connector.example/":                      true,
		"http://connector.example/":                       false,
		"https://rig.example:8443/":                       true,
		"https://rig.example/":                            false,
		"http://169.254.169.254/latest":                   false,
		"://":                                             false,
		"":                                                false,
	} {
		if _, err := h.parse(raw); want != (err == nil) || err != nil && !errors.Is(err, RefusedHost) {
			t.Errorf("parse %q: %v, want allowed: %t", raw, err, want)
		}
	}
	usual, err := newServiceHosts(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := usual.parse("http://127.0.0.1:3979"); err == nil {
		t.Error("loopback is allowed without being named")
	}
}
