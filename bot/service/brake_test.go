package service_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
)

// TestPause is the stop button: whatever falls due while it is pressed waits, the urgent included, and goes on when an owner says so.
func TestPause(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Stan Doyle, last day 30 November at 17:00", nil)
		w.walk("2026-11-30 16:00")
		w.say("it", "pause")
		w.mustSee("it", "bot", "Only an owner can pause Muster.")
		w.say("owner", "pause the payroll looks wrong")
		for _, channel := range []string{"it", "owners"} {
			who := map[string]string{"it": "it", "owners": "owner2"}[channel]
			w.mustSee(who, channel, "Muster is paused by Olivia Grant. Nothing is changed")
			if w.saw(who, channel, "payroll") {
				t.Errorf("the owner's own words are in the channel %s", channel)
			}
		}
		w.say("it", "status")
		w.mustSee("it", "bot", "Paused")
		if w.saw("it", "bot", "payroll") {
			t.Error("the owner's own words are shown to IT")
		}
		done := len(w.news())
		w.walk("2026-11-30 17:30")
		if n := w.news(); len(n) != done {
			t.Errorf("paused, and the directory changed: %v", n[done:])
		}
		w.say("owner", "status")
		w.mustSee("owner", "bot", "Paused")

		// An urgent exit that waits would be a promise not kept: the second person is told, and nothing counts as confirmed.
		w.announceExit("urgent leaver Tom Hughes", nil)
		if a := w.press("owner", "bot", "Confirm now", nil); !strings.Contains(a.says(), "Muster is paused by Olivia Grant") {
			t.Errorf("a confirmation while paused is answered with %q", a.says())
		}
		if k := w.caseOf("Tom Hughes"); k.State != flows.Waiting {
			t.Errorf("the urgent exit is %s", k.State)
		}
		w.stop() // a process that starts anew obeys as well
		w.advance(time.Hour)
		if n := w.news(); len(n) != done {
			t.Errorf("paused, started anew, and the directory changed: %v", n[done:])
		}

		w.say("hr", "resume")
		w.mustSee("hr", "bot", "Only an owner can let Muster go on.")
		w.say("owner2", "resume")
		w.mustSee("owner2", "bot", "Muster goes on. What waited since Mon 30 November 2026, 16:00 (London) is done now.")
		w.advance(time.Minute)
		w.caseOf("Stan Doyle").wantSteps(t, map[string]flows.StepState{"block": flows.StepDone, "revoke": flows.StepDone})
		w.press("owner", "bot", "Confirm now", nil)
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"block": flows.StepDone, "revoke": flows.StepDone})
		w.verify()
	})
}

// TestExitBrake is a list of leavers that is too long to be true: at the limit everything pauses, and an owner lets the rest go.
func TestExitBrake(t *testing.T) {
	for name, tt := range map[string]struct{ old, limit, says string }{
		"by the hour":           {"exits_per_hour: 20", "exits_per_hour: 3", "3 sign-ins were ended within an hour"},
		"by the share of a day": {"exits_percent_per_day: 10", "exits_percent_per_day: 1", "5 of"},
	} {
		t.Run(name, func(t *testing.T) {
			policy := bytes.Replace(sandbox.DefaultPolicy, []byte(tt.old), []byte(tt.limit), 1)
			story(t, setting{policy: policy}, func(t *testing.T, w *world) {
				people := w.staff(7)
				for _, upn := range people {
					w.announceExit("leaver "+upn+", last day 30 November at 17:00", nil)
				}
				w.walk("2026-11-30 17:10")
				var most int
				fmt.Sscan(tt.says, &most)
				if n := w.blocked(people); n != most {
					t.Errorf("%d lost their sign-in, not %d", n, most)
				}
				w.mustSee("owner", "owners", "Muster is paused by Muster itself: "+tt.says)
				w.say("owner", "resume")
				w.advance(time.Minute)
				if n := w.blocked(people); n != min(2*most, len(people)) {
					t.Errorf("after the owner looked %d lost their sign-in", n)
				}
			})
		})
	}
}

// staff are some members of staff with nothing special about them, by sign-in name.
func (w *world) staff(n int) []string {
	w.t.Helper()
	var out []string
	for id := 0x2d; id < 0x3e && len(out) < n; id++ { // those without a role in Muster
		a, ok := w.account(fmt.Sprintf("00000000-0000-4000-a000-0000000000%02x", id))
		if !ok || !a.AccountEnabled {
			w.t.Fatalf("person %02x is not at work", id)
		}
		out = append(out, a.UserPrincipalName)
	}
	return out
}

func (w *world) blocked(people []string) int {
	n := 0
	for _, upn := range people {
		if a, ok := w.account(upn); ok && !a.AccountEnabled {
			n++
		}
	}
	return n
}

// TestCasesPerDay holds one person to the policy's number, however soon the cases end.
func TestCasesPerDay(t *testing.T) {
	policy := bytes.Replace(sandbox.DefaultPolicy, []byte("cases_per_day: 50"), []byte("cases_per_day: 2"), 1)
	story(t, setting{policy: policy}, func(t *testing.T, w *world) {
		people := w.staff(3)
		for _, upn := range people {
			w.announceExit("leaver "+upn+", last day 30 November at 17:00", nil)
		}
		if n := len(w.cases()); n != 2 {
			t.Errorf("%d cases were raised", n)
		}
		w.walk("2026-11-25 12:00")
		w.press("hr", "bot", "Confirm", nil) // the directory is asked anew
		w.press("hr", "bot", "Confirm", nil)
		if n := len(w.cases()); n != 3 {
			t.Errorf("%d cases a day later", n)
		}
	})
}
