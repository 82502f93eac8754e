package paper

import "slices"

// rowStyle is how a row of a table looks.
type rowStyle struct {
	size, lead, pad float64
	inset           float64 // of a cell's text from the cell's left edge
	bold            bool
	tones           []Tone // by column; the last one counts for the rest
	ground          Tone
	edge            Tone // the line below
}

func (s rowStyle) tone(i int) Tone {
	if len(s.tones) == 0 {
		return Ink
	}
	return s.tones[min(i, len(s.tones)-1)]
}

const (
	cellPad  = 4.0
	cellSize = 8.5
	cellLead = 11.5
)

// cells are a row's texts, broken into lines.
func (p *printer) cells(row []string, wide []float64, bold bool) [][]string {
	out := make([][]string, len(wide))
	for i := range out {
		out[i] = fonts().of(bold).wrap(p.print(at(row, i)), cellSize, wide[i]-2*cellPad)
	}
	return out
}

func (p *printer) tableHead(t Table, wide []float64) [][]string {
	head := p.cells(t.Head, wide, true)
	for i := range head { // a head of half a page leaves no room for what it is about
		head[i] = head[i][:min(len(head[i]), 6)]
	}
	return head
}

// tableOpening is the room of a table's head and its first row, or of the beginning of a long one.
func (p *printer) tableOpening(t Table) float64 {
	if t.columns() == 0 {
		return 0
	}
	wide, first := t.widths(p.wide()), 3*cellLead
	if len(t.Rows) > 0 {
		first = max(first, min(height(p.cells(t.Rows[0], wide, false), rowStyle{lead: cellLead, pad: cellPad}), (p.bottom()-marginTop)*0.4))
	}
	return height(p.tableHead(t, wide), rowStyle{lead: cellLead, pad: cellPad}) + first
}

// table writes a table. Its head comes again on each page, and a row longer than a page goes on on the next.
func (p *printer) table(t Table) {
	if t.columns() == 0 {
		return
	}
	wide := t.widths(p.wide())
	head := p.tableHead(t, wide)
	headStyle := rowStyle{size: cellSize, lead: cellLead, pad: cellPad, inset: cellPad, bold: true, ground: Soft, edge: Rule}
	repeat := func() {
		if len(t.Head) > 0 {
			p.row(head, wide, headStyle)
		}
	}
	p.need(p.tableOpening(t))
	repeat()
	p.onRepeat = repeat
	for _, r := range t.Rows {
		p.row(p.cells(r, wide, false), wide, rowStyle{size: cellSize, lead: cellLead, pad: cellPad, inset: cellPad, edge: Rule})
	}
	p.onRepeat = nil
	p.y += 8
}

func height(cells [][]string, st rowStyle) float64 {
	n := 0
	for _, c := range cells {
		n = max(n, len(c))
	}
	return float64(n)*st.lead + 2*st.pad
}

// row writes cells whose lines are broken already. One that fits a page stays on one.
func (p *printer) row(cells [][]string, wide []float64, st rowStyle) {
	if h := height(cells, st); h <= (p.bottom()-marginTop)*0.8 || p.room() < 4*st.lead {
		p.need(min(h, (p.bottom()-marginTop)*0.8))
	}
	cells = slices.Clone(cells) // a head comes again
	for {
		n := 0
		for _, c := range cells {
			n = max(n, len(c))
		}
		n = min(n, max(1, int((p.room()-2*st.pad)/st.lead)))
		tall := float64(n)*st.lead + 2*st.pad
		if st.ground != None {
			p.ground(marginSide, p.y, p.wide(), tall, st.ground)
		}
		x, more := marginSide, false
		for i, c := range cells {
			for j, l := range c[:min(n, len(c))] {
				p.write(x+st.inset, p.y+st.pad+float64(j)*st.lead+st.lead*0.5+st.size*0.36, l, st.size, st.bold, st.tone(i))
			}
			cells[i] = c[min(n, len(c)):]
			more = more || len(cells[i]) > 0
			x += wide[i]
		}
		p.y += tall
		if st.edge != None {
			p.rule(p.y, st.edge, 0.5)
		}
		if !more {
			return
		}
		p.page()
	}
}
