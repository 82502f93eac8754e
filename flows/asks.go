package flows

import (
	"fmt"
	"slices"
)

// Everything that a case asks of people, beside the access and the sign-offs, is held here against who is still there: when somebody leaves,
// is blocked or loses the role, what they were asked goes to somebody else (edge cases 12, 13 and 19). What they decided before stays.

// What is asked, in Rerouted, beside the decisions; a step's key for what is about one step.
const (
	ofContract = "contract" // whether a contract goes on
	ofManager  = "manager"  // the day-one credential, whether the person came, the manager's own steps
	ofHR       = "hr"       // the case's card, questions, what becomes of a no-show or of a case that was held
)

// Instead is that somebody is asked in another's place, because that person cannot act any more; To is nobody where nobody could be found.
type Instead struct {
	Of   string    `json:"of"`
	From AccountID `json:"from"`
	To   Person    `json:"to,omitzero"`
}

// asks is one thing that a case asks of people now, without their delegates. Each of them is somebody who is to be there.
type asks struct {
	of   string
	who  []Person
	role Role // that they must hold still; empty when they are asked in person
}

// instead is who is asked now where somebody was; nobody when that person is gone and no other was found.
func (c Case) instead(of string, p Person) Person {
	for _, i := range c.Instead { // in order: a second one replaces the one who came for the first
		if i.Of == of && i.From == p.ID {
			p = i.To
		}
	}
	return p
}

// HR is who of HR is told of the case and asked about it: whoever raised it, or who came in their place.
func (c Case) HR() Person { return orPerson(c.instead(ofHR, c.Raised.Person), c.Raised.Person) }

// Keeper is who answers for something that is kept.
func (c Case) Keeper(s Step) Person {
	if s.Exception == nil {
		return Person{}
	}
	return orPerson(c.instead(string(s.Key), s.Exception.By), s.Exception.By)
}

// here leaves out who was asked and cannot act any more.
func (c Case) here(of string, ps []Person) []Person {
	return slices.DeleteFunc(slices.Clone(ps), func(p Person) bool {
		return slices.ContainsFunc(c.Instead, func(i Instead) bool { return i.Of == of && i.From == p.ID })
	})
}

// asks lists what the case asks of people now. Every card that asks somebody stands on one of these.
func (c Case) asks() []asks {
	if c.Version == 0 {
		return nil
	}
	var out []asks
	add := func(of string, role Role, ps ...Person) {
		ps = slices.DeleteFunc(c.here(of, ps), func(p Person) bool { return p.ID == "" })
		if len(ps) > 0 {
			out = append(out, asks{of, ps, role})
		}
	}
	if k := c.Contract; k != nil && c.contracts() {
		switch {
		case k.Wish != nil:
			add(ofContract, "", k.Wish.To)
		case k.Let.Person.ID == "":
			add(ofContract, "", k.Manager)
		}
	}
	waits := c.contracts() && c.Contract.Wish != nil && c.Contract.Wish.To.ID == ""
	if !c.Over() || waits {
		add(ofHR, HR, c.HR())
	}
	if c.Over() || c.Paused != nil {
		return out
	}
	if c.Approval.State == "" {
		add(ofApproval, "", c.Approval.Holders...)
	}
	if c.Release.open() && !c.Release.Joint {
		add(ofRelease, "", c.Release.Holders...)
	}
	plain := c
	plain.Delegated = nil
	for _, k := range c.Release.Left {
		if s, ok := c.Plan.Step(k); ok {
			add(ofLeft, "", plain.signers(s)...)
		}
	}
	if c.Approval.State != "" && c.openSignOffs() {
		add(ofSignOff, "", plain.signersOpen()...)
	}
	if !c.ComeBack.At.IsZero() && !c.ComeBack.Agreed {
		add(ofComeBack, "", c.comeBackers()...)
	}
	manager := false
	for _, s := range c.Plan.Steps {
		_, st, _ := c.Step(s.Key)
		switch {
		case s.Exception != nil && c.Kept(s) && st.Asked && st.By.ID == "":
			add(string(s.Key), "", c.Keeper(s))
		case len(c.Steps) == 0 || st.State.Over() || !c.ready(s):
		case s.Task == AskReturn && st.Asked:
			add(ofReturn, "", c.Return.Holders...)
		case s.Task == OfferPass, s.Task == AskStarted && st.Asked, s.Task == Manual && s.Owner == "manager":
			manager = true
		case s.Task == Manual && c.ownedBy(s) != "":
			add(string(s.Key), "", Person{ID: c.ownedBy(s)})
		}
	}
	if manager {
		add(ofManager, "", c.Manager())
	}
	return out
}

// comeBackers are those who have yet to confirm a return.
func (c Case) comeBackers() []Person {
	return slices.DeleteFunc(withPeople(c.Returners(), c.ComeBack.StandIns...), func(p Person) bool {
		return slices.ContainsFunc(c.ComeBack.By, func(b By) bool { return b.Person.ID == p.ID })
	})
}

// ownedBy is the person who owns a manual step by name; empty when a role does, or when that person is gone and IT does it.
func (c Case) ownedBy(s Step) AccountID {
	switch s.Owner {
	case "", string(IT), string(HR), "manager":
		return ""
	}
	return c.instead(string(s.Key), Person{ID: AccountID(s.Owner)}).ID
}

// replace folds that somebody cannot act on what they were asked, and who does instead. Their cards stay as the record.
func (c Case) replace(b Rerouted) (Case, error) {
	if !slices.ContainsFunc(c.asks(), func(a asks) bool { return a.of == b.Of && holds(a.who, b.From.ID) }) {
		return c, fmt.Errorf("nothing of theirs is open as %q", b.Of)
	}
	before := c.Slots()
	switch b.Of {
	case ofRelease:
		c.Release.Holders = withPeople(without(c.Release.Holders, b.From.ID), b.To)
	case ofLeft:
		c.Absent = append(clip(c.Absent), b.From.ID)
		c.Signers = withPeople(without(c.Signers, b.From.ID), b.To)
	case ofReturn:
		c.Return.Holders = withPeople(without(c.Return.Holders, b.From.ID), b.To)
	case ofComeBack:
		c.ComeBack.StandIns = withPeople(c.ComeBack.StandIns, b.To)
	case ofContract:
		c = c.contractWith(b.From, b.To)
	case ofHR:
		if c.contracts() && c.Contract.Wish != nil && c.Contract.Wish.To.ID == "" {
			c = c.contractWith(Person{}, b.To)
		}
	}
	c.Instead = append(clip(c.Instead), Instead{Of: b.Of, From: b.From.ID, To: b.To})
	now := c.Slots()
	for _, s := range before {
		if !slices.Contains(now, s) {
			c.Stay = append(clip(c.Stay), s)
		}
	}
	return c, nil
}

// contractWith puts what is asked about a contract to somebody else; from nobody it is a card more for HR.
func (c Case) contractWith(from, to Person) Case {
	if to.ID == "" {
		return c // nobody else: silence ends it
	}
	k := *c.Contract
	c.Contract = &k
	if from.ID != "" && k.Manager.ID == from.ID {
		k.Manager = to
	}
	if from.ID != "" && k.Wish != nil && k.Wish.To.ID == from.ID {
		w := *k.Wish
		w.To = to
		k.Wish = &w
	}
	k.Cards = append(clip(k.Cards), ContractCard{Round: k.Round, To: to.ID})
	return c
}
