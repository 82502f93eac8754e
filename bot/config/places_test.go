package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlaces: whoever is refused is told where it stands.
func TestPlaces(t *testing.T) {
	for name, tt := range map[string]struct{ was, is, at string }{
		"a tenant twice":         {"22222222-2222-2222-2222-222222222222", "11111111-1111-1111-1111-111111111111", ":16:18: tenants[1].teams.tenant_id"},
		"a bot twice":            {"0000000000b1", "0000000000B0", ":15:15: tenants[1].teams.app_id"},
		"a policy twice":         {"policy: b.yaml", "policy: a.yaml", ":13:13: tenants[1].policy"},
		"an archive twice":       {"b.checkpoints", "a.checkpoints", ":21:27: tenants[1].evidence.append_to"},
		"a payroll twice":        {"b-payroll.secret", "a-payroll.secret", ":20:40: tenants[1].intake.secret_file"},
		"others' people":         {"      tenant_id: 2222", "      allowed_tenants: [11111111-1111-1111-1111-111111111111]\n      tenant_id: 2222", ":16:24: tenants[1].teams.allowed_tenants"},
		"a policy above":         {"listen: 127.0.0.1:1", "policy: a.yaml", ":2:9: policy stands beside"},
		"a tenant without a bot": {"      app_id: 00000000-0000-0000-0000-0000000000b1\n", "", ":15:7: teams.app_id"},
		"no graph app":           {"    graph: {client_id: 00000000-0000-0000-0000-0000000000c1}\n", "", ":13:5: graph.client_id"},
		"a plain http authority": {"graph: {client_id: 00000000-0000-0000-0000-0000000000c1}", "graph: {client_id: x, authority: 'http://example.com'}", ":18:38: graph.authority"},
		"half a witness":         {"{append_to: b.checkpoints}", "{witnesses: [{url: 'https://witness.example'}]}", ":21:29: evidence.witnesses[0].key"},
		"what is common":         {"listen: 127.0.0.1:1", "store: sqlite", ":2:8: store"},
		"an unknown key":         {"      app_id: 00000000-0000-0000-0000-0000000000b1", "      appid: x", "[15:7] unknown field"},
		"a wrong type":           {"policy: b.yaml", "policy: [1]", "[13:13]"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(several, tt.was, tt.is, 1)
			if text == several {
				t.Fatal("the row changes nothing")
			}
			if _, err := Read(write(t, text), none); err == nil || !strings.Contains(err.Error(), tt.at) {
				t.Errorf("want %q, got %v", tt.at, err)
			}
		})
	}
}

// TestPlacesOfTheEnvironment: what no file says has no place in it.
func TestPlacesOfTheEnvironment(t *testing.T) {
	path := write(t, good)
	env := map[string]string{"MUSTER_STORE": "sqlite", "MUSTER_GRAPH_AUTHORITY": "http://example.com"}
	_, err := Read(path, func(k string) string { return env[k] })
	if err == nil || !strings.Contains(err.Error(), "config "+path+": store is") || !strings.Contains(err.Error(), path+":9:3: graph.authority") {
		t.Errorf("it says %v", err)
	}
}

// TestSecretsApart gives two tenants the same secret in two files.
func TestSecretsApart(t *testing.T) {
	path := write(t, several)
	c, err := Read(path, none)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, secret string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.SecretsApart(); err != nil {
		t.Errorf("files that are not there: %v", err)
	}
	ours := strings.Repeat("o", 32)
	put("a-payroll.secret", ours)
	put("b-payroll.secret", strings.Repeat("t", 32))
	if err := c.SecretsApart(); err != nil {
		t.Errorf("two secrets: %v", err)
	}
	put("b-payroll.secret", ours+"\n")
	err = c.SecretsApart()
	if err == nil || !strings.Contains(err.Error(), "tenants[1].intake[0] is that of tenants[0].intake[0]") || strings.Contains(err.Error(), "ooo") {
		t.Errorf("one secret in two files: %v", err)
	}
	alone := c.Each()[0]
	alone.Intake = append(alone.Intake, Intake{Source: "agency", SecretFile: alone.Intake[0].SecretFile})
	if err := alone.SecretsApart(); err != nil {
		t.Errorf("the only tenant: %v", err)
	}
}
