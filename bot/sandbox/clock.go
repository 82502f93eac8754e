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
	start   time.Time
	wall    func() time.Time
	began   time.Time
	moved   time.Duration
	last    time.Time
	changed chan struct{}
}

// NewClock starts a clock at start that runs with wall.
func NewClock(start time.Time, wall func() time.Time) *Clock {
	return &Clock{start: start, wall: wall, began: wall(), changed: make(chan struct{})}
}

// Now is the sandbox's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *Clock) nowLocked() time.Time {
	t := c.start.Add(c.wall().Sub(c.began) + c.moved)
	if t.Before(c.last) { // the wall clock was set back
		return c.last
	}
	c.last = t
	return t
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

// Advance moves the clock forward by d; a d that is not positive changes nothing.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d > 0 {
		c.moveLocked(d)
	}
}

func (c *Clock) moveLocked(d time.Duration) {
	c.moved += d
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
