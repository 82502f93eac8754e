package flows

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"muster/flows/texts"
)

// rowsAtOnce is how many rows of a list are worked off in one go: few enough for the card to show that it goes on.
const rowsAtOnce = 5

// workBulk works a list off: it asks the directory about the next rows, or raises the cases of the next.
func (e *Engine) workBulk(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[BulkWork](er)
	if err != nil {
		return err
	}
	b, err := e.FetchBulk(ctx, w.Bulk)
	if err != nil {
		return err
	}
	switch b.State {
	case BulkChecking:
		return e.checkRows(ctx, er, b)
	case BulkRaising:
		return e.raiseRows(ctx, er, b)
	}
	return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}})
}

// checkRows asks the directory about the next rows that it was not asked about yet.
func (e *Engine) checkRows(ctx context.Context, er Errand, b Bulk) error {
	var looked []Draft
	for _, r := range b.Rows {
		if r.State != DraftReading || len(looked) == rowsAtOnce {
			continue
		}
		d, err := e.recallDraft(ctx, r.Draft)
		if err != nil {
			return err
		}
		d.promised = b.promised(e.lang(), d.ID)
		err = e.lookAtRow(ctx, &d)
		switch {
		case CodeOf(err) == Unavailable || CodeOf(err) == Internal && err != nil:
			if b.Stuck != "" {
				return errors.Join(err, e.keepRows(ctx, b.ID, looked, nil)) // said once; the runner tries again
			}
			return errors.Join(err, e.keepRows(ctx, b.ID, looked, func(b *Bulk) {
				b.Stuck = "Microsoft 365 does not answer just now. I keep trying and go on here as soon as it does."
			}))
		case err != nil:
			d.Problems = set(d.Problems, "", SayOf(err))
		}
		d.State, d.CheckedAt = DraftSummary, e.Now()
		if len(d.Problems) > 0 {
			d.State = DraftForm
		}
		looked = append(looked, d)
		b.shown(d)
	}
	return e.keepRows(ctx, b.ID, looked, func(b *Bulk) { b.Stuck = "" }, er.Ref())
}

// keepRows stores what was found about rows, unless HR took the list back meanwhile, and puts the list in the queue again while rows are
// left.
func (e *Engine) keepRows(ctx context.Context, id string, looked []Draft, change func(*Bulk), done ...ErrandRef) error {
	e.drafting.Lock()
	defer e.drafting.Unlock()
	b, err := e.FetchBulk(ctx, id)
	if err != nil {
		return err
	}
	ch := Change{Done: done}
	if b.State != BulkChecking {
		return e.Commit(ctx, ch)
	}
	for _, d := range looked {
		now, err := e.recallDraft(ctx, d.ID)
		if err != nil {
			return err
		}
		if now.State != DraftReading {
			continue
		}
		m, err := draftMemo(d)
		if err != nil {
			return err
		}
		ch.Memos = append(ch.Memos, m)
		b.shown(d)
	}
	if change != nil {
		change(&b)
	}
	left := b.Asked() < len(b.Rows)
	if !left {
		b.State = BulkOpen
	}
	m, err := bulkMemo(b)
	if err != nil {
		return err
	}
	ch.Memos, ch.Add = append(ch.Memos, m), []Errand{bulkCard(b, e.Now())}
	if left && len(done) > 0 {
		ch.Add = append(ch.Add, bulkErrand(b.ID, e.Now()))
	}
	return e.Commit(ctx, ch)
}

// lookAtRow asks the directory about a row: whom its texts mean, and what a plan needs. What is wrong stands in the draft's problems
// afterwards; an error is about the directory.
func (e *Engine) lookAtRow(ctx context.Context, d *Draft) error {
	kind, ok := d.Event.Kind.of()
	if !ok {
		return fmt.Errorf("draft %s is of an unknown kind", d.ID)
	}
	if d.Problems == nil {
		d.Problems = map[string]string{}
	}
	look, check := e.lookAtStarter, CheckEvent
	if d.Event.Kind == LeaverEvent {
		look, check = e.lookAtLeaver, CheckLeaver
	}
	notes, err := look(ctx, d)
	if err != nil {
		return err
	}
	for field, say := range check(d.Event, e.Policy, e.today()) {
		if d.Problems[field] == "" {
			d.Problems[field] = say
		}
	}
	if len(d.Problems) > 0 {
		return nil
	}
	problems, err := kind.facts(e, ctx, d)
	if err != nil {
		return err
	}
	d.Problems, d.Warnings = problems, append(notes, d.Warnings...)
	return nil
}

// lookAtStarter finds the manager. A site that the row leaves out is the manager's, and HR is told so.
func (e *Engine) lookAtStarter(ctx context.Context, d *Draft) ([]string, error) {
	if d.ManagerText != "" && d.Event.Manager.ID == "" {
		if err := e.lookUpManager(ctx, d); err != nil {
			return nil, err
		}
	}
	if d.Event.Site != "" || d.Problems["site"] != "" || d.Event.Manager.ID == "" {
		return nil, nil
	}
	for _, a := range d.Managers {
		if a.ID == d.Event.Manager.ID {
			d.Event.Site = e.siteOf(a)
		}
	}
	if d.Event.Site == "" {
		return nil, nil
	}
	return []string{e.lang().Say("No site was given: %s, as %s.", d.Event.Site, d.Event.Manager.Name)}, nil
}

// lookAtLeaver finds who leaves, and who takes over. A name that stands beside a sign-in name must be the same person's: the wrong one must
// never leave (edge case 7).
func (e *Engine) lookAtLeaver(ctx context.Context, d *Draft) ([]string, error) {
	if d.SubjectText != "" && d.Event.Subject.ID == "" {
		if err := e.lookUpSubject(ctx, d); err != nil {
			return nil, err
		}
	}
	if name := d.Event.Subject.Name; d.SubjectName != "" && d.Event.Subject.ID != "" && !sameName(name, d.SubjectName) {
		d.Problems["subject"] = e.lang().Say("The sign-in name is that of %s, and the name beside it is %s. Who leaves?", name, d.SubjectName)
	}
	if d.SuccessorText == "" || d.Event.Successor.ID != "" {
		return nil, nil
	}
	found, err := e.World.FindAccounts(ctx, d.SuccessorText, 10)
	if err != nil {
		return nil, fmt.Errorf("find successor: %w", err)
	}
	var exact []Account
	for _, a := range found {
		if sameName(a.Name, d.SuccessorText) || strings.EqualFold(a.UPN, d.SuccessorText) {
			exact = append(exact, a)
		}
	}
	d.Managers = found
	if len(exact) == 1 {
		d.Event.Successor = exact[0].Person()
	} else {
		d.Problems["successor"] = e.lang().Say("I cannot tell who %s is. Please choose who takes over.", cutText(d.SuccessorText, 60))
	}
	return nil, nil
}

// promised are the sign-in names that the other rows of the list will have.
func (b Bulk) promised(lang texts.Language, draft string) map[string]string {
	out := map[string]string{}
	for _, r := range b.Rows {
		if r.Draft != draft && r.UPN != "" && r.State == DraftSummary {
			out[strings.ToLower(r.UPN)] = lang.Say("the person on line %d", r.Line)
		}
	}
	return out
}
