package cards

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows"
)

// mostLines is how many entries a timeline shows; the export has all of them.
const mostLines = 40

// Timeline shows who did what when, from the log of a case, to the second. What was merely said is counted, because the export holds it word
// for word; what was refused is shown. An erased entry stands as erased.
func Timeline(c flows.Case, recs []flows.Record) Card {
	loc := c.Location()
	var lines []richText
	talk := 0
	for _, r := range recs {
		if r.Erased || r.Entry.Body == nil {
			lines = append(lines, near(faint(second(r.Entry.At, loc)+" "), ran("An entry whose text was erased.")))
			continue
		}
		runs := tell(c, r.Entry.Body, loc)
		if runs == nil {
			talk++
			continue
		}
		lines = append(lines, near(append([]run{faint(second(r.Entry.At, loc) + " ")}, runs...)...))
	}
	return fit(func(room int) Card {
		body := []block{
			headline("What happened to " + visible(c.Event.Name()) + "'s case."),
			status(stateMark(c.State), ran(counts(c).String()+".")),
			label("Who did what when (" + place(loc) + " time)"),
		}
		body = slices.Insert(body, 2, slices.Concat(view{Case: c, loc: loc}.late(), view{Case: c, loc: loc}.keptData(), view{Case: c, loc: loc}.wasBefore())...)
		latest := lines[max(0, len(lines)-mostLines*room/100):]
		if early := len(lines) - len(latest); early > 0 {
			body = append(body, hint(count(early, "earlier entry is", "earlier entries are")+" in the export."))
		}
		for _, l := range latest {
			body = append(body, l)
		}
		if len(lines) == 0 {
			body = append(body, hint("Nothing is on record yet."))
		}
		if talk > 0 {
			body = append(body, hint("What was said and pressed, "+count(talk, "entry", "entries")+", is in the export word for word."))
		}
		return finish("Timeline of "+string(c.ID), true, append(body, footer(string(c.ID))))
	})
}

func second(t time.Time, loc *time.Location) string {
	return t.In(loc).Format("Mon 2 Jan 2006, 15:04:05")
}

// tell says one entry in a sentence; nil for what was merely said.
func tell(c flows.Case, b flows.Body, loc *time.Location) []run {
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
		return append([]run{m.run(), ran(" "), of(k)}, more...)
	}
	switch b := b.(type) {
	case flows.Unsent:
		return []run{markNeeds.as("Not delivered").run(), ran(" " + cut(b.Why, 160))}
	case flows.Refused:
		return []run{markStopped.as("Refused").run(), ran(" " + b.Verb + ": " + cut(b.Why, 160))}
	case flows.Tried:
		return step(b.Step, markRunning.as("Tried"), faint(" · "+cut(b.Why, 160)))
	case flows.RowRead:
		return []run{ran(fmt.Sprintf("HR sent a list; this is line %d of it: ", b.Line)), quote(b.Written)}
	case flows.RowConfirmed:
		return by(b.By, fmt.Sprintf("confirmed the list, with line %d, on %s", b.Line, when(b.At, loc)))
	case flows.Received:
		return []run{ran("The system "), strong(cut(visible(b.Source), 60)), ran(" sent this event to "), strong(b.To.Name)}
	case flows.Raised:
		if c.Kind == flows.LeaverEvent && c.Event.Urgent {
			return by(b.By, "asked for an urgent exit")
		}
		did := by(b.By, "confirmed the people event")
		if b.Event.Other && len(b.Facts.Same)+len(b.Facts.Left) > 0 {
			did = append(did, ran(", and that nobody else of that name is the same person"))
		}
		if l := c.Late; l != nil && l.Known.Equal(c.Raised.At) {
			did = append(did, faint(" · late: its time was "+when(l.Due, loc)))
		}
		return did
	case flows.CameBack:
		return by(b.By, "confirmed that the same person starts again, in ", strong(string(b.Case)))
	case flows.Approved:
		if c.Kind == flows.LeaverEvent {
			return by(b.By, "confirmed the urgent exit")
		}
		return append(by(b.By, "approved the access, "+count(len(b.Ticked), "item ticked", "items ticked")), inPlaceOf(b.For)...)
	case flows.Rejected:
		if c.Kind == flows.LeaverEvent {
			return by(b.By, "refused the urgent exit: ", quote(b.Reason))
		}
		return by(b.By, "rejected it: ", quote(b.Reason))
	case flows.Asked:
		return by(b.By, "asked HR ", quote(b.Question))
	case flows.Replied:
		return by(b.By, "answered ", quote(b.Answer))
	case flows.HandedOver:
		return by(b.By, "handed the decision to ", strong(b.To.Name))
	case flows.SignedOff:
		if b.OK {
			return append(by(b.By, "signed off ", of(b.Step)), inPlaceOf(b.For)...)
		}
		return by(b.By, "refused ", of(b.Step), ran(": "), quote(b.Reason))
	case flows.Released:
		return by(b.By, "said what goes with the old job"+keptWords(b))
	case flows.ReleaseLapsed:
		if len(b.Left) > 0 {
			return []run{ran("Nobody said in time what goes, so " + count(len(b.Left), "item is", "items are") + " put to the approvers and the rest goes at its time")}
		}
		return []run{ran("Nobody said in time what goes, so it goes at its time")}
	case flows.ExceptionAsked:
		return []run{ran("It was asked whether "), of(b.Step), ran(" can end as agreed")}
	case flows.ExceptionExtended:
		return by(b.By, "keeps it until "+b.Until.Say()+": ", of(b.Step), ran(" "), quote(b.Reason))
	case flows.ExceptionEnded:
		return by(b.By, "lets it end as agreed: ", of(b.Step))
	case flows.ComeBackAsked:
		return []run{ran("Both managers were asked about the return from the secondment")}
	case flows.ComeBackConfirmed:
		return by(b.By, "confirmed that the old access comes back")
	case flows.Reminded:
		return []run{ran("Whoever holds it was reminded")}
	case flows.Escalated:
		if b.To.Name == "" {
			return []run{ran("There was no answer, and nobody else to ask")}
		}
		if b.Why != "" {
			return []run{ran("Put to "), strong(b.To.Name), ran(" as well: " + cut(b.Why, 200))}
		}
		return []run{ran("Put to "), strong(b.To.Name), ran(" as well, for want of an answer")}
	case flows.Rerouted:
		if b.To.Name == "" {
			return []run{ran("No longer with "), strong(b.From.Name), ran(": " + cut(b.Why, 200))}
		}
		return []run{ran("Moved from "), strong(b.From.Name), ran(" to "), strong(b.To.Name), ran(": " + cut(b.Why, 200))}
	case flows.DelegatedTo:
		return []run{strong(b.To.Name), ran(" may decide in the place of "), strong(b.From.Name), ran(" until " + when(b.Until, loc))}
	case flows.DelegationOver:
		return []run{strong(b.To.Name), ran(" no longer decides in the place of "), strong(b.From.Name)}
	case flows.Started:
		return by(b.By, "said that the person started")
	case flows.NotStarted:
		return by(b.By, "said that the person did not start")
	case flows.Resumed:
		return by(b.By, "said that the person starts after all")
	case flows.Cancelled:
		return by(b.By, "ended the case: ", quote(b.Reason))
	case flows.Closed:
		return []run{markDone.as("Closed").run(), ran(fmt.Sprintf(" %d verified, %d by hand, %d left out", b.Verified, b.ByHand, b.Waived))}
	}
	if runs := tellChange(b, by); runs != nil {
		return runs
	}
	return tellStep(b, by, step, loc)
}

// keptWords says how much of what goes is kept for a while.
func keptWords(b flows.Released) string {
	if len(b.Keep) == 0 {
		return ""
	}
	return ", and keeps " + count(len(b.Keep), "item", "items") + " until a date"
}

func tellStep(b flows.Body, by func(flows.Person, string, ...run) []run, step func(flows.StepKey, mark, ...run) []run, loc *time.Location) []run {
	switch b := b.(type) {
	case flows.StepStarted:
		return step(b.Step, markRunning.as("Begun"), faint(" · before: "+cut(b.Before, 160)))
	case flows.StepUnseen:
		return step(b.Step, markRunning.as("Sent, not yet seen"), faint(" · "+cut(b.Seen, 160)))
	case flows.StepDelayed:
		return step(b.Step, markWaiting.as("Delayed"), faint(" · "+cut(b.Why, 160)))
	case flows.StepVerified:
		word := "Done and seen"
		if b.Already {
			word = "Seen, was so already"
		}
		return step(b.Step, markDone.as(word), faint(" · "+cut(b.After, 160)))
	case flows.StepFailed:
		return step(b.Step, markNeeds.as("Failed"), faint(" · "+cut(b.Cause, 160)))
	case flows.StepLost:
		return step(b.Step, markNeeds.as("Not there any more"), faint(" · "+cut(b.Seen, 160)))
	case flows.SeatsChecked:
		if len(b.Short) == 0 {
			return []run{markDone.as("Seats").run(), faint(" · there is one for each licence")}
		}
		return []run{markNeeds.as("Seats").run(), faint(" · none left of " + cut(strings.Join(b.Short, ", "), 160))}
	case flows.StepRetried:
		if b.By.ID == "" {
			return step(b.Step, markRunning.as("Goes on"), faint(" · what was missing is there"))
		}
		return by(b.By, "had it tried again: ", step(b.Step, markRunning.as("Retry"))...)
	case flows.StepByHand:
		return by(b.By, "did it by hand: ", append(step(b.Step, markDone.as("By hand")), ran(" "), quote(b.Note))...)
	case flows.StepClaimed:
		return by(b.By, "said it was done by hand: ", append(step(b.Step, markRunning.as("Being checked")), ran(" "), quote(b.Note))...)
	case flows.StepCannot:
		return by(b.By, "cannot do it: ", append(step(b.Step, markNeeds.as("Needs people")), ran(" "), quote(b.Reason))...)
	case flows.WaiveAsked:
		return by(b.By, "asked to leave it out: ", append(step(b.Step, markWaiting.as("Second person")), ran(" "), quote(b.Reason))...)
	case flows.Waived:
		return by(b.By, "agreed to leave it out: ", step(b.Step, markStopped.as("Left out"))...)
	case flows.StepDropped:
		return step(b.Step, markStopped.as("No longer wanted"), faint(" · "+cut(b.Why, 160)))
	case flows.PassMade:
		return by(b.By, "was shown the day-one pass, valid until "+when(b.Until, loc))
	case flows.StartAsked:
		return []run{ran("The manager was asked whether the person started")}
	}
	return nil
}

// inPlaceOf names the one who delegated a decision; nothing when nobody did.
func inPlaceOf(p flows.Person) []run {
	if p.Name == "" {
		return nil
	}
	return []run{ran(" in the place of "), strong(p.Name)}
}
