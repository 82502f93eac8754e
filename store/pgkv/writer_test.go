package pgkv_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"muster/store/kv"
	"muster/store/pgkv"
)

// raw is a session beside the store's own.
func raw(t *testing.T) *pgconn.PgConn {
	t.Helper()
	c, err := pgconn.Connect(t.Context(), server.DSN(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func query(t *testing.T, c *pgconn.PgConn, sql string) string {
	t.Helper()
	results, err := c.Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	last := results[len(results)-1]
	if len(last.Rows) == 0 {
		return ""
	}
	return string(last.Rows[0][0])
}

// until polls: the server has no other way to say that somebody waits for a lock.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); !is(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never came: %s", what)
		}
	}
}

func schemaOf(tenant string) string { return "muster_" + strings.ReplaceAll(tenant, "-", "_") }

// add is an update that depends on what it reads.
func add(db kv.DB, ctx context.Context) error {
	return db.Update(ctx, func(tx kv.Tx) error {
		v, err := tx.Get([]byte("n"))
		if err != nil {
			return err
		}
		return tx.Put([]byte("n"), append(v, '.'))
	})
}

// TestTrap holds the lock in one session while an update waits for it. The
// update must see what the session wrote. The second half shows what it would
// see had its snapshot been taken before the lock, so that the test is known to
// be able to fail.
func TestTrap(t *testing.T) {
	o := options(t)
	o.Shared = true
	db := open(t, o)
	if err := add(db, t.Context()); err != nil {
		t.Fatal(err)
	}
	s := schemaOf(o.Tenant)
	other, watch := raw(t), raw(t)
	waiting := func() bool {
		return query(t, watch, `select count(*) from pg_locks where not granted and relation = '`+s+`.turn'::regclass`) == "1"
	}
	again := func(n int) { // as a writer of another process would, but with no checksum to get right: it repeats a row that is there
		query(t, other, fmt.Sprintf(`begin; lock table %[1]s.turn in exclusive mode; update %[1]s.rows set value = %[1]s.rows.value || '\x2e', sum = %[2]d; update %[1]s.store set commits = commits + 1`, s, n))
	}

	again(sumOf("n", ".."))
	done := make(chan error, 1)
	go func() { done <- add(db, t.Context()) }()
	until(t, "the update waits for the lock", waiting)
	query(t, other, "commit")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := query(t, watch, `select encode(value, 'escape') from `+s+`.rows`); got != "..." {
		t.Errorf("three writers counted to %q: the one that waited did not see what the one before it wrote", got)
	}

	again(sumOf("n", "...."))
	stale := raw(t)
	type answer struct{ seen string }
	answers := make(chan answer, 1)
	go func() { // the wrong way round: select, then lock, then select
		r, err := stale.Exec(t.Context(), fmt.Sprintf(`begin isolation level repeatable read; select 1 from %[1]s.store; lock table %[1]s.turn in exclusive mode; select encode(value, 'escape') from %[1]s.rows`, s)).ReadAll()
		if err != nil || len(r) != 4 || len(r[3].Rows) != 1 {
			answers <- answer{fmt.Sprint(len(r), err)}
			return
		}
		answers <- answer{string(r[3].Rows[0][0])}
	}()
	until(t, "the other waits for the lock", waiting)
	query(t, other, "commit")
	if got := (<-answers).seen; got != "..." {
		t.Errorf("a snapshot from before the lock sees %q; this test relies on its seeing the old row", got)
	}
}

// TestTwoProcesses opens the same rows twice.
func TestTwoProcesses(t *testing.T) {
	o := options(t)
	o.LockWait = 50 * time.Millisecond
	db := open(t, o)
	if _, busy := errors.AsType[*pgkv.InUseError](second(openErr(t, o))); !busy {
		t.Error("a second process could open the rows for writing")
	}
	reading := o
	reading.ReadOnly = true
	r := open(t, reading)
	if err := r.Update(t.Context(), func(kv.Tx) error { return nil }); !errors.Is(err, kv.ErrReadOnly) {
		t.Errorf("Update of a reader = %v", err)
	}
	if err := add(db, t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, r)["n"]; got != "." {
		t.Errorf("the reader sees %q", got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := add(open(t, o), t.Context()); err != nil {
		t.Errorf("after the first has let go: %v", err)
	}
}

// TestSharedBySeveral lets two openings count together.
func TestSharedBySeveral(t *testing.T) {
	o := options(t)
	o.Shared = true
	dbs := []*pgkv.DB{open(t, o), open(t, o)}
	errs := make(chan error)
	for _, db := range dbs {
		go func() {
			for range 25 {
				if err := add(db, t.Context()); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range dbs {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := len(rows(t, dbs[0])["n"]); got != 50 {
		t.Errorf("50 updates counted to %d", got)
	}
}

// TestLost takes away what was committed, as a standby that was behind does,
// and adds what this process did not write. Neither is written over.
func TestLost(t *testing.T) {
	for name, sql := range map[string]string{"fewer": "commits - 1", "more": "commits + 1"} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			db := open(t, o)
			for range 3 {
				if err := add(db, t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			query(t, raw(t), "update "+schemaOf(o.Tenant)+".store set commits = "+sql)
			for range 2 { // for good
				if _, lost := errors.AsType[*pgkv.LostError](add(db, t.Context())); !lost {
					t.Error("it went on writing")
				}
			}
			if got := rows(t, db)["n"]; got != "..." {
				t.Errorf("rows are %q", got)
			}
		})
	}
}

// TestSwallowed looks away from an error of the database: nothing is stored all the same.
func TestSwallowed(t *testing.T) {
	o := options(t)
	db := open(t, o)
	if err := add(db, t.Context()); err != nil {
		t.Fatal(err)
	}
	query(t, raw(t), "update "+schemaOf(o.Tenant)+".rows set sum = sum + 1")
	err := db.Update(t.Context(), func(tx kv.Tx) error {
		if _, err := tx.Get([]byte("n")); !errors.Is(err, kv.ErrDamaged) {
			t.Errorf("Get of a damaged row = %v", err)
		}
		if err := tx.Put([]byte("x"), []byte("1")); err == nil {
			t.Error("Put after an error went through")
		}
		return nil
	})
	if !errors.Is(err, kv.ErrDamaged) {
		t.Errorf("Update = %v, want the error that was not looked at", err)
	}
}

// TestManyReaders uses more readers than there are connections.
func TestManyReaders(t *testing.T) {
	o := options(t)
	o.Connections = 2
	db := open(t, o)
	in, out := make(chan struct{}), make(chan struct{})
	for range 2 {
		go func() {
			_ = db.View(t.Context(), func(kv.Tx) error { in <- struct{}{}; <-out; return nil }) // seen by the test that waits for both
		}()
		<-in
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- db.View(ctx, func(kv.Tx) error { return nil }) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a third reader = %v", err)
	}
	if err := add(db, t.Context()); err != nil {
		t.Errorf("a writer waits for readers: %v", err)
	}
	close(out)
	if got := rows(t, db)["n"]; got != "." {
		t.Errorf("rows are %q", got)
	}
}

// TestStuck stops in the middle of an update, as a process that is suspended
// does. The server gives it up, and nothing of it is stored.
func TestStuck(t *testing.T) {
	o := options(t)
	o.IdleLimit = 100 * time.Millisecond
	db := open(t, o)
	watch := raw(t)
	writers := func() bool {
		return query(t, watch, `select count(*) from pg_stat_activity where application_name like 'muster writer%' and state like 'idle in transaction%'
			and pid in (select pid from pg_locks where relation = '`+schemaOf(o.Tenant)+`.turn'::regclass)`) == "0"
	}
	err := db.Update(t.Context(), func(tx kv.Tx) error {
		until(t, "the server gives the update up", writers)
		return tx.Put([]byte("n"), []byte("x"))
	})
	if err == nil {
		t.Error("an update that was given up says that it is stored")
	}
	if err := add(db, t.Context()); err != nil {
		t.Errorf("the next update: %v", err)
	}
	if got := rows(t, db)["n"]; got != "." {
		t.Errorf("rows are %q", got)
	}
}

func openErr(t *testing.T, o pgkv.Options) (*pgkv.DB, error) {
	t.Helper()
	db, err := pgkv.Open(t.Context(), o)
	if err == nil {
		t.Cleanup(func() { _ = db.Close() })
	}
	return db, err
}

func second[A any](_ A, err error) error { return err }
