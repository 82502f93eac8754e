package teams

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/semaphore"
)

// turns lets one turn at a time into each conversation, in the order in which
// they came. The zero value is ready. It holds nothing for a conversation in
// which nobody is or waits.
type turns struct {
	mu   sync.Mutex
	open map[string]*turn // guarded by mu
}

type turn struct {
	people int                 // in or waiting; guarded by turns.mu
	door   *semaphore.Weighted // first come, first served
}

// mostInLine is how many turns of one conversation wait at most. More than that
// is no conversation: they are refused, so that they do not pile up in memory.
const mostInLine = 256

var errLine = errors.New("too many turns wait in this conversation")

// enter waits for the conversation. The caller calls leave when it is done, and
// only when there was no error.
func (t *turns) enter(ctx context.Context, key string) (leave func(), err error) {
	t.mu.Lock()
	if t.open == nil {
		t.open = map[string]*turn{}
	}
	in := t.open[key]
	if in == nil {
		in = &turn{door: semaphore.NewWeighted(1)}
		t.open[key] = in
	}
	if in.people > mostInLine {
		t.mu.Unlock()
		return nil, errLine
	}
	in.people++
	t.mu.Unlock()

	if err := in.door.Acquire(ctx, 1); err != nil {
		t.gone(key, in)
		return nil, fmt.Errorf("wait for the turn before: %w", err)
	}
	return func() {
		in.door.Release(1)
		t.gone(key, in)
	}, nil
}

func (t *turns) gone(key string, in *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	in.people--
	if in.people == 0 {
		delete(t.open, key)
	}
}
