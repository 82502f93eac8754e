package service_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// smallMove is a policy in which a move has one thing of each sort.
var smallMove = strings.Replace(compact, "jobs:\n  Account Manager:\n    access: [{group: Sales}, {team: Sales Team}]\n    elevated: [{group: Contract Admins}]\n",
	"jobs:\n  Account Manager:\n    department: Sales\n    access: [{group: Sales}]\n  Finance Assistant:\n    department: Finance\n    access: [{group: Wiki Editors}]\nmover:\n  handover_days: 1\n", 1)

// relocate tells a move to its end; whoever is interrupted looks at the chat again.
func (w *world) relocate() {
	w.t.Helper()
	for range 400 {
		w.settle()
		if list := w.cases(); len(list) == 1 && list[0].State == flows.Done {
			return
		}
		if !slices.ContainsFunc(w.chat("hr", "bot"), func(m message) bool { return m.From == "hr" && !m.Failed }) {
			w.call("POST", "/sandbox/say", map[string]any{"as": "hr", "chat": "bot", "text": "mover Nadia Brook to Finance Assistant from 25 November 2026, reports to Maria Lopez"}, nil)
			continue
		}
		pressed := false
		for _, d := range []wish{
			{"hr", "bot", "Check and continue", nil},
			{"hr", "bot", "Confirm", nil},
			{"manager2", "bot", "Approve", nil},
			{"manager", "bot", "Confirm what goes", inputs{"until:out:group:Sales": "2026-11-30", "keep_reason": "Hands over"}},
		} {
			if m, ok := w.card(d.as, d.chat, "", d.button); ok {
				w.pressed(map[string]any{"as": d.as, "message": m.ID, "button": d.button, "inputs": d.in})
				pressed = true
				break
			}
		}
		if !pressed {
			w.moveClock(map[string]any{"advance": "6h"})
		}
	}
	w.t.Fatalf("the move never ends; HR sees:\n%s\nthe old manager sees:\n%s", w.shown("hr", "bot", 3), w.shown("manager", "bot", 3))
}

// settled is what must be the same however often a process died.
func (w *world) settledMove() []string {
	w.t.Helper()
	w.has(nadia, "Wiki Editors", true)
	w.has(nadia, "Sales", false)
	if a, _ := w.account(nadia); a.JobTitle != "Finance Assistant" || a.Manager == nil || a.Manager.Name != "Maria Lopez" {
		w.t.Errorf("%s, reports to %v", a.JobTitle, a.Manager)
	}
	news := w.news()
	slices.Sort(news)
	return slices.Compact(news) // setting a value twice is harmless
}

// TestMoverCrash tells a move with a process that dies at every commit and at every call, before it took effect and after.
func TestMoverCrash(t *testing.T) {
	var want []string
	count := &fate{}
	story(t, setting{policy: []byte(smallMove), fate: count, workers: 1}, func(t *testing.T, w *world) {
		w.relocate()
		_, points := count.stay()
		if want = w.settledMove(); len(want) < 4 || points[commits] < 15 {
			t.Fatalf("the story does too little: %v", want)
		}
	})
	if t.Failed() {
		return
	}
	_, points := count.stay()
	everywhere(t, points, anyMoment, func(t *testing.T, f *fate) (died bool) {
		story(t, setting{policy: []byte(smallMove), fate: f, workers: 1}, func(t *testing.T, w *world) {
			w.relocate()
			if diff := cmp.Diff(want, w.settledMove()); diff != "" {
				t.Errorf("the directory (-undisturbed +disturbed):\n%s", diff)
			}
			died, _ = f.stay()
			w.verify()
		})
		return died
	})
}
