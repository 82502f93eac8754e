package flows

import (
	"fmt"

	"muster/flows/texts"
)

// Say is what people read of a rule.
func (r ReviewRule) Say(lang texts.Language) string {
	return orElse(map[ReviewRule]string{
		UrgentRule: lang.Say("Urgent"), BackDatedRule: lang.Say("Back-dated"), HoursRule: lang.Say("Out of hours"), SelfRule: lang.Say("Self-raised"), WaivedRule: lang.Say("Left out"), HandRule: lang.Say("By hand"),
		ExceptionRule: lang.Say("Exception"), LargeRule: lang.Say("Unusually large"), UndoneRule: lang.Say("Undone"), NoShowRule: lang.Say("Did not start"), DriftRule: lang.Say("Drift"), LateRule: lang.Say("Late"),
		FailedRule: lang.Say("Failed"), UnverifiedRule: lang.Say("Unverified"), InPlaceRule: lang.Say("In another's place"), QuickRule: lang.Say("Within seconds"), SlowRule: lang.Say("Slow decision"),
		DeletionRule: lang.Say("Deletion"), WipeRule: lang.Say("Device emptied"), RefusedRule: lang.Say("Refused"), PausedRule: lang.Say("Paused"), ErasedRule: lang.Say("Erased"), PolicyRule: lang.Say("Policy"),
	}[r], string(r))
}

// Say is what people read of a class.
func (k TimeClass) Say(lang texts.Language) string {
	return orElse(map[TimeClass]string{
		ExitClass: lang.Say("Exits: sign-in blocked"), UrgentClass: lang.Say("Urgent exits: sign-in blocked"), ReadyClass: lang.Say("Starters: ready for the first day"), StepClass: lang.Say("Other steps of Muster"),
		HandClass: lang.Say("Steps by hand"), AccessWait: lang.Say("Managers' decisions"), SecondWait: lang.Say("Second persons' decisions"), SignOffWait: lang.Say("Sign-offs of elevated access"),
	}[k], string(k))
}

// Many is what people read of several events of a kind.
func (k EventKind) Many(lang texts.Language) string {
	return orElse(map[EventKind]string{
		JoinerEvent: lang.Say("Starters"), MoverEvent: lang.Say("Movers"), LeaverEvent: lang.Say("Leavers"), LeaveEvent: lang.Say("Leaves"), RenameEvent: lang.Say("Changes of name"), DeletionEvent: lang.Say("Deletions"), CorrectionEvent: lang.Say("Corrections"),
	}[k], string(k))
}

// Say is the count as people read it: "4 announced, 3 finished, 1 open".
func (n EventCount) Say(lang texts.Language) string {
	out := ""
	for _, part := range []struct {
		n    int
		what string
	}{{n.Raised, "announced"}, {n.Done, "finished"}, {n.Stopped, lang.Say("cancelled or refused")}, {n.Open, lang.Say("open at the end")}} {
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
func (t Timing) Say(lang texts.Language) string {
	s := t.Shares()
	out := lang.Say("%d of %d on time", s.OnTime, t.N)
	for _, part := range []struct {
		n    int
		what string
	}{{s.Late, "late"}, {s.Either, lang.Say("on time or late")}, {s.NotDone, lang.Say("not done")}} {
		if part.n > 0 {
			out += fmt.Sprintf(", %d %s", part.n, part.what)
		}
	}
	switch {
	case s.Overdue > 0 && s.Either > 0:
		out += lang.Say(" (at least %d overdue)", s.Overdue)
	case s.Overdue > 0:
		out += lang.Say(" (%d overdue)", s.Overdue)
	}
	return out
}
