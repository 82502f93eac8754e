package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// The rules of a review about what people did: left out, by hand, in somebody's place, in seconds, at night.

func reviewWaived(w reviewed) []Mark {
	var f found
	for _, rec := range w.in {
		if b, ok := rec.Entry.Body.(Waived); ok {
			f.add(rec.Entry.At, w.c.Lang.Say("%s, asked for by %s and agreed by %s", w.c.title(b.Step), b.Asked.Name, b.By.Name), b.Reason)
		}
	}
	return f.mark(w.c.Lang, WaivedRule)
}

// reviewByHand is about what Muster should have done and a person did. What a plan gives to people is theirs to do and needs no word.
func reviewByHand(w reviewed) []Mark {
	var f found
	add := func(at time.Time, k StepKey, by Person, note string) {
		if s, _, ok := w.c.Step(k); ok && s.Task != Manual {
			f.add(at, w.c.Lang.Say("%s, by %s", w.c.title(k), by.Name), note)
		}
	}
	for _, rec := range w.in {
		switch b := rec.Entry.Body.(type) {
		case StepClaimed:
			add(rec.Entry.At, b.Step, b.By, b.Note)
		case StepByHand:
			add(rec.Entry.At, b.Step, b.By, b.Note)
		}
	}
	return f.mark(w.c.Lang, HandRule)
}

// reviewSelf is about people who announced an event that they would also have decided on, or that is about themselves.
func reviewSelf(w reviewed) []Mark {
	c := w.c
	by := c.Raised.Person
	if !w.within(c.Raised.At) || by.ID == "" {
		return nil
	}
	var f found
	switch by.ID {
	case c.Account, c.Event.Subject.ID:
		f.add(c.Raised.At, w.c.Lang.Say("%s announced what is about themselves", by.Name), "")
	case c.Event.Manager.ID, c.Facts.Releasing.ID:
		f.add(c.Raised.At, w.c.Lang.Say("%s announced it and is the person's manager", by.Name), "")
	}
	return f.mark(w.c.Lang, SelfRule)
}

func reviewException(w reviewed) []Mark {
	var f found
	c := w.c
	kept := func(at time.Time, k StepKey, until Date, by, how, reason string) {
		name := c.title(k)
		if s, _, ok := c.Step(k); ok && s.Name != "" {
			name = s.Name
		}
		f.add(at, w.c.Lang.Say("%s until %s, %s by %s", name, until.Say(w.c.Lang), how, by), reason)
	}
	for _, rec := range w.in {
		switch b := rec.Entry.Body.(type) {
		case Raised:
			for _, s := range b.Plan.Steps {
				if x := s.Exception; x != nil {
					kept(rec.Entry.At, s.Key, x.Until, x.By.Name, w.c.Lang.Say("asked for"), x.Reason)
				}
			}
		case Released:
			for _, k := range keptKeys(b.Keep) {
				kept(rec.Entry.At, k, b.Keep[k].Until, b.By.Name, "kept", b.Keep[k].Reason)
			}
		case ExceptionExtended:
			kept(rec.Entry.At, b.Step, b.Until, b.By.Name, "extended", b.Reason)
		}
	}
	return f.mark(w.c.Lang, ExceptionRule)
}

func keptKeys(keep map[StepKey]Keep) []StepKey {
	var out []StepKey
	for k := range keep {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// reviewInPlace is about decisions that somebody took in another's place: by delegation, after a hand-over, or because there was no answer.
func reviewInPlace(w reviewed) []Mark {
	var f found
	c := w.c
	route := c.Facts.Route
	for _, rec := range w.in {
		at := rec.Entry.At
		switch b := rec.Entry.Body.(type) {
		case Approved:
			switch {
			case b.For.ID != "":
				f.add(at, w.c.Lang.Say("%s approved the access in the place of %s", b.By.Name, b.For.Name), "")
			case (c.Kind == JoinerEvent || c.Kind == MoverEvent) && route.ID != "" && b.By.ID != route.ID:
				f.add(at, w.c.Lang.Say("%s approved the access, for which %s was asked first", b.By.Name, route.Name), "")
			}
		case Rejected:
			if b.For.ID != "" {
				f.add(at, w.c.Lang.Say("%s rejected it in the place of %s", b.By.Name, b.For.Name), "")
			}
		case SignedOff:
			if b.For.ID != "" {
				f.add(at, w.c.Lang.Say("%s decided on %s in the place of %s", b.By.Name, c.title(b.Step), b.For.Name), b.Reason)
			} else if holds(c.Signers, b.By.ID) {
				f.add(at, w.c.Lang.Say("%s decided on %s, because those who were asked did not answer", b.By.Name, c.title(b.Step)), b.Reason)
			}
		}
	}
	return f.mark(w.c.Lang, InPlaceRule)
}

// decision is one decision of the month.
type decision struct {
	by    Person
	what  string
	at    time.Time
	cards []CardName // on which it is asked
}

// decisions are those of the month that needed thought.
func (w reviewed) decisions() []decision {
	var out []decision
	for _, rec := range w.in {
		d := decision{at: rec.Entry.At}
		switch b := rec.Entry.Body.(type) {
		case Approved:
			d.by, d.what, d.cards = b.By, w.c.Lang.Say("confirmed the access"), []CardName{CardApproval, CardTogether, CardUrgent, CardDeletion}
			if w.c.Event.Urgent {
				d.what = w.c.Lang.Say("confirmed the urgent exit")
			} else if w.c.Kind == DeletionEvent {
				d.what = w.c.Lang.Say("confirmed the deletion")
			}
		case Released:
			d.by, d.what, d.cards = b.By, w.c.Lang.Say("decided what goes with the old job"), []CardName{CardRelease, CardApproval}
		case ReturnConfirmed:
			d.by, d.what, d.cards = b.By, w.c.Lang.Say("confirmed the access for the return"), []CardName{CardBack}
		case SignedOff:
			if !b.OK {
				continue
			}
			d.by, d.what, d.cards = b.By, w.c.Lang.Say("signed off elevated access"), []CardName{CardSignOff}
		case Waived:
			d.by, d.what, d.cards = b.By, w.c.Lang.Say("agreed to leave a step out"), nil
		default:
			continue
		}
		out = append(out, d)
	}
	return out
}

// rash is how soon after a question came nobody can have read it.
const rash = 10 * time.Second

// reviewQuick is about decisions within seconds of the question.
func reviewQuick(w reviewed) []Mark {
	var f found
	for _, d := range w.decisions() {
		if asked := w.put(d); !asked.IsZero() && d.at.Sub(asked) < rash {
			f.add(d.at, w.c.Lang.Say("%s %s %s after the card came", d.by.Name, d.what, Span(w.c.Lang, d.at.Sub(asked))), "")
		}
	}
	return f.mark(w.c.Lang, QuickRule)
}

// put is when the question came to the one who decided; zero when that is not known.
func (w reviewed) put(d decision) time.Time {
	for _, rec := range w.all {
		b, ok := rec.Entry.Body.(Sent)
		if !ok || b.To.Person != d.by.ID || b.Update || rec.Entry.At.After(d.at) {
			continue
		}
		for _, card := range d.cards {
			if strings.Contains(b.Slot, "/"+string(card)+"/") {
				return rec.Entry.At
			}
		}
	}
	return time.Time{}
}

// reviewSlow is about decisions of the month that were long in coming, and those that were still to come at its end.
func reviewSlow(w reviewed) []Mark {
	var f found
	for _, s := range w.waits() {
		if !s.late(w.c, w.to) || !s.done.IsZero() && !w.within(s.done) {
			continue
		}
		what := map[TimeClass]string{AccessWait: w.c.Lang.Say("the decision on the access"), SecondWait: w.c.Lang.Say("the second person's word"), SignOffWait: w.c.Lang.Say("the sign-off of %s", s.step.Name)}[s.class]
		if s.done.IsZero() {
			f.add(s.due, w.c.Lang.Say("%s was asked for on %s and was open at the end of the month", what, w.say(s.due)), "")
		} else {
			f.add(s.done, w.c.Lang.Say("%s took %s", what, Span(w.c.Lang, s.done.Sub(s.due))), "")
		}
	}
	for _, rec := range w.in {
		if _, ok := rec.Entry.Body.(ReleaseLapsed); ok {
			f.add(rec.Entry.At, w.c.Lang.Say("nobody said in time what goes with the old job, so silence decided"), "")
		}
	}
	return f.mark(w.c.Lang, SlowRule)
}

// reviewHours is about what was announced or decided when nobody works at the person's site.
func reviewHours(w reviewed) []Mark {
	var f found
	add := func(at time.Time, by Person, what string) {
		if by.ID != "" && !w.c.Site.open(at) {
			f.add(at, w.c.Lang.Say("%s %s on %s", by.Name, what, w.say(at)), "")
		}
	}
	if c := w.c; w.within(c.Raised.At) {
		add(c.Raised.At, c.Raised.Person, w.c.Lang.Say("announced it"))
	}
	for _, d := range w.decisions() {
		add(d.at, d.by, d.what)
	}
	return f.mark(w.c.Lang, HoursRule)
}

// reviewRefused is about decisions that somebody tried to take and may not.
func reviewRefused(w reviewed) []Mark {
	var f found
	name := ""
	for _, rec := range w.in {
		switch b := rec.Entry.Body.(type) {
		case Heard:
			name = b.From.Name
		case Refused:
			if _, decides := rules[b.Verb]; decides && b.Code == Denied {
				f.add(rec.Entry.At, w.c.Lang.Say("%s tried to decide and was refused", orElse(name, "somebody")), b.Why)
			}
		}
	}
	return f.mark(w.c.Lang, RefusedRule)
}

// open reports whether people work at the site at a moment.
func (s Site) open(t time.Time) bool {
	loc, err := s.Location()
	if err != nil {
		loc = time.UTC
	}
	local := t.In(loc)
	day := DateOf(local)
	if !s.IsWorkingDay(day) {
		return false
	}
	openHour, openMinute := clockOr(s.Opens, opensDefault)
	closeHour, closeMinute := clockOr(s.Closes, closesDefault)
	return !t.Before(day.At(loc, openHour, openMinute)) && !t.After(day.At(loc, closeHour, closeMinute))
}

// habits are how much access people got for a job before.
type habits map[string][]int

// usualOf reads it from the cases that were decided in the year before a moment.
func usualOf(all []Case, before time.Time) habits {
	u := habits{}
	for _, c := range all {
		if n := c.granted(); n > 0 && c.Approval.At.Before(before) && c.Approval.At.After(before.AddDate(-1, 0, 0)) {
			u[c.Event.Job] = append(u[c.Event.Job], n)
		}
	}
	for _, ns := range u {
		slices.Sort(ns)
	}
	return u
}

// leastHistory is how many earlier cases of a job say what is usual.
const leastHistory = 5

// granted is how many things the case gives; none while that is not decided.
func (c Case) granted() int {
	n := 0
	if c.May == "" || c.Kind != JoinerEvent && c.Kind != MoverEvent {
		return 0
	}
	for _, s := range c.Plan.Steps {
		if s.gives() {
			n++
		}
	}
	return n
}

// gives reports whether the step gives access.
func (s Step) gives() bool {
	switch s.Task {
	case AddToGroup, AddToTeam, FollowRule, AssignLicences, RequestPackage:
		return s.Phase == ""
	}
	return s.Task == Manual && s.Choice.offered()
}

// reviewLarge is about access that is much more than people in the job had before; without such a history, than the job profile gives.
func reviewLarge(w reviewed) []Mark {
	c := w.c
	n := c.granted()
	if n == 0 || !w.within(c.Approval.At) {
		return nil
	}
	var f found
	if before := w.usual[c.Event.Job]; len(before) >= leastHistory {
		if typical := before[len(before)/2]; 2*n > 3*typical+3 {
			f.add(c.Approval.At, w.c.Lang.Say("%d things, and people in this job usually get %d", n, typical), "")
		}
		return f.mark(w.c.Lang, LargeRule)
	}
	beyond := 0
	for _, s := range c.Plan.Steps {
		if s.gives() && (s.Choice == Extra || s.Choice == Elevated) {
			beyond++
		}
	}
	if beyond > 2 && 2*beyond > n-beyond {
		f.add(c.Approval.At, w.c.Lang.Say("%d things beyond the %d that the job profile gives", beyond, n-beyond), "")
	}
	return f.mark(w.c.Lang, LargeRule)
}

// withIDs are those of both, each once.
func withIDs(a, b []AccountID) []AccountID {
	for _, id := range b {
		if !slices.Contains(a, id) {
			a = append(clip(a), id)
		}
	}
	return a
}

// looseLines are lines about the work as a whole: the stop button, brakes that pressed it, with the word that let it go on, and data that were
// erased.
func looseLines(lang texts.Language, loose []Record, from, to time.Time) []ReviewLine {
	var out []ReviewLine
	stopped := -1 // the line of the pause that is on
	for _, rec := range loose {
		at := rec.Entry.At
		if at.Before(from) || !at.Before(to) || rec.Entry.Body == nil {
			continue
		}
		l := ReviewLine{Key: fmt.Sprintf("work/%d", rec.Seq)}
		if rec.Entry.By != "" {
			l.Took = []AccountID{rec.Entry.By}
		}
		m := Mark{Rule: PausedRule, At: at.UTC()}
		switch b := rec.Entry.Body.(type) {
		case WorkPaused:
			m.Why, m.Said = lang.Say("Everything was paused by %s.", orElse(b.By.Name, lang.Say("Muster itself, because a limit of the policy was reached"))), []string{b.Reason}
			stopped = len(out)
		case WorkResumed:
			m.Why = lang.Say("%s let Muster go on, after %s.", b.By.Name, Span(lang, at.Sub(b.Since)))
			if on := stopped; on >= 0 {
				stopped = -1
				out[on].Marks, out[on].Took = append(out[on].Marks, m), withIDs(out[on].Took, l.Took)
				continue
			}
		case PersonErased:
			l.Took = []AccountID{b.By.ID, b.Second.ID}
			m.Rule, m.Why = ErasedRule, lang.Say("The data of a person were erased (%s): %s asked for it, and %s agreed.", count(lang, b.Found.Cases, "case"), b.By.Name, b.Second.Name)
		case PolicyAdopted:
			if b.Was == "" {
				continue // the first one
			}
			m.Rule, m.Why = PolicyRule, b.told(lang)
			l.Took = deciders(b)
		default:
			continue
		}
		l.Marks = []Mark{m}
		out = append(out, l)
	}
	return out
}
