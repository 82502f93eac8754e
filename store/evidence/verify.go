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
	"strings"
)

// maxPackFile bounds what one file of a pack may unfold to.
const maxPackFile = 512 << 20

// PackReport is what a good pack shows.
type PackReport struct {
	Stream     string
	Entries    int
	Erased     int // entries whose body was erased
	Checkpoint Checkpoint
	Key        string // the public key the signatures were checked with
	OwnKey     bool   // that key came out of the pack: nothing outside vouches for it
}

// VerifyPack checks a pack offline: the signed list of its contents, each
// body against its commitment, each header against the checkpoint, and that no
// entry of the stream is left out. key is the public key of the log as it is
// known from elsewhere; when it is empty the pack's own is taken and the report
// says so. The error says in a plain sentence what is wrong first.
func VerifyPack(r io.ReaderAt, size int64, key string) (PackReport, error) {
	rep, err := verifyPack(r, size, strings.TrimSpace(key))
	if err != nil {
		return PackReport{}, fmt.Errorf("verify the pack: %w", err)
	}
	return rep, nil
}

func verifyPack(r io.ReaderAt, size int64, key string) (PackReport, error) {
	files, err := readPack(r, size)
	if err != nil {
		return PackReport{}, err
	}
	rep := PackReport{Key: key}
	own := strings.TrimSuffix(string(files[keyFile]), "\n")
	switch {
	case key == "":
		rep.Key, rep.OwnKey = own, true
	case key != own:
		return rep, errors.New("it was signed with another key than the one given")
	}
	text, _, err := openNote(files[contentsFile], rep.Key)
	if err != nil {
		return rep, fmt.Errorf("the list of contents: %w", err)
	}
	stream, count, sums, err := parseContents(text)
	if err != nil {
		return rep, err
	}
	for name := range sums {
		if files[name] == nil {
			return rep, fmt.Errorf("the file %q is missing", name)
		}
	}
	for name, data := range files {
		if sum := sha256.Sum256(data); name != contentsFile && sums[name] != hex.EncodeToString(sum[:]) {
			return rep, fmt.Errorf("the file %q is not the one that was signed", name)
		}
	}
	if rep.Checkpoint, err = OpenCheckpoint(files[checkpointFile], rep.Key); err != nil {
		return rep, err
	}
	rep.Stream = stream
	err = rep.entries(files[entriesFile], files[proofsFile])
	if err == nil && rep.Entries != count {
		err = fmt.Errorf("it has %d entries and should have %d", rep.Entries, count)
	}
	return rep, err
}

// readPack unpacks the zip into memory.
func readPack(r io.ReaderAt, size int64) (map[string][]byte, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("it is not a zip file: %w", err)
	}
	files := make(map[string][]byte)
	for _, f := range z.File {
		if len(files) > 100 || files[f.Name] != nil {
			return nil, fmt.Errorf("the file %q is there twice, or there are too many files", f.Name)
		}
		in, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("the file %q cannot be unpacked: %w", f.Name, err)
		}
		data, err := io.ReadAll(io.LimitReader(in, maxPackFile+1))
		switch err = errors.Join(err, in.Close()); {
		case err != nil:
			return nil, fmt.Errorf("the file %q cannot be unpacked: %w", f.Name, err)
		case len(data) > maxPackFile:
			return nil, fmt.Errorf("the file %q is too large", f.Name)
		}
		files[f.Name] = data
	}
	for _, name := range []string{entriesFile, proofsFile, checkpointFile, keyFile, readmeFile, contentsFile} {
		if files[name] == nil {
			return nil, fmt.Errorf("the file %q is missing", name)
		}
	}
	return files, nil
}

// entries checks every entry and counts them.
func (rep *PackReport) entries(entries, proofs []byte) error {
	last := int64(-1)
	for len(entries) > 0 {
		var e entryLine
		var p proofLine
		var err error
		if entries, err = nextLine(entries, &e); err != nil {
			return fmt.Errorf("entry %d of the pack: %w", rep.Entries+1, err)
		}
		if proofs, err = nextLine(proofs, &p); err != nil {
			return fmt.Errorf("proof %d of the pack: %w", rep.Entries+1, err)
		}
		h, err := ParseHeader([]byte(e.Header))
		if err != nil {
			return fmt.Errorf("entry %d of the pack: %w", rep.Entries+1, err)
		}
		rep.Entries++
		switch {
		case h.Stream != rep.Stream:
			return fmt.Errorf("entry %d of the log belongs to another stream", h.Seq)
		case h.Position != int64(rep.Entries) || h.Seq <= last:
			return fmt.Errorf("entry %d of the log is number %d of its stream and stands in place %d: one is missing or they were reordered", h.Seq, h.Position, rep.Entries)
		case p.Seq != h.Seq:
			return fmt.Errorf("the proof of entry %d is missing", h.Seq)
		}
		last = h.Seq
		if e.Erased {
			rep.Erased++
			if e.Salt != nil || e.Body != nil {
				return fmt.Errorf("entry %d is marked erased and still has a body", h.Seq)
			}
		} else if err := CheckBody(h, e.Salt, e.Body); err != nil {
			return err
		}
		if err := CheckEntry(p.Proof, rep.Checkpoint, h.Seq, Leaf([]byte(e.Header))); err != nil {
			return err
		}
	}
	if len(proofs) > 0 {
		return errors.New("there are more proofs than entries")
	}
	return nil
}

// CheckBody checks a body and its salt against the commitment in h.
func CheckBody(h Header, salt, body []byte) error {
	if len(salt) != SaltSize || Commit((*[SaltSize]byte)(salt), body) != h.Commitment {
		return fmt.Errorf("the body of entry %d is not the one that its header commits to", h.Seq)
	}
	return nil
}

func nextLine(b []byte, v any) (rest []byte, err error) {
	line, rest, ok := bytes.Cut(b, []byte("\n"))
	if !ok {
		return nil, errors.New("the last line is cut short")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if d.More() {
		return nil, errors.New("there is something after it")
	}
	return rest, nil
}
