package flows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Today is the date where the organisation's first site is; a sentence says "tomorrow" as HR means it.
func (e *Engine) Today() Date { return e.today() }

func (e *Engine) today() Date {
	var names []string
	for n := range e.Policy.Sites {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if loc, err := e.Policy.Sites[n].Location(); err == nil {
			return DateOf(e.Now().In(loc))
		}
	}
	return DateOf(e.Now().UTC())
}

// begin makes a joiner's draft from a sentence.
func (e *Engine) begin(ctx context.Context, t Turn, cmd Command) Draft {
	s := ReadJoiner(cmd.Rest, e.Policy, e.today())
	d := e.newDraft(t, cmd.Rest, s, PeopleEvent{
		Kind: JoinerEvent, Given: s.Given, Surname: s.Surname, Job: s.Job, Site: s.Site, Start: s.Start,
		Employment: s.Employment, End: s.End,
	})
	d.ManagerText = s.ManagerText
	if d.Event.Employment == "" {
		d.Event.Employment = "employee"
	}
	if d.ManagerText != "" {
		e.findManager(ctx, &d)
	}
	return d
}

// newDraft is the form of an event as far as the sentence was understood, with a problem for each doubt.
func (e *Engine) newDraft(t Turn, sentence string, s Sentence, ev PeopleEvent) Draft {
	d := Draft{
		ID: draftID(t), State: DraftForm, By: t.By, Chat: t.Chat, Sentence: sentence, At: e.Now(), Event: ev, Problems: map[string]string{},
	}
	for k, v := range s.Doubts {
		d.Problems[k] = v
	}
	if len(s.Rest) > 0 {
		d.Problems[""] = e.lang().Say("I did not understand this part: %s", strings.Join(s.Rest, "; "))
	}
	return d
}

// findManager looks for the manager as typed. One match is filled in; with several the form asks. A directory that does not answer only
// leaves the field to HR.
func (e *Engine) findManager(ctx context.Context, d *Draft) {
	if err := e.lookUpManager(ctx, d); err != nil {
		d.Problems["manager"] = e.lang().Say("I could not look up %s just now. Please choose the manager.", d.ManagerText)
	}
}

func (e *Engine) lookUpManager(ctx context.Context, d *Draft) error {
	found, err := e.findMeant(ctx, d.ManagerText)
	if err != nil {
		return fmt.Errorf("find manager: %w", err)
	}
	var exact []Account
	d.Managers = nil
	for _, a := range found {
		if !a.Enabled || a.Guest {
			continue
		}
		d.Managers = append(d.Managers, a)
		if sameName(a.Name, d.ManagerText) || sameName(a.Given+" "+a.Surname, d.ManagerText) || strings.EqualFold(a.UPN, d.ManagerText) || strings.EqualFold(string(a.ID), d.ManagerText) {
			exact = append(exact, a)
		}
	}
	switch {
	case len(exact) == 1:
		d.Event.Manager = exact[0].Person()
	case len(exact) > 1:
		d.Managers = exact
		d.Problems["manager"] = e.lang().Say("%d people are called %s. Please choose.", len(exact), d.ManagerText)
	case len(d.Managers) == 1:
		d.Event.Manager = d.Managers[0].Person()
		d.Problems["manager"] = e.lang().Say("You wrote %s. Is it %s?", d.ManagerText, d.Managers[0].Name)
	case len(found) > 0 && len(d.Managers) == 0:
		d.Problems["manager"] = e.lang().Say("%s has left or is blocked, so somebody else must be the manager.", found[0].Name)
	case len(d.Managers) == 0:
		d.Problems["manager"] = e.lang().Say("I do not find %s in the directory. Please choose the manager.", d.ManagerText)
	default:
		d.Problems["manager"] = e.lang().Say("Several people match %s. Please choose.", d.ManagerText)
	}
	return nil
}

func sameName(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// pressDraft takes a press on a draft's card.
func (e *Engine) pressDraft(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	e.drafting.Lock()
	defer e.drafting.Unlock()
	d, err := e.recallDraft(ctx, t.Draft)
	if err != nil {
		return Reply{}, err
	}
	instead := d.mayConfirmFor(t.By.ID, t.Verb)
	if d.By.ID != t.By.ID && !instead {
		return Reply{}, deny(e.lang().Say("This form belongs to %s.", d.By.Name))
	}
	if d.By.ID == t.By.ID && t.Verb == VerbConfirm && d.State == DraftSummary && len(d.Confirmers) > 0 {
		return Reply{}, deny(e.lang().Say("This is about you, so you cannot confirm it. It is with %s.", names(e.lang(), d.Confirmers)))
	}
	if err := rightTo(e.lang(), t.Verb).byRole(roles); err != nil {
		still := false
		if instead {
			if still, err = e.stillConfirms(ctx, d, t.By.ID); err != nil {
				return Reply{}, err
			}
		}
		if !still {
			return Reply{}, deny(rightTo(e.lang(), t.Verb).Deny)
		}
	}
	now := e.Now()
	switch {
	case t.Verb == VerbConfirm:
		return e.confirm(ctx, t, d)
	case d.State == DraftConfirmed || d.State == DraftWithdrawn:
		return Reply{Draft: &d}, e.noted(ctx, t)
	case t.Verb == VerbWithdraw:
		d.State = DraftWithdrawn
		return e.keepDraft(ctx, t, d)
	case t.Verb == VerbChange:
		d.State, d.Problems, d.Stuck = DraftForm, nil, ""
		return e.keepDraft(ctx, t, d)
	case d.State == DraftChecking: // submitted twice
		return Reply{Draft: &d}, e.noted(ctx, t)
	}
	kind, ok := d.Event.Kind.of()
	if !ok {
		return Reply{}, fmt.Errorf("draft %s is of an unknown kind", d.ID)
	}
	d.Event, d.Problems = kind.read(e, t, d)
	d.State, d.Stuck, d.ManagerText, d.SubjectText = DraftForm, "", "", ""
	if len(d.Problems) > 0 {
		return e.keepDraft(ctx, t, d)
	}
	d.State = DraftChecking
	return e.keepDraft(ctx, t, d, Errand{Key: DraftErrand + "/" + d.ID, Kind: DraftErrand, Lane: "draft/" + d.ID, Due: now.UTC(), Body: errandBody(DraftWork{d.ID})})
}

// readJoiner reads the joiner's form.
func (e *Engine) readJoiner(t Turn, d Draft) (PeopleEvent, map[string]string) {
	ev := t.event(d)
	problems := CheckEvent(ev, e.Policy, e.today())
	if ev.Manager.ID == "" {
		problems = set(problems, "manager", e.lang().Say("Please choose the manager."))
	}
	return ev, problems
}

func set(m map[string]string, k, v string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[k] = v
	return m
}

// event reads the form. A manager is an object id; anything else is no choice.
func (t Turn) event(d Draft) PeopleEvent {
	in := func(k string) string { return strings.Join(strings.Fields(t.Inputs[k]), " ") }
	ev := PeopleEvent{
		Kind: d.Event.Kind, Given: in("given"), Surname: in("surname"), Job: in("job"), Site: in("site"), Start: Date(in("start")),
		Employment: in("employment"), End: Date(in("end")), PersonalEmail: in("personal_email"), CostCentre: in("cost_centre"),
		Notes: strings.TrimSpace(t.Inputs["notes"]),
	}
	if ev.Employment != "contractor" {
		ev.End = ""
	}
	ev.sayBefore(in("former"))
	if id := strings.ToLower(in("manager")); isGUID(id) {
		ev.Manager = Person{ID: AccountID(id)}
		for _, a := range append(clip(d.Managers), d.Facts.Manager) {
			if a.ID == ev.Manager.ID {
				ev.Manager = a.Person()
			}
		}
	}
	return ev
}

// keepDraft stores a draft as a press left it, and makes its card true.
func (e *Engine) keepDraft(ctx context.Context, t Turn, d Draft, more ...Errand) (Reply, error) {
	m, err := draftMemo(d)
	if err != nil {
		return Reply{}, err
	}
	now := e.Now()
	ch, err := e.withBulk(ctx, d, Change{
		Turn: t.Key, Entries: []Entry{t.heard(CaseID(d.ID), now)}, Memos: []Memo{m}, Add: append(more, draftCards(d, now)...),
	})
	if err != nil {
		return Reply{}, err
	}
	return Reply{Draft: &d}, e.Commit(ctx, ch)
}

// checkDraft asks the directory about a form: the manager, the sign-in name, groups, licences, people of the same name. Then HR sees the
// summary, or the form again with what is wrong.
func (e *Engine) checkDraft(ctx context.Context, er Errand) error {
	var w DraftWork
	if err := json.Unmarshal(er.Body, &w); err != nil {
		return fmt.Errorf("read draft errand %s: %w", er.Key, err)
	}
	d, err := e.recallDraft(ctx, w.Draft)
	if err != nil {
		return err
	}
	if d.State == DraftReading && d.Source != "" {
		return e.readReceived(ctx, er, d)
	}
	if d.State != DraftChecking {
		return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}})
	}
	asked := d.Event
	now := e.Now()
	kind, ok := asked.Kind.of()
	if !ok {
		return fmt.Errorf("draft %s is of an unknown kind", d.ID)
	}
	if d.Bulk != "" {
		b, err := e.FetchBulk(ctx, d.Bulk)
		if err != nil {
			return err
		}
		d.promised = b.promised(e.lang(), d.ID)
	}
	d.Above = nil
	problems, err := kind.facts(e, ctx, &d)
	switch {
	case CodeOf(err) == Unavailable || CodeOf(err) == Internal && err != nil:
		if d.Stuck != "" {
			return err // said once; the runner tries again
		}
		d.Stuck = e.lang().Say("Microsoft 365 does not answer just now. I keep trying and show the summary here as soon as it does.")
		return errors.Join(err, e.keepChecked(ctx, d, asked, Change{}))
	case err != nil:
		problems = map[string]string{"": SayOf(err)}
	}
	d.Problems, d.Stuck, d.CheckedAt = problems, "", now
	d.State = DraftSummary
	if len(problems) > 0 {
		d.State = DraftForm
	}
	d.Warnings = append(heldUp(e.lang(), d.Above), d.Warnings...)
	return e.keepChecked(ctx, d, asked, Change{Done: []ErrandRef{er.Ref()}})
}

// keepChecked stores what a check found, unless HR changed or withdrew the form while the directory was asked: then it is about something
// that is no longer meant.
func (e *Engine) keepChecked(ctx context.Context, d Draft, asked PeopleEvent, ch Change) error {
	e.drafting.Lock()
	defer e.drafting.Unlock()
	now, err := e.recallDraft(ctx, d.ID)
	if err != nil {
		return err
	}
	if now.State != DraftChecking || now.Event != asked {
		return e.Commit(ctx, ch)
	}
	m, err := draftMemo(d)
	if err != nil {
		return err
	}
	ch.Memos, ch.Add = []Memo{m}, draftCards(d, e.Now())
	if ch, err = e.withBulk(ctx, d, ch); err != nil {
		return err
	}
	return e.Commit(ctx, ch)
}

// checkGood is how long the directory's answers are good enough to confirm on.
const checkGood = 12 * time.Hour

// confirm turns a draft into a case: HR confirmed the people event.
func (e *Engine) confirm(ctx context.Context, t Turn, d Draft) (Reply, error) {
	now := e.Now()
	if d.State != DraftSummary {
		return Reply{Draft: &d}, e.noted(ctx, t)
	}
	if t.Plan != d.Plan.Hash() {
		return Reply{Draft: &d}, moved(e.lang().Say("The form changed since this summary was shown, so nothing was confirmed. The card now shows the new one."))
	}
	if now.Sub(d.CheckedAt) > checkGood || d.Plan.Policy != e.Policy.Hash() {
		d.State = DraftChecking
		return e.keepDraft(ctx, t, d, Errand{Key: DraftErrand + "/" + d.ID, Kind: DraftErrand, Lane: "draft/" + d.ID, Due: now.UTC(), Body: errandBody(DraftWork{d.ID})})
	}
	lower, other, err := e.openFor(ctx, d.Event, t.By.ID)
	switch {
	case err != nil:
		return Reply{}, err
	case other != "":
		return Reply{Draft: &d}, moved(e.lang().Say("There is already an open case for %s: %s.", d.Event.Name(), string(other)))
	case !slices.Equal(lower, d.Above): // what was shown is not so any more
		d.State = DraftChecking
		return e.keepDraft(ctx, t, d, Errand{Key: DraftErrand + "/" + d.ID, Kind: DraftErrand, Lane: "draft/" + d.ID, Due: now.UTC(), Body: errandBody(DraftWork{d.ID})})
	}
	count, err := e.mayRaise(ctx, t.By, d.ID, now, 1)
	if err != nil {
		return Reply{Draft: &d}, err
	}
	d, err = e.raise(ctx, Change{Turn: t.Key, Entries: []Entry{t.heard(CaseID(d.ID), now)}, Memos: []Memo{count}}, d, t.By)
	return Reply{Draft: &d}, err
}

// An urgent exit waits for nobody's working hours.
const (
	urgentRemind   = 5 * time.Minute
	urgentEscalate = 15 * time.Minute
)

// askAgain is when silence is noticed: after working hours at the site, or after minutes when it is urgent.
func (e *Engine) askAgain(ev PeopleEvent, site Site, now time.Time, hours int, urgent time.Duration) time.Time {
	if ev.Urgent {
		return now.Add(urgent)
	}
	return site.AddWorkingHours(now, hours)
}

// openFor are the open cases for the person of an event that it goes before, and one that it does not, as far as the one who asks may know.
func (e *Engine) openFor(ctx context.Context, ev PeopleEvent, by AccountID) (lower []CaseID, refused CaseID, err error) {
	if ev.Subject.ID != "" {
		return e.overlaps(ctx, ev, ev.Subject.ID, by)
	}
	if refused, err = e.openCase(ctx, ev.Name(), by); err != nil || refused != "" || !ev.before() {
		return nil, refused, err
	}
	cases, err := e.Store.Cases(ctx, subjectKey(ev.Former))
	if err != nil {
		return nil, "", fmt.Errorf("look for open cases: %w", err)
	}
	for _, c := range cases {
		if !c.Over() && c.Rescinded == nil {
			lower = append(lower, c.ID)
		}
	}
	return lower, "", nil
}
