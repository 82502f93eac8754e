package cards

import (
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// when writes an instant as people at the site say it: "Tue 5 Jan 2027, 09:00 (London)".
func when(lang texts.Language, t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return lang.Time(t.In(loc), "Mon 2 Jan 2006, 15:04") + " (" + place(loc) + ")"
}

// short is when for rows of a list whose heading names the place.
func short(lang texts.Language, t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return lang.Time(t.In(loc), "Mon 2 Jan, 15:04")
}

// capital begins a sentence with words of ours, such as "you" or "no steps"; a name stays as it is written.
func capital(lang texts.Language, s string) string {
	if s == lang.Say("you") || strings.HasPrefix(s, lang.Say("no ")) {
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

// place is the town in a zone's name: "London" for Europe/London.
func place(loc *time.Location) string {
	name := loc.String()
	return strings.ReplaceAll(name[strings.LastIndex(name, "/")+1:], "_", " ")
}

// past reports whether the whole day is over at the place.
func past(d flows.Date, now time.Time, loc *time.Location) bool {
	return d != "" && d.Before(flows.DateOf(now.In(loc)))
}

// orUTC is a zone, or UTC where none is known.
func orUTC(loc *time.Location) *time.Location {
	if loc == nil {
		return time.UTC
	}
	return loc
}

// zone is the site's location in the policy; UTC while no site is chosen.
func zone(p *flows.Policy, site string) *time.Location {
	loc, err := time.LoadLocation(p.Sites[site].TimeZone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// date writes a date as people say it: "Tue 5 January 2027".
func date(lang texts.Language, d flows.Date) string {
	if d == "" {
		return ""
	}
	return lang.Time(d.Time(), "Mon 2 January 2006")
}
