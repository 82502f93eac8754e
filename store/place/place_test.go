package place_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
	"muster/store/kv"
	"muster/store/kv/kvtest"
	"muster/store/pgkv"
	"muster/store/pgkv/pgtest"
	"muster/store/place"
)

var server = &pgtest.Server{Settings: []string{"fsync=off"}}

func TestMain(m *testing.M) {
	code := m.Run()
	server.End()
	os.Exit(code)
}

func now() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

// tenant is a tenant's folder, and the file with the connection string.
type tenant struct {
	t        *testing.T
	name     string
	dir      string
	postgres place.Postgres
}

func newTenant(t *testing.T) tenant {
	t.Helper()
	root := t.TempDir()
	w := tenant{t: t, name: strings.ToLower(strings.ReplaceAll(t.Name(), "/", ".")), postgres: place.Postgres{DSNFile: filepath.Join(root, "dsn")}}
	w.dir = filepath.Join(root, "data", w.name)
	if err := errors.Join(os.MkdirAll(w.dir, 0o700), os.WriteFile(w.postgres.DSNFile, []byte(server.DSN(t)+"\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w tenant) move() place.Move {
	return place.Move{Dir: w.dir, Postgres: w.postgres, Now: now, Rand: rand.Reader}
}

// use commits a turn to what the folder leads to, as config would have it served.
func (w tenant) use(p place.Postgres, turn string) error {
	db, err := place.Serve(w.t.Context(), w.dir, w.name, p)
	if err != nil {
		return err
	}
	st, err := store.Open(w.t.Context(), db, store.Options{Dir: w.dir, Origin: w.name, Now: now, Rand: rand.Reader})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	err = st.Commit(w.t.Context(), flows.Change{
		Turn:    turn,
		Entries: []flows.Entry{{Case: "D-1", At: now(), By: "00000000-0000-4000-a000-000000000001", Body: flows.Heard{Text: turn, From: flows.Person{Name: "Hannah Reed"}}}},
		Add:     []flows.Errand{{Key: "card/" + turn, Kind: "card", Due: now()}},
		Memos:   []flows.Memo{{Key: "draft/" + turn, Value: make([]byte, 5000)}},
	})
	if err == nil {
		_, err = st.Checkpoint(w.t.Context())
	}
	st.Close()
	return errors.Join(err, db.Close())
}

func (w tenant) fill(p place.Postgres, from, to int) {
	w.t.Helper()
	for i := from; i < to; i++ {
		if err := w.use(p, fmt.Sprint("turn/", i)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// rows is what the folder leads to, read by a command.
func (w tenant) rows() map[string]string {
	w.t.Helper()
	db, err := place.Open(w.t.Context(), w.dir, true)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			w.t.Error(err)
		}
	}()
	if r, err := store.Verify(w.t.Context(), db, store.Expect{Dir: w.dir}); err != nil {
		w.t.Errorf("verify: %v (%+v)", err, r)
	}
	return kvtest.Rows(w.t, db)
}

// TestThereAndBack moves a store to PostgreSQL, goes on there, and moves it back.
func TestThereAndBack(t *testing.T) {
	w := newTenant(t)
	bolt := place.Postgres{}
	w.fill(bolt, 0, 5)
	before := w.rows()
	r, err := w.move().ToPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Entries != 5 || r.Origin != w.name {
		t.Errorf("moved %+v", r)
	}
	if diff := cmp.Diff(before, w.rows()); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
	if err := w.use(bolt, "astray"); err == nil || !strings.Contains(err.Error(), "second log") {
		t.Errorf("a bot on bbolt beside the store in PostgreSQL: %v", err)
	}
	if err := w.use(w.postgres, "turn/3"); flows.CodeOf(err) != flows.Seen {
		t.Errorf("a turn that was handled before the move: %v", err)
	}
	w.fill(w.postgres, 5, 8)
	before = w.rows()
	if r, err = w.move().ToBolt(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.Entries != 8 {
		t.Errorf("moved back %+v", r)
	}
	if diff := cmp.Diff(before, w.rows()); diff != "" {
		t.Errorf("rows after moving back (-before +after):\n%s", diff)
	}
	if err := w.use(w.postgres, "astray"); err == nil || !strings.Contains(err.Error(), "second log") {
		t.Errorf("a bot on PostgreSQL beside the store in bbolt: %v", err)
	}
	w.fill(bolt, 8, 9)
	if _, err := w.move().ToPostgres(t.Context()); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a move over an old schema: %v", err)
	}
}

// TestViews reads the log as SQL, as somebody who may read the views and nothing else.
func TestViews(t *testing.T) {
	w := newTenant(t)
	w.fill(w.postgres, 0, 3)
	schema := `"muster_` + w.name + `"`
	if err := server.SQL("muster", "create role reports login", "grant usage on schema "+schema+" to reports", "grant select on "+schema+".entries, "+schema+".cases to reports"); err != nil {
		t.Fatal(err)
	}
	query := func(sql string) string {
		t.Helper()
		got, err := server.Query("muster", "set role reports", sql)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	want := "0|D-1|1|chat.heard.1|turn/0|Hannah Reed\n1|D-1|2|chat.heard.1|turn/1|Hannah Reed\n2|D-1|3|chat.heard.1|turn/2|Hannah Reed"
	want = strings.ReplaceAll(want, "chat.heard.1", string(flows.Heard{}.Kind()))
	if got := query("select seq, stream, position, kind, content -> 'body' ->> 'text', content -> 'body' -> 'from' ->> 'name' from " + schema + ".entries order by seq"); got != want {
		t.Errorf("entries:\n%s\nwant:\n%s", got, want)
	}
	if got := query("select count(*) from " + schema + ".entries where at = '2026-03-02T09:00:00Z' and actor ~ '^[0-9a-f]{32}$'"); got != "3" {
		t.Errorf("%s entries of that time and with an actor", got)
	}
	if got := query("select count(*) from " + schema + ".cases"); got != "0" {
		t.Errorf("%s cases", got)
	}
	if _, err := server.Query("muster", "set role reports", "select * from "+schema+".rows"); err == nil {
		t.Error("whoever may read the views may read the rows")
	}
}

// TestInterrupted ends moves where they can end, and looks at what is left.
func TestInterrupted(t *testing.T) {
	bolt := place.Postgres{}
	t.Run("while rows are copied", func(t *testing.T) {
		w := newTenant(t)
		w.fill(bolt, 0, 3)
		before, half := w.rows(), 0
		for n := int64(1); ; n += 1 + n/3 {
			if _, err := w.move().ToPostgres(ending(t, n)); err == nil {
				break
			}
			if diff := cmp.Diff(before, w.rows()); diff != "" {
				t.Errorf("ended at %d, what was to be moved (-before +after):\n%s", n, diff)
			}
			o, err := w.postgres.Options(w.name)
			if err != nil {
				t.Fatal(err)
			}
			o.ReadOnly = true
			db, err := pgkv.Open(t.Context(), o)
			if _, refused := errors.AsType[*pgkv.RefusedError](err); !refused {
				t.Fatalf("ended at %d, half a copy was opened: %v", n, errors.Join(err, db.Close()))
			}
			if strings.Contains(err.Error(), "did not finish") {
				half++
				if _, err := w.move().ToPostgres(t.Context()); err == nil || !strings.Contains(err.Error(), "not empty") {
					t.Errorf("a move over half a copy: %v", err)
				}
			}
			if err := server.SQL("muster", `drop schema if exists "muster_`+strings.ReplaceAll(w.name, ".", "_")+`" cascade`); err != nil {
				t.Fatal(err)
			}
		}
		if half == 0 {
			t.Error("no move ended with half a copy: the test tests too little")
		}
		if diff := cmp.Diff(before, w.rows()); diff != "" {
			t.Errorf("after the move that came to its end (-before +after):\n%s", diff)
		}
	})
	t.Run("before the last step", func(t *testing.T) {
		w := newTenant(t)
		w.fill(bolt, 0, 3)
		if _, err := w.move().ToPostgres(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(w.dir, place.BeforeFile), filepath.Join(w.dir, store.DatabaseFile)); err != nil {
			t.Fatal(err)
		}
		w.fill(w.postgres, 3, 4)
		if _, err := os.Stat(filepath.Join(w.dir, store.DatabaseFile)); err == nil {
			t.Error("the bbolt file is still in the way")
		}
		if n := len(w.rows()); n == 0 {
			t.Error("no rows")
		}
	})
	t.Run("the way back", func(t *testing.T) {
		w := newTenant(t)
		w.fill(w.postgres, 0, 3)
		before, ended := w.rows(), 0
		for n := int64(1); ; n += 1 + n/3 {
			if _, err := w.move().ToBolt(ending(t, n)); err == nil {
				break
			}
			ended++
			if diff := cmp.Diff(before, w.rows()); diff != "" {
				t.Errorf("ended at %d, what was to be moved (-before +after):\n%s", n, diff)
			}
		}
		if ended < 5 {
			t.Errorf("only %d moves were ended: the test tests too little", ended)
		}
		w.fill(bolt, 3, 4)
	})
}

// ending is a context that ends when it is looked at for the n-th time.
func ending(t *testing.T, n int64) context.Context {
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	return &endingContext{Context: ctx, end: func() { cancel(context.Canceled) }, n: n}
}

type endingContext struct {
	context.Context
	end   func()
	n     int64
	looks atomic.Int64
}

func (c *endingContext) Err() error {
	if c.looks.Add(1) >= c.n {
		c.end()
	}
	return c.Context.Err()
}

// TestMoveRefused moves what is not as it should be.
func TestMoveRefused(t *testing.T) {
	w := newTenant(t)
	if _, err := w.move().ToPostgres(t.Context()); err == nil {
		t.Error("nothing was moved")
	}
	w.fill(place.Postgres{}, 0, 3)
	held, err := boltkv.Open(filepath.Join(w.dir, store.DatabaseFile), boltkv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.move().ToPostgres(t.Context()); !place.InUse(err) {
		t.Errorf("a store in use was moved: %v", err)
	}
	if err := held.Update(t.Context(), func(tx kv.Tx) error { return tx.Delete(append([]byte("l/"), make([]byte, 8)...)) }); err != nil {
		t.Fatal(err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.move().ToPostgres(t.Context()); err == nil || place.InPostgres(w.dir) {
		t.Errorf("a store with a hole was moved: %v", err)
	}
}
