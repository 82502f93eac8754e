package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// TestEdge20LegalHold is somebody whose data a claim wants: the licences stay, the account is not offered for deletion while the hold stands,
// HR is asked about it on the day, and only then does the account come up.
func TestEdge20LegalHold(t *testing.T) {
	story(t, setting{policy: deleting()}, func(t *testing.T, w *world) {
		heard := len(w.chat("mover", "bot"))
		before, _ := w.account(callum)
		w.say("hr", "leaver Callum Frost, last day 30 November at 17:00, legal hold until 1 March 2027")
		w.press("hr", "bot", "Check and continue", inputs{"hold_until": "2026-11-27"})
		w.mustSee("hr", "bot", "The hold would be looked at before the last day.")
		w.press("hr", "bot", "Check and continue", inputs{"hold": "Claim 17 of a customer", "hold_until": "2027-03-01"})
		w.mustSee("hr", "bot", "No licence is taken back, because of a hold: Claim 17 of a customer. HR is asked to look at it again on Mon 1 March 2027.")
		w.press("hr", "bot", "Confirm", nil)
		c := w.stored(w.caseOf("Callum Frost").Ref)
		if c.Event.Hold != "Claim 17 of a customer" || c.Event.HoldUntil != "2027-03-01" {
			t.Fatalf("the event holds %q until %q", c.Event.Hold, c.Event.HoldUntil)
		}
		if slices.ContainsFunc(c.Plan.Steps, func(s flows.Step) bool { return s.Task == flows.RemoveLicence || s.Task == flows.DeleteAccount }) {
			t.Error("the plan takes licences or the account away")
		}
		w.say("hr", "move "+string(c.ID)+" to 2 April 2027")
		w.mustSee("hr", "bot", "The hold would be looked at before the last day.")
		w.say("owner", "status "+string(c.ID))
		w.mustSee("owner", "bot", "HR looks at it again on Mon 1 March 2027.")
		if w.saw("owner", "bot", "Claim 17") || w.saw("manager", "bot", "Claim 17") || w.saw("it", "it", "Claim 17") {
			t.Error("the reason is read by others than HR")
		}

		w.walk("2026-11-30 17:05")
		w.pressAbout("hr", "bot", "Door key back from Callum Frost", "Done", nil)
		for {
			m, ok := w.card("it", "it", "Callum Frost", "Done")
			if !ok {
				break
			}
			w.pressOn("it", m.ID, "Done", nil)
		}
		w.pressAbout("manager", "bot", "Hand over the OneDrive of Callum Frost", "Done", nil)
		w.walk("2027-01-29 17:05")
		if a, _ := w.account(callum); a.AccountEnabled || !slices.Equal(a.Licenses, before.Licenses) {
			t.Errorf("on hold: enabled %v, licences %v, before %v", a.AccountEnabled, a.Licenses, before.Licenses)
		}
		w.walk("2027-02-28 12:00")
		if w.saw("owner", "bot", "due for deletion") {
			t.Error("an account on hold is offered for deletion")
		}
		if w.stored(string(c.ID)).State == flows.Done {
			t.Error("the exit is closed although the hold stands")
		}
		w.walk("2027-03-01 17:31")
		w.pressAbout("hr", "bot", "Decide whether the data of Callum Frost must still be kept", "Done", inputs{"note": "The claim is settled."})
		w.advance(time.Hour)
		if k := w.stored(string(c.ID)); k.State != flows.Done {
			t.Errorf("after the hold the exit is %s", k.State)
		}
		w.walk("2027-03-02 12:00")
		w.mustSee("owner", "bot", "The account of Callum Frost is due for deletion.")
		w.unaware("mover", heard)
		w.verify()
	})
}

// TestHoldOfUrgentExit is an exit at once with data that must be kept, without a day: nothing of it goes until HR has looked.
func TestHoldOfUrgentExit(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("urgent leaver Tom Hughes, litigation hold", nil)
		w.press("owner", "bot", "Confirm now", nil)
		w.advance(2 * time.Minute)
		c := w.stored(w.theCase().Ref)
		if c.Event.Hold != "Litigation hold" || c.Event.HoldUntil != "" {
			t.Errorf("the event holds %q until %q", c.Event.Hold, c.Event.HoldUntil)
		}
		before, _ := w.account(tom)
		w.walk("2027-02-20 12:00")
		if a, _ := w.account(tom); len(a.Licenses) == 0 || !slices.Equal(a.Licenses, before.Licenses) {
			t.Errorf("licences are %v, at the exit %v", a.Licenses, before.Licenses)
		}
		if i := slices.IndexFunc(c.Plan.Steps, func(s flows.Step) bool { return s.Manual == flows.ReviewHold }); i < 0 || !strings.HasPrefix(c.Plan.Steps[i].Due.Format(time.RFC3339), "2027-03-23") {
			t.Errorf("nobody is asked about the hold: %v", c.Plan.Steps)
		}
		w.verify()
	})
}
