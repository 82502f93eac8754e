package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

const nadia = "nadia.brook@larkfield.example"

// move is HR's part of a move: the sentence, the form, the summary.
func (w *world) move(words string, in inputs) {
	w.t.Helper()
	w.say("hr", words)
	w.press("hr", "bot", "Check and continue", in)
	w.press("hr", "bot", "Confirm", nil)
}

const nadiaMoves = "mover Nadia Brook to Finance Assistant from 7 December 2026, reports to Aisha Khan, cost centre F-12"

// holdsGroups checks which groups somebody is in.
func (w *world) holdsGroups(upn string, want ...string) {
	w.t.Helper()
	a, _ := w.account(upn)
	got := a.groups()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("%s is in %v, want %v", a.DisplayName, got, want)
	}
}

// TestMoverCancelled is a move that is called off on the day, after the new access and the new manager were set: all of it is taken back.
func TestMoverCancelled(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		before, _ := w.account(nadia)
		w.move(nadiaMoves, nil)
		w.press("approver", "bot", "Approve", nil)
		w.press("manager", "bot", "Confirm what goes", nil)
		w.walk("2026-12-07 09:00")
		w.say("hr", "cancel "+w.caseOf("Nadia Brook").Ref)
		w.mustSee("hr", "bot", "Set Tom Hughes as manager again")
		w.press("hr", "bot", "Cancel it", inputs{"reason": "The post is frozen."})
		w.advance(2 * time.Hour)
		w.tasksDone("Nadia Brook")
		w.advance(2 * time.Hour)
		after, _ := w.account(nadia)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the account (-before +after):\n%s", diff)
		}
		if k := w.caseOf("Nadia Brook"); k.State != flows.Stopped {
			t.Errorf("the case is %s", k.State)
		}
		w.verify()
	})
}

// TestMover is product.md's "a mover": both managers decide, nothing changes before the day, what comes is there before the rest goes, and
// afterwards the person holds what the new job gives and nothing else.
func TestMover(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		w.move(nadiaMoves, nil)
		if k := w.caseOf("Nadia Brook"); k.State != flows.Waiting || !strings.HasPrefix(k.Ref, "M-") {
			t.Fatalf("%s is %s", k.Ref, k.State)
		}
		for _, who := range []string{"hr", "manager", "approver"} {
			w.mustSee(who, "bot", "Nadia Brook moves to Finance Assistant in London on Mon 7 December 2026.")
			w.mustSee(who, "bot", "only Account Manager")
		}
		w.press("approver", "bot", "Approve", nil)
		if k := w.caseOf("Nadia Brook"); k.State != flows.Waiting {
			t.Errorf("with one key the case is %s", k.State)
		}
		w.mustSee("approver", "bot", "for Tom Hughes to say what goes")
		w.press("manager", "bot", "Confirm what goes", nil)
		if k := w.caseOf("Nadia Brook"); k.State != flows.Scheduled {
			t.Errorf("with both keys the case is %s", k.State)
		} else if due := time.Date(2026, 12, 7, 8, 0, 0, 0, london); !k.Due.Equal(due) {
			t.Errorf("the case is due %s, want %s", k.Due, due)
		}

		w.walk("2026-12-07 07:59")
		if n := w.news(); len(n) > 0 {
			t.Errorf("before the day: %v", n)
		}
		w.walk("2026-12-07 09:00")
		a, _ := w.account(nadia)
		if a.JobTitle != "Finance Assistant" || a.Department != "Finance" || a.Manager == nil || a.Manager.Name != "Aisha Khan" {
			t.Errorf("on the day: %s, %s, reports to %v", a.JobTitle, a.Department, a.Manager)
		}
		w.holdsGroups(nadia, "All Staff", "CRM Users", "Company Team", "Finance", "London Office", "Sales", "Sales Team")
		w.walk("2026-12-14 07:59")
		w.holdsGroups(nadia, "All Staff", "CRM Users", "Company Team", "Finance", "London Office", "Sales", "Sales Team")
		w.walk("2026-12-14 09:00")
		w.holdsGroups(nadia, "All Staff", "Company Team", "Finance", "London Office")
		w.tasksDone("Nadia Brook")
		w.advance(time.Hour)
		w.finished()
		w.verify()
	})
}
