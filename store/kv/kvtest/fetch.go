package kvtest

import (
	"errors"
	"fmt"
	"testing"

	"muster/store/kv"
)

// testFetch reads the same with and without fetching before, also what the transaction itself has written or removed since.
func testFetch(t *testing.T, d Database) {
	db := open(t, d)
	keys := [][]byte{[]byte("a"), []byte("empty"), []byte("gone"), []byte("never"), []byte("new"), []byte("a")}
	update(t, db, func(tx kv.Tx) error {
		return errors.Join(tx.Put([]byte("a"), []byte("1")), tx.Put([]byte("empty"), nil), tx.Put([]byte("gone"), []byte("x")), tx.Put([]byte("changed"), []byte("old")))
	})
	fetch := func(tx kv.Tx, keys ...[]byte) error {
		if f, ok := tx.(kv.Fetcher); ok {
			return f.Fetch(keys)
		}
		return nil
	}
	want := `"1" "" nil nil "2" "new"`
	read := func(tx kv.Tx) error {
		got := ""
		for _, k := range append(keys[:5:5], []byte("changed")) {
			v, err := tx.Get(k)
			if err != nil {
				return err
			}
			if v == nil {
				got += " nil"
			} else {
				got += fmt.Sprintf(" %q", v)
			}
			if len(v) > 0 {
				v[0] = '!' // a copy
			}
		}
		if got != " "+want {
			t.Errorf("read%s, want %s", got, want)
		}
		return nil
	}
	update(t, db, func(tx kv.Tx) error {
		if err := errors.Join(tx.Put([]byte("changed"), []byte("new")), fetch(tx), fetch(tx, append(keys, []byte("changed"))...)); err != nil {
			return err
		}
		return errors.Join(tx.Delete([]byte("gone")), tx.Put([]byte("new"), []byte("2")), fetch(tx, keys...), read(tx), read(tx))
	})
	view(t, db, func(tx kv.Tx) error { return errors.Join(fetch(tx, keys...), read(tx)) })
	update(t, db, func(tx kv.Tx) error {
		if _, ok := tx.(kv.Fetcher); ok {
			if err := fetch(tx, []byte("a"), make([]byte, kv.MaxKey+1)); !errors.Is(err, kv.ErrKey) {
				t.Errorf("fetched a key that is too long: %v", err)
			}
		}
		return nil
	})
}
