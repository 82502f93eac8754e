package flows

import (
	"slices"
	"time"
)

// Stage is one round of signatures of an elevated step: one of its seats is enough, or all of them are needed, each taken by another
// person. The next round is asked when this one is through; a refusal in any round ends the step.
type Stage struct {
	All   bool   `json:"all,omitempty"`
	Seats []Seat `json:"seats"`
}

// Seat is whose signature is meant.
type Seat struct {
	For    string   `json:"for"`              // as the policy names it: a sign-in name, role:owner, group:Finance, site_approver
	People []Person `json:"people,omitempty"` // who stood behind it when the plan was made; roles and groups are checked again at the press
}

// Vote is one yes to an elevated step with rounds of signatures.
type Vote struct {
	Stage  int       `json:"stage,omitempty"`
	By     Person    `json:"by"`
	For    Person    `json:"for,omitzero"` // who delegated it
	At     time.Time `json:"at"`
	Seats  []int     `json:"seats,omitempty"` // those the person could take at the press
	Reason string    `json:"reason,omitempty"`
}

// rounds are the step's rounds of signatures: at least one.
func (s Step) rounds() []Stage {
	switch {
	case len(s.Stages) > 0:
		return s.Stages
	case s.Named:
		return []Stage{{Seats: []Seat{{People: s.Approvers}}}}
	}
	return []Stage{{Seats: []Seat{{For: rolePrefix + string(Approver), People: s.Approvers}}}}
}

// everybody are all whom the rounds name, each once.
func (s Step) everybody() []Person {
	var out []Person
	for _, r := range s.Stages {
		for _, seat := range r.Seats {
			out = withPeople(out, seat.People...)
		}
	}
	return out
}

// withPeople appends who is not there yet.
func withPeople(to []Person, ps ...Person) []Person {
	for _, p := range ps {
		if p.ID != "" && !holds(to, p.ID) {
			to = append(clip(to), p)
		}
	}
	return to
}

// takes reports whether somebody who holds the roles may take the seat. A role or a group counts as it is now, a person by name.
func (s Seat) takes(by AccountID, roles Roles) bool {
	if role, ok := s.role(); ok {
		return roles.Any(role)
	}
	return holds(s.People, by)
}

// role is what a seat's taker must hold; false for a seat of persons.
func (s Seat) role() (Role, bool) {
	for _, r := range []Role{HR, IT, Approver, Owner} {
		if s.For == rolePrefix+string(r) {
			return r, true
		}
	}
	if len(s.For) > len(groupPrefix) && s.For[:len(groupPrefix)] == groupPrefix {
		return Role(s.For), true
	}
	return "", false
}

// filled is how many seats of a round the votes fill at most, each vote one seat that its voter could take.
func (r Stage) filled(votes []Vote) int {
	taker := make([]int, len(r.Seats)) // vote+1 by seat
	var place func(v int, seen []bool) bool
	place = func(v int, seen []bool) bool {
		for _, s := range votes[v].Seats {
			if s < 0 || s >= len(r.Seats) || seen[s] {
				continue
			}
			seen[s] = true
			if taker[s] == 0 || place(taker[s]-1, seen) {
				taker[s] = v + 1
				return true
			}
		}
		return false
	}
	n := 0
	for v := range votes {
		if place(v, make([]bool, len(r.Seats))) {
			n++
		}
	}
	return n
}

// through reports whether the votes are all that the round needs.
func (r Stage) through(votes []Vote) bool {
	if r.All {
		return r.filled(votes) == len(r.Seats)
	}
	return len(votes) > 0
}

// votes are those of the sign-off's open round.
func (so SignOff) votes() []Vote {
	var out []Vote
	for _, v := range so.Votes {
		if v.Stage == so.Stage {
			out = append(out, v)
		}
	}
	return out
}

// round is the round of a step's sign-off that is open, or was last.
func (c Case) round(s Step) Stage {
	rounds := s.rounds()
	return rounds[min(c.SignOffs[s.Key].Stage, len(rounds)-1)]
}

// seats are the seats of the open round that somebody could take now and that would bring it on.
func (c Case) seats(s Step, by AccountID, roles Roles) []int {
	so, round := c.SignOffs[s.Key], c.round(s)
	standsIn := holds(c.Signers, by) && roles.Any(Approver, Owner, Deputy)
	var could []int
	for i, seat := range round.Seats {
		if standsIn || seat.takes(by, roles) {
			could = append(could, i)
		}
	}
	votes := so.votes()
	if len(could) == 0 || round.filled(append(clip(votes), Vote{Seats: could})) == round.filled(votes) {
		return nil
	}
	return could
}

// decidedOn reports whether somebody has decided on a step's access before, in person or through a delegate: as who raised the event, as
// the manager, as who keeps it, as who confirmed that it comes back, or in a round.
func (c Case) decidedOn(k StepKey, id AccountID) bool {
	if s, ok := c.Plan.Step(k); ok && id != "" && (s.Exception != nil && s.Exception.By.ID == id || s.Phase == Back && slices.ContainsFunc(c.ComeBack.By, func(b By) bool { return b.Person.ID == id })) {
		return true
	}
	if id == c.Raised.Person.ID || id == c.Approval.By.ID || id == c.Approval.For.ID || id == c.Return.By.ID || id != "" && (id == c.Release.By.ID || id == c.Release.For.ID) {
		return true
	}
	return slices.ContainsFunc(c.SignOffs[k].Votes, func(v Vote) bool { return v.By.ID == id || v.For.ID == id })
}

// signers are the people asked to sign off a step now: those of the open round, those who stand in after silence, and their delegates.
// Whoever may not, because they decided in another part, is not asked.
func (c Case) signers(s Step) []Person {
	round, votes := c.round(s), c.SignOffs[s.Key].votes()
	var asked []Person
	for i, seat := range round.Seats {
		if round.filled(append(clip(votes), Vote{Seats: []int{i}})) == round.filled(votes) {
			continue
		}
		asked = withPeople(asked, seat.People...)
	}
	asked = slices.DeleteFunc(slices.Clone(asked), func(p Person) bool { return slices.Contains(c.Absent, p.ID) })
	asked = withPeople(asked, c.Signers...)
	asked = withPeople(asked, c.delegates(asked)...)
	return slices.DeleteFunc(slices.Clone(asked), func(p Person) bool { return c.decidedOn(s.Key, p.ID) || p.ID == c.Account })
}

// Signing are the people asked to sign off a step now.
func (c Case) Signing(s Step) []Person { return c.signers(s) }

// Signatures are everybody who was asked to sign off a step so far, in this round or one before: their cards are kept true.
func (c Case) Signatures(s Step) []Person {
	so, rounds := c.SignOffs[s.Key], s.rounds()
	var asked []Person
	for _, r := range rounds[:min(so.Stage+1, len(rounds))] {
		for _, seat := range r.Seats {
			asked = withPeople(asked, seat.People...)
		}
	}
	asked = withPeople(asked, c.Signers...)
	for _, d := range c.Delegated {
		if holds(asked, d.From.ID) {
			asked = withPeople(asked, d.To)
		}
	}
	return slices.DeleteFunc(slices.Clone(asked), func(p Person) bool {
		return p.ID == c.Raised.Person.ID || p.ID == c.Approval.By.ID || p.ID == c.Return.By.ID && p.ID != "" || p.ID == c.Account && c.knew()
	})
}

// knew reports whether the person had an account when the case was raised. One that was made, or made by hand, later may be of somebody who
// was asked before: their card is kept true, though they may not sign any more.
func (c Case) knew() bool { return c.Event.Subject.ID == c.Account || c.Event.Former == c.Account }

// foldSignOff folds an approver's decision into a step's sign-off.
func (s Step) foldSignOff(so SignOff, b SignedOff, at time.Time) SignOff {
	if !b.OK {
		so.State, so.By, so.For, so.At, so.Reason = "rejected", b.By, b.For, at, b.Reason
		return so
	}
	if len(s.Stages) > 0 {
		so.Votes = append(clip(so.Votes), Vote{Stage: so.Stage, By: b.By, For: b.For, At: at, Seats: b.Seats, Reason: b.Reason})
		if !s.Stages[so.Stage].through(so.votes()) {
			return so
		}
		if so.Stage++; so.Stage < len(s.Stages) {
			return so
		}
	}
	so.State, so.By, so.For, so.At, so.Reason = "approved", b.By, b.For, at, b.Reason
	return so
}
