package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

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
		return Plan{}, nil, invalid("The policy has no site called \"" + e.Site + "\".")
	case f.Subject.ID == "" || f.Subject.ID != e.Subject.ID:
		return Plan{}, nil, invalid("Nobody is chosen whose name changes.")
	case p.IsProtected(f.Subject):
		return Plan{}, nil, deny("The policy protects this account: Muster never touches it. Ask an owner.")
	case f.UPN == "":
		return Plan{}, nil, invalid("No free sign-in name was found.")
	}
	base, err := newPlanner(e, p, f, now)
	if err != nil {
		return Plan{}, nil, fmt.Errorf("plan rename at site %s: %w", e.Site, err)
	}
	hour, minute := clockOr(e.At, p.Rename.At)
	base.anchors[atChange] = e.Start.At(base.zone, hour, minute)
	if err := base.run(RenameFlow); err != nil {
		return Plan{}, nil, err
	}
	r := base.renaming()
	return Plan{
		Account: NewAccount{UPN: f.UPN, Name: r.name, Given: e.Given, Surname: e.Surname, UsageLocation: f.Subject.UsageLocation},
		Manager: f.Manager.ID, Steps: base.steps, Policy: p.Hash(),
	}, slices.Concat(r.late(now), base.warnings), nil
}

// planNames are the steps of a change of name.
func planNames(p *planner, _ Line) ([]Step, error) {
	r := p.renaming()
	r.plan()
	return p.joined(r.steps, r.warnings), nil
}

// renaming gathers the steps of a change of name at the time that it is due.
func (p *planner) renaming() renamePlanner {
	e, f, site, at := p.event, p.facts, p.site, p.anchors[atChange]
	openHour, openMinute := clockOr(site.Opens, opensDefault)
	tell := site.AddWorkingDays(e.Start, -1).At(p.zone, openHour, openMinute)
	r := renamePlanner{event: e, facts: f, at: at, tell: tell, when: e.Start.Say() + " at " + at.Format("15:04")}
	r.name = renamed(f.Subject, e)
	return r
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

type renamePlanner struct {
	event    PeopleEvent
	facts    Facts
	at, tell time.Time
	when     string // at, as people say it
	name     string // the new display name
	steps    []Step
	warnings []string
}

// moves reports whether the sign-in name changes.
func (r *renamePlanner) moves() bool { return !strings.EqualFold(r.facts.Subject.UPN, r.facts.UPN) }

func (r *renamePlanner) add(s Step) {
	s.Due, s.Choice = s.Due.UTC(), Fixed
	r.steps = append(r.steps, s)
}

func (r *renamePlanner) warn(format string, args ...any) {
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

func (r *renamePlanner) plan() {
	a, old := r.facts.Subject, r.facts.Subject.Name
	person, manager := a.Person(), r.facts.Manager.Person()
	before := "Your name in Microsoft 365 changes to " + r.name + " on " + r.when + "."
	toManager := old + " is called " + r.name + " from " + r.when + " on."
	after := "Your name in Microsoft 365 is " + r.name + " now."
	managerAfter := old + " is called " + r.name + " in Microsoft 365 now."
	if r.moves() {
		before += " From then on you sign in as " + r.facts.UPN + " with the password you have. You may be asked to sign in again, and to set up phone sign-in anew. Mail to " + a.UPN + " still reaches you."
		toManager += " The sign-in name becomes " + r.facts.UPN + "; mail to the old address still arrives. Access does not change."
		after += " You sign in as " + r.facts.UPN + ". If something asks for the old name, tell IT."
		managerAfter += " The new address is " + r.facts.UPN + "."
	}
	r.add(Step{Key: tellPersonKey, Task: TellPerson, Title: "Tell " + old + " what changes", Due: r.tell, Person: person, Text: before})
	r.add(Step{Key: tellManagerKey, Task: TellPerson, Title: "Tell " + orElse(manager.Name, "the manager") + " what changes", Due: r.tell, Person: manager, Text: toManager})
	last := namesKey
	switch {
	case a.Synced:
		r.onPremises()
		last = signInNameKey
	default:
		r.add(Step{Key: namesKey, Task: SetNames, Title: "Change the name to " + r.name, Due: r.at, Name: r.name})
		if r.moves() {
			r.signInName()
			last = signInNameKey
		}
	}
	if r.moves() && r.facts.Mailbox {
		r.alias()
	}
	r.add(Step{Key: "told:person", Task: TellPerson, Title: "Tell " + r.name + " that it is done", Due: r.at, After: []StepKey{last}, Person: person, Text: after})
	r.add(Step{Key: "told:manager", Task: TellPerson, Title: "Tell " + orElse(manager.Name, "the manager") + " that it is done", Due: r.at, After: []StepKey{last}, Person: manager, Text: managerAfter})
	r.breaks()
}

// signInName is the sensitive part: it waits until the manager was told, and for an administrator a person does it.
func (r *renamePlanner) signInName() {
	s := Step{Key: signInNameKey, Task: ChangeSignInName, Title: "Change the sign-in name to " + r.facts.UPN, Due: r.at, After: []StepKey{tellManagerKey, namesKey}, Name: r.facts.UPN}
	if because := r.facts.privileged(); because != "" {
		s = byHand(s, s.Title+" in Entra", "As Privileged Authentication Administrator or Global Administrator, open the Entra admin centre, Users, "+r.facts.Subject.UPN+", Edit properties, Identity, and write "+r.facts.UPN+" as the user principal name. Press Done: Muster looks whether it is so.",
			"Becomes a task for IT: "+r.facts.Subject.Name+" "+because+".")
		s.Look = lookNewName
		r.warn("%s %s, and Microsoft lets no ordinary app change such a sign-in name: it becomes a task for IT.", r.facts.Subject.Name, because)
	}
	r.add(s)
}

// onPremises is the change of somebody whom the on-premises directory is in charge of.
func (r *renamePlanner) onPremises() {
	s := byHand(Step{Key: signInNameKey, Due: r.at, After: []StepKey{tellManagerKey}, Name: r.facts.UPN}, "Rename "+r.facts.Subject.Name+" in Active Directory",
		"The account "+r.facts.Subject.UPN+" comes from the on-premises Active Directory. In Active Directory Users and Computers, open the account and write: first name "+r.event.Given+", last name "+r.event.Surname+", display name "+r.name+", user logon name "+r.facts.UPN+". Press Done when the next synchronisation has run: Muster looks whether it is so.",
		"The on-premises directory is in charge of this account.")
	s.Look = lookNewName
	r.add(s)
	r.warn("%s comes from the on-premises directory: IT gets a task to change the name there.", r.facts.Subject.Name)
}

// alias keeps mail to the former address coming. Graph shows proxy addresses and does not change them.
func (r *renamePlanner) alias() {
	s := byHand(Step{Key: aliasKey, Due: r.at, After: []StepKey{signInNameKey}, Name: r.facts.Subject.UPN}, "Keep "+r.facts.Subject.UPN+" as an alias in Exchange",
		"In the Exchange admin centre, open Recipients, Mailboxes, "+r.name+", Manage email address types. Make "+r.facts.UPN+" the primary address and keep "+r.facts.Subject.UPN+" as an alias. Press Done: Muster looks whether both are there.",
		"Microsoft Graph shows addresses and cannot change them: becomes a task for IT.")
	s.Look = lookBothAddresses
	r.add(s)
}

// breaks says what a new sign-in name is known to break (Microsoft Entra, planning for UPN changes).
func (r *renamePlanner) breaks() {
	if n := len(r.facts.UPNTaken); n > 0 {
		r.warn("The sign-in name %s. The new one is %s.", strings.Join(r.facts.UPNTaken, ", "), r.facts.UPN)
	}
	if !r.moves() {
		r.warn("The sign-in name stays %s: only the name that people see changes.", r.facts.Subject.UPN)
		return
	}
	r.warn("The address of the OneDrive changes: links to shared files may stop working, and must be shared anew.")
	r.warn("Apps that know people by their sign-in name may show an empty profile, and need their owner to change the name there.")
	r.warn("Phone sign-in with Authenticator must be set up again, and phones that are managed by app protection must be enrolled again.")
}

func (r *renamePlanner) late(now time.Time) []string {
	switch {
	case r.at.Before(now):
		return []string{"The change was due on " + r.when + ". It is made as soon as you confirm."}
	case r.tell.Before(now):
		return []string{"Short notice: " + r.facts.Subject.Name + " and the manager are told as soon as you confirm."}
	}
	return nil
}

// privileged says why Microsoft lets only an administrator change what is sensitive about the account; nothing when Muster can.
func (f Facts) privileged() string {
	if len(f.Admin) > 0 {
		return "holds the directory " + plural(len(f.Admin), "role", "roles") + " " + series(sorted(f.Admin))
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
		return "belongs to " + series(groups) + ", which can carry directory roles"
	}
	return ""
}
