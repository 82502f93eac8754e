package cards

import (
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// draftView is the draft as the case that it would become.
func draftView(lang texts.Language, d flows.Draft, p *flows.Policy, now time.Time, loc *time.Location) view {
	return view{
		lang: lang,
		Case: flows.Case{
			Kind: d.Event.Kind, Event: d.Event, Site: p.Sites[d.Event.Site], Facts: d.Facts, Plan: d.Plan, Warnings: d.Warnings,
			Raised: flows.By{Person: d.By, At: d.At},
		},
		reader: d.By.ID, now: now, loc: loc, room: 100,
	}
}

// draftStory is the first line about what HR is writing down.
func (v view) draftStory() string {
	if v.leaver() {
		return v.leaverStory()
	}
	if v.absence() {
		return v.absenceStory()
	}
	if v.mover() {
		return v.moverStory()
	}
	return story(v.lang, v.Event, past(v.Event.Start, v.now, v.loc))
}

// checks is what is being looked up before the summary.
func (v view) checks() string {
	if v.mover() {
		return v.lang.Say("the account, what it holds, and both managers in the directory.")
	}
	if v.leaver() {
		return v.lang.Say("the account, what it holds and what it owns in the directory.")
	}
	if v.absence() {
		return v.lang.Say("the account, the manager and what is free in the directory.")
	}
	return v.lang.Say("names, seats and the manager in the directory.")
}

// opening is what HR writes to begin such an event.
func opening(lang texts.Language, e flows.PeopleEvent) string {
	switch {
	case e.Kind == flows.LeaverEvent && e.Urgent:
		return lang.Say("urgent leaver")
	case e.Kind == flows.LeaverEvent:
		return "leaver"
	case e.Kind == flows.RenameEvent:
		return "rename"
	case e.Kind == flows.LeaveEvent:
		return "leave"
	case e.Kind == flows.MoverEvent:
		return "mover"
	}
	return lang.Say("new starter")
}

// exitSummary asks HR to confirm an exit: who it is, what people should know, and all that will happen.
func exitSummary(lang texts.Language, d flows.Draft, v view, first string) []block {
	ask, style := lang.Say("Confirm that this is right. Only then does anything happen."), positive
	if v.urgent() {
		ask, style = lang.Say("Confirm that this is right. A second person is asked then, and only after that does anything happen."), destructive
	}
	body := []block{headline(first), status(lang, markWaiting.as(lang.Say("Waiting for you")), ran(ask))}
	if d.Source != "" {
		body = append(body, quoted(lang, d)...)
	}
	body = append(append(body, v.seconds()...), v.account())
	for _, w := range d.Warnings {
		body = append(body, warning(lang, w))
	}
	body = append(append(body, v.heirs()...), v.keptData()...)
	if reply, ok := d.Plan.Step(replyStep); ok && reply.Text != "" { // as it will be sent, with the names filled in
		body = append(body, near(faint(lang.Say("Automatic reply ")), quote(reply.Text)))
	}
	if d.Event.Notes != "" {
		body = append(body, near(faint(lang.Say("Notes ")), quote(d.Event.Notes)))
	}
	body = append(body, v.exitPlan()...)
	return append(body, v.silence(), confirmButtons(lang, d, style))
}
