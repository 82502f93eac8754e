package flows

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// usual is one event of many, drawn from a seed, with what the directory says: its plan must be the same bytes from one version of Muster to
// the next, unless somebody means it.
type usual struct {
	*rand.Rand
	p *Policy
}

func usually(p *Policy, kind string, seed uint64) usual {
	return usual{rand.New(rand.NewPCG(seed, uint64(len(kind)))), p}
}

func (u usual) yes() bool { return u.IntN(2) == 0 }

// rarely is yes once in n times.
func (u usual) rarely(n int) bool { return u.IntN(n) == 0 }

func (u usual) job() string {
	return []string{"Account Manager", "Warehouse Operative", "Finance Assistant", "IT Engineer"}[u.IntN(4)]
}

// holds draws what somebody holds and owns, of every kind of group.
func (u usual) holds(f *Facts) {
	names := []string{"Sales", "Sales Team", "Finance", "Finance Approvers", "Wiki Editors", "Marketing News", "Price List Editors", "Legacy File Share", "Helpdesk Operators", "CRM Users", "Company Team", "Contract Admins", "Warehouse", "All Staff"}
	u.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
	for _, n := range names[:u.IntN(len(names))] {
		g := f.Groups[n]
		if f.Member = append(f.Member, g); u.rarely(4) {
			f.Owned = append(f.Owned, Owned{Group: g, Last: u.yes()})
		}
	}
	if u.yes() {
		f.Member = append(f.Member, Group{ID: "choir", Name: "Choir", Kind: SecurityGroup}, Group{ID: "rule", Name: "Rule", Kind: DynamicGroup, Rule: `(user.department -eq "` + f.Subject.Department + `")`})
	}
	for _, part := range []string{"SPB", "VISIOCLIENT", "POWER_BI_PRO", "PROJECTPROFESSIONAL"} {
		if u.yes() {
			h := Held{SKU: f.SKUs[part].ID}
			if len(f.Member) > 0 && u.rarely(4) {
				h.ByGroup = f.Member[0].ID
			}
			f.Subject.Licences = append(f.Subject.Licences, h)
		}
	}
	if f.Subject.Synced = u.rarely(5); u.rarely(6) {
		f.Admin = []string{"Exchange Administrator"}
	}
	if u.rarely(4) {
		f.Reports = []Person{hannah}
	}
}

func (u usual) mover() (Plan, []string, error) {
	old := u.job()
	f := nadiasFacts(u.p, func(f *Facts) {
		f.Member, f.Subject.Licences = nil, nil
		f.Subject.JobTitle, f.Subject.Department = old, u.p.Jobs[old].Department
		u.holds(f)
		if f.OldJob = u.p.jobOf(f.Subject); u.rarely(5) {
			f.OldJob = ""
		}
		if f.Joint = u.rarely(6); f.Joint {
			f.Releasing, f.ReleasingWhy = Person{}, "Nobody is there who could release her."
		}
	})
	e := nadiaMoves(func(e *PeopleEvent) {
		e.Job, e.Handover, e.Start = u.job(), u.IntN(9), Date("2026-11-20").AddDays(u.IntN(90))
		if u.yes() {
			e.End = e.Start.AddDays(1 + u.IntN(200))
		}
		if e.CostCentre = ""; u.yes() {
			e.CostCentre = "4711"
		}
		if u.rarely(4) {
			e.Site = "Leeds"
		}
	})
	return PlanMover(e, u.p, f, signers(), monday())
}

func (u usual) absent(change func(*Facts)) Facts {
	f := larkfield(nil)
	f.Subject = Account{ID: nadia.ID, UPN: nadia.UPN, Name: nadia.Name, Given: "Nadia", Surname: "Brook", JobTitle: "Account Manager", Department: "Sales", Office: "London", Enabled: true, Manager: tom.ID}
	f.Manager, f.Route, f.UPN, f.Mailbox = Account{ID: tom.ID, Name: tom.Name, UPN: tom.UPN, Enabled: true}, tom, nadia.UPN, !u.rarely(5)
	u.holds(&f)
	if change != nil {
		change(&f)
	}
	return f
}

func (u usual) leave() (Plan, []string, error) {
	e := PeopleEvent{Kind: LeaveEvent, Subject: nadia, Manager: tom, Site: "London", Start: Date("2026-11-20").AddDays(u.IntN(40)), SignIn: signInKeep, Licences: licencesKeep}
	if u.yes() {
		e.SignIn = signInBlock
	}
	if u.yes() {
		e.Licences, e.ReleaseAfter = licencesRelease, u.IntN(60)
	}
	if u.yes() {
		e.Reply = "{name} is away. Ask {successor}."
	}
	if u.yes() {
		e.StandIn = aisha
	}
	if !u.rarely(3) {
		e.End = e.Start.AddDays(u.IntN(200))
	}
	return PlanLeave(e, u.p, u.absent(nil), signers(), monday())
}

func (u usual) rename() (Plan, []string, error) {
	e := PeopleEvent{Kind: RenameEvent, Subject: nadia, Given: "Nadia", Surname: "Marlow", Start: Date("2026-11-20").AddDays(u.IntN(40)), Site: "London"}
	if u.yes() {
		e.At = "06:30"
	}
	return PlanRename(e, u.p, u.absent(func(f *Facts) {
		if !u.rarely(3) {
			f.UPN = "nadia.marlow@larkfield.example"
		}
		if u.rarely(4) {
			f.UPNTaken = []string{"n.marlow@larkfield.example is taken by Noor"}
		}
	}), monday())
}

func (u usual) rehire() (Plan, []string, error) {
	e := priya(func(e *PeopleEvent) {
		e.Job, e.Former, e.Start = u.job(), nadia.ID, Date("2026-11-24").AddDays(u.IntN(60))
	})
	f := larkfield(func(f *Facts) {
		f.Former = Account{ID: nadia.ID, UPN: "priya.old@larkfield.example", Name: "Priya Patel", Deleted: u.yes()}
		if f.UPN = f.Former.UPN; !f.Former.Deleted {
			u.holds(f)
			f.Owned, f.Reports, f.Subject = nil, nil, Account{}
		}
	})
	if u.yes() {
		e.FormerCase = "L-2026-0001"
	}
	plan, warnings, err := PlanJoiner(e, u.p, f, signers(), monday())
	if err != nil {
		return Plan{}, nil, err
	}
	plan, why, err := PlanRehire(plan, e, u.p, f, monday())
	return plan, append(why, warnings...), err
}

// The built-in workflows make, byte for byte, the plans that they made before: of many moves, leaves, changes of name and rehires.
func TestUsualPlansStay(t *testing.T) {
	p, _ := sandboxPolicy(t)
	var got strings.Builder
	for _, kind := range []struct {
		name string
		many int
		plan func(usual) (Plan, []string, error)
	}{{"mover", 120, usual.mover}, {"leave", 80, usual.leave}, {"rename", 40, usual.rename}, {"rehire", 60, usual.rehire}} {
		for seed := range kind.many {
			plan, warnings, err := kind.plan(usually(p, kind.name, uint64(seed)))
			if err != nil {
				t.Fatal(err)
			}
			plan.Policy = ""
			b, err := json.Marshal(map[string]any{"plan": plan, "warnings": warnings})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "%s %d: %d steps, %x\n", kind.name, seed, len(plan.Steps), sha256.Sum256(b))
		}
	}
	file := filepath.Join("testdata", "plans-usual.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// One of each kind, to be read.
func TestUsualPlansGolden(t *testing.T) {
	p, _ := sandboxPolicy(t)
	move, moveWarnings, err := PlanMover(nadiaMoves(nil), p, nadiasFacts(p, nil), signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	goldenPlan(t, "plan-mover", move, moveWarnings)
	second, secondWarnings, err := PlanMover(nadiaMoves(func(e *PeopleEvent) { e.End = "2027-06-30" }), p, nadiasFacts(p, nil), signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	goldenPlan(t, "plan-secondment", second, secondWarnings)
	for name, of := range map[string]struct {
		seed uint64
		plan func(usual) (Plan, []string, error)
	}{"leave": {2, usual.leave}, "rename": {1, usual.rename}, "rehire": {3, usual.rehire}} {
		plan, warnings, err := of.plan(usually(p, name, of.seed))
		if err != nil {
			t.Fatal(err)
		}
		goldenPlan(t, "plan-"+name, plan, warnings)
	}
}
