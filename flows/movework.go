package flows

import (
	"context"
	"slices"
	"time"
)

// What happens in a move by itself: the questions that are put, and what silence does. Silence never gives access and never keeps it.

// moverAsk is one thing that the calendar brings.
type moverAsk struct {
	of     string
	due    time.Time
	remind bool // to whoever holds it; else the engine's own work
}

// The engine's own work, in the body of its errand; exceptions are named by their step.
const (
	ofLeft   = "left"
	ofBefore = "before_return"
)

// keptNotice and returnNotice are the working days before the end at which people are asked.
const (
	keptNotice   = 5
	returnNotice = 10
)

// mayKeep reports whether something may be kept in the case until a date: by a releasing manager, or as drift that was accepted.
func (c Case) mayKeep() bool { return c.Kind == MoverEvent || c.Kind == CorrectionEvent }

// moverWork is what the calendar brings to a move in its present state.
func (c Case) moverWork() []moverAsk {
	if !c.mayKeep() || c.Paused != nil {
		return nil
	}
	var out []moverAsk
	if c.Release.open() && !c.Release.Joint {
		if a := c.Release.Asking; !a.Reminded && !a.RemindAt.IsZero() && a.RemindAt.Before(a.Escalate) {
			out = append(out, moverAsk{ofRelease, a.RemindAt, true})
		}
		out = append(out, moverAsk{of: ofRelease, due: c.Release.Asking.Escalate})
	}
	if c.undecided() {
		return out
	}
	if len(c.Release.Left) > 0 {
		out = append(out, moverAsk{of: ofLeft, due: c.Release.LeftBy})
	}
	for _, s := range c.Plan.Steps {
		if _, st, _ := c.Step(s.Key); c.Kept(s) && !st.Asked {
			if at := c.noticeAt(s.Exception.Until, keptNotice); DateOf(at.In(c.Location())) > s.Exception.Since {
				out = append(out, moverAsk{of: string(s.Key), due: at})
			}
		}
	}
	switch r := c.ComeBack; {
	case !c.seconded() || r.Agreed:
	case r.At.IsZero():
		out = append(out, moverAsk{of: ofBefore, due: later(c.noticeAt(c.Event.End, returnNotice), c.settledAt())})
	default:
		if !r.Asking.Reminded {
			out = append(out, moverAsk{ofComeBack, r.Asking.RemindAt, true})
		}
		if !r.Asking.Escalated {
			out = append(out, moverAsk{of: ofComeBack, due: r.Asking.Escalate})
		}
	}
	return out
}

// noticeAt is the morning some working days before a day.
func (c Case) noticeAt(day Date, days int) time.Time {
	hour, minute := clockOr(c.Site.Opens, opensDefault)
	return c.Site.AddWorkingDays(day, -days).At(c.Location(), hour, minute)
}

// settledAt is when the last of the two decisions was made.
func (c Case) settledAt() time.Time { return later(c.Approval.At, c.Release.At) }

// moverSlots are the cards that only a move has.
func (c Case) moverSlots() []Slot {
	if !c.mayKeep() {
		return nil
	}
	var out []Slot
	for _, p := range c.Releasers() {
		out = append(out, Slot{c.ID, CardRelease, "", Recipient{Person: p.ID}})
	}
	if c.Release.State == "silent" {
		for _, s := range c.Plan.Steps {
			if s.Asks && s.Choice == Going {
				for _, p := range c.signers(s) {
					out = append(out, Slot{c.ID, CardRelease, "", Recipient{Person: p.ID}})
				}
			}
		}
	}
	for _, s := range c.Plan.Steps {
		if _, st, _ := c.Step(s.Key); s.Exception != nil && c.May != "" && st.Asked {
			out = append(out, Slot{c.ID, CardKept, s.Key, Recipient{Person: c.Keeper(s).ID}})
		}
	}
	if !c.ComeBack.At.IsZero() {
		for _, p := range append(c.Returners(), c.ComeBack.StandIns...) {
			out = append(out, Slot{c.ID, CardComeBack, "", Recipient{Person: p.ID}})
		}
	}
	return out
}

// runMover does what the calendar brings.
func (e *Engine) runMover(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[AskWork](er)
	if err != nil {
		return err
	}
	var standIns []Person
	if w.Of == ofComeBack {
		if standIns, err = e.named(ctx, e.Policy.Roles.Owner.People); err != nil {
			return err
		}
	}
	_, err = e.change(ctx, er.Case, Change{Done: []ErrandRef{er.Ref()}}, func(c Case) (Change, error) {
		return decideMoverWork(c, w.Of, standIns, e.Now())
	})
	return err
}

// decideMoverWork is what silence or the calendar decides, if it is still to be decided.
func decideMoverWork(c Case, of string, standIns []Person, now time.Time) (Change, error) {
	if !slices.ContainsFunc(c.moverWork(), func(a moverAsk) bool { return a.of == of && !a.remind }) || c.Over() {
		return Change{}, nil
	}
	switch of {
	case ofRelease:
		return decideLapse(c, now)
	case ofLeft:
		return Change{
			Entries: []Entry{{Case: c.ID, At: now, Body: ReleaseLapsed{Plan: c.May}}},
			Add:     []Errand{say(c, "left_lapsed", Recipient{Person: c.HR().ID}, c.Lang.Say("Nobody said that %s still needs what was left to the approvers (%s), so it goes now.", c.Event.Name(), string(c.ID)), now)},
		}, nil
	case ofBefore:
		return Change{Entries: []Entry{{Case: c.ID, At: now, Body: ComeBackAsked{
			RemindAt: c.Site.AddWorkingHours(now, 24), Escalate: later(endOf(c.Event.End, c.Site), c.Site.AddWorkingHours(now, 32)),
		}}}}, nil
	case ofComeBack:
		return decideReturnSilence(c, standIns, now), nil
	}
	return Change{Entries: []Entry{{Case: c.ID, At: now, Body: ExceptionAsked{Step: StepKey(of)}}}}, nil
}

// decideLapse is the silence of the releasing manager: what goes with the old job goes at its time. What the policy flags, and what is
// elevated, is put to the approvers of the items first; what nobody may decide on goes as well.
func decideLapse(c Case, now time.Time) (Change, error) {
	plan, err := c.Plan.Released(c.Lang, nil, nil, Person{}, "", c.Site)
	if err != nil {
		return Change{}, err
	}
	b := ReleaseLapsed{Plan: plan.Hash()}
	b.RemindAt, b.Escalate = c.signOffTimes(now)
	if c.asksNobody(plan) {
		b.Escalate = now
	}
	for _, s := range plan.Steps {
		if s.Choice == Going && s.Asks && len(c.signers(s)) > 0 {
			b.Left = append(b.Left, s.Key)
		}
	}
	text := c.Lang.Say("%s: nobody said in time what goes with the old job, so all of it goes at its time.", c.line())
	if len(b.Left) > 0 {
		b.LeftBy = c.Site.AddWorkingHours(now, c.silence())
		text = c.Lang.Say("%s: nobody said in time what goes with the old job, so it goes at its time. The approvers are asked about %s first.", c.line(), count(c.Lang, len(b.Left), "item"))
	}
	return Change{
		Entries: []Entry{{Case: c.ID, At: now, Body: b}},
		Add:     []Errand{say(c, "lapsed", Recipient{Person: c.HR().ID}, text, now)},
	}, nil
}

// silence is how many working hours the releasing manager had.
func (c Case) silence() int {
	for h := 8; h < 400; h += 8 {
		if !c.Site.AddWorkingHours(c.Raised.At, h).Before(c.Release.Asking.Escalate) {
			return h
		}
	}
	return 8
}

// signOffTimes are when the approvers are reminded, and when somebody else is asked.
func (c Case) signOffTimes(now time.Time) (remind, escalate time.Time) {
	return c.Site.AddWorkingHours(now, 8), c.Site.AddWorkingHours(now, 16)
}

// decideReturnSilence puts the return to one more person once the secondment has ended and not both have confirmed it.
func decideReturnSilence(c Case, standIns []Person, now time.Time) Change {
	ch := Change{}
	var to Person
	for _, p := range standIns {
		if p.ID != c.Raised.Person.ID && p.ID != c.Account && !holds(c.Returners(), p.ID) && !holds(c.ComeBack.StandIns, p.ID) {
			to = p
			break
		}
	}
	ch.Entries = []Entry{{Case: c.ID, At: now, Body: Escalated{Of: ofComeBack, To: to}}}
	text := c.Lang.Say("The secondment of %s has ended and its access goes (%s). The old access comes back only when %s confirm it.", c.Event.Name(), c.ID, series(c.Lang, nameList(c.Returners())))
	ch.Add = append(ch.Add, say(c, "escalated/return", Recipient{Person: c.HR().ID}, text, now))
	if to.ID != "" {
		ch.Add = append(ch.Add, say(c, "escalate/return", Recipient{Person: to.ID}, c.Lang.Say("%s was not confirmed in time, so the decision on the return is now with you as well.", c.line()), now))
	}
	return ch
}

func nameList(ps []Person) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Name)
	}
	return out
}

// Releasers are the people who may say what goes now: those who hold the decision, and their delegates.
func (c Case) Releasers() []Person {
	return withPeople(c.Release.Holders, c.delegates(c.Release.Holders)...)
}

// openMoves lists what of a move waits for people beside the access and the sign-offs.
func (c Case) openMoves(now time.Time) []OpenItem {
	if !c.mayKeep() {
		return nil
	}
	var out []OpenItem
	add := func(what string, who []Person, card CardName, step StepKey, since, due time.Time) {
		if len(who) > 0 {
			out = append(out, OpenItem{
				Case: c.ID, Subject: c.Event.Name(), What: what, Holder: names(c.Lang, who), To: recipients(who), Slot: Slot{c.ID, card, step, Recipient{Person: who[0].ID}},
				Since: since, Due: due, Late: !due.IsZero() && due.Before(now), Zone: c.Location(),
			})
		}
	}
	if c.Release.open() && !c.Release.Joint {
		add(c.Lang.Say("Say what goes with the old job"), c.Releasers(), CardRelease, "", c.Raised.At, c.Release.Asking.Escalate)
	}
	var asked []Person
	for _, k := range c.Release.Left {
		s, _ := c.Plan.Step(k)
		asked = withPeople(asked, c.signers(s)...)
	}
	add(c.Lang.Say("Say what is still needed of the old job"), asked, CardRelease, "", c.Release.At, c.Release.LeftBy)
	for _, s := range c.Plan.Steps {
		if _, st, _ := c.Step(s.Key); c.Kept(s) && st.Asked && st.By.ID == "" {
			add(c.Lang.Say("Say whether %s is still needed", s.Name), []Person{c.Keeper(s)}, CardKept, s.Key, now, s.Due)
		}
	}
	if !c.ComeBack.At.IsZero() && !c.ComeBack.Agreed {
		add(c.Lang.Say("Confirm the return from the secondment"), c.here(ofComeBack, c.comeBackers()), CardComeBack, "", c.ComeBack.At, c.ComeBack.Asking.Escalate)
	}
	return out
}
