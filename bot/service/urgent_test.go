package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

const tom = "tom.hughes@larkfield.example"

// caseOf is the only case about somebody.
func (w *world) caseOf(name string) caseView {
	w.t.Helper()
	var found []caseView
	for _, c := range w.cases() {
		if c.Subject.Name == name {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		w.t.Fatalf("there are %d cases about %s; HR sees:\n%s", len(found), name, w.shown("hr", "bot", 2))
	}
	return found[0]
}

// announceExit is HR's part for somebody who leaves.
func (w *world) announceExit(words string, in inputs) {
	w.t.Helper()
	w.say("hr", words)
	w.press("hr", "bot", "Check and continue", in)
	w.press("hr", "bot", "Confirm", nil)
}

// unaware fails the test when somebody can read about their own exit, in a chat or channel of theirs.
func (w *world) unaware(as string, before int, chats ...string) {
	w.t.Helper()
	for _, chat := range chats {
		list := w.chat(as, chat)
		if chat == "bot" && len(list) != before {
			w.t.Errorf("%s got %d messages:\n%s", as, len(list)-before, w.shown(as, chat, len(list)-before))
		}
		for _, m := range list {
			for _, word := range []string{"leave", "leaving", "exit", "sign-in ends"} {
				if text := strings.ToLower(m.Text + "\n" + written(m.Card)); strings.Contains(text, word) {
					w.t.Errorf("%s reads %q in %s: %s", as, word, chat, text)
				}
			}
		}
	}
}

// wantSteps checks where some steps of a case stand.
func (c caseView) wantSteps(t *testing.T, want map[string]flows.StepState) {
	t.Helper()
	got := map[string]flows.StepState{}
	for k := range want {
		got[k] = c.step(k)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps of %s (-want +got):\n%s", c.Ref, diff)
	}
}

// TestEdge18UrgentExit is product.md's urgent leaver: a second person, then sign-in and sessions before all else, and the leaver hears nothing.
func TestEdge18UrgentExit(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		w.announce() // Tom Hughes is asked about Priya Patel
		heard, done := len(w.chat("manager", "bot")), len(w.news())
		w.announceExit("urgent leaver Tom Hughes", nil)

		m, ok := w.card("owner", "bot", "", "Confirm now")
		if !ok {
			t.Fatalf("no second person is asked; the owner sees:\n%s", w.shown("owner", "bot", 2))
		}
		confirm := w.forgery(m, "Confirm now")
		for _, as := range []string{"hr", "manager2", "manager", "stranger"} {
			if a := w.forge(as, m, confirm); a.card() || strings.Contains(a.says(), "Confirmed") {
				t.Errorf("%s is answered %q", as, a.says())
			}
			if a, _ := w.account(tom); !a.AccountEnabled || w.caseOf("Tom Hughes").State != flows.Waiting {
				t.Fatalf("the press of %s counts", as)
			}
		}
		if len(w.news()) != done {
			t.Errorf("before the second person: %v", w.news()[done:])
		}

		w.press("owner", "bot", "Confirm now", nil)
		w.advance(time.Minute)
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{
			"block": flows.StepDone, "revoke": flows.StepDone, "methods": flows.StepDone, "owner:Sales": flows.StepDone, "owner:Sales Team": flows.StepDone,
			"group:Sales": flows.StepDone, "team:Sales Team": flows.StepDone, "licence:SPB": flows.Planned,
		})
		news := w.news()[done:]
		if len(news) < 6 || news[0] != "Sign-in of Tom Hughes was blocked" || news[1] != "The sessions of Tom Hughes were revoked" {
			t.Errorf("not first the sign-in, then the sessions: %s", strings.Join(news, "\n"))
		}
		a, _ := w.account(tom)
		if a.AccountEnabled || !slices.Equal(a.Licenses, []string{"SPB"}) {
			t.Errorf("enabled %v, licences %v", a.AccountEnabled, a.Licenses)
		}
		// Two follow rules, two are Exchange's and with IT.
		if diff := cmp.Diff([]string{"All Staff", "London Office", "Marketing News", "Price List Editors"}, a.groups()); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		if len(a.Methods) != 1 || a.Methods[0]["type"] != "passwordAuthenticationMethod" {
			t.Errorf("methods %v", a.Methods)
		}
		for _, words := range []string{"Sign-in is blocked", "Earlier sign-ins do not count any more", "until about Mon 23 Nov, 10:00", "09:00:0"} {
			w.mustSee("hr", "bot", words)
			w.mustSee("owner", "bot", words)
		}
		w.mustSee("it", "it", "Remove Tom Hughes from Marketing News in Exchange.")
		w.unaware("manager", heard, "bot")

		if _, ok := w.card("owner", "bot", "Priya Patel", "Approve"); !ok {
			t.Errorf("nobody stands in for Tom Hughes; the owner sees:\n%s", w.shown("owner", "bot", 3))
		}
		w.verify()
	})
}
