package evidence

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// LogLine is an entry of the whole log as one line of JSON. What the header holds stands beside it in fields of their own, for readers; the
// header is what is hashed.
type LogLine struct {
	Header   []byte // canonical
	Before   Hash   // root of the tree of all entries in front of this one
	Salt     []byte // nil when erased
	Body     []byte // JSON on one line; nil when erased
	ErasedBy int64  // when erased: the entry that says why
}

// logHead is the line but for the body, which comes last and byte for byte: it is what the commitment in the header is of.
type logHead struct {
	Seq      int64  `json:"seq"`
	Stream   string `json:"stream,omitempty"`
	Position int64  `json:"position,omitempty"`
	Kind     string `json:"kind"`
	At       string `json:"at"`
	Actor    string `json:"actor,omitempty"`
	Header   string `json:"header"`
	Leaf     Hash   `json:"leaf"`
	Before   Hash   `json:"before"`
	Salt     []byte `json:"salt,omitempty"`
	ErasedBy int64  `json:"erased_by,omitempty"` // never 0: what erases comes later
}

// logEnd is the last line.
type logEnd struct {
	Entries    int64  `json:"entries"`
	Root       Hash   `json:"root"`
	Checkpoint string `json:"checkpoint"`
	Keys       string `json:"keys"`
}

// bodyField cannot stand anywhere else in a line: in a string its quotes would be escaped.
const bodyField = `,"body":`

// Append appends the line with its end.
func (l LogLine) Append(dst []byte) ([]byte, error) {
	h, err := ParseHeader(l.Header)
	if err != nil {
		return dst, err
	}
	head := logHead{
		Seq: h.Seq, Stream: h.Stream, Position: h.Position, Kind: h.Kind, At: h.Time.UTC().Format(time.RFC3339Nano), Actor: h.Actor,
		Header: string(l.Header), Leaf: Leaf(l.Header), Before: l.Before, Salt: l.Salt,
	}
	if l.Body == nil {
		head.ErasedBy = l.ErasedBy
	}
	b, err := json.Marshal(head)
	if err != nil {
		return dst, fmt.Errorf("write entry %d: %w", h.Seq, err)
	}
	if bytes.IndexByte(l.Body, '\n') >= 0 {
		return dst, fmt.Errorf("write entry %d: its body is not on one line", h.Seq)
	}
	dst = append(dst, b[:len(b)-1]...)
	if l.Body != nil {
		dst = append(append(dst, bodyField...), l.Body...)
	}
	return append(dst, "}\n"...), nil
}

// WriteLogEnd writes the line behind the last entry: a signed checkpoint that covers all of them and no more, and the keys of the log.
func WriteLogEnd(w io.Writer, signed []byte, keys string) error {
	c, err := OpenCheckpoint(signed, keys)
	if err != nil {
		return err
	}
	b, err := json.Marshal(logEnd{c.Size, c.Root, string(signed), keys})
	if err != nil {
		return fmt.Errorf("write the end of the log: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// LogReport is what VerifyLines has seen.
type LogReport struct {
	Entries, Erased int64
	Key             string // the public key now in use
	Checkpoint      Checkpoint
}

// longestLine is the longest line that is read: no body comes near it.
const longestLine = 1 << 28

// VerifyLines checks a log as lines, alone and without a store: each is in the one form there is, has the next number, stands on the tree of all
// lines in front of it and has the body that its header commits to; and the signed checkpoint at the end covers exactly these. known is a public
// key of the log as it is known from elsewhere; empty: the one in the file is believed. Why a body was erased is for a store to say.
func VerifyLines(r io.Reader, known string) (LogReport, error) {
	rep, err := verifyLines(r, known)
	if err != nil {
		return rep, fmt.Errorf("verify the log: %w", err)
	}
	return rep, nil
}

func verifyLines(r io.Reader, known string) (LogReport, error) {
	var rep LogReport
	var edge Edge
	var hashes []Hash
	var again []byte
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 1<<16), longestLine)
	for in.Scan() {
		line := in.Bytes()
		if bytes.HasPrefix(line, []byte(`{"entries":`)) {
			if err := rep.end(line, edge, known); err != nil {
				return rep, err
			}
			if in.Scan() {
				return rep, errors.New("something was added behind its end")
			}
			return rep, in.Err()
		}
		l, err := parseLine(line)
		if err != nil {
			return rep, fmt.Errorf("entry %d: %w", edge.Size(), err)
		}
		h, err := ParseHeader(l.Header)
		switch {
		case err != nil:
			return rep, fmt.Errorf("entry %d: %w", edge.Size(), err)
		case h.Seq != edge.Size():
			return rep, fmt.Errorf("entry %d stands in the place of entry %d", h.Seq, edge.Size())
		case l.Before != edge.Root():
			return rep, fmt.Errorf("entry %d does not go on from the entries in front of it", h.Seq)
		case l.Body == nil && l.ErasedBy <= h.Seq:
			return rep, fmt.Errorf("the body of entry %d is gone and no entry says why", h.Seq)
		case l.Body == nil:
			rep.Erased++
		default:
			if err := CheckBody(h, l.Salt, l.Body); err != nil {
				return rep, err
			}
		}
		if again, err = l.Append(again[:0]); err != nil {
			return rep, err
		}
		if !bytes.Equal(again[:len(again)-1], line) {
			return rep, fmt.Errorf("the line of entry %d does not say what its header says", h.Seq)
		}
		hashes = edge.Append(Leaf(l.Header), hashes[:0])
		rep.Entries++
	}
	if err := in.Err(); err != nil {
		return rep, err
	}
	return rep, errors.New("it ends without its signed checkpoint: it was cut off")
}

func parseLine(line []byte) (LogLine, error) {
	head, body, found := bytes.Cut(line, []byte(bodyField))
	var l LogLine
	if found {
		var ok bool
		if l.Body, ok = bytes.CutSuffix(body, []byte("}")); !ok {
			return l, errors.New("the line does not have the form of one")
		}
		head = append(bytes.Clone(head), '}')
	}
	var h logHead
	if err := json.Unmarshal(head, &h); err != nil {
		return l, fmt.Errorf("the line does not have the form of one: %w", err)
	}
	l.Header, l.Before, l.Salt, l.ErasedBy = []byte(h.Header), h.Before, h.Salt, h.ErasedBy
	return l, nil
}

func (r *LogReport) end(line []byte, edge Edge, known string) error {
	var e logEnd
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("its last line does not have the form of one: %w", err)
	}
	current, is, err := CurrentKey(e.Keys, known)
	switch {
	case err != nil:
		return err
	case known != "" && !is:
		return errors.New("the log was begun with another key than the one given")
	}
	r.Key = current
	if r.Checkpoint, err = OpenCheckpoint([]byte(e.Checkpoint), e.Keys); err != nil {
		return err
	}
	if r.Checkpoint.Size != edge.Size() || r.Checkpoint.Root != edge.Root() || e.Entries != edge.Size() || e.Root != edge.Root() {
		return fmt.Errorf("it has %d entries, and they are not those that its checkpoint covers (%d)", edge.Size(), r.Checkpoint.Size)
	}
	return nil
}
