package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// sevenSteps are the steps of a joiner that write to Microsoft 365, and what they write.
var sevenSteps = []struct{ key, match string }{
	{"account", writes["account"]},
	{"manager", writes["manager"]},
	{"licence:SPB", writes["licence"]},
	{"group:Sales", `^POST /v1.0/groups/[^/]*02/members/\$ref$`},
	{"group:Contract Admins", `^POST /v1.0/groups/[^/]*10/members/\$ref$`},
	{"team:Sales Team", writes["team"]},
	{"enable", writes["enable"]},
}

// TestEdge29EveryMask lets each of the 128 sets of seven steps fail for good. What does not depend on a failed step is done, what depends
// on one waits, IT has one card for each failure, and the case is not done before all is tried again and seen.
func TestEdge29EveryMask(t *testing.T) {
	for mask := range 1 << len(sevenSteps) {
		t.Run(fmt.Sprintf("%07b", mask), func(t *testing.T) {
			t.Parallel()
			story(t, setting{policy: []byte(compact), workers: 1}, func(t *testing.T, w *world) {
				fails := map[string]bool{}
				for i, s := range sevenSteps {
					if mask>>i&1 == 1 {
						fails[s.key] = true
						w.fault("graph", "denied", s.match, 0)
					}
				}
				w.announce()
				w.approve()
				people, tired := tales()[0].asks, map[string]int{}
				w.untilQuiet(people, tired)
				c := w.stored(w.theCase().Ref)
				want := afterFailures(c.Plan, fails)
				broken := 0
				for _, s := range c.Plan.Steps {
					_, st, _ := c.Step(s.Key)
					switch want[s.Key] {
					case flows.StepBroken:
						broken++
						if n := w.failureCards(s.Title); n != 1 {
							t.Errorf("IT has %d cards about %q", n, s.Title)
						}
						fallthrough
					case flows.Planned:
						if st.State != want[s.Key] {
							t.Errorf("%s is %s, want %s", s.Key, st.State, want[s.Key])
						}
					default:
						if st.State != flows.StepDone && st.State != flows.StepDoneHand {
							t.Errorf("%s depends on nothing that failed and is %s", s.Key, st.State)
						}
					}
				}
				if n := w.cardsWith("it", "it", "Retry"); n != broken {
					t.Errorf("IT has %d cards of failures, and %d steps failed", n, broken)
				}
				if (c.State == flows.Done) != (broken == 0) || broken > 0 && c.State != flows.NeedsPeople {
					t.Errorf("with %d failed steps the case is %s", broken, c.State)
				}
				w.mend()
				for {
					m, ok := w.card("it", "it", "", "Retry")
					if !ok {
						break
					}
					w.pressOn("it", m.ID, "Retry", nil)
					w.untilQuiet(people, tired)
				}
				w.untilQuiet(people, tired)
				k := w.theCase()
				if k.State != flows.Done || slices.ContainsFunc(k.Steps, func(s stepView) bool { return s.State != flows.StepDone && s.State != flows.StepDoneHand }) {
					t.Errorf("tried again, the case is %s: %s", k.State, k.where())
				}
				if wrong := w.disagrees(w.stored(k.Ref), priya); len(wrong) > 0 {
					t.Error(strings.Join(wrong, "\n"))
				}
				w.verify()
			})
		})
	}
}

// afterFailures says where the steps of a plan must stand when some fail for good: failed, waiting for one that is not done, or done.
func afterFailures(p flows.Plan, fails map[string]bool) map[flows.StepKey]flows.StepState {
	out := map[flows.StepKey]flows.StepState{}
	for len(out) < len(p.Steps) {
		for _, s := range p.Steps {
			state, ready := flows.StepDone, true
			for _, k := range s.After {
				switch out[k] {
				case "":
					_, in := p.Step(k)
					ready = ready && !in
				case flows.StepBroken, flows.Planned:
					state = flows.Planned
				}
			}
			if fails[string(s.Key)] && state == flows.StepDone {
				state = flows.StepBroken
			}
			if ready {
				out[s.Key] = state
			}
		}
	}
	return out
}

// untilQuiet lets people do what they are asked for, all but what failed, until nothing more happens but reminders.
func (w *world) untilQuiet(asks []wish, tired map[string]int) {
	w.t.Helper()
	for quiet := 0; quiet < 3; {
		before := w.stored(w.theCase().Ref)
		if before.State == flows.Done {
			return
		}
		if !w.does(asks, tired, 4) {
			w.next()
			if now := w.clock.Now(); now.After(monday.AddDate(0, 0, 25)) {
				quiet++
			} else {
				w.advance(6 * time.Hour) // nothing need be due
			}
		}
	}
}

// failureCards counts the cards of IT that offer to try a step again.
func (w *world) failureCards(title string) int {
	w.t.Helper()
	n := 0
	for _, m := range w.chat("it", "it") {
		if slices.Contains(titles(m.Card), "Retry") && strings.Contains(written(m.Card), "“"+title+"”") {
			n++
		}
	}
	return n
}
