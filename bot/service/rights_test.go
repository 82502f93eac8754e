package service_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
	"muster/flows/graphsim"
)

// rights is what somebody may do besides being in groups, as the directory's administrator sees it.
type rights struct {
	Apps, Consents []struct{ App string }
	PasswordFrom   time.Time `json:"lastPasswordChangeDateTime"`
}

func (w *world) rights(upn string) rights {
	w.t.Helper()
	var r rights
	raw, ok := w.sim.User(upn)
	if !ok {
		w.t.Fatalf("nobody is called %s", upn)
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// happened counts a line of the directory's news.
func (w *world) happened(what string) int {
	return len(slices.DeleteFunc(w.news(), func(s string) bool { return s != what }))
}

// exitFlow is the sandbox's policy with a leaver's workflow of the least lines, and these besides.
func exitFlow(lines ...string) []byte {
	all := append([]string{"{task: block_sign_in, at: exit}", "{task: revoke_sessions, at: exit, after: [block_sign_in]}"}, lines...)
	return []byte(string(sandbox.DefaultPolicy) + "\nworkflows:\n  leaver:\n    - " + strings.Join(all, "\n    - ") + "\n")
}

// premium is a tenant with Entra ID P2 and Governance, whose owner lets Muster take directory roles.
func premium(o *graphsim.Options) {
	o.Premium = true
	o.Also = []string{"RoleManagement.ReadWrite.Directory", "RoleAssignmentSchedule.ReadWrite.Directory", "RoleEligibilitySchedule.ReadWrite.Directory"}
}

// TestExitEndsRights is an exit that also ends the password, the access to apps and what apps may do, through lies and lost answers.
func TestExitEndsRights(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		before := w.rights(tom)
		if len(before.Apps) != 2 || len(before.Consents) != 1 {
			t.Fatalf("before: %+v", before)
		}
		w.walk("2026-11-30 16:59")
		if r := w.rights(tom); len(r.Apps) != 2 || !r.PasswordFrom.Equal(before.PasswordFrom) {
			t.Errorf("before the exit: %+v", r)
		}
		w.fault("graph", "no_effect", "DELETE .*/appRoleAssignments/", 2)
		w.fault("graph", "lost_answer", "DELETE .*/oauth2PermissionGrants/", 1)
		w.walk("2026-11-30 17:00")
		k := w.caseOf("Tom Hughes")
		k.wantSteps(t, map[string]flows.StepState{"revoke": flows.StepDone, "password": flows.StepDone, "consents": flows.StepDone, "apps": flows.StepNotSeen})
		w.walk("2026-11-30 17:05")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"apps": flows.StepDone})
		if r := w.rights(tom); len(r.Apps)+len(r.Consents) != 0 || r.PasswordFrom.Before(before.PasswordFrom.Add(time.Hour)) {
			t.Errorf("after the exit: %+v", r)
		}
		if n := w.happened("The password of Tom Hughes was changed"); n != 1 {
			t.Errorf("the password was changed %d times", n)
		}
		seen := map[string]string{}
		for _, r := range w.records(k.Ref) {
			if b, ok := r.Entry.Body.(flows.StepVerified); ok {
				seen[string(b.Step)] = b.Before + " | " + b.After
			}
		}
		if seen["apps"] != "roles in Larkfield CRM and Pocket Planner | no role in an app of their own" || seen["consents"] != "allowed: Pocket Planner (Calendars.Read, offline_access) | no app acts in their name" ||
			!strings.HasPrefix(seen["password"], "password of 2019-04-01T09:00:00Z | password of 2026-11-30T17:00:") {
			t.Errorf("the evidence says %q", seen)
		}
		if log := w.log.String() + w.graphLog.String(); strings.Contains(log, password) {
			t.Error("a password is in a log")
		}
		w.verify()
	})
}

// Edge case 23: the last but one Global Administrator keeps the role until there is another, and IT reads why.
func TestEdge23GlobalAdministratorLeaves(t *testing.T) {
	const global, hannah, olivia = flows.GlobalAdministrator, "hannah.reed@larkfield.example", "olivia.grant@larkfield.example"
	policy := exitFlow("{task: remove_directory_roles, at: exit, after: [block_sign_in]}")
	story(t, setting{policy: policy, tenant: premium}, func(t *testing.T, w *world) {
		for who, how := range map[string]string{tom: "", hannah: "activated"} { // what is taken up for some hours does not count
			if err := w.sim.AssignRole(who, global, how); err != nil {
				t.Fatal(err)
			}
		}
		w.say("hr", "leaver Tom Hughes, last day 30 November at 17:00")
		w.press("hr", "bot", "Check and continue", nil)
		w.mustSee("hr", "bot", "fewer than two others would be left. Appoint another one before the exit.")
		w.press("hr", "bot", "Confirm", nil)
		w.walk("2026-11-30 17:01")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"roles": flows.Planned}) // the door is closed first, by another administrator
		w.byAdmin(tom, map[string]any{"accountEnabled": false})
		w.pressAbout("it", "it", "Block the sign-in of Tom Hughes in Entra", "Done", nil)
		w.advance(time.Minute)
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"roles": flows.StepBroken})
		w.mustSee("it", "it", "only 1 other enabled Global Administrator would be left")
		if n := w.happened("Tom Hughes lost the role Global Administrator"); n != 0 {
			t.Error("the role was taken all the same")
		}
		if err := w.sim.AssignRole(olivia, global, ""); err != nil {
			t.Fatal(err)
		}
		w.pressAbout("it", "it", "Take back the directory roles", "Retry", nil)
		w.advance(time.Minute)
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"roles": flows.StepDone})
		if n := w.happened("Tom Hughes lost the role Global Administrator"); n != 1 {
			t.Errorf("the role was taken %d times", n)
		}
		w.verify()
	})
}

// TestExitTakesAccessPackages is a leaver with an access package and an open request for another, which Microsoft takes back in its own time.
func TestExitTakesAccessPackages(t *testing.T) {
	story(t, setting{tenant: premium}, func(t *testing.T, w *world) {
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		w.fault("graph", "lost_answer", "POST .*/assignmentRequests", 1)
		w.walk("2026-11-30 17:01")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"packages:requests": flows.StepDone, "packages": flows.StepNotSeen})
		w.walk("2026-11-30 18:00")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"packages": flows.StepDone})
		if n := w.happened("The access package Sales Kit of Tom Hughes is being taken back"); n != 1 {
			t.Errorf("asked %d times", n)
		}
		w.verify()
	})
}

// TestLifecycleWorkflowOfTheTenant runs workflows that the tenant has: each once, whatever is lost, and done only when all of it is.
func TestLifecycleWorkflowOfTheTenant(t *testing.T) {
	const good, bad, gone = "00000000-0000-4000-e000-000000000001", "00000000-0000-4000-e000-000000000002", "00000000-0000-4000-e000-000000000009"
	line := func(id string) string {
		return "{task: run_lifecycle_workflow, key: w" + id[35:] + ", at: exit, after: [block_sign_in], workflow: " + id + "}"
	}
	story(t, setting{policy: exitFlow(line(good), line(bad), line(gone)), tenant: premium}, func(t *testing.T, w *world) {
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		w.fault("graph", "lost_answer", "POST .*e000-000000000001/activate", 1)
		w.walk("2026-11-30 17:01")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"workflow:" + good: flows.StepNotSeen, "workflow:" + bad: flows.StepNotSeen})
		w.walk("2026-11-30 17:30")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"workflow:" + good: flows.StepDone, "workflow:" + bad: flows.StepBroken})
		for _, name := range []string{"Offboard an employee", "Post-offboarding of an employee"} {
			if n := w.happened("The lifecycle workflow " + name + " was started for Tom Hughes"); n != 1 {
				t.Errorf("%s was started %d times", name, n)
			}
		}
		w.mustSee("it", "it", "1 of 3 tasks went wrong: Send email to manager after last day")
		w.pressAbout("it", "it", "Run the workflow Post-offboarding of an employee", "Record as done by hand", inputs{"note": "Wrote to the manager."})
		w.pressAbout("it", "it", "Do for Tom Hughes what a lifecycle workflow should do", "Done", nil)
		w.walk("2026-12-01 09:00")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"workflow:" + bad: flows.StepDoneHand, "workflow:" + gone: flows.StepDoneHand})
		w.verify()
	})
}

// Edge case 26: a guest is blocked and loses what was given here; what is at home is said, not done.
func TestEdge26GuestLeaves(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		const rosa = "00000000-0000-4000-a000-000000000044"
		w.say("hr", "leaver Rosa Visitor, last day 30 November at 17:00")
		w.press("hr", "bot", "Check and continue", inputs{"subject": rosa, "site": "London"})
		w.mustSee("hr", "bot", "Rosa Visitor is a guest: only the access here ends, the sign-in at home does not.")
		w.press("hr", "bot", "Confirm", nil)
		w.walk("2026-11-30 17:02")
		k := w.caseOf("Rosa Visitor")
		k.wantSteps(t, map[string]flows.StepState{"block": flows.StepDone, "revoke": flows.StepDone, "apps": flows.StepDone, "consents": flows.StepDone, "password": "", "reply": ""})
		if n := w.happened("Sign-in of Rosa Visitor was blocked"); n != 1 {
			t.Errorf("blocked %d times", n)
		}
		w.verify()
	})
}
