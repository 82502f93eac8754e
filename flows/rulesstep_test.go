package flows

import (
	"strings"
	"testing"
	"time"
)

const salesKey StepKey = "group:Sales"

// stuck is Priya's case with her account made and one step failed.
func stuck(t testing.TB, k StepKey) Case {
	t.Helper()
	return foldOn(t, settledUnsigned(t), StepFailed{Step: k, Cause: "refused", Tries: 1})
}

func onStep(by Person, verb string, k StepKey, inputs ...string) Turn {
	return press(by, verb, func(t *Turn) {
		t.Step = k
		for i := 0; i < len(inputs); i += 2 {
			t.Inputs[inputs[i]] = inputs[i+1]
		}
	})
}

// What every button of a failure card must refuse, with an input that would do otherwise.
func TestFailedStepRefusals(t *testing.T) {
	c, it := stuck(t, salesKey), Roles{IT: true}
	ended := c
	ended.State, ended.Ended = Stopped, By{Person: hannah}
	for _, verb := range []string{VerbRetry, VerbByHand, VerbWaive, VerbWaiveAgree} {
		on := func(by Person, k StepKey) Turn { return onStep(by, verb, k, "note", "did it", "reason", "not needed") }
		for name, w := range map[string]ruling{
			"no role":             {c: c, t: on(stan, salesKey), want: Denied, say: "Only IT can act on a failed step."},
			"HR":                  {c: c, t: on(hannah, salesKey), roles: Roles{HR: true, Approver: true}, want: Denied},
			"the subject":         {c: c, t: on(newcomer, salesKey), roles: it, want: Denied, say: "Nobody acts on their own access."},
			"no such step":        {c: c, t: on(ivan, "group:Nothing"), roles: it, want: Conflict, say: "This step is not part of the plan any more."},
			"no step":             {c: c, t: on(ivan, ""), roles: it, want: Conflict},
			"not ticked":          {c: c, t: on(ivan, "group:Wiki Editors"), roles: it, want: Conflict},
			"not decided yet":     {c: fold(t), t: on(ivan, accountKey), roles: it, want: Conflict},
			"a step that is fine": {c: c, t: on(ivan, "group:CRM Users"), roles: it, want: Conflict, say: "This step is being worked on by now. Nothing was changed."},
			"a step that is done": {c: c, t: on(ivan, accountKey), roles: it, want: Conflict, say: "This step is done and seen by now. Nothing was changed."},
			"the case is over":    {c: ended, t: on(ivan, salesKey), roles: it, want: Conflict},
		} {
			t.Run(verb+"/"+name, func(t *testing.T) { w.check(t, verb) })
		}
	}
}

func TestDecideOnFailedStep(t *testing.T) {
	c, it := stuck(t, salesKey), Roles{IT: true}
	asked := foldOn(t, c, WaiveAsked{Step: salesKey, By: ivan, Reason: "not needed"})
	welcome := stuck(t, welcomeStep)
	for name, tt := range map[string]struct {
		verb string
		ruling
	}{
		"retry":              {VerbRetry, ruling{c: c, t: onStep(ivan, VerbRetry, salesKey), roles: it, into: []Body{StepRetried{Step: salesKey, By: ivan}}}},
		"retry by an owner":  {VerbRetry, ruling{c: c, t: onStep(olivia, VerbRetry, salesKey), roles: Roles{Owner: true}, into: []Body{StepRetried{Step: salesKey, By: olivia}}}},
		"retry, waive asked": {VerbRetry, ruling{c: asked, t: onStep(ivan, VerbRetry, salesKey), roles: it, into: []Body{StepRetried{Step: salesKey, By: ivan}}}},
		"by hand, read back": {VerbByHand, ruling{c: c, t: onStep(ivan, VerbByHand, salesKey, "note", "added"), roles: it, into: []Body{StepClaimed{Step: salesKey, By: ivan, Note: "added"}}}},
		"by hand, not to be seen": {VerbByHand, ruling{c: welcome, t: onStep(ivan, VerbByHand, welcomeStep, "note", "told her"), roles: it, into: []Body{
			StepByHand{Step: welcomeStep, By: ivan, Note: "told her"},
		}}},
		"by hand, no note":    {VerbByHand, ruling{c: c, t: onStep(ivan, VerbByHand, salesKey), roles: it, want: Invalid, say: "Please say in a few words what you did."}},
		"waive":               {VerbWaive, ruling{c: c, t: onStep(ivan, VerbWaive, salesKey, "reason", "not needed"), roles: it, into: []Body{WaiveAsked{Step: salesKey, By: ivan, Reason: "not needed"}}}},
		"waive, no reason":    {VerbWaive, ruling{c: c, t: onStep(ivan, VerbWaive, salesKey), roles: it, want: Invalid}},
		"waive twice":         {VerbWaive, ruling{c: asked, t: onStep(ines, VerbWaive, salesKey, "reason", "so"), roles: it, want: Conflict, say: "Ivan Petrov already asked to leave this out. A second person must agree."}},
		"agree":               {VerbWaiveAgree, ruling{c: asked, t: onStep(ines, VerbWaiveAgree, salesKey), roles: it, into: []Body{Waived{Step: salesKey, By: ines, Asked: ivan, Reason: "not needed"}}}},
		"agree with oneself":  {VerbWaiveAgree, ruling{c: asked, t: onStep(ivan, VerbWaiveAgree, salesKey), roles: Roles{IT: true, Owner: true}, want: Denied, say: "You asked for this, so a second person must agree."}},
		"agree to nothing":    {VerbWaiveAgree, ruling{c: c, t: onStep(ines, VerbWaiveAgree, salesKey), roles: it, want: Conflict, say: "Nobody has asked to leave this step out."}},
		"agree after a retry": {VerbWaiveAgree, ruling{c: foldOn(t, asked, StepRetried{Step: salesKey, By: ines}, StepFailed{Step: salesKey, Cause: "again"}), t: onStep(ines, VerbWaiveAgree, salesKey), roles: it, want: Conflict}},
	} {
		t.Run(name, func(t *testing.T) { tt.check(t, tt.verb) })
	}
}

func TestDecideManual(t *testing.T) {
	const laptop StepKey = "manual:Laptop"
	c := settledUnsigned(t)
	owned := func(owner string) Case { return withStep(c, laptop, func(s *Step) { s.Owner = owner }) }
	grouped := withStep(c, laptop, func(s *Step) { s.Group = "g" })
	for name, w := range map[string]ruling{
		"IT":                      {c: owned("it"), t: onStep(ivan, "", laptop), roles: Roles{IT: true}},
		"no owner is IT's":        {c: owned(""), t: onStep(ivan, "", laptop), roles: Roles{IT: true}},
		"IT for somebody else":    {c: owned(string(maria.ID)), t: onStep(ivan, "", laptop), roles: Roles{IT: true}},
		"not IT's":                {c: owned("it"), t: onStep(hannah, "", laptop), roles: Roles{HR: true, Owner: true}, want: Denied, say: "This step belongs to somebody else."},
		"who raised it, as HR":    {c: owned("hr"), t: onStep(hannah, "", laptop)},
		"another of HR":           {c: owned("hr"), t: onStep(helen, "", laptop), roles: Roles{HR: true}},
		"the manager":             {c: owned("manager"), t: onStep(tom, "", laptop)},
		"not the manager":         {c: owned("manager"), t: onStep(stan, "", laptop), want: Denied},
		"a named owner":           {c: owned(string(maria.ID)), t: onStep(maria, "", laptop)},
		"not the named owner":     {c: owned(string(maria.ID)), t: onStep(tom, "", laptop), want: Denied},
		"the subject":             {c: owned(string(newcomer.ID)), t: onStep(newcomer, "", laptop), want: Denied, say: "Nobody confirms their own access."},
		"the subject as IT":       {c: owned("it"), t: onStep(newcomer, "", laptop), roles: Roles{IT: true}, want: Denied},
		"another kind of step":    {c: c, t: onStep(ivan, "", salesKey), roles: Roles{IT: true}, want: Conflict},
		"no such step":            {c: c, t: onStep(ivan, "", "manual:Car"), roles: Roles{IT: true}, want: Conflict},
		"before it is decided":    {c: fold(t), t: onStep(ivan, "", laptop), roles: Roles{IT: true}, want: Conflict},
		"done already":            {c: foldOn(t, c, StepByHand{Step: laptop, By: ivan}), t: onStep(ivan, "", laptop), roles: Roles{IT: true}, want: Conflict, say: "This step is done by hand by now. Nothing was changed."},
		"it waits for another":    {c: withStep(approved(t), laptop, func(s *Step) { s.After = []StepKey{accountKey} }), t: onStep(ivan, "", laptop), roles: Roles{IT: true}, want: Conflict},
		"it could not be, it can": {c: foldOn(t, c, StepCannot{Step: laptop, By: ivan, Reason: "no stock"}), t: onStep(ivan, "", laptop), roles: Roles{IT: true}},
		"held by a no-show":       {c: foldOn(t, c, NotStarted{By: tom}), t: onStep(ivan, "", laptop), roles: Roles{IT: true}, want: Conflict},
		"the case is over":        {c: foldOn(t, settled(t), Closed{}), t: onStep(ivan, "", laptop), roles: Roles{IT: true}, want: Conflict},
	} {
		t.Run("done/"+name, func(t *testing.T) {
			w := w
			if w.want == Internal {
				w.into = []Body{StepByHand{Step: laptop, By: w.t.By}}
			}
			w.check(t, VerbManualDone)
		})
		t.Run("cannot/"+name, func(t *testing.T) {
			w := w
			w.t.Inputs = map[string]string{"reason": "no stock"}
			if w.want == Internal {
				w.into = []Body{StepCannot{Step: laptop, By: w.t.By, Reason: w.t.By.Name + " says: no stock"}}
			}
			w.check(t, VerbManualCannot)
		})
	}
	t.Run("a group outside Graph is read back", func(t *testing.T) {
		w := ruling{c: grouped, t: onStep(ivan, "", laptop, "note", "added"), roles: Roles{IT: true}, into: []Body{StepClaimed{Step: laptop, By: ivan, Note: "added"}}}
		w.check(t, VerbManualDone)
	})
	t.Run("cannot, no reason", func(t *testing.T) {
		ruling{c: c, t: onStep(ivan, "", laptop), roles: Roles{IT: true}, want: Invalid}.check(t, VerbManualCannot)
	})
}

func TestDecideStartedOrNot(t *testing.T) {
	c := foldOn(t, settled(t, startedKey), StartAsked{Step: startedKey})
	delegate := foldOn(t, fold(t), HandedOver{By: tom, To: maria})
	ok := approval(delegate)
	ok.By = maria
	delegate = foldOn(t, delegate, ok, StepVerified{Step: accountKey, Account: newcomer.ID}, StartAsked{Step: startedKey})
	for name, w := range map[string]ruling{
		"who approved":         {c: c, t: onStep(tom, "", startedKey)},
		"the delegate":         {c: delegate, t: onStep(maria, "", startedKey)},
		"the manager as such":  {c: delegate, t: onStep(tom, "", startedKey)},
		"HR":                   {c: c, t: onStep(helen, "", startedKey), roles: Roles{HR: true}},
		"IT":                   {c: c, t: onStep(ivan, "", startedKey), roles: Roles{IT: true, Owner: true, Approver: true}, want: Denied, say: "This question is for Tom Hughes."},
		"the subject as HR":    {c: c, t: onStep(newcomer, "", startedKey), roles: Roles{HR: true}, want: Denied},
		"not asked yet":        {c: settled(t, startedKey), t: onStep(tom, "", startedKey), want: Conflict},
		"answered":             {c: foldOn(t, c, Started{By: tom}), t: onStep(tom, "", startedKey), want: Conflict},
		"answered with no":     {c: foldOn(t, c, NotStarted{By: tom}), t: onStep(tom, "", startedKey), want: Conflict},
		"before it is decided": {c: fold(t), t: onStep(tom, "", startedKey), want: Conflict},
		"the case is over":     {c: foldOn(t, settled(t), Closed{}), t: onStep(tom, "", startedKey), want: Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			yes, no := w, w
			if w.want == Internal {
				yes.into, no.into = []Body{Started{By: w.t.By}}, []Body{NotStarted{By: w.t.By}}
			}
			yes.check(t, VerbStarted)
			no.check(t, VerbNotStarted)
		})
	}
}

func TestDecideAfterNoShow(t *testing.T) {
	missed := foldOn(t, settled(t, startedKey), StartAsked{Step: startedKey}, NotStarted{By: tom})
	blocked := foldOn(t, missed, StepVerified{Step: blockKey, After: "blocked"})
	hr := Roles{HR: true}
	for name, tt := range map[string]struct {
		verb string
		ruling
	}{
		"starts after all":        {VerbResume, ruling{c: missed, t: press(helen, "", nil), roles: hr, into: []Body{Resumed{By: helen}}}},
		"the manager cannot":      {VerbResume, ruling{c: missed, t: press(tom, "", nil), want: Denied, say: "Only HR decides what happens after a no-show."}},
		"the subject cannot":      {VerbResume, ruling{c: missed, t: press(newcomer, "", nil), roles: hr, want: Denied}},
		"there was no no-show":    {VerbResume, ruling{c: settled(t), t: press(helen, "", nil), roles: hr, want: Conflict}},
		"resumed before":          {VerbResume, ruling{c: foldOn(t, missed, Resumed{By: hannah}), t: press(helen, "", nil), roles: hr, want: Conflict}},
		"end, not blocked yet":    {VerbEnd, ruling{c: missed, t: press(helen, "", func(t *Turn) { t.Inputs["reason"] = "never came" }), roles: hr, want: Conflict}},
		"end, the block failed":   {VerbEnd, ruling{c: foldOn(t, missed, StepFailed{Step: blockKey, Cause: "no"}), t: press(helen, "", func(t *Turn) { t.Inputs["reason"] = "never came" }), roles: hr, want: Conflict}},
		"end":                     {VerbEnd, ruling{c: blocked, t: press(helen, "", func(t *Turn) { t.Inputs["reason"] = "never came" }), roles: hr, into: []Body{Cancelled{By: helen, Reason: "never came"}}}},
		"end, no reason":          {VerbEnd, ruling{c: blocked, t: press(helen, "", nil), roles: hr, want: Invalid}},
		"end by the manager":      {VerbEnd, ruling{c: blocked, t: press(tom, "", func(t *Turn) { t.Inputs["reason"] = "never came" }), want: Denied}},
		"end of a case that runs": {VerbEnd, ruling{c: settled(t), t: press(helen, "", func(t *Turn) { t.Inputs["reason"] = "never came" }), roles: hr, want: Conflict}},
	} {
		t.Run(name, func(t *testing.T) { tt.check(t, tt.verb) })
	}
}

func TestMayShowPass(t *testing.T) {
	ready := settled(t, credentialKey, startedKey)
	shown := foldOn(t, ready, PassMade{Step: credentialKey, By: tom, Pass: Pass{ID: "p"}}, StepVerified{Step: credentialKey, After: "seen"})
	asked := foldOn(t, shown, StartAsked{Step: startedKey})
	for name, tt := range map[string]struct {
		c    Case
		by   Person
		step StepKey
		at   time.Time
		want Code
		say  string
	}{
		"who approved":          {ready, tom, credentialKey, morning(), Internal, ""},
		"once more":             {shown, tom, credentialKey, morning(), Internal, ""},
		"while asked":           {asked, tom, credentialKey, morning(), Internal, ""},
		"once started":          {foldOn(t, asked, Started{By: tom}), tom, credentialKey, morning(), Conflict, "The person has started, so no further pass is made here. If they cannot sign in, ask IT."},
		"started without it":    {foldOn(t, ready, StartAsked{Step: startedKey}, Started{By: tom}), tom, credentialKey, morning(), Conflict, "The pass is no longer needed: the person started without it."},
		"too early":             {ready, tom, credentialKey, monday(), Conflict, "It is too early: the pass can be made from Tue 5 January at 08:00."},
		"the raiser":            {ready, hannah, credentialKey, morning(), Denied, "Only Tom Hughes can be shown this pass."},
		"IT":                    {ready, ivan, credentialKey, morning(), Denied, ""},
		"the subject":           {ready, newcomer, credentialKey, morning(), Denied, ""},
		"somebody":              {ready, stan, credentialKey, morning(), Denied, ""},
		"nobody":                {ready, Person{}, credentialKey, morning(), Denied, ""},
		"another step":          {ready, tom, salesKey, morning(), Conflict, ""},
		"no step":               {ready, tom, "", morning(), Conflict, ""},
		"before the decision":   {fold(t), tom, credentialKey, morning(), Conflict, ""},
		"without an account":    {foldOn(t, approved(t), StepFailed{Step: accountKey, Cause: "no"}, Waived{Step: accountKey, By: ines}, StepVerified{Step: enableKey}), tom, credentialKey, morning(), Conflict, "There is no account yet, so no pass can be made. Ask IT."},
		"sign-in not seen open": {settled(t, credentialKey, startedKey, enableKey), tom, credentialKey, morning(), Conflict, ""},
		"after a no-show":       {foldOn(t, asked, NotStarted{By: tom}), tom, credentialKey, morning(), Conflict, ""},
		"the case is over":      {foldOn(t, settled(t), Closed{}), tom, credentialKey, morning(), Conflict, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := mayShowPass(tt.c, onStep(tt.by, VerbShowPass, tt.step), tt.at)
			if got := CodeOf(err); got != tt.want || (err == nil) != (tt.want == Internal) {
				t.Fatalf("code = %q, want %q (%v)", got, tt.want, err)
			}
			if tt.say != "" && SayOf(err) != tt.say {
				t.Errorf("says %q\nwant %q", SayOf(err), tt.say)
			}
		})
	}
	byManager := foldOn(t, raisedBy(t, tom, olivia))
	ok := approval(byManager)
	ok.By = olivia
	byManager = foldOn(t, byManager, ok, StepVerified{Step: accountKey, Account: newcomer.ID}, StepVerified{Step: enableKey})
	if err := mayShowPass(byManager, onStep(tom, "", credentialKey), morning()); CodeOf(err) != Denied || !strings.Contains(SayOf(err), "You confirmed") {
		t.Errorf("a manager who raised the event is shown the pass: %v", err)
	}
}
