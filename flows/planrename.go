package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// The lines of a change of name that become steps of other tasks.
const (
	AnnounceName TaskName = "announce_name"       // becomes tell_person
	ConfirmName  TaskName = "confirm_name"        // becomes tell_person
	KeepAddress  TaskName = "keep_former_address" // becomes a manual step
)

// toPerson is that a message goes to the person whose name changes.
const toPerson = "person"

// The keys of the steps of a change of name.
const (
	tellPersonKey  StepKey = "tell:person"
	tellManagerKey StepKey = "tell:manager"
	namesKey       StepKey = "names"
	signInNameKey  StepKey = "sign_in_name"
	aliasKey       StepKey = "alias"
)

// PlanRename makes the plan of a change of name: people are told before, the names change, then the sign-in name in a step of its own, the
// former address stays as an alias, and people are told after. Access is not touched. The sentences are warnings for HR. Same input, same
// bytes. A protected account is refused.
func PlanRename(e PeopleEvent, p *Policy, f Facts, now time.Time) (Plan, []string, error) {
	switch _, known := p.Sites[e.Site]; {
	case !known:
		return Plan{}, nil, invalid(p.Lang().Say("The policy has no site called \"%s\".", e.Site))
	case f.Subject.ID == "" || f.Subject.ID != e.Subject.ID:
		return Plan{}, nil, invalid(p.Lang().Say("Nobody is chosen whose name changes."))
	case p.IsProtected(f.Subject):
		return Plan{}, nil, deny(p.Lang().Say("The policy protects this account: Muster never touches it. Ask an owner."))
	case f.UPN == "":
		return Plan{}, nil, invalid(p.Lang().Say("No free sign-in name was found."))
	}
	base, err := newPlanner(e, p, f, now)
	if err != nil {
		return Plan{}, nil, fmt.Errorf("plan rename at site %s: %w", e.Site, err)
	}
	base.renameTimes()
	if err := base.run(RenameFlow); err != nil {
		return Plan{}, nil, err
	}
	base.breaks()
	return Plan{
		Account: NewAccount{UPN: f.UPN, Name: renamed(f.Subject, e), Given: e.Given, Surname: e.Surname, UsageLocation: f.Subject.UsageLocation},
		Manager: f.Manager.ID, Steps: base.steps, Policy: p.Hash(),
	}, slices.Concat(base.lateName(), base.warnings), nil
}

// renameTimes are what the lines of a change of name count from.
func (p *planner) renameTimes() {
	hour, minute := clockOr(p.event.At, p.policy.Rename.At)
	p.anchors[atChange] = p.event.Start.At(p.zone, hour, minute)
	hour, minute = clockOr(p.site.Opens, opensDefault)
	p.anchors[atBefore] = p.site.AddWorkingDays(p.event.Start, -1).At(p.zone, hour, minute)
}

// planOfRename are the tasks that are planned for a change of name only.
func planOfRename() map[TaskName]planLine {
	return map[TaskName]planLine{AnnounceName: planAnnounceName, SetNames: planNames, ChangeSignInName: planSignInName, KeepAddress: planKeepAddress, ConfirmName: planConfirmName}
}

// newNameAt is when the name changes, as people say it.
func (p *planner) newNameAt() string {
	return p.policy.Lang().Say("%s at %s", p.event.Start.Say(p.policy.Lang()), p.anchors[atChange].Format("15:04"))
}

// renamed is the new display name. What the old one had beside the names, such as a department, stays.
func renamed(a Account, e PeopleEvent) string {
	name := e.Given + " " + e.Surname
	if a.Given == "" || a.Surname == "" || !strings.Contains(a.Name, a.Surname) {
		return name
	}
	kept := strings.Replace(a.Name, a.Surname, e.Surname, 1)
	if !strings.Contains(kept, a.Given) {
		return name
	}
	return strings.Replace(kept, a.Given, e.Given, 1)
}

// newSignIn reports whether the sign-in name changes.
func (p *planner) newSignIn() bool { return !strings.EqualFold(p.facts.Subject.UPN, p.facts.UPN) }

// planAnnounceName tells the person or the manager what is going to change.
func planAnnounceName(p *planner, l Line) ([]Step, error) {
	a, name := p.facts.Subject, renamed(p.facts.Subject, p.event)
	text, more := p.policy.Lang().Say("%s is called %s from %s on.", a.Name, name, p.newNameAt()), p.policy.Lang().Say(" The sign-in name becomes %s; mail to the old address still arrives. Access does not change.", p.facts.UPN)
	if l.To == toPerson {
		text, more = p.policy.Lang().Say("Your name in Microsoft 365 changes to %s on %s.", name, p.newNameAt()), p.policy.Lang().Say(" From then on you sign in as %s with the password you have. You may be asked to sign in again, and to set up phone sign-in anew. Mail to %s still reaches you.", p.facts.UPN, a.UPN)
	}
	return p.tellName(l, "tell:", a.Name, p.policy.Lang().Say("what changes"), text, more), nil
}

// planConfirmName tells the person or the manager that it is done, once the name is what it is to be.
func planConfirmName(p *planner, l Line) ([]Step, error) {
	a, name := p.facts.Subject, renamed(p.facts.Subject, p.event)
	text, more := p.policy.Lang().Say("%s is called %s in Microsoft 365 now.", a.Name, name), p.policy.Lang().Say(" The new address is %s.", p.facts.UPN)
	if l.To == toPerson {
		text, more = p.policy.Lang().Say("Your name in Microsoft 365 is %s now.", name), p.policy.Lang().Say(" You sign in as %s. If something asks for the old name, tell IT.", p.facts.UPN)
	}
	steps := p.tellName(l, "told:", name, p.policy.Lang().Say("that it is done"), text, more)
	for i, s := range steps {
		steps[i].After = p.lastOf(s.After)
	}
	return steps, nil
}

// tellName is a message about the name. What it says beside the name is left out when the sign-in name stays.
func (p *planner) tellName(l Line, key StepKey, name, what, text, more string) []Step {
	who, to, label := p.facts.Manager.Person(), toManager, orElse(p.facts.Manager.Name, p.policy.Lang().Say("the manager"))
	if l.To == toPerson {
		who, to, label = p.facts.Subject.Person(), toPerson, name
	}
	if p.newSignIn() {
		text += more
	}
	s := p.begin(l, key+StepKey(to), p.policy.Lang().Say("Tell %s %s", label, what))
	s.Task, s.Person, s.Text = TellPerson, who, text
	return []Step{s}
}

// lastOf are those of the steps that none of the others waits for. What was said before holds up the sign-in name only.
func (p *planner) lastOf(keys []StepKey) []StepKey {
	return slices.DeleteFunc(slices.Clone(keys), func(k StepKey) bool {
		return strings.HasPrefix(string(k), "tell:") || slices.ContainsFunc(p.steps, func(s Step) bool { return slices.Contains(keys, s.Key) && slices.Contains(s.After, k) })
	})
}

// planNames changes the names, unless the on-premises directory is in charge of them.
func planNames(p *planner, l Line) ([]Step, error) {
	if p.facts.Subject.Synced {
		return nil, nil
	}
	name := renamed(p.facts.Subject, p.event)
	s := p.begin(l, namesKey, p.policy.Lang().Say("Change the name to %s", name))
	s.Name = name
	return []Step{s}, nil
}

// planSignInName is the sensitive part: for an administrator a person does it, and where the on-premises directory is in charge people change
// all of the name there.
func planSignInName(p *planner, l Line) ([]Step, error) {
	a := p.facts.Subject
	s := p.begin(l, signInNameKey, p.policy.Lang().Say("Change the sign-in name to %s", p.facts.UPN))
	s.Name = p.facts.UPN
	switch because := p.facts.privileged(p.policy.Lang()); {
	case a.Synced:
		s = byHand(s, p.policy.Lang().Say("Rename %s in Active Directory", a.Name),
			p.policy.Lang().Say("The account %s comes from the on-premises Active Directory. In Active Directory Users and Computers, open the account and write: first name %s, last name %s, display name %s, user logon name %s. Press Done when the next synchronisation has run: Muster looks whether it is so.", a.UPN, p.event.Given, p.event.Surname, renamed(a, p.event), p.facts.UPN),
			p.policy.Lang().Say("The on-premises directory is in charge of this account."))
		s.Look = lookNewName
		p.warn(p.policy.Lang().Say("%s comes from the on-premises directory: IT gets a task to change the name there.", a.Name))
	case !p.newSignIn():
		return nil, nil
	case because != "":
		s = byHand(s, p.policy.Lang().Say("%s in Entra", s.Title), p.policy.Lang().Say("As Privileged Authentication Administrator or Global Administrator, open the Entra admin centre, Users, %s, Edit properties, Identity, and write %s as the user principal name. Press Done: Muster looks whether it is so.", a.UPN, p.facts.UPN),
			p.policy.Lang().Say("Becomes a task for IT: %s %s.", a.Name, because))
		s.Look = lookNewName
		p.warn(p.policy.Lang().Say("%s %s, and Microsoft lets no ordinary app change such a sign-in name: it becomes a task for IT.", a.Name, because))
	}
	return []Step{s}, nil
}

// planKeepAddress keeps mail to the former address coming. Graph shows proxy addresses and does not change them.
func planKeepAddress(p *planner, l Line) ([]Step, error) {
	a := p.facts.Subject
	if !p.newSignIn() || !p.facts.Mailbox {
		return nil, nil
	}
	s := p.begin(l, aliasKey, "")
	s.Name = a.UPN
	s = byHand(s, p.policy.Lang().Say("Keep %s as an alias in Exchange", a.UPN),
		p.policy.Lang().Say("In the Exchange admin centre, open Recipients, Mailboxes, %s, Manage email address types. Make %s the primary address and keep %s as an alias. Press Done: Muster looks whether both are there.", renamed(a, p.event), p.facts.UPN, a.UPN),
		p.policy.Lang().Say("Microsoft Graph shows addresses and cannot change them: becomes a task for IT."))
	s.Look = lookBothAddresses
	return []Step{s}, nil
}

// breaks says what a new sign-in name is known to break (Microsoft Entra, planning for UPN changes).
func (p *planner) breaks() {
	if n := len(p.facts.UPNTaken); n > 0 {
		p.warn(p.policy.Lang().Say("The sign-in name %s. The new one is %s.", strings.Join(p.facts.UPNTaken, ", "), p.facts.UPN))
	}
	if !p.newSignIn() {
		p.warn(p.policy.Lang().Say("The sign-in name stays %s: only the name that people see changes.", p.facts.Subject.UPN))
		return
	}
	p.warn(p.policy.Lang().Say("The address of the OneDrive changes: links to shared files may stop working, and must be shared anew."))
	p.warn(p.policy.Lang().Say("Apps that know people by their sign-in name may show an empty profile, and need their owner to change the name there."))
	p.warn(p.policy.Lang().Say("Phone sign-in with Authenticator must be set up again, and phones that are managed by app protection must be enrolled again."))
}

func (p *planner) lateName() []string {
	switch {
	case p.anchors[atChange].Before(p.now):
		return []string{p.policy.Lang().Say("The change was due on %s. It is made as soon as you confirm.", p.newNameAt())}
	case p.anchors[atBefore].Before(p.now):
		return []string{p.policy.Lang().Say("Short notice: %s and the manager are told as soon as you confirm.", p.facts.Subject.Name)}
	}
	return nil
}

// privileged says why Microsoft lets only an administrator change what is sensitive about the account; nothing when Muster can.
func (f Facts) privileged(lang texts.Language) string {
	if len(f.Admin) > 0 {
		return lang.Say("holds the directory %s %s", plural(len(f.Admin), lang.Say("role"), lang.Say("roles")), series(lang, sorted(f.Admin)))
	}
	var groups []string
	for _, g := range f.Member {
		if g.Kind == RoleGroup {
			groups = append(groups, g.label())
		}
	}
	for _, o := range f.Owned {
		if o.Group.Kind == RoleGroup {
			groups = append(groups, o.Group.label())
		}
	}
	if groups = slices.Compact(sorted(groups)); len(groups) > 0 {
		return lang.Say("belongs to %s, which can carry directory roles", series(lang, groups))
	}
	return ""
}
