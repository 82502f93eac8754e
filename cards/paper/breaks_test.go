package paper

import (
	"strings"
	"testing"
)

// Wherever on the page a heading comes, what it is about begins on the same one.
func TestHeadingIsNeverAlone(t *testing.T) {
	row := []string{"the first row", strings.Repeat("a long text of many words ", 20)}
	for name, about := range map[string][]Part{
		"a paragraph":         {Para{Text: "the first row"}},
		"a table":             {Table{Head: []string{"What", "Why"}, Rows: [][]string{row, row}}},
		"a heading and table": {Heading{Level: 2, Text: "Second heading"}, Table{Head: []string{"What", "Why"}, Rows: [][]string{row}}},
		"a figure":            {Figure{Drawing: Bars([]Series{{Name: "On time", Tone: Good}}, make([]Bar, 6)), Caption: "the first row"}},
	} {
		t.Run(name, func(t *testing.T) {
			for filled := range 60 {
				d := Document{Title: "Document"}
				for range filled {
					d.Parts = append(d.Parts, Para{Text: "filling"})
				}
				d.Parts = append(append(d.Parts, Heading{Level: 1, Text: "First heading"}), about...)
				b, err := d.PDF()
				if err != nil {
					t.Fatal(err)
				}
				for i, page := range written(t, b) {
					if strings.Contains(page, "First heading") && !strings.Contains(page, "the first row") {
						t.Errorf("after %d paragraphs the heading is alone on page %d", filled, i+1)
					}
				}
			}
		})
	}
}

// A head is not broken within a word because its column was weighed too light.
func TestWeighedColumnsHoldTheirHeads(t *testing.T) {
	table := Table{Head: []string{"What", "Overdue", "Longest"}, Widths: []float64{10, 0.1, 0.1}, Rows: [][]string{{"Steps", "9", "25 hours"}}}
	wide := table.widths(300)
	sum := 0.0
	for i, head := range table.Head {
		if lines := fonts().bold.wrap(head, cellSize, wide[i]-2*cellPad); len(lines) != 1 {
			t.Errorf("%q is broken into %q", head, lines)
		}
		sum += wide[i]
	}
	if sum < 299.9 || sum > 300.1 {
		t.Errorf("the columns take %g of 300", sum)
	}
	many := Table{Widths: []float64{1, 1, 1, 1}, Head: []string{"Extraordinarily", "Extraordinarily", "Extraordinarily", "Extraordinarily"}}
	for _, w := range many.widths(80) {
		if w < 19.9 || w > 20.1 {
			t.Errorf("a column of a table that is too narrow takes %g, not its share", w)
		}
	}
}

func TestPieces(t *testing.T) {
	for in, want := range map[string]string{
		"sam.taylor@larkfield.example":              "sam.<wbr>taylor@<wbr>larkfield.<wbr>example",
		"short.name x":                              "short.name x",
		"two\nlines of short words":                 "two\nlines of short words",
		" sam.taylor@larkfield.example, disabled\n": " sam.<wbr>taylor@<wbr>larkfield.<wbr>example, disabled\n",
		"<b>": "&lt;b&gt;",
		"a/very/long/path<script>alert(1)</script>": "a/<wbr>very/<wbr>long/<wbr>path&lt;script&gt;alert(1)&lt;/<wbr>script&gt;",
		"":                            "",
		"under_score_in_a_long_word":  "under_<wbr>score_<wbr>in_<wbr>a_<wbr>long_<wbr>word",
		"ends.in.a.dot.that.is.long.": "ends.<wbr>in.<wbr>a.<wbr>dot.<wbr>that.<wbr>is.<wbr>long.<wbr>",
		"00000000-0000 plain":         "00000000-0000 plain",
	} {
		if got := pieces(in); got != want {
			t.Errorf("%q came out as %q, not %q", in, got, want)
		}
	}
}
