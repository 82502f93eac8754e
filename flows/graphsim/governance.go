package graphsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Access packages and lifecycle workflows, which a tenant has only with a licence for them (Options.Premium). Both work for a while after
// they were asked.

const deliveryTime = 3 * time.Minute // until an access package is given or taken

// A held package is an assignment of an access package. Gone is when its removal is done.
type heldPackage struct {
	ID      string     `json:"id"`
	Package string     `json:"package"`
	Policy  string     `json:"policy"`
	At      time.Time  `json:"at"` // asked for
	Gone    *time.Time `json:"gone,omitempty"`
}

// state is what Graph shows: what is being taken is delivered until it is gone.
func (h heldPackage) state(now time.Time) string {
	switch {
	case h.Gone != nil && !now.Before(*h.Gone):
		return "expired"
	case now.Before(h.At.Add(deliveryTime)):
		return "delivering"
	default:
		return "delivered"
	}
}

// A packageRequest is one that a person made and nobody has decided yet, or that was withdrawn.
type packageRequest struct {
	ID      string    `json:"id"`
	Package string    `json:"package"`
	State   string    `json:"state"`
	At      time.Time `json:"at"`
}

// An accessPackage with the policy by which it is given.
type accessPackage struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Policy string `json:"policy"`
}

func packageID(n int) string { return fmt.Sprintf("00000000-0000-4000-d000-%012x", n) }
func (t *tenant) accessPackage(id string) *accessPackage {
	for i := range t.Packages {
		if strings.EqualFold(t.Packages[i].ID, id) {
			return &t.Packages[i]
		}
	}
	return nil
}

func governanceRoutes() []route {
	const at, flow = "identityGovernance/entitlementManagement/", "identityGovernance/lifecycleWorkflows/workflows/{id}"
	write := []string{"EntitlementManagement.ReadWrite.All"}
	read := append([]string{"EntitlementManagement.Read.All"}, write...)
	all := []string{"LifecycleWorkflows.Read.All", "LifecycleWorkflows.ReadWrite.All"}
	readFlow := append([]string{"LifecycleWorkflows-Workflow.Read.All", "LifecycleWorkflows-Workflow.ReadWrite.All"}, all...)
	readRuns := append([]string{"LifecycleWorkflows-Reports.Read.All"}, all...)
	return []route{
		{"GET", at + "assignments", read, 1, false, listPackages},
		{"GET", at + "assignmentRequests", read, 1, false, listPackageRequests},
		{"POST", at + "assignmentRequests", write, 1, true, requestPackage},
		{"POST", at + "assignmentRequests/{request}/cancel", write, 1, true, cancelPackageRequest},
		{"GET", flow, readFlow, 1, false, getWorkflow},
		{"POST", flow + "/activate", []string{"LifecycleWorkflows-Workflow.Activate", "LifecycleWorkflows-Workflow.ReadWrite.All", "LifecycleWorkflows.ReadWrite.All"}, 1, true, startWorkflow},
		{"GET", flow + "/userProcessingResults", readRuns, 1, false, listRuns},
		{"GET", flow + "/userProcessingResults/{run}/taskProcessingResults", readRuns, 1, false, listRunTasks},
	}
}

// premium refuses what the tenant has no licence for. The exact words are not known.
func (c *call) premium() error {
	if !c.t.Premium {
		return &graphError{Status: http.StatusForbidden, Code: "Forbidden", Message: "The tenant does not have a valid Microsoft Entra ID Governance license."}
	}
	return nil
}

// whose reads the one filter by person that Muster sends, and takes it and the expected $expand from the query.
func (c *call) whose(property, expand string) (*user, error) {
	id, found := strings.CutPrefix(c.option("filter"), property+" eq '")
	id, closed := strings.CutSuffix(id, "'")
	switch {
	case !found || !closed:
		return nil, unknown("$filter=%s on %s", c.option("filter"), c.path)
	case c.option("expand") != expand:
		return nil, unknown("$expand=%s on %s", c.option("expand"), c.path)
	}
	c.query = without(c.query, "filter", "expand")
	return c.t.Users[strings.ToLower(id)], nil
}

func (c *call) packageView(id string) map[string]any {
	p := c.t.accessPackage(id)
	return map[string]any{"id": p.ID, "displayName": p.Name, "description": p.Name, "isHidden": false, "createdDateTime": moment(founded), "modifiedDateTime": moment(founded)}
}

func listPackages(c *call) (answer, error) {
	if err := c.premium(); err != nil {
		return answer{}, err
	}
	u, err := c.whose("target/objectId", "accessPackage")
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{}
	if u != nil {
		for _, h := range u.Packages {
			state := h.state(c.now)
			row := map[string]any{"id": h.ID, "state": state, "status": strings.ToUpper(state[:1]) + state[1:], "expiredDateTime": nil, "accessPackage": c.packageView(h.Package)}
			if state == "expired" {
				row["expiredDateTime"] = moment(*h.Gone)
			}
			rows = append(rows, row)
		}
	}
	return c.pagedPlain("identityGovernance/entitlementManagement/assignments", rows)
}

func listPackageRequests(c *call) (answer, error) {
	if err := c.premium(); err != nil {
		return answer{}, err
	}
	u, err := c.whose("requestor/objectId", "accessPackage")
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{}
	if u != nil {
		for _, r := range u.Requests {
			rows = append(rows, c.requestView(r.ID, "userAdd", r.State, r.Package, r.At))
		}
	}
	return c.pagedPlain("identityGovernance/entitlementManagement/assignmentRequests", rows)
}

func (c *call) requestView(id, kind, state, pkg string, at time.Time) map[string]any {
	return map[string]any{
		"id": id, "requestType": kind, "state": state, "status": state, "createdDateTime": moment(at), "completedDateTime": nil, "justification": nil, "accessPackage": c.packageView(pkg),
	}
}

// requestPackage knows adminAdd and adminRemove. A second one for the same while the first is open is refused.
func requestPackage(c *call) (answer, error) {
	if err := c.premium(); err != nil {
		return answer{}, err
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	of, _ := props["assignment"].(map[string]any)
	text := func(name string) string { s, _ := of[name].(string); return strings.ToLower(s) }
	c.t.Serial++
	id := uuidOf(c.s.o.Seed, "packageRequest", c.t.Serial)
	answered := func(kind, pkg string) answer {
		v := c.requestView(id, kind, "submitted", pkg, c.now)
		delete(v, "accessPackage")
		v["@odata.context"] = c.base + "/$metadata#identityGovernance/entitlementManagement/assignmentRequests/$entity"
		return created(v)
	}
	open := &graphError{Status: http.StatusBadRequest, Code: "ExistingOpenRequest", Message: "There is an existing open request for the subject and the access package."}
	switch props["requestType"] {
	case "adminAdd":
		u, p := c.t.Users[text("targetId")], c.t.accessPackage(text("accessPackageId"))
		switch {
		case u == nil || !u.visible(c.now):
			return answer{}, notFound(text("targetId"))
		case p == nil || p.Policy != text("assignmentPolicyId"):
			return answer{}, notFound(text("accessPackageId"))
		}
		for _, h := range u.Packages {
			if h.Package == p.ID && h.state(c.now) != "expired" {
				return answer{}, open
			}
		}
		next := c.t.edit(u.ID)
		next.Packages = append(slices.Clone(u.Packages), heldPackage{ID: uuidOf(c.s.o.Seed, "package", c.t.Serial), Package: p.ID, Policy: p.Policy, At: c.now.UTC()})
		return answered("adminAdd", p.ID), nil
	case "adminRemove":
		for _, u := range c.t.sortedUsers() {
			for i, h := range u.Packages {
				if h.ID != text("id") {
					continue
				}
				if h.Gone != nil {
					return answer{}, open
				}
				gone := c.now.UTC().Add(deliveryTime)
				next := c.t.edit(u.ID)
				next.Packages = slices.Clone(u.Packages)
				next.Packages[i].Gone = &gone
				return answered("adminRemove", h.Package), nil
			}
		}
		return answer{}, notFound(text("id"))
	}
	return answer{}, unknown("the request type %v", props["requestType"])
}

func cancelPackageRequest(c *call) (answer, error) {
	if err := c.premium(); err != nil {
		return answer{}, err
	}
	for _, u := range c.t.sortedUsers() {
		for i, r := range u.Requests {
			if r.ID != c.params["request"] {
				continue
			}
			if r.State != "pendingApproval" {
				return answer{}, &graphError{Status: http.StatusBadRequest, Code: "RequestNotCancellable", Message: "The request is not in a state in which it can be cancelled."} // exact words unknown
			}
			next := c.t.edit(u.ID)
			next.Requests = slices.Clone(u.Requests)
			next.Requests[i].State = "canceled"
			return answer{status: http.StatusOK}, nil
		}
	}
	return answer{}, notFound(c.params["request"])
}

// describeGovernance says in sentences how a person's packages and runs differ.
func describeGovernance(a, b *user, to *tenant, say func(format string, args ...any)) {
	name := b.text("displayName")
	had := map[string]heldPackage{}
	for _, h := range a.Packages {
		had[h.ID] = h
	}
	for _, h := range b.Packages {
		old, was := had[h.ID]
		switch {
		case !was:
			say("The access package %s was asked for, for %s", to.accessPackage(h.Package).Name, name)
		case old.Gone == nil && h.Gone != nil:
			say("The access package %s of %s is being taken back", to.accessPackage(h.Package).Name, name)
		}
	}
	for i, r := range b.Requests {
		if i < len(a.Requests) && a.Requests[i].State != r.State {
			say("The request of %s for the access package %s was withdrawn", name, to.accessPackage(r.Package).Name)
		}
	}
	for _, r := range b.Runs[min(len(a.Runs), len(b.Runs)):] {
		say("The lifecycle workflow %s was started for %s", to.lifecycle(r.Workflow).Name, name)
	}
}

// seedGovernance gives a tenant that has the licences what goes with them.
func seedGovernance(t *tenant) {
	t.Premium = true
	t.SKUs = append(t.SKUs, sku{ID: "84a661c4-e949-4bd2-a560-ed7766fcaf2b", Part: "AAD_PREMIUM_P2", Enabled: 50, Plans: []servicePlan{
		{ID: "eec0eb4f-6444-4f95-aba0-50c24d67f998", Name: "AAD_PREMIUM_P2"},
	}}, sku{ID: "e866a266-3cff-43a3-acca-0c90a7e00c8b", Part: "Microsoft_Entra_ID_Governance", Enabled: 50, Plans: []servicePlan{
		{ID: "c6e5b6a3-9c9f-4f5b-8f2c-0d1f0e4c7a11", Name: "Entra_Identity_Governance"},
	}})
	t.Packages = []accessPackage{{packageID(1), "Sales Kit", packageID(0x101)}, {packageID(2), "Field Work", packageID(0x102)}}
	steps := []string{"Remove user from all groups", "Remove all licenses for user", "Send email to manager after last day"}
	t.Workflows = []lifecycleWorkflow{
		{workflowID(1), "Offboard an employee", steps, "completed"},
		{workflowID(2), "Post-offboarding of an employee", steps, "completedWithErrors"},
		{workflowID(3), "Offboard a contractor", steps[:2], "failed"},
	}
	const tomHughes, farahQuill = 0x03, 0x27
	tom, farah := t.Users[personID(tomHughes)], t.Users[personID(farahQuill)]
	tom.Packages = []heldPackage{{ID: packageID(0x201), Package: packageID(1), Policy: packageID(0x101), At: founded}}
	tom.Requests = []packageRequest{{ID: packageID(0x301), Package: packageID(2), State: "pendingApproval", At: founded}}
	farah.Packages = []heldPackage{{ID: packageID(0x202), Package: packageID(2), Policy: packageID(0x102), At: founded}}
	t.Roles = append(t.Roles, roleAssignment{ID: uuidOf(0, "role", 3), Principal: personID(farahQuill), Role: helpdeskRole, How: roleEligible})
}
