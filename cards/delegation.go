package cards

import (
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// The inputs of the form of a delegation, beside inDelegate.
const (
	fieldFrom  = "from"
	fieldUntil = "until"
)

// Delegations shows in whose hands somebody's approvals are, and what others delegated to them; or the form with what is still to be
// chosen.
func Delegations(lang texts.Language, v flows.DelegationView) Card {
	loc := orUTC(v.Zone)
	var body []block
	switch d := v.Mine; {
	case d != nil && v.At.Before(d.Begins):
		body = append(body, headline(lang.Say("%s decides in your place from %s until %s.", visible(d.To.Name), day(lang, d.Begins, loc), lastDay(lang, d.Until, loc))),
			status(lang, markPlanned.as(lang.Say("Not begun")), ran(lang.Say("Your approvals stay with you until then."))))
	case d != nil:
		body = append(body, headline(lang.Say("%s decides in your place until %s.", visible(d.To.Name), lastDay(lang, d.Until, loc))),
			status(lang, markRunning.as(lang.Say("In force")), ran(lang.Say("What is open already and what comes is put to you both."))))
	case v.Form:
		body = append(body, headline(lang.Say("Who decides in your place while you are away?")))
	default:
		body = append(body, headline(lang.Say("Your approvals are with you. You have not delegated them.")))
	}
	for _, d := range v.ToMe {
		body = append(body, near(faint(lang.Say("Delegated to you by ")), strong(visible(d.From.Name)), faint(lang.Say(" · %s to %s", day(lang, d.Begins, loc), lastDay(lang, d.Until, loc)))))
	}
	switch {
	case v.Mine != nil:
		body = append(body,
			hint(lang.Say("You may still decide yourself. Neither of you may decide on yourselves, on what you asked for, or twice.")),
			buttons(alone(press(lang.Say("End the delegation"), "", data{Verb: flows.VerbEndDelegation}))))
	case v.Form:
		body = append(body, delegationForm(lang, v)...)
	default:
		body = append(body, hint(lang.Say("Write “delegate my approvals to Maria Lopez until 12 December” to let somebody decide in your place.")))
	}
	return finish(lang.Say("Who decides in your place"), false, append(body, footer(lang.Say("As of %s", when(lang, v.At, loc)))))
}

func delegationForm(lang texts.Language, v flows.DelegationView) []block {
	who := picker(lang, inDelegate, lang.Say("Who decides in your place"), v.Chosen, v.People)
	who.IsRequired, who.ErrorMessage = true, lang.Say("Choose one person.")
	if who = who.with(lang, v.Chosen); len(who.Choices) == 0 {
		who.Choices = []choice{{lang.Say("Nobody chosen"), nobody}}
	}
	inputs := []struct {
		id string
		in block
	}{
		{inDelegate, who},
		{fieldFrom, dateInput{Type: "Input.Date", ID: fieldFrom, Label: lang.Say("First day (today when empty)"), Value: string(v.From)}},
		{fieldUntil, dateInput{Type: "Input.Date", ID: fieldUntil, Label: lang.Say("Last day"), IsRequired: true, ErrorMessage: lang.Say("Choose the last day."), Value: string(v.Until)}},
	}
	var body []block
	for _, i := range inputs {
		body = append(body, i.in)
		if say := v.Problems[i.id]; say != "" {
			body = append(body, problem(say))
		}
	}
	return append(body,
		hint(lang.Say("This covers what is open already and what comes. It ends by itself.")),
		buttons(press(lang.Say("Delegate"), positive, data{Verb: flows.VerbDelegate})))
}

// day is the date of a moment, lastDay the last date before one.
func day(lang texts.Language, t time.Time, loc *time.Location) string {
	return date(lang, flows.DateOf(t.In(loc)))
}

func lastDay(lang texts.Language, t time.Time, loc *time.Location) string {
	return date(lang, flows.DateOf(t.In(loc)).AddDays(-1))
}
