package cards

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"muster/flows"
	"muster/flows/texts"
)

// mostWhy is how many things a list of "why" shows, and mostEvents how many lines of the history of one.
const (
	mostWhy    = 30
	mostEvents = 12
)

// Why says how somebody came to one thing, or lists all of theirs with a line each.
func Why(lang texts.Language, v flows.WhyView) Card {
	loc := v.Zone
	if loc == nil {
		loc = time.UTC
	}
	name := visible(v.Person.Name)
	last := footer(lang.Say("As of %s. What Muster did stands in its log; what the person has was read just now.", when(lang, v.At, loc)))
	switch {
	case len(v.Things) == 0 && v.Asked == "":
		return finish(lang.Say("Why"), false, []block{headline(lang.Say("%s has nothing that I can see, and had nothing through Muster.", name)), last})
	case len(v.Things) == 0:
		return finish(lang.Say("Why"), false, []block{
			headline(lang.Say("I find nothing of that name for %s.", name)),
			say(ran(lang.Say("You asked about ")), quote(v.Asked), ran(lang.Say(". It is neither among what %s has, nor in a case, nor a group of the directory. The name alone after “why” lists everything.", name))), last,
		})
	case len(v.Things) == 1:
		return fit(func(room int) Card { return whyOne(lang, v, v.Things[0], loc, max(3, mostEvents*room/100), last) })
	}
	return fit(func(room int) Card {
		story := lang.Say("What %s has or had, and where it came from.", name)
		if v.Asked != "" {
			story = lang.Say("Several things of that name: write the one you mean.")
		}
		body := append([]block{headline(story)}, whyAbout(lang, v)...)
		shown := v.Things[:min(len(v.Things), mostWhy*room/100)]
		for _, t := range shown {
			m, _ := whyState(lang, t)
			body = append(body, near(m.run(lang), ran(" "), strong(cut(visible(t.Name), 100)), faint(" · "+t.Kind+" · "), ran(cut(whyLine(lang, t, loc), 240))))
		}
		if more := len(v.Things) - len(shown); more > 0 {
			body = append(body, hint(lang.Say("And %s. Ask for one by its name.", count(lang, more, lang.Say("more"), lang.Say("more")))))
		}
		return finish(lang.Say("Why"), true, append(body, last))
	})
}

// whyAbout are the remarks on the whole answer.
func whyAbout(lang texts.Language, v flows.WhyView) []block {
	var out []block
	if v.Gone {
		out = append(out, near(ran(lang.Say("The account is not in the directory any more."))))
	}
	if v.Hidden {
		out = append(out, near(ran(lang.Say("Muster may not read roles in apps, so what is said of them comes from its log alone."))))
	}
	return out
}

// whyOne is one thing with its history.
func whyOne(lang texts.Language, v flows.WhyView, t flows.WhyThing, loc *time.Location, most int, last block) Card {
	m, story := whyState(lang, t)
	body := []block{headline(strings.NewReplacer("NAME", visible(v.Person.Name), "THING", visible(t.Name)).Replace(story)), status(lang, m, ran(sentence(t.Kind)+". "+sentence(whyLine(lang, t, loc))))}
	body = append(body, whyAbout(lang, v)...)
	if t.Via != "" {
		body = append(body, near(ran(lang.Say("It comes with ")), strong(visible(t.Via)), ran(lang.Say(". To see why, ask for that."))))
	}
	if t.Rule != "" {
		body = append(body, near(ran(lang.Say("The group follows a rule in Microsoft 365, which takes people in by what their account says: ")), quote(t.Rule)))
	}
	if d := t.Drift; d != nil {
		_, is := driftWord(lang, d.Kind)
		runs := []run{ran(lang.Say("The daily look found on %s that it %s.", when(lang, d.Since, loc), is))}
		if by := d.Ignored; !by.At.IsZero() {
			runs = append(runs, ran(" "), strong(visible(by.Person.Name)), ran(lang.Say(" accepted that on %s: ", when(lang, by.At, loc))), quote(by.Note))
		}
		body = append(body, near(runs...))
	}
	events := t.Events
	if hidden := len(events) - most; hidden > 0 {
		body = append(body, hint(lang.Say("%s left out here.", sentence(count(lang, hidden, lang.Say("earlier line is"), lang.Say("earlier lines are"))))))
		events = events[hidden:]
	}
	for _, e := range events {
		body = append(body, container{Type: "Container", Separator: true, Spacing: "Medium", Items: whyEvent(lang, e, loc)})
	}
	return finish(lang.Say("Why"), false, append(body, last))
}

// whyState is how a thing stands, with the first line about it.
func whyState(lang texts.Language, t flows.WhyThing) (mark, string) {
	last, any := t.Last()
	switch {
	case t.Held == flows.HeldYes && t.Through():
		return markDone.as(lang.Say("Has it")), lang.Say("NAME has THING by a decision in Muster.")
	case t.Held == flows.HeldYes && any && last.What == flows.WhyTaken:
		return markNeeds.as(lang.Say("Has it again")), lang.Say("NAME has THING again, although it was taken away.")
	case t.Held == flows.HeldYes && (t.Via != "" || t.Rule != ""):
		return markRunning.as(lang.Say("Has it")), lang.Say("NAME has THING, and nobody decided that in Muster.")
	case t.Held == flows.HeldYes:
		return markWaiting.as(lang.Say("Has it")), lang.Say("NAME has THING, not through Muster.")
	case t.Held == flows.HeldNo && t.Through():
		return markWaiting.as(lang.Say("Missing")), lang.Say("NAME was given THING and does not have it any more.")
	case t.Held == flows.HeldNo && any && last.What == flows.WhyTaken:
		return markStopped.as(lang.Say("Taken away")), lang.Say("NAME does not have THING any more.")
	case t.Held == flows.HeldNo:
		return markStopped.as(lang.Say("Does not have it")), lang.Say("NAME does not have THING.")
	case t.Through():
		return markDone.as(lang.Say("Given")), lang.Say("NAME was given THING.")
	case any && last.What == flows.WhyTaken:
		return markStopped.as(lang.Say("Taken away")), lang.Say("THING was taken from NAME.")
	}
	return markWaiting.as(lang.Say("Not known")), lang.Say("What is known about THING for NAME.")
}

// sentence begins with a capital letter.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// whyLine says where a thing came from and, where that is known, when it goes.
func whyLine(lang texts.Language, t flows.WhyThing, loc *time.Location) string {
	line := whyFrom(lang, t, loc)
	for _, e := range slices.Backward(t.Events) {
		switch {
		case e.What == flows.WhyKept && e.Until != "" && e.Done():
			return lang.Say("%s It may stay until %s.", line, date(lang, e.Until))
		case e.What == flows.WhyTaken && e.State == flows.Planned:
			return lang.Say("%s It is to go on %s (%s).", line, day(lang, e.At, loc), string(e.Case))
		case e.Done() && e.What != flows.WhyKept:
			return line
		}
	}
	return line
}

// whyFrom says where a thing came from.
func whyFrom(lang texts.Language, t flows.WhyThing, loc *time.Location) string {
	last, any := t.Last()
	switch {
	case any && last.What == flows.WhyGiven:
		return lang.Say("given by %s on %s%s.", string(last.Case), day(lang, last.At, loc), whyFor(lang, last))
	case any && last.What == flows.WhyTaken:
		return lang.Say("taken away by %s on %s.", string(last.Case), day(lang, last.At, loc))
	case any && last.What == flows.WhyFound:
		return lang.Say("not through Muster: first seen on %s, with %s.", day(lang, last.At, loc), string(last.Case))
	case t.Drift != nil:
		return lang.Say("not through Muster: first seen on %s, by the daily look.", day(lang, t.Drift.Since, loc))
	case t.Held == flows.HeldYes && t.Via != "":
		return lang.Say("it comes with %s.", visible(t.Via))
	case t.Held == flows.HeldYes && t.Rule != "":
		return lang.Say("the group's own rule takes people in.")
	case t.Held == flows.HeldYes:
		return lang.Say("not through Muster, and nobody looked before now.")
	case len(t.Events) > 0:
		return lang.Say("nothing of it is done yet.")
	}
	return lang.Say("no case of Muster gave it or took it.")
}

func whyFor(lang texts.Language, e flows.WhyEvent) string {
	switch e.Why {
	case "":
		return ""
	case "everybody":
		return lang.Say(", as everybody gets it")
	}
	return " (" + visible(e.Why) + ")"
}

// whyEvent is one line of the history, with who stands behind it.
func whyEvent(lang texts.Language, e flows.WhyEvent, loc *time.Location) []block {
	var first run
	switch {
	case e.What == flows.WhyFound:
		return []block{say(strong(lang.Say("Seen first")), faint(" · "+when(lang, e.At, loc)+" · "+string(e.Case))), near(ran(lang.Say("It was there already when this case began. How it came about is not known to Muster.")))}
	case e.What == flows.WhyKept:
		first = strong(lang.Say("Kept"))
	case e.What == flows.WhyTaken:
		first = strong(map[bool]string{true: lang.Say("Taken away"), false: lang.Say("To be taken away")}[e.Done()])
	default:
		first = strong(map[bool]string{true: lang.Say("Given"), false: lang.Say("To be given")}[e.Done()])
	}
	at := when(lang, e.At, loc)
	if e.What == flows.WhyKept {
		at = day(lang, e.At, loc)
	}
	out := []block{say(first, faint(" · "+at+" · "+string(e.Case)))}
	if e.What == flows.WhyKept {
		what := []run{ran(lang.Say("The case left it on purpose"))}
		if e.Why != "" {
			what = append(what, ran(": "+visible(e.Why)))
		}
		if e.Until != "" {
			what = []run{ran(lang.Say("It may stay until %s", date(lang, e.Until)))}
			if !e.Done() {
				what = []run{ran(lang.Say("It was asked that it stay until %s, and that is not signed off", date(lang, e.Until)))}
			}
		}
		if e.Reason != "" {
			what = append(what, ran(": "), quote(e.Reason))
		} else {
			what = append(what, ran("."))
		}
		out = append(out, near(what...))
	} else {
		out = append(out, near(ran(visible(e.Step)+whyFor(lang, e)+". "), ran(whySeen(lang, e))))
	}
	return append(out, near(whyPeople(lang, e, loc)...))
}

// whySeen says how far a step has come.
func whySeen(lang texts.Language, e flows.WhyEvent) string {
	switch e.State {
	case flows.StepDone:
		return lang.Say("Seen in Microsoft 365.")
	case flows.StepDoneHand:
		return lang.Say("Done by hand by %s.", visible(orNobody(lang, e.ByHand.Name)))
	case flows.StepLeftOut:
		return lang.Say("Left out, with a reason.")
	case flows.StepBroken:
		return lang.Say("It failed and waits for people.")
	case flows.StepNotSeen, flows.StepBegun:
		return lang.Say("Sent, not yet seen.")
	}
	return lang.Say("Planned.")
}

func orNobody(lang texts.Language, s string) string {
	if s == "" {
		return lang.Say("somebody whose name was erased")
	}
	return s
}

// whyPeople are those who asked, confirmed and signed.
func whyPeople(lang texts.Language, e flows.WhyEvent, loc *time.Location) []run {
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
			out = append(out, ran(lang.Say(" for %s", visible(by.Note))))
		}
		if !by.At.IsZero() {
			out = append(out, faint(" "+day(lang, by.At, loc)))
		}
	}
	add(lang.Say("Asked for by"), e.Asked)
	add(lang.Say("Confirmed by"), e.Confirmed)
	for _, by := range e.Signed {
		add(lang.Say("Signed off by"), by)
	}
	if len(out) == 0 {
		out = append(out, faint(lang.Say("Begun by Muster itself.")))
	}
	return out
}
