package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"muster/flows/texts"
)

// CmdRename begins a change of name.
const CmdRename = "rename"

// beginRename makes the draft of a change of name from a sentence.
func (e *Engine) beginRename(ctx context.Context, t Turn, cmd Command) Draft {
	s := ReadRename(cmd.Rest, e.Policy, e.today())
	d := e.newDraft(t, cmd.Rest, s, PeopleEvent{Kind: RenameEvent, Given: s.Given, Surname: s.Surname, Start: s.Start, At: e.Policy.Rename.At})
	if d.SubjectText = s.SubjectText; d.SubjectText != "" {
		e.findSubject(ctx, &d)
	}
	if d.Event.Given == "" && d.Event.Surname != "" && d.Event.Subject.ID != "" {
		d.Event.Given = d.Subjects[0].Given
	}
	return d
}

// readRename reads the form of a change of name.
func (e *Engine) readRename(t Turn, d Draft) (PeopleEvent, map[string]string) {
	in := func(k string) string { return strings.Join(strings.Fields(t.Inputs[k]), " ") }
	ev := PeopleEvent{
		Kind: RenameEvent, Subject: picked(in("subject"), d.Subjects), Given: in("given"), Surname: in("surname"), UPN: strings.ToLower(in("sign_in_name")),
		Start: Date(in("start")), At: in("at"), Site: in("site"), Notes: strings.TrimSpace(t.Inputs["notes"]),
	}
	if ev.UPN != "" && !strings.Contains(ev.UPN, "@") {
		ev.UPN += "@" + e.Policy.Domain
	}
	return ev, CheckRename(ev, e.Policy, e.today())
}

// CheckRename says what is wrong with a change of name as HR wrote it: field id of the form -> one short sentence; empty when nothing is.
// It asks no directory.
func CheckRename(e PeopleEvent, p *Policy, today Date) map[string]string {
	problems := map[string]string{}
	say := func(field, text string) {
		if problems[field] == "" {
			problems[field] = text
		}
	}
	if e.Subject.ID == "" {
		say("subject", p.Lang().Say("Choose whose name changes."))
	}
	checkNames(p.Lang(), e, say)
	checkDay(p.Lang(), "start", p.Lang().Say("Choose the day of the change."), e.Start, p.Limits.LateDays, today, say)
	if _, _, ok := readClock(e.At); e.At != "" && !ok {
		say("at", p.Lang().Say("This is not a time of day. Write it like 19:00."))
	}
	local, domain, _ := strings.Cut(e.UPN, "@")
	switch {
	case e.UPN == "":
	case !strings.EqualFold(domain, p.Domain):
		say("sign_in_name", p.Lang().Say("New sign-in names end with @%s.", p.Domain))
	case len(local) > maxLocal || strings.Trim(local, signInLetters+".") != "" || strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, ".."):
		say("sign_in_name", p.Lang().Say("Use a to z, 0 to 9, dots inside, hyphen and underscore."))
	}
	checkSiteAndNotes(e, p, say)
	return problems
}

// checkDay says what is wrong with a day that an event needs.
func checkDay(lang texts.Language, field, missing string, day Date, late int, today Date, say func(field, text string)) {
	_, err := ParseDate(lang, string(day))
	switch {
	case day == "":
		say(field, lang.Say("%s", missing))
	case err != nil:
		say(field, lang.Say("This is not a date. Write it like 2027-01-05."))
	case day.Before(today.AddDays(-late)):
		say(field, lang.Say("%s is more than %s ago. Check the year, or ask IT to do this by hand.", day.Say(lang), count(lang, late, "day")))
	case DateOf(today.Time().AddDate(farStartYears, 0, 0)).Before(day):
		say(field, lang.Say("%s is more than %s away. Check the year.", day.Say(lang), count(lang, farStartYears, "year")))
	}
}

func checkSiteAndNotes(e PeopleEvent, p *Policy, say func(field, text string)) {
	if _, ok := p.Sites[e.Site]; e.Site != "" && !ok {
		say("site", p.Lang().Say("There is no site of this name. Choose one from the list."))
	}
	if n := length(e.Notes); n > maxNotes {
		say("notes", p.Lang().Say("Write at most %d characters; this is %d.", maxNotes, n))
	}
}

// subjectFacts fills in who an event about somebody with an account is about: the account, the manager, the site. Problems are about fields.
func (e *Engine) subjectFacts(ctx context.Context, d *Draft, own string) (Facts, map[string]string, error) {
	ev := &d.Event
	a, problems, err := e.subjectOf(ctx, d, own, false)
	switch {
	case err != nil || problems != nil:
		return Facts{}, problems, err
	case a.Guest:
		return Facts{}, map[string]string{"subject": e.lang().Say("%s is a guest, whose account is kept by another organisation.", a.Name)}, nil
	}
	f := Facts{Subject: a}
	if f.Manager, err = e.managerOf(ctx, a); err != nil {
		return Facts{}, nil, err
	}
	ev.Manager = f.Manager.Person()
	if ev.Site == "" {
		ev.Site = e.siteOf(a)
	}
	if ev.Site == "" {
		return Facts{}, map[string]string{"site": e.lang().Say("Please choose the site: it decides the time zone.")}, nil
	}
	var owned []Group
	if f.Member, owned, f.Admin, err = e.World.Holdings(ctx, a.ID); err != nil {
		return Facts{}, nil, fmt.Errorf("fetch what the person holds: %w", err)
	}
	for _, g := range owned {
		f.Owned = append(f.Owned, Owned{Group: g})
	}
	_, err = e.World.FetchReply(ctx, a.ID)
	if err != nil && CodeOf(err) != NotFound {
		return Facts{}, nil, fmt.Errorf("look for a mailbox: %w", err)
	}
	f.Mailbox = err == nil
	return f, nil, nil
}

// renameFacts fills in what the directory says about somebody whose name changes, and the plan made from it.
func (e *Engine) renameFacts(ctx context.Context, d *Draft) (map[string]string, error) {
	f, problems, err := e.subjectFacts(ctx, d, e.lang().Say("You cannot raise your own change of name. Ask a colleague in HR."))
	if err != nil || problems != nil {
		return problems, err
	}
	if problem, err := e.newName(ctx, &f, d.Event); err != nil || problem != "" {
		return map[string]string{"sign_in_name": problem}, err
	}
	if err := e.governed(ctx, &f, RenameFlow); err != nil {
		return nil, err
	}
	d.Facts = f
	d.Plan, d.Warnings, err = PlanRename(d.Event, e.Policy, f, e.Now())
	return nil, err
}

// newName is the sign-in name that HR wrote, if nobody else has it, or the first one of the policy's rule that is free. An address that the
// person has already is theirs to use.
func (e *Engine) newName(ctx context.Context, f *Facts, ev PeopleEvent) (problem string, err error) {
	names := e.Policy.Naming.Candidates(ev.Given, ev.Surname, e.Policy.Domain, 20)
	if ev.UPN != "" {
		names = []string{ev.UPN}
	}
	for _, upn := range names {
		if f.Subject.has(upn) {
			f.UPN = upn
			return "", nil
		}
		holder, err := e.nameTaken(ctx, upn)
		if err != nil {
			return "", err
		}
		if holder == "" {
			f.UPN = upn
			return "", nil
		}
		f.UPNTaken = append(f.UPNTaken, e.lang().Say("%s is taken by %s", upn, holder))
	}
	if ev.UPN != "" {
		return e.lang().Say("The sign-in name %s. Write another one, or leave this empty.", f.UPNTaken[0]), nil
	}
	return e.lang().Say("Every sign-in name that the policy's rule gives for %s %s is taken. Write one here.", ev.Given, ev.Surname), nil
}

// has reports whether an address is the account's own.
func (a Account) has(address string) bool {
	if strings.EqualFold(a.UPN, address) {
		return true
	}
	for _, x := range a.Addresses {
		if strings.EqualFold(x, "smtp:"+address) {
			return true
		}
	}
	return false
}

// nameTaken says who holds an address, or that it is kept free after somebody gave it up; "" when it may be given.
func (e *Engine) nameTaken(ctx context.Context, upn string) (string, error) {
	holder, err := e.World.AddressTaken(ctx, upn)
	if err != nil {
		return "", fmt.Errorf("check sign-in name: %w", err)
	}
	if holder != "" {
		return holder, nil
	}
	b, err := e.Store.Recall(ctx, reservedKey(upn))
	if CodeOf(err) == NotFound {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for a reserved name: %w", err)
	}
	var r reserved
	if err := json.Unmarshal(b, &r); err != nil {
		return "", fmt.Errorf("read a reserved name: %w", err)
	}
	if e.Now().Before(r.Until) {
		return e.lang().Say("nobody, and kept free until %s because it was somebody's before (%s)", DateOf(r.Until).Say(e.lang()), string(r.Case)), nil
	}
	return "", nil
}

// reserved is a sign-in name that was somebody's and is not given to anybody else for a time: mail and sign-ins meant for the one would
// reach the other (edge cases 5 and 6).
type reserved struct {
	Until time.Time `json:"until"`
	Case  CaseID    `json:"case"` // in which it was given up
}

// reservedKey holds no name, only what a name can be checked against.
func reservedKey(upn string) string { return "reserved/" + hashed(strings.ToLower(upn)) }

// givesUp is the memo of the sign-in name that a step which was just seen done gives up, if it does.
func (e *Engine) givesUp(c Case, s Step) []Memo {
	days := e.Policy.Naming.ReserveDays
	if days == 0 || s.Task != ChangeSignInName && s.Look != lookNewName && s.Task != DeleteAccount || c.Facts.Subject.UPN == "" || strings.EqualFold(c.Facts.Subject.UPN, c.Plan.Account.UPN) {
		return nil
	}
	b, err := json.Marshal(reserved{Until: e.Now().AddDate(0, 0, days).UTC(), Case: c.ID})
	if err != nil { // times and ids marshal; a failure is a bug of this file
		panic(fmt.Sprintf("marshal reserved name: %v", err))
	}
	return []Memo{{Key: reservedKey(c.Facts.Subject.UPN), Value: b}}
}
