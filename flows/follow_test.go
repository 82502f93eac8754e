package flows

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// waiting is what the queue holds for the case, cards and sentences aside.
func (o *office) waiting() map[string]time.Time {
	out := map[string]time.Time{}
	for k, e := range o.store.queue {
		if e.Kind != CardErrand && e.Kind != SayErrand && e.Kind != DriftErrand { // the daily look outlives the case
			out[k] = e.Due
		}
	}
	return out
}

// said are the keys of sentences in the queue.
func (o *office) said() []string {
	return slices.DeleteFunc(o.store.keys(), func(k string) bool { return !strings.HasPrefix(k, SayErrand) })
}

// Whatever happened, the queue holds exactly what the case as it is now asks for: nothing is lost, nothing is left over. Errands are run in
// between, with any outcome, because that is when one may be lost.
func TestQueueIsWhatTheCaseNeeds(t *testing.T) {
	plain := everyKind(t)
	ran := map[string]int{}
	rapid.Check(t, func(r *rapid.T) {
		o := newOffice(t)
		c := o.raise(t)
		if rapid.IntRange(0, 3).Draw(r, "approved") > 0 {
			o.tryEntry(t, r, approval(c, salesKey, elevatedKey))
		}
		for range rapid.IntRange(20, 60).Draw(r, "events") {
			o.now = o.now.Add(time.Duration(rapid.IntRange(1, 96).Draw(r, "hours")) * time.Hour)
			if rapid.Bool().Draw(r, "run") {
				ran[o.runSomething(t, r)]++
			} else {
				o.tryEntry(t, r, anyBody(r, o.of(t), plain))
			}
			c := o.of(t)
			want := map[string]time.Time{}
			for _, e := range c.Errands() {
				want[e.Key] = e.Due
			}
			if diff := cmp.Diff(want, o.waiting()); diff != "" {
				r.Fatalf("the queue of a case that is %s (-needed +there)\n%s", c.State, diff)
			}
		}
		asked := map[string]int{}
		for _, rec := range o.store.records {
			switch b := rec.Entry.Body.(type) {
			case Reminded:
				if rec.Entry.By == "" {
					asked[b.Of]++
				}
			case Unpaused, Moved: // what was on hold, or is to be confirmed anew, is asked again
				asked = map[string]int{}
			}
		}
		if most := o.Policy.Reminders.Most; asked[ofApproval] > most || asked[ofSignOff] > most {
			r.Fatalf("somebody was reminded more than %d times: %v", most, asked)
		}
	})
	for _, kind := range []string{StepErrand, RemindErrand, EscalateErrand} {
		if ran[kind] == 0 {
			t.Errorf("no errand of kind %s was run", kind)
		}
	}
}

// tryEntry commits an entry if it follows.
func (o *office) tryEntry(t *testing.T, r *rapid.T, b Body) {
	c := o.of(t)
	e := Entry{Case: c.ID, At: o.now, By: tom.ID, Body: b}
	ch, next, err := follow(c, Change{Case: c.ID, From: c.Version, Entries: []Entry{e}}, o.now)
	if err != nil {
		return
	}
	if next.Version > c.Version {
		for _, s := range next.Slots() {
			if !slices.ContainsFunc(ch.Add, func(e Errand) bool { return e.Key == CardErrand+"/"+s.Key() }) {
				r.Fatalf("after %s the card %s is not made true", b.Kind(), s.Card)
			}
		}
	}
	if err := o.Commit(t.Context(), ch); err != nil {
		r.Fatal(err)
	}
}

// runSomething takes an errand that is due and ends it in one of the ways it may end.
func (o *office) runSomething(t *testing.T, r *rapid.T) string {
	var due []Errand
	for _, k := range o.store.keys() {
		if e := o.store.queue[k]; !e.Due.After(o.now) && e.Kind != CardErrand && e.Kind != SayErrand && e.Kind != DriftErrand {
			due = append(due, e)
		}
	}
	if len(due) == 0 {
		return ""
	}
	er := rapid.SampledFrom(due).Draw(r, "errand")
	var err error
	switch er.Kind {
	case RemindErrand:
		err = o.remind(t.Context(), er)
	case EscalateErrand:
		err = o.escalate(t.Context(), er)
	case StepErrand:
		w, derr := DecodeErrand[StepWork](er)
		if derr != nil {
			r.Fatal(derr)
		}
		c := o.of(t)
		s, st, _ := c.Step(w.Step)
		body := rapid.SampledFrom([]Body{
			StepVerified{Step: s.Key, After: "seen", Account: newcomer.ID},
			StepUnseen{Step: s.Key, Seen: "nothing", Next: o.now.Add(time.Minute)},
			StepDelayed{Step: s.Key, Why: "busy", Next: o.now.Add(backoff(st.Delays))},
			StepFailed{Step: s.Key, Cause: "refused"},
		}).Draw(r, "outcome")
		if s.Task == AskStarted {
			body = StartAsked{Step: s.Key}
		}
		err = o.settleStep(t.Context(), er, s, body)
	case CloseErrand:
		_, err = o.change(t.Context(), er.Case, Change{Done: []ErrandRef{er.Ref()}}, func(c Case) (Change, error) { return decideClose(c, c.Version, nil, o.now) })
	}
	if err != nil {
		r.Fatal(err)
	}
	return er.Kind
}

func TestRemindOnceThenEscalateOnce(t *testing.T) {
	o := newOffice(t)
	p := *o.Policy
	p.Reminders.Most, p.Roles.Owner.People = 1, []string{olivia.UPN}
	o.Policy = &p
	o.dir.change(maria.ID, func(a *Account) { a.Enabled = false })
	c := o.raise(t)
	run := func(kind string) {
		t.Helper()
		er, ok := o.store.queue[kind+"/"+string(c.ID)+"/"+ofApproval]
		if !ok {
			t.Fatalf("no %s in %v", kind, o.store.keys())
		}
		o.now = er.Due
		if err := o.Handlers()[kind](t.Context(), er); err != nil {
			t.Fatal(err)
		}
		// the same errand once more, as after a crash that lost the queue's answer
		if err := o.Handlers()[kind](t.Context(), er); err != nil {
			t.Fatal(err)
		}
	}
	run(RemindErrand)
	toTom := SayErrand + "/J-2026-0001/remind/approval/" + string(tom.ID)
	if diff := cmp.Diff([]string{toTom}, o.said()); diff != "" {
		t.Error("after the reminder (-want +got)", diff)
	}
	run(EscalateErrand)
	want := []string{
		SayErrand + "/J-2026-0001/escalate/approval/" + string(olivia.ID), SayErrand + "/J-2026-0001/escalated/approval/" + string(hannah.ID), toTom,
	}
	if diff := cmp.Diff(want, o.said()); diff != "" {
		t.Error("after the escalation (-want +got)", diff)
	}
	if diff := cmp.Diff([]Person{tom, olivia}, o.of(t).Approval.Holders); diff != "" {
		t.Error("holders (-want +got)", diff)
	}
	if w := o.waiting(); len(w) != 0 {
		t.Errorf("nothing more is to be done, and the queue holds %v", w)
	}
}

func TestEscalateTo(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*office)
		by     Person
		route  Person
		want   Person
	}{
		"the fallback":                 {func(*office) {}, hannah, tom, maria},
		"the fallback has left":        {func(o *office) { delete(o.dir.people, maria.ID) }, hannah, tom, olivia},
		"the fallback is blocked":      {func(o *office) { o.dir.change(maria.ID, func(a *Account) { a.Enabled = false }) }, hannah, tom, olivia},
		"the fallback raised it":       {func(*office) {}, maria, tom, olivia},
		"the fallback holds it":        {func(*office) {}, hannah, maria, olivia},
		"an owner raised it, too":      {func(o *office) { delete(o.dir.people, maria.ID) }, olivia, tom, oscar},
		"nobody is left":               {func(o *office) { o.dir.people = map[AccountID]Account{} }, hannah, tom, Person{}},
		"nobody but those who may not": {func(o *office) { o.dir.people = map[AccountID]Account{olivia.ID: o.dir.people[olivia.ID]} }, olivia, tom, Person{}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.put(t, raised(t, func(b *Raised) { b.By, b.Facts.Route, b.Facts.Fallback = tt.by, tt.route, maria }))
			tt.change(o)
			o.now = o.of(t).Approval.Asking.Escalate
			er := Errand{Kind: EscalateErrand, Case: priyasCase, Body: errandBody(AskWork{ofApproval})}
			if err := o.escalate(t.Context(), er); err != nil {
				t.Fatal(err)
			}
			c := o.of(t)
			if to := c.Approval.Holders[len(c.Approval.Holders)-1]; tt.want.ID != "" && to.ID != tt.want.ID || tt.want.ID == "" && len(c.Approval.Holders) != 1 {
				t.Errorf("asked last is %s, want %s", to.Name, tt.want.Name)
			}
			toOwners := slices.Contains(o.said(), SayErrand+"/J-2026-0001/escalate/approval/owners")
			if toOwners != (tt.want.ID == "") {
				t.Errorf("the owners' channel is told: %t", toOwners)
			}
			if a := c.Approval.Asking; !a.Escalated && a.Escalate.Before(o.Policy.Sites["London"].AddWorkingHours(o.now, 16)) {
				t.Errorf("it would be escalated again at %s", a.Escalate)
			}
		})
	}
	t.Run("the directory does not answer", func(t *testing.T) {
		o := newOffice(t)
		o.raise(t)
		o.now = o.of(t).Approval.Asking.Escalate
		o.dir.down = &Error{Code: Unavailable}
		if err := o.escalate(t.Context(), Errand{Case: priyasCase, Body: errandBody(AskWork{ofApproval})}); CodeOf(err) != Unavailable {
			t.Errorf("err = %v", err)
		}
		if o.of(t).Approval.Asking.Escalated {
			t.Error("the escalation is lost")
		}
	})
}

// What was done by hand long before it was due is looked at when it is said, not when it is due.
func TestClaimedStepIsLookedAtNow(t *testing.T) {
	o := newOffice(t)
	o.raise(t)
	o.put(t, Entry{Case: priyasCase, At: o.now, Body: approval(o.of(t), salesKey)})
	o.put(t, Entry{Case: priyasCase, At: o.now, Body: StepVerified{Step: accountKey, Account: newcomer.ID}})
	o.put(t, Entry{Case: priyasCase, At: o.now, Body: StepFailed{Step: salesKey, Cause: "refused"}})
	o.now = o.now.Add(time.Hour)
	o.put(t, Entry{Case: priyasCase, At: o.now, Body: StepClaimed{Step: salesKey, By: ivan, Note: "added"}})
	if due := o.waiting()[StepErrand+"/J-2026-0001/"+string(salesKey)]; !due.Equal(o.now) {
		t.Errorf("it is looked at on %s, and it is %s", due, o.now)
	}
}
