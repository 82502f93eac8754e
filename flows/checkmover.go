package flows

import (
	"fmt"
	"strings"
)

// CheckMover says what is wrong with a move as HR wrote it: field id of the form -> one short sentence; empty when nothing is. It asks no
// directory. A site may be left out: the account's office says it.
func CheckMover(e PeopleEvent, p *Policy, today Date) map[string]string {
	problems := map[string]string{}
	say := func(field, format string, args ...any) { problems[field] = fmt.Sprintf(format, args...) }
	if e.Subject.ID == "" {
		say("subject", "Choose who moves.")
	}
	if _, ok := p.Jobs[e.Job]; !ok {
		say("job", "Choose the new job.")
	}
	switch {
	case e.Manager.ID == "":
		say("manager", "Please choose the new manager.")
	case e.Manager.ID == e.Subject.ID:
		say("manager", "Somebody else must be the manager.")
	}
	if _, ok := p.Sites[e.Site]; e.Site != "" && !ok {
		say("site", "There is no site of this name. Choose one from the list.")
	}
	_, err := ParseDate(string(e.Start))
	switch {
	case e.Start == "":
		say("start", "Choose the day of the change.")
	case err != nil:
		say("start", "This is not a date. Write it like 2027-01-05.")
	case e.Start.Before(today.AddDays(-p.Limits.LateDays)):
		say("start", "%s is more than %s ago. Check the year, or ask IT to do this by hand.", e.Start.Say(), count(p.Limits.LateDays, "day"))
	case DateOf(today.Time().AddDate(farStartYears, 0, 0)).Before(e.Start):
		say("start", "%s is more than %s away. Check the year.", e.Start.Say(), count(farStartYears, "year"))
	}
	if _, err := ParseDate(string(e.End)); e.End != "" {
		switch {
		case err != nil:
			say("end", "This is not a date. Write it like 2027-06-30.")
		case e.End.Before(today):
			say("end", "%s has passed. Check the date.", e.End.Say())
		case e.Start != "" && !e.Start.Before(e.End):
			say("end", "The secondment must end after it begins.")
		case DateOf(today.Time().AddDate(farStartYears+5, 0, 0)).Before(e.End):
			say("end", "%s is very far away. Check the year.", e.End.Say())
		}
	}
	if e.Handover < 0 || e.Handover > mostHandover {
		say("handover_days", "Write a number of working days from 0 to %d.", mostHandover)
	}
	if n := length(e.CostCentre); n > maxDepartment {
		say("cost_centre", "Write at most %d characters; this is %d.", maxDepartment, n)
	}
	if strings.ContainsAny(e.CostCentre, "\n\r") {
		say("cost_centre", "Write the cost centre on one line.")
	}
	if n := length(e.Notes); n > maxNotes {
		say("notes", "Write at most %d characters; this is %d.", maxNotes, n)
	}
	return problems
}
