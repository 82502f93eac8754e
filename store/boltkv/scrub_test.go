package boltkv

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"muster/store/kv"
)

// TestScrub deletes and replaces rows: their bytes are gone from the file, and all other rows are there, also after a crash.
func TestScrub(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	secret := func(i int) []byte { return fmt.Appendf(nil, "canary-%04d-%s", i, bytes.Repeat([]byte("x"), i*7%5000)) }
	key := func(i int) []byte { return fmt.Appendf(nil, "k%04d", i) }
	update := func(f func(tx kv.Tx) error) {
		t.Helper()
		if err := db.Update(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 600 {
		update(func(tx kv.Tx) error { return tx.Put(key(i), secret(i)) })
	}
	update(func(tx kv.Tx) error {
		for i := range 600 {
			var err error
			switch i % 3 {
			case 0:
				err = tx.Delete(key(i))
			case 1:
				err = tx.Put(key(i), []byte("gone"))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	found := func(name string) (n int) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 600 {
			if i%3 != 2 && bytes.Contains(b, secret(i)[:11]) {
				n++
			}
		}
		return n
	}
	if found(path) == 0 {
		t.Fatal("nothing was left to scrub: the test shows nothing")
	}
	if err := db.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := found(path); n != 0 {
		t.Errorf("%d deleted values are in the file", n)
	}
	crashed := filepath.Join(t.TempDir(), "crashed.db")
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(crashed, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		update(func(tx kv.Tx) error { return tx.Put(key(1000+i), secret(i)) })
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, crashed} {
		db, err := Open(name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.View(context.WithoutCancel(t.Context()), func(tx kv.Tx) error {
			for i := range 600 {
				v, err := tx.Get(key(i))
				want := map[int][]byte{0: nil, 1: []byte("gone"), 2: secret(i)}[i%3]
				if err != nil || !bytes.Equal(v, want) {
					return fmt.Errorf("row %d is %.20q (%v)", i, v, err)
				}
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
