package flows

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/flows/texts"
)

// CmdLeave begins a leave; CmdReturn says when somebody on leave returns.
const (
	CmdLeave  = "leave"
	CmdReturn = "return"
)

// longestLeave is how many days after its first day a leave may end, and licences may be released.
const longestLeave = 3 * 366

// beginLeave makes the draft of a leave from a sentence.
func (e *Engine) beginLeave(ctx context.Context, t Turn, cmd Command) Draft {
	s := ReadLeave(cmd.Rest, e.Policy, e.today())
	d := e.newDraft(t, cmd.Rest, s, PeopleEvent{Kind: LeaveEvent, Start: s.Start, End: s.End, SignIn: signInBlock, Licences: licencesKeep, Reply: e.Policy.Leave.Reply})
	if d.SubjectText = s.SubjectText; d.SubjectText != "" {
		e.findSubject(ctx, &d)
	}
	return d
}

// readLeave reads the form of a leave.
func (e *Engine) readLeave(t Turn, d Draft) (PeopleEvent, map[string]string) {
	in := func(k string) string { return strings.Join(strings.Fields(t.Inputs[k]), " ") }
	ev := PeopleEvent{
		Kind: LeaveEvent, Subject: picked(in("subject"), d.Subjects), Start: Date(in("start")), End: Date(in("end")), SignIn: in("sign_in"), Licences: in("licences"),
		StandIn: picked(in("stand_in"), d.Managers), Site: in("site"), Reply: strings.TrimSpace(plainReply.Replace(t.Inputs["reply"])), Notes: strings.TrimSpace(t.Inputs["notes"]),
	}
	problems := CheckLeave(ev, e.Policy, e.today())
	if days := in("release_after_days"); ev.Licences == licencesRelease {
		n, err := strconv.Atoi(orElse(days, "30"))
		if err != nil || n < 0 || n > longestLeave {
			problems = set(problems, "release_after_days", e.lang().Say("Write a number of days such as 30."))
		} else {
			ev.ReleaseAfter = n
		}
	}
	return ev, problems
}

// CheckLeave says what is wrong with a leave as HR wrote it: field id of the form -> one short sentence; empty when nothing is. It asks no
// directory.
func CheckLeave(e PeopleEvent, p *Policy, today Date) map[string]string {
	problems := map[string]string{}
	say := func(field, text string) {
		if problems[field] == "" {
			problems[field] = text
		}
	}
	if e.Subject.ID == "" {
		say("subject", p.Lang().Say("Choose who is away."))
	}
	checkDay(p.Lang(), "start", p.Lang().Say("Choose the first day of the leave."), e.Start, p.Limits.LateDays, today, say)
	if e.End != "" {
		checkReturn(p.Lang(), e.Start, e.End, today, say)
	}
	if e.SignIn != signInBlock && e.SignIn != signInKeep {
		say("sign_in", p.Lang().Say("Choose whether the sign-in is blocked."))
	}
	if e.Licences != licencesKeep && e.Licences != licencesRelease {
		say("licences", p.Lang().Say("Choose whether licences are kept."))
	}
	if e.StandIn.ID != "" && e.StandIn.ID == e.Subject.ID {
		say("stand_in", p.Lang().Say("Somebody else must stand in."))
	}
	if n := length(e.Reply); n > maxReply {
		say("reply", p.Lang().Say("Write at most %d characters; this is %d.", maxReply, n))
	}
	checkSiteAndNotes(e, p, say)
	return problems
}

// checkReturn says what is wrong with the last day of a leave.
func checkReturn(lang texts.Language, start, end, today Date, say func(field, text string)) {
	_, err := ParseDate(lang, string(end))
	switch {
	case err != nil:
		say("end", lang.Say("This is not a date. Write it like 2027-09-30, or leave it empty while it is open."))
	case end.Before(start):
		say("end", lang.Say("The last day is before the first one."))
	case end.Before(today):
		say("end", lang.Say("The last day has passed."))
	case start.AddDays(longestLeave).Before(end):
		say("end", lang.Say("%s is more than three years after the first day. Check the year.", end.Say(lang)))
	}
}

// leaveFacts fills in what the directory says about somebody who is away for a time, and the plan made from it.
func (e *Engine) leaveFacts(ctx context.Context, d *Draft) (map[string]string, error) {
	f, problems, err := e.subjectFacts(ctx, d, e.lang().Say("You cannot raise your own leave. Ask a colleague in HR."))
	if err != nil || problems != nil {
		return problems, err
	}
	f.UPN = f.Subject.UPN
	if d.Event.StandIn.ID != "" {
		s, err := e.World.FetchAccount(ctx, string(d.Event.StandIn.ID))
		switch {
		case CodeOf(err) == NotFound:
			return map[string]string{"stand_in": e.lang().Say("This person is not in the directory.")}, nil
		case err != nil:
			return nil, fmt.Errorf("fetch stand-in: %w", err)
		case !s.Enabled || s.Guest:
			return map[string]string{"stand_in": e.lang().Say("%s is blocked or a guest and cannot stand in.", s.Name)}, nil
		}
		d.Event.StandIn = s.Person()
	}
	if err := e.route(ctx, &f, *d); err != nil {
		return nil, err
	}
	if f.Route.ID == "" || f.Route.ID == f.Subject.ID {
		return map[string]string{"": e.lang().Say("%s may not decide on the access of %s, and the policy names nobody else.", f.Manager.Name, f.Subject.Name)}, nil
	}
	skus, err := e.World.FetchSKUs(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetch licences: %w", err)
	}
	f.SKUs = map[string]SKU{}
	for _, s := range skus {
		if slices.ContainsFunc(f.Subject.Licences, func(h Held) bool { return strings.EqualFold(h.SKU, s.ID) }) {
			f.SKUs[s.Part] = s
		}
	}
	people, err := e.elevatedPeople(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.governed(ctx, &f, LeaveFlow, ReturnFlow); err != nil {
		return nil, err
	}
	d.Facts = f
	d.Plan, d.Warnings, err = PlanLeave(d.Event, e.Policy, f, people, e.Now())
	return nil, err
}

// elevatedPeople finds who stands behind the approvers of elevated items.
func (e *Engine) elevatedPeople(ctx context.Context) (map[string][]Person, error) {
	var named []string
	for _, it := range e.Policy.elevatedItems() {
		if it.Approver != "" && !slices.Contains(named, it.Approver) {
			named = append(named, it.Approver)
		}
	}
	return e.behind(ctx, named)
}
