package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// remind tells whoever holds an open question or a manual step, once.
func (e *Engine) remind(ctx context.Context, er Errand) error {
	var w AskWork
	if err := json.Unmarshal(er.Body, &w); err != nil {
		return fmt.Errorf("read reminder %s: %w", er.Key, err)
	}
	_, err := e.change(ctx, er.Case, Change{Done: []ErrandRef{er.Ref()}}, func(c Case) (Change, error) {
		return decideRemind(c, w.Of, e.Now()), nil
	})
	return err
}

// decideRemind writes the reminder if the question is still open and was not reminded of before.
func decideRemind(c Case, of string, now time.Time) Change {
	var to []Recipient
	var text string
	switch {
	case c.Over():
		return Change{}
	case of == ofApproval:
		if c.Approval.State != "" || c.Approval.Asking.Reminded {
			return Change{}
		}
		to, text = recipients(c.Deciders()), c.line()+" still waits for you to confirm the access. The card is further up in this chat."
		if c.Event.Urgent {
			text = c.line() + " is urgent and still waits for a second person to confirm. The card is further up in this chat."
		}
	case of == ofSignOff:
		if !c.openSignOffs() || c.SignOff.Reminded {
			return Change{}
		}
		to, text = c.openSigners(), c.line()+" still waits for your sign-off. The card is further up in this chat."
	default:
		s, st, ok := c.Step(StepKey(of))
		if !ok || st.Nudged || !c.ready(s) {
			return Change{}
		}
		if s.Task == AskStarted {
			to, text = recipients([]Person{c.Approval.By}), c.line()+" still waits for your word whether the person started."
		} else {
			to, text = []Recipient{c.ownerOf(s)}, "Due now: "+s.Title+" ("+string(c.ID)+")."
		}
	}
	ch := Change{Entries: []Entry{{Case: c.ID, At: now, Body: Reminded{Of: of}}}}
	for _, r := range to {
		if of == ofApproval && c.together(r.Person) {
			ch.Add = append(ch.Add, remindTogether(c, r, now))
			continue
		}
		ch.Add = append(ch.Add, say(c, "remind/"+of, r, text, now))
	}
	return ch
}

// escalate puts an open decision to one more person, once.
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
		return decideEscalate(c, w.Of, standIns, e.Now()), nil
	})
	return err
}

// standIns are those who can be asked when a decision is not taken, as the directory has them now: for the access the fallback found when
// the case was raised, unless that person has left since, and always the owners.
func (e *Engine) standIns(ctx context.Context, c Case, of string) ([]Person, error) {
	var ids []string
	if of == ofApproval && c.Facts.Fallback.ID != "" {
		ids = append(ids, string(c.Facts.Fallback.ID))
	}
	return e.named(ctx, append(ids, e.Policy.Roles.Owner.People...))
}

// decideEscalate chooses the first of the candidates who may decide and is not asked yet; when nobody is left, the owners' channel is told.
func decideEscalate(c Case, of string, candidates []Person, now time.Time) Change {
	switch {
	case c.Over():
		return Change{}
	case of == ofApproval && c.Approval.State == "" && !c.Approval.Asking.Escalated:
	case of == ofSignOff && c.openSignOffs() && !c.SignOff.Escalated:
	default:
		return Change{}
	}
	holders := c.Deciders()
	if of == ofSignOff {
		holders = c.signersOpen()
	}
	var to Person
	for _, p := range candidates {
		asked := holds(holders, p.ID) || of == ofSignOff && p.ID == c.Approval.By.ID
		if p.ID != "" && p.ID != c.Raised.Person.ID && p.ID != c.Account && !asked {
			to = p
			break
		}
	}
	ch := Change{Entries: []Entry{{Case: c.ID, At: now, Body: Escalated{Of: of, To: to}}}}
	if to.ID == "" && c.Facts.InIT {
		return ch // the leaver reads along in the channels
	}
	if to.ID == "" {
		ch.Add = append(ch.Add, say(c, "escalate/"+of, Recipient{Channel: "owners"}, string(c.ID)+" waits for a decision and nobody else may take it. Please ask "+names(holders)+".", now))
		return ch
	}
	what, why := "the access", "was not decided in time"
	if of == ofSignOff {
		what = "elevated access"
	}
	if len(holders) == 0 {
		why = "needs a decision that nobody who was asked may take"
	}
	ch.Add = append(ch.Add,
		say(c, "escalate/"+of, Recipient{Person: to.ID}, c.line()+" "+why+", so the decision on "+what+" is now with you as well.", now),
		say(c, "escalated/"+of, Recipient{Person: c.Raised.Person.ID}, c.line()+" "+why+". "+to.Name+" is asked as well.", now))
	return ch
}

// line is the case in one line: "Priya Patel, starts Tue 5 January 2027 (J-2026-0042)".
func (c Case) line() string {
	when := ""
	if of, ok := c.Kind.of(); ok {
		when = ", " + of.when(c.Event)
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

// reroute puts the open decisions of somebody who left to those who stand in (edge case 12). What the person decided before stays.
func (e *Engine) reroute(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[RerouteWork](er)
	if err != nil {
		return err
	}
	open, err := e.Store.Cases(ctx, "open")
	if err != nil {
		return fmt.Errorf("list open cases: %w", err)
	}
	for _, c := range open {
		if !c.waitsFor(w.From) {
			continue
		}
		of := ofApproval
		if c.Approval.State != "" {
			of = ofSignOff
		}
		standIns, err := e.standIns(ctx, c, of)
		if err != nil {
			return err
		}
		if _, err := e.change(ctx, c.ID, Change{}, func(c Case) (Change, error) {
			if !c.waitsFor(w.From) {
				return Change{}, nil
			}
			return decideEscalate(c, of, standIns, e.Now()), nil
		}); err != nil {
			return err
		}
	}
	return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}})
}
