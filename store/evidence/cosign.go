package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// algCosignature is the algorithm byte of an Ed25519 witness (c2sp.org/tlog-cosignature).
const algCosignature = 4

// witness checks the cosignatures of one witness: the time it signed at, and an Ed25519 signature over that time and the checkpoint.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }

func (w witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(w.key, cosigned(binary.BigEndian.Uint64(sig), msg), sig[8:])
}

// cosigned is what a witness signs.
func cosigned(at uint64, checkpoint []byte) []byte {
	return append(fmt.Appendf(nil, "cosignature/v1\ntime %d\n", at), checkpoint...)
}

// newWitness reads a witness's public key: NAME+HASH+KEY.
func newWitness(key string) (witness, error) {
	bad := errors.New("the public key of the witness cannot be read")
	parts := strings.SplitN(strings.TrimSpace(key), "+", 3)
	if len(parts) != 3 || !word(parts[0]) {
		return witness{}, bad
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	raw, err2 := base64.StdEncoding.DecodeString(parts[2])
	if err := errors.Join(err, err2); err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algCosignature {
		return witness{}, bad
	}
	w := witness{name: parts[0], hash: uint32(hash), key: ed25519.PublicKey(raw[1:])}
	sum := sha256.Sum256(append([]byte(w.name+"\n"), raw...))
	if binary.BigEndian.Uint32(sum[:]) != w.hash {
		return witness{}, bad
	}
	return w, nil
}

// CheckWitnessKey says whether a text is a witness's public key, NAME+HASH+KEY.
func CheckWitnessKey(key string) error {
	_, err := newWitness(key)
	return err
}

// CheckCosigned checks that a witness has signed a checkpoint, and returns when.
func CheckCosigned(signed []byte, witnessKey string) (time.Time, error) {
	w, err := newWitness(witnessKey)
	if err != nil {
		return time.Time{}, err
	}
	n, err := note.Open(bytes.Clone(signed), note.VerifierList(w))
	if err != nil {
		return time.Time{}, fmt.Errorf("the witness %s did not sign it: %w", w.name, err)
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil || len(raw) < 12 {
		return time.Time{}, fmt.Errorf("the witness %s did not sign it", w.name)
	}
	return time.Unix(int64(binary.BigEndian.Uint64(raw[4:])), 0).UTC(), nil
}

// Cosign adds to a checkpoint what a witness answered, when that is its signature: that line and nothing else of the answer, so that whatever
// else stands in it neither changes the note nor keeps it from being read again.
func Cosign(signed []byte, answer, witnessKey string) ([]byte, error) {
	w, err := newWitness(witnessKey)
	if err != nil {
		return nil, err
	}
	for l := range strings.SplitSeq(answer, "\n") {
		if !strings.HasPrefix(l, "\u2014 "+w.name+" ") {
			continue
		}
		out := append(bytes.Clone(signed), l+"\n"...)
		if _, err := CheckCosigned(out, witnessKey); err == nil {
			return out, nil
		}
	}
	return nil, fmt.Errorf("the witness %s did not sign it", w.name)
}

// FindCheckpoints finds the signed checkpoints in a text, such as a file that they were appended to or messages that were copied out of a
// chat: spaces at the ends of lines, quoting marks and missing empty lines do no harm. The signatures are not looked at.
func FindCheckpoints(text []byte) [][]byte {
	var out [][]byte
	var lines []string
	for l := range strings.SplitSeq(strings.ReplaceAll(string(text), "\r", ""), "\n") {
		if l = strings.TrimSpace(strings.TrimLeft(l, "> \t")); l != "" {
			lines = append(lines, l)
		}
	}
	for i := 0; i+3 < len(lines); i++ {
		if !strings.HasPrefix(lines[i], keyPrefix) || strings.ContainsAny(lines[i], " +") {
			continue
		}
		signed := strings.Join(lines[i:i+3], "\n") + "\n\n"
		at := i + 3
		for ; at < len(lines) && strings.HasPrefix(lines[at], "\u2014 "); at++ {
			signed += lines[at] + "\n"
		}
		if at > i+3 {
			out = append(out, []byte(signed))
			i = at - 1
		}
	}
	return out
}
