package flows

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// priya is the joiner of the examples.
func priya(change func(*PeopleEvent)) PeopleEvent {
	e := PeopleEvent{
		Kind: JoinerEvent, Given: "Priya", Surname: "Patel", Job: "Account Manager", Site: "London", Start: "2027-01-05", Employment: employee,
		Manager: Person{ID: "00000000-0000-4000-a000-000000000003", Name: "Tom Hughes", UPN: "tom.hughes@larkfield.example"},
	}
	if change != nil {
		change(&e)
	}
	return e
}

func TestCheckEvent(t *testing.T) {
	p, _ := sandboxPolicy(t)
	tests := map[string]struct {
		change func(*PeopleEvent)
		want   map[string]string
	}{
		"right": {nil, nil},
		"everything": {func(e *PeopleEvent) {
			e.Employment, e.End, e.PersonalEmail, e.CostCentre, e.Notes = contractor, "2027-06-30", "priya@mail.example", "4711", "Parks her bike."
		}, nil},
		"nothing": {func(e *PeopleEvent) { *e = PeopleEvent{} }, map[string]string{
			"given": "Write the first name.", "surname": "Write the surname.", "job": "Choose the job.", "site": "Choose the site.",
			"start": "Choose the first working day.", "employment": "Choose employee or contractor.", "manager": "Choose the manager.",
		}},
		"names of spaces": {func(e *PeopleEvent) { e.Given, e.Surname = " ", "\t" }, map[string]string{"given": "Write the first name.", "surname": "Write the surname."}},
		"a name with markup": {func(e *PeopleEvent) { e.Given = "<b>Priya</b>" }, map[string]string{
			"given": "A name has letters, spaces, hyphens, apostrophes and dots only.",
		}},
		"a number as name":    {func(e *PeopleEvent) { e.Surname = "4" }, map[string]string{"surname": "A name has letters, spaces, hyphens, apostrophes and dots only."}},
		"a line as name":      {func(e *PeopleEvent) { e.Surname = "Pa\ntel" }, map[string]string{"surname": "A name has letters, spaces, hyphens, apostrophes and dots only."}},
		"accents":             {func(e *PeopleEvent) { e.Given, e.Surname = "Zoë-Élodie", "d’Ångström St. John" }, nil},
		"another script":      {func(e *PeopleEvent) { e.Given = "Приya" }, nil},
		"only another script": {func(e *PeopleEvent) { e.Given = "Прия" }, map[string]string{"given": "Write the name in Latin letters too: the sign-in name is made from it."}},
		"a long given name":   {func(e *PeopleEvent) { e.Given = strings.Repeat("é", 65) }, map[string]string{"given": "Write at most 64 characters; this is 65."}},
		"a name just fits":    {func(e *PeopleEvent) { e.Given, e.Surname = strings.Repeat("é", 64), strings.Repeat("x", 64) }, nil},
		"unknown job":         {func(e *PeopleEvent) { e.Job = "Wizard" }, map[string]string{"job": "There is no job profile of this name. Choose one from the list."}},
		"unknown site":        {func(e *PeopleEvent) { e.Site = "York" }, map[string]string{"site": "There is no site of this name. Choose one from the list."}},
		"start is no date":    {func(e *PeopleEvent) { e.Start = "5 January" }, map[string]string{"start": "This is not a date. Write it like 2027-01-05."}},
		"start today":         {func(e *PeopleEvent) { e.Start = "2026-11-23" }, nil},
		"late notice":         {func(e *PeopleEvent) { e.Start = "2026-11-09" }, nil},
		"too late":            {func(e *PeopleEvent) { e.Start = "2026-11-08" }, map[string]string{"start": "Sun 8 November 2026 is more than 14 days ago. Check the year, or ask IT to do this by hand."}},
		"two years away":      {func(e *PeopleEvent) { e.Start = "2028-11-23" }, nil},
		"farther":             {func(e *PeopleEvent) { e.Start = "2028-11-24" }, map[string]string{"start": "Fri 24 November 2028 is more than 2 years away. Check the year."}},
		"employee who ends":   {func(e *PeopleEvent) { e.End = "2027-06-30" }, map[string]string{"end": "Only contractors have an end date. Clear it, or choose contractor."}},
		"contractor":          {func(e *PeopleEvent) { e.Employment, e.End = contractor, "2027-01-05" }, nil},
		"contractor for ever": {func(e *PeopleEvent) { e.Employment = contractor }, map[string]string{"end": "A contractor needs an end date."}},
		"end is no date":      {func(e *PeopleEvent) { e.Employment, e.End = contractor, "soon" }, map[string]string{"end": "This is not a date. Write it like 2027-06-30."}},
		"end before start":    {func(e *PeopleEvent) { e.Employment, e.End = contractor, "2027-01-04" }, map[string]string{"end": "The end date is before the start date."}},
		"ended already":       {func(e *PeopleEvent) { e.Employment, e.Start, e.End = contractor, "2026-11-16", "2026-11-20" }, map[string]string{"end": "The end date has passed."}},
		"neither":             {func(e *PeopleEvent) { e.Employment = "robot" }, map[string]string{"employment": "This is neither employee nor contractor."}},
		"e-mail":              {func(e *PeopleEvent) { e.PersonalEmail = "priya at mail" }, map[string]string{"personal_email": "This is not an e-mail address. Correct it, or leave it empty."}},
		"two e-mails":         {func(e *PeopleEvent) { e.PersonalEmail = "a@mail.example, b@mail.example" }, map[string]string{"personal_email": "This is not an e-mail address. Correct it, or leave it empty."}},
		"long cost centre":    {func(e *PeopleEvent) { e.CostCentre = strings.Repeat("7", 65) }, map[string]string{"cost_centre": "Write at most 64 characters; this is 65."}},
		"long notes":          {func(e *PeopleEvent) { e.Notes = strings.Repeat("n", 1001) }, map[string]string{"notes": "Write at most 1000 characters; this is 1001."}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := CheckEvent(priya(tt.change), p, "2026-11-23")
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindJobsAndSites(t *testing.T) {
	p, _ := sandboxPolicy(t)
	tests := map[string]struct {
		find func(string) []string
		text string
		want string
	}{
		"exact":                    {p.FindJobs, "Account Manager", "Account Manager"},
		"capitals and spaces":      {p.FindJobs, "  account   MANAGER ", "Account Manager"},
		"another word":             {p.FindJobs, "bookkeeper", "Finance Assistant"},
		"beginning":                {p.FindJobs, "ware", "Warehouse Operative"},
		"beginning of a word":      {p.FindJobs, "account e", "Account Manager"},
		"beginning of two":         {p.FindJobs, "acc", "Account Manager,Finance Assistant"},
		"not a beginning":          {p.FindJobs, "manager", ""},
		"nothing":                  {p.FindJobs, " ", ""},
		"more than a name":         {p.FindJobs, "Account Manager two", ""},
		"site":                     {p.FindSites, "london", "London"},
		"beginning of both sites":  {p.FindSites, "l", "Leeds,London"},
		"beginning of one of them": {p.FindSites, "le", "Leeds"},
		"no site":                  {p.FindSites, "York", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(tt.find(tt.text), ","); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
