package config

import (
	"path/filepath"
	"strings"
	"testing"
)

const several = `
listen: 127.0.0.1:1
tenants:
  - policy: a.yaml
    teams:
      app_id: 00000000-0000-0000-0000-0000000000b0
      tenant_id: 11111111-1111-1111-1111-111111111111
      credential: {kind: secret, secret_file: a.secret}
    graph: {client_id: 00000000-0000-0000-0000-0000000000c0}
    intake:
      - {source: payroll, secret_file: a-payroll.secret, draft_to: hannah.reed@larkfield.example}
    evidence: {append_to: a.checkpoints}
  - policy: b.yaml
    teams:
      app_id: 00000000-0000-0000-0000-0000000000b1
      tenant_id: 22222222-2222-2222-2222-222222222222
      credential: {kind: secret, secret_file: b.secret}
    graph: {client_id: 00000000-0000-0000-0000-0000000000c1}
    intake:
      - {source: payroll, secret_file: b-payroll.secret, draft_to: bea.holt@brookvale.example}
    evidence: {append_to: b.checkpoints}
`

func none(string) string { return "" }

func TestSeveralTenants(t *testing.T) {
	path := write(t, several)
	c, err := Read(path, none)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	for i, want := range []struct{ tenant, app, policy, secret, hook string }{
		{"11111111-1111-1111-1111-111111111111", "00000000-0000-0000-0000-0000000000b0", "a.yaml", "a.secret", "a-payroll.secret"},
		{"22222222-2222-2222-2222-222222222222", "00000000-0000-0000-0000-0000000000b1", "b.yaml", "b.secret", "b-payroll.secret"},
	} {
		one := c.Each()[i]
		if one.Teams.TenantID != want.tenant || one.Teams.AppID != want.app || one.Policy != filepath.Join(dir, want.policy) ||
			one.Teams.Credential.SecretFile != filepath.Join(dir, want.secret) || len(one.Intake) != 1 || one.Intake[0].SecretFile != filepath.Join(dir, want.hook) {
			t.Errorf("tenant %d is configured as %+v", i, one)
		}
		if one.Listen != "127.0.0.1:1" || one.Teams.Authority != Login || one.Graph.BaseURL == "" || len(one.Tenants) != 0 {
			t.Errorf("tenant %d lacks what is common or usual: %+v", i, one)
		}
		named, err := c.One(strings.ToUpper(want.tenant))
		if err != nil || named.Teams.AppID != want.app {
			t.Errorf("by its id: %+v, %v", named.Teams, err)
		}
	}
	if _, err := c.One(""); err == nil || !strings.Contains(err.Error(), "--tenant") {
		t.Errorf("one of two without a name: %v", err)
	}
	if _, err := c.One("33333333-3333-3333-3333-333333333333"); err == nil {
		t.Error("a tenant that is not there is found")
	}
}

func TestOneTenantNeedsNoName(t *testing.T) {
	c, err := Read(write(t, good), none)
	if err != nil {
		t.Fatal(err)
	}
	if one, err := c.One(""); err != nil || one.Teams.TenantID != c.Teams.TenantID || len(c.Each()) != 1 {
		t.Errorf("%+v, %v", one, err)
	}
	if _, err := c.One("22222222-2222-2222-2222-222222222222"); err == nil {
		t.Error("the only tenant answers to another's name")
	}
}

func TestTenantsShareNothing(t *testing.T) {
	for name, tc := range map[string]struct{ was, is, says string }{
		"a tenant":               {"22222222-2222-2222-2222-222222222222", "11111111-1111-1111-1111-111111111111", "tenants[1].teams.tenant_id is that of tenants[0]"},
		"a bot":                  {"0000000000b1", "0000000000B0", "tenants[1].teams.app_id is that of tenants[0]"},
		"a policy":               {"policy: b.yaml", "policy: a.yaml", "tenants[1].policy is that of tenants[0]"},
		"an archive":             {"b.checkpoints", "a.checkpoints", "tenants[1].evidence.append_to is that of tenants[0]"},
		"a payroll":              {"b-payroll.secret", "a-payroll.secret", "tenants[1].intake.secret_file is that of tenants[0]"},
		"people":                 {"      tenant_id: 2222", "      allowed_tenants: [11111111-1111-1111-1111-111111111111]\n      tenant_id: 2222", "allowed_tenants lets in tenants[0]"},
		"a policy above":         {"listen: 127.0.0.1:1", "policy: a.yaml", "policy stands beside tenants"},
		"a bot above":            {"listen: 127.0.0.1:1", "teams: {app_id: 00000000-0000-0000-0000-0000000000b0}", "teams stands beside tenants"},
		"a tenant without a bot": {"      app_id: 00000000-0000-0000-0000-0000000000b1\n", "", "tenants[1]: "},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(several, tc.was, tc.is, 1)
			if text == several {
				t.Fatal("the row changes nothing")
			}
			if _, err := Read(write(t, text), none); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("want %q, got %v", tc.says, err)
			}
		})
	}
}
