package flows

import (
	"slices"
	"testing"
	"time"

	"muster/flows/texts"

	"pgregory.net/rapid"
)

// aSheet is a sheet with a line that Olivia had a part in, one that both owners had, and one that neither had.
func aSheet() Sheet {
	r := Review{Month: november, Zone: "Europe/London", Lines: []ReviewLine{
		{Key: "L-2026-0001", Case: "L-2026-0001", Took: []AccountID{hannah.ID, olivia.ID}, Marks: []Mark{{Rule: UrgentRule}}},
		{Key: "L-2026-0002", Case: "L-2026-0002", Took: []AccountID{olivia.ID, oscar.ID}, Marks: []Mark{{Rule: UrgentRule}}},
		{Key: "J-2026-0003", Case: "J-2026-0003", Marks: []Mark{{Rule: LateRule}}},
	}}
	return Sheet{Month: november, Made: monday(), Review: r}
}

// take folds what a rule wrote into the sheet.
func (s Sheet) take(t *testing.T, es []Entry) Sheet {
	t.Helper()
	recs := []Record{{Entry: Entry{At: s.Made, Body: ReviewMade{Month: s.Month, Review: s.Review, Apart: s.Apart}}}}
	if len(s.Words) > 0 {
		recs = append(recs, Record{Entry: Entry{Body: ReviewWorded{Words: s.Words}}})
	}
	for _, g := range s.Signed {
		recs = append(recs, Record{Entry: Entry{Body: g}})
	}
	for _, e := range es {
		if e.Case != november.Stream() {
			t.Fatalf("an entry of %q", e.Case)
		}
		recs = append(recs, Record{Entry: e})
	}
	return sheetsOf(recs)[0]
}

func TestReviewDuty(t *testing.T) {
	both, alone := []Person{olivia, oscar}, []Person{olivia}
	for name, tt := range map[string]struct {
		by     Person
		owners []Person
		line   int
		want   Code
		alone  bool
	}{
		"nobody's part":                   {olivia, both, 2, Internal, false},
		"had a part, another had none":    {olivia, both, 0, Denied, false},
		"the other owner":                 {oscar, both, 0, Internal, false},
		"both had a part":                 {olivia, both, 1, Internal, true},
		"had a part, and is the only one": {olivia, alone, 0, Internal, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := aSheet()
			es, err := decideWords(texts.Language{}, s, tt.by, tt.owners, ReviewTurn{Hash: s.Review.Hash(), Words: map[int]string{tt.line: " fine "}}, monday())
			if CodeOf(err) != tt.want || (err == nil) != (tt.want == Internal) {
				t.Fatal(err)
			}
			if err != nil {
				return
			}
			w, ok := s.take(t, es).Word(s.Review.Lines[tt.line].Key)
			if !ok || w.Text != "fine" || w.By != tt.by || w.Alone != tt.alone {
				t.Errorf("%+v", w)
			}
		})
	}
}

func TestReviewSign(t *testing.T) {
	both := []Person{olivia, oscar}
	s := aSheet()
	sign := func(s Sheet, by Person, words map[int]string) (Sheet, error) {
		es, err := decideSign(texts.Language{}, s, by, both, ReviewTurn{Hash: s.For(by.ID).Hash(), Words: words}, monday().Add(time.Hour))
		if err != nil {
			return s, err
		}
		return s.take(t, es), nil
	}
	if _, err := sign(s, oscar, map[int]string{0: "a", 1: "b"}); CodeOf(err) != Invalid || SayOf(err) != "1 line still needs a word from you, so nothing was signed." {
		t.Errorf("signed with a line without a word: %v", err)
	}
	if _, err := sign(s, olivia, map[int]string{1: "b", 2: "c"}); CodeOf(err) != Conflict {
		t.Errorf("signed without the word that only the other owner may write: %v", err)
	}
	if _, err := decideSign(texts.Language{}, s, oscar, both, ReviewTurn{Hash: "another"}, monday()); CodeOf(err) != Conflict {
		t.Errorf("signed another review: %v", err)
	}
	signed, err := sign(s, oscar, map[int]string{0: "a", 1: "b", 2: "c"})
	if err != nil || !signed.whole() || len(signed.Signed[0].Words) != 3 || signed.Signed[0].Hash != s.Review.Hash() || signed.Signed[0].Only {
		t.Fatalf("%+v, %v", signed.Signed, err)
	}
	for _, by := range both {
		if _, err := decideWords(texts.Language{}, signed, by, both, ReviewTurn{Hash: s.Review.Hash(), Words: map[int]string{2: "changed"}}, monday()); CodeOf(err) != Conflict {
			t.Errorf("a signed line was written on: %v", err)
		}
		if text := signed.reminder(texts.Language{}, by.ID, both); text != "" {
			t.Errorf("chased after the signature: %s", text)
		}
	}
	if left, _ := s.Left(oscar.ID, both); len(left) != 3 || s.reminder(texts.Language{}, oscar.ID, both) == "" {
		t.Error("an open sheet is not chased")
	}
}

// An owner whose own exit is in the review signs a review without it; the whole one waits for the other owner, and neither the first owner's
// card nor their reminders say so.
func TestReviewApart(t *testing.T) {
	both := []Person{olivia, oscar}
	s := aSheet()
	part := s.Review
	part.Lines = part.Lines[2:]
	s.Apart = []ApartReview{{Reader: olivia.ID, Review: part}}
	for i := range s.Review.Lines {
		s.Review.Lines[i].Took = []AccountID{olivia.ID}
	}
	part.Lines[0].Took = nil
	es, err := decideSign(texts.Language{}, s, olivia, both, ReviewTurn{Hash: part.Hash(), Words: map[int]string{0: "fine"}}, monday())
	if err != nil {
		t.Fatal(err)
	}
	s = s.take(t, es)
	if s.whole() || !s.Closed(olivia.ID) || s.Closed(oscar.ID) || s.reminder(texts.Language{}, olivia.ID, both) != "" || s.reminder(texts.Language{}, oscar.ID, both) == "" {
		t.Errorf("after the part was signed: %+v", s.Signed)
	}
	if es, err = decideSign(texts.Language{}, s, oscar, both, ReviewTurn{Hash: s.Review.Hash(), Words: map[int]string{0: "a", 1: "b"}}, monday()); err != nil {
		t.Fatal(err)
	}
	if s = s.take(t, es); !s.whole() || len(s.Signed) != 2 {
		t.Errorf("after the whole was signed: %+v", s.Signed)
	}
}

// Whatever two owners press in whatever order: a word is never written by one who had a part while the other had none, and what was signed
// never changes.
func TestReviewAnyPresses(t *testing.T) {
	both := []Person{olivia, oscar}
	rapid.Check(t, func(r *rapid.T) {
		s := aSheet()
		for i := range s.Review.Lines {
			s.Review.Lines[i].Took = nil
			for _, o := range both {
				if rapid.Bool().Draw(r, "part") {
					s.Review.Lines[i].Took = append(s.Review.Lines[i].Took, o.ID)
				}
			}
		}
		for range rapid.IntRange(1, 12).Draw(r, "presses") {
			by := rapid.SampledFrom(both).Draw(r, "by")
			p := ReviewTurn{Hash: rapid.SampledFrom([]PlanHash{s.Review.Hash(), "x"}).Draw(r, "hash"), Words: map[int]string{}}
			for i := range s.Review.Lines {
				if rapid.Bool().Draw(r, "word") {
					p.Words[i] = rapid.SampledFrom([]string{"a", "b", " "}).Draw(r, "text")
				}
			}
			decide := decideWords
			if rapid.Bool().Draw(r, "signs") {
				decide = decideSign
			}
			was := s
			es, err := decide(texts.Language{}, s, by, both, p, monday())
			if err != nil {
				continue
			}
			s = s.take(t, es)
			if was.whole() && (len(es) > 0 || len(s.Words) != len(was.Words)) {
				r.Fatal("what was signed changed")
			}
			for _, w := range s.Words {
				l, _ := s.Review.Line(w.Key)
				free := slices.ContainsFunc(both, func(o Person) bool { return !slices.Contains(l.Took, o.ID) })
				if slices.Contains(l.Took, w.By.ID) && (free || !w.Alone) {
					r.Fatalf("%s answers for their own part: %+v", w.By.Name, w)
				}
			}
			if s.whole() && len(s.Words) < len(s.Review.Lines) {
				r.Fatal("signed with a line without a word")
			}
		}
	})
}

// What comes to the log after the review of its month makes a supplement with nothing but that.
func TestReviewSupplement(t *testing.T) {
	quick := begun(t, monday(), nil)
	quick.approve(monday().Add(7*time.Second), nil)
	first := reviewOf(t, november, nil, nil, quick)
	if again, any := reviewOf(t, november, nil, nil, quick).added([]Review{first}); any {
		t.Errorf("the same month has more: %v", again.Lines)
	}
	quick.tell(monday().Add(2*time.Hour), ivan.ID, DriftIgnored{Account: newcomer.ID, Finding: Finding{Key: "g", Name: "Finance"}, By: ivan, Reason: "so"})
	more, any := reviewOf(t, november, nil, nil, quick).added([]Review{first})
	if !any || len(more.Lines) != 1 || len(more.Lines[0].Marks) != 1 || more.Lines[0].Marks[0].Rule != DriftRule {
		t.Errorf("%v: %v", any, more.Lines)
	}
	told := begun(t, at("2027-01-08", 10, 0), func(b *Raised) { b.Late = Lateness{Step: enableKey, Due: at("2027-01-05", 8, 0)} })
	told.approve(at("2027-01-08", 11, 0), nil)
	before := reviewOf(t, january, nil, nil)
	if got := reviewOf(t, january, nil, nil, told); len(got.Counted) != 1 || !slices.Equal(rulesOf(got), []ReviewRule{BackDatedRule, LateRule}) && !slices.Equal(rulesOf(got), []ReviewRule{BackDatedRule}) {
		t.Errorf("%v %v", got.Counted, rulesOf(got))
	} else if _, any := got.added([]Review{before}); !any {
		t.Error("a further event is nothing new")
	}
}

func TestReadMonth(t *testing.T) {
	for text, want := range map[string]Month{
		"": "2026-11", "last month": "2026-11", "this month": "2026-12", "November": "2026-11", "december": "2026-12", "Nov 2025": "2025-11", "2026-02": "2026-02",
		"March": "2026-03", "2027-01": "", "tomorrow": "", "2026": "", "November of 2025": "", "Nov 25": "",
	} {
		got, ok := readMonth(text, "2026-12-03")
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%q = %q, want %q", text, got, want)
		}
	}
	site := Site{TimeZone: "Europe/London", Calendar: "gb", Country: "GB"}
	for m, want := range map[Month]string{"2026-11": "2026-12-01 09:00", "2026-12": "2027-01-04 09:00", "2026-07": "2026-08-03 09:00"} {
		if got := m.asked(site).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%s is asked %s, want %s", m, got, want)
		}
	}
}

// The figures of a month: nearest-rank percentiles, what is open in no time, and what came early as none.
func TestReviewFigures(t *testing.T) {
	r := reviewOf(t, january, nil, nil, spotless(t))
	i := slices.IndexFunc(r.Times, func(x Timing) bool { return x.Class == ReadyClass })
	if i < 0 || r.Times[i].N != 1 || r.Times[i].Late != 0 || r.Times[i].Max != 10 || !slices.Equal(r.Counted, []CaseID{priyasCase}) {
		t.Errorf("%+v %v", r.Times, r.Counted)
	}
	x := Timing{All: []int64{30, 10, 20, 40, 50, 60, 70, 80, 90, 1000}}
	if x.settle(); x.P50 != 50 || x.P90 != 90 || x.Max != 1000 {
		t.Errorf("%+v", x)
	}
	nov := reviewOf(t, november, nil, nil, spotless(t))
	if len(nov.Events) != 1 || nov.Events[0] != (EventCount{Kind: JoinerEvent, Raised: 1, Open: 1}) || len(nov.Waits) != 1 || nov.Waits[0].P50 != 1200 {
		t.Errorf("%+v %+v", nov.Events, nov.Waits)
	}
}

// A month that was reviewed when a pause and its end were two lines has nothing new in it now that they are one.
func TestReviewOfAnOldPause(t *testing.T) {
	loose := []Record{
		{Seq: 7, Entry: Entry{At: monday().Add(time.Hour), By: olivia.ID, Body: WorkPaused{By: olivia, Reason: "payroll"}}},
		{Seq: 9, Entry: Entry{At: monday().Add(3 * time.Hour), By: oscar.ID, Body: WorkResumed{By: oscar, Since: monday().Add(time.Hour)}}},
	}
	now := reviewOf(t, november, nil, loose)
	old := now
	a, b := now.Lines[0], now.Lines[0]
	a.Marks, b.Marks, b.Key = a.Marks[:1], b.Marks[1:], "work/9"
	old.Lines = []ReviewLine{a, b}
	if more, any := now.added([]Review{old}); any {
		t.Errorf("it has more: %v", more.Lines)
	}
	again := append(loose, Record{Seq: 11, Entry: Entry{At: monday().Add(5 * time.Hour), By: olivia.ID, Body: WorkPaused{By: olivia, Reason: "payroll"}}})
	if more, any := reviewOf(t, november, nil, again).added([]Review{old}); !any || len(more.Lines) != 1 {
		t.Errorf("another pause is nothing new: %v", more.Lines)
	}
}

func TestReviewPage(t *testing.T) {
	for text, want := range map[string]struct {
		rest string
		page int
	}{"November page 2": {"November", 1}, "2026-11 Page 12": {"2026-11", 11}, "November": {"November", -1}, "page 0": {"page 0", -1}, "page": {"page", -1}, "November page two": {"November page two", -1}} {
		if rest, page := pageOf(text); rest != want.rest || page != want.page {
			t.Errorf("%q is page %d of %q", text, page, rest)
		}
	}
	turn := Turn{Draft: string(november.Stream()), Step: ReviewStep(0, 2)}
	if got := turn.ReviewPageAsked(texts.Language{}); got != "review 2026-11 page 3" {
		t.Errorf("asked %q", got)
	}
}
