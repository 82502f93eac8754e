package flows

import (
	"context"
	"fmt"
	"slices"
	"time"

	"muster/flows/texts"
)

// substitutes are those who can be asked in somebody's place, in the order in which they are, as the directory has them now.
func (e *Engine) substitutes(ctx context.Context, c Case, of string, from Person) ([]Person, error) {
	switch of {
	case ofApproval, ofSignOff:
		return e.standIns(ctx, c, of)
	case ofLeft:
		return e.standIns(ctx, c, ofSignOff)
	case ofHR:
		return e.everyone(ctx, e.Policy.Roles.HR)
	case ofContract:
		who, err := e.contractManager(ctx, c, from.ID)
		return []Person{who}, err
	}
	for _, s := range c.Plan.Steps {
		if of == string(s.Key) && s.Task == Manual {
			return nil, nil // IT does it
		}
	}
	a, err := e.World.FetchAccount(ctx, string(from.ID))
	if err != nil && CodeOf(err) != NotFound {
		return nil, fmt.Errorf("fetch who was asked: %w", err)
	}
	a.ID = from.ID
	return e.chain(ctx, a, c.Account, nil, c.Raised.Person.ID)
}

// may leaves out of the candidates those who must not be asked: who is asked already or was, and whom the separation of duties keeps out.
func (c Case) may(of string, from Person, candidates []Person) []Person {
	var out []Person
	for _, p := range candidates {
		busy := p.ID == "" || p.ID == from.ID || p.ID == c.Account || c.secretFrom(p.ID) ||
			slices.ContainsFunc(c.Instead, func(i Instead) bool { return i.Of == of && i.From == p.ID })
		switch of {
		case ofHR:
		case ofRelease: // who says what comes is asked once
			busy = busy || p.ID == c.Raised.Person.ID || holds(c.Deciders(), p.ID) || p.ID == c.Approval.By.ID
		case ofComeBack:
			busy = busy || p.ID == c.Raised.Person.ID || holds(c.Returners(), p.ID) || holds(c.ComeBack.StandIns, p.ID)
		case ofLeft:
			busy = busy || p.ID == c.Raised.Person.ID || holds(c.Signers, p.ID)
		case ofReturn:
			busy = busy || p.ID == c.Raised.Person.ID || holds(c.Return.Holders, p.ID)
		case ofContract:
			busy = busy || c.Contract.Wish != nil && p.ID == c.Contract.Wish.By.ID
		default:
			busy = busy || p.ID == c.Raised.Person.ID
		}
		if !busy {
			out = withPeople(out, p)
		}
	}
	return out
}

// askedWords say what somebody is asked.
func askedWords(lang texts.Language, of string) string {
	switch of {
	case ofRelease:
		return lang.Say("what goes with the old job")
	case ofLeft:
		return lang.Say("what is still needed of the old job")
	case ofComeBack:
		return lang.Say("the return from the secondment")
	case ofReturn:
		return lang.Say("the access for the return")
	case ofContract:
		return lang.Say("whether the contract goes on")
	case ofManager:
		return lang.Say("what the manager answers for")
	}
	return lang.Say("what is kept")
}

// decideReplace puts what is asked of somebody who cannot act any more to the first who may. Nothing is decided by it: where nobody is found,
// HR is told, and what silence does is what it always does.
func decideReplace(c Case, of string, from Person, why string, candidates []Person, now time.Time) Change {
	b := Rerouted{Of: of, From: from, Why: why}
	after, err := c.replace(b)
	if err != nil {
		return Change{}
	}
	left := slices.ContainsFunc(after.asks(), func(a asks) bool { return a.of == of && of != ofHR })
	if may := c.may(of, from, candidates); len(may) > 0 && (!left || of == ofComeBack) {
		b.To = may[0]
	}
	ch := Change{Entries: []Entry{{Case: c.ID, At: now, Body: b}}}
	tell := func(to Recipient, text string) {
		ch.Add = append(ch.Add, say(c, "reroute/"+of+"/"+string(from.ID), to, text, now))
	}
	who := orElse(from.Name, c.Lang.Say("The person who was asked"))
	hr := Recipient{Person: c.HR().ID}
	s, _, step := c.Step(StepKey(of))
	switch {
	case of == ofHR && b.To.ID != "":
		tell(Recipient{Person: b.To.ID}, c.Lang.Say("%s was with %s, who cannot look after it any more, and is with you now. Its card is in this chat.", c.line(), who))
	case of == ofHR && c.Facts.InIT: // the person it is about reads along in the channels
	case of == ofHR:
		tell(Recipient{Channel: "owners"}, c.Lang.Say("%s has nobody of HR who looks after it any more. Please name somebody in the policy.", string(c.ID)))
	case step && s.Task == Manual:
		tell(c.it(), c.Lang.Say("\"%s\" (%s) was with somebody who has left or is blocked. It is with IT now.", s.Title, string(c.ID)))
	case b.To.ID != "":
		tell(Recipient{Person: b.To.ID}, c.Lang.Say("%s cannot decide about %s any more, so %s is now with you.", who, c.line(), askedWords(c.Lang, of)))
		tell(hr, c.Lang.Say("%s cannot decide about %s any more. %s is asked about %s instead.", who, c.line(), b.To.Name, askedWords(c.Lang, of)))
	case left:
		tell(hr, c.Lang.Say("%s cannot decide about %s any more. Others are asked about %s as well and can.", who, c.line(), askedWords(c.Lang, of)))
	default:
		tell(hr, c.Lang.Say("%s cannot decide about %s any more, and nobody else may be asked about %s. Without an answer, what was kept or lent ends at its time.", who, c.line(), askedWords(c.Lang, of)))
	}
	return ch
}
