package cards

import (
	"os"
	"slices"
	"testing"

	"muster/flows"

	"muster/flows/texts"
)

var nadia = flows.Person{ID: "00000000-0000-4000-a000-000000000022", Name: "Nadia Brook", UPN: "nadia.brook@larkfield.example"}

// moves is a move of the sandbox's organisation as far as HR's confirmation. one is a move under one manager.
func moves(t testing.TB, end flows.Date, one bool) (*play, flows.Draft, *flows.Policy) {
	t.Helper()
	text, err := os.ReadFile("../bot/sandbox/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := flows.ParsePolicy("policy.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	group := func(id, name string, team bool) flows.Group {
		g := flows.Group{ID: id, Name: name, Kind: flows.SecurityGroup, Team: team}
		if team {
			g.Kind = flows.Microsoft365
		}
		return g
	}
	f := flows.Facts{
		Manager: flows.Account{ID: maria.ID, Name: maria.Name, Enabled: true}, Route: maria, Fallback: olivia, Releasing: tom, OldJob: "Account Manager", MostKept: 180,
		Subject: flows.Account{ID: nadia.ID, UPN: nadia.UPN, Name: nadia.Name, Given: "Nadia", JobTitle: "Account Manager", Department: "Sales", Office: "London", UsageLocation: "GB", Enabled: true, Manager: tom.ID},
		Groups: map[string]flows.Group{
			"All Staff": {ID: "01", Name: "All Staff", Kind: flows.DynamicGroup}, "Company Team": group("0f", "Company Team", true), "Warehouse": group("11", "Warehouse", false),
			"Marketing News": {ID: "07", Name: "Marketing News", Kind: flows.MailGroup}, "Price List Editors": {ID: "08", Name: "Price List Editors", Kind: flows.MailGroup},
		},
		SKUs:   map[string]flows.SKU{"SPB": {ID: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", Part: "SPB", Free: 3}},
		Member: []flows.Group{group("02", "Sales", false), group("03", "Sales Team", true), group("0c", "CRM Users", false), group("10", "Contract Admins", false), group("0f", "Company Team", true), group("99", "Choir", false), {ID: "01", Name: "All Staff", Kind: flows.DynamicGroup}},
	}
	f.Subject.Licences = []flows.Held{{SKU: f.SKUs["SPB"].ID}}
	e := flows.PeopleEvent{Kind: flows.MoverEvent, Subject: nadia, Job: "Warehouse Operative", Site: "London", Start: "2027-02-01", End: end, Manager: maria, Handover: 5, Notes: "Knows the stock system."}
	if one {
		f.Joint, f.Releasing = true, flows.Person{}
	}
	plan, warnings, err := flows.PlanMover(e, p, f, map[string][]flows.Person{"": {aisha}}, atLondon(t, "2026-11-23 09:40:12"))
	if err != nil {
		t.Fatal(err)
	}
	plan.Policy = ""
	d := flows.Draft{ID: "D-9", State: flows.DraftSummary, By: hannah, Sentence: "mover Nadia Brook to Warehouse Operative from 1 February", Event: e, Facts: f, Plan: plan, Warnings: warnings}
	s := &play{TB: t, id: "M-2026-0003"}
	return s.at("2026-11-23 09:40:12", flows.Raised{
		Draft: "D-9", Event: e, By: hannah, Zone: "Europe/London", Site: flows.Site{TimeZone: "Europe/London", Country: "GB", Opens: "09:00", Closes: "17:30"}, Facts: f, Plan: plan,
		Warnings: warnings, RemindAt: atLondon(t, "2026-11-24 09:40:12"), Escalate: atLondon(t, "2026-11-25 09:30:00"), ReleaseBy: atLondon(t, "2026-11-26 17:30:00"),
	}), d, p
}

func (s *play) receive() *play {
	s.Helper()
	keys := []flows.StepKey{"group:Warehouse", "group:Marketing News", "manual:Safety shoes and vest"}
	return s.at("2026-11-23 10:05:00", flows.Approved{Shown: s.c.Shown, Ticked: keys, Plan: s.c.Plan.Chosen(keys).Hash(), By: maria, RemindAt: atLondon(s.TB, "2026-11-24 10:05:00"), Escalate: atLondon(s.TB, "2026-11-25 10:05:00")})
}

func (s *play) release(keep map[flows.StepKey]flows.Keep) *play {
	s.Helper()
	plan, err := s.c.Plan.Released(texts.Language{}, keep, nil, tom, "2026-11-23", s.c.Site)
	if err != nil {
		s.Fatal(err)
	}
	return s.at("2026-11-23 10:20:00", flows.Released{Shown: s.c.Shown, Keep: keep, Plan: plan.Hash(), By: tom, Since: "2026-11-23", RemindAt: atLondon(s.TB, "2026-11-24 10:20:00"), Escalate: atLondon(s.TB, "2026-11-25 10:20:00")})
}

func moverGallery(t testing.TB) map[string]Card {
	const crm, contracts = flows.StepKey("out:group:CRM Users"), flows.StepKey("out:group:Contract Admins")
	const now, later = "2026-11-23 10:30:00", "2027-02-22 10:00:00"
	open := func() *play { s, _, _ := moves(t, "", false); return s }
	one := func() *play { s, _, _ := moves(t, "", true); return s }
	keeps := func() *play {
		return open().receive().release(map[flows.StepKey]flows.Keep{crm: {Until: "2027-02-26", Reason: "Closes three contracts"}, contracts: {Until: "2027-03-31", Reason: "Closes three contracts"}})
	}
	asked := func() *play { return keeps().at("2027-02-19 09:00:00", flows.ExceptionAsked{Step: crm}) }
	away := func() *play {
		s, _, _ := moves(t, "2027-06-30", false)
		return s.receive().release(nil).at("2027-06-16 09:00:00", flows.ComeBackAsked{RemindAt: atLondon(t, "2027-06-21 09:00:00"), Escalate: atLondon(t, "2027-06-30 17:30:00")})
	}
	silent := func() *play {
		s := open().receive()
		plan, err := s.c.Plan.Released(texts.Language{}, nil, nil, flows.Person{}, "", s.c.Site)
		if err != nil {
			t.Fatal(err)
		}
		return s.at("2026-11-26 17:30:00", flows.ReleaseLapsed{Plan: plan.Hash(), Left: []flows.StepKey{contracts}, LeftBy: atLondon(t, "2026-12-01 17:30:00")})
	}
	_, draft, p := moves(t, "", false)
	own, form := draft, draft
	own.By, own.Confirmers = nadia, []flows.Person{hannah}
	form.State, form.Problems = flows.DraftForm, map[string]string{"start": "Two dates were written. Check the day of the change."}
	at := atLondon(t, now)
	longer := func() *play { // the secondment lasts a month longer
		s, _, _ := moves(t, "2027-06-30", false)
		s = s.receive().release(nil)
		e, p := s.c.Event, s.c.Plan
		e.End = "2027-07-30"
		p.Steps = slices.Clone(p.Steps)
		for i := range p.Steps {
			if p.Steps[i].Phase != "" {
				p.Steps[i].Due = p.Steps[i].Due.AddDate(0, 0, 30)
			}
		}
		return s.at("2027-01-15 10:00:00", flows.ChangeAsked{N: 1, What: flows.MoveChange, By: hannah, Event: e, Plan: p, From: s.c.May, Kept: true})
	}
	return map[string]Card{
		"change-secondment-end": draw(longer(), "2027-01-15 10:01:00", flows.CardChange, "1", to(hannah)),
		"mover-form":            Draft(spoken, form, p, at),
		"mover-summary":         Draft(spoken, draft, p, at),
		"mover-summary-own":     DraftFor(spoken, own, p, at, nadia.ID),
		"mover-summary-second":  DraftFor(spoken, own, p, at, hannah.ID),
		"mover-receive":         draw(open(), now, flows.CardApproval, "", to(maria)),
		"mover-receive-one":     draw(one(), now, flows.CardApproval, "", to(maria)),
		"mover-received":        draw(open().receive(), now, flows.CardApproval, "", to(maria)),
		"mover-release":         draw(open(), now, flows.CardRelease, "", to(tom)),
		"mover-released":        draw(keeps(), now, flows.CardRelease, "", to(tom)),
		"mover-silent":          draw(silent(), "2026-11-27 09:00:00", flows.CardRelease, "", to(tom)),
		"mover-left":            draw(silent(), "2026-11-27 09:00:00", flows.CardRelease, "", to(aisha)),
		"mover-signoff":         draw(keeps(), now, flows.CardSignOff, "", to(aisha)),
		"mover-kept":            draw(asked(), later, flows.CardKept, crm, to(tom)),
		"mover-kept-ends":       draw(asked().at("2027-02-22 09:00:00", flows.ExceptionEnded{Step: crm, By: tom}), later, flows.CardKept, crm, to(tom)),
		"mover-return":          draw(away(), "2027-06-17 09:00:00", flows.CardComeBack, "", to(tom)),
		"mover-returned":        draw(away().at("2027-06-17 10:00:00", flows.ComeBackConfirmed{By: tom}).at("2027-06-17 11:00:00", flows.ComeBackConfirmed{By: maria}), "2027-06-18 09:00:00", flows.CardComeBack, "", to(tom)),
		"mover-progress":        draw(open(), now, flows.CardProgress, "", to(hannah)),
		"mover-progress-keeps":  draw(keeps(), now, flows.CardProgress, "", to(hannah)),
		"mover-timeline":        Timeline(spoken, asked().c, asked().recs),
	}
}
