package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// The file that Microsoft's Agents Playground reads, .m365agentsplayground.yml,
// version 0.1.1 of its schema. "Principle" is spelt as the schema spells it.
type (
	playground struct {
		Version  string           `yaml:"version"`
		Tenant   string           `yaml:"tenantId"`
		Bot      playgroundBot    `yaml:"bot"`
		Current  playgroundUser   `yaml:"currentUser"`
		Users    []playgroundUser `yaml:"users"` // exactly five
		Personal playgroundChat   `yaml:"personalChat"`
		Group    playgroundChat   `yaml:"groupChat"`
		Team     playgroundTeam   `yaml:"team"`
	}
	playgroundBot struct {
		ID   string `yaml:"id"`
		Name string `yaml:"name"`
	}
	playgroundUser struct {
		ID      string `yaml:"id"`
		Name    string `yaml:"name"`
		UPN     string `yaml:"userPrincipleName"`
		AAD     string `yaml:"aadObjectId"`
		Given   string `yaml:"givenName"`
		Surname string `yaml:"surname"`
		Email   string `yaml:"email"`
	}
	playgroundChat struct {
		ID   string `yaml:"id"`
		Name string `yaml:"name,omitempty"`
	}
	playgroundTeam struct {
		ID       string           `yaml:"id"`
		Name     string           `yaml:"name"`
		Group    string           `yaml:"aadGroupId"`
		Channels []playgroundChat `yaml:"channels"`
	}
)

// playgroundKeys are the people that the Playground can be; the schema holds six.
var playgroundKeys = [...]string{"hr", "manager", "approver", "it", "owner", "owner2"}

// PlaygroundConfig is the configuration with which Agents Playground speaks as
// that person: hr, manager, approver, it, owner or owner2. Their object ids are
// the fixed ones, so that the bot knows the person's role; the Playground's own
// are not valid GUIDs.
func PlaygroundConfig(key string) ([]byte, error) {
	if !slices.Contains(playgroundKeys[:], key) {
		return nil, fmt.Errorf("make playground configuration: nobody is called %q (%s)", key, strings.Join(playgroundKeys[:], ", "))
	}
	it := Channels()[0]
	c := playground{
		Version: "0.1.1", Tenant: FixedTenant, Bot: playgroundBot{ID: "28:" + FixedAppID, Name: botName},
		Group: playgroundChat{ID: "19:muster-playground@thread.v2", Name: "Group chat"},
		Team: playgroundTeam{
			ID: it.Team, Name: it.TeamName, Group: it.Group,
			Channels: []playgroundChat{{ID: it.Conversation, Name: it.Title}},
		},
	}
	for _, p := range Known() {
		if !slices.Contains(playgroundKeys[:], p.Key) {
			continue
		}
		given, surname, _ := strings.Cut(p.Name, " ")
		u := playgroundUser{ID: mri(p.ID), Name: p.Name, UPN: p.UPN, AAD: p.ID, Given: given, Surname: surname, Email: p.UPN}
		if p.Key == key {
			c.Current, c.Personal.ID = u, personalID(p.ID)
		} else {
			c.Users = append(c.Users, u)
		}
	}
	out, err := yaml.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("make playground configuration: %w", err)
	}
	return out, nil
}
