package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What the directory said decides here, when the plan is made, how an entitlement is given: written by Muster, followed by a rule, or
// done by people. Nothing of it is left to fail on the day (reference: Microsoft Graph, groups overview).

// planLicences is a step for each licence of the job.
func planLicences(p *planner, l Line) ([]Step, error) {
	var steps []Step
	for _, o := range p.offers() {
		if o.Licence == "" {
			continue
		}
		if s, ok := p.licence(l, o); ok {
			steps = append(steps, s)
		}
	}
	return steps, nil
}

// planGroups is a step for each group of the job, planTeams one for each team.
func planGroups(p *planner, l Line) ([]Step, error) {
	return p.memberships(l, func(it Item) string { return it.Group }), nil
}

func planTeams(p *planner, l Line) ([]Step, error) {
	return p.memberships(l, func(it Item) string { return it.Team }), nil
}

func (p *planner) memberships(l Line, of func(Item) string) []Step {
	var steps []Step
	for _, o := range p.offers() {
		if policyName := of(o.Item); policyName != "" {
			steps = append(steps, p.membership(l, o, policyName)...)
		}
	}
	return steps
}

// withLicences adds the licences that teams and mailboxes come with to what a step waits for.
func (p *planner) withLicences(after []StepKey) []StepKey {
	after = slices.Clone(after)
	for _, s := range p.steps {
		if s.Task == AssignLicences && (s.Choice == Fixed || s.Choice == Ticked) && !slices.Contains(after, s.Key) {
			after = append(after, s.Key)
		}
	}
	return after
}

// licence is the step of a licence, or none when it has one already.
func (p *planner) licence(l Line, o offer) (Step, bool) {
	sku, owned := p.sku(o.Licence)
	if !owned {
		if !p.once("licence:" + plain(o.Licence)) {
			return Step{}, false
		}
		s := p.offered(l, o)
		p.warn("The organisation does not own the licence %s: it becomes a task for IT.", o.label())
		return byHand(s, "Buy "+o.label()+" and assign it to "+p.event.Name(),
			fmt.Sprintf("The policy gives the licence %s (%s), and the organisation has no subscription for it. Buy it and assign it to %s in the Microsoft 365 admin centre, or correct the policy.", o.label(), o.Licence, p.facts.UPN),
			"Not owned: becomes a task for IT."), true
	}
	if !p.once("licence:" + strings.ToLower(sku.ID)) {
		return Step{}, false
	}
	s := p.offered(l, o)
	s.Task, s.Title, s.SKU = AssignLicences, "Assign "+s.Name, sku.ID
	if sku.Free > sku.Promised {
		s.Note = count(sku.Free, "seat") + " free"
		if sku.Promised > 0 {
			s.Note += fmt.Sprintf(", %d of them promised to others", sku.Promised)
		}
		return s, true
	}
	before := DateOf(s.Due.In(p.zone)).Say()
	s.Note = "No seat free: IT must buy one before " + before + "."
	if o.choice == Fixed || o.choice == Ticked {
		p.warn("No seat is free for %s: IT must buy one before %s.", s.Name, before)
	} else {
		p.warn("No seat is free for %s. If it is chosen, IT must buy one before %s.", s.Name, before)
	}
	return s, true
}

// sku finds a licence by part number; Microsoft writes them in capitals, people do not.
func (p *planner) sku(part string) (SKU, bool) {
	if s, ok := p.facts.SKUs[part]; ok {
		return s, true
	}
	for _, s := range p.facts.SKUs {
		if strings.EqualFold(s.Part, part) {
			return s, true
		}
	}
	return SKU{}, false
}

// membership is the step of a group or team, or none when it has one already. A team or a mailbox waits for the licences it comes with.
func (p *planner) membership(l Line, o offer, policyName string) []Step {
	g, found := p.facts.Groups[policyName]
	identity := "group:" + strings.ToLower(g.ID)
	if !found {
		identity = "group?" + plain(policyName)
	}
	if !p.once(identity) {
		return nil
	}
	if o.Name == "" && g.Name != "" {
		o.Name = g.Name // the policy may have an object id
	}
	s := p.offered(l, o)
	who := p.event.Name()
	if !found {
		p.warn("The directory has no group called %s: it becomes a task for IT.", s.Name)
		return []Step{byHand(s, "Give "+who+" the access of "+s.Name,
			"The policy names the group "+s.Name+", and the directory does not have it. Give "+p.facts.UPN+" this access in another way, or create the group and add the person; then correct the policy.",
			"Not in the directory: becomes a task for IT.")}
	}
	withLicences := p.withLicences(s.After)
	s.Group = g.ID
	switch g.Kind {
	case SecurityGroup, Microsoft365:
		s.Task, s.Title = AddToGroup, "Add to "+s.Name
		if o.Team == "" {
			return []Step{s}
		}
		s.After = withLicences
		if !g.Team {
			s.Note = "This group has no team; " + who + " becomes a member of the group."
			return []Step{s}
		}
		s.Task, s.Title = AddToTeam, "Add to the team "+s.Name
		if strings.Contains(plain(s.Name), "team") {
			s.Title = "Add to " + s.Name
		}
		return []Step{s}
	case DynamicGroup:
		s.Task, s.Title = FollowRule, "Check membership of "+s.Name
		s.Note = "The group's rule puts people in"
		if g.Rule != "" {
			s.Note += ": " + g.Rule
		}
		s.Note += ". Muster checks that it does."
		return []Step{s}
	}
	return []Step{p.foreign(s, g, withLicences)}
}

// foreign is a group whose members Muster may not or cannot change.
func (p *planner) foreign(s Step, g Group, withLicences []StepKey) Step {
	who, upn := p.event.Name(), p.facts.UPN
	readBack := " Then press Done: Muster looks whether it worked."
	var title, how, because string
	switch g.Kind {
	case MailGroup:
		s.After = withLicences // the mailbox comes with the licence
		because = "is a mail group, which only Exchange can change"
		title = "Add " + who + " to " + s.Name + " in Exchange"
		how = "In the Exchange admin centre, open Recipients, Groups, " + s.Name + ", Members, and add " + upn + ". The mailbox appears some minutes after the licence." + readBack
	case SyncedGroup:
		s.Group = "" // an account made in the cloud is never seen as its member
		because = "comes from the on-premises directory, where Muster cannot change it"
		title = "Give " + who + " the access of " + s.Name + " on-premises"
		how = "The group " + s.Name + " is kept in the on-premises Active Directory. Create or find the on-premises account of " + who + " (" + upn + "), add it to the group in Active Directory Users and Computers, and note the account when you press Done."
	case RoleGroup:
		because = "can carry directory roles, which are outside Muster's permissions"
		title = "Add " + who + " to " + s.Name + " in Entra"
		how = "As Privileged Role Administrator, open the Entra admin centre, Groups, " + s.Name + ", Members, and add " + upn + "." + readBack
	case RestrictedGroup:
		because = "is in a restricted administrative unit, whose own administrators change it"
		title = "Add " + who + " to " + s.Name + " in Entra"
		how = "As an administrator of the restricted administrative unit, open the Entra admin centre, Groups, " + s.Name + ", Members, and add " + upn + "." + readBack
	default:
		because = "is of a kind that Muster does not know"
		title = "Add " + who + " to " + s.Name
		how = "Add " + upn + " to " + s.Name + " where the group is kept." + readBack
	}
	if s.Choice == Fixed || s.Choice == Ticked {
		p.warn("%s %s: it becomes a task for IT.", s.Name, because)
	} else {
		p.warn("%s %s. If it is chosen, it becomes a task for IT.", s.Name, because)
	}
	return byHand(s, title, how, "Becomes a task for IT: "+s.Name+" "+because+".")
}

// shortNotice warns once when something should have been done before now.
func (p *planner) shortNotice() []string {
	late, first := 0, time.Time{}
	for _, s := range p.steps {
		if s.Due.Before(p.now) {
			late++
			if first.IsZero() || s.Due.Before(first) {
				first = s.Due
			}
		}
	}
	if late == 0 {
		return nil
	}
	were := "steps were"
	if late == 1 {
		were = "step was"
	}
	return []string{fmt.Sprintf("Short notice: %d %s due before now, the first on %s. Muster does them as soon as the manager has decided.", late, were, DateOf(first.In(p.zone)).Say())}
}

// namesakes warns about names that are taken and people who may be the same person.
func (p *planner) namesakes() []string {
	var out []string
	if n := len(p.facts.UPNTaken); n > 0 {
		out = append(out, "The sign-in name "+strings.Join(p.facts.UPNTaken, ", ")+". The new one is "+p.facts.UPN+".")
	}
	for _, a := range p.facts.Same {
		known := a.Name + " (" + describe(a) + ")"
		switch {
		case p.event.Other && !a.Guest:
			out = append(out, "You say that this is another person than "+known+".")
		case a.Deleted:
			out = append(out, "The account of "+known+" was deleted and can still be restored. If this is the same person, ask IT to restore it instead of creating a second one.")
		case !a.Enabled:
			out = append(out, "There is a blocked account of "+known+". If this is the same person coming back, ask IT to reopen it instead of creating a second one.")
		default:
			out = append(out, known+" works here already. Continue only if this is another person of the same name.")
		}
	}
	return out
}

// describe tells people of one name apart.
func describe(a Account) string {
	var parts []string
	for _, s := range []string{a.JobTitle, a.Office, a.UPN} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}
