package flows

import "time"

// A case that changes on its way: its date moves, it is cancelled, it makes room for another one.
type (
	// ChangeAsked is a change that HR asked for and was shown. Nothing of it happens before it is confirmed.
	ChangeAsked struct {
		N        int         `json:"n"` // from 1: the number of the change within its case
		What     string      `json:"what"`
		By       Person      `json:"by"`
		Turn     string      `json:"turn,omitempty"` // hash of the turn that asked, so that a repeat asks nothing new
		Event    PeopleEvent `json:"event,omitzero"` // as it would be
		Plan     Plan        `json:"plan,omitzero"`  // as it would be
		From     PlanHash    `json:"from,omitempty"` // the plan it was made from
		Kept     bool        `json:"kept,omitempty"` // decisions stay valid
		Warnings []string    `json:"warnings,omitempty"`

		Shown     PlanHash  `json:"shown,omitempty"`     // of a mover with a decision still out: the plan as offered for the new date
		ReleaseBy time.Time `json:"release_by,omitzero"` // of a mover: when silence would decide what goes
	}
	// ChangeAgreed is the first half of a change that a second person must confirm.
	ChangeAgreed struct {
		N      int    `json:"n"`
		By     Person `json:"by"`
		Reason string `json:"reason,omitempty"`
	}
	// ChangeDropped is a change that is not made after all.
	ChangeDropped struct {
		N      int    `json:"n"`
		By     Person `json:"by"`
		Reason string `json:"reason,omitempty"`
	}
	// Moved is a case with another date.
	Moved struct {
		N        int         `json:"n"`
		By       Person      `json:"by"`
		Event    PeopleEvent `json:"event"`
		Plan     Plan        `json:"plan"`
		Kept     bool        `json:"kept"`          // the decisions made so far stay valid; otherwise they are asked for anew
		Late     Lateness    `json:"late,omitzero"` // the first step whose time has passed by the new date
		RemindAt time.Time   `json:"remind_at,omitzero"`
		Escalate time.Time   `json:"escalate_at,omitzero"`

		Shown     PlanHash  `json:"shown,omitempty"`     // of a mover with a decision still out: the plan as offered for the new date
		ReleaseBy time.Time `json:"release_by,omitzero"` // of a mover: when silence decides what goes, at the latest
	}
	// Rescinded cancels a case: what was not begun is dropped, and what was done is taken back by the steps of Undo.
	Rescinded struct {
		N      int    `json:"n"`
		By     Person `json:"by"`
		Second Person `json:"second,omitzero"` // who confirmed it as well, of an urgent exit
		Reason string `json:"reason"`
		Undo   Plan   `json:"undo"`
		Held   bool   `json:"held,omitempty"` // for another event of the same person, when it was cancelled
	}
	// CasePaused holds a case because another event of the same person goes before it.
	CasePaused struct {
		For CaseID `json:"for"`
	}
	// ReturnAsked puts to HR whether a case that was held goes on, because the other one was cancelled.
	ReturnAsked struct {
		For CaseID `json:"for"`
	}
	// Unpaused lets a case go on.
	Unpaused struct {
		By       Person    `json:"by"`
		RemindAt time.Time `json:"remind_at,omitzero"` // of the decision that is still open, if any
		Escalate time.Time `json:"escalate_at,omitzero"`
	}
	// Overtaken ends a case that was held: the other event happened.
	Overtaken struct {
		By CaseID `json:"by"`
	}
)

// The kinds, for ever.
func (ChangeAsked) Kind() Kind   { return "change.asked.1" }
func (ChangeAgreed) Kind() Kind  { return "change.agreed.1" }
func (ChangeDropped) Kind() Kind { return "change.dropped.1" }
func (Moved) Kind() Kind         { return "case.moved.1" }
func (Rescinded) Kind() Kind     { return "case.rescinded.1" }
func (CasePaused) Kind() Kind    { return "case.paused.1" }
func (ReturnAsked) Kind() Kind   { return "case.return_asked.1" }
func (Unpaused) Kind() Kind      { return "case.unpaused.1" }
func (Overtaken) Kind() Kind     { return "case.overtaken.1" }

// The changes that HR may ask for.
const (
	MoveChange   = "move"
	CancelChange = "cancel"
)

// CaseChange is one change of a case, asked for or made.
type CaseChange struct {
	N        int         `json:"n"`
	What     string      `json:"what"`
	By       Person      `json:"by"`
	At       time.Time   `json:"at"`
	Turn     string      `json:"turn,omitempty"`
	State    string      `json:"state,omitempty"`  // "" while it is open, "agreed" while it waits for a second person, then "made" or "dropped"
	Was      string      `json:"was,omitempty"`    // what happens when, before: "starts Tue 5 January 2027"
	Will     string      `json:"will,omitempty"`   // and after
	Event    PeopleEvent `json:"event,omitzero"`   // while it is open
	Plan     Plan        `json:"plan,omitzero"`    // while it is open
	From     PlanHash    `json:"from,omitempty"`   // while it is open
	Kept     bool        `json:"kept,omitempty"`   // decisions stay valid
	Reason   string      `json:"reason,omitempty"` // of a cancellation, or why it was dropped
	Agreed   By          `json:"agreed,omitzero"`  // the first half
	Decided  By          `json:"decided,omitzero"` // who made or dropped it
	Warnings []string    `json:"warnings,omitempty"`

	Shown     PlanHash  `json:"shown,omitempty"`     // while it is open, of a mover
	ReleaseBy time.Time `json:"release_by,omitzero"` // while it is open, of a mover
}

// Open reports whether the change still waits for somebody.
func (ch CaseChange) Open() bool { return ch.State == "" || ch.State == "agreed" }

// Lateness is an event, or a date, that came to Muster after its time.
type Lateness struct {
	Step  StepKey   `json:"step"`           // whose time had passed
	Due   time.Time `json:"due"`            // when it should have been done
	Known time.Time `json:"known,omitzero"` // when HR said so
	Done  time.Time `json:"done,omitzero"`  // when it was seen done
	Days  int       `json:"days"`           // calendar days at the site from Due to Known, then to Done
}

// Hold says for which case of the same person a case is held.
type Hold struct {
	For  CaseID    `json:"for"`
	At   time.Time `json:"at"`
	Back time.Time `json:"back,omitzero"` // when HR was asked whether it goes on
}

// Rescission is a case that is being cancelled, or was.
type Rescission struct {
	By     By       `json:"by"` // with the reason
	Second Person   `json:"second,omitzero"`
	Undo   PlanHash `json:"undo"` // of the steps that take back what was done
	Held   bool     `json:"held,omitempty"`
}
