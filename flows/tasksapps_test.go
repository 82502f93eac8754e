package flows

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// tenancy is a directory with passwords, apps, roles, packages and workflows. What it is told to do it does, unless it is deaf.
type tenancy struct {
	*directory
	now      time.Time
	deaf     bool // takes every request and does nothing
	apps     []AppRole
	consents []Consent
	roles    []DirectoryRole
	admins   []AccountID
	packages []AccessPackage
	requests []AccessPackage
	runs     []WorkflowRun
	starts   int
	lag      bool // a run that was started is not shown yet
}

func (w *tenancy) ResetPassword(_ context.Context, id AccountID) error {
	if !w.deaf {
		w.change(id, func(a *Account) { a.PasswordFrom = w.now })
	}
	return w.down
}

func (w *tenancy) AppRoles(context.Context, AccountID) ([]AppRole, error) { return w.apps, w.down }

func (w *tenancy) GrantAppRole(_ context.Context, _ AccountID, r AppRole) error {
	w.apps = append(w.apps, r)
	return w.down
}

func (w *tenancy) RemoveAppRole(_ context.Context, _ AccountID, r AppRole) error {
	if !w.deaf {
		w.apps = slices.DeleteFunc(slices.Clone(w.apps), func(o AppRole) bool { return o == r })
	}
	return w.down
}

func (w *tenancy) Consents(context.Context, AccountID) ([]Consent, error) { return w.consents, w.down }

func (w *tenancy) RemoveConsent(_ context.Context, c Consent) error {
	if !w.deaf {
		w.consents = slices.DeleteFunc(slices.Clone(w.consents), func(o Consent) bool { return o == c })
	}
	return w.down
}

func (w *tenancy) DirectoryRoles(context.Context, AccountID) ([]DirectoryRole, error) {
	return w.roles, w.down
}

func (w *tenancy) RemoveDirectoryRole(_ context.Context, _ AccountID, r DirectoryRole) error {
	if !w.deaf {
		w.roles = slices.DeleteFunc(slices.Clone(w.roles), func(o DirectoryRole) bool { return o == r })
	}
	return w.down
}

func (w *tenancy) GlobalAdministrators(context.Context) ([]AccountID, error) { return w.admins, w.down }

func (w *tenancy) Packages(context.Context, AccountID) ([]AccessPackage, error) {
	return w.packages, w.down
}

func (w *tenancy) RequestPackage(_ context.Context, _ AccountID, pkg, _ string) error {
	w.packages = append(w.packages, AccessPackage{ID: "a-" + pkg, Package: pkg, Name: pkg, State: "delivering"})
	return w.down
}

func (w *tenancy) RemovePackage(_ context.Context, p AccessPackage) error {
	w.packages = slices.DeleteFunc(slices.Clone(w.packages), func(o AccessPackage) bool { return o.ID == p.ID })
	return w.down
}

func (w *tenancy) PackageRequests(context.Context, AccountID) ([]AccessPackage, error) {
	return w.requests, w.down
}

func (w *tenancy) CancelPackageRequest(_ context.Context, r AccessPackage) error {
	w.requests = slices.DeleteFunc(slices.Clone(w.requests), func(o AccessPackage) bool { return o.ID == r.ID })
	return w.down
}

func (w *tenancy) WorkflowRuns(context.Context, string, AccountID) ([]WorkflowRun, error) {
	if w.lag {
		return nil, w.down
	}
	return w.runs, w.down
}

func (w *tenancy) StartWorkflow(context.Context, string, AccountID) error {
	w.starts++
	w.runs = append([]WorkflowRun{{ID: "run-" + string(rune('0'+w.starts)), State: "queued", At: w.now, Tasks: 2}}, w.runs...)
	return w.down
}

// stepping is one step of a leaver's case after its block, done by hand here.
type stepping struct {
	t     *testing.T
	c     Case
	s     Step
	world *tenancy
	now   time.Time
}

// begin makes a case whose plan is the block, which was seen at 17:00, and one step after it.
func begin(t *testing.T, s Step) *stepping {
	t.Helper()
	now := time.Date(2026, 12, 18, 17, 0, 0, 0, time.UTC)
	s.Key, s.Due, s.After = "it", now, []StepKey{exitKey}
	p := &stepping{t: t, s: s, now: now, world: &tenancy{directory: newDirectory(), now: now}}
	p.c = Case{
		ID: "L-2026-0001", Version: 1, Kind: LeaverEvent, Account: tom.ID, May: "x", Approval: Decision{State: "approved"},
		Plan: Plan{Steps: []Step{{Key: exitKey, Task: BlockSignIn, Due: now}, s}}, Steps: []StepStatus{{Key: exitKey, State: StepDone, At: now}, {Key: "it", State: Planned}},
	}
	return p
}

func (p *stepping) hands() hands { return hands{World: p.world, now: p.now} }

func (p *stepping) after(d time.Duration) {
	p.now = p.now.Add(d)
	p.world.now = p.now
}

func (p *stepping) fold(b Body) {
	p.t.Helper()
	var err error
	if p.c, err = p.c.Apply(Entry{Case: p.c.ID, At: p.now, Body: b}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *stepping) look() sight {
	p.t.Helper()
	got, err := tasks[p.s.Task].look(p.t.Context(), p.hands(), p.c, p.s)
	if err != nil {
		p.t.Fatal(err)
	}
	return got
}

func (p *stepping) act() error { return tasks[p.s.Task].act(p.t.Context(), p.hands(), p.c, p.s) }

// does looks, begins, acts and looks again, as the engine does.
func (p *stepping) does() (before, after sight) {
	p.t.Helper()
	before = p.look()
	if before.done {
		return before, before
	}
	p.fold(StepStarted{Step: "it", Before: before.text})
	if err := p.act(); err != nil {
		p.t.Fatal(err)
	}
	return before, p.look()
}

// A password counts when it is younger than the block and not the one that was there: the leaver may have set one a moment before.
func TestResetPassword(t *testing.T) {
	for name, tt := range map[string]struct {
		was  time.Duration // of the password, before the block; zero: never set
		deaf bool
		want bool
	}{
		"an old one":                             {-300 * time.Hour, false, true},
		"none":                                   {0, false, true},
		"the leaver's own, a moment before":      {-30 * time.Second, false, true},
		"the leaver's own, and nothing is done":  {-30 * time.Second, true, false},
		"an old one, and nothing is done":        {-300 * time.Hour, true, false},
		"one set by hand after, nothing is done": {10 * time.Second, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := begin(t, Step{Task: ResetPassword})
			if tt.was != 0 {
				p.world.change(tom.ID, func(a *Account) { a.PasswordFrom = p.now.Add(tt.was) })
			}
			p.world.deaf = tt.deaf
			p.after(20 * time.Second)
			before, after := p.does()
			if before.done || after.done != tt.want {
				t.Errorf("before %+v, after %+v, want done %t", before, after, tt.want)
			}
			if after.done && before.text == after.text {
				t.Errorf("the evidence says %q twice", after.text)
			}
			if !after.done {
				return
			}
			p.fold(StepVerified{Step: "it", Before: before.text, After: after.text})
			p.after(1000 * time.Hour)
			if again := p.look(); !again.done {
				t.Errorf("before the case closes: %+v", again)
			}
		})
	}
}

// A difference of the clocks does not keep a password from being seen.
func TestResetPasswordSkew(t *testing.T) {
	p := begin(t, Step{Task: ResetPassword})
	p.world.now = p.now.Add(-40 * time.Second)
	if _, after := p.does(); !after.done {
		t.Errorf("%+v", after)
	}
}

func TestRemoveAppsTask(t *testing.T) {
	crm, notes := AppRole{ID: "1", App: "CRM", On: "crm", Role: "r"}, AppRole{ID: "2", App: "Notes", On: "notes", Role: "r"}
	p := begin(t, Step{Task: RemoveAppRoles})
	p.world.apps = []AppRole{crm, notes}
	p.c.Facts.Apps = []AppRole{crm, notes}
	before, after := p.does()
	if before.text != "roles in CRM and Notes" || !after.done {
		t.Errorf("before %+v, after %+v", before, after)
	}
	undo, ok := tasks[RemoveAppRoles].undo(p.c, p.s)
	if !ok || undo.Title != "Give back the access to CRM and Notes" {
		t.Fatalf("undo = %+v, %t", undo, ok)
	}
	back := begin(t, undo)
	back.c.Facts.Apps, back.world.apps = p.c.Facts.Apps, []AppRole{{ID: "9", App: "CRM", On: "CRM", Role: "R"}} // one is held again, whatever its case
	before, after = back.does()
	if before.text != "no role in Notes" || !after.done || len(back.world.apps) != 2 {
		t.Errorf("back: before %+v, after %+v, %v", before, after, back.world.apps)
	}
	if _, ok := tasks[RemoveAppRoles].undo(Case{}, Step{}); ok {
		t.Error("an undo of nothing")
	}
	p = begin(t, Step{Task: RemoveAppRoles})
	p.world.apps, p.world.deaf = []AppRole{crm}, true
	if _, after := p.does(); after.done {
		t.Error("what is still there is done")
	}
	p = begin(t, Step{Task: RemoveConsents})
	p.world.consents = []Consent{{ID: "2", App: "Planner", Scope: "Calendars.Read  offline_access"}, {ID: "1", App: "Mailer", Scope: "Mail.Read"}}
	before, after = p.does()
	if before.text != "allowed: Mailer (Mail.Read); Planner (Calendars.Read, offline_access)" || !after.done {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// Edge case 23: an organisation is never left with fewer than two enabled Global Administrators, and nothing is half done.
func TestEdge23LastAdministrators(t *testing.T) {
	global := func(how string) DirectoryRole {
		return DirectoryRole{ID: "g" + how, Role: strings.ToUpper(GlobalAdministrator), Name: "Global Administrator", How: how}
	}
	reader := DirectoryRole{ID: "r", Role: "x", Name: "Reports Reader", How: RoleHeld}
	for name, tt := range map[string]struct {
		roles  []DirectoryRole
		admins []AccountID
		say    string
	}{
		"two others":            {[]DirectoryRole{reader, global(RoleHeld)}, []AccountID{tom.ID, hannah.ID, helen.ID}, ""},
		"two others, not him":   {[]DirectoryRole{global(RoleActive)}, []AccountID{hannah.ID, helen.ID}, ""},
		"one other":             {[]DirectoryRole{reader, global(RoleHeld)}, []AccountID{tom.ID, hannah.ID}, "only 1 other enabled Global Administrator would be left"},
		"one other, seen twice": {[]DirectoryRole{reader, global(RoleActive)}, []AccountID{tom.ID, hannah.ID, hannah.ID}, "only 1 other enabled Global Administrator"},
		"nobody else":           {[]DirectoryRole{global(RoleHeld)}, []AccountID{tom.ID}, "only 0 other enabled Global Administrators"},
		"eligible only":         {[]DirectoryRole{global(RoleEligible)}, []AccountID{hannah.ID}, ""}, // it does not count as long as it is not taken up
		"another role":          {[]DirectoryRole{reader}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := begin(t, Step{Task: RemoveDirectoryRoles})
			p.world.roles, p.world.admins = tt.roles, tt.admins
			before := p.look()
			p.fold(StepStarted{Step: "it", Before: before.text})
			err := p.act()
			if tt.say == "" {
				if after := p.look(); err != nil || !after.done {
					t.Errorf("%v, %+v", err, after)
				}
				return
			}
			if CodeOf(err) != Conflict || !strings.Contains(SayOf(err), tt.say) || len(p.world.roles) != len(tt.roles) {
				t.Errorf("error %v (%s), roles %v: want a refusal before anything is taken away", err, SayOf(err), p.world.roles)
			}
		})
	}
	p := begin(t, Step{Task: RemoveDirectoryRoles})
	p.world.roles = []DirectoryRole{reader, global(RoleEligible)}
	if got := p.look().text; got != "holds Reports Reader, may take up Global Administrator" {
		t.Errorf("seen: %q", got)
	}
}

func TestPackageTasks(t *testing.T) {
	kit, field := AccessPackage{ID: "1", Package: "kit", Name: "Sales Kit", State: "delivered"}, AccessPackage{ID: "2", Package: "field", Name: "Field Work", State: "delivering"}
	p := begin(t, Step{Task: RemovePackages})
	p.world.packages = []AccessPackage{kit, field}
	before, after := p.does()
	if before.text != "Field Work: delivering; Sales Kit: delivered" || !after.done {
		t.Errorf("all: before %+v, after %+v", before, after)
	}
	p = begin(t, Step{Task: RemovePackages, Ref: "KIT"})
	p.world.packages = []AccessPackage{kit, field}
	if _, after := p.does(); !after.done || !slices.Equal(p.world.packages, []AccessPackage{field}) {
		t.Errorf("one: %+v, left %v", after, p.world.packages)
	}
	p = begin(t, Step{Task: RequestPackage, Ref: "kit", Under: "policy", Name: "Sales Kit"})
	before, after = p.does()
	if before.text != "no access package Sales Kit" || after.done {
		t.Errorf("asked for and not given: before %+v, after %+v", before, after)
	}
	p.world.packages[0].State = "delivered"
	if !p.look().done {
		t.Error("given and not seen")
	}
	if undo, ok := tasks[RequestPackage].undo(p.c, p.s); !ok || undo.Task != RemovePackages || undo.Ref != "kit" {
		t.Errorf("undo = %+v, %t", undo, ok)
	}
	p = begin(t, Step{Task: CancelPackageRequests})
	p.world.requests = []AccessPackage{{ID: "q", Package: "kit", State: "pendingApproval"}}
	before, after = p.does()
	if before.text != "kit: pendingApproval" || !after.done {
		t.Errorf("requests: before %+v, after %+v", before, after)
	}
}

// Whoever leaves, and whoever else holds what: the organisation keeps two enabled Global Administrators, or nothing is taken away.
func TestAdministratorsAreLeft(t *testing.T) {
	people := []AccountID{tom.ID, hannah.ID, helen.ID, maria.ID}
	rapid.Check(t, func(r *rapid.T) {
		p := begin(t, Step{Task: RemoveDirectoryRoles})
		others := map[AccountID]bool{}
		for range rapid.IntRange(0, 6).Draw(r, "admins") {
			id := rapid.SampledFrom(people).Draw(r, "admin")
			p.world.admins = append(p.world.admins, id) // by a group as well, so perhaps twice
			if id != tom.ID {
				others[id] = true
			}
		}
		active := false
		for i := range rapid.IntRange(1, 4).Draw(r, "roles") {
			role := DirectoryRole{
				ID: string(rune('a' + i)), Role: rapid.SampledFrom([]string{GlobalAdministrator, "reader"}).Draw(r, "role"),
				How: rapid.SampledFrom([]string{RoleHeld, RoleActive, RoleEligible}).Draw(r, "how"),
			}
			active = active || role.Role == GlobalAdministrator && role.How != RoleEligible
			p.world.roles = append(p.world.roles, role)
		}
		had := len(p.world.roles)
		err := p.act()
		switch left := len(p.world.roles); {
		case active && len(others) < 2 && (CodeOf(err) != Conflict || left != had):
			r.Fatalf("%d others, and %d of %d roles are left: %v", len(others), left, had, err)
		case !(active && len(others) < 2) && (err != nil || left != 0):
			r.Fatalf("%d others, and %d of %d roles are left: %v", len(others), left, had, err)
		}
	})
}
