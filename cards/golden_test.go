package cards

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

var update = flag.Bool("update", false, "write the golden cards anew; read the difference before committing it")

func to(p flows.Person) flows.Recipient { return flows.Recipient{Person: p.ID} }

func inIT() flows.Recipient { return flows.Recipient{Channel: "it"} }

// draw draws one card of a case at a local time.
func draw(s *play, when string, card flows.CardName, step flows.StepKey, r flows.Recipient) Card {
	s.Helper()
	c, err := Slot(spoken, s.c, flows.Slot{Case: s.c.ID, Card: card, Step: step, To: r}, atLondon(s.TB, when))
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// gallery is every card in every state that people meet.
func gallery(t testing.TB) map[string]Card {
	all := map[string]Card{}
	for _, part := range []map[string]Card{draftGallery(t), decisionGallery(t), delegationGallery(t), stepGallery(t), dayGallery(t), progressGallery(t), listGallery(t), exitGallery(t), bulkGallery(t), changeGallery(t), exitChangeGallery(t), contractGallery(t), moverGallery(t), absenceGallery(t), whyGallery(t), reviewGallery(t), policyGallery(t)} {
		maps.Copy(all, part)
	}
	return all
}

func draftGallery(t testing.TB) map[string]Card {
	p, now := examplePolicy(), atLondon(t, "2026-11-23 09:30:00")
	sentence := "new starter Priya Patel, Account Manager, starts 5 January, reports to Tom"
	managers := []flows.Account{
		{ID: tom.ID, Name: "Tom Hughes", JobTitle: "Head of Sales", Office: "London"},
		{ID: "00000000-0000-4000-a000-000000000020", Name: "Tom Baker", JobTitle: "Technician", Office: "Leeds"},
	}
	contractor := exampleEvent()
	contractor.Employment, contractor.End = "contractor", "2027-06-30"
	facts := flows.Facts{Manager: managers[0], Route: tom, UPN: "priya.patel@larkfield.example"}
	draft := func(s flows.DraftState, change func(*flows.Draft)) Card {
		d := flows.Draft{ID: "D-7f3a", State: s, By: hannah, Sentence: sentence, Event: exampleEvent(), Facts: facts, Plan: examplePlan(t), At: now}
		if change != nil {
			change(&d)
		}
		return Draft(spoken, d, p, now)
	}
	return map[string]Card{
		"draft-reading": draft(flows.DraftReading, func(d *flows.Draft) { d.Event = flows.PeopleEvent{} }),
		"draft-reading-stuck": draft(flows.DraftReading, func(d *flows.Draft) {
			d.Event, d.Stuck = flows.PeopleEvent{}, "Microsoft 365 does not answer at the moment."
		}),
		"draft-form-empty": draft(flows.DraftForm, func(d *flows.Draft) {
			d.Event, d.Sentence = flows.PeopleEvent{Kind: flows.JoinerEvent}, "new starter"
		}),
		"draft-form-doubts": draft(flows.DraftForm, func(d *flows.Draft) {
			d.Event.Job, d.Event.Site, d.Event.Manager, d.Managers = "", "", flows.Person{}, managers
			d.Problems = map[string]string{
				"":         "Two parts of the sentence were not understood.",
				"job":      "There is no job called “Account Mgr”. Choose one.",
				"site":     "Choose where Priya works.",
				"manager":  "Two people are called Tom. Choose one.",
				"start":    "5 January 2027 is a Tuesday, not a Monday.",
				"end":      "A contractor needs a last day.",
				"employed": "This field does not exist.",
			}
		}),
		"draft-form-full":      draft(flows.DraftForm, func(d *flows.Draft) { d.Event = contractor }),
		"draft-checking":       draft(flows.DraftChecking, nil),
		"draft-checking-stuck": draft(flows.DraftChecking, func(d *flows.Draft) { d.Stuck = "Microsoft 365 does not answer at the moment." }),
		"draft-summary":        draft(flows.DraftSummary, nil),
		"draft-summary-warnings": draft(flows.DraftSummary, func(d *flows.Draft) {
			d.Event = contractor
			d.Facts.Route, d.Facts.RouteWhy = olivia, "Tom Hughes raised this, so he may not decide on it."
			d.Warnings = []string{
				"Microsoft 365 Business Premium has no seat free: IT must buy one before Mon 4 January 2027.",
				"priya.patel is taken by another account, so the new name is p.patel.",
				"A blocked account has the same name: it may be a rehire.",
			}
		}),
		"draft-confirmed": draft(flows.DraftConfirmed, func(d *flows.Draft) { d.Case = "J-2026-0042" }),
		"draft-withdrawn": draft(flows.DraftWithdrawn, nil),
	}
}

func delegationGallery(t testing.TB) map[string]Card {
	const now = "2026-11-23 10:00:00"
	d := flows.Delegation{From: tom, To: maria, Begins: atLondon(t, now), Until: atLondon(t, "2026-12-05 00:00:00")}
	later := d
	later.Begins = atLondon(t, "2026-11-25 00:00:00")
	v := func(change func(*flows.DelegationView)) Card {
		v := flows.DelegationView{Zone: d.Begins.Location(), At: atLondon(t, now)}
		change(&v)
		return Delegations(spoken, v)
	}
	return map[string]Card{
		"delegation-none":  v(func(*flows.DelegationView) {}),
		"delegation-mine":  v(func(v *flows.DelegationView) { v.Mine = &d }),
		"delegation-later": v(func(v *flows.DelegationView) { v.Mine = &later }),
		"delegation-to-me": v(func(v *flows.DelegationView) { v.ToMe = []flows.Delegation{d} }),
		"delegation-form":  v(func(v *flows.DelegationView) { v.Form = true }),
		"delegation-doubts": v(func(v *flows.DelegationView) {
			v.Form, v.Until = true, "2026-12-04"
			v.People = []flows.Account{{ID: maria.ID, Name: "Maria Lopez", JobTitle: "Head of Operations", Office: "Leeds"}, {ID: olivia.ID, Name: "Maria Lopez", JobTitle: "Buyer", Office: "London"}}
			v.Problems = map[string]string{"delegate": "2 people are called Maria Lopez. Please choose."}
		}),
	}
}

func decisionGallery(t testing.TB) map[string]Card {
	open := func() *play { return raise(t, exampleEvent(), examplePlan(t)) }
	asked := func() *play {
		return open().at("2026-11-23 10:02:00", flows.Asked{By: tom, Question: "Does Priya cover all of Kent, or only the coast?"})
	}
	escalated := func() *play {
		return open().at("2026-11-24 09:40:12", flows.Reminded{Of: "approval"}).at("2026-11-25 09:30:00", flows.Escalated{Of: "approval", To: olivia})
	}
	handed := func() *play { return open().at("2026-11-23 10:15:00", flows.HandedOver{By: tom, To: maria}) }
	elevated := func() *play {
		return open().approve("group:Contract Admins", "group:Finance Approvers", "licence:POWER_BI_PRO")
	}
	signed := func(s *play, k flows.StepKey, ok bool, why string) *play {
		return s.at("2026-11-24 14:20:00", flows.SignedOff{Step: k, Plan: s.c.May, By: aisha, OK: ok, Reason: why})
	}
	inRounds := func() *play {
		plan := examplePlan(t)
		plan.Steps = slices.Clone(plan.Steps)
		for i := range plan.Steps {
			if s := &plan.Steps[i]; s.Key == "group:Contract Admins" {
				s.Stages = []flows.Stage{
					{All: true, Seats: []flows.Seat{{For: "aisha.khan@larkfield.example", People: []flows.Person{aisha}}, {For: "item_owner", People: []flows.Person{maria}}}},
					{Seats: []flows.Seat{{For: "role:owner", People: []flows.Person{olivia}}}},
				}
			}
		}
		return raise(t, exampleEvent(), plan).approve("group:Contract Admins")
	}
	firstRound := func() *play {
		p := inRounds()
		vote := func(by flows.Person, seat int) flows.SignedOff {
			return flows.SignedOff{Step: "group:Contract Admins", Plan: p.c.May, By: by, OK: true, Seats: []int{seat}}
		}
		return p.at("2026-11-24 14:20:00", vote(aisha, 0)).at("2026-11-24 15:05:00", vote(maria, 1))
	}
	none := examplePlan(t)
	none.Steps = slices.DeleteFunc(none.Steps, func(s flows.Step) bool { return s.Choice != flows.Fixed || s.Key == "manual:Laptop" })
	rejected := open()
	rejected.at("2026-11-23 10:30:00", flows.Rejected{Shown: rejected.c.Shown, By: tom, Reason: "The post is frozen until April."})
	ended := elevated()
	ended.at("2026-11-25 12:00:00", flows.Cancelled{By: hannah, Reason: "Priya withdrew."})
	const now, later = "2026-11-23 10:20:00", "2026-11-26 10:00:00"
	return map[string]Card{
		"approval-open":        draw(open(), now, flows.CardApproval, "", to(tom)),
		"approval-nothing":     draw(raise(t, exampleEvent(), none), now, flows.CardApproval, "", to(tom)),
		"approval-big":         draw(raise(t, exampleEvent(), bigPlan(t, 60)), now, flows.CardApproval, "", to(tom)),
		"approval-question":    draw(asked(), now, flows.CardApproval, "", to(tom)),
		"approval-answered":    draw(asked().at("2026-11-23 10:40:00", flows.Replied{By: hannah, Answer: "All of Kent."}), "2026-11-23 10:41:00", flows.CardApproval, "", to(tom)),
		"approval-overdue":     draw(escalated(), later, flows.CardApproval, "", to(tom)),
		"approval-fallback":    draw(escalated(), later, flows.CardApproval, "", to(olivia)),
		"approval-handed-over": draw(handed(), now, flows.CardApproval, "", to(tom)),
		"approval-delegate":    draw(handed(), now, flows.CardApproval, "", to(maria)),
		"approval-approved":    draw(elevated(), now, flows.CardApproval, "", to(tom)),
		"approval-settled":     draw(signed(signed(elevated(), "group:Contract Admins", true, ""), "group:Finance Approvers", false, "Not in the first three months."), later, flows.CardApproval, "", to(tom)),
		"approval-rejected":    draw(rejected, later, flows.CardApproval, "", to(tom)),
		"approval-ended":       draw(ended, later, flows.CardApproval, "", to(tom)),
		"approval-not-needed":  draw(raise(t, exampleEvent(), examplePlan(t)).at("2026-11-25 12:00:00", flows.Cancelled{By: hannah, Reason: "Priya withdrew."}), later, flows.CardApproval, "", to(tom)),
		"signoff-one":          draw(open().approve("group:Contract Admins"), now, flows.CardSignOff, "", to(aisha)),
		"signoff-two":          draw(elevated(), now, flows.CardSignOff, "", to(aisha)),
		"signoff-part":         draw(signed(elevated(), "group:Contract Admins", true, ""), later, flows.CardSignOff, "", to(aisha)),
		"signoff-decided":      draw(signed(signed(elevated(), "group:Contract Admins", true, ""), "group:Finance Approvers", false, "Not in the first three months."), later, flows.CardSignOff, "", to(aisha)),
		"signoff-escalated":    draw(elevated().at("2026-11-25 11:05:00", flows.Escalated{Of: "signoff", To: olivia}), later, flows.CardSignOff, "", to(olivia)),
		"signoff-rounds":       draw(inRounds(), now, flows.CardSignOff, "", to(aisha)),
		"signoff-round-two":    draw(firstRound(), later, flows.CardSignOff, "", to(olivia)),
		"signoff-round-passed": draw(firstRound(), later, flows.CardSignOff, "", to(aisha)),
		"signoff-in-place-of":  draw(elevated().at("2026-11-24 09:00:00", flows.DelegatedTo{From: aisha, To: maria, Until: atLondon(t, "2026-12-04 18:00:00")}), later, flows.CardSignOff, "", to(maria)),
		"approval-in-place-of": draw(open().at("2026-11-23 10:10:00", flows.DelegatedTo{From: tom, To: maria, Until: atLondon(t, "2026-12-04 18:00:00")}), now, flows.CardApproval, "", to(maria)),
		"approval-rerouted":    draw(open().at("2026-11-23 10:10:00", flows.Rerouted{Of: "approval", From: tom, To: olivia, Why: "The account was blocked."}), now, flows.CardApproval, "", to(tom)),
		"signoff-ended":        draw(ended, later, flows.CardSignOff, "", to(aisha)),
	}
}

func stepGallery(t testing.TB) map[string]Card {
	const k, now = flows.StepKey("licence:SPB"), "2027-01-04 09:10:00"
	waive := func() *play {
		return broken(t).at("2027-01-04 09:30:00", flows.WaiveAsked{Step: k, By: ivan, Reason: "A seat comes with Friday's order."})
	}
	planned := func() *play { return raise(t, exampleEvent(), examplePlan(t)).approve() }
	const laptop = flows.StepKey("manual:Laptop")
	after := examplePlan(t)
	for i := range after.Steps {
		if after.Steps[i].Key == laptop {
			after.Steps[i].After = []flows.StepKey{"account"}
		}
	}
	return map[string]Card{
		"failure-open":     draw(broken(t), now, flows.CardFailure, k, inIT()),
		"failure-retrying": draw(broken(t).at("2027-01-04 09:20:00", flows.StepRetried{Step: k, By: ivan}), now, flows.CardFailure, k, inIT()),
		"failure-waive":    draw(waive(), now, flows.CardFailure, k, inIT()),
		"failure-waived":   draw(waive().at("2027-01-04 09:40:00", flows.Waived{Step: k, By: ines, Asked: ivan, Reason: "A seat comes with Friday's order."}), now, flows.CardFailure, k, inIT()),
		"failure-claimed":  draw(broken(t).at("2027-01-04 09:20:00", flows.StepClaimed{Step: k, By: ivan, Note: "Assigned in the admin centre."}), now, flows.CardFailure, k, inIT()),
		"failure-by-hand": draw(broken(t).at("2027-01-04 09:20:00", flows.StepClaimed{Step: k, By: ivan, Note: "Assigned in the admin centre."}).
			at("2027-01-04 09:20:05", flows.StepVerified{Step: k, Before: "not held", After: "Microsoft 365 Business Premium held"}), now, flows.CardFailure, k, inIT()),
		"failure-mended":  draw(broken(t).at("2027-01-04 09:20:00", flows.StepRetried{Step: k, By: ivan}).see("2027-01-04 09:21:00", k), now, flows.CardFailure, k, inIT()),
		"failure-ended":   draw(broken(t).at("2027-01-04 10:00:00", flows.Cancelled{By: hannah, Reason: "Priya withdrew."}), now, flows.CardFailure, k, inIT()),
		"manual-open":     draw(planned(), "2026-11-24 09:00:00", flows.CardManual, laptop, inIT()),
		"manual-overdue":  draw(planned(), "2027-01-02 09:00:00", flows.CardManual, laptop, inIT()),
		"manual-waits":    draw(raise(t, exampleEvent(), after).approve(), "2026-11-24 09:00:00", flows.CardManual, laptop, inIT()),
		"manual-done":     draw(prepared(t), "2027-01-02 09:00:00", flows.CardManual, laptop, inIT()),
		"manual-cannot":   draw(planned().at("2026-12-28 09:00:00", flows.StepCannot{Step: laptop, By: ines, Reason: "Ines Duarte says: No laptop is left on the shelf."}), "2026-12-28 09:01:00", flows.CardManual, laptop, inIT()),
		"manual-claimed":  draw(planned().at("2026-12-28 09:00:00", flows.StepClaimed{Step: laptop, By: ines, Note: "Done in Exchange."}), "2026-12-28 09:01:00", flows.CardManual, laptop, inIT()),
		"manual-own":      draw(planned(), "2026-11-24 09:00:00", flows.CardManual, "manual:Business cards", to(hannah)),
		"manual-refusal":  draw(planned().at("2026-12-28 09:00:00", flows.StepCannot{Step: laptop, By: ines, Reason: "Ines Duarte says: No laptop is left on the shelf."}), "2026-12-28 09:01:00", flows.CardFailure, laptop, inIT()),
		"manual-unwanted": draw(planned().at("2026-12-28 09:00:00", flows.StepDropped{Step: laptop, Why: "Brings an own device."}), "2026-12-28 09:01:00", flows.CardManual, laptop, inIT()),
		"manual-ended":    draw(planned().at("2026-12-28 09:00:00", flows.Cancelled{By: hannah, Reason: "Priya withdrew."}), "2026-12-28 09:01:00", flows.CardManual, laptop, inIT()),
	}
}

func dayGallery(t testing.TB) map[string]Card {
	until := atLondon(t, "2027-01-05 09:20:00")
	shown := func() *play {
		return morning(t).at("2027-01-05 08:20:00", flows.PassMade{Step: "credential", By: tom, Pass: flows.Pass{ID: "1", Usable: true, Once: true, Until: until.UTC().Format("2006-01-02T15:04:05Z")}, Until: until})
	}
	asked := func() *play { return morning(t).at("2027-01-05 13:00:00", flows.StartAsked{Step: "started"}) }
	missed := func() *play { return asked().at("2027-01-05 13:10:00", flows.NotStarted{By: tom}) }
	answered := func(s *play) *play { return s.at("2027-01-05 13:10:00", flows.Started{By: tom}) }
	stopped := func() *play {
		return missed().see("2027-01-05 13:10:04", "no_show").at("2027-01-06 10:00:00", flows.Cancelled{By: hannah, Reason: "Took another post."})
	}
	const am, pm, next = "2027-01-05 08:30:00", "2027-01-05 13:20:00", "2027-01-06 11:00:00"
	m := morning(t)
	return map[string]Card{
		"credential-waits":   draw(prepared(t), "2027-01-04 18:00:00", flows.CardCredential, "credential", to(tom)),
		"credential-open":    draw(m, am, flows.CardCredential, "credential", to(tom)),
		"credential-shown":   draw(shown(), am, flows.CardCredential, "credential", to(tom)),
		"credential-run-out": draw(shown(), pm, flows.CardCredential, "credential", to(tom)),
		"credential-over":    draw(shown().at("2027-01-05 09:30:00", flows.StepVerified{Step: "credential", After: "pass used"}), pm, flows.CardCredential, "credential", to(tom)),
		"credential-dropped": draw(answered(asked()), pm, flows.CardCredential, "credential", to(tom)),
		"credential-noshow":  draw(missed(), pm, flows.CardCredential, "credential", to(tom)),
		"credential-failed":  draw(morning(t).at("2027-01-05 08:10:00", flows.StepFailed{Step: "credential", Cause: "Refused.", Tries: 1}), am, flows.CardCredential, "credential", to(tom)),
		"pass":               Pass(spoken, m.c, flows.NewSecret("QX7&b2*kTz"), until),
		"started-asked":      draw(asked(), pm, flows.CardStarted, "started", to(tom)),
		"started-yes":        draw(answered(asked()), pm, flows.CardStarted, "started", to(tom)),
		"started-no":         draw(missed(), pm, flows.CardStarted, "started", to(tom)),
		"noshow-open":        draw(missed(), pm, flows.CardNoShow, "", to(hannah)),
		"noshow-blocked":     draw(missed().see("2027-01-05 13:10:04", "no_show"), pm, flows.CardNoShow, "", to(hannah)),
		"noshow-resumed":     draw(missed().at("2027-01-06 09:00:00", flows.Resumed{By: hannah}), next, flows.CardNoShow, "", to(hannah)),
		"noshow-ended":       draw(stopped(), next, flows.CardNoShow, "", to(hannah)),
	}
}

// drifted is somebody with each kind of drift.
func drifted(t testing.TB) flows.DriftRecord {
	rec := flows.DriftRecord{Person: flows.Person{ID: "x", Name: "Priya Patel"}, Case: "J-2026-0042"}
	for i, f := range []flows.Finding{
		{Kind: flows.DriftOpen, Name: "Sign-in"},
		{Kind: flows.DriftBack, Name: "Sales"},
		{Kind: flows.DriftExtra, Name: "Finance Approvers"},
		{Kind: flows.DriftMissing, Name: "Company Team"},
		{Kind: flows.DriftBlocked, Name: "Sign-in"},
	} {
		f.Key, f.Case, f.Since = flows.StepKey(fmt.Sprintf("thing:%d", i)), "J-2026-0042", atLondon(t, "2027-01-30 06:10:00")
		rec.Findings = append(rec.Findings, f)
	}
	return rec
}

// rehearsed is a dry run with each forecast.
func rehearsed(c flows.Case, at time.Time) flows.DryRun {
	d := flows.DryRun{Case: c, At: at}
	for i, s := range c.Plan.Steps {
		is := []flows.DryLine{
			{Is: flows.WouldDo, Text: "not a member of Sales"},
			{Is: flows.SoAlready, Text: "manager Tom Hughes"},
			{Is: flows.WouldFail, Text: "no seat is free"},
			{Is: flows.ForPeople},
			{Is: flows.Later, Text: "once there is an account"},
			{Is: flows.NotTold, Text: "Microsoft 365 does not answer just now"},
			{Is: flows.AlreadyEnd, Text: "done and seen"},
		}[i%7]
		is.Step = s
		d.Lines = append(d.Lines, is)
	}
	return d
}

func progressGallery(t testing.TB) map[string]Card {
	hr := func(s *play, when string) Card { return draw(s, when, flows.CardProgress, "", to(hannah)) }
	open := func() *play { return raise(t, exampleEvent(), examplePlan(t)) }
	rejected := open()
	rejected.at("2026-11-23 10:30:00", flows.Rejected{Shown: rejected.c.Shown, By: tom, Reason: "The post is frozen until April."})
	done := morning(t).at("2027-01-05 13:00:00", flows.StartAsked{Step: "started"}).at("2027-01-05 13:10:00", flows.Started{By: tom}).
		at("2027-01-05 13:10:00", flows.Closed{Verified: 13, ByHand: 2})
	unseen := raise(t, exampleEvent(), examplePlan(t)).approve("group:Contract Admins").see("2026-12-22 09:00:07", "account", "manager").
		at("2027-01-04 09:00:03", flows.StepStarted{Step: "team:Company Team", Before: "not a member"}).
		at("2027-01-04 09:00:09", flows.StepUnseen{Step: "team:Company Team", Seen: "not a member", Next: atLondon(t, "2027-01-04 09:01:00")})
	return map[string]Card{
		"progress-waiting":   hr(open(), "2026-11-23 10:00:00"),
		"progress-question":  hr(open().at("2026-11-23 10:02:00", flows.Asked{By: tom, Question: "Does Priya cover all of Kent, or only the coast?"}), "2026-11-23 10:20:00"),
		"progress-scheduled": hr(open().approve(), "2026-11-24 10:00:00"),
		"progress-running":   hr(unseen, "2027-01-04 09:00:30"),
		"progress-failed":    hr(broken(t), "2027-01-04 09:10:00"),
		"progress-prepared":  hr(prepared(t), "2027-01-04 12:00:00"),
		"progress-noshow":    hr(morning(t).at("2027-01-05 13:00:00", flows.StartAsked{Step: "started"}).at("2027-01-05 13:10:00", flows.NotStarted{By: tom}), "2027-01-05 13:20:00"),
		"progress-done":      hr(done, "2027-01-05 14:00:00"),
		"progress-rejected":  hr(rejected, "2026-11-24 10:00:00"),
		"progress-ended":     hr(open().approve().at("2026-11-25 12:00:00", flows.Cancelled{By: hannah, Reason: "Priya withdrew."}), "2026-11-26 10:00:00"),
		"progress-big":       hr(raise(t, exampleEvent(), bigPlan(t, 60)).approve().see("2026-12-22 09:00:07", "account", "manager"), "2026-12-22 10:00:00"),
		"dry-run":            DryRun(spoken, rehearsed(raise(t, exampleEvent(), examplePlan(t)).approve("group:Contract Admins").c, atLondon(t, "2026-12-21 10:00:00"))),
		"population":         Population(spoken, checked(t)),
		"population-many":    Population(spoken, manyChecked(t)),
		"population-none":    Population(spoken, flows.Population{At: checked(t).At, File: "people.csv", Rows: 41, Accounts: 41, Same: 41}),
		"drift-none":         DriftList(spoken, flows.DriftList{Ignored: 2, At: atLondon(t, "2027-02-01 09:00:00")}),
		"drift-list":         DriftList(spoken, flows.DriftList{People: []flows.DriftRecord{drifted(t)}, Ignored: 1, At: atLondon(t, "2027-02-01 09:00:00"), Zone: atLondon(t, "2027-02-01 09:00:00").Location()}),
		"drift-one":          DriftOf(spoken, flows.DriftOf{Record: drifted(t), Zone: atLondon(t, "2027-02-01 09:00:00").Location(), May: true, At: atLondon(t, "2027-02-01 09:00:00")}),
		"drift-settled":      DriftOf(spoken, flows.DriftOf{Record: flows.DriftRecord{Person: flows.Person{ID: "x", Name: "Priya Patel"}, Case: "J-2026-0042"}, At: atLondon(t, "2027-02-01 09:00:00")}),
		"timeline":           Timeline(spoken, broken(t).c, broken(t).at("2027-01-04 09:30:00", flows.WaiveAsked{Step: "licence:SPB", By: ivan, Reason: "A seat comes with Friday's order."}).recs),
		"timeline-long":      Timeline(spoken, morning(t).c, append(morning(t).recs, morning(t).recs...)),
	}
}

func listGallery(t testing.TB) map[string]Card {
	now := atLondon(t, "2027-01-04 09:10:00")
	oldest := broken(t).c
	items := oldest.Open(now)
	var many []flows.Case
	for range 25 {
		many = append(many, prepared(t).c)
	}
	return map[string]Card{
		"status": Overview(spoken, flows.Overview{
			At: now, Counts: map[flows.State]int{flows.Waiting: 2, flows.Scheduled: 4, flows.Running: 3, flows.NeedsPeople: 1, flows.Done: 6, flows.Stopped: 1},
			Overdue: 2, Failed: 1, Upcoming: 5, Oldest: &items[0], Zone: now.Location(),
		}),
		"status-paused":        Overview(spoken, flows.Overview{At: now, Zone: now.Location(), Counts: map[flows.State]int{flows.Running: 3}, Pause: &flows.Pause{By: flows.Person{Name: "Olivia Grant"}, Reason: "the payroll looks wrong", At: now}}),
		"status-policy":        Overview(spoken, flows.Overview{At: now, Zone: now.Location(), Counts: map[flows.State]int{flows.Running: 3}, Policy: &flows.PolicyWaiting{Ref: "P-3F2A91", Who: "Olivia Grant", Asked: "Oscar Lind or Nora Vance", Reason: "The shop opens earlier now.", Until: now.AddDate(0, 0, 7)}}),
		"status-policy-agreed": Overview(spoken, flows.Overview{At: now, Zone: now.Location(), Counts: map[flows.State]int{flows.Running: 3}, Policy: &flows.PolicyWaiting{Ref: "P-3F2A91", Who: "Olivia Grant", Until: now.AddDate(0, 0, 7)}}),
		"status-evidence": Overview(spoken, flows.Overview{At: now, Zone: now.Location(), Counts: map[flows.State]int{flows.Done: 6}, Published: []flows.Published{
			{Place: "owners", At: now, Head: flows.Head{Size: 1234}}, {Place: "the archive", At: now, Head: flows.Head{Size: 1234}}, {Place: "the witness", Failing: now},
		}}),
		"status-overdue": Overview(spoken, flows.Overview{
			At: now, Zone: now.Location(), Counts: map[flows.State]int{flows.Running: 3}, Overdue: 12, Upcoming: 13,
			Oldest: &flows.OpenItem{What: "Door key for Priya Patel", Subject: "Priya Patel", Case: "J-2026-0042", Due: now.AddDate(0, 0, -3), Late: true, Holder: "Hannah Reed", Zone: now.Location()},
		}),
		"status-quiet": Overview(spoken, flows.Overview{At: now, Zone: now.Location(), Counts: map[flows.State]int{flows.Done: 6}}),
		"list":         List(spoken, "3 cases match. Write \"status\" with the reference.", []flows.Case{raise(t, exampleEvent(), examplePlan(t)).c, oldest, morning(t).c}, now),
		"list-long":    List(spoken, "25 cases match. Write \"status\" with the reference.", many, now),
		"list-empty":   List(spoken, "No case matches.", nil, now),
		"items":        Items(spoken, flows.ItemList{Title: "What waits for you", Items: items, At: now}),
		"items-long":   Items(spoken, flows.ItemList{Title: "Due in the next 14 days", Items: oldest.Coming(now.AddDate(0, 0, 14)), More: 7, At: now}),
		"items-empty":  Items(spoken, flows.ItemList{None: "Nothing waits for you.", At: now}),
		"help-hr":      Help(spoken, flows.Roles{flows.HR: true}, false),
		"help-all":     Help(spoken, flows.Roles{flows.HR: true, flows.IT: true, flows.Approver: true, flows.Owner: true}, true),
		"help-nobody":  Help(spoken, nil, false),
		"notice":       Notice("Somebody else decided this a minute ago: Tom Hughes approved it on Mon 23 Nov 2026, 11:05 (London)."),
	}
}

func TestGolden(t *testing.T) {
	dir := filepath.Join("testdata", "golden")
	all := gallery(t)
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, card := range all {
		t.Run(name, func(t *testing.T) {
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, card, "", "  "); err != nil {
				t.Fatal(err)
			}
			pretty.WriteByte('\n')
			file := filepath.Join(dir, name+".json")
			if *update {
				if err := os.WriteFile(file, pretty.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
				t.Errorf("card differs from %s (-want +got):\n%s", file, diff)
			}
		})
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if _, drawn := all[strings.TrimSuffix(f.Name(), ".json")]; !drawn {
			t.Errorf("%s is a golden card that nothing draws", f.Name())
		}
	}
}
