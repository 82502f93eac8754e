package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// record is one line of the state file: the whole new value of what changed.
type record struct {
	Clock   time.Time   `json:"clock"`
	Chat    *chat       `json:"chat,omitempty"`
	Message *message    `json:"message,omitempty"`
	File    *storedFile `json:"file,omitempty"`
}

// noteEvery is how far the clock may run without being written down.
const noteEvery = time.Minute

// openWorld loads the state file and keeps it open for appending. A last line
// without its end is what a kill in mid-write leaves, and is dropped: nobody was
// told of it. Any other line that cannot be read means a foreign or damaged
// file, which is refused.
func openWorld(path string, clock *Clock) (*world, error) {
	w := newWorld(clock)
	if path == "" {
		return w, nil
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read state: %w", err)
	}
	old = old[:bytes.LastIndexByte(old, '\n')+1]
	for i, line := range bytes.Split(bytes.TrimSuffix(old, []byte("\n")), []byte("\n")) {
		if len(old) == 0 {
			break
		}
		var r record
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&r); err != nil {
			return nil, fmt.Errorf("read state %s, line %d: %w", path, i+1, err)
		}
		w.apply(r)
	}
	if err := w.compact(path); err != nil {
		return nil, fmt.Errorf("write state: %w", err)
	}
	if !w.noted.IsZero() {
		clock.resume(w.noted)
	}
	return w, nil
}

// compact writes the present state to a fresh file, puts it in the place of
// the old one, and leaves it open for appending.
func (w *world) compact(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	buf := bufio.NewWriter(f)
	if err := errors.Join(w.dump(buf), buf.Flush(), f.Sync()); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := os.Rename(next, path); err != nil {
		return errors.Join(err, f.Close())
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return errors.Join(err, f.Close())
	}
	w.file = f
	return nil
}

func (w *world) dump(out io.Writer) error {
	enc := json.NewEncoder(out)
	for _, id := range slices.Sorted(maps.Keys(w.chats)) {
		c := w.chats[id]
		if err := enc.Encode(record{Clock: w.noted, Chat: &c}); err != nil {
			return err
		}
	}
	for _, id := range w.order {
		m := w.messages[id]
		if err := enc.Encode(record{Clock: w.noted, Message: &m}); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.files)) {
		f := w.files[id]
		if err := enc.Encode(record{Clock: w.noted, File: &f}); err != nil {
			return err
		}
	}
	return enc.Encode(record{Clock: w.noted})
}

// writeLocked appends a record and waits until it is on disk. After a failed
// write the end of the file is unknown, so nothing more is accepted.
func (w *world) writeLocked(r record) error {
	if w.broken != nil {
		return w.broken
	}
	if w.file == nil {
		return nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	_, err = w.file.Write(append(line, '\n'))
	if err == nil {
		err = w.file.Sync()
	}
	if err != nil {
		w.broken = fmt.Errorf("write state: %w", err)
	}
	return w.broken
}

// noteClock writes the time down; with force at once, else when it has run on
// for a while.
func (w *world) noteClock(force bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Now().UTC()
	if !force && now.Sub(w.noted) < noteEvery {
		return nil
	}
	if err := w.writeLocked(record{Clock: now}); err != nil {
		return err
	}
	w.noted = now
	return nil
}

var errClosed = errors.New("the sandbox is closed")

func (w *world) close() error {
	if err := w.noteClock(true); err != nil && !errors.Is(err, errClosed) {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = errClosed
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	if err != nil {
		return fmt.Errorf("close state: %w", err)
	}
	return nil
}
