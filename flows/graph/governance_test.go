package graph

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
	"muster/flows/graphsim"
)

const (
	helpdesk    = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
	field       = "00000000-0000-4000-d000-000000000002"
	fieldPolicy = "00000000-0000-4000-d000-000000000102"
)

func workflowNo(n string) string { return "00000000-0000-4000-e000-00000000000" + n }

// premium is a tenant with every licence and an app with every permission.
func premium(o *graphsim.Options) {
	o.Premium = true
	o.Also = []string{"RoleManagement.ReadWrite.Directory", "RoleAssignmentSchedule.ReadWrite.Directory", "RoleEligibilitySchedule.ReadWrite.Directory"}
}

// The bytes and the address of each write.
func TestGovernanceBodies(t *testing.T) {
	role := func(how string) flows.DirectoryRole {
		return flows.DirectoryRole{ID: "r/1", Role: helpdesk, Scope: "/", How: how}
	}
	const removed = `{"action":"adminRemove","principalId":"` + string(priya) + `","roleDefinitionId":"` + helpdesk + `","directoryScopeId":"/","justification":"The person leaves or has another job."}`
	for name, tt := range map[string]struct {
		do     func(context.Context, *Client) error
		status int
		method string
		path   string
		want   string
	}{
		"held role": {func(ctx context.Context, c *Client) error {
			return c.RemoveDirectoryRole(ctx, priya, role(flows.RoleHeld))
		}, 204, "DELETE", "/roleManagement/directory/roleAssignments/r%2F1", ""},
		"active role": {
			func(ctx context.Context, c *Client) error {
				return c.RemoveDirectoryRole(ctx, priya, role(flows.RoleActive))
			}, 201,
			"POST", "/roleManagement/directory/roleAssignmentScheduleRequests", removed,
		},
		"eligible role": {
			func(ctx context.Context, c *Client) error {
				return c.RemoveDirectoryRole(ctx, priya, role(flows.RoleEligible))
			}, 201,
			"POST", "/roleManagement/directory/roleEligibilityScheduleRequests", removed,
		},
		"package": {
			func(ctx context.Context, c *Client) error { return c.RequestPackage(ctx, priya, field, fieldPolicy) }, 201, "POST", "/identityGovernance/entitlementManagement/assignmentRequests",
			`{"requestType":"adminAdd","assignment":{"targetId":"` + string(priya) + `","assignmentPolicyId":"` + fieldPolicy + `","accessPackageId":"` + field + `"}}`,
		},
		"package, away": {
			func(ctx context.Context, c *Client) error {
				return c.RemovePackage(ctx, flows.AccessPackage{ID: field})
			}, 201, "POST", "/identityGovernance/entitlementManagement/assignmentRequests",
			`{"requestType":"adminRemove","assignment":{"id":"` + field + `"}}`,
		},
		"request": {
			func(ctx context.Context, c *Client) error {
				return c.CancelPackageRequest(ctx, flows.AccessPackage{ID: "q/1"})
			}, 200,
			"POST", "/identityGovernance/entitlementManagement/assignmentRequests/q%2F1/cancel", "",
		},
		"workflow": {
			func(ctx context.Context, c *Client) error { return c.StartWorkflow(ctx, workflowNo("1"), priya) }, 204,
			"POST", "/identityGovernance/lifecycleWorkflows/workflows/" + workflowNo("1") + "/activate", `{"subjects":[{"id":"` + string(priya) + `"}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, says(tt.status, ""))
			if err := tt.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			r := s.one(t)
			if r.Method != tt.method || r.Path != "/v1.0"+tt.path {
				t.Errorf("%s %s, want %s /v1.0%s", r.Method, r.Path, tt.method, tt.path)
			}
			if tt.want == "" {
				if r.Body != "" {
					t.Errorf("body %q", r.Body)
				}
			} else if diff := cmp.Diff(decoded(t, tt.want), decoded(t, r.Body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// A tenant without the licence has no managed roles; an app without the permission sees none, which is something else.
func TestRolesThatCannotBeSeen(t *testing.T) {
	unlicensed := says(400, graphError("AadPremiumLicenseRequired", "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.", ""))
	held := says(200, `{"value":[{"id":"r1","principalId":"`+strings.ToUpper(string(priya))+`","roleDefinitionId":"`+helpdesk+`","directoryScopeId":"/","roleDefinition":{"displayName":"Helpdesk Administrator"}}]}`)
	c, s := on(t, unlicensed, unlicensed, held)
	got, err := c.DirectoryRoles(t.Context(), priya)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]flows.DirectoryRole{{ID: "r1", Role: helpdesk, Name: "Helpdesk Administrator", Scope: "/", How: flows.RoleHeld}}, got); diff != "" || len(s.seen) != 3 {
		t.Errorf("after %d requests (-want +got):\n%s", len(s.seen), diff)
	}
	for name, tt := range map[string]struct {
		answers []func(http.ResponseWriter, *http.Request)
		want    flows.Code
		say     string
	}{
		"no permission for managed roles":   {list(says(403, graphError("PermissionScopeNotGranted", "x", ""))), flows.Denied, "RoleAssignmentSchedule.ReadWrite.Directory"},
		"no permission for eligible roles":  {list(says(200, `{"value":[]}`), says(403, "")), flows.Denied, "RoleEligibilitySchedule.ReadWrite.Directory"},
		"another 400":                       {list(says(400, graphError("BadRequest", "x", ""))), flows.Invalid, ""},
		"no permission for plain roles":     {list(unlicensed, unlicensed, says(403, "")), flows.Denied, ""},
		"an assignment of nothing":          {list(unlicensed, unlicensed, says(200, `{"value":[{"id":"x"}]}`)), flows.Internal, ""},
		"an answer that breaks off":         {list(unlicensed, unlicensed, says(200, `{"value":[{"id":"x",`)), flows.Internal, ""},
		"eligible roles in another service": {list(says(200, `{"value":[]}`), says(503, "", "Retry-After", "60")), flows.Unavailable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := on(t, tt.answers...)
			roles, err := c.DirectoryRoles(t.Context(), priya)
			if err == nil || flows.CodeOf(err) != tt.want || !strings.Contains(flows.SayOf(err), tt.say) {
				t.Errorf("%v, %v (%s), want code %q", roles, err, flows.SayOf(err), tt.want)
			}
		})
	}
}

// What is gone, asked for or withdrawn already is success; what is refused says what is needed.
func TestGovernanceAnswers(t *testing.T) {
	role := flows.DirectoryRole{ID: "r", Role: helpdesk, Scope: "/", How: flows.RoleActive}
	plain := flows.DirectoryRole{ID: "r", Role: helpdesk, Scope: "/", How: flows.RoleHeld}
	remove := func(r flows.DirectoryRole) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error { return c.RemoveDirectoryRole(ctx, priya, r) }
	}
	ask := func(ctx context.Context, c *Client) error { return c.RequestPackage(ctx, priya, field, fieldPolicy) }
	take := func(ctx context.Context, c *Client) error {
		return c.RemovePackage(ctx, flows.AccessPackage{ID: field})
	}
	cancel := func(ctx context.Context, c *Client) error {
		return c.CancelPackageRequest(ctx, flows.AccessPackage{ID: "q"})
	}
	start := func(ctx context.Context, c *Client) error { return c.StartWorkflow(ctx, workflowNo("1"), priya) }
	runs := func(ctx context.Context, c *Client) error {
		_, err := c.WorkflowRuns(ctx, workflowNo("1"), priya)
		return err
	}
	named := func(ctx context.Context, c *Client) error {
		_, err := c.FetchWorkflow(ctx, workflowNo("1"))
		return err
	}
	has := func(ctx context.Context, c *Client) error { _, err := c.Packages(ctx, priya); return err }
	for name, tt := range map[string]struct {
		do     func(context.Context, *Client) error
		status int
		code   string
		ok     bool
		want   flows.Code
		say    string
	}{
		"plain role, gone":           {remove(plain), 404, "Request_ResourceNotFound", true, "", ""},
		"managed role, gone":         {remove(role), 400, "RoleAssignmentDoesNotExist", true, "", ""},
		"plain role, denied":         {remove(plain), 403, "Authorization_RequestDenied", false, flows.Denied, "RoleManagement.ReadWrite.Directory"},
		"managed role, denied":       {remove(role), 403, "Authorization_RequestDenied", false, flows.Denied, "RoleAssignmentSchedule.ReadWrite.Directory"},
		"package, asked for":         {ask, 400, "ExistingOpenRequest", true, "", ""},
		"package, held":              {ask, 400, "SubjectAlreadyAssigned", true, "", ""},
		"package, denied":            {ask, 403, "Forbidden", false, flows.Denied, "Entra ID P2 or Governance"},
		"package, no such":           {ask, 404, "ResourceNotFound", false, flows.NotFound, ""},
		"package, being taken":       {take, 400, "ExistingOpenRequest", true, "", ""},
		"package, gone":              {take, 404, "ResourceNotFound", true, "", ""},
		"packages, denied":           {has, 403, "Forbidden", false, flows.Denied, "EntitlementManagement.ReadWrite.All"},
		"request, decided":           {cancel, 400, "RequestNotCancellable", true, "", ""},
		"request, gone":              {cancel, 404, "ResourceNotFound", true, "", ""},
		"request, denied":            {cancel, 403, "Forbidden", false, flows.Denied, "EntitlementManagement.ReadWrite.All"},
		"workflow, denied":           {start, 403, "Forbidden", false, flows.Denied, "LifecycleWorkflows-Workflow.Activate"},
		"workflow, no such":          {start, 404, "ResourceNotFound", false, flows.NotFound, ""},
		"workflow, no such name":     {named, 404, "ResourceNotFound", false, flows.NotFound, ""},
		"workflow, its runs, denied": {runs, 403, "Forbidden", false, flows.Denied, "LifecycleWorkflows-Reports.Read.All"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := on(t, says(tt.status, graphError(tt.code, "nobody reads this of tom.hughes@larkfield.example", "")))
			err := tt.do(t.Context(), c)
			if (err == nil) != tt.ok || flows.CodeOf(err) != tt.want || !strings.Contains(flows.SayOf(err), tt.say) {
				t.Errorf("error = %v (%s), want success %t or code %q", err, flows.SayOf(err), tt.ok, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "tom.hughes") {
				t.Errorf("the error names somebody: %v", err)
			}
		})
	}
}

func TestGovernanceRefusedUnsent(t *testing.T) {
	for name, do := range map[string]func(context.Context, *Client) error{
		"roles of a UPN": func(ctx context.Context, c *Client) error { _, err := c.DirectoryRoles(ctx, "a@b"); return err },
		"no role": func(ctx context.Context, c *Client) error {
			return c.RemoveDirectoryRole(ctx, priya, flows.DirectoryRole{Role: helpdesk, How: flows.RoleHeld})
		},
		"held somehow": func(ctx context.Context, c *Client) error {
			return c.RemoveDirectoryRole(ctx, priya, flows.DirectoryRole{ID: "r", Role: helpdesk, How: "somehow"})
		},
		"packages of a UPN": func(ctx context.Context, c *Client) error { _, err := c.Packages(ctx, "a@b"); return err },
		"requests of a UPN": func(ctx context.Context, c *Client) error { _, err := c.PackageRequests(ctx, "a@b"); return err },
		"package by name": func(ctx context.Context, c *Client) error {
			return c.RequestPackage(ctx, priya, "Sales Kit", fieldPolicy)
		},
		"package, no policy": func(ctx context.Context, c *Client) error { return c.RequestPackage(ctx, priya, field, "") },
		"no package":         func(ctx context.Context, c *Client) error { return c.RemovePackage(ctx, flows.AccessPackage{}) },
		"no request":         func(ctx context.Context, c *Client) error { return c.CancelPackageRequest(ctx, flows.AccessPackage{}) },
		"workflow by name":   func(ctx context.Context, c *Client) error { return c.StartWorkflow(ctx, "Offboard", priya) },
		"workflow for a UPN": func(ctx context.Context, c *Client) error { return c.StartWorkflow(ctx, workflowNo("1"), "a@b") },
		"runs of a name":     func(ctx context.Context, c *Client) error { _, err := c.WorkflowRuns(ctx, "x", priya); return err },
		"a workflow's name":  func(ctx context.Context, c *Client) error { _, err := c.FetchWorkflow(ctx, "x"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, says(200, `{"value":[]}`))
			if err := do(t.Context(), c); flows.CodeOf(err) != flows.Invalid || len(s.seen) != 0 {
				t.Errorf("error = %v after %d requests, want invalid unsent", err, len(s.seen))
			}
		})
	}
}

// Directory roles against the simulator: plain, active and eligible, and who else is a Global Administrator for good.
func TestDirectoryRoles(t *testing.T) {
	onLarkfield(t, premium, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		maria, stan := personNo("04"), personNo("0b")
		for _, r := range []struct{ who, role, how string }{
			{string(tom), flows.GlobalAdministrator, ""},
			{string(tom), helpdesk, "eligible"},
			{string(maria), flows.GlobalAdministrator, "activated"},
			{string(stan), flows.GlobalAdministrator, "eligible"},
			{groupNo("0b"), flows.GlobalAdministrator, ""}, // Helpdesk Operators: Ines, whom its owner does not join
		} {
			check(l.sim.AssignRole(r.who, r.role, r.how))
		}
		admins := must[[]flows.AccountID](t)(l.GlobalAdministrators(ctx))
		if diff := cmp.Diff([]flows.AccountID{tom, personNo("07"), personNo("40")}, admins); diff != "" {
			t.Errorf("administrators for good (-want +got):\n%s", diff)
		}
		check(l.sim.PatchUser(string(personNo("07")), map[string]json.RawMessage{"accountEnabled": json.RawMessage("false")}))
		if admins = must[[]flows.AccountID](t)(l.GlobalAdministrators(ctx)); slices.Contains(admins, personNo("07")) {
			t.Error("a blocked administrator counts")
		}
		hows := func(id flows.AccountID) (all []string) {
			for _, r := range must[[]flows.DirectoryRole](t)(l.DirectoryRoles(ctx, id)) {
				all = append(all, r.Name+" "+r.How)
			}
			return all
		}
		if got := hows(tom); !slices.Equal(got, []string{"Global Administrator active", "Helpdesk Administrator eligible"}) {
			t.Errorf("Tom: %v", got)
		}
		if got := hows(personNo("07")); len(got) != 0 {
			t.Errorf("what comes with a group is taken for one's own: %v", got)
		}
		for _, id := range []flows.AccountID{tom, maria, stan} {
			for _, r := range must[[]flows.DirectoryRole](t)(l.DirectoryRoles(ctx, id)) {
				check(l.RemoveDirectoryRole(ctx, id, r))
				check(l.RemoveDirectoryRole(ctx, id, r)) // not any more
			}
			if left := hows(id); len(left) != 0 {
				t.Errorf("left: %v", left)
			}
		}
	})
	// The same without managed roles, and with an answer that is lost.
	plainly := func(o *graphsim.Options) { premium(o); o.Premium = false }
	onLarkfield(t, plainly, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		gabriel := personNo("40")
		roles := must[[]flows.DirectoryRole](t)(l.DirectoryRoles(ctx, gabriel))
		if len(roles) != 1 || roles[0].How != flows.RoleHeld || roles[0].Name != "Global Administrator" {
			t.Fatalf("Gabriel: %+v", roles)
		}
		l.fault(t, "no_effect", "DELETE ", 1)
		if err := l.RemoveDirectoryRole(ctx, gabriel, roles[0]); err != nil || len(must[[]flows.DirectoryRole](t)(l.DirectoryRoles(ctx, gabriel))) != 1 {
			t.Errorf("what had no effect: %v", err)
		}
		l.fault(t, "lost_answer", "DELETE ", 1)
		if err := l.RemoveDirectoryRole(ctx, gabriel, roles[0]); err != nil || len(must[[]flows.DirectoryRole](t)(l.DirectoryRoles(ctx, gabriel))) != 0 {
			t.Errorf("done and lost: %v", err)
		}
	})
	// An ordinary app may not: roles are in no default pack.
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		err := l.RemoveDirectoryRole(t.Context(), personNo("40"), flows.DirectoryRole{ID: "x", Role: flows.GlobalAdministrator, Scope: "/", How: flows.RoleHeld})
		if flows.CodeOf(err) != flows.Denied {
			t.Errorf("without the permission: %v, want denied", err)
		}
	})
}

func TestAccessPackages(t *testing.T) {
	onLarkfield(t, premium, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		states := func() (all []string) {
			for _, p := range must[[]flows.AccessPackage](t)(l.Packages(ctx, tom)) {
				all = append(all, p.Name+" "+p.State)
			}
			return all
		}
		if got := states(); !slices.Equal(got, []string{"Sales Kit delivered"}) {
			t.Fatalf("Tom has %v", got)
		}
		l.fault(t, "lost_answer", "POST .*assignmentRequests", 1)
		if err := l.RequestPackage(ctx, tom, field, fieldPolicy); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("lost: %v, want unavailable", err)
		}
		check(l.RequestPackage(ctx, tom, field, fieldPolicy)) // asked for already
		if got := states(); !slices.Equal(got, []string{"Field Work delivering", "Sales Kit delivered"}) {
			t.Errorf("asked once or twice: %v", got)
		}
		time.Sleep(10 * time.Minute)
		held := must[[]flows.AccessPackage](t)(l.Packages(ctx, tom))
		if !held[0].Given() {
			t.Errorf("after ten minutes: %+v", held[0])
		}
		l.fault(t, "no_effect", "POST .*assignmentRequests", 1)
		check(l.RemovePackage(ctx, held[0]))
		time.Sleep(10 * time.Minute)
		if got := states(); len(got) != 2 {
			t.Errorf("what had no effect: %v", got)
		}
		for _, p := range held {
			check(l.RemovePackage(ctx, p))
			check(l.RemovePackage(ctx, p))
		}
		if got := states(); len(got) != 2 {
			t.Errorf("gone at once: %v", got)
		}
		time.Sleep(10 * time.Minute)
		if got := states(); len(got) != 0 {
			t.Errorf("left: %v", got)
		}
		open := must[[]flows.AccessPackage](t)(l.PackageRequests(ctx, tom))
		if len(open) != 1 || open[0].State != "pendingApproval" || open[0].Name != "Field Work" {
			t.Fatalf("Tom asked for %+v", open)
		}
		l.fault(t, "lost_answer", "POST .*cancel", 1)
		check(l.CancelPackageRequest(ctx, open[0])) // sent again, and withdrawn by then
		if open = must[[]flows.AccessPackage](t)(l.PackageRequests(ctx, tom)); len(open) != 0 {
			t.Errorf("left: %+v", open)
		}
		skus := must[[]flows.SKU](t)(l.FetchSKUs(ctx))
		if n := len(slices.DeleteFunc(skus, func(s flows.SKU) bool { return !s.Governs })); n != 2 {
			t.Errorf("%d licences bring governance, want 2", n)
		}
	})
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		if _, err := l.Packages(t.Context(), tom); flows.CodeOf(err) != flows.Denied || !strings.Contains(flows.SayOf(err), "licence") {
			t.Errorf("without the licence: %v, want denied", err)
		}
		if slices.ContainsFunc(must[[]flows.SKU](t)(l.FetchSKUs(t.Context())), func(s flows.SKU) bool { return s.Governs }) {
			t.Error("a licence brings governance that does not")
		}
	})
}

func TestLifecycleWorkflows(t *testing.T) {
	onLarkfield(t, premium, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		if name := must[string](t)(l.FetchWorkflow(ctx, workflowNo("2"))); name != "Post-offboarding of an employee" {
			t.Errorf("the workflow is %q", name)
		}
		if _, err := l.FetchWorkflow(ctx, workflowNo("9")); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("no such workflow: %v", err)
		}
		if runs := must[[]flows.WorkflowRun](t)(l.WorkflowRuns(ctx, workflowNo("2"), tom)); len(runs) != 0 {
			t.Errorf("runs before: %+v", runs)
		}
		l.fault(t, "lost_answer", "POST .*activate", 1)
		if err := l.StartWorkflow(ctx, workflowNo("2"), tom); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("lost: %v, want unavailable", err)
		}
		runs := must[[]flows.WorkflowRun](t)(l.WorkflowRuns(ctx, workflowNo("2"), tom))
		if len(runs) != 1 || runs[0].State != "queued" {
			t.Fatalf("sent once: %+v", runs)
		}
		time.Sleep(10 * time.Minute)
		if err := l.StartWorkflow(ctx, workflowNo("2"), tom); err != nil {
			t.Error(err)
		}
		runs = must[[]flows.WorkflowRun](t)(l.WorkflowRuns(ctx, workflowNo("2"), tom))
		if len(runs) != 2 || runs[0].State != "queued" || runs[1].State != "completedWithErrors" {
			t.Fatalf("the newest first: %+v", runs)
		}
		time.Sleep(10 * time.Minute)
		runs = must[[]flows.WorkflowRun](t)(l.WorkflowRuns(ctx, workflowNo("2"), tom))
		if diff := cmp.Diff(flows.WorkflowRun{ID: runs[0].ID, State: "completedWithErrors", At: runs[0].At, Tasks: 3, Failed: []string{"Send email to manager after last day"}}, runs[0]); diff != "" {
			t.Errorf("how it ended (-want +got):\n%s", diff)
		}
	})
}
