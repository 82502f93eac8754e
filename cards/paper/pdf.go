package paper

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// The page, in points.
const (
	a4Short, a4Long = 595.28, 841.89
	marginSide      = 54.0
	marginTop       = 54.0
	marginFoot      = 62.0
	bodySize        = 9.5
	bodyLead        = 13.5
	smallSize       = 8.0
	smallLead       = 11.0
)

// printer writes one PDF. It breaks pages itself: what is drawn is always known to fit.
type printer struct {
	f        *fpdf.Fpdf
	w, h     float64 // the page
	y        float64 // where the next part begins
	depth    int     // of the last bookmark
	lacking  bool    // a sign was written as its number
	onRepeat func()  // draws what each new page begins with
}

// never is the moment in a PDF that has no other.
var never = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// PDF is the document on A4.
func (d Document) PDF() ([]byte, error) {
	orientation, w, h := "P", a4Short, a4Long
	if d.Wide {
		orientation, w, h = "L", a4Long, a4Short
	}
	f := fpdf.New(orientation, "pt", "A4", "")
	f.SetCatalogSort(true) // or the fonts' order is chance
	at := d.At
	if at.IsZero() {
		at = never
	}
	f.SetCreationDate(at.UTC())
	f.SetModificationDate(at.UTC())
	p := &printer{f: f, w: w, h: h, y: marginTop, depth: -1}
	f.SetTitle(p.print(line(d.Title)), true)
	f.SetLang("en-GB")
	f.SetCreator("Muster", true)
	f.SetProducer("Muster", true)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	f.AddUTF8FontFromBytes("go", "", goregular.TTF)
	f.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	f.AddPage()

	p.lines(d.Title, style{size: 19, lead: 24, bold: true, tone: Ink})
	if d.Sub != "" {
		p.y += 2
		p.lines(d.Sub, style{size: 11, lead: 15, tone: Ink})
	}
	if d.Made != "" {
		p.y += 3
		p.lines(d.Made, style{size: smallSize, lead: smallLead, tone: Muted})
	}
	p.y += 6
	p.rule(p.y, Accent, 1.2)
	p.y += 14
	for i, part := range d.Parts {
		if err := p.part(part, d.Parts[i+1:]); err != nil {
			return nil, fmt.Errorf("print part %d of a document: %w", i+1, err)
		}
	}
	_, lacking := printable(line(d.Foot))
	if p.lacking || lacking {
		p.y += 8
		p.note(Note{Text: "Some signs here are written as numbers, such as [U+5F20]: the font of this file lacks them, or they would hide or turn the text around them."})
	}
	p.feet(d.Foot)
	var b bytes.Buffer
	if err := f.Output(&b); err != nil {
		return nil, fmt.Errorf("print document: %w", err)
	}
	return b.Bytes(), nil
}

// print is a text that the font can show, and remembers when it is not as it was written.
func (p *printer) print(s string) string {
	s, lacking := printable(s)
	p.lacking = p.lacking || lacking
	return s
}

// wide is the width between the margins, bottom the last line of the page.
func (p *printer) wide() float64   { return p.w - 2*marginSide }
func (p *printer) bottom() float64 { return p.h - marginFoot }
func (p *printer) room() float64   { return p.bottom() - p.y }

// page begins a new one, with what each of them begins with.
func (p *printer) page() {
	p.f.AddPage()
	p.y = marginTop
	if p.onRepeat != nil {
		p.onRepeat()
	}
}

// need begins a new page if there is less room than this, and the page is not new already.
func (p *printer) need(room float64) {
	if p.room() < room && p.y > marginTop {
		p.page()
	}
}

// write puts one line whose font and tone are given.
func (p *printer) write(x, y float64, s string, size float64, bold bool, t Tone) {
	name := ""
	if bold {
		name = "B"
	}
	p.f.SetFont("go", name, size)
	p.f.SetTextColor(t.rgb())
	p.f.Text(x, y, s)
}

func (p *printer) rule(y float64, t Tone, width float64) {
	p.f.SetDrawColor(t.rgb())
	p.f.SetLineWidth(width)
	p.f.Line(marginSide, y, p.w-marginSide, y)
}

func (p *printer) ground(x, y, w, h float64, t Tone) {
	p.f.SetFillColor(t.rgb())
	p.f.Rect(x, y, w, h, "F")
}

// feet writes the small line under every page, now that their number is known.
func (p *printer) feet(foot string) {
	n := p.f.PageCount()
	left := fonts().regular
	for i := range n {
		p.f.SetPage(i + 1)
		y := p.h - marginFoot + 26
		p.rule(y-11, Rule, 0.5)
		of := fmt.Sprintf("Page %d of %d", i+1, n)
		p.write(p.w-marginSide-left.measure(of, smallSize), y, of, smallSize, false, Muted)
		for j, l := range left.wrap(p.print(line(foot)), smallSize, p.wide()-80) {
			if j < 2 {
				p.write(marginSide, y+float64(j)*10, l, smallSize, false, Muted)
			}
		}
	}
}
