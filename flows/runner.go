package flows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Handler runs one errand. It finishes the errand in its own last commit (Change.Done); an error leaves the errand in the queue.
type Handler func(ctx context.Context, er Errand) error

// Handlers are the engine's own errands. The bot adds those that need Teams: cards, answers, sentences.
func (e *Engine) Handlers() map[string]Handler {
	return map[string]Handler{StepErrand: e.runStep, RemindErrand: e.remind, EscalateErrand: e.escalate, DraftErrand: e.checkDraft, CloseErrand: e.closeCase, LeaveErrand: e.escalateReturn, DeletionErrand: e.askDeletion, StandInErrand: e.standIn, RerouteErrand: e.reroute, SeatErrand: e.lookForSeats, DriftErrand: e.sweep, BulkErrand: e.workBulk, MoverErrand: e.runMover, OverlapErrand: e.settleOverlap, DelegationErrand: e.runDelegation, ContractErrand: e.contract, CheckpointErrand: e.runCheckpoint, PublishErrand: e.publish, ReviewErrand: e.runReview, ChaseErrand: e.chase, EraseErrand: e.erase, ScrubErrand: e.scrub, ExpireErrand: e.expire, PopulationErrand: e.forgetPopulation, PlaceErrand: e.placePolicy, StaleErrand: e.lapseStale}
}

// Runner takes due errands from the queue and runs them: those of one lane one after another, different lanes side by side, urgent ones
// first. Work is lost by nothing: an errand leaves the queue in the same commit as its effect, so one that was running when the process
// died is simply still there.
type Runner struct {
	Store    Store
	Handlers map[string]Handler
	Now      func() time.Time
	Changed  func() <-chan struct{} // closed when the clock is moved; may be nil
	Workers  int                    // side by side; 0 is 24. Two thirds of them at most are in the directory, so that cards and answers find a hand
	Log      *slog.Logger

	mu      sync.Mutex
	running map[string]int64 // what is in hand: generations by key
	over    map[string]int64 // what ended since the last look at the queue began, which may still show it
	lanes   map[string]bool
	slow    int  // how many of those in hand work in the directory and are not urgent
	left    bool // the last look left something that is due, because its lane or all hands were busy
	ran     int
	wake    chan struct{}
	waiting []chan struct{} // closed when a look at the queue that began after they were added finds nothing due and nothing in hand
}

// Wake makes the runner look at the queue now. It never blocks.
func (r *Runner) Wake() {
	r.init()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *Runner) init() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running == nil {
		r.running, r.over, r.lanes = map[string]int64{}, map[string]int64{}, map[string]bool{}
		r.wake = make(chan struct{}, 1)
		if r.Workers == 0 {
			r.Workers = 24
		}
	}
}

// Run works until ctx ends, then waits for what it has in hand.
func (r *Runner) Run(ctx context.Context) error {
	r.init()
	work := make(chan Errand)
	var hands sync.WaitGroup
	for range r.Workers + urgentHands {
		hands.Go(func() {
			for er := range work {
				r.runOne(ctx, er)
				r.finish(er)
			}
		})
	}
	defer hands.Wait()
	defer close(work)
	for {
		next, err := r.start(ctx, work)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			r.Log.ErrorContext(ctx, "queue not read", slog.Any("error", err))
			next = time.Second
		}
		var changed <-chan struct{}
		if r.Changed != nil {
			changed = r.Changed()
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-r.wake:
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// urgentHands are the hands that only urgent errands get.
const urgentHands = 4

// start hands out what is due, and says how long nothing else will be.
func (r *Runner) start(ctx context.Context, work chan<- Errand) (time.Duration, error) {
	// While something is in hand, its end need not wake us, and what falls due meanwhile does not wait for it.
	const busy, longest = time.Second, time.Minute
	waiting, hands, idle := r.look()
	if hands == 0 {
		return busy, nil
	}
	_, paused, err := readPause(ctx, r.Store)
	if err != nil {
		return 0, err
	}
	held := r.held
	if paused {
		held = func(ref ErrandRef) bool { return ref.paused() || r.held(ref) }
	}
	for limit := 4 * r.Workers; ; limit *= 4 {
		due, err := r.Store.Due(ctx, r.Now(), limit, held)
		if err != nil {
			return 0, err
		}
		for _, er := range due {
			if r.take(er) {
				work <- er // a hand is free, or about to be
			}
		}
		idle = idle && len(due) == 0
		if len(due) < limit || r.full() {
			break
		} // else one long lane may stand before all the others: look further
	}
	if !idle {
		return busy, nil
	}
	r.reportIdle(waiting)
	next, ok, err := r.Store.NextDue(ctx)
	if err != nil || !ok {
		return longest, err
	}
	if paused && !next.After(r.Now()) {
		return busy, nil // it is due and waits; whatever else falls due is seen within a second
	}
	return min(max(next.Sub(r.Now()), time.Millisecond), longest), nil
}

// look begins a look at the queue: how many wait to be told that nothing is due, how many hands are free, whether none is busy.
func (r *Runner) look() (waiting, hands int, idle bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.over)
	hands = r.Workers + urgentHands - len(r.running)
	r.left = hands == 0
	return len(r.waiting), hands, len(r.running) == 0
}

func (r *Runner) full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.running) >= r.Workers
}

// held reports whether a line of the queue is nothing to start: it is in hand, or ended after the queue was looked at, or enough are in
// the directory already. One that was written again meanwhile has another generation and is something to start.
func (r *Runner) held(ref ErrandRef) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running[ref.Key] == ref.Gen || r.over[ref.Key] == ref.Gen {
		return true
	}
	if ref.slow() && r.slow >= r.slowHands() {
		r.left = true
		return true
	}
	return false
}

// slowHands is how many hands may be in the directory at a time.
func (r *Runner) slowHands() int { return max(1, r.Workers*2/3) }

// reportIdle tells the first n of those who wait.
func (r *Runner) reportIdle(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.running) > 0 {
		return
	}
	for _, c := range r.waiting[:n] {
		close(c)
	}
	r.waiting = r.waiting[n:]
}

// take claims an errand, unless it or its lane is in hand or all hands are full. Urgent errands have hands of their own.
func (r *Runner) take(er Errand) bool {
	if r.held(er.Ref()) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	full := len(r.running) >= r.Workers
	if er.Urgent {
		full = len(r.running) >= r.Workers+urgentHands
	}
	if full || r.running[er.Key] != 0 || (er.Lane != "" && r.lanes[er.Lane]) {
		r.left = true
		return false
	}
	r.running[er.Key] = er.Gen
	if er.Ref().slow() {
		r.slow++
	}
	if er.Lane != "" {
		r.lanes[er.Lane] = true
	}
	return true
}

// finish ends a run. It looks at the queue again where that may start something, or tell somebody that nothing is left to do.
func (r *Runner) finish(er Errand) {
	r.mu.Lock()
	delete(r.running, er.Key)
	delete(r.lanes, er.Lane)
	if er.Ref().slow() {
		r.slow--
	}
	r.over[er.Key] = er.Gen
	r.ran++
	again := r.left || len(r.waiting) > 0 || len(r.running) == 0
	r.mu.Unlock()
	if again {
		r.Wake()
	}
}

// errandTime is the longest one errand may take. What it leaves undone is tried again.
const errandTime = 2 * time.Minute

// runOne runs an errand and, when it fails, puts it back for later. The store decides nothing here: whatever the handler did not commit
// did not happen.
func (r *Runner) runOne(stop context.Context, er Errand) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stop), errandTime)
	defer cancel()
	err := r.handle(ctx, er)
	if err == nil {
		return
	}
	log := r.Log.With(slog.String("errand", er.Kind), slog.String("case", string(er.Case)), slog.Int("tries", er.Tries))
	wait := backoff(er.Tries)
	if fe, ok := errors.AsType[*Error](err); ok {
		wait = max(wait, fe.RetryAfter)
	}
	log.WarnContext(ctx, "errand put back", slog.Any("error", err), slog.Duration("wait", wait))
	for tries := 0; ; tries++ {
		again := er
		again.Tries++
		again.Due = r.Now().Add(wait).UTC()
		// The handler may have used up its time; putting back has its own.
		back, cancelBack := context.WithTimeout(context.WithoutCancel(stop), errandTime)
		err := r.Store.Commit(back, Change{Done: []ErrandRef{er.Ref()}, Add: []Errand{again}})
		cancelBack()
		if err == nil {
			return
		}
		if tries == 0 {
			log.ErrorContext(stop, "errand not put back", slog.Any("error", err))
		}
		// It is still in the queue at its old time. It is held in hand until the store takes it: a message that was sent and could not be noted
		// would be sent again and again for as long as the disk is full.
		select {
		case <-time.After(min(wait, holdFor)):
		case <-stop.Done():
			return
		}
		if CodeOf(err) != Unavailable {
			return
		}
	}
}

// holdFor is how long an errand that cannot be put back is held until that is tried again.
const holdFor = 5 * time.Second

// handle runs an errand's handler. A panic is a bug that concerns this errand alone: it stays in the queue like any other failure, because
// a process that dies of it would die of it again at every start, and with it the work of everybody else.
func (r *Runner) handle(ctx context.Context, er Errand) (err error) {
	h, ok := r.Handlers[er.Kind]
	if !ok {
		return fmt.Errorf("no handler for errand kind %q", er.Kind)
	}
	defer func() {
		if p := recover(); p != nil {
			r.Log.ErrorContext(ctx, "handler panicked", slog.String("errand", er.Kind), slog.String("case", string(er.Case)), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("handler of %s panicked: %T", er.Kind, p) // the value may hold names
		}
	}()
	return h(WithPriority(ctx, er.priority()), er)
}

// Settle waits until nothing is due and nothing is in hand, and says how many errands ran since the last call. For the sandbox and tests.
func (r *Runner) Settle(ctx context.Context) (int, error) {
	r.init()
	idle := make(chan struct{})
	r.mu.Lock()
	r.waiting = append(r.waiting, idle)
	r.mu.Unlock()
	r.Wake()
	select {
	case <-idle:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.ran
	r.ran = 0
	return n, nil
}

// DecodeErrand reads an errand's body.
func DecodeErrand[T any](er Errand) (T, error) {
	var v T
	if err := json.Unmarshal(er.Body, &v); err != nil {
		return v, fmt.Errorf("read errand %s: %w", er.Kind, err)
	}
	return v, nil
}
