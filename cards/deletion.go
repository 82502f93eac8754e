package cards

import (
	"slices"

	"muster/flows"
)

// deletionStory is the first line about the account of somebody who left.
func (v view) deletionStory() string {
	whose := v.lang.Say("The account of %s", cut(visible(v.Event.Name()), 120))
	state := func(k flows.StepKey) (flows.StepStatus, bool) {
		_, st, ok := v.Case.Step(k)
		return st, ok && (st.State == flows.StepDone || st.State == flows.StepDoneHand)
	}
	if st, ok := state("restore"); ok {
		return v.lang.Say("%s was restored on %s.", whose, when(v.lang, st.At, v.loc))
	}
	if st, ok := state("purged"); ok {
		return v.lang.Say("%s is gone for good since %s.", whose, when(v.lang, st.At, v.loc))
	}
	if st, ok := state("delete"); ok {
		return v.lang.Say("%s was deleted on %s.", whose, when(v.lang, st.At, v.loc))
	}
	switch {
	case v.State == flows.Stopped && v.Event.HoldUntil != "":
		return v.lang.Say("%s is kept until %s.", whose, date(v.lang, v.Event.HoldUntil))
	case v.State == flows.Stopped:
		return v.lang.Say("%s was to be deleted.", whose)
	case v.Approval.State == "approved":
		return v.lang.Say("%s is being deleted.", whose)
	}
	return v.lang.Say("%s is due for deletion.", whose)
}

// deletion is the card by which HR or an owner deletes or keeps an account, and the record afterwards.
func (v view) deletion() []block {
	body := []block{headline(v.story())}
	end, stopped := v.ended()
	holds := slices.ContainsFunc(v.Approval.Holders, func(p flows.Person) bool { return p.ID == v.reader })
	switch {
	case v.Approval.State == "approved":
		body = append(body, v.decided(markDone.as(v.lang.Say("Confirmed")), v.Approval.By, v.Approval.At), v.account(), v.exitOf())
		if stopped {
			body = append(body, end)
		}
		return append(body, v.restorable()...)
	case stopped:
		return append(body, end, v.account(), v.exitOf())
	case !holds:
		return append(body, status(v.lang, markStopped, ran(v.lang.Say("The decision is with %s.", either(v.lang, v.Approval.Holders, v.reader)))), hint(v.lang.Say("You need not do anything.")))
	}
	return append(body,
		status(v.lang, markNeeds, ran(v.lang.Say("Delete the account, or keep it until a day%s", v.by(v.Approval.Asking)))),
		v.account(), v.exitOf(),
		near(strong(v.lang.Say("What goes with it: ")), ran(v.lang.Say("the mailbox, the OneDrive, and every group and licence."))),
		hint(v.lang.Say("Microsoft keeps a deleted account for 30 days. Until then it can be restored here; after that nothing brings it back.")),
		buttons(
			opens(v.lang.Say("Delete"), destructive,
				near(faint(v.lang.Say("The account %s is deleted at once, with its mailbox and OneDrive.", v.Facts.Subject.UPN))),
				buttons(press(v.lang.Say("Delete now"), destructive, bound(v.Case, flows.VerbDelete, "")))),
			opens(v.lang.Say("Keep"), "",
				hint(v.lang.Say("Nothing is deleted. You are asked again on that day.")),
				dateInput{Type: "Input.Date", ID: fieldEnd, Label: v.lang.Say("Keep until"), IsRequired: true, ErrorMessage: v.lang.Say("Choose a day.")},
				ask(inReason, v.lang.Say("Reason"), v.lang.Say("Why is it kept?"), v.lang.Say("Say why, for the record.")),
				buttons(press(v.lang.Say("Keep until then"), positive, bound(v.Case, flows.VerbKeep, ""))))))
}

// exitOf is the case in which the person left.
func (v view) exitOf() richText {
	return near(faint(v.lang.Say("Left on ")), strong(date(v.lang, v.Event.LastDay)), faint(" · "+string(v.Event.FormerCase)))
}

// restorable offers the way back while Microsoft still has the account.
func (v view) restorable() []block {
	_, deleted, _ := v.Case.Step("delete")
	_, purged, ok := v.Case.Step("purged")
	if v.Over() || !ok || purged.State.Over() || deleted.State != flows.StepDone && deleted.State != flows.StepDoneHand {
		return nil
	}
	return []block{
		hint(v.lang.Say("It can be restored until %s.", when(v.lang, deleted.At.AddDate(0, 0, 30), v.loc))),
		buttons(opens(v.lang.Say("Restore"), "",
			hint(v.lang.Say("The account comes back with its mailbox, groups and licences. Its sign-in stays blocked.")),
			ask(inReason, v.lang.Say("Reason"), v.lang.Say("Why is it restored?"), v.lang.Say("Say why, for the record.")),
			buttons(press(v.lang.Say("Restore the account"), positive, bound(v.Case, flows.VerbRestore, ""))))),
	}
}
