package paper

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func exampleBook() Book {
	return Book{[]Sheet{
		{"Joiners", []string{"Name", "First day", "Days late", "Confirmed (London)"}, [][]Cell{
			{Words("Priya Patel"), Day(2027, time.January, 5), Number(0), Moment(time.Date(2026, 11, 23, 9, 31, 5, 0, time.FixedZone("BST", 3600)))},
			{Words("=1+1"), {}, Number(2.5), Moment(time.Time{})},
		}},
		{"Leavers", []string{"Name"}, nil},
	}}
}

func openBook(t *testing.T, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestXLSX(t *testing.T) {
	b, err := exampleBook().XLSX()
	if err != nil {
		t.Fatal(err)
	}
	f := openBook(t, b)
	for cell, want := range map[string]string{"A1": "Name", "A2": "Priya Patel", "B2": "2027-01-05", "C2": "0", "D2": "2026-11-23 09:31:05", "A3": "=1+1", "B3": "", "C3": "2.5", "D3": ""} {
		if got, err := f.GetCellValue("Joiners", cell); err != nil || got != want {
			t.Errorf("%s = %q, not %q (%v)", cell, got, want, err)
		}
	}
	if got := f.GetSheetList(); strings.Join(got, ",") != "Joiners,Leavers" {
		t.Errorf("sheets %v", got)
	}
}

// TestXLSXText: whatever a text begins with, its cell is text, and comes back as it was.
func TestXLSXText(t *testing.T) {
	var rows [][]Cell
	for _, s := range nasty {
		rows = append(rows, []Cell{Words(s)})
	}
	b, err := Book{[]Sheet{{"a", nasty[:3], rows}}}.XLSX()
	if err != nil {
		t.Fatal(err)
	}
	f := openBook(t, b)
	for i, s := range nasty {
		cell, err := excelize.CoordinatesToCellName(1, i+2)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.GetCellValue("a", cell); err != nil || got != seen(s) {
			t.Errorf("%s = %q, not %q (%v)", cell, got, seen(s), err)
		}
		if got, err := f.GetCellFormula("a", cell); err != nil || got != "" {
			t.Errorf("%s is a formula: %q (%v)", cell, got, err)
		}
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		x, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(x, []byte("<f>")) || bytes.Contains(x, []byte("<f ")) {
			t.Errorf("%s holds a formula", part.Name)
		}
	}
}

func TestXLSXLimits(t *testing.T) {
	if _, err := (Book{}).XLSX(); err == nil {
		t.Error("a book without a sheet was written")
	}
	long := strings.Repeat("ä", mostSigns) + "👍tail"
	b, err := Book{[]Sheet{
		{"a/b:c*?[x]", nil, [][]Cell{{Words(long)}}}, {"A/B:C*?[X]", nil, nil}, {"", nil, nil}, {strings.Repeat("👍", 40), nil, nil}, {"'quoted'", nil, nil},
	}}.XLSX()
	if err != nil {
		t.Fatal(err)
	}
	f := openBook(t, b)
	names := f.GetSheetList()
	if len(names) != 5 {
		t.Fatalf("sheets %q", names)
	}
	got, err := f.GetCellValue(names[0], "A1")
	if err != nil || !strings.HasSuffix(got, " … (cut here: 66 more signs)") {
		t.Errorf("the long text ends %q (%v)", got[max(0, len(got)-40):], err)
	}
	if _, err := (Book{[]Sheet{{"a", nil, make([][]Cell, mostRows)}}}).XLSX(); err == nil {
		t.Error("a sheet with too many rows was written")
	}
}
