package flows

import (
	"fmt"
	"slices"
	"strings"

	"muster/flows/texts"
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
func (g Group) teamLabel(lang texts.Language) string {
	if strings.Contains(plain(g.label()), "team") {
		return g.label()
	}
	return lang.Say("the team %s", g.label())
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
			p.warn(p.policy.Lang().Say("%s stays in %s, which gives the %s %s.", p.name, g.label(), plural(len(gives), p.policy.Lang().Say("licence"), p.policy.Lang().Say("licences")), series(p.policy.Lang(), gives)))
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
	title := p.policy.Lang().Say("Make %s owner of %s", p.successor.Name, g.label())
	if o.Last {
		s.Note = p.policy.Lang().Say("Nobody else owns it.")
	}
	if g.writable() || g.Kind == DynamicGroup {
		s.Task, s.Title, s.Group = HandOverGroup, title, g.ID
	} else {
		where, how := foreignPlace(p.policy.Lang(), g, p.policy.Lang().Say("Owners"), p.policy.Lang().Say("add %s and remove %s", orElse(p.successor.UPN, p.successor.Name), p.facts.Subject.UPN))
		s = byHand(s, title+where, p.policy.Lang().Say("%s Press Done when it is so.", how), strings.TrimSpace(p.policy.Lang().Say("%s Becomes a task for IT: %s %s.", s.Note, g.label(), foreignWhy(p.policy.Lang(), g))))
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
		s.Note = p.policy.Lang().Say("Ends the %s%s, which %s with this group", plural(len(gives), p.policy.Lang().Say("licence "), p.policy.Lang().Say("licences ")), series(p.policy.Lang(), gives), plural(len(gives), p.policy.Lang().Say("comes"), p.policy.Lang().Say("come")))
		if g.Kind != RoleGroup && p.release().After(s.Due) {
			s.Due = p.release()
			p.warn(p.policy.Lang().Say("%s stays in %s until %s: the %s %s with it.", p.name, g.label(), DateOf(p.release().In(p.zone)).Say(p.policy.Lang()), plural(len(gives), p.policy.Lang().Say("licence "), p.policy.Lang().Say("licences "))+series(p.policy.Lang(), gives), plural(len(gives), p.policy.Lang().Say("comes"), p.policy.Lang().Say("come"))))
			s.Note += p.policy.Lang().Say(": left when licences are taken back")
		}
		s.Note += "."
	}
	switch {
	case g.writable() && g.Team:
		s.Task, s.Title = RemoveFromTeam, p.policy.Lang().Say("Remove from %s", g.teamLabel(p.policy.Lang()))
	case g.writable():
		s.Task, s.Title = RemoveFromGroup, p.policy.Lang().Say("Remove from %s", g.label())
	default:
		where, how := foreignPlace(p.policy.Lang(), g, p.policy.Lang().Say("Members"), p.policy.Lang().Say("remove %s", p.facts.Subject.UPN))
		s = byHand(s, p.policy.Lang().Say("Remove %s from %s%s", p.name, g.label(), where), p.policy.Lang().Say("%s Press Done: Muster looks whether it worked.", how), strings.TrimSpace(p.policy.Lang().Say("%s Becomes a task for IT: %s %s.", s.Note, g.label(), foreignWhy(p.policy.Lang(), g))))
	}
	p.carrier[g.ID] = s.Key
	return s
}

// foreignWhy says why Muster cannot change a group.
func foreignWhy(lang texts.Language, g Group) string {
	switch g.Kind {
	case MailGroup:
		return lang.Say("is a mail group, which only Exchange can change")
	case SyncedGroup:
		return lang.Say("comes from the on-premises directory, where Muster cannot change it")
	case RoleGroup:
		return lang.Say("can carry directory roles, which are outside Muster's permissions")
	case RestrictedGroup:
		return lang.Say("is in a restricted administrative unit, whose own administrators change it")
	}
	return lang.Say("is of a kind that Muster does not know")
}

// foreignPlace says where people change a group that Muster cannot change: for a title, and as an instruction.
func foreignPlace(lang texts.Language, g Group, tab, do string) (where, how string) {
	name := g.label()
	switch g.Kind {
	case MailGroup:
		return lang.Say(" in Exchange"), lang.Say("In the Exchange admin centre, open Recipients, Groups, %s, %s, and %s.", name, tab, do)
	case SyncedGroup:
		if tab == "Owners" {
			tab = lang.Say("Managed By")
		}
		return lang.Say(" on-premises"), lang.Say("In Active Directory Users and Computers, open the group %s, %s, and %s. Wait for the next synchronisation.", name, tab, do)
	case RoleGroup:
		return lang.Say(" in Entra"), lang.Say("As Privileged Role Administrator, open the Entra admin centre, Groups, %s, %s, and %s.", name, tab, do)
	case RestrictedGroup:
		return lang.Say(" in Entra"), lang.Say("As an administrator of the restricted administrative unit, open the Entra admin centre, Groups, %s, %s, and %s.", name, tab, do)
	}
	return "", lang.Say("Open the group %s where it is kept, and %s.", name, do)
}

// manualOfLeaver is the step of something that people do anyway when somebody leaves. What is due before the exit need not wait for it.
func (p *planner) manualOfLeaver(l Line, it Item) (Step, error) {
	s := p.begin(l, p.key("manual", it.Manual, it.Owner), p.policy.Lang().Say("%s from %s", it.label(), p.name))
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
	people := series(p.policy.Lang(), p.reports())
	return p.prepared(l, reportsKey, p.policy.Lang().Say("Name a new manager for %s", people), p.policy.Lang().Say("Decide who manages %s from now on, and have HR or IT set it in the directory: their requests and approvals go to %s until then.", people, p.name)), nil
}

// planFiles is that somebody looks through the leaver's files.
func planFiles(p *planner, l Line) ([]Step, error) {
	if a := p.facts.Subject; a.Guest || (!p.facts.Mailbox && len(a.Licences) == 0) {
		return nil, nil
	}
	how := p.policy.Lang().Say("Have the files that others need moved from the OneDrive of %s to a team or a SharePoint site while the sign-in is open.", p.name)
	if p.come() {
		how = p.policy.Lang().Say("Ask IT for access to the OneDrive of %s, and move what others need to a team or a SharePoint site.", p.name)
	}
	how += p.policy.Lang().Say(" It is kept at least until licences are taken back on %s. Look also for apps, forms and flows that only %s runs. Press Done when nothing is missing.", DateOf(p.release().In(p.zone)).Say(p.policy.Lang()), p.name)
	return p.prepared(l, oneDriveKey, p.policy.Lang().Say("Hand over the OneDrive of %s", p.name), how), nil
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
		alone = p.policy.Lang().Say(" Nobody else owns %s.", series(p.policy.Lang(), last))
	}
	p.warn(p.policy.Lang().Say("%s owns %s: %s becomes owner instead.%s", p.name, series(p.policy.Lang(), all), p.successor.Name, alone))
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
		p.warn(p.policy.Lang().Say("Muster cannot change %s: taking %s out becomes %s for IT.", series(p.policy.Lang(), foreign), p.name, plural(len(foreign), p.policy.Lang().Say("a task"), p.policy.Lang().Say("tasks"))))
	}
	if len(rules) > 0 {
		p.warn(p.policy.Lang().Say("%s stays in %s: a rule decides who is in, and lets go when the details of the account change.", p.name, series(p.policy.Lang(), rules)))
	}
	if n := len(p.facts.Reports); n > 0 {
		p.warn(p.policy.Lang().Say("%s %s to %s and %s a new manager.", series(p.policy.Lang(), p.reports()), plural(n, p.policy.Lang().Say("reports"), p.policy.Lang().Say("report")), p.name, plural(n, p.policy.Lang().Say("needs"), p.policy.Lang().Say("need"))))
	}
	if n := len(p.facts.Waiting); n > 0 {
		var ids []string
		for _, id := range p.facts.Waiting {
			ids = append(ids, string(id))
		}
		p.warn(p.policy.Lang().Say("%s for a decision of %s: %s. When the sign-in is blocked, others are asked.", plural(n, p.policy.Lang().Say("An open case waits"), p.policy.Lang().Say("%d open cases wait", n)), p.name, series(p.policy.Lang(), sorted(ids))))
	}
	if p.facts.InIT {
		p.warn(p.policy.Lang().Say("%s reads the channel of IT or of the owners, so nothing about this case is said there.", p.name))
	}
	if p.facts.Subject.Guest {
		p.warn(p.policy.Lang().Say("%s is a guest: only the access here ends, the sign-in at home does not.", p.name))
	}
	p.rightsNotes()
}

// timing warns when the exit has passed, when there is little time, and when the day is odd.
func (p *planner) timing() []string {
	var out []string
	at := func() string {
		t := p.exit().In(p.zone)
		return p.policy.Lang().Say("%s at %s", DateOf(t).Say(p.policy.Lang()), t.Format("15:04"))
	}
	if !p.facts.Subject.Enabled {
		out = append(out, p.policy.Lang().Say("The sign-in of %s is blocked already. Muster checks that it is, and does the rest.", p.name))
	} else if p.exit().Before(p.now) && !p.event.Urgent {
		since, then := "", p.policy.Lang().Say("It is blocked as soon as you confirm.")
		if days := int(DateOf(p.now.In(p.zone)).Time().Sub(DateOf(p.exit().In(p.zone)).Time()).Hours() / 24); days > 0 {
			since = p.policy.Lang().Say("for %s ", count(p.policy.Lang(), days, "day"))
		}
		if p.privileged() != "" {
			then = p.policy.Lang().Say("IT is asked to block it as soon as you confirm.")
		}
		out = append(out, p.policy.Lang().Say("The exit was on %s: the sign-in has been open %ssince then. %s", at(), since, then))
	} else if p.wanted(p.exit()).Before(p.now) && !p.come() {
		out = append(out, p.policy.Lang().Say("Short notice: the hand-over should be done by %s. The manager has until the sign-in ends on %s.", DateOf(p.wanted(p.exit()).In(p.zone)).Say(p.policy.Lang()), at()))
	}
	if day := p.event.LastDay; !p.event.Urgent && !p.site.IsWorkingDay(day) {
		out = append(out, p.policy.Lang().Say("%s is not a working day at %s. Check the last day.", day.Say(p.policy.Lang()), p.event.Site))
	}
	return slices.Clip(out)
}
