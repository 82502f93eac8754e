package flows

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func grants(p *Policy) []string {
	var out []string
	for _, g := range p.Permissions() {
		out = append(out, g.Permission)
	}
	return out
}

// Whatever plan a policy makes, and whatever takes it back, needs nothing that the policy's permissions leave out.
func TestPermissionsCoverEveryPlan(t *testing.T) {
	p, _ := sandboxPolicy(t)
	have := grants(p)
	steps := 0
	check := func(s Step) {
		steps++
		for _, need := range tasks[s.Task].needs {
			if !slices.Contains(have, need) {
				t.Fatalf("the step %s (%s) needs %s, which the policy does not name", s.Key, s.Task, need)
			}
		}
	}
	for name, plan := range map[string]func(usual) (Plan, []string, error){"mover": usual.mover, "leave": usual.leave, "rename": usual.rename, "rehire": usual.rehire} {
		for seed := range 100 {
			made, _, err := plan(usually(p, name, uint64(seed)))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range made.Steps {
				check(s)
				if undo := tasks[s.Task].undo; undo != nil {
					if back, ok := undo(Case{Plan: made}, s); ok {
						check(back)
					}
				}
			}
		}
	}
	for _, s := range approved(t).Plan.Steps {
		check(s)
	}
	if steps < 1000 {
		t.Errorf("only %d steps were looked at", steps)
	}
}

// A permission goes with the last line that needs it, and comes with the first.
func TestPermissionsFollowTheWorkflows(t *testing.T) {
	_, text := sandboxPolicy(t)
	with := func(more string) *Policy {
		p, err := ParsePolicy("policy.yaml", append(bytes.Clone(text), more...))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	all := grants(with(""))
	for _, must := range []string{"User.Read.All", "User.ReadWrite.All", "User.EnableDisableAccount.All", "Files.ReadWrite.All", "Device.ReadWrite.All"} {
		if !slices.Contains(all, must) {
			t.Errorf("the built-in workflows do not need %s", must)
		}
	}
	small := with("")
	small.Workflows = Workflows{LeaverFlow: {{Task: BlockSignIn, At: atExit}, {Task: RevokeSessions, At: atExit}}}
	got := grants(small)
	for _, mustNot := range []string{"Files.ReadWrite.All", "Device.ReadWrite.All", "Mail.Send", "UserAuthMethod-TAP.ReadWrite.All", "User.DeleteRestore.All", "RoleManagement.ReadWrite.Directory"} {
		if slices.Contains(got, mustNot) {
			t.Errorf("two lines need %s", mustNot)
		}
	}
	for _, must := range []string{"User.EnableDisableAccount.All", "User.RevokeSessions.All", "Directory.Read.All"} {
		if !slices.Contains(got, must) {
			t.Errorf("two lines do not need %s", must)
		}
	}
	small.Leaver.DeleteAfter = 90
	if !slices.Contains(grants(small), "User.DeleteRestore.All") {
		t.Error("deleting accounts needs no permission")
	}
	for name, of := range map[TaskName]string{RemoveDirectoryRoles: "RoleManagement.ReadWrite.Directory", WipeDevices: "DeviceManagementManagedDevices.PrivilegedOperations.All", SendMail: "Mail.Send"} {
		small.Workflows[LeaverFlow] = []Line{{Task: name, At: atExit}}
		if !slices.Contains(grants(small), of) {
			t.Errorf("%s does not need %s", name, of)
		}
	}
	table := with("").PermissionTable()
	for _, words := range []string{"Reading\n  User.Read.All\n      for making plans", "Files\n  Files.ReadWrite.All\n      for share_onedrive\n      Reaches every file", "application permissions of Microsoft Graph."} {
		if !strings.Contains(table, words) {
			t.Errorf("the table does not say %q:\n%s", words, table)
		}
	}
}

// Every permission of the catalogue stands in a group, once, so that none is shown without a word on what it is for.
func TestEveryPermissionHasAGroup(t *testing.T) {
	in := map[string]int{}
	for _, g := range permissionGroups {
		for _, p := range g.permissions {
			in[p]++
		}
	}
	for name, task := range tasks {
		for _, p := range task.needs {
			if in[p] != 1 {
				t.Errorf("%s of %s stands in %d groups", p, name, in[p])
			}
		}
	}
	for p := range beware {
		if in[p] != 1 {
			t.Errorf("a warning about %s, which no task needs", p)
		}
	}
}
