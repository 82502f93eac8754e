package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// TestEdge02RehireMovedLater is somebody hired again whose first day moves when the account is restored already: it stays shut until the new
// day, what was approved stays approved, and it is the account from before that is opened.
func TestEdge02RehireMovedLater(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		const petra, upn = "00000000-0000-4000-a000-000000000025", "petra.vale@larkfield.example"
		w.byAdmin(petra, map[string]any{"deleted": true})
		w.rehire("Petra Vale", petra)
		w.walk("2026-12-07 09:20")
		ref := w.theCase().Ref
		w.say("hr", "move "+ref+" to 21 December")
		w.mustSee("hr", "bot", "Petra Vale starts Mon 21 December 2026 instead of Mon 14 December 2026.")
		w.mustSee("hr", "bot", "The approval of Tom Hughes stays valid")
		w.press("hr", "bot", "Move it", nil)
		if got := w.theCase().due("enable"); got != "2026-12-21 08:00" {
			t.Fatalf("sign-in opens on %s", got)
		}
		w.walk("2026-12-14 12:00")
		if a, _ := w.account(upn); a.AccountEnabled {
			t.Error("open on the old first day")
		}
		w.theCase().wantSteps(t, map[string]flows.StepState{"restore": flows.StepDone, "account": flows.StepDone, "former:access": flows.StepDone, "former:methods": flows.StepDone, "enable": flows.Planned})
		w.walk("2026-12-21 08:20")
		a, ok := w.account(upn)
		if !ok || a.ID != petra || !a.AccountEnabled || !slices.Equal(a.Licenses, []string{"SPB"}) || !slices.Contains(a.groups(), "Sales") {
			t.Errorf("on the new first day: %+v", a)
		}
		if n := w.happened("Petra Vale was restored"); n != 1 {
			t.Errorf("restored %d times; %s", n, strings.Join(w.news(), "\n"))
		}
		w.verify()
	})
}

// TestEdge02RehireMovedEarlier is the same before anything was done, to a day so near that most of it runs at once: restored, cleared of what
// was before and shut until the morning, in this order.
func TestEdge02RehireMovedEarlier(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		const petra, upn = "00000000-0000-4000-a000-000000000025", "petra.vale@larkfield.example"
		w.byAdmin(petra, map[string]any{"deleted": true})
		w.rehire("Petra Vale", petra)
		w.walk("2026-12-01 10:00")
		if w.happened("Petra Vale was restored") != 0 {
			t.Fatal("restored before its time")
		}
		w.say("hr", "move Petra Vale to 2 December")
		w.mustSee("hr", "bot", "Runs at once, because its time will have passed")
		w.press("hr", "bot", "Move it", nil)
		w.advance(30 * time.Minute)
		w.theCase().wantSteps(t, map[string]flows.StepState{"restore": flows.StepDone, "account": flows.StepDone, "former:access": flows.StepDone, "former:methods": flows.StepDone, "licence:SPB": flows.StepDone, "enable": flows.Planned})
		if a, ok := w.account(upn); !ok || a.ID != petra || a.AccountEnabled || !slices.Equal(a.Licenses, []string{"SPB"}) {
			t.Errorf("the day before: %v %+v", ok, a)
		}
		w.walk("2026-12-02 08:20")
		if a, _ := w.account(upn); !a.AccountEnabled {
			t.Error("sign-in is not open")
		}
		w.verify()
	})
}
