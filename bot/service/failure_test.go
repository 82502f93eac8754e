package service_test

import (
	"testing"
	"time"

	"muster/flows"
)

// broken tells the story until the step that adds to Sales has failed.
func broken(w *world) *crowd {
	w.t.Helper()
	w.fault("graph", "denied", writes["group"]+`|^POST /v1.0/groups/.*2/members`, 0)
	c := &crowd{w: w, tired: map[string]int{}}
	for range 180 {
		w.settle()
		if cs := w.cases(); len(cs) > 0 && cs[0].State == flows.NeedsPeople {
			return c
		}
		if !c.act() {
			w.next()
		}
	}
	w.t.Fatal("nothing failed")
	return nil
}

// TestFailedStep is what becomes of a step that Microsoft 365 refuses: everything that does not need it goes on, and IT settles it.
func TestFailedStep(t *testing.T) {
	const retry, hand, waive, agree = "Retry", "Record as done by hand", "Ask to waive", "Agree to leave it out"
	for name, settle := range map[string]func(w *world){
		"tried again": func(w *world) {
			w.pressAbout("it", "it", "Sales", retry, nil)
			w.advance(time.Minute)
			w.wants(map[string]flows.StepState{"group:Sales": flows.StepBroken})
			w.mend()
			w.pressAbout("it", "it", "“Add to Sales”", retry, nil)
			w.wants(map[string]flows.StepState{"group:Sales": flows.StepDone})
		},
		"done by hand": func(w *world) {
			w.pressAbout("it", "it", "“Add to Sales”", hand, inputs{"note": "added in the portal"})
			w.wants(map[string]flows.StepState{"group:Sales": flows.StepNotSeen})
			w.advance(24 * time.Hour) // it was not
			w.wants(map[string]flows.StepState{"group:Sales": flows.StepBroken})
			w.mustSee("it", "it", "recorded it as done by hand, but it cannot be seen")
			if status := w.call("POST", "/sandbox/directory/groups/Sales/members", map[string]any{"user": priya}, nil); status >= 300 {
				w.t.Fatalf("add by hand: %d", status)
			}
			w.pressAbout("it", "it", "“Add to Sales”", hand, inputs{"note": "really added"})
			w.wants(map[string]flows.StepState{"group:Sales": flows.StepDoneHand})
		},
		"left out": func(w *world) {
			w.pressAbout("it", "it", "“Add to Sales”", waive, inputs{"reason": "no longer sells"})
			if got := w.pressAbout("it", "it", "“Add to Sales”", agree, nil).says(); got != "You asked for this, so a second person must agree." {
				w.t.Errorf("the one who asked is told %q", got)
			}
			w.wants(map[string]flows.StepState{"group:Sales": flows.StepBroken})
			w.pressAbout("it2", "it", "“Add to Sales”", agree, nil)
			w.wants(map[string]flows.StepState{"group:Sales": flows.StepLeftOut})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, setting{policy: []byte(compact), workers: 1}, func(t *testing.T, w *world) {
				c := broken(w)
				w.mustSee("hr", "bot", "Sales")
				w.advance(24 * time.Hour)
				w.wants(map[string]flows.StepState{
					"licence:SPB": flows.StepDone, "team:Sales Team": flows.StepDone, "group:Sales": flows.StepBroken, "group:Contract Admins": flows.StepBroken,
				})
				settle(w)
				w.mend()
				w.pressAbout("it", "it", "“Add to Contract Admins”", retry, nil)
				c.live()
				if left := w.live(); len(left) > 0 {
					t.Errorf("cards that still offer something: %s", left)
				}
				w.verify()
			})
		})
	}
}

// TestGoesOn lets a step fail for good: the starter can work all the same, and the case is not done.
func TestGoesOn(t *testing.T) {
	story(t, setting{policy: []byte(compact), workers: 1}, func(t *testing.T, w *world) {
		c := broken(w)
		for range 240 {
			if !c.act() {
				w.next()
			}
			w.settle()
		}
		w.wants(map[string]flows.StepState{
			"group:Sales": flows.StepBroken, "enable": flows.StepDone, "credential": flows.StepDone, "welcome": flows.StepDone, "started": flows.StepDone,
		})
		if k := w.theCase(); k.State != flows.NeedsPeople {
			t.Errorf("the case is %s", k.State)
		}
	})
}

// TestNoSeats lets the licences run out between the plan and its day.
func TestNoSeats(t *testing.T) {
	story(t, setting{policy: []byte(compact), workers: 1}, func(t *testing.T, w *world) {
		c := &crowd{w: w, tired: map[string]int{}}
		for range 90 {
			w.settle()
			if cs := w.cases(); len(cs) > 0 && cs[0].step("account") == flows.StepDone {
				break
			}
			if !c.act() {
				w.next()
			}
		}
		w.fault("graph", "licences_gone", "", 0)
		w.walk("2026-12-12 09:00")
		w.wants(map[string]flows.StepState{"licence:SPB": flows.StepBroken, "group:Sales": flows.StepDone, "team:Sales Team": flows.Planned})
		w.mustSee("it", "it", "seat")
		w.mend()
		w.press("it", "it", "Retry", nil)
		c.live()
		w.finished()
	})
}

// TestStaleReads lets every read lag one write behind for a while: nothing is done twice, and nobody is asked.
func TestStaleReads(t *testing.T) {
	var want ending
	story(t, setting{policy: []byte(compact), workers: 1}, func(t *testing.T, w *world) {
		c := crowd{w: w}
		c.live()
		want = w.ending()
	})
	for n := 1; n <= 12; n++ {
		story(t, setting{policy: []byte(compact), workers: 1}, func(t *testing.T, w *world) {
			c := &crowd{w: w, tired: map[string]int{}}
			for range 90 {
				w.settle()
				if cs := w.cases(); len(cs) > 0 && cs[0].State == flows.Scheduled && w.clock.Now().After(monday.AddDate(0, 0, 10)) {
					break
				}
				if !c.act() {
					w.next()
				}
			}
			w.fault("graph", "stale_read", "", n)
			c.live()
			w.finished()
			if got := w.ending(); len(got.News) != len(want.News) {
				t.Errorf("with %d stale reads the directory was changed %d times, want %d: %q", n, len(got.News), len(want.News), got.News)
			}
		})
	}
}
