package setup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/flows"
	"muster/flows/graph"
	"muster/flows/graphsim"
)

// surveyed is a directory that has what a survey saw, and nothing else. It compares names as Graph does: by all their letters, without case.
type surveyed struct {
	flows.Directory
	s graph.Survey
}

func (d surveyed) FetchAccount(_ context.Context, who string) (flows.Account, error) {
	for _, w := range d.s.People {
		if strings.EqualFold(w.UPN, who) || string(w.ID) == who {
			return flows.Account{ID: w.ID, UPN: w.UPN, Enabled: true}, nil
		}
	}
	return flows.Account{}, &flows.Error{Code: flows.NotFound, Say: "no"}
}

func (d surveyed) FindGroup(_ context.Context, name string) (flows.Group, error) {
	var found []flows.Group
	for _, g := range d.s.Groups {
		if g.ID == name {
			return g.Group, nil
		}
		if strings.EqualFold(g.Name, strings.TrimSpace(name)) {
			found = append(found, g.Group)
		}
	}
	switch len(found) {
	case 0:
		return flows.Group{}, &flows.Error{Code: flows.NotFound, Say: "no"}
	case 1:
		return found[0], nil
	}
	return flows.Group{}, &flows.Error{Code: flows.Invalid, Say: "several"}
}

func (d surveyed) FetchSKUs(context.Context) ([]flows.SKU, error) { return d.s.SKUs, nil }

// awkward are names as people give them, and as nobody should.
func awkward() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"Sales", "sales", "Sales ", "HR: all", "# none", "'quoted'", `"twice"`, `back\slash`, "- dash", "true", "null", "010", "{given}", "[x]", "a: b", "*all", "&x", "!tag", "%", "@home", "Ünïted", "営業", "", " ", "\t", "x\ny", "00000000-0000-4000-b000-000000000001", strings.Repeat("long ", 60), "\u202edrawkcab", "Account Manager", "account  manager", "~", "yes", "1.5", "|", ">", "?", "x # y", "a\u00a0b"}),
		rapid.String(), rapid.StringN(1, 12, 40),
	)
}

func tenants() *rapid.Generator[graph.Survey] {
	return rapid.Custom(func(t *rapid.T) graph.Survey {
		name := awkward()
		s := graph.Survey{
			Organisation: name.Draw(t, "organisation"), Domain: "larkfield.example",
			Country: rapid.SampledFrom([]string{"GB", "", "UK", "US", "gb", "XX", "NZ"}).Draw(t, "country"),
			People:  []graph.Worker{{ID: "00000000-0000-4000-a000-000000000000", UPN: "aisha.khan@larkfield.example", Given: "Aisha", Surname: "Khan"}},
			SKUs:    []flows.SKU{{ID: "k0", Part: "SPB"}, {ID: "k1", Part: "POWER_BI_PRO"}, {ID: "k2", Part: "SPB"}},
		}
		titles := rapid.SliceOfN(name, 1, 4).Draw(t, "titles")
		offices := rapid.SliceOfN(name, 1, 3).Draw(t, "offices")
		for i := range rapid.IntRange(0, 12).Draw(t, "people") {
			w := graph.Worker{
				ID: flows.AccountID(fmt.Sprintf("00000000-0000-4000-a000-%012x", i+1)), UPN: fmt.Sprintf("p%d@larkfield.example", i), Given: name.Draw(t, "given"), Surname: name.Draw(t, "surname"),
				Job: rapid.SampledFrom(titles).Draw(t, "job"), Department: rapid.SampledFrom(titles).Draw(t, "department"), Office: rapid.SampledFrom(offices).Draw(t, "office"),
				Country:  rapid.SampledFrom([]string{"GB", "US", "", "UK", "DE", "ZZ"}).Draw(t, "usage"),
				Licences: rapid.SliceOfDistinct(rapid.SampledFrom([]string{"k0", "k1", "k2", "k9"}), rapid.ID).Draw(t, "licences"),
			}
			s.People = append(s.People, w)
		}
		for i := range rapid.IntRange(0, 8).Draw(t, "groups") {
			g := graph.Membership{Group: flows.Group{
				ID: fmt.Sprintf("00000000-0000-4000-b000-%012x", i), Name: name.Draw(t, "group"), Team: rapid.Bool().Draw(t, "team"),
				Kind: rapid.SampledFrom([]flows.GroupKind{flows.SecurityGroup, flows.Microsoft365, flows.DynamicGroup, flows.SyncedGroup, flows.RoleGroup, flows.MailGroup, flows.RestrictedGroup}).Draw(t, "kind"),
			}}
			for _, w := range s.People {
				if rapid.IntRange(0, 2).Draw(t, "in") > 0 {
					g.Members = append(g.Members, w.ID)
				}
			}
			s.Groups = append(s.Groups, g)
		}
		return s
	})
}

func answered(share, least int) Plan {
	aisha := []string{"aisha.khan@larkfield.example"}
	return Plan{HR: aisha, IT: aisha, Approver: aisha, Owner: aisha, ITChannel: "19:it@thread.tacv2", Share: share, Least: least}
}

// TestProposedPolicyIsGood: whatever the tenant is like, what is drafted from it is read without a complaint, and the tenant has all that it names.
func TestProposedPolicyIsGood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := tenants().Draw(t, "tenant")
		text := Propose(s, answered(rapid.IntRange(1, 100).Draw(t, "share"), rapid.IntRange(1, 4).Draw(t, "least")))
		p, err := flows.ParsePolicy("policy.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		wrong, err := flows.CheckTenant(context.Background(), surveyed{s: s}, p)
		if err != nil || len(wrong) > 0 {
			t.Fatalf("%v %v\n%s", err, wrong, text)
		}
		barred := map[string]bool{}
		for _, g := range s.Groups {
			switch g.Kind {
			case flows.DynamicGroup, flows.SyncedGroup, flows.RoleGroup, flows.RestrictedGroup:
				barred[g.ID] = true
			}
		}
		items := p.Birthright
		for _, j := range p.Jobs {
			items = append(append(items, j.Access...), j.Optional...)
		}
		for _, it := range items {
			if g, err := (surveyed{s: s}).FindGroup(context.Background(), it.Group+it.Team); it.Licence == "" && (err != nil || barred[g.ID]) {
				t.Fatalf("%+v cannot be given by Muster (%v)\n%s", it, err, text)
			}
		}
	})
}

// TestProposedFromLarkfield holds the draft of the sandbox's tenant, to be read.
func TestProposedFromLarkfield(t *testing.T) {
	sim, err := graphsim.New(graphsim.Options{Now: time.Now, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	w := whole(t)
	w.sim = sim
	w.start()
	s := survey(t, w)
	p := answered(80, 2)
	p.HR, p.IT = []string{"HR Staff"}, []string{"IT Staff"}
	got := Propose(s, p)
	golden := filepath.Join("testdata", "larkfield.yaml")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("the draft is another one; run with -update and read it:\n%s", got)
	}
	for _, line := range []string{`3 of 3 Account Managers have this`, `"All Staff" is left out: its rule puts people in`, `time_zone: Europe/London`, `"{given}.{surname}"`} {
		if !strings.Contains(got, line) {
			t.Errorf("the draft does not say %q", line)
		}
	}
	for _, someone := range s.People {
		if someone.UPN != "aisha.khan@larkfield.example" && regexp.MustCompile(`(?i)\b`+regexp.QuoteMeta(someone.Surname)+`\b`).MatchString(got) {
			t.Errorf("the draft tells of %s", someone.Surname)
		}
	}
}
