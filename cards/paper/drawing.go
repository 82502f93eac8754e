package paper

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// Drawing is a picture of shapes, drawn in their order. The unit is a pixel of a plain screen; y grows downwards.
type Drawing struct {
	W, H   float64
	Shapes []Shape
}

// Shape is one mark of a drawing: Box, Line, Arrow or Text.
type Shape interface{ shape() }

// Point is a place in a drawing.
type Point struct{ X, Y float64 }

// Box is a rectangle with a ground, an edge, or both. Edge is 1 wide.
type Box struct {
	X, Y, W, H, Radius float64
	Fill, Edge         Tone
	Dashed             bool
}

// Line goes from one place to another. A Width of 0 is 1.
type Line struct {
	From, To Point
	Width    float64
	Tone     Tone
	Dashed   bool
}

// Arrow goes through its points and has its head at the last.
type Arrow struct {
	Points []Point
	Width  float64
	Tone   Tone
	Dashed bool
}

// Text is one line of writing; Y is the line it stands on.
type Text struct {
	X, Y   float64
	Text   string
	Size   float64 // 0 is 12
	Bold   bool
	Tone   Tone // None is Ink
	Anchor Anchor
}

// Anchor says which end of a text stands at its place.
type Anchor int

// The anchors.
const (
	Start Anchor = iota
	Middle
	End
)

func (Box) shape()   {}
func (Line) shape()  {}
func (Arrow) shape() {}
func (Text) shape()  {}

// say is a text as it is written: on one line, with a size and a tone.
func (t Text) say() Text {
	t.Text = line(t.Text)
	if t.Size <= 0 {
		t.Size = 12
	}
	if t.Tone == None {
		t.Tone = Ink
	}
	return t
}

// thick is a width that can be seen.
func thick(w float64) float64 {
	if w <= 0 {
		return 1
	}
	return w
}

// head is the tip of an arrow: its point and the two ends of its base, and where the shaft ends. ok is false for an arrow that goes nowhere.
func (a Arrow) head() (tip [3]Point, shaft Point, ok bool) {
	n := len(a.Points)
	if n < 2 {
		return tip, shaft, false
	}
	from, to := a.Points[n-2], a.Points[n-1]
	long := math.Hypot(to.X-from.X, to.Y-from.Y)
	if long == 0 {
		return tip, shaft, false
	}
	ux, uy := (to.X-from.X)/long, (to.Y-from.Y)/long
	size := 5 + 2*thick(a.Width)
	shaft = Point{to.X - ux*size, to.Y - uy*size}
	return [3]Point{to, {shaft.X - uy*size/2, shaft.Y + ux*size/2}, {shaft.X + uy*size/2, shaft.Y - ux*size/2}}, shaft, true
}

// add puts shapes on top of those that are there.
func (d *Drawing) add(s ...Shape) { d.Shapes = append(d.Shapes, s...) }

// check refuses drawings of no size, and of a size that no screen has.
func (d Drawing) check() error {
	if !(d.W > 0 && d.H > 0 && d.W <= 20000 && d.H <= 20000) {
		return fmt.Errorf("draw %g by %g: no such size", d.W, d.H)
	}
	return nil
}

// SVG is the drawing as a file of its own, light and dark. alt says in words what it shows.
func (d Drawing) SVG(alt string) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	d.svg(&b, alt, "<style>"+colours(":root", "svg")+drawingStyle+"</style>\n<rect class=\"f-ground\" width=\"100%\" height=\"100%\"/>\n")
	return []byte(b.String()), nil
}

// svg writes the drawing; first comes what the file needs before the shapes.
func (d Drawing) svg(b *strings.Builder, alt, first string) {
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img"><title>%s</title>`+"\n",
		num(d.W), num(d.H), num(d.W), num(d.H), html.EscapeString(line(alt)))
	b.WriteString(first)
	for _, s := range d.Shapes {
		switch s := s.(type) {
		case Box:
			fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s"`, num(s.X), num(s.Y), num(max(0, s.W)), num(max(0, s.H)))
			if s.Radius > 0 {
				fmt.Fprintf(b, ` rx="%s"`, num(s.Radius))
			}
			fmt.Fprintf(b, ` class="f-%s s-%s%s"/>`+"\n", s.Fill.look().name, s.Edge.look().name, dashed(s.Dashed))
		case Line:
			fmt.Fprintf(b, `<path d="M%s %sL%s %s" class="s-%s%s" stroke-width="%s"/>`+"\n",
				num(s.From.X), num(s.From.Y), num(s.To.X), num(s.To.Y), s.Tone.look().name, dashed(s.Dashed), num(thick(s.Width)))
		case Arrow:
			tip, shaft, ok := s.head()
			if !ok {
				continue
			}
			b.WriteString(`<path d="`)
			for i, p := range s.Points {
				if i == len(s.Points)-1 {
					p = shaft
				}
				fmt.Fprintf(b, "%s%s %s", map[bool]string{true: "M", false: "L"}[i == 0], num(p.X), num(p.Y))
			}
			fmt.Fprintf(b, `" class="s-%s%s" stroke-width="%s"/>`, s.Tone.look().name, dashed(s.Dashed), num(thick(s.Width)))
			fmt.Fprintf(b, `<path d="M%s %sL%s %sL%s %sZ" class="f-%s"/>`+"\n",
				num(tip[0].X), num(tip[0].Y), num(tip[1].X), num(tip[1].Y), num(tip[2].X), num(tip[2].Y), s.Tone.look().name)
		case Text:
			s = s.say()
			anchor := [...]string{Start: "start", Middle: "middle", End: "end"}[min(max(s.Anchor, Start), End)]
			bold := ""
			if s.Bold {
				bold = ` font-weight="600"`
			}
			fmt.Fprintf(b, `<text x="%s" y="%s" font-size="%s" text-anchor="%s"%s class="f-%s">%s</text>`+"\n",
				num(s.X), num(s.Y), num(s.Size), anchor, bold, s.Tone.look().name, html.EscapeString(s.Text))
		}
	}
	b.WriteString("</svg>\n")
}

func dashed(yes bool) string {
	if yes {
		return " dashed"
	}
	return ""
}

// num writes a length with at most two places: as SVG reads it, the same on every machine.
func num(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "0"
	}
	return strconv.FormatFloat(math.Round(f*100)/100+0, 'f', -1, 64)
}
