package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/bot/config"
)

// secondTenant is what a new organisation of a list is called in these tests.
const secondTenant = "22222222-2222-2222-2222-222222222222"

func nothing(string) string { return "" }

// listed is what a configuration that was written by hand might be, with a key after the list.
const listed = `# Ours.
data_dir: ./kept # on the big disk

tenants:
    # The first customer.
    - policy: ./first.yaml
      teams:
        app_id: 00000000-0000-0000-0000-0000000000b2
        tenant_id: 22222222-2222-2222-2222-222222222222
        credential: {kind: secret, secret_file: ./bot.secret}
      # Kept apart.
      graph: {client_id: 00000000-0000-0000-0000-0000000000c2, credential: {kind: secret, secret_file: ./graph.secret}}

# Where the traces go.
telemetry: {otlp_endpoint: "http://127.0.0.1:4318"}
`

// TestInitAdd adds an organisation to the list: what was there stays byte for byte, and both are read.
func TestInitAdd(t *testing.T) {
	for name, was := range map[string]string{
		"a key after it": listed,
		"nothing after":  strings.Split(listed, "\n# Where")[0],
		"without margin": strings.ReplaceAll(listed, "\n    ", "\n"),
		"no last line":   strings.TrimRight(strings.Split(listed, "\n# Where")[0], "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			w, c := fresh(t)
			c.Add = true
			path := filepath.Join(c.Dir, "muster.yaml")
			if err := os.WriteFile(path, []byte(was), 0o640); err != nil {
				t.Fatal(err)
			}
			out, err := w.init(c, "\nIT Staff\n")
			if err != nil {
				t.Fatal(err, out)
			}
			if !strings.Contains(out, "policy-"+tenantID+".yaml") || !strings.Contains(out, "muster doctor --tenant "+tenantID) {
				t.Errorf("it says %s", out)
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(was, "\n") {
				if !strings.Contains(string(b), line) {
					t.Errorf("the line %q is gone:\n%s", line, b)
				}
			}
			cfg, err := config.Read(path, nothing)
			if err != nil {
				t.Fatalf("%v\n%s", err, b)
			}
			first, err := cfg.One(secondTenant)
			if err != nil || first.Policy != filepath.Join(c.Dir, "first.yaml") || len(cfg.Each()) != 2 {
				t.Errorf("the first is %+v, %v", first, err)
			}
			added, err := cfg.One(tenantID)
			if err != nil || added.Teams.AppID != botApp || added.Graph.ClientID != graphApp || added.Policy != filepath.Join(c.Dir, "policy-"+tenantID+".yaml") || added.Graph.Credential.SecretFile != c.GraphFile {
				t.Errorf("the new one is %+v, %v", added, err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			if _, err := w.init(c, ""); err == nil || !strings.Contains(err.Error(), "already") {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

// TestInitAddBegins writes a list of one where there is no configuration yet.
func TestInitAddBegins(t *testing.T) {
	w, c := fresh(t)
	c.Add = true
	if out, err := w.init(c, "\nIT Staff\n"); err != nil {
		t.Fatal(err, out)
	}
	cfg, err := config.Read(filepath.Join(c.Dir, "muster.yaml"), nothing)
	if err != nil || len(cfg.Tenants) != 1 || cfg.Tenants[0].Teams.AppID != botApp {
		t.Errorf("%+v, %v", cfg, err)
	}
}

func TestInitAddRefuses(t *testing.T) {
	single := strings.NewReplacer("$BOT", "https://login.microsoftonline.com", "$GRAPH", "https://graph.example").Replace(configText)
	for name, tt := range map[string]struct{ was, want string }{
		"one organisation":   {single, "is for one organisation"},
		"the tenant again":   {strings.ReplaceAll(listed, secondTenant, tenantID), "has the tenant " + tenantID + " already"},
		"the bot again":      {strings.ReplaceAll(listed, "0000000000b2", "0000000000b0"), "teams.app_id is that of tenants[0]"},
		"a list in brackets": {"tenants: [{policy: a, teams: {app_id: x, tenant_id: y}, graph: {client_id: z}}]\n", "Add this to the list by hand:\n  - policy: ./policy-" + tenantID},
		"a file that is bad": {listed + "colour: red\n", `unknown field "colour"`},
	} {
		t.Run(name, func(t *testing.T) {
			w, c := fresh(t)
			c.Add = true
			path := filepath.Join(c.Dir, "muster.yaml")
			if err := os.WriteFile(path, []byte(tt.was), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := w.init(c, "\nIT Staff\n"); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q\n%s", err, tt.want, out)
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != tt.was {
				t.Errorf("it was changed (%v):\n%s", err, b)
			}
			if left, err := os.ReadDir(c.Dir); err != nil || len(left) != 1 {
				t.Errorf("it left %v behind (%v)", left, err)
			}
		})
	}
}
