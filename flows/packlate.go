package flows

import "time"

// LateStep is something of a case that was not done in its time.
type LateStep struct {
	What string // the step's title, or what the first day needs
	Step StepKey
	Due  time.Time // when it was to be done: not before it was decided on
	Done time.Time // zero: not done yet
	By   time.Duration
	Told bool // nobody had said in time that it was wanted
}

// LateSteps are what was done late in the case, and what was overdue when the dossier was made, by the same measure as the monthly review.
func (d Dossier) LateSteps() []LateStep {
	w := reviewed{c: d.Case, all: d.Records, to: d.At}
	var out []LateStep
	for _, s := range w.samples() {
		if !s.late(d.Case, d.At) {
			continue
		}
		l := LateStep{What: "“" + s.step.Title + "”", Step: s.step.Key, Due: s.due, Done: s.done, Told: w.toldLate(s)}
		if s.class == ReadyClass {
			l.What, l.Step = d.Case.Lang.Say("What the first day needs"), ""
		}
		if end := s.done; end.IsZero() {
			l.By = d.At.Sub(s.due)
		} else {
			l.By = end.Sub(s.due)
		}
		out = append(out, l)
	}
	return out
}
