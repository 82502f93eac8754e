package graphsim

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
)

func (c *call) team() (*group, error) {
	g := c.t.Groups[strings.ToLower(c.params["id"])]
	if g == nil || !g.team() {
		return nil, &graphError{
			Status: 404, Code: "NotFound",
			Message: "No team found with Group Id " + c.params["id"],
		}
	}
	return g, nil
}

func getTeam(c *call) (answer, error) {
	g, err := c.team()
	if err != nil {
		return answer{}, err
	}
	return ok(map[string]any{
		"@odata.context": c.base + "/$metadata#teams/$entity", "id": g.ID, "displayName": g.text("displayName"),
		"description": g.text("description"), "visibility": "private", "isArchived": false, "tenantId": tenantID,
		"createdDateTime": g.text("createdDateTime"), "webUrl": "https://teams.example/l/team/" + g.ID,
	}), nil
}

// membershipID is what a team calls a membership; it is not the user's id.
func membershipID(team, user string) string {
	return base64.StdEncoding.EncodeToString([]byte("MCMj##" + tenantID + "##" + team + "##" + user))
}

// memberships are the people of a team: the members and owners of its group.
func (c *call) teamMembers(g *group) []map[string]any {
	ids := map[string]bool{}
	for _, id := range c.membersOf(g, false, map[string]bool{}) {
		ids[id] = true
	}
	for id := range g.Owners {
		ids[id] = true
	}
	var out []map[string]any
	for _, id := range sortedKeys(ids) {
		if u := c.t.Users[id]; u != nil && u.visible(c.now) {
			out = append(out, teamMember(g, u))
		}
	}
	return out
}

func teamMember(g *group, u *user) map[string]any {
	roles := []any{}
	switch {
	case g.Owners[u.ID]:
		roles = append(roles, "owner")
	case u.guest():
		roles = append(roles, "guest")
	}
	return map[string]any{
		"@odata.type": "#microsoft.graph.aadUserConversationMember", "id": membershipID(g.ID, u.ID), "roles": roles,
		"displayName": u.text("displayName"), "userId": u.ID, "email": u.Props["mail"], "tenantId": tenantID,
		"visibleHistoryStartDateTime": "0001-01-01T00:00:00Z",
	}
}

// ofMember is the one filter on the members of a team that Graph documents for an id ("List members of team", example 2).
var ofMember = regexp.MustCompile(`^\(microsoft\.graph\.aadUserConversationMember/userId eq '([0-9a-fA-F-]{36})'\)$`)

func listTeamMembers(c *call) (answer, error) {
	g, err := c.team()
	if err != nil {
		return answer{}, err
	}
	for name := range c.query {
		if name != "$top" && name != "$skiptoken" && name != "$filter" {
			return answer{}, unknown("the query option %s on team members", name)
		}
	}
	all := c.teamMembers(g)
	if filter := c.option("filter"); filter != "" {
		m := ofMember.FindStringSubmatch(filter)
		if m == nil {
			return answer{}, unknown("the filter %s on team members", filter)
		}
		all = slices.DeleteFunc(all, func(row map[string]any) bool { id, _ := row["userId"].(string); return !strings.EqualFold(id, m[1]) })
		c.query = without(c.query, "filter")
	}
	l, err := c.listing("aadUserConversationMember")
	if err != nil {
		return answer{}, err
	}
	from, to := min(l.skip, len(all)), min(l.skip+l.top, len(all))
	body := map[string]any{
		"@odata.context": c.base + "/$metadata#teams('" + g.ID + "')/members", "@odata.count": to - from,
		"value": append([]map[string]any{}, all[from:to]...),
	}
	if to < len(all) {
		body["@odata.nextLink"] = c.next(to)
	}
	return ok(body), nil
}

func (c *call) teamMember() (*group, map[string]any, error) {
	g, err := c.team()
	if err != nil {
		return nil, nil, err
	}
	for _, m := range c.teamMembers(g) {
		if m["id"] == c.params["member"] {
			return g, m, nil
		}
	}
	return nil, nil, &graphError{Status: 404, Code: "NotFound", Message: "The membership was not found in the team."}
}

func getTeamMember(c *call) (answer, error) {
	g, m, err := c.teamMember()
	if err != nil {
		return answer{}, err
	}
	m["@odata.context"] = c.base + "/$metadata#teams('" + g.ID + "')/members/$entity"
	return ok(m), nil
}

// addTeamMember adds to the team and so to its group; someone who is already
// there gets the roles of the request.
func addTeamMember(c *call) (answer, error) {
	g, err := c.team()
	if err != nil {
		return answer{}, err
	}
	link, owner, err := c.newTeamMember()
	if err != nil {
		return answer{}, err
	}
	if owner && !c.may("TeamMember.ReadWrite.All") {
		return answer{}, denied()
	}
	if g.dynamic() {
		return answer{}, &graphError{Status: 403, Code: "Forbidden", Message: "You do not have permission to perform this operation."}
	}
	id, err := c.objectOf(link)
	if err != nil {
		return answer{}, err
	}
	u := c.t.Users[id]
	if u == nil || !u.visible(c.now) {
		return answer{}, &graphError{Status: 404, Code: "NotFound", Message: "Failed to find user " + id + " in tenant."}
	}
	next := c.t.editGroup(g.ID)
	if !next.Members[id].member() {
		next.put(id, c.now, c.delay())
	}
	delete(next.Owners, id)
	if owner {
		next.Owners[id] = true
	}
	m := teamMember(next, u)
	m["@odata.context"] = c.base + "/$metadata#teams('" + g.ID + "')/members/$entity"
	return created(m), nil
}

func (c *call) newTeamMember() (link string, owner bool, err error) {
	if !strings.Contains(string(c.body), "#microsoft.graph.aadUserConversationMember") {
		return "", false, malformed("The body must be a #microsoft.graph.aadUserConversationMember.")
	}
	props, err := c.object()
	if err != nil {
		return "", false, err
	}
	for name, v := range props {
		switch name {
		case "user@odata.bind":
			link, _ = v.(string)
		case "roles":
			roles, isList := v.([]any)
			if !isList {
				return "", false, malformed("roles is a list.")
			}
			for _, r := range roles {
				if r != "owner" && r != "guest" {
					return "", false, malformed("Invalid role specified for member.")
				}
				owner = owner || r == "owner"
			}
		case "visibleHistoryStartDateTime":
		default:
			return "", false, malformed("The property '%s' cannot be set on a member.", name)
		}
	}
	if link == "" {
		return "", false, malformed("Missing user@odata.bind.")
	}
	return link, owner, nil
}

func removeTeamMember(c *call) (answer, error) {
	g, m, err := c.teamMember()
	if err != nil {
		return answer{}, err
	}
	id := m["userId"].(string)
	switch {
	case g.dynamic():
		return answer{}, &graphError{Status: 403, Code: "Forbidden", Message: "You do not have permission to perform this operation."}
	case g.Owners[id] && !c.may("TeamMember.ReadWrite.All"):
		return answer{}, denied()
	case g.Owners[id] && len(g.Owners) == 1:
		return answer{}, badRequest("The group must have at least one owner, hence this owner cannot be removed.")
	}
	next := c.t.editGroup(g.ID)
	delete(next.Owners, id)
	if next.Members[id].member() {
		next.drop(id, c.now, c.delay())
	}
	return noContent(), nil
}
