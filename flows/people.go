package flows

import (
	"slices"
	"time"
)

// AccountID is an Entra object id: a GUID in lower case. It is the only thing Muster authorises on.
type AccountID string

// Person is somebody as Muster writes about them: the id decides, the name is for reading.
type Person struct {
	ID   AccountID `json:"id"`
	Name string    `json:"name,omitempty"`
	UPN  string    `json:"upn,omitempty"`
	As   Role      `json:"as,omitempty"` // of somebody asked in another's place: the role that they are asked by and must hold; none: in person
}

// asked are people who are asked by a role.
func (r Role) asked(ps []Person) []Person {
	out := slices.Clone(ps)
	for i := range out {
		out[i].As = r
	}
	return out
}

// Role is what a person may do in Muster. The policy says who holds it.
type Role string

// The roles that the policy hands out. Being somebody's manager is not one of them: it is routed case by case.
const (
	HR       Role = "hr"
	IT       Role = "it"
	Approver Role = "approver"
	Owner    Role = "owner"
)

// Roles is the set of roles one person holds.
type Roles map[Role]bool

// Any reports whether one of the roles is held.
func (r Roles) Any(of ...Role) bool {
	for _, x := range of {
		if r[x] {
			return true
		}
	}
	return false
}

// Account is a user object as the directory showed it at one moment.
type Account struct {
	ID            AccountID `json:"id"`
	UPN           string    `json:"upn"`
	Name          string    `json:"name"`
	Given         string    `json:"given,omitempty"`
	Surname       string    `json:"surname,omitempty"`
	JobTitle      string    `json:"job_title,omitempty"`
	Department    string    `json:"department,omitempty"`
	Office        string    `json:"office,omitempty"`
	CostCentre    string    `json:"cost_centre,omitempty"`
	UsageLocation string    `json:"usage_location,omitempty"`
	HireDate      Date      `json:"hire_date,omitempty"`
	Enabled       bool      `json:"enabled"`
	Synced        bool      `json:"synced,omitempty"` // mastered on-premises: most writes are refused
	Guest         bool      `json:"guest,omitempty"`
	Deleted       bool      `json:"deleted,omitempty"`      // in the recycle bin
	Mark          string    `json:"mark,omitempty"`         // what Muster wrote when it created the account: the case
	Licences      []Held    `json:"licences,omitempty"`     // SKUs held
	Manager       AccountID `json:"manager,omitempty"`      // empty when none or not asked for
	SessionsFrom  time.Time `json:"sessions_from,omitzero"` // sign-ins before this moment do not count any more
	PasswordFrom  time.Time `json:"password_from,omitzero"` // when the password was last set
	Nickname      string    `json:"nickname,omitempty"`     // mailNickname: the part of addresses before the @
	EmployeeID    string    `json:"employee_id,omitempty"`  // the employee number; read by ListStaff only
	Addresses     []string  `json:"addresses,omitempty"`    // proxy addresses, the primary one with SMTP: in capitals
}

// Person is the account as somebody to write about.
func (a Account) Person() Person { return Person{ID: a.ID, Name: a.Name, UPN: a.UPN} }

// Held is one licence a person holds, directly or through a group.
type Held struct {
	SKU     string `json:"sku"`                // GUID
	ByGroup string `json:"by_group,omitempty"` // group id when inherited
}

// GroupKind says what can be done with a group's members through Graph (reference/graph.md 2.3).
type GroupKind string

// The kinds of group. Only the first two can be written by Muster.
const (
	SecurityGroup   GroupKind = "security"
	Microsoft365    GroupKind = "microsoft365"
	DynamicGroup    GroupKind = "dynamic"         // membership follows a rule over attributes
	MailGroup       GroupKind = "mail"            // distribution list or mail-enabled security group: Exchange only
	SyncedGroup     GroupKind = "synced"          // mastered on-premises
	RoleGroup       GroupKind = "role_assignable" // may carry directory roles: not in Muster's permissions
	RestrictedGroup GroupKind = "restricted"      // in a restricted management administrative unit
)

// Group is a group as the directory showed it.
type Group struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Kind GroupKind `json:"kind"`
	Team bool      `json:"team,omitempty"`
	Rule string    `json:"rule,omitempty"` // membership rule of a dynamic group
}

// SKU is a licence the organisation owns, with its pool.
type SKU struct {
	ID       string `json:"id"`
	Part     string `json:"part"`               // skuPartNumber, e.g. SPB
	Free     int    `json:"free"`               // seats free; never negative
	Promised int    `json:"promised,omitempty"` // of those, how many other open cases need
	Over     int    `json:"over,omitempty"`     // seats given out beyond what is paid for, as a restore may do
	// Governs reports whether it brings Entra ID P2 or Governance: access packages, lifecycle workflows, managed roles.
	Governs bool `json:"governs,omitempty"`
}

// Pass is a Temporary Access Pass as the directory lists it. The code is never part of it.
type Pass struct {
	ID     string `json:"id"`
	Usable bool   `json:"usable"`
	Start  string `json:"start,omitempty"` // RFC 3339
	Until  string `json:"until,omitempty"` // RFC 3339
	Once   bool   `json:"once,omitempty"`
}

// Method is one way to sign in that an account has registered. The password is not among them.
type Method struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // as Graph names the type, e.g. microsoftAuthenticator, phone, fido2, temporaryAccessPass
}

// Secret is text that may be shown to one person once. It prints, logs and marshals as a row of dots.
type Secret struct{ text string }

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal gives the text to the one place that shows it.
func (s Secret) Reveal() string { return s.text }

func (s Secret) String() string               { return "•••" }
func (s Secret) GoString() string             { return "•••" }
func (s Secret) MarshalText() ([]byte, error) { return []byte("•••"), nil }
