package report

import (
	"fmt"
	"strings"
	"time"

	"muster/cards/paper"
	"muster/flows"
	"muster/flows/texts"
)

// Review is the review of a month as a PDF: what it was, with pictures, each line with its word, and who signed it.
func Review(v flows.ReviewView) ([]byte, error) {
	b, err := reviewDocument(v).PDF()
	if err != nil {
		return nil, fmt.Errorf("write review: %w", err)
	}
	return b, nil
}

func reviewDocument(v flows.ReviewView) paper.Document {
	r := v.Review
	loc := r.Location()
	d := paper.Document{
		Title: "Review of " + r.Month.Say(texts.Language{}), Sub: reviewSub(v), At: v.Sheet.Made,
		Made: "Made by Muster on " + stamp(v.Sheet.Made, loc) + " from its log, as everything stood at the end of the month. Times of a case are of the person's site, others of " + place(loc) + ".",
		Foot: "Review of " + r.Month.Say(texts.Language{}) + " · SHA-256 " + string(v.Sheet.For(v.Reader).Hash()),
	}
	d.Parts = append(d.Parts, signatures(v, loc)...)
	d.Parts = append(d.Parts, paper.Heading{Level: 1, Text: "The month"})
	d.Parts = append(d.Parts, figures(r)...)
	d.Parts = append(d.Parts, paper.Heading{Level: 1, Text: "What needed a word"})
	if len(r.Lines) == 0 {
		d.Parts = append(d.Parts, paper.Para{Text: "Nothing was unusual."})
	}
	for _, l := range r.Lines {
		d.Parts = append(d.Parts, lineParts(v, l, loc)...)
	}
	return d
}

func reviewSub(v flows.ReviewView) string {
	sub := "Nothing needed a word"
	if n := len(v.Review.Lines); n == 1 {
		sub = "One thing needed a word"
	} else if n > 1 {
		sub = fmt.Sprintf("%d things needed a word", n)
	}
	if v.Number > 0 {
		sub = fmt.Sprintf("Supplement %d: what came to the log after the review. %s", v.Number, sub)
	}
	return sub
}

// signatures says who signed what they were shown, or that nobody has.
func signatures(v flows.ReviewView, loc *time.Location) []paper.Part {
	var out []paper.Part
	whole := v.Sheet.Review.Hash()
	for _, g := range v.Sheet.Signed {
		if g.By.ID != v.Reader && g.Hash != whole {
			continue // a part, which is that owner's own
		}
		text := "Signed off by " + g.By.Name + " on " + stamp(g.At, loc) + "."
		if g.Only {
			text += " There was no other owner."
		}
		out = append(out, paper.Note{Tone: paper.Good, Text: text})
	}
	if len(out) == 0 {
		out = append(out, paper.Note{Tone: paper.Warn, Text: "Not signed off yet."})
	}
	return out
}

// figures are the counts and times, as tables and pictures.
func figures(r flows.Review) []paper.Part {
	var out []paper.Part
	if len(r.Events) > 0 {
		t := paper.Table{Head: []string{"Event", "Announced", "Finished", "Cancelled or refused", "Open at the end"}}
		series := []paper.Series{{Name: "Finished", Tone: paper.Good}, {Name: "Cancelled or refused", Tone: paper.Muted}, {Name: "Open at the end", Tone: paper.Accent}}
		var bars []paper.Bar
		for _, n := range r.Events {
			t.Rows = append(t.Rows, []string{n.Kind.Many(texts.Language{}), fmt.Sprint(n.Raised), fmt.Sprint(n.Done), fmt.Sprint(n.Stopped), fmt.Sprint(n.Open)})
			bars = append(bars, paper.Bar{Name: n.Kind.Many(texts.Language{}), Values: []float64{float64(n.Done), float64(n.Stopped), float64(n.Open)}})
		}
		out = append(out, t, paper.Figure{Drawing: paper.Bars(series, bars), Caption: "How the events of the month stood at its end", Alt: "Bars of the last three columns above."})
	}
	out = append(out, paper.Facts{Facts: []paper.Fact{
		{Name: "Failures put to people", Value: fmt.Sprint(r.Failed)},
		{Name: "Differences of access found", Value: fmt.Sprint(r.Drift)},
		{Name: "Events due in the month", Value: fmt.Sprint(len(r.Counted))},
	}})
	if timings := append(append([]flows.Timing{}, r.Times...), r.Waits...); len(timings) > 0 {
		out = append(out, punctuality(timings)...)
		for _, x := range timings {
			out = append(out, spread(x)...)
		}
	}
	return out
}

// punctuality is how much was on time, late, or not done: the three add up to how many there were.
func punctuality(timings []flows.Timing) []paper.Part {
	said := "Times run from when a step was due until it was seen done, and from when a decision was asked for until it was taken. " +
		"On time, late and not done add up to how many there were; overdue is what of the last should have been done by the end of the month."
	t := paper.Table{Head: []string{"What", "How many", "On time", "Late", "Not done", "Overdue", "Half within", "90 % within", "Longest"}, Widths: []float64{3, 1, 1, 1, 1, 1, 1.3, 1.3, 1.3}}
	series := []paper.Series{{Name: "On time", Tone: paper.Good}, {Name: "Late", Tone: paper.Bad}, {Name: "Not done", Tone: paper.Warn}}
	var bars []paper.Bar
	unknown := false
	for _, x := range timings {
		s := x.Shares()
		row := []string{x.Class.Say(texts.Language{}), fmt.Sprint(x.N), fmt.Sprint(s.OnTime), fmt.Sprint(s.Late), fmt.Sprint(s.NotDone), fmt.Sprint(s.Overdue), "", "", ""}
		if s.Either > 0 {
			unknown = true
			row[2], row[3], row[5] = between(s.OnTime, s.Either), between(s.Late, s.Either), between(s.Overdue, s.Either)
		}
		if len(x.All) > 0 {
			row[6], row[7], row[8] = length(x.P50), length(x.P90), length(x.Max)
		}
		t.Rows = append(t.Rows, row)
		bars = append(bars, paper.Bar{Name: x.Class.Say(texts.Language{}), Values: []float64{float64(s.OnTime), float64(s.Late), float64(s.NotDone), float64(s.Either)}})
	}
	if unknown {
		series = append(series, paper.Series{Name: "On time or late", Tone: paper.Muted})
		said += " Where a figure is “2 to 4”, the version of Muster that made this review did not keep which of what was done was late."
	}
	return []paper.Part{
		paper.Heading{Level: 2, Text: "On time and late"},
		paper.Para{Text: said},
		t,
		paper.Figure{Drawing: paper.Bars(series, bars), Caption: "On time, late and not done", Alt: "Bars of the table above."},
	}
}

// between is a figure that is known to lie between two.
func between(least, more int) string { return fmt.Sprintf("%d to %d", least, least+more) }

// spans are the columns in which times are shown: up to so many seconds.
var spans = []struct {
	most int64
	name string
}{{60, "1 minute"}, {600, "10 minutes"}, {3600, "1 hour"}, {4 * 3600, "4 hours"}, {24 * 3600, "1 day"}, {3 * 24 * 3600, "3 days"}, {1 << 62, "more"}}

// spread is how the times of one class lie, with the median and the ninetieth percentile; of a handful, or of what took equally long, a picture
// says nothing.
func spread(x flows.Timing) []paper.Part {
	if len(x.All) < 5 {
		return nil
	}
	bins := make([]paper.Bin, len(spans))
	column := func(s int64) int {
		for i, span := range spans {
			if s <= span.most {
				return i
			}
		}
		return len(spans) - 1
	}
	for i, span := range spans {
		bins[i].Name = span.name
	}
	for _, s := range x.All {
		bins[column(s)].Count++
	}
	if bins[column(x.Max)].Count == len(x.All) {
		return nil
	}
	marks := []paper.Mark{{Name: "half", At: float64(column(x.P50) + 1)}, {Name: "90 %", At: float64(column(x.P90) + 1)}}
	return []paper.Part{paper.Figure{
		Drawing: paper.Histogram(bins, marks), Caption: x.Class.Say(texts.Language{}) + ": how long it took",
		Alt: "Half of " + fmt.Sprint(len(x.All)) + " within " + length(x.P50) + ", 90 per cent within " + length(x.P90) + ", the longest " + length(x.Max) + ".",
	}}
}

func lineParts(v flows.ReviewView, l flows.ReviewLine, loc *time.Location) []paper.Part {
	out := []paper.Part{paper.Heading{Level: 2, Text: about(v, l)}}
	t := paper.Table{Head: []string{"What", "Why"}, Widths: []float64{1, 4}}
	for _, m := range l.Marks {
		why := m.Why
		for _, s := range m.Said {
			why += " “" + s + "”"
		}
		t.Rows = append(t.Rows, []string{m.Rule.Say(texts.Language{}), why})
	}
	out = append(out, t)
	w, ok := v.Sheet.Word(l.Key)
	if !ok {
		return append(out, paper.Note{Tone: paper.Warn, Text: "Nobody has written on this yet."})
	}
	text := w.By.Name + ", " + stamp(w.At, loc) + ": “" + w.Text + "”"
	if w.Alone {
		text += " (had a part in it, and there was no other owner to ask)"
	}
	return append(out, paper.Note{Tone: paper.Accent, Text: text})
}

// about is what a line is headed with.
func about(v flows.ReviewView, l flows.ReviewLine) string {
	switch name := v.Names[l.Case]; {
	case l.Case == "":
		return "The work as a whole"
	case name == "":
		return string(l.Case) + " (the person's data were erased)"
	default:
		return string(l.Case) + " · " + name
	}
}

// ReviewBook is the review of a month as a spreadsheet.
func ReviewBook(v flows.ReviewView) ([]byte, error) {
	b, err := reviewBook(v).XLSX()
	if err != nil {
		return nil, fmt.Errorf("write review: %w", err)
	}
	return b, nil
}

func reviewBook(v flows.ReviewView) paper.Book {
	r := v.Review
	loc := r.Location()
	in := " (" + place(loc) + ")"
	moment := func(t time.Time) paper.Cell {
		if t.IsZero() {
			return paper.Cell{}
		}
		return paper.Moment(t.In(loc))
	}
	number := func(n int) paper.Cell { return paper.Number(float64(n)) }
	lines := paper.Sheet{Name: "Lines", Head: []string{"Case", "Person", "Event", "What", "When" + in, "Why", "What people wrote", "The owner's word", "By", "Written" + in, "No other owner"}}
	for _, l := range r.Lines {
		w, _ := v.Sheet.Word(l.Key)
		alone := ""
		if w.Alone {
			alone = "yes"
		}
		for _, m := range l.Marks {
			lines.Rows = append(lines.Rows, []paper.Cell{
				paper.Words(string(l.Case)), paper.Words(v.Names[l.Case]), paper.Words(string(l.Event)), paper.Words(m.Rule.Say(texts.Language{})), moment(m.At), paper.Words(m.Why),
				paper.Words(strings.Join(m.Said, "\n")), paper.Words(w.Text), paper.Words(w.By.Name), moment(w.At), paper.Words(alone),
			})
		}
	}
	events := paper.Sheet{Name: "Events", Head: []string{"Event", "Announced", "Finished", "Cancelled or refused", "Open at the end"}}
	for _, n := range r.Events {
		events.Rows = append(events.Rows, []paper.Cell{paper.Words(n.Kind.Many(texts.Language{})), number(n.Raised), number(n.Done), number(n.Stopped), number(n.Open)})
	}
	times := paper.Sheet{Name: "Times", Head: []string{"What", "How many", "On time", "Late", "On time or late, not kept apart", "Not done", "Overdue", "Median (seconds)", "90th percentile (seconds)", "Longest (seconds)"}}
	for _, x := range append(append([]flows.Timing{}, r.Times...), r.Waits...) {
		s := x.Shares()
		row := []paper.Cell{paper.Words(x.Class.Say(texts.Language{})), number(x.N), number(s.OnTime), number(s.Late), number(s.Either), number(s.NotDone), number(s.Overdue), {}, {}, {}}
		if len(x.All) > 0 { // of what nobody has done there is no time
			row[7], row[8], row[9] = paper.Number(float64(x.P50)), paper.Number(float64(x.P90)), paper.Number(float64(x.Max))
		}
		times.Rows = append(times.Rows, row)
	}
	signed := paper.Sheet{Name: "Signed", Head: []string{"By", "When" + in, "SHA-256 of what was signed", "No other owner"}}
	for _, g := range v.Sheet.Signed {
		if g.By.ID != v.Reader && g.Hash != v.Sheet.Review.Hash() {
			continue
		}
		only := ""
		if g.Only {
			only = "yes"
		}
		signed.Rows = append(signed.Rows, []paper.Cell{paper.Words(g.By.Name), moment(g.At), paper.Words(string(g.Hash)), paper.Words(only)})
	}
	return paper.Book{Sheets: []paper.Sheet{lines, events, times, signed}}
}

// length is a length of time in words.
func length(seconds int64) string {
	return flows.Span(texts.Language{}, time.Duration(max(seconds, 1))*time.Second)
}

// stamp is a moment as people at the place say it.
func stamp(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("Mon 2 January 2006, 15:04") + " (" + place(loc) + ")"
}

// place is the town in a zone's name.
func place(loc *time.Location) string {
	name := loc.String()
	return strings.ReplaceAll(name[strings.LastIndex(name, "/")+1:], "_", " ")
}
