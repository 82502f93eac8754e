package flows

import (
	"context"
	"fmt"
)

// raise makes the case of a draft that somebody confirmed, in one commit with base, which holds the turn and what is said about it. The
// draft that it returns has its case.
func (e *Engine) raise(ctx context.Context, base Change, d Draft, by Person) (Draft, error) {
	now := e.Now()
	site := e.Policy.Sites[d.Event.Site]
	for range tries {
		id, err := e.Store.NextCase(ctx, d.Event.Kind, now.Year())
		if err != nil {
			return d, fmt.Errorf("number the case: %w", err)
		}
		raised := Entry{Case: id, At: now, By: by.ID, Body: Raised{
			Lang:  e.lang(),
			Draft: d.ID, Event: d.Event, By: by, Zone: site.TimeZone, Site: site, Facts: d.Facts, Plan: d.Plan, Warnings: d.Warnings, Late: lateFor(d.Event, d.Plan, now), Above: d.Above,
			RemindAt: e.askAgain(d.Event, site, now, e.Policy.Reminders.RemindAfter, urgentRemind), Escalate: e.askAgain(d.Event, site, now, e.Policy.Reminders.EscalateAfter, urgentEscalate),
			ReleaseBy: e.releaseBy(d.Event, site, now),
			Batch:     Batch{List: d.Bulk, Page: d.Page},
			EndOf:     d.EndOf, Contract: contractDays(d.Event, e.Policy),
		}}
		d.State, d.Case = DraftConfirmed, id
		m, err := draftMemo(d)
		if err != nil {
			return d, err
		}
		ch := base
		ch.Case, ch.Memos = id, append(clip(base.Memos), m)
		ch.Entries = append(append(clip(base.Entries), d.Event.cameBack(id, by, now)...), raised)
		ch.Drop = append(clip(base.Drop), d.Event.voids()...)
		if d.EndOf != "" {
			ch.Entries[len(ch.Entries)-1].By = "" // the date came; nobody pressed
		} else if d.Bulk == "" || d.Opened {
			ch.Add = append(clip(base.Add), draftCards(d, now)...)
		}
		if d.Opened {
			if ch, err = e.withBulk(ctx, d, ch); err != nil {
				return d, err
			}
		}
		ch, _, err = e.followed(ctx, Case{}, ch, now)
		if err != nil {
			return d, fmt.Errorf("raise case: %w", err)
		}
		err = e.Commit(ctx, ch)
		if CodeOf(err) == Conflict {
			continue // the number was taken meanwhile
		}
		return d, err
	}
	return d, &Error{Code: Unavailable, Say: e.lang().Say("I could not number the case just now. Please try again.")}
}
