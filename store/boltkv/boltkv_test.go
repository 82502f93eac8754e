package boltkv_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"muster/store/boltkv"
	"muster/store/kv"
	"muster/store/kv/kvtest"
)

func TestKV(t *testing.T) {
	kvtest.Run(t, func(t *testing.T) kvtest.Database {
		path := filepath.Join(t.TempDir(), "muster.db")
		return kvtest.Database{Open: func(t *testing.T) kv.DB {
			db, err := boltkv.Open(path, boltkv.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return db
		}}
	})
}

// filled makes a store of a few hundred pages and returns its path.
func filled(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data", "muster.db")
	db, err := boltkv.Open(path, boltkv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := db.Update(t.Context(), func(tx kv.Tx) error {
			for j := range 300 {
				k := fmt.Sprintf("%d/%05d", i, j)
				if err := tx.Put([]byte(k), []byte(strings.Repeat(k, 20))); err != nil {
					return err
				}
			}
			return tx.Put(fmt.Append(nil, "large/", i), make([]byte, 20_000))
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	used := (len(bytes.TrimRight(b, "\x00"))/4096 + 1) * 4096 // bbolt grows the file well ahead of what it needs
	if err := os.Truncate(path, int64(used)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestModes(t *testing.T) {
	path := filled(t)
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("mode of %s is %v, want %v", filepath.Base(p), info.Mode(), want)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, want only the store (%v)", entries, err)
	}
}

// TestRefused opens files that are not whole stores of ours: each gets a plain
// sentence, and not one byte of it changes.
func TestRefused(t *testing.T) {
	good, err := os.ReadFile(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	foreign := func(fill func(*bbolt.Tx) error) []byte {
		path := filepath.Join(t.TempDir(), "foreign.db")
		b, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(b.Update(fill), b.Close()); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	later := func(b *bbolt.Tx) error {
		format, err := b.CreateBucket([]byte("muster.format"))
		if err != nil {
			return err
		}
		_, err = b.CreateBucket([]byte("muster.rows"))
		return errors.Join(err, format.Put([]byte("magic"), []byte("muster store, rows with CRC-32C")), format.Put([]byte("version"), []byte("2")))
	}
	patch := func(at int, with string) []byte {
		b := bytes.Clone(good)
		copy(b[at:], with)
		return b
	}
	metas := patch(0, strings.Repeat("x", 2*os.Getpagesize()))
	for name, tt := range map[string]struct {
		data []byte
		say  string
	}{
		"empty":                  {[]byte{}, "it is empty"},
		"text":                   {[]byte("hello\n"), "it is not a muster store"},
		"long text":              {bytes.Repeat([]byte("hello\n"), 10_000), "it is not a muster store"},
		"zeros":                  {make([]byte, 1<<20), "it is not a muster store"},
		"another program's":      {foreign(func(b *bbolt.Tx) error { _, err := b.CreateBucket([]byte("x")); return err }), "a database of another program"},
		"another program's, new": {foreign(func(*bbolt.Tx) error { return nil }), "a database of another program"},
		"a later version's":      {foreign(later), "format version \"2\""},
		"cut in the first page":  {good[:3000], "it is too short"},
		"cut after two pages":    {good[:2*os.Getpagesize()], "it is cut short"},
		"cut in the middle":      {good[:len(good)/2], "it is cut short"},
		"both metas broken":      {metas, "it is not a muster store"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "muster.db")
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, readOnly := range []bool{true, false} {
				db, err := boltkv.Open(path, boltkv.Options{ReadOnly: readOnly})
				refused, ok := errors.AsType[*boltkv.RefusedError](err)
				if !ok || !strings.Contains(refused.Why, tt.say) {
					t.Errorf("Open(read-only %v) = %v, %v; want a refusal that says %q", readOnly, db, err, tt.say)
				}
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, tt.data) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
	t.Run("a folder", func(t *testing.T) {
		if _, err := boltkv.Open(t.TempDir(), boltkv.Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("Open = %v", err)
		}
	})
	t.Run("nothing to read", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "muster.db")
		if _, err := boltkv.Open(path, boltkv.Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Open = %v", err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("opening for reading made a file (%v)", err)
		}
	})
}

// TestFlips flips one bit here and there. Whatever was hit, the store must be
// refused, or report damage, or show exactly what was written. The hole that
// remains is bbolt's: a broken meta page looks like a crash in the middle of
// the last commit, and the commit before it is shown. What was signed and sent
// away tells one from the other.
func TestFlips(t *testing.T) {
	path := filled(t)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := rows(t, path)
	before := map[string]string{} // the last of the three updates
	for k, v := range want {
		if !strings.HasPrefix(k, "2/") && k != "large/2" {
			before[k] = v
		}
	}
	var refused, damaged, unharmed int
	step := len(good)/257 + 1
	for at := 0; at < len(good); at += step {
		for _, off := range []int{at, at/4096*4096 + at%64} { // anywhere, and in the heads of pages
			bad := bytes.Clone(good)
			bad[off] ^= 1 << (at % 8)
			hit := filepath.Join(t.TempDir(), "muster.db")
			if err := os.WriteFile(hit, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := boltkv.Open(hit, boltkv.Options{ReadOnly: true})
			if err != nil {
				if _, ok := errors.AsType[*boltkv.RefusedError](err); !ok {
					t.Errorf("bit at %d: Open = %v", off, err)
				}
				refused++
				continue
			}
			got := map[string]string{}
			err = db.View(t.Context(), func(tx kv.Tx) error {
				return tx.Scan(nil, nil, func(k, v []byte) (bool, error) {
					got[string(k)] = string(v)
					return true, nil
				})
			})
			switch {
			case errors.Is(err, kv.ErrDamaged):
				damaged++
			case err != nil:
				t.Errorf("bit at %d: %v", off, err)
			case off < 2*4096 && equal(got, before):
				unharmed++
			case !equal(got, want):
				t.Errorf("bit at %d: the rows changed unnoticed", off)
			default:
				unharmed++
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	t.Logf("refused %d, damaged %d, unharmed %d", refused, damaged, unharmed)
	if refused == 0 || damaged == 0 {
		t.Error("the test hit nothing")
	}
}

func rows(t *testing.T, path string) map[string]string {
	t.Helper()
	db, err := boltkv.Open(path, boltkv.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return kvtest.Rows(t, db)
}

func equal(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}

// TestTwoProcesses opens a store that this process holds from another one.
func TestTwoProcesses(t *testing.T) {
	if path := os.Getenv("MUSTER_TEST_STORE"); path != "" { // we are the other one
		_, err := boltkv.Open(path, boltkv.Options{LockWait: 100 * time.Millisecond, ReadOnly: os.Getenv("MUSTER_TEST_READ") != ""})
		if _, ok := errors.AsType[*boltkv.InUseError](err); ok {
			fmt.Println(err)
			os.Exit(3)
		}
		os.Exit(4)
	}
	path := filled(t)
	db, err := boltkv.Open(path, boltkv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, env := range map[string]string{"writing": "", "reading": "MUSTER_TEST_READ=1"} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTwoProcesses$")
			cmd.Env = append(os.Environ(), "MUSTER_TEST_STORE="+path, env)
			out, err := cmd.CombinedOutput()
			exit, ok := errors.AsType[*exec.ExitError](err)
			if !ok || exit.ExitCode() != 3 || !strings.Contains(string(out), "the store "+path+" is in use by another muster process") {
				t.Errorf("the other process: %v\n%s", err, out)
			}
		})
	}
}

// TestReadOnly opens for reading twice at once, and refuses to write.
func TestReadOnly(t *testing.T) {
	path := filled(t)
	for range 2 {
		db, err := boltkv.Open(path, boltkv.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Update(t.Context(), func(kv.Tx) error { return nil }); !errors.Is(err, kv.ErrReadOnly) {
			t.Errorf("Update = %v, want ErrReadOnly", err)
		}
	}
}

func TestPanicOfTheCaller(t *testing.T) {
	db, err := boltkv.Open(filled(t), boltkv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	func() {
		defer func() {
			if r := recover(); r != "ours" {
				t.Errorf("recovered %v, want the caller's panic", r)
			}
		}()
		_ = db.Update(t.Context(), func(kv.Tx) error { panic("ours") })
	}()
	if err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put([]byte("k"), nil) }); err != nil {
		t.Errorf("Update after a caller's panic = %v", err)
	}
}

// TestDamagedWhileOpen changes the file under an open database, as a disk or
// another program may: each transaction ends with an error, none with a crash.
func TestDamagedWhileOpen(t *testing.T) {
	for name, damage := range map[string]func(*os.File, int64) error{
		"overwritten": func(f *os.File, size int64) error {
			_, err := f.WriteAt(bytes.Repeat([]byte{0xff}, int(size)-2*4096), 2*4096)
			return err
		},
		"cut short": func(f *os.File, _ int64) error { return f.Truncate(2 * 4096) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t)
			db, err := boltkv.Open(path, boltkv.Options{})
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			info, err := f.Stat()
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(damage(f, info.Size()), f.Close()); err != nil {
				t.Fatal(err)
			}
			read := func(tx kv.Tx) error { _, err := tx.Get([]byte("0/00001")); return err }
			for range 2 {
				if err := db.View(t.Context(), read); !errors.Is(err, kv.ErrDamaged) {
					t.Errorf("View = %v, want ErrDamaged", err)
				}
				if err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put([]byte("k"), nil) }); !errors.Is(err, kv.ErrDamaged) {
					t.Errorf("Update = %v, want ErrDamaged", err)
				}
			}
			if err := db.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
		})
	}
}
