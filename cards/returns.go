package cards

import (
	"slices"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// cameBack is the words for somebody who starts, or for somebody who comes back from a leave.
func (v view) cameBack(starts, back string) string {
	if v.Event.Kind == flows.LeaveEvent {
		return back
	}
	return starts
}

// wantedBy is who asked for the elevated access: the manager's approval, or the confirmation before a return.
func (v view) wantedBy() flows.Person {
	if v.Event.Kind == flows.LeaveEvent && v.Return.By.ID != "" {
		return v.Return.By
	}
	return v.Approval.By
}

func (v view) wantedAt() time.Time {
	if v.Event.Kind == flows.LeaveEvent && v.Return.By.ID != "" {
		return v.Return.At
	}
	return v.Approval.At
}

// returns is the manager's card before somebody comes back from a leave: which access they have from then on.
func (v view) returns() []block {
	s := v.stage
	body := []block{headline(v.story())}
	end, stopped := v.ended()
	holds := slices.ContainsFunc(v.Return.Holders, func(p flows.Person) bool { return p.ID == v.reader })
	switch {
	case v.Return.By.ID != "":
		body = append(body, v.decided(markDone.as(v.lang.Say("Confirmed")), v.Return.By, v.Return.At))
		if stopped {
			body = append(body, end)
		}
		return append(body, v.confirmedAccess()...)
	case stopped:
		return append(body, end, hint(v.lang.Say("No decision is needed any more.")))
	case s.st.State == flows.StepLeftOut:
		return append(body, v.decided(markStopped.as(v.lang.Say("Left out")), s.st.By, s.st.At))
	case s.st.State.Over() || !s.st.Asked:
		return append(body, status(v.lang, markStopped, ran(v.lang.Say("No decision is needed."))))
	case !holds:
		return append(body, status(v.lang, markStopped, ran(v.lang.Say("The decision is with %s now.", either(v.lang, v.Return.Holders, v.reader)))), hint(v.lang.Say("You need not do anything.")))
	}
	return append(body, v.openReturn()...)
}

func (v view) openReturn() []block {
	back := v.backOn()
	by := "."
	if e := v.Return.Escalate; !e.IsZero() && v.now.Before(e) {
		by = v.lang.Say(" by %s.", when(v.lang, e, v.loc))
	}
	body := []block{
		status(v.lang, markNeeds, ran(v.lang.Say("Confirm the access %s has after the leave%s", v.given(), by))),
		v.account(), facts(fact{v.lang.Say("Away since"), date(v.lang, v.Event.Start)}, fact{v.lang.Say("Back on"), back}),
	}
	items := choiceSet{Type: "Input.ChoiceSet", ID: inItems, Label: v.lang.Say("Tick what is still needed"), Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: []choice{}}
	elevated := choiceSet{Type: "Input.ChoiceSet", ID: inElevated, Label: v.lang.Say("Suspended during the leave: tick what is needed again"), Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: []choice{}}
	var ticks []string
	for _, s := range v.Plan.Steps {
		c := choice{cut(returnTitle(v.lang, s), 160*v.room/100), choiceOf(s.Key)}
		switch s.Choice {
		case flows.Ticked, flows.Confirmed:
			items.Choices, ticks = append(items.Choices, c), append(ticks, c.Value)
		case flows.Elevated:
			elevated.Choices = append(elevated.Choices, c)
		}
	}
	items.Value = strings.Join(ticks, ",")
	if len(items.Choices) > 0 {
		body = append(body, items)
	}
	if len(elevated.Choices) > 0 {
		body = append(body, elevated)
	}
	if len(items.Choices)+len(elevated.Choices) == 0 {
		body = append(body, hint(v.lang.Say("There is nothing to choose: no access was taken away.")))
	}
	return append(body, hint(v.lang.Say("What is not ticked is taken away or stays away on the day of return. Sign-in opens only after you have confirmed.")),
		buttons(press(v.lang.Say("Confirm the access"), positive, bound(v.Case, flows.VerbReturnAccess, v.stage.Step.Key))))
}

// returnTitle is an item of a return with what one needs to know to decide.
func returnTitle(lang texts.Language, s flows.Step) string {
	switch s.Choice {
	case flows.Confirmed:
		if s.Task == flows.RemoveFromTeam {
			return lang.Say("%s · team", plain(s.Name))
		}
		return lang.Say("%s · group", plain(s.Name))
	case flows.Ticked:
		return lang.Say("%s · licence, released during the leave", plain(s.Name))
	}
	s.Note = ""
	return itemTitle(lang, s)
}

// confirmedAccess is the record of a confirmation before a return.
func (v view) confirmedAccess() []block {
	var kept, gone []string
	var out []block
	for _, s := range stages(v.Case) {
		ticked := slices.Contains(v.Return.Ticked, s.Step.Key)
		switch s.Choice {
		case flows.Ticked, flows.Confirmed:
			if name := cut(called(s.Step), 60); ticked {
				kept = append(kept, name)
			} else {
				gone = append(gone, name)
			}
		case flows.Elevated:
			if ticked {
				out = append(out, v.signed(s))
			}
		}
	}
	for _, l := range []struct {
		word string
		all  []string
	}{{v.lang.Say("Confirmed "), kept}, {v.lang.Say("Not needed any more "), gone}} {
		if len(l.all) > 0 {
			out = append(out, near(strong(l.word), ran(some(v.lang, l.all, 20, "and")+".")))
		}
	}
	return append(out, hint(v.nextTime()))
}

// backOn is the day of return; empty while it is open.
func (v view) backOn() string {
	if v.Event.End == "" {
		return ""
	}
	return date(v.lang, v.Site.AddWorkingDays(v.Event.End, 1))
}

// returnOn is what HR gets on the card of a leave to say, or change, when the person returns.
func (v view) returnOn() []block {
	if v.Event.Kind != flows.LeaveEvent || v.Over() {
		return nil
	}
	if _, st, ok := v.Case.Step("return:ask"); ok && st.State.Over() {
		return nil
	}
	title := v.lang.Say("Set the return")
	if v.Event.End != "" {
		title = v.lang.Say("Move the return")
	}
	return []block{buttons(opens(title, "", v.returnInputs(v.Event.End)...))}
}

func (v view) returnInputs(end flows.Date) []block {
	return []block{
		hint(v.lang.Say("The plan for the return is made anew. The manager confirms the access some days before it.")),
		dateInput{Type: "Input.Date", ID: fieldEnd, Label: v.lang.Say("Last day of the leave"), IsRequired: true, ErrorMessage: v.lang.Say("Choose the last day of the leave."), Value: string(end)},
		buttons(press(v.lang.Say("Set the return now"), positive, bound(v.Case, flows.VerbReturnOn, ""))),
	}
}

// Return answers "return" with a case: the leave, and the day as understood, to confirm.
func Return(lang texts.Language, f flows.ReturnForm) Card {
	v := view{lang: lang, Case: f.Case, now: f.At, loc: f.Case.Location(), room: 100}
	body := []block{headline(v.story()), status(lang, markWaiting.as(lang.Say("Waiting for you")), ran(lang.Say("Check the last day of the leave. Nothing changes before you press.")))}
	return finish(lang.Say("The return of a leave"), false, append(append(body, v.returnInputs(f.End)...), footer(string(f.Case.ID))))
}
