package flows

import (
	"slices"
	"strings"
	"testing"

	"muster/flows/texts"

	"pgregory.net/rapid"
)

// inRounds is Priya's decided case with these rounds on her elevated group.
func inRounds(t testing.TB, rounds ...Stage) Case {
	t.Helper()
	c := withStep(approved(t), elevatedKey, func(s *Step) { s.Stages = rounds })
	s, _ := c.Plan.Step(elevatedKey)
	return withStep(c, elevatedKey, func(to *Step) { to.Approvers = s.everybody() })
}

func anyOf(seats ...Seat) Stage { return Stage{Seats: seats} }
func allOf(seats ...Seat) Stage { return Stage{All: true, Seats: seats} }

func seatOf(p Person) Seat { return Seat{For: p.UPN, People: []Person{p}} }

// sign lets somebody sign with what they hold, or says why not.
func sign(t testing.TB, c Case, by Person, roles Roles, change func(*Turn)) (Case, error) {
	t.Helper()
	turn := press(by, VerbSignOff, func(t *Turn) { t.Plan, t.Step = c.May, elevatedKey })
	if change != nil {
		change(&turn)
	}
	ch, err := decideSignOff(c, turn, roles, monday(), true)
	if err != nil {
		return c, err
	}
	next, err := c.Apply(ch.Entries[0])
	if err != nil {
		t.Fatal(err)
	}
	return next, nil
}

func TestRounds(t *testing.T) {
	finance := inGroup("Finance Leads")
	owners := Seat{For: "role:owner", People: []Person{olivia, oscar}}
	leads := Seat{For: "group:Finance Leads", People: []Person{maria, aisha}}
	type vote struct {
		by    Person
		roles Roles
		want  Code // "" is taken
		state string
	}
	for name, tt := range map[string]struct {
		rounds []Stage
		votes  []vote
	}{
		"any of two": {[]Stage{anyOf(seatOf(maria), owners)}, []vote{{maria, nil, "", "approved"}, {olivia, Roles{Owner: true}, Conflict, "approved"}}},
		"one after the other": {[]Stage{anyOf(seatOf(maria)), anyOf(owners)}, []vote{
			{olivia, Roles{Owner: true}, Denied, ""}, {maria, nil, "", ""}, {maria, Roles{Owner: true}, Denied, ""}, {olivia, Roles{Owner: true}, "", "approved"},
		}},
		"all of a person and a role": {[]Stage{allOf(seatOf(maria), owners)}, []vote{
			{oscar, Roles{Owner: true}, "", ""}, {olivia, Roles{Owner: true}, Denied, ""}, {maria, nil, "", "approved"},
		}},
		"who could take either leaves the seat that the other needs": {[]Stage{allOf(leads, owners)}, []vote{
			{maria, Roles{finance: true, Owner: true}, "", ""}, {aisha, Roles{finance: true}, "", "approved"},
		}},
		"and the other way round": {[]Stage{allOf(leads, owners)}, []vote{
			{maria, Roles{finance: true, Owner: true}, "", ""}, {olivia, Roles{Owner: true}, "", "approved"},
		}},
		"no member of the group any more": {[]Stage{anyOf(leads)}, []vote{{aisha, Roles{Approver: true}, Denied, ""}, {maria, Roles{finance: true}, "", "approved"}}},
		"the manager and the raiser sign nothing": {[]Stage{allOf(seatOf(tom), seatOf(hannah), seatOf(maria))}, []vote{
			{tom, nil, Denied, ""}, {hannah, nil, Denied, ""}, {maria, nil, "", ""},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := inRounds(t, tt.rounds...)
			for i, v := range tt.votes {
				next, err := sign(t, c, v.by, v.roles, nil)
				if CodeOf(err) != v.want || next.SignOffs[elevatedKey].State != v.state {
					t.Fatalf("vote %d of %s: %v, state %q; want %q, %q", i, v.by.Name, err, next.SignOffs[elevatedKey].State, v.want, v.state)
				}
				c = next
			}
		})
	}
}

// The next round is asked when the one before is through, and not before; who signed is not asked again.
func TestRoundsAskInTurn(t *testing.T) {
	c := inRounds(t, allOf(seatOf(maria), seatOf(aisha)), anyOf(seatOf(olivia), seatOf(maria)))
	asked := func(want string) {
		t.Helper()
		s, _ := c.Plan.Step(elevatedKey)
		if got := names(texts.Language{}, c.signers(s)); got != want {
			t.Errorf("asked: %s, want %s", got, want)
		}
	}
	cards := func(of Person) bool {
		return slices.ContainsFunc(c.Slots(), func(s Slot) bool { return s.Card == CardSignOff && s.To.Person == of.ID })
	}
	asked("Maria Lopez or Aisha Khan")
	if cards(olivia) {
		t.Error("the second round has its card before the first is through")
	}
	c, _ = sign(t, c, maria, nil, nil)
	asked("Aisha Khan")
	c, _ = sign(t, c, aisha, nil, nil)
	asked("Olivia Grant")
	if !cards(olivia) || !cards(maria) || !cards(aisha) {
		t.Error("a card is missing that was sent, or is to be sent now")
	}
	if c.SignOff.RemindAt.IsZero() || c.SignOff.Escalate.IsZero() || !c.SignOff.RemindAt.After(monday()) {
		t.Error("the second round has no clock of its own")
	}
	if _, st, _ := c.Step(elevatedKey); st.State.Over() || c.ready(mustStep(t, c, elevatedKey)) {
		t.Error("half a sign-off lets the step run")
	}
	refused := foldOn(t, c, SignedOff{Step: elevatedKey, Plan: c.May, By: olivia, Reason: "no"})
	if _, st, _ := refused.Step(elevatedKey); st.State != StepAbandoned || refused.SignOffs[elevatedKey].State != "rejected" {
		t.Error("a refusal in the second round does not end the item")
	}
}

func mustStep(t testing.TB, c Case, k StepKey) Step {
	t.Helper()
	s, ok := c.Plan.Step(k)
	if !ok {
		t.Fatal("no step " + k)
	}
	return s
}

// A round in which nobody is left who may sign is put to others at once.
func TestRoundForNobody(t *testing.T) {
	c := inRounds(t, anyOf(seatOf(maria)), anyOf(seatOf(tom), seatOf(maria)))
	c, err := sign(t, c, maria, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !c.SignOff.Escalate.Equal(monday()) {
		t.Errorf("escalated at %s, want at once", c.SignOff.Escalate)
	}
	c = foldOn(t, c, Escalated{Of: ofSignOff, To: oscar})
	if c, err = sign(t, c, oscar, Roles{Owner: true}, nil); err != nil || c.SignOffs[elevatedKey].State != "approved" {
		t.Errorf("who stands in may not sign: %v", err)
	}
}

// filled is the size of the largest matching, whatever the order of the votes: held against trying every assignment.
func TestFilled(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(r, "seats")
		round := Stage{All: true, Seats: make([]Seat, n)}
		var votes []Vote
		for range rapid.IntRange(0, 5).Draw(r, "votes") {
			votes = append(votes, Vote{Seats: rapid.SliceOfDistinct(rapid.IntRange(0, n-1), rapid.ID[int]).Draw(r, "could")})
		}
		var best func(v int, taken map[int]bool) int
		best = func(v int, taken map[int]bool) int {
			if v == len(votes) {
				return len(taken)
			}
			most := best(v+1, taken)
			for _, s := range votes[v].Seats {
				if !taken[s] {
					taken[s] = true
					most = max(most, best(v+1, taken))
					delete(taken, s)
				}
			}
			return most
		}
		if got, want := round.filled(votes), best(0, map[int]bool{}); got != want {
			r.Fatalf("filled %d of %d seats, want %d: %v", got, n, want, votes)
		}
	})
}

// What the policy says becomes the plan's rounds, with who stands behind each seat.
func TestPlanRounds(t *testing.T) {
	_, file := sandboxPolicy(t)
	text := string(file)
	text = strings.Replace(text, "      - group: Contract Admins\n        name: Contract administration\n", `      - group: Contract Admins
        name: Contract administration
        item_owner: oscar.lind@larkfield.example
        approval:
          - any: [site_approver, department_approver, manager_of_manager]
          - all: [item_owner, "group:Finance", "role:owner"]
`, 1)
	text = strings.Replace(text, "    country: GB\n    # The office", "    country: GB\n    approver: maria.lopez@larkfield.example\n    # The office", 1)
	text = strings.Replace(text, "  Leeds:\n", "  Leeds:\n    approver: stan.doyle@larkfield.example\n", 1)
	text = strings.Replace(text, "jobs:\n", "departments: {Sales: {approver: ines.duarte@larkfield.example}}\njobs:\n", 1)
	p, err := ParsePolicy("policy.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	need := NeededNames(p, "Account Manager").People
	want := strings.Fields("group:Finance ines.duarte@larkfield.example maria.lopez@larkfield.example oscar.lind@larkfield.example role:owner stan.doyle@larkfield.example")
	if !slices.Equal(need, want) {
		t.Errorf("needed: %q, want %q", need, want)
	}
	people := map[string][]Person{
		"maria.lopez@larkfield.example": {maria}, "ines.duarte@larkfield.example": {ines}, "oscar.lind@larkfield.example": {oscar}, "group:Finance": {helen},
		"role:owner": {olivia, oscar}, managerOfManager: {olivia},
	}
	plan, warnings, err := PlanJoiner(priya(nil), p, larkfield(nil), people, monday())
	if err != nil {
		t.Fatal(err)
	}
	s, _ := plan.Step(elevatedKey)
	if got := names(texts.Language{}, s.everybody()); len(s.Stages) != 2 || !s.Stages[1].All || got != "Maria Lopez or Ines Duarte or Olivia Grant or Oscar Lind or Helen Okafor" {
		t.Errorf("rounds: %+v", s.Stages)
	}
	if len(s.Approvers) != 5 || s.Named {
		t.Errorf("approvers: %+v", s.Approvers)
	}
	if slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, "Nobody can sign off") }) {
		t.Errorf("warnings: %q", warnings)
	}
	delete(people, "group:Finance")
	if _, warnings, _ = PlanJoiner(priya(nil), p, larkfield(nil), people, monday()); !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, "Contract administration as group:Finance") }) {
		t.Errorf("a seat without anybody is not said: %q", warnings)
	}
}

// What a round must not be, with the place and the sentence.
func TestParsePolicyRounds(t *testing.T) {
	elevated := func(lines string) func(string) string {
		return func(s string) string {
			return strings.Replace(s, "      - group: Contract Admins\n        name: Contract administration\n", "      - group: Contract Admins\n        name: Contract administration\n"+lines, 1)
		}
	}
	_, file := sandboxPolicy(t)
	sandbox := string(file)
	for name, tt := range map[string]struct {
		change func(string) string
		want   string
	}{
		"both":             {elevated("        approval: [{any: [\"role:owner\"], all: [\"role:it\"]}]\n"), "A round is any or all"},
		"neither":          {elevated("        approval: [{}]\n"), "A round is any or all"},
		"no such role":     {elevated("        approval: [{any: [\"role:boss\"]}]\n"), `"boss" is not a role.`},
		"a name":           {elevated("        approval: [{any: [Aisha]}]\n"), `"Aisha" is nobody who can sign`},
		"twice":            {elevated("        approval: [{all: [\"role:owner\", \"role:owner\"]}]\n"), `"role:owner" is listed twice.`},
		"no site approver": {elevated("        approval: [{any: [site_approver]}]\n"), `The site "London" has no approver`},
		"no department":    {elevated("        approval: [{any: [department_approver]}]\n"), `The department "Sales" has no approver`},
		"no owner":         {elevated("        approval: [{any: [item_owner]}]\n"), "This item has no item_owner"},
		"approver as well": {elevated("        approver: aisha.khan@larkfield.example\n        approval: [{any: [\"role:owner\"]}]\n"), "Give approver or approval, not both."},
		"not elevated": {func(s string) string {
			return strings.Replace(s, "      - group: CRM Users\n", "      - group: CRM Users\n        approval: [{any: [\"role:owner\"]}]\n", 1)
		}, `Only an item under "elevated" is signed off.`},
		"a deputy by name": {func(s string) string { return s + "fallback: {deputies: [Olivia]}\n" }, `"Olivia" is neither a sign-in name`},
	} {
		t.Run(name, func(t *testing.T) {
			text := tt.change(sandbox)
			if text == sandbox {
				t.Fatal("the policy was not changed")
			}
			_, err := ParsePolicy("p", []byte(text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
