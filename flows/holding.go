package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// HR may hear of a claim after an exit was announced, or when it is long over, and one day it is settled. "hold CASE until DATE because REASON"
// and "end hold CASE because REASON" say so at any time; what was announced with the exit itself is in legalhold.go.
const (
	CmdHold    = "hold"
	CmdEndHold = "end hold"
)

type (
	// HoldSet is HR's word that the data of somebody who leaves must be kept; until HR says otherwise without a day.
	HoldSet struct {
		Reason string `json:"reason"`
		Until  Date   `json:"until,omitempty"`
		By     Person `json:"by"`
		Turn   string `json:"turn,omitempty"`
	}
	// HoldEnded is HR's word that they need not be kept any more.
	HoldEnded struct {
		Reason string `json:"reason"`
		By     Person `json:"by"`
		Turn   string `json:"turn,omitempty"`
	}
)

// DataKept is who of HR last said, after the exit was announced, that data are kept or need not be, and with which message.
type DataKept struct {
	By   AccountID `json:"by"`
	Turn string    `json:"turn"`
}

func (HoldSet) Kind() Kind   { return "exit.hold_set.1" }
func (HoldEnded) Kind() Kind { return "exit.hold_ended.1" }

// aboutHold reports whether an entry is about data that are kept, which outlives the case.
func aboutHold(b Body) bool {
	switch b.(type) {
	case HoldSet, HoldEnded:
		return true
	}
	return false
}

// answerHold answers "hold" and "end hold".
func (e *Engine) answerHold(ctx context.Context, t Turn, _ Account, _ Roles, cmd Command) (Reply, error) {
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please write this to me in our own chat: others read along here."))
	}
	who, reason := cutAt(cmd.Rest, "because")
	who, when := cutAt(who, "until", "till")
	c, list, err := e.leaverOf(ctx, t, cmd, who)
	if err != nil || list != nil {
		return Reply{View: list}, err
	}
	now := e.Now()
	today := DateOf(now.In(c.Location()))
	decide := func(c Case) (Change, error) { return decideEndHold(c, t, reason, now) }
	said := e.lang().Say("The data of %s need not be kept any more. Muster takes no licence back by itself now: IT has been asked to. The account can be offered for deletion when the policy says so.", c.Event.Name())
	if cmd.Name == CmdHold {
		ev := PeopleEvent{Kind: LeaverEvent, Hold: reason}
		if when != "" {
			var doubt string
			if ev.HoldUntil, _, doubt = readDay(e.lang(), when, today, 0); ev.HoldUntil == "" {
				return Reply{}, invalid(orElse(doubt, e.lang().Say("I could not read until when the data are kept. Write it like \"until 30 June 2027\".")))
			}
		}
		decide = func(c Case) (Change, error) { return decideHold(c, t, ev, today, now) }
		said = e.lang().Say("The data of %s are kept %s. No licence is taken back and the account is not deleted meanwhile. Write \"end hold %s because …\" when it is settled.", c.Event.Name(), keptUntil(e.lang(), ev.HoldUntil), string(c.ID))
	}
	_, err = e.change(ctx, c.ID, Change{}, func(c Case) (Change, error) {
		if c.DataKept != nil && c.DataKept.Turn == hashed(t.Key) {
			return Change{}, nil
		}
		return decide(c)
	})
	return Reply{Text: said}, err
}

func keptUntil(lang texts.Language, day Date) string {
	if day == "" {
		return lang.Say("until HR says otherwise")
	}
	return lang.Say("until %s", day.Say(lang))
}

// leaverOf is the exit that HR means, also one that is over. Several are listed: the bot never picks.
func (e *Engine) leaverOf(ctx context.Context, t Turn, cmd Command, who string) (Case, any, error) {
	if cmd.Case != "" {
		c, err := e.Store.Case(ctx, cmd.Case)
		if err != nil {
			return c, nil, unknownCase(e.lang(), cmd.Case, err)
		}
		return c, nil, c.hiddenFrom(t.By.ID)
	}
	all, err := e.Store.Cases(ctx, "all")
	if err != nil {
		return Case{}, nil, fmt.Errorf("list exits: %w", err)
	}
	exits := slices.DeleteFunc(t.except(all), func(c Case) bool { return c.Kind != LeaverEvent || !matchesName(c.Event, who) })
	switch len(exits) {
	case 0:
		return Case{}, nil, gone(e.lang().Say("I know no exit for that name. Write \"%s\" with the reference of the case, such as L-2026-0042.", cmd.Name))
	case 1:
		return exits[0], nil, nil
	}
	return Case{}, CaseList{Title: e.lang().Say("%d cases match. Write \"%s\" with the reference.", len(exits), cmd.Name), Cases: exits, At: e.Now()}, nil
}

// mayHold says whether somebody of HR may say that the data of a case are kept, or that they need not be.
func (c Case) mayHold(by Person) error {
	switch {
	case c.secretFrom(by.ID):
		return c.hiddenFrom(by.ID)
	case c.Kind != LeaverEvent:
		return invalid(c.Lang.Say("A hold is for the data of somebody who leaves, and %s is no exit.", string(c.ID)))
	case c.Account == by.ID:
		return deny(c.Lang.Say("Nobody decides on their own case. Ask a colleague in HR."))
	case c.Rescinded != nil || c.State == Stopped:
		return moved(c.Lang.Say("This exit was cancelled, so nothing of the person's is taken away. Nothing was changed."))
	}
	return nil
}

// decideHold keeps the data: what was planned and would take licences away is dropped, and HR is asked again when the day has come.
func decideHold(c Case, t Turn, ev PeopleEvent, today Date, now time.Time) (Change, error) {
	if err := c.mayHold(t.By); err != nil {
		return Change{}, err
	}
	if ev.Hold == "" {
		return Change{}, invalid(c.Lang.Say("Please say why the data are kept, such as \"hold %s until 30 June 2027 because a claim is open\".", string(c.ID)))
	}
	wrong := ""
	checkHold(c.Lang, ev, today, func(_, text string) { wrong = orElse(wrong, text) })
	if wrong != "" {
		return Change{}, invalid(wrong)
	}
	ch := Change{Entries: t.entryOn(c.ID, now, HoldSet{Reason: ev.Hold, Until: ev.HoldUntil, By: t.By, Turn: hashed(t.Key)})}
	for _, s := range c.Plan.Steps {
		if _, st, ok := c.Step(s.Key); ok && !c.Over() && st.State == Planned && c.takesLicence(s) {
			ch.Entries = append(ch.Entries, Entry{Case: c.ID, At: now, By: t.By.ID, Body: StepDropped{Step: s.Key, Why: c.Lang.Say("The data are kept, because of a hold.")}})
		}
	}
	day := ev.HoldUntil
	if day == "" {
		day = today.AddDays(holdReview)
	}
	hour, minute := clockOr(c.Site.Opens, opensDefault)
	ask := say(c, holdAsk, Recipient{Person: t.By.ID}, c.Lang.Say("Must the data of %s still be kept? Ask whoever wanted them kept. If so, write \"hold %s until\" with a day and \"because\" with the reason; else \"end hold %s because\" with the reason. Until then they stay.", c.Event.Name(), string(c.ID), string(c.ID)), day.At(c.Location(), hour, minute))
	ch.Drop, ch.Add = c.holdAsked(), append(ch.Add, ask)
	return ch, nil
}

// holdAsk names the question that HR is asked when the day of a hold has come.
const holdAsk = "hold"

// holdAsked are the keys of a question that was planned for somebody else, or is not needed any more.
func (c Case) holdAsked() []string {
	if c.DataKept == nil {
		return nil
	}
	return []string{say(c, holdAsk, Recipient{Person: c.DataKept.By}, "", time.Time{}).Key}
}

// takesLicence reports whether a step takes a licence away from who leaves: itself, or with a group that gives one.
func (c Case) takesLicence(s Step) bool {
	gives := func() bool { return len((&planner{policy: &Policy{}, facts: c.Facts}).carries(s.Group)) > 0 }
	return s.Task == RemoveLicence || s.Group != "" && (s.Task == RemoveFromGroup || s.Task == RemoveFromTeam) && gives()
}

// decideEndHold lets the data go: licences that stayed are for IT to take back, because nobody planned when.
func decideEndHold(c Case, t Turn, reason string, now time.Time) (Change, error) {
	if err := c.mayHold(t.By); err != nil {
		return Change{}, err
	}
	switch {
	case c.Event.Hold == "":
		return Change{}, moved(c.Lang.Say("The data of this case are not on hold. Nothing was changed."))
	case reason == "":
		return Change{}, invalid(c.Lang.Say("Please say why, such as \"end hold %s because the claim is settled\".", string(c.ID)))
	case length(reason) > maxHold:
		return Change{}, invalid(c.Lang.Say("Write at most %d characters; this is %d.", maxHold, length(reason)))
	}
	ch := Change{Entries: t.entryOn(c.ID, now, HoldEnded{Reason: reason, By: t.By, Turn: hashed(t.Key)}), Drop: c.holdAsked()}
	if _, st, ok := c.Step(holdKey); ok && !c.Over() && !st.State.Over() {
		ch.Entries = append(ch.Entries, Entry{Case: c.ID, At: now, By: t.By.ID, Body: StepDropped{Step: holdKey, Why: c.Lang.Say("HR ended the hold.")}})
	}
	ch.Add = []Errand{say(c, "hold-over", c.it(), c.Lang.Say("The data of %s need not be kept any more. Please take back the licences that stayed because of it, in the Microsoft 365 admin centre. When the account is to go, Muster asks.", c.line()), now)}
	return ch, nil
}

// applyHold folds the word of HR. The reason is for HR alone, so it is not among the decisions that others read.
func (c Case) applyHold(e Entry) (Case, error) {
	if c.Kind != LeaverEvent {
		return c, fmt.Errorf("not an exit")
	}
	what, by := "", Person{}
	switch b := e.Body.(type) {
	case HoldSet:
		c.Event.Hold, c.Event.HoldUntil, c.DataKept = strings.TrimSpace(b.Reason), b.Until, &DataKept{b.By.ID, b.Turn}
		what, by = c.Lang.Say("had the data kept %s", keptUntil(c.Lang, b.Until)), b.By
	case HoldEnded:
		c.Event.Hold, c.Event.HoldUntil, c.DataKept = "", "", &DataKept{b.By.ID, b.Turn}
		what, by = c.Lang.Say("ended the hold on the data"), b.By
	}
	c.Decisions = append(clip(c.Decisions), Decided{By: by, What: what, At: e.At, Plan: c.inForce()})
	return c, nil
}
