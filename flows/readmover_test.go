package flows

import (
	"slices"
	"strings"
	"testing"
)

// What HR writes about a move, and what is read: what is doubtful carries its doubt, and nothing is guessed.
func TestReadMover(t *testing.T) {
	p, _ := sandboxPolicy(t)
	today := DateOf(monday())
	for text, want := range map[string]Sentence{
		"Tom Hughes to Finance Assistant from 1 February, reports to Aisha Khan":            {SubjectText: "Tom Hughes", Job: "Finance Assistant", Start: "2027-02-01", ManagerText: "Aisha Khan"},
		"mover Tom Hughes to Finance Assistant from 1 February, reports to Aisha Khan":      {SubjectText: "Tom Hughes", Job: "Finance Assistant", Start: "2027-02-01", ManagerText: "Aisha Khan"},
		"From 1 February Tom Hughes moves to Finance Assistant, manager Aisha Khan":         {SubjectText: "Tom Hughes", Job: "Finance Assistant", Start: "2027-02-01", ManagerText: "Aisha Khan"},
		"reports to Aisha Khan, Tom Hughes becomes Finance Assistant on 1 February":         {SubjectText: "Tom Hughes", Job: "Finance Assistant", Start: "2027-02-01", ManagerText: "Aisha Khan"},
		"Tom Hughes from Account Manager to Finance Assistant on 1 February 2027":           {SubjectText: "Tom Hughes", Job: "Finance Assistant", Start: "2027-02-01"},
		"tom.hughes@larkfield.example to Finance Assistant, 1 February 2027":                {SubjectText: "tom.hughes@larkfield.example", Job: "Finance Assistant", Start: "2027-02-01"},
		"Tom Hughes moves to Leeds from 1 February":                                         {SubjectText: "Tom Hughes", Site: "Leeds", Start: "2027-02-01"},
		"Tom Hughes to Finance Assistant from 1 February until 30 June":                     {SubjectText: "Tom Hughes", Job: "Finance Assistant", Start: "2027-02-01", End: "2027-06-30"},
		"secondment Tom Hughes to Finance Assistant from 1 February until 30 June":          {SubjectText: "Tom Hughes", Job: "Finance Assistant", Start: "2027-02-01", End: "2027-06-30"},
		"Tom Hughes to Finance Assistant from 1 February, cost centre F-12":                 {SubjectText: "Tom Hughes", Job: "Finance Assistant", Start: "2027-02-01", CostCentre: "F-12"},
		"Tom Hughes to Finance Assistant from 1 February, hand-over of 10 working days":     {SubjectText: "Tom Hughes", Job: "Finance Assistant", Start: "2027-02-01", Handover: "10"},
		"Vincent van Gogh is promoted to IT Engineer, starting 1 February, based in London": {SubjectText: "Vincent van Gogh", Job: "IT Engineer", Start: "2027-02-01", Site: "London"},
		"Tom Hughes": {SubjectText: "Tom Hughes"},
		"":           {},
	} {
		t.Run(text, func(t *testing.T) {
			got := ReadMover(text, p, today)
			type read struct{ subject, job, manager, site, cost, handover, start, end string }
			of := func(s Sentence) read {
				return read{s.SubjectText, s.Job, s.ManagerText, s.Site, s.CostCentre, s.Handover, string(s.Start), string(s.End)}
			}
			if of(got) != of(want) || got.Kind != MoverEvent {
				t.Errorf("read %+v\nwant %+v (doubts %v, rest %q)", of(got), of(want), got.Doubts, got.Rest)
			}
			if len(got.Rest) > 0 {
				t.Errorf("not understood: %q", got.Rest)
			}
		})
	}
}

// What is not understood is a doubt or is said, and never lost: every word of a name, a job or a date that was typed is somewhere.
func TestReadMoverDoubts(t *testing.T) {
	p, _ := sandboxPolicy(t)
	for text, field := range map[string]string{
		"Tom Hughes to Finance Wizard from 1 February":                 "job",
		"Tom Hughes, Maria Lopez to Finance Assistant from 1 February": "subject",
		"Tom Hughes to Finance Assistant from 1 February, 2 March":     "start",
		"Tom Hughes to Finance Assistant for six months":               "end",
		"Tom Hughes to Finance Assistant, handover 90 days":            "handover_days",
	} {
		got := ReadMover(text, p, DateOf(monday()))
		if got.Doubts[field] == "" {
			t.Errorf("%q: no doubt about %s, but %v", text, field, got.Doubts)
		}
	}
	got := ReadMover("Tom Hughes, bring the blue folder to Finance Assistant from 1 February", p, DateOf(monday()))
	if len(got.Rest) == 0 && len(got.Doubts) == 0 {
		t.Errorf("a part was swallowed: %+v", got)
	}
}

// Whatever is written, reading ends, and what is read as a job or a site is one of the policy's.
func FuzzReadMover(f *testing.F) {
	p, _ := sandboxPolicy(f)
	for _, s := range []string{"Tom Hughes to Finance Assistant from 1 February", "to", "from to from", "as as to to 5", "cost centre", "handover of", "moves to", "Tom to 5 January to Leeds"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := ReadMover(s, p, DateOf(monday()))
		if _, ok := p.Jobs[got.Job]; got.Job != "" && !ok {
			t.Errorf("job %q", got.Job)
		}
		if _, ok := p.Sites[got.Site]; got.Site != "" && !ok {
			t.Errorf("site %q", got.Site)
		}
		if strings.Contains(got.SubjectText, "\n") || slices.Contains(got.Rest, "") {
			t.Errorf("%+v", got)
		}
	})
}
