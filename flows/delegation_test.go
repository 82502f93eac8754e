package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/flows/texts"
)

// wrote is what somebody wrote to the bot in their own chat.
func (o *office) wrote(t testing.TB, by Person, text string) (Reply, error) {
	t.Helper()
	return o.Answer(t.Context(), Turn{Key: text + string(by.ID), By: by, Chat: "chat-" + string(by.ID), Personal: true, Activity: text, Text: text})
}

// ran runs what is due of these kinds, in order of time.
func (o *office) ran(t testing.TB, kinds ...string) {
	t.Helper()
	due, err := o.store.Due(t.Context(), o.now, 1000, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, er := range due {
		if slices.Contains(kinds, er.Kind) {
			if err := o.Handlers()[er.Kind](t.Context(), er); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (o *office) delegated(t testing.TB, by Person, text string) DelegationView {
	t.Helper()
	r, err := o.wrote(t, by, text)
	if err != nil {
		t.Fatal(err)
	}
	v, ok := r.View.(DelegationView)
	if !ok {
		t.Fatalf("%q was answered with %+v", text, r)
	}
	o.ran(t, DelegationErrand)
	return v
}

// A delegation covers what is open already and what comes, both may act, and it ends by itself.
func TestDelegation(t *testing.T) {
	o := newOffice(t)
	o.raise(t)
	v := o.delegated(t, tom, "delegate my approvals to Maria Lopez until 4 December")
	if v.Mine == nil || v.Mine.To.ID != maria.ID || !v.Mine.Until.Equal(time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)) {
		t.Fatalf("delegated: %+v", v)
	}
	if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes or Maria Lopez" {
		t.Errorf("asked: %s", got)
	}
	if !slices.ContainsFunc(o.of(t).Slots(), func(s Slot) bool { return s.Card == CardApproval && s.To.Person == maria.ID }) {
		t.Error("the delegate gets no card")
	}
	if _, err := o.wrote(t, tom, "delegate my approvals to Maria Lopez until 4 December"); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if _, err := o.wrote(t, tom, "delegate my approvals to Ivan Petrov until 4 December"); CodeOf(err) != Conflict {
		t.Errorf("a second delegate: %v", err)
	}
	c := o.of(t)
	if _, err := o.Press(t.Context(), press(maria, VerbApprove, func(t *Turn) { t.Plan, t.Ticked = c.Shown, []StepKey{elevatedKey} })); err != nil {
		t.Fatal(err)
	}
	if a := o.of(t).Approval; a.By.ID != maria.ID || a.For.ID != tom.ID {
		t.Errorf("approved by %s in the place of %s", a.By.Name, a.For.Name)
	}
	c = o.of(t)
	for _, who := range []Person{tom, maria} { // neither is the other key
		s := mustStep(t, c, elevatedKey)
		if CodeOf(maySignOff(c, s, who, Roles{Approver: true})) != Denied {
			t.Errorf("%s decides twice", who.Name)
		}
	}

	// The approver is away as well, from before the sign-off was asked: the one to come is covered. It ends by itself.
	o.delegated(t, aisha, "delegate my approvals to Olivia Grant until 4 December")
	if s := mustStep(t, o.of(t), elevatedKey); names(texts.Language{}, o.of(t).signers(s)) != "Aisha Khan or Olivia Grant" {
		t.Errorf("asked to sign off: %s", names(texts.Language{}, o.of(t).signers(s)))
	}
	o.now = time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)
	o.ran(t, DelegationErrand)
	if s := mustStep(t, o.of(t), elevatedKey); names(texts.Language{}, o.of(t).signers(s)) != "Aisha Khan" {
		t.Errorf("asked after the end: %s", names(texts.Language{}, o.of(t).signers(s)))
	}
	if _, err := o.Press(t.Context(), press(olivia, VerbSignOff, func(t *Turn) { t.Plan, t.Step = c.May, elevatedKey })); CodeOf(err) != Denied {
		t.Errorf("after the end: %v", err)
	}
	if d, err := o.delegation(t.Context(), aisha.ID); d != nil || err != nil {
		t.Errorf("still kept: %v %v", d, err)
	}
	var kinds []string
	for _, r := range o.store.records {
		if strings.HasPrefix(string(r.Entry.Case), "P-") {
			kinds = append(kinds, string(r.Kind))
		}
	}
	if want := "delegation.made.1 delegation.made.1 delegation.ended.1 delegation.ended.1"; strings.Join(kinds, " ") != want {
		t.Errorf("evidence: %s", kinds)
	}
}

// A case raised while the delegation is in force, and one that begins later.
func TestDelegationOfWhatComes(t *testing.T) {
	o := newOffice(t)
	v := o.delegated(t, tom, "delegate my approvals to Maria Lopez from 25 November until 4 December")
	if v.Mine == nil || !v.Mine.Begins.Equal(time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)) {
		t.Fatalf("delegated: %+v", v)
	}
	o.raiseThroughEngine(t)
	if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes" {
		t.Errorf("before it begins: %s", got)
	}
	o.now = v.Mine.Begins
	o.ran(t, DelegationErrand)
	if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes or Maria Lopez" {
		t.Errorf("once begun: %s", got)
	}

	o = newOffice(t)
	o.delegated(t, tom, "delegate my approvals to Maria Lopez until 4 December")
	o.raiseThroughEngine(t)
	if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes or Maria Lopez" {
		t.Errorf("raised while in force: %s", got)
	}
	if _, err := o.Press(t.Context(), press(tom, VerbEndDelegation, func(t *Turn) { t.Case = "" })); err != nil {
		t.Fatal(err)
	}
	if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes" {
		t.Errorf("ended: %s", got)
	}
}

// raiseThroughEngine commits a confirmed event the way confirm does.
func (o *office) raiseThroughEngine(t testing.TB) {
	t.Helper()
	ch, _, err := o.followed(t.Context(), Case{}, Change{Case: priyasCase, Entries: []Entry{raised(t, nil)}}, o.now)
	if err == nil {
		err = o.Commit(t.Context(), ch)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Who may not stand in, and that nothing of the delegate's own goes further.
func TestDelegationRules(t *testing.T) {
	until := time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)
	c := fold(t)
	to := func(from, p Person) Case { return foldOn(t, c, DelegatedTo{From: from, To: p, Until: until}) }
	press := func(by Person, from ...Person) Turn {
		turn := press(by, VerbApprove, func(t *Turn) { t.Plan = c.Shown })
		for _, p := range from {
			turn.behalf = append(turn.behalf, behalf{p, Roles{Approver: true}})
		}
		return turn
	}
	for name, tt := range map[string]struct {
		c    Case
		t    Turn
		want Code
	}{
		"the delegate":                            {to(tom, maria), press(maria, tom), ""},
		"the delegator himself":                   {to(tom, maria), press(tom), ""},
		"a delegator who lost the standing":       {to(tom, maria), press(maria), Denied},
		"the raiser as delegate":                  {to(tom, hannah), press(hannah, tom), Denied},
		"somebody else's delegate":                {to(stan, maria), press(maria, stan), Denied},
		"a delegation of the past":                {foldOn(t, to(tom, maria), DelegationOver{From: tom, To: maria}), press(maria, tom), Denied},
		"the delegate's delegate":                 {foldOn(t, to(tom, maria), DelegatedTo{From: maria, To: stan, Until: until}), press(stan, maria), Denied},
		"one who was never delegated to, forging": {c, press(maria, tom), Denied},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := decideApprove(tt.c, tt.t, nil, monday()); CodeOf(err) != tt.want {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	over := press(maria, tom)
	over.Delegate = stan.ID
	if _, err := decideHandOver(to(tom, maria), over, Account{ID: stan.ID, Name: stan.Name, Enabled: true}, monday()); CodeOf(err) != Denied {
		t.Errorf("a delegate hands it over: %v", err)
	}
	if c.mayDelegate(Delegation{From: tom, To: hannah}) || !c.mayDelegate(Delegation{From: tom, To: maria}) {
		t.Error("the raiser is asked in somebody's place")
	}
	exit := c
	exit.Kind, exit.Account = LeaverEvent, maria.ID
	if exit.mayDelegate(Delegation{From: tom, To: maria}) || exit.mayDelegate(Delegation{From: tom, To: stan}) {
		t.Error("an exit is shown to the leaver, or its second key given away")
	}
}

// What is not understood, or may mean several people, is asked; nothing is guessed.
func TestDelegateReads(t *testing.T) {
	o := newOffice(t)
	o.dir.people["00000000-0000-4000-a000-0000000000a1"] = Account{ID: "00000000-0000-4000-a000-0000000000a1", Name: "Maria Lopez", UPN: "maria.lopez2@larkfield.example", JobTitle: "Buyer", Enabled: true}
	for text, want := range map[string]string{
		"delegate my approvals":                                            "delegate until",
		"delegate my approvals to Olivia Grant":                            "until",
		"delegate my approvals until 4 December":                           "delegate",
		"delegate my approvals to Maria Lopez until 4 December":            "delegate",
		"delegate my approvals to Ma until 4 December":                     "delegate",
		"delegate my approvals to Nobody Known until 4 December":           "delegate",
		"delegate my approvals to Olivia Grant until Frogday":              "until",
		"delegate my approvals to Olivia Grant until 1 November 2026":      "until",
		"delegate my approvals to Olivia Grant until 4 December 2028":      "until",
		"delegate my approvals to Tom Hughes until 4 December":             "delegate",
		"Delegate to Olivia Grant from 10 December to 4 December":          "until",
		"delegate my approvals to olivia.grant@larkfield.example till 5th": "until",
	} {
		r, err := o.wrote(t, tom, text)
		v, ok := r.View.(DelegationView)
		var got []string
		for f := range v.Problems {
			got = append(got, f)
		}
		slices.Sort(got)
		if err != nil || !ok || !v.Form || strings.Join(got, " ") != want {
			t.Errorf("%q: %v, problems %q, want %q (%v)", text, ok, v.Problems, want, err)
		}
	}
	if d, _ := o.delegation(t.Context(), tom.ID); d != nil {
		t.Error("a form that was not pressed delegated something")
	}
	bad := press(tom, VerbDelegate, func(t *Turn) { t.Case, t.Inputs["until"] = "", "2026-12-04" })
	if r, err := o.Press(t.Context(), bad); err != nil || !r.View.(DelegationView).Form {
		t.Errorf("nobody chosen: %+v %v", r, err)
	}
	good := press(tom, VerbDelegate, func(t *Turn) {
		t.Key, t.Case, t.Delegate, t.Inputs["until"] = "again", "", olivia.ID, "2026-12-04"
	})
	for range 2 { // delivered twice
		if r, err := o.Press(t.Context(), good); err != nil || r.View.(DelegationView).Mine == nil {
			t.Errorf("pressed: %+v %v", r, err)
		}
	}
	r, err := o.wrote(t, olivia, "delegations")
	if v := r.View.(DelegationView); err != nil || len(v.ToMe) != 1 || v.Mine != nil {
		t.Errorf("the delegate sees %+v (%v)", v, err)
	}
	if r, err = o.wrote(t, tom, "end delegation"); err != nil || r.View.(DelegationView).Mine != nil {
		t.Errorf("ended: %+v %v", r, err)
	}
	if r, err = o.wrote(t, tom, "end delegation"); err != nil || r.Text == "" {
		t.Errorf("ended twice: %+v %v", r, err)
	}
	in := Turn{Key: "c", By: tom, Chat: "channel", Text: "delegations"}
	if _, err := o.Answer(context.WithoutCancel(t.Context()), in); CodeOf(err) != Invalid {
		t.Errorf("in a channel: %v", err)
	}
}

// Two forms pressed at once are one delegation: the other press is told so, and no case keeps a delegate whom nothing ends.
func TestDelegateAtOnce(t *testing.T) {
	o := newOffice(t)
	o.raise(t)
	var all sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		to := []Person{maria, ivan}[i%2]
		all.Go(func() {
			_, errs[i] = o.Press(t.Context(), press(tom, VerbDelegate, func(t *Turn) {
				t.Key, t.Activity, t.Case, t.Delegate = fmt.Sprint("press ", i), fmt.Sprint(i), "", to.ID
				t.Inputs["until"] = "2026-12-04"
			}))
		})
	}
	all.Wait()
	o.ran(t, DelegationErrand)
	d, err := o.delegation(t.Context(), tom.ID)
	if err != nil || d == nil {
		t.Fatalf("kept: %v %v", d, err)
	}
	if ds := o.of(t).Delegated; len(ds) != 1 || ds[0].To.ID != d.To.ID {
		t.Errorf("in the case: %+v, kept: %s", ds, d.To.Name)
	}
	made := 0
	for _, r := range o.store.records {
		if _, ok := r.Entry.Body.(DelegationMade); ok {
			made++
		}
	}
	if made != 1 {
		t.Errorf("%d delegations in the log", made)
	}
	if _, err := o.Press(t.Context(), press(tom, VerbDelegate, func(t *Turn) { t.Key, t.Personal, t.Case, t.Delegate = "in a channel", false, "", maria.ID })); CodeOf(err) != Invalid {
		t.Errorf("in a channel: %v", err)
	}
}
