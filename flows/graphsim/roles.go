package graphsim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// The directory roles of people and groups, plain and through Privileged Identity Management (PIM), which a tenant has only with a licence
// for it (Options.Premium).

// A roleAssignment gives a directory role to a person or a group.
type roleAssignment struct {
	ID        string `json:"id"`
	Principal string `json:"principal"`
	Role      string `json:"role"`          // template id
	How       string `json:"how,omitempty"` // "", or of PIM: assigned, activated, eligible
}

const (
	roleAssigned  = "assigned"
	roleActivated = "activated" // taken up for some hours
	roleEligible  = "eligible"  // may be taken up
)

// inForce says whether the principal has the role now.
func (r roleAssignment) inForce() bool { return r.How != roleEligible }

func roleName(id string) string {
	switch id {
	case globalAdministrator:
		return "Global Administrator"
	case helpdeskRole:
		return "Helpdesk Administrator"
	case userAdministratorRole:
		return userAdministrator
	default:
		return id
	}
}

// roleOf is the template id of a role by its name, or what was given.
func roleOf(name string) string {
	for _, id := range []string{globalAdministrator, helpdeskRole, userAdministratorRole} {
		if roleName(id) == name {
			return id
		}
	}
	return name
}

func (r roleAssignment) directoryRole() map[string]any {
	return map[string]any{
		"id": uuidOf(0, "directoryRole/"+r.Role, 1), "displayName": roleName(r.Role),
		"description": roleName(r.Role), "roleTemplateId": r.Role,
	}
}

func roleProperties() map[string]property {
	m := map[string]property{"deletedDateTime": {kind: date, standard: true}}
	for _, name := range []string{"id", "description", "displayName", "roleTemplateId"} {
		m[name] = property{standard: true}
	}
	return m
}

func roleRoutes(read []string) []route {
	const at = "roleManagement/directory/"
	active := []string{"RoleAssignmentSchedule.Read.Directory", "RoleAssignmentSchedule.ReadWrite.Directory", "RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory"}
	eligible := []string{"RoleEligibilitySchedule.Read.Directory", "RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory"}
	return []route{
		{"GET", at + "roleAssignments", read, 1, false, listRoleAssignments},
		{"DELETE", at + "roleAssignments/{role}", []string{"RoleManagement.ReadWrite.Directory"}, 1, true, removeRoleAssignment},
		{"GET", at + "roleAssignmentScheduleInstances", active, 1, false, listScheduled(roleAssigned, roleActivated)},
		{"GET", at + "roleEligibilityScheduleInstances", eligible, 1, false, listScheduled(roleEligible)},
		{"POST", at + "roleAssignmentScheduleRequests", []string{"RoleAssignmentSchedule.ReadWrite.Directory", "RoleAssignmentSchedule.Remove.Directory", "RoleManagement.ReadWrite.Directory"}, 1, true, removeScheduled("roleAssignmentScheduleRequests", roleAssigned, roleActivated)},
		{"POST", at + "roleEligibilityScheduleRequests", []string{"RoleEligibilitySchedule.ReadWrite.Directory", "RoleEligibilitySchedule.Remove.Directory", "RoleManagement.ReadWrite.Directory"}, 1, true, removeScheduled("roleEligibilityScheduleRequests", roleEligible)},
	}
}

// rolesAsked are the assignments that one of the two filters that Muster sends finds.
func (c *call) rolesAsked(options ...string) ([]roleAssignment, error) {
	expand := c.option("expand")
	if expand != "" && !slices.Contains(options, expand) {
		return nil, unknown("$expand=%s on %s", expand, c.path)
	}
	filter := c.option("filter")
	name, rest, _ := strings.Cut(filter, " eq '")
	value, closed := strings.CutSuffix(rest, "'")
	if filter != "" && (!closed || name != "principalId" && name != "roleDefinitionId") {
		return nil, unknown("$filter=%s on %s", filter, c.path)
	}
	found := c.ownRoles(name, value)
	for _, r := range c.t.Roles {
		if filter == "" || name == "principalId" && strings.EqualFold(r.Principal, value) || name == "roleDefinitionId" && strings.EqualFold(r.Role, value) {
			found = append(found, r)
		}
	}
	return found, nil
}

// ownRoles are the plain assignments of the apps, when the filter asks for the principal of one: of the caller, and of those that the options name.
func (c *call) ownRoles(name, principal string) []roleAssignment {
	if name != "principalId" {
		return nil
	}
	var found []roleAssignment
	add := func(role string) {
		found = append(found, roleAssignment{ID: uuidOf(0, "role "+role+" of "+principal, 1), Principal: principal, Role: roleOf(role)})
	}
	if c.s.o.Roles == nil && c.allowed["principal "+principal] {
		add(userAdministrator)
	}
	for app, roles := range c.s.o.Roles {
		if PrincipalOf(app) == principal {
			for _, r := range roles {
				add(r)
			}
		}
	}
	return found
}

func (c *call) roleRow(r roleAssignment) map[string]any {
	row := map[string]any{"id": r.ID, "principalId": r.Principal, "roleDefinitionId": r.Role, "directoryScopeId": "/", "appScopeId": nil}
	switch c.option("expand") {
	case "roleDefinition":
		row["roleDefinition"] = map[string]any{"id": r.Role, "displayName": roleName(r.Role), "templateId": r.Role, "isBuiltIn": true, "isEnabled": true}
	case "principal":
		kind := "user"
		if c.t.Groups[r.Principal] != nil {
			kind = "group"
		}
		row["principal"] = map[string]any{"@odata.type": "#microsoft.graph." + kind, "id": r.Principal, "displayName": c.t.nameOf(r.Principal)}
	}
	return row
}

// listRoleAssignments shows what is in force, through PIM as well.
func listRoleAssignments(c *call) (answer, error) {
	found, err := c.rolesAsked("roleDefinition", "principal")
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{}
	for _, r := range found {
		if r.inForce() {
			row := c.roleRow(r)
			row["principalOrganizationId"], row["condition"] = tenantID, nil
			rows = append(rows, row)
		}
	}
	c.query = without(c.query, "filter", "expand")
	return c.plainPage("roleManagement/directory/roleAssignments", rows)
}

// removeRoleAssignment removes plain assignments and those that PIM made for good.
func removeRoleAssignment(c *call) (answer, error) {
	for i, r := range c.t.Roles {
		if r.ID == c.params["role"] && r.inForce() {
			if r.How == roleActivated {
				return answer{}, badRequest("The role assignment is managed by Privileged Identity Management.") // exact words unknown
			}
			c.t.Roles = slices.Delete(slices.Clone(c.t.Roles), i, i+1)
			return noContent(), nil
		}
	}
	return answer{}, notFound(c.params["role"])
}

func unlicensed() *graphError {
	return &graphError{
		Status: http.StatusBadRequest, Code: "AadPremiumLicenseRequired",
		Message: "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
	}
}

func listScheduled(hows ...string) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		if !c.t.Premium {
			return answer{}, unlicensed()
		}
		found, err := c.rolesAsked("roleDefinition")
		if err != nil {
			return answer{}, err
		}
		list := "roleEligibilityScheduleInstances"
		rows := []map[string]any{}
		for _, r := range found {
			if r.How == "" { // a plain assignment is shown as one that PIM made for good
				r.How = roleAssigned
			}
			if !slices.Contains(hows, r.How) {
				continue
			}
			row := c.roleRow(r)
			row["id"] = grantID(0, "instance/"+r.ID, 1)
			row["memberType"], row["startDateTime"], row["endDateTime"] = "Direct", moment(founded), nil
			if r.How != roleEligible {
				list = "roleAssignmentScheduleInstances"
				row["assignmentType"] = map[string]string{roleAssigned: "Assigned", roleActivated: "Activated"}[r.How]
			}
			rows = append(rows, row)
		}
		c.query = without(c.query, "filter", "expand")
		return c.plainPage("roleManagement/directory/"+list, rows)
	}
}

// removeScheduled knows the action adminRemove of the requests.
func removeScheduled(list string, hows ...string) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		if !c.t.Premium {
			return answer{}, unlicensed()
		}
		props, err := c.object()
		if err != nil {
			return answer{}, err
		}
		text := func(name string) string { s, _ := props[name].(string); return s }
		switch {
		case text("action") != "adminRemove":
			return answer{}, unknown("the action %s of %s", text("action"), list)
		case text("directoryScopeId") != "/":
			return answer{}, badRequest("The directory scope is not valid.")
		}
		at := slices.IndexFunc(c.t.Roles, func(r roleAssignment) bool {
			how := r.How
			if how == "" {
				how = roleAssigned
			}
			return strings.EqualFold(r.Principal, text("principalId")) && strings.EqualFold(r.Role, text("roleDefinitionId")) && slices.Contains(hows, how)
		})
		if at < 0 {
			return answer{}, &graphError{Status: http.StatusNotFound, Code: "RoleAssignmentDoesNotExist", Message: "The Role assignment does not exist."}
		}
		r := c.t.Roles[at]
		c.t.Roles = slices.Delete(slices.Clone(c.t.Roles), at, at+1)
		c.t.Serial++
		return created(map[string]any{
			"@odata.context": c.base + "/$metadata#roleManagement/directory/" + list + "/$entity",
			"id":             uuidOf(c.s.o.Seed, "roleRequest", c.t.Serial), "status": "Revoked", "action": "adminRemove", "principalId": r.Principal, "roleDefinitionId": r.Role,
			"directoryScopeId": "/", "appScopeId": nil, "justification": props["justification"], "createdDateTime": moment(c.now), "completedDateTime": moment(c.now),
			"isValidationOnly": false, "targetScheduleId": nil, "approvalId": nil, "customData": nil,
		}), nil
	}
}

// AssignRole gives a person, by id or UPN, or a group, by id or name, a directory role by its template id, behind the bot's back. how is "" for a plain
// assignment, or one of PIM's: assigned, activated, eligible.
func (s *Server) AssignRole(who, role, how string) error {
	return s.byHand("assign role", func(c *call) error {
		id := ""
		if u := c.t.find(who); u != nil {
			id = u.ID
		} else if g := c.t.findGroup(who); g != nil {
			id = g.ID
		}
		switch {
		case id == "":
			return notFound(who)
		case !slices.Contains([]string{"", roleAssigned, roleActivated, roleEligible}, how):
			return fmt.Errorf("%q is no way to hold a role", how)
		case how != "" && !c.t.Premium:
			return unlicensed()
		}
		c.t.Serial++
		c.t.Roles = append(slices.Clone(c.t.Roles), roleAssignment{ID: uuidOf(c.s.o.Seed, "assignment", c.t.Serial), Principal: id, Role: strings.ToLower(role), How: how})
		return nil
	})
}

// describeRoles says in sentences who got and who lost a role.
func describeRoles(from, to *tenant, say func(path, format string, args ...any)) {
	has := func(all []roleAssignment, id string) bool {
		return slices.ContainsFunc(all, func(r roleAssignment) bool { return r.ID == id })
	}
	word := func(r roleAssignment) string {
		if r.How == roleEligible {
			return "the right to take up the role "
		}
		return "the role "
	}
	for _, r := range from.Roles {
		if !has(to.Roles, r.ID) {
			say("/users/"+r.Principal, "%s lost %s%s", to.nameOf(r.Principal), word(r), roleName(r.Role))
		}
	}
	for _, r := range to.Roles {
		if !has(from.Roles, r.ID) {
			say("/users/"+r.Principal, "%s got %s%s", to.nameOf(r.Principal), word(r), roleName(r.Role))
		}
	}
}
