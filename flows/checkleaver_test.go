package flows

import (
	"strings"
	"testing"
	"time"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// tomLeaves is the leaver of the examples.
func tomLeaves(change func(*PeopleEvent)) PeopleEvent {
	e := PeopleEvent{
		Kind: LeaverEvent, Site: "London", LastDay: "2026-12-18",
		Subject: Person{ID: "00000000-0000-4000-a000-000000000003", Name: "Tom Hughes", UPN: "tom.hughes@larkfield.example"},
	}
	if change != nil {
		change(&e)
	}
	return e
}

func TestCheckLeaver(t *testing.T) {
	p, _ := sandboxPolicy(t)
	tests := map[string]struct {
		change func(*PeopleEvent)
		want   map[string]string
	}{
		"right": {nil, nil},
		"everything": {func(e *PeopleEvent) {
			e.LastTime, e.Reply, e.Notes, e.Successor = "16:00", "Gone.", "By agreement.", Person{ID: "00000000-0000-4000-a000-000000000008"}
		}, nil},
		"nothing":              {func(e *PeopleEvent) { *e = PeopleEvent{} }, map[string]string{"subject": "Choose who leaves.", "last_day": "Choose the last working day."}},
		"urgent":               {func(e *PeopleEvent) { e.Urgent, e.LastDay = true, "2026-11-23" }, nil},
		"urgent, no day":       {func(e *PeopleEvent) { e.Urgent, e.LastDay, e.LastTime = true, "", "" }, nil},
		"urgent nobody":        {func(e *PeopleEvent) { e.Urgent, e.Subject = true, Person{} }, map[string]string{"subject": "Choose who leaves."}},
		"no date":              {func(e *PeopleEvent) { e.LastDay = "Friday" }, map[string]string{"last_day": "This is not a date. Write it like 2027-01-05."}},
		"today":                {func(e *PeopleEvent) { e.LastDay = "2026-11-23" }, nil},
		"back-dated":           {func(e *PeopleEvent) { e.LastDay = "2026-11-09" }, nil},
		"long ago":             {func(e *PeopleEvent) { e.LastDay = "2026-11-08" }, map[string]string{"last_day": "Sun 8 November 2026 is more than 14 days ago. Check the year, or ask IT to do this by hand."}},
		"two years away":       {func(e *PeopleEvent) { e.LastDay = "2028-11-23" }, nil},
		"farther":              {func(e *PeopleEvent) { e.LastDay = "2028-11-24" }, map[string]string{"last_day": "Fri 24 November 2028 is more than 2 years away. Check the year."}},
		"no time":              {func(e *PeopleEvent) { e.LastTime = "5pm" }, map[string]string{"last_time": "This is not a time of day. Write it like 17:30, or leave it empty for closing time."}},
		"no such time":         {func(e *PeopleEvent) { e.LastTime = "24:00" }, map[string]string{"last_time": "This is not a time of day. Write it like 17:30, or leave it empty for closing time."}},
		"own successor":        {func(e *PeopleEvent) { e.Successor = e.Subject }, map[string]string{"successor": "Somebody else must take over."}},
		"no site":              {func(e *PeopleEvent) { e.Site = "" }, nil},
		"unknown site":         {func(e *PeopleEvent) { e.Site = "York" }, map[string]string{"site": "There is no site of this name. Choose one from the list."}},
		"a reply of pages":     {func(e *PeopleEvent) { e.Reply = strings.Repeat("é", 2001) }, map[string]string{"reply": "Write at most 2000 characters; this is 2001."}},
		"a reply just fits":    {func(e *PeopleEvent) { e.Reply = strings.Repeat("é", 2000) }, nil},
		"a hold":               {func(e *PeopleEvent) { e.Hold, e.HoldUntil = "Claim 17", "2027-06-30" }, nil},
		"a hold without a day": {func(e *PeopleEvent) { e.Hold = "Claim 17" }, nil},
		"a day and no hold":    {func(e *PeopleEvent) { e.HoldUntil = "2027-06-30" }, map[string]string{"hold": "Write why the data are kept, such as a legal claim, or clear the day below."}},
		"a hold of pages":      {func(e *PeopleEvent) { e.Hold = strings.Repeat("h", 201) }, map[string]string{"hold": "Write at most 200 characters; this is 201."}},
		"a hold until no date": {func(e *PeopleEvent) { e.Hold, e.HoldUntil = "Claim 17", "summer" }, map[string]string{"hold_until": "This is not a date. Write it like 2027-06-30, or leave it empty."}},
		"a hold that is over":  {func(e *PeopleEvent) { e.Hold, e.HoldUntil = "Claim 17", "2026-11-23" }, map[string]string{"hold_until": "Mon 23 November 2026 has come already. Choose a later day, or leave it empty."}},
		"a hold before it":     {func(e *PeopleEvent) { e.Hold, e.HoldUntil = "Claim 17", "2026-12-17" }, map[string]string{"hold_until": "The hold would be looked at before the last day. Choose a later day, or leave it empty."}},
		"a hold for ever":      {func(e *PeopleEvent) { e.Hold, e.HoldUntil = "Claim 17", "2126-11-23" }, map[string]string{"hold_until": "That is more than ten years away. Check the year."}},
		"urgent with a hold": {func(e *PeopleEvent) {
			e.Urgent, e.LastDay, e.Hold, e.HoldUntil = true, "2026-12-24", "Claim 17", "2026-12-01"
		}, nil},
		"long notes": {func(e *PeopleEvent) { e.Notes = strings.Repeat("n", 1001) }, map[string]string{"notes": "Write at most 1000 characters; this is 1001."}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := CheckLeaver(tomLeaves(tt.change), p, "2026-11-23")
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The exit is a wall-clock time at the site; where the clock goes back, the first of the two (edge case 32).
func TestExit(t *testing.T) {
	london := Site{TimeZone: "Europe/London", Closes: "17:30"}
	for name, tt := range map[string]struct {
		day  Date
		at   string
		site Site
		want string
	}{
		"closing time":           {"2026-12-18", "", london, "2026-12-18T17:30:00Z"},
		"closing time in summer": {"2026-07-10", "", london, "2026-07-10T16:30:00Z"},
		"a time":                 {"2026-12-18", "12:00", london, "2026-12-18T12:00:00Z"},
		"another zone":           {"2026-12-18", "", Site{TimeZone: "America/New_York", Closes: "16:00"}, "2026-12-18T21:00:00Z"},
		"a site without times":   {"2026-12-18", "", Site{TimeZone: "UTC"}, "2026-12-18T17:30:00Z"},
		"the clock goes back":    {"2026-10-25", "01:30", london, "2026-10-25T00:30:00Z"},
		"the clock goes forward": {"2026-03-29", "01:30", london, "2026-03-29T01:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := PeopleEvent{LastDay: tt.day, LastTime: tt.at}.Exit(texts.Language{}, tt.site)
			if err != nil || got.UTC().Format(time.RFC3339) != tt.want {
				t.Errorf("exit %s (%v), want %s", got.UTC().Format(time.RFC3339), err, tt.want)
			}
		})
	}
	for name, e := range map[string]PeopleEvent{"no day": {}, "no date": {LastDay: "soon"}} {
		if at, err := e.Exit(texts.Language{}, london); err == nil {
			t.Errorf("%s: exit at %s", name, at)
		}
	}
	if at, err := (PeopleEvent{LastDay: "2026-12-18"}).Exit(texts.Language{}, Site{TimeZone: "Mars/Olympus"}); err == nil {
		t.Errorf("unknown zone: exit at %s", at)
	}
}

func TestIsProtected(t *testing.T) {
	p := &Policy{Leaver: Leaver{Protected: []string{"Break.Glass@larkfield.example", "00000000-0000-4000-A000-000000000040"}}}
	for name, tt := range map[string]struct {
		account Account
		want    bool
	}{
		"by sign-in name":          {Account{ID: "x", UPN: "break.glass@larkfield.example"}, true},
		"by object id":             {Account{ID: "00000000-0000-4000-a000-000000000040", UPN: "gadmin@larkfield.example"}, true},
		"somebody else":            {Account{ID: "00000000-0000-4000-a000-000000000003", UPN: "tom.hughes@larkfield.example"}, false},
		"the beginning of a name":  {Account{ID: "y", UPN: "break.glass@larkfield.example.test"}, false},
		"an account without names": {Account{}, false},
	} {
		if got := p.IsProtected(tt.account); got != tt.want {
			t.Errorf("%s: protected %t", name, got)
		}
	}
	if (&Policy{Leaver: Leaver{Protected: []string{""}}}).IsProtected(Account{}) {
		t.Error("an empty line protects an empty account")
	}
}
