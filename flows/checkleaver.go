package flows

import (
	"fmt"
	"strings"
	"time"

	"muster/flows/texts"
)

// maxReply is how long an automatic reply may be: far more than anybody reads.
const maxReply = 2000

// CheckLeaver says what is wrong with a leaver's event as HR wrote it: field id of the form -> one short sentence; empty when nothing is.
// It asks no directory. The last day may have passed by as many days as a start date may (edge case 35). An urgent exit is now, so its day
// and time are not looked at. A site may be left out: the account's office says it.
func CheckLeaver(e PeopleEvent, p *Policy, today Date) map[string]string {
	problems := map[string]string{}
	say := func(field, text string) { problems[field] = text }
	if e.Subject.ID == "" {
		say("subject", p.Lang().Say("Choose who leaves."))
	}
	if !e.Urgent {
		checkLastDay(p.Lang(), e.LastDay, p.Limits.LateDays, today, say)
		if _, _, ok := readClock(e.LastTime); e.LastTime != "" && !ok {
			say("last_time", p.Lang().Say("This is not a time of day. Write it like 17:30, or leave it empty for closing time."))
		}
	}
	checkHold(p.Lang(), e, today, say)
	if e.Successor.ID != "" && e.Successor.ID == e.Subject.ID {
		say("successor", p.Lang().Say("Somebody else must take over."))
	}
	if _, ok := p.Sites[e.Site]; e.Site != "" && !ok {
		say("site", p.Lang().Say("There is no site of this name. Choose one from the list."))
	}
	if n := length(e.Reply); n > maxReply {
		say("reply", p.Lang().Say("Write at most %d characters; this is %d.", maxReply, n))
	}
	if n := length(e.Notes); n > maxNotes {
		say("notes", p.Lang().Say("Write at most %d characters; this is %d.", maxNotes, n))
	}
	return problems
}

func checkLastDay(lang texts.Language, day Date, late int, today Date, say func(field, text string)) {
	_, err := ParseDate(lang, string(day))
	switch {
	case day == "":
		say("last_day", lang.Say("Choose the last working day."))
	case err != nil:
		say("last_day", lang.Say("This is not a date. Write it like 2027-01-05."))
	case day.Before(today.AddDays(-late)):
		say("last_day", lang.Say("%s is more than %s ago. Check the year, or ask IT to do this by hand.", day.Say(lang), count(lang, late, "day")))
	case DateOf(today.Time().AddDate(farStartYears, 0, 0)).Before(day):
		say("last_day", lang.Say("%s is more than %s away. Check the year.", day.Say(lang), count(lang, farStartYears, "year")))
	}
}

// Exit is the instant at which the sign-in of a leaver ends: the last day at its last time, or when the site closes. A time that a clock
// change repeats is the first of the two (edge case 32). It fails when the day or the site's zone is no such thing. An urgent exit has no
// such instant: it is when the second person confirms.
func (e PeopleEvent) Exit(lang texts.Language, s Site) (time.Time, error) {
	if _, err := ParseDate(lang, string(e.LastDay)); err != nil {
		return time.Time{}, fmt.Errorf("read last day: %w", err)
	}
	loc, err := s.Location()
	if err != nil {
		return time.Time{}, err
	}
	hour, minute := clockOr(orElse(e.LastTime, s.Closes), closesDefault)
	return e.LastDay.At(loc, hour, minute), nil
}

// IsProtected reports whether the policy keeps Muster from ever touching an account, as with break-glass accounts.
func (p *Policy) IsProtected(a Account) bool {
	for _, who := range p.Leaver.Protected {
		if who != "" && (strings.EqualFold(who, string(a.ID)) || strings.EqualFold(who, a.UPN)) {
			return true
		}
	}
	return false
}
