package setup

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/bot/config"
	"muster/flows"
	"muster/flows/graph"
)

func survey(t *testing.T, w *installation) graph.Survey {
	t.Helper()
	cfg, err := config.Read(filepath.Join(w.dir, "muster.yaml"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	client, err := OpenGraph(cfg, w.now, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s, err := client.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fresh is a folder to install to, beside the tenant of an installation.
func fresh(t *testing.T) (*installation, Init) {
	t.Helper()
	w := whole(t)
	w.memos = nil
	w.start()
	return w, Init{
		Dir: t.TempDir(), Tenant: tenantID, BotID: botApp, GraphID: graphApp, Credential: "secret",
		BotFile: filepath.Join(w.dir, "teams.secret"), GraphFile: filepath.Join(w.dir, "graph.secret"),
		Approver: []string{"aisha.khan@larkfield.example"}, Owner: []string{"olivia.grant@larkfield.example"},
		ITChannel: "19:it@thread.tacv2", Share: 80, Least: 2, GraphURL: w.graph + "/v1.0", GraphAuthority: w.graph, BotAuthority: w.graph,
	}
}

func (w *installation) init(c Init, said string) (string, error) {
	var out bytes.Buffer
	err := c.Run(Desk{Ctx: w.t.Context(), In: strings.NewReader(said), Out: &out, Now: w.now, Getenv: func(string) string { return "" }, Log: slog.New(slog.DiscardHandler)})
	return out.String(), err
}

func TestInitAsksAndWrites(t *testing.T) {
	w, c := fresh(t)
	c.ITChannel = ""
	out, err := w.init(c, "\nIT Staff\nhttps://teams.microsoft.com/l/channel/19%3Ait%40thread.tacv2/IT?groupId=x\n")
	if err != nil {
		t.Fatal(err, out)
	}
	if !strings.Contains(out, "[HR Staff]") || !strings.Contains(out, "Written:") {
		t.Errorf("it says %s", out)
	}
	cfg, err := config.Read(filepath.Join(c.Dir, "muster.yaml"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Teams.AppID != botApp || cfg.Graph.ClientID != graphApp || cfg.Teams.TenantID != tenantID || cfg.Graph.Credential.SecretFile != c.GraphFile || cfg.Graph.BaseURL != c.GraphURL {
		t.Errorf("config %+v", cfg)
	}
	b, err := os.ReadFile(cfg.Policy)
	if err != nil {
		t.Fatal(err)
	}
	p, err := flows.ParsePolicy(cfg.Policy, b)
	if err != nil {
		t.Fatal(err)
	}
	if p.Channels.IT != "19:it@thread.tacv2" || strings.Join(p.Roles.HR.Groups, "+") != "HR Staff" || len(p.Jobs) < 3 {
		t.Errorf("policy %+v", p)
	}
	for _, name := range []string{"muster.yaml", "policy.yaml"} {
		if info, err := os.Stat(filepath.Join(c.Dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	// It never overwrites.
	if _, err := w.init(c, ""); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("a second time: %v", err)
	}
	if again, err := os.ReadFile(cfg.Policy); err != nil || !bytes.Equal(again, b) {
		t.Errorf("the policy was changed: %v", err)
	}
}

func TestInitRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Init)
		said   string
		want   string
	}{
		"an answer that is missing":  {func(c *Init) { c.Owner = nil }, "\n\n\n", "--owner is missing"},
		"a question that may not be": {func(c *Init) { c.NoQuestions = true }, "HR Staff\nIT Staff\n", "--hr is missing"},
		"a tenant that is no id":     {func(c *Init) { c.Tenant = "larkfield" }, "", "--tenant is an id"},
		"nobody of that name":        {func(c *Init) { c.HR = []string{"hr@larkfield.example"} }, "IT Staff\n", "hr@larkfield.example is not in the directory"},
		"a group that is not there":  {func(c *Init) { c.HR = []string{"HR Stuff"} }, "IT Staff\n", `no group "HR Stuff"`},
		"a channel that is none":     {func(c *Init) { c.ITChannel = "general" }, "\n\n", "A channel id begins with 19:"},
		"a secret that is not there": {func(c *Init) { c.GraphFile += "x" }, "", "no such file"},
		"a share that is none":       {func(c *Init) { c.Share = 101 }, "", "--share"},
	} {
		t.Run(name, func(t *testing.T) {
			w, c := fresh(t)
			tt.change(&c)
			if out, err := w.init(c, tt.said); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q\n%s", err, tt.want, out)
			}
			if left, err := os.ReadDir(c.Dir); err != nil || len(left) != 0 {
				t.Errorf("it left %v behind (%v)", left, err)
			}
		})
	}
}

// TestInitWithoutSecrets: an identity of the platform needs no file.
func TestInitWithoutSecrets(t *testing.T) {
	c := Init{Tenant: tenantID, BotID: botApp, GraphID: graphApp, Credential: "managed_identity", GraphURL: graph.DefaultBaseURL, GraphAuthority: config.Login, BotAuthority: config.Login}
	if err := c.askApps(&asker{off: true, out: io.Discard}); err != nil {
		t.Fatal(err)
	}
	text, cfg, err := c.config(Desk{Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Graph.Credential.Kind != "managed_identity" || len(cfg.Graph.Credential.Files()) != 0 || strings.Contains(text, "http:") {
		t.Errorf("config %+v", cfg)
	}
}
