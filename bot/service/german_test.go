package service_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/cards"
	"muster/flows"
	"muster/flows/texts"
)

// englishWords are some that no German text has.
var englishWords = regexp.MustCompile(`(?i)\b(the|is|are|were|of|by|and|not|you|your|this|that|with|until|nobody|has|been|who|its|for)\b`)

// speaksGerman finds what somebody was told in English. What they typed, and the names of the policy, are theirs.
func (w *world) speaksGerman(as, chat string, typed ...string) {
	w.t.Helper()
	known := map[string]bool{}
	look := func(s string) {
		for _, t := range typed {
			s = strings.ReplaceAll(s, t, "")
		}
		s = regexp.MustCompile(`"[^"]*"|“[^”]*”|„[^“]*“`).ReplaceAllString(s, "")
		if words := englishWords.FindAllString(s, -1); len(words) > 0 && !known[s] {
			known[s] = true
			w.t.Errorf("%s in %s was told in English (%s): %s", as, chat, strings.Join(words, ", "), s)
		}
	}
	for _, m := range w.chat(as, chat) {
		if m.From != "bot" {
			continue
		}
		look(m.Text)
		cards.Walk(m.Card, func(part map[string]any) {
			for _, key := range []string{"text", "title", "value", "label", "errorMessage", "placeholder"} {
				if s, ok := part[key].(string); ok {
					look(s)
				}
			}
		})
	}
}

// TestGerman is a joiner and an urgent exit in an organisation whose policy says that it speaks German.
func TestGerman(t *testing.T) {
	german, ok := texts.In("de")
	if !ok {
		t.Fatal("Muster speaks no German")
	}
	policy := bytes.Replace(sandbox.DefaultPolicy, []byte("\nlanguage: en\n"), []byte("\nlanguage: de\n"), 1)
	typed := []string{
		sentence, "Temporary Access Pass", "Terms of use", "Head of Sales", "Head of Operations", "IT and Facilities", "All Staff",
		"Order 100 business cards with the starter's name, title and direct line.", "Issue a key card for the starter's site and write its number on the record of the starter.",
	}
	story(t, setting{policy: policy, visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		say := func(english string) string {
			if said := german.Word(english); said != english {
				return said
			}
			t.Fatalf("%q is not said in German", english)
			return ""
		}
		w.say("hr", "help")
		w.say("hr", sentence)
		w.press("hr", "bot", say("Check and continue"), inputs{"site": "London"})
		w.press("hr", "bot", say("Confirm"), nil)
		w.press("manager", "bot", say("Approve"), inputs{
			"items": []string{"group:Sales", "group:CRM Users", "team:Sales Team", "manual:Business cards"}, "elevated": "group:Contract Admins",
		})
		w.press("approver", "bot", say("Sign off"), nil)
		w.walk("2026-12-10 12:00")
		w.pressAbout("it", "it", "Laptop", say("Done"), inputs{"note": "LT-0815"})
		w.walk("2026-12-14 08:30")
		if code := w.press("manager", "bot", say("Show the pass now"), nil).code(); len(code) < 8 {
			t.Fatalf("the pass is %q", code)
		}
		w.walk("2026-12-14 13:00")
		w.press("manager", "bot", say("Yes, started"), nil)
		w.advance(48 * time.Hour)
		if a, ok := w.account(priya); !ok || !a.AccountEnabled {
			t.Error("the starter cannot sign in")
		}
		for _, who := range []string{"hr", "manager", "approver", "owner"} {
			w.say(who, "my tasks")
			w.say(who, "status")
			w.say(who, "nonsense")
		}
		w.say("hr", "status J-2026-0001")
		w.say("owner", "why Priya Patel")
		w.say("owner", "overdue")
		w.say("owner", "upcoming")
		w.settle()
		for _, at := range [][2]string{{"hr", "bot"}, {"manager", "bot"}, {"approver", "bot"}, {"owner", "bot"}, {"it", "it"}} {
			w.speaksGerman(at[0], at[1], typed...)
		}
		c, err := w.alive().svc.Store.Case(t.Context(), "J-2026-0001")
		if err != nil {
			t.Fatal(err)
		}
		if c.Lang.Tag() != "de" {
			t.Errorf("the case speaks %q", c.Lang.Tag())
		}
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var again flows.Case
		if err := json.Unmarshal(b, &again); err != nil || again.Lang.Tag() != "de" {
			t.Errorf("read again, it speaks %q, %v", again.Lang.Tag(), err)
		}
	})
}
