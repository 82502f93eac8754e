package cards

import (
	"slices"
	"strings"
	"time"

	"muster/flows"
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
		name = "Somebody"
	}
	over := past(e.Start, v.now, v.loc)
	verb := " moves"
	switch {
	case e.End != "" && v.State == flows.Stopped:
		verb = " was to be seconded"
	case e.End != "" && past(e.End, v.now, v.loc):
		verb = " was seconded"
	case e.End != "":
		verb = " is seconded"
	case v.State == flows.Stopped:
		verb = " was to move"
	case v.State == flows.Done || over:
		verb = " moved"
	}
	s := name + verb
	if e.Job != "" {
		s += " to " + visible(e.Job)
	}
	if e.Site != "" {
		s += " in " + visible(e.Site)
	}
	if e.End != "" {
		return s + " from " + e.Start.Say() + " until " + e.End.Say() + "."
	}
	if e.Start != "" {
		s += " on " + e.Start.Say()
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
	day := fact{"Change", when(change, v.loc)}
	if change.IsZero() {
		day.Value = v.Event.Start.Say()
	}
	if goes.Equal(change) {
		goes = time.Time{}
	}
	return facts(day, fact{"Old access goes", when(goes, v.loc)}, fact{"Secondment ends", v.Event.End.Say()})
}

// bosses are the two managers of a move.
func (v view) bosses() []block {
	out := []block{person("New manager", v.Event.Manager.Name)}
	if old := v.Facts.Releasing; old.Name != "" && !v.Facts.Joint {
		out = append(out, person("What goes is decided by", old.Name))
	} else if v.Facts.Joint {
		out = append(out, person("Decides on both", v.Facts.Route.Name))
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
			out = append(out, hint("Nothing."))
		}
		if n > most {
			out = append(out, hint("And "+count(n-most, "more", "more")+"."))
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
	left := rows("Stays", len(keep), func(i int) []block { return row("=", "", keep[i].Name, keep[i].Why) })
	left = append(left, rows("Comes", len(comes), func(i int) []block {
		s := comes[i]
		why := s.Why
		switch {
		case s.Choice == flows.Extra:
			why += ", if ticked"
		case s.Choice == flows.Elevated:
			why += ", if ticked and signed off"
		}
		return row("+", "Good", called(s), why)
	})...)
	right := rows("Goes", len(goes), func(i int) []block { return row("−", "Warning", called(goes[i]), v.goesWhy(goes[i])) })
	return columnSet{Type: "ColumnSet", Spacing: "Medium", Columns: []column{{Type: "Column", Width: "stretch", Items: left}, {Type: "Column", Width: "stretch", Items: right}}}
}

// goesWhy says why and when something goes.
func (v view) goesWhy(s flows.Step) string {
	why := s.Why
	if s.Exception != nil && v.Kept(s) {
		return "kept until " + s.Exception.Until.Say() + ": " + visible(s.Exception.Reason)
	}
	if s.Exception != nil && v.May != "" {
		return why + ", unless it is signed off"
	}
	if s.Task == flows.RuleLetsGo {
		return "its rule lets go"
	}
	return why + " · " + flows.DateOf(v.Due(s).In(v.loc)).Say()
}

// keepInputs are the choice of the one who decides what goes: a date beside each item that goes, why, and what of the undecided goes too.
func (v view) keepInputs(of func(flows.Step) bool) []block {
	var dates []block
	drop := choiceSet{Type: "Input.ChoiceSet", ID: inDrop, Label: "In no profile: tick what is not needed any more", Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: []choice{}}
	for _, s := range v.Plan.Steps {
		switch {
		case !of(s):
		case s.Choice == flows.Going && s.Task != flows.RuleLetsGo:
			title := "Keep " + plain(called(s)) + " until"
			if s.Guarded {
				title += " (an approver must agree)"
			}
			dates = append(dates, dateInput{Type: "Input.Date", ID: flows.UntilInput + string(s.Key), Label: title})
		case s.Choice == flows.Undecided:
			drop.Choices = append(drop.Choices, choice{plain(called(s)) + " · " + cut(s.Why, 80), choiceOf(s.Key)})
		}
	}
	var out []block
	if len(dates) > 0 {
		out = append(out, label("Still needed for a while?"), hint("What has no date goes on its day."))
		out = append(out, dates...)
		out = append(out, textInput{Type: "Input.Text", ID: inKeepReason, Label: "Why it is kept (needed with a date)", Placeholder: "Such as: closes the year with the old team", MaxLength: 500, IsMultiline: true})
	}
	if len(drop.Choices) > 0 {
		out = append(out, drop)
	}
	return out
}

// openMover is the card of the receiving manager: what comes. It is that of the releasing one as well when both are one person.
func (v view) openMover() []block {
	what := "Confirm what " + v.given() + " needs in the new job"
	if v.Release.Joint {
		what = "Confirm what " + v.given() + " needs in the new job, and what goes"
	}
	body := []block{status(markWaiting.as("Waiting for you"), ran(what+v.by(v.Approval.Asking)))}
	body = append(body, v.whyYou()...)
	body = append(body, person("Asked for by", v.Raised.Person.Name))
	body = append(body, v.bosses()...)
	if v.Event.Notes != "" {
		body = append(body, near(faint("Notes "), quote(v.Event.Notes)))
	}
	body = append(body, v.moverDates())
	body = append(body, v.questions()...)
	body = append(body, v.diff())
	body = append(body, v.offered()...)
	next := near(faint("Nothing changes before the day. What goes is decided by " + v.Facts.Releasing.Name + "."))
	if v.Release.Joint {
		body = append(body, v.keepInputs(func(flows.Step) bool { return true })...)
		next = near(faint("Nothing changes before the day. What comes is there first, then the rest goes."))
	}
	row := []action{
		press("Approve", positive, bound(v.Case, flows.VerbApprove, "")),
		opens("Reject", destructive,
			hint("This ends the case: nothing changes. HR gets your reason."),
			ask(inReason, "Reason", "Why should there be no move?", "Say why, for HR."),
			buttons(press("Reject now", destructive, bound(v.Case, flows.VerbReject, "")))),
	}
	if !v.openQuestion() {
		row = append(row, opens("Ask HR", "",
			ask(inQuestion, "Question for HR", "What do you need to know?", "Write your question."),
			buttons(press("Send question", positive, bound(v.Case, flows.VerbAsk, "")))))
	}
	row = append(row, opens("Hand over", "",
		hint("Somebody else decides instead of you."),
		v.delegates(),
		buttons(press("Hand over now", positive, bound(v.Case, flows.VerbHandOver, "")))))
	return append(body, next, buttons(row...))
}

// release is the card of the releasing manager: what goes, and what is kept until when. After a silence it is that of the approvers whom
// items were left to.
func (v view) release() []block {
	body := []block{headline(v.story())}
	mine := func(s flows.Step) bool { return true }
	end, stopped := v.ended()
	asked := "Say what " + v.given() + " still needs from the old job, by " + when(v.Release.Asking.Escalate, v.loc) + "."
	switch r := v.Release; {
	case stopped:
		return append(body, end, hint("No decision is needed any more."))
	case r.State == "released":
		body = append(body, v.decided(markDone.as("Decided"), r.By, r.At))
		return append(body, v.diff(), hint("What is kept goes by itself on its last day; you are asked before."))
	case r.State == "silent" && slices.ContainsFunc(v.Plan.Steps, v.leftToReader):
		mine = v.leftToReader
		asked = "The old manager did not answer. Say what of this " + v.given() + " still needs, by " + when(r.LeftBy, v.loc) + ", or it goes."
	case r.State == "silent":
		body = append(body, status(markStopped.as("No answer"), ran("There was no answer by "+when(r.At, v.loc)+", so what goes with the old job goes at its time.")))
		return append(body, v.diff(), hint("Ask HR if something is still needed."))
	case !slices.ContainsFunc(v.Releasers(), func(p flows.Person) bool { return p.ID == v.reader }):
		return append(body, status(markStopped.as("Not with you"), ran("The decision is with "+either(v.Releasers(), v.reader)+".")), hint("You need not do anything."))
	}
	body = append(body, status(markWaiting.as("Waiting for you"), ran(asked)))
	if v.Facts.ReleasingWhy != "" && v.reader == v.Facts.Releasing.ID {
		body = append(body, near(faint(v.Facts.ReleasingWhy)))
	}
	body = append(body, person("Asked for by", v.Raised.Person.Name), person("New manager", v.Event.Manager.Name), v.moverDates(), v.diff())
	body = append(body, v.keepInputs(mine)...)
	next := "Without an answer all that goes with the old job goes at its time. What you keep ends by itself, and you are asked before."
	return append(body, hint(next), buttons(press("Confirm what goes", positive, bound(v.Case, flows.VerbRelease, ""))))
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
		return []block{headline(v.story()), status(markStopped, ran("This is not kept any more."))}
	}
	name := cut(called(s.Step), 80)
	body := []block{headline(visible(v.Event.Name()) + " keeps " + name + " until " + x.Until.Say() + ".")}
	end, stopped := v.ended()
	switch {
	case stopped:
		return append(body, end)
	case s.st.State.Over():
		return append(body, status(s.look(v.Case, v.now), ran("It went on "+when(s.st.At, v.loc)+".")))
	case s.st.By.ID != "":
		return append(body, v.decided(markDone.as("Ends as agreed"), s.st.By, s.st.At))
	case !s.st.Asked || !v.Kept(s.Step):
		return append(body, status(markDone.as("Kept"), ran("until "+x.Until.Say()+". You are asked again before that.")))
	case v.Keeper(s.Step).ID != v.reader:
		return append(body, status(markStopped.as("Not with you"), ran("The question is with "+you(v.Keeper(s.Step), v.reader)+".")), hint("You need not do anything."))
	}
	body = append(body, status(markWaiting.as("Waiting for you"), ran("Is it still needed? Without an answer it goes on "+when(s.Due, v.loc)+".")),
		near(faint("Kept because "), quote(x.Reason)), person("Decided by", x.By.Name))
	longer := []block{
		hint("It goes by itself on the new last day."),
		dateInput{Type: "Input.Date", ID: inUntil, Label: "Keep it until", IsRequired: true, ErrorMessage: "Choose the new last day.", Value: ""},
		ask(inReason, "Reason", "Why is it still needed?", "Say why it is still needed."),
	}
	if s.Guarded {
		longer = append(longer, hint("An approver must agree; until then the old last day stands."))
	}
	longer = append(longer, buttons(press("Keep until then", positive, bound(v.Case, flows.VerbExtend, s.Step.Key))))
	return append(body, buttons(
		alone(press("Let it end", positive, bound(v.Case, flows.VerbLetEnd, s.Step.Key))),
		opens("Keep longer", "", longer...)))
}

// comeBack is the card of both managers before a secondment ends: what goes, what comes back.
func (v view) comeBack() []block {
	body := []block{headline("The secondment of " + visible(v.Event.Name()) + " ends on " + v.Event.End.Say() + ".")}
	end, stopped := v.ended()
	at := slices.IndexFunc(v.ComeBack.By, func(b flows.By) bool { return b.Person.ID == v.reader })
	open := false
	switch {
	case stopped:
		return append(body, end)
	case v.ComeBack.Agreed:
		body = append(body, status(markDone.as("Confirmed"), ran("The old access comes back.")))
	case at >= 0:
		body = append(body, v.decided(markDone.as("Confirmed"), v.ComeBack.By[at].Person, v.ComeBack.By[at].At), hint("The other manager is asked as well."))
	default:
		open = true
		body = append(body, status(markWaiting.as("Waiting for you"), ran("Confirm that the old access comes back"+v.by(v.ComeBack.Asking))))
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
			out = append(out, hint("And "+count(n, "more", "more")+"."))
		}
		if len(all) == 0 {
			out = append(out, hint(none))
		}
		return out
	}
	body = append(body, columnSet{Type: "ColumnSet", Spacing: "Medium", Columns: []column{
		{Type: "Column", Width: "stretch", Items: list("Comes back", "Nothing.", back, "+", "Good")},
		{Type: "Column", Width: "stretch", Items: list("Goes", "Nothing.", goes, "−", "Warning")},
	}})
	var done []string
	for _, b := range v.ComeBack.By {
		done = append(done, you(b.Person, v.reader))
	}
	if len(done) > 0 {
		body = append(body, near(faint("Confirmed by "), strong(strings.Join(done, " and "))))
	}
	if !open {
		return body
	}
	return append(body, hint("What came with the secondment goes on its last day in any case. The old access comes back only when both managers confirm."),
		buttons(press("Confirm the return", positive, bound(v.Case, flows.VerbComeBack, ""))))
}

// moverSummary asks HR to confirm a move: the sentence in plain words, what people should know, and the diff.
func moverSummary(d flows.Draft, v view, first string) []block {
	mine := len(d.Confirmers) == 0 || slices.ContainsFunc(d.Confirmers, func(p flows.Person) bool { return p.ID == v.reader })
	body := []block{headline(first)}
	switch {
	case !mine:
		body = append(body, status(markWaiting.as("With "+people(d.Confirmers, v.reader)), ran("This is about you, so somebody else confirms it. Nothing happens before that.")))
	case len(d.Confirmers) > 0:
		body = append(body, status(markWaiting.as("Waiting for you"), ran(d.By.Name+" wrote this about their own job, so you are asked to confirm it.")))
	default:
		body = append(body, status(markWaiting.as("Waiting for you"), ran("Confirm that this is right. Only then are the managers asked.")))
	}
	body = append(body, v.account())
	for _, w := range d.Warnings {
		body = append(body, warning(w))
	}
	if d.Facts.OldJob != "" {
		body = append(body, person("Job so far", d.Facts.OldJob))
	}
	body = append(body, v.bosses()...)
	if d.Event.CostCentre != "" {
		body = append(body, person("Cost centre", d.Event.CostCentre))
	}
	if d.Event.Notes != "" {
		body = append(body, near(faint("Notes "), quote(d.Event.Notes)))
	}
	body = append(body, v.moverDates(), v.diff())
	var open []string
	for _, s := range d.Plan.Steps {
		if s.Choice == flows.Undecided {
			open = append(open, cut(called(s), 60))
		}
	}
	if len(open) > 0 {
		body = append(body, near(faint("In no profile, so the releasing manager decides: "), ran(some(open, 8, "and")+".")))
	}
	switch {
	case !mine:
		return append(body, buttons(press("Change", "", draftData(d, flows.VerbChange)), press("Cancel", "", draftData(d, flows.VerbWithdraw))))
	case len(d.Confirmers) > 0:
		b := draftData(d, flows.VerbConfirm)
		b.Plan = string(d.Plan.Hash())
		return append(body, buttons(press("Confirm", positive, b), press("Refuse", destructive, draftData(d, flows.VerbWithdraw))))
	}
	return append(body, confirmButtons(d, positive))
}
