package service_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"muster/bot/sandbox"
)

// doorKeys are the keys that the corpus signs with, good ones and others.
type doorKeys map[string]*rsa.PrivateKey

// makeDoorKeys makes them once: it is slow.
var makeDoorKeys = sync.OnceValues(func() (doorKeys, error) {
	out := doorKeys{}
	for _, name := range []string{"good", "other", "second"} {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		out[name] = k
	}
	for _, alias := range []string{"webchat", "bare", "enc", "odd"} {
		out[alias] = out["second"]
	}
	return out, nil
})

func newDoorKeys(t *testing.T) doorKeys {
	t.Helper()
	k, err := makeDoorKeys()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// publish is Teams with the keys of the corpus beside its own, and with keys that a bot must not use.
func (k doorKeys) publish(t *testing.T, front http.Handler) http.Handler {
	enc := base64.RawURLEncoding.EncodeToString
	jwk := func(kid string, use string, endorsed ...string) map[string]any {
		p := k[kid].PublicKey
		return map[string]any{"kty": "RSA", "use": use, "kid": kid, "n": enc(p.N.Bytes()), "e": enc(big.NewInt(int64(p.E)).Bytes()), "endorsements": endorsed}
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := ec.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	weak := jwk("good", "sig", "msteams")
	weak["kid"], weak["n"] = "weak", enc(new(big.Int).Rsh(k["good"].N, 1024).Bytes())
	even := jwk("good", "sig", "msteams")
	even["kid"], even["e"] = "even", enc([]byte{4})
	junk := map[string]any{"kty": "RSA", "use": "sig", "kid": "junk", "n": "!!!", "e": "AQAB", "endorsements": []string{"msteams"}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/.well-known/keys") {
			front.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		front.ServeHTTP(rec, r)
		var doc struct {
			Keys []any `json:"keys"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
			t.Errorf("the keys of Teams: %v", err)
		}
		doc.Keys = append(doc.Keys, jwk("good", "sig", "msteams", "webchat"), jwk("webchat", "sig", "webchat"), jwk("bare", "sig"), jwk("enc", "enc", "msteams"), weak, even, junk,
			map[string]any{"kty": "EC", "kid": "ec", "crv": "P-256", "x": enc(point[1:33]), "y": enc(point[33:]), "endorsements": []string{"msteams"}},
			map[string]any{"kty": "oct", "kid": "oct", "k": enc([]byte("secret")), "endorsements": []string{"msteams"}})
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(doc); err != nil {
			t.Error(err)
		}
	})
}

// authorization are a row's headers.
func (d *door) authorization(r tokenRow) []string {
	d.t.Helper()
	send := []string{"Bearer {token}"}
	if r.Send != nil {
		send = *r.Send
	}
	var out []string
	for _, h := range send {
		if strings.Contains(h, "{token}") {
			h = strings.ReplaceAll(h, "{token}", d.keys.token(d.t, r))
		}
		if strings.Contains(h, "{good}") {
			h = strings.ReplaceAll(h, "{good}", d.keys.token(d.t, tokenRow{}))
		}
		out = append(out, repeated(unquoted(d.t, h)))
	}
	return out
}

// token makes a row's.
func (k doorKeys) token(t *testing.T, r tokenRow) string {
	t.Helper()
	now := time.Now()
	claims := jwt.MapClaims{
		"iss": "https://api.botframework.com", "aud": sandbox.FixedAppID, "serviceurl": "http://" + teamsHost,
		"nbf": now.Add(-5 * time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	if r.Expires != "" {
		claims["exp"] = now.Add(span(t, r.Expires)).Unix()
	}
	if r.Begins != "" {
		claims["nbf"] = now.Add(span(t, r.Begins)).Unix()
	}
	overlay(claims, r.Claims)
	if r.Key == "" {
		r.Key = "good"
	}
	head := map[string]any{"typ": "JWT", "alg": "RS256", "kid": r.Key}
	if r.Alg != "" {
		head["alg"] = r.Alg
	}
	if r.Kid != nil {
		head["kid"] = *r.Kid
	}
	overlay(head, r.Header)
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	h, c := part(head), part(claims)
	s := k.sign(t, r, h+"."+c)
	if r.After != nil {
		overlay(claims, r.After)
		c = part(claims)
	}
	shape := r.Shape
	if shape == "" {
		shape = "{h}.{c}.{s}"
	}
	return repeated(strings.NewReplacer("{h}", h, "{c}", c, "{s}", s).Replace(shape))
}

func (k doorKeys) sign(t *testing.T, r tokenRow, text string) string {
	t.Helper()
	enc := base64.RawURLEncoding.EncodeToString
	key := k[r.Key]
	if key == nil {
		key = k["good"]
	}
	switch r.Alg {
	case "none", "None", "NONE", "":
		if r.Alg != "" {
			return ""
		}
	case "HS256", "HS384", "HS512": // with what a verifier that mixes up the kinds takes for the secret
		h := hmac.New(sha256.New, x509.MarshalPKCS1PublicKey(&key.PublicKey))
		h.Write([]byte(text))
		return enc(h.Sum(nil))
	case "RS384", "RS512", "PS256", "PS384", "PS512":
		b, err := jwt.GetSigningMethod(r.Alg).Sign(text, key)
		if err != nil {
			t.Fatal(err)
		}
		return enc(b)
	case "ES256":
		ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		b, err := jwt.SigningMethodES256.Sign(text, ec)
		if err != nil {
			t.Fatal(err)
		}
		return enc(b)
	}
	b, err := jwt.SigningMethodRS256.Sign(text, key)
	if err != nil {
		t.Fatal(err)
	}
	return enc(b)
}

func overlay(m, changes map[string]any) {
	maps.Copy(m, changes)
	maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
}

func span(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
