package cards

import (
	"slices"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
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
		body = append(body, v.decided(markDone.as(v.lang.Say("Approved")), v.Approval.By, v.Approval.At))
		if v.May == "" && !v.Over() { // of a move
			body = append(body, near(markWaiting.run(v.lang), ran(v.lang.Say(" for %s to say what goes.", either(v.lang, v.Release.Holders, v.reader)))))
		}
		return append(body, v.chosen()...)
	case stopped:
		return append(body, end, hint(v.offHint()))
	case !holds:
		return append(body, v.handedOver(), hint(v.lang.Say("You need not do anything.")))
	}
	if v.mover() {
		return append(body, v.openMover()...)
	}
	return append(body, v.openApproval()...)
}

func (v view) openApproval() []block {
	body := []block{status(v.lang, markWaiting.as(v.lang.Say("Waiting for you")), ran(v.lang.Say("Confirm the access %s needs%s", visible(v.Event.Given), v.by(v.Approval.Asking))))}
	body = append(body, v.whyYou()...)
	body = append(body, person(v.lang.Say("Asked for by"), v.Raised.Person.Name))
	if v.Event.Manager.ID != v.reader {
		body = append(body, person(v.lang.Say("Reports to"), v.Event.Manager.Name))
	}
	if v.Event.Notes != "" {
		body = append(body, near(faint(v.lang.Say("Notes ")), quote(v.Event.Notes)))
	}
	body = append(body, facts(planDates(v.lang, v.Plan, v.Event, v.loc)...))
	body = append(body, v.questions()...)
	body = append(body, v.birthright()...)
	body = append(body, v.offered()...)
	next := v.lang.Say("After you approve, everything is set up in time and you get the day-one pass when sign-in opens.")
	if v.offers(flows.Elevated) {
		next = v.lang.Say("After you approve, the rest goes on while elevated items wait for their approver. You get the day-one pass when sign-in opens.")
	}
	approve, reject := bound(v.Case, flows.VerbApprove, ""), bound(v.Case, flows.VerbReject, "")
	row := []action{
		press(v.lang.Say("Approve"), positive, approve),
		opens(v.lang.Say("Reject"), destructive,
			hint(v.lang.Say("This ends the case: no account is made. HR gets your reason.")),
			ask(inReason, v.lang.Say("Reason"), v.lang.Say("Why should nothing be set up?"), v.lang.Say("Say why, for HR.")),
			buttons(press(v.lang.Say("Reject now"), destructive, reject))),
	}
	if !v.openQuestion() {
		row = append(row, opens(v.lang.Say("Ask HR"), "",
			ask(inQuestion, v.lang.Say("Question for HR"), v.lang.Say("What do you need to know?"), v.lang.Say("Write your question.")),
			buttons(press(v.lang.Say("Send question"), positive, bound(v.Case, flows.VerbAsk, "")))))
	}
	if slices.ContainsFunc(v.Approval.Holders, func(p flows.Person) bool { return p.ID == v.reader }) { // a delegate gives it to nobody
		row = append(row, opens(v.lang.Say("Hand over"), "",
			hint(v.lang.Say("Somebody else decides instead of you.")),
			v.delegates(),
			buttons(press(v.lang.Say("Hand over now"), positive, bound(v.Case, flows.VerbHandOver, "")))))
	}
	return append(body, hint(next), buttons(row...))
}

// delegates is a search over the directory; those who would be asked next anyway stand on the list from the start.
func (v view) delegates() choiceSet {
	set := picker(v.lang, inDelegate, v.lang.Say("Who decides"), flows.Person{}, nil)
	set.IsRequired, set.ErrorMessage = true, v.lang.Say("Choose one person.")
	likely := append([]flows.Person{v.Facts.Fallback, v.Facts.Route, v.Event.Manager}, v.Approval.Former...)
	for _, s := range v.Plan.Steps {
		likely = append(likely, s.Approvers...)
	}
	for _, p := range likely {
		if p.ID != v.reader && p.Name != "" {
			set = set.with(v.lang, p)
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
		return v.lang.Say(". This was due on %s.", when(v.lang, a.Escalate, v.loc))
	}
	return v.lang.Say(" by %s.", when(v.lang, a.Escalate, v.loc))
}

// whyYou says to somebody other than the manager why they are asked, and to the manager who else is.
func (v view) whyYou() []block {
	others := slices.DeleteFunc(slices.Clone(v.Deciders()), func(p flows.Person) bool { return p.ID == v.reader })
	mine := slices.ContainsFunc(v.Approval.Holders, func(p flows.Person) bool { return p.ID == v.reader })
	switch from := v.delegators(); {
	case !mine && len(from) > 0:
		return []block{near(faint(v.lang.Say("You are asked in the place of %s, whom you stand in for. Either of you may decide.", people(v.lang, from, v.reader))))}
	case v.reader == v.Facts.Route.ID && v.Facts.RouteWhy != "":
		return []block{near(faint(v.Facts.RouteWhy))}
	case v.reader == v.Facts.Route.ID && v.Approval.Asking.Wider() && len(others) > 0:
		return []block{near(faint(v.lang.Say("Also put to %s, because there was no answer. Either of you may decide.", people(v.lang, others, v.reader))))}
	case len(v.Approval.Former) > 0 && !v.Approval.Asking.Wider():
		return []block{near(faint(v.lang.Say("Handed to you by %s.", v.Approval.Former[len(v.Approval.Former)-1].Name)))}
	case len(others) > 0:
		return []block{near(faint(v.lang.Say("You are asked because %s did not answer. Either of you may decide.", people(v.lang, others, v.reader))))}
	}
	return nil
}

// handedOver is what somebody sees who no longer holds the decision.
func (v view) handedOver() richText {
	line := v.lang.Say("The decision is with %s now.", either(v.lang, v.Deciders(), v.reader))
	for _, d := range v.Decisions {
		if d.By.ID == v.reader && strings.HasPrefix(d.What, "handed the decision to ") {
			line = v.lang.Say("You %s on %s.", d.What, when(v.lang, d.At, v.loc))
		}
	}
	return status(v.lang, markStopped.as(v.lang.Say("Handed over")), ran(line))
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
		runs := []run{ran("• " + cut(called(s), 90)), faint(" · " + kind(v.lang, s))}
		if s.Note != "" {
			runs = append(runs, faint(" · "+cut(s.Note, 120)))
		}
		rows = append(rows, near(runs...))
	}
	if len(all) == 0 {
		return nil
	}
	sum := names(v.lang, all, "and")
	if len(all) > 3 {
		sum = v.lang.Say("%s and %s", strings.Join(all[:3], ", "), count(v.lang, len(all)-3, v.lang.Say("more"), v.lang.Say("more")))
	}
	head := say(strong(v.lang.Say("Everybody gets ")), ran(sum+"."))
	if len(all) <= 3 {
		return []block{head}
	}
	head.Inlines = append(head.Inlines, faint(v.lang.Say(" ▾ Show all")))
	return folded("birthright", v.lang.Say("Show or hide what everybody gets"), head, rows...)
}

// offered are the boxes: the profile ticked, extras and elevated ones not.
func (v view) offered() []block {
	items := choiceSet{Type: "Input.ChoiceSet", ID: inItems, Label: v.lang.Say("Tick what is needed"), Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: []choice{}}
	elevated := choiceSet{Type: "Input.ChoiceSet", ID: inElevated, Label: v.lang.Say("Elevated: each also needs an approver"), Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: []choice{}}
	var ticks []string
	var extras []choice
	for _, s := range v.Plan.Steps {
		c := choice{cut(itemTitle(v.lang, s), 160*v.room/100), choiceOf(s.Key)}
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
		out = append(out, hint(v.lang.Say("Nothing further is offered for this job.")))
	}
	return out
}

func (v view) offers(want flows.Choice) bool {
	return slices.ContainsFunc(v.Plan.Steps, func(s flows.Step) bool { return s.Choice == want })
}

// itemTitle is an item with what one needs to know to decide: what it is, whether it is extra or needs somebody else, whether a seat is free.
func itemTitle(lang texts.Language, s flows.Step) string {
	parts := []string{plain(called(s))}
	if k := kind(lang, s); k != "" {
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
		also := lang.Say("an approver")
		if len(who) > 0 {
			also = strings.Join(who, lang.Say(" or "))
		}
		parts = append(parts, lang.Say("also needs %s", plain(also)))
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
		out = append(out, near(strong(v.lang.Say("%s asked HR ", capital(v.lang, you(v.lang, q.By, v.reader)))), quote(q.Text)))
		if q.Answer.At.IsZero() {
			out = append(out, near(markWaiting.run(v.lang), faint(v.lang.Say(" for HR's answer"))))
		} else {
			out = append(out, near(strong(v.lang.Say("%s answered ", capital(v.lang, you(v.lang, q.Answer.Person, v.reader)))), quote(q.Answer.Note), faint(" "+when(v.lang, q.Answer.At, v.loc))))
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
	head := near(strong(v.lang.Say("Chosen ")), ran(v.lang.Say("nothing beyond what everybody gets.")))
	if len(all) > 0 {
		head = near(strong(v.lang.Say("Chosen ")), ran(cut(names(v.lang, all, "and"), 1500)+"."))
	}
	return append([]block{head}, append(out, hint(v.nextTime()))...)
}

// signed is one elevated item with its sign-off.
func (v view) signed(s stage) richText {
	so := v.SignOffs[s.Step.Key]
	name := strong(cut(called(s.Step), 90))
	switch so.State {
	case "approved":
		return near(markDone.as(v.lang.Say("Signed off")).run(v.lang), ran(" "), name, ran(v.lang.Say(" by %s on %s", you(v.lang, so.By, v.reader), when(v.lang, so.At, v.loc))))
	case "rejected":
		return near(markStopped.as(v.lang.Say("Refused")).run(v.lang), ran(" "), name, ran(v.lang.Say(" by %s on %s: ", you(v.lang, so.By, v.reader), when(v.lang, so.At, v.loc))), quote(so.Reason))
	}
	if s.st.State.Over() || v.Over() {
		return near(markStopped.run(v.lang), ran(" "), name, faint(v.lang.Say(" without a sign-off")))
	}
	return near(markWaiting.as(v.lang.Say("Waiting for sign-off")).run(v.lang), ran(" "), name, ran(v.lang.Say(" by %s", either(v.lang, v.Signing(s.Step), v.reader))))
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
		return v.lang.Say("None of the steps was done.")
	}
	said := v.lang.Say("Steps: %s.", t.text(v.lang))
	if v.Over() {
		return said
	}
	if due > 0 {
		said += v.lang.Say(" %s due now.", capital(v.lang, count(v.lang, due, v.lang.Say("is"), v.lang.Say("are"))))
	}
	if !next.IsZero() {
		said += v.lang.Say(" The next is due on %s.", when(v.lang, next, v.loc))
	}
	return said
}
