package flows

import (
	"context"
	"fmt"
	"slices"
	"time"

	"muster/flows/texts"
)

// A review names cases that one of its readers must not learn of. Such a reader has a part of their own: the same month as if these cases
// were not there. Those who are owners when the review is made have theirs from the beginning; whoever becomes one later, or has a case put
// right in a month that is over, has it made before they are shown anything.

// ApartReview is the review for an owner who must not learn of some of its cases.
type ApartReview struct {
	Reader  AccountID `json:"reader"`
	Review  Review    `json:"review"`
	Without []string  `json:"without,omitempty"` // marks of the cases that are not in it
	None    bool      `json:"none,omitempty"`    // nothing is left: to the reader there is no such review
}

// ReviewParted gives a reader a part of a sheet that was made before. It stands in the stream of the month and changes no case.
type ReviewParted struct {
	Month Month       `json:"month"`
	N     int         `json:"n"`
	Apart ApartReview `json:"apart"`
}

// Kind is the kind, for ever.
func (ReviewParted) Kind() Kind { return "review.parted.1" }

// apart is somebody's own part of a sheet, when they have one.
func (s Sheet) apart(reader AccountID) (ApartReview, bool) {
	for _, a := range s.Apart {
		if a.Reader == reader {
			return a, true
		}
	}
	return ApartReview{}, false
}

// withPart is the sheet with a part in the place of what its reader had.
func (s Sheet) withPart(p ApartReview) Sheet {
	s.Apart = append(slices.DeleteFunc(slices.Clone(s.Apart), func(a ApartReview) bool { return a.Reader == p.Reader }), p)
	return s
}

// noneFor reports whether nothing of a sheet is for somebody: they are asked for nothing and told nothing.
func (s Sheet) noneFor(reader AccountID) bool {
	a, ok := s.apart(reader)
	return ok && a.None
}

// wordsFor are the words on a sheet as somebody reads them: under a part that they have signed those that they signed, whatever is written
// on the whole since.
func (s Sheet) wordsFor(reader AccountID) []LineWord {
	if _, own := s.apart(reader); own {
		for _, g := range s.Signed {
			if g.By.ID == reader {
				return g.Words
			}
		}
	}
	return s.Words
}

// forAll reports whether everybody who reads along with the owners may be told of the sheet.
func (s Sheet) forAll(owners []Person) bool {
	return !slices.ContainsFunc(owners, func(o Person) bool { return s.noneFor(o.ID) })
}

// shared reports whether all owners are shown the same.
func (s Sheet) shared(owners []Person) bool {
	return !slices.ContainsFunc(owners, func(o Person) bool { _, own := s.apart(o.ID); return own })
}

// asked are those of the owners for whom there is something in the sheet.
func (s Sheet) asked(owners []Person) []Person {
	return slices.DeleteFunc(slices.Clone(owners), func(o Person) bool { return s.noneFor(o.ID) })
}

// readBy are the sheets of a month that there are for somebody.
func readBy(sheets []Sheet, reader AccountID) []Sheet {
	return slices.DeleteFunc(slices.Clone(sheets), func(s Sheet) bool { return s.noneFor(reader) })
}

// something reports whether a review is worth being put to owners.
func (r Review) something() bool { return len(r.Events)+len(r.Lines)+len(r.Counted) > 0 }

// empty reports whether a review says nothing at all.
func (r Review) empty() bool {
	return len(r.Events)+len(r.Lines)+len(r.Counted)+len(r.Times)+len(r.Waits)+r.Failed+r.Drift == 0
}

// making is of which month a review is made, where, and when.
type making struct {
	month Month
	zone  *time.Location
	at    time.Time
}

func (r making) of(lang texts.Language, logs []CaseLog, loose []Record, before []Case) Review {
	return MakeReview(lang, r.month, r.zone, r.at, logs, loose, before)
}

// monthLog is what the review of a month is made from.
type monthLog struct {
	logs  []CaseLog
	loose []Record
	all   []Case
}

// monthLog reads the log of a month.
func (e *Engine) monthLog(ctx context.Context, m Month) (monthLog, error) {
	var l monthLog
	from, _ := m.Bounds(e.home())
	streams, loose, err := e.Store.Since(ctx, from, WorkPaused{}.Kind(), WorkResumed{}.Kind(), PersonErased{}.Kind(), PolicyAdopted{}.Kind())
	if err != nil {
		return l, fmt.Errorf("read the log of a month: %w", err)
	}
	l.loose = loose
	if l.all, err = e.Store.Cases(ctx, "all"); err != nil {
		return l, fmt.Errorf("list cases: %w", err)
	}
	touched := map[CaseID]bool{}
	for _, id := range streams {
		touched[id] = true
	}
	for _, c := range l.all {
		if !touched[c.ID] && c.Over() {
			continue
		}
		recs, err := e.Store.Records(ctx, c.ID)
		if err != nil {
			return l, fmt.Errorf("read the log of %s: %w", c.ID, err)
		}
		l.logs = append(l.logs, CaseLog{c.ID, recs})
	}
	return l, nil
}

// part is the review for somebody from whom cases of it are kept; of a supplement it is what they have not read in the sheets before.
func (l monthLog) part(lang texts.Language, r making, reader AccountID, kept map[CaseID]bool, before []Sheet) ApartReview {
	seen := slices.DeleteFunc(slices.Clone(l.logs), func(c CaseLog) bool { return kept[c.Case] })
	p := ApartReview{Reader: reader, Review: r.of(lang, seen, l.loose, l.all), Without: marked(kept, reader)}
	if before = readBy(before, reader); len(before) == 0 {
		p.None = !p.Review.something()
		return p
	}
	var any bool
	p.Review, any = p.Review.added(shownTo(reader, before))
	p.None = !any
	return p
}

// shownTo are sheets as somebody reads them.
func shownTo(reader AccountID, sheets []Sheet) []Review {
	var out []Review
	for _, s := range sheets {
		out = append(out, s.For(reader))
	}
	return out
}

// ownCases are the logs of the cases about somebody.
type ownCases struct {
	of    AccountID
	cases []Case
	logs  []CaseLog
}

func (e *Engine) ownCases(ctx context.Context, id AccountID) (ownCases, error) {
	own := ownCases{of: id}
	cases, err := e.Store.Cases(ctx, subjectKey(id))
	if err != nil {
		return own, fmt.Errorf("list the cases of a person: %w", err)
	}
	for _, c := range cases {
		recs, err := e.Store.Records(ctx, c.ID)
		if err != nil {
			return own, fmt.Errorf("read the log of %s: %w", c.ID, err)
		}
		own.cases, own.logs = append(own.cases, c), append(own.logs, CaseLog{c.ID, recs})
	}
	return own, nil
}

// keptFrom are the cases of a review of which the person they are about must not learn, as it was when the review was made: what was held
// for an exit only later stays in the reviews in which they have read it.
func (own ownCases) keptFrom(lang texts.Language, r making) map[CaseID]bool {
	var out map[CaseID]bool
	from, to := r.month.Bounds(r.zone)
	if r.at.Before(to) {
		to = r.at
	}
	for i, c := range own.cases {
		if r.of(lang, own.logs[i:i+1], nil, nil).empty() {
			continue
		}
		w, ok := seenUntil(own.logs[i].Records, from, to)
		if !ok { // told after the month
			w, _ = seenUntil(own.logs[i].Records, from, r.at)
		}
		if c.secret() && c.Account == own.of || w.c.secretFrom(own.of) {
			if out == nil {
				out = map[CaseID]bool{}
			}
			out[c.ID] = true
		}
	}
	return out
}

// marked are cases as a part names them: not at all to whoever does not know them.
func marked(kept map[CaseID]bool, reader AccountID) []string {
	var out []string
	for id := range kept {
		out = append(out, selfMark(id, reader))
	}
	slices.Sort(out)
	return out
}

// parted are the sheets of a month with a part for each of the readers from whom something in them must be kept. Parts that are new are
// written down before anybody is shown them. What a reader has signed stays as they signed it.
func (e *Engine) parted(ctx context.Context, m Month, sheets []Sheet, readers []Person) ([]Sheet, error) {
	var log *monthLog
	var ch Change
	for _, reader := range readers {
		id := reader.ID
		own, err := e.ownCases(ctx, id)
		if err != nil {
			return nil, err
		}
		for i, s := range sheets {
			as := making{m, s.Review.Location(), s.Made}
			kept := own.keptFrom(e.lang(), as)
			without := marked(kept, id)
			if had, has := s.apart(id); len(kept) == 0 || s.signedBy(id) || has && slices.Equal(had.Without, without) {
				continue
			}
			if log == nil {
				l, err := e.monthLog(ctx, m)
				if err != nil {
					return nil, err
				}
				log = &l
			}
			p := log.part(e.lang(), as, id, kept, sheets[:i])
			sheets[i] = s.withPart(p)
			ch.Entries = append(ch.Entries, Entry{Case: m.Stream(), At: e.Now(), Body: ReviewParted{Month: m, N: s.N, Apart: p}})
		}
	}
	if len(ch.Entries) == 0 {
		return sheets, nil
	}
	return sheets, e.Commit(ctx, ch)
}
