package flows

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What is read from the directory about the person of a draft, before a plan is made.

// joinerFacts fills in what the directory says about somebody who starts, and the plan made from it.
func (e *Engine) joinerFacts(ctx context.Context, d *Draft) (map[string]string, error) {
	ev := &d.Event
	mgr, err := e.World.FetchAccount(ctx, string(ev.Manager.ID))
	if CodeOf(err) == NotFound {
		return map[string]string{"manager": e.lang().Say("This person is not in the directory any more. Please choose another manager.")}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("fetch manager: %w", err)
	}
	ev.Manager = mgr.Person()
	if !mgr.Enabled || mgr.Guest {
		return map[string]string{"manager": e.lang().Say("%s has left or is blocked, so somebody else must be the manager.", mgr.Name)}, nil
	}
	if other, err := e.openCase(ctx, ev.Name(), d.By.ID); err != nil || other != "" {
		if err != nil {
			return nil, err
		}
		return map[string]string{"": e.lang().Say("There is already an open case for %s: %s. Finish that one first.", ev.Name(), string(other))}, nil
	}
	f := Facts{Manager: mgr, SKUs: map[string]SKU{}, Groups: map[string]Group{}}
	if err := e.route(ctx, &f, *d); err != nil {
		return nil, err
	}
	if f.Route.ID == "" {
		return map[string]string{"manager": e.lang().Say("%s may not decide on this event, and the policy names nobody else. Please choose another manager.", mgr.Name)}, nil
	}
	if problems, err := e.rehired(ctx, d, &f); err != nil || problems != nil {
		return problems, err
	}
	if ev.before() {
		f.UPN = f.Former.UPN
	} else if err := e.freeUPN(ctx, &f, *d); err != nil {
		return nil, err
	}
	needs := NeededNames(e.Policy, ev.Job)
	if err := e.holdings(ctx, &f, needs); err != nil {
		return nil, err
	}
	if err := e.holders(ctx, &f, e.Policy.Jobs[ev.Job].Elevated); err != nil {
		return nil, err
	}
	if err := e.governed(ctx, &f, JoinerFlow, RehireFlow); err != nil {
		return nil, err
	}
	people, err := e.behind(ctx, needs.People)
	if err != nil {
		return nil, err
	}
	if people[managerOfManager], err = e.above(ctx, mgr, nobodyID, 1); err != nil {
		return nil, err
	}
	d.Facts = f
	d.Plan, d.Warnings, err = PlanJoiner(*ev, e.Policy, f, people, e.Now())
	if err != nil {
		return nil, err
	}
	if ev.before() {
		var why []string
		if d.Plan, why, err = PlanRehire(d.Plan, *ev, e.Policy, f, e.Now()); err != nil {
			return nil, err
		}
		d.Warnings = append(why, d.Warnings...)
	}
	d.Warnings = append(f.broughtBack(e.lang(), *ev), d.Warnings...)
	if f.RouteWhy != "" {
		d.Warnings = append(d.Warnings, f.RouteWhy)
	}
	return nil, nil
}

// freeUPN takes the first sign-in name of the policy's rule that nobody holds or held.
func (e *Engine) freeUPN(ctx context.Context, f *Facts, d Draft) error {
	ev := d.Event
	promised, err := e.promisedNames(ctx)
	if err != nil {
		return err
	}
	maps.Copy(promised, d.promised)
	for _, upn := range e.Policy.Naming.Candidates(ev.Given, ev.Surname, e.Policy.Domain, 20) {
		holder, err := e.nameTaken(ctx, upn)
		if err != nil {
			return err
		}
		if holder == "" {
			holder = promised[strings.ToLower(upn)]
		}
		if holder == "" {
			f.UPN = upn
			return nil
		}
		f.UPNTaken = append(f.UPNTaken, e.lang().Say("%s is taken by %s", upn, holder))
	}
	return invalid(e.lang().Say("Every sign-in name that the policy's rule gives for %s is taken. Ask IT to add a pattern to the policy.", ev.Name()))
}

// holdings reads the groups and licences that the plan may give.
func (e *Engine) holdings(ctx context.Context, f *Facts, needs Needs) error {
	open, err := e.openBriefs(ctx)
	if err != nil {
		return fmt.Errorf("count promised seats: %w", err)
	}
	taken := promised(open)
	buyer, err := e.named(ctx, e.Policy.Licences.buyers())
	if err != nil {
		return err
	}
	if len(buyer) > 0 {
		f.Buyer = buyer[0]
	}
	skus, err := e.World.FetchSKUs(ctx)
	if err != nil {
		return fmt.Errorf("fetch licences: %w", err)
	}
	for _, s := range skus {
		if slices.ContainsFunc(needs.Licences, func(l string) bool { return strings.EqualFold(l, s.Part) }) {
			s.Promised = taken[strings.ToLower(s.ID)]
			f.SKUs[s.Part] = s
		}
	}
	for _, name := range needs.Groups {
		g, err := e.World.FindGroup(ctx, name)
		if CodeOf(err) == NotFound {
			return invalid(e.lang().Say("The policy names the group \"%s\", and the directory does not have it. Ask IT to mend the policy.", name))
		}
		if err != nil {
			return fmt.Errorf("fetch groups: %w", err)
		}
		f.Groups[name] = g
	}
	return nil
}

// holdersShown is how many holders of an elevated item are read; one more than a card names, to know that there are more.
const holdersShown = 6

// holders reads who else holds the elevated groups: an approver wants to know whom the person would join.
func (e *Engine) holders(ctx context.Context, f *Facts, elevated []Item) error {
	for _, it := range elevated {
		g, ok := f.Groups[it.Group+it.Team]
		if !ok {
			continue
		}
		now, err := e.World.Members(ctx, g.ID, holdersShown)
		if err != nil {
			return fmt.Errorf("fetch holders: %w", err)
		}
		if f.Holders == nil {
			f.Holders = map[string][]Person{}
		}
		f.Holders[g.ID] = now
	}
	return nil
}

// sameName finds accounts, live or deleted, with exactly the subject's name: possible rehires.
func (e *Engine) sameName(ctx context.Context, name string) ([]Account, error) {
	found, err := e.World.FindAccounts(ctx, name, 20)
	if err != nil {
		return nil, fmt.Errorf("find people of the same name: %w", err)
	}
	var same []Account
	for _, a := range found {
		if sameName(a.Name, name) {
			same = append(same, a)
		}
	}
	deleted, err := e.World.FindDeleted(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("find deleted people of the same name: %w", err)
	}
	return append(same, deleted...), nil
}

// behind finds the people whom the policy names on items; "" stands for everybody named with the role approver.
func (e *Engine) behind(ctx context.Context, who []string) (map[string][]Person, error) {
	approvers, err := e.named(ctx, e.Policy.Roles.Approver.People)
	if err != nil {
		return nil, err
	}
	out := map[string][]Person{"": approvers}
	for _, name := range who {
		role, isRole := strings.CutPrefix(name, rolePrefix)
		group, isGroup := strings.CutPrefix(name, groupPrefix)
		switch {
		case isRole:
			out[name], err = e.everyone(ctx, e.Policy.Roles.all()[Role(role)])
		case isGroup:
			out[name], err = e.everyone(ctx, Holders{Groups: []string{group}})
		default:
			out[name], err = e.named(ctx, []string{name})
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
