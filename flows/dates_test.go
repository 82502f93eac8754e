package flows

import (
	"testing"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReadDate(t *testing.T) {
	const monday, wednesday, lateDecember = Date("2026-11-23"), Date("2026-11-25"), Date("2026-12-30")
	tests := map[string]struct {
		on   Date
		text string
		want Date
		sure bool // no doubt
	}{
		"ISO":                               {monday, "2027-01-05", "2027-01-05", true},
		"year first with slashes":           {monday, "2027/01/05", "2027-01-05", true},
		"ISO with a day that is none":       {monday, "2027-02-30", "", false},
		"ISO with a month that is none":     {monday, "2027-13-01", "", false},
		"British":                           {monday, "5/1/2027", "2027-01-05", true},
		"British, padded":                   {monday, "05/01/2027", "2027-01-05", true},
		"British, short year":               {monday, "5.1.27", "2027-01-05", true},
		"British, hyphens":                  {monday, "5-1-2027", "2027-01-05", true},
		"British, no year":                  {monday, "5/1", "2027-01-05", true},
		"American":                          {monday, "1/13/2027", "", false},
		"American, no year":                 {monday, "1/13", "", false},
		"neither":                           {monday, "13/13/2027", "", false},
		"day zero":                          {monday, "0/1/2027", "", false},
		"month in letters":                  {monday, "5-Jan-2027", "2027-01-05", true},
		"day and month":                     {monday, "5 Jan", "2027-01-05", true},
		"day and month with a stop":         {monday, "5 Jan. 2027", "2027-01-05", true},
		"ordinal":                           {monday, "5th January", "2027-01-05", true},
		"ordinal of":                        {monday, "the 5th of January", "2027-01-05", true},
		"ordinal in words":                  {monday, "first of March", "2027-03-01", true},
		"two-word ordinal":                  {monday, "twenty first of March", "2027-03-21", true},
		"hyphen ordinal":                    {monday, "twenty-first March", "2027-03-21", true},
		"with year":                         {monday, "5 January 2028", "2028-01-05", true},
		"with short year":                   {monday, "5 January '27", "2027-01-05", true},
		"with comma and year":               {monday, "5 January, 2027", "2027-01-05", true},
		"month first":                       {monday, "January 5, 2027", "2027-01-05", true},
		"month first, ordinal":              {monday, "January the 5th", "2027-01-05", true},
		"later this year":                   {monday, "24 November", "2026-11-24", true},
		"today by name":                     {monday, "23 November", "2026-11-23", true},
		"ten days ago":                      {monday, "13 November", "2026-11-13", false},
		"just too late":                     {monday, "8 November", "2027-11-08", false}, // 350 days ahead
		"last year's December":              {Date("2027-01-05"), "28 December", "2026-12-28", false},
		"next year's January":               {lateDecember, "4 January", "2027-01-04", true},
		"long past":                         {monday, "5 January 2020", "2020-01-05", false},
		"29 February of a leap year":        {monday, "29 February 2028", "2028-02-29", true},
		"29 February of another":            {monday, "29 February 2027", "", false},
		"29 February of no year":            {monday, "29 February", "", false},
		"31 June":                           {monday, "31 June", "", false},
		"weekday that matches":              {monday, "Tuesday 5 January", "2027-01-05", true},
		"weekday that matches, comma":       {monday, "Tuesday, 5 January 2027", "2027-01-05", true},
		"weekday behind":                    {monday, "5 January (Tuesday)", "2027-01-05", true},
		"weekday that does not":             {monday, "Monday 5 January", "2027-01-05", false},
		"weekday behind that does not":      {monday, "5 January, Monday", "2027-01-05", false},
		"weekday with the ordinal":          {monday, "Tuesday the 5th of January", "2027-01-05", true},
		"today":                             {monday, "today", "2026-11-23", true},
		"tomorrow":                          {monday, "tomorrow", "2026-11-24", true},
		"day after tomorrow":                {monday, "the day after tomorrow", "2026-11-25", true},
		"Friday":                            {monday, "Friday", "2026-11-27", true},
		"this Friday":                       {monday, "this Friday", "2026-11-27", true},
		"Monday on a Monday":                {monday, "Monday", "2026-11-30", false},
		"next Monday on a Monday":           {monday, "next Monday", "2026-11-30", true},
		"next Monday on a Wednesday":        {wednesday, "next Monday", "2026-11-30", true},
		"next Friday on a Wednesday":        {wednesday, "next Friday", "2026-12-04", false},
		"next Tuesday on a Sunday":          {Date("2026-11-29"), "next Tuesday", "2026-12-01", true},
		"next Sunday on a Sunday":           {Date("2026-11-29"), "next Sunday", "2026-12-06", true},
		"next weekday and date":             {monday, "next Monday 30 November", "2026-11-30", true},
		"Tuesday week":                      {monday, "Tuesday week", "2026-12-01", true},
		"in two weeks":                      {monday, "in two weeks", "2026-12-07", true},
		"in two weeks' time":                {monday, "in two weeks' time", "2026-12-07", true},
		"in 10 days":                        {monday, "in 10 days", "2026-12-03", true},
		"in a week":                         {monday, "in a week", "2026-11-30", true},
		"in a fortnight":                    {monday, "in a fortnight", "2026-12-07", true},
		"in three months":                   {monday, "in three months", "2027-02-23", true},
		"a month from the 31st":             {Date("2027-01-31"), "in a month", "2027-02-28", true},
		"in working days":                   {monday, "in five working days", "", false},
		"two weeks from today":              {monday, "two weeks from today", "2026-12-07", true},
		"a week today":                      {monday, "a week today", "2026-11-30", true},
		"a week tomorrow":                   {monday, "a week tomorrow", "2026-12-01", true},
		"a week on Tuesday":                 {monday, "a week on Tuesday", "2026-12-01", true},
		"two weeks on Monday, on a Monday":  {monday, "two weeks on Monday", "2026-12-14", false},
		"end of month":                      {monday, "end of month", "2026-11-30", true},
		"end of the month":                  {monday, "the end of the month", "2026-11-30", true},
		"end of a month on a weekend":       {monday, "end of January", "2027-01-31", false},
		"end of next month":                 {monday, "end of next month", "2026-12-31", true},
		"end of a month with year":          {monday, "end of March 2027", "2027-03-31", true},
		"beginning of March":                {monday, "beginning of March", "2027-03-01", false},
		"middle of March":                   {monday, "middle of March", "", false},
		"only the day":                      {monday, "the 1st", "2026-12-01", false},
		"only the 31st, from a short month": {monday, "the 31st", "2026-12-31", false},
		"next week":                         {monday, "next week", "", false},
		"month and year":                    {monday, "January 2027", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ws := splitWords(tt.text)
			got := dateReader{from: tt.on, late: 14}.read(texts.Language{}, ws)
			if got.words != len(ws) {
				t.Fatalf("read %d of %d words", got.words, len(ws))
			}
			if got.date != tt.want {
				t.Errorf("date = %q, want %q (%s)", got.date, tt.want, got.doubt)
			}
			if sure := got.doubt == ""; sure != tt.sure {
				t.Errorf("doubt = %q, want sure = %v", got.doubt, tt.sure)
			}
		})
	}
}

func TestReadNoDate(t *testing.T) {
	for _, text := range []string{"", "soon", "ASAP", "May", "April Jones", "a couple of weeks", "in London", "five people", "the team", "1.2.3.4", "2027", "12", "next", "5-1", "123/4/2027", "5/1/202", "in", "in two", "a week", "end of play", "mid-January", "99th January", "£5/1"} {
		if got := (dateReader{from: "2026-11-23", late: 14}).read(texts.Language{}, splitWords(text)); got.words != 0 {
			t.Errorf("%q was read as %q (%s)", text, got.date, got.doubt)
		}
	}
}

func TestDoubtsSayWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"Monday 5 January":   "5 January 2027 is a Tuesday, not a Monday. Check the date.",
		"1/13/2027":          "1/13/2027 has no month 13. Write the day first, or 2027-01-05.",
		"29 February 2027":   "February 2027 has no day 29. Choose the day.",
		"31 June":            "June has no day 31 this year or next. Choose the day.",
		"next Friday":        `"Next Friday" may be Fri 27 November 2026 or Fri 4 December 2026. Check the date.`,
		"20 November":        "Fri 20 November 2026 is in the past. Check the date.",
		"5 January 2020":     "Sun 5 January 2020 is in the past. Check the year.",
		"5 November":         "Fri 5 November 2027 is almost a year away. Check the year.",
		"next month":         "Next month is not one day. Choose the day.",
		"beginning of March": "Beginning of March was read as Mon 1 March 2027. Check the date.",
	} {
		got := dateReader{from: "2026-11-23", late: 14}.read(texts.Language{}, splitWords(text))
		if diff := cmp.Diff(want, got.doubt); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// Every day comes back from each way of writing it in full.
func TestReadDateOfAnyDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := Date("2026-11-23")
		d := from.AddDays(rapid.IntRange(0, 700).Draw(t, "days"))
		layout := rapid.SampledFrom([]string{"2006-01-02", "2/1/2006", "02.01.2006", "2.1.06", "2 January 2006", "Monday 2 January 2006", "2 Jan 2006", "January 2, 2006", "Mon, 2 Jan 2006"}).Draw(t, "layout")
		text := d.Time().Format(layout)
		got := dateReader{from: from, late: 14}.read(texts.Language{}, splitWords(text))
		if got.date != d || got.doubt != "" {
			t.Fatalf("%q was read as %q (%s)", text, got.date, got.doubt)
		}
	})
}
