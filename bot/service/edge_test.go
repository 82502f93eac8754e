package service_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// owners are the owners of a group, as the directory's administrator sees them.
func (w *world) owners(group string) []string {
	w.t.Helper()
	var list []struct {
		DisplayName string
		Owners      []named
	}
	if err := json.Unmarshal(w.sim.Groups(), &list); err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, g := range list {
		if g.DisplayName == group {
			for _, o := range g.Owners {
				out = append(out, o.Name)
			}
		}
	}
	return out
}

// TestEdge21LastOwner is the last owner of a team who leaves: the manager becomes owner before he stops being one, whatever Microsoft 365
// says of it, and as long as nobody else owns the team he stays its owner and the case open.
func TestEdge21LastOwner(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		if o := w.owners("Sales Team"); !slices.Equal(o, []string{"Tom Hughes"}) {
			t.Fatalf("the owners are %q", o)
		}
		w.say("hr", "leaver Tom Hughes, last day 30 November at 17:00")
		w.press("hr", "bot", "Check and continue", nil)
		w.mustSee("hr", "bot", "Nobody else owns CRM Users, Price List Editors and Sales Team.")
		w.press("hr", "bot", "Confirm", nil)
		w.fault("graph", "denied", "^POST /v1.0/groups/.*/owners/", 0)
		w.walk("2026-11-30 17:30")
		k := w.caseOf("Tom Hughes")
		k.wantSteps(t, map[string]flows.StepState{"block": flows.StepDone, "owner:Sales Team": flows.StepBroken, "team:Sales Team": flows.Planned})
		if o := w.owners("Sales Team"); !slices.Equal(o, []string{"Tom Hughes"}) {
			t.Errorf("with nobody to follow the owners are %q", o)
		}
		w.mustSee("it", "it", "Sales Team")
		w.mend()
		w.fault("graph", "lost_answer", "^POST /v1.0/groups/.*/owners/", 1)
		for {
			m, ok := w.card("it", "it", "", "Retry")
			if !ok {
				break
			}
			w.pressOn("it", m.ID, "Retry", nil)
			w.advance(5 * time.Minute)
		}
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"owner:Sales Team": flows.StepDone, "team:Sales Team": flows.StepDone})
		if o := w.owners("Sales Team"); !slices.Equal(o, []string{"Olivia Grant"}) {
			t.Errorf("afterwards the owners are %q", o)
		}
		before := ""
		for _, n := range w.news() {
			if strings.Contains(n, "Tom Hughes") && strings.Contains(n, "owner") && strings.Contains(n, "Sales Team") && !strings.Contains(before, "Olivia Grant") {
				t.Errorf("%q came before anybody followed: %q", n, before)
			}
			before += n + "\n"
		}
		w.verify()
	})
}

// TestEdge05RehireAfterPurge is somebody hired again when the account is gone for good: a new account with an id of its own and a sign-in
// name that was nobody's, access approved anew, and the exit from before left as it was.
func TestEdge05RehireAfterPurge(t *testing.T) {
	story(t, setting{policy: deleting()}, func(t *testing.T, w *world) {
		exit, old := w.callumLeft()
		before := w.stored(exit)
		w.pressAbout("owner", "bot", "due for deletion", "Delete now", nil)
		w.walk("2027-03-10 12:00")
		if _, ok := w.account(old); ok {
			t.Fatal("the account is still there")
		}
		w.say("hr", "new starter Callum Frost, Account Manager, Leeds, starts 12 April 2027, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", nil)
		w.mustSee("hr", "bot", "Callum Frost ("+exit+"), who left on Mon 30 November 2026, account gone. Is this the same person?")
		w.press("hr", "bot", "Check and continue", inputs{"former": exit})
		w.mustSee("hr", "bot", "Callum Frost is the same person as in "+exit+", you say, who left on Mon 30 November 2026. That account is gone for good, so a new one is made.")
		w.press("hr", "bot", "Confirm", nil)
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		w.walk("2027-04-12 08:20")
		c := w.stored(w.numbered("J").Ref)
		if string(c.Event.FormerCase) != exit {
			t.Errorf("the start is linked with %q, want %s", c.Event.FormerCase, exit)
		}
		w.say("owner", "status "+string(c.ID))
		if list := w.chat("owner", "bot"); !strings.Contains(written(list[len(list)-1].Card), exit) {
			t.Error("the timeline of the start does not name the exit")
		}
		w.say("owner", "status "+exit)
		if list := w.chat("owner", "bot"); !strings.Contains(written(list[len(list)-1].Card), "the same person starts again, in \n"+string(c.ID)) {
			t.Errorf("the timeline of the exit does not name the start:\n%s", written(list[len(list)-1].Card))
		}
		u, ok := w.truth(c.Subject().UPN)
		if !ok || u.ID == old || !u.AccountEnabled {
			t.Fatalf("on the first day: %v %s, enabled %v", ok, u.ID, u.AccountEnabled)
		}
		if u.UserPrincipalName == callum {
			t.Errorf("the sign-in name of before was given again: %s", u.UserPrincipalName)
		}
		if slices.Contains(u.groups(), "CRM Users") {
			t.Error("access of before came back")
		}
		if after := w.stored(exit); after.Version != before.Version || after.State != flows.Done {
			t.Errorf("the exit changed: version %d, was %d; %s", after.Version, before.Version, after.State)
		}
		w.verify()
	})
}
