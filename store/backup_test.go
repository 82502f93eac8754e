package store_test

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
	"muster/store/kv"
)

// TestCopyIsTheStore copies a store with some of everything in it: every row comes over, and a copy that is cut off does not.
func TestCopyIsTheStore(t *testing.T) {
	w := newWorld(t)
	if _, err := w.play(t.Context(), history(), 0); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c, err := w.s.Copy(t.Context(), &out)
	if err != nil {
		t.Fatal(err)
	}
	want := w.check()
	if c.Entries != want.Entries || c.Origin != want.Origin || c.Last.IsZero() || len(c.Checkpoint) == 0 {
		t.Errorf("the copy has %+v, the store %+v", c, want)
	}
	fill := func(r io.Reader) (kv.DB, error) {
		db, err := boltkv.Open(filepath.Join(t.TempDir(), store.DatabaseFile), boltkv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db, store.Fill(t.Context(), db, r)
	}
	db, err := fill(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := store.Verify(t.Context(), db, store.Expect{Checkpoints: [][]byte{c.Checkpoint}}); err != nil || got.Entries != want.Entries || got.Cases != want.Cases || got.Errands != want.Errands {
		t.Errorf("filled: %+v, %v; want %+v", got, err, want)
	}
	if _, err := fill(bytes.NewReader(out.Bytes()[:out.Len()-1])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a copy without its last byte: %v", err)
	}
	if _, err := fill(bytes.NewReader(append(bytes.Clone(out.Bytes()), 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f))); !errors.Is(err, kv.ErrDamaged) {
		t.Errorf("a row that would fill the memory: %v", err)
	}
}

// TestRestoredIsInTheLog is a memo that claims a loss which no entry tells of: it opens nothing.
func TestRestoredIsInTheLog(t *testing.T) {
	w := newWorld(t)
	w.commit(flows.Change{Entries: []flows.Entry{heard("", w.now, "hello")}, Memos: []flows.Memo{{Key: flows.RestoredKey + "0", Value: []byte("{}")}}})
	w.close()
	if err := w.tryOpen(nil); err == nil {
		t.Error("a store is opened that claims a loss without an entry that says so")
	}
}

// BenchmarkCopy copies a store of 2,000 entries.
func BenchmarkCopy(b *testing.B) {
	w := newWorld(b)
	for range 200 {
		ch := flows.Change{}
		for range 10 {
			ch.Entries = append(ch.Entries, heard("", w.now, "a sentence of the usual length, as people write it"))
		}
		w.commit(ch)
	}
	for b.Loop() {
		var n countingWriter
		if _, err := w.s.Copy(b.Context(), &n); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(n))
	}
}

type countingWriter int64

func (c *countingWriter) Write(b []byte) (int, error) {
	*c += countingWriter(len(b))
	return len(b), nil
}
