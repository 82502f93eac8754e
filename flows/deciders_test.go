package flows

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/flows/texts"
)

// block blocks an account, and lets what is cached of it be forgotten by time.
func (o *office) block(id AccountID) { o.dir.change(id, func(a *Account) { a.Enabled = false }) }

func (o *office) watch(t testing.TB) {
	t.Helper()
	o.now = o.now.Add(time.Minute)
	if err := o.Watch(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A manager leaves between the card and the press: the press is refused, and within a minute the decision is with the fallback.
func TestEdge12ApproverLeavesWhileOpen(t *testing.T) {
	o := newOffice(t)
	o.put(t, raised(t, func(b *Raised) { b.Facts.Fallback = maria }))
	o.block(tom.ID)
	o.watch(t)
	c := o.of(t)
	if got := names(texts.Language{}, c.Deciders()); got != "Maria Lopez" || !holds(c.Approval.Former, tom.ID) {
		t.Errorf("with %s, formerly with %s", got, names(texts.Language{}, c.Approval.Former))
	}
	if _, err := o.Press(t.Context(), press(tom, VerbApprove, func(t *Turn) { t.Plan = c.Shown })); CodeOf(err) != Denied {
		t.Errorf("a press by who left: %v", err)
	}
	said := strings.Join(o.said(), " ")
	if !strings.Contains(said, string(maria.ID)) || !strings.Contains(said, string(hannah.ID)) || strings.Contains(said, string(tom.ID)+" ") {
		t.Errorf("told: %s", said)
	}
	before := o.of(t).Version
	o.watch(t)
	if o.of(t).Version != before {
		t.Error("the second look moved it again")
	}
	if _, err := o.Press(t.Context(), press(maria, VerbApprove, func(t *Turn) { t.Plan = c.Shown })); err != nil {
		t.Errorf("the fallback decides: %v", err)
	}
}

// The one approver there is leaves, or loses the role: an owner is asked. A decision already made stays.
func TestEdge12ApproverWithoutRole(t *testing.T) {
	for name, lose := range map[string]func(o *office){
		"blocked": func(o *office) { o.block(aisha.ID) },
		"role taken away": func(o *office) {
			p := *o.Policy
			p.Roles.Approver.People = []string{stan.UPN}
			o.Policy = &p
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			c := o.raise(t)
			o.put(t, Entry{Case: c.ID, At: o.now, Body: approval(c, elevatedKey)})
			lose(o)
			o.watch(t)
			c = o.of(t)
			if got := names(texts.Language{}, c.signersOpen()); got != "Olivia Grant" {
				t.Errorf("asked: %s", got)
			}
			if c.SignOffs[elevatedKey].State != "" {
				t.Error("an elevated item was decided by nobody")
			}
			if _, err := o.Press(t.Context(), press(olivia, VerbSignOff, func(t *Turn) { t.Plan, t.Step = c.May, elevatedKey })); err != nil {
				t.Errorf("the owner signs: %v", err)
			}
		})
	}
	t.Run("one of two", func(t *testing.T) {
		o := newOffice(t)
		o.put(t, raised(t, func(b *Raised) {
			b.Plan.Steps = slices.Clone(b.Plan.Steps)
			for i := range b.Plan.Steps {
				if s := &b.Plan.Steps[i]; s.Key == elevatedKey {
					s.Stages = []Stage{allOf(seatOf(aisha), seatOf(maria))}
				}
			}
		}))
		c := o.of(t)
		o.put(t, Entry{Case: c.ID, At: o.now, Body: approval(c, elevatedKey)})
		o.put(t, Entry{Case: c.ID, At: o.now, Body: SignedOff{Step: elevatedKey, Plan: o.of(t).May, By: aisha, OK: true, Seats: []int{0}}})
		o.block(aisha.ID)
		o.block(maria.ID)
		o.watch(t)
		c = o.of(t)
		if got := names(texts.Language{}, c.signersOpen()); got != "Olivia Grant" || len(c.SignOffs[elevatedKey].Votes) != 1 {
			t.Errorf("asked: %s, %d signatures kept", got, len(c.SignOffs[elevatedKey].Votes))
		}
	})
	t.Run("nobody is left", func(t *testing.T) {
		o := newOffice(t)
		c := o.raise(t)
		o.put(t, Entry{Case: c.ID, At: o.now, Body: approval(c, elevatedKey)})
		for _, p := range []Person{aisha, olivia, oscar} {
			o.block(p.ID)
		}
		o.watch(t)
		if c = o.of(t); c.SignOffs[elevatedKey].State != "" || c.ready(mustStep(t, c, elevatedKey)) {
			t.Error("silence became a yes")
		}
		if !slices.ContainsFunc(o.said(), func(k string) bool { return strings.HasSuffix(k, "/owners") }) {
			t.Errorf("the owners are not told: %s", o.said())
		}
	})
}

// Nothing moves on a directory that does not answer.
func TestEdge12DirectoryDown(t *testing.T) {
	o := newOffice(t)
	c := o.raise(t)
	o.dir.down = &Error{Code: Unavailable}
	o.now = o.now.Add(time.Hour)
	if err := o.Watch(t.Context()); CodeOf(err) != Unavailable {
		t.Errorf("err = %v", err)
	}
	if o.of(t).Version != c.Version {
		t.Error("something moved")
	}
}

// The look costs one read of each distinct person, whatever number of cases wait.
func TestWatchCost(t *testing.T) {
	o := newOffice(t)
	for i := range 50 {
		e := raised(t, nil)
		e.Case = CaseID(fmt.Sprintf("J-2026-%04d", i+1))
		ch, _, err := follow(Case{}, Change{Case: e.Case, Entries: []Entry{e}}, o.now)
		if err == nil {
			err = o.Commit(t.Context(), ch)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	o.dir.reads = 0
	o.watch(t)
	if o.dir.reads != 2 {
		t.Errorf("%d reads of accounts for 50 cases with one manager and one of HR", o.dir.reads)
	}
}

// Whoever holds the decision is away: after the policy's hours a deputy is asked as well, both may act, and the ordinary escalation keeps its time.
func TestEdge15OutOfOffice(t *testing.T) {
	o := newOffice(t)
	o.put(t, raised(t, func(b *Raised) { b.Facts.Fallback = maria }))
	o.dir.replies = map[AccountID]string{tom.ID: "Back in January."}
	o.watch(t)
	if got := names(texts.Language{}, o.of(t).Deciders()); got != "Tom Hughes" {
		t.Errorf("before the hours have passed: %s", got)
	}
	due := o.of(t).Approval.Asking.Escalate
	o.now = o.Policy.Sites["London"].AddWorkingHours(monday(), 4)
	o.watch(t)
	c := o.of(t)
	if got := names(texts.Language{}, c.Deciders()); got != "Tom Hughes or Maria Lopez" || !c.Approval.Asking.Escalate.Equal(due) || c.Approval.Asking.Escalated {
		t.Errorf("after them: %s, escalates %s", got, c.Approval.Asking.Escalate)
	}
	version := c.Version
	o.now = o.now.Add(31 * time.Minute)
	o.watch(t)
	if o.of(t).Version != version {
		t.Error("asked again and again")
	}
	for _, who := range []Person{tom, maria} {
		if err := mayApprove(o.of(t), who); err != nil {
			t.Errorf("%s may not decide: %v", who.Name, err)
		}
	}
}

// Somebody who is there, or whose mailbox Muster may not read, gets the ordinary escalation.
func TestEdge15NotAway(t *testing.T) {
	o := newOffice(t)
	c := o.raise(t)
	o.now = o.Policy.Sites["London"].AddWorkingHours(monday(), 5)
	o.watch(t)
	if o.of(t).Version != c.Version {
		t.Error("somebody who is there is taken for away")
	}
}

// Who leaves had decided on others' access: IT is shown those cases, without a name.
func TestEdge19DecisionsOfALeaver(t *testing.T) {
	yes := approved(t)
	yes.Approval.At = monday().AddDate(0, 0, -31)
	old := yes
	old.ID, old.SignOffs = "J-2026-0007", nil
	signed := foldOn(t, yes, SignedOff{Step: elevatedKey, Plan: yes.May, By: aisha, OK: true})
	signed.Approval.At = monday()
	since := monday().AddDate(0, 0, -30)
	for name, tt := range map[string]struct {
		who  Person
		want string
	}{
		"the manager":  {tom, "J-2026-0001 (access approved)"},
		"the approver": {aisha, "J-2026-0001 (approved Contract administration)"},
		"nobody":       {stan, ""},
	} {
		if got := strings.Join(decidedBy(texts.Language{}, []Case{signed, old}, tt.who.ID, since), "; "); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// The tree of managers may have cycles, people who are their own manager, and no top; who reports to the subject does not decide.
func TestEdge13Chain(t *testing.T) {
	for name, tt := range map[string]struct {
		managers map[Person]Person
		subject  AccountID
		deputies []string
		want     string
	}{
		"a tree":                           {map[Person]Person{tom: maria, maria: oscar}, "", nil, "Maria Lopez or Oscar Lind or Olivia Grant"},
		"his own manager":                  {map[Person]Person{tom: tom}, "", []string{ines.UPN}, "Ines Duarte or Olivia Grant or Oscar Lind"},
		"a cycle":                          {map[Person]Person{tom: maria, maria: ivan, ivan: tom}, "", nil, "Maria Lopez or Ivan Petrov or Olivia Grant or Oscar Lind"},
		"no manager":                       {nil, "", []string{ines.UPN}, "Ines Duarte or Olivia Grant or Oscar Lind"},
		"the subject is above":             {map[Person]Person{tom: maria, maria: ivan}, maria.ID, nil, "Ivan Petrov or Olivia Grant or Oscar Lind"},
		"owners who report to the subject": {map[Person]Person{olivia: stan, oscar: ivan, ivan: stan}, stan.ID, []string{ines.UPN}, "Ines Duarte"},
		"a manager who has left":           {map[Person]Person{tom: helen, helen: maria}, "", nil, "Maria Lopez or Olivia Grant or Oscar Lind"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.block(helen.ID)
			for who, manager := range tt.managers {
				o.dir.change(who.ID, func(a *Account) { a.Manager = manager.ID })
			}
			p := *o.Policy
			p.Fallback.Deputies = tt.deputies
			o.Policy = &p
			got, err := o.chain(t.Context(), o.dir.people[tom.ID], tt.subject, nil)
			if err != nil || names(texts.Language{}, got) != tt.want {
				t.Errorf("%s (%v), want %s", names(texts.Language{}, got), err, tt.want)
			}
		})
	}
}

// Silence goes on to the next: the fallback, the managers above, the deputies, the owners, then the owners' channel; never to a yes.
func TestChainOfSilence(t *testing.T) {
	o := newOffice(t)
	p := *o.Policy
	p.Fallback.Deputies = []string{ines.UPN}
	o.Policy = &p
	o.dir.change(tom.ID, func(a *Account) { a.Manager = maria.ID })
	o.dir.change(maria.ID, func(a *Account) { a.Manager = ivan.ID })
	o.put(t, raised(t, func(b *Raised) { b.Facts.Fallback = maria }))
	var asked []string
	for range 10 {
		er, ok := o.store.errand(EscalateErrand + "/" + string(priyasCase) + "/" + ofApproval)
		if !ok {
			break
		}
		o.now = er.Due
		if err := o.escalate(t.Context(), er); err != nil {
			t.Fatal(err)
		}
		asked = append(asked, o.of(t).Approval.Holders[len(o.of(t).Approval.Holders)-1].Name)
	}
	if got, want := strings.Join(asked, ", "), "Maria Lopez, Ivan Petrov, Ines Duarte, Olivia Grant, Oscar Lind"; got != want {
		t.Errorf("asked one after the other: %s, want %s", got, want)
	}
	if c := o.of(t); c.Approval.State != "" || !c.Approval.Asking.Escalated {
		t.Errorf("the decision is %q, escalated for good: %t", c.Approval.State, c.Approval.Asking.Escalated)
	}
}

// Reminders repeat in working time, as often as the policy says.
func TestRemindersRepeat(t *testing.T) {
	o := newOffice(t)
	o.raise(t)
	site := o.Policy.Sites["London"]
	want := site.AddWorkingHours(monday(), 8)
	n := 0
	for ; ; n++ {
		er, ok := o.store.errand(RemindErrand + "/" + string(priyasCase) + "/" + ofApproval)
		if !ok {
			break
		}
		if !er.Due.Equal(want) {
			t.Errorf("reminder %d is due %s, want %s", n, er.Due, want)
		}
		o.now = er.Due
		if err := o.remind(t.Context(), er); err != nil {
			t.Fatal(err)
		}
		want = site.AddWorkingHours(o.now, 8)
	}
	if n != 3 {
		t.Errorf("%d reminders, want 3", n)
	}
}

// A thousand presses at once, half of them by each of two who may decide: one decision, and a friendly answer to everybody else.
func TestEdge16AThousandPresses(t *testing.T) {
	o := newOffice(t)
	c := o.raise(t, Escalated{Of: ofApproval, To: olivia})
	const presses = 1000
	errs := make([]error, presses)
	var all sync.WaitGroup
	for i := range presses {
		by := []Person{tom, olivia}[i%2]
		all.Go(func() {
			_, errs[i] = o.Press(t.Context(), press(by, VerbApprove, func(t *Turn) { t.Key, t.Activity, t.Plan = fmt.Sprint("press ", i), fmt.Sprint(i), c.Shown }))
		})
	}
	all.Wait()
	taken := 0
	for i, err := range errs {
		switch {
		case err == nil:
			taken++
		case CodeOf(err) != Conflict || !strings.Contains(SayOf(err), "already approved this on"):
			t.Fatalf("press %d: %v (%s)", i, err, SayOf(err))
		}
	}
	decisions := 0
	for _, r := range o.store.records {
		if _, ok := r.Entry.Body.(Approved); ok {
			decisions++
		}
	}
	if taken != 1 || decisions != 1 {
		t.Errorf("%d presses were taken, %d decisions are in the log", taken, decisions)
	}
}
