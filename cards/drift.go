package cards

import (
	"fmt"
	"strings"

	"muster/flows"
)

// driftWord says what is wrong with a finding, after its name.
func driftWord(k flows.DriftKind) (mark, string) {
	switch k {
	case flows.DriftOpen:
		return markNeeds.as("Open"), "is open, although it was blocked"
	case flows.DriftBack:
		return markNeeds.as("Back"), "was taken away and is there again"
	case flows.DriftExtra:
		return markWaiting.as("Extra"), "is there, and no case gave it"
	case flows.DriftMissing:
		return markWaiting.as("Missing"), "was given and is not there any more"
	case flows.DriftBlocked:
		return markWaiting.as("Blocked"), "is blocked or gone, although the person works here"
	}
	return markWaiting.as("Different"), "is not as it was decided"
}

// correctionStory is the first line of a case that puts access right.
func (v view) correctionStory() string {
	name := visible(v.Event.Name())
	for _, s := range v.Plan.Steps {
		if x := s.Exception; x != nil && !v.Over() {
			return name + " may keep what no case gave until " + x.Until.Say() + "."
		}
	}
	switch v.State {
	case flows.Done:
		return "The access of " + name + " was put right."
	case flows.Stopped:
		return "The access of " + name + " was to be put right."
	}
	return "The access of " + name + " is put right."
}

// mostDrifted is how many people the list of drift shows.
const mostDrifted = 20

// DriftList shows everybody whose access is not what was decided.
func DriftList(l flows.DriftList) Card {
	ignored := ""
	if l.Ignored > 0 {
		ignored = capital(count(l.Ignored, "difference was", "differences were")) + " accepted with a reason."
	}
	if len(l.People) == 0 {
		body := []block{headline("Nobody's access has drifted."), status(markDone.as("As decided"), ran("Everybody Muster knows is looked at each morning."))}
		if ignored != "" {
			body = append(body, hint(ignored))
		}
		return finish("Nobody's access has drifted", false, body)
	}
	return fit(func(room int) Card {
		shown := l.People[:min(len(l.People), mostDrifted*room/100)]
		body := []block{headline(capital(count(len(l.People), "person's access is", "people's access is")) + " not what was decided.")}
		for _, p := range shown {
			open := p.Open()
			rows := []block{say(strong(cut(visible(p.Person.Name), 100)), faint(" · "+count(len(open), "difference", "differences")+" · "+string(p.Case)))}
			for i, f := range open {
				if i == 3 {
					rows = append(rows, near(faint(fmt.Sprintf("and %d more", len(open)-i))))
					break
				}
				m, is := driftWord(f.Kind)
				rows = append(rows, near(m.run(), ran(" "+cut(visible(f.Name), 100)+" "+is+".")))
			}
			body = append(body, container{Type: "Container", Separator: true, Spacing: "Medium", Items: rows})
		}
		if more := len(l.People) - len(shown); more > 0 {
			body = append(body, hint("And "+count(more, "more", "more")+"."))
		}
		if ignored != "" {
			body = append(body, hint(ignored))
		}
		return finish("Drift", true, append(body, footer("To decide, write “drift” and a name or reference, such as “drift "+string(l.People[0].Case)+"”. As of "+when(l.At, orUTC(l.Zone))+".")))
	})
}

// DriftOf shows one person's drift, with the choice of what to do about it.
func DriftOf(d flows.DriftOf) Card {
	r, open := d.Record, d.Record.Open()
	loc := orUTC(d.Zone)
	if len(open) == 0 {
		return finish("Nothing has drifted", false, []block{
			headline("The access of " + visible(r.Person.Name) + " is as it was decided, or was accepted."),
			status(markDone.as("Nothing open"), ran("It is looked at again each morning.")), footer(string(r.Case)),
		})
	}
	body := []block{headline("The access of " + visible(r.Person.Name) + " is not what was decided: " + count(len(open), "difference", "differences") + ".")}
	var choices []choice
	var all []string
	for _, f := range open[:min(len(open), 25)] {
		m, is := driftWord(f.Kind)
		body = append(body, near(m.run(), ran(" "), strong(cut(visible(f.Name), 100)), ran(" "+is+"."), faint(" · since "+when(f.Since, loc)+" · "+string(f.Case))))
		c := choice{cut(visible(f.Name), 100), choiceOf(f.Key)}
		choices, all = append(choices, c), append(all, c.Value)
	}
	if d.May {
		to := func(verb string) data { return data{Verb: verb, Case: string(r.Case), Plan: string(r.Shown())} }
		body = append(body,
			choiceSet{Type: "Input.ChoiceSet", ID: inItems, Label: "What to decide on", Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: choices, Value: strings.Join(all, ",")},
			hint("Put right: what is too much is taken away, what is missing is given again, and a leaver's sign-in is blocked. It becomes a case of its own and is read back."),
			buttons(
				press("Put right", positive, to(flows.VerbDriftFix)),
				opens("Keep until", "",
					hint("An approver signs it off. It ends on its last day, unless the manager asks for longer; without a yes within five working days it is put right."),
					dateInput{Type: "Input.Date", ID: inUntil, Label: "Last day", IsRequired: true, ErrorMessage: "Choose the last day."},
					ask(inKeepReason, "Reason", "Why is it needed?", "Say why it is needed."),
					buttons(press("Ask for the exception", "", to(flows.VerbDriftKeep)))),
				opens("Leave as it is", "",
					hint("It is not reported again as long as it stays so. Your reason stands in the evidence."),
					ask(inReason, "Reason", "Why may it stay?", "Say why it may stay as it is."),
					buttons(press("Accept with this reason", "", to(flows.VerbDriftIgnore))))))
	}
	return finish("Drift", false, append(body, footer(string(r.Case)+" · as of "+when(d.At, loc))))
}
