package service_test

import (
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// TestEdge06LiveNamesake is a starter with the name of somebody at work: HR says in so many words that it is another person, and the log keeps
// whom that was said of. Nobody who works here starts anew.
func TestEdge06LiveNamesake(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "new starter Maria Lopez, Account Manager, London, starts 14 December 2026, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", nil)
		w.mustSee("hr", "bot", "who works here. Is this the same person? Choose.")
		if len(w.cases()) > 0 {
			t.Fatal("a case was raised")
		}
		maria, ok := w.account("maria.lopez@larkfield.example")
		if !ok {
			t.Fatal("there is no namesake")
		}
		w.press("hr", "bot", "Check and continue", inputs{"former": maria.ID})
		w.mustSee("hr", "bot", "Maria Lopez works here, so this is no new starter.")
		w.press("hr", "bot", "Check and continue", inputs{"former": "other"})
		w.mustSee("hr", "bot", "You say that this is another person than Maria Lopez")
		w.press("hr", "bot", "Confirm", nil)
		c := w.stored(w.theCase().Ref)
		if !c.Event.Other || len(c.Facts.Same) != 1 || c.Facts.Same[0].ID != flows.AccountID(maria.ID) {
			t.Errorf("on record: another person %v than %v", c.Event.Other, c.Facts.Same)
		}
		w.say("owner", "status "+string(c.ID))
		w.mustSee("owner", "bot", "and that nobody else of that name is the same person")
		w.verify()
	})
}

// TestOtherNameOtherAnswer: that a starter is another person than one namesake says nothing about the next name that HR writes on the form.
func TestOtherNameOtherAnswer(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "new starter Maria Lopez, Account Manager, London, starts 14 December 2026, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", nil)
		w.press("hr", "bot", "Check and continue", inputs{"given": "Fiona", "surname": "Former", "former": "other"})
		w.mustSee("hr", "bot", "Of the same name: Fiona Former")
		if _, ok := w.card("hr", "bot", "Fiona Former", "Confirm"); ok {
			t.Error("an answer about one person was taken for another")
		}
	})
}

// TestRehireCancelledOffersDeletionAgain: a rehire takes the account out of the queue of deletions. When it is cancelled, the account is asked
// about again: on the day of before, not at once.
func TestRehireCancelledOffersDeletionAgain(t *testing.T) {
	for name, end := range map[string]func(w *world, ref string){
		"cancelled by HR": func(w *world, ref string) {
			w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
			w.say("hr", "cancel "+ref)
			w.press("hr", "bot", "Cancel it", inputs{"reason": "Took another job."})
		},
		"rejected by the manager": func(w *world, _ string) { w.press("manager", "bot", "Reject now", inputs{"reason": "No room."}) },
	} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{policy: deleting()}, func(t *testing.T, w *world) {
				w.announceExit("leaver Callum Frost, last day 30 November at 17:00", nil)
				w.walk("2026-11-30 17:05")
				w.tasksDone("Callum Frost")
				w.walk("2026-12-30 17:10")
				w.tasksDone("Callum Frost")
				w.walk("2027-01-20 12:00")
				w.say("hr", "new starter Callum Frost, Account Manager, Leeds, starts 15 February 2027, reports to Tom Hughes")
				w.press("hr", "bot", "Check and continue", nil)
				w.press("hr", "bot", "Check and continue", inputs{"former": "00000000-0000-4000-a000-000000000023"})
				w.press("hr", "bot", "Confirm", nil)
				ref := w.numbered("J").Ref
				end(w, ref)
				w.advance(time.Hour)
				if c := w.stored(ref); c.State != flows.Stopped {
					t.Fatalf("the rehire is %s; HR sees:\n%s", c.State, w.shown("hr", "bot", 3))
				}
				w.walk("2027-01-29 16:58")
				if w.saw("owner", "bot", "due for deletion") {
					t.Error("asked before its day")
				}
				w.walk("2027-01-29 17:05")
				w.mustSee("owner", "bot", "The account of Callum Frost is due for deletion.")
				w.pressAbout("owner", "bot", "due for deletion", "Delete now", nil)
				w.advance(time.Minute)
				if n := strings.Join(w.news(), "\n"); !strings.Contains(n, "Callum Frost was deleted") {
					t.Errorf("the account is not deleted: %s", n)
				}
				w.verify()
			})
		})
	}
}

// TestRehireCancelledWhileKept: somebody decided to keep the account until a day; a rehire that comes to nothing does not shorten that.
func TestRehireCancelledWhileKept(t *testing.T) {
	story(t, setting{policy: deleting()}, func(t *testing.T, w *world) {
		w.callumLeft()
		w.pressAbout("owner", "bot", "due for deletion", "Keep until then", inputs{"end": "2027-03-01", "reason": "Audit."})
		w.say("hr", "new starter Callum Frost, Account Manager, Leeds, starts 15 March 2027, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", nil)
		w.press("hr", "bot", "Check and continue", inputs{"former": "00000000-0000-4000-a000-000000000023"})
		w.press("hr", "bot", "Confirm", nil)
		w.press("manager", "bot", "Reject now", inputs{"reason": "No room."})
		asked := func() int { return w.cardsWith("owner", "bot", "Delete now") }
		w.walk("2027-02-28 12:00")
		if n := asked(); n != 0 {
			t.Errorf("asked %d times before the day", n)
		}
		w.walk("2027-03-01 12:00")
		if n := asked(); n != 1 {
			t.Errorf("asked %d times on the day", n)
		}
		w.verify()
	})
}
