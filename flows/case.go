package flows

import (
	"time"

	"muster/flows/texts"
)

// State is where a case stands.
type State string

// The states of a case.
const (
	Waiting     State = "waiting"      // the manager has not decided
	Scheduled   State = "scheduled"    // decided; nothing is due yet
	Running     State = "running"      // steps are being done
	NeedsPeople State = "needs_people" // a step failed, or somebody must decide
	Done        State = "done"
	Stopped     State = "cancelled"
)

// StepState is where a step stands.
type StepState string

// The states of a step.
const (
	Planned       StepState = "planned"
	StepBegun     StepState = "started" // intent written; the outcome is not known
	StepNotSeen   StepState = "unseen"  // sent, not yet seen
	StepDone      StepState = "verified"
	StepDoneHand  StepState = "by_hand"
	StepLeftOut   StepState = "waived"
	StepBroken    StepState = "failed"
	StepAbandoned StepState = "cancelled"
)

// Over reports whether nothing more will happen to a step in this state.
func (s StepState) Over() bool {
	return s == StepDone || s == StepDoneHand || s == StepLeftOut || s == StepAbandoned
}

// Case is one people event from HR's confirmation to closed: the fold of its entries.
type Case struct {
	Lang     texts.Language `json:"lang,omitzero"` // that what it says is said in: the organisation's when it was raised
	ID       CaseID         `json:"id"`
	Version  int            `json:"version"` // number of entries that changed it
	Kind     EventKind      `json:"kind"`
	State    State          `json:"state"`
	Draft    string         `json:"draft"`
	Event    PeopleEvent    `json:"event"`
	Raised   By             `json:"raised"`
	Zone     string         `json:"zone"`
	Site     Site           `json:"site"`
	Facts    Facts          `json:"facts"`
	Warnings []string       `json:"warnings,omitempty"`
	Account  AccountID      `json:"account,omitempty"` // the subject's, once created

	Plan  Plan     `json:"plan"`  // as proposed: everything that was offered
	Shown PlanHash `json:"shown"` // its hash
	May   PlanHash `json:"may"`   // the plan that may run: what was ticked; empty until decided

	Approval   Decision            `json:"approval"`
	SignOffs   map[StepKey]SignOff `json:"sign_offs,omitempty"`
	SignOff    Asking              `json:"sign_off,omitzero"` // reminders of the open sign-offs
	Signers    []Person            `json:"signers,omitempty"` // further people asked to sign off after silence
	Absent     []AccountID         `json:"absent,omitempty"`  // approvers who left or lost the role while they were asked
	Delegated  []StandIn           `json:"delegated,omitempty"`
	Instead    []Instead           `json:"instead,omitempty"` // who is asked in the place of somebody who left
	Stay       []Slot              `json:"stay,omitempty"`    // cards of theirs: sent, and the record
	Return     Return              `json:"return,omitzero"`   // the question before somebody on leave comes back
	Steps      []StepStatus        `json:"steps,omitempty"`   // once decided, in plan order
	Questions  []Question          `json:"questions,omitempty"`
	Decisions  []Decided           `json:"decisions,omitempty"`
	NoShow     bool                `json:"no_show,omitempty"`
	SeatChecks int                 `json:"seat_checks,omitempty"` // looks at the seats of its licences that were made
	Ended      By                  `json:"ended,omitzero"`
	Batch      Batch               `json:"batch,omitzero"` // the list it came with

	Changes   []CaseChange `json:"changes,omitempty"`   // asked for or made, in order
	Late      *Lateness    `json:"late,omitempty"`      // it came after its time
	Rescinded *Rescission  `json:"rescinded,omitempty"` // it is being cancelled, or was
	Fallen    []Step       `json:"fallen,omitempty"`    // steps that a new date took out of the plan
	Paused    *Hold        `json:"paused,omitempty"`    // held for another case of the same person
	Overtaken CaseID       `json:"overtaken,omitempty"` // that case, when it happened
	DataKept  *DataKept    `json:"data_kept,omitempty"` // of an exit whose data HR put on hold later
	Contract  *Contract    `json:"contract,omitempty"`  // the clock of a contractor's end date
	EndOf     CaseID       `json:"end_of,omitempty"`    // the joiner's case whose contract ended, of a leaver whom nobody announced
	Above     []CaseID     `json:"above,omitempty"`     // cases of the same person that this one goes before

	Release  Release  `json:"release,omitzero"`   // of a mover
	ComeBack ComeBack `json:"come_back,omitzero"` // of a secondment
}

// By is who did something, and when.
type By struct {
	Person Person    `json:"person"`
	At     time.Time `json:"at"`
	Note   string    `json:"note,omitempty"`
}

// Asking is the clock of an open question.
type Asking struct {
	RemindAt  time.Time `json:"remind_at,omitzero"`
	Escalate  time.Time `json:"escalate,omitzero"`
	Reminded  bool      `json:"reminded,omitempty"`  // no further reminder
	Escalated bool      `json:"escalated,omitempty"` // nobody else is asked any more
	Reminds   int       `json:"reminds,omitempty"`   // reminders so far, where they repeat
	Put       int       `json:"put,omitempty"`       // further people it was put to so far, where that repeats
}

// Wider reports whether the question was put to further people.
func (a Asking) Wider() bool { return a.Escalated || a.Put > 0 }

// Decision is the manager's decision, open or made.
type Decision struct {
	Holders []Person  `json:"holders"` // who may decide now; the last one was asked last
	Asking  Asking    `json:"asking"`
	State   string    `json:"state"` // "", "approved", "rejected"
	By      Person    `json:"by,omitzero"`
	For     Person    `json:"for,omitzero"` // who delegated it to By
	At      time.Time `json:"at,omitzero"`
	Ticked  []StepKey `json:"ticked,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Former  []Person  `json:"former,omitempty"` // who held it and handed it over
}

// SignOff is an approver's decision on one elevated step.
type SignOff struct {
	State  string    `json:"state"` // "", "approved", "rejected"
	By     Person    `json:"by,omitzero"`
	For    Person    `json:"for,omitzero"` // who delegated it to By
	At     time.Time `json:"at,omitzero"`
	Reason string    `json:"reason,omitempty"`
	Stage  int       `json:"stage,omitempty"` // the round that is open, from 0
	Votes  []Vote    `json:"votes,omitempty"` // where the policy asks for rounds
}

// Question is one the manager asked HR.
type Question struct {
	By     Person `json:"by"`
	Text   string `json:"text"`
	Answer By     `json:"answer,omitzero"` // Note holds the answer
}

// Decided is one line of the list of decisions.
type Decided struct {
	By   Person    `json:"by"`
	What string    `json:"what"`
	At   time.Time `json:"at"`
	Plan PlanHash  `json:"plan"`
}

// StepStatus is where a step stands, with what was seen.
type StepStatus struct {
	Key     StepKey   `json:"key"`
	State   StepState `json:"state"`
	Next    time.Time `json:"next,omitzero"`    // not before; zero: at its due time
	Tries   int       `json:"tries,omitempty"`  // attempts used up, or looks that did not see it yet
	Delays  int       `json:"delays,omitempty"` // times the service did not answer; they cost no attempt
	Before  string    `json:"before,omitempty"`
	After   string    `json:"after,omitempty"`
	Cause   string    `json:"cause,omitempty"` // of a failure, or why it waits
	At      time.Time `json:"at,omitzero"`     // of the last change
	By      Person    `json:"by,omitzero"`     // who did it by hand or waived it
	Note    string    `json:"note,omitempty"`
	Waive   By        `json:"waive,omitzero"` // first half of a waiver
	Claimed By        `json:"claimed,omitzero"`
	Asked   bool      `json:"asked,omitempty"`  // the question of an ask_started step was put
	Nudged  bool      `json:"nudged,omitempty"` // its holder was reminded
	Seat    bool      `json:"seat,omitempty"`   // it failed for want of a seat, and goes on when there is one
	Broke   bool      `json:"broke,omitempty"`  // it failed at least once: its failure card stays true
	Pass    *Pass     `json:"pass,omitempty"`
	Until   time.Time `json:"until,omitzero"` // the end of that pass
}

// Step is a step of the plan with its status. A case that is not decided has planned steps only.
func (c Case) Step(k StepKey) (Step, StepStatus, bool) {
	s, ok := c.Plan.Step(k)
	if !ok {
		s, ok = Plan{Steps: c.Fallen}.Step(k)
	}
	if !ok {
		return Step{}, StepStatus{}, false
	}
	for _, st := range c.Steps {
		if st.Key == k {
			return s, st, true
		}
	}
	return s, StepStatus{Key: k, State: Planned}, len(c.Steps) == 0
}

// Subject is the person the case is about, as far as known.
func (c Case) Subject() Person {
	if c.Event.Subject.ID != "" {
		return c.Event.Subject
	}
	return Person{ID: c.Account, Name: c.Event.Name(), UPN: c.Plan.Account.UPN}
}

// Over reports whether the case has ended.
func (c Case) Over() bool { return c.State == Done || c.State == Stopped }

// Location is the time zone of the person's site; UTC if the system does not know it any more.
func (c Case) Location() *time.Location {
	loc, err := time.LoadLocation(c.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Chosen is the plan restricted to what was ticked: what is not offered, and those of ticked that the plan offers. What was not ticked is
// also taken out of what the other steps wait for. What goes unless something is wanted stays when that is wanted; an elevated one is
// wanted only when an approver has signed it off.
func (p Plan) Chosen(ticked []StepKey) Plan {
	want := map[StepKey]bool{}
	for _, k := range ticked {
		want[k] = true
	}
	return p.only(func(s Step) bool {
		if other, ok := p.Step(s.Unless); ok && other.Choice.offered() && other.Choice != Elevated && want[s.Unless] {
			return false
		}
		return !s.Choice.offered() || want[s.Key]
	})
}

// Manager is who answers for the person in this case: whoever decided on a joiner's access, the manager of anybody else, or who came in
// their place.
func (c Case) Manager() Person {
	m := c.Event.Manager
	if c.Kind == JoinerEvent && c.Approval.By.ID != "" {
		m = c.Approval.By
	}
	return orPerson(c.instead(ofManager, m), m)
}

func clip[T any](s []T) []T { return s[:len(s):len(s)] }

func without(ps []Person, id AccountID) []Person {
	var out []Person
	for _, p := range ps {
		if p.ID != id {
			out = append(out, p)
		}
	}
	return out
}
