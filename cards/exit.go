package cards

import (
	"slices"
	"time"

	"muster/flows"
)

// part is what happens at about one time of an exit.
type part struct {
	title string
	steps []flows.Step
	timed bool // its times need saying; those of the exit stand in the first line or are now
}

// exitParts groups the plan of an exit by what people ask about it: before, at the exit, later; of an urgent one: in the next minute, straight
// after, later. A block that people make by hand holds up all the rest, so then nothing is promised within the minute.
func exitParts(p flows.Plan, urgent bool, now time.Time) []part {
	block, _ := p.Step(blockStep)
	exit, slow := block.Due, block.Task == flows.Manual
	parts := []part{{title: "Before", timed: true}, {title: "At the exit"}, {title: "Later", timed: true}}
	switch {
	case urgent && slow:
		parts[1].title = "As soon as it is confirmed"
	case urgent:
		parts[0].title, parts[0].timed, parts[1].title = "In the next minute", false, "Straight after that"
	case exit.Before(now):
		parts[1].title = "As soon as you confirm, since the exit has passed"
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
	for _, p := range exitParts(v.Plan, v.Event.Urgent, v.now) {
		out = append(out, label(p.title))
		for _, l := range linesOf(p.steps) {
			runs := []run{ran("• " + v.tells(l))}
			first := l.steps[0]
			due := " · "
			if first.Task == flows.Manual {
				runs = append(runs, faint(" · by hand, "+keeper(v.Case, first)))
				due = ", by "
			}
			if p.timed {
				runs = append(runs, faint(due+when(first.Due, v.loc)))
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
	these := some(all, 40*v.room/100, "and")
	switch first.Task {
	case flows.RemoveFromGroup:
		return "Out of " + plural(len(all), "the group ", "the groups ") + these
	case flows.RemoveFromTeam:
		return "Out of " + plural(len(all), "the team ", "the teams ") + these
	case flows.RemoveLicence:
		return plural(len(all), "Licence taken back: ", "Licences taken back: ") + these
	case flows.HandOverGroup:
		heir := "The successor"
		if first.Person.Name != "" {
			heir = cut(visible(first.Person.Name), 80)
		}
		return heir + " becomes owner of " + these
	case flows.BlockSignIn:
		return "Sign-in is blocked"
	case flows.RevokeSessions:
		return "Every session is ended, on all devices"
	case flows.RemoveMethods:
		return "The ways to sign in are taken away: phone, app, keys"
	case flows.ResetPassword:
		return "The password is replaced by one that nobody knows"
	case flows.RemoveAppRoles:
		return "Access to apps is taken back"
	case flows.RemoveConsents:
		return "No app acts in their name any more"
	case flows.SetReply:
		return "The automatic reply is set"
	}
	if said := beyondTells(first); said != "" {
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
	out := []block{label("Receipt (" + place(v.loc) + " time)")}
	var from time.Time
	seen := true
	for _, k := range []flows.StepKey{blockStep, revokeStep} {
		step, st, ok := v.Case.Step(k)
		if !ok {
			continue
		}
		s := stage{step, st}
		m, what := s.look(v.Case, v.now), cut(step.Title, 90)
		switch st.State {
		case flows.StepDone:
			m, what = markDone.as("Seen"), seenAs(k)
		case flows.StepDoneHand:
		default:
			seen = false
		}
		runs := []run{m.run(), ran(" " + what)}
		if !st.At.IsZero() {
			runs = append(runs, ran(" · "+second(st.At, v.loc)))
		}
		if st.By.Name != "" {
			runs = append(runs, faint(" · "+st.By.Name))
		}
		if st.At.After(from) {
			from = st.At
		}
		out = append(out, near(runs...))
	}
	out = append(out, label("What Microsoft may still need"))
	if !seen {
		out = append(out, hint("This counts from the moment at which both are seen."))
	} else {
		out = append(out, v.windows(from)...)
	}
	return out
}

// seenAs is what the two steps look like once they are seen; the words of the directory are in the timeline.
func seenAs(k flows.StepKey) string {
	if k == blockStep {
		return "Sign-in is blocked"
	}
	return "Earlier sign-ins do not count any more"
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
		return short(from.Add(d+time.Minute-time.Second).Truncate(time.Minute), v.loc)
	}
	return []block{
		near(ran("• Ending the sessions takes Microsoft some minutes from " + second(from, v.loc) + ".")),
		near(ran("• Outlook, Teams and SharePoint stop within 15 minutes where Microsoft checks access continuously: by " + until(evaluated) + ".")),
		near(ran("• Other apps that are open may go on with the access they hold for up to about an hour: until about " + until(tokenLife) + ".")),
	}
}

// waits reports whether another step has to be over before this one.
func (s stage) waits(c flows.Case) bool {
	_, back := held(c, s)
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
		case s.waits(v.Case) && !s.Due.After(v.now):
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
	out := []block{label("What is still to come")}
	for _, l := range []struct {
		m     mark
		all   []string
		after string
	}{
		{markNeeds.as("Needs people"), broken, ""},
		{markRunning.as("Still running"), running, ""},
		{markPlanned.as("Waits for another step"), held, ""},
		{markWaiting.as("With people"), people, ""},
		{markPlanned.as("Later"), later, " · from " + when(next, v.loc)},
	} {
		if len(l.all) > 0 {
			out = append(out, near(l.m.run(), ran(" "+some(l.all, 5, "and")), faint(l.after)))
		}
	}
	if len(out) == 1 {
		out = append(out, near(markDone.as("Nothing").run(), faint(" "+counts(v.Case).String()+".")))
	}
	return out
}
