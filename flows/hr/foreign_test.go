package hr

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"muster/flows"
	"muster/flows/texts"
)

// FuzzReadPopulation holds that HR's list of everybody is read whole, within its limits and without what cannot be seen, or refused with a
// sentence.
func FuzzReadPopulation(f *testing.F) {
	good, _ := xlsxOf(f, func(f *excelize.File) {})
	f.Add(good, "x.xlsx")
	f.Add([]byte("Name,E-mail,Employee ID\nTom Hughes,tom.hughes@larkfield.example,7\n"), "x.csv")
	f.Add([]byte("\xff\xfeN\x00a\x00m\x00e\x00"), "x.tsv")
	f.Add([]byte("Name;Left on\n=HYPERLINK(\"x\");31/12/9999\n"), "../../x.txt")
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		people, err := ReadPopulation(texts.Language{}, name, b, today)
		if err != nil {
			if flows.CodeOf(err) != flows.Invalid || flows.SayOf(err) == "" {
				t.Errorf("error %v says %q", err, flows.SayOf(err))
			}
			return
		}
		if len(people) > mostPopulation {
			t.Errorf("%d people", len(people))
		}
		for _, p := range people {
			if strings.ContainsAny(p.Name+p.Given+p.Surname+p.Address+p.EmployeeID+p.Job+p.Manager, "\n\r\x00\u202e") {
				t.Errorf("%+v holds what cannot be seen", p)
			}
		}
	})
}
