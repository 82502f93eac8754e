package service_test

import (
	"encoding/base64"
	"slices"
	"testing"

	"muster/flows"
)

// four are starters of whom three go to Tom.
const four = `First name,Surname,Job,Site,Start date,Manager
Ann,Lee,Account Manager,London,2026-12-14,Tom Hughes
Bo,Ray,Account Manager,London,2026-12-14,Tom Hughes
Cy,Fox,Account Manager,London,2026-12-14,Tom Hughes
Dee,Hall,Account Manager,London,2026-12-14,Maria Lopez
`

// liveBulk plays a list until every case is decided: people look at the chat again whenever they were interrupted.
func liveBulk(t *testing.T, w *world) {
	t.Helper()
	for range 180 {
		w.settle()
		decided := 0
		for _, c := range w.cases() {
			if c.State != flows.Waiting {
				decided++
			}
		}
		if decided == 4 {
			return
		}
		if !slices.ContainsFunc(w.chat("hr", "bot"), func(m message) bool { return m.From == "hr" && !m.Failed }) {
			w.call("POST", "/sandbox/say", map[string]any{"as": "hr", "chat": "bot", "file": map[string]any{"name": "four.csv", "base64": base64.StdEncoding.EncodeToString([]byte(four))}}, nil)
			continue
		}
		for _, d := range []wish{{"hr", "bot", "Confirm", nil}, {"manager", "bot", "Approve", nil}, {"manager2", "bot", "Approve", nil}} {
			if m, ok := w.card(d.as, d.chat, "", d.button); ok {
				w.pressed(map[string]any{"as": d.as, "message": m.ID, "button": d.button})
				break
			}
		}
	}
	t.Fatalf("the list never ends; HR sees:\n%s\nthe manager sees:\n%s", w.shown("hr", "bot", 3), w.shown("manager", "bot", 3))
}

// TestBulkCrashEverywhere lets the process die at every commit and every call to Teams between the file and the last decision, before it
// took effect and after: each person has one case, decided once, and each manager one card.
func TestBulkCrashEverywhere(t *testing.T) {
	count := &fate{}
	sent := 0
	story(t, setting{policy: []byte(compact), fate: count, workers: 1}, func(t *testing.T, w *world) {
		liveBulk(t, w)
		w.settle()
		sent = w.sent()
	})
	if t.Failed() {
		return
	}
	_, points := count.stay()
	everywhere(t, points, []point{commits, teamsCalls}, func(t *testing.T, f *fate) (died bool) {
		story(t, setting{policy: []byte(compact), fate: f, workers: 1}, func(t *testing.T, w *world) {
			liveBulk(t, w)
			died, _ = f.stay()
			w.settle()
			if got, want := w.subjects(), []string{"Ann Lee", "Bo Ray", "Cy Fox", "Dee Hall"}; !slices.Equal(got, want) {
				t.Fatalf("cases of %q, want %q", got, want)
			}
			for _, c := range w.cases() {
				if s := w.stored(c.Ref); s.Approval.State != "approved" || len(s.Decisions) != 2 {
					t.Errorf("%s: %v", c.Subject.Name, s.Decisions)
				}
			}
			if n := w.sent(); n > sent+1 {
				t.Errorf("the bot sent %d messages, undisturbed %d", n, sent)
			}
			w.verify()
		})
		return died
	})
}
