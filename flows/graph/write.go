package graph

import (
	"context"
	"errors"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"muster/flows"
)

// CreateAccount creates a disabled account with a long random password that nobody learns. A clash is a Conflict error.
//
// The request is sent once. When its answer is lost, an account may exist: the caller looks for the UPN, and the mark tells its own
// account from somebody else's. The mark is kept in extensionAttribute15, on the assumption that the tenant leaves this one free: it
// can be written when an account is created, is shown in the admin centre, and needs no schema extension; employeeId, the other
// candidate, belongs to HR.
func (c *Client) CreateAccount(ctx context.Context, a flows.NewAccount) (flows.AccountID, error) {
	nick, _, ok := strings.Cut(a.UPN, "@")
	if !ok || nick == "" || a.Name == "" {
		return "", refuse("An account needs a sign-in name with a domain, and a display name.")
	}
	password, err := c.password()
	if err != nil {
		return "", &flows.Error{Code: flows.Internal, Say: sayUnsent, Err: errors.New("create account: no random password could be made")}
	}
	u := models.NewUser()
	off, change := false, true
	u.SetAccountEnabled(&off)
	u.SetUserPrincipalName(&a.UPN)
	u.SetMailNickname(&nick)
	u.SetDisplayName(&a.Name)
	u.SetGivenName(given(a.Given))
	u.SetSurname(given(a.Surname))
	u.SetJobTitle(given(a.JobTitle))
	u.SetDepartment(given(a.Department))
	u.SetOfficeLocation(given(a.Office))
	u.SetCompanyName(given(a.Company))
	u.SetEmployeeType(given(a.Employee))
	u.SetUsageLocation(given(a.UsageLocation))
	if a.HireDate != "" {
		day := a.HireDate.Time()
		if day.IsZero() {
			return "", refuse("The start date is not a date.")
		}
		u.SetEmployeeHireDate(&day)
	}
	if a.CostCentre != "" {
		org := models.NewEmployeeOrgData()
		org.SetCostCenter(&a.CostCentre)
		u.SetEmployeeOrgData(org)
	}
	if a.Mark != "" {
		x := models.NewOnPremisesExtensionAttributes()
		x.SetExtensionAttribute15(&a.Mark)
		u.SetOnPremisesExtensionAttributes(x)
	}
	profile := models.NewPasswordProfile()
	profile.SetPassword(&password)
	profile.SetForceChangePasswordNextSignIn(&change)
	u.SetPasswordProfile(profile)
	made, err := fetch(ctx, c, "create account", func(ctx context.Context) (models.Userable, error) {
		return c.users().Post(ctx, u, nil)
	})
	if err != nil {
		return "", err
	}
	id := strings.ToLower(str(made.GetId()))
	if !guid(id) {
		return "", unreadable("create account", "object id")
	}
	return flows.AccountID(id), nil
}

// SetManager points the account at its manager. A PATCH cannot do it.
func (c *Client) SetManager(ctx context.Context, id, manager flows.AccountID) error {
	if err := named(id, manager); err != nil {
		return err
	}
	body := models.NewReferenceUpdate()
	body.SetOdataId(c.ref(string(manager)))
	return c.do(ctx, "set manager", func(ctx context.Context) error {
		return c.user(string(id)).Manager().Ref().Put(ctx, body, nil)
	})
}

// SetEnabled allows or blocks sign-in, in a PATCH of its own: together with anything that is refused, it would be refused too.
func (c *Client) SetEnabled(ctx context.Context, id flows.AccountID, on bool) error {
	if err := named(id); err != nil {
		return err
	}
	u := models.NewUser()
	u.SetAccountEnabled(&on)
	return c.patch(ctx, "set sign-in of account", id, u)
}

// SetAttributes changes only the named properties; "" clears. Properties that are sensitive, that a licence or the mailbox hangs on,
// or that Graph cannot change in the same PATCH are refused.
func (c *Client) SetAttributes(ctx context.Context, id flows.AccountID, props map[string]string) error {
	if err := named(id); err != nil {
		return err
	}
	if len(props) == 0 {
		return nil
	}
	// A model cannot hold null: its setters take nil for "not given". Additional data can, and a fresh user sends nothing else.
	data := map[string]any{}
	u := models.NewUser()
	for name, value := range props {
		clearable, known := settable(name)
		switch {
		case name == costCentre:
			org, err := c.orgData(ctx, id, value)
			if err != nil {
				return err
			}
			u.SetEmployeeOrgData(org)
		case !known:
			return refuse("Muster does not change the property " + word(name) + ".")
		case value != "":
			data[name] = &value
		case !clearable:
			return refuse("The property " + name + " cannot be empty.")
		default:
			data[name] = nil
		}
	}
	u.SetAdditionalData(data)
	return c.patch(ctx, "set attributes of account", id, u)
}

// costCentre is set as part of employeeOrgData.
const costCentre = "costCenter"

// orgData is employeeOrgData with another cost centre. What is left out of it becomes null (reference/graph.md 2.9), so the division is read
// first and sent along.
func (c *Client) orgData(ctx context.Context, id flows.AccountID, value string) (models.EmployeeOrgDataable, error) {
	now, err := fetch(ctx, c, "read division of account", func(ctx context.Context) (models.Userable, error) {
		return c.user(string(id)).Get(ctx, &users.UserItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &users.UserItemRequestBuilderGetQueryParameters{Select: []string{"id", "employeeOrgData"}},
		})
	})
	if err != nil {
		return nil, err
	}
	org := models.NewEmployeeOrgData()
	org.SetCostCenter(given(value))
	if was := now.GetEmployeeOrgData(); was != nil {
		org.SetDivision(was.GetDivision())
	}
	return org, nil
}

// settable lists the plain text properties of a user that Muster writes.
func settable(name string) (clearable, known bool) {
	switch name {
	case "displayName", "mailNickname", "usageLocation":
		return false, true
	case "city", "companyName", "country", "department", "employeeId", "employeeType", "givenName", "jobTitle", "officeLocation",
		"postalCode", "preferredLanguage", "state", "streetAddress", "surname":
		return true, true
	}
	return false, false
}

// patch sends a user that was made for it. One that was fetched would be sent whole, or not at all (reference/graph.md 5.5).
func (c *Client) patch(ctx context.Context, op string, id flows.AccountID, fresh models.Userable) error {
	return c.do(ctx, op, func(ctx context.Context) error {
		_, err := c.user(string(id)).Patch(ctx, fresh, nil)
		return err
	})
}

// named refuses ids that are not object ids, before they become part of an address.
func named(ids ...flows.AccountID) error {
	for _, id := range ids {
		if !guid(string(id)) {
			return refuse("An account is not named by its object id.")
		}
	}
	return nil
}
