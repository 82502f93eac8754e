package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// tasksDone lets everybody do what their cards about somebody ask for.
func (w *world) tasksDone(name string) {
	w.t.Helper()
	for range 40 {
		pressed := false
		for _, s := range seats {
			if m, ok := w.card(s.as, s.chat, name, "Done"); ok {
				w.pressOn(s.as, m.ID, "Done", nil)
				pressed = true
			}
		}
		if !pressed {
			return
		}
	}
	w.t.Fatalf("there is no end of tasks; IT sees:\n%s", w.shown("it", "it", 2))
}

// TestPlannedExit is a leaver with a week's notice: hand-over before, the door closes at the minute, licences go a month later.
func TestPlannedExit(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		heard := len(w.chat("manager", "bot"))
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		if k := w.caseOf("Tom Hughes"); k.State != flows.Scheduled {
			t.Fatalf("the case is %s", k.State)
		}
		w.mustSee("owner", "bot", "Name a new manager for")
		w.pressAbout("owner", "bot", "Hand over the OneDrive of Tom Hughes", "Done", nil)

		w.walk("2026-11-30 16:59")
		if n := w.news(); len(n) > 0 {
			t.Errorf("before the exit: %v", n)
		}
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"handover:onedrive": flows.StepDoneHand, "block": flows.Planned, "licence:SPB": flows.Planned})
		w.walk("2026-11-30 17:01")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{
			"block": flows.StepDone, "revoke": flows.StepDone, "reply": flows.StepDone, "methods": flows.StepDone, "owner:Sales Team": flows.StepDone,
			"group:Sales": flows.StepDone, "team:Sales Team": flows.StepDone, "licence:SPB": flows.Planned,
		})
		if n := w.news(); len(n) < 2 || n[0] != "Sign-in of Tom Hughes was blocked" || n[1] != "The sessions of Tom Hughes were revoked" {
			t.Errorf("at the exit: %v", n)
		}

		// Exchange takes some out of its groups, as IT is asked to; IT says so, and it is looked at.
		for _, g := range []string{"Marketing News", "Price List Editors"} {
			w.outOf(g, tom)
		}
		w.tasksDone("Tom Hughes")
		w.walk("2026-12-30 16:59")
		if a, _ := w.account(tom); !slices.Equal(a.Licenses, []string{"SPB"}) {
			t.Errorf("within the hold the licences are %v", a.Licenses)
		}
		w.walk("2026-12-30 17:02")
		if a, _ := w.account(tom); len(a.Licenses) > 0 || a.AccountEnabled {
			t.Errorf("after the hold: licences %v, enabled %v", a.Licenses, a.AccountEnabled)
		}
		w.finished()
		w.unaware("manager", heard, "bot")
		w.verify()
	})
}

// TestExitOfIT is somebody of IT who leaves: what IT is asked to do is not said in the channel that the leaver reads.
func TestExitOfIT(t *testing.T) {
	for name, words := range map[string]string{"planned": "leaver Ivan Petrov, last day 30 November at 17:00", "urgent": "urgent leaver Ivan Petrov"} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{}, func(t *testing.T, w *world) {
				heard, posts := len(w.chat("it", "bot")), len(w.chat("it", "it"))
				w.fault("graph", "denied", "revokeSignInSessions", 20)
				w.announceExit(words, nil)
				if name == "urgent" {
					w.press("owner", "bot", "Confirm now", nil)
				}
				w.walk("2026-11-30 17:30")
				w.byAdmin("ivan.petrov@larkfield.example", map[string]any{"accountEnabled": false}) // who can carry directory roles is blocked by people
				w.pressAbout("owner", "bot", "Block the sign-in of Ivan Petrov in Entra", "Done", nil)
				w.walk("2026-12-01 12:00")
				k := w.caseOf("Ivan Petrov")
				k.wantSteps(t, map[string]flows.StepState{"block": flows.StepDoneHand, "revoke": flows.StepBroken})
				w.mustSee("owner", "bot", "Laptop back from Ivan Petrov")
				if _, ok := w.card("owner", "bot", "Ivan Petrov", "Retry"); !ok {
					t.Errorf("nobody is told of the failure; the owner sees:\n%s", w.shown("owner", "bot", 3))
				}
				if list := w.chat("it", "it"); len(list) != posts {
					t.Errorf("the channel of IT got\n%s", w.shown("it", "it", len(list)-posts))
				}
				w.unaware("it", heard, "bot", "it")
				w.verify()
			})
		})
	}
}

// TestExitOfAdmin is an administrator, whom no ordinary app can block: people do, Muster looks, and only then goes on.
func TestExitOfAdmin(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("urgent leaver Gabriel Admin", nil)
		w.press("owner", "bot", "Confirm now", nil)
		const task = "Block the sign-in of Gabriel Admin in Entra"
		w.mustSee("it", "it", task)
		w.pressAbout("it", "it", task, "Done", nil)
		w.advance(time.Minute)
		if k := w.caseOf("Gabriel Admin"); k.step("block") == flows.StepDone || k.step("block") == flows.StepDoneHand || k.step("revoke") != flows.Planned {
			t.Errorf("what is not so is believed: block %s, revoke %s", k.step("block"), k.step("revoke"))
		}
		w.byAdmin("gadmin@larkfield.example", map[string]any{"accountEnabled": false})
		w.advance(time.Hour)
		for _, b := range []string{"Done", "Did it by hand"} {
			if m, ok := w.card("it", "it", task, b); ok {
				w.pressOn("it", m.ID, b, nil)
			}
		}
		w.advance(time.Hour)
		k := w.caseOf("Gabriel Admin")
		if s := k.step("block"); s != flows.StepDone && s != flows.StepDoneHand {
			t.Errorf("block is %s; IT sees:\n%s", s, w.shown("it", "it", 5))
		}
		k.wantSteps(t, map[string]flows.StepState{"revoke": flows.StepDone})
		if n := strings.Join(w.news(), "\n"); strings.Contains(n, "was blocked") {
			t.Errorf("Muster blocked an administrator: %s", n)
		}
		w.verify()
	})
}

// outOf is an administrator who takes somebody out of a group.
func (w *world) outOf(group, upn string) {
	w.t.Helper()
	if status := w.call("DELETE", "/sandbox/directory/groups/"+strings.ReplaceAll(group, " ", "%20")+"/members", map[string]any{"user": upn}, nil); status >= 300 {
		w.t.Fatalf("take %s out of %s: %d", upn, group, status)
	}
}

// byAdmin is an administrator who changes an account.
func (w *world) byAdmin(upn string, props map[string]any) {
	w.t.Helper()
	if status := w.call("PATCH", "/sandbox/directory/users/"+upn, props, nil); status >= 300 {
		w.t.Fatalf("change %s: %d", upn, status)
	}
}
