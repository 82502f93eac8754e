package graphsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	graphAudience = "https://graph.microsoft.com"
	tokenLife     = 3599 * time.Second
)

// claims of an access token, as far as Graph and its clients look at them.
type claims struct {
	Audience string   `json:"aud"`
	Issuer   string   `json:"iss"`
	Issued   int64    `json:"iat"`
	From     int64    `json:"nbf"`
	Expires  int64    `json:"exp"`
	App      string   `json:"appid"`
	Tenant   string   `json:"tid"`
	Object   string   `json:"oid"` // of the service principal
	Roles    []string `json:"roles"`
	Version  string   `json:"ver"`
}

// sign makes the token's signature. The key comes from the seed, so a token
// outlives a restart; it keeps out tokens of other simulators and mangled ones,
// not an attacker, who could ask for a token as well.
func (s *Server) sign(head string) string {
	key := sha256.Sum256(fmt.Appendf(nil, "graphsim token key/%d", s.o.Seed))
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte(head))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// issue writes a token that looks like Entra's, with the granted application
// permissions in roles. Clients of Graph treat tokens as opaque.
func (s *Server) issue(app string, roles []string) (string, error) {
	now := s.o.TokenNow()
	body, err := json.Marshal(claims{
		Audience: graphAudience, Issuer: "https://sts.windows.net/" + tenantID + "/", Issued: now.Unix(), From: now.Unix(),
		Expires: now.Add(tokenLife).Unix(), App: app, Tenant: tenantID, Object: PrincipalOf(app), Roles: roles, Version: "1.0",
	})
	if err != nil {
		return "", fmt.Errorf("write token: %w", err)
	}
	enc := base64.RawURLEncoding
	head := enc.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + enc.EncodeToString(body)
	return head + "." + s.sign(head), nil
}

// authenticate checks a bearer token and gives the permissions it carries.
func (s *Server) authenticate(header string) (map[string]bool, error) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, unauthenticated("Access token is empty.")
	}
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 || strings.Count(token, ".") != 2 {
		return nil, unauthenticated("IDX14100: JWT is not well formed, there are no dots (.).")
	}
	head, sig := token[:dot], token[dot+1:]
	if !hmac.Equal([]byte(sig), []byte(s.sign(head))) {
		return nil, unauthenticated("Access token validation failure. Invalid signature.")
	}
	raw, err := base64.RawURLEncoding.DecodeString(head[strings.IndexByte(head, '.')+1:])
	var c claims
	if err != nil || json.Unmarshal(raw, &c) != nil {
		return nil, unauthenticated("CompactToken parsing failed.")
	}
	now := s.o.TokenNow().Unix()
	switch {
	case c.Audience != graphAudience:
		return nil, unauthenticated("Access token validation failure. Invalid audience.")
	case now >= c.Expires:
		return nil, unauthenticated("Lifetime validation failed, the token is expired.")
	case now < c.From-300:
		return nil, unauthenticated("Lifetime validation failed, the token is not yet valid.")
	}
	allowed := map[string]bool{}
	for _, r := range c.Roles {
		allowed[r] = true
	}
	roles, held := s.o.Roles[c.App], s.o.Roles != nil
	if !held {
		roles = []string{userAdministrator}
	}
	for _, r := range roles {
		allowed["role "+r] = true
	}
	allowed["principal "+c.Object] = true
	return allowed, nil
}

// PrincipalOf is the object id of an app's service principal.
func PrincipalOf(app string) string { return uuidOf(0, "service principal of "+app, 1) }

// tokenEndpoint is POST /{tenant}/oauth2/v2.0/token for client credentials. Any
// secret or assertion that is not empty will do, unless Options.Secret judges it.
func (s *Server) tokenEndpoint(r *http.Request, body []byte, bodyErr error) answer {
	f := s.take(r.Method+" "+r.URL.Path, nil)
	if a, stop := f.before(r.Context()); stop {
		return a
	}
	if a, stop := f.refuse(); stop {
		return a
	}
	if r.Method != http.MethodPost {
		return s.tokenError(http.StatusMethodNotAllowed, "invalid_request", 900561, "The endpoint only accepts POST requests.")
	}
	form, err := url.ParseQuery(string(body))
	if bodyErr != nil || err != nil {
		return s.tokenError(400, "invalid_request", 900144, "The request body is not a form.")
	}
	tenant := strings.ToLower(strings.SplitN(strings.Trim(r.URL.Path, "/"), "/", 2)[0])
	app, secret, basic := r.BasicAuth()
	if !basic {
		app, secret = form.Get("client_id"), form.Get("client_secret")
		if secret == "" && form.Get("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			secret = form.Get("client_assertion")
		}
	}
	roles := append(defaultPermissions(), s.o.Also...)
	known := true
	if s.o.Permissions != nil {
		roles, known = s.o.Permissions[app]
	}
	scope := form.Get("scope")
	switch {
	case tenant != tenantID && tenant != tenantDomain && tenant != initialDomain:
		return s.tokenError(400, "invalid_request", 90002, "Tenant '"+tenant+"' not found.")
	case form.Get("grant_type") != "client_credentials":
		return s.tokenError(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
	case app == "" || !known:
		return s.tokenError(400, "unauthorized_client", 700016, "Application was not found in the directory.")
	case secret == "":
		return s.tokenError(401, "invalid_client", 7000216, "'client_assertion' or 'client_secret' is required for the 'client_credentials' grant type.")
	case s.o.Secret != nil && s.o.Secret(app, secret) != 0:
		number := s.o.Secret(app, secret)
		return s.tokenError(401, "invalid_client", number, "The client secret or assertion is refused.")
	case scope != graphAudience+"/.default" && !strings.HasPrefix(scope, "http://") || !strings.HasSuffix(scope, "/.default"):
		return s.tokenError(400, "invalid_scope", 1002012, "The provided value for scope is not valid.")
	}
	token, err := s.issue(app, roles)
	if err != nil {
		return problem(err)
	}
	life := int(tokenLife.Seconds())
	return answer{
		status: http.StatusOK, header: map[string]string{"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store, no-cache"},
		body: map[string]any{"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token},
	}
}

func (s *Server) tokenError(status int, code string, number int, text string) answer {
	return answer{
		status: status, header: map[string]string{"Content-Type": "application/json; charset=utf-8"},
		body: map[string]any{
			"error": code, "error_description": fmt.Sprintf("AADSTS%d: %s", number, text), "error_codes": []int{number},
			"timestamp": s.o.TokenNow().UTC().Format("2006-01-02 15:04:05Z"),
		},
	}
}
