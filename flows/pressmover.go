package flows

import (
	"maps"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// What managers decide on in a move. Cards in people's chats carry the verbs, so they are never renamed.
const (
	VerbRelease  = "mover.release"
	VerbExtend   = "exception.extend"
	VerbLetEnd   = "exception.end"
	VerbComeBack = "secondment.return"
)

// UntilInput begins the id of the date beside an item that goes: the key of its step follows.
const UntilInput = "until:"

// mayRelease is the duty separation of the decision on what goes, computed from the person who presses.
func mayRelease(c Case, by Person) error {
	switch {
	case by.ID == c.Account:
		return deny(c.Lang.Say("Nobody decides on their own access."))
	case by.ID == c.Raised.Person.ID:
		return deny(c.Lang.Say("You confirmed this people event, so somebody else must decide what goes."))
	case c.Release.Joint && c.Release.open():
		return mayApprove(c, by)
	case c.Release.open() && !holds(c.Release.Holders, by.ID):
		return deny(c.Lang.Say("This decision is with %s.", names(c.Lang, c.Releasers())))
	}
	return nil
}

// releaser says in whose place the one who pressed decides what goes: nobody's when it is theirs.
func (t Turn) releaser(c Case) (Person, error) {
	err := mayRelease(c, t.By)
	if err == nil || t.By.ID == c.Account || t.By.ID == c.Raised.Person.ID || c.Release.Joint {
		return Person{}, err
	}
	for _, b := range t.behalf {
		if c.standsIn(t.By.ID, b.ID) && mayRelease(c, b.Person) == nil {
			return b.Person, nil
		}
	}
	return Person{}, err
}

// decideRelease is the releasing manager's decision: what is kept until when, and what of the undecided goes as well. An approver decides
// with the same press on what silence left to them.
func decideRelease(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	if c.Over() {
		return Change{}, moved(c.Lang.Say("This case has ended; nothing was changed."))
	}
	if err := c.held(); err != nil {
		return Change{}, err
	}
	if c.Kind != MoverEvent || c.Release.Joint && c.Release.open() {
		return Change{}, moved(c.Lang.Say("This is decided together with the access. The card now shows how."))
	}
	inPlaceOf, err := t.releaser(c)
	if err != nil {
		return Change{}, err
	}
	mine := t.leftTo(c, roles)
	switch {
	case c.Release.open():
	case len(mine) == 0 && len(c.leftTo(t.By.ID)) > 0:
		return Change{}, deny(c.Lang.Say("The role that lets you decide on this was taken away."))
	case len(mine) == 0 && holds(c.Release.Holders, t.By.ID) && c.Release.State == "silent":
		return Change{}, moved(c.Lang.Say("There was no answer in time, so what goes with the old job goes at its time. Ask HR for what is still needed."))
	case len(mine) == 0:
		return Change{}, moved(c.Lang.Say("What goes was decided already%s. Nothing was changed.", byWhom(c.Lang, c.Release.By)))
	}
	if t.Plan != c.Shown && (c.May == "" || t.Plan != c.May) {
		return Change{}, moved(c.Lang.Say("The plan changed since this card was sent, so nothing was decided. The card now shows the new one."))
	}
	c.Release.For = inPlaceOf // nobody signs off what they decided, themselves or through somebody else
	b, _, err := c.release(c.Plan, t, t.Ticked, now)
	if err != nil {
		return Change{}, err
	}
	b.For = inPlaceOf
	if !c.Release.open() {
		for k := range b.Keep {
			if !slices.Contains(mine, k) {
				return Change{}, deny(c.Lang.Say("This item is not yours to decide on."))
			}
		}
	}
	return Change{Entries: t.entry(now, b)}, nil
}

func byWhom(lang texts.Language, p Person) string {
	if p.Name == "" {
		return ""
	}
	return lang.Say(" by %s", p.Name)
}

// release reads a decision on what goes, and says what it makes of a plan.
func (c Case) release(plan Plan, t Turn, drop []StepKey, now time.Time) (Released, Plan, error) {
	today := DateOf(now.In(c.Location()))
	keep, err := c.keeps(plan, t.Inputs, today)
	if err != nil {
		return Released{}, plan, err
	}
	b := Released{Shown: c.Shown, Keep: keep, Drop: drop, By: t.By, Since: today}
	if c.Release.open() {
		plan, err = plan.Released(c.Lang, keep, drop, t.By, today, c.Site)
	} else {
		plan = plan.vouched(keep, t.By, today, c.Site)
	}
	if err != nil {
		return Released{}, plan, err
	}
	b.Plan = plan.Hash()
	b.RemindAt, b.Escalate = c.signOffTimes(now)
	c.Release.By = t.By
	if c.asksNobody(plan) {
		b.Escalate = now // waiting would be for nobody
	}
	return b, plan, nil
}

// asksNobody reports whether a plan holds something to sign off that nobody may: what is kept, and elevated access once the receiving manager,
// who may be its only approver, has confirmed it. Whichever manager decides last, the question goes to others at once then.
func (c Case) asksNobody(plan Plan) bool {
	return slices.ContainsFunc(plan.Steps, func(s Step) bool {
		asks := s.Guarded && s.Exception != nil || s.Choice == Elevated && c.Approval.State != ""
		return asks && c.SignOffs[s.Key].State == "" && len(c.signers(s)) == 0
	})
}

// keeps reads the dates beside the items. What is kept needs an end within the policy's limit, and a reason.
func (c Case) keeps(plan Plan, in map[string]string, today Date) (map[StepKey]Keep, error) {
	keep := map[StepKey]Keep{}
	for _, id := range slices.Sorted(maps.Keys(in)) {
		key, ok := strings.CutPrefix(id, UntilInput)
		if !ok || strings.TrimSpace(in[id]) == "" {
			continue
		}
		s, ok := plan.Step(StepKey(key))
		if !ok || s.Choice != Going {
			return nil, moved(c.Lang.Say("The plan changed since this card was sent, so nothing was decided. The card now shows the new one."))
		}
		until, err := c.until(s, in[id], today)
		if err != nil {
			return nil, err
		}
		reason := strings.TrimSpace(in["keep_reason"])
		if reason == "" {
			return nil, invalid(c.Lang.Say("Please say in a few words why something is kept."))
		}
		keep[s.Key] = Keep{Until: until, Reason: reason}
	}
	if len(keep) == 0 {
		return nil, nil
	}
	return keep, nil
}

// until reads the end of an exception.
func (c Case) until(s Step, text string, today Date) (Date, error) {
	until, err := ParseDate(c.Lang, strings.TrimSpace(text))
	normal := c.Due(s)
	if s.Exception != nil {
		normal = endOf(s.Exception.Until, c.Site)
	}
	most := today.AddDays(c.Facts.MostKept)
	switch {
	case err != nil:
		return "", invalid(c.Lang.Say("The date for %s is not a date. Write it like 2027-06-30.", s.Name))
	case !endOf(until, c.Site).After(normal):
		return "", invalid(c.Lang.Say("%s stays until %s anyway. Choose a later day, or leave the date empty.", s.Name, DateOf(normal.In(c.Location())).Say(c.Lang)))
	case most.Before(until):
		return "", invalid(c.Lang.Say("Something can be kept until %s at most. Choose an earlier day for %s.", most.Say(c.Lang), s.Name))
	case c.seconded() && c.Event.End.Before(until):
		return "", invalid(c.Lang.Say("The secondment ends on %s. Choose that day or an earlier one for %s.", c.Event.End.Say(c.Lang), s.Name))
	}
	return until, nil
}

// keptStep is an exception that the presser may act on, or why not.
func keptStep(c Case, t Turn) (Step, error) {
	s, st, ok := c.Step(t.Step)
	switch {
	case !ok || s.Exception == nil || c.May == "":
		return s, moved(c.Lang.Say("This is not kept any more."))
	case c.Over():
		return s, moved(c.Lang.Say("This case has ended; nothing was changed."))
	case c.held() != nil:
		return s, c.held()
	case t.By.ID == c.Account:
		return s, deny(c.Lang.Say("Nobody decides on their own access."))
	case t.By.ID != c.Keeper(s).ID:
		return s, deny(c.Lang.Say("This question is for %s.", c.Keeper(s).Name))
	case !c.Kept(s) || !st.Asked:
		return s, moved(c.Lang.Say("This was answered already, or is not asked yet. Nothing was changed."))
	}
	return s, nil
}

// decideExtend keeps something longer. What took a sign-off takes a new one, and ends at the date agreed before without it.
func decideExtend(c Case, t Turn, _ Roles, now time.Time) (Change, error) {
	s, err := keptStep(c, t)
	if err != nil {
		return Change{}, err
	}
	if t.Plan != c.May {
		return Change{}, moved(c.Lang.Say("The plan changed since this card was sent, so nothing was decided. The card now shows the new one."))
	}
	today := DateOf(now.In(c.Location()))
	until, err := c.until(s, t.Inputs["until"], today)
	if err != nil {
		return Change{}, err
	}
	reason, err := t.need("reason", c.Lang.Say("Please say in a few words why it is still needed."))
	if err != nil {
		return Change{}, err
	}
	b := ExceptionExtended{Step: s.Key, Until: until, Reason: reason, By: t.By, Since: today, Plan: c.Plan.extended(s.Key, Keep{until, reason}, t.By, today, c.Site).Hash()}
	b.RemindAt, b.Escalate = c.signOffTimes(now)
	return Change{Entries: t.entry(now, b)}, nil
}

func decideLetEnd(c Case, t Turn, _ Roles, now time.Time) (Change, error) {
	s, err := keptStep(c, t)
	if err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, ExceptionEnded{Step: s.Key, By: t.By})}, nil
}

// decideComeBack is one manager's yes to the return from a secondment.
func decideComeBack(c Case, t Turn, _ Roles, now time.Time) (Change, error) {
	switch {
	case c.Over():
		return Change{}, moved(c.Lang.Say("This case has ended; nothing was changed."))
	case c.held() != nil:
		return Change{}, c.held()
	case !c.seconded() || c.ComeBack.At.IsZero():
		return Change{}, moved(c.Lang.Say("This is not asked yet. Nothing was changed."))
	case t.By.ID == c.Account:
		return Change{}, deny(c.Lang.Say("Nobody decides on their own access."))
	case t.By.ID == c.Raised.Person.ID:
		return Change{}, deny(c.Lang.Say("You confirmed this people event, so somebody else must confirm the return."))
	case !holds(c.Returners(), t.By.ID) && !holds(c.ComeBack.StandIns, t.By.ID):
		return Change{}, deny(c.Lang.Say("The return is confirmed by %s.", series(c.Lang, nameList(c.Returners()))))
	case c.ComeBack.Agreed:
		return Change{}, moved(c.Lang.Say("The return is confirmed already. Nothing was changed."))
	case slices.ContainsFunc(c.ComeBack.By, func(b By) bool { return b.Person.ID == t.By.ID }):
		return Change{}, moved(c.Lang.Say("You confirmed this already. The other manager is asked as well."))
	case t.Plan != c.May:
		return Change{}, moved(c.Lang.Say("The plan changed since this card was sent, so nothing was decided. The card now shows the new one."))
	}
	b := ComeBackConfirmed{By: t.By}
	b.RemindAt, b.Escalate = c.signOffTimes(now)
	return Change{Entries: t.entry(now, b)}, nil
}

// decideMover is the receiving manager's yes: what of the new job is wanted. When the old manager is the same person, what goes is decided
// in the same press.
func decideMover(c Case, t Turn, now time.Time) (Change, error) {
	if err := openDecision(c, t); err != nil {
		return Change{}, err
	}
	var wanted, drop []StepKey
	for _, k := range t.Ticked {
		if s, ok := c.Plan.Step(k); ok && s.Choice == Undecided && c.Release.Joint {
			drop = append(drop, k)
		} else {
			wanted = append(wanted, k)
		}
	}
	ticked, err := c.ticked(wanted)
	if err != nil {
		return Change{}, err
	}
	chosen := c.Plan.Chosen(ticked)
	b := Approved{Shown: t.Plan, Ticked: ticked, Plan: chosen.Hash(), By: t.By}
	b.RemindAt, b.Escalate = c.signOffTimes(now)
	if b.For, err = t.approver(c); err != nil {
		return Change{}, err
	}
	if c.nobodySigns(ticked, b) {
		b.Escalate = now
	}
	entries := t.entry(now, b)
	if c.Release.Joint && c.Release.open() {
		c.Approval.By = t.By
		r, _, err := c.release(chosen, t, drop, now)
		if err != nil {
			return Change{}, err
		}
		r.For = b.For
		if b.Escalate.Before(r.Escalate) {
			r.Escalate = b.Escalate
		}
		entries = append(entries, t.entry(now, r)...)
	}
	return Change{Entries: entries}, nil
}
