package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"

	"muster/store/evidence"
	"muster/store/kv"
)

// maxBatch bounds how many changes share one transaction.
const maxBatch = 256

// work is one change on its way through the writer.
type work struct {
	// reads are the keys of rows that check and write will read, as far as they are known before; nil: none is.
	reads func(today uint32) [][]byte
	// check reads and says why the change cannot be made. Nothing is written
	// then, and the other changes of the batch are not harmed.
	check func(*batch) error
	// write writes. An error is one of the database and ends the batch.
	write func(*batch) error
	err   error
	done  chan struct{}
}

// batch is one transaction of the writer.
type batch struct {
	tx     kv.Tx
	head   head
	today  uint32
	swept  uint32           // the day for which no old turn is left to be forgotten
	counts map[string]int64 // entries of the streams touched
	hashes []evidence.Hash  // scratch
	leaf   []byte           // scratch
	wrote  bool
}

// do puts w in the queue and waits for its outcome. It does not stop waiting
// when the caller's context ends: the change may be stored by then, and the
// writer is never far behind.
func (s *Store) do(w *work) error {
	w.done = make(chan struct{})
	s.closing.RLock()
	if s.closed {
		s.closing.RUnlock()
		return unavailable(kv.ErrClosed)
	}
	s.queue <- w
	s.closing.RUnlock()
	<-w.done
	return w.err
}

// write is the one goroutine that writes. Close waits for it.
func (s *Store) write(ctx context.Context) {
	defer close(s.stopped)
	works := make([]*work, 0, maxBatch)
	stale := false // the last transaction may or may not have been stored
	for first := range s.queue {
		works = s.collect(append(works[:0], first))
		if stale {
			if err := s.reload(ctx); err != nil {
				fail(works, unavailable(err))
				answer(works)
				continue
			}
			stale = false
		}
		if err := s.writeBatch(ctx, works); err != nil {
			stale = true
			fail(works, unavailable(fmt.Errorf("commit: %w", err)))
		}
		answer(works)
	}
}

func answer(works []*work) {
	for _, w := range works {
		close(w.done)
	}
}

// fail gives all changes of a batch the same error, also those that had one
// of their own: it may rest on a change that now is not there.
func fail(works []*work, err error) {
	for _, w := range works {
		w.err = err
	}
}

// collect adds to works what waits now, and what is being prepared at this
// moment: those will be here in microseconds, and a sync of the disk takes
// hundreds of them.
func (s *Store) collect(works []*work) []*work {
	yields, spins := 0, 0
	for len(works) < maxBatch {
		select {
		case w, open := <-s.queue:
			if !open {
				return works
			}
			works = append(works, w)
			continue
		default:
		}
		if yields == maxYields || spins == maxSpins {
			return works
		}
		spins++
		if s.arriving.Load() == 0 {
			yields++ // give those just answered a chance to come back
		}
		runtime.Gosched()
	}
	return works
}

// How long collect waits, in rounds of the scheduler. Measured: see CHOICES.md.
const (
	maxYields = 4
	maxSpins  = 30
)

// errNothing ends a transaction in which no change could be made.
var errNothing = errors.New("nothing to write")

func (s *Store) writeBatch(ctx context.Context, works []*work) error {
	b := batch{today: day(s.now()), swept: s.swept, counts: make(map[string]int64)}
	err := s.db.Update(ctx, func(tx kv.Tx) error {
		b.tx, b.head = tx, s.head // only this goroutine writes s.head
		if err := b.fetch(works); err != nil {
			return err
		}
		for _, w := range works {
			if w.err = w.check(&b); w.err != nil {
				continue
			}
			b.wrote = true
			if err := w.write(&b); err != nil {
				return err
			}
		}
		if !b.wrote {
			return errNothing
		}
		return b.finish()
	})
	switch {
	case errors.Is(err, errNothing):
		return nil
	case err != nil:
		return err
	}
	s.swept = b.swept
	s.mu.Lock()
	s.head = b.head
	s.mu.Unlock()
	return nil
}

// fetch reads what the changes will read, at once where that is faster.
func (b *batch) fetch(works []*work) error {
	f, ok := b.tx.(kv.Fetcher)
	if !ok {
		return nil
	}
	var keys [][]byte
	for _, w := range works {
		if w.reads != nil {
			keys = append(keys, w.reads(b.today)...)
		}
	}
	return f.Fetch(keys)
}

// finish writes what all changes of the batch share.
func (b *batch) finish() error {
	for stream, n := range b.counts {
		if err := b.tx.Put(countKey(stream), number(n)); err != nil {
			return err
		}
	}
	if err := b.sweep(); err != nil {
		return err
	}
	return b.tx.Put([]byte(headRow), b.head.row())
}

// sweepRows is how many old turns one batch forgets at most.
const sweepRows = 64

// sweep forgets turns of the days before yesterday: each was kept for 24 to 48 hours. When none is left it looks again tomorrow.
func (b *batch) sweep() error {
	if b.today == 0 || b.today == b.swept {
		return nil
	}
	var old [][]byte
	if err := b.tx.Scan([]byte("t/"), turnKey(b.today-1, ""), func(key, _ []byte) (bool, error) {
		old = append(old, key)
		return len(old) < sweepRows, nil
	}); err != nil {
		return err
	}
	for _, key := range old {
		if err := b.tx.Delete(key); err != nil {
			return err
		}
	}
	if len(old) < sweepRows {
		b.swept = b.today
	}
	return nil
}

// seen reports whether a turn was handled.
func (b *batch) seen(turn string) (bool, error) {
	for _, d := range []uint32{b.today, max(b.today, 1) - 1} {
		v, err := b.tx.Get(turnKey(d, turn))
		if v != nil || err != nil {
			return v != nil, err
		}
	}
	return false, nil
}

// count is the number of entries in a stream.
func (b *batch) count(stream string) (int64, error) {
	if n, ok := b.counts[stream]; ok {
		return n, nil
	}
	v, err := b.tx.Get(countKey(stream))
	switch {
	case err != nil || v == nil:
		return 0, err
	case len(v) != 8:
		return 0, fmt.Errorf("count the entries of %s: %w", stream, errRow)
	}
	return int64(binary.BigEndian.Uint64(v)), nil
}

// reload reads the head again after a transaction whose outcome is not known.
func (s *Store) reload(ctx context.Context) error {
	var h head
	if err := s.db.View(ctx, func(tx kv.Tx) (err error) {
		h, err = readHead(tx)
		return err
	}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head = h
	return nil
}
