package cards

import (
	"slices"
	"strings"

	"muster/flows"
)

// signOff is the approver's card: the elevated items of a case that are theirs to sign off.
func (v view) signOff() []block {
	var open, settled []stage
	for _, s := range stages(v.Case) {
		so, elevated := v.SignOffs[s.Step.Key]
		if !elevated || !slices.ContainsFunc(signers(v.Case, s.Step), func(p flows.Person) bool { return p.ID == v.reader }) {
			continue
		}
		if so.State == "" && !s.st.State.Over() && !v.Over() {
			open = append(open, s)
		} else {
			settled = append(settled, s)
		}
	}
	body := []block{headline(v.story())}
	switch end, stopped := v.ended(); {
	case stopped:
		body = append(body, end)
	case len(open) > 0:
		body = append(body, status(markWaiting.as("Waiting for you"), ran("Sign off or refuse elevated access"+v.by(v.SignOff))))
		if v.SignOff.Escalated && slices.ContainsFunc(v.Signers, func(p flows.Person) bool { return p.ID == v.reader }) {
			body = append(body, near(faint("You are asked because there was no answer yet.")))
		}
	default:
		body = append(body, status(markDone.as("Decided"), ran("Nothing is left for you to sign off.")))
	}
	body = append(body, person("Reports to", v.Event.Manager.Name),
		near(faint("Wanted by "), strong(v.Approval.By.Name), faint(" · "+when(v.Approval.At, v.loc))))
	for _, s := range settled {
		body = append(body, v.signed(s))
	}
	if len(open) == 0 {
		return body
	}
	return append(body, v.openSignOff(open)...)
}

func (v view) openSignOff(open []stage) []block {
	lasts := "for as long as the job lasts"
	if v.Event.End != "" {
		lasts = "until the contract ends on " + v.Event.End.Say()
	}
	var body []block
	set := choiceSet{
		Type: "Input.ChoiceSet", ID: inElevated, Label: "Tick what you decide on", Style: "expanded", IsMultiSelect: true, Wrap: true,
		IsRequired: true, ErrorMessage: "Tick at least one item.", Choices: []choice{},
	}
	for _, s := range open {
		set.Choices = append(set.Choices, choice{plain(called(s.Step)) + " · " + kind(s.Step), choiceOf(s.Step.Key)})
		runs := []run{strong(cut(called(s.Step), 90)), faint(" · " + kind(s.Step) + " · " + lasts)}
		if s.Why != "" {
			runs = append(runs, faint(" · for "+cut(s.Why, 90)))
		}
		if s.Note != "" {
			runs = append(runs, faint(" · "+cut(s.Note, 120)))
		}
		body = append(body, near(runs...))
		if s.Step.Group != "" {
			body = append(body, near(faint("Held now by "), ran(v.holders(s.Step.Group)+".")))
		}
	}
	var only flows.StepKey
	if len(open) == 1 {
		only = open[0].Step.Key
	} else {
		body = append(body, set)
	}
	return append(body,
		hint("What you sign off is set up in time. What you refuse is left out; the rest goes on."),
		buttons(
			press("Sign off", positive, bound(v.Case, flows.VerbSignOff, only)),
			opens("Refuse", destructive,
				hint("The item is left out of the plan. The manager and HR see your reason."),
				ask(inReason, "Reason", "Why not?", "Say why, for the manager."),
				buttons(press("Refuse now", destructive, bound(v.Case, flows.VerbRefuse, only))))))
}

// holders names who holds an elevated group now, a few of them.
func (v view) holders(group string) string {
	const most = 4
	var who []string
	now := v.Facts.Holders[group]
	for _, p := range now[:min(len(now), most)] {
		who = append(who, cut(visible(p.Name), 60))
	}
	switch more := len(now) - most; {
	case len(who) == 0:
		return "nobody"
	case more > 0:
		return strings.Join(who, ", ") + " and others"
	}
	return names(who, "and")
}
