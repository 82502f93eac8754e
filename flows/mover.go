package flows

import (
	"fmt"
	"slices"
	"time"
)

// A move has two keys: the receiving manager says what comes, the releasing one what goes and when. This file folds what they decide.

// Exception is access that is kept beyond its time: until when, why, and by whose word. Since is the day on which that was decided, and
// Normal when the access goes all the same while an approver has not signed the exception off.
type Exception struct {
	Until  Date      `json:"until"`
	Reason string    `json:"reason"`
	By     Person    `json:"by"`
	Since  Date      `json:"since"`
	Normal time.Time `json:"normal"`
}

// Phase is the part of a secondment that a step belongs to; empty for everything else.
type Phase string

// The phases.
const (
	Ends Phase = "ends" // what came with the secondment goes
	Back Phase = "back" // what the person had before comes back, once both managers have confirmed it
)

// Keeping is something that the person holds and goes on holding, with the reason.
type Keeping struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`            // group, team, licence, by hand
	Why   string `json:"why"`             // "everybody", "Account Manager and Finance Assistant"
	Group string `json:"group,omitempty"` // id
	SKU   string `json:"sku,omitempty"`   // id
	Loose bool   `json:"loose,omitempty"` // no job gives it: it was left where it is
}

// Release is the releasing manager's decision, open or made. It is zero for everything but a move.
type Release struct {
	Holders []Person  `json:"holders,omitempty"` // who may decide now
	Joint   bool      `json:"joint,omitempty"`   // whoever confirms what comes decides on this as well, in one press
	Asking  Asking    `json:"asking,omitzero"`   // Escalate is when silence decides
	State   string    `json:"state,omitempty"`   // "", "released", "silent"
	By      Person    `json:"by,omitzero"`
	For     Person    `json:"for,omitzero"` // who delegated it to By
	At      time.Time `json:"at,omitzero"`
	Left    []StepKey `json:"left,omitempty"` // what silence left to the approvers of the items
	LeftBy  time.Time `json:"left_by,omitzero"`
}

// open reports whether somebody is still to say what goes.
func (r Release) open() bool { return r.State == "" && (r.Joint || len(r.Holders) > 0) }

// ComeBack is the end of a secondment: both managers confirm that the old access comes back.
type ComeBack struct {
	At       time.Time `json:"at,omitzero"` // when it was asked
	Asking   Asking    `json:"asking,omitzero"`
	By       []By      `json:"by,omitempty"`        // who confirmed
	StandIns []Person  `json:"stand_ins,omitempty"` // asked as well, for want of an answer
	Agreed   bool      `json:"agreed,omitempty"`
}

// Keep is what the releasing manager says about one item that is kept.
type Keep struct {
	Until  Date   `json:"until"`
	Reason string `json:"reason"`
}

// Of a move: who decided what goes, and what silence decided.
type (
	// Released is the decision on what goes: what is kept until when, and which of the undecided goes as well. By one whom silence left items
	// to, it is about these.
	Released struct {
		Shown    PlanHash         `json:"shown"`
		Keep     map[StepKey]Keep `json:"keep,omitempty"`
		Drop     []StepKey        `json:"drop,omitempty"`
		Plan     PlanHash         `json:"plan"`
		By       Person           `json:"by"`
		For      Person           `json:"for,omitzero"` // who delegated it to By
		Since    Date             `json:"since"`
		RemindAt time.Time        `json:"remind_at,omitzero"` // for the sign-offs that it opens
		Escalate time.Time        `json:"escalate_at,omitzero"`
	}
	// ReleaseLapsed is silence: what is not kept by somebody goes at its time, save what is left to the approvers of the items until then.
	ReleaseLapsed struct {
		Plan     PlanHash  `json:"plan"`
		Left     []StepKey `json:"left,omitempty"`
		LeftBy   time.Time `json:"left_by,omitzero"`
		RemindAt time.Time `json:"remind_at,omitzero"`
		Escalate time.Time `json:"escalate_at,omitzero"`
	}
	// ExceptionAsked puts the question whether something kept is still needed; silence ends it.
	ExceptionAsked struct {
		Step StepKey `json:"step"`
	}
	// ExceptionExtended is a new end of something kept; ExceptionEnded is the word that it may end.
	ExceptionExtended struct {
		Step     StepKey   `json:"step"`
		Until    Date      `json:"until"`
		Reason   string    `json:"reason"`
		By       Person    `json:"by"`
		Since    Date      `json:"since"`
		Plan     PlanHash  `json:"plan"`
		RemindAt time.Time `json:"remind_at,omitzero"`
		Escalate time.Time `json:"escalate_at,omitzero"`
	}
	ExceptionEnded struct {
		Step StepKey `json:"step"`
		By   Person  `json:"by"`
	}
	// ComeBackAsked puts the question whether the old access comes back after a secondment; ComeBackConfirmed is one manager's yes.
	ComeBackAsked struct {
		RemindAt time.Time `json:"remind_at"`
		Escalate time.Time `json:"escalate_at"`
	}
	ComeBackConfirmed struct {
		By       Person    `json:"by"`
		RemindAt time.Time `json:"remind_at,omitzero"` // for the sign-offs that it opens
		Escalate time.Time `json:"escalate_at,omitzero"`
	}
)

// The kinds, for ever.
func (Released) Kind() Kind          { return "mover.released.1" }
func (ReleaseLapsed) Kind() Kind     { return "mover.release_lapsed.1" }
func (ExceptionAsked) Kind() Kind    { return "exception.asked.1" }
func (ExceptionExtended) Kind() Kind { return "exception.extended.1" }
func (ExceptionEnded) Kind() Kind    { return "exception.ended.1" }
func (ComeBackAsked) Kind() Kind     { return "secondment.return_asked.1" }
func (ComeBackConfirmed) Kind() Kind { return "secondment.return_confirmed.1" }

// undecided reports whether the plan waits for a decision on what comes or on what goes.
func (c Case) undecided() bool { return c.Approval.State == "" || c.Release.open() }

// settle makes the plan the one that may run, now that all have decided, and opens the sign-offs it needs.
func (c Case) settle(asking Asking) Case {
	c.May = c.Plan.Hash()
	c.Steps, c.SignOffs, c.SignOff = planned(c.Plan), map[StepKey]SignOff{}, asking
	for _, s := range c.Plan.Steps {
		if s.Choice == Elevated || s.Guarded && s.Exception != nil {
			c.SignOffs[s.Key] = SignOff{}
		}
	}
	return c
}

// Due is when a step is due: at its time, or, when it is kept and the approver has not signed that off, at the time without the exception.
func (c Case) Due(s Step) time.Time {
	if so, asked := c.SignOffs[s.Key]; asked && s.Exception != nil && so.State != "approved" {
		return s.Exception.Normal
	}
	return s.Due
}

// Kept reports whether a step is the end of an exception that holds now.
func (c Case) Kept(s Step) bool {
	_, st, ok := c.Step(s.Key)
	return ok && s.Exception != nil && c.May != "" && !c.Over() && st.State == Planned && !c.Due(s).Equal(s.Exception.Normal)
}

// applyMover folds the entries of a move; false when it is none of them.
func (c Case) applyMover(e Entry) (Case, bool, error) {
	var err error
	switch b := e.Body.(type) {
	case Released:
		c, err = c.released(e, b)
	case ReleaseLapsed:
		c, err = c.lapsed(e, b)
	case ExceptionAsked:
		if s, _, ok := c.Step(b.Step); !ok || !c.Kept(s) {
			return c, true, fmt.Errorf("step %s is not kept", b.Step)
		}
		c = c.with(b.Step, func(st *StepStatus) { st.Asked = true })
	case ExceptionExtended:
		c, err = c.extended(e, b)
	case ExceptionEnded:
		s, _, ok := c.Step(b.Step)
		if !ok || !c.Kept(s) {
			return c, true, fmt.Errorf("step %s is not kept", b.Step)
		}
		c = c.with(b.Step, func(st *StepStatus) { st.Asked, st.By, st.At = true, b.By, e.At })
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("lets %s end on %s", s.Name, s.Exception.Until.Say(c.Lang)), At: e.At, Plan: c.May})
	case ComeBackAsked:
		if c.May == "" || !c.ComeBack.At.IsZero() {
			return c, true, fmt.Errorf("the return was asked about")
		}
		c.ComeBack = ComeBack{At: e.At, Asking: Asking{RemindAt: b.RemindAt, Escalate: b.Escalate}}
	case ComeBackConfirmed:
		c, err = c.returned(e, b)
	default:
		return c, false, nil
	}
	return c, true, err
}

func (c Case) released(e Entry, b Released) (Case, error) {
	first := c.Release.open()
	if b.Shown != c.Shown || !first && len(c.Release.Left) == 0 {
		return c, fmt.Errorf("release of another plan, or decided already")
	}
	plan, err := c.Plan.Released(c.Lang, b.Keep, b.Drop, b.By, b.Since, c.Site)
	if err != nil {
		return c, err
	}
	if !first { // an approver, on what silence left
		mine := c.leftTo(b.By.ID)
		c.Release.Left = slices.DeleteFunc(slices.Clone(c.Release.Left), func(k StepKey) bool { return slices.Contains(mine, k) })
		plan = c.Plan.vouched(b.Keep, b.By, b.Since, c.Site)
	}
	if plan.Hash() != b.Plan {
		return c, fmt.Errorf("the released plan has another hash")
	}
	c.Plan = plan
	what := c.Lang.Say("decided what goes with the old job")
	if n := len(b.Keep); n > 0 {
		what += c.Lang.Say(", and keeps %s until a date", count(c.Lang, n, "item"))
	}
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: what, At: e.At, Plan: b.Plan})
	if !first {
		if c.May != "" {
			c.May = b.Plan
		}
		return c, nil
	}
	c.Release.State, c.Release.By, c.Release.For, c.Release.At = "released", b.By, b.For, e.At
	if c.Approval.State != "" {
		c = c.settle(Asking{RemindAt: b.RemindAt, Escalate: b.Escalate})
	}
	return c, nil
}

func (c Case) lapsed(e Entry, b ReleaseLapsed) (Case, error) {
	if c.Release.State == "silent" && len(c.Release.Left) > 0 && len(b.Left) == 0 { // the approvers are silent too
		c.Release.Left = nil
		return c, nil
	}
	if !c.Release.open() {
		return c, fmt.Errorf("decided already")
	}
	plan, err := c.Plan.Released(c.Lang, nil, nil, Person{}, "", c.Site)
	if err != nil {
		return c, err
	}
	if plan.Hash() != b.Plan {
		return c, fmt.Errorf("the released plan has another hash")
	}
	c.Plan = plan
	c.Release.State, c.Release.At, c.Release.Left, c.Release.LeftBy = "silent", e.At, b.Left, b.LeftBy
	if c.Approval.State != "" {
		c = c.settle(Asking{RemindAt: b.RemindAt, Escalate: b.Escalate})
	}
	return c, nil
}

func (c Case) extended(e Entry, b ExceptionExtended) (Case, error) {
	s, _, ok := c.Step(b.Step)
	if !ok || !c.Kept(s) {
		return c, fmt.Errorf("step %s is not kept", b.Step)
	}
	plan := c.Plan.extended(b.Step, Keep{b.Until, b.Reason}, b.By, b.Since, c.Site)
	if plan.Hash() != b.Plan {
		return c, fmt.Errorf("the extended plan has another hash")
	}
	c.Plan, c.May = plan, b.Plan
	if s.Guarded {
		c = c.openSignOff(b.Step, Asking{RemindAt: b.RemindAt, Escalate: b.Escalate})
	}
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("keeps %s until %s", s.Name, b.Until.Say(c.Lang)), At: e.At, Plan: b.Plan})
	return c.with(b.Step, func(st *StepStatus) { st.Asked = false }), nil
}

// openSignOff asks an approver about one more step.
func (c Case) openSignOff(k StepKey, asking Asking) Case {
	m := map[StepKey]SignOff{k: {}}
	for other, v := range c.SignOffs {
		if other != k {
			m[other] = v
		}
	}
	c.SignOffs, c.SignOff = m, asking
	return c
}

// returned folds one manager's yes to the return. When both have said it, the old access may come back, and what was kept until then stays.
func (c Case) returned(e Entry, b ComeBackConfirmed) (Case, error) {
	if c.ComeBack.At.IsZero() || c.ComeBack.Agreed {
		return c, fmt.Errorf("the return is not asked about")
	}
	c.ComeBack.By = append(clip(c.ComeBack.By), By{Person: b.By, At: e.At})
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("confirmed that the old access comes back"), At: e.At, Plan: c.May})
	if len(c.ComeBack.By) < len(c.Returners()) {
		return c, nil
	}
	c.ComeBack.Agreed = true
	for _, s := range c.Plan.Steps {
		if s.Phase == Back && s.Guarded {
			c = c.openSignOff(s.Key, Asking{RemindAt: b.RemindAt, Escalate: b.Escalate})
		}
		if back, ok := c.Plan.Step(s.Unless); ok && back.Phase == Back && !back.Guarded {
			c = c.unwanted(s.Key, e.At, c.Lang.Say("it comes back with the old job, so it stays"))
		}
	}
	return c, nil
}

// unwanted drops a step that has not begun.
func (c Case) unwanted(k StepKey, at time.Time, why string) Case {
	return c.with(k, func(st *StepStatus) {
		if st.State == Planned {
			st.State, st.At, st.Note = StepAbandoned, at, why
		}
	})
}

// Returners are the people who confirm the return: whoever confirmed what came, and whoever decided on what went.
func (c Case) Returners() []Person {
	if !c.seconded() {
		return nil
	}
	out := []Person{c.Approval.By}
	old := c.Release.By
	if old.ID == "" {
		old = c.Facts.Releasing
	}
	if old.ID != "" && old.ID != c.Approval.By.ID {
		out = append(out, old)
	}
	return out
}

// seconded reports whether the person comes back.
func (c Case) seconded() bool { return c.Kind == MoverEvent && c.Event.End != "" }

// leftTo are the steps that silence left to somebody.
func (c Case) leftTo(id AccountID) []StepKey {
	var out []StepKey
	for _, k := range c.Release.Left {
		if s, ok := c.Plan.Step(k); ok && holds(c.signers(s), id) {
			out = append(out, k)
		}
	}
	return out
}

// leftTo are the items that silence left to the one who pressed, or to whom they stand in for, as far as they may sign for them now: a role
// or a group counts as it is at the press.
func (t Turn) leftTo(c Case, roles Roles) []StepKey {
	return slices.DeleteFunc(c.leftTo(t.By.ID), func(k StepKey) bool {
		s, _, _ := c.Step(k)
		_, _, err := t.signer(c, s, roles)
		return err != nil
	})
}

// left reports whether a step waits for the word of its approver.
func (c Case) left(k StepKey) bool { return slices.Contains(c.Release.Left, k) }
