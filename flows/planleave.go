package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The tasks and the choice that only a leave has.
const (
	AwaitReturn TaskName = "await_return" // HR says when the person returns, while that is open
	AskReturn   TaskName = "ask_return"   // the manager confirms the access again before the return

	// Confirmed is access that the person has: offered ticked before a return, and taken away when it is not ticked.
	Confirmed Choice = "held"
)

// The keys of a leave's steps. What comes back with the return begins with returnPrefix.
const (
	leaveKey     StepKey = "leave"
	leaveBlock   StepKey = "leave:block"
	leaveRevoke  StepKey = "leave:revoke"
	leaveReply   StepKey = "leave:reply"
	awaitKey     StepKey = "leave:return_open"
	askReturnKey StepKey = "return:ask"
	openKey      StepKey = "return:open"
	returnReply  StepKey = "return:reply"

	returnPrefix = "return:"
)

// PlanLeave makes the plan of a leave: what happens on the first day, and, where the return is known, what happens before it and on it.
// people holds who stands behind the approvers of elevated items, and behind "" everybody with the role approver. Nothing is taken out of
// groups except elevated ones. The sentences are warnings for HR. Same input, same bytes. A protected account is refused.
func PlanLeave(e PeopleEvent, p *Policy, f Facts, people map[string][]Person, now time.Time) (Plan, []string, error) {
	site, known := p.Sites[e.Site]
	switch {
	case !known:
		return Plan{}, nil, invalid("The policy has no site called \"" + e.Site + "\".")
	case f.Subject.ID == "" || f.Subject.ID != e.Subject.ID:
		return Plan{}, nil, invalid("Nobody is chosen who is away.")
	case p.IsProtected(f.Subject):
		return Plan{}, nil, deny("The policy protects this account: Muster never touches it. Ask an owner.")
	case f.Route.ID == "" || f.Route.ID == f.Subject.ID:
		return Plan{}, nil, invalid("Nobody is there to confirm the access before the return.")
	}
	base, err := newPlanner(e, p, f, now)
	if err != nil {
		return Plan{}, nil, fmt.Errorf("plan leave at site %s: %w", e.Site, err)
	}
	hour, minute := clockOr(site.Opens, opensDefault)
	base.people, base.anchors[atStart] = people, e.Start.At(base.zone, hour, minute)
	if err := base.run(LeaveFlow); err != nil {
		return Plan{}, nil, err
	}
	l := base.leaving()
	plan := Plan{Manager: f.Manager.ID, Steps: base.steps, Policy: p.Hash()}
	if e.End != "" {
		if plan, err = planReturn(plan, e, p, f, site); err != nil {
			return Plan{}, nil, err
		}
	} else {
		review := e.Start.AddDays(p.Leave.Review).At(base.zone, hour, minute)
		plan.Steps = append(plan.Steps, Step{Key: awaitKey, Task: AwaitReturn, Title: "Say when " + l.name + " returns", Due: review.UTC(), Choice: Fixed, Owner: string(HR)})
	}
	return plan, slices.Concat(l.notices(now), base.warnings), nil
}

// planAway are the steps of the first day of a leave.
func planAway(p *planner, _ Line) ([]Step, error) {
	l := p.leaving()
	l.away()
	return p.joined(l.steps, l.warnings), nil
}

// leaving gathers the steps of a leave.
func (p *planner) leaving() leavePlanner {
	return leavePlanner{event: p.event, policy: p.policy, facts: p.facts, people: p.people, site: p.site, zone: p.zone, start: p.anchors[atStart], name: p.facts.Subject.Name}
}

type leavePlanner struct {
	event    PeopleEvent
	policy   *Policy
	facts    Facts
	people   map[string][]Person
	site     Site
	zone     *time.Location
	start    time.Time
	name     string
	steps    []Step
	warnings []string
}

func (l *leavePlanner) add(s Step) {
	s.Due, s.Choice = s.Due.UTC(), Fixed
	l.steps = append(l.steps, s)
}

func (l *leavePlanner) warn(format string, args ...any) {
	l.warnings = append(l.warnings, fmt.Sprintf(format, args...))
}

// away is what happens on the first day, and later while the person is away.
func (l *leavePlanner) away() {
	until, standIn := ", with no day of return yet", ""
	if l.event.End != "" {
		until = " until " + l.event.End.Say()
	}
	if p := l.event.StandIn; p.ID != "" {
		standIn = " Approvals that were with " + l.name + " go to " + orElse(p.Name, p.UPN) + "."
	}
	manager := l.facts.Manager.Person()
	l.add(Step{Key: leaveKey, Task: TellPerson, Title: "Tell " + orElse(manager.Name, "the manager") + " that the leave begins", Due: l.start, Person: manager, Text: l.name + " is on leave from today" + until + "." + standIn})
	if l.event.SignIn == signInBlock {
		l.block()
	}
	text := replyWith(l.name, orElse(l.event.StandIn.Name, l.facts.Manager.Name), l.policy.Organisation).Replace(l.event.Reply)
	switch {
	case strings.TrimSpace(text) == "":
	case l.facts.Mailbox:
		l.add(Step{Key: leaveReply, Task: SetReply, Title: "Set the automatic reply", Due: l.start, Text: text, Until: returnReply})
	default:
		l.warn("%s has no mailbox that Muster can reach, so no automatic reply is set.", l.name)
	}
	for _, g := range l.elevated() {
		l.suspend(g)
	}
	if l.event.Licences == licencesRelease {
		l.release()
	}
}

// What HR chooses on the form of a leave.
const (
	signInBlock     = "block"
	signInKeep      = "keep"
	licencesKeep    = "keep"
	licencesRelease = "release"
)

func (l *leavePlanner) block() {
	a := l.facts.Subject
	because := l.facts.privileged()
	if a.Synced {
		because = "comes from the on-premises directory"
	}
	if because != "" {
		s := byHand(Step{Key: leaveBlock, Due: l.start, Name: "Sign-in", Until: openKey}, "Block the sign-in of "+l.name,
			l.name+" "+because+", so a person does this. "+where(a)+" disable the account "+a.UPN+". Press Done: Muster looks whether the sign-in is blocked.", "Becomes a task for IT: "+l.name+" "+because+".")
		s.Look = lookBlocked
		l.add(s)
		l.warn("%s %s: blocking the sign-in and opening it again become tasks for IT.", l.name, because)
	} else {
		l.add(Step{Key: leaveBlock, Task: BlockSignIn, Title: "Block the sign-in", Due: l.start, Name: "Sign-in", Until: openKey})
	}
	l.add(Step{Key: leaveRevoke, Task: RevokeSessions, Title: "End the sessions", Due: l.start, After: []StepKey{leaveBlock}})
}

// where people change the sign-in of an account that Muster cannot change.
func where(a Account) string {
	if a.Synced {
		return "In Active Directory Users and Computers,"
	}
	return "As Privileged Authentication Administrator or Global Administrator, in the Entra admin centre, Users, Edit properties, Settings,"
}

// suspended is an elevated group that the person is in, with who signs it off.
type suspended struct {
	Group
	item Item
}

// elevated are the groups of the person that a profile gives as elevated only, each once, in order.
func (l *leavePlanner) elevated() []suspended {
	var out []suspended
	for _, g := range l.facts.Member {
		for _, it := range l.policy.elevatedItems() {
			if name := it.Group + it.Team; name != "" && (strings.EqualFold(name, g.ID) || plain(name) == plain(g.Name)) {
				out = append(out, suspended{g, it})
				break
			}
		}
	}
	slices.SortFunc(out, func(a, b suspended) int {
		return cmp.Or(cmp.Compare(plain(a.Name), plain(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(out, func(a, b suspended) bool { return a.ID == b.ID })
}

// elevatedItems are the elevated entitlements of all job profiles, in an order that does not change.
func (p *Policy) elevatedItems() []Item {
	var out []Item
	names := make([]string, 0, len(p.Jobs))
	for name := range p.Jobs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out = append(out, p.Jobs[name].Elevated...)
	}
	return out
}

// suspend takes the person out of an elevated group for the time of the leave. It never comes back by itself.
func (l *leavePlanner) suspend(g suspended) {
	s := Step{Key: StepKey("suspend:" + g.label()), Due: l.start, Group: g.ID, Name: orElse(g.item.Name, g.label()), Until: StepKey(returnPrefix + "elevated:" + g.label()), Approvers: slices.Clone(l.people[g.item.Approver]), Named: g.item.Approver != ""}
	if g.Team {
		s.Task, s.Title = RemoveFromTeam, "Suspend "+s.Name
	} else {
		s.Task, s.Title = RemoveFromGroup, "Suspend "+s.Name
	}
	if !g.writable() {
		place, how := foreignPlace(g.Group, "Members", "remove "+l.facts.Subject.UPN)
		s = byHand(s, "Suspend "+s.Name+" of "+l.name+place, how+" Press Done: Muster looks whether it worked.", "Becomes a task for IT: "+g.label()+" "+foreignWhy(g.Group)+".")
	}
	s.Note = strings.TrimSpace(s.Note + " Elevated: comes back only when the manager asks for it and an approver signs it off.")
	l.add(s)
	l.warn("%s is elevated: it is suspended during the leave and never comes back by itself.", s.Name)
}

// release takes back what the person holds in their own right, some days into the leave. The mailbox would be lost without the hold.
func (l *leavePlanner) release() {
	due := l.start.AddDate(0, 0, l.event.ReleaseAfter)
	held := slices.Clone(l.facts.Subject.Licences)
	slices.SortFunc(held, func(a, b Held) int { return cmp.Or(cmp.Compare(a.SKU, b.SKU), cmp.Compare(a.ByGroup, b.ByGroup)) })
	var after []StepKey
	if l.event.SignIn == signInBlock {
		after = []StepKey{leaveBlock}
	}
	for _, h := range held {
		part := l.facts.part(h.SKU)
		name := l.policy.licenceName(part)
		if h.ByGroup != "" {
			l.warn("The licence %s comes with a group and stays: nothing is taken out of groups during a leave.", name)
			continue
		}
		l.add(Step{Key: StepKey("licence:" + part), Task: RemoveLicence, Title: "Release " + name, Due: due, After: after, Name: name, SKU: h.SKU, Until: StepKey(returnPrefix + "licence:" + part)})
	}
	l.warn("Licences are released on %s. Microsoft deletes a mailbox some 30 days after its licence is gone.", DateOf(due.In(l.zone)).Say())
}

// part is the part number of a licence, or its id when the organisation does not list it.
func (f Facts) part(sku string) string {
	for _, s := range f.SKUs {
		if strings.EqualFold(s.ID, sku) {
			return s.Part
		}
	}
	return strings.ToLower(sku)
}

func (l *leavePlanner) notices(now time.Time) []string {
	var out []string
	if l.start.Before(now) {
		out = append(out, "The leave began on "+l.event.Start.Say()+". What is due is done as soon as you confirm.")
	}
	if l.event.End == "" {
		out = append(out, "There is no day of return yet: write \"return\" with the case's reference and a date as soon as it is known. You are asked on "+l.event.Start.AddDays(l.policy.Leave.Review).Say()+".")
	}
	return out
}

// returnDay is the first working day after the last day of a leave.
func returnDay(end Date, site Site) Date { return site.AddWorkingDays(end, 1) }

// planReturn completes the plan of a leave with what happens before the return and on it, from what the plan takes away. A return that was
// planned before is replaced; what would only be taken away after the return is left out.
func planReturn(plan Plan, e PeopleEvent, p *Policy, f Facts, site Site) (Plan, error) {
	day := returnDay(e.End, site)
	at, err := p.Joiner.Enable.On(day, site)
	if err != nil {
		return Plan{}, fmt.Errorf("plan return: %w", err)
	}
	ask, err := Due{WorkingDays: -p.Leave.AskReturn, At: orElse(site.Opens, opensDefault)}.On(day, site)
	if err != nil {
		return Plan{}, fmt.Errorf("plan return: %w", err)
	}
	name := f.Subject.Name
	var steps []Step
	for _, s := range plan.Steps {
		if !strings.HasPrefix(string(s.Key), returnPrefix) && (s.Task != RemoveLicence || s.Due.Before(at)) {
			steps = append(steps, s)
		}
	}
	add := func(s Step) {
		if s.Due = s.Due.UTC(); s.Choice == "" {
			s.Choice = Fixed
		}
		if s.Key != askReturnKey {
			s.After = append([]StepKey{askReturnKey}, s.After...)
		}
		steps = append(steps, s)
	}
	add(Step{Key: askReturnKey, Task: AskReturn, Title: "Ask " + orElse(f.Route.Name, "the manager") + " which access " + name + " needs after the leave", Due: ask, Owner: string(f.Route.ID)})
	taken := slices.Clone(steps)
	suspendedGroups := map[string]bool{}
	blocked, replied := false, false
	for _, s := range taken {
		switch {
		case s.Key == leaveBlock:
			blocked = true
		case s.Key == leaveReply:
			replied = true
		case s.Task == RemoveLicence:
			add(Step{Key: s.Until, Task: AssignLicences, Title: "Assign " + s.Name + " again", Due: at, After: []StepKey{s.Key}, Name: s.Name, SKU: s.SKU, Choice: Ticked})
		case strings.HasPrefix(string(s.Key), "suspend:"):
			suspendedGroups[s.Group] = true
			add(comeback(s, name, f.Subject.UPN, at))
		}
	}
	for _, g := range f.Member {
		if g.writable() && !suspendedGroups[g.ID] {
			t := RemoveFromGroup
			if g.Team {
				t = RemoveFromTeam
			}
			add(Step{Key: StepKey(returnPrefix + "drop:" + g.label()), Task: t, Title: "Remove from " + g.label(), Due: at, Group: g.ID, Name: g.label(), Choice: Confirmed})
		}
	}
	if blocked {
		open := Step{Key: openKey, Task: EnableAccount, Title: "Open the sign-in", Due: at}
		if f.Subject.Synced || f.privileged() != "" {
			open = byHand(open, "Open the sign-in of "+name, where(f.Subject)+" enable the account "+f.Subject.UPN+". Press Done: Muster looks whether the sign-in is open.", "Becomes a task for IT, like the block.")
			open.Look = lookOpened
		}
		add(open)
		add(Step{Key: "return:credential", Task: OfferPass, Title: "Offer a pass for the first day back to the manager", Due: at, After: []StepKey{openKey}, Owner: managerOwner, Minutes: p.Joiner.Credential.Minutes, Reuse: p.Joiner.Credential.Reuse})
	}
	if replied {
		add(Step{Key: returnReply, Task: SetReply, Title: "Switch the automatic reply off", Due: at})
	}
	after := []StepKey(nil)
	if blocked {
		after = []StepKey{openKey}
	}
	add(Step{Key: "return:started", Task: AskStarted, Title: "Ask the manager whether " + name + " is back", Due: site.AddWorkingHours(at, p.Joiner.AskStarted), After: after, Owner: managerOwner})
	plan.Steps = steps
	return plan, nil
}

// comeback is a suspended elevated item on the way back: not ticked, and signed off anew.
func comeback(s Step, name, upn string, at time.Time) Step {
	back := Step{Key: s.Until, Title: "Add back to " + s.Name, Due: at, After: []StepKey{s.Key}, Group: s.Group, Name: s.Name, Choice: Elevated, Approvers: s.Approvers, Named: s.Named, Note: "suspended during the leave"}
	switch s.Task {
	case RemoveFromTeam:
		back.Task = AddToTeam
	case RemoveFromGroup:
		back.Task = AddToGroup
	default:
		back.Task, back.Owner, back.Group = Manual, string(IT), ""
		back.Title, back.Instructions = "Give "+name+" "+s.Name+" again", "Give "+upn+" the access of "+s.Name+" again, where it was suspended. Press Done when it is so."
	}
	return back
}
