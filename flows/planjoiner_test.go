package flows

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files of this run")

// larkfield is what the sandbox's directory says about Priya.
func larkfield(change func(*Facts)) Facts {
	group := func(id, name string, kind GroupKind) Group {
		return Group{ID: "00000000-0000-4000-b000-0000000000" + id, Name: name, Kind: kind}
	}
	f := Facts{
		Manager: Account{ID: "00000000-0000-4000-a000-000000000003", UPN: "tom.hughes@larkfield.example", Name: "Tom Hughes", Enabled: true},
		UPN:     "priya.patel@larkfield.example",
		SKUs: map[string]SKU{
			"SPB":                 {ID: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", Part: "SPB", Free: 3},
			"VISIOCLIENT":         {ID: "c5928f49-12ba-48f7-ada3-0d743a3601d5", Part: "VISIOCLIENT"},
			"PROJECTPROFESSIONAL": {ID: "53818b1b-4a27-454b-8896-0dba576410e6", Part: "PROJECTPROFESSIONAL", Free: 2},
			"POWER_BI_PRO":        {ID: "f8a1db68-be16-40ed-86d5-cb42ce701560", Part: "POWER_BI_PRO", Free: 1},
		},
		Groups: map[string]Group{},
	}
	for _, g := range []Group{
		group("02", "Sales", SecurityGroup), group("03", "Sales Team", Microsoft365), group("04", "Finance", SecurityGroup), group("05", "Finance Approvers", SecurityGroup),
		group("06", "Wiki Editors", SecurityGroup), group("07", "Marketing News", MailGroup), group("08", "Price List Editors", MailGroup), group("0a", "Legacy File Share", SyncedGroup),
		group("0b", "Helpdesk Operators", RoleGroup), group("0c", "CRM Users", SecurityGroup), group("0f", "Company Team", Microsoft365), group("10", "Contract Admins", SecurityGroup), group("11", "Warehouse", SecurityGroup),
	} {
		g.Team = g.Kind == Microsoft365
		f.Groups[g.Name] = g
	}
	all := group("01", "All Staff", DynamicGroup)
	all.Rule = `(user.userType -eq "Member")`
	f.Groups["All Staff"] = all
	if change != nil {
		change(&f)
	}
	return f
}

func signers() map[string][]Person {
	aisha := []Person{{ID: "00000000-0000-4000-a000-000000000005", Name: "Aisha Khan", UPN: "aisha.khan@larkfield.example"}}
	return map[string][]Person{"": aisha, "aisha.khan@larkfield.example": aisha}
}

// monday is six weeks before Priya starts.
func monday() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }

// Every profile of the sandbox's policy, as the plan and the warnings that come of it. Read the diff before you update.
func TestPlanJoinerGolden(t *testing.T) {
	p, _ := sandboxPolicy(t)
	for _, job := range slices.Sorted(maps.Keys(p.Jobs)) {
		t.Run(job, func(t *testing.T) {
			e := priya(func(e *PeopleEvent) { e.Job = job })
			plan, warnings, err := PlanJoiner(e, p, larkfield(nil), signers(), monday())
			if err != nil {
				t.Fatal(err)
			}
			goldenPlan(t, "plan-"+strings.ReplaceAll(strings.ToLower(job), " ", "-"), plan, warnings)
		})
	}
}

// goldenPlan compares a plan and its warnings with the file of that name.
func goldenPlan(t *testing.T, name string, plan Plan, warnings []string) {
	t.Helper()
	plan.Policy = "" // the hash of a file that people edit
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string]any{"plan": plan, "warnings": warnings}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// The order of the steps, what they wait for and when they are due.
func TestPlanJoinerSteps(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, _, err := PlanJoiner(priya(nil), p, larkfield(nil), signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range plan.Steps {
		after := ""
		for _, k := range s.After {
			after += " <" + string(k)
		}
		got = append(got, string(s.Key)+" "+string(s.Task)+" "+string(s.Choice)+" "+s.Due.Format("2006-01-02T15:04Z07:00")+after)
	}
	want := []string{
		"account create_account fixed 2026-12-24T09:00Z",
		"manager set_manager fixed 2026-12-24T09:00Z <account",
		"licence:SPB assign_licences fixed 2027-01-04T09:00Z <account",
		"licence:POWER_BI_PRO assign_licences extra 2027-01-04T09:00Z <account",
		"group:All Staff follow_rule fixed 2027-01-04T09:00Z <account",
		"group:Sales add_to_group ticked 2027-01-04T09:00Z <account",
		"group:CRM Users add_to_group ticked 2027-01-04T09:00Z <account",
		"group:Wiki Editors add_to_group extra 2027-01-04T09:00Z <account",
		"group:Contract Admins add_to_group elevated 2027-01-04T09:00Z <account",
		"team:Company Team add_to_team fixed 2027-01-04T09:00Z <account <licence:SPB",
		"team:Sales Team add_to_team ticked 2027-01-04T09:00Z <account <licence:SPB",
		"manual:Laptop manual fixed 2026-12-31T12:00Z",
		"manual:Door key manual fixed 2027-01-04T15:00Z",
		"manual:Business cards manual ticked 2027-01-12T09:00Z",
		"enable enable_account fixed 2027-01-05T08:00Z <account",
		"credential day_one_credential fixed 2027-01-05T08:00Z <enable",
		"welcome welcome fixed 2027-01-05T08:00Z <enable",
		"started ask_started fixed 2027-01-05T13:00Z <enable",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(plan.Policy, p.Hash()); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
	account := NewAccount{
		UPN: "priya.patel@larkfield.example", Name: "Priya Patel", Given: "Priya", Surname: "Patel", JobTitle: "Account Manager", Department: "Sales", Office: "London",
		Company: "Larkfield Instruments", Employee: "Employee", UsageLocation: "GB", HireDate: "2027-01-05",
	}
	if diff := cmp.Diff(account, plan.Account); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}

// How a group is given depends on what the directory says it is.
func TestPlanJoinerGroupKinds(t *testing.T) {
	const policyName = "Sales"
	g := func(kind GroupKind, team bool) *Group {
		return &Group{ID: "G1", Name: "Sales", Kind: kind, Team: team, Rule: "(rule)"}
	}
	tests := map[string]struct {
		item    Item
		group   *Group // nil: the directory has none
		want    Step   // Task, Title, Group, Owner, Note, After
		warning string
	}{
		"security":                  {Item{Group: policyName}, g(SecurityGroup, false), Step{Task: AddToGroup, Title: "Add to Sales", Group: "G1", After: []StepKey{"account"}}, ""},
		"Microsoft 365":             {Item{Group: policyName}, g(Microsoft365, true), Step{Task: AddToGroup, Title: "Add to Sales", Group: "G1", After: []StepKey{"account"}}, ""},
		"team":                      {Item{Team: policyName}, g(Microsoft365, true), Step{Task: AddToTeam, Title: "Add to the team Sales", Group: "G1", After: []StepKey{"account", "licence:SPB"}}, ""},
		"team that is none":         {Item{Team: policyName}, g(Microsoft365, false), Step{Task: AddToGroup, Title: "Add to Sales", Group: "G1", After: []StepKey{"account", "licence:SPB"}, Note: "This group has no team; Priya Patel becomes a member of the group."}, ""},
		"dynamic":                   {Item{Group: policyName}, g(DynamicGroup, false), Step{Task: FollowRule, Title: "Check membership of Sales", Group: "G1", After: []StepKey{"account"}, Note: "The group's rule puts people in: (rule). Muster checks that it does."}, ""},
		"dynamic team":              {Item{Team: policyName}, g(DynamicGroup, true), Step{Task: FollowRule, Title: "Check membership of Sales", Group: "G1", After: []StepKey{"account"}, Note: "The group's rule puts people in: (rule). Muster checks that it does."}, ""},
		"mail group":                {Item{Group: policyName}, g(MailGroup, false), Step{Task: Manual, Title: "Add Priya Patel to Sales in Exchange", Group: "G1", Owner: "it", After: []StepKey{"account", "licence:SPB"}, Note: "Becomes a task for IT: Sales is a mail group, which only Exchange can change."}, "Sales is a mail group, which only Exchange can change: it becomes a task for IT."},
		"synced":                    {Item{Group: policyName}, g(SyncedGroup, false), Step{Task: Manual, Title: "Give Priya Patel the access of Sales on-premises", Owner: "it", After: []StepKey{"account"}, Note: "Becomes a task for IT: Sales comes from the on-premises directory, where Muster cannot change it."}, "Sales comes from the on-premises directory, where Muster cannot change it: it becomes a task for IT."},
		"role-assignable":           {Item{Group: policyName}, g(RoleGroup, false), Step{Task: Manual, Title: "Add Priya Patel to Sales in Entra", Group: "G1", Owner: "it", After: []StepKey{"account"}, Note: "Becomes a task for IT: Sales can carry directory roles, which are outside Muster's permissions."}, "Sales can carry directory roles, which are outside Muster's permissions: it becomes a task for IT."},
		"restricted":                {Item{Group: policyName}, g(RestrictedGroup, false), Step{Task: Manual, Title: "Add Priya Patel to Sales in Entra", Group: "G1", Owner: "it", After: []StepKey{"account"}, Note: "Becomes a task for IT: Sales is in a restricted administrative unit, whose own administrators change it."}, "Sales is in a restricted administrative unit, whose own administrators change it: it becomes a task for IT."},
		"of a kind to come":         {Item{Group: policyName}, g("quantum", false), Step{Task: Manual, Title: "Add Priya Patel to Sales", Group: "G1", Owner: "it", After: []StepKey{"account"}, Note: "Becomes a task for IT: Sales is of a kind that Muster does not know."}, "Sales is of a kind that Muster does not know: it becomes a task for IT."},
		"not there":                 {Item{Group: policyName}, nil, Step{Task: Manual, Title: "Give Priya Patel the access of Sales", Owner: "it", After: []StepKey{"account"}, Note: "Not in the directory: becomes a task for IT."}, "The directory has no group called Sales: it becomes a task for IT."},
		"with a name of the policy": {Item{Group: policyName, Name: "Selling"}, g(SecurityGroup, false), Step{Task: AddToGroup, Title: "Add to Selling", Group: "G1", After: []StepKey{"account"}}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			p.Birthright = []Item{{Licence: "SPB"}}
			p.Jobs["Account Manager"] = Job{Access: []Item{tt.item}}
			plan, warnings, err := PlanJoiner(priya(nil), p, larkfield(func(f *Facts) {
				delete(f.Groups, policyName)
				if tt.group != nil {
					f.Groups[policyName] = *tt.group
				}
			}), signers(), monday())
			if err != nil {
				t.Fatal(err)
			}
			s, ok := plan.Step(StepKey(tt.item.key()))
			if !ok {
				t.Fatalf("no step %s", tt.item.key())
			}
			got := Step{Task: s.Task, Title: s.Title, Group: s.Group, Owner: s.Owner, Note: s.Note, After: s.After}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if manual := s.Task == Manual; manual != (s.Instructions != "") || manual != (s.Owner != "") {
				t.Errorf("instructions %q, owner %q", s.Instructions, s.Owner)
			}
			if got := strings.Join(warnings, "\n"); got != tt.warning {
				t.Errorf("warnings = %q, want %q", got, tt.warning)
			}
		})
	}
}

func TestPlanJoinerWarnings(t *testing.T) {
	tests := map[string]struct {
		job   string
		facts func(*Facts)
		event func(*PeopleEvent)
		who   map[string][]Person
		now   time.Time
		want  []string
	}{
		"none": {"Account Manager", nil, nil, signers(), monday(), nil},
		"late": {"Account Manager", nil, nil, signers(), time.Date(2027, 1, 4, 9, 30, 0, 0, time.UTC), []string{
			"Short notice: 12 steps were due before now, the first on Thu 24 December 2026. Muster does them as soon as the manager has decided.",
		}},
		"name taken": {"Account Manager", func(f *Facts) {
			f.UPN, f.UPNTaken = "priya.patel2@larkfield.example", []string{"priya.patel@larkfield.example is taken by Peter Patel"}
		}, nil, signers(), monday(), []string{
			"The sign-in name priya.patel@larkfield.example is taken by Peter Patel. The new one is priya.patel2@larkfield.example.",
		}},
		"same name": {"Account Manager", func(f *Facts) {
			f.Same = []Account{
				{Name: "Priya Patel", UPN: "priya.patel@larkfield.example", JobTitle: "Buyer", Office: "Leeds", Enabled: true},
				{Name: "Priya Patel", UPN: "p.patel@larkfield.example"},
				{Name: "Priya Patel", UPN: "pp@larkfield.example", Deleted: true, Enabled: true},
			}
		}, nil, signers(), monday(), []string{
			"Priya Patel (Buyer, Leeds, priya.patel@larkfield.example) works here already. Continue only if this is another person of the same name.",
			"There is a blocked account of Priya Patel (p.patel@larkfield.example). If this is the same person coming back, ask IT to reopen it instead of creating a second one.",
			"The account of Priya Patel (pp@larkfield.example) was deleted and can still be restored. If this is the same person, ask IT to restore it instead of creating a second one.",
		}},
		"no seat": {"Account Manager", func(f *Facts) { f.SKUs["SPB"] = SKU{ID: "S", Part: "SPB"} }, nil, signers(), monday(), []string{
			"No seat is free for Microsoft 365 Business Premium: IT must buy one before Mon 4 January 2027.",
		}},
		"no seat of something optional": {"Finance Assistant", nil, nil, signers(), monday(), []string{
			"No seat is free for Visio. If it is chosen, IT must buy one before Mon 4 January 2027.",
		}},
		"a licence nobody bought": {"Account Manager", func(f *Facts) { delete(f.SKUs, "POWER_BI_PRO") }, nil, signers(), monday(), []string{
			"The organisation does not own the licence Power BI Pro: it becomes a task for IT.",
		}},
		"no approver": {"Account Manager", nil, nil, nil, monday(), []string{
			"Nobody can be asked to sign off Contract administration: the policy names no approver in person.",
		}},
		"the named approver is not there": {"Finance Assistant", nil, nil, map[string][]Person{"": signers()[""]}, monday(), []string{
			"No seat is free for Visio. If it is chosen, IT must buy one before Mon 4 January 2027.",
			"Nobody can sign off Payment approval: the directory does not have aisha.khan@larkfield.example, whom the policy names.",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			e := priya(func(e *PeopleEvent) { e.Job = tt.job })
			if tt.event != nil {
				tt.event(&e)
			}
			_, got, err := PlanJoiner(e, p, larkfield(tt.facts), tt.who, tt.now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is listed twice, under whatever name, has one step: the one that is surest to be given.
func TestPlanJoinerGivesEachThingOnce(t *testing.T) {
	p, _ := sandboxPolicy(t)
	const id = "00000000-0000-4000-b000-000000000002"
	p.Birthright = []Item{{Group: "Sales"}, {Licence: "SPB"}, {Manual: "Laptop"}}
	p.Jobs["Account Manager"] = Job{
		Access: []Item{{Group: id}, {Licence: "spb"}, {Manual: "laptop"}, {Group: "Gone"}}, Optional: []Item{{Group: "Sales Team"}, {Group: "gone"}},
		Elevated: []Item{{Team: "Sales Team"}, {Licence: "Gone"}, {Licence: "GONE"}},
	}
	plan, _, err := PlanJoiner(priya(nil), p, larkfield(func(f *Facts) { f.Groups[id] = f.Groups["Sales"] }), signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range plan.Steps {
		if s.Why != "" {
			got = append(got, string(s.Key)+" "+string(s.Choice))
		}
	}
	want := []string{"licence:SPB fixed", "licence:Gone elevated", "group:Sales fixed", "group:Gone ticked", "group:Sales Team extra", "manual:Laptop fixed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPlanJoinerManualOwners(t *testing.T) {
	const id = "00000000-0000-4000-A000-000000000007"
	ines := Person{ID: "00000000-0000-4000-a000-000000000007", Name: "Ines Duarte"}
	for name, tt := range map[string]struct {
		owner, want, warning string
	}{
		"nobody":               {"", "it", ""},
		"IT":                   {"it", "it", ""},
		"HR":                   {"hr", "hr", ""},
		"manager":              {"manager", "manager", ""},
		"object id":            {id, string(ines.ID), ""},
		"sign-in name":         {"ines.duarte@larkfield.example", string(ines.ID), ""},
		"unknown sign-in name": {"gone@larkfield.example", "it", "The directory does not have gone@larkfield.example, whom the policy names for Desk. IT is asked instead."},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			p.Birthright, p.Jobs["Account Manager"] = []Item{{Manual: "Desk", Owner: tt.owner}}, Job{}
			plan, warnings, err := PlanJoiner(priya(nil), p, larkfield(nil), map[string][]Person{"ines.duarte@larkfield.example": {ines}}, monday())
			if err != nil {
				t.Fatal(err)
			}
			if s, _ := plan.Step("manual:Desk"); s.Owner != tt.want || s.Title != "Desk for Priya Patel" {
				t.Errorf("owner %q, title %q", s.Owner, s.Title)
			}
			if got := strings.Join(warnings, "\n"); got != tt.warning {
				t.Errorf("warnings = %q", got)
			}
		})
	}
}

func TestPlanJoinerContractor(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, _, err := PlanJoiner(priya(func(e *PeopleEvent) {
		e.Employment, e.End, e.CostCentre, e.Site = contractor, "2027-06-30", "4711", "Leeds"
	}), p, larkfield(nil), signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	if a := plan.Account; a.Employee != "Contractor" || a.CostCentre != "4711" || a.Office != "Leeds" {
		t.Errorf("account %+v", a)
	}
}

func TestPlanJoinerRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		event func(*PeopleEvent)
		facts func(*Facts)
		zone  string
		want  Code
	}{
		"unknown site": {func(e *PeopleEvent) { e.Site = "York" }, nil, "", Invalid},
		"unknown job":  {func(e *PeopleEvent) { e.Job = "Wizard" }, nil, "", Invalid},
		"no manager":   {func(e *PeopleEvent) { e.Manager = Person{} }, nil, "", Invalid},
		"no name free": {nil, func(f *Facts) { f.UPN = "" }, "", Invalid},
		"unknown zone": {nil, nil, "Mars/Olympus", Internal},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			if tt.zone != "" {
				p.Sites["London"] = Site{TimeZone: tt.zone}
			}
			plan, _, err := PlanJoiner(priya(tt.event), p, larkfield(tt.facts), signers(), monday())
			if err == nil || CodeOf(err) != tt.want || len(plan.Steps) > 0 {
				t.Errorf("error %v, %d steps", err, len(plan.Steps))
			}
		})
	}
}

// Whatever is chosen, on whatever day: a plan is the same bytes twice, its keys are unique, and what a step waits for stands before it.
func TestPlanJoinerHoldsTogether(t *testing.T) {
	p, text := sandboxPolicy(t)
	jobs := slices.Sorted(maps.Keys(p.Jobs))
	rapid.Check(t, func(t *rapid.T) {
		e := priya(func(e *PeopleEvent) {
			e.Job = rapid.SampledFrom(jobs).Draw(t, "job")
			e.Site = rapid.SampledFrom([]string{"London", "Leeds"}).Draw(t, "site")
			e.Start = Date("2026-11-09").AddDays(rapid.IntRange(0, 700).Draw(t, "start"))
		})
		f := larkfield(func(f *Facts) {
			for _, name := range slices.Sorted(maps.Keys(f.Groups)) {
				if g := f.Groups[name]; rapid.Bool().Draw(t, "changed") {
					g.Kind = rapid.SampledFrom([]GroupKind{SecurityGroup, Microsoft365, DynamicGroup, MailGroup, SyncedGroup, RoleGroup, RestrictedGroup}).Draw(t, "kind")
					f.Groups[name] = g
				}
			}
		})
		again, err := ParsePolicy("policy.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		plan, warnings, err := PlanJoiner(e, p, f, signers(), monday())
		if err != nil {
			t.Fatal(err)
		}
		other, otherWarnings, err := PlanJoiner(e, again, f, signers(), monday())
		if err != nil || other.Hash() != plan.Hash() || !slices.Equal(warnings, otherWarnings) {
			t.Fatalf("the second plan differs (%v)", err)
		}
		b, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		var back Plan
		if err := json.Unmarshal(b, &back); err != nil || back.Hash() != plan.Hash() {
			t.Fatalf("the plan does not survive being stored (%v)", err)
		}
		seen := map[StepKey]bool{}
		for _, s := range plan.Steps {
			if seen[s.Key] || s.Title == "" || s.Due.IsZero() || s.Due.Location() != time.UTC {
				t.Fatalf("step %+v", s)
			}
			for _, k := range s.After {
				if !seen[k] {
					t.Fatalf("%s waits for %s, which stands behind it", s.Key, k)
				}
			}
			if s.Choice == Elevated && len(s.Approvers) == 0 {
				t.Fatalf("nobody signs off %s", s.Key)
			}
			seen[s.Key] = true
		}
	})
}

func TestNeededNames(t *testing.T) {
	p, _ := sandboxPolicy(t)
	p.Birthright = append(p.Birthright, Item{Manual: "Desk", Owner: "ines.duarte@larkfield.example"}, Item{Manual: "Chair", Owner: "manager"})
	for job, want := range map[string]Needs{
		"Finance Assistant": {
			Groups: []string{"All Staff", "Company Team", "Finance", "Finance Approvers"}, Licences: []string{"SPB", "VISIOCLIENT"},
			People: []string{"aisha.khan@larkfield.example", "ines.duarte@larkfield.example"},
		},
		"a job nobody knows": {Groups: []string{"All Staff", "Company Team"}, Licences: []string{"SPB"}, People: []string{"ines.duarte@larkfield.example"}},
	} {
		if diff := cmp.Diff(want, NeededNames(p, job)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", job, diff)
		}
	}
}
