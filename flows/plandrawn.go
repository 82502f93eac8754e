package flows

import "slices"

// Where code compares before it plans, as for a move, it draws all the steps that may be needed, and the lines of the workflows take them.

// drawing are steps that were drawn, in the order in which people read them, and the line that each belongs to.
type drawing struct {
	steps  []Step
	places map[StepKey]place
}

// place is a line of a workflow.
type place struct{ workflow, line string }

// lineFor is the line by which a task is done for the person of the plan: the first that is for them. One with a title of its own is a step
// of its own.
func (p *planner) lineFor(workflow string, t TaskName) (Line, bool) {
	for _, l := range p.policy.Workflows[workflow] {
		if _, comes := p.anchors[l.At]; l.Task == t && l.Title == "" && comes && l.When.holds(p) {
			return l, true
		}
	}
	return Line{}, false
}

// planDrawn takes the steps of a line from what was drawn.
func planDrawn(p *planner, l Line) ([]Step, error) {
	if l.Title != "" {
		return planManual(p, l)
	}
	var steps []Step
	for _, s := range p.drawn.steps {
		if p.drawn.places[s.Key] == (place{p.flow, l.name()}) {
			s.After = p.drawnAfter(l, s)
			steps = append(steps, s)
		}
	}
	return steps, nil
}

// drawnAfter is what a step waits for. Of what comes, and of what changes hands, only what concerns it: nothing goes before the access that
// Muster writes itself is there, but neither a sign-off nor a person holds that up. Of other lines it waits for everything.
func (p *planner) drawnAfter(l Line, s Step) []StepKey {
	var after []StepKey
	for _, k := range s.After {
		if slices.Contains(p.waits, k) || !l.takesAway() {
			after = append(after, k)
		}
	}
	for _, k := range p.waits {
		at, drawn := p.drawn.places[k]
		chosen := drawn && slices.ContainsFunc(p.policy.Workflows[at.workflow], func(o Line) bool { return o.name() == at.line && (o.gives() || o.Task == HandOverGroup) })
		if !chosen && !slices.Contains(after, k) {
			after = append(after, k)
		}
	}
	return after
}

// gives reports whether a line gives access, takesAway whether it takes some.
func (l Line) gives() bool {
	return l.Task == AssignLicences || l.Task == AddToGroup || l.Task == AddToTeam
}

func (l Line) takesAway() bool {
	return l.Task == RemoveLicence || l.Task == RemoveFromGroup || l.Task == RemoveFromTeam || l.Task == HandOverGroup
}

// inOrder puts the steps that were drawn into the order in which they were: people read a move by what stays, comes and goes, not by task.
// Steps of other lines keep their places.
func (p *planner) inOrder() {
	var at []int
	in := map[StepKey]Step{}
	for i, s := range p.steps {
		if _, drawn := p.drawn.places[s.Key]; drawn {
			at, in[s.Key] = append(at, i), s
		}
	}
	for _, s := range p.drawn.steps {
		if got, taken := in[s.Key]; taken {
			p.steps[at[0]], at = got, at[1:]
		}
	}
}
