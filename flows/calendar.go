package flows

import "time"

// Location is the site's time zone.
func (s Site) Location() (*time.Location, error) { return time.LoadLocation(s.TimeZone) }

// IsWorkingDay reports whether people work at the site on the day.
func (s Site) IsWorkingDay(d Date) bool { return false }

// AddWorkingDays moves by working days; zero stays.
func (s Site) AddWorkingDays(d Date, n int) Date { return d }

// AddWorkingHours moves forward by hours that lie between opening and closing on working days.
func (s Site) AddWorkingHours(t time.Time, hours int) time.Time { return t }

// On is the instant for an event's date at a site.
func (d Due) On(start Date, s Site) (time.Time, error) { return time.Time{}, nil }
