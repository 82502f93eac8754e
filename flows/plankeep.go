package flows

import (
	"slices"
	"time"

	"muster/flows/texts"
)

// What a decision of the releasing manager makes of a plan. Every function gives a new plan and leaves the old one as it was.

// endOf is when something that is kept until a day goes: when the site closes on it.
func endOf(day Date, s Site) time.Time {
	loc, err := s.Location()
	if err != nil {
		loc = time.UTC
	}
	hour, minute := clockOr(s.Closes, closesDefault)
	return day.At(loc, hour, minute).UTC()
}

// Released is the plan once it is decided what goes: what is kept goes on its last day, and of what no job gives only that in drop. A step
// that is not there, or not the releasing manager's to decide on, is an Invalid error.
func (p Plan) Released(lang texts.Language, keep map[StepKey]Keep, drop []StepKey, by Person, since Date, site Site) (Plan, error) {
	for k := range keep {
		if s, ok := p.Step(k); !ok || s.Choice != Going {
			return Plan{}, invalid(lang.Say("The card names access that does not go with this plan, so nothing was decided."))
		}
	}
	for _, k := range drop {
		if s, ok := p.Step(k); !ok || s.Choice != Undecided {
			return Plan{}, invalid(lang.Say("The card names access that is not for you to decide on, so nothing was decided."))
		}
	}
	out := p.only(func(s Step) bool { return s.Choice != Undecided || slices.Contains(drop, s.Key) })
	out.Keep = clip(p.Keep)
	for _, s := range p.Steps {
		if s.Choice == Undecided && !slices.Contains(drop, s.Key) {
			out.Keep = append(out.Keep, Keeping{Name: s.Name, Kind: s.kind(lang), Why: lang.Say("in no profile: left as it is"), Group: s.Group, SKU: s.SKU, Loose: true})
		}
	}
	return out.keptOnly(keep, by, since, site), nil
}

// keptOnly is the plan in which some of what goes is kept until a date.
func (p Plan) keptOnly(keep map[StepKey]Keep, by Person, since Date, site Site) Plan {
	out := p
	out.Steps = slices.Clone(p.Steps)
	for i, s := range out.Steps {
		of := s.Key
		if s.Task == HandOverGroup { // what the person owns changes hands when they leave it
			of = s.With
		}
		k, kept := keep[of]
		if !kept {
			continue
		}
		out.Steps[i].Due = endOf(k.Until, site)
		if of == s.Key {
			out.Steps[i].Exception = &Exception{Until: k.Until, Reason: k.Reason, By: by, Since: since, Normal: s.Due}
		}
	}
	return out
}

// vouched is the plan in which an approver keeps what silence left to them: that is the sign-off as well.
func (p Plan) vouched(keep map[StepKey]Keep, by Person, since Date, site Site) Plan {
	out := p.keptOnly(keep, by, since, site)
	for i, s := range out.Steps {
		if _, kept := keep[s.Key]; kept {
			out.Steps[i].Guarded = false
		}
	}
	return out
}

// extended is the plan with a later end of one exception.
func (p Plan) extended(key StepKey, k Keep, by Person, since Date, site Site) Plan {
	out := p.keptOnly(map[StepKey]Keep{key: k}, by, since, site)
	for i, s := range p.Steps {
		if s.Key == key && s.Exception != nil {
			out.Steps[i].Exception.Normal = endOf(s.Exception.Until, site)
		}
	}
	return out
}

// only is the plan with some of its steps: what belongs to a step that is left out goes as well, and nothing waits for one.
func (p Plan) only(want func(Step) bool) Plan {
	out := p
	out.Steps = nil
	in := map[StepKey]bool{}
	for _, s := range p.Steps {
		in[s.Key] = want(s)
	}
	for _, s := range p.Steps { // what belongs to a step may stand before it
		if owner, ok := in[s.With]; ok && !owner {
			in[s.Key] = false
		}
	}
	for _, s := range p.Steps {
		if !in[s.Key] {
			continue
		}
		var after []StepKey
		for _, a := range s.After {
			if in[a] {
				after = append(after, a)
			}
		}
		s.After = after
		out.Steps = append(out.Steps, s)
	}
	return out
}

// kind says what a step is about in a word or two.
func (s Step) kind(lang texts.Language) string {
	switch s.Task {
	case AddToGroup, RemoveFromGroup, FollowRule, RuleLetsGo:
		return "group"
	case AddToTeam, RemoveFromTeam:
		return "team"
	case AssignLicences, RemoveLicence:
		return "licence"
	}
	return lang.Say("by hand")
}
