package cards

import (
	"slices"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// mostLines is how many entries a timeline shows; the export has all of them.
const mostLines = 40

// Timeline shows who did what when, from the log of a case, to the second. What was merely said is counted, because the export holds it word
// for word; what was refused is shown. An erased entry stands as erased.
func Timeline(lang texts.Language, c flows.Case, recs []flows.Record) Card {
	loc := c.Location()
	var lines []richText
	talk := 0
	for _, r := range recs {
		if r.Erased || r.Entry.Body == nil {
			lines = append(lines, near(faint(second(lang, r.Entry.At, loc)+" "), ran(lang.Say("An entry whose text was erased."))))
			continue
		}
		runs := tell(lang, c, r.Entry.Body, loc)
		if runs == nil {
			talk++
			continue
		}
		lines = append(lines, near(append([]run{faint(second(lang, r.Entry.At, loc) + " ")}, runs...)...))
	}
	return fit(func(room int) Card {
		body := []block{
			headline(lang.Say("What happened to %s's case.", visible(c.Event.Name()))),
			status(lang, stateMark(lang, c.State), ran(counts(c).text(lang)+".")),
			label(lang.Say("Who did what when (%s time)", place(loc))),
		}
		body = slices.Insert(body, 2, slices.Concat(view{lang: lang, Case: c, loc: loc}.late(), view{lang: lang, Case: c, loc: loc}.keptData(), view{lang: lang, Case: c, loc: loc}.wasBefore())...)
		latest := lines[max(0, len(lines)-mostLines*room/100):]
		if early := len(lines) - len(latest); early > 0 {
			body = append(body, hint(lang.Say("%s in the export.", count(lang, early, lang.Say("earlier entry is"), lang.Say("earlier entries are")))))
		}
		for _, l := range latest {
			body = append(body, l)
		}
		if len(lines) == 0 {
			body = append(body, hint(lang.Say("Nothing is on record yet.")))
		}
		if talk > 0 {
			body = append(body, hint(lang.Say("What was said and pressed, %s, is in the export word for word.", count(lang, talk, lang.Say("entry"), lang.Say("entries")))))
		}
		return finish(lang.Say("Timeline of %s", string(c.ID)), true, append(body, footer(string(c.ID))))
	})
}

func second(lang texts.Language, t time.Time, loc *time.Location) string {
	return lang.Time(t.In(loc), "Mon 2 Jan 2006, 15:04:05")
}

// tell says one entry in a sentence; nil for what was merely said.
func tell(lang texts.Language, c flows.Case, b flows.Body, loc *time.Location) []run {
	by := func(p flows.Person, did string, more ...run) []run {
		return append([]run{strong(p.Name), ran(" " + did)}, more...)
	}
	of := func(k flows.StepKey) run {
		if s, ok := c.Plan.Step(k); ok {
			return ran("“" + cut(s.Title, 90) + "”")
		}
		return ran("“" + cut(string(k), 90) + "”")
	}
	step := func(k flows.StepKey, m mark, more ...run) []run {
		return append([]run{m.run(lang), ran(" "), of(k)}, more...)
	}
	switch b := b.(type) {
	case flows.Unsent:
		return []run{markNeeds.as(lang.Say("Not delivered")).run(lang), ran(" " + cut(b.Why, 160))}
	case flows.Refused:
		return []run{markStopped.as(lang.Say("Refused")).run(lang), ran(" " + b.Verb + ": " + cut(b.Why, 160))}
	case flows.Tried:
		return step(b.Step, markRunning.as(lang.Say("Tried")), faint(" · "+cut(b.Why, 160)))
	case flows.RowRead:
		return []run{ran(lang.Say("HR sent a list; this is line %d of it: ", b.Line)), quote(b.Written)}
	case flows.RowConfirmed:
		return by(b.By, lang.Say("confirmed the list, with line %d, on %s", b.Line, when(lang, b.At, loc)))
	case flows.Received:
		return []run{ran(lang.Say("The system ")), strong(cut(visible(b.Source), 60)), ran(lang.Say(" sent this event to ")), strong(b.To.Name)}
	case flows.Raised:
		if c.Kind == flows.LeaverEvent && c.Event.Urgent {
			return by(b.By, lang.Say("asked for an urgent exit"))
		}
		did := by(b.By, lang.Say("confirmed the people event"))
		if b.Event.Other && len(b.Facts.Same)+len(b.Facts.Left) > 0 {
			did = append(did, ran(lang.Say(", and that nobody else of that name is the same person")))
		}
		if l := c.Late; l != nil && l.Known.Equal(c.Raised.At) {
			did = append(did, faint(lang.Say(" · late: its time was %s", when(lang, l.Due, loc))))
		}
		return did
	case flows.CameBack:
		return by(b.By, lang.Say("confirmed that the same person starts again, in "), strong(string(b.Case)))
	case flows.Approved:
		if c.Kind == flows.LeaverEvent {
			return by(b.By, lang.Say("confirmed the urgent exit"))
		}
		return append(by(b.By, lang.Say("approved the access, %s", count(lang, len(b.Ticked), lang.Say("item ticked"), lang.Say("items ticked")))), inPlaceOf(lang, b.For)...)
	case flows.Rejected:
		if c.Kind == flows.LeaverEvent {
			return by(b.By, lang.Say("refused the urgent exit: "), quote(b.Reason))
		}
		return by(b.By, lang.Say("rejected it: "), quote(b.Reason))
	case flows.Asked:
		return by(b.By, lang.Say("asked HR "), quote(b.Question))
	case flows.Replied:
		return by(b.By, lang.Say("answered "), quote(b.Answer))
	case flows.HandedOver:
		return by(b.By, lang.Say("handed the decision to "), strong(b.To.Name))
	case flows.SignedOff:
		if b.OK {
			return append(by(b.By, lang.Say("signed off "), of(b.Step)), inPlaceOf(lang, b.For)...)
		}
		return by(b.By, lang.Say("refused "), of(b.Step), ran(": "), quote(b.Reason))
	case flows.Released:
		return by(b.By, lang.Say("said what goes with the old job%s", keptWords(lang, b)))
	case flows.ReleaseLapsed:
		if len(b.Left) > 0 {
			return []run{ran(lang.Say("Nobody said in time what goes, so %s put to the approvers and the rest goes at its time", count(lang, len(b.Left), lang.Say("item is"), lang.Say("items are"))))}
		}
		return []run{ran(lang.Say("Nobody said in time what goes, so it goes at its time"))}
	case flows.ExceptionAsked:
		return []run{ran(lang.Say("It was asked whether ")), of(b.Step), ran(lang.Say(" can end as agreed"))}
	case flows.ExceptionExtended:
		return by(b.By, lang.Say("keeps it until %s: ", date(lang, b.Until)), of(b.Step), ran(" "), quote(b.Reason))
	case flows.ExceptionEnded:
		return by(b.By, lang.Say("lets it end as agreed: "), of(b.Step))
	case flows.ComeBackAsked:
		return []run{ran(lang.Say("Both managers were asked about the return from the secondment"))}
	case flows.ComeBackConfirmed:
		return by(b.By, lang.Say("confirmed that the old access comes back"))
	case flows.Reminded:
		return []run{ran(lang.Say("Whoever holds it was reminded"))}
	case flows.Escalated:
		if b.To.Name == "" {
			return []run{ran(lang.Say("There was no answer, and nobody else to ask"))}
		}
		if b.Why != "" {
			return []run{ran(lang.Say("Put to ")), strong(b.To.Name), ran(lang.Say(" as well: %s", cut(b.Why, 200)))}
		}
		return []run{ran(lang.Say("Put to ")), strong(b.To.Name), ran(lang.Say(" as well, for want of an answer"))}
	case flows.Rerouted:
		if b.To.Name == "" {
			return []run{ran(lang.Say("No longer with ")), strong(b.From.Name), ran(": " + cut(b.Why, 200))}
		}
		return []run{ran(lang.Say("Moved from ")), strong(b.From.Name), ran(lang.Say(" to ")), strong(b.To.Name), ran(": " + cut(b.Why, 200))}
	case flows.DelegatedTo:
		return []run{strong(b.To.Name), ran(lang.Say(" may decide in the place of ")), strong(b.From.Name), ran(lang.Say(" until %s", when(lang, b.Until, loc)))}
	case flows.DelegationOver:
		return []run{strong(b.To.Name), ran(lang.Say(" no longer decides in the place of ")), strong(b.From.Name)}
	case flows.Started:
		return by(b.By, lang.Say("said that the person started"))
	case flows.NotStarted:
		return by(b.By, lang.Say("said that the person did not start"))
	case flows.Resumed:
		return by(b.By, lang.Say("said that the person starts after all"))
	case flows.Cancelled:
		return by(b.By, lang.Say("ended the case: "), quote(b.Reason))
	case flows.Closed:
		return []run{markDone.as(lang.Say("Closed")).run(lang), ran(lang.Say(" %d verified, %d by hand, %d left out", b.Verified, b.ByHand, b.Waived))}
	}
	if runs := tellChange(lang, b, by); runs != nil {
		return runs
	}
	return tellStep(lang, b, by, step, loc)
}

// keptWords says how much of what goes is kept for a while.
func keptWords(lang texts.Language, b flows.Released) string {
	if len(b.Keep) == 0 {
		return ""
	}
	return lang.Say(", and keeps %s until a date", count(lang, len(b.Keep), lang.Say("item"), lang.Say("items")))
}

func tellStep(lang texts.Language, b flows.Body, by func(flows.Person, string, ...run) []run, step func(flows.StepKey, mark, ...run) []run, loc *time.Location) []run {
	switch b := b.(type) {
	case flows.StepStarted:
		return step(b.Step, markRunning.as(lang.Say("Begun")), faint(lang.Say(" · before: %s", cut(b.Before, 160))))
	case flows.StepUnseen:
		return step(b.Step, markRunning.as(lang.Say("Sent, not yet seen")), faint(" · "+cut(b.Seen, 160)))
	case flows.StepDelayed:
		return step(b.Step, markWaiting.as(lang.Say("Delayed")), faint(" · "+cut(b.Why, 160)))
	case flows.StepVerified:
		word := lang.Say("Done and seen")
		if b.Already {
			word = lang.Say("Seen, was so already")
		}
		return step(b.Step, markDone.as(word), faint(" · "+cut(b.After, 160)))
	case flows.StepFailed:
		return step(b.Step, markNeeds.as(lang.Say("Failed")), faint(" · "+cut(b.Cause, 160)))
	case flows.StepLost:
		return step(b.Step, markNeeds.as(lang.Say("Not there any more")), faint(" · "+cut(b.Seen, 160)))
	case flows.SeatsChecked:
		if len(b.Short) == 0 {
			return []run{markDone.as(lang.Say("Seats")).run(lang), faint(lang.Say(" · there is one for each licence"))}
		}
		return []run{markNeeds.as(lang.Say("Seats")).run(lang), faint(lang.Say(" · none left of %s", cut(strings.Join(b.Short, ", "), 160)))}
	case flows.StepRetried:
		if b.By.ID == "" {
			return step(b.Step, markRunning.as(lang.Say("Goes on")), faint(lang.Say(" · what was missing is there")))
		}
		return by(b.By, lang.Say("had it tried again: "), step(b.Step, markRunning.as(lang.Say("Retry")))...)
	case flows.StepByHand:
		return by(b.By, lang.Say("did it by hand: "), append(step(b.Step, markDone.as(lang.Say("By hand"))), ran(" "), quote(b.Note))...)
	case flows.StepClaimed:
		return by(b.By, lang.Say("said it was done by hand: "), append(step(b.Step, markRunning.as(lang.Say("Being checked"))), ran(" "), quote(b.Note))...)
	case flows.StepCannot:
		return by(b.By, lang.Say("cannot do it: "), append(step(b.Step, markNeeds.as(lang.Say("Needs people"))), ran(" "), quote(b.Reason))...)
	case flows.WaiveAsked:
		return by(b.By, lang.Say("asked to leave it out: "), append(step(b.Step, markWaiting.as(lang.Say("Second person"))), ran(" "), quote(b.Reason))...)
	case flows.Waived:
		return by(b.By, lang.Say("agreed to leave it out: "), step(b.Step, markStopped.as(lang.Say("Left out")))...)
	case flows.StepDropped:
		return step(b.Step, markStopped.as(lang.Say("No longer wanted")), faint(" · "+cut(b.Why, 160)))
	case flows.PassMade:
		return by(b.By, lang.Say("was shown the day-one pass, valid until %s", when(lang, b.Until, loc)))
	case flows.StartAsked:
		return []run{ran(lang.Say("The manager was asked whether the person started"))}
	}
	return nil
}

// inPlaceOf names the one who delegated a decision; nothing when nobody did.
func inPlaceOf(lang texts.Language, p flows.Person) []run {
	if p.Name == "" {
		return nil
	}
	return []run{ran(lang.Say(" in the place of ")), strong(p.Name)}
}
