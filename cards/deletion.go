package cards

import (
	"slices"

	"muster/flows"
)

// deletionStory is the first line about the account of somebody who left.
func (v view) deletionStory() string {
	whose := "The account of " + cut(visible(v.Event.Name()), 120)
	state := func(k flows.StepKey) (flows.StepStatus, bool) {
		_, st, ok := v.Case.Step(k)
		return st, ok && (st.State == flows.StepDone || st.State == flows.StepDoneHand)
	}
	if st, ok := state("restore"); ok {
		return whose + " was restored on " + when(st.At, v.loc) + "."
	}
	if st, ok := state("purged"); ok {
		return whose + " is gone for good since " + when(st.At, v.loc) + "."
	}
	if st, ok := state("delete"); ok {
		return whose + " was deleted on " + when(st.At, v.loc) + "."
	}
	switch {
	case v.State == flows.Stopped && v.Event.HoldUntil != "":
		return whose + " is kept until " + v.Event.HoldUntil.Say() + "."
	case v.State == flows.Stopped:
		return whose + " was to be deleted."
	case v.Approval.State == "approved":
		return whose + " is being deleted."
	}
	return whose + " is due for deletion."
}

// deletion is the card by which HR or an owner deletes or keeps an account, and the record afterwards.
func (v view) deletion() []block {
	body := []block{headline(v.story())}
	end, stopped := v.ended()
	holds := slices.ContainsFunc(v.Approval.Holders, func(p flows.Person) bool { return p.ID == v.reader })
	switch {
	case v.Approval.State == "approved":
		body = append(body, v.decided(markDone.as("Confirmed"), v.Approval.By, v.Approval.At), v.account(), v.exitOf())
		if stopped {
			body = append(body, end)
		}
		return append(body, v.restorable()...)
	case stopped:
		return append(body, end, v.account(), v.exitOf())
	case !holds:
		return append(body, status(markStopped, ran("The decision is with "+either(v.Approval.Holders, v.reader)+".")), hint("You need not do anything."))
	}
	return append(body,
		status(markNeeds, ran("Delete the account, or keep it until a day"+v.by(v.Approval.Asking))),
		v.account(), v.exitOf(),
		near(strong("What goes with it: "), ran("the mailbox, the OneDrive, and every group and licence.")),
		hint("Microsoft keeps a deleted account for 30 days. Until then it can be restored here; after that nothing brings it back."),
		buttons(
			opens("Delete", destructive,
				near(faint("The account "+v.Facts.Subject.UPN+" is deleted at once, with its mailbox and OneDrive.")),
				buttons(press("Delete now", destructive, bound(v.Case, flows.VerbDelete, "")))),
			opens("Keep", "",
				hint("Nothing is deleted. You are asked again on that day."),
				dateInput{Type: "Input.Date", ID: fieldEnd, Label: "Keep until", IsRequired: true, ErrorMessage: "Choose a day."},
				ask(inReason, "Reason", "Why is it kept?", "Say why, for the record."),
				buttons(press("Keep until then", positive, bound(v.Case, flows.VerbKeep, ""))))))
}

// exitOf is the case in which the person left.
func (v view) exitOf() richText {
	return near(faint("Left on "), strong(v.Event.LastDay.Say()), faint(" · "+string(v.Event.FormerCase)))
}

// restorable offers the way back while Microsoft still has the account.
func (v view) restorable() []block {
	_, deleted, _ := v.Case.Step("delete")
	_, purged, ok := v.Case.Step("purged")
	if v.Over() || !ok || purged.State.Over() || deleted.State != flows.StepDone && deleted.State != flows.StepDoneHand {
		return nil
	}
	return []block{
		hint("It can be restored until " + when(deleted.At.AddDate(0, 0, 30), v.loc) + "."),
		buttons(opens("Restore", "",
			hint("The account comes back with its mailbox, groups and licences. Its sign-in stays blocked."),
			ask(inReason, "Reason", "Why is it restored?", "Say why, for the record."),
			buttons(press("Restore the account", positive, bound(v.Case, flows.VerbRestore, ""))))),
	}
}
