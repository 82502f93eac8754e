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

// Delegation is somebody's word that another person decides in their place for a while, on what is open already and on what comes. One
// level only: what a delegate was delegated goes no further. The delegator may still act, and every rule holds for both.
type Delegation struct {
	From   Person    `json:"from"`
	To     Person    `json:"to"`
	Begins time.Time `json:"begins"`
	Until  time.Time `json:"until"`          // exclusive
	Case   CaseID    `json:"case,omitempty"` // the leave that it comes with; empty when the person wrote it
}

// Evidence of a delegation, in the stream of the person who delegates (personStream).
type (
	DelegationMade struct {
		Delegation Delegation `json:"delegation"`
	}
	DelegationEnded struct {
		Delegation Delegation `json:"delegation"`
		By         Person     `json:"by,omitzero"` // nobody: its time was over, or the delegate left
	}
)

func (DelegationMade) Kind() Kind  { return "delegation.made.1" }
func (DelegationEnded) Kind() Kind { return "delegation.ended.1" }

// DelegationView is what "delegate" and "delegations" answer: the delegation there is, those to the reader, or the form with what is
// still to be chosen.
type DelegationView struct {
	Mine     *Delegation
	ToMe     []Delegation
	Form     bool
	Chosen   Person
	People   []Account // whom the text may mean
	From     Date
	Until    Date
	Problems map[string]string // by input: delegate, from, until
	Zone     *time.Location
	At       time.Time
}

// DelegationErrand begins or ends a delegation at its time.
const DelegationErrand = "delegation.1"

// DelegationWork names who delegated.
type DelegationWork struct{ From AccountID }

// The verbs of the delegation card.
const (
	VerbDelegate      = "delegation.make"
	VerbEndDelegation = "delegation.end"
)

// The words for it.
const (
	CmdDelegate      = "delegate my approvals"
	CmdDelegations   = "delegations"
	CmdEndDelegation = "end delegation"
)

// longestDelegation bounds a slip of the keyboard.
const longestDelegation = 366 * 24 * time.Hour

func delegationKey(id AccountID) string { return "delegation/" + string(id) }

// personStream is where the log keeps what somebody did that belongs to no case. It holds no personal data.
func personStream(id AccountID) CaseID { return CaseID("P-" + hashed(string(id))) }

// delegation is what somebody has delegated, begun or still to begin; nil when nothing.
func (e *Engine) delegation(ctx context.Context, id AccountID) (*Delegation, error) {
	b, err := e.Store.Recall(ctx, delegationKey(id))
	if CodeOf(err) == NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("recall delegation: %w", err)
	}
	var d Delegation
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("recall delegation: %w", err)
	}
	return &d, nil
}

// delegationsTo are the delegations to somebody.
func (e *Engine) delegationsTo(ctx context.Context, id AccountID) ([]Delegation, error) {
	memos, err := e.Store.RecallAll(ctx, delegationKey(""))
	if err != nil {
		return nil, fmt.Errorf("recall delegations: %w", err)
	}
	var out []Delegation
	for _, m := range memos {
		var d Delegation
		if err := json.Unmarshal(m.Value, &d); err != nil {
			return nil, fmt.Errorf("recall delegations: %w", err)
		}
		if d.To.ID == id {
			out = append(out, d)
		}
	}
	return out, nil
}

// home is the zone in which a date in a chat is meant: that of the organisation's first site.
func (e *Engine) home() *time.Location {
	for _, name := range sorted(siteNames(e.Policy)) {
		if loc, err := e.Policy.Sites[name].Location(); err == nil {
			return loc
		}
	}
	return time.UTC
}

func siteNames(p *Policy) []string {
	var out []string
	for n := range p.Sites {
		out = append(out, n)
	}
	return out
}

// delegationView is what somebody is shown of their delegations.
func (e *Engine) delegationView(ctx context.Context, by AccountID) (DelegationView, error) {
	mine, err := e.delegation(ctx, by)
	if err != nil {
		return DelegationView{}, err
	}
	toMe, err := e.delegationsTo(ctx, by)
	return DelegationView{Mine: mine, ToMe: toMe, Zone: e.home(), At: e.Now()}, err
}

func (e *Engine) answerDelegations(ctx context.Context, t Turn, _ Account, _ Roles, _ Command) (Reply, error) {
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please write this to me in our own chat: others read along here."))
	}
	v, err := e.delegationView(ctx, t.By.ID)
	return Reply{View: v}, err
}

// delegate keeps a delegation that somebody wrote or pressed, and lets it begin when its time has come. turn is the key of a press, which
// is kept with its effect; a message was kept before. Written again it is the same delegation.
func (e *Engine) delegate(ctx context.Context, t Turn, v DelegationView, turn string) (Reply, error) {
	e.drafting.Lock() // two forms pressed at once are one delegation, or the second would be forgotten in the cases
	defer e.drafting.Unlock()
	mine, err := e.delegation(ctx, t.By.ID)
	if err != nil {
		return Reply{}, err
	}
	v.Mine = mine
	now := e.Now()
	d := Delegation{From: t.By, To: v.Chosen, Begins: now, Until: v.Until.AddDays(1).At(v.Zone, 0, 0)}
	if v.From != "" {
		d.Begins = later(now, v.From.At(v.Zone, 0, 0))
	}
	if old := v.Mine; old != nil && old.To.ID == d.To.ID && old.Until.Equal(d.Until) {
		return Reply{View: v}, nil
	}
	to, err := e.World.FetchAccount(ctx, string(d.To.ID))
	switch {
	case CodeOf(err) == NotFound:
		v.problem("delegate", e.lang().Say("This person is not in the directory."))
	case err != nil:
		return Reply{}, fmt.Errorf("fetch delegate: %w", unsure(e.lang(), err))
	case !to.Enabled || to.Guest || to.Deleted:
		v.problem("delegate", e.lang().Say("%s cannot decide: the account is blocked or a guest.", to.Name))
	case to.ID == t.By.ID:
		v.problem("delegate", e.lang().Say("You cannot delegate to yourself."))
	case !d.Until.After(d.Begins):
		v.problem("until", e.lang().Say("The last day must not lie before the first, nor in the past."))
	case d.Until.Sub(now) > longestDelegation:
		v.problem("until", e.lang().Say("A delegation lasts a year at most."))
	case v.Mine != nil:
		return Reply{}, moved(e.lang().Say("Your approvals are delegated to %s already. Write \"end delegation\" first.", v.Mine.To.Name))
	}
	if len(v.Problems) > 0 {
		v.Form = true
		return Reply{View: v}, nil
	}
	d.To = to.Person()
	body, err := json.Marshal(d)
	if err != nil {
		return Reply{}, fmt.Errorf("keep delegation: %w", err)
	}
	ch := Change{
		Turn:    turn,
		Entries: []Entry{{Case: personStream(t.By.ID), At: now, By: t.By.ID, Body: DelegationMade{d}}},
		Memos:   []Memo{{Key: delegationKey(t.By.ID), Value: body}},
		Add:     []Errand{delegationErrand(d, d.Begins), tell(d, d.To, e.lang().Say("%s asks you to decide on approvals in their place %s. Their cards come to this chat as well.", t.By.Name, d.days(e.lang(), v.Zone)), now)},
	}
	if turn != "" {
		ch.Entries = append([]Entry{t.heard(personStream(t.By.ID), now)}, ch.Entries...)
	}
	if err := e.Commit(ctx, ch); err != nil {
		return Reply{}, err
	}
	v.Mine = &d
	return Reply{View: v}, nil
}

// days says from when until when: "until Fri 12 December 2026".
func (d Delegation) days(lang texts.Language, loc *time.Location) string {
	return lang.Say("from %s until %s", DateOf(d.Begins.In(loc)).Say(lang), DateOf(d.Until.In(loc)).AddDays(-1).Say(lang))
}

// runs reports whether a delegation is in force.
func (d Delegation) runs(now time.Time) bool { return !now.Before(d.Begins) && now.Before(d.Until) }

func delegationErrand(d Delegation, due time.Time) Errand {
	return Errand{Key: DelegationErrand + "/" + string(d.From.ID), Kind: DelegationErrand, Lane: "delegation/" + string(d.From.ID), Due: due.UTC(), Body: errandBody(DelegationWork{d.From.ID})}
}

func tell(d Delegation, to Person, text string, now time.Time) Errand {
	return Errand{
		Key: SayErrand + "/delegation/" + string(d.From.ID) + "/" + string(to.ID), Kind: SayErrand, Case: personStream(d.From.ID), Due: now.UTC(),
		Body: errandBody(SayWork{To: Recipient{Person: to.ID}, Text: text}),
	}
}

// pressDelegate takes the form of a delegation.
func (e *Engine) pressDelegate(ctx context.Context, t Turn, _ Roles) (Reply, error) {
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please do this in our own chat: others read along here."))
	}
	v, err := e.delegationView(ctx, t.By.ID)
	if err != nil {
		return Reply{}, err
	}
	v.Chosen, v.From, v.Until = Person{ID: t.Delegate}, Date(strings.TrimSpace(t.Inputs["from"])), Date(strings.TrimSpace(t.Inputs["until"]))
	for field, day := range map[string]Date{"from": v.From, "until": v.Until} {
		if _, err := ParseDate(e.lang(), string(day)); err != nil && (day != "" || field == "until") {
			v.problem(field, e.lang().Say("Please choose the day."))
		}
	}
	if t.Delegate == "" {
		v.problem("delegate", e.lang().Say("Please choose who decides in your place."))
	}
	if len(v.Problems) > 0 {
		v.Form = true
		return Reply{View: v}, nil
	}
	r, err := e.delegate(ctx, t, v, t.Key)
	if CodeOf(err) == Seen {
		v, err := e.delegationView(ctx, t.By.ID)
		return Reply{View: v}, err
	}
	return r, err
}

func (e *Engine) answerEndDelegation(ctx context.Context, t Turn, _ Account, _ Roles, _ Command) (Reply, error) {
	return e.revoke(ctx, t, "")
}

func (e *Engine) pressEndDelegation(ctx context.Context, t Turn, _ Roles) (Reply, error) {
	return e.revoke(ctx, t, t.Key)
}

// revoke ends one's own delegation. Ended already is the same answer.
func (e *Engine) revoke(ctx context.Context, t Turn, turn string) (Reply, error) {
	d, err := e.delegation(ctx, t.By.ID)
	if err != nil {
		return Reply{}, err
	}
	if d == nil {
		return Reply{Text: e.lang().Say("You have not delegated anything.")}, nil
	}
	ch := Change{Turn: turn}
	if turn != "" {
		ch.Entries = []Entry{t.heard(personStream(t.By.ID), e.Now())}
	}
	if err := e.endDelegation(ctx, *d, t.By, ch); err != nil && CodeOf(err) != Seen {
		return Reply{}, err
	}
	v, err := e.delegationView(ctx, t.By.ID)
	return Reply{View: v}, err
}

// endDelegation ends a delegation in every open case, then forgets it. The cases go first: what is left over when the process dies is
// ended by the errand.
func (e *Engine) endDelegation(ctx context.Context, d Delegation, by Person, ch Change) error {
	if err := e.inCases(ctx, func(c Case) (Change, error) {
		if !c.standsIn(d.To.ID, d.From.ID) {
			return Change{}, nil
		}
		return Change{Entries: []Entry{{Case: c.ID, At: e.Now(), By: by.ID, Body: DelegationOver{From: d.From, To: d.To}}}}, nil
	}); err != nil {
		return err
	}
	now := e.Now()
	ch.Entries = append(ch.Entries, Entry{Case: personStream(d.From.ID), At: now, By: by.ID, Body: DelegationEnded{Delegation: d, By: by}})
	ch.Memos = append(ch.Memos, Memo{Key: delegationKey(d.From.ID)})
	ch.Drop = append(ch.Drop, delegationErrand(d, now).Key)
	ch.Add = append(ch.Add,
		tell(d, d.To, e.lang().Say("You no longer decide in the place of %s.", d.From.Name), now),
		tell(d, d.From, e.lang().Say("%s no longer decides in your place.", d.To.Name), now))
	if d.Case == "" {
		again, err := e.leaveStandIn(ctx, d.From.ID)
		if err != nil {
			return err
		}
		ch.Add = append(ch.Add, again...)
	}
	return e.Commit(ctx, ch)
}

// inCases lets a rule decide on each open case.
func (e *Engine) inCases(ctx context.Context, rule func(Case) (Change, error)) error {
	open, err := e.Store.Cases(ctx, "open")
	if err != nil {
		return fmt.Errorf("list open cases: %w", err)
	}
	for _, c := range open {
		if ch, err := rule(c); err != nil || len(ch.Entries)+len(ch.Add) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := e.change(ctx, c.ID, Change{}, func(c Case) (Change, error) {
			if c.Over() {
				return Change{}, nil
			}
			return rule(c)
		}); err != nil {
			return err
		}
	}
	return nil
}

// runDelegation begins a delegation in the cases that are open, or ends it.
func (e *Engine) runDelegation(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[DelegationWork](er)
	if err != nil {
		return err
	}
	d, err := e.delegation(ctx, w.From)
	if err != nil {
		return err
	}
	now := e.Now()
	switch {
	case d == nil:
		return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}})
	case !now.Before(d.Until):
		return e.endDelegation(ctx, *d, Person{}, Change{Done: []ErrandRef{er.Ref()}})
	case now.Before(d.Begins):
		return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}, Add: []Errand{delegationErrand(*d, d.Begins)}})
	}
	if err := e.inCases(ctx, func(c Case) (Change, error) {
		if !holds(c.asked(), d.From.ID) || !c.mayDelegate(*d) || c.lent(*d) {
			return Change{}, nil
		}
		return Change{Entries: []Entry{d.entry(c, now)}}, nil
	}); err != nil {
		return err
	}
	return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}, Add: []Errand{delegationErrand(*d, d.Until)}})
}

func (d Delegation) entry(c Case, now time.Time) Entry {
	return Entry{Case: c.ID, At: now, Body: DelegatedTo{From: d.From, To: d.To, Until: d.Until}}
}

// asked are the people whose decision the case waits for, without their delegates: who may be stood in for.
func (c Case) asked() []Person {
	out := c.askedAs(c.openAs())
	if !c.Over() && c.Release.open() && !c.Release.Joint {
		out = withPeople(out, c.Release.Holders...)
	}
	return out
}

// askedAs are those who hold the access, or the sign-offs that are open, without their delegates.
func (c Case) askedAs(of string) []Person {
	c.Delegated = nil
	switch {
	case c.Version == 0 || c.Over() || c.openAs() != of:
		return nil
	case of == ofApproval:
		return c.Approval.Holders
	case c.openSignOffs():
		return c.signersOpen()
	}
	return nil
}

// mayDelegate reports whether a delegation may reach into the case: not to whom it is about or who raised it, and never the
// second key of an urgent exit, which only those may hold who were chosen for it.
func (c Case) mayDelegate(d Delegation) bool {
	return d.To.ID != c.Account && d.To.ID != c.Event.Subject.ID && d.To.ID != c.Raised.Person.ID && !(c.Kind == LeaverEvent && c.Approval.State == "")
}

// lent reports whether the case knows the delegation as it is.
func (c Case) lent(d Delegation) bool {
	return slices.ContainsFunc(c.Delegated, func(s StandIn) bool {
		return !s.Over && s.From.ID == d.From.ID && s.To.ID == d.To.ID && s.Until.Equal(d.Until)
	})
}

// withDelegates adds to a change that puts a decision to somebody the delegates whom that person has named.
func (e *Engine) withDelegates(ctx context.Context, c, next Case, id CaseID, ch *Change, now time.Time) (bool, error) {
	was, more := c.asked(), false
	next.ID = id
	for _, p := range next.asked() {
		if holds(was, p.ID) {
			continue
		}
		d, err := e.delegation(ctx, p.ID)
		if err != nil {
			return false, err
		}
		if d != nil && d.runs(now) && next.mayDelegate(*d) && !next.lent(*d) {
			ch.Entries = append(clip(ch.Entries), d.entry(next, now))
			more = true
		}
	}
	return more, nil
}

// readBehalf finds in whose place somebody may decide on a case, each as the directory has them now. Who left or is blocked lends nothing,
// save somebody whose sign-in is blocked because they are on leave: that is what a stand-in is for.
func (e *Engine) readBehalf(ctx context.Context, t Turn, row Right) ([]behalf, error) {
	if t.Case == "" {
		return nil, nil
	}
	c, err := e.Store.Case(ctx, t.Case)
	if CodeOf(err) == NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read case %s: %w", t.Case, err)
	}
	var out []behalf
	for _, d := range c.Delegated {
		if d.Over || d.To.ID != t.By.ID || !e.Now().Before(d.Until) {
			continue
		}
		a, roles, err := e.standingFor(ctx, d.From.ID, row)
		if CodeOf(err) == Denied {
			if a, roles, err = e.standingAway(ctx, d.From.ID, t.By.ID); a.ID == "" && err == nil {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, behalf{a.Person(), roles})
	}
	return out, nil
}
