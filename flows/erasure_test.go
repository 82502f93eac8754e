package flows

import (
	"strings"
	"testing"
	"time"

	"muster/flows/texts"
)

// over is Priya's case, ended.
func over(t *testing.T, change func(*Case)) Case {
	t.Helper()
	c := fold(t)
	c = foldOn(t, c, Rejected{Shown: c.Shown, By: tom, Reason: "no"})
	c.Account = newcomer.ID
	if change != nil {
		change(&c)
	}
	return c
}

func TestDecideErasure(t *testing.T) {
	now := monday()
	for name, tt := range map[string]struct {
		cases []Case
		by    Person
		want  Code
	}{
		"an owner":           {[]Case{over(t, nil)}, olivia, Internal},
		"the subject":        {[]Case{over(t, nil)}, newcomer, Denied},
		"the subject by UPN": {[]Case{over(t, func(c *Case) { c.Account = "" })}, Person{UPN: strings.ToUpper(over(t, nil).Subject().UPN)}, Denied},
		"nobody found":       {nil, olivia, NotFound},
		"still going on":     {[]Case{over(t, nil), fold(t)}, olivia, Conflict},
		"on hold":            {[]Case{over(t, func(c *Case) { c.Event.Hold = "a claim" })}, olivia, Conflict},
		"on hold for a year": {[]Case{over(t, func(c *Case) { c.Event.Hold, c.Event.HoldUntil = "a claim", DateOf(now).AddDays(300) })}, olivia, Conflict},
		"the hold has ended": {[]Case{over(t, func(c *Case) { c.Event.Hold, c.Event.HoldUntil = "a claim", DateOf(now) })}, olivia, Internal},
	} {
		if err := decideErasure(texts.Language{}, tt.cases, tt.by, now); CodeOf(err) != tt.want || (tt.want == Internal) != (err == nil) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// TestCasesOf finds one person's cases, and none when two are meant.
func TestCasesOf(t *testing.T) {
	first, second := over(t, nil), over(t, func(c *Case) { c.ID = "L-2026-0001" })
	other := over(t, func(c *Case) { c.ID, c.Account = "J-2026-0009", stan.ID })
	for who, want := range map[string]int{
		"priya patel": 2, string(newcomer.ID): 2, "j-2026-0001": 2, "\"Priya Patel.\"": 2, "nobody": 0, "Priya": 0, "": 0,
	} {
		if got := casesOf([]Case{first, second}, who); len(got) != want {
			t.Errorf("%q means %d cases, want %d", who, len(got), want)
		}
	}
	if got := casesOf([]Case{first, other}, "priya patel"); got != nil {
		t.Errorf("two people of one name: %d cases", len(got))
	}
	if got := casesOf([]Case{first, other}, "J-2026-0009"); len(got) != 1 {
		t.Errorf("one of them by the case: %d cases", len(got))
	}
}

// TestCheckpointErrand is an hour before closing on the next working day.
func TestCheckpointErrand(t *testing.T) {
	p, _ := sandboxPolicy(t)
	for last, want := range map[string]string{
		"2026-11-23T09:00:00Z": "2026-11-23T16:30:00Z",
		"2026-11-23T16:30:00Z": "2026-11-24T16:30:00Z",
		"2026-11-27T20:00:00Z": "2026-11-30T16:30:00Z", // a Friday
		"2026-12-24T17:00:00Z": "2026-12-29T16:30:00Z", // Christmas
		"2026-06-01T09:00:00Z": "2026-06-01T15:30:00Z", // summer time
	} {
		at, err := time.Parse(time.RFC3339, last)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.checkpointErrand(at).Due.Format(time.RFC3339); got != want {
			t.Errorf("after %s: %s, want %s", last, got, want)
		}
	}
}

// A name of one word is looked for as a word: people are called Ann, Will and May.
func TestNamesOfOneWord(t *testing.T) {
	f := Forgetting{Words: []string{"Ann", "Will Hart", "will.hart@larkfield.example", "L-2026-0001", "00000000-0000-4000-a000-000000000001", "Jean-Luc"}}
	f.oneWord()
	if len(f.Words) != 5 || len(f.Parts) != 1 || f.Parts[0] != "Ann" {
		t.Errorf("words %q, parts %q", f.Words, f.Parts)
	}
}
