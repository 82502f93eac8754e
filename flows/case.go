package flows

import (
	"fmt"
	"time"
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
	ID       CaseID      `json:"id"`
	Version  int         `json:"version"` // number of entries that changed it
	Kind     EventKind   `json:"kind"`
	State    State       `json:"state"`
	Draft    string      `json:"draft"`
	Event    PeopleEvent `json:"event"`
	Raised   By          `json:"raised"`
	Zone     string      `json:"zone"`
	Site     Site        `json:"site"`
	Facts    Facts       `json:"facts"`
	Warnings []string    `json:"warnings,omitempty"`
	Account  AccountID   `json:"account,omitempty"` // the subject's, once created

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

// Apply folds one entry into the case. It reads no clock, no store and no network. An entry that does not follow is an error.
func (c Case) Apply(e Entry) (Case, error) {
	if Transcript(e.Body) {
		return c, nil
	}
	switch b := e.Body.(type) {
	case Raised:
		if c.Version != 0 {
			return c, fmt.Errorf("apply %s: case %s exists", e.Body.Kind(), c.ID)
		}
		c = raisedCase(e, b)
	default:
		if c.Version == 0 {
			return c, fmt.Errorf("apply %s: no case", e.Body.Kind())
		}
		if c.Over() && !aboutContract(e.Body) && !aboutHold(e.Body) {
			return c, fmt.Errorf("apply %s: case %s has ended", e.Body.Kind(), c.ID)
		}
		var err error
		if c, err = c.apply(e); err != nil {
			return c, fmt.Errorf("apply %s: %w", e.Body.Kind(), err)
		}
	}
	c.Version++
	c.State = c.state(e.At)
	return c, nil
}

func raisedCase(e Entry, b Raised) Case {
	c := Case{
		ID: e.Case, Kind: b.Event.Kind, Draft: b.Draft, Event: b.Event, Raised: By{Person: b.By, At: e.At},
		Zone: b.Zone, Site: b.Site, Facts: b.Facts, Plan: b.Plan, Shown: b.Plan.Hash(), Warnings: b.Warnings, Batch: b.Batch,
		Approval:  Decision{Holders: []Person{b.Facts.Route}, Asking: Asking{RemindAt: b.RemindAt, Escalate: b.Escalate}},
		Decisions: []Decided{{By: b.By, What: "confirmed the people event", At: e.At, Plan: b.Plan.Hash()}},
	}
	c.Account = b.Event.Subject.ID
	if b.Event.before() {
		c.Account = b.Event.Former
	}
	c.Above, c.EndOf = b.Above, b.EndOf
	if b.EndOf != "" {
		c.Decisions[0].What = "confirmed the end date with " + string(b.EndOf)
	}
	if b.Contract > 0 {
		c.Contract = &Contract{End: b.Event.End, Days: b.Contract, Round: 1}
	}
	of, _ := b.Event.Kind.of()
	switch {
	case b.Event.Urgent, b.Event.Kind == DeletionEvent:
		c.Approval.Holders = b.Facts.Seconds
	case b.Event.Kind == MoverEvent:
		c.Release = Release{Joint: b.Facts.Joint, Asking: Asking{RemindAt: b.RemindAt, Escalate: b.ReleaseBy}}
		if !b.Facts.Joint {
			c.Release.Holders = []Person{b.Facts.Releasing}
		}
	case of.settled: // it waits for nobody: HR's confirmation is the decision, and people prepare meanwhile
		c.Approval = Decision{State: "approved", By: b.By, At: e.At}
		c.May = c.Shown
		c.Steps = planned(c.Plan)
		c = c.toSignOff(Asking{RemindAt: b.RemindAt, Escalate: b.Escalate})
	}
	return c.late(b.Late, e.At)
}

// planned is the status of a plan's steps before anything was done.
func planned(p Plan) []StepStatus {
	var out []StepStatus
	for _, s := range p.Steps {
		out = append(out, StepStatus{Key: s.Key, State: Planned})
	}
	return out
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

// apply folds the entries of a live case.
func (c Case) apply(e Entry) (Case, error) {
	switch b := e.Body.(type) {
	case Approved:
		return c.approve(e, b)
	case Rejected:
		if c.Approval.State != "" || b.Shown != c.Shown {
			return c, fmt.Errorf("rejection of another plan")
		}
		c.Approval.State, c.Approval.By, c.Approval.For, c.Approval.At, c.Approval.Reason = "rejected", b.By, b.For, e.At, b.Reason
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: "rejected: " + b.Reason, At: e.At, Plan: b.Shown})
		c.Ended = By{Person: b.By, At: e.At, Note: "rejected: " + b.Reason}
	case SignedOff:
		return c.signOff(e, b)
	case Asked:
		if c.Approval.State != "" {
			return c, fmt.Errorf("decided already")
		}
		c.Questions = append(clip(c.Questions), Question{By: b.By, Text: b.Question})
	case Replied:
		if n := len(c.Questions); n == 0 || !c.Questions[n-1].Answer.At.IsZero() {
			return c, fmt.Errorf("no open question")
		}
		c.Questions = append([]Question(nil), c.Questions...)
		c.Questions[len(c.Questions)-1].Answer = By{Person: b.By, At: e.At, Note: b.Answer}
	case HandedOver:
		if c.Approval.State != "" || !holds(c.Approval.Holders, b.By.ID) {
			return c, fmt.Errorf("not theirs to hand over")
		}
		c.Approval.Former = append(without(c.Approval.Former, b.By.ID), b.By)
		c.Approval.Holders = append(without(without(c.Approval.Holders, b.By.ID), b.To.ID), b.To)
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: "handed the decision to " + b.To.Name, At: e.At, Plan: c.Shown})
	case Reminded:
		if a := c.asking(b.Of); a != nil {
			if a.Reminded = b.Next.IsZero(); !a.Reminded {
				a.RemindAt = b.Next
				a.Reminds++
			}
			return c, nil
		}
		return c.with(StepKey(b.Of), func(st *StepStatus) { st.Nudged = true }), nil
	case DeletionKept, RestoreAsked:
		return c.applyDeletion(e)
	case HoldSet, HoldEnded:
		return c.applyHold(e)
	case ReturnSet:
		return c.setReturn(e, b)
	case ReturnConfirmed:
		return c.confirmReturn(e, b)
	case Escalated:
		if b.Of == ofReturn {
			return c.escalatedReturn(e, b), nil
		}
		a := c.asking(b.Of)
		if a == nil {
			return c, fmt.Errorf("nothing asked as %q", b.Of)
		}
		if a.Escalated = b.Next.IsZero(); !a.Escalated {
			a.Escalate = b.Next
			a.Put++
		}
		switch {
		case b.To.ID == "":
		case b.Of == ofApproval && c.Approval.State != "":
			return c, fmt.Errorf("decided already")
		case b.Of == ofApproval:
			c.Approval.Holders = append(without(c.Approval.Holders, b.To.ID), b.To)
		case b.Of == ofComeBack:
			c.ComeBack.StandIns = append(without(c.ComeBack.StandIns, b.To.ID), b.To)
		default:
			c.Signers = append(without(c.Signers, b.To.ID), b.To)
		}
	case Rerouted:
		return c.reroute(b)
	case DelegatedTo:
		c = c.delegate(b)
	case DelegationOver:
		return c.undelegate(b)
	case SeatsChecked:
		c.SeatChecks = b.Looks
	case Started:
		if c.May == "" {
			return c, fmt.Errorf("nothing was approved")
		}
		return c.started(e, b), nil
	case NotStarted:
		if c.May == "" {
			return c, fmt.Errorf("nothing was approved")
		}
		c.NoShow = true
		return c.noShow(e, b), nil
	case Resumed:
		if !c.NoShow {
			return c, fmt.Errorf("the plan is not held")
		}
		return c.resume(e, b), nil
	case Cancelled:
		c.Ended = By{Person: b.By, At: e.At, Note: b.Reason}
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: "ended the case: " + b.Reason, At: e.At, Plan: c.May})
		for _, st := range c.Steps {
			if !st.State.Over() {
				c = c.with(st.Key, func(st *StepStatus) { st.State, st.At, st.Note = StepAbandoned, e.At, "the case was ended" })
			}
		}
	case Closed:
		if !c.finished() {
			return c, fmt.Errorf("something is left to do")
		}
		c.Ended = By{At: e.At}
		if c.Rescinded != nil {
			c.Ended = By{Person: c.Rescinded.By.Person, At: e.At, Note: c.Rescinded.By.Note}
		}
	default:
		if after, ok, err := c.applyMover(e); ok {
			return after, err
		}
		return c.applyChange(e)
	}
	return c, nil
}

// What is being asked, in Reminded and Escalated; a step's key otherwise.
const (
	ofApproval = "approval"
	ofSignOff  = "signoff"
	ofRelease  = "release"   // of a mover: what goes
	ofComeBack = "come_back" // of a secondment
)

func (c *Case) asking(of string) *Asking {
	switch of {
	case ofApproval:
		return &c.Approval.Asking
	case ofSignOff:
		return &c.SignOff
	case ofRelease:
		return &c.Release.Asking
	case ofComeBack:
		return &c.ComeBack.Asking
	}
	return nil
}

func (c Case) approve(e Entry, b Approved) (Case, error) {
	if c.Approval.State != "" {
		return c, fmt.Errorf("decided already")
	}
	if b.Shown != c.Shown {
		return c, fmt.Errorf("approval of another plan")
	}
	chosen := c.running().Chosen(b.Ticked)
	if chosen.Hash() != b.Plan {
		return c, fmt.Errorf("the ticked plan has another hash")
	}
	c.Approval.State, c.Approval.By, c.Approval.For, c.Approval.At, c.Approval.Ticked = "approved", b.By, b.For, e.At, b.Ticked
	if c.Release.open() {
		c.Plan = chosen
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.approvalWords(), At: e.At, Plan: b.Plan})
		return c, nil
	}
	before := c
	c.May, c.Plan = b.Plan, chosen
	if s, ok := before.Plan.Step(blockKey); ok {
		c.Plan.Steps = append(clip(c.Plan.Steps), s)
	}
	c.SignOff = Asking{RemindAt: b.RemindAt, Escalate: b.Escalate}
	c.Steps, c.SignOffs = nil, map[StepKey]SignOff{}
	for _, s := range c.Plan.Steps {
		st := StepStatus{Key: s.Key, State: Planned}
		if _, was, ok := before.Step(s.Key); ok && len(before.Steps) > 0 { // asked anew after the date moved
			st = was
		}
		c.Steps = append(c.Steps, st)
		if s.Choice == Elevated || s.Guarded && s.Exception != nil {
			c.SignOffs[s.Key] = SignOff{}
		}
	}
	if len(before.Steps) > 0 {
		var err error
		if c, err = c.fallen(before, e.At); err != nil {
			return c, err
		}
		for k, so := range before.SignOffs { // what was begun or fell away keeps its sign-off
			if _, known := c.SignOffs[k]; !known {
				c.SignOffs[k] = so
			}
		}
	}
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.approvalWords(), At: e.At, Plan: b.Plan})
	return c, nil
}

func (c Case) signOff(e Entry, b SignedOff) (Case, error) {
	s, open := c.SignOffs[b.Step]
	if !open || s.State != "" {
		return c, fmt.Errorf("nothing to sign off")
	}
	if b.Plan != c.May {
		return c, fmt.Errorf("sign-off of another plan")
	}
	step, _, _ := c.Step(b.Step)
	before := s
	s = step.foldSignOff(s, b, e.At)
	what := "signed off"
	switch {
	case !b.OK:
		what = "refused"
	case s.State == "":
		what = "signed"
	}
	if s.Stage != before.Stage && s.State == "" {
		c.SignOff = Asking{RemindAt: b.RemindAt, Escalate: b.Escalate}
	}
	m := map[StepKey]SignOff{b.Step: s}
	for k, v := range c.SignOffs {
		if k != b.Step {
			m[k] = v
		}
	}
	c.SignOffs = m
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: what + " " + step.Name, At: e.At, Plan: b.Plan})
	if !b.OK && step.Exception == nil { // what may not be kept goes at its time
		c = c.with(b.Step, func(st *StepStatus) { st.State, st.At, st.By, st.Note = StepAbandoned, e.At, b.By, b.Reason })
	}
	for _, other := range c.Plan.Steps {
		if b.OK && other.Unless == b.Step {
			c = c.unwanted(other.Key, e.At, "signed off for the new job, so it stays")
		}
	}
	return c, nil
}

// with changes one step's status on a copy of the list.
func (c Case) with(k StepKey, f func(*StepStatus)) Case {
	c.Steps = append([]StepStatus(nil), c.Steps...)
	for i := range c.Steps {
		if c.Steps[i].Key == k {
			f(&c.Steps[i])
		}
	}
	return c
}

// state derives where the case stands. at is the time of the entry that led here.
func (c Case) state(at time.Time) State {
	switch {
	case c.Approval.State == "rejected":
		return Stopped
	case c.Ended.Person.ID != "" || c.Overtaken != "":
		return Stopped
	case !c.Ended.At.IsZero():
		return Done
	case c.undecided() || c.Paused != nil:
		return Waiting
	case c.NoShow:
		return NeedsPeople
	}
	begun := false
	for _, st := range c.Steps {
		if st.State == StepBroken {
			return NeedsPeople
		}
		begun = begun || st.State != Planned
		if s, ok := c.Plan.Step(st.Key); ok && st.State == Planned && !c.Due(s).After(at) {
			begun = true
		}
	}
	if begun && !c.rests(at) {
		return Running
	}
	return Scheduled
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
