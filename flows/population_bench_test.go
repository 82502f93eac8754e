package flows

import (
	"fmt"
	"testing"
)

// BenchmarkPopulation compares HR's list of 50,000 people with as many accounts and a year's 17,000 cases. One in a hundred differs.
func BenchmarkPopulation(b *testing.B) {
	const people = 50_000
	p, _ := sandboxPolicy(b)
	var list []HRPerson
	var staff []Account
	var cases []Case
	for n := range people {
		a := worker(n+1, fmt.Sprintf("Sample Person %d", n), nil)
		staff = append(staff, a)
		if n%100 != 0 {
			list = append(list, HRPerson{Line: n + 2, EmployeeID: a.EmployeeID, Address: a.UPN, Name: a.Name, Start: "2020-01-06"})
		}
		if n%3 == 0 {
			cases = append(cases, Case{ID: CaseID(fmt.Sprintf("J-2026-%05d", n)), Kind: JoinerEvent, State: Done, Account: a.ID, Version: 1, Raised: By{At: monday()}, Zone: "Europe/London"})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if got := CheckPopulation(list, staff, cases, p, "2026-11-23"); len(got.Findings) != people/100 {
			b.Fatalf("%d differences", len(got.Findings))
		}
	}
}
