package graphsim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A route is one operation of Graph: which path, who may, what it costs and
// what it does. A route that writes works on a clone of the tenant.
type route struct {
	method string
	path   string // segments; {name} takes one
	needs  []string
	cost   int
	writes bool
	do     func(*call) (answer, error)
}

// units is the cost Graph puts in x-ms-resource-unit.
func (r *route) units(q url.Values) int {
	n := r.cost
	if q.Has("$select") {
		n--
	}
	if q.Has("$expand") {
		n++
	}
	if top, err := strconv.Atoi(q.Get("$top")); err == nil && top < 20 {
		n--
	}
	return max(n, 1)
}

// defaultPermissions is what the simulated tenant has consented to by default: what joiners and leavers need. The right to change the
// owners of teams is not among it, since those of their groups can be changed.
func defaultPermissions() []string {
	return []string{
		"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All",
		"LicenseAssignment.Read.All", "LicenseAssignment.ReadWrite.All", "TeamMember.Read.All", "TeamMember.ReadWriteNonOwnerRole.All",
		"UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.Read.All", "Policy.Read.AuthenticationMethod",
		"RoleManagement.Read.Directory", "Organization.Read.All", "Domain.Read.All",
		"User.EnableDisableAccount.All", "User.RevokeSessions.All", "Group.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All", "MailboxSettings.ReadWrite",
		"User-PasswordProfile.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All",
		"Calendars.ReadWrite", "Mail.Send", "Files.ReadWrite.All", "Device.ReadWrite.All",
		"DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.PrivilegedOperations.All",
		"EntitlementManagement.ReadWrite.All", "LifecycleWorkflows-Workflow.Activate", "LifecycleWorkflows-Workflow.Read.All", "LifecycleWorkflows-Reports.Read.All",
	}
}

func routes() []route {
	readUsers := []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All"}
	writeUsers := []string{"User.ReadWrite.All"}
	updateUsers := []string{"User.ReadWrite.All", "User.ReadUpdate.All", "User.EnableDisableAccount.All", "User-PasswordProfile.ReadWrite.All", "User-LifeCycleInfo.ReadWrite.All"}
	deleteUsers := []string{"User.DeleteRestore.All", "User.ReadWrite.All"}
	readGroups := []string{"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All"}
	writeMembers := []string{"GroupMember.ReadWrite.All", "Group.ReadWrite.All"}
	writeGroups := []string{"Group.ReadWrite.All"}
	readTeams := []string{"TeamMember.Read.All", "TeamMember.ReadWriteNonOwnerRole.All", "TeamMember.ReadWrite.All"}
	writeTeams := []string{"TeamMember.ReadWriteNonOwnerRole.All", "TeamMember.ReadWrite.All"}
	readSKUs := []string{"LicenseAssignment.Read.All", "LicenseAssignment.ReadWrite.All", "Directory.Read.All", "Organization.Read.All"}
	writeSKUs := []string{"LicenseAssignment.ReadWrite.All", "User.ReadWrite.All"}
	readMethods := []string{"UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"}
	readPasses := []string{"UserAuthMethod-TAP.Read.All", "UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"}
	writePasses := []string{"UserAuthMethod-TAP.ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"}
	readPolicy := []string{"Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"}
	readRoles := []string{"RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory", "Directory.Read.All"}
	readOrg := []string{"Organization.Read.All", "Directory.Read.All"}
	readMailbox := []string{"MailboxSettings.Read", "MailboxSettings.ReadWrite"}
	readDomains := []string{"Domain.Read.All", "Directory.Read.All"}
	const passes = "users/{id}/authentication/temporaryAccessPassMethods"
	return slices.Concat(methodRoutes(readMethods), appRoutes(), outlookRoutes(), driveRoutes(), deviceRoutes(), roleRoutes(readRoles), governanceRoutes(), []route{
		{"GET", "users", readUsers, 2, false, listUsers},
		{"POST", "users", writeUsers, 1, true, createUser},
		{"GET", "users/$count", readUsers, 1, false, countUsers},
		{"GET", "users/{id}", readUsers, 1, false, getUser},
		{"PATCH", "users/{id}", updateUsers, 1, true, patchUser},
		{"DELETE", "users/{id}", deleteUsers, 1, true, deleteUser},
		{"GET", "users/{id}/manager", readUsers, 1, false, getManager},
		{"GET", "users/{id}/manager/$ref", readUsers, 1, false, getManagerRef},
		{"PUT", "users/{id}/manager/$ref", writeUsers, 1, true, putManager},
		{"DELETE", "users/{id}/manager/$ref", writeUsers, 1, true, deleteManager},
		{"GET", "users/{id}/directReports", readUsers, 1, false, directReports},
		{"GET", "users/{id}/directReports/{cast}", readUsers, 1, false, directReports},
		{"GET", "users/{id}/memberOf", readUsers, 2, false, memberOf},
		{"GET", "users/{id}/memberOf/{cast}", readUsers, 2, false, memberOf},
		{"GET", "users/{id}/transitiveMemberOf", readUsers, 2, false, transitiveMemberOf},
		{"GET", "users/{id}/transitiveMemberOf/{cast}", readUsers, 2, false, transitiveMemberOf},
		{"GET", "users/{id}/ownedObjects", readUsers, 2, false, ownedObjects},
		{"GET", "users/{id}/ownedObjects/{cast}", readUsers, 2, false, ownedObjects},
		{"POST", "users/{id}/checkMemberGroups", readUsers, 4, false, checkMemberGroups},
		{"POST", "users/{id}/getMemberGroups", readUsers, 2, false, getMemberGroups},
		{"POST", "users/{id}/assignLicense", writeSKUs, 1, true, assignLicense},
		{"GET", "users/{id}/licenseDetails", readSKUs, 2, false, licenseDetails},
		{"POST", "users/{id}/revokeSignInSessions", []string{"User.RevokeSessions.All", "User.ReadWrite.All"}, 1, true, revokeSessions},
		{"GET", "users/{id}/mailboxSettings", readMailbox, 1, false, getMailbox},
		{"PATCH", "users/{id}/mailboxSettings", []string{"MailboxSettings.ReadWrite"}, 1, true, patchMailbox},
		{"GET", "users/{id}/authentication/methods", readMethods, 1, false, listMethods},
		{"GET", "users/{id}/authentication/methods/{method}", readMethods, 1, false, getMethod},
		{"GET", passes, readPasses, 1, false, listPasses},
		{"POST", passes, writePasses, 1, true, createPass},
		{"GET", passes + "/{method}", readPasses, 1, false, getPass},
		{"DELETE", passes + "/{method}", writePasses, 1, true, deletePass},

		{"GET", "directory/deletedItems/microsoft.graph.user", readUsers, 1, false, listDeleted},
		{"GET", "directory/deletedItems/{id}", readUsers, 1, false, getDeleted},
		{"GET", "directory/deletedItems/{id}/microsoft.graph.user", readUsers, 1, false, getDeleted},
		{"POST", "directory/deletedItems/{id}/restore", deleteUsers, 1, true, restoreUser},

		{"GET", "groups", readGroups, 1, false, listGroups},
		{"GET", "groups/$count", readGroups, 1, false, countGroups},
		{"GET", "groups/{id}", readGroups, 1, false, getGroup},
		{"PATCH", "groups/{id}", writeMembers, 1, true, patchGroup},
		{"GET", "groups/{id}/members", readGroups, 3, false, listMembers},
		{"GET", "groups/{id}/members/{cast}", readGroups, 3, false, listMembers},
		{"GET", "groups/{id}/transitiveMembers", readGroups, 5, false, transitiveMembers},
		{"GET", "groups/{id}/transitiveMembers/{cast}", readGroups, 5, false, transitiveMembers},
		{"POST", "groups/{id}/members/$ref", writeMembers, 1, true, addMember},
		{"DELETE", "groups/{id}/members/{member}/$ref", writeMembers, 1, true, removeMember},
		{"DELETE", "groups/{id}/members/{member}", deleteUsers, 1, true, deleteMemberObject},
		{"GET", "groups/{id}/owners", readGroups, 1, false, listOwners},
		{"GET", "groups/{id}/owners/{cast}", readGroups, 1, false, listOwners},
		{"POST", "groups/{id}/owners/$ref", writeGroups, 1, true, addOwner},
		{"DELETE", "groups/{id}/owners/{member}/$ref", writeGroups, 1, true, removeOwner},

		{"GET", "teams/{id}", append([]string{"Team.ReadBasic.All"}, readTeams...), 1, false, getTeam},
		{"GET", "teams/{id}/members", readTeams, 1, false, listTeamMembers},
		{"POST", "teams/{id}/members", writeTeams, 1, true, addTeamMember},
		{"GET", "teams/{id}/members/{member}", readTeams, 1, false, getTeamMember},
		{"DELETE", "teams/{id}/members/{member}", writeTeams, 1, true, removeTeamMember},

		{"GET", "subscribedSkus", readSKUs, 3, false, listSKUs},
		{"GET", "subscribedSkus/{id}", readSKUs, 1, false, getSKU},
		{"GET", "policies/authenticationMethodsPolicy/authenticationMethodConfigurations/TemporaryAccessPass", readPolicy, 1, false, getPassPolicy},
		{"GET", "organization", readOrg, 1, false, listOrganization},
		{"GET", "organization/{id}", readOrg, 1, false, getOrganization},
		{"GET", "domains", readDomains, 1, false, listDomains},
		{"GET", "domains/{id}", readDomains, 1, false, getDomain},
		{"POST", "directoryObjects/getByIds", []string{"Directory.Read.All"}, 5, false, getByIDs},
		{"GET", "directoryObjects/{id}", []string{"Directory.Read.All"}, 1, false, getDirectoryObject},
	})
}

// match finds the route of a path. Fixed segments win over {named} ones, as in
// users/$count against users/{id}; they are compared without case, as Graph does.
// A cast may be written with the metadata's alias of the namespace, as the SDKs do: graph.user.
func (s *Server) match(method string, segs []string) (*route, map[string]string) {
	segs = slices.Clone(segs)
	for i, seg := range segs {
		if strings.HasPrefix(seg, "graph.") {
			segs[i] = "microsoft." + seg
		}
	}
	var found *route
	var params map[string]string
	fixed := -1
	for i := range s.routes {
		r := &s.routes[i]
		if r.method != method {
			continue
		}
		parts := strings.Split(r.path, "/")
		if len(parts) != len(segs) {
			continue
		}
		got, n := map[string]string{}, 0
		for j, p := range parts {
			switch {
			case strings.HasPrefix(p, "{"):
				if strings.HasPrefix(segs[j], "$") || p == "{cast}" && !strings.HasPrefix(segs[j], "microsoft.graph.") {
					n = -1
				} else {
					got[strings.Trim(p, "{}")] = segs[j]
				}
			case strings.EqualFold(p, segs[j]):
				n++
			default:
				n = -1
			}
			if n < 0 {
				break
			}
		}
		if n > fixed {
			found, params, fixed = r, got, n
		}
	}
	return found, params
}

// segments splits an escaped path. The key form users('id') becomes users/id;
// an action may be called as microsoft.graph.name.
func segments(escaped string) ([]string, error) {
	var out []string
	for _, part := range strings.Split(strings.Trim(escaped, "/"), "/") {
		seg, err := url.PathUnescape(part)
		if err != nil {
			return nil, err
		}
		if name, key, found := strings.Cut(seg, "('"); found && strings.HasSuffix(key, "')") {
			out = append(out, name, strings.ReplaceAll(strings.TrimSuffix(key, "')"), "''", "'"))
			continue
		}
		switch seg {
		case "microsoft.graph.assignLicense", "microsoft.graph.revokeSignInSessions", "microsoft.graph.restore",
			"microsoft.graph.checkMemberGroups", "microsoft.graph.getMemberGroups", "microsoft.graph.getByIds":
			seg = strings.TrimPrefix(seg, "microsoft.graph.")
		}
		out = append(out, seg)
	}
	return out, nil
}

func ok(body any) answer      { return answer{status: http.StatusOK, body: body} }
func created(body any) answer { return answer{status: http.StatusCreated, body: body} }
func noContent() answer       { return answer{status: http.StatusNoContent} }
