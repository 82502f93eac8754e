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

// handOver makes the successor owner of a group before the leaver stops being one, so that no group loses its last owner (edge case 21).
func (l *leaverPlanner) handOver(o Owned) {
	g := o.Group
	s := Step{Key: l.key("owner", g.Name, g.ID), Due: l.exit, After: []StepKey{exitKey}, Name: g.label(), Person: l.successor}
	title := "Make " + l.successor.Name + " owner of " + g.label()
	if o.Last {
		s.Note = "Nobody else owns it."
	}
	if g.writable() || g.Kind == DynamicGroup {
		s.Task, s.Title, s.Group = HandOverGroup, title, g.ID
	} else {
		where, how := foreignPlace(g, "Owners", "add "+orElse(l.successor.UPN, l.successor.Name)+" and remove "+l.facts.Subject.UPN)
		s = byHand(s, title+where, how+" Press Done when it is so.", strings.TrimSpace(s.Note+" Becomes a task for IT: "+g.label()+" "+foreignWhy(g)+"."))
	}
	l.owner[g.ID] = s.Key
	l.add(s)
}

// leave takes the person out of a group, unless a rule puts them there. A group that gives a licence is left when the licence goes: the
// mailbox would be lost with it. One that can carry directory roles is left at once all the same.
func (l *leaverPlanner) leave(g Group) {
	if g.Kind == DynamicGroup {
		return
	}
	kind := "group"
	if g.Team {
		kind = "team"
	}
	s := Step{Key: l.key(kind, g.Name, g.ID), Due: l.exit, After: []StepKey{exitKey}, Group: g.ID, Name: g.label()}
	if k, owned := l.owner[g.ID]; owned {
		s.After = append(s.After, k)
	}
	if gives := l.carries(g.ID); len(gives) > 0 {
		if g.Kind != RoleGroup && l.held() {
			l.warn("%s stays in %s, which gives the %s %s.", l.name, g.label(), plural(len(gives), "licence", "licences"), series(gives))
			return
		}
		s.Note = "Ends the " + plural(len(gives), "licence ", "licences ") + series(gives) + ", which " + plural(len(gives), "comes", "come") + " with this group"
		if g.Kind != RoleGroup && l.release.After(l.exit) {
			s.Due = l.release
			l.warn("%s stays in %s until %s: the %s %s with it.", l.name, g.label(), DateOf(l.release.In(l.zone)).Say(), plural(len(gives), "licence ", "licences ")+series(gives), plural(len(gives), "comes", "come"))
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
		where, how := foreignPlace(g, "Members", "remove "+l.facts.Subject.UPN)
		s = byHand(s, "Remove "+l.name+" from "+g.label()+where, how+" Press Done: Muster looks whether it worked.", strings.TrimSpace(s.Note+" Becomes a task for IT: "+g.label()+" "+foreignWhy(g)+"."))
	}
	l.carrier[g.ID] = s.Key
	l.add(s)
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

// manual is the step of something that people do anyway when somebody leaves. What is due before the exit need not wait for it.
func (l *leaverPlanner) manual(it Item) error {
	s := Step{Key: l.key("manual", it.Manual, it.Owner), Task: Manual, Title: it.label() + " from " + l.name, Due: l.exit, After: []StepKey{exitKey}, Name: it.label(), Owner: orElse(it.Owner, string(IT)), Instructions: it.Instructions}
	if it.Due != nil {
		due, err := it.Due.On(DateOf(l.exit.In(l.zone)), l.site)
		if err != nil {
			return fmt.Errorf("plan %s: %w", it.key(), err)
		}
		if due.Before(l.exit) && !l.come() {
			s.After = nil
		}
		s.Due = due
	}
	if !s.Due.After(l.now) {
		s.Due = l.prepared
	}
	if isGUID(s.Owner) {
		if s.Owner = strings.ToLower(s.Owner); s.Owner == string(l.facts.Subject.ID) {
			s.Owner = string(IT)
			l.warn("The policy gives %s to %s, who leaves. IT is asked instead.", it.label(), l.name)
		}
	}
	l.add(s)
	return nil
}

// prepare is what the manager hands over: before the exit, or after one that has come.
func (l *leaverPlanner) prepare() {
	task := func(k StepKey, title, instructions string) {
		s := Step{Key: k, Task: Manual, Title: title, Due: l.prepared, Owner: managerOwner, Instructions: instructions}
		if l.come() {
			s.After = []StepKey{exitKey}
		}
		l.add(s)
	}
	if n := len(l.facts.Reports); n > 0 {
		people := series(l.reports())
		task(reportsKey, "Name a new manager for "+people, "Decide who manages "+people+" from now on, and have HR or IT set it in the directory: their requests and approvals go to "+l.name+" until then.")
	}
	if a := l.facts.Subject; !a.Guest && (l.facts.Mailbox || len(a.Licences) > 0) {
		how := "Have the files that others need moved from the OneDrive of " + l.name + " to a team or a SharePoint site while the sign-in is open."
		if l.come() {
			how = "Ask IT for access to the OneDrive of " + l.name + ", and move what others need to a team or a SharePoint site."
		}
		task(oneDriveKey, "Hand over the OneDrive of "+l.name, how+" It is kept at least until licences are taken back on "+DateOf(l.release.In(l.zone)).Say()+". Look also for apps, forms and flows that only "+l.name+" runs. Press Done when nothing is missing.")
	}
}

func (l *leaverPlanner) reports() []string {
	var people []string
	for _, p := range l.facts.Reports {
		people = append(people, orElse(p.Name, p.UPN))
	}
	return sorted(people)
}

// ownership warns about what changes hands.
func (l *leaverPlanner) ownership(owned []Owned) {
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
	l.warn("%s owns %s: %s becomes owner instead.%s", l.name, series(all), l.successor.Name, alone)
}

// notes are the warnings about what Muster does not do, or does otherwise than people may expect.
func (l *leaverPlanner) notes(owned []Owned, member []Group) {
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
		l.warn("Muster cannot change %s: taking %s out becomes %s for IT.", series(foreign), l.name, plural(len(foreign), "a task", "tasks"))
	}
	if len(rules) > 0 {
		l.warn("%s stays in %s: a rule decides who is in, and lets go when the details of the account change.", l.name, series(rules))
	}
	if n := len(l.facts.Reports); n > 0 {
		l.warn("%s %s to %s and %s a new manager.", series(l.reports()), plural(n, "reports", "report"), l.name, plural(n, "needs", "need"))
	}
	if n := len(l.facts.Waiting); n > 0 {
		var ids []string
		for _, id := range l.facts.Waiting {
			ids = append(ids, string(id))
		}
		l.warn("%s for a decision of %s: %s. When the sign-in is blocked, others are asked.", plural(n, "An open case waits", fmt.Sprintf("%d open cases wait", n)), l.name, series(sorted(ids)))
	}
	if l.facts.InIT {
		l.warn("%s reads the channel of IT or of the owners, so nothing about this case is said there.", l.name)
	}
	if l.facts.Subject.Guest {
		l.warn("%s is a guest: only the access here ends, the sign-in at home does not.", l.name)
	}
}

// timing warns when the exit has passed, when there is little time, and when the day is odd.
func (l *leaverPlanner) timing() []string {
	var out []string
	at := func() string { t := l.exit.In(l.zone); return DateOf(t).Say() + " at " + t.Format("15:04") }
	if !l.facts.Subject.Enabled {
		out = append(out, "The sign-in of "+l.name+" is blocked already. Muster checks that it is, and does the rest.")
	} else if l.exit.Before(l.now) {
		since, then := "", "It is blocked as soon as you confirm."
		if days := int(DateOf(l.now.In(l.zone)).Time().Sub(DateOf(l.exit.In(l.zone)).Time()).Hours() / 24); days > 0 {
			since = "for " + count(days, "day") + " "
		}
		if l.privileged() != "" {
			then = "IT is asked to block it as soon as you confirm."
		}
		out = append(out, "The exit was on "+at()+": the sign-in has been open "+since+"since then. "+then)
	} else if l.wanted.Before(l.now) && !l.come() {
		out = append(out, "Short notice: the hand-over should be done by "+DateOf(l.wanted.In(l.zone)).Say()+". The manager has until the sign-in ends on "+at()+".")
	}
	if day := l.event.LastDay; !l.event.Urgent && !l.site.IsWorkingDay(day) {
		out = append(out, day.Say()+" is not a working day at "+l.event.Site+". Check the last day.")
	}
	return slices.Clip(out)
}
