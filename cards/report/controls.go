package report

import (
	"slices"
	"strings"
	"time"

	"muster/cards/paper"
	"muster/flows"
)

// ControlMap says which requirements of known standards a pack serves, with what it shows for each and what it does not.
type ControlMap struct {
	Case     flows.CaseID `json:"case"`
	Event    string       `json:"event"`
	Made     time.Time    `json:"made"`
	Note     string       `json:"note"`
	Controls []Control    `json:"controls"`
}

// Control is one requirement.
type Control struct {
	Standard string   `json:"standard"`
	Clause   string   `json:"clause"`
	About    string   `json:"about"`     // in our words
	Serves   bool     `json:"serves"`    // this case has to do with it
	Shows    []string `json:"shows"`     // found in this case
	NotShown string   `json:"not_shown"` // what an auditor must look for elsewhere
}

const controlsNote = "The requirements are told in our words, not in those of the standards. A pack is about one case: whether the control works as a whole is judged from all cases (the population) and a sample of packs."

// What a case can show.
type piece func(controlFacts) []string

// requirement is a row of the table of controls.
type requirement struct {
	standard, clause, about string
	kinds                   []flows.EventKind // none: every kind
	shows                   []piece
	not                     string
}

var requirements = []requirement{
	{
		"Cyber Essentials", "User access control", "People get an account only after somebody approved it, have no more access than their work needs, and lose it when they leave. Access to administer is separate and accounted for.", nil,
		[]piece{approvedFirst, elevated, removed, blocked},
		"Accounts that nobody told Muster of, how people sign in, and whether administrators use a separate account.",
	},
	{
		"ISO/IEC 27001:2022", "A.5.16", "Identities are managed from their beginning to their end.", nil,
		[]piece{identity, blocked, closed},
		"Identities outside Microsoft 365, and shared or technical ones.",
	},
	{
		"ISO/IEC 27001:2022", "A.5.18", "Access is given, changed, reviewed and taken away by rule; who owns it agrees before it is given, and somebody else than who asked.", nil,
		[]piece{approvedFirst, apart, granted, removed, kept},
		"The regular review of all access: that is the monthly review, not this pack.",
	},
	{
		"ISO/IEC 27001:2022", "A.6.5", "What somebody still owes after leaving or changing jobs is settled and enforced.",
		[]flows.EventKind{flows.LeaverEvent, flows.MoverEvent},
		[]piece{blocked, removed, handed},
		"What the contract says about duties afterwards, and that the person was reminded of it.",
	},
	{
		"ISO/IEC 27001:2022", "A.5.11", "What belongs to the organisation comes back when somebody leaves or changes jobs.",
		[]flows.EventKind{flows.LeaverEvent, flows.MoverEvent},
		[]piece{byPeople},
		"That the list of things is complete, and the thing itself: somebody's signed word stands here, not a look at the shelf.",
	},
	{
		"ISO/IEC 27001:2022", "A.8.2", "Access with special powers is given sparingly, for a reason, by somebody entitled to, and ends.", nil,
		[]piece{elevated, kept},
		"What was done with such access, and powers that were given outside Muster.",
	},
	{
		"SOC 2", "CC6.2", "New users are authorised before they get credentials, and credentials go when access is no longer authorised.", nil,
		[]piece{approvedFirst, identity, blocked},
		"Systems outside Microsoft 365, unless they are steps of this plan.",
	},
	{
		"SOC 2", "CC6.3", "Access follows the role, with duties kept apart and no more than is needed, and is changed and removed when the role is.", nil,
		[]piece{apart, granted, removed, kept},
		"Whether the job profiles themselves give too much: the policy in this pack says what they give.",
	},
	{
		"NIST SP 800-53 rev. 5", "AC-2", "Accounts have an approval, are made, changed, disabled and removed by policy, and those who run them are told when people leave or move.", nil,
		[]piece{approvedFirst, identity, granted, removed, blocked, told},
		"Monitoring of how accounts are used, inactive accounts, and group and service accounts.",
	},
	{
		"NIST SP 800-53 rev. 5", "PS-4", "When somebody leaves, access ends within a set time, what they sign in with is revoked, property comes back, and what they held stays within reach.",
		[]flows.EventKind{flows.LeaverEvent},
		[]piece{blocked, revoked, byPeople, handed},
		"The exit interview.",
	},
	{
		"NIST SP 800-53 rev. 5", "PS-5", "When somebody moves, the need for what they have is looked at again, changed within a set time, and those who must know are told.",
		[]flows.EventKind{flows.MoverEvent},
		[]piece{twoManagers, removed, granted, kept, told},
		"Physical access, unless it is a step of this plan.",
	},
}

// controlFacts is what the pieces look at.
type controlFacts struct{ dossier }

// Controls is the map for one case.
func Controls(d flows.Dossier) ControlMap {
	f := controlFacts{dossier{Dossier: d, loc: d.Case.Location(), names: everybodyIn(d)}}
	m := ControlMap{Case: d.Case.ID, Event: string(d.Case.Kind), Made: d.At, Note: controlsNote}
	for _, r := range requirements {
		c := Control{Standard: r.standard, Clause: r.clause, About: r.about, NotShown: r.not, Shows: []string{}}
		if len(r.kinds) == 0 || slices.Contains(r.kinds, d.Case.Kind) {
			for _, p := range r.shows {
				c.Shows = append(c.Shows, p(f)...)
			}
		}
		c.Serves = len(c.Shows) > 0
		m.Controls = append(m.Controls, c)
	}
	return m
}

// document is the map to read.
func (m ControlMap) document(d flows.Dossier) paper.Document {
	doc := paper.Document{
		Title: "Requirements that the evidence of " + string(m.Case) + " serves", Made: "Made by Muster with the evidence pack of " + string(m.Case) + ".", At: d.At,
		Foot: string(m.Case) + " · confidential", Wide: true,
	}
	return withParts(doc, paper.Note{Tone: paper.Soft, Text: m.Note}, m.table())
}

func withParts(d paper.Document, parts ...paper.Part) paper.Document {
	d.Parts = append(d.Parts, parts...)
	return d
}

func (m ControlMap) table() paper.Table {
	t := paper.Table{Head: []string{"Requirement", "What it is about", "What this pack shows", "What it does not show"}, Widths: []float64{3, 5, 7, 4}}
	for _, c := range m.Controls {
		shows := "Nothing in this case."
		if c.Serves {
			shows = strings.Join(c.Shows, "\n")
		}
		t.Rows = append(t.Rows, []string{c.Standard + " " + c.Clause, c.About, shows, c.NotShown})
	}
	return t
}

// served is the short form of the map in the report.
func (r dossier) served() []paper.Part {
	var names []string
	for _, c := range Controls(r.Dossier).Controls {
		if c.Serves {
			names = append(names, c.Standard+" "+c.Clause)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []paper.Part{
		paper.Heading{Level: 1, Text: "Requirements this serves"},
		paper.Para{Text: strings.Join(names, "; ") + ". What is shown for each, and what is not, stands in controls.html."},
	}
}

// done lists the steps of some tasks that were seen done, done by hand, or neither.
func (f controlFacts) done(tasks ...flows.TaskName) (seen, hand, open []flows.Step, last time.Time) {
	for _, s := range slices.Concat(f.Case.Plan.Steps, f.Case.Fallen) {
		_, st, ok := f.Case.Step(s.Key)
		if !ok || !slices.Contains(tasks, s.Task) {
			continue
		}
		switch st.State {
		case flows.StepDone:
			seen = append(seen, s)
		case flows.StepDoneHand:
			hand = append(hand, s)
		case flows.StepAbandoned:
			continue
		default:
			open = append(open, s)
			continue
		}
		if st.At.After(last) {
			last = st.At
		}
	}
	return seen, hand, open, last
}

// tally says how the steps of some tasks went; nothing when there are none.
func (f controlFacts) tally(what string, tasks ...flows.TaskName) []string {
	seen, hand, open, last := f.done(tasks...)
	if len(seen)+len(hand)+len(open) == 0 {
		return nil
	}
	s := what + ": " + or(join(", ", nonzero(len(seen), "seen done"), nonzero(len(hand), "done by hand"), nonzero(len(open), "not done")), "none")
	if !last.IsZero() {
		s += ", the last on " + f.at(last)
	}
	return []string{s + "."}
}
