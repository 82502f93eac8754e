package service_test

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"testing"

	"muster/store/kv"
	"muster/store/kv/kvtest"
)

// disk is a database in memory: what is left of it when a process dies. A story of hundreds of lives cannot wait for a real one.
type disk struct {
	writing sync.Mutex // one Update at a time

	mu   sync.Mutex // guards rows
	rows []row      // sorted by key; a list that was stored is never changed
}

type row struct{ key, value []byte }

func TestMemory(t *testing.T) {
	kvtest.Run(t, func(*testing.T) kvtest.Database {
		d := &disk{}
		return kvtest.Database{Open: func(*testing.T) kv.DB { return d.open() }}
	})
}

func (d *disk) open() kv.DB { return &opened{disk: d} }

func (d *disk) now() []row {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rows
}

// opened is one process's handle on a disk.
type opened struct {
	disk *disk

	mu     sync.RWMutex // read-held by transactions
	closed bool
}

func (o *opened) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	return nil
}

func (o *opened) View(ctx context.Context, f func(kv.Tx) error) error {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if o.closed {
		return kv.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &memoryTx{rows: o.disk.now(), readOnly: true}
	defer func() { t.over = true }()
	return f(t)
}

func (o *opened) Update(ctx context.Context, f func(kv.Tx) error) error {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if o.closed {
		return kv.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	o.disk.writing.Lock()
	defer o.disk.writing.Unlock()
	t := &memoryTx{rows: slices.Clone(o.disk.now())}
	err := f(t)
	t.over = true
	if err != nil {
		return err
	}
	o.disk.mu.Lock()
	defer o.disk.mu.Unlock()
	o.disk.rows = t.rows
	return nil
}

type memoryTx struct {
	rows           []row
	readOnly, over bool
	scanning       int
}

func (t *memoryTx) at(key []byte) (int, bool) {
	return slices.BinarySearchFunc(t.rows, key, func(r row, k []byte) int { return bytes.Compare(r.key, k) })
}

func (t *memoryTx) usable(key []byte, writes bool) error {
	switch {
	case t.over:
		return kv.ErrClosed
	case len(key) == 0 || len(key) > kv.MaxKey:
		return kv.ErrKey
	case writes && t.readOnly:
		return kv.ErrReadOnly
	case writes && t.scanning > 0:
		return kv.ErrScanning
	}
	return nil
}

func copied(b []byte) []byte { return append([]byte{}, b...) }

func (t *memoryTx) Get(key []byte) ([]byte, error) {
	if err := t.usable(key, false); err != nil {
		return nil, err
	}
	if i, ok := t.at(key); ok {
		return copied(t.rows[i].value), nil
	}
	return nil, nil
}

func (t *memoryTx) Put(key, value []byte) error {
	if err := t.usable(key, true); err != nil {
		return err
	}
	r := row{copied(key), copied(value)}
	i, ok := t.at(key)
	if ok {
		t.rows[i] = r
	} else {
		t.rows = slices.Insert(t.rows, i, r)
	}
	return nil
}

func (t *memoryTx) Delete(key []byte) error {
	if err := t.usable(key, true); err != nil {
		return err
	}
	if i, ok := t.at(key); ok {
		t.rows = slices.Delete(t.rows, i, i+1)
	}
	return nil
}

func (t *memoryTx) Scan(from, to []byte, f func(key, value []byte) (bool, error)) error {
	if t.over {
		return kv.ErrClosed
	}
	t.scanning++
	defer func() { t.scanning-- }()
	i, _ := t.at(from)
	for ; i < len(t.rows) && (to == nil || bytes.Compare(t.rows[i].key, to) < 0); i++ {
		if more, err := f(copied(t.rows[i].key), copied(t.rows[i].value)); err != nil || !more {
			return err
		}
	}
	return nil
}
