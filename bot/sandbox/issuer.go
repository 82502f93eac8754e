package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	tokenIssuer   = "https://api.botframework.com"
	connectorAud  = "https://api.botframework.com"
	channelName   = "msteams"
	tokenLife     = time.Hour
	tokenRenew    = 10 * time.Minute
	maxTokenForm  = 64 << 10
	tokenTimeSkew = 5 * time.Minute
)

// issuer is both token services of the real thing: the Bot Framework, which
// signs what reaches the bot, and Entra, which gives the bot the token for its
// own calls. The keys live as long as the process: a bot that keeps an older
// one learns the new key by its unknown kid.
type issuer struct {
	appID, tenant, self string
	now                 func() time.Time
	in, out             signingKey // to the bot, from the bot

	mu      sync.Mutex
	current string
	renewAt time.Time
}

type signingKey struct {
	id  string
	key *rsa.PrivateKey
}

func newKey() (signingKey, error) {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return signingKey{}, fmt.Errorf("make a signing key: %w", err)
	}
	h := sha256.Sum256(k.N.Bytes())
	return signingKey{id: base64.RawURLEncoding.EncodeToString(h[:15]), key: k}, nil
}

// Keys are the signing keys of both directions. Many sandboxes may share them.
type Keys struct{ pair [2]signingKey }

// NewKeys makes keys.
func NewKeys() (*Keys, error) {
	pair, err := newKeys()
	if err != nil {
		return nil, err
	}
	return &Keys{pair}, nil
}

// newKeys makes the key for each direction.
func newKeys() (keys [2]signingKey, err error) {
	for i := range keys {
		if keys[i], err = newKey(); err != nil {
			return keys, err
		}
	}
	return keys, nil
}

func newIssuer(opt Options, keys [2]signingKey) *issuer {
	return &issuer{appID: opt.AppID, tenant: opt.Tenant, self: opt.Self, now: opt.TokenNow, in: keys[0], out: keys[1]}
}

func (k signingKey) sign(c jwt.MapClaims) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	t.Header["kid"], t.Header["x5t"] = k.id, k.id
	text, err := t.SignedString(k.key)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return text, nil
}

// bearer is the token that goes with an activity to the bot. It is reused for
// some minutes, as the real service does.
func (i *issuer) bearer() (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.now()
	if i.current != "" && now.Before(i.renewAt) {
		return i.current, nil
	}
	text, err := i.in.sign(jwt.MapClaims{
		"iss": tokenIssuer, "aud": i.appID, "serviceurl": i.self,
		"nbf": now.Add(-tokenTimeSkew).Unix(), "exp": now.Add(tokenLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	i.current, i.renewAt = text, now.Add(tokenRenew)
	return text, nil
}

func (i *issuer) routes(mux *http.ServeMux) {
	for _, base := range []string{"", "/v1"} {
		mux.HandleFunc("GET "+base+"/.well-known/openidconfiguration", i.metadata)
		mux.HandleFunc("GET "+base+"/.well-known/openid-configuration", i.metadata)
		mux.HandleFunc("GET "+base+"/.well-known/keys", i.keys)
	}
}

const tokenPath = "/oauth2/v2.0/token"

// withTokens puts the token endpoint, whose path begins with any tenant, before
// the other routes.
func (i *issuer) withTokens(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tenant, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/"), tokenPath)
		if !ok || strings.Contains(tenant, "/") || r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		i.token(w, r, tenant)
	})
}

type openIDMetadata struct {
	Issuer      string   `json:"issuer"`
	Authorize   string   `json:"authorization_endpoint"`
	Keys        string   `json:"jwks_uri"`
	Algorithms  []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
}

func (i *issuer) metadata(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, openIDMetadata{
		Issuer: tokenIssuer, Authorize: "https://invalid.botframework.com", Keys: i.self + "/.well-known/keys",
		Algorithms: []string{"RS256"}, AuthMethods: []string{"private_key_jwt"},
	})
}

type jsonWebKey struct {
	Type         string   `json:"kty"`
	Use          string   `json:"use"`
	ID           string   `json:"kid"`
	Thumbprint   string   `json:"x5t"`
	N            string   `json:"n"`
	E            string   `json:"e"`
	Endorsements []string `json:"endorsements"`
}

func (i *issuer) keys(w http.ResponseWriter, _ *http.Request) {
	enc := base64.RawURLEncoding.EncodeToString
	pub := i.in.key.PublicKey
	writeJSON(w, http.StatusOK, struct {
		Keys []jsonWebKey `json:"keys"`
	}{[]jsonWebKey{{
		Type: "RSA", Use: "sig", ID: i.in.id, Thumbprint: i.in.id,
		N: enc(pub.N.Bytes()), E: enc(big.NewInt(int64(pub.E)).Bytes()), Endorsements: []string{channelName},
	}}})
}

type tokenError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// token is Entra's token endpoint for the bot's own calls: client credentials,
// any secret that is not empty, or a client assertion.
func (i *issuer) token(w http.ResponseWriter, r *http.Request, tenant string) {
	refuse := func(status int, code, text string) {
		writeJSON(w, status, tokenError{Error: code, Description: text})
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenForm)
	if err := r.ParseForm(); err != nil {
		refuse(http.StatusBadRequest, "invalid_request", "AADSTS900144: The request body is not a form.")
		return
	}
	switch f := r.PostForm; {
	case !strings.EqualFold(tenant, i.tenant):
		refuse(http.StatusBadRequest, "invalid_request", "AADSTS90002: Tenant not found.")
	case f.Get("grant_type") != "client_credentials":
		refuse(http.StatusBadRequest, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
	case !strings.EqualFold(f.Get("client_id"), i.appID):
		refuse(http.StatusBadRequest, "unauthorized_client", "AADSTS700016: The application was not found in the directory.")
	case f.Get("client_secret") == "" && f.Get("client_assertion") == "":
		refuse(http.StatusUnauthorized, "invalid_client", "AADSTS7000216: 'client_assertion' or 'client_secret' is required.")
	case f.Get("scope") != connectorAud+"/.default":
		refuse(http.StatusBadRequest, "invalid_scope", "AADSTS1002012: The provided value for scope is not valid.")
	default:
		now := i.now()
		text, err := i.out.sign(jwt.MapClaims{
			"iss": "https://sts.windows.net/" + i.tenant + "/", "aud": connectorAud, "appid": i.appID, "tid": i.tenant,
			"nbf": now.Add(-tokenTimeSkew).Unix(), "exp": now.Add(tokenLife).Unix(),
		})
		if err != nil {
			refuse(http.StatusInternalServerError, "server_error", "The token could not be signed.")
			return
		}
		writeJSON(w, http.StatusOK, struct {
			Type    string `json:"token_type"`
			Expires int    `json:"expires_in"`
			Ext     int    `json:"ext_expires_in"`
			Token   string `json:"access_token"`
		}{"Bearer", int(tokenLife.Seconds()) - 1, int(tokenLife.Seconds()) - 1, text})
	}
}

// check verifies a token that the bot presents to the connector.
func (i *issuer) check(header string) error {
	text, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return errors.New("no bearer token")
	}
	claims := jwt.MapClaims{}
	_, err := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(connectorAud),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(i.now)).
		ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) {
			if t.Header["kid"] != i.out.id {
				return nil, errors.New("unknown key")
			}
			return &i.out.key.PublicKey, nil
		})
	if err != nil {
		return fmt.Errorf("check token: %w", err)
	}
	if claims["appid"] != i.appID || claims["tid"] != i.tenant {
		return errors.New("check token: another app or tenant")
	}
	return nil
}

// guard lets only the bot's own token through.
func (i *issuer) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := i.check(r.Header.Get("Authorization")); err != nil {
			writeJSON(w, http.StatusUnauthorized, struct {
				Message string `json:"message"`
			}{"Authorization has been denied for this request."})
			return
		}
		next(w, r)
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		http.Error(w, `{"error":"the answer could not be written"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(append(b, '\n')); err != nil {
		return // the caller has gone; there is nobody to tell
	}
}
