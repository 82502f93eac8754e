package report

import (
	"strings"
	"testing"
	"time"

	"muster/cards/paper"
	"muster/flows"
)

var (
	hannah = flows.Person{ID: "00000000-0000-4000-a000-000000000001", Name: "Hannah Reed"}
	tom    = flows.Person{ID: "00000000-0000-4000-a000-000000000003", Name: "Tom Hughes"}
	monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
)

// exit is the dossier of a leaver, folded from what happened, with the text of those in gone erased.
func exit(t testing.TB, gone ...int) flows.Dossier {
	t.Helper()
	plan := flows.Plan{Steps: []flows.Step{
		{Key: "block", Task: flows.BlockSignIn, Title: "End the sign-in", Due: monday.Add(8 * time.Hour), Choice: flows.Fixed},
		{Key: "revoke", Task: flows.RevokeSessions, Title: "End the sessions", Due: monday.Add(8 * time.Hour), Choice: flows.Fixed},
		{Key: "manual:Laptop", Task: flows.Manual, Title: "Laptop of <b>Stan</b>", Due: monday.Add(8 * time.Hour), Choice: flows.Fixed, Owner: "it"},
		{Key: "group:Sales", Task: flows.RemoveFromGroup, Title: "Remove from Sales", Due: monday.Add(9 * time.Hour), Choice: flows.Fixed},
	}}
	id := flows.CaseID("L-2026-0001")
	stan := flows.Person{ID: "00000000-0000-4000-a000-00000000000b", Name: "Stan Bell", UPN: "stan.bell@larkfield.example"}
	card := []byte(`{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"Stan Bell leaves."},{"type":"Input.Text","id":"note","label":"Note"}],"actions":[{"type":"Action.Execute","title":"Done","verb":"step.done","data":{"step":"manual:Laptop"}},{"type":"Action.Execute","title":"Cannot","verb":"step.cannot"}]}`)
	bodies := []struct {
		stream flows.CaseID
		by     flows.Person
		body   flows.Body
	}{
		{"D-1", hannah, flows.Heard{From: hannah, Text: "leaver Stan Bell <script>"}},
		{id, hannah, flows.Raised{Draft: "D-1", Event: flows.PeopleEvent{Kind: flows.LeaverEvent, Subject: stan, Manager: tom, LastDay: "2026-11-23"}, By: hannah, Zone: "Europe/London", Plan: plan}},
		{id, flows.Person{}, flows.Sent{To: flows.Recipient{Channel: "it"}, Conversation: "c", Activity: "a", Card: card}},
		{id, tom, flows.Heard{From: tom, Conversation: "c", ReplyTo: "a", Verb: "step.done", Step: "manual:Laptop", Inputs: map[string]string{"note": "LT-0815"}}},
		{id, tom, flows.StepByHand{Step: "manual:Laptop", By: tom, Note: "LT-0815"}},
		{id, flows.Person{}, flows.StepStarted{Step: "block", Before: "sign-in open"}},
		{id, flows.Person{}, flows.StepVerified{Step: "block", Before: "sign-in open", After: "sign-in blocked since 2026-11-23T17:00:00Z"}},
		{id, tom, flows.Refused{Verb: "step.waive", Why: "You cannot do that."}},
		{id, flows.Person{}, flows.StepFailed{Step: "revoke", Cause: "Microsoft 365 refused it.", Tries: 5}},
	}
	d := flows.Dossier{Stream: id, Log: "larkfield", Key: "muster-log/larkfield+k", Covered: 1, At: monday.Add(48 * time.Hour)}
	for i, b := range bodies {
		e := flows.Entry{Case: b.stream, At: monday.Add(8*time.Hour + time.Duration(i)*time.Second), By: b.by.ID, Body: b.body}
		r := flows.Record{Seq: int64(i), Kind: b.body.Kind(), Entry: e}
		if b.stream == id {
			var err error
			if d.Case, err = d.Case.Apply(e); err != nil {
				t.Fatalf("entry %d: %v", i, err)
			}
		}
		d.Records = append(d.Records, r)
	}
	for _, i := range gone {
		d.Records[i].Erased, d.Records[i].Entry.Body, d.Records[i].Entry.By, d.Case = true, nil, "", flows.Case{}
	}
	return d
}

// page is the report as a page.
func page(t *testing.T, d flows.Dossier) string {
	t.Helper()
	doc, _, err := evidence(d)
	if err != nil {
		t.Fatal(err)
	}
	b, err := doc.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.PDF(); err != nil {
		t.Error(err)
	}
	return string(b)
}

func TestEvidence(t *testing.T) {
	got := page(t, exit(t))
	for _, want := range []string{
		"The case is open. Steps: 1 done and seen, 1 done by people, as was meant, 1 failed, 1 still to come. Out of time: 2 overdue, listed below.",
		"“Remove from Sales” was to be done by Mon 23 Nov 2026, 18:00:00 GMT and was not when this was made, 39 hours later.", "leaver Stan Bell &lt;script&gt;", "Laptop of &lt;b&gt;Stan&lt;/b&gt;",
		"Pressed “Done”", "Note: LT-0815", "the IT channel", "Mon 23 Nov 2026, 17:00:06 GMT", "Refused press", "You cannot do that.", "Microsoft 365 refused it.", "NIST SP 800-53 rev. 5 PS-4",
		"sign-in blocked since Mon 23 Nov 2026, 17:00:00 GMT", "No earlier checkpoint was kept.", "covers 1 entry.", "Not done yet, and its time is over",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	for _, not := range []string{"<script>", "“”", "A.5.11 stands"} {
		if strings.Contains(got, not) {
			t.Errorf("the report says %q", not)
		}
	}
}

// What people did days after its time is no good news: the report says so at its head and among what was unusual.
func TestEvidenceLate(t *testing.T) {
	for name, tt := range map[string]struct {
		after time.Duration // the laptop came back so long after it was due
		tone  paper.Tone
		want  string
		row   string
	}{
		"in time":     {2 * time.Hour, paper.Good, "Steps: 1 done and seen, 1 done by people, as was meant.", ""},
		"days after":  {100 * time.Hour, paper.Warn, "Out of time: 1 done late, listed below.", "“Laptop of <b>Stan</b>” was to be done by Tue 24 Nov 2026, 12:30:01 GMT and was done Fri 27 Nov 2026, 21:00:00 GMT, 3 days later."},
		"a day's end": {24 * time.Hour, paper.Good, "as was meant.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := exit(t)
			d.Records, d.Case.Plan.Steps, d.Case.State = d.Records[:8], d.Case.Plan.Steps[:3:3], flows.Done
			d.Case.Plan.Steps = append(d.Case.Plan.Steps[:1:1], d.Case.Plan.Steps[2])
			for i := range d.Case.Steps {
				if d.Case.Steps[i].Key == "manual:Laptop" {
					d.Case.Steps[i].At = monday.Add(8 * time.Hour).Add(tt.after)
				}
			}
			d.At = monday.AddDate(0, 0, 30)
			r := dossier{Dossier: d, loc: d.Case.Location()}
			tone, said := r.outcome()
			if tone != tt.tone || !strings.Contains(said, tt.want) {
				t.Errorf("tone %d says %q, want %d %q", tone, said, tt.tone, tt.want)
			}
			got := ""
			for _, p := range r.unusual() {
				if table, ok := p.(paper.Table); ok {
					for _, row := range table.Rows {
						if row[0] == "Late" {
							got = row[1]
						}
					}
				}
			}
			if got != tt.row {
				t.Errorf("among what was unusual: %q, want %q", got, tt.row)
			}
		})
	}
}

// A report of what was erased tells of what there still is, and of nothing that is gone.
func TestEvidenceErased(t *testing.T) {
	d := exit(t, 1, 2, 3, 4, 5, 6, 7, 8)
	got := page(t, d)
	for _, want := range []string{"8 of these 9 entries had their text erased", "case.raised.1", "text erased", "leaver Stan Bell"} {
		if !strings.Contains(got, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	for _, not := range []string{"Tom Hughes", "LT-0815", "Sales"} {
		if strings.Contains(got, not) {
			t.Errorf("the report still says %q", not)
		}
	}
	files, err := Pack(d)
	if err != nil || len(files) != 2 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

func TestControls(t *testing.T) {
	shows := map[string]string{}
	for _, c := range Controls(exit(t)).Controls {
		shows[c.Clause] = strings.Join(c.Shows, " ")
		if c.Serves != (len(c.Shows) > 0) || c.NotShown == "" || c.About == "" {
			t.Errorf("%s: %+v", c.Clause, c)
		}
	}
	for clause, want := range map[string]string{
		"PS-4":   "Sign-in was due to end on Mon 23 Nov 2026, 17:00:00 GMT and was seen ended on Mon 23 Nov 2026, 17:00:06 GMT: 6 seconds after it.",
		"A.5.11": "Laptop of <b>Stan</b>: done, says Tom Hughes on Mon 23 Nov 2026, 17:00:04 GMT.",
		"A.6.5":  "Access taken away: 1 not done.",
		"CC6.2":  "before anything was done",
		"PS-5":   "",
		"A.8.2":  "",
	} {
		if got, ok := shows[clause]; !ok || !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s shows %q, want %q", clause, got, want)
		}
	}
	late := exit(t)
	for i := range late.Records {
		if b, ok := late.Records[i].Entry.Body.(flows.StepStarted); ok {
			late.Records[i].Entry.At = monday.Add(-time.Hour)
			late.Records[i].Entry.Body = b
		}
	}
	late.Case.Approval.At = monday
	if got := strings.Join(approvedFirst(controlFacts{dossier{Dossier: late, loc: time.UTC}}), ""); !strings.Contains(got, "before the decision") {
		t.Errorf("what began before it was agreed to is told as %q", got)
	}
}

// BenchmarkPack draws all files of a pack about a case with 300 entries.
func BenchmarkPack(b *testing.B) {
	d := exit(b)
	for n := 0; len(d.Records) < 300; n++ {
		d.Records = append(d.Records, d.Records[2+n%5])
	}
	size := 0
	for b.Loop() {
		files, err := Pack(d)
		if err != nil {
			b.Fatal(err)
		}
		size = 0
		for _, f := range files {
			size += len(f.Data)
		}
	}
	b.ReportMetric(float64(size), "bytes")
}
