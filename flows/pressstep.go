package flows

import (
	"strings"
	"time"

	"muster/flows/texts"
)

// failed is a step that waits for IT, or why it does not.
func failed(c Case, t Turn, roles Roles) (Step, StepStatus, error) {
	s, st, ok := c.Step(t.Step)
	switch {
	case !ok || len(c.Steps) == 0:
		return s, st, moved(c.Lang.Say("This step is not part of the plan any more."))
	case !rightTo(c.Lang, VerbRetry).held(roles):
		return s, st, deny(rightTo(c.Lang, VerbRetry).Deny)
	case c.Account != "" && t.By.ID == c.Account:
		return s, st, deny(c.Lang.Say("Nobody acts on their own access."))
	case c.Over():
		return s, st, moved(c.Lang.Say("This case has ended; nothing was changed."))
	case c.Paused != nil:
		return s, st, moved(c.Lang.Say("This case is on hold for now; nothing was changed."))
	case st.State != StepBroken:
		return s, st, moved(c.Lang.Say("This step is %s by now. Nothing was changed.", stepWord(c.Lang, st.State)))
	}
	return s, st, nil
}

func stepWord(lang texts.Language, s StepState) string {
	switch s {
	case StepDone:
		return lang.Say("done and seen")
	case StepDoneHand:
		return lang.Say("done by hand")
	case StepLeftOut:
		return lang.Say("left out")
	case StepAbandoned:
		return lang.Say("no longer wanted")
	case StepNotSeen:
		return lang.Say("sent and not yet seen")
	case StepBroken:
		return "failed"
	}
	return lang.Say("being worked on")
}

func decideRetry(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	if _, _, err := failed(c, t, roles); err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, StepRetried{Step: t.Step, By: t.By})}, nil
}

// decideByHand records that a person did a failed step. What Graph can see is read back before it counts.
func decideByHand(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	s, _, err := failed(c, t, roles)
	if err != nil {
		return Change{}, err
	}
	note, err := t.need("note", c.Lang.Say("Please say in a few words what you did."))
	if err != nil {
		return Change{}, err
	}
	if !s.visible() {
		return Change{Entries: t.entry(now, StepByHand{Step: t.Step, By: t.By, Note: note})}, nil
	}
	return Change{Entries: t.entry(now, StepClaimed{Step: t.Step, By: t.By, Note: note})}, nil
}

// visible reports whether Graph can show that the step was done.
func (s Step) visible() bool {
	switch s.Task {
	case Manual:
		return s.Group != "" || s.Key == exitKey || s.Manual == ConvertToShared || s.Look != "" || len(s.Props) > 0 || s.Key == managerKey || s.Key == backKey(managerKey)
	case ShareOneDrive: // Graph does not show whom SharePoint made an administrator instead
		return false
	case SendWelcome, OfferPass, AskStarted, RunLifecycleWorkflow, // a run that went wrong stays so, whatever people did about it
		TellPerson, AskReturn, AwaitReturn, SendMail, Notify, CallWebhook: // what was said cannot be unsaid, and what another system did it says once
		return false
	}
	return true
}

func decideWaive(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	_, st, err := failed(c, t, roles)
	if err != nil {
		return Change{}, err
	}
	if st.Waive.Person.ID != "" {
		return Change{}, moved(c.Lang.Say("%s already asked to leave this out. A second person must agree.", st.Waive.Person.Name))
	}
	reason, err := t.need("reason", c.Lang.Say("Please say in a few words why this can be left out."))
	if err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, WaiveAsked{Step: t.Step, By: t.By, Reason: reason})}, nil
}

func decideWaiveAgree(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	_, st, err := failed(c, t, roles)
	if err != nil {
		return Change{}, err
	}
	if st.Waive.Person.ID == "" {
		return Change{}, moved(c.Lang.Say("Nobody has asked to leave this step out."))
	}
	if err := mayWaive(c, st, t.By, roles); err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, Waived{Step: t.Step, By: t.By, Asked: st.Waive.Person, Reason: st.Waive.Note})}, nil
}

// manual is a manual step that the presser may act on, or why not.
func manual(c Case, t Turn, roles Roles) (Step, error) {
	s, st, ok := c.Step(t.Step)
	mine := rightTo(c.Lang, VerbManualDone).held(roles) || isStepOwner.holds(c, t, roles)
	switch {
	case !ok || s.Task != Manual || c.May == "":
		return s, moved(c.Lang.Say("This step is not part of the plan any more."))
	case c.Over():
		return s, moved(c.Lang.Say("This case has ended; nothing was changed."))
	case c.Paused != nil:
		return s, moved(c.Lang.Say("This case is on hold for now; nothing was changed."))
	case !mine:
		return s, deny(rightTo(c.Lang, VerbManualDone).Deny)
	case c.Account != "" && t.By.ID == c.Account:
		return s, deny(c.Lang.Say("Nobody confirms their own access."))
	case st.State.Over():
		return s, moved(c.Lang.Say("This step is %s by now. Nothing was changed.", stepWord(c.Lang, st.State)))
	case !c.ready(s) && st.State != StepBroken:
		return s, moved(c.Lang.Say("This step still waits for the account or for a sign-off."))
	}
	return s, nil
}

func decideManualDone(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	s, err := manual(c, t, roles)
	if err != nil {
		return Change{}, err
	}
	note := strings.TrimSpace(t.Inputs["note"])
	if s.visible() {
		return Change{Entries: t.entry(now, StepClaimed{Step: s.Key, By: t.By, Note: note})}, nil
	}
	return Change{Entries: t.entry(now, StepByHand{Step: s.Key, By: t.By, Note: note})}, nil
}

func decideManualCannot(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	s, err := manual(c, t, roles)
	if err != nil {
		return Change{}, err
	}
	reason, err := t.need("reason", c.Lang.Say("Please say in a few words why it cannot be done."))
	if err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, StepCannot{Step: s.Key, By: t.By, Reason: c.Lang.Say("%s says: %s", t.By.Name, reason)})}, nil
}

// asked is the open question whether the person started, for whoever may answer it.
func asked(c Case, t Turn, roles Roles) error {
	if c.Over() || c.May == "" {
		return moved(c.Lang.Say("This case has ended; nothing was changed."))
	}
	if c.Paused != nil {
		return moved(c.Lang.Say("This is on hold for now; nothing was changed."))
	}
	if !isManager.holds(c, t, roles) && !rightTo(c.Lang, VerbStarted).held(roles) {
		return deny(c.Lang.Say("This question is for %s.", c.Manager().Name))
	}
	if c.Account != "" && t.By.ID == c.Account {
		return deny(c.Lang.Say("Nobody answers this about themselves."))
	}
	for _, s := range c.Plan.Steps {
		if _, st, _ := c.Step(s.Key); s.Task == AskStarted && st.Asked && !st.State.Over() && !c.NoShow {
			return nil
		}
	}
	return moved(c.Lang.Say("This was answered already, or is not asked yet. Nothing was changed."))
}

func decideStarted(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	if err := asked(c, t, roles); err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, Started{By: t.By})}, nil
}

func decideNotStarted(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	if err := asked(c, t, roles); err != nil {
		return Change{}, err
	}
	return Change{
		Entries: t.entry(now, NotStarted{By: t.By}),
		Add: []Errand{say(c, "noshow", Recipient{Channel: "it"},
			c.Lang.Say("%s: the person did not start. Sign-in is being blocked and the rest of the plan is held until HR decides.", string(c.ID)), now)},
	}, nil
}

func noShow(c Case, t Turn, roles Roles) error {
	switch {
	case c.Account != "" && t.By.ID == c.Account:
		return deny(c.Lang.Say("Nobody decides this about themselves."))
	case !rightTo(c.Lang, VerbResume).held(roles):
		return deny(rightTo(c.Lang, VerbResume).Deny)
	case c.Paused != nil:
		return moved(c.Lang.Say("This is on hold for now; nothing was changed."))
	case c.Over() || !c.NoShow:
		return moved(c.Lang.Say("This was decided already. Nothing was changed."))
	}
	return nil
}

func decideResume(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	if err := noShow(c, t, roles); err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, Resumed{By: t.By})}, nil
}

// decideEnd ends the case of a person who never came. The account must be seen blocked before that.
func decideEnd(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	if err := noShow(c, t, roles); err != nil {
		return Change{}, err
	}
	if _, st, ok := c.Step(blockKey); ok && !st.State.Over() {
		return Change{}, moved(c.Lang.Say("Sign-in has not been seen blocked yet. Please try again in a minute; IT is told if it does not work."))
	}
	reason, err := t.need("reason", c.Lang.Say("Please say in a few words why the case ends."))
	if err != nil {
		return Change{}, err
	}
	return Change{
		Entries: t.entry(now, Cancelled{By: t.By, Reason: reason}),
		Add: []Errand{say(c, "ended", Recipient{Channel: "it"},
			c.Lang.Say("%s was ended after a no-show. The account is blocked and still holds its licences and groups: please take them back.", string(c.ID)), now)},
	}, nil
}
