package graphsim

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// The methods here are the tenant's back door: what an administrator at the
// portal sees and does, at once and past every rule of visibility.

// encode writes what is built of maps, texts and numbers, which cannot fail.
func encode(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		raw, _ = json.Marshal(map[string]string{"error": err.Error()})
	}
	return raw
}

// view shows the tenant brought up to its clock. When that cannot be stored the
// tenant of before is shown, and every request says so until it can be.
func (s *Server) view() *call {
	c := &call{s: s, now: s.o.Now()}
	_ = s.refresh(c.now) // reported by the next request, which refreshes again
	c.t = s.t
	return c
}

// User shows a person, deleted ones too, by object id or user principal name:
// every property as Graph has it, and memberOf, licenses, manager,
// sessionsRevokedAt, methods, apps, consents, automaticReply (what people outside get), deleted.
func (s *Server) User(idOrUPN string) (json.RawMessage, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.view()
	u := c.t.find(idOrUPN)
	for _, d := range c.t.sortedUsers() {
		if u == nil && d.Deleted != nil && strings.EqualFold(d.formerUPN(), idOrUPN) {
			u = d
		}
	}
	if u == nil {
		return nil, false
	}
	out := map[string]any{}
	row := resource{kind: "user", props: c.userView(u)}
	for name, p := range s.users {
		if !p.outside {
			out[name] = value(row, name, p)
		}
	}
	groups := []map[string]any{}
	for _, g := range c.t.sortedGroups() {
		if u.Deleted == nil && g.Members[u.ID].member() {
			groups = append(groups, named(g.ID, g.text("displayName")))
		}
	}
	sort.Slice(groups, func(i, j int) bool { return groups[i]["name"].(string) < groups[j]["name"].(string) })
	held := map[string]bool{}
	for _, l := range u.Licences {
		if l.State == "Active" {
			held[c.t.sku(l.SKU).Part] = true
		}
	}
	out["memberOf"], out["licenses"], out["manager"] = groups, sortedKeys(held), nil
	if m := c.t.Users[u.Manager]; m != nil {
		out["manager"] = named(m.ID, m.text("displayName"))
	}
	out["sessionsRevokedAt"] = u.Revoked
	methods := []map[string]any{}
	for _, m := range c.methodViews(u) {
		m["type"] = strings.TrimPrefix(m["@odata.type"].(string), "#microsoft.graph.")
		delete(m, "@odata.type")
		delete(m, "password")
		delete(m, "temporaryAccessPass")
		methods = append(methods, m)
	}
	out["methods"], out["deleted"] = methods, u.Deleted != nil
	out["apps"], out["consents"] = c.t.appViews(u)
	out["automaticReply"] = nil
	if u.Reply != nil && u.Reply.Status != replyOff && c.t.hasMailbox(u) {
		out["automaticReply"] = u.Reply.External
	}
	return encode(out), true
}

func named(id, name string) map[string]any {
	return map[string]any{"id": id, "name": name, "displayName": name}
}

// Users lists everybody, the deleted too: id, displayName, userPrincipalName,
// jobTitle, officeLocation, accountEnabled, deleted.
func (s *Server) Users() json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.view()
	rows := []map[string]any{}
	for _, u := range c.t.sortedUsers() {
		rows = append(rows, map[string]any{
			"id": u.ID, "displayName": u.text("displayName"), "userPrincipalName": u.formerUPN(), "jobTitle": u.text("jobTitle"),
			"officeLocation": u.text("officeLocation"), "accountEnabled": u.on(), "deleted": u.Deleted != nil,
		})
	}
	return encode(rows)
}

// Groups lists the groups: id, displayName, kind, dynamic rule, members.
func (s *Server) Groups() json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.view()
	rows := []map[string]any{}
	for _, g := range c.t.sortedGroups() {
		members, owners := []map[string]any{}, []map[string]any{}
		for _, id := range sortedKeys(g.Members) {
			if u := c.t.Users[id]; g.Members[id].member() && (u == nil || u.Deleted == nil) {
				members = append(members, named(id, c.t.nameOf(id)))
			}
		}
		for _, id := range sortedKeys(g.Owners) {
			owners = append(owners, named(id, c.t.nameOf(id)))
		}
		rows = append(rows, map[string]any{
			"id": g.ID, "displayName": g.text("displayName"), "kind": g.kind(), "mail": g.Props["mail"], "team": g.team(),
			"membershipRule": g.Props["membershipRule"], "members": members, "owners": owners,
		})
	}
	return encode(rows)
}

// kind names what sort of group it is, as an administrator would.
func (g *group) kind() string {
	switch {
	case g.flag("onPremisesSyncEnabled"):
		return "synced"
	case g.dynamic():
		return "dynamic"
	case g.is("Unified"):
		return "microsoft365"
	case g.flag("mailEnabled") && g.flag("securityEnabled"):
		return "mail_enabled_security"
	case g.flag("mailEnabled"):
		return "distribution"
	case g.flag("isAssignableToRole"):
		return "role_assignable"
	default:
		return "security"
	}
}

// Licences lists the pools: skuId, skuPartNumber, enabled, consumed.
func (s *Server) Licences() json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.view()
	rows := []map[string]any{}
	for _, k := range c.t.SKUs {
		rows = append(rows, map[string]any{"skuId": k.ID, "skuPartNumber": k.Part, "enabled": k.Enabled, "consumed": c.t.consumed(k.ID)})
	}
	return encode(rows)
}

// LeaveSeats buys or gives back seats of a licence until so many are free.
func (s *Server) LeaveSeats(part string, free int) error {
	return s.byHand("leave seats", func(c *call) error {
		c.t.SKUs = slices.Clone(c.t.SKUs)
		for i, k := range c.t.SKUs {
			if strings.EqualFold(k.Part, part) {
				k.Enabled = c.t.consumed(k.ID) + free
				c.t.SKUs[i] = k
				return nil
			}
		}
		return fmt.Errorf("no licence %s", part)
	})
}

// Changes lists what happened after change number since, the oldest first:
// [{n, at, by, what, path}].
func (s *Server) Changes(since int) json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.view().t.Changes
	return encode(append([]change{}, all[min(max(since, 0), len(all)):]...))
}

// byHand changes the tenant behind the bot's back.
func (s *Server) byHand(what string, do func(*call) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	if err := s.refresh(now); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	c := &call{s: s, t: s.t.clone(), now: now, allowed: map[string]bool{"User-LifeCycleInfo.ReadWrite.All": true}}
	if err := do(c); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := s.commit(c.t, now, "hand"); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// PatchUser sets properties of a person by their Graph names, null clearing
// one, behind the bot's back: synced people and read-only properties too.
// "deleted" takes true or false, "manager" an object id or null. It fails on an
// unknown person or property, or a value Graph could not hold.
func (s *Server) PatchUser(id string, props map[string]json.RawMessage) error {
	return s.byHand("patch user", func(c *call) error {
		u := c.t.find(id)
		if u == nil {
			return notFound(id)
		}
		next := c.t.edit(u.ID)
		values := map[string]any{}
		for name, raw := range props {
			var v any
			if err := json.Unmarshal(raw, &v); err != nil {
				return fmt.Errorf("read %s: %w", name, err)
			}
			values[name] = v
		}
		deleted, hasDeleted := values["deleted"]
		delete(values, "deleted")
		if manager, has := values["manager"]; has {
			delete(values, "manager")
			to, isText := manager.(string)
			if m := c.t.find(to); m != nil {
				next.Manager = m.ID
			} else if manager == nil || isText && to == "" {
				next.Manager = ""
			} else {
				return notFound(fmt.Sprint(manager))
			}
		}
		if err := c.setByHand(next, values); err != nil {
			return err
		}
		if !hasDeleted {
			return nil
		}
		want, isFlag := deleted.(bool)
		switch {
		case !isFlag:
			return invalidValue("User", "deleted")
		case want && next.Deleted == nil:
			next.delete(c.now)
		case !want && next.Deleted != nil:
			upn := next.formerUPN()
			if err := c.t.reconcile(next, upn, true); err != nil {
				return err
			}
			next.Props["userPrincipalName"], next.Deleted = upn, nil
		}
		return nil
	})
}

// setByHand sets what Graph lets clients set by Graph's rules, and of the rest
// what is a plain property of the directory.
func (c *call) setByHand(u *user, values map[string]any) error {
	rest := map[string]any{}
	for name, v := range values {
		p, known := c.s.users[name]
		switch name {
		case "id", "assignedLicenses", "licenseAssignmentStates", "assignedPlans", "provisionedPlans", "identities", "deletedDateTime":
			return badRequest("Property '%s' is read-only and cannot be set.", name)
		}
		if !known || p.write {
			rest[name] = v
			continue
		}
		switch {
		case v == nil:
			delete(u.Props, name)
		case p.outside || !p.accepts(v):
			return invalidValue("User", name)
		default:
			u.Props[name] = v
		}
	}
	return c.set(u, rest, false)
}

// AddMember adds a person to a group, each by name or id, behind the bot's
// back: to mail-enabled and synced groups too, but not to dynamic ones.
func (s *Server) AddMember(group, user string) error {
	return s.byHand("add member", func(c *call) error {
		g, u, err := c.pair(group, user)
		if err != nil {
			return err
		}
		if g.Members[u.ID].member() {
			return fmt.Errorf("%s is already a member of %s", u.ID, g.ID)
		}
		c.t.editGroup(g.ID).put(u.ID, c.now, 0)
		return nil
	})
}

// RemoveMember takes a person out of a group behind the bot's back.
func (s *Server) RemoveMember(group, user string) error {
	return s.byHand("remove member", func(c *call) error {
		g, u, err := c.pair(group, user)
		if err != nil {
			return err
		}
		if !g.Members[u.ID].member() {
			return fmt.Errorf("%s is not a member of %s", u.ID, g.ID)
		}
		c.t.editGroup(g.ID).drop(u.ID, c.now, 0)
		return nil
	})
}

func (c *call) pair(groupName, userName string) (*group, *user, error) {
	g, u := c.t.findGroup(groupName), c.t.find(userName)
	switch {
	case g == nil:
		return nil, nil, notFound(groupName)
	case u == nil || u.Deleted != nil:
		return nil, nil, notFound(userName)
	case g.dynamic():
		return nil, nil, fmt.Errorf("%s has dynamic membership: change the person instead", g.ID)
	}
	return g, u, nil
}
