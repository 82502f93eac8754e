package cards

import (
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// What cards say, for documents.

// Story is the first line of a case's cards: "Priya Patel starts on Tue 5 January 2027 as Account Manager."
func Story(lang texts.Language, c flows.Case) string {
	return view{lang: lang, Case: c, loc: c.Location()}.story()
}

// Line is what the timeline says of one entry; empty for what was merely said.
func Line(lang texts.Language, c flows.Case, b flows.Body, loc *time.Location) string {
	var out strings.Builder
	for _, r := range tell(lang, c, b, loc) {
		out.WriteString(r.Text)
	}
	return strings.TrimSpace(strings.ReplaceAll(out.String(), "“”", "")) // of a note that was left empty
}

// StateWord is the word for where a case stands.
func StateWord(lang texts.Language, s flows.State) string { return lang.Word(stateMark(lang, s).word) }
