package cards

import (
	"os"
	"strings"
	"testing"

	"muster/flows"
)

var simonHolt = flows.Account{ID: "00000000-0000-4000-a000-000000000038", Name: "Simon Holt", Given: "Simon", Surname: "Holt", UPN: "simon.holt@larkfield.example", JobTitle: "Legal Counsel", Office: "London", Enabled: true}

func exampleLeave() flows.PeopleEvent {
	return flows.PeopleEvent{
		Kind: flows.LeaveEvent, Subject: simonHolt.Person(), Manager: olivia, Site: "London", Start: "2026-12-01", End: "2027-06-30", SignIn: "block", Licences: "release", ReleaseAfter: 30,
		Reply: "{name} is away. Please write to {successor}.", StandIn: maria, Notes: "Parental leave.",
	}
}

func leavePlanOf(t testing.TB, e flows.PeopleEvent) flows.Plan {
	plan, _, err := flows.PlanLeave(e, sandboxPolicy(t), leaveFactsOf(), map[string][]flows.Person{"": {aisha}}, atLondon(t, "2026-11-23 09:00:00"))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// sandboxPolicy is the sandbox's, with the workflows that are built in.
func sandboxPolicy(t testing.TB) *flows.Policy {
	t.Helper()
	text, err := os.ReadFile("../bot/sandbox/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := flows.ParsePolicy("policy.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func leaveFactsOf() flows.Facts {
	group := func(id, name string, k flows.GroupKind) flows.Group { return flows.Group{ID: id, Name: name, Kind: k} }
	a := simonHolt
	a.Licences = []flows.Held{{SKU: "spb"}}
	return flows.Facts{
		Subject: a, Manager: flows.Account{ID: olivia.ID, Name: olivia.Name, Enabled: true}, Route: olivia, Mailbox: true, UPN: a.UPN, SKUs: map[string]flows.SKU{"SPB": {ID: "spb", Part: "SPB"}},
		Member: []flows.Group{group("10", "Contract Admins", flows.SecurityGroup), group("0f", "Company Team", flows.Microsoft365), group("06", "Wiki Editors", flows.SecurityGroup)},
	}
}

// onLeave is the case of the leave, a play of its entries.
func onLeave(t testing.TB, e flows.PeopleEvent) *play {
	s := &play{TB: t, id: "A-2026-0003"}
	return s.at("2026-11-23 10:00:05", flows.Raised{
		Draft: "D-3", Event: e, By: hannah, Zone: "Europe/London", Site: flows.Site{TimeZone: "Europe/London", Country: "GB", Opens: "09:00", Closes: "17:30"}, Facts: leaveFactsOf(), Plan: leavePlanOf(t, e),
	})
}

func deletionOf(t testing.TB) *play {
	s := &play{TB: t, id: "R-2027-0002"}
	f := flows.Facts{Subject: exitFacts().Subject, Manager: exitFacts().Manager, Seconds: []flows.Person{olivia, oscar}}
	p := examplePolicy()
	return s.at("2027-01-29 17:00:05", flows.Raised{
		Event: flows.PeopleEvent{Kind: flows.DeletionEvent, Subject: tom, Manager: olivia, Site: "London", LastDay: "2026-11-30", FormerCase: "L-2026-0007"}, By: hannah, Zone: "Europe/London",
		Site: flows.Site{TimeZone: "Europe/London", Country: "GB", Opens: "09:00", Closes: "17:30"}, Facts: f, Plan: flows.PlanDeletion(f, p, atLondon(t, "2027-01-29 17:00:05")), Escalate: atLondon(t, "2027-02-02 17:00:00"),
	})
}

func absenceGallery(t testing.TB) map[string]Card {
	p, now := examplePolicy(), atLondon(t, "2026-11-23 10:00:00")
	draft := func(ev flows.PeopleEvent, s flows.DraftState, change func(*flows.Draft)) Card {
		d := flows.Draft{ID: "D-3c1b", State: s, By: hannah, Sentence: "leave Simon Holt from 1 December until 30 June 2027", Event: ev, Facts: leaveFactsOf(), At: now, Subjects: []flows.Account{simonHolt}}
		if change != nil {
			change(&d)
		}
		return Draft(spoken, d, p, now)
	}
	rename := flows.PeopleEvent{Kind: flows.RenameEvent, Subject: simonHolt.Person(), Manager: olivia, Site: "London", Given: "Simon", Surname: "Marlow", Start: "2026-12-01", At: "19:00"}
	renamed := func(d *flows.Draft) {
		f := leaveFactsOf()
		f.UPN = "simon.marlow@larkfield.example"
		var err error
		if d.Plan, d.Warnings, err = flows.PlanRename(rename, sandboxPolicy(t), f, now); err != nil {
			t.Fatal(err)
		}
		d.Facts, d.Sentence = f, "rename Simon Holt to Simon Marlow from 1 December"
	}
	asked := func() *play {
		return onLeave(t, exampleLeave()).at("2027-06-24 09:00:01", flows.StartAsked{Step: "return:ask"})
	}
	answered := func() *play {
		s := asked()
		return s.at("2027-06-25 11:00:00", flows.ReturnConfirmed{Shown: s.c.May, Ticked: []flows.StepKey{"return:licence:SPB", "return:drop:Company Team", "return:elevated:Contract Admins"}, By: olivia})
	}
	open := exampleLeave()
	open.End = ""
	confirmed := func() *play {
		s := deletionOf(t)
		return s.at("2027-01-30 10:00:00", flows.Approved{Shown: s.c.Shown, Plan: s.c.Plan.Chosen(nil).Hash(), By: olivia})
	}
	deleted := func() *play { return confirmed().see("2027-01-30 10:00:05", "delete") }
	joiner := exampleEvent()
	return map[string]Card{
		"draft-leave-form":       draft(exampleLeave(), flows.DraftForm, nil),
		"draft-leave-form-empty": draft(flows.PeopleEvent{Kind: flows.LeaveEvent}, flows.DraftForm, func(d *flows.Draft) { d.Sentence, d.Subjects = "leave", nil }),
		"draft-leave-summary": draft(exampleLeave(), flows.DraftSummary, func(d *flows.Draft) {
			d.Plan, d.Warnings = leavePlanOf(t, exampleLeave()), []string{"Contract administration is elevated: it is suspended during the leave and never comes back by itself."}
		}),
		"draft-leave-confirmed": draft(exampleLeave(), flows.DraftConfirmed, func(d *flows.Draft) { d.Case = "A-2026-0003" }),
		"draft-rename-form": draft(rename, flows.DraftForm, func(d *flows.Draft) {
			d.Problems = map[string]string{"sign_in_name": "New sign-in names end with @larkfield.example."}
		}),
		"draft-rename-summary": draft(rename, flows.DraftSummary, renamed),
		"draft-rehire-form": draft(joiner, flows.DraftForm, func(d *flows.Draft) {
			d.Facts.Same = []flows.Account{{ID: "00000000-0000-4000-a000-000000000041", Name: "Priya Patel", JobTitle: "Account Manager", Office: "London", UPN: "priya.patel@larkfield.example"}}
			d.Problems = map[string]string{"former": "Of the same name: Priya Patel (Account Manager, London, priya.patel@larkfield.example), who left on Mon 30 November 2026. Is this the same person? Choose."}
			d.Sentence = "new starter Priya Patel"
		}),
		"draft-namesake-form": draft(joiner, flows.DraftForm, func(d *flows.Draft) {
			d.Facts.Same = []flows.Account{
				{ID: "00000000-0000-4000-a000-000000000041", Name: "Priya Patel", JobTitle: "Account Manager", Office: "London", UPN: "priya.patel@larkfield.example", Enabled: true},
				{ID: "00000000-0000-4000-a000-000000000042", Name: "Priya Patel", UPN: "priya.patel_partner.example", Guest: true},
			}
			d.Facts.Left = []flows.Left{{Case: "L-2026-0007", Name: "Priya Patel", LastDay: "2026-06-30"}}
			d.Problems = map[string]string{"former": "Of the same name: Priya Patel (Account Manager, London, priya.patel@larkfield.example), who works here; Priya Patel (L-2026-0007), who left on Tue 30 June 2026, account gone. Is this the same person? Choose."}
			d.Sentence = "new starter Priya Patel"
		}),
		"progress-leave":          draw(onLeave(t, exampleLeave()), "2026-11-24 10:00:00", flows.CardProgress, "", to(hannah)),
		"progress-leave-open":     draw(onLeave(t, open), "2026-12-24 10:00:00", flows.CardProgress, "", to(hannah)),
		"back-open":               draw(asked(), "2027-06-24 09:10:00", flows.CardBack, "return:ask", to(olivia)),
		"back-confirmed":          draw(answered(), "2027-06-25 11:01:00", flows.CardBack, "return:ask", to(olivia)),
		"return-form":             Return(spoken, flows.ReturnForm{Case: onLeave(t, open).c, End: "2027-03-31", At: atLondon(t, "2027-03-01 10:00:00")}),
		"deletion-open":           draw(deletionOf(t), "2027-01-29 17:10:00", flows.CardDeletion, "", to(olivia)),
		"deletion-kept":           draw(deletionOf(t).at("2027-01-30 10:00:00", flows.DeletionKept{Until: "2027-06-30", Reason: "The audit.", By: oscar}), "2027-01-30 10:01:00", flows.CardDeletion, "", to(olivia)),
		"deletion-done":           draw(deleted(), "2027-02-01 10:00:00", flows.CardDeletion, "", to(olivia)),
		"deletion-restored":       draw(deleted().at("2027-02-01 11:00:00", flows.RestoreAsked{Reason: "A claim.", By: olivia}).see("2027-02-01 11:00:09", "restore"), "2027-02-01 11:01:00", flows.CardDeletion, "", to(olivia)),
		"progress-deletion-asked": draw(deletionOf(t), "2027-01-29 17:10:00", flows.CardProgress, "", to(hannah)),
	}
}

// TestDeletionCardIsOfThoseAsked holds that nobody else sees the buttons, and that they go with the decision.
func TestDeletionCardIsOfThoseAsked(t *testing.T) {
	open := deletionOf(t)
	if c := string(draw(open, "2027-01-29 17:10:00", flows.CardDeletion, "", to(maria))); strings.Contains(c, flows.VerbDelete) {
		t.Error("somebody who was not asked sees the button")
	}
	kept := open.at("2027-01-30 10:00:00", flows.DeletionKept{Until: "2027-06-30", Reason: "The audit.", By: oscar})
	if c := string(draw(kept, "2027-01-30 10:01:00", flows.CardDeletion, "", to(olivia))); strings.Contains(c, flows.VerbDelete) {
		t.Error("the button stays after the decision")
	}
}
