package flows

import (
	"slices"
	"strings"
	"time"
)

// TimeClass is a class of what is measured in a review.
type TimeClass string

// The classes. The first five are steps, measured from when they were due to when they were seen; the others are decisions, from when they
// were asked for.
const (
	ExitClass   TimeClass = "exit"    // a planned exit: the sign-in is blocked
	UrgentClass TimeClass = "urgent"  // an urgent exit, from the second person's yes on
	ReadyClass  TimeClass = "ready"   // a starter: everything that the first day needs
	StepClass   TimeClass = "step"    // every other step of Muster's
	HandClass   TimeClass = "by_hand" // what people do by hand
	AccessWait  TimeClass = "access"  // the manager's decision
	SecondWait  TimeClass = "second"  // the second person of an urgent exit, or of a deletion
	SignOffWait TimeClass = "sign_off"
)

var classOrder = []TimeClass{ExitClass, UrgentClass, ReadyClass, StepClass, HandClass, AccessWait, SecondWait, SignOffWait}

// grace is how much later than its time something counts as on time; what people do has a working day.
func (k TimeClass) grace(c Case, due time.Time) time.Time {
	switch k {
	case ExitClass:
		return due.Add(15 * time.Minute)
	case UrgentClass:
		return due.Add(5 * time.Minute)
	case ReadyClass:
		return due.Add(time.Hour)
	case HandClass:
		return c.Site.AddWorkingHours(due, 8)
	case AccessWait, SignOffWait, SecondWait:
		return c.Site.AddWorkingHours(due, slowHours)
	}
	return due.Add(4 * time.Hour)
}

// slowHours is after how many working hours a decision was long in coming: three working days.
const slowHours = 24

// sample is one thing measured. It is open while done is zero.
type sample struct {
	class     TimeClass
	step      Step
	due, done time.Time
}

// late reports whether the sample was done after its time, or was still open when it should have been done long before end.
func (s sample) late(c Case, end time.Time) bool {
	until := s.class.grace(c, s.due)
	return s.done.After(until) || s.done.IsZero() && until.Before(end)
}

func (t *Timing) settle() {
	slices.Sort(t.All)
	if n := len(t.All); n > 0 {
		t.P50, t.P90, t.Max = nearestRank(t.All, 50), nearestRank(t.All, 90), t.All[n-1]
	}
}

// nearestRank is the smallest value that at least p per cent of the values do not exceed.
func nearestRank(sorted []int64, p int) int64 {
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}

// count takes the case into the figures. One that was told after the month is in the population only.
func (r *Review) count(w reviewed, afterwards bool) {
	if !afterwards {
		r.countEvent(w)
	}
	for _, s := range w.samples() {
		if s.due.Before(w.from) || !s.due.Before(w.to) {
			continue
		}
		if s.class == ExitClass || s.class == ReadyClass || s.class == UrgentClass {
			r.Counted = append(r.Counted, w.c.ID)
		}
		if !afterwards {
			r.Times = tally(r.Times, w, s)
		}
	}
	if afterwards {
		return
	}
	for _, s := range w.waits() {
		if s.done.IsZero() || !s.done.Before(w.from) {
			r.Waits = tally(r.Waits, w, s)
		}
	}
	for _, rec := range w.in {
		switch b := rec.Entry.Body.(type) {
		case StepFailed:
			r.Failed++
		case DriftFound:
			r.Drift += len(b.Findings)
		}
	}
}

func (r *Review) countEvent(w reviewed) {
	n := EventCount{Kind: w.c.Kind}
	if !w.c.Raised.At.Before(w.from) {
		n.Raised = 1
	}
	switch {
	case !w.c.Over():
		n.Open = 1
	case !w.endedIn():
	case w.c.State == Done:
		n.Done = 1
	default:
		n.Stopped = 1
	}
	if n == (EventCount{Kind: w.c.Kind}) {
		return
	}
	for i := range r.Events {
		if e := &r.Events[i]; e.Kind == n.Kind {
			e.Raised, e.Done, e.Stopped, e.Open = e.Raised+n.Raised, e.Done+n.Done, e.Stopped+n.Stopped, e.Open+n.Open
			return
		}
	}
	r.Events = append(r.Events, n)
}

// endedIn reports whether the case ended in the month.
func (w reviewed) endedIn() bool {
	return slices.ContainsFunc(w.in, func(rec Record) bool {
		switch rec.Entry.Body.(type) {
		case Closed, Cancelled, Rejected, Overtaken:
			return true
		}
		return false
	})
}

func tally(to []Timing, w reviewed, s sample) []Timing {
	i := slices.IndexFunc(to, func(t Timing) bool { return t.Class == s.class })
	if i < 0 {
		i = len(to)
		to = append(to, Timing{Class: s.class})
	}
	t := &to[i]
	t.N++
	late := s.late(w.c, w.to)
	if late {
		t.Late++
	}
	if s.done.IsZero() {
		t.Open++
		if late {
			t.Overdue++
		} else {
			t.Ahead++
		}
		return to
	}
	t.All = append(t.All, int64(max(0, s.done.Sub(s.due)).Round(time.Second)/time.Second))
	return to
}

// samples are the steps of the case that have a time to keep: those that are wanted, are not held, and do not wait for an answer.
func (w reviewed) samples() []sample {
	c := w.c
	if c.May == "" || c.Paused != nil || c.Rescinded != nil || c.State == Stopped {
		return nil
	}
	decided := later(c.Approval.At, c.Release.At)
	var out []sample
	ready := sample{class: ReadyClass}
	for _, s := range c.Plan.Steps {
		_, st, _ := c.Step(s.Key)
		if !s.timed() || st.State == StepLeftOut || st.State == StepAbandoned || c.NoShow && !st.State.Over() {
			continue
		}
		x := sample{class: StepClass, step: s, due: later(c.Due(s), decided)}
		if so, ok := c.SignOffs[s.Key]; ok {
			x.due = later(x.due, so.At)
			if so.State == "" {
				continue // it waits for a decision, which is measured as one
			}
		}
		if st.State.Over() {
			x.done = st.At
		}
		switch {
		case s.Key == exitKey && c.Kind == LeaverEvent && c.Event.Urgent:
			x.class = UrgentClass
		case s.Key == exitKey && c.Kind == LeaverEvent:
			x.class, x.due = ExitClass, c.Due(s)
		case s.Task == Manual:
			x.class, x.due = HandClass, later(x.due, c.Site.AddWorkingHours(decided, leastHours))
		}
		if c.Kind == JoinerEvent && s.firstDay() {
			if s.Key == enableKey {
				ready.step, ready.due = s, s.Due
			}
			if x.done.IsZero() {
				ready.done = never
			}
			ready.done = later(ready.done, x.done)
			continue
		}
		out = append(out, x)
	}
	if ready.step.Key == "" || c.sawNoShow() { // whether it was ready is nobody's question any more
		return out
	}
	if ready.done.Equal(never) {
		ready.done = time.Time{}
	}
	return append(out, ready)
}

// never is later than everything.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// timed reports whether the step is something to be done at a time, rather than an answer to wait for.
func (s Step) timed() bool {
	switch s.Task {
	case OfferPass, AskStarted, AskReturn, AwaitReturn:
		return false
	}
	return s.Exception == nil && !strings.HasPrefix(string(s.Key), "undo:")
}

// firstDay reports whether a starter needs the step on the first day, and Muster does it.
func (s Step) firstDay() bool {
	switch s.Task {
	case CreateAccount, AssignLicences, AddToGroup, AddToTeam, FollowRule, EnableAccount:
		return s.Choice != Elevated
	}
	return false
}

// waits are the decisions of the case: from when they were asked to when they were taken.
func (w reviewed) waits() []sample {
	c := w.c
	var out []sample
	of, _ := c.Kind.of()
	first := sample{class: AccessWait, due: c.Raised.At}
	if c.Event.Urgent || c.Kind == DeletionEvent {
		first.class = SecondWait
	}
	for _, rec := range w.all {
		if b, ok := rec.Entry.Body.(Moved); ok && !b.Kept {
			first.due = rec.Entry.At
		}
	}
	switch {
	case of.settled && !c.Event.Urgent: // HR's confirmation was the decision
	case c.Approval.State != "":
		first.done = c.Approval.At
		out = append(out, first)
	case !c.Over() && c.Paused == nil:
		out = append(out, first)
	}
	for _, s := range c.Plan.Steps {
		so, ok := c.SignOffs[s.Key]
		_, st, _ := c.Step(s.Key)
		if !ok || so.State == "" && (st.State.Over() || c.Over() || c.Paused != nil) {
			continue
		}
		x := sample{class: SignOffWait, step: s, due: later(c.Approval.At, c.Release.At), done: so.At}
		if so.State == "" {
			x.done = time.Time{}
		}
		out = append(out, x)
	}
	return out
}
