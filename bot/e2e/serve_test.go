package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// outside is what a bot of an organisation talks to: a sandbox's Microsoft 365, kept in a folder, and its own Teams. The bot is to listen at
// the address, and to go by the policy.
func outside(t *testing.T, dir string) (world place, teams *fakeTeams, bot string, policy []byte) {
	t.Helper()
	world, err := newPlace(dir)
	if err != nil {
		t.Fatal(err)
	}
	sandbox, err := world.start(t.Context(), os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sandbox.stop(); err != nil {
			t.Error(err)
		}
	})
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	policy, err = os.ReadFile(filepath.Join(world.data, "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return world, newTeams(t), ports[0], policy
}

// musterYAML is the configuration of a bot at an address whose Teams and Graph are these. Its folder has teams.secret, graph.secret and
// payroll.secret.
func musterYAML(bot string, teams *fakeTeams, world place) string {
	return fmt.Sprintf(`listen: %[1]s
data_dir: ./kept
store: bbolt
policy: ./policy.yaml
teams:
  app_id: %[2]s
  tenant_id: %[3]s
  allowed_tenants: []
  openid_metadata: %[4]s/metadata
  token_issuer: https://api.botframework.com
  service_url: %[4]s/
  service_url_hosts: [%[5]s]
  authority: %[4]s
  credential: {kind: secret, secret_file: ./teams.secret}
graph:
  base_url: http://%[6]s/v1.0
  authority: http://%[6]s
  client_id: 00000000-0000-0000-0000-0000000000c0
  credential: {kind: secret, secret_file: ./graph.secret}
intake:
  - {source: payroll, secret_file: ./payroll.secret, draft_to: hannah.reed@larkfield.example}
`, bot, appID, tenantID, teams.URL, strings.TrimPrefix(teams.URL, "http://"), world.graph)
}

// TestServe runs the bot as an organisation does, with a muster.yaml: its own Teams outside, and the sandbox's Microsoft 365.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	world, teams, bot, policy := outside(t, filepath.Join(dir, "world"))
	for name, text := range map[string]string{
		"policy.yaml": string(policy), "teams.secret": "the bot's\n", "graph.secret": "not empty\n", "payroll.secret": payrollSecret + "\n",
		"muster.yaml": musterYAML(bot, teams, world),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "muster.yaml")
	serve := func() *process {
		p, err := launch(t.Context(), dir, "msg=serving", os.Environ(), "serve", "--config", config)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	running := serve()
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/sandbox/people": 404, "/": 404} {
		if got, _ := statusOf(t, "http://"+bot+path); got != want {
			t.Errorf("GET %s: status %d, want %d", path, got, want)
		}
	}

	// Whoever cannot prove to be Teams gets nowhere.
	stolen := func(change func(jwt.MapClaims)) string { return teams.token(t, change) }
	for name, token := range map[string]string{
		"no token":           "",
		"nonsense":           "x.y.z",
		"another bot's":      stolen(func(c jwt.MapClaims) { c["aud"] = "00000000-0000-0000-0000-0000000000b1" }),
		"another issuer":     stolen(func(c jwt.MapClaims) { c["iss"] = "https://sts.windows.net/" + tenantID }),
		"expired":            stolen(func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-6 * time.Minute).Unix() }),
		"for other services": stolen(func(c jwt.MapClaims) { c["serviceurl"] = "https://smba.trafficmanager.net/teams/" }),
		"unsigned":           strings.Join(strings.Split(teams.token(t, nil), ".")[:2], ".") + ".",
	} {
		if got := teams.post(t, bot, "x1", hannah, tenantID, "help", token); got != 401 && got != 403 {
			t.Errorf("%s: status %d", name, got)
		}
	}
	good := teams.token(t, nil)
	if got := teams.post(t, bot, "x2", hannah, "99999999-9999-9999-9999-999999999999", "help", good); got/100 == 5 {
		t.Errorf("another tenant: status %d", got)
	}
	teams.silent(t)

	// HR of this organisation is answered, by the role that the directory says she has.
	if got := teams.post(t, bot, "m1", hannah, tenantID, "help", good); got != 200 {
		t.Fatalf("status %d", got)
	}
	teams.hears(t, "new starter Priya Patel, Account Manager")
	// A cut between the sending and the note of it would have it sent again, which is right.
	noted := time.NewTicker(20 * time.Millisecond)
	defer noted.Stop()
	for metrics := ""; !strings.Contains(metrics, `outcome="done"`); _, metrics = statusOf(t, "http://"+bot+"/metrics") {
		select {
		case <-noted.C:
		case <-t.Context().Done():
			t.Fatal("the answer is never noted as sent")
		}
	}

	// A power cut forgets nothing: the same activity again is not answered twice, and a new one goes on.
	if err := running.kill(); err != nil {
		t.Fatal(err)
	}
	running = serve()
	if got := teams.post(t, bot, "m1", hannah, tenantID, "help", good); got != 200 {
		t.Errorf("the same again: status %d", got)
	}
	if got := teams.post(t, bot, "m2", hannah, tenantID, "new starter Ada Byron, Account Manager, starts next Monday, reports to Tom Hughes, in London", good); got != 200 {
		t.Errorf("status %d", got)
	}
	for _, text := range teams.hears(t, "Ada Byron") {
		if strings.Contains(text, "new starter Priya Patel") {
			t.Errorf("the same activity was answered twice: %s", text)
		}
	}

	// An HR system's event becomes a draft in HR's chat; whoever cannot sign gets nowhere.
	event := `{"source":"payroll","id":"1","kind":"joiner","given":"Grace","surname":"Hopper","job":"Account Manager","site":"London","start":"` + time.Now().AddDate(0, 0, 30).Format(time.DateOnly) + `","manager":"tom.hughes@larkfield.example"}`
	if got := sendEvent(t, bot, event, strings.Repeat("x", 32)); got != 401 {
		t.Errorf("a forged event: status %d", got)
	}
	for range 2 {
		if got := sendEvent(t, bot, event, payrollSecret); got != 202 {
			t.Errorf("an event: status %d", got)
		}
	}
	teams.hears(t, "Grace Hopper")
	_, metrics := statusOf(t, "http://"+bot+"/metrics")
	if !strings.Contains(metrics, "muster_turn_seconds_count") || strings.Contains(metrics, "Byron") || strings.Contains(metrics, hannah) {
		t.Errorf("metrics lack the turns, or tell of people:\n%s", metrics)
	}
	log := running.err.String()
	if strings.Contains(log, "Byron") || strings.Contains(log, "the bot's") || strings.Contains(log, good) {
		t.Errorf("the log tells of people or secrets:\n%s", log)
	}
	if err := running.stop(); err != nil {
		t.Error(err)
	}
	if out, err := exec.Command(built.binary, "verify", filepath.Join(dir, "kept")).CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	info, err := os.Stat(filepath.Join(dir, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the data folder has mode %o", info.Mode().Perm())
	}

	// A misspelt key is refused, with its place.
	b, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(strings.Replace(string(b), "app_id", "appid", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(built.binary, "serve", "--config", config).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "appid") || !strings.Contains(string(out), "[6:3]") {
		t.Errorf("a misspelt key: %v\n%s", err, out)
	}
}
