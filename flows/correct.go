package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// CorrectionEvent is not a people event of HR's: it puts access right that drifted from what was decided.
const CorrectionEvent EventKind = "correction"

// DriftList is everybody whose access is not what was decided.
type DriftList struct {
	People  []DriftRecord
	Ignored int // findings that somebody said may stay
	At      time.Time
	Zone    *time.Location // of the organisation
}

// DriftOf is one person's drift, to decide on.
type DriftOf struct {
	Record DriftRecord
	Zone   *time.Location
	May    bool // the reader may put it right
	At     time.Time
}

// answerDrift answers "drift", and "drift" with a name or a case.
func (e *Engine) answerDrift(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	if !t.Personal {
		return Reply{}, deny(e.lang().Say("Please ask me this in our own chat: others read along here."))
	}
	memos, err := e.Store.RecallAll(ctx, driftKey)
	if err != nil {
		return Reply{}, fmt.Errorf("recall drift: %w", err)
	}
	list := DriftList{At: e.Now(), Zone: e.home()}
	for _, m := range memos {
		var rec DriftRecord
		if err := json.Unmarshal(m.Value, &rec); err != nil {
			return Reply{}, fmt.Errorf("recall drift: %w", err)
		}
		open := rec.Open()
		list.Ignored += len(rec.Findings) - len(open)
		if rec.Person.ID != t.By.ID && len(open) > 0 {
			list.People = append(list.People, rec)
		}
	}
	if cmd.Rest == "" {
		return Reply{View: list}, nil
	}
	var found []DriftRecord
	for _, rec := range list.People {
		if rec.Case == cmd.Case || matchesName(PeopleEvent{Subject: rec.Person}, cmd.Rest) || strings.EqualFold(rec.Person.UPN, cmd.Rest) {
			found = append(found, rec)
		}
	}
	switch len(found) {
	case 0:
		return Reply{Text: e.lang().Say("I know no drift there: everything I look at daily is as it was decided, or it is not somebody I know.")}, nil
	case 1:
		return e.driftOf(ctx, found[0], roles)
	}
	list.People = found
	return Reply{View: list}, nil
}

func (e *Engine) driftOf(ctx context.Context, rec DriftRecord, roles Roles) (Reply, error) {
	c, err := e.Store.Case(ctx, rec.Case)
	if err != nil {
		return Reply{}, unknownCase(e.lang(), rec.Case, err)
	}
	return Reply{View: DriftOf{Record: rec, Zone: c.Location(), May: rightTo(e.lang(), VerbDriftFix).held(roles), At: e.Now()}}, nil
}

// pressDrift decides on what is ticked of a person's drift: put it right, or let it be with a reason. The directory is looked at again
// first, so that nothing is decided on yesterday's news.
func (e *Engine) pressDrift(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	if err := rightTo(e.lang(), t.Verb).byRole(roles); err != nil {
		return Reply{}, err
	}
	of, err := e.Store.Case(ctx, t.Case)
	if err != nil {
		return Reply{}, unknownCase(e.lang(), t.Case, err)
	}
	if of.Account == t.By.ID {
		return Reply{}, deny(e.lang().Say("Nobody decides on their own access."))
	}
	cases, err := e.Store.Cases(ctx, subjectKey(of.Account))
	if err != nil {
		return Reply{}, fmt.Errorf("list the cases of a person: %w", err)
	}
	now := e.Now()
	rec, was, err := e.drift(ctx, of.Account, cases, now)
	if err != nil {
		return Reply{}, err
	}
	if t.Plan != rec.Shown() {
		if err := e.keepDrift(ctx, rec, was, Change{}); err != nil {
			return Reply{}, err
		}
		return Reply{}, moved(e.lang().Say("What was found changed since this card was sent, so nothing was decided. Write \"drift %s\" to see it as it is now.", string(rec.Case)))
	}
	var chosen []Finding
	for _, f := range rec.Open() {
		if slices.Contains(t.Ticked, f.Key) {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) == 0 {
		return Reply{}, moved(e.lang().Say("What you ticked is not there any more, or is decided already. Nothing was changed. Write \"drift\" for what is left."))
	}
	heard := Change{Turn: t.Key, Entries: []Entry{t.heard(rec.Case, now)}}
	if t.Verb == VerbDriftIgnore {
		reason, err := t.need("reason", e.lang().Say("Please say in a few words why this may stay as it is."))
		if err != nil {
			return Reply{}, err
		}
		for i, f := range rec.Findings {
			if slices.ContainsFunc(chosen, func(c Finding) bool { return c.Key == f.Key }) {
				rec.Findings[i].Ignored = By{Person: t.By, At: now, Note: reason}
				heard.Entries = append(heard.Entries, Entry{Case: rec.Case, At: now, By: t.By.ID, Body: DriftIgnored{Account: of.Account, Finding: f, By: t.By, Reason: reason}})
			}
		}
		if err := e.keepDrift(ctx, rec, was, heard); err != nil {
			return Reply{}, err
		}
		return e.driftOf(ctx, rec, roles)
	}
	var kept *Exception
	if t.Verb == VerbDriftKeep {
		if kept, err = e.exception(of, t, chosen, now); err != nil {
			return Reply{}, err
		}
	}
	return e.correct(ctx, t, of, rec, chosen, kept, heard)
}

// signOffDays is how many working days an approver has for drift that is to be kept; without a yes it is put right then.
const signOffDays = 5

// exception reads until when drift is to be kept, and why. Somebody who has left keeps nothing, and what is missing is nothing to keep.
func (e *Engine) exception(of Case, t Turn, chosen []Finding, now time.Time) (*Exception, error) {
	for _, f := range chosen {
		if f.Kind != DriftExtra && f.Kind != DriftBack || of.gone() {
			return nil, invalid(e.lang().Say("%s cannot be kept as an exception: only access that somebody at work has too much can be.", f.Name))
		}
	}
	today := DateOf(now.In(of.Location()))
	until, err := ParseDate(e.lang(), strings.TrimSpace(t.Inputs["until"]))
	most := today.AddDays(e.Policy.Limits.MostKept)
	switch {
	case err != nil:
		return nil, invalid(e.lang().Say("Please choose the last day of the exception."))
	case !today.Before(until):
		return nil, invalid(e.lang().Say("The last day of an exception lies ahead. Choose a later day."))
	case most.Before(until):
		return nil, invalid(e.lang().Say("Something can be kept until %s at most. Choose an earlier day.", most.Say(e.lang())))
	}
	reason, err := t.need("keep_reason", e.lang().Say("Please say in a few words why this is needed."))
	if err != nil {
		return nil, err
	}
	by := of.Manager()
	if by.ID == "" || by.ID == of.Account {
		by = t.By
	}
	normal := endOf(of.Site.AddWorkingDays(today, signOffDays), of.Site)
	if end := endOf(until, of.Site); !normal.Before(end) {
		normal = end.Add(-time.Minute)
	}
	return &Exception{Until: until, Reason: reason, By: by, Since: today, Normal: normal}, nil
}

// exceptionSigners are the people who may sign off drift that is to be kept: the approvers, and where none of them may, the deputies and the
// owners, by name. Whoever asks for it, whom it is about and who answers for it sign nothing.
func (e *Engine) exceptionSigners(ctx context.Context, asks, subject, keeps AccountID) (signers []Person, named bool, err error) {
	may := func(ps []Person) []Person { return without(without(without(ps, asks), subject), keeps) }
	people, err := e.behind(ctx, nil)
	if err != nil {
		return nil, false, err
	}
	if signers = may(people[""]); len(signers) > 0 {
		return signers, false, nil
	}
	others, err := e.standIns(ctx, Case{Account: subject}, ofSignOff)
	return may(others), true, err
}

// correct raises the case that puts findings right. It runs at once: whoever may press this decides it.
func (e *Engine) correct(ctx context.Context, t Turn, of Case, rec DriftRecord, chosen []Finding, kept *Exception, ch Change) (Reply, error) {
	now := e.Now()
	a, err := e.World.FetchAccount(ctx, string(of.Account))
	if err != nil {
		return Reply{}, fmt.Errorf("fetch the person: %w", err)
	}
	if e.Policy.IsProtected(a) {
		return Reply{}, deny(e.lang().Say("The policy protects this account: Muster never touches it."))
	}
	f := of.Facts
	f.Subject = a
	f.Owned, f.Reports, f.Waiting = nil, nil, nil
	if f.Member, _, f.Admin, err = e.World.Holdings(ctx, a.ID); err != nil {
		return Reply{}, fmt.Errorf("fetch what the person holds: %w", err)
	}
	ev := PeopleEvent{Kind: CorrectionEvent, Subject: a.Person(), Manager: of.Manager(), Site: of.Event.Site, Start: DateOf(now.In(of.Location())), Notes: e.lang().Say("drift found after %s", string(rec.Case))}
	plan, err := e.planCorrection(ctx, a, chosen, now)
	if err != nil {
		return Reply{}, err
	}
	plan.Manager = of.Manager().ID
	f.MostKept = e.Policy.Limits.MostKept
	body := Raised{Lang: e.lang(), Event: ev, By: t.By, Zone: of.Zone, Site: of.Site, Facts: f}
	if kept != nil {
		signers, named, err := e.exceptionSigners(ctx, t.By.ID, a.ID, kept.By.ID)
		if err != nil {
			return Reply{}, err
		}
		if len(signers) == 0 {
			return Reply{}, moved(e.lang().Say("Nobody else can sign off an exception: the policy names no approver, deputy or owner but you and %s. Nothing was changed.", kept.By.Name))
		}
		for i := range plan.Steps {
			s := &plan.Steps[i]
			s.Due, s.Guarded, s.Exception, s.Approvers, s.Named = endOf(kept.Until, of.Site), true, kept, signers, named
		}
		body.RemindAt, body.Escalate = Case{Site: of.Site}.signOffTimes(now)
	}
	body.Plan = plan
	for range tries {
		id, err := e.Store.NextCase(ctx, CorrectionEvent, now.Year())
		if err != nil {
			return Reply{}, fmt.Errorf("number the case: %w", err)
		}
		next := ch
		next.Case = id
		next.Entries = append(clip(ch.Entries), Entry{Case: id, At: now, By: t.By.ID, Body: body})
		next, c, err := follow(Case{}, next, now)
		if err != nil {
			return Reply{}, fmt.Errorf("raise correction: %w", err)
		}
		switch err := e.Commit(ctx, next); CodeOf(err) {
		case Conflict:
			continue
		default:
			return Reply{Case: &c, Slot: Slot{Case: c.ID, Card: CardProgress, To: Recipient{Person: t.By.ID}}}, err
		}
	}
	return Reply{}, &Error{Code: Unavailable, Say: e.lang().Say("I could not number the case just now. Please try again.")}
}

// planCorrection is the steps that put findings right, each due now: the door first.
func (e *Engine) planCorrection(ctx context.Context, a Account, chosen []Finding, now time.Time) (Plan, error) {
	p := Plan{Policy: e.Policy.Hash()}
	add := func(s Step) {
		s.Due, s.Choice = now.UTC().Truncate(time.Second), Fixed
		p.Steps = append(p.Steps, s)
	}
	for _, f := range chosen {
		s := Step{Key: f.Key, Name: f.Name, Group: f.Group, SKU: f.SKU, Why: string(f.Kind)}
		switch {
		case f.Key == "account":
			return Plan{}, invalid(e.lang().Say("The account is not in the directory. IT can restore it within 30 days; Muster looks again tomorrow."))
		case f.Kind == DriftOpen:
			add(Step{Key: exitKey, Task: BlockSignIn, Title: e.lang().Say("Block the sign-in again"), Name: e.lang().Say("Sign-in"), Why: string(f.Kind)})
			add(Step{Key: revokeKey, Task: RevokeSessions, Title: e.lang().Say("End the sessions"), After: []StepKey{exitKey}})
			continue
		case f.Kind == DriftBlocked:
			s.Task, s.Title = EnableAccount, e.lang().Say("Open the sign-in again")
		case f.SKU != "" && f.Kind == DriftMissing:
			s.Task, s.Title = AssignLicences, e.lang().Say("Assign %s", f.Name)
		case f.SKU != "":
			s.Task, s.Title = RemoveLicence, e.lang().Say("Take back %s", f.Name)
		default:
			g, err := e.World.FindGroup(ctx, f.Group)
			if err != nil {
				return Plan{}, fmt.Errorf("find the group of a finding: %w", err)
			}
			s = regroup(e.lang(), s, g, f, a)
		}
		add(s)
	}
	return p, nil
}

// regroup puts a person in a group or takes them out, by Muster or, where Graph does not let it, by IT.
func regroup(lang texts.Language, s Step, g Group, f Finding, a Account) Step {
	in := f.Kind == DriftMissing
	switch {
	case g.writable() && g.Team && in:
		s.Task, s.Title = AddToTeam, lang.Say("Add to %s", g.teamLabel(lang))
	case g.writable() && g.Team:
		s.Task, s.Title = RemoveFromTeam, lang.Say("Remove from %s", g.teamLabel(lang))
	case g.writable() && in:
		s.Task, s.Title = AddToGroup, lang.Say("Add to %s", g.label())
	case g.writable():
		s.Task, s.Title = RemoveFromGroup, lang.Say("Remove from %s", g.label())
	default:
		do, title := lang.Say("remove %s", a.UPN), lang.Say("Remove %s from %s", a.Name, g.label())
		if in {
			do, title = lang.Say("add %s", a.UPN), lang.Say("Add %s to %s", a.Name, g.label())
		}
		where, how := foreignPlace(lang, g, lang.Say("Members"), do)
		s.Group = "" // the daily look shows whether it was done
		s = byHand(s, title+where, lang.Say("%s Press Done when it is so.", how), g.label()+" "+foreignWhy(lang, g)+".")
	}
	return s
}
