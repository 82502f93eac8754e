package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// texts are the sentences that somebody got from the bot, cards aside.
func (w *world) texts(as string) string {
	var out []string
	for _, m := range w.chat(as, "bot") {
		if m.From == "bot" && m.Text != "" {
			out = append(out, m.Text)
		}
	}
	return strings.Join(out, "\n")
}

// due is when a step of a case is due.
func (c caseView) due(k string) string {
	for _, s := range c.Steps {
		if string(s.Key) == k {
			return s.Due.In(london).Format("2006-01-02 15:04")
		}
	}
	return ""
}

// approve is the manager's part for the joiner of announce.
func (w *world) approve() {
	w.t.Helper()
	w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales", "team:Sales Team"}, "elevated": "group:Contract Admins"})
	w.press("approver", "bot", "Sign off", nil)
}

// TestEdge2StartMovedLater is a first day that moves by a week when the account is there already: the rest follows, the approvals stay.
func TestEdge2StartMovedLater(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		w.announce()
		w.approve()
		w.walk("2026-12-07 09:30")
		ref := w.theCase().Ref
		w.say("hr", "move "+ref+" to 21 December")
		if got := w.theCase().due("enable"); got != "2026-12-14 08:00" {
			t.Fatalf("before it is confirmed, sign-in opens on %s", got)
		}
		w.mustSee("hr", "bot", "Priya Patel starts Mon 21 December 2026 instead of Mon 14 December 2026.")
		w.mustSee("hr", "bot", "Create the account")
		w.mustSee("hr", "bot", "The approval of Tom Hughes stays valid")
		w.press("hr", "bot", "Move it", nil)
		k := w.theCase()
		if got := k.due("enable"); got != "2026-12-21 08:00" {
			t.Errorf("sign-in opens on %s", got)
		}
		if n := strings.Count(w.texts("manager"), "starts Mon 21 December 2026 instead of"); n != 1 {
			t.Errorf("the manager was told %d times", n)
		}
		w.walk("2026-12-14 12:00")
		w.theCase().wantSteps(t, map[string]flows.StepState{"account": flows.StepDone, "licence:SPB": flows.Planned, "enable": flows.Planned})
		w.walk("2026-12-18 09:30")
		w.theCase().wantSteps(t, map[string]flows.StepState{"licence:SPB": flows.StepDone, "group:Contract Admins": flows.StepDone, "enable": flows.Planned})
		w.walk("2026-12-21 08:30")
		if a, _ := w.account(priya); !a.AccountEnabled {
			t.Error("sign-in is not open on the new first day")
		}
		w.tasksDone("Priya Patel")
		w.press("manager", "bot", "Show the pass now", nil)
		w.walk("2026-12-21 13:00")
		w.press("manager", "bot", "Yes, started", nil)
		w.advance(48 * time.Hour)
		w.finished()
		w.verify()
	})
}

// TestEdge2StartMovedEarlier is a first day that is brought forward to tomorrow: what is overdue runs at once, and the case says so.
func TestEdge2StartMovedEarlier(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		w.approve()
		w.walk("2026-12-01 10:00")
		ref := w.theCase().Ref
		w.say("hr", "move Priya Patel to 2 December")
		w.mustSee("hr", "bot", "Runs at once, because its time will have passed")
		w.press("hr", "bot", "Move it", nil)
		w.advance(20 * time.Minute)
		w.theCase().wantSteps(t, map[string]flows.StepState{"account": flows.StepDone, "licence:SPB": flows.StepDone, "group:Sales": flows.StepDone, "enable": flows.Planned})
		if l := w.stored(ref).Late; l == nil || l.Due.In(london).Format("2006-01-02") != "2026-11-25" {
			t.Errorf("late is %+v", l)
		}
		w.mustSee("hr", "bot", "This should have happened on")
		w.walk("2026-12-02 08:10")
		if a, _ := w.account(priya); !a.AccountEnabled {
			t.Error("sign-in is not open")
		}
		w.verify()
	})
}

// TestMoveBeforeTheDecision moves while the manager has yet to decide: the card has the new dates, and an old press is refused kindly.
func TestMoveBeforeTheDecision(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		w.say("hr", "move Priya to 4 January 2027")
		w.press("hr", "bot", "Move it", nil)
		w.mustSee("manager", "bot", "Priya Patel starts on Mon 4 January 2027")
		w.approve()
		if got := w.theCase().due("enable"); got != "2027-01-04 08:00" {
			t.Errorf("sign-in opens on %s", got)
		}
		for what, words := range map[string]string{
			"by whom":      "",
			"no date":      "move Priya Patel",
			"no day":       "move Priya Patel to the cinema",
			"the same":     "move Priya Patel to 4 January 2027",
			"long ago":     "move Priya Patel to 4 January 2026",
			"nobody":       "move Percy Pott to 4 January 2027",
			"a time":       "move Priya Patel to 5 January 2027 at 10:00",
			"unknown case": "move J-2026-0999 to 5 January 2027",
		} {
			before := len(w.theCase().Decisions)
			who := "hr"
			if words == "" {
				who, words = "manager", "move Priya Patel to 5 January 2027"
			}
			w.say(who, words)
			list := w.chat(who, "bot")
			if last := list[len(list)-1]; written(last.Card) != "" || last.Text == "" {
				t.Errorf("%s: answered with %s", what, written(last.Card))
			}
			if len(w.theCase().Decisions) != before {
				t.Errorf("%s: something was decided", what)
			}
		}
		w.verify()
	})
}

// TestExitMoved is a last day that moves by four days and gets a time of its own.
func TestExitMoved(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		heard := len(w.chat("manager", "bot"))
		w.say("hr", "move "+w.theCase().Ref+" to 4 December at 12:00")
		w.press("hr", "bot", "Move it", nil)
		w.mustSee("owner", "bot", "Tom Hughes leaves Fri 4 December 2026 at 12:00 instead of Mon 30 November 2026 at 17:00")
		w.walk("2026-12-04 11:59")
		if a, _ := w.account(tom); !a.AccountEnabled {
			t.Error("the door closed before the new time")
		}
		w.walk("2026-12-04 12:01")
		w.theCase().wantSteps(t, map[string]flows.StepState{"block": flows.StepDone, "revoke": flows.StepDone})
		w.say("hr", "move "+w.theCase().Ref+" to 9 December")
		if !strings.Contains(w.texts("hr"), "The sign-in is blocked already") {
			t.Error("an exit that happened moves")
		}
		w.unaware("manager", heard, "bot")
		w.verify()
	})
}

// TestEdge1RescindBeforeDayOne cancels an offer the evening before: seats and groups come back, the account stays and is blocked.
func TestEdge1RescindBeforeDayOne(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		w.announce()
		w.approve()
		w.walk("2026-12-11 15:00")
		w.say("hr", "cancel "+w.theCase().Ref)
		w.mustSee("hr", "bot", "What is taken back")
		w.mustSee("hr", "bot", "Remove from Sales")
		w.press("hr", "bot", "Cancel it", inputs{"reason": "Took another post."})
		w.advance(20 * time.Minute)
		a, _ := w.account(priya)
		if a.AccountEnabled || len(a.Licenses) > 0 || slices.ContainsFunc(a.groups(), func(g string) bool { return g == "Sales" || g == "Contract Admins" || g == "Sales Team" }) {
			t.Errorf("the account has %v, groups %v, enabled %v", a.Licenses, a.groups(), a.AccountEnabled)
		}
		w.tasksDone("Priya Patel")
		w.advance(time.Hour)
		if k := w.theCase(); k.State != flows.Stopped {
			t.Errorf("the case is %s", k.State)
		}
		for _, m := range w.live() {
			t.Errorf("a card still has buttons: %s", m)
		}
		if !strings.Contains(w.texts("manager"), "was cancelled by HR") {
			t.Error("the manager was not told")
		}
		w.verify()
	})
}

// TestEdge1RescindWhileTheAccountIsMade cancels a starter between the creation of the account and the moment in which it is seen: whether it
// appears late or was never made, the case comes to its end by itself, and an account that is there is blocked and known.
func TestEdge1RescindWhileTheAccountIsMade(t *testing.T) {
	for name, tt := range map[string]struct {
		visibility time.Duration
		fault      string
		there      bool
	}{
		"seen late":          {visibility: 90 * time.Second, there: true},
		"the answer is lost": {visibility: 20 * time.Second, fault: "lost_answer", there: true},
		"never made":         {fault: "no_effect"},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{visibility: tt.visibility}, func(t *testing.T, w *world) {
				w.announce()
				w.approve()
				made := func() (flows.Step, flows.StepState) {
					c := w.stored(w.theCase().Ref)
					i := slices.IndexFunc(c.Plan.Steps, func(s flows.Step) bool { return s.Task == flows.CreateAccount })
					s, st, _ := c.Step(c.Plan.Steps[i].Key)
					return s, st.State
				}
				s, _ := made()
				w.walk(s.Due.Add(-time.Minute).In(london).Format("2006-01-02 15:04"))
				if tt.fault != "" {
					w.fault("graph", tt.fault, "^POST /v1.0/users$", 0)
				}
				w.advance(65 * time.Second)
				if _, st := made(); st != flows.StepNotSeen && st != flows.StepBegun {
					t.Fatalf("the creation is %s", st)
				}
				w.say("hr", "cancel "+w.theCase().Ref)
				w.press("hr", "bot", "Cancel it", inputs{"reason": "Took another post."})
				w.advance(30 * time.Minute)
				w.tasksDone("Priya Patel")
				w.advance(time.Hour)
				k := w.theCase()
				if k.State != flows.Stopped {
					t.Errorf("the case is %s; IT sees:\n%s", k.State, w.shown("it", "it", 3))
				}
				a, found := w.account(priya)
				if found != tt.there || a.AccountEnabled {
					t.Errorf("an account is there: %v, open: %v", found, a.AccountEnabled)
				}
				if c := w.stored(k.Ref); found && string(c.Account) != a.ID {
					t.Errorf("the case knows the account as %q, and it is %q", c.Account, a.ID)
				}
				for _, m := range w.live() {
					t.Errorf("a card still has buttons: %s", m)
				}
				w.verify()
			})
		})
	}
}

// TestEdge36ExitRescindedAfterTheBlock gives back what an exit took, as it was shown, and nothing else.
func TestEdge36ExitRescindedAfterTheBlock(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		before, _ := w.account(tom)
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		w.walk("2026-11-30 17:10")
		w.say("hr", "cancel Tom Hughes")
		w.mustSee("hr", "bot", "Open the sign-in again")
		w.press("hr", "bot", "Cancel it", inputs{"reason": "He stays."})
		w.advance(20 * time.Minute)
		w.tasksDone("Tom Hughes")
		w.advance(2 * time.Hour)
		after, _ := w.account(tom)
		if !after.AccountEnabled || !slices.Equal(after.Licenses, before.Licenses) || !slices.Equal(after.groups(), before.groups()) {
			t.Errorf("after: %v %v %v, before: %v %v", after.AccountEnabled, after.Licenses, after.groups(), before.Licenses, before.groups())
		}
		if k := w.theCase(); k.State != flows.Stopped {
			t.Errorf("the case is %s; IT sees\n%s", k.State, w.shown("it", "it", 4))
		}
		w.verify()
	})
}

// TestUrgentExitRescinded needs a second person, and opens the sign-in within seconds.
func TestUrgentExitRescinded(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("urgent leaver Callum Frost", nil)
		w.press("owner", "bot", "Confirm now", nil)
		w.advance(10 * time.Second)
		w.say("hr", "cancel "+w.theCase().Ref)
		w.press("hr", "bot", "Cancel it", inputs{"reason": "The wrong person."})
		w.advance(10 * time.Second)
		if a, _ := w.account("callum.frost@larkfield.example"); a.AccountEnabled {
			t.Fatal("one person opened the door alone")
		}
		w.press("owner", "bot", "Confirm the cancellation", nil)
		w.advance(10 * time.Second)
		if a, _ := w.account("callum.frost@larkfield.example"); !a.AccountEnabled {
			t.Error("the door is shut")
		}
		w.verify()
	})
}
