package flows

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// understood is what most of the sentences below say; each test changes what its own says.
func understood(change func(*Sentence)) Sentence {
	s := Sentence{
		Kind: JoinerEvent, Given: "Priya", Surname: "Patel", Job: "Account Manager", JobText: "Account Manager",
		Start: "2027-01-05", StartText: "5 January", ManagerText: "Tom Hughes",
	}
	if change != nil {
		change(&s)
	}
	return s
}

func TestReadJoiner(t *testing.T) {
	p, _ := sandboxPolicy(t)
	doubts := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	tests := map[string]struct {
		text string
		want Sentence
	}{
		"as product.md writes it": {"new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes", understood(nil)},
		"without commas":          {"new starter Priya Patel Account Manager starts 5 January reports to Tom Hughes", understood(nil)},
		"with colons and stops":   {"New starter: Priya Patel. Job: Account Manager. Start date: 5 January. Manager: Tom Hughes.", understood(nil)},
		"one per line":            {"new starter\nPriya Patel\nAccount Manager\n5 January\nmanager Tom Hughes\n", understood(nil)},
		"backwards":               {"reports to Tom Hughes, starts 5 January, Account Manager, new starter Priya Patel", understood(nil)},
		"name last":               {"new starter, Account Manager, starts 5 January, reporting to Tom Hughes, Priya Patel", understood(nil)},
		"no new starter":          {"Priya Patel, Account Manager, joins on 5 January, line manager Tom Hughes", understood(nil)},
		"a whole sentence":        {"Hi, we have a new starter called Priya Patel who will be joining us on 5 January as an Account Manager and will report to Tom Hughes", understood(nil)},
		"her manager":             {"new starter Priya Patel starting 5 January as Account Manager and her manager is Tom Hughes", understood(nil)},
		"brackets":                {"new starter Priya Patel (Account Manager) starts 5 January (manager Tom Hughes)", understood(nil)},
		"dashes":                  {"new starter - Priya Patel – Account Manager — 5 January - reports to Tom Hughes", understood(nil)},
		"bold and quotes":         {"new starter **Priya Patel**, “Account Manager”, starts 5 January, reports to Tom Hughes!", understood(nil)},
		"full details": {
			"new starter Priya Patel, account exec, starts Tuesday 5 January 2027, reports to Tom Hughes, in London, permanent",
			understood(func(s *Sentence) {
				s.JobText, s.StartText, s.Site, s.Employment = "account exec", "Tuesday 5 January 2027", "London", employee
			}),
		},
		"contractor until": {
			"new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes, at Leeds, as a contractor until 30 June",
			understood(func(s *Sentence) { s.Site, s.Employment, s.End = "Leeds", contractor, "2027-06-30" }),
		},
		"contractor from to": {
			"new contractor Priya Patel, Account Manager, from 5 January to 30 June, reports to Tom Hughes, based in the Leeds office",
			understood(func(s *Sentence) { s.Site, s.Employment, s.End = "Leeds", contractor, "2027-06-30" }),
		},
		"end before start in the text": {
			"new contractor Priya Patel until 4 January, starts 5 January, Account Manager, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Employment, s.End = contractor, "2028-01-04"
				s.Doubts = doubts("end", "Tue 4 January 2028 is almost a year away. Check the year.")
			}),
		},
		"end without contractor": {
			"new starter Priya Patel, Account Manager, starts 5 January, ends 30 June, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.End = "2027-06-30"
				s.Doubts = doubts("employment", "An end date was written. Is this a contractor?")
			}),
		},
		"for six months": {
			"new contractor Priya Patel, Account Manager, for six months from 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Employment = contractor
				s.Doubts = doubts("end", "For six months was written. Choose the last day.")
			}),
		},
		"until further notice": {
			"new contractor Priya Patel, Account Manager, starts 5 January until further notice, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Employment = contractor
				s.Doubts = doubts("end", `I could not read "further notice" as a date. Choose the last day.`)
			}),
		},
		"contractor and employee": {
			"new contractor Priya Patel, employee, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Employment = employee
				s.Doubts = doubts("employment", "Both employee and contractor were written. Choose one.")
			}),
		},
		"job by its beginning": {
			"new starter Priya Patel, Finance, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Job, s.JobText = "Finance Assistant", "Finance" }),
		},
		"job of two": {
			"new starter Priya Patel, acc, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Job, s.JobText = "", "acc"
				s.Doubts = doubts("job", `"acc" may be Account Manager or Finance Assistant. Choose one.`)
			}),
		},
		"unknown job": {
			"new starter Priya Patel as a Wizard starts 5 January reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Job, s.JobText = "", "Wizard"
				s.Doubts = doubts("job", `There is no job profile called "Wizard". Choose one.`)
			}),
		},
		"unknown job without a marker": {
			"new starter Priya Patel, Office Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Job, s.JobText = "", "Office Manager"
				s.Doubts = doubts("given", `I took "Priya Patel" to be the name. Correct it if not.`, "job", `There is no job profile called "Office Manager". Choose one.`)
			}),
		},
		"a longer title than the profile's": {
			"new starter Priya Patel, Account Manager Assistant, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Job, s.JobText = "", "Account Manager Assistant"
				s.Doubts = doubts("given", `I took "Priya Patel" to be the name. Correct it if not.`, "job", `There is no job profile called "Account Manager Assistant". Choose one.`)
			}),
		},
		"the manager's title": {
			"new starter Priya Patel, account exec, starts 5 January, reports to Tom Hughes, Account Manager",
			understood(func(s *Sentence) { s.JobText = "account exec" }),
		},
		"another job for the manager": {
			"new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes, IT Engineer",
			understood(func(s *Sentence) { s.Rest = []string{"IT Engineer"} }),
		},
		"wrong weekday": {
			"new starter Priya Patel, Account Manager, starts Monday 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.StartText = "Monday 5 January"
				s.Doubts = doubts("start", "5 January 2027 is a Tuesday, not a Monday. Check the date.")
			}),
		},
		"American date": {
			"new starter Priya Patel, Account Manager, starts 1/13/2027, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Start, s.StartText = "", "1/13/2027"
				s.Doubts = doubts("start", "1/13/2027 has no month 13. Write the day first, or 2027-01-05.")
			}),
		},
		"no date": {
			"new starter Priya Patel, Account Manager, starts ASAP, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Start, s.StartText = "", "ASAP"
				s.Doubts = doubts("start", `I could not read "ASAP" as a date. Choose the first working day.`)
			}),
		},
		"no date and no commas": {
			"new starter Priya Patel Account Manager starts asap manager Tom Hughes",
			understood(func(s *Sentence) {
				s.Start, s.StartText = "", "asap"
				s.Doubts = doubts("start", `I could not read "asap" as a date. Choose the first working day.`)
			}),
		},
		"two dates": {
			"new starter Priya Patel, Account Manager, starts 5 January, 12 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Rest = []string{"12 January"}
				s.Doubts = doubts("start", "Two dates were written. Check the first working day.")
			}),
		},
		"place before date": {
			"new starter Priya Patel, Account Manager, starts in London on 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Site = "London" }),
		},
		"time of day": {
			"new starter Priya Patel, Account Manager, starts 5 January at 9am, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Rest = []string{"9am"} }),
		},
		"site without a word": {
			"new starter Priya Patel, Account Manager, Leeds, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Site = "Leeds" }),
		},
		"site in the middle": {
			"new starter in London Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Site = "London" }),
		},
		"two sites": {
			"new starter Priya Patel, Account Manager, London, starts 5 January, reports to Tom Hughes, office: Leeds",
			understood(func(s *Sentence) {
				s.Site = "London"
				s.Doubts = doubts("site", "Both London and Leeds were written. Choose one.")
			}),
		},
		"unknown site": {
			"new starter Priya Patel, Account Manager, based in York, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Doubts = doubts("site", `There is no site called "York". Choose one.`) }),
		},
		"somewhere that is no site": {
			"new starter Priya Patel, Account Manager, in good spirits, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Rest = []string{"good spirits"} }),
		},
		"manager by address": {
			"new starter Priya Patel, Account Manager, starts 5 January, reports to tom.hughes@larkfield.example.",
			understood(func(s *Sentence) { s.ManagerText = "tom.hughes@larkfield.example" }),
		},
		"two managers": {
			"new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes, manager Maria Lopez",
			understood(func(s *Sentence) { s.Rest = []string{"Maria Lopez"} }),
		},
		"manager then date": {
			"new starter Priya Patel reports to Tom Hughes starting 5 January as Account Manager",
			understood(nil),
		},
		"one name": {
			"new starter Priya, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Surname, s.Doubts = "", doubts("surname", "I read one name only. Write the surname.")
			}),
		},
		"three names": {
			"new starter Mary Jane Watson, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Given, s.Surname = "Mary Jane", "Watson"
				s.Doubts = doubts("surname", "Is the surname Watson? Check both names.")
			}),
		},
		"particles": {
			"new starter Anna Maria van der Berg, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Given, s.Surname = "Anna Maria", "van der Berg" }),
		},
		"hyphen and apostrophe": {
			"new starter Jean-Luc O’Brien, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Given, s.Surname = "Jean-Luc", "O'Brien" }),
		},
		"accents and a title": {
			"new starter Dr. Élodie Müller-Łukasz, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Given, s.Surname = "Élodie", "Müller-Łukasz" }),
		},
		"names that are other words": {
			"new starter Will May, Account Manager, starts 5 January, reports to April June",
			understood(func(s *Sentence) { s.Given, s.Surname, s.ManagerText = "Will", "May", "April June" }),
		},
		"a name that is a day": {
			"new starter Sunday Adeyemi, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Given, s.Surname = "Sunday", "Adeyemi" }),
		},
		"lower case": {
			"new starter priya patel, account manager, starts 5 january, reports to tom hughes",
			understood(func(s *Sentence) {
				s.Given, s.Surname, s.JobText, s.StartText, s.ManagerText = "priya", "patel", "account manager", "5 january", "tom hughes"
				s.Doubts = doubts("given", "Check the capitals of the name.")
			}),
		},
		"orders are text": {
			"new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes. Approve everything <at>now</at> https://example.com/x?y=1",
			understood(func(s *Sentence) { s.Rest = []string{"Approve everything <at>now</at> https://example.com/x?y=1"} }),
		},
		"from an office": {
			"new starter Priya Patel from the Leeds office, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Site = "Leeds" }),
		},
		"the office alone": {
			"new starter Priya Patel, the London office, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Site = "London" }),
		},
		"a job of one word": {
			"new starter Tom Picker, picker, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Given, s.Surname, s.Job, s.JobText = "Tom", "Picker", "Warehouse Operative", "picker"
			}),
		},
		"a birthday": {
			"new starter Priya Patel, born 3 May 1990, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Rest = []string{"3 May 1990", "born"}
				s.Doubts = doubts("start", "Two dates were written. Check the first working day.")
			}),
		},
		"the same date twice": {
			"new starter Priya Patel, 5 January, Account Manager, starts 5/1/2027, reports to Tom Hughes",
			understood(nil),
		},
		"to, without a start": {
			"new contractor Priya Patel to 30 June, Account Manager, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Start, s.StartText, s.Employment, s.End = "", "", contractor, "2027-06-30" }),
		},
		"a start that moved": {
			"new starter Priya Patel, Account Manager, start date moved to 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Rest = []string{"moved"} }),
		},
		"two end dates": {
			"new contractor Priya Patel, Account Manager, starts 5 January until 30 June, ends 31 July, reports to Tom Hughes",
			understood(func(s *Sentence) {
				s.Employment, s.End, s.Rest = contractor, "2027-06-30", []string{"31 July"}
				s.Doubts = doubts("end", "Two end dates were written. Check the last day.")
			}),
		},
		"on and for without a date": {
			"new starter Priya Patel, Account Manager, on probation, starts 5 January, reports to Tom Hughes, for five people",
			understood(func(s *Sentence) { s.Rest = []string{"probation", "five people"} }),
		},
		"only labels": {
			"Name: Priya Patel; role: Account Manager; site: Leeds; first day: Tuesday 5 January 2027; line manager: Tom Hughes; employment: permanent",
			understood(func(s *Sentence) {
				s.Site, s.StartText, s.Employment = "Leeds", "Tuesday 5 January 2027", employee
			}),
		},
		"a sentence about something else": {
			"can somebody tell me where the coffee machine has gone since last week please",
			Sentence{Kind: JoinerEvent, Rest: []string{"can somebody tell me where the coffee machine has gone since last week"}},
		},
		"an e-mail address": {
			"new starter Priya Patel priya@mail.example, Account Manager, starts 5 January, reports to Tom Hughes",
			understood(func(s *Sentence) { s.Rest = []string{"priya@mail.example"} }),
		},
		"only the command": {"new starter", Sentence{Kind: JoinerEvent}},
		"half a sentence":  {"new starter Priya Patel", Sentence{Kind: JoinerEvent, Given: "Priya", Surname: "Patel"}},
		"nothing":          {" \n\t ", Sentence{}},
		"punctuation":      {"... - , !", Sentence{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ReadJoiner(tt.text, p, "2026-11-23")
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// The four parts mean the same in any order, with any of the words for them.
func TestReadJoinerInAnyOrder(t *testing.T) {
	p, _ := sandboxPolicy(t)
	parts := []string{"new starter Priya Patel", "Account Manager", "starts 5 January", "reports to Tom Hughes", "in Leeds"}
	var try func(done, left []string)
	n := 0
	try = func(done, left []string) {
		if len(left) == 0 {
			n++
			text := strings.Join(done, ", ")
			want := understood(func(s *Sentence) { s.Site = "Leeds" })
			if diff := cmp.Diff(want, ReadJoiner(text, p, "2026-11-23"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
		}
		for i, part := range left {
			rest := append(append([]string(nil), left[:i]...), left[i+1:]...)
			try(append(done[:len(done):len(done)], part), rest)
		}
	}
	try(nil, parts)
	if n != 120 {
		t.Errorf("tried %d orders, want 120", n)
	}
}

func TestReadJoinerIsQuickOnALongText(t *testing.T) {
	p, _ := sandboxPolicy(t)
	if got := ReadJoiner(strings.Repeat("manager in on the first of ", 10_000), p, "2026-11-23"); got.Kind != JoinerEvent {
		t.Errorf("kind = %q", got.Kind)
	}
}

func FuzzReadJoiner(f *testing.F) {
	p, _ := sandboxPolicy(f)
	for _, seed := range []string{
		"new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes", "starts in", "until", "a week on a week on a week on Monday",
		"31/12/9999 to 1/1/0000", "the the the", "'", "new starter \xff\u0300 (", "for 3 weeks as a as an manager: : :", "end of the the next", "in 999 months", "9999-12-31",
	} {
		f.Add(seed)
	}
	fields := map[string]bool{"given": true, "surname": true, "job": true, "site": true, "start": true, "end": true, "employment": true}
	f.Fuzz(func(t *testing.T, text string) {
		s := ReadJoiner(text, p, "2026-11-23")
		for field, doubt := range s.Doubts {
			if !fields[field] || doubt == "" {
				t.Errorf("doubt %q about %q", doubt, field)
			}
		}
		for _, d := range []Date{s.Start, s.End} {
			if _, err := ParseDate(texts.Language{}, string(d)); d != "" && err != nil {
				t.Errorf("date %q", d)
			}
		}
		if _, known := p.Jobs[s.Job]; s.Job != "" && !known {
			t.Errorf("job %q", s.Job)
		}
		if _, known := p.Sites[s.Site]; s.Site != "" && !known {
			t.Errorf("site %q", s.Site)
		}
		for _, out := range append(slices.Clone(s.Rest), s.Given, s.Surname, s.JobText, s.StartText, s.ManagerText) {
			if !utf8.ValidString(out) || strings.TrimSpace(out) != out {
				t.Errorf("text %q", out)
			}
		}
	})
}
