package graph

import (
	"context"
	"slices"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/groups"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"muster/flows"
)

func groupProperties() []string {
	return []string{
		"id", "displayName", "groupTypes", "mailEnabled", "securityEnabled", "membershipRule", "isAssignableToRole",
		"onPremisesSyncEnabled", "isManagementRestricted", "resourceProvisioningOptions",
	}
}

// FindGroup reads a group by exact display name or by object id. Two groups of one name are an Invalid error: Muster does not choose.
func (c *Client) FindGroup(ctx context.Context, nameOrID string) (flows.Group, error) {
	nameOrID = strings.TrimSpace(nameOrID)
	if nameOrID == "" {
		return flows.Group{}, missing("No group was named.")
	}
	if guid(nameOrID) {
		g, err := fetch(ctx, c, "read group", func(ctx context.Context) (models.Groupable, error) {
			return c.groups().ByGroupId(nameOrID).Get(ctx, &groups.GroupItemRequestBuilderGetRequestConfiguration{
				QueryParameters: &groups.GroupItemRequestBuilderGetQueryParameters{Select: groupProperties()},
			})
		})
		if err != nil {
			return flows.Group{}, err
		}
		if str(g.GetId()) == "" {
			return flows.Group{}, unreadable("read group", "object id")
		}
		return groupOf(g), nil
	}
	filter, top := "displayName eq "+quoted(nameOrID), int32(pageSize)
	first := &groups.GroupsRequestBuilderGetRequestConfiguration{
		QueryParameters: &groups.GroupsRequestBuilderGetQueryParameters{Filter: &filter, Select: groupProperties(), Top: &top},
	}
	found, err := pages(ctx, c, "find group", 2, func(ctx context.Context, next string) (models.GroupCollectionResponseable, error) {
		if next != "" {
			return c.groups().WithUrl(next).Get(ctx, nil)
		}
		return c.groups().Get(ctx, first)
	})
	switch {
	case err != nil:
		return flows.Group{}, err
	case len(found) == 0:
		return flows.Group{}, missing("Microsoft 365 has no group of this name.")
	case len(found) > 1:
		return flows.Group{}, refuse("More than one group has this name. Name it in the policy by its object id.")
	}
	return groupOf(found[0]), nil
}

func groupOf(g models.Groupable) flows.Group {
	return flows.Group{
		ID:   strings.ToLower(str(g.GetId())),
		Name: str(g.GetDisplayName()),
		Kind: kindOf(g),
		Team: slices.ContainsFunc(provisioned(g), func(s string) bool { return strings.EqualFold(s, "Team") }),
		Rule: str(g.GetMembershipRule()),
	}
}

// provisioned is what hangs on the group. The SDK has no getter for it, so it comes as the JSON reader left it.
func provisioned(g models.Groupable) []string {
	list, _ := g.GetAdditionalData()["resourceProvisioningOptions"].([]any)
	var names []string
	for _, v := range list {
		switch s := v.(type) {
		case string:
			names = append(names, s)
		case *string:
			names = append(names, str(s))
		}
	}
	return names
}

// kindOf goes from the strongest bar to the weakest: what is mastered elsewhere or follows a rule cannot be written at all.
func kindOf(g models.Groupable) flows.GroupKind {
	has := func(t string) bool {
		return slices.ContainsFunc(g.GetGroupTypes(), func(s string) bool { return strings.EqualFold(s, t) })
	}
	switch {
	case yes(g.GetOnPremisesSyncEnabled()):
		return flows.SyncedGroup
	case has("DynamicMembership"):
		return flows.DynamicGroup
	case yes(g.GetMailEnabled()) && !has("Unified"):
		return flows.MailGroup
	case yes(g.GetIsAssignableToRole()):
		return flows.RoleGroup
	case yes(g.GetIsManagementRestricted()):
		return flows.RestrictedGroup
	case has("Unified"):
		return flows.Microsoft365
	}
	return flows.SecurityGroup
}

// IsMember reports direct membership. It reads the person's own groups instead of the group's members: the same link seen from its
// short end, one page instead of thousands of people, and without the lagging index that a filter on members would need.
func (c *Client) IsMember(ctx context.Context, group string, id flows.AccountID) (bool, error) {
	if err := named(id, flows.AccountID(group)); err != nil {
		return false, err
	}
	top := int32(pageSize)
	first := &users.ItemMemberOfGraphGroupRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.ItemMemberOfGraphGroupRequestBuilderGetQueryParameters{Select: []string{"id"}, Top: &top},
	}
	all, err := pages(ctx, c, "read groups of account", 0, func(ctx context.Context, next string) (models.GroupCollectionResponseable, error) {
		list := c.user(string(id)).MemberOf().GraphGroup()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, first)
	})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(all, func(g models.Groupable) bool { return strings.EqualFold(str(g.GetId()), group) }), nil
}

// AddMember adds the account to the group. Being in it already is success.
func (c *Client) AddMember(ctx context.Context, group string, id flows.AccountID) error {
	if err := named(id, flows.AccountID(group)); err != nil {
		return err
	}
	body := models.NewReferenceCreate()
	body.SetOdataId(c.ref(string(id)))
	err := c.do(ctx, "add member to group", func(ctx context.Context) error {
		return c.groups().ByGroupId(group).Members().Ref().Post(ctx, body, nil)
	})
	if because(err, alreadyThere) {
		return nil
	}
	return err
}

// MemberOf says which of the groups (ids, at most 20) the account is in, nested membership included.
func (c *Client) MemberOf(ctx context.Context, id flows.AccountID, ids []string) ([]string, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > 20 {
		return nil, refuse("Membership of at most 20 groups can be asked for at once.")
	}
	for _, g := range ids {
		if err := named(flows.AccountID(g)); err != nil {
			return nil, refuse("A group is not named by its object id.")
		}
	}
	body := users.NewItemCheckMemberGroupsPostRequestBody()
	body.SetGroupIds(ids)
	answer, err := fetchBy(ctx, c, "check groups of account", &call{again: true}, func(ctx context.Context) (users.ItemCheckMemberGroupsPostResponseable, error) {
		return c.user(string(id)).CheckMemberGroups().PostAsCheckMemberGroupsPostResponse(ctx, body, nil)
	})
	if err != nil {
		return nil, err
	}
	var in []string
	for _, g := range ids { // in the order and the spelling of the question
		if slices.ContainsFunc(answer.GetValue(), func(s string) bool { return strings.EqualFold(s, g) }) {
			in = append(in, g)
		}
	}
	return in, nil
}

// Members are the people who are direct members of a group; at most limit, in Graph's order.
func (c *Client) Members(ctx context.Context, group string, limit int) ([]flows.Person, error) {
	if err := named(flows.AccountID(group)); err != nil {
		return nil, err
	}
	top := int32(min(limit, pageSize))
	first := &groups.ItemMembersGraphUserRequestBuilderGetRequestConfiguration{
		QueryParameters: &groups.ItemMembersGraphUserRequestBuilderGetQueryParameters{Select: []string{"id", "displayName", "userPrincipalName"}, Top: &top},
	}
	found, err := pages(ctx, c, "list members of group", limit, func(ctx context.Context, next string) (models.UserCollectionResponseable, error) {
		list := c.groups().ByGroupId(group).Members().GraphUser()
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

// RemoveMember takes the account out of the group, and only out of the group: the address ends in $ref, without which Graph deletes
// the person. Not being in it is success.
func (c *Client) RemoveMember(ctx context.Context, group string, id flows.AccountID) error {
	if err := named(id, flows.AccountID(group)); err != nil {
		return err
	}
	err := c.do(ctx, "remove member from group", func(ctx context.Context) error {
		return c.groups().ByGroupId(group).Members().ByDirectoryObjectId(string(id)).Ref().Delete(ctx, nil)
	})
	return goneOr(err, func() (bool, error) { return c.IsMember(ctx, group, id) })
}

// goneOr judges the removal of a link. "Not found" may mean the group, the account or the link between them, so the link is looked
// for; when it is still shown, the two answers contradict each other and a later look decides.
func goneOr(err error, still func() (bool, error)) error {
	if because(err, notThere) {
		return nil
	}
	if flows.CodeOf(err) != flows.NotFound {
		return err
	}
	there, lookErr := still()
	switch {
	case lookErr != nil:
		return lookErr
	case there:
		return &flows.Error{Code: flows.Unavailable, Say: "Microsoft 365 shows the person in the group and says otherwise. It is tried again later.", Err: err}
	}
	return nil
}
