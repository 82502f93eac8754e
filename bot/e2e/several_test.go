package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The second organisation of a process.
const (
	otherTenant = "22222222-2222-2222-2222-222222222222"
	otherApp    = "00000000-0000-0000-0000-0000000000b2"
)

// otherDirectory is the Microsoft 365 of the second organisation: the sandbox's, by another name.
func otherDirectory(t *testing.T, world place) string {
	t.Helper()
	to, err := url.Parse("http://" + world.graph)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.URL.Path = strings.Replace(r.Out.URL.Path, "/"+otherTenant+"/", "/"+tenantID+"/", 1)
	}})
	t.Cleanup(s.Close)
	return s.URL
}

// TestServeSeveral runs the bot for two organisations, as one that looks after both does.
func TestServeSeveral(t *testing.T) {
	dir := t.TempDir()
	world, ours, bot, policy := outside(t, filepath.Join(dir, "world"))
	theirs := newTeamsOf(t, otherTenant, otherApp)
	theirs.secret.Store("the other bot's")
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	entry := func(n int, teams *fakeTeams, graph string) string {
		return fmt.Sprintf(`  - policy: ./policy-%[1]d.yaml
    teams:
      app_id: %[2]s
      tenant_id: %[3]s
      openid_metadata: %[4]s/metadata
      service_url: %[4]s/
      service_url_hosts: ["%[5]s"]
      authority: %[4]s
      credential: {kind: secret, secret_file: ./bot-%[1]d.secret}
    graph:
      base_url: %[6]s/v1.0
      authority: %[6]s
      client_id: 00000000-0000-0000-0000-0000000000c0
      credential: {kind: secret, secret_file: ./graph.secret}
    intake:
      - {source: payroll, secret_file: ./payroll-%[1]d.secret, draft_to: hannah.reed@larkfield.example}
`, n, teams.app, teams.tenant, teams.URL, strings.TrimPrefix(teams.URL, "http://"), graph)
	}
	put("policy-1.yaml", string(policy))
	put("policy-2.yaml", strings.ReplaceAll(string(policy), "Account Manager", "Relationship Manager"))
	put("bot-1.secret", "the bot's")
	put("bot-2.secret", "the other bot's")
	put("graph.secret", "not empty")
	put("payroll-1.secret", payrollSecret)
	put("payroll-2.secret", payrollSecret+"\n")
	put("muster.yaml", "listen: "+bot+"\ndata_dir: ./kept\ntenants:\n"+entry(1, ours, "http://"+world.graph)+entry(2, theirs, otherDirectory(t, world)))
	run := func(want string, args ...string) string {
		t.Helper()
		out, err := exec.Command(built.binary, args...).CombinedOutput()
		if !strings.Contains(string(out), want) || (err != nil) != strings.Contains(string(out), "muster:") {
			t.Errorf("muster %v: %v, want %q\n%s", args, err, want, out)
		}
		return string(out)
	}
	config, kept := filepath.Join(dir, "muster.yaml"), filepath.Join(dir, "kept")

	run("the secret of tenants[1].intake[0] is that of tenants[0].intake[0]", "serve", "--config", config)
	put("payroll-2.secret", strings.Repeat("p", 32))
	running, err := launch(t.Context(), dir, "msg=serving", os.Environ(), "serve", "--config", config)
	if err != nil {
		t.Fatal(err)
	}
	says := func(teams *fakeTeams, id, text string) {
		t.Helper()
		if got := teams.post(t, bot, id, hannah, teams.tenant, text, teams.token(t, nil)); got != http.StatusOK {
			t.Errorf("%s: status %d", id, got)
		}
	}
	says(ours, "m1", "new starter Ada Byron, Account Manager, starts next Monday, reports to Tom Hughes, in London")
	ours.hears(t, "Ada Byron")
	says(theirs, "m1", "new starter Grace Hopper, Relationship Manager, starts next Monday, reports to Tom Hughes, in London")
	for _, text := range theirs.hears(t, "Grace Hopper") {
		if strings.Contains(text, "Ada Byron") {
			t.Errorf("one organisation is told of another's starter: %s", text)
		}
	}
	for name, got := range map[string]int{
		"their token for our tenant": theirs.post(t, bot, "x1", hannah, tenantID, "help", theirs.token(t, nil)),
		"our token for their tenant": ours.post(t, bot, "x2", hannah, otherTenant, "help", ours.token(t, nil)),
	} {
		if got/100 == 5 {
			t.Errorf("%s: status %d", name, got)
		}
	}
	for path, want := range map[string]int{"/readyz": 200, "/readyz/" + tenantID: 200, "/readyz/" + otherTenant: 200, "/readyz/nobody": 404} {
		if got, _ := statusOf(t, "http://"+bot+path); got != want {
			t.Errorf("GET %s: status %d, want %d", path, got, want)
		}
	}
	backed := filepath.Join(dir, "theirs.backup")
	run("has several tenants: name one with --tenant: "+tenantID+", "+otherTenant, "backup", "--data", kept, "--to", backed)
	run("Written: ", "backup", "--data", kept, "--tenant", otherTenant, "--to", backed)
	if err := running.stop(); err != nil {
		t.Error(err)
	}
	ours.silent(t)
	theirs.silent(t)
	if log := running.err.String(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "Byron") {
		t.Errorf("the log:\n%s", log)
	}

	// At rest each is worked on by its name.
	if out := run("Verified: ", "verify", kept); strings.Count(out, "Verified: ") != 2 {
		t.Errorf("both are to be verified:\n%s", out)
	}
	if out := run(" of "+otherTenant, "verify", "--tenant", strings.ToUpper(otherTenant), kept); strings.Contains(out, tenantID) {
		t.Errorf("only theirs is to be verified:\n%s", out)
	}
	run("no store of the tenant nobody", "verify", "--tenant", "nobody", kept)
	run("no store of the tenant "+otherTenant, "key", "show", "--data", filepath.Join(kept, tenantID), "--tenant", otherTenant)
	run("has several tenants", "key", "show", "--data", kept)
	run(otherTenant, "key", "show", "--data", kept, "--tenant", otherTenant)
	run("has several tenants", "export", "--from", "2026-01-01", "--data", kept)
	run("Written: ", "export", "--from", "2026-01-01", "--data", kept, "--tenant", tenantID, "--out", filepath.Join(dir, "ours.zip"))
	run("has several tenants", "erase", "--subject", "Ada Byron", "--ground", "asked for", "--by", "olivia.grant@larkfield.example", "--data", kept)
	run("has several tenants", "migrate", "--from", "bbolt:"+kept, "--to", "postgres:"+filepath.Join(dir, "dsn"))
	run("the backup is of "+otherTenant+" and not of "+tenantID, "restore", backed, "--data", filepath.Join(dir, "again"), "--tenant", tenantID)
	run("Restored into ", "restore", backed, "--data", filepath.Join(dir, "again"), "--tenant", otherTenant, "--signing-key", filepath.Join(kept, otherTenant, "signing.key"))
	run("--tenant", "doctor", "--config", config)
}
