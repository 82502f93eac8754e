package flows

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// everyKind is one body of each kind, filled in.
func everyKind(t testing.TB) []Body {
	t.Helper()
	at := monday().Add(time.Hour)
	return []Body{
		Heard{Conversation: "a", Activity: "1", From: tom, Text: "status", Verb: VerbApprove, Step: accountKey, Ticked: []StepKey{"a"}, Inputs: map[string]string{"note": "x"}, ReplyTo: "2"},
		Answered{To: tom.ID, Text: "yes"},
		Sent{Slot: "s", To: Recipient{Channel: "it"}, Conversation: "a", Activity: "1", Text: "x", Card: json.RawMessage(`{"a":1}`), Update: true},
		Unsent{Slot: "s", To: Recipient{Person: tom.ID}, Why: "gone"},
		Refused{Verb: VerbApprove, Code: Denied, Why: "no"},
		Tried{Step: accountKey, Why: "busy"},
		raised(t, nil).Body,
		Approved{Shown: "a", Ticked: []StepKey{"x"}, Plan: "b", By: tom, RemindAt: at, Escalate: at},
		Rejected{Shown: "a", By: tom, Reason: "no"},
		Asked{By: tom, Question: "why?"},
		Replied{By: hannah, Answer: "so"},
		HandedOver{By: tom, To: maria},
		SignedOff{Step: elevatedKey, Plan: "b", By: aisha, OK: true, Reason: "fine"},
		Reminded{Of: ofApproval},
		Escalated{Of: ofSignOff, To: olivia, Next: at, Why: "away"},
		Rerouted{Of: ofSignOff, From: aisha, To: olivia, Why: "gone"},
		DelegatedTo{From: tom, To: maria, Until: at},
		DelegationOver{From: tom, To: maria},
		DelegationMade{Delegation{From: tom, To: maria, Begins: at, Until: at}},
		DelegationEnded{Delegation: Delegation{From: tom, To: maria, Begins: at, Until: at}, By: tom},
		StepStarted{Step: accountKey, Before: "none"},
		StepUnseen{Step: accountKey, Seen: "none", Next: at},
		StepDelayed{Step: accountKey, Why: "busy", Next: at, Count: true},
		StepVerified{Step: accountKey, Before: "none", After: "there", Already: true, Account: newcomer.ID},
		StepFailed{Step: accountKey, Cause: "refused", Tries: 2},
		StepLost{Step: accountKey, Seen: "gone"},
		StepRetried{Step: accountKey, By: ivan},
		StepByHand{Step: accountKey, By: ivan, Note: "did it", Seen: "there"},
		StepClaimed{Step: accountKey, By: ivan, Note: "did it"},
		StepCannot{Step: accountKey, By: ivan, Reason: "no stock"},
		WaiveAsked{Step: accountKey, By: ivan, Reason: "not needed"},
		Waived{Step: accountKey, By: ines, Asked: ivan, Reason: "not needed"},
		StepDropped{Step: accountKey, Why: "not wanted"},
		PassMade{Step: credentialKey, By: tom, Pass: Pass{ID: "p", Usable: true, Start: "s", Until: "u", Once: true}, Until: at},
		StartAsked{Step: startedKey},
		Started{By: tom},
		NotStarted{By: tom},
		Resumed{By: hannah},
		Cancelled{By: hannah, Reason: "never came"},
		Closed{Verified: 1, ByHand: 2, Waived: 3, Dropped: 4},
		WorkPaused{By: olivia, Reason: "payroll"},
		WorkResumed{By: oscar, Since: at},
		SeatsChecked{Looks: 2, Short: []string{"Visio"}},
		ListRead{File: "starters.xlsx", Hash: "a", Size: 1, Event: JoinerEvent, Rows: 2, Notes: []string{"x"}},
		RowRead{List: "D-1", Line: 2, Written: "x", Problems: map[string]string{"job": "which?"}},
		RowConfirmed{List: "D-1", Line: 2, By: hannah, At: at, Plan: "b"},
		ReturnSet{End: "2027-09-30", Plan: Plan{Policy: "p"}, By: hannah},
		ReturnConfirmed{Shown: "a", Ticked: []StepKey{"return:licence:SPB"}, By: tom},
		Received{Source: "payroll", ID: "1", Hash: "a", Body: "{}", To: hannah},
		DeletionKept{Until: "2027-09-30", Reason: "so", By: olivia},
		RestoreAsked{Reason: "so", By: olivia},
		CameBack{Case: "J-2027-0001", By: hannah},
		HoldSet{Reason: "a claim", Until: "2027-06-30", By: hannah, Turn: "t"},
		HoldEnded{Reason: "settled", By: hannah, Turn: "t"},
		ChangeAsked{N: 1, What: MoveChange, By: hannah, Turn: "t", Event: priya(nil), From: "a", Kept: true, Warnings: []string{"w"}},
		ChangeAgreed{N: 1, By: hannah, Reason: "so"},
		ChangeDropped{N: 1, By: hannah, Reason: "so"},
		Moved{N: 1, By: hannah, Event: priya(nil), Kept: true, Late: Lateness{Step: enableKey, Due: at}, RemindAt: at, Escalate: at},
		Rescinded{N: 1, By: hannah, Second: olivia, Reason: "so"},
		CasePaused{For: "L-2026-0001"},
		ReturnAsked{For: "L-2026-0001"},
		Unpaused{By: hannah, RemindAt: at, Escalate: at},
		Overtaken{By: "L-2026-0001"},
		DriftFound{Account: tom.ID, Findings: []Finding{{Key: "sign_in", Kind: DriftOpen, Name: "Sign-in", Case: priyasCase, Since: at}}},
		DriftIgnored{Account: tom.ID, Finding: Finding{Key: "group:x", Kind: DriftExtra, Name: "Sales", Since: at}, By: ivan, Reason: "known"},
		Released{Shown: "a", Keep: map[StepKey]Keep{"out:group:CRM": {Until: "2027-06-30", Reason: "the old project"}}, Drop: []StepKey{"x"}, Plan: "b", By: tom, Since: "2027-01-05", RemindAt: at, Escalate: at},
		ReleaseLapsed{Plan: "b", Left: []StepKey{"x"}, LeftBy: at, RemindAt: at, Escalate: at},
		ExceptionAsked{Step: "x"},
		ExceptionExtended{Step: "x", Until: "2027-06-30", Reason: "still the old project", By: tom, Since: "2027-01-05", Plan: "b", RemindAt: at, Escalate: at},
		ExceptionEnded{Step: "x", By: tom},
		ComeBackAsked{RemindAt: at, Escalate: at},
		ComeBackConfirmed{By: tom, RemindAt: at, Escalate: at},
		ContractAsked{Stage: 1, To: tom},
		ExtensionAsked{By: tom, To: hannah, Until: "2027-03-31", Turn: "t"},
		ExtensionDecided{By: hannah, OK: true, Until: "2027-03-31", Reason: "so"},
		ContractLet{By: tom},
		ContractEnded{Leaver: "L-2026-0001", Why: "so"},
		ReviewMade{Month: "2026-11", N: 1, Review: Review{Month: "2026-11", Zone: "Europe/London", From: at, To: at, Counted: []CaseID{priyasCase}}, Apart: []ApartReview{{Reader: olivia.ID}}, Asked: []Person{olivia}},
		ReviewWorded{Month: "2026-11", Hash: "a", Words: []LineWord{{Key: "J-2026-0001", Text: "so", By: olivia, At: at, Alone: true}}},
		ReviewSigned{Month: "2026-11", Hash: "a", By: olivia, At: at, Words: []LineWord{{Key: "J-2026-0001", Text: "so", By: olivia, At: at}}, Only: true},
		ReviewChased{Month: "2026-11", Round: 1},
		ReviewParted{Month: "2026-11", N: 1, Apart: ApartReview{Reader: olivia.ID, Review: Review{Month: "2026-11", Zone: "Europe/London", From: at, To: at}, Without: []string{"6f2a"}, None: true}},
		PolicyAdopted{Policy: "ab", Was: "cd", Ref: "P-3F2A91", By: olivia, Second: hannah},
		PolicyRead{Ref: "P-3F2A91", Policy: "ab", Was: "cd", By: olivia, Found: true, File: "policy.yaml", Size: 1, Reach: PolicyReach{
			Roles: []RoleMove{{Role: HR, Gains: []Person{tom}, Loses: []Person{hannah}}}, Cases: []CaseID{priyasCase}, Jobs: []JobHeld{{Job: "Account Manager", People: 1, Gone: true}},
		}},
		PolicyProposed{Ref: "P-3F2A91", Policy: "ab", By: olivia, Reason: "so", Asked: []Person{hannah}, Until: at},
		PolicyDecided{Ref: "P-3F2A91", Policy: "ab", By: hannah, OK: true, Reason: "so"},
		PolicyLapsed{Ref: "P-3F2A91", By: olivia, Why: "so", Back: true},
		PolicyPlaced{Ref: "P-3F2A91", Policy: "ab", Was: "cd"},
		PolicyInForce{Ref: "P-3F2A91", Policy: "ab"},
		FileHanded{File: FilePack, Arg: "J-2026-0001", Name: "evidence-j-2026-0001.zip", Hash: "a", Size: 1, To: olivia, Sure: true},
		CheckpointPublished{Place: "owners", Size: 3, Root: "a", Note: "n"},
		KeyChanged{From: "a", To: "b", Size: 3, Statement: "s", Reason: "a laptop was lost"},
		LogRestored{Made: monday(), Size: 3, Reason: "a fire", By: "olivia.grant@larkfield.example", Lost: []string{"n"}},
		ErasureAsked{Ref: "E-1", Ground: "asked for", By: olivia, Cases: 1},
		PersonErased{Ref: "E-1", Ground: "asked for", By: olivia, Second: hannah, Found: Forgotten{Cases: 1, Bodies: 2, Mentions: 3, Kept: 4, Memos: 5, Errands: 6}},
		TalkExpired{Before: at, Found: Forgotten{Mentions: 3}},
		KeptEnough{Rule: KeepCases, Before: at, Found: Forgotten{Cases: 1, Bodies: 3}},
		PopulationChecked{By: hannah, File: "people.xlsx", Hash: "a", Size: 1, Rows: 2, Accounts: 3, Found: map[PopulationKind]int{NotListed: 1}},
	}
}

func TestDecodeBody(t *testing.T) {
	kinds := map[Kind]bool{}
	for _, b := range everyKind(t) {
		t.Run(string(b.Kind()), func(t *testing.T) {
			if kinds[b.Kind()] {
				t.Fatal("two types have this kind")
			}
			kinds[b.Kind()] = true
			row, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			got, err := DecodeBody(b.Kind(), row)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(b, got, cmp.AllowUnexported(Policy{})); diff != "" {
				t.Error("(-stored +read)", diff)
			}
			if !regexp.MustCompile(`^[a-z_]+\.[a-z_]+\.1$`).MatchString(string(b.Kind())) {
				t.Errorf("kind %q is not of the form noun.verb.1", b.Kind())
			}
			if _, err := DecodeBody(b.Kind(), []byte("[")); err == nil {
				t.Error("half a body was read")
			}
		})
	}
	if len(kinds) != len(decoders) {
		t.Errorf("%d kinds are tested, %d are known", len(kinds), len(decoders))
	}
	for _, k := range []Kind{"", "case.raised.2", "case.Raised.1", "nothing.at_all.1"} {
		if b, err := DecodeBody(k, []byte("{}")); err == nil {
			t.Errorf("kind %q was read as %T", k, b)
		}
	}
}

// The kinds are in every store there is, so this list only grows.
func TestKindsAreForEver(t *testing.T) {
	want := strings.Fields(`turn.heard.1 turn.answered.1 message.sent.1 message.unsent.1 turn.refused.1 step.tried.1 case.raised.1 access.approved.1
		access.rejected.1 question.asked.1 question.replied.1 approval.handed_over.1 elevated.signed_off.1 decision.reminded.1 decision.escalated.1
		decision.rerouted.1 decision.delegated.1 decision.delegation_over.1 delegation.made.1 delegation.ended.1
		step.started.1 step.unseen.1 step.delayed.1 step.verified.1 step.failed.1 step.lost.1 step.retried.1 step.by_hand.1 step.claimed.1 step.cannot.1
		step.waive_asked.1 step.waived.1 step.dropped.1 pass.made.1 start.asked.1 start.confirmed.1 start.missed.1 case.resumed.1 case.cancelled.1 case.closed.1
		work.paused.1 work.resumed.1 seats.checked.1
		list.read.1 row.read.1 row.confirmed.1 leave.return_set.1 leave.return_confirmed.1 event.received.1 deletion.kept.1 deletion.restore_asked.1 exit.came_back.1 exit.hold_set.1 exit.hold_ended.1
		change.asked.1 change.agreed.1 change.dropped.1 case.moved.1 case.rescinded.1 case.paused.1 case.return_asked.1 case.unpaused.1 case.overtaken.1 drift.found.1 drift.ignored.1

		mover.released.1 mover.release_lapsed.1 exception.asked.1 exception.extended.1 exception.ended.1 secondment.return_asked.1 secondment.return_confirmed.1
		contract.asked.1 contract.extension_asked.1 contract.extension_decided.1 contract.let_end.1 contract.ended.1
		review.made.1 review.worded.1 review.signed.1 review.chased.1 review.parted.1
		policy.adopted.1 policy.read.1 policy.proposed.1 policy.decided.1 policy.lapsed.1 policy.placed.1 policy.in_force.1
		file.handed.1
		checkpoint.published.1 key.changed.1 log.restored.1 erasure.asked.1 erasure.done.1 talk.expired.1 retention.ended.1 population.checked.1`)
	var got []string
	for _, b := range everyKind(t) {
		got = append(got, string(b.Kind()))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("(-want +got)", diff)
	}
}

// A hash names the bytes that a decision was bound to: if one of these changes, every open approval of every store is void.
func TestPlanHashIsForEver(t *testing.T) {
	due := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	p := Plan{
		Account: NewAccount{
			UPN: "priya.patel@larkfield.example", Name: "Priya Patel", Given: "Priya", Surname: "Patel", JobTitle: "Account Manager", Department: "Sales", Office: "London",
			CostCentre: "4711", Company: "Larkfield", Employee: "Employee", UsageLocation: "GB", HireDate: "2027-01-05", Mark: "never part of it",
		},
		Manager: tom.ID, Policy: "p",
		Steps: []Step{
			{Key: accountKey, Task: CreateAccount, Title: "Create the account", Due: due, Choice: Fixed},
			{Key: "group:Sales", Task: AddToGroup, Title: "Add to Sales", Due: due, Choice: Ticked, After: []StepKey{accountKey}, Group: "g", Name: "Sales", Why: "Account Manager", Note: "n"},
			{Key: elevatedKey, Task: AddToGroup, Title: "Add", Due: due, Choice: Elevated, After: []StepKey{accountKey}, Group: "h", Approvers: []Person{aisha}, Named: true},
			{Key: "manual:Laptop", Task: Manual, Title: "Laptop", Due: due, Choice: Fixed, Owner: "it", Instructions: "Take one."},
			{Key: credentialKey, Task: OfferPass, Title: "Offer", Due: due, Choice: Fixed, Minutes: 60, Reuse: true, SKU: "s", Text: "t"},
		},
	}
	const want PlanHash = "8e8d785923d54b019c4f797689ad972dce60846833a8ac6f6bc93e84b7812a4b"
	if got := p.Hash(); got != want {
		t.Errorf("hash = %s, want %s", got, want)
	}
	other := p
	other.Account.Mark = ""
	if other.Hash() != p.Hash() {
		t.Error("the mark, which is set when the account is made, changes the hash")
	}
	if small := (Plan{}).Hash(); small != "8d0d4c2d855f98e00edd382eda882ec2b2ab0573d03dd320f1db75ae2b47ebb7" {
		t.Errorf("hash of the empty plan = %s", small)
	}
}

// Whatever is changed in a plan makes another plan.
func TestPlanHashSeesEverything(t *testing.T) {
	c := approved(t)
	seen := map[PlanHash]string{c.Plan.Hash(): "the plan"}
	note := func(what string, p Plan) {
		if was, ok := seen[p.Hash()]; ok {
			t.Errorf("%s has the hash of %s", what, was)
		}
		seen[p.Hash()] = what
	}
	for i := range c.Plan.Steps {
		typ := reflect.TypeFor[Step]()
		for f := range typ.NumField() {
			p := c.Plan
			p.Steps = slices.Clone(p.Steps)
			v := reflect.ValueOf(&p.Steps[i]).Elem().Field(f)
			switch x := v.Addr().Interface().(type) {
			case *time.Time:
				*x = x.Add(time.Second)
			case *[]StepKey:
				*x = append(slices.Clone(*x), "more")
			case *[]Person:
				*x = append(slices.Clone(*x), stan)
			case *Person:
				x.ID += "x"
			case *[]Stage:
				*x = append(slices.Clone(*x), Stage{All: true})
			case *int:
				*x += 7
			case *bool:
				*x = !*x
			case *map[string]string:
				*x = map[string]string{"more": "x"}
			case **Exception:
				*x = &Exception{Until: "2027-06-30"}
			case **When:
				*x = &When{Department: []string{"Sales"}}
			default:
				v.SetString(v.String() + "x")
			}
			note(fmt.Sprintf("step %d with another %s", i, typ.Field(f).Name), p)
		}
	}
}

func TestChosen(t *testing.T) {
	p := Plan{Steps: []Step{
		{Key: "a", Choice: Fixed},
		{Key: "b", Choice: Ticked, After: []StepKey{"a"}},
		{Key: "c", Choice: Extra, After: []StepKey{"a", "b"}},
		{Key: "d", Choice: Elevated, After: []StepKey{"b", "c"}},
		{Key: "e", Choice: Fixed, After: []StepKey{"d", "a"}},
	}}
	for name, tt := range map[string]struct {
		ticked []StepKey
		want   string
	}{
		"nothing":          {nil, "a e(a)"},
		"all":              {[]StepKey{"b", "c", "d"}, "a b(a) c(a,b) d(b,c) e(d,a)"},
		"in another order": {[]StepKey{"d", "c", "b"}, "a b(a) c(a,b) d(b,c) e(d,a)"},
		"one":              {[]StepKey{"c"}, "a c(a) e(a)"},
		"twice":            {[]StepKey{"c", "c"}, "a c(a) e(a)"},
		"a fixed one":      {[]StepKey{"a"}, "a e(a)"},
		"not offered":      {[]StepKey{"z", ""}, "a e(a)"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range p.Chosen(tt.ticked).Steps {
				line := string(s.Key)
				if len(s.After) > 0 {
					line += "(" + strings.Trim(strings.ReplaceAll(fmt.Sprint(s.After), " ", ","), "[]") + ")"
				}
				got = append(got, line)
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("chosen = %s, want %s", s, tt.want)
			}
		})
	}
	if p.Steps[4].After[0] != "d" {
		t.Error("choosing changed the plan it chose from")
	}
}

func TestState(t *testing.T) {
	early := approved(t)
	broken := foldOn(t, early, StepStarted{Step: accountKey}, StepFailed{Step: accountKey, Cause: "no"})
	asked := foldOn(t, settled(t, startedKey), StartAsked{Step: startedKey})
	missed := foldOn(t, asked, NotStarted{By: tom})
	blocked := foldOn(t, missed, StepVerified{Step: blockKey, After: "blocked"})
	for name, tt := range map[string]struct {
		c    Case
		want State
	}{
		"raised":             {fold(t), Waiting},
		"a question":         {fold(t, Asked{By: tom, Question: "?"}), Waiting},
		"handed over":        {fold(t, HandedOver{By: tom, To: maria}), Waiting},
		"escalated":          {fold(t, Escalated{Of: ofApproval, To: olivia}), Waiting},
		"rejected":           {fold(t, Rejected{Shown: fold(t).Shown, By: tom, Reason: "no"}), Stopped},
		"approved early":     {early, Scheduled},
		"signed off":         {foldOn(t, early, SignedOff{Step: elevatedKey, Plan: early.May, By: aisha, OK: true}), Scheduled},
		"refused":            {foldOn(t, early, SignedOff{Step: elevatedKey, Plan: early.May, By: aisha, Reason: "no"}), Running},
		"begun":              {foldOn(t, early, StepStarted{Step: accountKey}), Running},
		"not seen":           {foldOn(t, early, StepStarted{Step: accountKey}, StepUnseen{Step: accountKey}), Running},
		"failed":             {broken, NeedsPeople},
		"retried":            {foldOn(t, broken, StepRetried{Step: accountKey, By: ivan}), Scheduled},
		"waive asked":        {foldOn(t, broken, WaiveAsked{Step: accountKey, By: ivan, Reason: "no"}), NeedsPeople},
		"waived":             {foldOn(t, broken, WaiveAsked{Step: accountKey, By: ivan, Reason: "no"}, Waived{Step: accountKey, By: ines}), Running},
		"everything is over": {settled(t), Running},
		"closed":             {foldOn(t, settled(t), Closed{}), Done},
		"lost":               {foldOn(t, settled(t), StepLost{Step: "group:Sales", Seen: "gone"}), NeedsPeople},
		"asked":              {asked, Running},
		"not started":        {missed, NeedsPeople},
		"blocked":            {blocked, NeedsPeople},
		"starts after all":   {foldOn(t, blocked, Resumed{By: hannah}), Running},
		"ended":              {foldOn(t, blocked, Cancelled{By: hannah, Reason: "never came"}), Stopped},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.c.State != tt.want {
				t.Errorf("state = %s, want %s", tt.c.State, tt.want)
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	c := approved(t)
	over := foldOn(t, settled(t), Closed{})
	for name, tt := range map[string]struct {
		c Case
		b Body
	}{
		"raised twice":               {c, raised(t, nil).Body},
		"before it is raised":        {Case{}, Started{By: tom}},
		"after the end":              {over, Resumed{By: hannah}},
		"approved twice":             {c, approval(fold(t))},
		"another plan approved":      {fold(t), Approved{Shown: "other", Plan: fold(t).Plan.Chosen(nil).Hash(), By: tom}},
		"ticks of another hash":      {fold(t), Approved{Shown: fold(t).Shown, Ticked: []StepKey{"group:Sales"}, Plan: fold(t).Plan.Chosen(nil).Hash(), By: tom}},
		"rejected after approval":    {c, Rejected{Shown: c.Shown, By: tom}},
		"another plan rejected":      {fold(t), Rejected{Shown: "other", By: tom}},
		"sign-off of another plan":   {c, SignedOff{Step: elevatedKey, Plan: c.Shown, By: aisha, OK: true}},
		"sign-off of a plain step":   {c, SignedOff{Step: "group:Sales", Plan: c.May, By: aisha, OK: true}},
		"sign-off twice":             {foldOn(t, c, SignedOff{Step: elevatedKey, Plan: c.May, By: aisha, OK: true}), SignedOff{Step: elevatedKey, Plan: c.May, By: aisha, OK: true}},
		"an answer to nothing":       {c, Replied{By: hannah, Answer: "so"}},
		"a step before the approval": {fold(t), StepStarted{Step: accountKey}},
		"a step that is not there":   {c, StepVerified{Step: "group:Wiki Editors"}},
		"a step that is over":        {settled(t), StepFailed{Step: accountKey, Cause: "late"}},
		"escalation of nothing":      {c, Escalated{Of: "everything", To: olivia}},
	} {
		t.Run(name, func(t *testing.T) {
			next, err := tt.c.Apply(Entry{Case: priyasCase, At: monday(), Body: tt.b})
			if err == nil {
				t.Fatalf("folded into version %d", next.Version)
			}
		})
	}
}

// Every entry in every state gives a case that can be stored, drawn and followed, or an error; and what was folded before is not changed.
func TestFoldAnything(t *testing.T) {
	start := raised(t, nil)
	plain := everyKind(t)
	rapid.Check(t, func(r *rapid.T) {
		c, err := Case{}.Apply(start)
		if err != nil {
			r.Fatal(err)
		}
		at := start.At
		for range rapid.IntRange(1, 40).Draw(r, "entries") {
			at = at.Add(time.Duration(rapid.IntRange(0, 72).Draw(r, "hours")) * time.Hour)
			b := anyBody(r, c, plain)
			before, err := json.Marshal(c)
			if err != nil {
				r.Fatal(err)
			}
			next, err := c.Apply(Entry{Case: c.ID, At: at, By: tom.ID, Body: b})
			if after, merr := json.Marshal(c); merr != nil || string(after) != string(before) {
				r.Fatalf("folding %s changed the case it was folded on (%v)", b.Kind(), merr)
			}
			if err != nil {
				continue
			}
			checkCase(r, c, next, b)
			c = next
		}
	})
}

// anyBody is a body that may or may not fit: of any kind, about any step, with any plan.
func anyBody(r *rapid.T, c Case, plain []Body) Body {
	step := StepKey("nothing")
	if len(c.Plan.Steps) > 0 {
		step = rapid.SampledFrom(append(c.Plan.Steps, Step{Key: "nothing"})).Draw(r, "step").Key
	}
	who := rapid.SampledFrom([]Person{hannah, tom, maria, aisha, olivia, ivan, newcomer, {}}).Draw(r, "who")
	b := rapid.SampledFrom(plain).Draw(r, "kind")
	switch b.(type) {
	case Approved:
		var ticked []StepKey
		for _, s := range c.Plan.Steps {
			if s.Choice != Fixed && rapid.Bool().Draw(r, "ticked") {
				ticked = append(ticked, s.Key)
			}
		}
		return Approved{Shown: c.Shown, Ticked: ticked, Plan: c.Plan.Chosen(ticked).Hash(), By: who}
	case Rejected:
		if rapid.IntRange(0, 9).Draw(r, "rejects") > 0 {
			return Reminded{Of: ofApproval}
		}
		return Rejected{Shown: c.Shown, By: who, Reason: "no"}
	case Cancelled, Closed:
		if rapid.IntRange(0, 9).Draw(r, "ends") > 0 {
			return StartAsked{Step: startedKey}
		}
		return b
	case HandedOver:
		return HandedOver{By: rapid.SampledFrom(append(c.Approval.Holders, stan)).Draw(r, "holder"), To: who}
	case Escalated:
		return Escalated{Of: rapid.SampledFrom([]string{ofApproval, ofSignOff, "x"}).Draw(r, "of"), To: who}
	case Reminded:
		return Reminded{Of: rapid.SampledFrom([]string{ofApproval, ofSignOff, string(step)}).Draw(r, "of")}
	case Rerouted:
		from := rapid.SampledFrom([]Person{hannah, tom, aisha, olivia}).Draw(r, "from")
		return Rerouted{Of: rapid.SampledFrom([]string{ofSignOff, ofHR, ofManager, string(step)}).Draw(r, "of"), From: from, To: who}
	case SignedOff:
		return SignedOff{Step: elevatedKey, Plan: c.May, By: who, OK: rapid.Bool().Draw(r, "ok")}
	}
	if _, of := stepOf(b); !of {
		return b
	}
	v := reflect.New(reflect.TypeOf(b)).Elem()
	v.Set(reflect.ValueOf(b))
	v.FieldByName("Step").Set(reflect.ValueOf(step))
	return v.Interface().(Body)
}

// checkCase holds a case to what everything else builds on.
func checkCase(r *rapid.T, was, c Case, b Body) {
	row, err := json.Marshal(c)
	if err != nil {
		r.Fatal(err)
	}
	var back Case
	if err := json.Unmarshal(row, &back); err != nil {
		r.Fatal(err)
	}
	if again, err := json.Marshal(back); err != nil || string(again) != string(row) {
		r.Fatalf("after %s the case is not read as it was stored (%v)", b.Kind(), err)
	}
	if len(c.Approval.Holders) == 0 {
		r.Fatalf("after %s nobody holds the decision", b.Kind())
	}
	for i, p := range c.Approval.Holders {
		if holds(c.Approval.Holders[:i], p.ID) {
			r.Fatalf("after %s somebody holds the decision twice", b.Kind())
		}
	}
	if c.Approval.State == "approved" && len(c.Steps) != len(c.Plan.Steps) {
		r.Fatalf("after %s there are %d steps and %d states", b.Kind(), len(c.Plan.Steps), len(c.Steps))
	}
	if c.May != "" && !c.planStands() {
		r.Fatalf("after %s the plan is not the one approved", b.Kind())
	}
	if c.Over() && len(c.Errands()) > 0 {
		r.Fatalf("after %s the case is over and still wants %v", b.Kind(), c.Errands())
	}
	if c.Over() && len(c.Open(monday())) > 0 {
		r.Fatalf("after %s the case is over and still waits for people", b.Kind())
	}
	c.Open(monday())
	c.Coming(monday().AddDate(1, 0, 0))
	now := map[Slot]bool{}
	for _, s := range c.Slots() {
		now[s] = true
	}
	for _, s := range was.Slots() {
		if !now[s] {
			r.Fatalf("after %s the card %s/%s is forgotten in the chat it stands in", b.Kind(), s.Card, s.Step)
		}
	}
	for _, k := range c.Keys() {
		if personal(k) {
			r.Fatalf("key %q holds personal data", k)
		}
	}
	for _, e := range append(c.Errands(), c.cardErrands(monday())...) {
		if personal(e.Key) || personal(e.Lane) {
			r.Fatalf("errand %q in %q holds personal data", e.Key, e.Lane)
		}
	}
}

// personal reports whether text holds a name or an address of the tests' people.
func personal(s string) bool {
	s = strings.ToLower(s)
	for _, p := range []Person{hannah, tom, maria, aisha, olivia, ivan, newcomer, stan} {
		for _, word := range append(strings.Fields(p.Name), p.UPN) {
			if strings.Contains(s, strings.ToLower(word)) {
				return true
			}
		}
	}
	return strings.Contains(s, "@")
}

// A no-show holds the plan, and "starts after all" begins steps anew; the cards that stand in chats by then are kept true through both.
func TestCardsStayThroughANoShow(t *testing.T) {
	c := settled(t, credentialKey, startedKey, enableKey)
	c = foldOn(t, c, StepFailed{Step: enableKey, Cause: "refused"}, StepRetried{Step: enableKey, By: ivan}, StepFailed{Step: enableKey, Cause: "refused"}, StepClaimed{Step: enableKey, By: ivan, Note: "opened"},
		StepVerified{Step: enableKey, After: "open"}, StartAsked{Step: startedKey})
	want := []CardName{CardCredential, CardStarted, CardFailure}
	for _, next := range []Body{nil, NotStarted{By: tom}, Resumed{By: hannah}, StepVerified{Step: enableKey, After: "open"}} {
		if next != nil {
			c = foldOn(t, c, next)
		}
		for _, card := range want {
			if !slices.ContainsFunc(c.Slots(), func(s Slot) bool { return s.Card == card }) {
				t.Errorf("after %T the card %s is forgotten", next, card)
			}
		}
	}
}
