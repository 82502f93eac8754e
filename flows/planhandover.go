package flows

import (
	"fmt"
	"slices"
	"strings"
)

// What a leaver owns goes to a successor, and what they are in is left, by Muster where Graph lets it and by people where not. And there is
// what only people can do.

// writable reports whether Graph lets Muster change who is in a group.
func (g Group) writable() bool {
	return g.Kind == SecurityGroup || g.Kind == Microsoft365
}

// label is what people read for a group.
func (g Group) label() string { return orElse(g.Name, g.ID) }

// teamLabel says once that a group is a team.
func (g Group) teamLabel() string {
	if strings.Contains(plain(g.label()), "team") {
		return g.label()
	}
	return "the team " + g.label()
}

// planHandOver is a step for each group that the leaver owns.
func planHandOver(p *planner, l Line) ([]Step, error) {
	owned, _ := p.groups()
	var steps []Step
	for _, o := range owned {
		steps = append(steps, p.handOver(l, o))
	}
	p.ownership(owned)
	return steps, nil
}

// planLeave is a step for each group and team that the leaver is in, planLeaveTeams only for the teams.
func planLeave(p *planner, l Line) ([]Step, error) {
	return p.leaves(l, func(Group) bool { return true }), nil
}

func planLeaveTeams(p *planner, l Line) ([]Step, error) {
	return p.leaves(l, func(g Group) bool { return g.Team }), nil
}

func (p *planner) leaves(l Line, wanted func(Group) bool) []Step {
	_, member := p.groups()
	var steps []Step
	for _, g := range member {
		gives := p.carries(g.ID)
		switch {
		case !wanted(g) || g.Kind == DynamicGroup || !p.once("leave:"+g.ID):
		case len(gives) > 0 && g.Kind != RoleGroup && p.event.Hold != "":
			p.warn("%s stays in %s, which gives the %s %s.", p.name, g.label(), plural(len(gives), "licence", "licences"), series(gives))
		default:
			steps = append(steps, p.leave(l, g))
		}
	}
	return steps
}

// handOver makes the successor owner of a group before the leaver stops being one, so that no group loses its last owner (edge case 21).
func (p *planner) handOver(l Line, o Owned) Step {
	g := o.Group
	s := p.begin(l, p.key("owner", g.Name, g.ID), "")
	s.Name, s.Person = g.label(), p.successor
	title := "Make " + p.successor.Name + " owner of " + g.label()
	if o.Last {
		s.Note = "Nobody else owns it."
	}
	if g.writable() || g.Kind == DynamicGroup {
		s.Task, s.Title, s.Group = HandOverGroup, title, g.ID
	} else {
		where, how := foreignPlace(g, "Owners", "add "+orElse(p.successor.UPN, p.successor.Name)+" and remove "+p.facts.Subject.UPN)
		s = byHand(s, title+where, how+" Press Done when it is so.", strings.TrimSpace(s.Note+" Becomes a task for IT: "+g.label()+" "+foreignWhy(g)+"."))
	}
	p.owner[g.ID] = s.Key
	return s
}

// leave takes the person out of a group. One that gives a licence is left when the licence goes: the
// mailbox would be lost with it. One that can carry directory roles is left at once all the same.
func (p *planner) leave(l Line, g Group) Step {
	kind := "group"
	if g.Team {
		kind = "team"
	}
	s := p.begin(l, p.key(kind, g.Name, g.ID), "")
	s.Group, s.Name = g.ID, g.label()
	if k, owned := p.owner[g.ID]; owned {
		s.After = append(s.After, k)
	}
	if gives := p.carries(g.ID); len(gives) > 0 {
		s.Note = "Ends the " + plural(len(gives), "licence ", "licences ") + series(gives) + ", which " + plural(len(gives), "comes", "come") + " with this group"
		if g.Kind != RoleGroup && p.release().After(s.Due) {
			s.Due = p.release()
			p.warn("%s stays in %s until %s: the %s %s with it.", p.name, g.label(), DateOf(p.release().In(p.zone)).Say(), plural(len(gives), "licence ", "licences ")+series(gives), plural(len(gives), "comes", "come"))
			s.Note += ": left when licences are taken back"
		}
		s.Note += "."
	}
	switch {
	case g.writable() && g.Team:
		s.Task, s.Title = RemoveFromTeam, "Remove from "+g.teamLabel()
	case g.writable():
		s.Task, s.Title = RemoveFromGroup, "Remove from "+g.label()
	default:
		where, how := foreignPlace(g, "Members", "remove "+p.facts.Subject.UPN)
		s = byHand(s, "Remove "+p.name+" from "+g.label()+where, how+" Press Done: Muster looks whether it worked.", strings.TrimSpace(s.Note+" Becomes a task for IT: "+g.label()+" "+foreignWhy(g)+"."))
	}
	p.carrier[g.ID] = s.Key
	return s
}

// foreignWhy says why Muster cannot change a group.
func foreignWhy(g Group) string {
	switch g.Kind {
	case MailGroup:
		return "is a mail group, which only Exchange can change"
	case SyncedGroup:
		return "comes from the on-premises directory, where Muster cannot change it"
	case RoleGroup:
		return "can carry directory roles, which are outside Muster's permissions"
	case RestrictedGroup:
		return "is in a restricted administrative unit, whose own administrators change it"
	}
	return "is of a kind that Muster does not know"
}

// foreignPlace says where people change a group that Muster cannot change: for a title, and as an instruction.
func foreignPlace(g Group, tab, do string) (where, how string) {
	name := g.label()
	switch g.Kind {
	case MailGroup:
		return " in Exchange", "In the Exchange admin centre, open Recipients, Groups, " + name + ", " + tab + ", and " + do + "."
	case SyncedGroup:
		if tab == "Owners" {
			tab = "Managed By"
		}
		return " on-premises", "In Active Directory Users and Computers, open the group " + name + ", " + tab + ", and " + do + ". Wait for the next synchronisation."
	case RoleGroup:
		return " in Entra", "As Privileged Role Administrator, open the Entra admin centre, Groups, " + name + ", " + tab + ", and " + do + "."
	case RestrictedGroup:
		return " in Entra", "As an administrator of the restricted administrative unit, open the Entra admin centre, Groups, " + name + ", " + tab + ", and " + do + "."
	}
	return "", "Open the group " + name + " where it is kept, and " + do + "."
}

// manualOfLeaver is the step of something that people do anyway when somebody leaves. What is due before the exit need not wait for it.
func (p *planner) manualOfLeaver(l Line, it Item) (Step, error) {
	s := p.begin(l, p.key("manual", it.Manual, it.Owner), it.label()+" from "+p.name)
	s.Name, s.Owner, s.Instructions = it.label(), orElse(it.Owner, string(IT)), it.Instructions
	if it.Due != nil {
		due, err := it.Due.On(DateOf(p.exit().In(p.zone)), p.site)
		if err != nil {
			return Step{}, fmt.Errorf("plan %s: %w", it.key(), err)
		}
		s.Due = due
	}
	if s.Due.Before(p.exit()) && !p.come() {
		s.After = nil
	}
	if !s.Due.After(p.now) {
		s.Due = p.anchors[atPrepare]
	}
	s.Owner = p.ownerOf(s.Owner, it.label())
	return s, nil
}

// prepared is a task of the manager: before the exit, or after one that has come.
func (p *planner) prepared(l Line, k StepKey, title, instructions string) []Step {
	s := p.begin(l, k, title)
	s.Task, s.Owner, s.Instructions = Manual, managerOwner, instructions
	if p.come() && !slices.Contains(s.After, exitKey) {
		s.After = append(s.After, exitKey)
	}
	return []Step{s}
}

// planReports is that somebody else manages those who report to the leaver.
func planReports(p *planner, l Line) ([]Step, error) {
	if len(p.facts.Reports) == 0 {
		return nil, nil
	}
	people := series(p.reports())
	return p.prepared(l, reportsKey, "Name a new manager for "+people, "Decide who manages "+people+" from now on, and have HR or IT set it in the directory: their requests and approvals go to "+p.name+" until then."), nil
}

// planFiles is that somebody looks through the leaver's files.
func planFiles(p *planner, l Line) ([]Step, error) {
	if a := p.facts.Subject; a.Guest || (!p.facts.Mailbox && len(a.Licences) == 0) {
		return nil, nil
	}
	how := "Have the files that others need moved from the OneDrive of " + p.name + " to a team or a SharePoint site while the sign-in is open."
	if p.come() {
		how = "Ask IT for access to the OneDrive of " + p.name + ", and move what others need to a team or a SharePoint site."
	}
	how += " It is kept at least until licences are taken back on " + DateOf(p.release().In(p.zone)).Say() + ". Look also for apps, forms and flows that only " + p.name + " runs. Press Done when nothing is missing."
	return p.prepared(l, oneDriveKey, "Hand over the OneDrive of "+p.name, how), nil
}

func (p *planner) reports() []string {
	var people []string
	for _, r := range p.facts.Reports {
		people = append(people, orElse(r.Name, r.UPN))
	}
	return sorted(people)
}

// ownership warns about what changes hands.
func (p *planner) ownership(owned []Owned) {
	var all, last []string
	for _, o := range owned {
		all = append(all, o.Group.label())
		if o.Last {
			last = append(last, o.Group.label())
		}
	}
	if len(all) == 0 {
		return
	}
	alone := ""
	if len(last) > 0 {
		alone = " Nobody else owns " + series(last) + "."
	}
	p.warn("%s owns %s: %s becomes owner instead.%s", p.name, series(all), p.successor.Name, alone)
}

// notes are the warnings about what Muster does not do, or does otherwise than people may expect.
func (p *planner) notes() {
	owned, member := p.groups()
	var rules, foreign []string
	for _, o := range owned {
		if o.Group.Kind != DynamicGroup && !o.Group.writable() {
			foreign = append(foreign, o.Group.label())
		}
	}
	for _, g := range member {
		switch {
		case g.Kind == DynamicGroup:
			rules = append(rules, g.label())
		case !g.writable():
			foreign = append(foreign, g.label())
		}
	}
	if foreign = slices.Compact(sorted(foreign)); len(foreign) > 0 {
		p.warn("Muster cannot change %s: taking %s out becomes %s for IT.", series(foreign), p.name, plural(len(foreign), "a task", "tasks"))
	}
	if len(rules) > 0 {
		p.warn("%s stays in %s: a rule decides who is in, and lets go when the details of the account change.", p.name, series(rules))
	}
	if n := len(p.facts.Reports); n > 0 {
		p.warn("%s %s to %s and %s a new manager.", series(p.reports()), plural(n, "reports", "report"), p.name, plural(n, "needs", "need"))
	}
	if n := len(p.facts.Waiting); n > 0 {
		var ids []string
		for _, id := range p.facts.Waiting {
			ids = append(ids, string(id))
		}
		p.warn("%s for a decision of %s: %s. When the sign-in is blocked, others are asked.", plural(n, "An open case waits", fmt.Sprintf("%d open cases wait", n)), p.name, series(sorted(ids)))
	}
	if p.facts.InIT {
		p.warn("%s reads the channel of IT or of the owners, so nothing about this case is said there.", p.name)
	}
	if p.facts.Subject.Guest {
		p.warn("%s is a guest: only the access here ends, the sign-in at home does not.", p.name)
	}
	p.rightsNotes()
}

// timing warns when the exit has passed, when there is little time, and when the day is odd.
func (p *planner) timing() []string {
	var out []string
	at := func() string { t := p.exit().In(p.zone); return DateOf(t).Say() + " at " + t.Format("15:04") }
	if !p.facts.Subject.Enabled {
		out = append(out, "The sign-in of "+p.name+" is blocked already. Muster checks that it is, and does the rest.")
	} else if p.exit().Before(p.now) && !p.event.Urgent {
		since, then := "", "It is blocked as soon as you confirm."
		if days := int(DateOf(p.now.In(p.zone)).Time().Sub(DateOf(p.exit().In(p.zone)).Time()).Hours() / 24); days > 0 {
			since = "for " + count(days, "day") + " "
		}
		if p.privileged() != "" {
			then = "IT is asked to block it as soon as you confirm."
		}
		out = append(out, "The exit was on "+at()+": the sign-in has been open "+since+"since then. "+then)
	} else if p.wanted(p.exit()).Before(p.now) && !p.come() {
		out = append(out, "Short notice: the hand-over should be done by "+DateOf(p.wanted(p.exit()).In(p.zone)).Say()+". The manager has until the sign-in ends on "+at()+".")
	}
	if day := p.event.LastDay; !p.event.Urgent && !p.site.IsWorkingDay(day) {
		out = append(out, day.Say()+" is not a working day at "+p.event.Site+". Check the last day.")
	}
	return slices.Clip(out)
}
