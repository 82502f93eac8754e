package cards

import (
	"slices"

	"muster/flows"
)

// urgentExit is the second person's card: whether somebody is locked out at once; and for whoever confirmed it, the receipt.
func (v view) urgentExit() []block {
	body := []block{headline(v.story())}
	end, stopped := v.off()
	holds := slices.ContainsFunc(v.Deciders(), func(p flows.Person) bool { return p.ID == v.reader })
	switch {
	case v.Approval.State == "approved":
		body = append(body, v.decidedAt(markDone.as("Confirmed")))
		if stopped {
			body = append(body, end)
		}
		if v.Approval.By.ID != v.reader {
			return append(body, hint("You need not do anything."))
		}
		return append(append(append(body, v.openStill()...), v.receipt()...), v.remains()...)
	case stopped:
		if v.Paused != nil && !v.Over() {
			return append(body, end, hint(v.offHint()))
		}
		return append(body, end, hint("Nothing was done. No decision is needed any more."))
	case !holds:
		return append(body, v.handedOver(), hint("You need not do anything."))
	}
	return append(body, v.openUrgent()...)
}

// decidedAt is the line that replaces the buttons, to the second.
func (v view) decidedAt(m mark) richText {
	return status(m, ran("by "+you(v.Approval.By, v.reader)+" on "+second(v.Approval.At, v.loc)+" ("+place(v.loc)+")."))
}

func (v view) openUrgent() []block {
	body := []block{
		status(markNeeds, ran("Confirm or refuse as the second person"+v.by(v.Approval.Asking))),
		near(faint("Asked for by "), strong(v.Raised.Person.Name), faint(" · "+second(v.Raised.At, v.loc)+" ("+place(v.loc)+")")),
		v.account(),
	}
	if v.Event.Notes != "" {
		body = append(body, near(faint("Reason "), quote(v.Event.Notes)))
	}
	if others := slices.DeleteFunc(slices.Clone(v.Deciders()), func(p flows.Person) bool { return p.ID == v.reader }); len(others) > 0 {
		body = append(body, near(faint("Also asked "), ran(people(others, v.reader)+"."), faint(" The first answer counts.")))
	}
	for _, w := range v.Warnings {
		body = append(body, warning(w))
	}
	body = append(body, v.exitPlan()...)
	return append(body,
		hint("Apps that are open may go on for up to about an hour on access that Microsoft gave before; the receipt says until when."),
		v.silence(),
		buttons(
			alone(press("Confirm now", destructive, bound(v.Case, flows.VerbApprove, ""))),
			opens("Refuse", "",
				hint("This ends the case, and nothing is done to the account. Whoever asked for it gets your reason."),
				ask(inReason, "Reason", "Why not?", "Say why, for whoever asked."),
				buttons(press("Refuse now", destructive, bound(v.Case, flows.VerbReject, ""))))))
}

// seconds says who may be the second person of an urgent exit.
func (v view) seconds() []block {
	if !v.urgent() || len(v.Facts.Seconds) == 0 {
		return nil
	}
	who := either(v.Facts.Seconds, v.reader)
	if len(v.Facts.Seconds) > 1 {
		who = "one of " + who
	}
	return []block{near(strong("A second person must confirm: "), ran(who+"."))}
}
