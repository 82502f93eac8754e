package manifest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"
)

// icon is an icon as a reader of the package sees it.
func icon(t *testing.T, name string) image.Image {
	t.Helper()
	files, _ := build(t, larkfield())
	img, err := png.Decode(bytes.NewReader(files[name]))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func at(img image.Image, x, y int) color.NRGBA {
	return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
}

// Teams cuts the corners of the colour icon in its own way, so that the square is full to the edge and the mark is in the middle.
func TestColorIcon(t *testing.T) {
	img := icon(t, "color.png")
	if img.Bounds() != image.Rect(0, 0, 192, 192) {
		t.Fatalf("it is %v", img.Bounds())
	}
	var background color.NRGBA
	background.A = 0xff
	if _, err := fmt.Sscanf(read(t, larkfield()).AccentColor, "#%02X%02X%02X", &background.R, &background.G, &background.B); err != nil {
		t.Fatal(err)
	}
	middle := image.Rect(48, 48, 144, 144)
	var mark image.Rectangle
	counts := map[color.NRGBA]int{}
	for y := range 192 {
		for x := range 192 {
			c := at(img, x, y)
			counts[c]++
			if c != background {
				mark = mark.Union(image.Rect(x, y, x+1, y+1))
			}
			if c.A != 0xff {
				t.Fatalf("%d,%d is not solid", x, y)
			}
		}
	}
	if mark != middle {
		t.Errorf("the mark fills %v, not %v", mark, middle)
	}
	white, amber := color.NRGBA{0xff, 0xff, 0xff, 0xff}, color.NRGBA{0xff, 0xc2, 0x4b, 0xff}
	if counts[white] < 3000 || counts[amber] < 700 {
		t.Errorf("%d pixels of people, %d of the badge", counts[white], counts[amber])
	}
	if soft := 192*192 - counts[background] - counts[white] - counts[amber]; soft < 200 || soft > 900 {
		t.Errorf("%d pixels of soft edges", soft)
	}
	for name, tt := range map[string]struct {
		x, y int
		want color.NRGBA
	}{
		"first head": {62, 61, white}, "second head": {96, 61, white}, "third head": {130, 61, white},
		"between heads": {79, 61, background}, "first chest": {62, 110, white}, "second chest": {90, 110, white},
		"badge": {124, 110, amber}, "tick": {121, 130, background}, "gap around the badge": {124, 101, background},
	} {
		if got := at(img, tt.x, tt.y); got != tt.want {
			t.Errorf("%s is %v, not %v", name, got, tt.want)
		}
	}
	if contrast := ratio(white, background); contrast < 4.5 {
		t.Errorf("white on the background has a contrast of %.1f", contrast)
	}
	if contrast := ratio(amber, background); contrast < 3 {
		t.Errorf("the badge on the background has a contrast of %.1f", contrast)
	}
}

// The outline is shown in other colours by way of its transparency, so that every pixel is white however thin.
func TestOutlineIcon(t *testing.T) {
	img := icon(t, "outline.png")
	if img.Bounds() != image.Rect(0, 0, 32, 32) {
		t.Fatalf("it is %v", img.Bounds())
	}
	var mark image.Rectangle
	clear, solid := 0, 0
	for y := range 32 {
		for x := range 32 {
			c := at(img, x, y)
			switch c.A {
			case 0:
				clear++
				continue
			case 0xff:
				solid++
			}
			if c.R != 0xff || c.G != 0xff || c.B != 0xff {
				t.Fatalf("%d,%d is %v", x, y, c)
			}
			mark = mark.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	if mark != img.Bounds() {
		t.Errorf("there is padding: the mark fills %v", mark)
	}
	if soft := 32*32 - clear - solid; clear < 250 || solid < 400 || soft < 50 {
		t.Errorf("%d clear, %d solid, %d soft pixels", clear, solid, soft)
	}
	for name, tt := range map[string]struct {
		x, y int
		want uint8
	}{
		"first head": {4, 4, 0xff}, "second head": {15, 4, 0xff}, "third head": {27, 4, 0xff}, "below the heads": {4, 9, 0},
		"between people": {10, 20, 0}, "first chest": {4, 20, 0xff}, "badge": {24, 19, 0xff},
	} {
		if got := at(img, tt.x, tt.y).A; got != tt.want {
			t.Errorf("%s has alpha %d, not %d", name, got, tt.want)
		}
	}
	if a := at(img, 23, 27).A; a > 0x40 {
		t.Errorf("the tick cannot be seen: alpha %d", a)
	}
}

// ratio is the contrast of two colours as WCAG counts it, from 1 to 21.
func ratio(a, b color.NRGBA) float64 {
	light := func(c color.NRGBA) float64 {
		linear := func(v uint8) float64 {
			f := float64(v) / 0xff
			if f <= 0.04045 {
				return f / 12.92
			}
			return math.Pow((f+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
