package cards

import (
	"fmt"
	"strings"
	"testing"

	"muster/flows"
)

// proposed is a change of the policy as somebody is shown it.
func proposed(t testing.TB, reader flows.Person, state flows.ProposalState, change func(*flows.PolicyView)) flows.PolicyView {
	t.Helper()
	p := flows.Proposal{
		PolicyRead: flows.PolicyRead{
			Ref: "P-3F2A91", Policy: strings.Repeat("6f2a", 16), Was: strings.Repeat("0b1c", 16), By: olivia, File: "policy.yaml", Size: 9214,
			Reach: flows.PolicyReach{
				Roles: []flows.RoleMove{{Role: flows.HR, Gains: []flows.Person{ines}}, {Role: flows.Approver, Loses: []flows.Person{tom}}},
				Jobs:  []flows.JobHeld{{Job: "Account Manager", People: 3}, {Job: "Field Technician", Gone: true}},
			},
		},
		State: state, Read: atLondon(t, "2026-11-23 10:00:00").UTC(),
	}
	if state != flows.ProposalRead {
		p.Reason, p.Asked, p.Until, p.Proposed = "Leeds opens in January, and the sales team needs the new CRM.", []flows.Person{oscar}, atLondon(t, "2026-11-30 17:30:00").UTC(), atLondon(t, "2026-11-23 10:05:00").UTC()
	}
	if state == flows.ProposalAgreed || state == flows.ProposalInForce || state == flows.ProposalRefused {
		p.Decided = flows.By{Person: oscar, At: atLondon(t, "2026-11-24 09:12:00").UTC()}
	}
	v := flows.PolicyView{
		Proposal: p, Reader: reader.ID, Zone: atLondon(t, "2026-11-23 10:00:00").Location(), At: atLondon(t, "2026-11-24 09:12:00"), Cases: []flows.CaseID{"J-2026-0042", "M-2026-0003"},
		Changes: []flows.PolicyChange{
			{Where: "jobs, Account Manager, access", Is: `"CRM Users"`},
			{Where: "jobs, Field Technician", Was: `"Field Technician"`},
			{Where: "limits, cases per day", Was: "50", Is: "30"},
			{Where: "roles, approver, people", Was: `"tom.hughes@larkfield.example"`},
			{Where: "sites, Leeds, time zone", Is: `"Europe/London"`},
		},
	}
	if change != nil {
		change(&v)
	}
	return v
}

func policyGallery(t testing.TB) map[string]Card {
	found := func(v *flows.PolicyView) {
		p := &v.Proposal
		p.Found, p.By, p.File, p.Asked = true, flows.Person{}, "", []flows.Person{olivia, oscar}
		p.Reach, v.Cases, v.Changes = flows.PolicyReach{}, nil, v.Changes[2:3]
	}
	ended := func(v *flows.PolicyView) {
		v.Proposal.Ended = atLondon(t, "2026-11-24 09:13:00").UTC()
		v.Proposal.Lapse = flows.PolicyLapsed{Why: "a newer proposal took its place."}
		v.Proposal.Decided.Note = "The approvers are missing."
	}
	many := func(v *flows.PolicyView) {
		for i := range 60 {
			v.Changes = append(v.Changes, flows.PolicyChange{Where: fmt.Sprintf("jobs, Profile %02d, access", i), Is: `"Everybody"`})
		}
	}
	return map[string]Card{
		"policy-read":        Policy(spoken, proposed(t, olivia, flows.ProposalRead, nil)),
		"policy-comments":    Policy(spoken, proposed(t, olivia, flows.ProposalRead, func(v *flows.PolicyView) { v.Changes, v.Cases, v.Proposal.Reach = nil, nil, flows.PolicyReach{} })),
		"policy-waits":       Policy(spoken, proposed(t, olivia, flows.ProposalOpen, nil)),
		"policy-asked":       Policy(spoken, proposed(t, oscar, flows.ProposalOpen, nil)),
		"policy-asked-large": Policy(spoken, proposed(t, oscar, flows.ProposalOpen, many)),
		"policy-asked-found": Policy(spoken, proposed(t, oscar, flows.ProposalOpen, found)),
		"policy-agreed":      Policy(spoken, proposed(t, olivia, flows.ProposalAgreed, nil)),
		"policy-in-force":    Policy(spoken, proposed(t, olivia, flows.ProposalInForce, ended)),
		"policy-refused":     Policy(spoken, proposed(t, olivia, flows.ProposalRefused, ended)),
		"policy-ended":       Policy(spoken, proposed(t, oscar, flows.ProposalLapsed, ended)),
	}
}

// TestPolicyButtons holds who is offered what: the one who sent a file proposes it and takes it back, others decide, and nobody does once it
// is over. Every button names the proposal and the bytes.
func TestPolicyButtons(t *testing.T) {
	for name, tt := range map[string]struct {
		reader flows.Person
		state  flows.ProposalState
		want   []string
	}{
		"who sent it":         {olivia, flows.ProposalRead, []string{flows.VerbPolicyPropose, flows.VerbPolicyWithdraw}},
		"another, of a file":  {oscar, flows.ProposalRead, nil},
		"who proposed it":     {olivia, flows.ProposalOpen, []string{flows.VerbPolicyWithdraw}},
		"who is asked":        {oscar, flows.ProposalOpen, []string{flows.VerbPolicyAgree, flows.VerbPolicyRefuse}},
		"agreed":              {oscar, flows.ProposalAgreed, nil},
		"refused":             {oscar, flows.ProposalRefused, nil},
		"in force":            {olivia, flows.ProposalInForce, nil},
		"ended":               {olivia, flows.ProposalLapsed, nil},
		"a reader without id": {flows.Person{}, flows.ProposalRead, nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := proposed(t, tt.reader, tt.state, nil)
			card := string(Policy(spoken, v))
			for _, verb := range []string{flows.VerbPolicyPropose, flows.VerbPolicyAgree, flows.VerbPolicyRefuse, flows.VerbPolicyWithdraw} {
				has, want := strings.Contains(card, `"`+verb+`"`), false
				for _, w := range tt.want {
					want = want || w == verb
				}
				if has != want {
					t.Errorf("%s: offered %t, want %t", verb, has, want)
				}
			}
			if len(tt.want) > 0 && (!strings.Contains(card, v.Proposal.Policy) || !strings.Contains(card, `"draft":"P-3F2A91"`)) {
				t.Error("the buttons do not name the bytes")
			}
		})
	}
}
