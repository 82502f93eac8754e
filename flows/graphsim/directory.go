package graphsim

import (
	"sort"
	"strings"
	"time"
)

// plainPage answers a small collection that Graph does not page, with $select.
func (c *call) plainPage(context string, rows []map[string]any) (answer, error) {
	cut := []map[string]any{}
	for _, r := range rows {
		v, err := c.plain(r)
		if err != nil {
			return answer{}, err
		}
		cut = append(cut, v)
	}
	return ok(map[string]any{"@odata.context": c.base + "/$metadata#" + context, "value": cut}), nil
}

func (c *call) plainOne(context string, row map[string]any) (answer, error) {
	v, err := c.plain(row)
	if err != nil {
		return answer{}, err
	}
	v["@odata.context"] = c.base + "/$metadata#" + context + "/$entity"
	return ok(v), nil
}

func (c *call) plain(row map[string]any) (map[string]any, error) {
	for name := range c.query {
		switch strings.TrimPrefix(name, "$") {
		case "select", "count":
		default:
			return nil, unknown("the query option %s on %s", name, c.path)
		}
	}
	sel := c.option("select")
	if sel == "" {
		return row, nil
	}
	out := map[string]any{}
	for k, v := range row {
		if strings.HasPrefix(k, "@odata.") {
			out[k] = v
		}
	}
	for _, name := range strings.Split(sel, ",") {
		v, has := row[strings.TrimSpace(name)]
		if !has {
			return nil, malformed("Parsing OData Select and Expand failed: Could not find a property named '%s'.", name)
		}
		out[strings.TrimSpace(name)] = v
	}
	return out, nil
}

// listDeleted lists soft-deleted users, the latest first. Their user principal
// names carry the object id in front; endswith finds them.
func listDeleted(c *call) (answer, error) {
	l, err := c.listing("user")
	if err != nil {
		return answer{}, err
	}
	rows := c.userRows(func(u *user) bool { return u.Deleted != nil })
	sort.SliceStable(rows, func(i, j int) bool {
		return rows[i].props["deletedDateTime"].(string) > rows[j].props["deletedDateTime"].(string)
	})
	return l.page(rows, "users")
}

func (c *call) deleted() (*user, error) {
	u := c.t.Users[strings.ToLower(c.params["id"])]
	if u == nil || u.Deleted == nil {
		return nil, notFound(c.params["id"])
	}
	return u, nil
}

func getDeleted(c *call) (answer, error) {
	u, err := c.deleted()
	if err != nil {
		return answer{}, err
	}
	l, err := c.listing("user")
	if err != nil {
		return answer{}, err
	}
	return l.one(resource{kind: "user", props: c.userView(u), typed: true}, "directoryObjects/$entity"), nil
}

// restoreUser brings a deleted user back under the former name or a new one.
// Licences held directly come back with it, free seat or not (Entra, restore a
// recently deleted user).
func restoreUser(c *call) (answer, error) {
	u, err := c.deleted()
	if err != nil {
		return answer{}, err
	}
	upn, reconcile := u.formerUPN(), false
	if len(strings.TrimSpace(string(c.body))) > 0 {
		props, err := c.object()
		if err != nil {
			return answer{}, err
		}
		for name, v := range props {
			var valid bool
			switch name {
			case "newUserPrincipalName":
				upn, valid = v.(string)
			case "autoReconcileProxyConflict":
				reconcile, valid = v.(bool)
			}
			if !valid {
				return answer{}, badRequest("Invalid property '%s'.", name)
			}
		}
	}
	if err := checkUPN(upn); err != nil {
		return answer{}, err
	}
	next := c.t.edit(u.ID)
	if err := c.t.reconcile(next, upn, reconcile); err != nil {
		return answer{}, err
	}
	next.Props["userPrincipalName"], next.Deleted = upn, nil
	next.From = c.now.UTC().Add(c.delay())
	l := &listing{c: c, kind: "user", known: c.s.users}
	return l.one(resource{kind: "user", props: c.userView(next), typed: true}, "directoryObjects/$entity"), nil
}

// reconcile checks that the names of a restored user are still free, and drops
// proxy addresses that are not when asked to.
func (t *tenant) reconcile(u *user, upn string, drop bool) error {
	if prop := t.taken(upn, u.ID); prop != "" {
		return conflict(prop)
	}
	var kept []any
	list, _ := u.Props["proxyAddresses"].([]any)
	for _, a := range list {
		text, _ := a.(string)
		_, mail, _ := strings.Cut(text, ":")
		if !t.proxyTaken(mail, u.ID) {
			kept = append(kept, a)
		} else if !drop {
			return conflict("proxyAddresses")
		}
	}
	u.Props["proxyAddresses"] = kept
	return nil
}

// purge forgets users whose time among the deleted items is over.
func (t *tenant) purge(now time.Time) bool {
	purged := false
	for _, u := range t.sortedUsers() {
		if u.Deleted == nil || now.Before(u.Deleted.Add(retention)) {
			continue
		}
		purged = true
		delete(t.Users, u.ID)
		for _, g := range t.sortedGroups() {
			if g.Members[u.ID] != nil || g.Owners[u.ID] {
				next := t.editGroup(g.ID)
				delete(next.Members, u.ID)
				delete(next.Owners, u.ID)
			}
		}
	}
	return purged
}

func organization() map[string]any {
	return map[string]any{
		"id": tenantID, "displayName": "Larkfield Instruments", "city": "London", "country": nil, "countryLetterCode": "GB",
		"createdDateTime": moment(founded), "preferredLanguage": "en", "tenantType": "AAD", "onPremisesSyncEnabled": true,
		"defaultUsageLocation": nil, "businessPhones": []any{}, "technicalNotificationMails": []any{"it@" + tenantDomain},
		"verifiedDomains": []any{
			map[string]any{"name": tenantDomain, "type": "Managed", "isDefault": true, "isInitial": false, "capabilities": "Email, OfficeCommunicationsOnline"},
			map[string]any{"name": initialDomain, "type": "Managed", "isDefault": false, "isInitial": true, "capabilities": "Email, OfficeCommunicationsOnline"},
		},
	}
}

func listOrganization(c *call) (answer, error) {
	return c.plainPage("organization", []map[string]any{organization()})
}

func getOrganization(c *call) (answer, error) {
	if !strings.EqualFold(c.params["id"], tenantID) {
		return answer{}, notFound(c.params["id"])
	}
	return c.plainOne("organization", organization())
}

func (s *Server) domains() []map[string]any {
	one := func(name string, standard, initial bool) map[string]any {
		return map[string]any{
			"id": name, "authenticationType": "Managed", "availabilityStatus": nil, "isAdminManaged": true, "isDefault": standard,
			"isInitial": initial, "isRoot": true, "isVerified": true, "supportedServices": []any{"Email", "OfficeCommunicationsOnline"},
			"passwordValidityPeriodInDays": 2147483647, "passwordNotificationWindowInDays": 14, "state": nil, "manufacturer": nil, "model": nil,
		}
	}
	own := one(tenantDomain, true, false)
	if s.o.Federated {
		own["authenticationType"] = "Federated"
	}
	return []map[string]any{own, one(initialDomain, false, true)}
}

func listDomains(c *call) (answer, error) { return c.plainPage("domains", c.s.domains()) }

func getDomain(c *call) (answer, error) {
	for _, d := range c.s.domains() {
		if strings.EqualFold(d["id"].(string), c.params["id"]) {
			return c.plainOne("domains", d)
		}
	}
	return answer{}, notFound(c.params["id"])
}

// getByIDs leaves out what does not exist, as Graph does.
func getByIDs(c *call) (answer, error) {
	ids, err := c.textList("ids", 1000)
	if err != nil {
		return answer{}, err
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	types, _ := props["types"].([]any)
	rows := []resource{}
	for _, r := range c.objectRows(lowered(ids)) {
		wanted := len(types) == 0
		for _, t := range types {
			wanted = wanted || t == r.kind || t == "directoryObject"
		}
		if wanted {
			rows = append(rows, r)
		}
	}
	return c.directoryPage(rows)
}

func getDirectoryObject(c *call) (answer, error) {
	rows := c.objectRows(lowered([]string{c.params["id"]}))
	if len(rows) == 0 {
		return answer{}, notFound(c.params["id"])
	}
	l, err := c.listing("directoryObject")
	if err != nil {
		return answer{}, err
	}
	rows[0].typed = true
	return l.one(rows[0], "directoryObjects/$entity"), nil
}

func lowered(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strings.ToLower(id)
	}
	return out
}
