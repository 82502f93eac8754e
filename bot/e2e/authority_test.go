package e2e

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// fakeEntra is Microsoft's authority by its own name: a proxy leads there, and its certificate is one that the bot is told to trust. The bot's own
// credentials talk to it as they do to the real one, which no other test has them do.
type fakeEntra struct {
	*httptest.Server
	env []string // of a bot that is to believe in it

	mu     sync.Mutex // guards what follows
	proofs map[string]proof
	asked  map[string]int // tokens that were given, by app
}

// proof is what an app must show: a secret, a token of another authority, or an assertion that was signed with a certificate's key.
type proof struct {
	secret, federated string
	signed            *x509.Certificate
	give              func() (string, error) // a token for the app
}

const login = "login.microsoftonline.com"

func newEntra(t *testing.T, dir string) *fakeEntra {
	t.Helper()
	f := &fakeEntra{proofs: map[string]proof{}, asked: map[string]int{}}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	is := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, DNSNames: []string{login, "login.microsoft.com"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, is, is, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	trusted := filepath.Join(dir, "authority.pem")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(f.answer))
	f.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	f.StartTLS()
	t.Cleanup(f.Close)
	to, err := url.Parse(f.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != login+":443" && r.Host != "login.microsoft.com:443" {
			http.Error(w, "nobody else is asked through here: "+r.Host, http.StatusForbidden)
			return
		}
		lead(w, to.Host)
	}))
	t.Cleanup(proxy.Close)
	f.env = append(os.Environ(), "HTTPS_PROXY="+proxy.URL, "https_proxy="+proxy.URL, "NO_PROXY=", "no_proxy=", "SSL_CERT_FILE="+trusted)
	return f
}

// lead joins a connection to a proxy with one to a host.
func lead(w http.ResponseWriter, host string) {
	there, err := net.Dial("tcp", host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	here, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(there, bufio.NewReader(buf))
		_ = there.Close()
	}()
	_, _ = io.Copy(here, there)
	_ = here.Close()
}

// wants has the authority take this proof of an app from now on, and no other.
func (f *fakeEntra) wants(app string, p proof) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.proofs[app] = p
}

func (f *fakeEntra) given(app string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[app]
}

func (f *fakeEntra) answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	base := "https://" + login + "/" + tenantID
	switch r.URL.Path {
	case "/common/discovery/instance":
		_ = json.NewEncoder(w).Encode(object{"tenant_discovery_endpoint": base + "/v2.0/.well-known/openid-configuration", "api-version": "1.1", "metadata": []object{
			{"preferred_network": login, "preferred_cache": "login.windows.net", "aliases": []string{login}},
		}})
	case "/" + tenantID + "/v2.0/.well-known/openid-configuration":
		_ = json.NewEncoder(w).Encode(object{"issuer": base + "/v2.0", "token_endpoint": base + "/oauth2/v2.0/token", "authorization_endpoint": base + "/oauth2/v2.0/authorize"})
	case "/" + tenantID + "/oauth2/v2.0/token":
		app := r.FormValue("client_id")
		f.mu.Lock()
		p, known := f.proofs[app]
		f.mu.Unlock()
		if !known || !p.shown(r) {
			w.WriteHeader(http.StatusUnauthorized)
			_ = json.NewEncoder(w).Encode(object{"error": "invalid_client", "error_codes": []int{7000215}, "error_description": "AADSTS7000215: it is not the one."})
			return
		}
		token, err := p.give()
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		f.mu.Lock()
		f.asked[app]++
		f.mu.Unlock()
		_ = json.NewEncoder(w).Encode(object{"token_type": "Bearer", "expires_in": 30, "ext_expires_in": 30, "access_token": token}) // too short to be kept
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// shown reports whether a request shows the proof.
func (p proof) shown(r *http.Request) bool {
	switch {
	case p.secret != "":
		return r.FormValue("client_secret") == p.secret
	case p.federated != "":
		return r.FormValue("client_assertion") == p.federated
	}
	_, err := jwt.Parse(r.FormValue("client_assertion"), func(*jwt.Token) (any, error) { return p.signed.PublicKey, nil }, jwt.WithValidMethods([]string{"RS256", "PS256"}),
		jwt.WithAudience("https://"+login+"/"+tenantID+"/oauth2/v2.0/token"), jwt.WithIssuer(r.FormValue("client_id")))
	return err == nil
}
