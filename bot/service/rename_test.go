package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

const stan = "stan.doyle@larkfield.example"

// TestEdge08Rename is a change of name: people told before and after, names and sign-in name in the evening, the old address kept as an
// alias that is read back, nothing else touched, and the old name given to nobody.
func TestEdge08Rename(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		before, _ := w.account(stan)
		w.say("hr", "rename Stan Doyle to Stan Marlow from 1 December")
		w.press("hr", "bot", "Check and continue", nil)
		w.mustSee("hr", "bot", "Stan Doyle will be called Stan Marlow from Tue 1 Dec 2026, 19:00 (London).")
		w.mustSee("hr", "bot", "The address of the OneDrive changes")
		w.press("hr", "bot", "Confirm", nil)
		if k := w.caseOf("Stan Doyle"); k.State != flows.Scheduled || !strings.HasPrefix(k.Ref, "N-2026-") {
			t.Fatalf("the case %s is %s", k.Ref, k.State)
		}
		w.walk("2026-11-30 09:01")
		w.mustSee("stranger", "bot", "changes to Stan Marlow on Tue 1 December 2026 at 19:00")
		w.mustSee("manager2", "bot", "Stan Doyle is called Stan Marlow from Tue 1 December 2026 at 19:00 on.")
		w.walk("2026-12-01 18:59")
		if n := w.news(); len(n) > 0 {
			t.Errorf("within working hours: %v", n)
		}
		w.walk("2026-12-01 19:05")
		const next = "stan.marlow@larkfield.example"
		a, ok := w.account(next)
		if !ok || a.DisplayName != "Stan Marlow" || a.ID != before.ID {
			t.Fatalf("the account is %+v", a)
		}
		w.mustSee("stranger", "bot", "Your name in Microsoft 365 is Stan Marlow now. You sign in as "+next)

		// The alias is IT's, and a word alone does not do.
		const task = "Keep " + stan + " as an alias in Exchange"
		w.pressAbout("it", "it", task, "Done", nil)
		w.advance(time.Minute)
		if s := w.caseOf("Stan Doyle").step("alias"); s != flows.StepNotSeen {
			t.Errorf("what is not so is believed: alias %s", s)
		}
		w.byAdmin(next, map[string]any{"mail": next}) // Exchange makes it the primary address, and keeps the other
		w.advance(2 * time.Hour)
		w.finished()
		after, _ := w.account(next)
		if !slices.Equal(before.groups(), after.groups()) || !slices.Equal(before.Licenses, after.Licenses) || !after.AccountEnabled {
			t.Errorf("access changed: %v %v", after.groups(), after.Licenses)
		}

		// The alias goes; the name is still nobody else's.
		w.byAdmin(next, map[string]any{"proxyAddresses": []string{"SMTP:" + next}})
		w.say("hr", "new starter Stan Doyle, Warehouse Operative, Leeds, starts 4 January 2027, reports to Maria Lopez")
		w.press("hr", "bot", "Check and continue", nil)
		w.mustSee("hr", "bot", "s.doyle@larkfield.example")
		w.mustSee("hr", "bot", stan+" is taken by nobody, and kept free until Wed 1 December 2027")
		w.verify()
	})
}

// TestRenameRefused is what the form says beside the field.
func TestRenameRefused(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "rename Stan Doyle to Stan Marlow from 1 December")
		for _, tt := range []struct {
			in   inputs
			want string
		}{
			{inputs{"sign_in_name": "tom.hughes"}, "tom.hughes@larkfield.example is taken by Tom Hughes"},
			{inputs{"sign_in_name": "stan@elsewhere.example"}, "New sign-in names end with @larkfield.example."},
			{inputs{"sign_in_name": "stan marlow"}, "Use a to z, 0 to 9, dots inside"},
			{inputs{"surname": "M4rlow"}, "A name has letters"},
			{inputs{"at": "7pm"}, "This is not a time of day."},
		} {
			w.pressed(map[string]any{"as": "hr", "message": w.formID("hr"), "button": "Check and continue", "inputs": tt.in})
			w.settle()
			if !w.saw("hr", "bot", tt.want) && tt.in["at"] == nil {
				t.Errorf("%v: not told %q; HR sees:\n%s", tt.in, tt.want, w.shown("hr", "bot", 1))
			}
		}
		if n := w.news(); len(n) > 0 {
			t.Errorf("done without a confirmation: %v", n)
		}
	})
}

// TestRenameByPeople is somebody whose sign-in name only an administrator may change; a synced account is renamed on the premises.
func TestRenameByPeople(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("rename Sylvia Nordby to Sylvia Ekholm from 1 December", nil)
		w.walk("2026-12-01 19:05")
		const task = "Rename Sylvia Nordby in Active Directory"
		w.mustSee("it", "it", task)
		if n := w.news(); len(n) > 0 {
			t.Errorf("Muster wrote to an account of the premises: %v", n)
		}
		w.byAdmin("00000000-0000-4000-a000-00000000003e", map[string]any{"userPrincipalName": "sylvia.ekholm@larkfield.example"})
		for range 3 { // the manager cannot be reached otherwise
			for _, b := range []string{"Done", "Did it by hand"} {
				if m, ok := w.card("it", "it", "Sylvia Nordby", b); ok {
					w.pressOn("it", m.ID, b, inputs{"note": "done"})
				}
			}
			w.advance(time.Hour)
		}
		if s := w.caseOf("Sylvia Nordby").step("sign_in_name"); s != flows.StepDone && s != flows.StepDoneHand {
			t.Errorf("sign_in_name is %s; IT sees:\n%s", s, w.shown("it", "it", 4))
		}
	})
}

// formID is the form that somebody has open.
func (w *world) formID(as string) string {
	w.t.Helper()
	m, ok := w.card(as, "bot", "", "Check and continue")
	if !ok {
		w.t.Fatalf("%s has no form; the last messages:\n%s", as, w.shown(as, "bot", 3))
	}
	return m.ID
}
