package watch

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"muster/bot/teams"
	"muster/flows"
)

// Watch is what one tenant's Muster is watched with. Safe for concurrent use.
type Watch struct {
	wall   func() time.Time
	meter  *meter
	tracer *tracer // nil: no traces

	counting sync.Mutex // held from reading a case until it is counted

	mu    sync.Mutex // guards what follows
	done  int64      // errands that were finished
	shut  error      // why the store could not be written last; nil when it could
	skew  time.Duration
	heard bool // somebody said what time it is
	open  map[flows.CaseID]opened
}

// opened is what is known of a case that is not over.
type opened struct {
	kind  flows.EventKind
	state flows.State
}

// New makes a watch. wall is the clock by which it measures; traces may be nil.
func New(wall func() time.Time, traces *Traces) *Watch { return For("", wall, traces) }

// For makes the watch of one tenant of several: its figures say whose they are, by the tenant's id.
func For(tenant string, wall func() time.Time, traces *Traces) *Watch {
	w := &Watch{wall: wall, meter: newMeter(tenant), open: map[flows.CaseID]opened{}}
	if traces != nil {
		w.tracer = newTracer(*traces, wall, w.meter)
	}
	return w
}

// Close sends the traces that are left, as long as ctx lasts.
func (w *Watch) Close(ctx context.Context) error {
	if w.tracer == nil {
		return nil
	}
	return w.tracer.close(ctx)
}

// Turns watches the bot's front door.
func (w *Watch) Turns(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		began, out := w.wall(), &status{ResponseWriter: rw, code: http.StatusOK}
		ctx, t := w.tracer.begin(r.Context(), "turn", serves)
		h.ServeHTTP(out, r.WithContext(ctx))
		w.meter.turn.WithLabelValues(strconv.Itoa(out.code)).Observe(w.wall().Sub(began).Seconds())
		if out.code/100 != 4 { // who is turned away leaves no trace: anybody could fill the collector
			t.end(ctx, codeOf(out.code))
		}
	})
}

// status notes the status of an answer.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap is for http.ResponseController.
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func codeOf(status int) string {
	if status/100 == 2 {
		return ""
	}
	return "status " + strconv.Itoa(status)
}

// Errand watches the handler of one kind of errand.
func (w *Watch) Errand(kind string, h flows.Handler) flows.Handler {
	return func(ctx context.Context, er flows.Errand) error {
		began, outcome := w.wall(), "panicked"
		ctx, t := w.tracer.errand(ctx, er)
		defer func() {
			w.meter.errands.WithLabelValues(kind, outcome).Observe(w.wall().Sub(began).Seconds())
			if outcome == "done" {
				w.finished(kind)
				t.end(ctx, "")
			} else {
				t.end(ctx, outcome)
			}
		}()
		err := h(ctx, er)
		if err == nil {
			outcome = "done"
			return nil
		}
		outcome = "put_back"
		return err
	}
}

func (w *Watch) finished(kind string) {
	if kind == flows.DriftErrand {
		w.meter.swept.Set(seconds(w.wall()))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done++
}

// Graph watches one call on Microsoft Graph. op is its verb and object.
func (w *Watch) Graph(ctx context.Context, op string) func(flows.Call) {
	began := w.wall()
	return func(c flows.Call) { w.called(ctx, "graph", op, began, c) }
}

// Teams watches one call on Teams.
func (w *Watch) Teams(ctx context.Context, op string) func(teams.Call) {
	began := w.wall()
	return func(c teams.Call) { w.called(ctx, "teams", op, began, flows.Call(c)) }
}

func (w *Watch) called(ctx context.Context, service, op string, began time.Time, c flows.Call) {
	now := w.wall()
	w.meter.called(service, c, now.Sub(began))
	if c.Dated {
		w.mu.Lock()
		w.skew, w.heard = c.Ahead, true
		w.mu.Unlock()
		w.meter.skew.Set(c.Ahead.Seconds())
	}
	trailOf(ctx).call(service, op, began, now, c)
}
