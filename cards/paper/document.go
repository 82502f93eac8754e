package paper

import "time"

// Document is something to read from top to bottom.
type Document struct {
	Title string
	Sub   string    // one line under the title
	Made  string    // who made it, when and from what, small; part of what is read
	At    time.Time // the moment in the PDF's own properties; zero stands for a fixed one, never for now
	Wide  bool      // the pages lie on their side
	Parts []Part
	Foot  string // stands small on every page
}

// Part is one piece of a document: Heading, Para, Facts, Table, Note, Talk, Figure or Break.
type Part interface{ part() }

// Heading opens a section. Level 1 is a chapter, 3 the smallest.
type Heading struct {
	Level int
	Text  string
}

// Para is a paragraph. A line break in it stays.
type Para struct{ Text string }

// Facts are names with their values. A fact without a value is left out.
type Facts struct{ Facts []Fact }

// Fact is one line of Facts.
type Fact struct{ Name, Value string }

// Table has a head, which each page repeats, and rows. Widths weigh the columns; without them the texts decide.
type Table struct {
	Head   []string
	Rows   [][]string
	Widths []float64
}

// Note is a remark that must not be missed. Tone is Accent, Good, Warn or Bad; anything else is plain.
type Note struct {
	Tone Tone
	Text string
}

// Talk is a conversation, oldest first.
type Talk struct{ Said []Said }

// Said is one message of a conversation. Bot tells that it was the bot's.
type Said struct {
	At, Who, Text string
	Bot           bool
}

// Figure is a drawing with a caption. Alt says in words what the picture shows; a PDF prints it too, because its pictures cannot be read out.
type Figure struct {
	Drawing
	Caption, Alt string
}

// Break starts a new page.
type Break struct{}

func (Heading) part() {}
func (Para) part()    {}
func (Facts) part()   {}
func (Table) part()   {}
func (Note) part()    {}
func (Talk) part()    {}
func (Figure) part()  {}
func (Break) part()   {}

// columns is how many columns a table has: its widest row counts, so that no cell is lost.
func (t Table) columns() int {
	n := len(t.Head)
	for _, r := range t.Rows {
		n = max(n, len(r))
	}
	return n
}

// at is the cell of a row, or nothing.
func at(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}
