package flows

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// history is what a thing's history says, one word for each event.
func history(t WhyThing) string {
	var out []string
	for _, v := range t.Events {
		out = append(out, fmt.Sprintf("%s %s %s", v.What, v.Case[:1], v.State))
	}
	return strings.Join(out, ", ")
}

func TestReasonsOf(t *testing.T) {
	then := monday()
	joined := aCase(JoinerEvent, then, nil, map[string]StepState{"add g-sales": StepDone, "licence spb": StepDone, "open": StepDone})
	moved := aCase(MoverEvent, then.AddDate(0, 1, 0), []Group{driftSales, driftWiki}, map[string]StepState{"remove g-sales": StepDone, "add g-crm": Planned})
	undecided := aCase(MoverEvent, then.AddDate(0, 2, 0), nil, map[string]StepState{"remove g-wiki": Planned})
	undecided.May = ""
	dropped := aCase(MoverEvent, then.AddDate(0, 2, 0), nil, map[string]StepState{"remove g-wiki": StepAbandoned})
	byHand := aCase(LeaverEvent, then.AddDate(0, 3, 0), nil, map[string]StepState{"remove g-wiki": StepDoneHand})
	byHand.Facts.Apps = []AppRole{{App: "Ledger", On: "x"}, {App: "Desk", On: "y"}}
	byHand.Facts.Admin = []string{"Exchange Administrator"}
	byHand.Plan.Steps = append(byHand.Plan.Steps, Step{Key: "apps", Task: RemoveAppRoles}, Step{Key: "roles", Task: RemoveDirectoryRoles})
	byHand.Steps = append(byHand.Steps, StepStatus{Key: "apps", State: StepDone, At: then.AddDate(0, 3, 0)}, StepStatus{Key: "roles", State: StepBroken, At: then.AddDate(0, 3, 0)})
	for name, tt := range map[string]struct {
		cases []Case
		want  map[StepKey]string
	}{
		"given":     {[]Case{joined}, map[StepKey]string{"group:g-sales": "given J verified", "licence:spb": "given J verified"}},
		"and taken": {[]Case{moved, joined}, map[StepKey]string{"group:g-sales": "given J verified, taken M verified", "licence:spb": "given J verified", "group:g-wiki": "found M verified", "group:g-crm": "given M planned"}},
		"only seen": {[]Case{aCase(MoverEvent, then, []Group{driftSales}, nil)}, map[StepKey]string{"group:g-sales": "found M verified"}},
		// What nobody decided, and what fell out of the plan, says nothing.
		"undecided": {[]Case{undecided}, map[StepKey]string{}},
		"dropped":   {[]Case{dropped}, map[StepKey]string{}},
		"one step, several things": {[]Case{byHand}, map[StepKey]string{
			"group:g-wiki": "taken L by_hand", "app:ledger": "found L verified, taken L verified", "app:desk": "found L verified, taken L verified",
			"role:exchange administrator": "found L verified, taken L failed",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[StepKey]string{}
			for _, thing := range reasonsOf(tt.cases).list() {
				got[thing.Key] = history(thing)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Who stands behind what was given: the manager who ticked it, whoever signed it off, and whom they stood in for.
func TestReasonsNamePeople(t *testing.T) {
	c := aCase(JoinerEvent, monday(), nil, map[string]StepState{"add g-sales": StepDone})
	c.Raised.Person = Person{ID: "hr", Name: "Hannah"}
	c.Approval = Decision{State: "approved", By: Person{ID: "m", Name: "Tom"}, For: Person{ID: "b", Name: "Bea"}, At: monday()}
	c.SignOffs = map[StepKey]SignOff{"add g-sales": {State: "approved", By: Person{ID: "a", Name: "Nora"}, At: monday(), Votes: []Vote{{By: Person{ID: "x", Name: "Ada"}}, {By: Person{ID: "a", Name: "Nora"}, For: Person{Name: "Lee"}}}}}
	until := monday().AddDate(0, 1, 0)
	out := aCase(MoverEvent, monday().Add(time.Hour), nil, map[string]StepState{"remove g-sales": Planned})
	out.Plan.Steps[0].Exception = &Exception{Until: DateOf(until), Reason: "Hand-over.", By: Person{ID: "m", Name: "Tom"}, Since: DateOf(monday())}
	out.Release = Release{State: "released", By: Person{ID: "r", Name: "Rita"}, At: monday()}
	out.SignOffs = map[StepKey]SignOff{"remove g-sales": {}}
	thing := reasonsOf([]Case{c, out}).list()[0]
	var got []string
	for _, v := range thing.Events {
		s := fmt.Sprintf("%s %s: asked %s, confirmed %s for %q, until %q", v.What, v.State, v.Asked.Person.Name, v.Confirmed.Person.Name, v.Confirmed.Note, v.Until)
		for _, by := range v.Signed {
			s += ", signed " + by.Person.Name + by.Note
		}
		got = append(got, s)
	}
	want := []string{
		"kept planned: asked Tom, confirmed Rita for \"\", until \"" + string(DateOf(until)) + "\"", // not signed off: it does not count
		"given verified: asked Hannah, confirmed Tom for \"Bea\", until \"\", signed Ada, signed NoraLee",
		"taken planned: asked , confirmed Rita for \"\", until \"\"",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if v, ok := thing.Last(); !ok || v.What != WhyGiven || !thing.Through() {
		t.Errorf("last is %+v", v)
	}
}

func TestCalled(t *testing.T) {
	things := []WhyThing{{Name: "Sales"}, {Name: "Sales Team"}, {Name: "CRM Users"}}
	for text, want := range map[string]string{"sales": "Sales", "SALES  team": "Sales Team", "crm": "CRM Users", "users crm": "CRM Users", "team": "Sales Team", "sale": "", "": "", "crm sales": ""} {
		var got []string
		for _, t := range called(things, text) {
			got = append(got, t.Name)
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%q means %v, want %q", text, got, want)
		}
	}
}

func TestWhyThing(t *testing.T) {
	for text, want := range map[string]string{"Sales": "Sales", "have the Sales Team?": "Sales Team", "in Sales": "Sales", "is a member of the CRM Users": "CRM Users", "have": "", "": "", "the": "the", "access to Finance": "Finance"} {
		if got := whyThing(strings.Fields(text)); got != want {
			t.Errorf("%q asks about %q, want %q", text, got, want)
		}
	}
}
