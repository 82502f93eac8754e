package flows

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/us"
)

// farthestDays bounds every walk over days: 20,000 days are 54 years, far beyond any offset a policy may name.
const farthestDays = 20_000

// noCalendar is the calendar of a site that keeps no public holidays.
const noCalendar = "none"

// calendars are the names a site's calendar may have, besides none.
func calendars() []string { return []string{"gb", "us", "ie", "de", "fr", "nl"} }

// publicHolidays are the nationwide ones of a calendar. gb is England and Wales; regional days are the site's own holidays.
func publicHolidays(calendar string) []*cal.Holiday {
	switch calendar {
	case "gb":
		return gb.Holidays
	case "us":
		return us.Holidays
	case "ie":
		return ie.Holidays
	case "de":
		return de.Holidays
	case "fr":
		return fr.Holidays
	case "nl":
		return nl.Holidays
	}
	return nil
}

// Location is the site's time zone.
func (s Site) Location() (*time.Location, error) {
	if s.TimeZone == "" || s.TimeZone == "Local" { // both would mean the machine's zone, not the site's
		return nil, fmt.Errorf("load time zone: no IANA name")
	}
	loc, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("load time zone: %w", err)
	}
	return loc, nil
}

// IsWorkingDay reports whether people work at the site on the day: one of its working days (Monday to Friday when it names none), not
// a public holiday of its calendar and not one of its own.
func (s Site) IsWorkingDay(d Date) bool { return s.worksOn(d.Time()) }

// worksOn is IsWorkingDay on midnight UTC of the day.
func (s Site) worksOn(day time.Time) bool {
	if !s.worksOnWeekday(day.Weekday()) {
		return false
	}
	for _, h := range s.Holidays {
		if h == DateOf(day) {
			return false
		}
	}
	return !isPublicHoliday(s.Calendar, day)
}

func (s Site) worksOnWeekday(w time.Weekday) bool {
	if len(s.WorkingDays) == 0 {
		return w != time.Saturday && w != time.Sunday
	}
	for _, name := range s.WorkingDays {
		if strings.EqualFold(name, w.String()[:3]) {
			return true
		}
	}
	return false
}

// isPublicHoliday compares both the day itself and the day it is observed on, each looked up from the years around: a New Year's Day
// may be observed in the year before.
func isPublicHoliday(calendar string, day time.Time) bool {
	for _, h := range publicHolidays(calendar) {
		for year := day.Year() - 1; year <= day.Year()+1; year++ {
			actual, observed := h.Calc(year)
			if sameDay(actual, day) || sameDay(observed, day) {
				return true
			}
		}
	}
	return false
}

// sameDay compares calendar days; a zero time is no day.
func sameDay(a, b time.Time) bool {
	if a.IsZero() {
		return false
	}
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// AddWorkingDays moves by working days, forward or back. Zero stays on the day even when nobody works on it.
func (s Site) AddWorkingDays(d Date, n int) Date {
	day, step := d.Time(), 1
	if n < 0 {
		n, step = -n, -1
	}
	for walked := 0; n > 0 && walked < farthestDays; walked++ {
		day = day.AddDate(0, 0, step)
		if s.worksOn(day) {
			n--
		}
	}
	return DateOf(day)
}

// AddWorkingHours moves forward by hours that lie between opening and closing on working days, on the site's wall clock. A day that a
// clock change shortens has fewer. A time outside working hours counts from the next opening. A zone the system does not know counts as UTC.
func (s Site) AddWorkingHours(t time.Time, hours int) time.Time {
	loc, err := s.Location()
	if err != nil {
		loc = time.UTC
	}
	left := time.Duration(hours) * time.Hour
	if left <= 0 {
		return t
	}
	openHour, openMinute := clockOr(s.Opens, opensDefault)
	closeHour, closeMinute := clockOr(s.Closes, closesDefault)
	day := DateOf(t.In(loc)).Time()
	for walked := 0; walked < farthestDays; walked++ {
		if s.worksOn(day) {
			from, to := DateOf(day).At(loc, openHour, openMinute), DateOf(day).At(loc, closeHour, closeMinute)
			if from.Before(t) {
				from = t.In(loc)
			}
			if has := to.Sub(from); has >= left {
				return from.Add(left)
			} else if has > 0 {
				left -= has
			}
		}
		day = day.AddDate(0, 0, 1)
	}
	return t
}

// On is the instant for an event's date at a site, on the site's wall clock. It fails when the site's zone is unknown.
func (d Due) On(start Date, s Site) (time.Time, error) {
	loc, err := s.Location()
	if err != nil {
		return time.Time{}, err
	}
	day := start.AddDays(d.Days)
	if d.WorkingDays != 0 {
		day = s.AddWorkingDays(start, d.WorkingDays)
	}
	hour, minute := clockOr(d.At, atDefault)
	return day.At(loc, hour, minute), nil
}

// clockOr reads a time of day such as 09:00; anything else reads as the default, which is valid.
func clockOr(s, def string) (hour, minute int) {
	for _, c := range []string{s, def} {
		if h, m, ok := readClock(c); ok {
			return h, m
		}
	}
	return 0, 0
}

// readClock reads HH:MM on the 24-hour clock.
func readClock(s string) (hour, minute int, ok bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, 0, false
	}
	hour, errHour := strconv.Atoi(s[:2])
	minute, errMinute := strconv.Atoi(s[3:])
	if errHour != nil || errMinute != nil || hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, 0, false
	}
	return hour, minute, true
}
