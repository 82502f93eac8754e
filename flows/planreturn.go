package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// returnDay is the first working day after the last day of a leave.
func returnDay(end Date, site Site) Date { return site.AddWorkingDays(end, 1) }

// planReturn completes the plan of a leave with what happens before the return and on it, from what the plan takes away. A return that was
// planned before is replaced; what would only be taken away after the return is left out.
func planReturn(plan Plan, e PeopleEvent, p *Policy, f Facts, site Site, now time.Time) (Plan, error) {
	r, err := plannerAt(e, p, f, site, now)
	if err == nil {
		err = r.returnTimes()
	}
	if err != nil {
		return Plan{}, fmt.Errorf("plan return: %w", err)
	}
	for _, s := range plan.Steps {
		if !strings.HasPrefix(string(s.Key), returnPrefix) && (s.Task != RemoveLicence || s.Due.Before(r.anchors[atReturn])) {
			r.taken = append(r.taken, s)
		}
	}
	if err := r.run(ReturnFlow); err != nil {
		return Plan{}, err
	}
	plan.Steps = append(clip(r.taken), prefixed(r.steps)...)
	return plan, nil
}

// prefixed gives all steps of a return a key that says so: no step of the leave has it, and another return may replace it.
func prefixed(steps []Step) []Step {
	key := func(k StepKey) StepKey {
		if !slices.ContainsFunc(steps, func(s Step) bool { return s.Key == k }) || strings.HasPrefix(string(k), returnPrefix) {
			return k
		}
		return returnPrefix + k
	}
	out := slices.Clone(steps)
	for i, s := range steps {
		if out[i].Key = key(s.Key); len(s.After) > 0 {
			out[i].After = nil
			for _, k := range s.After {
				out[i].After = append(out[i].After, key(k))
			}
		}
	}
	return out
}

// returnTimes are what the lines of a return count from.
func (p *planner) returnTimes() error {
	day := returnDay(p.event.End, p.site)
	at, err := p.policy.Joiner.Enable.On(day, p.site)
	if err != nil {
		return err
	}
	ask, err := Due{WorkingDays: -p.policy.Leave.AskReturn, At: orElse(p.site.Opens, opensDefault)}.On(day, p.site)
	if err != nil {
		return err
	}
	p.anchors[atAskReturn], p.anchors[atReturn], p.anchors[atAsk] = ask, at, p.site.AddWorkingHours(at, p.policy.Joiner.AskStarted)
	return nil
}

// planOfReturn are the tasks that are planned otherwise for a return than elsewhere.
func planOfReturn() map[TaskName]planLine {
	return map[TaskName]planLine{
		AskReturn: planAskReturn, AddToGroup: planGiveBack, AssignLicences: planReassign, RemoveFromGroup: planDrop, EnableAccount: planReopen,
		OfferPass: planPassBack, SetReply: planReplyOff, AskStarted: planAskBack,
	}
}

// took reports whether the leave has a step.
func (p *planner) took(k StepKey) bool {
	return slices.ContainsFunc(p.taken, func(s Step) bool { return s.Key == k })
}

func planAskReturn(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, askReturnKey, p.policy.Lang().Say("Ask %s which access %s needs after the leave", orElse(p.facts.Route.Name, p.policy.Lang().Say("the manager")), p.leaver()))
	s.Owner = string(p.facts.Route.ID)
	return []Step{s}, nil
}

// planGiveBack offers elevated access that was suspended: not ticked, and signed off anew.
func planGiveBack(p *planner, l Line) ([]Step, error) {
	var steps []Step
	for _, s := range p.taken {
		if !strings.HasPrefix(string(s.Key), "suspend:") {
			continue
		}
		back := p.begin(l, s.Until, p.policy.Lang().Say("Add back to %s", s.Name))
		back.After = unique(append(back.After, s.Key))
		back.Group, back.Name, back.Choice, back.Approvers, back.Named, back.Note = s.Group, s.Name, Elevated, s.Approvers, s.Named, p.policy.Lang().Say("suspended during the leave")
		switch s.Task {
		case RemoveFromTeam:
			back.Task = AddToTeam
		case RemoveFromGroup:
			back.Task = AddToGroup
		default:
			back.Task, back.Owner, back.Group = Manual, string(IT), ""
			back.Title, back.Instructions = p.policy.Lang().Say("Give %s %s again", p.leaver(), s.Name), p.policy.Lang().Say("Give %s the access of %s again, where it was suspended. Press Done when it is so.", p.facts.Subject.UPN, s.Name)
		}
		steps = append(steps, back)
	}
	return steps, nil
}

// planReassign gives back the licences that were released.
func planReassign(p *planner, l Line) ([]Step, error) {
	var steps []Step
	for _, s := range p.taken {
		if s.Task == RemoveLicence {
			back := p.begin(l, s.Until, p.policy.Lang().Say("Assign %s again", s.Name))
			back.After, back.Name, back.SKU, back.Choice = unique(append(back.After, s.Key)), s.Name, s.SKU, Ticked
			steps = append(steps, back)
		}
	}
	return steps, nil
}

// planDrop takes away what the manager does not confirm.
func planDrop(p *planner, l Line) ([]Step, error) {
	suspended := map[string]bool{}
	for _, s := range p.taken {
		if strings.HasPrefix(string(s.Key), "suspend:") {
			suspended[s.Group] = true
		}
	}
	var steps []Step
	for _, g := range p.facts.Member {
		if !g.writable() || suspended[g.ID] {
			continue
		}
		s := p.begin(l, StepKey(returnPrefix+"drop:"+g.label()), p.policy.Lang().Say("Remove from %s", g.label()))
		if s.Task = RemoveFromGroup; g.Team {
			s.Task = RemoveFromTeam
		}
		s.Group, s.Name, s.Choice = g.ID, g.label(), Confirmed
		steps = append(steps, s)
	}
	return steps, nil
}

func planReopen(p *planner, l Line) ([]Step, error) {
	if !p.took(leaveBlock) {
		return nil, nil
	}
	s, a := p.begin(l, openKey, p.policy.Lang().Say("Open the sign-in")), p.facts.Subject
	if a.Synced || p.facts.privileged(p.policy.Lang()) != "" {
		s = byHand(s, p.policy.Lang().Say("Open the sign-in of %s", p.leaver()), p.policy.Lang().Say("%s enable the account %s. Press Done: Muster looks whether the sign-in is open.", where(p.policy.Lang(), a), a.UPN), p.policy.Lang().Say("Becomes a task for IT, like the block."))
		s.Look = lookOpened
	}
	return []Step{s}, nil
}

func planPassBack(p *planner, l Line) ([]Step, error) {
	if !p.took(leaveBlock) {
		return nil, nil
	}
	steps, err := planPass(p, l)
	for i := range steps {
		steps[i].Key, steps[i].Title = "return:credential", p.policy.Lang().Say("Offer a pass for the first day back to the manager")
	}
	return steps, err
}

func planReplyOff(p *planner, l Line) ([]Step, error) {
	if !p.took(leaveReply) {
		return nil, nil
	}
	return p.one(l, returnReply, p.policy.Lang().Say("Switch the automatic reply off")), nil
}

func planAskBack(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, "return:started", p.policy.Lang().Say("Ask the manager whether %s is back", p.leaver()))
	s.Owner = managerOwner
	return []Step{s}, nil
}
