package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"muster/store/evidence"
)

const origin = "11111111-1111-1111-1111-111111111111"

func header(seq int64) evidence.Header {
	return evidence.Header{
		Seq: seq, Stream: "J-2026-0042", Position: seq + 1, Kind: "access.approved.1",
		Time: time.Date(2026, 3, 2, 9, 30, 0, 1, time.UTC), Actor: "5d8f1c0a", Commitment: evidence.Commitment{1, 2, 3},
	}
}

// TestCanonical fixes the bytes that leaves are made of. They are stored and
// signed: this test may get further cases, its bytes never change.
func TestCanonical(t *testing.T) {
	got, err := header(16).Append(nil)
	want := "muster entry 1\n16\nJ-2026-0042\n17\naccess.approved.1\n2026-03-02T09:30:00.000000001Z\n5d8f1c0a\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	if err != nil || string(got) != want {
		t.Errorf("header = %q, %v; want %q", got, err, want)
	}
	bare := evidence.Header{Kind: "turn.heard.1", Time: time.Date(2026, 3, 2, 10, 30, 0, 0, time.FixedZone("", 3600))}
	got, err = bare.Append(nil)
	want = "muster entry 1\n0\n-\n0\nturn.heard.1\n2026-03-02T09:30:00Z\n-\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	if err != nil || string(got) != want {
		t.Errorf("header = %q, %v; want %q", got, err, want)
	}
	salt := [evidence.SaltSize]byte{9}
	if got, want := evidence.Commit(&salt, []byte("{}")), sha256.Sum256([]byte("muster body 1\n"+string(salt[:])+"{}")); got != want {
		t.Errorf("commitment = %x, want %x", got, want)
	}
	if got, want := evidence.Leaf([]byte("x")), sha256.Sum256([]byte("\x00x")); [32]byte(got) != want {
		t.Errorf("leaf = %v, want %x", got, want)
	}
}

func TestHeaderRefusals(t *testing.T) {
	for name, change := range map[string]func(*evidence.Header){
		"no kind":                  func(h *evidence.Header) { h.Kind = "" },
		"a newline":                func(h *evidence.Header) { h.Kind = "a\nb" },
		"a space":                  func(h *evidence.Header) { h.Stream = "a b" },
		"a letter beyond ASCII":    func(h *evidence.Header) { h.Actor = "é" },
		"too long":                 func(h *evidence.Header) { h.Stream = strings.Repeat("s", 201) },
		"the mark of nobody":       func(h *evidence.Header) { h.Actor = "-" },
		"a negative number":        func(h *evidence.Header) { h.Seq = -1 },
		"a stream, no position":    func(h *evidence.Header) { h.Position = 0 },
		"a position, no stream":    func(h *evidence.Header) { h.Stream = "" },
		"no time":                  func(h *evidence.Header) { h.Time = time.Time{} },
		"a time beyond four digit": func(h *evidence.Header) { h.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		h := header(1)
		change(&h)
		if b, err := h.Append([]byte("kept")); err == nil || string(b) != "kept" {
			t.Errorf("%s: Append = %q, %v; want an error", name, b, err)
		}
	}
}

// FuzzHeader holds that there is one way to write a header.
func FuzzHeader(f *testing.F) {
	good, err := header(3).Append(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("muster entry 1\n+3\n-\n0\nk\n2026-03-02T09:30:00Z\n-\nAAAA=\n"))
	f.Add([]byte("muster entry 1\n3\n-\n0\nk\n2026-03-02T09:30:00.10Z\n-\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"))
	f.Add(append(bytes.Clone(good), "more\n"...))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := evidence.ParseHeader(b)
		if err != nil {
			return
		}
		again, err := h.Append(nil)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q was read and is written as %q (%v)", b, again, err)
		}
	})
}

// kept is a log in memory: the hashes that Edge.Append said to keep with each leaf.
type kept [][]evidence.Hash

func (k kept) node(level int, n int64) (evidence.Hash, error) {
	leaf, index := evidence.LeafOf(level, n)
	if leaf >= int64(len(k)) || index >= len(k[leaf]) {
		return evidence.Hash{}, fmt.Errorf("no hash at level %d, %d", level, n)
	}
	return k[leaf][index], nil
}

// TestTree compares the edge with the tree of x/mod for every size up to some,
// and checks every proof.
func TestTree(t *testing.T) {
	var edge evidence.Edge
	var log kept
	var stored []tlog.Hash // as x/mod keeps them
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			out[i] = stored[x]
		}
		return out, nil
	})
	var roots []evidence.Hash
	var leaves []evidence.Hash
	for n := range int64(70) {
		want, err := tlog.TreeHash(n, reader)
		if err != nil || edge.Root() != want || edge.Size() != n {
			t.Fatalf("root of %d = %v, want %v (%v)", edge.Size(), edge.Root(), want, err)
		}
		loaded, err := evidence.LoadEdge(n, log.node)
		if err != nil || loaded != edge {
			t.Fatalf("the edge of %d read back differs (%v)", n, err)
		}
		roots = append(roots, want)
		data := fmt.Append(nil, "entry ", n)
		hashes, err := tlog.StoredHashes(n, data, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, hashes...)
		leaves = append(leaves, evidence.Leaf(data))
		log = append(log, edge.Append(evidence.Leaf(data), nil))
		if diff := cmp.Diff(hashes, []evidence.Hash(log[n])); diff != "" || len(hashes) != evidence.HashesOf(n) {
			t.Fatalf("hashes of leaf %d, %d expected (-x/mod +edge):\n%s", n, evidence.HashesOf(n), diff)
		}
	}
	at := func(size int64) evidence.Checkpoint {
		return evidence.Checkpoint{Origin: origin, Size: size, Root: roots[size]}
	}
	for size := range int64(len(roots)) {
		for i := range size {
			p, err := evidence.ProveEntry(size, i, log.node)
			if err != nil {
				t.Fatal(err)
			}
			if err := evidence.CheckEntry(p, at(size), i, leaves[i]); err != nil {
				t.Error(err)
			}
			if err := evidence.CheckEntry(p, at(size), i, evidence.Leaf([]byte("other"))); err == nil {
				t.Errorf("another entry is proven at %d of %d", i, size)
			}
		}
		for old := range size + 1 {
			p, err := evidence.ProveGrowth(size, old, log.node)
			if err != nil {
				t.Fatal(err)
			}
			if err := evidence.CheckGrowth(p, at(size), at(old)); err != nil {
				t.Error(err)
			}
			forged := at(old)
			forged.Root[3] ^= 1
			if err := evidence.CheckGrowth(p, at(size), forged); err == nil {
				t.Errorf("growth from another log of %d to %d is proven", old, size)
			}
		}
	}
	for name, err := range map[string]error{
		"an entry beyond the end": func() error { _, err := evidence.ProveEntry(5, 5, log.node); return err }(),
		"a check beyond the end":  evidence.CheckEntry(nil, at(5), 5, leaves[5]),
		"a log that shrank":       evidence.CheckGrowth(nil, at(4), at(5)),
		"a proof of shrinking":    func() error { _, err := evidence.ProveGrowth(4, 5, log.node); return err }(),
		"two logs":                evidence.CheckGrowth(nil, at(4), evidence.Checkpoint{Origin: "x", Size: 4, Root: roots[4]}),
	} {
		if err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

func newKey(t testing.TB) evidence.Key {
	t.Helper()
	k, err := evidence.CreateKey(filepath.Join(t.TempDir(), "signing.key"), origin, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCheckpoint(t *testing.T) {
	k := newKey(t)
	c := evidence.Checkpoint{Origin: origin, Size: 17, Root: evidence.Leaf([]byte("x"))}
	signed, err := k.SignCheckpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(signed), "\n")
	root := base64.StdEncoding.EncodeToString(c.Root[:])
	if diff := cmp.Diff([]string{"muster-log/" + origin, "17", root, ""}, lines[:4]); diff != "" || !strings.HasPrefix(lines[4], "\u2014 muster-log/"+origin+" ") {
		t.Errorf("checkpoint %q (-want +got):\n%s", signed, diff)
	}
	if got, err := evidence.OpenCheckpoint(signed, k.Public()); err != nil || got != c {
		t.Errorf("OpenCheckpoint = %+v, %v", got, err)
	}
	witnessed := append(bytes.Clone(signed), "\u2014 witness.example/w AAAAAAAA\n"...)
	if got, err := evidence.OpenCheckpoint(witnessed, k.Public()); err != nil || got != c {
		t.Errorf("OpenCheckpoint with a witness = %+v, %v", got, err)
	}
	for i := range signed {
		bad := bytes.Clone(signed)
		bad[i] ^= 1
		if got, err := evidence.OpenCheckpoint(bad, k.Public()); err == nil {
			t.Errorf("byte %d flipped: %+v", i, got)
		}
	}
	if _, err := k.SignCheckpoint(evidence.Checkpoint{Origin: "other"}); err == nil {
		t.Error("the key signs for another log")
	}
	for name, key := range map[string]string{"none": "", "garbage": "x", "another form": "example.com+530b903a+AY6hUVNc+XYi6vGk3RKGNP1TkRSh8gwGXwrBQJUi8i7V"} {
		if _, err := evidence.OpenCheckpoint(signed, key); err == nil {
			t.Errorf("opened with the key %q", name)
		}
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "signing.key")
	if _, err := evidence.OpenKey(path, origin); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenKey of nothing = %v", err)
	}
	k, err := evidence.CreateKey(path, origin, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := evidence.OpenKey(path, origin)
	if err != nil || again.Public() != k.Public() || again.Origin() != origin {
		t.Errorf("OpenKey = %v, %v; want %v", again.Public(), err, k.Public())
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.CreateKey(path, origin, rand.NewChaCha8([32]byte{2})); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateKey over a key = %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the key was replaced (%v)", err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v (%v)", files, err)
	}
	if _, err := evidence.OpenKey(path, "99999999-9999-9999-9999-999999999999"); err == nil || strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("OpenKey for another log = %v", err)
	}
	for _, bad := range []string{"", "a b", "a+b", "a\nb"} {
		if _, err := evidence.CreateKey(path+"2", bad, rand.NewChaCha8([32]byte{1})); err == nil {
			t.Errorf("a key for the origin %q", bad)
		}
	}
}
