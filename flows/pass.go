package flows

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/flows/texts"
)

// showPass makes the day-one credential for the manager who asks for it, and answers with it once. The intent is stored first, the code
// never: a press whose answer was lost is followed by another one, which makes a new pass and takes the old one back.
func (e *Engine) showPass(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	c, err := e.Store.Case(ctx, t.Case)
	if err != nil {
		return Reply{}, unknownCase(e.lang(), t.Case, err)
	}
	if err := mayShowPass(c, t, e.Now()); err != nil {
		return Reply{Case: &c, Slot: t.slot(c)}, err
	}
	if err := e.mayChange(ctx); err != nil {
		return Reply{Case: &c, Slot: t.slot(c)}, err
	}
	s, _, _ := c.Step(t.Step)
	if _, err := e.change(ctx, c.ID, Change{Turn: t.Key, Entries: []Entry{t.heard(c.ID, e.Now())}}, func(c Case) (Change, error) {
		err := mayShowPass(c, t, e.Now())
		if err == nil {
			err = t.may(c, roles)
		}
		if err != nil {
			return Change{}, err
		}
		if _, st, _ := c.Step(t.Step); st.State != Planned {
			return Change{}, nil
		}
		return Change{Entries: t.entry(e.Now(), StepStarted{Step: t.Step, Before: e.lang().Say("no pass made by Muster")})}, nil
	}); err != nil {
		return Reply{Case: &c, Slot: t.slot(c)}, err
	}
	a, err := e.World.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return Reply{}, passError(e.lang(), err)
	}
	if !a.Enabled {
		return Reply{}, moved(e.lang().Say("The account is blocked, so no pass was made. Ask IT."))
	}
	old, err := e.World.FetchPasses(ctx, c.Account)
	if err != nil {
		return Reply{}, passError(e.lang(), err)
	}
	for _, p := range old {
		if err := e.World.RemovePass(ctx, c.Account, p.ID); err != nil && CodeOf(err) != NotFound {
			return Reply{}, passError(e.lang(), err)
		}
	}
	pass, code, err := e.World.MakePass(ctx, c.Account, s.Minutes, !s.Reuse)
	if err != nil {
		return Reply{}, passError(e.lang(), err)
	}
	seen, err := e.World.FetchPasses(ctx, c.Account)
	if err != nil {
		return Reply{}, passError(e.lang(), err)
	}
	found := false
	for _, p := range seen {
		found = found || p.ID == pass.ID
	}
	if !found {
		return Reply{}, &Error{Code: Unavailable, Say: e.lang().Say("Microsoft 365 made a pass but does not show it yet, so it may not work. Please press again in a minute.")}
	}
	now := e.Now()
	until := now.Add(time.Duration(s.Minutes) * time.Minute)
	next, err := e.change(ctx, c.ID, Change{}, func(c Case) (Change, error) {
		ch := Change{Entries: t.entry(now, PassMade{Step: t.Step, By: t.By, Pass: pass, Until: until})}
		if _, st, _ := c.Step(t.Step); !st.State.Over() {
			ch.Entries = append(ch.Entries, t.entry(now, StepVerified{Step: t.Step, Before: st.Before, After: e.lang().Say("a pass, seen in the list of methods, valid until %s", until.UTC().Format(time.RFC3339))})...)
		}
		return ch, nil
	})
	if err != nil {
		return Reply{}, fmt.Errorf("record pass: %w", err)
	}
	return Reply{Case: &next, Slot: t.slot(next), Pass: &ShownPass{Code: code, Until: until}}, nil
}

func passError(lang texts.Language, err error) error {
	return &Error{Code: CodeOf(err), Say: orElse(sayIfAny(err), lang.Say("The pass could not be made just now. Please press again in a minute.")), Err: err}
}

func sayIfAny(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Say
	}
	return ""
}

// mayShowPass is the rule of the day-one credential: the manager who approved, from the first morning on, until the person is said to have
// started. From then on a pass would open the account of somebody at work.
func mayShowPass(c Case, t Turn, now time.Time) error {
	s, st, ok := c.Step(t.Step)
	switch {
	case !ok || s.Task != OfferPass || c.May == "":
		return moved(c.Lang.Say("This step is not part of the plan any more."))
	case c.Over():
		return moved(c.Lang.Say("This case has ended, so no pass can be made. Ask IT."))
	case !isManager.holds(c, t, nil):
		return deny(c.Lang.Say("Only %s can be shown this pass.", c.Manager().Name))
	case t.By.ID == c.Raised.Person.ID && t.By.ID != c.Manager().ID:
		return deny(c.Lang.Say("You confirmed this people event, so you cannot be shown the pass."))
	case c.Paused != nil || c.Rescinded != nil:
		return moved(c.Lang.Say("The plan is on hold or cancelled, so no pass was made."))
	case c.NoShow:
		return moved(c.Lang.Say("The plan is held because the person did not start, so no pass was made."))
	case st.State == StepAbandoned:
		return moved(c.Lang.Say("The pass is no longer needed: %s.", st.Note))
	case c.saidStarted():
		return moved(c.Lang.Say("The person has started, so no further pass is made here. If they cannot sign in, ask IT."))
	case s.Due.After(now):
		return moved(c.Lang.Say("It is too early: the pass can be made from %s.", c.Lang.Time(s.Due.In(c.Location()), "Mon 2 January at 15:04")))
	case c.Account == "":
		return moved(c.Lang.Say("There is no account yet, so no pass can be made. Ask IT."))
	case !st.State.Over() && !c.ready(s):
		return moved(c.Lang.Say("Sign-in has not been seen open yet. Please try again in a few minutes; IT is told if it does not work."))
	}
	return nil
}

// saidStarted reports whether the question whether the person started is settled.
func (c Case) saidStarted() bool {
	for _, s := range c.Plan.Steps {
		if _, st, _ := c.Step(s.Key); s.Task == AskStarted && st.State.Over() {
			return true
		}
	}
	return false
}

// handOver puts the decision to a delegate, who must be somebody that may decide.
func (e *Engine) handOver(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	if t.Delegate == "" {
		return Reply{}, invalid(e.lang().Say("Please choose the person you hand this to."))
	}
	a, err := e.World.FetchAccount(ctx, string(t.Delegate))
	if CodeOf(err) == NotFound {
		return Reply{}, invalid(e.lang().Say("This person is not in the directory."))
	}
	if err != nil {
		return Reply{}, unsure(e.lang(), err)
	}
	return e.decide(ctx, t, func(c Case) (Change, error) { return decideHandOver(c, t, a, e.Now()) }, roles)
}

func decideHandOver(c Case, t Turn, to Account, now time.Time) (Change, error) {
	if err := openDecision(c, t); err != nil {
		return Change{}, err
	}
	if inPlaceOf, err := t.approver(c); err != nil {
		return Change{}, err
	} else if inPlaceOf.ID != "" {
		return Change{}, deny(c.Lang.Say("You decide this in the place of %s, who alone can hand it over.", inPlaceOf.Name))
	}
	switch {
	case !to.Enabled || to.Guest || to.Deleted:
		return Change{}, invalid(c.Lang.Say("%s cannot decide: the account is blocked or a guest.", to.Name))
	case to.ID == c.Raised.Person.ID:
		return Change{}, invalid(c.Lang.Say("%s confirmed this people event, so somebody else must decide.", to.Name))
	case c.Account != "" && to.ID == c.Account: // the card would tell them, and of an exit they must not learn
		return Change{}, invalid(c.Lang.Say("%s is the person this is about, so somebody else must decide.", to.Name))
	case to.ID == t.By.ID:
		return Change{}, invalid(c.Lang.Say("This decision is with you already."))
	case holds(c.Approval.Holders, to.ID):
		return Change{}, invalid(c.Lang.Say("%s is asked already. Either of you may decide.", to.Name))
	}
	return Change{
		Entries: t.entry(now, HandedOver{By: t.By, To: to.Person()}),
		Add:     []Errand{say(c, "handover/"+string(to.ID), Recipient{Person: to.ID}, c.Lang.Say("%s hands you the decision about %s.", t.By.Name, c.line()), now)},
	}, nil
}

// details answers with the case as it stands, for those who may see it.
func (e *Engine) details(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	c, err := e.Store.Case(ctx, t.Case)
	if err != nil {
		return Reply{}, unknownCase(e.lang(), t.Case, err)
	}
	if !maySee(c, t.By, roles) {
		return Reply{}, deny(rightTo(e.lang(), VerbDetails).Deny)
	}
	tl, err := e.timeline(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	err = e.Commit(ctx, Change{Turn: t.Key, Entries: []Entry{t.heard(c.ID, e.Now())}})
	if err != nil && CodeOf(err) != Seen {
		return Reply{}, err
	}
	return Reply{View: tl}, nil
}

// maySee reports whether a person may read a case: HR, IT and owners, and those who decide on it.
func maySee(c Case, by Person, roles Roles) bool {
	if c.secretFrom(by.ID) {
		return false
	}
	return rightTo(c.Lang, doStatusOf).held(roles) || isReader.holds(c, Turn{By: by}, roles)
}
