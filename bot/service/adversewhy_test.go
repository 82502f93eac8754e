package service_test

import (
	"strings"
	"testing"
)

// TestWhyOfAFormerManager: who decided on somebody's start asks when they report to somebody else, and by then an exit is planned. That is not
// theirs to know.
func TestWhyOfAFormerManager(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.joined()
		w.walk("2027-01-06 12:00")
		w.say("manager", "why Priya Patel Sales")
		w.mustSee("manager", "bot", "Priya Patel has Sales")
		w.byAdmin(priya, map[string]any{"manager": "00000000-0000-4000-a000-000000000004"})
		w.announceExit("leaver Priya Patel, last day 29 January 2027 at 17:00", nil)
		for _, who := range []string{"Priya Patel", priya, w.cases()[0].Ref} {
			w.say("manager", "why "+who)
			if got := w.shown("manager", "bot", 1); !strings.Contains(got, "I know nobody of that name who reports to you.") {
				t.Errorf("asking about %s, the former manager reads %s", who, got)
			}
		}
		w.say("hr", "why Priya Patel Sales")
		w.mustSee("hr", "bot", "It is to go on Fri 29 January 2027")
	})
}
