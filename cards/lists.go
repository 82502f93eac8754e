package cards

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows"
)

// Overview is the answer to "status": counts that lead to lists, and what has waited longest for a person, with its holder.
func Overview(o flows.Overview) Card {
	open := o.Counts[flows.Waiting] + o.Counts[flows.Scheduled] + o.Counts[flows.Running] + o.Counts[flows.NeedsPeople]
	first := "No case is open."
	if open > 0 {
		overdue := "nothing is overdue"
		if o.Overdue > 0 {
			overdue = count(o.Overdue, "thing is overdue", "things are overdue")
		}
		first = count(open, "case is open", "cases are open") + "; " + overdue + "."
	}
	m := markDone.as("On time")
	switch {
	case o.Failed > 0:
		m = markNeeds.as("Needs people")
	case o.Overdue > 0:
		m = markNeeds.as("Overdue")
	}
	n := func(s flows.State) string { return fmt.Sprint(o.Counts[s]) }
	body := []block{
		headline(first),
		status(m, ran(capital(count(o.Failed, "step has failed and waits", "steps have failed and wait"))+" for IT; "+count(o.Upcoming, "step is", "steps are")+" due in the next seven days.")),
		facts(
			fact{"Waiting", n(flows.Waiting)}, fact{"Scheduled", n(flows.Scheduled)}, fact{"Running", n(flows.Running)},
			fact{"Needs people", n(flows.NeedsPeople)}, fact{"Done", n(flows.Done)}, fact{"Stopped", n(flows.Stopped)}),
	}
	loc := orUTC(o.Zone)
	body = append(body, published(o.Published, loc)...)
	if p := o.Pause; p != nil {
		body = append(body,
			status(markNeeds.as("Paused"), ran(" by "), strong(visible(p.Who())), ran(" since "+when(p.At, loc)+": "), ran(cut(visible(p.Reason), 300))),
			hint("Nothing is changed in Microsoft 365 until an owner writes “resume”."))
	}
	if it := o.Oldest; it != nil {
		body = append(body, label("Waiting longest"), openItem(*it))
	}
	return finish("Status of all cases", false, append(body,
		buttons(
			press("Overdue", "", data{Verb: flows.VerbOverdue}),
			press("Failures", "", data{Verb: flows.VerbFailures}),
			press("Upcoming", "", data{Verb: flows.VerbUpcoming})),
		footer("As of "+when(o.At, loc))))
}

// Items is a list of what waits for somebody, or of what is coming: what, for whom, by when, and who holds it.
func Items(l flows.ItemList) Card {
	if len(l.Items) == 0 {
		return finish(l.None, false, []block{headline(l.None)})
	}
	return fit(func(room int) Card {
		shown := l.Items[:min(len(l.Items), mostCases*room/100)]
		more := l.More + len(l.Items) - len(shown)
		body := []block{headline(fmt.Sprintf("%s: %d.", l.Title, len(shown)+more))}
		for _, it := range shown {
			c := openItem(it)
			c.Separator = true
			body = append(body, c)
		}
		if i := slices.IndexFunc(l.Items, func(it flows.OpenItem) bool { return it.Slot.Card != flows.CardPolicy }); i >= 0 {
			return finish(l.Title, true, append(body, listEnd(more, l.Items[i].Case)...))
		}
		return finish(l.Title, true, append(body, footer("Write “policy” to see it.")))
	})
}

// listEnd says what a list leaves out, and how to see one case.
func listEnd(more int, such flows.CaseID) []block {
	var out []block
	if more > 0 {
		out = append(out, hint("And "+count(more, "more", "more")+"."))
	}
	return append(out, footer("For one case write “status” and its reference, such as “status "+string(such)+"”."))
}

// openItem is one thing that waits, in two lines.
func openItem(it flows.OpenItem) container {
	loc := orUTC(it.Zone)
	m, at := markWaiting, ""
	switch {
	case it.Late:
		m, at = markNeeds.as("Overdue"), " since "+when(it.Due, loc)
	case !it.Due.IsZero():
		m, at = markPlanned.as("Due"), " "+when(it.Due, loc)
	case !it.Since.IsZero():
		at = " since " + when(it.Since, loc)
	}
	holder := ""
	if it.Holder != "" {
		holder = " · with " + it.Holder
	}
	what := []run{strong(cut(it.What, 120))}
	if !strings.Contains(it.What, it.Subject) {
		what = append(what, ran(" for "), strong(cut(visible(it.Subject), 100)))
	}
	return container{Type: "Container", Spacing: "Medium", Items: []block{
		say(what...),
		near(m.run(), ran(at), faint(holder+" · "+string(it.Case))),
	}}
}

// mostCases is how many cases or items one list shows.
const mostCases = 20

// List shows cases one under the other: who, when, how it stands, and who holds what is next. title is a whole sentence of ours.
func List(title string, cases []flows.Case, now time.Time) Card {
	if len(cases) == 0 {
		return finish(title, false, []block{headline(title), near(markDone.as("Nothing here").run())})
	}
	return fit(func(room int) Card {
		body := []block{headline(title)}
		shown := cases[:min(len(cases), mostCases*room/100)]
		for _, c := range shown {
			v := view{Case: c, now: now, loc: c.Location()}
			rows := []block{say(strong(cut(v.story(), 200))), near(stateMark(c.State).run(), faint(" · "+string(c.ID)+" · "+counts(c).String()))}
			if next := nextUp(c, ""); next != "" {
				rows = append(rows, near(faint("Next: "), ran(next+".")))
			}
			body = append(body, container{Type: "Container", Separator: true, Spacing: "Medium", Items: rows})
		}
		return finish(title, true, append(body, listEnd(len(cases)-len(shown), cases[0].ID)...))
	})
}
