package flows

import (
	"time"

	"muster/flows/texts"
)

// Date is a calendar day without a zone, as people mean it: "2027-01-05". Empty means not given.
// A last or first working day is a date and a zone, never an instant.
type Date string

// ParseDate accepts ISO 8601 (2027-01-05).
func ParseDate(lang texts.Language, s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", invalid(lang.Say("%q is not a date. Write it like 2027-01-05.", s))
	}
	return DateOf(t), nil
}

// DateOf is the day of t in t's own location.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Time is midnight UTC of the day, for arithmetic only; zero for an empty or wrong date.
func (d Date) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// AddDays moves by calendar days.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// Before reports whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d < o }

// At is the instant of a wall-clock time (hour, minute) on the day in a location. A time that a clock change skips becomes the
// next valid minute; one that happens twice is the first (edge case 32). time.Date promises neither, and gaps are not always an hour.
func (d Date) At(loc *time.Location, hour, minute int) time.Time {
	day := d.Time()
	wall := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, time.UTC)
	period := wall.Add(-27 * time.Hour).In(loc) // offsets lie within ±26 hours, so the instant lies in one of the periods from here on
	for {
		_, offset := period.Zone()
		_, end := period.ZoneBounds()
		if t := wall.Add(-time.Duration(offset) * time.Second); end.IsZero() || t.Before(end) {
			if t.Before(period) { // the clock jumped over the time
				t = period
			}
			return t.In(loc)
		}
		period = end.In(loc)
	}
}

// Say writes the day as people do: "Tue 5 January 2027".
func (d Date) Say(lang texts.Language) string {
	if d == "" {
		return ""
	}
	return lang.Time(d.Time(), "Mon 2 January 2006")
}
