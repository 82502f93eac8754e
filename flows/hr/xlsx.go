package hr

import (
	"bytes"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"

	"muster/flows"
	"muster/flows/texts"
)

// mostUnzipped is what an xlsx file may grow to: far more than any list of people. It also keeps the reader from using a temporary folder.
const mostUnzipped = 24 << 20

// ReadFile reads a sheet by the name of its file. want is the kind that the message asked for; empty when it did not say. Every error is
// Invalid, with a sentence for HR.
func ReadFile(name string, b []byte, want flows.EventKind, p *flows.Policy, today flows.Date) (flows.List, error) {
	var l flows.List
	var err error
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".csv", ".txt", ".tsv":
		l, err = ReadCSV(b, want, p, today)
	case ".xlsx":
		l, err = ReadXLSX(b, want, p, today)
	case ".xls", ".xlsm", ".xlsb", ".ods", ".numbers":
		err = refuse(p.Lang().Say("I do not read %s files. Please save the list as xlsx or csv and send it again.", strings.TrimPrefix(ext, ".")))
	default:
		err = refuse(p.Lang().Say("I read lists from xlsx and csv files only. Please send the list as one of these."))
	}
	l.Name = cut(tidy(path.Base(name)), 100)
	return l, err
}

// ReadXLSX reads the first visible sheet that has something in it, with the rules of ReadCSV.
func ReadXLSX(b []byte, want flows.EventKind, p *flows.Policy, today flows.Date) (l flows.List, err error) {
	if len(b) > MostBytes {
		return l, tooLarge(p.Lang())
	}
	defer func() { // a file made to break the library's reader is a bad file like others
		if recover() != nil {
			l, err = flows.List{}, unreadable(p.Lang())
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{UnzipSizeLimit: mostUnzipped, UnzipXMLSizeLimit: mostUnzipped, RawCellValue: true})
	if err != nil {
		return l, unreadable(p.Lang())
	}
	t, err := xlsxTable(p.Lang(), f)
	if cerr := f.Close(); err == nil && cerr != nil {
		err = unreadable(p.Lang())
	}
	if err != nil {
		return l, err
	}
	return t.read(want, p, today)
}

func unreadable(lang texts.Language) error {
	return refuse(lang.Say("The file cannot be read as an xlsx sheet: it is damaged, protected by a password, or too large inside. Please save it again, without a password, and send it."))
}

func xlsxTable(lang texts.Language, f *excelize.File) (table, error) {
	var t table
	props, err := f.GetWorkbookProps()
	if err != nil {
		return t, unreadable(lang)
	}
	t.from1904 = props.Date1904 != nil && *props.Date1904
	var others []string
	for _, sheet := range f.GetSheetList() {
		visible, err := f.GetSheetVisible(sheet)
		if err != nil {
			return t, unreadable(lang)
		}
		if len(t.rows) > 0 || !visible {
			others = append(others, "“"+cut(tidy(sheet), 40)+"”")
			continue
		}
		if t.rows, err = sheetRows(lang, f, sheet); err != nil {
			return t, err
		}
	}
	if len(others) > 0 && len(t.rows) > 0 {
		if len(others) > 3 {
			others = append(others[:3], "others")
		}
		t.notes = append(t.notes, lang.Say("Only the first sheet was read. Not read: %s.", strings.Join(others, ", ")))
	}
	return t, nil
}

// sheetRows reads one sheet cell by cell: what a formula gives, and what stands in merged cells, is doubted.
func sheetRows(lang texts.Language, f *excelize.File, sheet string) ([]row, error) {
	it, err := f.Rows(sheet)
	if err != nil {
		return nil, unreadable(lang)
	}
	var out []row
	for line := 1; it.Next(); line++ {
		values, err := it.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, unreadable(lang)
		}
		in := row{line: line}
		for n, v := range values {
			c := cell{text: tidy(v)}
			if n >= mostColumns {
				if c.text != "" {
					return nil, refuse(lang.Say("Line %d has more than %d columns. Please take out those that are not about the list.", line, mostColumns))
				}
				break
			}
			in.cells = append(in.cells, c)
		}
		if in.empty() {
			continue
		}
		if len(out) > mostRows+headingsIn {
			return nil, refuse(lang.Say("The list has more than %d people. Please send it in parts.", mostRows))
		}
		if it.GetRowOpts().Hidden {
			in.problem = lang.Say("This row is hidden in the sheet, so it may not be meant. Unhide it, or delete it, and send the file again.")
		}
		out = append(out, in)
	}
	if err := it.Close(); err != nil {
		return nil, unreadable(lang)
	}
	for i := range out {
		if err := look(lang, f, sheet, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, unmerge(lang, f, sheet, out)
}

// look finds what kind of value each cell has.
func look(lang texts.Language, f *excelize.File, sheet string, r *row) error {
	for n := range r.cells {
		c := &r.cells[n]
		at, err := excelize.CoordinatesToCellName(n+1, r.line)
		if err != nil {
			return unreadable(lang)
		}
		formula, err := f.GetCellFormula(sheet, at)
		if err != nil {
			return unreadable(lang)
		}
		kind, err := f.GetCellType(sheet, at)
		if err != nil {
			return unreadable(lang)
		}
		switch {
		case kind == excelize.CellTypeError || strings.HasPrefix(c.text, "#") && strings.HasSuffix(c.text, "!"):
			*c = cell{problem: lang.Say("The cell %s shows an error.", at)}
		case formula != "":
			c.problem = lang.Say("The cell %s is a formula, so its value may change. Check it.", at)
		}
		c.serial = kind == excelize.CellTypeUnset || kind == excelize.CellTypeNumber || kind == excelize.CellTypeFormula && numeric(c.text)
		c.serial = c.serial && numeric(c.text)
	}
	return nil
}

// numeric reports whether a text is a number as a spreadsheet stores one.
func numeric(s string) bool { return s != "" && strings.Trim(s, "0123456789.-+eE") == "" }

// unmerge doubts the rows over which cells are merged: only the first of them has the value.
func unmerge(lang texts.Language, f *excelize.File, sheet string, rows []row) error {
	merged, err := f.GetMergeCells(sheet)
	if err != nil {
		return unreadable(lang)
	}
	for _, m := range merged {
		fromCol, from, err := excelize.CellNameToCoordinates(m.GetStartAxis())
		if err != nil {
			return unreadable(lang)
		}
		_, to, err := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err != nil {
			return unreadable(lang)
		}
		for i := range rows {
			r := &rows[i]
			if r.line < from || r.line > to || fieldOf(at(r.cells, fromCol-1).text) != "" {
				continue
			}
			if r.problem == "" {
				r.problem = lang.Say("The cells %s to %s are merged, so I cannot tell whose value that is. Write it in each row.", m.GetStartAxis(), m.GetEndAxis())
			}
		}
	}
	return nil
}

func at(cells []cell, n int) cell {
	if n < len(cells) {
		return cells[n]
	}
	return cell{}
}
