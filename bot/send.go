package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"muster/bot/teams"
	"muster/cards"
	"muster/flows"
	"muster/flows/texts"
)

// posted is a card that was sent: where, as what, and what it shows. It is stored: field names are for ever.
type posted struct {
	Ref   teams.Ref `json:"ref"`
	ID    string    `json:"id"`              // empty when Teams gave none
	Hash  string    `json:"hash"`            // of the card it shows
	Doubt int       `json:"doubt,omitempty"` // sends whose answer was lost
	Told  bool      `json:"told,omitempty"`  // IT was told that it cannot be delivered

	Copies []placed `json:"copies,omitempty"` // further messages that show it
}

func postedKey(slot string) string { return "posted/" + slot }

// drawn is a slot's card as it should be now, and where it belongs in the log.
type drawn struct {
	card    cards.Card
	summary string
	later   bool           // not to be sent yet: it is drawn again when it is
	also    []flows.CaseID // cases in whose evidence it stands too, beside its own
}

func (b *Bot) drawSlot(ctx context.Context, s flows.Slot) (drawn, error) {
	now := b.Engine.Now()
	if s.Card == flows.CardDraft {
		d, err := b.Engine.FetchDraft(ctx, string(s.Case))
		if err != nil {
			return drawn{}, err
		}
		return drawn{card: cards.DraftFor(b.lang(), d, b.Engine.Policy, now, s.To.Person), summary: cards.DraftSummary(b.lang(), d)}, nil
	}
	if s.Card == flows.CardReview {
		v, err := b.Engine.FetchReview(ctx, s)
		if err != nil {
			return drawn{}, err
		}
		return drawn{card: cards.Review(b.lang(), v), summary: cards.ReviewSummary(b.lang(), v)}, nil
	}
	if s.Card == flows.CardPolicy {
		v, err := b.Engine.FetchPolicy(ctx, s)
		if err != nil {
			return drawn{}, err
		}
		return drawn{card: cards.Policy(b.lang(), v), summary: cards.PolicySummary(b.lang(), v)}, nil
	}
	if s.Card == flows.CardBulk || s.Card == flows.CardTogether {
		return b.drawList(ctx, s, now)
	}
	c, err := b.Engine.Store.Case(ctx, s.Case)
	if err != nil {
		return drawn{}, fmt.Errorf("draw card: %w", err)
	}
	card, err := cards.Slot(b.lang(), c, s, now)
	return drawn{card: card, summary: cards.Summary(b.lang(), c, s)}, err
}

// keepCard makes one card true: it is sent once, and replaced in place whenever what it shows has changed.
func (b *Bot) keepCard(ctx context.Context, er flows.Errand) error {
	s, err := flows.DecodeErrand[flows.Slot](er)
	if err != nil {
		return err
	}
	d, err := b.drawSlot(ctx, s)
	if err != nil {
		return err
	}
	was, err := b.recallPosted(ctx, s)
	if err != nil {
		return err
	}
	hash := cards.Sum(d.card)
	done := flows.Change{Done: []flows.ErrandRef{er.Ref()}}
	if d.later || was.Hash == hash || (was.Hash != "" && was.ID == "") {
		return b.Engine.Store.Commit(ctx, done)
	}
	m := teams.Message{Card: d.card, Summary: d.summary, Alert: was.ID == ""}
	update := was.ID != ""
	was.Copies, err = b.updateCopies(ctx, was, m)
	if err == nil && update {
		err = b.Teams.Update(ctx, was.Ref, was.ID, m)
		if isGone(err) { // send it anew; its id is forgotten, so that a send in doubt is counted as one
			update, err, m.Alert = false, nil, true
			was.ID, was.Hash = "", ""
		}
	}
	now := was
	now.Hash = hash
	if err == nil && !update {
		now.Ref, now.ID, err = b.post(ctx, s.To, m, was.Doubt > 0)
	}
	if err != nil {
		return b.notPosted(ctx, er, s, was, err)
	}
	now.Doubt, now.Told = 0, false
	done.Entries = []flows.Entry{{Case: s.Case, At: b.Engine.Now(), Body: flows.Sent{
		Slot: s.Key(), To: s.To, Conversation: now.Ref.Address(), Activity: now.ID, Card: json.RawMessage(d.card), Update: update,
	}}}
	for _, id := range d.also { // without the card, which is about others too and stands in its own stream
		done.Entries = append(done.Entries, flows.Entry{Case: id, At: b.Engine.Now(), Body: flows.Sent{Slot: s.Key(), To: s.To, Conversation: now.Ref.Address(), Activity: now.ID, Update: update}})
	}
	return b.keepPosted(ctx, done, s, now)
}

func (b *Bot) recallPosted(ctx context.Context, s flows.Slot) (posted, error) {
	var was posted
	v, err := b.Engine.Store.Recall(ctx, postedKey(s.Key()))
	if flows.CodeOf(err) == flows.NotFound {
		return was, nil
	}
	if err == nil {
		err = json.Unmarshal(v, &was)
	}
	if err != nil {
		return was, fmt.Errorf("recall card: %w", err)
	}
	return was, nil
}

func (b *Bot) keepPosted(ctx context.Context, ch flows.Change, s flows.Slot, p posted) error {
	v, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("remember card: %w", err)
	}
	ch.Memos = append(ch.Memos, flows.Memo{Key: postedKey(s.Key()), Value: v})
	return b.Engine.Commit(ctx, ch)
}

// post sends a message to a person's chat, or as a new thread of a channel. One that is sent again, because nobody knows whether it arrived,
// waits until Teams answers at all: an hour without Teams would otherwise use up its tries, and nobody would ever see it.
func (b *Bot) post(ctx context.Context, to flows.Recipient, m teams.Message, again bool) (teams.Ref, string, error) {
	ref, err := b.find(ctx, to)
	if err != nil {
		return ref, "", err
	}
	var id string
	if again {
		err = b.Teams.Ping(ctx, ref)
	}
	if to.Channel != "" {
		if err == nil {
			ref, id, err = b.Teams.PostChannel(ctx, ref, m)
		}
		if isGone(err) {
			err = &unreachable{why: b.lang().Say("it is gone from Teams")}
		}
		return ref, id, err
	}
	if err == nil {
		id, err = b.Teams.Send(ctx, ref, m)
	}
	if isGone(err) { // the chat, not the person: Teams gives another one
		if ref, err = b.create(ctx, to.Person); err == nil {
			id, err = b.Teams.Send(ctx, ref, m)
		}
	}
	return ref, id, err
}

// isGone reports whether Teams does not know the conversation or message any more.
func isGone(err error) bool {
	te, ok := errors.AsType[*teams.Error](err)
	return ok && te.NotFound
}

// mostDoubt is how often a message is sent again whose answer was lost (reference/teams.md 3.4).
const mostDoubt = 1

// mostRefused is how often a message is tried that Teams refuses for what it is or where it goes.
const mostRefused = 5

// isRefused reports whether Teams refuses a message for good, and trying it often enough has not helped. A refusal of our token is none:
// once that is mended, everything that waits must go out.
func isRefused(te *teams.Error, tries int) bool {
	return te.Status >= 400 && te.Status < 500 && te.Status != http.StatusUnauthorized && !te.Temporary && !te.Ambiguous && tries >= mostRefused
}

// notPosted decides what a failed send means: later, never, or, when the answer was lost, once more and then taken as delivered.
func (b *Bot) notPosted(ctx context.Context, er flows.Errand, s flows.Slot, was posted, err error) error {
	te, isTeams := errors.AsType[*teams.Error](err)
	_, cannot := errors.AsType[*unreachable](err)
	switch {
	case cannot || (isTeams && (te.Unreachable || isRefused(te, er.Tries))):
		if lerr := b.lose(ctx, s.To); lerr != nil {
			return lerr
		}
		b.Log.WarnContext(ctx, "card not deliverable", slog.String("card", string(s.Card)), slog.String("case", string(s.Case)), slog.Any("error", err))
		ch := flows.Change{Done: []flows.ErrandRef{er.Ref()}, Entries: []flows.Entry{{Case: s.Case, At: b.Engine.Now(), Body: flows.Unsent{Slot: s.Key(), To: s.To, Why: why(b.lang(), s.To, err)}}}}
		missed, merr := b.missed(ctx, s.To, te)
		if merr != nil {
			return merr
		}
		ch.Memos = append(ch.Memos, missed...)
		if !was.Told { // tried again with each change of the case, said once
			tell, terr := b.tellUnreached(ctx, s, err)
			if terr != nil {
				return terr
			}
			ch.Add, was.Told = append(ch.Add, tell...), true
		}
		return b.keepPosted(ctx, ch, s, was)
	case isTeams && te.Ambiguous && was.ID == "":
		was.Doubt++
		if was.Doubt > mostDoubt { // it is most likely there; presses on it work, only updates cannot reach it
			was.Hash = "unknown"
			return b.keepPosted(ctx, flows.Change{Done: []flows.ErrandRef{er.Ref()}, Entries: []flows.Entry{{Case: s.Case, At: b.Engine.Now(), Body: flows.Unsent{Slot: s.Key(), To: s.To, Why: b.lang().Say("Teams did not say whether it arrived")}}}}, s, was)
		}
		if kerr := b.keepPosted(ctx, flows.Change{}, s, was); kerr != nil {
			return kerr
		}
		return later(b.lang(), err, 0)
	case isTeams && (te.Temporary || te.Ambiguous):
		return later(b.lang(), err, te.RetryAfter)
	}
	return err
}

func later(lang texts.Language, err error, after time.Duration) error {
	return &flows.Error{Code: flows.Unavailable, Say: lang.Say("Teams does not answer just now."), RetryAfter: after, Err: err}
}

// missed is what to remember of a person whom Teams does not let Muster write to. A message that Teams refuses for what it is says nothing
// about the person.
func (b *Bot) missed(ctx context.Context, to flows.Recipient, te *teams.Error) ([]flows.Memo, error) {
	if to.Channel != "" || te == nil || !te.Unreachable {
		return nil, nil
	}
	return b.Engine.Missed(ctx, to.Person)
}

// tellUnreached says who is to do something about a card that could not be delivered: IT about a person, the owners about a channel.
func (b *Bot) tellUnreached(ctx context.Context, s flows.Slot, err error) ([]flows.Errand, error) {
	var tell []flows.Errand
	if s.To.Channel != "it" {
		tell = append(tell, b.Engine.Unreached(s, why(b.lang(), s.To, err)))
	}
	if s.To.Channel == "" || !missing(err) {
		return tell, nil
	}
	owners, lerr := b.Engine.ChannelLost(ctx, s.Key(), s.To.Channel, s.Case, why(b.lang(), s.To, err),
		b.lang().Say("%s has a card (%s) for it, which is posted as soon as that works. \"status %s\" shows the case.", string(s.Case), string(s.Card), string(s.Case)))
	return append(tell, owners...), lerr
}

// why is what people read about a message that cannot be delivered.
func why(lang texts.Language, to flows.Recipient, err error) string {
	if u, ok := errors.AsType[*unreachable](err); ok {
		return u.why
	}
	te, ok := errors.AsType[*teams.Error](err)
	is := func(codes ...string) bool {
		return ok && (slices.Contains(codes, te.Code) || slices.Contains(codes, te.SubCode))
	}
	switch {
	case is("BotDisabledByAdmin"):
		return lang.Say("an administrator has blocked Muster in Teams")
	case ok && !te.Unreachable && !te.NotFound:
		return lang.Say("Teams refused it with status %d", te.Status)
	case to.Channel != "":
		return lang.Say("Muster is not in its team any more")
	case is("ForbiddenOperationException", "BotNotInConversationRoster"):
		return lang.Say("Muster is not installed for the person")
	case is("ConversationBlockedByUser", "MessageWritesBlocked"):
		return lang.Say("the person blocked or removed Muster")
	}
	return lang.Say("the person blocked or removed Muster, or never had it")
}

// say sends one sentence.
func (b *Bot) say(ctx context.Context, er flows.Errand) error {
	w, err := flows.DecodeErrand[flows.SayWork](er)
	if err != nil {
		return err
	}
	ref, id, err := b.sendTo(ctx, w.Reach, w.To, teams.Message{Text: w.Text}, er.Tries > 0)
	body := flows.Body(flows.Sent{To: w.To, Conversation: ref.Address(), Activity: id, Text: w.Text})
	ch := flows.Change{Done: []flows.ErrandRef{er.Ref()}}
	if err != nil {
		failed := err
		if body, err = b.undelivered(er, w.To, failed); err != nil {
			return err
		}
		if w.To.Channel != "" && missing(failed) {
			b.Log.WarnContext(ctx, "channel not reached", slog.String("channel", w.To.Channel), slog.String("case", string(er.Case)), slog.Any("error", failed))
			if ch.Add, err = b.Engine.ChannelLost(ctx, er.Key, w.To.Channel, er.Case, why(b.lang(), w.To, failed), w.Text); err != nil {
				return err
			}
		}
	}
	ch.Entries = []flows.Entry{{Case: er.Case, At: b.Engine.Now(), Body: body}}
	return b.Engine.Commit(ctx, ch)
}

// sendTo answers in the chat somebody wrote from, or finds the recipient.
func (b *Bot) sendTo(ctx context.Context, reach json.RawMessage, to flows.Recipient, m teams.Message, again bool) (teams.Ref, string, error) {
	if len(reach) == 0 {
		return b.post(ctx, to, m, again)
	}
	var ref teams.Ref
	if err := json.Unmarshal(reach, &ref); err != nil {
		return ref, "", fmt.Errorf("read reference: %w", err)
	}
	if again {
		if err := b.Teams.Ping(ctx, ref); err != nil {
			return ref, "", err
		}
	}
	id, err := b.Teams.Send(ctx, ref, m)
	return ref, id, err
}

// missing reports whether a channel is not there, though the policy names it: what was to be said in it surely was not.
func missing(err error) bool {
	if u, ok := errors.AsType[*unreachable](err); ok {
		return !u.unnamed
	}
	te, ok := errors.AsType[*teams.Error](err)
	return ok && !te.Ambiguous
}

// undelivered is what becomes of a sentence that was not accepted: an error to try again, or the entry that says why not.
func (b *Bot) undelivered(er flows.Errand, to flows.Recipient, err error) (flows.Body, error) {
	te, isTeams := errors.AsType[*teams.Error](err)
	_, cannot := errors.AsType[*unreachable](err)
	switch {
	case cannot || (isTeams && (te.Unreachable || te.NotFound)):
		return flows.Unsent{To: to, Why: why(b.lang(), to, err)}, nil
	case isTeams && te.Ambiguous && er.Tries >= mostDoubt:
		return flows.Unsent{To: to, Why: b.lang().Say("Teams did not say whether it arrived")}, nil
	case isTeams && (te.Temporary || te.Ambiguous):
		return nil, later(b.lang(), err, te.RetryAfter)
	case isTeams && isRefused(te, er.Tries):
		return flows.Unsent{To: to, Why: why(b.lang(), to, err)}, nil
	}
	return nil, err
}

// answer answers what somebody wrote.
func (b *Bot) answer(ctx context.Context, er flows.Errand) error {
	t, err := flows.DecodeErrand[flows.Turn](er)
	if err != nil {
		return err
	}
	stream := t.Stream()
	ch := flows.Change{Done: []flows.ErrandRef{er.Ref()}}
	r, err := b.reply(ctx, t)
	if err == nil && r.File != nil {
		t.Case = r.File.Case
		err = b.ask(ctx, er, ch, t, *r.File)
		if err == nil {
			return nil
		}
	}
	switch code := flows.CodeOf(err); {
	case code == flows.Denied || code == flows.Invalid || code == flows.Conflict || code == flows.NotFound:
		r = flows.Reply{Text: flows.SayOf(err)}
		ch.Entries = append(ch.Entries, flows.Entry{Case: stream, At: b.Engine.Now(), By: t.By.ID, Body: flows.Refused{Verb: flows.ReadCommand(t.Text).Name, Code: code, Why: flows.SayOf(err)}})
	case err != nil && er.Tries == 0:
		if serr := b.Engine.Say(ctx, t, b.lang().Say("Microsoft 365 does not answer just now. I answer as soon as it does; nothing you wrote is lost.")); serr != nil {
			return serr
		}
		return err
	case err != nil:
		return err
	case r.Draft != nil || r.Bulk != nil || r.Case != nil || r.Slot.Card == flows.CardPolicy: // its card is an errand of its own
		return b.Engine.Commit(ctx, ch)
	}
	card, text, err := b.draw(r, t.By.ID)
	if err != nil {
		return err
	}
	m := teams.Message{Text: text, Card: card}
	if card != nil {
		m.Summary = b.lang().Say("Muster's answer")
	}
	to := flows.Recipient{Person: t.By.ID}
	ref, id, err := b.sendTo(ctx, t.Reach, to, m, er.Tries > 0)
	body := flows.Body(flows.Sent{To: to, Conversation: ref.Address(), Activity: id, Text: text, Card: json.RawMessage(card)})
	if err != nil {
		if body, err = b.undelivered(er, to, err); err != nil {
			return err
		}
	}
	ch.Entries = append(ch.Entries, flows.Entry{Case: stream, At: b.Engine.Now(), Body: body})
	return b.Engine.Commit(ctx, ch)
}
