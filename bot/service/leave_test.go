package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

const simon = "simon.holt@larkfield.example"

// TestEdge37LeaveAndReturn is a leave of seven months: sign-in blocked, licence released, the elevated group suspended, nothing else taken;
// before the return the manager confirms the access, and the elevated group comes back only by an approver.
func TestEdge37LeaveAndReturn(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		before, _ := w.account(simon)
		if !slices.Contains(before.groups(), "Contract Admins") {
			t.Fatalf("Simon is in %v", before.groups())
		}
		w.say("hr", "leave Simon Holt from 1 December until 30 June 2027")
		w.press("hr", "bot", "Check and continue", inputs{"licences": "release", "release_after_days": "30", "reply": "{name} is away. Please write to {successor}."})
		w.mustSee("hr", "bot", "Simon Holt is on leave from Tue 1 December 2026 until Wed 30 June 2027.")
		w.mustSee("hr", "bot", "Contract administration is elevated: it is suspended during the leave and never comes back by itself.")
		w.press("hr", "bot", "Confirm", nil)
		if k := w.caseOf("Simon Holt"); k.State != flows.Scheduled || !strings.HasPrefix(k.Ref, "A-2026-") {
			t.Fatalf("the case %s is %s", k.Ref, k.State)
		}
		w.walk("2026-12-01 08:59")
		if n := w.news(); len(n) > 0 {
			t.Errorf("before the leave: %v", n)
		}
		w.walk("2026-12-01 09:10")
		w.mustSee("owner", "bot", "Simon Holt is on leave from today until Wed 30 June 2027.")
		a, _ := w.account(simon)
		if a.AccountEnabled || slices.Contains(a.groups(), "Contract Admins") || !slices.Contains(a.groups(), "Company Team") || !slices.Equal(a.Licenses, []string{"SPB"}) {
			t.Errorf("on the first day: enabled %v, groups %v, licences %v", a.AccountEnabled, a.groups(), a.Licenses)
		}
		w.walk("2026-12-31 09:10")
		if a, _ := w.account(simon); len(a.Licenses) > 0 {
			t.Errorf("after 30 days the licences are %v", a.Licenses)
		}
		if k := w.caseOf("Simon Holt"); k.State != flows.Scheduled {
			t.Errorf("while away the case is %s", k.State)
		}
		w.say("hr", "leave Simon Holt from 1 February until 30 June 2027")
		w.press("hr", "bot", "Check and continue", nil)
		w.mustSee("hr", "bot", "There is already an open case for Simon Holt")
		w.press("hr", "bot", "Cancel", nil)

		// Five working days before the first working day, the manager is asked; HR may not answer.
		w.walk("2027-06-24 09:05")
		w.mustSee("owner", "bot", "Confirm the access Simon has after the leave")
		w.press("owner", "bot", "Confirm the access", inputs{"items": []string{"return:licence:SPB", "return:drop:Company Team"}, "elevated": "return:elevated:Contract Admins"})
		w.mustSee("owner", "bot", "by you")
		w.walk("2027-07-01 07:59")
		if a, _ := w.account(simon); a.AccountEnabled {
			t.Error("open before the return")
		}
		w.walk("2027-07-01 08:10")
		a, _ = w.account(simon)
		if !a.AccountEnabled || !slices.Equal(a.Licenses, []string{"SPB"}) || slices.Contains(a.groups(), "Contract Admins") || !slices.Contains(a.groups(), "Company Team") {
			t.Errorf("on the return: enabled %v, licences %v, groups %v", a.AccountEnabled, a.Licenses, a.groups())
		}
		w.mustSee("approver", "bot", "Contract administration")
		w.press("approver", "bot", "Sign off", nil)
		w.advance(5 * time.Minute)
		if a, _ := w.account(simon); !slices.Contains(a.groups(), "Contract Admins") {
			t.Errorf("signed off, and the groups are %v", a.groups())
		}
		w.walk("2027-07-01 13:00")
		w.press("owner", "bot", "Yes, back", nil)
		w.advance(48 * time.Hour)
		k := w.caseOf("Simon Holt")
		if k.State != flows.Done {
			t.Errorf("the case is %s; HR sees:\n%s", k.State, w.shown("hr", "bot", 2))
		}
		after, _ := w.account(simon)
		if !slices.Equal(before.groups(), after.groups()) || !slices.Equal(before.Licenses, after.Licenses) {
			t.Errorf("after all: groups %v, licences %v", after.groups(), after.Licenses)
		}
		w.verify()
	})
}

// TestEdge37OpenLeave is a leave without an end: HR is asked for one, says it, and what the manager does not confirm goes.
func TestEdge37OpenLeave(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leave Simon Holt from 1 December", nil)
		ref := w.caseOf("Simon Holt").Ref
		w.walk("2027-03-01 09:05")
		w.mustSee("hr", "bot", "Due now: Say when Simon Holt returns")
		w.say("manager", "return "+ref+" on 1 April 2027")
		w.mustSee("manager", "bot", "Only HR can say when somebody returns.")
		w.say("hr", "return "+ref+" on 1 April 2027")
		w.mustSee("hr", "bot", "Check the last day of the leave.")
		a := w.pressAbout("hr", "bot", "Check the last day of the leave", "Set the return now", inputs{"end": "2026-11-01"})
		if !strings.Contains(a.says(), "before the first one") {
			t.Errorf("a return before the leave: %s", a.says())
		}
		w.press("hr", "bot", "Set the return now", inputs{"end": "2027-03-31"}) // the message is the case's card from then on
		w.mustSee("hr", "bot", "until Wed 31 March 2027")
		w.walk("2027-03-25 12:00")
		w.press("owner", "bot", "Confirm the access", inputs{"items": []string{}, "elevated": ""})
		w.walk("2027-04-01 08:10")
		got, _ := w.account(simon)
		if !got.AccountEnabled || slices.Contains(got.groups(), "Company Team") || slices.Contains(got.groups(), "Contract Admins") {
			t.Errorf("on the return: enabled %v, groups %v", got.AccountEnabled, got.groups())
		}
		w.verify()
	})
}

// TestLeaveSilence is a manager who does not confirm: the sign-in stays closed, and an owner is asked as well.
func TestLeaveSilence(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leave Simon Holt from 1 December until 31 January 2027", nil)
		w.walk("2027-02-02 09:00")
		if a, _ := w.account(simon); a.AccountEnabled {
			t.Error("opened without a confirmation")
		}
		w.mustSee("owner2", "bot", "Confirm the access Simon has after the leave")
		w.press("owner2", "bot", "Confirm the access", nil)
		w.advance(5 * time.Minute)
		if a, _ := w.account(simon); !a.AccountEnabled {
			t.Errorf("not opened after the confirmation; IT sees:\n%s", w.shown("it", "it", 3))
		}
	})
}

// TestLeaveStandIn is a manager on leave with the sign-in blocked: who stands in decides, and not after the return.
func TestLeaveStandIn(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		w.announceExit("leave Tom Hughes from today until 31 December 2026", inputs{"stand_in": "00000000-0000-4000-a000-000000000004"})
		w.advance(2 * time.Minute)
		w.mustSee("manager2", "bot", "Tom Hughes is on leave, and you stand in from Mon 23 November 2026 until ")
		w.mustSee("manager2", "bot", "You are asked in the place of Tom Hughes")
		w.passes() // the blocked account is no reason to put it to anybody else
		w.press("manager2", "bot", "Approve", inputs{"elevated": "group:Contract Admins"})
		if a := w.stored(w.caseOf("Priya Patel").Ref).Approval; a.By.Name != "Maria Lopez" || a.For.Name != "Tom Hughes" {
			t.Errorf("decided by %s for %s", a.By.Name, a.For.Name)
		}
		w.walk("2027-01-05 09:00")
		w.mustSee("manager2", "bot", "You no longer decide in the place of Tom Hughes.")
		w.verify()
	})
}
