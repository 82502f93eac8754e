package cards

import (
	"muster/flows"
	"muster/flows/texts"
)

// DryRun shows what each step of a plan would find now. Nothing was changed.
func DryRun(lang texts.Language, d flows.DryRun) Card {
	loc := d.Case.Location()
	n := map[flows.Forecast]int{}
	for _, l := range d.Lines {
		n[l.Is]++
	}
	m, all := markDone.as(lang.Say("Would work")), lang.Say("No step would fail now.")
	switch {
	case n[flows.WouldFail] > 0:
		m, all = markNeeds.as(lang.Say("Would fail")), lang.Say("%s would fail now.", capital(lang, count(lang, n[flows.WouldFail], lang.Say("step"), lang.Say("steps"))))
	case n[flows.NotTold] > 0:
		m, all = markWaiting.as(lang.Say("Not known")), lang.Say("Microsoft 365 did not answer for %s.", count(lang, n[flows.NotTold], lang.Say("step"), lang.Say("steps")))
	}
	return fit(func(room int) Card {
		body := []block{
			headline(lang.Say("Dry run for %s: nothing was changed.", visible(d.Case.Event.Name()))),
			status(lang, m, ran(all)),
		}
		for _, is := range []flows.Forecast{flows.WouldFail, flows.NotTold, flows.WouldDo, flows.Later, flows.ForPeople, flows.SoAlready, flows.AlreadyEnd} {
			if n[is] == 0 {
				continue
			}
			body = append(body, label(forecastTitle(lang, is)))
			for _, l := range d.Lines {
				if l.Is == is && len(body) < 60*room/100+6 {
					body = append(body, near(ran(cut(l.Step.Title, 120)), faint(" · "+when(lang, l.Step.Due, loc)+seenPart(l.Text))))
				}
			}
		}
		return finish(lang.Say("Dry run of %s", string(d.Case.ID)), true, append(body, footer(lang.Say("%s · as of %s", string(d.Case.ID), when(lang, d.At, loc)))))
	})
}

func seenPart(text string) string {
	if text == "" {
		return ""
	}
	return " · " + cut(text, 200)
}

func forecastTitle(lang texts.Language, is flows.Forecast) string {
	switch is {
	case flows.WouldFail:
		return lang.Say("Would fail")
	case flows.NotTold:
		return lang.Say("Not known")
	case flows.WouldDo:
		return lang.Say("Would be done")
	case flows.Later:
		return lang.Say("Once the account is there")
	case flows.ForPeople:
		return lang.Say("For people")
	case flows.SoAlready:
		return lang.Say("Is so already")
	}
	return lang.Say("Over")
}
