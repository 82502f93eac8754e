package flows

import (
	"strings"

	"muster/flows/texts"
)

// Row is one person of a list that HR sent, as far as it was understood. Nothing in it is a guess: a doubtful value carries its doubt.
type Row struct {
	Line          int               `json:"line"`    // of the sheet or of the message, counted from 1
	Written       string            `json:"written"` // what stood there
	Event         PeopleEvent       `json:"event"`
	ManagerText   string            `json:"manager_text,omitempty"`   // the manager as typed
	SubjectText   string            `json:"subject_text,omitempty"`   // who leaves, as typed
	SubjectName   string            `json:"subject_name,omitempty"`   // the name beside a sign-in name: both must be the same person's
	SuccessorText string            `json:"successor_text,omitempty"` // who takes over, as typed
	Problems      map[string]string `json:"problems,omitempty"`       // field id of the form -> one sentence; "" is about the whole row
}

// List is several people events in one message of HR: a sheet, or one line each.
type List struct {
	Kind  EventKind `json:"kind"`
	Name  string    `json:"name,omitempty"` // of the file; empty for lines of a message
	Rows  []Row     `json:"rows"`
	Notes []string  `json:"notes,omitempty"` // what of the whole was not read, one sentence each
}

// ReadDay reads a text that is a date and nothing else, in any form that a sentence may have it in. Without a date the second value says
// why; with both, the date is doubtful. A date without a year lies at most late days before today.
func ReadDay(lang texts.Language, text string, late int, today Date) (Date, string) {
	ws := splitWords(text)
	got := dateReader{from: today, late: late}.read(lang, ws)
	switch {
	case got.words == 0 || got.words < len(ws):
		return "", lang.Say("I could not read %s as a date. Write it like 2027-01-05.", quote(cutText(text, 60)))
	case got.date == "" && got.doubt == "":
		return "", lang.Say("I could not read %s as a date. Write it like 2027-01-05.", quote(cutText(text, 60)))
	}
	return got.date, got.doubt
}

// ReadTime reads a text that is a time of day and nothing else, as HH:MM, with the doubts of ReadDay.
func ReadTime(lang texts.Language, text string) (string, string) {
	ws := splitWords(text)
	got := readTime(lang, ws, true)
	if got.words == 0 || got.words < len(ws) {
		return "", lang.Say("%s is not a time of day. Write it like 17:30.", quote(cutText(text, 60)))
	}
	return got.clock, got.doubt
}

// SplitName tells first names and surname apart: the last word is the surname, from the first particle on, and what stands before a comma.
// What cannot be told is a doubt.
func SplitName(lang texts.Language, text string) (given, surname, doubt string) {
	if before, after, comma := strings.Cut(text, ","); comma && !strings.Contains(after, ",") {
		if given, surname = clean(after), clean(before); given != "" && surname != "" {
			return given, surname, ""
		}
	}
	r := &sentenceReader{out: Sentence{Doubts: map[string]string{}}}
	r.name(splitWords(text))
	if r.out.Given == "" && r.out.Surname == "" {
		return "", clean(text), lang.Say("I could not tell the first name from the surname. Check both names.")
	}
	return r.out.Given, r.out.Surname, r.out.Doubts["surname"]
}

// clean is text on one line without surplus spaces.
func clean(s string) string { return strings.Join(strings.Fields(s), " ") }

// cutText shortens to n characters.
func cutText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
