package flows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// runStep runs one step of a plan: look, act, look. What was meant is written before anything is done, and nothing is done twice that
// a look can tell from the first time.
func (e *Engine) runStep(ctx context.Context, er Errand) error {
	var w StepWork
	if err := json.Unmarshal(er.Body, &w); err != nil {
		return fmt.Errorf("read step errand %s: %w", er.Key, err)
	}
	c, err := e.Store.Case(ctx, er.Case)
	if err != nil {
		return fmt.Errorf("run step: %w", err)
	}
	if _, paused, err := e.Paused(ctx); err != nil || paused {
		return err // the errand stays where it is
	}
	s, st, ok := c.Step(w.Step)
	if !ok || !c.ready(s) || c.stopped(s) {
		return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}}) // it is no longer wanted
	}
	if !c.planStands() {
		return e.settleStep(ctx, er, s, StepFailed{Step: s.Key, Cause: e.lang().Say("The plan is not the one that was approved, so nothing was done.")})
	}
	switch why, err := e.judged(ctx, c, s, st); {
	case err != nil:
		return e.settleStep(ctx, er, s, e.fate(c, s, st, err))
	case why != "":
		return e.settleStep(ctx, er, s, StepDropped{Step: s.Key, Why: why})
	}
	if s.Task == AskStarted || s.Task == AskReturn {
		return e.settleStep(ctx, er, s, StartAsked{Step: s.Key})
	}
	t, ok := tasks[s.Task]
	if !ok || t.look == nil {
		return e.settleStep(ctx, er, s, StepFailed{Step: s.Key, Cause: e.lang().Say("This version of Muster does not know the task %s.", string(s.Task))})
	}
	if c.Account == "" && s.needsAccount() && !(s.Task == BlockSignIn && s.Of != "") { // the block finds out whether the account was made
		return e.settleStep(ctx, er, s, StepFailed{Step: s.Key, Cause: e.lang().Say("There is no account to do this for, because its creation was left out.")})
	}
	h := hands{World: e.World, courier: e.Courier, hooks: e.Hooks, ledger: e, now: e.Now(), others: e.others}
	before, err := t.look(ctx, h, c, s)
	if err != nil {
		return e.settleStep(ctx, er, s, e.fate(c, s, st, err))
	}
	if before.done {
		return e.settleStep(ctx, er, s, verified(s, st, before))
	}
	resend := st.State == StepNotSeen && st.Tries == 3 // it may have been taken and dropped
	if st.Claimed.Person.ID != "" || t.act == nil || (st.State == StepNotSeen && !resend) {
		return e.settleStep(ctx, er, s, e.notSeen(t, s, st, before))
	}
	if st.State == Planned {
		begun := false
		if c, begun, err = e.beginStep(ctx, c, s, before); err != nil || !begun {
			return err
		}
		_, st, _ = c.Step(s.Key)
	}
	if err := t.act(ctx, h, c, s); err != nil {
		return e.settleStep(ctx, er, s, e.fate(c, s, st, err))
	}
	after, err := t.look(ctx, h, c, s)
	if err != nil {
		return e.settleStep(ctx, er, s, e.fate(c, s, st, err))
	}
	if after.done {
		return e.settleStep(ctx, er, s, verified(s, st, after))
	}
	return e.settleStep(ctx, er, s, e.notSeen(t, s, st, after))
}

// stopped reports whether the case's hold covers the step.
func (c Case) stopped(s Step) bool { return c.NoShow && s.Task != BlockSignIn }

// planStands reports whether the plan is still, byte for byte, the one that was approved. The block of a no-show is Muster's own.
func (c Case) planStands() bool {
	return c.running().Hash() == c.May && c.undoStands()
}

func verified(s Step, st StepStatus, seen sight) Body {
	b := StepVerified{Step: s.Key, Before: st.Before, After: seen.text, Account: seen.account}
	if st.State == Planned && st.Claimed.Person.ID == "" {
		b.Before, b.Already = seen.text, true
	}
	return b
}

// notSeen is what happens when a look does not show the effect: look again later, and ask people when the looks are used up.
func (e *Engine) notSeen(t task, s Step, st StepStatus, seen sight) Body {
	if st.Tries >= len(t.looks) {
		cause := e.lang().Say("Microsoft 365 accepted it, but it is still not there: %s.", seen.text)
		if st.Claimed.Person.ID != "" {
			cause = e.lang().Say("%s recorded it as done by hand, but it cannot be seen: %s.", st.Claimed.Person.Name, seen.text)
		}
		return StepFailed{Step: s.Key, Cause: cause, Tries: st.Tries}
	}
	return StepUnseen{Step: s.Key, Seen: seen.text, Next: e.Now().Add(t.looks[st.Tries])}
}

// fate turns an error into what happens to the step: unavailable means later and costs no attempt, a refusal asks people at once,
// anything else backs off and asks people after the last attempt.
func (e *Engine) fate(c Case, s Step, st StepStatus, err error) Body {
	var why string
	if fe, ok := errors.AsType[*Error](err); ok {
		why = fe.Say
		switch fe.Code {
		case Unavailable:
			return StepDelayed{Step: s.Key, Why: orElse(why, e.lang().Say("Microsoft 365 does not answer.")), Next: e.Now().Add(max(fe.RetryAfter, backoff(st.Delays)))}
		case NotFound:
			if c.Account != "" && st.Tries < len(soon) { // what was just created may take minutes to be seen everywhere
				return StepDelayed{Step: s.Key, Why: orElse(why, e.lang().Say("Microsoft 365 does not show the account yet.")), Next: e.Now().Add(soon[st.Tries]), Count: true}
			}
			return StepFailed{Step: s.Key, Cause: orElse(why, e.lang().Say("Microsoft 365 does not know what the step is about.")), Tries: st.Tries + 1}
		case NoSeat:
			return StepFailed{Step: s.Key, Cause: orElse(why, e.lang().Say("No seat is free.")), Tries: st.Tries + 1, Seat: true}
		case Denied, Invalid, Conflict:
			return StepFailed{Step: s.Key, Cause: orElse(why, e.lang().Say("Microsoft 365 refused it.")), Tries: st.Tries + 1}
		}
	}
	if st.Tries+1 >= e.Policy.Limits.Attempts {
		return StepFailed{Step: s.Key, Cause: orElse(why, e.lang().Say("It went wrong %s times in a way Muster does not know.", fmt.Sprint(st.Tries+1))), Tries: st.Tries + 1}
	}
	return StepDelayed{Step: s.Key, Why: orElse(why, e.lang().Say("It went wrong; Muster tries again.")), Next: e.Now().Add(backoff(st.Tries)), Count: true}
}

func orElse(s, other string) string {
	if s = strings.TrimSpace(s); s != "" {
		return s
	}
	return other
}

// backoff doubles from five seconds to ten minutes.
func backoff(n int) time.Duration {
	return min(5*time.Second<<min(n, 7), 10*time.Minute)
}

// settleStep writes the outcome of a run and finishes its errand. The world was looked at without a lock, so the outcome counts only
// if the step is still open.
func (e *Engine) settleStep(ctx context.Context, er Errand, s Step, body Body) error {
	_, err := e.change(ctx, er.Case, Change{Done: []ErrandRef{er.Ref()}}, func(c Case) (Change, error) {
		if _, st, ok := c.Step(s.Key); !ok || st.State.Over() || c.Over() || c.May == "" {
			return Change{}, nil
		}
		ch := Change{Entries: []Entry{{Case: c.ID, At: e.Now(), Body: body}}}
		if b, ok := body.(StepFailed); ok && b.Seat {
			ch.Add = seatNews(c, s, e.Policy, e.Now())
		}
		if _, seen := body.(StepVerified); seen {
			ch.Memos = e.givesUp(c, s)
		}
		return ch, nil
	})
	return err
}
