package graph

import (
	"context"
	"slices"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/teams"

	"muster/flows"
)

// teamMember is what the members of a team that come from a directory can do.
type teamMember interface{ GetUserId() *string }

// IsTeamMember reports whether Teams shows the account among the team's members, which can be long after the group does. The list
// has no $select: what is looked for, userId, belongs to a derived type.
func (c *Client) IsTeamMember(ctx context.Context, team string, id flows.AccountID) (bool, error) {
	if err := named(id, flows.AccountID(team)); err != nil {
		return false, err
	}
	top := int32(pageSize)
	first := &teams.ItemMembersRequestBuilderGetRequestConfiguration{
		QueryParameters: &teams.ItemMembersRequestBuilderGetQueryParameters{Top: &top},
	}
	all, err := pages(ctx, c, "read members of team", 0, func(ctx context.Context, next string) (models.ConversationMemberCollectionResponseable, error) {
		list := c.team(team).Members()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, first)
	})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(all, func(m models.ConversationMemberable) bool {
		u, ok := m.(teamMember)
		return ok && strings.EqualFold(str(u.GetUserId()), string(id))
	}), nil
}

// AddTeamMember adds the account to the team as a plain member, and with it to the team's group. Being in it already is success.
func (c *Client) AddTeamMember(ctx context.Context, team string, id flows.AccountID) error {
	if err := named(id, flows.AccountID(team)); err != nil {
		return err
	}
	m := models.NewAadUserConversationMember()
	m.SetRoles([]string{}) // none: a member; left out, the list is missing from a body that must have it
	m.SetAdditionalData(map[string]any{"user@odata.bind": c.base + "/users('" + string(id) + "')"})
	err := c.do(ctx, "add member to team", func(ctx context.Context) error {
		_, err := c.team(team).Members().Post(ctx, m, nil)
		return err
	})
	if flows.CodeOf(err) == flows.Conflict { // what else a conflict could be here shows when the caller looks
		return nil
	}
	return err
}
