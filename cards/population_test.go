package cards

import (
	"testing"

	"muster/flows"
)

// checked is a check of HR's list with a finding of each kind.
func checked(t testing.TB) flows.Population {
	t.Helper()
	return flows.Population{
		Zone: "Europe/London",
		ID:   "D-0123456789abcdef01234567", By: hannah, At: atLondon(t, "2026-11-23 09:00:00").UTC(), File: "people.xlsx", Rows: 41, Accounts: 42, Same: 36, Aside: 3,
		Findings: []flows.PopulationFinding{
			{Kind: flows.StillOpen, Line: 12, Name: "Stan Doyle", UPN: "stan.doyle@larkfield.example", Account: "00000000-0000-4000-a000-00000000000b", Left: "2026-11-13"},
			{Kind: flows.NotListed, Name: "Nadia Brown", UPN: "nadia.brown@larkfield.example", Account: "00000000-0000-4000-a000-000000000016", Opened: true},
			{Kind: flows.NoAccount, Line: 3, Name: "Priya Patel", EmployeeID: "L1042", Start: "2026-11-16"},
			{Kind: flows.ShutOut, Line: 19, Name: "Callum Reid", UPN: "callum.reid@larkfield.example", Account: "00000000-0000-4000-a000-000000000017"},
			{Kind: flows.NoCase, Line: 20, Name: "Bea Long", UPN: "bea.long@larkfield.example", Account: "00000000-0000-4000-a000-000000000018", Start: "2026-11-09"},
			{Kind: flows.InDoubt, Line: 33, Name: "Ann Lee", Doubt: "Several accounts have that name."},
			{Kind: flows.NotCompared, Line: 40, Name: "Bo Ray", Doubt: "“soon” is no date."},
		},
	}
}

// manyChecked is a check with far more than a card can show.
func manyChecked(t testing.TB) flows.Population {
	t.Helper()
	p := checked(t)
	for range 400 {
		p.Findings = append(p.Findings, flows.PopulationFinding{Kind: flows.NotListed, Name: "Somebody With a Name That Is Quite Long", UPN: "somebody.with.a.name.that.is.quite.long@larkfield.example"})
	}
	return p
}
