package cards

import (
	"fmt"
	"testing"
	"time"

	"muster/flows"
)

// The people of Larkfield Instruments, who are fictional.
var (
	hannah = flows.Person{ID: "00000000-0000-4000-a000-000000000001", Name: "Hannah Reed"}
	tom    = flows.Person{ID: "00000000-0000-4000-a000-000000000003", Name: "Tom Hughes"}
	maria  = flows.Person{ID: "00000000-0000-4000-a000-000000000004", Name: "Maria Lopez"}
	aisha  = flows.Person{ID: "00000000-0000-4000-a000-000000000005", Name: "Aisha Khan"}
	ivan   = flows.Person{ID: "00000000-0000-4000-a000-000000000006", Name: "Ivan Petrov"}
	ines   = flows.Person{ID: "00000000-0000-4000-a000-000000000007", Name: "Ines Duarte"}
	olivia = flows.Person{ID: "00000000-0000-4000-a000-000000000008", Name: "Olivia Grant"}
	priya  = flows.AccountID("00000000-0000-4000-a000-00000000000a")
)

func atLondon(t testing.TB, s string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func examplePolicy() *flows.Policy {
	return &flows.Policy{
		Version: 1, Organisation: "Larkfield Instruments", Domain: "larkfield.example",
		Sites: map[string]flows.Site{"London": {TimeZone: "Europe/London", Country: "GB"}, "Leeds": {TimeZone: "Europe/London", Country: "GB"}},
		Jobs:  map[string]flows.Job{"Account Manager": {}, "Finance Assistant": {}, "IT Engineer": {}, "Warehouse Operative": {}},
	}
}

func exampleEvent() flows.PeopleEvent {
	return flows.PeopleEvent{
		Kind: flows.JoinerEvent, Given: "Priya", Surname: "Patel", Job: "Account Manager", Site: "London", Start: "2027-01-05",
		Employment: "employee", Manager: tom, PersonalEmail: "priya@home.example", CostCentre: "S-100", Notes: "Returns a call on Monday about the car.",
	}
}

// examplePlan is a joiner's plan as an organisation of some size has it: birthright, profile, extras, two elevated items.
func examplePlan(t testing.TB) flows.Plan {
	account, access, enable := atLondon(t, "2026-12-22 09:00:00"), atLondon(t, "2027-01-04 09:00:00"), atLondon(t, "2027-01-05 08:00:00")
	after := []flows.StepKey{"account"}
	const job = "Account Manager"
	return flows.Plan{Steps: []flows.Step{
		{Key: "account", Task: flows.CreateAccount, Title: "Create the account", Due: account, Choice: flows.Fixed},
		{Key: "manager", Task: flows.SetManager, Title: "Set the manager", Due: account, Choice: flows.Fixed, After: after},
		{Key: "licence:SPB", Task: flows.AssignLicences, Title: "Assign Microsoft 365 Business Premium", Name: "Microsoft 365 Business Premium", Due: access, Choice: flows.Fixed, After: after, Why: "everybody", Note: "3 of 45 seats free"},
		{Key: "group:All Staff", Task: flows.FollowRule, Title: "Check membership of All Staff", Name: "All Staff", Due: access, Choice: flows.Fixed, After: after, Why: "everybody", Note: "follows the rule for members"},
		{Key: "team:Company Team", Task: flows.AddToTeam, Title: "Add to the team Company Team", Name: "Company Team", Due: access, Choice: flows.Fixed, After: []flows.StepKey{"account", "licence:SPB"}, Why: "everybody"},
		{Key: "manual:Laptop", Task: flows.Manual, Title: "Prepare a laptop", Name: "Laptop", Due: atLondon(t, "2026-12-31 09:00:00"), Choice: flows.Fixed, Owner: "it", Why: "everybody", Instructions: "Take one from the shelf in room 12, install it from the image and write its number in the note.\nPut it on the desk the day before."},
		{Key: "group:Sales", Task: flows.AddToGroup, Title: "Add to Sales", Name: "Sales", Due: access, Choice: flows.Ticked, After: after, Why: job},
		{Key: "team:Sales Team", Task: flows.AddToTeam, Title: "Add to the team Sales Team", Name: "Sales Team", Due: access, Choice: flows.Ticked, After: []flows.StepKey{"account", "licence:SPB"}, Why: job},
		{Key: "group:CRM Users", Task: flows.AddToGroup, Title: "Add to CRM Users", Name: "CRM Users", Due: access, Choice: flows.Ticked, After: after, Why: job},
		{Key: "manual:Business cards", Task: flows.Manual, Title: "Order business cards", Name: "Business cards", Due: access, Choice: flows.Ticked, Owner: "hr", Why: job, Instructions: "Order 100 from the printer in the usual design."},
		{Key: "group:Wiki Editors", Task: flows.AddToGroup, Title: "Add to Wiki Editors", Name: "Wiki Editors", Due: access, Choice: flows.Extra, After: after, Why: job},
		{Key: "licence:POWER_BI_PRO", Task: flows.AssignLicences, Title: "Assign Power BI Pro", Name: "Power BI Pro", Due: access, Choice: flows.Extra, After: after, Why: job, Note: "6 of 10 seats free"},
		{Key: "group:Contract Admins", Task: flows.AddToGroup, Title: "Add to Contract Admins", Name: "Contract Admins", Group: "00000000-0000-4000-b000-000000000010", Due: access, Choice: flows.Elevated, After: after, Why: job, Approvers: []flows.Person{aisha}},
		{Key: "group:Finance Approvers", Task: flows.AddToGroup, Title: "Add to Finance Approvers", Name: "Finance Approvers", Group: "00000000-0000-4000-b000-000000000005", Due: access, Choice: flows.Elevated, After: after, Why: job, Approvers: []flows.Person{aisha}},
		{Key: "enable", Task: flows.EnableAccount, Title: "Open sign-in", Due: enable, Choice: flows.Fixed, After: after},
		{Key: "credential", Task: flows.OfferPass, Title: "Offer the day-one pass", Due: enable, Choice: flows.Fixed, After: []flows.StepKey{"enable"}, Minutes: 60},
		{Key: "welcome", Task: flows.SendWelcome, Title: "Send the welcome message", Due: enable, Choice: flows.Fixed, After: []flows.StepKey{"enable"}},
		{Key: "started", Task: flows.AskStarted, Title: "Ask whether the person started", Due: atLondon(t, "2027-01-05 13:00:00"), Choice: flows.Fixed, After: []flows.StepKey{"enable"}},
	}}
}

// bigPlan is a job profile of n items with long names.
func bigPlan(t testing.TB, n int) flows.Plan {
	p := examplePlan(t)
	for i := range n {
		s := flows.Step{
			Key: flows.StepKey(fmt.Sprintf("group:Department share %02d, read and write", i)), Task: flows.AddToGroup, Title: fmt.Sprintf("Add to Department share %02d, read and write", i),
			Name: fmt.Sprintf("Department share %02d, read and write", i), Due: atLondon(t, "2027-01-04 09:00:00"), Choice: flows.Ticked, After: []flows.StepKey{"account"}, Why: "Account Manager",
		}
		p.Steps = append(p.Steps, s)
	}
	return p
}

// play is a case as it goes: the fold of its entries, which a test adds one after the other.
type play struct {
	testing.TB
	id   flows.CaseID
	c    flows.Case
	recs []flows.Record
}

// raise opens the example case, from an event and a plan.
func raise(t testing.TB, e flows.PeopleEvent, p flows.Plan) *play {
	s := &play{TB: t, id: "J-2026-0042"}
	s.at("2026-11-23 09:40:12", flows.Raised{
		Draft: "D-1", Event: e, By: hannah, Zone: "Europe/London", Site: flows.Site{TimeZone: "Europe/London", Country: "GB", Opens: "09:00", Closes: "17:30"},
		Facts: flows.Facts{Manager: flows.Account{ID: tom.ID, Name: tom.Name, JobTitle: "Head of Sales", Office: "London", Enabled: true}, Fallback: olivia, Route: tom, UPN: "priya.patel@larkfield.example", Holders: map[string][]flows.Person{"00000000-0000-4000-b000-000000000010": {tom, olivia}}},
		Plan:  p, Warnings: []string{"Microsoft 365 Business Premium has 3 of 45 seats free."},
		RemindAt: atLondon(t, "2026-11-24 09:40:12"), Escalate: atLondon(t, "2026-11-25 09:30:00"),
	})
	return s
}

// at adds an entry at a local time.
func (s *play) at(when string, b flows.Body) *play {
	s.Helper()
	e := flows.Entry{Case: s.id, At: atLondon(s.TB, when).UTC(), Body: b}
	next, err := s.c.Apply(e)
	if err != nil {
		s.Fatalf("fold %s: %v", b.Kind(), err)
	}
	s.c = next
	s.recs = append(s.recs, flows.Record{Seq: int64(len(s.recs)), Entry: e, Kind: b.Kind()})
	return s
}

// approve ticks the profile and what is named.
func (s *play) approve(more ...flows.StepKey) *play {
	ticked := more
	for _, st := range s.c.Plan.Steps {
		if st.Choice == flows.Ticked {
			ticked = append(ticked, st.Key)
		}
	}
	return s.at("2026-11-23 11:05:40", flows.Approved{
		Shown: s.c.Shown, Ticked: ticked, Plan: s.c.Plan.Chosen(ticked).Hash(), By: s.c.Approval.Holders[0],
		RemindAt: atLondon(s.TB, "2026-11-24 11:05:40"), Escalate: atLondon(s.TB, "2026-11-25 11:05:00"),
	})
}

// see lets steps be done and seen.
func (s *play) see(when string, keys ...flows.StepKey) *play {
	for _, k := range keys {
		s.at(when, flows.StepStarted{Step: k, Before: "not there"})
		v := flows.StepVerified{Step: k, Before: "not there", After: "there"}
		if k == "account" {
			v.Account = priya
		}
		s.at(when, v)
	}
	return s
}

// prepared is the case on the evening before the first day, with everything seen but what the morning brings.
func prepared(t testing.TB) *play {
	return raise(t, exampleEvent(), examplePlan(t)).approve("licence:POWER_BI_PRO").
		see("2026-12-22 09:00:07", "account", "manager").
		at("2026-12-30 15:12:00", flows.StepByHand{Step: "manual:Laptop", By: ines, Note: "Laptop 0417, on the desk"}).
		at("2026-12-30 15:30:00", flows.StepByHand{Step: "manual:Business cards", By: hannah, Note: "Ordered"}).
		see("2027-01-04 09:00:09", "licence:SPB", "licence:POWER_BI_PRO", "group:All Staff", "team:Company Team", "group:Sales", "team:Sales Team", "group:CRM Users")
}

// morning is the case on the first day, with sign-in open.
func morning(t testing.TB) *play { return prepared(t).see("2027-01-05 08:00:05", "enable", "welcome") }

// broken is the case whose licence could not be assigned.
func broken(t testing.TB) *play {
	s := raise(t, exampleEvent(), examplePlan(t)).approve().see("2026-12-22 09:00:07", "account", "manager")
	return s.at("2027-01-04 09:00:03", flows.StepStarted{Step: "licence:SPB", Before: "Microsoft 365 Business Premium not held"}).
		at("2027-01-04 09:00:31", flows.StepFailed{Step: "licence:SPB", Cause: "No seat of Microsoft 365 Business Premium is free: 45 of 45 are used.", Tries: 5})
}
