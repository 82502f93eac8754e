package service_test

import (
	"strings"
	"testing"

	"muster/flows"
)

// ownLines is a policy with a joiner's workflow of its own: what happens when a group cannot be given, and what the sign-in waits for.
func ownLines(onFailure, enableAfter string) []byte {
	return []byte(compact + strings.NewReplacer("ON_FAILURE", onFailure, "ENABLE_AFTER", enableAfter).Replace(`
workflows:
  joiner:
    - {task: create_account, at: create_account}
    - {task: set_manager, at: create_account, after: [create_account]}
    - {task: assign_licences, at: access, after: [create_account]}
    - {task: add_to_group, at: access, after: [create_account], on_failure: ON_FAILURE}
    - {task: add_to_team, at: access, after: [create_account]}
    - {task: manual, at: access}
    - {task: enable_account, at: enable, after: [create_account, ENABLE_AFTER]}
    - {task: day_one_credential, at: enable, minutes: 120, after: [enable_account]}
    - {task: welcome, at: enable, after: [enable_account]}
    - {task: ask_started, at: ask_started, after: [enable_account]}
`))
}

// TestEdge29WhatAFailureStops lets a group be refused under a tenant's own workflow, and what goes on is what the line says: nothing that
// depends on it, all of it, or nothing at all until IT has acted. Then the rest is done.
func TestEdge29WhatAFailureStops(t *testing.T) {
	for name, tt := range map[string]struct {
		onFailure, after string
		enable           flows.StepState
		broken           int    // of the two groups
		reads            string // on IT's card
	}{
		"what depends on it waits": {"wait", "add_to_group", flows.Planned, 2, "further steps wait for this one"},
		"it holds nothing up":      {"go_on", "add_to_group", flows.StepDone, 2, "If nothing is done"},
		"nothing else is begun":    {"stop", "set_manager", flows.Planned, 1, "further steps wait for this one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, setting{policy: ownLines(tt.onFailure, tt.after), workers: 1}, func(t *testing.T, w *world) {
				c := broken(w)
				for range 40 {
					if !c.act() {
						w.next()
					}
					w.settle()
				}
				w.wants(map[string]flows.StepState{"manager": flows.StepDone, "enable": tt.enable})
				var broken []string
				for _, g := range []string{"Sales", "Contract Admins"} {
					if w.theCase().step("group:"+g) == flows.StepBroken {
						broken = append(broken, g)
					}
				}
				if len(broken) != tt.broken {
					t.Errorf("refused are %v", broken)
				}
				if a, _ := w.account(priya); a.AccountEnabled != (tt.enable == flows.StepDone) {
					t.Errorf("the account is enabled: %t", a.AccountEnabled)
				}
				w.mustSee("it", "it", tt.reads)
				w.mend()
				for _, g := range broken {
					w.pressAbout("it", "it", "“Add to "+g+"”", "Retry", nil)
				}
				c.live()
				w.finished()
				w.verify()
			})
		})
	}
}
