package service_test

import (
	"net/http"
	"strings"
	"testing"

	"muster/bot/sandbox"
)

// TestExitRefused is every exit that must not begin: HR gets a clear sentence, and there is no case.
func TestExitRefused(t *testing.T) {
	protects := []byte(strings.Replace(string(sandbox.DefaultPolicy), "protected: []", "protected: [gadmin@larkfield.example]", 1))
	story(t, setting{policy: protects}, func(t *testing.T, w *world) {
		for name, tt := range map[string]struct {
			as, text, want string
			check          bool // the form is sent in
		}{
			"own exit":            {"hr", "leaver Hannah Reed, last day 30 November", "You cannot raise your own exit.", true},
			"own urgent exit":     {"hr", "urgent leaver Hannah Reed", "You cannot raise your own exit.", true},
			"protected account":   {"hr", "leaver gadmin@larkfield.example, last day 30 November", "The policy protects this account", true},
			"protected, urgent":   {"hr", "urgent leaver Gabriel Admin", "The policy protects this account", true},
			"two people":          {"hr", "urgent leaver Sam Taylor", "2 people are called Sam Taylor. Please choose.", false},
			"nobody":              {"hr", "leaver Nobody Atall, last day 30 November", "I do not find Nobody Atall in the directory.", false},
			"half a name":         {"hr", "urgent leaver Hughes", "Nobody is called exactly Hughes.", false},
			"too far back":        {"hr", "leaver Stan Doyle, last day 2 November 2026", "is in the past. Check the year.", false},
			"no right":            {"manager", "urgent leaver Stan Doyle", "Only HR can announce a leaver.", false},
			"no right to oneself": {"stranger", "leaver Stan Doyle, last day 30 November", "Only HR can announce a leaver.", false},
		} {
			w.say(tt.as, tt.text)
			if tt.check {
				w.press(tt.as, "bot", "Check and continue", nil)
			}
			if list := w.chat(tt.as, "bot"); !strings.Contains(list[len(list)-1].Text+written(list[len(list)-1].Card), tt.want) {
				t.Errorf("%s: %s does not see %q; the last message:\n%s", name, tt.as, tt.want, w.shown(tt.as, "bot", 1))
			}
			if _, ok := w.card(tt.as, "bot", "", "Confirm"); ok {
				t.Errorf("%s: %s may confirm", name, tt.as)
			}
		}
		if n := len(w.cases()); n != 0 {
			t.Errorf("there are %d cases", n)
		}

		// One exit of a person is enough; only an urgent one goes before it.
		w.announceExit("leaver Stan Doyle, last day 30 November", nil)
		w.say("hr2", "leaver Stan Doyle, last day 1 December")
		w.press("hr2", "bot", "Check and continue", nil)
		w.mustSee("hr2", "bot", "There is already an open case for Stan Doyle: L-2026-0001.")

		// What was in the past a little is done at once, and HR is told.
		w.say("hr", "leaver Callum Frost, last day 20 November 2026")
		w.press("hr", "bot", "Check and continue", nil)
		w.mustSee("hr", "bot", "the sign-in has been open for 3 days since then")
		w.press("hr", "bot", "Confirm", nil)
		if a, _ := w.account("callum.frost@larkfield.example"); a.ID == "" || a.AccountEnabled {
			t.Errorf("back-dated: enabled %v", a.AccountEnabled)
		}
		w.verify()
	})
}

// TestExitOfHR is somebody of HR who leaves: the case is nowhere to be found for them, and no button of it is theirs.
func TestExitOfHR(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		heard := len(w.chat("hr2", "bot"))
		w.announceExit("leaver Helen Okafor, last day 30 November", nil)
		ref := w.caseOf("Helen Okafor").Ref
		w.unaware("hr2", heard, "bot")
		for _, ask := range []string{"status", "status " + ref, "status Helen Okafor", "upcoming", "overdue", "my tasks", "evidence " + ref} {
			w.say("hr2", ask)
			for _, m := range w.chat("hr2", "bot") {
				text := m.Text + written(m.Card)
				if m.From == "bot" && (strings.Contains(text, "leaves") || strings.Contains(text, "Leaver") || strings.Contains(text, "Helen Okafor,")) {
					t.Errorf("%s: Helen Okafor reads\n%s", ask, text)
				}
			}
		}
		if list := w.chat("hr2", "bot"); len(list) < heard+7 {
			t.Errorf("not every question was answered: %d messages", len(list)-heard)
		}
		m, ok := w.card("hr", "bot", ref, "Details")
		if !ok {
			t.Fatalf("HR sees no case:\n%s", w.shown("hr", "bot", 2))
		}
		if a := w.forge("hr2", m, w.forgery(m, "Details")); strings.Contains(a.says(), "Helen Okafor") {
			t.Errorf("a forged press shows Helen Okafor\n%s", a.says())
		}
		w.say("hr", "status "+ref)
		w.mustSee("hr", "bot", "Helen Okafor")
	})
}

// TestExitNotInChannels is what is asked where others read along: exits are left out of every list there, and one that is named is not
// spoken of.
func TestExitNotInChannels(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Stan Doyle, last day 30 November", nil)
		ref := w.caseOf("Stan Doyle").Ref
		before := len(w.chat("it", "it"))
		for _, ask := range []string{"status " + ref, "status Stan Doyle", "upcoming", "overdue", "failures", "my tasks", "dry run " + ref, "drift"} {
			if status, problem := w.write("it", "it", "<at>Muster</at> "+ask); status != http.StatusOK {
				t.Fatalf("%s: %d %s", ask, status, problem)
			}
		}
		if n := len(w.chat("it", "it")) - before; n < 16 {
			t.Errorf("there are %d messages of eight questions and their answers", n)
		}
		for _, m := range w.chat("it", "it")[before:] {
			if text := m.Text + written(m.Card); m.From == "bot" && strings.Contains(text, "Stan Doyle") {
				t.Errorf("the channel reads\n%s", text)
			}
		}
		w.say("it", "upcoming")
		w.mustSee("it", "bot", "Stan Doyle")
	})
}
