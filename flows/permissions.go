package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Grant is one application permission of Microsoft Graph that a policy makes necessary.
type Grant struct {
	Permission string
	For        []string // what needs it: tasks of the policy's workflows, or reading
	Group      string   // the capability that an administrator thinks of: Joiner, Mailbox, Devices
	Beware     string   // what to know before it is consented to; empty for the plain ones
	Role       string   // directory role that the app needs as well; empty for most
}

// beside is the directory role without which a permission is of no use (reference: app-only permission rules).
var beside = map[string]string{"User-PasswordProfile.ReadWrite.All": "User Administrator"}

// stronger are the permissions that Graph takes in place of a weaker one.
var stronger = map[string][]string{
	"User.Read.All":                               {"User.ReadWrite.All"},
	"User.EnableDisableAccount.All":               {"User.ReadWrite.All"},
	"User.RevokeSessions.All":                     {"User.ReadWrite.All"},
	"GroupMember.Read.All":                        {"GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.Read.All"},
	"GroupMember.ReadWrite.All":                   {"Group.ReadWrite.All"},
	"LicenseAssignment.Read.All":                  {"LicenseAssignment.ReadWrite.All", "Directory.Read.All"},
	"UserAuthMethod-TAP.ReadWrite.All":            {"UserAuthenticationMethod.ReadWrite.All"},
	"TeamMember.ReadWriteNonOwnerRole.All":        {"TeamMember.ReadWrite.All"},
	"User.DeleteRestore.All":                      {"User.ReadWrite.All"},
	"RoleAssignmentSchedule.ReadWrite.Directory":  {"RoleManagement.ReadWrite.Directory"},
	"RoleEligibilitySchedule.ReadWrite.Directory": {"RoleManagement.ReadWrite.Directory"},
}

// Stronger are the permissions of which one will do in a grant's place.
func (g Grant) Stronger() []string { return stronger[g.Permission] }

// byExchange are the permissions that Exchange can grant for some mailboxes only (RBAC for Applications). In Entra they reach every mailbox.
var byExchange = []string{"MailboxSettings.ReadWrite", "Calendars.ReadWrite", "Mail.Send"}

// Exchange reports whether Exchange should grant it, for the mailboxes it is meant for, and not Entra.
func (g Grant) Exchange() bool { return slices.Contains(byExchange, g.Permission) }

// PermissionNames are the names of a policy's permissions that Entra grants, a line each, for manifest/azure/grant.sh; apart are those that
// Exchange should grant.
func (p *Policy) PermissionNames() (names string, apart []string) {
	for _, g := range p.Permissions() {
		if g.Exchange() {
			apart = append(apart, g.Permission)
			continue
		}
		names += g.Permission + "\n"
	}
	return names, apart
}

// Useful are permissions that Muster makes use of when it has them, and does without when not: with what for.
func Useful() []Grant {
	return []Grant{
		{Permission: "Policy.Read.AuthenticationMethod", For: []string{"comparing the tenant's rules for passes with the policy"}},
		{Permission: "AuditLog.Read.All", For: []string{"showing when somebody last signed in"}},
	}
}

// What plans are made from, whatever the workflows do (reference: least privilege by capability).
const forPlans = "making plans"

// permissionGroups are the capabilities with their permissions, in the order in which they are shown.
var permissionGroups = []struct {
	name        string
	permissions []string
}{
	{"Reading", []string{"User.Read.All", "GroupMember.Read.All", "LicenseAssignment.Read.All", "Directory.Read.All"}},
	{"Accounts", []string{"User.ReadWrite.All", "User.EnableDisableAccount.All", "User.RevokeSessions.All"}},
	{"Access", []string{"GroupMember.ReadWrite.All", "LicenseAssignment.ReadWrite.All", "TeamMember.ReadWriteNonOwnerRole.All", "Group.ReadWrite.All"}},
	{"Credentials", []string{"UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "User-PasswordProfile.ReadWrite.All"}},
	{"Mailbox", []string{"MailboxSettings.ReadWrite", "Calendars.ReadWrite", "Mail.Send"}},
	{"Apps", []string{"AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"}},
	{"Files", []string{"Files.ReadWrite.All"}},
	{"Devices", []string{"Device.ReadWrite.All", "DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.PrivilegedOperations.All"}},
	{"Directory roles", []string{"RoleManagement.ReadWrite.Directory", "RoleAssignmentSchedule.ReadWrite.Directory", "RoleEligibilitySchedule.ReadWrite.Directory"}},
	{"Governance", []string{"EntitlementManagement.ReadWrite.All", "LifecycleWorkflows-Workflow.Activate", "LifecycleWorkflows-Workflow.Read.All", "LifecycleWorkflows-Reports.Read.All"}},
	{"Deletion", []string{"User.DeleteRestore.All"}},
}

// beware is what to know of the permissions that reach far.
var beware = map[string]string{
	"User-PasswordProfile.ReadWrite.All":                      "Muster's app also needs the directory role User Administrator.",
	"UserAuthenticationMethod.ReadWrite.All":                  "Reaches every person's ways to sign in, save those of administrators.",
	"Files.ReadWrite.All":                                     "Reaches every file of the organisation. Leave the line share_onedrive out and IT does it.",
	"RoleManagement.ReadWrite.Directory":                      "Reaches every directory role. Leave the line out and IT does it.",
	"AppRoleAssignment.ReadWrite.All":                         "Can give apps further rights: watch what it is used for.",
	"MailboxSettings.ReadWrite":                               "Restrict it in Exchange to the mailboxes it is meant for.",
	"Calendars.ReadWrite":                                     "Restrict it in Exchange to the mailboxes it is meant for.",
	"Mail.Send":                                               "Restrict it in Exchange to the mailbox that notices are sent from.",
	"DeviceManagementManagedDevices.PrivilegedOperations.All": "Can wipe any managed device.",
}

// Permissions are the application permissions that a policy needs, by capability: those of the tasks that its workflows have, of what takes
// them back, and of what Muster does of itself whatever the workflows are (reading, a no-show, drift that is put right, a deletion). A task
// that no line names needs none.
func (p *Policy) Permissions() []Grant {
	uses := map[string][]string{}
	use := func(why string, permissions ...string) {
		for _, perm := range permissions {
			if !slices.Contains(uses[perm], why) {
				uses[perm] = append(uses[perm], why)
			}
		}
	}
	use(forPlans, "User.Read.All", "Directory.Read.All", "GroupMember.Read.All", "LicenseAssignment.Read.All")
	for _, name := range p.usedTasks() {
		use(string(name), tasks[name].needs...)
	}
	var out []Grant
	for _, g := range permissionGroups {
		for _, perm := range g.permissions {
			if why := uses[perm]; len(why) > 0 {
				out = append(out, Grant{Permission: perm, For: why, Group: g.name, Beware: beware[perm], Role: beside[perm]})
				delete(uses, perm)
			}
		}
	}
	for _, perm := range slices.Sorted(maps.Keys(uses)) {
		out = append(out, Grant{Permission: perm, For: uses[perm], Group: "Other"})
	}
	return out
}

// usedTasks are the tasks that a policy may come to do, by name.
func (p *Policy) usedTasks() []TaskName {
	used := map[TaskName]bool{}
	var add func(TaskName)
	add = func(name TaskName) {
		t, known := tasks[name]
		if !known || used[name] {
			return
		}
		used[name] = true
		for _, more := range becomes[name] {
			add(more)
		}
		if t.undo != nil {
			if s, ok := t.undo(Case{}, Step{Task: name, Name: "x", Group: "x", SKU: "x"}); ok {
				add(s.Task)
			}
		}
	}
	for _, lines := range p.Workflows {
		for _, l := range lines {
			add(l.Task)
		}
	}
	// a no-show, and drift that is put right, need no line
	for _, name := range []TaskName{BlockSignIn, RevokeSessions, EnableAccount, AssignLicences, RemoveLicence, AddToGroup, RemoveFromGroup, AddToTeam, RemoveFromTeam} {
		add(name)
	}
	if p.Leaver.DeleteAfter > 0 {
		add(DeleteAccount)
		add(AwaitPurge)
	}
	return slices.Sorted(maps.Keys(used))
}

// becomes are the tasks that a line of another one may turn into when the facts ask for it.
var becomes = map[TaskName][]TaskName{
	AddToGroup:      {AddToTeam, FollowRule, Manual},
	RemoveFromGroup: {RemoveFromTeam, RuleLetsGo, HandOverGroup, Manual},
	HandOverGroup:   {RemoveFromGroup, RemoveFromTeam, Manual},
	OfferPass:       {AskStarted},
}

// PermissionTable is the permissions of a policy for people: by capability, with what each is for.
func (p *Policy) PermissionTable() string {
	var b strings.Builder
	group := ""
	grants := p.Permissions()
	for _, g := range grants {
		if g.Group != group {
			group = g.Group
			fmt.Fprintf(&b, "%s\n", group)
		}
		fmt.Fprintf(&b, "  %s\n      for %s\n", g.Permission, strings.Join(g.For, ", "))
		if g.Beware != "" {
			fmt.Fprintf(&b, "      %s\n", g.Beware)
		}
	}
	fmt.Fprintf(&b, "%s of Microsoft Graph. A workflow without a task does not need what only that task needs.\n", count(p.Lang(), len(grants), "application permission"))
	return b.String()
}
