package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// Forget implements flows.Eraser: what f names is found in one moment of the store, because says what was found, and everything goes in
// one transaction with the entry that because returns. Headers stay, so the log and every checkpoint and pack still verify; each erased body
// points to that entry, so none can be taken away without one. What changes between the finding and the erasing is looked for again.
func (s *Store) Forget(ctx context.Context, f flows.Forgetting, because func(flows.Forgotten) flows.Change) (flows.Forgotten, error) {
	for {
		n, err := s.forget(ctx, f, because)
		if !errors.Is(err, errOther) {
			return n, err
		}
		if err := ctx.Err(); err != nil {
			return flows.Forgotten{}, unavailable(err)
		}
	}
}

// errOther says that there is not what was found any more.
var errOther = errors.New("what is to be erased has changed")

func (s *Store) forget(ctx context.Context, f flows.Forgetting, because func(flows.Forgotten) flows.Change) (flows.Forgotten, error) {
	var found forgotten
	if err := s.view(ctx, "find what is to be erased", func(tx kv.Tx) (err error) {
		found, err = find(tx, f)
		return err
	}); err != nil {
		return flows.Forgotten{}, err
	}
	n := found.counts()
	if n.Nothing() {
		return n, nil
	}
	c := &commit{s: s, ch: because(n)}
	if len(c.ch.Entries) == 0 || c.ch.Entries[0].Case != "" || c.ch.Case != "" {
		return n, errors.New("erase: the entry that says why must belong to no case")
	}
	if err := c.prepare(ctx); err != nil {
		return n, fmt.Errorf("erase: %w", err)
	}
	for _, id := range found.cases {
		defer s.decoded.forget(id)
	}
	err := s.do(&work{
		check: func(b *batch) error {
			if err := c.check(b); err != nil {
				return err
			}
			for _, id := range found.cases {
				if _, err := erasable(b.tx, id); err != nil {
					return err
				}
			}
			return found.still(b.tx, f)
		},
		write: func(b *batch) error {
			mark := append([]byte{0}, number(b.head.edge.Size())...)
			if err := c.write(b); err != nil {
				return err
			}
			return found.erase(b, mark)
		},
	})
	return n, err
}

// Scrub overwrites what was deleted and still stands in the file, where the database can.
func (s *Store) Scrub(ctx context.Context) error {
	db, ok := s.db.(interface{ Scrub(context.Context) error })
	if !ok {
		return nil
	}
	if err := db.Scrub(ctx); err != nil {
		return unavailable(err)
	}
	return nil
}

// forgotten is what was found.
type forgotten struct {
	cases    []flows.CaseID
	own      []int64 // bodies of the streams that are forgotten
	mentions []int64 // bodies elsewhere
	kept     int
	memos    []string
	errands  []string
}

func (g forgotten) counts() flows.Forgotten {
	return flows.Forgotten{Cases: len(g.cases), Bodies: len(g.own), Mentions: len(g.mentions), Kept: g.kept, Memos: len(g.memos), Errands: len(g.errands)}
}

// find looks for everything that f names.
func find(tx kv.Tx, f flows.Forgetting) (forgotten, error) {
	var g forgotten
	for _, id := range f.Streams {
		row, err := tx.Get(caseKey(id))
		if err != nil {
			return g, err
		}
		if row != nil {
			g.cases = append(g.cases, id)
		}
	}
	var err error
	if g.own, err = bodiesOfAll(tx, f.Streams); err != nil {
		return g, err
	}
	if !f.Before.IsZero() || len(f.Words) > 0 {
		if err := g.elsewhere(tx, f); err != nil {
			return g, err
		}
	}
	return g, g.beside(tx, f)
}

// bodiesOfAll lists the entries of some streams that still have a body.
func bodiesOfAll(tx kv.Tx, streams []flows.CaseID) ([]int64, error) {
	var out []int64
	for _, stream := range streams {
		seqs, err := bodiesOf(tx, stream)
		if err != nil {
			return nil, err
		}
		out = append(out, seqs...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// owners are the streams that belong to a case: its own, and that of the draft that led to it.
func owners(tx kv.Tx) (map[string]bool, error) {
	owned := map[string]bool{}
	err := tx.Scan([]byte("c/"), after([]byte("c/")), func(_, row []byte) (bool, error) {
		c, err := decodeCase(row)
		owned[string(c.ID)], owned[c.Draft] = true, true
		return true, err
	})
	delete(owned, "")
	return owned, err
}

// elsewhere finds what was said outside the streams that are forgotten. What belongs to another case stays: it is the evidence of that case.
func (g *forgotten) elsewhere(tx kv.Tx, f flows.Forgetting) error {
	owned, err := owners(tx)
	if err != nil {
		return err
	}
	end := after([]byte("l/"))
	if len(f.Words) == 0 { // only what is old: nothing behind where the log is younger than that
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		first, err := firstSince(tx, h.edge.Size(), f.Before.Add(slack))
		if err != nil {
			return err
		}
		end = leafKey(first)
	}
	return tx.Scan([]byte("l/"), end, func(k, leaf []byte) (bool, error) {
		seq, err := numberOf(k[2:])
		if err != nil {
			return false, err
		}
		_, header, err := splitLeaf(seq, leaf)
		if err != nil {
			return false, err
		}
		h, err := evidence.ParseHeader(header)
		if err != nil {
			return false, err
		}
		if slices.Contains(f.Streams, flows.CaseID(h.Stream)) || !flows.Chat(flows.Kind(h.Kind)) && len(f.Words) == 0 {
			return true, nil
		}
		old := !f.Before.IsZero() && h.Time.Before(f.Before)
		if len(f.Words) == 0 && (!old || owned[h.Stream]) {
			return true, nil
		}
		row, err := readBody(tx, seq)
		switch {
		case err != nil:
			return false, err
		case row.body == nil || !old && !mentions(row.body, f.Words) && !hasWord(row.body, f.Parts):
		case flows.Chat(flows.Kind(h.Kind)) && !owned[h.Stream]:
			g.mentions = append(g.mentions, seq)
		case !old && mentions(row.body, f.Words):
			g.kept++
		}
		return true, nil
	})
}

// beside finds memos and errands. Those of other people's cases stay, though the person may be the one whom they ask: the cases go on.
func (g *forgotten) beside(tx kv.Tx, f flows.Forgetting) error {
	var others map[string]bool
	if len(f.Keys) > 0 {
		var err error
		if others, err = owners(tx); err != nil {
			return err
		}
		for _, stream := range f.Streams {
			delete(others, string(stream))
		}
	}
	about := func(key string) bool {
		return slices.ContainsFunc(f.Keys, func(k string) bool { return names(key, k) }) &&
			!slices.ContainsFunc(strings.Split(key, "/"), func(part string) bool { return others[part] })
	}
	if err := tx.Scan([]byte("p/"), after([]byte("p/")), func(k, _ []byte) (bool, error) {
		if key := string(k[2:]); about(key) && !strings.HasPrefix(key, flows.PublishedKey) {
			g.memos = append(g.memos, key)
		}
		return true, nil
	}); err != nil {
		return err
	}
	return tx.Scan([]byte("e/"), after([]byte("e/")), func(k, row []byte) (bool, error) {
		e, err := decodeErrand(row)
		if err == nil && (slices.Contains(f.Streams, e.Case) || !others[string(e.Case)] && about(string(k[2:])) || e.Case == "" && mentions(e.Body, f.Words)) {
			g.errands = append(g.errands, string(k[2:]))
		}
		return true, err
	})
}

// names reports whether a key has a name in it, and not only the beginning of a longer number: J-2026-1000 is not in J-2026-10001.
func names(key, name string) bool {
	for name != "" {
		i := strings.Index(key, name)
		if i < 0 {
			return false
		}
		key = key[i+len(name):]
		if key == "" || key[0] < '0' || key[0] > '9' {
			return true
		}
	}
	return false
}

func mentions(body []byte, words []string) bool {
	for _, w := range words {
		if w != "" && bytes.Contains(bytes.ToLower(body), bytes.ToLower([]byte(w))) {
			return true
		}
	}
	return false
}

// hasWord is mentions of whole words.
func hasWord(body []byte, words []string) bool {
	body = bytes.ToLower(body)
	for _, w := range words {
		for at := 0; w != ""; {
			i := bytes.Index(body[at:], []byte(strings.ToLower(w)))
			if i < 0 {
				break
			}
			at += i + len(w)
			before, _ := utf8.DecodeLastRune(body[:at-len(w)])
			behind, _ := utf8.DecodeRune(body[at:])
			if !unicode.IsLetter(before) && !unicode.IsLetter(behind) {
				return true
			}
		}
	}
	return false
}

// still reports whether the bodies are those that were found: the entry that says why counts them.
func (g forgotten) still(tx kv.Tx, f flows.Forgetting) error {
	own, err := bodiesOfAll(tx, f.Streams)
	if err != nil {
		return err
	}
	if !slices.Equal(own, g.own) {
		return errOther
	}
	for _, seq := range g.mentions {
		row, err := readBody(tx, seq)
		if err != nil {
			return err
		}
		if row.body == nil {
			return errOther
		}
	}
	return nil
}

// erase writes.
func (g forgotten) erase(b *batch, mark []byte) error {
	for _, seq := range slices.Concat(g.own, g.mentions) {
		if err := b.tx.Put(bodyKey(seq), mark); err != nil {
			return err
		}
	}
	for _, id := range g.cases {
		keys, err := erasable(b.tx, id)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if err := b.tx.Delete(indexKey(key, id)); err != nil {
				return err
			}
		}
		if err := b.tx.Delete(caseKey(id)); err != nil {
			return err
		}
	}
	for _, key := range g.memos {
		if err := b.tx.Delete(memoKey(key)); err != nil {
			return err
		}
	}
	for _, key := range g.errands {
		if err := b.removeErrand(key, anyGen); err != nil {
			return err
		}
	}
	return nil
}
