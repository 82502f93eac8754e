package cards

import (
	"slices"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// change is the card of a change of a case: what it does, to be confirmed, and the record afterwards.
func (v view) change() []block {
	ch := v.asked
	body := []block{headline(v.changeStory(ch))}
	mine := ch.By.ID == v.reader
	switch {
	case ch.State == "made":
		word := v.lang.Say("Moved")
		if ch.What == flows.CancelChange {
			word = v.lang.Say("Cancelled")
		}
		return append(append(body, v.decided(markDone.as(word), ch.Decided.Person, ch.Decided.At)), v.undoProgress(ch)...)
	case ch.State == "dropped" && ch.Decided.Person.ID == "", v.Over():
		return append(body, status(v.lang, markStopped, ran(v.lang.Say("This was not done, because %s.", orWords(ch.Decided.Note, v.lang.Say("the case has ended"))))))
	case ch.State == "dropped":
		return append(body, v.decided(markStopped.as(v.lang.Say("Left as it is")), ch.Decided.Person, ch.Decided.At))
	case ch.State == "agreed" && mine:
		body = append(body, status(v.lang, markWaiting, ran(v.lang.Say("for a second person: %s.", either(v.lang, v.seconds2(ch), v.reader)))))
		return append(append(body, v.undoing()...), buttons(alone(press(v.lang.Say("Leave as it is"), "", v.changing(flows.VerbChangeDrop, ch)))))
	case !mine && ch.State == "":
		return append(body, status(v.lang, markWaiting, ran(v.lang.Say("for %s.", ch.By.Name))))
	case ch.What == flows.MoveChange:
		return append(body, v.openMove(ch)...)
	}
	return append(body, v.openCancel(ch)...)
}

// changeStory is what is to happen, as a sentence.
func (v view) changeStory(ch flows.CaseChange) string {
	name := cut(visible(v.Event.Name()), 120)
	if ch.What == flows.MoveChange {
		if ch.State == "made" {
			return name + " " + ch.Instead(v.lang) + "."
		}
		return v.lang.Say("Move the date: %s %s.", name, ch.Instead(v.lang))
	}
	what := v.lang.Say("the case of %s", name)
	switch {
	case v.urgent():
		what = v.lang.Say("the urgent exit of %s", name)
	case ch.Was != "":
		what = v.lang.Say("the case of %s, who %s", name, ch.Was)
	}
	if ch.State == "made" {
		return v.lang.Say("Cancelled: %s.", what)
	}
	return v.lang.Say("Cancel %s.", what)
}

// changing binds a button to a change and to what was shown of it.
func (v view) changing(verb string, ch flows.CaseChange) data {
	d := bound(v.Case, verb, v.step)
	switch {
	case verb == flows.VerbChangeDrop:
	case ch.What == flows.MoveChange:
		d.Plan = string(ch.Plan.Hash())
	default:
		d.Plan = string(v.Undoing().Plan.Hash())
	}
	return d
}

func (v view) openMove(ch flows.CaseChange) []block {
	s := v.Shifted(ch, v.now)
	body := []block{status(v.lang, markNeeds, ran(v.lang.Say("Check what moves, then confirm.")))}
	for _, w := range ch.Warnings {
		body = append(body, warning(v.lang, w))
	}
	if len(s.Now) > 0 {
		body = append(body, label(v.lang.Say("Runs at once, because its time will have passed")), v.bullets(s.Now))
	}
	if later := v.shiftLines(s); len(later) > 0 {
		body = append(append(body, label(v.lang.Say("Moves (%s time)", place(v.loc)))), later...)
	}
	if len(s.New) > 0 {
		body = append(body, label(v.lang.Say("New, because the policy or the time left is another")), v.bullets(s.New))
	}
	if len(s.Gone) > 0 {
		body = append(body, label(v.lang.Say("Falls away")), v.bullets(s.Gone))
	}
	if len(s.Stays) > 0 {
		body = append(body, label(v.lang.Say("Done or begun already, and stays")), v.bullets(s.Stays))
	}
	if open, st, ok := v.Case.Step("enable"); ok && open.Task == flows.EnableAccount && st.State == flows.StepDone && !v.NoShow {
		body = append(body, warning(v.lang, v.lang.Say("Sign-in is open already and stays open until the new day.")))
	}
	next := v.lang.Say("Nobody has to decide again.")
	switch who := people(v.lang, v.tellsOf(), v.reader); {
	case v.mover() && v.May == "":
		next = v.lang.Say("What is still to be decided stays open, with the new dates; what was decided stays valid. Both managers are told once.")
	case v.mover():
		next = v.lang.Say("What the managers decided stays valid, because the items are the same. They are told once.")
	case v.Approval.State == "" && who != "":
		next = v.lang.Say("The decision of %s stays open, with the new dates.", who)
	case !ch.Kept:
		next = v.lang.Say("What is to be set up has changed with the policy, so %s is asked to confirm it anew.", who)
	case v.Kind == flows.JoinerEvent:
		next = v.lang.Say("The approval of %s stays valid, because what is set up is the same. %s is told once.", who, capitalise(v.lang, who))
	case who != "":
		next = v.lang.Say("%s is told once.", capitalise(v.lang, who))
	}
	return append(body, near(faint(next)), buttons(
		alone(press(v.lang.Say("Move it"), positive, v.changing(flows.VerbChangeMake, ch))),
		alone(press(v.lang.Say("Leave as it is"), "", v.changing(flows.VerbChangeDrop, ch)))))
}

// tellsOf are those whom a new date concerns.
func (v view) tellsOf() []flows.Person {
	if v.Approval.State == "" {
		return v.Approval.Holders
	}
	return []flows.Person{v.Manager()}
}

func capitalise(lang texts.Language, s string) string {
	if s == "you" {
		return lang.Say("You")
	}
	return s
}

func orWords(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// shiftLines are the steps that move, those that move together in one line.
func (v view) shiftLines(s flows.Shift) []block {
	type times struct{ from, to time.Time }
	var order []times
	by := map[times][]string{}
	for _, st := range s.Steps {
		k := times{st.From, st.Due}
		if slices.ContainsFunc(s.Now, func(n flows.Step) bool { return n.Key == st.Key }) {
			continue
		}
		if by[k] == nil {
			order = append(order, k)
		}
		by[k] = append(by[k], cut(visible(st.Title), 90))
	}
	slices.SortStableFunc(order, func(a, b times) int { return a.to.Compare(b.to) })
	var out []block
	for _, k := range order {
		out = append(out, near(strong(short(v.lang, k.to, v.loc)), faint(v.lang.Say(" · so far %s", short(v.lang, k.from, v.loc))), ran("\n"+some(v.lang, by[k], max(1, 12*v.room/100), "and"))))
	}
	return out
}

// bullets are titles in one paragraph.
func (v view) bullets(steps []flows.Step) block {
	var all []string
	for _, s := range steps {
		all = append(all, cut(visible(s.Title), 90))
	}
	return near(ran(some(v.lang, all, max(1, 15*v.room/100), "and") + "."))
}

// undoing is what cancelling does, line by line.
func (v view) undoing() []block {
	u := v.Undoing()
	var out []block
	if len(u.Plan.Steps) > 0 {
		out = append(out, label(v.lang.Say("What is taken back")))
		for i, s := range u.Plan.Steps {
			if i >= max(1, mostRows*v.room/100) {
				out = append(out, near(faint(v.lang.Say("and %s", count(v.lang, len(u.Plan.Steps)-i, v.lang.Say("more"), v.lang.Say("more"))))))
				break
			}
			runs := []run{ran("• " + cut(visible(s.Title), 120))}
			if s.Task == flows.Manual {
				runs = append(runs, faint(v.lang.Say(" · by hand, %s", keeper(v.lang, v.Case, s))))
			}
			out = append(out, near(runs...))
		}
	}
	if len(u.Stays) > 0 {
		out = append(out, label(v.lang.Say("Stays as it is")))
		for i, s := range u.Stays {
			if i >= max(1, 15*v.room/100) {
				out = append(out, near(faint(v.lang.Say("and %s", count(v.lang, len(u.Stays)-i, v.lang.Say("more"), v.lang.Say("more"))))))
				break
			}
			out = append(out, near(ran("• "+cut(visible(s.Title), 90)), faint(" · "+cut(s.Because, 160))))
		}
	}
	if n := len(u.Dropped); n > 0 {
		out = append(out, near(strong(v.lang.Say("Not begun, and dropped: ")), ran(count(v.lang, n, v.lang.Say("step"), v.lang.Say("steps"))+".")))
	}
	if len(u.Plan.Steps)+len(u.Stays) == 0 {
		out = append(out, near(ran(v.lang.Say("Nothing was done yet, so nothing has to be taken back."))))
	}
	return out
}

func (v view) openCancel(ch flows.CaseChange) []block {
	second := ch.By.ID != v.reader
	verb, line := flows.VerbChangeMake, v.lang.Say("Check what is taken back, then confirm.")
	if second {
		verb, line = flows.VerbChangeSecond, v.lang.Say("Confirm or refuse as the second person.")
	}
	body := append([]block{status(v.lang, markNeeds, ran(line))}, v.undoing()...)
	if second {
		body = append(body, near(strong(ch.By.Name), ran(v.lang.Say(" says: ")), quote(ch.Reason)))
		return append(body, hint(v.lang.Say("The account is opened again as soon as you confirm.")), buttons(
			alone(press(v.lang.Say("Confirm the cancellation"), destructive, v.changing(verb, ch))),
			alone(press(v.lang.Say("Leave as it is"), "", v.changing(flows.VerbChangeDrop, ch)))))
	}
	next := v.lang.Say("Open decisions end at once. The account, if there is one, is kept and not deleted.")
	switch {
	case v.urgent() && v.May != "":
		next = v.lang.Say("Nothing happens before a second person has confirmed too.")
	case v.leaver():
		next = v.lang.Say("Whatever is not on this list is not given back.")
	}
	return append(body, hint(next),
		ask(inReason, v.lang.Say("Reason"), v.lang.Say("Why is it cancelled?"), v.lang.Say("Say why, for the record.")),
		buttons(
			press(v.lang.Say("Cancel it"), destructive, v.changing(verb, ch)),
			alone(press(v.lang.Say("Leave as it is"), "", v.changing(flows.VerbChangeDrop, ch)))))
}

func (v view) seconds2(ch flows.CaseChange) []flows.Person {
	all := append(slices.Clone(v.Facts.Seconds), v.Raised.Person)
	return slices.DeleteFunc(all, func(p flows.Person) bool { return p.ID == ch.By.ID || p.ID == v.Account })
}

// undoProgress says how far a cancellation is.
func (v view) undoProgress(ch flows.CaseChange) []block {
	if ch.What != flows.CancelChange {
		return nil
	}
	out := []block{near(strong(v.lang.Say("Reason ")), quote(ch.Reason))}
	all, over := 0, 0
	for _, s := range stages(v.Case) {
		if s.Of == "" {
			continue
		}
		all++
		if s.st.State.Over() {
			over++
		}
	}
	switch {
	case all == 0:
		return append(out, near(faint(v.lang.Say("Nothing had to be taken back."))))
	case over == all:
		return append(out, near(markDone.as(v.lang.Say("Taken back")).run(v.lang), ran(v.lang.Say(" %s, each settled.", count(v.lang, all, v.lang.Say("step"), v.lang.Say("steps"))))))
	}
	return append(out, near(markRunning.as(v.lang.Say("Being taken back")).run(v.lang), ran(v.lang.Say(" %s still open; the case's own card shows each.", count(v.lang, all-over, v.lang.Say("step is"), v.lang.Say("steps are"))))))
}

// cancelling is the record of a case that is being cancelled; false while it is not.
func (v view) cancelling() (richText, bool) {
	if v.Rescinded == nil || v.Over() {
		return richText{}, false
	}
	return status(v.lang, markStopped.as(v.lang.Say("Cancelled")), ran(v.lang.Say("by %s on %s. What was done is being taken back.", you(v.lang, v.Rescinded.By.Person, v.reader), when(v.lang, v.Rescinded.By.At, v.loc)))), true
}

// onHold is a case that is held for another event of the same person. Why is for HR's own card: others may not know. The person it is about
// does not read that it is held.
func (v view) onHold() (richText, bool) {
	if v.Paused == nil || v.Over() || v.aboutReader() {
		return richText{}, false
	}
	return status(v.lang, markWaiting.as(v.lang.Say("On hold")), ran(v.lang.Say("since %s. Nothing is done or asked for now.", when(v.lang, v.Paused.At, v.loc)))), true
}

// aboutReader reports whether the card is for the person the case is about.
func (v view) aboutReader() bool { return v.Account != "" && v.reader == v.Account }

// held is onHold for HR, who knows which event goes before.
func (v view) held() []block {
	line, _ := v.onHold()
	return []block{line, near(faint(v.lang.Say("It waits for %s, about the same person: it ends when that is done, and comes back to you if that is cancelled.", string(v.Paused.For))))}
}

// off is the record of a case in which nothing can be decided: it ended, is being cancelled, or is held.
func (v view) off() (richText, bool) {
	if end, stopped := v.ended(); stopped {
		return end, true
	}
	if line, cancelling := v.cancelling(); cancelling {
		return line, true
	}
	if v.May == "" && len(v.Steps) > 0 && !slices.ContainsFunc(v.Approval.Holders, func(p flows.Person) bool { return p.ID == v.reader }) {
		return status(v.lang, markWaiting.as(v.lang.Say("Waiting")), ran(v.lang.Say("for %s: the date moved and what is set up changed, so it is confirmed anew.", either(v.lang, v.Approval.Holders, v.reader)))), true
	}
	return v.onHold()
}

// stands is the record of a case in which no step is to be done: it ended or is held. One that is being cancelled has steps of its own.
func (v view) stands() (richText, bool) {
	if end, stopped := v.ended(); stopped {
		return end, true
	}
	return v.onHold()
}

func (v view) standHint() string {
	if _, held := v.onHold(); held {
		return v.lang.Say("You are asked again if it goes on.")
	}
	return v.lang.Say("Nothing is to be done here any more.")
}

// offHint says what that means to whoever was asked.
func (v view) offHint() string {
	if _, held := v.onHold(); held {
		return v.lang.Say("You are asked again if it goes on.")
	}
	return v.lang.Say("No decision is needed any more.")
}

// late says how late an event came to Muster, and what was seen.
func (v view) late() []block {
	l := v.Late
	if l == nil {
		return nil
	}
	what := v.lang.Say("This should have happened on %s", when(v.lang, l.Due, v.loc))
	if v.leaver() {
		what = v.lang.Say("Sign-in should have ended on %s", when(v.lang, l.Due, v.loc))
	}
	days := count(v.lang, l.Days, v.lang.Say("day"), v.lang.Say("days"))
	if l.Days == 0 {
		days = v.lang.Say("less than a day")
	}
	var gap []block
	if g := v.Facts.Gap; g != nil && v.leaver() {
		gap = []block{near(ran(g.Says(v.lang, visible(v.Event.Name()), v.loc)))}
	}
	if l.Done.IsZero() {
		return append([]block{warning(v.lang, v.lang.Say("%s; Muster learned of it on %s, %s later.", what, when(v.lang, l.Known, v.loc), days))}, gap...)
	}
	return append([]block{warning(v.lang, v.lang.Say("%s and was seen done on %s, %s later.", what, when(v.lang, l.Done, v.loc), days))}, gap...)
}

// comesBack asks HR whether a case goes on that was held for an event that is cancelled.
func (v view) comesBack() []block {
	body := []block{headline(v.story())}
	switch end, stopped := v.ended(); {
	case stopped:
		return append(body, end)
	case v.Rescinded != nil:
		line, _ := v.cancelling()
		return append(body, line)
	case v.Paused == nil:
		by := v.answered(v.lang.Say("let it go on"))
		return append(body, v.decided(markDone.as(v.lang.Say("Goes on")), by.By, by.At))
	}
	overdue := 0
	for _, s := range stages(v.Case) {
		if s.st.State == flows.Planned && s.Due.Before(v.now) {
			overdue++
		}
	}
	body = append(body, status(v.lang, markNeeds, ran(v.lang.Say("Decide whether this goes on."))),
		near(ran(v.lang.Say("It was on hold since %s for another event of the same person, %s, which has been cancelled.", when(v.lang, v.Paused.At, v.loc), string(v.Paused.For)))))
	if overdue > 0 && v.May != "" {
		body = append(body, warning(v.lang, v.lang.Say("%s became due meanwhile and will run at once.", count(v.lang, overdue, v.lang.Say("step"), v.lang.Say("steps")))))
	}
	return append(body, hint(v.lang.Say("To end it instead, write “cancel %s”; for another date, let it go on and write “move %s to …”.", string(v.ID), string(v.ID))),
		buttons(alone(press(v.lang.Say("Let it go on"), positive, bound(v.Case, flows.VerbGoOn, "")))))
}
