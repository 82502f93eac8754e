package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// OpenItem is one thing that waits for a person, or, in a list of what is coming, for its time.
type OpenItem struct {
	Case    CaseID
	Subject string
	What    string // "Confirm the access", "Laptop"
	Holder  string // who it waits for, by name
	To      []Recipient
	Slot    Slot // the card it is done on
	Since   time.Time
	Due     time.Time
	Late    bool
	Zone    *time.Location
}

// Overview is what "status" answers.
type Overview struct {
	At       time.Time
	Counts   map[State]int
	Overdue  int
	Upcoming int            // steps due in the next seven days
	Failed   int            // steps that wait for IT
	Oldest   *OpenItem      // the oldest thing that waits for a person
	Pause    *Pause         // the stop button, while it is pressed
	Policy   *PolicyWaiting // a change of the policy that is proposed; nil: none is, or not for who asks
	Zone     *time.Location // of the organisation

	Published []Published // where the evidence's checkpoints are left
}

// ItemList is a titled list of open items.
type ItemList struct {
	Title string
	None  string // what to say when it is empty
	Items []OpenItem
	More  int // how many are left out
	At    time.Time
}

// CaseList is several cases that a question may mean.
type CaseList struct {
	Title string
	Cases []Case
	At    time.Time
}

// Timeline is one case with what happened, in order.
type Timeline struct {
	Case    Case
	Records []Record
	At      time.Time
}

// HelpFor is what a person can do here.
type HelpFor struct {
	Name    string
	Roles   Roles
	Manager bool // holds, or held, a decision of an open case
}

// leastHours is how many working hours people have at least for what they do by hand.
const leastHours = 4

// Open lists what of the case waits for a person now.
func (c Case) Open(now time.Time) []OpenItem {
	if c.Over() {
		return c.contractItems()
	}
	out := c.contractItems()
	add := func(what string, to []Recipient, holder string, slot Slot, since, due time.Time) {
		out = append(out, OpenItem{
			Case: c.ID, Subject: c.Event.Name(), What: what, Holder: holder, To: to, Slot: slot, Since: since, Due: due,
			Late: !due.IsZero() && due.Before(now), Zone: c.Location(),
		})
	}
	if n := len(c.Questions); n > 0 && c.Questions[n-1].Answer.At.IsZero() {
		add(c.Lang.Say("Answer a question"), recipients([]Person{c.HR()}), c.HR().Name, Slot{c.ID, CardProgress, "", Recipient{Person: c.HR().ID}}, c.Raised.At, time.Time{})
	}
	out = append(out, c.openChanges()...)
	if c.Paused != nil {
		return out
	}
	out = append(out, c.openMoves(now)...)
	if c.Approval.State == "" {
		what, card, last := c.Lang.Say("Confirm the access"), CardApproval, Recipient{}
		if c.Kind == LeaverEvent {
			what, card = c.Lang.Say("Confirm an urgent exit"), CardUrgent
		}
		for _, p := range c.Approval.Holders { // the last one was asked last
			last = Recipient{Person: p.ID}
		}
		add(what, recipients(c.Deciders()), names(c.Lang, c.Deciders()), c.askedOn(card, last), c.Raised.At, c.Approval.Asking.Escalate)
		return out
	}
	if open := c.signersOpen(); len(open) > 0 && c.openSignOffs() {
		add(c.Lang.Say("Sign off elevated access"), recipients(open), names(c.Lang, open), Slot{c.ID, CardSignOff, "", Recipient{Person: open[0].ID}}, c.Approval.At, c.SignOff.Escalate)
	}
	if c.NoShow {
		add(c.Lang.Say("Decide after a no-show"), recipients([]Person{c.HR()}), c.HR().Name, Slot{c.ID, CardNoShow, "", Recipient{Person: c.HR().ID}}, c.lastDecision(), time.Time{})
	}
	mgr := recipients([]Person{c.Manager()})
	for _, s := range c.Plan.Steps {
		_, st, _ := c.Step(s.Key)
		switch {
		case st.State == StepBroken:
			add(c.Lang.Say("%s failed", s.Title), []Recipient{c.it()}, c.Lang.Say("IT"), Slot{c.ID, CardFailure, s.Key, c.it()}, st.At, s.Due)
		case !c.ready(s):
		case s.Task == Manual && st.Claimed.Person.ID == "":
			to := c.ownerOf(s)
			due := later(c.Due(s), c.Site.AddWorkingHours(c.Approval.At, leastHours)) // what is due at once is not overdue at once
			add(s.Title, []Recipient{to}, c.holderName(to), Slot{c.ID, CardManual, s.Key, to}, c.Approval.At, due)
		case s.Task == OfferPass && !s.Due.After(now):
			add(c.Lang.Say("Day-one credential, when the person arrives"), mgr, c.Manager().Name, Slot{c.ID, CardCredential, s.Key, mgr[0]}, s.Due, time.Time{})
		case s.Task == AskReturn && st.Asked:
			add(c.Lang.Say("Confirm the access for the return"), recipients(c.Return.Holders), names(c.Lang, c.Return.Holders), Slot{c.ID, CardBack, s.Key, Recipient{Person: c.Return.Holders[0].ID}}, st.At, c.Return.Escalate)
		case s.Task == AwaitReturn && !s.Due.After(now):
			add(c.Lang.Say("Say when the person returns"), recipients([]Person{c.HR()}), c.HR().Name, Slot{c.ID, CardProgress, "", Recipient{Person: c.HR().ID}}, s.Due, time.Time{})
		case s.Task == AskStarted && st.Asked:
			add(c.Lang.Say("Say whether the person started"), mgr, c.Manager().Name, Slot{c.ID, CardStarted, s.Key, mgr[0]}, st.At, c.Site.AddWorkingHours(st.At, 8))
		}
	}
	return out
}

func (c Case) lastDecision() time.Time {
	if n := len(c.Decisions); n > 0 {
		return c.Decisions[n-1].At
	}
	return c.Raised.At
}

// holderName is who a recipient is, for reading.
func (c Case) holderName(r Recipient) string {
	switch r {
	case c.it():
		return c.Lang.Say("IT")
	case Recipient{Person: c.HR().ID}:
		return c.HR().Name
	case Recipient{Person: c.Manager().ID}:
		return c.Manager().Name
	}
	return c.Lang.Say("its owner")
}

// Coming lists the steps of the case that have yet to run, until a time.
func (c Case) Coming(until time.Time) []OpenItem {
	var out []OpenItem
	for _, s := range c.Plan.Steps {
		_, st, _ := c.Step(s.Key)
		if c.Over() || c.May == "" || c.Paused != nil || st.State.Over() || st.State == StepBroken || c.Due(s).After(until) {
			continue
		}
		holder := c.Lang.Say("Muster")
		switch s.Task {
		case Manual:
			holder = c.holderName(c.ownerOf(s))
		case AwaitReturn:
			holder = c.HR().Name
		case AskReturn:
			holder = c.Facts.Route.Name
		case OfferPass, AskStarted:
			holder = c.Manager().Name
		}
		out = append(out, OpenItem{Case: c.ID, Subject: c.Event.Name(), What: s.Title, Holder: holder, Due: c.Due(s), Zone: c.Location()})
	}
	return out
}

// answerList answers "overdue", "upcoming" and "failures".
func (e *Engine) answerList(ctx context.Context, t Turn, _ Account, _ Roles, cmd Command) (Reply, error) {
	open, err := e.Store.Cases(ctx, "open")
	if err != nil {
		return Reply{}, fmt.Errorf("list cases: %w", err)
	}
	return Reply{View: list(e.lang(), cmd.Name, t.except(open), e.Now())}, nil
}

// pressList answers the buttons of the overview.
func (e *Engine) pressList(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	if err := rightTo(e.lang(), t.Verb).byRole(roles); err != nil {
		return Reply{}, err
	}
	r, err := e.answerList(ctx, t, Account{}, roles, Command{Name: strings.TrimPrefix(t.Verb, "list.")})
	if err != nil {
		return r, err
	}
	err = e.Commit(ctx, Change{Turn: t.Key, Entries: []Entry{t.heard("", e.Now())}})
	if CodeOf(err) == Seen {
		err = nil
	}
	return r, err
}

func (e *Engine) answerTasks(ctx context.Context, t Turn, _ Account, roles Roles, _ Command) (Reply, error) {
	open, err := e.Store.Cases(ctx, "open")
	if err != nil {
		return Reply{}, fmt.Errorf("list cases: %w", err)
	}
	contracts, err := e.Store.Cases(ctx, contractKey)
	if err != nil {
		return Reply{}, fmt.Errorf("list contracts: %w", err)
	}
	open = append(open, slices.DeleteFunc(contracts, func(c Case) bool { return !c.Over() })...)
	now := e.Now()
	l := ItemList{Title: e.lang().Say("What waits for you"), None: e.lang().Say("Nothing waits for you."), At: now}
	for _, c := range t.except(open) {
		for _, it := range c.Open(now) {
			if slices.Contains(it.To, Recipient{Person: t.By.ID}) || (rightTo(e.lang(), doITSteps).held(roles) && slices.Contains(it.To, Recipient{Channel: "it"})) {
				l.Items = append(l.Items, it)
			}
		}
	}
	if l.Items, err = e.aboutPolicy(ctx, t.By.ID, l.Items); err != nil {
		return Reply{}, err
	}
	return Reply{View: l.ordered()}, nil
}

// answerStatusOf finds the case by reference or by the subject's name. With several it lists them: it never picks.
func (e *Engine) answerStatusOf(ctx context.Context, t Turn, roles Roles, cmd Command) (Reply, error) {
	var found []Case
	if cmd.Case != "" {
		c, err := e.Store.Case(ctx, cmd.Case)
		if err != nil {
			return Reply{}, unknownCase(e.lang(), cmd.Case, err)
		}
		if err := c.hiddenFrom(t.By.ID); err != nil {
			return Reply{}, err
		}
		found = []Case{c}
	} else {
		all, err := e.Store.Cases(ctx, "all")
		if err != nil {
			return Reply{}, fmt.Errorf("list cases: %w", err)
		}
		for _, c := range t.except(all) {
			if matchesName(c.Event, cmd.Rest) && maySee(c, t.By, roles) {
				found = append(found, c)
			}
		}
	}
	switch {
	case len(found) == 0:
		return Reply{Text: e.lang().Say("I know no case for that name, or it is not yours to see.")}, nil
	case len(found) > 1:
		return Reply{View: CaseList{Title: e.lang().Say("%d cases match. Write \"status\" with the reference.", len(found)), Cases: found, At: e.Now()}}, nil
	case !maySee(found[0], t.By, roles):
		return Reply{}, deny(rightTo(e.lang(), doStatusOf).Deny)
	}
	if err := t.aside(found[0]); err != nil {
		return Reply{}, err
	}
	tl, err := e.timeline(ctx, found[0])
	return Reply{View: tl}, err
}

// matchesName is a whole-word match, so that "Ann" does not find "Joanna".
func matchesName(ev PeopleEvent, text string) bool {
	have := strings.Fields(strings.ToLower(ev.Name()))
	want := strings.Fields(strings.ToLower(text))
	for _, w := range want {
		if !slices.Contains(have, w) {
			return false
		}
	}
	return len(want) > 0
}

func (e *Engine) answerEvidence(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	return e.offer(ctx, t, roles, FilePack, orElse(proposalRef(cmd.Rest), string(cmd.Case)))
}

// timeline reads the case's own entries and those of the draft that led to it.
func (e *Engine) timeline(ctx context.Context, c Case) (Timeline, error) {
	recs, err := e.Records(ctx, c)
	return Timeline{Case: c, Records: recs, At: e.Now()}, err
}

// Records are the log entries of a case with those of the draft that led to it, in order.
func (e *Engine) Records(ctx context.Context, c Case) ([]Record, error) {
	before, err := e.Store.Records(ctx, CaseID(c.Draft))
	if err != nil {
		return nil, fmt.Errorf("read the log of %s: %w", c.ID, err)
	}
	own, err := e.Store.Records(ctx, c.ID)
	if err != nil {
		return nil, fmt.Errorf("read the log of %s: %w", c.ID, err)
	}
	all := append(before, own...)
	slices.SortStableFunc(all, func(a, b Record) int { return int(a.Seq - b.Seq) })
	return all, nil
}

func overview(cases []Case, now time.Time) Overview {
	o := Overview{At: now, Counts: map[State]int{}}
	for _, c := range cases {
		o.Counts[c.State]++
		for _, it := range c.Open(now) {
			if it.Late {
				o.Overdue++
			}
			if it.Slot.Card == CardFailure {
				o.Failed++
			}
			if o.Oldest == nil || it.Since.Before(o.Oldest.Since) {
				o.Oldest = &it
			}
		}
		o.Upcoming += len(c.Coming(now.Add(7 * 24 * time.Hour)))
	}
	return o
}

// listMax is how many lines a list shows; a card has its limit.
const listMax = 20

func list(lang texts.Language, cmd string, cases []Case, now time.Time) ItemList {
	l := ItemList{At: now}
	for _, c := range cases {
		switch cmd {
		case CmdOverdue:
			l.Title, l.None = lang.Say("Overdue"), lang.Say("Nothing is overdue.")
			for _, it := range c.Open(now) {
				if it.Late {
					l.Items = append(l.Items, it)
				}
			}
		case CmdUpcoming:
			l.Title, l.None = lang.Say("Due in the next 14 days"), lang.Say("Nothing is due in the next 14 days.")
			l.Items = append(l.Items, c.Coming(now.Add(14*24*time.Hour))...)
		case CmdFailures:
			l.Title, l.None = lang.Say("Failures"), lang.Say("Nothing has failed.")
			for _, it := range c.Open(now) {
				if it.Slot.Card == CardFailure {
					l.Items = append(l.Items, it)
				}
			}
		}
	}
	if l.Title == "" {
		l.Title, l.None = map[string]string{CmdOverdue: lang.Say("Overdue"), CmdUpcoming: lang.Say("Due in the next 14 days"), CmdFailures: lang.Say("Failures")}[cmd], lang.Say("There are no cases yet.")
	}
	return l.ordered()
}

// ordered sorts by due time, undated last, and cuts to what a card can show.
func (l ItemList) ordered() ItemList {
	slices.SortStableFunc(l.Items, func(a, b OpenItem) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			if a.Due.IsZero() {
				return 1
			}
			return -1
		}
		return a.Due.Compare(b.Due)
	})
	if len(l.Items) > listMax {
		l.More, l.Items = len(l.Items)-listMax, l.Items[:listMax]
	}
	return l
}

func help(a Account, roles Roles, cases []Case) HelpFor {
	h := HelpFor{Name: a.Given, Roles: roles}
	for _, c := range cases {
		h.Manager = h.Manager || a.ID == c.Event.Manager.ID || holds(c.Deciders(), a.ID)
	}
	return h
}
