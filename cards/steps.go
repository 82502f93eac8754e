package cards

import (
	"cmp"
	"slices"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// stage is a step of the plan with where it stands.
type stage struct {
	flows.Step
	st flows.StepStatus
}

// stages are the steps of the case in plan order.
func stages(c flows.Case) []stage {
	out := make([]stage, 0, len(c.Plan.Steps))
	for _, s := range c.Plan.Steps {
		if _, st, ok := c.Step(s.Key); ok {
			s.Due = c.Due(s)
			out = append(out, stage{s, st})
		}
	}
	return out
}

// entitlement reports whether a step gives the person something, as opposed to a step of the workflow itself.
func entitlement(s flows.Step) bool {
	switch s.Task {
	case flows.AssignLicences, flows.AddToGroup, flows.AddToTeam, flows.FollowRule, flows.Manual:
		return true
	}
	return false
}

// kind says what an entitlement is, in a word or two.
func kind(lang texts.Language, s flows.Step) string {
	switch s.Task {
	case flows.AssignLicences:
		return lang.Say("licence")
	case flows.AddToGroup, flows.FollowRule:
		return lang.Say("group")
	case flows.AddToTeam:
		return lang.Say("team")
	case flows.Manual:
		return lang.Say("by hand")
	case flows.WipeDevices:
		return lang.Say("wipe a device")
	}
	return ""
}

// called is the entitlement's name, or the step's title when it has none.
func called(s flows.Step) string {
	if s.Name != "" {
		return s.Name
	}
	return s.Title
}

// look is the state of a step as people see it now.
func (s stage) look(lang texts.Language, c flows.Case, now time.Time) mark {
	switch s.st.State {
	case flows.StepBegun:
		if s.Task == flows.AskStarted {
			return markWaiting.as(lang.Say("Waiting for the answer"))
		}
		return markRunning
	case flows.StepNotSeen:
		return markRunning.as(lang.Say("Sent, not yet seen"))
	case flows.StepDone:
		return markDone
	case flows.StepDoneHand:
		return markDone.as(lang.Say("Done by hand"))
	case flows.StepLeftOut:
		return markStopped.as(lang.Say("Left out"))
	case flows.StepBroken:
		return markNeeds.as(lang.Say("Needs people"))
	case flows.StepAbandoned:
		return markStopped
	}
	if c.Kept(s.Step) {
		return markPlanned.as(lang.Say("Kept until then"))
	}
	if s.Phase == flows.Back && !c.ComeBack.Agreed {
		return markWaiting.as(lang.Say("Waiting for both managers"))
	}
	if so, elevated := c.SignOffs[s.Step.Key]; elevated && so.State == "" {
		return markWaiting.as(lang.Say("Waiting for sign-off"))
	}
	if _, back := held(lang, c, s); !back && now.After(s.Due) {
		if s.Task == flows.Manual {
			return markNeeds.as(lang.Say("Overdue"))
		}
		if s.st.Cause != "" { // it could not be sent; it will be
			return markRunning.as(lang.Say("Trying again"))
		}
	}
	return markPlanned
}

// held reports whether something other than time keeps a planned step back, and says what, in our own words and the step's.
func held(lang texts.Language, c flows.Case, s stage) (string, bool) {
	if so, elevated := c.SignOffs[s.Step.Key]; elevated && so.State != "approved" && s.Exception == nil {
		return "sign-off", true
	}
	if c.May == "" && len(c.Steps) > 0 {
		return lang.Say("the manager, because the date moved and the plan changed"), true
	}
	if s.Phase == flows.Back && !c.ComeBack.Agreed {
		return lang.Say("both managers"), true
	}
	if slices.Contains(c.Release.Left, s.Step.Key) {
		return lang.Say("the word of its approver"), true
	}
	if c.NoShow && s.Task != flows.BlockSignIn {
		return lang.Say("HR, because the person did not start"), true
	}
	if by, kept := c.KeptBack(s.Step); kept {
		return "“" + by.Title + "”", true
	}
	return "", false
}

// tally counts the steps of a case by how they ended.
type tally struct{ all, seen, hand, out, broken int }

func counts(c flows.Case) tally {
	var t tally
	for _, s := range stages(c) {
		switch s.st.State {
		case flows.StepAbandoned:
			continue
		case flows.StepDone:
			t.seen++
		case flows.StepDoneHand:
			t.hand++
		case flows.StepLeftOut:
			t.out++
		case flows.StepBroken:
			t.broken++
		}
		t.all++
	}
	return t
}

// text is "5 of 6 verified, 1 done by hand".
func (t tally) text(lang texts.Language) string {
	s := lang.Say("%d of %d verified", t.seen, t.all)
	if t.hand > 0 {
		s += lang.Say(", %d done by hand", t.hand)
	}
	if t.out > 0 {
		s += lang.Say(", %d left out", t.out)
	}
	if t.broken > 0 {
		s += ", " + count(lang, t.broken, lang.Say("needs people"), lang.Say("need people"))
	}
	return s
}

// mostRows is how many rows a list has: a card stays far below what Teams carries and what one reads.
const mostRows = 40

// stepList is one line per step in order of time: state, title, time. In a long plan, and in a case that was stopped, what is over is only
// counted; what needs people or is being done comes first and is always shown.
func stepList(lang texts.Language, c flows.Case, now time.Time, room int) []block {
	all := stages(c)
	loc := c.Location()
	slices.SortStableFunc(all, func(a, b stage) int {
		return cmp.Or(cmp.Compare(a.rank(len(all)), b.rank(len(all))), a.Due.Compare(b.Due))
	})
	out := []block{label(lang.Say("Steps (%s time)", place(loc)))}
	done, stopped, later := 0, 0, 0
	for _, s := range all {
		switch {
		case s.st.State == flows.StepAbandoned && (c.Over() || len(all) > mostRows/2):
			stopped++
		case s.st.State.Over() && len(all) > mostRows/2:
			done++
		case len(out) > mostRows*room/100:
			later++
		default:
			out = append(out, stepRow(lang, c, s, now, loc))
		}
	}
	for _, more := range []struct {
		m mark
		n int
	}{{markDone.as(lang.Say("Finished")), done}, {markPlanned, later}, {markStopped, stopped}} {
		if more.n > 0 {
			out = append(out, near(more.m.run(lang), ran(" "+count(lang, more.n, lang.Say("further step"), lang.Say("further steps")))))
		}
	}
	return out
}

// rank puts what needs people or is being done before the rest of a plan that is too long to show whole.
func (s stage) rank(steps int) int {
	if steps <= mostRows || s.st.State == flows.Planned || s.st.State.Over() {
		return 1
	}
	return 0
}

func stepRow(lang texts.Language, c flows.Case, s stage, now time.Time, loc *time.Location) richText {
	at := s.st.At
	if s.st.State == flows.Planned {
		at = s.Due
	}
	runs := []run{s.look(lang, c, now).run(lang), ran(" " + cut(s.Title, 90)), faint(" · " + short(lang, at, loc))}
	if s.st.Cause != "" && s.st.State == flows.StepBroken {
		runs = append(runs, faint(" · "+cut(s.st.Cause, 120)))
	}
	if s.st.By.Name != "" {
		runs = append(runs, faint(" · "+s.st.By.Name))
	}
	return near(runs...)
}

// known is the name of somebody the case mentions; empty when it does not.
func known(c flows.Case, id flows.AccountID) string {
	people := []flows.Person{c.Raised.Person, c.Approval.By, c.Facts.Route, c.Facts.Fallback, c.Facts.Manager.Person(), c.Event.Manager, c.Event.Successor, c.Facts.Releasing, c.Release.By}
	people = append(append(append(people, c.Deciders()...), c.Approval.Former...), c.Signers...)
	for _, d := range c.Delegated {
		people = append(people, d.To)
	}
	for _, s := range c.Plan.Steps {
		people = append(people, s.Approvers...)
	}
	for _, p := range people {
		if p.ID == id && p.Name != "" {
			return p.Name
		}
	}
	return ""
}

// you is a person's name as one reader sees it.
func you(lang texts.Language, p flows.Person, reader flows.AccountID) string {
	if p.ID == reader {
		return lang.Say("you")
	}
	return p.Name
}

// people are persons as one reader sees them.
func people(lang texts.Language, ps []flows.Person, reader flows.AccountID) string {
	return names(lang, seenBy(lang, ps, reader), "and")
}

// either is people of whom one is enough.
func either(lang texts.Language, ps []flows.Person, reader flows.AccountID) string {
	return names(lang, seenBy(lang, ps, reader), "or")
}

func seenBy(lang texts.Language, ps []flows.Person, reader flows.AccountID) []string {
	all := make([]string, 0, len(ps))
	for _, p := range ps {
		all = append(all, you(lang, p, reader))
	}
	return all
}

// keeper is who does a manual step.
func keeper(lang texts.Language, c flows.Case, s flows.Step) string {
	switch s.Owner {
	case "", string(flows.IT):
		return lang.Say("IT")
	case string(flows.HR):
		return c.Raised.Person.Name
	case "manager":
		if c.Kind == flows.JoinerEvent && c.Approval.By.Name == "" {
			return c.Facts.Route.Name
		}
		return c.Manager().Name
	}
	if n := known(c, flows.AccountID(s.Owner)); n != "" {
		return n
	}
	return lang.Say("the person named in the policy")
}
