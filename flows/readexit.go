package flows

import (
	"fmt"
	"strings"

	"muster/flows/texts"
)

// When a leaver's sign-in ends, in words: the day, which may have passed, and the time of day.

// day reads a day, also one that has passed: "yesterday", "last Friday", and after "left" a weekday is the one before.
func (r *leaverReader) day(lang texts.Language, ws []word, past bool) reading {
	today := r.dates.from
	switch {
	case isAny(ws, "yesterday"):
		return reading{today.AddDays(-1), "", 1}
	case isAny(ws, "last", "past") && len(ws) > 1 && !ws[0].gap:
		if got := r.weekdayBefore(lang, ws[1:]); got.words > 0 {
			got.words++
			return got
		}
	case past:
		if got := r.weekdayBefore(lang, ws); got.words > 0 && r.dates.read(lang, ws).words == got.words {
			return got
		}
	}
	got := r.dates.read(lang, ws)
	if past && got.doubt == "" && today.Before(got.date) {
		got.doubt = lang.Say("%s has not come yet. Check the date.", got.date.Say(lang))
	}
	return got
}

// weekdayBefore reads a weekday as the last one that has passed. It is asked about, because people also mean the week before.
func (r *leaverReader) weekdayBefore(lang texts.Language, ws []word) reading {
	if len(ws) == 0 {
		return reading{}
	}
	day, ok := weekdayOf(ws[0].low)
	if !ok {
		return reading{}
	}
	ago := (int(r.dates.from.Time().Weekday()) - int(day) + 7) % 7
	if ago == 0 {
		ago = 7
	}
	d := r.dates.from.AddDays(-ago)
	return reading{d, lang.Say("%s has passed. Check the date.", d.Say(lang)), 1}
}

// timeAt reads the time of day that the words begin with, "at" and "by" included, and says how many words it took. The end of the day is
// what is meant when nothing is said.
func (r *leaverReader) timeAt(lang texts.Language, ws []word, fresh bool) int {
	skip := 0
	if isAny(ws, "at", "by") && len(ws) > 1 && !ws[0].gap {
		skip = 1
	}
	if n := r.closing(ws[skip:]); n > 0 {
		return skip + n
	}
	got := readTime(lang, ws[skip:], skip > 0)
	if got.words == 0 || !fresh && skip == 0 && !strings.Contains(ws[0].text, ":") {
		return 0
	}
	if r.out.LastTime != "" && r.out.LastTime != got.clock {
		r.rest(ws[skip : skip+got.words])
		r.doubt("last_time", lang.Say("Two times were written. Check the time."))
		return skip + got.words
	}
	r.out.LastTime = got.clock
	if got.doubt != "" {
		r.doubt("last_time", lang.Say("%s", got.doubt))
	}
	return skip + got.words
}

// closing is how many words say that it is the end of the working day.
func (r *leaverReader) closing(ws []word) int {
	for _, phrase := range []string{"the end of the working day", "the end of the day", "end of the working day", "end of the day", "end of day", "end of work", "close of business", "close of play", "closing time", "eod", "cob"} {
		if words := strings.Fields(phrase); begins(ws, words) {
			return len(words)
		}
	}
	return 0
}

// clockReading is what was read as a time of day: it may have a doubt, and a doubt no time.
type clockReading struct {
	clock string // HH:MM
	doubt string
	words int
}

// readTime reads 17:00, 5pm, 5.30 pm, noon and, after "at", 17 and 17.00. An hour that may be in the morning or in the evening is asked about.
func readTime(lang texts.Language, ws []word, announced bool) clockReading {
	if len(ws) == 0 {
		return clockReading{}
	}
	s, words := ws[0].low, 1
	switch s {
	case "noon", "midday":
		return clockReading{"12:00", "", 1}
	case "midnight":
		return clockReading{"", lang.Say("Midnight may be the beginning or the end of the day. Choose the time."), 1}
	}
	half := ""
	for _, suffix := range []string{"am", "pm", "a.m", "p.m"} {
		if before, ok := strings.CutSuffix(s, suffix); ok && before != "" {
			s, half = before, suffix[:1]
			break
		}
		if len(ws) > 1 && !ws[0].gap && strings.TrimSuffix(ws[1].low, ".") == suffix {
			half, words = suffix[:1], 2
			break
		}
	}
	hours, minutes, split := strings.Cut(s, ":")
	if before, after, dot := strings.Cut(s, "."); dot && !split {
		if n, ok := digits(after, 2); half != "" || announced || ok && (n == 0 || n > 12) { // 17.30 is no day of a month
			hours, minutes, split = before, after, true
		}
	}
	hour, ok := digits(hours, 2)
	minute, okMinute := digits(minutes, 2)
	switch {
	case !split && half == "" && len(ws) > words && !ws[words-1].gap && isDateWord(ws[words].low):
		return clockReading{} // "by 5 January"
	case !ok, split && (!okMinute || len(minutes) != 2), !split && half == "" && !announced:
		return clockReading{}
	case minute > 59, hour > 24, half != "" && (hour < 1 || hour > 12), hour == 24:
		return clockReading{"", lang.Say("%s is not a time of day. Choose the time.", quote(join(ws[:words]))), words}
	}
	if half != "" {
		hour %= 12
		if half == "p" {
			hour += 12
		}
		return clockReading{fmt.Sprintf("%02d:%02d", hour, minute), "", words}
	}
	clock := fmt.Sprintf("%02d:%02d", hour, minute)
	if hour >= 1 && hour <= 7 && len(hours) == 1 || !split && hour <= 12 {
		return clockReading{clock, lang.Say("%s was read as %s. Is that in the morning or in the evening?", quote(join(ws[:words])), clock), words}
	}
	return clockReading{clock, "", words}
}

// isDateWord reports whether a number before the word is a day and no hour.
func isDateWord(low string) bool {
	_, month := monthOf(low)
	return month || low == "of"
}
