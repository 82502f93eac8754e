package flows

import (
	"context"
	"fmt"
	"slices"
)

// chainMost is how far up the tree of managers anybody is looked for; a longer one is a cycle that the directory let through.
const chainMost = 25

// nobodyID is the subject of an event about somebody who has no account yet.
const nobodyID AccountID = ""

// above are the people above somebody in the tree of managers, nearest first, at most most of them: enabled members of the organisation.
// The subject is left out, and so is everybody above the subject's own reports by way of the subject: whoever reports to somebody does not
// decide about them (edge case 13). Cycles and people who are their own manager end the walk.
func (e *Engine) above(ctx context.Context, a Account, subject AccountID, most int) ([]Person, error) {
	var out []Person
	seen := map[AccountID]bool{a.ID: true}
	for range chainMost {
		if a.Manager == "" || seen[a.Manager] || len(out) == most {
			break
		}
		seen[a.Manager] = true
		up, err := e.World.FetchAccount(ctx, string(a.Manager))
		if CodeOf(err) == NotFound {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("fetch the manager above: %w", err)
		}
		if a = up; !a.Enabled || a.Guest || a.ID == subject {
			continue
		}
		if below, err := e.reportsTo(ctx, a, subject); err != nil || below {
			if err != nil {
				return nil, err
			}
			continue
		}
		out = append(out, a.Person())
	}
	return out, nil
}

// reportsTo reports whether somebody is below the subject in the tree of managers, at whatever distance.
func (e *Engine) reportsTo(ctx context.Context, a Account, subject AccountID) (bool, error) {
	if subject == nobodyID {
		return false, nil
	}
	seen := map[AccountID]bool{a.ID: true}
	for range chainMost {
		switch {
		case a.Manager == subject:
			return true, nil
		case a.Manager == "" || seen[a.Manager]:
			return false, nil
		}
		seen[a.Manager] = true
		up, err := e.World.FetchAccount(ctx, string(a.Manager))
		if CodeOf(err) == NotFound {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("fetch the manager above: %w", err)
		}
		a = up
	}
	return false, nil
}

// notBelow leaves out the subject and everybody below the subject.
func (e *Engine) notBelow(ctx context.Context, ps []Person, subject AccountID) ([]Person, error) {
	if subject == nobodyID {
		return ps, nil
	}
	var out []Person
	for _, p := range ps {
		if p.ID == subject {
			continue
		}
		a, err := e.World.FetchAccount(ctx, string(p.ID))
		if CodeOf(err) == NotFound {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("fetch somebody who may decide: %w", err)
		}
		below, err := e.reportsTo(ctx, a, subject)
		if err != nil {
			return nil, err
		}
		if !below {
			out = append(out, p)
		}
	}
	return out, nil
}

// everyoneMost is how many members of a group are asked at most.
const everyoneMost = 20

// everyone are the enabled people of a role, those of its groups included.
func (e *Engine) everyone(ctx context.Context, h Holders) ([]Person, error) {
	out, err := e.named(ctx, h.People)
	if err != nil {
		return nil, err
	}
	for _, g := range h.Groups {
		id, err := e.groupID(ctx, g)
		if CodeOf(err) == NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		members, err := e.World.Members(ctx, id, everyoneMost)
		if err != nil {
			return nil, fmt.Errorf("fetch members of a group of the policy: %w", err)
		}
		var ids []string
		for _, p := range members {
			ids = append(ids, string(p.ID))
		}
		enabled, err := e.named(ctx, ids)
		if err != nil {
			return nil, err
		}
		out = withPeople(out, enabled...)
	}
	return out, nil
}

// chain is who decides in a manager's place, in the order in which they are asked: the managers above, in person; then by what they hold: the
// approvers given, the deputies, the owners. Nobody of without is among them, nor the subject, nor who reports to the subject.
func (e *Engine) chain(ctx context.Context, manager Account, subject AccountID, approvers []string, without ...AccountID) ([]Person, error) {
	found, err := e.above(ctx, manager, subject, chainMost)
	if err != nil {
		return nil, err
	}
	named, err := e.named(ctx, approvers)
	if err != nil {
		return nil, err
	}
	deputies, err := e.named(ctx, e.Policy.Fallback.Deputies)
	if err != nil {
		return nil, err
	}
	named = withPeople(Approver.asked(named), Deputy.asked(deputies)...)
	owners, err := e.everyone(ctx, e.Policy.Roles.Owner)
	if err != nil {
		return nil, err
	}
	named, err = e.notBelow(ctx, append(named, Owner.asked(owners)...), subject)
	if err != nil {
		return nil, err
	}
	found = withPeople(found, named...)
	return slices.DeleteFunc(slices.Clone(found), func(p Person) bool { return p.ID == manager.ID || slices.Contains(without, p.ID) }), nil
}

// route decides who is asked to confirm the access: the manager, unless the manager is the one who raises the event. The fallback is the
// first of those who decide in the manager's place.
func (e *Engine) route(ctx context.Context, f *Facts, d Draft) error {
	others, err := e.chain(ctx, f.Manager, d.Event.Subject.ID, e.Policy.Roles.Approver.People, d.By.ID)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		f.Fallback = others[0]
	}
	f.Route = f.Manager.Person()
	if f.Manager.ID == d.By.ID || f.Manager.ID == d.Event.Subject.ID && f.Manager.ID != "" {
		f.Route = f.Fallback
		if f.Route.ID != "" {
			f.RouteWhy = "You are the manager and raise this yourself, so " + f.Route.Name + " is asked to confirm the access."
		}
		if f.Route.ID != "" && f.Manager.ID != d.By.ID {
			f.RouteWhy = "Nobody decides about themselves, so " + f.Route.Name + " is asked to confirm the access."
		}
	}
	return nil
}
