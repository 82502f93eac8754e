package cards

import (
	"maps"
	"slices"
	"strings"

	"muster/flows"
	"muster/flows/texts"
)

// inRow names the row of a list that a press is about: the id of its draft.
const inRow = "row"

// Bulk draws a list of people that HR sent: the wait for the directory, what is wrong with which row, the choice, and what became of it.
func Bulk(lang texts.Language, b flows.Bulk) Card {
	return fit(func(room int) Card {
		return finish(BulkSummary(lang, b), true, bulk{b, room}.body(lang))
	})
}

// BulkSummary is the line for notifications of a list's card. It is only ever shown to the person who sent the list.
func BulkSummary(lang texts.Language, b flows.Bulk) string {
	who := bulk{b, 100}.people(lang, len(b.Rows))
	switch b.State {
	case flows.BulkOpen:
		return lang.Say("Confirm a list of %s", who)
	case flows.BulkRaising, flows.BulkDone:
		return lang.Say("A list of %s is confirmed", who)
	case flows.BulkWithdrawn:
		return lang.Say("Withdrawn: a list of %s", who)
	}
	return lang.Say("One moment: checking a list of %s", who)
}

// bulk is a list with the room that its rows may take, in per cent.
type bulk struct {
	flows.Bulk
	room int
}

func (b bulk) people(lang texts.Language, n int) string {
	if b.Kind == flows.LeaverEvent {
		return count(lang, n, lang.Say("leaver"), lang.Say("leavers"))
	}
	return count(lang, n, lang.Say("new starter"), lang.Say("new starters"))
}

func (b bulk) body(lang texts.Language) []block {
	first := lang.Say("You sent a list of %s.", b.people(lang, len(b.Rows)))
	if b.Name != "" {
		first = lang.Say("“%s” has %s.", cut(visible(b.Name), 60), b.people(lang, len(b.Rows)))
	}
	body := []block{headline(first)}
	good, wrong := len(b.Good()), b.wrong()
	switch b.State {
	case flows.BulkChecking:
		body = append(body, status(lang, markRunning.as(lang.Say("Checking")), ran(lang.Say("The directory is being asked: %d of %d rows so far.", b.Asked(), len(b.Rows)))))
		if b.Stuck != "" {
			body = append(body, near(markNeeds.as(lang.Say("Held up")).run(lang), ran(" "+b.Stuck)))
		}
		body = append(body, b.remarks(lang)...)
		return append(body, hint(lang.Say("Nothing happens before you confirm the list.")), buttons(alone(press(lang.Say("Cancel"), "", b.data(flows.VerbBulkCancel)))))
	case flows.BulkWithdrawn:
		return append(body, status(lang, markStopped.as(lang.Say("Withdrawn")), ran(lang.Say("You withdrew the list. %s", b.before(lang)))))
	case flows.BulkRaising, flows.BulkDone:
		return append(body, b.record(lang)...)
	}
	ask := lang.Say("Confirm %s.", b.people(lang, good))
	switch {
	case good == 0:
		ask = lang.Say("No row is ready to confirm.")
	case len(wrong) == 0:
		ask += lang.Say(" Only then does anything happen.")
	}
	m := markWaiting.as(lang.Say("Waiting for you"))
	if len(wrong) > 0 {
		m = markNeeds
		ask += lang.Say(" %s left out until mended.", capital(lang, count(lang, len(wrong), lang.Say("row needs a look and is"), lang.Say("rows need a look and are"))))
	}
	body = append(body, status(lang, m, ran(ask)))
	body = append(body, b.remarks(lang)...)
	rows, shown := b.rows(lang)
	body = append(body, rows...)
	var row []action
	if good > 0 {
		d := b.data(flows.VerbBulkConfirm)
		d.Plan = string(b.Hash())
		row = append(row, alone(press(lang.Say("Confirm"), positive, d)))
	}
	row = append(row, b.mend(lang, shown), alone(press(lang.Say("Cancel"), "", b.data(flows.VerbBulkCancel))))
	next := lang.Say("Each person becomes a case. A manager of several gets one card for all of them.")
	if b.Kind == flows.LeaverEvent {
		next = lang.Say("Each person becomes a case, and each exit happens at its own time.")
	}
	return append(body, hint(next), buttons(row...))
}

// before says what had happened when a list was withdrawn: single rows may have been confirmed on their own cards.
func (b bulk) before(lang texts.Language) string {
	n := 0
	for _, r := range b.Rows {
		if r.Case != "" {
			n++
		}
	}
	if n == 0 {
		return lang.Say("Nothing was done.")
	}
	return lang.Say("%s confirmed before that and %s on.", capital(lang, count(lang, n, lang.Say("row was"), lang.Say("rows were"))), map[bool]string{true: lang.Say("goes"), false: lang.Say("go")}[n == 1])
}

// remarks are about the whole list: what was not read, and licences that do not suffice for all.
func (b bulk) remarks(lang texts.Language) []block {
	var out []block
	for _, s := range b.Notes {
		out = append(out, warning(lang, s))
	}
	for _, s := range b.Short(lang) {
		out = append(out, warning(lang, lang.Say("Licences run short. %s", s)))
	}
	return out
}

// wrong are the rows that cannot be confirmed as they are.
func (b bulk) wrong() []flows.BulkRow {
	var out []flows.BulkRow
	for _, r := range b.Rows {
		if !r.Good() && !r.Out && r.Case == "" {
			out = append(out, r)
		}
	}
	return out
}

// mostPeople is how many rows a card shows when there is room for them.
const mostPeople = 60

// rows are the rows in error, then the good ones, as far as there is room, and how many more there are.
func (b bulk) rows(lang texts.Language) (out []block, shown []flows.BulkRow) {
	all := b.wrong()
	good := b.Good()
	all = append(all, good...)
	for _, r := range b.Rows {
		if r.Out || r.Case != "" {
			all = append(all, r)
		}
	}
	shown = all[:min(len(all), max(1, mostPeople*b.room/100))]
	for _, r := range shown {
		out = append(out, b.row(lang, r)...)
	}
	if n := len(all) - len(shown); n > 0 {
		out = append(out, hint(lang.Say("And %s, which fit no card. They are part of the list all the same.", count(lang, n, lang.Say("more row"), lang.Say("more rows")))))
	}
	return out, shown
}

// row is one person in one line, with what is wrong below.
func (b bulk) row(lang texts.Language, r flows.BulkRow) []block {
	who := strong(cut(b.who(lang, r), 80))
	rest := faint(lang.Say("%s · line %d", b.what(lang, r), r.Line))
	switch {
	case r.Case != "":
		return []block{near(markDone.as(lang.Say("Confirmed")).run(lang), ran(" "), who, rest, faint(" · "+string(r.Case)))}
	case r.Out:
		return []block{near(markStopped.as(lang.Say("Left out")).run(lang), ran(" "), who, rest)}
	case r.State == flows.DraftChecking || r.State == flows.DraftReading:
		return []block{near(markRunning.as(lang.Say("Checking")).run(lang), ran(" "), who, rest)}
	case r.State == flows.DraftWithdrawn:
		return []block{near(markStopped.as(lang.Say("Withdrawn")).run(lang), ran(" "), who, rest)}
	case r.Good():
		out := []block{near(markPlanned.as(lang.Say("Ready")).run(lang), ran(" "), who, rest)}
		for _, w := range r.Warnings[:min(len(r.Warnings), 2)] {
			out = append(out, near(faint(cut(w, 160*b.room/100))))
		}
		return out
	}
	out := []block{near(markNeeds.as(lang.Say("Needs a look")).run(lang), ran(" "), who, rest)}
	var say []string
	for _, f := range slices.Sorted(maps.Keys(r.Problems)) {
		say = append(say, cut(visible(r.Problems[f]), 200*b.room/100))
	}
	if len(say) == 0 {
		say = []string{lang.Say("The form of this row is open: check it there.")}
	}
	text := ran(strings.Join(say, " "))
	text.Color = "Attention"
	return append(out, near(text))
}

// who a row is about, as far as known.
func (b bulk) who(lang texts.Language, r flows.BulkRow) string {
	name := visible(r.Event.Name())
	if name == "" {
		name = visible(r.Text)
	}
	if name == "" {
		name = lang.Say("Somebody without a name")
	}
	return name
}

// what is said of a row beside the name.
func (b bulk) what(lang texts.Language, r flows.BulkRow) string {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, cut(visible(s), 60))
		}
	}
	if b.Kind == flows.LeaverEvent {
		add(date(lang, r.Event.LastDay))
		add(r.Event.LastTime)
	} else {
		add(r.Event.Job)
		add(date(lang, r.Event.Start))
	}
	add(r.Manager)
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// mend opens the ordinary form of one row, or leaves the row out.
func (b bulk) mend(lang texts.Language, shown []flows.BulkRow) action {
	set := choiceSet{Type: "Input.ChoiceSet", ID: inRow, Label: lang.Say("Which row"), Style: "compact", IsRequired: true, ErrorMessage: lang.Say("Choose a row."), Placeholder: lang.Say("Choose a row"), Choices: []choice{}}
	for _, r := range shown {
		if r.Case != "" || r.State == flows.DraftWithdrawn {
			continue
		}
		title := lang.Say("Line %d: %s", r.Line, b.who(lang, r))
		if r.Out {
			title += lang.Say(" (left out)")
		}
		set.Choices = append(set.Choices, choice{plain(title), r.Draft})
	}
	if len(set.Choices) == 0 {
		set.Choices = append(set.Choices, choice{lang.Say("Nobody is left"), nobody})
	}
	return opens(lang.Say("Mend row"), "", set,
		hint(lang.Say("Its form opens as a message of its own. You can also mend the file and send it again.")),
		buttons(press(lang.Say("Open the form"), positive, b.data(flows.VerbBulkMend)), press(lang.Say("Leave out or take in"), "", b.data(flows.VerbBulkOut))))
}

// record is what became of a confirmed list.
func (b bulk) record(lang texts.Language) []block {
	var raised, failed, other []flows.BulkRow
	for _, r := range b.Rows {
		switch {
		case r.Case != "":
			raised = append(raised, r)
		case r.Why != "":
			failed = append(failed, r)
		case !r.Raise:
			other = append(other, r)
		}
	}
	m, say := markDone.as(lang.Say("Confirmed")), lang.Say("You confirmed this. %s raised.", capital(lang, count(lang, len(raised), lang.Say("case is"), lang.Say("cases are"))))
	if b.State == flows.BulkRaising {
		m, say = markRunning.as(lang.Say("Confirmed")), lang.Say("You confirmed this. %d of the cases are raised so far.", len(raised))
	}
	out := []block{status(lang, m, ran(say))}
	room := max(1, mostPeople*b.room/100)
	more := 0
	add := func(r flows.BulkRow, lines ...block) {
		if room--; room < 0 {
			more++
			return
		}
		out = append(out, lines...)
	}
	for _, r := range failed {
		add(r, near(markNeeds.as(lang.Say("Not raised")).run(lang), ran(" "), strong(cut(b.who(lang, r), 80)), ran(": "+cut(r.Why, 200))))
	}
	for _, r := range other {
		add(r, b.row(lang, r)...)
	}
	for _, r := range raised {
		add(r, near(markDone.as(string(r.Case)).run(lang), ran(" "), strong(cut(b.who(lang, r), 80)), faint(b.what(lang, r))))
	}
	if more > 0 {
		out = append(out, hint(lang.Say("And %s.", count(lang, more, lang.Say("more row"), lang.Say("more rows")))))
	}
	if b.State == flows.BulkDone && len(failed)+len(other) > 0 {
		out = append(out, buttons(b.mend(lang, append(slices.Clone(failed), other...)[:min(len(failed)+len(other), max(1, mostPeople*b.room/100))])))
	}
	if len(raised) > 0 {
		out = append(out, footer(lang.Say("For one case write “status” and its reference, such as “status %s”. You get a card about a case when it needs you.", string(raised[0].Case))))
	}
	return out
}

func (b bulk) data(verb string) data { return data{Verb: verb, Draft: b.ID} }
