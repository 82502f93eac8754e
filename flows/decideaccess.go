package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// What managers and approvers decide on the access of a case: approve, reject, ask, reply, sign off.

// openDecision is what every press on the approval card must pass: the right person, an open question, the plan that was shown.
func openDecision(c Case, t Turn) error {
	if c.Approval.State != "" {
		return moved(decidedLine(c))
	}
	if c.Over() {
		return moved(c.Lang.Say("This case has ended; nothing was changed."))
	}
	if c.Paused != nil {
		return moved(c.Lang.Say("This is on hold for now; nothing was changed. The card asks again if it goes on."))
	}
	if _, err := t.approver(c); err != nil {
		return err
	}
	if t.Plan != c.Shown {
		return moved(c.Lang.Say("The plan changed since this card was sent, so nothing was decided. The card now shows the new one."))
	}
	return nil
}

// held is why nothing is decided while a case is on hold or being cancelled; nil when it is neither.
func (c Case) held() error {
	switch {
	case c.Rescinded != nil:
		return moved(c.Lang.Say("This case is being cancelled; nothing was changed."))
	case c.Paused != nil:
		return moved(c.Lang.Say("This is on hold for now; nothing was changed."))
	}
	return nil
}

func decidedLine(c Case) string {
	return c.Lang.Say("%s already %s this on %s. Nothing was changed.", c.Approval.By.Name, c.Approval.State, c.Lang.Time(c.Approval.At.In(c.Location()), "Mon 2 January at 15:04"))
}

func decideApprove(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	if c.Kind == LeaverEvent {
		return decideUrgent(c, t, roles, now)
	}
	if c.Kind == MoverEvent {
		return decideMover(c, t, now)
	}
	if err := openDecision(c, t); err != nil {
		return Change{}, err
	}
	ticked, err := c.ticked(t.Ticked)
	if err != nil {
		return Change{}, err
	}
	b := Approved{Shown: t.Plan, Ticked: ticked, Plan: c.Plan.Chosen(ticked).Hash(), By: t.By}
	if b.For, err = t.approver(c); err != nil {
		return Change{}, err
	}
	b.RemindAt = c.Site.AddWorkingHours(now, 8)
	b.Escalate = c.Site.AddWorkingHours(now, 16)
	if c.nobodySigns(ticked, b) {
		b.Escalate = now // waiting would be for nobody
	}
	return Change{Entries: t.entry(now, b)}, nil
}

// nobodySigns reports whether there is an elevated step among the ticked ones that nobody is asked to sign off but those who may not.
func (c Case) nobodySigns(ticked []StepKey, b Approved) bool {
	c.Approval.By, c.Approval.For = b.By, b.For
	for _, k := range ticked {
		if s, ok := c.Plan.Step(k); ok && s.Choice == Elevated && len(c.signers(s)) == 0 {
			return true
		}
	}
	return false
}

// ticked reads the ticked steps in plan order. A key that the plan does not offer is an error: a card cannot widen the plan.
func (c Case) ticked(keys []StepKey) ([]StepKey, error) {
	want := map[StepKey]bool{}
	for _, k := range keys {
		want[k] = true
	}
	var out []StepKey
	for _, s := range c.Plan.Steps {
		if want[s.Key] && s.Choice.offered() {
			out = append(out, s.Key)
		}
		if s.Choice == Going || s.Choice == Undecided {
			continue // the releasing manager's
		}
		delete(want, s.Key)
	}
	if len(want) > 0 {
		return nil, invalid(c.Lang.Say("The card names access that this plan does not offer, so nothing was decided."))
	}
	return out, nil
}

func decideReject(c Case, t Turn, _ Roles, now time.Time) (Change, error) {
	if err := openDecision(c, t); err != nil {
		return Change{}, err
	}
	reason, err := t.need("reason", c.Lang.Say("Please say in a few words why you reject this."))
	if err != nil {
		return Change{}, err
	}
	inPlaceOf, err := t.approver(c)
	if err != nil {
		return Change{}, err
	}
	return Change{
		Entries: t.entry(now, Rejected{Shown: t.Plan, By: t.By, For: inPlaceOf, Reason: reason}),
		Add:     []Errand{say(c, "rejected", Recipient{Person: c.HR().ID}, c.Lang.Say("%s rejected the access for %s: %s", t.By.Name, c.line(), reason), now)},
	}, nil
}

func decideAsk(c Case, t Turn, _ Roles, now time.Time) (Change, error) {
	if err := openDecision(c, t); err != nil {
		return Change{}, err
	}
	q, err := t.need("question", c.Lang.Say("Please write your question."))
	if err != nil {
		return Change{}, err
	}
	if n := len(c.Questions); n > 0 && c.Questions[n-1].Answer.At.IsZero() {
		return Change{}, moved(c.Lang.Say("A question is already with HR. You are told as soon as it is answered."))
	}
	return Change{
		Entries: t.entry(now, Asked{By: t.By, Question: q}),
		Add:     []Errand{say(c, fmt.Sprintf("ask/%d", len(c.Questions)), Recipient{Person: c.HR().ID}, c.Lang.Say("%s asks about %s: %s Answer on the case's card.", t.By.Name, c.line(), q), now)},
	}, nil
}

func decideReply(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	n := len(c.Questions)
	if c.Over() {
		return Change{}, moved(c.Lang.Say("This case has ended; nothing was changed."))
	}
	if n == 0 || !c.Questions[n-1].Answer.At.IsZero() {
		return Change{}, moved(c.Lang.Say("There is no open question on this case."))
	}
	if err := rightTo(c.Lang, VerbReply).byRole(roles); err != nil {
		return Change{}, err
	}
	if c.Account != "" && t.By.ID == c.Account {
		return Change{}, deny(c.Lang.Say("Nobody answers this about themselves."))
	}
	text, err := t.need("answer", c.Lang.Say("Please write your answer."))
	if err != nil {
		return Change{}, err
	}
	return Change{
		Entries: t.entry(now, Replied{By: t.By, Answer: text}),
		Add:     []Errand{say(c, fmt.Sprintf("reply/%d", n), Recipient{Person: c.Questions[n-1].By.ID}, c.Lang.Say("%s answers about %s: %s", t.By.Name, c.line(), text), now)},
	}, nil
}

// need is a required text input, at most 500 characters.
func (t Turn) need(id, say string) (string, error) {
	v := strings.TrimSpace(t.Inputs[id])
	if v == "" {
		return "", invalid(say)
	}
	if r := []rune(v); len(r) > 500 {
		v = string(r[:500])
	}
	return v, nil
}

func decideSignOff(c Case, t Turn, roles Roles, now time.Time, ok bool) (Change, error) {
	if c.Over() {
		return Change{}, moved(c.Lang.Say("This case has ended; nothing was changed."))
	}
	if c.Paused != nil || c.Rescinded != nil {
		return Change{}, moved(c.Lang.Say("This is on hold or cancelled; nothing was changed."))
	}
	keys := t.Ticked
	if t.Step != "" {
		keys = []StepKey{t.Step}
	}
	if len(keys) == 0 {
		return Change{}, invalid(c.Lang.Say("Please tick at least one item."))
	}
	reason := strings.TrimSpace(t.Inputs["reason"])
	if !ok && reason == "" {
		return Change{}, invalid(c.Lang.Say("Please say in a few words why you refuse this."))
	}
	var ch Change
	for i, k := range keys {
		if slices.Contains(keys[:i], k) {
			continue
		}
		s, st, found := c.Step(k)
		so, asked := c.SignOffs[k]
		if !found || !asked {
			return Change{}, moved(c.Lang.Say("This item is not part of the plan any more. The card now shows what is left."))
		}
		seats, inPlaceOf, err := t.signer(c, s, roles)
		if err != nil {
			return Change{}, err
		}
		if s.Exception != nil && st.State != Planned {
			return Change{}, moved(c.Lang.Say("There was no answer in time, so %s goes already. Nothing was changed.", s.Name))
		}
		if so.State != "" {
			return Change{}, moved(c.Lang.Say("%s already decided on %s. Nothing was changed.", so.By.Name, s.Name))
		}
		if t.Plan != c.May {
			return Change{}, moved(c.Lang.Say("The plan changed since this card was sent, so nothing was decided. The card now shows the new one."))
		}
		b := SignedOff{Step: k, Plan: t.Plan, By: t.By, For: inPlaceOf, OK: ok, Reason: reason}
		if len(s.Stages) > 0 && ok {
			b.Seats = seats
			if after := s.foldSignOff(so, b, now); after.State == "" && after.Stage != so.Stage {
				b.RemindAt, b.Escalate = c.nextRound(s, after, now)
			}
		}
		ch.Entries = append(ch.Entries, t.entry(now, b)...)
	}
	return ch, nil
}

// nextRound is when those asked in a step's next round are reminded, and when it is put to others: at once when nobody in it may sign.
func (c Case) nextRound(s Step, so SignOff, now time.Time) (remind, escalate time.Time) {
	all := map[StepKey]SignOff{}
	maps.Copy(all, c.SignOffs)
	all[s.Key] = so
	c.SignOffs = all
	if len(c.signers(s)) == 0 {
		return c.Site.AddWorkingHours(now, 8), now
	}
	return c.Site.AddWorkingHours(now, 8), c.Site.AddWorkingHours(now, 16)
}
