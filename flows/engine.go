package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Engine runs cases for one tenant: it takes what people say and press, decides by the rules, and runs the errands of the queue.
// Its methods are safe for concurrent use.
type Engine struct {
	Store   Store
	World   World
	Courier Courier
	Hooks   Caller          // systems that steps are handed to; may be nil
	SignIns SignIns         // may be nil: then it is said that sign-ins are not read
	Notary  Notary          // signs the log; nil: checkpoints are sent nowhere
	Sinks   map[string]Sink // where checkpoints are left beside the owners' channel, by name
	Policy  *Policy
	Eraser  Eraser     // forgets what entries say; nil: nothing is erased
	File    PolicyFile // that the policy was read from; nil: the policy is not changed while Muster runs
	Now     func() time.Time
	Log     *slog.Logger

	// Committed is called after each commit that put something in the queue; may be nil.
	Committed func()

	who       authority
	braking   sync.Mutex // what the brakes count is read and written one at a time
	reviewing sync.Mutex // sheets of reviews change one at a time
	policing  sync.Mutex // proposals of a policy do
	briefs    briefs
	drafting  sync.Mutex // drafts change one at a time: what is read of one, and of the cases there are, belongs together with the commit
}

// Commit stores a change and wakes the runner.
func (e *Engine) Commit(ctx context.Context, ch Change) error {
	if err := e.Store.Commit(ctx, ch); err != nil {
		return err
	}
	if e.Committed != nil && len(ch.Add) > 0 {
		e.Committed()
	}
	return nil
}

// tries is how often a decision is made again because the case moved between reading and writing.
const tries = 8

// change decides on the case as it is now and commits what the rule returns with all that follows from it. When the case has moved
// meanwhile, it decides again. base is written whatever the rule says: the turn, the errand that is done.
func (e *Engine) change(ctx context.Context, id CaseID, base Change, decide func(Case) (Change, error)) (Case, error) {
	for range tries {
		c, err := e.Store.Case(ctx, id)
		if err != nil {
			return Case{}, fmt.Errorf("read case %s: %w", id, err)
		}
		ch, err := decide(c)
		if err != nil {
			return c, err
		}
		ch.Turn, ch.Done, ch.Case, ch.From = base.Turn, base.Done, id, c.Version
		ch.Entries = append(clip(base.Entries), ch.Entries...)
		ch.Add = append(clip(base.Add), ch.Add...)
		ch, next, err := e.followed(ctx, c, ch, e.Now())
		if err != nil {
			return c, fmt.Errorf("change case %s: %w", id, err)
		}
		err = e.Commit(ctx, ch)
		if CodeOf(err) == Conflict {
			continue
		}
		if err != nil {
			return c, fmt.Errorf("change case %s: %w", id, err)
		}
		return next, nil
	}
	return Case{}, &Error{Code: Unavailable, Say: e.lang().Say("This case is changing very fast just now. Please try again."), Err: fmt.Errorf("case %s: %d conflicts", id, tries)}
}

// followed is follow, with the delegates of those whom the change puts a decision to.
func (e *Engine) followed(ctx context.Context, c Case, ch Change, now time.Time) (Change, Case, error) {
	all, next, err := follow(c, ch, now)
	if err != nil {
		return all, next, err
	}
	more, err := e.withDelegates(ctx, c, next, ch.Case, &ch, now)
	if err != nil || !more {
		return all, next, err
	}
	return follow(c, ch, now)
}

// recallDraft reads a draft.
func (e *Engine) recallDraft(ctx context.Context, id string) (Draft, error) {
	b, err := e.Store.Recall(ctx, draftKey(id))
	if CodeOf(err) == NotFound {
		return Draft{}, gone(e.lang().Say("This form is no longer known. Please write \"new starter\" again."))
	}
	if err != nil {
		return Draft{}, fmt.Errorf("recall draft %s: %w", id, err)
	}
	var d Draft
	if err := json.Unmarshal(b, &d); err != nil {
		return Draft{}, fmt.Errorf("recall draft %s: %w", id, err)
	}
	return d, nil
}

// FetchDraft reads a draft for the card that shows it.
func (e *Engine) FetchDraft(ctx context.Context, id string) (Draft, error) {
	return e.recallDraft(ctx, id)
}

func draftKey(id string) string { return "draft/" + id }

// draftMemo is the draft as it is remembered beside the log.
func draftMemo(d Draft) (Memo, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return Memo{}, fmt.Errorf("keep draft %s: %w", d.ID, err)
	}
	return Memo{Key: draftKey(d.ID), Value: b}, nil
}

// DraftSlot is the card a draft lives in. Its case is the draft's id.
func DraftSlot(d Draft) Slot {
	return Slot{Case: CaseID(d.ID), Card: CardDraft, To: Recipient{Person: d.By.ID}}
}

// draftCards make every card of a draft true.
func draftCards(d Draft, now time.Time) []Errand {
	var out []Errand
	for _, s := range DraftSlots(d) {
		out = append(out, Errand{Key: CardErrand + "/" + s.Key(), Kind: CardErrand, Lane: "card/" + s.Key(), Due: now.UTC(), Body: errandBody(s)})
	}
	return out
}

// Say puts one sentence in the chat a turn came from, once per turn.
func (e *Engine) Say(ctx context.Context, t Turn, text string) error {
	err := e.Commit(ctx, Change{Turn: "said|" + t.Key, Add: []Errand{{
		Key: SayErrand + "/" + hashed(t.Key), Kind: SayErrand, Case: t.Stream(), Due: e.Now().UTC(),
		Body: errandBody(SayWork{To: Recipient{Person: t.By.ID}, Text: text, Reach: t.Reach}),
	}}})
	if CodeOf(err) == Seen { // the turn came again after the sentence had gone
		return nil
	}
	return err
}

// Note keeps a turn in the transcript without acting on it.
func (e *Engine) Note(ctx context.Context, t Turn) error {
	return e.Commit(ctx, Change{Turn: t.Key, Entries: []Entry{t.heard(t.Stream(), e.Now())}})
}

// noted keeps a press in the transcript that is answered and changes nothing. Whoever sees an answer finds the press in the log.
func (e *Engine) noted(ctx context.Context, t Turn) error {
	if err := e.Note(ctx, t); err != nil && CodeOf(err) != Seen {
		return err
	}
	return nil
}

// Unreached tells IT that a card could not be delivered to somebody, and why, without saying whom in a channel's notification.
func (e *Engine) Unreached(s Slot, why string) Errand {
	text := e.lang().Say("somebody who is asked cannot be reached in Teams: %s. Install Muster for them (app set-up policy), or ask them to unblock it; the card is then sent by itself. If that takes long, somebody else is asked.", why)
	if s.To.Channel != "" {
		text = e.lang().Say("a card for the owners' channel cannot be posted: %s. Add Muster to its team, or name another channel in the policy; the card is then posted by itself.", why)
	}
	return Errand{
		Key: SayErrand + "/unreached/" + s.Key(), Kind: SayErrand, Case: s.Case, Due: e.Now().UTC(),
		Body: errandBody(SayWork{To: Recipient{Channel: "it"}, Text: e.lang().Say("%s: %s Card: %s.", string(s.Case), text, string(s.Card))}),
	}
}

// Redraw sends the cards again that a person or channel should have, after they became reachable.
func (e *Engine) Redraw(ctx context.Context, to Recipient) error {
	open, err := e.Store.Cases(ctx, "open")
	if err != nil {
		return fmt.Errorf("list open cases: %w", err)
	}
	var ch Change
	for _, c := range open {
		for _, er := range c.cardErrands(e.Now()) {
			if s, err := DecodeErrand[Slot](er); err == nil && s.To == to {
				ch.Add = append(ch.Add, er)
			}
		}
	}
	if len(ch.Add) == 0 {
		return nil
	}
	return e.Commit(ctx, ch)
}

// FindPeople searches the directory for a people picker, on behalf of somebody who is in it.
func (e *Engine) FindPeople(ctx context.Context, by AccountID, text string) ([]Account, error) {
	a, roles, err := e.Standing(ctx, by)
	if err != nil {
		return nil, err
	}
	if a.Guest && len(roles) == 0 {
		return nil, deny(e.lang().Say("Guests cannot search the people of this organisation."))
	}
	if len(text) < 2 {
		return nil, nil
	}
	found, err := e.World.FindAccounts(ctx, text, 15)
	if err != nil {
		return nil, fmt.Errorf("search people: %w", err)
	}
	var out []Account
	for _, a := range found {
		if a.Enabled && !a.Guest {
			out = append(out, a)
		}
	}
	return out, nil
}
