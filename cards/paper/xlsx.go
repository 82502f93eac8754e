package paper

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// Book is a spreadsheet.
type Book struct{ Sheets []Sheet }

// Sheet is one page of a book: a head that stays in sight, and rows below it.
type Sheet struct {
	Name string
	Head []string
	Rows [][]Cell
}

// Cell is one field of a sheet. Make it with Words, Number, Day or Moment; the zero Cell is empty.
type Cell struct {
	words string
	value any
	style int
}

// The kinds of cells, in the order of their styles.
const (
	styleWords = iota
	styleNumber
	styleDay
	styleMoment
	styleHead
)

// Words is a cell of text, whatever it begins with.
func Words(s string) Cell { return Cell{words: s} }

// Number is a cell that can be added up.
func Number(n float64) Cell { return Cell{value: n, style: styleNumber} }

// Day is a date as its calendar says, without a time.
func Day(y int, m time.Month, d int) Cell {
	return Cell{value: time.Date(y, m, d, 0, 0, 0, 0, time.UTC), style: styleDay}
}

// Moment is a date and time as the clock in its own zone shows it: a spreadsheet knows no zones, so the head must name it.
func Moment(t time.Time) Cell {
	if t.IsZero() {
		return Cell{}
	}
	return Cell{value: time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC), style: styleMoment}
}

// limits of the format: signs in a cell as UTF-16 counts them, rows of a sheet, signs of a sheet's name.
const (
	mostSigns = 32767
	mostRows  = 1 << 20
	mostName  = 31
)

// XLSX is the book as a file. A sheet with more rows than the format holds is an error, and never cut.
func (k Book) XLSX() (_ []byte, err error) {
	if len(k.Sheets) == 0 {
		return nil, fmt.Errorf("write book: it has no sheet")
	}
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	styles := [...]excelize.Style{
		styleWords:  {NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}, // 49 is text: typing over one makes no formula either
		styleNumber: {NumFmt: 0, Alignment: &excelize.Alignment{Vertical: "top"}},
		styleDay:    {CustomNumFmt: ptr("yyyy-mm-dd"), Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}},
		styleMoment: {CustomNumFmt: ptr("yyyy-mm-dd hh:mm:ss"), Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}},
		styleHead: {
			NumFmt: 49, Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{strings.TrimPrefix(Soft.look().light, "#")}},
		},
	}
	var ids [len(styles)]int
	for i := range styles {
		id, err := f.NewStyle(&styles[i])
		if err != nil {
			return nil, fmt.Errorf("make a style of a book: %w", err)
		}
		ids[i] = id
	}
	taken := map[string]bool{}
	for i, s := range k.Sheets {
		name := sheetName(s.Name, i, taken)
		err := error(nil)
		if i == 0 {
			err = f.SetSheetName("Sheet1", name)
		} else {
			_, err = f.NewSheet(name)
		}
		if err == nil {
			err = s.write(f, name, ids[:])
		}
		if err != nil {
			return nil, fmt.Errorf("write sheet %d of a book: %w", i+1, err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("write book: %w", err)
	}
	return ordered(b.Bytes())
}

// ordered is the same zip with its parts in the order of their names: the library writes sheets as chance has it.
func ordered(b []byte) ([]byte, error) {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("order the parts of a book: %w", err)
	}
	slices.SortFunc(r.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range r.File {
		if err := w.Copy(part); err != nil {
			return nil, fmt.Errorf("order the parts of a book: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("order the parts of a book: %w", err)
	}
	return out.Bytes(), nil
}

func ptr[T any](v T) *T { return &v }

func (s Sheet) write(f *excelize.File, name string, styles []int) error {
	if len(s.Rows) >= mostRows {
		return fmt.Errorf("%d rows: a sheet holds %d", len(s.Rows), mostRows-1)
	}
	w, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, wide := range s.widths() {
		if err := w.SetColWidth(i+1, i+1, wide); err != nil {
			return err
		}
	}
	if len(s.Head) > 0 {
		if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
			return err
		}
		head := make([]any, len(s.Head))
		for i, h := range s.Head {
			head[i] = excelize.Cell{StyleID: styles[styleHead], Value: held(h)}
		}
		if err := w.SetRow("A1", head); err != nil {
			return err
		}
	}
	first := 1 + min(len(s.Head), 1)
	for i, row := range s.Rows {
		cells := make([]any, len(row))
		for j, c := range row {
			switch {
			case c.value != nil:
				cells[j] = excelize.Cell{StyleID: styles[c.style], Value: c.value}
			case c.words != "":
				cells[j] = excelize.Cell{StyleID: styles[styleWords], Value: held(c.words)}
			}
		}
		at, err := excelize.CoordinatesToCellName(1, first+i)
		if err != nil {
			return err
		}
		if err := w.SetRow(at, cells); err != nil {
			return err
		}
	}
	return w.Flush()
}

// widths are the columns' widths in signs, by their longest text within reason.
func (s Sheet) widths() []float64 {
	wide := make([]float64, len(s.Head))
	for i, h := range s.Head {
		wide[i] = float64(len([]rune(h)))
	}
	for _, row := range s.Rows[:min(len(s.Rows), 1000)] {
		for i, c := range row {
			n := float64(len([]rune(c.words)))
			switch c.style {
			case styleDay, styleNumber:
				n = 10
			case styleMoment:
				n = 19
			}
			if i >= len(wide) {
				wide = append(wide, 0)
			}
			wide[i] = max(wide[i], n)
		}
	}
	for i := range wide {
		wide[i] = min(max(wide[i]+2, 8), 60)
	}
	return wide
}

// held is a text that a cell can hold. One that is too long says how much is not here.
func held(s string) string {
	s = seen(s)
	if len(s) <= mostSigns { // bytes are never fewer than signs
		return s
	}
	units := utf16.Encode([]rune(s))
	if len(units) <= mostSigns {
		return s
	}
	keep := mostSigns - 60
	if utf16.IsSurrogate(rune(units[keep-1])) && units[keep-1] < 0xDC00 {
		keep--
	}
	return fmt.Sprintf("%s … (cut here: %d more signs)", string(utf16.Decode(units[:keep])), len(units)-keep)
}

// sheetName is a name that the format takes and that no other sheet of the book has.
func sheetName(s string, i int, taken map[string]bool) string {
	s = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, line(s)), "' ")
	units := utf16.Encode([]rune(s))
	s = strings.TrimSpace(string(utf16.Decode(units[:min(len(units), mostName-4)])))
	s = strings.Trim(strings.ReplaceAll(s, "\uFFFD", ""), "' ")
	if s == "" || taken[strings.ToLower(s)] {
		s = strings.TrimSpace(fmt.Sprintf("%s %d", s, i+1))
	}
	taken[strings.ToLower(s)] = true
	return s
}
