package store_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"muster/store"
	"muster/store/boltkv"
)

// TestOldStores opens and verifies a store that each earlier format left behind: a joiner's case that is done, and an urgent exit that runs.
// The files are written once, by the release that brought the format, and never again.
func TestOldStores(t *testing.T) {
	for _, format := range []string{"format-1"} {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			unpack(t, filepath.Join("testdata", format+".db.gz"), filepath.Join(dir, store.DatabaseFile))
			checkpoint, err := os.ReadFile(filepath.Join("testdata", format+".checkpoint"))
			if err != nil {
				t.Fatal(err)
			}
			db, err := boltkv.Open(filepath.Join(dir, store.DatabaseFile), boltkv.Options{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			r, err := store.Verify(t.Context(), db, store.Expect{Checkpoints: [][]byte{checkpoint}})
			if err != nil {
				t.Fatal(err)
			}
			if r.Entries != 366 || r.Signed != 366 || r.Cases != 2 {
				t.Errorf("%d entries, %d signed, %d cases; want 366, 366, 2", r.Entries, r.Signed, r.Cases)
			}
		})
	}
}

func unpack(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, z); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
