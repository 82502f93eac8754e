package evidence

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Key signs the checkpoints of one log.
type Key struct {
	origin string
	signer note.Signer
	public string
}

// Public is the public key in the form of golang.org/x/mod/sumdb/note; it is
// what an auditor needs, and may be shown to anybody.
func (k Key) Public() string { return k.public }

// Origin is the log that the key belongs to.
func (k Key) Origin() string { return k.origin }

// CreateKey makes a key for the log called origin and keeps it in a new file
// of mode 0600. An existing file is an error: a key is never replaced.
func CreateKey(path, origin string, rand io.Reader) (Key, error) {
	if !word(origin) || strings.Contains(origin, "+") {
		return Key{}, fmt.Errorf("create the signing key: %q cannot name a log", origin)
	}
	secret, _, err := note.GenerateKey(rand, keyPrefix+origin)
	if err != nil {
		return Key{}, fmt.Errorf("create the signing key: %w", err)
	}
	if err := writeNew(path, secret+"\n"); err != nil {
		return Key{}, fmt.Errorf("create the signing key: %w", err)
	}
	return OpenKey(path, origin)
}

// OpenKey reads the key file of the log called origin. It wraps fs.ErrNotExist
// when there is none.
func OpenKey(path, origin string) (Key, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("open the signing key: %w", err)
	}
	secret := strings.TrimSuffix(string(b), "\n")
	signer, err := note.NewSigner(secret)
	if err != nil {
		return Key{}, fmt.Errorf("open the signing key %s: it is not a key file, or it is damaged", path)
	}
	if signer.Name() != keyPrefix+origin {
		return Key{}, fmt.Errorf("open the signing key %s: it belongs to %s, not to %s", path, signer.Name(), keyPrefix+origin)
	}
	k := Key{origin: origin, signer: signer}
	if k.public, err = publicOf(secret); err != nil {
		return Key{}, fmt.Errorf("open the signing key %s: %w", path, err)
	}
	return k, nil
}

// writeNew writes a file that must not exist yet, whole or not at all.
func writeNew(path, text string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// publicOf derives the public key from the text of a secret one, which holds
// an algorithm byte and the seed.
func publicOf(secret string) (string, error) {
	parts := strings.SplitN(secret, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 5 || len(raw) != 1+ed25519.SeedSize {
		return "", errors.New("it is not a key file, or it is damaged")
	}
	public, ok := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return "", errors.New("it is not an Ed25519 key")
	}
	return note.NewEd25519VerifierKey(parts[2], public)
}
