package flows

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// beginMover makes a mover's draft from a sentence.
func (e *Engine) beginMover(ctx context.Context, t Turn, cmd Command) Draft {
	s := ReadMover(cmd.Rest, e.Policy, e.today())
	d := e.newDraft(t, cmd.Rest, s, PeopleEvent{Kind: MoverEvent, Job: s.Job, Site: s.Site, Start: s.Start, End: s.End, CostCentre: s.CostCentre, Handover: e.Policy.Mover.Handover})
	if s.Handover != "" {
		d.Event.Handover, _ = strconv.Atoi(s.Handover) // read as a number
	}
	if cmd.Name == CmdSecondment && s.End == "" && d.Problems["end"] == "" {
		d.Problems["end"] = e.lang().Say("Choose the last day of the secondment.")
	}
	d.ManagerText, d.SubjectText = s.ManagerText, s.SubjectText
	if d.SubjectText != "" {
		e.findSubject(ctx, &d)
	}
	if d.ManagerText != "" {
		e.findManager(ctx, &d)
	}
	return d
}

// readMover reads the mover's form.
func (e *Engine) readMover(t Turn, d Draft) (PeopleEvent, map[string]string) {
	in := func(k string) string { return strings.Join(strings.Fields(t.Inputs[k]), " ") }
	ev := PeopleEvent{
		Kind: MoverEvent, Job: in("job"), Site: in("site"), Start: Date(in("start")), End: Date(in("end")), CostCentre: in("cost_centre"),
		Notes: strings.TrimSpace(t.Inputs["notes"]), Handover: e.Policy.Mover.Handover,
		Subject: picked(in("subject"), d.Subjects), Manager: picked(in("manager"), append(clip(d.Managers), d.Facts.Manager)),
	}
	if n := in("handover_days"); n != "" {
		days, err := strconv.Atoi(n)
		if err != nil {
			days = -1
		}
		ev.Handover = days
	}
	return ev, CheckMover(ev, e.Policy, e.today())
}

// moverFacts fills in what the directory says about somebody who moves, and the plan made from it.
func (e *Engine) moverFacts(ctx context.Context, d *Draft) (map[string]string, error) {
	ev := &d.Event
	a, problems, err := e.subjectOf(ctx, d, e.lang().Say("You cannot raise your own move just now. Ask a colleague in HR."), true)
	switch {
	case err != nil || problems != nil:
		return problems, err
	case !a.Enabled:
		return map[string]string{"subject": e.lang().Say("The sign-in of %s is blocked. Check that this is the right person.", a.Name)}, nil
	case a.Guest:
		return map[string]string{"subject": e.lang().Say("%s is a guest and holds no job here.", a.Name)}, nil
	}
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
	if ev.Site == "" {
		ev.Site = e.siteOf(a)
	}
	if ev.Site == "" {
		return map[string]string{"site": e.lang().Say("Please choose the site: it decides the office and the time zone of the change.")}, nil
	}
	f := Facts{Subject: a, Manager: mgr, UPN: a.UPN, OldJob: e.Policy.jobOf(a), MostKept: e.Policy.Limits.MostKept, SKUs: map[string]SKU{}, Groups: map[string]Group{}}
	d.Confirmers = nil
	if a.ID == d.By.ID {
		if d.Confirmers, err = e.confirmers(ctx, a); err != nil {
			return nil, err
		}
		if len(d.Confirmers) == 0 {
			return map[string]string{"": e.lang().Say("This is your own move, and there is nobody else in HR who could confirm it. Ask an owner.")}, nil
		}
	}
	if err := e.keys(ctx, &f, *d); err != nil {
		return nil, err
	}
	if f.Route.ID == "" {
		return map[string]string{"manager": e.lang().Say("%s may not decide on this event, and the policy names nobody else. Please choose another manager.", mgr.Name)}, nil
	}
	people, err := e.moverHoldings(ctx, &f, *ev)
	if err != nil {
		return nil, err
	}
	if err := e.governed(ctx, &f, MoverFlow, SecondmentFlow); err != nil {
		return nil, err
	}
	d.Facts = f
	d.Plan, d.Warnings, err = PlanMover(*ev, e.Policy, f, people, e.Now())
	if err != nil {
		return nil, err
	}
	if f.RouteWhy != "" {
		d.Warnings = append(d.Warnings, f.RouteWhy)
	}
	return nil, nil
}

// jobOf is the job profile whose title and department the account has; empty when none or several fit.
func (p *Policy) jobOf(a Account) string {
	found := ""
	for name, j := range p.Jobs {
		if a.JobTitle == "" || plain(orElse(j.Title, name)) != plain(a.JobTitle) || plain(j.Department) != plain(a.Department) {
			continue
		}
		if found != "" {
			return ""
		}
		found = name
	}
	return found
}

// confirmers are the people who may confirm the move of somebody of HR in their place: others of HR, or else the manager.
func (e *Engine) confirmers(ctx context.Context, a Account) ([]Person, error) {
	h := e.Policy.Roles.HR
	all, err := e.named(ctx, h.People)
	if err != nil {
		return nil, err
	}
	for _, g := range h.Groups {
		id, err := e.groupID(ctx, g)
		if err != nil {
			return nil, err
		}
		members, err := e.World.Members(ctx, id, secondsMost)
		if err != nil {
			return nil, fmt.Errorf("fetch members of a role's group: %w", err)
		}
		all = append(all, members...)
	}
	var out []Person
	for _, p := range all {
		if p.ID != a.ID && !holds(out, p.ID) && len(out) < secondsMost {
			out = append(out, p)
		}
	}
	if len(out) == 0 && a.Manager != "" {
		up, err := e.named(ctx, []string{string(a.Manager)})
		if err != nil {
			return nil, err
		}
		out = up
	}
	return out, nil
}

// keys decides who holds the two keys: the receiving manager confirms what comes, the releasing one decides what goes. Who raises the event
// and whom it is about never do; then it is the manager's manager, an approver or an owner.
func (e *Engine) keys(ctx context.Context, f *Facts, d Draft) error {
	barred := func(id AccountID) bool {
		return id == "" || id == f.Subject.ID || id == d.By.ID || holds(d.Confirmers, id)
	}
	without := []AccountID{d.By.ID}
	for _, p := range d.Confirmers {
		without = append(without, p.ID)
	}
	pick := func(of Account) (Person, error) {
		people, err := e.chain(ctx, of, f.Subject.ID, e.Policy.Roles.Approver.People, without...)
		if err != nil || len(people) == 0 {
			return Person{}, err
		}
		return people[0], nil
	}
	var err error
	if f.Fallback, err = pick(f.Manager); err != nil {
		return err
	}
	below, err := e.reportsTo(ctx, f.Manager, f.Subject.ID)
	if err != nil {
		return err
	}
	f.Route = f.Manager.Person()
	if below || barred(f.Manager.ID) {
		f.Route = f.Fallback
		f.RouteWhy = e.lang().Say("%s has another part in this event, so %s is asked to confirm what comes.", f.Manager.Name, f.Route.Name)
	}
	return e.releasing(ctx, f, barred, pick)
}

// releasing finds who decides what goes: the manager in the directory, or whoever stands in.
func (e *Engine) releasing(ctx context.Context, f *Facts, barred func(AccountID) bool, pick func(Account) (Person, error)) error {
	if f.Subject.Manager == "" {
		f.Joint, f.ReleasingWhy = true, e.lang().Say("%s has no manager in the directory, so %s also decides what goes.", f.Subject.Name, f.Route.Name)
		return nil
	}
	old, err := e.World.FetchAccount(ctx, string(f.Subject.Manager))
	if err != nil && CodeOf(err) != NotFound {
		return fmt.Errorf("fetch releasing manager: %w", err)
	}
	below, berr := e.reportsTo(ctx, old, f.Subject.ID)
	if berr != nil {
		return berr
	}
	if err == nil && old.Enabled && !below && !barred(old.ID) {
		f.Releasing = old.Person()
	} else {
		if f.Releasing, err = pick(old); err != nil {
			return err
		}
		f.ReleasingWhy = e.lang().Say("The manager in the directory cannot decide on this, so %s is asked what goes.", orElse(f.Releasing.Name, f.Route.Name))
	}
	if f.Releasing.ID == "" || f.Releasing.ID == f.Route.ID {
		f.Joint = true
	}
	return nil
}

// moverHoldings reads what the mover holds and what both jobs give, and the people whom the policy names on it.
func (e *Engine) moverHoldings(ctx context.Context, f *Facts, ev PeopleEvent) (map[string][]Person, error) {
	needs, old := NeededNames(e.Policy, ev.Job), NeededNames(e.Policy, f.OldJob)
	if err := e.holdings(ctx, f, needs); err != nil {
		return nil, err
	}
	if err := e.holders(ctx, f, e.Policy.Jobs[ev.Job].Elevated); err != nil {
		return nil, err
	}
	skus, err := e.World.FetchSKUs(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetch licences: %w", err)
	}
	for _, s := range skus {
		if slices.ContainsFunc(f.Subject.Licences, func(h Held) bool { return strings.EqualFold(h.SKU, s.ID) }) {
			f.SKUs[s.Part] = s
		}
	}
	member, owned, roles, err := e.World.Holdings(ctx, f.Subject.ID)
	if err != nil {
		return nil, fmt.Errorf("fetch what the mover holds: %w", err)
	}
	f.Member, f.Admin = member, roles
	for _, g := range owned {
		owners, err := e.World.Owners(ctx, g.ID)
		if err != nil {
			return nil, fmt.Errorf("fetch owners: %w", err)
		}
		f.Owned = append(f.Owned, Owned{Group: g, Last: len(owners) == 1 && owners[0] == f.Subject.ID})
	}
	if f.Reports, err = e.World.Reports(ctx, f.Subject.ID); err != nil {
		return nil, fmt.Errorf("fetch reports: %w", err)
	}
	people, err := e.behind(ctx, slices.Concat(needs.People, old.People))
	if err != nil {
		return nil, err
	}
	people[managerOfManager], err = e.above(ctx, f.Manager, f.Subject.ID, 1)
	return people, err
}

// mayConfirmFor reports whether somebody may confirm or withdraw a draft that another wrote about themselves.
func (d Draft) mayConfirmFor(by AccountID, verb string) bool {
	return d.State == DraftSummary && holds(d.Confirmers, by) && (verb == VerbConfirm || verb == VerbWithdraw)
}

// stillConfirms reports whether somebody who is not of HR may still confirm in the writer's place: their manager, while there is nobody else
// in HR. Who was asked when they were of HR is asked no more.
func (e *Engine) stillConfirms(ctx context.Context, d Draft, by AccountID) (bool, error) {
	a, err := e.World.FetchAccount(ctx, string(d.By.ID))
	if CodeOf(err) == NotFound {
		return false, nil
	}
	if err != nil {
		return false, unsure(e.lang(), err)
	}
	now, err := e.confirmers(ctx, a)
	if err != nil {
		return false, unsure(e.lang(), err)
	}
	return holds(now, by), nil
}

// DraftSlots are the cards that a draft lives in: the writer's, and those of the people who may confirm it in the writer's place.
func DraftSlots(d Draft) []Slot {
	out := []Slot{DraftSlot(d)}
	for _, p := range d.Confirmers {
		out = append(out, Slot{Case: CaseID(d.ID), Card: CardDraft, To: Recipient{Person: p.ID}})
	}
	return out
}

// releaseBy is when the silence of the releasing manager decides: some working days from now, but no later than the change, so that nothing
// that comes is held up; a working day at least.
func (e *Engine) releaseBy(ev PeopleEvent, site Site, now time.Time) time.Time {
	loc, err := site.Location()
	if ev.Kind != MoverEvent || err != nil {
		return time.Time{}
	}
	hour, minute := clockOr(site.Closes, closesDefault)
	by := site.AddWorkingDays(DateOf(now.In(loc)), e.Policy.Mover.Silence).At(loc, hour, minute)
	hour, minute = clockOr(e.Policy.Mover.At, moveAtDefault)
	if change := ev.Start.At(loc, hour, minute); change.Before(by) {
		by = later(change, site.AddWorkingHours(now, 8))
	}
	return by.UTC()
}
