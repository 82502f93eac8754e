package paper

import (
	_ "embed"
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

//go:embed paper.css
var pageStyle string

// drawingStyle is what the shapes of every drawing share.
const drawingStyle = "text{font-family:Go,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}path{fill:none;stroke-linejoin:round}.s-none{stroke:none}.f-none{fill:none}.dashed{stroke-dasharray:4 3}\n"

// colours is the style of all tones under their two themes. root is what carries them, shapes what is drawn with them.
func colours(root, shapes string) string {
	var light, dark, classes strings.Builder
	for _, l := range looks[Ink:] {
		fmt.Fprintf(&light, "--%s:%s;", l.name, l.light)
		fmt.Fprintf(&dark, "--%s:%s;", l.name, l.dark)
		fmt.Fprintf(&classes, "%s .f-%s{fill:var(--%s)}%s .s-%s{stroke:var(--%s)}", shapes, l.name, l.name, shapes, l.name, l.name)
	}
	return fmt.Sprintf("%s{color-scheme:light dark;%s}@media screen and (prefers-color-scheme:dark){%s{%s}}%s\n", root, light.String(), root, dark.String(), classes.String())
}

// HTML is the document as one file that fetches nothing and runs nothing: it says so to the browser as well.
func (d Document) HTML() ([]byte, error) {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n")
	b.WriteString("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
	b.WriteString("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n")
	fmt.Fprintf(&b, "<title>%s</title>\n<style>\n%s%s", text(line(d.Title)), colours(":root", "svg"), "svg "+strings.ReplaceAll(strings.TrimSpace(drawingStyle), "}", "}svg ")+"{}\n")
	b.WriteString(pageStyle)
	if d.Wide {
		b.WriteString("@page{size:A4 landscape}\n")
	}
	b.WriteString("</style>\n</head>\n<body>\n<main>\n<header>\n")
	element(&b, "h1", "", d.Title)
	element(&b, "p", "sub", d.Sub)
	element(&b, "p", "made", d.Made)
	b.WriteString("</header>\n")
	for i, p := range d.Parts {
		if err := htmlPart(&b, p); err != nil {
			return nil, fmt.Errorf("write part %d of a document: %w", i+1, err)
		}
	}
	b.WriteString("</main>\n")
	element(&b, "footer", "", d.Foot)
	b.WriteString("</body>\n</html>\n")
	return []byte(b.String()), nil
}

// text is a text in HTML: escaped, harmless, its line breaks kept by the style sheet.
func text(s string) string { return html.EscapeString(seen(s)) }

// longWord is from how many signs on a word may be broken after a sign that parts it: an address breaks behind its @, and not in the middle of
// a name.
const longWord = 16

// pieces is a text in HTML whose long words say where they may be broken.
func pieces(s string) string {
	var b strings.Builder
	for s = seen(s); s != ""; {
		n := strings.IndexAny(s, " \n")
		if n < 0 {
			n = len(s)
		}
		word := html.EscapeString(s[:n])
		if utf8.RuneCountInString(s[:n]) >= longWord {
			word = partings.Replace(word)
		}
		b.WriteString(word)
		space := min(n+1, len(s))
		b.WriteString(s[n:space])
		s = s[space:]
	}
	return b.String()
}

// partings are the signs behind which an address or a path is broken.
var partings = strings.NewReplacer("@", "@<wbr>", ".", ".<wbr>", "_", "_<wbr>", "/", "/<wbr>")

// element writes an element whose text finds its own direction; nothing for an empty text.
func element(b *strings.Builder, name, class, s string) {
	if s == "" {
		return
	}
	if class != "" {
		class = ` class="` + class + `"`
	}
	fmt.Fprintf(b, "<%s%s dir=\"auto\">%s</%s>\n", name, class, text(s), name)
}

func htmlPart(b *strings.Builder, p Part) error {
	switch p := p.(type) {
	case Heading:
		element(b, fmt.Sprintf("h%d", min(max(p.Level, 1), 3)+1), "", p.Text) // h1 is the title
	case Para:
		element(b, "p", "", p.Text)
	case Facts:
		b.WriteString("<dl>\n")
		for _, f := range p.Facts {
			if f.Value != "" {
				b.WriteString("<div>")
				element(b, "dt", "", f.Name)
				element(b, "dd", "", f.Value)
				b.WriteString("</div>\n")
			}
		}
		b.WriteString("</dl>\n")
	case Table:
		htmlTable(b, p)
	case Note:
		element(b, "p", "note "+p.Tone.soft().look().name, p.Text)
	case Talk:
		b.WriteString("<ol class=\"talk\">\n")
		for _, s := range p.Said {
			class := ""
			if s.Bot {
				class = ` class="bot"`
			}
			fmt.Fprintf(b, "<li%s>", class)
			fmt.Fprintf(b, "<p class=\"who\"><b dir=\"auto\">%s</b> <span>%s</span></p>", text(s.Who), text(s.At))
			element(b, "p", "", s.Text)
			b.WriteString("</li>\n")
		}
		b.WriteString("</ol>\n")
	case Figure:
		if err := p.check(); err != nil {
			return err
		}
		b.WriteString("<figure>\n")
		p.svg(b, p.Alt, "")
		element(b, "figcaption", "", p.Caption)
		b.WriteString("</figure>\n")
	case Break:
		b.WriteString("<hr class=\"break\">\n")
	default:
		return fmt.Errorf("%T is no part of a document", p)
	}
	return nil
}

// sheetWide is a hundredth of a table's width in points of PDF, by which its columns are shared out as there. It is less than a page has: cells of
// HTML stand further apart.
const sheetWide = 4.0

// htmlTable writes a table. Each cell carries the head of its column: on a phone a row becomes a list of them.
func htmlTable(b *strings.Builder, t Table) {
	n := t.columns()
	b.WriteString("<table>\n")
	if n > 0 {
		b.WriteString("<colgroup>")
		for _, w := range t.widths(100 * sheetWide) {
			fmt.Fprintf(b, `<col style="width:%s%%">`, num(w/sheetWide))
		}
		b.WriteString("</colgroup>\n")
	}
	if len(t.Head) > 0 {
		b.WriteString("<thead><tr>")
		for i := range n {
			fmt.Fprintf(b, `<th scope="col" dir="auto">%s</th>`, text(at(t.Head, i)))
		}
		b.WriteString("</tr></thead>\n")
	}
	b.WriteString("<tbody>\n")
	for _, row := range t.Rows {
		b.WriteString("<tr>")
		for i := range n {
			fmt.Fprintf(b, `<td data-head="%s" dir="auto">%s</td>`, text(at(t.Head, i)), pieces(at(row, i)))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>\n")
}
