package pgkv

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// How long is waited for an answer of the server, beyond what the server itself
// allows a statement, and how long for a connection to close.
const (
	statementLimit = 60 * time.Second
	lockLimit      = 30 * time.Second
	answerLimit    = statementLimit + 15*time.Second
	closeLimit     = 2 * time.Second
	// viewIdle is for whoever copies the whole store through a slow network.
	viewIdle = 10 * time.Minute
)

// session is what is set in each session. Access is by key alone, so the
// planner is told to do nothing else; rows that a policy would hide are an
// error; a commit waits for the disk whatever the server's default is.
func session(idle time.Duration) string {
	return fmt.Sprintf(`set search_path = pg_catalog, pg_temp; set statement_timeout = %d; set lock_timeout = %d; set idle_in_transaction_session_timeout = %d;
set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3;
set enable_seqscan = off; set enable_bitmapscan = off; set plan_cache_mode = force_generic_plan; set jit = off; set row_security = off;
set default_transaction_read_only = off;
select pg_catalog.set_config('synchronous_commit', 'on', false) where pg_catalog.current_setting('synchronous_commit') = 'off'`,
		statementLimit.Milliseconds(), lockLimit.Milliseconds(), idle.Milliseconds())
}

// exec runs statements that have no parameters and returns the rows of the last.
func exec(ctx context.Context, c *pgconn.PgConn, sql string) ([][][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	results, err := c.Exec(ctx, sql).ReadAll()
	if err != nil || len(results) == 0 {
		return nil, err
	}
	return results[len(results)-1].Rows, nil
}

// hangUp closes a connection.
func hangUp(ctx context.Context, c *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	_ = c.Close(ctx) // nobody waits for its answer
}

// pool holds the connections for reading.
type pool struct {
	slots chan struct{} // one for each that is in use

	mu   sync.Mutex
	idle []*pgconn.PgConn
}

func (p *pool) take() *pgconn.PgConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	c := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return c
}

// give ends the transaction of a connection and keeps it for the next one, or
// closes it where it can no longer be used.
func (p *pool) give(ctx context.Context, c *pgconn.PgConn) {
	defer func() { <-p.slots }()
	if !c.IsClosed() && !c.IsBusy() {
		if _, err := exec(context.WithoutCancel(ctx), c, "rollback"); err == nil && c.TxStatus() == 'I' {
			p.mu.Lock()
			p.idle = append(p.idle, c)
			p.mu.Unlock()
			return
		}
	}
	hangUp(ctx, c)
}

func (p *pool) drain(ctx context.Context) {
	for c := p.take(); c != nil; c = p.take() {
		hangUp(ctx, c)
	}
}

// beginRead begins a transaction that sees one moment: the snapshot is taken by
// the select, which is why it is there. What it selects says whether these are
// still the rows that were opened. A connection that lay idle may
// have died with its server, so the next one is tried, and at last a new one.
func (d *DB) beginRead(ctx context.Context) (*pgconn.PgConn, error) {
	select {
	case d.readers.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		c, old := d.readers.take(), true
		if c == nil {
			var err error
			if c, err = d.reader(ctx); err != nil {
				<-d.readers.slots
				return nil, err
			}
			old = false
		}
		rows, err := exec(ctx, c, d.sql.beginRead)
		if err == nil {
			err = d.stillOurs(rows)
		}
		if err == nil {
			return c, nil
		}
		dead := c.IsClosed()
		hangUp(ctx, c)
		if !old || !dead || ctx.Err() != nil {
			<-d.readers.slots
			return nil, fmt.Errorf("begin to read: %w", err)
		}
	}
}

// reader makes a connection for reading.
func (d *DB) reader(ctx context.Context) (*pgconn.PgConn, error) {
	c, err := d.connect(ctx, d.cfg)
	if err != nil {
		return nil, err
	}
	if err := d.prepare(ctx, c, viewIdle, d.sql.reading()); err != nil {
		hangUp(ctx, c)
		return nil, err
	}
	return c, nil
}

// prepare sets up a session.
func (d *DB) prepare(ctx context.Context, c *pgconn.PgConn, idle time.Duration, statements map[string]string) error {
	if _, err := exec(ctx, c, session(idle)); err != nil {
		return fmt.Errorf("set up a session: %w", err)
	}
	for name, sql := range statements {
		if _, err := c.Prepare(ctx, name, sql, nil); err != nil {
			return fmt.Errorf("prepare a statement: %w", err)
		}
	}
	return nil
}
