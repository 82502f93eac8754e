package flows

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// A step is looked at when it is done, and the case may live for weeks after that. So nothing is closed on what was seen once: when no
// step is left, everything that Graph can show is looked at again, and what is gone goes back to people.

// secondLooks is how often something that was seen before must be missing in a row: a read may come from a replica that lags.
const secondLooks = 3

// closeCase ends a case whose every step is over, if the directory still is as the steps left it.
func (e *Engine) closeCase(ctx context.Context, er Errand) error {
	c, err := e.Store.Case(ctx, er.Case)
	if err != nil {
		return unknownCase(e.lang(), er.Case, err)
	}
	var lost []StepLost
	if c.finished() {
		if lost, err = e.lookAgain(ctx, c); err != nil {
			return err
		}
	}
	if len(lost) > 0 && er.Tries < secondLooks {
		return &Error{Code: Unavailable, Say: e.lang().Say("Something that was seen before is not there just now."), Err: errors.New("look again before closing: " + string(lost[0].Step) + " is not seen")}
	}
	_, err = e.change(ctx, er.Case, Change{Done: []ErrandRef{er.Ref()}}, func(now Case) (Change, error) {
		ch, err := decideClose(now, c.Version, lost, e.Now())
		if due, ok := deletionDue(now, e.Policy.Leaver.DeleteAfter, e.Now()); err == nil && ok && len(lost) == 0 && now.finished() {
			ch.Add = append(ch.Add, due)
		}
		if err == nil && len(lost) == 0 && now.finished() {
			ch.Memos = now.leaves()
		}
		return ch, err
	})
	return err
}

// decideClose closes a case that is as it was when the world was looked at.
func decideClose(c Case, looked int, lost []StepLost, now time.Time) (Change, error) {
	switch {
	case !c.finished():
		return Change{}, nil
	case c.Version != looked:
		return Change{}, moved(c.Lang.Say("The case moved while it was looked at once more."))
	case len(lost) == 0:
		return Change{Entries: []Entry{{Case: c.ID, At: now, Body: c.closing()}}}, nil
	}
	var ch Change
	for _, l := range lost {
		ch.Entries = append(ch.Entries, Entry{Case: c.ID, At: now, Body: l})
	}
	return ch, nil
}

// lookAgain finds the steps whose effect is not there any more. An account that is gone takes everything with it.
func (e *Engine) lookAgain(ctx context.Context, c Case) ([]StepLost, error) {
	h := hands{World: e.World, courier: e.Courier, hooks: e.Hooks, ledger: e, now: e.Now(), others: e.others}
	var lost []StepLost
	for _, s := range c.Plan.Steps {
		_, st, _ := c.Step(s.Key)
		t, ok := tasks[s.Task]
		if !ok || t.look == nil || !s.lasts() || c.takenBack(s) || c.Rescinded != nil && s.Of == "" || (st.State != StepDone && st.State != StepDoneHand) {
			continue
		}
		seen, err := t.look(ctx, h, c, s)
		if s.needsMailbox() && CodeOf(err) == NotFound {
			continue // the mailbox went with its licence, and the reply with the mailbox; so do devices with Intune
		}
		switch CodeOf(err) {
		case NotFound:
			seen = sight{text: e.lang().Say("the account or what it was given is not in the directory")}
		case Denied, Invalid, Conflict:
			seen = sight{text: SayOf(err)}
		default:
			if err != nil {
				return nil, err
			}
		}
		if !seen.done {
			e.Log.WarnContext(ctx, "step not seen any more", slog.String("case", string(c.ID)), slog.String("step", string(s.Key)))
			lost = append(lost, StepLost{Step: s.Key, Seen: seen.text})
		}
	}
	return lost, nil
}

// lasts reports whether a step's effect must still be there when the case closes: all that Graph shows, save that the account was made,
// which the other steps show, and the block of a no-show who came after all. The block of a leaver lasts.
func (s Step) lasts() bool {
	return s.visible() && s.Task != CreateAccount && (s.Task != BlockSignIn || s.Key == exitKey || s.Of != "")
}

// takenBack reports whether a later step of the plan took back what a step did.
func (c Case) takenBack(s Step) bool {
	_, st, ok := c.Step(s.Until)
	return s.Until != "" && ok && (st.State == StepDone || st.State == StepDoneHand)
}
