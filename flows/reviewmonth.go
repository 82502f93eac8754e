package flows

import (
	"strings"
	"time"

	"muster/flows/texts"
)

// Month is a calendar month as people mean it: "2026-11".
type Month string

// MonthOf is the month of t in t's own location.
func MonthOf(t time.Time) Month { return Month(t.Format("2006-01")) }

// first is the month's first day; empty for what is no month.
func (m Month) first() Date {
	t, err := time.Parse("2006-01", string(m))
	if err != nil {
		return ""
	}
	return DateOf(t)
}

// Bounds are the first instant of the month at a place, and the first one after it.
func (m Month) Bounds(loc *time.Location) (from, to time.Time) {
	return m.first().At(loc, 0, 0), m.Add(1).first().At(loc, 0, 0)
}

// Add moves by months.
func (m Month) Add(n int) Month { return MonthOf(m.first().Time().AddDate(0, n, 0)) }

// Say writes the month as people do: "November 2026".
func (m Month) Say(lang texts.Language) string { return lang.Time(m.first().Time(), "January 2006") }

// asked is when the review of the month is put to the owners: when people come to work on the first working day after it.
func (m Month) asked(s Site) time.Time {
	loc, err := s.Location()
	if err != nil {
		loc = time.UTC
	}
	day := s.AddWorkingDays(m.Add(1).first().AddDays(-1), 1)
	hour, minute := clockOr(s.Opens, opensDefault)
	return day.At(loc, hour, minute)
}

// readMonth reads "November", "November 2025", "2026-11", "last month" and "this month"; nothing is the last month. A month without a year
// is the latest one that has begun.
func readMonth(text string, today Date) (Month, bool) {
	now := MonthOf(today.Time())
	ws := strings.Fields(strings.ToLower(strings.Trim(text, " .!?,")))
	switch {
	case len(ws) == 0, strings.Join(ws, " ") == "last month":
		return now.Add(-1), true
	case strings.Join(ws, " ") == "this month":
		return now, true
	case len(ws) > 2:
		return "", false
	}
	if m := Month(ws[0]); len(ws) == 1 && m.first() != "" {
		return m, m <= now
	}
	name, ok := monthOf(ws[0])
	if !ok {
		return "", false
	}
	year := today.Time().Year()
	if len(ws) == 2 {
		if year, ok = digits(ws[1], 4); !ok || year < 2000 {
			return "", false
		}
	}
	m := MonthOf(time.Date(year, name, 1, 0, 0, 0, 0, time.UTC))
	if len(ws) == 1 && m > now {
		m = m.Add(-12)
	}
	return m, m <= now
}
