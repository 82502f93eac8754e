package graph

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"muster/flows"
	"muster/flows/graphsim"
	"muster/flows/graphsim/csdl"
)

const tenant = "11111111-1111-1111-1111-111111111111"

// larkfield is the simulated tenant with a client on it. Everything that goes over the wire is held against Microsoft's metadata when
// the test ends.
type larkfield struct {
	*Client
	sim *graphsim.Server
	rec *csdl.Recorder
}

func larkfieldOf(t *testing.T, change func(*graphsim.Options)) *larkfield {
	t.Helper()
	o := graphsim.Options{Now: time.Now, Seed: 7}
	if change != nil {
		change(&o)
	}
	sim, err := graphsim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	l := &larkfield{sim: sim, rec: csdl.NewRecorder(sim)}
	over := direct{l.rec}
	const base = "http://127.0.0.1:3980"
	l.Client = open(t, Options{BaseURL: base + "/v1.0", Transport: over, Credential: &ClientSecretHTTP{
		TokenURL: base + "/" + tenant + "/oauth2/v2.0/token", ClientID: "00000000-0000-0000-0000-0000000000c0", Secret: "s", Transport: over, Now: time.Now,
	}})
	t.Cleanup(func() { l.conform(t) })
	return l
}

var metadata = sync.OnceValues(func() (*csdl.Model, error) {
	return csdl.Load("../../../shared/schemas/graph-v1.0.csdl.xml.gz")
})

func (l *larkfield) conform(t *testing.T) {
	m, err := metadata()
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("the folder shared/schemas with Microsoft's metadata is not beside this checkout: the exchanges are not held against it")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	graph := 0
	for _, e := range l.rec.Exchanges() {
		if !strings.HasPrefix(e.Path, "/v1.0/") {
			continue
		}
		graph++
		e.Path = strings.ReplaceAll(e.Path, "/graph.", "/microsoft.graph.") // the SDK writes casts with the alias of the namespace
		for _, wrong := range m.CheckExchange(e) {
			t.Errorf("%s %s?%s: %s", e.Method, e.Path, e.Query, wrong)
		}
	}
	if graph == 0 {
		t.Error("no exchange was recorded")
	}
}

// fault makes requests go wrong from here on.
func (l *larkfield) fault(t *testing.T, kind, match string, count int) {
	t.Helper()
	if _, err := l.sim.SetFault(kind, match, count, 0); err != nil {
		t.Fatal(err)
	}
}

// onLarkfield runs f in virtual time, from a day in late 2026 on: the bubble's own beginning is before the tenant's.
func onLarkfield(t *testing.T, change func(*graphsim.Options), f func(t *testing.T, l *larkfield)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)))
		f(t, larkfieldOf(t, change))
	})
}

func starter() flows.NewAccount {
	return flows.NewAccount{
		UPN: "priya.patel@larkfield.example", Name: "Priya Patel", Given: "Priya", Surname: "Patel", JobTitle: "Account Manager", Department: "Sales",
		Office: "London", CostCentre: "S-12", Company: "Larkfield Instruments", Employee: "Employee", UsageLocation: "GB", HireDate: "2027-01-05", Mark: "J-2026-0042",
	}
}

func groupNo(n string) string { return "00000000-0000-4000-b000-0000000000" + n }

func personNo(n string) flows.AccountID {
	return flows.AccountID("00000000-0000-4000-a000-0000000000" + n)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// A joiner by hand: every verb of the world against the simulator, each read back.
func TestJoiner(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		id := must[flows.AccountID](t)(l.CreateAccount(ctx, starter()))
		if id != priya {
			t.Errorf("id = %s, want %s", id, priya)
		}
		if _, err := l.CreateAccount(ctx, starter()); flows.CodeOf(err) != flows.Conflict {
			t.Errorf("second create: %v, want conflict", err)
		}
		want := flows.Account{
			ID: priya, UPN: "priya.patel@larkfield.example", Name: "Priya Patel", Given: "Priya", Surname: "Patel", JobTitle: "Account Manager", Department: "Sales",
			Office: "London", UsageLocation: "GB", HireDate: "2027-01-05", Mark: "J-2026-0042", SessionsFrom: time.Now().UTC(), PasswordFrom: time.Now().UTC(), Nickname: "priya.patel", CostCentre: "S-12",
		}
		if diff := cmp.Diff(want, must[flows.Account](t)(l.FetchAccount(ctx, "Priya.Patel@larkfield.example"))); diff != "" {
			t.Errorf("created (-want +got):\n%s", diff)
		}

		check(l.SetManager(ctx, id, tom))
		check(l.SetEnabled(ctx, id, true))
		check(l.SetAttributes(ctx, id, map[string]string{"department": "", "jobTitle": "Key Account Manager", "costCenter": "K-7"}))
		check(l.AssignLicences(ctx, id, []string{spb, project}, nil))
		want.Manager, want.Enabled, want.Department, want.JobTitle, want.CostCentre = tom, true, "", "Key Account Manager", "K-7"
		want.Licences, want.Addresses = []flows.Held{{SKU: project}, {SKU: spb}}, []string{"SMTP:priya.patel@larkfield.example"}
		if diff := cmp.Diff(want, must[flows.Account](t)(l.FetchAccount(ctx, string(id)))); diff != "" {
			t.Errorf("changed (-want +got):\n%s", diff)
		}
		check(l.AssignLicences(ctx, id, nil, []string{project}))
		check(l.AssignLicences(ctx, id, nil, []string{project})) // not held any more
		if got := must[flows.Account](t)(l.FetchAccount(ctx, string(id))).Licences; len(got) != 1 || got[0].SKU != spb {
			t.Errorf("licences = %v", got)
		}

		if must[bool](t)(l.IsMember(ctx, sales, id)) {
			t.Error("a member before being added")
		}
		check(l.AddMember(ctx, sales, id))
		check(l.AddMember(ctx, sales, id)) // already there
		if !must[bool](t)(l.IsMember(ctx, strings.ToUpper(sales), id)) {
			t.Error("not a member after being added")
		}
		if must[bool](t)(l.IsTeamMember(ctx, team, id)) {
			t.Error("a team member before being added")
		}
		check(l.AddTeamMember(ctx, team, id))
		check(l.AddTeamMember(ctx, team, id))
		if !must[bool](t)(l.IsTeamMember(ctx, team, id)) {
			t.Error("not a team member after being added")
		}

		pass, code, err := l.MakePass(ctx, id, 60, true)
		check(err)
		if code.Reveal() == "" || !pass.Usable || !pass.Once || pass.ID == "" || pass.Until != time.Now().Add(time.Hour).UTC().Format(time.RFC3339) {
			t.Errorf("pass = %+v", pass)
		}
		if diff := cmp.Diff([]flows.Pass{pass}, must[[]flows.Pass](t)(l.FetchPasses(ctx, id))); diff != "" {
			t.Errorf("passes (-made +listed):\n%s", diff)
		}
		if _, _, err := l.MakePass(ctx, id, 60, true); flows.CodeOf(err) != flows.Conflict {
			t.Errorf("second pass: %v, want conflict", err)
		}
		check(l.RemovePass(ctx, id, pass.ID))
		check(l.RemovePass(ctx, id, pass.ID)) // gone already
		if left := must[[]flows.Pass](t)(l.FetchPasses(ctx, id)); len(left) != 0 {
			t.Errorf("passes left: %v", left)
		}
		if _, _, err := l.MakePass(ctx, id, 60, false); err != nil {
			t.Error(err)
		}
		check(l.SetEnabled(ctx, id, false))
		if must[flows.Account](t)(l.FetchAccount(ctx, string(id))).Enabled {
			t.Error("enabled after being blocked")
		}
	})
}

func TestDirectory(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		for text, want := range map[string]int{"Sam Taylor": 2, "sam": 2, "Tom Hughes": 1, "hughes": 1, "tom.hughes@lark": 1, "Taylor Sam": 0, "Nobody": 0, "O'Nobody": 0, "Fiona": 1} {
			if found := must[[]flows.Account](t)(l.FindAccounts(ctx, text, 10)); len(found) != want {
				t.Errorf("%q finds %d accounts, want %d", text, len(found), want)
			}
		}
		if found := must[[]flows.Account](t)(l.FindAccounts(ctx, "Sam Taylor", 1)); len(found) != 1 {
			t.Errorf("limit 1 finds %d", len(found))
		}
		if found := must[[]flows.Account](t)(l.FindDeleted(ctx, "dora deleted")); len(found) != 1 || !found[0].Deleted || found[0].UPN != "dora.deleted@larkfield.example" {
			t.Errorf("deleted: %+v", found)
		}
		if err := l.sim.PatchUser(string(personNo("20")), map[string]json.RawMessage{"proxyAddresses": json.RawMessage(`["SMTP:sam.taylor@larkfield.example","smtp:sam@larkfield.example"]`)}); err != nil {
			t.Fatal(err)
		}
		for address, want := range map[string]string{
			"Tom.Hughes@larkfield.example":   "Tom Hughes",
			"fiona.former@larkfield.example": "Fiona Former (disabled account)",
			"dora.deleted@larkfield.example": "Dora Deleted (deleted account)",
			"sam@larkfield.example":          "Sam Taylor",
			"priya.patel@larkfield.example":  "",
			"peter.patel@larkfield.example":  "Peter Patel (deleted account)",
		} {
			if got := must[string](t)(l.AddressTaken(ctx, address)); got != want {
				t.Errorf("%s is held by %q, want %q", address, got, want)
			}
		}

		for name, want := range map[string]flows.Group{
			"All Staff":          {ID: groupNo("01"), Kind: flows.DynamicGroup, Rule: `(user.userType -eq "Member")`},
			"sales":              {ID: groupNo("02"), Kind: flows.SecurityGroup},
			"Sales Team":         {ID: groupNo("03"), Kind: flows.Microsoft365, Team: true},
			"Marketing News":     {ID: groupNo("07"), Kind: flows.MailGroup},
			"Price List Editors": {ID: groupNo("08"), Kind: flows.MailGroup},
			"Legacy File Share":  {ID: groupNo("0a"), Kind: flows.SyncedGroup},
			"Helpdesk Operators": {ID: groupNo("0b"), Kind: flows.RoleGroup},
		} {
			byName := must[flows.Group](t)(l.FindGroup(ctx, name))
			byID := must[flows.Group](t)(l.FindGroup(ctx, strings.ToUpper(want.ID)))
			if diff := cmp.Diff(byName, byID); diff != "" {
				t.Errorf("%s by name and by id (-name +id):\n%s", name, diff)
			}
			if byName.Name = ""; cmp.Diff(want, byName) != "" {
				t.Errorf("%s: %s", name, cmp.Diff(want, byName))
			}
		}
		if _, err := l.FindGroup(ctx, "Sale"); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("the beginning of a name: %v", err)
		}
		if _, err := l.FindGroup(ctx, groupNo("ff")); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("an id of nothing: %v", err)
		}
		if _, err := l.FetchAccount(ctx, "nobody@larkfield.example"); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("nobody: %v", err)
		}
		if _, err := l.FetchAccount(ctx, string(personNo("42"))); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("a deleted account is live: %v", err)
		}

		// Aisha is in Contract Admins only by way of Finance Approvers.
		ids := []string{groupNo("02"), groupNo("05"), groupNo("10")}
		if diff := cmp.Diff(ids[1:], must[[]string](t)(l.MemberOf(ctx, personNo("05"), ids))); diff != "" {
			t.Errorf("nested membership (-want +got):\n%s", diff)
		}
		if must[bool](t)(l.IsMember(ctx, groupNo("10"), personNo("05"))) {
			t.Error("nested membership counts as direct")
		}

		want := []flows.Person{{ID: personNo("01"), Name: "Hannah Reed", UPN: "hannah.reed@larkfield.example"}, {ID: personNo("02"), Name: "Helen Okafor", UPN: "helen.okafor@larkfield.example"}}
		if diff := cmp.Diff(want, must[[]flows.Person](t)(l.Members(ctx, groupNo("0d"), 5))); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		if got := must[[]flows.Person](t)(l.Members(ctx, groupNo("0d"), 1)); len(got) != 1 {
			t.Errorf("one member of two: %v", got)
		}

		a := must[flows.Account](t)(l.FetchAccount(ctx, string(personNo("05"))))
		wantHeld := []flows.Held{{SKU: spb}, {SKU: "f8a1db68-be16-40ed-86d5-cb42ce701560", ByGroup: groupNo("04")}}
		if diff := cmp.Diff(wantHeld, a.Licences); diff != "" {
			t.Errorf("licences of a group's member (-want +got):\n%s", diff)
		}
		if !must[flows.Account](t)(l.FetchAccount(ctx, string(personNo("3e")))).Synced {
			t.Error("the synced person is not seen as synced")
		}
		if g := must[flows.Account](t)(l.FetchAccount(ctx, string(personNo("44")))); !g.Guest {
			t.Error("the guest is not seen as a guest")
		} else if again := must[flows.Account](t)(l.FetchAccount(ctx, g.UPN)); again.ID != g.ID { // its UPN has a "#"
			t.Errorf("the guest by UPN is %s", again.ID)
		}
		free := map[string]int{}
		for _, s := range must[[]flows.SKU](t)(l.FetchSKUs(ctx)) {
			free[s.Part] = s.Free
		}
		if free["SPB"] <= 0 || free["VISIOCLIENT"] != 0 || free["PROJECTPROFESSIONAL"] != 2 || free["POWER_BI_PRO"] != 6 {
			t.Errorf("free seats: %v", free)
		}
		staff := must[[]flows.Account](t)(l.ListStaff(ctx))
		at := slices.IndexFunc(staff, func(a flows.Account) bool { return a.ID == personNo("05") })
		if at < 0 || staff[at].EmployeeID != "L1005" || staff[at].Name != "Aisha Khan" || !staff[at].Enabled || !slices.Contains(staff[at].Addresses, "SMTP:"+staff[at].UPN) {
			t.Errorf("the staff: %d, %+v", at, staff)
		}
		if slices.ContainsFunc(staff, func(a flows.Account) bool { return a.ID == personNo("44") || a.ID == personNo("42") }) {
			t.Error("the guest, or somebody deleted, is among the staff")
		}
		// Guests, former and deleted people are not staff.
		if before := must[int](t)(l.CountStaff(ctx)); before < 30 {
			t.Errorf("%d people work here", before)
		} else if err := l.SetEnabled(ctx, personNo("2f"), false); err != nil {
			t.Error(err)
		} else if after := must[int](t)(l.CountStaff(ctx)); after != before-1 {
			t.Errorf("%d people work here, and %d when one is blocked", before, after)
		}
	})
}

// Trap 5.7 on the simulator's own links.
func TestSimulatorPages(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		top := int32(7)
		first := &users.UsersRequestBuilderGetRequestConfiguration{QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Select: []string{"id"}, Top: &top}}
		all, err := pages(t.Context(), l.Client, "list", 0, func(ctx context.Context, next string) (models.UserCollectionResponseable, error) {
			if next != "" {
				return l.users().WithUrl(next).Get(ctx, nil)
			}
			return l.users().Get(ctx, first)
		})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, u := range all {
			seen[str(u.GetId())] = true
		}
		if len(seen) < 40 || len(seen) != len(all) {
			t.Errorf("%d users, %d of them different", len(all), len(seen))
		}
	})
}

// What Microsoft 365 refuses, and what IT reads about it.
func TestRefusals(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		abroad := starter()
		abroad.UPN, abroad.UsageLocation = "a.b@larkfield.example", ""
		nowhere := must[flows.AccountID](t)(l.CreateAccount(ctx, abroad))
		elsewhere := starter()
		elsewhere.UPN = "priya.patel@elsewhere.example"
		for name, tt := range map[string]struct {
			do   func() error
			want flows.Code
			say  string
		}{
			"mail-enabled group": {func() error { return l.AddMember(ctx, groupNo("08"), tom) }, flows.Invalid, "Exchange"},
			"distribution list":  {func() error { return l.AddMember(ctx, groupNo("07"), personNo("05")) }, flows.Invalid, "Exchange"},
			"synced group":       {func() error { return l.AddMember(ctx, groupNo("0a"), tom) }, flows.Invalid, "on-premises"},
			"role group":         {func() error { return l.AddMember(ctx, groupNo("0b"), tom) }, flows.Denied, "permission"},
			"no such group":      {func() error { return l.AddMember(ctx, groupNo("ff"), tom) }, flows.NotFound, "know"},
			"no such team":       {func() error { return l.AddTeamMember(ctx, sales, tom) }, flows.NotFound, "know"},
			"synced person":      {func() error { return l.SetAttributes(ctx, personNo("3e"), map[string]string{"department": "x"}) }, flows.Invalid, "on-premises"},
			"administrator":      {func() error { return l.SetEnabled(ctx, personNo("40"), false) }, flows.Denied, "administrator"},
			"no seat":            {func() error { return l.AssignLicences(ctx, tom, []string{visio}, nil) }, flows.NoSeat, "seat"},
			"no usage location":  {func() error { return l.AssignLicences(ctx, nowhere, []string{spb}, nil) }, flows.Invalid, "usage location"},
			"inherited licence": {func() error {
				return l.AssignLicences(ctx, personNo("05"), nil, []string{"f8a1db68-be16-40ed-86d5-cb42ce701560"})
			}, flows.Invalid, "group"},
			"unverified domain":   {func() error { _, err := l.CreateAccount(ctx, elsewhere); return err }, flows.Invalid, "domain"},
			"pass for a guest":    {func() error { _, _, err := l.MakePass(ctx, personNo("44"), 60, true); return err }, flows.Invalid, "guest"},
			"pass beyond policy":  {func() error { _, _, err := l.MakePass(ctx, tom, 43200, true); return err }, flows.Invalid, ""},
			"no such manager":     {func() error { return l.SetManager(ctx, tom, personNo("ff")) }, flows.NotFound, "know"},
			"pass of nobody":      {func() error { _, err := l.FetchPasses(ctx, personNo("ff")); return err }, flows.NotFound, "know"},
			"groups of nobody":    {func() error { _, err := l.MemberOf(ctx, personNo("ff"), []string{sales}); return err }, flows.NotFound, "know"},
			"licences of nobody":  {func() error { return l.AssignLicences(ctx, personNo("ff"), []string{spb}, nil) }, flows.NotFound, "know"},
			"sign-in of nobody":   {func() error { return l.SetEnabled(ctx, personNo("ff"), true) }, flows.NotFound, "know"},
			"no such licence":     {func() error { return l.AssignLicences(ctx, tom, []string{tenant}, nil) }, flows.Invalid, ""},
			"wrong usage country": {func() error { return l.SetAttributes(ctx, tom, map[string]string{"usageLocation": "Britain"}) }, flows.Invalid, ""},
		} {
			err := tt.do()
			switch {
			case err == nil:
				t.Errorf("%s: it was accepted", name)
			case flows.CodeOf(err) != tt.want:
				t.Errorf("%s: code = %q, want %q (%v)", name, flows.CodeOf(err), tt.want, err)
			case !strings.Contains(flows.SayOf(err), tt.say):
				t.Errorf("%s: say = %q, want %q in it", name, flows.SayOf(err), tt.say)
			}
		}
	})
}

// A dynamic group follows the attribute, and its members cannot be written.
func TestDynamicGroup(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		if err := l.AddMember(ctx, groupNo("09"), personNo("0b")); err == nil || flows.CodeOf(err) == flows.Unavailable {
			t.Errorf("adding to a dynamic group: %v", err)
		}
		if err := l.SetAttributes(ctx, personNo("0b"), map[string]string{"officeLocation": "London"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if !must[bool](t)(l.IsMember(ctx, groupNo("09"), personNo("0b"))) {
			t.Error("the rule did not take the person in")
		}
	})
}

// Each verb is a permission; without it the answer is denied, not a crash.
func TestMissingPermission(t *testing.T) {
	only := func(o *graphsim.Options) {
		o.Permissions = map[string][]string{"00000000-0000-0000-0000-0000000000c0": {"User.Read.All"}}
	}
	onLarkfield(t, only, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		if _, err := l.FetchAccount(ctx, string(tom)); err != nil {
			t.Error(err)
		}
		for name, err := range map[string]error{"enable": l.SetEnabled(ctx, tom, true), "group": l.AddMember(ctx, sales, tom), "team": l.AddTeamMember(ctx, team, tom)} {
			if flows.CodeOf(err) != flows.Denied {
				t.Errorf("%s: %v, want denied", name, err)
			}
		}
	})
}

// A token that runs out is fetched again; a foreign one is a matter of credentials.
func TestTokens(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		for range 3 {
			if _, err := l.FetchAccount(t.Context(), string(tom)); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Hour)
		}
		tokens := 0
		for _, e := range l.rec.Exchanges() {
			if strings.HasSuffix(e.Path, "/token") {
				tokens++
			}
		}
		if tokens != 3 {
			t.Errorf("%d tokens were fetched, want 3", tokens)
		}
		foreign := open(t, Options{BaseURL: "http://127.0.0.1:3980/v1.0", Transport: direct{l.rec}, Credential: &token{text: "not.a.token"}})
		if _, err := foreign.FetchAccount(t.Context(), string(tom)); flows.CodeOf(err) != flows.Denied {
			t.Errorf("a foreign token: %v, want denied", err)
		}
	})
}

// The same over a real socket: lengths, connections and the token endpoint as in production, apart from TLS.
func TestOverSocket(t *testing.T) {
	sim, err := graphsim.New(graphsim.Options{Now: time.Now, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	c := open(t, Options{BaseURL: server.URL + "/v1.0/", Credential: &ClientSecretHTTP{
		TokenURL: server.URL + "/" + tenant + "/oauth2/v2.0/token", ClientID: "00000000-0000-0000-0000-0000000000c0", Secret: "s", Now: time.Now,
	}})
	id := must[flows.AccountID](t)(c.CreateAccount(t.Context(), starter()))
	if err := c.SetManager(t.Context(), id, tom); err != nil {
		t.Error(err)
	}
	if err := c.AddMember(t.Context(), sales, id); err != nil {
		t.Error(err)
	}
	if a := must[flows.Account](t)(c.FetchAccount(t.Context(), string(id))); a.Manager != tom || a.Mark != starter().Mark {
		t.Errorf("account = %+v", a)
	}
	var wg sync.WaitGroup
	for range 8 { // one client, many goroutines
		wg.Go(func() {
			if in, err := c.IsMember(t.Context(), sales, id); err != nil || !in {
				t.Errorf("member %t, %v", in, err)
			}
		})
	}
	wg.Wait()
	if _, err := sim.SetFault("down", "", 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := c.FetchAccount(t.Context(), string(id)); flows.CodeOf(err) != flows.Unavailable {
		t.Errorf("connection closed: %v, want unavailable", err)
	}
	server.Close()
	if _, err := c.FetchAccount(t.Context(), string(id)); flows.CodeOf(err) != flows.Unavailable {
		t.Errorf("nobody listens: %v, want unavailable", err)
	}
}
