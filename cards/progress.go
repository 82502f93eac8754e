package cards

import (
	"fmt"
	"strings"

	"muster/flows"
)

// progress is HR's card: how the case stands, what is next, and who holds it.
func (v view) progress() []block {
	body := []block{headline(v.story())}
	t := counts(v.Case)
	switch end, stopped := v.ended(); {
	case stopped:
		body = append(body, end)
	case v.Rescinded != nil:
		line, _ := v.cancelling()
		body = append(body, line)
		if next := nextUp(v.Case, v.reader); next != "" {
			body = append(body, near(strong("Next: "), ran(next+".")))
		}
	case v.Paused != nil && !v.aboutReader():
		body = append(body, v.held()...)
	case v.State == flows.Done:
		body = append(body, status(markDone, ran(fmt.Sprintf("%s. Closed on %s.", t, when(v.Ended.At, v.loc)))))
	default:
		body = append(body, status(stateMark(v.State), ran(v.standing(t))))
		if next := nextUp(v.Case, v.reader); next != "" {
			body = append(body, near(strong("Next: "), ran(next+".")))
		}
	}
	if v.openQuestion() && !v.Over() {
		body = append(body, v.questionToHR())
	} else {
		body = append(body, v.questions()...)
	}
	body = append(body, v.late()...)
	if v.leaver() {
		body = append(append(body, v.openStill()...), v.account())
		body = append(append(body, v.heirs()...), v.keptData()...)
		if v.State != flows.Waiting && !v.Over() {
			body = append(body, v.handOver()...)
		}
	} else if v.absence() {
		body = append(body, v.absenceProgress()...)
	} else if v.mover() {
		body = append(append(body, v.account()), v.bosses()...)
	} else {
		body = append(append(body, person("Reports to", v.Event.Manager.Name)), v.wasBefore()...)
	}
	body = append(body, near(faint("Asked for by "), strong(v.Raised.Person.Name), faint(" · "+when(v.Raised.At, v.loc))))
	if v.State == flows.Waiting {
		for _, w := range v.Warnings {
			body = append(body, warning(w))
		}
		if v.leaver() {
			body = append(body, v.exitPlan()...)
		} else if v.mover() {
			body = append(body, v.moverDates(), v.diff())
		} else {
			body = append(body, facts(planDates(v.Plan, v.Event, v.loc)...))
		}
	} else if len(v.Steps) > 0 {
		if v.urgent() && v.Approval.State == "approved" {
			body = append(body, v.receipt()...)
		}
		body = append(body, stepList(v.Case, v.now, v.room)...)
	}
	body = append(body, v.decisionList()...)
	body = append(body, v.returnOn()...)
	details := press("Details", "", bound(v.Case, flows.VerbDetails, ""))
	return append(body, buttons(alone(details)))
}

func (v view) standing(t tally) string {
	switch {
	case v.State != flows.Waiting:
		return t.String() + "."
	case v.leaver():
		return "for " + either(v.Deciders(), v.reader) + " to confirm" + v.by(v.Approval.Asking) + " Nothing is done before that."
	}
	what := ""
	if v.Approval.State == "" {
		what = "for " + either(v.Deciders(), v.reader) + " to confirm access" + v.by(v.Approval.Asking)
	}
	if r := v.Release; r.State == "" && len(r.Holders) > 0 {
		what = strings.TrimSpace(what + " For " + either(r.Holders, v.reader) + " to say what goes by " + when(r.Asking.Escalate, v.loc) + ".")
	}
	return what
}

// questionToHR is the manager's open question with room for the answer.
func (v view) questionToHR() block {
	q := v.Questions[len(v.Questions)-1]
	return box("emphasis",
		status(markNeeds, ran(capital(you(q.By, v.reader))+" asks: "), quote(q.Text)),
		ask(inAnswer, "Your answer", "", "Write an answer."),
		buttons(press("Send answer", positive, bound(v.Case, flows.VerbReply, ""))))
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
		return markPlanned.as("Scheduled")
	case flows.Running:
		return markRunning
	case flows.NeedsPeople:
		return markNeeds.as("Needs people")
	case flows.Done:
		return markDone
	}
	return markStopped
}

// nextUp is the next thing that happens, and who holds it: a person where one is waited for, otherwise Muster at its time. It is empty
// when the case has ended.
func nextUp(c flows.Case, reader flows.AccountID) string {
	n := len(c.Questions)
	switch {
	case c.Over() || c.Paused != nil:
		return ""
	case n > 0 && c.Questions[n-1].Answer.At.IsZero():
		return "an answer to the question, by " + you(c.HR(), reader)
	case c.Approval.State == "" && c.Kind == flows.LeaverEvent:
		return "confirmation by a second person, " + either(c.Deciders(), reader)
	case c.Approval.State != "" && c.May == "":
		return "what goes with the old job, by " + either(c.Releasers(), reader)
	case c.Approval.State == "":
		return "confirmation of the access, by " + either(c.Deciders(), reader)
	case c.NoShow:
		return "a decision after the no-show, by " + you(c.HR(), reader)
	}
	var best *stage
	signOff := ""
	for _, s := range stages(c) {
		if s.st.State.Over() {
			continue
		}
		if s.st.State == flows.StepBroken {
			return "“" + cut(s.Title, 90) + "” mended, by IT"
		}
		if so, elevated := c.SignOffs[s.Step.Key]; elevated && so.State == "" {
			signOff = "sign-off of “" + cut(called(s.Step), 90) + "”, by " + either(c.Signing(s.Step), reader)
		}
		if _, back := held(c, s); !back && (best == nil || s.Due.Before(best.Due)) {
			best = &s
		}
	}
	if best == nil {
		return signOff
	}
	who := "Muster"
	switch best.Task {
	case flows.Manual:
		who = keeper(c, best.Step)
	case flows.AwaitReturn:
		who = you(c.HR(), reader)
	case flows.AskReturn:
		who = you(c.Facts.Route, reader)
	case flows.OfferPass, flows.AskStarted:
		who = you(c.Manager(), reader)
	}
	return "“" + cut(best.Title, 90) + "”, by " + who + ", on " + when(best.Due, c.Location())
}
