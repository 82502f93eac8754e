package flows

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"

	"pgregory.net/rapid"
)

var nadia = Person{ID: "00000000-0000-4000-a000-000000000022", Name: "Nadia Brook", UPN: "nadia.brook@larkfield.example"}

// nadiaMoves is Nadia Brook, who goes from sales to finance.
func nadiaMoves(change func(*PeopleEvent)) PeopleEvent {
	e := PeopleEvent{Kind: MoverEvent, Subject: nadia, Job: "Finance Assistant", Site: "London", Start: "2027-02-01", Manager: aisha, Handover: 5}
	if change != nil {
		change(&e)
	}
	return e
}

// nadiasFacts is what the sandbox's directory says about her.
func nadiasFacts(p *Policy, change func(*Facts)) Facts {
	f := larkfield(nil)
	f.Manager = Account{ID: aisha.ID, Name: aisha.Name, Enabled: true}
	f.Subject = Account{
		ID: nadia.ID, UPN: nadia.UPN, Name: nadia.Name, JobTitle: "Account Manager", Department: "Sales", Office: "London", UsageLocation: "GB", Enabled: true, Manager: tom.ID,
		Licences: []Held{{SKU: sku}},
	}
	f.OldJob, f.Route, f.Releasing, f.MostKept = p.jobOf(f.Subject), aisha, tom, 180
	for _, name := range []string{"Sales", "Sales Team", "CRM Users", "Company Team", "All Staff"} {
		f.Member = append(f.Member, f.Groups[name])
	}
	if change != nil {
		change(&f)
	}
	return f
}

func planOf(t testing.TB, p *Policy, e PeopleEvent, f Facts) (Plan, []string) {
	t.Helper()
	plan, warnings, err := PlanMover(e, p, f, nil, monday())
	if err != nil {
		t.Fatal(err)
	}
	return plan, warnings
}

// diffOf is a plan as the two columns: what stays, comes, goes, and is undecided.
func diffOf(p Plan) map[string]string {
	out := map[string]string{}
	for _, k := range p.Keep {
		out[k.Name] = "stays: " + k.Why
	}
	for _, s := range p.Steps {
		if s.Key != detailsKey && s.Key != managerKey && s.Phase == "" {
			out[s.Name] = fmt.Sprintf("%s: %s", s.Choice, s.Why)
		}
	}
	return out
}

// The diff, with its reasons.
func TestPlanMoverDiff(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, _ := planOf(t, p, nadiaMoves(nil), nadiasFacts(p, func(f *Facts) {
		f.Member = append(f.Member, f.Groups["Wiki Editors"], Group{ID: "x", Name: "Choir", Kind: SecurityGroup})
	}))
	got := diffOf(plan)
	for name, want := range map[string]string{
		"Company Team": "stays: everybody", "Finance": "ticked: Finance Assistant", "Sales": "going: only Account Manager", "CRM": "going: only Account Manager",
		"Wiki (edit)": "going: only Account Manager", "Choir": "undecided: in no profile: the releasing manager decides", "Payment approval": "elevated: Finance Assistant",
		"Business cards": "going: only Account Manager",
	} {
		if got[name] != want {
			t.Errorf("%s %q, want %q", name, got[name], want)
		}
	}
	if other, _ := planOf(t, p, nadiaMoves(nil), nadiasFacts(p, nil)); other.Hash() == plan.Hash() {
		t.Error("another holding makes the same plan")
	}
}

// What comes is there before anything goes, and nothing is due before the day.
func TestPlanMoverOrder(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, _ := planOf(t, p, nadiaMoves(nil), nadiasFacts(p, nil))
	change := time.Date(2027, 2, 1, 8, 0, 0, 0, time.UTC)
	for _, s := range plan.Steps {
		if s.Due.Before(change) {
			t.Errorf("%s is due on %s", s.Key, s.Due)
		}
		if (s.Task == RemoveFromGroup || s.Task == RemoveFromTeam) && (!slices.Contains(s.After, "group:Finance") || !s.Due.Equal(change.AddDate(0, 0, 7))) {
			t.Errorf("%s is due on %s after %v", s.Key, s.Due, s.After)
		}
	}
}

// The job so far is known by title and department, both; otherwise the releasing manager decides on each thing.
func TestPlanMoverUnknownJob(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, warnings := planOf(t, p, nadiaMoves(nil), nadiasFacts(p, func(f *Facts) { f.Subject.Department, f.OldJob = "Marketing", "" }))
	if s, ok := plan.Step("out:group:Sales"); !ok || s.Choice != Undecided {
		t.Errorf("Sales is %q", s.Choice)
	}
	if !strings.Contains(strings.Join(warnings, " "), "item by item") {
		t.Errorf("warnings: %q", warnings)
	}
	if p.jobOf(Account{JobTitle: "account manager", Department: "SALES"}) != "Account Manager" || p.jobOf(Account{JobTitle: "Account Manager", Department: "Marketing"}) != "" || p.jobOf(Account{}) != "" {
		t.Error("the job so far is guessed")
	}
}

// Edge case 38: what two reasons give is not taken away when one of them ends, neither at the move nor at the end of a secondment.
func TestEdge38TwoReasons(t *testing.T) {
	p, _ := sandboxPolicy(t)
	both := p.Jobs["Finance Assistant"]
	both.Access = append(slices.Clone(both.Access), Item{Group: "CRM Users", Name: "CRM"})
	p.Jobs["Finance Assistant"] = both
	for name, end := range map[string]Date{"for good": "", "a secondment": "2027-06-30"} {
		plan, _ := planOf(t, p, nadiaMoves(func(e *PeopleEvent) { e.End = end }), nadiasFacts(p, nil))
		if got := diffOf(plan)["CRM"]; got != "stays: Account Manager and Finance Assistant" {
			t.Errorf("%s: CRM %q", name, got)
		}
		for _, s := range plan.Steps {
			if s.Group == groupOf("CRM Users").ID {
				t.Errorf("%s: there is a step %s", name, s.Key)
			}
		}
	}
}

// Edge case 40: what somebody else holds is never copied: a plan holds what profiles give and what the person has, and nothing more.
func TestEdge40NothingCopied(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, _ := planOf(t, p, nadiaMoves(nil), nadiasFacts(p, func(f *Facts) { f.Holders = map[string][]Person{groupOf("Contract Admins").ID: {tom}} }))
	for _, s := range plan.Steps {
		if s.Group == groupOf("Contract Admins").ID {
			t.Errorf("%s comes from what another holds", s.Key)
		}
	}
}

// Nobody who moves is left the owner of what they leave: the releasing manager takes over first.
func TestPlanMoverOwner(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, warnings := planOf(t, p, nadiaMoves(nil), nadiasFacts(p, func(f *Facts) { f.Owned = []Owned{{Group: groupOf("Sales Team"), Last: true}} }))
	h, ok := plan.Step("owner:Sales Team")
	out, _ := plan.Step("out:team:Sales Team")
	if !ok || h.Person.ID != tom.ID || !slices.Contains(out.After, h.Key) || !strings.Contains(strings.Join(warnings, " "), "only owner of Sales Team") {
		t.Errorf("step %+v, warnings %q", h, warnings)
	}
}

// After a move the person holds the new profile as it was chosen, what is kept for a while, what was left where it is, and nothing else:
// whatever the profiles give, whatever was held, and whatever is decided.
func TestPlanMoverHolds(t *testing.T) {
	base, _ := sandboxPolicy(t)
	names := []string{"A", "B", "C", "D", "E", "F"}
	group := func(n string) Group { return Group{ID: "id-" + n, Name: n, Kind: SecurityGroup} }
	rapid.Check(t, func(t *rapid.T) {
		some := func(label string) []string {
			return rapid.SliceOfDistinct(rapid.SampledFrom(names), func(s string) string { return s }).Draw(t, label)
		}
		items := func(of []string) (out []Item) {
			for _, n := range of {
				out = append(out, Item{Group: n})
			}
			return out
		}
		p := *base
		taken := map[string]bool{}
		free := func(of []string) (out []string) {
			for _, n := range of {
				if !taken[n] {
					out, taken[n] = append(out, n), true
				}
			}
			return out
		}
		everybody := some("birthright")
		access, optional := free(some("access")), free(some("optional"))
		p.Birthright = items(everybody)
		p.Jobs = map[string]Job{"Old": {Department: "D", Access: items(some("old"))}, "New": {Department: "N", Access: items(access), Optional: items(optional)}}
		held := some("held")
		f := Facts{Subject: Account{ID: nadia.ID, UPN: nadia.UPN, Name: nadia.Name, JobTitle: "Old", Department: "D", Enabled: true, Manager: tom.ID}, Route: aisha, Releasing: tom, Groups: map[string]Group{}, MostKept: 180}
		f.OldJob = p.jobOf(f.Subject)
		for _, n := range names {
			f.Groups[n] = group(n)
		}
		for _, n := range held {
			f.Member = append(f.Member, group(n))
		}
		plan, _, err := PlanMover(nadiaMoves(func(e *PeopleEvent) { e.Job = "New" }), &p, f, nil, monday())
		if err != nil {
			t.Fatal(err)
		}
		var ticked, drop []StepKey
		keep := map[StepKey]Keep{}
		want := map[string]bool{}
		for _, n := range append(slices.Clone(everybody), access...) {
			want[n] = want[n] || slices.Contains(everybody, n)
		}
		for _, s := range plan.Steps {
			switch yes := rapid.Bool().Draw(t, string(s.Key)); {
			case s.Choice.offered() && yes:
				ticked = append(ticked, s.Key)
				want[s.Name] = true
			case s.Choice == Undecided && yes:
				drop = append(drop, s.Key)
			case s.Choice == Undecided:
				want[s.Name] = true
			case s.Choice == Going && yes:
				keep[s.Key] = Keep{Until: "2027-06-30", Reason: "x"}
				want[s.Name] = true
			}
		}
		for _, n := range access {
			want[n] = want[n] || slices.Contains(held, n) // both hold: no question
		}
		chosen := plan.Chosen(ticked)
		for k := range keep {
			if _, left := chosen.Step(k); !left {
				delete(keep, k)
			}
		}
		final, err := chosen.Released(texts.Language{}, keep, drop, tom, "2027-01-05", Site{TimeZone: "UTC", Calendar: noCalendar})
		if err != nil {
			t.Fatal(err)
		}
		has := map[string]bool{}
		for _, n := range held {
			has[n] = true
		}
		after := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
		for _, s := range final.Steps {
			if s.Due.After(after) {
				continue
			}
			switch s.Task {
			case AddToGroup:
				has[s.Name] = true
			case RemoveFromGroup:
				has[s.Name] = false
			}
		}
		for _, n := range names {
			if has[n] != want[n] {
				t.Errorf("%s: held %v, want %v", n, has[n], want[n])
			}
		}
	})
}
