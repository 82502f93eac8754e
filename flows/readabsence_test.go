package flows

import (
	"testing"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestReadLeave(t *testing.T) {
	p, _ := sandboxPolicy(t)
	full := Sentence{Kind: LeaveEvent, SubjectText: "Priya Patel", Start: "2027-03-01", End: "2027-09-30"}
	for text, want := range map[string]Sentence{
		"Priya Patel from 1 March until 30 September":               full,
		"leave Priya Patel, from 1 March 2027 to 30 September 2027": full,
		"from 1 March 2027 until 30 September: Priya Patel":         full,
		"Priya Patel starting 1 March, back on 1 October":           full,
		"Priya Patel from 1 March, returns on 1 October 2027":       full,
		"priya.patel@larkfield.example from 1 March":                {Kind: LeaveEvent, SubjectText: "priya.patel@larkfield.example", Start: "2027-03-01"},
		"Priya Patel":                           {Kind: LeaveEvent, SubjectText: "Priya Patel"},
		"Priya Patel 1 March 2027":              {Kind: LeaveEvent, SubjectText: "Priya Patel", Start: "2027-03-01"},
		"April Summer from 1 March":             {Kind: LeaveEvent, SubjectText: "April Summer", Start: "2027-03-01"},
		"Priya Patel, sabbatical, from 1 March": {Kind: LeaveEvent, SubjectText: "Priya Patel", Start: "2027-03-01", Rest: []string{"sabbatical"}},
		"Priya Patel from 1 March, back on 1 October, until 30 September": {Kind: LeaveEvent, SubjectText: "Priya Patel", Start: "2027-03-01", End: "2027-09-30", Doubts: map[string]string{
			"end": "An end and a day of return were written. Check the last day of the leave.",
		}},
		"Priya Patel from 1 March from 2 March": {Kind: LeaveEvent, SubjectText: "Priya Patel", Start: "2027-03-01", Doubts: map[string]string{"start": "Two dates were written. Check this one."}},
		"":                                      {Kind: LeaveEvent},
	} {
		t.Run(text, func(t *testing.T) {
			if diff := cmp.Diff(want, ReadLeave(text, p, "2026-11-23"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRename(t *testing.T) {
	p, _ := sandboxPolicy(t)
	full := Sentence{Kind: RenameEvent, SubjectText: "Priya Patel", Given: "Priya", Surname: "Shah", Start: "2026-12-01"}
	for text, want := range map[string]Sentence{
		"Priya Patel to Priya Shah from 1 December":         full,
		"rename Priya Patel to Priya Shah, from 1 December": full,
		"Priya Patel becomes Priya Shah on 1 December":      full,
		"from 1 December, Priya Patel to Priya Shah":        full,
		"Priya Patel to Shah from 1 December":               {Kind: RenameEvent, SubjectText: "Priya Patel", Surname: "Shah", Start: "2026-12-01"},
		"Priya Patel to Priya van Dijk":                     {Kind: RenameEvent, SubjectText: "Priya Patel", Given: "Priya", Surname: "van Dijk"},
		"Priya Patel":                                       {Kind: RenameEvent, SubjectText: "Priya Patel"},
		"p.patel@larkfield.example to Priya Shah tomorrow": {Kind: RenameEvent, SubjectText: "p.patel@larkfield.example", Given: "Priya Shah", Surname: "tomorrow", Doubts: map[string]string{
			"surname": "Is the surname tomorrow? Check both names.",
		}},
	} {
		t.Run(text, func(t *testing.T) {
			if diff := cmp.Diff(want, ReadRename(text, p, "2026-11-23"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// No sentence makes the readers fail, and a day that is read is a day.
func TestReadAbsenceOfAnything(t *testing.T) {
	p, _ := sandboxPolicy(t)
	words := rapid.SampledFrom([]string{"leave", "rename", "to", "from", "until", "back", "on", "Priya", "Patel,", "1", "March", "30.9.2027", "2027", ".", "by", "the", "é", "@", "Friday", "next", "becomes", "a@b.example"})
	rapid.Check(t, func(r *rapid.T) {
		text := ""
		for range rapid.IntRange(0, 14).Draw(r, "n") {
			text += words.Draw(r, "word") + " "
		}
		for _, s := range []Sentence{ReadLeave(text, p, "2026-11-23"), ReadRename(text, p, "2026-11-23")} {
			for _, d := range []Date{s.Start, s.End} {
				if _, err := ParseDate(texts.Language{}, string(d)); d != "" && err != nil {
					r.Errorf("%q gives the day %q", text, d)
				}
			}
		}
	})
}
