package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"muster/cards/paper"
	"muster/flows"
	"muster/flows/texts"
)

var draw = flag.String("draw", "", "folder to write the files of the examples to, to be looked at")

func reviewOf() flows.ReviewView {
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	olivia := flows.Person{ID: "00000000-0000-4000-a000-000000000008", Name: "Olivia Grant"}
	r := flows.Review{
		Month: "2026-11", Zone: "Europe/London", From: at.AddDate(0, -1, 0), To: at, Failed: 3, Drift: 1, Counted: []flows.CaseID{"L-2026-0009", "J-2026-0042"},
		Events: []flows.EventCount{{Kind: flows.JoinerEvent, Raised: 14, Done: 11, Open: 5}, {Kind: flows.MoverEvent, Raised: 6, Done: 6}, {Kind: flows.LeaverEvent, Raised: 9, Done: 7, Stopped: 1, Open: 2}},
		Times: []flows.Timing{
			{Class: flows.ExitClass, N: 8, Late: 1, P50: 12, P90: 10800, Max: 10800, All: []int64{4, 8, 12, 12, 14, 20, 700, 10800}},
			{Class: flows.ReadyClass, N: 14, Late: 1, P50: 70, P90: 90, Max: 7200, All: []int64{60, 60, 60, 60, 60, 70, 70, 70, 80, 80, 90, 90, 90, 7200}},
			{Class: flows.StepClass, N: 6, P50: 0, P90: 2, Max: 3, All: []int64{0, 0, 0, 0, 2, 3}}, // all within a minute: no picture
			{Class: flows.HandClass, N: 13, Late: 11, Open: 10, Overdue: 9, Ahead: 1, P50: 3600, P90: 90000, Max: 90000, All: []int64{0, 3600, 90000}},
		},
		Waits: []flows.Timing{{Class: flows.AccessWait, N: 4, Late: 1, P50: 7200, P90: 604800, Max: 604800, All: []int64{60, 7200, 9000, 604800}}},
		Lines: []flows.ReviewLine{
			{Key: "L-2026-0009", Case: "L-2026-0009", Event: flows.LeaverEvent, Marks: []flows.Mark{{Rule: flows.UrgentRule, At: at.AddDate(0, 0, -20), Why: "An urgent exit, asked for by Hannah Reed and confirmed by Olivia Grant 3 minutes later."}}},
			{Key: "J-2026-0042", Case: "J-2026-0042", Event: flows.JoinerEvent, Marks: []flows.Mark{
				{Rule: flows.FailedRule, At: at.AddDate(0, 0, -9), Why: "Add to Contract Admins.", Said: []string{"=cmd|' /C calc'!A0"}},
				{Rule: flows.WaivedRule, At: at.AddDate(0, 0, -9), Why: "Add to Contract Admins, asked for by Ivan Petrov and agreed by Ines Duarte.", Said: []string{"The group is being replaced."}},
			}},
			{Key: "work/812", Marks: []flows.Mark{{Rule: flows.PausedRule, At: at.AddDate(0, 0, -8), Why: "Everything was paused by Oscar Lind.", Said: []string{"Payroll sends a wrong list."}}}},
		},
	}
	s := flows.Sheet{Month: r.Month, Made: at, Review: r, Words: []flows.LineWord{
		{Key: "L-2026-0009", Text: "Asked for by the board; the second person was called.", By: olivia, At: at.Add(time.Hour)},
		{Key: "J-2026-0042", Text: "Right to leave out: the new group comes in January.", By: olivia, At: at.Add(time.Hour), Alone: true},
	}}
	return flows.ReviewView{Sheet: s, Review: r, Reader: olivia.ID, Owners: []flows.Person{olivia}, Names: map[flows.CaseID]string{"J-2026-0042": "Priya Patel"}, At: at}
}

func TestReviewDocument(t *testing.T) {
	v := reviewOf()
	html, err := reviewDocument(v).HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Review of November 2026", "3 things needed a word", "Not signed off yet.", "J-2026-0042 · Priya Patel", "L-2026-0009 (the person&#39;s data were erased)", "The work as a whole",
		"Asked for by the board", "there was no other owner to ask", "Nobody has written on this yet.", "Exits: sign-in blocked", string(v.Sheet.Review.Hash()),
	} {
		if !strings.Contains(string(html), want) {
			t.Errorf("the document does not say %q", want)
		}
	}
	if n := strings.Count(string(html), "Failures put to people"); n != 1 {
		t.Errorf("the failures are counted %d times", n)
	}
	for class, drawn := range map[flows.TimeClass]bool{flows.ExitClass: true, flows.ReadyClass: true, flows.StepClass: false, flows.AccessWait: false} {
		if got := strings.Contains(string(html), class.Say(texts.Language{})+": how long it took"); got != drawn {
			t.Errorf("a picture of the times of %s: %t", class.Say(texts.Language{}), got)
		}
	}
	v.Sheet.Signed = []flows.ReviewSigned{
		{By: flows.Person{ID: "x", Name: "Oscar Lind"}, Hash: "part", At: v.At},
		{By: flows.Person{ID: "y", Name: "Oda Berg"}, Hash: v.Sheet.Review.Hash(), At: v.At, Only: true},
	}
	if html, err = reviewDocument(v).HTML(); err != nil || !strings.Contains(string(html), "Signed off by Oda Berg on Tue 1 December 2026, 09:00 (London). There was no other owner.") || strings.Contains(string(html), "Oscar Lind on Tue") {
		t.Errorf("the signatures (%v)", err)
	}
	pdf, err := Review(v)
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Fatalf("%v", err)
	}
	again, err := Review(v)
	if err != nil || !bytes.Equal(pdf, again) {
		t.Errorf("the same review gives other bytes (%v)", err)
	}
	quiet := v
	quiet.Review = flows.Review{Month: "2026-11", Zone: "Europe/London"}
	quiet.Sheet, quiet.Number = flows.Sheet{Month: "2026-11", N: 1, Review: quiet.Review}, 1
	if html, err := reviewDocument(quiet).HTML(); err != nil || !strings.Contains(string(html), "Supplement 1") || !strings.Contains(string(html), "Nothing was unusual.") {
		t.Errorf("a quiet supplement (%v)", err)
	}
	if *draw != "" {
		keep(t, "review.pdf", pdf)
		book, err := ReviewBook(v)
		if err != nil {
			t.Fatal(err)
		}
		keep(t, "review.xlsx", book)
	}
}

// The columns of the table add up, and a review that an earlier version made says what it did not keep.
func TestPunctuality(t *testing.T) {
	for name, tt := range map[string]struct {
		timing flows.Timing
		want   string
		note   bool
	}{
		"told apart":     {flows.Timing{Class: flows.HandClass, N: 13, Late: 11, Open: 10, Overdue: 9, Ahead: 1}, "Steps by hand|13|1|2|10|9|||", false},
		"stored before":  {flows.Timing{Class: flows.HandClass, N: 13, Late: 11, Open: 10}, "Steps by hand|13|0 to 2|1 to 3|10|8 to 10|||", true},
		"all of it done": {flows.Timing{Class: flows.StepClass, N: 2, P50: 1, P90: 61, Max: 61, All: []int64{1, 61}}, "Other steps of Muster|2|2|0|0|0|1 second|61 seconds|61 seconds", false},
	} {
		t.Run(name, func(t *testing.T) {
			var row, said string
			for _, p := range punctuality([]flows.Timing{tt.timing}) {
				switch p := p.(type) {
				case paper.Table:
					row = strings.Join(p.Rows[0], "|")
				case paper.Para:
					said = p.Text
				}
			}
			if row != tt.want {
				t.Errorf("row %q, want %q", row, tt.want)
			}
			if got := strings.Contains(said, "did not keep"); got != tt.note {
				t.Errorf("says what was not kept: %t", got)
			}
		})
	}
}

func keep(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(*draw, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReviewBook(t *testing.T) {
	b, err := ReviewBook(reviewOf())
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	rows, err := f.GetRows("Lines")
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if got := strings.Join(rows[2], "|"); !strings.Contains(got, "J-2026-0042|Priya Patel|joiner|Failed|") || !strings.Contains(got, "=cmd|' /C calc'!A0") || !strings.Contains(got, "Right to leave out") {
		t.Errorf("row %q", got)
	}
	if formula, err := f.GetCellFormula("Lines", "G3"); err != nil || formula != "" {
		t.Errorf("a text became the formula %q (%v)", formula, err)
	}
	times, err := f.GetRows("Times")
	if err != nil || strings.Join(times[4], "|") != "Steps by hand|13|1|2|0|10|9|3600|90000|90000" {
		t.Errorf("times %q, %v", times, err)
	}
	for sheet, n := range map[string]int{"Events": 4, "Times": 6, "Signed": 1} {
		if rows, err := f.GetRows(sheet); err != nil || len(rows) != n {
			t.Errorf("%s has %d rows, %v", sheet, len(rows), err)
		}
	}
}
