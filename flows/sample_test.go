package flows

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReadSample(t *testing.T) {
	const today Date = "2026-11-23"
	for text, want := range map[string]SampleQuery{
		"November":                                  {From: "2026-11-01", To: "2026-11-30"},
		"december":                                  {From: "2025-12-01", To: "2025-12-31"},
		"last month.":                               {From: "2026-10-01", To: "2026-10-31"},
		"February 2024 draw 25 seed 7":              {From: "2024-02-01", To: "2024-02-29", Draw: 25, Seed: "7"},
		"October draw":                              {From: "2026-10-01", To: "2026-10-31", Draw: 25, Seed: "1"},
		"October with all packs":                    {From: "2026-10-01", To: "2026-10-31", All: true},
		"2026-01-01 to 2026-03-31":                  {From: "2026-01-01", To: "2026-03-31"},
		"from 1 January 2026 to 31 March 2026":      {From: "2026-01-01", To: "2026-03-31"},
		"between 1 Jan 2025 and 31 Dec 2025 draw 3": {From: "2025-01-01", To: "2025-12-31", Draw: 3, Seed: "1"},
		"1 Jan 2026 to 1 Jan 2026":                  {From: "2026-01-01", To: "2026-01-01"},
		"2026-11-23 to 2027-02-28":                  {From: "2026-11-23", To: "2027-02-28"},
	} {
		got, err := readSample(texts.Language{}, text, today)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v %s", text, err, diff)
		}
	}
	for _, text := range []string{
		"", "everything", "2026-03-31 to 2026-01-01", "2026-01-01", "1 January 2026", "October draw 0", "October draw 501", "October draw -1", "October draw 25 seed",
		"October draw 25 seed two words", "October draw 5 with all packs", "October seed 7", "2026-01-01 to 2026-03-31 and more", "31 February 2026 to 1 March 2026", "with all packs", "draw 25",
	} {
		if q, err := readSample(texts.Language{}, text, today); CodeOf(err) != Invalid || SayOf(err) == "" {
			t.Errorf("%q: %+v, %v", text, q, err)
		}
	}
}

// What a question carries is read back as it was.
func TestSampleArg(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := func(name string) Date {
			return DateOf(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 3000).Draw(t, name)))
		}
		q := SampleQuery{From: day("from"), To: day("to"), All: rapid.Bool().Draw(t, "all")}
		if q.To < q.From {
			q.From, q.To = q.To, q.From
		}
		if !q.All && rapid.Bool().Draw(t, "drawn") {
			q.Draw, q.Seed = rapid.IntRange(1, 500).Draw(t, "n"), rapid.StringMatching(`[a-z0-9]{1,12}`).Draw(t, "seed")
		}
		got, err := readSample(texts.Language{}, q.Arg(), "2026-11-23")
		if err != nil || got != q {
			t.Fatalf("%q: %+v, %v", q.Arg(), got, err)
		}
	})
}

// relabelled is a tale's log under another reference and about another day.
func relabelled(w *tale, id CaseID) CaseLog {
	l := CaseLog{Case: id}
	for _, r := range w.recs {
		r.Entry.Case = id
		l.Records = append(l.Records, r)
	}
	return l
}

func TestMakeSample(t *testing.T) {
	now := at("2027-03-01", 9, 0)
	late := begun(t, monday(), func(b *Raised) { b.By, b.Facts.Route = tom, olivia })
	late.approve(monday().Add(20*time.Minute), nil)
	late.run(enableKey)
	s, _, _ := late.c.Step(enableKey)
	late.tell(s.Due.Add(49*time.Hour), "", StepVerified{Step: enableKey, After: "seen"})
	stopped := begun(t, monday(), nil)
	stopped.tell(monday().Add(time.Hour), tom.ID, Rejected{Shown: stopped.c.Shown, By: tom, Reason: "no"})
	gone := CaseLog{Case: "L-2026-0007", Records: []Record{{Kind: "case.raised.1", Erased: true, Entry: Entry{Case: "L-2026-0007", At: monday()}}, {Kind: "case.closed.1", Erased: true, Entry: Entry{Case: "L-2026-0007", At: now}}}}
	before := CaseLog{Case: "L-2026-0003", Records: []Record{{Kind: "case.raised.1", Erased: true, Entry: Entry{Case: "L-2026-0003", At: monday()}}}}
	logs := []CaseLog{relabelled(spotless(t), "J-2026-0001"), relabelled(late, "J-2026-0002"), relabelled(stopped, "J-2026-0003"), gone, before}

	got := MakeSample(SampleQuery{From: "2027-01-01", To: "2027-01-31", Draw: 25, Seed: "1"}, now, logs)
	by := map[CaseID]SampleRow{}
	for _, r := range got.Rows {
		by[r.Case] = r
	}
	if len(got.Rows) != 4 || len(by) != 4 {
		t.Fatalf("rows %+v", got.Rows)
	}
	if r := by["J-2026-0001"]; r.Day != "2027-01-05" || r.Late || r.Done.IsZero() || r.Due.IsZero() || r.Name != "Priya Patel" || r.DecidedBy != "Tom Hughes" || len(r.Unusual) > 0 || r.RaisedBy != "Hannah Reed" {
		t.Errorf("the clean one: %+v", r)
	}
	if r := by["J-2026-0002"]; !r.Late || r.LateBy != 49*3600 || r.LateWhy == "" || !r.SelfRaised || !slices.Contains(r.Unusual, LateRule) {
		t.Errorf("the late one: %+v", r)
	}
	if r := by["J-2026-0003"]; r.State != Stopped || r.Drawn != 0 || r.Late {
		t.Errorf("the stopped one: %+v", r)
	}
	if r := by["L-2026-0007"]; !r.Erased || r.Kind != LeaverEvent || r.Name != "" || r.Day != "" || r.Drawn != 1 {
		t.Errorf("the erased one: %+v", r)
	}
	want := []SampleTotal{{Kind: JoinerEvent, N: 3, Done: 0, Open: 2, Stopped: 1, Late: 1, Drawn: 2}, {Kind: LeaverEvent, N: 1, Erased: 1, Drawn: 1}}
	if diff := cmp.Diff(want, got.Totals); diff != "" {
		t.Error(diff)
	}
	if len(got.Packs) != 3 {
		t.Errorf("packs %v", got.Packs)
	}
	if s := MakeSample(SampleQuery{From: "2026-12-01", To: "2026-12-31"}, now, logs); len(s.Rows) != 1 || s.Rows[0].Case != "L-2026-0007" {
		t.Errorf("December: %+v", s.Rows)
	}
	if s := MakeSample(SampleQuery{From: "2027-01-05", To: "2027-01-05", All: true}, now, logs); len(s.Packs) != 4 {
		t.Errorf("one day: %+v", s.Packs)
	}
}

// The draw is for ever: auditors follow it by hand. The order below was made with sha256sum.
func TestDrawIsForEver(t *testing.T) {
	got := []string{drawKey("1", "J-2026-0001"), drawKey("audit-2026", "L-2026-0042")}
	want := []string{"210d698ab164218931c5f8bdd58806e490a928555723eb6b57dff9865d8f1bb0", "a517b7ce40f5c779eca13c5851f82caf0ff2518609c0402f3bc16180aeddcd58"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever is drawn: the same seed draws the same, another one draws others, more holds what fewer held, and no group is passed over.
func TestDraw(t *testing.T) {
	var rows []SampleRow
	for i := range 60 {
		rows = append(rows, SampleRow{Case: CaseID(fmt.Sprintf("J-2026-%04d", i+1)), Kind: JoinerEvent, State: Done}, SampleRow{Case: CaseID(fmt.Sprintf("L-2026-%04d", i+1)), Kind: LeaverEvent, State: Done},
			SampleRow{Case: CaseID(fmt.Sprintf("N-2026-%04d", i+1)), Kind: RenameEvent, State: Done}, SampleRow{Case: CaseID(fmt.Sprintf("M-2026-%04d", i+1)), Kind: MoverEvent, State: Stopped})
	}
	drawn := func(n int, seed string) []CaseID {
		s := Sample{SampleQuery: SampleQuery{Draw: n, Seed: seed}, Rows: slices.Clone(rows)}
		s.draw()
		return s.Packs
	}
	rapid.Check(t, func(t *rapid.T) {
		n, seed := rapid.IntRange(1, 80).Draw(t, "n"), rapid.StringMatching(`[a-z0-9]{1,8}`).Draw(t, "seed")
		a := drawn(n, seed)
		if !slices.Equal(a, drawn(n, seed)) {
			t.Fatal("the same seed draws others")
		}
		j, l := 0, 0
		for _, id := range a {
			switch {
			case strings.HasPrefix(string(id), "J-"):
				j++
			case strings.HasPrefix(string(id), "L-"):
				l++
			default:
				t.Fatalf("%s was drawn", id)
			}
		}
		if want := min(n, 60); j != want || l != want {
			t.Fatalf("drew %d starters and %d leavers of %d", j, l, n)
		}
		for _, id := range a {
			if !slices.Contains(drawn(n+1, seed), id) {
				t.Fatalf("%s is not among one more", id)
			}
		}
	})
	if slices.Equal(drawn(25, "1"), drawn(25, "2")) {
		t.Error("another seed draws the same")
	}
}
