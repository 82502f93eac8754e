package cards

import (
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// Draft draws a people event that HR is writing down: the form, the wait for the directory, the summary to confirm, and what became of it.
// p gives the jobs and sites to choose from; now only tells whether the first day is over.
func Draft(lang texts.Language, d flows.Draft, p *flows.Policy, now time.Time) Card {
	return DraftFor(lang, d, p, now, d.By.ID)
}

// DraftFor is the draft as one reader sees it: who may confirm in the place of the one who wrote it has the choice, and the writer has not.
func DraftFor(lang texts.Language, d flows.Draft, p *flows.Policy, now time.Time, reader flows.AccountID) Card {
	loc := zone(p, d.Event.Site)
	v := draftView(lang, d, p, now, loc)
	if reader != "" {
		v.reader = reader
	}
	if v.reader != d.By.ID && d.State != flows.DraftSummary {
		return finish(DraftSummary(lang, d), false, elsewhere(lang, d, v))
	}
	first := v.draftStory()
	var body []block
	switch d.State {
	case flows.DraftReading:
		body = []block{headline(lang.Say("One moment: the directory is being asked about your sentence.")), near(markRunning.as(lang.Say("Reading")).run(lang))}
		body = append(body, quoted(lang, d)...)
		body = append(body, stuck(lang, d)...)
	case flows.DraftForm:
		body = formCard(lang, d, p, first)
	case flows.DraftChecking:
		body = []block{headline(first), status(lang, markRunning.as(lang.Say("Checking")), ran(v.checks()))}
		body = append(body, stuck(lang, d)...)
		body = append(body, hint(lang.Say("Nothing happens before you confirm the summary that follows.")), buttons(alone(press(lang.Say("Cancel"), "", draftData(d, flows.VerbWithdraw)))))
	case flows.DraftSummary:
		return fit(func(room int) Card {
			v := v
			v.room = room
			return finish(DraftSummary(lang, d), false, draftSummary(lang, d, v, first))
		})
	case flows.DraftConfirmed:
		body = []block{headline(first), status(lang, markDone.as(lang.Say("Confirmed")), ran(lang.Say("You confirmed this.")))}
		body = append(body, v.seconds()...)
		body = append(body, hint(lang.Say("The case is %s. Its own card shows how it goes.", string(d.Case))))
	default:
		body = []block{headline(first), status(lang, markStopped.as(lang.Say("Withdrawn")), ran(lang.Say("You withdrew this. Nothing was done.")))}
		body = append(body, hint(lang.Say("Write “%s” to begin again.", opening(lang, d.Event))))
	}
	return finish(DraftSummary(lang, d), false, body)
}

// DraftSummary is the line for notifications of a draft's card. A draft is only ever shown to the person who writes it; of an urgent exit
// even that line names nobody, since it may light up beside the person.
func DraftSummary(lang texts.Language, d flows.Draft) string {
	who := cut(visible(d.Event.Name()), 80)
	leaver := d.Event.Kind == flows.LeaverEvent
	switch {
	case leaver && d.Event.Urgent:
		who = lang.Say("an urgent exit")
	case who == "" && leaver:
		who = lang.Say("a leaver")
	case who == "" && d.Event.Kind == flows.MoverEvent:
		who = lang.Say("a mover")
	case who == "":
		who = lang.Say("a new starter")
	}
	if line := absenceLine(lang, d, who); line != "" {
		return line
	}
	switch d.State {
	case flows.DraftForm:
		return lang.Say("Check the details of %s", who)
	case flows.DraftSummary:
		switch {
		case leaver && d.Event.Urgent:
			return lang.Say("Confirm %s", who)
		case leaver:
			return lang.Say("Confirm the exit of %s", who)
		case d.Event.Kind == flows.MoverEvent:
			return lang.Say("Confirm the move of %s", who)
		}
		return lang.Say("Confirm %s as a new starter", who)
	case flows.DraftConfirmed:
		return lang.Say("Confirmed: %s, %s", who, string(d.Case))
	case flows.DraftWithdrawn:
		return lang.Say("Withdrawn: %s", who)
	}
	return lang.Say("One moment: checking %s", who)
}

// elsewhere is what somebody sees who may confirm a draft, while it is not for them.
func elsewhere(lang texts.Language, d flows.Draft, v view) []block {
	body := []block{headline(v.draftStory())}
	switch d.State {
	case flows.DraftConfirmed:
		return append(body, status(lang, markDone.as(lang.Say("Confirmed")), ran(lang.Say("The case is %s.", string(d.Case)))))
	case flows.DraftWithdrawn:
		return append(body, status(lang, markStopped.as(lang.Say("Withdrawn")), ran(lang.Say("Nothing was done."))))
	}
	return append(body, status(lang, markRunning.as(lang.Say("Being changed")), ran(lang.Say("%s is changing this. You are asked again when it is ready.", d.By.Name))))
}

func formCard(lang texts.Language, d flows.Draft, p *flows.Policy, first string) []block {
	asked := lang.Say("Check the details. The next step is a summary; nothing happens before you confirm it.")
	m := markWaiting.as(lang.Say("Waiting for you"))
	if len(d.Problems) > 0 {
		asked = lang.Say("Some details need a look. Nothing happens before you confirm the summary that follows.")
		m = markNeeds
	}
	body := []block{headline(first), status(lang, m, ran(asked))}
	if d.Event.Urgent {
		body = append(body, hint(lang.Say("There is no date: it happens at once, as soon as you and a second person have confirmed.")))
	}
	body = append(body, quoted(lang, d)...)
	if say := d.Problems[""]; say != "" {
		body = append(body, problem(say))
	}
	body = append(body, formInputs(lang, d, p)...)
	return append(body, buttons(press(lang.Say("Check and continue"), positive, draftData(d, flows.VerbCheck)), alone(press(lang.Say("Cancel"), "", draftData(d, flows.VerbWithdraw)))))
}

func draftSummary(lang texts.Language, d flows.Draft, v view, first string) []block {
	if v.leaver() {
		return exitSummary(lang, d, v, first)
	}
	if v.absence() {
		return absenceSummary(lang, d, v, first)
	}
	if v.mover() {
		return moverSummary(lang, d, v, first)
	}
	e := d.Event
	body := []block{headline(first), status(lang, markWaiting.as(lang.Say("Waiting for you")), ran(lang.Say("Confirm that this is right. Only then does anything happen.")))}
	if d.Source != "" {
		body = append(body, quoted(lang, d)...)
	}
	for _, w := range d.Warnings {
		body = append(body, warning(lang, w))
	}
	body = append(body, person(lang.Say("Reports to"), whoisManager(d)))
	if route := d.Facts.Route; route.ID != "" && route.ID != e.Manager.ID {
		body = append(body, person(lang.Say("Access is confirmed by"), route.Name), near(faint(d.Facts.RouteWhy)))
	}
	for _, line := range []struct{ role, text string }{
		{lang.Say("Signs in as"), d.Facts.UPN}, {lang.Say("Personal e-mail"), e.PersonalEmail}, {lang.Say("Cost centre"), e.CostCentre},
	} {
		if line.text != "" {
			body = append(body, person(line.role, line.text))
		}
	}
	if e.Notes != "" {
		body = append(body, near(faint(lang.Say("Notes ")), quote(e.Notes)))
	}
	body = append(body, facts(planDates(lang, d.Plan, e, v.loc)...))
	body = append(body, near(faint(lang.Say("Next, %s is asked which access is needed.", d.Facts.Route.Name))))
	return append(body, confirmButtons(lang, d, positive))
}

// confirmButtons are the choice on a summary, bound to the plan that it shows.
func confirmButtons(lang texts.Language, d flows.Draft, style string) actionSet {
	b := draftData(d, flows.VerbConfirm)
	b.Plan = string(d.Plan.Hash())
	return buttons(press(lang.Say("Confirm"), style, b), press(lang.Say("Change"), "", draftData(d, flows.VerbChange)), press(lang.Say("Cancel"), "", draftData(d, flows.VerbWithdraw)))
}

// whoisManager is the manager with title and site where the directory gave them.
func whoisManager(d flows.Draft) string {
	if d.Facts.Manager.ID == d.Event.Manager.ID && d.Facts.Manager.Name != "" {
		return whois(d.Facts.Manager)
	}
	return d.Event.Manager.Name
}

// story is the first line about a people event.
func story(lang texts.Language, e flows.PeopleEvent, over bool) string {
	name := visible(e.Name())
	if name == "" {
		return lang.Say("A new starter.")
	}
	s := name
	if e.Start == "" {
		s += lang.Say(" is a new starter")
	} else if over {
		s += lang.Say(" started on %s", date(lang, e.Start))
	} else {
		s += lang.Say(" starts on %s", date(lang, e.Start))
	}
	return s + post(lang, e) + "."
}

// post is what somebody starts as, and where.
func post(lang texts.Language, e flows.PeopleEvent) string {
	var s string
	if e.Job != "" {
		s += lang.Say(" as %s", visible(e.Job))
	}
	if e.Site != "" {
		s += lang.Say(" in %s", visible(e.Site))
	}
	if e.Employment == "contractor" {
		s += lang.Say(", a contractor")
		if e.End != "" {
			s += lang.Say(" until %s", date(lang, e.End))
		}
	}
	return s
}

// planDates are the times that matter to somebody who confirms: when the account exists, when access is there, when sign-in opens.
func planDates(lang texts.Language, p flows.Plan, e flows.PeopleEvent, loc *time.Location) []fact {
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
		{lang.Say("First day"), date(lang, e.Start)},
		{lang.Say("Account made"), when(lang, account, loc)},
		{lang.Say("Access ready"), when(lang, access, loc)},
		{lang.Say("Sign-in opens"), when(lang, enable, loc)},
		{lang.Say("Last day"), date(lang, e.End)},
	}
}

func quoted(lang texts.Language, d flows.Draft) []block {
	if d.Source != "" {
		return []block{near(faint(lang.Say("Sent by the system ")), strong(cut(visible(d.Source), 60)), faint(lang.Say(". You decide whether it is right.")))}
	}
	if d.Sentence == "" {
		return nil
	}
	return []block{near(faint(lang.Say("You wrote ")), quote(d.Sentence))}
}

// stuck says why the check waits.
func stuck(lang texts.Language, d flows.Draft) []block {
	if d.Stuck == "" {
		return nil
	}
	return []block{near(markNeeds.as(lang.Say("Held up")).run(lang), ran(" "+d.Stuck))}
}

func draftData(d flows.Draft, verb string) data { return data{Verb: verb, Draft: d.ID} }
