package cards

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster/flows"
)

// populationWord says what a kind of finding is: its mark, and what it means for one and for several.
func populationWord(k flows.PopulationKind) (m mark, one, many string) {
	switch k {
	case flows.StillOpen:
		return markNeeds.as("Still open"), "has left and can still sign in", "have left and can still sign in"
	case flows.NotListed:
		return markNeeds.as("Not on the list"), "can sign in and is not on the list", "can sign in and are not on the list"
	case flows.NoAccount:
		return markWaiting.as("No account"), "is on the list and has no account", "are on the list and have no account"
	case flows.ShutOut:
		return markWaiting.as("Blocked"), "works here and cannot sign in", "work here and cannot sign in"
	case flows.NoCase:
		return markPlanned.as("No case"), "started, and no case says so", "started, and no case says so"
	case flows.NotCompared:
		return markWaiting.as("Not compared"), "could not be compared", "could not be compared"
	}
	return markWaiting.as("In doubt"), "cannot be matched for certain", "cannot be matched for certain"
}

// mostDiffering is how many rows the card of a check shows; the file has all.
const mostDiffering = 8

// Population is what a check of HR's list found.
func Population(p flows.Population) Card {
	if len(p.Findings) == 0 {
		return finish("HR's list and the directory agree", false, []block{
			headline("HR's list and the directory agree."), status(markDone.as("No differences"), ran(populationCounts(p))), footer(asOf(p)),
		})
	}
	return fit(func(room int) Card {
		body := []block{
			headline(capital(count(len(p.Findings), "difference", "differences")) + " between HR's list and the directory."),
			say(ran("Look at each one. Nothing was changed; opening a form starts it, and you confirm it as always.")),
		}
		counts := p.Counts()
		for _, k := range flows.PopulationKinds {
			if n := counts[k]; n > 0 {
				_, one, many := populationWord(k)
				body = append(body, near(strong(strconv.Itoa(n)), ran(" "+map[bool]string{true: one, false: many}[n == 1])))
			}
		}
		shown := p.Findings[:min(len(p.Findings), max(1, mostDiffering*room/100))]
		set := choiceSet{Type: "Input.ChoiceSet", ID: inRow, Label: "About whom", Style: "compact", IsRequired: true, ErrorMessage: "Choose a person.", Placeholder: "Choose a person", Choices: []choice{}}
		for i, f := range shown {
			m, one, _ := populationWord(f.Kind)
			runs := []run{m.run(), ran(" "), strong(cut(populationName(f), 80)), ran(" " + one + ".")}
			if f.UPN != "" && f.Name != "" {
				runs = append(runs, faint(" "+cut(strings.SplitN(f.UPN, "@", 2)[0], 30)))
			}
			if f.Line > 0 {
				between := " · "
				if f.UPN == "" || f.Name == "" {
					between = " "
				}
				runs = append(runs, faint(fmt.Sprintf("%sline %d", between, f.Line)))
			}
			rows := []block{say(runs...)}
			if f.Doubt != "" {
				rows = append(rows, near(faint(cut(f.Doubt, 200))))
			}
			if f.Opened {
				rows = append(rows, near(faint("You opened a form for this.")))
			}
			body = append(body, container{Type: "Container", Separator: true, Spacing: "Small", Items: rows})
			switch f.Opens() {
			case flows.JoinerEvent:
				set.Choices = append(set.Choices, choice{plain("New starter: " + cut(populationName(f), 60)), strconv.Itoa(i)})
			case flows.LeaverEvent:
				set.Choices = append(set.Choices, choice{plain("Leaver: " + cut(populationName(f), 60)), strconv.Itoa(i)})
			}
		}
		if more := len(p.Findings) - len(shown); more > 0 {
			body = append(body, hint("And "+count(more, "more, which the file has", "more, which the file has")+"."))
		}
		to := func(verb string) data { return data{Verb: verb, Draft: p.ID} }
		var row []action
		if len(set.Choices) > 0 {
			row = append(row, opens("Open a form", positive, set,
				hint("The form opens as a message of its own, filled in as far as the list says."),
				buttons(press("Open the form", positive, to(flows.VerbPopulationOpen)))))
		}
		row = append(row, alone(press("All rows as a file", "", to(flows.VerbPopulationFile))))
		return finish("Differences between HR's list and the directory", true, append(body, hint(populationCounts(p)), buttons(row...), footer(asOf(p))))
	})
}

func populationName(f flows.PopulationFinding) string {
	for _, s := range []string{f.Name, f.UPN, f.EmployeeID} {
		if s != "" {
			return visible(s)
		}
	}
	return "Somebody without a name"
}

func populationCounts(p flows.Population) string {
	s := fmt.Sprintf("%s on the list, %s with an open sign-in, %s as they should be.", count(p.Rows, "person", "people"), count(p.Accounts, "account", "accounts"), count(p.Same, "person is", "people are"))
	if p.Aside > 0 {
		s += " " + capital(count(p.Aside, "account of a service or protected one was", "accounts of services and protected ones were")) + " left aside, and guests."
	}
	return s
}

func asOf(p flows.Population) string {
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		loc = time.UTC
	}
	return p.File + " · as of " + when(p.At, loc)
}
