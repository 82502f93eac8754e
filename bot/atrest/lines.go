package atrest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	"muster/bot/backup"
	"muster/bot/service"
	"muster/store"
	"muster/store/evidence"
)

// lines writes the log as JSON lines, of a Muster that runs or of one that does not, and checks what it wrote.
func (c *Export) lines(d Desk) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	out := cmp.Or(c.Out, "log.jsonl")
	var r evidence.LogReport
	if err := service.WriteFile(out, func(w io.Writer) error {
		err := backup.FetchLog(d.Ctx, dir, w)
		if errors.Is(err, backup.ErrNobody) {
			err = service.AtRest(d.Ctx, dir, d.Now, func(st *store.Store) error {
				_, err := st.Lines(d.Ctx, w)
				return err
			})
		}
		return err
	}); err != nil {
		return err
	}
	if r, err = verifyLines(out, ""); err != nil {
		return errors.Join(err, os.Remove(out)) // it was cut off on its way
	}
	_, err = fmt.Fprintf(d.Out, "Written: %s, %d entries, %d of them erased. It holds names and all that was said: keep it as you keep the data folder.\n", out, r.Entries, r.Erased)
	return err
}

func verifyLines(path, key string) (evidence.LogReport, error) {
	f, err := os.Open(path)
	if err != nil {
		return evidence.LogReport{}, fmt.Errorf("verify: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	return evidence.VerifyLines(f, key)
}

// lines checks a log that was exported.
func (c *Verify) lines(d Desk) error {
	if len(c.Checkpoint) > 0 {
		return errors.New("verify: --checkpoint is for a data folder or a pack; a log as lines has its own checkpoint")
	}
	r, err := verifyLines(c.Path, c.Key)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.Out, "Verified: %d entries, each with its body and its place in the tree (%d bodies erased), and the signed checkpoint covers all of them.\nPublic key: %s\nCheckpoint: %d entries, root %s\n",
		r.Entries, r.Erased, r.Key, r.Checkpoint.Size, r.Checkpoint.Root)
	return err
}
