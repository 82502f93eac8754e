package graphsim_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows/graphsim"
)

const (
	crm     = "00000000-0000-4000-c000-000000000001"
	ledger  = "00000000-0000-4000-c000-000000000002"
	planner = "00000000-0000-4000-c000-000000000003"
	editor  = "5f1d0000-0000-4000-8000-000000000001"
)

func (w *world) news() []string {
	w.t.Helper()
	var lines []struct{ What string }
	if err := json.Unmarshal(w.s.Changes(0), &lines); err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, l := range lines {
		out = append(out, l.What)
	}
	return out
}

// A person's roles are listed with those of the groups, and only the person's own can be taken away from the person.
func TestAppRoles(t *testing.T) {
	w := newWorld(t)
	at := "users/" + farah + "/appRoleAssignments"
	all := w.ok("GET", at, "")
	if got := all.field("principalType"); !slices.Equal(got, []string{"User", "Group"}) {
		t.Fatalf("Farah's roles are of %v", got)
	}
	own, groups := all.field("id")[0], all.field("id")[1]
	w.send("DELETE", at+"/"+groups, "").refused(t, 404, "Request_ResourceNotFound", "")
	w.ok("DELETE", at+"/"+own, "")
	w.send("DELETE", at+"/"+own, "").refused(t, 404, "Request_ResourceNotFound", "")
	if got := w.ok("GET", at, "").field("principalType"); !slices.Equal(got, []string{"Group"}) {
		t.Errorf("left: %v", got)
	}
	if got := w.ok("GET", "users/"+tom+"/appRoleAssignments", "").field("resourceDisplayName"); !slices.Equal(got, []string{"Larkfield CRM", "Pocket Planner"}) {
		t.Errorf("Tom's apps: %v", got)
	}
	grant := func(who, on, role string) string {
		return `{"principalId":"` + who + `","resourceId":"` + on + `","appRoleId":"` + role + `"}`
	}
	at = "users/" + maria + "/appRoleAssignments"
	got := w.ok("POST", at, grant(maria, crm, editor))
	if got.status != 201 || got.body["principalDisplayName"] != "Maria Lopez" || got.body["resourceDisplayName"] != "Larkfield CRM" {
		t.Errorf("granted: %s", got.raw)
	}
	w.ok("POST", at, grant(maria, planner, "00000000-0000-0000-0000-000000000000"))
	w.send("POST", at, grant(maria, crm, editor)).refused(t, 400, "Request_BadRequest", "Permission being assigned already exists on the object")
	w.send("POST", at, grant(maria, ledger, editor)).refused(t, 400, "Request_BadRequest", "was not found")
	w.send("POST", at, grant(maria, crm, "00000000-0000-0000-0000-000000000000")).refused(t, 400, "Request_BadRequest", "was not found")
	w.send("POST", at, grant(tom, crm, editor)).refused(t, 400, "Request_BadRequest", "")
	w.send("POST", at, grant(maria, sales, editor)).refused(t, 404, "Request_ResourceNotFound", "")

	first := w.ok("GET", at+"?$top=1", "")
	next, _ := first.body["@odata.nextLink"].(string)
	if len(first.field("id")) != 1 || next == "" {
		t.Fatalf("first page %s", first.raw)
	}
	if second := w.ok("GET", next, ""); !slices.Equal(second.field("resourceDisplayName"), []string{"Pocket Planner"}) || second.body["@odata.nextLink"] != nil {
		t.Errorf("second page %s", second.raw)
	}
	w.send("GET", at+"?$top=0", "").refused(t, 400, "BadRequest", "page size")
	w.send("GET", at+"?$filter=appRoleId eq x", "").refused(t, 501, "NotImplemented", "")
	want := []string{"Farah Quill lost a role in Ledger Cloud", "Maria Lopez got a role in Larkfield CRM", "Maria Lopez got a role in Pocket Planner"}
	if diff := cmp.Diff(want, w.news()); diff != "" {
		t.Errorf("news (-want +got):\n%s", diff)
	}
}

func TestConsents(t *testing.T) {
	w := newWorld(t)
	list := w.ok("GET", "users/"+tom+"/oauth2PermissionGrants", "")
	if !slices.Equal(list.field("consentType"), []string{"Principal"}) || list.field("clientId")[0] != planner || !strings.Contains(list.field("scope")[0], "Calendars.Read") {
		t.Fatalf("Tom's consents: %s", list.raw)
	}
	if got := w.ok("GET", "servicePrincipals/"+planner+"?$select=id,displayName", "").body["displayName"]; got != "Pocket Planner" {
		t.Errorf("the app is %v", got)
	}
	w.send("GET", "servicePrincipals/"+sales, "").refused(t, 404, "Request_ResourceNotFound", "")
	w.ok("DELETE", "oauth2PermissionGrants/"+list.field("id")[0], "")
	w.send("DELETE", "oauth2PermissionGrants/"+list.field("id")[0], "").refused(t, 404, "Request_ResourceNotFound", "")
	if left := w.ok("GET", "users/"+tom+"/oauth2PermissionGrants", "").field("id"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if others := w.ok("GET", "users/"+users+"2a/oauth2PermissionGrants", "").field("id"); len(others) != 1 {
		t.Errorf("somebody else's: %v", others)
	}
	if n := w.news(); !slices.Equal(n, []string{"What Tom Hughes allowed Pocket Planner was taken back"}) {
		t.Errorf("news %v", n)
	}
}

// Who may read is not who may write, and a password needs a directory role besides.
func TestAppPermissions(t *testing.T) {
	w := newWorld(t, func(o *graphsim.Options) {
		o.Permissions = map[string][]string{
			"00000000-0000-0000-0000-0000000000c0": {"Directory.Read.All", "User.Read.All"},
			"password":                             {"User-PasswordProfile.ReadWrite.All", "User.Read.All"},
		}
		o.Roles = map[string][]string{"00000000-0000-0000-0000-0000000000c0": {"User Administrator"}}
	})
	role := w.ok("GET", "users/"+tom+"/appRoleAssignments", "").field("id")[0]
	grant := w.ok("GET", "users/"+tom+"/oauth2PermissionGrants", "").field("id")[0]
	const password = `{"passwordProfile":{"password":"Other-42-lamp"}}`
	for _, path := range []string{"users/" + tom + "/appRoleAssignments/" + role, "oauth2PermissionGrants/" + grant} {
		w.send("DELETE", path, "").refused(t, 403, "Authorization_RequestDenied", "")
	}
	w.send("PATCH", "users/"+tom, password).refused(t, 403, "Authorization_RequestDenied", "")
	w.token = w.signIn("password")
	w.send("PATCH", "users/"+tom, password).refused(t, 403, "Authorization_RequestDenied", "") // the permission without the role
	w.send("GET", "users/"+tom+"/appRoleAssignments", "").refused(t, 403, "Authorization_RequestDenied", "")
}

func TestFederated(t *testing.T) {
	w := newWorld(t, func(o *graphsim.Options) { o.Federated = true })
	if got := w.ok("GET", "domains/larkfield.example", "").body["authenticationType"]; got != "Federated" {
		t.Errorf("the domain is %v", got)
	}
	w.send("PATCH", "users/"+tom, `{"passwordProfile":{"password":"Other-42-lamp"}}`).refused(t, 400, "Request_BadRequest", "federated")
	w.create() // the first password of a new account is another matter
}

// Taken back by a lie, and kept over a restart.
func TestAppStateSurvives(t *testing.T) {
	state := t.TempDir() + "/tenant.json"
	keep := func(o *graphsim.Options) { o.State = state }
	w := newWorld(t, keep)
	if _, err := w.s.SetFault("revert", "DELETE .*appRole", 1, 60); err != nil {
		t.Fatal(err)
	}
	roles := func() int { return len(w.ok("GET", "users/"+tom+"/appRoleAssignments", "").field("id")) }
	before := roles()
	w.ok("DELETE", "users/"+tom+"/appRoleAssignments/"+w.ok("GET", "users/"+tom+"/appRoleAssignments", "").field("id")[0], "")
	if roles() != before-1 {
		t.Error("it was not taken away")
	}
	w.pass(2 * time.Minute)
	if roles() != before {
		t.Error("it did not come back")
	}
	w.ok("DELETE", "oauth2PermissionGrants/"+w.ok("GET", "users/"+tom+"/oauth2PermissionGrants", "").field("id")[0], "")
	w = newWorld(t, keep)
	var shown struct {
		Apps, Consents []struct{ App, Role, Scope string }
	}
	raw, _ := w.s.User(tom)
	if err := json.Unmarshal(raw, &shown); err != nil {
		t.Fatal(err)
	}
	if len(shown.Apps) != 2 || shown.Apps[0].Role != "Account.Edit" || len(shown.Consents) != 0 {
		t.Errorf("after a restart: %+v", shown)
	}
}
