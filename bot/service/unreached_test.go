package service_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// TestManagerBlockedMuster is a manager who has blocked Muster: IT is told why, a deputy is asked as well after half a working day, and a manager
// who comes back finds the card and may still decide.
func TestManagerBlockedMuster(t *testing.T) {
	for kind, why := range map[string]string{
		"denied": "the person blocked or removed Muster.", "not_installed": "Muster is not installed for the person.", "disabled": "an administrator has blocked Muster in Teams.",
	} {
		t.Run(kind, func(t *testing.T) {
			story(t, setting{policy: []byte(compact)}, func(t *testing.T, w *world) {
				installed := w.installation("00000000-0000-4000-a000-000000000003")
				var chat struct{ Conversation struct{ ID string } }
				if err := json.Unmarshal(installed.body, &chat); err != nil {
					t.Fatal(err)
				}
				w.fault("teams", kind, regexp.QuoteMeta(chat.Conversation.ID), 0)
				w.announce()
				w.mustSee("it", "it", "cannot be reached in Teams: "+why)
				w.walk("2026-11-23 12:30")
				if w.offers("owner", "Approve") {
					t.Error("the deputy is asked at once")
				}
				w.walk("2026-11-23 13:30")
				w.passes()
				if !w.offers("owner", "Approve") {
					t.Errorf("nobody else is asked:\n%s", w.shown("owner", "bot", 3))
				}
				w.mustSee("owner", "bot", "Tom Hughes cannot be reached in Teams, so the decision about")
				w.passes()
				if n := w.cardsWith("owner", "bot", "Approve"); n != 1 {
					t.Errorf("the deputy has %d cards", n)
				}
				w.mend()
				installed.body = bytes.Replace(installed.body, []byte(`"id":"`), []byte(`"id":"again-`), 1)
				if status := w.again(installed); status >= 300 {
					t.Fatalf("install: %d", status)
				}
				w.settle()
				w.press("manager", "bot", "Approve", nil)
				if k := w.theCase(); k.State == flows.Waiting {
					t.Errorf("the case is %s", k.State)
				}
				w.verify()
			})
		})
	}
}

// TestChannelGone deletes the team of the IT channel in each way in which Teams says so, or does not: the owners read in their own chats what was
// to be said there, and when it is back, what waits for IT stands there again.
func TestChannelGone(t *testing.T) {
	for name, tt := range map[string]struct {
		fault, went, came string
	}{
		"removed, and Teams says nothing":  {"not_installed", "", ""},
		"deleted, and Teams says nothing":  {"gone", "", ""},
		"the team is deleted and restored": {"gone", "teamDeleted", "teamRestored"},
		"the channel is deleted":           {"gone", "channelDeleted", "channelRestored"},
		"Muster is removed and added":      {"not_installed", "removed", "added"},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{policy: []byte(compact)}, func(t *testing.T, w *world) {
				event := func(what string) {
					if what == "" {
						return
					}
					if status := w.again(w.teamEvent(w.policy.Channels.IT, what)); status >= 300 {
						t.Fatalf("%s: %d", what, status)
					}
					w.settle()
				}
				w.fault("teams", tt.fault, `^POST /v3/conversations$`, 0)
				event(tt.went)
				w.announce()
				w.fault("graph", "denied", "^POST /v1.0/users$", 0)
				w.press("manager", "bot", "Approve", nil)
				w.walk("2026-12-08 12:00")
				k := w.theCase()
				if k.State != flows.NeedsPeople {
					t.Fatalf("the case is %s", k.State)
				}
				told := 0
				for _, m := range w.chat("owner", "bot") {
					if strings.Contains(m.Text, "I cannot post to the IT channel: ") && strings.Contains(m.Text, k.Ref) {
						told++
					}
				}
				if told == 0 || told > 3 {
					t.Errorf("an owner is told %d times:\n%s", told, w.shown("owner", "bot", 4))
				}
				if w.cardsWith("it", "it", "Retry") != 0 {
					t.Error("the card came through")
				}
				w.mend()
				if tt.came == "" {
					tt.came = "added"
				}
				event(tt.came)
				w.advance(time.Minute)
				if n := w.cardsWith("it", "it", "Retry"); n != 1 {
					t.Errorf("IT has %d cards:\n%s", n, w.shown("it", "it", 3))
				}
				w.verify()
			})
		})
	}
}

// teamEvent is what Teams sends when something happens to the team of a channel, with a token that is good.
func (w *world) teamEvent(channel, what string) delivery {
	w.t.Helper()
	for _, d := range w.deliveries() {
		var a map[string]any
		if !bytes.Contains(d.body, []byte(`"conversationUpdate"`)) || !bytes.Contains(d.body, []byte(channel)) {
			continue
		}
		if err := json.Unmarshal(d.body, &a); err != nil {
			w.t.Fatal(err)
		}
		data, ok := a["channelData"].(map[string]any)
		if !ok {
			continue
		}
		bot := a["recipient"]
		delete(a, "membersAdded")
		data["eventType"] = what
		switch what {
		case "removed":
			data["eventType"], a["membersRemoved"] = "teamMemberRemoved", []any{bot}
		case "added":
			data["eventType"], a["membersAdded"] = "teamMemberAdded", []any{bot}
		}
		a["id"] = "f:" + what
		body, err := json.Marshal(a)
		if err != nil {
			w.t.Fatal(err)
		}
		return delivery{body, d.token}
	}
	w.t.Fatal("nobody installed it there")
	return delivery{}
}
