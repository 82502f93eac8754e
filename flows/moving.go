package flows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"muster/flows/texts"
)

// moving is how the date of one kind of event is changed. A kind without a row is cancelled and announced anew.
type moving struct {
	field  string // of the form: what is said about the date stands under it
	timed  bool   // a time of day may be said
	day    func(ev PeopleEvent) Date
	with   func(ev PeopleEvent, day Date, at string) PeopleEvent // at is empty when no time was said
	check  func(ev PeopleEvent, p *Policy, today Date) map[string]string
	replan func(e *Engine, ctx context.Context, c Case, ev PeopleEvent) (Plan, []string, error)
	fixed  func(c Case) string // why the date cannot move any more, in one sentence; empty while it can
}

// moves is how the date of a kind of event is changed. A function, as the rows lead back here.
func (k EventKind) moves() (moving, bool) {
	switch k {
	case JoinerEvent:
		return moving{
			field: "start", day: func(ev PeopleEvent) Date { return ev.Start },
			with:  func(ev PeopleEvent, day Date, _ string) PeopleEvent { ev.Start = day; return ev },
			check: CheckEvent, replan: (*Engine).replanJoiner, fixed: joinerFixed,
		}, true
	case LeaverEvent:
		return moving{
			field: "last_day", timed: true, day: func(ev PeopleEvent) Date { return ev.LastDay },
			with: func(ev PeopleEvent, day Date, at string) PeopleEvent {
				ev.LastDay = day
				ev.LastTime = orElse(at, ev.LastTime)
				return ev
			},
			check: CheckLeaver, replan: (*Engine).replanLeaver, fixed: leaverFixed,
		}, true
	case MoverEvent:
		return moverMoves(), true
	case LeaveEvent:
		return leaveMoves(), true
	case RenameEvent:
		return renameMoves(), true
	}
	return moving{}, false
}

// moved is how the date of an open change moves: of a secondment there are two.
func (c Case) moved(ev PeopleEvent) (moving, bool) {
	if c.Kind == MoverEvent && ev.End != c.Event.End {
		return secondmentMoves(), true
	}
	return c.Kind.moves()
}

// replanJoiner plans a joiner anew from what the directory said when the case was raised. A policy that changed meanwhile may name other
// groups and licences: those are read.
func (e *Engine) replanJoiner(ctx context.Context, c Case, ev PeopleEvent) (Plan, []string, error) {
	needs, f := NeededNames(e.Policy, ev.Job), c.Facts
	if c.Plan.Policy != e.Policy.Hash() {
		f.SKUs, f.Groups = map[string]SKU{}, map[string]Group{}
		if err := e.holdings(ctx, &f, needs); err != nil {
			return Plan{}, nil, err
		}
	}
	people, err := e.behind(ctx, needs.People)
	if err != nil {
		return Plan{}, nil, err
	}
	plan, warnings, err := PlanJoiner(ev, e.Policy, f, people, e.Now())
	if err != nil || !ev.before() {
		return plan, warnings, err
	}
	plan, why, err := PlanRehire(plan, ev, e.Policy, f, e.Now())
	return plan, append(why, warnings...), err
}

func (e *Engine) replanLeaver(_ context.Context, c Case, ev PeopleEvent) (Plan, []string, error) {
	return PlanLeaver(ev, e.Policy, c.Facts, e.Now())
}

func joinerFixed(c Case) string {
	if _, st, ok := c.Step(blockKey); ok && c.NoShow && !st.State.Over() {
		return c.Lang.Say("Sign-in has not been seen blocked yet after the no-show. Please try again in a minute.")
	}
	if c.May != "" && c.saidStarted() && !c.NoShow {
		return c.Lang.Say("The person has started, so the date cannot move any more.")
	}
	return ""
}

func leaverFixed(c Case) string {
	_, st, ok := c.Step(exitKey)
	switch {
	case c.Event.Urgent:
		return c.Lang.Say("An urgent exit has no date. Write \"cancel %s\" if it was a mistake.", string(c.ID))
	case ok && st.State != Planned:
		return c.Lang.Say("The sign-in is blocked already, or is being blocked. Write \"cancel %s\" to open it again, then announce the new last day.", string(c.ID))
	}
	return ""
}

// Content names what a plan does, whenever it does it: two plans of the same content differ in dates and remarks only. A decision on access
// holds for the content.
func (p Plan) Content() PlanHash {
	p.Account.HireDate, p.Policy = "", ""
	p.Steps = slices.Clone(p.Steps)
	for i := range p.Steps {
		p.Steps[i].Due, p.Steps[i].Note = time.Time{}, ""
		if x := p.Steps[i].Exception; x != nil {
			y := *x
			y.Normal = time.Time{}
			p.Steps[i].Exception = &y
		}
	}
	b, err := json.Marshal(p)
	if err != nil { // every field marshals; a failure is a bug of this package
		panic(fmt.Sprintf("marshal plan: %v", err))
	}
	sum := sha256.Sum256(b)
	return PlanHash(hex.EncodeToString(sum[:]))
}

// running is the plan that is in force: what was decided on, without the steps that Muster added itself.
func (c Case) running() Plan {
	p := c.Plan
	p.Steps = nil
	for _, s := range c.Plan.Steps {
		if s.Key != blockKey && s.Of == "" {
			p.Steps = append(p.Steps, s)
		}
	}
	return p
}

// inForce is the hash that the decisions of the case are bound to.
func (c Case) inForce() PlanHash {
	if c.May != "" {
		return c.May
	}
	return c.Shown
}

// replanned fits a plan for another date to a case on its way. What was decided stays decided when the content is the same, which kept
// reports; nothing that was begun is lost.
func (c Case) replanned(p Plan, ev PeopleEvent) (out Plan, kept bool) {
	was := c.running()
	switch {
	case c.Kind == MoverEvent && (c.Approval.State != "" || !c.Release.open()):
		return c.redecided(p, ev)
	case c.May == "": // nobody has decided
		return p, true
	case c.settled():
		return c.withBegun(p), true
	}
	if chosen := p.Chosen(c.Approval.Ticked); chosen.Content() == was.Content() {
		return chosen, true
	}
	return c.withBegun(p), false
}

// withBegun keeps in a plan what was begun: it is not offered again, and a step that the new plan does not have any more stays.
func (c Case) withBegun(p Plan) Plan {
	steps := slices.Clone(p.Steps)
	for _, s := range c.running().Steps {
		_, st, _ := c.Step(s.Key)
		if st.State == Planned || st.State == StepAbandoned {
			continue
		}
		s.Choice = Fixed
		if i := slices.IndexFunc(steps, func(n Step) bool { return n.Key == s.Key }); i >= 0 {
			steps[i].Choice = Fixed
			continue
		}
		steps = append(steps, s)
	}
	p.Steps = steps
	return p
}

// move gives the case another date and plan.
func (c Case) move(e Entry, b Moved) (Case, error) {
	switch {
	case c.Rescinded != nil || c.Paused != nil:
		return c, fmt.Errorf("the case is held or cancelled")
	case c.May != "" && b.Kept && !c.settled() && b.Plan.Content() != c.running().Content():
		return c, fmt.Errorf("a plan of another content was not decided on")
	}
	was, decided := c, c.May != ""
	c.Event, c.Plan = b.Event, b.Plan
	if s, ok := was.Plan.Step(blockKey); ok {
		c.Plan.Steps = append(clip(c.Plan.Steps), s)
	}
	switch {
	case !decided:
		c.Shown = b.Plan.Hash()
		if b.Shown != "" {
			c.Shown = b.Shown
		}
		if by := c.Release.Asking.Escalate; c.Release.open() && b.ReleaseBy.Before(by) && !b.ReleaseBy.IsZero() {
			c.Release.Asking.Escalate = b.ReleaseBy
		}
	case b.Kept:
		c.May = b.Plan.Hash()
		if c.settled() {
			c.Shown = c.May
		}
	default:
		c.Shown, c.May, c.SignOff = b.Plan.Hash(), "", Asking{}
		c.Approval = Decision{Holders: []Person{was.Approval.By}, Former: without(was.Approval.Former, was.Approval.By.ID), Asking: Asking{RemindAt: b.RemindAt, Escalate: b.Escalate}}
	}
	if decided {
		c.Steps = nil
		for _, s := range c.Plan.Steps {
			c.Steps = append(c.Steps, carried(was, s, e.At))
		}
		var err error
		if c, err = c.fallen(was, e.At); err != nil {
			return c, err
		}
	}
	c.NoShow = false
	if c.seconded() && c.Event.End != was.Event.End {
		c = c.askedForEnd()
	}
	what := c.Lang.Say("moved the date: %s", movedTo(c.Lang, c.Event))
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: what, At: e.At, Plan: b.Plan.Hash()})
	c = c.decidedChange(b.N, "made", By{Person: b.By, At: e.At})
	return c.late(b.Late, e.At), nil
}

// settled reports whether HR's confirmation was the decision.
func (c Case) settled() bool {
	of, _ := c.Kind.of()
	return of.settled && !c.Event.Urgent
}

// fallen keeps the steps that a new plan has no more, for the sake of their cards. Nothing that was begun may fall away.
func (c Case) fallen(was Case, at time.Time) (Case, error) {
	for _, s := range append(clip(was.Plan.Steps), was.Fallen...) {
		_, st, ok := was.Step(s.Key)
		if _, still := c.Plan.Step(s.Key); still || !ok {
			continue
		}
		if st.State == Planned {
			st.State, st.At, st.Note = StepAbandoned, at, c.Lang.Say("it is not part of the new plan")
		} else if !st.State.Over() {
			return c, fmt.Errorf("step %s was begun and would be lost", s.Key)
		}
		c.Steps = append(clip(c.Steps), st)
		if _, known := (Plan{Steps: c.Fallen}).Step(s.Key); !known {
			c.Fallen = append(clip(c.Fallen), s)
		}
	}
	return c, nil
}

// carried is where a step stands after the date moved: where it stood. A question that was put for the old day is put again, and whoever was
// reminded of the old time is reminded of the new one. After a no-show the sign-in is opened again.
func carried(was Case, s Step, at time.Time) StepStatus {
	old, st, ok := was.Step(s.Key)
	switch {
	case !ok:
		return StepStatus{Key: s.Key, State: Planned}
	case s.Task == AskStarted && st.State != StepAbandoned && (was.NoShow || !st.State.Over()), was.NoShow && s.Task == EnableAccount:
		return again(st, Entry{At: at})
	case !s.Due.Equal(old.Due) && st.State == Planned:
		st.Nudged = false
	}
	return st
}

// whenOf says what happens when.
func whenOf(lang texts.Language, ev PeopleEvent) string {
	of, ok := ev.Kind.of()
	if !ok {
		return ""
	}
	s := of.when(lang, ev)
	if ev.Kind == LeaverEvent && ev.LastTime != "" {
		s += lang.Say(" at %s", ev.LastTime)
	}
	return s
}

// movedTo is whenOf with the last day of a secondment, which can move too.
func movedTo(lang texts.Language, ev PeopleEvent) string {
	if s := whenOf(lang, ev); ev.Kind != MoverEvent || ev.End == "" {
		return s
	}
	return lang.Say("%s until %s", whenOf(lang, ev), ev.End.Say(lang))
}

// Shift is what a new date does to a case: for the card, and for the one sentence that tells the manager.
type Shift struct {
	Steps []ShiftedStep // what has yet to be done and gets another time, in plan order
	Now   []Step        // of these, what is overdue by the new date and runs at once
	Stays []Step        // what is over, or begun
	New   []Step        // what the old plan did not have
	Gone  []Step        // what the new plan has no more
}

// ShiftedStep is a step with its times before and after.
type ShiftedStep struct {
	Step
	From time.Time
}

// Shifted says what an open change of date would do, were it made at now.
func (c Case) Shifted(ch CaseChange, now time.Time) Shift {
	var out Shift
	for _, s := range ch.Plan.Steps {
		old, st, ok := c.Step(s.Key)
		switch {
		case !ok:
			out.New = append(out.New, s)
		case st.State.Over() && (s.Task != AskStarted && s.Task != EnableAccount || !c.NoShow), st.State != Planned && s.Task != AskStarted && !st.State.Over():
			out.Stays = append(out.Stays, s)
			continue
		case !old.Due.Equal(s.Due):
			out.Steps = append(out.Steps, ShiftedStep{Step: s, From: old.Due})
		}
		if s.Due.Before(now) {
			out.Now = append(out.Now, s)
		}
	}
	for _, s := range c.running().Steps {
		if _, still := ch.Plan.Step(s.Key); !still {
			out.Gone = append(out.Gone, s)
		}
	}
	return out
}

// overdue is the first step of an open change whose time would have passed.
func (s Shift) overdue() Lateness {
	var l Lateness
	for _, st := range s.Now {
		if l.Step == "" || st.Due.Before(l.Due) {
			l = Lateness{Step: st.Key, Due: st.Due}
		}
	}
	return l
}

// decideMove makes an open change of date. The one who asked confirms it, on the plan as shown.
func decideMove(c Case, ch CaseChange, t Turn, now time.Time) (Change, error) {
	if ch.From != c.inForce() {
		return Change{}, moved(c.Lang.Say("The plan changed since this card was sent, so nothing was moved. Write \"move %s\" with the date again.", string(c.ID)))
	}
	if t.Plan != ch.Plan.Hash() {
		return Change{}, moved(c.Lang.Say("The card is about another plan, so nothing was moved."))
	}
	if of, ok := c.moved(ch.Event); !ok || of.fixed(c) != "" {
		return Change{}, moved(c.Lang.Say("Nothing was moved. %s", of.fixed(c)))
	}
	shift := c.Shifted(ch, now)
	b := Moved{N: ch.N, By: t.By, Event: ch.Event, Plan: ch.Plan, Kept: ch.Kept, Late: shift.overdue(), Shown: ch.Shown}
	if !ch.ReleaseBy.IsZero() {
		b.ReleaseBy = later(ch.ReleaseBy, c.Site.AddWorkingHours(now, 8))
	}
	if !ch.Kept {
		b.RemindAt, b.Escalate = c.Site.AddWorkingHours(now, 8), c.Site.AddWorkingHours(now, 16)
	}
	out := Change{Entries: t.entry(now, b)}
	for _, p := range c.concerned() {
		if p.ID != t.By.ID {
			text := c.Event.Name() + " " + ch.Instead(c.Lang) + " (" + string(c.ID) + ")." + c.standing(ch, p)
			out.Add = append(out.Add, say(c, fmt.Sprintf("moved/%d", ch.N), Recipient{Person: p.ID}, text, now))
		}
	}
	if _, st, ok := c.Step(tellPersonKey); c.Kind == RenameEvent && ok && st.State == StepDone { // the person has read another day
		out.Add = append(out.Add, say(c, fmt.Sprintf("moved/%d/person", ch.N), Recipient{Person: c.Account}, c.Lang.Say("Your name changes in Microsoft 365 from %s on, not from %s (%s).", ch.Event.Start.Say(c.Lang), c.Event.Start.Say(c.Lang), string(c.ID)), now))
	}
	return out, nil
}

// standing is what another date means for what somebody decides, or decided.
func (c Case) standing(ch CaseChange, p Person) string {
	switch {
	case c.Approval.State == "" && (c.Kind != MoverEvent || holds(c.Approval.Holders, p.ID)), c.Release.open() && holds(c.Release.Holders, p.ID):
		return c.Lang.Say(" Your decision is still open; the card further up shows the new dates.")
	case !ch.Kept:
		return c.Lang.Say(" What is to be set up has changed too, so please confirm the access again on the card further up.")
	case c.Kind == JoinerEvent:
		return c.Lang.Say(" Your approval stays valid.")
	case c.Kind == MoverEvent && (c.Approval.By.ID == p.ID || c.Release.By.ID == p.ID):
		return c.Lang.Say(" What you decided stays valid.")
	}
	return ""
}

// concerned is who is told of a change: those whom the decision is with, else the manager. Never the person the case is about.
func (c Case) concerned() []Person {
	ps := []Person{c.Manager()}
	if c.Approval.State == "" {
		ps = c.Approval.Holders
	}
	if c.Kind == MoverEvent { // whoever decides what goes, or did
		for _, p := range append(clip(c.Release.Holders), c.Release.By) {
			if !holds(ps, p.ID) {
				ps = append(clip(ps), p)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(ps), func(p Person) bool { return p.ID == "" || p.ID == c.Account })
}
