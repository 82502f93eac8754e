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
	asked     map[AccountID]bool // who holds the manager's decision
	decided   string             // "", "approved", "rejected"
	manager   AccountID          // who decided it
	elevated  string             // the approver's decision
	late      map[AccountID]bool // owners asked for it after silence
	account   AccountID          // of the subject, once it is there
	failed    bool               // a step waits for IT
	waiving   AccountID          // who asked to leave it out
	named     bool               // the policy names who signs off
	taken     int                // presses that were allowed
	forbidden int                // presses that were not
}

func newSmall(t *testing.T, r *rapid.T) *small {
	w := &small{office: newOffice(t), r: r, late: map[AccountID]bool{}}
	w.people = rapid.Permutation([]Person{hannah, tom, aisha, olivia, ivan}).Draw(r, "people")[:rapid.IntRange(2, 5).Draw(r, "size")]
	p := *w.Policy
	named := RoleHolders{
		HR: Holders{Groups: []string{roleGroups[HR]}}, IT: Holders{Groups: []string{roleGroups[IT]}}, Approver: Holders{Groups: []string{roleGroups[Approver]}},
		Owner: Holders{Groups: []string{roleGroups[Owner]}, People: []string{w.anybody("owner").UPN}},
	}
	p.Roles = named
	w.Policy = &p
	w.dir.in = map[AccountID][]string{}
	for _, who := range append(w.people, newcomer) {
		for _, role := range []Role{HR, IT, Approver, Owner} {
			if rapid.Bool().Draw(r, "role") {
				w.dir.in[who.ID] = append(w.dir.in[who.ID], roleGroups[role])
			}
		}
	}
	raiser, manager := w.anybody("raiser"), w.anybody("manager")
	fallback := w.anybody("fallback")
	route := manager
	if manager.ID == raiser.ID {
		route = fallback
	}
	w.raiser, w.asked = raiser.ID, map[AccountID]bool{route.ID: true}
	signer := w.anybody("signer")
	w.named = rapid.Bool().Draw(r, "named")
	w.put(t, raised(t, func(b *Raised) {
		b.By, b.Event.Manager, b.Facts.Route, b.Facts.Fallback = raiser, manager, route, fallback
		b.Plan.Steps = slices.Clone(b.Plan.Steps)
		for i := range b.Plan.Steps {
			if s := &b.Plan.Steps[i]; s.Key == elevatedKey {
				s.Named, s.Approvers = w.named, []Person{signer}
			}
		}
	}))
	return w
}

func (w *small) anybody(what string) Person { return rapid.SampledFrom(w.people).Draw(w.r, what) }

// presser is anybody, the subject included; mostly somebody who was asked, or the things that matter would hardly happen.
func (w *small) presser() Person {
	from := append(slices.Clone(w.people), newcomer)
	if rapid.IntRange(0, 2).Draw(w.r, "asked") > 0 {
		c := w.store.cases[priyasCase]
		from = append(slices.Clone(c.Approval.Holders), c.signersOpen()...)
		from = append(from, w.people[0])
	}
	return rapid.SampledFrom(from).Draw(w.r, "who")
}

func (w *small) holdsRole(id AccountID, role Role) bool {
	byName := role == Owner && slices.ContainsFunc(w.people, func(p Person) bool { return p.ID == id && p.UPN == w.Policy.Roles.Owner.People[0] })
	return byName || slices.Contains(w.dir.in[id], roleGroups[role])
}

// works reports whether the account is enabled; the subject's is there from the moment it was made.
func (w *small) works(id AccountID) bool { return w.dir.people[id].Enabled }

// push presses, and holds the answer against what must be.
func (w *small) push(t *testing.T, by Person, verb string, may bool, change func(*Turn)) bool {
	w.n++
	turn := press(by, verb, change)
	turn.Key = fmt.Sprint("turn ", w.n)
	turn.Activity = turn.Key
	_, err := w.Press(t.Context(), turn)
	if (err == nil) != may {
		w.r.Fatalf("%s by %s: allowed %t, and must be %t (%v: %s)", verb, by.Name, err == nil, may, err, SayOf(err))
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
func TestDutiesStayApart(t *testing.T) {
	var taken, forbidden int
	rapid.Check(t, func(r *rapid.T) {
		w := newSmall(t, r)
		for range rapid.IntRange(20, 60).Draw(r, "events") {
			w.now = w.now.Add(rolesKept + time.Duration(rapid.IntRange(0, 600).Draw(r, "minutes"))*time.Minute)
			w.happen(t)
		}
		taken, forbidden = taken+w.taken, forbidden+w.forbidden
	})
	t.Logf("%d presses were taken, %d refused", taken, forbidden)
	if taken < 30 || forbidden < 30 {
		t.Error("the organisations do nothing, or may do everything")
	}
}

func (w *small) happen(t *testing.T) {
	c := w.of(t)
	live := w.decided != "rejected"
	switch rapid.SampledFrom([]string{
		"approve", "approve", "reject", "hand over", "sign off", "sign off", "escalate", "escalate sign-off", "fail", "waive", "agree", "agree", "account", "account", "block", "unblock", "unblock", "role",
	}).Draw(w.r, "event") {
	case "approve":
		by, plan := w.presser(), w.plan(c.Shown, "an old one")
		may := w.decided == "" && w.works(by.ID) && w.asked[by.ID] && by.ID != w.raiser && plan == c.Shown
		if w.push(t, by, VerbApprove, may, func(t *Turn) { t.Plan, t.Ticked = plan, []StepKey{elevatedKey} }) {
			w.decided, w.manager = "approved", by.ID
		}
	case "reject":
		if rapid.IntRange(0, 3).Draw(w.r, "seldom") > 0 {
			return
		}
		by := w.presser()
		may := w.decided == "" && w.works(by.ID) && w.asked[by.ID] && by.ID != w.raiser
		if w.push(t, by, VerbReject, may, func(t *Turn) { t.Plan, t.Inputs["reason"] = c.Shown, "no" }) {
			w.decided = "rejected"
		}
	case "hand over":
		by, to := w.presser(), w.anybody("to")
		may := w.decided == "" && w.works(by.ID) && w.asked[by.ID] && by.ID != w.raiser && w.works(to.ID) && to.ID != w.raiser && !w.asked[to.ID]
		if w.push(t, by, VerbHandOver, may, func(t *Turn) { t.Plan, t.Delegate = c.Shown, to.ID }) {
			delete(w.asked, by.ID)
			w.asked[to.ID] = true
		}
	case "sign off":
		by, plan := w.presser(), w.plan(c.May, c.Shown)
		step, _ := c.Plan.Step(elevatedKey)
		called := w.holdsRole(by.ID, Approver)
		if w.named {
			called = by.ID == step.Approvers[0].ID
		}
		called = called || w.late[by.ID] && (w.holdsRole(by.ID, Owner) || w.holdsRole(by.ID, Approver))
		may := w.decided == "approved" && w.elevated == "" && w.works(by.ID) && called && by.ID != w.raiser && by.ID != w.manager && by.ID != w.account && plan == c.May
		if w.push(t, by, VerbSignOff, may, func(t *Turn) { t.Plan, t.Step = plan, elevatedKey }) {
			w.elevated = "approved"
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
	case to.ID == w.raiser, to.ID == w.account, !w.works(to.ID), into[to.ID], of == ofSignOff && to.ID == w.manager:
		w.r.Fatalf("%s was escalated to %s, who may not decide or was asked", of, to.Name)
	}
	into[to.ID] = true
}
