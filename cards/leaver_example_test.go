package cards

import (
	"fmt"
	"testing"

	"muster/flows"
)

var (
	oscar = flows.Person{ID: "00000000-0000-4000-a000-000000000009", Name: "Oscar Lind"}
	sam   = flows.Person{ID: "00000000-0000-4000-a000-000000000020", Name: "Sam Taylor"}
)

// exampleExit is Tom Hughes, who leaves; urgent, he leaves now.
func exampleExit(urgent bool) flows.PeopleEvent {
	e := flows.PeopleEvent{
		Kind: flows.LeaverEvent, Subject: tom, Site: "London", Manager: olivia, Successor: maria,
		Reply: "{name} has left {organisation}. Please write to {successor}.",
	}
	if urgent {
		e.Urgent, e.Notes = true, "Board decision of this morning."
	} else {
		e.LastDay, e.LastTime, e.Notes = "2026-11-30", "17:30", "Has a car to give back."
	}
	return e
}

func exitFacts() flows.Facts {
	group := func(id, name string) flows.Group {
		return flows.Group{ID: id, Name: name, Kind: flows.SecurityGroup}
	}
	return flows.Facts{
		Manager: flows.Account{ID: olivia.ID, Name: olivia.Name, JobTitle: "Operations Director", Office: "London", Enabled: true}, Route: olivia,
		Subject: flows.Account{ID: tom.ID, Name: tom.Name, Given: "Tom", Surname: "Hughes", UPN: "tom.hughes@larkfield.example", JobTitle: "Head of Sales", Office: "London", Enabled: true},
		Member:  []flows.Group{group("02", "Sales"), group("0c", "CRM Users")},
		Owned:   []flows.Owned{{Group: group("03", "Sales Team"), Last: true}, {Group: group("06", "Wiki Editors")}},
		Reports: []flows.Person{sam, priyaPerson}, Mailbox: true, Seconds: []flows.Person{aisha, oscar},
	}
}

var priyaPerson = flows.Person{ID: priya, Name: "Priya Patel"}

// exitPlanOf is a leaver's plan: hand-over before, access ends at the exit, licences come back later.
func exitPlanOf(t testing.TB, urgent bool) flows.Plan {
	exit, before, later := atLondon(t, "2026-11-30 17:30:00"), atLondon(t, "2026-11-26 09:00:00"), atLondon(t, "2026-12-30 17:30:00")
	if urgent {
		exit, before, later = atLondon(t, "2026-11-23 10:00:05"), atLondon(t, "2026-11-23 10:00:05"), atLondon(t, "2026-12-23 10:00:05")
	}
	after := []flows.StepKey{"block"}
	step := func(k flows.StepKey, task flows.TaskName, title, name string, after ...flows.StepKey) flows.Step {
		return flows.Step{Key: k, Task: task, Title: title, Name: name, Due: exit, Choice: flows.Fixed, After: after}
	}
	steps := []flows.Step{
		step("block", flows.BlockSignIn, "Block the sign-in", "Sign-in"),
		step("revoke", flows.RevokeSessions, "End the sessions", "Sessions", "block"),
		step("reply", flows.SetReply, "Set the automatic reply", "Automatic reply", "block"),
		step("owner:Sales Team", flows.HandOverGroup, "Make Maria Lopez owner of Sales Team", "Sales Team", "block"),
		step("owner:Wiki Editors", flows.HandOverGroup, "Make Maria Lopez owner of Wiki Editors", "Wiki Editors", "block"),
		step("group:Sales", flows.RemoveFromGroup, "Remove from Sales", "Sales", "block"),
		step("group:CRM Users", flows.RemoveFromGroup, "Remove from CRM Users", "CRM Users", "block"),
		step("team:Sales Team", flows.RemoveFromTeam, "Remove from the team Sales Team", "Sales Team", "block", "owner:Sales Team"),
		{Key: "group:Price List Editors", Task: flows.Manual, Title: "Remove Tom Hughes from Price List Editors in Exchange", Name: "Price List Editors", Due: exit, Choice: flows.Fixed, After: after, Owner: "it", Note: "Becomes a task for IT: Price List Editors is a mail group, which only Exchange can change.", Instructions: "In the Exchange admin centre, open Groups, Mail-enabled security, Price List Editors, Members.\nTake tom.hughes@larkfield.example off the list."},
		step("methods", flows.RemoveMethods, "Remove sign-in methods", "Sign-in methods", "revoke"),
		{Key: "licence:SPB", Task: flows.RemoveLicence, Title: "Take back Microsoft 365 Business Premium", Name: "Microsoft 365 Business Premium", Due: later, Choice: flows.Fixed, After: after},
		{Key: "licence:POWER_BI_PRO", Task: flows.RemoveLicence, Title: "Take back Power BI Pro", Name: "Power BI Pro", Due: later, Choice: flows.Fixed, After: after},
		{Key: "manual:Laptop", Task: flows.Manual, Title: "Laptop from Tom Hughes", Name: "Laptop", Due: exit, Choice: flows.Fixed, Owner: "it", Instructions: "Collect laptop and charger, and write its number in the note."},
		{Key: "handover:reports", Task: flows.Manual, Title: "Name a new manager for Priya Patel and Sam Taylor", Name: "Direct reports", Due: before, Choice: flows.Fixed, Owner: "manager", Instructions: "Agree with HR who takes them on, and write the name in the note."},
		{Key: "handover:onedrive", Task: flows.Manual, Title: "Hand over the OneDrive of Tom Hughes", Name: "OneDrive", Due: before, Choice: flows.Fixed, Owner: "manager", Instructions: "Ask IT for access to the files and move what is needed to the team's own place."},
	}
	for i := range steps {
		switch steps[i].Task {
		case flows.HandOverGroup:
			steps[i].Person = maria
		case flows.SetReply:
			steps[i].Text = "Tom Hughes has left Larkfield Instruments. Please write to Maria Lopez."
		}
	}
	return flows.Plan{Manager: olivia.ID, Steps: steps}
}

// bigExit is the exit of somebody who is in n more groups.
func bigExit(t testing.TB, urgent bool, n int, name string) flows.Plan {
	p := exitPlanOf(t, urgent)
	for i := range n {
		p.Steps = append(p.Steps, flows.Step{
			Key: flows.StepKey(fmt.Sprintf("group:%s %02d", name, i)), Task: flows.RemoveFromGroup, Title: fmt.Sprintf("Remove from %s %02d", name, i),
			Name: fmt.Sprintf("%s %02d", name, i), Due: p.Steps[0].Due, Choice: flows.Fixed, After: []flows.StepKey{"block"},
		})
	}
	return p
}

// leave opens the case of the example leaver.
func leave(t testing.TB, e flows.PeopleEvent, p flows.Plan) *play {
	s := &play{TB: t, id: "L-2026-0007"}
	b := flows.Raised{
		Draft: "D-2", Event: e, By: hannah, Zone: "Europe/London", Site: flows.Site{TimeZone: "Europe/London", Country: "GB", Opens: "09:00", Closes: "17:30"},
		Facts: exitFacts(), Plan: p, Warnings: []string{"Tom Hughes owns Sales Team and Wiki Editors: Maria Lopez becomes owner instead. Nobody else owns Sales Team."},
	}
	if e.Urgent {
		b.RemindAt, b.Escalate = atLondon(t, "2026-11-23 10:05:05"), atLondon(t, "2026-11-23 10:10:05")
	}
	return s.at("2026-11-23 10:00:05", b)
}

// confirmed is the urgent exit that Aisha Khan confirmed.
func confirmed(t testing.TB) *play {
	s := leave(t, exampleExit(true), exitPlanOf(t, true))
	return s.at("2026-11-23 10:01:40", flows.Approved{Shown: s.c.Shown, Plan: s.c.Plan.Chosen(nil).Hash(), By: aisha})
}

// lockedOut is the urgent exit with its first two steps seen.
func lockedOut(t testing.TB) *play {
	s := confirmed(t)
	s.at("2026-11-23 10:01:41", flows.StepStarted{Step: "block", Before: "sign-in is open"}).at("2026-11-23 10:01:42", flows.StepVerified{Step: "block", Before: "sign-in is open", After: "sign-in is blocked"})
	return s.at("2026-11-23 10:01:42", flows.StepStarted{Step: "revoke", Before: "sign-ins before 2026-11-02T08:00:00Z do not count"}).
		at("2026-11-23 10:01:44", flows.StepVerified{Step: "revoke", Before: "sign-ins before 2026-11-02T08:00:00Z do not count", After: "sign-ins before 2026-11-23T10:01:43Z do not count"})
}

// left is the planned exit on the evening of the last day.
func left(t testing.TB) *play {
	return leave(t, exampleExit(false), exitPlanOf(t, false)).
		at("2026-11-25 11:20:00", flows.StepByHand{Step: "handover:reports", By: olivia, Note: "Maria takes both on."}).
		at("2026-11-26 08:40:00", flows.StepByHand{Step: "handover:onedrive", By: olivia, Note: "Moved to the sales files."}).
		see("2026-11-30 17:30:02", "block", "revoke", "reply", "owner:Sales Team", "owner:Wiki Editors", "group:Sales", "team:Sales Team")
}

// stuckExit is the planned exit of which one removal failed.
func stuckExit(t testing.TB, k flows.StepKey) *play {
	return leave(t, exampleExit(false), exitPlanOf(t, false)).at("2026-11-30 17:30:02", flows.StepStarted{Step: k, Before: "in the group"}).
		at("2026-11-30 17:31:30", flows.StepFailed{Step: k, Cause: "Microsoft 365 refused the change: Muster lacks a permission.", Tries: 1})
}
