package setup

import (
	"fmt"
	"slices"
	"strings"

	"muster/flows"
)

const consent = "Add it under App registrations › API permissions › Microsoft Graph › Application permissions, then press Grant admin consent; a new token has it within the hour."

// permissions compares what the policy needs with what the token has, and asks for the directory roles that Microsoft wants beside it.
func (r *round) permissions() {
	needed := map[string]bool{}
	grants := r.policy.Permissions()
	missing, wide := 0, []string{}
	for _, g := range grants {
		needed[g.Permission] = true
		for _, s := range g.Stronger() {
			needed[s] = needed[s] || !r.token.holds(g.Permission) // it stands in for the weaker one
		}
		exchange := g.Exchange()
		switch {
		case r.token.holds(g.Permission):
			if exchange {
				wide = append(wide, g.Permission)
			}
		case slices.ContainsFunc(g.Stronger(), r.token.holds):
		case exchange:
			r.warn(Permissions, fmt.Sprintf("%s is not in the token, which is right only if Exchange grants it. It is for %s.", g.Permission, strings.Join(g.For, ", ")),
				"Run Test-ServicePrincipalAuthorization in Exchange Online PowerShell, or consent to it in Entra for every mailbox.")
		default:
			missing++
			r.wrong(Permissions, fmt.Sprintf("%s is missing: %s cannot run.", g.Permission, strings.Join(g.For, ", ")), consent)
		}
	}
	for _, g := range flows.Useful() {
		needed[g.Permission] = true
	}
	for _, role := range r.token.Roles {
		if !needed[role] {
			r.warn(Permissions, role+" is granted and nothing in the policy needs it.", "Take it away under App registrations › API permissions.")
		}
	}
	if len(wide) > 0 {
		r.warn(Permissions, strings.Join(wide, ", ")+" reach every mailbox of the organisation.", "Grant them in Exchange for the mailboxes they are meant for (RBAC for Applications), and take them away in Entra.")
	}
	if missing == 0 {
		r.good(Permissions, "The token has the permissions that the policy needs (%d).", len(grants))
	}
	r.adminRoles(grants)
}

func (r *round) adminRoles(grants []flows.Grant) {
	held, err := r.client.OwnRoles(r.ctx, r.token.Object)
	if err != nil {
		r.warn(AdminRole, "The directory roles of Muster's app cannot be read: "+sentence(err), "Grant Directory.Read.All, or look under Roles and administrators.")
		return
	}
	const all = "Global Administrator"
	if slices.Contains(held, all) {
		r.warn(AdminRole, "Muster's app is Global Administrator, which it does not need.", "Take the role away under Roles and administrators.")
	}
	lacking := false
	for _, g := range grants {
		if g.Role == "" || !r.token.holds(g.Permission) || slices.ContainsFunc([]string{g.Role, "Privileged Authentication Administrator", all}, func(n string) bool { return slices.Contains(held, n) }) {
			continue
		}
		lacking = true
		r.wrong(AdminRole, fmt.Sprintf("The app has the permission %s but not the directory role %s: %s cannot run.", g.Permission, g.Role, strings.Join(g.For, ", ")),
			fmt.Sprintf("Assign the role %s to Muster's app under Roles and administrators.", g.Role))
	}
	if !lacking {
		r.good(AdminRole, "The app holds the directory roles that its permissions need.")
	}
}

// tenant asks whether the policy fits the tenant.
func (r *round) tenant() {
	found, err := flows.CheckTenant(r.ctx, r.client, r.policy)
	switch {
	case err != nil:
		r.wrong(Tenant, "The tenant cannot be asked for what the policy names: "+sentence(err), "Mend what stands above, then ask again.")
	case len(found) == 0:
		r.good(Tenant, "Every person, group and licence of the policy exists.")
	}
	for _, f := range found {
		r.wrong(Tenant, f+".", "Correct the name in the policy, or make it right in Microsoft 365.")
	}
	r.seats()
	r.domain()
	if len(r.policy.Leaver.Protected) == 0 {
		r.warn(Protected, "The policy protects no account.", "Write the break-glass accounts under leaver.protected, so that nobody can end them by mistake.")
	} else {
		r.good(Protected, "%d accounts are protected.", len(r.policy.Leaver.Protected))
	}
}

func (r *round) seats() {
	skus, err := r.client.FetchSKUs(r.ctx)
	if err != nil {
		r.wrong(Seats, "The licences cannot be read: "+sentence(err), "Grant LicenseAssignment.Read.All.")
		return
	}
	short := false
	for _, s := range skus {
		switch {
		case !r.policy.NamesLicence(s.Part):
		case s.Over > 0:
			short = true
			r.warn(Seats, fmt.Sprintf("%d more seats of %s are given out than are paid for.", s.Over, s.Part), "Buy seats, or take some back.")
		case s.Free == 0:
			short = true
			r.warn(Seats, fmt.Sprintf("No seat of %s is free: the next starter who gets it has to wait.", s.Part), "Buy a seat, or take one back.")
		}
	}
	if !short {
		r.good(Seats, "A seat is free of every licence that the policy names.")
	}
}

func (r *round) domain() {
	all, err := r.client.Domains(r.ctx)
	switch {
	case err != nil:
		r.wrong(Domain, "The domains cannot be read: "+sentence(err), "Grant Directory.Read.All.")
	case !slices.Contains(all, strings.ToLower(r.policy.Domain)):
		r.wrong(Domain, fmt.Sprintf("%s is not a verified domain of the tenant, so no account can be made.", r.policy.Domain), "Correct domain in the policy, or verify the domain in Microsoft 365.")
	default:
		r.good(Domain, "%s is a verified domain of the tenant.", r.policy.Domain)
	}
}

// passes compares the tenant's rules for Temporary Access Passes with what the policy asks for.
func (r *round) passes() {
	if !slices.ContainsFunc(r.policy.Permissions(), func(g flows.Grant) bool { return slices.Contains(g.For, string(flows.OfferPass)) }) {
		return
	}
	rules, err := r.client.PassRules(r.ctx)
	want := r.policy.Joiner.Credential
	const at = "Correct it under Authentication methods › Policies › Temporary Access Pass, or joiner.credential in the policy."
	switch {
	case flows.CodeOf(err) == flows.Denied:
		r.warn(Passes, "The tenant's rules for Temporary Access Passes cannot be read.", "Grant Policy.Read.AuthenticationMethod, or look under Authentication methods › Policies.")
	case err != nil:
		r.warn(Passes, "The tenant's rules for Temporary Access Passes cannot be read: "+sentence(err), "Ask again later.")
	case !rules.Enabled:
		r.wrong(Passes, "Temporary Access Passes are switched off in the tenant, so no starter gets a first sign-in.", "Enable them under Authentication methods › Policies › Temporary Access Pass.")
	case want.Minutes < rules.Shortest || want.Minutes > rules.Longest:
		r.wrong(Passes, fmt.Sprintf("The policy asks for passes of %d minutes, and the tenant allows %d to %d.", want.Minutes, rules.Shortest, rules.Longest), at)
	case want.Reuse && rules.Once:
		r.wrong(Passes, "The policy asks for passes that work more than once, and the tenant allows one use only.", at)
	default:
		r.good(Passes, "The tenant allows the Temporary Access Passes that the policy asks for.")
	}
}
