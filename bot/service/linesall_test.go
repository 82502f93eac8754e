package service_test

import (
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// The tenant's own workflow that these stories run, and the other system that they hand steps to.
const (
	tenantFlow  = "00000000-0000-4000-e000-000000000001"
	payrollHook = "webhooks:\n  Payroll: {url: https://payroll.example/muster, secret_file: payroll.secret}\n"
)

// told is what the other system was asked last, and under how many keys.
func (o *other) told() (body string, keys int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.body, len(o.asked)
}

func (o *other) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = true
}

// A leave hands a step to another system on its first day; the return runs a workflow of the tenant once the manager has confirmed the access,
// and hands a step over as well. Each is done once, and the case waits for all of them.
func TestLeaveAndReturnByOwnLines(t *testing.T) {
	policy := linesPolicy(t, payrollHook, map[string]string{
		"leave": `    - {task: call_webhook, key: payroll, at: start, after: [block_sign_in], hook: Payroll, text: On leave}
`,
		"return": `    - {task: run_lifecycle_workflow, key: welcome, at: return, after: [enable_account], workflow: ` + tenantFlow + `}
    - {task: call_webhook, key: payroll, at: return, after: [enable_account], hook: Payroll, text: Back}
`,
	})
	sys := &other{}
	story(t, setting{policy: policy, hooks: sys, tenant: premium}, func(t *testing.T, w *world) {
		const flow, hook, again = "return:workflow:" + tenantFlow, "hook:payroll", "return:hook:payroll"
		w.announceExit("leave Simon Holt from 1 December until 31 January 2027", nil)
		w.walk("2026-12-01 08:59")
		if _, n := sys.told(); n != 0 {
			t.Error("the other system was asked before the leave")
		}
		w.walk("2026-12-01 09:10")
		w.caseOf("Simon Holt").wantSteps(t, map[string]flows.StepState{"leave:block": flows.StepDone, hook: flows.StepNotSeen, again: flows.Planned, flow: flows.Planned})
		body, n := sys.told()
		if n != 1 || !strings.Contains(body, `"event":"leave"`) || !strings.Contains(body, `"text":"On leave"`) || !strings.Contains(body, `"upn":"`+simon+`"`) {
			t.Errorf("asked under %d keys with %s", n, body)
		}
		sys.finish()
		w.advance(2 * time.Hour)
		w.caseOf("Simon Holt").wantSteps(t, map[string]flows.StepState{hook: flows.StepDone, again: flows.Planned, flow: flows.Planned})

		// Without the manager's word nothing of the return runs.
		const started = "The lifecycle workflow Offboard an employee was started for Simon Holt"
		w.walk("2027-02-01 12:00")
		if _, n := sys.told(); n != 1 || w.happened(started) != 0 {
			t.Errorf("unconfirmed: asked under %d keys, %d workflows ran", n, w.happened(started))
		}
		w.fault("graph", "lost_answer", "POST .*/activate", 1)
		w.press("owner", "bot", "Confirm the access", nil)
		w.advance(2 * time.Hour)
		w.mend()
		w.caseOf("Simon Holt").wantSteps(t, map[string]flows.StepState{again: flows.StepDone, flow: flows.StepDone})
		if body, n := sys.told(); n != 2 || !strings.Contains(body, `"text":"Back"`) {
			t.Errorf("asked under %d keys with %s", n, body)
		}
		if n := w.happened(started); n != 1 {
			t.Errorf("the workflow ran %d times", n)
		}
		w.verify()
	})
}

// A change of name hands a step to another system, which hears the new sign-in name, and runs a workflow of the tenant.
func TestRenameByOwnLines(t *testing.T) {
	policy := linesPolicy(t, payrollHook, map[string]string{"rename": `    - {task: call_webhook, key: payroll, at: change, after: [change_sign_in_name], hook: Payroll}
    - {task: run_lifecycle_workflow, key: badge, at: change, offset: {days: 1}, after: [set_names], workflow: ` + tenantFlow + `}
`})
	sys := &other{}
	story(t, setting{policy: policy, hooks: sys, tenant: premium}, func(t *testing.T, w *world) {
		const flow = "workflow:" + tenantFlow
		w.announceExit("rename Stan Doyle to Stan Marlow from 1 December", nil)
		w.walk("2026-12-01 18:59")
		if _, n := sys.told(); n != 0 {
			t.Error("the other system was asked before the change")
		}
		w.walk("2026-12-01 19:05")
		w.caseOf("Stan Doyle").wantSteps(t, map[string]flows.StepState{"sign_in_name": flows.StepDone, "hook:payroll": flows.StepNotSeen, flow: flows.Planned})
		if body, n := sys.told(); n != 1 || !strings.Contains(body, `"upn":"stan.marlow@larkfield.example"`) {
			t.Errorf("asked under %d keys with %s", n, body)
		}
		sys.finish()
		w.walk("2026-12-02 19:30")
		w.caseOf("Stan Doyle").wantSteps(t, map[string]flows.StepState{"hook:payroll": flows.StepDone, flow: flows.StepDone})
		if n := w.happened("The lifecycle workflow Offboard an employee was started for Stan Marlow"); n != 1 {
			t.Errorf("the workflow ran %d times; %s", n, strings.Join(w.news(), "\n"))
		}
		if _, n := sys.told(); n != 1 {
			t.Errorf("asked under %d keys in the end", n)
		}
		w.verify()
	})
}
