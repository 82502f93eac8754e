package graph

import (
	"context"
	"errors"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"muster/flows"
)

// RevokeSessions makes every sign-in so far worthless: refresh tokens and browser sessions end within minutes, access tokens already
// given live on until they expire. It is sent again when its answer is lost, because a second time only moves the moment on, and
// somebody who must be out is not to wait for the queue.
func (c *Client) RevokeSessions(ctx context.Context, id flows.AccountID) error {
	if err := named(id); err != nil {
		return err
	}
	answer, err := fetchBy(ctx, c, "revoke sessions of account", &call{again: true}, func(ctx context.Context) (users.ItemRevokeSignInSessionsPostResponseable, error) {
		return c.user(string(id)).RevokeSignInSessions().PostAsRevokeSignInSessionsPostResponse(ctx, nil)
	})
	if err != nil {
		return err
	}
	if !yes(answer.GetValue()) {
		return &flows.Error{
			Code: flows.Unavailable, Say: "Microsoft 365 did not end the sessions of the account. It is tried again later.",
			Err: errors.New("revoke sessions of account: the answer is not true"),
		}
	}
	return nil
}

// Holdings are the groups the account is a direct member of, those it owns, and the names of the directory roles it holds, by a
// role-assignable group as well, since those protect an account just as much. Each is a list of one kind: a property of groups cannot
// be selected on a list of mixed kinds everywhere.
func (c *Client) Holdings(ctx context.Context, id flows.AccountID) (member, owned []flows.Group, roles []string, err error) {
	if err := named(id); err != nil {
		return nil, nil, nil, err
	}
	top := int32(pageSize)
	in := &users.ItemMemberOfGraphGroupRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.ItemMemberOfGraphGroupRequestBuilderGetQueryParameters{Select: groupProperties(), Top: &top},
	}
	member, err = c.groupsIn(ctx, "read groups of account", func(ctx context.Context, next string) (models.GroupCollectionResponseable, error) {
		list := c.user(string(id)).MemberOf().GraphGroup()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, in)
	})
	if err != nil {
		return nil, nil, nil, err
	}
	of := &users.ItemOwnedObjectsGraphGroupRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.ItemOwnedObjectsGraphGroupRequestBuilderGetQueryParameters{Select: groupProperties(), Top: &top},
	}
	owned, err = c.groupsIn(ctx, "read groups owned by account", func(ctx context.Context, next string) (models.GroupCollectionResponseable, error) {
		list := c.user(string(id)).OwnedObjects().GraphGroup()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, of)
	})
	if err != nil {
		return nil, nil, nil, err
	}
	if roles, err = c.roles(ctx, id); err != nil {
		return nil, nil, nil, err
	}
	return member, owned, roles, nil
}

// groupsIn reads groups that are found from a person. An app that may read users and not groups is shown groups without properties:
// taken as they come they would all pass for security groups, so they are an error.
func (c *Client) groupsIn(ctx context.Context, op string, get func(ctx context.Context, next string) (models.GroupCollectionResponseable, error)) ([]flows.Group, error) {
	found, err := pages(ctx, c, op, 0, get)
	if err != nil {
		return nil, err
	}
	var all []flows.Group
	for _, g := range found {
		if str(g.GetId()) == "" {
			return nil, unreadable(op, "object id")
		}
		if str(g.GetDisplayName()) == "" {
			return nil, &flows.Error{
				Code: flows.Denied, Say: "Microsoft 365 does not show Muster's app what groups an account is in. It lacks the permission Directory.Read.All.",
				Err: errors.New(op + ": a group came without its properties"),
			}
		}
		all = append(all, groupOf(g))
	}
	return all, nil
}

func (c *Client) roles(ctx context.Context, id flows.AccountID) ([]string, error) {
	// No $top: the directory's small collections answer 400 to it.
	first := &users.ItemTransitiveMemberOfGraphDirectoryRoleRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.ItemTransitiveMemberOfGraphDirectoryRoleRequestBuilderGetQueryParameters{Select: []string{"id", "displayName"}},
	}
	found, err := pages(ctx, c, "read roles of account", 0, func(ctx context.Context, next string) (models.DirectoryRoleCollectionResponseable, error) {
		list := c.user(string(id)).TransitiveMemberOf().GraphDirectoryRole()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, first)
	})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range found {
		name := str(r.GetDisplayName())
		if name == "" { // still a role: an administrator must not pass for nobody in particular
			name = str(r.GetId())
		}
		names = append(names, name)
	}
	return names, nil
}

// Reports are the people whose manager the account is, with the disabled ones, whose manager it stays.
func (c *Client) Reports(ctx context.Context, id flows.AccountID) ([]flows.Person, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	top := int32(pageSize)
	first := &users.ItemDirectReportsGraphUserRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.ItemDirectReportsGraphUserRequestBuilderGetQueryParameters{Select: []string{"id", "displayName", "userPrincipalName"}, Top: &top},
	}
	found, err := pages(ctx, c, "list reports of account", 0, func(ctx context.Context, next string) (models.UserCollectionResponseable, error) {
		list := c.user(string(id)).DirectReports().GraphUser()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, first)
	})
	if err != nil {
		return nil, err
	}
	var people []flows.Person
	for _, u := range found {
		people = append(people, accountOf(u).Person())
	}
	return people, nil
}
