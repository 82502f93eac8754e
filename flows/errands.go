package flows

import (
	"encoding/json"
	"fmt"
	"time"
)

// The kinds of errand. Stored in the queue, so never renamed.
const (
	StepErrand     = "step.1"     // run one step of a plan
	RemindErrand   = "remind.1"   // remind whoever holds a decision or a manual step
	EscalateErrand = "escalate.1" // put a decision to the fallback as well
	CardErrand     = "card.1"     // make one card true
	DraftErrand    = "draft.1"    // ask the directory about a draft
	CloseErrand    = "close.1"    // look at everything once more, and close
	AnswerErrand   = "answer.1"   // answer what somebody wrote
	SayErrand      = "say.1"      // send one sentence
	DriftErrand    = "drift.1"    // look at what one person holds
	SeatErrand     = "seat.1"     // look whether licences have seats
	RerouteErrand  = "reroute.1"  // put the open decisions of somebody who left to others
	MoverErrand    = "mover.1"    // what silence or the calendar does in a move
	BulkErrand     = "bulk.1"     // ask the directory about the next rows of a list, or raise their cases
)

// StepWork is the body of a step errand, AskWork of a reminder or an escalation, DraftWork of a draft's.
type (
	StepWork  struct{ Step StepKey }
	AskWork   struct{ Of string }
	DraftWork struct{ Draft string }
	// RerouteWork names who left.
	RerouteWork struct{ From AccountID }
	// SayWork is one sentence to one place.
	SayWork struct {
		To    Recipient
		Text  string
		Reach json.RawMessage `json:",omitempty"` // the chat it answers in; To is found otherwise
	}
)

func errandBody(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil { // plain structs of this package marshal; a failure is a bug
		panic(fmt.Sprintf("marshal errand: %v", err))
	}
	return b
}

// Errands are the things that must happen for a case in its present state, each with its time: steps that are ready, reminders and
// escalations of what is open. Cards are apart (cardErrands).
func (c Case) Errands() []Errand {
	if c.Version == 0 || c.Over() || c.Paused != nil {
		return c.contractErrands()
	}
	out := c.contractErrands()
	add := func(kind, of string, due time.Time, body any) {
		out = append(out, Errand{
			Key: kind + "/" + string(c.ID) + "/" + of, Kind: kind, Case: c.ID, Lane: "case/" + string(c.ID), Due: due.UTC(), Urgent: c.Event.Urgent, Body: errandBody(body),
		})
	}
	ask := func(of string, a Asking) {
		if !a.Reminded && !a.RemindAt.IsZero() {
			add(RemindErrand, of, a.RemindAt, AskWork{of})
		}
		if !a.Escalated && !a.Escalate.IsZero() {
			add(EscalateErrand, of, a.Escalate, AskWork{of})
		}
	}
	if c.Approval.State == "" {
		ask(ofApproval, c.Approval.Asking)
	}
	for _, q := range c.moverWork() {
		if q.remind {
			add(RemindErrand, q.of, q.due, AskWork{q.of})
		} else {
			add(MoverErrand, q.of, q.due, AskWork{q.of})
		}
	}
	if c.undecided() {
		return out
	}
	if c.openSignOffs() {
		ask(ofSignOff, c.SignOff)
	}
	if c.finished() {
		add(CloseErrand, "", c.lastStep(), nil)
		return out
	}
	c.seatErrands(add)
	c.leaveErrands(add)
	for _, s := range c.Plan.Steps {
		_, st, _ := c.Step(s.Key)
		if !c.ready(s) {
			continue
		}
		switch {
		case s.Task == Manual && st.Claimed.Person.ID == "":
			if !st.Nudged {
				add(RemindErrand, string(s.Key), c.Due(s), AskWork{string(s.Key)})
			}
		case s.Task == OfferPass:
		case s.Task == AwaitReturn:
			if !st.Nudged {
				add(RemindErrand, string(s.Key), s.Due, AskWork{string(s.Key)})
			}
		case (s.Task == AskStarted || s.Task == AskReturn) && st.Asked:
			if !st.Nudged {
				add(RemindErrand, string(s.Key), c.Site.AddWorkingHours(st.At, 8), AskWork{string(s.Key)})
			}
		case st.Claimed.Person.ID != "": // it may have been done long before it was due
			add(StepErrand, string(s.Key), later(st.Claimed.At, st.Next), StepWork{s.Key})
		default:
			add(StepErrand, string(s.Key), c.ahead(s, later(c.Due(s), st.Next)), StepWork{s.Key})
		}
	}
	return out
}

// ahead puts the end of the sessions before all else that the block of the sign-in set free: whoever is still signed in acts until then.
// Only the place in the queue changes, as what is put forward is due already.
func (c Case) ahead(s Step, due time.Time) time.Time {
	if _, block, ok := c.Step(exitKey); ok && s.Task == RevokeSessions && !block.At.Before(due) {
		return due.Add(-time.Minute)
	}
	return due
}

// openSignOffs reports whether an elevated step still waits for its approver.
func (c Case) openSignOffs() bool {
	for k, so := range c.SignOffs {
		if _, st, ok := c.Step(k); ok && so.State == "" && !st.State.Over() {
			return true
		}
	}
	return false
}

// passTime is more than it takes to make a pass and to show it.
const passTime = time.Minute

// cardErrands make every card of the case true again. The card on which a pass is shown waits until the pass has ended: replacing the
// message would take the code from the screen of the one who is typing it. It waits from the press on, before there is a pass: what is
// drawn while the pass is made would arrive just after it.
func (c Case) cardErrands(now time.Time) []Errand {
	var out []Errand
	for _, s := range c.Slots() {
		due := now
		if _, st, ok := c.Step(s.Step); ok && s.Card == CardCredential && st.State != Planned && !c.Over() {
			due = later(now.Add(passTime), st.Until)
		}
		out = append(out, Errand{Key: CardErrand + "/" + s.Key(), Kind: CardErrand, Case: c.ID, Lane: "card/" + s.Key(), Due: due.UTC(), Urgent: c.Event.Urgent, Body: errandBody(s)})
	}
	return out
}

// follow completes a change with all that follows from it: the errands its new state needs, those it needs no longer, and its cards. It is pure; Commit
// stores the result.
func follow(c Case, ch Change, now time.Time) (Change, Case, error) {
	next := c
	var err error
	for _, e := range ch.Entries {
		if e.Case != ch.Case {
			continue
		}
		if next, err = next.Apply(e); err != nil {
			return Change{}, c, err
		}
	}
	if next.Version == c.Version {
		return ch, next, nil
	}
	was := map[string]Errand{}
	for _, e := range c.Errands() {
		was[e.Key] = e
	}
	for _, e := range next.Errands() {
		old, had := was[e.Key]
		delete(was, e.Key)
		if !had || !old.Due.Equal(e.Due) {
			ch.Add = append(ch.Add, e)
		}
	}
	for _, e := range c.Errands() { // in order, for the sake of equal bytes
		if _, gone := was[e.Key]; gone {
			ch.Drop = append(ch.Drop, e.Key)
		}
	}
	if next.gone() && !c.gone() {
		ch.Add = append(ch.Add, Errand{Key: RerouteErrand + "/" + string(next.ID), Kind: RerouteErrand, Case: next.ID, Due: now.UTC(), Body: errandBody(RerouteWork{next.Account})})
	}
	ch.Add = append(ch.Add, next.overlapErrands(c, now)...)
	ch.Add = append(ch.Add, next.offeredAgain(c, now)...)
	if sweeps(c, next) {
		due := next.nextSweep(now)
		if next.Kind == CorrectionEvent && next.Over() {
			due = now
		}
		ch.Add = append(ch.Add, next.driftErrand(due))
	}
	if standInChanged(c, next) {
		ch.Add = append(ch.Add, standInErrand(next.ID, now))
	}
	ch.Add = append(ch.Add, next.cardErrands(now)...)
	return ch, next, nil
}

// finished reports whether nothing is left to do or to decide.
func (c Case) finished() bool {
	if c.Over() || c.May == "" || c.NoShow || c.Paused != nil {
		return false
	}
	for _, st := range c.Steps {
		if !st.State.Over() {
			return false
		}
	}
	return true
}

// lastStep is when the last step was over.
func (c Case) lastStep() time.Time {
	var at time.Time
	for _, st := range c.Steps {
		at = later(at, st.At)
	}
	return at
}

func (c Case) closing() Closed {
	var b Closed
	for _, st := range c.Steps {
		switch st.State {
		case StepDone:
			b.Verified++
		case StepDoneHand:
			b.ByHand++
		case StepLeftOut:
			b.Waived++
		default:
			b.Dropped++
		}
	}
	return b
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
