package cards

import (
	"strconv"

	"muster/flows"
)

// inContractUntil is the new end date of a contract.
const inContractUntil = "extend_until"

// contract is the card about the end of a contract: the manager's question, and the other side's.
func (v view) contract() []block {
	k := v.Contract
	if k == nil || v.round() > k.Round {
		return []block{headline("There is no contract to decide on.")}
	}
	name := cut(visible(v.Event.Name()), 120)
	for _, p := range k.Past {
		if p.Round == v.round() && p.OK {
			return []block{
				headline("The contract of " + name + " was extended until " + p.Until.Say() + "."),
				status(markDone.as("Extended"), ran("It ran until "+p.From.Say()+". Asked for by "+you(p.Asked, v.reader)+", agreed by "+you(p.By.Person, v.reader)+" on "+when(p.By.At, v.loc)+".")),
			}
		}
	}
	body := []block{headline("The contract of " + name + " ends on " + k.End.Say() + ".")}
	switch {
	case !k.Ended.IsZero() && k.Leaver != "":
		body = append(body, status(markDone.as("Ended"), ran("The exit is "+string(k.Leaver)+".")))
	case !k.Ended.IsZero():
		body = append(body, status(markStopped.as("Ended"), ran("No exit was prepared: "+cut(k.Why, 200)+".")))
	case v.Paused != nil || v.Rescinded != nil || v.State == flows.Stopped:
		body = append(body, status(markStopped.as("On hold"), ran("Nothing is asked for now.")))
	case k.Wish != nil && v.decidesOn(*k.Wish):
		return append(body, v.openWish(*k.Wish)...)
	case k.Wish != nil:
		to := "HR"
		if k.Wish.To.ID != "" {
			to = k.Wish.To.Name
		}
		body = append(body, status(markWaiting, ran("for "+to+" to agree that it goes on until "+k.Wish.Until.Say()+".")), hint("Without an answer the access ends with the contract."))
	case k.Let.Person.ID != "":
		body = append(body, v.decided(markDone.as("It ends"), k.Let.Person, k.Let.At), hint("The sign-in ends when the site closes on that day. HR can still ask to extend it."))
	case v.reader == k.Manager.ID:
		body = append(v.refusals(body), v.openContract()...)
	default:
		body = append(v.refusals(body), status(markWaiting, ran("Nobody has decided yet.")), hint("Without an answer the access ends with the contract."))
	}
	return body
}

// round is the round that the card is about.
func (v view) round() int {
	n, err := strconv.Atoi(string(v.step))
	if err != nil {
		return 0
	}
	return n
}

// decidesOn reports whether the reader is of the other side.
func (v view) decidesOn(w flows.Wish) bool {
	if w.By.ID == v.reader {
		return false
	}
	return w.To.ID == v.reader || w.To.ID == "" && v.reader != v.Contract.Manager.ID
}

// refusals are the wishes of this round that were not agreed to.
func (v view) refusals(body []block) []block {
	for _, p := range v.Contract.Past {
		if p.Round == v.round() && !p.OK {
			body = append(body, near(strong(capital(you(p.By.Person, v.reader))), ran(" did not agree to extend it until "+p.Until.Say()+": "), quote(p.By.Note)))
		}
	}
	return body
}

func (v view) openContract() []block {
	k := v.Contract
	return []block{
		status(markNeeds, ran("Say whether it is extended. Without an answer it ends.")),
		person("Contractor", v.Event.Name()+post(v.Event)),
		facts(fact{"Ends", k.End.Say()}, fact{"At the latest", k.End.AddDays(k.Days).Say()}),
		dateInput{Type: "Input.Date", ID: inContractUntil, Label: "Extend until", IsRequired: true, ErrorMessage: "Choose the new last day."},
		hint("HR has to agree to an extension."),
		buttons(
			press("Ask HR to extend", positive, bound(v.Case, flows.VerbContractExtend, v.step)),
			alone(press("Let it end", "", bound(v.Case, flows.VerbContractLet, v.step)))),
	}
}

func (v view) openWish(w flows.Wish) []block {
	return []block{
		status(markNeeds, ran("Agree, or say why not.")),
		near(strong(w.By.Name), ran(" asks to extend it until "+w.Until.Say()+".")),
		person("Contractor", v.Event.Name()+post(v.Event)),
		hint("Without an answer the access ends on " + v.Contract.End.Say() + ", when the site closes."),
		buttons(
			alone(press("Extend it", positive, bound(v.Case, flows.VerbExtendAgree, v.step))),
			opens("Do not extend", destructive,
				ask(inReason, "Reason", "Why not?", "Say why, for whoever asked."),
				buttons(press("Send refusal", destructive, bound(v.Case, flows.VerbExtendDeny, v.step))))),
	}
}
