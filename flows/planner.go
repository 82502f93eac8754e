package flows

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// planner gathers the steps of one plan, line by line of its workflow. The plan functions of the task catalogue work on it.
type planner struct {
	event     PeopleEvent
	policy    *Policy
	facts     Facts
	people    map[string][]Person // who stands behind the names of NeededNames
	site      Site
	zone      *time.Location
	now       time.Time
	name      string               // of the subject
	successor Person               // who takes over what the subject owns
	anchors   map[string]time.Time // what lines count from; one that the event does not have is left out
	flow      string               // the workflow in hand
	drawn     *drawing             // of a move: what was compared
	taken     []Step               // of a return: what the leave took away
	account   Step                 // of a rehire: the creation of the account, which is not needed

	waits    []StepKey            // what the line in hand waits for
	lines    map[string][]StepKey // the steps of each line; of one that has none, what it waited for
	given    map[string]bool      // entitlements that have a step, by identity in the directory
	keys     map[StepKey]bool
	owner    map[string]StepKey // step that hands a group over, by group id
	carrier  map[string]StepKey // step that takes somebody out of a group, by group id
	licensed []StepKey          // steps that need the mailbox or the licence
	steps    []Step
	warnings []string
}

// newPlanner begins a plan. It fails when the zone of the event's site is unknown.
func newPlanner(e PeopleEvent, p *Policy, f Facts, now time.Time) (*planner, error) {
	return plannerAt(e, p, f, p.Sites[e.Site], now)
}

// plannerAt begins a plan at a site as it was, which the policy may not have any more.
func plannerAt(e PeopleEvent, p *Policy, f Facts, site Site, now time.Time) (*planner, error) {
	zone, err := site.Location()
	if err != nil {
		return nil, err
	}
	return &planner{
		event: e, policy: p, facts: f, site: site, zone: zone, now: now, name: e.Name(), anchors: map[string]time.Time{}, lines: map[string][]StepKey{},
		given: map[string]bool{}, keys: map[StepKey]bool{}, owner: map[string]StepKey{}, carrier: map[string]StepKey{},
	}, nil
}

// run turns the lines of a workflow into steps, in their order, which is the one in which people read them.
func (p *planner) run(workflow string) error {
	lines, ok := p.policy.Workflows[workflow]
	if !ok {
		return fmt.Errorf("no workflow %q", workflow)
	}
	known, own := workflows()[workflow].times, plansOf(p.policy.Lang(), workflow)
	p.flow = workflow
	for _, l := range lines {
		plan, ok := own[l.Task]
		if !ok {
			plan = tasks[l.Task].plan
		}
		if plan == nil || !slices.Contains(known, l.At) {
			return fmt.Errorf("workflow %s: line %s cannot be planned", workflow, l.name())
		}
		p.waits = nil
		for _, name := range l.After {
			p.waits = unique(append(p.waits, p.lines[name]...))
		}
		var steps []Step
		if _, comes := p.anchors[l.At]; comes && l.When.holds(p) {
			var err error
			if steps, err = plan(p, l); err != nil {
				return fmt.Errorf("workflow %s: line %s: %w", workflow, l.name(), err)
			}
		}
		p.lines[l.name()] = p.waits
		if len(steps) > 0 {
			p.lines[l.name()] = nil
		}
		for _, s := range steps {
			switch {
			case l.OnFailure == "" && (l.Task == SendMail || l.Task == Notify):
				s.OnFailure = onGo // a notice that fails never holds up anything, unless its line says so
			case l.OnFailure != onWait:
				s.OnFailure = l.OnFailure
			}
			s.When = p.judge(l)
			p.lines[l.name()] = append(p.lines[l.name()], s.Key)
			if slices.ContainsFunc(p.steps, func(o Step) bool { return o.Key == s.Key }) {
				continue // of two lines of one task, the first that is for the person counts
			}
			p.add(s)
			if tasks[l.Task].licensed && s.Key != mailboxKey { // a mailbox that is gone forwards nothing: no licence waits for IT's look at that
				p.licensed = append(p.licensed, s.Key)
			}
		}
	}
	return nil
}

// add appends a step. Its time is kept in UTC, so that the plan's bytes do not depend on how a zone was loaded.
func (p *planner) add(s Step) {
	s.Due = s.Due.UTC()
	p.keys[s.Key] = true
	p.steps = append(p.steps, s)
}

// begin is a step of a line, with what the line says about every step.
func (p *planner) begin(l Line, k StepKey, title string) Step {
	return Step{Key: k, Task: l.Task, Title: title, Due: p.due(l), Choice: Fixed, After: slices.Clone(p.waits)}
}

// one is a line that is one step.
func (p *planner) one(l Line, k StepKey, title string) []Step { return []Step{p.begin(l, k, title)} }

// due is when a line's steps are due.
func (p *planner) due(l Line) time.Time {
	at := p.anchors[l.At]
	if l.Offset == nil && l.HoldDays == 0 {
		return at
	}
	local := at.In(p.zone)
	day, hour, minute := DateOf(local), local.Hour(), local.Minute()
	if o := l.Offset; o != nil {
		if h, m, ok := readClock(o.At); ok {
			hour, minute = h, m
		}
		if day = day.AddDays(o.Days); o.WorkingDays != 0 {
			day = p.site.AddWorkingDays(day, o.WorkingDays)
		}
	}
	return day.AddDays(l.HoldDays).At(p.zone, hour, minute)
}

func (p *planner) warn(text string) {
	if w := text; !slices.Contains(p.warnings, w) {
		p.warnings = append(p.warnings, w)
	}
}

// once reports whether the entitlement has no step yet, and notes that it has one now.
func (p *planner) once(identity string) bool {
	first := !p.given[identity]
	p.given[identity] = true
	return first
}

// key is a step key that no step has yet, and takes it: two groups may have one name, but not one id.
func (p *planner) key(kind, name, id string) StepKey {
	k := StepKey(kind + ":" + name + " " + id)
	for _, of := range []string{name, id} {
		if free := StepKey(kind + ":" + of); of != "" && !p.keys[free] {
			k = free
			break
		}
	}
	p.keys[k] = true
	return k
}

// job is the subject's job profile: the one that HR chose, or the one that gives the title that the account has. "" when none does.
func (p *planner) job() string {
	if p.event.Job != "" || p.facts.Subject.JobTitle == "" {
		return p.event.Job
	}
	for _, name := range slices.Sorted(maps.Keys(p.policy.Jobs)) {
		j := p.policy.Jobs[name]
		if sameName(orElse(j.Title, name), p.facts.Subject.JobTitle) && (j.Department == "" || sameName(j.Department, p.facts.Subject.Department)) {
			return name
		}
	}
	return ""
}

// department is the subject's: of the job that HR chose, else of the account.
func (p *planner) department() string {
	if j, ok := p.policy.Jobs[p.event.Job]; ok {
		return j.Department
	}
	return p.facts.Subject.Department
}
