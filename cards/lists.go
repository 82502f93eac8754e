package cards

import (
	"fmt"
	"time"

	"muster/flows"
)

// Counts is how the cases stand, for the owner.
type Counts struct {
	Waiting, Scheduled, Running, NeedsPeople int         // open cases by state
	Done, Stopped                            int         // ended this month
	Overdue, Failures, Upcoming              int         // what the three lists hold
	Oldest                                   *flows.Case // that has waited for a person longest; nil when none has
	Since                                    time.Time   // when it began to wait
}

// Status is the owner's overview: counts that lead to lists, and the oldest case that waits, with its holder.
func Status(n Counts, now time.Time) Card {
	open := n.Waiting + n.Scheduled + n.Running + n.NeedsPeople
	m := markDone.as("On time")
	if n.Overdue+n.Failures > 0 {
		m = markNeeds.as("Needs people")
	}
	body := []block{
		headline(count(open, "case is open", "cases are open") + "; " + count(n.Overdue, "is overdue", "are overdue") + "."),
		status(m, ran(count(n.Failures, "case has a failure", "cases have a failure")+".")),
		facts(
			fact{"Waiting for the manager", fmt.Sprint(n.Waiting)}, fact{"Scheduled", fmt.Sprint(n.Scheduled)},
			fact{"Running", fmt.Sprint(n.Running)}, fact{"Needs people", fmt.Sprint(n.NeedsPeople)},
			fact{"Upcoming", fmt.Sprint(n.Upcoming)}, fact{"Done this month", fmt.Sprint(n.Done)}, fact{"Stopped this month", fmt.Sprint(n.Stopped)}),
	}
	if n.Oldest != nil {
		loc := n.Oldest.Location()
		body = append(body, label("Waiting longest"), near(strong(visible(n.Oldest.Event.Name())), faint(" · "+string(n.Oldest.ID)+" · since "+when(n.Since, loc))))
		if next := nextUp(*n.Oldest, ""); next != nil {
			body = append(body, near(append([]run{faint("Next ")}, next...)...))
		}
	}
	body = append(body, buttons(
		press("Overdue", "", data{Verb: string(ListOverdue)}),
		press("Failures", "", data{Verb: string(ListFailures)}),
		press("Upcoming", "", data{Verb: string(ListUpcoming)})),
		footer("As of "+when(now, time.UTC)))
	return finish("Status of all cases", false, body)
}

// mostCases is how many cases one list shows.
const mostCases = 20

// List shows cases one under the other: who, when, how it stands, and who holds what is next. title is our own words.
func List(title string, cases []flows.Case, now time.Time) Card {
	if len(cases) == 0 {
		return finish(title, false, []block{headline(title + ": nothing."), near(markDone.as("Nothing here").run())})
	}
	body := []block{headline(title + ": " + count(len(cases), "case", "cases") + ".")}
	for _, c := range cases[:min(len(cases), mostCases)] {
		v := view{Case: c, now: now, loc: c.Location()}
		rows := []block{say(strong(cut(v.story(), 200))), near(stateMark(c.State).run(), faint(" · "+string(c.ID)+" · "+counts(c).String()))}
		if next := nextUp(c, ""); next != nil {
			rows = append(rows, near(append([]run{faint("Next ")}, next...)...))
		}
		body = append(body, container{Type: "Container", Separator: true, Spacing: "Medium", Items: rows})
	}
	if more := len(cases) - mostCases; more > 0 {
		body = append(body, hint("And "+count(more, "more case", "more cases")+"."))
	}
	return finish(title, true, append(body, footer("For one case write “status” and its reference, such as “status "+string(cases[0].ID)+"”.")))
}

// Task is one thing that somebody holds.
type Task struct {
	Case flows.CaseID
	Who  string // the subject's name
	What string // what is asked, such as "Confirm access"
	Due  time.Time
	Zone *time.Location // of the subject's site; UTC when nil
}

// Tasks lists what one person holds, as given.
func Tasks(tasks []Task, now time.Time) Card {
	if len(tasks) == 0 {
		return finish("Your tasks", false, []block{headline("You hold nothing at the moment."), near(markDone.as("Nothing to do").run())})
	}
	late := 0
	var rows []block
	for i, t := range tasks {
		loc := t.Zone
		if loc == nil {
			loc = time.UTC
		}
		m := markWaiting.as("Due")
		if !t.Due.IsZero() && now.After(t.Due) {
			m = markNeeds.as("Overdue")
			late++
		}
		if i >= mostCases {
			continue
		}
		due := when(t.Due, loc)
		if due == "" {
			m, due = markWaiting, "no time set"
		}
		rows = append(rows, container{Type: "Container", Separator: true, Spacing: "Medium", Items: []block{
			say(strong(cut(t.What, 120)), ran(" for "), strong(cut(visible(t.Who), 100))),
			near(m.run(), ran(" "+due), faint(" · "+string(t.Case))),
		}})
	}
	body := append([]block{headline("You hold " + count(len(tasks), "task", "tasks") + "; " + count(late, "is overdue", "are overdue") + ".")}, rows...)
	if more := len(tasks) - mostCases; more > 0 {
		body = append(body, hint("And "+count(more, "more task", "more tasks")+"."))
	}
	return finish("Your tasks", true, append(body, hint("Each has its own card further up in this chat.")))
}
