package cards

import (
	"fmt"

	"muster/flows"
)

// progress is HR's card: how the case stands, what is next, and who holds it.
func (v view) progress() []block {
	body := []block{headline(v.story())}
	t := counts(v.Case)
	switch end, stopped := v.ended(); {
	case stopped:
		body = append(body, end)
	case v.State == flows.Done:
		body = append(body, status(markDone, ran(fmt.Sprintf("%s. Closed on %s.", t, when(v.Ended.At, v.loc)))))
	default:
		body = append(body, status(stateMark(v.State), ran(v.standing(t))))
		if next := nextUp(v.Case, v.reader); next != nil {
			body = append(body, near(append([]run{strong("Next ")}, next...)...))
		}
	}
	if v.openQuestion() && !v.Over() {
		body = append(body, v.questionToHR())
	} else {
		body = append(body, v.questions()...)
	}
	body = append(body, person("Reports to", v.Event.Manager.Name), near(faint("Asked for by "), strong(v.Raised.Person.Name), faint(" · "+when(v.Raised.At, v.loc))))
	if v.State == flows.Waiting {
		for _, w := range v.Warnings {
			body = append(body, warning(w))
		}
		body = append(body, facts(planDates(v.Plan, v.Event, v.loc)...))
	} else if len(v.Steps) > 0 {
		body = append(body, stepList(v.Case)...)
	}
	body = append(body, v.decisionList()...)
	details := press("Details", "", bound(v.Case, CaseDetails, ""))
	return append(body, buttons(alone(details)))
}

func (v view) standing(t tally) string {
	if v.State == flows.Waiting {
		return "for " + people(v.Approval.Holders, v.reader) + " to confirm access" + v.by(v.Approval.Asking)
	}
	return t.String() + "."
}

// questionToHR is the manager's open question with room for the answer.
func (v view) questionToHR() block {
	q := v.Questions[len(v.Questions)-1]
	return box("emphasis",
		status(markNeeds, ran(capital(you(q.By, v.reader))+" asks: "), quote(q.Text)),
		ask(inAnswer, "Your answer", "", "Write an answer."),
		buttons(press("Send answer", positive, bound(v.Case, QuestionReply, ""))))
}

// decisionList says who decided what when; the last few, since all of it is in the evidence.
func (v view) decisionList() []block {
	out := []block{label("Decisions")}
	for _, d := range v.Decisions[max(0, len(v.Decisions)-6):] {
		out = append(out, near(strong(capital(you(d.By, v.reader))), ran(" "+cut(d.What, 200)), faint(" · "+short(d.At, v.loc))))
	}
	return out
}

// stateMark is the state of a case as people see it.
func stateMark(s flows.State) mark {
	switch s {
	case flows.Waiting:
		return markWaiting
	case flows.Scheduled:
		return mark{"○", "Scheduled", "Accent"}
	case flows.Running:
		return markRunning
	case flows.NeedsPeople:
		return markNeeds.as("Needs people")
	case flows.Done:
		return markDone
	}
	return markStopped
}

// nextUp is the next thing that happens, and who holds it: a person where one is waited for, otherwise Muster at its time.
func nextUp(c flows.Case, reader flows.AccountID) []run {
	loc := c.Location()
	n := len(c.Questions)
	switch {
	case c.Over():
		return nil
	case n > 0 && c.Questions[n-1].Answer.At.IsZero():
		return []run{ran("a question is answered, by " + you(c.Raised.Person, reader))}
	case c.Approval.State == "":
		return []run{ran("access is confirmed, by " + people(c.Approval.Holders, reader))}
	case c.NoShow:
		return []run{ran("what becomes of the no-show, decided by " + you(c.Raised.Person, reader))}
	}
	var best *stage
	for _, s := range stages(c) {
		if s.st.State.Over() {
			continue
		}
		if s.st.State == flows.StepBroken {
			return []run{ran("“" + cut(s.Title, 90) + "” is mended, by IT")}
		}
		if _, back := held(c, s); !back && (best == nil || s.Due.Before(best.Due)) {
			best = &s
		}
	}
	if best == nil {
		return openSignOffLine(c, reader)
	}
	who := "by Muster"
	switch best.Task {
	case flows.Manual:
		who = "by " + keeper(c, best.Step)
	case flows.OfferPass, flows.AskStarted:
		who = "by " + you(c.Approval.By, reader)
	}
	return []run{ran("“" + cut(best.Title, 90) + "”, " + who + ", " + when(best.Due, loc))}
}

func openSignOffLine(c flows.Case, reader flows.AccountID) []run {
	for _, s := range stages(c) {
		if so, elevated := c.SignOffs[s.Step.Key]; elevated && so.State == "" && !s.st.State.Over() {
			return []run{ran("“" + cut(s.Title, 90) + "” is signed off, by " + people(signers(c, s.Step), reader))}
		}
	}
	return nil
}
