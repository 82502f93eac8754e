package hr

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"muster/flows"
	"muster/flows/texts"
)

// ReadCSV reads a csv file with commas, semicolons or tabs, any line ends, and with or without a byte order mark. want is the kind that
// the message asked for; empty when it did not say. Every error is Invalid, with a sentence for HR.
func ReadCSV(b []byte, want flows.EventKind, p *flows.Policy, today flows.Date) (flows.List, error) {
	if len(b) > MostBytes {
		return flows.List{}, tooLarge(p.Lang())
	}
	text, err := decoded(p.Lang(), b)
	if err != nil {
		return flows.List{}, err
	}
	t, err := csvTable(p.Lang(), text, mostRows)
	if err != nil {
		return flows.List{}, err
	}
	return t.read(want, p, today)
}

func tooLarge(lang texts.Language) error {
	return refuse(lang.Say("The file is larger than 2 MB, so it was not read. A list of people is small: please take out pictures and further sheets, or send it in parts."))
}

// decoded is a file's text in UTF-8. Spreadsheets also write UTF-16 with a byte order mark, and the Western code page without one.
func decoded(lang texts.Language, b []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b = b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")):
		return utf16Text(b), nil
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return nil, refuse(lang.Say("This file is not text. Please send the list as xlsx or csv."))
	}
	if utf8.Valid(b) {
		return b, nil
	}
	return nil, refuse(lang.Say("The letters of this file cannot be told: it is not in UTF-8. Please save it as “CSV UTF-8”, or send it as xlsx."))
}

func utf16Text(b []byte) []byte {
	high, low := 1, 0
	if b[0] == 0xfe {
		high, low = 0, 1
	}
	var units []uint16
	for i := 2; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i+high])<<8|uint16(b[i+low]))
	}
	return []byte(string(utf16.Decode(units)))
}

// csvTable splits the text into cells.
func csvTable(lang texts.Language, text []byte, most int) (table, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = separator(text)
	r.FieldsPerRecord = -1
	r.LazyQuotes = true // a quote inside a name is a letter like others
	var t table
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return table{}, refuse(lang.Say("The file cannot be read as csv. Please save it again as “CSV UTF-8”, or send it as xlsx."))
		}
		line, _ := r.FieldPos(0)
		in := row{line: line}
		if len(fields) > mostColumns {
			return table{}, refuse(lang.Say("Line %d has more than %d columns. Please take out those that are not about the list.", line, mostColumns))
		}
		for _, f := range fields {
			in.cells = append(in.cells, cell{text: tidy(f)})
		}
		if len(t.rows) > most+headingsIn && !in.empty() {
			return table{}, refuse(lang.Say("The list has more than %d people. Please send it in parts.", most))
		}
		if !in.empty() {
			t.rows = append(t.rows, in)
		}
	}
}

// separator is what stands between the cells: the most frequent of the three in the first line that has one.
func separator(text []byte) rune {
	for line := range bytes.Lines(text) {
		best, most := ',', 0
		for _, s := range []rune{',', ';', '\t'} {
			if n := bytes.Count(line, []byte(string(s))); n > most {
				best, most = s, n
			}
		}
		if most > 0 {
			return best
		}
	}
	return ','
}
