package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"muster/cards"
	"muster/cards/paper"
	"muster/flows"
	"muster/flows/texts"
)

// Pack makes the files of an evidence pack that people read.
func Pack(d flows.Dossier) ([]flows.PackFile, error) {
	doc, pictures, err := evidence(d)
	if err != nil {
		return nil, fmt.Errorf("draw the process: %w", err)
	}
	page, err := doc.HTML()
	if err != nil {
		return nil, fmt.Errorf("draw the report: %w", err)
	}
	printed, err := doc.PDF()
	if err != nil {
		return nil, fmt.Errorf("draw the report: %w", err)
	}
	out := append([]flows.PackFile{{Name: "report.html", Data: page}, {Name: "report.pdf", Data: printed}}, pictures...)
	if d.Case.Version == 0 {
		return out, nil
	}
	controls := Controls(d)
	sheet, err := controls.document(d).HTML()
	if err != nil {
		return nil, fmt.Errorf("draw the controls: %w", err)
	}
	list, err := json.MarshalIndent(controls, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the controls: %w", err)
	}
	return append(out, flows.PackFile{Name: "controls.html", Data: sheet}, flows.PackFile{Name: "controls.json", Data: append(list, '\n')}), nil
}

// dossier is a dossier on its way to paper.
type dossier struct {
	flows.Dossier
	loc   *time.Location
	names map[flows.AccountID]string // of everybody who appears
}

// evidence is the report of one case: who asked, who decided on what, what was done and seen, what was unusual, and what was said; and the pictures
// that belong to it.
func evidence(d flows.Dossier) (paper.Document, []flows.PackFile, error) {
	r := dossier{Dossier: d, loc: time.UTC}
	if d.Case.Version > 0 {
		r.loc = d.Case.Location()
	}
	r.names = everybodyIn(d)
	doc := paper.Document{
		Title: "Evidence of " + string(d.Stream), Made: "Made by Muster on " + r.at(d.At) + " from " + entries(d.Covered) + " of the log of " + d.Log + ".",
		At: d.At, Foot: string(d.Stream) + " · confidential", Wide: true,
	}
	if d.Case.Version == 0 {
		doc.Parts = r.withoutCase()
		return doc, nil, nil
	}
	process, pictures, err := r.process()
	if err != nil {
		return doc, nil, err
	}
	doc.Sub = cards.Story(texts.Language{}, d.Case)
	for _, parts := range [][]paper.Part{r.summary(), r.decisions(), r.steps(), r.unusual(), r.timeline(), r.conversation(), process, r.everybody(), r.served(), r.proof()} {
		doc.Parts = append(doc.Parts, parts...)
	}
	return doc, pictures, nil
}

func entries(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// at is a time to the second on the clock of the person's site, with its zone.
func (r dossier) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(r.loc).Format("Mon 2 Jan 2006, 15:04:05 MST")
}

// who names a person.
func who(p flows.Person) string {
	switch {
	case p.Name != "":
		return p.Name
	case p.UPN != "":
		return p.UPN
	}
	return string(p.ID)
}

// inPlace is who decided, and in whose place.
func inPlace(by, instead flows.Person) string {
	if instead.ID == "" && instead.Name == "" {
		return who(by)
	}
	return who(by) + ", in the place of " + who(instead)
}

func hashStart(hash string) string { return hash[:min(len(hash), 12)] }

// summary is the case at a glance.
func (r dossier) summary() []paper.Part {
	c := r.Case
	var policies []string
	for _, p := range r.Policies {
		s := hashStart(p.Hash)
		if p.Text == nil {
			s += " (not kept)"
		}
		policies = append(policies, s)
	}
	tone, said := r.outcome()
	facts := []paper.Fact{
		{Name: "Reference", Value: string(c.ID)},
		{Name: "Person", Value: join(", ", c.Event.Name(), c.Subject().UPN)},
		{Name: "Where it stands", Value: cards.StateWord(texts.Language{}, c.State)},
		{Name: "Asked for by", Value: join(", ", who(c.Raised.Person), r.at(c.Raised.At))},
		{Name: "Manager", Value: who(c.Manager())},
		{Name: "Site", Value: join(", ", c.Event.Site, c.Zone)},
		{Name: "Ended", Value: r.at(c.Ended.At)},
		{Name: "Plan as shown", Value: hashStart(string(c.Shown))},
		{Name: "Plan that may run", Value: hashStart(string(c.May))},
		{Name: "Policy", Value: strings.Join(policies, ", ")},
	}
	return []paper.Part{
		paper.Note{Tone: tone, Text: said},
		paper.Facts{Facts: facts},
		paper.Para{Text: "Times are those of " + c.Zone + ". Long fingerprints are cut to 12 characters; the entries have them whole."},
	}
}

// join puts what there is of some texts together.
func join(sep string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), sep)
}

// outcome says in one sentence what became of the steps.
func (r dossier) outcome() (paper.Tone, string) {
	n, people := map[flows.StepState]int{}, 0
	for _, s := range r.Case.Plan.Steps {
		_, st, ok := r.Case.Step(s.Key)
		switch {
		case !ok:
		case st.State == flows.StepDoneHand && s.Task == flows.Manual: // meant for people
			people++
		default:
			n[st.State]++
		}
	}
	counts := join(", ", nonzero(n[flows.StepDone], "done and seen"), nonzero(people, "done by people, as was meant"), nonzero(n[flows.StepDoneHand], "done by hand instead of by Muster"), nonzero(n[flows.StepLeftOut], "left out with a second person's word"),
		nonzero(n[flows.StepAbandoned], "no longer wanted"), nonzero(n[flows.StepBroken], "failed"), nonzero(n[flows.StepNotSeen]+n[flows.StepBegun], "sent and not yet seen"), nonzero(n[flows.Planned], "still to come"))
	if counts == "" {
		counts = "no steps were decided on"
	}
	late := r.lateness()
	switch c := r.Case; {
	case c.State == flows.Stopped:
		return paper.Soft, "The case was stopped: " + join(", ", c.Ended.Note, counts) + "."
	case n[flows.StepBroken] > 0:
		return paper.Bad, "The case is open. Steps: " + counts + "." + late
	case c.State != flows.Done:
		return paper.Warn, "The case is open. Steps: " + counts + "." + late
	case n[flows.StepDoneHand]+n[flows.StepLeftOut] > 0:
		return paper.Warn, "The case is closed. Steps: " + counts + "." + late + " What was done by hand or left out is listed below."
	case late != "":
		return paper.Warn, "The case is closed. Steps: " + counts + "." + late
	}
	return paper.Good, "The case is closed. Steps: " + counts + "."
}

// lateness says how much was not done in its time; nothing when all was.
func (r dossier) lateness() string {
	done, open := 0, 0
	for _, l := range r.LateSteps() {
		if l.Done.IsZero() {
			open++
		} else {
			done++
		}
	}
	counts := join(", ", nonzero(done, "done late"), nonzero(open, "overdue"))
	if counts == "" {
		return ""
	}
	return " Out of time: " + counts + ", listed below."
}

func nonzero(n int, what string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", n, what)
}

// decisions are who asked and who decided, each with the plan it is bound to.
func (r dossier) decisions() []paper.Part {
	t := paper.Table{Head: []string{"When", "Who", "What", "On plan"}, Widths: []float64{4, 3, 9, 3}}
	for _, rec := range r.Records {
		row, plan := r.decision(rec)
		if row != nil {
			t.Rows = append(t.Rows, append(append([]string{r.at(rec.Entry.At)}, row...), hashStart(plan)))
		}
	}
	return []paper.Part{
		paper.Heading{Level: 1, Text: "Who asked and who decided"},
		paper.Para{Text: "Each decision is bound to the fingerprint of the exact plan that the person was shown. Who pressed comes from the sign-in that Microsoft Teams vouches for, not from the card."},
		t,
	}
}

// decision is one decision: who, what, and on which plan; nothing for another entry.
func (r dossier) decision(rec flows.Record) (row []string, plan string) {
	switch b := rec.Entry.Body.(type) {
	case flows.Raised:
		return []string{who(b.By), r.did(rec, b.By)}, string(b.Plan.Hash())
	case flows.Approved:
		return []string{inPlace(b.By, b.For), join(" ", sentence(r.did(rec, b.By)), r.titles(b.Ticked))}, string(b.Shown)
	case flows.Rejected:
		return []string{inPlace(b.By, b.For), "Rejected it: " + b.Reason}, string(b.Shown)
	case flows.SignedOff:
		what := "Signed off " + r.title(b.Step)
		if !b.OK {
			what = "Refused " + r.title(b.Step) + ": " + b.Reason
		} else if b.Reason != "" {
			what += ": " + b.Reason
		}
		return []string{inPlace(b.By, b.For), what}, string(b.Plan)
	case flows.StepByHand:
		return []string{who(b.By), join(": ", "Did it by hand, "+r.title(b.Step), b.Note)}, ""
	case flows.WaiveAsked, flows.Waived, flows.StepClaimed, flows.Released, flows.ExceptionExtended, flows.ExceptionEnded, flows.ComeBackConfirmed, flows.HandedOver,
		flows.Moved, flows.Rescinded, flows.ChangeAgreed, flows.Cancelled, flows.Started, flows.NotStarted, flows.Resumed, flows.ReturnConfirmed, flows.ExtensionDecided:
		by := flows.Person{ID: rec.Entry.By, Name: r.names[rec.Entry.By]}
		return []string{who(by), r.did(rec, by)}, ""
	}
	return nil, ""
}

func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// line is what the timeline says of an entry.
func (r dossier) line(rec flows.Record) string {
	return cards.Line(texts.Language{}, r.Case, rec.Entry.Body, r.loc)
}

// did is what the timeline says, beside the name of who did it.
func (r dossier) did(rec flows.Record, by flows.Person) string {
	s := strings.TrimPrefix(r.line(rec), by.Name+" ")
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

func (r dossier) title(k flows.StepKey) string {
	if s, _, ok := r.Case.Step(k); ok {
		return "“" + s.Title + "”"
	}
	return "“" + string(k) + "”"
}

func (r dossier) titles(keys []flows.StepKey) string {
	var out []string
	for _, k := range keys {
		out = append(out, r.title(k))
	}
	if len(out) == 0 {
		return ""
	}
	return "Ticked: " + strings.Join(out, ", ") + "."
}

// everybodyIn are the names of everybody who appears, by account.
func everybodyIn(d flows.Dossier) map[flows.AccountID]string {
	out := map[flows.AccountID]string{}
	note := func(all ...flows.Person) {
		for _, p := range all {
			if p.ID != "" && p.Name != "" {
				out[p.ID] = p.Name
			}
		}
	}
	c := d.Case
	note(c.Subject(), c.Raised.Person, c.Event.Manager, c.Event.Successor, c.Facts.Fallback, c.Facts.Route, c.Facts.Releasing)
	note(c.Approval.Holders...)
	note(c.Facts.Seconds...)
	note(c.Facts.Signers...)
	for _, s := range c.Plan.Steps {
		note(s.Approvers...)
		note(s.Person)
	}
	for _, by := range c.Decisions {
		note(by.By)
	}
	for _, s := range c.Delegated {
		note(s.From, s.To)
	}
	for _, rec := range d.Records {
		if b, ok := rec.Entry.Body.(flows.Heard); ok {
			note(b.From)
		}
	}
	return out
}
