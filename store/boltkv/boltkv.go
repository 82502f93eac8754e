// Package boltkv keeps a byte map in one bbolt file: the embedded database of
// Muster, for one process on one machine.
//
// It refuses to touch a file that it did not make: a file of another program, a
// file cut short, or one whose pages do not fit together is reported in a plain
// sentence and left as it is. Two processes cannot open one file. See CHOICES.md for the
// settings of bbolt and what they were measured to cost.
package boltkv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"muster/store/kv"
)

// Options says how to open a file. The zero value opens for reading and
// writing and waits one second for another process to let go.
type Options struct {
	ReadOnly bool          // never writes, creates nothing; several readers may share the file
	LockWait time.Duration // how long to wait for the lock; 0 is one second
}

// DB is an open file. It implements kv.DB.
type DB struct {
	path     string
	bolt     *bbolt.DB
	readOnly bool

	gate   sync.RWMutex // read-held by transactions, held while the file is scrubbed
	mu     sync.Mutex   // guards broken
	broken error        // set when bbolt panicked: what is in memory can no longer be trusted
	arena  arena        // values of the running Update; owned by the one Update that runs
}

// Open opens the file at path, and makes it (mode 0600, in a folder of mode
// 0700) when there is none and o does not say ReadOnly. The error of a file
// held by another process is a *InUseError, that of a file which is not a whole
// store of ours a *RefusedError.
func Open(path string, o Options) (*DB, error) {
	if o.LockWait == 0 {
		o.LockWait = time.Second
	}
	switch _, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist) && !o.ReadOnly:
		if err := create(path); err != nil {
			return nil, fmt.Errorf("create the store %s: %w", path, err)
		}
	case err != nil:
		return nil, fmt.Errorf("open the store: %w", err)
	}
	if err := inspect(path, o.LockWait); err != nil {
		return nil, err
	}
	b, err := openBolt(path, o.ReadOnly, o.LockWait)
	if err != nil {
		return nil, err
	}
	return &DB{path: path, bolt: b, readOnly: o.ReadOnly}, nil
}

// openBolt opens path with our settings and turns bbolt's ways of failing,
// among them panics, into errors.
func openBolt(path string, readOnly bool, wait time.Duration) (b *bbolt.DB, err error) {
	var file *os.File // bbolt leaks the file, and so the lock, when it panics
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			if file != nil {
				_ = file.Close() // the panic is the error to report
			}
			b, err = nil, &RefusedError{path, fmt.Sprintf("it is damaged (%v)", r)}
		}
	}()
	b, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:         wait,
		ReadOnly:        readOnly,
		FreelistType:    bbolt.FreelistMapType,
		NoFreelistSync:  noFreelistSync,
		InitialMmapSize: initialMap,
		NoStatistics:    true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag&^os.O_CREATE, mode)
			file = f
			return f, err
		},
	})
	return b, explain(path, err)
}

// View implements kv.DB.
func (d *DB) View(ctx context.Context, f func(kv.Tx) error) error {
	return d.run(ctx, d.bolt.View, &tx{readOnly: true, db: d}, f)
}

// Update implements kv.DB. When it returns nil the pages are on the disk:
// bbolt has called fdatasync for them and for the meta page that names them.
func (d *DB) Update(ctx context.Context, f func(kv.Tx) error) error {
	if d.readOnly {
		return kv.ErrReadOnly
	}
	return d.run(ctx, d.bolt.Update, &tx{db: d}, f)
}

// run runs f in one bbolt transaction. A panic of bbolt means that a page was
// not what it must be; it becomes an error that stays. A panic of f is f's.
func (d *DB) run(ctx context.Context, bolt func(func(*bbolt.Tx) error) error, t *tx, f func(kv.Tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.usable(); err != nil {
		return err
	}
	d.gate.RLock()
	defer d.gate.RUnlock()
	t.inBolt = true
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if !t.inBolt {
			return // returned from f, or panicking in it
		}
		if r := recover(); r != nil {
			err = d.fail(fmt.Errorf("use the store %s: %w (%v)", d.path, kv.ErrDamaged, r))
		}
	}()
	var own error
	err = bolt(func(b *bbolt.Tx) error {
		t.bucket = b.Bucket([]byte(rowsBucket))
		if !t.readOnly {
			t.bucket.FillPercent = fillPercent
			d.arena.reset() // nobody else writes now
		}
		t.inBolt = false
		own = f(t)
		t.inBolt = true
		t.bucket = nil
		return own
	})
	switch {
	case err == nil || own != nil:
		return own
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return kv.ErrClosed
	case errors.Is(err, syscall.EIO):
		// After a sync that went wrong the kernel may have dropped the pages
		// and report success the next time.
		return d.fail(fmt.Errorf("write the store %s: the disk reported an error; restart after looking at it: %w", d.path, err))
	}
	return fmt.Errorf("write the store %s: %w", d.path, err)
}

// Close implements kv.DB.
func (d *DB) Close() error {
	if d.usable() != nil {
		// bbolt may hold its locks for ever after a panic; the operating
		// system drops the file's lock when the process ends.
		return nil
	}
	if err := d.bolt.Close(); err != nil {
		return fmt.Errorf("close the store %s: %w", d.path, err)
	}
	return nil
}

func (d *DB) usable() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.broken
}

func (d *DB) fail(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken == nil {
		d.broken = err
	}
	return err
}
