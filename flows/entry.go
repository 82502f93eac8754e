package flows

import (
	"encoding/json"
	"fmt"
	"time"

	"muster/flows/texts"
)

// CaseID is a case reference such as J-2026-0042.
type CaseID string

// Kind names the shape of an entry's body. Kinds are stored for ever: one is never renamed or reused; a new shape is a new kind.
type Kind string

// Entry is one line of the evidence log.
type Entry struct {
	Case CaseID    `json:"case"` // the case, or the draft (D-…) that led to it; empty for what belongs to neither
	At   time.Time `json:"at"`
	By   AccountID `json:"by,omitempty"` // who did it; empty: Muster itself
	Body Body      `json:"body"`
}

// Body is what an entry says. Each kind is one type in this file.
type Body interface{ Kind() Kind }

// Record is an entry as it stands in the log.
type Record struct {
	Seq    int64 `json:"seq"`
	Entry  Entry `json:"entry"`
	Kind   Kind  `json:"kind"`
	Erased bool  `json:"erased,omitempty"` // the body was erased; Entry.Body is nil
}

// Transcript: what was said and pressed. These never change a case.
type (
	// Heard is one inbound turn: a message, or a press with the inputs as they came.
	Heard struct {
		Conversation string            `json:"conversation"`
		Activity     string            `json:"activity"`
		From         Person            `json:"from"`
		Text         string            `json:"text,omitempty"`
		Verb         string            `json:"verb,omitempty"`
		Step         StepKey           `json:"step,omitempty"`
		Ticked       []StepKey         `json:"ticked,omitempty"`
		Inputs       map[string]string `json:"inputs,omitempty"`
		ReplyTo      string            `json:"reply_to,omitempty"` // the message that was pressed
		Files        []string          `json:"files,omitempty"`    // names of the files that came with it
	}
	// Answered is what a turn was answered with.
	Answered struct {
		To   AccountID `json:"to"`
		Text string    `json:"text"`
	}
	// Sent is one outbound message, as it was accepted by Teams.
	Sent struct {
		Slot         string          `json:"slot,omitempty"`
		To           Recipient       `json:"to"`
		Conversation string          `json:"conversation"`
		Activity     string          `json:"activity"`
		Text         string          `json:"text,omitempty"`
		Card         json.RawMessage `json:"card,omitempty"`
		Update       bool            `json:"update,omitempty"` // an earlier message was replaced
	}
	// Unsent is a message that could not be delivered and will not be tried again.
	Unsent struct {
		Slot string    `json:"slot,omitempty"`
		To   Recipient `json:"to"`
		Why  string    `json:"why"`
	}
	// Refused is a press or a command that was not allowed, or came too late.
	Refused struct {
		Verb string `json:"verb"`
		Code Code   `json:"code"`
		Why  string `json:"why"`
	}
	// Tried is one attempt of a step that did not succeed and will be made again.
	Tried struct {
		Step StepKey `json:"step"`
		Why  string  `json:"why"`
	}
)

// Transcript reports whether an entry never changes a case: it tells what was said, or is about the work as a whole.
func Transcript(b Body) bool {
	switch b.(type) {
	case Heard, Answered, Sent, Unsent, Refused, Tried, ListRead, RowRead, RowConfirmed, Received:
		return true
	case WorkPaused, WorkResumed, DelegationMade, DelegationEnded, DriftFound, DriftIgnored, FileHanded, CameBack, PopulationChecked:
		return true
	case ReviewMade, ReviewWorded, ReviewSigned, ReviewChased, ReviewParted:
		return true
	case PolicyAdopted, PolicyRead, PolicyProposed, PolicyDecided, PolicyLapsed, PolicyPlaced, PolicyInForce:
		return true
	case CheckpointPublished, KeyChanged, ErasureAsked, PersonErased, TalkExpired, KeptEnough, LogRestored:
		return true
	}
	return false
}

// The case: who asked, who decided.
type (
	// Raised opens a case: HR confirmed the people event.
	Raised struct {
		Lang     texts.Language `json:"lang,omitzero"` // that the case speaks
		Draft    string         `json:"draft"`         // the stream of turns that led here
		Event    PeopleEvent    `json:"event"`
		By       Person         `json:"by"`
		Zone     string         `json:"zone"` // IANA, of the person's site
		Site     Site           `json:"site"`
		Facts    Facts          `json:"facts"`
		Plan     Plan           `json:"plan"`
		Warnings []string       `json:"warnings,omitempty"`
		RemindAt time.Time      `json:"remind_at"`
		Escalate time.Time      `json:"escalate_at"`
		Batch    Batch          `json:"batch,omitzero"`
		Late     Lateness       `json:"late,omitzero"`           // the event's time had passed
		EndOf    CaseID         `json:"end_of,omitempty"`        // the joiner's case whose contract ended: nobody announced this
		Contract int            `json:"contract_days,omitempty"` // the longest extension of a contractor's contract, in days
		Above    []CaseID       `json:"above,omitempty"`         // open cases of the same person that this one goes before

		ReleaseBy time.Time `json:"release_by,omitzero"` // of a mover: when silence decides what goes
	}
	// Approved is the manager's decision: which of the steps shown are wanted.
	Approved struct {
		Shown    PlanHash  `json:"shown"` // the plan on the card
		Ticked   []StepKey `json:"ticked"`
		Plan     PlanHash  `json:"plan"` // what was ticked: the plan that may run
		By       Person    `json:"by"`
		For      Person    `json:"for,omitzero"`       // who delegated it
		RemindAt time.Time `json:"remind_at,omitzero"` // for the elevated decision, if any
		Escalate time.Time `json:"escalate_at,omitzero"`
	}
	// Rejected is the manager's no to the whole event.
	Rejected struct {
		Shown  PlanHash `json:"shown"`
		By     Person   `json:"by"`
		For    Person   `json:"for,omitzero"` // who delegated it
		Reason string   `json:"reason"`
	}
	// Asked is a question from the one who decides to HR; Replied is HR's answer.
	Asked struct {
		By       Person `json:"by"`
		Question string `json:"question"`
	}
	Replied struct {
		By     Person `json:"by"`
		Answer string `json:"answer"`
	}
	// HandedOver puts a decision to somebody else.
	HandedOver struct {
		By Person `json:"by"`
		To Person `json:"to"`
	}
	// SignedOff is an approver's decision on one elevated step, or on the round of it that is open.
	SignedOff struct {
		Step     StepKey   `json:"step"`
		Plan     PlanHash  `json:"plan"`
		By       Person    `json:"by"`
		For      Person    `json:"for,omitzero"` // who delegated it
		OK       bool      `json:"ok"`
		Reason   string    `json:"reason,omitempty"`
		Seats    []int     `json:"seats,omitempty"` // of the round, those the person could take
		RemindAt time.Time `json:"remind_at,omitzero"`
		Escalate time.Time `json:"escalate_at,omitzero"` // for the next round, when this was the last signature of its own
	}
	// Reminded and Escalated are what silence leads to. Of is "approval" or "signoff". Next is when the next such thing happens; none: never.
	Reminded struct {
		Of   string    `json:"of"`
		Next time.Time `json:"next,omitzero"`
	}
	Escalated struct {
		Of   string    `json:"of"`
		To   Person    `json:"to,omitzero"`
		Next time.Time `json:"next,omitzero"`
		Why  string    `json:"why,omitempty"` // one sentence, when it was not silence
	}
)

// The steps: look, act, look.
type (
	// StepStarted is the intent, written before anything is done, with what was seen.
	StepStarted struct {
		Step   StepKey `json:"step"`
		Before string  `json:"before"`
	}
	// StepUnseen is a step that was sent and could not yet be seen.
	StepUnseen struct {
		Step StepKey   `json:"step"`
		Seen string    `json:"seen"`
		Next time.Time `json:"next"`
	}
	// StepDelayed is a step that could not be sent; it is tried again.
	StepDelayed struct {
		Step  StepKey   `json:"step"`
		Why   string    `json:"why"`
		Next  time.Time `json:"next"`
		Count bool      `json:"count"` // uses up one of its attempts
	}
	// StepVerified is a step whose effect was seen.
	StepVerified struct {
		Step    StepKey   `json:"step"`
		Before  string    `json:"before"`
		After   string    `json:"after"`
		Already bool      `json:"already,omitempty"` // it was so before Muster did anything
		Account AccountID `json:"account,omitempty"` // of the created account
	}
	// StepFailed is a step that needs people.
	StepFailed struct {
		Step  StepKey `json:"step"`
		Cause string  `json:"cause"` // one plain sentence
		Tries int     `json:"tries"`
		Seat  bool    `json:"seat,omitempty"` // for want of a seat: tried again when there is one
	}
	// StepLost is a step that was done and seen, and is not there any more when the case is to be closed.
	StepLost struct {
		Step StepKey `json:"step"`
		Seen string  `json:"seen"`
	}
	// SeatsChecked is a look at the seats of the case's licences before they are due. Short names those without one.
	SeatsChecked struct {
		Looks int      `json:"looks"` // looks of those planned that are behind
		Short []string `json:"short,omitempty"`
	}
	// StepRetried puts a failed step back in the queue. By is empty when Muster does, because what was missing is there.
	StepRetried struct {
		Step StepKey `json:"step"`
		By   Person  `json:"by"`
	}
	// StepByHand is a step a person did. Seen is what the read-back showed; empty for what Graph cannot see.
	StepByHand struct {
		Step StepKey `json:"step"`
		By   Person  `json:"by"`
		Note string  `json:"note"`
		Seen string  `json:"seen,omitempty"`
	}
	// StepClaimed is a person's word that they did a failed step; it is read back before it counts.
	StepClaimed struct {
		Step StepKey `json:"step"`
		By   Person  `json:"by"`
		Note string  `json:"note"`
	}
	// StepCannot is the owner of a manual step saying that it cannot be done.
	StepCannot struct {
		Step   StepKey `json:"step"`
		By     Person  `json:"by"`
		Reason string  `json:"reason"`
	}
	// WaiveAsked and Waived leave a step out: one person gives the reason, a second one agrees.
	WaiveAsked struct {
		Step   StepKey `json:"step"`
		By     Person  `json:"by"`
		Reason string  `json:"reason"`
	}
	Waived struct {
		Step   StepKey `json:"step"`
		By     Person  `json:"by"`
		Asked  Person  `json:"asked"`
		Reason string  `json:"reason"`
	}
	// StepDropped is a step that is no longer wanted.
	StepDropped struct {
		Step StepKey `json:"step"`
		Why  string  `json:"why"`
	}
	// PassMade is a day-one credential that was shown. The code is nowhere.
	PassMade struct {
		Step  StepKey   `json:"step"`
		By    Person    `json:"by"`
		Pass  Pass      `json:"pass"`
		Until time.Time `json:"until"`
	}
)

// The end.
type (
	// StartAsked puts the question to the manager whether the person started.
	StartAsked struct {
		Step StepKey `json:"step"`
	}
	// Started is the manager's yes; NotStarted the no.
	Started struct {
		By Person `json:"by"`
	}
	NotStarted struct {
		By Person `json:"by"`
	}
	// Resumed is HR's word that a no-show did start after all; Cancelled ends the case.
	Resumed struct {
		By Person `json:"by"`
	}
	Cancelled struct {
		By     Person `json:"by"`
		Reason string `json:"reason"`
	}
	// Closed ends a case whose every step is verified, done by hand or waived.
	Closed struct {
		Verified int `json:"verified"`
		ByHand   int `json:"by_hand"`
		Waived   int `json:"waived"`
		Dropped  int `json:"dropped,omitempty"`
	}
)

// The stop button. These belong to no case.
type (
	// WorkPaused stops everything that changes the directory; By is empty when a limit of the policy did.
	WorkPaused struct {
		By     Person `json:"by,omitzero"`
		Reason string `json:"reason"`
	}
	// WorkResumed lets it go on.
	WorkResumed struct {
		By    Person    `json:"by"`
		Since time.Time `json:"since"`
	}
)

// Drift. These stand with the latest case of the person, and do not change it.
type (
	// DriftFound is what a look at a person found, whenever that changed; nothing when all is as it was decided.
	DriftFound struct {
		Account  AccountID `json:"account"`
		Findings []Finding `json:"findings,omitempty"`
	}
	// DriftIgnored is somebody's word that a finding may stay.
	DriftIgnored struct {
		Account AccountID `json:"account"`
		Finding Finding   `json:"finding"`
		By      Person    `json:"by"`
		Reason  string    `json:"reason"`
	}
)

// The kinds, for ever.
func (Heard) Kind() Kind        { return "turn.heard.1" }
func (Answered) Kind() Kind     { return "turn.answered.1" }
func (Sent) Kind() Kind         { return "message.sent.1" }
func (Unsent) Kind() Kind       { return "message.unsent.1" }
func (Refused) Kind() Kind      { return "turn.refused.1" }
func (Tried) Kind() Kind        { return "step.tried.1" }
func (Raised) Kind() Kind       { return "case.raised.1" }
func (Approved) Kind() Kind     { return "access.approved.1" }
func (Rejected) Kind() Kind     { return "access.rejected.1" }
func (Asked) Kind() Kind        { return "question.asked.1" }
func (Replied) Kind() Kind      { return "question.replied.1" }
func (HandedOver) Kind() Kind   { return "approval.handed_over.1" }
func (SignedOff) Kind() Kind    { return "elevated.signed_off.1" }
func (Reminded) Kind() Kind     { return "decision.reminded.1" }
func (Escalated) Kind() Kind    { return "decision.escalated.1" }
func (StepStarted) Kind() Kind  { return "step.started.1" }
func (StepUnseen) Kind() Kind   { return "step.unseen.1" }
func (StepDelayed) Kind() Kind  { return "step.delayed.1" }
func (StepVerified) Kind() Kind { return "step.verified.1" }
func (StepFailed) Kind() Kind   { return "step.failed.1" }
func (StepLost) Kind() Kind     { return "step.lost.1" }
func (StepRetried) Kind() Kind  { return "step.retried.1" }
func (DriftFound) Kind() Kind   { return "drift.found.1" }
func (DriftIgnored) Kind() Kind { return "drift.ignored.1" }
func (SeatsChecked) Kind() Kind { return "seats.checked.1" }
func (StepByHand) Kind() Kind   { return "step.by_hand.1" }
func (StepClaimed) Kind() Kind  { return "step.claimed.1" }
func (StepCannot) Kind() Kind   { return "step.cannot.1" }
func (WaiveAsked) Kind() Kind   { return "step.waive_asked.1" }
func (Waived) Kind() Kind       { return "step.waived.1" }
func (StepDropped) Kind() Kind  { return "step.dropped.1" }
func (PassMade) Kind() Kind     { return "pass.made.1" }
func (StartAsked) Kind() Kind   { return "start.asked.1" }
func (Started) Kind() Kind      { return "start.confirmed.1" }
func (NotStarted) Kind() Kind   { return "start.missed.1" }
func (Resumed) Kind() Kind      { return "case.resumed.1" }
func (Cancelled) Kind() Kind    { return "case.cancelled.1" }
func (Closed) Kind() Kind       { return "case.closed.1" }
func (WorkPaused) Kind() Kind   { return "work.paused.1" }
func (WorkResumed) Kind() Kind  { return "work.resumed.1" }

// DecodeBody reads a body back by its kind. An unknown kind is an error: a store written by a newer Muster is not guessed at.
func DecodeBody(k Kind, b []byte) (Body, error) {
	for _, decode := range decoders {
		body, err := decode(k, b)
		if err != nil {
			return nil, fmt.Errorf("decode %s: %w", k, err)
		}
		if body != nil {
			return body, nil
		}
	}
	return nil, fmt.Errorf("decode %s: unknown kind", k)
}

var decoders = []func(Kind, []byte) (Body, error){
	as[Heard], as[Answered], as[Sent], as[Unsent], as[Refused], as[Tried],
	as[Raised], as[Approved], as[Rejected], as[Asked], as[Replied], as[HandedOver], as[SignedOff], as[Reminded], as[Escalated],
	as[StepStarted], as[StepUnseen], as[StepDelayed], as[StepVerified], as[StepFailed], as[StepLost], as[StepRetried], as[StepByHand], as[StepClaimed],
	as[ReturnSet], as[ReturnConfirmed], as[DeletionKept], as[RestoreAsked], as[CameBack], as[HoldSet], as[HoldEnded],
	as[Rerouted], as[DelegatedTo], as[DelegationOver], as[DelegationMade], as[DelegationEnded],
	as[StepCannot], as[WaiveAsked], as[Waived], as[StepDropped], as[PassMade], as[StartAsked], as[Started], as[NotStarted], as[Resumed], as[Cancelled], as[Closed],
	as[WorkPaused], as[WorkResumed], as[SeatsChecked], as[DriftFound], as[DriftIgnored],
	as[ListRead], as[RowRead], as[RowConfirmed], as[Received],
	as[ReviewMade], as[ReviewWorded], as[ReviewSigned], as[ReviewChased], as[ReviewParted],
	as[ChangeAsked], as[ChangeAgreed], as[ChangeDropped], as[Moved], as[Rescinded], as[CasePaused], as[ReturnAsked], as[Unpaused], as[Overtaken],
	as[Released], as[ReleaseLapsed], as[ExceptionAsked], as[ExceptionExtended], as[ExceptionEnded], as[ComeBackAsked], as[ComeBackConfirmed],
	as[ContractAsked], as[ExtensionAsked], as[ExtensionDecided], as[ContractLet], as[ContractEnded],
	as[PolicyAdopted], as[PolicyRead], as[PolicyProposed], as[PolicyDecided], as[PolicyLapsed], as[PolicyPlaced], as[PolicyInForce],
	as[FileHanded],
	as[CheckpointPublished], as[KeyChanged], as[ErasureAsked], as[PersonErased], as[TalkExpired], as[KeptEnough], as[LogRestored],
	as[PopulationChecked],
}

func as[T Body](k Kind, b []byte) (Body, error) {
	var v T
	if v.Kind() != k {
		return nil, nil
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	return v, nil
}
