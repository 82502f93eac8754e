package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// The keys of the steps that every leaver has, besides exitKey, and of those that some have.
const (
	revokeKey   StepKey = "revoke"
	replyKey    StepKey = "reply"
	onPremises  StepKey = "active_directory"
	methodsKey  StepKey = "methods"
	reportsKey  StepKey = "handover:reports"
	oneDriveKey StepKey = "handover:onedrive"
)

// PlanLeaver makes the plan of a leaver from the event, the policy and what the directory said. The sentences are warnings for HR. Sign-in
// is blocked first and everything else waits for that, save what people prepare before the exit. Deletion is never part. A due time may
// lie in the past: such a step runs at once; an urgent exit is due now. Same input, same bytes. A protected account is refused.
func PlanLeaver(e PeopleEvent, p *Policy, f Facts, now time.Time) (Plan, []string, error) {
	switch _, known := p.Sites[e.Site]; {
	case !known:
		return Plan{}, nil, invalid(p.Lang().Say("The policy has no site called \"%s\".", e.Site))
	case f.Subject.ID == "" || f.Subject.ID != e.Subject.ID:
		return Plan{}, nil, invalid(p.Lang().Say("Nobody is chosen who leaves."))
	case p.IsProtected(f.Subject):
		return Plan{}, nil, deny(p.Lang().Say("The policy protects this account: Muster never touches it. Ask an owner."))
	case f.Manager.ID == "" || f.Manager.ID == f.Subject.ID:
		return Plan{}, nil, invalid(p.Lang().Say("The person has no manager who could prepare the hand-over."))
	case e.Successor.ID == f.Subject.ID:
		return Plan{}, nil, invalid(p.Lang().Say("Somebody else must take over."))
	}
	l, err := newPlanner(e, p, f, now)
	if err == nil {
		err = l.exitTimes()
	}
	if err != nil {
		return Plan{}, nil, fmt.Errorf("plan leaver at site %s: %w", e.Site, err)
	}
	l.name = orElse(f.Subject.Name, e.Name())
	l.successor = e.Successor
	if l.successor.ID == "" {
		l.successor = f.Manager.Person()
	}
	l.successor.Name = orElse(l.successor.Name, orElse(l.successor.UPN, p.Lang().Say("the successor")))
	flow := LeaverFlow
	if e.Urgent {
		flow = UrgentLeaverFlow
	}
	l.releaseTime(flow)
	if err := l.run(flow); err != nil {
		return Plan{}, nil, err
	}
	l.succeed()
	l.keep()
	l.notes()
	return Plan{Manager: f.Manager.ID, Steps: l.steps, Policy: p.Hash()}, slices.Concat(l.timing(), l.warnings), nil
}

// exitTimes works out when things are due. What is to be prepared before an exit that has come is due as long after it.
func (p *planner) exitTimes() error {
	exit := p.now.Truncate(time.Second)
	if !p.event.Urgent {
		var err error
		if exit, err = p.event.Exit(p.policy.Lang(), p.site); err != nil {
			return err
		}
	}
	day := DateOf(exit.In(p.zone))
	prepare := p.wanted(exit)
	switch {
	case !p.now.Before(exit):
		hour, minute := clockOr(p.site.Closes, closesDefault)
		prepare = p.site.AddWorkingDays(DateOf(p.now.In(p.zone)), max(1, p.policy.Leaver.Prepare)).At(p.zone, hour, minute)
	case prepare.Before(p.now):
		prepare = exit
	}
	local := exit.In(p.zone)
	release := day.AddDays(p.policy.Leaver.LicenceHold).At(p.zone, local.Hour(), local.Minute())
	p.anchors[atExit], p.anchors[atPrepare], p.anchors[atRelease] = exit, prepare, later(exit, release) // an urgent exit has seconds
	return nil
}

// releaseTime takes the time at which licences are taken back from the workflow, where a line of it says another.
func (p *planner) releaseTime(workflow string) {
	for _, l := range p.policy.Workflows[workflow] {
		if l.Task == RemoveLicence && l.When.holds(p) {
			p.anchors[atRelease] = later(p.exit(), p.due(l))
			return
		}
	}
}

// wanted is when the hand-over would be done with enough notice.
func (p *planner) wanted(exit time.Time) time.Time {
	hour, minute := clockOr(p.site.Closes, closesDefault)
	wanted := p.site.AddWorkingDays(DateOf(exit.In(p.zone)), -p.policy.Leaver.Prepare).At(p.zone, hour, minute)
	if exit.Before(wanted) {
		return exit
	}
	return wanted
}

// exit is when the sign-in of a leaver ends, release when licences are taken back.
func (p *planner) exit() time.Time    { return p.anchors[atExit] }
func (p *planner) release() time.Time { return p.anchors[atRelease] }

// come reports whether the exit is now or has passed.
func (p *planner) come() bool { return !p.now.Before(p.exit()) }

// planBlock ends the sign-in. Graph lets no ordinary app block an account that holds a directory role or is in a group that can carry
// one (reference: Microsoft Graph, users, sensitive actions), so a person does that.
func planBlock(p *planner, l Line) ([]Step, error) {
	block := p.begin(l, exitKey, p.policy.Lang().Say("Block the sign-in"))
	block.Name = p.policy.Lang().Say("Sign-in")
	if because := p.privileged(); because != "" {
		block = byHand(block, p.policy.Lang().Say("Block the sign-in of %s in Entra", p.name), p.blockByHand(), p.policy.Lang().Say("Becomes a task for IT: %s %s.", p.name, because))
		p.warn(p.policy.Lang().Say("%s %s, and Microsoft lets no ordinary app block such an account: blocking it becomes a task for IT at once. Agree with IT beforehand who does it.", p.name, because))
	}
	return []Step{block}, nil
}

func planRevoke(p *planner, l Line) ([]Step, error) {
	return p.one(l, revokeKey, p.policy.Lang().Say("End the sessions")), nil
}

func planMethods(p *planner, l Line) ([]Step, error) {
	return p.one(l, methodsKey, p.policy.Lang().Say("Remove the sign-in methods")), nil
}

// planOnPremises is the block of an account where it comes from.
func planOnPremises(p *planner, l Line) ([]Step, error) {
	if !p.facts.Subject.Synced {
		return nil, nil
	}
	p.warn(p.policy.Lang().Say("%s comes from the on-premises directory: IT gets a task to disable the account there as well, or it may be opened again.", p.name))
	return []Step{byHand(p.begin(l, onPremises, ""), p.policy.Lang().Say("Disable %s in Active Directory", p.name),
		p.policy.Lang().Say("The account %s comes from the on-premises Active Directory, which may open the sign-in again with its next synchronisation. In Active Directory Users and Computers, find the account, choose Disable Account and reset its password. Press Done when the next synchronisation has run and the account is still blocked in Entra.", p.facts.Subject.UPN),
		p.policy.Lang().Say("The on-premises directory is in charge of this account."))}, nil
}

// privileged says why Microsoft lets only an administrator block the account; nothing when Muster can.
func (p *planner) privileged() string {
	if n := len(p.facts.Admin); n > 0 {
		return p.policy.Lang().Say("holds the directory %s %s", plural(n, p.policy.Lang().Say("role"), p.policy.Lang().Say("roles")), series(p.policy.Lang(), sorted(p.facts.Admin)))
	}
	var names []string
	for _, g := range p.facts.Member {
		if g.Kind == RoleGroup {
			names = append(names, g.Name)
		}
	}
	for _, o := range p.facts.Owned {
		if o.Group.Kind == RoleGroup {
			names = append(names, o.Group.Name)
		}
	}
	if names = slices.Compact(sorted(names)); len(names) > 0 {
		return p.policy.Lang().Say("belongs to %s, which can carry directory roles", series(p.policy.Lang(), names))
	}
	return ""
}

func (p *planner) blockByHand() string {
	text := p.policy.Lang().Say("As Privileged Authentication Administrator or Global Administrator, open the Entra admin centre, Users, %s, Edit properties, Settings, clear Account enabled, and save.", p.facts.Subject.UPN)
	if len(p.facts.Admin) > 0 {
		text += p.policy.Lang().Say(" Then open Assigned roles and remove %s. If fewer than two people would be left as Global Administrator, appoint another one first.", series(p.policy.Lang(), sorted(p.facts.Admin)))
	}
	return p.policy.Lang().Say("%s Press Done: Muster looks whether the sign-in is blocked, and goes on with the rest only then.", text)
}

// planReply sets the automatic reply, while there is a mailbox to set it in.
func planReply(p *planner, l Line) ([]Step, error) {
	text := replyWith(p.name, p.successor.Name, p.policy.Organisation).Replace(p.event.Reply)
	switch {
	case strings.TrimSpace(text) == "":
		return nil, nil
	case !p.facts.Mailbox:
		p.warn(p.policy.Lang().Say("%s has no mailbox that Muster can reach, so no automatic reply is set.", p.name))
		return nil, nil
	}
	s := p.begin(l, replyKey, p.policy.Lang().Say("Set the automatic reply"))
	s.Text = text
	return []Step{s}, nil
}

// replyWith fills in an automatic reply.
func replyWith(name, successor, organisation string) *strings.Replacer {
	return strings.NewReplacer("{name}", name, "{successor}", successor, "{organisation}", organisation)
}

// groups are what the leaver owns and is in, each once and in an order that does not depend on how Graph listed them.
func (p *planner) groups() (owned []Owned, member []Group) {
	order := func(a, b Group) int {
		return cmp.Or(cmp.Compare(plain(a.Name), plain(b.Name)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	}
	owned, member = slices.Clone(p.facts.Owned), slices.Clone(p.facts.Member)
	slices.SortFunc(owned, func(a, b Owned) int { return order(a.Group, b.Group) })
	slices.SortFunc(member, order)
	owned = slices.CompactFunc(owned, func(a, b Owned) bool { return a.Group.ID == b.Group.ID })
	return owned, slices.CompactFunc(member, func(a, b Group) bool { return a.ID == b.ID })
}

// sorted is a copy in order.
func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}

// series writes names as people do: "A, B and C".
func series(lang texts.Language, names []string) string {
	if n := len(names); n > 1 {
		return lang.Say("%s and %s", strings.Join(names[:n-1], ", "), names[n-1])
	}
	return strings.Join(names, "")
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
