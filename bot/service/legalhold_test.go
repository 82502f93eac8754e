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
		w.say("hr", "end hold "+string(c.ID)+" because the claim was withdrawn")
		now := w.stored(string(c.ID))
		if _, st, ok := now.Step("hold"); now.Event.Hold != "" || !ok || !st.State.Over() {
			t.Errorf("the hold has ended, and the event says %q, the question about it is %s", now.Event.Hold, st.State)
		}
		w.verify()
	})
}

// TestEdge20HoldLater is a claim that comes after the exit was announced: the licences that were to go stay, HR is asked again when the day has
// come, and only when HR says that it is settled is the account offered for deletion. Nobody but HR may say either, nor read why.
func TestEdge20HoldLater(t *testing.T) {
	story(t, setting{policy: deleting()}, func(t *testing.T, w *world) {
		heard := len(w.chat("mover", "bot"))
		before, _ := w.account(callum)
		w.announceExit("leaver Callum Frost, last day 30 November at 17:00", nil)
		ref := w.caseOf("Callum Frost").Ref
		for text, answer := range map[string]string{
			"hold " + ref:                                      "Please say why the data are kept",
			"hold " + ref + " until never because x":           "until",
			"hold Nobody Here because x":                       "I know no exit for that name.",
			"end hold " + ref + " because x":                   "are not on hold",
			"hold J-2026-0099 because x":                       "J-2026-0099",
			"hold " + ref + " until 1 November 2026 because x": "has come already",
		} {
			w.say("hr", text)
			w.mustSee("hr", "bot", answer)
		}
		w.say("owner", "hold "+ref+" because I say so")
		w.mustSee("owner", "bot", "Only HR can say whether somebody's data must be kept.")
		if w.stored(ref).Event.Hold != "" {
			t.Fatal("refused, and on hold")
		}
		w.say("hr", "hold "+ref+" because claim 17 of a customer")
		w.mustSee("hr", "bot", "The data of Callum Frost are kept until HR says otherwise.")
		w.say("hr2", "hold Callum Frost until 10 March 2027 because claim 17 is before a court")
		w.mustSee("hr2", "bot", "The data of Callum Frost are kept until Wed 10 March 2027.")

		w.walk("2026-11-30 17:05")
		w.tasksDone("Callum Frost")
		w.walk("2027-03-01 12:00")
		a, _ := w.account(callum)
		if a.AccountEnabled || !slices.Equal(a.Licenses, before.Licenses) || len(a.Licenses) == 0 {
			t.Errorf("on hold: enabled %v, licences %v, before %v", a.AccountEnabled, a.Licenses, before.Licenses)
		}
		if k := w.stored(ref); k.State != flows.Done {
			t.Errorf("the exit is %s", k.State)
		}
		w.walk("2027-03-10 12:00")
		w.mustSee("hr2", "bot", "Must the data of Callum Frost still be kept?")
		if w.saw("hr", "bot", "Must the data of Callum Frost still be kept?") {
			t.Error("who said it first is asked too")
		}
		w.say("hr2", "hold "+ref+" until 10 May 2027 because the court has not decided")
		w.walk("2027-04-20 12:00")
		if w.saw("owner", "bot", "due for deletion") {
			t.Error("an account on hold is offered for deletion")
		}
		w.say("hr", "end hold Callum Frost because the claim is settled")
		w.mustSee("hr", "bot", "need not be kept any more")
		w.mustSee("it", "it", "take back the licences that stayed")
		w.walk("2027-05-25 12:00")
		w.mustSee("owner", "bot", "The account of Callum Frost is due for deletion.")
		if strings.Count(w.texts("hr2"), "still be kept?") > 1 {
			t.Error("HR is asked about a hold that has ended")
		}
		w.say("owner", "status "+ref)
		for _, who := range [][2]string{{"owner", "bot"}, {"manager", "bot"}, {"it", "it"}} {
			if w.saw(who[0], who[1], "claim 17") || w.saw(who[0], who[1], "court") {
				t.Errorf("%s reads the reason", who[0])
			}
		}
		w.unaware("mover", heard)
		w.verify()
	})
}
