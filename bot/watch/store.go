package watch

import (
	"context"
	"fmt"
	"slices"

	"muster/flows"
)

// Store watches a store's commits.
func (w *Watch) Store(ctx context.Context, st flows.Store) (flows.Store, error) {
	all, err := st.Cases(ctx, "open")
	if err != nil {
		return nil, fmt.Errorf("count the open cases: %w", err)
	}
	for _, c := range all {
		w.stands(c)
	}
	if w.tracer != nil {
		w.tracer.store = st
	}
	return watched{st, w}, nil
}

type watched struct {
	flows.Store
	w *Watch
}

func (s watched) Commit(ctx context.Context, ch flows.Change) error {
	began := s.w.wall()
	span := s.w.tracer.commit(ctx, ch)
	err := s.Store.Commit(ctx, ch)
	code := flows.CodeOf(err)
	span.end(err)
	outcome := "stored"
	switch {
	case err == nil:
		s.w.follow(ctx, s.Store, ch)
		s.w.written(nil)
	case code == flows.Unavailable && ctx.Err() == nil:
		s.w.written(err)
		outcome = "refused"
	default:
		outcome = "refused"
	}
	if err != nil {
		s.w.meter.refused.WithLabelValues(reason(code)).Inc()
	}
	s.w.meter.commits.WithLabelValues(outcome).Observe(s.w.wall().Sub(began).Seconds())
	return err
}

func reason(c flows.Code) string {
	if c == flows.Internal {
		return "internal"
	}
	return string(c)
}

// written notes whether the store could be written.
func (w *Watch) written(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shut = err
}

// follow counts what a change did. A case that cannot be read just now is counted with its next change: what is stored does not hang on it.
func (w *Watch) follow(ctx context.Context, st flows.Store, ch flows.Change) {
	if ch.Case == "" || !slices.ContainsFunc(ch.Entries, func(e flows.Entry) bool { return e.Case == ch.Case }) {
		return
	}
	w.counting.Lock() // what is read later counts, whichever change it was read for
	c, err := st.Case(context.WithoutCancel(ctx), ch.Case)
	if err == nil {
		w.stands(c)
	}
	w.counting.Unlock()
	if err != nil {
		return
	}
	for _, e := range ch.Entries {
		if task, outcome, ok := flows.StepOutcome(c, e.Body); ok && e.Case == ch.Case {
			w.meter.steps.WithLabelValues(string(task), outcome).Inc()
		}
	}
}

// stands notes how a case stands.
func (w *Watch) stands(c flows.Case) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.Over() {
		delete(w.open, c.ID)
		return
	}
	w.open[c.ID] = opened{c.Kind, c.State}
}
