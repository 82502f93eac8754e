package watch

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster/flows"
)

// rig is a Muster that is said to be late, and IT's channel.
type rig struct {
	t *testing.T
	w *Watch
	m *Monitor

	mu    sync.Mutex
	late  time.Duration
	unred error // the store cannot be read
	token error
	deaf  bool // Teams is down
	said  []string
}

// quiet is a store that takes everything.
type quiet struct{ flows.Store }

func (quiet) Commit(context.Context, flows.Change) error { return nil }

// monitored runs a monitor in virtual time.
func monitored(t *testing.T, tell func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, w: New(time.Now, nil)}
		r.m = r.w.Monitor(Parts{
			Store: quiet{}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Backlog: func(context.Context) (flows.Backlog, error) {
				r.mu.Lock()
				defer r.mu.Unlock()
				return flows.Backlog{Usual: r.late}, r.unred
			},
			Tokens: map[string]Token{"Microsoft 365": func(context.Context) (time.Time, error) {
				r.mu.Lock()
				defer r.mu.Unlock()
				return time.Now().Add(time.Hour), r.token
			}},
			Tell: func(_ context.Context, s string) error {
				r.mu.Lock()
				defer r.mu.Unlock()
				if r.deaf {
					return errors.New("Teams is down")
				}
				r.said = append(r.said, s)
				return nil
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { r.m.Run(ctx) })
		tell(r)
		cancel()
		wg.Wait()
	})
}

func (r *rig) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// passes lets time pass, of which the queue is ever later, and works errands off where it moves.
func (r *rig) passes(d time.Duration, moves bool) {
	for range int(d / time.Minute) {
		time.Sleep(time.Minute)
		r.set(func() { r.late += time.Minute })
		if moves {
			r.w.finished(flows.CardErrand)
		}
	}
	time.Sleep(lookEvery + time.Second) // it looks once more
}

func (r *rig) wantSaid(parts ...string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.said) != len(parts) {
		r.t.Fatalf("IT heard %q, want %d messages", r.said, len(parts))
	}
	for i, p := range parts {
		if !strings.Contains(r.said[i], p) {
			r.t.Errorf("message %d is %q, want %q", i, r.said[i], p)
		}
	}
}

func (r *rig) state(check string) string {
	r.t.Helper()
	rec := httptest.NewRecorder()
	r.m.ServeHTTP(rec, httptest.NewRequestWithContext(r.t.Context(), "GET", "/readyz", nil))
	var out struct {
		Ready  bool
		Checks []Check
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		r.t.Fatal(err)
	}
	i := slices.IndexFunc(out.Checks, func(c Check) bool { return c.Check == check })
	if i < 0 {
		r.t.Fatalf("there is no check %q in %s", check, rec.Body)
	}
	if isBad := slices.ContainsFunc(out.Checks, func(c Check) bool { return c.State == bad }); out.Ready == isBad || (rec.Code == 503) != isBad {
		r.t.Errorf("status %d, ready %v: %s", rec.Code, out.Ready, rec.Body)
	}
	return out.Checks[i].State
}

// TestAMountainOfWorkIsNoStandstill is a day on which thousands of people start: hours late, and moving.
func TestAMountainOfWorkIsNoStandstill(t *testing.T) {
	monitored(t, func(r *rig) {
		r.passes(3*time.Hour, true)
		r.wantSaid()
		if s := r.state("queue"); s != warn {
			t.Errorf("the queue is %s", s)
		}
	})
}

// TestStandstill is said once for each stretch, at its time.
func TestStandstill(t *testing.T) {
	monitored(t, func(r *rig) {
		r.passes(19*time.Minute, false) // late by 15 minutes after 15, and still for 5 after 20
		r.wantSaid()
		if s := r.state("queue"); s != warn {
			t.Errorf("before its time the queue is %s", s)
		}
		r.passes(2*time.Minute, false)
		r.wantSaid("stands still: the oldest thing to do has been due since ")
		if s := r.state("queue"); s != bad {
			t.Errorf("the queue is %s", s)
		}
		r.passes(5*time.Hour, false)
		r.wantSaid("stands still")
		r.passes(time.Minute, true)
		r.wantSaid("stands still", "moves again")
		if s := r.state("queue"); s == bad {
			t.Errorf("afterwards the queue is %s", s)
		}
		r.passes(10*time.Minute, false)
		r.wantSaid("stands still", "moves again", "stands still")
		r.set(func() { r.deaf = true })
		r.passes(2*time.Minute, true)
		r.wantSaid("stands still", "moves again", "stands still")
		r.set(func() { r.deaf, r.late = false, 0 })
		r.passes(time.Minute, true)
		r.wantSaid("stands still", "moves again", "stands still", "moves again")
	})
}

// TestStandstillThatNobodyHears ended before Teams came back: nobody is told of the end of what they never heard of.
func TestStandstillThatNobodyHears(t *testing.T) {
	monitored(t, func(r *rig) {
		r.set(func() { r.deaf = true })
		r.passes(30*time.Minute, false)
		r.passes(time.Minute, true)
		r.set(func() { r.deaf = false })
		r.passes(time.Minute, true)
		r.wantSaid()
	})
}

// TestStoreThatCannotBeRead is no queue that moves.
func TestStoreThatCannotBeRead(t *testing.T) {
	monitored(t, func(r *rig) {
		r.set(func() { r.unred = errors.New("damaged") })
		time.Sleep(6 * time.Minute)
		r.wantSaid("stands still")
		if s := r.state("store"); s != bad {
			t.Errorf("the store is %s", s)
		}
	})
}

// TestStopIsNoStandstill is a process that is stopped while it looks.
func TestStopIsNoStandstill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w, said := New(time.Now, nil), 0
		m := w.Monitor(Parts{
			Store: quiet{}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Backlog: func(ctx context.Context) (flows.Backlog, error) {
				<-ctx.Done()
				return flows.Backlog{}, ctx.Err()
			},
			Tell: func(context.Context, string) error { said++; return nil },
		})
		m.stuck = time.Now().Add(-time.Hour)
		cancel()
		m.Run(ctx)
		if said != 0 {
			t.Error("IT was told of a standstill when Muster was stopped")
		}
	})
}

// TestNoToken is a secret that has expired.
func TestNoToken(t *testing.T) {
	monitored(t, func(r *rig) {
		synctest.Wait()
		if s := r.state("token for Microsoft 365"); s != ok {
			t.Errorf("the token is %s", s)
		}
		r.set(func() { r.token = errors.New("expired") })
		time.Sleep(2 * time.Minute)
		if s := r.state("token for Microsoft 365"); s != bad {
			t.Errorf("the token is %s", s)
		}
		r.wantSaid()
		time.Sleep(20 * time.Minute)
		r.wantSaid("no access token for Microsoft 365 since ")
		r.set(func() { r.token = nil })
		time.Sleep(3 * time.Minute)
		r.wantSaid("no access token", "gets access tokens for Microsoft 365 again")
		if s := r.state("token for Microsoft 365"); s != ok {
			t.Errorf("the token is %s", s)
		}
	})
}

// TestClock is what Graph and Teams say about this machine's clock.
func TestClock(t *testing.T) {
	monitored(t, func(r *rig) {
		if s := r.state("clock"); s != ok {
			t.Errorf("unheard: %s", s)
		}
		for ahead, want := range map[time.Duration]string{time.Second: ok, -20 * time.Second: ok, 40 * time.Second: warn, -2 * time.Minute: warn, 6 * time.Minute: bad, -time.Hour: bad} {
			r.w.Graph(r.t.Context(), "read")(flows.Call{Dated: true, Ahead: ahead})
			if s := r.state("clock"); s != want {
				t.Errorf("%s off: %s, want %s", ahead, s, want)
			}
		}
		r.w.Graph(r.t.Context(), "read")(flows.Call{Dated: true, Ahead: time.Hour})
		r.w.Graph(r.t.Context(), "read")(flows.Call{}) // says nothing: what is known stays
		if s := r.state("clock"); s == ok {
			t.Error("an answer without a time made the clock right")
		}
	})
}
