package flows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// logged are the kinds and streams in the log, in order.
func (o *office) logged() []string {
	var out []string
	for _, r := range o.store.records {
		out = append(out, string(r.Entry.Case)+" "+string(r.Kind))
	}
	return out
}

// A delivery that is repeated has the effect, and the answer, of the first one, whatever was pressed.
func TestPressTwice(t *testing.T) {
	o := newOffice(t)
	c := o.raise(t)
	at := func(verb string, by Person, change func(*Turn)) Turn { return press(by, verb, change) }
	for name, tt := range map[string]struct {
		before []Body
		turn   Turn
	}{
		"approve":   {nil, at(VerbApprove, tom, func(t *Turn) { t.Plan = c.Shown })},
		"reject":    {nil, at(VerbReject, tom, func(t *Turn) { t.Plan, t.Inputs["reason"] = c.Shown, "no" })},
		"ask":       {nil, at(VerbAsk, tom, func(t *Turn) { t.Plan, t.Inputs["question"] = c.Shown, "why?" })},
		"reply":     {[]Body{Asked{By: tom, Question: "why?"}}, at(VerbReply, hannah, func(t *Turn) { t.Inputs["answer"] = "so" })},
		"sign off":  {[]Body{approval(c, elevatedKey)}, at(VerbSignOff, aisha, func(t *Turn) { t.Plan, t.Step = c.Plan.Chosen([]StepKey{elevatedKey}).Hash(), elevatedKey })},
		"retry":     {[]Body{approval(c), StepFailed{Step: accountKey, Cause: "no"}}, at(VerbRetry, ivan, func(t *Turn) { t.Step = accountKey })},
		"waive":     {[]Body{approval(c), StepFailed{Step: accountKey, Cause: "no"}}, at(VerbWaive, ivan, func(t *Turn) { t.Step, t.Inputs["reason"] = accountKey, "no" })},
		"by hand":   {[]Body{approval(c), StepFailed{Step: accountKey, Cause: "no"}}, at(VerbByHand, ivan, func(t *Turn) { t.Step, t.Inputs["note"] = accountKey, "did" })},
		"no, again": {[]Body{approval(c), StartAsked{Step: startedKey}}, at(VerbNotStarted, tom, nil)},
		"started":   {[]Body{approval(c), StartAsked{Step: startedKey}}, at(VerbStarted, tom, nil)},
		"resume":    {[]Body{approval(c), StartAsked{Step: startedKey}, NotStarted{By: tom}}, at(VerbResume, hannah, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.raise(t, tt.before...)
			first, err := o.Press(t.Context(), tt.turn)
			if err != nil {
				t.Fatal(err)
			}
			log, queue := o.logged(), o.store.keys()
			again, err := o.Press(t.Context(), tt.turn)
			if err != nil {
				t.Fatalf("the repeat is refused: %v (%s)", err, SayOf(err))
			}
			if diff := cmp.Diff(first, again); diff != "" {
				t.Error("answers (-first +repeat)", diff)
			}
			if diff := cmp.Diff(log, o.logged()); diff != "" {
				t.Error("the log (-first +repeat)", diff)
			}
			if diff := cmp.Diff(queue, o.store.keys()); diff != "" {
				t.Error("the queue (-first +repeat)", diff)
			}
		})
	}
}

func TestRefusedTwice(t *testing.T) {
	o := newOffice(t)
	c := o.raise(t)
	turn := press(stan, VerbApprove, func(t *Turn) { t.Plan = c.Shown })
	for range 2 {
		r, err := o.Press(t.Context(), turn)
		if CodeOf(err) != Denied || r.Pass != nil {
			t.Errorf("answered with %v, %v", r, err)
		}
	}
	late := press(maria, VerbApprove, func(t *Turn) { t.Plan = "another" })
	o.put(t, Entry{Case: c.ID, At: o.now, Body: HandedOver{By: tom, To: maria}})
	for range 2 {
		if _, err := o.Press(t.Context(), late); CodeOf(err) != Conflict {
			t.Errorf("on another plan: %v", err)
		}
	}
	want := []string{
		"J-2026-0001 case.raised.1", "J-2026-0001 turn.heard.1", "J-2026-0001 turn.refused.1", "J-2026-0001 approval.handed_over.1", "J-2026-0001 turn.heard.1", "J-2026-0001 turn.refused.1",
	}
	if diff := cmp.Diff(want, o.logged()); diff != "" {
		t.Error("the log (-want +got)", diff)
	}
}

// A refused press is logged where it belongs, and never in the stream of a case or draft that is not there: it could be raised later.
func TestRefusedPressGoesWhere(t *testing.T) {
	for name, tt := range map[string]struct {
		turn Turn
		want CaseID
		code Code
	}{
		"a case":                  {press(stan, VerbApprove, nil), priyasCase, Denied},
		"no such case":            {press(stan, VerbApprove, func(t *Turn) { t.Case = "J-2027-0001" }), "", NotFound},
		"by a stranger":           {press(Person{ID: "x"}, VerbApprove, func(t *Turn) { t.Case = "J-2027-0001" }), "", Denied},
		"an unknown verb":         {press(stan, "give.me", func(t *Turn) { t.Case = "J-2027-0001" }), "", Invalid},
		"no case":                 {press(stan, VerbApprove, func(t *Turn) { t.Case = "" }), "", NotFound},
		"no such draft":           {press(hannah, VerbConfirm, func(t *Turn) { t.Draft = "D-none" }), "", NotFound},
		"another's draft":         {press(helen, VerbConfirm, func(t *Turn) { t.Draft = "D-1" }), "D-1", Denied},
		"a draft's verb, no form": {press(hannah, VerbConfirm, nil), "", NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.raise(t)
			o.keep(t, Draft{ID: "D-1", State: DraftForm, By: hannah})
			r, err := o.Press(t.Context(), tt.turn)
			if CodeOf(err) != tt.code {
				t.Fatalf("code = %q, want %q (%v)", CodeOf(err), tt.code, err)
			}
			if r.Draft != nil || r.View != nil {
				t.Errorf("a refusal shows %+v", r)
			}
			last := o.store.records[len(o.store.records)-1]
			if last.Entry.Case != tt.want || last.Kind != (Refused{}).Kind() {
				t.Errorf("logged as %s in %q, want %q", last.Kind, last.Entry.Case, tt.want)
			}
		})
	}
}

// A press that changes nothing any more is answered with the card, and is in the log once like every other.
func TestPressThatChangesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		state DraftState
		verb  string
	}{
		"confirmed twice":         {DraftConfirmed, VerbConfirm},
		"changed after":           {DraftConfirmed, VerbChange},
		"submitted twice":         {DraftChecking, VerbCheck},
		"confirmed, not yet read": {DraftChecking, VerbConfirm},
		"withdrawn twice":         {DraftWithdrawn, VerbWithdraw},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.keep(t, Draft{ID: "D-1", State: tt.state, By: hannah, Event: priya(nil)})
			for range 2 {
				r, err := o.Press(t.Context(), press(hannah, tt.verb, func(t *Turn) { t.Case, t.Draft = "", "D-1" }))
				if err != nil || r.Draft == nil || r.Draft.State != tt.state {
					t.Errorf("answered with %+v, %v", r.Draft, err)
				}
			}
			if diff := cmp.Diff([]string{"D-1 turn.heard.1"}, o.logged()); diff != "" {
				t.Error("the log (-want +got)", diff)
			}
		})
	}
}

func (o *office) keep(t testing.TB, d Draft) {
	t.Helper()
	m, err := draftMemo(d)
	if err == nil {
		err = o.Commit(t.Context(), Change{Memos: []Memo{m}})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// One who was let in to a case with somebody's draft in the press is not shown the draft.
func TestRepeatShowsNoForeignDraft(t *testing.T) {
	o := newOffice(t)
	c := o.raise(t)
	o.keep(t, Draft{ID: "D-1", State: DraftForm, By: hannah, Event: priya(nil)})
	turn := press(tom, VerbApprove, func(t *Turn) { t.Plan, t.Draft = c.Shown, "D-1" })
	for range 2 {
		r, err := o.Press(t.Context(), turn)
		if err != nil || r.Draft != nil {
			t.Errorf("answered with draft %v, %v", r.Draft, err)
		}
	}
}

// Two holders press at once, many times: the first durable decision stands, and every other press learns whose it was.
func TestPressAtOnce(t *testing.T) {
	o := newOffice(t)
	c := o.raise(t, Escalated{Of: ofApproval, To: olivia})
	const presses = 60
	errs := make([]error, presses)
	var all sync.WaitGroup
	for i := range presses {
		all.Go(func() {
			turn := press([]Person{tom, olivia}[i%2], []string{VerbApprove, VerbReject, VerbAsk}[i%3], func(t *Turn) {
				t.Key, t.Activity, t.Plan = fmt.Sprint(i), fmt.Sprint(i), c.Shown
				t.Inputs = map[string]string{"reason": "no", "question": "why?"}
			})
			_, errs[i] = o.Press(t.Context(), turn)
		})
	}
	all.Wait()
	decided := 0
	for _, r := range o.store.records {
		if r.Kind == (Approved{}).Kind() || r.Kind == (Rejected{}).Kind() {
			decided++
		}
	}
	if decided != 1 {
		t.Errorf("decided %d times", decided)
	}
	for i, err := range errs {
		if err != nil && CodeOf(err) != Conflict && CodeOf(err) != Unavailable {
			t.Errorf("press %d: %v", i, err)
		}
	}
	if c := o.of(t); c.Approval.State == "" {
		t.Error("nothing was decided")
	}
}

// A decision is made again when the case moved meanwhile, and given up with a sentence when it never stands still.
func TestPressOnAMovingCase(t *testing.T) {
	o := newOffice(t)
	c := o.raise(t)
	o.store.moving = tries - 1
	if _, err := o.Press(t.Context(), press(tom, VerbApprove, func(t *Turn) { t.Plan = c.Shown })); err != nil {
		t.Errorf("after %d conflicts: %v", tries-1, err)
	}
	o = newOffice(t)
	c = o.raise(t)
	o.store.moving = tries
	if _, err := o.Press(t.Context(), press(tom, VerbApprove, func(t *Turn) { t.Plan = c.Shown })); CodeOf(err) != Unavailable || o.of(t).Approval.State != "" {
		t.Errorf("after %d conflicts: %v", tries, err)
	}
}

// Anything pressed by anybody, with anything in it, in any state of the case: no panic, no error without a code, and what is allowed folds.
func TestPressAnything(t *testing.T) {
	verbs := []string{"", "x", VerbCheck, VerbChange, VerbConfirm, VerbWithdraw, VerbHandOver, VerbDetails, VerbRefresh, VerbOverdue, VerbFailures, VerbUpcoming, VerbShowPass}
	for v := range rules {
		verbs = append(verbs, v)
	}
	slices.Sort(verbs)
	plain := everyKind(t)
	rapid.Check(t, func(r *rapid.T) {
		o := newOffice(t)
		o.now = morning()
		if rapid.IntRange(0, 9).Draw(r, "raised") > 0 {
			o.raise(t)
			for range rapid.IntRange(0, 15).Draw(r, "history") {
				o.tryEntry(t, r, anyBody(r, o.of(t), plain))
			}
		}
		for i := range rapid.IntRange(1, 8).Draw(r, "presses") {
			c := o.store.cases[priyasCase]
			keys := []StepKey{"", "nothing", blockKey}
			for _, s := range c.Plan.Steps {
				keys = append(keys, s.Key)
			}
			turn := Turn{
				Key: fmt.Sprint(i), Activity: fmt.Sprint(i), Chat: "c",
				By:       rapid.SampledFrom([]Person{hannah, helen, tom, aisha, olivia, ivan, ines, newcomer, stan, {}}).Draw(r, "by"),
				Verb:     rapid.SampledFrom(verbs).Draw(r, "verb"),
				Case:     rapid.SampledFrom([]CaseID{priyasCase, priyasCase, priyasCase, "", "J-2026-0099"}).Draw(r, "case"),
				Draft:    rapid.SampledFrom([]string{"", "D-1"}).Draw(r, "draft"),
				Step:     rapid.SampledFrom(keys).Draw(r, "step"),
				Plan:     rapid.SampledFrom([]PlanHash{c.Shown, c.May, "", "x"}).Draw(r, "plan"),
				Ticked:   rapid.SliceOfN(rapid.SampledFrom(keys), 0, 3).Draw(r, "ticked"),
				Delegate: rapid.SampledFrom([]AccountID{"", maria.ID, hannah.ID, tom.ID, "x"}).Draw(r, "delegate"),
			}
			if rapid.Bool().Draw(r, "inputs") {
				turn.Inputs = map[string]string{"reason": "r", "question": "q", "answer": "a", "note": "n"}
			}
			reply, err := o.Press(t.Context(), turn)
			if err != nil && CodeOf(err) == Internal {
				r.Fatalf("%s by %s: an error nobody can mend: %v", turn.Verb, turn.By.Name, err)
			}
			if err != nil && (reply.Pass != nil || reply.View != nil) {
				r.Fatalf("%s by %s is refused, and shown %+v", turn.Verb, turn.By.Name, reply)
			}
			if reply.Pass != nil && (turn.By.ID != c.Approval.By.ID && turn.By.ID != c.Event.Manager.ID) {
				r.Fatalf("%s is shown the pass", turn.By.Name)
			}
		}
	})
}

// A pass is made for the press that asks, shown once, and its code is nowhere else.
func TestShowPass(t *testing.T) {
	o := newOffice(t)
	o.raise(t)
	o.now = morning()
	for _, b := range []Body{approval(o.of(t)), StepVerified{Step: accountKey, Account: newcomer.ID}, StepVerified{Step: enableKey, After: "open"}} {
		o.put(t, Entry{Case: priyasCase, At: o.now, Body: b})
	}
	turn := onStep(tom, VerbShowPass, credentialKey)
	first, err := o.Press(t.Context(), turn)
	if err != nil || first.Pass == nil || first.Pass.Code.Reveal() != "code-pass-1" {
		t.Fatalf("the pass is %v, %v", first.Pass, err)
	}
	again, err := o.Press(t.Context(), turn)
	if err != nil || again.Pass != nil || o.dir.made != 1 {
		t.Errorf("the repeat of the press makes pass %d: %v, %v", o.dir.made, again.Pass, err)
	}
	turn.Key, turn.Activity = "another", "another"
	second, err := o.Press(t.Context(), turn)
	if err != nil || second.Pass == nil || second.Pass.Code.Reveal() != "code-pass-2" {
		t.Fatalf("the second pass is %v, %v", second.Pass, err)
	}
	if len(o.dir.passes) != 1 {
		t.Errorf("%d passes work", len(o.dir.passes))
	}
	all, err := json.Marshal(struct {
		Records []Record
		Queue   map[string]Errand
		Cases   map[CaseID]Case
		Memos   map[string][]byte
	}{o.store.records, o.store.queue, o.store.cases, o.store.memos})
	if err != nil || strings.Contains(string(all), "code-pass") {
		t.Errorf("the code is in the store (%v)", err)
	}
	if s := fmt.Sprintf("%v %+v %#v", second, second.Pass, *second.Pass); strings.Contains(s, "code-pass") {
		t.Errorf("the code prints as %s", s)
	}
}

func TestShowPassFails(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*office)
		want   Code
	}{
		"the account is blocked": {func(o *office) { o.dir.change(newcomer.ID, func(a *Account) { a.Enabled = false }) }, Conflict},
		"the account is gone":    {func(o *office) { delete(o.dir.people, newcomer.ID) }, NotFound},
		"no answer":              {func(o *office) { o.dir.down = &Error{Code: Unavailable} }, Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.raise(t)
			o.now = morning()
			for _, b := range []Body{approval(o.of(t)), StepVerified{Step: accountKey, Account: newcomer.ID}, StepVerified{Step: enableKey, After: "open"}} {
				o.put(t, Entry{Case: priyasCase, At: o.now, Body: b})
			}
			if _, _, err := o.Standing(t.Context(), tom.ID); err != nil { // known for a minute
				t.Fatal(err)
			}
			tt.change(o)
			r, err := o.Press(t.Context(), onStep(tom, VerbShowPass, credentialKey))
			if CodeOf(err) != tt.want || r.Pass != nil {
				t.Errorf("code = %q, want %q (%v); pass %v", CodeOf(err), tt.want, err, r.Pass)
			}
			if _, st, _ := o.of(t).Step(credentialKey); st.State.Over() {
				t.Errorf("the step is %s", st.State)
			}
		})
	}
}

// While the directory is asked about a form, HR goes on; what is found about the old form must not come back over it.
func TestCheckDoesNotOverwrite(t *testing.T) {
	for name, tt := range map[string]struct {
		meanwhile func(*Draft)
		want      DraftState
		given     string
	}{
		"nothing":        {func(*Draft) {}, DraftForm, "Priya"}, // the manager is blocked: a form with a problem
		"withdrawn":      {func(d *Draft) { d.State = DraftWithdrawn }, DraftWithdrawn, "Priya"},
		"changed":        {func(d *Draft) { d.State = DraftForm }, DraftForm, "Priya"},
		"checked anew":   {func(d *Draft) { d.Event.Given = "Pria" }, DraftChecking, "Pria"},
		"confirmed late": {func(d *Draft) { d.State = DraftConfirmed }, DraftConfirmed, "Priya"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			d := Draft{ID: "D-1", State: DraftChecking, By: hannah, Event: priya(nil)}
			o.keep(t, d)
			er := Errand{Key: DraftErrand + "/D-1", Kind: DraftErrand, Due: o.now, Body: errandBody(DraftWork{"D-1"})}
			if err := o.Commit(t.Context(), Change{Add: []Errand{er}}); err != nil {
				t.Fatal(err)
			}
			er, _ = o.store.errand(er.Key)
			o.dir.change(tom.ID, func(a *Account) { a.Enabled = false })
			o.dir.during = func() {
				o.dir.during = nil
				tt.meanwhile(&d)
				o.keep(t, d)
			}
			if err := o.checkDraft(t.Context(), er); err != nil {
				t.Fatal(err)
			}
			got, err := o.FetchDraft(t.Context(), "D-1")
			if err != nil || got.State != tt.want || got.Event.Given != tt.given {
				t.Errorf("the draft is %s about %s, want %s about %s (%v)", got.State, got.Event.Given, tt.want, tt.given, err)
			}
			if (name == "nothing") != (len(got.Problems) > 0) {
				t.Errorf("problems: %v", got.Problems)
			}
			if _, left := o.store.errand(er.Key); left {
				t.Error("the errand is left in the queue")
			}
		})
	}
}

func TestDetailsAreForThoseWhoMay(t *testing.T) {
	o := newOffice(t)
	o.raise(t, HandedOver{By: tom, To: maria})
	for who, want := range map[Person]bool{hannah: true, helen: true, ivan: true, olivia: true, tom: true, maria: true, stan: false, aisha: false, newcomer: false} {
		r, err := o.Press(t.Context(), press(who, VerbDetails, nil))
		if (err == nil) != want || (r.View != nil) != want {
			t.Errorf("%s sees it: %t, want %t (%v)", who.Name, r.View != nil, want, err)
		}
	}
	if o.now = o.now.Add(time.Hour); len(o.of(t).Questions) != 0 {
		t.Error("looking changed something")
	}
}
