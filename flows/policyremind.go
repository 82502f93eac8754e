package flows

import (
	"context"
	"time"
)

// PolicyWaiting is a proposal that waits, as "status" shows it.
type PolicyWaiting struct {
	Ref    string
	Who    string // by whom it came
	Asked  string // whose yes it waits for, by name; empty: it is agreed to, and is being put in place
	Reason string
	Until  time.Time
}

// remindStale is when the owners who were asked are reminded of a proposal that is made now: on the last morning before its last day.
func (e *Engine) remindStale(now time.Time) time.Time {
	loc := e.home()
	return e.Policy.home().AddWorkingDays(DateOf(now.In(loc)), stalesAfter-1).At(loc, 9, 0).UTC()
}

// ending is the errand that reminds of the proposal, and then ends it.
func (p Proposal) ending(due time.Time) Errand {
	return Errand{Key: StaleErrand + "/" + p.Ref, Kind: StaleErrand, Case: p.Stream(), Due: due, Body: errandBody(PolicyWork{p.Ref})}
}

// remindPolicy reminds the owners who were asked, once, and leaves the errand to the end of the proposal.
func (e *Engine) remindPolicy(ctx context.Context, p Proposal, now time.Time) error {
	text := e.lang().Say("The change of the policy that %s proposed (%s) still waits for an owner. Without a decision by %s nothing changes. Write “policy” to see it.", p.Who(e.lang()), p.Ref, sayTime(e.lang(), p.Until, e.home()))
	if p.Found {
		text = e.lang().Say("The changed file of the policy (%s) still waits for an owner. Without a decision by %s it is not used now, and will be when Muster is started the next time. Write “policy” to see it.", p.Ref, sayTime(e.lang(), p.Until, e.home()))
	}
	ch := Change{Add: []Errand{p.ending(p.Until)}}
	for _, who := range p.Asked {
		ch.Add = append(ch.Add, Errand{
			Key: SayErrand + "/" + p.Ref + "/reminded/" + string(who.ID), Kind: SayErrand, Case: p.Stream(), Due: now.UTC(),
			Body: errandBody(SayWork{To: Recipient{Person: who.ID}, Text: text}),
		})
	}
	return e.Commit(ctx, ch)
}

// policyWaits is the proposal that waits; nil: none does. Why it was made is said where nobody reads along.
func (e *Engine) policyWaits(ctx context.Context, alone bool) (*PolicyWaiting, error) {
	p, err := e.openProposal(ctx)
	if err != nil || p.State == "" {
		return nil, err
	}
	w := &PolicyWaiting{Ref: p.Ref, Who: p.Who(e.lang()), Until: p.Until}
	if p.State == ProposalOpen {
		w.Asked = names(e.lang(), p.Asked)
	}
	if alone {
		w.Reason = p.Reason
	}
	return w, nil
}
