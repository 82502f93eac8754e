package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"muster/bot/teams"
	"muster/flows"
)

// place is how to reach a person's chat or a channel. It is stored: field names are for ever.
type place struct {
	Ref  teams.Ref `json:"ref"`
	Gone bool      `json:"gone,omitempty"` // the app was removed there
}

// known are the places already remembered, so that a turn from a known place writes nothing more.
type known struct {
	mu     sync.Mutex
	places map[string]place
}

func (k *known) has(key string, p place) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.places[key] == p
}

func (k *known) set(key string, p place) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.places == nil || len(k.places) > 50000 {
		k.places = map[string]place{}
	}
	k.places[key] = p
}

func personKey(id flows.AccountID) string { return "reach/person/" + string(id) }
func channelKey(id string) string         { return "reach/channel/" + id }

// meet remembers where somebody was met: service URLs are regional and may change, so the latest counts.
func (b *Bot) meet(ctx context.Context, a teams.Activity) error {
	key, p := metAt(a)
	if key == "" || b.seen.has(key, p) {
		return nil
	}
	to, ok := recipientOf(key, b.Engine.Policy)
	if !ok {
		return b.remember(ctx, key, p)
	}
	was, met, err := b.recallPlace(ctx, to)
	if err != nil {
		return err
	}
	if err := b.remember(ctx, key, p); err != nil || !met || !was.Gone {
		return err
	}
	return b.Engine.Redraw(ctx, to)
}

func metAt(a teams.Activity) (string, place) {
	switch {
	case a.Conversation.Type == teams.Personal && a.From.AADObjectID != "":
		return personKey(flows.AccountID(a.From.AADObjectID)), place{Ref: a.Ref()}
	case a.Conversation.Type == teams.InChannel && a.Channel.ID != "":
		ref := a.Ref()
		ref.Thread = ""
		return channelKey(a.Channel.ID), place{Ref: ref}
	}
	return "", place{}
}

func (b *Bot) remember(ctx context.Context, key string, p place) error {
	v, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("remember place: %w", err)
	}
	memos := []flows.Memo{{Key: key, Value: v}}
	if id, ok := strings.CutPrefix(key, personKey("")); ok && !p.Gone {
		memos = append(memos, b.Engine.Met(flows.AccountID(id)))
	}
	if err := b.Engine.Store.Commit(ctx, flows.Change{Memos: memos}); err != nil {
		return fmt.Errorf("remember place: %w", err)
	}
	b.seen.set(key, p)
	return nil
}

// lose forgets that a person can be reached, so that the next sign of them brings what could not be sent. A channel is asked again each time.
func (b *Bot) lose(ctx context.Context, to flows.Recipient) error {
	if to.Channel != "" {
		return nil
	}
	p, met, err := b.recallPlace(ctx, to)
	if err != nil || !met || p.Gone {
		return err
	}
	p.Gone = true
	return b.remember(ctx, personKey(to.Person), p)
}

// Installed remembers how to reach a person or a channel when the bot comes, and that it cannot when it goes. Teams may send two events for
// one installation, in either order; both say the same here.
func (b *Bot) Installed(ctx context.Context, a teams.Activity) error {
	came, went := strings.HasPrefix(a.Action, "add"), strings.HasPrefix(a.Action, "remove")
	for _, m := range a.MembersAdded {
		came = came || m.ID == a.Recipient.ID
	}
	for _, m := range a.MembersRemoved {
		went = went || m.ID == a.Recipient.ID
	}
	if a.Conversation.Type == teams.InChannel && (came || went || isTeamEvent(a.EventType)) {
		return b.teamChanged(ctx, a, came, went)
	}
	if !came && !went {
		return nil // somebody else came or went: the bot keeps no rosters
	}
	key, p := metAt(a)
	if key == "" {
		return nil
	}
	p.Gone = went && !came
	if b.seen.has(key, p) {
		return nil
	}
	return b.turned(ctx, key, p)
}

// turned remembers a place, and sends what could not be sent there before when it can be now.
func (b *Bot) turned(ctx context.Context, key string, p place) error {
	if err := b.remember(ctx, key, p); err != nil || p.Gone {
		return err
	}
	to, ok := recipientOf(key, b.Engine.Policy)
	if !ok {
		return nil // a channel that nothing is posted to
	}
	return b.Engine.Redraw(ctx, to)
}

// What happens to a team and its channels, as Teams names it. What an archived team still lets through differs, so posting there is tried.
var (
	channelCame = []string{"channelRestored", "channelUnshared", "channelShared"}
	channelWent = []string{"channelDeleted"}
	teamCame    = []string{"teamRestored", "teamUnarchived"}
	teamWent    = []string{"teamDeleted", "teamHardDeleted"}
)

func isTeamEvent(event string) bool {
	return slices.Contains(slices.Concat(channelCame, channelWent, teamCame, teamWent), event)
}

// teamChanged takes what happens to a team: Muster was added or removed, a channel or all of it was deleted or came back. Muster is a member of
// a team and not of a channel, so all channels of the team that are posted to are gone or there.
func (b *Bot) teamChanged(ctx context.Context, a teams.Activity, came, went bool) error {
	came, went = came || slices.Contains(teamCame, a.EventType), went || slices.Contains(teamWent, a.EventType)
	one := slices.Contains(channelCame, a.EventType) || slices.Contains(channelWent, a.EventType)
	if one {
		came, went = slices.Contains(channelCame, a.EventType), slices.Contains(channelWent, a.EventType)
	}
	if key, p := metAt(a); key != "" {
		p.Gone = went && !came
		if came || !b.seen.has(key, p) { // Teams does not say each time that it has gone, so coming back is always news
			if err := b.turned(ctx, key, p); err != nil {
				return err
			}
		}
	}
	if one || a.Team.ID == "" {
		return nil
	}
	for _, to := range []flows.Recipient{{Channel: "it"}, {Channel: "owners"}} {
		p, met, err := b.recallPlace(ctx, to)
		if _, none := errors.AsType[*unreachable](err); none || err == nil && (!met || p.Ref.TeamID != a.Team.ID || p.Gone && !came) {
			continue
		}
		if err != nil {
			return err
		}
		key, err := b.placeKey(to)
		if err != nil {
			return err
		}
		p.Gone = went && !came
		if err := b.turned(ctx, key, p); err != nil {
			return err
		}
	}
	return nil
}

func recipientOf(key string, p *flows.Policy) (flows.Recipient, bool) {
	if id, ok := strings.CutPrefix(key, "reach/person/"); ok {
		return flows.Recipient{Person: flows.AccountID(id)}, true
	}
	switch strings.TrimPrefix(key, "reach/channel/") {
	case p.Channels.IT:
		return flows.Recipient{Channel: "it"}, true
	case p.Channels.Owners:
		return flows.Recipient{Channel: "owners"}, true
	}
	return flows.Recipient{}, false
}

// unreachable is why somebody or something cannot be reached, in a sentence for IT.
type unreachable struct {
	why     string
	unnamed bool // the policy names no such channel, so nobody misses it
}

func (u *unreachable) Error() string { return u.why }

// placeKey is what the place of a recipient is remembered under.
func (b *Bot) placeKey(to flows.Recipient) (string, error) {
	if to.Channel == "" {
		return personKey(to.Person), nil
	}
	id := b.Engine.Policy.Channels.IT
	if to.Channel == "owners" {
		id = b.Engine.Policy.Channels.Owners
	}
	if id == "" {
		return "", &unreachable{b.lang().Say("the policy names no channel for %s", to.Channel), true}
	}
	return channelKey(id), nil
}

// recallPlace is where a recipient was met last; false when Muster never was there.
func (b *Bot) recallPlace(ctx context.Context, to flows.Recipient) (place, bool, error) {
	var p place
	key, err := b.placeKey(to)
	if err != nil {
		return p, false, err
	}
	v, err := b.Engine.Store.Recall(ctx, key)
	if flows.CodeOf(err) == flows.NotFound {
		return p, false, nil
	}
	if err == nil {
		err = json.Unmarshal(v, &p)
	}
	if err != nil {
		return p, false, fmt.Errorf("recall place: %w", err)
	}
	return p, true, nil
}

// find is the place a recipient is reached at. A person who never wrote is reached by creating the chat.
func (b *Bot) find(ctx context.Context, to flows.Recipient) (teams.Ref, error) {
	p, met, err := b.recallPlace(ctx, to)
	switch {
	case err != nil:
		return teams.Ref{}, err
	case met && !p.Gone:
		return p.Ref, nil
	case to.Channel == "":
		return b.create(ctx, to.Person)
	case met:
		return teams.Ref{}, &unreachable{why: b.lang().Say("it was deleted, or Muster was removed from its team")}
	}
	return teams.Ref{}, &unreachable{why: b.lang().Say("Muster is not installed in its team")}
}

// create makes, or finds, the chat with a person who has the app.
func (b *Bot) create(ctx context.Context, id flows.AccountID) (teams.Ref, error) {
	ref, err := b.Teams.CreateDirect(ctx, b.ServiceURL, string(id))
	if err != nil {
		return teams.Ref{}, err
	}
	return ref, b.remember(ctx, personKey(id), place{Ref: ref})
}
