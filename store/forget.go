package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// Forget implements flows.Eraser: what f names is found in one moment of the store, because says what was found, and everything goes in
// one transaction with the entry that because returns. Headers stay, so the log and every checkpoint and pack still verify.
func (s *Store) Forget(ctx context.Context, f flows.Forgetting, because func(flows.Forgotten) flows.Change) (flows.Forgotten, error) {
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
			return nil
		},
		write: func(b *batch) error {
			mark := append([]byte{0}, number(b.head.edge.Size())...)
			if err := c.write(b); err != nil {
				return err
			}
			return found.erase(b, f, mark)
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
	owned := map[string]bool{} // streams that belong to a case: its own, and that of the draft that led to it
	if err := tx.Scan([]byte("c/"), after([]byte("c/")), func(_, row []byte) (bool, error) {
		c, err := decodeCase(row)
		owned[string(c.ID)], owned[c.Draft] = true, true
		if err == nil && slices.Contains(f.Streams, c.ID) {
			g.cases = append(g.cases, c.ID)
		}
		return true, err
	}); err != nil {
		return g, err
	}
	delete(owned, "")
	for _, stream := range f.Streams {
		seqs, err := bodiesOf(tx, stream)
		if err != nil {
			return g, err
		}
		g.own = append(g.own, seqs...)
	}
	if err := g.elsewhere(tx, f, owned); err != nil {
		return g, err
	}
	return g, g.beside(tx, f)
}

// elsewhere finds what was said outside the streams that are forgotten. What belongs to another case stays: it is the evidence of that case.
func (g *forgotten) elsewhere(tx kv.Tx, f flows.Forgetting, owned map[string]bool) error {
	return tx.Scan([]byte("l/"), after([]byte("l/")), func(k, leaf []byte) (bool, error) {
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
		if !old && len(f.Words) == 0 {
			return true, nil
		}
		row, err := readBody(tx, seq)
		switch {
		case err != nil:
			return false, err
		case row.body == nil || !old && !mentions(row.body, f.Words):
		case flows.Chat(flows.Kind(h.Kind)) && !owned[h.Stream]:
			g.mentions = append(g.mentions, seq)
		case !old:
			g.kept++
		}
		return true, nil
	})
}

// beside finds memos and errands.
func (g *forgotten) beside(tx kv.Tx, f flows.Forgetting) error {
	about := func(key string) bool {
		return slices.ContainsFunc(f.Keys, func(k string) bool { return k != "" && strings.Contains(key, k) })
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
		if err == nil && (slices.Contains(f.Streams, e.Case) || about(string(k[2:])) || e.Case == "" && mentions(e.Body, f.Words)) {
			g.errands = append(g.errands, string(k[2:]))
		}
		return true, err
	})
}

func mentions(body []byte, words []string) bool {
	for _, w := range words {
		if w != "" && bytes.Contains(bytes.ToLower(body), bytes.ToLower([]byte(w))) {
			return true
		}
	}
	return false
}

// erase writes. What came to the streams since they were looked at goes too.
func (g forgotten) erase(b *batch, f flows.Forgetting, mark []byte) error {
	for _, stream := range f.Streams {
		seqs, err := bodiesOf(b.tx, stream)
		if err != nil {
			return err
		}
		for _, seq := range seqs {
			if err := b.tx.Put(bodyKey(seq), mark); err != nil {
				return err
			}
		}
	}
	for _, seq := range g.mentions {
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
