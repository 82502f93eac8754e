package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// readKeys reads the public keys of the log: the one it was begun with, and what was signed at each change.
func readKeys(tx kv.Tx, info *logInfo) (string, error) {
	statements, err := tx.Get([]byte(keysRow))
	if err != nil {
		return "", fmt.Errorf("read the keys of the log: %w", err)
	}
	return info.Key + "\n" + string(statements), nil
}

// ChangeKey lets the log go on with a new signing key. The old key signs a last checkpoint, and the statement that the new one follows; the
// new key signs that statement as well. It stands in the log, with reason, and goes with everything that is signed from then on. The old
// private key is then deleted: nobody needs it to check what it signed. A crash leaves the old key in use, or the new one.
func (s *Store) ChangeKey(ctx context.Context, reason string) error {
	s.signing.Lock()
	defer s.signing.Unlock()
	signed, err := s.checkpoint(ctx)
	if err != nil {
		return fmt.Errorf("change the key: %w", err)
	}
	old, keys := s.signer()
	last, err := evidence.OpenCheckpoint(signed, keys)
	if err != nil {
		return fmt.Errorf("change the key: %w", err)
	}
	path := filepath.Join(s.dir, nextKeyFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a change that came to nothing
		return fmt.Errorf("change the key: %w", err)
	}
	s.randMu.Lock()
	next, err := evidence.CreateKey(path, old.Origin(), s.rand)
	s.randMu.Unlock()
	if err != nil {
		return fmt.Errorf("change the key: %w", err)
	}
	now := s.now().UTC()
	statement, err := old.Succeed(next, last, now)
	if err != nil {
		return err
	}
	c := &commit{s: s, ch: flows.Change{Entries: []flows.Entry{{At: now, Body: flows.KeyChanged{
		From: old.Public(), To: next.Public(), Size: last.Size, Statement: statement, Reason: reason,
	}}}}}
	if err := c.prepare(ctx); err != nil {
		return fmt.Errorf("change the key: %w", err)
	}
	if err := s.do(&work{check: c.check, write: func(b *batch) error {
		was, err := b.tx.Get([]byte(keysRow))
		if err != nil {
			return err
		}
		return errors.Join(c.write(b), b.tx.Put([]byte(keysRow), append(was, statement...)))
	}}); err != nil {
		return fmt.Errorf("change the key: %w", err)
	}
	s.mu.Lock()
	s.key, s.keys = next, keys+statement
	s.mu.Unlock()
	if err := s.finishKeyChange(old.Origin(), next.Public()); err != nil {
		return err
	}
	_, err = s.checkpoint(ctx)
	return err
}

// finishKeyChange puts the new key in the place of the old one, if the log goes on with it.
func (s *Store) finishKeyChange(origin, current string) error {
	path := filepath.Join(s.dir, nextKeyFile)
	next, err := evidence.OpenKey(path, origin)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("finish the change of the key: %w", err)
	case next.Public() != current:
		return nil // it did not come to be
	}
	if err := os.Rename(path, filepath.Join(s.dir, KeyFile)); err != nil {
		return fmt.Errorf("finish the change of the key: %w", err)
	}
	return syncDir(s.dir)
}
