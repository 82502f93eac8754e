package flows

import (
	"fmt"
	"time"
)

// pressedContract is the round that a card is about, while it is open.
func (c Case) pressedContract(t Turn) error {
	switch {
	case c.Contract == nil || t.Step != roundStep(c.Contract.Round):
		return moved(c.Lang.Say("This was decided already. Nothing was changed."))
	case !c.contracts():
		return moved(c.Lang.Say("The contract has ended, or the case is on hold. Nothing was changed."))
	case t.By.ID == c.Account:
		return deny(c.Lang.Say("Nobody decides on their own contract."))
	}
	return nil
}

// decideContractExtend is the manager's wish to extend. HR has to agree.
func decideContractExtend(c Case, t Turn, _ Roles, now time.Time) (Change, error) {
	if err := c.pressedContract(t); err != nil {
		return Change{}, err
	}
	until := Date(t.Inputs["extend_until"])
	switch err := c.mayExtend(t.By, until); {
	case t.By.ID != c.Contract.Manager.ID:
		return Change{}, deny(c.Lang.Say("This question is for %s.", c.Contract.Manager.Name))
	case err != nil:
		return Change{}, err
	}
	return Change{Entries: t.entry(now, ExtensionAsked{By: t.By, Until: until})}, nil
}

// decideContractLet is the manager's word that the contract ends as planned.
func decideContractLet(c Case, t Turn, _ Roles, now time.Time) (Change, error) {
	if err := c.pressedContract(t); err != nil {
		return Change{}, err
	}
	switch {
	case t.By.ID != c.Contract.Manager.ID:
		return Change{}, deny(c.Lang.Say("This question is for %s.", c.Contract.Manager.Name))
	case c.Contract.Wish != nil:
		return Change{}, moved(c.Lang.Say("An extension waits for an answer already. Nothing was changed."))
	case c.Contract.Let.Person.ID != "":
		return Change{}, moved(c.Lang.Say("This was decided already. Nothing was changed."))
	}
	return Change{Entries: t.entry(now, ContractLet{By: t.By})}, nil
}

// decideExtension is the answer of the other side: the manager's to HR's wish, HR's to the manager's.
func decideExtension(c Case, t Turn, roles Roles, now time.Time, ok bool) (Change, error) {
	if err := c.pressedContract(t); err != nil {
		return Change{}, err
	}
	w := c.Contract.Wish
	switch {
	case w == nil:
		return Change{}, moved(c.Lang.Say("This was decided already. Nothing was changed."))
	case w.By.ID == t.By.ID:
		return Change{}, deny(c.Lang.Say("You asked for this, so somebody else must agree."))
	case isExtension.holds(c, t, roles):
	case w.To.ID == "":
		return Change{}, deny(c.Lang.Say("Only HR can agree to this."))
	default:
		return Change{}, deny(c.Lang.Say("This decision is with %s.", w.To.Name))
	}
	b := ExtensionDecided{By: t.By, OK: ok, Until: w.Until}
	text := c.Lang.Say("%s agreed: the contract of %s goes on until %s.", t.By.Name, c.Event.Name(), w.Until.Say(c.Lang))
	if !ok {
		var err error
		if b.Reason, err = t.need("reason", c.Lang.Say("Please say in a few words why not.")); err != nil {
			return Change{}, err
		}
		text = c.Lang.Say("%s did not agree to extend the contract of %s: %s", t.By.Name, c.Event.Name(), b.Reason)
	}
	return Change{
		Entries: t.entry(now, b),
		Add:     []Errand{say(c, fmt.Sprintf("contract/%d/answer/%d", c.Contract.Round, len(c.Contract.Past)), Recipient{Person: w.By.ID}, text, now)},
	}, nil
}

// applyContract folds the entries about the clock.
func (c Case) applyContract(e Entry) (Case, error) {
	if !c.contracts() {
		return c, fmt.Errorf("no contract is watched")
	}
	k := *c.Contract
	c.Contract = &k
	card := func(p Person) {
		if p.ID != "" {
			k.Cards = append(clip(k.Cards), ContractCard{Round: k.Round, To: p.ID})
		}
	}
	switch b := e.Body.(type) {
	case ContractAsked:
		if b.Stage <= k.Stage {
			return c, fmt.Errorf("asked already")
		}
		if k.Stage = b.Stage; b.To.ID != "" {
			k.Manager = b.To
			card(b.To)
		}
	case ExtensionAsked:
		if k.Wish != nil {
			return c, fmt.Errorf("asked already")
		}
		k.Let = By{}
		k.Wish = &Wish{By: b.By, To: b.To, Until: b.Until, At: e.At, Turn: b.Turn}
		card(b.By)
		card(orPerson(b.To, c.HR()))
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("asked to extend the contract until %s", b.Until.Say(c.Lang)), At: e.At, Plan: c.inForce()})
	case ExtensionDecided:
		if k.Wish == nil || k.Wish.Until != b.Until {
			return c, fmt.Errorf("nothing was asked")
		}
		k.Past = append(clip(k.Past), Extension{Round: k.Round, Asked: k.Wish.By, By: By{Person: b.By, At: e.At, Note: b.Reason}, OK: b.OK, From: k.End, Until: b.Until})
		k.Wish = nil
		what := c.Lang.Say("did not agree to extend the contract: %s", b.Reason)
		if b.OK {
			what = c.Lang.Say("agreed to extend the contract until %s", b.Until.Say(c.Lang))
			k.End, k.Stage, k.Manager, k.Round = b.Until, 0, Person{}, k.Round+1
			c.Event.End = b.Until
		}
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: what, At: e.At, Plan: c.inForce()})
	case ContractLet:
		k.Let = By{Person: b.By, At: e.At}
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("let the contract end"), At: e.At, Plan: c.inForce()})
	case ContractEnded:
		k.Leaver, k.Why, k.Ended, k.Wish = b.Leaver, b.Why, e.At, nil
	}
	return c, nil
}

// contractItems is what about the contract waits for somebody.
func (c Case) contractItems() []OpenItem {
	if !c.contracts() {
		return nil
	}
	k := c.Contract
	item := func(what string, p Person, since time.Time) []OpenItem {
		return []OpenItem{{
			Case: c.ID, Subject: c.Event.Name(), What: what, Holder: p.Name, To: recipients([]Person{p}),
			Slot: Slot{c.ID, CardContract, roundStep(k.Round), Recipient{Person: p.ID}}, Since: since, Due: c.contractTime(len(contractStages())), Zone: c.Location(),
		}}
	}
	switch {
	case k.Wish != nil:
		return item(c.Lang.Say("Agree to extend a contract"), orPerson(k.Wish.To, c.HR()), k.Wish.At)
	case k.Manager.ID != "" && k.Let.Person.ID == "":
		return item(c.Lang.Say("Say whether a contract is extended"), k.Manager, c.contractTime(max(0, k.Stage-1)))
	}
	return nil
}
