package paper

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// seen makes a text harmless to look at: what would turn, hide or break the text around it is written as its number. Line breaks stay.
func seen(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if strings.IndexFunc(s, sly) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == '\r', r == '\u2028', r == '\u2029', r == '\v', r == '\f':
			b.WriteByte('\n')
		case sly(r):
			b.WriteString(number(r))
		default:
			b.WriteRune(r) // a byte that is no sign came as U+FFFD
		}
	}
	return b.String()
}

// sly tells of signs that are not what one sees: controls, turns of direction, and those without width, but for the joiners that words of
// Persian or Hindi and pictures of families need.
func sly(r rune) bool {
	switch {
	case r == '\n', r == '\u200c', r == '\u200d':
		return false
	case unicode.IsControl(r), r == '\u00ad', r == '\u034f', r == '\u061c', r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0', r == '\ufeff':
		return true
	case r >= '\u200b' && r <= '\u200f', r >= '\u2028' && r <= '\u202e', r >= '\u2060' && r <= '\u206f', r >= '\ufff9' && r <= '\ufffb':
		return true
	}
	return r >= 0xE0000 && r <= 0xE0FFF || unicode.Is(unicode.Co, r) || r >= 0xFDD0 && r <= 0xFDEF || r&0xFFFE == 0xFFFE
}

func number(r rune) string { return fmt.Sprintf("[U+%04X]", r) }

// line is a text on one line.
func line(s string) string { return strings.Join(strings.Fields(seen(s)), " ") }

// alike are signs that the font lacks, with those that say the same.
var alike = strings.NewReplacer("✓", "√", "✔", "√", "▸", "►", "\u2011", "-", "\u202f", "\u00a0", "\u2009", " ", "\u2010", "-", "\u200c", "", "\u200d", "")

// printable is a text that the font can show: signs that it lacks are written as their numbers, neighbours in one bracket. lacking tells
// that there were some.
func printable(s string) (shown string, lacking bool) {
	s = seen(s)
	has := fonts().regular.width
	if strings.IndexFunc(s, func(r rune) bool { return r != '\n' && (int(r) >= len(has) || has[r] == 0) }) < 0 {
		return s, false
	}
	s = norm.NFC.String(alike.Replace(s))
	var b strings.Builder
	open := false
	for _, r := range s {
		if r == '\n' || int(r) < len(has) && has[r] != 0 {
			if open {
				b.WriteByte(']')
			}
			open = false
			b.WriteRune(r)
			continue
		}
		if open {
			b.WriteByte(' ')
		} else {
			b.WriteByte('[')
		}
		open, lacking = true, true
		fmt.Fprintf(&b, "U+%04X", r)
	}
	if open {
		b.WriteByte(']')
	}
	return b.String(), lacking
}
