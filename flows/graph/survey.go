package graph

import (
	"context"
	"strings"

	"muster/flows"
)

// Survey is a tenant as it is: whom it has, and what each holds. A first policy is drafted from it.
type Survey struct {
	Organisation string
	Country      string // of the organisation, ISO 3166; may be empty
	Domain       string // the default one, in lower case
	People       []Worker
	Groups       []Membership
	SKUs         []flows.SKU
}

// Worker is an account that signs in and is no guest.
type Worker struct {
	ID              flows.AccountID
	UPN             string
	Given, Surname  string
	Job, Department string
	Office, Country string   // Country is the usage location, ISO 3166
	Licences        []string // SKU ids that were given to the person, and not through a group
}

// Membership is a group with its direct members.
type Membership struct {
	flows.Group
	Members []flows.AccountID
}

// mostMembers of one group are read.
const mostMembers = 200_000

// Survey reads the tenant. It asks once for each group, so it takes minutes in a large tenant.
func (c *Client) Survey(ctx context.Context) (Survey, error) {
	var s Survey
	if err := c.organisation(ctx, &s); err != nil {
		return Survey{}, err
	}
	var err error
	if s.People, err = c.workers(ctx); err != nil {
		return Survey{}, err
	}
	if s.SKUs, err = c.FetchSKUs(ctx); err != nil {
		return Survey{}, err
	}
	type row struct {
		ID          string   `json:"id"`
		Name        string   `json:"displayName"`
		Types       []string `json:"groupTypes"`
		Mail        bool     `json:"mailEnabled"`
		Rule        string   `json:"membershipRule"`
		Role        bool     `json:"isAssignableToRole"`
		Synced      bool     `json:"onPremisesSyncEnabled"`
		Restricted  bool     `json:"isManagementRestricted"`
		Provisioned []string `json:"resourceProvisioningOptions"`
	}
	rows, err := restPages[row](ctx, c, "list groups", "/groups"+asked("$select", strings.Join(groupProperties(), ","), "$top", "999"))
	if err != nil {
		return Survey{}, err
	}
	has := func(list []string, what string) bool {
		for _, s := range list {
			if strings.EqualFold(s, what) {
				return true
			}
		}
		return false
	}
	for _, r := range rows {
		if r.ID == "" {
			return Survey{}, unreadable("list groups", "object id")
		}
		g := Membership{Group: flows.Group{ID: strings.ToLower(r.ID), Name: r.Name, Kind: flows.SecurityGroup, Team: has(r.Provisioned, "Team"), Rule: r.Rule}}
		switch unified := has(r.Types, "Unified"); { // in the order of kindOf
		case r.Synced:
			g.Kind = flows.SyncedGroup
		case has(r.Types, "DynamicMembership"):
			g.Kind = flows.DynamicGroup
		case r.Mail && !unified:
			g.Kind = flows.MailGroup
		case r.Role:
			g.Kind = flows.RoleGroup
		case r.Restricted:
			g.Kind = flows.RestrictedGroup
		case unified:
			g.Kind = flows.Microsoft365
		}
		people, err := c.Members(ctx, g.ID, mostMembers)
		if err != nil {
			return Survey{}, err
		}
		for _, p := range people {
			g.Members = append(g.Members, p.ID)
		}
		s.Groups = append(s.Groups, g)
	}
	return s, nil
}

func (c *Client) organisation(ctx context.Context, s *Survey) error {
	type row struct {
		Name    string `json:"displayName"`
		Country string `json:"countryLetterCode"`
		Domains []struct {
			Name    string `json:"name"`
			Default bool   `json:"isDefault"`
		} `json:"verifiedDomains"`
	}
	rows, err := restPages[row](ctx, c, "read the organisation", "/organization"+asked("$select", "displayName,countryLetterCode,verifiedDomains"))
	if err != nil {
		return err
	}
	if len(rows) != 1 {
		return unreadable("read the organisation", "organisation")
	}
	s.Organisation, s.Country = rows[0].Name, rows[0].Country
	for _, d := range rows[0].Domains {
		if d.Default {
			s.Domain = strings.ToLower(d.Name)
		}
	}
	return nil
}

func (c *Client) workers(ctx context.Context) ([]Worker, error) {
	type row struct {
		ID         string `json:"id"`
		UPN        string `json:"userPrincipalName"`
		Given      string `json:"givenName"`
		Surname    string `json:"surname"`
		Job        string `json:"jobTitle"`
		Department string `json:"department"`
		Office     string `json:"officeLocation"`
		Country    string `json:"usageLocation"`
		Enabled    bool   `json:"accountEnabled"`
		Type       string `json:"userType"`
		Licences   []struct {
			SKU string `json:"skuId"`
		} `json:"assignedLicenses"`
		States []struct {
			SKU   string `json:"skuId"`
			Group string `json:"assignedByGroup"`
		} `json:"licenseAssignmentStates"`
	}
	const properties = "id,userPrincipalName,givenName,surname,jobTitle,department,officeLocation,usageLocation,accountEnabled,userType,assignedLicenses,licenseAssignmentStates"
	rows, err := restPages[row](ctx, c, "list people", "/users"+asked("$select", properties, "$top", "999"))
	if err != nil {
		return nil, err
	}
	var all []Worker
	seen := map[string]bool{}
	for _, r := range rows {
		switch {
		case r.ID == "":
			return nil, unreadable("list people", "object id")
		case !r.Enabled || strings.EqualFold(r.Type, "Guest") || seen[r.ID]:
			continue
		}
		seen[r.ID] = true
		w := Worker{ID: flows.AccountID(strings.ToLower(r.ID)), UPN: r.UPN, Given: r.Given, Surname: r.Surname, Job: r.Job, Department: r.Department, Office: r.Office, Country: r.Country}
		for _, l := range r.Licences {
			own, known := false, false
			for _, st := range r.States {
				if strings.EqualFold(st.SKU, l.SKU) {
					known, own = true, own || st.Group == ""
				}
			}
			if own || !known {
				w.Licences = append(w.Licences, strings.ToLower(l.SKU))
			}
		}
		all = append(all, w)
	}
	return all, nil
}
