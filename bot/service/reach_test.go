package service_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// cardsWith counts the cards in a chat with this button.
func (w *world) cardsWith(as, chat, button string) int {
	w.t.Helper()
	n := 0
	for _, m := range w.chat(as, chat) {
		if slices.Contains(titles(m.Card), button) {
			n++
		}
	}
	return n
}

// TestEdge41TeamsAway takes Teams away for an hour in each way. What was to be said then is said afterwards, at most once too often.
func TestEdge41TeamsAway(t *testing.T) {
	for _, way := range []string{"down", "unavailable", "timeout", "throttle"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			story(t, setting{policy: []byte(compact)}, func(t *testing.T, w *world) {
				w.say("hr", sentence)
				w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
				w.fault("teams", way, "", 0)
				w.press("hr", "bot", "Confirm", nil)
				w.say("hr", "status")
				w.advance(time.Hour)
				if w.offers("manager", "Approve") {
					t.Error("a card came through")
				}
				w.mend()
				w.advance(15 * time.Minute)
				if n := w.cardsWith("manager", "bot", "Approve"); n < 1 || n > 2 {
					t.Errorf("the manager has %d cards to approve", n)
				}
				w.mustSee("hr", "bot", "1 case is open")
				c := crowd{w: w}
				c.live()
				w.pressLeftovers()
				if k := w.theCase(); k.State != flows.Done {
					t.Errorf("the case is %s", k.State)
				}
				w.verify()
			})
		})
	}
}

// TestLostAnswers lets Teams take messages and say that it did not. There is at most one card too many, and a press on either works.
func TestLostAnswers(t *testing.T) {
	for _, button := range []string{"the first", "the last"} {
		for _, count := range []int{1, 2, 5, 0} {
			story(t, setting{policy: []byte(compact)}, func(t *testing.T, w *world) {
				w.say("hr", sentence)
				w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
				w.fault("teams", "lost_answer", `^POST /v3/conversations/.*/activities$`, count)
				w.press("hr", "bot", "Confirm", nil)
				w.advance(time.Hour)
				w.mend()
				w.advance(15 * time.Minute)
				var ids []string
				for _, m := range w.chat("manager", "bot") {
					if slices.Contains(titles(m.Card), "Approve") {
						ids = append(ids, m.ID)
					}
				}
				if len(ids) < 1 || len(ids) > 2 {
					t.Fatalf("with %d lost answers the manager has %d cards", count, len(ids))
				}
				id := ids[0]
				if button == "the last" {
					id = ids[len(ids)-1]
				}
				w.pressOn("manager", id, "Approve", inputs{"elevated": "group:Contract Admins"})
				if k := w.theCase(); k.State == flows.Waiting {
					t.Errorf("a press on %s card of %d did not count", button, len(ids))
				}
				c := crowd{w: w}
				c.live()
				w.pressLeftovers()
				w.verify()
			})
		}
	}
}

// TestNotInstalled is a manager who does not have the app: IT is told, and once it is installed the card comes by itself.
func TestNotInstalled(t *testing.T) {
	story(t, setting{policy: []byte(compact)}, func(t *testing.T, w *world) {
		installed := w.installation("00000000-0000-4000-a000-000000000003")
		var chat struct{ Conversation struct{ ID string } }
		if err := json.Unmarshal(installed.body, &chat); err != nil {
			t.Fatal(err)
		}
		w.fault("teams", "denied", regexp.QuoteMeta(chat.Conversation.ID), 0)
		w.announce()
		w.advance(2 * time.Hour)
		if w.offers("manager", "Approve") {
			t.Fatal("the card came through")
		}
		told := 0
		for _, m := range w.chat("it", "it") {
			if strings.Contains(m.Text, "cannot be reached in Teams") {
				told++
			}
			if strings.Contains(m.Text, "Hughes") {
				t.Errorf("the channel is told whom: %s", m.Text)
			}
		}
		if told != 1 {
			t.Errorf("IT is told %d times:\n%s", told, w.shown("it", "it", 4))
		}
		w.mend()
		installed.body = bytes.Replace(installed.body, []byte(`"id":"`), []byte(`"id":"again-`), 1)
		if status := w.again(installed); status >= 300 {
			t.Fatalf("install: %d", status)
		}
		w.settle()
		if n := w.cardsWith("manager", "bot", "Approve"); n != 1 {
			t.Errorf("the manager has %d cards to approve", n)
		}
		c := crowd{w: w}
		c.live()
		w.finished()
	})
}

// installation is the activity that told the bot of a person's chat.
func (w *world) installation(id string) delivery {
	w.t.Helper()
	for _, d := range w.deliveries() {
		if bytes.Contains(d.body, []byte(`"installationUpdate"`)) && bytes.Contains(d.body, []byte(id)) {
			return d
		}
	}
	w.t.Fatal("nobody installed it")
	return delivery{}
}

// TestStarterWithoutTeams is a starter whose chat Teams refuses on the first day: the welcome becomes a question to IT, nothing else waits.
func TestStarterWithoutTeams(t *testing.T) {
	story(t, setting{policy: []byte(compact)}, func(t *testing.T, w *world) {
		c := &crowd{w: w, tired: map[string]int{}}
		for range 180 {
			w.settle()
			if cs := w.cases(); len(cs) > 0 && cs[0].step("licence:SPB") == flows.StepDone {
				break
			}
			if !c.act() {
				w.next()
			}
		}
		w.walk("2026-12-14 07:59")
		w.fault("teams", "denied", `^POST /v3/conversations$`, 1)
		w.walk("2026-12-14 08:00")
		w.mend()
		w.walk("2026-12-14 09:30")
		w.wants(map[string]flows.StepState{"welcome": flows.StepBroken, "enable": flows.StepDone})
		w.press("it", "it", "Retry", nil)
		w.advance(time.Minute)
		w.wants(map[string]flows.StepState{"welcome": flows.StepDone})
		c.live()
		w.finished()
	})
}
