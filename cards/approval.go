package cards

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows"
)

// approval is the manager's card: which access the person needs.
func (v view) approval() []block {
	body := []block{headline(v.story())}
	holds := slices.ContainsFunc(v.Deciders(), func(p flows.Person) bool { return p.ID == v.reader })
	end, stopped := v.off()
	switch {
	case v.Approval.State == "approved":
		if stopped {
			body = append(body, end)
		}
		body = append(body, v.decided(markDone.as("Approved"), v.Approval.By, v.Approval.At))
		if v.May == "" && !v.Over() { // of a move
			body = append(body, near(markWaiting.run(), ran(" for "+either(v.Release.Holders, v.reader)+" to say what goes.")))
		}
		return append(body, v.chosen()...)
	case stopped:
		return append(body, end, hint(v.offHint()))
	case !holds:
		return append(body, v.handedOver(), hint("You need not do anything."))
	}
	if v.mover() {
		return append(body, v.openMover()...)
	}
	return append(body, v.openApproval()...)
}

func (v view) openApproval() []block {
	body := []block{status(markWaiting.as("Waiting for you"), ran("Confirm the access "+visible(v.Event.Given)+" needs"+v.by(v.Approval.Asking)))}
	body = append(body, v.whyYou()...)
	body = append(body, person("Asked for by", v.Raised.Person.Name))
	if v.Event.Manager.ID != v.reader {
		body = append(body, person("Reports to", v.Event.Manager.Name))
	}
	if v.Event.Notes != "" {
		body = append(body, near(faint("Notes "), quote(v.Event.Notes)))
	}
	body = append(body, facts(planDates(v.Plan, v.Event, v.loc)...))
	body = append(body, v.questions()...)
	body = append(body, v.birthright()...)
	body = append(body, v.offered()...)
	next := "After you approve, everything is set up in time and you get the day-one pass when sign-in opens."
	if v.offers(flows.Elevated) {
		next = "After you approve, the rest goes on while elevated items wait for their approver. You get the day-one pass when sign-in opens."
	}
	approve, reject := bound(v.Case, flows.VerbApprove, ""), bound(v.Case, flows.VerbReject, "")
	row := []action{
		press("Approve", positive, approve),
		opens("Reject", destructive,
			hint("This ends the case: no account is made. HR gets your reason."),
			ask(inReason, "Reason", "Why should nothing be set up?", "Say why, for HR."),
			buttons(press("Reject now", destructive, reject))),
	}
	if !v.openQuestion() {
		row = append(row, opens("Ask HR", "",
			ask(inQuestion, "Question for HR", "What do you need to know?", "Write your question."),
			buttons(press("Send question", positive, bound(v.Case, flows.VerbAsk, "")))))
	}
	if slices.ContainsFunc(v.Approval.Holders, func(p flows.Person) bool { return p.ID == v.reader }) { // a delegate gives it to nobody
		row = append(row, opens("Hand over", "",
			hint("Somebody else decides instead of you."),
			v.delegates(),
			buttons(press("Hand over now", positive, bound(v.Case, flows.VerbHandOver, "")))))
	}
	return append(body, hint(next), buttons(row...))
}

// delegates is a search over the directory; those who would be asked next anyway stand on the list from the start.
func (v view) delegates() choiceSet {
	set := picker(inDelegate, "Who decides", flows.Person{}, nil)
	set.IsRequired, set.ErrorMessage = true, "Choose one person."
	likely := append([]flows.Person{v.Facts.Fallback, v.Facts.Route, v.Event.Manager}, v.Approval.Former...)
	for _, s := range v.Plan.Steps {
		likely = append(likely, s.Approvers...)
	}
	for _, p := range likely {
		if p.ID != v.reader && p.Name != "" {
			set = set.with(p)
		}
	}
	return set
}

// by is the deadline of something asked, as the end of its sentence.
func (v view) by(a flows.Asking) string {
	switch {
	case a.Escalate.IsZero():
		return "."
	case v.now.After(a.Escalate):
		return ". This was due on " + when(a.Escalate, v.loc) + "."
	}
	return " by " + when(a.Escalate, v.loc) + "."
}

// whyYou says to somebody other than the manager why they are asked, and to the manager who else is.
func (v view) whyYou() []block {
	others := slices.DeleteFunc(slices.Clone(v.Deciders()), func(p flows.Person) bool { return p.ID == v.reader })
	mine := slices.ContainsFunc(v.Approval.Holders, func(p flows.Person) bool { return p.ID == v.reader })
	switch from := v.delegators(); {
	case !mine && len(from) > 0:
		return []block{near(faint("You are asked in the place of " + people(from, v.reader) + ", whom you stand in for. Either of you may decide."))}
	case v.reader == v.Facts.Route.ID && v.Facts.RouteWhy != "":
		return []block{near(faint(v.Facts.RouteWhy))}
	case v.reader == v.Facts.Route.ID && v.Approval.Asking.Wider() && len(others) > 0:
		return []block{near(faint("Also put to " + people(others, v.reader) + ", because there was no answer. Either of you may decide."))}
	case len(v.Approval.Former) > 0 && !v.Approval.Asking.Wider():
		return []block{near(faint("Handed to you by " + v.Approval.Former[len(v.Approval.Former)-1].Name + "."))}
	case len(others) > 0:
		return []block{near(faint("You are asked because " + people(others, v.reader) + " did not answer. Either of you may decide."))}
	}
	return nil
}

// handedOver is what somebody sees who no longer holds the decision.
func (v view) handedOver() richText {
	line := "The decision is with " + either(v.Deciders(), v.reader) + " now."
	for _, d := range v.Decisions {
		if d.By.ID == v.reader && strings.HasPrefix(d.What, "handed the decision to ") {
			line = "You " + d.What + " on " + when(d.At, v.loc) + "."
		}
	}
	return status(markStopped.as("Handed over"), ran(line))
}

// birthright is what everybody gets: fixed, and folded when it is long.
func (v view) birthright() []block {
	var all []string
	var rows []block
	for _, s := range v.Plan.Steps {
		if s.Choice != flows.Fixed || !entitlement(s) {
			continue
		}
		all = append(all, cut(called(s), 60))
		runs := []run{ran("• " + cut(called(s), 90)), faint(" · " + kind(s))}
		if s.Note != "" {
			runs = append(runs, faint(" · "+cut(s.Note, 120)))
		}
		rows = append(rows, near(runs...))
	}
	if len(all) == 0 {
		return nil
	}
	sum := names(all, "and")
	if len(all) > 3 {
		sum = strings.Join(all[:3], ", ") + " and " + count(len(all)-3, "more", "more")
	}
	head := say(strong("Everybody gets "), ran(sum+"."))
	if len(all) <= 3 {
		return []block{head}
	}
	head.Inlines = append(head.Inlines, faint(" ▾ Show all"))
	return folded("birthright", "Show or hide what everybody gets", head, rows...)
}

// offered are the boxes: the profile ticked, extras and elevated ones not.
func (v view) offered() []block {
	items := choiceSet{Type: "Input.ChoiceSet", ID: inItems, Label: "Tick what is needed", Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: []choice{}}
	elevated := choiceSet{Type: "Input.ChoiceSet", ID: inElevated, Label: "Elevated: each also needs an approver", Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: []choice{}}
	var ticks []string
	var extras []choice
	for _, s := range v.Plan.Steps {
		c := choice{cut(itemTitle(s), 160*v.room/100), choiceOf(s.Key)}
		switch s.Choice {
		case flows.Ticked:
			items.Choices, ticks = append(items.Choices, c), append(ticks, c.Value)
		case flows.Extra:
			extras = append(extras, c)
		case flows.Elevated:
			elevated.Choices = append(elevated.Choices, c)
		}
	}
	items.Choices, items.Value = append(items.Choices, extras...), strings.Join(ticks, ",")
	var out []block
	if len(items.Choices) > 0 {
		out = append(out, items)
	}
	if len(elevated.Choices) > 0 {
		out = append(out, elevated)
	}
	if len(out) == 0 && !v.mover() {
		out = append(out, hint("Nothing further is offered for this job."))
	}
	return out
}

func (v view) offers(want flows.Choice) bool {
	return slices.ContainsFunc(v.Plan.Steps, func(s flows.Step) bool { return s.Choice == want })
}

// itemTitle is an item with what one needs to know to decide: what it is, whether it is extra or needs somebody else, whether a seat is free.
func itemTitle(s flows.Step) string {
	parts := []string{plain(called(s))}
	if k := kind(s); k != "" {
		parts = append(parts, k)
	}
	switch s.Choice {
	case flows.Extra:
		parts = append(parts, "optional")
	case flows.Elevated:
		var who []string
		for _, p := range s.Approvers {
			who = append(who, p.Name)
		}
		also := "an approver"
		if len(who) > 0 {
			also = strings.Join(who, " or ")
		}
		parts = append(parts, "also needs "+plain(also))
	}
	if s.Note != "" {
		parts = append(parts, plain(s.Note))
	}
	return strings.Join(parts, " · ")
}

// openQuestion reports whether HR still owes an answer.
func (v view) openQuestion() bool {
	n := len(v.Questions)
	return n > 0 && v.Questions[n-1].Answer.At.IsZero()
}

// questions are the last questions with their answers.
func (v view) questions() []block {
	var out []block
	for _, q := range v.Questions[max(0, len(v.Questions)-3):] {
		out = append(out, near(strong(capital(you(q.By, v.reader))+" asked HR "), quote(q.Text)))
		if q.Answer.At.IsZero() {
			out = append(out, near(markWaiting.run(), faint(" for HR's answer")))
		} else {
			out = append(out, near(strong(capital(you(q.Answer.Person, v.reader))+" answered "), quote(q.Answer.Note), faint(" "+when(q.Answer.At, v.loc))))
		}
	}
	return out
}

// chosen is the record of an approval: what was ticked and what waits for sign-off.
func (v view) chosen() []block {
	var all []string
	var out []block
	for _, s := range stages(v.Case) {
		switch s.Choice {
		case flows.Ticked, flows.Extra:
			all = append(all, cut(called(s.Step), 60))
		case flows.Elevated:
			out = append(out, v.signed(s))
		}
	}
	head := near(strong("Chosen "), ran("nothing beyond what everybody gets."))
	if len(all) > 0 {
		head = near(strong("Chosen "), ran(cut(names(all, "and"), 1500)+"."))
	}
	return append([]block{head}, append(out, hint(v.nextTime()))...)
}

// signed is one elevated item with its sign-off.
func (v view) signed(s stage) richText {
	so := v.SignOffs[s.Step.Key]
	name := strong(cut(called(s.Step), 90))
	switch so.State {
	case "approved":
		return near(markDone.as("Signed off").run(), ran(" "), name, ran(" by "+you(so.By, v.reader)+" on "+when(so.At, v.loc)))
	case "rejected":
		return near(markStopped.as("Refused").run(), ran(" "), name, ran(" by "+you(so.By, v.reader)+" on "+when(so.At, v.loc)+": "), quote(so.Reason))
	}
	if s.st.State.Over() || v.Over() {
		return near(markStopped.run(), ran(" "), name, faint(" without a sign-off"))
	}
	return near(markWaiting.as("Waiting for sign-off").run(), ran(" "), name, ran(" by "+either(v.Signing(s.Step), v.reader)))
}

// nextTime says how far the steps are, how many of them are due, and when the next one is.
func (v view) nextTime() string {
	var next time.Time
	due := 0
	for _, s := range stages(v.Case) {
		switch at := v.Due(s.Step); {
		case s.st.State != flows.Planned:
		case !at.After(v.now):
			due++
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	t := counts(v.Case)
	if t.all == 0 {
		return "None of the steps was done."
	}
	said := fmt.Sprintf("Steps: %s.", t)
	if v.Over() {
		return said
	}
	if due > 0 {
		said += " " + capital(count(due, "is", "are")) + " due now."
	}
	if !next.IsZero() {
		said += " The next is due on " + when(next, v.loc) + "."
	}
	return said
}
