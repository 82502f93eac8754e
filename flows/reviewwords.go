package flows

import "fmt"

// Say is what people read of a rule.
func (r ReviewRule) Say() string {
	return orElse(map[ReviewRule]string{
		UrgentRule: "Urgent", BackDatedRule: "Back-dated", HoursRule: "Out of hours", SelfRule: "Self-raised", WaivedRule: "Left out", HandRule: "By hand",
		ExceptionRule: "Exception", LargeRule: "Unusually large", UndoneRule: "Undone", NoShowRule: "Did not start", DriftRule: "Drift", LateRule: "Late",
		FailedRule: "Failed", UnverifiedRule: "Unverified", InPlaceRule: "In another's place", QuickRule: "Within seconds", SlowRule: "Slow decision",
		DeletionRule: "Deletion", WipeRule: "Device emptied", RefusedRule: "Refused", PausedRule: "Paused", ErasedRule: "Erased",
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

// OnTime is the first half of what people read of a timing: "5 of 6 on time".
func (t Timing) OnTime() string { return fmt.Sprintf("%d of %d on time", t.N-t.Late, t.N) }
