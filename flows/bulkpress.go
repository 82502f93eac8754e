package flows

import (
	"context"
	"slices"
	"time"

	"muster/flows/texts"
)

// inRow is the input that names the row of a list which a press is about: the id of its draft.
const inRow = "row"

// pressBulk takes a press on a list's card.
func (e *Engine) pressBulk(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	e.drafting.Lock()
	defer e.drafting.Unlock()
	b, err := e.FetchBulk(ctx, t.Draft)
	if err != nil {
		return Reply{}, err
	}
	switch {
	case b.By.ID != t.By.ID:
		return Reply{}, deny(e.lang().Say("This list belongs to %s.", b.By.Name))
	case !rightTo(e.lang(), t.Verb).held(roles):
		return Reply{}, deny(rightTo(e.lang(), t.Verb).Deny)
	case t.Verb == VerbBulkConfirm:
		return e.confirmBulk(ctx, t, b)
	case t.Verb == VerbBulkCancel:
		return e.withdrawBulk(ctx, t, b)
	}
	return e.pressRow(ctx, t, b)
}

// keepBulk stores a list as a press left it, and makes its card true.
func (e *Engine) keepBulk(ctx context.Context, t Turn, b Bulk, ch Change) (Reply, error) {
	m, err := bulkMemo(b)
	if err != nil {
		return Reply{}, err
	}
	now := e.Now()
	ch.Turn, ch.Entries = t.Key, append([]Entry{t.heard(CaseID(b.ID), now)}, ch.Entries...)
	ch.Memos, ch.Add = append(ch.Memos, m), append(ch.Add, bulkCard(b, now))
	return Reply{Bulk: &b}, e.Commit(ctx, ch)
}

// confirmBulk is HR's confirmation of all good rows. The cases are raised by an errand, each in its own commit; who confirmed what stands
// in the list from here on.
func (e *Engine) confirmBulk(ctx context.Context, t Turn, b Bulk) (Reply, error) {
	if b.State != BulkOpen {
		return Reply{Bulk: &b}, nil
	}
	if t.Plan != b.Hash() {
		return Reply{Bulk: &b}, moved(e.lang().Say("The list changed since this card was shown, so nothing was confirmed. The card now shows the new one."))
	}
	good := b.Good()
	if len(good) == 0 {
		return Reply{Bulk: &b}, invalid(e.lang().Say("No row is ready, so there is nothing to confirm. Mend the rows first, or send the list again."))
	}
	now := e.Now()
	if again, err := e.askAgainAbout(ctx, &b, now); err != nil || len(again) > 0 {
		if err != nil {
			return Reply{}, err
		}
		b.State = BulkChecking
		return e.keepBulk(ctx, t, b, Change{Memos: again, Add: []Errand{bulkErrand(b.ID, now)}})
	}
	if _, err := e.mayRaise(ctx, t.By, b.ID, now, len(good)); err != nil { // the memo of each is written with its case
		return Reply{Bulk: &b}, err
	}
	for i := range b.Rows {
		b.Rows[i].Raise = b.Rows[i].Good()
	}
	b.paged()
	b.State, b.Confirmed = BulkRaising, By{Person: t.By, At: now}
	return e.keepBulk(ctx, t, b, Change{Add: []Errand{bulkErrand(b.ID, now)}})
}

// askAgainAbout puts back the rows whose answers of the directory are too old to confirm on, or were made under another policy.
func (e *Engine) askAgainAbout(ctx context.Context, b *Bulk, now time.Time) ([]Memo, error) {
	var out []Memo
	for _, r := range b.Good() {
		if now.Sub(r.Checked) <= checkGood && r.Policy == e.Policy.Hash() {
			continue
		}
		d, err := e.recallDraft(ctx, r.Draft)
		if err != nil {
			return nil, err
		}
		d.State = DraftReading
		m, err := draftMemo(d)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
		b.shown(d)
	}
	return out, nil
}

func (e *Engine) withdrawBulk(ctx context.Context, t Turn, b Bulk) (Reply, error) {
	if b.State != BulkOpen && b.State != BulkChecking {
		return Reply{Bulk: &b}, nil
	}
	var ch Change
	now := e.Now()
	for _, r := range b.Rows {
		d, err := e.recallDraft(ctx, r.Draft)
		if err != nil {
			return Reply{}, err
		}
		if d.State == DraftConfirmed {
			continue
		}
		d.State = DraftWithdrawn
		m, err := draftMemo(d)
		if err != nil {
			return Reply{}, err
		}
		ch.Memos = append(ch.Memos, m)
		if d.Opened {
			ch.Add = append(ch.Add, draftCards(d, now)...)
		}
		b.shown(d)
	}
	b.State = BulkWithdrawn
	return e.keepBulk(ctx, t, b, ch)
}

// pressRow opens the form of one row, or leaves the row out, or takes it in again.
func (e *Engine) pressRow(ctx context.Context, t Turn, b Bulk) (Reply, error) {
	i := slices.IndexFunc(b.Rows, func(r BulkRow) bool { return r.Draft == t.Inputs[inRow] })
	if i < 0 {
		return Reply{Bulk: &b}, invalid(e.lang().Say("Please choose a row."))
	}
	if b.State != BulkOpen && b.State != BulkDone {
		return Reply{Bulk: &b}, moved(e.lang().Say("The list is being worked on just now. Please try again in a moment."))
	}
	d, err := e.recallDraft(ctx, b.Rows[i].Draft)
	if err != nil {
		return Reply{}, err
	}
	if d.State == DraftConfirmed || d.State == DraftWithdrawn {
		return Reply{Bulk: &b}, moved(e.lang().Say("There is a case for this row already. Nothing was changed."))
	}
	if t.Verb == VerbBulkOut {
		b.Rows[i].Out = !b.Rows[i].Out
		return e.keepBulk(ctx, t, b, Change{})
	}
	if d.State != DraftChecking {
		d.State = DraftForm
	}
	d.Opened, b.Rows[i].Out = true, false
	m, err := draftMemo(d)
	if err != nil {
		return Reply{}, err
	}
	b.shown(d)
	return e.keepBulk(ctx, t, b, Change{Memos: []Memo{m}, Add: draftCards(d, e.Now())})
}

// raiseRows raises the cases of the next confirmed rows. Each is a commit of its own, together with its draft: a draft that has its case
// tells a second try that nothing is left to do.
func (e *Engine) raiseRows(ctx context.Context, er Errand, b Bulk) error {
	n := 0
	for i := range b.Rows {
		r := &b.Rows[i]
		if !r.Raise || r.Case != "" || r.Why != "" || n == rowsAtOnce {
			continue
		}
		n++
		id, why, err := e.raiseRow(ctx, b, *r)
		if err != nil {
			return err
		}
		r.Case, r.Why = id, why
		if id != "" {
			r.State = DraftConfirmed
		}
	}
	return e.keepRaised(ctx, er, b)
}

// raiseRow gives the row's case, or why it has none.
func (e *Engine) raiseRow(ctx context.Context, b Bulk, r BulkRow) (CaseID, string, error) {
	e.drafting.Lock()
	defer e.drafting.Unlock()
	d, err := e.recallDraft(ctx, r.Draft)
	if err != nil {
		return "", "", err
	}
	now := e.Now()
	switch {
	case d.State == DraftConfirmed:
		return d.Case, "", nil
	case d.State != DraftSummary || d.Plan.Hash() != r.Plan:
		return "", e.lang().Say("It was changed after you confirmed the list."), nil
	}
	lower, other, err := e.openFor(ctx, d.Event, d.By.ID)
	switch {
	case err != nil:
		return "", "", err
	case other != "":
		return "", e.lang().Say("There is an open case for this person: %s.", string(other)), nil
	case !slices.Equal(lower, d.Above):
		return "", e.lang().Say("Another case of this person was opened or ended meanwhile. Mend the row to see it."), nil
	}
	names, err := e.promisedNames(ctx)
	if err != nil {
		return "", "", err
	}
	if holder := names[plain(d.Plan.Account.UPN)]; holder != "" {
		return "", e.lang().Say("The sign-in name %s was given to %s meanwhile. Mend the row to have another.", d.Plan.Account.UPN, holder), nil
	}
	counted, err := e.mayRaise(ctx, b.Confirmed.Person, d.ID, now, 1)
	if CodeOf(err) == Denied {
		return "", SayOf(err), nil
	} else if err != nil {
		return "", "", err
	}
	d.Page = r.Page
	ch := Change{Memos: []Memo{counted}, Entries: []Entry{{Case: CaseID(d.ID), At: now, By: b.Confirmed.Person.ID, Body: RowConfirmed{
		List: b.ID, Line: d.Line, By: b.Confirmed.Person, At: b.Confirmed.At, Plan: r.Plan,
	}}}}
	d, err = e.raise(ctx, ch, d, b.Confirmed.Person)
	return d.Case, "", err
}

// keepRaised stores what became of rows. When every row has its case or its reason, the managers' cards are sent.
func (e *Engine) keepRaised(ctx context.Context, er Errand, raised Bulk) error {
	e.drafting.Lock()
	defer e.drafting.Unlock()
	b, err := e.FetchBulk(ctx, raised.ID)
	if err != nil {
		return err
	}
	left := false
	for i, r := range raised.Rows {
		b.Rows[i].Case, b.Rows[i].Why, b.Rows[i].State = r.Case, r.Why, r.State
		left = left || r.Raise && r.Case == "" && r.Why == ""
	}
	now := e.Now()
	ch := Change{Done: []ErrandRef{er.Ref()}}
	if left {
		ch.Add = append(ch.Add, bulkErrand(b.ID, now))
	} else {
		b.State = BulkDone
		slots, err := e.togetherSlots(ctx, b.ID)
		if err != nil {
			return err
		}
		for _, s := range slots {
			ch.Add = append(ch.Add, Errand{Key: CardErrand + "/" + s.Key(), Kind: CardErrand, Lane: "card/" + s.Key(), Due: now.UTC(), Body: errandBody(s)})
		}
	}
	m, err := bulkMemo(b)
	if err != nil {
		return err
	}
	ch.Memos, ch.Add = append(ch.Memos, m), append(ch.Add, bulkCard(b, now))
	return e.Commit(ctx, ch)
}

// brakeSay is what somebody reads whom the brake stops.
func brakeSay(lang texts.Language, done, more, limit int) string {
	if more == 1 {
		return lang.Say("You confirmed %d cases in a day, which is the policy's limit. An owner can raise it.", done)
	}
	return lang.Say("You confirmed %s in a day and this would be %d more; the policy's limit is %d. Nothing was confirmed. Leave some rows out, or ask an owner to raise the limit.", count(lang, done, "case"), more, limit)
}
