package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The deletion of a leaver's account is a case of its own, never a step of the exit: the exit is over and closed when the account is blocked
// and its licences are back, whatever people decide about the account a year later, and the decision has its own people, card and evidence.
// Each links to the other: the event names the exit, the exit's reference stands on every card.

// DeletionEvent asks whether the account of somebody who left is deleted. Nobody announces it: a closed exit starts it when it is due.
const DeletionEvent EventKind = "deletion"

// CardDeletion asks HR or an owner whether an account is deleted, and is the record afterwards.
const CardDeletion CardName = "deletion"

// DeletionErrand looks whether an account is to be deleted, and asks. Stored in the queue, so never renamed.
const DeletionErrand = "deletion.1"

// The verbs of the deletion card, for ever.
const (
	VerbDelete  = "deletion.confirm"
	VerbKeep    = "deletion.keep"
	VerbRestore = "deletion.restore"
)

// The steps of a deletion.
const (
	deleteKey  StepKey = "delete"
	purgedKey  StepKey = "purged"
	restoreKey StepKey = "restore"

	AwaitPurge TaskName = "await_purge" // the recycle bin does not have the account any more
)

// binDays is how long Microsoft keeps a deleted account (Microsoft Graph, directory: deletedItems).
const binDays = 30

type (
	// DeletionWork says whose account, after which exit.
	DeletionWork struct {
		Leaver  CaseID
		Account AccountID
	}
	// DeletionKept is the decision to keep an account until a day; then it is asked again.
	DeletionKept struct {
		Until  Date   `json:"until"`
		Reason string `json:"reason"`
		By     Person `json:"by"`
	}
	// RestoreAsked brings a deleted account back, blocked as it was.
	RestoreAsked struct {
		Reason string `json:"reason"`
		By     Person `json:"by"`
	}
)

func (DeletionKept) Kind() Kind { return "deletion.kept.1" }
func (RestoreAsked) Kind() Kind { return "deletion.restore_asked.1" }

func deletionKey(id AccountID) string { return DeletionErrand + "/" + string(id) }

// deletionDue is the errand by which a closed exit has its account asked about; false when the policy keeps accounts, or the person came back.
func deletionDue(c Case, days int, now time.Time) (Errand, bool) {
	_, exit, ok := c.Step(exitKey)
	if c.Kind != LeaverEvent || !c.gone() || days <= 0 || c.Overtaken != "" || c.Rescinded != nil || !ok {
		return Errand{}, false
	}
	due := later(now, exit.At.AddDate(0, 0, days))
	return Errand{Key: deletionKey(c.Account), Kind: DeletionErrand, Case: c.ID, Due: due.UTC(), Body: errandBody(DeletionWork{c.ID, c.Account})}, true
}

// askDeletion looks whether an account may still be deleted, and raises the case that asks. What is in the way is said to whoever raised the
// exit: for good when the person is back, and looked at again later when it may pass.
func (e *Engine) askDeletion(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[DeletionWork](er)
	if err != nil {
		return err
	}
	l, err := e.Store.Case(ctx, w.Leaver)
	if err != nil {
		return unknownCase(e.lang(), w.Leaver, err)
	}
	done := Change{Done: []ErrandRef{er.Ref()}}
	due, ask, err := e.askLater(ctx, l, e.Now())
	switch {
	case err != nil:
		return err
	case !ask:
		return e.Commit(ctx, done)
	case e.Now().Before(due):
		er.Due, er.Tries = due, 0
		done.Add = []Errand{er}
		return e.Commit(ctx, done)
	}
	a, err := e.World.FetchAccount(ctx, string(w.Account))
	if CodeOf(err) == NotFound {
		return e.Commit(ctx, done) // somebody else deleted it
	}
	if err != nil {
		return fmt.Errorf("fetch account to delete: %w", err)
	}
	f := Facts{Subject: a, Manager: l.Facts.Manager}
	why, again, err := e.keeps(ctx, l, &f)
	if err != nil {
		return err
	}
	now := e.Now()
	if why != "" {
		text := e.lang().Say("The account of %s (%s) is not offered for deletion: %s", l.Event.Name(), string(l.ID), why)
		done.Add = []Errand{say(l, "not_deleted/"+string(DateOf(now)), Recipient{Person: l.HR().ID}, text, now)}
		if again > 0 {
			er.Due, er.Tries = now.AddDate(0, 0, again).UTC(), 0
			done.Add = append(done.Add, er)
		}
		return e.Commit(ctx, done)
	}
	if err := e.deleters(ctx, &f, l); err != nil {
		return err
	}
	return e.raiseDeletion(ctx, l, f, done, now)
}

// raiseDeletion opens the case that asks.
func (e *Engine) raiseDeletion(ctx context.Context, l Case, f Facts, done Change, now time.Time) error {
	ev := PeopleEvent{Kind: DeletionEvent, Subject: f.Subject.Person(), Manager: l.Event.Manager, Site: l.Event.Site, LastDay: l.Event.LastDay, FormerCase: l.ID}
	for range tries {
		id, err := e.Store.NextCase(ctx, DeletionEvent, now.Year())
		if err != nil {
			return fmt.Errorf("number the case: %w", err)
		}
		raised := Entry{Case: id, At: now, Body: Raised{
			Lang:  e.lang(),
			Event: ev, By: l.Raised.Person, Zone: l.Zone, Site: l.Site, Facts: f, Plan: PlanDeletion(f, e.Policy, now),
			RemindAt: l.Site.AddWorkingHours(now, e.Policy.Reminders.RemindAfter), Escalate: l.Site.AddWorkingHours(now, e.Policy.Reminders.EscalateAfter),
		}}
		ch := done
		ch.Case, ch.Entries = id, []Entry{raised}
		ch, _, err = follow(Case{}, ch, now)
		if err != nil {
			return fmt.Errorf("raise deletion: %w", err)
		}
		if err = e.Commit(ctx, ch); CodeOf(err) != Conflict {
			return err
		}
	}
	return &Error{Code: Unavailable, Say: e.lang().Say("The case could not be numbered just now.")}
}

// keeps says why an account is not to be deleted now, and after how many days that is looked at again; never when it is for good.
func (e *Engine) keeps(ctx context.Context, l Case, f *Facts) (why string, again int, err error) {
	cases, err := e.Store.Cases(ctx, subjectKey(f.Subject.ID))
	if err != nil {
		return "", 0, fmt.Errorf("look for later cases: %w", err)
	}
	for _, c := range cases {
		if c.ID != l.ID && c.Raised.At.After(l.Raised.At) && c.Kind != DeletionEvent && c.Kind != CorrectionEvent && c.Rescinded == nil && (!c.Over() || c.State == Done) {
			return e.lang().Say("the person is in %s.", string(c.ID)), 0, nil
		}
	}
	today := DateOf(e.Now().In(l.Location()))
	switch {
	case f.Subject.Enabled:
		return e.lang().Say("its sign-in is open again. If the person has left, raise the exit again."), 0, nil
	case e.Policy.IsProtected(f.Subject):
		return e.lang().Say("the policy protects it."), 0, nil
	case l.Event.Hold != "" && (l.Event.HoldUntil == "" || today.Before(l.Event.HoldUntil)):
		return e.lang().Say("its data are on hold (%s). This is looked at again in 30 days.", l.Event.Hold), binDays, nil
	}
	member, owned, roles, err := e.World.Holdings(ctx, f.Subject.ID)
	if err != nil {
		return "", 0, fmt.Errorf("fetch what the account holds: %w", err)
	}
	f.Member, f.Admin = member, roles
	var last []string
	for _, g := range owned {
		owners, err := e.World.Owners(ctx, g.ID)
		if err != nil {
			return "", 0, fmt.Errorf("fetch owners: %w", err)
		}
		if len(owners) == 1 {
			last = append(last, g.label())
		}
		f.Owned = append(f.Owned, Owned{Group: g, Last: len(owners) == 1})
	}
	if len(last) > 0 {
		return e.lang().Say("nobody else owns %s. Name another owner; this is looked at again in 7 days.", series(e.lang(), sorted(last))), 7, nil
	}
	if because := f.privileged(e.lang()); because != "" {
		return e.lang().Say("it %s, and Microsoft lets no ordinary app delete such an account. IT can do it in Entra.", because), 0, nil
	}
	return "", 0, nil
}

// deleters are the people who may decide on a deletion: owners and HR, never who raised the exit.
func (e *Engine) deleters(ctx context.Context, f *Facts, l Case) error {
	if err := e.secondsOf(ctx, f, l.Raised.Person.ID, e.Policy.Roles.Owner, e.Policy.Roles.HR); err != nil {
		return err
	}
	if len(f.Seconds) == 0 {
		return invalid(e.lang().Say("The policy names nobody who may decide on a deletion besides whoever raised the exit."))
	}
	return nil
}

// PlanDeletion makes the plan of a deletion: the account goes to the recycle bin, and a month later it is looked whether it is gone for good.
func PlanDeletion(f Facts, p *Policy, now time.Time) Plan {
	now = now.UTC().Truncate(time.Second)
	return Plan{Manager: f.Manager.ID, Policy: p.Hash(), Steps: []Step{
		{Key: deleteKey, Task: DeleteAccount, Title: p.Lang().Say("Delete the account %s", f.Subject.UPN), Due: now, Choice: Fixed, Name: f.Subject.UPN, Until: purgedKey},
		{Key: purgedKey, Task: AwaitPurge, Title: p.Lang().Say("Check that the account is gone for good"), Due: now.AddDate(0, 0, binDays+1), Choice: Fixed, After: []StepKey{deleteKey}, Name: f.Subject.UPN},
	}}
}

// mayDelete is who may decide on a deletion: HR or an owner who was asked, and not whoever raised the exit.
func mayDelete(c Case, t Turn, roles Roles) error {
	if c.Kind != DeletionEvent {
		return invalid(c.Lang.Say("This case does not ask about a deletion."))
	}
	if err := openDecision(c, t); err != nil {
		return err
	}
	return rightTo(c.Lang, VerbDelete).byRole(roles)
}

// pressDelete looks again at what speaks against a deletion, because the question may be weeks old, and decides.
func (e *Engine) pressDelete(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	c, err := e.Store.Case(ctx, t.Case)
	if err != nil {
		return Reply{}, unknownCase(e.lang(), t.Case, err)
	}
	if err := mayDelete(c, t, roles); err == nil {
		if err := e.mayStillDelete(ctx, c); err != nil {
			return Reply{Case: &c, Slot: t.slot(c)}, err
		}
	}
	return e.decide(ctx, t, func(c Case) (Change, error) { return decideDelete(c, t, roles, e.Now()) }, roles)
}

func (e *Engine) mayStillDelete(ctx context.Context, c Case) error {
	l, err := e.Store.Case(ctx, c.Event.FormerCase)
	if err != nil {
		return unknownCase(e.lang(), c.Event.FormerCase, err)
	}
	a, err := e.World.FetchAccount(ctx, string(c.Account))
	if CodeOf(err) == NotFound {
		return nil // the step sees that it is gone
	}
	if err != nil {
		return fmt.Errorf("fetch account to delete: %w", err)
	}
	why, _, err := e.keeps(ctx, l, &Facts{Subject: a})
	if err == nil && why != "" {
		err = moved(e.lang().Say("Nothing was deleted, because %s", why))
	}
	return err
}

func decideDelete(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	if err := mayDelete(c, t, roles); err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, Approved{Shown: t.Plan, Plan: c.Plan.Chosen(nil).Hash(), By: t.By})}, nil
}

// decideKeep keeps an account until a day; it is asked again then.
func decideKeep(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	if err := mayDelete(c, t, roles); err != nil {
		return Change{}, err
	}
	until, err := ParseDate(c.Lang, strings.TrimSpace(t.Inputs["end"]))
	today := DateOf(now.In(c.Location()))
	switch {
	case err != nil:
		return Change{}, invalid(c.Lang.Say("Please choose the day until which the account is kept."))
	case !today.Before(until):
		return Change{}, invalid(c.Lang.Say("Please choose a day that is still to come."))
	case today.AddDays(farthestReserve).Before(until):
		return Change{}, invalid(c.Lang.Say("That is more than ten years away. Check the year."))
	}
	reason, err := t.need("reason", c.Lang.Say("Please say in a few words why the account is kept."))
	if err != nil {
		return Change{}, err
	}
	hour, minute := clockOr(c.Site.Opens, opensDefault)
	return Change{
		Entries: t.entry(now, DeletionKept{Until: until, Reason: reason, By: t.By}),
		Add: []Errand{{
			Key: deletionKey(c.Account), Kind: DeletionErrand, Case: c.Event.FormerCase, Due: until.At(c.Location(), hour, minute).UTC(),
			Body: errandBody(DeletionWork{c.Event.FormerCase, c.Account}),
		}},
	}, nil
}

// decideRestore brings the account back from the recycle bin.
func decideRestore(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	_, deleted, ok := c.Step(deleteKey)
	_, purged, _ := c.Step(purgedKey)
	switch {
	case c.Kind != DeletionEvent || !ok:
		return Change{}, invalid(c.Lang.Say("This case does not ask about a deletion."))
	case !rightTo(c.Lang, VerbRestore).held(roles):
		return Change{}, deny(rightTo(c.Lang, VerbRestore).Deny)
	case t.By.ID == c.Account:
		return Change{}, deny(c.Lang.Say("Nobody decides this about themselves."))
	case c.Over() || purged.State.Over():
		return Change{}, moved(c.Lang.Say("The account is gone for good, or is restored already. Nothing was changed."))
	case deleted.State != StepDone && deleted.State != StepDoneHand:
		return Change{}, moved(c.Lang.Say("The account has not been seen deleted, so there is nothing to restore."))
	}
	reason, err := t.need("reason", c.Lang.Say("Please say in a few words why the account is restored."))
	if err != nil {
		return Change{}, err
	}
	return Change{Entries: t.entry(now, RestoreAsked{Reason: reason, By: t.By})}, nil
}

// applyDeletion folds the entries of a deletion.
func (c Case) applyDeletion(e Entry) (Case, error) {
	if c.Kind != DeletionEvent {
		return c, fmt.Errorf("not a deletion")
	}
	switch b := e.Body.(type) {
	case DeletionKept:
		if c.Approval.State != "" {
			return c, fmt.Errorf("decided already")
		}
		c.Event.HoldUntil, c.Event.Hold = b.Until, b.Reason
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("kept the account until %s: %s", b.Until.Say(c.Lang), b.Reason), At: e.At, Plan: c.Shown})
		c.Ended = By{Person: b.By, At: e.At, Note: c.Lang.Say("kept until %s: %s", b.Until.Say(c.Lang), b.Reason)}
	case RestoreAsked:
		if _, again := c.Plan.Step(restoreKey); again || c.May == "" {
			return c, fmt.Errorf("nothing to restore, or asked already")
		}
		c.Plan.Steps = append(slices.Clone(c.Plan.Steps), Step{Key: restoreKey, Task: RestoreAccount, Title: c.Lang.Say("Restore the account, sign-in blocked"), Due: e.At, Choice: Fixed, Name: c.Facts.Subject.UPN, Why: b.Reason})
		for i := range c.Plan.Steps {
			if c.Plan.Steps[i].Key == deleteKey {
				c.Plan.Steps[i].Until = restoreKey
			}
		}
		c.Steps = append(clip(c.Steps), StepStatus{Key: restoreKey, State: Planned})
		c.May, c.Shown = c.Plan.Hash(), c.Plan.Hash()
		c = c.with(purgedKey, func(st *StepStatus) {
			st.State, st.At, st.By, st.Note = StepAbandoned, e.At, b.By, c.Lang.Say("the account is restored")
		})
		c.Decisions = append(clip(c.Decisions), Decided{By: b.By, What: c.Lang.Say("had the account restored: %s", b.Reason), At: e.At, Plan: c.May})
	default:
		return c, fmt.Errorf("a deletion cannot fold this kind")
	}
	return c, nil
}

// lookDeleted wants both: nobody finds the account among the living, and the recycle bin has it.
func lookDeleted(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err == nil {
		return sight{text: c.Lang.Say("the account is there, %s", enabledWord(c.Lang, a.Enabled))}, nil
	}
	if CodeOf(err) != NotFound {
		return sight{}, err
	}
	switch _, err = h.FetchDeleted(ctx, c.Account); CodeOf(err) {
	case NotFound:
		return sight{text: c.Lang.Say("the account is neither there nor in the recycle bin")}, nil
	case "":
		if err != nil {
			return sight{}, err
		}
		return sight{done: true, text: c.Lang.Say("in the recycle bin")}, nil
	}
	return sight{}, err
}

// actDelete looks once more whether the account is one that may go: somebody may have opened it since the question was answered.
func actDelete(ctx context.Context, h hands, c Case, _ Step) error {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return err
	}
	if a.Enabled {
		return &Error{Code: Conflict, Say: c.Lang.Say("The sign-in of this account is open again, so it was not deleted.")}
	}
	return h.DeleteAccount(ctx, c.Account)
}

func lookPurged(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	if _, err := h.FetchAccount(ctx, string(c.Account)); CodeOf(err) != NotFound {
		if err != nil {
			return sight{}, err
		}
		return sight{}, &Error{Code: Conflict, Say: c.Lang.Say("The account is live again: somebody restored it.")}
	}
	if _, err := h.FetchDeleted(ctx, c.Account); CodeOf(err) != NotFound {
		return sight{text: c.Lang.Say("still in the recycle bin")}, err
	}
	return sight{done: true, text: c.Lang.Say("neither live nor in the recycle bin")}, nil
}

func lookRestored(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if CodeOf(err) == NotFound {
		return sight{text: c.Lang.Say("not among the live accounts")}, nil
	}
	if err != nil {
		return sight{}, err
	}
	return sight{done: true, text: c.Lang.Say("account %s, %s", a.UPN, enabledWord(c.Lang, a.Enabled))}, nil
}

func actRestore(ctx context.Context, h hands, c Case, _ Step) error {
	return h.RestoreAccount(ctx, c.Account)
}
