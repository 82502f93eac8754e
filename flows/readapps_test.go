package flows

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// guarded is a tenancy that refuses some of what is asked.
type guarded struct {
	*tenancy
	skus      []SKU
	elsewhere bool // the passwords are
	names     map[string]string
	refuse    map[string]error // by verb
	asked     []string
}

func (g *guarded) take(verb string) error {
	g.asked = append(g.asked, verb)
	return g.refuse[verb]
}

func (g *guarded) FetchSKUs(context.Context) ([]SKU, error) { return g.skus, g.take("skus") }

func (g *guarded) Federated(context.Context, string) (bool, error) {
	return g.elsewhere, g.take("domain")
}

func (g *guarded) FetchWorkflow(_ context.Context, id string) (string, error) {
	if err := g.take("workflow"); err != nil {
		return "", err
	}
	if name, ok := g.names[id]; ok {
		return name, nil
	}
	return "", &Error{Code: NotFound}
}

func (g *guarded) Packages(ctx context.Context, id AccountID) ([]AccessPackage, error) {
	all, _ := g.tenancy.Packages(ctx, id)
	return all, g.take("packages")
}

func (g *guarded) GlobalAdministrators(context.Context) ([]AccountID, error) {
	return g.admins, g.take("admins")
}

func TestAppHoldings(t *testing.T) {
	refused, down := &Error{Code: Denied, Say: "It lacks X."}, &Error{Code: Unavailable}
	premium := []SKU{{Part: "SPB"}, {Part: "P2", Governs: true}}
	for name, tt := range map[string]struct {
		subject func(*Account)
		admin   []string
		world   func(*guarded)
		want    Facts // besides the subject and the roles
		asked   string
		fails   bool
	}{
		"an ordinary tenant": {
			world: func(g *guarded) {
				g.apps, g.consents, g.packages = []AppRole{{App: "CRM"}}, []Consent{{App: "Planner"}}, []AccessPackage{{Name: "never asked for"}}
			},
			want: Facts{Apps: []AppRole{{App: "CRM"}}, Consents: []Consent{{App: "Planner"}}}, asked: "domain",
		},
		"a tenant with everything": {
			world: func(g *guarded) {
				g.skus, g.packages, g.requests = premium, []AccessPackage{{Name: "Kit"}}, []AccessPackage{{Name: "More"}}
			},
			want: Facts{Packages: []AccessPackage{{Name: "Kit"}}, Requests: []AccessPackage{{Name: "More"}}}, asked: "domain packages",
		},
		"packages that may not be seen": {
			world: func(g *guarded) { g.skus, g.refuse = premium, map[string]error{"packages": refused} },
			want:  Facts{Unseen: []string{"Muster may not see access packages, so it takes none back. It lacks X."}}, asked: "domain packages",
		},
		"packages that do not answer": {world: func(g *guarded) { g.skus, g.refuse = premium, map[string]error{"packages": down} }, fails: true},
		"passwords elsewhere":         {world: func(g *guarded) { g.elsewhere = true }, want: Facts{Federated: true}, asked: "domain"},
		"a guest":                     {subject: func(a *Account) { a.Guest = true }},
		"synced":                      {subject: func(a *Account) { a.Synced = true }},
		"the domain does not answer":  {world: func(g *guarded) { g.refuse = map[string]error{"domain": down} }, fails: true},
		"another role":                {admin: []string{"Helpdesk Administrator"}, asked: "domain"},
		"one administrator of two": {
			admin: []string{"Reader", "Global Administrator"}, world: func(g *guarded) { g.admins = []AccountID{tom.ID, hannah.ID} },
			want: Facts{LastAdmin: true}, asked: "domain admins",
		},
		"one of three, named by its id": {
			admin: []string{GlobalAdministrator}, world: func(g *guarded) { g.admins = []AccountID{tom.ID, hannah.ID, helen.ID} }, asked: "domain admins",
		},
		"administrators who may not be seen": {
			admin: []string{"Global Administrator"}, world: func(g *guarded) { g.refuse = map[string]error{"admins": refused} },
			want: Facts{Unseen: []string{"Muster may not see who else is a Global Administrator. Make sure that two are left. It lacks X."}}, asked: "domain admins",
		},
		"administrators that do not answer": {admin: []string{"Global Administrator"}, world: func(g *guarded) { g.refuse = map[string]error{"admins": errors.New("x")} }, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			g := &guarded{tenancy: &tenancy{directory: o.dir}, skus: []SKU{{Part: "SPB"}}}
			if tt.world != nil {
				tt.world(g)
			}
			o.World = g
			f := Facts{Subject: Account{ID: tom.ID, UPN: tom.UPN}, Admin: tt.admin}
			if tt.subject != nil {
				tt.subject(&f.Subject)
			}
			tt.want.Subject, tt.want.Admin = f.Subject, f.Admin
			err := o.appHoldings(t.Context(), &f, g.skus)
			if (err != nil) != tt.fails {
				t.Fatalf("error = %v", err)
			}
			if tt.fails {
				return
			}
			if diff := cmp.Diff(tt.want, f); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if got := strings.Join(g.asked, " "); got != tt.asked {
				t.Errorf("asked for %q, want %q", got, tt.asked)
			}
		})
	}
}

// A tenant is asked about governance only where the policy's lines need it, and only about what it has.
func TestGoverned(t *testing.T) {
	runs := []Line{{Task: RunLifecycleWorkflow, Workflow: flowID}, {Task: RunLifecycleWorkflow, Workflow: kitID}, {Task: RunLifecycleWorkflow, Workflow: flowID}}
	premium := []SKU{{Governs: true}}
	for name, tt := range map[string]struct {
		lines  []Line
		skus   []SKU
		refuse map[string]error
		want   Facts
		asked  string
		fails  bool
	}{
		"no such line":        {[]Line{{Task: BlockSignIn}}, premium, nil, Facts{}, "", false},
		"no licence":          {runs, nil, nil, Facts{}, "skus", false},
		"a package":           {[]Line{{Task: RequestPackage}}, premium, nil, Facts{Governed: true}, "skus", false},
		"one of two":          {runs, premium, nil, Facts{Governed: true, Lifecycle: map[string]string{flowID: "Offboard"}}, "skus workflow workflow", false},
		"may not be seen":     {runs[:1], premium, map[string]error{"workflow": &Error{Code: Denied, Say: "It lacks X."}}, Facts{Governed: true, Unseen: []string{"Muster may not run lifecycle workflows. It lacks X."}}, "skus workflow", false},
		"no answer":           {runs, premium, map[string]error{"workflow": &Error{Code: Unavailable}}, Facts{}, "", true},
		"licences, no answer": {runs, premium, map[string]error{"skus": &Error{Code: Unavailable}}, Facts{}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			g := &guarded{tenancy: &tenancy{directory: o.dir}, skus: tt.skus, refuse: tt.refuse, names: map[string]string{flowID: "Offboard"}}
			o.World = g
			o.Policy.Workflows = map[string][]Line{LeaverFlow: tt.lines}
			var f Facts
			err := o.governed(t.Context(), &f, LeaverFlow)
			if (err != nil) != tt.fails {
				t.Fatalf("error = %v", err)
			}
			if tt.fails {
				return
			}
			if diff := cmp.Diff(tt.want, f); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if got := strings.Join(g.asked, " "); got != tt.asked {
				t.Errorf("asked for %q, want %q", got, tt.asked)
			}
		})
	}
}
