package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"
)

const (
	headerLine = "muster entry 1"
	bodyDomain = "muster body 1\n"

	// SaltSize is the number of random bytes that hide a body in its commitment.
	SaltSize = 32
	// maxWord bounds a field of a header.
	maxWord = 200
	// nobody stands for an empty stream or actor, so that no line is empty.
	nobody = "-"
)

// A Commitment binds a header to a body without telling it.
type Commitment [sha256.Size]byte

// Commit is the commitment to body under salt.
func Commit(salt *[SaltSize]byte, body []byte) Commitment {
	h := sha256.New()
	h.Write([]byte(bodyDomain))
	h.Write(salt[:])
	h.Write(body)
	var c Commitment
	h.Sum(c[:0])
	return c
}

// Header is what the tree holds of an entry: no names, no text.
type Header struct {
	Seq        int64     // place in the log, from 0
	Stream     string    // the case or draft; may be empty
	Position   int64     // place in the stream, from 1; 0 without a stream
	Kind       string    // shape of the body, for ever
	Time       time.Time // UTC
	Actor      string    // opaque; empty for Muster itself
	Commitment Commitment
}

// Append appends the canonical bytes of h to dst. A field that does not fit
// the form is an error, never changed to fit.
func (h Header) Append(dst []byte) ([]byte, error) {
	if err := h.valid(); err != nil {
		return dst, fmt.Errorf("write the header of entry %d: %w", h.Seq, err)
	}
	dst = append(dst, headerLine...)
	dst = strconv.AppendInt(append(dst, '\n'), h.Seq, 10)
	dst = append(append(dst, '\n'), or(h.Stream)...)
	dst = strconv.AppendInt(append(dst, '\n'), h.Position, 10)
	dst = append(append(dst, '\n'), h.Kind...)
	dst = h.Time.UTC().AppendFormat(append(dst, '\n'), time.RFC3339Nano)
	dst = append(append(dst, '\n'), or(h.Actor)...)
	dst = base64.StdEncoding.AppendEncode(append(dst, '\n'), h.Commitment[:])
	return append(dst, '\n'), nil
}

func or(s string) string {
	if s == "" {
		return nobody
	}
	return s
}

func (h Header) valid() error {
	switch {
	case h.Seq < 0 || h.Position < 0 || (h.Stream == "") != (h.Position == 0):
		return errors.New("the numbers do not fit")
	case h.Stream != "" && !word(h.Stream), !word(h.Kind), h.Actor != "" && !word(h.Actor):
		return errors.New("a field is empty, too long, or has a character that is not printable ASCII")
	case h.Time.Year() < 1970 || h.Time.Year() > 9999:
		return errors.New("the time is out of range")
	}
	return nil
}

// word reports whether s can stand on a line of its own and be told from nobody.
func word(s string) bool {
	if s == "" || s == nobody || len(s) > maxWord {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// ParseHeader reads canonical bytes. There is exactly one way to write a
// header: anything else is an error.
func ParseHeader(b []byte) (Header, error) {
	h, err := parseHeader(b)
	if err != nil {
		return Header{}, fmt.Errorf("read a header: %w", err)
	}
	return h, nil
}

func parseHeader(b []byte) (Header, error) {
	bad := errors.New("it does not have the form of one")
	lines := bytes.SplitN(b, []byte("\n"), 10)
	if len(lines) != 9 || len(lines[8]) != 0 || string(lines[0]) != headerLine {
		return Header{}, bad
	}
	var h Header
	var errs [4]error
	h.Seq, errs[0] = strconv.ParseInt(string(lines[1]), 10, 64)
	h.Position, errs[1] = strconv.ParseInt(string(lines[3]), 10, 64)
	h.Time, errs[2] = time.Parse(time.RFC3339Nano, string(lines[5]))
	commitment, err := base64.StdEncoding.DecodeString(string(lines[7]))
	errs[3] = err
	if errors.Join(errs[:]...) != nil || copy(h.Commitment[:], commitment) != len(h.Commitment) {
		return Header{}, bad
	}
	h.Stream, h.Kind, h.Actor = unor(lines[2]), string(lines[4]), unor(lines[6])
	h.Time = h.Time.UTC()
	if again, err := h.Append(make([]byte, 0, len(b))); err != nil || !bytes.Equal(again, b) {
		return Header{}, bad
	}
	return h, nil
}

func unor(b []byte) string {
	if string(b) == nobody {
		return ""
	}
	return string(b)
}
