package cards

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// linesAtOnce is how many lines of a review one page of its card shows: what a phone can take.
const linesAtOnce = 5

// Review is the review of a month for one owner: the counts, and what needs a word with a box for each, page by page.
func Review(lang texts.Language, v flows.ReviewView) Card {
	r := v.Review
	loc := r.Location()
	body := append([]block{headline(reviewStory(lang, v)), reviewStatus(lang, v, loc)}, reviewFigures(lang, r)...)
	page, pages := reviewPage(v)
	from := page * linesAtOnce
	shown := r.Lines[min(from, len(r.Lines)):min(from+linesAtOnce, len(r.Lines))]
	if pages > 1 {
		body = append(body, label(lang.Say("Page %d of %d", page+1, pages)))
	}
	boxes := false
	for i, l := range shown {
		line, asks := reviewLine(lang, v, l, from+i, loc)
		body, boxes = append(body, line), boxes || asks
	}
	if !v.So {
		body = append(body, reviewButtons(lang, v, page, pages, boxes))
	}
	return finish(lang.Say("Review of %s", r.Month.Say(lang)), true, append(body, footer(lang.Say("Review of %s%s · as of %s", r.Month.Say(lang), supplement(lang, v), when(lang, v.At, loc)))))
}

// ReviewSummary is what a notification says of it.
func ReviewSummary(lang texts.Language, v flows.ReviewView) string {
	return lang.Say("The review of %s%s", v.Review.Month.Say(lang), supplement(lang, v))
}

func supplement(lang texts.Language, v flows.ReviewView) string {
	if v.Number == 0 {
		return ""
	}
	return lang.Say(", supplement %d", v.Number)
}

func reviewStory(lang texts.Language, v flows.ReviewView) string {
	r := v.Review
	what := r.Month.Say(lang)
	if _, signed := reviewSignature(v); signed {
		if v.Number > 0 {
			what = lang.Say("Supplement %d of %s", v.Number, what)
		}
		switch n := len(r.Lines); n {
		case 0:
			return lang.Say("%s is signed off. Nothing needed a word.", what)
		default:
			return lang.Say("%s is signed off, with a word on %s.", what, count(lang, n, lang.Say("thing"), lang.Say("things")))
		}
	}
	switch n := len(r.Lines); {
	case v.So && n == 0:
		return lang.Say("%s so far: nothing is unusual.", what)
	case v.So:
		return lang.Say("%s so far: %s unusual.", what, count(lang, n, lang.Say("thing is"), lang.Say("things are")))
	case v.Number > 0 && n == 0:
		return lang.Say("%s has got another event since its review: the figures are new.", what)
	case v.Number > 0:
		return lang.Say("%s has got %s since its review.", what, count(lang, n, lang.Say("line"), lang.Say("lines")))
	case n == 0:
		return lang.Say("%s: nothing needs a word.", what)
	}
	return lang.Say("%s: %s a word.", what, count(lang, len(r.Lines), lang.Say("thing needs"), lang.Say("things need")))
}

// reviewSignature is the signature that closes the review for this reader: their own, or one under the whole.
func reviewSignature(v flows.ReviewView) (flows.ReviewSigned, bool) {
	for _, g := range v.Sheet.Signed {
		if g.By.ID == v.Reader || g.Hash == v.Sheet.Review.Hash() {
			return g, true
		}
	}
	return flows.ReviewSigned{}, false
}

// reviewStatus says what is asked of this reader.
func reviewStatus(lang texts.Language, v flows.ReviewView, loc *time.Location) richText {
	if v.So {
		return status(lang, markRunning.as(lang.Say("Not over")), ran(lang.Say("The review comes on the first working day after it.")))
	}
	if g, signed := reviewSignature(v); signed {
		return status(lang, markDone.as(lang.Say("Signed off")), ran(lang.Say("by ")), strong(visible(g.By.Name)), ran(lang.Say(" on %s.", when(lang, g.At, loc))))
	}
	left, mine := v.Sheet.Left(v.Reader, v.Owners)
	switch {
	case len(mine) > 0:
		return status(lang, markNeeds, ran(lang.Say("Write a word on each line, then sign the month off. %s left to you.", capital(lang, count(lang, len(mine), lang.Say("line is"), lang.Say("lines are"))))))
	case len(left) > 0:
		return status(lang, markWaiting, ran(lang.Say("%s for another owner, because you had a part in what happened.", capital(lang, count(lang, len(left), lang.Say("line waits"), lang.Say("lines wait"))))))
	}
	return status(lang, markNeeds, ran(lang.Say("Please sign the month off.")))
}

// reviewFigures are the counts, and below them how far the work was on time.
func reviewFigures(lang texts.Language, r flows.Review) []block {
	var rows []fact
	for _, n := range r.Events {
		rows = append(rows, fact{n.Kind.Many(lang), n.Say(lang)})
	}
	if r.Failed > 0 {
		rows = append(rows, fact{lang.Say("Failures"), lang.Say("%s put to people", capital(lang, count(lang, r.Failed, lang.Say("step was"), lang.Say("steps were"))))})
	}
	if r.Drift > 0 {
		rows = append(rows, fact{lang.Say("Drift"), lang.Say("%s found", capital(lang, count(lang, r.Drift, lang.Say("difference"), lang.Say("differences"))))})
	}
	var out []block
	if len(rows) > 0 {
		out = append(out, facts(rows...))
	}
	for _, t := range append(append([]flows.Timing{}, r.Times...), r.Waits...) {
		out = append(out, timing(lang, t))
	}
	return out
}

// timing is one class in a line of its own: beside a name, a phone would break it into many.
func timing(lang texts.Language, t flows.Timing) richText {
	long := ""
	switch {
	case len(t.All) == 0 || t.Max == 0:
	case len(t.All) == 1:
		long = lang.Say(" It took %s.", took(lang, t.Max))
	default:
		long = lang.Say(" Half within %s, 90 %% within %s, longest %s.", took(lang, t.P50), took(lang, t.P90), took(lang, t.Max))
	}
	return near(strong(t.Class.Say(lang)+": "), ran(t.Say(lang)+"."), faint(long))
}

// took is a length of time in words; what took no second is said to take one.
func took(lang texts.Language, seconds int64) string {
	return flows.Span(lang, time.Duration(max(seconds, 1))*time.Second)
}

// reviewPage is the page that is shown, and how many there are.
func reviewPage(v flows.ReviewView) (page, pages int) {
	pages = max(1, (len(v.Review.Lines)+linesAtOnce-1)/linesAtOnce)
	if v.Page >= 0 {
		return v.Page % pages, pages
	}
	if v.So || v.Sheet.Closed(v.Reader) {
		return 0, pages
	}
	_, mine := v.Sheet.Left(v.Reader, v.Owners)
	for i, l := range v.Review.Lines {
		if len(mine) > 0 && l.Key == mine[0].Key {
			return i / linesAtOnce, pages
		}
	}
	return 0, pages
}

// reviewLine is one line with its reasons, and the word on it or the box for one; asks reports that there is a box.
func reviewLine(lang texts.Language, v flows.ReviewView, l flows.ReviewLine, place int, loc *time.Location) (c container, asks bool) {
	head := []run{strong(lang.Say("The work as a whole"))}
	if l.Case != "" {
		head = []run{strong(cut(visible(v.Names[l.Case]), 100)), faint("  " + string(l.Case))}
		if v.Names[l.Case] == "" {
			head = []run{strong(string(l.Case)), faint(lang.Say("  the person's data were erased"))}
		}
	}
	items := []block{say(head...)}
	for _, m := range l.Marks {
		name := strong(m.Rule.Say(lang) + ":")
		name.Color = "Warning"
		line := []run{name, ran(" " + cut(m.Why, 400))}
		for _, s := range m.Said {
			line = append(line, ran(" "), quote(s))
		}
		items = append(items, near(line...))
	}
	w, has := v.Sheet.Word(l.Key)
	may := !v.So && !v.Sheet.Closed(v.Reader) && mine(v, l)
	switch {
	case may:
		asks = true
		items = append(items, textInput{
			Type: "Input.Text", ID: fmt.Sprintf("%s%d", flows.WordInput, place), Label: lang.Say("Your word on %s", orElse(string(l.Case), "this")), Value: visible(w.Text),
			Placeholder: lang.Say("What happened, and is it all right?"), IsMultiline: true, MaxLength: 500,
		})
		if has {
			items = append(items, near(faint(lang.Say("Written by %s on %s", visible(w.By.Name), when(lang, w.At, loc)))))
		}
	case has:
		line := near(quote(w.Text), faint("  "+visible(w.By.Name)+", "+when(lang, w.At, loc)))
		items = append(items, line)
		if w.Alone {
			items = append(items, near(faint(lang.Say("They had a part in it, and there was no other owner to ask."))))
		}
	case !v.So && !v.Sheet.Closed(v.Reader):
		items = append(items, near(faint(lang.Say("Another owner answers this, because you had a part in it."))))
	}
	return container{Type: "Container", Separator: true, Spacing: "Medium", Items: items}, asks
}

// mine reports whether the reader may write on a line.
func mine(v flows.ReviewView, l flows.ReviewLine) bool { return flows.MayAnswer(l, v.Reader, v.Owners) }

func reviewButtons(lang texts.Language, v flows.ReviewView, page, pages int, boxes bool) actionSet {
	to := func(verb string, page int) data {
		return data{Verb: verb, Draft: string(v.Review.Month.Stream()), Plan: string(v.Sheet.For(v.Reader).Hash()), Step: string(flows.ReviewStep(v.Sheet.N, page))}
	}
	var out []action
	if !v.Sheet.Closed(v.Reader) {
		left, mine := v.Sheet.Left(v.Reader, v.Owners)
		here := 0
		for i, l := range v.Review.Lines {
			for _, m := range mine {
				if m.Key == l.Key && i/linesAtOnce == page {
					here++
				}
			}
		}
		last := len(left) == len(mine) && len(mine) == here // every word that is missing is asked for on this page
		if boxes && !last {
			out = append(out, press(lang.Say("Save these words"), positive, to(flows.VerbReviewSave, page)))
		}
		if last {
			out = append(out, press(lang.Say("Sign off"), positive, to(flows.VerbReviewSign, page)))
		}
	}
	if pages > 1 {
		out = append(out, alone(press(lang.Say("Next page"), "", to(flows.VerbReviewPage, (page+1)%pages))))
	}
	return buttons(append(out, alone(press(lang.Say("Send me the files"), "", to(flows.VerbReviewFiles, page))))...)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// readWords reads the words of a review's card; false when something is no place or no text.
func readWords(p *Press, data map[string]any) bool {
	for id, v := range data {
		place, is := strings.CutPrefix(id, flows.WordInput)
		if !is {
			continue
		}
		n, err := strconv.Atoi(place)
		word, ok := text(v, longestText)
		if err != nil || n < 0 || n > mostTicked || !ok {
			return false
		}
		if word != "" {
			p.Inputs[id] = word
		}
	}
	return true
}
