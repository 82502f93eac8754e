// Package backup writes a tenant's store into one file, and puts it back. The file is a zip: the rows of the store as they stood in one moment,
// the policy, the signing key where that is wanted, and a manifest with the length and hash of each. A file is put back whole and checked, or
// not at all, and only where nothing is.
//
// It holds names and all else that people wrote. It is not encrypted: it goes where the data folder could go.
package backup

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"muster/store"
)

// Format is the first format of backups.
const Format = "muster-backup/1"

// Names in the zip. They are for ever.
const (
	manifestName = "manifest.json"
	rowsName     = "rows"
	policyName   = "policy.yaml"
	keyName      = "signing.key"
)

// Manifest is what a backup says of itself.
type Manifest struct {
	Format     string    `json:"format"`
	Log        string    `json:"log"` // whose: the tenant
	At         time.Time `json:"at"`
	Entries    int64     `json:"entries"`
	Last       time.Time `json:"last,omitzero"` // of the newest entry
	Checkpoint string    `json:"checkpoint,omitempty"`
	Files      []Part    `json:"files"`
}

// Part is one file of a backup.
type Part struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Source is what is backed up.
type Source struct {
	Store  *store.Store
	Dir    string // holds the signing key
	Policy string // the policy file; empty: none
	Now    func() time.Time
}

// Write writes a backup. The store may be in use meanwhile.
func (s Source) Write(ctx context.Context, w io.Writer, withKey bool) (Manifest, error) {
	m := Manifest{Format: Format, At: s.Now().UTC().Truncate(time.Second)}
	z := zip.NewWriter(w)
	add := func(name string, write func(io.Writer) error) error {
		out, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: m.At})
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		c := counter{w: out, sum: sha256.New()}
		if err := write(&c); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		m.Files = append(m.Files, Part{name, c.n, hex.EncodeToString(c.sum.Sum(nil))})
		return nil
	}
	if err := add(rowsName, func(w io.Writer) error {
		c, err := s.Store.Copy(ctx, w)
		m.Log, m.Entries, m.Last, m.Checkpoint = c.Origin, c.Entries, c.Last, string(c.Checkpoint)
		return err
	}); err != nil {
		return m, err
	}
	files := map[string]string{}
	if s.Policy != "" {
		files[policyName] = s.Policy
	}
	if withKey {
		files[keyName] = filepath.Join(s.Dir, store.KeyFile)
	}
	for _, name := range []string{policyName, keyName} {
		if files[name] == "" {
			continue
		}
		if err := add(name, func(w io.Writer) error {
			b, err := os.ReadFile(files[name])
			if err == nil {
				_, err = w.Write(b)
			}
			return err
		}); err != nil {
			return m, err
		}
	}
	out, err := z.Create(manifestName)
	if err != nil {
		return m, fmt.Errorf("write the manifest: %w", err)
	}
	if err := json.NewEncoder(out).Encode(m); err != nil {
		return m, fmt.Errorf("write the manifest: %w", err)
	}
	if err := z.Close(); err != nil {
		return m, fmt.Errorf("write the backup: %w", err)
	}
	return m, nil
}

// counter counts and hashes what goes through.
type counter struct {
	w   io.Writer
	sum interface {
		io.Writer
		Sum(b []byte) []byte
	}
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	if _, herr := c.sum.Write(b[:n]); herr != nil {
		return n, herr
	}
	return n, err
}

// File is an open backup, of which every byte was checked.
type File struct {
	Manifest

	z *zip.ReadCloser
}

// Most of what a backup may unpack to, beside its rows.
const mostFile = 16 << 20

// Open opens a backup and checks that it is whole: each file is there, and is what the manifest says.
func Open(path string) (*File, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s is no whole backup: %w", path, err)
	}
	f := &File{z: z}
	if err := f.check(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no whole backup: %w", path, err), z.Close())
	}
	return f, nil
}

// Close closes it.
func (f *File) Close() error { return f.z.Close() }

func (f *File) check() error {
	b, err := f.read(manifestName)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &f.Manifest); err != nil {
		return fmt.Errorf("read the manifest: %w", err)
	}
	if f.Format != Format {
		return fmt.Errorf("its format is %q; this version knows %s", f.Format, Format)
	}
	if !f.has(rowsName) || len(f.z.File) != len(f.Files)+1 {
		return errors.New("it does not have the files that its manifest names")
	}
	for _, p := range f.Files {
		if !slices.Contains([]string{rowsName, policyName, keyName}, p.Name) {
			return fmt.Errorf("it has a file %q, which no backup has", p.Name)
		}
		if err := f.checkPart(p); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

func (f *File) checkPart(p Part) error {
	in, err := f.z.Open(p.Name)
	if err != nil {
		return err
	}
	c := counter{w: io.Discard, sum: sha256.New()}
	_, err = io.Copy(&c, io.LimitReader(in, p.Size+1))
	if err = errors.Join(err, in.Close()); err != nil {
		return err
	}
	if c.n != p.Size || hex.EncodeToString(c.sum.Sum(nil)) != p.SHA256 {
		return errors.New("it is not what the manifest says")
	}
	return nil
}

func (f *File) has(name string) bool {
	return slices.ContainsFunc(f.Files, func(p Part) bool { return p.Name == name })
}

// read reads a small file.
func (f *File) read(name string) ([]byte, error) {
	in, err := f.z.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	b, err := io.ReadAll(io.LimitReader(in, mostFile))
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}
