package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// remind tells whoever holds an open question or a manual step.
func (e *Engine) remind(ctx context.Context, er Errand) error {
	var w AskWork
	if err := json.Unmarshal(er.Body, &w); err != nil {
		return fmt.Errorf("read reminder %s: %w", er.Key, err)
	}
	if done, err := e.judgedByHand(ctx, er, StepKey(w.Of)); done || err != nil {
		return err
	}
	_, err := e.change(ctx, er.Case, Change{Done: []ErrandRef{er.Ref()}}, func(c Case) (Change, error) {
		return decideRemind(c, w.Of, e.Policy.Reminders, e.Now()), nil
	})
	return err
}

// decideRemind writes the reminder if the question is still open and is to be reminded of. A decision is reminded of again, in working time,
// until the policy's most; what is urgent in minutes.
func decideRemind(c Case, of string, p Reminders, now time.Time) Change {
	var to []Recipient
	var text string
	switch {
	case c.Over():
		return Change{}
	case of == ofApproval:
		if a := c.Approval.Asking; c.Approval.State != "" || a.Reminded || now.Before(a.RemindAt) {
			return Change{}
		}
		to, text = recipients(c.Deciders()), c.Lang.Say("%s still waits for you to confirm the access. The card is further up in this chat.", c.line())
		if c.Event.Urgent {
			text = c.Lang.Say("%s is urgent and still waits for a second person to confirm. The card is further up in this chat.", c.line())
		}
	case of == ofRelease:
		if !c.Release.open() || c.Release.Asking.Reminded {
			return Change{}
		}
		to, text = recipients(c.Releasers()), c.Lang.Say("%s still waits for you to say what goes with the old job. The card is further up in this chat.", c.line())
	case of == ofComeBack:
		if c.ComeBack.Agreed || c.ComeBack.Asking.Reminded {
			return Change{}
		}
		to, text = recipients(c.here(ofComeBack, c.comeBackers())), c.Lang.Say("%s still waits for both managers to confirm the return. The card is further up in this chat.", c.line())
	case of == ofSignOff:
		if a := c.SignOff; !c.openSignOffs() || a.Reminded || now.Before(a.RemindAt) {
			return Change{}
		}
		to, text = c.openSigners(), c.Lang.Say("%s still waits for your sign-off. The card is further up in this chat.", c.line())
	default:
		s, st, ok := c.Step(StepKey(of))
		if !ok || st.Nudged || !c.ready(s) {
			return Change{}
		}
		if s.Task == AskStarted {
			to, text = recipients([]Person{c.Manager()}), c.Lang.Say("%s still waits for your word whether the person started.", c.line())
		} else {
			to, text = []Recipient{c.ownerOf(s)}, c.Lang.Say("Due now: %s (%s).", s.Title, string(c.ID))
		}
	}
	b := Reminded{Of: of}
	if a := c.asking(of); a != nil && a.Reminds+1 < p.Most {
		b.Next = c.again(now, p.RepeatAfter, urgentRemind)
	}
	ch := Change{Entries: []Entry{{Case: c.ID, At: now, Body: b}}}
	for _, r := range to {
		if of == ofApproval && c.together(r.Person) {
			ch.Add = append(ch.Add, remindTogether(c, r, now))
			continue
		}
		ch.Add = append(ch.Add, say(c, "remind/"+of, r, text, now))
	}
	return ch
}

// again is when something is done once more: after working hours at the site, or after minutes when it is urgent.
func (c Case) again(now time.Time, hours int, urgent time.Duration) time.Time {
	if c.Event.Urgent && c.Approval.State == "" {
		return now.Add(urgent)
	}
	return c.Site.AddWorkingHours(now, hours)
}

// escalate puts an open decision to one more person: the fallback, the managers above, the deputies, the owners, one after the other.
func (e *Engine) escalate(ctx context.Context, er Errand) error {
	var w AskWork
	if err := json.Unmarshal(er.Body, &w); err != nil {
		return fmt.Errorf("read escalation %s: %w", er.Key, err)
	}
	c, err := e.Store.Case(ctx, er.Case)
	if err != nil {
		return fmt.Errorf("escalate: %w", err)
	}
	standIns, err := e.standIns(ctx, c, w.Of)
	if err != nil {
		return err
	}
	_, err = e.change(ctx, er.Case, Change{Done: []ErrandRef{er.Ref()}}, func(c Case) (Change, error) {
		return decideEscalate(c, w.Of, standIns, e.Policy.Reminders, e.Now()), nil
	})
	return err
}

// standIns are those who can be asked when a decision is not taken, in that order, as the directory has them now. For the access: the
// fallback found when the case was raised, the managers above, the deputies, the owners. For elevated access, which
// no manager signs off: the deputies and the owners. An urgent exit is confirmed by owners only.
func (e *Engine) standIns(ctx context.Context, c Case, of string) ([]Person, error) {
	subject := c.Account
	if of == ofApproval && c.Kind != LeaverEvent {
		var ids []string
		if c.Facts.Fallback.ID != "" {
			ids = append(ids, string(c.Facts.Fallback.ID))
		}
		first, err := e.named(ctx, ids)
		if err != nil {
			return nil, err
		}
		first = c.Facts.Fallback.As.asked(first)
		mgr, err := e.World.FetchAccount(ctx, string(c.Event.Manager.ID))
		if err != nil && CodeOf(err) != NotFound {
			return nil, fmt.Errorf("fetch manager: %w", err)
		}
		more, err := e.chain(ctx, mgr, subject, nil, c.Raised.Person.ID)
		return withPeople(first, more...), err
	}
	var deputies []Person
	var err error
	if of == ofSignOff {
		if deputies, err = e.named(ctx, e.Policy.Fallback.Deputies); err != nil {
			return nil, err
		}
	}
	owners, err := e.everyone(ctx, e.Policy.Roles.Owner)
	if err != nil {
		return nil, err
	}
	return e.notBelow(ctx, withPeople(Deputy.asked(deputies), Owner.asked(owners)...), subject)
}

// decideEscalate chooses the first of the candidates who may decide and is not asked yet; when nobody is left, the owners' channel is told.
// The next one is asked after as long again.
func decideEscalate(c Case, of string, candidates []Person, p Reminders, now time.Time) Change {
	a := c.asking(of)
	switch {
	case c.Over() || a == nil || a.Escalated || now.Before(a.Escalate):
		return Change{}
	case of == ofApproval && c.Approval.State == "":
	case of == ofSignOff && c.openSignOffs():
	default:
		return Change{}
	}
	holders := c.Deciders()
	if of == ofSignOff {
		holders = c.signersOpen()
	}
	left := c.mayStandIn(of, candidates)
	b := Escalated{Of: of}
	if len(left) > 0 {
		b.To = left[0]
	}
	if len(left) > 1 {
		b.Next = c.again(now, p.EscalateAfter, urgentEscalate)
	}
	to := b.To
	ch := Change{Entries: []Entry{{Case: c.ID, At: now, Body: b}}}
	if to.ID == "" && c.Facts.InIT {
		return ch // the leaver reads along in the channels
	}
	if to.ID == "" {
		ch.Add = append(ch.Add, say(c, "escalate/"+of, Recipient{Channel: "owners"}, c.Lang.Say("%s waits for a decision and nobody else may take it. Please ask %s.", string(c.ID), names(c.Lang, holders)), now))
		return ch
	}
	what, why := c.Lang.Say("the access"), c.Lang.Say("was not decided in time")
	if of == ofSignOff {
		what = c.Lang.Say("elevated access")
	}
	if len(holders) == 0 {
		why = c.Lang.Say("needs a decision that nobody who was asked may take")
	}
	ch.Add = append(ch.Add,
		say(c, "escalate/"+of, Recipient{Person: to.ID}, c.Lang.Say("%s %s, so the decision on %s is now with you as well.", c.line(), why, what), now),
		say(c, "escalated/"+of, Recipient{Person: c.HR().ID}, c.Lang.Say("%s %s. %s is asked as well.", c.line(), why, to.Name), now))
	return ch
}

// mayStandIn are those of the candidates who may decide and are not asked yet.
func (c Case) mayStandIn(of string, candidates []Person) []Person {
	holders := c.Deciders()
	if of == ofSignOff {
		holders = c.signersOpen()
	}
	var out []Person
	for _, p := range candidates {
		tried := of == ofSignOff && (!c.couldSign(p.ID) || holds(c.Signers, p.ID)) || of == ofApproval && holds(c.Approval.Former, p.ID)
		if p.ID != "" && p.ID != c.Raised.Person.ID && p.ID != c.Account && !holds(holders, p.ID) && !tried {
			out = withPeople(out, p)
		}
	}
	return out
}

// couldSign reports whether there is an open sign-off on which somebody has not decided before.
func (c Case) couldSign(id AccountID) bool {
	for k, so := range c.SignOffs {
		if _, st, ok := c.Step(k); ok && so.State == "" && !st.State.Over() && !c.decidedOn(k, id) {
			return true
		}
	}
	return false
}

// line is the case in one line: "Priya Patel, starts Tue 5 January 2027 (J-2026-0042)".
func (c Case) line() string {
	when := ""
	if of, ok := c.Kind.of(); ok {
		when = ", " + of.when(c.Lang, c.Event)
	}
	return c.Event.Name() + when + " (" + string(c.ID) + ")"
}

func say(c Case, why string, to Recipient, text string, now time.Time) Errand {
	key := SayErrand + "/" + string(c.ID) + "/" + why + "/" + string(to.Person) + to.Channel
	return Errand{Key: key, Kind: SayErrand, Case: c.ID, Due: now.UTC(), Body: errandBody(SayWork{To: to, Text: text})}
}

func recipients(ps []Person) []Recipient {
	var out []Recipient
	for _, p := range ps {
		out = append(out, Recipient{Person: p.ID})
	}
	return out
}

// signersOpen are the people asked about the sign-offs that are open.
func (c Case) signersOpen() []Person {
	var out []Person
	for _, s := range c.Plan.Steps {
		if so, ok := c.SignOffs[s.Key]; ok && so.State == "" {
			for _, p := range c.signers(s) {
				if !holds(out, p.ID) {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

func (c Case) openSigners() []Recipient { return recipients(c.signersOpen()) }

// named finds the enabled accounts of sign-in names in the policy. One that is missing is reported by `policy check`, not here.
func (e *Engine) named(ctx context.Context, upns []string) ([]Person, error) {
	var out []Person
	for _, upn := range upns {
		a, err := e.World.FetchAccount(ctx, upn)
		if CodeOf(err) == NotFound {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find a person of the policy: %w", err)
		}
		if a.Enabled {
			out = append(out, a.Person())
		}
	}
	return out, nil
}
