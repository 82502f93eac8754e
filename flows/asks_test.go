package flows

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"
)

// question is one thing that a case asks of somebody: how the case comes to ask it, who is asked, and who is when they have left.
type question struct {
	of    string
	c     func(t *testing.T) Case
	from  Person
	then  string // who is asked afterwards
	verb  string // how it is answered; empty where the answer is no press of theirs alone
	press func(c Case, t *Turn)
	card  CardName
}

// questions are all that a case may ask of a person. A new one needs its row here, or TestEverythingAskedMoves fails on its card.
func questions() []question {
	mover := func(t *testing.T) Case {
		c := fold(t)
		c.Kind, c.Release = MoverEvent, Release{Holders: []Person{maria}, Asking: Asking{Escalate: monday().AddDate(0, 0, 9)}}
		return c
	}
	kept := func(t *testing.T) Case {
		c := approved(t)
		c.Kind = CorrectionEvent
		c = withStep(c, "group:Sales", func(s *Step) {
			s.Exception, s.Due = &Exception{Until: "2027-06-30", Reason: "still needed", By: maria, Normal: monday()}, monday().AddDate(0, 6, 0)
		})
		return c.with("group:Sales", func(st *StepStatus) { st.Asked = true })
	}
	contract := func(wish *Wish) func(*testing.T) Case {
		return func(t *testing.T) Case {
			c := approved(t)
			c.Contract = &Contract{End: "2027-03-31", Days: 90, Round: 1, Stage: 1, Manager: tom, Wish: wish, Cards: []ContractCard{{1, tom.ID}}}
			return c
		}
	}
	back := func(t *testing.T) Case {
		c := mover(t)
		c.Event.End, c.Approval.State, c.Approval.By = "2027-06-30", "approved", tom
		c.Release.State, c.Release.By = "released", maria
		c.May = c.Plan.Hash()
		c.Steps = planned(c.Plan)
		c.ComeBack = ComeBack{At: monday(), Asking: Asking{RemindAt: monday().AddDate(0, 0, 1), Escalate: monday().AddDate(0, 0, 9)}}
		return c
	}
	returns := func(t *testing.T) Case {
		c := approved(t)
		c.Kind, c.Account = LeaveEvent, stan.ID
		c.Plan.Steps = []Step{{Key: askReturnKey, Task: AskReturn, Title: "Ask", Choice: Fixed}}
		c.May, c.Steps, c.SignOffs = c.Plan.Hash(), []StepStatus{{Key: askReturnKey, State: Planned, Asked: true}}, nil
		c.Return = Return{Holders: []Person{tom}, Escalate: monday().AddDate(0, 0, 9)}
		return c
	}
	manual := func(owner string) func(*testing.T) Case {
		return func(t *testing.T) Case {
			c := approved(t)
			c.Plan.Steps = []Step{{Key: "manual:Keys", Task: Manual, Title: "Keys", Choice: Fixed, Owner: owner}}
			c.May, c.Steps, c.SignOffs = c.Plan.Hash(), planned(c.Plan), nil
			return c
		}
	}
	left := func(t *testing.T) Case {
		c := mover(t)
		c = withStep(c, "group:Sales", func(s *Step) { s.Choice, s.Asks, s.Named, s.Approvers = Going, true, true, []Person{aisha} })
		c.Facts.MostKept = 365
		c.Release.State, c.Release.Holders, c.Release.Left, c.Release.LeftBy = "silent", []Person{maria}, []StepKey{"group:Sales"}, monday().AddDate(0, 0, 9)
		return c
	}
	started := func(t *testing.T) Case {
		c := settled(t, startedKey, credentialKey)
		return c.with(startedKey, func(st *StepStatus) { st.Asked = true })
	}
	return []question{
		{ofApproval, func(t *testing.T) Case { return fold(t) }, tom, "Olivia Grant", VerbApprove, func(c Case, t *Turn) { t.Plan = c.Shown }, CardApproval},
		{ofSignOff, approvedCase, aisha, "Olivia Grant", VerbSignOff, func(c Case, t *Turn) { t.Plan, t.Step = c.May, elevatedKey }, CardSignOff},
		{ofRelease, mover, maria, "Ivan Petrov", VerbRelease, func(c Case, t *Turn) { t.Plan = c.Shown }, CardRelease},
		{ofLeft, left, aisha, "Olivia Grant", VerbRelease, func(c Case, t *Turn) {
			t.Plan, t.Inputs = c.Shown, map[string]string{UntilInput + "group:Sales": "2027-03-01", "keep_reason": "needed"}
		}, CardRelease},
		{"group:Sales", kept, maria, "Ivan Petrov", VerbLetEnd, func(_ Case, t *Turn) { t.Step = "group:Sales" }, CardKept},
		{ofComeBack, back, maria, "Tom Hughes or Ivan Petrov", VerbComeBack, func(c Case, t *Turn) { t.Plan = c.May }, CardComeBack},
		{ofReturn, returns, tom, "Ivan Petrov", VerbReturnAccess, func(c Case, t *Turn) { t.Plan, t.Step = c.May, askReturnKey }, CardBack},
		{ofContract, contract(nil), tom, "Olivia Grant", VerbContractLet, func(_ Case, t *Turn) { t.Step = "1" }, CardContract},
		{ofContract, contract(&Wish{By: hannah, To: tom, Until: "2027-05-31"}), tom, "Olivia Grant", VerbExtendAgree, func(_ Case, t *Turn) { t.Step = "1" }, CardContract},
		{ofManager, started, tom, "Ivan Petrov", VerbStarted, func(_ Case, t *Turn) { t.Step = startedKey }, CardStarted},
		{ofManager, manual("manager"), tom, "Ivan Petrov", VerbManualDone, func(_ Case, t *Turn) { t.Step = "manual:Keys" }, CardManual},
		{"manual:Keys", manual(string(maria.ID)), maria, "", "", nil, CardManual},
		{ofHR, func(t *testing.T) Case { return foldOn(t, fold(t), Asked{By: tom, Question: "When?"}) }, hannah, "Helen Okafor", VerbReply, func(_ Case, t *Turn) { t.Inputs["answer"] = "On Monday." }, CardProgress},
	}
}

func approvedCase(t *testing.T) Case { return approved(t) }

func (c Case) whoIsAsked(of string) []Person {
	var out []Person
	for _, a := range c.asks() {
		if a.of == of {
			out = withPeople(out, a.who...)
		}
	}
	return out
}

// ask puts the case of a question into an office where Ivan is above the managers.
func (q question) ask(t *testing.T) *office {
	o := newOffice(t)
	for _, p := range []Person{tom, maria} {
		o.dir.change(p.ID, func(a *Account) { a.Manager = ivan.ID })
	}
	o.store.cases[priyasCase] = q.c(t)
	return o
}

// Whatever is asked of somebody goes to somebody else within a minute of their leaving, who can answer it; what the one who left was sent
// stays true, and they can no longer press it (edge cases 12, 13 and 19).
func TestEdge12EverythingAskedMoves(t *testing.T) {
	for _, q := range questions() {
		t.Run(q.of+" "+q.verb, func(t *testing.T) {
			o := q.ask(t)
			was := o.of(t)
			if !holds(was.whoIsAsked(q.of), q.from.ID) {
				t.Fatalf("%s is not asked: %+v", q.from.Name, was.asks())
			}
			cards := was.Slots()
			if q.card != "" && !slices.ContainsFunc(cards, func(s Slot) bool { return s.Card == q.card && s.To.Person == q.from.ID }) {
				t.Errorf("%s has no %s card", q.from.Name, q.card)
			}
			for _, it := range was.Open(monday()) { // nothing waits for a person whom nobody looks at
				for _, r := range it.To {
					if r.Person != "" && !slices.ContainsFunc(was.asks(), func(a asks) bool { return holds(a.who, r.Person) }) {
						t.Errorf("%q waits for %s, whom nobody looks at", it.What, r.Person)
					}
				}
			}
			o.block(q.from.ID)
			o.watch(t)
			c := o.of(t)
			if got := strings.TrimSuffix(names(texts.Language{}, c.whoIsAsked(q.of)), "somebody else"); got != q.then {
				t.Fatalf("asked: %q, want %q", got, q.then)
			}
			now := c.Slots()
			for _, s := range cards {
				if !slices.Contains(now, s) {
					t.Errorf("the card %s/%s is forgotten in the chat where it stands", s.Card, s.Step)
				}
			}
			o.watch(t)
			if o.of(t).Version != c.Version {
				t.Error("it moves again")
			}
			if q.then == "" {
				if !slices.Contains(now, Slot{c.ID, q.card, StepKey(q.of), Recipient{Channel: "it"}}) {
					t.Error("IT is not asked")
				}
				return
			}
			to := c.whoIsAsked(q.of)[len(c.whoIsAsked(q.of))-1]
			if !slices.ContainsFunc(now, func(s Slot) bool { return s.Card == q.card && s.To.Person == to.ID }) {
				t.Errorf("%s gets no %s card", to.Name, q.card)
			}
			if !slices.ContainsFunc(c.Open(monday()), func(it OpenItem) bool { return slices.Contains(it.To, Recipient{Person: to.ID}) }) {
				t.Errorf("it is not among the tasks of %s", to.Name)
			}
			turn := func(by Person) Turn { return press(by, q.verb, func(t *Turn) { q.press(c, t) }) }
			if _, err := o.Press(t.Context(), turn(q.from)); CodeOf(err) != Denied {
				t.Errorf("who left presses: %v", err)
			}
			if _, err := o.Press(t.Context(), turn(to)); err != nil {
				t.Errorf("%s presses: %v (%s)", to.Name, err, SayOf(err))
			}
		})
	}
}

// Where nobody is left to ask, nothing is decided and nothing loops: HR or the owners are told once.
func TestEdge12NobodyLeftToAsk(t *testing.T) {
	for _, q := range questions() {
		t.Run(q.of+" "+q.verb, func(t *testing.T) {
			o := q.ask(t)
			decisions := len(o.of(t).Decisions)
			for id := range o.dir.people {
				o.block(id)
			}
			for range 3 {
				o.watch(t)
			}
			c := o.of(t)
			if len(c.Decisions) != decisions {
				t.Errorf("something was decided: %+v", c.Decisions[decisions:])
			}
			version := c.Version
			o.watch(t)
			if again := o.of(t).Version; again != version {
				t.Errorf("it goes round: %d, then %d", version, again)
			}
			if len(o.said()) == 0 {
				t.Error("nobody is told")
			}
		})
	}
}

// A contract outlives its case: what is asked about it moves as well.
func TestEdge12ContractOfAClosedCase(t *testing.T) {
	o := newOffice(t)
	c := foldOn(t, settled(t), Closed{})
	c.Contract = &Contract{End: "2027-06-30", Days: 90, Round: 1, Stage: 1, Manager: tom, Cards: []ContractCard{{1, tom.ID}}}
	o.store.cases[priyasCase] = c
	o.block(tom.ID)
	o.watch(t)
	if c = o.of(t); c.Contract.Manager.ID != olivia.ID || c.State != Done {
		t.Errorf("asked: %s, and the case is %s", c.Contract.Manager.Name, c.State)
	}
}

// Somebody of HR who loses that role, and not only who leaves, hands what they look after to a colleague; never to whom it is about.
func TestEdge12HRWithoutRole(t *testing.T) {
	o := newOffice(t)
	o.raise(t)
	p := *o.Policy
	p.Roles.HR = Holders{People: []string{helen.UPN}}
	o.Policy = &p
	o.watch(t)
	if got := o.of(t).HR(); got.ID != helen.ID {
		t.Errorf("with %s", got.Name)
	}
	o = newOffice(t)
	o.put(t, raised(t, func(b *Raised) { b.Event.Kind, b.Event.Subject, b.Facts.Seconds = LeaverEvent, helen, []Person{olivia} }))
	o.block(hannah.ID)
	o.watch(t)
	if got := o.of(t).HR(); got.ID == helen.ID {
		t.Error("an exit is put to the leaver")
	}
	if said := strings.Join(o.said(), " "); strings.Contains(said, string(helen.ID)) {
		t.Errorf("the leaver is told: %s", said)
	}
}

// Who stands in for the releasing manager decides in their place, and signs nothing of it off afterwards; nor does the releasing manager.
func TestReleaseInSomebodysPlace(t *testing.T) {
	c := fold(t)
	c.Kind, c.Release = MoverEvent, Release{Holders: []Person{maria}, Asking: Asking{Escalate: monday().AddDate(0, 0, 9)}}
	c = foldOn(t, c, DelegatedTo{From: maria, To: olivia, Until: monday().AddDate(0, 0, 5)})
	turn := func(by Person, from ...Person) Turn {
		t := press(by, VerbRelease, func(t *Turn) { t.Plan = c.Shown })
		for _, p := range from {
			t.behalf = append(t.behalf, behalf{Person: p})
		}
		return t
	}
	for name, tt := range map[string]struct {
		t    Turn
		want Code
	}{
		"the manager":                           {turn(maria), ""},
		"who stands in":                         {turn(olivia, maria), ""},
		"who stands in for somebody who left":   {turn(olivia), Denied},
		"who was never delegated to":            {turn(ivan, maria), Denied},
		"who raised it, for the manager":        {turn(hannah, maria), Denied},
		"the delegate of somebody not in this":  {turn(olivia, tom), Denied},
		"the receiving manager in their place?": {turn(tom, maria), Denied},
	} {
		if _, err := decideRelease(c, tt.t, nil, monday()); CodeOf(err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	ch, err := decideRelease(c, turn(olivia, maria), nil, monday().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	after := foldOn(t, c, ch.Entries[0].Body)
	if after.Release.By.ID != olivia.ID || after.Release.For.ID != maria.ID {
		t.Errorf("decided by %s for %s", after.Release.By.Name, after.Release.For.Name)
	}
	s, _ := after.Plan.Step(elevatedKey)
	for _, p := range []Person{olivia, maria} {
		if CodeOf(signsTwice(after, s, p)) != Denied || !after.decidedOn(elevatedKey, p.ID) {
			t.Errorf("%s may sign off as well", p.Name)
		}
	}
}
