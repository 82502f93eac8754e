package kvtest

import (
	"context"
	"errors"
	"sync"

	"muster/store/kv"
)

// ErrFailed is what a Failing database answers when it fails on purpose.
var ErrFailed = errors.New("the database failed on purpose")

// Failing is a database whose n-th Update fails: before anything was stored,
// or after everything was, which the caller cannot tell apart. When it Dies it
// answers nothing but errors from then on, as a process that crashed.
type Failing struct {
	kv.DB
	N     int  // which Update fails, from 1; 0 is none
	After bool // it was stored
	Dies  bool

	mu     sync.Mutex
	count  int
	failed bool
}

// Failed reports whether the n-th Update came.
func (f *Failing) Failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// View implements kv.DB.
func (f *Failing) View(ctx context.Context, do func(kv.Tx) error) error {
	if f.Dies && f.Failed() {
		return ErrFailed
	}
	return f.DB.View(ctx, do)
}

// Update implements kv.DB.
func (f *Failing) Update(ctx context.Context, do func(kv.Tx) error) error {
	if f.Dies && f.Failed() {
		return ErrFailed
	}
	f.mu.Lock()
	f.count++
	now := f.count == f.N
	f.failed = f.failed || now
	f.mu.Unlock()
	if !now {
		return f.DB.Update(ctx, do)
	}
	err := f.DB.Update(ctx, func(tx kv.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		if !f.After {
			return ErrFailed
		}
		return nil
	})
	if err != nil {
		return err
	}
	return ErrFailed
}
