package sandbox

import (
	"sync"
	"time"
)

// Clock is the sandbox's time: it runs with the wall clock from a chosen start
// and can be moved forward. It never goes back, because what has been written
// with a time must stay in order.
type Clock struct {
	mu      sync.Mutex
	wall    func() time.Time
	at      time.Time // the time when the wall clock was last read
	seen    time.Time // what it showed
	changed chan struct{}
}

// NewClock starts a clock at start that runs with wall.
func NewClock(start time.Time, wall func() time.Time) *Clock {
	return &Clock{wall: wall, at: start, seen: wall(), changed: make(chan struct{})}
}

// Now is the sandbox's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

// nowLocked adds what has passed; a wall clock that is set back adds nothing.
func (c *Clock) nowLocked() time.Time {
	w := c.wall()
	if d := w.Sub(c.seen); d > 0 {
		c.at = c.at.Add(d)
	}
	c.seen = w
	return c.at
}

// Set moves the clock forward to t and wakes everybody who waits on Changed.
// A t that is not later than now changes nothing.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := t.Sub(c.nowLocked()); d > 0 {
		c.moveLocked(d)
	}
}

// resume puts the clock of a kept sandbox to where it stood, whatever the wall
// says. It is for the opening, before anything was written with a time.
func (c *Clock) resume(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.seen = t, c.wall()
}

// Advance moves the clock forward by d; a d that is not positive changes nothing.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d > 0 {
		c.moveLocked(d)
	}
}

func (c *Clock) moveLocked(d time.Duration) {
	c.at = c.nowLocked().Add(d)
	close(c.changed)
	c.changed = make(chan struct{})
}

// Changed returns a channel that is closed at the next move. Take it before
// looking at Now, or a move in between is missed.
func (c *Clock) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}
