package cards

import (
	"strconv"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// populationWord says what a kind of finding is: its mark, and what it means for one and for several.
func populationWord(lang texts.Language, k flows.PopulationKind) (m mark, one, many string) {
	switch k {
	case flows.StillOpen:
		return markNeeds.as(lang.Say("Still open")), lang.Say("has left and can still sign in"), lang.Say("have left and can still sign in")
	case flows.NotListed:
		return markNeeds.as(lang.Say("Not on the list")), lang.Say("can sign in and is not on the list"), lang.Say("can sign in and are not on the list")
	case flows.NoAccount:
		return markWaiting.as(lang.Say("No account")), lang.Say("is on the list and has no account"), lang.Say("are on the list and have no account")
	case flows.ShutOut:
		return markWaiting.as(lang.Say("Blocked")), lang.Say("works here and cannot sign in"), lang.Say("work here and cannot sign in")
	case flows.NoCase:
		return markPlanned.as(lang.Say("No case")), lang.Say("started, and no case says so"), lang.Say("started, and no case says so")
	case flows.NotCompared:
		return markWaiting.as(lang.Say("Not compared")), lang.Say("could not be compared"), lang.Say("could not be compared")
	}
	return markWaiting.as(lang.Say("In doubt")), lang.Say("cannot be matched for certain"), lang.Say("cannot be matched for certain")
}

// mostDiffering is how many rows the card of a check shows; the file has all.
const mostDiffering = 8

// Population is what a check of HR's list found.
func Population(lang texts.Language, p flows.Population) Card {
	if len(p.Findings) == 0 {
		return finish(lang.Say("HR's list and the directory agree"), false, []block{
			headline(lang.Say("HR's list and the directory agree.")), status(lang, markDone.as(lang.Say("No differences")), ran(populationCounts(lang, p))), footer(asOf(lang, p)),
		})
	}
	return fit(func(room int) Card {
		body := []block{
			headline(lang.Say("%s between HR's list and the directory.", capital(lang, count(lang, len(p.Findings), lang.Say("difference"), lang.Say("differences"))))),
			say(ran(lang.Say("Look at each one. Nothing was changed; opening a form starts it, and you confirm it as always."))),
		}
		counts := p.Counts()
		for _, k := range flows.PopulationKinds {
			if n := counts[k]; n > 0 {
				_, one, many := populationWord(lang, k)
				body = append(body, near(strong(strconv.Itoa(n)), ran(" "+map[bool]string{true: one, false: many}[n == 1])))
			}
		}
		shown := p.Findings[:min(len(p.Findings), max(1, mostDiffering*room/100))]
		set := choiceSet{Type: "Input.ChoiceSet", ID: inRow, Label: lang.Say("About whom"), Style: "compact", IsRequired: true, ErrorMessage: lang.Say("Choose a person."), Placeholder: lang.Say("Choose a person"), Choices: []choice{}}
		for i, f := range shown {
			m, one, _ := populationWord(lang, f.Kind)
			runs := []run{m.run(lang), ran(" "), strong(cut(populationName(lang, f), 80)), ran(" " + one + ".")}
			if f.UPN != "" && f.Name != "" {
				runs = append(runs, faint(" "+cut(strings.SplitN(f.UPN, "@", 2)[0], 30)))
			}
			if f.Line > 0 {
				between := " · "
				if f.UPN == "" || f.Name == "" {
					between = " "
				}
				runs = append(runs, faint(lang.Say("%sline %d", between, f.Line)))
			}
			rows := []block{say(runs...)}
			if f.Doubt != "" {
				rows = append(rows, near(faint(cut(f.Doubt, 200))))
			}
			if f.Opened {
				rows = append(rows, near(faint(lang.Say("You opened a form for this."))))
			}
			body = append(body, container{Type: "Container", Separator: true, Spacing: "Small", Items: rows})
			switch f.Opens() {
			case flows.JoinerEvent:
				set.Choices = append(set.Choices, choice{plain(lang.Say("New starter: %s", cut(populationName(lang, f), 60))), strconv.Itoa(i)})
			case flows.LeaverEvent:
				set.Choices = append(set.Choices, choice{plain(lang.Say("Leaver: %s", cut(populationName(lang, f), 60))), strconv.Itoa(i)})
			}
		}
		if more := len(p.Findings) - len(shown); more > 0 {
			body = append(body, hint(lang.Say("And %s.", count(lang, more, lang.Say("more, which the file has"), lang.Say("more, which the file has")))))
		}
		to := func(verb string) data { return data{Verb: verb, Draft: p.ID} }
		var row []action
		if len(set.Choices) > 0 {
			row = append(row, opens(lang.Say("Open a form"), positive, set,
				hint(lang.Say("The form opens as a message of its own, filled in as far as the list says.")),
				buttons(press(lang.Say("Open the form"), positive, to(flows.VerbPopulationOpen)))))
		}
		row = append(row, alone(press(lang.Say("All rows as a file"), "", to(flows.VerbPopulationFile))))
		return finish(lang.Say("Differences between HR's list and the directory"), true, append(body, hint(populationCounts(lang, p)), buttons(row...), footer(asOf(lang, p))))
	})
}

func populationName(lang texts.Language, f flows.PopulationFinding) string {
	for _, s := range []string{f.Name, f.UPN, f.EmployeeID} {
		if s != "" {
			return visible(s)
		}
	}
	return lang.Say("Somebody without a name")
}

func populationCounts(lang texts.Language, p flows.Population) string {
	s := lang.Say("%s on the list, %s with an open sign-in, %s as they should be.", count(lang, p.Rows, lang.Say("person"), lang.Say("people")), count(lang, p.Accounts, lang.Say("account"), lang.Say("accounts")), count(lang, p.Same, lang.Say("person is"), lang.Say("people are")))
	if p.Aside > 0 {
		s += lang.Say(" %s left aside, and guests.", capital(lang, count(lang, p.Aside, lang.Say("account of a service or protected one was"), lang.Say("accounts of services and protected ones were"))))
	}
	return s
}

func asOf(lang texts.Language, p flows.Population) string {
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		loc = time.UTC
	}
	return lang.Say("%s · as of %s", p.File, when(lang, p.At, loc))
}
