package hr

import (
	"strings"

	"muster/flows"
)

// ReadLines reads lines of a message, each a sentence about one person. Empty lines, bullets and numbers in front are nothing.
func ReadLines(text string, kind flows.EventKind, p *flows.Policy, today flows.Date) (flows.List, error) {
	out := flows.List{Kind: kind}
	n := 0
	for line := range strings.Lines(text) {
		n++
		said := sentence(line)
		if said == "" {
			continue
		}
		if len(out.Rows) == mostRows {
			return flows.List{}, refuse(p.Lang().Say("The list has more than %d people. Please send it in parts.", mostRows))
		}
		r := readLine(said, kind, p, today)
		r.Line, r.Written = n, cut(said, mostText)
		out.Rows = append(out.Rows, r)
	}
	sameTwice(p.Lang(), out.Rows)
	return out, nil
}

// sentence is a line without what only tells it from its neighbours: bullets and numbers.
func sentence(line string) string {
	s := strings.TrimLeft(tidy(line), "-*•·–— ")
	digits := strings.TrimLeft(s, "0123456789")
	if len(digits) < len(s) && len(s)-len(digits) <= 3 && (strings.HasPrefix(digits, ". ") || strings.HasPrefix(digits, ") ")) {
		s = digits[2:]
	}
	return strings.TrimSpace(s)
}

func readLine(said string, kind flows.EventKind, p *flows.Policy, today flows.Date) flows.Row {
	r := flows.Row{Event: flows.PeopleEvent{Kind: kind}}
	var s flows.Sentence
	if kind == flows.LeaverEvent {
		s = flows.ReadLeaver(said, p, today)
		r.Event.LastDay, r.Event.LastTime, r.SubjectText = s.LastDay, s.LastTime, s.SubjectText
	} else {
		s = flows.ReadJoiner(said, p, today)
		r.Event.Given, r.Event.Surname, r.Event.Job, r.Event.Start = s.Given, s.Surname, s.Job, s.Start
		r.Event.Employment, r.Event.End, r.ManagerText = s.Employment, s.End, s.ManagerText
		if r.Event.Employment == "" {
			r.Event.Employment = "employee"
		}
	}
	r.Event.Site = s.Site
	for f, say := range s.Doubts {
		doubt(&r, field(f), say)
	}
	if len(s.Rest) > 0 {
		doubt(&r, "", p.Lang().Say("I did not understand this part: %s", cut(strings.Join(s.Rest, "; "), 200)))
	}
	return r
}
