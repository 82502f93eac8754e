package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The rules of a review. Each looks at one case as it stood at the end of the month and says why it needs a word; a case that ran as it
// should needs none. The names are stored for ever.
const (
	UrgentRule     ReviewRule = "urgent"
	BackDatedRule  ReviewRule = "back_dated"
	HoursRule      ReviewRule = "out_of_hours"
	SelfRule       ReviewRule = "self_raised"
	WaivedRule     ReviewRule = "waived"
	HandRule       ReviewRule = "by_hand"
	ExceptionRule  ReviewRule = "exception"
	LargeRule      ReviewRule = "large"
	UndoneRule     ReviewRule = "undone"
	NoShowRule     ReviewRule = "no_show"
	DriftRule      ReviewRule = "drift"
	LateRule       ReviewRule = "late"
	FailedRule     ReviewRule = "failed"
	UnverifiedRule ReviewRule = "unverified"
	InPlaceRule    ReviewRule = "in_place"
	QuickRule      ReviewRule = "quick"
	SlowRule       ReviewRule = "slow"
	DeletionRule   ReviewRule = "deletion"
	WipeRule       ReviewRule = "wipe"
	RefusedRule    ReviewRule = "refused"
	PausedRule     ReviewRule = "paused"
	ErasedRule     ReviewRule = "erased"
	PolicyRule     ReviewRule = "policy"
)

// caseRules are the rules about a case, in the order in which their reasons are shown.
var caseRules = []func(reviewed) []Mark{
	reviewUrgent, reviewBackDated, reviewLate, reviewFailed, reviewUnverified, reviewDeletion, reviewUndone, reviewDrift, reviewException, reviewLarge,
	reviewWaived, reviewByHand, reviewSelf, reviewInPlace, reviewQuick, reviewSlow, reviewHours, reviewRefused,
}

// marks are all reasons why the case needs a word.
func (w reviewed) marks() []Mark {
	var out []Mark
	for _, rule := range caseRules {
		for _, m := range rule(w) {
			m.Why, m.At = w.unnamed(m.Why), m.At.UTC()
			out = append(out, m)
		}
	}
	return out
}

// unnamed takes the name of the person the case is about out of a sentence.
func (w reviewed) unnamed(s string) string {
	ev := w.c.Event
	for _, name := range []string{w.c.Subject().UPN, w.c.Plan.Account.UPN, w.c.Subject().Name, ev.Name(), ev.newName()} {
		if strings.TrimSpace(name) != "" {
			s = strings.ReplaceAll(s, name, "the person")
		}
	}
	return s
}

// say writes a moment on the wall of the person's site.
func (w reviewed) say(t time.Time) string {
	return t.In(w.c.Location()).Format("Mon 2 January 2006, 15:04")
}

// found gathers what a rule found of one kind.
type found struct {
	words, said []string
	at          time.Time // of the first
}

func (f *found) add(at time.Time, words, said string) {
	if f.at.IsZero() || at.Before(f.at) {
		f.at = at
	}
	if !slices.Contains(f.words, words) {
		f.words = append(f.words, words)
	}
	if said = strings.TrimSpace(said); said != "" && !slices.Contains(f.said, said) {
		f.said = append(f.said, said)
	}
}

// mark makes one mark of it, or none.
func (f found) mark(rule ReviewRule) []Mark {
	if len(f.words) == 0 {
		return nil
	}
	return []Mark{{Rule: rule, At: f.at, Why: capital(several(f.words)) + ".", Said: f.said}}
}

// several joins at most four things; of more it says how many.
func several(words []string) string {
	if len(words) > 4 {
		words = append(clip(words[:3]), fmt.Sprintf("%d more", len(words)-3))
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], "; ") + "; and " + words[n-1]
	}
	return strings.Join(words, "")
}

// title is what a step is called.
func (c Case) title(k StepKey) string {
	s, _, ok := c.Step(k)
	if !ok {
		return string(k)
	}
	return s.Title
}

// within reports whether a moment lies in the month.
func (w reviewed) within(t time.Time) bool { return !t.Before(w.from) && t.Before(w.to) }

func reviewUrgent(w reviewed) []Mark {
	c := w.c
	if !c.Event.Urgent || !w.within(c.Raised.At) {
		return nil
	}
	why := "An urgent exit, asked for by " + c.Raised.Person.Name
	switch {
	case c.Approval.State == "approved":
		why += " and confirmed by " + c.Approval.By.Name + " " + Span(c.Approval.At.Sub(c.Raised.At)) + " later."
	case c.Approval.State == "rejected":
		why += " and refused by " + c.Approval.By.Name + "."
	default:
		why += ". No second person has confirmed it."
	}
	return []Mark{{Rule: UrgentRule, At: c.Raised.At, Why: why}}
}

func reviewBackDated(w reviewed) []Mark {
	var f found
	for _, rec := range w.in {
		var l Lateness
		var by Person
		switch b := rec.Entry.Body.(type) {
		case Raised:
			l, by = b.Late, b.By
		case Moved:
			l, by = b.Late, b.By
		}
		if l.Step != "" {
			f.add(rec.Entry.At, "it was due "+w.say(l.Due)+", and "+by.Name+" told it "+w.lateBy(l.Due, rec.Entry.At)+" later", "")
		}
	}
	return f.mark(BackDatedRule)
}

// lateBy is how late an event was told: in days of the calendar, as people are told it everywhere else, or in hours on the same day.
func (w reviewed) lateBy(due, at time.Time) string {
	if n := w.c.daysBetween(due, at); n > 0 {
		return count(n, "day")
	}
	return Span(at.Sub(due))
}

// reviewLate is about steps that were done late in the month, or were overdue at its end, month after month. An event that was told late is no case for it:
// that has a rule of its own.
func reviewLate(w reviewed) []Mark {
	var f, open found
	for _, s := range w.samples() {
		if !s.late(w.c, w.to) || w.toldLate(s) || !s.done.IsZero() && !w.within(s.done) {
			continue
		}
		what := s.step.Title
		if s.class == ReadyClass {
			what = "what the first day needs"
		}
		if s.done.IsZero() {
			open.add(s.due, what+", due "+w.say(s.due), "")
		} else {
			f.add(s.due, what+" was done "+Span(s.done.Sub(s.due))+" after its time", "")
		}
	}
	if len(open.words) > 0 {
		f.add(open.at, "not done by the end of the month: "+several(open.words), "")
	}
	return f.mark(LateRule)
}

// toldLate reports whether a step was late because nobody had said in time that it was wanted.
func (w reviewed) toldLate(s sample) bool {
	return w.c.Late != nil && !s.due.After(w.c.Late.Known.Add(4*time.Hour))
}

func reviewFailed(w reviewed) []Mark {
	var f found
	for _, rec := range w.in {
		if b, ok := rec.Entry.Body.(StepFailed); ok {
			words := w.c.title(b.Step)
			if _, st, _ := w.c.Step(b.Step); st.State == StepBroken {
				words += ", still open at the end of the month"
			}
			f.add(rec.Entry.At, words, b.Cause)
		}
	}
	return f.mark(FailedRule)
}

// longUnseen is how long something that was sent may stay unseen before it needs a word.
const longUnseen = 24 * time.Hour

func reviewUnverified(w reviewed) []Mark {
	var f found
	since := map[StepKey]time.Time{}
	note := func(k StepKey, end time.Time) {
		from, ok := since[k]
		if delete(since, k); ok && end.Sub(from) >= longUnseen && !end.Before(w.from) {
			f.add(from, w.c.title(k)+" for "+Span(end.Sub(from)), "")
		}
	}
	for _, rec := range w.all {
		if b, ok := rec.Entry.Body.(StepUnseen); ok {
			if _, had := since[b.Step]; !had {
				since[b.Step] = rec.Entry.At
			}
		} else if k, ok := overBy(rec.Entry.Body); ok {
			note(k, rec.Entry.At)
		}
	}
	if !w.c.Over() {
		for _, st := range w.c.Steps {
			note(st.Key, w.to)
		}
	}
	return f.mark(UnverifiedRule)
}

// overBy is the step that an entry ends the wait for.
func overBy(b Body) (StepKey, bool) {
	switch b := b.(type) {
	case StepVerified:
		return b.Step, true
	case StepFailed:
		return b.Step, true
	case StepByHand:
		return b.Step, true
	case Waived:
		return b.Step, true
	case StepDropped:
		return b.Step, true
	}
	return "", false
}

func reviewDeletion(w reviewed) []Mark {
	var deleted, wiped found
	for _, rec := range w.in {
		at := rec.Entry.At
		switch b := rec.Entry.Body.(type) {
		case Raised:
			if w.c.Kind == DeletionEvent {
				deleted.add(at, "it was put to people", "")
			}
		case Approved:
			if w.c.Kind == DeletionEvent {
				deleted.add(at, b.By.Name+" confirmed it", "")
			}
		case StepVerified:
			switch s, _, _ := w.c.Step(b.Step); s.Task {
			case DeleteAccount:
				deleted.add(at, "the account is in the recycle bin", "")
			case WipeDevices:
				wiped.add(at, s.Title, "")
			}
		}
	}
	return append(deleted.mark(DeletionRule), wiped.mark(WipeRule)...)
}

func reviewUndone(w reviewed) []Mark {
	var f, missed found
	for _, rec := range w.in {
		at := rec.Entry.At
		switch b := rec.Entry.Body.(type) {
		case Rescinded:
			if n := len(b.Undo.Steps); n > 0 {
				f.add(at, b.By.Name+" cancelled it, and "+count(n, "step")+" took back what was done", b.Reason)
			} else if w.c.Approval.State == "approved" {
				f.add(at, b.By.Name+" cancelled it after it was decided", b.Reason)
			}
		case Resumed:
			f.add(at, b.By.Name+" let it go on after a no-show", "")
		case RestoreAsked:
			f.add(at, b.By.Name+" had a deleted account brought back", b.Reason)
		case StepLost:
			f.add(at, w.c.title(b.Step)+" was done, and was not there any more at the end", "")
		case NotStarted:
			missed.add(at, b.By.Name+" said that the person did not start", "")
		}
	}
	return append(f.mark(UndoneRule), missed.mark(NoShowRule)...)
}

// reviewDrift is about access that was found changed and was let be: accepted with a reason, or nothing was done until the end of the month.
// A sign-in that was open again after an exit always needs a word.
func reviewDrift(w reviewed) []Mark {
	var f found
	open, since := 0, time.Time{}
	for _, rec := range w.in {
		switch b := rec.Entry.Body.(type) {
		case DriftIgnored:
			open--
			f.add(rec.Entry.At, b.By.Name+" accepted that "+b.Finding.Name+" stays as it is", b.Reason)
		case DriftFound:
			open, since = 0, rec.Entry.At
			for _, d := range b.Findings {
				if d.Ignored.At.IsZero() {
					open++
				}
				if d.Kind == DriftOpen {
					f.add(rec.Entry.At, "a sign-in that had been blocked was open again", "")
				}
			}
		}
	}
	if open > 0 && w.to.Sub(since) > longUnseen {
		f.add(since, count(open, "difference")+" found on "+w.say(since)+" stood at the end of the month", "")
	}
	return f.mark(DriftRule)
}

// Span is a length of time in words: "3 days", "2 hours", "40 seconds".
func Span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return count(int(d/(24*time.Hour)), "day")
	case d >= 2*time.Hour:
		return count(int(d/time.Hour), "hour")
	case d >= 2*time.Minute:
		return count(int(d/time.Minute), "minute")
	}
	return count(int(d/time.Second), "second")
}
