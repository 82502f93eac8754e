package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"muster/bot/teams"
	"muster/flows"
)

// A message whose answer was lost is sent again, so a card may stand in a chat twice, and only the second one is known. A press tells of
// the other: from then on both are kept true.

// adoptErrand is stored in the queue, so it is never renamed.
const adoptErrand = "adopt.1"

// mostCopies bounds what is kept of one card.
const mostCopies = 4

// placed is one message that shows a card. It is stored: field names are for ever.
type placed struct {
	Ref teams.Ref `json:"ref"`
	ID  string    `json:"id"`
}

// adoptWork is the body of an adopt errand.
type adoptWork struct {
	Slot    flows.Slot
	Message placed
}

// noteCopy looks whether the pressed message is the one that its card is known by, and has it adopted otherwise. A press is never held
// up by it: what is missed is noted at the next press.
func (b *Bot) noteCopy(ctx context.Context, t flows.Turn, r flows.Reply) {
	var s flows.Slot
	switch {
	case r.Draft != nil:
		s = flows.DraftSlot(*r.Draft)
	case r.Bulk != nil:
		s = flows.BulkSlot(*r.Bulk)
	case r.Together != nil:
		s = flows.TogetherSlot(flows.Batch{List: r.Together.List, Page: r.Together.Page}, r.Together.To)
	case r.Case != nil, r.Slot.Card == flows.CardPolicy:
		s = r.Slot
	}
	if s.Case == "" || t.ReplyTo == "" {
		return
	}
	was, err := b.recallPosted(ctx, s)
	if err == nil && !was.shownAs(t.ReplyTo) {
		err = b.sendForAdoption(ctx, s, t)
	}
	if err != nil {
		b.Log.WarnContext(ctx, "copy of a card not noted", slog.String("card", string(s.Card)), slog.String("case", string(s.Case)), slog.Any("error", err))
	}
}

// shownAs reports whether a message is known to show the card. A card that was never sent has nothing to compare with.
func (p posted) shownAs(id string) bool {
	return p.Hash == "" || p.ID == id || slices.ContainsFunc(p.Copies, func(c placed) bool { return c.ID == id })
}

func (b *Bot) sendForAdoption(ctx context.Context, s flows.Slot, t flows.Turn) error {
	w := adoptWork{Slot: s, Message: placed{ID: t.ReplyTo}}
	if err := json.Unmarshal(t.Reach, &w.Message.Ref); err != nil {
		return fmt.Errorf("read reference: %w", err)
	}
	// A copy stands where the card was sent. Whoever presses a forged or forwarded card elsewhere must not have the real one drawn there.
	home, met, err := b.recallPlace(ctx, s.To)
	if err != nil || !met || home.Ref.Conversation != w.Message.Ref.Conversation {
		return err
	}
	body, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("adopt copy: %w", err)
	}
	sum := sha256.Sum256([]byte(t.ReplyTo))
	return b.Engine.Commit(ctx, flows.Change{Add: []flows.Errand{{
		Key: adoptErrand + "/" + s.Key() + "/" + hex.EncodeToString(sum[:12]), Kind: adoptErrand, Case: s.Case, Lane: "card/" + s.Key(), Due: b.Engine.Now().UTC(), Body: body,
	}}})
}

// adopt remembers a copy and has the card drawn again. It runs in the card's lane, so that nobody else changes what is remembered.
func (b *Bot) adopt(ctx context.Context, er flows.Errand) error {
	w, err := flows.DecodeErrand[adoptWork](er)
	if err != nil {
		return err
	}
	done := flows.Change{Done: []flows.ErrandRef{er.Ref()}}
	p, err := b.recallPosted(ctx, w.Slot)
	if err != nil {
		return err
	}
	switch {
	case p.shownAs(w.Message.ID) || len(p.Copies) == mostCopies:
		return b.Engine.Commit(ctx, done)
	case p.ID == "": // sent, and nobody knew as what
		p.Ref, p.ID = w.Message.Ref, w.Message.ID
	default:
		p.Copies = append(p.Copies, w.Message)
	}
	p.Hash = "adopted" // no card's: it is drawn again
	body, err := json.Marshal(w.Slot)
	if err != nil {
		return fmt.Errorf("adopt copy: %w", err)
	}
	done.Add = []flows.Errand{{Key: flows.CardErrand + "/" + w.Slot.Key(), Kind: flows.CardErrand, Case: er.Case, Lane: er.Lane, Due: b.Engine.Now().UTC(), Body: body}}
	return b.keepPosted(ctx, done, w.Slot, p)
}

// updateCopies makes the copies of a card true, and forgets those that are gone.
func (b *Bot) updateCopies(ctx context.Context, p posted, m teams.Message) ([]placed, error) {
	var left []placed
	for _, c := range p.Copies {
		err := b.Teams.Update(ctx, c.Ref, c.ID, m)
		if te, ok := errors.AsType[*teams.Error](err); ok && te.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		left = append(left, c)
	}
	return left, nil
}
