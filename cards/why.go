package cards

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"muster/flows"
)

// mostWhy is how many things a list of "why" shows, and mostEvents how many lines of the history of one.
const (
	mostWhy    = 30
	mostEvents = 12
)

// Why says how somebody came to one thing, or lists all of theirs with a line each.
func Why(v flows.WhyView) Card {
	loc := v.Zone
	if loc == nil {
		loc = time.UTC
	}
	name := visible(v.Person.Name)
	last := footer("As of " + when(v.At, loc) + ". What Muster did stands in its log; what the person has was read just now.")
	switch {
	case len(v.Things) == 0 && v.Asked == "":
		return finish("Why", false, []block{headline(name + " has nothing that I can see, and had nothing through Muster."), last})
	case len(v.Things) == 0:
		return finish("Why", false, []block{
			headline("I find nothing of that name for " + name + "."),
			say(ran("You asked about "), quote(v.Asked), ran(". It is neither among what "+name+" has, nor in a case, nor a group of the directory. The name alone after “why” lists everything.")), last,
		})
	case len(v.Things) == 1:
		return fit(func(room int) Card { return whyOne(v, v.Things[0], loc, max(3, mostEvents*room/100), last) })
	}
	return fit(func(room int) Card {
		story := "What " + name + " has or had, and where it came from."
		if v.Asked != "" {
			story = "Several things of that name: write the one you mean."
		}
		body := append([]block{headline(story)}, whyAbout(v)...)
		shown := v.Things[:min(len(v.Things), mostWhy*room/100)]
		for _, t := range shown {
			m, _ := whyState(t)
			body = append(body, near(m.run(), ran(" "), strong(cut(visible(t.Name), 100)), faint(" · "+t.Kind+" · "), ran(cut(whyLine(t, loc), 240))))
		}
		if more := len(v.Things) - len(shown); more > 0 {
			body = append(body, hint("And "+count(more, "more", "more")+". Ask for one by its name."))
		}
		return finish("Why", true, append(body, last))
	})
}

// whyAbout are the remarks on the whole answer.
func whyAbout(v flows.WhyView) []block {
	var out []block
	if v.Gone {
		out = append(out, near(ran("The account is not in the directory any more.")))
	}
	if v.Hidden {
		out = append(out, near(ran("Muster may not read roles in apps, so what is said of them comes from its log alone.")))
	}
	return out
}

// whyOne is one thing with its history.
func whyOne(v flows.WhyView, t flows.WhyThing, loc *time.Location, most int, last block) Card {
	m, story := whyState(t)
	body := []block{headline(strings.NewReplacer("NAME", visible(v.Person.Name), "THING", visible(t.Name)).Replace(story)), status(m, ran(sentence(t.Kind)+". "+sentence(whyLine(t, loc))))}
	body = append(body, whyAbout(v)...)
	if t.Via != "" {
		body = append(body, near(ran("It comes with "), strong(visible(t.Via)), ran(". To see why, ask for that.")))
	}
	if t.Rule != "" {
		body = append(body, near(ran("The group follows a rule in Microsoft 365, which takes people in by what their account says: "), quote(t.Rule)))
	}
	if d := t.Drift; d != nil {
		_, is := driftWord(d.Kind)
		runs := []run{ran("The daily look found on " + when(d.Since, loc) + " that it " + is + ".")}
		if by := d.Ignored; !by.At.IsZero() {
			runs = append(runs, ran(" "), strong(visible(by.Person.Name)), ran(" accepted that on "+when(by.At, loc)+": "), quote(by.Note))
		}
		body = append(body, near(runs...))
	}
	events := t.Events
	if hidden := len(events) - most; hidden > 0 {
		body = append(body, hint(sentence(count(hidden, "earlier line is", "earlier lines are"))+" left out here."))
		events = events[hidden:]
	}
	for _, e := range events {
		body = append(body, container{Type: "Container", Separator: true, Spacing: "Medium", Items: whyEvent(e, loc)})
	}
	return finish("Why", false, append(body, last))
}

// whyState is how a thing stands, with the first line about it.
func whyState(t flows.WhyThing) (mark, string) {
	last, any := t.Last()
	switch {
	case t.Held == flows.HeldYes && t.Through():
		return markDone.as("Has it"), "NAME has THING by a decision in Muster."
	case t.Held == flows.HeldYes && any && last.What == flows.WhyTaken:
		return markNeeds.as("Has it again"), "NAME has THING again, although it was taken away."
	case t.Held == flows.HeldYes && (t.Via != "" || t.Rule != ""):
		return markRunning.as("Has it"), "NAME has THING, and nobody decided that in Muster."
	case t.Held == flows.HeldYes:
		return markWaiting.as("Has it"), "NAME has THING, not through Muster."
	case t.Held == flows.HeldNo && t.Through():
		return markWaiting.as("Missing"), "NAME was given THING and does not have it any more."
	case t.Held == flows.HeldNo && any && last.What == flows.WhyTaken:
		return markStopped.as("Taken away"), "NAME does not have THING any more."
	case t.Held == flows.HeldNo:
		return markStopped.as("Does not have it"), "NAME does not have THING."
	case t.Through():
		return markDone.as("Given"), "NAME was given THING."
	case any && last.What == flows.WhyTaken:
		return markStopped.as("Taken away"), "THING was taken from NAME."
	}
	return markWaiting.as("Not known"), "What is known about THING for NAME."
}

// sentence begins with a capital letter.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// whyLine says where a thing came from and, where that is known, when it goes.
func whyLine(t flows.WhyThing, loc *time.Location) string {
	line := whyFrom(t, loc)
	for _, e := range slices.Backward(t.Events) {
		switch {
		case e.What == flows.WhyKept && e.Until != "" && e.Done():
			return line + " It may stay until " + e.Until.Say() + "."
		case e.What == flows.WhyTaken && e.State == flows.Planned:
			return line + " It is to go on " + day(e.At, loc) + " (" + string(e.Case) + ")."
		case e.Done() && e.What != flows.WhyKept:
			return line
		}
	}
	return line
}

// whyFrom says where a thing came from.
func whyFrom(t flows.WhyThing, loc *time.Location) string {
	last, any := t.Last()
	switch {
	case any && last.What == flows.WhyGiven:
		return "given by " + string(last.Case) + " on " + day(last.At, loc) + whyFor(last) + "."
	case any && last.What == flows.WhyTaken:
		return "taken away by " + string(last.Case) + " on " + day(last.At, loc) + "."
	case any && last.What == flows.WhyFound:
		return "not through Muster: first seen on " + day(last.At, loc) + ", with " + string(last.Case) + "."
	case t.Drift != nil:
		return "not through Muster: first seen on " + day(t.Drift.Since, loc) + ", by the daily look."
	case t.Held == flows.HeldYes && t.Via != "":
		return "it comes with " + visible(t.Via) + "."
	case t.Held == flows.HeldYes && t.Rule != "":
		return "the group's own rule takes people in."
	case t.Held == flows.HeldYes:
		return "not through Muster, and nobody looked before now."
	case len(t.Events) > 0:
		return "nothing of it is done yet."
	}
	return "no case of Muster gave it or took it."
}

func whyFor(e flows.WhyEvent) string {
	switch e.Why {
	case "":
		return ""
	case "everybody":
		return ", as everybody gets it"
	}
	return " (" + visible(e.Why) + ")"
}

// whyEvent is one line of the history, with who stands behind it.
func whyEvent(e flows.WhyEvent, loc *time.Location) []block {
	var first run
	switch {
	case e.What == flows.WhyFound:
		return []block{say(strong("Seen first"), faint(" · "+when(e.At, loc)+" · "+string(e.Case))), near(ran("It was there already when this case began. How it came about is not known to Muster."))}
	case e.What == flows.WhyKept:
		first = strong("Kept")
	case e.What == flows.WhyTaken:
		first = strong(map[bool]string{true: "Taken away", false: "To be taken away"}[e.Done()])
	default:
		first = strong(map[bool]string{true: "Given", false: "To be given"}[e.Done()])
	}
	at := when(e.At, loc)
	if e.What == flows.WhyKept {
		at = day(e.At, loc)
	}
	out := []block{say(first, faint(" · "+at+" · "+string(e.Case)))}
	if e.What == flows.WhyKept {
		what := []run{ran("The case left it on purpose")}
		if e.Why != "" {
			what = append(what, ran(": "+visible(e.Why)))
		}
		if e.Until != "" {
			what = []run{ran("It may stay until " + e.Until.Say())}
			if !e.Done() {
				what = []run{ran("It was asked that it stay until " + e.Until.Say() + ", and that is not signed off")}
			}
		}
		if e.Reason != "" {
			what = append(what, ran(": "), quote(e.Reason))
		} else {
			what = append(what, ran("."))
		}
		out = append(out, near(what...))
	} else {
		out = append(out, near(ran(visible(e.Step)+whyFor(e)+". "), ran(whySeen(e))))
	}
	return append(out, near(whyPeople(e, loc)...))
}

// whySeen says how far a step has come.
func whySeen(e flows.WhyEvent) string {
	switch e.State {
	case flows.StepDone:
		return "Seen in Microsoft 365."
	case flows.StepDoneHand:
		return "Done by hand by " + visible(orNobody(e.ByHand.Name)) + "."
	case flows.StepLeftOut:
		return "Left out, with a reason."
	case flows.StepBroken:
		return "It failed and waits for people."
	case flows.StepNotSeen, flows.StepBegun:
		return "Sent, not yet seen."
	}
	return "Planned."
}

func orNobody(s string) string {
	if s == "" {
		return "somebody whose name was erased"
	}
	return s
}

// whyPeople are those who asked, confirmed and signed.
func whyPeople(e flows.WhyEvent, loc *time.Location) []run {
	var out []run
	add := func(what string, by flows.By) {
		if by.Person.Name == "" {
			return
		}
		if len(out) > 0 {
			out = append(out, ran(" · "))
		}
		out = append(out, faint(what+" "), ran(visible(by.Person.Name)))
		if by.Note != "" && what != "Asked for by" {
			out = append(out, ran(" for "+visible(by.Note)))
		}
		if !by.At.IsZero() {
			out = append(out, faint(" "+day(by.At, loc)))
		}
	}
	add("Asked for by", e.Asked)
	add("Confirmed by", e.Confirmed)
	for _, by := range e.Signed {
		add("Signed off by", by)
	}
	if len(out) == 0 {
		out = append(out, faint("Begun by Muster itself."))
	}
	return out
}
