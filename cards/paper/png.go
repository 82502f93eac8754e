package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// largestPicture is how many pixels a PNG may have: some 160 MB of memory while it is made.
const largestPicture = 40 << 20

// PNG is the drawing in pixels, scale of them for each unit, on white: programs that show one have no dark side of it.
func (d Drawing) PNG(scale float64) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	w, h := int(math.Ceil(d.W*scale)), int(math.Ceil(d.H*scale))
	if w <= 0 || h <= 0 || w*h > largestPicture {
		return nil, fmt.Errorf("draw %d by %d pixels: no such size", w, h)
	}
	c := canvas{img: image.NewRGBA(image.Rect(0, 0, w, h)), scale: scale, faces: map[faceKey]font.Face{}}
	draw.Draw(c.img, c.img.Bounds(), image.White, image.Point{}, draw.Src)
	for _, s := range d.Shapes {
		if err := c.put(s); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, c.img); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}

// canvas is a picture that is being drawn.
type canvas struct {
	img   *image.RGBA
	scale float64
	faces map[faceKey]font.Face
}

type faceKey struct {
	size float64
	bold bool
}

func (c canvas) put(s Shape) error {
	switch s := s.(type) {
	case Box:
		outer := rounded(s.X, s.Y, s.W, s.H, s.Radius)
		if s.Fill != None {
			c.fill(s.Fill, outer)
		}
		if s.Edge == None {
			return nil
		}
		if s.Dashed {
			c.stroke(s.Edge, append(outer, outer[0]), 1, true)
			return nil
		}
		r := max(0, s.Radius-0.5)
		inner := rounded(s.X+0.5, s.Y+0.5, s.W-1, s.H-1, r)
		for i, j := 0, len(inner)-1; i < j; i, j = i+1, j-1 {
			inner[i], inner[j] = inner[j], inner[i] // the other way round: a hole
		}
		c.fill(s.Edge, rounded(s.X-0.5, s.Y-0.5, s.W+1, s.H+1, s.Radius+0.5), inner)
	case Line:
		c.stroke(s.Tone, []Point{s.From, s.To}, thick(s.Width), s.Dashed)
	case Arrow:
		tip, shaft, ok := s.head()
		if !ok {
			return nil
		}
		points := append([]Point(nil), s.Points...)
		points[len(points)-1] = shaft
		c.stroke(s.Tone, points, thick(s.Width), s.Dashed)
		c.fill(s.Tone, tip[:])
	case Text:
		return c.write(s.say())
	}
	return nil
}

// rounded is the outline of a box, its corners as short lines.
func rounded(x, y, w, h, r float64) []Point {
	r = max(0, min(r, w/2, h/2))
	if r == 0 {
		return []Point{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}
	}
	var p []Point
	for i, m := range []Point{{x + w - r, y + r}, {x + w - r, y + h - r}, {x + r, y + h - r}, {x + r, y + r}} {
		for step := range 9 {
			a := (float64(i)-1)*math.Pi/2 + float64(step)/8*math.Pi/2
			p = append(p, Point{m.X + r*math.Cos(a), m.Y + r*math.Sin(a)})
		}
	}
	return p
}

// fill paints the inside of outlines; one that runs the other way is a hole. Only the part of the picture that they touch is gone through.
func (c canvas) fill(t Tone, outlines ...[]Point) {
	low, high := Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, o := range outlines {
		for _, p := range o {
			low = Point{min(low.X, p.X*c.scale), min(low.Y, p.Y*c.scale)}
			high = Point{max(high.X, p.X*c.scale), max(high.Y, p.Y*c.scale)}
		}
	}
	whole := c.img.Bounds()
	edge := float64(max(whole.Dx(), whole.Dy()))
	low, high = Point{max(low.X, 0), max(low.Y, 0)}, Point{min(high.X, edge), min(high.Y, edge)}
	b := image.Rect(int(low.X), int(low.Y), int(math.Ceil(high.X)), int(math.Ceil(high.Y))).Intersect(whole)
	if !(low.X <= high.X && low.Y <= high.Y) || b.Empty() {
		return
	}
	z := vector.NewRasterizer(b.Dx(), b.Dy())
	for _, o := range outlines {
		for i, p := range o {
			x, y := float32(p.X*c.scale-float64(b.Min.X)), float32(p.Y*c.scale-float64(b.Min.Y))
			if i == 0 {
				z.MoveTo(x, y)
			} else {
				z.LineTo(x, y)
			}
		}
		z.ClosePath()
	}
	z.Draw(c.img, b, image.NewUniform(tint(t)), image.Point{})
}

// stroke draws along points, each stretch a thin box.
func (c canvas) stroke(t Tone, points []Point, width float64, dash bool) {
	var boxes [][]Point
	for i := 1; i < len(points); i++ {
		from, to := points[i-1], points[i]
		long := math.Hypot(to.X-from.X, to.Y-from.Y)
		if long == 0 {
			continue
		}
		ux, uy := (to.X-from.X)/long, (to.Y-from.Y)/long
		on, off := long, 0.0
		if dash {
			on, off = 4, 3
		}
		for at := 0.0; at < long; at += on + off {
			end := min(long, at+on)
			a, b := Point{from.X + ux*at, from.Y + uy*at}, Point{from.X + ux*end, from.Y + uy*end}
			if !dash { // corners close
				a, b = Point{a.X - ux*width/2, a.Y - uy*width/2}, Point{b.X + ux*width/2, b.Y + uy*width/2}
			}
			nx, ny := -uy*width/2, ux*width/2
			boxes = append(boxes, []Point{{a.X + nx, a.Y + ny}, {b.X + nx, b.Y + ny}, {b.X - nx, b.Y - ny}, {a.X - nx, a.Y - ny}})
		}
	}
	if len(boxes) > 0 {
		c.fill(t, boxes...)
	}
}

// write puts one line of text.
func (c canvas) write(t Text) error {
	text, _ := printable(t.Text)
	key := faceKey{t.Size, t.Bold}
	f, ok := c.faces[key]
	if !ok {
		var err error
		if f, err = opentype.NewFace(fonts().of(t.Bold).font, &opentype.FaceOptions{Size: t.Size * c.scale, DPI: 72}); err != nil {
			return fmt.Errorf("open a font of size %g: %w", t.Size, err)
		}
		c.faces[key] = f
	}
	x := t.X
	switch wide := fonts().of(t.Bold).measure(text, t.Size); t.Anchor {
	case Middle:
		x -= wide / 2
	case End:
		x -= wide
	}
	pen := font.Drawer{Dst: c.img, Src: image.NewUniform(tint(t.Tone)), Face: f, Dot: fixed.Point26_6{X: dot(x * c.scale), Y: dot(t.Y * c.scale)}}
	pen.DrawString(text)
	return nil
}

func dot(f float64) fixed.Int26_6 { return fixed.Int26_6(math.Round(f * 64)) }

func tint(t Tone) color.Color {
	r, g, b := t.rgb()
	return color.RGBA{uint8(r), uint8(g), uint8(b), 0xff}
}
