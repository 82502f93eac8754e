package flows

import (
	"fmt"
	"time"
)

// The fold: how each entry changes a case. It is pure, and what it makes of an entry is for ever.

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
	lang := b.Lang
	c := Case{
		Lang: lang, ID: e.Case, Kind: b.Event.Kind, Draft: b.Draft, Event: b.Event, Raised: By{Person: b.By, At: e.At},
		Zone: b.Zone, Site: b.Site, Facts: b.Facts, Plan: b.Plan, Shown: b.Plan.Hash(), Warnings: b.Warnings, Batch: b.Batch,
		Approval:  Decision{Holders: []Person{b.Facts.Route}, Asking: Asking{RemindAt: b.RemindAt, Escalate: b.Escalate}},
		Decisions: []Decided{{By: b.By, What: lang.Say("confirmed the people event"), At: e.At, Plan: b.Plan.Hash()}},
	}
	c.Account = b.Event.Subject.ID
	if b.Event.before() {
		c.Account = b.Event.Former
	}
	c.Above, c.EndOf = b.Above, b.EndOf
	if b.EndOf != "" {
		c.Decisions[0].What = lang.Say("confirmed the end date with %s", string(b.EndOf))
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
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("rejected: %s", b.Reason), At: e.At, Plan: b.Shown})
		c.Ended = By{Person: b.By, At: e.At, Note: c.Lang.Say("rejected: %s", b.Reason)}
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
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("handed the decision to %s", b.To.Name), At: e.At, Plan: c.Shown})
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
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("ended the case: %s", b.Reason), At: e.At, Plan: c.May})
		for _, st := range c.Steps {
			if !st.State.Over() {
				c = c.with(st.Key, func(st *StepStatus) { st.State, st.At, st.Note = StepAbandoned, e.At, c.Lang.Say("the case was ended") })
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
	what := c.Lang.Say("signed off")
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
			c = c.unwanted(other.Key, e.At, c.Lang.Say("signed off for the new job, so it stays"))
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
