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
		return []block{headline(v.lang.Say("There is no contract to decide on."))}
	}
	name := cut(visible(v.Event.Name()), 120)
	for _, p := range k.Past {
		if p.Round == v.round() && p.OK {
			return []block{
				headline(v.lang.Say("The contract of %s was extended until %s.", name, date(v.lang, p.Until))),
				status(v.lang, markDone.as(v.lang.Say("Extended")), ran(v.lang.Say("It ran until %s. Asked for by %s, agreed by %s on %s.", date(v.lang, p.From), you(v.lang, p.Asked, v.reader), you(v.lang, p.By.Person, v.reader), when(v.lang, p.By.At, v.loc)))),
			}
		}
	}
	body := []block{headline(v.lang.Say("The contract of %s ends on %s.", name, date(v.lang, k.End)))}
	switch {
	case !k.Ended.IsZero() && k.Leaver != "":
		body = append(body, status(v.lang, markDone.as(v.lang.Say("Ended")), ran(v.lang.Say("The exit is %s.", string(k.Leaver)))))
	case !k.Ended.IsZero():
		body = append(body, status(v.lang, markStopped.as(v.lang.Say("Ended")), ran(v.lang.Say("No exit was prepared: %s.", cut(k.Why, 200)))))
	case v.Paused != nil || v.Rescinded != nil || v.State == flows.Stopped:
		body = append(body, status(v.lang, markStopped.as(v.lang.Say("On hold")), ran(v.lang.Say("Nothing is asked for now."))))
	case k.Wish != nil && v.decidesOn(*k.Wish):
		return append(body, v.openWish(*k.Wish)...)
	case k.Wish != nil:
		to := v.lang.Say("HR")
		if k.Wish.To.ID != "" {
			to = k.Wish.To.Name
		}
		body = append(body, status(v.lang, markWaiting, ran(v.lang.Say("for %s to agree that it goes on until %s.", to, date(v.lang, k.Wish.Until)))), hint(v.lang.Say("Without an answer the access ends with the contract.")))
	case k.Let.Person.ID != "":
		body = append(body, v.decided(markDone.as(v.lang.Say("It ends")), k.Let.Person, k.Let.At), hint(v.lang.Say("The sign-in ends when the site closes on that day. HR can still ask to extend it.")))
	case v.reader == k.Manager.ID:
		body = append(v.refusals(body), v.openContract()...)
	default:
		body = append(v.refusals(body), status(v.lang, markWaiting, ran(v.lang.Say("Nobody has decided yet."))), hint(v.lang.Say("Without an answer the access ends with the contract.")))
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
			body = append(body, near(strong(capital(v.lang, you(v.lang, p.By.Person, v.reader))), ran(v.lang.Say(" did not agree to extend it until %s: ", date(v.lang, p.Until))), quote(p.By.Note)))
		}
	}
	return body
}

func (v view) openContract() []block {
	k := v.Contract
	return []block{
		status(v.lang, markNeeds, ran(v.lang.Say("Say whether it is extended. Without an answer it ends."))),
		person(v.lang.Say("Contractor"), v.Event.Name()+post(v.lang, v.Event)),
		facts(fact{v.lang.Say("Ends"), date(v.lang, k.End)}, fact{v.lang.Say("At the latest"), date(v.lang, k.End.AddDays(k.Days))}),
		dateInput{Type: "Input.Date", ID: inContractUntil, Label: v.lang.Say("Extend until"), IsRequired: true, ErrorMessage: v.lang.Say("Choose the new last day.")},
		hint(v.lang.Say("HR has to agree to an extension.")),
		buttons(
			press(v.lang.Say("Ask HR to extend"), positive, bound(v.Case, flows.VerbContractExtend, v.step)),
			alone(press(v.lang.Say("Let it end"), "", bound(v.Case, flows.VerbContractLet, v.step)))),
	}
}

func (v view) openWish(w flows.Wish) []block {
	return []block{
		status(v.lang, markNeeds, ran(v.lang.Say("Agree, or say why not."))),
		near(strong(w.By.Name), ran(v.lang.Say(" asks to extend it until %s.", date(v.lang, w.Until)))),
		person(v.lang.Say("Contractor"), v.Event.Name()+post(v.lang, v.Event)),
		hint(v.lang.Say("Without an answer the access ends on %s, when the site closes.", date(v.lang, v.Contract.End))),
		buttons(
			alone(press(v.lang.Say("Extend it"), positive, bound(v.Case, flows.VerbExtendAgree, v.step))),
			opens(v.lang.Say("Do not extend"), destructive,
				ask(inReason, v.lang.Say("Reason"), v.lang.Say("Why not?"), v.lang.Say("Say why, for whoever asked.")),
				buttons(press(v.lang.Say("Send refusal"), destructive, bound(v.Case, flows.VerbExtendDeny, v.step))))),
	}
}
