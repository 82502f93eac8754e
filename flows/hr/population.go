package hr

import (
	"bytes"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"muster/flows"
	"muster/flows/texts"
)

// The limits of a list of everybody. What is larger is refused whole.
const (
	MostPopulationBytes = 20 << 20
	mostPopulation      = 50000
	mostPopulationSheet = 256 << 20 // unzipped; it also keeps the reader from using a temporary folder
)

// populationHeadings are columns that only a list of everybody has; the others are those of a list of events.
var populationHeadings = map[string]field{
	"employee id": employeeID, "employee number": employeeID, "employee no": employeeID, "staff number": employeeID, "staff id": employeeID, "staff no": employeeID, "payroll number": employeeID,
	"personnel number": employeeID, "id": employeeID, "number": employeeID, "person id": employeeID, "worker id": employeeID,
	"e mail": signInName, "email": signInName, "e mail address": signInName, "email address": signInName, "mail": signInName,
	"left": lastDay, "left on": lastDay, "end": lastDay, "end date": lastDay, "ends": lastDay, "leaver date": lastDay,
}

const employeeID field = "employee_id"

func populationField(heading string) field {
	if f, ok := populationHeadings[bare(heading)]; ok {
		return f
	}
	switch f := fieldOf(heading); f {
	case wholeName, given, surname, signInName, job, start, manager, lastDay:
		return f
	}
	return ""
}

// ReadPopulation reads HR's list of everybody who works here, from xlsx or csv. Every error is Invalid, with a sentence for HR.
func ReadPopulation(lang texts.Language, name string, b []byte, today flows.Date) ([]flows.HRPerson, error) {
	if len(b) > MostPopulationBytes {
		return nil, refuse(lang.Say("The file is larger than %d MB, so it was not read. Please take out pictures and further sheets.", MostPopulationBytes>>20))
	}
	var t table
	var err error
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".csv", ".txt", ".tsv":
		var text []byte
		if text, err = decoded(lang, b); err == nil {
			t, err = csvTable(lang, text, mostPopulation)
		}
	case ".xlsx":
		t, err = populationSheet(lang, b)
	default:
		err = refuse(lang.Say("I read lists from xlsx and csv files only. Please send the list as one of these."))
	}
	if err != nil {
		return nil, err
	}
	return t.population(lang, today)
}

// populationSheet streams the first visible sheet that has something in it.
func populationSheet(lang texts.Language, b []byte) (t table, err error) {
	defer func() { // a file made to break the library's reader is a bad file like others
		if recover() != nil {
			t, err = table{}, unreadable(lang)
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{UnzipSizeLimit: mostPopulationSheet, UnzipXMLSizeLimit: mostPopulationSheet, RawCellValue: true})
	if err != nil {
		return t, unreadable(lang)
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = unreadable(lang)
		}
	}()
	if props, perr := f.GetWorkbookProps(); perr == nil && props.Date1904 != nil {
		t.from1904 = *props.Date1904
	}
	for _, sheet := range f.GetSheetList() {
		if visible, verr := f.GetSheetVisible(sheet); verr != nil || !visible {
			continue
		}
		if t.rows, err = streamRows(lang, f, sheet); err != nil || len(t.rows) > 0 {
			return t, err
		}
	}
	return t, nil
}

func streamRows(lang texts.Language, f *excelize.File, sheet string) ([]row, error) {
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
		for _, v := range values[:min(len(values), mostColumns)] {
			v = tidy(v)
			in.cells = append(in.cells, cell{text: v, serial: numeric(v)})
		}
		if in.empty() {
			continue
		}
		if len(out) > mostPopulation+headingsIn {
			return nil, refuse(lang.Say("The list has more than %d people. Please send it in parts.", mostPopulation))
		}
		out = append(out, in)
	}
	if err := it.Close(); err != nil {
		return nil, unreadable(lang)
	}
	return out, nil
}

// population makes people of the rows below the headings.
func (t table) population(lang texts.Language, today flows.Date) ([]flows.HRPerson, error) {
	at, cols := -1, map[int]field{}
	for i, r := range t.rows[:min(len(t.rows), headingsIn)] {
		found := map[int]field{}
		seen := map[field]bool{}
		for n, c := range r.cells {
			if f := populationField(c.text); f != "" && !seen[f] {
				found[n], seen[f] = f, true
			}
		}
		if seen[employeeID] || seen[signInName] || seen[wholeName] || seen[given] && seen[surname] {
			at, cols = i, found
			break
		}
	}
	if at < 0 {
		return nil, refuse(lang.Say("I do not find the headings of the list. The first row needs words such as “employee number”, “e-mail”, “first name”, “surname”, “start date” and “leaving date”."))
	}
	rd := reader{policy: &flows.Policy{Limits: flows.Limits{LateDays: everYears}}, today: today, from1904: t.from1904}
	var out []flows.HRPerson
	for _, r := range t.rows[at+1:] {
		if r.empty() {
			continue
		}
		if len(out) == mostPopulation {
			return nil, refuse(lang.Say("The list has more than %d people. Please send it in parts.", mostPopulation))
		}
		out = append(out, rd.person(lang, r, cols))
	}
	if len(out) == 0 {
		return nil, refuse(lang.Say("There is nobody on the list: below the headings every row is empty."))
	}
	return out, nil
}

// everYears is how many days ago somebody may have started: a working life.
const everYears = 70 * 366

// everDay is day for dates of a working life, which a spreadsheet counts from further back than anybody means in an event.
func (rd reader) everDay(lang texts.Language, out *flows.Row, f field, c cell) flows.Date {
	if n, err := strconv.Atoi(c.text); err == nil && c.serial && !rd.from1904 && n >= firstSerial-everYears/2 && n < firstSerial {
		return flows.DateOf(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n))
	}
	return rd.day(lang, out, f, c)
}

// person is one row. A date that cannot be read is a problem of the row: nobody is counted as gone, or as here, on a guess.
func (rd reader) person(lang texts.Language, r row, cols map[int]field) flows.HRPerson {
	p := flows.HRPerson{Line: r.line}
	var doubts flows.Row
	for n, c := range r.cells {
		switch f := cols[n]; {
		case c.text == "":
		case f == employeeID:
			p.EmployeeID = cut(c.text, 40)
		case f == signInName:
			p.Address = cut(c.text, 200)
		case f == wholeName:
			p.Name = cut(c.text, 120)
		case f == given:
			p.Given = cut(c.text, 60)
		case f == surname:
			p.Surname = cut(c.text, 60)
		case f == job:
			p.Job = cut(c.text, 80)
		case f == manager:
			p.Manager = cut(c.text, 120)
		case f == start:
			p.Start = rd.everDay(lang, &doubts, start, c)
		case f == lastDay:
			p.Left = rd.everDay(lang, &doubts, lastDay, c)
		}
	}
	for _, f := range []field{start, lastDay} {
		if say := doubts.Problems[string(f)]; say != "" && p.Problem == "" {
			p.Problem = say
		}
	}
	if p.Name == "" {
		p.Name = strings.TrimSpace(p.Given + " " + p.Surname)
	}
	if p.EmployeeID == "" && p.Address == "" && p.Name == "" {
		p.Problem = lang.Say("The row names nobody.")
	}
	return p
}
