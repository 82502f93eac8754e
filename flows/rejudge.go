package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// A line may be for some people only. Whether a step is for the person is decided with the plan, and looked at again when its time comes,
// because months may lie between: a step that is for the person no longer is not done, and the evidence says why. One that would be for them
// now is not added by itself, as nobody decided on it.

// judge keeps in a step the part of its line's condition that the directory may answer otherwise later. What HR said, the site among it,
// changes with a new plan only; and the mailbox and the directory roles are what a plan itself takes away, so its own steps would answer.
func (p *planner) judge(l Line) *When {
	if l.When == nil {
		return nil
	}
	w := When{Guest: l.When.Guest, Synced: l.When.Synced}
	if p.event.Job == "" {
		w.Department, w.Job = l.When.Department, l.When.Job
	}
	if w.Guest == nil && w.Synced == nil && len(w.Department) == 0 && len(w.Job) == 0 {
		return nil
	}
	return &w
}

// outdated says why a step whose condition is given is not for the person any more; "" when it is. Pure.
func (w *When) outdated(a Account, p *Policy) string {
	now := planner{policy: p, facts: Facts{Subject: a}}
	for _, flag := range []struct {
		want     *bool
		is       bool
		yes, not string
	}{
		{w.Guest, a.Guest, p.Lang().Say("the account is a guest's now"), p.Lang().Say("the account is no guest's any more")},
		{w.Synced, a.Synced, p.Lang().Say("the account comes from the on-premises directory now"), p.Lang().Say("the account does not come from the on-premises directory any more")},
	} {
		if flag.want != nil && *flag.want != flag.is {
			if flag.is {
				return flag.yes
			}
			return flag.not
		}
	}
	for _, list := range []struct {
		values   []string
		is, what string
	}{{w.Department, now.department(), "department"}, {w.Job, now.job(), "job"}} {
		if len(list.values) > 0 && !slices.ContainsFunc(list.values, func(v string) bool { return strings.EqualFold(v, list.is) }) {
			return p.Lang().Say("the %s of the account is %s now", list.what, orElse(list.is, p.Lang().Say("none that the policy knows")))
		}
	}
	return ""
}

// judged says why a step that was not begun is not for the person any more. An account that is gone is for the step itself to find.
func (e *Engine) judged(ctx context.Context, c Case, s Step, st StepStatus) (string, error) {
	if s.When == nil || st.State != Planned || st.Claimed.Person.ID != "" || c.Account == "" {
		return "", nil
	}
	a, err := e.World.FetchAccount(ctx, string(c.Account))
	if CodeOf(err) == NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if why := s.When.outdated(a, e.Policy); why != "" {
		return e.lang().Say("The workflow has this step for others only: %s.", why), nil
	}
	return "", nil
}

// judgedByHand drops a step that people do, when it is due and not for the person any more.
func (e *Engine) judgedByHand(ctx context.Context, er Errand, k StepKey) (done bool, err error) {
	c, err := e.Store.Case(ctx, er.Case)
	if err != nil {
		return false, fmt.Errorf("remind: %w", err)
	}
	s, st, ok := c.Step(k)
	if !ok || s.Task != Manual || !c.ready(s) {
		return false, nil
	}
	why, err := e.judged(ctx, c, s, st)
	if err != nil || why == "" {
		return false, err
	}
	return true, e.settleStep(ctx, er, s, StepDropped{Step: k, Why: why})
}
