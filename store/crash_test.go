package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
	"muster/store/kv"
	"muster/store/kv/kvtest"
	"muster/store/pgkv"
	"muster/store/pgkv/pgtest"
)

// ending is what everybody can see at the end of the history.
type ending struct {
	Report  store.Report
	Cases   []flows.Case
	Records map[flows.CaseID][]flows.Record
	Due     []flows.Errand
	Memos   []flows.Memo
}

func (w *world) ending() ending {
	w.t.Helper()
	ctx := w.t.Context()
	e := ending{Report: w.check(), Records: map[flows.CaseID][]flows.Record{}}
	var errs [6]error
	e.Cases, errs[0] = w.s.Cases(ctx, "all")
	e.Due, errs[1] = w.s.Due(ctx, w.now.AddDate(1, 0, 0), 100, nil)
	e.Memos, errs[2] = w.s.RecallAll(ctx, "")
	for i, id := range []flows.CaseID{"J-2026-0001", "J-2026-0002", "D-J-2026-0001"} {
		e.Records[id], errs[3+i] = w.s.Records(ctx, id)
	}
	if err := errors.Join(errs[:]...); err != nil {
		w.t.Error(err)
	}
	return e
}

// TestCrashEverywhere plays the history and fails at each write: before it was
// stored or after, with the process dying or living on. The ending is the same.
func TestCrashEverywhere(t *testing.T) {
	steps := history()
	w := newWorld(t)
	if i, err := w.play(t.Context(), steps, 0); err != nil {
		t.Fatalf("step %d: %v", i, err)
	}
	want := w.ending()
	if want.Report.Erased == 0 || want.Report.Signed == 0 || len(want.Cases) != 1 {
		t.Fatalf("the history does too little: %+v", want.Report)
	}
	for _, dies := range []bool{true, false} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("dies %v, after %v", dies, after), func(t *testing.T) {
				for n, failed := 1, true; failed; n++ { // until n is past the last write
					failed = crashOnce(t, &kvtest.Failing{N: n, After: after, Dies: dies}, want, pgkv.Options{})
					if n > 100 {
						t.Fatal("the history never gets past its writes")
					}
				}
			})
		}
	}
}

func crashOnce(t *testing.T, f *kvtest.Failing, want ending, rows pgkv.Options) (failed bool) {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: monday, postgres: rows}
	err := w.tryOpen(func(db kv.DB) kv.DB { f.DB = db; return f })
	i, steps := 0, history()
	if err != nil { // it failed while the log was begun
		if !errors.Is(err, kvtest.ErrFailed) {
			t.Fatalf("write %d: open: %v", f.N, err)
		}
		w.open(nil)
	}
	defer func() { w.close() }()
	if i, err = w.play(t.Context(), steps, i); err != nil {
		if flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("write %d: step %d: %v, want an error with code unavailable", f.N, i, err)
		}
		if f.Dies {
			w.close()
			w.open(nil)
		}
		if i, err = w.play(t.Context(), steps, i); err != nil {
			t.Fatalf("write %d: step %d again: %v", f.N, i, err)
		}
	}
	got := w.ending()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(store.Report{}, "Key")); diff != "" {
		t.Errorf("write %d (-undisturbed +disturbed):\n%s", f.N, diff)
	}
	return f.Failed()
}

// TestCrashPostgres is the same with the rows in PostgreSQL, for some of the writes and with the process dying.
func TestCrashPostgres(t *testing.T) {
	server := pgtest.Start(t, "fsync=off") // the machine does not crash
	w := newWorld(t)
	if i, err := w.play(t.Context(), history(), 0); err != nil {
		t.Fatalf("step %d: %v", i, err)
	}
	want := w.ending()
	for _, after := range []bool{false, true} {
		for n, failed := 1, true; failed; n += 4 { // until n is past the last write
			failed = crashOnce(t, &kvtest.Failing{N: n, After: after, Dies: true}, want, pgkv.Options{DSN: server.DSN(t), Tenant: fmt.Sprint("crash-", n, "-", after)})
		}
	}
}

// TestFailedNeighbours fails a batch: nobody in it is told that it was stored,
// or that something else was.
func TestFailedNeighbours(t *testing.T) {
	for _, after := range []bool{false, true} {
		w := newWorld(t)
		w.close()
		f := &kvtest.Failing{N: 1, After: after}
		w.open(func(db kv.DB) kv.DB { f.DB = db; return f })
		codes := make(chan flows.Code)
		const n = 20
		for range n {
			go func() {
				codes <- flows.CodeOf(w.s.Commit(t.Context(), flows.Change{Turn: "same", Entries: []flows.Entry{heard("", w.now, "x")}}))
			}()
		}
		got := map[flows.Code]int{}
		for range n {
			got[<-codes]++
		}
		if after && got[""] != 0 || !after && got[""] > 1 {
			t.Errorf("after %v: %d commits of one turn were told that they were stored", after, got[""])
		}
		if got[flows.Unavailable] == 0 || got[""]+got[flows.Seen]+got[flows.Unavailable] != n {
			t.Errorf("after %v: outcomes %v", after, got)
		}
		if err := w.s.Commit(t.Context(), flows.Change{Turn: "same", Entries: []flows.Entry{heard("", w.now, "x")}}); err != nil && flows.CodeOf(err) != flows.Seen {
			t.Errorf("after %v: a later try: %v", after, err)
		}
		if r := w.check(); r.Entries != 1 {
			t.Errorf("after %v: the turn is %d times in the log", after, r.Entries)
		}
	}
}

// TestKilled kills a process that commits and looks at what is left: what it
// said was stored is there, and everything fits together.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("MUSTER_TEST_DIR"); dir != "" { // we are the one to be killed
		db, err := boltkv.Open(filepath.Join(dir, store.DatabaseFile), boltkv.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w := &world{t: t, dir: dir, now: monday, db: db}
		if w.s, err = store.Open(t.Context(), db, store.Options{Dir: dir, Origin: tenant, Rand: newSeeded(2), Now: func() time.Time { return monday }}); err != nil {
			t.Fatal(err)
		}
		for i := 0; ; i++ {
			w.commit(flows.Change{Turn: fmt.Sprint(i), Entries: []flows.Entry{heard("", w.now, "x")}})
			if i%20 == 0 {
				if _, err := w.s.Checkpoint(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			fmt.Println("stored", i)
		}
	}
	dir := t.TempDir()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), "MUSTER_TEST_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last := -1
	for last < 100 {
		var i int
		if _, err := fmt.Fscanf(out, "stored %d\n", &i); err != nil {
			t.Fatal(err)
		}
		last = i
	}
	kill()
	if err := cmd.Wait(); err == nil {
		t.Error("the process ended by itself")
	}
	w := &world{t: t, dir: dir, now: monday}
	w.open(nil)
	defer w.close()
	for i := range last + 1 {
		if err := w.s.Commit(t.Context(), flows.Change{Turn: fmt.Sprint(i)}); flows.CodeOf(err) != flows.Seen {
			t.Errorf("turn %d was stored and is not there (%v)", i, err)
		}
	}
	if r := w.check(); r.Entries <= int64(last) {
		t.Errorf("%d entries, want more than %d", r.Entries, last)
	}
}
