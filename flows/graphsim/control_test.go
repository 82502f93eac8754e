package graphsim_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows/graphsim"
)

// decode reads what the control methods give.
func decode[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) show(id string) map[string]any {
	w.t.Helper()
	raw, found := w.s.User(id)
	if !found {
		w.t.Fatalf("no user %s", id)
	}
	return decode[map[string]any](w.t, raw)
}

func names(list any) []string {
	out := []string{}
	for _, m := range list.([]any) {
		out = append(out, m.(map[string]any)["name"].(string))
	}
	return out
}

func (w *world) changes(since int) []string {
	w.t.Helper()
	out := []string{}
	for i, c := range decode[[]struct {
		N              int
		By, What, Path string
		At             time.Time
	}](w.t, w.s.Changes(since)) {
		if c.N != since+i+1 || c.At.IsZero() || c.Path == "" {
			w.t.Errorf("change %+v", c)
		}
		out = append(out, c.By+": "+c.What)
	}
	return out
}

func TestUserAsTheSandboxShowsThem(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	w.ok("PUT", "users/"+id+"/manager/$ref", link(tom))
	w.ok("POST", "users/"+id+"/assignLicense", assign(seat(spb), ""))
	w.ok("POST", "groups/"+sales+"/members/$ref", link(id))
	w.ok("POST", "users/"+id+"/revokeSignInSessions", "")
	code := w.ok("POST", "users/"+id+"/authentication/temporaryAccessPassMethods", "{}").body["temporaryAccessPass"]
	u := w.show("PRIYA.patel@larkfield.example")
	if u["id"] != id || u["accountEnabled"] != false || u["deleted"] != false || u["sessionsRevokedAt"] != "2026-03-02T08:00:00Z" {
		t.Errorf("user %v", u)
	}
	if d := cmp.Diff([]string{"All Staff", "London Office", "Sales"}, names(u["memberOf"])); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]any{"SPB"}, u["licenses"]); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]any{"id": tom, "name": "Tom Hughes", "displayName": "Tom Hughes"}, u["manager"]); d != "" {
		t.Error(d)
	}
	if m := u["methods"].([]any); len(m) != 2 || m[1].(map[string]any)["type"] != "temporaryAccessPassAuthenticationMethod" {
		t.Errorf("methods %v", m)
	}
	if raw, _ := w.s.User(id); strings.Contains(string(raw), fmt.Sprint(code)) {
		t.Error("the code of the pass is shown")
	}
	if _, found := w.s.User("nobody"); found {
		t.Error("nobody was found")
	}
	if len(decode[[]any](t, w.s.Users())) != 47 {
		t.Errorf("%d users", len(decode[[]any](t, w.s.Users())))
	}
}

func TestChangesByHand(t *testing.T) {
	w := newWorld(t)
	patch := func(id, props string) {
		t.Helper()
		if err := w.s.PatchUser(id, decode[map[string]json.RawMessage](t, json.RawMessage(props))); err != nil {
			t.Fatal(err)
		}
	}
	patch("tom.hughes@larkfield.example", `{"accountEnabled":false,"jobTitle":null,"manager":"`+maria+`"}`)
	patch(synced, `{"department":"Lab"}`) // in Active Directory
	patch(maria, `{"onPremisesSyncEnabled":true,"employeeLeaveDateTime":"2026-05-01T00:00:00Z"}`)
	if err := w.s.AddMember("Marketing News", maria); err != nil {
		t.Fatal(err)
	}
	if err := w.s.RemoveMember("sales", tom); err != nil {
		t.Fatal(err)
	}
	w.ok("PATCH", "users/"+tom, `{"department":"Lab"}`)
	patch(tom, `{"deleted":true}`)
	if u := w.show("tom.hughes@larkfield.example"); u["deleted"] != true || len(u["memberOf"].([]any)) != 0 {
		t.Errorf("Tom deleted: %v", u["deleted"])
	}
	patch(tom, `{"deleted":false}`)
	want := []string{
		"hand: Sign-in of Tom Hughes was blocked", "hand: jobTitle of Tom Hughes was cleared", "hand: Tom Hughes now reports to Maria Lopez",
		"hand: department of Sylvia Nordby is now Lab",
		"hand: employeeLeaveDateTime of Maria Lopez is now 2026-05-01T00:00:00Z", "hand: onPremisesSyncEnabled of Maria Lopez is now true",
		"hand: Maria Lopez was added to Marketing News", "hand: Tom Hughes was removed from Sales",
		"bot: department of Tom Hughes is now Lab", "hand: Tom Hughes was deleted",
		"hand: Tom Hughes was removed from All Staff by its rule", "hand: Tom Hughes was removed from London Office by its rule",
		"hand: Tom Hughes was restored",
	}
	got := w.changes(0)
	if d := cmp.Diff(want, got[:min(len(want), len(got))]); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(got[8:9], w.changes(8)[:1]); d != "" {
		t.Error(d)
	}
	w.send("PATCH", "users/"+maria, `{"department":"x"}`).refused(t, 400, "Request_BadRequest", "on-premises mastered")

	for name, f := range map[string]func() error{
		"unknown person":   func() error { return w.s.PatchUser("nobody", nil) },
		"unknown property": func() error { return w.s.PatchUser(tom, map[string]json.RawMessage{"shoe": []byte("1")}) },
		"wrong type":       func() error { return w.s.PatchUser(tom, map[string]json.RawMessage{"accountEnabled": []byte(`"no"`)}) },
		"not JSON":         func() error { return w.s.PatchUser(tom, map[string]json.RawMessage{"jobTitle": []byte(`x`)}) },
		"computed":         func() error { return w.s.PatchUser(tom, map[string]json.RawMessage{"assignedLicenses": []byte(`[]`)}) },
		"unknown manager":  func() error { return w.s.PatchUser(tom, map[string]json.RawMessage{"manager": []byte(`"x"`)}) },
		"deleted maybe":    func() error { return w.s.PatchUser(tom, map[string]json.RawMessage{"deleted": []byte(`"x"`)}) },
		"dynamic group":    func() error { return w.s.AddMember("All Staff", guest) },
		"unknown group":    func() error { return w.s.AddMember("Nobody", tom) },
		"unknown member":   func() error { return w.s.AddMember("Sales", "nobody") },
		"already there":    func() error { return w.s.AddMember("Finance", users+"05") },
		"not there":        func() error { return w.s.RemoveMember("Finance", maria) },
	} {
		if f() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestLists(t *testing.T) {
	w := newWorld(t)
	type pool struct {
		SKU      string `json:"skuId"`
		Part     string `json:"skuPartNumber"`
		Enabled  int
		Consumed int
	}
	want := []pool{{spb, "SPB", 45, 41}, {visio, "VISIOCLIENT", 5, 5}, {planP, "PROJECTPROFESSIONAL", 3, 1}, {power, "POWER_BI_PRO", 10, 4}, {exch2, "EXCHANGEENTERPRISE", 2, 0}}
	if d := cmp.Diff(want, decode[[]pool](t, w.s.Licences())); d != "" {
		t.Error(d)
	}
	kinds := map[string]string{}
	for _, g := range decode[[]struct{ DisplayName, Kind string }](t, w.s.Groups()) {
		kinds[g.DisplayName] = g.Kind
	}
	if d := cmp.Diff(map[string]string{
		"All Staff": "dynamic", "Sales": "security", "Sales Team": "microsoft365", "Finance": "security", "Finance Approvers": "security",
		"Wiki Editors": "security", "Marketing News": "distribution", "Price List Editors": "mail_enabled_security", "London Office": "dynamic",
		"Legacy File Share": "synced", "Helpdesk Operators": "role_assignable", "CRM Users": "security", "HR Staff": "security",
		"IT Staff": "security", "Company Team": "microsoft365", "Contract Admins": "security", "Warehouse": "security", "Operations Team": "microsoft365",
	}, kinds); d != "" {
		t.Error(d)
	}
}

func TestTheSeededTenantIsSound(t *testing.T) {
	w := newWorld(t)
	if n := w.changes(0); len(n) != 0 {
		t.Errorf("a new tenant has news: %q", n)
	}
	all := w.ok("GET", "users?$top=999&$select=id,userPrincipalName,displayName,userType&$expand=manager($select=id)", "")
	upns := map[string]bool{}
	for _, row := range all.body["value"].([]any) {
		u := row.(map[string]any)
		upn := u["userPrincipalName"].(string)
		if upns[upn] {
			t.Errorf("%s twice", upn)
		}
		upns[upn] = true
		if u["manager"] == nil && u["id"] != users+"09" && u["id"] != guest {
			t.Errorf("%s reports to nobody", upn)
		}
	}
	for id, upn := range map[string]string{
		"01": "hannah.reed", "02": "helen.okafor", "03": "tom.hughes", "04": "maria.lopez", "05": "aisha.khan", "06": "ivan.petrov", "07": "ines.duarte",
		"08": "olivia.grant", "09": "oscar.lind", "0b": "stan.doyle", "40": "gadmin", "41": "fiona.former",
	} {
		if got := w.show(users + id)["userPrincipalName"]; got != upn+"@larkfield.example" {
			t.Errorf("%s is %v", id, got)
		}
	}
	if len(w.ok("GET", "groups/"+london+"/members?$top=999", "").field("id")) < 15 {
		t.Error("hardly anyone in London")
	}
}

func TestStateSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "graph.json")
	with := func(o *graphsim.Options) { o.State = path }
	w := newWorld(t, with)
	id := w.create()
	w.fault("revert", "", 1, 60)
	w.ok("PATCH", "users/"+tom, `{"department":"Lab"}`)
	w.s.ClearFaults()
	w.ok("POST", "groups/"+sales+"/members/$ref", link(id))
	code := w.ok("POST", "users/"+id+"/authentication/temporaryAccessPassMethods", "{}").body["temporaryAccessPass"].(string)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{code, "Rain-42-lamp", w.token} {
		if strings.Contains(string(raw), secret) {
			t.Error("the state holds a secret")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("state file %v %v", info.Mode(), err)
	}

	again := newWorld(t, with)
	again.token = w.token // a token outlives the restart
	if d := cmp.Diff(w.show(id), again.show(id)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(w.changes(0), again.changes(0)); d != "" {
		t.Error(d)
	}
	if got := again.ok("POST", "users", `{"accountEnabled":false,"displayName":"X","mailNickname":"xx","userPrincipalName":"xx@larkfield.example","passwordProfile":{"password":"Rain-42-lamp"}}`).body["id"]; got == first {
		t.Error("the first id was given twice")
	}
	again.pass(time.Minute)
	if again.show(tom)["department"] != "Sales" {
		t.Error("the promised revert was forgotten")
	}
	left, err := filepath.Glob(path + ".new-*")
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %q %v", left, err)
	}
}

func TestStateIsNeverWrittenOver(t *testing.T) {
	for name, content := range map[string]string{"corrupt": `{"format":"muster-graphsim-1","tenant":{`, "foreign": `{"a":1}`, "empty": ``} {
		path := filepath.Join(t.TempDir(), "graph.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := graphsim.New(graphsim.Options{Now: func() time.Time { return start }, State: path}); err == nil {
			t.Errorf("%s: no error", name)
		}
		if raw, err := os.ReadFile(path); err != nil || string(raw) != content {
			t.Errorf("%s: the file was changed", name)
		}
	}
	if _, err := graphsim.New(graphsim.Options{}); err == nil {
		t.Error("no clock: no error")
	}
}

func TestNothingIsAcknowledgedThatIsNotStored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *graphsim.Options) { o.State = filepath.Join(dir, "graph.json") })
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	w.send("PATCH", "users/"+tom, `{"department":"Lab"}`).refused(t, 500, "InternalServerError", "write state")
	if d := w.ok("GET", "users/"+tom+"?$select=department", "").body["department"]; d != "Sales" {
		t.Errorf("department %v", d)
	}
	if err := w.s.AddMember("Sales", maria); err == nil {
		t.Error("by hand: no error")
	}
}
