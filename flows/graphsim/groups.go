package graphsim

import (
	"strings"
	"time"
)

func (c *call) group() (*group, error) {
	g := c.t.Groups[strings.ToLower(c.params["id"])]
	if g == nil {
		return nil, notFound(c.params["id"])
	}
	return g, nil
}

func (c *call) groupView(g *group) map[string]any {
	v := make(map[string]any, len(g.Props)+2)
	for name, value := range g.Props {
		v[name] = value
	}
	v["id"] = g.ID
	licences := []any{}
	for _, id := range g.SKUs {
		licences = append(licences, map[string]any{"skuId": id, "disabledPlans": []any{}})
	}
	v["assignedLicenses"] = licences
	return v
}

func (c *call) groupRows(keep func(*group) bool) []resource {
	var rows []resource
	for _, g := range c.t.sortedGroups() {
		if keep(g) {
			rows = append(rows, resource{kind: "group", props: c.groupView(g)})
		}
	}
	return rows
}

func everyGroup(*group) bool { return true }

func listGroups(c *call) (answer, error) {
	l, err := c.listing("group")
	if err != nil {
		return answer{}, err
	}
	return l.page(c.groupRows(everyGroup), "groups")
}

func countGroups(c *call) (answer, error) {
	return c.countOf("group", func() []resource { return c.groupRows(everyGroup) })
}

func getGroup(c *call) (answer, error) {
	g, err := c.group()
	if err != nil {
		return answer{}, err
	}
	l, err := c.listing("group")
	if err != nil {
		return answer{}, err
	}
	return l.one(resource{kind: "group", props: c.groupView(g)}, "groups/$entity"), nil
}

// membersOf lists the visible members of a group; deep follows groups in groups.
func (c *call) membersOf(g *group, deep bool, seen map[string]bool) []string {
	var ids []string
	for _, id := range sortedKeys(g.Members) {
		if !g.Members[id].seen(c.now) || seen[id] {
			continue
		}
		u, nested := c.t.Users[id], c.t.Groups[id]
		if u != nil && !u.visible(c.now) || u == nil && nested == nil {
			continue
		}
		seen[id] = true
		ids = append(ids, id)
		if deep && nested != nil {
			ids = append(ids, c.membersOf(nested, true, seen)...)
		}
	}
	return ids
}

// groupsOf lists the groups that an object is seen to be in.
func (c *call) groupsOf(id string, deep bool, seen map[string]bool) []*group {
	var found []*group
	for _, g := range c.t.sortedGroups() {
		if seen[g.ID] || !g.Members[id].seen(c.now) {
			continue
		}
		seen[g.ID] = true
		found = append(found, g)
		if deep {
			found = append(found, c.groupsOf(g.ID, true, seen)...)
		}
	}
	return found
}

// objectRows are the rows of a collection of directory objects.
func (c *call) objectRows(ids []string) []resource {
	var rows []resource
	for _, id := range ids {
		if u := c.t.Users[id]; u != nil && u.visible(c.now) {
			rows = append(rows, resource{kind: "user", props: c.userView(u)})
		} else if g := c.t.Groups[id]; g != nil {
			rows = append(rows, resource{kind: "group", props: c.groupView(g)})
		}
	}
	return rows
}

// directoryPage answers a collection of directory objects, cut to the {cast} of
// the path if there is one. A $filter, $search or $count on a cast makes it an
// advanced query.
func (c *call) directoryPage(rows []resource, kinds ...string) (answer, error) {
	cast := strings.TrimPrefix(c.params["cast"], "microsoft.graph.")
	kind, context := "directoryObject", "directoryObjects"
	if cast != "" {
		valid := false
		for _, k := range kinds {
			valid = valid || k == cast
		}
		if !valid {
			return answer{}, malformed("The cast to 'microsoft.graph.%s' is not valid here.", cast)
		}
		kind, context = cast, cast+"s"
		if (c.option("filter") != "" || c.option("count") != "" || c.option("search") != "") && !c.eventual() {
			return answer{}, unsupportedQuery("The specified query only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'.")
		}
	}
	l, err := c.listing(kind)
	if err != nil {
		return answer{}, err
	}
	kept := rows[:0:0]
	for _, r := range rows {
		if cast == "" || r.kind == cast {
			r.typed = true
			kept = append(kept, r)
		}
	}
	return l.page(kept, context)
}

func listMembers(c *call) (answer, error) {
	g, err := c.group()
	if err != nil {
		return answer{}, err
	}
	return c.directoryPage(c.objectRows(c.membersOf(g, false, map[string]bool{})), "user", "group")
}

func transitiveMembers(c *call) (answer, error) {
	g, err := c.group()
	if err != nil {
		return answer{}, err
	}
	return c.directoryPage(c.objectRows(c.membersOf(g, true, map[string]bool{})), "user", "group")
}

func memberOf(c *call) (answer, error)           { return c.memberships(false) }
func transitiveMemberOf(c *call) (answer, error) { return c.memberships(true) }

func (c *call) memberships(deep bool) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	var rows []resource
	groups := c.groupsOf(u.ID, deep, map[string]bool{})
	holders := map[string]bool{u.ID: true}
	for _, g := range groups {
		rows = append(rows, resource{kind: "group", props: c.groupView(g)})
		holders[g.ID] = deep
	}
	for _, r := range c.t.Roles {
		if holders[r.Principal] && r.inForce() {
			rows = append(rows, resource{kind: "directoryRole", props: r.directoryRole()})
		}
	}
	return c.directoryPage(rows, "group", "directoryRole")
}

func ownedObjects(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	if c.params["cast"] == "microsoft.graph.application" {
		rows := []map[string]any{}
		for _, name := range u.Registrations {
			rows = append(rows, map[string]any{"id": uuidOf(0, "registration/"+name, 1), "displayName": name})
		}
		return c.paged("applications", rows)
	}
	return c.directoryPage(c.groupRows(func(g *group) bool { return g.Owners[u.ID] }), "group")
}

func checkMemberGroups(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	ids, err := c.textList("groupIds", 20)
	if err != nil {
		return answer{}, err
	}
	in := map[string]bool{}
	for _, g := range c.groupsOf(u.ID, true, map[string]bool{}) {
		in[g.ID] = true
	}
	found := []any{}
	for _, id := range ids {
		if in[strings.ToLower(id)] {
			found = append(found, id)
		}
	}
	return c.strings(found), nil
}

func getMemberGroups(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	only, isFlag := props["securityEnabledOnly"].(bool)
	if !isFlag && props["securityEnabledOnly"] != nil {
		return answer{}, malformed("securityEnabledOnly is a Boolean.")
	}
	found := []any{}
	for _, g := range c.groupsOf(u.ID, true, map[string]bool{}) {
		if !only || g.flag("securityEnabled") {
			found = append(found, g.ID)
		}
	}
	return c.strings(found), nil
}

func (c *call) strings(values []any) answer {
	return ok(map[string]any{"@odata.context": c.base + "/$metadata#Collection(Edm.String)", "value": values})
}

// textList reads one list of texts from the body of an action.
func (c *call) textList(name string, most int) ([]string, error) {
	props, err := c.object()
	if err != nil {
		return nil, err
	}
	list, isList := props[name].([]any)
	if !isList {
		return nil, malformed("The parameter '%s' is required.", name)
	}
	if len(list) > most {
		return nil, badRequest("Too many ids were included in the request: at most %d.", most)
	}
	out := make([]string, 0, len(list))
	for _, v := range list {
		s, isText := v.(string)
		if !isText {
			return nil, malformed("The parameter '%s' takes texts.", name)
		}
		out = append(out, s)
	}
	return out, nil
}

// put makes an object a member as of now; it is seen after the delay.
func (g *group) put(id string, now time.Time, delay time.Duration) {
	if m := g.Members[id]; m != nil && m.seen(now) {
		g.Members[id] = &since{From: m.From} // removed, but still shown: it never left
		return
	}
	g.Members[id] = &since{From: now.UTC().Add(delay)}
}

// drop ends a membership; it goes on being seen for the delay.
func (g *group) drop(id string, now time.Time, delay time.Duration) {
	at := now.UTC()
	g.Members[id] = &since{From: g.Members[id].From, Removed: &at, Until: at.Add(delay)}
}
