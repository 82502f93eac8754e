package flows

import (
	"strings"
	"testing"
	"time"

	"muster/flows/texts"
)

// noOwner takes an owner out of the policy.
func (o *office) noOwner(p Person) {
	policy := *o.Policy
	policy.Roles.Owner = Holders{People: []string{oscar.UPN}}
	if p.ID == oscar.ID {
		policy.Roles.Owner = Holders{People: []string{olivia.UPN}}
	}
	o.Policy = &policy
}

// Whoever is asked by a role when silence goes on loses the decision with it: at once at the press, within a minute as somebody who is asked.
// Whoever is asked in person, as the manager or as a manager above, needs none.
func TestAskedByARole(t *testing.T) {
	escalated := func(t *testing.T, times int) *office {
		o := newOffice(t)
		o.dir.change(tom.ID, func(a *Account) { a.Manager = maria.ID })
		o.put(t, raised(t, func(b *Raised) { b.Facts.Fallback = maria }))
		for range times {
			er, ok := o.store.errand(EscalateErrand + "/" + string(priyasCase) + "/" + ofApproval)
			if !ok {
				t.Fatal("nobody else is asked")
			}
			o.now = er.Due
			if err := o.escalate(t.Context(), er); err != nil {
				t.Fatal(err)
			}
		}
		return o
	}
	approve := func(o *office, t *testing.T, by Person) error {
		_, err := o.Press(t.Context(), press(by, VerbApprove, func(turn *Turn) { turn.Plan = o.of(t).Shown }))
		return err
	}
	o := escalated(t, 2)
	if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes or Maria Lopez or Olivia Grant" {
		t.Fatalf("asked: %s", got)
	}
	o.noOwner(olivia)
	if err := approve(o, t, olivia); CodeOf(err) != Denied {
		t.Errorf("an owner no more approves: %v", err)
	}
	o.watch(t)
	c := o.of(t)
	if got := names(texts.Language{}, c.Deciders()); got != "Tom Hughes or Maria Lopez" || !holds(c.Approval.Former, olivia.ID) {
		t.Errorf("asked a minute later: %s", got)
	}
	for _, s := range c.Slots() {
		if s.To.Person == olivia.ID && s.Card == CardApproval {
			return
		}
	}
	t.Error("the card of who was asked is forgotten")
}

// An owner who is still one may decide, and so may who was asked in person and holds no role.
func TestAskedByARoleStillHeld(t *testing.T) {
	for _, by := range []Person{olivia, maria} {
		o := newOffice(t)
		o.dir.change(tom.ID, func(a *Account) { a.Manager = maria.ID })
		o.put(t, raised(t, func(b *Raised) { b.Facts.Fallback = maria }))
		for range 2 {
			er, _ := o.store.errand(EscalateErrand + "/" + string(priyasCase) + "/" + ofApproval)
			o.now = er.Due
			if err := o.escalate(t.Context(), er); err != nil {
				t.Fatal(err)
			}
		}
		o.watch(t)
		if _, err := o.Press(t.Context(), press(by, VerbApprove, func(turn *Turn) { turn.Plan = o.of(t).Shown })); err != nil {
			t.Errorf("%s: %v (%s)", by.Name, err, SayOf(err))
		}
	}
}

// When the last one who holds a decision loses the role, the next is asked; a delegate has no more than who asked them to stand in.
func TestLastHolderLosesTheRole(t *testing.T) {
	byOwner := olivia
	byOwner.As = Owner
	o := newOffice(t)
	o.put(t, raised(t, func(b *Raised) { b.Facts.Route, b.Facts.Fallback = byOwner, byOwner }))
	o.put(t, Entry{Case: priyasCase, At: o.now, Body: DelegatedTo{From: olivia, To: maria, Until: o.now.AddDate(0, 0, 5)}})
	turn := func(roles Roles) Turn {
		t := press(maria, VerbApprove, func(t *Turn) { t.Plan = o.store.cases[priyasCase].Shown })
		t.behalf = []behalf{{olivia, roles}}
		return t
	}
	if err := turn(Roles{Owner: true}).may(o.of(t), nil); err != nil {
		t.Errorf("in the place of an owner: %v", err)
	}
	if err := turn(nil).may(o.of(t), Roles{Owner: true}); CodeOf(err) != Denied {
		t.Errorf("in the place of somebody who is no owner any more: %v", err)
	}
	o.noOwner(olivia)
	o.watch(t)
	c := o.of(t)
	if got := names(texts.Language{}, c.Approval.Holders); got == "" || strings.Contains(got, "Olivia") {
		t.Errorf("asked: %q", got)
	}
}

// The second person of an urgent exit must hold one of the roles of that.
func TestUrgentSecondWithoutRole(t *testing.T) {
	o := newOffice(t)
	o.put(t, urgentTom(t, stan, olivia))
	o.watch(t)
	if got := names(texts.Language{}, o.of(t).Approval.Holders); got != "Olivia Grant" {
		t.Errorf("asked: %s", got)
	}
}

// urgentTom is an urgent exit with those who may confirm it.
func urgentTom(t *testing.T, seconds ...Person) Entry {
	t.Helper()
	p, _ := sandboxPolicy(t)
	f := tomsFacts(func(f *Facts) { f.Seconds = seconds })
	e := tomLeaves(func(e *PeopleEvent) { e.Urgent, e.LastDay = true, "2026-11-23" })
	plan, _, err := PlanLeaver(e, p, f, monday())
	if err != nil {
		t.Fatal(err)
	}
	site := p.Sites["London"]
	return Entry{Case: priyasCase, At: monday(), By: hannah.ID, Body: Raised{
		Draft: "D-1", Event: e, By: hannah, Zone: site.TimeZone, Site: site, Facts: f, Plan: plan,
		RemindAt: monday().Add(urgentRemind), Escalate: monday().Add(urgentEscalate),
	}}
}

// What happens to a decision when Teams does not let Muster write to who holds it: who is asked after a look, which comes a minute later.
func TestWatchUnreached(t *testing.T) {
	site := func(o *office, hours int) time.Time { return o.Policy.Sites["London"].AddWorkingHours(monday(), hours) }
	for name, tt := range map[string]struct {
		urgent bool
		lost   map[AccountID]time.Duration // since when, from when it was asked
		more   []Body
		hours  int // working hours since it was asked
		want   string
	}{
		"everybody is reached": {hours: 9, want: "Tom Hughes"},
		"somebody else is not": {lost: map[AccountID]time.Duration{stan.ID: 0}, hours: 9, want: "Tom Hughes"},
		"not for long":         {lost: map[AccountID]time.Duration{tom.ID: 0}, hours: 3, want: "Tom Hughes"},
		"for the hours":        {lost: map[AccountID]time.Duration{tom.ID: 0}, hours: 4, want: "Tom Hughes or Olivia Grant"},
		"for a month before it was asked, and asked now": {lost: map[AccountID]time.Duration{tom.ID: -30 * 24 * time.Hour}, hours: 3, want: "Tom Hughes"},
		"lost later, and not for the hours since":        {lost: map[AccountID]time.Duration{tom.ID: 2 * time.Hour}, hours: 4, want: "Tom Hughes"},
		"one of two": {
			lost: map[AccountID]time.Duration{tom.ID: 0}, more: []Body{Escalated{Of: ofApproval, To: maria, Next: monday().AddDate(0, 0, 5)}}, hours: 9, want: "Tom Hughes or Maria Lopez",
		},
		"put to others before, who are not reached either": {
			lost: map[AccountID]time.Duration{tom.ID: 0, maria.ID: 0}, more: []Body{Escalated{Of: ofApproval, To: maria, Next: monday().AddDate(0, 0, 5)}}, hours: 9, want: "Tom Hughes or Maria Lopez",
		},
		"urgent, everybody reached":       {urgent: true, want: "Aisha Khan"},
		"urgent, and not reached":         {urgent: true, lost: map[AccountID]time.Duration{aisha.ID: 0}, want: "Aisha Khan or Olivia Grant"},
		"urgent, and lost a month before": {urgent: true, lost: map[AccountID]time.Duration{aisha.ID: -30 * 24 * time.Hour}, want: "Aisha Khan or Olivia Grant"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			policy := *o.Policy
			policy.Roles.IT = Holders{People: []string{aisha.UPN}}
			o.Policy = &policy
			if tt.urgent {
				o.put(t, urgentTom(t, aisha))
			} else {
				o.raise(t, tt.more...)
				o.now = site(o, tt.hours)
			}
			for id, since := range tt.lost {
				missed, at := o.now, monday().Add(since)
				o.now = at
				memos, err := o.Missed(t.Context(), id)
				if err != nil || len(memos) != 1 {
					t.Fatalf("%v, %v", memos, err)
				}
				o.store.memos[memos[0].Key] = memos[0].Value
				o.now = missed
			}
			escalate := o.of(t).Approval.Asking.Escalate
			o.watch(t)
			c := o.of(t)
			if got := names(texts.Language{}, c.Approval.Holders); got != tt.want {
				t.Errorf("asked: %s, want %s", got, tt.want)
			}
			if !c.Approval.Asking.Escalate.Equal(escalate) {
				t.Errorf("the ordinary escalation moves from %s to %s", escalate, c.Approval.Asking.Escalate)
			}
			o.watch(t)
			if o.of(t).Version != c.Version {
				t.Error("it goes on with every look")
			}
		})
	}
}

// What is no decision goes to whoever stands in when somebody is not reached for the hours, as it does when they leave; and nothing before.
func TestUnreachedEverythingAskedMoves(t *testing.T) {
	for _, q := range questions() {
		if q.of == ofApproval || q.of == ofSignOff {
			continue // a deputy is asked as well: TestWatchUnreached
		}
		t.Run(q.of+" "+q.verb, func(t *testing.T) {
			o := q.ask(t)
			memos, err := o.Missed(t.Context(), q.from.ID)
			if err != nil || len(memos) != 1 {
				t.Fatalf("%v, %v", memos, err)
			}
			o.store.memos[memos[0].Key] = memos[0].Value
			before := o.of(t)
			o.watch(t)
			if o.of(t).Version != before.Version {
				t.Fatal("it moves at once")
			}
			o.now = o.Policy.Sites["London"].AddWorkingHours(o.now, 5)
			o.watch(t)
			if got := strings.TrimSuffix(names(texts.Language{}, o.of(t).whoIsAsked(q.of)), "somebody else"); got != q.then {
				t.Errorf("asked: %q, want %q", got, q.then)
			}
		})
	}
}
