package cards

import (
	"muster/flows"
	"muster/flows/texts"
)

// tellChange says an entry about a change of the case in a sentence; nil for another one.
func tellChange(lang texts.Language, b flows.Body, by func(flows.Person, string, ...run) []run) []run {
	switch b := b.(type) {
	case flows.ChangeAsked:
		if b.What == flows.CancelChange {
			return by(b.By, lang.Say("was shown what cancelling does"))
		}
		return by(b.By, lang.Say("was shown what another date does"))
	case flows.ChangeAgreed:
		return by(b.By, lang.Say("asked to cancel it, and a second person to agree: "), quote(b.Reason))
	case flows.ChangeDropped:
		return by(b.By, lang.Say("left it as it was"))
	case flows.Moved:
		what := lang.Say("moved the date; decisions stay valid")
		if !b.Kept {
			what = lang.Say("moved the date; the access is to be confirmed anew")
		}
		if b.Late.Step != "" {
			what += lang.Say("; what was overdue by then ran at once")
		}
		return by(b.By, what)
	case flows.Rescinded:
		did := by(b.By, lang.Say("cancelled it, %s to take back: ", count(lang, len(b.Undo.Steps), lang.Say("step"), lang.Say("steps"))), quote(b.Reason))
		if b.Second.Name != "" {
			did = append(did, ran(lang.Say(", confirmed by ")), strong(b.Second.Name))
		}
		return did
	case flows.HoldSet:
		if b.Until == "" {
			return by(b.By, lang.Say("had the data kept until HR says otherwise"))
		}
		return by(b.By, lang.Say("had the data kept until %s", date(lang, b.Until)))
	case flows.HoldEnded:
		return by(b.By, lang.Say("ended the hold on the data"))
	case flows.ContractAsked:
		if b.To.Name == "" {
			return []run{ran(lang.Say("HR was told that the contract ends"))}
		}
		return []run{strong(b.To.Name), ran(lang.Say(" was asked whether the contract is extended"))}
	case flows.ExtensionAsked:
		return by(b.By, lang.Say("asked to extend the contract until %s", date(lang, b.Until)))
	case flows.ExtensionDecided:
		if b.OK {
			return by(b.By, lang.Say("agreed to extend the contract until %s", date(lang, b.Until)))
		}
		return by(b.By, lang.Say("did not agree to extend the contract: "), quote(b.Reason))
	case flows.ContractLet:
		return by(b.By, lang.Say("let the contract end"))
	case flows.ContractEnded:
		return []run{markStopped.as(lang.Say("Contract ended")).run(lang), ran(" " + orWords(string(b.Leaver), b.Why))}
	case flows.CasePaused:
		return []run{markWaiting.as(lang.Say("On hold")).run(lang), ran(lang.Say(" for %s", string(b.For)))}
	case flows.ReturnAsked:
		return []run{ran(lang.Say("HR was asked whether it goes on, because the other event was cancelled"))}
	case flows.Unpaused:
		return by(b.By, lang.Say("let it go on"))
	case flows.Overtaken:
		return []run{markStopped.as(lang.Say("Ended")).run(lang), ran(lang.Say(" because %s went before it", string(b.By)))}
	}
	return nil
}
