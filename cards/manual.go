package cards

import "muster/flows"

// manual is the card of the owner of a step that a person does.
func (v view) manual() []block {
	s := v.stage
	body := []block{headline(cut(s.Title, 120) + " for " + visible(v.Event.Name()) + ".")}
	end, stopped := v.ended()
	waits, back := held(v.Case, s)
	open := !s.st.State.Over() && s.st.State != flows.StepBroken && !stopped
	switch {
	case stopped && !s.st.State.Over(), s.st.State == flows.StepAbandoned && stopped:
		body = append(body, end, hint("Nothing is to be done here any more."))
	case s.st.State == flows.StepDoneHand || s.st.State == flows.StepDone:
		body = append(body, v.decided(markDone, s.st.By, s.st.At))
		if s.st.Note != "" {
			body = append(body, near(quote(s.st.Note)))
		}
	case s.st.State == flows.StepLeftOut:
		body = append(body, v.decided(markStopped.as("Left out"), s.st.By, s.st.At))
	case s.st.State == flows.StepAbandoned:
		body = append(body, status(markStopped, ran("No longer wanted: "), quote(s.st.Note)))
	case s.st.State == flows.StepBroken:
		body = append(body, status(markNeeds.as("Cannot be done"), ran("said "+you(s.st.By, v.reader)+" on "+when(s.st.At, v.loc)+": "), quote(s.st.Cause)), hint("IT has been asked what to do."))
	case back:
		open = false
		body = append(body, status(markWaiting.as("Not yet"), ran("This waits for "+waits+". The card changes when it is your turn.")))
	case v.now.After(s.Due):
		body = append(body, status(markNeeds, ran("This was due on "+when(s.Due, v.loc)+".")))
	default:
		body = append(body, status(markNeeds, ran("Do this by "+when(s.Due, v.loc)+", then press Done.")))
	}
	body = append(body, near(faint("Whose task "), strong(v.taskOf())), v.about(),
		facts(fact{"Due", when(s.Due, v.loc)}, fact{"First day", v.Event.Start.Say()}))
	if s.Instructions != "" {
		body = append(body, box("emphasis", say(strong("What to do")), near(ran(cut(s.Instructions, 2000)))))
	}
	if s.Note != "" {
		body = append(body, near(faint(cut(s.Note, 300))))
	}
	if !open {
		return body
	}
	k := s.Step.Key
	return append(body,
		textInput{Type: "Input.Text", ID: inNote, Label: "Note for the record (optional)", Placeholder: "Such as a serial number", MaxLength: 1000},
		buttons(
			press("Done", positive, bound(v.Case, ManualDone, k)),
			opens("Cannot be done", destructive,
				hint("IT is asked what to do instead."),
				ask(inReason, "Reason", "What is in the way?", "Say what is in the way."),
				buttons(press("Report it", destructive, bound(v.Case, ManualCannot, k))))))
}

func (v view) taskOf() string {
	if k := keeper(v.Case, v.stage.Step); k != "" {
		return k
	}
	return "IT"
}

// about is where to look the person up: who they are to become, their account, their manager.
func (v view) about() richText {
	runs := []run{faint("For "), strong(visible(v.Event.Name())), faint(post(v.Event))}
	if upn := v.Facts.UPN; upn != "" {
		runs = append(runs, faint(" · "+upn))
	}
	return near(runs...)
}
