package service_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
)

// announceFor is HR's part for another first day.
func (w *world) announceFor(start string) {
	w.t.Helper()
	w.say("hr", "new starter Priya Patel, Account Manager, starts "+start+", reports to Tom Hughes")
	w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
	w.press("hr", "bot", "Confirm", nil)
}

// offers reports whether a person sees a card with this button.
func (w *world) offers(as, button string) bool {
	w.t.Helper()
	_, ok := w.card(as, "bot", "", button)
	return ok
}

// TestSilence is a manager and an approver who do not answer over Christmas: working hours count, reminders come every eight of them, and whoever is
// asked as well may decide.
func TestSilence(t *testing.T) {
	closed := bytes.Replace(sandbox.DefaultPolicy, []byte("holidays: ["), []byte(`holidays: ["2026-12-24", `), 1)
	story(t, setting{policy: closed}, func(t *testing.T, w *world) {
		w.walk("2026-12-23 15:00") // a Wednesday; the 24th, the 25th and the 28th are holidays
		w.announceFor("25 January 2027")

		const waits = "still waits for you to confirm the access"
		w.walk("2026-12-29 14:29")
		if w.saw("manager", "bot", waits) {
			t.Error("the manager is reminded before eight working hours")
		}
		w.walk("2026-12-29 14:31")
		w.mustSee("manager", "bot", waits)

		w.walk("2026-12-30 13:59")
		if w.offers("owner", "Approve") {
			t.Error("the manager's manager is asked before sixteen working hours")
		}
		w.walk("2026-12-30 14:01")
		w.mustSee("owner", "bot", "was not decided in time")
		w.mustSee("hr", "bot", "Olivia Grant is asked as well.")
		w.mustSee("manager", "bot", "Also put to Olivia Grant")
		if !w.offers("manager", "Approve") || !w.offers("owner", "Approve") {
			t.Error("not both may decide")
		}
		w.walk("2026-12-30 15:00")
		w.press("owner", "bot", "Approve", inputs{"elevated": "group:Contract Admins"})
		for _, who := range []string{"manager", "owner"} {
			w.mustSee(who, "bot", "Approved")
			if w.offers(who, "Approve") {
				t.Errorf("%s is still offered to approve", who)
			}
		}

		// The sign-off: 8 hours are Thursday 14:30; 16 are Monday 4 January 14:00, after New Year.
		w.walk("2026-12-31 14:29")
		if w.saw("approver", "bot", "still waits for your sign-off") {
			t.Error("the approver is reminded before eight working hours")
		}
		w.walk("2026-12-31 14:31")
		w.mustSee("approver", "bot", "still waits for your sign-off")
		w.walk("2027-01-04 13:59")
		if w.offers("owner2", "Sign off") {
			t.Error("an owner is asked before sixteen working hours")
		}
		w.walk("2027-01-04 14:01")
		if w.offers("owner", "Sign off") {
			t.Error("the one who approved is asked to sign off as well")
		}
		w.press("owner2", "bot", "Sign off", nil)
		if w.offers("approver", "Sign off") || w.offers("owner2", "Sign off") {
			t.Error("the sign-off is still offered")
		}
		w.mustSee("approver", "bot", "Oscar Lind")
		kinds := map[flows.Kind]int{}
		for _, r := range w.records(w.theCase().Ref) {
			kinds[r.Kind]++
		}
		if kinds[flows.Reminded{}.Kind()] != 4 || kinds[flows.Escalated{}.Kind()] != 2 {
			t.Errorf("%d reminders and %d escalations, want 4 and 2", kinds[flows.Reminded{}.Kind()], kinds[flows.Escalated{}.Kind()])
		}
	})
}

// TestHandedOver gives the decision to somebody else, who makes it.
func TestHandedOver(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		w.press("manager", "bot", "Hand over now", inputs{"delegate": "00000000-0000-4000-a000-000000000004"})
		w.mustSee("manager", "bot", "Handed over")
		w.mustSee("manager2", "bot", "Tom Hughes hands you the decision")
		if w.offers("manager", "Approve") {
			t.Error("who handed it over may still approve")
		}
		w.press("manager2", "bot", "Approve", nil)
		if k := w.theCase(); k.State != flows.Scheduled || !slices.ContainsFunc(k.Decisions, func(d decisionView) bool { return d.By.Name == "Maria Lopez" && d.Plan == k.Plan }) {
			t.Errorf("the case is %s after %v", k.State, k.Decisions)
		}
	})
}

// untilAsked tells the story until the manager is asked whether the person started.
func untilAsked(w *world) {
	w.t.Helper()
	w.announce()
	w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
	w.pressAbout("it", "it", "Laptop", "Done", nil)
	w.walk("2026-12-11 12:00")
	w.pressAbout("hr", "bot", "Door key", "Done", nil)
	w.walk("2026-12-14 13:00")
}

// TestEdge03NoShow is a starter who does not come: sign-in is blocked, everything waits, and HR decides.
func TestEdge03NoShow(t *testing.T) {
	for name, decide := range map[string]func(w *world){
		"comes after all": func(w *world) {
			w.press("hr", "bot", "Starts after all", nil)
			if a, _ := w.account(priya); !a.AccountEnabled {
				w.t.Error("the account is still blocked")
			}
			w.advance(24 * time.Hour)
			w.press("manager", "bot", "Show the pass now", nil)
			w.press("manager", "bot", "Yes, started", nil)
			w.finished()
		},
		"never comes": func(w *world) {
			w.press("hr", "bot", "End it now", inputs{"reason": "took another job"})
			k := w.theCase()
			if a, _ := w.account(priya); k.State != flows.Stopped || a.AccountEnabled || a.passes() > 0 {
				w.t.Errorf("the case is %s, the account enabled %v with %d passes", k.State, a.AccountEnabled, a.passes())
			}
			w.mustSee("it", "it", "please take them back")
			if left := w.live(); len(left) > 0 {
				w.t.Errorf("cards that still offer something: %s", left)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{}, func(t *testing.T, w *world) {
				untilAsked(w)
				w.press("manager", "bot", "No, not here", nil)
				if a, _ := w.account(priya); a.AccountEnabled {
					t.Error("the account is still open")
				}
				w.mustSee("it", "it", "the person did not start")
				if w.offers("manager", "Show the pass now") {
					t.Error("a pass is still offered")
				}
				w.wants(map[string]flows.StepState{"no_show": flows.StepDone})
				if k := w.theCase(); k.State != flows.NeedsPeople {
					t.Errorf("the case is %s", k.State)
				}
				decide(w)
				w.verify()
			})
		})
	}
}

// TestOverdue is a manual step that nobody does: its owner is told when it is due, once, and the lists show it.
func TestOverdue(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		w.press("manager", "bot", "Approve", nil)
		const due = "Due now: Laptop for Priya Patel ("
		w.walk("2026-12-10 11:59")
		if w.saw("it", "it", due) {
			t.Error("IT is told before it is due")
		}
		w.walk("2026-12-12 12:00")
		n := 0
		for _, m := range w.chat("it", "it") {
			if strings.Contains(m.Text, due) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("IT is told %d times:\n%s", n, w.shown("it", "it", 6))
		}
		w.say("owner", "overdue")
		w.mustSee("owner", "bot", "Laptop")
		w.say("it", "my tasks")
		w.mustSee("it", "bot", "Laptop")
		w.say("stranger", "overdue")
		w.mustSee("stranger", "bot", "This list is for HR, IT and owners.")
	})
}
