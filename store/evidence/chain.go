package evidence

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// A log may change its key. The old key signs a statement that names the new one and how far the old one goes, and the new key signs it too:
//
//	muster key 1
//	ORIGIN
//	OLD public key
//	NEW public key
//	SIZE of the last log that the old key signed
//	ROOT of that log, base64
//	TIME, UTC
//
//	— muster-log/ORIGIN SIGNATURE of the old key
//	— muster-log/ORIGIN SIGNATURE of the new key
//
// Wherever a public key is asked for, the keys of the log may stand instead: the first public key on a line of its own, and the statements,
// one after the other. Somebody who knows any of the keys can check all of them, as each link is signed from both sides.
const successorLine = "muster key 1"

// chain is the public keys of a log in order, with the statements between them read and checked.
type chain struct {
	keys  []string
	until []Checkpoint // of each but the last: the last log it signed
}

// Succeed makes the statement that next follows k, which signs nothing beyond last.
func (k Key) Succeed(next Key, last Checkpoint, at time.Time) (string, error) {
	if k.origin != next.origin || last.Origin != k.origin || k.public == next.public {
		return "", fmt.Errorf("change the key of %s: the new key is not another one of the same log", k.origin)
	}
	text := strings.Join([]string{
		successorLine, k.origin, k.public, next.public, strconv.FormatInt(last.Size, 10), last.Root.String(), at.UTC().Format(time.RFC3339), "",
	}, "\n")
	signed, err := note.Sign(&note.Note{Text: text}, k.signer, next.signer)
	if err != nil {
		return "", fmt.Errorf("change the key of %s: %w", k.origin, err)
	}
	return string(signed), nil
}

// CurrentKey is the public key in use of the keys of a log, and reports whether known is one of them, past or present.
func CurrentKey(keys, known string) (current string, isKnown bool, err error) {
	c, err := readChain(keys)
	if err != nil {
		return "", false, err
	}
	return c.current(), slices.Contains(c.keys, strings.TrimSpace(known)), nil
}

// Statements takes the keys of a log apart: the first public key, and the statements of those after it.
func Statements(keys string) (first string, rest []string) {
	first, more, _ := strings.Cut(strings.TrimLeft(keys, "\n"), "\n")
	for s := range strings.SplitSeq(more, successorLine+"\n") {
		if strings.TrimSpace(s) != "" {
			rest = append(rest, successorLine+"\n"+s)
		}
	}
	return strings.TrimSpace(first), rest
}

// readChain reads and checks the keys of a log.
func readChain(keys string) (chain, error) {
	first, statements := Statements(keys)
	c := chain{keys: []string{first}}
	if _, err := c.origin(); err != nil {
		return chain{}, err
	}
	for i, s := range statements {
		if err := c.follow(s); err != nil {
			return chain{}, fmt.Errorf("the statement of the change of key %d: %w", i+1, err)
		}
	}
	return c, nil
}

// follow adds the key that a statement names, if all of it holds.
func (c *chain) follow(statement string) error {
	bad := errors.New("it does not have the form of one")
	lines := strings.SplitN(statement, "\n", 8)
	if len(lines) != 8 {
		return bad
	}
	next := lines[3]
	old, err1 := note.NewVerifier(c.current())
	fresh, err2 := note.NewVerifier(next)
	if err := errors.Join(err1, err2); err != nil || slices.Contains(c.keys, next) || old.Name() != fresh.Name() {
		return bad
	}
	n, err := note.Open([]byte(statement), note.VerifierList(old, fresh))
	if err != nil || len(n.Sigs) != 2 {
		return errors.New("it is not signed with both keys")
	}
	size, err := strconv.ParseInt(lines[4], 10, 64)
	origin, _ := c.origin()
	last := Checkpoint{Origin: origin, Size: size}
	root, rerr := base64.StdEncoding.DecodeString(lines[5])
	_, terr := time.Parse(time.RFC3339, lines[6])
	text := strings.Join(append(slices.Clone(lines[:7]), ""), "\n")
	switch {
	case errors.Join(err, rerr, terr) != nil || size < 0 || len(root) != len(last.Root) || n.Text != text || lines[0] != successorLine || lines[1] != origin:
		return bad
	case lines[2] != c.current():
		return errors.New("it continues another key")
	case len(c.until) > 0 && size < c.until[len(c.until)-1].Size:
		return errors.New("it ends before the key began")
	}
	copy(last.Root[:], root)
	c.keys, c.until = append(c.keys, next), append(c.until, last)
	return nil
}

func (c *chain) current() string { return c.keys[len(c.keys)-1] }

// origin is the log that the keys belong to.
func (c *chain) origin() (string, error) {
	v, err := note.NewVerifier(c.keys[0])
	if err != nil {
		return "", fmt.Errorf("the public key cannot be read: %w", err)
	}
	origin, ok := strings.CutPrefix(v.Name(), keyPrefix)
	if !ok {
		return "", errors.New("the public key is not that of a muster log")
	}
	return origin, nil
}

// verifiers are all keys.
func (c *chain) verifiers() (note.Verifiers, error) {
	var all []note.Verifier
	for _, k := range c.keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return nil, fmt.Errorf("the public key cannot be read: %w", err)
		}
		all = append(all, v)
	}
	return note.VerifierList(all...), nil
}

// signer is the newest of the keys that signed n, by its place.
func (c *chain) signer(n *note.Note) int {
	for i, key := range slices.Backward(c.keys) {
		v, err := note.NewVerifier(key)
		if err == nil && slices.ContainsFunc(n.Sigs, func(s note.Signature) bool { return s.Name == v.Name() && s.Hash == v.KeyHash() }) {
			return i
		}
	}
	return -1
}

// maySign holds a checkpoint against the end of the key that signed it.
func (c *chain) maySign(i int, cp Checkpoint) error {
	if i < 0 || i >= len(c.until) {
		return nil
	}
	switch end := c.until[i]; {
	case cp.Size > end.Size:
		return fmt.Errorf("a log of %d entries is signed with a key that ended at %d: whoever signed it holds an old key", cp.Size, end.Size)
	case cp.Size == end.Size && cp.Root != end.Root:
		return fmt.Errorf("it is not the log of %d entries that its key ended with", end.Size)
	}
	return nil
}
