package graph

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"muster/flows"
)

const (
	sayAppRoles = "Microsoft 365 refused to change who may use an app. Muster's app lacks the permission AppRoleAssignment.ReadWrite.All."
	sayConsents = "Microsoft 365 refused to take back what was allowed to an app. Muster's app lacks the permission DelegatedPermissionGrant.ReadWrite.All."
)

// appRole is an app role assignment as Graph writes it.
type appRole struct {
	ID        string `json:"id"`
	Role      string `json:"appRoleId"`
	Principal string `json:"principalId"`
	Type      string `json:"principalType"`
	On        string `json:"resourceId"`
	App       string `json:"resourceDisplayName"`
}

// AppRoles are the roles in apps that the account holds in its own right. Graph also lists those of the groups that the account is in,
// under the group's id: taking one of them away would take it from everybody in the group.
func (c *Client) AppRoles(ctx context.Context, id flows.AccountID) ([]flows.AppRole, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	all, err := restPages[appRole](ctx, c, "list app roles of account", "/users/"+string(id)+"/appRoleAssignments"+asked("$top", "999"))
	if err != nil {
		return nil, err
	}
	var own []flows.AppRole
	for _, r := range all {
		switch {
		case r.ID == "" || r.Principal == "" || r.On == "":
			return nil, unreadable("list app roles of account", "id, principal or app of a role")
		case strings.EqualFold(r.Principal, string(id)):
			own = append(own, flows.AppRole{ID: r.ID, App: r.App, On: strings.ToLower(r.On), Role: strings.ToLower(r.Role)})
		}
	}
	slices.SortFunc(own, func(a, b flows.AppRole) int { return strings.Compare(a.App+a.On+a.Role+a.ID, b.App+b.On+b.Role+b.ID) })
	return own, nil
}

// GrantAppRole gives a role. Holding it already is success. The request is sent once: a second grant of the same is refused as already there.
func (c *Client) GrantAppRole(ctx context.Context, id flows.AccountID, r flows.AppRole) error {
	if err := named(id, flows.AccountID(r.On), flows.AccountID(r.Role)); err != nil {
		return err
	}
	body := map[string]string{"principalId": string(id), "resourceId": r.On, "appRoleId": r.Role}
	err := c.rest(ctx, "grant app role", http.MethodPost, "/users/"+string(id)+"/appRoleAssignments", nil, body, nil)
	if because(err, alreadyThere) {
		return nil
	}
	return clearer(err, http.StatusForbidden, sayAppRoles)
}

// RemoveAppRole takes one role away. One that is gone already is success, since a removal whose answer was lost is sent again.
func (c *Client) RemoveAppRole(ctx context.Context, id flows.AccountID, r flows.AppRole) error {
	if err := named(id); err != nil {
		return err
	}
	if r.ID == "" { // would address the list
		return refuse("No role in an app was named.")
	}
	err := c.rest(ctx, "remove app role of account", http.MethodDelete, "/users/"+string(id)+"/appRoleAssignments/"+url.PathEscape(r.ID), nil, nil, nil)
	if flows.CodeOf(err) == flows.NotFound {
		return nil
	}
	return clearer(err, http.StatusForbidden, sayAppRoles)
}

// Consents are what the account allowed apps to do in its name, each with the app's name.
func (c *Client) Consents(ctx context.Context, id flows.AccountID) ([]flows.Consent, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	const op = "list consents of account"
	all, err := restPages[struct {
		ID     string `json:"id"`
		Client string `json:"clientId"`
		Kind   string `json:"consentType"`
		Person string `json:"principalId"`
		Scope  string `json:"scope"`
	}](ctx, c, op, "/users/"+string(id)+"/oauth2PermissionGrants"+asked("$top", "999"))
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	var own []flows.Consent
	for _, g := range all {
		if g.ID == "" || g.Client == "" {
			return nil, unreadable(op, "id or app of a consent")
		}
		if !strings.EqualFold(g.Kind, "Principal") || !strings.EqualFold(g.Person, string(id)) {
			continue // for everybody: an administrator's
		}
		if _, known := names[g.Client]; !known {
			if names[g.Client], err = c.appName(ctx, g.Client); err != nil {
				return nil, err
			}
		}
		own = append(own, flows.Consent{ID: g.ID, App: names[g.Client], Scope: strings.TrimSpace(g.Scope)})
	}
	slices.SortFunc(own, func(a, b flows.Consent) int { return strings.Compare(a.App+a.ID, b.App+b.ID) })
	return own, nil
}

// appName is what people call an app; its id when the tenant has it no more.
func (c *Client) appName(ctx context.Context, id string) (string, error) {
	if !guid(id) {
		return "", unreadable("list consents of account", "app of a consent")
	}
	var app struct {
		Name string `json:"displayName"`
	}
	err := c.rest(ctx, "read app", http.MethodGet, "/servicePrincipals/"+id+asked("$select", "id,displayName"), nil, nil, &app)
	if err != nil && flows.CodeOf(err) != flows.NotFound {
		return "", err
	}
	if app.Name == "" {
		return strings.ToLower(id), nil
	}
	return app.Name, nil
}

// RemoveConsent takes one consent away. One that is gone already is success, since a removal whose answer was lost is sent again.
func (c *Client) RemoveConsent(ctx context.Context, g flows.Consent) error {
	if g.ID == "" { // would address the list
		return refuse("No consent was named.")
	}
	err := c.rest(ctx, "remove consent", http.MethodDelete, "/oauth2PermissionGrants/"+url.PathEscape(g.ID), nil, nil, nil)
	if flows.CodeOf(err) == flows.NotFound {
		return nil
	}
	return clearer(err, http.StatusForbidden, sayConsents)
}
