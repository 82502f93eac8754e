package service_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// flee tells an urgent exit up to where only people's tasks are left; whoever is interrupted looks at the chat again.
func (w *world) flee() {
	w.t.Helper()
	const words = "urgent leaver Callum Frost"
	for range 300 {
		w.settle()
		if list := w.cases(); len(list) == 1 && list[0].step("methods") == flows.StepDone && list[0].step("revoke") == flows.StepDone {
			return
		}
		if !slices.ContainsFunc(w.chat("hr", "bot"), func(m message) bool { return m.From == "hr" && !m.Failed }) {
			w.call("POST", "/sandbox/say", map[string]any{"as": "hr", "chat": "bot", "text": words}, nil)
			continue
		}
		pressed := false
		for _, d := range []wish{{"hr", "bot", "Check and continue", nil}, {"hr", "bot", "Confirm", nil}, {"owner", "bot", "Confirm now", nil}} {
			if m, ok := w.card(d.as, d.chat, "", d.button); ok {
				w.pressed(map[string]any{"as": d.as, "message": m.ID, "button": d.button})
				pressed = true
				break
			}
		}
		if !pressed {
			w.moveClock(map[string]any{"advance": "10s"})
		}
	}
	w.t.Fatalf("the exit never ends; HR sees:\n%s\nthe owner sees:\n%s", w.shown("hr", "bot", 3), w.shown("owner", "bot", 3))
}

// locked is what must be the same however often a process died.
func (w *world) locked() (news []string) {
	w.t.Helper()
	w.moveClock(map[string]any{"advance": "10m"})
	if a, _ := w.account("callum.frost@larkfield.example"); a.ID == "" || a.AccountEnabled {
		w.t.Error("the account is open")
	}
	news = w.news()
	slices.Sort(news)
	return slices.Compact(news) // ending the sessions twice is harmless
}

// TestEdge30UrgentExitCrash tells an urgent exit with a process that dies at every commit and at every call, before it took effect and after.
func TestEdge30UrgentExitCrash(t *testing.T) {
	var want []string
	count := &fate{}
	story(t, setting{fate: count, workers: 1}, func(t *testing.T, w *world) {
		w.flee()
		_, points := count.stay()
		if want = w.locked(); len(want) < 3 || points[commits] < 5 {
			t.Fatalf("the story does too little: %v", want)
		}
	})
	if t.Failed() {
		return
	}
	_, points := count.stay()
	everywhere(t, points, anyMoment, func(t *testing.T, f *fate) (died bool) {
		story(t, setting{fate: f, workers: 1}, func(t *testing.T, w *world) {
			w.flee()
			if diff := cmp.Diff(want, w.locked()); diff != "" {
				t.Errorf("the directory (-undisturbed +disturbed):\n%s", diff)
			}
			died, _ = f.stay()
			w.verify()
		})
		return died
	})
}
