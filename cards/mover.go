package cards

import (
	"slices"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// The ids of inputs that only the cards of a move have, beside flows.UntilInput with the key of a step behind it.
const (
	inDrop       = "drop"        // keys of the steps for what goes besides, separated by commas
	inKeepReason = "keep_reason" // why something is kept
	inUntil      = "until"       // the new end of something that is kept

	fieldHandover = "handover_days"
)

var moverFields = []string{fieldSubject, fieldJob, fieldManager, fieldStart, fieldEnd, fieldHandover, fieldSite, fieldCostCentre, fieldNotes}

// mover reports whether the case is about somebody who changes jobs.
func (v view) mover() bool { return v.Event.Kind == flows.MoverEvent }

// moverStory is the first line about somebody who changes jobs.
func (v view) moverStory() string {
	e := v.Event
	name := cut(visible(e.Name()), 120)
	if name == "" {
		name = v.lang.Say("Somebody")
	}
	over := past(e.Start, v.now, v.loc)
	verb := v.lang.Say(" moves")
	switch {
	case e.End != "" && v.State == flows.Stopped:
		verb = v.lang.Say(" was to be seconded")
	case e.End != "" && past(e.End, v.now, v.loc):
		verb = v.lang.Say(" was seconded")
	case e.End != "":
		verb = v.lang.Say(" is seconded")
	case v.State == flows.Stopped:
		verb = v.lang.Say(" was to move")
	case v.State == flows.Done || over:
		verb = v.lang.Say(" moved")
	}
	s := name + verb
	if e.Job != "" {
		s += v.lang.Say(" to %s", visible(e.Job))
	}
	if e.Site != "" {
		s += v.lang.Say(" in %s", visible(e.Site))
	}
	if e.End != "" {
		return v.lang.Say("%s from %s until %s.", s, date(v.lang, e.Start), date(v.lang, e.End))
	}
	if e.Start != "" {
		s += v.lang.Say(" on %s", date(v.lang, e.Start))
	}
	return s + "."
}

// moverDates are the times that matter to those who decide.
func (v view) moverDates() factSet {
	var change, goes time.Time
	for _, s := range v.Plan.Steps {
		switch {
		case s.Phase != "":
		case s.Choice == flows.Going || s.Choice == flows.Undecided:
			at := s.Due
			if s.Exception != nil {
				at = s.Exception.Normal
			}
			if at.After(goes) {
				goes = at
			}
		case s.Task != flows.Manual && (change.IsZero() || s.Due.Before(change)): // people prepare before
			change = s.Due
		}
	}
	day := fact{v.lang.Say("Change"), when(v.lang, change, v.loc)}
	if change.IsZero() {
		day.Value = date(v.lang, v.Event.Start)
	}
	if goes.Equal(change) {
		goes = time.Time{}
	}
	return facts(day, fact{v.lang.Say("Old access goes"), when(v.lang, goes, v.loc)}, fact{v.lang.Say("Secondment ends"), date(v.lang, v.Event.End)})
}

// bosses are the two managers of a move.
func (v view) bosses() []block {
	out := []block{person(v.lang.Say("New manager"), v.Event.Manager.Name)}
	if old := v.Facts.Releasing; old.Name != "" && !v.Facts.Joint {
		out = append(out, person(v.lang.Say("What goes is decided by"), old.Name))
	} else if v.Facts.Joint {
		out = append(out, person(v.lang.Say("Decides on both"), v.Facts.Route.Name))
	}
	return out
}

// row is one line of the diff: what, then why in a line of its own, so that it reads in a narrow column.
func row(sign, color, what, why string) []block {
	icon := strong(sign + " ")
	icon.Color = color
	out := []block{near(icon, ran(cut(what, 60)))}
	if why != "" {
		small := faint(cut(why, 110))
		small.Size = "Small"
		line := say(small)
		line.Spacing = "None"
		out = append(out, line)
	}
	return out
}

// mostDiff is how many rows a column of the diff has.
const mostDiff = 12

// diff is the move in two columns: what stays and comes, and what goes.
func (v view) diff() columnSet {
	most := max(3, mostDiff*v.room/100)
	rows := func(title string, n int, one func(i int) []block) []block {
		out := []block{label(title)}
		for i := range min(n, most) {
			out = append(out, one(i)...)
		}
		if n == 0 {
			out = append(out, hint(v.lang.Say("Nothing.")))
		}
		if n > most {
			out = append(out, hint(v.lang.Say("And %s.", count(v.lang, n-most, v.lang.Say("more"), v.lang.Say("more")))))
		}
		return out
	}
	var comes, goes []flows.Step
	for _, s := range v.Plan.Steps {
		switch {
		case s.Phase != "":
		case s.Choice == flows.Going || s.Task == flows.RuleLetsGo || s.Choice == flows.Undecided && v.May != "":
			goes = append(goes, s)
		case s.Choice != flows.Undecided && entitlement(s) && s.Key != "attributes" && s.Key != "manager":
			comes = append(comes, s)
		}
	}
	keep := v.Plan.Keep
	left := rows(v.lang.Say("Stays"), len(keep), func(i int) []block { return row("=", "", keep[i].Name, keep[i].Why) })
	left = append(left, rows(v.lang.Say("Comes"), len(comes), func(i int) []block {
		s := comes[i]
		why := s.Why
		switch {
		case s.Choice == flows.Extra:
			why += v.lang.Say(", if ticked")
		case s.Choice == flows.Elevated:
			why += v.lang.Say(", if ticked and signed off")
		}
		return row("+", "Good", called(s), why)
	})...)
	right := rows(v.lang.Say("Goes"), len(goes), func(i int) []block { return row("−", "Warning", called(goes[i]), v.goesWhy(goes[i])) })
	return columnSet{Type: "ColumnSet", Spacing: "Medium", Columns: []column{{Type: "Column", Width: "stretch", Items: left}, {Type: "Column", Width: "stretch", Items: right}}}
}

// goesWhy says why and when something goes.
func (v view) goesWhy(s flows.Step) string {
	why := s.Why
	if s.Exception != nil && v.Kept(s) {
		return v.lang.Say("kept until %s: %s", date(v.lang, s.Exception.Until), visible(s.Exception.Reason))
	}
	if s.Exception != nil && v.May != "" {
		return v.lang.Say("%s, unless it is signed off", why)
	}
	if s.Task == flows.RuleLetsGo {
		return v.lang.Say("its rule lets go")
	}
	return why + " · " + date(v.lang, flows.DateOf(v.Due(s).In(v.loc)))
}

// keepInputs are the choice of the one who decides what goes: a date beside each item that goes, why, and what of the undecided goes too.
func (v view) keepInputs(of func(flows.Step) bool) []block {
	var dates []block
	drop := choiceSet{Type: "Input.ChoiceSet", ID: inDrop, Label: v.lang.Say("In no profile: tick what is not needed any more"), Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: []choice{}}
	for _, s := range v.Plan.Steps {
		switch {
		case !of(s):
		case s.Choice == flows.Going && s.Task != flows.RuleLetsGo:
			title := v.lang.Say("Keep %s until", plain(called(s)))
			if s.Guarded {
				title += v.lang.Say(" (an approver must agree)")
			}
			dates = append(dates, dateInput{Type: "Input.Date", ID: flows.UntilInput + string(s.Key), Label: title})
		case s.Choice == flows.Undecided:
			drop.Choices = append(drop.Choices, choice{plain(called(s)) + " · " + cut(s.Why, 80), choiceOf(s.Key)})
		}
	}
	var out []block
	if len(dates) > 0 {
		out = append(out, label(v.lang.Say("Still needed for a while?")), hint(v.lang.Say("What has no date goes on its day.")))
		out = append(out, dates...)
		out = append(out, textInput{Type: "Input.Text", ID: inKeepReason, Label: v.lang.Say("Why it is kept (needed with a date)"), Placeholder: v.lang.Say("Such as: closes the year with the old team"), MaxLength: 500, IsMultiline: true})
	}
	if len(drop.Choices) > 0 {
		out = append(out, drop)
	}
	return out
}

// openMover is the card of the receiving manager: what comes. It is that of the releasing one as well when both are one person.
func (v view) openMover() []block {
	what := v.lang.Say("Confirm what %s needs in the new job", v.given())
	if v.Release.Joint {
		what = v.lang.Say("Confirm what %s needs in the new job, and what goes", v.given())
	}
	body := []block{status(v.lang, markWaiting.as(v.lang.Say("Waiting for you")), ran(what+v.by(v.Approval.Asking)))}
	body = append(body, v.whyYou()...)
	body = append(body, person(v.lang.Say("Asked for by"), v.Raised.Person.Name))
	body = append(body, v.bosses()...)
	if v.Event.Notes != "" {
		body = append(body, near(faint(v.lang.Say("Notes ")), quote(v.Event.Notes)))
	}
	body = append(body, v.moverDates())
	body = append(body, v.questions()...)
	body = append(body, v.diff())
	body = append(body, v.offered()...)
	next := near(faint(v.lang.Say("Nothing changes before the day. What goes is decided by %s.", v.Facts.Releasing.Name)))
	if v.Release.Joint {
		body = append(body, v.keepInputs(func(flows.Step) bool { return true })...)
		next = near(faint(v.lang.Say("Nothing changes before the day. What comes is there first, then the rest goes.")))
	}
	row := []action{
		press(v.lang.Say("Approve"), positive, bound(v.Case, flows.VerbApprove, "")),
		opens(v.lang.Say("Reject"), destructive,
			hint(v.lang.Say("This ends the case: nothing changes. HR gets your reason.")),
			ask(inReason, v.lang.Say("Reason"), v.lang.Say("Why should there be no move?"), v.lang.Say("Say why, for HR.")),
			buttons(press(v.lang.Say("Reject now"), destructive, bound(v.Case, flows.VerbReject, "")))),
	}
	if !v.openQuestion() {
		row = append(row, opens(v.lang.Say("Ask HR"), "",
			ask(inQuestion, v.lang.Say("Question for HR"), v.lang.Say("What do you need to know?"), v.lang.Say("Write your question.")),
			buttons(press(v.lang.Say("Send question"), positive, bound(v.Case, flows.VerbAsk, "")))))
	}
	row = append(row, opens(v.lang.Say("Hand over"), "",
		hint(v.lang.Say("Somebody else decides instead of you.")),
		v.delegates(),
		buttons(press(v.lang.Say("Hand over now"), positive, bound(v.Case, flows.VerbHandOver, "")))))
	return append(body, next, buttons(row...))
}

// release is the card of the releasing manager: what goes, and what is kept until when. After a silence it is that of the approvers whom
// items were left to.
func (v view) release() []block {
	body := []block{headline(v.story())}
	mine := func(s flows.Step) bool { return true }
	end, stopped := v.ended()
	asked := v.lang.Say("Say what %s still needs from the old job, by %s.", v.given(), when(v.lang, v.Release.Asking.Escalate, v.loc))
	switch r := v.Release; {
	case stopped:
		return append(body, end, hint(v.lang.Say("No decision is needed any more.")))
	case r.State == "released":
		body = append(body, v.decided(markDone.as(v.lang.Say("Decided")), r.By, r.At))
		return append(body, v.diff(), hint(v.lang.Say("What is kept goes by itself on its last day; you are asked before.")))
	case r.State == "silent" && slices.ContainsFunc(v.Plan.Steps, v.leftToReader):
		mine = v.leftToReader
		asked = v.lang.Say("The old manager did not answer. Say what of this %s still needs, by %s, or it goes.", v.given(), when(v.lang, r.LeftBy, v.loc))
	case r.State == "silent":
		body = append(body, status(v.lang, markStopped.as(v.lang.Say("No answer")), ran(v.lang.Say("There was no answer by %s, so what goes with the old job goes at its time.", when(v.lang, r.At, v.loc)))))
		return append(body, v.diff(), hint(v.lang.Say("Ask HR if something is still needed.")))
	case !slices.ContainsFunc(v.Releasers(), func(p flows.Person) bool { return p.ID == v.reader }):
		return append(body, status(v.lang, markStopped.as(v.lang.Say("Not with you")), ran(v.lang.Say("The decision is with %s.", either(v.lang, v.Releasers(), v.reader)))), hint(v.lang.Say("You need not do anything.")))
	}
	body = append(body, status(v.lang, markWaiting.as(v.lang.Say("Waiting for you")), ran(asked)))
	if v.Facts.ReleasingWhy != "" && v.reader == v.Facts.Releasing.ID {
		body = append(body, near(faint(v.Facts.ReleasingWhy)))
	}
	body = append(body, person(v.lang.Say("Asked for by"), v.Raised.Person.Name), person(v.lang.Say("New manager"), v.Event.Manager.Name), v.moverDates(), v.diff())
	body = append(body, v.keepInputs(mine)...)
	next := v.lang.Say("Without an answer all that goes with the old job goes at its time. What you keep ends by itself, and you are asked before.")
	return append(body, hint(next), buttons(press(v.lang.Say("Confirm what goes"), positive, bound(v.Case, flows.VerbRelease, ""))))
}

// leftToReader reports whether silence left a step to the reader.
func (v view) leftToReader(s flows.Step) bool {
	return slices.Contains(v.Release.Left, s.Key) && slices.ContainsFunc(v.Signing(s), func(p flows.Person) bool { return p.ID == v.reader })
}

// kept is the card of somebody who keeps something, shortly before its end.
func (v view) kept() []block {
	s := v.stage
	x := s.Exception
	if x == nil {
		return []block{headline(v.story()), status(v.lang, markStopped, ran(v.lang.Say("This is not kept any more.")))}
	}
	name := cut(called(s.Step), 80)
	body := []block{headline(v.lang.Say("%s keeps %s until %s.", visible(v.Event.Name()), name, date(v.lang, x.Until)))}
	end, stopped := v.ended()
	switch {
	case stopped:
		return append(body, end)
	case s.st.State.Over():
		return append(body, status(v.lang, s.look(v.lang, v.Case, v.now), ran(v.lang.Say("It went on %s.", when(v.lang, s.st.At, v.loc)))))
	case s.st.By.ID != "":
		return append(body, v.decided(markDone.as(v.lang.Say("Ends as agreed")), s.st.By, s.st.At))
	case !s.st.Asked || !v.Kept(s.Step):
		return append(body, status(v.lang, markDone.as(v.lang.Say("Kept")), ran(v.lang.Say("until %s. You are asked again before that.", date(v.lang, x.Until)))))
	case v.Keeper(s.Step).ID != v.reader:
		return append(body, status(v.lang, markStopped.as(v.lang.Say("Not with you")), ran(v.lang.Say("The question is with %s.", you(v.lang, v.Keeper(s.Step), v.reader)))), hint(v.lang.Say("You need not do anything.")))
	}
	body = append(body, status(v.lang, markWaiting.as(v.lang.Say("Waiting for you")), ran(v.lang.Say("Is it still needed? Without an answer it goes on %s.", when(v.lang, s.Due, v.loc)))),
		near(faint(v.lang.Say("Kept because ")), quote(x.Reason)), person(v.lang.Say("Decided by"), x.By.Name))
	longer := []block{
		hint(v.lang.Say("It goes by itself on the new last day.")),
		dateInput{Type: "Input.Date", ID: inUntil, Label: v.lang.Say("Keep it until"), IsRequired: true, ErrorMessage: v.lang.Say("Choose the new last day."), Value: ""},
		ask(inReason, v.lang.Say("Reason"), v.lang.Say("Why is it still needed?"), v.lang.Say("Say why it is still needed.")),
	}
	if s.Guarded {
		longer = append(longer, hint(v.lang.Say("An approver must agree; until then the old last day stands.")))
	}
	longer = append(longer, buttons(press(v.lang.Say("Keep until then"), positive, bound(v.Case, flows.VerbExtend, s.Step.Key))))
	return append(body, buttons(
		alone(press(v.lang.Say("Let it end"), positive, bound(v.Case, flows.VerbLetEnd, s.Step.Key))),
		opens(v.lang.Say("Keep longer"), "", longer...)))
}

// comeBack is the card of both managers before a secondment ends: what goes, what comes back.
func (v view) comeBack() []block {
	body := []block{headline(v.lang.Say("The secondment of %s ends on %s.", visible(v.Event.Name()), date(v.lang, v.Event.End)))}
	end, stopped := v.ended()
	at := slices.IndexFunc(v.ComeBack.By, func(b flows.By) bool { return b.Person.ID == v.reader })
	open := false
	switch {
	case stopped:
		return append(body, end)
	case v.ComeBack.Agreed:
		body = append(body, status(v.lang, markDone.as(v.lang.Say("Confirmed")), ran(v.lang.Say("The old access comes back."))))
	case at >= 0:
		body = append(body, v.decided(markDone.as(v.lang.Say("Confirmed")), v.ComeBack.By[at].Person, v.ComeBack.By[at].At), hint(v.lang.Say("The other manager is asked as well.")))
	default:
		open = true
		body = append(body, status(v.lang, markWaiting.as(v.lang.Say("Waiting for you")), ran(v.lang.Say("Confirm that the old access comes back%s", v.by(v.ComeBack.Asking)))))
	}
	var goes, back []string
	for _, s := range stages(v.Case) {
		switch {
		case s.Phase == flows.Ends:
			goes = append(goes, cut(called(s.Step), 60))
		case s.Phase == flows.Back && s.st.State != flows.StepAbandoned:
			back = append(back, cut(called(s.Step), 60))
		}
	}
	list := func(title, none string, all []string, sign, color string) []block {
		out := []block{label(title)}
		for _, name := range all[:min(len(all), mostDiff)] {
			out = append(out, row(sign, color, name, "")...)
		}
		if n := len(all) - mostDiff; n > 0 {
			out = append(out, hint(v.lang.Say("And %s.", count(v.lang, n, v.lang.Say("more"), v.lang.Say("more")))))
		}
		if len(all) == 0 {
			out = append(out, hint(none))
		}
		return out
	}
	body = append(body, columnSet{Type: "ColumnSet", Spacing: "Medium", Columns: []column{
		{Type: "Column", Width: "stretch", Items: list(v.lang.Say("Comes back"), v.lang.Say("Nothing."), back, "+", "Good")},
		{Type: "Column", Width: "stretch", Items: list(v.lang.Say("Goes"), v.lang.Say("Nothing."), goes, "−", "Warning")},
	}})
	var done []string
	for _, b := range v.ComeBack.By {
		done = append(done, you(v.lang, b.Person, v.reader))
	}
	if len(done) > 0 {
		body = append(body, near(faint(v.lang.Say("Confirmed by ")), strong(strings.Join(done, v.lang.Say(" and ")))))
	}
	if !open {
		return body
	}
	return append(body, hint(v.lang.Say("What came with the secondment goes on its last day in any case. The old access comes back only when both managers confirm.")),
		buttons(press(v.lang.Say("Confirm the return"), positive, bound(v.Case, flows.VerbComeBack, ""))))
}

// moverSummary asks HR to confirm a move: the sentence in plain words, what people should know, and the diff.
func moverSummary(lang texts.Language, d flows.Draft, v view, first string) []block {
	mine := len(d.Confirmers) == 0 || slices.ContainsFunc(d.Confirmers, func(p flows.Person) bool { return p.ID == v.reader })
	body := []block{headline(first)}
	switch {
	case !mine:
		body = append(body, status(lang, markWaiting.as(lang.Say("With %s", people(lang, d.Confirmers, v.reader))), ran(lang.Say("This is about you, so somebody else confirms it. Nothing happens before that."))))
	case len(d.Confirmers) > 0:
		body = append(body, status(lang, markWaiting.as(lang.Say("Waiting for you")), ran(lang.Say("%s wrote this about their own job, so you are asked to confirm it.", d.By.Name))))
	default:
		body = append(body, status(lang, markWaiting.as(lang.Say("Waiting for you")), ran(lang.Say("Confirm that this is right. Only then are the managers asked."))))
	}
	body = append(body, v.account())
	for _, w := range d.Warnings {
		body = append(body, warning(lang, w))
	}
	if d.Facts.OldJob != "" {
		body = append(body, person(lang.Say("Job so far"), d.Facts.OldJob))
	}
	body = append(body, v.bosses()...)
	if d.Event.CostCentre != "" {
		body = append(body, person(lang.Say("Cost centre"), d.Event.CostCentre))
	}
	if d.Event.Notes != "" {
		body = append(body, near(faint(lang.Say("Notes ")), quote(d.Event.Notes)))
	}
	body = append(body, v.moverDates(), v.diff())
	var open []string
	for _, s := range d.Plan.Steps {
		if s.Choice == flows.Undecided {
			open = append(open, cut(called(s), 60))
		}
	}
	if len(open) > 0 {
		body = append(body, near(faint(lang.Say("In no profile, so the releasing manager decides: ")), ran(some(lang, open, 8, "and")+".")))
	}
	switch {
	case !mine:
		return append(body, buttons(press(lang.Say("Change"), "", draftData(d, flows.VerbChange)), press(lang.Say("Cancel"), "", draftData(d, flows.VerbWithdraw))))
	case len(d.Confirmers) > 0:
		b := draftData(d, flows.VerbConfirm)
		b.Plan = string(d.Plan.Hash())
		return append(body, buttons(press(lang.Say("Confirm"), positive, b), press(lang.Say("Refuse"), destructive, draftData(d, flows.VerbWithdraw))))
	}
	return append(body, confirmButtons(lang, d, positive))
}
