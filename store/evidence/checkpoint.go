package evidence

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// keyPrefix and the origin make the name of a log and of its key.
const keyPrefix = "muster-log/"

// Checkpoint is the size and root of a log at one moment: what is signed and sent away.
type Checkpoint struct {
	Origin string // which log: the tenant
	Size   int64
	Root   Hash
}

func (c Checkpoint) text() string {
	return keyPrefix + c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + c.Root.String() + "\n"
}

// OpenCheckpoint checks the signature of a checkpoint note against a public
// key, or the keys of a log, and returns what was signed. Signatures of others, such as witnesses, may
// stand below ours and are not looked at.
func OpenCheckpoint(signed []byte, keys string) (Checkpoint, error) {
	text, origin, by, err := openNote(signed, keys)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open the checkpoint: %w", err)
	}
	bad := errors.New("open the checkpoint: it does not have the form of one")
	lines := strings.SplitN(text, "\n", 5)
	if len(lines) < 4 || lines[0] != keyPrefix+origin {
		return Checkpoint{}, bad
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, bad
	}
	c := Checkpoint{Origin: origin, Size: size}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(c.Root) || base64.StdEncoding.EncodeToString(root) != lines[2] {
		return Checkpoint{}, bad
	}
	copy(c.Root[:], root)
	if err := by.chain.maySign(by.place, c); err != nil {
		return Checkpoint{}, fmt.Errorf("open the checkpoint: %w", err)
	}
	return c, nil
}

// SignCheckpoint signs c. Whoever calls it must have stored the log up to
// c.Size durably, and must never sign a log that does not contain this one.
func (k Key) SignCheckpoint(c Checkpoint) ([]byte, error) {
	if c.Origin != k.origin {
		return nil, fmt.Errorf("sign the checkpoint of %s: the key is that of %s", c.Origin, k.origin)
	}
	signed, err := note.Sign(&note.Note{Text: c.text()}, k.signer)
	if err != nil {
		return nil, fmt.Errorf("sign the checkpoint of %s: %w", c.Origin, err)
	}
	return signed, nil
}

// signedBy is which of the keys of a log signed a note.
type signedBy struct {
	chain *chain
	place int
}

// ended reports whether another key had followed it.
func (b signedBy) ended() bool { return b.place != len(b.chain.keys)-1 }

// openNote checks a note against the keys of a log and returns its text and the log's origin.
func openNote(signed []byte, keys string) (text, origin string, by signedBy, err error) {
	c, err := readChain(keys)
	if err != nil {
		return "", "", by, err
	}
	if origin, err = c.origin(); err != nil {
		return "", "", by, err
	}
	all, err := c.verifiers()
	if err != nil {
		return "", "", by, err
	}
	n, err := note.Open(bytes.Clone(signed), all)
	if err != nil {
		if _, unsigned := errors.AsType[*note.UnverifiedNoteError](err); unsigned {
			return "", "", by, errors.New("it is not signed with the key of this log")
		}
		return "", "", by, fmt.Errorf("the signature does not hold: %w", err)
	}
	return n.Text, origin, signedBy{&c, c.signer(n)}, nil
}

// signedOnce reports whether a note whose signature was checked is its text and
// one signature, written in the one way there is.
func signedOnce(signed []byte, text string) bool {
	line, ok := strings.CutPrefix(string(signed), text+"\n")
	_, sig, ok2 := strings.Cut(strings.TrimPrefix(line, "— "), " ")
	sig, ok3 := strings.CutSuffix(sig, "\n")
	raw, err := base64.StdEncoding.DecodeString(sig)
	return ok && ok2 && ok3 && err == nil && strings.Count(line, "\n") == 1 && base64.StdEncoding.EncodeToString(raw) == sig
}
