package flows

import (
	"slices"
	"strings"
	"unicode"
)

// maxWords bounds how much of a message is read as a sentence; what is longer is not one.
const maxWords = 200

// word is one word of a sentence, without the punctuation around it.
type word struct {
	text  string // as typed
	low   string // in lower case, for comparing
	gap   bool   // a comma, bracket, dash or full stop separates it from the next word
	colon bool   // a colon follows
}

// splitWords reads text into words. Full stops inside a word (5.1.27) belong to it; one behind a word ends a part of the sentence
// unless the word is an abbreviation, as in "Dr." and "Jan.".
func splitWords(text string) []word {
	var out []word
	gap := func() {
		if len(out) > 0 {
			out[len(out)-1].gap = true
		}
	}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		for _, field := range strings.FieldsFunc(line, unicode.IsSpace) {
			if len(out) == maxWords {
				return out
			}
			field = strings.Map(straight, field)
			bare := strings.TrimLeft(field, "([{\"*_•")
			if bare != field {
				gap()
			}
			core := strings.TrimRight(bare, ",;:.!?)]}\"*_")
			if strings.Trim(core, "-,;:.!?'") == "" {
				gap()
				continue
			}
			tail := bare[min(len(bare), strings.Index(bare, core)+len(core)):]
			w := word{text: core, low: strings.ToLower(core), colon: strings.Contains(tail, ":")}
			w.gap = strings.ContainsAny(tail, ",;!?)]}") || strings.Contains(tail, ".") && !isAbbreviation(w.low)
			out = append(out, w)
		}
		gap()
	}
	return out
}

// isAbbreviation reports whether a full stop behind a word need not end anything: a title, an initial, a day, a short month or weekday.
func isAbbreviation(low string) bool {
	if _, number := digits(low, 2); number || length(low) == 1 {
		return true
	}
	_, month := monthOf(low)
	_, weekday := weekdayOf(low)
	return (month || weekday) && len(low) <= 5 || slices.Contains(titles(), low) || low == "st"
}

// titles are what stands before a name and is not part of it.
func titles() []string { return []string{"mr", "mrs", "ms", "miss", "mx", "dr", "prof"} }

// straight turns typographic quotes and dashes into the ones of a keyboard.
func straight(r rune) rune {
	switch {
	case r == '’' || r == '‘' || r == 'ʼ' || r == '`':
		return '\''
	case r == '“' || r == '”' || r == '„' || r == '«' || r == '»':
		return '"'
	case unicode.Is(unicode.Pd, r):
		return '-'
	case unicode.IsControl(r) || r == unicode.ReplacementChar || r == '\u200b':
		return -1
	}
	return r
}

// join writes words as they were typed.
func join(ws []word) string {
	parts := make([]string, len(ws))
	for i, w := range ws {
		parts[i] = w.text
	}
	return strings.Join(parts, " ")
}

// begins reports whether the words begin with the phrase, not torn apart by a comma.
func begins(ws []word, phrase []string) bool {
	if len(phrase) == 0 || len(ws) < len(phrase) {
		return false
	}
	for i, p := range phrase {
		if ws[i].low != p || (ws[i].gap && i < len(phrase)-1) {
			return false
		}
	}
	return true
}

// isAny reports whether the first word is one of the given.
func isAny(ws []word, of ...string) bool { return len(ws) > 0 && slices.Contains(of, ws[0].low) }
