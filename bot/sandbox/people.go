package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// The fixed world: these ids are documented for scripts and never change.
const (
	FixedTenant   = "11111111-1111-1111-1111-111111111111"
	OutsideTenant = "99999999-9999-9999-9999-999999999999"
	FixedAppID    = "00000000-0000-0000-0000-0000000000b0"
)

const botName = "Muster"

// Person is somebody who can be acted as. Key is the short name that scripts
// use, ID the Entra object id, Role what they are to Muster (hr, manager,
// approver, it, owner, starter, or none). A Tenant other than the sandbox's own
// makes an outsider, whom the bot has to refuse.
type Person struct{ Key, Name, ID, UPN, Role, Tenant string }

// Known returns the fixed people. The starter has no account until the bot
// makes one; name and sign-in name are then read from the directory.
func Known() []Person {
	list := []Person{
		{Key: "hr", Name: "Hannah Reed", ID: "01", Role: "hr"},
		{Key: "hr2", Name: "Helen Okafor", ID: "02", Role: "hr"},
		{Key: "manager", Name: "Tom Hughes", ID: "03", Role: "manager"},
		{Key: "manager2", Name: "Maria Lopez", ID: "04", Role: "manager"},
		{Key: "approver", Name: "Aisha Khan", ID: "05", Role: "approver"},
		{Key: "it", Name: "Ivan Petrov", ID: "06", Role: "it"},
		{Key: "it2", Name: "Ines Duarte", ID: "07", Role: "it"},
		{Key: "owner", Name: "Olivia Grant", ID: "08", Role: "owner"},
		{Key: "owner2", Name: "Oscar Lind", ID: "09", Role: "owner"},
		{Key: "starter", ID: "0a", Role: "starter"},
		{Key: "stranger", Name: "Stan Doyle", ID: "0b", Role: "none"},
		{Key: "outsider", Name: "Otto Fremd", ID: "0c", Role: "none", Tenant: OutsideTenant},
	}
	for i := range list {
		p := &list[i]
		p.ID = "00000000-0000-4000-a000-0000000000" + p.ID
		if p.Tenant == "" {
			p.Tenant = FixedTenant
		}
		if p.Name != "" {
			p.UPN = strings.ToLower(strings.ReplaceAll(p.Name, " ", ".")) + "@larkfield.example"
		}
	}
	list[len(list)-1].UPN = "otto.fremd@fremd.example"
	return list
}

// Channel is one of the two channels that Muster posts to.
type Channel struct {
	Key, Title     string
	Conversation   string // 19:…@thread.tacv2
	Team, TeamName string // the team's id, which is its General channel's id
	Group          string // the Microsoft 365 group behind the team
	Roles          []string
	installer      string
}

// Channels returns the IT and the owners' channel. Each is in a team of its own,
// because a standard channel is seen by its whole team.
func Channels() []Channel {
	return []Channel{
		{
			Key: "it", Title: "IT", TeamName: "Larkfield IT",
			Conversation: "19:it@thread.tacv2", Team: channelID("it general"),
			Group: "00000000-0000-4000-b000-0000000000f1", Roles: []string{"it", "owner"}, installer: "it",
		},
		{
			Key: "owners", Title: "Owners", TeamName: "Larkfield Owners",
			Conversation: "19:owners@thread.tacv2", Team: channelID("owners general"),
			Group: "00000000-0000-4000-b000-0000000000f2", Roles: []string{"owner"}, installer: "owner",
		},
	}
}

func channelID(seed string) string {
	h := sha256.Sum256([]byte("channel " + seed))
	return fmt.Sprintf("19:%x@thread.tacv2", h[:16])
}

func opaque(kind, id string) string {
	h := sha256.Sum256([]byte(kind + " " + strings.ToLower(id)))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// mri is the person's id in Teams, which only this bot understands.
func mri(objectID string) string { return "29:" + opaque("mri", objectID) }

// personalID is the id of the lasting 1:1 chat between the person and the bot.
func personalID(objectID string) string { return "a:" + opaque("personal", objectID) }

func (c Channel) has(p Person) bool {
	for _, r := range c.Roles {
		if p.Role == r {
			return true
		}
	}
	return false
}

// account is what the directory says about a person.
type account struct {
	exists, enabled           bool
	Given, Surname, Mail, Job string
}

type directoryUser struct {
	ID             string          `json:"id"`
	DisplayName    string          `json:"displayName"`
	UPN            string          `json:"userPrincipalName"`
	Given          string          `json:"givenName"`
	Surname        string          `json:"surname"`
	Mail           string          `json:"mail"`
	JobTitle       string          `json:"jobTitle"`
	Office         string          `json:"officeLocation"`
	AccountEnabled bool            `json:"accountEnabled"`
	Deleted        json.RawMessage `json:"deleted"`
}

// gone reports whether the user is in the recycle bin: the directory may say
// so with true or with the date of the deletion.
func (u directoryUser) gone() bool {
	switch string(u.Deleted) {
	case "", "null", "false", `""`:
		return false
	}
	return true
}

// person finds somebody by key, object id, Teams id or user principal name,
// and reads the account from the directory. Anybody in the directory can be
// acted as; the fixed people only have short keys.
func (s *Sandbox) person(ref string) (Person, account, bool) {
	if ref == "" {
		return Person{}, account{}, false
	}
	var found *Person
	for i, p := range s.opt.People {
		if strings.EqualFold(ref, p.Key) || strings.EqualFold(ref, p.ID) || (p.UPN != "" && strings.EqualFold(ref, p.UPN)) || ref == mri(p.ID) {
			found = &s.opt.People[i]
			break
		}
	}
	if found != nil && !strings.EqualFold(found.Tenant, s.opt.Tenant) {
		return *found, account{exists: true, enabled: true}, true
	}
	if s.opt.Directory == nil {
		if found == nil {
			return Person{}, account{}, false
		}
		return *found, account{exists: true, enabled: true, Mail: found.UPN}, true
	}
	id := ref
	if found != nil {
		id = found.ID
	} else if strings.HasPrefix(ref, "29:") {
		id = s.world.objectID(ref)
	}
	u, ok := s.directoryUser(id)
	if !ok {
		if found != nil {
			return *found, account{}, true
		}
		return Person{}, account{}, false
	}
	p := Person{Key: strings.ToLower(u.ID), Name: u.DisplayName, ID: u.ID, UPN: u.UPN, Role: "none", Tenant: s.opt.Tenant}
	for _, k := range s.opt.People {
		if strings.EqualFold(k.ID, u.ID) {
			p.Key, p.Role = k.Key, k.Role
		}
	}
	return p, account{
		exists: !u.gone(), enabled: u.AccountEnabled && !u.gone(),
		Given: u.Given, Surname: u.Surname, Mail: u.Mail, Job: u.JobTitle,
	}, true
}

func (s *Sandbox) directoryUser(id string) (directoryUser, bool) {
	if id == "" {
		return directoryUser{}, false
	}
	raw, ok := s.opt.Directory.User(id)
	if !ok {
		return directoryUser{}, false
	}
	var u directoryUser
	if err := json.Unmarshal(raw, &u); err != nil {
		s.opt.Log.Error("directory answered a user that cannot be read", "error", err)
		return directoryUser{}, false
	}
	return u, true
}

// members returns the people of a channel who can sign in.
func (s *Sandbox) members(c Channel) []Person {
	var list []Person
	for _, k := range s.opt.People {
		if p, acc, ok := s.person(k.ID); ok && acc.enabled && c.has(p) {
			list = append(list, p)
		}
	}
	return list
}

// channel finds a channel by its conversation id.
func (s *Sandbox) channel(conversation string) (Channel, bool) {
	for _, c := range s.channels {
		if conversation == c.Conversation {
			return c, true
		}
	}
	return Channel{}, false
}
