package cards

import "muster/flows"

// tellChange says an entry about a change of the case in a sentence; nil for another one.
func tellChange(b flows.Body, by func(flows.Person, string, ...run) []run) []run {
	switch b := b.(type) {
	case flows.ChangeAsked:
		if b.What == flows.CancelChange {
			return by(b.By, "was shown what cancelling does")
		}
		return by(b.By, "was shown what another date does")
	case flows.ChangeAgreed:
		return by(b.By, "asked to cancel it, and a second person to agree: ", quote(b.Reason))
	case flows.ChangeDropped:
		return by(b.By, "left it as it was")
	case flows.Moved:
		what := "moved the date; decisions stay valid"
		if !b.Kept {
			what = "moved the date; the access is to be confirmed anew"
		}
		if b.Late.Step != "" {
			what += "; what was overdue by then ran at once"
		}
		return by(b.By, what)
	case flows.Rescinded:
		did := by(b.By, "cancelled it, "+count(len(b.Undo.Steps), "step", "steps")+" to take back: ", quote(b.Reason))
		if b.Second.Name != "" {
			did = append(did, ran(", confirmed by "), strong(b.Second.Name))
		}
		return did
	case flows.HoldSet:
		if b.Until == "" {
			return by(b.By, "had the data kept until HR says otherwise")
		}
		return by(b.By, "had the data kept until "+b.Until.Say())
	case flows.HoldEnded:
		return by(b.By, "ended the hold on the data")
	case flows.ContractAsked:
		if b.To.Name == "" {
			return []run{ran("HR was told that the contract ends")}
		}
		return []run{strong(b.To.Name), ran(" was asked whether the contract is extended")}
	case flows.ExtensionAsked:
		return by(b.By, "asked to extend the contract until "+b.Until.Say())
	case flows.ExtensionDecided:
		if b.OK {
			return by(b.By, "agreed to extend the contract until "+b.Until.Say())
		}
		return by(b.By, "did not agree to extend the contract: ", quote(b.Reason))
	case flows.ContractLet:
		return by(b.By, "let the contract end")
	case flows.ContractEnded:
		return []run{markStopped.as("Contract ended").run(), ran(" " + orWords(string(b.Leaver), b.Why))}
	case flows.CasePaused:
		return []run{markWaiting.as("On hold").run(), ran(" for " + string(b.For))}
	case flows.ReturnAsked:
		return []run{ran("HR was asked whether it goes on, because the other event was cancelled")}
	case flows.Unpaused:
		return by(b.By, "let it go on")
	case flows.Overtaken:
		return []run{markStopped.as("Ended").run(), ran(" because " + string(b.By) + " went before it")}
	}
	return nil
}
