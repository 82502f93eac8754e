package flows

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The words that dates are written with.

// dayNumber reads the day of a month: 5, 5th, fifth, twenty-first.
func dayNumber(ws []word) (day, words int) {
	if len(ws) == 0 {
		return 0, 0
	}
	s := ws[0].low
	for _, suffix := range []string{"st", "nd", "rd", "th"} {
		if v, ok := digits(strings.TrimSuffix(s, suffix), 2); ok && v >= 1 && v <= 31 {
			return v, 1
		}
	}
	if day := ordinal(s); day > 0 {
		return day, 1
	}
	if len(ws) > 1 && !ws[0].gap && (s == "twenty" || s == "thirty") {
		if day := ordinal(s + "-" + ws[1].low); day > 0 {
			return day, 2
		}
	}
	return 0, 0
}

// countWord reads how many: a, one, two, 10.
func countWord(ws []word) (n, words int) {
	if len(ws) == 0 || ws[0].gap {
		return 0, 0
	}
	if v, ok := digits(ws[0].low, 3); ok {
		return v, 1
	}
	if isAny(ws, "a", "an") {
		return 1, 1
	}
	if i := slices.Index([]string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}, ws[0].low); i >= 0 {
		return i + 1, 1
	}
	return 0, 0
}

// yearNumber reads a year behind a month: 2027, 27 or '27.
func yearNumber(ws []word) (year, words int) {
	if len(ws) == 0 {
		return 0, 0
	}
	s := strings.TrimPrefix(ws[0].low, "'")
	if v, ok := digits(s, 4); ok && (len(s) == 4 && v >= 1900 && v < 2200 || len(s) == 2 && v >= 20) {
		return fullYear(v, s), 1
	}
	return 0, 0
}

func fullYear(v int, typed string) int {
	if len(typed) <= 2 {
		return 2000 + v
	}
	return v
}

// digits reads a number of at most so many digits.
func digits(s string, most int) (int, bool) {
	if s == "" || len(s) > most || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	v, err := strconv.Atoi(s)
	return v, err == nil
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// ordinals are the days of a month in words, the first at 0.
func ordinals() [31]string {
	return [...]string{
		"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
		"eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
		"twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth",
		"thirty-first",
	}
}

func ordinal(s string) int {
	days := ordinals()
	return slices.Index(days[:], s) + 1
}

// monthOf reads the name of a month, or its first letters.
func monthOf(s string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		if name := m.String(); strings.EqualFold(s, name) || strings.EqualFold(s, name[:3]) {
			return m, true
		}
	}
	return time.September, s == "sept"
}

// weekdayOf reads the name of a weekday, or its first letters.
func weekdayOf(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if name := d.String(); strings.EqualFold(s, name) || strings.EqualFold(s, name[:3]) {
			return d, true
		}
	}
	switch s {
	case "tues":
		return time.Tuesday, true
	case "weds":
		return time.Wednesday, true
	case "thur", "thurs":
		return time.Thursday, true
	}
	return 0, false
}
