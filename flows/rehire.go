package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// The tasks of somebody who comes back to the account from before.
const (
	ReuseAccount TaskName = "reuse_account" // the account from before gets the details of the new job
	ClearAccess  TaskName = "clear_access"  // what it still holds from before and the approved plan does not give
)

// The keys of their steps.
const (
	clearKey      StepKey = "former:access"
	oldBlockKey   StepKey = "former:block"
	oldMethodsKey StepKey = "former:methods"
	oldPassword   StepKey = "former:password"
)

// otherPerson is the value of the form by which HR says that a starter is nobody of the same name.
const otherPerson = "other"

// rehired finds out whether a starter was here before (edge cases 4 to 7). Accounts of the same name, whether at work, blocked or deleted, and
// exits whose account is gone are put to HR: is this the same person? Muster never decides that by a name.
func (e *Engine) rehired(ctx context.Context, d *Draft, f *Facts) (map[string]string, error) {
	ev := &d.Event
	same, err := e.sameName(ctx, ev.Name())
	if err != nil {
		return nil, err
	}
	left, err := e.leftBefore(ctx, ev.Name(), same)
	if err != nil {
		return nil, err
	}
	f.Same = same
	before := inQuestion(same)
	switch {
	case ev.Former != "":
	case ev.FormerCase != "": // the account is gone; only the evidence is linked
		if problem := f.leftIn(e.lang(), ev, left); problem != nil {
			d.Facts.Same, d.Facts.Left = before, left
			return problem, nil
		}
		return nil, nil
	case len(before)+len(left) > 0 && !(ev.Other && d.Facts.wereShown(before, left)):
		ev.Other = false
		d.Facts.Same, d.Facts.Left = before, left
		return map[string]string{"former": e.samePerson(ctx, before, left)}, nil
	default:
		f.Left = left
		return nil, nil
	}
	i := slices.IndexFunc(before, func(a Account) bool { return a.ID == ev.Former })
	switch {
	case i < 0:
		d.Facts.Same, d.Facts.Left = before, left
		return map[string]string{"former": e.lang().Say("This account is neither blocked nor deleted any more. Please choose again.")}, nil
	case before[i].Enabled && !before[i].Deleted:
		d.Facts.Same, d.Facts.Left = before, left
		return map[string]string{"former": e.lang().Say("%s works here, so this is no new starter. Withdraw this and write \"mover\" for another job, or say that this is another person.", before[i].Name)}, nil
	}
	f.Former, f.Same = before[i], nil
	cases, err := e.Store.Cases(ctx, subjectKey(ev.Former))
	if err != nil {
		return nil, fmt.Errorf("look for the exit from before: %w", err)
	}
	d.Above, ev.FormerCase = nil, ""
	for _, c := range cases {
		switch {
		case c.Kind == LeaverEvent && c.gone():
			ev.FormerCase = c.ID
		case c.Over() || c.Kind == DeletionEvent:
		default:
			return map[string]string{"former": e.lang().Say("There is an open case about this account: %s. Finish or cancel that one first.", string(c.ID))}, nil
		}
		if !c.Over() && c.Rescinded == nil {
			d.Above = append(d.Above, c.ID)
		}
	}
	if !f.Former.Deleted {
		if f.Member, _, f.Admin, err = e.World.Holdings(ctx, ev.Former); err != nil {
			return nil, fmt.Errorf("fetch what the account holds: %w", err)
		}
	}
	return nil, nil
}

// before reports whether a joiner takes over the account from before.
func (e PeopleEvent) before() bool { return e.Kind == JoinerEvent && e.Former != "" }

// voids are the queue keys that a rehire takes out: nobody deletes the account of somebody who comes back.
func (e PeopleEvent) voids() []string {
	if !e.before() {
		return nil
	}
	return []string{deletionKey(e.Former)}
}

func lookReuse(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Event.Former))
	if err != nil {
		return sight{}, err
	}
	n := c.Plan.Account
	return sight{
		done: a.JobTitle == n.JobTitle && a.Department == n.Department && a.Office == n.Office && a.UsageLocation == n.UsageLocation, account: a.ID,
		text: c.Lang.Say("account %s, %s, %s, %s", a.UPN, enabledWord(c.Lang, a.Enabled), orNone(a.JobTitle), orNone(a.Department)),
	}, nil
}

func actReuse(ctx context.Context, h hands, c Case, _ Step) error {
	n := c.Plan.Account
	props := map[string]string{"jobTitle": n.JobTitle, "department": n.Department, "officeLocation": n.Office, "companyName": n.Company, "employeeType": n.Employee}
	if n.UsageLocation != "" {
		props["usageLocation"] = n.UsageLocation
	}
	return h.SetAttributes(ctx, c.Event.Former, props)
}

// leftover is what an account holds that the plan that may run does not give. What is elevated counts as given once it was signed off.
func leftover(ctx context.Context, h hands, c Case) (groups []Group, skus []string, over []string, err error) {
	given := map[string]bool{}
	for _, s := range c.Plan.Steps {
		if _, st, _ := c.Step(s.Key); (s.Choice != Elevated || c.SignOffs[s.Key].State == "approved") && st.State != StepAbandoned {
			given[s.Group], given[strings.ToLower(s.SKU)] = true, true
		}
	}
	member, _, _, err := h.Holdings(ctx, c.Account)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, g := range member {
		if g.Kind != DynamicGroup && !given[g.ID] {
			groups = append(groups, g)
		}
	}
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return nil, nil, nil, err
	}
	pools, err := h.FetchSKUs(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, l := range a.Licences {
		if l.ByGroup == "" && !given[strings.ToLower(l.SKU)] {
			skus = append(skus, l.SKU)
		}
		for _, k := range pools {
			if strings.EqualFold(k.ID, l.SKU) && k.Over > 0 {
				over = append(over, c.Lang.Say("%s is given out %s more than paid for", k.Part, count(c.Lang, k.Over, "time")))
			}
		}
	}
	return groups, skus, over, nil
}

func lookCleared(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	groups, skus, over, err := leftover(ctx, h, c)
	if err != nil {
		return sight{}, err
	}
	seats := ""
	if len(over) > 0 {
		seats = "; " + series(c.Lang, over)
	}
	if len(groups)+len(skus) == 0 {
		return sight{done: true, text: c.Lang.Say("holds nothing beyond the approved plan%s", seats)}, nil
	}
	var names []string
	for _, g := range groups {
		names = append(names, g.label())
	}
	text := c.Lang.Say("still holds %s of before", count(c.Lang, len(skus), "licence"))
	if len(names) > 0 {
		text += c.Lang.Say(" and is in %s", series(c.Lang, sorted(names)))
	}
	return sight{text: text + seats}, nil
}

// actClear takes away what Muster can; what people must take away is said at the end.
func actClear(ctx context.Context, h hands, c Case, _ Step) error {
	groups, skus, _, err := leftover(ctx, h, c)
	if err != nil {
		return err
	}
	if len(skus) > 0 {
		if err := h.AssignLicences(ctx, c.Account, nil, skus); err != nil {
			return err
		}
	}
	var foreign []string
	for _, g := range groups {
		switch {
		case g.writable() && g.Team:
			err = h.RemoveTeamMember(ctx, g.ID, c.Account)
		case g.writable():
			err = h.RemoveMember(ctx, g.ID, c.Account)
		default:
			foreign = append(foreign, c.Lang.Say("%s, which %s", g.label(), foreignWhy(c.Lang, g)))
		}
		if err != nil {
			return err
		}
	}
	if len(foreign) > 0 {
		return &Error{Code: Invalid, Say: c.Lang.Say("The account is still in %s. Take it out there, then retry.", series(c.Lang, sorted(foreign)))}
	}
	return nil
}
