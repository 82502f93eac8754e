package service_test

import (
	"strings"
	"testing"
)

// answerTo is the last thing somebody reads from the bot.
func (w *world) answerTo(as string) string {
	w.t.Helper()
	list := w.chat(as, "bot")
	return list[len(list)-1].Text
}

// TestErasureTellsNoOwnerOfTheirExit: an owner whose exit is under way asks for their own data, and reads what somebody without a case reads.
func TestErasureTellsNoOwnerOfTheirExit(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("owner", "erase Olivia Grant because I want to know")
		without := w.answerTo("owner")
		w.announceExit("leaver Olivia Grant, last day 18 December at 17:00", nil)
		for _, who := range []string{"Olivia Grant", w.theCase().Ref} {
			w.say("owner", "erase "+who+" because I want to know")
			if got := w.answerTo("owner"); got != without {
				t.Errorf("asking for %s they read %q, and without a case %q", who, got, without)
			}
		}
	})
}

// TestErasureAndACaseThatBeganSince: between asking and agreeing the person is to start again. Nothing is taken from under the new case.
func TestErasureAndACaseThatBeganSince(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Callum Frost, last day 30 November at 17:00", nil)
		w.say("hr", "cancel "+w.theCase().Ref)
		w.press("hr", "bot", "Cancel it", inputs{"reason": "He stays."})
		w.say("owner", "erase Callum Frost because he asked for it")
		_, word, ok := strings.Cut(w.answerTo("owner"), "confirm erasure ")
		if !ok {
			t.Fatalf("nothing was asked: %s", w.answerTo("owner"))
		}
		word = word[:len("E-123456")]
		w.announceExit("leaver Callum Frost, last day 18 December at 17:00", nil)
		w.say("owner2", "confirm erasure "+word+" yes")
		w.mustSee("owner2", "bot", "The person has another case by now.")
		if len(w.cases()) != 2 {
			t.Errorf("%d cases are left", len(w.cases()))
		}
		w.verify()
	})
}

// TestErasureOfSomebodyWhoIsAsked: the manager of an open case was a leaver once, who stayed. While they are asked, what reaches them is kept.
func TestErasureOfSomebodyWhoIsAsked(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		w.say("hr", "cancel "+w.theCase().Ref)
		w.press("hr", "bot", "Cancel it", inputs{"reason": "He stays."})
		w.announce()
		w.say("owner", "erase Tom Hughes because he asked for it")
		w.mustSee("owner", "bot", "still asked for something")
		w.approve()
		w.verify()
	})
}
