package store

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// slack is how far the times of entries may stand out of order: each process
// goes by its own clock.
const slack = 48 * time.Hour

// Since implements flows.Store. It reads the headers of the log from about that
// time on, and the bodies of the loose entries only.
func (s *Store) Since(ctx context.Context, from time.Time, kinds ...flows.Kind) ([]flows.CaseID, []flows.Record, error) {
	var streams []flows.CaseID
	var loose []flows.Record
	err := s.view(ctx, "read the log", func(tx kv.Tx) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		size := h.edge.Size()
		first, err := firstSince(tx, size, from.Add(-slack))
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for seq := first; seq < size; seq++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			head, err := headerOf(tx, seq)
			if err != nil {
				return err
			}
			switch {
			case head.Time.Before(from):
			case head.Stream != "" && !seen[head.Stream]:
				seen[head.Stream] = true
				streams = append(streams, flows.CaseID(head.Stream))
			case head.Stream == "" && slices.Contains(kinds, flows.Kind(head.Kind)):
				r, err := looseRecord(tx, seq, head)
				if err != nil {
					return err
				}
				loose = append(loose, r)
			}
		}
		return nil
	})
	return streams, loose, err
}

// firstSince is the first entry of a log of that size whose time is not before from.
func firstSince(tx kv.Tx, size int64, from time.Time) (int64, error) {
	var failed error
	i := sort.Search(int(size), func(i int) bool {
		h, err := headerOf(tx, int64(i))
		if err != nil {
			failed = err
			return true
		}
		return !h.Time.Before(from)
	})
	return int64(i), failed
}

func headerOf(tx kv.Tx, seq int64) (evidence.Header, error) {
	_, header, err := readLeaf(tx, seq)
	if err != nil {
		return evidence.Header{}, err
	}
	h, err := evidence.ParseHeader(header)
	if err != nil {
		return h, fmt.Errorf("entry %d: %w", seq, err)
	}
	return h, nil
}

func looseRecord(tx kv.Tx, seq int64, h evidence.Header) (flows.Record, error) {
	r := flows.Record{Seq: seq, Kind: flows.Kind(h.Kind), Entry: flows.Entry{At: h.Time}}
	body, err := readBody(tx, seq)
	if err != nil {
		return r, err
	}
	if r.Erased = body.body == nil; r.Erased {
		return r, nil
	}
	if r.Entry, err = decodeEntry(h, body.body); err != nil {
		return r, fmt.Errorf("entry %d: %w", seq, err)
	}
	return r, nil
}
