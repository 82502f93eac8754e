package store

import (
	"encoding/binary"
	"fmt"

	"muster/flows"
	"muster/store/kv"
)

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
