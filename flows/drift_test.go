package flows

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The groups of the tests of drift.
var (
	driftSales = Group{ID: "g-sales", Name: "Sales", Kind: SecurityGroup}
	driftWiki  = Group{ID: "g-wiki", Name: "Wiki", Kind: SecurityGroup}
	driftRule  = Group{ID: "g-rule", Name: "All Staff", Kind: DynamicGroup}
)

// aCase is a decided case about somebody, with steps that stand as given: "add g-sales", "remove g-wiki", "open", "block", "licence spb".
func aCase(kind EventKind, at time.Time, member []Group, steps map[string]StepState) Case {
	c := Case{ID: CaseID(kind.Letter() + "-2026-0001"), Kind: kind, State: Done, May: "x", Zone: "Europe/London", Raised: By{At: at}, Account: "them"}
	c.Facts.Member = member
	if kind != JoinerEvent {
		c.Facts.Subject.ID = "them"
	}
	for what, state := range steps {
		verb, id, _ := strings.Cut(what, " ")
		s := Step{Key: StepKey(what), Name: id}
		switch verb {
		case "add":
			s.Task, s.Group = AddToGroup, id
		case "remove":
			s.Task, s.Group = RemoveFromGroup, id
		case "licence":
			s.Task, s.SKU = AssignLicences, id
		case "back":
			s.Task, s.SKU = RemoveLicence, id
		case "open":
			s.Task = EnableAccount
		case "block":
			s.Task, s.Key = BlockSignIn, exitKey
		}
		c.Plan.Steps = append(c.Plan.Steps, s)
		c.Steps = append(c.Steps, StepStatus{Key: s.Key, State: state, At: at})
	}
	return c
}

func TestFindDrift(t *testing.T) {
	now := monday()
	before := now.AddDate(0, -1, 0)
	joined := aCase(JoinerEvent, before, nil, map[string]StepState{"add g-sales": StepDone, "licence spb": StepDone, "open": StepDone})
	left := aCase(LeaverEvent, now, []Group{driftSales, driftRule}, map[string]StepState{"block": StepDone, "remove g-sales": StepDone, "back spb": StepDone})
	moved := aCase(MoverEvent, now, []Group{driftSales, driftWiki}, map[string]StepState{"remove g-sales": StepDone})
	spb := Held{SKU: "spb"}
	for name, tt := range map[string]struct {
		cases  []Case
		open   bool
		member []Group
		holds  []Held
		want   []string
	}{
		"as decided":                     {[]Case{joined}, true, []Group{driftSales, driftRule}, []Held{spb}, nil},
		"more than decided":              {[]Case{joined}, true, []Group{driftSales, driftWiki}, []Held{spb, {SKU: "visio"}}, []string{"extra Wiki", "extra a licence"}},
		"less than decided":              {[]Case{joined}, true, nil, nil, []string{"missing g-sales", "missing spb"}},
		"a licence through a group":      {[]Case{joined}, true, []Group{driftSales}, []Held{{SKU: "spb", ByGroup: "g-sales"}}, nil},
		"blocked while at work":          {[]Case{joined}, false, []Group{driftSales}, []Held{spb}, []string{"blocked Sign-in"}},
		"left, and all is gone":          {[]Case{joined, left}, false, []Group{driftRule}, nil, nil},
		"left, and open again":           {[]Case{joined, left}, true, []Group{driftRule}, nil, []string{"sign_in_open Sign-in"}},
		"left, and back in a group":      {[]Case{joined, left}, false, []Group{driftSales}, nil, []string{"back Sales"}},
		"left, and in a new group":       {[]Case{left}, false, []Group{driftWiki}, nil, []string{"extra Wiki"}},
		"moved, and the old access back": {[]Case{moved}, true, []Group{driftSales, driftWiki}, nil, []string{"back Sales"}},
		"moved, with what was left":      {[]Case{moved}, true, []Group{driftWiki}, nil, nil},
		"somebody Muster did not make":   {[]Case{moved}, true, []Group{driftWiki, {ID: "g-new", Name: "New", Kind: SecurityGroup}}, nil, nil},
		"a removal still to come":        {[]Case{aCase(MoverEvent, now, []Group{driftSales}, map[string]StepState{"remove g-sales": Planned})}, true, []Group{driftSales}, nil, nil},
		"an addition still to come":      {[]Case{aCase(MoverEvent, now, nil, map[string]StepState{"add g-sales": Planned})}, true, nil, nil, nil},
		"the later case counts":          {[]Case{moved, aCase(MoverEvent, now.Add(time.Hour), nil, map[string]StepState{"add g-sales": StepDone})}, true, []Group{driftSales, driftWiki}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range findDrift(texts.Language{}, rightsOf(texts.Language{}, tt.cases), held{Account{ID: "them", Enabled: tt.open, Licences: tt.holds}, tt.member}, nil, now) {
				got = append(got, string(f.Kind)+" "+f.Name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDriftOfWhatWasDone holds that whoever holds exactly what their steps left has not drifted, whatever the history, and that one thing
// more or less is found.
func TestDriftOfWhatWasDone(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		now := monday()
		holds := map[string]bool{}
		cases := []Case{aCase(JoinerEvent, now, nil, map[string]StepState{"open": StepDone})}
		for n := range rapid.IntRange(1, 6).Draw(r, "cases") {
			steps := map[string]StepState{}
			for range rapid.IntRange(1, 5).Draw(r, "steps") {
				id := fmt.Sprintf("g-%d", rapid.IntRange(0, 5).Draw(r, "group"))
				if steps["add "+id] != "" || steps["remove "+id] != "" {
					continue
				}
				if rapid.Bool().Draw(r, "add") {
					steps["add "+id], holds[id] = StepDone, true
				} else {
					steps["remove "+id], holds[id] = StepDone, false
				}
			}
			cases = append(cases, aCase(MoverEvent, now.Add(time.Duration(n+1)*time.Hour), nil, steps))
		}
		look := func(except string) []Finding {
			var member []Group
			for id, in := range holds {
				if in != (id == except) {
					member = append(member, Group{ID: id, Name: id, Kind: SecurityGroup})
				}
			}
			return findDrift(texts.Language{}, rightsOf(texts.Language{}, cases), held{Account{ID: "them", Enabled: true}, member}, nil, now)
		}
		if got := look(""); len(got) > 0 {
			r.Fatalf("what was done counts as drift: %v", got)
		}
		for id := range holds {
			if got := look(id); len(got) != 1 || got[0].Group != id {
				r.Fatalf("%s was changed by hand, and is found as %v", id, got)
			}
		}
	})
}
