package graph

import (
	"context"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/teams"

	"muster/flows"
)

// teamMember is what the members of a team that come from a directory can do.
type teamMember interface{ GetUserId() *string }

// IsTeamMember reports whether Teams shows the account among the team's members, which can be long after the group does.
func (c *Client) IsTeamMember(ctx context.Context, team string, id flows.AccountID) (bool, error) {
	membership, err := c.membership(ctx, team, id)
	return membership != "", err
}

// membership finds what the team calls the account's membership, "" when there is none. Graph looks for it: a team may have 25,000 members.
// The list has no $select: what is looked for, userId, belongs to a derived type. Whether Graph heeded the filter is looked at again.
func (c *Client) membership(ctx context.Context, team string, id flows.AccountID) (string, error) {
	if err := named(id, flows.AccountID(team)); err != nil {
		return "", err
	}
	top, filter := int32(pageSize), "(microsoft.graph.aadUserConversationMember/userId eq '"+string(id)+"')"
	first := &teams.ItemMembersRequestBuilderGetRequestConfiguration{
		QueryParameters: &teams.ItemMembersRequestBuilderGetQueryParameters{Top: &top, Filter: &filter},
	}
	all, err := pages(ctx, c, "read members of team", 0, func(ctx context.Context, next string) (models.ConversationMemberCollectionResponseable, error) {
		list := c.team(team).Members()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, first)
	})
	if err != nil {
		return "", err
	}
	for _, m := range all {
		if u, ok := m.(teamMember); ok && strings.EqualFold(str(u.GetUserId()), string(id)) {
			if str(m.GetId()) == "" {
				return "", unreadable("read members of team", "membership id")
			}
			return str(m.GetId()), nil
		}
	}
	return "", nil
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

// RemoveTeamMember takes the account out of the team, and with it out of the team's group. Not being in it is success. The address
// of a membership is the team's own, so the members are read first.
func (c *Client) RemoveTeamMember(ctx context.Context, team string, id flows.AccountID) error {
	membership, err := c.membership(ctx, team, id)
	if err != nil || membership == "" {
		return err
	}
	err = c.do(ctx, "remove member from team", func(ctx context.Context) error {
		return c.team(team).Members().ByConversationMemberId(membership).Delete(ctx, nil)
	})
	if flows.CodeOf(err) == flows.NotFound {
		return nil
	}
	return err
}
