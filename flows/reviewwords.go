package flows

import "fmt"

// Say is what people read of a rule.
func (r ReviewRule) Say() string {
	return orElse(map[ReviewRule]string{
		UrgentRule: "Urgent", BackDatedRule: "Back-dated", HoursRule: "Out of hours", SelfRule: "Self-raised", WaivedRule: "Left out", HandRule: "By hand",
		ExceptionRule: "Exception", LargeRule: "Unusually large", UndoneRule: "Undone", NoShowRule: "Did not start", DriftRule: "Drift", LateRule: "Late",
		FailedRule: "Failed", UnverifiedRule: "Unverified", InPlaceRule: "In another's place", QuickRule: "Within seconds", SlowRule: "Slow decision",
		DeletionRule: "Deletion", WipeRule: "Device emptied", RefusedRule: "Refused", PausedRule: "Paused", ErasedRule: "Erased", PolicyRule: "Policy",
	}[r], string(r))
}

// Say is what people read of a class.
func (k TimeClass) Say() string {
	return orElse(map[TimeClass]string{
		ExitClass: "Exits: sign-in blocked", UrgentClass: "Urgent exits: sign-in blocked", ReadyClass: "Starters: ready for the first day", StepClass: "Other steps of Muster",
		HandClass: "Steps by hand", AccessWait: "Managers' decisions", SecondWait: "Second persons' decisions", SignOffWait: "Sign-offs of elevated access",
	}[k], string(k))
}

// Many is what people read of several events of a kind.
func (k EventKind) Many() string {
	return orElse(map[EventKind]string{
		JoinerEvent: "Starters", MoverEvent: "Movers", LeaverEvent: "Leavers", LeaveEvent: "Leaves", RenameEvent: "Changes of name", DeletionEvent: "Deletions", CorrectionEvent: "Corrections",
	}[k], string(k))
}

// Say is the count as people read it: "4 announced, 3 finished, 1 open".
func (n EventCount) Say() string {
	out := ""
	for _, part := range []struct {
		n    int
		what string
	}{{n.Raised, "announced"}, {n.Done, "finished"}, {n.Stopped, "cancelled or refused"}, {n.Open, "open at the end"}} {
		if part.n > 0 {
			if out != "" {
				out += ", "
			}
			out += fmt.Sprintf("%d %s", part.n, part.what)
		}
	}
	return out
}

// Shares are the N of a timing taken apart: OnTime, Late, Either and NotDone add up to it.
type Shares struct {
	OnTime, Late int // of those done
	Either       int // done, and a review made by an earlier version did not keep whether late
	NotDone      int
	Overdue      int // of those not done, how many should have been; of an earlier version's review at least so many
}

// Shares takes the figures apart.
func (t Timing) Shares() Shares {
	done := t.N - t.Open
	if t.Overdue+t.Ahead == t.Open {
		late := t.Late - t.Overdue
		return Shares{OnTime: done - late, Late: late, NotDone: t.Open, Overdue: t.Overdue}
	}
	least, most := max(0, t.Late-t.Open), min(t.Late, done) // of those done late
	return Shares{OnTime: done - most, Late: least, Either: most - least, NotDone: t.Open, Overdue: t.Late - most}
}

// Say is the timing as people read it: "2 of 13 on time, 1 late, 10 not done (9 overdue)".
func (t Timing) Say() string {
	s := t.Shares()
	out := fmt.Sprintf("%d of %d on time", s.OnTime, t.N)
	for _, part := range []struct {
		n    int
		what string
	}{{s.Late, "late"}, {s.Either, "on time or late"}, {s.NotDone, "not done"}} {
		if part.n > 0 {
			out += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	switch {
	case s.Overdue > 0 && s.Either > 0:
		out += fmt.Sprintf(" (at least %d overdue)", s.Overdue)
	case s.Overdue > 0:
		out += fmt.Sprintf(" (%d overdue)", s.Overdue)
	}
	return out
}
