package service_test

import (
	"testing"
)

// TestDryRun is a plan held against the tenant: what would fail is said, and nothing is changed.
func TestDryRun(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceFor("25 January 2027")
		w.press("manager", "bot", "Approve", nil)
		ref := w.theCase().Ref
		before := len(w.news())
		w.leaveSeats("SPB", 0)
		w.say("it", "dry run "+ref)
		for _, words := range []string{"Dry run for Priya Patel: nothing was changed.", "1 step would fail now.", "no seat is free", "no account priya.patel@larkfield.example"} {
			w.mustSee("it", "bot", words)
		}
		if n := w.news(); len(n) != before {
			t.Errorf("the dry run changed the directory: %v", n[before:])
		}
		w.say("manager", "dry run "+ref)
		w.mustSee("manager", "bot", "A dry run is for HR, IT and owners.")

		w.announceExit("leaver Stan Doyle, last day 30 November at 17:00", nil)
		exit := w.caseOf("Stan Doyle").Ref
		w.fault("graph", "down", "", 0)
		w.say("it", "dry run "+exit)
		w.mend()
		w.say("it", "dry run "+exit)
		w.mustSee("it", "bot", "Dry run for Stan Doyle: nothing was changed.")
		w.mustSee("it", "bot", "No step would fail now.")
	})
}
