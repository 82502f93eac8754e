package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// rotating is a file that an app proves itself with, and what the authority is to take of it.
type rotating func(t *testing.T, n int) (file []byte, p proof)

func rotatingSecret(_ *testing.T, n int) ([]byte, proof) {
	s := fmt.Sprint("a secret of many words ", n)
	return []byte(s + "\n"), proof{secret: s}
}

func rotatingToken(_ *testing.T, n int) ([]byte, proof) {
	s := fmt.Sprint("a-token-of-the-platform-", n)
	return []byte(s), proof{federated: s}
}

func rotatingCertificate(t *testing.T, n int) ([]byte, proof) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	is := &x509.Certificate{SerialNumber: big.NewInt(int64(n)), Subject: pkix.Name{CommonName: "muster"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, is, is, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...), proof{signed: made}
}

// TestRotationOfEveryKind puts new secrets, certificates and federated tokens in the place of the old ones while the bot serves, for the bot and
// for Graph. The authority refuses the old ones from then on; nothing is started anew, and each turn is answered.
func TestRotationOfEveryKind(t *testing.T) {
	kinds := map[string]struct {
		key  string
		make rotating
	}{
		"secret": {"secret_file", rotatingSecret}, "certificate": {"certificate_file", rotatingCertificate}, "workload_identity": {"token_file", rotatingToken},
	}
	const graphApp = "00000000-0000-0000-0000-0000000000c0"
	dir := t.TempDir()
	world, teams, bot, _ := outside(t, filepath.Join(dir, "world"))
	entra := newEntra(t, dir)
	give := map[string]func() (string, error){
		appID:    func() (string, error) { return "for the connector", nil },
		graphApp: func() (string, error) { return directoryToken(world) },
	}
	for _, of := range []struct{ bot, graph string }{{"certificate", "workload_identity"}, {"workload_identity", "certificate"}, {"secret", "secret"}} {
		t.Run(of.bot+" and "+of.graph, func(t *testing.T) {
			here := t.TempDir()
			put := func(name string, b []byte) {
				t.Helper()
				if err := os.WriteFile(filepath.Join(here, name), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			turn := func(n int) {
				t.Helper()
				for app, kind := range map[string]string{appID: of.bot, graphApp: of.graph} {
					file, p := kinds[kind].make(t, n)
					p.give = give[app]
					put(app, file)
					entra.wants(app, p)
				}
			}
			turn(0)
			put("muster.yaml", fmt.Appendf(nil, `listen: %[1]s
data_dir: ./kept
policy: %[8]s
teams:
  app_id: %[2]s
  tenant_id: %[3]s
  openid_metadata: %[4]s/metadata
  service_url: %[4]s/
  service_url_hosts: ["%[5]s"]
  credential: {kind: %[6]s, %[7]s: ./%[2]s}
graph:
  base_url: http://%[9]s/v1.0
  client_id: %[10]s
  credential: {kind: %[11]s, %[12]s: ./%[10]s}
`, bot, appID, tenantID, teams.URL, strings.TrimPrefix(teams.URL, "http://"), of.bot, kinds[of.bot].key, filepath.Join(dir, "world", "policy.yaml"),
				world.graph, graphApp, of.graph, kinds[of.graph].key))
			running, err := launch(t.Context(), here, "msg=serving", entra.env, "serve", "--config", filepath.Join(here, "muster.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = running.kill() }) // when it was not stopped below
			for n, name := range []string{"Ada Byron", "Grace Hopper", "Mary Somerville"} {
				if n > 0 {
					turn(n) // the former ones are refused from here on
				}
				before := [2]int{entra.given(appID), entra.given(graphApp)}
				if got := teams.post(t, bot, fmt.Sprint("r", n), hannah, tenantID, "new starter "+name+", Account Manager, starts next Monday, reports to Tom Hughes, in London", teams.token(t, nil)); got != http.StatusOK {
					t.Fatalf("turn %d: status %d\n%s", n, got, running.err.String())
				}
				teams.hears(t, name)
				if after := [2]int{entra.given(appID), entra.given(graphApp)}; after[0] == before[0] || after[1] == before[1] {
					t.Errorf("turn %d: tokens asked for before %v and after %v, so nothing was shown", n, before, after)
				}
			}
			if err := running.stop(); err != nil {
				t.Error(err)
			}
			if log := running.err.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "many words") || strings.Contains(log, "of-the-platform") {
				t.Errorf("the log tells of an error or a secret:\n%s", log)
			}
		})
	}
}

// directoryToken is a token of the simulated directory.
func directoryToken(world place) (string, error) {
	res, err := http.PostForm("http://"+world.graph+"/"+tenantID+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"00000000-0000-0000-0000-0000000000c0"}, "client_secret": {"not empty"}, "scope": {"https://graph.microsoft.com/.default"},
	})
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Token == "" {
		return "", fmt.Errorf("no token of the directory: %d, %w", res.StatusCode, err)
	}
	return answer.Token, nil
}
