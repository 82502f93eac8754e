package cards

import (
	"slices"
	"strings"

	"muster/flows"
)

// signOff is the approver's card: the elevated items of a case that are theirs to sign off.
func (v view) signOff() []block {
	var open, settled []stage
	isReader := func(p flows.Person) bool { return p.ID == v.reader }
	for _, s := range stages(v.Case) {
		so, elevated := v.SignOffs[s.Step.Key]
		if !elevated || !slices.ContainsFunc(v.Signatures(s.Step), isReader) {
			continue
		}
		if so.State == "" && !s.st.State.Over() && !v.Over() && slices.ContainsFunc(v.Signing(s.Step), isReader) {
			open = append(open, s)
		} else {
			settled = append(settled, s)
		}
	}
	body := []block{headline(v.story())}
	end, stopped := v.off()
	switch {
	case stopped:
		body = append(body, end)
	case len(open) > 0:
		body = append(body, status(v.lang, markWaiting.as(v.lang.Say("Waiting for you")), ran(v.lang.Say("Sign off or refuse %s%s", v.elevated(), v.by(v.SignOff)))))
		if v.SignOff.Wider() && slices.ContainsFunc(v.Signers, func(p flows.Person) bool { return p.ID == v.reader }) {
			body = append(body, near(faint(v.lang.Say("You are asked because there was no answer yet."))))
		}
	default:
		body = append(body, status(v.lang, markDone.as(v.lang.Say("Decided")), ran(v.lang.Say("Nothing is left for you to sign off."))))
	}
	if v.mover() {
		body = append(body, v.account())
	}
	body = append(body, person(v.lang.Say("Reports to"), v.Event.Manager.Name),
		near(append([]run{faint(v.lang.Say("Wanted by ")), strong(v.wantedBy().Name), faint(" · " + when(v.lang, v.wantedAt(), v.loc))}, inPlaceOf(v.lang, v.Approval.For)...)...))
	if from := v.delegators(); len(from) > 0 {
		body = append(body, near(faint(v.lang.Say("You are asked in the place of %s, whom you stand in for.", people(v.lang, from, v.reader)))))
	}
	for _, s := range settled {
		body = append(append(body, v.signed(s)), v.signatures(s)...)
	}
	if len(open) == 0 || stopped {
		return body
	}
	return append(body, v.openSignOff(open)...)
}

func (v view) openSignOff(open []stage) []block {
	lasts := v.lang.Say("for as long as the job lasts")
	if v.leaver() {
		lasts = v.lang.Say("cannot be undone")
	}
	if v.Event.End != "" {
		lasts = v.lang.Say("until the contract ends on %s", date(v.lang, v.Event.End))
	}
	var body []block
	set := choiceSet{
		Type: "Input.ChoiceSet", ID: inElevated, Label: v.lang.Say("Tick what you decide on"), Style: "expanded", IsMultiSelect: true, Wrap: true,
		IsRequired: true, ErrorMessage: v.lang.Say("Tick at least one item."), Choices: []choice{},
	}
	for _, s := range open {
		if x := s.Exception; x != nil {
			set.Choices = append(set.Choices, choice{v.lang.Say("Keep %s until %s", plain(called(s.Step)), date(v.lang, x.Until)), choiceOf(s.Step.Key)})
			body = append(body, near(strong(v.lang.Say("Keep %s", cut(called(s.Step), 90))), faint(v.lang.Say(" until %s · wanted by %s: ", date(v.lang, x.Until), x.By.Name)), quote(x.Reason)),
				near(faint(v.lang.Say("Without your sign-off it goes on %s.", when(v.lang, x.Normal, v.loc)))))
			continue
		}
		set.Choices = append(set.Choices, choice{plain(called(s.Step)) + " · " + kind(v.lang, s.Step), choiceOf(s.Step.Key)})
		runs := []run{strong(cut(called(s.Step), 90)), faint(" · " + kind(v.lang, s.Step) + " · " + lasts)}
		if s.Why != "" && !v.leaver() {
			runs = append(runs, faint(v.lang.Say(" · for %s", cut(s.Why, 90))))
		}
		if s.Note != "" {
			runs = append(runs, faint(" · "+cut(s.Note, 120)))
		}
		body = append(body, near(runs...))
		if s.Step.Group != "" {
			body = append(body, near(faint(v.lang.Say("Held now by ")), ran(v.holders(s.Step.Group)+".")))
		}
		body = append(body, v.signatures(s)...)
	}
	var only flows.StepKey
	if len(open) == 1 {
		only = open[0].Step.Key
	} else {
		body = append(body, set)
	}
	return append(body,
		hint(v.afterSignOff()),
		buttons(
			press(v.lang.Say("Sign off"), positive, bound(v.Case, flows.VerbSignOff, only)),
			opens(v.lang.Say("Refuse"), destructive,
				hint(v.lang.Say("The item is left out of the plan. The manager and HR see your reason.")),
				ask(inReason, v.lang.Say("Reason"), v.lang.Say("Why not?"), v.lang.Say("Say why, for the manager.")),
				buttons(press(v.lang.Say("Refuse now"), destructive, bound(v.Case, flows.VerbRefuse, only))))))
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
		return v.lang.Say("nobody")
	case more > 0:
		return v.lang.Say("%s and others", strings.Join(who, ", "))
	}
	return names(v.lang, who, "and")
}

// signatures shows the rounds of an item that needs more than one signature: who has signed, who is asked now, and that more follow.
func (v view) signatures(s stage) []block {
	rounds := s.Step.Stages
	if len(rounds) == 0 || len(rounds) == 1 && !rounds[0].All {
		return nil
	}
	so := v.SignOffs[s.Step.Key]
	var body []block
	for _, vote := range so.Votes {
		runs := []run{markDone.as(v.lang.Say("Signed")).run(v.lang), ran(v.lang.Say(" by %s", you(v.lang, vote.By, v.reader))), faint(" · " + when(v.lang, vote.At, v.loc))}
		body = append(body, near(append(runs, inPlaceOf(v.lang, vote.For)...)...))
	}
	if so.State != "" {
		return body
	}
	left := ""
	if more := len(rounds) - so.Stage - 1; more > 0 {
		left = "; " + count(v.lang, more, v.lang.Say("round follows"), v.lang.Say("rounds follow"))
	}
	joined := either
	if rounds[so.Stage].All {
		joined = people
	}
	return append(body, near(markWaiting.as(v.lang.Say("Round %d of %d", so.Stage+1, len(rounds))).run(v.lang), ran(v.lang.Say(" waits for %s%s.", joined(v.lang, v.Signing(s.Step), v.reader), left))))
}

// delegators are the people in whose place the reader is asked.
func (v view) delegators() []flows.Person {
	var out []flows.Person
	for _, d := range v.Delegated {
		if d.To.ID == v.reader && !d.Over {
			out = append(out, d.From)
		}
	}
	return out
}
