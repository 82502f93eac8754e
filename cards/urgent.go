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
		body = append(body, v.decidedAt(markDone.as(v.lang.Say("Confirmed"))))
		if stopped {
			body = append(body, end)
		}
		if v.Approval.By.ID != v.reader {
			return append(body, hint(v.lang.Say("You need not do anything.")))
		}
		return append(append(append(body, v.openStill()...), v.receipt()...), v.remains()...)
	case stopped:
		if v.Paused != nil && !v.Over() {
			return append(body, end, hint(v.offHint()))
		}
		return append(body, end, hint(v.lang.Say("Nothing was done. No decision is needed any more.")))
	case !holds:
		return append(body, v.handedOver(), hint(v.lang.Say("You need not do anything.")))
	}
	return append(body, v.openUrgent()...)
}

// decidedAt is the line that replaces the buttons, to the second.
func (v view) decidedAt(m mark) richText {
	return status(v.lang, m, ran(v.lang.Say("by %s on %s (%s).", you(v.lang, v.Approval.By, v.reader), second(v.lang, v.Approval.At, v.loc), place(v.loc))))
}

func (v view) openUrgent() []block {
	body := []block{
		status(v.lang, markNeeds, ran(v.lang.Say("Confirm or refuse as the second person%s", v.by(v.Approval.Asking)))),
		near(faint(v.lang.Say("Asked for by ")), strong(v.Raised.Person.Name), faint(" · "+second(v.lang, v.Raised.At, v.loc)+" ("+place(v.loc)+")")),
		v.account(),
	}
	if v.Event.Notes != "" {
		body = append(body, near(faint(v.lang.Say("Reason ")), quote(v.Event.Notes)))
	}
	if others := slices.DeleteFunc(slices.Clone(v.Deciders()), func(p flows.Person) bool { return p.ID == v.reader }); len(others) > 0 {
		body = append(body, near(faint(v.lang.Say("Also asked ")), ran(people(v.lang, others, v.reader)+"."), faint(v.lang.Say(" The first answer counts."))))
	}
	for _, w := range v.Warnings {
		body = append(body, warning(v.lang, w))
	}
	body = append(body, v.exitPlan()...)
	return append(body,
		hint(v.lang.Say("Apps that are open may go on for up to about an hour on access that Microsoft gave before; the receipt says until when.")),
		v.silence(),
		buttons(
			alone(press(v.lang.Say("Confirm now"), destructive, bound(v.Case, flows.VerbApprove, ""))),
			opens(v.lang.Say("Refuse"), "",
				hint(v.lang.Say("This ends the case, and nothing is done to the account. Whoever asked for it gets your reason.")),
				ask(inReason, v.lang.Say("Reason"), v.lang.Say("Why not?"), v.lang.Say("Say why, for whoever asked.")),
				buttons(press(v.lang.Say("Refuse now"), destructive, bound(v.Case, flows.VerbReject, ""))))))
}

// seconds says who may be the second person of an urgent exit.
func (v view) seconds() []block {
	if !v.urgent() || len(v.Facts.Seconds) == 0 {
		return nil
	}
	who := either(v.lang, v.Facts.Seconds, v.reader)
	if len(v.Facts.Seconds) > 1 {
		who = v.lang.Say("one of %s", who)
	}
	return []block{near(strong(v.lang.Say("A second person must confirm: ")), ran(who+"."))}
}
