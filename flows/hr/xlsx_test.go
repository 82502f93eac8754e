package hr

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"muster/flows"
)

func xlsxOf(t testing.TB, fill func(f *excelize.File)) ([]byte, error) {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), f.Close()
}

// put writes rows from the first line on.
func put(t testing.TB, f *excelize.File, rows ...[]any) {
	t.Helper()
	for i, r := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
}

var head = []any{"First name", "Surname", "Job", "Site", "Start date", "Manager"}

func goodXLSX(t testing.TB) []byte {
	b, err := xlsxOf(t, func(f *excelize.File) {
		put(t, f, head, []any{"Priya", "Patel", "Account Manager", "London", time.Date(2027, 1, 5, 0, 0, 0, 0, time.UTC), "Tom Hughes"})
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func manyRows(t testing.TB) []byte {
	b, err := xlsxOf(t, func(f *excelize.File) {
		rows := [][]any{head}
		for i := range mostRows + 1 {
			rows = append(rows, []any{"Ann", fmt.Sprintf("Lee%d", i), "Account Manager", "London", "2027-01-05", "Tom Hughes"})
		}
		put(t, f, rows...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bomb is a good list whose sheet is so much longer inside, by blanks that say nothing.
func bomb(t testing.TB, longer int) []byte {
	good := goodXLSX(t)
	r, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range r.File {
		if !strings.Contains(f.Name, "sheet1") {
			if err := w.Copy(f); err != nil {
				t.Fatal(err)
			}
			continue
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		to, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		before, after, ok := bytes.Cut(sheet, []byte("<sheetData>"))
		if !ok {
			t.Fatal("the sheet has another form")
		}
		if _, err := to.Write(slices.Concat(before, []byte("<sheetData>"), bytes.Repeat([]byte(" "), longer), after)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if out.Len() > MostBytes {
		t.Fatalf("the bomb has %d bytes and would be refused for that", out.Len())
	}
	return out.Bytes()
}

// TestZipBomb is one list with more and more air in it: a little does no harm, and more than any list unpacks to is refused before it is unpacked.
func TestZipBomb(t *testing.T) {
	for longer, reads := range map[int]bool{0: true, 1 << 20: true, mostUnzipped: false, 4 * mostUnzipped: false} {
		l, err := ReadFile("a.xlsx", bomb(t, longer), "", policy(t), today)
		if (err == nil) != reads || reads && len(l.Rows) != 1 || !reads && !strings.Contains(flows.SayOf(err), "too large inside") {
			t.Errorf("%d bytes longer: %d rows, %v", longer, len(l.Rows), err)
		}
	}
}

func TestReadXLSX(t *testing.T) {
	p := policy(t)
	day := time.Date(2027, 1, 5, 0, 0, 0, 0, time.UTC)
	line := func(change func(r []any)) []any {
		r := []any{"Priya", "Patel", "Account Manager", "London", day, "Tom Hughes"}
		if change != nil {
			change(r)
		}
		return r
	}
	for name, tt := range map[string]struct {
		fill func(f *excelize.File)
		want func(r *flows.Row)
	}{
		"a date cell":          {func(f *excelize.File) { put(t, f, head, line(nil)) }, nil},
		"a bare serial":        {func(f *excelize.File) { put(t, f, head, line(func(r []any) { r[4] = 46392 })) }, nil},
		"a serial with a time": {func(f *excelize.File) { put(t, f, head, line(func(r []any) { r[4] = 46392.5 })) }, nil},
		"a date as text":       {func(f *excelize.File) { put(t, f, head, line(func(r []any) { r[4] = "Tuesday 5 January 2027" })) }, nil},
		"from 1904": {func(f *excelize.File) {
			yes := true
			if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
				t.Fatal(err)
			}
			put(t, f, head, line(func(r []any) { r[4] = 46392 - days1904 }))
		}, nil},
		"a title that is merged": {func(f *excelize.File) {
			put(t, f, []any{"Starters"}, head, line(nil))
			if err := f.MergeCell("Sheet1", "A1", "F1"); err != nil {
				t.Fatal(err)
			}
		}, func(r *flows.Row) { r.Line = 3 }},
		"a number that is no date": {func(f *excelize.File) { put(t, f, head, line(func(r []any) { r[4] = 12 })) }, func(r *flows.Row) {
			r.Event.Start, r.Problems = "", map[string]string{"start": "“12” is a number and not a date. Write it like 2027-01-05."}
		}},
		"a formula": {func(f *excelize.File) {
			put(t, f, head, line(func(r []any) { r[1] = nil }))
			if err := f.SetCellFormula("Sheet1", "B2", `=UPPER("x")`); err != nil {
				t.Fatal(err)
			}
		}, func(r *flows.Row) {
			r.Event.Surname, r.Problems = "", map[string]string{"surname": "The cell B2 is a formula, so its value may change. Check it."}
		}},
		"an error": {func(f *excelize.File) {
			put(t, f, head, line(func(r []any) { r[2] = "#REF!" }))
		}, func(r *flows.Row) {
			r.Event.Job, r.Problems = "", map[string]string{"job": "The cell C2 shows an error."}
		}},
		"a truth value for a name": {func(f *excelize.File) { put(t, f, head, line(func(r []any) { r[3] = true })) }, func(r *flows.Row) {
			r.Event.Site, r.Problems = "", map[string]string{"site": "There is no site called “1”. Choose one."}
		}},
		"hidden": {func(f *excelize.File) {
			put(t, f, head, line(nil))
			if err := f.SetRowVisible("Sheet1", 2, false); err != nil {
				t.Fatal(err)
			}
		}, func(r *flows.Row) {
			r.Problems = map[string]string{"": "This row is hidden in the sheet, so it may not be meant. Unhide it, or delete it, and send the file again."}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := xlsxOf(t, tt.fill)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ReadFile("list.xlsx", b, "", p, today)
			if err != nil {
				t.Fatal(err)
			}
			want := priya()
			if tt.want != nil {
				tt.want(&want)
			}
			if d := cmp.Diff([]flows.Row{want}, unwritten(got.Rows)); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
		})
	}
}

func TestXLSXMerged(t *testing.T) {
	p := policy(t)
	b, err := xlsxOf(t, func(f *excelize.File) {
		put(t, f, head, []any{"Ann", "Lee", "Account Manager", "London", "2027-01-05", "Tom Hughes"}, []any{"Bo", "Ray", "Account Manager", "London", "2027-01-05"}, []any{"Cy", "Fox", "Account Manager", "London", "2027-01-05", "Tom Hughes"})
		if err := f.MergeCell("Sheet1", "F2", "F3"); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadXLSX(b, "", p, today)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"The cells F2 to F3 are merged", "The cells F2 to F3 are merged", ""} {
		if say := got.Rows[i].Problems[""]; !strings.HasPrefix(say, want) || want == "" && say != "" {
			t.Errorf("row %d: %q", i, say)
		}
	}
}

func TestXLSXFurtherSheets(t *testing.T) {
	p := policy(t)
	b, err := xlsxOf(t, func(f *excelize.File) {
		put(t, f, head, []any{"Ann", "Lee", "Account Manager", "London", "2027-01-05", "Tom Hughes"})
		if _, err := f.NewSheet("Leavers"); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadXLSX(b, "", p, today)
	if err != nil || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "“Leavers”") {
		t.Errorf("notes %q, %v", got.Notes, err)
	}
}

func TestXLSXTime(t *testing.T) {
	p := policy(t)
	b, err := xlsxOf(t, func(f *excelize.File) {
		put(t, f, []any{"Name", "Last day", "Time"}, []any{"Nadia Brook", 46356, 0.7291666667})
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadXLSX(b, "", p, today)
	if err != nil || got.Rows[0].Event.LastTime != "17:30" || got.Rows[0].Event.LastDay != "2026-11-30" || len(got.Rows[0].Problems) > 0 {
		t.Errorf("%+v, %v", got.Rows, err)
	}
}
