package graphsim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"sort"
	"strings"
	"time"
)

const (
	tenantID      = "11111111-1111-1111-1111-111111111111"
	tenantDomain  = "larkfield.example"
	initialDomain = "larkfield.onmicrosoft.example"
	retention     = 30 * 24 * time.Hour // Entra keeps a deleted user this long
)

// A tenant is one moment of the directory. The objects it points to are never
// changed: a write takes a clone and replaces what it touches (edit, editGroup),
// so an older moment stays readable for stale reads, and a write that is refused
// or must have no effect is simply dropped.
type tenant struct {
	Users     map[string]*user    `json:"users"`
	Groups    map[string]*group   `json:"groups"`
	SKUs      []sku               `json:"skus"`
	Roles     []roleAssignment    `json:"roles"`
	Apps      []app               `json:"apps,omitempty"`
	Premium   bool                `json:"premium,omitempty"` // has Entra ID P2 and Governance
	Packages  []accessPackage     `json:"packages,omitempty"`
	Workflows []lifecycleWorkflow `json:"workflows,omitempty"`
	Passes    passPolicy          `json:"passPolicy"`
	Created   int                 `json:"created"` // users created by clients so far
	Serial    int                 `json:"serial"`  // source of ids, codes and delays
	Starts    int                 `json:"starts"`  // how often a server was started on this state
	Changes   []change            `json:"changes"`
	Undos     []undo              `json:"undos"`
}

// A user is kept as Graph properties plus what Graph shows through other paths.
type user struct {
	ID            string              `json:"id"`
	Props         map[string]any      `json:"props"` // Graph names; JSON values
	Manager       string              `json:"manager,omitempty"`
	Licences      map[string]*licence `json:"licences"` // by licence.key
	Passes        map[string]*pass    `json:"passes"`   // Temporary Access Passes by id, without their codes
	Methods       []method            `json:"methods,omitempty"`
	Revoked       *time.Time          `json:"revoked,omitempty"` // last revokeSignInSessions
	Reply         *autoReply          `json:"reply,omitempty"`   // of the mailbox; nil: never set
	AppRoles      []appGrant          `json:"appRoles,omitempty"`
	Consents      []consent           `json:"consents,omitempty"`
	Purpose       string              `json:"purpose,omitempty"` // of the mailbox; "": user
	Events        []event             `json:"events,omitempty"`
	Rules         []mailRule          `json:"rules,omitempty"`
	Sent          []sentMail          `json:"sent,omitempty"`
	Drive         *drive              `json:"drive,omitempty"` // nil: never opened
	Devices       []device            `json:"devices,omitempty"`
	Registrations []string            `json:"registrations,omitempty"` // names of the app registrations owned
	Packages      []heldPackage       `json:"packages,omitempty"`
	Requests      []packageRequest    `json:"requests,omitempty"` // for access packages
	Runs          []workflowRun       `json:"runs,omitempty"`     // of lifecycle workflows
	Deleted       *time.Time          `json:"deleted,omitempty"`
	From          time.Time           `json:"from"` // reads answer 404 before
}

type group struct {
	ID      string            `json:"id"`
	Props   map[string]any    `json:"props"`
	Members map[string]*since `json:"members"` // by object id; a user or a group
	Owners  map[string]bool   `json:"owners"`
	SKUs    []string          `json:"skus,omitempty"` // licences the group gives its members
	// AppRoles are the group's own: its members have them as long as they are in it.
	AppRoles []appGrant `json:"appRoles,omitempty"`
}

// since is when a membership can be seen. A removed one stays for a while,
// because replicas go on showing it and because Graph words the error for a
// second removal differently soon after the first.
type since struct {
	From    time.Time  `json:"from"`
	Removed *time.Time `json:"removed,omitempty"`
	Until   time.Time  `json:"until,omitzero"`
}

func (m *since) member() bool { return m != nil && m.Removed == nil }

func (m *since) seen(now time.Time) bool {
	return m != nil && !now.Before(m.From) && (m.Removed == nil || now.Before(m.Until))
}

func (t *tenant) clone() *tenant {
	c := *t
	c.Users = maps.Clone(t.Users)
	c.Groups = maps.Clone(t.Groups)
	c.Undos = append([]undo(nil), t.Undos...)
	return &c
}

// edit returns a copy of the user that may be changed.
func (t *tenant) edit(id string) *user {
	u := *t.Users[id]
	u.Props = maps.Clone(u.Props)
	u.Licences = maps.Clone(u.Licences)
	u.Passes = maps.Clone(u.Passes)
	t.Users[id] = &u
	return &u
}

// editGroup returns a copy of the group that may be changed.
func (t *tenant) editGroup(id string) *group {
	g := *t.Groups[id]
	g.Props = maps.Clone(g.Props)
	g.Members = maps.Clone(g.Members)
	g.Owners = maps.Clone(g.Owners)
	t.Groups[id] = &g
	return &g
}

// sortedUsers lists everyone, the deleted too, by id.
func (t *tenant) sortedUsers() []*user {
	all := make([]*user, 0, len(t.Users))
	for _, u := range t.Users {
		all = append(all, u)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all
}

func (t *tenant) sortedGroups() []*group {
	all := make([]*group, 0, len(t.Groups))
	for _, g := range t.Groups {
		all = append(all, g)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all
}

// find looks a user up by object id or, ignoring case, by user principal name;
// a live user wins over a deleted one of the same name.
func (t *tenant) find(idOrUPN string) *user {
	if u := t.Users[strings.ToLower(idOrUPN)]; u != nil {
		return u
	}
	var deleted *user
	for _, u := range t.sortedUsers() {
		if !strings.EqualFold(u.text("userPrincipalName"), idOrUPN) {
			continue
		}
		if u.Deleted == nil {
			return u
		}
		deleted = u
	}
	return deleted
}

func (t *tenant) findGroup(idOrName string) *group {
	if g := t.Groups[strings.ToLower(idOrName)]; g != nil {
		return g
	}
	for _, g := range t.sortedGroups() {
		if strings.EqualFold(g.text("displayName"), idOrName) {
			return g
		}
	}
	return nil
}

func (t *tenant) sku(id string) *sku {
	for i := range t.SKUs {
		if strings.EqualFold(t.SKUs[i].ID, id) {
			return &t.SKUs[i]
		}
	}
	return nil
}

func (t *tenant) nameOf(id string) string {
	if u := t.Users[id]; u != nil {
		return u.text("displayName")
	}
	if g := t.Groups[id]; g != nil {
		return g.text("displayName")
	}
	return id
}

func (u *user) text(prop string) string  { s, _ := u.Props[prop].(string); return s }
func (g *group) text(prop string) string { s, _ := g.Props[prop].(string); return s }
func (g *group) flag(prop string) bool   { b, _ := g.Props[prop].(bool); return b }

func (u *user) synced() bool { b, _ := u.Props["onPremisesSyncEnabled"].(bool); return b }
func (u *user) guest() bool  { return u.text("userType") == "Guest" }
func (u *user) on() bool     { b, _ := u.Props["accountEnabled"].(bool); return b }

func (g *group) is(kind string) bool {
	kinds, _ := g.Props["groupTypes"].([]any)
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

func (g *group) dynamic() bool { return g.is("DynamicMembership") }
func (g *group) team() bool {
	options, _ := g.Props["resourceProvisioningOptions"].([]any)
	for _, o := range options {
		if o == "Team" {
			return true
		}
	}
	return false
}

// newID makes an object id that depends only on the seed and on how much
// happened before, so that a run can be repeated.
func (t *tenant) newID(seed int64, what string) string {
	t.Serial++
	return uuidOf(seed, what, t.Serial)
}

func uuidOf(seed int64, what string, n int) string {
	h := digest(seed, what, n)
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	x := hex.EncodeToString(h[:16])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

func digest(seed int64, what string, n int) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d/%s/%d", seed, what, n))
}

// moment writes a time the way Graph does.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
