package cards

import (
	"time"

	"muster/flows"
)

// Draft draws a people event that HR is writing down: the form, the wait for the directory, the summary to confirm, and what became of it.
// p gives the jobs and sites to choose from; now only tells whether the first day is over.
func Draft(d flows.Draft, p *flows.Policy, now time.Time) Card {
	return DraftFor(d, p, now, d.By.ID)
}

// DraftFor is the draft as one reader sees it: who may confirm in the place of the one who wrote it has the choice, and the writer has not.
func DraftFor(d flows.Draft, p *flows.Policy, now time.Time, reader flows.AccountID) Card {
	loc := zone(p, d.Event.Site)
	v := draftView(d, p, now, loc)
	if reader != "" {
		v.reader = reader
	}
	if v.reader != d.By.ID && d.State != flows.DraftSummary {
		return finish(DraftSummary(d), false, elsewhere(d, v))
	}
	first := v.draftStory()
	var body []block
	switch d.State {
	case flows.DraftReading:
		body = []block{headline("One moment: the directory is being asked about your sentence."), near(markRunning.as("Reading").run())}
		body = append(body, quoted(d)...)
		body = append(body, stuck(d)...)
	case flows.DraftForm:
		body = formCard(d, p, first)
	case flows.DraftChecking:
		body = []block{headline(first), status(markRunning.as("Checking"), ran(v.checks()))}
		body = append(body, stuck(d)...)
		body = append(body, hint("Nothing happens before you confirm the summary that follows."), buttons(alone(press("Cancel", "", draftData(d, flows.VerbWithdraw)))))
	case flows.DraftSummary:
		return fit(func(room int) Card {
			v := v
			v.room = room
			return finish(DraftSummary(d), false, draftSummary(d, v, first))
		})
	case flows.DraftConfirmed:
		body = []block{headline(first), status(markDone.as("Confirmed"), ran("You confirmed this."))}
		body = append(body, v.seconds()...)
		body = append(body, hint("The case is "+string(d.Case)+". Its own card shows how it goes."))
	default:
		body = []block{headline(first), status(markStopped.as("Withdrawn"), ran("You withdrew this. Nothing was done."))}
		body = append(body, hint("Write “"+opening(d.Event)+"” to begin again."))
	}
	return finish(DraftSummary(d), false, body)
}

// DraftSummary is the line for notifications of a draft's card. A draft is only ever shown to the person who writes it; of an urgent exit
// even that line names nobody, since it may light up beside the person.
func DraftSummary(d flows.Draft) string {
	who := cut(visible(d.Event.Name()), 80)
	leaver := d.Event.Kind == flows.LeaverEvent
	switch {
	case leaver && d.Event.Urgent:
		who = "an urgent exit"
	case who == "" && leaver:
		who = "a leaver"
	case who == "" && d.Event.Kind == flows.MoverEvent:
		who = "a mover"
	case who == "":
		who = "a new starter"
	}
	if line := absenceLine(d, who); line != "" {
		return line
	}
	switch d.State {
	case flows.DraftForm:
		return "Check the details of " + who
	case flows.DraftSummary:
		switch {
		case leaver && d.Event.Urgent:
			return "Confirm " + who
		case leaver:
			return "Confirm the exit of " + who
		case d.Event.Kind == flows.MoverEvent:
			return "Confirm the move of " + who
		}
		return "Confirm " + who + " as a new starter"
	case flows.DraftConfirmed:
		return "Confirmed: " + who + ", " + string(d.Case)
	case flows.DraftWithdrawn:
		return "Withdrawn: " + who
	}
	return "One moment: checking " + who
}

// elsewhere is what somebody sees who may confirm a draft, while it is not for them.
func elsewhere(d flows.Draft, v view) []block {
	body := []block{headline(v.draftStory())}
	switch d.State {
	case flows.DraftConfirmed:
		return append(body, status(markDone.as("Confirmed"), ran("The case is "+string(d.Case)+".")))
	case flows.DraftWithdrawn:
		return append(body, status(markStopped.as("Withdrawn"), ran("Nothing was done.")))
	}
	return append(body, status(markRunning.as("Being changed"), ran(d.By.Name+" is changing this. You are asked again when it is ready.")))
}

func formCard(d flows.Draft, p *flows.Policy, first string) []block {
	asked := "Check the details. The next step is a summary; nothing happens before you confirm it."
	m := markWaiting.as("Waiting for you")
	if len(d.Problems) > 0 {
		asked = "Some details need a look. Nothing happens before you confirm the summary that follows."
		m = markNeeds
	}
	body := []block{headline(first), status(m, ran(asked))}
	if d.Event.Urgent {
		body = append(body, hint("There is no date: it happens at once, as soon as you and a second person have confirmed."))
	}
	body = append(body, quoted(d)...)
	if say := d.Problems[""]; say != "" {
		body = append(body, problem(say))
	}
	body = append(body, formInputs(d, p)...)
	return append(body, buttons(press("Check and continue", positive, draftData(d, flows.VerbCheck)), alone(press("Cancel", "", draftData(d, flows.VerbWithdraw)))))
}

func draftSummary(d flows.Draft, v view, first string) []block {
	if v.leaver() {
		return exitSummary(d, v, first)
	}
	if v.absence() {
		return absenceSummary(d, v, first)
	}
	if v.mover() {
		return moverSummary(d, v, first)
	}
	e := d.Event
	body := []block{headline(first), status(markWaiting.as("Waiting for you"), ran("Confirm that this is right. Only then does anything happen."))}
	if d.Source != "" {
		body = append(body, quoted(d)...)
	}
	for _, w := range d.Warnings {
		body = append(body, warning(w))
	}
	body = append(body, person("Reports to", whoisManager(d)))
	if route := d.Facts.Route; route.ID != "" && route.ID != e.Manager.ID {
		body = append(body, person("Access is confirmed by", route.Name), near(faint(d.Facts.RouteWhy)))
	}
	for _, line := range []struct{ role, text string }{
		{"Signs in as", d.Facts.UPN}, {"Personal e-mail", e.PersonalEmail}, {"Cost centre", e.CostCentre},
	} {
		if line.text != "" {
			body = append(body, person(line.role, line.text))
		}
	}
	if e.Notes != "" {
		body = append(body, near(faint("Notes "), quote(e.Notes)))
	}
	body = append(body, facts(planDates(d.Plan, e, v.loc)...))
	body = append(body, near(faint("Next, "+d.Facts.Route.Name+" is asked which access is needed.")))
	return append(body, confirmButtons(d, positive))
}

// confirmButtons are the choice on a summary, bound to the plan that it shows.
func confirmButtons(d flows.Draft, style string) actionSet {
	b := draftData(d, flows.VerbConfirm)
	b.Plan = string(d.Plan.Hash())
	return buttons(press("Confirm", style, b), press("Change", "", draftData(d, flows.VerbChange)), press("Cancel", "", draftData(d, flows.VerbWithdraw)))
}

// whoisManager is the manager with title and site where the directory gave them.
func whoisManager(d flows.Draft) string {
	if d.Facts.Manager.ID == d.Event.Manager.ID && d.Facts.Manager.Name != "" {
		return whois(d.Facts.Manager)
	}
	return d.Event.Manager.Name
}

// story is the first line about a people event.
func story(e flows.PeopleEvent, over bool) string {
	name := visible(e.Name())
	if name == "" {
		return "A new starter."
	}
	s := name
	if e.Start == "" {
		s += " is a new starter"
	} else if over {
		s += " started on " + e.Start.Say()
	} else {
		s += " starts on " + e.Start.Say()
	}
	return s + post(e) + "."
}

// post is what somebody starts as, and where.
func post(e flows.PeopleEvent) string {
	var s string
	if e.Job != "" {
		s += " as " + visible(e.Job)
	}
	if e.Site != "" {
		s += " in " + visible(e.Site)
	}
	if e.Employment == "contractor" {
		s += ", a contractor"
		if e.End != "" {
			s += " until " + e.End.Say()
		}
	}
	return s
}

// planDates are the times that matter to somebody who confirms: when the account exists, when access is there, when sign-in opens.
func planDates(p flows.Plan, e flows.PeopleEvent, loc *time.Location) []fact {
	var account, access, enable time.Time
	for _, s := range p.Steps {
		switch {
		case s.Task == flows.CreateAccount:
			account = s.Due
		case s.Task == flows.EnableAccount:
			enable = s.Due
		case s.Task != flows.Manual && entitlement(s) && s.Due.After(access):
			access = s.Due
		}
	}
	return []fact{
		{"First day", e.Start.Say()},
		{"Account made", when(account, loc)},
		{"Access ready", when(access, loc)},
		{"Sign-in opens", when(enable, loc)},
		{"Last day", e.End.Say()},
	}
}

func quoted(d flows.Draft) []block {
	if d.Source != "" {
		return []block{near(faint("Sent by the system "), strong(cut(visible(d.Source), 60)), faint(". You decide whether it is right."))}
	}
	if d.Sentence == "" {
		return nil
	}
	return []block{near(faint("You wrote "), quote(d.Sentence))}
}

// stuck says why the check waits.
func stuck(d flows.Draft) []block {
	if d.Stuck == "" {
		return nil
	}
	return []block{near(markNeeds.as("Held up").run(), ran(" "+d.Stuck))}
}

func draftData(d flows.Draft, verb string) data { return data{Verb: verb, Draft: d.ID} }
