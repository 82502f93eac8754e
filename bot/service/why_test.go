package service_test

import (
	"strings"
	"testing"
)

// TestWhy is the question an auditor asks of one line of a group: the log answers with the case, the people and the dates, and says when
// something did not come through Muster.
func TestWhy(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.joined()
		w.walk("2026-12-16 12:00")
		w.say("owner", "why Priya Patel Sales")
		for _, words := range []string{"Priya Patel has Sales by a decision in Muster.", "Seen in Microsoft 365.", "Asked for by", "Hannah Reed", "Confirmed by", "Tom Hughes", "(Account Manager)", "J-2026-0001"} {
			w.mustSee("owner", "bot", words)
		}
		w.say("hr", "why does Priya have the laptop?")
		w.mustSee("hr", "bot", "Done by hand by")
		w.say("it", "why Priya Patel")
		for _, words := range []string{"What Priya Patel has or had, and where it came from.", "Sales Team", "as everybody gets it"} {
			w.mustSee("it", "bot", words)
		}

		w.into("Wiki Editors", priya)
		w.say("it", "why Priya Wiki Editors")
		w.mustSee("it", "bot", "Not through Muster, and nobody looked before now.")
		w.outOf("Sales", priya)
		w.walk("2026-12-17 09:00")
		w.say("it", "why "+priya+" wiki editors")
		w.mustSee("it", "bot", "Not through Muster: first seen on Thu 17 December 2026, by the daily look.")
		w.say("it", "why Priya Patel Sales")
		w.mustSee("it", "bot", "Priya Patel was given Sales and does not have it any more.")
		w.mustSee("it", "bot", "was given and is not there any more")

		// A manager asks about their own people, and learns nothing about others: not even whether they exist.
		w.say("manager", "why Priya Patel Sales")
		w.mustSee("manager", "bot", "Priya Patel was given Sales and does not have it any more.")
		for _, name := range []string{"Stan Doyle Warehouse", "Nobody Atall Sales"} {
			w.say("manager", "why "+name)
			if got := w.shown("manager", "bot", 1); !strings.Contains(got, "I know nobody of that name who reports to you.") {
				t.Errorf("asked about %s, the manager reads %s", name, got)
			}
		}
		w.write("it", "it", "why Priya Patel Sales")
		w.mustSee("it", "it", "Please ask me this in our own chat: others read along here.")
		w.say("it", "why Priya Patel The Vault")
		w.mustSee("it", "bot", "I find nothing of that name for Priya Patel.")
		w.say("it", "why Nobody Atall Sales")
		w.mustSee("it", "bot", "I know nobody of that name, in the directory or in a case of mine.")
		w.verify()
	})
}

// TestWhyTaken follows one group from before Muster to the exit that took it away.
func TestWhyTaken(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Stan Doyle, last day 30 November at 17:00", nil)
		w.say("owner", "why Stan Doyle Warehouse")
		for _, words := range []string{"Stan Doyle has Warehouse, not through Muster.", "It is to go on Mon 30 November 2026", "It was there already when this case began."} {
			w.mustSee("owner", "bot", words)
		}
		ref := w.caseOf("Stan Doyle").Ref
		w.walk("2026-11-30 18:00")
		w.say("owner", "why Stan Doyle Warehouse")
		w.mustSee("owner", "bot", "Stan Doyle does not have Warehouse any more.")
		w.mustSee("owner", "bot", "Taken away by "+ref)
	})
}

// TestWhyKeepsSecrets: somebody whose own exit is planned may ask about anybody, and reads nothing of the exit.
func TestWhyKeepsSecrets(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Ivan Petrov, last day 30 November at 17:00", nil)
		ref := w.caseOf("Ivan Petrov").Ref
		for _, words := range []string{"why Ivan Petrov", "why Ivan Petrov All Staff", "why " + ref + " All Staff"} {
			w.say("it", words)
			got := w.shown("it", "bot", 1)
			if _, answer, _ := strings.Cut(got, ": "); strings.Contains(answer, ref) || strings.Contains(strings.ToLower(answer), "taken away") || strings.Contains(answer, "to go on") {
				t.Errorf("asked %q, whoever leaves reads %s", words, got)
			}
		}
		w.say("owner", "why Ivan Petrov")
		w.mustSee("owner", "bot", ref)
	})
}
