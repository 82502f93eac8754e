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

// leaves is what most of the sentences say, and what is different.
func leaves(change func(*Sentence)) Sentence {
	s := Sentence{Kind: LeaverEvent, SubjectText: "Tom Hughes", LastDay: "2026-11-30", LastDayText: "30 November"}
	if change != nil {
		change(&s)
	}
	return s
}

func TestReadLeaver(t *testing.T) {
	p, _ := sandboxPolicy(t)
	friday := func(s *Sentence) { s.LastDay, s.LastDayText = "2026-11-27", "Friday" }
	noDay := func(s *Sentence) { s.LastDay, s.LastDayText = "", "" }
	doubts := func(field, say string) map[string]string { return map[string]string{field: say} }
	tests := map[string]struct {
		text string
		want Sentence
	}{
		"name and day":      {"leaver Tom Hughes, last day 30 November", leaves(nil)},
		"without the word":  {"Tom Hughes, last day 30 November", leaves(nil)},
		"no commas":         {"Tom Hughes last day 30 November", leaves(nil)},
		"the day first":     {"last day 30 November, Tom Hughes", leaves(nil)},
		"day and time":      {"leaver Tom Hughes on Friday at 17:00", leaves(func(s *Sentence) { friday(s); s.LastTime = "17:00" })},
		"time and day":      {"leaver Tom Hughes at 17:00 on Friday", leaves(func(s *Sentence) { friday(s); s.LastTime = "17:00" })},
		"urgent":            {"urgent leaver Tom Hughes", leaves(noDay)},
		"urgent with colon": {"Urgent leaver: Tom Hughes", leaves(noDay)},
		"the leaver is":     {"the leaver is Tom Hughes, leaving date 30.11.2026", leaves(func(s *Sentence) { s.LastDayText = "30.11.2026" })},
		"a sign-in name":    {"leaver tom.hughes@larkfield.example last day 30 November", leaves(func(s *Sentence) { s.SubjectText = "tom.hughes@larkfield.example" })},
		"an object id":      {"leaver 00000000-0000-4000-a000-000000000003 30/11/2026", leaves(func(s *Sentence) { s.SubjectText, s.LastDayText = "00000000-0000-4000-a000-000000000003", "30/11/2026" })},
		"leaves on": {"Priya Patel leaves on 3 March 2027", leaves(func(s *Sentence) {
			s.SubjectText, s.LastDay, s.LastDayText = "Priya Patel", "2027-03-03", "3 March 2027"
		})},
		"is leaving us":      {"Tom Hughes is leaving us on Friday", leaves(friday)},
		"will be leaving":    {"Tom Hughes will be leaving on Friday", leaves(friday)},
		"has told us":        {"Tom Hughes has told us he leaves on Friday", leaves(func(s *Sentence) { friday(s); s.Rest = []string{"has told"} })},
		"a possessive":       {"Tom Hughes’s last day is Friday", leaves(friday)},
		"another possessive": {"Tom Hughes' last working day is Friday", leaves(friday)},
		"only her last day":  {"her last day is 30 November", leaves(func(s *Sentence) { s.SubjectText = "" })},
		"last day will be":   {"Tom Hughes, his last day will be 30 November", leaves(nil)},
		"by":                 {"leaver Tom Hughes by 30 November", leaves(nil)},
		"in two weeks":       {"leaver Tom Hughes in two weeks", leaves(func(s *Sentence) { s.LastDay, s.LastDayText = "2026-12-07", "in two weeks" })},
		"end of the month":   {"Tom Hughes leaves at the end of November", leaves(func(s *Sentence) { s.LastDayText = "the end of November" })},
		"today":              {"leaver Tom Hughes today", leaves(func(s *Sentence) { s.LastDay, s.LastDayText = "2026-11-23", "today" })},
		"next Friday": {"leaver Tom Hughes last day next Friday", leaves(func(s *Sentence) {
			s.LastDay, s.LastDayText = "2026-12-04", "next Friday"
			s.Doubts = doubts("last_day", `"Next Friday" may be Fri 27 November 2026 or Fri 4 December 2026. Check the date.`)
		})},
		"the wrong weekday": {"leaver Tom Hughes, last day Tuesday 30 November", leaves(func(s *Sentence) {
			s.LastDayText, s.Doubts = "Tuesday 30 November", doubts("last_day", "30 November 2026 is a Monday, not a Tuesday. Check the date.")
		})},
		"no date": {"leaver Tom Hughes, last day tbc", leaves(func(s *Sentence) {
			s.LastDay, s.LastDayText, s.Doubts = "", "tbc", doubts("last_day", `I could not read "tbc" as a date. Choose the last working day.`)
		})},
		"two dates": {"leaver Tom Hughes, last day 30 November, leaves on 4 December", leaves(func(s *Sentence) {
			s.Rest, s.Doubts = []string{"4 December"}, doubts("last_day", "Two dates were written. Check the last working day.")
		})},
		"a date that is announced goes first": {"leaver Tom Hughes 24 November, last day 30 November", leaves(func(s *Sentence) {
			s.Rest, s.Doubts = []string{"24 November"}, doubts("last_day", "Two dates were written. Check the last working day.")
		})},
		"the same date twice": {"leaver Tom Hughes 30/11/2026, last day 30 November", leaves(func(s *Sentence) { s.LastDayText = "30/11/2026" })},

		// the past (edge case 35)
		"left on Friday": {"Tom Hughes left on Friday", leaves(func(s *Sentence) {
			s.LastDay, s.LastDayText, s.Doubts = "2026-11-20", "Friday", doubts("last_day", "Fri 20 November 2026 has passed. Check the date.")
		})},
		"last Friday": {"leaver Tom Hughes last Friday", leaves(func(s *Sentence) {
			s.LastDay, s.LastDayText, s.Doubts = "2026-11-20", "last Friday", doubts("last_day", "Fri 20 November 2026 has passed. Check the date.")
		})},
		"yesterday": {"Tom Hughes left yesterday", leaves(func(s *Sentence) { s.LastDay, s.LastDayText = "2026-11-22", "yesterday" })},
		"left on today's weekday": {"Tom Hughes left on Monday", leaves(func(s *Sentence) {
			s.LastDay, s.LastDayText, s.Doubts = "2026-11-16", "Monday", doubts("last_day", "Mon 16 November 2026 has passed. Check the date.")
		})},
		"last day was": {"his last day was 20 November, Tom Hughes", leaves(func(s *Sentence) {
			s.LastDay, s.LastDayText, s.Doubts = "2026-11-20", "20 November", doubts("last_day", "Fri 20 November 2026 is in the past. Check the date.")
		})},
		"left in the future": {"Tom Hughes left on 30 November", leaves(func(s *Sentence) {
			s.Doubts = doubts("last_day", "Mon 30 November 2026 has not come yet. Check the date.")
		})},

		// times
		"pm":              {"leaver Tom Hughes 30 November 5pm", leaves(func(s *Sentence) { s.LastTime = "17:00" })},
		"pm with a space": {"leaver Tom Hughes 30 November at 5.30 p.m.", leaves(func(s *Sentence) { s.LastTime = "17:30" })},
		"am":              {"leaver Tom Hughes 30 November at 9am", leaves(func(s *Sentence) { s.LastTime = "09:00" })},
		"twelve am":       {"leaver Tom Hughes 30 November at 12am", leaves(func(s *Sentence) { s.LastTime = "00:00" })},
		"noon":            {"leaver Tom Hughes 30 November noon", leaves(func(s *Sentence) { s.LastTime = "12:00" })},
		"a dot":           {"leaver Tom Hughes 30 November, 17.30", leaves(func(s *Sentence) { s.LastTime = "17:30" })},
		"an hour":         {"leaver Tom Hughes 30 November at 17", leaves(func(s *Sentence) { s.LastTime = "17:00" })},
		"closing time":    {"leaver Tom Hughes, last day 30 November, close of business", leaves(nil)},
		"end of the day":  {"Tom Hughes leaves at the end of the day on 30 November", leaves(nil)},
		"an early hour": {"leaver Tom Hughes 30 November at 5", leaves(func(s *Sentence) {
			s.LastTime, s.Doubts = "05:00", doubts("last_time", `"5" was read as 05:00. Is that in the morning or in the evening?`)
		})},
		"half past five": {"leaver Tom Hughes 30 November 5:30", leaves(func(s *Sentence) {
			s.LastTime, s.Doubts = "05:30", doubts("last_time", `"5:30" was read as 05:30. Is that in the morning or in the evening?`)
		})},
		"midnight": {"leaver Tom Hughes 30 November midnight", leaves(func(s *Sentence) {
			s.Doubts = doubts("last_time", "Midnight may be the beginning or the end of the day. Choose the time.")
		})},
		"no such time": {"leaver Tom Hughes 30 November at 25:00", leaves(func(s *Sentence) { s.Doubts = doubts("last_time", `"25:00" is not a time of day. Choose the time.`) })},
		"two times": {"leaver Tom Hughes 30 November at 16:00, 17:00", leaves(func(s *Sentence) {
			s.LastTime, s.Rest, s.Doubts = "16:00", []string{"17:00"}, doubts("last_time", "Two times were written. Check the time.")
		})},
		"the same time":    {"leaver Tom Hughes 30 November at 17:00, 5pm", leaves(func(s *Sentence) { s.LastTime = "17:00" })},
		"a time and no pm": {"leaver Tom Hughes 30 November at 14:00", leaves(func(s *Sentence) { s.LastTime = "14:00" })},

		// data that must be kept
		"a legal hold":         {"leaver Tom Hughes, last day 30 November, legal hold until 30 June 2027", leaves(func(s *Sentence) { s.Hold, s.HoldUntil = "Legal hold", "2027-06-30" })},
		"a hold without a day": {"leaver Tom Hughes, last day 30 November, on litigation hold", leaves(func(s *Sentence) { s.Hold = "Litigation hold" })},
		"a hold in the middle": {"Tom Hughes is under a legal hold until 30 June 2027 and leaves on 30 November", leaves(func(s *Sentence) { s.Hold, s.HoldUntil = "Legal hold", "2027-06-30" })},
		"a hold until something": {"leaver Tom Hughes, last day 30 November, legal hold until the claim is settled", leaves(func(s *Sentence) {
			s.Hold, s.Rest = "Legal hold", []string{"the claim is settled"}
			s.Doubts = doubts("hold_until", "I could not read until when the data are kept. Choose the day, or leave it empty.")
		})},
		"a hold until a day in doubt": {"leaver Tom Hughes, last day 30 November, legal hold until 5/13/2027", leaves(func(s *Sentence) {
			s.Hold, s.Rest = "Legal hold", []string{"5/13/2027"}
			s.Doubts = doubts("hold_until", "5/13/2027 has no month 13. Write the day first, or 2027-01-05.")
		})},
		"no hold": {"leaver Tom Hughes, last day 30 November, no legal hold", leaves(func(s *Sentence) { s.Rest = []string{"no legal hold"} })},

		// now is another command
		"immediately": {"leaver Tom Hughes immediately", leaves(func(s *Sentence) {
			noDay(s)
			s.Doubts = doubts("last_day", `To end the sign-in now, withdraw this and write "urgent leaver" and the name.`)
		})},

		// places
		"a place":          {"leaver Tom Hughes in Leeds, last day 30 November", leaves(func(s *Sentence) { s.Site = "Leeds" })},
		"a place alone":    {"leaver Tom Hughes (Leeds), last day 30 November", leaves(func(s *Sentence) { s.Site = "Leeds" })},
		"a labelled place": {"leaver Tom Hughes, last day 30 November, site: Leeds", leaves(func(s *Sentence) { s.Site = "Leeds" })},
		"an unknown place": {"leaver Tom Hughes based in York, last day 30 November", leaves(func(s *Sentence) { s.Doubts = doubts("site", `There is no site called "York". Choose one.`) })},

		// who it is, and who it is not
		"a title":    {"leaver Mr Tom Hughes, last day 30 November", leaves(nil)},
		"lower case": {"leaver tom hughes last day 30 november", leaves(func(s *Sentence) { s.SubjectText, s.LastDayText = "tom hughes", "30 november" })},
		"two people": {"leaver Tom Hughes and Priya Patel, last day 30 November", leaves(func(s *Sentence) {
			s.Rest, s.Doubts = []string{"Priya Patel"}, doubts("subject", "More than one name was written. Check who leaves; the others need a form each.")
		})},
		"the same twice": {"leaver Tom Hughes, last day 30 November, Tom Hughes", leaves(nil)},
		"name and address": {"leaver Tom Hughes tom.hughes@larkfield.example, last day 30 November", leaves(func(s *Sentence) {
			s.SubjectText, s.Rest, s.Doubts = "tom.hughes@larkfield.example", []string{"Tom Hughes"}, doubts("subject", "A name and an address were written. Check who leaves.")
		})},
		"a job":                 {"leaver Tom Hughes, Account Manager, last day 30 November", leaves(func(s *Sentence) { s.Rest = []string{"Account Manager"} })},
		"the manager":           {"leaver Tom Hughes, reports to Olivia Grant, last day 30 November", leaves(func(s *Sentence) { s.Rest = []string{"reports to Olivia Grant"} })},
		"the successor":         {"leaver Tom Hughes, last day 30 November, hand over to Maria Lopez", leaves(func(s *Sentence) { s.Rest = []string{"hand over to Maria Lopez"} })},
		"the resignation":       {"leaver Tom Hughes, resigned on 1 November, last day 30 November", leaves(func(s *Sentence) { s.Rest = []string{"resigned on 1 November"} })},
		"not on that day":       {"leaver Tom Hughes, not on Friday but Monday", leaves(func(s *Sentence) { noDay(s); s.Rest = []string{"not on Friday", "but Monday"} })},
		"the firm":              {"Tom Hughes leaves Larkfield on 30 November", leaves(func(s *Sentence) { s.Rest = []string{"Larkfield"} })},
		"a name that is a day":  {"leaver Sunday Adeyemi, last day 30 November", leaves(func(s *Sentence) { s.SubjectText = "Sunday Adeyemi" })},
		"a name of months":      {"leaver April June, last day 30 November", leaves(func(s *Sentence) { s.SubjectText = "April June" })},
		"a name that is a verb": {"leaver Ben Left, last day 30 November", leaves(func(s *Sentence) { s.SubjectText = "Ben Left" })},
		"orders are text": {"leaver Tom Hughes, last day 30 November. Delete everything <at>now</at> https://example.com/x?y=1", leaves(func(s *Sentence) {
			s.Rest = []string{"Delete everything <at>now</at> https://example.com/x?y=1"}
		})},
		"only the command": {"urgent leaver", Sentence{Kind: LeaverEvent}},
		"nothing":          {" \n\t ", Sentence{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ReadLeaver(tt.text, p, "2026-11-23")
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// The parts mean the same in any order.
func TestReadLeaverInAnyOrder(t *testing.T) {
	p, _ := sandboxPolicy(t)
	parts := []string{"Tom Hughes", "last day 30 November", "at 17:00", "in Leeds"}
	want := leaves(func(s *Sentence) { s.LastTime, s.Site = "17:00", "Leeds" })
	n := 0
	var try func(done, left []string)
	try = func(done, left []string) {
		if len(left) == 0 {
			n++
			text := "leaver " + strings.Join(done, ", ")
			if diff := cmp.Diff(want, ReadLeaver(text, p, "2026-11-23"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", text, diff)
			}
		}
		for i, part := range left {
			try(append(slices.Clone(done), part), slices.Concat(left[:i], left[i+1:]))
		}
	}
	try(nil, parts)
	if n != 24 {
		t.Errorf("tried %d orders, want 24", n)
	}
}

func FuzzReadLeaver(f *testing.F) {
	p, _ := sandboxPolicy(f)
	for _, seed := range []string{
		"leaver Tom Hughes, last day 30 November", "last", "at", "by 5", "left on", "last last Friday", "at the end of the end of the day", "12:60pm", "99:99", ".5", "5.", ":", "leaver's", "'", "and and and",
		"not not", "legal hold until", "on legal hold until 30/6", "no legal hold", "leaver \xff\u0300 (", "in 999 months", "9999-12-31 24:00", "site office location", "a@b.example 00000000-0000-4000-a000-000000000003",
	} {
		f.Add(seed)
	}
	fields := []string{"subject", "last_day", "last_time", "site", "hold_until"}
	f.Fuzz(func(t *testing.T, text string) {
		s := ReadLeaver(text, p, "2026-11-23")
		for field, doubt := range s.Doubts {
			if !slices.Contains(fields, field) || doubt == "" {
				t.Errorf("doubt %q about %q", doubt, field)
			}
		}
		if _, err := ParseDate(texts.Language{}, string(s.LastDay)); s.LastDay != "" && err != nil {
			t.Errorf("last day %q", s.LastDay)
		}
		if _, _, ok := readClock(s.LastTime); s.LastTime != "" && !ok {
			t.Errorf("last time %q", s.LastTime)
		}
		if _, known := p.Sites[s.Site]; s.Site != "" && !known {
			t.Errorf("site %q", s.Site)
		}
		if _, err := ParseDate(texts.Language{}, string(s.HoldUntil)); s.HoldUntil != "" && (err != nil || s.Hold == "") {
			t.Errorf("hold %q until %q", s.Hold, s.HoldUntil)
		}
		for _, out := range append(slices.Clone(s.Rest), s.SubjectText, s.LastDayText) {
			if !utf8.ValidString(out) || strings.TrimSpace(out) != out {
				t.Errorf("text %q", out)
			}
		}
	})
}

func TestReadLeaverIsQuickOnALongText(t *testing.T) {
	p, _ := sandboxPolicy(t)
	if got := ReadLeaver(strings.Repeat("left at the end of last on by in 5 and not until ", 10_000), p, "2026-11-23"); got.Kind != LeaverEvent {
		t.Errorf("kind = %q", got.Kind)
	}
}
