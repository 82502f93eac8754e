package atrest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"muster/bot/backup"
	"muster/bot/service"
	"muster/store"
)

// Backup writes a backup, of a Muster that runs or of one that does not.
type Backup struct {
	To string `help:"The file to write. It must not exist." required:""`
	Where
	Policy  string `help:"The policy file, to be kept with it; that of a running Muster is kept anyway." type:"existingfile"`
	WithKey bool   `help:"Put the signing key into it. Whoever has both can write the log anew."`
}

// Run runs the command.
func (c *Backup) Run(d Desk) error {
	if _, err := os.Lstat(c.To); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("backup: %s is there already", c.To)
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	if err := service.WriteFile(c.To, func(w io.Writer) error { return c.write(d, dir, w) }); err != nil {
		return err
	}
	f, err := backup.Open(c.To) // nobody looks at a backup before it is needed
	if err != nil {
		return errors.Join(err, os.Remove(c.To))
	}
	m := f.Manifest
	if err := f.Close(); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	key := "Without the signing key: keep a copy of " + store.KeyFile + " somewhere else, or nobody can go on with this log."
	if c.WithKey {
		key = "With the signing key: keep it where nobody else reads it."
	}
	_, err = fmt.Fprintf(d.Out, "Written: %s, %d entries of %s. %s\n", c.To, m.Entries, m.Log, key)
	return err
}

func (c *Backup) write(d Desk, dir string, w io.Writer) error {
	err := backup.Fetch(d.Ctx, dir, c.WithKey, w)
	if !errors.Is(err, backup.ErrNobody) {
		return err
	}
	return service.AtRest(d.Ctx, dir, d.Now, func(st *store.Store) error {
		_, err := backup.Source{Store: st, Dir: dir, Policy: c.Policy, Now: d.Now}.Write(d.Ctx, w, c.WithKey)
		return err
	})
}

// Restore puts a backup back.
type Restore struct {
	File       string   `arg:"" help:"The backup." type:"existingfile"`
	Data       string   `help:"The data folder that gets it. Nothing of this tenant may be in it." default:"muster-data"`
	Tenant     string   `help:"The id of the tenant that is meant: a backup of another is refused."`
	SigningKey string   `help:"The signing key, when it is not in the backup." type:"existingfile"`
	Checkpoint []string `help:"A file with checkpoints that were sent away, such as evidence.append_to: the backup must contain them. May be given several times." type:"existingfile"`
	AcceptLoss bool     `help:"An owner has decided that what happened after the backup is lost."`
	Reason     string   `help:"With --accept-loss: why, for the log. Name nobody."`
	By         string   `help:"With --accept-loss: the sign-in name of the owner."`
}

// Run runs the command.
func (c *Restore) Run(d Desk) error {
	given, err := checkpoints(c.Checkpoint)
	if err != nil {
		return err
	}
	f, err := backup.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	if _, err := fmt.Fprintf(d.Out, "A backup of %s, made %s: %d entries, the last of %s.\n", f.Log, f.At.Format("2 January 2006, 15:04 UTC"), f.Entries, f.Last.UTC().Format("2 January 2006, 15:04 UTC")); err != nil {
		return err
	}
	if c.Tenant != "" && !strings.EqualFold(c.Tenant, f.Log) {
		return fmt.Errorf("restore: the backup is of %s and not of %s", f.Log, c.Tenant)
	}
	t := backup.Target{DataDir: c.Data, Key: c.SigningKey, Checkpoints: given, Now: d.Now}
	if c.AcceptLoss {
		t.Loss = &backup.Loss{Reason: c.Reason, By: c.By}
	}
	r, err := f.Restore(d.Ctx, t)
	if err != nil {
		return err
	}
	say := fmt.Sprintf("Restored into %s and verified: %d entries, %d cases. The log says that it was restored.", r.Dir, r.Report.Entries, r.Report.Cases)
	if r.Lost > 0 {
		say += fmt.Sprintf(" %d checkpoints were given up.", r.Lost)
	}
	if len(given) == 0 {
		say += " It was held against no checkpoint that was sent away: give those of evidence.append_to, or of the owners' channel, with --checkpoint."
	}
	if r.Policy {
		say += " The policy of that time is beside it, for comparison."
	}
	_, err = fmt.Fprintln(d.Out, say+" Muster starts paused: an owner looks at what was due since then, and writes \"resume\".")
	return err
}
