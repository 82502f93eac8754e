package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// Glance is what can be seen of a store in passing. It proves nothing; Verify does.
type Glance struct {
	Since   time.Time // when the log was begun
	Keys    string    // all public keys of the log
	Entries int64
	Signed  int64        // entries that the last checkpoint covers
	Memos   []flows.Memo // those asked for
}

// ErrEmpty says that a store was made and nothing was written to it yet.
var ErrEmpty = errors.New("nothing was written to the store yet")

// Look glances at a store without writing to it, and brings the memos with one of the prefixes. dir holds the files beside the database.
func Look(ctx context.Context, db kv.DB, dir string, prefixes ...string) (Glance, error) {
	var g Glance
	err := db.View(ctx, func(tx kv.Tx) error {
		info, err := readInfo(tx)
		if err != nil {
			return err
		}
		if info == nil {
			return ErrEmpty
		}
		g.Since = info.Since
		if g.Keys, err = readKeys(tx, info); err != nil {
			return err
		}
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		g.Entries = h.edge.Size()
		signed, err := lastCheckpoint(tx, dir, g.Keys)
		if err != nil {
			return err
		}
		if signed != nil {
			cp, err := evidence.OpenCheckpoint(signed, g.Keys)
			if err != nil {
				return err
			}
			g.Signed = cp.Size
		}
		for _, prefix := range prefixes {
			from := memoKey(prefix)
			if err := tx.Scan(from, after(from), func(k, v []byte) (bool, error) {
				g.Memos = append(g.Memos, flows.Memo{Key: string(k[len("p/"):]), Value: append([]byte(nil), v...)})
				return true, nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Glance{}, fmt.Errorf("look at the store: %w", err)
	}
	return g, nil
}
