package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"muster/flows"
)

// policyFile is the file that a tenant's policy is read from. It is a flows.PolicyFile.
type policyFile struct {
	path  string
	check func(*flows.Policy) error // what else a policy needs to be opened with, such as secrets of webhooks; may be nil
	renew func(*flows.Policy)       // has the tenant opened anew; nil: it is when the process is started again
}

// Ready makes a file beside the policy's and takes it away again: what cannot do that cannot replace it either.
func (f policyFile) Ready(_ context.Context, p *flows.Policy) error {
	if f.check != nil {
		if err := f.check(p); err != nil {
			return &flows.Error{Code: flows.Invalid, Say: "Muster could not begin with this policy: " + plainly(err) + ". Put that right where Muster runs, then send the file again.", Err: err}
		}
	}
	path, err := filepath.EvalSymlinks(f.path)
	if err != nil {
		return fmt.Errorf("find the policy's file: %w", err)
	}
	t, err := os.CreateTemp(filepath.Dir(path), ".policy-*")
	if err != nil {
		return fmt.Errorf("write beside the policy's file: %w", err)
	}
	return errors.Join(t.Close(), os.Remove(t.Name()))
}

// plainly is an error without the paths of the machine, which are nobody's in a chat.
func plainly(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return "a file that it names cannot be read (" + pe.Err.Error() + ")"
	}
	return err.Error()
}

// Read is the file as it stands.
func (f policyFile) Read(context.Context) ([]byte, error) { return os.ReadFile(f.path) }

// Replace writes a text in the place of the file. Whoever looks, and whatever breaks, finds the one or the other.
func (f policyFile) Replace(_ context.Context, text []byte) (err error) {
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(f.path); err == nil {
		mode = info.Mode().Perm()
	}
	path, err := filepath.EvalSymlinks(f.path) // the file itself is replaced, not a link to it
	if err != nil {
		return fmt.Errorf("find the policy's file: %w", err)
	}
	t, err := os.CreateTemp(filepath.Dir(path), ".policy-*")
	if err != nil {
		return fmt.Errorf("write beside the policy's file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(t.Name()))
		}
	}()
	_, err = t.Write(text)
	if err = errors.Join(err, t.Chmod(mode), t.Sync(), t.Close()); err != nil {
		return fmt.Errorf("write beside the policy's file: %w", err)
	}
	if err = os.Rename(t.Name(), path); err != nil {
		return fmt.Errorf("put the policy's file in place: %w", err)
	}
	if serr := syncDir(filepath.Dir(path)); serr != nil {
		return fmt.Errorf("keep the policy's file: %w", serr)
	}
	return nil
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Reopen has the tenant opened anew, soon.
func (f policyFile) Reopen(_ context.Context, p *flows.Policy) error {
	if f.renew == nil {
		return errors.New("the process does not open its tenant anew: start it again")
	}
	f.renew(p)
	return nil
}
