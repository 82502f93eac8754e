package boltkv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"go.etcd.io/bbolt"

	"muster/store/kv"
)

// sumSize is what each row pays for being checked: bbolt sums its meta pages
// only, so a bit that rots in a value would be read as if it had been written.
const sumSize = 4

// tx is one transaction. It implements kv.Tx. Stored values end in the CRC-32C
// of key and value.
type tx struct {
	db       *DB
	bucket   *bbolt.Bucket // nil when the transaction is over
	readOnly bool
	scanning int
	inBolt   bool // a panic now is bbolt's
}

func (t *tx) Get(key []byte) ([]byte, error) {
	if err := t.readable(key); err != nil {
		return nil, err
	}
	t.inBolt = true
	stored := t.bucket.Get(key)
	t.inBolt = false
	if stored == nil {
		return nil, nil
	}
	value, err := checked(key, stored)
	if err != nil {
		return nil, fmt.Errorf("read row %q of %s: %w", key, t.db.path, err)
	}
	return append(make([]byte, 0, len(value)), value...), nil
}

func (t *tx) Put(key, value []byte) error {
	if err := t.writable(key); err != nil {
		return err
	}
	// bbolt copies the key but keeps the value until the commit.
	stored := t.db.arena.take(len(value) + sumSize)
	copy(stored, value)
	binary.BigEndian.PutUint32(stored[len(value):], sum(key, value))
	t.inBolt = true
	err := t.bucket.Put(key, stored)
	t.inBolt = false
	if err != nil {
		return fmt.Errorf("write row %q of %s: %w", key, t.db.path, err)
	}
	return nil
}

func (t *tx) Delete(key []byte) error {
	if err := t.writable(key); err != nil {
		return err
	}
	t.inBolt = true
	err := t.bucket.Delete(key)
	t.inBolt = false
	if err != nil {
		return fmt.Errorf("delete row %q of %s: %w", key, t.db.path, err)
	}
	return nil
}

func (t *tx) Scan(from, to []byte, f func(key, value []byte) (bool, error)) error {
	if t.bucket == nil {
		return kv.ErrClosed
	}
	t.scanning++
	defer func() { t.scanning-- }()
	t.inBolt = true
	cursor := t.bucket.Cursor()
	k, stored := cursor.Seek(from)
	for ; k != nil && (to == nil || bytes.Compare(k, to) < 0); k, stored = cursor.Next() {
		t.inBolt = false
		value, err := checked(k, stored)
		if err != nil {
			return fmt.Errorf("read row %q of %s: %w", k, t.db.path, err)
		}
		row := make([]byte, 0, len(k)+len(value)) // one allocation for both
		row = append(append(row, k...), value...)
		if more, err := f(row[:len(k):len(k)], row[len(k):]); err != nil || !more {
			return err
		}
		t.inBolt = true
	}
	t.inBolt = false
	return nil
}

func (t *tx) readable(key []byte) error {
	switch {
	case t.bucket == nil:
		return kv.ErrClosed
	case len(key) == 0 || len(key) > kv.MaxKey:
		return kv.ErrKey
	}
	return nil
}

func (t *tx) writable(key []byte) error {
	switch {
	case t.readOnly:
		return kv.ErrReadOnly
	case t.scanning > 0:
		return kv.ErrScanning
	}
	return t.readable(key)
}

func sum(key, value []byte) uint32 {
	castagnoli := crc32.MakeTable(crc32.Castagnoli) // a shared table: this call looks it up
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

func checked(key, stored []byte) ([]byte, error) {
	n := len(stored) - sumSize
	if n < 0 || binary.BigEndian.Uint32(stored[n:]) != sum(key, stored[:n]) {
		return nil, kv.ErrDamaged
	}
	return stored[:n], nil
}

// arena hands out the bytes of one Update from a few large pieces, which the
// next Update uses again: bbolt lets go of values when the transaction ends.
type arena struct {
	piece []byte // in use
	used  int
}

const arenaPiece = 256 << 10

func (a *arena) reset() { a.used = 0 }

func (a *arena) take(n int) []byte {
	if n > arenaPiece/8 {
		return make([]byte, n)
	}
	if a.used+n > len(a.piece) {
		a.piece, a.used = make([]byte, arenaPiece), 0
	}
	b := a.piece[a.used : a.used+n : a.used+n]
	a.used += n
	return b
}
