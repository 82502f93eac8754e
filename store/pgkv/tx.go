package pgkv

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"muster/store/kv"
)

// tx is one transaction. It implements kv.Tx. An Update keeps what it writes to
// itself and sends it with the next scan, or with the commit: one exchange for
// all. It also keeps what it read, as nobody else can change it.
type tx struct {
	ctx      context.Context // of the caller, for as long as the transaction: Get and Scan have none
	db       *DB
	conn     *pgconn.PgConn
	readOnly bool
	over     bool
	scanning int
	wrote    bool
	err      error // the first of the database; nothing is stored after it

	rows map[string]row // of an Update: as they stand in it
	size int            // bytes in rows
	new  int            // of them not sent
}

// row is a row as an Update sees it.
type row struct {
	value []byte // nil: there is none
	new   bool   // not sent yet
}

// most is how many bytes an Update keeps to itself.
const most = 4 << 20

func (t *tx) Get(key []byte) ([]byte, error) {
	if err := t.readable(key); err != nil {
		return nil, err
	}
	if r, ok := t.rows[string(key)]; ok {
		return bytes.Clone(r.value), nil // Clone keeps the difference between nil and empty
	}
	found, err := t.ask(stmtGet, [][]byte{key}, []int16{1})
	if err != nil {
		return nil, t.failed("read", err)
	}
	var value []byte
	if len(found) > 0 {
		if value, err = checked(key, found[0][0], found[0][1]); err != nil {
			return nil, t.failed(fmt.Sprintf("read row %q", key), err)
		}
	}
	if !t.readOnly {
		t.keep(key, row{value: value})
	}
	return bytes.Clone(value), nil
}

// Fetch implements kv.Fetcher. A View keeps nothing, so it fetches nothing.
func (t *tx) Fetch(keys [][]byte) error {
	if t.readOnly {
		return nil
	}
	asked := make(map[string]bool, len(keys))
	for _, k := range keys {
		if err := t.readable(k); err != nil {
			return err
		}
		if _, ok := t.rows[string(k)]; !ok && !asked[string(k)] {
			asked[string(k)] = true
		}
	}
	if len(asked) < 2 {
		return nil // Get does as well
	}
	array := newArray(oidBytea, len(asked))
	for k := range asked {
		array = element(array, []byte(k))
	}
	found, err := t.ask(stmtGets, [][]byte{array}, []int16{1})
	if err != nil {
		return t.failed("read", err)
	}
	for _, r := range found {
		value, err := checked(r[0], r[1], r[2])
		if err != nil {
			return t.failed(fmt.Sprintf("read row %q", r[0]), err)
		}
		delete(asked, string(r[0]))
		t.keep(r[0], row{value: bytes.Clone(value)})
	}
	for k := range asked {
		t.keep([]byte(k), row{})
	}
	return nil
}

func (t *tx) Put(key, value []byte) error {
	if err := t.writable(key); err != nil {
		return err
	}
	return t.write(key, append(make([]byte, 0, len(value)), value...))
}

func (t *tx) Delete(key []byte) error {
	if err := t.writable(key); err != nil {
		return err
	}
	return t.write(key, nil)
}

func (t *tx) write(key, value []byte) error {
	t.wrote = true
	t.keep(key, row{value: value, new: true})
	if t.new < most {
		return nil
	}
	b := &pgconn.Batch{}
	t.pending(b)
	if _, err := sendBatch(t.ctx, t.conn, b); err != nil {
		return t.failed("write", err)
	}
	t.sent()
	return nil
}

// keep remembers a row. What was only read is forgotten when it becomes much.
func (t *tx) keep(key []byte, r row) {
	k := string(key)
	n := len(k) + len(r.value)
	if old, ok := t.rows[k]; ok {
		t.size -= len(k) + len(old.value)
		if old.new {
			t.new -= len(k) + len(old.value)
		}
	}
	t.rows[k] = r
	t.size += n
	if r.new {
		t.new += n
	} else if t.size-t.new > most {
		t.forget()
	}
}

// forget drops what was read or sent.
func (t *tx) forget() {
	for k, r := range t.rows {
		if !r.new {
			t.size -= len(k) + len(r.value)
			delete(t.rows, k)
		}
	}
}

// pending adds to a batch what was written and not sent.
func (t *tx) pending(b *pgconn.Batch) {
	var put, del []string
	for k, r := range t.rows {
		switch {
		case !r.new:
		case r.value == nil:
			del = append(del, k)
		default:
			put = append(put, k)
		}
	}
	if len(put) > 0 {
		slices.Sort(put) // neighbours in the index
		keys, values, sums := newArray(oidBytea, len(put)), newArray(oidBytea, len(put)), newArray(oidInt4, len(put))
		for _, k := range put {
			v := t.rows[k].value
			keys, values = element(keys, []byte(k)), element(values, v)
			sums = element(sums, binary.BigEndian.AppendUint32(nil, sum([]byte(k), v)))
		}
		b.ExecPrepared(stmtPut, [][]byte{keys, values, sums}, []int16{1}, nil)
	}
	if len(del) > 0 {
		slices.Sort(del)
		keys := newArray(oidBytea, len(del))
		for _, k := range del {
			keys = element(keys, []byte(k))
		}
		b.ExecPrepared(stmtDel, [][]byte{keys}, []int16{1}, nil)
	}
}

// sent notes that the server has what was written.
func (t *tx) sent() {
	t.rows, t.size, t.new = map[string]row{}, 0, 0
}

// A scan asks for few rows first, as many callers want one, and then for as
// many as fit pageBytes.
const (
	firstPage = 16
	maxPage   = 4096
	pageBytes = 1 << 20
)

func (t *tx) Scan(from, to []byte, f func(key, value []byte) (bool, error)) error {
	if t.over {
		return kv.ErrClosed
	}
	if t.err != nil {
		return t.err
	}
	t.scanning++
	defer func() { t.scanning-- }()
	from = append(make([]byte, 0, len(from)), from...)
	for page := firstPage; ; {
		found, err := t.page(from, to, page)
		if err != nil {
			return t.failed("scan", err)
		}
		size := 0
		for _, r := range found {
			size += len(r[0]) + len(r[1])
			value, err := checked(r[0], r[1], r[2])
			if err != nil {
				return t.failed(fmt.Sprintf("read row %q", r[0]), err)
			}
			if more, err := f(bytes.Clone(r[0]), bytes.Clone(value)); err != nil || !more {
				return err
			}
			if t.err != nil { // of a Get inside f
				return t.err
			}
		}
		if len(found) < page {
			return nil
		}
		from = append(append(from[:0], found[len(found)-1][0]...), 0) // the key that follows
		page = max(min(page*4, maxPage, page*pageBytes/max(size, 1)), 1)
	}
}

// page asks for the next rows, in the same exchange as what was written before.
func (t *tx) page(from, to []byte, n int) ([][][]byte, error) {
	limit := binary.BigEndian.AppendUint64(nil, uint64(n))
	stmt, params := stmtScan, [][]byte{from, to, limit}
	if to == nil {
		stmt, params = stmtScanOn, [][]byte{from, limit}
	}
	if t.new == 0 {
		return t.ask(stmt, params, []int16{1})
	}
	b := &pgconn.Batch{}
	t.pending(b)
	b.ExecPrepared(stmt, params, []int16{1}, []int16{1})
	ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
	defer cancel()
	results, err := t.conn.ExecBatch(ctx, b).ReadAll()
	if err != nil {
		return nil, err
	}
	t.sent()
	last := results[len(results)-1]
	return last.Rows, last.Err
}

// ask runs a prepared statement.
func (t *tx) ask(stmt string, params [][]byte, formats []int16) ([][][]byte, error) {
	ctx, cancel := context.WithTimeout(t.ctx, answerLimit)
	defer cancel()
	r := t.conn.ExecPrepared(ctx, stmt, params, formats, []int16{1}).Read()
	return r.Rows, r.Err
}

// failed keeps the first error: the server does nothing more in the transaction.
func (t *tx) failed(what string, err error) error {
	err = fmt.Errorf("%s: %w", what, err)
	if t.err == nil {
		t.err = err
	}
	return err
}

func (t *tx) readable(key []byte) error {
	switch {
	case t.over:
		return kv.ErrClosed
	case len(key) == 0 || len(key) > kv.MaxKey:
		return kv.ErrKey
	}
	return t.err
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

// sum is what each row pays for being checked: PostgreSQL sums its pages only
// where it was told to when the cluster was made.
func sum(key, value []byte) uint32 {
	castagnoli := crc32.MakeTable(crc32.Castagnoli) // a shared table: this call looks it up
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

func checked(key, value, stored []byte) ([]byte, error) {
	if len(stored) != 4 || binary.BigEndian.Uint32(stored) != sum(key, value) {
		return nil, kv.ErrDamaged
	}
	if value == nil {
		value = []byte{}
	}
	return value, nil
}

// Types of PostgreSQL, by number.
const (
	oidBytea = 17
	oidInt4  = 23
)

// newArray begins an array in PostgreSQL's binary form: one dimension, no
// nulls, elements of type oid, numbered from 1.
func newArray(oid uint32, n int) []byte {
	b := make([]byte, 0, 20+n*32)
	for _, v := range []uint32{1, 0, oid, uint32(n), 1} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func element(b, v []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
}
