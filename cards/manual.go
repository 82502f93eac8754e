package cards

import "muster/flows"

// manual is the card of the owner of a step that a person does.
func (v view) manual() []block {
	s := v.stage
	body := []block{headline(cut(s.Title, 120) + v.forWhom(", ") + ".")}
	end, stopped := v.stands()
	waits, back := held(v.Case, s)
	needs := markNeeds
	if v.reader == "" {
		needs = markNeeds.as("Needs IT")
	}
	open := false
	switch {
	case s.st.State == flows.StepDoneHand || s.st.State == flows.StepDone:
		body = append(body, v.decided(markDone, s.st.By, s.st.At))
		if s.st.Note != "" {
			body = append(body, near(quote(s.st.Note)))
		}
	case s.st.State == flows.StepLeftOut:
		body = append(body, v.decided(markStopped.as("Left out"), s.st.By, s.st.At))
	case stopped:
		body = append(body, end, hint(v.standHint()))
	case s.st.State == flows.StepAbandoned:
		body = append(body, status(markStopped, ran("No longer wanted: "), quote(s.st.Note)))
	case s.st.State == flows.StepBroken:
		open = true
		body = append(body, status(markNeeds.as("Cannot be done"), ran(s.st.Cause+" "+when(s.st.At, v.loc))), hint("IT has been asked what to do. Press Done if it has worked after all."))
	case s.st.Claimed.Person.ID != "":
		body = append(body, status(markRunning.as("Being checked"), ran(capital(you(s.st.Claimed.Person, v.reader))+" did it on "+when(s.st.Claimed.At, v.loc)+". It counts once it is seen in Microsoft 365.")))
	case back:
		body = append(body, status(markWaiting.as("Not yet"), ran("This waits for "+waits+". The card changes when it is your turn.")))
	case v.now.After(s.Due):
		open = true
		body = append(body, status(needs, ran("This was due on "+when(s.Due, v.loc)+".")))
	default:
		open = true
		body = append(body, status(needs, ran("Do this by "+when(s.Due, v.loc)+", then press Done.")))
	}
	body = append(body, near(faint("A task for "), strong(keeper(v.Case, s.Step))), v.about())
	if s.st.State.Over() || stopped {
		return body
	}
	body = append(body, facts(fact{"Due", when(s.Due, v.loc)}, v.lastDayFact()))
	if s.Instructions != "" {
		body = append(body, box("emphasis", say(strong("What to do")), near(ran(cut(s.Instructions, 2000)))))
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
	row := []action{press("Done", positive, bound(v.Case, flows.VerbManualDone, k))}
	if v.stage.st.State != flows.StepBroken {
		row = append(row, opens("Cannot be done", destructive,
			hint("IT is asked what to do instead."),
			ask(inReason, "Reason", "What is in the way?", "Say what is in the way."),
			buttons(press("Report it", destructive, bound(v.Case, flows.VerbManualCannot, k)))))
	}
	return []block{
		textInput{Type: "Input.Text", ID: inNote, Label: "Note for the record (optional)", Placeholder: "Such as a serial number", MaxLength: 500},
		buttons(row...),
	}
}

// about is where to look the person up: who they are or are to become, and their account.
func (v view) about() richText {
	if v.leaver() || v.absence() || v.mover() || v.Event.Kind == flows.DeletionEvent {
		return v.account()
	}
	runs := []run{faint("For "), strong(visible(v.Event.Name())), faint(post(v.Event))}
	if upn := v.Facts.UPN; upn != "" {
		runs = append(runs, faint(" · "+upn))
	}
	return near(runs...)
}
