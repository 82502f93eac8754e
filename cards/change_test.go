package cards

import (
	"strings"
	"testing"

	"muster/flows"
)

// dated is the example plan for a first day that lies some days later.
func dated(t testing.TB, days int) (flows.PeopleEvent, flows.Plan) {
	e, p := exampleEvent(), examplePlan(t)
	e.Start = e.Start.AddDays(days)
	for i := range p.Steps {
		p.Steps[i].Due = p.Steps[i].Due.AddDate(0, 0, days)
	}
	return e, p
}

// asks is HR who asks for another first day.
func (s *play) asks(at string, days int, kept bool, warnings ...string) *play {
	e, p := dated(s.TB, days)
	if s.c.May != "" {
		p = p.Chosen(s.c.Approval.Ticked)
	}
	from := s.c.May
	if from == "" {
		from = s.c.Shown
	}
	return s.at(at, flows.ChangeAsked{N: len(s.c.Changes) + 1, What: flows.MoveChange, By: hannah, Event: e, Plan: p, From: from, Kept: kept, Warnings: warnings})
}

func (s *play) moves(at string) *play {
	ch, _ := s.c.OpenChange()
	return s.at(at, flows.Moved{N: ch.N, By: hannah, Event: ch.Event, Plan: ch.Plan, Kept: ch.Kept})
}

func (s *play) wantsOut(at string) *play {
	return s.at(at, flows.ChangeAsked{N: len(s.c.Changes) + 1, What: flows.CancelChange, By: hannah})
}

func (s *play) cancels(at string) *play {
	ch, _ := s.c.OpenChange()
	u := s.c.Undoing().Plan
	for i := range u.Steps {
		u.Steps[i].Due = atLondon(s.TB, at).UTC()
	}
	return s.at(at, flows.Rescinded{N: ch.N, By: hannah, Reason: "Priya took another post.", Undo: u})
}

func changeGallery(t testing.TB) map[string]Card {
	hr := func(s *play, when string) Card { return draw(s, when, flows.CardChange, "1", to(hannah)) }
	open := func() *play { return raise(t, exampleEvent(), examplePlan(t)) }
	const night, access = "2027-01-03 20:00:00", "2027-01-04 12:00:00"
	ready := func() *play { return prepared(t) }
	held := func() *play {
		return ready().at("2027-01-04 12:30:00", flows.CasePaused{For: "L-2027-0003"})
	}
	back := func() *play {
		return held().at("2027-01-06 09:30:00", flows.ReturnAsked{For: "L-2027-0003"})
	}
	asked := open().asks("2026-11-23 10:00:00", 7, true)
	anew := ready().asks(access, 7, false).moves("2027-01-04 12:10:00")
	undone := ready().wantsOut(access).cancels("2027-01-04 12:10:00").see("2027-01-04 12:10:09", "undo:account")
	all := undone
	for _, s := range undone.c.Plan.Steps {
		if _, st, _ := undone.c.Step(s.Key); s.Of != "" && !st.State.Over() && s.Task != flows.Manual {
			all = all.see("2027-01-04 12:11:00", s.Key)
		}
	}
	return map[string]Card{
		"move-open":          hr(asked, "2026-11-23 10:00:00"),
		"move-later":         hr(ready().asks(access, 7, true), access),
		"move-earlier":       hr(open().approve().asks(night, -1, true, "Mon 4 January 2027 is close. Check the date."), night),
		"move-anew":          hr(ready().asks(access, 7, false), access),
		"move-morning":       hr(morning(t).asks("2027-01-05 08:30:00", 7, true), "2027-01-05 08:31:00"),
		"move-made":          hr(ready().asks(access, 7, true).moves("2027-01-04 12:10:00"), "2027-01-04 12:11:00"),
		"move-dropped":       hr(asked.at("2026-11-23 10:05:00", flows.ChangeDropped{N: 1, By: hannah}), "2026-11-23 10:06:00"),
		"move-approval-anew": draw(anew, "2027-01-04 12:20:00", flows.CardApproval, "", to(tom)),
		"move-signoff-anew":  draw(open().approve("group:Contract Admins").asks(access, 7, false).moves("2027-01-04 12:10:00"), "2027-01-04 12:20:00", flows.CardSignOff, "", to(aisha)),
		"cancel-nothing":     hr(open().wantsOut("2026-11-23 10:00:00"), "2026-11-23 10:00:00"),
		"cancel-open":        hr(ready().wantsOut(access), access),
		"cancel-made":        hr(undone, "2027-01-04 12:10:10"),
		"cancel-progress":    draw(undone, "2027-01-04 12:10:10", flows.CardProgress, "", to(hannah)),
		"cancel-approval":    draw(undone, "2027-01-04 12:10:10", flows.CardApproval, "", to(tom)),
		"cancel-task":        draw(all, "2027-01-04 12:12:00", flows.CardManual, "undo:manual:Laptop", inIT()),
		"held-progress":      draw(held(), "2027-01-04 13:00:00", flows.CardProgress, "", to(hannah)),
		"held-credential":    draw(morning(t).at("2027-01-05 08:30:00", flows.CasePaused{For: "L-2027-0003"}), "2027-01-05 09:00:00", flows.CardCredential, "credential", to(tom)),
		"held-approval":      draw(open().at("2026-11-23 12:00:00", flows.CasePaused{For: "L-2026-0003"}), "2026-11-23 13:00:00", flows.CardApproval, "", to(tom)),
		"return-open":        draw(back(), "2027-01-06 10:00:00", flows.CardReturn, "", to(hannah)),
		"return-decided":     draw(back().at("2027-01-06 10:05:00", flows.Unpaused{By: hannah}), "2027-01-06 10:06:00", flows.CardReturn, "", to(hannah)),
		"held-overtaken":     draw(held().at("2027-01-08 17:31:00", flows.Overtaken{By: "L-2027-0003"}), "2027-01-09 10:00:00", flows.CardProgress, "", to(hannah)),
		"timeline-changes":   Timeline(spoken, all.c, append(back().recs[3:], append(anew.recs[3:], all.recs[3:]...)...)),
	}
}

// TestHeldSaysNotWhy: why a case is held may be an exit that nobody else may know of.
func TestHeldSaysNotWhy(t *testing.T) {
	for name, c := range changeGallery(t) {
		if strings.HasPrefix(name, "held-") && name != "held-progress" && name != "held-overtaken" && strings.Contains(string(c), "L-2") {
			t.Errorf("%s says which event goes before", name)
		}
	}
	s := prepared(t).at("2027-01-04 12:30:00", flows.CasePaused{For: "L-2027-0003"})
	s.c.Raised.Person.ID = priya // HR who raised her own start
	if c := draw(s, "2027-01-04 13:00:00", flows.CardProgress, "", flows.Recipient{Person: priya}); strings.Contains(string(c), "L-2027") {
		t.Error("the person is told why her case is held")
	}
}

// hires opens the case of a contractor, approves it and lets it be done up to what is asked in the end.
func hires(t testing.TB) *play {
	e := exampleEvent()
	e.Employment, e.End = "contractor", "2027-06-30"
	s := &play{TB: t, id: "J-2026-0042"}
	s.at("2026-11-23 09:40:12", flows.Raised{
		Draft: "D-1", Event: e, By: hannah, Zone: "Europe/London", Site: flows.Site{TimeZone: "Europe/London", Country: "GB", Opens: "09:00", Closes: "17:30"},
		Facts: flows.Facts{Route: tom, UPN: "priya.patel@larkfield.example"}, Plan: examplePlan(t), Contract: 366,
	})
	return s.approve()
}

func contractGallery(t testing.TB) map[string]Card {
	asked := func() *play { return hires(t).at("2027-06-10 09:00:00", flows.ContractAsked{Stage: 1, To: tom}) }
	wished := func() *play {
		return asked().at("2027-06-11 10:00:00", flows.ExtensionAsked{By: tom, Until: "2027-12-31"})
	}
	const now = "2027-06-11 10:05:00"
	card := func(s *play, p flows.Person) Card { return draw(s, now, flows.CardContract, "1", to(p)) }
	return map[string]Card{
		"contract-open":     card(asked(), tom),
		"contract-wish":     card(wished(), hannah),
		"contract-waits":    card(wished(), tom),
		"contract-by-hr":    card(asked().at("2027-06-11 10:00:00", flows.ExtensionAsked{By: hannah, To: tom, Until: "2027-12-31"}), tom),
		"contract-extended": card(wished().at("2027-06-11 10:04:00", flows.ExtensionDecided{By: hannah, OK: true, Until: "2027-12-31"}), tom),
		"contract-refused":  card(wished().at("2027-06-11 10:04:00", flows.ExtensionDecided{By: hannah, Until: "2027-12-31", Reason: "The budget ends in June."}), tom),
		"contract-let":      card(asked().at("2027-06-11 10:04:00", flows.ContractLet{By: tom}), tom),
		"contract-ended":    card(asked().at("2027-06-30 09:00:00", flows.ContractEnded{Leaver: "L-2027-0007"}), tom),
		"contract-stuck":    card(asked().at("2027-06-30 09:00:00", flows.ContractEnded{Why: "the policy protects this account"}), tom),
	}
}

func exitChangeGallery(t testing.TB) map[string]Card {
	hr := func(s *play, when string) Card { return draw(s, when, flows.CardChange, "1", to(hannah)) }
	second := func(s *play, when string) Card { return draw(s, when, flows.CardChange, "1", to(oscar)) }
	const night, now = "2026-12-01 09:00:00", "2026-11-23 10:05:00"
	later := func() *play {
		e, p := exampleExit(false), exitPlanOf(t, false)
		e.LastDay, e.LastTime = "2026-12-04", "12:00"
		for i := range p.Steps {
			p.Steps[i].Due = p.Steps[i].Due.AddDate(0, 0, 4)
		}
		s := leave(t, exampleExit(false), exitPlanOf(t, false))
		return s.at(now, flows.ChangeAsked{N: 1, What: flows.MoveChange, By: hannah, Event: e, Plan: p, From: s.c.May, Kept: true})
	}
	late := func() *play {
		e, p := exampleExit(false), exitPlanOf(t, false)
		e.LastDay = "2026-11-20"
		for i := range p.Steps {
			p.Steps[i].Due = atLondon(t, "2026-11-20 17:30:00")
		}
		s := &play{TB: t, id: "L-2026-0007"}
		return s.at("2026-11-23 10:00:05", flows.Raised{
			Draft: "D-2", Event: e, By: hannah, Zone: "Europe/London", Site: flows.Site{TimeZone: "Europe/London", Country: "GB", Opens: "09:00", Closes: "17:30"},
			Facts: exitFacts(), Plan: p, Late: flows.Lateness{Step: "block", Due: atLondon(t, "2026-11-20 17:30:00").UTC()},
		})
	}
	agreed := func() *play {
		return lockedOut(t).wantsOut(now).at("2026-11-23 10:06:00", flows.ChangeAgreed{N: 1, By: hannah, Reason: "The wrong Tom Hughes."})
	}
	return map[string]Card{
		"exit-move-open":      hr(later(), now),
		"exit-move-made":      hr(later().moves("2026-11-23 10:06:00"), "2026-11-23 10:07:00"),
		"exit-cancel-open":    hr(left(t).wantsOut(night), night),
		"urgent-cancel-open":  hr(lockedOut(t).wantsOut(now), now),
		"urgent-cancel-asked": hr(agreed(), "2026-11-23 10:06:10"),
		"urgent-cancel-two":   second(agreed(), "2026-11-23 10:06:10"),
		"urgent-cancel-made": second(agreed().at("2026-11-23 10:07:00", flows.Rescinded{N: 1, By: hannah, Second: oscar, Reason: "The wrong Tom Hughes.", Undo: flows.Plan{Steps: []flows.Step{
			{Key: "undo:block", Of: "block", Task: flows.EnableAccount, Title: "Open the sign-in again", Name: "Sign-in", Due: atLondon(t, "2026-11-23 10:07:00").UTC(), Choice: flows.Fixed, Why: "cancelled"},
		}}}).see("2026-11-23 10:07:02", "undo:block"), "2026-11-23 10:08:00"),
		"exit-late":      draw(late(), "2026-11-23 10:00:06", flows.CardProgress, "", to(hannah)),
		"exit-late-done": draw(late().see("2026-11-23 10:00:09", "block"), "2026-11-23 10:01:00", flows.CardProgress, "", to(hannah)),
	}
}
