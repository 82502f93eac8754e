package flows

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// standingCase is a case in one state, with the buttons that mean something there and who may press each, told from the words of the
// product and not from the code: who is who is known by name.
type standingCase struct {
	c    Case
	live map[string]func(t *Turn)                                    // what a press that means something carries besides
	may  func(verb string, by AccountID, holds Roles) bool           // in person
	lend func(verb string, by, from AccountID, lent, own Roles) bool // for whom a delegate can decide; nil: for nobody
	not  []Person                                                    // whoever may not, whatever they hold or were lent
}

// standingCases are the states of cases that ask people for something.
func standingCases(t *testing.T) map[string]standingCase {
	with := func(inputs ...string) func(*Turn) {
		return func(t *Turn) {
			for i := 0; i < len(inputs); i += 2 {
				t.Inputs[inputs[i]] = inputs[i+1]
			}
		}
	}
	on := func(k StepKey, inputs ...string) func(*Turn) {
		return func(t *Turn) {
			t.Step = k
			with(inputs...)(t)
		}
	}
	known := func(c Case) Case { c.Account = newcomer.ID; return c }
	asking := map[string]question{}
	for _, q := range questions() {
		asking[q.of+" "+q.verb] = q
	}
	of := func(name string) Case {
		q, ok := asking[name]
		if !ok {
			t.Fatalf("no question %q", name)
		}
		return q.c(t)
	}
	is := func(ps ...Person) func(string, AccountID, Roles) bool {
		return func(_ string, by AccountID, _ Roles) bool { return holds(ps, by) }
	}
	role := func(rs ...Role) func(string, AccountID, Roles) bool {
		return func(_ string, _ AccountID, r Roles) bool {
			return slices.ContainsFunc(rs, func(x Role) bool { return r[x] })
		}
	}
	decision := func(c Case) map[string]func(*Turn) {
		shown := func(t *Turn) { t.Plan = c.Shown }
		return map[string]func(*Turn){
			VerbApprove: shown, VerbReject: func(t *Turn) { shown(t); t.Inputs["reason"] = "no" }, VerbAsk: func(t *Turn) { shown(t); t.Inputs["question"] = "why?" },
		}
	}
	urgentLeaver := func() Case {
		c := deletionOf(t)
		c.Kind, c.Event.Urgent, c.Raised.Person = LeaverEvent, true, hannah
		c.Approval.Holders, c.Facts.Seconds = []Person{olivia, ivan, helen}, []Person{olivia, ivan, helen}
		return c
	}
	failed := stuck(t, salesKey)
	waiving := foldOn(t, failed, WaiveAsked{Step: salesKey, By: ivan, Reason: "not needed"})
	ready := foldOn(t, settled(t, startedKey), StartAsked{Step: startedKey})
	missed := foldOn(t, settled(t, startedKey), StartAsked{Step: startedKey}, NotStarted{By: tom}, StepVerified{Step: blockKey, After: "blocked"})
	held := ready
	held.Paused = &Hold{For: "L-2026-0007", At: monday(), Back: monday()}
	cancelling := known(foldOn(t, fold(t), ChangeAsked{N: 1, What: CancelChange, By: helen}))
	agreed := urgentLeaver()
	agreed.May = agreed.Shown
	agreed.Approval.State, agreed.Approval.By = "approved", olivia
	agreed.Changes = []CaseChange{{N: 1, What: CancelChange, By: helen, State: "agreed", Agreed: By{Person: helen, At: monday()}}}
	deletion := deletionOf(t)
	deleted := foldOn(t, deletion, Approved{Shown: deletion.Shown, Plan: deletion.Plan.Chosen(nil).Hash(), By: olivia}, StepStarted{Step: deleteKey}, StepVerified{Step: deleteKey, After: "in the recycle bin"})
	asked := foldOn(t, fold(t), Asked{By: tom, Question: "When?"})
	signs := approved(t)
	signs.Account = newcomer.ID
	manual := func(owner string) Case {
		c := withStep(settledUnsigned(t), "manual:Laptop", func(s *Step) { s.Owner = owner })
		c.SignOffs = nil
		return c
	}
	done := map[string]func(*Turn){VerbManualDone: on("manual:Laptop"), VerbManualCannot: on("manual:Laptop", "reason", "no stock")}
	left := of(ofLeft + " " + VerbRelease)
	leftRole := withStep(left, "group:Sales", func(s *Step) { s.Named = false })
	leftRole.May = ""
	wishOfHR, wishOfManager := known(of(ofContract+" "+VerbExtendAgree)), known(of(ofContract+" "+VerbContractLet))
	k := *wishOfManager.Contract
	k.Wish = &Wish{By: tom, Until: "2027-05-31"}
	wishOfManager.Contract = &k
	kept := of("group:Sales " + VerbLetEnd)
	kept.Facts.MostKept = 365
	back, returns := of(ofComeBack+" "+VerbComeBack), of(ofReturn+" "+VerbReturnAccess)
	return map[string]standingCase{
		"the manager is asked": {known(fold(t)), decision(fold(t)), is(tom), func(_ string, _, from AccountID, _, _ Roles) bool { return from == tom.ID }, []Person{hannah, newcomer}},
		"the manager asked HR": {
			known(asked),
			map[string]func(*Turn){VerbApprove: decision(asked)[VerbApprove], VerbReject: decision(asked)[VerbReject], VerbReply: with("answer", "On Monday.")},
			func(verb string, by AccountID, r Roles) bool {
				if verb == VerbReply {
					return r[HR]
				}
				return by == tom.ID && by != hannah.ID
			}, func(verb string, _, from AccountID, _, _ Roles) bool { return verb != VerbReply && from == tom.ID },
			[]Person{newcomer},
		},
		"an approver is asked": {
			signs, map[string]func(*Turn){
				VerbSignOff: func(t *Turn) { t.Plan, t.Step = signs.May, elevatedKey },
				VerbRefuse:  func(t *Turn) { t.Plan, t.Step, t.Inputs["reason"] = signs.May, elevatedKey, "no" },
			}, role(Approver), func(_ string, _, from AccountID, r, _ Roles) bool {
				return r[Approver] && from != tom.ID && from != hannah.ID && from != newcomer.ID
			}, []Person{hannah, tom, newcomer},
		},
		"a step failed": {failed, map[string]func(*Turn){
			VerbRetry: on(salesKey), VerbByHand: on(salesKey, "note", "did it"), VerbWaive: on(salesKey, "reason", "not needed"),
		}, role(IT, Owner), nil, []Person{newcomer}},
		"IT asks to leave it out": {
			waiving,
			map[string]func(*Turn){VerbRetry: on(salesKey), VerbByHand: on(salesKey, "note", "did it"), VerbWaiveAgree: on(salesKey)},
			func(verb string, by AccountID, r Roles) bool {
				return (r[IT] || r[Owner]) && (verb != VerbWaiveAgree || by != ivan.ID)
			}, nil,
			[]Person{newcomer},
		},
		"a manual step of IT":          {manual("it"), done, role(IT), nil, []Person{newcomer}},
		"a manual step of HR":          {manual("hr"), done, func(_ string, by AccountID, r Roles) bool { return r[HR] || r[IT] || by == hannah.ID }, nil, []Person{newcomer}},
		"a manual step of somebody":    {manual(string(maria.ID)), done, func(_ string, by AccountID, r Roles) bool { return r[IT] || by == maria.ID }, nil, []Person{newcomer}},
		"a manual step of the manager": {manual("manager"), done, func(_ string, by AccountID, r Roles) bool { return r[IT] || by == tom.ID }, nil, []Person{newcomer}},
		"did the person start?": {
			ready,
			map[string]func(*Turn){VerbStarted: on(startedKey), VerbNotStarted: on(startedKey)},
			func(_ string, by AccountID, r Roles) bool { return r[HR] || by == tom.ID }, nil,
			[]Person{newcomer},
		},
		"the person did not start": {missed, map[string]func(*Turn){VerbResume: with(), VerbEnd: with("reason", "never came")}, role(HR), nil, []Person{newcomer}},
		"the case was held":        {held, map[string]func(*Turn){VerbGoOn: with()}, role(HR), nil, []Person{newcomer}},
		"HR wants to cancel": {
			cancelling, map[string]func(*Turn){
				VerbChangeMake: func(t *Turn) { t.Plan, t.Step, t.Inputs["reason"] = cancelling.Undoing().Plan.Hash(), "1", "withdrew" }, VerbChangeDrop: on("1"),
				VerbApprove: decision(cancelling)[VerbApprove], VerbReject: decision(cancelling)[VerbReject], VerbAsk: decision(cancelling)[VerbAsk],
			}, func(verb string, by AccountID, r Roles) bool {
				if strings.HasPrefix(verb, "change.") {
					return by == helen.ID && r[HR]
				}
				return by == tom.ID
			}, func(verb string, _, from AccountID, _, _ Roles) bool {
				return !strings.HasPrefix(verb, "change.") && from == tom.ID
			}, []Person{newcomer},
		},
		"a second person for cancelling an urgent exit": {
			agreed,
			map[string]func(*Turn){VerbChangeSecond: func(t *Turn) { t.Plan, t.Step = agreed.Undoing().Plan.Hash(), "1" }, VerbChangeDrop: on("1")},
			func(verb string, by AccountID, r Roles) bool {
				if verb == VerbChangeDrop {
					return r[HR] || r[Owner]
				}
				return (r[HR] || r[Owner]) && by != helen.ID
			}, nil,
			[]Person{tom},
		},
		"what goes with the old job": {
			func() Case { c := known(of(ofRelease + " " + VerbRelease)); c.Approval.State = "approved"; return c }(),
			map[string]func(*Turn){VerbRelease: func(t *Turn) { t.Plan = of(ofRelease + " " + VerbRelease).Shown }},
			is(maria), func(_ string, _, from AccountID, _, _ Roles) bool { return from == maria.ID },
			[]Person{hannah, newcomer},
		},
		"what silence left to an approver": {
			func() Case { c := known(leftRole); c.Approval.State, c.Approval.By = "approved", tom; return c }(),
			map[string]func(*Turn){VerbRelease: asking[ofLeft+" "+VerbRelease].into(left)},
			func(_ string, by AccountID, r Roles) bool { return by == aisha.ID && r[Approver] },
			func(_ string, by, from AccountID, lent, own Roles) bool { // one of the two was asked, and one holds the role and had no other part
				return from == aisha.ID && (lent[Approver] || own[Approver]) || by == aisha.ID && from != tom.ID && lent[Approver]
			},
			[]Person{hannah, tom, newcomer},
		},
		"something is kept": {known(kept), map[string]func(*Turn){
			VerbExtend: func(t *Turn) {
				t.Plan, t.Step, t.Inputs["until"], t.Inputs["reason"] = kept.May, "group:Sales", "2027-08-31", "still needed"
			}, VerbLetEnd: on("group:Sales"),
		}, is(maria), nil, []Person{newcomer}},
		"a secondment ends":                      {known(back), map[string]func(*Turn){VerbComeBack: func(t *Turn) { t.Plan = back.May }}, is(maria, tom), nil, []Person{hannah, newcomer}},
		"a leave ends":                           {returns, map[string]func(*Turn){VerbReturnAccess: func(t *Turn) { t.Plan, t.Step = returns.May, askReturnKey }}, is(tom), nil, []Person{hannah, stan}},
		"a contract ends":                        {known(of(ofContract + " " + VerbContractLet)), map[string]func(*Turn){VerbContractExtend: on("1", "extend_until", "2027-05-31"), VerbContractLet: on("1")}, is(tom), nil, []Person{newcomer}},
		"HR wants to extend a contract":          {wishOfHR, map[string]func(*Turn){VerbExtendAgree: on("1"), VerbExtendDeny: on("1", "reason", "no")}, is(tom), nil, []Person{newcomer}},
		"the manager wants to extend a contract": {wishOfManager, map[string]func(*Turn){VerbExtendAgree: on("1"), VerbExtendDeny: on("1", "reason", "no")}, role(HR), nil, []Person{tom, newcomer}},
		"an account may be deleted": {
			deletion,
			map[string]func(*Turn){VerbDelete: func(t *Turn) { t.Plan = deletion.Shown }, VerbKeep: func(t *Turn) {
				t.Plan, t.Inputs["end"], t.Inputs["reason"] = deletion.Shown, "2027-03-01", "Audit."
			}},
			func(_ string, by AccountID, r Roles) bool {
				return (by == olivia.ID || by == hannah.ID) && (r[HR] || r[Owner])
			},
			nil,
			[]Person{ivan, tom},
		},
		"an account was deleted": {deleted, map[string]func(*Turn){VerbRestore: with("reason", "a claim")}, role(HR, IT, Owner), nil, []Person{tom}},
		"an urgent exit waits for a second person": {
			urgentLeaver(), decision(urgentLeaver()),
			func(_ string, by AccountID, r Roles) bool {
				return (by == olivia.ID || by == ivan.ID || by == helen.ID) && (r[HR] || r[IT] || r[Owner])
			}, nil,
			[]Person{hannah, tom},
		},
	}
}

// into is the press that answers a question, on its case.
func (q question) into(c Case) func(*Turn) { return func(t *Turn) { q.press(c, t) } }

// someRoles are all ways to hold roles.
func someRoles() []Roles {
	of := []Role{HR, IT, Approver, Owner, Deputy}
	var out []Roles
	for bits := range 1 << len(of) {
		r := Roles{}
		for i, x := range of {
			if bits>>i&1 == 1 {
				r[x] = true
			}
		}
		out = append(out, r)
	}
	return out
}

// pressOf is the rule behind a button, with the table as the engine asks it.
func pressOf(t *testing.T, verb string) func(Case, Turn, Roles, time.Time) error {
	p, _ := sandboxPolicy(t)
	rule := rules[verb]
	switch verb {
	case VerbDelete:
		rule = decideDelete
	case VerbReturnOn:
		rule = func(c Case, t Turn, r Roles, now time.Time) (Change, error) { return decideReturnOn(c, t, r, p, now) }
	case VerbHandOver:
		rule = func(c Case, t Turn, _ Roles, now time.Time) (Change, error) {
			return decideHandOver(c, t, Account{ID: ines.ID, Name: ines.Name, Enabled: true}, now)
		}
	}
	return func(c Case, turn Turn, roles Roles, now time.Time) error {
		ch, err := rule(c, turn, roles, now)
		if err == nil && len(ch.Entries) == 0 {
			t.Fatalf("%s is allowed and writes nothing", verb)
		}
		return err
	}
}

// Every button on a case, pressed by everybody, in every way to hold roles and in everybody's place, in every state that asks people for
// something: what the engine allows is what the product says, and where a button means something the table alone says the same.
func TestRightsExhaustive(t *testing.T) {
	verbs := []string{VerbDelete, VerbReturnOn, VerbHandOver}
	for v := range rules {
		verbs = append(verbs, v)
	}
	people := []Person{hannah, helen, tom, maria, aisha, ivan, olivia, newcomer, stan}
	lived, tried, taken := map[string]bool{}, 0, 0
	every := someRoles()
	few := slices.DeleteFunc(someRoles(), func(r Roles) bool { return len(r) > 1 && len(r) < 5 })
	behind := map[string]func(Case, Turn, Roles, time.Time) error{}
	for _, v := range verbs {
		behind[v] = pressOf(t, v)
	}
	for name, s := range standingCases(t) {
		t.Run(name, func(t *testing.T) {
			for _, verb := range verbs {
				press, fill, live := behind[verb], s.live[verb], s.live[verb] != nil
				if verb == VerbHandOver && s.live[VerbApprove] != nil {
					fill, live = s.live[VerbApprove], true
				}
				got := 0
				for _, by := range people {
					lenders, sets := []Person{{}, tom, maria, aisha}, every
					if !live {
						lenders, sets = lenders[:2], few
					}
					for _, from := range lenders {
						if from.ID == by.ID {
							continue
						}
						for _, roles := range sets {
							for _, lent := range []Roles{{}, {HR: true, Approver: true, IT: true, Owner: true}} {
								if from.ID == "" && len(lent) > 0 {
									continue
								}
								c := s.c
								turn := Turn{Key: "k", By: by, Personal: true, Verb: verb, Case: c.ID, Plan: orHash(c.May, c.Shown), Step: salesKey, Delegate: ines.ID, Inputs: map[string]string{}}
								if fill != nil {
									turn.Step = ""
									fill(&turn)
								}
								if from.ID != "" {
									c.Delegated, turn.behalf = []StandIn{{From: from, To: by}}, []behalf{{Person: from, roles: lent}}
								}
								tried++
								raiser := strings.HasPrefix(verb, "access.") && by.ID == s.c.Raised.Person.ID // never decides as the manager
								want := live && !raiser && !holds(s.not, by.ID) && (s.may(verb, by.ID, roles) ||
									verb != VerbHandOver && s.lend != nil && from.ID != "" && s.lend(verb, by.ID, from.ID, lent, roles))
								rule, table := press(c, turn, roles, morningOf(s.c)), turn.may(c, roles)
								what := fmt.Sprintf("%s by %s with %v in the place of %q", verb, by.Name, roles, from.Name)
								if allowed := rule == nil && table == nil; allowed != want {
									t.Fatalf("%s: allowed %t, must be %t (%v; table: %v)", what, allowed, want, rule, table)
								}
								if live && (table == nil) != want {
									t.Fatalf("%s: the table says %v, must allow %t", what, table, want)
								}
								if table != nil && CodeOf(table) != Denied {
									t.Fatalf("%s: the table answers %v", what, table)
								}
								if want {
									got++
								}
							}
						}
					}
				}
				taken += got
				if live {
					lived[verb] = true
					if got == 0 {
						t.Errorf("nobody may press %s", verb)
					}
				}
			}
		})
	}
	for _, v := range verbs {
		if !lived[v] && v != VerbReturnOn {
			t.Errorf("%s means something in no state", v)
		}
	}
	t.Logf("%d presses tried, %d may be", tried, taken)
}

// morningOf is a time at which the case asks.
func morningOf(c Case) time.Time {
	if c.Kind == JoinerEvent || c.Kind == "" {
		return morning()
	}
	return monday().Add(time.Hour)
}
