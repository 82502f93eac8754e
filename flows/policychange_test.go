package flows

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// waitingPolicy is a proposal of Olivia's that waits for Hannah, an owner here.
func waitingPolicy() (Proposal, []Record) {
	at := monday()
	recs := []Record{
		{Entry: Entry{At: at, Body: PolicyRead{Ref: "P-3F2A91", Policy: "new", Was: "old", By: olivia}}},
		{Entry: Entry{At: at, Body: PolicyProposed{Ref: "P-3F2A91", Policy: "new", By: olivia, Reason: "so", Asked: []Person{hannah}, Until: at.Add(time.Hour)}}},
	}
	p, _ := proposalOf(recs)
	return p, recs
}

func TestDecidePolicy(t *testing.T) {
	open, recs := waitingPolicy()
	with := func(bs ...Body) Proposal {
		all := slices.Clone(recs)
		for _, b := range bs {
			all = append(all, Record{Entry: Entry{At: monday(), Body: b}})
		}
		p, _ := proposalOf(all)
		return p
	}
	found := open
	found.Found, found.By = true, Person{}
	read := open
	read.State = ProposalRead
	for name, tt := range map[string]struct {
		p       Proposal
		by      Person
		hash    PlanHash
		inForce string
		want    Code
	}{
		"another owner":           {open, hannah, "new", "old", Internal},
		"who proposed it":         {open, olivia, "new", "old", Denied},
		"other bytes":             {open, hannah, "else", "old", Conflict},
		"no bytes":                {open, hannah, "", "old", Conflict},
		"another in force":        {open, hannah, "new", "other", Conflict},
		"not proposed yet":        {read, hannah, "new", "old", Conflict},
		"agreed already":          {with(PolicyDecided{Policy: "new", By: tom, OK: true}), hannah, "new", "old", Conflict},
		"refused already":         {with(PolicyDecided{Policy: "new", By: tom}), hannah, "new", "old", Conflict},
		"taken back":              {with(PolicyLapsed{By: olivia, Why: "so"}), hannah, "new", "old", Conflict},
		"in force":                {with(PolicyDecided{Policy: "new", By: tom, OK: true}, PolicyInForce{Policy: "new"}), hannah, "new", "old", Conflict},
		"not known":               {Proposal{}, hannah, "new", "old", NotFound},
		"a file that was found":   {found, olivia, "new", "old", Internal},
		"decided on other bytes":  {with(PolicyDecided{Policy: "else", By: tom, OK: true}), hannah, "new", "old", Internal},
		"in force, by who did it": {with(PolicyDecided{Policy: "new", By: tom, OK: true}, PolicyInForce{Policy: "new"}), olivia, "new", "old", Denied},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := decidePolicy(texts.Language{}, tt.p, Turn{By: tt.by, Plan: tt.hash}, tt.inForce, true)
			if got := CodeOf(err); got != tt.want {
				t.Fatalf("code = %q, want %q (%v)", got, tt.want, err)
			}
			if err == nil && (d.Policy != string(tt.hash) || d.By != tt.by || !d.OK) {
				t.Errorf("decided %+v", d)
			}
			if _, err := decidePolicy(texts.Language{}, tt.p, Turn{By: tt.by, Plan: tt.hash}, tt.inForce, false); err == nil {
				t.Error("refused without a reason")
			}
		})
	}
}

func TestDecidePropose(t *testing.T) {
	p, _ := waitingPolicy()
	p.State = ProposalRead
	reason := map[string]string{"reason": "so"}
	for name, tt := range map[string]struct {
		t      Turn
		owners []Person
		want   Code
	}{
		"who sent it":    {Turn{By: olivia, Plan: "new", Inputs: reason}, []Person{olivia, hannah}, Internal},
		"somebody else":  {Turn{By: hannah, Plan: "new", Inputs: reason}, []Person{olivia, hannah}, Denied},
		"no reason":      {Turn{By: olivia, Plan: "new"}, []Person{olivia, hannah}, Invalid},
		"other bytes":    {Turn{By: olivia, Plan: "else", Inputs: reason}, []Person{olivia, hannah}, Conflict},
		"the only owner": {Turn{By: olivia, Plan: "new", Inputs: reason}, []Person{olivia}, Denied},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := decidePropose(texts.Language{}, p, tt.t, "old", tt.owners, monday())
			if got := CodeOf(err); got != tt.want {
				t.Fatalf("code = %q, want %q (%v)", got, tt.want, err)
			}
			if err == nil && cmp.Diff(b.Asked, []Person{hannah}) != "" {
				t.Errorf("asked: %+v", b.Asked)
			}
		})
	}
	if _, err := decideWithdraw(texts.Language{}, p, Turn{By: hannah}); CodeOf(err) != Denied {
		t.Errorf("taken back by somebody else: %v", err)
	}
	if _, err := decideWithdraw(texts.Language{}, p, Turn{By: olivia}); err != nil {
		t.Errorf("not taken back: %v", err)
	}
	p.State = ProposalAgreed
	if _, err := decideWithdraw(texts.Language{}, p, Turn{By: olivia}); CodeOf(err) != Conflict {
		t.Errorf("taken back after it was agreed to: %v", err)
	}
}

// A proposal that is over stays as it ended, whatever is written after it, and one that was refused or lapsed is never in force.
func TestProposalEndsOnce(t *testing.T) {
	bodies := []Body{
		PolicyRead{Ref: "P-3F2A91", Policy: "new", Was: "old", By: hannah},
		PolicyProposed{Ref: "P-3F2A91", Policy: "new", By: olivia, Asked: []Person{hannah}},
		PolicyDecided{Policy: "new", By: hannah, OK: true},
		PolicyDecided{Policy: "new", By: tom, Reason: "no"},
		PolicyDecided{Policy: "else", By: hannah, OK: true},
		PolicyLapsed{By: olivia, Why: "so"},
		PolicyPlaced{Policy: "new"},
		PolicyInForce{Policy: "new"},
	}
	rapid.Check(t, func(t *rapid.T) {
		_, recs := waitingPolicy()
		p, _ := proposalOf(recs)
		for _, b := range rapid.SliceOfN(rapid.SampledFrom(bodies), 0, 8).Draw(t, "entries") {
			was := p
			recs = append(recs, Record{Entry: Entry{At: monday().Add(time.Minute), Body: b}})
			p, _ = proposalOf(recs)
			if was.over() && (p.State != was.State || p.Decided != was.Decided || !p.Ended.Equal(was.Ended)) {
				t.Fatalf("%s became %s by %T", was.State, p.State, b)
			}
			if p.By != olivia || p.Policy != "new" {
				t.Fatal("another file took its place")
			}
		}
	})
}

func TestLockouts(t *testing.T) {
	all := func(change func(staffing)) staffing {
		s := staffing{Owner: {olivia, hannah}, HR: {hannah}, IT: {tom}, Approver: {tom}}
		change(s)
		return s
	}
	for name, tt := range map[string]struct {
		is   staffing
		by   AccountID
		want string
	}{
		"as it should be":               {all(func(staffing) {}), olivia.ID, ""},
		"no owner":                      {all(func(s staffing) { s[Owner] = nil }), olivia.ID, "Nobody would be an owner"},
		"no owner, of a file found":     {all(func(s staffing) { s[Owner] = nil }), "", "Nobody would be an owner"},
		"the proposer alone":            {all(func(s staffing) { s[Owner] = []Person{olivia} }), olivia.ID, "You would be the only owner"},
		"another alone":                 {all(func(s staffing) { s[Owner] = []Person{hannah} }), olivia.ID, "would be the only owner"},
		"one owner, of a file found":    {all(func(s staffing) { s[Owner] = []Person{olivia} }), "", ""},
		"others, without the proposer":  {all(func(s staffing) { s[Owner] = []Person{hannah, tom} }), olivia.ID, ""},
		"no HR":                         {all(func(s staffing) { s[HR] = nil }), olivia.ID, "Nobody would be HR"},
		"no IT":                         {all(func(s staffing) { s[IT] = nil }), olivia.ID, "Nobody would be IT"},
		"nobody who signs off elevated": {all(func(s staffing) { s[Approver] = nil }), olivia.ID, "Nobody would be an approver"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(tt.is.lockouts(tt.by), " ")
			if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("says %q, want %q", got, tt.want)
			}
		})
	}
	got := staffing{Owner: {olivia}, HR: {hannah, tom}}.moves(staffing{Owner: {olivia}, HR: {tom, ines}})
	if diff := cmp.Diff([]RoleMove{{Role: HR, Gains: []Person{ines}, Loses: []Person{hannah}}}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestProposalRef(t *testing.T) {
	for text, want := range map[string]string{"P-3F2A91": "P-3F2A91", "show p-3f2a91.": "P-3F2A91", "P-3F2A9": "", "P-XYZ123": "", "": "", "J-2026-0001": ""} {
		if got := proposalRef(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if ref := newProposal("chat|1"); !isProposal(CaseID(ref)) || ref != newProposal("chat|1") || ref == newProposal("chat|2") {
		t.Errorf("%s is no name", ref)
	}
}
