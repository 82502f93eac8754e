package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Fault is the first thing that is wrong with a pack.
type Fault struct {
	File  string // of the pack; empty: the pack as a whole
	Entry string // which one, as people count: "entry 6 of the log"; empty: none in particular
	Say   string // what is wrong, in plain words
	Err   error  // for the one who looks further; may be nil
}

func (f *Fault) Error() string {
	var where []string
	for _, w := range []string{f.File, f.Entry} {
		if w != "" {
			where = append(where, w)
		}
	}
	s := f.Say
	if len(where) > 0 {
		s = strings.Join(where, ", ") + ": " + s
	}
	if f.Err != nil {
		s += " (" + f.Err.Error() + ")"
	}
	return s
}

func (f *Fault) Unwrap() error { return f.Err }

// PackReport is what a good pack shows.
type PackReport struct {
	Format     int
	Stream     string // the case
	Draft      string // the draft that led to it; empty without one
	Entries    int
	OfDraft    int // how many of them are the draft's
	Erased     int // entries whose body was erased
	First      time.Time
	Last       time.Time
	Checkpoint Checkpoint
	Earlier    []Checkpoint // signed before, and proven to be the beginning of the log
	Known      int64        // entries of the log that a checkpoint covers which the verifier brought along; 0: none was brought
	Whole      bool         // the pack has the header of every entry of the log, and all of its streams up to the checkpoint are in it
	Younger    int          // entries of the pack that are younger than the last checkpoint of Earlier and Known
	Policies   []string     // hashes of the policies that are in the pack, each named by an entry
	NoPolicy   []string     // hashes that entries name and the pack does not hold
	Files      []string     // the files for people
	Key        string       // the public key the signatures were checked with
	OwnKey     bool         // that key came out of the pack: nothing outside vouches for it
}

// VerifyPack checks a pack offline: the signed list of its contents, the form of
// the zip, each body against its commitment, each header against the
// checkpoint, that no entry of its streams is left out, that the log only grew
// since the earlier checkpoints, and that the policies are those that the
// entries name. key is the public key of the log as it is known from elsewhere;
// when it is empty the pack's own is taken and the report says so. known are
// checkpoints that the verifier was given by another way: the pack must prove
// that the log goes on from each. The error wraps a *Fault: what is wrong first.
func VerifyPack(r io.ReaderAt, size int64, key string, known ...[]byte) (PackReport, error) {
	rep, err := verifyPack(r, size, strings.TrimSpace(key), known)
	if err != nil {
		return PackReport{}, fmt.Errorf("verify the pack: %w", err)
	}
	return rep, nil
}

// opened is a pack whose files are those that were signed.
type opened struct {
	contents contents
	files    map[string][]byte
	report   PackReport
	keys     string          // of the log, as the pack has them
	named    map[string]bool // policies that entries name
	seqs     []int64         // of its entries
}

func verifyPack(r io.ReaderAt, size int64, key string, known [][]byte) (PackReport, error) {
	list, err := readZip(r, size)
	if err != nil {
		return PackReport{}, err
	}
	p := opened{files: make(map[string][]byte), named: make(map[string]bool)}
	for _, f := range list {
		p.files[f.Name] = append([]byte{}, f.Data...)
	}
	steps := []func() error{
		func() error { return p.signed(key) },
		func() error { return p.form(r, size, list) },
		p.entries,
		p.log,
		p.earlier,
		func() error { return p.known(known) },
		p.policies,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return PackReport{}, err
		}
	}
	return p.report, nil
}

// signed checks the signatures, and that the files are those of the list.
func (p *opened) signed(key string) error {
	for _, name := range []string{contentsFile, keyFile, checkpointFile, entriesFile, proofsFile, readmeFile} {
		if p.files[name] == nil {
			return &Fault{File: name, Say: "the file is missing"}
		}
	}
	rep := &p.report
	p.keys, rep.OwnKey = string(p.files[keyFile]), key == ""
	current, isKnown, err := CurrentKey(p.keys, key)
	switch {
	case err != nil:
		return &Fault{File: keyFile, Say: "the public key cannot be read, or a change of key is not signed with both", Err: err}
	case key != "" && !isKnown:
		return &Fault{File: keyFile, Say: "the pack was signed with another key than the one given"}
	}
	rep.Key = current
	text, _, by, err := openNote(p.files[contentsFile], p.keys)
	if err != nil {
		return &Fault{File: contentsFile, Say: "the list of contents is not signed as it stands", Err: err}
	}
	if by.ended() {
		return &Fault{File: contentsFile, Say: "the list of contents is signed with a key that had ended"}
	}
	if p.contents, err = parseContents(text); err != nil {
		return &Fault{File: contentsFile, Say: "the list of contents cannot be read", Err: err}
	}
	if p.contents.format > 1 && !signedOnce(p.files[contentsFile], text) {
		return &Fault{File: contentsFile, Say: "the list of contents is signed in another form than Muster's"}
	}
	expected := map[string]bool{contentsFile: true}
	for _, f := range p.contents.files {
		expected[f.name] = true
		data, ok := p.files[f.name]
		if !ok {
			return &Fault{File: f.name, Say: "the file is missing"}
		}
		if hexSum(data) != f.sum {
			return &Fault{File: f.name, Say: "the file is not the one that was signed"}
		}
	}
	for name := range p.files {
		if !expected[name] {
			return &Fault{File: name, Say: "the file was put in: the signed list does not have it"}
		}
	}
	if p.contents.format > 1 && !expected[earlierFile] {
		return &Fault{File: earlierFile, Say: "the file is missing"}
	}
	if rep.Checkpoint, err = OpenCheckpoint(p.files[checkpointFile], p.keys); err != nil {
		return &Fault{File: checkpointFile, Say: "the checkpoint does not hold", Err: err}
	}
	rep.Format, rep.Stream = p.contents.format, p.contents.streams[0].name
	if len(p.contents.streams) > 1 {
		rep.Draft = p.contents.streams[1].name
	}
	return nil
}

// form checks that the zip is the only one these files make. What is in it
// twice, between its files or only in its directory would be shown by some
// programs and not by others.
func (p *opened) form(r io.ReaderAt, size int64, list []PackFile) error {
	if p.contents.format == 1 {
		return nil
	}
	wrong := &Fault{Say: "the zip around the files was changed: packed anew, it would be another one"}
	for i, f := range append(p.contents.files[:len(p.contents.files):len(p.contents.files)], listed{name: contentsFile}) {
		if i >= len(list) || list[i].Name != f.name {
			return wrong
		}
	}
	want, err := zipBytes(list, p.contents.at)
	if err != nil || int64(len(want)) != size {
		wrong.Err = err
		return wrong
	}
	got := make([]byte, size)
	if _, err := r.ReadAt(got, 0); err != nil && !errors.Is(err, io.EOF) {
		return &Fault{Say: "it cannot be read", Err: err}
	}
	if !bytes.Equal(got, want) {
		return wrong
	}
	return nil
}

// entries checks every entry and its proof.
func (p *opened) entries() error {
	entries, proofs := p.files[entriesFile], p.files[proofsFile]
	places := make(map[string]int64)
	last := int64(-1)
	for n := 1; len(entries) > 0; n++ {
		place := fmt.Sprintf("line %d", n)
		e, rest, err := p.entryLine(entries)
		if err != nil {
			return &Fault{File: entriesFile, Entry: place, Say: "the entry cannot be read", Err: err}
		}
		h, err := ParseHeader([]byte(e.Header))
		if err != nil {
			return &Fault{File: entriesFile, Entry: place, Say: "the entry cannot be read", Err: err}
		}
		entries, place = rest, fmt.Sprintf("entry %d of the log", h.Seq)
		places[h.Stream]++
		switch {
		case !p.has(h.Stream):
			return &Fault{File: entriesFile, Entry: place, Say: "it belongs to another stream"}
		case h.Position != places[h.Stream] || h.Seq <= last:
			return &Fault{File: entriesFile, Entry: place, Say: fmt.Sprintf("it is number %d of its stream and stands in place %d: one is missing or they were reordered", h.Position, places[h.Stream])}
		}
		last = h.Seq
		if proofs, err = p.proof(proofs, h, []byte(e.Header)); err != nil {
			return err
		}
		if err := p.body(h, e); err != nil {
			return &Fault{File: entriesFile, Entry: place, Say: err.Error()}
		}
		p.count(h)
	}
	if len(proofs) > 0 {
		return &Fault{File: proofsFile, Say: "there are more proofs than entries"}
	}
	for _, s := range p.contents.streams {
		if places[s.name] != int64(s.count) {
			return &Fault{File: entriesFile, Say: fmt.Sprintf("there are %d entries of %s and should be %d", places[s.name], s.name, s.count)}
		}
	}
	return nil
}

func (p *opened) has(stream string) bool {
	return slices.ContainsFunc(p.contents.streams, func(s streamCount) bool { return s.name == stream && stream != "" })
}

// count adds a good entry to the report.
func (p *opened) count(h Header) {
	rep := &p.report
	rep.Entries++
	if h.Stream != rep.Stream {
		rep.OfDraft++
	}
	if rep.First.IsZero() {
		rep.First = h.Time
	}
	rep.Last = h.Time
	p.seqs = append(p.seqs, h.Seq)
}

// entryLine reads the next line of the entries. From format 2 on there is one
// way to write it, so that no two programs read it differently.
func (p *opened) entryLine(b []byte) (entryLine, []byte, error) {
	var e entryLine
	rest, err := nextLine(b, &e)
	if err != nil || p.contents.format == 1 {
		return e, rest, err
	}
	var again bytes.Buffer
	entry := PackEntry{Header: []byte(e.Header), Salt: e.Salt, Body: e.Body}
	if err := writeEntry(&again, entry); err != nil || !bytes.Equal(again.Bytes(), b[:len(b)-len(rest)]) {
		return e, rest, errors.New("it is not written as Muster writes it")
	}
	return e, rest, nil
}

// proof checks the next line of the proofs, which must be that of h.
func (p *opened) proof(proofs []byte, h Header, header []byte) (rest []byte, err error) {
	place := fmt.Sprintf("proof of entry %d", h.Seq)
	var line proofLine
	if rest, err = nextLine(proofs, &line); err != nil {
		return nil, &Fault{File: proofsFile, Entry: place, Say: "the proof cannot be read", Err: err}
	}
	if line.Seq != h.Seq {
		return nil, &Fault{File: proofsFile, Entry: place, Say: "the proof is missing"}
	}
	if err := CheckEntry(line.Proof, p.report.Checkpoint, h.Seq, Leaf(header)); err != nil {
		return nil, &Fault{File: entriesFile, Entry: fmt.Sprintf("entry %d of the log", h.Seq), Say: "its header is not the one that the checkpoint covers, or its proof was changed", Err: err}
	}
	return rest, nil
}

// body checks what an entry says against its header.
func (p *opened) body(h Header, e entryLine) error {
	if !e.Erased {
		for _, hash := range PoliciesNamed(e.Body) {
			p.named[hash] = true
		}
		return CheckBody(h, e.Salt, e.Body)
	}
	p.report.Erased++
	if e.Salt != nil || e.Body != nil {
		return fmt.Errorf("entry %d is marked erased and still has a body", h.Seq)
	}
	return nil
}

// earlier checks that the log begins with what each earlier checkpoint covers.
func (p *opened) earlier() error {
	lines := p.files[earlierFile]
	for n := 1; len(lines) > 0; n++ {
		place := fmt.Sprintf("line %d", n)
		var e earlierLine
		rest, err := nextLine(lines, &e)
		if err != nil {
			return &Fault{File: earlierFile, Entry: place, Say: "the checkpoint cannot be read", Err: err}
		}
		lines = rest
		c, err := OpenCheckpoint([]byte(e.Checkpoint), p.keys)
		if err != nil {
			return &Fault{File: earlierFile, Entry: place, Say: "the checkpoint does not hold", Err: err}
		}
		if err := CheckGrowth(e.Growth, p.report.Checkpoint, c); err != nil {
			return &Fault{File: earlierFile, Entry: place, Say: "the log of this pack is not the one that this checkpoint was signed for", Err: err}
		}
		p.report.Earlier = append(p.report.Earlier, c)
	}
	return nil
}

// known checks that the log of the pack goes on from checkpoints that were brought along.
func (p *opened) known(known [][]byte) error {
	covered := int64(0)
	for _, c := range p.report.Earlier {
		covered = max(covered, c.Size)
	}
	for _, signed := range known {
		k, err := OpenCheckpoint(signed, p.keys)
		if err != nil {
			return &Fault{Say: "the checkpoint that you gave is not one of this log", Err: err}
		}
		if err := p.goesOn(k); err != nil {
			return err
		}
		p.report.Known = max(p.report.Known, k.Size)
	}
	covered = max(covered, p.report.Known)
	for _, seq := range p.seqs {
		if seq >= covered {
			p.report.Younger++
		}
	}
	return nil
}

// goesOn checks one checkpoint that was brought along.
func (p *opened) goesOn(k Checkpoint) error {
	now := p.report.Checkpoint
	rewritten := &Fault{File: checkpointFile, Say: fmt.Sprintf("the first %d entries of this log are not those of the checkpoint that you gave: the log was rewritten, or the pack is not of it", k.Size)}
	switch {
	case k.Size > now.Size:
		return &Fault{File: checkpointFile, Say: fmt.Sprintf("the pack covers the first %d entries of the log, and the checkpoint that you gave covers %d: the pack is older, or the log was put back. Ask for a new pack", now.Size, k.Size)}
	case k.Size == now.Size && k.Root != now.Root:
		return rewritten
	case k.Size == now.Size || k.Size == 0:
		return nil
	}
	for _, c := range p.report.Earlier {
		if c.Size == k.Size {
			if c.Root != k.Root {
				return rewritten
			}
			return nil
		}
	}
	return &Fault{File: earlierFile, Say: fmt.Sprintf("the pack has no proof that reaches the checkpoint that you gave (%d entries). Ask for a pack made with it: muster export --checkpoint", k.Size)}
}

var (
	policyNamed = regexp.MustCompile(`"policy":"([0-9a-f]{64})"`)
	policyFile  = regexp.MustCompile(`^` + policyFolder + `([0-9a-f]{64})\.yaml$`)
)

// PoliciesNamed are the hashes of policies that a body names. In JSON a person's
// text cannot look like one: its quotes are escaped.
func PoliciesNamed(body []byte) []string {
	var out []string
	for _, m := range policyNamed.FindAllSubmatch(body, -1) {
		if hash := string(m[1]); !slices.Contains(out, hash) {
			out = append(out, hash)
		}
	}
	return out
}

// policies checks that each policy is what its name says and that an entry names it.
func (p *opened) policies() error {
	own := []string{contentsFile, keyFile, checkpointFile, earlierFile, entriesFile, proofsFile, logFile, readmeFile}
	for _, f := range p.contents.files {
		m := policyFile.FindStringSubmatch(f.name)
		switch {
		case m == nil && strings.HasPrefix(f.name, policyFolder):
			return &Fault{File: f.name, Say: "the file is not named as a policy is"}
		case m == nil && !slices.Contains(own, f.name):
			p.report.Files = append(p.report.Files, f.name)
		case m == nil:
		case m[1] != f.sum:
			return &Fault{File: f.name, Say: "the policy is not the one that its name says"}
		case !p.named[m[1]]:
			return &Fault{File: f.name, Say: "no entry names this policy"}
		default:
			p.report.Policies = append(p.report.Policies, m[1])
		}
	}
	for hash := range p.named {
		if !slices.Contains(p.report.Policies, hash) {
			p.report.NoPolicy = append(p.report.NoPolicy, hash)
		}
	}
	slices.Sort(p.report.NoPolicy)
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
