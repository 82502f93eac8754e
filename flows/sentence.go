package flows

import (
	"slices"
	"strings"
	"unicode"
)

// Sentence is what could be read from one sentence about a joiner or a leaver. What was said and not understood is a doubt or in Rest; what was not
// said is empty. Nothing in it is a guess: a doubtful value carries its doubt.
type Sentence struct {
	Kind        EventKind
	Given       string
	Surname     string
	Job         string // name of a job profile; empty when JobText is not one
	JobText     string // the job as typed
	Start       Date
	StartText   string // the start as typed
	ManagerText string // the manager as typed
	Site        string // name of a site
	Employment  string // "employee", "contractor" or not said
	End         Date
	Doubts      map[string]string // field id of the form -> one sentence
	Rest        []string          // parts not understood, as typed

	// Of a leaver.
	SubjectText string // who leaves, as typed: a name, a sign-in name or an object id
	LastDay     Date
	LastDayText string // the last day as typed
	LastTime    string // time of day at which sign-in ends, "17:00"; empty for closing time
	Hold        string // that data must be kept: "Legal hold"; empty when nothing was said
	HoldUntil   Date   // and until when

	// Of a mover, besides the subject. Start is the day of the change, End the last day of a secondment.
	CostCentre string
	Handover   string // working days of the hand-over, a number; empty when not said
}

// ReadJoiner reads a sentence such as "new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes". The parts may
// come in any order. today is the day at the organisation.
func ReadJoiner(text string, p *Policy, today Date) Sentence {
	ws := splitWords(text)
	if len(ws) == 0 {
		return Sentence{}
	}
	r := &sentenceReader{policy: p, dates: dateReader{from: today, late: p.Limits.LateDays}, out: Sentence{Kind: JoinerEvent, Doubts: map[string]string{}}}
	r.jobs = r.jobPhrases()
	r.scan(r.withoutTrigger(ws))
	r.settle()
	return r.out
}

// sentenceReader reads one sentence: scan finds the parts, settle says what each is.
type sentenceReader struct {
	policy *Policy
	dates  dateReader
	jobs   []jobPhrase
	parts  []part
	end    []word // what was said about the end date
	out    Sentence

	announcedStart bool // the start date stood behind a marker
}

// part is a run of words after a marker, or between others.
type part struct {
	kind  partKind
	words []word
}

type partKind int

const (
	anything partKind = iota
	aName
	aJob
	aManager
	aPlace      // after "in" and "at": perhaps a site
	aSite       // after "based in": surely a site
	aStart      // after "starts", when no date follows
	anEnd       // after "until", when no date follows
	aKnownJob   // is a job profile
	aContractor // or employee: the word itself
)

// doubt notes the first doubt about a field.
func (r *sentenceReader) doubt(field, text string) {
	if r.out.Doubts[field] == "" {
		r.out.Doubts[field] = text
	}
}

func (r *sentenceReader) rest(ws []word) {
	if text := join(ws); text != "" {
		r.out.Rest = append(r.out.Rest, text)
	}
}

// withoutTrigger takes out the words that began the event.
func (r *sentenceReader) withoutTrigger(ws []word) []word {
	for i := range ws {
		for _, t := range []string{"new starter", "new joiner", "new employee", "new hire", "new contractor", "new colleague", "joiner", "starter"} {
			phrase := strings.Fields(t)
			if !begins(ws[i:], phrase) {
				continue
			}
			if phrase[len(phrase)-1] == contractor {
				r.employment(contractor)
			}
			before := slices.Clone(ws[:i])
			if len(before) > 0 {
				before[len(before)-1].gap = true
			}
			return append(before, ws[i+len(phrase):]...)
		}
	}
	return ws
}

func (r *sentenceReader) employment(kind string) {
	if r.out.Employment != "" && r.out.Employment != kind {
		r.doubt("employment", r.policy.Lang().Say("Both employee and contractor were written. Choose one."))
	}
	r.out.Employment = kind
}

// settle says what each part is. Parts with a marker come first: what is left over is then easier to tell.
func (r *sentenceReader) settle() {
	r.settleEnd()
	var open [][]word
	for _, p := range r.parts {
		ws := trimFillers(p.words)
		if len(ws) == 0 {
			continue
		}
		switch p.kind {
		case aKnownJob:
			r.job(ws)
		case aName:
			r.name(ws)
		case aJob:
			r.job(ws)
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
			r.doubt("end", r.policy.Lang().Say("I could not read %s as a date. Choose the last day.", quote(join(ws))))
		default:
			if !r.place(ws) {
				open = append(open, ws)
			}
		}
	}
	r.settleOpen(open)
	if r.out.End != "" && r.out.Employment == "" {
		r.doubt("employment", r.policy.Lang().Say("An end date was written. Is this a contractor?"))
	}
}

// settleEnd reads the end date now that the start is known: "until 30 June" means the first one after it.
func (r *sentenceReader) settleEnd() {
	if len(r.end) == 0 {
		return
	}
	d := r.dates
	if r.out.Start != "" {
		d = dateReader{from: r.out.Start}
	}
	got := d.read(r.policy.Lang(), r.end)
	r.out.End = got.date
	if got.doubt != "" {
		r.doubt("end", r.policy.Lang().Say("%s", got.doubt))
	}
}

// settleOpen tells name and job apart among the parts without a marker. The first that is surely no job is the name; then comes the job.
func (r *sentenceReader) settleOpen(open [][]word) {
	if r.out.Given == "" && r.out.Surname == "" {
		at := slices.IndexFunc(open, func(ws []word) bool { return looksLikeName(ws) && len(r.jobsOf(ws)) == 0 })
		if at < 0 {
			at = slices.IndexFunc(open, looksLikeName)
		}
		if at >= 0 {
			unsure := r.out.Job == "" && r.out.JobText == "" && slices.ContainsFunc(open, func(ws []word) bool { return looksLikeName(ws) && &ws[0] != &open[at][0] && len(r.jobsOf(ws)) == 0 })
			name := open[at]
			r.name(name)
			if unsure {
				r.doubt("given", r.policy.Lang().Say("I took %s to be the name. Correct it if not.", quote(join(name))))
			}
			open = slices.Delete(open, at, at+1)
		}
	}
	for _, ws := range open {
		if r.out.Job == "" && r.out.JobText == "" && looksLikeName(ws) {
			r.job(ws)
		} else {
			r.rest(ws)
		}
	}
}

// jobsOf are the job profiles that a part without a marker may mean. Two letters are too few to mean one.
func (r *sentenceReader) jobsOf(ws []word) []string {
	if text := join(ws); length(text) > 2 {
		return r.policy.FindJobs(text)
	}
	return nil
}

// job takes a part as the job.
func (r *sentenceReader) job(ws []word) {
	text := join(ws)
	found := r.policy.FindJobs(text)
	if r.out.JobText != "" {
		if !slices.Contains(found, r.out.Job) || len(found) > 1 {
			r.rest(ws)
		}
		return
	}
	r.out.JobText = text
	switch len(found) {
	case 0:
		r.doubt("job", r.policy.Lang().Say("There is no job profile called %s. Choose one.", quote(text)))
	case 1:
		r.out.Job = found[0]
	default:
		r.doubt("job", r.policy.Lang().Say("%s may be %s. Choose one.", quote(text), strings.Join(found, " or ")))
	}
}

// site takes a part that names a place. surely tells "based in York" from "in marketing".
func (r *sentenceReader) site(ws []word, surely bool) {
	switch {
	case r.place(ws):
	case surely:
		r.doubt("site", r.policy.Lang().Say("There is no site called %s. Choose one.", quote(join(ws))))
	default:
		r.rest(ws)
	}
}

// place reports whether a part names exactly one site, and takes it.
func (r *sentenceReader) place(ws []word) bool {
	if isAny(ws, "the", "our") {
		ws = ws[1:]
	}
	if n := len(ws); n > 1 && isAny(ws[n-1:], "office", "site", "branch") {
		ws = ws[:n-1]
	}
	found := r.policy.FindSites(join(ws))
	if len(found) != 1 || plain(found[0]) != plain(join(ws)) {
		return false
	}
	if r.out.Site != "" && r.out.Site != found[0] {
		r.doubt("site", r.policy.Lang().Say("Both %s and %s were written. Choose one.", r.out.Site, found[0]))
		return true
	}
	r.out.Site = found[0]
	return true
}

// startText is what stood where the start date should.
func (r *sentenceReader) startText(ws []word) {
	if r.out.Start != "" || r.out.StartText != "" {
		r.rest(ws)
		return
	}
	r.out.StartText = join(ws)
	r.doubt("start", r.policy.Lang().Say("I could not read %s as a date. Choose the first working day.", quote(join(ws))))
}

// name takes a part as the subject's name. The last word is the surname, from the first particle on: Vincent, van Gogh.
func (r *sentenceReader) name(ws []word) {
	for len(ws) > 1 && isAny(ws, titles()...) {
		ws = ws[1:]
	}
	if !looksLikeName(ws) || r.out.Given+r.out.Surname != "" {
		r.rest(ws)
		return
	}
	last := len(ws) - 1
	particle := false
	for i := 1; i < last; i++ {
		if slices.Contains([]string{"van", "von", "vom", "der", "den", "de", "del", "della", "di", "da", "das", "do", "dos", "du", "la", "le", "ter", "ten", "'t", "bin", "ibn", "binti", "al", "el", "af", "av", "zu", "st", "san", "ap"}, ws[i].low) {
			last, particle = i, true
		}
	}
	if len(ws) == 1 {
		r.out.Given = ws[0].text
		r.doubt("surname", r.policy.Lang().Say("I read one name only. Write the surname."))
		return
	}
	r.out.Given, r.out.Surname = join(ws[:last]), join(ws[last:])
	if len(ws) > 2 && !particle {
		r.doubt("surname", r.policy.Lang().Say("Is the surname %s? Check both names.", r.out.Surname))
	}
	if whole := join(ws); whole == strings.ToLower(whole) || whole == strings.ToUpper(whole) {
		r.doubt("given", r.policy.Lang().Say("Check the capitals of the name."))
	}
}

// maxNameWords is how many words a name may have before it is more likely a sentence.
const maxNameWords = 7

func looksLikeName(ws []word) bool {
	if len(ws) == 0 || len(ws) > maxNameWords {
		return false
	}
	for _, w := range ws {
		if !isName(w.text) {
			return false
		}
	}
	return true
}

// trimFillers takes the words off both ends that say nothing. Will and An are names when they have a capital.
func trimFillers(ws []word) []word {
	filler := func(w word) bool {
		if slices.Contains([]string{"we", "hi", "hello", "please", "she", "he", "they", "who", "and"}, w.low) {
			return true
		}
		return unicode.IsLower([]rune(w.text)[0]) && slices.Contains([]string{"a", "an", "the", "our", "is", "are", "was", "will", "be", "has", "have", "having", "to", "as", "of", "with", "for", "us", "her", "his", "their", "on", "at", "in", "from", "then", "also", "due", "new", "going", "being", "that", "there", "this", "would", "like", "add"}, w.low)
	}
	for len(ws) > 0 && filler(ws[0]) {
		ws = ws[1:]
	}
	for len(ws) > 0 && filler(ws[len(ws)-1]) {
		ws = ws[:len(ws)-1]
	}
	return ws
}
