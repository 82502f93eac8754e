package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// personTraces is all that is to be forgotten of a person, and the lists in which the person was one of several, without them.
func (e *Engine) personTraces(ctx context.Context, er Erasure, cases []Case) (Forgetting, []Memo, error) {
	f := caseTraces(cases)
	f.Words, f.Keys = slices.Clone(er.Names), append(f.Keys, er.Ref)
	if er.Subject.ID != "" {
		f.Words, f.Keys = append(f.Words, string(er.Subject.ID)), append(f.Keys, string(er.Subject.ID))
	}
	for _, c := range cases {
		f.Words = append(f.Words, string(c.ID))
		f.Words = append(f.Words, c.names()...)
		if c.Event.PersonalEmail != "" {
			f.Words = append(f.Words, c.Event.PersonalEmail)
		}
		f.Parts = append(f.Parts, strings.Fields(c.Event.Name()+" "+c.Facts.Subject.Name)...)
	}
	for _, trace := range []func(context.Context, *Forgetting) error{e.draftTraces, e.checkTraces} {
		if err := trace(ctx, &f); err != nil {
			return f, nil, err
		}
	}
	lists, err := e.listTraces(ctx, &f)
	f.oneWord()
	return f, lists, err
}

// oneWord makes a name of one word, such as Ann or May, a part of a name: as a text that occurs it is in many others.
func (f *Forgetting) oneWord() {
	var words []string
	for _, w := range f.Words {
		if strings.ContainsAny(w, " @-0123456789") {
			words = append(words, w)
		} else {
			f.Parts = append(f.Parts, w)
		}
	}
	f.Words = words
}

// about reports whether an event is about the person.
func (f Forgetting) about(ev PeopleEvent) bool {
	return slices.ContainsFunc([]string{string(ev.Subject.ID), ev.Subject.UPN, ev.Name()}, func(s string) bool {
		return s != "" && slices.ContainsFunc(f.Words, func(w string) bool { return plain(w) == plain(s) })
	})
}

// draftTraces finds the drafts about the person that came to nothing.
func (e *Engine) draftTraces(ctx context.Context, f *Forgetting) error {
	memos, err := e.Store.RecallAll(ctx, draftKey(""))
	if err != nil {
		return fmt.Errorf("look through the drafts: %w", err)
	}
	for _, m := range memos {
		var d Draft
		if err := json.Unmarshal(m.Value, &d); err != nil {
			return fmt.Errorf("read a draft: %w", err)
		}
		if f.about(d.Event) && !slices.Contains(f.Streams, CaseID(d.ID)) {
			f.Streams, f.Keys = append(f.Streams, CaseID(d.ID)), append(f.Keys, d.ID)
		}
	}
	return nil
}

// checkTraces finds the checks of HR's list and the erasures that name the person. A check goes whole: it is kept for days only.
func (e *Engine) checkTraces(ctx context.Context, f *Forgetting) error {
	for _, prefix := range []string{populationKey(""), erasureKey} {
		memos, err := e.Store.RecallAll(ctx, prefix)
		if err != nil {
			return fmt.Errorf("look through the checks: %w", err)
		}
		for _, m := range memos {
			text := strings.ToLower(string(m.Value))
			if slices.ContainsFunc(f.Words, func(w string) bool { return w != "" && strings.Contains(text, strings.ToLower(w)) }) {
				f.Keys = append(f.Keys, m.Key)
			}
		}
	}
	return nil
}

// listTraces takes the person's rows out of what is kept of lists; a list of the person alone goes.
func (e *Engine) listTraces(ctx context.Context, f *Forgetting) ([]Memo, error) {
	memos, err := e.Store.RecallAll(ctx, bulkKey(""))
	if err != nil {
		return nil, fmt.Errorf("look through the lists: %w", err)
	}
	var out []Memo
	for _, m := range memos {
		var b Bulk
		if err := json.Unmarshal(m.Value, &b); err != nil {
			return nil, fmt.Errorf("read a list: %w", err)
		}
		n := len(b.Rows)
		b.Rows = slices.DeleteFunc(b.Rows, func(r BulkRow) bool {
			return f.about(r.Event) || r.Case != "" && slices.Contains(f.Streams, r.Case) || slices.Contains(f.Streams, CaseID(r.Draft))
		})
		switch len(b.Rows) {
		case n:
			continue
		case 0:
			f.Streams, f.Keys = append(f.Streams, CaseID(b.ID)), append(f.Keys, m.Key)
			continue
		}
		m, err := bulkMemo(b)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}
