package flows

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slowQueue lets something happen between the moment that a look at the queue sees and its answer.
type slowQueue struct {
	*memory
	meanwhile func() // once; may be nil
}

func (q *slowQueue) Due(ctx context.Context, now time.Time, limit int, held func(ErrandRef) bool) ([]Errand, error) {
	seen, err := q.memory.Due(ctx, now, limit, nil)
	if f := q.meanwhile; f != nil {
		q.meanwhile = nil
		f()
	}
	var out []Errand
	for _, er := range seen {
		if held == nil || !held(er.Ref()) {
			out = append(out, er)
		}
	}
	return out, err
}

// An errand that ends while the queue is read is not begun again: what it did is done, and a person would be answered twice. Nor does the
// look tell those who wait that nothing is left, when the errand left something.
func TestRunnerEndsWhileTheQueueIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &slowQueue{memory: newMemory()}
		var begun []string
		gate := make(chan struct{})
		r := &Runner{Store: q, Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Handlers: map[string]Handler{
			"work": func(ctx context.Context, er Errand) error {
				begun = append(begun, er.Key) // one at a time here
				ch := Change{Done: []ErrandRef{er.Ref()}}
				if er.Key == "first" {
					<-gate
					ch.Add = []Errand{{Key: "second", Kind: "work", Due: time.Now()}}
				}
				return q.Commit(ctx, ch)
			},
		}}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		if err := q.Commit(ctx, Change{Add: []Errand{{Key: "first", Kind: "work", Due: time.Now()}}}); err != nil {
			t.Fatal(err)
		}
		r.Wake()
		synctest.Wait()
		q.meanwhile = func() { // the next look has seen the first, which now ends
			close(gate)
			synctest.Wait()
		}
		if n, err := r.Settle(ctx); err != nil || n != 2 {
			t.Errorf("settled after %d errands, %v", n, err)
		}
		if len(begun) != 2 || begun[0] != "first" || begun[1] != "second" {
			t.Errorf("begun: %v, want the first and then the second", begun)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Steps wait in the directory for Graph, or for its quota. What people wait for in a chat, and urgent exits, find a hand all the same, however
// many steps stand before them.
func TestRunnerKeepsHandsForPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newMemory()
		gate := make(chan struct{})
		var mu sync.Mutex
		inside, most, answered := 0, 0, []string{}
		done := func(ctx context.Context, er Errand) error {
			return q.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}})
		}
		r := &Runner{Store: q, Now: time.Now, Workers: 6, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Handlers: map[string]Handler{
			StepErrand: func(ctx context.Context, er Errand) error {
				if !er.Urgent {
					mu.Lock()
					inside++
					most = max(most, inside)
					mu.Unlock()
					<-gate
				}
				if got, want := PriorityOf(ctx), er.priority(); got != want || got == Present {
					t.Errorf("%s runs with priority %d, want %d", er.Key, got, want)
				}
				mu.Lock()
				defer mu.Unlock()
				if inside--; er.Urgent {
					inside++
					answered = append(answered, er.Key)
				}
				return done(ctx, er)
			},
			AnswerErrand: func(ctx context.Context, er Errand) error {
				mu.Lock()
				defer mu.Unlock()
				answered = append(answered, er.Key)
				return done(ctx, er)
			},
		}}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		var ch Change
		for i := range 200 {
			key := strconv.Itoa(i)
			ch.Add = append(ch.Add, Errand{Key: StepErrand + "/J-" + key, Kind: StepErrand, Lane: "case/" + key, Due: time.Now().Add(-time.Hour)})
		}
		ch.Add = append(ch.Add, Errand{Key: AnswerErrand + "/one", Kind: AnswerErrand, Lane: "chat/one", Due: time.Now()},
			Errand{Key: StepErrand + "/L-1", Kind: StepErrand, Lane: "case/L-1", Due: time.Now(), Urgent: true})
		if err := q.Commit(ctx, ch); err != nil {
			t.Fatal(err)
		}
		r.Wake()
		synctest.Wait()
		slices.Sort(answered)
		if want := []string{AnswerErrand + "/one", StepErrand + "/L-1"}; !slices.Equal(answered, want) || most != 4 {
			t.Errorf("while %d steps stand still, these were done: %v, want %v", most, answered, want)
		}
		close(gate)
		if n, err := r.Settle(ctx); err != nil || n != 202 {
			t.Errorf("settled after %d errands, %v", n, err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
