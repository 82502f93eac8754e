package auditor

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// verifier is a public key as golang.org/x/mod/sumdb/note writes it: NAME+HASH+KEY.
type verifier struct {
	text string
	name string
	id   []byte
	key  ed25519.PublicKey
}

func parseKey(s string) (verifier, error) {
	parts := strings.SplitN(s, "+", 3)
	bad := errors.New("not the form of a key")
	if len(parts) != 3 {
		return verifier{}, bad
	}
	id, err1 := hex.DecodeString(parts[1])
	raw, err2 := base64.StdEncoding.DecodeString(parts[2])
	if errors.Join(err1, err2) != nil || len(raw) != 33 || raw[0] != 1 {
		return verifier{}, bad
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	if !bytes.Equal(sum[:4], id) {
		return verifier{}, bad
	}
	return verifier{text: s, name: parts[0], id: id, key: raw[1:]}, nil
}

// ring is the keys of a log, in their order, and where each but the last ended.
type ring struct {
	keys []verifier
	ends []tree
}

// readRing reads the first key and the statements of those after it. known must be one of them.
func readRing(text, known string) (ring, error) {
	first, rest, ok := strings.Cut(text, "\n")
	k, err := parseKey(first)
	if err != nil || !ok {
		return ring{}, errors.New("not the form of keys")
	}
	r := ring{keys: []verifier{k}}
	for part := range strings.SplitSeq(rest, "muster key 1\n") {
		if part == "" {
			continue
		}
		if err := r.succeed([]byte("muster key 1\n" + part)); err != nil {
			return ring{}, err
		}
	}
	if !slices.ContainsFunc(r.keys, func(v verifier) bool { return v.text == known }) {
		return ring{}, errors.New("the known key is not among them")
	}
	return r, nil
}

// succeed adds the key of a statement that the key before it and the new one have signed.
func (r *ring) succeed(statement []byte) error {
	f := strings.SplitN(string(statement), "\n", 9)
	old := r.keys[len(r.keys)-1]
	if len(f) < 9 || f[7] != "" || f[1] != strings.TrimPrefix(old.name, "muster-log/") || f[2] != old.text {
		return errors.New("a change of key has not the form of one")
	}
	next, err := parseKey(f[3])
	if err != nil || next.name != old.name || slices.ContainsFunc(r.keys, func(v verifier) bool { return v.text == next.text }) {
		return errors.New("a change of key names no new key")
	}
	for _, v := range []verifier{old, next} {
		if _, _, err := (ring{keys: []verifier{v}}).open(statement); err != nil {
			return errors.New("a change of key is not signed with both keys")
		}
	}
	size, err1 := strconv.ParseInt(f[4], 10, 64)
	root, err2 := base64.StdEncoding.DecodeString(f[5])
	if errors.Join(err1, err2) != nil || size < 0 || len(root) != 32 {
		return errors.New("a change of key does not say where the old one ended")
	}
	if n := len(r.ends); n > 0 && size < r.ends[n-1].size {
		return errors.New("a key ended before it began")
	}
	r.keys, r.ends = append(r.keys, next), append(r.ends, tree{size, [32]byte(root)})
	return nil
}

// open returns the text of a signed note, and which key signed it: the newest that did.
func (r ring) open(note []byte) (string, int, error) {
	i := bytes.LastIndex(note, []byte("\n\n"))
	if i < 0 {
		return "", 0, errors.New("not signed")
	}
	text, place := note[:i+1], -1
	for l := range strings.SplitSeq(strings.TrimSuffix(string(note[i+2:]), "\n"), "\n") {
		for n, v := range r.keys {
			signer, ok := strings.CutPrefix(l, "— "+v.name+" ")
			sig, err := base64.StdEncoding.DecodeString(signer)
			if !ok || err != nil || len(sig) < 4 || !bytes.Equal(sig[:4], v.id) {
				continue
			}
			if len(sig) != 4+ed25519.SignatureSize || !ed25519.Verify(v.key, text, sig[4:]) {
				return "", 0, errors.New("a signature does not hold")
			}
			place = max(place, n)
		}
	}
	if place < 0 {
		return "", 0, errors.New("not signed with a key of this log")
	}
	return string(text), place, nil
}

// once is a text with the first of its signatures, and nothing else.
func (r ring) once(note []byte, text string) []byte {
	line, _, _ := strings.Cut(string(note[len(text)+1:]), "\n")
	name := r.keys[0].name
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "— "+name+" "))
	if err != nil {
		return nil
	}
	return []byte(text + "\n— " + name + " " + base64.StdEncoding.EncodeToString(raw) + "\n")
}

// tree reads a checkpoint, which must not go beyond the end of the key that signed it.
func (r ring) tree(note []byte) (tree, error) {
	text, place, err := r.open(note)
	if err != nil {
		return tree{}, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != r.keys[0].name {
		return tree{}, errors.New("not a checkpoint of this log")
	}
	var t tree
	t.size, err = strconv.ParseInt(lines[1], 10, 64)
	root, err2 := base64.StdEncoding.DecodeString(lines[2])
	if errors.Join(err, err2) != nil || t.size < 0 || len(root) != 32 {
		return tree{}, errors.New("not a checkpoint")
	}
	copy(t.root[:], root)
	if place < len(r.ends) {
		if end := r.ends[place]; t.size > end.size || t.size == end.size && t.root != end.root {
			return tree{}, fmt.Errorf("signed with a key that ended at %d entries", end.size)
		}
	}
	return t, nil
}
