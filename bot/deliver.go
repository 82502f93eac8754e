package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"muster/bot/teams"
	"muster/flows"
)

// delivered is what is known of a message that was sent under a key. It is stored: field names are for ever.
type delivered struct {
	Activity string `json:"activity,omitempty"`
	Accepted bool   `json:"accepted,omitempty"`
	Doubt    int    `json:"doubt,omitempty"` // sends whose answer was lost
}

func deliveredKey(key string) string { return "delivered/" + key }

// Deliver sends one message under a key, for a welcome or a notice. It is remembered in the same commit as its entry.
func (b *Bot) Deliver(ctx context.Context, key string, id flows.CaseID, r flows.Recipient, text string) error {
	was, err := b.recallDelivered(ctx, key)
	if err != nil {
		return err
	}
	ref, msg, err := b.post(ctx, r, teams.Message{Text: text}, was.Doubt > 0)
	if err != nil {
		return b.notDelivered(ctx, key, err)
	}
	return b.keepDelivered(ctx, key, delivered{Activity: msg, Accepted: true}, flows.Entry{
		Case: id, At: b.Engine.Now(), Body: flows.Sent{To: r, Conversation: ref.Address(), Activity: msg, Text: text},
	})
}

// Found reports whether a message with this key was accepted by Teams.
func (b *Bot) Found(ctx context.Context, key string) (bool, error) {
	d, err := b.recallDelivered(ctx, key)
	return d.Accepted, err
}

// notDelivered says what a failed delivery means: later, never, or, when the answer was lost, once more and then a question to people.
func (b *Bot) notDelivered(ctx context.Context, key string, err error) error {
	te, isTeams := errors.AsType[*teams.Error](err)
	switch {
	case !isTeams:
		return err
	case te.Unreachable:
		return &flows.Error{Code: flows.Denied, Say: b.lang().Say("The person cannot be reached in Teams: the app is not installed for the account yet."), Err: err}
	case te.NotFound:
		return &flows.Error{Code: flows.NotFound, Say: b.lang().Say("Teams does not know the person yet."), Err: err}
	case te.Ambiguous:
		was, rerr := b.recallDelivered(ctx, key)
		if rerr != nil {
			return rerr
		}
		was.Doubt++
		if kerr := b.keepDelivered(ctx, key, was); kerr != nil {
			return kerr
		}
		if was.Doubt > mostDoubt {
			return &flows.Error{Code: flows.Conflict, Say: b.lang().Say("The message was sent, and Teams did not say whether it arrived. Ask whom it was for; if it is there, record it as done by hand."), Err: err}
		}
		return later(b.lang(), err, te.RetryAfter)
	case te.Temporary:
		return later(b.lang(), err, te.RetryAfter)
	}
	return &flows.Error{Say: b.lang().Say("Teams refused the message with status %d.", te.Status), Err: err}
}

func (b *Bot) keepDelivered(ctx context.Context, key string, d delivered, es ...flows.Entry) error {
	v, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("remember delivery: %w", err)
	}
	return b.Engine.Commit(ctx, flows.Change{Entries: es, Memos: []flows.Memo{{Key: deliveredKey(key), Value: v}}})
}

func (b *Bot) recallDelivered(ctx context.Context, key string) (delivered, error) {
	var d delivered
	v, err := b.Engine.Store.Recall(ctx, deliveredKey(key))
	if flows.CodeOf(err) == flows.NotFound {
		return d, nil
	}
	if err == nil {
		err = json.Unmarshal(v, &d)
	}
	if err != nil {
		return d, fmt.Errorf("recall delivery: %w", err)
	}
	return d, nil
}
