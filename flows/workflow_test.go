package flows

import (
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// The built-in workflows must be ones that a policy may have: written into one, they are taken, and they make the same plans.
func TestBuiltInWorkflowsAreGoodPolicy(t *testing.T) {
	builtIn, text := sandboxPolicy(t)
	inside := "workflows:\n  " + strings.ReplaceAll(BuiltInWorkflows(), "\n", "\n  ")
	own, err := ParsePolicy("policy.yaml", []byte(string(text)+inside))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(builtIn.Workflows, own.Workflows); diff != "" {
		t.Errorf("(-built in +own):\n%s", diff)
	}
	for name := range workflows() {
		if len(builtIn.Workflows[name]) == 0 {
			t.Errorf("there is no built-in %s", name)
		}
	}
}

func TestPolicySchemaTakesWorkflows(t *testing.T) {
	text := smallPolicy + "workflows:\n  " + strings.ReplaceAll(BuiltInWorkflows(), "\n", "\n  ") + "\n"
	if err := policySchema(t).Validate(asJSON(t, []byte(text))); err != nil {
		t.Error(err)
	}
	for name, lines := range map[string]string{"no task": "{at: exit}", "no time": "{task: manual}", "a long hold": "{task: manual, at: exit, hold_days: 400}", "an unknown key": "{task: manual, at: exit, colour: blue}"} {
		if policySchema(t).Validate(asJSON(t, []byte(smallPolicy+"workflows: {leaver: ["+lines+"]}\n"))) == nil {
			t.Errorf("the schema takes %s", name)
		}
	}
}

// planned by lines: what a tenant's own workflow makes of the same facts.
func TestPlanByOwnLines(t *testing.T) {
	leaver := func(more ...string) string {
		return "leaver:\n- {task: block_sign_in, at: exit}\n- {task: revoke_sessions, at: exit, after: [block_sign_in]}\n- " + strings.Join(more, "\n- ")
	}
	for name, tt := range map[string]struct {
		lines string
		facts func(*Facts)
		want  []string // steps of the plan; "-" before what must not be there
	}{
		"later":               {leaver("{task: remove_from_group, at: exit, offset: {days: 2}, after: [block_sign_in]}"), nil, []string{"group:Sales remove_from_group 2026-12-20T17:30Z <block", "team:Sales Team remove_from_team 2026-12-20T17:30Z <block"}},
		"at another time":     {leaver(`{task: automatic_reply, at: exit, offset: {working_days: 1, at: "07:00"}}`), nil, []string{"reply automatic_reply 2026-12-21T07:00Z"}},
		"held back":           {leaver("{task: remove_sign_in_methods, at: exit, hold_days: 14, after: [revoke_sessions]}"), nil, []string{"methods remove_sign_in_methods 2027-01-01T17:30Z <revoke"}},
		"teams before groups": {leaver("{task: remove_from_team, at: exit}", "{task: remove_from_group, at: exit, offset: {days: 1}}"), nil, []string{"team:Sales Team remove_from_team 2026-12-18T17:30Z", "group:Sales remove_from_group 2026-12-19T17:30Z"}},
		"a hold of its own":   {leaver("{task: remove_licence, at: exit, hold_days: 3, after: [block_sign_in]}"), nil, []string{"licence:SPB remove_licence 2026-12-21T17:30Z <block"}},
		"groups that carry licences follow the hold": {
			leaver("{task: remove_from_group, at: exit}", "{task: remove_licence, at: exit, hold_days: 3}"),
			func(f *Facts) { f.Subject.Licences = []Held{{SKU: sku, ByGroup: groupOf("Sales").ID}} },
			[]string{"group:Sales remove_from_group 2026-12-21T17:30Z"},
		},
		"two tasks for people": {leaver("{task: manual, key: badge, title: \"Block the badge of {name}\", owner: hr, at: exit}", "{task: manual, key: phone, title: Take the phone back, at: exit, offset: {days: 1}, after: [badge]}"), nil, []string{"manual:badge manual 2026-12-18T17:30Z", "manual:phone manual 2026-12-19T17:30Z <manual:badge"}},
		"for another site":     {leaver("{task: remove_sign_in_methods, at: exit, when: {site: [Leeds]}}"), nil, []string{"-methods"}},
		"for this site":        {leaver("{task: remove_sign_in_methods, at: exit, when: {site: [Leeds, london]}}"), nil, []string{"methods remove_sign_in_methods 2026-12-18T17:30Z"}},
		"for guests":           {leaver("{task: remove_sign_in_methods, at: exit, when: {guest: true}}"), nil, []string{"-methods"}},
		"for no guests":        {leaver("{task: remove_sign_in_methods, at: exit, when: {guest: false, mailbox: true}}"), nil, []string{"methods remove_sign_in_methods 2026-12-18T17:30Z"}},
		"not both":             {leaver("{task: remove_sign_in_methods, at: exit, when: {guest: false, mailbox: false}}"), nil, []string{"-methods"}},
		"administrators":       {leaver("{task: remove_sign_in_methods, at: exit, when: {administrator: true}}"), func(f *Facts) { f.Admin = []string{"Exchange Administrator"} }, []string{"methods remove_sign_in_methods 2026-12-18T17:30Z"}},
		"synced accounts":      {leaver("{task: remove_sign_in_methods, at: exit, when: {synced: true}}"), func(f *Facts) { f.Subject.Synced = true }, []string{"methods remove_sign_in_methods 2026-12-18T17:30Z"}},
		"a department":         {leaver("{task: remove_sign_in_methods, at: exit, when: {department: [Sales]}}"), func(f *Facts) { f.Subject.Department = "sales" }, []string{"methods remove_sign_in_methods 2026-12-18T17:30Z"}},
		"a job by its title":   {leaver("{task: remove_sign_in_methods, at: exit, when: {job: [Account Manager]}}"), func(f *Facts) { f.Subject.JobTitle, f.Subject.Department = "Account Manager", "Sales" }, []string{"methods remove_sign_in_methods 2026-12-18T17:30Z"}},
		"a job elsewhere":      {leaver("{task: remove_sign_in_methods, at: exit, when: {job: [Account Manager]}}"), func(f *Facts) { f.Subject.JobTitle, f.Subject.Department = "Account Manager", "Finance" }, []string{"-methods"}},
		// What is not for this person hands on what it waited for: the methods still wait for the block.
		"waits through what is left out":   {leaver("{task: automatic_reply, at: exit, when: {guest: true}, after: [block_sign_in]}", "{task: remove_sign_in_methods, at: exit, after: [automatic_reply]}"), nil, []string{"methods remove_sign_in_methods 2026-12-18T17:30Z <block", "-reply"}},
		"waits through what is not needed": {leaver("{task: hand_over_group, at: exit, after: [block_sign_in]}", "{task: remove_sign_in_methods, at: exit, after: [hand_over_group]}"), func(f *Facts) { f.Owned = nil }, []string{"methods remove_sign_in_methods 2026-12-18T17:30Z <block"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			p.Workflows[LeaverFlow] = readLines(t, tt.lines)[LeaverFlow]
			plan, _, err := PlanLeaver(tomLeaves(func(e *PeopleEvent) { e.Reply = "Gone." }), p, tomsFacts(tt.facts), monday())
			if err != nil {
				t.Fatal(err)
			}
			lines := linesOf(plan)
			for _, want := range tt.want {
				key, absent := strings.CutPrefix(want, "-")
				if _, found := plan.Step(StepKey(key)); absent && found {
					t.Errorf("there is a step %s", key)
				} else if !absent && !slices.Contains(lines, want) {
					t.Errorf("no step %q among\n%s", want, strings.Join(lines, "\n"))
				}
			}
		})
	}
}

// readLines reads workflows as the built-in file is read.
func readLines(t testing.TB, text string) Workflows {
	t.Helper()
	var w Workflows
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// What a line says about a joiner: its parameters, the end of a contract, and what happens when it fails.
func TestPlanJoinerByOwnLines(t *testing.T) {
	p, _ := sandboxPolicy(t)
	p.Workflows[JoinerFlow] = readLines(t, `joiner:
- {task: create_account, at: create_account}
- {task: enable_account, at: enable, after: [create_account]}
- {task: day_one_credential, at: enable, minutes: 120, after: [enable_account]}
- {task: welcome, at: enable, on_failure: go_on, text: "Hello {name}, {organisation} is glad.", after: [enable_account]}
- {task: manual, key: tour, title: "Show {name} around", instructions: "Start at the door of {organisation}.", owner: manager, on_failure: stop, at: start, offset: {at: "10:00"}}
- {task: manual, key: badge, title: Take the badge back, on_failure: wait, at: end, when: {employment: [contractor]}}
`)[JoinerFlow]
	for name, tt := range map[string]struct {
		event func(*PeopleEvent)
		badge string
	}{
		"an employee":  {nil, ""},
		"a contractor": {func(e *PeopleEvent) { e.Employment, e.End = contractor, "2027-06-30" }, "manual:badge manual 2027-06-30T16:30Z"},
	} {
		t.Run(name, func(t *testing.T) {
			plan, _, err := PlanJoiner(priya(tt.event), p, larkfield(nil), signers(), monday())
			if err != nil {
				t.Fatal(err)
			}
			want := []string{
				"account create_account 2026-12-24T09:00Z", "enable enable_account 2027-01-05T08:00Z <account", "credential day_one_credential 2027-01-05T08:00Z <enable",
				"welcome welcome 2027-01-05T08:00Z <enable", "manual:tour manual 2027-01-05T10:00Z",
			}
			if tt.badge != "" {
				want = append(want, tt.badge)
			}
			if diff := cmp.Diff(want, linesOf(plan)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			welcome, _ := plan.Step(welcomeStep)
			tour, _ := plan.Step("manual:tour")
			pass, _ := plan.Step(credentialKey)
			if welcome.Text != "Hello Priya, Larkfield Instruments is glad." || welcome.OnFailure != onGo {
				t.Errorf("welcome %+v", welcome)
			}
			if tour.Title != "Show Priya Patel around" || tour.Instructions != "Start at the door of Larkfield Instruments." || tour.Owner != managerOwner || tour.OnFailure != onStop {
				t.Errorf("tour %+v", tour)
			}
			if badge, ok := plan.Step("manual:badge"); ok && badge.OnFailure != "" {
				t.Errorf("badge %+v: waiting is what is meant when nothing is said", badge)
			}
			if pass.Minutes != 120 {
				t.Errorf("credential %+v", pass)
			}
		})
	}
}

// What follows from a failure is what its line says.
func TestOnFailure(t *testing.T) {
	const a, b, c StepKey = "a", "b", "c" // b waits for a, c for nothing
	for name, tt := range map[string]struct {
		onFailure string
		a, c      StepState
		ready     string
		waiting   int // for a, as people read it on the card of its failure
	}{
		"all is well":               {onStop, Planned, Planned, "a c", 2},
		"what depends on it waits":  {"", StepBroken, Planned, "c", 1},
		"it goes on":                {onGo, StepBroken, Planned, "b c", 0},
		"it goes on only then":      {onGo, StepNotSeen, Planned, "a c", 0},
		"nothing is begun":          {onStop, StepBroken, Planned, "", 2},
		"what is begun goes on":     {onStop, StepBroken, StepNotSeen, "c", 1},
		"people have acted":         {onStop, StepDoneHand, Planned, "b c", 2},
		"people left it out":        {onStop, StepLeftOut, Planned, "b c", 2},
		"a retry sets all free":     {onStop, Planned, Planned, "a c", 2},
		"its own look is not a sin": {onStop, StepNotSeen, Planned, "a c", 2},
	} {
		t.Run(name, func(t *testing.T) {
			x := Case{Version: 1, Kind: JoinerEvent, May: "x", Account: newcomer.ID, Plan: Plan{Steps: []Step{
				{Key: a, Task: AddToGroup, OnFailure: tt.onFailure}, {Key: b, Task: AddToGroup, After: []StepKey{a}}, {Key: c, Task: AddToGroup},
			}}, Steps: []StepStatus{{Key: a, State: tt.a}, {Key: b, State: Planned}, {Key: c, State: tt.c}}}
			var ready []string
			for _, s := range x.Plan.Steps {
				if x.ready(s) {
					ready = append(ready, string(s.Key))
				}
			}
			if got := x.Dependants(a); got != tt.waiting {
				t.Errorf("%d wait, want %d", got, tt.waiting)
			}
			if got := strings.Join(ready, " "); got != tt.ready {
				t.Errorf("ready are %q, want %q", got, tt.ready)
			}
		})
	}
}

// Whatever fails and says that all must stop, the door is closed.
func TestOnFailureNeverKeepsTheDoorOpen(t *testing.T) {
	x := Case{Version: 1, Kind: LeaverEvent, May: "x", Account: tom.ID, Plan: Plan{Steps: []Step{
		{Key: oneDriveKey, Task: Manual, OnFailure: onStop}, {Key: exitKey, Task: BlockSignIn}, {Key: revokeKey, Task: RevokeSessions, After: []StepKey{exitKey}}, {Key: methodsKey, Task: RemoveMethods},
	}}, Steps: []StepStatus{{Key: oneDriveKey, State: StepBroken}, {Key: exitKey, State: Planned}, {Key: revokeKey, State: Planned}, {Key: methodsKey, State: Planned}}}
	ready := func(k StepKey) bool { s, _, _ := x.Step(k); return x.ready(s) }
	if !ready(exitKey) || ready(revokeKey) || ready(methodsKey) {
		t.Errorf("block %t, sessions %t, methods %t", ready(exitKey), ready(revokeKey), ready(methodsKey))
	}
	x = x.with(exitKey, func(st *StepStatus) { st.State = StepDone })
	if !ready(revokeKey) || ready(methodsKey) {
		t.Errorf("after the block: sessions %t, methods %t", ready(revokeKey), ready(methodsKey))
	}
}

// Policies from before have one line for the whole change of name: it means what it meant, and lines may stand around it.
func TestPlanAroundALine(t *testing.T) {
	p, _ := sandboxPolicy(t)
	e, f := stanRenamed(nil)
	usual, _, err := PlanRename(e, p, f, monday())
	if err != nil {
		t.Fatal(err)
	}
	builtIn, err := builtInWorkflows()
	if err != nil {
		t.Fatal(err)
	}
	p.Workflows[RenameFlow] = unfolded(readLines(t, `rename:
- {task: manual, key: photo, title: "Ask {name} for a photo", owner: hr, at: change, offset: {working_days: -2, at: "09:00"}}
- {task: change_name, at: change, after: [photo]}
- {task: manual, key: badge, title: New badge, at: change, offset: {days: 1}, after: [change_name]}
`)[RenameFlow], builtIn)
	own, _, err := PlanRename(e, p, f, monday())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(usual.Steps); len(own.Steps) != n+2 || own.Steps[0].Key != "manual:photo" || own.Steps[n+1].Key != "manual:badge" || own.Steps[0].Title != "Ask Stan Doyle for a photo" {
		t.Fatalf("steps %s", strings.Join(linesOf(own), "\n"))
	}
	for i, s := range usual.Steps {
		want := s.After
		if len(want) == 0 {
			want = []StepKey{"manual:photo"}
		}
		if got := own.Steps[i+1]; got.Key != s.Key || !slices.Equal(got.After, want) {
			t.Errorf("step %s waits for %v, want %v", got.Key, got.After, want)
		}
	}
	if badge, _ := own.Step("manual:badge"); len(badge.After) != len(usual.Steps) {
		t.Errorf("the badge waits for %v", badge.After)
	}
}

// A notice that fails holds up nothing, unless its line says so.
func TestNoticesHoldUpNothing(t *testing.T) {
	p, _ := sandboxPolicy(t)
	p.Workflows[LeaverFlow] = readLines(t, `leaver:
- {task: block_sign_in, at: exit}
- {task: revoke_sessions, at: exit, after: [block_sign_in]}
- {task: notify, key: soft, template: after_last_day, at: exit, after: [block_sign_in]}
- {task: notify, key: hard, template: after_last_day, at: exit, on_failure: wait}
- {task: manual, at: exit, after: [soft, hard]}
`)[LeaverFlow]
	plan, _, err := PlanLeaver(tomLeaves(nil), p, tomsFacts(nil), monday())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range plan.Steps {
		if s.Task == Notify {
			got[string(s.Key)] = s.OnFailure
		}
	}
	if diff := cmp.Diff(map[string]string{"notice:soft": onGo, "notice:hard": ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
