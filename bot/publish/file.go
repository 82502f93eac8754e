package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"muster/flows"
	"muster/store/evidence"
)

// File appends checkpoints to a file: best one on another machine's disk, or where files cannot be changed.
type File struct{ Path string }

// Leave implements flows.Sink.
func (f File) Leave(_ context.Context, h flows.Head, _ flows.Published) (string, error) {
	kept, err := f.Read()
	if err != nil {
		return "", unreached("The file", err)
	}
	if n := len(kept); n > 0 && bytes.Equal(kept[n-1], []byte(h.Note)) {
		return "", nil
	}
	out, err := os.OpenFile(f.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", unreached("The file", err)
	}
	_, err = out.WriteString(h.Note + "\n")
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return "", unreached("The file", err)
	}
	return "", nil
}

// Read are the checkpoints in the file; none when there is no file yet.
func (f File) Read() ([][]byte, error) {
	b, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	return evidence.FindCheckpoints(b), nil
}
