package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// The tasks and the choice that only a leave has.
const (
	AnnounceLeave   TaskName = "announce_leave"   // a line that becomes tell_person
	SuspendElevated TaskName = "suspend_elevated" // a line that takes elevated access away for the time of the leave
	AwaitReturn     TaskName = "await_return"     // HR says when the person returns, while that is open
	AskReturn       TaskName = "ask_return"       // the manager confirms the access again before the return

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
		return Plan{}, nil, invalid(p.Lang().Say("The policy has no site called \"%s\".", e.Site))
	case f.Subject.ID == "" || f.Subject.ID != e.Subject.ID:
		return Plan{}, nil, invalid(p.Lang().Say("Nobody is chosen who is away."))
	case p.IsProtected(f.Subject):
		return Plan{}, nil, deny(p.Lang().Say("The policy protects this account: Muster never touches it. Ask an owner."))
	case f.Route.ID == "" || f.Route.ID == f.Subject.ID:
		return Plan{}, nil, invalid(p.Lang().Say("Nobody is there to confirm the access before the return."))
	}
	base, err := newPlanner(e, p, f, now)
	if err != nil {
		return Plan{}, nil, fmt.Errorf("plan leave at site %s: %w", e.Site, err)
	}
	base.people = people
	base.leaveTimes()
	if err := base.run(LeaveFlow); err != nil {
		return Plan{}, nil, err
	}
	plan := Plan{Manager: f.Manager.ID, Steps: base.steps, Policy: p.Hash()}
	if e.End != "" {
		if plan, err = planReturn(plan, e, p, f, site, now); err != nil {
			return Plan{}, nil, err
		}
	}
	return plan, slices.Concat(base.leaveNotices(), base.warnings), nil
}

// leaveTimes are what the lines of a leave count from. The licences have one where HR releases them, the question when the person returns
// where that is open.
func (p *planner) leaveTimes() {
	hour, minute := clockOr(p.site.Opens, opensDefault)
	start := p.event.Start.At(p.zone, hour, minute)
	p.anchors[atStart] = start
	if p.event.Licences == licencesRelease {
		p.anchors[atRelease] = start.AddDate(0, 0, p.event.ReleaseAfter)
	}
	if p.event.End == "" {
		p.anchors[atReview] = p.event.Start.AddDays(p.policy.Leave.Review).At(p.zone, hour, minute)
	}
}

// planOfLeave are the tasks that are planned otherwise for a leave than elsewhere.
func planOfLeave() map[TaskName]planLine {
	return map[TaskName]planLine{
		AnnounceLeave: planAnnounceLeave, BlockSignIn: planAwayBlock, RevokeSessions: planAwayRevoke, SetReply: planAwayReply,
		SuspendElevated: planSuspend, RemoveLicence: planAwayLicences, AwaitReturn: planAwait,
	}
}

// planAnnounceLeave tells the manager, and with that the leave begins: from then on the stand-in decides.
func planAnnounceLeave(p *planner, l Line) ([]Step, error) {
	until, standIn := p.policy.Lang().Say(", with no day of return yet"), ""
	if p.event.End != "" {
		until = p.policy.Lang().Say(" until %s", p.event.End.Say(p.policy.Lang()))
	}
	if s := p.event.StandIn; s.ID != "" {
		standIn = p.policy.Lang().Say(" Approvals that were with %s go to %s.", p.leaver(), orElse(s.Name, s.UPN))
	}
	manager := p.facts.Manager.Person()
	s := p.begin(l, leaveKey, p.policy.Lang().Say("Tell %s that the leave begins", orElse(manager.Name, p.policy.Lang().Say("the manager"))))
	s.Task, s.Person, s.Text = TellPerson, manager, p.policy.Lang().Say("%s is on leave from today%s.%s", p.leaver(), until, standIn)
	return []Step{s}, nil
}

// leaver is the name of who is away.
func (p *planner) leaver() string { return p.facts.Subject.Name }

// What HR chooses on the form of a leave.
const (
	signInBlock     = "block"
	signInKeep      = "keep"
	licencesKeep    = "keep"
	licencesRelease = "release"
)

// planAwayBlock blocks the sign-in where HR chose that.
func planAwayBlock(p *planner, l Line) ([]Step, error) {
	if p.event.SignIn != signInBlock {
		return nil, nil
	}
	s := p.begin(l, leaveBlock, p.policy.Lang().Say("Block the sign-in"))
	s.Name, s.Until = p.policy.Lang().Say("Sign-in"), openKey
	a, because := p.facts.Subject, p.facts.privileged(p.policy.Lang())
	if a.Synced {
		because = p.policy.Lang().Say("comes from the on-premises directory")
	}
	if because != "" {
		s = byHand(s, p.policy.Lang().Say("Block the sign-in of %s", p.leaver()),
			p.policy.Lang().Say("%s %s, so a person does this. %s disable the account %s. Press Done: Muster looks whether the sign-in is blocked.", p.leaver(), because, where(p.policy.Lang(), a), a.UPN), p.policy.Lang().Say("Becomes a task for IT: %s %s.", p.leaver(), because))
		s.Look = lookBlocked
		p.warn(p.policy.Lang().Say("%s %s: blocking the sign-in and opening it again become tasks for IT.", p.leaver(), because))
	}
	return []Step{s}, nil
}

// planAwayRevoke ends the sessions where the sign-in is blocked.
func planAwayRevoke(p *planner, l Line) ([]Step, error) {
	if p.event.SignIn != signInBlock {
		return nil, nil
	}
	return p.one(l, leaveRevoke, p.policy.Lang().Say("End the sessions")), nil
}

// planAwayReply sets the reply that HR wrote.
func planAwayReply(p *planner, l Line) ([]Step, error) {
	text := replyWith(p.leaver(), orElse(p.event.StandIn.Name, p.facts.Manager.Name), p.policy.Organisation).Replace(p.event.Reply)
	switch {
	case strings.TrimSpace(text) == "":
		return nil, nil
	case !p.facts.Mailbox:
		p.warn(p.policy.Lang().Say("%s has no mailbox that Muster can reach, so no automatic reply is set.", p.leaver()))
		return nil, nil
	}
	s := p.begin(l, leaveReply, p.policy.Lang().Say("Set the automatic reply"))
	s.Text, s.Until = text, returnReply
	return []Step{s}, nil
}

// where people change the sign-in of an account that Muster cannot change.
func where(lang texts.Language, a Account) string {
	if a.Synced {
		return lang.Say("In Active Directory Users and Computers,")
	}
	return lang.Say("As Privileged Authentication Administrator or Global Administrator, in the Entra admin centre, Users, Edit properties, Settings,")
}

// suspended is an elevated group that the person is in, with who signs it off.
type suspended struct {
	Group
	item Item
}

// elevated are the groups of the person that a profile gives as elevated only, each once, in order.
func (p *planner) elevated() []suspended {
	var out []suspended
	for _, g := range p.facts.Member {
		for _, it := range p.policy.elevatedItems() {
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

// planSuspend takes the person out of elevated groups for the time of the leave. They never come back by themselves.
func planSuspend(p *planner, l Line) ([]Step, error) {
	var steps []Step
	for _, g := range p.elevated() {
		steps = append(steps, p.suspend(l, g))
	}
	return steps, nil
}

func (p *planner) suspend(l Line, g suspended) Step {
	s := p.begin(l, StepKey("suspend:"+g.label()), "")
	s.Group, s.Name, s.Until = g.ID, orElse(g.item.Name, g.label()), StepKey(returnPrefix+"elevated:"+g.label())
	s.Approvers, s.Named = slices.Clone(p.people[g.item.Approver]), g.item.Approver != ""
	if s.Task, s.Title = RemoveFromGroup, p.policy.Lang().Say("Suspend %s", s.Name); g.Team {
		s.Task = RemoveFromTeam
	}
	if !g.writable() {
		place, how := foreignPlace(p.policy.Lang(), g.Group, p.policy.Lang().Say("Members"), p.policy.Lang().Say("remove %s", p.facts.Subject.UPN))
		s = byHand(s, p.policy.Lang().Say("Suspend %s of %s%s", s.Name, p.leaver(), place), p.policy.Lang().Say("%s Press Done: Muster looks whether it worked.", how), p.policy.Lang().Say("Becomes a task for IT: %s %s.", g.label(), foreignWhy(p.policy.Lang(), g.Group)))
	}
	s.Note = strings.TrimSpace(p.policy.Lang().Say("%s Elevated: comes back only when the manager asks for it and an approver signs it off.", s.Note))
	p.warn(p.policy.Lang().Say("%s is elevated: it is suspended during the leave and never comes back by itself.", s.Name))
	return s
}

// planAwayLicences takes back what the person holds in their own right, some days into the leave. The mailbox would be lost without the hold.
func planAwayLicences(p *planner, l Line) ([]Step, error) {
	held := slices.Clone(p.facts.Subject.Licences)
	slices.SortFunc(held, func(a, b Held) int { return cmp.Or(cmp.Compare(a.SKU, b.SKU), cmp.Compare(a.ByGroup, b.ByGroup)) })
	var steps []Step
	for _, h := range held {
		part := p.facts.part(h.SKU)
		name := p.policy.licenceName(part)
		if h.ByGroup != "" {
			p.warn(p.policy.Lang().Say("The licence %s comes with a group and stays: nothing is taken out of groups during a leave.", name))
			continue
		}
		s := p.begin(l, StepKey("licence:"+part), p.policy.Lang().Say("Release %s", name))
		s.Name, s.SKU, s.Until = name, h.SKU, StepKey(returnPrefix+"licence:"+part)
		steps = append(steps, s)
	}
	p.warn(p.policy.Lang().Say("Licences are released on %s. Microsoft deletes a mailbox some 30 days after its licence is gone.", DateOf(p.due(l).In(p.zone)).Say(p.policy.Lang())))
	return steps, nil
}

// planAwait has HR say when the person returns, while that is open.
func planAwait(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, awaitKey, p.policy.Lang().Say("Say when %s returns", p.leaver()))
	s.Owner = string(HR)
	return []Step{s}, nil
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

func (p *planner) leaveNotices() []string {
	var out []string
	if p.anchors[atStart].Before(p.now) {
		out = append(out, p.policy.Lang().Say("The leave began on %s. What is due is done as soon as you confirm.", p.event.Start.Say(p.policy.Lang())))
	}
	if p.event.End == "" {
		out = append(out, p.policy.Lang().Say("There is no day of return yet: write \"return\" with the case's reference and a date as soon as it is known. You are asked on %s.", p.event.Start.AddDays(p.policy.Leave.Review).Say(p.policy.Lang())))
	}
	return out
}
