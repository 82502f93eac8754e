package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
)

const callum = "callum.frost@larkfield.example"

// deleting is the sandbox's policy with accounts that are asked about 60 days after the exit.
func deleting() []byte {
	return []byte(strings.Replace(string(sandbox.DefaultPolicy), "\n  licence_hold_days: 30\n", "\n  licence_hold_days: 30\n  delete_after_days: 60\n", 1))
}

// callumLeft tells an exit up to its end, and goes on to the day on which the account is asked about.
func (w *world) callumLeft() (ref, id string) {
	w.t.Helper()
	a, _ := w.account(callum)
	w.announceExit("leaver Callum Frost, last day 30 November at 17:00", nil)
	ref = w.caseOf("Callum Frost").Ref
	w.walk("2026-11-30 17:05")
	w.tasksDone("Callum Frost")
	w.walk("2026-12-30 17:10")
	w.tasksDone("Callum Frost")
	w.advance(time.Hour)
	if k := w.caseOf("Callum Frost"); k.State != flows.Done {
		w.t.Fatalf("the exit is %s; IT sees:\n%s", k.State, w.shown("it", "it", 3))
	}
	w.walk("2027-01-29 17:05")
	return ref, a.ID
}

// numbered is the case with a letter.
func (w *world) numbered(letter string) caseView {
	w.t.Helper()
	for _, c := range w.cases() {
		if strings.HasPrefix(c.Ref, letter+"-") {
			return c
		}
	}
	w.t.Fatalf("there is no case %s", letter)
	return caseView{}
}

// TestDeletion is an account that is asked about two months after the exit, kept once, then deleted by an owner and gone a month later.
func TestDeletion(t *testing.T) {
	story(t, setting{policy: deleting(), visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		ref, id := w.callumLeft()
		w.mustSee("owner", "bot", "The account of Callum Frost is due for deletion.")
		w.mustSee("owner", "bot", ref)
		if _, ok := w.card("hr", "bot", "Callum Frost", "Delete now"); ok {
			t.Error("whoever raised the exit is asked")
		}
		a := w.press("hr2", "bot", "Keep until then", inputs{"end": "2027-01-01", "reason": "Audit."})
		if !strings.Contains(a.says(), "still to come") {
			t.Errorf("a day that has passed: %s", a.says())
		}
		w.press("hr2", "bot", "Keep until then", inputs{"end": "2027-03-01", "reason": "The audit of the spring."})
		w.mustSee("owner", "bot", "is kept until Mon 1 March 2027")
		w.walk("2027-02-28 12:00")
		if n := strings.Join(w.news(), "\n"); strings.Contains(n, "deleted") {
			t.Errorf("deleted while it is kept: %s", n)
		}
		w.walk("2027-03-01 09:05")
		w.pressAbout("owner2", "bot", "due for deletion", "Delete now", nil)
		w.advance(2 * time.Minute)
		w.mustSee("owner2", "bot", "The account of Callum Frost was deleted on")
		if n := w.news(); !slices.Contains(n, "Callum Frost was deleted") {
			t.Errorf("news: %v", n)
		}
		w.walk("2027-04-02 12:00")
		if _, ok := w.account(id); ok {
			t.Error("the account is still there")
		}
		w.mustSee("owner2", "bot", "is gone for good since")
		k := w.cases()
		if last := k[len(k)-1]; last.State != flows.Done || last.step("purged") != flows.StepDone {
			t.Errorf("the deletion %s is %s, purged %s", last.Ref, last.State, last.step("purged"))
		}
		if l := w.live(); len(l) > 0 {
			t.Errorf("cards that still offer something: %s", l)
		}
		w.verify()
	})
}

// TestDeletionRestored is an account that comes back from the recycle bin within its time, blocked.
func TestDeletionRestored(t *testing.T) {
	story(t, setting{policy: deleting()}, func(t *testing.T, w *world) {
		_, id := w.callumLeft()
		w.fault("graph", "no_effect", "DELETE /v1.0/users/"+id+"$", 1) // accepted and not done: it must not count
		w.pressAbout("owner", "bot", "due for deletion", "Delete now", nil)
		w.advance(time.Second)
		if s := w.numbered("R").step("delete"); s == flows.StepDone {
			t.Error("what was not done counts")
		}
		w.advance(10 * time.Minute)
		if s := w.numbered("R").step("delete"); s != flows.StepDone {
			t.Fatalf("delete is %s", s)
		}
		w.walk("2027-02-20 12:00")
		w.press("owner", "bot", "Restore the account", inputs{"reason": "Needed for a claim."})
		w.advance(10 * time.Minute)
		if a, ok := w.account(callum); !ok || a.AccountEnabled {
			t.Errorf("restored %v, enabled %v", ok, a.AccountEnabled)
		}
		w.mustSee("owner", "bot", "was restored on")
		if k := w.numbered("R"); k.State != flows.Done {
			t.Errorf("the case is %s", k.State)
		}
		w.verify()
	})
}

// TestDeletionNotOffered is an account that must not go, and why HR is told so.
func TestDeletionNotOffered(t *testing.T) {
	for name, tt := range map[string]struct {
		meanwhile map[string]any
		want      string
	}{
		"opened again": {map[string]any{"accountEnabled": true}, "is not offered for deletion: its sign-in is open again"},
		"deleted":      {map[string]any{"deleted": true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{policy: deleting()}, func(t *testing.T, w *world) {
				w.announceExit("leaver Callum Frost, last day 30 November at 17:00", nil)
				w.walk("2026-11-30 17:05")
				w.tasksDone("Callum Frost")
				w.walk("2026-12-30 17:10")
				w.tasksDone("Callum Frost")
				w.walk("2027-01-15 12:00")
				w.byAdmin("00000000-0000-4000-a000-000000000023", tt.meanwhile)
				w.walk("2027-01-30 12:00")
				w.mustSee("hr", "bot", tt.want)
				if w.saw("owner", "bot", "due for deletion") {
					t.Error("it is offered")
				}
			})
		})
	}
}

// TestDeletionLookedAtAgain is a deletion that is asked about and decided on later, when something speaks against it by then.
func TestDeletionLookedAtAgain(t *testing.T) {
	story(t, setting{policy: deleting()}, func(t *testing.T, w *world) {
		w.callumLeft()
		w.byAdmin(callum, map[string]any{"accountEnabled": true})
		if a := w.pressAbout("owner", "bot", "due for deletion", "Delete now", nil); !strings.Contains(a.says(), "Nothing was deleted, because its sign-in is open again.") {
			t.Errorf("a deletion of an open account is answered with %q", a.says())
		}
		w.byAdmin(callum, map[string]any{"accountEnabled": false})
		w.pressAbout("owner", "bot", "due for deletion", "Delete now", nil)
		w.advance(time.Minute)
		if _, ok := w.account(callum); ok && !strings.Contains(strings.Join(w.news(), "\n"), "deleted") {
			t.Error("the account is not deleted")
		}
	})
}
