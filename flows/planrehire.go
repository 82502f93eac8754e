package flows

import (
	"fmt"
	"time"

	"muster/flows/texts"
)

// PlanRehire turns the plan of a joiner into one on the account from before: in the place of its creation come the lines of the workflow for
// a rehire. The account is restored if it was deleted, gets the details of the new job, and loses what it still holds and the approved plan
// does not give, and its old ways to sign in. Access is approved anew, never inherited: what the joiner is given, and the sign-in, wait until
// that is seen.
func PlanRehire(plan Plan, e PeopleEvent, p *Policy, f Facts, now time.Time) (Plan, []string, error) {
	a := f.Former
	plan.Account.UPN = a.UPN
	var warnings []string
	warnings = append(warnings, p.Lang().Say("%s (%s) is the same person, you say: the account is used again. Access is approved anew; nothing is inherited.", a.Name, describe(a)))
	if e.FormerCase != "" {
		warnings = append(warnings, p.Lang().Say("They left in %s. What was still to be done or deleted there is not done any more.", string(e.FormerCase)))
	}
	var names []string
	for _, g := range f.Member {
		if g.Kind != DynamicGroup {
			names = append(names, g.label())
		}
	}
	switch {
	case a.Deleted:
		warnings = append(warnings, p.Lang().Say("The account is restored with the licences and groups of before, free seat or not. What the new job does not give is taken away at once."))
	case len(names) > 0:
		warnings = append(warnings, p.Lang().Say("The account is still in %s. What the new job does not give is taken away first.", series(p.Lang(), sorted(names))))
	}
	r, err := newPlanner(e, p, f, now)
	if err != nil {
		return Plan{}, nil, fmt.Errorf("plan rehire at site %s: %w", e.Site, err)
	}
	for _, s := range plan.Steps {
		if r.keys[s.Key] = true; s.Key == accountKey {
			r.anchors[atCreate], r.account = s.Due, s
		}
	}
	if err := r.run(RehireFlow); err != nil {
		return Plan{}, nil, err
	}
	var steps []Step
	for _, s := range plan.Steps {
		if s.Key == accountKey {
			steps = append(steps, r.steps...)
			continue
		}
		if s.Task == EnableAccount || s.SKU != "" || s.Group != "" {
			s.After = append(clip(s.After), clearKey)
		}
		if s.Task == EnableAccount {
			s.After = append(clip(s.After), oldMethodsKey)
		}
		steps = append(steps, s)
	}
	plan.Steps = steps
	return plan, append(warnings, r.warnings...), nil
}

// planOfRehire are the tasks that are planned otherwise for a rehire than elsewhere.
func planOfRehire(lang texts.Language) map[TaskName]planLine {
	return map[TaskName]planLine{
		RestoreAccount: func(p *planner, l Line) ([]Step, error) {
			if !p.facts.Former.Deleted {
				return nil, nil
			}
			s := p.begin(l, restoreKey, lang.Say("Restore the account %s, sign-in blocked", p.facts.Former.UPN))
			s.Name = p.facts.Former.UPN
			return []Step{s}, nil
		},
		BlockSignIn: func(p *planner, l Line) ([]Step, error) {
			if !p.facts.Former.Deleted {
				return nil, nil
			}
			s := p.begin(l, oldBlockKey, lang.Say("Block the sign-in until the first day"))
			s.Name = lang.Say("Sign-in")
			return []Step{s}, nil
		},
		ReuseAccount: func(p *planner, l Line) ([]Step, error) {
			s, begun := p.account, p.begin(l, accountKey, lang.Say("Take the account %s again, sign-in blocked", p.facts.Former.UPN))
			s.Task, s.Title, s.Due, s.Name, s.After = begun.Task, begun.Title, begun.Due, p.facts.Former.UPN, unique(append(clip(s.After), begun.After...))
			return []Step{s}, nil
		},
		ClearAccess:   untilEnabled(clearKey, lang.Say("Take away what the account still holds from before")),
		RemoveMethods: untilEnabled(oldMethodsKey, lang.Say("Remove the sign-in methods of before")),
		ResetPassword: func(p *planner, l Line) ([]Step, error) {
			return p.one(l, oldPassword, lang.Say("Replace the password of before by one that nobody knows")), nil
		},
	}
}

// untilEnabled is a step whose effect lasts until the sign-in is opened.
func untilEnabled(k StepKey, title string) planLine {
	return func(p *planner, l Line) ([]Step, error) {
		s := p.begin(l, k, title)
		s.Until = enableKey
		return []Step{s}, nil
	}
}
