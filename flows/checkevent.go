package flows

import (
	"fmt"
	"strings"
	"unicode"

	"muster/flows/texts"
)

// Lengths that Entra accepts (Microsoft Graph, user resource); notes are ours and end up on cards.
const (
	maxGiven      = 64
	maxCostCentre = 64
	maxEmail      = 254
	maxNotes      = 1000
)

// farStartYears is how far ahead a start date may lie: farther is a slip of the keyboard.
const farStartYears = 2

// The kinds of employment.
const (
	employee   = "employee"
	contractor = "contractor"
)

// CheckEvent says what is wrong with an event as HR wrote it: field id of the form -> one short sentence; empty when nothing is. It asks
// no directory.
func CheckEvent(e PeopleEvent, p *Policy, today Date) map[string]string {
	problems := map[string]string{}
	say := func(field, text string) {
		if problems[field] == "" {
			problems[field] = text
		}
	}
	checkNames(p.Lang(), e, say)
	if e.Job == "" {
		say("job", p.Lang().Say("Choose the job."))
	} else if _, ok := p.Jobs[e.Job]; !ok {
		say("job", p.Lang().Say("There is no job profile of this name. Choose one from the list."))
	}
	if e.Site == "" {
		say("site", p.Lang().Say("Choose the site."))
	} else if _, ok := p.Sites[e.Site]; !ok {
		say("site", p.Lang().Say("There is no site of this name. Choose one from the list."))
	}
	checkDates(p.Lang(), e, p.Limits.LateDays, today, say)
	if e.Manager.ID == "" {
		say("manager", p.Lang().Say("Choose the manager."))
	}
	if e.PersonalEmail != "" && (len(e.PersonalEmail) > maxEmail || !isSignIn(e.PersonalEmail)) {
		say("personal_email", p.Lang().Say("This is not an e-mail address. Correct it, or leave it empty."))
	}
	if n := length(e.CostCentre); n > maxCostCentre {
		say("cost_centre", p.Lang().Say("Write at most %d characters; this is %d.", maxCostCentre, n))
	}
	if n := length(e.Notes); n > maxNotes {
		say("notes", p.Lang().Say("Write at most %d characters; this is %d.", maxNotes, n))
	}
	return problems
}

func checkNames(lang texts.Language, e PeopleEvent, say func(field, text string)) {
	for _, f := range []struct{ field, value, missing string }{
		{"given", e.Given, lang.Say("Write the first name.")},
		{"surname", e.Surname, lang.Say("Write the surname.")},
	} {
		switch {
		case strings.TrimSpace(f.value) == "":
			say(f.field, lang.Say("%s", f.missing))
		case length(f.value) > maxGiven:
			say(f.field, lang.Say("Write at most %d characters; this is %d.", maxGiven, length(f.value)))
		case !isName(f.value):
			say(f.field, lang.Say("A name has letters, spaces, hyphens, apostrophes and dots only."))
		case asciiName(f.value) == "":
			say(f.field, lang.Say("Write the name in Latin letters too: the sign-in name is made from it."))
		}
	}
}

func checkDates(lang texts.Language, e PeopleEvent, late int, today Date, say func(field, text string)) {
	_, errStart := ParseDate(lang, string(e.Start))
	switch {
	case e.Start == "":
		say("start", lang.Say("Choose the first working day."))
	case errStart != nil:
		say("start", lang.Say("This is not a date. Write it like 2027-01-05."))
	case e.Start.Before(today.AddDays(-late)):
		say("start", lang.Say("%s is more than %s ago. Check the year, or ask IT to do this by hand.", e.Start.Say(lang), count(lang, late, "day")))
	case DateOf(today.Time().AddDate(farStartYears, 0, 0)).Before(e.Start):
		say("start", lang.Say("%s is more than %s away. Check the year.", e.Start.Say(lang), count(lang, farStartYears, "year")))
	}
	switch e.Employment {
	case employee:
		if e.End != "" {
			say("end", lang.Say("Only contractors have an end date. Clear it, or choose contractor."))
		}
		return
	case contractor:
	case "":
		say("employment", lang.Say("Choose employee or contractor."))
	default:
		say("employment", lang.Say("This is neither employee nor contractor."))
	}
	_, errEnd := ParseDate(lang, string(e.End))
	switch {
	case e.End == "" && e.Employment == contractor:
		say("end", lang.Say("A contractor needs an end date."))
	case e.End == "":
	case errEnd != nil:
		say("end", lang.Say("This is not a date. Write it like 2027-06-30."))
	case errStart == nil && e.End.Before(e.Start):
		say("end", lang.Say("The end date is before the start date."))
	case e.End.Before(today):
		say("end", lang.Say("The end date has passed."))
	}
}

// isName accepts what names are written with in any script.
func isName(s string) bool {
	letters := false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters = true
		case unicode.IsMark(r), unicode.Is(unicode.Pd, r), strings.ContainsRune(" '’ʼ.", r):
		default:
			return false
		}
	}
	return letters
}

func length(s string) int { return len([]rune(s)) }

// count writes a number with its noun: "1 day", "14 days".
func count(lang texts.Language, n int, noun string) string {
	if n == 1 {
		return "1 " + lang.Word(noun)
	}
	return fmt.Sprintf("%d %s", n, lang.Word(noun+"s"))
}
