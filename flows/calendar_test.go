package flows

import (
	"testing"
	"time"

	"muster/flows/texts"

	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// the tables below must not depend on the machine's zones

// Wall-clock times around every kind of clock change: gaps of an hour, of half an hour, at midnight and of a whole day, and overlaps.
func TestEdge32DateAt(t *testing.T) {
	tests := map[string]struct {
		zone string
		day  Date
		at   string
		want string
	}{
		"winter":                         {"Europe/London", "2027-01-05", "08:00", "2027-01-05T08:00:00Z"},
		"summer":                         {"Europe/London", "2027-07-05", "08:00", "2027-07-05T08:00:00+01:00"},
		"London, gap":                    {"Europe/London", "2027-03-28", "01:30", "2027-03-28T02:00:00+01:00"},
		"London, begin of gap":           {"Europe/London", "2027-03-28", "01:00", "2027-03-28T02:00:00+01:00"},
		"London, end of gap":             {"Europe/London", "2027-03-28", "02:00", "2027-03-28T02:00:00+01:00"},
		"London, before gap":             {"Europe/London", "2027-03-28", "00:59", "2027-03-28T00:59:00Z"},
		"London, overlap":                {"Europe/London", "2027-10-31", "01:30", "2027-10-31T01:30:00+01:00"},
		"London, begin of overlap":       {"Europe/London", "2027-10-31", "01:00", "2027-10-31T01:00:00+01:00"},
		"London, behind overlap":         {"Europe/London", "2027-10-31", "02:00", "2027-10-31T02:00:00Z"},
		"Dublin, gap":                    {"Europe/Dublin", "2027-03-28", "01:30", "2027-03-28T02:00:00+01:00"},
		"Lisbon, overlap":                {"Europe/Lisbon", "2027-10-31", "01:30", "2027-10-31T01:30:00+01:00"},
		"Berlin, gap":                    {"Europe/Berlin", "2027-03-28", "02:30", "2027-03-28T03:00:00+02:00"},
		"Berlin, overlap":                {"Europe/Berlin", "2027-10-31", "02:30", "2027-10-31T02:30:00+02:00"},
		"Paris, gap":                     {"Europe/Paris", "2027-03-28", "02:00", "2027-03-28T03:00:00+02:00"},
		"Amsterdam, overlap":             {"Europe/Amsterdam", "2027-10-31", "02:59", "2027-10-31T02:59:00+02:00"},
		"Helsinki, gap":                  {"Europe/Helsinki", "2027-03-28", "03:15", "2027-03-28T04:00:00+03:00"},
		"Athens, overlap":                {"Europe/Athens", "2027-10-31", "03:15", "2027-10-31T03:15:00+03:00"},
		"New York, gap":                  {"America/New_York", "2027-03-14", "02:30", "2027-03-14T03:00:00-04:00"},
		"New York, overlap":              {"America/New_York", "2027-11-07", "01:30", "2027-11-07T01:30:00-04:00"},
		"Chicago, gap":                   {"America/Chicago", "2027-03-14", "02:01", "2027-03-14T03:00:00-05:00"},
		"Denver, overlap":                {"America/Denver", "2027-11-07", "01:00", "2027-11-07T01:00:00-06:00"},
		"Los Angeles, gap":               {"America/Los_Angeles", "2027-03-14", "02:59", "2027-03-14T03:00:00-07:00"},
		"Phoenix has none":               {"America/Phoenix", "2027-03-14", "02:30", "2027-03-14T02:30:00-07:00"},
		"St John's, gap":                 {"America/St_Johns", "2027-03-14", "02:30", "2027-03-14T03:00:00-02:30"},
		"St John's, overlap":             {"America/St_Johns", "2027-11-07", "01:30", "2027-11-07T01:30:00-02:30"},
		"Sao Paulo 2018, midnight gap":   {"America/Sao_Paulo", "2018-11-04", "00:00", "2018-11-04T01:00:00-02:00"},
		"Sao Paulo 2019, midnight twice": {"America/Sao_Paulo", "2019-02-16", "23:30", "2019-02-16T23:30:00-02:00"},
		"Santiago, midnight gap":         {"America/Santiago", "2027-09-05", "00:00", "2027-09-05T01:00:00-03:00"},
		"Santiago, overlap":              {"America/Santiago", "2027-04-03", "23:30", "2027-04-03T23:30:00-03:00"},
		"Asuncion, midnight gap":         {"America/Asuncion", "2023-10-01", "00:30", "2023-10-01T01:00:00-03:00"},
		"Havana, midnight gap":           {"America/Havana", "2027-03-14", "00:30", "2027-03-14T01:00:00-04:00"},
		"Havana, overlap":                {"America/Havana", "2027-11-07", "00:30", "2027-11-07T00:30:00-04:00"},
		"Azores, gap at midnight":        {"Atlantic/Azores", "2027-03-28", "00:10", "2027-03-28T01:00:00Z"},
		"Beirut, midnight gap":           {"Asia/Beirut", "2027-03-28", "00:00", "2027-03-28T01:00:00+03:00"},
		"Cairo, midnight gap":            {"Africa/Cairo", "2027-04-30", "00:00", "2027-04-30T01:00:00+03:00"},
		"Amman 2021, midnight gap":       {"Asia/Amman", "2021-03-26", "00:59", "2021-03-26T01:00:00+03:00"},
		"Damascus 2022, midnight gap":    {"Asia/Damascus", "2022-03-25", "00:00", "2022-03-25T01:00:00+03:00"},
		"Gaza 2022":                      {"Asia/Gaza", "2022-03-27", "00:30", "2022-03-27T01:00:00+03:00"},
		"Tehran 2022, midnight gap":      {"Asia/Tehran", "2022-03-22", "00:00", "2022-03-22T01:00:00+04:30"},
		"Jerusalem, gap":                 {"Asia/Jerusalem", "2027-03-26", "02:30", "2027-03-26T03:00:00+03:00"},
		"Casablanca, overlap":            {"Africa/Casablanca", "2027-02-07", "02:30", "2027-02-07T02:30:00+01:00"},
		"Casablanca, gap":                {"Africa/Casablanca", "2027-03-14", "02:30", "2027-03-14T03:00:00+01:00"},
		"Moscow 2014, overlap":           {"Europe/Moscow", "2014-10-26", "01:30", "2014-10-26T01:30:00+04:00"},
		"Istanbul 2016, no overlap":      {"Europe/Istanbul", "2016-11-06", "03:30", "2016-11-06T03:30:00+03:00"},
		"Lord Howe, half an hour's gap":  {"Australia/Lord_Howe", "2027-10-03", "02:15", "2027-10-03T02:30:00+11:00"},
		"Lord Howe, half an hour twice":  {"Australia/Lord_Howe", "2027-04-04", "01:45", "2027-04-04T01:45:00+11:00"},
		"Sydney, gap":                    {"Australia/Sydney", "2027-10-03", "02:30", "2027-10-03T03:00:00+11:00"},
		"Adelaide, overlap":              {"Australia/Adelaide", "2027-04-04", "02:30", "2027-04-04T02:30:00+10:30"},
		"Brisbane has none":              {"Australia/Brisbane", "2027-10-03", "02:30", "2027-10-03T02:30:00+10:00"},
		"Auckland, gap":                  {"Pacific/Auckland", "2027-09-26", "02:30", "2027-09-26T03:00:00+13:00"},
		"Chatham, gap":                   {"Pacific/Chatham", "2027-09-26", "02:50", "2027-09-26T03:45:00+13:45"},
		"Chatham, overlap":               {"Pacific/Chatham", "2027-04-04", "03:00", "2027-04-04T03:00:00+13:45"},
		"Apia 2011, a day that was not":  {"Pacific/Apia", "2011-12-30", "09:00", "2011-12-31T00:00:00+14:00"},
		"Kwajalein 1993, a day missing":  {"Pacific/Kwajalein", "1993-08-21", "12:00", "1993-08-22T00:00:00+12:00"},
		"Kiritimati":                     {"Pacific/Kiritimati", "2027-01-05", "08:00", "2027-01-05T08:00:00+14:00"},
		"Pago Pago":                      {"Pacific/Pago_Pago", "2027-01-05", "08:00", "2027-01-05T08:00:00-11:00"},
		"Kathmandu":                      {"Asia/Kathmandu", "2027-01-05", "08:00", "2027-01-05T08:00:00+05:45"},
		"Kolkata":                        {"Asia/Kolkata", "2027-03-28", "02:30", "2027-03-28T02:30:00+05:30"},
		"Troll, two hours' gap":          {"Antarctica/Troll", "2027-03-28", "02:00", "2027-03-28T03:00:00+02:00"},
		"UTC":                            {"UTC", "2027-03-28", "02:00", "2027-03-28T02:00:00Z"},
	}
	zones := map[string]bool{}
	for name, tt := range tests {
		zones[tt.zone] = true
		t.Run(name, func(t *testing.T) {
			loc, err := time.LoadLocation(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			hour, minute, ok := readClock(tt.at)
			if !ok {
				t.Fatalf("clock %q", tt.at)
			}
			if got := tt.day.At(loc, hour, minute).Format(time.RFC3339); got != tt.want {
				t.Errorf("At = %s, want %s", got, tt.want)
			}
		})
	}
	if len(zones) < 40 {
		t.Errorf("%d zones, want 40", len(zones))
	}
}

// At is the first instant whose wall clock shows the time or, when none does, the first one behind the gap. Checked against a walk
// over every minute of the two days around.
func TestEdge32DateAtIsTheFirstInstant(t *testing.T) {
	zones := []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Chatham", "Asia/Beirut", "Antarctica/Troll", "Africa/Casablanca"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		day := Date("2027-01-01").AddDays(rapid.IntRange(0, 364).Draw(t, "day"))
		minute := rapid.IntRange(0, 24*60-1).Draw(t, "minute")
		got := day.At(loc, minute/60, minute%60)
		want := day.Time().Add(time.Duration(minute) * time.Minute) // the wall clock, as if it were UTC
		wall := func(u time.Time) time.Time {
			l := u.In(loc)
			return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC)
		}
		for u := want.Add(-15 * time.Hour); ; u = u.Add(time.Minute) {
			if w := wall(u); !w.Before(want) && (w.Equal(want) || wall(u.Add(-time.Minute)).Before(want)) {
				if !got.Equal(u) {
					t.Fatalf("%s %02d:%02d in %s is %s, want %s", day, minute/60, minute%60, loc, got, u.In(loc))
				}
				return
			}
		}
	})
}

func TestIsWorkingDay(t *testing.T) {
	tests := map[string]struct {
		site Site
		day  Date
		want bool
	}{
		"Tuesday":                              {Site{Calendar: "gb"}, "2027-01-05", true},
		"Saturday":                             {Site{Calendar: "gb"}, "2027-01-09", false},
		"Sunday":                               {Site{Calendar: "gb"}, "2027-01-10", false},
		"Saturday in a shop":                   {Site{WorkingDays: []string{"tue", "sat"}}, "2027-01-09", true},
		"Monday in that shop":                  {Site{WorkingDays: []string{"tue", "sat"}}, "2027-01-04", false},
		"New Year":                             {Site{Calendar: "gb"}, "2027-01-01", false},
		"New Year on a Saturday, Monday":       {Site{Calendar: "gb"}, "2028-01-03", false},
		"day after that":                       {Site{Calendar: "gb"}, "2028-01-04", true},
		"Good Friday":                          {Site{Calendar: "gb"}, "2027-03-26", false},
		"Easter Monday":                        {Site{Calendar: "gb"}, "2027-03-29", false},
		"Christmas on a Saturday, Monday":      {Site{Calendar: "gb"}, "2027-12-27", false},
		"Boxing Day on a Sunday, Tuesday":      {Site{Calendar: "gb"}, "2027-12-28", false},
		"Christmas on a Saturday, in a shop":   {Site{Calendar: "gb", WorkingDays: []string{"sat"}}, "2027-12-25", false},
		"behind the holidays":                  {Site{Calendar: "gb"}, "2027-12-29", true},
		"no calendar":                          {Site{Calendar: "none"}, "2027-01-01", true},
		"unknown calendar":                     {Site{Calendar: "xx"}, "2027-01-01", true},
		"own holiday":                          {Site{Calendar: "gb", Holidays: []Date{"2027-01-05"}}, "2027-01-05", false},
		"US Independence Day":                  {Site{Calendar: "us"}, "2028-07-04", false},
		"US Independence Day on a Sunday":      {Site{Calendar: "us"}, "2027-07-05", false},
		"US New Year observed the year before": {Site{Calendar: "us"}, "2027-12-31", false},
		"gb works on US Independence Day":      {Site{Calendar: "gb"}, "2028-07-04", true},
		"ie St Patrick":                        {Site{Calendar: "ie"}, "2027-03-17", false},
		"de Unity Day":                         {Site{Calendar: "de"}, "2028-10-03", false},
		"fr Bastille Day":                      {Site{Calendar: "fr"}, "2027-07-14", false},
		"nl King's Day":                        {Site{Calendar: "nl"}, "2027-04-27", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.site.IsWorkingDay(tt.day); got != tt.want {
				t.Errorf("IsWorkingDay(%s) = %v, want %v", tt.day.Say(texts.Language{}), got, tt.want)
			}
		})
	}
}

func TestAddWorkingDays(t *testing.T) {
	london := Site{TimeZone: "Europe/London", Calendar: "gb", Holidays: []Date{"2026-12-24"}}
	tests := map[string]struct {
		from Date
		n    int
		want Date
	}{
		"none":                        {"2027-01-05", 0, "2027-01-05"},
		"none on a Sunday":            {"2027-01-03", 0, "2027-01-03"},
		"one":                         {"2027-01-05", 1, "2027-01-06"},
		"over a weekend":              {"2027-01-08", 1, "2027-01-11"},
		"back over New Year":          {"2027-01-05", -2, "2026-12-31"},
		"five back over the holidays": {"2027-01-05", -5, "2026-12-23"},
		"from a Saturday":             {"2027-01-09", 1, "2027-01-11"},
		"back from a Sunday":          {"2027-01-10", -1, "2027-01-08"},
		"over Easter":                 {"2027-03-25", 1, "2027-03-30"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := london.AddWorkingDays(tt.from, tt.n); got != tt.want {
				t.Errorf("got %s, want %s", got.Say(texts.Language{}), tt.want.Say(texts.Language{}))
			}
		})
	}
}

// There and back again, and every day in between counted.
func TestAddWorkingDaysCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Site{Calendar: rapid.SampledFrom(append(calendars(), noCalendar)).Draw(t, "calendar"), WorkingDays: rapid.SampledFrom([][]string{nil, {"mon"}, {"tue", "sat"}, {"sun", "mon", "tue", "wed", "thu"}}).Draw(t, "days")}
		from := Date("2026-01-01").AddDays(rapid.IntRange(0, 2000).Draw(t, "from"))
		n := rapid.IntRange(1, 40).Draw(t, "n")
		to := s.AddWorkingDays(from, n)
		if !s.IsWorkingDay(to) {
			t.Fatalf("%s is no working day", to)
		}
		counted := 0
		for d := from; d != to; d = d.AddDays(1) {
			if s.IsWorkingDay(d.AddDays(1)) {
				counted++
			}
		}
		if counted != n {
			t.Fatalf("%d working days between %s and %s, want %d", counted, from, to, n)
		}
		if s.IsWorkingDay(from) && s.AddWorkingDays(to, -n) != from {
			t.Fatalf("%d back from %s is %s, want %s", n, to, s.AddWorkingDays(to, -n), from)
		}
	})
}

func TestAddWorkingHours(t *testing.T) {
	london := Site{TimeZone: "Europe/London", Calendar: "gb"}
	night := Site{TimeZone: "Europe/London", Opens: "00:00", Closes: "06:00", WorkingDays: []string{"sun"}, Calendar: "none"}
	tests := map[string]struct {
		site  Site
		from  string
		hours int
		want  string
	}{
		"the same day":               {london, "2027-01-05T08:00:00Z", 4, "2027-01-05T13:00:00Z"},
		"to the minute of closing":   {london, "2027-01-05T13:30:00Z", 4, "2027-01-05T17:30:00Z"},
		"over the night":             {london, "2027-01-05T16:00:00Z", 4, "2027-01-06T11:30:00Z"},
		"over the weekend":           {london, "2027-01-08T17:00:00Z", 8, "2027-01-11T16:30:00Z"},
		"from the weekend":           {london, "2027-01-09T12:00:00Z", 4, "2027-01-11T13:00:00Z"},
		"after closing":              {london, "2027-01-05T22:00:00Z", 1, "2027-01-06T10:00:00Z"},
		"at closing":                 {london, "2027-01-05T17:30:00Z", 1, "2027-01-06T10:00:00Z"},
		"over the new year":          {london, "2026-12-31T17:00:00Z", 1, "2027-01-04T09:30:00Z"},
		"into summer time":           {london, "2027-03-25T17:00:00Z", 1, "2027-03-30T08:30:00Z"},
		"out of summer time":         {london, "2027-10-29T16:00:00Z", 1, "2027-11-01T09:30:00Z"},
		"none":                       {london, "2027-01-09T12:00:00Z", 0, "2027-01-09T12:00:00Z"},
		"less than none":             {london, "2027-01-09T12:00:00Z", -3, "2027-01-09T12:00:00Z"},
		"a night with an hour less":  {night, "2027-03-28T00:00:00Z", 6, "2027-04-04T00:00:00Z"},
		"a night with an hour more":  {night, "2027-10-30T23:00:00Z", 7, "2027-10-31T06:00:00Z"},
		"a zone nobody knows is UTC": {Site{TimeZone: "Mars/Olympus"}, "2027-01-05T08:00:00Z", 1, "2027-01-05T10:00:00Z"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			from, err := time.Parse(time.RFC3339, tt.from)
			if err != nil {
				t.Fatal(err)
			}
			want, err := time.Parse(time.RFC3339, tt.want)
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.site.AddWorkingHours(from, tt.hours); !got.Equal(want) {
				t.Errorf("got %s, want %s", got.UTC(), want)
			}
		})
	}
}

func TestDueOn(t *testing.T) {
	london := Site{TimeZone: "Europe/London", Calendar: "gb"}
	tests := map[string]struct {
		due  Due
		on   Date
		want string
	}{
		"on the day":                      {Due{}, "2027-01-05", "2027-01-05T09:00:00Z"},
		"at a time":                       {Due{At: "08:00"}, "2027-01-05", "2027-01-05T08:00:00Z"},
		"working days before":             {Due{WorkingDays: -5}, "2027-01-05", "2026-12-24T09:00:00Z"},
		"working days after":              {Due{WorkingDays: 1, At: "17:00"}, "2027-01-08", "2027-01-11T17:00:00Z"},
		"days before, over summer time":   {Due{Days: -7}, "2027-04-01", "2027-03-25T09:00:00Z"},
		"days after, in summer":           {Due{Days: 3}, "2027-04-01", "2027-04-04T08:00:00Z"},
		"on a Sunday, because HR said so": {Due{At: "08:00"}, "2027-01-10", "2027-01-10T08:00:00Z"},
		"in the gap":                      {Due{At: "01:15"}, "2027-03-28", "2027-03-28T01:00:00Z"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tt.due.On(tt.on, london)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.UTC().Format(time.RFC3339)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, zone := range []string{"", "Local", "Mars/Olympus"} {
		if _, err := (Due{}).On("2027-01-05", Site{TimeZone: zone}); err == nil {
			t.Errorf("zone %q was taken", zone)
		}
	}
}
