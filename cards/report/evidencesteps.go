package report

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"muster/cards/paper"
	"muster/flows"
	"muster/flows/texts"
)

// steps are what was done, with what was seen before and after.
func (r dossier) steps() []paper.Part {
	t := paper.Table{Head: []string{"Step", "Due", "Outcome", "Before", "After"}, Widths: []float64{5, 3, 4, 4, 5}}
	for _, s := range slices.Concat(r.Case.Plan.Steps, r.Case.Fallen) {
		_, st, ok := r.Case.Step(s.Key)
		if !ok {
			continue // not chosen
		}
		t.Rows = append(t.Rows, []string{join("\n", s.Title, why(s)), r.at(s.Due), r.became(s, st), r.dated(st.Before), join("\n", r.dated(st.After), st.Cause)})
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return []paper.Part{
		paper.Heading{Level: 1, Text: "What was done"},
		paper.Para{Text: "“Done and seen” means that Muster looked at Microsoft 365 afterwards and saw it. Before is what it saw just before it acted."},
		t,
	}
}

// written is a time as the directory's records write it.
var written = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z`)

// dated is what was seen, with its moments as the rest of the report writes them.
func (r dossier) dated(seen string) string {
	return written.ReplaceAllStringFunc(seen, func(s string) string {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return s
		}
		return r.at(t)
	})
}

// why is what a step was planned for.
func why(s flows.Step) string {
	var out []string
	if s.Why != "" {
		out = append(out, "for "+s.Why)
	}
	if s.Choice == flows.Elevated {
		out = append(out, "elevated")
	}
	return strings.Join(out, ", ")
}

// became is where a step stands and who had a part in it.
func (r dossier) became(s flows.Step, st flows.StepStatus) string {
	by := who(st.By)
	switch st.State {
	case flows.StepDone:
		if s.Task == flows.Manual {
			return join("\n", "Done and seen", r.at(st.At), by, st.Note)
		}
		return join("\n", "Done and seen", r.at(st.At))
	case flows.StepDoneHand:
		return join("\n", "Done by hand", r.at(st.At), by, st.Note)
	case flows.StepLeftOut:
		return join("\n", "Left out", r.at(st.At), join(" and ", who(st.Waive.Person), by), join(" ", st.Waive.Note, st.Note))
	case flows.StepBroken:
		return join("\n", "Failed", r.at(st.At))
	case flows.StepAbandoned:
		return join("\n", "No longer wanted", r.at(st.At), st.Note)
	case flows.StepNotSeen:
		return join("\n", "Sent, not yet seen", r.at(st.At))
	case flows.StepBegun:
		return join("\n", "Begun, outcome not known", r.at(st.At))
	}
	if due := r.Case.Due(s); !r.Case.Over() && due.Before(r.At) {
		return "Not done yet, and its time is over"
	}
	return "Still to come"
}

// unusual are exceptions, and what an auditor would ask about.
func (r dossier) unusual() []paper.Part {
	c := r.Case
	var rows [][]string
	add := func(what, said string) { rows = append(rows, []string{what, said}) }
	if c.Event.Urgent {
		add("Urgent", "The exit was urgent: "+who(c.Raised.Person)+" asked, "+inPlace(c.Approval.By, c.Approval.For)+" confirmed.")
	}
	if l := c.Late; l != nil {
		add("Late notice", fmt.Sprintf("%s was due %s and Muster knew of it %s (%d days late).", r.title(l.Step), r.at(l.Due), r.at(l.Known), l.Days))
	}
	for _, l := range r.LateSteps() {
		why := ""
		if l.Told {
			why = "Nobody had said in time that it was wanted."
		}
		if l.Done.IsZero() {
			add("Overdue", join(" ", fmt.Sprintf("%s was to be done by %s and was not when this was made, %s later.", l.What, r.at(l.Due), flows.Span(texts.Language{}, l.By)), why))
		} else {
			add("Late", join(" ", fmt.Sprintf("%s was to be done by %s and was done %s, %s later.", l.What, r.at(l.Due), r.at(l.Done), flows.Span(texts.Language{}, l.By)), why))
		}
	}
	for _, w := range c.Warnings {
		add("Warning at the start", w)
	}
	for _, s := range slices.Concat(c.Plan.Steps, c.Fallen) {
		_, st, ok := c.Step(s.Key)
		if !ok {
			continue
		}
		if x := s.Exception; x != nil {
			add("Exception", fmt.Sprintf("%s is kept until %s, asked for by %s: %s", r.title(s.Key), x.Until.Say(texts.Language{}), who(x.By), x.Reason))
		}
		switch {
		case st.State == flows.StepDoneHand && s.Task != flows.Manual:
			add("By hand", fmt.Sprintf("%s: %s, %s. %s", r.title(s.Key), who(st.By), r.at(st.At), st.Note))
		case st.State == flows.StepLeftOut:
			add("Left out", fmt.Sprintf("%s: %s asked for it, %s agreed, %s. %s", r.title(s.Key), who(st.Waive.Person), who(st.By), r.at(st.At), st.Waive.Note))
		case st.State == flows.StepBroken:
			add("Failed", r.title(s.Key)+": "+st.Cause)
		case st.Broke:
			add("Failed for a while", r.title(s.Key)+" failed at least once and was mended.")
		}
	}
	for _, k := range slices.Sorted(maps.Keys(c.SignOffs)) {
		if s := c.SignOffs[k]; s.State == "rejected" {
			add("Refused", fmt.Sprintf("%s was refused by %s: %s", r.title(k), inPlace(s.By, s.For), s.Reason))
		}
	}
	for _, s := range c.Delegated {
		add("Stand-in", who(s.To)+" may decide in the place of "+who(s.From)+" until "+r.at(s.Until)+".")
	}
	for _, ch := range c.Changes {
		if ch.State == "made" {
			add("Changed", join(" ", fmt.Sprintf("%s, by %s on %s: from “%s” to “%s”.", ch.What, who(ch.By), r.at(ch.At), ch.Was, ch.Will), ch.Reason))
		}
	}
	if c.NoShow {
		add("No-show", "The person did not start.")
	}
	unsent := map[string]bool{}
	for _, rec := range r.Records {
		switch b := rec.Entry.Body.(type) {
		case flows.Refused:
			add("Refused press", fmt.Sprintf("%s, %s: %s", r.at(rec.Entry.At), or(r.names[rec.Entry.By], "somebody"), b.Why))
		case flows.Unsent:
			if to := r.recipient(b.To); !unsent[to+b.Why] {
				unsent[to+b.Why] = true
				add("Not delivered", fmt.Sprintf("To %s, first on %s: %s", to, r.at(rec.Entry.At), b.Why))
			}
		}
	}
	head := paper.Heading{Level: 1, Text: "Exceptions, and what was unusual"}
	if len(rows) == 0 {
		return []paper.Part{head, paper.Para{Text: "Nothing."}}
	}
	return []paper.Part{head, paper.Table{Head: []string{"What", "Details"}, Rows: rows, Widths: []float64{2, 10}}}
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// timeline is what happened, in order; what was merely said stands in the conversation.
func (r dossier) timeline() []paper.Part {
	t := paper.Table{Head: []string{"No.", "When", "What"}, Widths: []float64{1, 3, 12}}
	for _, rec := range r.Records {
		said := "The text of this entry was erased."
		if !rec.Erased {
			if said = r.line(rec); said == "" {
				continue
			}
		}
		t.Rows = append(t.Rows, []string{fmt.Sprint(rec.Seq), r.at(rec.Entry.At), said})
	}
	return []paper.Part{
		paper.Heading{Level: 1, Text: "What happened, in order"},
		paper.Para{Text: "The number is the entry's place in the log; entries.jsonl has each one whole."},
		t,
	}
}

// everybody is who appears, with the account that the log knows them by.
func (r dossier) everybody() []paper.Part {
	t := paper.Table{Head: []string{"Name", "Account in Microsoft Entra"}, Widths: []float64{1, 1}}
	ids := slices.SortedFunc(maps.Keys(r.names), func(a, b flows.AccountID) int {
		return strings.Compare(r.names[a]+string(a), r.names[b]+string(b))
	})
	for _, id := range ids {
		t.Rows = append(t.Rows, []string{r.names[id], string(id)})
	}
	return []paper.Part{paper.Heading{Level: 1, Text: "People"}, t}
}

// withoutCase is the report when there is no case to tell of: a draft, or a case whose texts were erased.
func (r dossier) withoutCase() []paper.Part {
	erased := 0
	t := paper.Table{Head: []string{"No.", "When", "Kind", ""}, Widths: []float64{1, 3, 3, 3}}
	for _, rec := range r.Records {
		note := ""
		if rec.Erased {
			erased++
			note = "text erased"
		}
		t.Rows = append(t.Rows, []string{fmt.Sprint(rec.Seq), r.at(rec.Entry.At), string(rec.Kind), note})
	}
	said := "These entries are of a draft that became no case."
	if erased > 0 {
		said = fmt.Sprintf("%d of these %d entries had their text erased. That they were made, when and in which order is still proven; what they said is gone.", erased, len(r.Records))
	}
	parts := []paper.Part{paper.Note{Tone: paper.Warn, Text: said}, paper.Heading{Level: 1, Text: "Entries"}, t}
	return slices.Concat(parts, r.conversation(), r.proof())
}

// proof says how the pack is checked, and what it cannot show.
func (r dossier) proof() []paper.Part {
	since := "No earlier checkpoint was kept."
	if r.Earlier > 0 {
		since = fmt.Sprintf("The last checkpoint before it covered %s.", entries(r.Earlier))
	}
	return []paper.Part{
		paper.Heading{Level: 1, Text: "How to check this"},
		paper.Para{Text: "This report restates what stands in entries.jsonl. Anybody can check that nothing there was changed, left out in between or put in: “muster verify " + string(r.Stream) + ".zip”, on any machine, without a network. README.txt in the pack says how to do it by hand."},
		paper.Facts{Facts: []paper.Fact{
			{Name: "Log", Value: r.Log},
			{Name: "Checkpoint", Value: fmt.Sprintf("covers %s. %s", entries(r.Covered), since)},
			{Name: "Public key", Value: r.Key},
		}},
		paper.Para{Text: "It does not show that what people and Microsoft 365 said was true, nor that nothing happened outside Muster. Whoever holds the signing key and the store can write anew what no checkpoint that left the machine covers, and can leave out the newest entries of a case: compare the key and the checkpoint with those that you were sent before."},
	}
}

// recipient names who a message went to.
func (r dossier) recipient(to flows.Recipient) string {
	switch {
	case to.Channel != "":
		return map[string]string{"it": "the IT channel", "owners": "the owners' channel"}[to.Channel]
	case r.names[to.Person] != "":
		return r.names[to.Person]
	}
	return string(to.Person)
}
