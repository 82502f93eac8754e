package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// commit is a change on its way into the store. What can be done beside the
// writer is done before: encoding, salts, commitments and the fold.
type commit struct {
	s       *Store
	ch      flows.Change
	entries []entry
	errands []errand

	base  int      // version of the case that the fold began with
	old   []string // its index keys
	next  *folded  // the case afterwards; nil when the entries change nothing
	wrong error    // why the entries do not follow; of no interest when the turn was seen before
}

type entry struct {
	header evidence.Header // Seq and Position come from the writer
	body   []byte          // the row
	flow   flows.Entry     // as it will be read back
}

type errand struct {
	key   string
	place place
	row   []byte
	gen   int64 // comes from the writer
}

// folded is a case as it will stand.
type folded struct {
	row  []byte
	keys []string
}

// Commit implements flows.Store. Errands are handled in this order: Done,
// Drop, Add.
func (s *Store) Commit(ctx context.Context, ch flows.Change) error {
	s.arriving.Add(1)
	c := &commit{s: s, ch: ch}
	err := c.prepare(ctx)
	if err != nil {
		s.arriving.Add(-1)
		return err
	}
	w := &work{reads: c.reads, check: c.check, write: c.write}
	s.arriving.Add(-1)
	if err := s.do(w); err != nil {
		return err
	}
	s.fresh.note(ch, c.errands)
	return nil
}

// prepare does all that needs no turn in the writer, and refuses what could
// not be stored whatever else happens.
func (c *commit) prepare(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.names(); err != nil {
		return err
	}
	if err := c.encode(); err != nil {
		return err
	}
	for _, e := range c.ch.Add {
		p, row, err := errandRow(e)
		if err != nil {
			return fmt.Errorf("commit errand %s: %w", e.Key, err)
		}
		c.errands = append(c.errands, errand{key: e.Key, place: p, row: row})
	}
	if c.ch.Case == "" {
		return nil
	}
	var row []byte
	if err := c.s.db.View(ctx, func(tx kv.Tx) (err error) {
		row, err = tx.Get(caseKey(c.ch.Case))
		return err
	}); err != nil {
		return unavailable(fmt.Errorf("read case %s: %w", c.ch.Case, err))
	}
	c.wrong = c.fold(row)
	return nil
}

// names refuses keys that cannot be stored. Some come from outside.
func (c *commit) names() error {
	bad := func(what, name string, empty bool) error {
		if name == "" && empty || name != "" && len(name) <= maxName {
			return nil
		}
		return &flows.Error{Code: flows.Invalid, Say: "This message cannot be handled.", Err: fmt.Errorf("commit: the key of a %s has %d bytes", what, len(name))}
	}
	err := bad("turn", c.ch.Turn, true)
	for _, e := range c.ch.Add {
		err = errors.Join(err, bad("errand", e.Key, false))
	}
	for _, key := range c.ch.Drop {
		err = errors.Join(err, bad("dropped errand", key, false))
	}
	for _, ref := range c.ch.Done {
		err = errors.Join(err, bad("done errand", ref.Key, false))
	}
	for _, m := range c.ch.Memos {
		err = errors.Join(err, bad("memo", m.Key, false))
	}
	return err
}

// encode makes the rows of the entries.
func (c *commit) encode() error {
	c.entries = make([]entry, len(c.ch.Entries))
	salts := make([]byte, evidence.SaltSize*len(c.ch.Entries))
	if err := c.s.random(salts); err != nil {
		return unavailable(err)
	}
	for i, e := range c.ch.Entries {
		body, err := encodeBody(e)
		if err != nil {
			return fmt.Errorf("commit: encode an entry of %s: %w", e.Case, err)
		}
		salt := (*[evidence.SaltSize]byte)(salts[i*evidence.SaltSize:])
		x := &c.entries[i]
		x.header = evidence.Header{
			Stream: string(e.Case), Kind: string(e.Body.Kind()), Time: e.At.UTC().Round(0),
			Actor: c.s.actor(e.By), Commitment: evidence.Commit(salt, body),
		}
		x.body = append(append(append(make([]byte, 0, 1+len(salt)+len(body)), 1), salt[:]...), body...)
		x.flow = e
		x.flow.At = x.header.Time
		probe := x.header // the writer cannot fail on what was tried here
		if probe.Stream != "" {
			probe.Position = 1
		}
		if _, err := probe.Append(nil); err != nil {
			return fmt.Errorf("commit an entry of %s: %w", e.Case, err)
		}
		if err := c.mayStand(e); err != nil {
			return err
		}
	}
	return nil
}

// mayStand refuses an entry that would change a case which the change is not
// about: the case would then not be the fold of its entries.
func (c *commit) mayStand(e flows.Entry) error {
	if flows.Transcript(e.Body) || e.Case == c.ch.Case && e.Case != "" {
		return nil
	}
	if after, err := (flows.Case{}).Apply(e); err != nil || after.Version != 0 {
		return fmt.Errorf("commit: an entry %s of %q in a change of %q would not be folded into its case", e.Body.Kind(), e.Case, c.ch.Case)
	}
	return nil
}

// fold applies the entries to the case of row. It leaves the decision about
// versions to the writer; a case that is not at the version decided on is not
// folded.
func (c *commit) fold(row []byte) error {
	c.base, c.old, c.next = versionOf(row), nil, nil
	if c.ch.From == flows.AnyVersion && row == nil {
		c.base = -1 // unless it comes to be, the writer will say that there is none
		return nil
	}
	if c.ch.From != flows.AnyVersion && c.ch.From != c.base {
		return nil // the writer will say so, and before it whether the turn was seen
	}
	var before flows.Case
	if row != nil {
		var err error
		var ok bool
		if before, ok = c.s.decoded.find(c.ch.Case, row); !ok {
			before, err = decodeCase(row)
		}
		if err != nil {
			return unavailable(fmt.Errorf("read case %s: %w", c.ch.Case, err))
		}
		c.old = before.Keys()
	}
	after := before
	for i := range c.entries {
		x := &c.entries[i]
		if x.flow.Case != c.ch.Case {
			continue
		}
		// What is folded is what will be read back: bytes, not the value they came from.
		e, err := decodeEntry(x.header, x.body[1+evidence.SaltSize:])
		if err == nil {
			after, err = after.Apply(e)
		}
		if err != nil {
			return fmt.Errorf("commit to case %s: %w", c.ch.Case, err)
		}
	}
	if after.Version == before.Version {
		return nil
	}
	if after.ID != c.ch.Case {
		return fmt.Errorf("commit to case %s: the entries make case %s", c.ch.Case, after.ID)
	}
	next, err := caseRow(after)
	if err != nil {
		return fmt.Errorf("commit to case %s: %w", c.ch.Case, err)
	}
	c.next = &folded{row: next, keys: after.Keys()}
	for _, key := range c.next.keys {
		if key == "" || len(key) > maxName || strings.ContainsRune(key, 0) {
			return fmt.Errorf("commit to case %s: %q cannot be an index key", c.ch.Case, key)
		}
	}
	return nil
}

// reads are the keys of what check and write read.
func (c *commit) reads(today uint32) [][]byte {
	var keys [][]byte
	if c.ch.Turn != "" {
		keys = append(keys, turnKey(today, c.ch.Turn), turnKey(max(today, 1)-1, c.ch.Turn))
	}
	if c.ch.Case != "" {
		keys = append(keys, caseKey(c.ch.Case))
	}
	for i := range c.entries {
		if stream := c.entries[i].header.Stream; stream != "" {
			keys = append(keys, countKey(stream))
		}
	}
	for _, ref := range c.ch.Done {
		keys = append(keys, errandKey(ref.Key))
	}
	for _, key := range c.ch.Drop {
		keys = append(keys, errandKey(key))
	}
	for i := range c.errands {
		keys = append(keys, errandKey(c.errands[i].key))
	}
	return keys
}

// check decides in the writer whether the change can be made.
func (c *commit) check(b *batch) error {
	if c.ch.Turn != "" {
		seen, err := b.seen(c.ch.Turn)
		if err != nil {
			return unavailable(fmt.Errorf("look for a turn: %w", err))
		}
		if seen {
			return &flows.Error{Code: flows.Seen, Say: "This was handled before."}
		}
	}
	if c.ch.Case == "" {
		return nil
	}
	row, err := b.tx.Get(caseKey(c.ch.Case))
	if err != nil {
		return unavailable(fmt.Errorf("read case %s: %w", c.ch.Case, err))
	}
	now := versionOf(row)
	switch {
	case c.ch.From == flows.AnyVersion && row == nil:
		return unknownCase(c.ch.Case)
	case c.ch.From == flows.AnyVersion && now != c.base:
		return c.fold(row) // it moved since prepare; rare, so done here
	case c.ch.From == 0 && row == nil:
		erased, err := wasErased(b.tx, c.ch.Case)
		if err != nil {
			return unavailable(fmt.Errorf("commit to case %s: %w", c.ch.Case, err))
		}
		if !erased {
			return c.wrong
		}
	case c.ch.From == flows.AnyVersion || c.ch.From == now:
		return c.wrong
	}
	if c.ch.From == 0 {
		return &flows.Error{Code: flows.Conflict, Say: "This case exists already.", Err: fmt.Errorf("commit to case %s: it exists", c.ch.Case)}
	}
	return &flows.Error{
		Code: flows.Conflict, Say: "The case changed meanwhile. Here is how it stands now.",
		Err: fmt.Errorf("commit to case %s: decided on version %d, it is at %d", c.ch.Case, c.ch.From, now),
	}
}

// write writes the change. It takes its turn in the writer, so it encodes nothing.
func (c *commit) write(b *batch) error {
	for i := range c.entries {
		if err := b.append(c.entries[i].header, c.entries[i].body); err != nil {
			return err
		}
	}
	if c.ch.Turn != "" {
		if err := b.tx.Put(turnKey(b.today, c.ch.Turn), nil); err != nil {
			return err
		}
	}
	if c.next != nil {
		if err := b.putCase(c.ch.Case, c.old, c.next); err != nil {
			return err
		}
	}
	for _, ref := range c.ch.Done {
		if err := b.removeErrand(ref.Key, ref.Gen); err != nil {
			return err
		}
	}
	for _, key := range c.ch.Drop {
		if err := b.removeErrand(key, anyGen); err != nil {
			return err
		}
	}
	for i := range c.errands {
		if err := b.putErrand(&c.errands[i]); err != nil {
			return err
		}
	}
	for _, m := range c.ch.Memos {
		var err error
		if m.Value == nil {
			err = b.tx.Delete(memoKey(m.Key))
		} else {
			err = b.tx.Put(memoKey(m.Key), m.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// append gives an entry its place in the log and writes its rows.
func (b *batch) append(h evidence.Header, body []byte) error {
	h.Seq = b.head.edge.Size()
	if h.Stream != "" {
		n, err := b.count(h.Stream)
		if err != nil {
			return err
		}
		h.Position = n + 1
		b.counts[h.Stream] = h.Position
		if err := b.tx.Put(streamKey(h.Stream, h.Position), number(h.Seq)); err != nil {
			return err
		}
	}
	hashesEnd := 32 * evidence.HashesOf(h.Seq)
	if cap(b.leaf) < hashesEnd {
		b.leaf = make([]byte, hashesEnd, hashesEnd+1024)
	}
	leaf, err := h.Append(b.leaf[:hashesEnd])
	if err != nil {
		return err
	}
	b.leaf = leaf
	b.hashes = b.head.edge.Append(evidence.Leaf(leaf[hashesEnd:]), b.hashes[:0])
	for i, hash := range b.hashes {
		copy(leaf[32*i:], hash[:])
	}
	if err := b.tx.Put(leafKey(h.Seq), leaf); err != nil {
		return err
	}
	return b.tx.Put(bodyKey(h.Seq), body)
}

// putCase replaces a case and the index keys that changed.
func (b *batch) putCase(id flows.CaseID, old []string, next *folded) error {
	if len(old) == 0 {
		if err := b.raiseRange(id); err != nil {
			return err
		}
	}
	for _, key := range old {
		if !hasKey(next.keys, key) {
			if err := b.tx.Delete(indexKey(key, id)); err != nil {
				return err
			}
		}
	}
	for _, key := range next.keys {
		if !hasKey(old, key) {
			if err := b.tx.Put(indexKey(key, id), nil); err != nil {
				return err
			}
		}
	}
	return b.tx.Put(caseKey(id), next.row)
}

func hasKey(keys []string, key string) bool {
	for _, k := range keys {
		if k == key {
			return true
		}
	}
	return false
}

func unknownCase(id flows.CaseID) error {
	return &flows.Error{Code: flows.NotFound, Say: "There is no case " + string(id) + ".", Err: fmt.Errorf("case %s is not in the store", id)}
}

// errandAt reads the place of an errand's row in the queue and its generation.
func (b *batch) errandAt(key string) (gen int64, p place, found bool, err error) {
	row, err := b.tx.Get(errandKey(key))
	if err != nil || row == nil {
		return 0, p, false, err
	}
	gen, p, err = splitErrand(row)
	return gen, p, true, err
}

// anyGen removes an errand whatever its generation; real ones begin at 1.
const anyGen = 0

// removeErrand removes an errand unless it was written again since gen.
func (b *batch) removeErrand(key string, gen int64) error {
	now, p, found, err := b.errandAt(key)
	if err != nil || !found || gen != anyGen && gen != now {
		return err
	}
	if err := b.tx.Delete(queueKey(p, key)); err != nil {
		return err
	}
	return b.tx.Delete(errandKey(key))
}

// putErrand writes an errand in place of the one with the same key. Its
// generation is new in the whole store, so a reference to an errand that was
// finished and added again never fits.
func (b *batch) putErrand(e *errand) error {
	if err := b.removeErrand(e.key, anyGen); err != nil {
		return err
	}
	b.head.gen++
	e.gen = b.head.gen
	gen := number(e.gen)
	copy(e.row, gen)
	if err := b.tx.Put(errandKey(e.key), e.row); err != nil {
		return err
	}
	return b.tx.Put(queueKey(e.place, e.key), gen)
}
