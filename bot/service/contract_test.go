package service_test

import (
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// hired tells a contractor's start up to the closed case.
func (w *world) hired(until string) (ref string) {
	w.t.Helper()
	w.say("hr", "new starter Priya Patel, Account Manager, contractor, starts 14 December 2026, until "+until+", reports to Tom Hughes")
	w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
	w.press("hr", "bot", "Confirm", nil)
	w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
	w.walk("2026-12-14 08:30")
	w.press("manager", "bot", "Show the pass now", nil)
	w.walk("2026-12-14 13:00")
	w.press("manager", "bot", "Yes, started", nil)
	w.tasksDone("Priya Patel")
	w.advance(24 * time.Hour)
	k := w.theCase()
	if k.State != flows.Done {
		w.t.Fatalf("the joiner is %s", k.State)
	}
	return k.Ref
}

// TestEdge9ContractEnds: silence ends a contract. The exit is raised by itself, once, and happens at closing time.
func TestEdge9ContractEnds(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		ref := w.hired("29 January 2027")
		w.walk("2027-01-11 08:59")
		if _, ok := w.card("manager", "bot", "The contract of Priya Patel ends on", "Let it end"); ok {
			t.Error("asked before its time")
		}
		w.walk("2027-01-11 09:01")
		w.mustSee("manager", "bot", "The contract of Priya Patel ends on Fri 29 January 2027.")
		if strings.Contains(w.texts("hr"), "The contract of Priya Patel ends on") {
			t.Error("HR is told too early")
		}
		w.walk("2027-01-22 09:01")
		if !strings.Contains(w.texts("hr"), "The contract of Priya Patel ends on Fri 29 January 2027, and then the access does too.") {
			t.Error("HR is not told five working days before")
		}
		if !strings.Contains(w.texts("manager"), "Nothing was said about it") {
			t.Error("the manager is not asked again")
		}
		w.walk("2027-01-29 08:59")
		if n := len(w.cases()); n != 1 {
			t.Fatalf("%d cases before the end date", n)
		}
		w.walk("2027-01-29 09:01")
		list := w.cases()
		if len(list) != 2 || !strings.HasPrefix(list[1].Ref, "L-") {
			t.Fatalf("the cases are %v", list)
		}
		if c := w.stored(list[1].Ref); string(c.EndOf) != ref || c.Event.LastDay != "2027-01-29" {
			t.Errorf("the exit is of %q on %s", c.EndOf, c.Event.LastDay)
		}
		w.walk("2027-01-29 17:29")
		if a, _ := w.account(priya); !a.AccountEnabled {
			t.Error("the door closed before closing time")
		}
		w.walk("2027-01-29 17:31")
		if a, _ := w.account(priya); a.AccountEnabled {
			t.Error("the door is open after the contract")
		}
		w.walk("2027-02-10 12:00")
		if n := len(w.cases()); n != 2 {
			t.Errorf("%d cases in the end", n)
		}
		w.verify()
	})
}

// TestEdge9ContractExtended: the manager asks, HR agrees, and the clock begins anew; then HR asks, and the manager agrees.
func TestEdge9ContractExtended(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		ref := w.hired("29 January 2027")
		w.walk("2027-01-11 09:01")
		a := w.press("manager", "bot", "Ask HR to extend", inputs{"extend_until": "2029-01-29"})
		if !strings.Contains(a.says(), "at most 366 days") {
			t.Errorf("too long is answered with %q", a.says())
		}
		w.press("manager", "bot", "Ask HR to extend", inputs{"extend_until": "2027-02-26"})
		if got := w.stored(ref).Event.End; got != "2027-01-29" {
			t.Errorf("one person extended it to %s", got)
		}
		w.press("hr", "bot", "Extend it", nil)
		w.walk("2027-01-29 18:00")
		if a, _ := w.account(priya); !a.AccountEnabled || len(w.cases()) != 1 {
			t.Errorf("the old end date ended it: enabled %v, %d cases", a.AccountEnabled, len(w.cases()))
		}
		w.say("hr", "extend Priya Patel to 31 March 2027")
		w.press("manager", "bot", "Extend it", nil)
		if got := w.stored(ref).Event.End; got != "2027-03-31" {
			t.Errorf("the contract runs until %s", got)
		}
		w.walk("2027-03-11 09:01")
		w.press("manager", "bot", "Let it end", nil)
		w.walk("2027-03-31 17:31")
		if a, _ := w.account(priya); a.AccountEnabled || len(w.cases()) != 2 {
			t.Errorf("enabled %v, %d cases", a.AccountEnabled, len(w.cases()))
		}
		w.verify()
	})
}
