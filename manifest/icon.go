package manifest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

// The mark is a rank of three people and the tick of a roll call that found them there. The outline, a sixth of the size, is the same in one
// colour: figures drawn as lines run together at 32 pixels.

// The sizes that Teams wants.
const (
	colorSize   = 192
	outlineSize = 32
)

// point is a place on an icon, in pixels from its top left corner.
type point struct{ x, y float64 }

// shape says how far a point is from an edge: negative inside, positive outside. Distances make soft edges and gaps easy.
type shape func(point) float64

func everywhere(point) float64 { return math.Inf(-1) }

func disc(c point, r float64) shape {
	return func(p point) float64 { return math.Hypot(p.x-c.x, p.y-c.y) - r }
}

// bust is shoulders and chest: a box whose upper corners are round, on a flat foot.
func bust(left, top, right, bottom, r float64) shape {
	middle, half := (left+right)/2, (right-left)/2
	return func(p point) float64 {
		x := math.Abs(p.x-middle) - half
		if x > -r && p.y < top+r {
			return math.Hypot(x+r, p.y-top-r) - r
		}
		return max(x, top-p.y, p.y-bottom)
	}
}

// stroke is a line through points, with round ends and corners.
func stroke(w float64, through ...point) shape {
	return func(p point) float64 {
		d := math.Inf(1)
		for i := range through[1:] {
			a, b := through[i], through[i+1]
			dx, dy := b.x-a.x, b.y-a.y
			t := ((p.x-a.x)*dx + (p.y-a.y)*dy) / (dx*dx + dy*dy)
			t = max(0, min(1, t))
			d = min(d, math.Hypot(p.x-a.x-t*dx, p.y-a.y-t*dy))
		}
		return d - w/2
	}
}

func union(shapes ...shape) shape {
	return func(p point) float64 {
		d := math.Inf(1)
		for _, s := range shapes {
			d = min(d, s(p))
		}
		return d
	}
}

// without is a with b cut out, and a gap around the cut.
func without(a, b shape, gap float64) shape {
	return func(p point) float64 { return max(a(p), gap-b(p)) }
}

// paint lays a colour over what is inside a shape.
func paint(img *image.NRGBA, s shape, c color.NRGBA) {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			over(img, x, y, c, covered(s, x, y))
		}
	}
}

// covered is how much of a pixel is inside a shape, from 0 to 1.
func covered(s shape, x, y int) float64 {
	switch d := s(point{float64(x) + 0.5, float64(y) + 0.5}); { // most pixels are far from every edge
	case d > 1:
		return 0
	case d < -1:
		return 1
	}
	const n = 4 // samples along each side, each soft by itself
	sum := 0.0
	for i := range n {
		for j := range n {
			d := s(point{float64(x) + (float64(i)+0.5)/n, float64(y) + (float64(j)+0.5)/n})
			sum += max(0, min(1, 0.5-d*n))
		}
	}
	return sum / (n * n)
}

// over lays c on a pixel, as much as is covered. A clear pixel takes c's own colour, so that the soft edges of the outline stay pure white.
func over(img *image.NRGBA, x, y int, c color.NRGBA, cover float64) {
	under := img.NRGBAAt(x, y)
	top, bottom := cover*float64(c.A)/0xff, float64(under.A)/0xff
	alpha := top + bottom*(1-top)
	share := 1.0 // of c in the colour
	if alpha > 0 {
		share = top / alpha
	}
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	img.SetNRGBA(x, y, color.NRGBA{mix(under.R, c.R), mix(under.G, c.G), mix(under.B, c.B), uint8(math.Round(alpha * 0xff))})
}

func drawColor() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, colorSize, colorSize))
	person := func(x float64) shape {
		return union(disc(point{x, 61}, 12.5), bust(x-14, 79, x+14, 132, 13))
	}
	rank, badge := union(person(62), person(96), person(130)), disc(point{124, 124}, 20)
	background, white, amber := color.NRGBA{0x0b, 0x5a, 0x5e, 0xff}, color.NRGBA{0xff, 0xff, 0xff, 0xff}, color.NRGBA{0xff, 0xc2, 0x4b, 0xff}
	paint(img, everywhere, background)
	paint(img, without(rank, badge, 5), white)
	paint(img, badge, amber)
	paint(img, stroke(5.5, point{115, 124.5}, point{121.5, 131}, point{133.5, 117.5}), background)
	return img
}

func drawOutline() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, outlineSize, outlineSize))
	person := func(left, right float64) shape { // on whole pixels, with two between them
		return union(disc(point{(left + right) / 2, 4}, 4), bust(left, 10, right, 29, 4.5))
	}
	rank, badge := union(person(0, 9), person(11, 21), person(23, 32)), disc(point{24.5, 24.5}, 7.5)
	tick := stroke(2, point{21, 24.7}, point{23.6, 27.3}, point{28.2, 22.2})
	paint(img, union(without(rank, badge, 2), without(badge, tick, 0)), color.NRGBA{0xff, 0xff, 0xff, 0xff})
	return img
}

func encodeIcon(img *image.NRGBA) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode icon: %w", err)
	}
	return b.Bytes(), nil
}
