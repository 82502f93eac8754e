package graphsim

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// user finds the {id} of the path, by id or UPN: alive and already visible.
func (c *call) user() (*user, error) {
	id := c.params["id"]
	u := c.t.find(id)
	if u == nil || !u.visible(c.now) {
		return nil, notFound(id)
	}
	return u, nil
}

func (u *user) visible(now time.Time) bool { return u.Deleted == nil && !now.Before(u.From) }

// delete puts the user among the deleted items. Entra puts the object id in
// front of the user principal name, so that the name is free again. The seats
// are free as well; the licences come back with a restore, free seat or not.
func (u *user) delete(now time.Time) {
	at := now.UTC()
	u.Deleted = &at
	u.Props["userPrincipalName"] = strings.ReplaceAll(u.ID, "-", "") + u.text("userPrincipalName")
	u.Passes = map[string]*pass{}
}

// formerUPN is the user principal name from before the deletion.
func (u *user) formerUPN() string {
	return strings.TrimPrefix(u.text("userPrincipalName"), strings.ReplaceAll(u.ID, "-", ""))
}

// userView is everything Graph shows of a user; $select cuts it down.
func (c *call) userView(u *user) map[string]any {
	v := make(map[string]any, len(u.Props)+8)
	for name, value := range u.Props {
		v[name] = value
	}
	v["id"] = u.ID
	if u.Deleted != nil {
		v["deletedDateTime"] = moment(*u.Deleted)
	}
	if u.Revoked != nil {
		v["signInSessionsValidFromDateTime"] = moment(*u.Revoked)
	}
	v["identities"] = []any{map[string]any{
		"signInType": "userPrincipalName", "issuer": tenantDomain, "issuerAssignedId": u.text("userPrincipalName"),
	}}
	v["assignedLicenses"], v["licenseAssignmentStates"], v["assignedPlans"] = c.t.licenceViews(u)
	return v
}

// showsSignIns reports whether a licence of the tenant brings Entra ID P1 or P2, without which nobody reads sign-ins.
func (t *tenant) showsSignIns() bool {
	for _, s := range t.SKUs {
		for _, p := range s.Plans {
			if s.Enabled > 0 && (p.Name == "AAD_PREMIUM" || p.Name == "AAD_PREMIUM_P2") {
				return true
			}
		}
	}
	return false
}

func (c *call) userRows(keep func(*user) bool) []resource {
	var rows []resource
	for _, u := range c.t.sortedUsers() {
		if keep(u) {
			rows = append(rows, resource{kind: "user", props: c.userView(u)})
		}
	}
	return rows
}

func listUsers(c *call) (answer, error) {
	l, err := c.listing("user")
	if err != nil {
		return answer{}, err
	}
	return l.page(c.userRows(func(u *user) bool { return u.visible(c.now) }), "users")
}

func countUsers(c *call) (answer, error) {
	return c.countOf("user", func() []resource {
		return c.userRows(func(u *user) bool { return u.visible(c.now) })
	})
}

// countOf answers a /$count segment, which is an advanced query.
func (c *call) countOf(kind string, rows func() []resource) (answer, error) {
	if !c.eventual() {
		return answer{}, unsupportedQuery("$count is not currently supported.")
	}
	c.query.Set("$count", "true")
	l, err := c.listing(kind)
	if err != nil {
		return answer{}, err
	}
	n := 0
	for _, r := range rows() {
		if l.filter == nil || l.filter.holds(r.props) {
			n++
		}
	}
	return answer{status: http.StatusOK, text: fmt.Sprint(n), header: map[string]string{"Content-Type": "text/plain"}}, nil
}

func getUser(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	return c.showUser(u, "users/$entity")
}

func (c *call) showUser(u *user, context string) (answer, error) {
	l, err := c.listing("user")
	if err != nil {
		return answer{}, err
	}
	return l.one(resource{kind: "user", props: c.userView(u)}, context), nil
}

func createUser(c *call) (answer, error) {
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	for _, name := range []string{"accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"} {
		if props[name] == nil {
			return answer{}, badRequest("A value is required for property '%s' of resource 'User'.", name)
		}
	}
	u := &user{
		From: c.now.UTC(), Licences: map[string]*licence{}, Passes: map[string]*pass{},
		Props: map[string]any{"userType": "Member", "createdDateTime": moment(c.now), "signInSessionsValidFromDateTime": moment(c.now)},
	}
	c.t.Created++
	u.ID = personID(0x0a) // the first starter is known by name to scripts
	if c.t.Created > 1 || c.t.Users[u.ID] != nil {
		u.ID = c.t.newID(c.s.o.Seed, "user")
	}
	if err := c.set(u, props, true); err != nil {
		return answer{}, err
	}
	u.From = u.From.Add(c.delay())
	u.Methods = []method{{ID: passwordMethodID, Type: passwordMethod, Created: c.now.UTC()}}
	c.t.Users[u.ID] = u
	l := &listing{c: c, kind: "user", known: c.s.users}
	a := l.one(resource{kind: "user", props: c.userView(u)}, "users/$entity")
	a.status = http.StatusCreated
	a.header = map[string]string{"Location": c.base + "/directoryObjects/" + u.ID + "/Microsoft.DirectoryServices.User"}
	return a, nil
}

// delay is how long after now a write becomes visible: at least half of
// Options.Visibility, at most all of it, as the seed has it.
func (c *call) delay() time.Duration { return c.s.delay(c.t) }

func (s *Server) delay(t *tenant) time.Duration {
	half := s.o.Visibility / 2
	if half <= 0 {
		return s.o.Visibility
	}
	t.Serial++
	h := digest(s.o.Seed, "delay", t.Serial)
	n := time.Duration(h[0])<<8 | time.Duration(h[1])
	return half + half*n/0xffff
}

func patchUser(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	if len(props) == 0 {
		return noContent(), nil // only @odata.type: accepted, and nothing happens
	}
	if err := c.mayPatch(u, props); err != nil {
		return answer{}, err
	}
	if u.synced() {
		for name := range props {
			if name != "usageLocation" && name != "passwordProfile" {
				return answer{}, synced()
			}
		}
	}
	return noContent(), c.set(c.t.edit(u.ID), props, false)
}

// mayPatch holds the rules on who may change what: narrow permissions cover
// narrow properties, and people with directory roles are out of reach of an app
// that holds none itself.
func (c *call) mayPatch(u *user, props map[string]any) error {
	for name := range props {
		p := c.s.users[name]
		switch {
		case p.change != "":
			if !c.may(p.change) || name == "passwordProfile" && !c.may("role "+userAdministrator) {
				return denied()
			}
		case name == "accountEnabled" && c.may("User.EnableDisableAccount.All") && c.may("User.Read.All", "User.ReadWrite.All"):
		case !c.may("User.ReadWrite.All", "User.ReadUpdate.All"):
			return denied()
		}
		switch name {
		case "accountEnabled", "businessPhones", "mobilePhone", "otherMails", "onPremisesImmutableId", "passwordProfile", "userPrincipalName":
			if c.t.privileged(u.ID) {
				return denied()
			}
		}
	}
	return nil
}

func deleteUser(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	if c.t.privileged(u.ID) {
		return answer{}, denied()
	}
	c.t.edit(u.ID).delete(c.now)
	return noContent(), nil
}

// privileged says whether a person has a directory role, directly or as member
// or owner of a group that can carry one.
func (t *tenant) privileged(id string) bool {
	for _, r := range t.Roles {
		if r.Principal == id && r.inForce() {
			return true
		}
	}
	for _, g := range t.Groups {
		if g.flag("isAssignableToRole") && (g.Members[id].member() || g.Owners[id]) {
			return true
		}
	}
	return false
}

func getManager(c *call) (answer, error) {
	m, err := c.manager()
	if err != nil {
		return answer{}, err
	}
	l, err := c.listing("user")
	if err != nil {
		return answer{}, err
	}
	return l.one(resource{kind: "user", props: c.userView(m), typed: true}, "directoryObjects/$entity"), nil
}

func getManagerRef(c *call) (answer, error) {
	m, err := c.manager()
	if err != nil {
		return answer{}, err
	}
	return ok(map[string]any{
		"@odata.context": c.base + "/$metadata#$ref",
		"@odata.id":      c.base + "/directoryObjects/" + m.ID + "/Microsoft.DirectoryServices.User",
	}), nil
}

func (c *call) manager() (*user, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	m := c.t.Users[u.Manager]
	if m == nil || m.Deleted != nil {
		return nil, notFound("manager")
	}
	return m, nil
}

func putManager(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	id, err := c.reference()
	if err != nil {
		return answer{}, err
	}
	m := c.t.Users[id]
	switch {
	case u.synced():
		return answer{}, synced()
	case m == nil || m.Deleted != nil:
		return answer{}, notFound(id)
	case !m.visible(c.now):
		return answer{}, notReplicated()
	}
	c.t.edit(u.ID).Manager = m.ID
	return noContent(), nil
}

func deleteManager(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	if u.Manager == "" {
		return answer{}, notFound("manager")
	}
	if u.synced() {
		return answer{}, synced()
	}
	c.t.edit(u.ID).Manager = ""
	return noContent(), nil
}

func directReports(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	rows := c.userRows(func(r *user) bool { return r.visible(c.now) && r.Manager == u.ID })
	return c.directoryPage(rows, "user")
}
