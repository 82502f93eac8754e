package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// RewrittenError says that the log does not contain what a published
// checkpoint says it contained. Nobody may go on writing to it.
type RewrittenError struct {
	Where string    // which checkpoint: the file beside the database, the row in it, or one from elsewhere
	Had   int64     // entries that the checkpoint covers
	Has   int64     // entries that the log has
	Last  time.Time // of the newest entry there is
	Holds int64     // entries of the newest known checkpoint that does hold; 0 when none does
}

func (e *RewrittenError) Error() string {
	since, do := "", "Keep this folder as it is for the inquiry"
	if !e.Last.IsZero() {
		since = fmt.Sprintf(" The newest entry there is is of %s.", e.Last.UTC().Format("2 January 2006, 15:04 UTC"))
	}
	if e.Has < e.Had {
		return fmt.Sprintf("the log has %d entries, but a checkpoint of %d entries was signed (%s): entries are missing, because the database was put back to an older state or was replaced.%s "+
			"Restore the newest backup. If there is none newer, what happened since then is lost and people must say what it was: restore it with \"muster restore --accept-loss\", which the log will say. %s", e.Has, e.Had, e.Where, since, do)
	}
	held := "No checkpoint that is known holds"
	if e.Holds > 0 {
		held = fmt.Sprintf("The first %d are still those that were signed, so the change lies behind them", e.Holds)
	}
	return fmt.Sprintf("the first %d entries of the log are not those of the checkpoint that was signed (%s): the log was rewritten. %s.%s %s, and restore a backup", e.Had, e.Where, held, since, do)
}

// Checkpoint signs the log as it stands and returns the note to be sent away.
// A log that did not grow keeps its last checkpoint. The note is kept in a file
// and in the database before it is returned, so whatever anybody was given
// binds the next start.
func (s *Store) Checkpoint(ctx context.Context) ([]byte, error) {
	s.signing.Lock()
	defer s.signing.Unlock()
	return s.checkpoint(ctx)
}

// checkpoint is Checkpoint for those who hold signing.
func (s *Store) checkpoint(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	edge, key, keys := s.head.edge, s.key, s.keys
	s.mu.Unlock()
	if s.signed != nil {
		last, err := evidence.OpenCheckpoint(s.signed, keys)
		if err != nil {
			return nil, err
		}
		if last.Size == edge.Size() {
			return bytes.Clone(s.signed), nil
		}
	}
	signed, err := key.SignCheckpoint(evidence.Checkpoint{Origin: key.Origin(), Size: edge.Size(), Root: edge.Root()})
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

// Sign implements flows.Notary.
func (s *Store) Sign(ctx context.Context) (flows.Head, error) {
	signed, err := s.Checkpoint(ctx)
	if err != nil {
		return flows.Head{}, err
	}
	_, keys := s.signer()
	c, err := evidence.OpenCheckpoint(signed, keys)
	if err != nil {
		return flows.Head{}, err
	}
	_, statements := evidence.Statements(keys)
	return flows.Head{Size: c.Size, Root: c.Root.String(), Note: string(signed), Keys: strings.Join(statements, "")}, nil
}

// Growth proves that the log of size entries begins with all of the log of old entries.
func (s *Store) Growth(ctx context.Context, size, old int64) (proof []evidence.Hash, err error) {
	err = s.view(ctx, "prove the growth of the log", func(tx kv.Tx) error {
		proof, err = evidence.ProveGrowth(size, old, nodes(tx))
		return err
	})
	return proof, err
}

// published are the memos that say what was left at each place last.
func published(tx kv.Tx) ([]flows.Published, error) {
	var out []flows.Published
	prefix := memoKey(flows.PublishedKey)
	err := tx.Scan(prefix, after(prefix), func(_, v []byte) (bool, error) {
		var p flows.Published
		if err := json.Unmarshal(v, &p); err != nil {
			return false, fmt.Errorf("read what was published: %w", err)
		}
		out = append(out, p)
		return true, nil
	})
	return out, err
}

// signedNote is a checkpoint that is known, and from where.
type signedNote struct {
	where string
	note  []byte
}

// lastCheckpoint checks that the log contains the checkpoints that were kept here and those known from elsewhere,
// and returns the later one of those kept, or nil. Without a folder only the database is read.
func lastCheckpoint(tx kv.Tx, dir, keys string, elsewhere ...[]byte) ([]byte, error) {
	row, err := tx.Get([]byte(checkpointRow))
	if err != nil {
		return nil, fmt.Errorf("read the last checkpoint: %w", err)
	}
	var file []byte
	if dir != "" {
		file, err = os.ReadFile(filepath.Join(dir, CheckpointFile))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the last checkpoint: %w", err)
	}
	lost, _, err := givenUp(tx)
	if err != nil {
		return nil, err
	}
	all := []signedNote{{"the file " + CheckpointFile, file}, {"the row in the database", row}}
	for _, n := range without(elsewhere, lost) {
		all = append(all, signedNote{"it was sent away", n})
	}
	if err := contains(tx, keys, all); err != nil {
		return nil, err
	}
	var last []byte
	var size int64 = -1
	for _, n := range all[:2] {
		if n.note == nil {
			continue
		}
		if c, err := evidence.OpenCheckpoint(n.note, keys); err != nil {
			return nil, err
		} else if c.Size > size {
			last, size = n.note, c.Size
		}
	}
	return last, nil
}

// contains checks that the log begins with what each of the checkpoints covers. The error is about the one that shows most.
func contains(tx kv.Tx, keys string, all []signedNote) error {
	h, err := readHead(tx)
	if err != nil {
		return err
	}
	var worst *RewrittenError
	var holds int64
	for _, n := range all {
		if n.note == nil {
			continue
		}
		c, err := evidence.OpenCheckpoint(n.note, keys)
		if err != nil {
			return fmt.Errorf("%s: %w", n.where, err)
		}
		ok := false
		if c.Size <= h.edge.Size() {
			root, err := evidence.RootAt(c.Size, nodes(tx))
			if err != nil {
				return err
			}
			ok = root == c.Root
		}
		switch {
		case ok:
			holds = max(holds, c.Size)
		case worst == nil || c.Size > worst.Had:
			worst = &RewrittenError{Where: n.where, Had: c.Size, Has: h.edge.Size()}
		}
	}
	if worst == nil {
		return nil
	}
	worst.Holds = holds
	if n := h.edge.Size(); n > 0 {
		if _, header, err := readLeaf(tx, n-1); err == nil {
			if last, err := evidence.ParseHeader(header); err == nil {
				worst.Last = last.Time
			}
		}
	}
	return worst
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
	return syncDir(dir)
}

// syncDir makes names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
