package flows

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"muster/flows/texts"
)

// FuzzReadAbsence holds what FuzzReadJoiner holds, for sentences about a leave and a new name.
func FuzzReadAbsence(f *testing.F) {
	p, _ := sandboxPolicy(f)
	for _, seed := range []string{
		"leave Nadia Brook from 1 December to 28 February, parental", "rename Nadia Brook to Nadia Blake from 1 December", "leave until", "rename to to to",
		"leave \xff from from 31/12/9999", "rename a to b to c on on Monday", "leave Tom Hughes for 999 weeks", "rename , to ,",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range []Sentence{ReadLeave(text, p, "2026-11-23"), ReadRename(text, p, "2026-11-23")} {
			for field, doubt := range s.Doubts {
				if field == "" || doubt == "" {
					t.Errorf("doubt %q about %q", doubt, field)
				}
			}
			for _, d := range []Date{s.Start, s.End, s.LastDay} {
				if _, err := ParseDate(texts.Language{}, string(d)); d != "" && err != nil {
					t.Errorf("date %q", d)
				}
			}
			for _, out := range append(slices.Clone(s.Rest), s.Given, s.Surname, s.SubjectText, s.StartText) {
				if !utf8.ValidString(out) || strings.TrimSpace(out) != out {
					t.Errorf("text %q", out)
				}
			}
		}
	})
}

// FuzzReadArguments holds that what follows a command is read as what it can be or refused with a sentence: days, times, months, periods for
// an audit, names, and who decides in whose place.
func FuzzReadArguments(f *testing.F) {
	for _, seed := range []string{
		"November", "2026-11", "1 January 2026 to 31 March 2026 draw 25 seed 7", "last month with all packs", "Maria Lopez from 1 December until 12 December", "draw draw 1 seed",
		"12 January at 17:30", "31/12/9999", "00:00", "24:61", "noon", "Patel, Priya", "van der Berg", "9999-12 draw 500 seed \x00", "to to to", "in 9999999999 years", "\xff",
	} {
		f.Add(seed)
	}
	const today Date = "2026-11-23"
	month := regexp.MustCompile(`^[0-9]{4}-[0-9]{2}$`)
	clock := regexp.MustCompile(`^[0-2][0-9]:[0-5][0-9]$`)
	good := func(t *testing.T, ds ...Date) {
		for _, d := range ds {
			if _, err := ParseDate(texts.Language{}, string(d)); d != "" && err != nil {
				t.Errorf("date %q", d)
			}
		}
	}
	e := &Engine{Policy: &Policy{}, Now: func() time.Time { return at("2026-11-23", 9, 0) }}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := readSample(texts.Language{}, text, today)
		if err != nil && (CodeOf(err) != Invalid || SayOf(err) == "") {
			t.Errorf("error %v says %q", err, SayOf(err))
		}
		if good(t, q.From, q.To); err == nil && (q.From == "" || q.To < q.From || q.Draw < 0 || q.Draw > mostDrawn || len(q.Seed) > 40) {
			t.Errorf("query %+v", q)
		}
		if m, ok := readMonth(text, today); ok && (!month.MatchString(string(m)) || m > "2026-11") {
			t.Errorf("month %q", m)
		}
		day, at, _ := readDay(texts.Language{}, text, today, 14)
		other, _ := ReadDay(texts.Language{}, text, 14, today)
		good(t, day, other)
		if at != "" && !clock.MatchString(at) {
			t.Errorf("time %q", at)
		}
		if at, doubt := ReadTime(texts.Language{}, text); at != "" && !clock.MatchString(at) || at == "" && doubt == "" {
			t.Errorf("time %q, doubt %q", at, doubt)
		}
		if d, err := ParseDate(texts.Language{}, text); err == nil && string(d) != text {
			t.Errorf("%q is the date %q", text, d)
		}
		given, surname, _ := SplitName(texts.Language{}, text)
		v := DelegationView{}
		name, from, until := e.readDelegation(text, &v)
		good(t, from, until)
		for _, s := range []string{given, surname, name} {
			if utf8.ValidString(text) && !utf8.ValidString(s) || strings.TrimSpace(s) != s {
				t.Errorf("%q is read as %q", text, s)
			}
		}
	})
}
