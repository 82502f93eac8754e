package hr

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"muster/flows"
	"muster/flows/texts"
)

func TestReadPopulation(t *testing.T) {
	const today flows.Date = "2026-11-23"
	for name, tt := range map[string]struct {
		csv  string
		want []flows.HRPerson
		say  string
	}{
		"a payroll's": {
			csv: "Staff list of November\nEmployee No;First name;Surname;E-mail;Start date;Leaving date;Job title;Line manager\n1001;Ann;Lee;ann.lee@larkfield.example;2020-01-06;;Clerk;Tom Hughes\n\n1002;Bo;Ray;;05/01/1998;13 November 2026;;\n",
			want: []flows.HRPerson{
				{Line: 3, EmployeeID: "1001", Address: "ann.lee@larkfield.example", Name: "Ann Lee", Given: "Ann", Surname: "Lee", Start: "2020-01-06", Job: "Clerk", Manager: "Tom Hughes"},
				{Line: 5, EmployeeID: "1002", Name: "Bo Ray", Given: "Bo", Surname: "Ray", Start: "1998-01-05", Left: "2026-11-13"},
			},
		},
		"names alone":    {csv: "Name,Phone\nAnn Lee,1\n", want: []flows.HRPerson{{Line: 2, Name: "Ann Lee"}}},
		"a bad date":     {csv: "Name,Left\nAnn Lee,soon\n", want: []flows.HRPerson{{Line: 2, Name: "Ann Lee", Problem: "some"}}},
		"a row of none":  {csv: "Name,Left\n,2026-11-13\n", want: []flows.HRPerson{{Line: 2, Left: "2026-11-13", Problem: "The row names nobody."}}},
		"no headings":    {csv: "Ann Lee\nBo Ray\n", say: "I do not find the headings"},
		"nobody":         {csv: "Name,Left\n", say: "There is nobody on the list"},
		"an empty file":  {say: "I do not find the headings"},
		"far too many":   {csv: "Name\n" + strings.Repeat("Ann Lee\n", mostPopulation+1), say: "more than 50000 people"},
		"not in letters": {csv: "Name\n\xff\xfa\n", say: "not in UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadPopulation(texts.Language{}, "people.csv", []byte(tt.csv), today)
			if tt.say != "" {
				if flows.CodeOf(err) != flows.Invalid || !strings.Contains(flows.SayOf(err), tt.say) {
					t.Errorf("%v", err)
				}
				return
			}
			for i := range got {
				if i < len(tt.want) && tt.want[i].Problem == "some" && got[i].Problem != "" {
					got[i].Problem = "some"
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
	for _, name := range []string{"people.pdf", "people.xls", "people", "people.xlsx"} {
		if _, err := ReadPopulation(texts.Language{}, name, []byte("Name\nAnn Lee\n"), today); flows.CodeOf(err) != flows.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadPopulation(texts.Language{}, "people.csv", make([]byte, MostPopulationBytes+1), today); flows.CodeOf(err) != flows.Invalid {
		t.Errorf("a large file: %v", err)
	}
}

// A spreadsheet of as many people as may be is read whole, with its dates as days.
func TestReadPopulationSheet(t *testing.T) {
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	rows := func(at int, cells ...any) {
		if err := w.SetRow(fmt.Sprintf("A%d", at), cells); err != nil {
			t.Fatal(err)
		}
	}
	rows(1, "Employee ID", "Name", "Start", "Left")
	rows(2, 1001, "Ann Lee", 33970, 46339) // 1 January 1993, 13 November 2026
	for i := 3; i <= mostPopulation+1; i++ {
		rows(i, i, "Bo Ray")
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPopulation(texts.Language{}, "people.xlsx", b.Bytes(), "2026-11-23")
	if err != nil || len(got) != mostPopulation {
		t.Fatalf("%d people, %v", len(got), err)
	}
	if want := (flows.HRPerson{Line: 2, EmployeeID: "1001", Name: "Ann Lee", Start: "1993-01-01", Left: "2026-11-13"}); got[0] != want {
		t.Errorf("%+v", got[0])
	}
}
