package flows

import (
	"context"
	"fmt"
	"slices"
	"time"

	"muster/flows/texts"
)

// One person has one event at a time. One that matters more goes before one that is open: urgent leaver, leaver, leave, mover, joiner. The
// lower one is held, and ends when the higher one is done; when the higher one is cancelled, HR is asked whether the lower one goes on.

// OverlapErrand brings the cases that a case goes before into line with it; VerbGoOn is HR's word that a held case goes on; CardReturn asks
// for it.
const (
	OverlapErrand          = "overlap.1"
	VerbGoOn               = "case.go_on"
	CardReturn    CardName = "return"
)

// rank orders events of one person: the higher one goes first. A rename changes no access and waits like a mover.
func (e PeopleEvent) rank() int {
	switch e.Kind {
	case JoinerEvent:
		return 1
	case MoverEvent, RenameEvent:
		return 2
	case LeaveEvent:
		return 3
	case LeaverEvent:
		if e.Urgent {
			return 5
		}
		return 4
	}
	return 0
}

// goesBefore reports whether an event is more than one that is open for the same person.
func (e PeopleEvent) goesBefore(open PeopleEvent) bool {
	return e.rank() > open.rank() && e.Kind != RenameEvent // another name ends nothing
}

// inTheWay sorts the open cases about a person by an event: those it goes before, and the first that it does not.
func inTheWay(ev PeopleEvent, open []Case) (lower []CaseID, refused CaseID) {
	for _, c := range open {
		switch {
		case c.Over():
		case ev.goesBefore(c.Event) && c.Rescinded == nil:
			lower = append(lower, c.ID)
		case refused == "":
			refused = c.ID
		}
	}
	return lower, refused
}

// overlaps finds the open cases about the account of an event, without those that the one who asks must not learn of: a second person who
// confirms the event does.
func (e *Engine) overlaps(ctx context.Context, ev PeopleEvent, id, by AccountID) (lower []CaseID, refused CaseID, err error) {
	cases, err := e.Store.Cases(ctx, subjectKey(id))
	if err != nil {
		return nil, "", fmt.Errorf("look for open cases: %w", err)
	}
	lower, refused = inTheWay(ev, slices.DeleteFunc(cases, func(c Case) bool { return c.secretFrom(by) }))
	return lower, refused, nil
}

// heldUp says what becomes of the cases that an event goes before.
func heldUp(lang texts.Language, lower []CaseID) []string {
	var out []string
	for _, id := range lower {
		out = append(out, lang.Say("%s is open for the same person. It is put on hold when you confirm this, ends when this is done, and comes back to you if this is cancelled.", string(id)))
	}
	return out
}

// settleOverlap brings the cases that one goes before into line with it: on hold while it is open, ended when it is done, back with HR when
// it was cancelled. Running it again changes nothing.
func (e *Engine) settleOverlap(ctx context.Context, er Errand) error {
	high, err := e.Store.Case(ctx, er.Case)
	if err != nil {
		return unknownCase(e.lang(), er.Case, err)
	}
	for _, id := range high.Above {
		if _, err := e.change(ctx, id, Change{}, func(c Case) (Change, error) { return decideOverlap(c, high, e.Now()), nil }); err != nil {
			return err
		}
	}
	return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}})
}

// decideOverlap is what the state of a higher case means for a lower one.
func decideOverlap(c, high Case, now time.Time) Change {
	mine := c.Paused != nil && c.Paused.For == high.ID
	entry := func(b Body) Change { return Change{Entries: []Entry{{Case: c.ID, At: now, Body: b}}} }
	switch {
	case c.Over() || c.Rescinded != nil:
	case !high.Over() && c.Paused == nil:
		return entry(CasePaused{For: high.ID})
	case high.State == Done && mine:
		return entry(Overtaken{By: high.ID})
	case high.State == Stopped && mine && c.Paused.Back.IsZero():
		return entry(ReturnAsked{For: high.ID})
	}
	return Change{}
}

// decideGoOn lets a case that was held go on.
func decideGoOn(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	switch {
	case c.Account != "" && c.Account == t.By.ID:
		return Change{}, deny(c.Lang.Say("Nobody decides on their own case."))
	case !rightTo(c.Lang, VerbGoOn).held(roles):
		return Change{}, deny(rightTo(c.Lang, VerbGoOn).Deny)
	case c.Over():
		return Change{}, moved(c.Lang.Say("This case has ended; nothing was changed."))
	case c.Paused == nil:
		return Change{}, moved(c.Lang.Say("This case goes on already."))
	case c.Paused.Back.IsZero():
		return Change{}, moved(c.Lang.Say("This case is on hold until the other event of the same person is settled."))
	}
	b := Unpaused{By: t.By}
	if c.Approval.State == "" || c.openSignOffs() {
		b.RemindAt, b.Escalate = c.Site.AddWorkingHours(now, 8), c.Site.AddWorkingHours(now, 16)
	}
	return Change{Entries: t.entry(now, b)}, nil
}

// applyOverlap folds the entries about cases that are held.
func (c Case) applyOverlap(e Entry) (Case, error) {
	switch b := e.Body.(type) {
	case CasePaused:
		if c.Paused != nil || c.Rescinded != nil {
			return c, fmt.Errorf("held or cancelled already")
		}
		c.Paused = &Hold{For: b.For, At: e.At}
		if ch, ok := c.OpenChange(); ok {
			c = c.decidedChange(ch.N, "dropped", By{At: e.At, Note: c.Lang.Say("the case was put on hold")})
		}
	case ReturnAsked:
		if c.Paused == nil || c.Paused.For != b.For || !c.Paused.Back.IsZero() {
			return c, fmt.Errorf("not held, or asked already")
		}
		p := *c.Paused
		p.Back = e.At
		c.Paused = &p
	case Unpaused:
		if c.Paused == nil {
			return c, fmt.Errorf("the case is not held")
		}
		c.Paused = nil
		fresh := Asking{RemindAt: b.RemindAt, Escalate: b.Escalate}
		if c.Approval.State == "" {
			c.Approval.Asking = fresh
		} else if c.openSignOffs() {
			c.SignOff = fresh
		}
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: letGoOn, At: e.At, Plan: c.inForce()})
	case Overtaken:
		if c.Paused == nil || c.Paused.For != b.By {
			return c, fmt.Errorf("not held for that case")
		}
		for _, st := range c.Steps {
			if !st.State.Over() {
				c = c.with(st.Key, func(st *StepStatus) {
					st.State, st.At, st.Note = StepAbandoned, e.At, c.Lang.Say("another event went before")
				})
			}
		}
		c.Overtaken = b.By
		c.Ended = By{At: e.At}
	default:
		return c.applyStep(e)
	}
	return c, nil
}

// overlapErrands follow a case that goes before others, when it is raised and when it ends.
func (c Case) overlapErrands(was Case, now time.Time) []Errand {
	if len(c.Above) == 0 || was.Version > 0 && (was.Over() || !c.Over()) {
		return nil
	}
	return []Errand{{Key: OverlapErrand + "/" + string(c.ID), Kind: OverlapErrand, Case: c.ID, Lane: OverlapErrand + "/" + string(c.ID), Due: now.UTC(), Urgent: c.Event.Urgent}}
}

// pausedFor reports whether somebody must not learn why a case of theirs is or was held, which it says in many places: it may have been for an
// exit. That goes for whatever it was held for, as a difference would tell, and for as long as the case is kept.
func (c Case) pausedFor(id AccountID) bool {
	return c.Account == id && (c.Paused != nil || c.Overtaken != "" || c.wentOn() || c.Rescinded != nil && c.Rescinded.Held)
}

// wentOn reports whether the case was held and HR let it go on.
func (c Case) wentOn() bool {
	return slices.ContainsFunc(c.Decisions, func(d Decided) bool { return d.What == letGoOn })
}

// letGoOn is HR's word in the list of decisions. It is stored, and for ever.
const letGoOn = "let it go on"

// returnSlots ask HR about a case that comes back; the card stays as the record.
func (c Case) returnSlots() []Slot {
	if c.Paused != nil && !c.Paused.Back.IsZero() || c.wentOn() {
		return []Slot{{c.ID, CardReturn, "", Recipient{Person: c.HR().ID}}}
	}
	return nil
}
