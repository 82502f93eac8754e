package flows

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shop is a runner at work in a bubble of virtual time, and a list of what it did.
type shop struct {
	*Runner
	t     *testing.T
	store *memory
	log   *strings.Builder
	stop  context.CancelFunc
	ended chan struct{}

	mu   sync.Mutex
	did  []string
	hold map[string]chan struct{} // errands that go on when told to
	fail map[string][]error       // what the next runs of an errand return
}

// inShop runs f in a bubble with a runner that has begun.
func inShop(t *testing.T, workers int, f func(*shop)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &shop{t: t, store: newMemory(), log: &strings.Builder{}, hold: map[string]chan struct{}{}, fail: map[string][]error{}, ended: make(chan struct{})}
		s.Runner = &Runner{Store: s.store, Now: time.Now, Workers: workers, Log: slog.New(slog.NewTextHandler(s.log, nil)), Handlers: map[string]Handler{"work": s.work}}
		ctx, stop := context.WithCancel(t.Context())
		s.stop = stop
		go func() {
			defer close(s.ended)
			if err := s.Run(ctx); err != nil {
				t.Errorf("run: %v", err)
			}
		}()
		f(s)
		stop()
		<-s.ended
	})
}

func (s *shop) work(ctx context.Context, er Errand) error {
	s.note("begin " + er.Key)
	defer s.note("end " + er.Key)
	s.mu.Lock()
	hold, fails := s.hold[er.Key], s.fail[er.Key]
	if len(fails) > 0 {
		s.fail[er.Key] = fails[1:]
	}
	s.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if len(fails) > 0 {
		if fails[0] == nil {
			panic("a bug")
		}
		return fails[0]
	}
	return s.store.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}})
}

func (s *shop) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did = append(s.did, what)
}

// begun lists what was begun, in order.
func (s *shop) begun() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, d := range s.did {
		if k, ok := strings.CutPrefix(d, "begin "); ok {
			out = append(out, k)
		}
	}
	return strings.Join(out, " ")
}

func (s *shop) add(es ...Errand) {
	s.t.Helper()
	for i := range es {
		es[i].Kind = "work"
	}
	if err := s.store.Commit(s.t.Context(), Change{Add: es}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) settle() int {
	s.t.Helper()
	n, err := s.Settle(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *shop) begins(want string) {
	s.t.Helper()
	synctest.Wait()
	if got := s.begun(); got != want {
		s.t.Errorf("begun: %s\nwant: %s", got, want)
	}
}

func TestRunnerOrder(t *testing.T) {
	inShop(t, 1, func(s *shop) {
		now := time.Now()
		gate := make(chan struct{})
		s.hold["first"] = gate
		s.add(Errand{Key: "first", Due: now})
		s.Wake()
		s.begins("first")
		s.add(Errand{Key: "late", Due: now.Add(-time.Minute)}, Errand{Key: "later", Due: now}, Errand{Key: "earliest", Due: now.Add(-time.Hour)}, Errand{Key: "tomorrow", Due: now.Add(24 * time.Hour)})
		close(gate)
		if n := s.settle(); n != 4 {
			t.Errorf("%d were run", n)
		}
		s.begins("first earliest late later")
		time.Sleep(24 * time.Hour)
		s.begins("first earliest late later tomorrow")
	})
}

func TestRunnerRunsAtTheDueTime(t *testing.T) {
	inShop(t, 2, func(s *shop) {
		start := time.Now()
		s.hold["long"] = make(chan struct{})
		s.add(Errand{Key: "long", Due: start}, Errand{Key: "soon", Due: start.Add(10 * time.Second)})
		s.Wake()
		s.begins("long")
		time.Sleep(9 * time.Second)
		s.begins("long")
		time.Sleep(2 * time.Second) // while another is in hand, at most a second late
		s.begins("long soon")
	})
}

func TestRunnerLanes(t *testing.T) {
	inShop(t, 8, func(s *shop) {
		now := time.Now()
		a, b := make(chan struct{}), make(chan struct{})
		s.hold["a1"], s.hold["b1"] = a, b
		s.add(
			Errand{Key: "a1", Due: now, Lane: "a"}, Errand{Key: "a2", Due: now, Lane: "a"}, Errand{Key: "a3", Due: now, Lane: "a"},
			Errand{Key: "b1", Due: now.Add(time.Nanosecond), Lane: "b"}, Errand{Key: "b2", Due: now.Add(time.Nanosecond), Lane: "b"},
		)
		time.Sleep(time.Microsecond)
		s.Wake()
		synctest.Wait()
		if got := s.begun(); got != "a1 b1" && got != "b1 a1" {
			t.Errorf("begun: %s", got)
		}
		close(b)
		synctest.Wait()
		if got := s.begun(); !strings.HasSuffix(got, " b2") || strings.Contains(got, "a2") {
			t.Errorf("begun: %s", got)
		}
		close(a)
		s.settle()
		if got := s.begun(); !strings.HasSuffix(got, " a2 a3") {
			t.Errorf("begun: %s", got)
		}
	})
}

// A chat that somebody fills with messages does not hold up other people's cases.
func TestRunnerLongLaneHidesNobody(t *testing.T) {
	inShop(t, 2, func(s *shop) {
		now := time.Now()
		s.hold["chat 0000"] = make(chan struct{})
		var flood []Errand
		for i := range 1000 {
			flood = append(flood, Errand{Key: fmt.Sprintf("chat %04d", i), Due: now, Lane: "chat"})
		}
		s.add(flood...)
		s.add(Errand{Key: "step", Due: now, Lane: "case"})
		s.Wake()
		synctest.Wait()
		if got := s.begun(); got != "chat 0000 step" && got != "step chat 0000" {
			t.Errorf("begun: %s", got)
		}
		close(s.hold["chat 0000"])
		if n := s.settle(); n != 1001 {
			t.Errorf("%d were run", n)
		}
	})
}

func TestRunnerUrgentGoesFirst(t *testing.T) {
	inShop(t, 2, func(s *shop) {
		now := time.Now()
		gate := make(chan struct{})
		for _, k := range []string{"one", "two"} {
			s.hold[k] = gate
			s.add(Errand{Key: k, Due: now})
		}
		s.Wake()
		synctest.Wait()
		s.add(Errand{Key: "three", Due: now.Add(-time.Hour)}, Errand{Key: "exit", Due: now, Urgent: true})
		s.Wake()
		synctest.Wait()
		if got := s.begun(); !strings.HasSuffix(got, "exit") {
			t.Errorf("all hands are full, and the urgent one waits: %s", got)
		}
		close(gate)
		s.settle()
	})
	inShop(t, 1, func(s *shop) {
		now := time.Now()
		s.add(Errand{Key: "old", Due: now.Add(-time.Hour)}, Errand{Key: "exit", Due: now, Urgent: true})
		s.Wake()
		s.settle()
		if got := s.begun(); !strings.HasPrefix(got, "exit") {
			t.Errorf("begun: %s", got)
		}
	})
}

// What fails is put back with a pause that doubles, or that the service asked for, and is never dropped.
func TestRunnerPutsBack(t *testing.T) {
	inShop(t, 4, func(s *shop) {
		start := time.Now()
		s.fail["flaky"] = []error{errors.New("no"), errors.New("no"), &Error{Code: Unavailable, RetryAfter: 90 * time.Second}, errors.New("no")}
		s.fail["buggy"] = []error{nil, nil} // panics twice
		s.add(Errand{Key: "flaky", Due: start, Case: priyasCase}, Errand{Key: "buggy", Due: start}, Errand{Key: "fine", Due: start})
		s.Wake()
		s.settle()
		var due []time.Duration
		for {
			e, ok := s.store.errand("flaky")
			if !ok {
				break
			}
			due = append(due, e.Due.Sub(start))
			if e.Tries != len(due) {
				t.Errorf("%d tries are counted after %d", e.Tries, len(due))
			}
			time.Sleep(time.Until(e.Due))
			synctest.Wait()
			s.settle()
		}
		want := []time.Duration{5 * time.Second, 15 * time.Second, 105 * time.Second, 145 * time.Second}
		if diff := cmp.Diff(want, due); diff != "" {
			t.Error("due (-want +got)", diff)
		}
		if left := s.store.keys(); len(left) > 0 {
			t.Errorf("left in the queue: %v", left)
		}
		if n := strings.Count(s.begun(), "buggy"); n != 3 {
			t.Errorf("the one whose handler panicked was begun %d times", n)
		}
		if got := s.log.String(); !strings.Contains(got, "handler panicked") || !strings.Contains(got, "runner_test.go") {
			t.Error("the panic is not in the log with its place")
		}
	})
}

func TestRunnerUnknownKind(t *testing.T) {
	inShop(t, 4, func(s *shop) {
		if err := s.store.Commit(s.t.Context(), Change{Add: []Errand{{Key: "new", Kind: "of another release", Due: time.Now()}}}); err != nil {
			t.Fatal(err)
		}
		s.Wake()
		s.settle()
		if e, _ := s.store.errand("new"); e.Tries != 1 || !e.Due.After(time.Now()) {
			t.Errorf("it stands in the queue as %+v", e)
		}
	})
}

// A store that cannot write must not be run against: what cannot be put back stays in hand for its pause.
func TestRunnerStoreFails(t *testing.T) {
	inShop(t, 4, func(s *shop) {
		gate := make(chan struct{})
		s.hold["work"] = gate
		s.add(Errand{Key: "work", Due: time.Now()})
		s.Wake()
		s.begins("work")
		s.store.broken(errors.New("disk full"))
		close(gate)
		time.Sleep(4 * time.Second)
		s.begins("work")
		s.store.broken(nil)
		time.Sleep(3 * time.Second)
		s.begins("work work")
		if n := len(s.store.keys()); n != 0 {
			t.Errorf("%d are left", n)
		}
		s.store.broken(errors.New("disk full"))
		time.Sleep(time.Hour) // the queue cannot even be read
		s.store.broken(nil)
		s.add(Errand{Key: "more", Due: time.Now()})
		s.Wake()
		time.Sleep(2 * time.Second)
		s.begins("work work more")
	})
}

// What cannot even be put back is not done again for as long as that is so: a message that was sent and not noted would be sent every few
// seconds. Once the store takes it, it is done again after its pause.
func TestRunnerOnAFullDisk(t *testing.T) {
	inShop(t, 4, func(s *shop) {
		gate := make(chan struct{})
		s.hold["work"] = gate
		s.add(Errand{Key: "work", Due: time.Now()})
		s.Wake()
		s.begins("work")
		s.store.full(&Error{Code: Unavailable, Err: errors.New("no space left on device")})
		close(gate)
		time.Sleep(time.Hour)
		s.begins("work")
		if n := strings.Count(s.log.String(), "errand not put back"); n != 1 {
			t.Errorf("it is logged %d times in an hour", n)
		}
		s.store.full(nil)
		time.Sleep(9 * time.Second)
		s.begins("work")
		time.Sleep(2 * time.Second)
		s.begins("work work")
		if n := len(s.store.keys()); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

// Stopping waits for what is in hand, which is not cut off, and begins nothing more.
func TestRunnerStops(t *testing.T) {
	inShop(t, 1, func(s *shop) {
		gate := make(chan struct{})
		s.hold["in hand"] = gate
		s.add(Errand{Key: "in hand", Due: time.Now()})
		s.Wake()
		s.begins("in hand")
		s.add(Errand{Key: "next", Due: time.Now()})
		s.stop()
		synctest.Wait()
		select {
		case <-s.ended:
			t.Fatal("it did not wait")
		default:
		}
		time.Sleep(time.Minute)
		close(gate)
		<-s.ended
		s.begins("in hand")
		if diff := cmp.Diff([]string{"next"}, s.store.keys()); diff != "" {
			t.Error("the queue (-want +got)", diff)
		}
	})
}

// An errand that was written again while it ran is run again, and one that was dropped is not.
func TestRunnerRewritten(t *testing.T) {
	inShop(t, 4, func(s *shop) {
		gate := make(chan struct{})
		s.hold["card"] = gate
		s.add(Errand{Key: "card", Due: time.Now()})
		s.Wake()
		s.begins("card")
		s.add(Errand{Key: "card", Due: time.Now()})
		s.Wake()
		s.begins("card") // not beside itself
		close(gate)
		s.settle()
		s.begins("card card")
	})
}

func TestSettleGivesUp(t *testing.T) {
	inShop(t, 1, func(s *shop) {
		s.hold["long"] = make(chan struct{})
		s.add(Errand{Key: "long", Due: time.Now()})
		ctx, cancel := context.WithTimeout(s.t.Context(), time.Second)
		defer cancel()
		if _, err := s.Settle(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
		close(s.hold["long"])
		if n := s.settle(); n != 1 {
			t.Errorf("%d were run", n)
		}
		if n := s.settle(); n != 0 {
			t.Errorf("%d were run since", n)
		}
	})
}
