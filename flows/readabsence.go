package flows

import (
	"slices"
	"strings"

	"muster/flows/texts"
)

// ReadLeave reads a sentence such as "Priya Patel from 1 March until 30 September", with or without the command before it. A day of return
// is the day after the last one of the leave. What was not understood is a doubt or in Rest.
func ReadLeave(text string, p *Policy, today Date) Sentence {
	r, ws := newAbsenceReader(LeaveEvent, text, p, today)
	rest := r.dated(p.Lang(), skipWords(ws, "leave", "of", "absence", "for"), []datedMark{
		{"end", []string{"until", "till", "through", "up to", "to", "ends on", "ends", "ending"}},
		{"back", []string{"back at work on", "back on", "returns on", "returning on", "returns", "returning", "return on", "back"}},
		{"start", []string{"starting on", "starting", "starts on", "starts", "beginning", "begins on", "with effect from", "from", "as of", "on"}},
	})
	r.subject(rest)
	if back := r.got["back"]; back.date != "" {
		if r.out.End != "" {
			r.doubt("end", p.Lang().Say("An end and a day of return were written. Check the last day of the leave."))
		} else {
			r.out.End = back.date.AddDays(-1)
		}
	}
	return r.out
}

// ReadRename reads a sentence such as "Priya Patel to Priya Shah from 1 December". One name after "to" is the new surname.
func ReadRename(text string, p *Policy, today Date) Sentence {
	r, ws := newAbsenceReader(RenameEvent, text, p, today)
	rest := r.dated(p.Lang(), skipWords(ws, "rename", "name", "change", "for", "of"), []datedMark{{"start", []string{"with effect from", "effective", "starting", "from", "as of", "on"}}})
	at := slices.IndexFunc(rest, func(w word) bool { return slices.Contains([]string{"to", "into", "becomes"}, w.text) })
	if at < 0 {
		r.subject(rest)
		return r.out
	}
	r.subject(rest[:at])
	switch name := trimFillers(rest[at+1:]); {
	case len(name) == 1 && looksLikeName(name):
		r.out.Surname = name[0].text
	case len(name) > 0:
		r.name(name)
	}
	return r.out
}

// absenceReader reads sentences about somebody who has an account: one name, and days that words announce.
type absenceReader struct {
	sentenceReader
	got map[string]reading // by what the words before announced
}

// datedMark are phrases that announce a day, the longer before the shorter they begin with.
type datedMark struct {
	field   string
	phrases []string
}

func newAbsenceReader(k EventKind, text string, p *Policy, today Date) (*absenceReader, []word) {
	return &absenceReader{
		sentenceReader: sentenceReader{policy: p, dates: dateReader{from: today, late: p.Limits.LateDays}, out: Sentence{Kind: k, Doubts: map[string]string{}}},
		got:            map[string]reading{},
	}, splitWords(text)
}

// skipWords takes the words that began the event off the front.
func skipWords(ws []word, of ...string) []word {
	for len(ws) > 0 && ws[0].text == ws[0].low && isAny(ws, of...) {
		ws = ws[1:]
	}
	return ws
}

// dated takes the announced days out of the words, and a day with digits that stands alone as the first day. A phrase without a day behind
// it announces nothing.
func (r *absenceReader) dated(lang texts.Language, ws []word, marks []datedMark) []word {
	var rest []word
	for i := 0; i < len(ws); {
		field, n, got := r.announced(lang, marks, ws[i:])
		if n == 0 {
			if got = r.dates.read(lang, ws[i:]); got.words > 0 && strings.ContainsAny(join(ws[i:i+got.words]), "0123456789") {
				field, n = "start", got.words
			}
		}
		if n == 0 {
			rest = append(rest, ws[i])
			i++
			continue
		}
		if len(rest) > 0 {
			rest[len(rest)-1].gap = true
		}
		if was, twice := r.got[field]; twice && was.date != got.date {
			r.doubt(formField(field), lang.Say("Two dates were written. Check this one."))
		} else if r.take(field, got); got.doubt != "" {
			r.doubt(formField(field), lang.Say("%s", got.doubt))
		}
		i += n
	}
	return rest
}

// formField is where on the form a doubt about a day stands.
func formField(field string) string {
	if field == "back" {
		return "end"
	}
	return field
}

func (r *absenceReader) take(field string, got reading) {
	r.got[field] = got
	switch field {
	case "start":
		r.out.Start = got.date
	case "end":
		r.out.End = got.date
	}
}

// announced is the day that a phrase at the beginning of the words announces, and how many words both take.
func (r *absenceReader) announced(lang texts.Language, marks []datedMark, ws []word) (field string, words int, got reading) {
	for _, m := range marks {
		for _, phrase := range m.phrases {
			p := strings.Fields(phrase)
			if !begins(ws, p) {
				continue
			}
			dates := r.dates
			if m.field != "start" && r.out.Start != "" { // a leave ends after it begins, however far away both are
				dates.from, dates.late = r.out.Start, 0
			}
			if got := dates.read(lang, ws[len(p):]); got.words > 0 {
				return m.field, len(p) + got.words, got
			}
		}
	}
	return "", 0, reading{}
}

// subject takes what is left as the person. More than a name is not guessed at.
func (r *absenceReader) subject(ws []word) {
	ws = trimFillers(ws)
	for len(ws) > 1 && isAny(ws, titles()...) {
		ws = ws[1:]
	}
	for i, w := range ws { // what stands behind a comma is about something else
		if w.gap && i+1 < len(ws) {
			r.rest(ws[i+1:])
			ws = ws[:i+1]
			break
		}
	}
	switch {
	case len(ws) == 0:
	case len(ws) == 1 && (isSignIn(ws[0].text) || isGUID(ws[0].text)), looksLikeName(ws):
		r.out.SubjectText = strings.TrimSuffix(strings.TrimSuffix(join(ws), "'s"), "'")
	default:
		r.rest(ws)
	}
}
