package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const good = `
listen: 127.0.0.1:1
policy: p.yaml
teams:
  app_id: 00000000-0000-0000-0000-0000000000b0
  tenant_id: 11111111-1111-1111-1111-111111111111
  credential: {kind: secret, secret_file: teams.secret}
graph:
  client_id: 00000000-0000-0000-0000-0000000000c0
`

func TestRead(t *testing.T) {
	path := write(t, good)
	env := map[string]string{"MUSTER_LISTEN": "127.0.0.1:2", "MUSTER_TEAMS_ALLOWED_TENANTS": "a, b", "MUSTER_TURNS_AT_ONCE": "7", "MUSTER_GRAPH_CREDENTIAL_KIND": "certificate"}
	c, err := Read(path, func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:2" || c.Graph.Credential.Kind != "certificate" || strings.Join(c.Teams.AllowedTenants, "+") != "a+b" || c.TurnsAtOnce != 7 {
		t.Errorf("the environment does not win: %+v", c)
	}
	if c.Policy != filepath.Join(filepath.Dir(path), "p.yaml") || c.Teams.Credential.SecretFile != filepath.Join(filepath.Dir(path), "teams.secret") {
		t.Errorf("paths are not relative to the file: %+v", c)
	}
	if c, err := Read(write(t, good), func(k string) string {
		return map[string]string{"MUSTER_TELEMETRY_OTLP_ENDPOINT": "http://127.0.0.1:4318"}[k]
	}); err != nil || c.Telemetry.OTLPEndpoint != "http://127.0.0.1:4318" {
		t.Errorf("the collector on this machine: %+v, %v", c.Telemetry, err)
	}
	if c.Teams.Authority != Login || c.DataDir == "" {
		t.Errorf("defaults are missing: %+v", c)
	}
}

func TestReadIntake(t *testing.T) {
	path := write(t, good+"intake:\n  - {source: payroll, secret_file: payroll.secret, draft_to: hannah.reed@larkfield.example}\n")
	env := map[string]string{"MUSTER_INTAKE_0_DRAFT_TO": "helen.okafor@larkfield.example", "MUSTER_INTAKE_1_SOURCE": "agency", "MUSTER_INTAKE_1_SECRET_FILE": "/run/agency", "MUSTER_INTAKE_1_DRAFT_TO": "hannah.reed@larkfield.example"}
	c, err := Read(path, func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	want := []Intake{
		{"payroll", filepath.Join(filepath.Dir(path), "payroll.secret"), "helen.okafor@larkfield.example"},
		{"agency", "/run/agency", "hannah.reed@larkfield.example"},
	}
	if !slices.Equal(c.Intake, want) {
		t.Errorf("intake %+v", c.Intake)
	}
	if c, err := Read(write(t, good), func(string) string { return "" }); err != nil || c.Intake != nil {
		t.Errorf("the door is open without being configured: %+v, %v", c.Intake, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ file, want string }{
		"an unknown key":         {good + "colour: red\n", `unknown field "colour"`},
		"a wrong type":           {good + "data_dir: [1]\n", "[10:"},
		"no app id":              {"graph: {client_id: x}\n", "teams.app_id"},
		"no graph app":           {strings.Replace(good, "client_id", "base_url", 1), "graph.client_id"},
		"a plain http address":   {good + "  authority: http://example.com\n", "https"},
		"half an intake":         {good + "intake:\n  - {source: payroll}\n", "intake[0] needs"},
		"an intake twice":        {good + "intake:\n  - {source: a, secret_file: x, draft_to: y}\n  - {source: a, secret_file: x, draft_to: y}\n", "intake[1].source"},
		"an unknown intake key":  {good + "intake:\n  - {source: a, secret: x}\n", "secret"},
		"a plain http collector": {good + "telemetry: {otlp_endpoint: http://collector.example:4318}\n", "telemetry.otlp_endpoint"},
		"a store we do not have": {good + "store: sqlite\n", "sqlite"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(write(t, tt.file), func(string) string { return "" })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q", err, tt.want)
			}
		})
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"http://127.0.0.1:3980": true, "http://localhost": true, "http://[::1]:1": true,
		"https://127.0.0.1": false, "http://127.0.0.1.example": false, "http://10.0.0.1": false, "": false, "http://": false,
	} {
		if got := Loopback(address); got != want {
			t.Errorf("Loopback(%q) = %v", address, got)
		}
	}
}

func TestSecret(t *testing.T) {
	if _, err := (Credential{SecretFile: write(t, " \n")}).Secret(); err == nil {
		t.Error("an empty secret was taken")
	}
	if s, err := (Credential{SecretFile: write(t, "hush\n")}).Secret(); err != nil || s != "hush" {
		t.Errorf("secret %q, %v", s, err)
	}
	if _, err := (Credential{Kind: "password"}).Open(Login, "t", "c"); err == nil || !strings.Contains(err.Error(), "kind") {
		t.Errorf("an unknown kind was taken: %v", err)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "muster.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
