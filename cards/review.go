package cards

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster/flows"
)

// linesAtOnce is how many lines of a review one page of its card shows: what a phone can take.
const linesAtOnce = 5

// Review is the review of a month for one owner: the counts, and what needs a word with a box for each, page by page.
func Review(v flows.ReviewView) Card {
	r := v.Review
	loc := r.Location()
	body := append([]block{headline(reviewStory(v)), reviewStatus(v, loc)}, reviewFigures(r)...)
	page, pages := reviewPage(v)
	from := page * linesAtOnce
	shown := r.Lines[min(from, len(r.Lines)):min(from+linesAtOnce, len(r.Lines))]
	if pages > 1 {
		body = append(body, label(fmt.Sprintf("Page %d of %d", page+1, pages)))
	}
	boxes := false
	for i, l := range shown {
		line, asks := reviewLine(v, l, from+i, loc)
		body, boxes = append(body, line), boxes || asks
	}
	if !v.So {
		body = append(body, reviewButtons(v, page, pages, boxes))
	}
	return finish("Review of "+r.Month.Say(), true, append(body, footer("Review of "+r.Month.Say()+supplement(v)+" · as of "+when(v.At, loc))))
}

// ReviewSummary is what a notification says of it.
func ReviewSummary(v flows.ReviewView) string {
	return "The review of " + v.Review.Month.Say() + supplement(v)
}

func supplement(v flows.ReviewView) string {
	if v.Number == 0 {
		return ""
	}
	return fmt.Sprintf(", supplement %d", v.Number)
}

func reviewStory(v flows.ReviewView) string {
	r := v.Review
	what := r.Month.Say()
	if _, signed := reviewSignature(v); signed {
		if v.Number > 0 {
			what = fmt.Sprintf("Supplement %d of %s", v.Number, what)
		}
		switch n := len(r.Lines); n {
		case 0:
			return what + " is signed off. Nothing needed a word."
		default:
			return what + " is signed off, with a word on " + count(n, "thing", "things") + "."
		}
	}
	switch n := len(r.Lines); {
	case v.So && n == 0:
		return what + " so far: nothing is unusual."
	case v.So:
		return what + " so far: " + count(n, "thing is", "things are") + " unusual."
	case v.Number > 0 && n == 0:
		return what + " has got another event since its review: the figures are new."
	case v.Number > 0:
		return what + " has got " + count(n, "line", "lines") + " since its review."
	case n == 0:
		return what + ": nothing needs a word."
	}
	return what + ": " + count(len(r.Lines), "thing needs", "things need") + " a word."
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
func reviewStatus(v flows.ReviewView, loc *time.Location) richText {
	if v.So {
		return status(markRunning.as("Not over"), ran("The review comes on the first working day after it."))
	}
	if g, signed := reviewSignature(v); signed {
		return status(markDone.as("Signed off"), ran("by "), strong(visible(g.By.Name)), ran(" on "+when(g.At, loc)+"."))
	}
	left, mine := v.Sheet.Left(v.Reader, v.Owners)
	switch {
	case len(mine) > 0:
		return status(markNeeds, ran("Write a word on each line, then sign the month off. "+capital(count(len(mine), "line is", "lines are"))+" left to you."))
	case len(left) > 0:
		return status(markWaiting, ran(capital(count(len(left), "line waits", "lines wait"))+" for another owner, because you had a part in what happened."))
	}
	return status(markNeeds, ran("Please sign the month off."))
}

// reviewFigures are the counts, and below them how far the work was on time.
func reviewFigures(r flows.Review) []block {
	var rows []fact
	for _, n := range r.Events {
		rows = append(rows, fact{n.Kind.Many(), n.Say()})
	}
	if r.Failed > 0 {
		rows = append(rows, fact{"Failures", capital(count(r.Failed, "step was", "steps were")) + " put to people"})
	}
	if r.Drift > 0 {
		rows = append(rows, fact{"Drift", capital(count(r.Drift, "difference", "differences")) + " found"})
	}
	var out []block
	if len(rows) > 0 {
		out = append(out, facts(rows...))
	}
	for _, t := range append(append([]flows.Timing{}, r.Times...), r.Waits...) {
		out = append(out, timing(t))
	}
	return out
}

// timing is one class in a line of its own: beside a name, a phone would break it into many.
func timing(t flows.Timing) richText {
	long := ""
	switch {
	case len(t.All) == 0 || t.Max == 0:
	case len(t.All) == 1:
		long = " It took " + took(t.Max) + "."
	default:
		long = " Half within " + took(t.P50) + ", 90 % within " + took(t.P90) + ", longest " + took(t.Max) + "."
	}
	return near(strong(t.Class.Say()+": "), ran(t.Say()+"."), faint(long))
}

// took is a length of time in words; what took no second is said to take one.
func took(seconds int64) string { return flows.Span(time.Duration(max(seconds, 1)) * time.Second) }

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
func reviewLine(v flows.ReviewView, l flows.ReviewLine, place int, loc *time.Location) (c container, asks bool) {
	head := []run{strong("The work as a whole")}
	if l.Case != "" {
		head = []run{strong(cut(visible(v.Names[l.Case]), 100)), faint("  " + string(l.Case))}
		if v.Names[l.Case] == "" {
			head = []run{strong(string(l.Case)), faint("  the person's data were erased")}
		}
	}
	items := []block{say(head...)}
	for _, m := range l.Marks {
		name := strong(m.Rule.Say() + ":")
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
			Type: "Input.Text", ID: fmt.Sprintf("%s%d", flows.WordInput, place), Label: "Your word on " + orElse(string(l.Case), "this"), Value: visible(w.Text),
			Placeholder: "What happened, and is it all right?", IsMultiline: true, MaxLength: 500,
		})
		if has {
			items = append(items, near(faint("Written by "+visible(w.By.Name)+" on "+when(w.At, loc))))
		}
	case has:
		line := near(quote(w.Text), faint("  "+visible(w.By.Name)+", "+when(w.At, loc)))
		items = append(items, line)
		if w.Alone {
			items = append(items, near(faint("They had a part in it, and there was no other owner to ask.")))
		}
	case !v.So && !v.Sheet.Closed(v.Reader):
		items = append(items, near(faint("Another owner answers this, because you had a part in it.")))
	}
	return container{Type: "Container", Separator: true, Spacing: "Medium", Items: items}, asks
}

// mine reports whether the reader may write on a line.
func mine(v flows.ReviewView, l flows.ReviewLine) bool { return flows.MayAnswer(l, v.Reader, v.Owners) }

func reviewButtons(v flows.ReviewView, page, pages int, boxes bool) actionSet {
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
			out = append(out, press("Save these words", positive, to(flows.VerbReviewSave, page)))
		}
		if last {
			out = append(out, press("Sign off", positive, to(flows.VerbReviewSign, page)))
		}
	}
	if pages > 1 {
		out = append(out, alone(press("Next page", "", to(flows.VerbReviewPage, (page+1)%pages))))
	}
	return buttons(append(out, alone(press("Send me the files", "", to(flows.VerbReviewFiles, page))))...)
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
