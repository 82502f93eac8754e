package cards

import (
	"fmt"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// Slot draws one card of a case as its recipient should see it in the case's present state: with its choice while that is theirs to make,
// and as the record afterwards. now only tells what is overdue or over. An unknown card, or one about a step that the plan does not
// have, is an Invalid error: a store of another Muster is not guessed at.
func Slot(lang texts.Language, c flows.Case, s flows.Slot, now time.Time) (Card, error) {
	v := view{lang: lang, Case: c, reader: s.To.Person, now: now, loc: c.Location()}
	v.step = s.Step
	if s.Card == flows.CardChange {
		ch, ok := c.Change(s.Step)
		if !ok {
			return nil, fmt.Errorf("draw %s of %s: %w", s.Card, c.ID, &flows.Error{Code: flows.Invalid, Say: "That card is about a change that is not known."})
		}
		v.asked = ch
	} else if s.Step != "" && s.Card != flows.CardContract {
		step, st, ok := c.Step(s.Step)
		if !ok {
			return nil, fmt.Errorf("draw %s of %s: %w", s.Card, c.ID, &flows.Error{Code: flows.Invalid, Say: "That card is about a step that the plan no longer has."})
		}
		step.Due = c.Due(step)
		v.stage = stage{step, st}
	}
	draw, ofStep := drawer(lang, c, s.Card)
	if draw == nil || ofStep != (s.Step != "") {
		return nil, fmt.Errorf("draw %q of %s: %w", s.Card, c.ID, &flows.Error{Code: flows.Invalid, Say: "I do not know that card."})
	}
	return fit(func(room int) Card {
		v := v
		v.room = room
		return finish(Summary(lang, c, s), !ofStep || s.Card == flows.CardChange, append(draw(v), footer(string(c.ID))))
	}), nil
}

// drawer is what draws a card, and whether that is about one step. Cards about the whole case hold lists and use the whole width. What only one kind of case has is no card of another.
func drawer(lang texts.Language, c flows.Case, card flows.CardName) (draw func(view) []block, ofStep bool) {
	switch card {
	case flows.CardProgress:
		return view.progress, false
	case flows.CardFailure:
		return view.failure, true
	case flows.CardManual:
		return view.manual, true
	case flows.CardChange:
		return view.change, true
	case flows.CardReturn:
		return view.comesBack, false
	case flows.CardContract:
		return view.contract, true
	}
	if c.Kind == flows.CorrectionEvent {
		switch card {
		case flows.CardKept:
			return view.kept, true
		case flows.CardSignOff:
			return view.signOff, false
		}
		return nil, false
	}
	if c.Kind == flows.LeaverEvent {
		if card == flows.CardUrgent && c.Event.Urgent {
			return view.urgentExit, false
		}
		if card == flows.CardSignOff && len(c.SignOffs) > 0 { // of what cannot be undone
			return view.signOff, false
		}
		return nil, false
	}
	if c.Kind == flows.DeletionEvent {
		if card == flows.CardDeletion {
			return view.deletion, false
		}
		return nil, false
	}
	if c.Kind == flows.RenameEvent || c.Kind == flows.LeaveEvent && (card == flows.CardApproval || card == flows.CardBack) {
		if card == flows.CardBack {
			return view.returns, true
		}
		return nil, false
	}
	if c.Kind == flows.MoverEvent {
		switch card {
		case flows.CardRelease:
			return view.release, false
		case flows.CardComeBack:
			return view.comeBack, false
		case flows.CardKept:
			return view.kept, true
		}
	}
	switch card {
	case flows.CardApproval:
		return view.approval, false
	case flows.CardSignOff:
		return view.signOff, false
	case flows.CardNoShow:
		return view.noShow, false
	case flows.CardCredential:
		return view.credential, true
	case flows.CardStarted:
		return view.started, true
	}
	return nil, false
}

// Summary is the line for notifications of a case's card. In a channel it names nobody, and of an urgent exit it never does: a
// notification may light up beside the person.
func Summary(lang texts.Language, c flows.Case, s flows.Slot) string {
	who := cut(visible(c.Event.Name()), 80)
	if s.To.Channel != "" || c.Kind == flows.LeaverEvent && c.Event.Urgent {
		who = string(c.ID)
	}
	switch s.Card {
	case flows.CardProgress:
		return lang.Say("%s: how the case stands", who)
	case flows.CardApproval:
		return lang.Say("Access for %s: your decision", who)
	case flows.CardSignOff:
		return lang.Say("Elevated access for %s: your sign-off", who)
	case flows.CardFailure:
		return lang.Say("A step of %s needs IT", string(c.ID))
	case flows.CardManual:
		return lang.Say("Something to do by hand for %s", who)
	case flows.CardCredential:
		return lang.Say("Day-one pass for %s", who)
	case flows.CardStarted:
		return lang.Say("Did %s start?", who)
	case flows.CardRelease:
		return lang.Say("What goes when %s moves: your decision", who)
	case flows.CardKept:
		return lang.Say("Does %s still need what was kept?", who)
	case flows.CardComeBack:
		return lang.Say("The return of %s: your confirmation", who)
	case flows.CardUrgent:
		if c.Approval.State == "" && !c.Over() {
			return lang.Say("Urgent: %s needs you as the second person", who)
		}
		return lang.Say("Urgent: %s is decided", who)
	case flows.CardChange:
		return lang.Say("%s: a change to confirm", who)
	case flows.CardReturn:
		return lang.Say("%s: does it go on?", who)
	case flows.CardDeletion:
		return lang.Say("The account of %s: delete or keep", who)
	case flows.CardBack:
		return lang.Say("Access for %s after the leave: your decision", who)
	case flows.CardContract:
		return lang.Say("%s: the contract ends", who)
	case flows.CardNoShow:
		return lang.Say("%s did not start: your decision", who)
	}
	return lang.Say("Case %s", string(c.ID))
}

// view is a case as one reader sees it at one moment.
type view struct {
	flows.Case
	lang   texts.Language
	stage  stage // of a card about one step
	step   flows.StepKey
	asked  flows.CaseChange // of a card about a change
	reader flows.AccountID
	now    time.Time
	loc    *time.Location
	room   int // per cent of what a list would take; see fit
}

// story is the first line about the case.
func (v view) story() string {
	if v.leaver() {
		return v.leaverStory()
	}
	if v.absence() {
		return v.absenceStory()
	}
	if v.mover() {
		return v.moverStory()
	}
	if v.Event.Kind == flows.DeletionEvent {
		return v.deletionStory()
	}
	if v.Event.Kind == flows.CorrectionEvent {
		return v.correctionStory()
	}
	e := v.Event
	name := visible(e.Name())
	verb := v.lang.Say(" starts on ")
	switch {
	case v.State == flows.Done:
		verb = v.lang.Say(" started on ")
	case v.State == flows.Stopped:
		verb = v.lang.Say(" was to start on ")
	case v.NoShow:
		verb = v.lang.Say(" did not start on ")
	case past(e.Start, v.now, v.loc):
		verb = v.lang.Say(" was due on ")
	}
	return name + verb + date(v.lang, e.Start) + post(v.lang, e) + "."
}

// ended is the record of a case that was stopped; false while it was not.
func (v view) ended() (richText, bool) {
	if v.State != flows.Stopped {
		return richText{}, false
	}
	if v.Overtaken != "" {
		return status(v.lang, markStopped, ran(v.lang.Say("Another event of the same person went before this one, on %s.", when(v.lang, v.Ended.At, v.loc)))), true
	}
	if v.Approval.State == "rejected" {
		word := v.lang.Say("Rejected")
		if v.leaver() {
			word = v.lang.Say("Refused")
		}
		return status(v.lang, markStopped.as(word), ran(v.lang.Say("by %s on %s: ", you(v.lang, v.Approval.By, v.reader), when(v.lang, v.Approval.At, v.loc))), quote(v.Approval.Reason)), true
	}
	return status(v.lang, markStopped, ran(v.lang.Say("The case was ended by %s on %s: ", you(v.lang, v.Ended.Person, v.reader), when(v.lang, v.Ended.At, v.loc))), quote(v.Ended.Note)), true
}

// decided is the line that replaces the buttons.
func (v view) decided(m mark, by flows.Person, at time.Time) richText {
	return status(v.lang, m, ran(v.lang.Say("by %s on %s.", you(v.lang, by, v.reader), when(v.lang, at, v.loc))))
}

// firstMorning is when the first working day begins at the site.
func (v view) firstMorning() time.Time {
	h, m := 9, 0
	if t, err := time.Parse("15:04", v.Site.Opens); err == nil {
		h, m = t.Hour(), t.Minute()
	}
	return v.Event.Start.At(v.loc, h, m)
}
