package flows

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"muster/flows/texts"
)

// CmdReview shows the review of a month.
const CmdReview = "review"

// The verbs of a review's card.
const (
	VerbReviewSave  = "review.save"  // the words on a page
	VerbReviewSign  = "review.sign"  // the whole sheet
	VerbReviewPage  = "review.page"  // another page
	VerbReviewFiles = "review.files" // as a document, or as a spreadsheet
)

// WordInput begins the inputs of a review's card that hold a word; the line's place follows.
const WordInput = "word:"

// answerReview answers "review November": the owner's card of the month, with what came since; a month that is not over as it stands so far.
func (e *Engine) answerReview(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please write this to me in our own chat: others read along here."))
	}
	now := e.Now().In(e.home())
	text, page := pageOf(cmd.Rest)
	text, file := fileOf(text)
	m, ok := readMonth(text, DateOf(now))
	if !ok {
		return Reply{}, invalid(e.lang().Say("I did not understand which month. Write \"review\" for the last month, or \"review November 2026\"."))
	}
	if m == MonthOf(now) {
		return e.reviewSoFar(ctx, t, m)
	}
	if err := e.reviewGone(ctx, m); err != nil {
		return Reply{}, err
	}
	if file != "" {
		return e.offerReview(ctx, t, roles, m, file)
	}
	if _, err := e.makeSheet(ctx, m, false, Change{}); err != nil {
		return Reply{}, err
	}
	sheets, err := e.sheets(ctx, m, t.By)
	if err != nil {
		return Reply{}, err
	}
	if sheets = readBy(sheets, t.By.ID); len(sheets) == 0 {
		return Reply{Text: e.lang().Say("Nothing happened in %s that a review could be made of.", m.Say(e.lang()))}, nil
	}
	show := numbered{sheets[len(sheets)-1], len(sheets) - 1}
	for i, s := range sheets { // the first that still waits for this owner
		if !s.Closed(t.By.ID) {
			show = numbered{s, i}
			break
		}
	}
	v, err := e.reviewView(ctx, show, t.By.ID, page)
	return Reply{View: v}, err
}

// pageOf is the page that the end of a text asks for, from 0, and the text without it; -1: none in particular.
func pageOf(text string) (string, int) {
	ws := strings.Fields(text)
	if n := len(ws); n >= 2 && strings.EqualFold(ws[n-2], "page") {
		if page, ok := digits(ws[n-1], 3); ok && page > 0 {
			return strings.Join(ws[:n-2], " "), page - 1
		}
	}
	return text, -1
}

// ReviewPageAsked is what somebody would write to be shown the page that a button of a review's card shows.
func (t Turn) ReviewPageAsked(lang texts.Language) string {
	p, err := t.review(lang)
	if err != nil {
		return ""
	}
	return lang.Say("%s %s page %d", CmdReview, p.Month, p.Page+1)
}

// offerReview offers the last sheet of a month as a file.
func (e *Engine) offerReview(ctx context.Context, t Turn, roles Roles, m Month, kind FileKind) (Reply, error) {
	sheets, err := e.sheets(ctx, m, t.By)
	if err != nil {
		return Reply{}, err
	}
	if sheets = readBy(sheets, t.By.ID); len(sheets) == 0 {
		return Reply{}, gone(e.lang().Say("There is no review of %s yet. Write \"review %s\" first.", m.Say(e.lang()), m.Say(e.lang())))
	}
	return e.offer(ctx, t, roles, kind, reviewArg(m, sheets[len(sheets)-1].N))
}

// reviewSoFar is the review of a month that is not over. Nothing of it is kept, and nothing is asked.
func (e *Engine) reviewSoFar(ctx context.Context, t Turn, m Month) (Reply, error) {
	b, _, err := e.readMonth(ctx, m, []Person{t.By}, nil)
	if err != nil {
		return Reply{}, err
	}
	s := Sheet{Month: m, Review: b.Review, Apart: b.Apart, Made: e.Now()}
	v, err := e.withNames(ctx, ReviewView{Sheet: s, Review: s.For(t.By.ID), Reader: t.By.ID, So: true, At: e.Now()})
	return Reply{View: v}, err
}

// pressReview takes a press on a review's card. What it writes is one commit, with the press.
func (e *Engine) pressReview(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	p, err := t.review(e.lang())
	if err != nil {
		return Reply{}, err
	}
	if err := rightTo(e.lang(), t.Verb).byRole(roles); err != nil {
		return Reply{}, err
	}
	if t.Verb == VerbReviewPage || t.Verb == VerbReviewFiles {
		return e.turnPage(ctx, t, p)
	}
	e.reviewing.Lock()
	defer e.reviewing.Unlock()
	s, err := e.sheet(ctx, p.Month, p.N, t.By)
	if err != nil {
		return Reply{}, err
	}
	owners, err := e.everyone(ctx, e.Policy.Roles.Owner)
	if err != nil {
		return Reply{}, err
	}
	now := e.Now()
	decide := decideWords
	if t.Verb == VerbReviewSign {
		decide = decideSign
	}
	entries, err := decide(e.lang(), s.Sheet, t.By, owners, p, now)
	if CodeOf(err) == Conflict && s.Closed(t.By.ID) { // also the second delivery of the press that signed it
		v, verr := e.reviewView(ctx, s, t.By.ID, -1)
		if verr != nil {
			return Reply{}, verr
		}
		return Reply{View: v}, nil
	}
	if err != nil {
		return Reply{}, err
	}
	ch := Change{Turn: t.Key, Entries: append([]Entry{t.heard(p.Month.Stream(), now)}, entries...), Add: reviewCards(s.Sheet, owners, now)}
	if t.Verb == VerbReviewSign {
		ch.Add = append(ch.Add, e.vouched(now)...)
	}
	if err := e.Commit(ctx, ch); err != nil && CodeOf(err) != Seen {
		return Reply{}, err
	}
	if s, err = e.sheet(ctx, p.Month, p.N, t.By); err != nil {
		return Reply{}, err
	}
	v, err := e.reviewView(ctx, s, t.By.ID, -1)
	return Reply{View: v}, err
}

// turnPage shows another page, or has the review sent as a file: the bot answers that as if it had been written.
func (e *Engine) turnPage(ctx context.Context, t Turn, p ReviewTurn) (Reply, error) {
	s, err := e.sheet(ctx, p.Month, p.N, t.By)
	if err != nil {
		return Reply{}, err
	}
	now := e.Now()
	ch := Change{Turn: t.Key, Entries: []Entry{t.heard(p.Month.Stream(), now)}}
	if t.Verb == VerbReviewFiles {
		for _, what := range []string{"pdf", "spreadsheet"} {
			ask := t
			ask.Key, ask.Verb, ask.Draft, ask.Step, ask.Inputs = t.Key+"/"+what, "", "", "", nil
			ask.Text = strings.Join([]string{CmdReview, string(p.Month), what}, " ")
			ch.Add = append(ch.Add, Errand{Key: AnswerErrand + "/" + hashed(ask.Key), Kind: AnswerErrand, Lane: "chat/" + hashed(t.Chat), Due: now.UTC(), Body: errandBody(ask)})
		}
	}
	if err := e.Commit(ctx, ch); err != nil && CodeOf(err) != Seen {
		return Reply{}, err
	}
	v, err := e.reviewView(ctx, s, t.By.ID, p.Page)
	return Reply{View: v}, err
}

// review reads what a press says. Its step is the number of the sheet and of the page.
func (t Turn) review(lang texts.Language) (ReviewTurn, error) {
	m, ok := monthOfStream(CaseID(t.Draft))
	p := ReviewTurn{Month: m, Hash: t.Plan, Words: map[int]string{}}
	n, page, two := strings.Cut(string(t.Step), ".")
	var err1, err2 error
	p.N, err1 = strconv.Atoi(n)
	p.Page, err2 = strconv.Atoi(page)
	if !ok || !two || err1 != nil || err2 != nil {
		return p, invalid(lang.Say("I do not know this review. Write \"review\" for a fresh card."))
	}
	for id, text := range t.Inputs {
		place, is := strings.CutPrefix(id, WordInput)
		if i, err := strconv.Atoi(place); is && err == nil {
			p.Words[i] = text
		}
	}
	return p, nil
}

// onReview reports whether the press is on the card of a review.
func (t Turn) onReview() bool { return strings.HasPrefix(t.Verb, "review.") }

// ReviewStep is the step of a button on a page of a sheet.
func ReviewStep(sheet, page int) StepKey { return StepKey(fmt.Sprintf("%d.%d", sheet, page)) }
