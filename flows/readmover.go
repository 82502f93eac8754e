package flows

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"muster/flows/texts"
)

// ReadMover reads a sentence such as "Tom Hughes to Finance Assistant from 1 February, reports to Aisha Khan", with or without the command
// before it; with "until 30 June" it is a secondment. The parts may come in any order. today is the day at the organisation. Who is meant is
// for the directory and HR to say: more than one name is a doubt.
func ReadMover(text string, p *Policy, today Date) Sentence {
	ws := splitWords(text)
	if len(ws) == 0 {
		return Sentence{Kind: MoverEvent}
	}
	r := &moverReader{sentenceReader{policy: p, dates: dateReader{from: today, late: p.Limits.LateDays}, out: Sentence{Kind: MoverEvent, Doubts: map[string]string{}}}}
	r.jobs = r.jobPhrases()
	ws = r.aside(p.Lang(), withoutMove(ws))
	r.scan(r.turns(p.Lang(), ws))
	r.settle(p.Lang())
	return r.out
}

// moverReader reads a mover's sentence as a joiner's is read, once the words of a move are turned into those of a start.
type moverReader struct{ sentenceReader }

// withoutMove takes out the words that began the event.
func withoutMove(ws []word) []word {
	for i := 0; i < min(len(ws), 3); i++ {
		if isAny(ws[i:], "mover", "secondment", "transfer") {
			return ws[i+1:]
		}
		if !isAny(ws[i:], "the", "our", "new", "a") {
			break
		}
	}
	return ws
}

// aside takes what only a move has, and stands between commas or not: the cost centre and the length of the hand-over.
func (r *moverReader) aside(lang texts.Language, ws []word) []word {
	var out []word
	for i := 0; i < len(ws); {
		if n := r.costCentre(lang, ws[i:]) + r.handover(lang, ws[i:]); n > 0 {
			if len(out) > 0 {
				out[len(out)-1].gap = true
			}
			i += n
			continue
		}
		out = append(out, ws[i])
		i++
	}
	return out
}

// costCentre takes "cost centre 4711": one word, as it is typed.
func (r *moverReader) costCentre(lang texts.Language, ws []word) int {
	for _, phrase := range []string{"new cost centre", "new cost center", "cost centre", "cost center", "cost code"} {
		words := strings.Fields(phrase)
		if !begins(ws, words) || ws[len(words)-1].gap && !ws[len(words)-1].colon {
			continue
		}
		n := len(words)
		if isAny(ws[n:], "is") {
			n++
		}
		if n == len(ws) {
			return 0
		}
		if r.out.CostCentre != "" && r.out.CostCentre != ws[n].text {
			r.doubt("cost_centre", lang.Say("Two cost centres were written. Check which one is right."))
		}
		r.out.CostCentre = ws[n].text
		return n + 1
	}
	return 0
}

// handover takes "hand-over of 10 days". Anything but working days is asked about.
func (r *moverReader) handover(lang texts.Language, ws []word) int {
	if !isAny(ws, "hand-over", "handover") {
		return 0
	}
	n := 1
	for isAny(ws[n:], "of", "is", "for", "period", "window", "time") {
		n++
	}
	days, used := countWord(ws[n:])
	if used == 0 {
		return 0
	}
	n += used
	if isAny(ws[n:], "working") {
		n++
	}
	if !isAny(ws[n:], "day", "days") {
		return 0
	}
	if days > mostHandover {
		r.doubt("handover_days", lang.Say("A hand-over of %s is long. Check it.", count(lang, days, "day")))
	}
	r.out.Handover = strconv.Itoa(days)
	return n + 1
}

// turns writes the words of a move as those of a start: "moves to", "becomes" and a plain "to" come before the new job, and the job after
// "from" is the old one, which the directory knows.
func (r *moverReader) turns(lang texts.Language, ws []word) []word {
	var out []word
	for i := 0; i < len(ws); {
		if n := r.oldJob(lang, ws, i); n > 0 {
			if len(out) > 0 {
				out[len(out)-1].gap = true
			}
			i += n
			continue
		}
		if n := r.toJob(lang, ws, i); n > 0 {
			if len(out) > 0 {
				out[len(out)-1].gap = true
			}
			out = append(out, word{text: "as", low: "as"})
			i += n
			continue
		}
		out = append(out, ws[i])
		i++
	}
	return out
}

// moves are the words that come before the new job. The longer stand before the shorter they begin with.
func moves() []string {
	return []string{
		"is moving over to", "is moving to", "will be moving to", "will move to", "moves over to", "moves across to", "moves to", "moving to", "moves into", "moved to", "move to",
		"is transferring to", "transfers to", "transferring to", "is transferred to", "is seconded to", "seconded to", "on secondment to", "goes on secondment to", "on secondment as",
		"is promoted to", "promoted to", "switches to", "changes to", "changing to", "will become", "is becoming", "becomes", "becoming", "new job is", "new job", "new role is", "new role", "goes to",
	}
}

// toJob is how many words say that the new job follows.
func (r *moverReader) toJob(lang texts.Language, ws []word, i int) int {
	for _, phrase := range moves() {
		words := strings.Fields(phrase)
		if begins(ws[i:], words) && len(ws) > i+len(words) && r.dates.read(lang, ws[i+len(words):]).words == 0 {
			return len(words)
		}
	}
	if i == 0 || ws[i].text != "to" || ws[i].gap || len(ws) == i+1 || r.dates.read(lang, ws[i+1:]).words > 0 {
		return 0
	}
	if isAny(ws[i-1:], "reports", "reporting", "report", "reported", "up", "due", "according", "answers", "answering", "belongs") {
		return 0
	}
	return 1
}

// oldJob is how many words name the job that the person leaves: "from Account Manager", when another job follows.
func (r *moverReader) oldJob(lang texts.Language, ws []word, i int) int {
	if ws[i].text != "from" || ws[i].gap {
		return 0
	}
	for _, j := range r.jobs {
		n := 1 + len(j.words)
		if begins(ws[i+1:], j.words) && len(ws) > i+n && (r.toJob(lang, ws, i+n) > 0) {
			return n
		}
	}
	return 0
}

// settle says what each part is: who moves, the job, the manager, the site.
func (r *moverReader) settle(lang texts.Language) {
	r.settleEnd()
	delete(r.out.Doubts, "employment")
	r.out.Employment = ""
	var open [][]word
	for _, p := range r.parts {
		ws := trimFillers(p.words)
		if len(ws) == 0 {
			continue
		}
		switch p.kind {
		case aKnownJob:
			r.job(ws)
		case aJob:
			if !r.place(ws) {
				r.job(ws)
			}
		case aName:
			r.subject(lang, ws)
		case aManager:
			if r.out.ManagerText == "" {
				r.out.ManagerText = join(ws)
			} else {
				r.rest(ws)
			}
		case aSite, aPlace:
			r.site(ws, p.kind == aSite)
		case aStart:
			if !r.place(ws) {
				r.startText(ws)
			}
		case anEnd:
			r.doubt("end", lang.Say("I could not read %s as a date. Choose the last day.", quote(join(ws))))
		default:
			if !r.place(ws) {
				open = append(open, ws)
			}
		}
	}
	for _, ws := range open {
		r.subject(lang, ws)
	}
	if d := r.out.Doubts["start"]; strings.HasSuffix(d, "first working day.") {
		r.out.Doubts["start"] = strings.Replace(d, "first working day", "day of the change", 1)
	}
}

// subject takes a part as who moves. An address goes before a name, because only one person has it.
func (r *moverReader) subject(lang texts.Language, ws []word) {
	for len(ws) > 1 && isAny(ws, titles()...) {
		ws = ws[1:]
	}
	for len(ws) > 1 && unicode.IsLower([]rune(ws[len(ws)-1].text)[0]) && isAny(ws[len(ws)-1:], "moves", "moving", "move", "transfers", "transferring", "changes", "goes", "has", "is", "will", "who", "job", "jobs") {
		ws = ws[:len(ws)-1]
	}
	text := strings.TrimSuffix(strings.TrimSuffix(join(ws), "'s"), "'")
	only := len(ws) == 1 && (isSignIn(ws[0].text) || isGUID(ws[0].text))
	lower := slices.ContainsFunc(ws, func(w word) bool {
		return unicode.IsLower([]rune(w.text)[0]) && !slices.Contains(nameParticles(), w.low)
	})
	switch {
	case !only && (!looksLikeName(ws) || len(r.jobsOf(ws)) > 0 || lower && r.out.SubjectText != ""):
		r.rest(ws)
	case r.out.SubjectText == "":
		r.out.SubjectText = text
	case plain(text) == plain(r.out.SubjectText):
	case only && !strings.Contains(r.out.SubjectText, "@") && !isGUID(r.out.SubjectText):
		r.out.Rest = append(r.out.Rest, r.out.SubjectText)
		r.out.SubjectText = text
		r.doubt("subject", lang.Say("A name and an address were written. Check who moves."))
	default:
		r.rest(ws)
		r.doubt("subject", lang.Say("More than one name was written. Check who moves; the others need a form each."))
	}
}

// nameParticles are small words inside names.
func nameParticles() []string {
	return []string{"van", "von", "der", "den", "de", "del", "della", "di", "da", "das", "do", "dos", "du", "la", "le", "ter", "ten", "bin", "ibn", "binti", "al", "el", "af", "av", "zu"}
}
