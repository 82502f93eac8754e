package flows

import (
	"slices"
	"strings"
	"unicode"

	"muster/flows/texts"
)

// ReadLeaver reads a sentence such as "Tom Hughes, last day 30 November" or "Priya Patel leaves on Friday at 17:00", with or without the
// command before it. The parts may come in any order. today is the day at the organisation. Who is meant is for the directory and HR to
// say: more than one name is a doubt, because the wrong person must never leave.
func ReadLeaver(text string, p *Policy, today Date) Sentence {
	ws := splitWords(text)
	if len(ws) == 0 {
		return Sentence{}
	}
	r := &leaverReader{sentenceReader: sentenceReader{
		policy: p, dates: dateReader{from: today, late: p.Limits.LateDays}, out: Sentence{Kind: LeaverEvent, Doubts: map[string]string{}},
	}}
	r.scan(p.Lang(), withoutCommand(ws))
	r.settle(p.Lang())
	return r.out
}

// withoutCommand takes out the words that began the event: "leaver", "urgent leaver", "the leaver is".
func withoutCommand(ws []word) []word {
	for i := 0; i < min(len(ws), 3); i++ {
		if ws[i].low == "leaver" {
			return ws[i+1:]
		}
		if !isAny(ws[i:], "urgent", "the", "our", "new", "a") {
			break
		}
	}
	return ws
}

// leaverReader reads one sentence about a leaver: scan finds the parts, settle says what each is.
type leaverReader struct {
	sentenceReader
	parts     []leaverPart
	announced bool // the last day stood behind a marker
}

type leaverPart struct {
	kind  leaverKind
	words []word
}

type leaverKind int

const (
	aSubject  leaverKind = iota // or anything else that stands alone
	aLastDay                    // after "leaves" and "last day"; a date was expected
	aPast                       // after "left": the date has passed
	aLocation                   // after "based in"
	anAside                     // after "reports to", "because", "resigned": about something else, whatever dates and names are in it
)

// leaverMarkers are the phrases that say what comes next, by what that is. The longer stand before the shorter they begin with.
func leaverMarkers() []leaverMarker {
	var all []leaverMarker
	for _, m := range []struct {
		kind    leaverKind
		weak    bool
		phrases []string
	}{
		{aLastDay, false, []string{"last working day is", "last day of work is", "last day is", "final day is", "leaving date is", "end date is"}},
		{aPast, false, []string{"last working day was", "last day was", "has left", "left"}},
		{aLastDay, false, []string{"last working day", "last day of work", "last day", "final day", "leaving date", "leave date", "exit date", "end date"}},
		{aLastDay, false, []string{"leaves", "leaving", "leave", "finishes", "finishing", "departs", "departing", "retires", "retiring", "ends", "employed until", "works until", "until", "with effect from"}},
		{aLastDay, true, []string{"effective", "as of", "from", "on", "by"}},
		{aLocation, false, []string{"based in", "based at", "site", "office", "location"}},
		{anAside, false, []string{"reports to", "reporting to", "managed by", "manager", "line manager"}},
		{anAside, false, []string{"successor", "replaced by", "hand over to", "handover to", "handing over to", "hands over to"}},
		{anAside, false, []string{"because", "due to", "reason", "has resigned", "resigned", "has given notice", "gave notice", "handed in", "started", "joined", "since", "born", "not", "instead of", "but"}},
	} {
		for _, phrase := range m.phrases {
			all = append(all, leaverMarker{strings.Fields(phrase), m.kind, m.weak})
		}
	}
	return all
}

// leaverMarker is one such phrase, in lower case.
type leaverMarker struct {
	words []string
	kind  leaverKind
	weak  bool // counts only when a date follows
}

// scan walks over the words once and cuts them into parts. A date or a time is taken wherever a part may begin.
func (r *leaverReader) scan(lang texts.Language, ws []word) {
	marks := leaverMarkers()
	cur, fresh := leaverPart{}, true
	closePart := func() {
		r.parts = append(r.parts, cur)
		cur, fresh = leaverPart{}, true
	}
	for i := 0; i < len(ws); {
		if cur.kind != anAside {
			if n := r.holdAt(lang, ws[i:]); n > 0 {
				closePart()
				i += n
				continue
			}
			if n := r.timeAt(lang, ws[i:], fresh); n > 0 {
				closePart()
				i += n
				continue
			}
			if got := r.bareDay(lang, ws[i:], fresh, cur.kind); got.words > 0 {
				r.lastDay(lang, got, ws[i:i+got.words], cur.kind == aLastDay || cur.kind == aPast)
				closePart()
				i += got.words
				continue
			}
			if n := r.atOnce(lang, ws[i:]); n > 0 {
				closePart()
				i += n
				continue
			}
		}
		if m, n := r.markerAt(lang, marks, ws, i, cur); n > 0 {
			closePart()
			cur.kind = m.kind
			if m.kind == anAside {
				cur.words = ws[i : i+n]
			}
			i += n
			if n := r.dayAfter(lang, m.kind, ws[i:]); n > 0 {
				i += n
				closePart()
			} else if ws[i-1].gap {
				closePart()
			}
			continue
		}
		if ws[i].low == "and" && ws[i].text == "and" {
			if len(cur.words) > 0 {
				closePart()
			}
			i++
			continue
		}
		if cur.kind == aSubject && (strings.Contains(ws[i].text, "@") || isGUID(ws[i].text)) { // an address is no part of a name
			closePart()
			r.parts = append(r.parts, leaverPart{words: ws[i : i+1]})
			i++
			continue
		}
		cur.words = append(cur.words, ws[i])
		fresh = false
		if ws[i].gap {
			closePart()
		}
		i++
	}
	closePart()
}

// markerAt finds the marker that the words begin with. Names may be made of the same words, with a capital: only at the beginning of a
// sentence is one a marker.
func (r *leaverReader) markerAt(lang texts.Language, marks []leaverMarker, ws []word, i int, cur leaverPart) (leaverMarker, int) {
	for _, m := range marks {
		phrase := m.words
		if !begins(ws[i:], phrase) {
			continue
		}
		after := ws[i+len(phrase):]
		switch {
		case m.weak && (cur.kind == anAside || r.day(lang, after, false).words == 0):
			continue
		case m.kind == aLocation && len(phrase) == 1 && r.siteLength(after) == 0:
			continue
		case len(phrase) == 1 && i > 0 && len(cur.words) > 0 && ws[i].text != ws[i].low:
			continue
		}
		return m, len(phrase)
	}
	return leaverMarker{}, 0
}

// dayAfter takes the day that follows a marker, small words between aside, and says how many words it took.
func (r *leaverReader) dayAfter(lang texts.Language, kind leaverKind, ws []word) int {
	if kind != aLastDay && kind != aPast {
		return 0
	}
	past, skip := kind == aPast, 0
	for skip < len(ws) && isAny(ws[skip:], "on", "from", "is", "will", "be", "with", "us", "the", "company", "business", "date", "of", "was", "at", "by", "effect") && r.day(lang, ws[skip:], past).words == 0 {
		skip++
	}
	if isAny(ws[skip:], "end", "close") { // "at the end of the day on Friday"
		skip += r.closing(ws[skip:])
		if isAny(ws[skip:], "on") {
			skip++
		}
	}
	got := r.day(lang, ws[skip:], past)
	if got.words == 0 {
		return 0
	}
	r.lastDay(lang, got, ws[skip:skip+got.words], true)
	return skip + got.words
}

// lastDay takes the last day. One that a marker announces goes before one that stands alone; otherwise a second is not understood.
func (r *leaverReader) lastDay(lang texts.Language, got reading, ws []word, announced bool) {
	switch {
	case r.out.LastDay == "" && r.out.LastDayText == "":
		r.out.LastDay, r.out.LastDayText, r.announced = got.date, join(ws), announced
		if got.doubt != "" {
			r.doubt("last_day", lang.Say("%s", got.doubt))
		}
		return
	case got.date != "" && got.date == r.out.LastDay:
		return
	case announced && !r.announced:
		r.out.Rest = append(r.out.Rest, r.out.LastDayText)
		r.out.LastDay, r.out.LastDayText, r.announced = got.date, join(ws), true
	default:
		r.rest(ws)
	}
	r.out.Doubts["last_day"] = lang.Say("Two dates were written. Check the last working day.")
}

// settle says what each part is.
func (r *leaverReader) settle(lang texts.Language) {
	for _, p := range r.parts {
		ws := p.words
		if p.kind == anAside {
			r.rest(ws)
			continue
		}
		if ws = r.withoutPronoun(trimFillers(ws)); len(ws) == 0 {
			continue
		}
		switch {
		case p.kind == aLocation:
			r.site(ws, true)
		case r.place(ws):
		case p.kind != aSubject:
			if r.out.LastDay == "" && r.out.LastDayText == "" {
				r.out.LastDayText = join(ws)
				r.doubt("last_day", lang.Say("I could not read %s as a date. Choose the last working day.", quote(join(ws))))
			} else {
				r.rest(ws)
			}
		default:
			r.subject(lang, ws)
		}
	}
}

// withoutPronoun takes out "her" of "her last day", and what belongs to the verb.
func (r *leaverReader) withoutPronoun(ws []word) []word {
	if len(ws) == 1 && isAny(ws, "her", "his", "their", "my", "its", "he", "she", "they", "employee", "colleague", "please") {
		return nil
	}
	return ws
}

// subject takes a part as who leaves. An address goes before a name, because only one person has it.
func (r *leaverReader) subject(lang texts.Language, ws []word) {
	for len(ws) > 1 && isAny(ws, titles()...) {
		ws = ws[1:]
	}
	for i := 1; i < len(ws); i++ { // "Tom Hughes has told us"
		if slices.Contains([]string{"has", "have", "had", "is", "was", "will", "who", "that", "in", "at", "to", "of"}, ws[i].text) {
			name, rest := ws[:i], trimFillers(ws[i:])
			if !r.place(rest) && !allFillers(ws[i:]) {
				r.rest(ws[i:])
			}
			ws = name
			break
		}
	}
	text, only := strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(join(ws), "'s"), "'")), len(ws) == 1 && (isSignIn(ws[0].text) || isGUID(ws[0].text))
	switch {
	case !only && (!looksLikeName(ws) || len(r.jobsOf(ws)) > 0 && (r.out.SubjectText != "" || len(ws) > 1)):
		r.rest(ws)
	case r.out.SubjectText == "":
		r.out.SubjectText = text
	case plain(text) == plain(r.out.SubjectText):
	case only && !strings.Contains(r.out.SubjectText, "@") && !isGUID(r.out.SubjectText):
		r.out.Rest = append(r.out.Rest, r.out.SubjectText)
		r.out.SubjectText = text
		r.doubt("subject", lang.Say("A name and an address were written. Check who leaves."))
	default:
		r.rest(ws)
		r.doubt("subject", lang.Say("More than one name was written. Check who leaves; the others need a form each."))
	}
}

func allFillers(ws []word) bool { return len(trimFillers(ws)) == 0 }

// atOnce finds the words for now. They are never taken for it: an exit at once is another command.
func (r *leaverReader) atOnce(lang texts.Language, ws []word) int {
	for _, phrase := range []string{"with immediate effect", "effective immediately", "as soon as possible", "right now", "right away", "straight away", "at once", "immediately", "urgently", "urgent", "asap", "now"} {
		if words := strings.Fields(phrase); begins(ws, words) {
			r.doubt("last_day", lang.Say("To end the sign-in now, withdraw this and write %s and the name.", quote("urgent leaver")))
			return len(words)
		}
	}
	return 0
}

// bareDay takes a day that no marker announces. In the middle of a part only one with digits counts: people are called April and Friday.
func (r *leaverReader) bareDay(lang texts.Language, ws []word, fresh bool, kind leaverKind) reading {
	got := r.day(lang, ws, kind == aPast)
	if got.words == 0 {
		return reading{}
	}
	expected := kind == aLastDay || kind == aPast || ws[0].text == ws[0].low && isAny(ws, "in", "last", "next", "this", "yesterday", "today", "tomorrow")
	if text := join(ws[:got.words]); !strings.ContainsAny(text, "0123456789") {
		alone := ws[0].gap || len(ws) == 1 || len(text) > 3 && unicode.IsLower([]rune(ws[1].text)[0])
		if !fresh && !expected || got.words == 1 && !alone { // Sunday Adeyemi
			return reading{}
		}
	} else if got.words == 1 && got.date == "" && !fresh && !expected {
		return reading{}
	}
	return got
}
