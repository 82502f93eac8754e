package cards

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// Overview is the answer to "status": counts that lead to lists, and what has waited longest for a person, with its holder.
func Overview(lang texts.Language, o flows.Overview) Card {
	open := o.Counts[flows.Waiting] + o.Counts[flows.Scheduled] + o.Counts[flows.Running] + o.Counts[flows.NeedsPeople]
	first := lang.Say("No case is open.")
	if open > 0 {
		overdue := lang.Say("nothing is overdue")
		if o.Overdue > 0 {
			overdue = count(lang, o.Overdue, lang.Say("thing is overdue"), lang.Say("things are overdue"))
		}
		first = count(lang, open, lang.Say("case is open"), lang.Say("cases are open")) + "; " + overdue + "."
	}
	m := markDone.as(lang.Say("On time"))
	switch {
	case o.Failed > 0:
		m = markNeeds.as(lang.Say("Needs people"))
	case o.Overdue > 0:
		m = markNeeds.as(lang.Say("Overdue"))
	}
	n := func(s flows.State) string { return fmt.Sprint(o.Counts[s]) }
	body := []block{
		headline(first),
		status(lang, m, ran(lang.Say("%s for IT; %s due in the next seven days.", capital(lang, count(lang, o.Failed, lang.Say("step has failed and waits"), lang.Say("steps have failed and wait"))), count(lang, o.Upcoming, lang.Say("step is"), lang.Say("steps are"))))),
		facts(
			fact{lang.Say("Waiting"), n(flows.Waiting)}, fact{lang.Say("Scheduled"), n(flows.Scheduled)}, fact{lang.Say("Running"), n(flows.Running)},
			fact{lang.Say("Needs people"), n(flows.NeedsPeople)}, fact{lang.Say("Done"), n(flows.Done)}, fact{lang.Say("Stopped"), n(flows.Stopped)}),
	}
	loc := orUTC(o.Zone)
	body = append(body, published(lang, o.Published, loc)...)
	if p := o.Pause; p != nil {
		body = append(body,
			status(lang, markNeeds.as(lang.Say("Paused")), ran(lang.Say(" by ")), strong(visible(p.Who(lang))), ran(lang.Say(" since %s: ", when(lang, p.At, loc))), ran(cut(visible(p.Reason), 300))),
			hint(lang.Say("Nothing is changed in Microsoft 365 until an owner writes “resume”.")))
	}
	if p := o.Policy; p != nil {
		body = append(body, policyWaits(lang, *p, loc)...)
	}
	if it := o.Oldest; it != nil {
		body = append(body, label(lang.Say("Waiting longest")), openItem(lang, *it))
	}
	return finish(lang.Say("Status of all cases"), false, append(body,
		buttons(
			press(lang.Say("Overdue"), "", data{Verb: flows.VerbOverdue}),
			press(lang.Say("Failures"), "", data{Verb: flows.VerbFailures}),
			press(lang.Say("Upcoming"), "", data{Verb: flows.VerbUpcoming})),
		footer(lang.Say("As of %s", when(lang, o.At, loc)))))
}

// policyWaits is a change of the policy that waits.
func policyWaits(lang texts.Language, p flows.PolicyWaiting, loc *time.Location) []block {
	if p.Asked == "" {
		return []block{status(lang, markRunning.as(lang.Say("New policy")), ran(lang.Say("%s was agreed to and is being put in place.", p.Ref)))}
	}
	out := []block{
		status(lang, markWaiting.as(lang.Say("Change of the policy")), ran(lang.Say("%s by ", p.Ref)), strong(visible(p.Who)), ran(lang.Say(" waits for ")), strong(visible(cut(p.Asked, 200))), ran(lang.Say(" until %s.", when(lang, p.Until, loc)))),
	}
	if p.Reason != "" {
		out = append(out, near(faint(lang.Say("Why ")), ran(cut(visible(p.Reason), 300))))
	}
	return append(out, hint(lang.Say("Write “policy” to see it.")))
}

// Items is a list of what waits for somebody, or of what is coming: what, for whom, by when, and who holds it.
func Items(lang texts.Language, l flows.ItemList) Card {
	if len(l.Items) == 0 {
		return finish(l.None, false, []block{headline(l.None)})
	}
	return fit(func(room int) Card {
		shown := l.Items[:min(len(l.Items), mostCases*room/100)]
		more := l.More + len(l.Items) - len(shown)
		body := []block{headline(fmt.Sprintf("%s: %d.", l.Title, len(shown)+more))}
		for _, it := range shown {
			c := openItem(lang, it)
			c.Separator = true
			body = append(body, c)
		}
		if i := slices.IndexFunc(l.Items, func(it flows.OpenItem) bool { return it.Slot.Card != flows.CardPolicy }); i >= 0 {
			return finish(l.Title, true, append(body, listEnd(lang, more, l.Items[i].Case)...))
		}
		return finish(l.Title, true, append(body, footer(lang.Say("Write “policy” to see it."))))
	})
}

// listEnd says what a list leaves out, and how to see one case.
func listEnd(lang texts.Language, more int, such flows.CaseID) []block {
	var out []block
	if more > 0 {
		out = append(out, hint(lang.Say("And %s.", count(lang, more, lang.Say("more"), lang.Say("more")))))
	}
	return append(out, footer(lang.Say("For one case write “status” and its reference, such as “status %s”.", string(such))))
}

// openItem is one thing that waits, in two lines.
func openItem(lang texts.Language, it flows.OpenItem) container {
	loc := orUTC(it.Zone)
	m, at := markWaiting, ""
	switch {
	case it.Late:
		m, at = markNeeds.as(lang.Say("Overdue")), lang.Say(" since %s", when(lang, it.Due, loc))
	case !it.Due.IsZero():
		m, at = markPlanned.as(lang.Say("Due")), " "+when(lang, it.Due, loc)
	case !it.Since.IsZero():
		at = lang.Say(" since %s", when(lang, it.Since, loc))
	}
	holder := ""
	if it.Holder != "" {
		holder = lang.Say(" · with %s", it.Holder)
	}
	what := []run{strong(cut(it.What, 120))}
	if !strings.Contains(it.What, it.Subject) {
		what = append(what, ran(lang.Say(" for ")), strong(cut(visible(it.Subject), 100)))
	}
	return container{Type: "Container", Spacing: "Medium", Items: []block{
		say(what...),
		near(m.run(lang), ran(at), faint(holder+" · "+string(it.Case))),
	}}
}

// mostCases is how many cases or items one list shows.
const mostCases = 20

// List shows cases one under the other: who, when, how it stands, and who holds what is next. title is a whole sentence of ours.
func List(lang texts.Language, title string, cases []flows.Case, now time.Time) Card {
	if len(cases) == 0 {
		return finish(title, false, []block{headline(title), near(markDone.as(lang.Say("Nothing here")).run(lang))})
	}
	return fit(func(room int) Card {
		body := []block{headline(title)}
		shown := cases[:min(len(cases), mostCases*room/100)]
		for _, c := range shown {
			v := view{lang: lang, Case: c, now: now, loc: c.Location()}
			rows := []block{say(strong(cut(v.story(), 200))), near(stateMark(lang, c.State).run(lang), faint(" · "+string(c.ID)+" · "+counts(c).text(lang)))}
			if next := nextUp(lang, c, ""); next != "" {
				rows = append(rows, near(faint(lang.Say("Next: ")), ran(next+".")))
			}
			body = append(body, container{Type: "Container", Separator: true, Spacing: "Medium", Items: rows})
		}
		return finish(title, true, append(body, listEnd(lang, len(cases)-len(shown), cases[0].ID)...))
	})
}
