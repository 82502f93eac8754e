package flows

import (
	"testing"
	"time"

	"muster/flows/texts"
)

const tomsLeave CaseID = "A-2026-0001"

// leave is a leave of Tom's with Maria standing in, and its first day.
func (o *office) leave(t testing.TB, change func(*PeopleEvent)) {
	t.Helper()
	e := raised(t, func(b *Raised) {
		b.Event = PeopleEvent{Kind: LeaveEvent, Subject: tom, StandIn: maria, Start: DateOf(o.now), End: "2026-12-31", Site: "London", SignIn: signInBlock}
		if change != nil {
			change(&b.Event)
		}
		b.Plan = Plan{Steps: []Step{{Key: leaveKey, Task: TellPerson, Title: "Tell", Due: o.now}, {Key: "later", Task: AwaitReturn, Title: "Later", Due: o.now.AddDate(0, 6, 0)}}}
	})
	e.Case = tomsLeave
	o.put(t, e)
	o.put(t, Entry{Case: tomsLeave, At: o.now, Body: StepStarted{Step: leaveKey}})
	if b := o.store.cases[tomsLeave].Event.SignIn; b == signInBlock {
		o.block(tom.ID)
	}
	o.ran(t, StandInErrand)
	o.ran(t, DelegationErrand)
}

// Who stands in for somebody on leave decides on what is raised later as well, blocked sign-in or not, and only until the return.
func TestStandInDecidesOnWhatComes(t *testing.T) {
	for name, change := range map[string]func(*PeopleEvent){
		"sign-in blocked": nil,
		"sign-in kept":    func(ev *PeopleEvent) { ev.SignIn = signInKeep },
		"no return yet":   func(ev *PeopleEvent) { ev.End = "" },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.leave(t, change)
			o.now = o.now.Add(48 * time.Hour)
			o.raiseThroughEngine(t)
			if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes or Maria Lopez" {
				t.Fatalf("asked: %s", got)
			}
			o.watch(t) // the blocked account is no reason to ask anybody else
			c := o.of(t)
			if got := names(texts.Language{}, c.Deciders()); got != "Tom Hughes or Maria Lopez" {
				t.Errorf("after a look: %s", got)
			}
			if _, err := o.Press(t.Context(), press(maria, VerbApprove, func(t *Turn) { t.Plan = c.Shown })); err != nil {
				t.Fatalf("who stands in: %v", err)
			}
			if a := o.of(t).Approval; a.By.ID != maria.ID || a.For.ID != tom.ID {
				t.Errorf("decided by %s for %s", a.By.Name, a.For.Name)
			}
		})
	}
}

// The stand-in ends with the leave: on its last day, when the leave ends before, and when another event goes before it.
func TestStandInEnds(t *testing.T) {
	for name, end := range map[string]func(o *office){
		"on the day of return": func(o *office) { o.now = time.Date(2027, 1, 4, 0, 0, 0, 0, time.UTC) },
		"the leave is over": func(o *office) {
			o.put(t, Entry{Case: tomsLeave, At: o.now, Body: Cancelled{By: hannah, Reason: "back"}})
		},
		"an exit goes before": func(o *office) {
			o.put(t, Entry{Case: tomsLeave, At: o.now, Body: CasePaused{For: "L-2026-0001"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.leave(t, nil)
			o.raiseThroughEngine(t)
			end(o)
			o.ran(t, StandInErrand)
			o.ran(t, DelegationErrand)
			if c := o.of(t); names(texts.Language{}, c.Deciders()) != "Tom Hughes" {
				t.Errorf("asked: %s", names(texts.Language{}, c.Deciders()))
			}
			if d, err := o.delegation(t.Context(), tom.ID); d != nil || err != nil {
				t.Errorf("kept: %v %v", d, err)
			}
			c := o.of(t)
			if _, err := o.Press(t.Context(), press(maria, VerbApprove, func(t *Turn) { t.Plan = c.Shown })); CodeOf(err) != Denied {
				t.Errorf("a press after the end: %v", err)
			}
		})
	}
}

// The day of return moves, and the stand-in with it, in open cases too.
func TestStandInMovesWithTheReturn(t *testing.T) {
	o := newOffice(t)
	o.raise(t)
	o.leave(t, nil)
	leave := o.store.cases[tomsLeave]
	o.put(t, Entry{Case: tomsLeave, At: o.now, Body: ReturnSet{End: "2027-02-28", Plan: leave.Plan, By: hannah}})
	o.ran(t, StandInErrand)
	o.ran(t, DelegationErrand)
	want := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	if d, err := o.delegation(t.Context(), tom.ID); err != nil || d == nil || !d.Until.Equal(want) {
		t.Errorf("kept: %v %v", d, err)
	}
	if ds := o.of(t).Delegated; len(ds) != 1 || !ds[0].Until.Equal(want) || ds[0].Over {
		t.Errorf("in the case: %+v", ds)
	}
	entries := len(o.store.records)
	o.put(t, Entry{Case: tomsLeave, At: o.now, Body: StepUnseen{Step: leaveKey}})
	o.ran(t, StandInErrand)
	if more := len(o.store.records) - entries; more != 1 {
		t.Errorf("%d entries for a change that is none of its business", more)
	}
}

// The person's own word goes first; the stand-in follows when it ends, and not when the person ends the stand-in's.
func TestOwnDelegationGoesFirst(t *testing.T) {
	o := newOffice(t)
	o.delegated(t, tom, "delegate my approvals to Ivan Petrov until 4 December")
	o.leave(t, func(ev *PeopleEvent) { ev.SignIn = signInKeep })
	o.raiseThroughEngine(t)
	if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes or Ivan Petrov" {
		t.Errorf("asked: %s", got)
	}
	o.now = time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)
	for range 2 {
		o.ran(t, DelegationErrand)
		o.ran(t, StandInErrand)
	}
	o.ran(t, DelegationErrand)
	if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes or Maria Lopez" {
		t.Errorf("after it ended: %s", got)
	}
	if _, err := o.wrote(t, tom, "end delegation"); err != nil {
		t.Fatal(err)
	}
	o.ran(t, StandInErrand)
	o.ran(t, DelegationErrand)
	if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes" {
		t.Errorf("after he ended it: %s", got)
	}
}

// A leave lends nothing that it must not: the second key of an urgent exit, a case about the stand-in, an account that is blocked for
// another reason, and a stand-in who is gone.
func TestStandInLendsNoMore(t *testing.T) {
	o := newOffice(t)
	o.put(t, raised(t, func(b *Raised) {
		b.Event.Kind, b.Event.Urgent, b.Event.Subject, b.Facts.Seconds = LeaverEvent, true, stan, []Person{tom, olivia}
	}))
	o.leave(t, nil)
	if d := o.of(t).Delegated; len(d) > 0 {
		t.Errorf("the second key is lent: %+v", d)
	}
	o = newOffice(t)
	o.leave(t, func(ev *PeopleEvent) { ev.SignIn = signInKeep })
	o.raiseThroughEngine(t)
	o.block(tom.ID) // somebody blocked him, and not the leave
	o.watch(t)
	c := o.of(t)
	if holds(c.Approval.Holders, tom.ID) {
		t.Error("a decision stays with a blocked account")
	}
	if _, err := o.Press(t.Context(), press(maria, VerbApprove, func(t *Turn) { t.Plan = c.Shown })); CodeOf(err) != Denied {
		t.Errorf("a blocked account lends: %v", err)
	}
	o = newOffice(t)
	o.block(maria.ID)
	o.leave(t, nil)
	if d, err := o.delegation(t.Context(), tom.ID); d != nil || err != nil {
		t.Errorf("a stand-in who is gone: %v %v", d, err)
	}
}
