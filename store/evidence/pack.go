package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// The files of a pack, in the order they are written.
const (
	entriesFile    = "entries.jsonl"
	proofsFile     = "proofs.jsonl"
	checkpointFile = "checkpoint"
	keyFile        = "key.pub"
	readmeFile     = "README.txt"
	contentsFile   = "contents" // signed: which files, which stream, how many entries
)

// contentsLine begins the signed text of contentsFile. It can never begin a checkpoint.
const contentsLine = "muster pack 1"

// PackEntry is one entry of a pack.
type PackEntry struct {
	Header []byte // canonical
	Salt   []byte // nil when erased
	Body   []byte // JSON on one line; nil when erased
	Proof  []Hash // that the header is in the log at the pack's checkpoint
}

// Pack is what is written for an auditor about one stream.
type Pack struct {
	Stream     string
	Entries    []PackEntry // all of the stream, in order
	Checkpoint []byte      // signed note that covers all entries
	At         time.Time   // shown in the zip's directory
}

type entryLine struct {
	Header string          `json:"header"`
	Salt   []byte          `json:"salt,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	Erased bool            `json:"erased,omitempty"`
}

type proofLine struct {
	Seq   int64  `json:"seq"`
	Proof []Hash `json:"proof"`
}

// WritePack writes p as a zip. The list of its files and their hashes is signed
// with k, so that what a pack holds cannot be made less on its way.
func WritePack(w io.Writer, p Pack, k Key) error {
	files, err := p.files(k)
	if err != nil {
		return fmt.Errorf("write the pack of %s: %w", p.Stream, err)
	}
	z := zip.NewWriter(w)
	for _, f := range files {
		out, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: p.At.UTC()})
		if err != nil {
			return fmt.Errorf("write the pack of %s: %w", p.Stream, err)
		}
		if _, err := out.Write(f.data); err != nil {
			return fmt.Errorf("write the pack of %s: %w", p.Stream, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write the pack of %s: %w", p.Stream, err)
	}
	return nil
}

type packFile struct {
	name string
	data []byte
}

func (p Pack) files(k Key) ([]packFile, error) {
	if !word(p.Stream) {
		return nil, errors.New("it has no name")
	}
	if len(p.Entries) == 0 {
		return nil, errors.New("it has no entries")
	}
	var entries, proofs bytes.Buffer
	for i, e := range p.Entries {
		h, err := ParseHeader(e.Header)
		if err != nil {
			return nil, fmt.Errorf("entry %d of the pack: %w", i+1, err)
		}
		if err := writeEntry(&entries, e); err != nil {
			return nil, fmt.Errorf("entry %d of the log: %w", h.Seq, err)
		}
		line, err := json.Marshal(proofLine{h.Seq, e.Proof})
		if err != nil {
			return nil, fmt.Errorf("proof of entry %d: %w", h.Seq, err)
		}
		proofs.Write(append(line, '\n'))
	}
	files := []packFile{
		{entriesFile, entries.Bytes()},
		{proofsFile, proofs.Bytes()},
		{checkpointFile, p.Checkpoint},
		{keyFile, []byte(k.Public() + "\n")},
		{readmeFile, []byte(readme(p.Stream))},
	}
	text := fmt.Sprintf("%s\nstream %s\nentries %d\n", contentsLine, p.Stream, len(p.Entries))
	for _, f := range files {
		sum := sha256.Sum256(f.data)
		text += "file " + hex.EncodeToString(sum[:]) + " " + f.name + "\n"
	}
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return nil, fmt.Errorf("sign the contents: %w", err)
	}
	return append(files, packFile{contentsFile, signed}), nil
}

// writeEntry writes the line of e with the body's bytes exactly as they were
// committed to; an encoder might write the same JSON in other bytes.
func writeEntry(w *bytes.Buffer, e PackEntry) error {
	if e.Body == nil {
		line, err := json.Marshal(entryLine{Header: string(e.Header), Erased: true})
		w.Write(append(line, '\n'))
		return err
	}
	if !json.Valid(e.Body) || bytes.ContainsAny(e.Body, "\n\r") {
		return errors.New("the body is not JSON on one line")
	}
	line, err := json.Marshal(entryLine{Header: string(e.Header), Salt: e.Salt})
	if err != nil {
		return err
	}
	w.Write(line[:len(line)-1])
	w.WriteString(`,"body":`)
	w.Write(e.Body)
	w.WriteString("}\n")
	return nil
}

// parseContents reads the signed text of contentsFile.
func parseContents(text string) (stream string, entries int, sums map[string]string, err error) {
	bad := errors.New("the list of contents does not have the form of one")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 || lines[0] != contentsLine {
		return "", 0, nil, bad
	}
	stream, ok := strings.CutPrefix(lines[1], "stream ")
	number, ok2 := strings.CutPrefix(lines[2], "entries ")
	entries, err = strconv.Atoi(number)
	if !ok || !ok2 || err != nil {
		return "", 0, nil, bad
	}
	sums = make(map[string]string)
	for _, l := range lines[3:] {
		f := strings.Split(l, " ")
		if len(f) != 3 || f[0] != "file" || sums[f[2]] != "" {
			return "", 0, nil, bad
		}
		sums[f[2]] = f[1]
	}
	return stream, entries, sums, nil
}

func readme(stream string) string {
	return `Evidence pack of ` + stream + `, written by Muster.

entries.jsonl   one entry a line, in order: its header, the salt, and the body that the header commits to.
                The body of an entry that was erased is gone; its header stays.
proofs.jsonl    for each entry the path through the Merkle tree of the log (RFC 6962) from its leaf to the root.
checkpoint      size and root of the log, signed (c2sp.org/tlog-checkpoint).
key.pub         the public key that the signatures are checked with.
contents        the SHA-256 of each file and the number of entries, signed.

Check it with "muster verify" and this file. That needs no network and no store.
Compare key.pub and the checkpoint with those you were given earlier by another way: a pack can only vouch for
itself as far as you know that the key is right.

To check by hand: commitment = SHA-256("muster body 1\n" || salt || body), which must be the last line of the header;
leaf = SHA-256(0x00 || header); node = SHA-256(0x01 || left || right). The fourth line of a header is the place in
this stream: 1, 2, 3 and so on without a gap.
`
}
