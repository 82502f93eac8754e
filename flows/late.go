package flows

import "time"

// An event that is told late is acted on at once, and the gap is kept: when it should have been, when Muster learned of it, when it was
// seen done (edge case 35). It is shown on the card and belongs in the monthly review.

// lateFor is the step that people mean by the event's time, when that lay before now: a leaver's block, a joiner's first sign-in. An urgent
// exit is never late.
func lateFor(ev PeopleEvent, p Plan, now time.Time) Lateness {
	if ev.Urgent {
		return Lateness{}
	}
	for _, s := range p.Steps {
		if (s.Key == exitKey || s.Key == enableKey) && s.Due.Before(now) {
			return Lateness{Step: s.Key, Due: s.Due}
		}
	}
	return Lateness{}
}

// late begins the gap.
func (c Case) late(l Lateness, at time.Time) Case {
	if l.Step == "" {
		return c
	}
	l.Known = at
	l.Days = c.daysBetween(l.Due, at)
	c.Late = &l
	return c
}

// lateDone ends the gap when the step was seen.
func (c Case) lateDone(k StepKey, at time.Time) Case {
	if c.Late == nil || c.Late.Step != k || !c.Late.Done.IsZero() {
		return c
	}
	l := *c.Late
	l.Done, l.Days = at, c.daysBetween(l.Due, at)
	c.Late = &l
	return c
}

// daysBetween counts calendar days at the person's site.
func (c Case) daysBetween(from, to time.Time) int {
	loc := c.Location()
	return int(DateOf(to.In(loc)).Time().Sub(DateOf(from.In(loc)).Time()).Hours() / 24)
}
