package flows

import (
	"slices"
	"strings"
	"testing"
)

// Which roles a leaver holds, and which nobody else does: people and groups of the policy, and only those who can sign in.
func TestEdge24LastHolder(t *testing.T) {
	for name, tt := range map[string]struct {
		who    Person
		roles  Roles
		change func(*office)
		last   string
	}{
		"the only approver":             {aisha, Roles{Approver: true}, nil, "approver"},
		"one of two owners":             {olivia, Roles{Owner: true}, nil, ""},
		"the other owner is blocked":    {olivia, Roles{Owner: true}, func(o *office) { o.block(oscar.ID) }, "owner"},
		"the last of the group of IT":   {ivan, Roles{IT: true}, func(o *office) { delete(o.dir.in, ines.ID) }, "it"},
		"the other one of IT has left":  {ivan, Roles{IT: true}, func(o *office) { o.block(ines.ID) }, "it"},
		"somebody without a role":       {stan, Roles{}, nil, ""},
		"HR by a group with two people": {hannah, Roles{HR: true}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			if tt.change != nil {
				tt.change(o)
			}
			f := Facts{Subject: o.dir.people[tt.who.ID]}
			if err := o.succession(t.Context(), &f, tt.roles); err != nil {
				t.Fatal(err)
			}
			var last []string
			for _, r := range f.LastOf {
				last = append(last, string(r))
			}
			if got := strings.Join(last, " "); got != tt.last || len(f.Roles) != len(tt.roles) {
				t.Errorf("last of %q, holds %v; want %q", got, f.Roles, tt.last)
			}
		})
	}
}

// The last owner of Muster, who is also of IT: said in the summary, a step that is only done when somebody else is seen to hold the role,
// and the secrets are changed. The case cannot close before.
func TestEdge24LastOwnerKeepsTheCaseOpen(t *testing.T) {
	p, _ := sandboxPolicy(t)
	e, f := tomLeaves(nil), tomsFacts(nil)
	f.Roles, f.LastOf = []Role{IT, Owner}, []Role{Owner}
	plan, warnings, err := PlanLeaver(e, p, f, monday())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, "the last one who holds the role owner") }) {
		t.Errorf("warnings: %q", warnings)
	}
	another, ok := plan.Step("another:owner")
	if !ok || another.Task != Manual || !another.visible() || !another.lasts() {
		t.Fatalf("another owner: %+v", another)
	}
	if s, ok := plan.Step(rotateKey); !ok || s.Task != Manual || !slices.Contains(s.After, exitKey) {
		t.Errorf("secrets: %+v", s)
	}

	o := newOffice(t)
	c := Case{Account: f.Subject.ID, Kind: LeaverEvent}
	h := hands{others: o.others}
	o.block(oscar.ID)
	o.dir.people[f.Subject.ID] = Account{ID: f.Subject.ID, Name: "A leaver", UPN: olivia.UPN, Enabled: true}
	delete(o.dir.people, olivia.ID)
	if seen, err := lookManual(t.Context(), h, c, another); err != nil || seen.done {
		t.Errorf("with the leaver alone: %+v %v", seen, err)
	}
	o.dir.change(oscar.ID, func(a *Account) { a.Enabled = true })
	if seen, err := lookManual(t.Context(), h, c, another); err != nil || !seen.done {
		t.Errorf("with a second owner: %+v %v", seen, err)
	}
	o.dir.down = &Error{Code: Unavailable}
	if _, err := lookManual(t.Context(), h, c, another); CodeOf(err) != Unavailable {
		t.Errorf("the directory does not answer: %v", err)
	}
	if _, err := lookManual(t.Context(), hands{}, c, another); CodeOf(err) != Invalid {
		t.Errorf("nobody to ask: %v", err)
	}

	none, _, err := PlanLeaver(e, p, tomsFacts(nil), monday())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []StepKey{"another:owner", rotateKey} {
		if _, ok := none.Step(k); ok {
			t.Errorf("%s for somebody without a role", k)
		}
	}
}
