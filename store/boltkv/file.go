package boltkv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// What makes a bbolt file ours. The strings are stored in every file and never
// change; a new layout of pages or rows gets a new version and a migration.
const (
	formatBucket = "muster.format"
	rowsBucket   = "muster.rows"
	magicKey     = "magic"
	versionKey   = "version"

	magic   = "muster store, rows with CRC-32C"
	version = "1"
)

// Settings measured in CHOICES.md.
const (
	noFreelistSync = false
	fillPercent    = 0.9
	initialMap     = 256 << 20
)

// InUseError says that another process holds the file.
type InUseError struct{ Path string }

func (e *InUseError) Error() string {
	return fmt.Sprintf("the store %s is in use by another muster process", e.Path)
}

// RefusedError says why a file is not opened. The file is left as it is.
type RefusedError struct {
	Path string
	Why  string // half a sentence that begins with "it"
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the store %s is refused and left as it is: %s", e.Path, e.Why)
}

// create makes a new, complete file at path. It is built under another name
// and then given its name by a link, which fails when something is there: a
// crash leaves no half file behind, and nothing is ever overwritten.
func create(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-store-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // renamed away, or one file too many that nobody reads
	if err := f.Close(); err != nil {
		return err
	}
	b, err := bbolt.Open(f.Name(), 0o600, &bbolt.Options{NoFreelistSync: noFreelistSync, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	err = b.Update(func(t *bbolt.Tx) error {
		format, err := t.CreateBucket([]byte(formatBucket))
		if err != nil {
			return err
		}
		if _, err := t.CreateBucket([]byte(rowsBucket)); err != nil {
			return err
		}
		return errors.Join(format.Put([]byte(magicKey), []byte(magic)), format.Put([]byte(versionKey), []byte(version)))
	})
	if err := errors.Join(err, b.Close()); err != nil {
		return err
	}
	switch err := os.Link(f.Name(), path); {
	case errors.Is(err, fs.ErrExist):
		return nil // another process was faster; the lock decides who has it
	case err != nil: // a file system without links; the window is as small as it can be
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.Rename(f.Name(), path); err != nil {
			return err
		}
	}
	return syncDir(dir)
}

// syncDir makes the name of a new file durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// inspect looks at the file at path without being able to change it, and
// returns a *RefusedError unless it is a whole store of ours. It holds the
// shared lock, so no other process is writing meanwhile.
func inspect(path string, wait time.Duration) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("open the store: %w", err)
	case !info.Mode().IsRegular():
		return &RefusedError{path, "it is not a regular file"}
	case info.Size() == 0:
		return &RefusedError{path, "it is empty, which a store never is; restore it from a backup, or remove it to begin anew"}
	}
	var file *os.File
	b, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:  wait,
		ReadOnly: true, // reads the two meta pages and nothing else until a transaction runs
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			file = f
			return f, err
		},
	})
	if err != nil {
		return explain(path, err)
	}
	why, err := walk(file)
	if err == nil && why == "" {
		err = b.View(func(t *bbolt.Tx) error {
			why = foreign(t)
			return nil
		})
	}
	if err := errors.Join(err, b.Close()); err != nil {
		return fmt.Errorf("open the store %s: %w", path, err)
	}
	if why != "" {
		return &RefusedError{path, why}
	}
	return nil
}

// foreign says why a sound bbolt file is not a store that this program reads,
// or "".
func foreign(t *bbolt.Tx) string {
	format := t.Bucket([]byte(formatBucket))
	if format == nil || string(format.Get([]byte(magicKey))) != magic || t.Bucket([]byte(rowsBucket)) == nil {
		return "it is a database of another program"
	}
	if v := string(format.Get([]byte(versionKey))); v != version {
		return fmt.Sprintf("it has format version %q and this program reads %q; use the release that wrote it", v, version)
	}
	return ""
}

// explain puts bbolt's errors of opening into our words.
func explain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return &InUseError{path}
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return &RefusedError{path, "it is not a muster store, or its first pages are damaged"}
	}
	if info, serr := os.Stat(path); serr == nil && info.Size() < 2*int64(os.Getpagesize()) {
		return &RefusedError{path, "it is too short to be a muster store"}
	}
	return fmt.Errorf("open the store %s: %w", path, err)
}
