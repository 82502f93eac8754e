package boltkv

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// Scrub overwrites the pages of the file that are not in use. bbolt leaves in them what was deleted or replaced, until it happens to need
// them. It waits for all transactions and holds up new ones meanwhile.
func (d *DB) Scrub(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.usable(); err != nil {
		return err
	}
	d.gate.Lock()
	defer d.gate.Unlock()
	// The older of the two first pages may lead to what was deleted, and is what a crash would fall back to: two empty writes later neither does.
	for range 2 {
		if err := d.bolt.Update(func(*bbolt.Tx) error { return nil }); err != nil {
			return fmt.Errorf("scrub the store %s: %w", d.path, err)
		}
	}
	if err := scrub(d.path); err != nil {
		return fmt.Errorf("scrub the store %s: %w", d.path, err)
	}
	return nil
}

// scrub overwrites the pages that the newest state of a file does not use. Nobody else may write meanwhile.
func scrub(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	w, why, err := walked(f)
	if why != "" {
		err = &RefusedError{path, why}
	}
	if err == nil {
		empty := make([]byte, w.pageSize)
		for _, id := range w.unused {
			if _, werr := f.WriteAt(empty, int64(id)*w.pageSize); werr != nil {
				err = werr
				break
			}
		}
	}
	return errors.Join(err, f.Sync(), f.Close())
}
