package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// view runs f on one moment of the store and gives its errors their code.
func (s *Store) view(ctx context.Context, what string, f func(kv.Tx) error) error {
	err := s.db.View(ctx, f)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, err)
	case flows.CodeOf(err) != flows.Internal:
		return err
	}
	return unavailable(fmt.Errorf("%s: %w", what, err))
}

// Case implements flows.Store.
func (s *Store) Case(ctx context.Context, id flows.CaseID) (flows.Case, error) {
	var c flows.Case
	if id == "" || len(id) > maxName {
		return c, unknownCase("of that name")
	}
	err := s.view(ctx, "read case "+string(id), func(tx kv.Tx) (err error) {
		c, err = s.readCase(tx, id)
		return err
	})
	return c, err
}

// readCase reads a case in a View.
func (s *Store) readCase(tx kv.Tx, id flows.CaseID) (flows.Case, error) {
	row, err := tx.Get(caseKey(id))
	if err != nil {
		return flows.Case{}, err
	}
	if row == nil {
		s.decoded.forget(id)
		return flows.Case{}, unknownCase(id)
	}
	return s.decoded.decode(id, row)
}

// Cases implements flows.Store.
func (s *Store) Cases(ctx context.Context, key string) ([]flows.Case, error) {
	var out []flows.Case
	prefix := indexKey(key, "")
	err := s.view(ctx, "list cases", func(tx kv.Tx) error {
		return tx.Scan(prefix, after(prefix), func(k, _ []byte) (bool, error) {
			c, err := s.readCase(tx, flows.CaseID(k[len(prefix):]))
			out = append(out, c)
			return true, err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Stamps implements flows.Store.
func (s *Store) Stamps(ctx context.Context, key string) ([]flows.Stamp, error) {
	var out []flows.Stamp
	prefix := indexKey(key, "")
	err := s.view(ctx, "list cases", func(tx kv.Tx) error {
		return tx.Scan(prefix, after(prefix), func(k, _ []byte) (bool, error) {
			id := flows.CaseID(k[len(prefix):])
			row, err := tx.Get(caseKey(id))
			if err == nil && len(row) < 8 {
				err = fmt.Errorf("read case %s: %w", id, errRow)
			}
			out = append(out, flows.Stamp{ID: id, Version: versionOf(row)})
			return err == nil, err
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// splitCase splits a reference such as J-2026-0042 into J-2026 and 42.
func splitCase(id flows.CaseID) (prefix string, n int64, ok bool) {
	i := strings.LastIndexByte(string(id), '-')
	if i <= 0 {
		return "", 0, false
	}
	n, err := strconv.ParseInt(string(id[i+1:]), 10, 64)
	return string(id[:i]), n, err == nil && n > 0
}

// raiseRange notes that the number of a new case is in use.
func (b *batch) raiseRange(id flows.CaseID) error {
	prefix, n, ok := splitCase(id)
	if !ok {
		return nil
	}
	last, err := lastOf(b.tx, prefix)
	if err != nil || last >= n {
		return err
	}
	return b.tx.Put(rangeKey(prefix), number(n))
}

func lastOf(tx kv.Tx, prefix string) (int64, error) {
	v, err := tx.Get(rangeKey(prefix))
	switch {
	case err != nil || v == nil:
		return 0, err
	case len(v) != 8:
		return 0, fmt.Errorf("read the last number of %s: %w", prefix, errRow)
	}
	return int64(binary.BigEndian.Uint64(v)), nil
}

// NextCase implements flows.Store.
func (s *Store) NextCase(ctx context.Context, k flows.EventKind, year int) (flows.CaseID, error) {
	prefix := fmt.Sprintf("%s-%d", k.Letter(), year)
	var last int64
	if err := s.view(ctx, "find the next case", func(tx kv.Tx) (err error) {
		last, err = lastOf(tx, prefix)
		return err
	}); err != nil {
		return "", err
	}
	return flows.CaseID(fmt.Sprintf("%s-%04d", prefix, last+1)), nil
}

// Records implements flows.Store. A stream without entries has none.
func (s *Store) Records(ctx context.Context, stream flows.CaseID) ([]flows.Record, error) {
	var out []flows.Record
	err := s.view(ctx, "read the entries of "+string(stream), func(tx kv.Tx) error {
		return scanStream(tx, string(stream), func(seq int64, _, header []byte, body bodyRow) error {
			h, err := evidence.ParseHeader(header)
			if err != nil {
				return err
			}
			r := flows.Record{Seq: seq, Kind: flows.Kind(h.Kind), Erased: body.body == nil, Entry: flows.Entry{Case: stream, At: h.Time}}
			if !r.Erased {
				if r.Entry, err = decodeEntry(h, body.body); err != nil {
					return fmt.Errorf("entry %d: %w", seq, err)
				}
			}
			out = append(out, r)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// scanStream reads the rows of the entries of one stream in order.
func scanStream(tx kv.Tx, stream string, f func(seq int64, hashes, header []byte, body bodyRow) error) error {
	prefix := streamKey(stream, 0)
	prefix = prefix[:len(prefix)-8]
	return tx.Scan(prefix, after(prefix), func(_, v []byte) (bool, error) {
		if len(v) != 8 {
			return false, fmt.Errorf("list the entries of %s: %w", stream, errRow)
		}
		seq := int64(binary.BigEndian.Uint64(v))
		hashes, header, err := readLeaf(tx, seq)
		if err != nil {
			return false, err
		}
		body, err := readBody(tx, seq)
		if err != nil {
			return false, err
		}
		return true, f(seq, hashes, header, body)
	})
}

// Recall implements flows.Store.
func (s *Store) Recall(ctx context.Context, key string) ([]byte, error) {
	var v []byte
	err := s.view(ctx, "recall a memo", func(tx kv.Tx) (err error) {
		if key != "" && len(key) <= maxName {
			v, err = tx.Get(memoKey(key))
		}
		if err == nil && v == nil {
			err = &flows.Error{Code: flows.NotFound, Say: "Nothing is known about that.", Err: fmt.Errorf("no memo of that key")}
		}
		return err
	})
	return v, err
}

// RecallAll implements flows.Store.
func (s *Store) RecallAll(ctx context.Context, prefix string) ([]flows.Memo, error) {
	var out []flows.Memo
	from := memoKey(prefix)
	err := s.view(ctx, "recall memos", func(tx kv.Tx) error {
		return tx.Scan(from, after(from), func(k, v []byte) (bool, error) {
			out = append(out, flows.Memo{Key: string(k[len("p/"):]), Value: v})
			return true, nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// lanes is the number of lanes of the queue: the first byte of a place is one of them, in order.
const lanes = byte(2)

// Due implements flows.Store.
func (s *Store) Due(ctx context.Context, now time.Time, limit int, held func(flows.ErrandRef) bool) ([]flows.Errand, error) {
	if limit <= 0 {
		return nil, nil
	}
	var out []flows.Errand
	end := placeOf(flows.Errand{Due: now})
	err := s.view(ctx, "list what is due", func(tx kv.Tx) error {
		for lane := range lanes {
			from := place{lane}
			to := end
			to[0] = lane
			if len(out) == limit {
				return nil
			}
			if err := tx.Scan(queueKey(from, ""), after(queueKey(to, "")), func(k, v []byte) (bool, error) {
				e, err := s.queued(tx, k, v, held)
				if err == nil && e.Key != "" {
					out = append(out, e)
				}
				return len(out) < limit, err
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// queued is the errand of a queue row, which must name its place and generation. One that is held is the zero errand.
func (s *Store) queued(tx kv.Tx, k, v []byte, held func(flows.ErrandRef) bool) (flows.Errand, error) {
	p, key, ok := splitQueue(k)
	if !ok || len(v) != 8 {
		return flows.Errand{}, errRow
	}
	want := int64(binary.BigEndian.Uint64(v))
	ref := flows.ErrandRef{Key: key, Gen: want, Urgent: p[0] == 0}
	if held != nil && held(ref) {
		return flows.Errand{}, nil
	}
	if e, ok := s.fresh.find(ref); ok {
		return e, nil
	}
	row, err := tx.Get(errandKey(key))
	if err != nil {
		return flows.Errand{}, err
	}
	gen, at, err := splitErrand(row)
	if err != nil || at != p || gen != want {
		return flows.Errand{}, fmt.Errorf("read errand %s: %w", key, errRow)
	}
	return decodeErrand(row)
}

func splitQueue(k []byte) (p place, key string, ok bool) {
	rest, ok := bytes.CutPrefix(k, []byte("q/"))
	if !ok || len(rest) <= len(p) {
		return p, "", false
	}
	return place(rest[:len(p)]), string(rest[len(p):]), true
}

// NextDue implements flows.Store.
func (s *Store) NextDue(ctx context.Context) (next time.Time, found bool, err error) {
	err = s.view(ctx, "find what is due next", func(tx kv.Tx) error {
		for lane := range lanes {
			prefix := []byte{'q', '/', lane}
			if err := tx.Scan(prefix, after(prefix), func(k, _ []byte) (bool, error) {
				p, _, ok := splitQueue(k)
				if !ok {
					return false, errRow
				}
				if due := p.due(); !found || due.Before(next) {
					next, found = due, true
				}
				return false, nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return time.Time{}, false, err
	}
	return next, found, nil
}
