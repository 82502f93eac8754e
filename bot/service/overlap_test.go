package service_test

import (
	"strings"
	"testing"
	"time"

	"muster/flows"
	"muster/flows/graphsim"
)

// started tells Priya's start up to her first morning, when there is an account and the case is open.
func (w *world) started() (ref string) {
	w.t.Helper()
	w.announce()
	w.approve()
	w.walk("2026-12-11 12:00")
	return w.theCase().Ref
}

// stateOf is where a case stands.
func (w *world) stateOf(ref string) flows.State {
	w.t.Helper()
	return w.stored(ref).State
}

// TestEdge34ExitOverJoiner: an exit arrives while the start is still being done. The start is held, and ends when the exit is done.
func TestEdge34ExitOverJoiner(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		ref := w.started()
		w.announceExit("leaver "+priya+", last day 18 December at 17:00", nil)
		w.mustSee("hr", "bot", "On hold")
		w.walk("2026-12-14 09:00")
		if a, _ := w.account(priya); a.AccountEnabled {
			t.Error("what is on hold runs")
		}
		if strings.Contains(w.texts(priya), "leave") {
			t.Error("the person was told")
		}
		w.walk("2026-12-18 17:10")
		w.tasksDone("Priya Patel")
		w.walk("2027-01-19 12:00")
		w.tasksDone("Priya Patel")
		w.advance(time.Hour)
		exit := w.cases()[1]
		if exit.State != flows.Done || w.stateOf(ref) != flows.Stopped || w.stored(ref).Overtaken == "" {
			t.Errorf("the exit is %s, the start %s", exit.State, w.stateOf(ref))
		}
		w.verify()
	})
}

// TestEdge34ExitRescinded: the exit is cancelled, and HR is asked whether the start goes on.
func TestEdge34ExitRescinded(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		ref := w.started()
		w.announceExit("leaver "+priya+", last day 18 December at 17:00", nil)
		exit := w.cases()[1].Ref
		w.say("hr", "move "+ref+" to 21 December")
		if !strings.Contains(w.texts("hr"), "This case is on hold") {
			t.Error("a case on hold was moved")
		}
		w.walk("2026-12-15 10:00")
		w.say("hr", "cancel "+exit)
		w.press("hr", "bot", "Cancel it", inputs{"reason": "She stays."})
		if w.stored(ref).Paused == nil {
			t.Fatal("it goes on without HR")
		}
		w.mustSee("hr", "bot", "Decide whether this goes on.")
		w.press("hr", "bot", "Let it go on", nil)
		w.advance(10 * time.Minute)
		if a, _ := w.account(priya); !a.AccountEnabled {
			t.Error("what was due meanwhile did not run")
		}
		w.press("manager", "bot", "Show the pass now", nil)
		w.advance(24 * time.Hour)
		w.press("manager", "bot", "Yes, started", nil)
		w.tasksDone("Priya Patel")
		w.advance(time.Hour)
		if s := w.stateOf(ref); s != flows.Done {
			t.Errorf("the start is %s", s)
		}
		w.verify()
	})
}

// TestEdge34UrgentOverPlanned: an urgent exit goes before a planned one; a planned one does not go before an urgent one.
func TestEdge34UrgentOverPlanned(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Callum Frost, last day 30 November at 17:00", nil)
		planned := w.theCase().Ref
		w.announceExit("urgent leaver Callum Frost", nil)
		if w.stored(planned).Paused == nil {
			t.Error("the planned exit is not on hold")
		}
		w.press("owner", "bot", "Refuse now", inputs{"reason": "Not needed."})
		w.mustSee("hr", "bot", "Decide whether this goes on.")
		w.press("hr", "bot", "Let it go on", nil)
		w.walk("2026-11-30 17:01")
		if a, _ := w.account("callum.frost@larkfield.example"); a.AccountEnabled {
			t.Error("the planned exit did not happen")
		}
		w.say("hr", "leaver Callum Frost, last day 4 December")
		if a := w.press("hr", "bot", "Check and continue", nil); a.Status != 200 {
			t.Error(a.Error)
		}
		w.mustSee("hr", "bot", "There is already an open case for Callum Frost")
		w.verify()
	})
}

// TestEdge35BackDatedExit: she left on Friday, and Muster learns of it on Monday. It acts at once, and keeps how late that was.
func TestEdge35BackDatedExit(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Tom Hughes, last day 20 November 2026 at 17:00", nil)
		w.advance(2 * time.Minute)
		k := w.theCase()
		k.wantSteps(t, map[string]flows.StepState{"block": flows.StepDone, "revoke": flows.StepDone})
		l := w.stored(k.Ref).Late
		if l == nil || l.Days != 3 || l.Done.IsZero() || l.Due.In(london).Format("2006-01-02 15:04") != "2026-11-20 17:00" {
			t.Errorf("late is %+v", l)
		}
		w.mustSee("hr", "bot", "Sign-in should have ended on Fri 20 Nov 2026, 17:00 (London) and was seen done on")
		w.say("hr", "status "+k.Ref)
		if list := w.chat("hr", "bot"); !strings.Contains(written(list[len(list)-1].Card), "What happened to Tom Hughes") || !strings.Contains(written(list[len(list)-1].Card), "3 days later") {
			t.Error("the timeline does not say how late it was")
		}
		w.mustSee("hr", "bot", "Whether Tom Hughes signed in since could not be read: Muster's app lacks the permission AuditLog.Read.All.")
		w.verify()
	})
}

// TestEdge35SignInInTheGap: where the tenant lets Muster read sign-ins, the last one since the exit is said before HR confirms, and is kept.
func TestEdge35SignInInTheGap(t *testing.T) {
	for name, tt := range map[string]struct {
		last string
		want string
	}{
		"since":  {"2026-11-21T10:12:00Z", "Tom Hughes signed in after that, last on Sat 21 November 2026, 10:12 (London). Look at what was done with the account since."},
		"before": {"2026-11-20T15:00:00Z", "No sign-in of Tom Hughes since is on record; the last one was on Fri 20 November 2026, 15:00 (London)."},
		"never":  {"", "Microsoft has no sign-in of Tom Hughes on record."},
	} {
		t.Run(name, func(t *testing.T) {
			may := func(o *graphsim.Options) { o.Also = []string{"AuditLog.Read.All"} }
			story(t, setting{tenant: may}, func(t *testing.T, w *world) {
				if tt.last != "" {
					w.byAdmin(tom, map[string]any{"signInActivity": map[string]any{"lastSuccessfulSignInDateTime": tt.last, "lastSignInDateTime": tt.last}})
				}
				w.say("hr", "leaver Tom Hughes, last day 20 November 2026 at 17:00")
				w.press("hr", "bot", "Check and continue", nil)
				w.mustSee("hr", "bot", tt.want)
				w.press("hr", "bot", "Confirm", nil)
				w.advance(2 * time.Minute)
				c := w.stored(w.theCase().Ref)
				if g := c.Facts.Gap; g == nil || g.Why != "" || tt.last != "" && g.Last.Format(time.RFC3339) != tt.last {
					t.Errorf("on record: %+v", g)
				}
				w.say("owner", "status "+string(c.ID))
				w.mustSee("owner", "bot", tt.want)
				w.verify()
			})
		})
	}
}

// TestEdge35BackDatedJoiner: the person is at work since Thursday, and nobody had said so.
func TestEdge35BackDatedJoiner(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "new starter Priya Patel, Account Manager, starts 19 November 2026, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
		w.press("hr", "bot", "Confirm", nil)
		w.press("manager", "bot", "Approve", nil)
		w.advance(30 * time.Minute)
		if a, _ := w.account(priya); !a.AccountEnabled {
			t.Error("sign-in is not open")
		}
		if l := w.stored(w.theCase().Ref).Late; l == nil || l.Days != 4 || l.Done.IsZero() {
			t.Errorf("late is %+v", l)
		}
		w.verify()
	})
}
