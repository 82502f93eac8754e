package hr

import (
	"strings"
	"unicode"

	"muster/flows"
	"muster/flows/texts"
)

// The limits of a list. What is larger is refused whole, so that nobody believes that all of it was read.
const (
	MostBytes   = 2 << 20 // of a file
	mostRows    = 500     // people
	mostColumns = 60
	mostText    = 2000 // characters of a cell
	headingsIn  = 10   // rows in which the headings are looked for
)

// cell is one cell as it stood there.
type cell struct {
	text    string
	serial  bool   // text is a number that a spreadsheet may show as a date or a time
	problem string // why it cannot be taken as it is
}

// row is one row of a table.
type row struct {
	line    int // counted from 1, as the spreadsheet does
	cells   []cell
	problem string
}

// table is the part of a file that holds the list.
type table struct {
	rows     []row
	from1904 bool // a spreadsheet that counts its days from 1904
	notes    []string
}

func refuse(text string) error {
	return &flows.Error{Code: flows.Invalid, Say: text}
}

// tidy is a cell's text on one line, without what cannot be seen.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

func (r row) empty() bool {
	for _, c := range r.cells {
		if c.text != "" || c.problem != "" {
			return false
		}
	}
	return true
}

// headingRow finds the row of the headings: the first that names two fields, and a person.
func (t table) headingRow(lang texts.Language) (int, map[int]field, error) {
	for i, r := range t.rows[:min(len(t.rows), headingsIn)] {
		cols := map[int]field{}
		by := map[field]string{}
		for n, c := range r.cells {
			f := fieldOf(c.text)
			if f == "" {
				continue
			}
			if other, twice := by[f]; twice {
				if len(by) > 1 {
					return 0, nil, refuse(lang.Say("The columns “%s” and “%s” both say the %s. Please take one of them out and send the file again.", cut(other, 40), cut(c.text, 40), f.said()))
				}
				continue
			}
			by[f], cols[n] = c.text, f
		}
		if len(by) > 1 && kindOf(cols) != "" {
			return i, cols, nil
		}
	}
	return 0, nil, refuse(lang.Say("I do not find the headings of the list. The first row needs words such as “first name”, “surname”, “job”, “start date” and “manager”; for leavers “name” or “UPN” and “last day”."))
}

// read makes rows of people events of a table. want is the kind that the message asked for; empty when it did not say.
func (t table) read(want flows.EventKind, p *flows.Policy, today flows.Date) (flows.List, error) {
	at, cols, err := t.headingRow(p.Lang())
	if err != nil {
		return flows.List{}, err
	}
	out := flows.List{Kind: kindOf(cols), Notes: t.notes}
	if want != "" && want != out.Kind {
		return flows.List{}, refuse(p.Lang().Say("By its columns this is a list of %s, and you wrote “%s”. Please send it again with the right word.", called(p.Lang(), out.Kind), called(p.Lang(), want)))
	}
	if unknown := t.unknown(p.Lang(), at, cols); unknown != "" {
		out.Notes = append(out.Notes, unknown)
	}
	rd := reader{kind: out.Kind, policy: p, today: today, from1904: t.from1904}
	for _, r := range t.rows[at+1:] {
		if r.empty() {
			continue
		}
		if len(out.Rows) == mostRows {
			return flows.List{}, refuse(p.Lang().Say("The list has more than %d people. Please send it in parts.", mostRows))
		}
		got := rd.row(p.Lang(), r, cols)
		got.Written = t.written(r, t.rows[at])
		out.Rows = append(out.Rows, got)
	}
	if len(out.Rows) == 0 {
		return flows.List{}, refuse(p.Lang().Say("There is nobody on the list: below the headings every row is empty."))
	}
	sameTwice(p.Lang(), out.Rows)
	return out, nil
}

func called(lang texts.Language, k flows.EventKind) string {
	if k == flows.LeaverEvent {
		return "leavers"
	}
	return lang.Say("new starters")
}

// unknown says which columns are not read.
func (t table) unknown(lang texts.Language, at int, cols map[int]field) string {
	used := map[int]bool{}
	for _, r := range t.rows[at+1:] {
		for n, c := range r.cells {
			used[n] = used[n] || c.text != ""
		}
	}
	var names []string
	for n := range mostColumns {
		if _, known := cols[n]; known || !used[n] {
			continue
		}
		name := lang.Say("without a heading")
		if n < len(t.rows[at].cells) && t.rows[at].cells[n].text != "" {
			name = "“" + cut(t.rows[at].cells[n].text, 40) + "”"
		}
		names = append(names, name)
	}
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return lang.Say("One column is not among those I know, so it was not read: %s.", names[0])
	case n > 5:
		names = append(names[:5], lang.Say("and others"))
	}
	return lang.Say("Some columns are not among those I know, so they were not read: %s.", strings.Join(names, ", "))
}

// written is a row as it stood there, with its headings: the evidence of what HR sent.
func (t table) written(r, head row) string {
	var parts []string
	for n, c := range r.cells {
		if c.text == "" {
			continue
		}
		if n < len(head.cells) && head.cells[n].text != "" {
			parts = append(parts, cut(head.cells[n].text, 40)+": "+cut(c.text, mostText))
		} else {
			parts = append(parts, cut(c.text, mostText))
		}
	}
	return strings.Join(parts, "; ")
}

// sameTwice marks the rows about somebody who stands further up already.
func sameTwice(lang texts.Language, rows []flows.Row) {
	first := map[string]int{}
	for i := range rows {
		r := &rows[i]
		key := strings.ToLower(r.Event.Name())
		if r.SubjectText != "" {
			key = strings.ToLower(r.SubjectText)
		}
		if key == "" {
			continue
		}
		if line, twice := first[key]; twice {
			doubt(r, "", lang.Say("The same person stands on line %d already. Leave one of the two out.", line))
			continue
		}
		first[key] = r.Line
	}
}

// doubt notes the first problem of a field.
func doubt(r *flows.Row, f field, say string) {
	if say == "" || r.Problems[string(f)] != "" {
		return
	}
	if r.Problems == nil {
		r.Problems = map[string]string{}
	}
	r.Problems[string(f)] = say
}

// cut shortens to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
