package cards

import (
	"strings"
	"testing"

	"muster/flows"
)

// whyGallery are the answers to "why".
func whyGallery(t testing.TB) map[string]Card {
	at := func(s string) flows.By { return flows.By{Person: tom, At: atLondon(t, s)} }
	priya := flows.Person{ID: "00000000-0000-4000-a000-000000000042", Name: "Priya Patel", UPN: "priya.patel@larkfield.example"}
	given := flows.WhyEvent{
		What: flows.WhyGiven, Case: "J-2026-0042", Of: flows.JoinerEvent, Step: "Add to Payroll Readers", State: flows.StepDone, At: atLondon(t, "2027-01-04 09:00:12"), Why: "Account Manager",
		Asked: flows.By{Person: hannah, At: atLondon(t, "2026-11-23 09:30:00")}, Confirmed: at("2026-11-23 11:02:00"), Signed: []flows.By{{Person: olivia, At: atLondon(t, "2026-11-24 08:15:00"), Note: "Maria Lopez"}},
	}
	found := flows.WhyEvent{What: flows.WhyFound, Case: "M-2027-0003", State: flows.StepDone, At: atLondon(t, "2027-02-01 10:00:00")}
	kept := flows.WhyEvent{What: flows.WhyKept, Case: "M-2027-0003", State: flows.StepDone, At: atLondon(t, "2027-02-01 00:00:00"), Until: "2027-04-30", Reason: "Closes the first quarter.", Asked: flows.By{Person: tom}, Signed: given.Signed}
	goes := flows.WhyEvent{What: flows.WhyTaken, Case: "M-2027-0003", Step: "Remove from CRM Users", State: flows.Planned, At: atLondon(t, "2027-04-30 17:30:00"), Asked: given.Asked, Confirmed: at("2027-02-02 09:00:00")}
	gone := goes
	gone.State, gone.ByHand = flows.StepDoneHand, hannah
	failed := given
	failed.State = flows.StepBroken
	drift := func(k flows.DriftKind) *flows.Finding {
		return &flows.Finding{Kind: k, Since: atLondon(t, "2027-02-08 06:12:00"), Ignored: flows.By{Person: olivia, At: atLondon(t, "2027-02-08 10:00:00"), Note: "Writes the price pages."}}
	}
	view := func(asked string, things ...flows.WhyThing) Card {
		return Why(spoken, flows.WhyView{Person: priya, Asked: asked, Things: things, Zone: atLondon(t, "2027-02-09 09:00:00").Location(), At: atLondon(t, "2027-02-09 09:00:00")})
	}
	payroll := flows.WhyThing{Kind: "group", Name: "Payroll Readers", Held: flows.HeldYes, Events: []flows.WhyEvent{given}}
	crm := flows.WhyThing{Kind: "group", Name: "CRM Users", Held: flows.HeldYes, Events: []flows.WhyEvent{found, kept, goes}}
	wiki := flows.WhyThing{Kind: "group", Name: "Wiki Editors", Held: flows.HeldYes, Drift: drift(flows.DriftExtra)}
	licence := flows.WhyThing{Kind: "licence", Name: "Visio Plan 2", Held: flows.HeldYes, Via: "Drawing Office"}
	rule := flows.WhyThing{Kind: "group", Name: "All Staff", Held: flows.HeldYes, Rule: `user.department -eq "Sales" **bold**`}
	var many []flows.WhyThing
	for range 40 {
		many = append(many, payroll, crm, wiki, licence, rule)
	}
	return map[string]Card{
		"why-given":   view("payroll", payroll),
		"why-kept":    view("crm", crm),
		"why-extra":   view("wiki", wiki),
		"why-via":     view("visio", licence),
		"why-rule":    view("all staff", rule),
		"why-taken":   view("crm", flows.WhyThing{Kind: "group", Name: "CRM Users", Held: flows.HeldNo, Events: []flows.WhyEvent{given, gone}}),
		"why-back":    view("crm", flows.WhyThing{Kind: "group", Name: "CRM Users", Held: flows.HeldYes, Events: []flows.WhyEvent{given, gone}, Drift: drift(flows.DriftBack)}),
		"why-missing": view("payroll", flows.WhyThing{Kind: "group", Name: "Payroll Readers", Held: flows.HeldNo, Events: []flows.WhyEvent{given}}),
		"why-failed":  view("payroll", flows.WhyThing{Kind: "group", Name: "Payroll Readers", Held: flows.HeldNo, Events: []flows.WhyEvent{failed}}),
		"why-never":   view("vault", flows.WhyThing{Kind: "group", Name: "Vault", Held: flows.HeldNo}),
		"why-unknown": view("[the vault](https://evil.example)"),
		"why-list": Why(spoken, flows.WhyView{
			Person: priya, Things: []flows.WhyThing{payroll, crm, wiki, licence, rule, {Kind: "by hand", Name: "Laptop", Events: []flows.WhyEvent{given}}},
			Gone: true, Hidden: true, Zone: atLondon(t, "2027-02-09 09:00:00").Location(), At: atLondon(t, "2027-02-09 09:00:00"),
		}),
		"why-many": view("", many...),
		"why-none": view(""),
	}
}

// TestWhyWords: the one sentence that the answer comes down to.
func TestWhyWords(t *testing.T) {
	all := whyGallery(t)
	for name, want := range map[string]string{
		"why-given":   "Priya Patel has Payroll Readers by a decision in Muster.",
		"why-kept":    "It is to go on Fri 30 April 2027 (M-2027-0003).",
		"why-extra":   "Not through Muster: first seen on Mon 8 February 2027, by the daily look.",
		"why-via":     "Drawing Office",
		"why-taken":   "Taken away by M-2027-0003",
		"why-back":    "again, although it was taken away",
		"why-missing": "was given Payroll Readers and does not have it any more",
		"why-failed":  "It failed and waits for people.",
		"why-never":   "No case of Muster gave it or took it.",
		"why-many":    "more. Ask for one by its name.",
	} {
		if !strings.Contains(string(all[name]), want) {
			t.Errorf("%s does not say %q:\n%s", name, want, all[name])
		}
	}
}
