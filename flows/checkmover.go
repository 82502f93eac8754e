package flows

import (
	"strings"
)

// CheckMover says what is wrong with a move as HR wrote it: field id of the form -> one short sentence; empty when nothing is. It asks no
// directory. A site may be left out: the account's office says it.
func CheckMover(e PeopleEvent, p *Policy, today Date) map[string]string {
	problems := map[string]string{}
	say := func(field, text string) { problems[field] = text }
	if e.Subject.ID == "" {
		say("subject", p.Lang().Say("Choose who moves."))
	}
	if _, ok := p.Jobs[e.Job]; !ok {
		say("job", p.Lang().Say("Choose the new job."))
	}
	switch {
	case e.Manager.ID == "":
		say("manager", p.Lang().Say("Please choose the new manager."))
	case e.Manager.ID == e.Subject.ID:
		say("manager", p.Lang().Say("Somebody else must be the manager."))
	}
	if _, ok := p.Sites[e.Site]; e.Site != "" && !ok {
		say("site", p.Lang().Say("There is no site of this name. Choose one from the list."))
	}
	_, err := ParseDate(p.Lang(), string(e.Start))
	switch {
	case e.Start == "":
		say("start", p.Lang().Say("Choose the day of the change."))
	case err != nil:
		say("start", p.Lang().Say("This is not a date. Write it like 2027-01-05."))
	case e.Start.Before(today.AddDays(-p.Limits.LateDays)):
		say("start", p.Lang().Say("%s is more than %s ago. Check the year, or ask IT to do this by hand.", e.Start.Say(p.Lang()), count(p.Lang(), p.Limits.LateDays, "day")))
	case DateOf(today.Time().AddDate(farStartYears, 0, 0)).Before(e.Start):
		say("start", p.Lang().Say("%s is more than %s away. Check the year.", e.Start.Say(p.Lang()), count(p.Lang(), farStartYears, "year")))
	}
	if _, err := ParseDate(p.Lang(), string(e.End)); e.End != "" {
		switch {
		case err != nil:
			say("end", p.Lang().Say("This is not a date. Write it like 2027-06-30."))
		case e.End.Before(today):
			say("end", p.Lang().Say("%s has passed. Check the date.", e.End.Say(p.Lang())))
		case e.Start != "" && !e.Start.Before(e.End):
			say("end", p.Lang().Say("The secondment must end after it begins."))
		case DateOf(today.Time().AddDate(farStartYears+5, 0, 0)).Before(e.End):
			say("end", p.Lang().Say("%s is very far away. Check the year.", e.End.Say(p.Lang())))
		}
	}
	if e.Handover < 0 || e.Handover > mostHandover {
		say("handover_days", p.Lang().Say("Write a number of working days from 0 to %d.", mostHandover))
	}
	if n := length(e.CostCentre); n > maxDepartment {
		say("cost_centre", p.Lang().Say("Write at most %d characters; this is %d.", maxDepartment, n))
	}
	if strings.ContainsAny(e.CostCentre, "\n\r") {
		say("cost_centre", p.Lang().Say("Write the cost centre on one line."))
	}
	if n := length(e.Notes); n > maxNotes {
		say("notes", p.Lang().Say("Write at most %d characters; this is %d.", maxNotes, n))
	}
	return problems
}
