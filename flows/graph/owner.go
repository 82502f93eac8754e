package graph

import (
	"context"
	"slices"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/groups"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"muster/flows"
)

// Owners are the people who own the group. Apps that own it are left out: an app does not count when the last owner goes.
func (c *Client) Owners(ctx context.Context, group string) ([]flows.AccountID, error) {
	if err := named(flows.AccountID(group)); err != nil {
		return nil, err
	}
	top := int32(pageSize)
	first := &groups.ItemOwnersGraphUserRequestBuilderGetRequestConfiguration{
		QueryParameters: &groups.ItemOwnersGraphUserRequestBuilderGetQueryParameters{Select: []string{"id"}, Top: &top},
	}
	found, err := pages(ctx, c, "list owners of group", 0, func(ctx context.Context, next string) (models.UserCollectionResponseable, error) {
		list := c.groups().ByGroupId(group).Owners().GraphUser()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, first)
	})
	if err != nil {
		return nil, err
	}
	var ids []flows.AccountID
	for _, u := range found {
		ids = append(ids, flows.AccountID(strings.ToLower(str(u.GetId()))))
	}
	return ids, nil
}

// AddOwner makes the account an owner. Owning it already is success. The owner of a Microsoft 365 group also becomes a member, and
// before: an owner who is no member does not see the team.
func (c *Client) AddOwner(ctx context.Context, group string, id flows.AccountID) error {
	if err := named(id, flows.AccountID(group)); err != nil {
		return err
	}
	g, err := c.FindGroup(ctx, group)
	if err != nil {
		return err
	}
	if g.Kind == flows.Microsoft365 {
		if err := c.AddMember(ctx, group, id); err != nil {
			return err
		}
	}
	body := models.NewReferenceCreate()
	body.SetOdataId(c.ref(string(id)))
	err = c.do(ctx, "add owner to group", func(ctx context.Context) error {
		return c.groups().ByGroupId(group).Owners().Ref().Post(ctx, body, nil)
	})
	if because(err, alreadyThere) {
		return nil
	}
	return err
}

// RemoveOwner makes the account no owner any more; it stays a member. Not owning it is success. The last owner is a Conflict error.
func (c *Client) RemoveOwner(ctx context.Context, group string, id flows.AccountID) error {
	if err := named(id, flows.AccountID(group)); err != nil {
		return err
	}
	err := c.do(ctx, "remove owner from group", func(ctx context.Context) error {
		return c.groups().ByGroupId(group).Owners().ByDirectoryObjectId(string(id)).Ref().Delete(ctx, nil)
	})
	return goneOr(err, func() (bool, error) {
		owners, err := c.Owners(ctx, group)
		return slices.Contains(owners, flows.AccountID(strings.ToLower(string(id)))), err
	})
}
