package graph

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/groups"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"muster/flows"
)

const (
	directoryRoles = "/roleManagement/directory/"

	sayRoles = "Microsoft 365 refused to take the directory role away. Muster's app lacks the permission RoleManagement.ReadWrite.Directory, or the role is managed elsewhere."
	sayPIM   = "Microsoft 365 does not let Muster's app see or change roles that are managed in Privileged Identity Management. It lacks the permissions " +
		"RoleAssignmentSchedule.ReadWrite.Directory and RoleEligibilitySchedule.ReadWrite.Directory."
)

// roleRow is a role assignment, or an instance of a schedule of one.
type roleRow struct {
	ID        string `json:"id"`
	Principal string `json:"principalId"`
	Role      string `json:"roleDefinitionId"`
	Scope     string `json:"directoryScopeId"`
	Member    string `json:"memberType"`     // of an instance: Direct, Group or Inherited
	Assigned  string `json:"assignmentType"` // of an instance: Assigned or Activated
	Of        struct {
		Name string `json:"displayName"`
	} `json:"roleDefinition"`
	Who struct {
		Kind string `json:"@odata.type"`
	} `json:"principal"`
}

func (r roleRow) same(o flows.DirectoryRole) bool {
	return strings.EqualFold(r.Role, o.Role) && strings.EqualFold(orRoot(r.Scope), o.Scope)
}

func orRoot(scope string) string {
	if scope == "" {
		return "/"
	}
	return scope
}

// DirectoryRoles are the directory roles that the account holds in its own right, and those that it may take up for a time. What comes
// with a group is the group's. A tenant without the licence for Privileged Identity Management has no more than plain assignments; a lack
// of permission is something else, and an error: roles that cannot be seen must not pass for none.
func (c *Client) DirectoryRoles(ctx context.Context, id flows.AccountID) ([]flows.DirectoryRole, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	query := asked("$filter", "principalId eq "+quoted(string(id)), "$expand", "roleDefinition")
	var all []flows.DirectoryRole
	for _, from := range []struct{ list, how string }{
		{"roleAssignmentScheduleInstances", flows.RoleActive},
		{"roleEligibilityScheduleInstances", flows.RoleEligible},
	} {
		rows, err := c.managedRoles(ctx, from.list, query)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if strings.EqualFold(r.Principal, string(id)) && (r.Member == "" || strings.EqualFold(r.Member, "Direct")) {
				all = append(all, flows.DirectoryRole{ID: r.ID, Role: r.Role, Name: r.Of.Name, Scope: orRoot(r.Scope), How: from.how})
			}
		}
	}
	rows, err := restPages[roleRow](ctx, c, "list directory roles of account", directoryRoles+"roleAssignments"+query)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		switch {
		case r.ID == "" || r.Role == "":
			return nil, unreadable("list directory roles of account", "id or role of an assignment")
		case !strings.EqualFold(r.Principal, string(id)):
		case !slices.ContainsFunc(all, func(o flows.DirectoryRole) bool { return o.How == flows.RoleActive && r.same(o) }): // else it is the same, seen twice
			all = append(all, flows.DirectoryRole{ID: r.ID, Role: r.Role, Name: r.Of.Name, Scope: orRoot(r.Scope), How: flows.RoleHeld})
		}
	}
	slices.SortFunc(all, func(a, b flows.DirectoryRole) int {
		return strings.Compare(a.Name+a.Role+a.How+a.ID, b.Name+b.Role+b.How+b.ID)
	})
	return all, nil
}

// managedRoles reads a list of Privileged Identity Management, which is empty where the tenant has no licence for it.
func (c *Client) managedRoles(ctx context.Context, list, query string) ([]roleRow, error) {
	rows, err := restPages[roleRow](ctx, c, "list managed roles", directoryRoles+list+query)
	if f, ok := errors.AsType[*Failure](err); ok && f.Code == "AadPremiumLicenseRequired" {
		return nil, nil
	}
	return rows, clearer(err, http.StatusForbidden, sayPIM)
}

// RemoveDirectoryRole takes one role away. One that is gone already is success, since a removal may be sent again.
func (c *Client) RemoveDirectoryRole(ctx context.Context, id flows.AccountID, r flows.DirectoryRole) error {
	if err := named(id); err != nil {
		return err
	}
	if r.ID == "" || r.Role == "" { // would address the list
		return refuse("No directory role was named.")
	}
	var err error
	switch r.How {
	case flows.RoleHeld:
		err = clearer(c.rest(ctx, "remove directory role of account", http.MethodDelete, directoryRoles+"roleAssignments/"+url.PathEscape(r.ID), nil, nil, nil), http.StatusForbidden, sayRoles)
	case flows.RoleActive:
		err = c.removeManaged(ctx, "roleAssignmentScheduleRequests", id, r)
	case flows.RoleEligible:
		err = c.removeManaged(ctx, "roleEligibilityScheduleRequests", id, r)
	default:
		return refuse("Muster does not know how the directory role is held.")
	}
	if flows.CodeOf(err) == flows.NotFound {
		return nil
	}
	if f, ok := errors.AsType[*Failure](err); ok && f.Code == "RoleAssignmentDoesNotExist" {
		return nil
	}
	return err
}

func (c *Client) removeManaged(ctx context.Context, list string, id flows.AccountID, r flows.DirectoryRole) error {
	body := map[string]string{
		"action": "adminRemove", "principalId": string(id), "roleDefinitionId": r.Role, "directoryScopeId": orRoot(r.Scope), "justification": "The person leaves or has another job.",
	}
	err := c.rest(ctx, "remove managed role of account", http.MethodPost, directoryRoles+list, nil, body, nil)
	return clearer(err, http.StatusForbidden, sayPIM)
}

// GlobalAdministrators are the enabled accounts that hold the role Global Administrator for the whole directory and for good, by a group
// too. Who has taken it up for some hours does not count: the organisation would have to do without afterwards.
func (c *Client) GlobalAdministrators(ctx context.Context) ([]flows.AccountID, error) {
	filter := "roleDefinitionId eq " + quoted(flows.GlobalAdministrator)
	instances, err := c.managedRoles(ctx, "roleAssignmentScheduleInstances", asked("$filter", filter))
	if err != nil {
		return nil, err
	}
	rows, err := restPages[roleRow](ctx, c, "list Global Administrators", directoryRoles+"roleAssignments"+asked("$filter", filter, "$expand", "principal"))
	if err != nil {
		return nil, err
	}
	var admins []flows.AccountID
	for _, r := range rows {
		who := flows.AccountID(strings.ToLower(r.Principal))
		passing := slices.ContainsFunc(instances, func(i roleRow) bool {
			return strings.EqualFold(i.Principal, r.Principal) && strings.EqualFold(i.Assigned, "Activated")
		})
		if passing || orRoot(r.Scope) != "/" {
			continue
		}
		found := []flows.AccountID{}
		switch {
		case strings.EqualFold(r.Who.Kind, "#microsoft.graph.user"):
			a, err := c.FetchAccount(ctx, string(who))
			if err != nil && flows.CodeOf(err) != flows.NotFound {
				return nil, err
			}
			if err == nil && a.Enabled {
				found = append(found, who)
			}
		case strings.EqualFold(r.Who.Kind, "#microsoft.graph.group"):
			if found, err = c.enabledIn(ctx, string(who)); err != nil {
				return nil, err
			}
		}
		admins = append(admins, found...)
	}
	slices.Sort(admins)
	return slices.Compact(admins), nil
}

// enabledIn are the enabled people in a group, nested ones too.
func (c *Client) enabledIn(ctx context.Context, group string) ([]flows.AccountID, error) {
	if err := named(flows.AccountID(group)); err != nil {
		return nil, err
	}
	top := int32(pageSize)
	first := &groups.ItemTransitiveMembersGraphUserRequestBuilderGetRequestConfiguration{
		QueryParameters: &groups.ItemTransitiveMembersGraphUserRequestBuilderGetQueryParameters{Select: []string{"id", "accountEnabled"}, Top: &top},
	}
	found, err := pages(ctx, c, "list administrators in group", 0, func(ctx context.Context, next string) (models.UserCollectionResponseable, error) {
		list := c.groups().ByGroupId(group).TransitiveMembers().GraphUser()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, first)
	})
	if err != nil {
		return nil, err
	}
	ids := []flows.AccountID{}
	for _, u := range found {
		if yes(u.GetAccountEnabled()) {
			ids = append(ids, flows.AccountID(strings.ToLower(str(u.GetId()))))
		}
	}
	return ids, nil
}
