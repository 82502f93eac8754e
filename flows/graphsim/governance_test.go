package graphsim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows/graphsim"
)

const (
	globalAdmin = "62e90394-69f5-4237-9190-012177145e10"
	helpdesk    = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	roleAt      = "roleManagement/directory/"
	elm         = "identityGovernance/entitlementManagement/"
	kit         = "00000000-0000-4000-d000-000000000001"
	field       = "00000000-0000-4000-d000-000000000002"
	fieldPolicy = "00000000-0000-4000-d000-000000000102"
)

func lcw(n string) string {
	return "identityGovernance/lifecycleWorkflows/workflows/00000000-0000-4000-e000-00000000000" + n
}

func premium(o *graphsim.Options) {
	o.Premium = true
	o.Also = []string{"RoleManagement.ReadWrite.Directory", "RoleAssignmentSchedule.ReadWrite.Directory", "RoleEligibilitySchedule.ReadWrite.Directory"}
}

// Without the licence there are plain roles and nothing else.
func TestNotPremium(t *testing.T) {
	w := newWorld(t, premium, func(o *graphsim.Options) { o.Premium = false })
	for _, list := range []string{"roleAssignmentScheduleInstances", "roleEligibilityScheduleInstances"} {
		w.send("GET", roleAt+list+"?$filter=principalId eq '"+tom+"'", "").refused(t, 400, "AadPremiumLicenseRequired", "Microsoft Entra ID P2")
	}
	w.send("POST", roleAt+"roleAssignmentScheduleRequests", `{"action":"adminRemove"}`).refused(t, 400, "AadPremiumLicenseRequired", "")
	w.send("GET", elm+"assignments?$filter=target/objectId eq '"+tom+"'&$expand=accessPackage", "").refused(t, 403, "Forbidden", "license")
	w.send("POST", lcw("1")+"/activate", `{"subjects":[{"id":"`+tom+`"}]}`).refused(t, 403, "Forbidden", "license")
	if err := w.s.AssignRole(tom, helpdesk, "eligible"); err == nil {
		t.Error("an eligible role without the licence for it")
	}
}

func TestRemoveRoles(t *testing.T) {
	w := newWorld(t, premium)
	for who, how := range map[string]string{tom: "", maria: "activated", "Helpdesk Operators": ""} {
		if err := w.s.AssignRole(who, globalAdmin, how); err != nil {
			t.Fatal(err)
		}
	}
	all := w.ok("GET", roleAt+"roleAssignments?$filter=roleDefinitionId eq '"+globalAdmin+"'&$expand=principal", "")
	var kinds []string
	for _, row := range all.body["value"].([]any) {
		kinds = append(kinds, row.(map[string]any)["principal"].(map[string]any)["@odata.type"].(string))
	}
	slices.Sort(kinds)
	if diff := cmp.Diff([]string{"#microsoft.graph.group", "#microsoft.graph.user", "#microsoft.graph.user", "#microsoft.graph.user"}, kinds); diff != "" {
		t.Errorf("administrators (-want +got):\n%s", diff)
	}
	of := func(list, who string) reply {
		return w.ok("GET", roleAt+list+"?$filter=principalId eq '"+who+"'", "")
	}
	if got := of("roleAssignmentScheduleInstances", maria).field("assignmentType"); !slices.Equal(got, []string{"Activated"}) {
		t.Errorf("Maria holds %v", got)
	}
	if got := of("roleAssignmentScheduleInstances", tom).field("assignmentType"); !slices.Equal(got, []string{"Assigned"}) {
		t.Errorf("Tom holds %v", got)
	}
	id := of("roleAssignments", tom).field("id")[0]
	w.send("PATCH", "users/"+tom, `{"accountEnabled":false}`).refused(t, 403, "Authorization_RequestDenied", "")
	w.ok("DELETE", roleAt+"roleAssignments/"+id, "")
	w.send("DELETE", roleAt+"roleAssignments/"+id, "").refused(t, 404, "Request_ResourceNotFound", "")
	w.ok("PATCH", "users/"+tom, `{"accountEnabled":false}`) // nobody in particular any more
	w.send("DELETE", roleAt+"roleAssignments/"+of("roleAssignments", maria).field("id")[0], "").refused(t, 400, "Request_BadRequest", "Privileged Identity Management")
	remove := func(who, role string) string {
		return `{"action":"adminRemove","principalId":"` + who + `","roleDefinitionId":"` + role + `","directoryScopeId":"/","justification":"left"}`
	}
	w.ok("POST", roleAt+"roleAssignmentScheduleRequests", remove(maria, globalAdmin))
	w.send("POST", roleAt+"roleAssignmentScheduleRequests", remove(maria, globalAdmin)).refused(t, 404, "RoleAssignmentDoesNotExist", "")
	w.send("POST", roleAt+"roleAssignmentScheduleRequests", remove(farah, helpdesk)).refused(t, 404, "RoleAssignmentDoesNotExist", "") // hers is another list
	if got := of("roleEligibilityScheduleInstances", farah).field("memberType"); !slices.Equal(got, []string{"Direct"}) || len(of("roleAssignments", farah).field("id")) != 0 {
		t.Errorf("Farah may take up %v", got)
	}
	w.ok("POST", roleAt+"roleEligibilityScheduleRequests", remove(farah, helpdesk))
	if got := of("roleEligibilityScheduleInstances", farah).field("id"); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
	w.send("POST", roleAt+"roleEligibilityScheduleRequests", `{"action":"adminAssign"}`).refused(t, 501, "NotImplemented", "adminAssign")
	w.send("GET", roleAt+"roleAssignments?$filter=status eq 'x'", "").refused(t, 501, "NotImplemented", "")
	news := strings.Join(w.news(), "\n")
	for _, want := range []string{"Tom Hughes got the role Global Administrator", "Tom Hughes lost the role Global Administrator", "Farah Quill lost the right to take up the role Helpdesk Administrator"} {
		if !strings.Contains(news, want) {
			t.Errorf("news lack %q:\n%s", want, news)
		}
	}
}

// A removal that is undone behind the bot's back.
func TestRoleComesBack(t *testing.T) {
	w := newWorld(t, premium)
	if err := w.s.AssignRole(tom, helpdesk, ""); err != nil {
		t.Fatal(err)
	}
	held := func() []string {
		return w.ok("GET", roleAt+"roleAssignments?$filter=principalId eq '"+tom+"'", "").field("id")
	}
	if _, err := w.s.SetFault("revert", "DELETE .*roleAssignments", 1, 60); err != nil {
		t.Fatal(err)
	}
	w.ok("DELETE", roleAt+"roleAssignments/"+held()[0], "")
	if len(held()) != 0 {
		t.Error("it was not taken away")
	}
	w.pass(2 * time.Minute)
	if len(held()) != 1 {
		t.Error("it did not come back")
	}
}

func TestAccessPackages(t *testing.T) {
	w := newWorld(t, premium)
	of := func(who string) reply {
		return w.ok("GET", elm+"assignments?$filter=target/objectId eq '"+who+"'&$expand=accessPackage", "")
	}
	if got := of(tom); !slices.Equal(got.field("state"), []string{"delivered"}) {
		t.Fatalf("Tom has %s", got.raw)
	}
	add := `{"requestType":"adminAdd","assignment":{"targetId":"` + tom + `","assignmentPolicyId":"` + fieldPolicy + `","accessPackageId":"` + field + `"}}`
	if r := w.ok("POST", elm+"assignmentRequests", add); r.status != 201 || r.body["state"] != "submitted" {
		t.Errorf("asked: %s", r.raw)
	}
	w.send("POST", elm+"assignmentRequests", add).refused(t, 400, "ExistingOpenRequest", "")
	if got := of(tom).field("state"); !slices.Equal(got, []string{"delivered", "delivering"}) {
		t.Errorf("at once: %v", got)
	}
	w.pass(5 * time.Minute)
	if got := of(tom).field("state"); !slices.Equal(got, []string{"delivered", "delivered"}) {
		t.Errorf("later: %v", got)
	}
	remove := `{"requestType":"adminRemove","assignment":{"id":"` + of(tom).field("id")[1] + `"}}`
	w.ok("POST", elm+"assignmentRequests", remove)
	w.send("POST", elm+"assignmentRequests", remove).refused(t, 400, "ExistingOpenRequest", "")
	w.pass(5 * time.Minute)
	if got := of(tom).field("state"); !slices.Equal(got, []string{"delivered", "expired"}) {
		t.Errorf("taken: %v", got)
	}
	w.ok("POST", elm+"assignmentRequests", add) // again, once it is gone
	w.send("POST", elm+"assignmentRequests", `{"requestType":"adminRemove","assignment":{"id":"`+kit+`"}}`).refused(t, 404, "Request_ResourceNotFound", "")
	w.send("POST", elm+"assignmentRequests", `{"requestType":"userAdd","assignment":{}}`).refused(t, 501, "NotImplemented", "userAdd")
	w.send("POST", elm+"assignmentRequests", strings.ReplaceAll(add, fieldPolicy, kit)).refused(t, 404, "Request_ResourceNotFound", "")

	asked := w.ok("GET", elm+"assignmentRequests?$filter=requestor/objectId eq '"+tom+"'&$expand=accessPackage", "")
	if !slices.Equal(asked.field("state"), []string{"pendingApproval"}) {
		t.Fatalf("Tom asked for %s", asked.raw)
	}
	if r := w.ok("POST", elm+"assignmentRequests/"+asked.field("id")[0]+"/cancel", ""); r.status != 200 || r.raw != "" {
		t.Errorf("cancelled with %d %q", r.status, r.raw)
	}
	w.send("POST", elm+"assignmentRequests/"+asked.field("id")[0]+"/cancel", "").refused(t, 400, "RequestNotCancellable", "")
	w.send("POST", elm+"assignmentRequests/"+kit+"/cancel", "").refused(t, 404, "Request_ResourceNotFound", "")
	w.send("GET", elm+"assignments?$filter=state eq 'delivered'&$expand=accessPackage", "").refused(t, 501, "NotImplemented", "")
	if n := strings.Join(w.news(), "\n"); !strings.Contains(n, "The access package Field Work of Tom Hughes is being taken back") || !strings.Contains(n, "The request of Tom Hughes for the access package Field Work was withdrawn") {
		t.Errorf("news:\n%s", n)
	}
}

func TestLifecycleWorkflows(t *testing.T) {
	w := newWorld(t, premium)
	if got := w.ok("GET", lcw("1")+"?$select=id,displayName", "").body["displayName"]; got != "Offboard an employee" {
		t.Errorf("the workflow is %v", got)
	}
	w.send("GET", lcw("9"), "").refused(t, 404, "Request_ResourceNotFound", "")
	runs := func(n string) reply {
		return w.ok("GET", lcw(n)+"/userProcessingResults?$filter=subject/id eq '"+tom+"'", "")
	}
	for _, n := range []string{"1", "2", "3"} {
		if r := w.ok("POST", lcw(n)+"/activate", `{"subjects":[{"id":"`+tom+`"}]}`); r.status != 204 {
			t.Errorf("started with %d %s", r.status, r.raw)
		}
	}
	state := func() (all []string) {
		for _, n := range []string{"1", "2", "3"} {
			all = append(all, runs(n).field("processingStatus")...)
		}
		return all
	}
	if got := state(); !slices.Equal(got, []string{"queued", "queued", "queued"}) {
		t.Errorf("at once: %v", got)
	}
	w.pass(time.Minute)
	if got := state(); !slices.Equal(got, []string{"inProgress", "inProgress", "inProgress"}) {
		t.Errorf("after a minute: %v", got)
	}
	w.pass(5 * time.Minute)
	if got := state(); !slices.Equal(got, []string{"completed", "completedWithErrors", "failed"}) {
		t.Errorf("in the end: %v", got)
	}
	for n, want := range map[string][]string{"1": {"completed", "completed", "completed"}, "2": {"completed", "completed", "failed"}, "3": {"failed", "failed"}} {
		got := w.ok("GET", lcw(n)+"/userProcessingResults/"+runs(n).field("id")[0]+"/taskProcessingResults?$expand=task", "").field("processingStatus")
		if !slices.Equal(got, want) {
			t.Errorf("tasks of %s: %v", n, got)
		}
	}
	w.ok("POST", lcw("1")+"/activate", `{"subjects":[{"id":"`+tom+`"}]}`) // every start is another run
	if got := runs("1").field("processingStatus"); !slices.Equal(got, []string{"completed", "queued"}) {
		t.Errorf("run again: %v", got)
	}
	w.send("POST", lcw("1")+"/activate", `{"subjects":[]}`).refused(t, 400, "Request_BadRequest", "one to ten")
	w.send("POST", lcw("1")+"/activate", `{"subjects":[{"id":"`+sales+`"}]}`).refused(t, 404, "Request_ResourceNotFound", "")
}

// Each of these is a permission of its own.
func TestGovernancePermissions(t *testing.T) {
	w := newWorld(t, premium, func(o *graphsim.Options) {
		o.Permissions = map[string][]string{"00000000-0000-0000-0000-0000000000c0": {"User.Read.All", "Directory.Read.All"}}
	})
	for path, method := range map[string]string{
		roleAt + "roleAssignments/x": "DELETE", roleAt + "roleAssignmentScheduleInstances": "GET", roleAt + "roleEligibilityScheduleInstances": "GET",
		roleAt + "roleAssignmentScheduleRequests": "POST", roleAt + "roleEligibilityScheduleRequests": "POST", elm + "assignments": "GET", elm + "assignmentRequests": "POST",
		elm + "assignmentRequests/x/cancel": "POST", lcw("1"): "GET", lcw("1") + "/activate": "POST", lcw("1") + "/userProcessingResults": "GET",
	} {
		body := ""
		if method == "POST" && !strings.HasSuffix(path, "cancel") {
			body = `{"subjects":[]}`
			if !strings.HasSuffix(path, "activate") {
				body = `{}`
			}
		}
		w.send(method, path, body).refused(t, 403, "Authorization_RequestDenied", "Insufficient")
	}
}
