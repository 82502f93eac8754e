package hr

import (
	"strings"
	"unicode"

	"muster/flows"
)

// field is what a column holds: the id of the form's field, or one of those that follow.
type field string

const (
	wholeName  field = "name" // first name and surname in one; of a leaver who it is
	signInName field = "upn"  // of a leaver
	given      field = "given"
	surname    field = "surname"
	job        field = "job"
	site       field = "site"
	start      field = "start"
	employment field = "employment"
	end        field = "end"
	manager    field = "manager"
	email      field = "personal_email"
	costCentre field = "cost_centre"
	notes      field = "notes"
	lastDay    field = "last_day"
	lastTime   field = "last_time"
	successor  field = "successor"
)

// heading gives the words of each column's heading, in the order in which fields are told to people. Case, spaces, hyphens, underscores
// and what stands in brackets do not matter.
var headings = []struct {
	field field
	say   string // how a sentence names it
	words []string
}{
	{wholeName, "name", []string{"name", "full name", "employee name", "display name", "employee", "person", "who", "starter", "new starter", "leaver", "leaver name"}},
	{given, "first name", []string{"first name", "first names", "firstname", "given name", "given names", "given", "forename", "forenames", "christian name"}},
	{surname, "surname", []string{"surname", "last name", "lastname", "family name"}},
	{signInName, "sign-in name", []string{"upn", "user principal name", "sign in name", "username", "user name", "login", "account", "work e mail", "work email", "company e mail", "company email"}},
	{job, "job", []string{"job", "job title", "job profile", "job role", "title", "role", "position", "post", "profile"}},
	{site, "site", []string{"site", "office", "location", "place of work", "work location", "branch", "based in"}},
	{start, "first day", []string{"start", "start date", "starting date", "starts", "starts on", "first day", "first working day", "hire date", "joining date", "date of joining", "join date", "commencement date"}},
	{manager, "manager", []string{"manager", "line manager", "reports to", "reporting to", "reporting manager", "manager name", "supervisor", "manager upn", "manager e mail", "manager email"}},
	{employment, "employment", []string{"employment", "employment type", "employment status", "contract type", "worker type", "contract", "type"}},
	{end, "end date", []string{"end", "end date", "contract end", "contract end date", "ends", "until", "end of contract"}},
	{email, "personal e-mail", []string{"personal e mail", "personal email", "private e mail", "private email", "home e mail", "home email", "e mail", "email", "e mail address", "email address"}},
	{costCentre, "cost centre", []string{"cost centre", "cost center", "cost code", "costcentre"}},
	{lastDay, "last day", []string{"last day", "last working day", "leaving date", "leave date", "leaves", "leaves on", "termination date", "exit date", "date of leaving"}},
	{lastTime, "time", []string{"time", "last time", "leaving time", "exit time", "sign in ends"}},
	{successor, "successor", []string{"successor", "hand over to", "handover to", "takes over", "hands over to", "taken over by"}},
	{notes, "notes", []string{"notes", "note", "comment", "comments", "remarks", "remark"}},
}

// said is how a sentence names a field.
func (f field) said() string {
	for _, h := range headings {
		if h.field == f {
			return h.say
		}
	}
	return string(f)
}

// fieldOf is what a column of this heading holds; "" when it is not one we know.
func fieldOf(heading string) field {
	want := bare(heading)
	if want == "" {
		return ""
	}
	for _, h := range headings {
		for _, w := range h.words {
			if w == want {
				return h.field
			}
		}
	}
	return ""
}

// bare is a heading without what does not matter.
func bare(s string) string {
	if before, _, ok := strings.Cut(s, "("); ok {
		s = before
	}
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, " ")
}

// kindOf tells a list of starters from one of leavers by its columns; "" when it is neither.
func kindOf(cols map[int]field) flows.EventKind {
	has := map[field]bool{}
	for _, f := range cols {
		has[f] = true
	}
	named := has[wholeName] || has[given] && has[surname] || has[signInName]
	switch {
	case !named:
		return ""
	case has[start] || has[job] && !has[lastDay]:
		return flows.JoinerEvent
	case has[lastDay] || has[signInName] || has[end]:
		return flows.LeaverEvent
	}
	return ""
}
