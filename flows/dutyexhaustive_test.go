package flows

import (
	"slices"
	"testing"
)

// Every way to spread the parts over four people: who raised it, who decided as the manager and for whom, whose seat it is, who it is about,
// who presses and in whose place.
func TestDutyExhaustive(t *testing.T) {
	people := []Person{hannah, tom, aisha, olivia}
	orNobody := append(slices.Clone(people), Person{})
	tried, taken := 0, 0
	for _, raiser := range people {
		for _, manager := range people {
			for _, managerFor := range orNobody {
				for _, seat := range people {
					for _, subject := range orNobody {
						for _, voted := range orNobody {
							for _, by := range people {
								for _, from := range orNobody {
									tried++
									first, second := anyOf(seatOf(voted)), anyOf(seatOf(seat))
									step := Step{Key: elevatedKey, Name: "x", Choice: Elevated, Stages: []Stage{first, second}}
									so := SignOff{Stage: 1, Votes: []Vote{{By: voted, Seats: []int{0}}}}
									if voted.ID == "" {
										step.Stages, so = []Stage{second}, SignOff{}
									}
									c := Case{
										ID: priyasCase, Version: 3, Kind: JoinerEvent, Raised: By{Person: raiser}, Account: subject.ID, May: "m", Plan: Plan{Steps: []Step{step}},
										Approval: Decision{State: "approved", By: manager, For: managerFor}, SignOffs: map[StepKey]SignOff{elevatedKey: so},
									}
									turn := press(by, VerbSignOff, func(t *Turn) { t.Plan, t.Step = "m", elevatedKey })
									if from.ID != "" {
										c.Delegated, turn.behalf = []StandIn{{From: from, To: by}}, []behalf{{Person: from}}
									}
									had := func(p Person) bool {
										return p.ID == raiser.ID || p.ID == manager.ID || p.ID == managerFor.ID || p.ID == subject.ID || p.ID == voted.ID
									}
									want := !had(by) && (by.ID == seat.ID || from.ID == seat.ID && !had(from))
									_, err := decideSignOff(c, turn, nil, monday(), true)
									if (err == nil) != want {
										t.Fatalf("raised %s, manager %s for %s, seat %s, about %s, signed %s, pressed by %s for %s: %v, want %t",
											raiser.Name, manager.Name, managerFor.Name, seat.Name, subject.Name, voted.Name, by.Name, from.Name, err, want)
									}
									if err == nil {
										taken++
									}
								}
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d ways, %d allowed", tried, taken)
	if taken == 0 {
		t.Error("nobody may ever sign")
	}
}

// sign keeps what a signature that was taken did, and whose it was.
func (w *small) sign(t *testing.T, by AccountID, own bool, theirs func(AccountID) bool) {
	so := w.of(t).SignOffs[elevatedKey]
	from := so.For.ID
	if n := len(so.Votes); n > 0 {
		from = so.Votes[n-1].For.ID
	}
	whose := by
	if !own {
		w.delegated++
		if whose = from; from == "" || w.lends[from] != by || !theirs(from) {
			w.r.Fatalf("signed in the place of %q, who could not lend it", from)
		}
	} else if from != "" {
		w.r.Fatalf("signed in the place of %q, and need not", from)
	}
	seats := w.could(whose)
	w.spent[by], w.spent[whose] = true, true
	if len(w.rounds) == 0 {
		w.elevated = "approved"
	} else {
		w.votes = append(w.votes, seats)
		if r := w.rounds[w.round]; !r.All || seated(w.votes, nil) == len(r.Seats) {
			w.round, w.votes = w.round+1, nil
		}
		if w.round == len(w.rounds) {
			w.elevated = "approved"
		}
	}
	if so.State != w.elevated || len(w.rounds) > 0 && so.Stage != w.round {
		w.r.Fatalf("the item is %q in round %d, and must be %q in round %d", so.State, so.Stage, w.elevated, w.round)
	}
}
