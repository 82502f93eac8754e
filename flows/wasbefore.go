package flows

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// A starter may have been here before, may still be here, or may share a name with somebody (edge cases 4 to 7). The directory and the exits
// that Muster did say who comes into question; which of them it is, or that it is none, only HR says.

// CameBack stands with an exit: the person whom it was about starts again. It changes nothing of the exit.
type CameBack struct {
	Case CaseID `json:"case"` // of the start
	By   Person `json:"by"`   // who says that it is the same person
}

// Kind names the entry.
func (CameBack) Kind() Kind { return "exit.came_back.1" }

// Left is an exit of somebody whose account is not there any more.
type Left struct {
	Case    CaseID `json:"case"`
	Name    string `json:"name"`
	UPN     string `json:"upn,omitempty"` // sign-in name of the account that is gone
	LastDay Date   `json:"last_day,omitempty"`
}

// leftKey finds the exits of a name. It holds no name, only what a name can be checked against.
func leftKey(name string) string {
	return "left/" + hashed(strings.ToLower(strings.Join(strings.Fields(name), " "))) + "/"
}

// leaves is the memo of an exit that is closed, by which it is found when somebody of that name starts.
func (c Case) leaves() []Memo {
	if c.Kind != LeaverEvent || !c.gone() || c.Rescinded != nil {
		return nil
	}
	b, err := json.Marshal(Left{Case: c.ID})
	if err != nil { // ids marshal; a failure is a bug of this file
		panic(fmt.Sprintf("marshal exit: %v", err))
	}
	return []Memo{{Key: leftKey(c.Event.Name()) + string(c.ID), Value: b}}
}

// leftBefore finds the exits of somebody of this name whose account is neither live nor in the recycle bin.
func (e *Engine) leftBefore(ctx context.Context, name string, there []Account) ([]Left, error) {
	memos, err := e.Store.RecallAll(ctx, leftKey(name))
	if err != nil {
		return nil, fmt.Errorf("look for exits of before: %w", err)
	}
	var out []Left
	for _, m := range memos {
		var l Left
		if err := json.Unmarshal(m.Value, &l); err != nil {
			return nil, fmt.Errorf("read an exit of before: %w", err)
		}
		c, err := e.Store.Case(ctx, l.Case)
		if CodeOf(err) == NotFound {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read an exit of before: %w", err)
		}
		if slices.ContainsFunc(there, func(a Account) bool { return a.ID == c.Account }) {
			continue // asked about as an account
		}
		out = append(out, Left{Case: c.ID, Name: c.Event.Name(), UPN: c.Facts.Subject.UPN, LastDay: c.Event.LastDay})
	}
	slices.SortFunc(out, func(a, b Left) int {
		return cmp.Or(cmp.Compare(b.LastDay, a.LastDay), cmp.Compare(b.Case, a.Case))
	})
	return out, nil
}

// exitReference is how the form names an exit.
var exitReference = regexp.MustCompile(`^l-[0-9]{4}-[0-9]{4,9}$`)

// sayBefore reads what HR chose: an account, an exit, or that it is none of them.
func (e *PeopleEvent) sayBefore(chosen string) {
	switch chosen = strings.ToLower(strings.TrimSpace(chosen)); {
	case chosen == otherPerson:
		e.Other = true
	case isGUID(chosen):
		e.Former = AccountID(chosen)
	case exitReference.MatchString(chosen):
		e.FormerCase = CaseID(strings.ToUpper(chosen))
	}
}

// inQuestion are those of the accounts of a name whom a starter may be: guests come and go as guests.
func inQuestion(same []Account) []Account {
	var out []Account
	for _, a := range same {
		if !a.Guest {
			out = append(out, a)
		}
	}
	return out
}

// wereShown reports whether HR was asked about all of these when the answer was given: one about others is none.
func (f Facts) wereShown(who []Account, left []Left) bool {
	for _, a := range who {
		if !slices.ContainsFunc(f.Same, func(o Account) bool { return o.ID == a.ID }) {
			return false
		}
	}
	for _, l := range left {
		if !slices.ContainsFunc(f.Left, func(o Left) bool { return o.Case == l.Case }) {
			return false
		}
	}
	return true
}

// samePerson asks HR whether the starter is one of the people who are or were here.
func (e *Engine) samePerson(ctx context.Context, same []Account, left []Left) string {
	var who []string
	for _, a := range same {
		s := a.Name + " (" + describe(a) + ")"
		if cases, err := e.Store.Cases(ctx, subjectKey(a.ID)); err == nil {
			for _, c := range cases {
				if c.Kind == LeaverEvent && c.gone() && !a.Enabled {
					s += e.lang().Say(", who left on %s", c.Event.LastDay.Say(e.lang()))
				}
			}
		}
		switch {
		case a.Deleted:
			s += e.lang().Say(", deleted")
		case a.Enabled:
			s += e.lang().Say(", who works here")
		}
		who = append(who, s)
	}
	for _, l := range left {
		who = append(who, e.lang().Say("%s (%s), who left on %s, account gone", l.Name, l.Case, l.LastDay.Say(e.lang())))
	}
	return e.lang().Say("Of the same name: %s. Is this the same person? Choose.", strings.Join(who, "; "))
}

// leftIn links a start with an exit whose account is gone: nothing of before comes back, only what is on record belongs together.
func (f *Facts) leftIn(lang texts.Language, ev *PeopleEvent, left []Left) map[string]string {
	i := slices.IndexFunc(left, func(l Left) bool { return l.Case == ev.FormerCase })
	if i < 0 {
		return map[string]string{"former": lang.Say("This exit is not one of somebody of that name whose account is gone. Please choose again.")}
	}
	f.Left = left[i : i+1]
	return nil
}

// broughtBack are the warnings for HR about a start that is linked with an exit only.
func (f Facts) broughtBack(lang texts.Language, ev PeopleEvent) []string {
	if ev.before() || ev.FormerCase == "" || len(f.Left) == 0 {
		return nil
	}
	l := f.Left[0]
	return []string{lang.Say("%s is the same person as in %s, you say, who left on %s. That account is gone for good, so a new one is made. Nothing of before comes back, and the two are linked on record.", ev.Name(), l.Case, l.LastDay.Say(lang))}
}

// cameBack is the entry with the exit of before, when a starter's case is raised.
func (e PeopleEvent) cameBack(id CaseID, by Person, now time.Time) []Entry {
	if e.Kind != JoinerEvent || e.FormerCase == "" {
		return nil
	}
	return []Entry{{Case: e.FormerCase, At: now, By: by.ID, Body: CameBack{Case: id, By: by}}}
}

// offeredAgain is the errand by which the account of somebody who does not come back after all is looked at for its deletion again: the
// rehire took that out of the queue.
func (c Case) offeredAgain(was Case, now time.Time) []Errand {
	if !c.Event.before() || c.Event.FormerCase == "" || c.State != Stopped || was.State == Stopped {
		return nil
	}
	return []Errand{{Key: deletionKey(c.Event.Former), Kind: DeletionErrand, Case: c.Event.FormerCase, Due: now.UTC(), Body: errandBody(DeletionWork{c.Event.FormerCase, c.Event.Former})}}
}

// askLater is when a deletion is to be asked about, if that is not now: the exit is not as long ago as the policy says, or somebody decided
// to keep the account until a day. The second is false when it is not to be asked about at all: the policy keeps accounts, the exit is not
// over, or there is an open question about the account.
func (e *Engine) askLater(ctx context.Context, l Case, now time.Time) (due time.Time, ask bool, err error) {
	er, ok := deletionDue(l, e.Policy.Leaver.DeleteAfter, now)
	if !ok || !l.Over() {
		return time.Time{}, false, nil
	}
	due = er.Due
	cases, err := e.Store.Cases(ctx, subjectKey(l.Account))
	if err != nil {
		return time.Time{}, false, fmt.Errorf("look for deletions: %w", err)
	}
	for _, c := range cases {
		switch {
		case c.Kind != DeletionEvent:
		case !c.Over():
			return time.Time{}, false, nil
		case c.Event.FormerCase == l.ID && c.Event.HoldUntil != "":
			hour, minute := clockOr(c.Site.Opens, opensDefault)
			due = later(due, c.Event.HoldUntil.At(c.Location(), hour, minute).UTC())
		}
	}
	return due, true, nil
}
