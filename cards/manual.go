package cards

import "muster/flows"

// manual is the card of the owner of a step that a person does.
func (v view) manual() []block {
	s := v.stage
	body := []block{headline(cut(s.Title, 120) + v.forWhom(", ") + ".")}
	end, stopped := v.stands()
	waits, back := held(v.lang, v.Case, s)
	needs := markNeeds
	if v.reader == "" {
		needs = markNeeds.as(v.lang.Say("Needs IT"))
	}
	open := false
	switch {
	case s.st.State == flows.StepDoneHand || s.st.State == flows.StepDone:
		body = append(body, v.decided(markDone, s.st.By, s.st.At))
		if s.st.Note != "" {
			body = append(body, near(quote(s.st.Note)))
		}
	case s.st.State == flows.StepLeftOut:
		body = append(body, v.decided(markStopped.as(v.lang.Say("Left out")), s.st.By, s.st.At))
	case stopped:
		body = append(body, end, hint(v.standHint()))
	case s.st.State == flows.StepAbandoned:
		body = append(body, status(v.lang, markStopped, ran(v.lang.Say("No longer wanted: ")), quote(s.st.Note)))
	case s.st.State == flows.StepBroken:
		open = true
		body = append(body, status(v.lang, markNeeds.as(v.lang.Say("Cannot be done")), ran(s.st.Cause+" "+when(v.lang, s.st.At, v.loc))), hint(v.lang.Say("IT has been asked what to do. Press Done if it has worked after all.")))
	case s.st.Claimed.Person.ID != "":
		body = append(body, status(v.lang, markRunning.as(v.lang.Say("Being checked")), ran(v.lang.Say("%s did it on %s. It counts once it is seen in Microsoft 365.", capital(v.lang, you(v.lang, s.st.Claimed.Person, v.reader)), when(v.lang, s.st.Claimed.At, v.loc)))))
	case back:
		body = append(body, status(v.lang, markWaiting.as(v.lang.Say("Not yet")), ran(v.lang.Say("This waits for %s. The card changes when it is your turn.", waits))))
	case v.now.After(s.Due):
		open = true
		body = append(body, status(v.lang, needs, ran(v.lang.Say("This was due on %s.", when(v.lang, s.Due, v.loc)))))
	default:
		open = true
		body = append(body, status(v.lang, needs, ran(v.lang.Say("Do this by %s, then press Done.", when(v.lang, s.Due, v.loc)))))
	}
	body = append(body, near(faint(v.lang.Say("A task for ")), strong(keeper(v.lang, v.Case, s.Step))), v.about())
	if s.st.State.Over() || stopped {
		return body
	}
	body = append(body, facts(fact{v.lang.Say("Due"), when(v.lang, s.Due, v.loc)}, v.lastDayFact()))
	if s.Instructions != "" {
		body = append(body, box("emphasis", say(strong(v.lang.Say("What to do"))), near(ran(cut(s.Instructions, 2000)))))
	}
	if s.Note != "" {
		body = append(body, near(faint(cut(s.Note, 300))))
	}
	if open {
		body = append(body, v.manualButtons()...)
	}
	return body
}

func (v view) manualButtons() []block {
	k := v.stage.Step.Key
	row := []action{press(v.lang.Say("Done"), positive, bound(v.Case, flows.VerbManualDone, k))}
	if v.stage.st.State != flows.StepBroken {
		row = append(row, opens(v.lang.Say("Cannot be done"), destructive,
			hint(v.lang.Say("IT is asked what to do instead.")),
			ask(inReason, v.lang.Say("Reason"), v.lang.Say("What is in the way?"), v.lang.Say("Say what is in the way.")),
			buttons(press(v.lang.Say("Report it"), destructive, bound(v.Case, flows.VerbManualCannot, k)))))
	}
	return []block{
		textInput{Type: "Input.Text", ID: inNote, Label: v.lang.Say("Note for the record (optional)"), Placeholder: v.lang.Say("Such as a serial number"), MaxLength: 500},
		buttons(row...),
	}
}

// about is where to look the person up: who they are or are to become, and their account.
func (v view) about() richText {
	if v.leaver() || v.absence() || v.mover() || v.Event.Kind == flows.DeletionEvent {
		return v.account()
	}
	runs := []run{faint(v.lang.Say("For ")), strong(visible(v.Event.Name())), faint(post(v.lang, v.Event))}
	if upn := v.Facts.UPN; upn != "" {
		runs = append(runs, faint(" · "+upn))
	}
	return near(runs...)
}
