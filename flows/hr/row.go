package hr

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// reader makes people events of rows.
type reader struct {
	kind     flows.EventKind
	policy   *flows.Policy
	today    flows.Date
	from1904 bool
}

// row reads one person. What a column says that the event has no field for, such as a job of a leaver, is left in what was written.
func (rd reader) row(lang texts.Language, in row, cols map[int]field) flows.Row {
	out := flows.Row{Line: in.line, Event: flows.PeopleEvent{Kind: rd.kind}}
	doubt(&out, "", in.problem)
	values := map[field]cell{}
	for n, c := range in.cells {
		f, ok := cols[n]
		if !ok {
			continue
		}
		if len([]rune(c.text)) > mostText {
			c.problem, c.text = lang.Say("The text is longer than %d characters.", mostText), ""
		}
		values[f] = c
	}
	read := rd.joiner
	if rd.kind == flows.LeaverEvent {
		read = rd.leaver
	}
	taken := read(lang, &out, values)
	for _, h := range headings { // in order, so that equal files give equal rows
		c, ok := values[h.field]
		if !ok || c.problem == "" {
			continue
		}
		if to, ok := taken[h.field]; ok {
			doubt(&out, to, c.problem)
		} else {
			doubt(&out, "", lang.Say("The %s: %s", h.say, c.problem))
		}
	}
	return out
}

// joiner reads a starter. It gives the form's field that each column went to.
func (rd reader) joiner(lang texts.Language, out *flows.Row, v map[field]cell) map[field]field {
	e := &out.Event
	e.Given, e.Surname = v[given].text, v[surname].text
	if e.Given == "" && e.Surname == "" && v[wholeName].text != "" {
		var unsure string
		e.Given, e.Surname, unsure = flows.SplitName(lang, v[wholeName].text)
		doubt(out, surname, unsure)
	}
	rd.job(lang, out, v[job].text)
	rd.site(lang, out, v[site].text)
	e.Start = rd.day(lang, out, start, v[start])
	e.End = rd.day(lang, out, end, v[end])
	e.Employment = rd.employment(lang, out, v[employment].text)
	out.ManagerText = v[manager].text
	e.PersonalEmail, e.CostCentre, e.Notes = v[email].text, v[costCentre].text, v[notes].text
	return map[field]field{
		wholeName: surname, given: given, surname: surname, job: job, site: site, start: start, end: end, employment: employment,
		manager: manager, email: email, costCentre: costCentre, notes: notes,
	}
}

// leaver reads somebody who leaves. Who that is, is for the directory and HR to say.
func (rd reader) leaver(lang texts.Language, out *flows.Row, v map[field]cell) map[field]field {
	e := &out.Event
	name := v[wholeName].text
	if name == "" {
		name = strings.TrimSpace(v[given].text + " " + v[surname].text)
	}
	out.SubjectText = name
	if upn := v[signInName].text; upn != "" {
		out.SubjectText, out.SubjectName = upn, name
	}
	if out.SubjectText == "" {
		doubt(out, "subject", lang.Say("Nobody is named here."))
	}
	day := lastDay
	if v[lastDay].text == "" && v[end].text != "" {
		day = end
	}
	e.LastDay = rd.dayAs(lang, out, lastDay, v[day])
	e.LastTime = rd.clock(lang, out, v[lastTime])
	rd.site(lang, out, v[site].text)
	out.SuccessorText = v[successor].text
	e.Notes = v[notes].text
	return map[field]field{
		wholeName: "subject", given: "subject", surname: "subject", signInName: "subject", day: lastDay, lastTime: lastTime, site: site,
		successor: successor, notes: notes,
	}
}

func (rd reader) job(lang texts.Language, out *flows.Row, text string) {
	if text == "" {
		return
	}
	switch found := rd.policy.FindJobs(text); len(found) {
	case 0:
		doubt(out, job, lang.Say("There is no job profile called “%s”. Choose one.", cut(text, 60)))
	case 1:
		out.Event.Job = found[0]
	default:
		doubt(out, job, lang.Say("“%s” may be %s. Choose one.", cut(text, 60), strings.Join(found, lang.Say(" or "))))
	}
}

func (rd reader) site(lang texts.Language, out *flows.Row, text string) {
	if text == "" {
		return
	}
	switch found := rd.policy.FindSites(text); len(found) {
	case 0:
		doubt(out, site, lang.Say("There is no site called “%s”. Choose one.", cut(text, 60)))
	case 1:
		out.Event.Site = found[0]
	default:
		doubt(out, site, lang.Say("“%s” may be %s. Choose one.", cut(text, 60), strings.Join(found, lang.Say(" or "))))
	}
}

func (rd reader) employment(lang texts.Language, out *flows.Row, text string) string {
	switch bare(text) {
	case "", "employee", "employed", "permanent", "perm", "staff", "full time", "part time", "fixed term":
		return "employee"
	case "contractor", "contract", "temp", "temporary", "agency", "freelance", "freelancer", "consultant":
		return "contractor"
	}
	doubt(out, employment, lang.Say("“%s” is neither employee nor contractor. Choose one.", cut(text, 60)))
	return "employee"
}

func (rd reader) day(lang texts.Language, out *flows.Row, f field, c cell) flows.Date {
	return rd.dayAs(lang, out, f, c)
}

// dayAs reads a date: the number of a spreadsheet's day, ISO with or without a time, or what a sentence may have.
func (rd reader) dayAs(lang texts.Language, out *flows.Row, f field, c cell) flows.Date {
	if c.text == "" {
		return ""
	}
	if c.serial {
		d, ok := rd.serialDay(c.text)
		if !ok {
			doubt(out, f, lang.Say("“%s” is a number and not a date. Write it like 2027-01-05.", cut(c.text, 30)))
		}
		return d
	}
	text := c.text
	if iso, rest, cutAt := isoDay(lang, text); cutAt {
		if !midnight(rest) {
			doubt(out, f, lang.Say("“%s” has a time of day. Write the date alone, like 2027-01-05.", cut(text, 40)))
		}
		return iso
	}
	d, unsure := flows.ReadDay(lang, text, rd.policy.Limits.LateDays, rd.today)
	doubt(out, f, unsure)
	return d
}

// isoDay takes an ISO date from the beginning of a text.
func isoDay(lang texts.Language, text string) (flows.Date, string, bool) {
	if len(text) < len(time.DateOnly) {
		return "", "", false
	}
	d, err := flows.ParseDate(lang, text[:len(time.DateOnly)])
	if err != nil {
		return "", "", false
	}
	rest := text[len(time.DateOnly):]
	return d, strings.TrimLeft(rest, "Tt "), rest == "" || rest[0] == 'T' || rest[0] == 't' || rest[0] == ' '
}

// midnight is what systems write behind a date that has no time.
func midnight(rest string) bool { return strings.Trim(rest, "0:.Zz+") == "" }

// The days that a spreadsheet's number may be: 2000 to 2100. A smaller or larger number is no date that anybody means.
const (
	firstSerial = 36526
	lastSerial  = 73415
	days1904    = 1462 // from 1900 to 1904, as spreadsheets count
)

// serialDay is the day of a spreadsheet's number: days since the end of 1899, or since the beginning of 1904.
func (rd reader) serialDay(text string) (flows.Date, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "", false
	}
	if rd.from1904 {
		n += days1904
	}
	if n < firstSerial || n > lastSerial {
		return "", false
	}
	return flows.DateOf(time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(n))), true
}

// clock reads a time of day: the fraction of a spreadsheet's day, or what a sentence may have.
func (rd reader) clock(lang texts.Language, out *flows.Row, c cell) string {
	if c.text == "" {
		return ""
	}
	if n, err := strconv.ParseFloat(c.text, 64); c.serial && err == nil && n > 0 && n < 1 {
		minutes := int(math.Round(n * 24 * 60))
		return fmt.Sprintf("%02d:%02d", minutes/60%24, minutes%60)
	}
	text := c.text
	if len(text) == len("17:30:00") && strings.HasSuffix(text, ":00") {
		text = strings.TrimSuffix(text, ":00")
	}
	got, unsure := flows.ReadTime(lang, text)
	doubt(out, lastTime, unsure)
	return got
}
