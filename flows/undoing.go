package flows

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A case is cancelled by dropping what was not begun and taking back what was done, by steps like any others: look, act, look. The plan of
// those steps is a pure function of the case, shown before it is confirmed.

// Undoing is what cancelling a case would do.
type Undoing struct {
	Plan    Plan   // the steps that take back what was done, in the order in which they are begun
	Dropped []Step // what was not begun
	Stays   []Stay // what cannot be taken back, or was so before
}

// Stay is a step whose effect stays, and why.
type Stay struct {
	Step
	Because string
}

// Undoing says what cancelling the case would do now. What was done last is taken back first; a step that was begun and not seen is taken
// back too, because it may have happened.
func (c Case) Undoing() Undoing {
	var out Undoing
	var done []Step
	for _, s := range c.Plan.Steps {
		_, st, ok := c.Step(s.Key)
		switch {
		case !ok || s.Of != "" || st.State == StepLeftOut || st.State == StepAbandoned:
		case st.State == Planned:
			out.Dropped = append(out.Dropped, s)
		case s.Task == OfferPass || s.Task == AskStarted: // a question, and a pass that ends with the sign-in
		case st.State == StepDone && st.Before == st.After:
			out.Stays = append(out.Stays, Stay{s, c.Lang.Say("It was so before Muster did anything.")})
		default:
			done = append(done, s)
		}
	}
	slices.SortStableFunc(done, func(a, b Step) int {
		_, sa, _ := c.Step(a.Key)
		_, sb, _ := c.Step(b.Key)
		return sb.At.Compare(sa.At)
	})
	slices.SortStableFunc(done, func(a, b Step) int { return cmp.Compare(signInFirst(a), signInFirst(b)) })
	took := map[StepKey]StepKey{} // step -> the one that takes it back
	for _, s := range done {
		t, known := tasks[s.Task]
		if !known || t.undo == nil {
			out.Stays = append(out.Stays, Stay{s, t.undone})
			continue
		}
		u, ok := t.undo(c, s)
		if !ok {
			out.Stays = append(out.Stays, Stay{s, t.undone})
			continue
		}
		u.Key, u.Of, u.Choice, u.Why = "undo:"+s.Key, s.Key, Fixed, "cancelled"
		if i := slices.IndexFunc(out.Plan.Steps, func(o Step) bool {
			return o.Task == u.Task && u.Task != Manual && o.Group == u.Group && o.SKU == u.SKU && o.Name == u.Name
		}); i >= 0 {
			took[s.Key] = out.Plan.Steps[i].Key
			continue
		}
		took[s.Key] = u.Key
		out.Plan.Steps = append(out.Plan.Steps, u)
	}
	for i, u := range out.Plan.Steps {
		if u.Task == BlockSignIn || u.Task == EnableAccount {
			continue // the sign-in waits for nothing
		}
		for _, s := range done { // what depended on it goes first
			if k, ok := took[s.Key]; ok && k != u.Key && slices.Contains(s.After, u.Of) && !slices.Contains(u.After, k) {
				out.Plan.Steps[i].After = append(out.Plan.Steps[i].After, k)
			}
		}
	}
	return out
}

// signInFirst puts the steps about the sign-in before the others: whoever is not to come must not get in, whoever stays must.
func signInFirst(s Step) int {
	switch s.Task {
	case EnableAccount, BlockSignIn:
		return 0
	}
	return 1
}

// due gives all steps of the plan their time.
func (u Undoing) due(at time.Time) Plan {
	p := u.Plan
	p.Steps = slices.Clone(p.Steps)
	for i := range p.Steps {
		p.Steps[i].Due = at.UTC()
	}
	return p
}

// decideCancel cancels a case on what was shown. An urgent exit that has been confirmed needs a second person for that too.
func decideCancel(c Case, ch CaseChange, t Turn, reason string, now time.Time) (Change, error) {
	if t.Plan != c.Undoing().Plan.Hash() {
		return Change{}, moved(c.Lang.Say("More was done since this card was sent, so nothing was cancelled. The card now shows what is taken back."))
	}
	if c.Event.Urgent && c.May != "" {
		if len(c.changeSeconds(ch)) == 0 {
			return Change{}, deny(c.Lang.Say("Cancelling an urgent exit needs a second person, and the policy names no other HR or owner. Ask IT to mend it."))
		}
		return Change{Entries: t.entry(now, ChangeAgreed{N: ch.N, By: t.By, Reason: reason})}, nil
	}
	return c.cancelNow(Rescinded{N: ch.N, By: t.By, Reason: reason}, t, now), nil
}

// decideChangeSecond is the second person's yes to cancelling an urgent exit.
func decideChangeSecond(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	ch, err := c.pressedChange(t)
	switch {
	case err != nil:
		return Change{}, err
	case ch.State != "agreed":
		return Change{}, moved(c.Lang.Say("Nothing waits for a second person here."))
	case !rightTo(c.Lang, VerbChangeSecond).held(roles):
		return Change{}, deny(rightTo(c.Lang, VerbChangeSecond).Deny)
	case ch.Agreed.Person.ID == t.By.ID || ch.By.ID == t.By.ID:
		return Change{}, deny(c.Lang.Say("You asked for this, so a second person must confirm it."))
	case t.Plan != c.Undoing().Plan.Hash():
		return Change{}, moved(c.Lang.Say("More was done since this card was sent, so nothing was cancelled. The card now shows what is taken back."))
	}
	return c.cancelNow(Rescinded{N: ch.N, By: ch.By, Second: t.By, Reason: ch.Reason}, t, now), nil
}

// cancelNow writes the cancellation and tells those concerned. The reason is HR's and not passed on.
func (c Case) cancelNow(b Rescinded, t Turn, now time.Time) Change {
	b.Undo, b.Held = c.Undoing().due(now), c.Paused != nil
	out := Change{Entries: t.entry(now, b)}
	text := c.Lang.Say("%s was cancelled by HR. Nothing further is needed from you.", c.line())
	if len(b.Undo.Steps) > 0 {
		text = c.Lang.Say("%s was cancelled by HR. What was done already is being taken back.", c.line())
	}
	for _, p := range c.concerned() {
		if p.ID != t.By.ID {
			out.Add = append(out.Add, say(c, "cancelled", Recipient{Person: p.ID}, text, now))
		}
	}
	return out
}

// changeSeconds are the people who may be the second person of a change: those who may be it of the exit, and whoever asked for that.
func (c Case) changeSeconds(ch CaseChange) []Person {
	all := append(clip(c.Facts.Seconds), c.Raised.Person)
	return slices.DeleteFunc(slices.Clone(without(all, ch.By.ID)), func(p Person) bool { return p.ID == c.Account })
}

// rescind folds a cancellation: open decisions die, what was not begun is dropped, what was begun is taken back.
func (c Case) rescind(e Entry, b Rescinded) (Case, error) {
	if ch, ok := c.OpenChange(); !ok || ch.N != b.N || ch.What != CancelChange {
		return c, fmt.Errorf("no cancellation was asked for")
	}
	if c.Rescinded != nil {
		return c, fmt.Errorf("cancelled already")
	}
	if c.May == "" && len(b.Undo.Steps) > 0 {
		return c, fmt.Errorf("nothing was done that could be taken back")
	}
	c.Rescinded = &Rescission{By: By{Person: b.By, At: e.At, Note: b.Reason}, Second: b.Second, Undo: b.Undo.Hash(), Held: b.Held}
	c.NoShow, c.Paused = false, nil
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("cancelled it: %s", b.Reason), At: e.At, Plan: b.Undo.Hash()})
	if b.Second.ID != "" {
		c.Decisions = append(c.Decisions, Decided{By: b.Second, What: c.Lang.Say("agreed to cancel it as the second person"), At: e.At, Plan: b.Undo.Hash()})
	}
	c = c.withChange(b.N, func(ch *CaseChange) { ch.Reason = b.Reason }).decidedChange(b.N, "made", By{Person: orPerson(b.Second, b.By), At: e.At})
	for _, st := range c.Steps {
		if !st.State.Over() {
			c = c.with(st.Key, func(st *StepStatus) {
				st.State, st.At, st.Note = StepAbandoned, e.At, c.Lang.Say("the case was cancelled")
			})
		}
	}
	if len(b.Undo.Steps) == 0 {
		c.Ended = c.Rescinded.By
		return c, nil
	}
	c.Plan.Steps = append(clip(c.Plan.Steps), b.Undo.Steps...)
	for _, s := range b.Undo.Steps {
		c.Steps = append(clip(c.Steps), StepStatus{Key: s.Key, State: Planned})
	}
	return c, nil
}

func orPerson(p, other Person) Person {
	if p.ID != "" {
		return p
	}
	return other
}

// undoStands reports whether the steps that take things back are, byte for byte, those that were confirmed.
func (c Case) undoStands() bool {
	var p Plan
	for _, s := range c.Plan.Steps {
		if s.Of != "" {
			p.Steps = append(p.Steps, s)
		}
	}
	if c.Rescinded == nil {
		return len(p.Steps) == 0
	}
	return p.Hash() == c.Rescinded.Undo
}

// undoManual asks the owner of what a person did to take it back.
func undoManual(c Case, s Step) (Step, bool) {
	what := orElse(s.Name, s.Title)
	return Step{
		Task: Manual, Title: c.Lang.Say("Take back: %s (%s)", what, c.Event.Name()), Owner: s.Owner, Name: s.Name, Group: s.Group,
		Instructions: c.Lang.Say("The case was cancelled after this had been done: “%s”. Take it back, and say in the note what became of it.", s.Title),
	}, true
}

// undoHandOver asks IT to put the owner of a group back: whether the successor is to stay owner is for people to say.
func undoHandOver(c Case, s Step) (Step, bool) {
	return Step{
		Task: Manual, Title: c.Lang.Say("Make %s owner of %s again", c.Event.Name(), s.Name), Owner: string(IT), Name: s.Name,
		Instructions: c.Lang.Say("In the Entra admin centre, open Groups, %s, Owners, and add %s. Ask %s whether to stay an owner as well.", s.Name, orElse(c.Facts.Subject.UPN, c.Event.Name()), orElse(s.Person.Name, c.Lang.Say("the successor"))),
	}, true
}
