package flows

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestEdge34EveryPair holds the precedence of every ordered pair of events: what is held, and what is refused.
func TestEdge34EveryPair(t *testing.T) {
	events := map[string]PeopleEvent{
		"joiner": {Kind: JoinerEvent}, "mover": {Kind: MoverEvent}, "rename": {Kind: RenameEvent}, "leave": {Kind: LeaveEvent},
		"leaver": {Kind: LeaverEvent}, "urgent": {Kind: LeaverEvent, Urgent: true},
	}
	holds := map[string][]string{ // the first goes before each of the others
		"joiner": nil, "rename": nil, "mover": {"joiner"}, "leave": {"joiner", "mover", "rename"},
		"leaver": {"joiner", "mover", "rename", "leave"}, "urgent": {"joiner", "mover", "rename", "leave", "leaver"},
	}
	for is, ev := range events {
		for was, open := range events {
			t.Run(is+" over "+was, func(t *testing.T) {
				lower, refused := inTheWay(ev, []Case{{ID: "X-1", Version: 1, Event: open, Kind: open.Kind, State: Running}})
				if held := slices.Contains(holds[is], was); held != (len(lower) == 1) || held == (refused != "") {
					t.Errorf("held %v, refused %q", lower, refused)
				}
				if lower, refused := inTheWay(ev, []Case{{ID: "X-1", Version: 1, Event: open, State: Done}}); len(lower) > 0 || refused != "" {
					t.Errorf("a case that ended is in the way: %v %q", lower, refused)
				}
			})
		}
	}
}

// TestHeldCaseDoesNothing: whatever state a case is in, while it is held nothing of it runs or can be decided, and it comes back as it was.
func TestHeldCaseDoesNothing(t *testing.T) {
	for name, c := range map[string]Case{"waiting": fold(t), "approved": approved(t), "running": settled(t, "enable")} {
		t.Run(name, func(t *testing.T) {
			held := foldOn(t, c, CasePaused{For: "L-2026-0001"})
			if n := len(held.Errands()); n > 0 {
				t.Errorf("%d errands while it is held", n)
			}
			for _, s := range held.Plan.Steps {
				if held.ready(s) {
					t.Errorf("step %s may run", s.Key)
				}
			}
			turn := press(tom, VerbApprove, func(t *Turn) { t.Plan = held.Shown })
			if _, err := decideApprove(held, turn, Roles{}, monday()); CodeOf(err) != Conflict {
				t.Errorf("an approval is answered with %v", err)
			}
			if _, err := decideGoOn(held, press(hannah, VerbGoOn, nil), Roles{HR: true}, monday()); CodeOf(err) != Conflict {
				t.Errorf("it goes on before the other event is settled: %v", err)
			}
			back := foldOn(t, held, ReturnAsked{For: "L-2026-0001"})
			if _, err := decideGoOn(back, press(tom, VerbGoOn, nil), Roles{}, monday()); CodeOf(err) != Denied {
				t.Errorf("somebody who is not HR: %v", err)
			}
			ch, err := decideGoOn(back, press(hannah, VerbGoOn, nil), Roles{HR: true}, monday())
			if err != nil {
				t.Fatal(err)
			}
			again := foldOn(t, back, ch.Entries[0].Body)
			if len(again.Errands()) != len(c.Errands()) || again.Paused != nil {
				t.Errorf("%d errands, before %d", len(again.Errands()), len(c.Errands()))
			}
		})
	}
}

// TestOverlapIsSettledOnce: what a higher case means for a lower one does not depend on how often it is looked at.
func TestOverlapIsSettledOnce(t *testing.T) {
	low, high := approved(t), Case{ID: "L-2026-0001", Version: 1, State: Running}
	apply := func(c Case) Case {
		for range 3 {
			for _, e := range decideOverlap(c, high, monday()).Entries {
				c = foldOn(t, c, e.Body)
			}
		}
		return c
	}
	held := apply(low)
	if held.Paused == nil || held.Version != low.Version+1 {
		t.Fatalf("held %+v after %d entries", held.Paused, held.Version-low.Version)
	}
	high.State = Stopped
	if back := apply(held); back.Paused == nil || back.Paused.Back.IsZero() || back.Version != held.Version+1 {
		t.Errorf("not back with HR: %+v", back.Paused)
	}
	high.State = Done
	if over := apply(held); over.State != Stopped || over.Overtaken != high.ID || over.Version != held.Version+1 {
		t.Errorf("%s, overtaken by %q", over.State, over.Overtaken)
	}
}

// TestEdge2RandomDates: five dates one after the other. No step runs before its last valid time, and none is lost.
func TestEdge2RandomDates(t *testing.T) {
	p, _ := sandboxPolicy(t)
	rapid.Check(t, func(r *rapid.T) {
		c := approved(t)
		c = foldOn(t, c, SignedOff{Step: elevatedKey, Plan: c.May, By: aisha, OK: true})
		now, n := monday().Add(time.Hour), len(c.Plan.Steps)
		for range 5 {
			now = now.Add(time.Duration(rapid.IntRange(1, 200).Draw(r, "hours")) * time.Hour)
			c = c.runDue(t, r, now)
			if joinerFixed(c) != "" {
				return
			}
			ev := c.Event
			ev.Start = DateOf(now).AddDays(rapid.IntRange(-10, 60).Draw(r, "day"))
			plan, _, err := PlanJoiner(ev, p, c.Facts, signers(), now)
			if err != nil {
				r.Fatal(err)
			}
			fits, kept := c.replanned(plan, ev)
			if !kept {
				r.Fatal("the content is the same and the approval does not hold")
			}
			c = foldAt(t, c, now, ChangeAsked{N: len(c.Changes) + 1, What: MoveChange, By: hannah, Event: ev, Plan: fits, From: c.inForce(), Kept: kept})
			ch, _ := c.OpenChange()
			out, err := decideMove(c, ch, press(hannah, VerbChangeMake, func(t *Turn) { t.Plan = ch.Plan.Hash() }), now)
			if err != nil {
				r.Fatal(err)
			}
			was := c
			c = foldAt(t, c, now, out.Entries[0].Body)
			if len(c.Steps) != n || !c.planStands() {
				r.Fatalf("%d of %d steps, stands %t", len(c.Steps), n, c.planStands())
			}
			for _, st := range was.Steps {
				if _, now, _ := c.Step(st.Key); st.State.Over() && now.State != st.State {
					r.Fatalf("step %s was %s and is %s", st.Key, st.State, now.State)
				}
			}
			for _, e := range c.Errands() {
				w, err := DecodeErrand[StepWork](e)
				s, _, ok := c.Step(w.Step)
				if err == nil && ok && e.Kind == StepErrand && e.Due.Before(s.Due) {
					r.Fatalf("step %s is to run at %s, before %s", s.Key, e.Due, s.Due)
				}
			}
			if late := c.Shifted(ch, now).overdue(); (late.Step != "") && c.Late == nil {
				r.Fatal("something is overdue and the case is not late")
			}
		}
	})
}

// runDue lets every step that is due happen, save those that wait for people.
func (c Case) runDue(t *testing.T, r *rapid.T, now time.Time) Case {
	for again := true; again; {
		again = false
		for _, e := range c.Errands() {
			w, err := DecodeErrand[StepWork](e)
			if err != nil || e.Kind != StepErrand || e.Due.After(now) || !rapid.Bool().Draw(r, "happens") {
				continue
			}
			b := Body(StepVerified{Step: w.Step, Before: "no", After: "yes"})
			if w.Step == accountKey {
				b = StepVerified{Step: w.Step, Before: "no", After: "yes", Account: newcomer.ID}
			} else if w.Step == startedKey {
				b = StartAsked(w)
			}
			c, again = foldAt(t, c, now, b), true
			break
		}
	}
	return c
}

func foldAt(t testing.TB, c Case, at time.Time, b Body) Case {
	t.Helper()
	next, err := c.Apply(Entry{Case: c.ID, At: at, Body: b})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// TestEdge1CancelAtEachStep cancels after each number of steps, in any order in which they may run: what was done is taken back exactly
// once, what was not is dropped, and the case ends.
func TestEdge1CancelAtEachStep(t *testing.T) {
	most := 0
	rapid.Check(t, func(r *rapid.T) {
		c := approved(t)
		c = foldOn(t, c, SignedOff{Step: elevatedKey, Plan: c.May, By: aisha, OK: true})
		now := monday().AddDate(0, 3, 0)
		for range rapid.IntRange(0, len(c.Plan.Steps)).Draw(r, "steps") {
			c = c.runOne(t, r, now)
		}
		held := map[string]bool{} // what the person has
		for _, s := range c.Plan.Steps {
			if _, st, _ := c.Step(s.Key); st.State == StepDone && (s.Task == AddToGroup || s.Task == AddToTeam || s.Task == AssignLicences) {
				held[s.Group+s.SKU] = true
			}
		}
		_, opened, _ := c.Step(enableKey)
		open := opened.State == StepDone
		c = foldAt(t, c, now, ChangeAsked{N: 1, What: CancelChange, By: hannah})
		ch, _ := c.OpenChange()
		turn := press(hannah, VerbChangeMake, func(t *Turn) { t.Plan = c.Undoing().Plan.Hash() })
		out, err := decideCancel(c, ch, turn, "rescinded", now)
		if err != nil {
			r.Fatal(err)
		}
		c = foldAt(t, c, now, out.Entries[0].Body)
		most = max(most, len(c.Undoing().Plan.Steps), len(held))
		for steps := 0; !c.Over(); steps++ {
			if steps > 100 || !c.planStands() {
				r.Fatalf("the case is %s; stands %t", c.State, c.planStands())
			}
			if c.finished() {
				c = foldAt(t, c, now, c.closing())
				continue
			}
			for _, s := range c.Plan.Steps {
				if s.Of == "" || !c.ready(s) {
					continue
				}
				delete(held, s.Group+s.SKU)
				open = open && s.Task != BlockSignIn
				c = foldAt(t, c, now, StepVerified{Step: s.Key, Before: "yes", After: "no"})
			}
		}
		if len(held) > 0 || open || c.State != Stopped {
			r.Fatalf("the person still has %v, sign-in open %t, the case is %s", held, open, c.State)
		}
	})
	if most < 4 {
		t.Errorf("at most %d things were taken back: too little was done before", most)
	}
}

// runOne lets one step that is ready happen.
func (c Case) runOne(t *testing.T, r *rapid.T, now time.Time) Case {
	var ready []Step
	for _, s := range c.Plan.Steps {
		if c.ready(s) && s.Task != AskStarted && s.Task != OfferPass {
			ready = append(ready, s)
		}
	}
	if len(ready) == 0 {
		return c
	}
	s := rapid.SampledFrom(ready).Draw(r, "step")
	b := StepVerified{Step: s.Key, Before: "no", After: "yes"}
	if s.Key == accountKey {
		b.Account = newcomer.ID
	}
	if s.Task == Manual {
		return foldAt(t, c, now, StepByHand{Step: s.Key, By: ivan, Note: "done"})
	}
	return foldAt(t, c, now, b)
}
