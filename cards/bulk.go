package cards

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"muster/flows"
)

// inRow names the row of a list that a press is about: the id of its draft.
const inRow = "row"

// Bulk draws a list of people that HR sent: the wait for the directory, what is wrong with which row, the choice, and what became of it.
func Bulk(b flows.Bulk) Card {
	return fit(func(room int) Card {
		return finish(BulkSummary(b), true, bulk{b, room}.body())
	})
}

// BulkSummary is the line for notifications of a list's card. It is only ever shown to the person who sent the list.
func BulkSummary(b flows.Bulk) string {
	who := bulk{b, 100}.people(len(b.Rows))
	switch b.State {
	case flows.BulkOpen:
		return "Confirm a list of " + who
	case flows.BulkRaising, flows.BulkDone:
		return "A list of " + who + " is confirmed"
	case flows.BulkWithdrawn:
		return "Withdrawn: a list of " + who
	}
	return "One moment: checking a list of " + who
}

// bulk is a list with the room that its rows may take, in per cent.
type bulk struct {
	flows.Bulk
	room int
}

func (b bulk) people(n int) string {
	if b.Kind == flows.LeaverEvent {
		return count(n, "leaver", "leavers")
	}
	return count(n, "new starter", "new starters")
}

func (b bulk) body() []block {
	first := "You sent a list of " + b.people(len(b.Rows)) + "."
	if b.Name != "" {
		first = "“" + cut(visible(b.Name), 60) + "” has " + b.people(len(b.Rows)) + "."
	}
	body := []block{headline(first)}
	good, wrong := len(b.Good()), b.wrong()
	switch b.State {
	case flows.BulkChecking:
		body = append(body, status(markRunning.as("Checking"), ran(fmt.Sprintf("The directory is being asked: %d of %d rows so far.", b.Asked(), len(b.Rows)))))
		if b.Stuck != "" {
			body = append(body, near(markNeeds.as("Held up").run(), ran(" "+b.Stuck)))
		}
		body = append(body, b.remarks()...)
		return append(body, hint("Nothing happens before you confirm the list."), buttons(alone(press("Cancel", "", b.data(flows.VerbBulkCancel)))))
	case flows.BulkWithdrawn:
		return append(body, status(markStopped.as("Withdrawn"), ran("You withdrew the list. "+b.before())))
	case flows.BulkRaising, flows.BulkDone:
		return append(body, b.record()...)
	}
	ask := "Confirm " + b.people(good) + "."
	switch {
	case good == 0:
		ask = "No row is ready to confirm."
	case len(wrong) == 0:
		ask += " Only then does anything happen."
	}
	m := markWaiting.as("Waiting for you")
	if len(wrong) > 0 {
		m = markNeeds
		ask += " " + capital(count(len(wrong), "row needs a look and is", "rows need a look and are")) + " left out until mended."
	}
	body = append(body, status(m, ran(ask)))
	body = append(body, b.remarks()...)
	rows, shown := b.rows()
	body = append(body, rows...)
	var row []action
	if good > 0 {
		d := b.data(flows.VerbBulkConfirm)
		d.Plan = string(b.Hash())
		row = append(row, alone(press("Confirm", positive, d)))
	}
	row = append(row, b.mend(shown), alone(press("Cancel", "", b.data(flows.VerbBulkCancel))))
	next := "Each person becomes a case. A manager of several gets one card for all of them."
	if b.Kind == flows.LeaverEvent {
		next = "Each person becomes a case, and each exit happens at its own time."
	}
	return append(body, hint(next), buttons(row...))
}

// before says what had happened when a list was withdrawn: single rows may have been confirmed on their own cards.
func (b bulk) before() string {
	n := 0
	for _, r := range b.Rows {
		if r.Case != "" {
			n++
		}
	}
	if n == 0 {
		return "Nothing was done."
	}
	return capital(count(n, "row was", "rows were")) + " confirmed before that and " + map[bool]string{true: "goes", false: "go"}[n == 1] + " on."
}

// remarks are about the whole list: what was not read, and licences that do not suffice for all.
func (b bulk) remarks() []block {
	var out []block
	for _, s := range b.Notes {
		out = append(out, warning(s))
	}
	for _, s := range b.Short() {
		out = append(out, warning("Licences run short. "+s))
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
func (b bulk) rows() (out []block, shown []flows.BulkRow) {
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
		out = append(out, b.row(r)...)
	}
	if n := len(all) - len(shown); n > 0 {
		out = append(out, hint("And "+count(n, "more row", "more rows")+", which fit no card. They are part of the list all the same."))
	}
	return out, shown
}

// row is one person in one line, with what is wrong below.
func (b bulk) row(r flows.BulkRow) []block {
	who := strong(cut(b.who(r), 80))
	rest := faint(fmt.Sprintf("%s · line %d", b.what(r), r.Line))
	switch {
	case r.Case != "":
		return []block{near(markDone.as("Confirmed").run(), ran(" "), who, rest, faint(" · "+string(r.Case)))}
	case r.Out:
		return []block{near(markStopped.as("Left out").run(), ran(" "), who, rest)}
	case r.State == flows.DraftChecking || r.State == flows.DraftReading:
		return []block{near(markRunning.as("Checking").run(), ran(" "), who, rest)}
	case r.State == flows.DraftWithdrawn:
		return []block{near(markStopped.as("Withdrawn").run(), ran(" "), who, rest)}
	case r.Good():
		out := []block{near(markPlanned.as("Ready").run(), ran(" "), who, rest)}
		for _, w := range r.Warnings[:min(len(r.Warnings), 2)] {
			out = append(out, near(faint(cut(w, 160*b.room/100))))
		}
		return out
	}
	out := []block{near(markNeeds.as("Needs a look").run(), ran(" "), who, rest)}
	var say []string
	for _, f := range slices.Sorted(maps.Keys(r.Problems)) {
		say = append(say, cut(visible(r.Problems[f]), 200*b.room/100))
	}
	if len(say) == 0 {
		say = []string{"The form of this row is open: check it there."}
	}
	text := ran(strings.Join(say, " "))
	text.Color = "Attention"
	return append(out, near(text))
}

// who a row is about, as far as known.
func (b bulk) who(r flows.BulkRow) string {
	name := visible(r.Event.Name())
	if name == "" {
		name = visible(r.Text)
	}
	if name == "" {
		name = "Somebody without a name"
	}
	return name
}

// what is said of a row beside the name.
func (b bulk) what(r flows.BulkRow) string {
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, cut(visible(s), 60))
		}
	}
	if b.Kind == flows.LeaverEvent {
		add(r.Event.LastDay.Say())
		add(r.Event.LastTime)
	} else {
		add(r.Event.Job)
		add(r.Event.Start.Say())
	}
	add(r.Manager)
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// mend opens the ordinary form of one row, or leaves the row out.
func (b bulk) mend(shown []flows.BulkRow) action {
	set := choiceSet{Type: "Input.ChoiceSet", ID: inRow, Label: "Which row", Style: "compact", IsRequired: true, ErrorMessage: "Choose a row.", Placeholder: "Choose a row", Choices: []choice{}}
	for _, r := range shown {
		if r.Case != "" || r.State == flows.DraftWithdrawn {
			continue
		}
		title := fmt.Sprintf("Line %d: %s", r.Line, b.who(r))
		if r.Out {
			title += " (left out)"
		}
		set.Choices = append(set.Choices, choice{plain(title), r.Draft})
	}
	if len(set.Choices) == 0 {
		set.Choices = append(set.Choices, choice{"Nobody is left", nobody})
	}
	return opens("Mend row", "", set,
		hint("Its form opens as a message of its own. You can also mend the file and send it again."),
		buttons(press("Open the form", positive, b.data(flows.VerbBulkMend)), press("Leave out or take in", "", b.data(flows.VerbBulkOut))))
}

// record is what became of a confirmed list.
func (b bulk) record() []block {
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
	m, say := markDone.as("Confirmed"), "You confirmed this. "+capital(count(len(raised), "case is", "cases are"))+" raised."
	if b.State == flows.BulkRaising {
		m, say = markRunning.as("Confirmed"), fmt.Sprintf("You confirmed this. %d of the cases are raised so far.", len(raised))
	}
	out := []block{status(m, ran(say))}
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
		add(r, near(markNeeds.as("Not raised").run(), ran(" "), strong(cut(b.who(r), 80)), ran(": "+cut(r.Why, 200))))
	}
	for _, r := range other {
		add(r, b.row(r)...)
	}
	for _, r := range raised {
		add(r, near(markDone.as(string(r.Case)).run(), ran(" "), strong(cut(b.who(r), 80)), faint(b.what(r))))
	}
	if more > 0 {
		out = append(out, hint("And "+count(more, "more row", "more rows")+"."))
	}
	if b.State == flows.BulkDone && len(failed)+len(other) > 0 {
		out = append(out, buttons(b.mend(append(slices.Clone(failed), other...)[:min(len(failed)+len(other), max(1, mostPeople*b.room/100))])))
	}
	if len(raised) > 0 {
		out = append(out, footer("For one case write “status” and its reference, such as “status "+string(raised[0].Case)+"”. You get a card about a case when it needs you."))
	}
	return out
}

func (b bulk) data(verb string) data { return data{Verb: verb, Draft: b.ID} }
