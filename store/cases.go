package store

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"muster/flows"
	"muster/store/kv"
)

// maxCases bounds how many decoded cases are kept, at some 30 KB each.
const maxCases = 400

// decoded keeps cases as they were decoded, because a list of them is read far
// more often than one of them changes, and decoding is what it costs. A case at
// a version is one and the same for ever, so there is nothing to invalidate.
// Only rows that are known to be stored get in: the writer's own view of a
// version may yet come to nothing.
//
// What a case points to is shared by all who read it, and nobody may change it.
// The fold never does; Check notices who does.
type decoded struct {
	mu    sync.Mutex
	cases map[flows.CaseID]flows.Case // guarded by mu
}

// find returns the case of a row if it was decoded before.
func (d *decoded) find(id flows.CaseID, row []byte) (flows.Case, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.cases[id]
	return c, ok && c.Version == versionOf(row)
}

// keep remembers a case, in place of any other one when there are too many.
func (d *decoded) keep(c flows.Case) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cases == nil {
		d.cases = map[flows.CaseID]flows.Case{}
	}
	if _, there := d.cases[c.ID]; !there && len(d.cases) >= maxCases {
		for id := range d.cases {
			delete(d.cases, id)
			break
		}
	}
	d.cases[c.ID] = c
}

// forget drops a case: one that is erased must not live on in memory. A reader
// of the moment before may bring it back; it goes when somebody asks for it.
func (d *decoded) forget(id flows.CaseID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.cases, id)
}

// decode decodes a row that is stored, or finds it decoded.
func (d *decoded) decode(id flows.CaseID, row []byte) (flows.Case, error) {
	if c, ok := d.find(id, row); ok {
		return c, nil
	}
	c, err := decodeCase(row)
	if err != nil {
		return c, err
	}
	if c.ID != id || c.Version != versionOf(row) {
		return flows.Case{}, fmt.Errorf("read case %s: %w", id, errRow)
	}
	d.keep(c)
	return c, nil
}

// check says whether somebody changed what a kept case points to.
func (d *decoded) check(ctx context.Context, db kv.DB) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return db.View(ctx, func(tx kv.Tx) error {
		for id, c := range d.cases {
			row, err := tx.Get(caseKey(id))
			if err != nil {
				return err
			}
			if versionOf(row) != c.Version {
				continue // it moved on, and is decoded anew when it is wanted
			}
			if now, err := caseRow(c); err != nil || !bytes.Equal(now, row) {
				return fmt.Errorf("the case %s was changed in memory without an entry", id)
			}
		}
		return nil
	})
}
