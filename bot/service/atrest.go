package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"muster/bot/backup"
	"muster/store"
	"muster/store/place"
)

// AtRest opens the one store in a data folder, or in one tenant's folder in it, for a command. No other process may have it open.
func AtRest(ctx context.Context, dir string, now func() time.Time, do func(*store.Store) error) error {
	found, err := place.Find(dir)
	if err != nil || len(found) != 1 {
		return errors.Join(fmt.Errorf("%s must hold one store", dir), err)
	}
	if dir, err = filepath.Abs(found[0]); err != nil { // its name is the tenant's
		return fmt.Errorf("find the store: %w", err)
	}
	db, err := place.Open(ctx, dir, false)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, db, store.Options{Dir: dir, Origin: filepath.Base(dir), Now: now, Rand: rand.Reader})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	err = do(st)
	st.Close()
	return errors.Join(err, db.Close())
}

// WriteFile writes a whole file or none.
func WriteFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".muster-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = write(f)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

// Source is what is backed up while the service runs. policy is the file of its policy.
func (s *Service) Source(policy string) backup.Source {
	return backup.Source{Store: s.Store, Dir: s.dir, Policy: policy, Now: s.Engine.Now}
}
