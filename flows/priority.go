package flows

import (
	"context"
	"strings"
)

// Priority says who waits for a call on the directory. It goes with the context, as a deadline does, because it is about the call and not
// about what is asked.
type Priority int

const (
	// Present is for somebody in front of a screen, and for whatever says nothing else: it waits for no quota.
	Present Priority = iota
	// Work is what the queue does at its time: it keeps within the tenant's quota.
	Work
	// Background is what nobody waits for, such as the daily looks: the directory may put it off first.
	Background
	// AtOnce is an urgent exit: ahead of everything.
	AtOnce
)

type priorityKey struct{}

// WithPriority is a context in which calls have a priority.
func WithPriority(ctx context.Context, p Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, p)
}

// PriorityOf is the priority of a call.
func PriorityOf(ctx context.Context) Priority {
	p, _ := ctx.Value(priorityKey{}).(Priority)
	return p
}

// priority is what an errand's calls have.
func (er Errand) priority() Priority {
	switch {
	case er.Urgent:
		return AtOnce
	case er.Kind == DriftErrand, er.Kind == SeatErrand:
		return Background
	case er.Kind == AnswerErrand, er.Kind == DraftErrand:
		return Present
	}
	return Work
}

// slow reports whether an errand works in the directory, where it takes several calls and may wait for the quota. An urgent one does not.
func (er ErrandRef) slow() bool {
	if er.Urgent {
		return false
	}
	return strings.HasPrefix(er.Key, StepErrand+"/") || strings.HasPrefix(er.Key, DriftErrand+"/") || strings.HasPrefix(er.Key, CloseErrand+"/")
}
