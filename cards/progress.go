package cards

import (
	"strings"

	"muster/flows"
	"muster/flows/texts"
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
		if next := nextUp(v.lang, v.Case, v.reader); next != "" {
			body = append(body, near(strong(v.lang.Say("Next: ")), ran(next+".")))
		}
	case v.Paused != nil && !v.aboutReader():
		body = append(body, v.held()...)
	case v.State == flows.Done:
		body = append(body, status(v.lang, markDone, ran(v.lang.Say("%s. Closed on %s.", t.text(v.lang), when(v.lang, v.Ended.At, v.loc)))))
	default:
		body = append(body, status(v.lang, stateMark(v.lang, v.State), ran(v.standing(t))))
		if next := nextUp(v.lang, v.Case, v.reader); next != "" {
			body = append(body, near(strong(v.lang.Say("Next: ")), ran(next+".")))
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
		body = append(append(body, person(v.lang.Say("Reports to"), v.Event.Manager.Name)), v.wasBefore()...)
	}
	body = append(body, near(faint(v.lang.Say("Asked for by ")), strong(v.Raised.Person.Name), faint(" · "+when(v.lang, v.Raised.At, v.loc))))
	if v.State == flows.Waiting {
		for _, w := range v.Warnings {
			body = append(body, warning(v.lang, w))
		}
		if v.leaver() {
			body = append(body, v.exitPlan()...)
		} else if v.mover() {
			body = append(body, v.moverDates(), v.diff())
		} else {
			body = append(body, facts(planDates(v.lang, v.Plan, v.Event, v.loc)...))
		}
	} else if len(v.Steps) > 0 {
		if v.urgent() && v.Approval.State == "approved" {
			body = append(body, v.receipt()...)
		}
		body = append(body, stepList(v.lang, v.Case, v.now, v.room)...)
	}
	body = append(body, v.decisionList()...)
	body = append(body, v.returnOn()...)
	details := press(v.lang.Say("Details"), "", bound(v.Case, flows.VerbDetails, ""))
	return append(body, buttons(alone(details)))
}

func (v view) standing(t tally) string {
	switch {
	case v.State != flows.Waiting:
		return t.text(v.lang) + "."
	case v.leaver():
		return v.lang.Say("for %s to confirm%s Nothing is done before that.", either(v.lang, v.Deciders(), v.reader), v.by(v.Approval.Asking))
	}
	what := ""
	if v.Approval.State == "" {
		what = v.lang.Say("for %s to confirm access%s", either(v.lang, v.Deciders(), v.reader), v.by(v.Approval.Asking))
	}
	if r := v.Release; r.State == "" && len(r.Holders) > 0 {
		what = strings.TrimSpace(v.lang.Say("%s For %s to say what goes by %s.", what, either(v.lang, r.Holders, v.reader), when(v.lang, r.Asking.Escalate, v.loc)))
	}
	return what
}

// questionToHR is the manager's open question with room for the answer.
func (v view) questionToHR() block {
	q := v.Questions[len(v.Questions)-1]
	return box("emphasis",
		status(v.lang, markNeeds, ran(v.lang.Say("%s asks: ", capital(v.lang, you(v.lang, q.By, v.reader)))), quote(q.Text)),
		ask(inAnswer, v.lang.Say("Your answer"), "", v.lang.Say("Write an answer.")),
		buttons(press(v.lang.Say("Send answer"), positive, bound(v.Case, flows.VerbReply, ""))))
}

// decisionList says who decided what when; the last few, since all of it is in the evidence.
func (v view) decisionList() []block {
	out := []block{label(v.lang.Say("Decisions"))}
	for _, d := range v.Decisions[max(0, len(v.Decisions)-6):] {
		out = append(out, near(strong(capital(v.lang, you(v.lang, d.By, v.reader))), ran(" "+cut(d.What, 200)), faint(" · "+short(v.lang, d.At, v.loc))))
	}
	return out
}

// stateMark is the state of a case as people see it.
func stateMark(lang texts.Language, s flows.State) mark {
	switch s {
	case flows.Waiting:
		return markWaiting
	case flows.Scheduled:
		return markPlanned.as(lang.Say("Scheduled"))
	case flows.Running:
		return markRunning
	case flows.NeedsPeople:
		return markNeeds.as(lang.Say("Needs people"))
	case flows.Done:
		return markDone
	}
	return markStopped
}

// nextUp is the next thing that happens, and who holds it: a person where one is waited for, otherwise Muster at its time. It is empty
// when the case has ended.
func nextUp(lang texts.Language, c flows.Case, reader flows.AccountID) string {
	n := len(c.Questions)
	switch {
	case c.Over() || c.Paused != nil:
		return ""
	case n > 0 && c.Questions[n-1].Answer.At.IsZero():
		return lang.Say("an answer to the question, by %s", you(lang, c.HR(), reader))
	case c.Approval.State == "" && c.Kind == flows.LeaverEvent:
		return lang.Say("confirmation by a second person, %s", either(lang, c.Deciders(), reader))
	case c.Approval.State != "" && c.May == "":
		return lang.Say("what goes with the old job, by %s", either(lang, c.Releasers(), reader))
	case c.Approval.State == "":
		return lang.Say("confirmation of the access, by %s", either(lang, c.Deciders(), reader))
	case c.NoShow:
		return lang.Say("a decision after the no-show, by %s", you(lang, c.HR(), reader))
	}
	var best *stage
	signOff := ""
	for _, s := range stages(c) {
		if s.st.State.Over() {
			continue
		}
		if s.st.State == flows.StepBroken {
			return lang.Say("“%s” mended, by IT", cut(s.Title, 90))
		}
		if so, elevated := c.SignOffs[s.Step.Key]; elevated && so.State == "" {
			signOff = lang.Say("sign-off of “%s”, by %s", cut(called(s.Step), 90), either(lang, c.Signing(s.Step), reader))
		}
		if _, back := held(lang, c, s); !back && (best == nil || s.Due.Before(best.Due)) {
			best = &s
		}
	}
	if best == nil {
		return signOff
	}
	who := lang.Say("Muster")
	switch best.Task {
	case flows.Manual:
		who = keeper(lang, c, best.Step)
	case flows.AwaitReturn:
		who = you(lang, c.HR(), reader)
	case flows.AskReturn:
		who = you(lang, c.Facts.Route, reader)
	case flows.OfferPass, flows.AskStarted:
		who = you(lang, c.Manager(), reader)
	}
	return lang.Say("“%s”, by %s, on %s", cut(best.Title, 90), who, when(lang, best.Due, c.Location()))
}
