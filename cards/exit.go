package cards

import (
	"slices"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// part is what happens at about one time of an exit.
type part struct {
	title string
	steps []flows.Step
	timed bool // its times need saying; those of the exit stand in the first line or are now
}

// exitParts groups the plan of an exit by what people ask about it: before, at the exit, later; of an urgent one: in the next minute, straight
// after, later. A block that people make by hand holds up all the rest, so then nothing is promised within the minute.
func exitParts(lang texts.Language, p flows.Plan, urgent bool, now time.Time) []part {
	block, _ := p.Step(blockStep)
	exit, slow := block.Due, block.Task == flows.Manual
	parts := []part{{title: lang.Say("Before"), timed: true}, {title: lang.Say("At the exit")}, {title: lang.Say("Later"), timed: true}}
	switch {
	case urgent && slow:
		parts[1].title = lang.Say("As soon as it is confirmed")
	case urgent:
		parts[0].title, parts[0].timed, parts[1].title = lang.Say("In the next minute"), false, lang.Say("Straight after that")
	case exit.Before(now):
		parts[1].title = lang.Say("As soon as you confirm, since the exit has passed")
	}
	for _, s := range p.Steps {
		at := 1
		switch {
		case s.Due.After(exit):
			at = 2
		case urgent && !slow && (s.Key == blockStep || s.Key == revokeStep), !urgent && s.Due.Before(exit):
			at = 0
		}
		parts[at].steps = append(parts[at].steps, s)
	}
	for _, p := range parts {
		if p.timed {
			slices.SortStableFunc(p.steps, func(a, b flows.Step) int { return a.Due.Compare(b.Due) })
		}
	}
	return slices.DeleteFunc(parts, func(p part) bool { return len(p.steps) == 0 })
}

// exitPlan says all that will happen, in a few lines: things of one kind that happen at one time stand in one.
func (v view) exitPlan() []block {
	var out []block
	for _, p := range exitParts(v.lang, v.Plan, v.Event.Urgent, v.now) {
		out = append(out, label(p.title))
		for _, l := range linesOf(p.steps) {
			runs := []run{ran("• " + v.tells(l))}
			first := l.steps[0]
			due := " · "
			if first.Task == flows.Manual {
				runs = append(runs, faint(v.lang.Say(" · by hand, %s", keeper(v.lang, v.Case, first))))
				due = v.lang.Say(", by ")
			}
			if p.timed {
				runs = append(runs, faint(due+when(v.lang, first.Due, v.loc)))
			}
			if first.Note != "" && len(l.steps) == 1 && first.Task != flows.Manual { // what people do by hand says why on its own card
				runs = append(runs, faint(" · "+cut(first.Note, 120)))
			}
			out = append(out, near(runs...))
		}
	}
	return out
}

// line is one line of an exit's plan: one step, or several of a kind.
type line struct{ steps []flows.Step }

func linesOf(steps []flows.Step) []line {
	var out []line
	for _, s := range steps {
		i := slices.IndexFunc(out, func(l line) bool { return together(l.steps[0], s) })
		if i < 0 {
			out = append(out, line{})
			i = len(out) - 1
		}
		out[i].steps = append(out[i].steps, s)
	}
	return out
}

// together reports whether two steps read as one.
func together(a, b flows.Step) bool {
	switch a.Task {
	case flows.RemoveFromGroup, flows.RemoveFromTeam, flows.RemoveLicence, flows.HandOverGroup:
		return a.Task == b.Task && a.Due.Equal(b.Due) && a.Person.ID == b.Person.ID
	}
	return false
}

// tells says a line of the plan.
func (v view) tells(l line) string {
	first := l.steps[0]
	var all []string
	for _, s := range l.steps {
		all = append(all, cut(visible(called(s)), 60))
	}
	these := some(v.lang, all, 40*v.room/100, "and")
	switch first.Task {
	case flows.RemoveFromGroup:
		return v.lang.Say("Out of %s%s", plural(len(all), v.lang.Say("the group "), v.lang.Say("the groups ")), these)
	case flows.RemoveFromTeam:
		return v.lang.Say("Out of %s%s", plural(len(all), v.lang.Say("the team "), v.lang.Say("the teams ")), these)
	case flows.RemoveLicence:
		return plural(len(all), v.lang.Say("Licence taken back: "), v.lang.Say("Licences taken back: ")) + these
	case flows.HandOverGroup:
		heir := v.lang.Say("The successor")
		if first.Person.Name != "" {
			heir = cut(visible(first.Person.Name), 80)
		}
		return v.lang.Say("%s becomes owner of %s", heir, these)
	case flows.BlockSignIn:
		return v.lang.Say("Sign-in is blocked")
	case flows.RevokeSessions:
		return v.lang.Say("Every session is ended, on all devices")
	case flows.RemoveMethods:
		return v.lang.Say("The ways to sign in are taken away: phone, app, keys")
	case flows.ResetPassword:
		return v.lang.Say("The password is replaced by one that nobody knows")
	case flows.RemoveAppRoles:
		return v.lang.Say("Access to apps is taken back")
	case flows.RemoveConsents:
		return v.lang.Say("No app acts in their name any more")
	case flows.SetReply:
		return v.lang.Say("The automatic reply is set")
	}
	if said := beyondTells(v.lang, first); said != "" {
		return said
	}
	return cut(visible(first.Title), 120)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// receipt holds when access ended, to the second and as it was seen, and what Microsoft may still need after that.
func (v view) receipt() []block {
	out := []block{label(v.lang.Say("Receipt (%s time)", place(v.loc)))}
	var from time.Time
	seen := true
	for _, k := range []flows.StepKey{blockStep, revokeStep} {
		step, st, ok := v.Case.Step(k)
		if !ok {
			continue
		}
		s := stage{step, st}
		m, what := s.look(v.lang, v.Case, v.now), cut(step.Title, 90)
		switch st.State {
		case flows.StepDone:
			m, what = markDone.as(v.lang.Say("Seen")), seenAs(v.lang, k)
		case flows.StepDoneHand:
		default:
			seen = false
		}
		runs := []run{m.run(v.lang), ran(" " + what)}
		if !st.At.IsZero() {
			runs = append(runs, ran(" · "+second(v.lang, st.At, v.loc)))
		}
		if st.By.Name != "" {
			runs = append(runs, faint(" · "+st.By.Name))
		}
		if st.At.After(from) {
			from = st.At
		}
		out = append(out, near(runs...))
	}
	out = append(out, label(v.lang.Say("What Microsoft may still need")))
	if !seen {
		out = append(out, hint(v.lang.Say("This counts from the moment at which both are seen.")))
	} else {
		out = append(out, v.windows(from)...)
	}
	return out
}

// seenAs is what the two steps look like once they are seen; the words of the directory are in the timeline.
func seenAs(lang texts.Language, k flows.StepKey) string {
	if k == blockStep {
		return lang.Say("Sign-in is blocked")
	}
	return lang.Say("Earlier sign-ins do not count any more")
}

// How long access that was given before may live on after sessions are ended (Microsoft Entra: access tokens live about an hour; with
// continuous access evaluation a critical event takes effect within 15 minutes).
const (
	evaluated = 15 * time.Minute
	tokenLife = time.Hour
)

// windows are the times until which Microsoft may let somebody go on who was signed in.
func (v view) windows(from time.Time) []block {
	until := func(d time.Duration) string {
		return short(v.lang, from.Add(d+time.Minute-time.Second).Truncate(time.Minute), v.loc)
	}
	return []block{
		near(ran(v.lang.Say("• Ending the sessions takes Microsoft some minutes from %s.", second(v.lang, from, v.loc)))),
		near(ran(v.lang.Say("• Outlook, Teams and SharePoint stop within 15 minutes where Microsoft checks access continuously: by %s.", until(evaluated)))),
		near(ran(v.lang.Say("• Other apps that are open may go on with the access they hold for up to about an hour: until about %s.", until(tokenLife)))),
	}
}

// waits reports whether another step has to be over before this one.
func (s stage) waits(lang texts.Language, c flows.Case) bool {
	_, back := held(lang, c, s)
	return back
}

// remains is what of an exit is still running, waits for people or for another step, or comes later.
func (v view) remains() []block {
	var running, broken, people, held, later []string
	var next time.Time
	for _, s := range stages(v.Case) {
		title := "“" + cut(visible(s.Title), 60) + "”"
		switch {
		case s.st.State.Over() || s.Step.Key == blockStep || s.Step.Key == revokeStep:
		case s.st.State == flows.StepBroken:
			broken = append(broken, title)
		case s.waits(v.lang, v.Case) && !s.Due.After(v.now):
			held = append(held, title)
		case s.Task == flows.Manual:
			people = append(people, title)
		case s.Due.After(v.now):
			later = append(later, title)
			if next.IsZero() || s.Due.Before(next) {
				next = s.Due
			}
		default:
			running = append(running, title)
		}
	}
	out := []block{label(v.lang.Say("What is still to come"))}
	for _, l := range []struct {
		m     mark
		all   []string
		after string
	}{
		{markNeeds.as(v.lang.Say("Needs people")), broken, ""},
		{markRunning.as(v.lang.Say("Still running")), running, ""},
		{markPlanned.as(v.lang.Say("Waits for another step")), held, ""},
		{markWaiting.as(v.lang.Say("With people")), people, ""},
		{markPlanned.as(v.lang.Say("Later")), later, v.lang.Say(" · from %s", when(v.lang, next, v.loc))},
	} {
		if len(l.all) > 0 {
			out = append(out, near(l.m.run(v.lang), ran(" "+some(v.lang, l.all, 5, "and")), faint(l.after)))
		}
	}
	if len(out) == 1 {
		out = append(out, near(markDone.as(v.lang.Say("Nothing")).run(v.lang), faint(" "+counts(v.Case).text(v.lang)+".")))
	}
	return out
}
