package service_test

import (
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// TestBulkOutage: while the directory does not answer, the list says so and goes on by itself; nothing of it is asked twice by HR.
func TestBulkOutage(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.fault("graph", "unavailable", "deletedItems", 0)
		w.send("hr", "", "starters.csv", starters)
		w.mustSee("hr", "bot", "Microsoft 365 does not answer just now. I keep trying and go on here as soon as it does.")
		if _, ok := w.card("hr", "bot", "", "Confirm"); ok {
			t.Error("a list that is not checked can be confirmed")
		}
		w.mend()
		w.clock.Advance(30 * time.Minute)
		w.settle()
		w.press("hr", "bot", "Confirm", nil)
		if n := len(w.cases()); n != 8 {
			t.Errorf("%d cases", n)
		}
	})
}

// TestBulkConfirmedLate: a list that was checked long ago is checked again before anything is raised on it, and then says what is new.
func TestBulkConfirmedLate(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.send("hr", "", "starters.csv", starters)
		w.clock.Advance(13 * time.Hour)
		w.settle()
		w.say("hr2", "new starter Ann Lee, Account Manager, starts 14 December, reports to Tom Hughes, in London")
		w.press("hr2", "bot", "Check and continue", nil)
		w.press("hr2", "bot", "Confirm", nil)
		w.press("hr", "bot", "Confirm", nil)
		if n := len(w.cases()); n != 1 {
			t.Fatalf("%d cases were raised on old answers", n)
		}
		w.mustSee("hr", "bot", "There is already an open case for Ann Lee: J-2026-0001.")
		w.press("hr", "bot", "Confirm", nil)
		if n := len(w.cases()); n != 8 {
			t.Errorf("%d cases", n)
		}
	})
}

// TestBulkOvertaken: what somebody else raised between the check and the confirmation is not raised twice; the rest is.
func TestBulkOvertaken(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.send("hr", "", "starters.csv", starters)
		w.say("hr2", "new starter Ann Lee, Account Manager, starts 14 December, reports to Tom Hughes, in London")
		w.press("hr2", "bot", "Check and continue", nil)
		w.press("hr2", "bot", "Confirm", nil)
		w.press("hr", "bot", "Confirm", nil)
		w.mustSee("hr", "bot", "There is an open case for this person: J-2026-0001.")
		if n := len(w.cases()); n != 8 {
			t.Errorf("%d cases", n)
		}
	})
}

// TestTogetherReminded: a manager who does not answer is reminded once for all, and after that somebody else is asked about each.
func TestTogetherReminded(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.send("hr", "", "starters.csv", starters)
		w.press("hr", "bot", "Confirm", nil)
		w.walk("2026-11-24 12:00")
		n := 0
		for _, m := range w.chat("manager", "bot") {
			if strings.Contains(m.Text, "still wait for you to confirm the access") {
				n++
			}
			if strings.Contains(m.Text, "still waits for you to confirm") {
				t.Errorf("reminded about one: %q", m.Text)
			}
		}
		if n != 1 {
			t.Errorf("the manager was reminded %d times", n)
		}
		w.walk("2026-11-26 12:00")
		w.mustSee("owner", "bot", "Ann Lee starts on")
		c := w.stored(w.caseOf("Ann Lee").Ref)
		if len(c.Approval.Holders) != 2 || c.State != flows.Waiting {
			t.Errorf("the case is with %v", c.Approval.Holders)
		}
		// Either may decide, on their own card; the other's says so.
		w.pressAbout("owner", "bot", "Ann Lee", "Approve", nil)
		w.mustSee("manager", "bot", "by Olivia Grant on")
	})
}
