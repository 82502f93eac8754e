package flows

import (
	"strings"
	"time"

	"muster/flows/texts"
)

// longAhead is how many days ahead a date without a year may lie before it is asked about: nobody writes "5 November" for next year
// without saying so.
const longAhead = 300

// dateReader reads dates as people in Britain write them. It never guesses: what can mean two days carries a doubt, what cannot be one
// day has no date.
type dateReader struct {
	from Date // the day the sentence is written on
	late int  // how many days before that a date without a year may lie
}

// reading is what was read: words is how many words it took, none when there is no date. A reading may have a doubt and no date.
type reading struct {
	date  Date
	doubt string
	words int
}

func doubtful(words int, text string) reading {
	return reading{doubt: text, words: words}
}

// read reads the date that the words begin with.
func (r dateReader) read(lang texts.Language, ws []word) reading {
	if len(ws) == 0 {
		return reading{}
	}
	skip := 0
	if ws[0].low == "the" && !ws[0].gap {
		skip = 1
	}
	for _, form := range []func(texts.Language, []word) reading{r.relative, r.weekday, r.edgeOfMonth, r.calendar} {
		if got := form(lang, ws[skip:]); got.words > 0 {
			got.words += skip
			return got
		}
	}
	return reading{}
}

// calendar reads a day and month, with or without a year, and the weekday behind it.
func (r dateReader) calendar(lang texts.Language, ws []word) reading {
	got := r.dayAndMonth(lang, ws)
	if got.words > 0 && got.date != "" && got.words < len(ws) {
		if day, ok := weekdayOf(ws[got.words].low); ok {
			got.words++
			got.check(lang, day)
		}
	}
	return got
}

// check doubts a date that does not fall on the weekday that was said.
func (g *reading) check(lang texts.Language, day time.Weekday) {
	if g.date != "" && g.date.Time().Weekday() != day {
		g.doubt = lang.Say("%s is a %s, not a %s. Check the date.", lang.Time(g.date.Time(), "2 January 2006"), g.date.Time().Weekday(), day)
	}
}

func (r dateReader) dayAndMonth(lang texts.Language, ws []word) reading {
	if len(ws) == 0 {
		return reading{}
	}
	if got := r.numeric(lang, ws[0].low); got.words > 0 {
		return got
	}
	if day, n := dayNumber(ws); n > 0 && n < len(ws) && !ws[n-1].gap { // 5 January, 5th of January
		m := n
		if isAny(ws[m:], "of") {
			m++
		}
		if m < len(ws) {
			if month, ok := monthOf(ws[m].low); ok {
				year, y := yearNumber(ws[m+1:])
				return r.resolve(lang, day, month, year, m+1+y)
			}
		}
	}
	if month, ok := monthOf(ws[0].low); ok && len(ws) > 1 && !ws[0].gap { // January 5, January the 5th
		m := 1
		if isAny(ws[m:], "the") {
			m++
		}
		if day, n := dayNumber(ws[m:]); n > 0 {
			year, y := yearNumber(ws[m+n:])
			return r.resolve(lang, day, month, year, m+n+y)
		}
		if year, n := yearNumber(ws[1:]); n > 0 && year > 0 {
			return doubtful(2, lang.Say("%s has no day. Choose the day.", join(ws[:2])))
		}
	}
	if day, n := dayNumber(ws); n > 0 && ws[0].low[0] <= '9' && strings.TrimLeft(ws[0].low, "0123456789") != "" { // the 5th, but not the first day
		return r.dayOnly(lang, day, n)
	}
	return reading{}
}

// dayOnly is the next such day of a month.
func (r dateReader) dayOnly(lang texts.Language, day, words int) reading {
	from := r.from.Time()
	for i := range 3 {
		d := time.Date(from.Year(), from.Month()+time.Month(i), day, 0, 0, 0, 0, time.UTC)
		if d.Day() == day && !d.Before(from) {
			return reading{DateOf(d), lang.Say("No month was written. Check the date."), words}
		}
	}
	return reading{}
}

// resolve makes a date of its parts; year 0 means that none was written.
func (r dateReader) resolve(lang texts.Language, day int, month time.Month, year, words int) reading {
	on := func(year int) (Date, bool) {
		t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		return DateOf(t), t.Day() == day && t.Month() == month
	}
	if year != 0 {
		d, ok := on(year)
		switch {
		case !ok:
			return doubtful(words, lang.Say("%s %d has no day %d. Choose the day.", month, year, day))
		case d.Before(r.from.AddDays(-r.late)):
			return reading{d, lang.Say("%s is in the past. Check the year.", d.Say(lang)), words}
		}
		return reading{d, "", words}
	}
	this := r.from.Time().Year()
	for y := this - 1; y <= this+1; y++ {
		d, ok := on(y)
		switch {
		case !ok || d.Before(r.from.AddDays(-r.late)):
		case d.Before(r.from):
			return reading{d, lang.Say("%s is in the past. Check the date.", d.Say(lang)), words}
		case r.from.AddDays(longAhead).Before(d):
			return reading{d, lang.Say("%s is almost a year away. Check the year.", d.Say(lang)), words}
		default:
			return reading{d, "", words}
		}
	}
	return doubtful(words, lang.Say("%s has no day %d this year or next. Choose the day.", month, day))
}

// numeric reads 2027-01-05, 5/1/2027, 5.1.27, 5/1 and 5-Jan-2027.
func (r dateReader) numeric(lang texts.Language, s string) reading {
	sep := ""
	for _, c := range []string{"/", ".", "-"} {
		if strings.Contains(s, c) {
			sep = c
			break
		}
	}
	if sep == "" {
		return reading{}
	}
	parts := strings.Split(s, sep)
	if len(parts) == 3 {
		if month, ok := monthOf(parts[1]); ok {
			day, _ := digits(parts[0], 2)
			if year, ok := digits(parts[2], 4); ok && day > 0 {
				return r.resolve(lang, day, month, fullYear(year, parts[2]), 1)
			}
			return reading{}
		}
	}
	if len(parts) != 3 && (len(parts) != 2 || sep == "-") {
		return reading{}
	}
	var n [3]int
	for i, p := range parts {
		v, ok := digits(p, 4)
		if !ok {
			return reading{}
		}
		n[i] = v
	}
	if len(parts[0]) == 4 && len(parts) == 3 { // year first is the same everywhere
		if n[1] < 1 || n[1] > 12 {
			return doubtful(1, lang.Say("%s has no month %d. Write it like 2027-01-05.", s, n[1]))
		}
		return r.resolve(lang, n[2], time.Month(n[1]), n[0], 1)
	}
	if len(parts[0]) > 2 || len(parts[1]) > 2 || len(parts) == 3 && len(parts[2]) != 2 && len(parts[2]) != 4 {
		return reading{}
	}
	switch {
	case n[1] > 12 && n[0] >= 1 && n[0] <= 12:
		return doubtful(1, lang.Say("%s has no month %d. Write the day first, or 2027-01-05.", s, n[1]))
	case n[1] < 1 || n[1] > 12 || n[0] < 1 || n[0] > 31:
		return doubtful(1, lang.Say("%s is not a date. Choose the day.", s))
	}
	year := 0
	if len(parts) == 3 {
		year = fullYear(n[2], parts[2])
	}
	return r.resolve(lang, n[0], time.Month(n[1]), year, 1)
}

// weekday reads "Tuesday 5 January", "Monday", "next Monday" and "Tuesday week".
func (r dateReader) weekday(lang texts.Language, ws []word) reading {
	skip := 0
	if isAny(ws, "next", "this", "coming") && !ws[0].gap {
		skip = 1
	}
	if skip >= len(ws) {
		return reading{}
	}
	day, ok := weekdayOf(ws[skip].low)
	if !ok {
		if skip == 1 && isAny(ws[1:], "week", "month", "year", "quarter") && ws[0].low == "next" {
			return doubtful(2, lang.Say("%s is not one day. Choose the day.", capital(join(ws[:2]))))
		}
		return reading{}
	}
	rest := ws[skip+1:]
	if isAny(rest, "the") {
		rest = rest[1:]
	}
	if got := r.dayAndMonth(lang, rest); got.words > 0 {
		got.words += len(ws) - len(rest)
		got.check(lang, day)
		return got
	}
	rest = ws[skip+1:]
	ahead := (int(day) - int(r.from.Time().Weekday()) + 7) % 7
	today := ahead == 0
	if today {
		ahead = 7
	}
	near := r.from.AddDays(ahead)
	switch {
	case skip == 0 && !ws[0].gap && isAny(rest, "week"):
		return reading{near.AddDays(7), ifSo(today, lang.Say("Today is a %s. Check the date.", day.String())), 2}
	case skip == 1 && ws[0].low == "next":
		monday := r.from.AddDays(7 - (int(r.from.Time().Weekday())+6)%7) // of next week
		next := monday.AddDays((int(day) + 6) % 7)
		return reading{next, ifSo(next != near, lang.Say("\"Next %s\" may be %s or %s. Check the date.", day.String(), near.Say(lang), next.Say(lang))), 2}
	}
	return reading{near, ifSo(today, lang.Say("Today is a %s. Is it the one in a week? Check the date.", day.String())), skip + 1}
}

func ifSo(ok bool, s string) string {
	if ok {
		return s
	}
	return ""
}

// relative reads "today", "tomorrow", "in two weeks", "two weeks from today" and "a week on Tuesday".
func (r dateReader) relative(lang texts.Language, ws []word) reading {
	switch {
	case isAny(ws, "today"):
		return reading{r.from, "", 1}
	case isAny(ws, "tomorrow"):
		return reading{r.from.AddDays(1), "", 1}
	case begins(ws, []string{"day", "after", "tomorrow"}):
		return reading{r.from.AddDays(2), "", 3}
	}
	in := 0
	if isAny(ws, "in") {
		in = 1
	}
	n, used := countWord(ws[in:])
	at := in + used
	if used == 0 || at >= len(ws) {
		return reading{}
	}
	unit := strings.TrimSuffix(strings.TrimSuffix(ws[at].low, "'"), "s")
	unit = strings.TrimSuffix(unit, "'")
	if (unit == "working" || unit == "busines") && in == 1 { // business, without its s
		return doubtful(min(len(ws), at+2), lang.Say("Working days are not counted here. Choose the day."))
	}
	move, ok := r.mover(unit, n)
	if !ok {
		return reading{}
	}
	at++
	if in == 1 {
		if isAny(ws[at:], "time") {
			at++
		}
		return reading{move(r.from), "", at}
	}
	if ws[at-1].gap || at >= len(ws) {
		return reading{}
	}
	switch {
	case begins(ws[at:], []string{"from", "now"}), begins(ws[at:], []string{"from", "today"}):
		return reading{move(r.from), "", at + 2}
	case isAny(ws[at:], "today"):
		return reading{move(r.from), "", at + 1}
	case isAny(ws[at:], "tomorrow"):
		return reading{move(r.from.AddDays(1)), "", at + 1}
	case isAny(ws[at:], "on", "from") && unit != "month":
		base := r.weekday(lang, ws[at+1:])
		if base.words == 0 {
			base = r.calendar(lang, ws[at+1:])
		}
		if base.words == 0 || base.date == "" {
			return reading{}
		}
		return reading{move(base.date), base.doubt, at + 1 + base.words}
	}
	return reading{}
}

// mover is how far a number of units moves a date. Months end on their last day when they are shorter.
func (r dateReader) mover(unit string, n int) (func(Date) Date, bool) {
	switch unit {
	case "day":
		return func(d Date) Date { return d.AddDays(n) }, true
	case "week":
		return func(d Date) Date { return d.AddDays(7 * n) }, true
	case "fortnight":
		return func(d Date) Date { return d.AddDays(14 * n) }, true
	case "month":
		return func(d Date) Date {
			t := d.Time()
			first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
			return DateOf(first.AddDate(0, 0, min(t.Day(), first.AddDate(0, 1, -1).Day())-1))
		}, true
	}
	return nil, false
}

// edgeOfMonth reads "end of month", "end of January 2027" and "start of March".
func (r dateReader) edgeOfMonth(lang texts.Language, ws []word) reading {
	if len(ws) < 3 || ws[1].low != "of" || !isAny(ws, "end", "start", "beginning", "middle") {
		return reading{}
	}
	at := 2
	next := false
	for isAny(ws[at:], "the", "this", "next") {
		next = next || ws[at].low == "next"
		at++
	}
	if at >= len(ws) {
		return reading{}
	}
	var first time.Time
	now := r.from.Time()
	month, named := monthOf(ws[at].low)
	at++
	switch {
	case named:
		year, n := yearNumber(ws[at:])
		at += n
		if year == 0 {
			if year = now.Year(); month < now.Month() {
				year++
			}
		}
		first = time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	case ws[at-1].low == "month" && next:
		first = time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	case ws[at-1].low == "month":
		first = time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	default:
		return reading{}
	}
	day, what := first, capital(join(ws[:at]))
	switch ws[0].low {
	case "middle":
		return doubtful(at, lang.Say("%s is not one day. Choose the day.", what))
	case "end":
		day = first.AddDate(0, 1, -1)
		if w := day.Weekday(); w != time.Saturday && w != time.Sunday {
			return reading{DateOf(day), "", at}
		}
	}
	return reading{DateOf(day), lang.Say("%s was read as %s. Check the date.", what, DateOf(day).Say(lang)), at}
}
