package report

import (
	"fmt"

	"muster/cards/paper"
	"muster/flows"
)

// Sizes of the picture of a workflow.
const (
	laneWide   = 126.0
	boxWide    = 158.0
	boxGap     = 18.0 // between columns: arrows run there
	rowGap     = 12.0
	lanePad    = 12.0
	mostInRow  = 7 // boxes above each other before a column becomes wider
	titleSize  = 11.5
	titleLead  = 14.5
	smallSize  = 9.5
	smallLead  = 12.0
	headSize   = 11.0
	headLead   = 14.0
	boxPadding = 8.0
)

// placed is a box with its place.
type placed struct {
	flows.ProcessStep
	x, y, h      float64
	title, small []string
	column       int // of the picture, counting the further ones of wide columns
}

// laneRow is one lane of the picture.
type laneRow struct {
	lane  flows.Lane
	y, h  float64
	named []string
}

// ProcessDrawing is one workflow as swim lanes: who acts from top to bottom, when from left to right.
func ProcessDrawing(m flows.ProcessMap, f flows.ProcessFlow) paper.Drawing {
	wide := columnsWide(f)
	left := make([]float64, len(f.Columns)+1)
	left[0] = laneWide + boxGap
	heads, headRows := make([][]string, len(f.Columns)), 1
	for i := range f.Columns {
		w := float64(wide[i])*(boxWide+boxGap) - boxGap
		left[i+1] = left[i] + w + boxGap
		heads[i] = paper.Wrap(f.Columns[i], headSize, w, true)
		headRows = max(headRows, len(heads[i]))
	}
	d := paper.Drawing{W: left[len(f.Columns)]}
	top := float64(headRows)*headLead + 16
	rows, boxes := layOut(m, f, wide, left, top)
	d.H = top
	for i, r := range rows {
		ground := paper.Soft
		if i%2 == 1 {
			ground = paper.Ground
		}
		d.Shapes = append(d.Shapes, paper.Box{X: 0, Y: r.y, W: d.W, H: r.h, Fill: ground},
			paper.Text{X: 10, Y: r.y + lanePad + 11, Text: string(r.lane), Size: 13, Bold: true})
		for j, l := range r.named {
			d.Shapes = append(d.Shapes, paper.Text{X: 10, Y: r.y + lanePad + 27 + float64(j)*smallLead, Text: l, Size: smallSize, Tone: paper.Muted})
		}
		d.Shapes = append(d.Shapes, paper.Line{From: paper.Point{X: 0, Y: r.y}, To: paper.Point{X: d.W, Y: r.y}, Tone: paper.Rule})
		d.H = r.y + r.h
	}
	for i, lines := range heads {
		for j, l := range lines {
			d.Shapes = append(d.Shapes, paper.Text{X: left[i], Y: 14 + float64(j)*headLead, Text: l, Size: headSize, Bold: true, Tone: paper.Muted})
		}
		if i > 0 {
			x := left[i] - boxGap/2
			d.Shapes = append(d.Shapes, paper.Line{From: paper.Point{X: x, Y: 0}, To: paper.Point{X: x, Y: d.H}, Tone: paper.Rule, Dashed: true})
		}
	}
	d.Shapes = append(d.Shapes, paper.Line{From: paper.Point{X: 0, Y: d.H - 0.5}, To: paper.Point{X: d.W, Y: d.H - 0.5}, Tone: paper.Rule})
	d.Shapes = append(d.Shapes, arrows(boxes)...)
	for _, b := range boxes {
		d.Shapes = append(d.Shapes, b.shapes(m.Counted)...)
	}
	return d
}

// columnsWide is how many boxes each column is wide, so that no lane becomes too tall.
func columnsWide(f flows.ProcessFlow) []int {
	wide := make([]int, len(f.Columns))
	for i := range wide {
		wide[i] = 1
		for _, lane := range flows.Lanes() {
			n := 0
			for _, s := range f.Steps {
				if s.Column == i && s.Lane == lane {
					n++
				}
			}
			wide[i] = max(wide[i], (n+mostInRow-1)/mostInRow)
		}
	}
	return wide
}

// layOut places the boxes lane by lane. A lane where nobody acts is left out.
func layOut(m flows.ProcessMap, f flows.ProcessFlow, wide []int, left []float64, top float64) ([]laneRow, []placed) {
	var rows []laneRow
	var all []placed
	y := top
	for _, lane := range flows.Lanes() {
		tall := 0.0
		var here []placed
		for i := range f.Columns {
			var cell []placed
			for _, s := range f.Steps {
				if s.Column == i && s.Lane == lane {
					cell = append(cell, measured(s))
				}
			}
			each := (len(cell) + wide[i] - 1) / max(1, wide[i])
			down := 0.0
			for j := range cell {
				if each > 0 && j%each == 0 {
					down = 0
				}
				sub := 0
				if each > 0 {
					sub = j / each
				}
				cell[j].x, cell[j].y, cell[j].column = left[i]+float64(sub)*(boxWide+boxGap), y+lanePad+down, sub
				for _, w := range wide[:i] {
					cell[j].column += w
				}
				down += cell[j].h + rowGap
				tall = max(tall, down-rowGap)
			}
			here = append(here, cell...)
		}
		if len(here) == 0 {
			continue
		}
		r := laneRow{lane: lane, y: y, named: named(m, lane)}
		r.h = max(tall, 16+float64(len(r.named))*smallLead) + 2*lanePad
		rows, all = append(rows, r), append(all, here...)
		y += r.h
	}
	return rows, all
}

// measured is a box with its lines and height.
func measured(s flows.ProcessStep) placed {
	b := placed{ProcessStep: s, title: paper.Wrap(s.Title, titleSize, boxWide-2*boxPadding, s.Decides())}
	for _, text := range []string{s.Who, prefixed("Only: ", s.If)} {
		if text != "" {
			b.small = append(b.small, paper.Wrap(text, smallSize, boxWide-2*boxPadding, false)...)
		}
	}
	b.h = 2*boxPadding - 2 + float64(len(b.title))*titleLead + float64(len(b.small))*smallLead
	return b
}

func prefixed(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

// named are the people of a lane, as many as there is room for.
func named(m flows.ProcessMap, lane flows.Lane) []string {
	switch lane {
	case flows.LaneManager:
		return paper.Wrap("the person's own", smallSize, laneWide-20, false)
	case flows.LaneMuster:
		return paper.Wrap("by itself, read back", smallSize, laneWide-20, false)
	}
	var out []string
	who := m.Who[lane]
	for i, name := range who {
		if i == 3 && len(who) > 4 {
			return append(out, fmt.Sprintf("and %d more", len(who)-i))
		}
		out = append(out, paper.Wrap(name, smallSize, laneWide-20, false)...)
	}
	return out
}

// shapes draw one box.
func (b placed) shapes(counted bool) []paper.Shape {
	fill, edge := paper.Ground, paper.Rule
	switch {
	case b.Decides():
		fill, edge = paper.AccentSoft, paper.Accent
	case b.Lane == flows.LaneIT:
		fill, edge = paper.WarnSoft, paper.Warn
	case b.Lane != flows.LaneMuster:
		fill, edge = paper.AccentSoft, paper.Rule
	}
	out := []paper.Shape{paper.Box{X: b.x, Y: b.y, W: boxWide, H: b.h, Radius: 5, Fill: fill, Edge: edge}}
	y := b.y + boxPadding + 9
	for _, l := range b.title {
		out = append(out, paper.Text{X: b.x + boxPadding, Y: y, Text: l, Size: titleSize, Bold: b.Decides()})
		y += titleLead
	}
	for _, l := range b.small {
		out = append(out, paper.Text{X: b.x + boxPadding, Y: y - 2, Text: l, Size: smallSize, Tone: paper.Muted})
		y += smallLead
	}
	if counted && b.Now > 0 {
		text := fmt.Sprintf("%d here", b.Now)
		w := paper.Width(text, smallSize, true) + 12
		out = append(out, paper.Box{X: b.x + boxWide - w - 8, Y: b.y - 11, W: w, H: 15, Radius: 7.5, Fill: paper.Accent},
			paper.Text{X: b.x + boxWide - w/2 - 8, Y: b.y, Text: text, Size: smallSize, Bold: true, Tone: paper.Ground, Anchor: paper.Middle})
	}
	return out
}

// arrows join what decides with what it waits for, and what people do with what must be done before. They run in the gaps, and under boxes.
func arrows(boxes []placed) []paper.Shape {
	var out []paper.Shape
	for _, to := range boxes {
		for _, key := range to.After {
			for _, from := range boxes {
				if from.Key != key || !to.Decides() && from.Lane == to.Lane {
					continue
				}
				fy, ty := from.y+from.h/2, to.y+to.h/2
				a := paper.Arrow{Tone: paper.Muted, Width: 1.2}
				if from.column < to.column {
					x := to.x - boxGap/2
					a.Points = []paper.Point{{X: from.x + boxWide, Y: fy}, {X: x, Y: fy}, {X: x, Y: ty}, {X: to.x, Y: ty}}
				} else {
					x := min(from.x, to.x) - boxGap/2 + 3
					a.Points = []paper.Point{{X: from.x, Y: fy}, {X: x, Y: fy}, {X: x, Y: ty}, {X: to.x, Y: ty}}
				}
				out = append(out, a)
			}
		}
	}
	return out
}
