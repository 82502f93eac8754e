package cards

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

const listID = "D-00112233445566778899aabb"

// exampleList is ten starters of whom two are in error and one is left out.
func exampleList(t testing.TB, change func(*flows.Bulk)) flows.Bulk {
	b := flows.Bulk{ID: listID, State: flows.BulkOpen, By: hannah, Kind: flows.JoinerEvent, Name: "January starters.xlsx", Notes: []string{"One column is not among those I know, so it was not read: “Desk”."}, At: atLondon(t, "2026-11-23 09:30:00")}
	for i, name := range []string{"Priya Patel", "Ann Lee", "Bo Ray", "Cy Fox", "Dee Hall", "Eli North", "Fay West", "Gil South", "Hal East", "Ira Pole"} {
		given, surname, _ := strings.Cut(name, " ")
		e := exampleEvent()
		e.Given, e.Surname, e.Notes = given, surname, ""
		r := flows.BulkRow{Draft: fmt.Sprintf("%s-%d", listID, i+1), Line: i + 2, State: flows.DraftSummary, Event: e, Manager: "Tom Hughes", Route: tom, Plan: flows.PlanHash(strings.Repeat("a", 64)), Seats: map[string]int{"Microsoft 365 Business Premium": 3}}
		b.Rows = append(b.Rows, r)
	}
	b.Rows[0].Warnings = []string{"No site was given: London, as Tom Hughes."}
	b.Rows[3].State, b.Rows[3].Event.Job, b.Rows[3].Problems = flows.DraftForm, "", map[string]string{"job": "There is no job profile called “Astronaut”. Choose one."}
	b.Rows[7].State, b.Rows[7].Event.Start, b.Rows[7].Problems = flows.DraftForm, "", map[string]string{"start": "I could not read \"soon\" as a date. Write it like 2027-01-05.", "manager": "2 people are called Sam Taylor. Please choose."}
	b.Rows[9].Out = true
	if change != nil {
		change(&b)
	}
	return b
}

func leaversList(b *flows.Bulk) {
	b.Kind, b.Name, b.Notes = flows.LeaverEvent, "", nil
	for i := range b.Rows {
		r := &b.Rows[i]
		r.Event = flows.PeopleEvent{Kind: flows.LeaverEvent, Subject: flows.Person{Name: r.Event.Name()}, LastDay: "2026-11-30", LastTime: "17:00"}
		r.Seats = nil
	}
	b.Rows[3].Event.Subject, b.Rows[3].Text, b.Rows[3].Problems = flows.Person{}, "Sam Taylor", map[string]string{"subject": "2 people are called Sam Taylor. Please choose."}
}

func listConfirmed(b *flows.Bulk) {
	b.State = flows.BulkDone
	for i := range b.Rows {
		if b.Rows[i].Raise = b.Rows[i].Good(); b.Rows[i].Raise {
			b.Rows[i].Case, b.Rows[i].State = flows.CaseID(fmt.Sprintf("J-2026-%04d", i+1)), flows.DraftConfirmed
		}
	}
	b.Rows[1].Case, b.Rows[1].Why = "", "There is an open case for this person: J-2026-0099."
}

// three are three starters of one list who go to Tom.
func three(t testing.TB) flows.Together {
	g := flows.Together{List: listID, Page: 1, To: tom.ID}
	for i, name := range []string{"Priya Patel", "Ann Lee", "Bo Ray"} {
		given, surname, _ := strings.Cut(name, " ")
		e := exampleEvent()
		e.Given, e.Surname, e.Notes = given, surname, map[int]string{1: "Sits beside the window."}[i]
		s := raiseTogether(t, flows.CaseID(fmt.Sprintf("J-2026-%04d", i+1)), e, examplePlan(t))
		g.Cases = append(g.Cases, s.c)
	}
	return g
}

func raiseTogether(t testing.TB, id flows.CaseID, e flows.PeopleEvent, p flows.Plan) *play {
	s := raise(t, e, p)
	b := s.recs[0].Entry.Body.(flows.Raised)
	b.Batch = flows.Batch{List: listID, Page: 1}
	s.c, s.recs, s.id = flows.Case{}, nil, id
	return s.at("2026-11-23 09:40:12", b)
}

func bulkGallery(t testing.TB) map[string]Card {
	now := atLondon(t, "2026-11-23 09:45:00")
	some := three(t)
	for i, s := range []*play{raiseTogether(t, "J-2026-0001", exampleEvent(), examplePlan(t)), raiseTogether(t, "J-2026-0002", exampleEvent(), examplePlan(t))} {
		if i == 0 {
			s.approve("group:Contract Admins")
		} else {
			s.at("2026-11-23 11:06:00", flows.Rejected{Shown: s.c.Shown, By: tom, Reason: "She starts in another team."})
		}
		s.c.Event.Given, s.c.Event.Surname = some.Cases[i].Event.Given, some.Cases[i].Event.Surname
		some.Cases[i] = s.c
	}
	refused := three(t)
	refused.Said = map[flows.CaseID]string{"J-2026-0002": "The plan changed since this card was sent, so nothing was decided. The card now shows the new one."}
	refused.Kept = map[flows.CaseID][]flows.StepKey{"J-2026-0002": {"group:Sales"}}
	asked := three(t)
	s := raiseTogether(t, "J-2026-0001", exampleEvent(), examplePlan(t)).at("2026-11-23 10:00:00", flows.Asked{By: tom, Question: "Is she full time?"})
	asked.Cases = []flows.Case{s.c, asked.Cases[1]}
	handed := three(t)
	s = raiseTogether(t, "J-2026-0001", exampleEvent(), examplePlan(t)).at("2026-11-23 10:00:00", flows.HandedOver{By: tom, To: maria})
	handed.Cases[0] = s.c
	lent := three(t)
	lent.To = maria.ID
	for i := range lent.Cases {
		s := raiseTogether(t, lent.Cases[i].ID, lent.Cases[i].Event, examplePlan(t)).at("2026-11-23 10:00:00", flows.DelegatedTo{From: tom, To: maria, Until: now.AddDate(0, 0, 11)})
		lent.Cases[i] = s.c
	}
	ended := three(t)
	for i := range ended.Cases {
		s := raiseTogether(t, ended.Cases[i].ID, ended.Cases[i].Event, examplePlan(t)).approve()
		ended.Cases[i] = s.c
	}
	sent := flows.Draft{ID: "D-7f3a", State: flows.DraftSummary, By: hannah, Source: "payroll", Event: exampleEvent(), Facts: flows.Facts{Route: tom, UPN: "priya.patel@larkfield.example"}, Plan: examplePlan(t), At: now}
	doubted := sent
	doubted.State, doubted.Problems, doubted.Event.Site = flows.DraftForm, map[string]string{"site": "There is no site called \"Mars\". Choose one."}, ""
	apart := three(t)
	less := examplePlan(t)
	less.Steps = slices.DeleteFunc(less.Steps, func(s flows.Step) bool { return s.Key == "manual:Laptop" })
	apart.Cases[1] = raiseTogether(t, "J-2026-0002", apart.Cases[1].Event, less).c
	return map[string]Card{
		"together-apart":        Together(spoken, apart, now),
		"draft-received":        Draft(spoken, sent, examplePolicy(), now),
		"draft-received-doubts": Draft(spoken, doubted, examplePolicy(), now),
		"bulk-checking": Bulk(spoken, exampleList(t, func(b *flows.Bulk) {
			b.State = flows.BulkChecking
			for i := 4; i < len(b.Rows); i++ {
				b.Rows[i].State = flows.DraftReading
			}
		})),
		"bulk-stuck": Bulk(spoken, exampleList(t, func(b *flows.Bulk) {
			b.State, b.Stuck = flows.BulkChecking, "Microsoft 365 does not answer just now. I keep trying and go on here as soon as it does."
		})),
		"bulk-open":       Bulk(spoken, exampleList(t, nil)),
		"bulk-leavers":    Bulk(spoken, exampleList(t, leaversList)),
		"bulk-all-good":   Bulk(spoken, exampleList(t, func(b *flows.Bulk) { b.Rows, b.Notes = b.Rows[:3], nil })),
		"bulk-none-good":  Bulk(spoken, exampleList(t, func(b *flows.Bulk) { b.Rows = []flows.BulkRow{b.Rows[3], b.Rows[7]} })),
		"bulk-raising":    Bulk(spoken, exampleList(t, func(b *flows.Bulk) { listConfirmed(b); b.State = flows.BulkRaising })),
		"bulk-done":       Bulk(spoken, exampleList(t, listConfirmed)),
		"bulk-withdrawn":  Bulk(spoken, exampleList(t, func(b *flows.Bulk) { b.State = flows.BulkWithdrawn })),
		"together-open":   Together(spoken, three(t), now),
		"together-some":   Together(spoken, some, now),
		"together-said":   Together(spoken, refused, now),
		"together-asked":  Together(spoken, asked, now),
		"together-handed": Together(spoken, handed, now),
		"together-done":   Together(spoken, ended, now),
		"together-lent":   Together(spoken, lent, now),
	}
}

// TestEdge33BulkSize: a list of 40 in any state can be sent, and so can a manager's card of ten with long names.
func TestEdge33BulkSize(t *testing.T) {
	long := strings.Repeat("Maximiliana-Wilhelmine ", 5)
	for _, n := range []int{1, 40, 500} {
		for name, change := range map[string]func(*flows.BulkRow){
			"good": func(*flows.BulkRow) {},
			"wrong": func(r *flows.BulkRow) {
				r.State, r.Problems = flows.DraftForm, map[string]string{"job": strings.Repeat("There is no such job. ", 20), "start": strings.Repeat("No date. ", 30)}
			},
			"long": func(r *flows.BulkRow) {
				r.Event.Given, r.Event.Job, r.Manager, r.Warnings = long, long, long, []string{long + long, long}
			},
		} {
			for _, state := range []flows.BulkState{flows.BulkChecking, flows.BulkOpen, flows.BulkRaising, flows.BulkDone, flows.BulkWithdrawn} {
				b := exampleList(t, nil)
				b.State, b.Rows = state, b.Rows[:1]
				for len(b.Rows) < n {
					b.Rows = append(b.Rows, b.Rows[0])
				}
				for i := range b.Rows {
					change(&b.Rows[i])
					b.Rows[i].Line, b.Rows[i].Draft = i+2, fmt.Sprintf("%s-%d", listID, i+1)
				}
				if size := len(Bulk(spoken, b)); size > largest {
					t.Errorf("%d rows, %s, %s: %d bytes", n, name, state, size)
				}
			}
		}
	}
	g := flows.Together{List: listID, Page: 1, To: tom.ID}
	for i := range 7 { // with eight items each, as many as go on one card
		e := exampleEvent()
		e.Given, e.Surname, e.Notes = cut(long, 64), cut(long, 64), strings.Repeat("note ", 100)
		g.Cases = append(g.Cases, raiseTogether(t, flows.CaseID(fmt.Sprintf("J-2026-%04d", i+1)), e, examplePlan(t)).c)
	}
	if size := len(Together(spoken, g, atLondon(t, "2026-11-23 09:45:00"))); size > largest {
		t.Errorf("seven people on a manager's card: %d bytes", size)
	}
}

// TestFortyRowsAreShown: the list that HR most likely sends is shown whole.
func TestFortyRowsAreShown(t *testing.T) {
	b := exampleList(t, func(b *flows.Bulk) { b.Notes = nil })
	for len(b.Rows) < 40 {
		b.Rows = append(b.Rows, b.Rows[0])
	}
	for i := range b.Rows {
		b.Rows[i].Line, b.Rows[i].Draft = i+2, fmt.Sprintf("%s-%d", listID, i+1)
	}
	card := string(Bulk(spoken, b))
	for i := range b.Rows {
		if !strings.Contains(card, fmt.Sprintf("line %d\"", i+2)) {
			t.Errorf("line %d is not shown", i+2)
		}
	}
}

func TestReadTogether(t *testing.T) {
	hash := strings.Repeat("a", flows.ShortPlan)
	press := func(change func(map[string]any)) map[string]any {
		m := map[string]any{"verb": flows.VerbAllApprove, "draft": listID, "step": "1", "plans": map[string]any{"J-2026-0001": hash, "J-2026-0002": hash}, "people": "J-2026-0001,J-2026-0002", "items/J-2026-0001": "group:Sales,team:Sales%2C all", "elevated/J-2026-0001": "group:Contract Admins", "items/J-2026-0002": ""}
		change(m)
		return m
	}
	p, err := Read(spoken, press(func(map[string]any) {}))
	if err != nil {
		t.Fatal(err)
	}
	want := []flows.EachPress{{Case: "J-2026-0001", Plan: flows.PlanHash(hash), Ticked: []flows.StepKey{"group:Sales", "team:Sales, all", "group:Contract Admins"}}, {Case: "J-2026-0002", Plan: flows.PlanHash(hash)}}
	if d := cmp.Diff(want, p.Each); d != "" || p.Draft != listID || p.Step != "1" {
		t.Errorf("read %+v\n%s", p, d)
	}
	p, err = Read(spoken, press(func(m map[string]any) {
		m["verb"], m["who_reject"], m["reason"] = flows.VerbOneReject, "J-2026-0002", "no"
	}))
	if err != nil || len(p.Each) != 1 || p.Each[0].Case != "J-2026-0002" || p.Inputs["reason"] != "no" {
		t.Errorf("reject one: %+v, %v", p, err)
	}
	for name, change := range map[string]func(map[string]any){
		"no plans":             func(m map[string]any) { delete(m, "plans") },
		"plans of no shape":    func(m map[string]any) { m["plans"] = "J-2026-0001" },
		"a case without plan":  func(m map[string]any) { m["people"] = "J-2026-0003" },
		"no case":              func(m map[string]any) { m["people"] = "everybody" },
		"a plan of no shape":   func(m map[string]any) { m["plans"] = map[string]any{"J-2026-0001": "x"} },
		"people that is a map": func(m map[string]any) { m["people"] = map[string]any{} },
		"ticks that are a map": func(m map[string]any) { m["items/J-2026-0001"] = map[string]any{} },
		"no list":              func(m map[string]any) { delete(m, "draft") },
		"handed to nobody":     func(m map[string]any) { m["verb"], m["who_handover"] = flows.VerbOneHandOver, "J-2026-0001" },
	} {
		if p, err := Read(spoken, press(change)); flows.CodeOf(err) != flows.Invalid {
			t.Errorf("%s: read as %+v, %v", name, p, err)
		}
	}
}

// TestTogetherBinds: each case's plan is bound to the press, and only those that wait can be chosen.
func TestTogetherBinds(t *testing.T) {
	g := three(t)
	var plans []map[string]any
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if p, ok := v["plans"].(map[string]any); ok {
				plans = append(plans, p)
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	var tree any
	if err := json.Unmarshal(Together(spoken, g, time.Time{}), &tree); err != nil {
		t.Fatal(err)
	}
	walk(tree)
	if len(plans) != 8 { // four buttons, each with its fallback
		t.Fatalf("%d buttons carry plans", len(plans))
	}
	for _, p := range plans {
		for _, c := range g.Cases {
			if p[string(c.ID)] != string(c.Shown[:flows.ShortPlan]) {
				t.Errorf("%s is bound to %v", c.ID, p[string(c.ID)])
			}
		}
	}
}
