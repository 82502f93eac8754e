package flows

import (
	"context"
	"slices"
)

// How the date moves of a move and its way back, of a leave and of a change of name (edge case 2).

// moverMoves is the day of the change.
func moverMoves() moving {
	return moving{
		field: "start", day: func(ev PeopleEvent) Date { return ev.Start },
		with:  func(ev PeopleEvent, day Date, _ string) PeopleEvent { ev.Start = day; return ev },
		check: CheckMover, replan: (*Engine).replanMover, fixed: moverFixed,
	}
}

// secondmentMoves is the last day of a secondment.
func secondmentMoves() moving {
	m := moverMoves()
	m.field, m.day = "end", func(ev PeopleEvent) Date { return ev.End }
	m.with = func(ev PeopleEvent, day Date, _ string) PeopleEvent { ev.End = day; return ev }
	m.fixed = secondmentFixed
	return m
}

func leaveMoves() moving {
	return moving{
		field: "start", day: func(ev PeopleEvent) Date { return ev.Start },
		with:  func(ev PeopleEvent, day Date, _ string) PeopleEvent { ev.Start = day; return ev },
		check: CheckLeave, replan: (*Engine).replanLeave, fixed: leaveFixed,
	}
}

func renameMoves() moving {
	return moving{
		field: "start", day: func(ev PeopleEvent) Date { return ev.Start },
		with:  func(ev PeopleEvent, day Date, _ string) PeopleEvent { ev.Start = day; return ev },
		check: CheckRename, fixed: renameFixed,
		replan: func(e *Engine, _ context.Context, c Case, ev PeopleEvent) (Plan, []string, error) {
			return PlanRename(ev, e.Policy, c.Facts, e.Now())
		},
	}
}

// replanMover plans a move anew from what the directory said when the case was raised; who stands behind the items is read.
func (e *Engine) replanMover(ctx context.Context, c Case, ev PeopleEvent) (Plan, []string, error) {
	needs, old, f := NeededNames(e.Policy, ev.Job), NeededNames(e.Policy, c.Facts.OldJob), c.Facts
	if c.Plan.Policy != e.Policy.Hash() {
		held := f.SKUs
		f.SKUs, f.Groups = map[string]SKU{}, map[string]Group{}
		if err := e.holdings(ctx, &f, needs); err != nil {
			return Plan{}, nil, err
		}
		for part, s := range held {
			if _, known := f.SKUs[part]; !known {
				f.SKUs[part] = s
			}
		}
	}
	people, err := e.behind(ctx, slices.Concat(needs.People, old.People))
	if err != nil {
		return Plan{}, nil, err
	}
	if people[managerOfManager], err = e.above(ctx, f.Manager, f.Subject.ID, 1); err != nil {
		return Plan{}, nil, err
	}
	return PlanMover(ev, e.Policy, f, people, e.Now())
}

func (e *Engine) replanLeave(ctx context.Context, c Case, ev PeopleEvent) (Plan, []string, error) {
	people, err := e.elevatedPeople(ctx)
	if err != nil {
		return Plan{}, nil, err
	}
	return PlanLeave(ev, e.Policy, c.Facts, people, e.Now())
}

// begun reports whether one of the steps that wanted picks was begun by Muster, notices and work by hand aside: people prepare.
func (c Case) begun(wanted func(Step) bool) bool {
	return slices.ContainsFunc(c.Plan.Steps, func(s Step) bool {
		_, st, ok := c.Step(s.Key)
		notice := s.Task == Manual || s.Task == SendMail || s.Task == Notify || s.Task == TellPerson
		return ok && !notice && wanted(s) && st.State != Planned && st.State != StepAbandoned
	})
}

func moverFixed(c Case) string {
	if !c.begun(func(s Step) bool { return s.Phase == "" }) {
		return ""
	}
	if c.seconded() {
		return c.Lang.Say("The change has begun, so its day cannot move any more. Write \"move %s end to\" and a date to move the last day.", string(c.ID))
	}
	return c.Lang.Say("The change has begun, so its day cannot move any more.")
}

func secondmentFixed(c Case) string {
	switch {
	case !c.seconded():
		return c.Lang.Say("This has no last day that could be moved.")
	case c.begun(func(s Step) bool { return s.Phase != "" }):
		return c.Lang.Say("The way back has begun, so the last day cannot move any more.")
	}
	return ""
}

func leaveFixed(c Case) string {
	if _, st, ok := c.Step(leaveKey); ok && st.State != Planned {
		return c.Lang.Say("The leave has begun, so its first day cannot move any more. Write \"return %s on\" and a day to say when the person returns.", string(c.ID))
	}
	return ""
}

func renameFixed(c Case) string {
	if c.begun(func(Step) bool { return true }) {
		return c.Lang.Say("The name is changed already, or is being changed, so the day cannot move any more.")
	}
	return ""
}

// redecided is the plan of a move for another date with what was decided so far: what comes, what goes, what is kept until when. False when
// that cannot hold for it: other items, or something that would be kept until before it goes or after the way back.
func (c Case) redecided(p Plan, ev PeopleEvent) (Plan, bool) {
	was, out := c.running(), p
	if c.Approval.State != "" {
		out = out.Chosen(c.Approval.Ticked)
	}
	if c.Release.State != "" || c.Release.Joint && c.Approval.State != "" {
		var drop []StepKey
		for _, s := range out.Steps {
			if _, goes := was.Step(s.Key); goes && s.Choice == Undecided {
				drop = append(drop, s.Key)
			}
		}
		var err error
		if out, err = out.Released(c.Lang, nil, drop, Person{}, "", c.Site); err != nil {
			return p, false
		}
	}
	for _, s := range was.Steps {
		if s.Exception == nil {
			continue
		}
		x := *s.Exception
		out = out.keptOnly(map[StepKey]Keep{s.Key: {Until: x.Until, Reason: x.Reason}}, x.By, x.Since, c.Site)
		for i := range out.Steps {
			n := &out.Steps[i]
			if n.Key != s.Key {
				continue
			}
			n.Guarded = s.Guarded
			if ev.Start == c.Event.Start { // it may have been prolonged since
				n.Exception.Normal = x.Normal
			}
			if !n.Due.After(n.Exception.Normal) || ev.End != "" && ev.End.Before(x.Until) {
				return p, false
			}
		}
	}
	return out, out.Content() == was.Content()
}

// askedForEnd brings the open question of a secondment's end into line with another last day: it stays asked, and is reminded of in time.
func (c Case) askedForEnd() Case {
	r := c.ComeBack
	if r.At.IsZero() || r.Agreed {
		return c
	}
	from := c.noticeAt(c.Event.End, returnNotice)
	c.ComeBack.Asking = Asking{RemindAt: c.Site.AddWorkingHours(from, remindDefault), Escalate: c.Site.AddWorkingHours(from, escalateDefault)}
	return c
}
