package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// rehire announces somebody who was here before, with the account that HR says is theirs.
func (w *world) rehire(name, former string) {
	w.t.Helper()
	w.say("hr", "new starter "+name+", Account Manager, London, starts 14 December 2026, reports to Tom Hughes")
	w.press("hr", "bot", "Check and continue", nil)
	w.mustSee("hr", "bot", "Is this the same person?")
	w.press("hr", "bot", "Check and continue", inputs{"former": former})
	w.press("hr", "bot", "Confirm", nil)
	w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales", "team:Sales Team"}, "elevated": ""})
}

// TestEdge04RehireDeleted is somebody whose account was deleted three days ago: restored with what it held, of which only what the new job
// gives stays, and the sign-in opens on the first day and not before.
func TestEdge04RehireDeleted(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		const petra, upn = "00000000-0000-4000-a000-000000000025", "petra.vale@larkfield.example"
		w.byAdmin(petra, map[string]any{"deleted": true})
		w.rehire("Petra Vale", petra)
		w.walk("2026-12-07 09:20")
		a, ok := w.account(upn)
		if !ok || a.ID != petra || a.AccountEnabled || a.JobTitle != "Account Manager" || !slices.Equal(a.Licenses, []string{"SPB"}) {
			t.Fatalf("five working days before: %+v; IT sees:\n%s", a, w.shown("it", "it", 2))
		}
		w.walk("2026-12-14 07:59")
		if a, _ := w.account(upn); a.AccountEnabled {
			t.Error("open before the first day")
		}
		w.walk("2026-12-14 08:20")
		if a, _ := w.account(upn); !a.AccountEnabled || slices.Contains(a.Licenses, "VISIOCLIENT") {
			t.Errorf("on the first day: %+v", a)
		}
		w.theCase().wantSteps(t, map[string]flows.StepState{"restore": flows.StepDone, "account": flows.StepDone, "former:access": flows.StepDone, "former:methods": flows.StepDone, "enable": flows.StepDone})
		w.verify()
	})
}

// TestEdge04RehireVoidsDeletion is the pain of a retention delay that deletes a rehire (users' pain 40): the account would be asked about in
// a minute when its owner is hired again. The exit is not carried on either.
func TestEdge04RehireVoidsDeletion(t *testing.T) {
	story(t, setting{policy: deleting()}, func(t *testing.T, w *world) {
		w.announceExit("leaver Callum Frost, last day 30 November at 17:00", nil)
		exit := w.caseOf("Callum Frost").Ref
		w.walk("2026-11-30 17:05")
		w.tasksDone("Callum Frost")
		w.walk("2026-12-30 17:10")
		w.tasksDone("Callum Frost")
		w.walk("2027-01-29 16:58") // two minutes before the account is asked about
		w.say("hr", "new starter Callum Frost, Account Manager, Leeds, starts 15 February 2027, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", nil)
		w.mustSee("hr", "bot", "who left on Mon 30 November 2026")
		w.press("hr", "bot", "Check and continue", inputs{"former": "00000000-0000-4000-a000-000000000023"})
		w.mustSee("hr", "bot", "They left in "+exit)
		w.press("hr", "bot", "Confirm", nil)
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		w.walk("2027-02-15 08:20")
		if w.saw("owner", "bot", "due for deletion") {
			t.Error("the account of somebody who is back is offered for deletion")
		}
		a, ok := w.account(callum)
		if !ok || !a.AccountEnabled || a.ID != "00000000-0000-4000-a000-000000000023" {
			t.Errorf("on the first day: %v %+v", ok, a)
		}
		w.verify()
	})
}

// TestEdge04RehireWithinExit is somebody hired again while the exit still runs: what is left of it is held, and never done.
func TestEdge04RehireWithinExit(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Callum Frost, last day 27 November at 17:00", nil)
		w.walk("2026-11-27 17:05")
		w.tasksDone("Callum Frost")
		w.walk("2026-11-30 10:00")
		w.rehire("Callum Frost", "00000000-0000-4000-a000-000000000023")
		w.advance(time.Minute)
		w.walk("2026-12-28 12:00") // the licences would have been taken back
		a, _ := w.account(callum)
		if !a.AccountEnabled || !slices.Equal(a.Licenses, []string{"SPB"}) || !slices.Contains(a.groups(), "Sales") {
			t.Errorf("the exit went on: %+v", a)
		}
		w.verify()
	})
}

// TestEdge06Namesake is a starter who has the name of somebody from before and is somebody else: another account, and the old one untouched.
func TestEdge06Namesake(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "new starter Fiona Former, Account Manager, London, starts 14 December 2026, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", nil)
		w.mustSee("hr", "bot", "Is this the same person?")
		w.press("hr", "bot", "Check and continue", inputs{"former": "other"})
		w.press("hr", "bot", "Confirm", nil)
		w.press("manager", "bot", "Approve", nil)
		w.walk("2026-12-14 08:20")
		old, _ := w.account("fiona.former@larkfield.example")
		if fresh, ok := w.account("f.former@larkfield.example"); !ok || fresh.ID == old.ID || old.AccountEnabled || !fresh.AccountEnabled {
			t.Errorf("new %v %v, old enabled %v", ok, fresh.AccountEnabled, old.AccountEnabled)
		}
		if n := strings.Join(w.news(), "\n"); strings.Contains(n, "Fiona Former was restored") {
			t.Errorf("news: %s", n)
		}
	})
}
