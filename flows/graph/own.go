package graph

import (
	"context"
	"net/http"
	"strings"
)

// What Muster may do in a tenant, and what the tenant's own rules are: for setting it up, not for the work itself.

// OwnRoles are the names of the directory roles that a service principal holds in its own right for the whole directory. Which app permissions
// it has says its token; which directory roles says only the directory (reference: app-only permission rules).
func (c *Client) OwnRoles(ctx context.Context, principal string) ([]string, error) {
	if principal == "" {
		return nil, refuse("No app was named.")
	}
	rows, err := restPages[roleRow](ctx, c, "list directory roles of the app", directoryRoles+"roleAssignments"+asked("$filter", "principalId eq "+quoted(principal), "$expand", "roleDefinition"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range rows {
		if strings.EqualFold(r.Principal, principal) && orRoot(r.Scope) == "/" {
			names = append(names, r.Of.Name)
		}
	}
	return names, nil
}

// PassRules are the tenant's rules for Temporary Access Passes. Lifetimes are in minutes.
type PassRules struct {
	Enabled           bool
	Shortest, Longest int
	Once              bool // every pass works only once, whatever is asked for
}

// PassRules reads the policy for Temporary Access Passes, for which the app needs Policy.Read.AuthenticationMethod.
func (c *Client) PassRules(ctx context.Context) (PassRules, error) {
	var r struct {
		State    *string `json:"state"`
		Shortest int     `json:"minimumLifetimeInMinutes"`
		Longest  int     `json:"maximumLifetimeInMinutes"`
		Once     bool    `json:"isUsableOnce"`
	}
	err := c.rest(ctx, "read the rules for passes", http.MethodGet, "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/TemporaryAccessPass", nil, nil, &r)
	if err != nil {
		return PassRules{}, err
	}
	if r.State == nil {
		return PassRules{}, unreadable("read the rules for passes", "state")
	}
	return PassRules{Enabled: strings.EqualFold(*r.State, "enabled"), Shortest: r.Shortest, Longest: r.Longest, Once: r.Once}, nil
}
