package graph

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"muster/flows"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

// staffPage is the largest page of users that Graph gives.
const staffPage = 999

// ListStaff lists the live accounts that are no guests, blocked ones included. It is a plain list without a filter: a filtered one may be
// answered from an index that lags behind, and nobody may be missing here. Whoever stands on two pages is listed once.
func (c *Client) ListStaff(ctx context.Context) ([]flows.Account, error) {
	type row struct {
		ID                string   `json:"id"`
		UserPrincipalName string   `json:"userPrincipalName"`
		DisplayName       string   `json:"displayName"`
		GivenName         string   `json:"givenName"`
		Surname           string   `json:"surname"`
		Mail              string   `json:"mail"`
		EmployeeID        string   `json:"employeeId"`
		AccountEnabled    bool     `json:"accountEnabled"`
		UserType          string   `json:"userType"`
		ProxyAddresses    []string `json:"proxyAddresses"`
	}
	rows, err := listAll[row](ctx, c, "list staff", request{method: abstractions.GET, path: "/users", query: url.Values{
		"$select": {"id,userPrincipalName,displayName,givenName,surname,mail,employeeId,accountEnabled,userType,proxyAddresses"}, "$top": {strconv.Itoa(staffPage)},
	}}, 0)
	if err != nil {
		return nil, err
	}
	var all []flows.Account
	listed := map[flows.AccountID]bool{}
	for _, r := range rows {
		if strings.EqualFold(r.UserType, "Guest") {
			continue
		}
		if r.ID == "" {
			return nil, unreadable("list staff", "object id")
		}
		a := flows.Account{
			ID: flows.AccountID(strings.ToLower(r.ID)), UPN: r.UserPrincipalName, Name: r.DisplayName, Given: r.GivenName, Surname: r.Surname,
			EmployeeID: r.EmployeeID, Enabled: r.AccountEnabled, Addresses: r.ProxyAddresses,
		}
		if listed[a.ID] {
			continue
		}
		listed[a.ID] = true
		if r.Mail != "" {
			a.Addresses = append(a.Addresses, "SMTP:"+r.Mail)
		}
		all = append(all, a)
	}
	return all, nil
}
