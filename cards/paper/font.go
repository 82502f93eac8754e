package paper

import (
	"fmt"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// face is one font with the widths of its signs. It is never changed once it is read.
type face struct {
	font  *sfnt.Font
	width []float64 // by sign, in parts of the size; 0 is a sign that the font lacks
}

// faces are the two fonts that everything is written in.
type faces struct{ regular, bold face }

// fonts are read once: they are part of the program.
var fonts = sync.OnceValue(func() faces { return faces{open(goregular.TTF), open(gobold.TTF)} })

// open reads a font that is part of the program: that it reads well is proved by every test.
func open(ttf []byte) face {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic(fmt.Sprintf("read a font of the program: %v", err))
	}
	var buf sfnt.Buffer
	em := fixed.I(1000)
	o := face{font: f, width: make([]float64, 0x10000)}
	for r := range rune(0x10000) {
		i, err := f.GlyphIndex(&buf, r)
		if err != nil || i == 0 {
			continue
		}
		if w, err := f.GlyphAdvance(&buf, i, em, font.HintingNone); err == nil {
			o.width[r] = float64(w) / 64 / 1000
		}
	}
	return o
}

func (f faces) of(bold bool) face {
	if bold {
		return f.bold
	}
	return f.regular
}

// measure is the width of a line in the unit of size.
func (f face) measure(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		if int(r) < len(f.width) {
			w += f.width[r]
		}
	}
	return w * size
}

// Width is how wide a drawing shows a text, in the unit of size.
func Width(s string, size float64, bold bool) float64 {
	s, _ = printable(line(s))
	return fonts().of(bold).measure(s, size)
}

// Wrap breaks a text into lines of at most width for a drawing, at spaces where it can and inside a word where it must.
func Wrap(s string, size, width float64, bold bool) []string {
	s, _ = printable(s)
	return fonts().of(bold).wrap(s, size, width)
}

// wrap breaks a printable text. There is always a line, and each takes at least one sign, however narrow the width.
func (f face) wrap(s string, size, width float64) []string {
	var lines []string
	for para := range strings.SplitSeq(s, "\n") {
		now, wide := "", 0.0
		for word := range strings.FieldsSeq(para) {
			w, gap := f.measure(word, size), 0.0
			if now != "" {
				gap = f.width[' '] * size
			}
			if wide+gap+w <= width {
				if now != "" {
					now += " "
				}
				now, wide = now+word, wide+gap+w
				continue
			}
			if now != "" {
				lines = append(lines, now)
			}
			for w > width {
				head, rest := f.split(word, size, width)
				if rest == "" {
					break
				}
				lines = append(lines, head)
				word, w = rest, f.measure(rest, size)
			}
			now, wide = word, w
		}
		lines = append(lines, now)
	}
	return lines
}

// split takes from a long word what fits, after a sign that parts its pieces if there is one late enough.
func (f face) split(word string, size, width float64) (head, rest string) {
	wide, cut, soft := 0.0, 0, 0
	for i, r := range word {
		if wide += f.width[r] * size; wide > width && i > 0 {
			break
		}
		cut = i + len(string(r))
		if strings.ContainsRune("-/._@\\,;:", r) {
			soft = cut
		}
	}
	if soft > cut/2 {
		cut = soft
	}
	return word[:cut], word[cut:]
}
