package atrest

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
	"muster/store"
	"muster/store/evidence"
	"muster/store/place"
)

// Verify checks stores and packs, and says what was proven.
type Verify struct {
	Path string `arg:"" help:"An evidence pack (.zip), a log as lines (.jsonl), or a tenant's data folder." type:"existingfile,existingdir"`
	Key  string `help:"The log's public key as you know it from elsewhere."`

	Tenant string `help:"With a data folder of several tenants: the id of the one to check; all of them when left out."`

	Checkpoint []string `help:"A file with checkpoints that you were sent earlier, such as messages of the owners' channel. May be given several times." type:"existingfile"`
}

// checkpoints are those in the files that were brought along. A file without any is an error: it would seem to have been checked.
func checkpoints(paths []string) ([][]byte, error) {
	var out [][]byte
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read a checkpoint: %w", err)
		}
		found := evidence.FindCheckpoints(b)
		if len(found) == 0 {
			return nil, fmt.Errorf("there is no checkpoint in %s", path)
		}
		out = append(out, found...)
	}
	return out, nil
}

// Run runs the command.
func (c *Verify) Run(d Desk) error {
	info, err := os.Stat(c.Path)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if !info.IsDir() {
		if c.Tenant != "" {
			return errors.New("verify: --tenant is for a data folder; a pack says itself whose log it is")
		}
		if strings.HasSuffix(c.Path, ".jsonl") {
			return c.lines(d)
		}
		return c.pack(d)
	}
	dirs, err := tenantsIn(c.Path, c.Tenant)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	for _, dir := range dirs {
		if err := c.store(d, dir); err != nil {
			return err
		}
	}
	return nil
}

func (c *Verify) store(d Desk, dir string) error {
	given, err := checkpoints(c.Checkpoint)
	if err != nil {
		return err
	}
	db, err := place.Open(d.Ctx, dir, true)
	if err != nil {
		return err
	}
	r, err := store.Verify(d.Ctx, db, store.Expect{Dir: dir, Key: c.Key, Checkpoints: given})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	if r.GivenUp > 0 {
		if _, err := fmt.Fprintf(d.Out, "It contains %d of the %d checkpoints of the files that were given. The others were given up, as follows.\n", len(given)-r.GivenUp, len(given)); err != nil {
			return err
		}
	} else if len(given) > 0 {
		if _, err := fmt.Fprintf(d.Out, "It contains all %d checkpoints of the files that were given.\n", len(given)); err != nil {
			return err
		}
	}
	for _, b := range r.Restored {
		lost := ""
		if len(b.Lost) > 0 {
			lost = fmt.Sprintf(" %d checkpoints that were sent away after it were given up, on the word of %s: %s.", len(b.Lost), b.By, b.Reason)
		}
		if _, err := fmt.Fprintf(d.Out, "It goes on from the backup of %s with %d entries.%s\n", b.Made.Format(time.RFC3339), b.Size, lost); err != nil {
			return err
		}
	}
	for _, sent := range r.Published {
		if sent.At.IsZero() {
			continue
		}
		if _, err := fmt.Fprintf(d.Out, "Last sent to %s: %s, %d entries, root %s.\n", flows.PlaceName(texts.Language{}, sent.Place), sent.At.Format(time.RFC3339), sent.Head.Size, sent.Head.Root); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(d.Out, "Verified: %d entries of %s, each with its body, its place in the tree and its case (%d cases, %d bodies erased). The last signed checkpoint covers %d of them. Public key: %s\n",
		r.Entries, r.Origin, r.Cases, r.Erased, r.Signed, r.Key)
	return err
}

func (c *Verify) pack(d Desk) error {
	f, err := os.Open(c.Path)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	given, err := checkpoints(c.Checkpoint)
	if err != nil {
		return err
	}
	r, err := evidence.VerifyPack(f, info.Size(), c.Key, given...)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.Out, "%s\nPublic key: %s\nCheckpoint: %d entries, root %s\n", r.Say(), r.Key, r.Checkpoint.Size, r.Checkpoint.Root)
	return err
}
