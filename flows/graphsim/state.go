package graphsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// stateFormat names the shape of the state file; another shape is refused.
const stateFormat = "muster-graphsim-1"

type stateFile struct {
	Format string  `json:"format"`
	Tenant *tenant `json:"tenant"`
}

// load reads the state; nil when there is none yet. What cannot be read is an
// error, so that it is never written over.
func load(path string) (*tenant, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	var f stateFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("read state %s: %w", path, err)
	}
	if f.Format != stateFormat || f.Tenant == nil {
		return nil, fmt.Errorf("read state %s: not a state of this simulator (format %q)", path, f.Format)
	}
	return f.Tenant, nil
}

// save stores the tenant whole or not at all, and returns when it would
// survive a kill of the machine.
func save(path string, t *tenant) (err error) {
	if path == "" {
		return nil
	}
	raw, err := json.Marshal(stateFile{stateFormat, t})
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, filepath.Base(path)+".new-*") // 0600
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, err = tmp.Write(raw)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil // renamed already; a folder that cannot be opened cannot be synced
	}
	return errors.Join(d.Sync(), d.Close())
}
