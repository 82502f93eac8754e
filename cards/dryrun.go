package cards

import (
	"muster/flows"
)

// DryRun shows what each step of a plan would find now. Nothing was changed.
func DryRun(d flows.DryRun) Card {
	loc := d.Case.Location()
	n := map[flows.Forecast]int{}
	for _, l := range d.Lines {
		n[l.Is]++
	}
	m, all := markDone.as("Would work"), "No step would fail now."
	switch {
	case n[flows.WouldFail] > 0:
		m, all = markNeeds.as("Would fail"), capital(count(n[flows.WouldFail], "step", "steps"))+" would fail now."
	case n[flows.NotTold] > 0:
		m, all = markWaiting.as("Not known"), "Microsoft 365 did not answer for "+count(n[flows.NotTold], "step", "steps")+"."
	}
	return fit(func(room int) Card {
		body := []block{
			headline("Dry run for " + visible(d.Case.Event.Name()) + ": nothing was changed."),
			status(m, ran(all)),
		}
		for _, is := range []flows.Forecast{flows.WouldFail, flows.NotTold, flows.WouldDo, flows.Later, flows.ForPeople, flows.SoAlready, flows.AlreadyEnd} {
			if n[is] == 0 {
				continue
			}
			body = append(body, label(forecastTitle(is)))
			for _, l := range d.Lines {
				if l.Is == is && len(body) < 60*room/100+6 {
					body = append(body, near(ran(cut(l.Step.Title, 120)), faint(" · "+when(l.Step.Due, loc)+seenPart(l.Text))))
				}
			}
		}
		return finish("Dry run of "+string(d.Case.ID), true, append(body, footer(string(d.Case.ID)+" · as of "+when(d.At, loc))))
	})
}

func seenPart(text string) string {
	if text == "" {
		return ""
	}
	return " · " + cut(text, 200)
}

func forecastTitle(is flows.Forecast) string {
	switch is {
	case flows.WouldFail:
		return "Would fail"
	case flows.NotTold:
		return "Not known"
	case flows.WouldDo:
		return "Would be done"
	case flows.Later:
		return "Once the account is there"
	case flows.ForPeople:
		return "For people"
	case flows.SoAlready:
		return "Is so already"
	}
	return "Over"
}
