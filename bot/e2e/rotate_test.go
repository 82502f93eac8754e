package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRotation puts a new secret in the place of the old one while the bot serves. From then on the issuer refuses the old one; nothing is
// started anew, and each turn is answered.
func TestRotation(t *testing.T) {
	dir := t.TempDir()
	world, teams, bot, _ := outside(t, filepath.Join(dir, "world"))
	teams.life.Store(30) // too short to be kept, so that each answer asks for one
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("teams.secret", "the bot's\n")
	put("graph.secret", "not empty\n")
	_, port, err := net.SplitHostPort(strings.TrimPrefix(teams.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	put("muster.yaml", fmt.Sprintf(`listen: %[1]s
data_dir: ./kept
policy: ./world/policy.yaml
teams:
  app_id: %[2]s
  tenant_id: %[3]s
  openid_metadata: %[4]s/metadata
  service_url: %[4]s/
  service_url_hosts: ["127.0.0.1:%[5]s"]
  authority: %[4]s
  credential: {kind: secret, secret_file: ./teams.secret}
graph:
  base_url: http://%[6]s/v1.0
  authority: http://%[6]s
  client_id: 00000000-0000-0000-0000-0000000000c0
  credential: {kind: secret, secret_file: ./graph.secret}
`, bot, appID, tenantID, teams.URL, port, world.graph))
	running, err := launch(t.Context(), dir, "msg=serving", os.Environ(), "serve", "--config", filepath.Join(dir, "muster.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	good := teams.token(t, nil)
	for i, secret := range []string{"the bot's", "a new one", "and one more"} {
		put("teams.secret", secret+"\n")
		teams.secret.Store(secret) // the others are refused from here on
		before := teams.issued.Load()
		if got := teams.post(t, bot, fmt.Sprintf("r%d", i), hannah, tenantID, "help", good); got != 200 {
			t.Fatalf("%s: status %d", secret, got)
		}
		teams.hears(t, "new starter Priya Patel, Account Manager")
		if teams.issued.Load() == before {
			t.Errorf("%s: no token was asked for, so nothing was shown", secret)
		}
	}
	log := running.err.String()
	if strings.Contains(log, "a new one") || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log tells of the secret or of an error:\n%s", log)
	}
	if err := running.stop(); err != nil {
		t.Error(err)
	}
}
