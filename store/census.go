package store

import (
	"context"
	"time"

	"muster/store/kv"
)

// Census is how much there is.
type Census struct {
	Due, Later int   // errands: due by then, and later
	Entries    int64 // of the log
}

// Census counts without decoding anything: a hundred thousand errands take some tens of milliseconds.
func (s *Store) Census(ctx context.Context, now time.Time) (Census, error) {
	s.mu.Lock()
	c := Census{Entries: s.head.edge.Size()}
	s.mu.Unlock()
	err := s.view(ctx, "count the queue", func(tx kv.Tx) error {
		return tx.Scan([]byte("q/"), after([]byte("q/")), func(k, _ []byte) (bool, error) {
			p, _, ok := splitQueue(k)
			if !ok {
				return false, errRow
			}
			if p.due().After(now) {
				c.Later++
			} else {
				c.Due++
			}
			return true, ctx.Err()
		})
	})
	return c, err
}
