package flows

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// jobPhrase is a job profile's name or one of its other words, as words.
type jobPhrase struct{ words []string }

// jobPhrases are all of them, the longest first.
func (r *sentenceReader) jobPhrases() []jobPhrase {
	var out []jobPhrase
	for name, j := range r.policy.Jobs {
		for _, text := range append([]string{name}, j.Also...) {
			var words []string
			for _, w := range splitWords(text) {
				words = append(words, w.low)
			}
			if len(words) > 0 {
				out = append(out, jobPhrase{words})
			}
		}
	}
	slices.SortFunc(out, func(a, b jobPhrase) int {
		return cmp.Or(cmp.Compare(len(b.words), len(a.words)), slices.Compare(a.words, b.words))
	})
	return out
}

// marker is a phrase that says what comes next.
type marker struct {
	phrase string // in lower case
	words  []string
	kind   partKind
	weak   bool // counts only when what it announces follows
	noun   bool // also an ordinary word: counts only at the beginning of a part, see isLabel
}

// markers are the phrases, the longer before the shorter they begin with.
func markers() []marker {
	all := []marker{
		{phrase: "start date is", kind: aStart},
		{phrase: "start date", kind: aStart},
		{phrase: "starting date", kind: aStart},
		{phrase: "first working day is", kind: aStart},
		{phrase: "first working day", kind: aStart},
		{phrase: "first day is", kind: aStart},
		{phrase: "first day", kind: aStart},
		{phrase: "starts", kind: aStart},
		{phrase: "starting", kind: aStart},
		{phrase: "start", kind: aStart},
		{phrase: "joins", kind: aStart},
		{phrase: "joining", kind: aStart},
		{phrase: "join", kind: aStart},
		{phrase: "begins", kind: aStart},
		{phrase: "beginning", kind: aStart},
		{phrase: "commences", kind: aStart},
		{phrase: "commencing", kind: aStart},
		{phrase: "with effect from", kind: aStart},
		{phrase: "as of", kind: aStart, weak: true},
		{phrase: "as from", kind: aStart, weak: true},
		{phrase: "effective", kind: aStart, weak: true},
		{phrase: "from", kind: aStart, weak: true},
		{phrase: "on", kind: aStart, weak: true},

		{phrase: "end date is", kind: anEnd},
		{phrase: "end date", kind: anEnd},
		{phrase: "last day is", kind: anEnd},
		{phrase: "last day", kind: anEnd},
		{phrase: "until", kind: anEnd},
		{phrase: "till", kind: anEnd},
		{phrase: "ends on", kind: anEnd},
		{phrase: "ends", kind: anEnd},
		{phrase: "ending on", kind: anEnd},
		{phrase: "ending", kind: anEnd},
		{phrase: "up to", kind: anEnd, weak: true},
		{phrase: "through", kind: anEnd, weak: true},
		{phrase: "to", kind: anEnd, weak: true},

		{phrase: "reports into", kind: aManager},
		{phrase: "reports to", kind: aManager},
		{phrase: "reporting into", kind: aManager},
		{phrase: "reporting to", kind: aManager},
		{phrase: "report to", kind: aManager},
		{phrase: "line manager is", kind: aManager},
		{phrase: "line manager will be", kind: aManager},
		{phrase: "line manager", kind: aManager},
		{phrase: "line managed by", kind: aManager},
		{phrase: "managed by", kind: aManager},
		{phrase: "manager is", kind: aManager},
		{phrase: "manager will be", kind: aManager},
		{phrase: "manager", kind: aManager, noun: true},
		{phrase: "works for", kind: aManager},
		{phrase: "working for", kind: aManager},
		{phrase: "work for", kind: aManager},
		{phrase: "working under", kind: aManager},
		{phrase: "supervised by", kind: aManager},

		{phrase: "job title is", kind: aJob},
		{phrase: "job title", kind: aJob},
		{phrase: "job is", kind: aJob},
		{phrase: "role is", kind: aJob},
		{phrase: "job", kind: aJob, noun: true},
		{phrase: "role", kind: aJob, noun: true},
		{phrase: "position", kind: aJob, noun: true},
		{phrase: "title", kind: aJob, noun: true},
		{phrase: "working as", kind: aJob},
		{phrase: "as our new", kind: aJob},
		{phrase: "as our", kind: aJob},
		{phrase: "as an", kind: aJob},
		{phrase: "as a", kind: aJob},
		{phrase: "as the", kind: aJob},
		{phrase: "as", kind: aJob},

		{phrase: "name is", kind: aName},
		{phrase: "named", kind: aName},
		{phrase: "called", kind: aName},
		{phrase: "full name", kind: aName},
		{phrase: "name", kind: aName, noun: true},

		{phrase: "based in", kind: aSite},
		{phrase: "based at", kind: aSite},
		{phrase: "located in", kind: aSite},
		{phrase: "works in", kind: aPlace},
		{phrase: "works at", kind: aPlace},
		{phrase: "working in", kind: aPlace},
		{phrase: "working at", kind: aPlace},
		{phrase: "working from", kind: aPlace},
		{phrase: "site is", kind: aSite},
		{phrase: "office is", kind: aSite},
		{phrase: "location is", kind: aSite},
		{phrase: "site", kind: aSite, noun: true},
		{phrase: "office", kind: aSite, noun: true},
		{phrase: "location", kind: aSite, noun: true},
		{phrase: "in", kind: aPlace},
		{phrase: "at", kind: aPlace},
	}
	for i := range all {
		all[i].words = strings.Fields(all[i].phrase)
	}
	return all
}

// scan walks over the words once and cuts them into parts. A date is taken wherever a part may begin.
func (r *sentenceReader) scan(ws []word) {
	marks := markers()
	cur := part{}
	fresh := true // a part may begin here
	closePart := func() {
		r.parts = append(r.parts, cur)
		cur, fresh = part{}, true
	}
	for i := 0; i < len(ws); {
		if n := r.bareDate(ws[i:], fresh, cur.kind == aStart); n > 0 {
			closePart()
			i += n
			continue
		}
		if n := r.jobAt(ws[i:], cur); n > 0 {
			closePart()
			r.parts = append(r.parts, part{aKnownJob, ws[i : i+n]})
			i += n
			continue
		}
		if n := r.durationAt(ws[i:]); n > 0 {
			closePart()
			i += n
			continue
		}
		if n, kind := r.marker(marks, ws, i, fresh, cur.kind == aStart); n > 0 {
			closePart()
			cur.kind = kind
			i += n
			if taken := r.announced(kind, ws[i:]); taken > 0 {
				cur.words = ws[i : i+taken]
				if kind == aStart || kind == anEnd {
					cur.words = nil // taken as a date
				}
				i += taken
				closePart()
			}
			continue
		}
		if n := r.employmentAt(ws[i:], cur); n > 0 {
			i += n
			if ws[i-1].gap {
				closePart()
			}
			continue
		}
		if strings.Contains(ws[i].text, "@") && (cur.kind != aManager || len(cur.words) > 0) { // an address is no part of a name
			closePart()
			r.parts = append(r.parts, part{words: ws[i : i+1]})
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

// marker finds the marker that the words begin with. It takes the words it counts only when they say so here.
// undated reports that a start was announced whose date has not come yet.
func (r *sentenceReader) marker(marks []marker, ws []word, i int, fresh, undated bool) (n int, kind partKind) {
	for _, m := range marks {
		phrase := m.words
		if !begins(ws[i:], phrase) {
			continue
		}
		after := ws[i+len(phrase):]
		last := ws[i+len(phrase)-1]
		switch {
		case m.weak && (r.dates.read(r.policy.Lang(), after).words == 0 || m.kind == anEnd && undated): // "the start has moved to 5 January"
			if m.phrase == "from" && r.siteLength(after) > 0 {
				return 1, aPlace
			}
			continue
		case m.noun && (!fresh && !undated && !(i > 0 && isAny(ws[i-1:], "and", "with", "her", "his", "their")) || !r.isLabel(m, last, after)):
			continue
		case m.kind == aPlace && len(phrase) == 1 && r.dates.read(r.policy.Lang(), ws[i:]).words > 0:
			continue // "in two weeks"
		}
		return len(phrase), m.kind
	}
	return 0, anything
}

// isLabel reports whether an ordinary word announces what comes after it: "site: Leeds" and "office Leeds", but not "Office Manager".
func (r *sentenceReader) isLabel(m marker, last word, after []word) bool {
	switch {
	case last.gap || len(after) == 0:
		return false
	case last.colon || m.kind == aManager:
		return true
	case m.kind == aSite:
		return r.siteLength(after) > 0
	}
	return last.text == last.low // Job is also a name
}

// announced takes what must follow a marker of this kind, a date or a site, and says how many words that took.
func (r *sentenceReader) announced(kind partKind, ws []word) int {
	switch kind {
	case aStart, anEnd:
		return r.dateAfter(kind, ws)
	case aPlace, aSite:
		return r.siteLength(ws)
	}
	return 0
}

// durationAt takes "for six months": the last day is for people to say.
func (r *sentenceReader) durationAt(ws []word) int {
	if !isAny(ws, "for") || len(ws) < 3 {
		return 0
	}
	_, n := countWord(ws[1:])
	if n == 0 || !isAny(ws[1+n:], "day", "days", "week", "weeks", "fortnight", "month", "months", "year", "years") {
		return 0
	}
	r.doubt("end", r.policy.Lang().Say("%s was written. Choose the last day.", capital(join(ws[:n+2]))))
	return n + 2
}

// dateAfter takes the date that follows a marker, small words between aside, and says how many words it took.
func (r *sentenceReader) dateAfter(kind partKind, ws []word) int {
	skip := 0
	for skip < len(ws) && isAny(ws[skip:], "on", "from", "is", "work", "with", "us", "date", "of") && r.dates.read(r.policy.Lang(), ws[skip:]).words == 0 {
		skip++
	}
	got := r.dates.read(r.policy.Lang(), ws[skip:])
	if got.words == 0 {
		return 0
	}
	if kind == anEnd {
		if len(r.end) > 0 {
			r.rest(ws[skip : skip+got.words])
			r.doubt("end", r.policy.Lang().Say("Two end dates were written. Check the last day."))
		} else {
			r.end = ws[skip : skip+got.words]
		}
	} else {
		r.start(got, ws[skip:skip+got.words], true)
	}
	return skip + got.words
}

// start takes the start date. One that a marker announces goes before one that stands alone, which may be a birthday; otherwise a
// second date is not understood.
func (r *sentenceReader) start(got reading, ws []word, announced bool) {
	if r.out.Start != "" || r.out.StartText != "" {
		if got.date != "" && got.date == r.out.Start {
			return
		}
		if announced && !r.announcedStart {
			r.out.Rest = append(r.out.Rest, r.out.StartText)
			r.out.Start, r.out.StartText, r.announcedStart = got.date, join(ws), true
		} else {
			r.rest(ws)
		}
		r.out.Doubts["start"] = r.policy.Lang().Say("Two dates were written. Check the first working day.")
		return
	}
	r.out.Start, r.out.StartText, r.announcedStart = got.date, join(ws), announced
	if got.doubt != "" {
		r.doubt("start", r.policy.Lang().Say("%s", got.doubt))
	}
}

// bareDate takes a date that no marker announces. In the middle of a part only one with digits counts: people are called April and Friday.
func (r *sentenceReader) bareDate(ws []word, fresh, undated bool) int {
	got := r.dates.read(r.policy.Lang(), ws)
	if got.words == 0 {
		return 0
	}
	if text := join(ws[:got.words]); !strings.ContainsAny(text, "0123456789") {
		alone := ws[0].gap || len(ws) == 1 || len(text) > 3 && unicode.IsLower([]rune(ws[1].text)[0])
		if !fresh && !undated || got.words == 1 && !alone { // Sunday Adeyemi
			return 0
		}
	} else if got.words == 1 && got.date == "" && !fresh && !undated {
		return 0
	}
	r.start(got, ws[:got.words], undated)
	return got.words
}

// jobAt finds a job profile in the words. Inside another part it needs something before it: Tom Baker is not the baker Tom.
func (r *sentenceReader) jobAt(ws []word, cur part) int {
	for _, j := range r.jobs {
		if !begins(ws, j.words) {
			continue
		}
		before := len(cur.words)
		switch {
		case cur.kind == aManager && (before < 2 || ws[0].low == ws[0].text):
			return 0
		case before == 1 && len(j.words) == 1:
			return 0
		case partOfLongerTitle(ws[len(j.words)-1], ws[len(j.words):]):
			return 0
		}
		return len(j.words)
	}
	return 0
}

// partOfLongerTitle reports whether the words after a job go on with its title: "Account Manager Assistant" is another job.
func partOfLongerTitle(last word, after []word) bool {
	if last.gap {
		return false
	}
	return isAny(after, "assistant", "trainee", "apprentice", "lead", "director") || isAny(after, "manager") && after[0].text != after[0].low
}

// employmentAt takes the words that say how somebody is employed.
func (r *sentenceReader) employmentAt(ws []word, cur part) int {
	if cur.kind == aManager && len(cur.words) == 0 {
		return 0
	}
	switch ws[0].low {
	case "employment":
		if !ws[0].colon {
			return 0
		}
	case "contractor":
		r.employment(contractor)
	case "employee", "permanent", "permanently", "perm":
		r.employment(employee)
	default:
		return 0
	}
	return 1
}

// siteLength is how many words name a site here, "the" and "office" included.
func (r *sentenceReader) siteLength(ws []word) int {
	for n := min(len(ws), 6); n > 0; n-- {
		part := ws[:n]
		if isAny(part, "the", "our") && n > 1 {
			part = part[1:]
		}
		if k := len(part); k > 1 && isAny(part[k-1:], "office", "site") {
			part = part[:k-1]
		}
		if found := r.policy.FindSites(join(part)); len(found) == 1 && plain(found[0]) == plain(join(part)) {
			return n
		}
	}
	return 0
}
