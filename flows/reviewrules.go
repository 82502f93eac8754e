package flows

import (
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
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
	return w.c.Lang.Time(t.In(w.c.Location()), "Mon 2 January 2006, 15:04")
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
func (f found) mark(lang texts.Language, rule ReviewRule) []Mark {
	if len(f.words) == 0 {
		return nil
	}
	return []Mark{{Rule: rule, At: f.at, Why: capital(several(lang, f.words)) + ".", Said: f.said}}
}

// several joins at most four things; of more it says how many.
func several(lang texts.Language, words []string) string {
	if len(words) > 4 {
		words = append(clip(words[:3]), lang.Say("%d more", len(words)-3))
	}
	if n := len(words); n > 1 {
		return lang.Say("%s; and %s", strings.Join(words[:n-1], "; "), words[n-1])
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
	why := w.c.Lang.Say("An urgent exit, asked for by %s", c.Raised.Person.Name)
	switch {
	case c.Approval.State == "approved":
		why += w.c.Lang.Say(" and confirmed by %s %s later.", c.Approval.By.Name, Span(w.c.Lang, c.Approval.At.Sub(c.Raised.At)))
	case c.Approval.State == "rejected":
		why += w.c.Lang.Say(" and refused by %s.", c.Approval.By.Name)
	default:
		why += w.c.Lang.Say(". No second person has confirmed it.")
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
			f.add(rec.Entry.At, w.c.Lang.Say("it was due %s, and %s told it %s later", w.say(l.Due), by.Name, w.lateBy(l.Due, rec.Entry.At)), "")
		}
	}
	return f.mark(w.c.Lang, BackDatedRule)
}

// lateBy is how late an event was told: in days of the calendar, as people are told it everywhere else, or in hours on the same day.
func (w reviewed) lateBy(due, at time.Time) string {
	if n := w.c.daysBetween(due, at); n > 0 {
		return count(w.c.Lang, n, "day")
	}
	return Span(w.c.Lang, at.Sub(due))
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
			what = w.c.Lang.Say("what the first day needs")
		}
		if s.done.IsZero() {
			open.add(s.due, w.c.Lang.Say("%s, due %s", what, w.say(s.due)), "")
		} else {
			f.add(s.due, w.c.Lang.Say("%s was done %s after its time", what, Span(w.c.Lang, s.done.Sub(s.due))), "")
		}
	}
	if len(open.words) > 0 {
		f.add(open.at, w.c.Lang.Say("not done by the end of the month: %s", several(w.c.Lang, open.words)), "")
	}
	return f.mark(w.c.Lang, LateRule)
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
				words += w.c.Lang.Say(", still open at the end of the month")
			}
			f.add(rec.Entry.At, words, b.Cause)
		}
	}
	return f.mark(w.c.Lang, FailedRule)
}

// longUnseen is how long something that was sent may stay unseen before it needs a word.
const longUnseen = 24 * time.Hour

func reviewUnverified(w reviewed) []Mark {
	var f found
	since := map[StepKey]time.Time{}
	note := func(k StepKey, end time.Time) {
		from, ok := since[k]
		if delete(since, k); ok && end.Sub(from) >= longUnseen && !end.Before(w.from) {
			f.add(from, w.c.Lang.Say("%s for %s", w.c.title(k), Span(w.c.Lang, end.Sub(from))), "")
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
	return f.mark(w.c.Lang, UnverifiedRule)
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
				deleted.add(at, w.c.Lang.Say("it was put to people"), "")
			}
		case Approved:
			if w.c.Kind == DeletionEvent {
				deleted.add(at, w.c.Lang.Say("%s confirmed it", b.By.Name), "")
			}
		case StepVerified:
			switch s, _, _ := w.c.Step(b.Step); s.Task {
			case DeleteAccount:
				deleted.add(at, w.c.Lang.Say("the account is in the recycle bin"), "")
			case WipeDevices:
				wiped.add(at, s.Title, "")
			}
		}
	}
	return append(deleted.mark(w.c.Lang, DeletionRule), wiped.mark(w.c.Lang, WipeRule)...)
}

func reviewUndone(w reviewed) []Mark {
	var f, missed found
	for _, rec := range w.in {
		at := rec.Entry.At
		switch b := rec.Entry.Body.(type) {
		case Rescinded:
			if n := len(b.Undo.Steps); n > 0 {
				f.add(at, w.c.Lang.Say("%s cancelled it, and %s took back what was done", b.By.Name, count(w.c.Lang, n, "step")), b.Reason)
			} else if w.c.Approval.State == "approved" {
				f.add(at, w.c.Lang.Say("%s cancelled it after it was decided", b.By.Name), b.Reason)
			}
		case Resumed:
			f.add(at, w.c.Lang.Say("%s let it go on after a no-show", b.By.Name), "")
		case RestoreAsked:
			f.add(at, w.c.Lang.Say("%s had a deleted account brought back", b.By.Name), b.Reason)
		case StepLost:
			f.add(at, w.c.Lang.Say("%s was done, and was not there any more at the end", w.c.title(b.Step)), "")
		case NotStarted:
			missed.add(at, w.c.Lang.Say("%s said that the person did not start", b.By.Name), "")
		}
	}
	return append(f.mark(w.c.Lang, UndoneRule), missed.mark(w.c.Lang, NoShowRule)...)
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
			f.add(rec.Entry.At, w.c.Lang.Say("%s accepted that %s stays as it is", b.By.Name, b.Finding.Name), b.Reason)
		case DriftFound:
			open, since = 0, rec.Entry.At
			for _, d := range b.Findings {
				if d.Ignored.At.IsZero() {
					open++
				}
				if d.Kind == DriftOpen {
					f.add(rec.Entry.At, w.c.Lang.Say("a sign-in that had been blocked was open again"), "")
				}
			}
		}
	}
	if open > 0 && w.to.Sub(since) > longUnseen {
		f.add(since, w.c.Lang.Say("%s found on %s stood at the end of the month", count(w.c.Lang, open, "difference"), w.say(since)), "")
	}
	return f.mark(w.c.Lang, DriftRule)
}

// Span is a length of time in words: "3 days", "2 hours", "40 seconds".
func Span(lang texts.Language, d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return count(lang, int(d/(24*time.Hour)), "day")
	case d >= 2*time.Hour:
		return count(lang, int(d/time.Hour), "hour")
	case d >= 2*time.Minute:
		return count(lang, int(d/time.Minute), "minute")
	}
	return count(lang, int(d/time.Second), "second")
}
