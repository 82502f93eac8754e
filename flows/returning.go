package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The verbs of a leave's cards, for ever.
const (
	VerbReturnOn     = "leave.return_on"     // HR says when the person returns
	VerbReturnAccess = "leave.return_access" // the manager confirms the access before the return
)

// CardBack is the manager's card before the return of somebody who was away.
const CardBack CardName = "back"

// LeaveErrand puts the question before a return to one more person; StandInErrand puts the open decisions of somebody on leave to the
// stand-in. Stored in the queue, so never renamed.
const (
	LeaveErrand   = "leave.escalate.1"
	StandInErrand = "leave.stand_in.1"
)

// ofReturn is what is asked before a return, in Escalated.
const ofReturn = "return"

type (
	// ReturnSet is HR's word when somebody on leave returns: the plan with what happens then.
	ReturnSet struct {
		End  Date   `json:"end"` // last day of the leave
		Plan Plan   `json:"plan"`
		By   Person `json:"by"`
	}
	// ReturnConfirmed is the manager's decision which access the person has after the leave, bound to the plan that was shown.
	ReturnConfirmed struct {
		Shown  PlanHash  `json:"shown"`
		Ticked []StepKey `json:"ticked"`
		By     Person    `json:"by"`
	}
)

func (ReturnSet) Kind() Kind       { return "leave.return_set.1" }
func (ReturnConfirmed) Kind() Kind { return "leave.return_confirmed.1" }

// Return is the question before the return of somebody who was away.
type Return struct {
	Holders  []Person  `json:"holders,omitempty"` // who may answer; the last one was asked last
	Escalate time.Time `json:"escalate,omitzero"`
	By       Person    `json:"by,omitzero"`
	At       time.Time `json:"at,omitzero"`
	Ticked   []StepKey `json:"ticked,omitempty"`
}

// away reports whether the person of a leave is away: it has begun, nothing goes before it, and nobody has said that they are back.
func (c Case) away() bool {
	_, st, ok := c.Step(leaveKey)
	return c.Kind == LeaveEvent && ok && st.State != Planned && !c.Over() && c.Paused == nil && !c.saidStarted()
}

// StandInFor is who decides in the place of the case's person while they are away; false when nobody was named or nobody is away.
func (c Case) StandInFor() (Person, bool) {
	return c.Event.StandIn, c.away() && c.Event.StandIn.ID != ""
}

// askReturn folds the question before a return.
func (c Case) askReturn(e Entry) Case {
	c.Return.Holders = []Person{c.Facts.Route}
	c.Return.Escalate = c.Site.AddWorkingHours(e.At, escalateDefault)
	return c
}

// setReturn folds HR's word when the person returns. What was begun stays as it is.
func (c Case) setReturn(e Entry, b ReturnSet) (Case, error) {
	if c.Kind != LeaveEvent {
		return c, fmt.Errorf("not a leave")
	}
	was := map[StepKey]StepStatus{}
	for _, st := range c.Steps {
		was[st.Key] = st
		if _, kept := b.Plan.Step(st.Key); !kept && st.State != Planned {
			return c, fmt.Errorf("step %s was begun and is not in the plan", st.Key)
		}
	}
	c.Event.End, c.Plan, c.Shown, c.May = b.End, b.Plan, b.Plan.Hash(), b.Plan.Hash()
	c.Steps = nil
	for _, s := range b.Plan.Steps {
		st, had := was[s.Key]
		if !had {
			st = StepStatus{Key: s.Key, State: Planned}
		}
		if s.Key == awaitKey && !st.State.Over() {
			st.State, st.By, st.At, st.After = StepDone, b.By, e.At, c.Lang.Say("the last day of the leave is %s", b.End.Say(c.Lang))
		}
		c.Steps = append(c.Steps, st)
	}
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("set the last day of the leave to %s", b.End.Say(c.Lang)), At: e.At, Plan: c.May})
	return c, nil
}

// confirmReturn folds the manager's answer: what was not ticked is not given back, what is held and was not ticked is taken away, and each
// elevated item that was ticked waits for its approver.
func (c Case) confirmReturn(e Entry, b ReturnConfirmed) (Case, error) {
	_, st, ok := c.Step(askReturnKey)
	if !ok || !st.Asked || st.State.Over() {
		return c, fmt.Errorf("the return is not asked about")
	}
	if b.Shown != c.May {
		return c, fmt.Errorf("confirmation of another plan")
	}
	c.Return.By, c.Return.At, c.Return.Ticked = b.By, e.At, b.Ticked
	offs := map[StepKey]SignOff{}
	for k, v := range c.SignOffs {
		offs[k] = v
	}
	for _, s := range c.Plan.Steps {
		ticked := slices.Contains(b.Ticked, s.Key)
		drop := ""
		switch s.Choice {
		case Ticked, Extra:
			drop = ifSo(!ticked, "not confirmed before the return")
		case Elevated:
			if drop = ifSo(!ticked, "not asked for after the leave"); ticked {
				offs[s.Key] = SignOff{}
			}
		case Confirmed:
			drop = ifSo(ticked, "confirmed before the return: it stays")
		}
		if drop != "" {
			c = c.with(s.Key, func(st *StepStatus) {
				if !st.State.Over() {
					st.State, st.At, st.By, st.Note = StepAbandoned, e.At, b.By, drop
				}
			})
		}
	}
	c.SignOffs = offs
	c.SignOff = Asking{RemindAt: c.Site.AddWorkingHours(e.At, remindDefault), Escalate: c.Site.AddWorkingHours(e.At, escalateDefault)}
	c = c.with(askReturnKey, func(st *StepStatus) {
		st.State, st.By, st.At, st.After = StepDone, b.By, e.At, "the access after the leave is confirmed"
	})
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: "confirmed the access after the leave", At: e.At, Plan: c.May})
	return c, nil
}

// leaveErrands are what a leave needs beside its steps.
func (c Case) leaveErrands(add func(kind, of string, due time.Time, body any)) {
	if _, st, ok := c.Step(askReturnKey); ok && st.Asked && !st.State.Over() && !c.Return.Escalate.IsZero() {
		add(LeaveErrand, ofReturn, c.Return.Escalate, AskWork{ofReturn})
	}
}

// decideReturnAccess is the manager's answer before a return.
func decideReturnAccess(c Case, t Turn, _ Roles, now time.Time) (Change, error) {
	_, st, ok := c.Step(askReturnKey)
	switch {
	case c.Kind != LeaveEvent || !ok || !st.Asked:
		return Change{}, moved(c.Lang.Say("This is not asked yet, or not any more. Nothing was changed."))
	case c.Over():
		return Change{}, moved(c.Lang.Say("This case has ended; nothing was changed."))
	case c.held() != nil:
		return Change{}, c.held()
	case st.State.Over():
		return Change{}, moved(c.Lang.Say("%s already confirmed this on %s. Nothing was changed.", c.Return.By.Name, c.Lang.Time(c.Return.At.In(c.Location()), "Mon 2 January at 15:04")))
	case !holds(c.Return.Holders, t.By.ID):
		return Change{}, deny(c.Lang.Say("This decision is with %s.", names(c.Lang, c.Return.Holders)))
	case t.By.ID == c.Raised.Person.ID:
		return Change{}, deny(c.Lang.Say("You confirmed this people event, so somebody else must decide on the access."))
	case t.By.ID == c.Account:
		return Change{}, deny(c.Lang.Say("Nobody decides on their own access."))
	case t.Plan != c.May:
		return Change{}, moved(c.Lang.Say("The plan changed since this card was sent, so nothing was decided. The card now shows the new one."))
	}
	ticked, err := c.ticked(t.Ticked)
	if err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, ReturnConfirmed{Shown: t.Plan, Ticked: ticked, By: t.By})}, nil
}

// pressReturnOn takes HR's date of the return.
func (e *Engine) pressReturnOn(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	return e.decide(ctx, t, func(c Case) (Change, error) { return decideReturnOn(c, t, roles, e.Policy, e.Now()) }, roles)
}

// decideReturnOn sets the last day of a leave: the plan with the return made from it.
func decideReturnOn(c Case, t Turn, roles Roles, p *Policy, now time.Time) (Change, error) {
	day := Date(strings.TrimSpace(t.Inputs["end"]))
	_, ask, planned := c.Step(askReturnKey)
	problem := ""
	if c.Kind == LeaveEvent {
		checkReturn(p.Lang(), c.Event.Start, day, DateOf(now.In(c.Location())), func(_, text string) { problem = orElse(problem, text) })
	}
	switch {
	case c.Kind != LeaveEvent:
		return Change{}, invalid(p.Lang().Say("Only a leave has a return."))
	case !rightTo(p.Lang(), VerbReturnOn).held(roles):
		return Change{}, deny(rightTo(p.Lang(), VerbReturnOn).Deny)
	case t.By.ID == c.Account:
		return Change{}, deny(p.Lang().Say("Nobody decides this about themselves."))
	case c.Over():
		return Change{}, moved(p.Lang().Say("This case has ended; nothing was changed."))
	case c.held() != nil:
		return Change{}, c.held()
	case planned && ask.State.Over():
		return Change{}, moved(p.Lang().Say("%s has confirmed the access for the return already, so the day stays. Ask IT if it must change.", c.Return.By.Name))
	case problem != "":
		return Change{}, invalid(problem)
	}
	ev := c.Event
	ev.End = day
	plan, err := planReturn(c.Plan, ev, p, c.Facts, c.Site, now)
	if err != nil {
		return Change{}, err
	}
	if plan, err = c.keepBegun(plan); err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, ReturnSet{End: day, Plan: plan, By: t.By})}, nil
}

// keepBegun puts back into a plan the steps that were begun and that it leaves out.
func (c Case) keepBegun(plan Plan) (Plan, error) {
	var steps []Step
	for _, s := range c.Plan.Steps {
		_, st, _ := c.Step(s.Key)
		if _, has := plan.Step(s.Key); !has && st.State != Planned {
			steps = append(steps, s)
		}
	}
	plan.Steps = append(steps, plan.Steps...)
	return plan, nil
}

// ReturnForm is what "return A-2026-0001 on 30 September" shows: the leave, and the day to confirm.
type ReturnForm struct {
	Case Case
	End  Date
	At   time.Time
}

// answerReturn answers "return" with the case and the day as understood, for HR to confirm.
func (e *Engine) answerReturn(ctx context.Context, t Turn, _ Account, _ Roles, cmd Command) (Reply, error) {
	switch {
	case !t.Personal:
		return Reply{}, invalid(e.lang().Say("Please write this to me in our own chat: others read along here."))
	case cmd.Case == "":
		return Reply{}, invalid(e.lang().Say("Write \"return\" with the reference of the leave and the day, such as \"return A-2026-0001 on 1 October\"."))
	}
	c, err := e.Store.Case(ctx, cmd.Case)
	switch {
	case err != nil:
		return Reply{}, unknownCase(e.lang(), cmd.Case, err)
	case c.hiddenFrom(t.By.ID) != nil:
		return Reply{}, c.hiddenFrom(t.By.ID)
	case c.Kind != LeaveEvent:
		return Reply{}, invalid(e.lang().Say("%s is not a leave.", string(cmd.Case)))
	case c.Over():
		return Reply{}, moved(e.lang().Say("This case has ended; nothing was changed."))
	}
	f := ReturnForm{Case: c, End: c.Event.End, At: e.Now()}
	words := splitWords(cmd.Rest)
	for i := range words {
		if got := (dateReader{from: e.today(), late: e.Policy.Limits.LateDays}).read(e.lang(), words[i:]); got.words > 0 && got.date != "" && strings.ContainsAny(join(words[i:i+got.words]), "0123456789") && !strings.Contains(words[i].low, "a-") {
			f.End = got.date.AddDays(-1)
			break
		}
	}
	return Reply{View: f}, nil
}

// escalateReturn puts the question before a return to the owners as well, one after the other, until somebody answers.
func (e *Engine) escalateReturn(ctx context.Context, er Errand) error {
	owners, err := e.named(ctx, e.Policy.Roles.Owner.People)
	if err != nil {
		return err
	}
	_, err = e.change(ctx, er.Case, Change{Done: []ErrandRef{er.Ref()}}, func(c Case) (Change, error) { return decideEscalateReturn(c, owners, e.Now()), nil })
	return err
}

func decideEscalateReturn(c Case, owners []Person, now time.Time) Change {
	_, st, ok := c.Step(askReturnKey)
	if c.Over() || !ok || !st.Asked || st.State.Over() || c.Return.Escalate.IsZero() {
		return Change{}
	}
	var to Person
	for _, p := range owners {
		if p.ID != c.Raised.Person.ID && p.ID != c.Account && !holds(c.Return.Holders, p.ID) {
			to = p
			break
		}
	}
	ch := Change{Entries: []Entry{{Case: c.ID, At: now, Body: Escalated{Of: ofReturn, To: to}}}}
	who := names(c.Lang, c.Return.Holders)
	if to.ID == "" {
		ch.Add = append(ch.Add, say(c, "return/nobody", Recipient{Person: c.HR().ID}, c.Lang.Say("%s waits for %s to confirm the access, and nobody else may. The sign-in stays as it is until then.", c.line(), who), now))
		return ch
	}
	ch.Add = append(ch.Add,
		say(c, "return/to", Recipient{Person: to.ID}, c.Lang.Say("%s: the access for the return was not confirmed in time, so the decision is now with you as well.", c.line()), now),
		say(c, "return/put", Recipient{Person: c.HR().ID}, c.Lang.Say("%s: %s did not confirm the access for the return. %s is asked as well.", c.line(), who, to.Name), now))
	return ch
}

// escalatedReturn folds one more person who is asked before a return; nobody is left when To is empty.
func (c Case) escalatedReturn(e Entry, b Escalated) Case {
	c.Return.Escalate = time.Time{}
	if b.To.ID != "" {
		c.Return.Holders = append(without(c.Return.Holders, b.To.ID), b.To)
		c.Return.Escalate = c.Site.AddWorkingHours(e.At, remindDefault)
	}
	return c
}

// rests reports whether a leave has nothing to do until a later day: the person is away.
func (c Case) rests(at time.Time) bool {
	if c.Kind != LeaveEvent {
		return false
	}
	for _, st := range c.Steps {
		if s, ok := c.Plan.Step(st.Key); ok && !st.State.Over() && (st.State != Planned || !s.Due.After(at)) {
			return false
		}
	}
	return true
}
