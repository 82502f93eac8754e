// Package pgkv keeps a byte map in PostgreSQL, version 13 or later: one schema
// per tenant with one table of rows, keys in the order of their bytes. It
// imitates boltkv and is tested by the same suite.
//
// It needs no superuser: a role that may create a schema, or one that owns an
// empty schema made for it. It looks up nothing through search_path. It refuses a
// schema that it did not make, one that a move left half filled, and a server
// that only reads. Of the network it trusts nothing: without a word about TLS
// in the connection string a server that is not on this machine must prove its
// name. See CHOICES.md for how a writer waits for its turn, and how the outcome
// of a commit is found out when its answer is lost.
//
// Whoever writes does so in sessions: behind PgBouncer that takes
// pool_mode=session, or no PgBouncer.
package pgkv

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"muster/store/kv"
)

// Options says which rows to open and how. Only DSN and Tenant are required.
type Options struct {
	DSN    string // a connection string, as libpq takes it. It may hold a password and is in no error
	Tenant string // whose rows; names the schema

	// Renew gives the connection string as it is now, before each connection;
	// nil: DSN for good. Only who connects and how is taken from it, not where.
	Renew func() (string, error)

	ReadOnly bool // never writes, creates nothing; others may write meanwhile
	Shared   bool // other processes may write too, one at a time; whoever uses it must then remember nothing of what it read
	Fill     bool // makes new rows that nobody else opens until Finish was called

	Connections int           // for reading, at most; 0 is 8. One more is for writing
	LockWait    time.Duration // how long to wait for another process to let go; 0 is one second
	ConnectWait time.Duration // how long to go on trying to reach a server that is starting; 0 is five seconds
	IdleLimit   time.Duration // after which the server gives up an Update that has stopped moving; 0 is 30 seconds
}

// DB is the rows of one tenant. It implements kv.DB.
type DB struct {
	opts    Options
	cfg     *pgconn.Config
	schema  string // quoted
	lockKey int32  // of the hold of one process
	sql     statements

	readers pool
	turn    chan struct{} // held by the one Update that runs
	w       writer        // guarded by turn

	mu      sync.Mutex // guards closed, and running before it
	closed  bool
	running sync.WaitGroup
	stop    chan struct{} // closed by Close
	ended   chan struct{} // closed when the connections are
}

// Open opens the rows of a tenant, and makes them where there are none and o
// does not say ReadOnly. The error of rows that another process writes is a
// *InUseError, that of a schema which is not whole or not ours a *RefusedError.
// ctx is for the opening; its values, not its end, go on to later work.
func Open(ctx context.Context, o Options) (*DB, error) {
	o.Connections = orElse(o.Connections, 8)
	o.LockWait = orElse(o.LockWait, time.Second)
	o.ConnectWait = orElse(o.ConnectWait, 5*time.Second)
	o.IdleLimit = orElse(o.IdleLimit, 30*time.Second)
	schema, err := schemaOf(o.Tenant)
	if err != nil {
		return nil, err
	}
	cfg, err := parse(o.DSN, o.ReadOnly)
	if err != nil {
		return nil, err
	}
	d := &DB{
		opts: o, cfg: cfg, schema: schema, sql: statementsOf(schema),
		readers: pool{slots: make(chan struct{}, o.Connections)},
		turn:    make(chan struct{}, 1),
		stop:    make(chan struct{}), ended: make(chan struct{}),
	}
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, fmt.Errorf("name a writer: %w", err)
	}
	d.w = writer{id: hex.EncodeToString(id[:])}
	if err := d.open(ctx); err != nil {
		d.w.drop(ctx)
		d.readers.drain(ctx)
		return nil, fmt.Errorf("open the store in PostgreSQL: %w", err)
	}
	go d.end(context.WithoutCancel(ctx))
	return d, nil
}

func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// View implements kv.DB.
func (d *DB) View(ctx context.Context, f func(kv.Tx) error) (err error) {
	if err := d.enter(ctx); err != nil {
		return err
	}
	defer d.running.Done()
	c, err := d.beginRead(ctx)
	if err != nil {
		return fmt.Errorf("read the store: %w", err)
	}
	t := &tx{ctx: ctx, db: d, conn: c, readOnly: true}
	defer func() { // also when f panics
		t.over = true
		d.running.Add(1) // Close waits for it, and the caller need not
		go func() {
			defer d.running.Done()
			d.readers.give(ctx, c)
		}()
	}()
	return f(t)
}

// Update implements kv.DB. When it returns nil the server has said that the
// change is committed, or the change was found to be after the answer was lost.
func (d *DB) Update(ctx context.Context, f func(kv.Tx) error) error {
	if d.opts.ReadOnly {
		return kv.ErrReadOnly
	}
	if err := d.enter(ctx); err != nil {
		return err
	}
	defer d.running.Done()
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.turn }()
	if err := d.beginWrite(ctx); err != nil {
		return fmt.Errorf("write the store: %w", err)
	}
	t := &tx{ctx: ctx, db: d, conn: d.w.conn, rows: map[string]row{}}
	settled := false
	defer func() {
		t.over = true
		if !settled {
			d.w.rollBack(ctx)
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	switch {
	case t.err != nil: // f looked away
		return fmt.Errorf("write the store: %w", t.err)
	case !t.wrote:
		return nil
	}
	settled = true
	if err := d.commit(ctx, t); err != nil {
		return fmt.Errorf("write the store: %w", err)
	}
	return nil
}

// enter counts a transaction in, unless the database is closed.
func (d *DB) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return kv.ErrClosed
	}
	d.running.Add(1)
	return nil
}

// Close implements kv.DB.
func (d *DB) Close() error {
	d.mu.Lock()
	if !d.closed {
		d.closed = true
		close(d.stop)
	}
	d.mu.Unlock()
	<-d.ended
	return nil
}

// end waits for Close and then closes the connections.
func (d *DB) end(ctx context.Context) {
	defer close(d.ended)
	<-d.stop
	d.running.Wait()
	d.w.leave(ctx, d)
	d.readers.drain(ctx)
}

// InUseError says that another process writes to these rows.
type InUseError struct{}

func (*InUseError) Error() string {
	return "another muster process is writing to the store of this tenant in PostgreSQL"
}

// RefusedError says why rows are not opened. They are left as they are.
type RefusedError struct {
	Schema string
	Why    string // half a sentence that begins with "it"
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the schema %s is refused and left as it is: %s", e.Schema, e.Why)
}

// LostError says that the server no longer has what it had said was committed,
// or has what this process did not write.
type LostError struct{ Known, Found int64 } // changes since the schema was made

func (e *LostError) Error() string {
	if e.Found > e.Known {
		return fmt.Sprintf("another process wrote to the store meanwhile (%d changes, %d of them known here); restart Muster", e.Found, e.Known)
	}
	return fmt.Sprintf("the server has %d changes and had confirmed %d: it was put back to an older state, or a standby that was behind took its place. Nothing more is written; run muster verify, then restart", e.Found, e.Known)
}

// refusal reports whether the server itself, and not the connection to it, said
// no to a statement. The transaction is then rolled back for certain.
func refusal(err error) (*pgconn.PgError, bool) {
	p, ok := errors.AsType[*pgconn.PgError](err)
	return p, ok && (p.SeverityUnlocalized == "ERROR" || p.SeverityUnlocalized == "" && p.Severity == "ERROR")
}
