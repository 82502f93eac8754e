package teams

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// Pace is how fast a Connector sends. The zero value keeps Teams' limits of
// October 2026: per conversation 7 in 1 s, 8 in 2 s, 60 in 30 s and 1,800 in an
// hour; per app and tenant 50 in 1 s.
type Pace struct {
	// Unlimited sends at once. It is for benchmarks and rigs; sends to one
	// conversation still come one after the other.
	Unlimited bool
}

// A token bucket lets burst + rate × window through in any window, which the
// numbers below keep under each of the limits above.
const (
	laneRate   rate.Limit = 1 // 7 in 1 s, 8 in 2 s, 36 in 30 s
	laneBurst             = 6
	hourRate   rate.Limit = 0.4 // 1,740 in an hour
	hourBurst             = 300
	appRate    rate.Limit = 40 // 50 in 1 s
	appBurst              = 10
	laneLimit             = 4096 // conversations remembered
	laneQueue             = 16   // calls waiting in one conversation
	shortPause            = 5 * time.Second
)

// lanes paces calls and puts those to one conversation in a line: Teams answers
// 412 to concurrent ones. Limiters run on real time, whatever the business's
// clock says, because Teams does.
type lanes struct {
	unlimited bool
	app       *rate.Limiter

	mu   sync.Mutex
	open map[string]*lane // guarded by mu; at most laneLimit
}

type lane struct {
	people      int // in or waiting; guarded by lanes.mu
	door        *semaphore.Weighted
	short, hour *rate.Limiter
}

func newLanes(p Pace) *lanes {
	return &lanes{unlimited: p.Unlimited, app: rate.NewLimiter(appRate, appBurst), open: map[string]*lane{}}
}

// enter waits for the conversation. A long line is refused at once with the
// time it will take, so that callers do not pile up in memory.
func (l *lanes) enter(ctx context.Context, op, key string) (*lane, func(), error) {
	l.mu.Lock()
	in := l.open[key]
	if in == nil {
		l.makeRoom()
		in = &lane{
			door:  semaphore.NewWeighted(1),
			short: rate.NewLimiter(laneRate, laneBurst), hour: rate.NewLimiter(hourRate, hourBurst),
		}
		l.open[key] = in
	}
	if in.people >= laneQueue && !l.unlimited {
		wait := time.Duration(in.people) * time.Second
		l.mu.Unlock()
		return nil, nil, &Error{Op: op, Temporary: true, RetryAfter: wait}
	}
	in.people++
	l.mu.Unlock()

	gone := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		in.people--
	}
	if err := in.door.Acquire(ctx, 1); err != nil {
		gone()
		return nil, nil, &Error{Op: op, Temporary: true, err: fmt.Errorf("wait for the conversation: %w", err)}
	}
	return in, func() {
		in.door.Release(1)
		gone()
	}, nil
}

// makeRoom forgets conversations nobody is in, when there are too many: those
// whose buckets are full again, with which nothing is lost, or else any one,
// for which Teams' own 429 remains. Called with mu held.
func (l *lanes) makeRoom() {
	if len(l.open) < laneLimit {
		return
	}
	idle := ""
	for key, in := range l.open {
		if in.people > 0 {
			continue
		}
		if idle = key; l.unlimited || in.short.Tokens() >= laneBurst && in.hour.Tokens() >= hourBurst {
			delete(l.open, key)
		}
	}
	if len(l.open) >= laneLimit {
		delete(l.open, idle)
	}
}

// pace waits until one more call may be made; in is nil for a call that belongs
// to no conversation, and says how long that was. A long wait is the caller's.
func (l *lanes) pace(ctx context.Context, op string, in *lane) (time.Duration, error) {
	if l.unlimited {
		return 0, nil
	}
	limits := []*rate.Limiter{l.app}
	if in != nil {
		limits = append(limits, in.short, in.hour)
	}
	var wait time.Duration
	var places []*rate.Reservation
	for _, limit := range limits {
		place := limit.Reserve()
		places = append(places, place)
		wait = max(wait, place.Delay())
	}
	cancel := func() {
		for _, place := range places {
			place.Cancel()
		}
	}
	if wait > shortPause {
		cancel()
		return 0, &Error{Op: op, Temporary: true, RetryAfter: wait}
	}
	if err := pause(ctx, wait); err != nil {
		cancel()
		return 0, &Error{Op: op, Temporary: true, RetryAfter: wait, err: err}
	}
	return wait, nil
}

// pause sleeps, or returns early with the context's error.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("pause: %w", ctx.Err())
	}
}

// Budget is how many messages may be sent at once, whomever they are for, and how many at most; nothing when they are not limited.
func (c *Connector) Budget() (left, most float64) {
	if c.lanes.unlimited {
		return 0, 0
	}
	return c.lanes.app.Tokens(), appBurst
}
