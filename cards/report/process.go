package report

import (
	"fmt"
	"strings"
	"time"

	"muster/cards/paper"
	"muster/flows"
)

// Process draws the process map in the format that was asked for.
func Process(v flows.ProcessView) ([]byte, error) { return ProcessFile(v.Map, v.Flow, v.As) }

// ProcessFile draws all workflows, or the one of that name, as pdf, html, svg or png. A picture is of one workflow.
func ProcessFile(m flows.ProcessMap, name, as string) ([]byte, error) {
	if name != "" {
		f, ok := m.Flow(name)
		if !ok {
			return nil, fmt.Errorf("draw workflow %s: there is none", name)
		}
		m.Flows = []flows.ProcessFlow{f}
	}
	switch {
	case as == "pdf":
		return ProcessDocument(m).PDF()
	case as == "html":
		return ProcessDocument(m).HTML()
	case len(m.Flows) == 1 && as == "svg":
		return ProcessDrawing(m, m.Flows[0]).SVG("The workflow: " + m.Flows[0].Title + ".")
	case len(m.Flows) == 1 && as == "png":
		return ProcessDrawing(m, m.Flows[0]).PNG(2)
	}
	return nil, fmt.Errorf("draw %d workflows as %q: a pdf or html shows all, an svg or png one", len(m.Flows), as)
}

// ProcessDocument is the process as something to print and file: each workflow as a picture and in words.
func ProcessDocument(m flows.ProcessMap) paper.Document {
	loc := m.Zone
	if loc == nil {
		loc = time.UTC
	}
	d := paper.Document{
		Title: "How people join, move and leave at " + m.Organisation,
		Sub:   "Who does what and when, as the policy has it" + map[bool]string{true: ", and where the open cases are", false: ""}[m.Counted],
		Made:  "Drawn by Muster on " + m.At.In(loc).Format("Mon 2 January 2006, 15:04") + " (" + place(loc) + ") from the policy " + short(m.Policy) + ".",
		At:    m.At, Wide: true, Foot: m.Organisation + " · process map · policy " + short(m.Policy),
	}
	d.Parts = append(d.Parts, paper.Facts{Facts: []paper.Fact{
		{Name: "HR", Value: people(m.Who[flows.LaneHR])},
		{Name: "Manager", Value: "each person's own; of somebody who moves, the one before and the one after"},
		{Name: "Approver", Value: people(m.Who[flows.LaneApprover])},
		{Name: "IT", Value: people(m.Who[flows.LaneIT])},
		{Name: "Answers for it", Value: people(m.Owners)},
	}})
	if m.Others > 0 {
		d.Parts = append(d.Parts, paper.Para{Text: fmt.Sprintf("%s here: corrections of access and deletions follow no workflow.", counted(m.Others, "open case is not shown", "open cases are not shown"))})
	}
	for i, f := range m.Flows {
		if i > 0 {
			d.Parts = append(d.Parts, paper.Break{})
		}
		d.Parts = append(d.Parts, paper.Heading{Level: 1, Text: f.Title})
		if m.Counted {
			say := counted(f.Open, "case is open.", "cases are open.")
			if f.Else > 0 {
				say += " Some of what they wait for belongs to no step shown, such as a question or a change of date."
			}
			d.Parts = append(d.Parts, paper.Para{Text: say})
		}
		d.Parts = append(d.Parts, paper.Figure{Drawing: ProcessDrawing(m, f), Alt: "The table says the same in words."}, processTable(m, f))
	}
	return d
}

// processTable is one workflow in words.
func processTable(m flows.ProcessMap, f flows.ProcessFlow) paper.Table {
	t := paper.Table{Head: []string{"When", "Who", "What", "After", "If it fails, or nobody answers"}, Widths: []float64{15, 11, 36, 19, 19}}
	if m.Counted {
		t.Head, t.Widths = append(t.Head, "Here now"), append(t.Widths, 7)
	}
	for column, when := range f.Columns {
		for _, s := range f.Steps {
			if s.Column != column {
				continue
			}
			who := string(s.Lane)
			if s.Who != "" {
				who += ", " + s.Who
			}
			what := s.Title + ". " + s.Does
			if s.If != "" {
				what += " Only for: " + s.If + "."
			}
			var after []string
			for _, key := range s.After {
				if b, ok := f.Step(key); ok {
					after = append(after, b.Title)
				}
			}
			row := []string{when, who, what, strings.Join(after, "; "), s.Fails}
			if m.Counted {
				row = append(row, fmt.Sprint(s.Now))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// people are names in one line.
func people(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

// counted is a number with its words.
func counted(n int, one, more string) string {
	switch n {
	case 0:
		return "No " + more
	case 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// short is enough of a hash to tell it from others.
func short(hash string) string {
	if len(hash) > 12 {
		return hash[:12]
	}
	if hash == "" {
		return "without a hash"
	}
	return hash
}
