package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// appHoldings reads what the leaver may do besides being in groups, and whether Microsoft 365 can set the password. What a tenant has no
// licence for is not asked for.
func (e *Engine) appHoldings(ctx context.Context, f *Facts, skus []SKU) error {
	id := f.Subject.ID
	var err error
	if f.Apps, err = e.World.AppRoles(ctx, id); err != nil {
		return fmt.Errorf("fetch app roles: %w", err)
	}
	if f.Consents, err = e.World.Consents(ctx, id); err != nil {
		return fmt.Errorf("fetch consents: %w", err)
	}
	if _, domain, ok := strings.Cut(f.Subject.UPN, "@"); ok && !f.Subject.Guest && !f.Subject.Synced {
		if f.Federated, err = e.World.Federated(ctx, domain); err != nil {
			return fmt.Errorf("fetch domain: %w", err)
		}
	}
	if err := e.lastAdmin(ctx, f); err != nil {
		return err
	}
	if !slices.ContainsFunc(skus, func(s SKU) bool { return s.Governs }) {
		return nil
	}
	f.Packages, err = e.World.Packages(ctx, id)
	if err == nil {
		f.Requests, err = e.World.PackageRequests(ctx, id)
	}
	return f.unseen(err, e.lang().Say("Muster may not see access packages, so it takes none back."))
}

// unseen turns a refusal into a sentence for the summary: the plan is made all the same, and people know what it lacks.
func (f *Facts) unseen(err error, what string) error {
	if CodeOf(err) == Denied {
		f.Unseen = append(f.Unseen, what+" "+SayOf(err))
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at what the leaver may do: %w", err)
	}
	return nil
}

// lastAdmin finds out whether fewer than two enabled Global Administrators would be left (edge case 23).
func (e *Engine) lastAdmin(ctx context.Context, f *Facts) error {
	if !slices.ContainsFunc(f.Admin, func(role string) bool {
		return role == "Global Administrator" || strings.EqualFold(role, GlobalAdministrator)
	}) {
		return nil
	}
	admins, err := e.World.GlobalAdministrators(ctx)
	f.LastAdmin = err == nil && otherThan(admins, f.Subject.ID) < adminsLeft
	return f.unseen(err, e.lang().Say("Muster may not see who else is a Global Administrator. Make sure that two are left."))
}

// governed reads what the lines of workflows need of a tenant with Entra ID P2 or Governance: whether it has it, and the names of its own
// workflows that the policy runs. One that is not there is left out.
func (e *Engine) governed(ctx context.Context, f *Facts, workflows ...string) error {
	var lines []Line
	for _, name := range workflows {
		lines = append(lines, e.Policy.Workflows[name]...)
	}
	if !slices.ContainsFunc(lines, func(l Line) bool { return l.Task == RunLifecycleWorkflow || l.Task == RequestPackage }) {
		return nil
	}
	skus, err := e.World.FetchSKUs(ctx)
	if err != nil {
		return fmt.Errorf("fetch licences: %w", err)
	}
	f.Governed = slices.ContainsFunc(skus, func(s SKU) bool { return s.Governs })
	for _, l := range lines {
		if l.Task != RunLifecycleWorkflow || !f.Governed || f.Lifecycle[l.Workflow] != "" {
			continue
		}
		name, err := e.World.FetchWorkflow(ctx, l.Workflow)
		switch {
		case CodeOf(err) == NotFound:
			continue
		case err != nil:
			if err := f.unseen(err, e.lang().Say("Muster may not run lifecycle workflows.")); err != nil {
				return err
			}
			continue
		}
		if f.Lifecycle == nil {
			f.Lifecycle = map[string]string{}
		}
		f.Lifecycle[l.Workflow] = name
	}
	return nil
}
