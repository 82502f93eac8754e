package graph

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
	"muster/flows/graphsim"
)

var farah = personNo("27")

// The bytes and the address of each of these writes.
func TestAppBodies(t *testing.T) {
	const at = "/v1.0/users/" + string(priya)
	crm := flows.AppRole{ID: "a_b-C/d", On: team, Role: sales}
	for name, tt := range map[string]struct {
		do     func(context.Context, *Client) error
		status int
		method string
		path   string
		want   string
	}{
		"password, alone": {
			func(ctx context.Context, c *Client) error { return c.ResetPassword(ctx, priya) }, 204, "PATCH", at,
			`{"@odata.type":"#microsoft.graph.user","passwordProfile":{"password":"pw","forceChangePasswordNextSignIn":true}}`,
		},
		"app role": {
			func(ctx context.Context, c *Client) error { return c.RemoveAppRole(ctx, priya, crm) }, 204, "DELETE", at + "/appRoleAssignments/a_b-C%2Fd", "",
		},
		"app role, again": {
			func(ctx context.Context, c *Client) error { return c.GrantAppRole(ctx, priya, crm) }, 201, "POST", at + "/appRoleAssignments",
			`{"principalId":"` + string(priya) + `","resourceId":"` + team + `","appRoleId":"` + sales + `"}`,
		},
		"consent": {
			func(ctx context.Context, c *Client) error {
				return c.RemoveConsent(ctx, flows.Consent{ID: "g-_/1"})
			}, 204, "DELETE", "/v1.0/oauth2PermissionGrants/g-_%2F1", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stub{answers: list(says(tt.status, ""))}
			c := open(t, Options{Transport: direct{s}, Password: func() (string, error) { return "pw", nil }})
			if err := tt.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			r := s.one(t)
			if r.Method != tt.method || r.Path != tt.path {
				t.Errorf("%s %s, want %s %s", r.Method, r.Path, tt.method, tt.path)
			}
			if tt.want == "" {
				if r.Body != "" {
					t.Errorf("body %q", r.Body)
				}
				return
			}
			if diff := cmp.Diff(decoded(t, tt.want), decoded(t, r.Body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// What a group or an administrator gave is nobody's own, and is never taken for it.
func TestAppRolesAreOnesOwn(t *testing.T) {
	role := func(id, principal, kind string) string {
		return `{"id":"` + id + `","appRoleId":"` + sales + `","principalId":"` + principal + `","principalType":"` + kind + `","resourceId":"` + strings.ToUpper(team) + `","resourceDisplayName":"CRM"}`
	}
	c, s := on(t, says(200, `{"value":[`+role("g", sales, "Group")+`,`+role("u2", strings.ToUpper(string(priya)), "User")+`],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users/x/appRoleAssignments?$skiptoken=1"}`),
		says(200, `{"value":[`+role("u1", string(priya), "User")+`]}`))
	got, err := c.AppRoles(t.Context(), priya)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]flows.AppRole{{ID: "u1", App: "CRM", On: team, Role: sales}, {ID: "u2", App: "CRM", On: team, Role: sales}}, got); diff != "" || len(s.seen) != 2 {
		t.Errorf("after %d requests (-want +got):\n%s", len(s.seen), diff)
	}
	grant := func(id, kind, person, client string) string {
		return `{"id":"` + id + `","clientId":"` + client + `","consentType":"` + kind + `","principalId":` + person + `,"resourceId":"x","scope":" Mail.Read  offline_access "}`
	}
	mine := `"` + string(priya) + `"`
	c, s = on(t, says(200, `{"value":[`+grant("all", "AllPrincipals", "null", team)+`,`+grant("other", "Principal", `"`+string(tom)+`"`, team)+`,`+grant("b", "Principal", mine, team)+`,`+grant("a", "Principal", mine, team)+`,`+grant("c", "Principal", mine, sales)+`]}`),
		says(200, `{"id":"`+team+`","displayName":"Notes"}`), says(404, ""))
	consents, err := c.Consents(t.Context(), priya)
	if err != nil {
		t.Fatal(err)
	}
	want := []flows.Consent{{ID: "c", App: sales, Scope: "Mail.Read  offline_access"}, {ID: "a", App: "Notes", Scope: "Mail.Read  offline_access"}, {ID: "b", App: "Notes", Scope: "Mail.Read  offline_access"}}
	if diff := cmp.Diff(want, consents); diff != "" || len(s.seen) != 3 {
		t.Errorf("after %d requests (-want +got):\n%s", len(s.seen), diff)
	}
}

// What cannot be read is never taken for "none".
func TestAppAnswersThatLack(t *testing.T) {
	roles := func(ctx context.Context, c *Client) error { _, err := c.AppRoles(ctx, priya); return err }
	consents := func(ctx context.Context, c *Client) error { _, err := c.Consents(ctx, priya); return err }
	domain := func(ctx context.Context, c *Client) error {
		_, err := c.Federated(ctx, "larkfield.example")
		return err
	}
	for name, tt := range map[string]struct {
		do     func(context.Context, *Client) error
		answer []func(http.ResponseWriter, *http.Request)
		want   flows.Code
	}{
		"roles, nothing":        {roles, list(says(200, `{}`)), flows.Internal},
		"roles, no JSON":        {roles, list(says(200, `<html>`)), flows.Internal},
		"roles, empty":          {roles, list(says(200, ``)), flows.Internal},
		"roles, no principal":   {roles, list(says(200, `{"value":[{"id":"x","resourceId":"y"}]}`)), flows.Internal},
		"roles, no app":         {roles, list(says(200, `{"value":[{"id":"x","principalId":"`+string(priya)+`"}]}`)), flows.Internal},
		"roles, another shape":  {roles, list(says(200, `{"value":[{"id":1}]}`)), flows.Internal},
		"roles, foreign page":   {roles, list(says(200, `{"value":[],"@odata.nextLink":"https://elsewhere.example/v1.0/x"}`)), flows.Internal},
		"roles, denied":         {roles, list(says(403, "")), flows.Denied},
		"roles, second page":    {roles, list(says(200, `{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/x"}`), says(500, "")), flows.Unavailable},
		"consents, no app":      {consents, list(says(200, `{"value":[{"id":"x"}]}`)), flows.Internal},
		"consents, odd app":     {consents, list(says(200, `{"value":[{"id":"x","clientId":"../me","consentType":"Principal","principalId":"`+string(priya)+`"}]}`)), flows.Internal},
		"consents, name denied": {consents, list(says(200, `{"value":[{"id":"x","clientId":"`+team+`","consentType":"Principal","principalId":"`+string(priya)+`"}]}`), says(403, "")), flows.Denied},
		"domain, no kind":       {domain, list(says(200, `{"id":"larkfield.example"}`)), flows.Internal},
		"domain, denied":        {domain, list(says(403, "")), flows.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := on(t, tt.answer...)
			if err := tt.do(t.Context(), c); err == nil || flows.CodeOf(err) != tt.want {
				t.Errorf("error = %v, want code %q", err, tt.want)
			}
		})
	}
	c, _ := on(t, says(404, ""))
	if elsewhere, err := c.Federated(t.Context(), "elsewhere.example"); err != nil || !elsewhere {
		t.Errorf("a foreign domain: %t, %v", elsewhere, err)
	}
}

// A refusal says what is needed, in words.
func TestAppRefusalsSayWhatIsNeeded(t *testing.T) {
	crm := flows.AppRole{ID: "a", On: team, Role: sales}
	for name, tt := range map[string]struct {
		do  func(context.Context, *Client) error
		say []string
	}{
		"password": {func(ctx context.Context, c *Client) error { return c.ResetPassword(ctx, tom) }, []string{"User-PasswordProfile.ReadWrite.All", "User Administrator"}},
		"app role": {func(ctx context.Context, c *Client) error { return c.RemoveAppRole(ctx, tom, crm) }, []string{"AppRoleAssignment.ReadWrite.All"}},
		"grant":    {func(ctx context.Context, c *Client) error { return c.GrantAppRole(ctx, tom, crm) }, []string{"AppRoleAssignment.ReadWrite.All"}},
		"consent":  {func(ctx context.Context, c *Client) error { return c.RemoveConsent(ctx, flows.Consent{ID: "x"}) }, []string{"DelegatedPermissionGrant.ReadWrite.All"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := on(t, says(403, graphError("Authorization_RequestDenied", "Insufficient privileges to complete the operation. tom.hughes@larkfield.example", "")))
			err := tt.do(t.Context(), c)
			if flows.CodeOf(err) != flows.Denied {
				t.Fatalf("error = %v, want denied", err)
			}
			for _, want := range tt.say {
				if !strings.Contains(flows.SayOf(err), want) {
					t.Errorf("say = %q, want %q in it", flows.SayOf(err), want)
				}
			}
			if strings.Contains(err.Error()+flows.SayOf(err), "tom.hughes") {
				t.Errorf("the error names somebody: %v", err)
			}
		})
	}
}

// What would address a list, or a path, is not sent.
func TestAppRefusedUnsent(t *testing.T) {
	for name, do := range map[string]func(context.Context, *Client) error{
		"password of a UPN": func(ctx context.Context, c *Client) error { return c.ResetPassword(ctx, "a@b") },
		"roles of a UPN":    func(ctx context.Context, c *Client) error { _, err := c.AppRoles(ctx, "a@b"); return err },
		"role of a UPN":     func(ctx context.Context, c *Client) error { return c.RemoveAppRole(ctx, "a@b", flows.AppRole{ID: "x"}) },
		"no role":           func(ctx context.Context, c *Client) error { return c.RemoveAppRole(ctx, priya, flows.AppRole{}) },
		"grant on a name": func(ctx context.Context, c *Client) error {
			return c.GrantAppRole(ctx, priya, flows.AppRole{On: "CRM", Role: sales})
		},
		"consents of a UPN": func(ctx context.Context, c *Client) error { _, err := c.Consents(ctx, "a@b"); return err },
		"no consent":        func(ctx context.Context, c *Client) error { return c.RemoveConsent(ctx, flows.Consent{}) },
		"no domain":         func(ctx context.Context, c *Client) error { _, err := c.Federated(ctx, " "); return err },
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, says(204, ""))
			if err := do(t.Context(), c); flows.CodeOf(err) != flows.Invalid || len(s.seen) != 0 {
				t.Errorf("error = %v after %d requests, want invalid unsent", err, len(s.seen))
			}
		})
	}
}

// Each verb against the simulator, read back; then every way of lying about it.
func TestAppsOfALeaver(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		roles := must[[]flows.AppRole](t)(l.AppRoles(ctx, tom))
		if len(roles) != 2 || roles[0].App != "Larkfield CRM" || roles[1].App != "Pocket Planner" {
			t.Fatalf("Tom's apps: %+v", roles)
		}
		if own := must[[]flows.AppRole](t)(l.AppRoles(ctx, farah)); len(own) != 1 {
			t.Errorf("Farah's own roles: %+v; the one of her group is not hers", own)
		}
		for _, r := range roles {
			check(l.RemoveAppRole(ctx, tom, r))
			check(l.RemoveAppRole(ctx, tom, r)) // not any more
		}
		if left := must[[]flows.AppRole](t)(l.AppRoles(ctx, tom)); len(left) != 0 {
			t.Errorf("left: %+v", left)
		}
		check(l.GrantAppRole(ctx, tom, roles[0]))
		check(l.GrantAppRole(ctx, tom, roles[0])) // already
		if back := must[[]flows.AppRole](t)(l.AppRoles(ctx, tom)); len(back) != 1 || back[0].Role != roles[0].Role {
			t.Errorf("given back: %+v", back)
		}
		consents := must[[]flows.Consent](t)(l.Consents(ctx, tom))
		if diff := cmp.Diff([]flows.Consent{{ID: consents[0].ID, App: "Pocket Planner", Scope: "Calendars.Read offline_access"}}, consents); diff != "" {
			t.Fatalf("consents (-want +got):\n%s", diff)
		}
		check(l.RemoveConsent(ctx, consents[0]))
		check(l.RemoveConsent(ctx, consents[0]))
		if left := must[[]flows.Consent](t)(l.Consents(ctx, tom)); len(left) != 0 {
			t.Errorf("left: %+v", left)
		}
		before := must[flows.Account](t)(l.FetchAccount(ctx, string(tom))).PasswordFrom
		check(l.ResetPassword(ctx, tom))
		if a := must[flows.Account](t)(l.FetchAccount(ctx, string(tom))); !a.PasswordFrom.Equal(time.Now()) || !a.PasswordFrom.After(before) || !a.Enabled {
			t.Errorf("password from %v, enabled %t", a.PasswordFrom, a.Enabled)
		}
		if federated, err := l.Federated(ctx, "larkfield.example"); err != nil || federated {
			t.Errorf("federated %t, %v", federated, err)
		}
		if err := l.ResetPassword(ctx, personNo("40")); flows.CodeOf(err) != flows.Denied {
			t.Errorf("an administrator's password: %v, want denied", err)
		}
	})
}

func TestAppLies(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		roles, consents := must[[]flows.AppRole](t)(l.AppRoles(ctx, tom)), must[[]flows.Consent](t)(l.Consents(ctx, tom))
		before := must[flows.Account](t)(l.FetchAccount(ctx, string(tom))).PasswordFrom
		l.fault(t, "no_effect", "", 3)
		for name, err := range map[string]error{"role": l.RemoveAppRole(ctx, tom, roles[0]), "consent": l.RemoveConsent(ctx, consents[0]), "password": l.ResetPassword(ctx, tom)} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if a := must[flows.Account](t)(l.FetchAccount(ctx, string(tom))); !a.PasswordFrom.Equal(before) {
			t.Errorf("what had no effect is shown: %v", a.PasswordFrom)
		}
		if !slices.Equal(must[[]flows.AppRole](t)(l.AppRoles(ctx, tom)), roles) || !slices.Equal(must[[]flows.Consent](t)(l.Consents(ctx, tom)), consents) {
			t.Error("what had no effect is shown")
		}
		// Done, and the answer lost: a removal and a password are sent again, a grant is not.
		l.fault(t, "lost_answer", "(DELETE|PATCH) ", 3)
		for name, err := range map[string]error{"role": l.RemoveAppRole(ctx, tom, roles[0]), "consent": l.RemoveConsent(ctx, consents[0]), "password": l.ResetPassword(ctx, tom)} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		l.fault(t, "lost_answer", "POST .*/appRoleAssignments", 1)
		if err := l.GrantAppRole(ctx, tom, roles[0]); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("grant: %v, want unavailable", err)
		}
		if err := l.GrantAppRole(ctx, tom, roles[0]); err != nil {
			t.Errorf("grant again: %v", err)
		}
		if got := must[[]flows.AppRole](t)(l.AppRoles(ctx, tom)); len(got) != 2 || got[0].ID == roles[0].ID {
			t.Errorf("roles %+v", got)
		}
	})
}

// The password is nowhere: not in the log, not in an error.
func TestResetPasswordIsNowhere(t *testing.T) {
	var log bytes.Buffer
	c := open(t, Options{Transport: direct{&stub{answers: list(says(400, graphError("Request_BadRequest", "The specified password Pw-1234567 does not comply with password complexity requirements.", "")))}}, Log: jsonLog(&log), Password: func() (string, error) { return "Pw-1234567", nil }})
	err := c.ResetPassword(t.Context(), tom)
	if flows.CodeOf(err) != flows.Invalid || strings.Contains(err.Error()+flows.SayOf(err)+log.String(), "Pw-1234567") {
		t.Errorf("error %v, log %s", err, log.String())
	}
}

// In a tenant whose passwords are elsewhere, none is set here.
func TestFederatedPassword(t *testing.T) {
	onLarkfield(t, func(o *graphsim.Options) { o.Federated = true }, func(t *testing.T, l *larkfield) {
		if federated, err := l.Federated(t.Context(), "larkfield.example"); err != nil || !federated {
			t.Errorf("federated %t, %v", federated, err)
		}
		if err := l.ResetPassword(t.Context(), tom); flows.CodeOf(err) != flows.Invalid {
			t.Errorf("reset: %v, want invalid", err)
		}
	})
}
