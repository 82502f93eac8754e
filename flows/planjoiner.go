package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// The keys of the steps that every joiner has.
const (
	accountKey    StepKey = "account"
	managerKey    StepKey = "manager"
	enableKey     StepKey = "enable"
	credentialKey StepKey = "credential"
	welcomeStep   StepKey = "welcome"
	startedKey    StepKey = "started"
)

// Needs is what has to be looked up in the directory before a plan can be made, each name as the policy writes it, sorted.
type Needs struct {
	Groups   []string // groups and teams
	Licences []string // SKU part numbers
	People   []string // approvers of elevated items and owners of manual ones: sign-in names or object ids
}

// NeededNames says what a plan for a job needs to know. An unknown job needs the birthright's.
func NeededNames(p *Policy, job string) Needs {
	var n Needs
	for _, it := range p.itemsOf(job) {
		n.People = append(n.People, p.seatNames(it, p.Jobs[job].Department)...)
		switch {
		case it.Group != "":
			n.Groups = append(n.Groups, it.Group)
		case it.Team != "":
			n.Groups = append(n.Groups, it.Team)
		case it.Licence != "":
			n.Licences = append(n.Licences, it.Licence)
		}
		for _, who := range []string{it.Approver, it.Owner} {
			if strings.Contains(who, "@") || isGUID(who) {
				n.People = append(n.People, who)
			}
		}
	}
	for _, names := range []*[]string{&n.Groups, &n.Licences, &n.People} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	return n
}

// itemsOf are all entitlements that a plan for a job may hold.
func (p *Policy) itemsOf(job string) []Item {
	return slices.Concat(p.Birthright, p.Jobs[job].all())
}

// PlanJoiner makes the plan of a joiner from the event, the policy and what the directory said. people holds who stands behind the names
// of NeededNames, and behind "" everybody with the role approver. The sentences are warnings for HR. A due time may lie in the past: such
// a step runs at once. Same input, same bytes. An event that CheckEvent accepts and facts that are complete give no error.
func PlanJoiner(e PeopleEvent, p *Policy, f Facts, people map[string][]Person, now time.Time) (Plan, []string, error) {
	site, knownSite := p.Sites[e.Site]
	job, knownJob := p.Jobs[e.Job]
	switch {
	case !knownSite:
		return Plan{}, nil, invalid(p.Lang().Say("The policy has no site called \"%s\".", e.Site))
	case !knownJob:
		return Plan{}, nil, invalid(p.Lang().Say("The policy has no job profile called \"%s\".", e.Job))
	case e.Manager.ID == "":
		return Plan{}, nil, invalid(p.Lang().Say("Nobody is chosen as manager."))
	case f.UPN == "":
		return Plan{}, nil, invalid(p.Lang().Say("No free sign-in name was found."))
	}
	j, err := newPlanner(e, p, f, now)
	if err != nil {
		return Plan{}, nil, fmt.Errorf("plan joiner at site %s: %w", e.Site, err)
	}
	j.people = people
	j.anchors = joinerTimes(e, p.Joiner, site, j.zone)
	if err := j.run(JoinerFlow); err != nil {
		return Plan{}, nil, err
	}
	plan := Plan{
		Account: NewAccount{
			UPN: f.UPN, Name: e.Name(), Given: e.Given, Surname: e.Surname,
			JobTitle: orElse(job.Title, e.Job), Department: job.Department, Office: orElse(site.Office, e.Site),
			CostCentre: e.CostCentre, Company: p.Organisation, Employee: employeeType(p.Lang(), e.Employment),
			UsageLocation: site.Country, HireDate: e.Start,
		},
		Manager: e.Manager.ID, Steps: j.steps, Policy: p.Hash(),
	}
	return plan, slices.Concat(j.shortNotice(), j.namesakes(), j.warnings), nil
}

func employeeType(lang texts.Language, employment string) string {
	if employment == contractor {
		return lang.Say("Contractor")
	}
	return lang.Say("Employee")
}

// joinerTimes are what the lines of a joiner count from, by the policy's timing.
func joinerTimes(e PeopleEvent, timing Joiner, site Site, zone *time.Location) map[string]time.Time {
	on := func(d Due) time.Time {
		day := e.Start.AddDays(d.Days)
		if d.WorkingDays != 0 {
			day = site.AddWorkingDays(e.Start, d.WorkingDays)
		}
		hour, minute := clockOr(d.At, atDefault)
		return day.At(zone, hour, minute)
	}
	times := map[string]time.Time{
		atStart: on(Due{At: orElse(site.Opens, opensDefault)}), atCreate: on(timing.CreateAccount), atAccess: on(timing.Access), atEnable: on(timing.Enable),
	}
	times[atAsk] = site.AddWorkingHours(times[atEnable], timing.AskStarted)
	if e.End != "" {
		hour, minute := clockOr(site.Closes, closesDefault)
		times[atEnd] = e.End.At(zone, hour, minute)
	}
	return times
}

// offer is an item with how it is offered.
type offer struct {
	Item
	choice Choice
	why    string
}

// offers are all that the job and everybody get, in the order in which people read them.
func (p *planner) offers() []offer {
	job := p.policy.Jobs[p.event.Job]
	var offers []offer
	for _, list := range []struct {
		items  []Item
		choice Choice
		why    string
	}{{p.policy.Birthright, Fixed, "everybody"}, {job.Access, Ticked, p.event.Job}, {job.Optional, Extra, p.event.Job}, {job.Elevated, Elevated, p.event.Job}} {
		for _, it := range list.items {
			offers = append(offers, offer{it, list.choice, list.why})
		}
	}
	return offers
}

func planAccount(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, accountKey, p.policy.Lang().Say("Create the account %s, sign-in blocked", p.facts.UPN))
	s.Name = p.facts.UPN
	return []Step{s}, nil
}

func planManager(p *planner, l Line) ([]Step, error) {
	manager := orElse(p.event.Manager.Name, p.policy.Lang().Say("the manager"))
	s := p.begin(l, managerKey, p.policy.Lang().Say("Set %s as manager", manager))
	s.Name = manager
	return []Step{s}, nil
}

func planEnable(p *planner, l Line) ([]Step, error) {
	return p.one(l, enableKey, p.policy.Lang().Say("Open the sign-in")), nil
}

func planPass(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, credentialKey, p.policy.Lang().Say("Offer the day-one credential to the manager"))
	s.Owner, s.Minutes, s.Reuse = managerOwner, p.policy.Joiner.Credential.Minutes, p.policy.Joiner.Credential.Reuse
	if l.Minutes > 0 {
		s.Minutes = l.Minutes
	}
	return []Step{s}, nil
}

func planWelcome(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, welcomeStep, p.policy.Lang().Say("Send the welcome message"))
	s.Text = strings.NewReplacer("{name}", p.event.Given, "{organisation}", p.policy.Organisation).Replace(orElse(l.Text, orElse(p.policy.Joiner.Welcome, welcomeDefault)))
	return []Step{s}, nil
}

func planAsk(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, startedKey, p.policy.Lang().Say("Ask the manager whether %s started", p.name))
	s.Owner = managerOwner
	return []Step{s}, nil
}

// offered begins the step of an offer.
func (p *planner) offered(l Line, o offer) Step {
	s := p.begin(l, StepKey(o.key()), "")
	s.Choice, s.Name, s.Why = o.choice, o.label(), o.why
	if o.choice == Elevated {
		s.Approvers, s.Named = slices.Clone(p.people[o.Approver]), o.Approver != ""
		if s.Stages = p.policy.stages(o.Item, p.event.Site, p.policy.Jobs[p.event.Job].Department, p.people); len(s.Stages) > 0 {
			s.Approvers = s.everybody()
			p.unsigned(s)
		} else if len(s.Approvers) == 0 && o.Approver != "" {
			p.warn(p.policy.Lang().Say("Nobody can sign off %s: the directory does not have %s, whom the policy names.", o.label(), o.Approver))
		} else if len(s.Approvers) == 0 {
			p.warn(p.policy.Lang().Say("Nobody can be asked to sign off %s: the policy names no approver in person.", o.label()))
		}
	}
	return s
}

// unsigned warns of each round of a step that nobody can sign.
func (p *planner) unsigned(s Step) {
	for _, r := range s.Stages {
		for _, seat := range r.Seats {
			if len(seat.People) == 0 && (r.All || len(r.Seats) == 1) {
				p.warn(p.policy.Lang().Say("Nobody can sign off %s as %s: the directory has nobody for it. A deputy or an owner is asked instead.", s.Name, seat.For))
			}
		}
	}
}

// byHand makes a step one that IT does outside Muster.
func byHand(s Step, title, instructions, note string) Step {
	s.Task, s.Owner, s.Title, s.Instructions, s.Note = Manual, string(IT), title, instructions, note
	return s
}

// planManual is what people do anyway: what the line says, or else the manual items of the profiles or of the leaver.
func planManual(p *planner, l Line) ([]Step, error) {
	var steps []Step
	switch {
	case l.Title != "":
		fill := strings.NewReplacer("{name}", p.name, "{organisation}", p.policy.Organisation)
		s := p.begin(l, p.key("manual", l.name(), ""), fill.Replace(l.Title))
		s.Name, s.Instructions, s.Owner = s.Title, fill.Replace(l.Instructions), p.ownerOf(orElse(l.Owner, string(IT)), s.Title)
		return []Step{s}, nil
	case p.event.Kind == RenameEvent || p.event.Kind == LeaveEvent:
		return nil, nil // no policy lists any for these
	case p.event.Kind == LeaverEvent:
		for _, it := range p.policy.Leaver.Manual {
			if !p.once("manual:" + plain(it.Manual)) {
				continue
			}
			s, err := p.manualOfLeaver(l, it)
			if err != nil {
				return nil, err
			}
			steps = append(steps, s)
		}
		return steps, nil
	}
	for _, o := range p.offers() {
		if o.Manual == "" || !p.once("manual:"+plain(o.Manual)) {
			continue
		}
		s := p.offered(l, o)
		s.Title, s.Instructions = p.policy.Lang().Say("%s for %s", o.label(), p.name), o.Instructions
		if o.Due != nil {
			var err error
			if s.Due, err = o.Due.On(p.event.Start, p.site); err != nil {
				return nil, fmt.Errorf("plan %s: %w", o.key(), err)
			}
		}
		s.Owner = p.ownerOf(orElse(o.Owner, string(IT)), o.label())
		steps = append(steps, s)
	}
	return steps, nil
}

// ownerOf is who does a manual step, by what the policy says. IT stands in for somebody who is not there, or who leaves.
func (p *planner) ownerOf(owner, what string) string {
	switch {
	case isGUID(owner):
		if owner = strings.ToLower(owner); owner == string(p.facts.Subject.ID) {
			because := p.policy.Lang().Say("whom this is about")
			if p.event.Kind == LeaverEvent {
				because = p.policy.Lang().Say("who leaves")
			}
			p.warn(p.policy.Lang().Say("The policy gives %s to %s, %s. IT is asked instead.", what, p.name, because))
			return string(IT)
		}
	case strings.Contains(owner, "@"):
		if who := p.people[owner]; len(who) > 0 {
			return string(who[0].ID)
		}
		p.warn(p.policy.Lang().Say("The directory does not have %s, whom the policy names for %s. IT is asked instead.", owner, what))
		return string(IT)
	}
	return owner
}
