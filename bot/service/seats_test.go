package service_test

import (
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// TestEdge28SeatsRunOut is a licence pool that is empty on the morning: the account is made, what needs the licence waits, people are told
// once, and it goes on by itself when a seat appears.
func TestEdge28SeatsRunOut(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceFor("5 January 2027")
		w.press("manager", "bot", "Approve", nil)
		w.leaveSeats("SPB", 0)
		w.walk("2027-01-04 09:30") // the access is due at nine
		k := w.caseOf("Priya Patel")
		k.wantSteps(t, map[string]flows.StepState{"account": flows.StepDone, "licence:SPB": flows.StepBroken, "team:Company Team": flows.Planned, "group:Sales": flows.StepDone})
		w.mustSee("it", "it", "Muster goes on by itself as soon as there is one.")
		const told = "waits for a seat of Microsoft 365 Business Premium"
		for _, who := range []string{"it2", "hr", "manager"} { // the buyer, HR, the manager
			w.mustSee(who, "bot", told)
		}
		w.walk("2027-01-04 11:00")
		if n := strings.Count(w.shown("it2", "bot", 20), told); n != 1 {
			t.Errorf("the buyer is told %d times", n)
		}
		w.leaveSeats("SPB", 1)
		w.advance(11 * time.Minute)
		w.caseOf("Priya Patel").wantSteps(t, map[string]flows.StepState{"licence:SPB": flows.StepDone, "team:Company Team": flows.StepDone})
		w.verify()
	})
}

func (w *world) leaveSeats(part string, free int) {
	w.t.Helper()
	if err := w.sim.LeaveSeats(part, free); err != nil {
		w.t.Fatal(err)
	}
}

// TestSeatPromise is two starters and one seat: the second one's HR reads that it is promised, and the buyer is asked in time.
func TestSeatPromise(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.leaveSeats("SPB", 1)
		w.announceFor("25 January 2027")
		w.press("manager", "bot", "Approve", nil)
		w.say("hr", "new starter Amara Nwosu, Account Manager, starts 26 January 2027, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
		w.mustSee("hr", "bot", "No seat is free for Microsoft 365 Business Premium")
		w.press("hr", "bot", "Confirm", nil)
		w.press("manager", "bot", "Approve", nil)
		const ask = "2 people need Microsoft 365 Business Premium by Mon 25 January 2027, and 1 seat is free. Please buy 1 more before then."
		w.walk("2027-01-17 12:00")
		if w.saw("it2", "bot", ask) {
			t.Error("the buyer is asked more than five working days before")
		}
		w.walk("2027-01-19 12:00")
		w.mustSee("it2", "bot", ask)
		w.verify()
	})
}
