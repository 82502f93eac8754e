package graphsim

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// An app is a service principal: an app that is at home in the tenant, or was let in.
type app struct {
	ID    string            `json:"id"`
	Name  string            `json:"name"`
	Roles map[string]string `json:"roles,omitempty"` // value by id
}

// An appGrant is a role in an app, held by a person or a group. The role of all zeros is the plain access to the app.
type appGrant struct {
	ID   string    `json:"id"`
	App  string    `json:"app"` // object id of the service principal
	Role string    `json:"role"`
	At   time.Time `json:"at"`
}

// A consent is what a person allowed an app to do in their name.
type consent struct {
	ID    string `json:"id"`
	App   string `json:"app"`   // the client
	On    string `json:"on"`    // the resource
	Scope string `json:"scope"` // begins with a space, as the portal writes it
}

const plainAccess = "00000000-0000-0000-0000-000000000000"

func appID(n int) string { return fmt.Sprintf("00000000-0000-4000-c000-%012x", n) }

// grantID looks like Graph's: 32 bytes, not a GUID, with - and _ in it.
func grantID(seed int64, what string, n int) string {
	h := digest(seed, what, n)
	return base64.RawURLEncoding.EncodeToString(h[:])
}

func (t *tenant) app(id string) *app {
	for i := range t.Apps {
		if strings.EqualFold(t.Apps[i].ID, id) {
			return &t.Apps[i]
		}
	}
	return nil
}

func (t *tenant) appName(id string) string {
	if a := t.app(id); a != nil {
		return a.Name
	}
	return id
}

func appRoutes() []route {
	readApps := []string{"Directory.Read.All", "Application.Read.All"}
	writeRoles := []string{"AppRoleAssignment.ReadWrite.All"}
	readRoles := append([]string{"Directory.Read.All"}, writeRoles...)
	writeGrants := []string{"DelegatedPermissionGrant.ReadWrite.All"}
	readGrants := append([]string{"Directory.Read.All"}, writeGrants...)
	return []route{
		{"GET", "users/{id}/appRoleAssignments", readRoles, 1, false, listAppRoles},
		{"POST", "users/{id}/appRoleAssignments", writeRoles, 1, true, grantAppRole},
		{"DELETE", "users/{id}/appRoleAssignments/{grant}", writeRoles, 1, true, removeAppRole},
		{"GET", "users/{id}/oauth2PermissionGrants", readGrants, 2, false, listConsents},
		{"DELETE", "oauth2PermissionGrants/{grant}", writeGrants, 1, true, removeConsent},
		{"GET", "servicePrincipals/{id}", readApps, 1, false, getApp},
	}
}

// pagedPlain is plainPage for a collection that Graph pages: a hundred rows unless $top says otherwise.
func (c *call) pagedPlain(context string, rows []map[string]any) (answer, error) {
	top, skip := 100, 0
	if v := c.option("top"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 999 {
			return answer{}, malformed("Invalid page size specified: '%s'. Must be between 1 and 999 inclusive.", v)
		}
		top = n
	}
	if v := c.option("skiptoken"); v != "" {
		raw, err := base64.RawURLEncoding.DecodeString(v)
		if err == nil {
			_, err = fmt.Sscanf(string(raw), "page:%d", &skip)
		}
		if err != nil || skip < 0 {
			return answer{}, badRequest("Invalid skip token.")
		}
	}
	from, to := min(skip, len(rows)), min(skip+top, len(rows))
	next := ""
	if to < len(rows) {
		next = c.next(to)
	}
	c.query = without(c.query, "top", "skiptoken")
	a, err := c.plainPage(context, rows[from:to])
	if page, isMap := a.body.(map[string]any); err == nil && isMap && next != "" {
		page["@odata.nextLink"] = next
	}
	return a, err
}

// without is a query with some options answered already.
func without(q url.Values, options ...string) url.Values {
	out := url.Values{}
	for k, v := range q {
		out[k] = v
	}
	for _, o := range options {
		out.Del(o)
		out.Del("$" + o)
	}
	return out
}

func (c *call) grantView(g appGrant, principal, kind string) map[string]any {
	return map[string]any{
		"id": g.ID, "deletedDateTime": nil, "appRoleId": g.Role, "createdDateTime": moment(g.At), "principalDisplayName": c.t.nameOf(principal),
		"principalId": principal, "principalType": kind, "resourceDisplayName": c.t.appName(g.App), "resourceId": g.App,
	}
}

// listAppRoles lists those of the person and those of the groups that the person is directly in, as Graph does.
func listAppRoles(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{}
	for _, g := range u.AppRoles {
		rows = append(rows, c.grantView(g, u.ID, "User"))
	}
	for _, g := range c.t.sortedGroups() {
		if !g.Members[u.ID].member() {
			continue
		}
		for _, r := range g.AppRoles {
			rows = append(rows, c.grantView(r, g.ID, "Group"))
		}
	}
	return c.pagedPlain("users('"+u.ID+"')/appRoleAssignments", rows)
}

func grantAppRole(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	on, _ := props["resourceId"].(string)
	role, _ := props["appRoleId"].(string)
	who, _ := props["principalId"].(string)
	a := c.t.app(on)
	switch {
	case len(props) != 3 || !strings.EqualFold(who, u.ID):
		return answer{}, badRequest("The request body must name principalId, resourceId and appRoleId.") // exact words unknown
	case a == nil:
		return answer{}, notFound(on)
	}
	role = strings.ToLower(role)
	if _, has := a.Roles[role]; !has && (role != plainAccess || len(a.Roles) > 0) {
		return answer{}, badRequest("Permission being assigned was not found on application '%s'.", a.ID)
	}
	for _, g := range u.AppRoles {
		if g.App == a.ID && g.Role == role {
			return answer{}, badRequest("Permission being assigned already exists on the object")
		}
	}
	c.t.Serial++
	g := appGrant{ID: grantID(c.s.o.Seed, "appRoleAssignment", c.t.Serial), App: a.ID, Role: role, At: c.now.UTC()}
	next := c.t.edit(u.ID)
	next.AppRoles = append(next.AppRoles[:len(next.AppRoles):len(next.AppRoles)], g)
	v := c.grantView(g, u.ID, "User")
	v["@odata.context"] = c.base + "/$metadata#users('" + u.ID + "')/appRoleAssignments/$entity"
	return created(v), nil
}

// removeAppRole finds a role of the person only: what a group holds is the group's.
func removeAppRole(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	var left []appGrant
	for _, g := range u.AppRoles {
		if g.ID != c.params["grant"] {
			left = append(left, g)
		}
	}
	if len(left) == len(u.AppRoles) {
		return answer{}, notFound(c.params["grant"])
	}
	c.t.edit(u.ID).AppRoles = left
	return noContent(), nil
}

func listConsents(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{}
	for _, g := range u.Consents {
		rows = append(rows, map[string]any{
			"id": g.ID, "clientId": g.App, "consentType": "Principal", "principalId": u.ID, "resourceId": g.On, "scope": g.Scope,
		})
	}
	return c.pagedPlain("users('"+u.ID+"')/oauth2PermissionGrants", rows)
}

func removeConsent(c *call) (answer, error) {
	for _, u := range c.t.sortedUsers() {
		for i, g := range u.Consents {
			if g.ID == c.params["grant"] {
				next := c.t.edit(u.ID)
				next.Consents = append(u.Consents[:i:i], u.Consents[i+1:]...)
				return noContent(), nil
			}
		}
	}
	return answer{}, notFound(c.params["grant"])
}

func getApp(c *call) (answer, error) {
	a := c.t.app(c.params["id"])
	if a == nil {
		return answer{}, &graphError{
			Status: http.StatusNotFound, Code: "Request_ResourceNotFound",
			Message: "Resource '" + c.params["id"] + "' does not exist or one of its queried reference-property objects are not present.",
		}
	}
	roles := []any{}
	for _, id := range sortedKeys(a.Roles) {
		roles = append(roles, map[string]any{
			"id": id, "value": a.Roles[id], "displayName": a.Roles[id], "description": a.Roles[id], "isEnabled": true, "origin": "Application", "allowedMemberTypes": []any{"User"},
		})
	}
	return c.plainOne("servicePrincipals", map[string]any{
		"id": a.ID, "displayName": a.Name, "appId": uuidOf(0, "app/"+a.ID, 1), "accountEnabled": true, "servicePrincipalType": "Application", "appRoles": roles,
	})
}

// describeApps says in sentences how a person's access to apps differs.
func describeApps(a, b *user, to *tenant, say func(format string, args ...any)) {
	name := b.text("displayName")
	was, is := map[string]appGrant{}, map[string]appGrant{}
	for _, g := range a.AppRoles {
		was[g.ID] = g
	}
	for _, g := range b.AppRoles {
		is[g.ID] = g
	}
	for _, id := range sortedKeys(bothKeys(was, is)) {
		_, had := was[id]
		_, has := is[id]
		switch {
		case had && !has:
			say("%s lost a role in %s", name, to.appName(was[id].App))
		case has && !had:
			say("%s got a role in %s", name, to.appName(is[id].App))
		}
	}
	left := map[string]bool{}
	for _, g := range b.Consents {
		left[g.ID] = true
	}
	for _, g := range a.Consents {
		if !left[g.ID] {
			say("What %s allowed %s was taken back", name, to.appName(g.App))
		}
	}
}

// appViews are a person's own roles and consents, as an administrator sees them.
func (t *tenant) appViews(u *user) (roles, consents []map[string]any) {
	roles, consents = []map[string]any{}, []map[string]any{}
	for _, g := range u.AppRoles {
		role := "Default Access"
		if a := t.app(g.App); a != nil && a.Roles[g.Role] != "" {
			role = a.Roles[g.Role]
		}
		roles = append(roles, map[string]any{"app": t.appName(g.App), "role": role})
	}
	for _, g := range u.Consents {
		consents = append(consents, map[string]any{"app": t.appName(g.App), "scope": strings.TrimSpace(g.Scope)})
	}
	return roles, consents
}

// seedApps gives the tenant its apps, some people roles in them, and one group, whose members have theirs through it.
func seedApps(t *tenant) {
	const editor, controller, reader = "5f1d0000-0000-4000-8000-000000000001", "5f1d0000-0000-4000-8000-000000000002", "5f1d0000-0000-4000-8000-000000000003"
	t.Apps = []app{
		{ID: appID(1), Name: "Larkfield CRM", Roles: map[string]string{editor: "Account.Edit"}},
		{ID: appID(2), Name: "Ledger Cloud", Roles: map[string]string{controller: "Controller", reader: "Reader"}},
		{ID: appID(3), Name: "Pocket Planner"},
		{ID: appID(4), Name: "Microsoft Graph"},
	}
	give := func(n, app int, role string) {
		u := t.Users[personID(n)]
		u.AppRoles = append(u.AppRoles, appGrant{ID: grantID(0, fmt.Sprint("seed/", app, role), n), App: appID(app), Role: role, At: founded})
	}
	const tomHughes, farahQuill, marcusThorn = 0x03, 0x27, 0x2a
	give(tomHughes, 1, editor)
	give(tomHughes, 3, plainAccess)
	give(farahQuill, 2, controller)
	for _, n := range []int{tomHughes, marcusThorn} {
		u := t.Users[personID(n)]
		u.Consents = []consent{{ID: grantID(0, "seed/consent", n), App: appID(3), On: appID(4), Scope: " Calendars.Read offline_access"}}
	}
	finance := t.Groups[groupID(0x04)]
	finance.AppRoles = []appGrant{{ID: grantID(0, "seed/group", 4), App: appID(2), Role: reader, At: founded}}
}
