package teams

import (
	"strings"
	"unicode"
)

// plainText is what a person meant to write: the bot's mentions are taken out,
// every kind of space is one space, and characters that cannot be seen are
// gone. Clients differ in all three, most of all after a command picked from
// the menu.
func plainText(raw string, botMentions []string) string {
	for _, m := range botMentions {
		if m != "" {
			raw = strings.ReplaceAll(raw, m, " ")
		}
	}
	return squeeze(raw)
}

// plainLines are the lines of a text that say something, each as plainText has it; nil when there are not several.
func plainLines(raw string, botMentions []string) []string {
	var out []string
	for _, line := range strings.FieldsFunc(raw, func(r rune) bool { return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' }) {
		if line = plainText(line, botMentions); line != "" {
			out = append(out, line)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// squeeze normalises spaces and drops characters that cannot be seen.
func squeeze(s string) string {
	if isSqueezed(s) {
		return s
	}
	s = strings.ReplaceAll(s, "&nbsp;", " ") // some clients escape the space after a mention
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = true
		case unicode.Is(unicode.C, r): // control, format (zero width, direction), private use
		default:
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isSqueezed tells the common case, in which there is nothing to do.
func isSqueezed(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == '&' || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

// shown is a text as it may be sent: on its lines, without characters that hide
// text, turn its direction or take no room. Names come from a directory in
// which anybody may have put them.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\u200c', r == '\u200d': // joiners that some scripts and pictures need
			return r
		case r == '\u2028', r == '\u2029':
			return '\n'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}
