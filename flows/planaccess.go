package flows

import (
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
		p.warn(p.policy.Lang().Say("The organisation does not own the licence %s: it becomes a task for IT.", o.label()))
		return byHand(s, p.policy.Lang().Say("Buy %s and assign it to %s", o.label(), p.event.Name()),
			p.policy.Lang().Say("The policy gives the licence %s (%s), and the organisation has no subscription for it. Buy it and assign it to %s in the Microsoft 365 admin centre, or correct the policy.", o.label(), o.Licence, p.facts.UPN),
			p.policy.Lang().Say("Not owned: becomes a task for IT.")), true
	}
	if !p.once("licence:" + strings.ToLower(sku.ID)) {
		return Step{}, false
	}
	s := p.offered(l, o)
	s.Task, s.Title, s.SKU = AssignLicences, p.policy.Lang().Say("Assign %s", s.Name), sku.ID
	if sku.Free > sku.Promised {
		s.Note = p.policy.Lang().Say("%s free", count(p.policy.Lang(), sku.Free, "seat"))
		if sku.Promised > 0 {
			s.Note += p.policy.Lang().Say(", %d of them promised to others", sku.Promised)
		}
		return s, true
	}
	before := DateOf(s.Due.In(p.zone)).Say(p.policy.Lang())
	s.Note = p.policy.Lang().Say("No seat free: IT must buy one before %s.", before)
	if o.choice == Fixed || o.choice == Ticked {
		p.warn(p.policy.Lang().Say("No seat is free for %s: IT must buy one before %s.", s.Name, before))
	} else {
		p.warn(p.policy.Lang().Say("No seat is free for %s. If it is chosen, IT must buy one before %s.", s.Name, before))
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
		p.warn(p.policy.Lang().Say("The directory has no group called %s: it becomes a task for IT.", s.Name))
		return []Step{byHand(s, p.policy.Lang().Say("Give %s the access of %s", who, s.Name),
			p.policy.Lang().Say("The policy names the group %s, and the directory does not have it. Give %s this access in another way, or create the group and add the person; then correct the policy.", s.Name, p.facts.UPN),
			p.policy.Lang().Say("Not in the directory: becomes a task for IT."))}
	}
	withLicences := p.withLicences(s.After)
	s.Group = g.ID
	switch g.Kind {
	case SecurityGroup, Microsoft365:
		s.Task, s.Title = AddToGroup, p.policy.Lang().Say("Add to %s", s.Name)
		if o.Team == "" {
			return []Step{s}
		}
		s.After = withLicences
		if !g.Team {
			s.Note = p.policy.Lang().Say("This group has no team; %s becomes a member of the group.", who)
			return []Step{s}
		}
		s.Task, s.Title = AddToTeam, p.policy.Lang().Say("Add to the team %s", s.Name)
		if strings.Contains(plain(s.Name), "team") {
			s.Title = p.policy.Lang().Say("Add to %s", s.Name)
		}
		return []Step{s}
	case DynamicGroup:
		s.Task, s.Title = FollowRule, p.policy.Lang().Say("Check membership of %s", s.Name)
		s.Note = p.policy.Lang().Say("The group's rule puts people in")
		if g.Rule != "" {
			s.Note += ": " + g.Rule
		}
		s.Note += p.policy.Lang().Say(". Muster checks that it does.")
		return []Step{s}
	}
	return []Step{p.foreign(s, g, withLicences)}
}

// foreign is a group whose members Muster may not or cannot change.
func (p *planner) foreign(s Step, g Group, withLicences []StepKey) Step {
	who, upn := p.event.Name(), p.facts.UPN
	readBack := p.policy.Lang().Say(" Then press Done: Muster looks whether it worked.")
	var title, how, because string
	switch g.Kind {
	case MailGroup:
		s.After = withLicences // the mailbox comes with the licence
		because = p.policy.Lang().Say("is a mail group, which only Exchange can change")
		title = p.policy.Lang().Say("Add %s to %s in Exchange", who, s.Name)
		how = p.policy.Lang().Say("In the Exchange admin centre, open Recipients, Groups, %s, Members, and add %s. The mailbox appears some minutes after the licence.%s", s.Name, upn, readBack)
	case SyncedGroup:
		s.Group = "" // an account made in the cloud is never seen as its member
		because = p.policy.Lang().Say("comes from the on-premises directory, where Muster cannot change it")
		title = p.policy.Lang().Say("Give %s the access of %s on-premises", who, s.Name)
		how = p.policy.Lang().Say("The group %s is kept in the on-premises Active Directory. Create or find the on-premises account of %s (%s), add it to the group in Active Directory Users and Computers, and note the account when you press Done.", s.Name, who, upn)
	case RoleGroup:
		because = p.policy.Lang().Say("can carry directory roles, which are outside Muster's permissions")
		title = p.policy.Lang().Say("Add %s to %s in Entra", who, s.Name)
		how = p.policy.Lang().Say("As Privileged Role Administrator, open the Entra admin centre, Groups, %s, Members, and add %s.%s", s.Name, upn, readBack)
	case RestrictedGroup:
		because = p.policy.Lang().Say("is in a restricted administrative unit, whose own administrators change it")
		title = p.policy.Lang().Say("Add %s to %s in Entra", who, s.Name)
		how = p.policy.Lang().Say("As an administrator of the restricted administrative unit, open the Entra admin centre, Groups, %s, Members, and add %s.%s", s.Name, upn, readBack)
	default:
		because = p.policy.Lang().Say("is of a kind that Muster does not know")
		title = p.policy.Lang().Say("Add %s to %s", who, s.Name)
		how = p.policy.Lang().Say("Add %s to %s where the group is kept.%s", upn, s.Name, readBack)
	}
	if s.Choice == Fixed || s.Choice == Ticked {
		p.warn(p.policy.Lang().Say("%s %s: it becomes a task for IT.", s.Name, because))
	} else {
		p.warn(p.policy.Lang().Say("%s %s. If it is chosen, it becomes a task for IT.", s.Name, because))
	}
	return byHand(s, title, how, p.policy.Lang().Say("Becomes a task for IT: %s %s.", s.Name, because))
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
	were := p.policy.Lang().Say("steps were")
	if late == 1 {
		were = p.policy.Lang().Say("step was")
	}
	return []string{p.policy.Lang().Say("Short notice: %d %s due before now, the first on %s. Muster does them as soon as the manager has decided.", late, were, DateOf(first.In(p.zone)).Say(p.policy.Lang()))}
}

// namesakes warns about names that are taken and people who may be the same person.
func (p *planner) namesakes() []string {
	var out []string
	if n := len(p.facts.UPNTaken); n > 0 {
		out = append(out, p.policy.Lang().Say("The sign-in name %s. The new one is %s.", strings.Join(p.facts.UPNTaken, ", "), p.facts.UPN))
	}
	for _, a := range p.facts.Same {
		known := a.Name + " (" + describe(a) + ")"
		switch {
		case p.event.Other && !a.Guest:
			out = append(out, p.policy.Lang().Say("You say that this is another person than %s.", known))
		case a.Deleted:
			out = append(out, p.policy.Lang().Say("The account of %s was deleted and can still be restored. If this is the same person, ask IT to restore it instead of creating a second one.", known))
		case !a.Enabled:
			out = append(out, p.policy.Lang().Say("There is a blocked account of %s. If this is the same person coming back, ask IT to reopen it instead of creating a second one.", known))
		default:
			out = append(out, p.policy.Lang().Say("%s works here already. Continue only if this is another person of the same name.", known))
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
