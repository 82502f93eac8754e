package evidence

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// The files of a pack that prove something. Others are for people to read.
const (
	entriesFile    = "entries.jsonl"
	proofsFile     = "proofs.jsonl"
	checkpointFile = "checkpoint"
	earlierFile    = "earlier.jsonl"
	logFile        = "log" // the header of every entry of the log; only when asked for
	keyFile        = "key.pub"
	readmeFile     = "README.txt"
	contentsFile   = "contents" // signed: which files, which streams, how many entries
	policyFolder   = "policy/"  // policy/SHA-256.yaml
)

// PackEntry is one entry of a pack.
type PackEntry struct {
	Header []byte // canonical
	Salt   []byte // nil when erased
	Body   []byte // JSON on one line; nil when erased
	Proof  []Hash // that the header is in the log at the pack's checkpoint
}

// EarlierCheckpoint is a checkpoint that was signed before the pack's, with the proof that the log only grew since.
type EarlierCheckpoint struct {
	Signed []byte
	Growth []Hash
}

// PackFile is a file of a pack for people to read. Its name has no spaces, and at most one folder.
type PackFile struct {
	Name string
	Data []byte
}

// Pack is what is written for an auditor about one case.
type Pack struct {
	Streams    []string    // the case, and the draft that led to it
	Entries    []PackEntry // all of those streams, in the order of the log
	Checkpoint []byte      // signed note that covers all entries
	Earlier    []EarlierCheckpoint
	Policies   [][]byte // the policy files that entries name by their hash
	Files      []PackFile
	Log        []byte // the headers of all entries of the log up to the checkpoint, one after the other; nil: not in the pack
	At         time.Time
	Keys       string // all keys of the log, when it has had another one
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

type earlierLine struct {
	Checkpoint string `json:"checkpoint"`
	Growth     []Hash `json:"growth"`
}

// WritePack writes p as a zip. The list of its files and their hashes is signed
// with k, so that what a pack holds cannot be made less on its way; and the
// bytes of the zip follow from its files, so that it shows the same to every
// program that opens it.
func WritePack(w io.Writer, p Pack, k Key) error {
	name := "a pack"
	if len(p.Streams) > 0 {
		name = "the pack of " + p.Streams[0]
	}
	files, err := p.files(k)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	z, err := zipBytes(files, p.At)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if _, err := w.Write(z); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (p Pack) files(k Key) ([]PackFile, error) {
	switch {
	case len(p.Streams) == 0:
		return nil, errors.New("it is about no case")
	case len(p.Entries) == 0:
		return nil, errors.New("it has no entries")
	}
	list := contents{format: 2, at: p.At.UTC().Truncate(time.Second)}
	for _, s := range p.Streams {
		if !word(s) {
			return nil, errors.New("it is about no case")
		}
		list.streams = append(list.streams, streamCount{name: s})
	}
	var entries, proofs, earlier bytes.Buffer
	for i, e := range p.Entries {
		h, err := ParseHeader(e.Header)
		if err != nil {
			return nil, fmt.Errorf("entry %d of the pack: %w", i+1, err)
		}
		if !list.counted(h.Stream) {
			return nil, fmt.Errorf("entry %d of the log belongs to another stream", h.Seq)
		}
		if err := writeEntry(&entries, e); err != nil {
			return nil, fmt.Errorf("entry %d of the log: %w", h.Seq, err)
		}
		if err := writeLine(&proofs, proofLine{h.Seq, e.Proof}); err != nil {
			return nil, fmt.Errorf("proof of entry %d: %w", h.Seq, err)
		}
	}
	for _, c := range p.Earlier {
		if err := writeLine(&earlier, earlierLine{string(c.Signed), c.Growth}); err != nil {
			return nil, fmt.Errorf("an earlier checkpoint: %w", err)
		}
	}
	files := []PackFile{{readmeFile, []byte(readme(p.Streams[0], p.Files, p.Log != nil))}}
	files = append(files, p.Files...)
	for _, b := range p.Policies {
		files = append(files, PackFile{policyFolder + hexSum(b) + ".yaml", b})
	}
	files = append(files,
		PackFile{entriesFile, entries.Bytes()},
		PackFile{proofsFile, proofs.Bytes()},
	)
	if p.Log != nil {
		files = append(files, PackFile{logFile, p.Log})
	}
	files = append(files,
		PackFile{checkpointFile, p.Checkpoint},
		PackFile{earlierFile, earlier.Bytes()},
		PackFile{keyFile, []byte(cmp.Or(p.Keys, k.Public()+"\n"))},
	)
	for _, f := range files {
		list.files = append(list.files, listed{f.Name, hexSum(f.Data)})
	}
	text := list.text()
	if _, err := parseContents(text); err != nil {
		return nil, errors.New("the names of its files do not do")
	}
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return nil, fmt.Errorf("sign the contents: %w", err)
	}
	return append(files, PackFile{contentsFile, signed}), nil
}

// writeEntry writes the line of e with the body's bytes exactly as they were
// committed to; an encoder might write the same JSON in other bytes.
func writeEntry(w *bytes.Buffer, e PackEntry) error {
	if e.Body == nil {
		return writeLine(w, entryLine{Header: string(e.Header), Erased: true})
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

func writeLine(w *bytes.Buffer, v any) error {
	line, err := json.Marshal(v)
	w.Write(append(line, '\n'))
	return err
}

func readme(stream string, files []PackFile, whole bool) string {
	text := `Evidence pack of ` + stream + `, written by Muster.

`
	for _, f := range files {
		text += fmt.Sprintf("%-15s %s\n", f.Name, fileSays(f.Name))
	}
	if whole {
		text += fmt.Sprintf("%-15s %s\n", logFile, `the header of every entry of the log, eight lines each: no names and no texts, but the references of other cases. The tree
                that is built of them has the root of the checkpoint, so no entry of this case can be left out.`)
	}
	return text + `
entries.jsonl   one entry a line, in the order of the log: its header, the salt, and the body that the header commits to.
                The body of an entry that was erased is gone; its header stays. The first entries are those of the draft
                that led to the case.
proofs.jsonl    for each entry the path through the Merkle tree of the log (RFC 6962) from its leaf to the root.
checkpoint      size and root of the log, signed (c2sp.org/tlog-checkpoint).
earlier.jsonl   checkpoints that were signed before, each with the proof that the log only grew since then.
policy/         the policy files that were in force when the plans of this case were made, each named by its SHA-256.
key.pub         the public key that the signatures are checked with. When the log has changed its key: the first one, and
                what the old and the new key signed at each change.
contents        the SHA-256 of each file and the number of entries of each stream, signed.

Check it with "muster verify" and this file. That needs no network and no store.
Compare key.pub and the checkpoint with those you were given earlier by another way: a pack can only vouch for
itself as far as you know that the key is right.

To check by hand: commitment = SHA-256("muster body 1\n" || salt || body), which must be the last line of the header;
leaf = SHA-256(0x00 || header); node = SHA-256(0x01 || left || right). The third line of a header names the stream, the
fourth is the place in it: 1, 2, 3 and so on without a gap.
`
}

// fileSays is what the README says about a file for people.
func fileSays(name string) string {
	says := map[string]string{
		"report.html":   "the case to read: who asked, who decided, what was done and seen, and what was said.",
		"report.pdf":    "the same to print.",
		"controls.html": "which requirements of known standards this pack serves, and what it does not show.",
		"controls.json": "the same for programs.",
		"process.svg":   "the process as the policy had it.",
	}
	if s, ok := says[name]; ok {
		return s
	}
	return "for people to read."
}
