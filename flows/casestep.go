package flows

import "fmt"

// applyStep folds the entries that are about one step.
func (c Case) applyStep(e Entry) (Case, error) {
	k, ok := stepOf(e.Body)
	if !ok {
		return c, fmt.Errorf("a case cannot fold this kind")
	}
	_, st, ok := c.Step(k)
	if !ok || len(c.Steps) == 0 {
		return c, fmt.Errorf("no step %s in the plan that may run", k)
	}
	switch e.Body.(type) {
	case PassMade, StepLost: // a pass may be made again, and what was done may be undone by others
	default:
		if st.State.Over() {
			return c, fmt.Errorf("step %s is over", k)
		}
	}
	switch b := e.Body.(type) {
	case StepStarted:
		return c.with(k, func(st *StepStatus) {
			if st.State == Planned {
				st.Before = b.Before
			}
			st.State, st.At, st.Cause = StepBegun, e.At, ""
		}), nil
	case StepUnseen:
		return c.with(k, func(st *StepStatus) {
			st.State, st.After, st.Next, st.At = StepNotSeen, b.Seen, b.Next, e.At
			st.Cause = c.Lang.Say("sent, not yet seen")
			st.Tries++
		}), nil
	case StepDelayed:
		return c.with(k, func(st *StepStatus) {
			st.Next, st.Cause, st.At = b.Next, b.Why, e.At
			if b.Count {
				st.Tries++
			} else {
				st.Delays++
			}
		}), nil
	case StepVerified:
		if b.Account != "" {
			c.Account = b.Account
		}
		return c.lateDone(k, e.At).with(k, func(st *StepStatus) {
			st.State, st.Before, st.After, st.At, st.Cause = StepDone, b.Before, b.After, e.At, ""
			if st.Claimed.Person.ID != "" {
				st.State, st.By, st.Note = StepDoneHand, st.Claimed.Person, st.Claimed.Note
			}
		}), nil
	case StepFailed:
		return c.with(k, func(st *StepStatus) {
			st.State, st.Cause, st.Tries, st.At, st.Broke, st.Seat = StepBroken, b.Cause, b.Tries, e.At, true, b.Seat
		}), nil
	case StepLost:
		return c.with(k, func(st *StepStatus) {
			st.Cause = c.Lang.Say("It was done and seen on %s, and it is not so any more: %s.", c.Lang.Time(st.At.In(c.Location()), "Mon 2 January at 15:04"), b.Seen)
			st.State, st.Before, st.After, st.Tries, st.At, st.Broke = StepBroken, st.After, b.Seen, 0, e.At, true
			st.Claimed = By{}
		}), nil
	case StepRetried:
		if st.State != StepBroken {
			return c, fmt.Errorf("step %s has not failed", k)
		}
		return c.with(k, func(st *StepStatus) {
			before, seat := st.Before, st.Seat
			*st = again(*st, e)
			st.Before, st.Seat = before, seat
		}), nil
	case StepByHand:
		return c.lateDone(k, e.At).with(k, func(st *StepStatus) {
			st.State, st.By, st.Note, st.After, st.At, st.Cause = StepDoneHand, b.By, b.Note, b.Seen, e.At, ""
		}), nil
	case StepClaimed:
		return c.with(k, func(st *StepStatus) {
			*st = StepStatus{Key: k, State: StepNotSeen, Before: st.Before, Broke: st.Broke, Claimed: By{Person: b.By, At: e.At, Note: b.Note}, At: e.At, Cause: c.Lang.Say("done by hand, not yet seen")}
		}), nil
	case StepCannot:
		return c.with(k, func(st *StepStatus) {
			st.State, st.Cause, st.By, st.At, st.Broke = StepBroken, b.Reason, b.By, e.At, true
		}), nil
	case WaiveAsked:
		return c.with(k, func(st *StepStatus) { st.Waive = By{Person: b.By, At: e.At, Note: b.Reason} }), nil
	case Waived:
		s, _, _ := c.Step(k)
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("agreed to leave out: %s", s.Title), At: e.At, Plan: c.May})
		return c.with(k, func(st *StepStatus) { st.State, st.By, st.Note, st.At = StepLeftOut, b.By, b.Reason, e.At }), nil
	case StepDropped:
		return c.with(k, func(st *StepStatus) { st.State, st.Note, st.At = StepAbandoned, b.Why, e.At }), nil
	case PassMade:
		pass := b.Pass
		return c.with(k, func(st *StepStatus) { st.Pass, st.Until, st.At, st.By = &pass, b.Until, e.At, b.By }), nil
	case StartAsked:
		if k == askReturnKey {
			c = c.askReturn(e)
		}
		return c.with(k, func(st *StepStatus) { st.Asked, st.At, st.State = true, e.At, StepBegun }), nil
	default:
		return c, fmt.Errorf("a case cannot fold this kind")
	}
}

// stepOf is the step an entry is about.
func stepOf(b Body) (StepKey, bool) {
	switch b := b.(type) {
	case StepStarted:
		return b.Step, true
	case StepUnseen:
		return b.Step, true
	case StepDelayed:
		return b.Step, true
	case StepVerified:
		return b.Step, true
	case StepFailed:
		return b.Step, true
	case StepLost:
		return b.Step, true
	case StepRetried:
		return b.Step, true
	case StepByHand:
		return b.Step, true
	case StepClaimed:
		return b.Step, true
	case StepCannot:
		return b.Step, true
	case WaiveAsked:
		return b.Step, true
	case Waived:
		return b.Step, true
	case StepDropped:
		return b.Step, true
	case PassMade:
		return b.Step, true
	case StartAsked:
		return b.Step, true
	}
	return "", false
}

// started records the manager's yes. A day-one credential is not offered from then on: later it would open the account of somebody at work.
func (c Case) started(e Entry, b Started) Case {
	c.NoShow = false
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("said that the person started"), At: e.At, Plan: c.May})
	for _, s := range c.Plan.Steps {
		switch _, st, _ := c.Step(s.Key); {
		case s.Task == OfferPass && st.Pass != nil:
			c = c.with(s.Key, func(st *StepStatus) { st.Pass = nil })
		case st.State.Over():
		case s.Task == AskStarted:
			c = c.with(s.Key, func(st *StepStatus) {
				st.State, st.By, st.At, st.After = StepDone, b.By, e.At, c.Lang.Say("the manager says yes")
			})
		case s.Task == OfferPass:
			c = c.with(s.Key, func(st *StepStatus) {
				st.State, st.At, st.Note = StepAbandoned, e.At, c.Lang.Say("the person started without it")
			})
		}
	}
	return c
}

// blockKey is the step that a no-show adds.
const blockKey StepKey = "no_show"

// noShow holds the plan and adds the step that blocks sign-in again. The person is not a leaver: HR decides.
func (c Case) noShow(e Entry, b NotStarted) Case {
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("said that the person did not start"), At: e.At, Plan: c.May})
	if _, ok := c.Plan.Step(blockKey); ok {
		return c.with(blockKey, func(st *StepStatus) { *st = again(*st, e) })
	}
	c.Plan.Steps = append(clip(c.Plan.Steps), Step{Key: blockKey, Task: BlockSignIn, Title: c.Lang.Say("Block sign-in of a no-show"), Name: c.Lang.Say("Sign-in"), Due: e.At, Choice: Fixed, Why: c.Lang.Say("did not start")})
	c.Steps = append(clip(c.Steps), StepStatus{Key: blockKey, State: Planned})
	return c
}

// again is a step that is to be done once more. That it failed before is kept, because its failure card is still there.
func again(st StepStatus, e Entry) StepStatus {
	return StepStatus{Key: st.Key, State: Planned, At: e.At, Broke: st.Broke}
}

// resume lets the plan go on: sign-in is opened again, and the manager is asked again.
func (c Case) resume(e Entry, b Resumed) Case {
	c.NoShow = false
	c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("said that the person starts after all"), At: e.At, Plan: c.May})
	for _, s := range c.Plan.Steps {
		if s.Task == EnableAccount || s.Task == AskStarted {
			c = c.with(s.Key, func(st *StepStatus) { *st = again(*st, e) })
		}
		if s.Key == blockKey {
			c = c.with(s.Key, func(st *StepStatus) {
				if !st.State.Over() {
					st.State, st.At, st.Note = StepAbandoned, e.At, c.Lang.Say("the person starts after all")
				}
			})
		}
	}
	return c
}
