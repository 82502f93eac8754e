package pgkv

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"muster/store/kv"
)

// writer is the one session that writes, and what is known about its commits.
// Each attempt to commit has a number, which is written in the same
// transaction: whoever looks later, with the lock in hand, knows whether it was
// stored, because with the lock in hand no attempt is still under way.
type writer struct {
	id   string // of this opening; in the table of writers and the session's name
	conn *pgconn.PgConn

	known   bool  // what follows was read
	commits int64 // of all writers
	stored  int64 // last attempt of ours that is stored
	last    int64 // last attempt
	asked   bool  // the last attempt was sent and its answer was not seen

	broken error // why nothing more is written
}

// settleLimit is how long the outcome of a commit is looked for.
const settleLimit = 45 * time.Second

// name is what the server calls the session.
func (w *writer) name() string { return "muster writer " + w.id }

func (w *writer) drop(ctx context.Context) {
	if w.conn != nil {
		hangUp(ctx, w.conn)
		w.conn = nil
	}
}

// leave ends the session of writing. The lock is given back in words: the end of a session may take the server a moment.
func (w *writer) leave(ctx context.Context, d *DB) {
	if w.conn == nil {
		return
	}
	if w.conn.IsClosed() {
		w.conn = nil
		return
	}
	short, cancel := context.WithTimeout(ctx, closeLimit)
	defer cancel()
	_, _ = exec(short, w.conn, fmt.Sprintf("delete from %s.writers where id = '%s'; ", d.schema, w.id)+d.sql.free) // or the next opening removes the row, and the end of the session the lock
	w.drop(ctx)
}

// rollBack ends a transaction that is not to be stored.
func (w *writer) rollBack(ctx context.Context) {
	if w.conn == nil {
		return
	}
	if !w.conn.IsClosed() && !w.conn.IsBusy() {
		if _, err := exec(context.WithoutCancel(ctx), w.conn, "rollback"); err == nil && w.conn.TxStatus() == 'I' {
			return
		}
	}
	w.drop(ctx)
}

// beginWrite begins a transaction that sees all that was ever committed, and
// that nobody else can write beside. It settles what the last attempt to commit came to.
func (d *DB) beginWrite(ctx context.Context) error {
	if d.w.broken != nil {
		return d.w.broken
	}
	for {
		old := d.w.conn != nil
		if !old {
			if err := d.hold(ctx); err != nil {
				return err
			}
		}
		rows, err := exec(ctx, d.w.conn, strings.ReplaceAll(d.sql.beginWrite, "WRITER", d.w.id))
		if err == nil {
			if err = d.settle(rows); err == nil {
				return nil
			}
			d.w.rollBack(ctx)
			return err
		}
		dead := d.w.conn.IsClosed()
		d.w.rollBack(ctx)
		if !old || !dead || ctx.Err() != nil {
			return fmt.Errorf("begin to write: %w", err)
		}
	}
}

// hold makes the session that writes. Unless the rows are shared it takes the
// lock that one process has for as long as it has them open.
func (d *DB) hold(ctx context.Context) (err error) {
	cfg := d.cfg.Copy()
	cfg.RuntimeParams["application_name"] = d.w.name()
	c, err := d.connect(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			hangUp(ctx, c)
		}
	}()
	if err := d.prepare(ctx, c, d.opts.IdleLimit, d.sql.writing()); err != nil {
		return err
	}
	if _, err := exec(ctx, c, strings.ReplaceAll(d.sql.others, "NAME", d.w.name())); err != nil {
		return fmt.Errorf("end an older session: %w", err)
	}
	if !d.opts.Shared {
		wait := fmt.Sprintf("set lock_timeout = %d; ", d.opts.LockWait.Milliseconds())
		lock := strings.ReplaceAll(d.sql.hold, "LOCK", strconv.Itoa(int(d.lockKey)))
		_, err := exec(ctx, c, wait+lock)
		if p, ok := errors.AsType[*pgconn.PgError](err); ok && p.Code == "55P03" {
			return &InUseError{}
		}
		if err != nil {
			return fmt.Errorf("wait for other processes: %w", err)
		}
		if _, err := exec(ctx, c, fmt.Sprintf("set lock_timeout = %d", lockLimit.Milliseconds())); err != nil {
			return fmt.Errorf("set up a session: %w", err)
		}
		// No other writer is left that could look for its last attempt.
		if _, err := exec(ctx, c, fmt.Sprintf("delete from %s.writers where id <> '%s'", d.schema, d.w.id)); err != nil {
			return fmt.Errorf("forget old writers: %w", err)
		}
	}
	d.w.conn = c
	return nil
}

// settle compares what the server has with what is known.
func (d *DB) settle(rows [][][]byte) error {
	if err := d.stillOurs(rows); err != nil {
		return err
	}
	commits, err := number(rows, 0)
	if err != nil {
		return err
	}
	attempt, err := number(rows, 2)
	if err != nil {
		return err
	}
	w := &d.w
	if w.asked { // the lock is ours, so that attempt is over
		w.asked = false
		if attempt == w.last {
			w.stored, w.commits = w.last, w.commits+1
		}
	}
	switch {
	case !w.known || d.opts.Shared && commits >= w.commits && attempt == w.stored:
		w.known, w.commits = true, commits
	case commits != w.commits || attempt != w.stored:
		w.broken = &LostError{Known: w.commits, Found: commits}
		return w.broken
	}
	return nil
}

// commit stores what t wrote and has not sent yet, and the number of the
// attempt, in one exchange. Where the answer is lost the server is asked what
// became of it: nil means that it is stored.
func (d *DB) commit(ctx context.Context, t *tx) error {
	ctx = context.WithoutCancel(ctx) // from here on it may be stored
	w := &d.w
	w.last++
	b := &pgconn.Batch{}
	t.pending(b)
	b.ExecPrepared(stmtMark, [][]byte{[]byte(w.id), binary.BigEndian.AppendUint64(nil, uint64(w.last))}, []int16{0, 1}, nil)
	b.ExecParams("commit", nil, nil, nil, nil)
	w.asked = true
	tag, err := sendBatch(ctx, w.conn, b)
	if err == nil && tag == "COMMIT" && w.conn.TxStatus() == 'I' {
		w.asked, w.stored, w.commits = false, w.last, w.commits+1
		return nil
	}
	if _, ok := refusal(err); ok {
		w.asked = false
		w.rollBack(ctx)
		return err
	}
	if err == nil {
		err = fmt.Errorf("the server answered %q to a commit", tag)
	}
	w.drop(ctx)
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	attempt := w.last
	for {
		berr := d.beginWrite(ctx)
		if berr == nil {
			w.rollBack(ctx)
			if w.stored == attempt {
				return nil
			}
			return fmt.Errorf("the connection was lost and nothing was stored: %w", err)
		}
		if !lasting(berr) && ctx.Err() == nil {
			select { // mostly it is the connecting that waits
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
			continue
		}
		return fmt.Errorf("%w: the connection was lost and it is not known whether the change was stored: %w", berr, err)
	}
}

// lasting reports whether an error is an answer, and asking again brings the same.
func lasting(err error) bool {
	_, lost := errors.AsType[*LostError](err)
	_, refused := errors.AsType[*RefusedError](err)
	p, said := errors.AsType[*pgconn.PgError](err)
	return lost || refused || errors.Is(err, kv.ErrClosed) || said && hopeless(p)
}

// sendBatch sends statements in one exchange and returns the tag of the last.
func sendBatch(ctx context.Context, c *pgconn.PgConn, b *pgconn.Batch) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	results := c.ExecBatch(ctx, b)
	last := ""
	for results.NextResult() {
		tag, err := results.ResultReader().Close()
		if err != nil {
			_ = results.Close() // the first error says it
			return "", err
		}
		last = tag.String()
	}
	return last, results.Close()
}
