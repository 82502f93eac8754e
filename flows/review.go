package flows

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"muster/flows/texts"
)

// The monthly review: what the events of a month were, how far they were on time, and which of them need a word from an owner. It is made
// from the log alone, as everything stood at the end of the month, so that the same month gives the same review whenever it is made; only
// what came to the log after the month and belongs into it changes it, and that makes a supplement.

// Review is one month as it is shown. It names those who acted, and the people whom cases are about by the case only: what it says stays
// when their data is erased. It is stored: field names are for ever.
type Review struct {
	Month   Month        `json:"month"`
	Zone    string       `json:"zone"` // IANA; the month's bounds are of this place
	From    time.Time    `json:"from"`
	To      time.Time    `json:"to"` // the first moment after it; of a month that is not over, the moment it was made
	Events  []EventCount `json:"events,omitempty"`
	Times   []Timing     `json:"times,omitempty"`   // by class of step
	Waits   []Timing     `json:"waits,omitempty"`   // of decisions
	Failed  int          `json:"failed,omitempty"`  // failures of steps that were put to people
	Drift   int          `json:"drift,omitempty"`   // differences found
	Counted []CaseID     `json:"counted,omitempty"` // events whose time lay in the month
	Lines   []ReviewLine `json:"lines,omitempty"`   // what needs a word
}

// EventCount is one kind of people event in a month.
type EventCount struct {
	Kind    EventKind `json:"kind"`
	Raised  int       `json:"raised,omitempty"`  // in the month
	Done    int       `json:"done,omitempty"`    // closed in it
	Stopped int       `json:"stopped,omitempty"` // rejected or cancelled in it
	Open    int       `json:"open,omitempty"`    // at its end
}

// Timing is how long something took of which there were N. The times are seconds from when it was due, or asked, to when it was seen; what
// came early counts as none. What is open at the end is in N and in Open, and in no time. Late holds what was done late and what was overdue at
// the end, so it overlaps with Open; Shares takes them apart. Reviews made before Overdue and Ahead were kept have neither.
type Timing struct {
	Class   TimeClass `json:"class"`
	N       int       `json:"n"`
	Late    int       `json:"late,omitempty"`
	Open    int       `json:"open,omitempty"`
	Overdue int       `json:"overdue,omitempty"` // of those open, how many should have been done by the end
	Ahead   int       `json:"ahead,omitempty"`   // of those open, how many still had time
	P50     int64     `json:"p50,omitempty"`
	P90     int64     `json:"p90,omitempty"`
	Max     int64     `json:"max,omitempty"`
	All     []int64   `json:"all,omitempty"` // the times, the shortest first
}

// ReviewLine is one case that needs a word, or one thing that belongs to none.
type ReviewLine struct {
	Key   string      `json:"key"`            // names it for ever: the case, or what happened
	Case  CaseID      `json:"case,omitempty"` // empty: about the work as a whole
	Event EventKind   `json:"event,omitempty"`
	Marks []Mark      `json:"marks"`
	Took  []AccountID `json:"took,omitempty"` // who raised it, decided or did something about it: they do not answer for it
	Self  string      `json:"self,omitempty"` // neither does the person of the case, of whom only a mark stands here: the sheet outlives their data
}

// took reports whether somebody had a part in a line, as who did something or as the person it is about.
func (l ReviewLine) took(id AccountID) bool {
	return slices.Contains(l.Took, id) || l.Self != "" && l.Self == selfMark(l.Case, id)
}

// selfMark is what an account id can be checked against, for one case.
func selfMark(c CaseID, id AccountID) string {
	if id == "" {
		return ""
	}
	return hashed(string(c) + "|" + string(id))
}

// Mark is one reason why a line needs a word.
type Mark struct {
	Rule ReviewRule `json:"rule"`
	At   time.Time  `json:"at"`
	Why  string     `json:"why"` // one sentence, without the name of the person the case is about
	// Said is what people wrote about it. It is read from the case whenever it is shown, and is not part of the review: it goes when the
	// person's data goes.
	Said []string `json:"-"`
}

// ReviewRule names what is unusual.
type ReviewRule string

// Hash names the review's exact bytes: a sign-off is bound to it.
func (r Review) Hash() PlanHash {
	b, err := json.Marshal(r)
	if err != nil { // every field marshals; a failure is a bug of this file
		panic(fmt.Sprintf("marshal review: %v", err))
	}
	sum := sha256.Sum256(b)
	return PlanHash(hex.EncodeToString(sum[:]))
}

// Location is the place whose calendar the month is of.
func (r Review) Location() *time.Location {
	loc, err := time.LoadLocation(r.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Line finds a line by its key.
func (r Review) Line(key string) (ReviewLine, bool) {
	for _, l := range r.Lines {
		if l.Key == key {
			return l, true
		}
	}
	return ReviewLine{}, false
}

// CaseLog is a case's entries in the log.
type CaseLog struct {
	Case    CaseID
	Records []Record
}

// reviewed is a case as a review sees it.
type reviewed struct {
	c        Case     // as it stood at the end of the month
	all      []Record // up to that moment
	in       []Record // of the month
	from, to time.Time
	usual    habits
}

// MakeReview makes the review of a month at a place from the cases that its entries are about; loose are entries that belong to no case, and
// before are earlier cases, which say what is usual. A month that is not over ends now.
func MakeReview(lang texts.Language, m Month, zone *time.Location, now time.Time, logs []CaseLog, loose []Record, before []Case) Review {
	from, to := m.Bounds(zone)
	if now.Before(to) {
		to = now
	}
	r := Review{Month: m, Zone: zone.String(), From: from.UTC(), To: to.UTC()}
	var folded []reviewed
	for _, l := range logs {
		w, ok := seenUntil(l.Records, from, to)
		if ok {
			folded = append(folded, w)
		} else if late, known := seenUntil(l.Records, from, now); known { // told after the month, and it may belong into it
			late.to = to
			r.count(late, true)
		}
	}
	typical := usualOf(before, from)
	for _, w := range folded {
		w.usual = typical
		r.count(w, false)
		if marks := w.marks(); len(marks) > 0 {
			r.Lines = append(r.Lines, ReviewLine{Key: string(w.c.ID), Case: w.c.ID, Event: w.c.Kind, Marks: marks, Took: w.c.took(w.all), Self: selfMark(w.c.ID, w.c.Account)})
		}
	}
	r.Lines = append(r.Lines, looseLines(lang, loose, from, to)...)
	r.finish()
	return r
}

// seenUntil folds what was written before a moment; false when there was no such case yet, or what was written was erased.
func seenUntil(recs []Record, from, to time.Time) (reviewed, bool) {
	w := reviewed{from: from, to: to}
	for _, rec := range recs {
		if rec.Entry.Body == nil {
			return w, false
		}
		if !rec.Entry.At.Before(to) {
			continue
		}
		next, err := w.c.Apply(rec.Entry)
		if err != nil { // entries written side by side may stand in another order than their times
			continue
		}
		w.c = next
		w.all = append(w.all, rec)
		if !rec.Entry.At.Before(from) {
			w.in = append(w.in, rec)
		}
	}
	return w, w.c.Version > 0
}

// finish puts everything into the order in which it is shown.
func (r *Review) finish() {
	slices.SortFunc(r.Events, func(a, b EventCount) int {
		return cmp.Compare(slices.Index(eventOrder, a.Kind), slices.Index(eventOrder, b.Kind))
	})
	for _, ts := range [][]Timing{r.Times, r.Waits} {
		for i := range ts {
			ts[i].settle()
		}
		slices.SortFunc(ts, func(a, b Timing) int {
			return cmp.Compare(slices.Index(classOrder, a.Class), slices.Index(classOrder, b.Class))
		})
	}
	slices.Sort(r.Counted)
	slices.SortStableFunc(r.Lines, func(a, b ReviewLine) int {
		return cmp.Or(a.Marks[0].At.Compare(b.Marks[0].At), cmp.Compare(a.Key, b.Key))
	})
}

// eventOrder is how kinds of events are listed.
var eventOrder = []EventKind{JoinerEvent, MoverEvent, LeaverEvent, LeaveEvent, RenameEvent, DeletionEvent, CorrectionEvent}

// took are those who raised the case, decided on it or did something about it by hand, each once; not the person it is about.
func (c Case) took(recs []Record) []AccountID {
	var out []AccountID
	add := func(ids ...AccountID) {
		for _, id := range ids {
			if id != "" && id != c.Account && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	add(c.Raised.Person.ID)
	for _, d := range c.Decisions {
		add(d.By.ID)
	}
	for _, rec := range recs {
		if !Transcript(rec.Entry.Body) || rec.Kind == (DriftIgnored{}).Kind() {
			add(rec.Entry.By)
		}
	}
	slices.Sort(out)
	return out
}
