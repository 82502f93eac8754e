package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// Expect is what Verify holds a store against. The zero value trusts what is in
// the store: it then shows that the store fits together, not that it is the
// one somebody has seen before.
type Expect struct {
	Dir         string   // holds the checkpoint file; empty: only what is in the database
	Key         string   // public key as it is known from elsewhere
	Checkpoints [][]byte // signed notes that were sent away
}

// Report is what Verify has seen.
type Report struct {
	Origin  string // which log
	Key     string // its public key
	Entries int64
	Erased  int64 // entries whose body was erased
	Cases   int
	Errands int
	Signed  int64 // entries covered by the last checkpoint; those after it only this store vouches for

	Restored []flows.LogRestored // when the log went on from a backup; checkpoints that were given up then are not held against it
	GivenUp  int                 // of those expected

	Published []flows.Published // what was left at each place last, as this store remembers it
}

// Verify reads the whole store and checks that every body is the one its header
// commits to, every leaf and node of the tree is what its bytes hash to, no
// sequence has a hole, the log contains each checkpoint, each case is the fold of its
// entries, and index and queue fit what they point to. The error
// says in a plain sentence what is wrong first; the report counts how far it came.
func Verify(ctx context.Context, db kv.DB, x Expect) (Report, error) {
	v := verifier{ended: ctx.Err, expect: x}
	err := db.View(ctx, func(tx kv.Tx) error {
		v.tx = tx
		return v.all()
	})
	if err != nil {
		return v.report, fmt.Errorf("verify the store: %w", err)
	}
	return v.report, nil
}

// Check verifies the store while it is in use.
func (s *Store) Check(ctx context.Context) (Report, error) {
	if err := s.decoded.check(ctx, s.db); err != nil {
		return Report{}, fmt.Errorf("verify the store: %w", err)
	}
	return Verify(ctx, s.db, Expect{Dir: s.dir, Key: s.PublicKey()})
}

type verifier struct {
	ended    func() error // of the caller's context
	tx       kv.Tx
	expect   Expect
	head     head
	streamed int64                       // entries that belong to a stream
	indexed  int                         // index keys that the cases should have
	cased    map[string]int64            // highest number of the cases there are, by prefix
	keys     string                      // of the log
	changes  []string                    // what the log says was signed when its key was changed
	named    map[string]int64            // the same of all streams: also of cases that were erased
	erased   map[int64][]evidence.Header // entries whose body is gone, by the entry that they say erased it
	report   Report
}

func (v *verifier) all() error {
	info, err := readInfo(v.tx)
	switch {
	case err != nil:
		return err
	case info == nil:
		return errors.New("it is empty: no log was begun in it")
	}
	if v.keys, err = readKeys(v.tx, info); err != nil {
		return err
	}
	current, known, err := evidence.CurrentKey(v.keys, v.expect.Key)
	switch {
	case err != nil:
		return err
	case v.expect.Key != "" && !known:
		return errors.New("its log was begun with another key than the one given")
	}
	v.report.Origin, v.report.Key = info.Origin, current
	if v.head, err = readHead(v.tx); err != nil {
		return err
	}
	v.cased, v.named, v.erased = make(map[string]int64), make(map[string]int64), make(map[int64][]evidence.Header)
	for _, step := range []func() error{v.log, v.erasures, v.checkpoints, v.streams, v.cases, v.index, v.queue, v.rest} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// scan reads all rows that begin with prefix; the key is given without it.
func (v *verifier) scan(prefix string, f func(key, value []byte) error) error {
	n := 0
	return v.tx.Scan([]byte(prefix), after([]byte(prefix)), func(k, value []byte) (bool, error) {
		if n++; n%1024 == 0 {
			if err := v.ended(); err != nil {
				return false, err
			}
		}
		return true, f(k[len(prefix):], value)
	})
}

// log hashes everything again: bodies, leaves, tree.
func (v *verifier) log() error {
	var edge evidence.Edge
	var hashes []evidence.Hash
	size := v.head.edge.Size()
	if err := v.scan("l/", func(k, row []byte) error {
		seq := edge.Size()
		if !bytes.Equal(k, number(seq)) {
			return fmt.Errorf("entry %d is missing", seq)
		}
		stored, header, err := splitLeaf(seq, row)
		if err != nil {
			return fmt.Errorf("entry %d: %w", seq, err)
		}
		h, err := evidence.ParseHeader(header)
		if err != nil {
			return fmt.Errorf("entry %d: %w", seq, err)
		}
		if h.Seq != seq {
			return fmt.Errorf("entry %d stands in the place of entry %d", h.Seq, seq)
		}
		if h.Stream != "" {
			v.streamed++
		}
		if err := v.body(h); err != nil {
			return err
		}
		hashes = edge.Append(evidence.Leaf(header), hashes[:0])
		for i, want := range hashes {
			if !bytes.Equal(want[:], stored[32*i:32*i+32]) {
				return fmt.Errorf("the header of entry %d, or a part of the tree that it completes, was changed", seq)
			}
		}
		v.report.Entries++
		return nil
	}); err != nil {
		return err
	}
	if edge.Size() != size {
		return fmt.Errorf("the log should have %d entries and has %d", size, edge.Size())
	}
	if edge.Root() != v.head.edge.Root() {
		return errors.New("the tree does not have the root that was stored")
	}
	return v.scan("b/", func(k, _ []byte) error {
		if len(k) != 8 || binary.BigEndian.Uint64(k) >= uint64(size) {
			return errors.New("there is a body without an entry")
		}
		return nil
	})
}

func (v *verifier) body(h evidence.Header) error {
	row, err := readBody(v.tx, h.Seq)
	if err != nil {
		return err
	}
	if row.body == nil {
		v.report.Erased++
		if row.erasedBy <= h.Seq || row.erasedBy >= v.head.edge.Size() {
			return fmt.Errorf("the body of entry %d is gone and no entry says why", h.Seq)
		}
		v.erased[row.erasedBy] = append(v.erased[row.erasedBy], h)
		return nil
	}
	if h.Kind == string(flows.KeyChanged{}.Kind()) {
		e, err := decodeEntry(h, row.body)
		if b, ok := e.Body.(flows.KeyChanged); err == nil && ok {
			v.changes = append(v.changes, b.Statement)
		}
	}
	return evidence.CheckBody(h, row.salt, row.body)
}

// erasures checks that each body that is gone went with an entry that erases, that such an entry may have erased it, and that as many are
// gone as it says.
func (v *verifier) erasures() error {
	for _, because := range slices.Sorted(maps.Keys(v.erased)) {
		gone := v.erased[because]
		b, err := v.because(because)
		if err != nil {
			return err
		}
		found, ok := flows.Erases(b)
		if !ok {
			return fmt.Errorf("the body of entry %d is gone, and entry %d, which should say why, erases nothing", gone[0].Seq, because)
		}
		for _, h := range gone {
			if !flows.Covers(b, flows.Kind(h.Kind), flows.CaseID(h.Stream), h.Time) {
				return fmt.Errorf("the body of entry %d is gone, and entry %d, which should say why, is about others", h.Seq, because)
			}
		}
		if len(gone) != found.Erased() {
			return fmt.Errorf("entry %d says that %d bodies were erased, and %d are gone", because, found.Erased(), len(gone))
		}
	}
	return nil
}

// because reads an entry that should say why others lost their bodies; nothing when its own is gone.
func (v *verifier) because(seq int64) (flows.Body, error) {
	leaf, err := v.tx.Get(leafKey(seq))
	if err != nil {
		return nil, err
	}
	_, header, err := splitLeaf(seq, leaf)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", seq, err)
	}
	h, err := evidence.ParseHeader(header)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", seq, err)
	}
	row, err := readBody(v.tx, seq)
	if err != nil || row.body == nil {
		return nil, err
	}
	e, err := decodeEntry(h, row.body)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", seq, err)
	}
	return e.Body, nil
}

// checkpoints checks that the log contains every checkpoint that is known, and that its keys changed as it says.
func (v *verifier) checkpoints() error {
	if _, statements := evidence.Statements(v.keys); !slices.Equal(statements, v.changes) {
		return errors.New("its keys are not those that its entries say it was given")
	}
	var err error
	if v.report.Published, err = published(v.tx); err != nil {
		return err
	}
	var sent [][]byte
	for _, p := range v.report.Published {
		if p.Head.Note != "" {
			sent = append(sent, []byte(p.Head.Note))
		}
	}
	lost, restored, err := givenUp(v.tx)
	if err != nil {
		return err
	}
	v.report.Restored = restored
	v.report.GivenUp = len(v.expect.Checkpoints) - len(without(v.expect.Checkpoints, lost))
	sent = without(append(sent, v.expect.Checkpoints...), lost)
	last, err := lastCheckpoint(v.tx, v.expect.Dir, v.keys, sent...)
	if err != nil {
		return err
	}
	for _, s := range append(sent, last) {
		if s == nil {
			continue
		}
		c, err := evidence.OpenCheckpoint(s, v.keys)
		if err != nil {
			return err
		}
		v.report.Signed = max(v.report.Signed, c.Size)
	}
	return nil
}

// streams checks the positions of the entries of each stream and that each
// case is the fold of its own.
func (v *verifier) streams() error {
	var listed int64
	if err := v.scan("n/", func(k, row []byte) error {
		stream := string(k)
		n, err := v.stream(stream)
		if err != nil {
			return err
		}
		if n == 0 {
			return errors.New("a stream is counted that has no entries")
		}
		listed += n
		if prefix, n, ok := splitCase(flows.CaseID(stream)); ok {
			v.named[prefix] = max(v.named[prefix], n)
		}
		if !bytes.Equal(row, number(n)) {
			return fmt.Errorf("the stream %s does not have as many entries as were counted", stream)
		}
		return nil
	}); err != nil {
		return err
	}
	var rows int64
	if err := v.scan("s/", func(_, _ []byte) error { rows++; return nil }); err != nil {
		return err
	}
	if listed != v.streamed || rows != v.streamed {
		return fmt.Errorf("%d entries belong to a stream and %d are listed in one", v.streamed, listed)
	}
	return nil
}

func (v *verifier) stream(stream string) (n int64, err error) {
	var c flows.Case
	erased := false
	if err := scanStream(v.tx, stream, func(seq int64, _, header []byte, body bodyRow) error {
		n++
		h, err := evidence.ParseHeader(header)
		if err != nil {
			return fmt.Errorf("entry %d: %w", seq, err)
		}
		if h.Stream != stream || h.Position != n {
			return fmt.Errorf("entry %d is not number %d of %s", seq, n, stream)
		}
		if body.body == nil {
			erased = true
		}
		if erased {
			return nil
		}
		e, err := decodeEntry(h, body.body)
		if err == nil {
			c, err = c.Apply(e)
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", seq, err)
		}
		return nil
	}); err != nil {
		return n, err
	}
	row, err := v.tx.Get(caseKey(flows.CaseID(stream)))
	if err != nil {
		return n, err
	}
	return n, v.fold(stream, c, row, erased)
}

// fold compares a case with its row.
func (v *verifier) fold(stream string, c flows.Case, row []byte, erased bool) error {
	if erased || c.Version == 0 {
		if row != nil {
			return fmt.Errorf("there is a case %s that no entries make", stream)
		}
		return nil
	}
	if row == nil {
		return fmt.Errorf("the case %s is missing", stream)
	}
	want, err := caseRow(c)
	if err != nil {
		return err
	}
	if !bytes.Equal(row, want) {
		return fmt.Errorf("the case %s is not what its entries make", stream)
	}
	return nil
}

// cases counts the cases and notes the index keys they should have.
func (v *verifier) cases() error {
	return v.scan("c/", func(k, row []byte) error {
		id := flows.CaseID(k)
		n, err := v.tx.Get(countKey(string(id)))
		if err != nil {
			return err
		}
		if n == nil {
			return fmt.Errorf("there is a case %s that no entries make", id)
		}
		c, err := decodeCase(row)
		if err != nil {
			return fmt.Errorf("the case %s: %w", id, err)
		}
		v.report.Cases++
		for _, key := range c.Keys() {
			v.indexed++
			found, err := v.tx.Get(indexKey(key, id))
			if err != nil {
				return err
			}
			if found == nil {
				return fmt.Errorf("the case %s is missing in the index", id)
			}
		}
		if prefix, n, ok := splitCase(id); ok {
			v.cased[prefix] = max(v.cased[prefix], n)
		}
		return nil
	})
}

// index counts what cases should have put there, and checks that no reference
// can be given twice.
func (v *verifier) index() error {
	rows := 0
	if err := v.scan("i/", func(_, _ []byte) error { rows++; return nil }); err != nil {
		return err
	}
	if rows != v.indexed {
		return fmt.Errorf("the index has %d rows and should have %d", rows, v.indexed)
	}
	for prefix, n := range v.cased {
		if last, err := lastOf(v.tx, prefix); err != nil || last < n {
			return errors.Join(err, fmt.Errorf("the last number of %s is noted as %d, and %d is in use", prefix, last, n))
		}
	}
	return v.scan("r/", func(k, _ []byte) error {
		if last, err := lastOf(v.tx, string(k)); err != nil || last > v.named[string(k)] || v.named[string(k)] == 0 {
			return errors.Join(err, fmt.Errorf("the last number of %s is noted as %d, and %d is in use", k, last, v.named[string(k)]))
		}
		return nil
	})
}

// queue checks that each errand stands in the queue once, at its place.
func (v *verifier) queue() error {
	if err := v.scan("e/", func(k, row []byte) error {
		key := string(k)
		gen, p, err := splitErrand(row)
		var e flows.Errand
		if err == nil {
			e, err = decodeErrand(row)
		}
		if err != nil {
			return fmt.Errorf("the errand %s: %w", key, err)
		}
		if e.Key != key || placeOf(e) != p || gen < 1 || gen > v.head.gen || len(e.Body) > 0 && !json.Valid(e.Body) {
			return fmt.Errorf("the errand %s is not what was written", key)
		}
		at, err := v.tx.Get(queueKey(p, key))
		if err != nil {
			return err
		}
		if !bytes.Equal(at, number(gen)) {
			return fmt.Errorf("the errand %s is not in the queue as it was written", key)
		}
		v.report.Errands++
		return nil
	}); err != nil {
		return err
	}
	rows := 0
	if err := v.scan("q/", func(_, _ []byte) error { rows++; return nil }); err != nil {
		return err
	}
	if rows != v.report.Errands {
		return fmt.Errorf("the queue has %d places for %d errands", rows, v.report.Errands)
	}
	return nil
}

// rest reads what nothing else says anything about, and finds rows that the
// drawing in doc.go does not have.
func (v *verifier) rest() error {
	secret, err := v.tx.Get([]byte(actorsRow))
	if err != nil {
		return err
	}
	if len(secret) != 32 {
		return errors.New("the secret of the actors is missing")
	}
	return v.scan("", func(k, row []byte) error {
		if !known(k, row) {
			return fmt.Errorf("there is a row %q that Muster does not write", k)
		}
		return nil
	})
}
