package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/store"
	"muster/store/evidence"
	"muster/store/kv"
	"muster/store/kv/kvtest"
)

// TestChangeKey changes the key twice: what the old keys signed holds, what they would sign now does not, and packs say which followed which.
func TestChangeKey(t *testing.T) {
	w := newWorld(t)
	id := w.raise()
	first := w.s.PublicKey()
	before, err := w.s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stolen, err := evidence.OpenKey(filepath.Join(w.dir, store.KeyFile), tenant)
	if err != nil {
		t.Fatal(err)
	}
	var pack bytes.Buffer
	if err := w.s.Export(t.Context(), &pack, id); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.s.ChangeKey(t.Context(), "somebody left"); err != nil {
			t.Fatal(err)
		}
		w.raise()
		w.check()
	}
	w.close()
	w.open(nil)
	now := w.s.PublicKey()
	if r := w.check(); now == first || r.Key != now {
		t.Errorf("the key in use is %s, the report says %s", now, r.Key)
	}
	h, err := w.s.Sign(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keys := first + "\n" + h.Keys
	for name, signed := range map[string][]byte{"before": before, "now": []byte(h.Note)} {
		if _, err := evidence.OpenCheckpoint(signed, keys); err != nil {
			t.Errorf("a checkpoint from %s: %v", name, err)
		}
	}
	for _, known := range []string{first, now, ""} {
		if _, err := evidence.VerifyPack(bytes.NewReader(pack.Bytes()), int64(pack.Len()), first); err != nil {
			t.Errorf("the old pack: %v", err)
		}
		var fresh bytes.Buffer
		if err := w.s.Export(t.Context(), &fresh, id); err != nil {
			t.Fatal(err)
		}
		if r, err := evidence.VerifyPack(bytes.NewReader(fresh.Bytes()), int64(fresh.Len()), known); err != nil || r.Key != now {
			t.Errorf("a new pack, for somebody who knows %q: %+v, %v", known, r, err)
		}
		if _, err := store.Verify(t.Context(), w.db, store.Expect{Dir: w.dir, Key: known, Checkpoints: [][]byte{before, []byte(h.Note)}}); err != nil {
			t.Errorf("the store, for somebody who knows %q: %v", known, err)
		}
	}
	c, err := evidence.OpenCheckpoint([]byte(h.Note), keys)
	if err != nil {
		t.Fatal(err)
	}
	late, err := stolen.SignCheckpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.OpenCheckpoint(late, keys); err == nil || !strings.Contains(err.Error(), "a key that ended at 2") {
		t.Errorf("a checkpoint of today, signed with the key that was stolen: %v", err)
	}
	c.Size = 2
	if late, err = stolen.SignCheckpoint(c); err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.OpenCheckpoint(late, keys); err == nil {
		t.Error("another log of the size that the old key ended with is believed")
	}
}

// TestKeysOfTheLog flips every byte of the statements, leaves one out and changes their order.
func TestKeysOfTheLog(t *testing.T) {
	w := newWorld(t)
	w.raise()
	first := w.s.PublicKey()
	for range 2 {
		if err := w.s.ChangeKey(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	h, err := w.s.Sign(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, s := evidence.Statements(first + "\n" + h.Keys)
	if len(s) != 2 {
		t.Fatalf("%d statements", len(s))
	}
	for name, bad := range map[string]string{"left out": s[1], "turned round": s[1] + s[0], "twice": s[0] + s[0]} {
		if _, _, err := evidence.CurrentKey(first+"\n"+bad, ""); err == nil {
			t.Errorf("%s: believed", name)
		}
	}
	for i := range s[0] {
		b := []byte(s[0])
		b[i] ^= 1
		if current, _, err := evidence.CurrentKey(first+"\n"+string(b), ""); err == nil && current != first {
			t.Errorf("byte %d flipped: believed", i)
		}
	}
	if current, known, err := evidence.CurrentKey(first+"\n"+s[0], first); err != nil || !known || current == first {
		t.Errorf("CurrentKey = %s, %v, %v", current, known, err)
	}
}

// TestChangeKeyCrashes dies at each commit of a change of key, before it is stored and after.
func TestChangeKeyCrashes(t *testing.T) {
	for n, crashed := 1, true; crashed; n++ {
		for _, after := range []bool{false, true} {
			w := newWorld(t)
			w.raise()
			w.close()
			d := &dying{n: n, after: after}
			w.open(func(db kv.DB) kv.DB { d.DB = db; return d })
			err := w.s.ChangeKey(t.Context(), "")
			crashed = d.dead
			if crashed && err == nil {
				t.Errorf("commit %d: nothing was said", n)
			}
			w.close()
			w.open(nil)
			w.raise()
			if _, err := w.s.Checkpoint(t.Context()); err != nil {
				t.Error(err)
			}
			w.check()
			if err := w.s.ChangeKey(t.Context(), ""); err != nil {
				t.Error(err)
			}
			w.check()
		}
	}
}

// dying is a database that dies at its n-th write.
type dying struct {
	kv.DB
	n     int
	after bool
	dead  bool
}

var errDied = errors.New("the process is dead")

func (d *dying) Update(ctx context.Context, f func(kv.Tx) error) error {
	if d.n--; d.dead || d.n == 0 && !d.after {
		d.dead = true
		return errDied
	}
	err := d.DB.Update(ctx, f)
	if d.n == 0 {
		d.dead = true
		return errDied
	}
	return err
}

// TestKeyFileOfAnOldKey puts the key back that the log went on from.
func TestKeyFileOfAnOldKey(t *testing.T) {
	w := newWorld(t)
	w.raise()
	path := filepath.Join(w.dir, store.KeyFile)
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.s.ChangeKey(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	w.close()
	now, err := os.ReadFile(path)
	if err != nil || bytes.Equal(now, old) {
		t.Fatalf("the key file is the old one (%v)", err)
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.tryOpen(nil); err == nil || !strings.Contains(err.Error(), "not the one that this log goes on with") {
		t.Errorf("opened with the old key: %v", err)
	}
	if err := os.WriteFile(path, now, 0o600); err != nil {
		t.Fatal(err)
	}
	w.open(nil)
	if h, err := w.s.Sign(t.Context()); err != nil || h.Keys == "" {
		t.Errorf("Sign = %+v, %v", h, err)
	}
}

// TestStolenKeyTakesTheLogBack is somebody who holds an old key and can write the database: they cut the change of key off the keys of the log,
// so that the old one is in use again, and sign the log with it as it stands. The log itself says that its key was changed.
func TestStolenKeyTakesTheLogBack(t *testing.T) {
	w := newWorld(t)
	w.raise()
	first := w.s.PublicKey()
	stolen, err := evidence.OpenKey(filepath.Join(w.dir, store.KeyFile), tenant)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.s.ChangeKey(t.Context(), "it was stolen"); err != nil {
		t.Fatal(err)
	}
	w.raise()
	signed, err := w.s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := evidence.OpenCheckpoint(signed, w.s.PublicKeys())
	if err != nil {
		t.Fatal(err)
	}
	rows := frozen(kvtest.Rows(t, w.db))
	if _, err := store.Verify(t.Context(), rows, store.Expect{Key: first}); err != nil {
		t.Fatal(err)
	}
	again, err := stolen.SignCheckpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	if rows["a/keys"] == "" || rows["a/checkpoint"] == "" {
		t.Fatal("the rows are called something else")
	}
	delete(rows, "a/keys")
	rows["a/checkpoint"] = string(again)
	if _, err := store.Verify(t.Context(), rows, store.Expect{Key: first}); err == nil || !strings.Contains(err.Error(), "its keys are not those that its entries say") {
		t.Errorf("Verify = %v", err)
	}
}
