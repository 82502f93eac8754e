package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"muster/store/evidence"
	"muster/store/kv"
)

// RewrittenError says that the log does not contain what a published
// checkpoint says it contained. Nobody may go on writing to it.
type RewrittenError struct {
	Where string // which checkpoint: the file beside the database, or the row in it
	Had   int64  // entries that the checkpoint covers
	Has   int64  // entries that the log has
}

func (e *RewrittenError) Error() string {
	if e.Has < e.Had {
		return fmt.Sprintf("the log has %d entries, but a checkpoint of %d entries was signed (%s): entries are missing, because the database was put back to an older state or was replaced. "+
			"Restore the newest backup; if there is none newer, keep this database for the inquiry", e.Has, e.Had, e.Where)
	}
	return fmt.Sprintf("the first %d entries of the log are not those of the checkpoint that was signed (%s): the log was rewritten. Keep this database for the inquiry and restore a backup", e.Had, e.Where)
}

// Checkpoint signs the log as it stands and returns the note to be sent away.
// A log that did not grow keeps its last checkpoint. The note is kept in a file
// and in the database before it is returned, so whatever anybody was given
// binds the next start.
func (s *Store) Checkpoint(ctx context.Context) ([]byte, error) {
	s.signing.Lock()
	defer s.signing.Unlock()
	s.mu.Lock()
	edge := s.head.edge
	s.mu.Unlock()
	if s.signed != nil {
		last, err := evidence.OpenCheckpoint(s.signed, s.key.Public())
		if err != nil {
			return nil, err
		}
		if last.Size == edge.Size() {
			return bytes.Clone(s.signed), nil
		}
	}
	signed, err := s.key.SignCheckpoint(evidence.Checkpoint{Origin: s.key.Origin(), Size: edge.Size(), Root: edge.Root()})
	if err != nil {
		return nil, err
	}
	if err := replaceFile(filepath.Join(s.dir, CheckpointFile), signed); err != nil {
		return nil, fmt.Errorf("keep the checkpoint: %w", err)
	}
	s.signed = signed
	if err := s.db.Update(ctx, func(tx kv.Tx) error { return tx.Put([]byte(checkpointRow), signed) }); err != nil {
		return nil, unavailable(fmt.Errorf("keep the checkpoint: %w", err))
	}
	return bytes.Clone(signed), nil
}

// lastCheckpoint checks that the log contains the checkpoints that were kept
// and returns the later one, or nil.
func lastCheckpoint(tx kv.Tx, dir, key string) ([]byte, error) {
	row, err := tx.Get([]byte(checkpointRow))
	if err != nil {
		return nil, fmt.Errorf("read the last checkpoint: %w", err)
	}
	file, err := os.ReadFile(filepath.Join(dir, CheckpointFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the last checkpoint: %w", err)
	}
	var last []byte
	var size int64 = -1
	for where, signed := range map[string][]byte{"the row in the database": row, "the file " + CheckpointFile: file} {
		if signed == nil {
			continue
		}
		c, err := evidence.OpenCheckpoint(signed, key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		if err := contained(tx, c, where); err != nil {
			return nil, err
		}
		if c.Size > size {
			last, size = signed, c.Size
		}
	}
	return last, nil
}

// contained checks that the log begins with what c covers.
func contained(tx kv.Tx, c evidence.Checkpoint, where string) error {
	h, err := readHead(tx)
	if err != nil {
		return err
	}
	if c.Size > h.edge.Size() {
		return &RewrittenError{Where: where, Had: c.Size, Has: h.edge.Size()}
	}
	root, err := evidence.RootAt(c.Size, nodes(tx))
	if err != nil {
		return err
	}
	if root != c.Root {
		return &RewrittenError{Where: where, Had: c.Size, Has: h.edge.Size()}
	}
	return nil
}

// replaceFile writes a file durably, whole or not at all.
func replaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-checkpoint-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
