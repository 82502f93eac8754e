package report

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"muster/cards/paper"
	"muster/flows"
	"muster/flows/texts"
)

// Sample writes the sample for an audit as one zip: the list as a spreadsheet and as JSON lines, what it is, and the evidence that goes with
// it. pack writes the evidence of one case.
func Sample(w io.Writer, s flows.Sample, pack func(w io.Writer, id flows.CaseID) error) error {
	book, err := sampleBook(s).XLSX()
	if err != nil {
		return fmt.Errorf("write sample: %w", err)
	}
	lines, err := sampleLines(s)
	if err != nil {
		return fmt.Errorf("write sample: %w", err)
	}
	z := zip.NewWriter(w)
	add := func(name string, method uint16, write func(io.Writer) error) error {
		out, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: s.At})
		if err == nil {
			err = write(out)
		}
		if err != nil {
			return fmt.Errorf("write %s of the sample: %w", name, err)
		}
		return nil
	}
	whole := func(b []byte) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.Copy(w, bytes.NewReader(b))
			return err
		}
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{"README.txt", []byte(sampleReadme(s))}, {"population.xlsx", book}, {"population.jsonl", lines}} {
		if err := add(f.name, zip.Deflate, whole(f.data)); err != nil {
			return err
		}
	}
	for _, id := range s.Packs {
		if err := add("packs/"+strings.ToLower(string(id))+".zip", zip.Store, func(w io.Writer) error { return pack(w, id) }); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write sample: %w", err)
	}
	return nil
}

func sampleLines(s flows.Sample) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, r := range s.Rows {
		if err := enc.Encode(r); err != nil {
			return nil, fmt.Errorf("encode %s: %w", r.Case, err)
		}
	}
	return b.Bytes(), nil
}

// events is what kinds of event are called in a list.
var events = map[flows.EventKind]string{
	flows.JoinerEvent: "Starter", flows.MoverEvent: "Mover", flows.LeaverEvent: "Leaver", flows.LeaveEvent: "Leave", flows.RenameEvent: "Change of name",
	flows.CorrectionEvent: "Access put right", flows.DeletionEvent: "Deletion",
}

// states is what the states of a case are called.
var states = map[flows.State]string{
	flows.Waiting: "Waiting for a decision", flows.Scheduled: "Scheduled", flows.Running: "Running", flows.NeedsPeople: "Needs people", flows.Done: "Done", flows.Stopped: "Stopped",
}

// unusual is what the rules of the monthly review are called.
var unusual = map[flows.ReviewRule]string{
	flows.UrgentRule: "urgent", flows.BackDatedRule: "told after its time", flows.HoursRule: "outside working hours", flows.SelfRule: "raised or decided by one of those concerned",
	flows.WaivedRule: "a step was left out", flows.HandRule: "done by hand", flows.ExceptionRule: "an exception", flows.LargeRule: "more access than usual",
	flows.UndoneRule: "taken back", flows.NoShowRule: "did not start", flows.DriftRule: "access differed later", flows.LateRule: "a step was late", flows.FailedRule: "a step failed",
	flows.UnverifiedRule: "something was not seen", flows.InPlaceRule: "decided in another's place", flows.QuickRule: "decided very quickly", flows.SlowRule: "decided slowly",
	flows.DeletionRule: "an account was deleted", flows.WipeRule: "a device was wiped", flows.RefusedRule: "a press was refused",
}

func sampleBook(s flows.Sample) paper.Book {
	list := paper.Sheet{Name: "People events", Head: []string{
		"Case", "Event", "Day of the event", "Person", "Object id", "Job", "Site", "Employment", "Manager", "State", "Announced (UTC)", "Announced by", "Decided (UTC)", "Decided by",
		"Due (UTC)", "Done and seen (UTC)", "Late", "Late by (hours)", "Why late", "Told after its time", "Urgent", "Raised by somebody concerned", "Exceptions", "Elevated items signed off",
		"Steps left out", "Steps done by hand", "Failures", "Changes of the event", "Unusual", "Texts erased", "Drawn",
	}}
	for _, r := range s.Rows {
		row := []paper.Cell{
			paper.Words(string(r.Case)), paper.Words(events[r.Kind]), day(r.Day), paper.Words(r.Name), paper.Words(string(r.Account)), paper.Words(r.Job), paper.Words(r.Site),
			paper.Words(r.Employment), paper.Words(r.Manager), paper.Words(states[r.State]), moment(r.Raised), paper.Words(r.RaisedBy), moment(r.Decided), paper.Words(r.DecidedBy),
			moment(r.Due), moment(r.Done), yes(r.Late), hours(r.LateBy), paper.Words(r.LateWhy), yes(r.BackDated), yes(r.Urgent), yes(r.SelfRaised), some(r.Exceptions), some(r.Elevated),
			some(r.Waived), some(r.ByHand), some(r.Failed), some(r.Moved), paper.Words(unusuals(r.Unusual)), yes(r.Erased), some(r.Drawn),
		}
		list.Rows = append(list.Rows, row)
	}
	totals := paper.Sheet{Name: "Totals", Head: []string{"Event", "Cases", "Done", "Open", "Stopped", "Late", "Urgent", "Told after its time", "Texts erased", "Drawn"}}
	for _, t := range s.Totals {
		row := []paper.Cell{paper.Words(events[t.Kind])}
		for _, n := range []int{t.N, t.Done, t.Open, t.Stopped, t.Late, t.Urgent, t.BackDated, t.Erased, t.Drawn} {
			row = append(row, paper.Number(float64(n)))
		}
		totals.Rows = append(totals.Rows, row)
	}
	about := paper.Sheet{Name: "About", Head: []string{"About this list"}}
	for line := range strings.Lines(sampleReadme(s)) {
		if line = strings.TrimSpace(line); line != "" {
			about.Rows = append(about.Rows, []paper.Cell{paper.Words(line)})
		}
	}
	return paper.Book{Sheets: []paper.Sheet{list, totals, about}}
}

func day(d flows.Date) paper.Cell {
	if d == "" {
		return paper.Cell{}
	}
	return paper.Day(d.Time().Date())
}

func moment(t time.Time) paper.Cell { return paper.Moment(t.UTC()) }

func yes(b bool) paper.Cell {
	if b {
		return paper.Words("yes")
	}
	return paper.Cell{}
}

func some(n int) paper.Cell {
	if n == 0 {
		return paper.Cell{}
	}
	return paper.Number(float64(n))
}

func hours(seconds int64) paper.Cell {
	if seconds == 0 {
		return paper.Cell{}
	}
	return paper.Number(float64(seconds*10/3600) / 10)
}

func unusuals(rules []flows.ReviewRule) string {
	var words []string
	for _, r := range rules {
		if w := unusual[r]; w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, "; ")
}

func drawn(n int) string {
	if n == 1 {
		return "1 case"
	}
	return fmt.Sprintf("%d cases", n)
}

func sampleReadme(s flows.Sample) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("All people events from %s to %s, made from the log on %s UTC.", s.From.Say(texts.Language{}), s.To.Say(texts.Language{}), s.At.UTC().Format("2 January 2006 at 15:04:05"))
	say("")
	say("population.xlsx is the list, one case a line. population.jsonl is the same list, one JSON object a line, with times in UTC.")
	say("The day of an event is a starter's first day, the day of a move, a leaver's last day, the first day of a leave, or the day a name changes. Of an urgent exit, a deletion and access that was put right it is the day it was asked for.")
	say("A starter is on time when all that the first day needs was seen within an hour of when it was due, a planned exit when the sign-in was seen blocked within 15 minutes, an urgent one within 5 minutes of the second person's word, everything else within 4 hours.")
	say("Of a case whose texts were erased only the reference, the kind and the time it was announced are left; it stands here when something was written about it in the period.")
	say("A case that must be kept from the person who asked for this list is not on it. \"muster export\", run by an administrator, leaves nothing out.")
	say("")
	switch {
	case s.All:
		say("The folder packs holds the evidence of every case.")
	case s.Draw > 0:
		say("The folder packs holds the evidence of %s: at most %d starters and movers and at most %d leavers, drawn with the seed \"%s\".", drawn(len(s.Packs)), s.Draw, s.Draw, s.Seed)
		say("The rule of the draw: %s", strings.ReplaceAll(flows.DrawRule, "\n", " "))
		say("The column \"Drawn\" has the place of each. You can follow the rule with any tool, or choose your own seed: \"export %s to %s draw %d seed YOURS\".", s.From, s.To, s.Draw)
	default:
		say("No evidence is in this file. Choose cases and ask for \"evidence REFERENCE\", or for a draw: \"export %s to %s draw 25 seed 1\".", s.From, s.To)
	}
	say("Check each pack with \"muster verify PACK\"; that needs no network. If it was asked for in Teams, the log says that this file was handed out, with its SHA-256.")
	return b.String()
}
