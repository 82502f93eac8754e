package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"muster/flows/texts"
)

// The errands of reviews: one makes the review of a month on the first working day after it, one chases a sheet that is not signed. Stored in
// the queue, so never renamed.
const (
	ReviewErrand = "review.1"
	ChaseErrand  = "review.chase.1"
)

// ReviewWork is the month to be reviewed, ChaseWork the sheet that waits for a signature.
type (
	ReviewWork struct{ Month Month }
	ChaseWork  struct {
		Month Month
		N     int
	}
)

// chaseHours are the working hours between reminders, and after the first three of them.
const (
	chaseHours   = 16
	chaseLater   = 40
	chasesAtMost = 3
)

// supplements is how many months back what came to the log late still makes a supplement.
const supplements = 3

// reviewBegun is what is remembered once the first review is in the queue.
const reviewBegun = "review/begun"

// BeginReviews puts the review of the present month into the queue, the first time it is called for a store.
func (e *Engine) BeginReviews(ctx context.Context) error {
	if _, err := e.Store.Recall(ctx, reviewBegun); err == nil || CodeOf(err) != NotFound {
		return err
	}
	now := e.Now()
	since, err := json.Marshal(now.UTC())
	if err != nil {
		return fmt.Errorf("begin reviews: %w", err)
	}
	return e.Commit(ctx, Change{Memos: []Memo{{Key: reviewBegun, Value: since}}, Add: []Errand{e.reviewErrand(MonthOf(now.In(e.home())))}})
}

func (e *Engine) reviewErrand(m Month) Errand {
	return Errand{Key: ReviewErrand, Kind: ReviewErrand, Lane: "review", Due: m.asked(e.Policy.home()).UTC(), Body: errandBody(ReviewWork{m})}
}

func chaseErrand(m Month, n int, due time.Time) Errand {
	return Errand{Key: fmt.Sprintf("%s/%s/%d", ChaseErrand, m, n), Kind: ChaseErrand, Case: m.Stream(), Lane: "review", Due: due.UTC(), Body: errandBody(ChaseWork{m, n})}
}

// runReview makes the review of a month, and supplements of those before it, and comes again a month later. Months that went by while
// nothing ran are made one after the other.
func (e *Engine) runReview(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[ReviewWork](er)
	if err != nil {
		return err
	}
	for n := supplements; n > 0; n-- {
		if _, err := e.makeSheet(ctx, w.Month.Add(-n), true, Change{}); err != nil {
			return err
		}
	}
	_, err = e.makeSheet(ctx, w.Month, false, Change{Done: []ErrandRef{er.Ref()}, Add: []Errand{e.reviewErrand(w.Month.Add(1))}})
	return err
}

// makeSheet puts a month to the owners when it was not yet, or what is new in it since. more asks for a supplement only. ch is written
// either way.
func (e *Engine) makeSheet(ctx context.Context, m Month, more bool, ch Change) (bool, error) {
	e.reviewing.Lock()
	defer e.reviewing.Unlock()
	owners, err := e.everyone(ctx, e.Policy.Roles.Owner)
	if err != nil {
		return false, err
	}
	sheets, err := e.sheets(ctx, m, owners...)
	if err != nil {
		return false, err
	}
	none := func() (bool, error) {
		if len(ch.Done)+len(ch.Add)+len(ch.Entries) == 0 {
			return false, nil
		}
		return false, e.Commit(ctx, ch)
	}
	if more && len(sheets) == 0 {
		return none()
	}
	b, something, err := e.readMonth(ctx, m, owners, sheets)
	if err != nil {
		return false, err
	}
	if !something {
		return none()
	}
	now := e.Now()
	s := Sheet{Month: m, N: b.N, Made: now, Review: b.Review, Apart: b.Apart}
	b.Asked = s.asked(owners)
	ch.Entries = append(ch.Entries, Entry{Case: m.Stream(), At: now, Body: b})
	ch.Add = append(ch.Add, reviewCards(s, owners, now)...)
	ch.Add = append(ch.Add, chaseErrand(m, b.N, e.Policy.home().AddWorkingHours(now, chaseHours)))
	ch.Add = append(ch.Add, e.vouched(now)...)
	if e.Policy.Channels.Owners != "" && s.forAll(owners) {
		text := e.lang().Say("The review of %s is ready. Each owner has it in their own chat with me.", m.Say(e.lang()))
		if b.N > 0 {
			text = e.lang().Say("Something came to the log that belongs to %s. Each owner has it in their own chat with me.", m.Say(e.lang()))
		}
		ch.Add = append(ch.Add, e.toOwners(m, fmt.Sprintf("made/%d", b.N), text, now))
	}
	e.Log.InfoContext(ctx, "review made", slog.String("month", string(m)), slog.Int("sheet", b.N), slog.Int("lines", len(b.Review.Lines)))
	return true, e.Commit(ctx, ch)
}

// vouched sends a checkpoint away that covers what was just written of sheets: one, of however many.
func (e *Engine) vouched(now time.Time) []Errand {
	if e.Notary == nil {
		return nil
	}
	return []Errand{{Key: CheckpointErrand + "/review", Kind: CheckpointErrand, Due: now.UTC()}}
}

func (e *Engine) toOwners(m Month, why, text string, now time.Time) Errand {
	return Errand{Key: SayErrand + "/" + string(m.Stream()) + "/" + why, Kind: SayErrand, Case: m.Stream(), Due: now.UTC(), Body: errandBody(SayWork{To: Recipient{Channel: "owners"}, Text: text})}
}

// reviewCards make the card of a sheet true for every owner for whom there is something in it.
func reviewCards(s Sheet, owners []Person, now time.Time) []Errand {
	var out []Errand
	for _, p := range s.asked(owners) {
		s := reviewSlot(s.Month, s.N, p.ID)
		out = append(out, Errand{Key: CardErrand + "/" + s.Key(), Kind: CardErrand, Case: s.Case, Lane: "card/" + s.Key(), Due: now.UTC(), Body: errandBody(s)})
	}
	return out
}

func reviewSlot(m Month, n int, to AccountID) Slot {
	return Slot{Case: m.Stream(), Card: CardReview, Step: StepKey(fmt.Sprint(n)), To: Recipient{Person: to}}
}

// sheets are what was put to the owners about a month so far, with a part for each of the readers who must not see all of it.
func (e *Engine) sheets(ctx context.Context, m Month, readers ...Person) ([]Sheet, error) {
	recs, err := e.Store.Records(ctx, m.Stream())
	if err != nil {
		return nil, fmt.Errorf("read the review of a month: %w", err)
	}
	return e.parted(ctx, m, sheetsOf(recs), readers)
}

// readMonth makes the review of a month from the log, as it goes on after the sheets before: once for everybody, and once for each of the
// owners who must not learn of one of its cases. Without a case or a pause there is nothing to review.
func (e *Engine) readMonth(ctx context.Context, m Month, owners []Person, before []Sheet) (ReviewMade, bool, error) {
	l, err := e.monthLog(ctx, m)
	if err != nil {
		return ReviewMade{}, false, err
	}
	as := making{m, e.home(), e.Now()}
	b := ReviewMade{Month: m, N: len(before), Review: as.of(e.lang(), l.logs, l.loose, l.all)}
	any := b.Review.something()
	if len(before) > 0 {
		b.Review, any = b.Review.added(shownTo("", before))
	}
	for _, o := range owners {
		own, err := e.ownCases(ctx, o.ID)
		if err != nil {
			return ReviewMade{}, false, err
		}
		if kept := own.keptFrom(e.lang(), as); kept != nil {
			b.Apart = append(b.Apart, l.part(e.lang(), as, o.ID, kept, before))
		}
	}
	return b, any, nil
}

// chase reminds the owners of a sheet that is not signed, in working time, until it is. After three times the owners' channel is told too.
func (e *Engine) chase(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[ChaseWork](er)
	if err != nil {
		return err
	}
	owners, err := e.everyone(ctx, e.Policy.Roles.Owner)
	if err != nil {
		return err
	}
	sheets, err := e.sheets(ctx, w.Month, owners...)
	if err != nil {
		return err
	}
	ch := Change{Done: []ErrandRef{er.Ref()}}
	if w.N >= len(sheets) || sheets[w.N].whole() {
		return e.Commit(ctx, ch)
	}
	now := e.Now()
	s := sheets[w.N]
	round := s.Chased + 1
	ch.Entries = []Entry{{Case: w.Month.Stream(), At: now, Body: ReviewChased{w.Month, w.N, round}}}
	for _, o := range owners {
		if text := s.reminder(e.lang(), o.ID, owners); text != "" {
			ch.Add = append(ch.Add, Errand{
				Key: fmt.Sprintf("%s/%s/chase/%d/%s", SayErrand, w.Month.Stream(), round, o.ID), Kind: SayErrand, Case: w.Month.Stream(), Due: now.UTC(),
				Body: errandBody(SayWork{To: Recipient{Person: o.ID}, Text: text}),
			})
		}
	}
	ch.Add = append(ch.Add, reviewCards(s, owners, now)...) // whoever became an owner since is asked as well
	hours := chaseHours
	if round >= chasesAtMost {
		hours = chaseLater
	}
	if round == chasesAtMost && e.Policy.Channels.Owners != "" && s.shared(owners) { // of a part that is signed nobody hears that the rest is not
		ch.Add = append(ch.Add, e.toOwners(w.Month, fmt.Sprintf("unsigned/%d", w.N), e.lang().Say("The review of %s is not signed off yet.", w.Month.Say(e.lang())), now))
	}
	ch.Add = append(ch.Add, chaseErrand(w.Month, w.N, e.Policy.home().AddWorkingHours(now, hours)))
	return e.Commit(ctx, ch)
}

// reminder is what an owner is told who still has something to do; empty when that is nothing.
func (s Sheet) reminder(lang texts.Language, owner AccountID, owners []Person) string {
	if s.Closed(owner) {
		return ""
	}
	lead := lang.Say("The review of %s still waits for you: ", s.Month.Say(lang))
	left, mine := s.Left(owner, owners)
	switch n := len(mine); {
	case n > 0:
		return lang.Say("%s%s %s a word. The card is further up in this chat; \"review %s\" brings it again.", lead, count(lang, n, "line"), plural(n, lang.Say("needs"), lang.Say("need")), s.Month.Say(lang))
	case len(left) > 0:
		return "" // another owner's
	}
	return lang.Say("%severy line has its word, only the sign-off is missing. \"review %s\" brings the card again.", lead, s.Month.Say(lang))
}

// ReviewView is a review as one reader sees it, on a card or in a file.
type ReviewView struct {
	Sheet  Sheet
	Number int    // of the supplement, as the reader counts them; 0: the review itself
	Review Review // as the reader may see it
	Reader AccountID
	Owners []Person
	Page   int               // of the card, from 0; negative: the first one with something to do
	Names  map[CaseID]string // whom the cases are about; none for those whose data were erased
	So     bool              // so far: the month is not over, and nothing is asked
	At     time.Time
}

// reviewView reads what a reader is shown of a sheet.
func (e *Engine) reviewView(ctx context.Context, s numbered, reader AccountID, page int) (ReviewView, error) {
	owners, err := e.everyone(ctx, e.Policy.Roles.Owner)
	if err != nil {
		return ReviewView{}, err
	}
	s.Words = s.wordsFor(reader)
	v := ReviewView{Sheet: s.Sheet, Number: s.as, Review: s.For(reader), Reader: reader, Owners: owners, Page: page, At: e.Now()}
	return e.withNames(ctx, v)
}

// withNames reads whom the lines are about and what people wrote, from the cases as they are now.
func (e *Engine) withNames(ctx context.Context, v ReviewView) (ReviewView, error) {
	v.Names = map[CaseID]string{}
	v.Review.Lines = slices.Clone(v.Review.Lines)
	for i, l := range v.Review.Lines {
		if l.Case == "" {
			continue
		}
		c, err := e.Store.Case(ctx, l.Case)
		if CodeOf(err) == NotFound {
			continue // erased
		}
		if err != nil {
			return v, fmt.Errorf("read case %s: %w", l.Case, err)
		}
		recs, err := e.Store.Records(ctx, l.Case)
		if err != nil {
			return v, fmt.Errorf("read the log of %s: %w", l.Case, err)
		}
		v.Names[l.Case] = c.Event.Name()
		if w, ok := seenUntil(recs, v.Review.From, v.Review.To); ok {
			v.Review.Lines[i].Marks = quoted(l.Marks, w.marks())
		}
	}
	return v, nil
}

// quoted are the marks with what people wrote about each, as the same rules find it now.
func quoted(marks, now []Mark) []Mark {
	out := slices.Clone(marks)
	for i, m := range out {
		for _, n := range now {
			if n.Rule == m.Rule && n.At.Equal(m.At) {
				out[i].Said = n.Said
			}
		}
	}
	return out
}

// FetchReview reads what an owner's card shows.
func (e *Engine) FetchReview(ctx context.Context, s Slot) (ReviewView, error) {
	m, ok := monthOfStream(s.Case)
	n, isNumber := digits(string(s.Step), 4)
	if !ok || !isNumber {
		return ReviewView{}, gone(e.lang().Say("I do not know this review."))
	}
	sheet, err := e.sheet(ctx, m, n, Person{ID: s.To.Person})
	if err != nil {
		return ReviewView{}, err
	}
	return e.reviewView(ctx, sheet, s.To.Person, -1)
}

// numbered is a sheet as somebody counts them: those that hold nothing for them are none.
type numbered struct {
	Sheet
	as int
}

// sheet is one sheet of a month for a reader.
func (e *Engine) sheet(ctx context.Context, m Month, n int, reader Person) (numbered, error) {
	sheets, err := e.sheets(ctx, m, reader)
	if err != nil {
		return numbered{}, err
	}
	for i, s := range readBy(sheets, reader.ID) {
		if s.N == n {
			return numbered{s, i}, nil
		}
	}
	return numbered{}, gone(e.lang().Say("There is no such review of %s.", m.Say(e.lang())))
}
