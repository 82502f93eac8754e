package flows

import (
	"fmt"
	"slices"
	"time"
)

// StandIn is somebody who decides in another's place because that person delegated it. The delegate of a delegate gets nothing: one level
// only. The delegator may still act.
type StandIn struct {
	From  Person    `json:"from"`
	To    Person    `json:"to"`
	Until time.Time `json:"until"`
	Over  bool      `json:"over,omitempty"` // it ended; the cards that were sent are kept true
}

// What happens to the people who are asked while a decision is open.
type (
	// Rerouted takes a decision from somebody who left or lost the role, and puts it to somebody else; To is nobody when others who were
	// asked can still decide. Of is "approval", "signoff", or another of asks.
	Rerouted struct {
		Of   string `json:"of"`
		From Person `json:"from"`
		To   Person `json:"to,omitzero"`
		Why  string `json:"why"`
	}
	// DelegatedTo lets a delegate decide in this case; DelegationOver ends that.
	DelegatedTo struct {
		From  Person    `json:"from"`
		To    Person    `json:"to"`
		Until time.Time `json:"until"`
	}
	DelegationOver struct {
		From Person `json:"from"`
		To   Person `json:"to"`
	}
)

func (Rerouted) Kind() Kind       { return "decision.rerouted.1" }
func (DelegatedTo) Kind() Kind    { return "decision.delegated.1" }
func (DelegationOver) Kind() Kind { return "decision.delegation_over.1" }

// behalf is a delegator as the directory has them at the press of a delegate.
type behalf struct {
	Person
	roles Roles
}

// reroute folds the end of somebody's part in an open decision.
func (c Case) reroute(b Rerouted) (Case, error) {
	switch {
	case b.Of == ofApproval && c.Approval.State == "" && holds(c.Approval.Holders, b.From.ID):
		c.Approval.Former = append(without(c.Approval.Former, b.From.ID), b.From)
		c.Approval.Holders = withPeople(without(c.Approval.Holders, b.From.ID), b.To)
	case b.Of == ofSignOff && c.May != "":
		if !slices.Contains(c.Absent, b.From.ID) {
			c.Absent = append(clip(c.Absent), b.From.ID)
		}
		c.Signers = withPeople(without(c.Signers, b.From.ID), b.To)
	default:
		return c.replace(b)
	}
	return c, nil
}

// delegate folds a delegation; one that is in force already gets its new end.
func (c Case) delegate(b DelegatedTo) Case {
	list := slices.Clone(c.Delegated)
	for i, d := range list {
		if d.From.ID == b.From.ID && d.To.ID == b.To.ID && !d.Over {
			list[i].Until = b.Until
			c.Delegated = list
			return c
		}
	}
	c.Delegated = append(list, StandIn{From: b.From, To: b.To, Until: b.Until})
	return c
}

// undelegate folds the end of a delegation.
func (c Case) undelegate(b DelegationOver) (Case, error) {
	list, found := slices.Clone(c.Delegated), false
	for i, d := range list {
		if d.From.ID == b.From.ID && d.To.ID == b.To.ID && !d.Over {
			list[i].Over, found = true, true
		}
	}
	if !found {
		return c, fmt.Errorf("no delegation to end")
	}
	c.Delegated = list
	return c, nil
}

// delegates are the people who may decide in the place of some of those asked.
func (c Case) delegates(of []Person) []Person {
	var out []Person
	for _, d := range c.Delegated {
		if !d.Over && holds(of, d.From.ID) && d.To.ID != c.Account && d.To.ID != c.Raised.Person.ID {
			out = withPeople(out, d.To)
		}
	}
	return out
}

// standsIn reports whether a delegation lets somebody decide in another's place.
func (c Case) standsIn(to, from AccountID) bool {
	return slices.ContainsFunc(c.Delegated, func(d StandIn) bool { return !d.Over && d.From.ID == from && d.To.ID == to })
}

// Deciders are the people who may make the manager's decision now: those who hold it, and their delegates.
func (c Case) Deciders() []Person {
	return withPeople(c.Approval.Holders, c.delegates(c.Approval.Holders)...)
}

// approver says in whose place the one who pressed makes the manager's decision: nobody's when it is theirs.
func (t Turn) approver(c Case) (Person, error) {
	err := mayApprove(c, t.By)
	if err == nil || holds(c.Approval.Holders, t.By.ID) || t.By.ID == c.Raised.Person.ID || c.Account != "" && t.By.ID == c.Account {
		return Person{}, err
	}
	for _, b := range t.behalf {
		if c.standsIn(t.By.ID, b.ID) && mayApprove(c, b.Person) == nil {
			return b.Person, nil
		}
	}
	return Person{}, err
}

// signer says in whose place the one who pressed signs off a step, and which seats of the open round that may take.
func (t Turn) signer(c Case, s Step, roles Roles) ([]int, Person, error) {
	err := maySignOff(c, s, t.By, roles)
	if err == nil {
		return c.seats(s, t.By.ID, roles), Person{}, nil
	}
	if twice := signsTwice(c, s, t.By); twice != nil {
		return nil, Person{}, twice
	}
	for _, b := range t.behalf {
		if c.standsIn(t.By.ID, b.ID) && maySignOff(c, s, b.Person, b.roles) == nil {
			return c.seats(s, b.ID, b.roles), b.Person, nil
		}
	}
	return nil, Person{}, err
}
