package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
	"muster/store/kv"
	"muster/store/kv/kvtest"
)

// frozen is a database in memory, to be mutated and looked at.
type frozen map[string]string

func (f frozen) View(_ context.Context, do func(kv.Tx) error) error {
	return do(frozenTx{f, slices.Sorted(maps.Keys(f))})
}

func (frozen) Update(context.Context, func(kv.Tx) error) error { return kv.ErrReadOnly }
func (frozen) Close() error                                    { return nil }

type frozenTx struct {
	rows frozen
	keys []string
}

func (t frozenTx) Get(key []byte) ([]byte, error) {
	if v, ok := t.rows[string(key)]; ok {
		return append([]byte{}, v...), nil
	}
	return nil, nil
}
func (frozenTx) Put(_, _ []byte) error { return kv.ErrReadOnly }
func (frozenTx) Delete(_ []byte) error { return kv.ErrReadOnly }
func (t frozenTx) Scan(from, to []byte, f func(k, v []byte) (bool, error)) error {
	i, _ := slices.BinarySearch(t.keys, string(from))
	for _, k := range t.keys[i:] {
		if to != nil && k >= string(to) {
			break
		}
		if more, err := f([]byte(k), []byte(t.rows[k])); err != nil || !more {
			return err
		}
	}
	return nil
}

// played is a store at the end of the history.
func played(t *testing.T) (*world, frozen) {
	t.Helper()
	w := newWorld(t)
	steps := history()
	if i, err := w.play(t.Context(), steps, 0); err != nil {
		t.Fatalf("step %d: %v", i, err)
	}
	w.commit(flows.Change{Turn: "last", Add: []flows.Errand{errand("left", w.now)}, Memos: []flows.Memo{{Key: "m", Value: []byte("v")}}})
	return w, frozen(kvtest.Rows(t, w.db))
}

// unbound are the rows about which nothing else says anything: the database's
// own sums are all that guards them.
func unbound(key string) bool {
	return strings.HasPrefix(key, "p/") || strings.HasPrefix(key, "t/")
}

// TestMutations flips, cuts, drops and swaps rows of every kind. Verify says so.
func TestMutations(t *testing.T) {
	w, good := played(t)
	verify := func(rows frozen) error {
		_, err := store.Verify(t.Context(), rows, store.Expect{Key: w.s.PublicKey(), Dir: w.dir})
		return err
	}
	if err := verify(good); err != nil {
		t.Fatal(err)
	}
	kinds := map[byte]int{}
	try := func(what, key string, change func(frozen)) {
		bad := maps.Clone(good)
		change(bad)
		if maps.Equal(bad, good) || unbound(key) {
			return
		}
		kinds[key[0]]++
		if err := verify(bad); err == nil {
			t.Errorf("%s %q: not noticed", what, key)
		}
	}
	all := slices.Sorted(maps.Keys(good))
	for i, key := range all {
		value := good[key]
		for at := 0; at < len(value); at += len(value)/24 + 1 {
			if key == "e/left" && at >= 17 || key == "a/actors" || key == "a/log" {
				continue // what an errand says, and the two rows below, are bound by nothing but the sums
			}
			if key == "a/head" && at >= 40 || strings.HasPrefix(key, "e/") && at < 8 {
				continue // generations: any one in range will do
			}
			try(fmt.Sprint("flip byte ", at, " of"), key, func(rows frozen) {
				b := []byte(value)
				b[at] ^= 0x10
				rows[key] = string(b)
			})
		}
		if key != "a/checkpoint" { // a crash between writing the file and the row leaves that
			try("drop", key, func(rows frozen) { delete(rows, key) })
		}
		if len(value) > 0 {
			try("cut", key, func(rows frozen) { rows[key] = value[:len(value)-1] })
			try("empty", key, func(rows frozen) { rows[key] = "" })
		}
		if i+1 < len(all) && all[i+1][:2] == key[:2] && key[0] != 'a' {
			try("swap with the next", key, func(rows frozen) { rows[key], rows[all[i+1]] = rows[all[i+1]], rows[key] })
		}
	}
	for _, key := range []string{"z/x", "l/short", "b/\x00\x00\x00\x00\x00\x00\xff\x00", "c/J-2026-0777", "i/open\x00J-2026-0777", "q/\x00\x00\x00\x00\x00\x00\x00\x00\x00x", "e/x", "n/D-9"} {
		try("add", key, func(rows frozen) { rows[key] = "x" })
	}
	for _, kind := range []byte("abceilnqrs") {
		if kinds[kind] == 0 {
			t.Errorf("no row of kind %c was mutated", kind)
		}
	}
}

// TestForgery changes rows so that they agree with each other, as somebody with
// the database but without the key can.
func TestForgery(t *testing.T) {
	t.Run("a body taken away", func(t *testing.T) {
		w, rows := played(t)
		rows["b/\x00\x00\x00\x00\x00\x00\x00\x01"] = "\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		_, err := store.Verify(t.Context(), rows, store.Expect{Dir: w.dir})
		if err == nil || !strings.Contains(err.Error(), "no entry says why") {
			t.Errorf("Verify = %v", err)
		}
	})
	t.Run("a log of one's own", func(t *testing.T) {
		w, _ := played(t)
		other, _ := played(t)
		other.commit(flows.Change{Entries: []flows.Entry{heard("", other.now, "more")}})
		signed, err := w.s.Checkpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = store.Verify(t.Context(), other.db, store.Expect{Key: w.s.PublicKey(), Checkpoints: [][]byte{signed}})
		if err != nil { // both worlds run from one seed: the same log, longer
			t.Errorf("a longer log is refused: %v", err)
		}
		ours := newWorld(t)
		for range 40 {
			ours.commit(flows.Change{Entries: []flows.Entry{heard("", ours.now, "instead")}})
		}
		_, err = store.Verify(t.Context(), ours.db, store.Expect{Checkpoints: [][]byte{signed}})
		if rewritten, ok := errors.AsType[*store.RewrittenError](err); !ok || rewritten.Has < rewritten.Had {
			t.Errorf("another log with the same key: Verify = %v", err)
		}
		_, err = store.Verify(t.Context(), ours.db, store.Expect{Key: "muster-log/x+00000000+AAAA"})
		if err == nil {
			t.Error("another key than the expected one is not noticed")
		}
	})
}

// TestRollback puts the database back to an older state: it is not opened.
func TestRollback(t *testing.T) {
	w := newWorld(t)
	w.raise()
	w.close()
	path := filepath.Join(w.dir, store.DatabaseFile)
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w.open(nil)
	w.raise()
	if _, err := w.s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.close()
	newer, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(older)
	err = w.tryOpen(nil)
	rewritten, ok := errors.AsType[*store.RewrittenError](err)
	if !ok || rewritten.Has != 2 || rewritten.Had != 4 || !strings.Contains(err.Error(), "the log has 2 entries, but a checkpoint of 4 entries was signed") {
		t.Errorf("open of an older database: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := w.tryOpen(nil); err == nil {
		t.Error("a new database beside an old checkpoint is opened")
	}
	write(newer)
	w.open(nil)
	w.check()
}

// TestKeyFile takes the signing key away, or puts another one there.
func TestKeyFile(t *testing.T) {
	w := newWorld(t)
	w.raise()
	path := filepath.Join(w.dir, store.KeyFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("the key file: %v, %v", info.Mode(), err)
	}
	other := newWorld(t)
	strange, err := os.ReadFile(filepath.Join(other.dir, store.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(own, strange) { // both from one seed
		strange = bytes.Replace(strange, []byte(tenant), []byte("99999999-9999-9999-9999-999999999999"), 1)
	}
	w.close()
	for name, tt := range map[string]struct {
		data []byte
		say  string
	}{
		"missing":        {nil, "is missing"},
		"another's":      {strange, "not a key file, or it is damaged"},
		"damaged":        {own[:20], "not a key file, or it is damaged"},
		"another tenant": {[]byte("x"), "not a key file"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if tt.data != nil {
				if err := os.WriteFile(path, tt.data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.tryOpen(nil); err == nil || !strings.Contains(err.Error(), tt.say) {
				t.Errorf("open = %v, want %q", err, tt.say)
			}
			if now, err := os.ReadFile(path); !bytes.Equal(now, tt.data) {
				t.Errorf("the key file was written (%v)", err)
			}
			if err := os.WriteFile(path, own, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
	w.open(nil)
}

// TestVerifyReadOnly verifies a store at rest without being able to write it.
func TestVerifyReadOnly(t *testing.T) {
	w, _ := played(t)
	w.close()
	defer w.open(nil)
	db, err := boltkv.Open(filepath.Join(w.dir, store.DatabaseFile), boltkv.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r, err := store.Verify(t.Context(), db, store.Expect{Dir: w.dir})
	if err != nil || r.Origin != tenant || r.Entries == 0 || r.Signed == 0 || r.Signed > r.Entries {
		t.Errorf("Verify = %+v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Verify(ctx, db, store.Expect{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify with a context that is over = %v", err)
	}
	if _, err := store.Verify(t.Context(), frozen{}, store.Expect{}); err == nil {
		t.Error("Verify of an empty database says nothing")
	}
}

// TestEveryBitOfTheFile flips bits of the database file: opening or verifying
// says so, or what was read is what was written.
func TestEveryBitOfTheFile(t *testing.T) {
	w, _ := played(t)
	w.close()
	defer w.open(nil)
	path := filepath.Join(w.dir, store.DatabaseFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	used := len(bytes.TrimRight(good, "\x00"))/4096*4096 + 4096
	good = good[:used+16*4096] // the pages kept free ahead of use
	noticed := 0
	for at := 0; at < used; at += used/97 + 1 {
		bad := bytes.Clone(good)
		bad[at] ^= 4
		hit := filepath.Join(t.TempDir(), "hit.db")
		if err := os.WriteFile(hit, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := boltkv.Open(hit, boltkv.Options{ReadOnly: true})
		if err != nil {
			noticed++
			continue
		}
		r, err := store.Verify(t.Context(), db, store.Expect{Dir: w.dir})
		if err != nil {
			noticed++
		} else if r.Entries == 0 {
			t.Errorf("bit at %d: an empty report", at)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if noticed == 0 {
		t.Error("no bit was hit that matters")
	}
}
