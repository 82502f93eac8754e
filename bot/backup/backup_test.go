package backup_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/bot/backup"
	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
	"muster/store/evidence"
)

const tenant = "11111111-1111-1111-1111-111111111111"

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func now() time.Time { return monday }

// live is a store with a log that people are writing.
type live struct {
	t   testing.TB
	dir string
	db  *boltkv.DB
	st  *store.Store
}

func begin(t testing.TB) *live {
	t.Helper()
	l := &live{t: t, dir: filepath.Join(t.TempDir(), tenant)}
	if err := os.Mkdir(l.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l.open(l.dir)
	return l
}

func (l *live) open(dir string) {
	l.t.Helper()
	var err error
	if l.db, err = boltkv.Open(filepath.Join(dir, store.DatabaseFile), boltkv.Options{}); err != nil {
		l.t.Fatal(err)
	}
	if l.st, err = store.Open(l.t.Context(), l.db, store.Options{Dir: dir, Origin: tenant, Now: now, Rand: rand.Reader}); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(l.close)
}

func (l *live) close() {
	l.st.Close()
	if err := l.db.Close(); err != nil {
		l.t.Error(err)
	}
}

func (l *live) say(n int, text string) {
	l.t.Helper()
	for i := range n {
		if err := l.st.Commit(l.t.Context(), flows.Change{
			Entries: []flows.Entry{{At: monday, By: "00000000-0000-4000-a000-000000000001", Body: flows.Heard{Text: fmt.Sprint(text, i)}}},
			Memos:   []flows.Memo{{Key: fmt.Sprint("memo/", text, i), Value: []byte(text)}},
		}); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *live) checkpoint() []byte {
	l.t.Helper()
	c, err := l.st.Checkpoint(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	return c
}

func (l *live) backup(withKey bool) string {
	l.t.Helper()
	policy := filepath.Join(l.t.TempDir(), "p.yaml")
	if err := os.WriteFile(policy, []byte("organisation: Larkfield\n"), 0o600); err != nil {
		l.t.Fatal(err)
	}
	path := filepath.Join(l.t.TempDir(), "b.zip")
	f, err := os.Create(path)
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := (backup.Source{Store: l.st, Dir: l.dir, Policy: policy, Now: now}).Write(l.t.Context(), f, withKey); err != nil {
		l.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		l.t.Fatal(err)
	}
	return path
}

func restore(t testing.TB, path string, to backup.Target) (backup.Restored, error) {
	t.Helper()
	f, err := backup.Open(path)
	if err != nil {
		return backup.Restored{}, err
	}
	defer f.Close()
	if to.Now == nil {
		to.Now = now
	}
	return f.Restore(t.Context(), to)
}

// empty reports that nothing was put into a data folder.
func empty(t testing.TB, dir string) {
	t.Helper()
	if found, err := os.ReadDir(dir); err == nil && len(found) > 0 {
		t.Errorf("%s was left there", found[0].Name())
	}
}

// TestRoundTrip puts back what was backed up: it verifies, goes on with its key, and says that it was restored.
func TestRoundTrip(t *testing.T) {
	l := begin(t)
	l.say(300, "before ")
	path := l.backup(true)
	sent := l.checkpoint()
	data := t.TempDir()
	r, err := restore(t, path, backup.Target{DataDir: data, Checkpoints: [][]byte{sent}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Dir != filepath.Join(data, tenant) || r.Report.Entries != 302 || !r.Policy || r.Lost != 0 || len(r.Report.Restored) != 1 || !r.Report.Restored[0].Made.Equal(monday) || r.Report.Restored[0].Size != 300 {
		t.Errorf("restored %+v", r)
	}
	for _, name := range []string{store.DatabaseFile, store.KeyFile, store.CheckpointFile, "policy.yaml"} {
		if info, err := os.Stat(filepath.Join(r.Dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", name, err)
		}
	}
	again := &live{t: t}
	again.open(r.Dir)
	if v, err := again.st.Recall(t.Context(), "memo/before 7"); err != nil || string(v) != "before " {
		t.Errorf("a memo is %q, %v", v, err)
	}
	if _, err := again.st.Recall(t.Context(), "pause"); err != nil {
		t.Errorf("it does not start paused: %v", err)
	}
	again.say(3, "after ")
	if rep, err := again.st.Check(t.Context()); err != nil || rep.Entries != 305 {
		t.Errorf("it does not go on: %+v, %v", rep, err)
	}
}

// TestWhileItIsWritten takes backups while many write: each is one moment of the log.
func TestWhileItIsWritten(t *testing.T) {
	l := begin(t)
	l.say(10, "first ")
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() { l.say(100, fmt.Sprintf("writer %d ", i)) })
	}
	for range 5 {
		r, err := restore(t, l.backup(true), backup.Target{DataDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if r.Report.Entries < 12 {
			t.Errorf("%d entries", r.Report.Entries)
		}
	}
	writers.Wait()
}

// TestRestoreRefuses is what must not be put in place, and leaves nothing behind.
func TestRestoreRefuses(t *testing.T) {
	l := begin(t)
	l.say(20, "text ")
	with, bare := l.backup(true), l.backup(false)
	other := begin(t)
	other.say(30, "another log ")
	full := t.TempDir()
	if err := os.MkdirAll(filepath.Join(full, tenant, "muster.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		path string
		to   backup.Target
		want string
	}{
		"no key":                        {bare, backup.Target{}, "--signing-key"},
		"another log's key":             {bare, backup.Target{Key: filepath.Join(other.dir, store.KeyFile)}, "signing key"},
		"another log's checkpoint":      {with, backup.Target{Checkpoints: [][]byte{other.checkpoint()}}, "checkpoint"},
		"a folder where something is":   {with, backup.Target{DataDir: full}, "is not empty"},
		"no backup":                     {filepath.Join(l.dir, store.DatabaseFile), backup.Target{}, "no whole backup"},
		"a checkpoint that is not one":  {with, backup.Target{Checkpoints: [][]byte{[]byte("muster-log/x\n1\n")}}, "checkpoint"},
		"a log with a name that climbs": {renamed(t, with), backup.Target{}, "whose log"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.to.DataDir == "" {
				tt.to.DataDir = filepath.Join(t.TempDir(), "data")
				defer empty(t, tt.to.DataDir)
			}
			if _, err := restore(t, tt.path, tt.to); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q", err, tt.want)
			}
		})
	}
	if r, err := restore(t, bare, backup.Target{DataDir: t.TempDir(), Key: filepath.Join(l.dir, store.KeyFile)}); err != nil || r.Report.Entries != 22 {
		t.Errorf("with the key beside it: %+v, %v", r.Report, err)
	}
}

// renamed is a backup whose manifest names a folder elsewhere.
func renamed(t *testing.T, path string) string {
	return rezipped(t, path, func(name string, b []byte) []byte {
		if name == "manifest.json" {
			return bytes.Replace(b, []byte(tenant), []byte("../../somewhere"), 1)
		}
		return b
	})
}

func rezipped(t testing.TB, path string, change func(string, []byte) []byte) string {
	t.Helper()
	in, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		w, err := z.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(change(f.Name, b)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "changed.zip")
	if err := os.WriteFile(to, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// FuzzBackup gives the reader anything for a backup: it is refused and leaves nothing behind, or what is put back verifies.
func FuzzBackup(f *testing.F) {
	l := begin(f)
	l.say(5, "text ")
	good, err := os.ReadFile(l.backup(true))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18))) // an empty zip
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		path, data := filepath.Join(dir, "backup.zip"), filepath.Join(dir, "data")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := restore(t, path, backup.Target{DataDir: data})
		if err != nil {
			empty(t, data)
		} else if r.Report.Entries == 0 {
			t.Errorf("an empty log was put back: %+v", r.Report)
		}
	})
}

// TestEveryByteCounts turns bytes of a backup over and cuts it off: whatever is put back is what was backed up.
func TestEveryByteCounts(t *testing.T) {
	l := begin(t)
	l.say(40, "text ")
	path := l.backup(true)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rnd := mathrand.New(mathrand.NewPCG(1, 2))
	refused := 0
	for i := range 60 {
		b := bytes.Clone(good)
		if i%4 == 0 {
			b = b[:rnd.IntN(len(b))]
		} else {
			b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
		}
		bad := filepath.Join(t.TempDir(), "bad.zip")
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		data := filepath.Join(t.TempDir(), "data")
		r, err := restore(t, bad, backup.Target{DataDir: data})
		if err != nil {
			refused++
			empty(t, data)
		} else if r.Report.Entries != 42 { // a time in the zip, that nobody reads
			t.Errorf("change %d was put back: %+v", i, r.Report)
		}
	}
	if refused < 50 {
		t.Errorf("only %d of 60 changes were refused", refused)
	}

	// Whoever also writes the manifest anew gets past it, and is found by the log.
	forged := rezipped(t, path, func(name string, b []byte) []byte {
		if name == "rows" {
			return bytes.Replace(b, []byte("text 17"), []byte("text 71"), 1)
		}
		return b
	})
	if _, err := restore(t, forged, backup.Target{DataDir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "not what the manifest says") {
		t.Errorf("changed rows: %v", err)
	}
}

// TestOlderThanACheckpoint is a backup that lacks what was sent away since: it is refused, until an owner puts a name to the loss. Then the log
// goes on, says so for ever, and is not held against what was given up, but against everything else.
func TestOlderThanACheckpoint(t *testing.T) {
	l := begin(t)
	l.say(20, "kept ")
	early := l.checkpoint()
	path := l.backup(true)
	l.say(5, "lost ")
	first := l.checkpoint()
	l.say(5, "lost too ")
	second := l.checkpoint()
	sent := [][]byte{early, first, second}
	data := filepath.Join(t.TempDir(), "data")
	_, err := restore(t, path, backup.Target{DataDir: data, Checkpoints: sent})
	older, ok := errors.AsType[*backup.OlderError](err)
	if !ok || older.Newest != 30 || !strings.Contains(err.Error(), "10 entries would be missing") || !strings.Contains(err.Error(), "--accept-loss") {
		t.Fatalf("error %v", err)
	}
	empty(t, data)
	if _, err := restore(t, path, backup.Target{DataDir: data, Checkpoints: sent, Loss: &backup.Loss{By: "olivia.grant@larkfield.example"}}); err == nil || !strings.Contains(err.Error(), "--reason") {
		t.Errorf("without a reason: %v", err)
	}
	empty(t, data)
	r, err := restore(t, path, backup.Target{DataDir: data, Checkpoints: sent, Loss: &backup.Loss{Reason: "the disk burnt", By: "olivia.grant@larkfield.example"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Lost != 2 || len(r.Report.Restored) != 1 || r.Report.Restored[0].Reason != "the disk burnt" || len(r.Report.Restored[0].Lost) != 2 {
		t.Errorf("restored %+v", r)
	}
	start := func(published ...[]byte) error {
		db, err := boltkv.Open(filepath.Join(r.Dir, store.DatabaseFile), boltkv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		st, err := store.Open(t.Context(), db, store.Options{Dir: r.Dir, Origin: tenant, Now: now, Rand: rand.Reader, Published: published})
		if err == nil {
			st.Close()
		}
		if cerr := db.Close(); cerr != nil {
			t.Error(cerr)
		}
		return err
	}
	if err := start(sent...); err != nil {
		t.Errorf("it does not start with what was given up: %v", err)
	}
	l.say(9, "another future ")
	var rewritten *store.RewrittenError
	if err := start(append(sent, l.checkpoint())...); !errors.As(err, &rewritten) {
		t.Errorf("a checkpoint that nobody gave up is not missed: %v", err)
	}
}

// TestDoor fetches a backup from a Muster that runs, also by a path that is too long for a socket.
func TestDoor(t *testing.T) {
	l := begin(t)
	l.say(50, "text ")
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.MkdirAll(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"its folder": l.dir, "a long path": long} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(l.dir, store.KeyFile))
			if err == nil && dir != l.dir {
				err = os.WriteFile(filepath.Join(dir, store.KeyFile), b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := backup.Fetch(t.Context(), dir, false, io.Discard); !errors.Is(err, backup.ErrNobody) {
				t.Errorf("before it runs: %v", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			run := backup.Listen(backup.Source{Store: l.st, Dir: dir, Now: now}, slog.New(slog.DiscardHandler))
			ended := make(chan error, 1)
			go func() { ended <- run(ctx) }()
			info, err := os.Stat(filepath.Join(dir, backup.SocketFile))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("the door: %v %v", info, err)
			}
			for _, withKey := range []bool{false, true} {
				path := filepath.Join(t.TempDir(), "b.zip")
				f, err := os.Create(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(backup.Fetch(t.Context(), dir, withKey, f), f.Close()); err != nil {
					t.Fatal(err)
				}
				r, err := restore(t, path, backup.Target{DataDir: t.TempDir()})
				if withKey && (err != nil || r.Report.Entries != 52) || !withKey && (err == nil || !strings.Contains(err.Error(), "signing key")) {
					t.Errorf("with the key %v: %+v, %v", withKey, r.Report, err)
				}
			}
			var log bytes.Buffer
			if err := backup.FetchLog(t.Context(), dir, &log); err != nil {
				t.Error(err)
			}
			if r, err := evidence.VerifyLines(&log, l.st.PublicKey()); err != nil || r.Entries < 50 {
				t.Errorf("the log: %+v, %v", r, err)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("it ended with %v", err)
			}
			if err := backup.Fetch(t.Context(), dir, false, io.Discard); !errors.Is(err, backup.ErrNobody) {
				t.Errorf("after it ran: %v", err)
			}
		})
	}
}
