package paper

import (
	"bytes"
	"compress/zlib"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/font/sfnt"
)

var update = flag.Bool("update", false, "write the golden files anew; read the difference before committing it")

// golden compares with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-file +now):\n%s", name, diff)
	}
}

func TestGolden(t *testing.T) {
	html, err := exampleDocument().HTML()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "example.html", html)
	svg, err := exampleDrawing().SVG("HR confirms, then the manager approves and signs.")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "example.svg", svg)
}

// TestSame: the same input gives the same bytes, or no hash could name a file.
func TestSame(t *testing.T) {
	for name, draw := range map[string]func() ([]byte, error){
		"html": exampleDocument().HTML,
		"pdf":  exampleDocument().PDF,
		"svg":  func() ([]byte, error) { return exampleDrawing().SVG("x") },
		"png":  func() ([]byte, error) { return exampleDrawing().PNG(2) },
		"xlsx": exampleBook().XLSX,
	} {
		first, err := draw()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range 3 {
			again, err := draw()
			if err != nil || !bytes.Equal(first, again) {
				t.Fatalf("%s: other bytes for the same input (%v)", name, err)
			}
		}
	}
}

// scripts, handlers and addresses that a file which only shows must not hold.
var forbidden = regexp.MustCompile(`(?i)<script|<img|<iframe|<link|<base|src=|url\(|@import|javascript:`)

func TestHTMLHarmless(t *testing.T) {
	for _, d := range []Document{exampleDocument(), nastyDocument(nasty)} {
		b, err := d.HTML()
		if err != nil {
			t.Fatal(err)
		}
		unescaped := regexp.MustCompile(`>[^<]*<`).ReplaceAll(b, []byte("><")) // what is left is tags
		tags := regexp.MustCompile(`"[^"]*"`).ReplaceAll(unescaped, []byte(`""`))
		if bad := forbidden.Find(tags); bad != nil {
			t.Errorf("the file holds %q", bad)
		}
		if i := bytes.IndexFunc(b, sly); i >= 0 {
			t.Errorf("a hidden sign was let through near %q", b[max(0, i-20):i+10])
		}
	}
	b, err := nastyDocument(nasty).HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", "safe[U+202E]gpj.exe[U+2066][U+2069]", "张伟", "مريم", "👩\u200d👩\u200d👧"} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("%q is not to be read in the file", want)
		}
	}
}

// written is all text of a PDF made here, page by page: its streams unpacked, its strings read as the two-byte signs that they are.
func written(t *testing.T, pdf []byte) []string {
	t.Helper()
	var pages []string
	for _, s := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(pdf, -1) {
		z, err := zlib.NewReader(bytes.NewReader(s[1]))
		if err != nil {
			continue // a font
		}
		b, err := io.ReadAll(z)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatal(err)
		}
		if !bytes.Contains(b, []byte("BT ")) {
			continue
		}
		var page strings.Builder
		for _, m := range regexp.MustCompile(`(?s)BT [-0-9.]+ [-0-9.]+ Td \((.*?)\) Tj ET`).FindAllSubmatch(b, -1) {
			raw := regexp.MustCompile(`(?s)\\(.)`).ReplaceAllFunc(m[1], func(e []byte) []byte {
				if e[1] == 'r' {
					return []byte{'\r'}
				}
				return e[1:]
			})
			var units []uint16
			for i := 0; i+1 < len(raw); i += 2 {
				units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
			}
			page.WriteString(string(utf16.Decode(units)) + "\n")
		}
		pages = append(pages, page.String())
	}
	return pages
}

func TestPDF(t *testing.T) {
	b, err := exampleDocument().PDF()
	if err != nil {
		t.Fatal(err)
	}
	pages := written(t, b)
	if len(pages) < 4 {
		t.Fatalf("%d pages were read", len(pages))
	}
	for i, p := range pages {
		if want := fmt.Sprintf("Page %d of %d", i+1, len(pages)); !strings.Contains(p, want) {
			t.Errorf("page %d does not say %q", i+1, want)
		}
		if strings.Contains(p, "Create the") && !strings.Contains(strings.ReplaceAll(p, "\n", " "), "When (London)") {
			t.Errorf("page %d has rows without the head of their table", i+1)
		}
	}
	all := strings.Join(pages, "")
	if n := strings.Count(all, "Create the account"); n != 20 {
		t.Errorf("%d of 20 rows are there", n)
	}
	for _, want := range []string{"Priya Patel: joiner J-2026-0042", "Payroll export until", "HR confirms, then the manager approves", "Manager <approves> & signs"} {
		if !strings.Contains(strings.ReplaceAll(all, "\n", " "), want) {
			t.Errorf("%q is not in the file", want)
		}
	}
	for _, want := range []string{"/Lang (en-GB)", "/CreationDate (D:20270111101500"} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("%q is not in the file's properties", want)
		}
	}
	title := []byte("/Title (\xfe\xff\x00P\x00r\x00i\x00y\x00a")
	if !bytes.Contains(b, title) {
		t.Error("the title is not in the file's properties")
	}
}

// TestPDFNasty: nothing crashes, vanishes or becomes another thing.
func TestPDFNasty(t *testing.T) {
	for _, s := range nasty {
		b, err := nastyDocument([]string{s}).PDF()
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		have := strings.Join(strings.Fields(strings.Join(written(t, b), "")), "")
		want, lacking := printable(s)
		want = strings.Join(strings.Fields(want), "")
		if n := strings.Count(have, want[:min(len(want), 12)]); n < 10 {
			t.Errorf("%q is to be read %d times only", s, n)
		}
		if said := strings.Contains(have, "arewrittenasnumbers"); said != lacking {
			t.Errorf("%q: the remark on signs is there: %v", s, said)
		}
	}
	shown, lacking := printable("张伟 \u202e ok Zoë")
	if shown != "[U+5F20 U+4F1F] [U+202E] ok Zoë" || !lacking {
		t.Errorf("printable = %q, %v", shown, lacking)
	}
}

// TestPDFLongRow: a row that is longer than a page goes on on the next, whole.
func TestPDFLongRow(t *testing.T) {
	var words []string
	for i := range 4000 {
		words = append(words, fmt.Sprintf("w%d", i))
	}
	long := strings.Join(words, " ")
	for name, part := range map[string]Part{
		"table": Table{Head: []string{"Name", "Text"}, Rows: [][]string{{"a", long}}},
		"note":  Note{Accent, long}, "para": Para{long}, "facts": Facts{[]Fact{{"a", long}}}, "talk": Talk{[]Said{{"now", "a", long, true}}},
		"head": Table{Head: []string{"end w3999", long}, Rows: [][]string{{"a", long}}},
	} {
		b, err := Document{Title: name, Parts: []Part{part}}.PDF()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		have := strings.Fields(strings.Join(written(t, b), " "))
		next := 0
		for _, w := range have {
			if w == fmt.Sprintf("w%d", next) {
				next++
			}
		}
		if next != 4000 {
			t.Errorf("%s: words are lost from the %dth on", name, next)
		}
	}
}

func TestSVG(t *testing.T) {
	for _, s := range nasty {
		b, err := Drawing{W: 10, H: 10, Shapes: []Shape{Text{Text: s}}}.SVG(s)
		if err != nil {
			t.Fatal(err)
		}
		texts := 0
		for d := xml.NewDecoder(bytes.NewReader(b)); ; {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			if c, ok := tok.(xml.CharData); ok && string(c) == line(s) {
				texts++
			}
		}
		if texts != 2 {
			t.Errorf("%q is there %d times, not as the title and the text", s, texts)
		}
	}
}

func TestDrawingSize(t *testing.T) {
	for _, d := range []Drawing{{}, {W: -1, H: 5}, {W: 5, H: math.NaN()}, {W: 1e9, H: 1}} {
		if _, err := d.SVG(""); err == nil {
			t.Errorf("%g by %g was drawn", d.W, d.H)
		}
		if _, err := d.PNG(1); err == nil {
			t.Errorf("%g by %g was painted", d.W, d.H)
		}
	}
	if _, err := (Drawing{W: 10, H: 10}).PNG(1e5); err == nil {
		t.Error("a picture of 10^12 pixels was painted")
	}
}

func TestPNG(t *testing.T) {
	b, err := exampleDrawing().PNG(2)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Size(); got.X != 840 || got.Y != 240 {
		t.Errorf("size %v", got)
	}
	is := func(x, y int, want Tone) {
		t.Helper()
		r, g, b, _ := img.At(x, y).RGBA()
		wr, wg, wb := want.rgb()
		if int(r>>8) != wr || int(g>>8) != wg || int(b>>8) != wb {
			t.Errorf("at %d, %d: %02x%02x%02x, not %s", x, y, r>>8, g>>8, b>>8, want.look().name)
		}
	}
	is(1, 1, Ground)
	is(40, 140, AccentSoft) // inside the first box
	is(20, 100, Accent)     // its edge
	is(320, 100, Muted)     // the arrow's shaft
	is(494, 160, Muted)     // its head
}

// TestWrap: no line is wider than it may be unless it is a single sign, and nothing but spaces is lost.
func TestWrap(t *testing.T) {
	for _, s := range nasty {
		for _, width := range []float64{1, 20, 100, 1000} {
			lines := Wrap(s, 10, width, false)
			for _, l := range lines {
				if w := Width(l, 10, false); w > width+1e-6 && len([]rune(l)) > 1 {
					t.Errorf("%q is %g wide, not %g", l, w, width)
				}
			}
			want, _ := printable(s)
			if got := strings.Join(lines, ""); strings.Join(strings.Fields(got), "") != strings.Join(strings.Fields(want), "") {
				t.Errorf("%q came out as %q", want, got)
			}
		}
	}
}

// TestMeasure: the widths are those of the font itself, which PDF readers use as well.
func TestMeasure(t *testing.T) {
	var buf sfnt.Buffer
	for _, f := range []face{fonts().regular, fonts().bold} {
		for _, r := range "AéŁЖΩ—…" {
			if i, err := f.font.GlyphIndex(&buf, r); err != nil || i == 0 || f.width[r] == 0 {
				t.Errorf("%c is lacking", r)
			}
		}
	}
	if a, b := Width("Muster", 12, false), Width("Muster", 24, false); math.Abs(2*a-b) > 1e-9 || a < 30 || a > 60 {
		t.Errorf("widths %g and %g", a, b)
	}
}

// TestContrast: text of each tone can be read on the page and on its own ground, light and dark.
func TestContrast(t *testing.T) {
	light := func(c string) float64 {
		sum := 0.0
		for i, part := range []float64{0.2126, 0.7152, 0.0722} {
			v := float64(hex(c[1+2*i:3+2*i])) / 255
			if v <= 0.03928 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += part * v
		}
		return sum
	}
	contrast := func(a, b string) float64 {
		x, y := light(a), light(b)
		return (max(x, y) + 0.05) / (min(x, y) + 0.05)
	}
	for _, tone := range []Tone{Ink, Muted, Accent, Good, Warn, Bad} {
		for _, ground := range []Tone{Ground, Soft, tone.soft()} {
			if c := contrast(looks[tone].light, looks[ground].light); c < 4.5 {
				t.Errorf("%s on %s, light: %.2f", looks[tone].name, looks[ground].name, c)
			}
			if c := contrast(looks[tone].dark, looks[ground].dark); c < 4.5 {
				t.Errorf("%s on %s, dark: %.2f", looks[tone].name, looks[ground].name, c)
			}
		}
	}
}

func TestCharts(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, d := range map[string]Drawing{
		"no bars": Bars(nil, nil), "bars of nothing": Bars([]Series{{"a", Good}}, []Bar{{"x", nil}, {"y", []float64{-3, nan, inf}}}),
		"no bins": Histogram(nil, []Mark{{"p", 3}}), "bins": Histogram([]Bin{{"a", -1, None}, {"b", 0, None}}, []Mark{{strings.Repeat("long ", 40), 2}}),
		"no curve": Curves(nil, nil), "curves": Curves([]string{"a", "b"}, []Curve{{Series{"x", Bad}, []float64{nan, inf}}, {Series{"y", Good}, []float64{1e-9}}}),
	} {
		if _, err := d.SVG(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, s := range d.Shapes {
			if b, ok := s.(Box); ok && !(b.X >= -1 && b.X+b.W <= d.W+1 && b.Y >= -1 && b.Y+b.H <= d.H+1 && b.W >= 0 && b.H >= 0) {
				t.Errorf("%s: a box stands outside: %+v of %g by %g", name, b, d.W, d.H)
			}
		}
	}
	for most, want := range map[float64]float64{0: 1, 4: 1, 21: 10, 7: 2, 100: 50, 0.3: 0.1} {
		if got := tick(most); math.Abs(got-want) > 1e-9 {
			t.Errorf("tick(%g) = %g, not %g", most, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 3000 {
			return
		}
		b, err := nastyDocument([]string{s}).HTML()
		if err != nil {
			t.Fatal(err)
		}
		if i := bytes.IndexFunc(b, sly); i >= 0 {
			t.Errorf("a hidden sign was let through: %q", b[i:min(len(b), i+4)])
		}
		if bytes.Contains(b, []byte("<script")) {
			t.Error("a script came in")
		}
		svg, err := Drawing{W: 1, H: 1, Shapes: []Shape{Text{Text: s}}}.SVG(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(svg, new(struct{})); err != nil {
			t.Errorf("the picture is not XML: %v", err)
		}
		for _, l := range Wrap(s, 10, 50, true) {
			if w := Width(l, 10, true); w > 50+1e-6 && len([]rune(l)) > 1 {
				t.Errorf("%q is %g wide", l, w)
			}
		}
	})
}

func FuzzFile(f *testing.F) {
	for _, s := range nasty {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 3000 {
			return
		}
		if _, err := nastyDocument([]string{s}).PDF(); err != nil {
			t.Error(err)
		}
		b, err := Book{[]Sheet{{s, []string{s}, [][]Cell{{Words(s)}}}}}.XLSX()
		if err != nil {
			t.Fatal(err)
		}
		book := openBook(t, b)
		name := book.GetSheetList()[0]
		if got, err := book.GetCellValue(name, "A2"); err != nil || got != seen(s) {
			t.Errorf("a cell says %q, not %q (%v)", got, seen(s), err)
		}
	})
}
