package flows

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"muster/flows/texts"
)

// about is a case of Hannah, who is of HR herself, raised by Helen.
func (o *office) about(t *testing.T, kind EventKind) {
	t.Helper()
	o.put(t, raised(t, func(b *Raised) {
		b.Event.Kind, b.Event.Subject, b.By = kind, hannah, helen
		b.Facts.Seconds = []Person{olivia, ivan}
	}))
}

// Somebody of HR whose own exit, deletion or correction is under way reads what they would read of a case that does not exist.
func TestOwnCaseIsUnknown(t *testing.T) {
	for _, kind := range []EventKind{LeaverEvent, DeletionEvent, CorrectionEvent} {
		t.Run(string(kind), func(t *testing.T) {
			o := newOffice(t)
			o.about(t, kind)
			for _, words := range []string{"status ", "dry run ", "move ", "cancel ", "extend ", "return "} {
				ask := func(by Person, id CaseID) string {
					turn := press(by, "", func(u *Turn) { u.Key, u.Text = words+string(by.ID+AccountID(id)), words+string(id)+" to 12 March" })
					if words == "status " || words == "dry run " {
						turn.Text = words + string(id)
					}
					r, err := o.Answer(t.Context(), turn)
					return strings.ReplaceAll(r.Text+SayOf(err), string(id), "ID")
				}
				if got, want := ask(hannah, priyasCase), ask(hannah, "L-2026-0999"); got != want || want == "" {
					t.Errorf("%q is answered with %q, of a case that is not there with %q", words, got, want)
				}
			}
			for verb := range rules {
				r, err := o.Press(t.Context(), press(hannah, verb, func(u *Turn) { u.Step = "block" }))
				if CodeOf(err) != NotFound || r.Case != nil || strings.Contains(SayOf(err), "Priya") {
					t.Errorf("%s by the person: %v %v %s", verb, r.Case != nil, CodeOf(err), SayOf(err))
				}
			}
			for _, verb := range []string{VerbDetails, VerbRefresh, VerbHandOver, VerbReturnOn, VerbShowPass, VerbDriftFix, VerbDriftIgnore, VerbDriftKeep} {
				r, err := o.Press(t.Context(), press(hannah, verb, func(u *Turn) { u.Delegate = maria.ID }))
				if err == nil || r.Case != nil || r.View != nil {
					t.Errorf("%s by the person shows %v", verb, r)
				}
			}
			for _, words := range []string{CmdTasks, CmdUpcoming, CmdFailures, CmdOverdue, "status"} {
				r, err := o.Answer(t.Context(), press(hannah, "", func(u *Turn) { u.Key, u.Text = words, words }))
				if err != nil {
					t.Fatal(err)
				}
				if l, ok := r.View.(ItemList); ok && len(l.Items) > 0 {
					t.Errorf("%q lists %d items of the person's own", words, len(l.Items))
				}
				if v, ok := r.View.(Overview); ok && (len(v.Counts) > 0 || v.Upcoming > 0 || v.Oldest != nil) {
					t.Errorf("the overview counts it: %v", v)
				}
			}
		})
	}
}

// A decision is not handed to the person it is about: the card would tell them of their exit.
func TestHandOverToSubject(t *testing.T) {
	c := fold(t)
	c.Kind, c.Account = LeaverEvent, stan.ID
	turn := press(tom, VerbHandOver, func(u *Turn) { u.Plan = c.Shown })
	_, err := decideHandOver(c, turn, Account{ID: stan.ID, Name: stan.Name, Enabled: true}, morning())
	if CodeOf(err) != Invalid {
		t.Errorf("handed to the leaver: %v", err)
	}
}

// Somebody of HR does not answer a manager's question about their own case.
func TestReplyAboutOneself(t *testing.T) {
	c := fold(t, Asked{By: tom, Question: "why?"})
	c.Account = hannah.ID
	turn := press(hannah, VerbReply, func(u *Turn) { u.Inputs["answer"] = "so" })
	if _, err := decideReply(c, turn, Roles{HR: true}, morning()); CodeOf(err) != Denied {
		t.Errorf("answered about themselves: %v", err)
	}
}

// While a case is on hold or being cancelled, nobody decides on what goes, on what is kept or on a return.
func TestNothingIsDecidedOnHold(t *testing.T) {
	mover := fold(t)
	mover.Kind, mover.Release = MoverEvent, Release{Holders: []Person{maria}}
	mover.Approval.State = "approved"
	kept := approved(t)
	kept = withStep(kept, "group:Sales", func(s *Step) { s.Exception = &Exception{Until: "2027-06-30", By: maria} })
	kept = kept.with("group:Sales", func(st *StepStatus) { st.Asked = true })
	back := mover
	back.Event.End, back.ComeBack = "2027-06-30", ComeBack{At: morning(), StandIns: []Person{maria}}
	leave := approved(t)
	leave.Kind, leave.Return.Holders = LeaveEvent, []Person{maria}
	leave = withStep(leave, "group:Sales", func(s *Step) { s.Key = askReturnKey })
	leave.Steps = append(leave.Steps, StepStatus{Key: askReturnKey, State: Planned, Asked: true})
	for verb, c := range map[string]Case{VerbRelease: mover, VerbExtend: kept, VerbLetEnd: kept, VerbComeBack: back, VerbReturnAccess: leave} {
		for name, hold := range map[string]func(*Case){
			"on hold":   func(c *Case) { c.Paused = &Hold{For: "L-2026-0001", At: morning()} },
			"cancelled": func(c *Case) { c.Rescinded = &Rescission{By: By{Person: hannah, At: morning()}} },
		} {
			c := c
			hold(&c)
			turn := press(maria, verb, func(u *Turn) {
				u.Plan, u.Step = orHash(c.May, c.Shown), "group:Sales"
				u.Inputs["until"], u.Inputs["reason"] = "2027-08-31", "still needed"
			})
			_, err := rules[verb](c, turn, Roles{}, morning())
			if CodeOf(err) != Conflict || !strings.Contains(SayOf(err), "on hold") && !strings.Contains(SayOf(err), "being cancelled") {
				t.Errorf("%s, %s: %v %s", verb, name, CodeOf(err), SayOf(err))
			}
		}
	}
	leave.Rescinded = &Rescission{By: By{Person: helen, At: morning()}}
	turn := press(helen, VerbReturnOn, func(u *Turn) { u.Inputs["end"] = "2027-09-30" })
	p, _ := sandboxPolicy(t)
	if _, err := decideReturnOn(leave, turn, Roles{HR: true}, p, morning()); CodeOf(err) != Conflict || !strings.Contains(SayOf(err), "cancelled") {
		t.Errorf("the day of return while it is cancelled: %v", err)
	}
}

func orHash(h, other PlanHash) PlanHash {
	if h != "" {
		return h
	}
	return other
}

// A card that was sent to somebody asked to sign is kept true also when the account that is made proves to be theirs.
func TestSignOffCardStaysWithSubject(t *testing.T) {
	c := foldOn(t, approved(t), Escalated{Of: ofSignOff, To: newcomer})
	want := Slot{c.ID, CardSignOff, "", Recipient{Person: newcomer.ID}}.Key()
	has := func(c Case) bool {
		for _, s := range c.Slots() {
			if s.Key() == want {
				return true
			}
		}
		return false
	}
	after := foldOn(t, c, StepVerified{Step: accountKey, After: "seen", Account: newcomer.ID})
	if !has(c) || !has(after) {
		t.Errorf("the card is there before: %t, after: %t", has(c), has(after))
	}
	s, _, _ := after.Step(elevatedKey)
	if CodeOf(maySignOff(after, s, newcomer, Roles{Approver: true})) != Denied || holds(after.signers(s), newcomer.ID) {
		t.Error("the person may sign off their own access")
	}
}

// Deletions and wipes are held to the brakes as exits are, each counted for itself.
func TestBrakesCountWhatCannotBeUndone(t *testing.T) {
	for task, prefix := range map[TaskName]string{BlockSignIn: exitedKey, DeleteAccount: deletedKey, WipeDevices: wipedKey} {
		o := newOffice(t)
		c, s := o.raise(t), Step{Key: "x", Task: task}
		if !s.drastic() {
			t.Errorf("%s is not braked", task)
		}
		number, err := json.Marshal(staffCount{10_000, o.now})
		if err != nil {
			t.Fatal(err)
		}
		memos := []Memo{{Key: staffKey, Value: number}}
		for i := range o.Policy.Limits.ExitsPerHour {
			m, err := counter(prefix+"L-2026-"+strconv.Itoa(1000+i)+"/x", o.now)
			if err != nil {
				t.Fatal(err)
			}
			memos = append(memos, m)
		}
		if err := o.Commit(t.Context(), Change{Memos: memos}); err != nil {
			t.Fatal(err)
		}
		if why, _, err := o.exitBrake(t.Context(), c, s, o.now); err != nil || !strings.Contains(why, "within an hour") {
			t.Errorf("%s at the limit: %q %v", task, why, err)
		}
		other := map[TaskName]TaskName{BlockSignIn: DeleteAccount, DeleteAccount: WipeDevices, WipeDevices: BlockSignIn}[task]
		if why, _, err := o.exitBrake(t.Context(), c, Step{Key: "x", Task: other}, o.now); err != nil || why != "" {
			t.Errorf("%s is counted as %s: %q %v", task, other, why, err)
		}
	}
}

// Whoever keeps something, or confirmed a return, does not sign off the same as approver.
func TestNobodySignsWhatTheyAskedFor(t *testing.T) {
	c := approved(t)
	s, _, _ := c.Step(elevatedKey)
	s.Exception = &Exception{By: aisha}
	for _, kind := range []EventKind{MoverEvent, CorrectionEvent} {
		if c.Kind = kind; CodeOf(signsTwice(c, s, aisha)) != Denied {
			t.Errorf("%s: who keeps it may sign it off", kind)
		}
	}
	s.Exception, s.Phase = nil, Back
	c.ComeBack.By = []By{{Person: aisha, At: morning()}}
	if CodeOf(signsTwice(c, s, aisha)) != Denied {
		t.Error("who confirmed the return may sign off what comes back")
	}
	if s.Phase = ""; signsTwice(c, s, aisha) != nil {
		t.Error("what does not come back is theirs to sign")
	}
}

// A contractor who holds a role reads nothing of what is said about the end of their own contract, and what drifted of theirs is told to a
// colleague, not in a channel where they read along.
func TestOwnContractAndDrift(t *testing.T) {
	o := newOffice(t)
	c := foldOn(t, settled(t), Closed{})
	c.Contract = &Contract{End: "2027-06-30", Days: 90, Round: 1, Stage: 1, Manager: tom, Cards: []ContractCard{{1, tom.ID}}}
	o.store.cases[c.ID] = c
	p := *o.Policy
	p.Roles.IT = Holders{People: []string{newcomer.UPN, ivan.UPN}}
	o.Policy = &p
	for _, words := range []string{"status " + string(c.ID), "status Priya Patel", "my tasks", "overdue", "upcoming"} {
		r, err := o.Answer(t.Context(), press(newcomer, "", func(u *Turn) { u.Key, u.Text = words, words }))
		text, _ := json.Marshal(r)
		if strings.Contains(string(text)+SayOf(err), "contract") || strings.Contains(string(text), string(tom.ID)) {
			t.Errorf("%q shows it: %s %v", words, text, err)
		}
	}
	if r, err := o.Answer(t.Context(), press(ivan, "", func(u *Turn) { u.Key, u.Text = "status", "status "+string(c.ID) })); err != nil || r.View == nil {
		t.Errorf("a colleague reads it: %v", err)
	}
	for name, tt := range map[string]struct {
		about Person
		worst bool
		want  []Recipient
	}{
		"somebody else":                {stan, false, []Recipient{{Channel: "it"}}},
		"somebody else, open again":    {stan, true, []Recipient{{Channel: "it"}, {Channel: "owners"}}},
		"one of IT":                    {newcomer, false, []Recipient{{Person: ivan.ID}}},
		"one of IT, open again":        {newcomer, true, []Recipient{{Person: ivan.ID}, {Person: olivia.ID}}},
		"an owner, who reads with IT?": {olivia, true, []Recipient{{Person: newcomer.ID}, {Person: oscar.ID}}},
	} {
		got, err := o.driftReaders(t.Context(), tt.about.ID, tt.worst)
		if err != nil || len(got) != len(tt.want) {
			t.Fatalf("%s: %v (%v)", name, got, err)
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: %v, want %v", name, got, tt.want)
			}
		}
	}
}

// A case that was held stays unknown to the person it is about, however that ended: what they read there would tell them of the other one.
func TestHeldCaseStaysUnknown(t *testing.T) {
	mover := fold(t)
	mover.Kind, mover.Account = MoverEvent, hannah.ID
	if mover.secretFrom(hannah.ID) {
		t.Fatal("a mover is a secret")
	}
	for name, bodies := range map[string][]Body{
		"on hold":                        {CasePaused{For: "L-2026-0009"}},
		"asked whether it goes on":       {CasePaused{For: "L-2026-0009"}, ReturnAsked{For: "L-2026-0009"}},
		"gone on":                        {CasePaused{For: "L-2026-0009"}, ReturnAsked{For: "L-2026-0009"}, Unpaused{By: helen}},
		"ended by it":                    {CasePaused{For: "L-2026-0009"}, Overtaken{By: "L-2026-0009"}},
		"cancelled while it was on hold": {CasePaused{For: "L-2026-0009"}, ChangeAsked{N: 1, What: CancelChange, By: helen}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := mover
			for _, b := range bodies {
				if b == nil {
					b = c.cancelNow(Rescinded{N: 1, By: helen, Reason: "not now"}, press(helen, "", nil), morning()).Entries[0].Body
				}
				c = foldOn(t, c, b)
			}
			if !c.secretFrom(hannah.ID) || c.secretFrom(helen.ID) {
				t.Errorf("secret from the person: %t, from a colleague: %t", c.secretFrom(hannah.ID), c.secretFrom(helen.ID))
			}
		})
	}
}

// What somebody decided before they left is shown to IT, without the references of cases that one of IT may be the subject of; and an exit
// names no other case that is a secret.
func TestOtherCasesAreNotNamed(t *testing.T) {
	yes := Decision{State: "approved", By: tom, At: monday()}
	var all []Case
	for id, kind := range map[CaseID]EventKind{"J-2026-0001": JoinerEvent, "R-2026-0001": DeletionEvent, "L-2026-0001": LeaverEvent} {
		c := Case{ID: id, Kind: kind, Approval: yes, Version: 1}
		c.Event.Urgent = true
		all = append(all, c)
	}
	got := strings.Join(decidedBy(texts.Language{}, all, tom.ID, monday().AddDate(0, 0, -1)), "; ")
	if got != "J-2026-0001 (access approved); 2 decisions on exits, deletions or corrections, which are not named here" {
		t.Errorf("IT reads %q", got)
	}
}
