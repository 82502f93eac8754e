package flows

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// morning is after everything of Priya's first day fell due.
func morning() time.Time { return time.Date(2027, 1, 5, 12, 0, 0, 0, time.UTC) }

// ruling is one press held against a rule.
type ruling struct {
	c     Case
	t     Turn
	roles Roles
	want  Code
	say   string // where the words matter
	into  []Body // what is written when it is allowed
}

func (w ruling) check(t *testing.T, verb string) {
	t.Helper()
	now := morning()
	ch, err := rules[verb](w.c, w.t, w.roles, now)
	if got := CodeOf(err); got != w.want || (err == nil) != (w.want == Internal) {
		t.Fatalf("code = %q, want %q (%v: %s)", got, w.want, err, SayOf(err))
	}
	if err != nil {
		if w.say != "" && SayOf(err) != w.say {
			t.Errorf("says %q\nwant %q", SayOf(err), w.say)
		}
		if diff := cmp.Diff(Change{}, ch); diff != "" {
			t.Error("a refusal writes (-want +got)", diff)
		}
		return
	}
	var got []Body
	for _, e := range ch.Entries {
		if e.By != w.t.By.ID || e.Case != w.c.ID || !e.At.Equal(now) {
			t.Errorf("entry by %s of %s at %s", e.By, e.Case, e.At)
		}
		got = append(got, e.Body)
	}
	if diff := cmp.Diff(w.into, got); diff != "" {
		t.Error("(-want +got)", diff)
	}
	ch.Case = w.c.ID
	if _, _, err := follow(w.c, ch, now); err != nil {
		t.Errorf("what the rule allows does not follow: %v", err)
	}
}

func TestDecideApprove(t *testing.T) {
	c := fold(t)
	shown := func(t *Turn) { t.Plan = c.Shown }
	with := func(keys ...StepKey) func(*Turn) { return func(t *Turn) { t.Plan, t.Ticked = c.Shown, keys } }
	into := func(by Person, keys ...StepKey) []Body {
		return []Body{Approved{
			Shown: c.Shown, Ticked: keys, Plan: c.Plan.Chosen(keys).Hash(), By: by,
			RemindAt: c.Site.AddWorkingHours(morning(), 8), Escalate: c.Site.AddWorkingHours(morning(), 16),
		}}
	}
	rejected := foldOn(t, c, Rejected{Shown: c.Shown, By: tom, Reason: "no"})
	signsToo := raisedBy(t, hannah, aisha) // who decides as the manager is the only approver
	atOnce := into(aisha, elevatedKey)
	b, ok := atOnce[0].(Approved)
	if !ok {
		t.Fatal("no approval")
	}
	b.Escalate = morning()
	for name, w := range map[string]ruling{
		"the manager":             {c: c, t: press(tom, VerbApprove, shown), into: into(tom)},
		"with ticks, in order":    {c: c, t: press(tom, VerbApprove, with(elevatedKey, "group:Sales")), into: into(tom, "group:Sales", elevatedKey)},
		"a tick twice":            {c: c, t: press(tom, VerbApprove, with("group:Sales", "group:Sales")), into: into(tom, "group:Sales")},
		"a fixed one ticked":      {c: c, t: press(tom, VerbApprove, with(accountKey)), into: into(tom)},
		"access not offered":      {c: c, t: press(tom, VerbApprove, with("group:Finance")), want: Invalid},
		"an empty tick":           {c: c, t: press(tom, VerbApprove, with("")), want: Invalid},
		"the one who asked":       {c: c, t: press(hannah, VerbApprove, shown), want: Denied, say: "This decision is with Tom Hughes."},
		"who asked and holds it":  {c: foldOn(t, c, HandedOver{By: tom, To: hannah}), t: press(hannah, VerbApprove, shown), want: Denied, say: "You confirmed this people event, so somebody else must decide on the access."},
		"a role is not enough":    {c: c, t: press(olivia, VerbApprove, shown), roles: Roles{HR: true, IT: true, Approver: true, Owner: true}, want: Denied},
		"somebody else":           {c: c, t: press(stan, VerbApprove, shown), want: Denied, say: "This decision is with Tom Hughes."},
		"nobody":                  {c: c, t: press(Person{}, VerbApprove, shown), want: Denied},
		"handed over":             {c: foldOn(t, c, HandedOver{By: tom, To: maria}), t: press(maria, VerbApprove, shown), into: into(maria)},
		"who handed it over":      {c: foldOn(t, c, HandedOver{By: tom, To: maria}), t: press(tom, VerbApprove, shown), want: Denied, say: "This decision is with Maria Lopez."},
		"after the escalation":    {c: foldOn(t, c, Escalated{Of: ofApproval, To: olivia}), t: press(olivia, VerbApprove, shown), into: into(olivia)},
		"the first holder, still": {c: foldOn(t, c, Escalated{Of: ofApproval, To: olivia}), t: press(tom, VerbApprove, shown), into: into(tom)},
		"another, escalated":      {c: foldOn(t, c, Escalated{Of: ofApproval, To: olivia}), t: press(stan, VerbApprove, shown), want: Denied, say: "This decision is with Tom Hughes or Olivia Grant."},
		"another plan":            {c: c, t: press(tom, VerbApprove, func(t *Turn) { t.Plan = c.Plan.Chosen(nil).Hash() }), want: Conflict, say: "The plan changed since this card was sent, so nothing was decided. The card now shows the new one."},
		"no plan":                 {c: c, t: press(tom, VerbApprove, nil), want: Conflict},
		"nobody else to sign":     {c: signsToo, t: press(aisha, VerbApprove, with(elevatedKey)), into: []Body{b}},
		"nothing to sign":         {c: signsToo, t: press(aisha, VerbApprove, with("group:Sales")), into: into(aisha, "group:Sales")},
		"another holder, late":    {c: foldOn(t, c, Escalated{Of: ofApproval, To: olivia}, approval(c)), t: press(olivia, VerbApprove, shown), want: Conflict},
		"approved before":         {c: approved(t), t: press(tom, VerbApprove, shown), want: Conflict, say: "Tom Hughes already approved this on Mon 23 November at 10:01. Nothing was changed."},
		"rejected before":         {c: rejected, t: press(tom, VerbApprove, shown), want: Conflict, say: "Tom Hughes already rejected this on Mon 23 November at 10:01. Nothing was changed."},
		"the case is over":        {c: foldOn(t, settled(t), Closed{}), t: press(tom, VerbApprove, shown), want: Conflict},
	} {
		t.Run(name, func(t *testing.T) { w.check(t, VerbApprove) })
	}
}

func TestDecideReject(t *testing.T) {
	c := fold(t)
	because := func(reason string) func(*Turn) {
		return func(t *Turn) { t.Plan, t.Inputs = c.Shown, map[string]string{"reason": reason} }
	}
	for name, w := range map[string]ruling{
		"with a reason":      {c: c, t: press(tom, VerbReject, because(" not needed ")), into: []Body{Rejected{Shown: c.Shown, By: tom, Reason: "not needed"}}},
		"without a reason":   {c: c, t: press(tom, VerbReject, because(" \n")), want: Invalid, say: "Please say in a few words why you reject this."},
		"no inputs at all":   {c: c, t: press(tom, VerbReject, func(t *Turn) { t.Plan, t.Inputs = c.Shown, nil }), want: Invalid},
		"somebody else":      {c: c, t: press(stan, VerbReject, because("no")), want: Denied},
		"the one who asked":  {c: c, t: press(hannah, VerbReject, because("no")), want: Denied},
		"another plan":       {c: c, t: press(tom, VerbReject, func(t *Turn) { t.Plan, t.Inputs = "other", map[string]string{"reason": "no"} }), want: Conflict},
		"after the approval": {c: approved(t), t: press(tom, VerbReject, because("no")), want: Conflict},
	} {
		t.Run(name, func(t *testing.T) { w.check(t, VerbReject) })
	}
}

func TestDecideAskAndReply(t *testing.T) {
	c := fold(t)
	asks := func(q string) func(*Turn) {
		return func(t *Turn) { t.Plan, t.Inputs = c.Shown, map[string]string{"question": q} }
	}
	open := foldOn(t, c, Asked{By: tom, Question: "Which team?"})
	answered := foldOn(t, open, Replied{By: hannah, Answer: "Sales."})
	for name, w := range map[string]ruling{
		"the manager":         {c: c, t: press(tom, VerbAsk, asks("Which team?")), into: []Body{Asked{By: tom, Question: "Which team?"}}},
		"nothing asked":       {c: c, t: press(tom, VerbAsk, asks("")), want: Invalid},
		"asked already":       {c: open, t: press(tom, VerbAsk, asks("And when?")), want: Conflict, say: "A question is already with HR. You are told as soon as it is answered."},
		"again, answered":     {c: answered, t: press(tom, VerbAsk, asks("And when?")), into: []Body{Asked{By: tom, Question: "And when?"}}},
		"somebody else":       {c: c, t: press(stan, VerbAsk, asks("Who?")), want: Denied},
		"another plan":        {c: c, t: press(tom, VerbAsk, func(t *Turn) { t.Inputs = map[string]string{"question": "?"} }), want: Conflict},
		"after the decision":  {c: approved(t), t: press(tom, VerbAsk, asks("Which?")), want: Conflict},
		"a very long one":     {c: c, t: press(tom, VerbAsk, asks(longText(900))), into: []Body{Asked{By: tom, Question: longText(500)}}},
		"of many-byte letter": {c: c, t: press(tom, VerbAsk, asks("é")), into: []Body{Asked{By: tom, Question: "é"}}},
	} {
		t.Run("ask/"+name, func(t *testing.T) { w.check(t, VerbAsk) })
	}
	says := func(a string) func(*Turn) {
		return func(t *Turn) { t.Inputs = map[string]string{"answer": a} }
	}
	hr := Roles{HR: true}
	ended := foldOn(t, open, Rejected{Shown: c.Shown, By: tom, Reason: "no"})
	for name, w := range map[string]ruling{
		"who asked for it":   {c: open, t: press(hannah, VerbReply, says("Sales.")), roles: hr, into: []Body{Replied{By: hannah, Answer: "Sales."}}},
		"another of HR":      {c: open, t: press(helen, VerbReply, says("Sales.")), roles: hr, into: []Body{Replied{By: helen, Answer: "Sales."}}},
		"HR no more":         {c: open, t: press(hannah, VerbReply, says("Sales.")), want: Denied},
		"other roles":        {c: open, t: press(ivan, VerbReply, says("Sales.")), roles: Roles{IT: true, Owner: true, Approver: true}, want: Denied},
		"nothing said":       {c: open, t: press(hannah, VerbReply, says(" ")), roles: hr, want: Invalid},
		"nothing asked":      {c: c, t: press(hannah, VerbReply, says("Sales.")), roles: hr, want: Conflict},
		"answered already":   {c: answered, t: press(hannah, VerbReply, says("Sales.")), roles: hr, want: Conflict},
		"the case has ended": {c: ended, t: press(hannah, VerbReply, says("Sales.")), roles: hr, want: Conflict, say: "This case has ended; nothing was changed."},
	} {
		t.Run("reply/"+name, func(t *testing.T) { w.check(t, VerbReply) })
	}
}

func longText(n int) string { return string(slices.Repeat([]rune("ü"), n)) }

func TestDecideHandOver(t *testing.T) {
	c := fold(t)
	both := foldOn(t, c, Escalated{Of: ofApproval, To: olivia})
	able := Account{ID: maria.ID, Name: maria.Name, UPN: maria.UPN, Enabled: true}
	with := func(f func(*Account)) Account { a := able; f(&a); return a }
	for name, tt := range map[string]struct {
		c    Case
		by   Person
		plan PlanHash
		to   Account
		want Code
		say  string
	}{
		"to a colleague":         {c, tom, c.Shown, able, Internal, ""},
		"to the one who asked":   {c, tom, c.Shown, with(func(a *Account) { a.ID, a.Name = hannah.ID, hannah.Name }), Invalid, "Hannah Reed confirmed this people event, so somebody else must decide."},
		"to oneself":             {c, tom, c.Shown, with(func(a *Account) { a.ID = tom.ID }), Invalid, "This decision is with you already."},
		"to another holder":      {both, tom, c.Shown, with(func(a *Account) { a.ID, a.Name = olivia.ID, olivia.Name }), Invalid, "Olivia Grant is asked already. Either of you may decide."},
		"to a blocked account":   {c, tom, c.Shown, with(func(a *Account) { a.Enabled = false }), Invalid, ""},
		"to a guest":             {c, tom, c.Shown, with(func(a *Account) { a.Guest = true }), Invalid, ""},
		"to a deleted account":   {c, tom, c.Shown, with(func(a *Account) { a.Deleted = true }), Invalid, ""},
		"by somebody else":       {c, stan, c.Shown, able, Denied, ""},
		"by the one who asked":   {c, hannah, c.Shown, able, Denied, ""},
		"on another plan":        {c, tom, "other", able, Conflict, ""},
		"after the decision":     {approved(t), tom, c.Shown, able, Conflict, ""},
		"by one of two holders":  {both, olivia, c.Shown, able, Internal, ""},
		"by who handed it over":  {foldOn(t, c, HandedOver{By: tom, To: stan}), tom, c.Shown, able, Denied, ""},
		"back to who handed it":  {foldOn(t, c, HandedOver{By: tom, To: maria}), maria, c.Shown, with(func(a *Account) { a.ID = tom.ID }), Internal, ""},
		"after it was rejected":  {foldOn(t, c, Rejected{Shown: c.Shown, By: tom}), tom, c.Shown, able, Conflict, ""},
		"to whoever has no name": {c, tom, c.Shown, with(func(a *Account) { a.Name = "" }), Internal, ""},
	} {
		t.Run(name, func(t *testing.T) {
			turn := press(tt.by, VerbHandOver, func(t *Turn) { t.Plan = tt.plan })
			ch, err := decideHandOver(tt.c, turn, tt.to, morning())
			if got := CodeOf(err); got != tt.want {
				t.Fatalf("code = %q, want %q (%v)", got, tt.want, err)
			}
			if tt.say != "" && SayOf(err) != tt.say {
				t.Errorf("says %q, want %q", SayOf(err), tt.say)
			}
			if err != nil {
				return
			}
			ch.Case = tt.c.ID
			_, next, err := follow(tt.c, ch, morning())
			if err != nil {
				t.Fatal(err)
			}
			if mayApprove(next, tt.by) == nil || mayApprove(next, tt.to.Person()) != nil {
				t.Error("the decision did not change hands")
			}
		})
	}
}

func TestDecideSignOff(t *testing.T) {
	c := approved(t)
	turn := func(by Person, change func(*Turn)) Turn {
		return press(by, VerbSignOff, func(t *Turn) {
			t.Plan, t.Ticked = c.May, []StepKey{elevatedKey}
			if change != nil {
				change(t)
			}
		})
	}
	approver := Roles{Approver: true}
	yes := []Body{SignedOff{Step: elevatedKey, Plan: c.May, By: aisha, OK: true}}
	named := withStep(c, elevatedKey, func(s *Step) { s.Named = true })
	for name, w := range map[string]ruling{
		"who is asked":             {c: c, t: turn(aisha, nil), roles: approver, into: yes},
		"by the step":              {c: c, t: turn(aisha, func(t *Turn) { t.Step, t.Ticked = elevatedKey, nil }), roles: approver, into: yes},
		"ticked twice":             {c: c, t: turn(aisha, func(t *Turn) { t.Ticked = []StepKey{elevatedKey, elevatedKey} }), roles: approver, into: yes},
		"nothing ticked":           {c: c, t: turn(aisha, func(t *Turn) { t.Ticked = nil }), roles: approver, want: Invalid},
		"a plain item":             {c: c, t: turn(aisha, func(t *Turn) { t.Ticked = []StepKey{"group:Sales"} }), roles: approver, want: Conflict},
		"one of two unknown":       {c: c, t: turn(aisha, func(t *Turn) { t.Ticked = []StepKey{elevatedKey, "group:Finance"} }), roles: approver, want: Conflict},
		"the role lost since":      {c: c, t: turn(aisha, nil), want: Denied, say: "This needs the sign-off of Aisha Khan."},
		"the manager":              {c: c, t: turn(tom, nil), roles: approver, want: Denied, say: "You decided on this as the manager, so somebody else must sign it off."},
		"the one who asked":        {c: c, t: turn(hannah, nil), roles: approver, want: Denied, say: "You confirmed this people event, so somebody else must sign this off."},
		"the subject":              {c: settledUnsigned(t), t: turn(newcomer, nil), roles: approver, want: Denied, say: "Nobody decides on their own access."},
		"somebody else":            {c: c, t: turn(stan, nil), want: Denied},
		"named, another approver":  {c: named, t: turn(oscar, nil), roles: approver, want: Denied},
		"another plan":             {c: c, t: turn(aisha, func(t *Turn) { t.Plan = c.Shown }), roles: approver, want: Conflict},
		"before the manager":       {c: fold(t), t: turn(aisha, nil), roles: approver, want: Conflict},
		"signed off already":       {c: foldOn(t, c, yes[0]), t: turn(aisha, nil), roles: approver, want: Conflict, say: "Aisha Khan already decided on Contract administration. Nothing was changed."},
		"the case is over":         {c: foldOn(t, settled(t), Closed{}), t: turn(aisha, nil), roles: approver, want: Conflict},
		"an owner asked by nobody": {c: c, t: turn(olivia, nil), roles: Roles{Owner: true}, want: Denied},
		"an owner asked later": {
			c: foldOn(t, c, Escalated{Of: ofSignOff, To: olivia}), t: turn(olivia, nil), roles: Roles{Owner: true},
			into: []Body{SignedOff{Step: elevatedKey, Plan: c.May, By: olivia, OK: true}},
		},
		"asked later, an owner no more": {c: foldOn(t, c, Escalated{Of: ofSignOff, To: olivia}), t: turn(olivia, nil), want: Denied},
	} {
		t.Run(name, func(t *testing.T) { w.check(t, VerbSignOff) })
	}
	for name, w := range map[string]ruling{
		"with a reason": {
			c: c, t: turn(aisha, func(t *Turn) { t.Inputs["reason"] = "too much" }), roles: approver,
			into: []Body{SignedOff{Step: elevatedKey, Plan: c.May, By: aisha, Reason: "too much"}},
		},
		"without": {c: c, t: turn(aisha, nil), roles: approver, want: Invalid, say: "Please say in a few words why you refuse this."},
		"who may": {c: c, t: turn(tom, func(t *Turn) { t.Inputs["reason"] = "no" }), roles: approver, want: Denied},
	} {
		t.Run("refuse/"+name, func(t *testing.T) { w.check(t, VerbRefuse) })
	}
}

// settledUnsigned has the account but not the sign-off.
func settledUnsigned(t testing.TB) Case {
	t.Helper()
	return foldOn(t, approved(t), StepVerified{Step: accountKey, After: "seen", Account: newcomer.ID})
}

// withStep changes a step of a decided case and the hash that goes with it.
func withStep(c Case, k StepKey, f func(*Step)) Case {
	c.Plan.Steps = slices.Clone(c.Plan.Steps)
	for i := range c.Plan.Steps {
		if c.Plan.Steps[i].Key == k {
			f(&c.Plan.Steps[i])
		}
	}
	c.May = c.Plan.Hash()
	return c
}

// mayX as full tables: everybody, in every role, on every kind of case.
func TestMaySignOff(t *testing.T) {
	c := foldOn(t, settledUnsigned(t), Escalated{Of: ofSignOff, To: olivia})
	people := map[string]Person{"asked": aisha, "escalated": olivia, "manager": tom, "raiser": hannah, "subject": newcomer, "other": stan}
	roles := map[string]Roles{"none": {}, "approver": {Approver: true}, "owner": {Owner: true}, "hr": {HR: true}, "it": {IT: true}, "all": {HR: true, IT: true, Approver: true, Owner: true}}
	want := map[bool]string{ // named by the policy -> who may
		false: "asked/all asked/approver escalated/all escalated/approver escalated/owner other/all other/approver",
		true:  "asked/all asked/approver asked/hr asked/it asked/none asked/owner escalated/all escalated/approver escalated/owner",
	}
	for named, may := range want {
		c := withStep(c, elevatedKey, func(s *Step) { s.Named = named })
		s, _, _ := c.Step(elevatedKey)
		got := allowed(people, roles, func(p Person, r Roles) error { return maySignOff(c, s, p, r) })
		if got != may {
			t.Errorf("named %t: may = %s\nwant %s", named, got, may)
		}
	}
}

func TestMayApprove(t *testing.T) {
	people := map[string]Person{"route": tom, "raiser": hannah, "delegate": maria, "fallback": olivia, "subject": newcomer, "other": stan, "nobody": {}}
	none := map[string]Roles{"": {}}
	for name, tt := range map[string]struct {
		c    Case
		want string
	}{
		"raised":               {fold(t), "route"},
		"handed over":          {fold(t, HandedOver{By: tom, To: maria}), "delegate"},
		"handed to the raiser": {fold(t, HandedOver{By: tom, To: hannah}), ""},
		"escalated":            {fold(t, Escalated{Of: ofApproval, To: olivia}), "fallback route"},
		"handed and escalated": {fold(t, HandedOver{By: tom, To: maria}, Escalated{Of: ofApproval, To: olivia}), "delegate fallback"},
		"the raiser manages":   {foldOn(t, raisedBy(t, tom, olivia)), "fallback"},
		"and is escalated to":  {foldOn(t, raisedBy(t, tom, olivia), Escalated{Of: ofApproval, To: tom}), "fallback"},
	} {
		t.Run(name, func(t *testing.T) {
			got := allowed(people, none, func(p Person, _ Roles) error { return mayApprove(tt.c, p) })
			if got != tt.want {
				t.Errorf("may = %q, want %q", got, tt.want)
			}
		})
	}
	own := fold(t, HandedOver{By: tom, To: newcomer})
	own.Account = newcomer.ID
	if CodeOf(mayApprove(own, newcomer)) != Denied {
		t.Error("the subject decides on their own access")
	}
}

// raisedBy is a case that somebody raised and that goes to somebody.
func raisedBy(t testing.TB, by, route Person) Case {
	t.Helper()
	c, err := Case{}.Apply(raised(t, func(b *Raised) { b.By, b.Facts.Route = by, route }))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMayWaive(t *testing.T) {
	c := foldOn(t, settledUnsigned(t), StepFailed{Step: "group:Sales", Cause: "no"}, WaiveAsked{Step: "group:Sales", By: ivan, Reason: "no"})
	_, st, _ := c.Step("group:Sales")
	people := map[string]Person{"asked": ivan, "second": ines, "subject": newcomer, "manager": tom}
	roles := map[string]Roles{"none": {}, "it": {IT: true}, "owner": {Owner: true}, "hr": {HR: true}, "approver": {Approver: true}}
	const want = "manager/it manager/owner second/it second/owner"
	if got := allowed(people, roles, func(p Person, r Roles) error { return mayWaive(c, st, p, r) }); got != want {
		t.Errorf("may = %s, want %s", got, want)
	}
}

// allowed lists who/role pairs that a rule lets through; anything else than a plain no is a failure of the rule.
func allowed(people map[string]Person, roles map[string]Roles, may func(Person, Roles) error) string {
	out := ""
	for _, who := range slices.Sorted(maps.Keys(people)) {
		for _, role := range slices.Sorted(maps.Keys(roles)) {
			line := who
			if role != "" {
				line += "/" + role
			}
			switch err := may(people[who], roles[role]); CodeOf(err) {
			case Denied:
				continue
			case Internal:
				if err != nil {
					line += "(" + err.Error() + ")"
				}
			default:
				line += "(" + string(CodeOf(err)) + ")"
			}
			if out != "" {
				out += " "
			}
			out += line
		}
	}
	return out
}
