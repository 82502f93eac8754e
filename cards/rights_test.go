package cards

import (
	"testing"

	"muster/flows"
)

// TestRightsInWords is what an exit does about passwords, apps, roles and packages, and what it means when that fails.
func TestRightsInWords(t *testing.T) {
	for task, want := range map[flows.TaskName]struct{ tells, effect string }{
		flows.ResetPassword:        {"The password is replaced by one that nobody knows", "has a password that works again if the account is ever opened"},
		flows.RemoveAppRoles:       {"Access to apps is taken back", "keeps roles in apps, some of which may let people in without Microsoft 365"},
		flows.RemoveConsents:       {"No app acts in their name any more", "leaves apps behind that may act in their name"},
		flows.RemoveDirectoryRoles: {"As the plan says", "keeps directory roles"},
		flows.RequestPackage:       {"As the plan says", "has no access package Sales Kit"},
		flows.RemovePackages:       {"As the plan says", "keeps the access packages Sales Kit"},
		flows.RunLifecycleWorkflow: {"As the plan says", "leaves with “Sales Kit” not done"},
	} {
		s := flows.Step{Key: "x", Task: task, Title: "As the plan says", Name: "Sales Kit"}
		v := view{Case: flows.Case{Event: flows.PeopleEvent{Kind: flows.LeaverEvent}}, stage: stage{Step: s}, room: 100}
		if got := v.tells(line{[]flows.Step{s}}); got != want.tells {
			t.Errorf("%s tells %q, want %q", task, got, want.tells)
		}
		if got := v.effect(); got != want.effect {
			t.Errorf("%s that failed means %q, want %q", task, got, want.effect)
		}
	}
}
