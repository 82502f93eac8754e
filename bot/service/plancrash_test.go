package service_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// shortHold is a policy in which licences are taken back the day after somebody left.
const shortHold = compact + `leaver:
  licence_hold_days: 1
  reply: "{name} no longer works at {organisation}. Please write to {successor} instead."
`

// depart tells a planned exit from the day before to its end. Simon leads somebody and is the last owner of a group; whoever is interrupted
// looks at the chat again.
func (w *world) depart() {
	w.t.Helper()
	for range 500 {
		w.settle()
		if list := w.cases(); len(list) == 1 && list[0].State == flows.Done {
			return
		}
		if !slices.ContainsFunc(w.chat("hr", "bot"), func(m message) bool { return m.From == "hr" && !m.Failed }) {
			w.call("POST", "/sandbox/say", map[string]any{"as": "hr", "chat": "bot", "text": "leaver Simon Holt, last day 24 November at 17:00"}, nil)
			continue
		}
		if !w.doOne([]wish{
			{"hr", "bot", "Check and continue", nil}, {"hr", "bot", "Confirm", nil}, {"owner", "bot", "Done", nil}, {"it", "it", "Done", nil},
		}) {
			w.moveClock(map[string]any{"advance": "6h"})
		}
	}
	w.t.Fatalf("the exit never ends; HR sees:\n%s\nthe manager sees:\n%s\nIT sees:\n%s", w.shown("hr", "bot", 3), w.shown("owner", "bot", 3), w.shown("it", "it", 3))
}

// doOne lets the first who sees what they wish for press it.
func (w *world) doOne(wishes []wish) bool {
	w.t.Helper()
	for _, d := range wishes {
		if m, ok := w.card(d.as, d.chat, "", d.button); ok {
			w.pressed(map[string]any{"as": d.as, "message": m.ID, "button": d.button, "inputs": d.in})
			return true
		}
	}
	return false
}

// aftermath is what must be the same however often a process died.
type aftermath struct {
	News  []string // what was done to the directory; doing it twice is harmless
	Steps map[flows.StepKey]flows.StepState
	State flows.State
	Who   account
}

func (w *world) aftermath(upn string) aftermath {
	w.t.Helper()
	c := w.theCase()
	e := aftermath{News: w.news(), Steps: map[flows.StepKey]flows.StepState{}, State: c.State}
	for _, s := range c.Steps {
		e.Steps[s.Key] = s.State
	}
	slices.Sort(e.News)
	e.News = slices.Compact(e.News)
	e.Who, _ = w.account(upn)
	return e
}

// TestEdge30PlannedExitCrash tells a planned exit, hand-over, locked door and licences after the hold, with a process that dies at every
// commit and at every call, before it took effect and after.
func TestEdge30PlannedExitCrash(t *testing.T) {
	var want aftermath
	var sent int
	count := &fate{}
	story(t, setting{policy: []byte(shortHold), fate: count, workers: 1}, func(t *testing.T, w *world) {
		heard := len(w.chat(simon, "bot"))
		w.depart()
		w.finished()
		w.unaware(simon, heard, "bot")
		want, sent = w.aftermath(simon), w.sent()
		if _, points := count.stay(); len(want.News) < 8 || want.Who.AccountEnabled || len(want.Who.Licenses) > 0 || points[graphWrites] < 8 {
			t.Fatalf("the story does too little: %+v", want)
		}
	})
	if t.Failed() {
		return
	}
	_, points := count.stay()
	everywhere(t, points, anyMoment, func(t *testing.T, f *fate) (died bool) {
		story(t, setting{policy: []byte(shortHold), fate: f, workers: 1}, func(t *testing.T, w *world) {
			heard := len(w.chat(simon, "bot"))
			w.depart()
			died, _ = f.stay()
			w.settle()
			if diff := cmp.Diff(want, w.aftermath(simon)); diff != "" {
				t.Errorf("the ending (-undisturbed +disturbed):\n%s", diff)
			}
			if n := w.sent(); n < sent || n > sent+1 {
				t.Errorf("the bot sent %d messages, undisturbed %d", n, sent)
			}
			w.unaware(simon, heard, "bot")
			w.verify()
		})
		return died
	})
}

// callOff cancels a starter whose account, licence and groups are there; the process dies from HR's word on.
func (w *world) callOff() {
	w.t.Helper()
	w.fate.stay()
	w.announce()
	w.press("manager", "bot", "Approve", inputs{"elevated": "group:Contract Admins"})
	w.press("approver", "bot", "Sign off", nil)
	w.walk("2026-12-11 15:00")
	for _, k := range []string{"account", "licence:SPB", "group:Sales", "team:Sales Team", "group:Contract Admins"} {
		if s := w.theCase().step(k); s != flows.StepDone {
			w.t.Fatalf("before the cancellation %s is %s", k, s)
		}
	}
	word := "cancel " + w.theCase().Ref
	w.fate.begin()
	for range 300 {
		w.settle()
		if w.theCase().State == flows.Stopped && len(w.live()) == 0 {
			return
		}
		if !slices.ContainsFunc(w.chat("hr", "bot"), func(m message) bool { return m.From == "hr" && m.Text == word && !m.Failed }) {
			w.call("POST", "/sandbox/say", map[string]any{"as": "hr", "chat": "bot", "text": word}, nil)
			continue
		}
		if !w.doOne([]wish{{"hr", "bot", "Cancel it", inputs{"reason": "Took another post."}}, {"it", "it", "Done", nil}}) {
			w.moveClock(map[string]any{"advance": "10m"})
		}
	}
	w.t.Fatalf("the cancellation never ends; HR sees:\n%s\nIT sees:\n%s\n%s", w.shown("hr", "bot", 3), w.shown("it", "it", 3), strings.Join(w.live(), "\n"))
}

// TestEdge30CancelCrash cancels a starter who has an account, a licence and groups, with a process that dies at every commit and at every
// call of what is taken back, before it took effect and after.
func TestEdge30CancelCrash(t *testing.T) {
	var want aftermath
	var sent int
	count := &fate{}
	story(t, setting{policy: []byte(compact), fate: count, workers: 1}, func(t *testing.T, w *world) {
		w.callOff()
		_, points := count.stay()
		want, sent = w.aftermath(priya), w.sent()
		if want.Who.AccountEnabled || len(want.Who.Licenses) > 0 || slices.Contains(want.Who.groups(), "Sales") || points[graphWrites] < 4 || points[commits] < 10 {
			t.Fatalf("the story does too little: %+v", want)
		}
	})
	if t.Failed() {
		return
	}
	_, points := count.stay()
	everywhere(t, points, anyMoment, func(t *testing.T, f *fate) (died bool) {
		story(t, setting{policy: []byte(compact), fate: f, workers: 1}, func(t *testing.T, w *world) {
			w.callOff()
			died, _ = f.stay()
			w.settle()
			if diff := cmp.Diff(want, w.aftermath(priya)); diff != "" {
				t.Errorf("the ending (-undisturbed +disturbed):\n%s", diff)
			}
			if n := w.sent(); n < sent || n > sent+1 {
				t.Errorf("the bot sent %d messages, undisturbed %d", n, sent)
			}
			w.verify()
		})
		return died
	})
}
