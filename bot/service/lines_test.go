package service_test

import (
	"slices"
	"strings"
	"testing"

	"muster/bot/sandbox"
	"muster/flows"
)

// linesPolicy is the sandbox's policy with a built-in workflow to which lines are added.
func linesPolicy(t *testing.T, top string, workflows map[string]string) []byte {
	t.Helper()
	text := top + "\nworkflows:\n"
	for name, more := range workflows {
		_, builtIn, ok := strings.Cut(flows.BuiltInWorkflows(), "\n"+name+":\n")
		if !ok {
			t.Fatalf("there is no built-in %s", name)
		}
		text += "  " + name + ":\n"
		for line := range strings.Lines(builtIn) {
			if line[0] != ' ' {
				break
			}
			text += "  " + line
		}
		text += more
	}
	return append(append(slices.Clone(sandbox.DefaultPolicy), '\n'), text...)
}

// Tom leaves by lines for people of sales. Before the day he comes to another department: what is not for him any more is not done, and the
// evidence says why. What was not for him is not added.
func TestConditionsAreJudgedAgain(t *testing.T) {
	const more = `    - {task: manual, key: crm, title: Look at the CRM, owner: it, at: exit, when: {department: [Sales]}}
    - {task: notify, key: quiet, to: hr, text: "{name} is out.", at: exit, when: {department: [Sales]}, after: [block_sign_in]}
    - {task: manual, key: books, title: Look at the books, owner: it, at: exit, when: {department: [Finance]}}
    - {task: manual, key: here, title: Clear the desk, owner: it, at: exit, when: {site: [London]}}
`
	story(t, setting{policy: linesPolicy(t, "", map[string]string{"leaver": more})}, func(t *testing.T, w *world) {
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"manual:crm": flows.Planned, "notice:quiet": flows.Planned, "manual:here": flows.Planned})
		w.byAdmin("tom.hughes@larkfield.example", map[string]any{"department": "Finance"})
		w.walk("2026-11-30 17:05")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"manual:crm": flows.StepAbandoned, "notice:quiet": flows.StepAbandoned, "manual:here": flows.Planned, "block": flows.StepDone})
		log := w.entriesOf("Tom Hughes")
		if n := strings.Count(log, "The workflow has this step for others only: the department of the account is Finance now."); n != 2 {
			t.Errorf("the evidence says it %d times", n)
		}
		if strings.Contains(log, "manual:books") {
			t.Error("a step was added that nobody decided on")
		}
		w.verify()
	})
}

// A move with lines of the tenant's own: the manager is told two days before, another line is for people, and the rest is as it was.
func TestMoverByOwnLines(t *testing.T) {
	const more = `    - {task: notify, template: move_notice, at: change, offset: {working_days: -2}}
    - {task: manual, key: desk, title: "Move the desk of {name}", owner: it, at: change, after: [set_manager]}
`
	story(t, setting{policy: linesPolicy(t, "", map[string]string{"mover": more}), visibility: 0}, func(t *testing.T, w *world) {
		w.move(nadiaMoves, nil)
		w.press("approver", "bot", "Approve", nil)
		w.press("manager", "bot", "Confirm what goes", nil)
		w.walk("2026-12-03 07:59")
		w.caseOf("Nadia Brook").wantSteps(t, map[string]flows.StepState{"notice:notify": flows.Planned})
		w.walk("2026-12-03 08:05")
		w.caseOf("Nadia Brook").wantSteps(t, map[string]flows.StepState{"notice:notify": flows.StepDone, "attributes": flows.Planned})
		w.mustSee("approver", "bot", "Nadia Brook changes to Finance Assistant on Mon 7 December 2026.")
		w.walk("2026-12-07 08:30")
		w.caseOf("Nadia Brook").wantSteps(t, map[string]flows.StepState{"attributes": flows.StepDone, "manager": flows.StepDone, "group:Finance": flows.StepDone, "manual:desk": flows.Planned})
		w.verify()
	})
}
