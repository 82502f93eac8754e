// Package kvtest holds what every database under Muster must do, as tests,
// and a database that fails on purpose.
package kvtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/store/kv"
)

// Database is one place that can be opened again and again.
type Database struct {
	Open func(t *testing.T) kv.DB // for reading and writing
}

// Run runs the suite. Each test gets a new, empty database from empty.
func Run(t *testing.T, empty func(t *testing.T) Database) {
	for name, test := range map[string]func(*testing.T, Database){
		"reads what was written":        testReadWrite,
		"keeps nothing of a failure":    testRollback,
		"gives and takes copies":        testCopies,
		"scans in order":                testScan,
		"refuses wrong uses":            testRefusals,
		"shows one moment to a view":    testIsolation,
		"runs one update at a time":     testSerial,
		"keeps rows over a restart":     testReopen,
		"obeys a context that is over":  testContext,
		"holds large values":            testLarge,
		"does what a map does":          testModel,
		"fetches what it reads":         testFetch,
		"closes twice and then refuses": testClosed,
	} {
		t.Run(name, func(t *testing.T) { test(t, empty(t)) })
	}
}

func testReadWrite(t *testing.T, d Database) {
	db := open(t, d)
	update(t, db, func(tx kv.Tx) error {
		return errors.Join(
			tx.Put([]byte("a"), []byte("1")),
			tx.Put([]byte("empty"), nil),
			tx.Put([]byte("\x00\xff\x00"), []byte("\x00")),
			tx.Put([]byte("gone"), []byte("x")),
			tx.Delete([]byte("gone")),
			tx.Delete([]byte("never there")),
			tx.Put([]byte("a"), []byte("2")),
		)
	})
	want := map[string]string{"a": "2", "empty": "", "\x00\xff\x00": "\x00"}
	if diff := cmp.Diff(want, Rows(t, db)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	view(t, db, func(tx kv.Tx) error {
		for key, wantNil := range map[string]bool{"a": false, "empty": false, "gone": true} {
			v, err := tx.Get([]byte(key))
			if err != nil || (v == nil) != wantNil {
				t.Errorf("Get(%q) = %q, nil %v, %v", key, v, v == nil, err)
			}
		}
		return nil
	})
	update(t, db, func(tx kv.Tx) error { // an update sees its own writes
		if err := tx.Put([]byte("b"), []byte("3")); err != nil {
			return err
		}
		if v, err := tx.Get([]byte("b")); err != nil || string(v) != "3" {
			t.Errorf("Get in the update = %q, %v", v, err)
		}
		if got := keys(t, tx, nil, nil); !slices.Contains(got, "b") {
			t.Errorf("Scan in the update = %q, without the new row", got)
		}
		return nil
	})
}

func testRollback(t *testing.T, d Database) {
	db := open(t, d)
	update(t, db, func(tx kv.Tx) error { return tx.Put([]byte("a"), []byte("1")) })
	no := errors.New("no")
	err := db.Update(t.Context(), func(tx kv.Tx) error {
		return errors.Join(tx.Put([]byte("a"), []byte("2")), tx.Put([]byte("b"), []byte("2")), no)
	})
	if !errors.Is(err, no) {
		t.Errorf("Update = %v, want the function's error", err)
	}
	if err := db.View(t.Context(), func(kv.Tx) error { return no }); !errors.Is(err, no) {
		t.Errorf("View = %v, want the function's error", err)
	}
	if diff := cmp.Diff(map[string]string{"a": "1"}, Rows(t, db)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func testCopies(t *testing.T, d Database) {
	db := open(t, d)
	key, value := []byte("key"), []byte("value")
	update(t, db, func(tx kv.Tx) error {
		if err := tx.Put(key, value); err != nil {
			return err
		}
		copy(key, "xxx")
		copy(value, "xxxxx")
		return nil
	})
	var got, k, v []byte
	view(t, db, func(tx kv.Tx) (err error) {
		if got, err = tx.Get([]byte("key")); err != nil {
			return err
		}
		return tx.Scan(nil, nil, func(key, value []byte) (bool, error) {
			k, v = key, value
			return true, nil
		})
	})
	if string(got) != "value" || string(k) != "key" || string(v) != "value" {
		t.Fatalf("got %q, %q and %q", got, k, v)
	}
	for _, b := range [][]byte{got, k, v} { // ours to change and to grow
		clear(b)
		_ = append(b, "more"...)
	}
	if diff := cmp.Diff(map[string]string{"key": "value"}, Rows(t, db)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func testScan(t *testing.T, d Database) {
	db := open(t, d)
	all := []string{"\x00", "a", "a\x00", "aa", "ab", "b", "\xff", "\xff\xff"}
	update(t, db, func(tx kv.Tx) error {
		for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(all)) {
			if err := tx.Put([]byte(all[i]), []byte(all[i])); err != nil {
				return err
			}
		}
		return nil
	})
	for name, tt := range map[string]struct {
		from, to []byte
		want     []string
	}{
		"all":             {nil, nil, all},
		"to is excluded":  {[]byte("a"), []byte("b"), []string{"a", "a\x00", "aa", "ab"}},
		"between rows":    {[]byte("a!"), []byte("aaa"), []string{"aa"}},
		"open end":        {[]byte("b"), nil, []string{"b", "\xff", "\xff\xff"}},
		"open beginning":  {nil, []byte("a"), []string{"\x00"}},
		"nothing between": {[]byte("c"), []byte("d"), nil},
		"upside down":     {[]byte("b"), []byte("a"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			view(t, db, func(tx kv.Tx) error {
				if diff := cmp.Diff(tt.want, keys(t, tx, tt.from, tt.to)); diff != "" {
					t.Errorf("keys (-want +got):\n%s", diff)
				}
				return nil
			})
		})
	}
	no := errors.New("no")
	view(t, db, func(tx kv.Tx) error {
		n := 0
		err := tx.Scan(nil, nil, func(_, _ []byte) (bool, error) { n++; return n < 3, nil })
		if n != 3 || err != nil {
			t.Errorf("a scan told to stop at row 3 stopped at %d: %v", n, err)
		}
		if err := tx.Scan(nil, nil, func(_, _ []byte) (bool, error) { return true, no }); !errors.Is(err, no) {
			t.Errorf("Scan = %v, want the function's error", err)
		}
		return nil
	})
}

func testRefusals(t *testing.T, d Database) {
	db := open(t, d)
	long := bytes.Repeat([]byte("k"), kv.MaxKey)
	var kept kv.Tx
	update(t, db, func(tx kv.Tx) error {
		kept = tx
		for name, err := range map[string]error{
			"put without a key":    tx.Put(nil, []byte("v")),
			"put with a long key":  tx.Put(append(long, 'k'), []byte("v")),
			"delete without a key": tx.Delete(nil),
		} {
			if !errors.Is(err, kv.ErrKey) {
				t.Errorf("%s = %v, want ErrKey", name, err)
			}
		}
		if _, err := tx.Get(nil); !errors.Is(err, kv.ErrKey) {
			t.Errorf("Get without a key = %v, want ErrKey", err)
		}
		if err := tx.Put(long, []byte("v")); err != nil {
			t.Errorf("Put with the longest key = %v", err)
		}
		return tx.Scan(nil, nil, func(k, _ []byte) (bool, error) {
			if err := tx.Put([]byte("x"), nil); !errors.Is(err, kv.ErrScanning) {
				t.Errorf("Put in a scan = %v, want ErrScanning", err)
			}
			if err := tx.Delete(k); !errors.Is(err, kv.ErrScanning) {
				t.Errorf("Delete in a scan = %v, want ErrScanning", err)
			}
			return true, nil
		})
	})
	if _, err := kept.Get(long); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("Get after the transaction = %v, want ErrClosed", err)
	}
	view(t, db, func(tx kv.Tx) error {
		if err := tx.Put([]byte("x"), nil); !errors.Is(err, kv.ErrReadOnly) {
			t.Errorf("Put in a view = %v, want ErrReadOnly", err)
		}
		if err := tx.Delete(long); !errors.Is(err, kv.ErrReadOnly) {
			t.Errorf("Delete in a view = %v, want ErrReadOnly", err)
		}
		return nil
	})
	if diff := cmp.Diff(map[string]string{string(long): "v"}, Rows(t, db)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func testIsolation(t *testing.T, d Database) {
	db := open(t, d)
	put := func(v string) {
		update(t, db, func(tx kv.Tx) error { return tx.Put([]byte("a"), []byte(v)) })
	}
	put("before")
	reading, written := make(chan struct{}), make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		view(t, db, func(tx kv.Tx) error {
			close(reading)
			<-written
			if v, err := tx.Get([]byte("a")); err != nil || string(v) != "before" {
				t.Errorf("an older view sees %q, %v", v, err)
			}
			return nil
		})
	})
	<-reading
	put("after")
	close(written)
	wait.Wait()
	if diff := cmp.Diff(map[string]string{"a": "after"}, Rows(t, db)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func testSerial(t *testing.T, d Database) {
	db := open(t, d)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 5 {
				update(t, db, func(tx kv.Tx) error {
					v, err := tx.Get([]byte("n"))
					if err != nil {
						return err
					}
					return tx.Put([]byte("n"), append(v, '.'))
				})
			}
		})
	}
	wait.Wait()
	if got := Rows(t, db)["n"]; len(got) != 40 {
		t.Errorf("40 updates counted to %d", len(got))
	}
}

func testReopen(t *testing.T, d Database) {
	db := open(t, d)
	update(t, db, func(tx kv.Tx) error { return tx.Put([]byte("a"), []byte("1")) })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "1"}, Rows(t, open(t, d))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func testContext(t *testing.T, d Database) {
	db := open(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func(kv.Tx) error { t.Error("the function ran"); return nil }
	if err := db.Update(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("Update = %v", err)
	}
	if err := db.View(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("View = %v", err)
	}
}

func testLarge(t *testing.T, d Database) {
	db := open(t, d)
	want := map[string]string{}
	for i := range 20 {
		want[fmt.Sprint("k", i)] = strings.Repeat(fmt.Sprint(i), 1<<(i%18))
	}
	want["huge"] = strings.Repeat("h", 3<<20)
	update(t, db, func(tx kv.Tx) error {
		for k, v := range want {
			if err := tx.Put([]byte(k), []byte(v)); err != nil {
				return err
			}
		}
		return nil
	})
	if got := Rows(t, db); !maps.Equal(got, want) {
		t.Error("large values came back changed")
	}
}

// testModel compares a random history with a Go map.
func testModel(t *testing.T, d Database) {
	db := open(t, d)
	r := rand.New(rand.NewPCG(3, 4))
	model := map[string]string{}
	for range 60 {
		next := maps.Clone(model)
		no := errors.New("no")
		if r.IntN(4) > 0 {
			no = nil
		}
		err := db.Update(t.Context(), func(tx kv.Tx) error {
			for range r.IntN(20) {
				k := fmt.Sprintf("%02d", r.IntN(50))
				if r.IntN(3) == 0 {
					delete(next, k)
					if err := tx.Delete([]byte(k)); err != nil {
						return err
					}
					continue
				}
				next[k] = strings.Repeat(k, r.IntN(200))
				if err := tx.Put([]byte(k), []byte(next[k])); err != nil {
					return err
				}
			}
			return no
		})
		if !errors.Is(err, no) {
			t.Fatalf("Update = %v, want %v", err, no)
		}
		if no == nil {
			model = next
		}
		if r.IntN(10) == 0 {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			db = open(t, d)
		}
		if diff := cmp.Diff(model, Rows(t, db)); diff != "" {
			t.Fatalf("rows (-want +got):\n%s", diff)
		}
	}
}

func testClosed(t *testing.T, d Database) {
	db := open(t, d)
	for range 2 {
		if err := db.Close(); err != nil {
			t.Fatalf("Close = %v", err)
		}
	}
	never := func(kv.Tx) error { t.Error("the function ran"); return nil }
	if err := db.View(t.Context(), never); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("View = %v, want ErrClosed", err)
	}
	if err := db.Update(t.Context(), never); !errors.Is(err, kv.ErrClosed) {
		t.Errorf("Update = %v, want ErrClosed", err)
	}
}

// Rows reads everything in db.
func Rows(t *testing.T, db kv.DB) map[string]string {
	t.Helper()
	rows := map[string]string{}
	view(t, db, func(tx kv.Tx) error {
		return tx.Scan(nil, nil, func(k, v []byte) (bool, error) {
			rows[string(k)] = string(v)
			return true, nil
		})
	})
	return rows
}

func open(t *testing.T, d Database) kv.DB {
	t.Helper()
	db := d.Open(t)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

func update(t *testing.T, db kv.DB, f func(kv.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), f); err != nil {
		t.Error(err)
	}
}

func view(t *testing.T, db kv.DB, f func(kv.Tx) error) {
	t.Helper()
	if err := db.View(t.Context(), f); err != nil {
		t.Error(err)
	}
}

func keys(t *testing.T, tx kv.Tx, from, to []byte) []string {
	t.Helper()
	var out []string
	if err := tx.Scan(from, to, func(k, v []byte) (bool, error) {
		if !bytes.Equal(k, v) && len(v) > 1 {
			t.Errorf("row %q has the value %q", k, v)
		}
		out = append(out, string(k))
		return true, nil
	}); err != nil {
		t.Error(err)
	}
	return out
}
