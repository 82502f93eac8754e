package backup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
	"muster/store/evidence"
)

// Target is where and how a backup is put back.
type Target struct {
	DataDir     string   // gets the tenant's folder, where nothing may be
	Key         string   // a file with the signing key; empty: the one in the backup
	Checkpoints [][]byte // that were sent away: the backup must contain them
	Loss        *Loss    // it need not contain them
	Now         func() time.Time
}

// Loss is somebody's word that what happened after the backup is lost.
type Loss struct{ Reason, By string }

// Restored is what was put back.
type Restored struct {
	Dir    string
	Report store.Report
	Lost   int  // checkpoints given up
	Policy bool // the policy was put beside it
}

// OlderError says that a backup does not contain a checkpoint that was sent away.
type OlderError struct {
	Backup Manifest
	Newest int64 // entries that the newest such checkpoint covers
}

func (e *OlderError) Error() string {
	return fmt.Sprintf("the backup of %s has %d entries, but a checkpoint of %d entries was sent away after it: %d entries would be missing, and the log would say that they never were. "+
		"Restore the newest backup. If there is none newer, an owner must decide that what happened since then is lost: then give --accept-loss with --reason and --by. "+
		"The log says so for ever, IT and the owners are told, and the checkpoints that do not fit are given up", e.Backup.At.Format("2 January 2006, 15:04 UTC"), e.Backup.Entries, e.Newest, e.Newest-e.Backup.Entries)
}

// tenantName is what a tenant's folder may be called: the backup names it.
var tenantName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// Restore puts a backup back. Nothing is in place before everything was checked: it is put together beside the place and moved there at the end.
func (f *File) Restore(ctx context.Context, t Target) (r Restored, err error) {
	if !tenantName.MatchString(f.Log) {
		return r, errors.New("restore: the backup does not say whose log it is")
	}
	r.Dir = filepath.Join(t.DataDir, f.Log)
	if found, err := os.ReadDir(r.Dir); err == nil && len(found) > 0 {
		return r, fmt.Errorf("restore: %s is not empty. Move it away and keep it: a backup is never put over something", r.Dir)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return r, fmt.Errorf("restore: %w", err)
	}
	if err := os.MkdirAll(t.DataDir, 0o700); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	work, err := os.MkdirTemp(t.DataDir, ".restore-")
	if err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(work))
		}
	}()
	if err := f.lay(t, work); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	if err := f.rows(ctx, work); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	if err := f.begin(ctx, t, work, &r); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	if err := os.Remove(r.Dir); err != nil && !errors.Is(err, os.ErrNotExist) { // an empty folder stands in the way
		return r, fmt.Errorf("restore: %w", err)
	}
	if err := os.Rename(work, r.Dir); err != nil {
		return r, fmt.Errorf("restore: %w", err)
	}
	return r, nil
}

// lay puts the files beside the database.
func (f *File) lay(t Target, work string) error {
	var key []byte
	var err error
	switch {
	case t.Key != "":
		key, err = os.ReadFile(t.Key)
	case f.has(keyName):
		key, err = f.read(keyName)
	default:
		err = errors.New("the signing key is not in the backup: name its file with --signing-key. Without it the log cannot be continued")
	}
	if err != nil {
		return err
	}
	files := map[string][]byte{store.KeyFile: key}
	if f.Checkpoint != "" {
		files[store.CheckpointFile] = []byte(f.Checkpoint)
	}
	if f.has(policyName) {
		if files[policyName], err = f.read(policyName); err != nil {
			return err
		}
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(work, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// rows fills a new database and verifies all of it.
func (f *File) rows(ctx context.Context, work string) error {
	in, err := f.z.Open(rowsName)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it was only read
	db, err := boltkv.Open(filepath.Join(work, store.DatabaseFile), boltkv.Options{})
	if err != nil {
		return err
	}
	err = store.Fill(ctx, db, in)
	if err == nil {
		var r store.Report
		r, err = store.Verify(ctx, db, store.Expect{Dir: work})
		if err == nil && (r.Entries != f.Entries || r.Origin != f.Log) {
			err = errors.New("its store is not the one that its manifest describes")
		}
	}
	return errors.Join(err, db.Close())
}

// begin opens the store as Muster will, holds it against what was sent away, and writes into the log that it was restored.
func (f *File) begin(ctx context.Context, t Target, work string, r *Restored) error {
	db, err := boltkv.Open(filepath.Join(work, store.DatabaseFile), boltkv.Options{})
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, db, store.Options{Dir: work, Origin: f.Log, Now: t.Now, Rand: rand.Reader})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	err = f.goOn(ctx, t, st, r)
	st.Close()
	if err == nil {
		r.Report, err = store.Verify(ctx, db, store.Expect{Dir: work, Key: st.PublicKey(), Checkpoints: t.Checkpoints})
	}
	return errors.Join(err, db.Close())
}

func (f *File) goOn(ctx context.Context, t Target, st *store.Store, r *Restored) error {
	lost, err := st.Lost(ctx, t.Checkpoints)
	if err != nil {
		return err
	}
	entry := flows.LogRestored{Made: f.At, Size: f.Entries}
	if len(lost) > 0 {
		older := &OlderError{Backup: f.Manifest}
		for _, n := range lost {
			c, err := evidence.OpenCheckpoint(n, st.PublicKeys())
			if err != nil {
				return err
			}
			if c.Size <= f.Entries {
				return errors.New("a checkpoint that was sent away is not that of this log, though the backup is newer: one of the two was changed. Keep both for the inquiry")
			}
			older.Newest = max(older.Newest, c.Size)
			entry.Lost = append(entry.Lost, string(n))
		}
		if t.Loss == nil {
			return older
		}
		if strings.TrimSpace(t.Loss.Reason) == "" || strings.TrimSpace(t.Loss.By) == "" {
			return errors.New("a loss is accepted by somebody and for a reason: give --reason and --by")
		}
		entry.Reason, entry.By = t.Loss.Reason, t.Loss.By
	}
	r.Lost, r.Policy = len(lost), f.has(policyName)
	e := flows.Engine{Store: st, Now: t.Now}
	if err := e.Restored(ctx, entry, f.Entries); err != nil {
		return err
	}
	_, err = st.Checkpoint(ctx)
	return err
}
