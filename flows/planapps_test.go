package flows

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	kitID  = "00000000-0000-4000-d000-000000000001"
	ruleID = "00000000-0000-4000-d000-000000000101"
	flowID = "00000000-0000-4000-e000-000000000001"
)

// withLines puts further lines at the end of a workflow.
func withLines(flow string, lines ...Line) func(*Policy) {
	return func(p *Policy) { p.Workflows[flow] = append(slices.Clone(p.Workflows[flow]), lines...) }
}

// What the steps on passwords, apps, roles, packages and workflows depend on.
func TestPlanApps(t *testing.T) {
	const at = " 2026-12-18T17:30Z <block"
	roles := Line{Task: RemoveDirectoryRoles, At: atExit, After: []string{"block_sign_in"}}
	runs := Line{Task: RunLifecycleWorkflow, At: atExit, After: []string{"block_sign_in"}, Workflow: flowID}
	for name, tt := range map[string]struct {
		facts   func(*Facts)
		policy  func(*Policy)
		steps   []string // key task due <after…, or -key when there is none
		title   map[StepKey]string
		note    map[StepKey]string
		warning string
	}{
		"nothing found": {steps: []string{"password reset_password" + at + " <revoke", "apps remove_app_roles" + at, "consents remove_consents" + at, "-packages", "-packages:requests", "-roles"}},
		"apps found": {
			facts: func(f *Facts) {
				f.Apps = []AppRole{{App: "Ledger"}, {App: "CRM"}, {App: "CRM"}}
				f.Consents = []Consent{{App: "Planner"}, {App: "Mailer"}, {App: "Planner"}}
			},
			note: map[StepKey]string{"apps": "Holds roles in CRM and Ledger.", "consents": "Allowed: Mailer and Planner."},
		},
		"a guest": {facts: func(f *Facts) { f.Subject.Guest = true }, steps: []string{"-password", "apps remove_app_roles" + at}, warning: "Tom Hughes is a guest: only the access here ends, the sign-in at home does not."},
		"synced":  {facts: func(f *Facts) { f.Subject.Synced = true }, steps: []string{"-password", "active_directory manual" + at}},
		"elsewhere": {
			facts: func(f *Facts) { f.Federated = true }, steps: []string{"password manual" + at + " <revoke"},
			title: map[StepKey]string{"password": "Reset the password of Tom Hughes where it is kept"},
		},
		"an administrator": {
			facts: func(f *Facts) { f.Admin = []string{"Helpdesk Administrator"} }, steps: []string{"password manual" + at + " <revoke", "-roles"},
			title: map[StepKey]string{"password": "Reset the password of Tom Hughes in Entra"},
			note:  map[StepKey]string{"password": "Becomes a task for IT: Tom Hughes holds the directory role Helpdesk Administrator."},
		},
		"an administrator, by the policy": {
			facts: func(f *Facts) { f.Admin = []string{"B", "A"} }, policy: withLines(LeaverFlow, roles), steps: []string{"roles remove_directory_roles" + at, "block manual 2026-12-18T17:30Z"},
			note: map[StepKey]string{"roles": "Holds A and B."},
		},
		"nobody in particular, by the policy": {policy: withLines(LeaverFlow, roles), steps: []string{"roles remove_directory_roles" + at}},
		"one of the last administrators": {
			facts:   func(f *Facts) { f.Admin, f.LastAdmin = []string{"Global Administrator"}, true },
			warning: "Tom Hughes is a Global Administrator, and fewer than two others would be left. Appoint another one before the exit.",
		},
		"what may not be seen": {facts: func(f *Facts) { f.Unseen = []string{"Muster may not see x. y"} }, warning: "Muster may not see x. y"},
		"packages": {
			facts: func(f *Facts) {
				f.Packages, f.Requests = []AccessPackage{{Package: kitID, Name: "Sales Kit"}, {Package: "other", Name: "Field Work"}}, []AccessPackage{{Package: "third"}}
			},
			steps: []string{"packages remove_access_packages" + at, "packages:requests cancel_access_package_requests" + at},
			title: map[StepKey]string{"packages": "Take back the access packages Field Work and Sales Kit", "packages:requests": "Withdraw the request for third"},
		},
		"one package, by the policy": {
			facts: func(f *Facts) {
				f.Packages = []AccessPackage{{Package: kitID, Name: "Sales Kit"}, {Package: "other", Name: "Field Work"}}
			},
			policy: func(p *Policy) {
				p.Workflows[LeaverFlow] = []Line{{Task: BlockSignIn, At: atExit}, {Task: RemovePackages, At: atExit, Package: kitID}}
			},
			steps: []string{"package:" + kitID + " remove_access_packages 2026-12-18T17:30Z", "-packages"},
			title: map[StepKey]string{StepKey("package:" + kitID): "Take back the access package Sales Kit"},
		},
		"one package that is not there": {
			policy: func(p *Policy) {
				p.Workflows[LeaverFlow] = []Line{{Task: BlockSignIn, At: atExit}, {Task: RemovePackages, At: atExit, Package: kitID}}
			},
			steps: []string{"-package:" + kitID},
		},
		"a workflow": {
			facts: func(f *Facts) { f.Governed, f.Lifecycle = true, map[string]string{flowID: "Offboard"} }, policy: withLines(LeaverFlow, runs),
			steps: []string{"workflow:" + flowID + " run_lifecycle_workflow" + at}, title: map[StepKey]string{StepKey("workflow:" + flowID): "Run the workflow Offboard"},
		},
		"a workflow that is not there": {
			facts: func(f *Facts) { f.Governed = true }, policy: withLines(LeaverFlow, runs), steps: []string{"workflow:" + flowID + " manual" + at},
			note:    map[StepKey]string{StepKey("workflow:" + flowID): "The tenant has no lifecycle workflow with this id, or Muster may not see it."},
			warning: "The policy runs a lifecycle workflow that cannot be run: IT gets a task.",
		},
		"a workflow without the licence": {policy: withLines(LeaverFlow, runs), steps: []string{"workflow:" + flowID + " manual" + at}, note: map[StepKey]string{StepKey("workflow:" + flowID): noGovernance}},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			if tt.policy != nil {
				tt.policy(p)
			}
			plan, warnings, err := PlanLeaver(tomLeaves(nil), p, tomsFacts(tt.facts), monday())
			if err != nil {
				t.Fatal(err)
			}
			lines := linesOf(plan)
			for _, want := range tt.steps {
				if key, absent := strings.CutPrefix(want, "-"); absent {
					if _, found := plan.Step(StepKey(key)); found {
						t.Errorf("there is a step %s", key)
					}
				} else if !slices.Contains(lines, want) {
					t.Errorf("no step %q among\n%s", want, strings.Join(lines, "\n"))
				}
			}
			got := func(of func(Step) string, want map[StepKey]string) map[StepKey]string {
				out := map[StepKey]string{}
				for k := range want {
					s, _ := plan.Step(k)
					out[k] = of(s)
				}
				return out
			}
			if diff := cmp.Diff(tt.title, got(func(s Step) string { return s.Title }, tt.title)); len(tt.title) > 0 && diff != "" {
				t.Errorf("titles (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.note, got(func(s Step) string { return s.Note }, tt.note)); len(tt.note) > 0 && diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			if tt.warning != "" && !slices.Contains(warnings, tt.warning) {
				t.Errorf("no warning %q among\n%s", tt.warning, strings.Join(warnings, "\n"))
			}
		})
	}
}

// Two lines that take all packages are one step.
func TestPlanPackagesOnce(t *testing.T) {
	p, _ := sandboxPolicy(t)
	withLines(LeaverFlow, Line{Task: RemovePackages, Key: "again", At: atExit})(p)
	plan, _, err := PlanLeaver(tomLeaves(nil), p, tomsFacts(func(f *Facts) { f.Packages = []AccessPackage{{Package: kitID, Name: "Sales Kit"}} }), monday())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range plan.Steps {
		if s.Task == RemovePackages {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d steps take the packages back", n)
	}
}

// A starter's access package; without the licence for it somebody gives by hand what it gives.
func TestPlanPackageOfAStarter(t *testing.T) {
	for governed, want := range map[bool]string{true: "request_access_package", false: "manual"} {
		p, _ := sandboxPolicy(t)
		withLines(JoinerFlow, Line{Task: RequestPackage, At: atAccess, After: []string{"create_account"}, Package: kitID, PackagePolicy: ruleID, Title: "Sales Kit"})(p)
		f := larkfield(nil)
		f.Governed = governed
		plan, warnings, err := PlanJoiner(priya(nil), p, f, signers(), monday())
		if err != nil {
			t.Fatal(err)
		}
		s, ok := plan.Step(StepKey("package:" + kitID))
		if !ok || string(s.Task) != want || !slices.Contains(s.After, accountKey) || governed != (s.Ref == kitID && s.Under == ruleID) {
			t.Errorf("governed %t: %+v", governed, s)
		}
		if told := strings.Contains(strings.Join(warnings, "\n"), "no licence for access packages"); told == governed {
			t.Errorf("governed %t: warnings %v", governed, warnings)
		}
	}
}

// Edge case 26: a guest's access here ends; the sign-in at home is not Muster's, and HR is told so.
func TestEdge26Guest(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, warnings, err := PlanLeaver(tomLeaves(nil), p, tomsFacts(func(f *Facts) { f.Subject.Guest, f.Subject.Licences, f.Mailbox = true, nil, false }), monday())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []StepKey{exitKey, revokeKey, appsKey, consentsKey, "group:Sales", "team:Sales Team"} {
		if _, ok := plan.Step(k); !ok {
			t.Errorf("a guest keeps %s", k)
		}
	}
	for _, k := range []StepKey{passwordKey, replyKey, oneDriveKey} {
		if _, ok := plan.Step(k); ok {
			t.Errorf("a guest has no %s here", k)
		}
	}
	if !slices.Contains(warnings, "Tom Hughes is a guest: only the access here ends, the sign-in at home does not.") {
		t.Errorf("warnings %v", warnings)
	}
}

// Lines that cannot be: what names a thing of the tenant is an id, and what needs one has it.
func TestPolicyLinesOfApps(t *testing.T) {
	tests := map[string]struct {
		change func(string) string
		want   string
	}{
		"no package":          {joinLines("{task: request_access_package, at: access}"), "24:7: The task request_access_package needs \"package\".\n24:7: The task request_access_package needs \"package_policy\"."},
		"a package by name":   {exitLines("{task: remove_access_packages, at: exit, package: Sales Kit}"), "25:57: This is no object id. Write it like 00000000-0000-0000-0000-000000000000, as the Entra admin centre shows it."},
		"no workflow":         {exitLines("{task: run_lifecycle_workflow, at: exit}"), `25:7: The task run_lifecycle_workflow needs "workflow".`},
		"a stray workflow":    {exitLines("{task: remove_app_roles, at: exit, workflow: " + flowID + "}"), `25:52: The task remove_app_roles does not take "workflow".`},
		"two workflows":       {exitLines("{task: run_lifecycle_workflow, at: exit, workflow: "+flowID+"}", "{task: run_lifecycle_workflow, key: more, at: prepare, workflow: "+kitID+"}"), ""},
		"a password too soon": {exitLines("{task: reset_password, at: exit}"), "25:14: Whoever is still signed in may set the password again: let this wait for block_sign_in."},
		"roles too soon":      {exitLines("{task: remove_directory_roles, at: exit}"), "25:14: The sign-in is blocked before roles are taken away: let this wait for block_sign_in."},
		"a package too soon":  {joinLines("{task: request_access_package, at: access, package: " + kitID + ", package_policy: " + ruleID + "}"), "24:14: request_access_package needs the account: let it wait for create_account."},
		"all is well": {exitLines("{task: remove_directory_roles, at: exit, after: [block_sign_in]}", "{task: run_lifecycle_workflow, at: exit, workflow: "+flowID+"}",
			"{task: remove_access_packages, at: exit, package: "+strings.ToUpper(kitID)+"}"), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.want != "" {
				expectProblems(t, tt.change(smallPolicy), tt.want)
			} else if _, err := ParsePolicy("policy.yaml", []byte(tt.change(smallPolicy))); err != nil {
				t.Error(err)
			}
		})
	}
}
