package flows

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The groups that give the roles in this test.
var roleGroups = map[Role]string{HR: "g-hr", IT: "g-it", Approver: "g-approver", Owner: "g-owner"}

// small is a small organisation in which anything may happen to anybody, with what must hold told a second time, in the plainest words:
// who was asked, who decided, who is who. The engine's answers are held against it.
type small struct {
	*office
	r      *rapid.T
	people []Person
	n      int

	raiser    AccountID
	asked     map[AccountID]bool      // who holds the manager's decision
	byRole    map[AccountID]Role      // of them, the role by which they were asked in somebody's place
	decided   string                  // "", "approved", "rejected"
	manager   AccountID               // who decided it
	elevated  string                  // the approver's decision
	late      map[AccountID]bool      // owners asked for it after silence
	account   AccountID               // of the subject, once it is there
	failed    bool                    // a step waits for IT
	waiving   AccountID               // who asked to leave it out
	inPlaceOf AccountID               // whose decision the manager's was, when it was delegated
	rounds    []Stage                 // of signatures; none: one of the approvers or of who is named
	round     int                     // the one that is open
	votes     [][]int                 // the seats that each who signed in it could take
	spent     map[AccountID]bool      // whoever signed in any round, or lent their place to who did
	lends     map[AccountID]AccountID // delegator -> delegate
	delegated int                     // presses that were allowed in somebody's place
	named     bool                    // the policy names who signs off
	taken     int                     // presses that were allowed
	forbidden int                     // presses that were not
}

func newSmall(t *testing.T, r *rapid.T) *small {
	w := &small{office: newOffice(t), r: r, late: map[AccountID]bool{}, byRole: map[AccountID]Role{}, spent: map[AccountID]bool{}, lends: map[AccountID]AccountID{}}
	w.people = rapid.Permutation([]Person{hannah, tom, aisha, olivia, ivan}).Draw(r, "people")[:rapid.IntRange(2, 5).Draw(r, "size")]
	p := *w.Policy
	named := RoleHolders{
		HR: Holders{Groups: []string{roleGroups[HR]}}, IT: Holders{Groups: []string{roleGroups[IT]}}, Approver: Holders{Groups: []string{roleGroups[Approver]}},
		Owner: Holders{Groups: []string{roleGroups[Owner]}, People: []string{w.anybody("owner").UPN}},
	}
	p.Roles = named
	p.Fallback.Deputies = []string{w.anybody("deputy").UPN}
	p.Birthright = append(slices.Clone(p.Birthright), Item{Manual: "signed", Approval: []Round{{Any: []string{groupPrefix + leadGroup}}}})
	w.Policy = &p
	for _, who := range append(slices.Clone(w.people), newcomer) { // cycles, people who are their own manager, and the subject above others
		manager := rapid.SampledFrom(append(slices.Clone(w.people), newcomer, Person{})).Draw(r, "above")
		w.dir.change(who.ID, func(a *Account) { a.Manager = manager.ID })
	}
	w.dir.in = map[AccountID][]string{}
	for _, who := range append(w.people, newcomer) {
		for _, role := range []Role{HR, IT, Approver, Owner} {
			if rapid.Bool().Draw(r, "role") {
				w.dir.in[who.ID] = append(w.dir.in[who.ID], roleGroups[role])
			}
		}
		if rapid.Bool().Draw(r, "lead") {
			w.dir.in[who.ID] = append(w.dir.in[who.ID], leadGroup)
		}
	}
	w.rounds = w.someRounds()
	raiser, manager := w.anybody("raiser"), w.anybody("manager")
	fallback := w.anybody("fallback")
	route := manager
	if manager.ID == raiser.ID {
		route = fallback
	}
	w.raiser, w.asked = raiser.ID, map[AccountID]bool{route.ID: true}
	early := rapid.Bool().Draw(r, "early")
	lending := rapid.IntRange(0, 3).Draw(r, "lending")
	for n := 0; early && n < lending; n++ {
		w.lend(t, w.anybody("from"), w.anybody("to"))
	}
	signer := w.anybody("signer")
	w.named = rapid.Bool().Draw(r, "named")
	entry := raised(t, func(b *Raised) {
		b.By, b.Event.Manager, b.Facts.Route, b.Facts.Fallback = raiser, manager, route, fallback
		b.Plan.Steps = slices.Clone(b.Plan.Steps)
		for i := range b.Plan.Steps {
			if s := &b.Plan.Steps[i]; s.Key == elevatedKey {
				s.Named, s.Approvers, s.Stages = w.named, []Person{signer}, w.rounds
			}
		}
	})
	ch, _, err := w.followed(t.Context(), Case{}, Change{Case: entry.Case, Entries: []Entry{entry}}, w.now)
	if err == nil {
		err = w.Commit(t.Context(), ch)
	}
	if err != nil {
		r.Fatal(err)
	}
	for n := 0; !early && n < lending; n++ {
		w.lend(t, w.anybody("from"), w.anybody("to"))
	}
	return w
}

// leadGroup is a group that the policy asks for signatures.
const leadGroup = "g-lead"

// someRounds are up to two rounds of up to three seats each; mostly none.
func (w *small) someRounds() []Stage {
	var out []Stage
	for range rapid.SampledFrom([]int{0, 1, 2}).Draw(w.r, "rounds") {
		r := Stage{All: rapid.Bool().Draw(w.r, "all")}
		for range rapid.IntRange(1, 3).Draw(w.r, "seats") {
			switch rapid.IntRange(0, 2).Draw(w.r, "kind") {
			case 0:
				r.Seats = append(r.Seats, Seat{For: "role:owner", People: []Person{w.anybody("seat")}})
			case 1:
				r.Seats = append(r.Seats, Seat{For: groupPrefix + leadGroup, People: []Person{w.anybody("seat")}})
			default:
				p := w.anybody("seat")
				r.Seats = append(r.Seats, Seat{For: p.UPN, People: []Person{p}})
			}
		}
		out = append(out, r)
	}
	return out
}

// could are the seats of the open round that somebody could take as they are now, told in the plainest words; -1 is the one seat of an
// item without rounds.
func (w *small) could(id AccountID) []int {
	standsIn := w.late[id] && (w.holdsRole(id, Owner) || w.holdsRole(id, Approver) || w.holdsRole(id, Deputy))
	if len(w.rounds) == 0 {
		c := w.store.cases[priyasCase]
		step, _ := c.Plan.Step(elevatedKey)
		called := w.holdsRole(id, Approver)
		if w.named {
			called = id == step.Approvers[0].ID
		}
		if called || standsIn {
			return []int{-1}
		}
		return nil
	}
	if w.round == len(w.rounds) {
		return nil
	}
	var out []int
	for i, seat := range w.rounds[w.round].Seats {
		in := false
		switch seat.For {
		case "role:owner":
			in = w.holdsRole(id, Owner)
		case groupPrefix + leadGroup:
			in = slices.Contains(w.dir.in[id], leadGroup)
		default:
			in = seat.People[0].ID == id
		}
		if in || standsIn {
			out = append(out, i)
		}
	}
	return out
}

// seated is how many seats the votes fill at most: every way to place them is tried.
func seated(votes [][]int, taken []int) int {
	if len(votes) == 0 {
		return len(taken)
	}
	most := seated(votes[1:], taken)
	for _, s := range votes[0] {
		if !slices.Contains(taken, s) {
			most = max(most, seated(votes[1:], append(slices.Clone(taken), s)))
		}
	}
	return most
}

// helps reports whether a signature for these seats would bring the open round on.
func (w *small) helps(seats []int) bool {
	return len(seats) > 0 && seated(append(slices.Clone(w.votes), seats), nil) > seated(w.votes, nil)
}

// used reports whether somebody has had their say in another part.
func (w *small) used(id AccountID) bool {
	return id == w.raiser || id == w.manager && id != "" || id == w.inPlaceOf && id != "" || id == w.account && id != "" || w.spent[id]
}

// below reports whether somebody reports to the subject, at whatever distance.
func (w *small) below(id AccountID) bool {
	seen := map[AccountID]bool{}
	for at := id; w.account != "" && at != "" && !seen[at]; at = w.dir.people[at].Manager {
		seen[at] = true
		if w.dir.people[at].Manager == w.account {
			return true
		}
	}
	return false
}

// lender is in whose place somebody may act: one who delegated to them, still stands, and may act.
func (w *small) lender(c Case, by AccountID, may func(AccountID) bool) (AccountID, bool) {
	for from, to := range w.lends {
		if to == by && w.works(from) && c.standsIn(by, from) && may(from) {
			return from, true
		}
	}
	return "", false
}

func (w *small) anybody(what string) Person { return rapid.SampledFrom(w.people).Draw(w.r, what) }

// presser is anybody, the subject included; mostly somebody who was asked, or the things that matter would hardly happen.
func (w *small) presser() Person {
	from := append(slices.Clone(w.people), newcomer)
	if rapid.IntRange(0, 2).Draw(w.r, "asked") > 0 {
		c := w.store.cases[priyasCase]
		from = append(slices.Clone(c.Deciders()), c.signersOpen()...)
		from = append(from, w.people[0])
	}
	return rapid.SampledFrom(from).Draw(w.r, "who")
}

func (w *small) holdsRole(id AccountID, role Role) bool {
	byName := map[Role]string{Owner: w.Policy.Roles.Owner.People[0], Deputy: w.Policy.Fallback.Deputies[0]}[role]
	return slices.ContainsFunc(w.people, func(p Person) bool { return p.ID == id && p.UPN == byName }) || roleGroups[role] != "" && slices.Contains(w.dir.in[id], roleGroups[role])
}

// mayDecide reports whether the manager's decision is with somebody: they were asked, and still hold the role by which they were.
func (w *small) mayDecide(id AccountID) bool {
	return w.asked[id] && (w.byRole[id] == "" || w.holdsRole(id, w.byRole[id]))
}

// works reports whether the account is enabled; the subject's is there from the moment it was made.
func (w *small) works(id AccountID) bool { return w.dir.people[id].Enabled }

// turn is a press of its own.
func (w *small) turn(by Person, verb string, change func(*Turn)) Turn {
	w.n++
	turn := press(by, verb, change)
	turn.Key = fmt.Sprint("turn ", w.n)
	turn.Activity = turn.Key
	return turn
}

// push presses, and holds the answer against what must be.
func (w *small) push(t *testing.T, by Person, verb string, may bool, change func(*Turn)) bool {
	_, err := w.Press(t.Context(), w.turn(by, verb, change))
	if (err == nil) != may {
		w.r.Fatalf("%s by %s, asked by %q: allowed %t, and must be %t (%v: %s)", verb, by.Name, w.byRole[by.ID], err == nil, may, err, SayOf(err))
	}
	if err != nil && CodeOf(err) == Internal {
		w.r.Fatalf("%s by %s: %v", verb, by.Name, err)
	}
	if may {
		w.taken++
	} else {
		w.forbidden++
	}
	return may
}

// Nobody decides on what they asked for, on themselves, or twice in two roles, whatever happens in whatever order.
func TestDutySeparation(t *testing.T) {
	var cases, events, taken, forbidden, delegated int
	rapid.Check(t, func(r *rapid.T) {
		w := newSmall(t, r)
		cases++
		for range rapid.IntRange(20, 60).Draw(r, "events") {
			events++
			w.now = w.now.Add(rolesKept + time.Duration(rapid.IntRange(0, 600).Draw(r, "minutes"))*time.Minute)
			w.happen(t)
		}
		taken, forbidden, delegated = taken+w.taken, forbidden+w.forbidden, delegated+w.delegated
	})
	t.Logf("%d organisations, %d events; %d presses were taken, %d of them in somebody's place, %d refused", cases, events, taken, delegated, forbidden)
	if taken < 30 || forbidden < 30 || delegated == 0 {
		t.Error("the organisations do nothing, or may do everything")
	}
}

func (w *small) happen(t *testing.T) {
	c := w.of(t)
	live := w.decided != "rejected"
	switch rapid.SampledFrom([]string{
		"approve", "approve", "reject", "hand over", "sign off", "sign off", "sign off", "escalate", "escalate sign-off", "fail", "waive", "agree", "agree", "account", "account", "block", "unblock", "unblock", "role", "delegate", "delegate", "delegate", "end delegation", "watch",
	}).Draw(w.r, "event") {
	case "approve":
		by, plan := w.presser(), w.plan(c.Shown, "an old one")
		theirs := func(id AccountID) bool { return w.mayDecide(id) && id != w.raiser }
		from, lent := w.lender(c, by.ID, theirs)
		may := w.decided == "" && w.works(by.ID) && by.ID != w.raiser && plan == c.Shown && (w.mayDecide(by.ID) || lent)
		if w.push(t, by, VerbApprove, may, func(t *Turn) { t.Plan, t.Ticked = plan, []StepKey{elevatedKey} }) {
			w.decided, w.manager = "approved", by.ID
			if !w.mayDecide(by.ID) {
				w.inPlaceOf = w.of(t).Approval.For.ID
				w.delegated++
				if from == "" || !theirs(w.inPlaceOf) || w.lends[w.inPlaceOf] != by.ID {
					w.r.Fatalf("%s decided in the place of %s, who could not lend it", by.Name, w.inPlaceOf)
				}
			}
		}
	case "reject":
		if rapid.IntRange(0, 3).Draw(w.r, "seldom") > 0 {
			return
		}
		by := w.presser()
		_, lent := w.lender(c, by.ID, func(id AccountID) bool { return w.mayDecide(id) && id != w.raiser })
		may := w.decided == "" && w.works(by.ID) && (w.mayDecide(by.ID) || lent) && by.ID != w.raiser
		if w.push(t, by, VerbReject, may, func(t *Turn) { t.Plan, t.Inputs["reason"] = c.Shown, "no" }) {
			w.decided = "rejected"
		}
	case "hand over":
		by, to := w.presser(), w.anybody("to")
		may := w.decided == "" && w.works(by.ID) && w.mayDecide(by.ID) && by.ID != w.raiser && w.works(to.ID) && to.ID != w.raiser && !w.asked[to.ID]
		if w.push(t, by, VerbHandOver, may, func(t *Turn) { t.Plan, t.Delegate = c.Shown, to.ID }) {
			delete(w.asked, by.ID)
			w.asked[to.ID], w.byRole[to.ID] = true, ""
		}
	case "sign off":
		by, plan := w.presser(), w.plan(c.May, c.Shown)
		theirs := func(id AccountID) bool { return !w.used(id) && w.helps(w.could(id)) }
		own := theirs(by.ID)
		_, lent := w.lender(c, by.ID, theirs)
		may := w.decided == "approved" && w.elevated == "" && w.works(by.ID) && !w.used(by.ID) && (own || lent) && plan == c.May
		if w.push(t, by, VerbSignOff, may, func(t *Turn) { t.Plan, t.Step = plan, elevatedKey }) {
			w.sign(t, by.ID, own, theirs)
		}
	case "escalate":
		w.escalateTo(t, c, ofApproval, w.decided == "", c.Approval.Asking.Escalated, w.asked)
	case "escalate sign-off":
		w.escalateTo(t, c, ofSignOff, w.decided == "approved" && w.elevated == "", c.SignOff.Escalated, w.late)
	case "fail":
		if w.decided == "approved" && !w.failed {
			w.put(t, Entry{Case: c.ID, At: w.now, Body: StepFailed{Step: welcomeStep, Cause: "refused"}})
			w.failed = true
		}
	case "waive":
		by := w.presser()
		may := w.failed && w.waiving == "" && live && w.works(by.ID) && (w.holdsRole(by.ID, IT) || w.holdsRole(by.ID, Owner)) && by.ID != w.account
		if w.push(t, by, VerbWaive, may, func(t *Turn) { t.Step, t.Inputs["reason"] = welcomeStep, "not needed" }) {
			w.waiving = by.ID
		}
	case "agree":
		by := w.presser()
		may := w.failed && w.waiving != "" && w.waiving != "done" && by.ID != w.waiving && w.works(by.ID) && (w.holdsRole(by.ID, IT) || w.holdsRole(by.ID, Owner)) && by.ID != w.account
		if w.push(t, by, VerbWaiveAgree, may, func(t *Turn) { t.Step = welcomeStep }) {
			w.waiving = "done"
		}
	case "account":
		if w.decided == "approved" && w.account == "" {
			w.put(t, Entry{Case: c.ID, At: w.now, Body: StepVerified{Step: accountKey, Account: newcomer.ID}})
			w.account = newcomer.ID
		}
	case "delegate":
		from, to := w.presser(), w.anybody("delegate")
		w.lend(t, from, to)
	case "end delegation":
		from := w.presser()
		if _, err := w.Press(t.Context(), w.turn(from, VerbEndDelegation, func(t *Turn) { t.Case = "" })); err == nil {
			delete(w.lends, from.ID)
		}
	case "watch":
		w.look(t, c)
	case "block":
		w.dir.change(w.presser().ID, func(a *Account) { a.Enabled = false })
	case "unblock":
		w.dir.change(w.presser().ID, func(a *Account) { a.Enabled = true })
	case "role":
		id, g := w.presser().ID, roleGroups[rapid.SampledFrom([]Role{HR, IT, Approver, Owner}).Draw(w.r, "which")]
		if i := slices.Index(w.dir.in[id], g); i >= 0 {
			w.dir.in[id] = slices.Delete(slices.Clone(w.dir.in[id]), i, i+1)
		} else {
			w.dir.in[id] = append(slices.Clone(w.dir.in[id]), g)
		}
	}
}

func (w *small) plan(right, wrong PlanHash) PlanHash {
	if rapid.IntRange(0, 4).Draw(w.r, "plan") == 0 {
		return wrong
	}
	return right
}

// escalateTo lets the time for a decision run out.
func (w *small) escalateTo(t *testing.T, c Case, of string, open, before bool, into map[AccountID]bool) {
	was := len(c.Approval.Holders) + len(c.Signers)
	if at := c.asking(of).Escalate; w.now.Before(at) {
		w.now = at
	}
	if err := w.escalate(t.Context(), Errand{Kind: EscalateErrand, Case: c.ID, Body: errandBody(AskWork{of})}); err != nil {
		w.r.Fatal(err)
	}
	now := w.of(t)
	more := now.Approval.Holders
	if of == ofSignOff {
		more = now.Signers
	}
	if len(now.Approval.Holders)+len(now.Signers) == was {
		return // nobody is left who may
	}
	to := more[len(more)-1]
	switch {
	case !open || before:
		w.r.Fatalf("%s was escalated to %s, and must not be", of, to.Name)
	case to.ID == w.raiser, to.ID == w.account, !w.works(to.ID), into[to.ID], of == ofSignOff && w.used(to.ID), w.below(to.ID):
		w.r.Fatalf("%s was escalated to %s, who may not decide or was asked", of, to.Name)
	}
	into[to.ID] = true
	if of == ofApproval {
		w.byRole[to.ID] = to.As
	}
}

// look lets a minute pass: whoever cannot decide any more is replaced by somebody who may, and nobody else loses anything.
func (w *small) look(t *testing.T, c Case) {
	if err := w.Watch(t.Context()); err != nil {
		w.r.Fatal(err)
	}
	now := w.of(t)
	if so := now.SignOffs[elevatedKey]; so.State != w.elevated || now.Approval.State != c.Approval.State {
		w.r.Fatal("a look decided something")
	}
	fresh := func(p Person, manager bool) {
		switch {
		case p.ID == w.raiser, p.ID == w.account, !w.works(p.ID), !manager && w.used(p.ID), w.below(p.ID):
			w.r.Fatalf("%s was asked instead, who may not decide", p.Name)
		}
	}
	for _, p := range c.Approval.Holders {
		if !holds(now.Approval.Holders, p.ID) {
			if w.works(p.ID) && w.mayDecide(p.ID) {
				w.r.Fatalf("%s lost a decision and is there", p.Name)
			}
			delete(w.asked, p.ID)
		}
	}
	for _, p := range now.Approval.Holders {
		if !holds(c.Approval.Holders, p.ID) {
			fresh(p, true)
			w.asked[p.ID], w.byRole[p.ID] = true, p.As
		}
	}
	for _, p := range now.Signers {
		if !holds(c.Signers, p.ID) {
			fresh(p, false)
			w.late[p.ID] = true
		}
	}
	for _, p := range c.Signers {
		if !holds(now.Signers, p.ID) {
			delete(w.late, p.ID)
		}
	}
	for from, to := range w.lends {
		d, err := w.delegation(t.Context(), from)
		if err != nil {
			w.r.Fatal(err)
		}
		if d == nil {
			if w.works(to) {
				w.r.Fatal("a delegation ended, and the delegate is there")
			}
			delete(w.lends, from)
		}
	}
}

// lend lets somebody delegate to another.
func (w *small) lend(t *testing.T, from, to Person) {
	may := w.works(from.ID) && w.lends[from.ID] == "" && from.ID != to.ID && w.works(to.ID)
	_, err := w.Press(t.Context(), w.turn(from, VerbDelegate, func(t *Turn) { t.Case, t.Delegate, t.Inputs["until"] = "", to.ID, "2027-10-01" }))
	if d, ferr := w.delegation(t.Context(), from.ID); ferr != nil || (d != nil && w.lends[from.ID] == "") != may {
		w.r.Fatalf("%s delegates to %s: %v, want %t (%v)", from.Name, to.Name, d, may, err)
	}
	if may {
		w.lends[from.ID] = to.ID
		if err := w.runDelegation(t.Context(), Errand{Kind: DelegationErrand, Body: errandBody(DelegationWork{from.ID})}); err != nil {
			w.r.Fatal(err)
		}
	}
}
