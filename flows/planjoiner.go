package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
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
		return Plan{}, nil, invalid("The policy has no site called \"" + e.Site + "\".")
	case !knownJob:
		return Plan{}, nil, invalid("The policy has no job profile called \"" + e.Job + "\".")
	case e.Manager.ID == "":
		return Plan{}, nil, invalid("Nobody is chosen as manager.")
	case f.UPN == "":
		return Plan{}, nil, invalid("No free sign-in name was found.")
	}
	j := joinerPlanner{event: e, policy: p, facts: f, people: people, site: site, held: map[string]bool{}}
	for _, at := range []struct {
		into *time.Time
		due  Due
	}{{&j.create, p.Joiner.CreateAccount}, {&j.access, p.Joiner.Access}, {&j.enable, p.Joiner.Enable}} {
		due, err := at.due.On(e.Start, site)
		if err != nil {
			return Plan{}, nil, fmt.Errorf("plan joiner at site %s: %w", e.Site, err)
		}
		*at.into = due
	}
	if err := j.plan(job); err != nil {
		return Plan{}, nil, err
	}
	plan := Plan{
		Account: NewAccount{
			UPN: f.UPN, Name: e.Name(), Given: e.Given, Surname: e.Surname,
			JobTitle: orElse(job.Title, e.Job), Department: job.Department, Office: orElse(site.Office, e.Site),
			CostCentre: e.CostCentre, Company: p.Organisation, Employee: employeeType(e.Employment),
			UsageLocation: site.Country, HireDate: e.Start,
		},
		Manager: e.Manager.ID, Steps: j.steps, Policy: p.Hash(),
	}
	return plan, slices.Concat(j.shortNotice(now), j.namesakes(), j.warnings), nil
}

func employeeType(employment string) string {
	if employment == contractor {
		return "Contractor"
	}
	return "Employee"
}

// joinerPlanner gathers the steps of one joiner.
type joinerPlanner struct {
	event                  PeopleEvent
	policy                 *Policy
	facts                  Facts
	people                 map[string][]Person
	site                   Site
	create, access, enable time.Time
	held                   map[string]bool // entitlements that have a step, by identity in the directory
	steps                  []Step
	warnings               []string
}

func (j *joinerPlanner) warn(format string, args ...any) {
	if w := fmt.Sprintf(format, args...); !slices.Contains(j.warnings, w) {
		j.warnings = append(j.warnings, w)
	}
}

// offer is an item with how it is offered.
type offer struct {
	Item
	choice Choice
	why    string
}

// plan builds the steps in the order in which people read them; dependencies and due times decide in which they run.
func (j *joinerPlanner) plan(job Job) error {
	name, manager := j.event.Name(), orElse(j.event.Manager.Name, "the manager")
	j.add(Step{Key: accountKey, Task: CreateAccount, Title: "Create the account " + j.facts.UPN + ", sign-in blocked", Due: j.create, Choice: Fixed, Name: j.facts.UPN})
	j.add(Step{Key: managerKey, Task: SetManager, Title: "Set " + manager + " as manager", Due: j.create, Choice: Fixed, After: []StepKey{accountKey}, Name: manager})

	var offers []offer
	for _, list := range []struct {
		items  []Item
		choice Choice
		why    string
	}{{j.policy.Birthright, Fixed, "everybody"}, {job.Access, Ticked, j.event.Job}, {job.Optional, Extra, j.event.Job}, {job.Elevated, Elevated, j.event.Job}} {
		for _, it := range list.items {
			offers = append(offers, offer{it, list.choice, list.why})
		}
	}
	var base []StepKey // the licences that teams and mailboxes come with
	for _, o := range offers {
		if o.Licence == "" {
			continue
		}
		if s, ok := j.licence(o); ok {
			j.add(s)
			if s.Task == AssignLicences && (s.Choice == Fixed || s.Choice == Ticked) {
				base = append(base, s.Key)
			}
		}
	}
	for _, kind := range []func(Item) string{func(it Item) string { return it.Group }, func(it Item) string { return it.Team }} {
		for _, o := range offers {
			if policyName := kind(o.Item); policyName != "" {
				j.add(j.membership(o, policyName, base)...)
			}
		}
	}
	for _, o := range offers {
		if o.Manual != "" {
			steps, err := j.manual(o)
			if err != nil {
				return err
			}
			j.add(steps...)
		}
	}

	afterEnable := []StepKey{enableKey}
	c := j.policy.Joiner.Credential
	welcome := strings.NewReplacer("{name}", j.event.Given, "{organisation}", j.policy.Organisation).Replace(orElse(j.policy.Joiner.Welcome, welcomeDefault))
	j.add(
		Step{Key: enableKey, Task: EnableAccount, Title: "Open the sign-in", Due: j.enable, Choice: Fixed, After: []StepKey{accountKey}},
		Step{Key: credentialKey, Task: OfferPass, Title: "Offer the day-one credential to the manager", Due: j.enable, Choice: Fixed, After: afterEnable, Owner: managerOwner, Minutes: c.Minutes, Reuse: c.Reuse},
		Step{Key: welcomeStep, Task: SendWelcome, Title: "Send the welcome message", Due: j.enable, Choice: Fixed, After: afterEnable, Text: welcome},
		Step{Key: startedKey, Task: AskStarted, Title: "Ask the manager whether " + name + " started", Due: j.site.AddWorkingHours(j.enable, j.policy.Joiner.AskStarted), Choice: Fixed, After: afterEnable, Owner: managerOwner},
	)
	return nil
}

// add appends steps. Their times are kept in UTC, so that the plan's bytes do not depend on how a zone was loaded.
func (j *joinerPlanner) add(steps ...Step) {
	for _, s := range steps {
		s.Due = s.Due.UTC()
		j.steps = append(j.steps, s)
	}
}

// once reports whether the entitlement has no step yet, and notes that it has one now.
func (j *joinerPlanner) once(identity string) bool {
	first := !j.held[identity]
	j.held[identity] = true
	return first
}

// step begins the step of an offer.
func (j *joinerPlanner) step(o offer, due time.Time) Step {
	s := Step{Key: StepKey(o.key()), Due: due, Choice: o.choice, Name: o.label(), Why: o.why}
	if o.choice == Elevated {
		s.Approvers, s.Named = slices.Clone(j.people[o.Approver]), o.Approver != ""
		if s.Stages = j.policy.stages(o.Item, j.event.Site, j.policy.Jobs[j.event.Job].Department, j.people); len(s.Stages) > 0 {
			s.Approvers = s.everybody()
			j.unsigned(s)
		} else if len(s.Approvers) == 0 && o.Approver != "" {
			j.warn("Nobody can sign off %s: the directory does not have %s, whom the policy names.", o.label(), o.Approver)
		} else if len(s.Approvers) == 0 {
			j.warn("Nobody can be asked to sign off %s: the policy names no approver in person.", o.label())
		}
	}
	return s
}

// unsigned warns of each round of a step that nobody can sign.
func (j *joinerPlanner) unsigned(s Step) {
	for _, r := range s.Stages {
		for _, seat := range r.Seats {
			if len(seat.People) == 0 && (r.All || len(r.Seats) == 1) {
				j.warn("Nobody can sign off %s as %s: the directory has nobody for it. A deputy or an owner is asked instead.", s.Name, seat.For)
			}
		}
	}
}

// byHand makes a step one that IT does outside Muster.
func byHand(s Step, title, instructions, note string) Step {
	s.Task, s.Owner, s.Title, s.Instructions, s.Note = Manual, string(IT), title, instructions, note
	return s
}

// manual is the step of an item that people do anyway.
func (j *joinerPlanner) manual(o offer) ([]Step, error) {
	if !j.once("manual:" + plain(o.Manual)) {
		return nil, nil
	}
	due := j.access
	if o.Due != nil {
		var err error
		if due, err = o.Due.On(j.event.Start, j.site); err != nil {
			return nil, fmt.Errorf("plan %s: %w", o.key(), err)
		}
	}
	s := j.step(o, due)
	s.Task, s.Title, s.Instructions, s.Owner = Manual, o.label()+" for "+j.event.Name(), o.Instructions, orElse(o.Owner, string(IT))
	switch {
	case isGUID(s.Owner):
		s.Owner = strings.ToLower(s.Owner)
	case strings.Contains(s.Owner, "@"):
		if who := j.people[s.Owner]; len(who) > 0 {
			s.Owner = string(who[0].ID)
		} else {
			j.warn("The directory does not have %s, whom the policy names for %s. IT is asked instead.", s.Owner, o.label())
			s.Owner = string(IT)
		}
	}
	return []Step{s}, nil
}
