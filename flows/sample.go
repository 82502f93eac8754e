package flows

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The sample for an audit: every people event of a period, so that an auditor can choose some of them and ask for their evidence. All of it
// comes from the log. The choice can be left to a rule that the auditor can follow by hand.

// SampleQuery is what a sample is asked for.
type SampleQuery struct {
	From, To Date   // the first day and the last one
	Draw     int    // this many of each group, by the rule; none when zero
	Seed     string // what makes the draw another one; people choose it
	All      bool   // the evidence of every case
}

// Arg is the query as it stands on a question; readSample reads it back.
func (q SampleQuery) Arg() string {
	s := string(q.From) + " to " + string(q.To)
	switch {
	case q.All:
		s += " with all packs"
	case q.Draw > 0:
		s += fmt.Sprintf(" draw %d seed %s", q.Draw, q.Seed)
	}
	return s
}

// Sample is the population of a period, and what was drawn from it.
type Sample struct {
	SampleQuery
	At     time.Time
	Rows   []SampleRow // by the day of the event
	Totals []SampleTotal
	Packs  []CaseID // whose evidence goes with it, in order
}

// SampleRow is one case. Of a case whose texts were erased it has the reference, the kind and when it was told.
type SampleRow struct {
	Case       CaseID       `json:"case"`
	Kind       EventKind    `json:"kind"`
	Day        Date         `json:"day,omitempty"` // of the event: first day, day of the change, last day
	Name       string       `json:"name,omitempty"`
	Account    AccountID    `json:"account,omitempty"`
	Job        string       `json:"job,omitempty"`
	Site       string       `json:"site,omitempty"`
	Employment string       `json:"employment,omitempty"`
	Manager    string       `json:"manager,omitempty"`
	State      State        `json:"state,omitempty"`
	Raised     time.Time    `json:"raised,omitzero"`
	RaisedBy   string       `json:"raised_by,omitempty"`
	Decided    time.Time    `json:"decided,omitzero"`
	DecidedBy  string       `json:"decided_by,omitempty"`
	Due        time.Time    `json:"due,omitzero"`
	Done       time.Time    `json:"done,omitzero"` // when all that was due then was seen
	Late       bool         `json:"late"`
	LateBy     int64        `json:"late_by_seconds,omitempty"`
	LateWhy    string       `json:"late_why,omitempty"`
	BackDated  bool         `json:"back_dated,omitempty"` // it was told after its time
	Urgent     bool         `json:"urgent,omitempty"`
	SelfRaised bool         `json:"self_raised,omitempty"`
	Exceptions int          `json:"exceptions,omitempty"`
	Elevated   int          `json:"elevated,omitempty"` // items signed off
	Waived     int          `json:"waived,omitempty"`
	ByHand     int          `json:"by_hand,omitempty"` // steps of Muster's that people did
	Failed     int          `json:"failed,omitempty"`  // failures that were put to people
	Moved      int          `json:"moved,omitempty"`   // changes of its date or content
	Unusual    []ReviewRule `json:"unusual,omitempty"` // what the monthly review would say of it
	Erased     bool         `json:"erased,omitempty"`
	Drawn      int          `json:"drawn,omitempty"` // its place in the draw of its group, from 1
}

// SampleTotal adds up one kind of event.
type SampleTotal struct {
	Kind                             EventKind
	N, Done, Open, Stopped, Late     int
	Urgent, BackDated, Erased, Drawn int
}

// MakeSample makes it from the log of each case. Those whose texts were erased have records without bodies; they are in it when something
// was written about them in the period, as their day is not known any more.
func MakeSample(q SampleQuery, now time.Time, logs []CaseLog) Sample {
	s := Sample{SampleQuery: q, At: now.UTC()}
	var cases []Case
	var all []reviewed
	for _, l := range logs {
		w, ok := seenUntil(l.Records, time.Time{}, now.Add(time.Nanosecond))
		if !ok {
			if row, ok := q.erasedRow(l); ok {
				s.Rows = append(s.Rows, row)
			}
			continue
		}
		cases = append(cases, w.c)
		if d := w.c.day(); !d.Before(q.From) && !q.To.Before(d) {
			all = append(all, w)
		}
	}
	usual := usualOf(cases, q.From.Time())
	for _, w := range all {
		w.usual = usual
		s.Rows = append(s.Rows, w.sampleRow())
	}
	slices.SortFunc(s.Rows, func(a, b SampleRow) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Case, b.Case)) })
	s.draw()
	for _, r := range s.Rows {
		s.total(r)
	}
	slices.SortFunc(s.Totals, func(a, b SampleTotal) int {
		return cmp.Compare(slices.Index(eventOrder, a.Kind), slices.Index(eventOrder, b.Kind))
	})
	return s
}

// day is the day of the event at the person's site.
func (c Case) day() Date {
	switch {
	case c.Kind == CorrectionEvent, c.Kind == DeletionEvent, c.Event.Urgent:
		return DateOf(c.Raised.At.In(c.Location()))
	case c.Kind == LeaverEvent:
		return c.Event.LastDay
	}
	return c.Event.Start
}

// erasedRow is a case of which only the reference is left.
func (q SampleQuery) erasedRow(l CaseLog) (SampleRow, bool) {
	if len(l.Records) == 0 {
		return SampleRow{}, false
	}
	first, last := DateOf(l.Records[0].Entry.At.UTC()), DateOf(l.Records[len(l.Records)-1].Entry.At.UTC())
	if q.To.Before(first) || last.Before(q.From) {
		return SampleRow{}, false
	}
	return SampleRow{Case: l.Case, Kind: kindOf(l.Case), Raised: l.Records[0].Entry.At.UTC(), Erased: true}, true
}

// kindOf is the kind of event that a reference is of.
func kindOf(id CaseID) EventKind {
	for _, k := range eventOrder {
		if strings.HasPrefix(string(id), k.Letter()+"-") {
			return k
		}
	}
	return ""
}

func (w reviewed) sampleRow() SampleRow {
	c := w.c
	r := SampleRow{
		Case: c.ID, Kind: c.Kind, Day: c.day(), Name: c.Subject().Name, Account: c.Account, Job: c.Event.Job, Site: c.Event.Site, Employment: c.Event.Employment,
		Manager: c.Manager().Name, State: c.State, Raised: c.Raised.At.UTC(), RaisedBy: c.Raised.Person.Name, Urgent: c.Event.Urgent, BackDated: c.Late != nil,
	}
	if of, _ := c.Kind.of(); c.Approval.State != "" && (!of.settled || c.Event.Urgent) {
		r.Decided, r.DecidedBy = c.Approval.At.UTC(), c.Approval.By.Name
	}
	for _, s := range c.Plan.Steps {
		_, st, _ := c.Step(s.Key)
		switch {
		case st.State == StepLeftOut:
			r.Waived++
		case st.State == StepDoneHand && s.Task != Manual:
			r.ByHand++
		}
		if s.Exception != nil {
			r.Exceptions++
		}
		if c.SignOffs[s.Key].State == "approved" {
			r.Elevated++
		}
	}
	for _, rec := range w.all {
		switch rec.Entry.Body.(type) {
		case StepFailed:
			r.Failed++
		case Moved:
			r.Moved++
		}
	}
	r.keepTime(w)
	for _, m := range w.marks() {
		r.Unusual = append(r.Unusual, m.Rule)
		switch m.Rule {
		case SelfRule:
			r.SelfRaised = true
		case BackDatedRule, LateRule:
			if r.Late && r.LateWhy == "" {
				r.LateWhy = m.Why
			}
		}
	}
	slices.Sort(r.Unusual)
	r.Unusual = slices.Compact(r.Unusual)
	return r
}

// keepTime measures the event by what it is for: the first day of a starter, the block of a leaver's sign-in, every step of the others.
func (r *SampleRow) keepTime(w reviewed) {
	samples := w.samples()
	is := func(classes ...TimeClass) (of []sample) {
		for _, s := range samples {
			if slices.Contains(classes, s.class) {
				of = append(of, s)
			}
		}
		return of
	}
	of := is(ReadyClass, ExitClass, UrgentClass)
	if len(of) == 0 && w.c.Kind != JoinerEvent && w.c.Kind != LeaverEvent {
		of = is(StepClass)
	}
	open := false
	for _, s := range of {
		if r.Due.IsZero() || s.due.Before(r.Due) {
			r.Due = s.due.UTC()
		}
		r.Done = later(r.Done, s.done).UTC()
		open = open || s.done.IsZero()
		if !s.late(w.c, w.to) {
			continue
		}
		r.Late = true
		until := s.done
		if until.IsZero() {
			until = w.to
		}
		r.LateBy = max(r.LateBy, int64(until.Sub(s.due)/time.Second))
	}
	if open || len(of) == 0 {
		r.Done = time.Time{}
	}
}

func (s *Sample) total(r SampleRow) {
	i := slices.IndexFunc(s.Totals, func(t SampleTotal) bool { return t.Kind == r.Kind })
	if i < 0 {
		i = len(s.Totals)
		s.Totals = append(s.Totals, SampleTotal{Kind: r.Kind})
	}
	t := &s.Totals[i]
	t.N++
	for _, is := range []struct {
		yes bool
		n   *int
	}{
		{r.Erased, &t.Erased},
		{r.State == Done, &t.Done},
		{r.State == Stopped, &t.Stopped},
		{!r.Erased && r.State != Done && r.State != Stopped, &t.Open},
		{r.Late, &t.Late},
		{r.Urgent, &t.Urgent},
		{r.BackDated, &t.BackDated},
		{r.Drawn > 0, &t.Drawn},
	} {
		if is.yes {
			*is.n++
		}
	}
}

// DrawRule is the rule of the draw, for people who want to follow it.
const DrawRule = `For each case that was not stopped take the SHA-256, in hex, of the line "muster draw 1", a line feed, the seed, a line feed and the case
reference. Order the cases by it. Of the starters and movers take the first ones, and of the leavers take the first ones.`

// drawKey orders the cases of a draw. It is for ever: auditors follow it by hand.
func drawKey(seed string, id CaseID) string {
	sum := sha256.Sum256([]byte("muster draw 1\n" + seed + "\n" + string(id)))
	return hex.EncodeToString(sum[:])
}

// drawGroups are what a draw is made of each.
var drawGroups = [][]EventKind{{JoinerEvent, MoverEvent}, {LeaverEvent}}

// draw chooses the cases whose evidence goes with the sample.
func (s *Sample) draw() {
	if s.All {
		for _, r := range s.Rows {
			s.Packs = append(s.Packs, r.Case)
		}
		return
	}
	if s.Draw == 0 {
		return
	}
	for _, group := range drawGroups {
		var of []int
		for i, r := range s.Rows {
			if slices.Contains(group, r.Kind) && r.State != Stopped {
				of = append(of, i)
			}
		}
		slices.SortFunc(of, func(a, b int) int {
			return strings.Compare(drawKey(s.Seed, s.Rows[a].Case), drawKey(s.Seed, s.Rows[b].Case))
		})
		for n, i := range of[:min(s.Draw, len(of))] {
			s.Rows[i].Drawn = n + 1
			s.Packs = append(s.Packs, s.Rows[i].Case)
		}
	}
}
