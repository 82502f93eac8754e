package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// A stand-in of somebody on leave is a delegation that HR named: it covers what is open and what comes, begins and ends with the leave, and
// is one level like any other. The person's own delegation goes first, because it is their word; the stand-in follows when that ends.

// standsInUntil is when the stand-in of a leave ends: on the morning of the return, or years ahead while that is open.
func (c Case) standsInUntil(now time.Time) time.Time {
	if c.Event.End == "" {
		return now.AddDate(0, 0, longestLeave)
	}
	return returnDay(c.Event.End, c.Site).At(c.Location(), 0, 0)
}

// standInChanged reports whether a change of a leave begins, ends or moves the part of its stand-in.
func standInChanged(c, next Case) bool {
	was, before := c.StandInFor()
	is, now := next.StandInFor()
	return before != now || now && (was.ID != is.ID || c.Event.End != next.Event.End)
}

func standInErrand(id CaseID, now time.Time) Errand {
	return Errand{Key: StandInErrand + "/" + string(id), Kind: StandInErrand, Case: id, Lane: StandInErrand + "/" + string(id), Due: now.UTC()}
}

// standIn brings the delegation of somebody on leave into line with the leave. Running it again changes nothing.
func (e *Engine) standIn(ctx context.Context, er Errand) error {
	c, err := e.Store.Case(ctx, er.Case)
	if err != nil {
		return fmt.Errorf("stand in: %w", err)
	}
	old, err := e.delegation(ctx, c.Account)
	if err != nil {
		return err
	}
	done := Change{Done: []ErrandRef{er.Ref()}}
	now := e.Now()
	to, on := c.StandInFor()
	until := c.standsInUntil(now)
	switch mine := old != nil && old.Case == c.ID; {
	case !on && mine:
		return e.endDelegation(ctx, *old, Person{}, done)
	case !on, old != nil && !mine, !until.After(now):
		return e.Commit(ctx, done)
	case mine && c.Event.End == "", mine && old.To.ID == to.ID && old.Until.Equal(until):
		return e.Commit(ctx, done)
	}
	a, err := e.World.FetchAccount(ctx, string(to.ID))
	if err != nil && CodeOf(err) != NotFound {
		return fmt.Errorf("fetch stand-in: %w", err)
	}
	if err != nil || !a.Enabled || a.Deleted {
		done.Add = append(done.Add, say(c, "stand_in/gone", Recipient{Person: c.HR().ID}, e.lang().Say("%s cannot stand in for %s (%s): the account is blocked or gone. What waits for %s is put to others only when it is late.", to.Name, c.Event.Name(), string(c.ID), c.Event.Name()), now))
		return e.Commit(ctx, done)
	}
	d := Delegation{From: c.Subject(), To: a.Person(), Begins: now, Until: until.UTC(), Case: c.ID}
	body, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("keep delegation: %w", err)
	}
	done.Entries = []Entry{{Case: personStream(d.From.ID), At: now, Body: DelegationMade{d}}}
	done.Memos = []Memo{{Key: delegationKey(d.From.ID), Value: body}}
	days := d.days(e.lang(), c.Location())
	if c.Event.End == "" {
		days = e.lang().Say("until the return")
	}
	done.Add = append(done.Add, delegationErrand(d, now), tell(d, d.To, e.lang().Say("%s is on leave, and you stand in %s: you decide in their place on what waits for them. Those cards come to this chat as well.", d.From.Name, days), now))
	return e.Commit(ctx, done)
}

// leaveStandIn brings back the stand-in of a leave when the person's own delegation has ended and they are still away.
func (e *Engine) leaveStandIn(ctx context.Context, id AccountID) ([]Errand, error) {
	cases, err := e.Store.Cases(ctx, subjectKey(id))
	if err != nil {
		return nil, fmt.Errorf("look for a leave: %w", err)
	}
	for _, c := range cases {
		if _, on := c.StandInFor(); on {
			return []Errand{standInErrand(c.ID, e.Now())}, nil
		}
	}
	return nil, nil
}

// lentAway is the delegation of somebody whose sign-in is blocked by their leave, to who stands in; nil when there is none in force.
func (e *Engine) lentAway(ctx context.Context, id AccountID) (*Delegation, error) {
	d, err := e.delegation(ctx, id)
	if err != nil || d == nil || d.Case == "" || !d.runs(e.Now()) {
		return nil, err
	}
	leave, err := e.Store.Case(ctx, d.Case)
	if err != nil {
		return nil, fmt.Errorf("read a leave: %w", err)
	}
	if to, on := leave.StandInFor(); !on || to.ID != d.To.ID || leave.Account != id || leave.Event.SignIn != signInBlock {
		return nil, nil
	}
	return d, nil
}

// standingAway is the standing that somebody on leave lends to who stands in for them: what they hold but for the blocked sign-in. It is
// nobody's when the account is blocked for another reason.
func (e *Engine) standingAway(ctx context.Context, id, to AccountID) (Account, Roles, error) {
	d, err := e.lentAway(ctx, id)
	if err != nil || d == nil || d.To.ID != to {
		return Account{}, nil, err
	}
	a, err := e.World.FetchAccount(ctx, string(id))
	if CodeOf(err) == NotFound || err == nil && a.Deleted {
		return Account{}, nil, nil
	}
	if err != nil {
		return Account{}, nil, fmt.Errorf("read standing: %w", unsure(e.lang(), err))
	}
	roles, err := e.rolesOf(ctx, a)
	if err != nil {
		return Account{}, nil, fmt.Errorf("read standing: %w", unsure(e.lang(), err))
	}
	return a, roles, nil
}
