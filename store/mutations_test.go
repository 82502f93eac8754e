package store_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muster/store"
	"muster/store/evidence"
	"muster/store/kv/kvtest"
)

// mutations is how many the test below makes: few, or as many as MUSTER_MUTATIONS says.
func mutations(t *testing.T) int {
	t.Helper()
	s := os.Getenv("MUSTER_MUTATIONS")
	if s == "" {
		return 400
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// lived is a store with a history, a change of key and an erasure, as it stood after each step, and the checkpoint of its end.
func lived(t *testing.T) (w *world, states []frozen, first string, last []byte) {
	t.Helper()
	w = newWorld(t)
	first = w.s.PublicKey()
	steps := history()
	for i := range steps {
		if n, err := w.play(t.Context(), steps[:i+1], i); err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
		if i == 6 {
			if err := w.s.ChangeKey(t.Context(), "yearly"); err != nil {
				t.Fatal(err)
			}
		}
		states = append(states, frozen(kvtest.Rows(t, w.db)))
	}
	last, err := w.s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return w, append(states, frozen(kvtest.Rows(t, w.db))), first, last
}

// loose are bytes that nothing but the database's own sums guards: what an errand says, generations, and the rows of which there is one.
func loose(key string, at int) bool {
	switch {
	case unbound(key), key == "a/actors", key == "a/log":
		return true
	case key == "a/head":
		return at >= 40
	case strings.HasPrefix(key, "e/"):
		return at < 8 || at >= 17
	}
	return false
}

// erasing is the entry that erases.
func erasing(rows frozen) int64 {
	for k, v := range rows {
		if strings.HasPrefix(k, "b/") && v[0] == 0 {
			return int64(binary.BigEndian.Uint64([]byte(v[1:])))
		}
	}
	return -1
}

// TestTenThousandMutations changes a store in seeded ways, as somebody does who has all of it but the keys, for somebody who knows the first
// public key and the last checkpoint. None goes unnoticed.
func TestTenThousandMutations(t *testing.T) {
	w, states, first, last := lived(t)
	good := states[len(states)-1]
	stranger, err := evidence.CreateKey(filepath.Join(t.TempDir(), "k"), tenant, rand.NewChaCha8([32]byte{9}))
	if err != nil {
		t.Fatal(err)
	}
	known := store.Expect{Key: first, Checkpoints: [][]byte{last}}
	if _, err := store.Verify(t.Context(), good, known); err != nil {
		t.Fatal(err)
	}
	keys := slices.Sorted(maps.Keys(good))
	done := map[string]int{}
	for seed := range mutations(t) {
		r := rand.New(rand.NewPCG(uint64(seed), 42))
		bad := maps.Clone(good)
		key := keys[r.IntN(len(keys))]
		what := ""
		switch value := good[key]; r.IntN(8) {
		case 0:
			at := r.IntN(max(len(value), 1))
			if len(value) == 0 || loose(key, at) {
				continue
			}
			b := []byte(value)
			b[at] ^= 1 << r.IntN(8)
			what, bad[key] = "flip", string(b)
		case 1:
			if unbound(key) || key == "a/checkpoint" {
				continue
			}
			what = "drop"
			delete(bad, key)
		case 2:
			what = "insert"
			bad[string("bceilnqrs"[r.IntN(9)])+"/"+fmt.Sprint(r.Uint64())] = value
		case 3:
			other := keys[r.IntN(len(keys))]
			if other[:2] != key[:2] || good[other] == value || unbound(key) || key[0] == 'a' || key[0] == 'e' {
				continue
			}
			what, bad[key], bad[other] = "reorder", good[other], value
		case 4:
			if len(value) == 0 || unbound(key) || key[0] == 'e' {
				continue
			}
			what, bad[key] = "truncate", value[:r.IntN(len(value))]
		case 5:
			bad = states[r.IntN(len(states)-2)]
			if bad["a/head"][:8] == good["a/head"][:8] {
				continue
			}
			what = "roll back"
		case 6:
			what = "sign again"
			c, err := evidence.OpenCheckpoint(last, w.s.PublicKeys())
			if err != nil {
				t.Fatal(err)
			}
			c.Size = r.Int64N(c.Size + 1)
			signed, err := stranger.SignCheckpoint(c)
			if err != nil {
				t.Fatal(err)
			}
			bad["a/checkpoint"] = string(signed)
			if r.IntN(2) == 0 { // as if the log had always been the stranger's
				bad["a/log"] = strings.ReplaceAll(bad["a/log"], first, stranger.Public())
				delete(bad, "a/keys")
			}
		case 7:
			seqs := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !strings.HasPrefix(k, "b/") || good[k][0] == 0 })
			key = seqs[r.IntN(len(seqs))]
			seq := int64(binary.BigEndian.Uint64([]byte(key[2:])))
			size := int64(binary.BigEndian.Uint64([]byte(good["a/head"][:8])))
			if seq+1 >= size {
				continue
			}
			because := seq + 1 + r.Int64N(size-seq-1)
			if e := erasing(good); seq < e && r.IntN(2) == 0 {
				because = e
			}
			what, bad[key] = "take a body away", string(binary.BigEndian.AppendUint64([]byte{0}, uint64(because)))
		}
		done[what]++
		if _, err := store.Verify(t.Context(), bad, known); err == nil {
			t.Errorf("seed %d: %s at %q: not noticed", seed, what, key)
		}
	}
	for _, what := range []string{"flip", "drop", "insert", "reorder", "truncate", "roll back", "sign again", "take a body away"} {
		if done[what] == 0 {
			t.Errorf("nothing was tried as %q", what)
		}
	}
	t.Logf("noticed, all of them: %v", done)
}
