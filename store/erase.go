package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"muster/flows"
	"muster/store/kv"
)

// Erase forgets what the entries of a stream say: their bodies and salts, and
// the case that was their fold. Headers stay, so the log and every checkpoint
// still verify. because is logged with it, in another stream or none, and says
// who decided it; each erased body points to it, so a body cannot be taken away
// without an entry. A case that has not ended is refused as Invalid. Memos are
// the caller's to drop.
func (s *Store) Erase(ctx context.Context, stream flows.CaseID, because flows.Entry) error {
	if because.Case == stream {
		return fmt.Errorf("erase %s: the entry that says why would be erased with it", stream)
	}
	c := &commit{s: s, ch: flows.Change{Entries: []flows.Entry{because}}}
	if err := c.prepare(ctx); err != nil {
		return fmt.Errorf("erase %s: %w", stream, err)
	}
	var seqs []int64
	var old []string
	defer s.decoded.forget(stream)
	return s.do(&work{
		check: func(b *batch) (err error) {
			if old, err = erasable(b.tx, stream); err != nil {
				return err
			}
			seqs, err = bodiesOf(b.tx, stream)
			if err == nil && len(seqs) == 0 {
				err = unknownCase(stream)
			}
			return err
		},
		write: func(b *batch) error {
			mark := append([]byte{0}, number(b.head.edge.Size())...)
			if err := c.write(b); err != nil {
				return err
			}
			for _, seq := range seqs {
				if err := b.tx.Put(bodyKey(seq), mark); err != nil {
					return err
				}
			}
			var errs []error
			for _, key := range old {
				errs = append(errs, b.tx.Delete(indexKey(key, stream)))
			}
			return errors.Join(append(errs, b.tx.Delete(caseKey(stream)))...)
		},
	})
}

// erasable refuses a case that is still going on and returns its index keys.
func erasable(tx kv.Tx, id flows.CaseID) ([]string, error) {
	row, err := tx.Get(caseKey(id))
	if err != nil {
		return nil, unavailable(fmt.Errorf("erase %s: %w", id, err))
	}
	if row == nil {
		return nil, nil // a draft
	}
	c, err := decodeCase(row)
	if err != nil {
		return nil, unavailable(fmt.Errorf("erase %s: %w", id, err))
	}
	if !c.Over() {
		return nil, &flows.Error{Code: flows.Invalid, Say: "This case has not ended. End it before its data is erased."}
	}
	return c.Keys(), nil
}

// bodiesOf lists the entries of a stream that still have a body.
func bodiesOf(tx kv.Tx, stream flows.CaseID) ([]int64, error) {
	var seqs []int64
	err := scanStream(tx, string(stream), func(seq int64, _, _ []byte, body bodyRow) error {
		if body.body != nil {
			seqs = append(seqs, seq)
		}
		return nil
	})
	if err != nil {
		return nil, unavailable(fmt.Errorf("erase %s: %w", stream, err))
	}
	return seqs, nil
}

// wasErased reports whether the first entry of a stream has lost its body: no
// case begins anew under such a reference.
func wasErased(tx kv.Tx, stream flows.CaseID) (bool, error) {
	v, err := tx.Get(streamKey(string(stream), 1))
	if err != nil || len(v) != 8 {
		return false, err
	}
	body, err := readBody(tx, int64(binary.BigEndian.Uint64(v)))
	return body.body == nil, err
}
