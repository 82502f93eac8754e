package paper

import "fmt"

// style is how a block of lines looks.
type style struct {
	size, lead float64
	bold       bool
	tone       Tone
	x, w       float64 // from the left margin; w 0 is to the right one
	ground     Tone    // None is none
	bar        Tone    // a bar at the left edge of the ground
}

func body() style { return style{size: bodySize, lead: bodyLead, tone: Ink} }

// part writes a part; next are those that follow it.
func (p *printer) part(part Part, next []Part) error {
	switch t := part.(type) {
	case Heading:
		p.heading(t, next)
	case Para:
		p.lines(t.Text, body())
		p.y += 5
	case Facts:
		p.facts(t)
	case Table:
		p.table(t)
	case Note:
		p.note(t)
	case Talk:
		p.talk(t)
	case Figure:
		return p.figure(t)
	case Break:
		if p.y > marginTop {
			p.page()
		}
	default:
		return fmt.Errorf("%T is no part of a document", part)
	}
	return nil
}

// lines writes a text, over as many pages as it takes.
func (p *printer) lines(s string, st style) {
	if s != "" {
		p.block(fonts().of(st.bold).wrap(p.print(s), st.size, p.inner(st)), st)
	}
}

func (p *printer) inner(st style) float64 {
	if st.w > 0 {
		return st.w
	}
	return p.wide() - st.x
}

// block writes lines that are broken already. A ground is drawn under those of each page.
func (p *printer) block(lines []string, st style) {
	pad := 0.0
	if st.ground != None {
		pad = 6
	}
	for len(lines) > 0 {
		p.need(st.lead + 2*pad)
		n := min(len(lines), max(1, int((p.room()-2*pad)/st.lead)))
		tall := float64(n)*st.lead + 2*pad
		x := marginSide + st.x
		if st.ground != None {
			p.ground(x-9, p.y, p.inner(st)+18, tall, st.ground)
			if st.bar != None {
				p.ground(x-9, p.y, 3, tall, st.bar)
			}
		}
		for i, l := range lines[:n] {
			p.write(x, p.y+pad+float64(i)*st.lead+st.lead*0.5+st.size*0.36, l, st.size, st.bold, st.tone)
		}
		p.y += tall
		lines = lines[n:]
	}
}

// as is how a heading looks, and how much space is above it.
func (h Heading) as() (st style, above float64) {
	level := min(max(h.Level, 1), 3)
	st = [...]style{{size: 14, lead: 18}, {size: 11, lead: 15}, {size: bodySize, lead: bodyLead}}[level-1]
	st.bold, st.tone = true, Ink
	if level == 3 {
		st.tone = Muted
	}
	return st, [...]float64{16, 10, 7}[level-1]
}

// opening is how much room the beginning of some parts takes: a heading is never alone at the end of a page.
func (p *printer) opening(parts []Part) float64 {
	if len(parts) == 0 {
		return 0
	}
	switch t := parts[0].(type) {
	case Heading:
		st, above := t.as()
		return above + st.lead + 4 + p.opening(parts[1:])
	case Table:
		return p.tableOpening(t)
	case Figure:
		_, room := p.figureRoom(t)
		return room
	}
	return 4 * bodyLead
}

func (p *printer) heading(h Heading, next []Part) {
	st, above := h.as()
	p.need(above + st.lead + 4 + max(4*bodyLead, p.opening(next)))
	if p.y > marginTop {
		p.y += above
	}
	p.f.SetFont("go", "B", st.size) // the bookmark's writing is that of the font
	if title := p.print(line(h.Text)); title != "" {
		p.depth = min(min(max(h.Level, 1), 3)-1, p.depth+1)
		p.f.Bookmark(title, p.depth, p.y)
	}
	p.lines(h.Text, st)
	p.y += 4
}

func (p *printer) facts(t Facts) {
	const names = 128
	for _, f := range t.Facts {
		if f.Value == "" {
			continue
		}
		p.row([][]string{
			fonts().regular.wrap(p.print(f.Name), bodySize, names-8),
			fonts().regular.wrap(p.print(f.Value), bodySize, p.wide()-names),
		}, []float64{names, p.wide() - names}, rowStyle{size: bodySize, lead: bodyLead, tones: []Tone{Muted, Ink}, pad: 2, edge: Soft})
	}
	p.y += 6
}

func (p *printer) note(n Note) {
	st := style{size: bodySize, lead: bodyLead, tone: Ink, x: 12, ground: n.Tone.soft(), bar: Rule}
	st.w = p.wide() - 21
	if n.Tone.soft() != Soft {
		st.bar = n.Tone
	}
	p.y += 3
	p.lines(n.Text, st)
	p.y += 7
}

func (p *printer) talk(t Talk) {
	for _, s := range t.Said {
		st := style{size: bodySize, lead: bodyLead, tone: Ink, w: p.wide()*0.82 - 18, x: 9, ground: Soft}
		if !s.Bot {
			st.x, st.ground = p.wide()*0.18+9, AccentSoft
		}
		p.need(smallLead + bodyLead + 14)
		who := style{size: smallSize, lead: smallLead, tone: Muted, x: st.x - 9, w: st.w + 18}
		p.lines(line(s.Who)+" · "+line(s.At), who)
		p.y++
		p.lines(s.Text, st)
		p.y += 7
	}
}

// figureRoom is how large a figure is drawn, so that it fits a page, and how much room it takes with its words.
func (p *printer) figureRoom(fig Figure) (scale, room float64) {
	words := 0.0
	for _, s := range []string{fig.Caption, fig.Alt} {
		if s != "" {
			words += float64(len(fonts().regular.wrap(p.print(s), smallSize, p.wide()))) * smallLead
		}
	}
	scale = min(0.75, p.wide()/fig.W) // a pixel of a plain screen is three quarters of a point
	if most := p.bottom() - marginTop - min(words, 120) - 12; fig.H*scale > most {
		scale = most / fig.H
	}
	return scale, fig.H*scale + min(words, 120) + 10
}

func (p *printer) figure(fig Figure) error {
	if err := fig.check(); err != nil {
		return err
	}
	caption := style{size: smallSize, lead: smallLead, tone: Muted}
	scale, room := p.figureRoom(fig)
	p.need(room)
	p.draw(fig.Drawing, marginSide, p.y, scale)
	p.y += fig.H*scale + 6
	if fig.Caption != "" {
		p.lines(fig.Caption, caption)
	}
	if fig.Alt != "" && fig.Alt != fig.Caption {
		p.lines(fig.Alt, caption)
	}
	p.y += 8
	return nil
}

// draw puts a drawing's shapes on the page, each as itself and none as a picture.
func (p *printer) draw(d Drawing, x, y, k float64) {
	f := p.f
	dash := func(yes bool) {
		if yes {
			f.SetDashPattern([]float64{4 * k, 3 * k}, 0)
		} else {
			f.SetDashPattern(nil, 0)
		}
	}
	path := func(points []Point, width float64, t Tone, dashes bool) {
		f.SetDrawColor(t.rgb())
		f.SetLineWidth(width * k)
		dash(dashes)
		for i, pt := range points {
			if i == 0 {
				f.MoveTo(x+pt.X*k, y+pt.Y*k)
			} else {
				f.LineTo(x+pt.X*k, y+pt.Y*k)
			}
		}
		f.DrawPath("D")
	}
	for _, s := range d.Shapes {
		switch s := s.(type) {
		case Box:
			mode := ""
			if s.Fill != None {
				f.SetFillColor(s.Fill.rgb())
				mode += "F"
			}
			if s.Edge != None {
				f.SetDrawColor(s.Edge.rgb())
				f.SetLineWidth(k)
				mode += "D"
			}
			dash(s.Dashed)
			if mode == "" || s.W <= 0 || s.H <= 0 {
				continue
			}
			if r := min(s.Radius, s.W/2, s.H/2); r > 0 {
				f.RoundedRect(x+s.X*k, y+s.Y*k, s.W*k, s.H*k, r*k, "1234", mode)
			} else {
				f.Rect(x+s.X*k, y+s.Y*k, s.W*k, s.H*k, mode)
			}
		case Line:
			path([]Point{s.From, s.To}, thick(s.Width), s.Tone, s.Dashed)
		case Arrow:
			tip, shaft, ok := s.head()
			if !ok {
				continue
			}
			points := append([]Point(nil), s.Points...)
			points[len(points)-1] = shaft
			path(points, thick(s.Width), s.Tone, s.Dashed)
			f.SetFillColor(s.Tone.rgb())
			dash(false)
			f.MoveTo(x+tip[0].X*k, y+tip[0].Y*k)
			f.LineTo(x+tip[1].X*k, y+tip[1].Y*k)
			f.LineTo(x+tip[2].X*k, y+tip[2].Y*k)
			f.ClosePath()
			f.DrawPath("F")
		case Text:
			s = s.say()
			shown := p.print(s.Text)
			left := s.X
			switch wide := fonts().of(s.Bold).measure(shown, s.Size); s.Anchor {
			case Middle:
				left -= wide / 2
			case End:
				left -= wide
			}
			p.write(x+left*k, y+s.Y*k, shown, s.Size*k, s.Bold, s.Tone)
		}
	}
	dash(false)
}
