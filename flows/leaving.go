package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// beginLeaver makes a leaver's draft from a sentence.
func (e *Engine) beginLeaver(ctx context.Context, t Turn, cmd Command) Draft {
	s, urgent := ReadLeaver(cmd.Rest, e.Policy, e.today()), cmd.Name == CmdUrgentLeaver
	d := e.newDraft(t, cmd.Rest, s, PeopleEvent{Kind: LeaverEvent, LastDay: s.LastDay, LastTime: s.LastTime, Urgent: urgent, Reply: e.Policy.Leaver.Reply, Hold: s.Hold, HoldUntil: s.HoldUntil})
	d.SubjectText = s.SubjectText
	if urgent {
		d.Event.LastDay, d.Event.LastTime = e.today(), ""
		delete(d.Problems, "last_day")
	}
	if d.SubjectText != "" {
		e.findSubject(ctx, &d)
	}
	return d
}

// findSubject looks for the person as typed. Only a full sign-in name, or a name that one person alone has, is filled in; with several the
// form asks. The wrong person must never leave (edge case 7).
func (e *Engine) findSubject(ctx context.Context, d *Draft) {
	if err := e.lookUpSubject(ctx, d); err != nil {
		d.Problems["subject"] = e.lang().Say("I could not look up %s just now. Please choose the person.", d.SubjectText)
	}
}

func (e *Engine) lookUpSubject(ctx context.Context, d *Draft) error {
	found, err := e.findMeant(ctx, d.SubjectText)
	if err != nil {
		return fmt.Errorf("find who leaves: %w", err)
	}
	var exact []Account
	for _, a := range found {
		if sameName(a.Name, d.SubjectText) || sameName(a.Given+" "+a.Surname, d.SubjectText) || strings.EqualFold(a.UPN, d.SubjectText) || strings.EqualFold(string(a.ID), d.SubjectText) {
			exact = append(exact, a)
		}
	}
	d.Subjects = found
	switch {
	case len(exact) == 1:
		d.Subjects, d.Event.Subject = exact, exact[0].Person()
	case len(exact) > 1:
		d.Subjects = exact
		d.Problems["subject"] = e.lang().Say("%d people are called %s. Please choose.", len(exact), d.SubjectText)
	case len(found) == 0:
		d.Problems["subject"] = e.lang().Say("I do not find %s in the directory. Please choose the person.", d.SubjectText)
	default:
		d.Problems["subject"] = e.lang().Say("Nobody is called exactly %s. Please choose the person.", d.SubjectText)
	}
	return nil
}

// readLeaver reads the leaver's form.
func (e *Engine) readLeaver(t Turn, d Draft) (PeopleEvent, map[string]string) {
	ev := t.leaverEvent(d)
	return ev, CheckLeaver(ev, e.Policy, e.today())
}

// leaverEvent is what the leaver's form says.
func (t Turn) leaverEvent(d Draft) PeopleEvent {
	in := func(k string) string { return strings.Join(strings.Fields(t.Inputs[k]), " ") }
	ev := PeopleEvent{
		Kind: LeaverEvent, Urgent: d.Event.Urgent, LastDay: Date(in("last_day")), LastTime: in("last_time"), Site: in("site"),
		Reply: strings.TrimSpace(plainReply.Replace(t.Inputs["reply"])), Notes: strings.TrimSpace(t.Inputs["notes"]),
		Hold: in("hold"), HoldUntil: Date(in("hold_until")),
	}
	if ev.Urgent {
		ev.LastDay, ev.LastTime = d.Event.LastDay, ""
	}
	ev.Subject = picked(in("subject"), d.Subjects)
	ev.Successor = picked(in("successor"), d.Managers)
	return ev
}

// plainReply writes a reply as Exchange gives it back: it keeps neither carriage returns nor no-break spaces.
var plainReply = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u00a0", " ")

// picked is the person chosen in a people picker; the name is known when the card offered it.
func picked(value string, offered []Account) Person {
	id := strings.ToLower(value)
	if !isGUID(id) {
		return Person{}
	}
	for _, a := range offered {
		if string(a.ID) == id {
			return a.Person()
		}
	}
	return Person{ID: AccountID(id)}
}

// leaverFacts fills in what the directory says about somebody who leaves, and the plan made from it.
func (e *Engine) leaverFacts(ctx context.Context, d *Draft) (map[string]string, error) {
	ev := &d.Event
	a, problems, err := e.subjectOf(ctx, d, e.lang().Say("You cannot raise your own exit. Ask a colleague in HR."), false)
	if err != nil || problems != nil {
		return problems, err
	}
	f := Facts{Subject: a}
	if f.Manager, err = e.managerOf(ctx, a); err != nil {
		return nil, err
	}
	ev.Manager = f.Manager.Person()
	if ev.Successor.ID == "" {
		ev.Successor = ev.Manager
	} else if problem, err := e.successor(ctx, ev); err != nil || problem != "" {
		return map[string]string{"successor": problem}, err
	}
	if ev.Site == "" {
		ev.Site = e.siteOf(a)
	}
	if ev.Site == "" {
		return map[string]string{"site": e.lang().Say("Please choose the site: it decides the time zone of the exit.")}, nil
	}
	if err := e.leaverHoldings(ctx, &f); err != nil {
		return nil, err
	}
	if err := e.readGap(ctx, *ev, &f); err != nil {
		return nil, err
	}
	flow := LeaverFlow
	if ev.Urgent {
		flow = UrgentLeaverFlow
	}
	if err := e.governed(ctx, &f, flow); err != nil {
		return nil, err
	}
	if err := e.seconds(ctx, &f, *d); err != nil {
		return nil, err
	}
	if ev.Urgent && len(f.Seconds) == 0 {
		return map[string]string{"": e.lang().Say("Nobody else may confirm an urgent exit: the policy names no other HR, IT or owner. Ask IT to mend it; a planned exit needs no second person.")}, nil
	}
	d.Facts = f
	d.Plan, d.Warnings, err = PlanLeaver(*ev, e.Policy, f, e.Now())
	d.Warnings = append(d.Warnings, e.warnGap(*ev, f)...)
	return nil, err
}

// managerOf is the leaver's manager if there is one who can act; else the first owner whom the policy names.
func (e *Engine) managerOf(ctx context.Context, a Account) (Account, error) {
	if a.Manager != "" {
		m, err := e.World.FetchAccount(ctx, string(a.Manager))
		if err == nil && m.Enabled {
			return m, nil
		}
		if err != nil && CodeOf(err) != NotFound {
			return Account{}, fmt.Errorf("fetch leaver's manager: %w", err)
		}
	}
	for _, upn := range e.Policy.Roles.Owner.People {
		m, err := e.World.FetchAccount(ctx, upn)
		if err == nil && m.Enabled && m.ID != a.ID {
			return m, nil
		}
		if err != nil && CodeOf(err) != NotFound {
			return Account{}, fmt.Errorf("fetch owner: %w", err)
		}
	}
	return Account{}, invalid(e.lang().Say("The person has no manager, and the policy names no owner to ask instead."))
}

func (e *Engine) successor(ctx context.Context, ev *PeopleEvent) (string, error) {
	s, err := e.World.FetchAccount(ctx, string(ev.Successor.ID))
	switch {
	case CodeOf(err) == NotFound:
		return e.lang().Say("This person is not in the directory."), nil
	case err != nil:
		return "", fmt.Errorf("fetch successor: %w", err)
	case s.ID == ev.Subject.ID:
		return e.lang().Say("Somebody else must take over."), nil
	case !s.Enabled || s.Guest:
		return e.lang().Say("%s is blocked or a guest and cannot take over.", s.Name), nil
	}
	ev.Successor = s.Person()
	return "", nil
}

// siteOf is the policy's site whose office the account names.
func (e *Engine) siteOf(a Account) string {
	for name, s := range e.Policy.Sites {
		if strings.EqualFold(a.Office, name) || (s.Office != "" && strings.EqualFold(a.Office, s.Office)) {
			return name
		}
	}
	return ""
}

// leaverHoldings reads what the leaver holds, owns and decides.
func (e *Engine) leaverHoldings(ctx context.Context, f *Facts) error {
	id := f.Subject.ID
	member, owned, roles, err := e.World.Holdings(ctx, id)
	if err != nil {
		return fmt.Errorf("fetch what the leaver holds: %w", err)
	}
	f.Member, f.Admin = member, roles
	for _, g := range owned {
		owners, err := e.World.Owners(ctx, g.ID)
		if err != nil {
			return fmt.Errorf("fetch owners: %w", err)
		}
		f.Owned = append(f.Owned, Owned{Group: g, Last: len(owners) == 1 && owners[0] == id})
	}
	if f.Reports, err = e.World.Reports(ctx, id); err != nil {
		return fmt.Errorf("fetch reports: %w", err)
	}
	_, err = e.World.FetchReply(ctx, id)
	if err != nil && CodeOf(err) != NotFound {
		return fmt.Errorf("look for a mailbox: %w", err)
	}
	f.Mailbox = err == nil
	if f.Beyond, err = e.beyond(ctx, *f); err != nil {
		return err
	}
	skus, err := e.World.FetchSKUs(ctx)
	if err != nil {
		return fmt.Errorf("fetch licences: %w", err)
	}
	f.SKUs = map[string]SKU{}
	for _, s := range skus {
		if slices.ContainsFunc(f.Subject.Licences, func(h Held) bool { return strings.EqualFold(h.SKU, s.ID) }) {
			f.SKUs[s.Part] = s
		}
	}
	if err := e.appHoldings(ctx, f, skus); err != nil {
		return err
	}
	open, err := e.openBriefs(ctx)
	if err != nil {
		return err
	}
	for _, b := range open {
		if !kindOf(b.of.ID).secret() && slices.Contains(b.asked, id) { // a case that is not for everybody's eyes is not named in another one
			f.Waiting = append(f.Waiting, b.of.ID)
		}
	}
	return nil
}

// secondsMost is how many people are asked to be the second person. One press is enough.
const secondsMost = 6

// seconds are the people who may confirm an urgent exit: others of HR, IT and the owners, never the leaver.
func (e *Engine) seconds(ctx context.Context, f *Facts, d Draft) error {
	if err := e.secondsOf(ctx, f, d.By.ID, e.Policy.Roles.Owner, e.Policy.Roles.HR, e.Policy.Roles.IT); err != nil {
		return err
	}
	_, roles, err := e.Standing(ctx, f.Subject.ID)
	if err != nil && CodeOf(err) != Denied {
		return err
	}
	f.InIT = roles.Any(IT, Owner)
	if err := e.succession(ctx, f, roles); err != nil {
		return err
	}
	signers, err := e.named(ctx, e.Policy.Roles.Approver.People)
	if err != nil {
		return err
	}
	f.Signers = without(signers, f.Subject.ID)
	return nil
}

// decideUrgent is the second person's yes: somebody of HR, IT or the owners other than the one who asked, holding the role at the press.
func decideUrgent(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	if err := openDecision(c, t); err != nil {
		return Change{}, err
	}
	if err := rightTo(c.Lang, doUrgent).byRole(roles); err != nil {
		return Change{}, err
	}
	inPlaceOf, err := t.approver(c)
	if err != nil {
		return Change{}, err
	}
	elevated := c.Plan.elevated()
	yes := Approved{Shown: t.Plan, Ticked: elevated, Plan: c.Plan.Chosen(elevated).Hash(), By: t.By, For: inPlaceOf}
	if len(elevated) > 0 { // what cannot be undone waits for an approver, and nothing else does
		yes.RemindAt, yes.Escalate = c.Site.AddWorkingHours(now, remindDefault), c.Site.AddWorkingHours(now, escalateDefault)
	}
	return Change{Entries: t.entry(now, yes)}, nil
}

// secretFrom reports whether somebody must not learn of the case: nobody reads here about their own exit, the deletion of their account or
// what is put right of their access, nor what is said about whether their contract goes on, whatever role they hold.
func (c Case) secretFrom(id AccountID) bool {
	return c.secret() && c.Account == id || c.pausedFor(id) || c.contractOf(id)
}

// secret reports whether the case is of a kind that the person it is about must not learn of.
func (c Case) secret() bool { return c.Kind.secret() }

func (k EventKind) secret() bool {
	return k == LeaverEvent || k == DeletionEvent || k == CorrectionEvent
}

// hiddenFrom is the error for somebody who must not learn of the case: the one that a case that does not exist would give.
func (c Case) hiddenFrom(id AccountID) error {
	if c.secretFrom(id) {
		return gone(c.Lang.Say("I do not know a case %s.", string(c.ID)))
	}
	return nil
}

// aside is an error for a case that is not spoken of where others read along.
func (t Turn) aside(c Case) error {
	if c.secret() && !t.Personal {
		return deny(c.Lang.Say("Please ask me this in our own chat: others read along here."))
	}
	return nil
}

// except leaves out what the one who asks must not learn of, and in a channel what is not spoken of there.
func (t Turn) except(cases []Case) []Case {
	var out []Case
	for _, c := range cases {
		if !c.secretFrom(t.By.ID) && t.aside(c) == nil {
			out = append(out, c)
		}
	}
	return out
}

// gone reports whether a leaver's sign-in is settled.
func (c Case) gone() bool {
	_, st, ok := c.Step(exitKey)
	return ok && c.Kind == LeaverEvent && st.State.Over() && st.State != StepAbandoned
}

// approvalWords are what an approval decided.
func (c Case) approvalWords() string {
	if c.Kind == LeaverEvent {
		return c.Lang.Say("confirmed the urgent exit as the second person")
	}
	if c.Kind == DeletionEvent {
		return c.Lang.Say("confirmed the deletion")
	}
	return c.Lang.Say("approved the access that was ticked")
}
