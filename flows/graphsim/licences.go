package graphsim

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"time"
)

// A sku is one licence pool of the tenant.
type sku struct {
	ID      string        `json:"id"`
	Part    string        `json:"part"`
	Enabled int           `json:"enabled"`
	Plans   []servicePlan `json:"plans"`
}

type servicePlan struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Mailbox  bool     `json:"mailbox,omitempty"`  // brings a mailbox, and with it an address
	Needs    []string `json:"needs,omitempty"`    // plans that must be on as well
	Excludes []string `json:"excludes,omitempty"` // plans that must not be
}

// A licence is one assignment, direct or through a group.
type licence struct {
	SKU      string    `json:"sku"`
	Group    string    `json:"group,omitempty"` // "" when assigned directly
	Disabled []string  `json:"disabled,omitempty"`
	State    string    `json:"state"` // Active or Error
	Error    string    `json:"error,omitempty"`
	Updated  time.Time `json:"updated"`
}

func (l *licence) key() string { return l.SKU + "/" + l.Group }

// consumed counts the people who hold a seat of the pool.
func (t *tenant) consumed(id string) int {
	n := 0
	for _, u := range t.Users {
		if u.Deleted == nil && u.holds(id) {
			n++
		}
	}
	return n
}

func (u *user) holds(id string) bool {
	for _, l := range u.Licences {
		if l.SKU == id && l.State == "Active" {
			return true
		}
	}
	return false
}

// plansOn lists the service plans that are on for the user.
func (t *tenant) plansOn(u *user) map[string]servicePlan {
	on := map[string]servicePlan{}
	for _, l := range u.Licences {
		if l.State != "Active" {
			continue
		}
		for _, p := range t.sku(l.SKU).Plans {
			if !slices.Contains(l.Disabled, p.ID) {
				on[p.ID] = p
			}
		}
	}
	return on
}

// licenceViews are assignedLicenses, licenseAssignmentStates and assignedPlans.
func (t *tenant) licenceViews(u *user) (assigned, states, plans []any) {
	assigned, states, plans = []any{}, []any{}, []any{}
	if u.Deleted != nil {
		return assigned, states, plans
	}
	seen := map[string]bool{}
	for _, key := range sortedKeys(u.Licences) {
		l := u.Licences[key]
		disabled := toAny(l.Disabled)
		var group any
		if l.Group != "" {
			group = l.Group
		}
		problem := "None"
		if l.Error != "" {
			problem = l.Error
		}
		states = append(states, map[string]any{
			"skuId": l.SKU, "disabledPlans": disabled, "assignedByGroup": group,
			"state": l.State, "error": problem, "lastUpdatedDateTime": moment(l.Updated),
		})
		if l.State != "Active" || seen[l.SKU] {
			continue
		}
		seen[l.SKU] = true
		assigned = append(assigned, map[string]any{"skuId": l.SKU, "disabledPlans": disabled})
		for _, p := range t.sku(l.SKU).Plans {
			if slices.Contains(l.Disabled, p.ID) {
				continue
			}
			plans = append(plans, map[string]any{
				"assignedDateTime": moment(l.Updated), "capabilityStatus": "Enabled", "service": p.Name, "servicePlanId": p.ID,
			})
		}
	}
	return assigned, states, plans
}

func toAny(list []string) []any {
	out := make([]any, 0, len(list))
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

type licenceRequest struct {
	Add []struct {
		SKU      string   `json:"skuId"`
		Disabled []string `json:"disabledPlans"`
	} `json:"addLicenses"`
	Remove []string `json:"removeLicenses"`
}

func (c *call) licenceRequest() (*licenceRequest, error) {
	props, err := c.object()
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range []string{"addLicenses", "removeLicenses"} {
		if v, has := props[name]; !has || v == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, badRequest("One or more parameters of the operation 'assignLicense' are missing from the request payload. The missing parameters are: %s.", strings.Join(missing, ", "))
	}
	var req licenceRequest
	if err := json.Unmarshal(c.body, &req); err != nil {
		return nil, malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return &req, nil
}

// assignLicense adds and removes in one step, all or nothing.
func assignLicense(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	req, err := c.licenceRequest()
	if err != nil {
		return answer{}, err
	}
	next := c.t.edit(u.ID)
	if err := c.removeLicences(next, req.Remove); err != nil {
		return answer{}, err
	}
	if len(req.Add) > 0 && next.text("usageLocation") == "" {
		return answer{}, badRequest("License assignment cannot be done for user with invalid usage location.")
	}
	for _, add := range req.Add {
		id := strings.ToLower(add.SKU)
		if slices.Contains(req.Remove, id) {
			return answer{}, badRequest("License %s is both added and removed.", id)
		}
		pool := c.t.sku(id)
		if pool == nil {
			return answer{}, badRequest("Subscription with SKU %s does not exist in this organization.", id) // wording not known
		}
		for i, p := range add.Disabled {
			add.Disabled[i] = strings.ToLower(p)
			if !slices.ContainsFunc(pool.Plans, func(sp servicePlan) bool { return sp.ID == add.Disabled[i] }) {
				return answer{}, badRequest("Service plan %s is not part of SKU %s.", p, id) // wording not known
			}
		}
		if !u.holds(id) && (c.full || c.t.consumed(id) >= pool.Enabled) {
			return answer{}, badRequest("Subscription with SKU %s does not have any available licenses.", id)
		}
		l := &licence{SKU: id, Disabled: add.Disabled, State: "Active", Updated: c.now.UTC()}
		next.Licences[l.key()] = l
	}
	if err := c.t.compatible(next); err != nil {
		return answer{}, err
	}
	c.t.mailbox(next)
	l := &listing{c: c, kind: "user", known: c.s.users}
	return l.one(resource{kind: "user", props: c.userView(next)}, "users/$entity"), nil
}

func (c *call) removeLicences(u *user, ids []string) error {
	for i, id := range ids {
		id = strings.ToLower(id)
		ids[i] = id
		direct := (&licence{SKU: id}).key()
		switch {
		case u.Licences[direct] != nil:
			delete(u.Licences, direct)
		case u.holds(id):
			return badRequest("User license is inherited from a group membership and it cannot be removed directly from the user.")
		default:
			return badRequest("User does not have a corresponding license.")
		}
	}
	return nil
}

// compatible checks the plans that would be on against each other.
func (t *tenant) compatible(u *user) error {
	on := t.plansOn(u)
	for _, id := range sortedKeys(on) {
		for _, need := range on[id].Needs {
			if _, has := on[need]; !has {
				return badRequest("License assignment failed because service plan %s depends on the service plan(s) %s", id, need)
			}
		}
		for _, other := range on[id].Excludes {
			if _, has := on[other]; has {
				return badRequest("License assignment failed because service plans %s and %s are mutually exclusive", id, other)
			}
		}
	}
	return nil
}

// mailbox gives an address to someone who now has an Exchange plan.
func (t *tenant) mailbox(u *user) {
	for _, p := range t.plansOn(u) {
		if p.Mailbox && u.Props["mail"] == nil {
			u.Props["mail"] = u.text("userPrincipalName")
			u.addProxy(u.text("userPrincipalName"))
		}
	}
}

// groupLicences gives members what their groups carry, and takes it back.
func (t *tenant) groupLicences(now time.Time) bool {
	changed := false
	for _, g := range t.sortedGroups() {
		for _, id := range g.SKUs {
			for _, u := range t.sortedUsers() {
				key := (&licence{SKU: id, Group: g.ID}).key()
				has, should := u.Licences[key] != nil, u.Deleted == nil && g.Members[u.ID].member()
				if has == should {
					continue
				}
				changed = true
				next := t.edit(u.ID)
				if !should {
					delete(next.Licences, key)
					continue
				}
				l := &licence{SKU: id, Group: g.ID, State: "Active", Updated: now.UTC()}
				switch {
				case u.text("usageLocation") == "":
					l.State, l.Error = "Error", "ProhibitedInUsageLocationViolation"
				case !u.holds(id) && t.consumed(id) >= t.sku(id).Enabled:
					l.State, l.Error = "Error", "CountViolation"
				}
				next.Licences[key] = l
				t.mailbox(next)
			}
		}
	}
	return changed
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
