package report

import (
	"fmt"

	"muster/cards/paper"
	"muster/flows"
)

// populations is what the kinds of finding are called.
var populations = map[flows.PopulationKind]string{
	flows.StillOpen: "Left, and can still sign in", flows.NotListed: "Can sign in, and is not on the list", flows.NoAccount: "On the list, and has no account",
	flows.ShutOut: "Works here, and cannot sign in", flows.NoCase: "Started, and no case says so", flows.InDoubt: "Cannot be matched for certain", flows.NotCompared: "Could not be compared",
}

// Population is what a check of HR's list found, as a spreadsheet.
func Population(p flows.Population) ([]byte, error) {
	list := paper.Sheet{Name: "Differences", Head: []string{"What", "Name", "Employee number", "Sign-in name or e-mail", "Line of the list", "Start", "Left", "Doubt", "Form opened", "Object id"}}
	for _, f := range p.Findings {
		list.Rows = append(list.Rows, []paper.Cell{
			paper.Words(populations[f.Kind]), paper.Words(f.Name), paper.Words(f.EmployeeID), paper.Words(f.UPN), some(f.Line), day(f.Start), day(f.Left), paper.Words(f.Doubt),
			yes(f.Opened), paper.Words(string(f.Account)),
		})
	}
	totals := paper.Sheet{Name: "Totals", Head: []string{"What", "How many"}}
	add := func(what string, n int) {
		totals.Rows = append(totals.Rows, []paper.Cell{paper.Words(what), paper.Number(float64(n))})
	}
	add("People on HR's list", p.Rows)
	add("Accounts with an open sign-in", p.Accounts)
	add("As they should be", p.Same)
	add("Left aside: services and protected accounts", p.Aside)
	counts := p.Counts()
	for _, k := range flows.PopulationKinds {
		add(populations[k], counts[k])
	}
	totals.Rows = append(totals.Rows, []paper.Cell{paper.Words("Compared on " + p.At.UTC().Format("2 January 2006 at 15:04") + " UTC with " + p.File)})
	b, err := paper.Book{Sheets: []paper.Sheet{list, totals}}.XLSX()
	if err != nil {
		return nil, fmt.Errorf("write check: %w", err)
	}
	return b, nil
}
