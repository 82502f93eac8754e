package cards

import (
	"strings"

	"muster/flows"
	"muster/flows/texts"
)

// driftWord says what is wrong with a finding, after its name.
func driftWord(lang texts.Language, k flows.DriftKind) (mark, string) {
	switch k {
	case flows.DriftOpen:
		return markNeeds.as(lang.Say("Open")), lang.Say("is open, although it was blocked")
	case flows.DriftBack:
		return markNeeds.as(lang.Say("Back")), lang.Say("was taken away and is there again")
	case flows.DriftExtra:
		return markWaiting.as(lang.Say("Extra")), lang.Say("is there, and no case gave it")
	case flows.DriftMissing:
		return markWaiting.as(lang.Say("Missing")), lang.Say("was given and is not there any more")
	case flows.DriftBlocked:
		return markWaiting.as(lang.Say("Blocked")), lang.Say("is blocked or gone, although the person works here")
	}
	return markWaiting.as(lang.Say("Different")), lang.Say("is not as it was decided")
}

// correctionStory is the first line of a case that puts access right.
func (v view) correctionStory() string {
	name := visible(v.Event.Name())
	for _, s := range v.Plan.Steps {
		if x := s.Exception; x != nil && !v.Over() {
			return v.lang.Say("%s may keep what no case gave until %s.", name, date(v.lang, x.Until))
		}
	}
	switch v.State {
	case flows.Done:
		return v.lang.Say("The access of %s was put right.", name)
	case flows.Stopped:
		return v.lang.Say("The access of %s was to be put right.", name)
	}
	return v.lang.Say("The access of %s is put right.", name)
}

// mostDrifted is how many people the list of drift shows.
const mostDrifted = 20

// DriftList shows everybody whose access is not what was decided.
func DriftList(lang texts.Language, l flows.DriftList) Card {
	ignored := ""
	if l.Ignored > 0 {
		ignored = lang.Say("%s accepted with a reason.", capital(lang, count(lang, l.Ignored, lang.Say("difference was"), lang.Say("differences were"))))
	}
	if len(l.People) == 0 {
		body := []block{headline(lang.Say("Nobody's access has drifted.")), status(lang, markDone.as(lang.Say("As decided")), ran(lang.Say("Everybody Muster knows is looked at each morning.")))}
		if ignored != "" {
			body = append(body, hint(ignored))
		}
		return finish(lang.Say("Nobody's access has drifted"), false, body)
	}
	return fit(func(room int) Card {
		shown := l.People[:min(len(l.People), mostDrifted*room/100)]
		body := []block{headline(lang.Say("%s not what was decided.", capital(lang, count(lang, len(l.People), lang.Say("person's access is"), lang.Say("people's access is")))))}
		for _, p := range shown {
			open := p.Open()
			rows := []block{say(strong(cut(visible(p.Person.Name), 100)), faint(" · "+count(lang, len(open), lang.Say("difference"), lang.Say("differences"))+" · "+string(p.Case)))}
			for i, f := range open {
				if i == 3 {
					rows = append(rows, near(faint(lang.Say("and %d more", len(open)-i))))
					break
				}
				m, is := driftWord(lang, f.Kind)
				rows = append(rows, near(m.run(lang), ran(" "+cut(visible(f.Name), 100)+" "+is+".")))
			}
			body = append(body, container{Type: "Container", Separator: true, Spacing: "Medium", Items: rows})
		}
		if more := len(l.People) - len(shown); more > 0 {
			body = append(body, hint(lang.Say("And %s.", count(lang, more, lang.Say("more"), lang.Say("more")))))
		}
		if ignored != "" {
			body = append(body, hint(ignored))
		}
		return finish(lang.Say("Drift"), true, append(body, footer(lang.Say("To decide, write “drift” and a name or reference, such as “drift %s”. As of %s.", string(l.People[0].Case), when(lang, l.At, orUTC(l.Zone))))))
	})
}

// DriftOf shows one person's drift, with the choice of what to do about it.
func DriftOf(lang texts.Language, d flows.DriftOf) Card {
	r, open := d.Record, d.Record.Open()
	loc := orUTC(d.Zone)
	if len(open) == 0 {
		return finish(lang.Say("Nothing has drifted"), false, []block{
			headline(lang.Say("The access of %s is as it was decided, or was accepted.", visible(r.Person.Name))),
			status(lang, markDone.as(lang.Say("Nothing open")), ran(lang.Say("It is looked at again each morning."))), footer(string(r.Case)),
		})
	}
	body := []block{headline(lang.Say("The access of %s is not what was decided: %s.", visible(r.Person.Name), count(lang, len(open), lang.Say("difference"), lang.Say("differences"))))}
	var choices []choice
	var all []string
	for _, f := range open[:min(len(open), 25)] {
		m, is := driftWord(lang, f.Kind)
		body = append(body, near(m.run(lang), ran(" "), strong(cut(visible(f.Name), 100)), ran(" "+is+"."), faint(lang.Say(" · since %s · %s", when(lang, f.Since, loc), string(f.Case)))))
		c := choice{cut(visible(f.Name), 100), choiceOf(f.Key)}
		choices, all = append(choices, c), append(all, c.Value)
	}
	if d.May {
		to := func(verb string) data { return data{Verb: verb, Case: string(r.Case), Plan: string(r.Shown())} }
		body = append(body,
			choiceSet{Type: "Input.ChoiceSet", ID: inItems, Label: lang.Say("What to decide on"), Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: choices, Value: strings.Join(all, ",")},
			hint(lang.Say("Put right: what is too much is taken away, what is missing is given again, and a leaver's sign-in is blocked. It becomes a case of its own and is read back.")),
			buttons(
				press(lang.Say("Put right"), positive, to(flows.VerbDriftFix)),
				opens(lang.Say("Keep until"), "",
					hint(lang.Say("An approver signs it off. It ends on its last day, unless the manager asks for longer; without a yes within five working days it is put right.")),
					dateInput{Type: "Input.Date", ID: inUntil, Label: lang.Say("Last day"), IsRequired: true, ErrorMessage: lang.Say("Choose the last day.")},
					ask(inKeepReason, lang.Say("Reason"), lang.Say("Why is it needed?"), lang.Say("Say why it is needed.")),
					buttons(press(lang.Say("Ask for the exception"), "", to(flows.VerbDriftKeep)))),
				opens(lang.Say("Leave as it is"), "",
					hint(lang.Say("It is not reported again as long as it stays so. Your reason stands in the evidence.")),
					ask(inReason, lang.Say("Reason"), lang.Say("Why may it stay?"), lang.Say("Say why it may stay as it is.")),
					buttons(press(lang.Say("Accept with this reason"), "", to(flows.VerbDriftIgnore))))))
	}
	return finish(lang.Say("Drift"), false, append(body, footer(lang.Say("%s · as of %s", string(r.Case), when(lang, d.At, loc)))))
}
