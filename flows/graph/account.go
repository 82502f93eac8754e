package graph

import (
	"context"
	"slices"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"muster/flows"
)

// accountProperties is what a flows.Account is made of. Without $select Graph leaves most of it out.
func accountProperties() []string {
	return []string{
		"id", "userPrincipalName", "displayName", "givenName", "surname", "jobTitle", "department", "officeLocation",
		"usageLocation", "employeeHireDate", "accountEnabled", "onPremisesSyncEnabled", "userType", "mailNickname", "proxyAddresses",
		"employeeOrgData", "assignedLicenses", "licenseAssignmentStates", "onPremisesExtensionAttributes", "signInSessionsValidFromDateTime",
		"lastPasswordChangeDateTime",
	}
}

// FetchAccount reads one live account by object id or UPN, with licences and manager. The manager comes in the same answer, so that
// both are of one moment.
func (c *Client) FetchAccount(ctx context.Context, idOrUPN string) (flows.Account, error) {
	if strings.TrimSpace(idOrUPN) == "" { // would ask for the list of all users
		return flows.Account{}, missing("No account was named.")
	}
	u, err := fetch(ctx, c, "read account", func(ctx context.Context) (models.Userable, error) {
		return c.user(idOrUPN).Get(ctx, &users.UserItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &users.UserItemRequestBuilderGetQueryParameters{
				Select: accountProperties(), Expand: []string{"manager($select=id)"},
			},
		})
	})
	if err != nil {
		return flows.Account{}, err
	}
	a := accountOf(u)
	if a.ID == "" {
		return flows.Account{}, unreadable("read account", "object id")
	}
	return a, nil
}

// accountOf copies what the directory showed.
func accountOf(u models.Userable) flows.Account {
	a := flows.Account{
		ID:            flows.AccountID(strings.ToLower(str(u.GetId()))),
		UPN:           str(u.GetUserPrincipalName()),
		Name:          str(u.GetDisplayName()),
		Given:         str(u.GetGivenName()),
		Surname:       str(u.GetSurname()),
		JobTitle:      str(u.GetJobTitle()),
		Department:    str(u.GetDepartment()),
		Office:        str(u.GetOfficeLocation()),
		UsageLocation: str(u.GetUsageLocation()),
		Enabled:       yes(u.GetAccountEnabled()),
		Synced:        yes(u.GetOnPremisesSyncEnabled()),
		Guest:         strings.EqualFold(str(u.GetUserType()), "Guest"),
		Licences:      licencesOf(u),
		Nickname:      str(u.GetMailNickname()),
		Addresses:     slices.Sorted(slices.Values(u.GetProxyAddresses())),
	}
	if t := u.GetEmployeeHireDate(); t != nil {
		a.HireDate = flows.DateOf(t.UTC())
	}
	if t := u.GetSignInSessionsValidFromDateTime(); t != nil {
		a.SessionsFrom = t.UTC()
	}
	if t := u.GetLastPasswordChangeDateTime(); t != nil {
		a.PasswordFrom = t.UTC()
	}
	if x := u.GetOnPremisesExtensionAttributes(); x != nil {
		a.Mark = str(x.GetExtensionAttribute15())
	}
	if o := u.GetEmployeeOrgData(); o != nil {
		a.CostCentre = str(o.GetCostCenter())
	}
	if m := u.GetManager(); m != nil {
		a.Manager = flows.AccountID(strings.ToLower(str(m.GetId())))
	}
	return a
}

// licencesOf lists what is held, once per source. assignedLicenses says what is held, licenseAssignmentStates by which group; a
// state that is in error (no seats, a missing plan) holds nothing, whatever its SKU.
func licencesOf(u models.Userable) []flows.Held {
	assigned := map[string]bool{}
	for _, l := range u.GetAssignedLicenses() {
		if id := l.GetSkuId(); id != nil {
			assigned[id.String()] = true
		}
	}
	var held []flows.Held
	sourced := map[string]bool{}
	for _, s := range u.GetLicenseAssignmentStates() {
		id := s.GetSkuId()
		if id == nil || !assigned[id.String()] || !strings.HasPrefix(str(s.GetState()), "Active") {
			continue
		}
		sourced[id.String()] = true
		held = append(held, flows.Held{SKU: id.String(), ByGroup: strings.ToLower(str(s.GetAssignedByGroup()))})
	}
	for id := range assigned {
		if !sourced[id] {
			held = append(held, flows.Held{SKU: id})
		}
	}
	slices.SortFunc(held, func(a, b flows.Held) int {
		return strings.Compare(a.SKU+a.ByGroup, b.SKU+b.ByGroup)
	})
	return held
}
