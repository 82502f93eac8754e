package flows

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Call is what became of one call on another system, for whoever watches Muster work: no address, no name, no word of the answer.
type Call struct {
	Write     bool          // it changes something there
	Status    int           // of the last answer; 0 when there was none
	Code      string        // the other system's own code for what went wrong
	Tries     int           // requests that were sent
	Throttled int           // of them, those answered with 429
	Waited    time.Duration // before them, to keep within the other system's limits
	Dated     bool          // an answer said what time it is there
	Ahead     time.Duration // how far our clock was ahead of that; negative: behind
	Err       error         // as the caller got it
}

// Backlog is how late the queue is.
type Backlog struct {
	Urgent, Usual time.Duration // since the oldest errand of each lane fell due; 0 when nothing is due
	Paused        bool          // the stop button is pressed: what it holds back is not late
}

// Late is the longer of the two.
func (b Backlog) Late() time.Duration { return max(b.Urgent, b.Usual) }

// Backlog looks at what is due and not done. It reads two rows of the queue.
func (e *Engine) Backlog(ctx context.Context) (Backlog, error) {
	_, paused, err := readPause(ctx, e.Store)
	if err != nil {
		return Backlog{}, err
	}
	b, now := Backlog{Paused: paused}, e.Now()
	for urgent, late := range map[bool]*time.Duration{true: &b.Urgent, false: &b.Usual} {
		due, err := e.Store.Due(ctx, now, 1, func(ref ErrandRef) bool { return ref.Urgent != urgent || paused && ref.paused() })
		if err != nil {
			return Backlog{}, fmt.Errorf("look how late the queue is: %w", err)
		}
		if len(due) > 0 {
			*late = now.Sub(due[0].Due)
		}
	}
	return b, nil
}

// StepOutcome says of an entry about a step which task it was and what became of it, in the word of the entry's kind: started, verified,
// failed, and so on. c is the case with the entry.
func StepOutcome(c Case, b Body) (TaskName, string, bool) {
	k, ok := stepOf(b)
	if !ok {
		return "", "", false
	}
	s, _, ok := c.Step(k)
	if !ok {
		return "", "", false
	}
	parts := strings.Split(string(b.Kind()), ".")
	if len(parts) != 3 {
		return "", "", false
	}
	return s.Task, strings.Join(parts[:2], "_"), true
}
