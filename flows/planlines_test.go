package flows

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// expectSteps compares a plan with what its lines must make of it: steps as linesOf writes them, and "-key" for what must not be there.
func expectSteps(t *testing.T, plan Plan, want []string) {
	t.Helper()
	lines := linesOf(plan)
	for _, w := range want {
		key, absent := strings.CutPrefix(w, "-")
		if _, found := plan.Step(StepKey(key)); absent && found {
			t.Errorf("there is a step %s", key)
		} else if !absent && !slices.Contains(lines, w) {
			t.Errorf("no step %q among\n%s", w, strings.Join(lines, "\n"))
		}
	}
}

// What a tenant's own lines make of a move.
func TestPlanMoverByOwnLines(t *testing.T) {
	mover := func(more ...string) string {
		return "mover:\n- {task: set_attributes, at: change}\n- {task: set_manager, at: change}\n- " + strings.Join(more, "\n- ")
	}
	const (
		add  = "{task: add_to_group, at: change}"
		own  = "{task: hand_over_group, at: hand_over, after: [add_to_group]}"
		gone = "{task: remove_from_group, at: hand_over, after: [add_to_group, hand_over_group]}"
	)
	for name, tt := range map[string]struct {
		lines  string
		change func(*PeopleEvent)
		want   []string
		keep   map[string]string // what stays, and why
	}{
		"later, and held back": {
			mover(`{task: add_to_group, at: change, offset: {working_days: 1, at: "12:00"}}`, own, "{task: remove_from_group, at: hand_over, hold_days: 3, after: [add_to_group, hand_over_group]}"), nil,
			[]string{"group:Finance add_to_group 2027-02-02T12:00Z", "out:group:Sales remove_from_group 2027-02-11T08:00Z <group:Finance", "out:team:Sales Team remove_from_team 2027-02-11T08:00Z <group:Finance"},
			nil,
		},
		"teams of their own": {
			mover(add, own, gone, "{task: remove_from_team, at: change, offset: {days: 1}, after: [add_to_group, hand_over_group]}"), nil,
			[]string{"out:group:Sales remove_from_group 2027-02-08T08:00Z <group:Finance", "out:team:Sales Team remove_from_team 2027-02-02T08:00Z <group:Finance"},
			nil,
		},
		"people are asked before": {
			mover(add, own, "{task: manual, key: look, title: \"Look what {name} needs\", owner: hr, at: change, after: [add_to_group]}", "{task: remove_from_group, at: hand_over, after: [look, hand_over_group]}"), nil,
			[]string{"manual:look manual 2027-02-01T08:00Z <group:Finance <group:Finance Approvers", "out:group:Sales remove_from_group 2027-02-08T08:00Z <group:Finance <manual:look"},
			nil,
		},
		"nothing is taken away": {
			mover(add), nil,
			[]string{"-out:group:Sales", "-out:team:Sales Team", "-out:licence:SPB", "-out:manual:Business cards", "group:Finance add_to_group 2027-02-01T08:00Z"},
			map[string]string{"Sales": notTaken, "Sales Team": notTaken},
		},
		"nothing is given": {mover("{task: hand_over_group, at: hand_over}", "{task: remove_from_group, at: hand_over, after: [hand_over_group]}"), nil, []string{"-group:Finance", "out:group:Sales remove_from_group 2027-02-08T08:00Z"}, nil},
		"for another site": {mover(add, own, "{task: remove_from_group, at: hand_over, when: {site: [Leeds]}, after: [add_to_group, hand_over_group]}"), nil, []string{"-out:group:Sales"}, map[string]string{"Sales": notTaken}},
		"told, with a template": {
			mover(add, "{task: notify, template: move_notice, at: change, offset: {working_days: -2}}"), nil, []string{"notice:notify notify 2027-01-28T08:00Z"}, nil,
		},
		"a secondment comes back, and the last day is told": {
			mover(add, own, gone) + "\nsecondment:\n- {task: set_attributes, at: end}\n- {task: set_manager, at: end}\n- {task: add_to_group, at: end, offset: {at: \"18:00\"}}\n- {task: remove_from_group, at: ended, offset: {days: 1}}\n- {task: remove_licence, at: ended}\n- {task: manual, key: desk, title: Clear the desk, owner: it, at: end}",
			func(e *PeopleEvent) { e.End = "2027-06-30" },
			[]string{
				"back:out:group:Sales add_to_group 2027-06-30T17:00Z", "end:group:Finance remove_from_group 2027-07-01T16:31Z", "manual:desk manual 2027-06-30T16:30Z",
				"back:attributes set_attributes 2027-06-30T16:30Z", "-back:out:team:Sales Team",
			},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			for flow, lines := range readLines(t, tt.lines) {
				p.Workflows[flow] = lines
			}
			plan, _ := planOf(t, p, nadiaMoves(tt.change), nadiasFacts(p, nil))
			expectSteps(t, plan, tt.want)
			kept := map[string]string{}
			for _, k := range plan.Keep {
				kept[k.Name] = k.Why
			}
			for what, why := range tt.keep {
				if diff := cmp.Diff(why, kept[what]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
			in := map[StepKey]bool{}
			for _, s := range plan.Steps {
				in[s.Key] = true
			}
			for _, s := range plan.Steps {
				for _, k := range append(slices.Clone(s.After), s.With, s.Unless) {
					if k != "" && !in[k] {
						t.Errorf("%s names %s, which the plan does not have", s.Key, k)
					}
				}
			}
		})
	}
}

// What a line of a move says of its failure is what its steps say.
func TestPlanMoverOnFailure(t *testing.T) {
	p, _ := sandboxPolicy(t)
	lines := slices.Clone(p.Workflows[MoverFlow])
	for i, l := range lines {
		switch l.Task {
		case AddToGroup:
			lines[i].OnFailure = onStop
		case RemoveFromGroup:
			lines[i].OnFailure = onGo
		}
	}
	p.Workflows[MoverFlow] = lines
	plan, _ := planOf(t, p, nadiaMoves(nil), nadiasFacts(p, nil))
	for key, want := range map[StepKey]string{"group:Finance": onStop, "out:group:Sales": onGo, "out:team:Sales Team": onGo, detailsKey: ""} {
		if s, ok := plan.Step(key); !ok || s.OnFailure != want {
			t.Errorf("%s: %q, want %q", key, s.OnFailure, want)
		}
	}
}

// What a tenant's own lines make of a leave and of the return, also when the return is planned again.
func TestPlanLeaveByOwnLines(t *testing.T) {
	p, _ := sandboxPolicy(t)
	builtIn := p.Workflows[LeaveFlow]
	p.Workflows[LeaveFlow] = append(slices.Clone(builtIn), readLines(t, "leave:\n- {task: manual, key: phone, title: \"Lock the phone of {name} away\", owner: it, at: start, offset: {days: 1}, after: [block_sign_in]}\n")[LeaveFlow]...)
	p.Workflows[ReturnFlow] = append(slices.Clone(p.Workflows[ReturnFlow]), readLines(t, "return:\n- {task: manual, key: phone, title: Give the phone back, owner: it, at: return, offset: {at: \"10:00\"}, after: [enable_account]}\n- {task: notify, to: hr, text: \"{name} is back.\", at: return, after: [phone]}\n")[ReturnFlow]...)
	e := PeopleEvent{Kind: LeaveEvent, Subject: nadia, Manager: tom, Site: "London", Start: "2026-12-01", End: "2027-03-31", SignIn: signInBlock, Licences: licencesKeep}
	f := usually(p, "leave", 4).absent(func(f *Facts) { f.Subject.Synced, f.Admin, f.Owned, f.Member, f.Mailbox = false, nil, nil, nil, true })
	plan, _, err := PlanLeave(e, p, f, signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	expectSteps(t, plan, []string{
		"manual:phone manual 2026-12-02T09:00Z <leave:block", "return:open enable_account 2027-04-01T07:00Z <return:ask", "return:manual:phone manual 2027-04-01T09:00Z <return:open",
		"return:notice:notify notify 2027-04-01T07:00Z <return:manual:phone", "-leave:return_open",
	})
	e.End = "2027-04-30"
	again, err := planReturn(plan, e, p, f, p.Sites["London"], monday())
	if err != nil {
		t.Fatal(err)
	}
	expectSteps(t, again, []string{"manual:phone manual 2026-12-02T09:00Z <leave:block", "return:notice:notify notify 2027-05-04T07:00Z <return:manual:phone"})
	if len(again.Steps) != len(plan.Steps) {
		t.Errorf("%d steps, then %d", len(plan.Steps), len(again.Steps))
	}
}

// A policy from before, with one line for a whole leave or change of name, means what it meant.
func TestWholeLinesMeanWhatTheyMeant(t *testing.T) {
	text := smallPolicy + "workflows:\n  leave:\n    - {task: begin_leave, at: start}\n  rename:\n    - {task: change_name, at: change}\n"
	old, err := ParsePolicy("policy.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := sandboxPolicy(t)
	for seed := range uint64(20) {
		for name, plan := range map[string]func(usual) (Plan, []string, error){"leave": usual.leave, "rename": usual.rename} {
			want, _, err := plan(usually(p, name, seed))
			if err != nil {
				t.Fatal(err)
			}
			q := *p
			q.Workflows = old.Workflows
			got, _, err := plan(usually(&q, name, seed))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %d (-lines +whole):\n%s", name, seed, diff)
			}
		}
	}
}

// A tenant's own lines for a rehire are planned around the account that is used again, and moving the date keeps it.
func TestPlanRehireByOwnLines(t *testing.T) {
	p, _ := sandboxPolicy(t)
	p.Workflows[RehireFlow] = append(slices.Clone(p.Workflows[RehireFlow]), readLines(t, "rehire:\n- {task: manual, key: badge, title: Find the old badge, owner: it, at: create_account, offset: {days: 1}, after: [reuse_account]}\n")[RehireFlow]...)
	e := priya(func(e *PeopleEvent) { e.Former = nadia.ID })
	f := larkfield(func(f *Facts) {
		f.Former = Account{ID: nadia.ID, UPN: "priya.old@larkfield.example", Name: "Priya Patel", Deleted: true}
		f.UPN = f.Former.UPN
	})
	plan, _, err := PlanJoiner(e, p, f, signers(), monday())
	if err == nil {
		plan, _, err = PlanRehire(plan, e, p, f, monday())
	}
	if err != nil {
		t.Fatal(err)
	}
	expectSteps(t, plan, []string{"account reuse_account 2026-12-24T09:00Z <former:block", "manual:badge manual 2026-12-25T09:00Z <account", "enable enable_account 2027-01-05T08:00Z <account <former:access <former:methods"})
}
