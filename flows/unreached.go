package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Somebody who blocked Muster in Teams, or never had it, sees no card. IT is told at once; when that does not help within the hours after which
// a deputy is asked for somebody away, what is asked of them goes another way. An urgent exit waits for nobody.

// unreachedKey begins what is remembered of people whom Teams does not let Muster write to.
const unreachedKey = "unreached/"

// unreached is since when. It is stored: field names are for ever.
type unreached struct {
	At time.Time `json:"at"`
}

// Missed is what to remember when Teams does not let Muster write to somebody; nothing when that is known. Met is what to remember when it
// does again.
func (e *Engine) Missed(ctx context.Context, id AccountID) ([]Memo, error) {
	if id == "" {
		return nil, nil
	}
	_, err := e.Store.Recall(ctx, unreachedKey+string(id))
	if CodeOf(err) != NotFound {
		return nil, err
	}
	v, err := json.Marshal(unreached{e.Now().UTC()})
	if err != nil {
		return nil, fmt.Errorf("remember who is not reached: %w", err)
	}
	return []Memo{{Key: unreachedKey + string(id), Value: v}}, nil
}

// Met is Missed's end.
func (e *Engine) Met(id AccountID) Memo { return Memo{Key: unreachedKey + string(id)} }

// watchUnreached puts what is asked of people who cannot be reached to others: a decision to a deputy as well, so that whoever comes back may
// still make it; everything else to whoever stands in.
func (e *Engine) watchUnreached(ctx context.Context, open []Case) error {
	memos, err := e.Store.RecallAll(ctx, unreachedKey)
	if err != nil || len(memos) == 0 {
		return err
	}
	since := map[AccountID]time.Time{}
	for _, m := range memos {
		var u unreached
		if err := json.Unmarshal(m.Value, &u); err != nil {
			return fmt.Errorf("recall who is not reached: %w", err)
		}
		since[AccountID(strings.TrimPrefix(m.Key, unreachedKey))] = u.At
	}
	now := e.Now()
	for _, c := range open {
		waited := func(p Person) bool {
			at, lost := since[p.ID]
			return lost && (c.Event.Urgent || !now.Before(c.Site.AddWorkingHours(later(at, c.askedAt()), e.Policy.Reminders.AwayAfter)))
		}
		for _, a := range c.asks() {
			if a.of == ofApproval || a.of == ofSignOff {
				if err := e.putAsWell(ctx, c, a, waited); err != nil {
					return err
				}
				continue
			}
			for _, p := range a.who {
				if waited(p) {
					if err := e.rerouteAsked(ctx, c.ID, a.of, p, e.lang().Say("The person cannot be reached in Teams.")); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// putAsWell asks a deputy as well, once, when nobody who holds a decision can be reached.
func (e *Engine) putAsWell(ctx context.Context, c Case, a asks, waited func(Person) bool) error {
	asking := c.asking(a.of)
	if c.openAs() != a.of || asking.Wider() || asking.Escalate.IsZero() || slices.ContainsFunc(c.askedAs(a.of), func(p Person) bool { return !waited(p) }) {
		return nil
	}
	candidates, err := e.standIns(ctx, c, a.of)
	if err != nil {
		return err
	}
	_, err = e.change(ctx, c.ID, Change{}, func(c Case) (Change, error) {
		return decideAsWell(c, a.of, candidates, e.lang().Say("cannot be reached in Teams"), e.Now()), nil
	})
	return err
}

// channelReaders is how many people are written to when a channel is gone.
const channelReaders = 3

// ChannelLost says to owners, each in a chat of their own, what could not be said in a channel because Teams does not let Muster post there.
// The channel itself says what it missed once Muster is back. Nobody reads there of a case that is kept from them.
func (e *Engine) ChannelLost(ctx context.Context, key, channel string, id CaseID, why, text string) ([]Errand, error) {
	owners, err := e.everyone(ctx, e.Policy.Roles.Owner)
	if err != nil {
		return nil, fmt.Errorf("find owners in place of a channel: %w", err)
	}
	c, err := e.Store.Case(ctx, id)
	if err != nil && CodeOf(err) != NotFound {
		return nil, fmt.Errorf("read case %s: %w", id, err)
	}
	owners = slices.DeleteFunc(slices.Clone(owners), func(p Person) bool { return c.Version > 0 && (c.secretFrom(p.ID) || c.Account == p.ID) })
	name := map[string]string{"it": e.lang().Say("IT"), "owners": "owners'"}[channel]
	var out []Errand
	for _, p := range owners[:min(len(owners), channelReaders)] {
		out = append(out, Errand{
			Key: SayErrand + "/lost/" + hashed(key) + "/" + string(p.ID), Kind: SayErrand, Case: id, Due: e.Now().UTC(),
			Body: errandBody(SayWork{To: Recipient{Person: p.ID}, Text: e.lang().Say("I cannot post to the %s channel: %s. Please add Muster to the team again, or name another channel in the policy. What was to be said there: %s", name, why, text)}),
		})
	}
	return out, nil
}
