package cards

import (
	"time"

	"muster/flows"
)

// The inputs of the form of a delegation, beside inDelegate.
const (
	fieldFrom  = "from"
	fieldUntil = "until"
)

// Delegations shows in whose hands somebody's approvals are, and what others delegated to them; or the form with what is still to be
// chosen.
func Delegations(v flows.DelegationView) Card {
	loc := orUTC(v.Zone)
	var body []block
	switch d := v.Mine; {
	case d != nil && v.At.Before(d.Begins):
		body = append(body, headline(visible(d.To.Name)+" decides in your place from "+day(d.Begins, loc)+" until "+lastDay(d.Until, loc)+"."),
			status(markPlanned.as("Not begun"), ran("Your approvals stay with you until then.")))
	case d != nil:
		body = append(body, headline(visible(d.To.Name)+" decides in your place until "+lastDay(d.Until, loc)+"."),
			status(markRunning.as("In force"), ran("What is open already and what comes is put to you both.")))
	case v.Form:
		body = append(body, headline("Who decides in your place while you are away?"))
	default:
		body = append(body, headline("Your approvals are with you. You have not delegated them."))
	}
	for _, d := range v.ToMe {
		body = append(body, near(faint("Delegated to you by "), strong(visible(d.From.Name)), faint(" · "+day(d.Begins, loc)+" to "+lastDay(d.Until, loc))))
	}
	switch {
	case v.Mine != nil:
		body = append(body,
			hint("You may still decide yourself. Neither of you may decide on yourselves, on what you asked for, or twice."),
			buttons(alone(press("End the delegation", "", data{Verb: flows.VerbEndDelegation}))))
	case v.Form:
		body = append(body, delegationForm(v)...)
	default:
		body = append(body, hint("Write “delegate my approvals to Maria Lopez until 12 December” to let somebody decide in your place."))
	}
	return finish("Who decides in your place", false, append(body, footer("As of "+when(v.At, loc))))
}

func delegationForm(v flows.DelegationView) []block {
	who := picker(inDelegate, "Who decides in your place", v.Chosen, v.People)
	who.IsRequired, who.ErrorMessage = true, "Choose one person."
	if who = who.with(v.Chosen); len(who.Choices) == 0 {
		who.Choices = []choice{{"Nobody chosen", nobody}}
	}
	inputs := []struct {
		id string
		in block
	}{
		{inDelegate, who},
		{fieldFrom, dateInput{Type: "Input.Date", ID: fieldFrom, Label: "First day (today when empty)", Value: string(v.From)}},
		{fieldUntil, dateInput{Type: "Input.Date", ID: fieldUntil, Label: "Last day", IsRequired: true, ErrorMessage: "Choose the last day.", Value: string(v.Until)}},
	}
	var body []block
	for _, i := range inputs {
		body = append(body, i.in)
		if say := v.Problems[i.id]; say != "" {
			body = append(body, problem(say))
		}
	}
	return append(body,
		hint("This covers what is open already and what comes. It ends by itself."),
		buttons(press("Delegate", positive, data{Verb: flows.VerbDelegate})))
}

// day is the date of a moment, lastDay the last date before one.
func day(t time.Time, loc *time.Location) string { return flows.DateOf(t.In(loc)).Say() }

func lastDay(t time.Time, loc *time.Location) string {
	return flows.DateOf(t.In(loc)).AddDays(-1).Say()
}
