package cards

import (
	"slices"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// Steps of an exit (flows: the plan of a leaver). Everything else waits for the first.
const (
	blockStep  flows.StepKey = "block"
	revokeStep flows.StepKey = "revoke"
	replyStep  flows.StepKey = "reply"
)

// leaver reports whether the case is about somebody who leaves.
func (v view) leaver() bool { return v.Event.Kind == flows.LeaverEvent }

// urgent reports whether the case is an exit that does not wait for a day.
func (v view) urgent() bool { return v.leaver() && v.Event.Urgent }

// given is what the person is called in the middle of a text.
func (v view) given() string {
	switch {
	case v.Event.Given != "":
		return visible(v.Event.Given)
	case v.Facts.Subject.Given != "":
		return visible(v.Facts.Subject.Given)
	}
	return visible(v.Event.Name())
}

// leaverStory is the first line about somebody who leaves. An urgent exit counts as done only while the block is seen.
func (v view) leaverStory() string {
	name := cut(visible(v.Event.Name()), 120)
	if v.urgent() {
		if name == "" {
			return v.lang.Say("An urgent exit.")
		}
		_, st, _ := v.Case.Step(blockStep)
		switch {
		case st.State == flows.StepDone || st.State == flows.StepDoneHand:
			return v.lang.Say("Urgent exit: %s has been locked out since %s.", name, when(v.lang, st.At, v.loc))
		case v.State == flows.Stopped:
			return v.lang.Say("Urgent exit: %s was to be locked out at once.", name)
		case v.Approval.State == "approved":
			return v.lang.Say("Urgent exit: %s is being locked out.", name)
		}
		return v.lang.Say("Urgent exit: %s is to be locked out at once.", name)
	}
	if name == "" {
		name = v.lang.Say("Somebody")
	}
	verb := v.lang.Say(" leaves")
	switch {
	case v.State == flows.Stopped:
		verb = v.lang.Say(" was to leave")
	case v.gone():
		verb = v.lang.Say(" left")
	}
	if v.Event.LastDay == "" {
		return name + verb + "."
	}
	return v.lang.Say("%s%s on %s.", name, verb, v.exit())
}

// exit is the end of the last day as people say it: "Mon 30 November 2026 at 17:30 (London)".
func (v view) exit() string {
	s := date(v.lang, v.Event.LastDay)
	if v.Event.Site == "" && v.Event.LastTime == "" {
		return s
	}
	s += v.lang.Say(" at %s", v.lastTime())
	if v.Event.Site != "" {
		s += " (" + place(v.loc) + ")"
	}
	return s
}

// lastTime is the time of day at which sign-in ends: as HR said, or when the site closes.
func (v view) lastTime() string {
	for _, t := range []string{v.Event.LastTime, v.Site.Closes} {
		if t != "" {
			return t
		}
	}
	return "17:30" // the policy's default
}

// gone reports whether the exit lies behind, whatever has been done about it.
func (v view) gone() bool {
	t, err := time.Parse("15:04", v.lastTime())
	if err != nil || v.Event.LastDay == "" {
		return false
	}
	return v.Event.LastDay.At(v.loc, t.Hour(), t.Minute()).Before(v.now)
}

// openStill warns while somebody who should be gone has not been seen blocked.
func (v view) openStill() []block {
	_, st, ok := v.Case.Step(blockStep)
	if !v.leaver() || !ok || st.State.Over() || v.Over() || v.Approval.State != "approved" || !(v.urgent() || v.gone()) {
		return nil
	}
	return []block{warning(v.lang, v.lang.Say("Sign-in is not seen to be blocked yet."))}
}

// lastDayFact is the date that matters to those who do something by hand.
func (v view) lastDayFact() fact {
	switch {
	case v.urgent():
		return fact{v.lang.Say("Exit"), v.lang.Say("at once")}
	case v.leaver():
		return fact{v.lang.Say("Leaves"), v.exit()}
	case v.absence():
		return v.absenceFact()
	case v.Event.Kind == flows.DeletionEvent:
		return fact{v.lang.Say("Left"), date(v.lang, v.Event.LastDay)}
	}
	if v.mover() {
		return fact{v.lang.Say("Change"), date(v.lang, v.Event.Start)}
	}
	return fact{v.lang.Say("First day"), date(v.lang, v.Event.Start)}
}

// account is who the person is in the directory, so that nobody takes one for another of the same name.
func (v view) account() richText {
	a := v.Facts.Subject
	runs := []run{faint(v.lang.Say("Account ")), strong(cut(visible(whois(a)), 200))}
	if a.Name == "" {
		runs[1] = strong(cut(visible(v.Event.Name()), 120))
	}
	if a.UPN != "" {
		runs = append(runs, faint(" · "+a.UPN))
	}
	return near(runs...)
}

// heirs says who answers for the person, and who takes over.
func (v view) heirs() []block {
	heir := v.Event.Successor
	if heir.ID == "" {
		heir = v.Event.Manager
	}
	var out []block
	if v.Event.Manager.Name != "" {
		out = append(out, person(v.lang.Say("Reports to"), v.Event.Manager.Name))
	}
	if heir.Name != "" {
		out = append(out, person(v.lang.Say("Handed over to"), heir.Name))
	}
	return out
}

// keptData says that data of the person are kept, and until when. The reason is for HR alone.
func (v view) keptData() []block {
	if v.Event.Hold == "" {
		return nil
	}
	until := v.lang.Say("until HR says otherwise")
	if v.Event.HoldUntil != "" {
		until = v.lang.Say("HR looks at it again on %s", date(v.lang, v.Event.HoldUntil))
	}
	line := []run{faint(v.lang.Say("Data are kept: "))}
	if v.reader == v.Raised.Person.ID {
		line = append(line, quote(v.Event.Hold), ran(", "+until+"."))
	} else {
		line = append(line, ran(until+"."))
	}
	return []block{near(append(line, ran(v.lang.Say(" No licence is taken back and the account is not deleted meanwhile.")))...)}
}

// handOver is what somebody else has to take on, as it was when the plan was made. The warnings say the same before anything is done.
func (v view) handOver() []block {
	var out []block
	if mine := v.owned(); len(mine) > 0 {
		out = append(out, near(faint(v.lang.Say("Owned so far ")), ran(some(v.lang, mine, 8, "and")+".")))
	}
	if n := len(v.Facts.Reports); n > 0 {
		out = append(out, near(faint(v.lang.Say("Direct reports so far ")), ran(some(v.lang, seenBy(v.lang, v.Facts.Reports, v.reader), 8, "and")+".")))
	}
	return out
}

// owned are the groups that the person owned when the plan was made.
func (v view) owned() []string {
	var out []string
	for _, o := range v.Facts.Owned {
		name := cut(visible(o.Group.Name), 60)
		if o.Last {
			name += v.lang.Say(" (only owner)")
		}
		out = append(out, name)
	}
	return out
}

// silence is the promise that an exit gives.
func (v view) silence() richText {
	return near(faint(v.lang.Say("Muster writes nothing to %s, and deletes nothing.", v.given())))
}

// some joins the first n and counts the others.
func some(lang texts.Language, all []string, n int, word string) string {
	if n = max(n, 1); len(all) > n+1 {
		all = append(slices.Clone(all[:n]), count(lang, len(all)-n, lang.Say("more"), lang.Say("more")))
	}
	return names(lang, all, word)
}
