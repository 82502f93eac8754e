package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// told counts the messages to somebody that hold these words.
func (w *world) told(as, words string) int {
	n := 0
	for _, m := range w.chat(as, "bot") {
		if strings.Contains(m.Text, words) {
			n++
		}
	}
	return n
}

// TestEdge2MoverMoved: both managers have decided, and the day of the change moves twice. What they decided holds, each hears of each move
// once, nothing is done on the days before, and all of it on the last.
func TestEdge2MoverMoved(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.move(nadiaMoves, nil)
		ref := w.caseOf("Nadia Brook").Ref
		w.press("approver", "bot", "Approve", nil)
		w.say("hr", "move "+ref+" to 14 December") // one key is still out
		w.mustSee("hr", "bot", "moves Mon 14 December 2026 instead of Mon 7 December 2026")
		w.press("hr", "bot", "Move it", nil)
		w.mustSee("approver", "bot", "What you decided stays valid.")
		w.mustSee("manager", "bot", "Your decision is still open; the card further up shows the new dates.")
		w.press("manager", "bot", "Confirm what goes", nil)
		if c := w.stored(ref); c.May == "" || c.Event.Start != "2026-12-14" {
			t.Fatalf("after both keys: may %q, on %s", c.May, c.Event.Start)
		}
		w.say("hr", "move "+ref+" to 10 December")
		w.press("hr", "bot", "Move it", nil)
		if a, b := w.told("approver", "moves Thu 10 December 2026 instead of Mon 14 December 2026"), w.told("manager", "moves Thu 10 December 2026 instead of Mon 14 December 2026"); a != 1 || b != 1 {
			t.Errorf("the managers were told %d and %d times", a, b)
		}
		w.walk("2026-12-10 07:59")
		if n := w.news(); len(n) > 0 {
			t.Errorf("before the day: %v", n)
		}
		w.walk("2026-12-10 09:00")
		if a, _ := w.account(nadia); a.JobTitle != "Finance Assistant" || !slices.Contains(a.groups(), "Finance") {
			t.Errorf("on the day: %s in %v", a.JobTitle, a.groups())
		}
		w.say("hr", "move "+ref+" to 21 December")
		w.mustSee("hr", "bot", "The change has begun, so its day cannot move any more.")
		w.verify()
	})
}

// TestEdge2MoverMovedToThePast: the change was last Thursday already. What is overdue runs at once, and the case is late.
func TestEdge2MoverMovedToThePast(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.move(nadiaMoves, nil)
		ref := w.caseOf("Nadia Brook").Ref
		w.press("approver", "bot", "Approve", nil)
		w.press("manager", "bot", "Confirm what goes", nil)
		w.say("hr", "move "+ref+" to 19 November")
		w.mustSee("hr", "bot", "Runs at once, because its time will have passed")
		w.press("hr", "bot", "Move it", nil)
		w.advance(10 * time.Minute)
		if a, _ := w.account(nadia); a.JobTitle != "Finance Assistant" {
			t.Errorf("at once the job is %s", a.JobTitle)
		}
		if l := w.stored(ref).Late; l == nil || l.Days != 4 || l.Done.IsZero() {
			t.Errorf("late is %+v", l)
		}
		w.verify()
	})
}

// TestEdge2SecondmentEndMoved: a secondment lasts two weeks longer; the managers are asked about the way back before the new last day only.
func TestEdge2SecondmentEndMoved(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.move("secondment Nadia Brook to Warehouse Operative from 7 December 2026 until 29 January 2027, reports to Maria Lopez", nil)
		ref := w.caseOf("Nadia Brook").Ref
		w.press("manager2", "bot", "Approve", nil)
		w.press("manager", "bot", "Confirm what goes", nil)
		w.walk("2026-12-14 12:00")
		w.say("hr", "move "+ref+" to 12 February 2027")
		w.mustSee("hr", "bot", "The change has begun, so its day cannot move any more. Write \"move "+ref+" end to\"")
		w.say("hr", "move "+ref+" end to 12 February 2027")
		w.mustSee("hr", "bot", "seconded from Mon 7 December 2026 until Fri 12 February 2027 instead of Mon 7 December 2026 until Fri 29 January 2027")
		w.press("hr", "bot", "Move it", nil)
		w.walk("2027-01-28 12:00")
		if w.saw("manager", "bot", "comes back to") {
			t.Error("asked about the way back for the old day")
		}
		w.walk("2027-01-30 12:00")
		if a, _ := w.account(nadia); a.JobTitle != "Warehouse Operative" {
			t.Errorf("the day after the old end the job is %s", a.JobTitle)
		}
		w.walk("2027-02-12 17:29")
		if _, ok := w.card("manager", "bot", "Nadia Brook", "Confirm"); ok {
			w.pressAbout("manager", "bot", "Nadia Brook", "Confirm", nil)
		}
		w.walk("2027-02-12 17:45")
		if c := w.stored(ref); !slices.ContainsFunc(c.Plan.Steps, func(s flows.Step) bool {
			_, st, _ := c.Step(s.Key)
			return s.Phase == flows.Ends && st.State == flows.StepDone
		}) {
			t.Error("on the new last day nothing of the secondment went")
		}
		w.verify()
	})
}

// TestEdge2LeaveMoved: a leave begins later, and the return is its own command.
func TestEdge2LeaveMoved(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "leave Simon Holt from 1 December until 30 June 2027")
		w.press("hr", "bot", "Check and continue", nil)
		w.press("hr", "bot", "Confirm", nil)
		ref := w.caseOf("Simon Holt").Ref
		w.say("hr", "move "+ref+" to 1 July 2027")
		w.mustSee("hr", "bot", "The last day is before the first one.")
		w.say("hr", "move "+ref+" to 8 December")
		w.mustSee("hr", "bot", "is on leave from Tue 8 December 2026 instead of Tue 1 December 2026")
		w.press("hr", "bot", "Move it", nil)
		w.walk("2026-12-08 08:59")
		if n := w.news(); len(n) > 0 {
			t.Errorf("before the new day: %v", n)
		}
		w.walk("2026-12-08 09:10")
		if a, _ := w.account(simon); a.AccountEnabled {
			t.Error("sign-in is open on the first day")
		}
		w.say("hr", "move "+ref+" to 10 December")
		w.mustSee("hr", "bot", "The leave has begun, so its first day cannot move any more. Write \"return "+ref+" on\"")
		w.verify()
	})
}

// TestEdge2RenameMoved: the person has been told of the day, and is told of the other one; the name changes on that.
func TestEdge2RenameMoved(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "rename Stan Doyle to Stan Marlow from 1 December")
		w.press("hr", "bot", "Check and continue", nil)
		w.press("hr", "bot", "Confirm", nil)
		ref := w.caseOf("Stan Doyle").Ref
		w.walk("2026-11-30 09:01")
		w.say("hr", "move "+ref+" to 3 December")
		w.press("hr", "bot", "Move it", nil)
		if n := w.told("stranger", "Your name changes in Microsoft 365 from Thu 3 December 2026 on, not from Tue 1 December 2026"); n != 1 {
			t.Errorf("the person is told %d times", n)
		}
		w.walk("2026-12-03 18:59")
		if n := w.news(); len(n) > 0 {
			t.Errorf("before the new day: %v", n)
		}
		w.walk("2026-12-03 19:05")
		if a, ok := w.account("stan.marlow@larkfield.example"); !ok || a.DisplayName != "Stan Marlow" {
			t.Errorf("on the new day: %v %s", ok, a.DisplayName)
		}
		w.verify()
	})
}
