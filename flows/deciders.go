package flows

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// Watch looks once at everybody of whom a case asks something, and is called every minute. What is asked of somebody who left, is
// blocked or lost the role moves to others (edge case 12); somebody who is away has a deputy asked as well before the ordinary escalation
// (edge case 15). It reads each of these people once, whatever number of cases wait for them: an account, and the groups of the policy
// where the decision came with a role. When the directory does not answer nothing is moved.
func (e *Engine) Watch(ctx context.Context) error {
	seen := map[AccountID]decider{}
	open, err := e.asking(ctx, seen)
	if err != nil {
		return err
	}
	for _, c := range open {
		for _, a := range c.asks() {
			for _, p := range a.who {
				d, known := seen[p.ID]
				if !known {
					if d, err = e.decider(ctx, p.ID); err != nil {
						return err
					}
					seen[p.ID] = d
				}
				if why := d.lost(c, a, p); why != "" {
					if err := e.rerouteAsked(ctx, c.ID, a.of, p, why); err != nil {
						return err
					}
				}
			}
		}
	}
	if err := e.watchDelegates(ctx, open, seen); err != nil {
		return err
	}
	if err := e.watchUnreached(ctx, open); err != nil {
		return err
	}
	return e.watchAway(ctx, open)
}

// decider is somebody who is asked, as the directory has them now.
type decider struct {
	roles Roles
	gone  string      // why they cannot decide on anything; empty when they can
	lent  *Delegation // to who stands in while they are on leave with their sign-in blocked
}

func (e *Engine) decider(ctx context.Context, id AccountID) (decider, error) {
	_, roles, err := e.standingNow(ctx, id)
	if CodeOf(err) == Denied {
		lent, err := e.lentAway(ctx, id)
		return decider{gone: e.lang().Say("The account is blocked or not in the directory any more."), lent: lent}, err
	}
	return decider{roles: roles}, err
}

// asking are the cases that may ask something of somebody who cannot decide any more: the open ones, and those whose contract clock runs. Most
// open cases wait for their time and are with HR alone; they are read only when that person can do nothing about them.
func (e *Engine) asking(ctx context.Context, seen map[AccountID]decider) ([]Case, error) {
	briefs, err := e.openBriefs(ctx)
	if err != nil {
		return nil, err
	}
	var open []Case
	for _, b := range briefs {
		busy := b.busy
		for _, p := range b.hr {
			d, known := seen[p.ID]
			if !known && !busy {
				if d, err = e.decider(ctx, p.ID); err != nil {
					return nil, err
				}
				seen[p.ID] = d
			}
			busy = busy || d.gone != "" || !d.roles.Any(HR)
		}
		if !busy {
			continue
		}
		c, err := e.Store.Case(ctx, b.of.ID)
		if CodeOf(err) == NotFound {
			continue // erased this moment
		}
		if err != nil {
			return nil, fmt.Errorf("read case %s: %w", b.of.ID, err)
		}
		open = append(open, c)
	}
	contracts, err := e.Store.Cases(ctx, contractKey)
	if err != nil {
		return nil, fmt.Errorf("list contracts: %w", err)
	}
	return append(open, slices.DeleteFunc(contracts, func(c Case) bool { return !c.Over() })...), nil
}

// lost is why somebody cannot do any more what they are asked; empty when they can.
func (d decider) lost(c Case, a asks, p Person) string {
	if d.lent != nil && holds(c.asked(), p.ID) && (c.lent(*d.lent) || c.mayDelegate(*d.lent)) {
		return "" // who stands in decides
	}
	switch {
	case d.gone != "":
		return d.gone
	case p.As != "" && !d.roles.Any(p.As):
		return c.Lang.Say("The role that they were asked by was taken away.")
	case c.Event.Urgent && a.of == ofApproval && rightTo(c.Lang, doUrgent).byRole(d.roles) != nil:
		return c.Lang.Say("The role that lets them confirm an urgent exit was taken away.")
	case a.role != "" && !d.roles.Any(a.role):
		return c.Lang.Say("The role was taken away.")
	case a.of == ofLeft:
		for _, k := range c.Release.Left {
			if s, ok := c.Plan.Step(k); ok && holds(c.signers(s), p.ID) && maySignOff(c, s, p, d.roles) == nil {
				return ""
			}
		}
		return c.Lang.Say("The role that lets them decide on it was taken away.")
	case a.of != ofSignOff:
		return ""
	}
	for _, s := range c.Plan.Steps {
		if so, ok := c.SignOffs[s.Key]; ok && so.State == "" && holds(c.signers(s), p.ID) && maySignOff(c, s, p, d.roles) == nil {
			return ""
		}
	}
	return c.Lang.Say("The role that lets them sign off was taken away.")
}

// reroute puts the open decisions of a leaver to those who stand in, and shows IT what the person decided lately (edge case 19).
func (e *Engine) reroute(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[RerouteWork](er)
	if err != nil {
		return err
	}
	all, err := e.Store.Cases(ctx, "all")
	if err != nil {
		return fmt.Errorf("list cases: %w", err)
	}
	done := Change{Done: []ErrandRef{er.Ref()}}
	for _, c := range all {
		for _, a := range c.asks() {
			for _, p := range a.who {
				if p.ID == w.From {
					if err := e.rerouteAsked(ctx, c.ID, a.of, p, e.lang().Say("The person has left.")); err != nil {
						return err
					}
				}
			}
		}
	}
	if d, err := e.delegation(ctx, w.From); err != nil {
		return err
	} else if d != nil {
		if err := e.endDelegation(ctx, *d, Person{}, Change{}); err != nil {
			return err
		}
	}
	exit, err := e.Store.Case(ctx, er.Case)
	if err != nil {
		return unknownCase(e.lang(), er.Case, err)
	}
	if lately := decidedBy(e.lang(), all, w.From, e.Now().AddDate(0, 0, -reviewDays)); len(lately) > 0 {
		done.Add = append(done.Add, say(exit, "decided", exit.it(), e.lang().Say("%s: who has left decided on these cases in the last %s days: %s. Please have a look; \"status\" with a reference shows a case.", string(exit.ID), fmt.Sprint(reviewDays), strings.Join(lately, "; ")), e.Now()))
	}
	return e.Commit(ctx, done)
}

// reviewDays is how far back the decisions of somebody who leaves are shown to IT; reviewMost how many.
const (
	reviewDays = 30
	reviewMost = 30
)

// decidedBy lists what somebody decided since then: the reference and what it was, newest first. It names nobody, nor a case that those it is
// about must not learn of.
func decidedBy(lang texts.Language, cases []Case, id AccountID, since time.Time) []string {
	type line struct {
		at   time.Time
		text string
	}
	var lines []line
	unnamed := 0
	note := func(c Case, by, inPlaceOf AccountID, at time.Time, what string) {
		switch {
		case by != id && inPlaceOf != id || id == "" || at.Before(since):
		case c.secret(): // whoever reads this may be the one it is about
			unnamed++
		default:
			lines = append(lines, line{at, string(c.ID) + " (" + what + ")"})
		}
	}
	for _, c := range cases {
		if c.Kind != LeaverEvent || c.Event.Urgent {
			note(c, c.Approval.By.ID, c.Approval.For.ID, c.Approval.At, lang.Say("access %s", c.Approval.State))
		}
		for _, s := range c.Plan.Steps {
			so := c.SignOffs[s.Key]
			for _, v := range so.Votes {
				note(c, v.By.ID, v.For.ID, v.At, lang.Say("signed %s", s.Name))
			}
			if len(so.Votes) == 0 || so.State == "rejected" {
				note(c, so.By.ID, so.For.ID, so.At, so.State+" "+s.Name)
			}
			if _, st, ok := c.Step(s.Key); ok && st.State == StepLeftOut {
				note(c, st.By.ID, "", st.At, lang.Say("left out %s", s.Title))
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return b.at.Compare(a.at) })
	var out []string
	for _, l := range lines[:min(len(lines), reviewMost)] {
		out = append(out, l.text)
	}
	if more := len(lines) - len(out); more > 0 {
		out = append(out, lang.Say("and %d more", more))
	}
	if unnamed > 0 {
		out = append(out, lang.Say("%s on exits, deletions or corrections, which are not named here", count(lang, unnamed, "decision")))
	}
	return out
}

// rerouteAsked moves one thing that a case asks of somebody to others.
func (e *Engine) rerouteAsked(ctx context.Context, id CaseID, of string, from Person, why string) error {
	c, err := e.Store.Case(ctx, id)
	if err != nil {
		return unknownCase(e.lang(), id, err)
	}
	candidates, err := e.substitutes(ctx, c, of, from)
	if err != nil {
		return err
	}
	_, err = e.change(ctx, id, Change{}, func(c Case) (Change, error) {
		if !slices.ContainsFunc(c.asks(), func(a asks) bool { return a.of == of && holds(a.who, from.ID) }) {
			return Change{}, nil // it was decided meanwhile; what is open now is looked at next time
		}
		if of == ofApproval || of == ofSignOff {
			return decideReroute(c, of, from, why, candidates, e.Now()), nil
		}
		return decideReplace(c, of, from, why, candidates, e.Now()), nil
	})
	return err
}

// openAs is what the case asks people now: the approval or the sign-offs.
func (c Case) openAs() string {
	if c.Approval.State == "" {
		return ofApproval
	}
	return ofSignOff
}

// decideReroute takes an open decision from somebody. Somebody else is asked when nobody is left who could make it; nothing is ever
// skipped: when there is nobody at all, the owners are told and the decision stays open.
func decideReroute(c Case, of string, from Person, why string, candidates []Person, now time.Time) Change {
	if c.openAs() != of || !holds(c.askedAs(of), from.ID) {
		return Change{}
	}
	b := Rerouted{Of: of, From: from, Why: why}
	after, err := c.reroute(b)
	if err != nil {
		return Change{}
	}
	needed := after.short()
	if others := after.mayStandIn(of, slices.DeleteFunc(slices.Clone(candidates), func(p Person) bool { return p.ID == from.ID })); needed && len(others) > 0 {
		b.To = others[0]
	}
	ch := Change{Entries: []Entry{{Case: c.ID, At: now, Body: b}}}
	tell := func(to Recipient, text string) {
		ch.Add = append(ch.Add, say(c, "reroute/"+of+"/"+string(from.ID), to, text, now))
	}
	switch {
	case b.To.ID != "":
		tell(Recipient{Person: b.To.ID}, c.Lang.Say("%s cannot decide about %s any more, so the decision is now with you.", from.Name, c.line()))
		tell(Recipient{Person: c.HR().ID}, c.Lang.Say("%s cannot decide about %s any more. %s is asked instead.", from.Name, c.line(), b.To.Name))
	case needed && !c.Facts.InIT:
		tell(Recipient{Channel: "owners"}, c.Lang.Say("%s waits for a decision and nobody may take it. Please name a deputy in the policy, or hand it over.", string(c.ID)))
	case !needed:
		tell(Recipient{Person: c.HR().ID}, c.Lang.Say("%s cannot decide about %s any more. %s can.", from.Name, c.line(), names(c.Lang, after.askedAs(of))))
	}
	return ch
}

// short reports whether nobody is left who could make an open decision, or fill a seat that a round needs.
func (c Case) short() bool {
	if c.Approval.State == "" {
		return len(c.Approval.Holders) == 0
	}
	for _, s := range c.Plan.Steps {
		so, ok := c.SignOffs[s.Key]
		if _, st, there := c.Step(s.Key); !ok || so.State != "" || !there || st.State.Over() {
			continue
		}
		if len(c.signers(s)) == 0 {
			return true
		}
		round, votes := c.round(s), so.votes()
		if !round.All {
			continue
		}
		could := slices.Clone(votes) // everybody who is asked signs: is every seat filled then?
		for _, p := range c.signers(s) {
			v := Vote{By: p}
			for i, seat := range round.Seats {
				if holds(c.Signers, p.ID) || holds(seat.People, p.ID) {
					v.Seats = append(v.Seats, i)
				}
			}
			could = append(could, v)
		}
		if round.filled(could) < len(round.Seats) {
			return true
		}
	}
	return false
}

// watchDelegates ends the delegations to people who can no longer decide.
func (e *Engine) watchDelegates(ctx context.Context, open []Case, seen map[AccountID]decider) error {
	ended := map[AccountID]bool{}
	for _, c := range open {
		for _, s := range c.Delegated {
			if s.Over || ended[s.From.ID] {
				continue
			}
			d, known := seen[s.To.ID]
			if !known {
				var err error
				if d, err = e.decider(ctx, s.To.ID); err != nil {
					return err
				}
				seen[s.To.ID] = d
			}
			if d.gone == "" {
				continue
			}
			ended[s.From.ID] = true
			if err := e.endDelegation(ctx, Delegation{From: s.From, To: s.To, Until: s.Until}, Person{}, Change{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// awayKept is how long a look at somebody's automatic reply is good for.
const awayKept = 30 * time.Minute

// watchAway asks a deputy as well where all who hold a decision have an automatic reply, once the policy's working hours have passed.
// Where Muster may not read mailbox settings nobody is known to be away, and the ordinary escalation comes.
func (e *Engine) watchAway(ctx context.Context, open []Case) error {
	now := e.Now()
	for _, c := range open {
		of := c.openAs()
		asked, a := c.askedAs(of), c.asking(of)
		if len(asked) == 0 || c.Event.Urgent || a.Wider() || a.Escalate.IsZero() || !now.Before(a.Escalate) || now.Before(c.Site.AddWorkingHours(c.askedAt(), e.Policy.Reminders.AwayAfter)) {
			continue
		}
		away, err := e.allAway(ctx, asked)
		if err != nil || !away {
			if err != nil {
				return err
			}
			continue
		}
		candidates, err := e.standIns(ctx, c, of)
		if err != nil {
			return err
		}
		if _, err := e.change(ctx, c.ID, Change{}, func(c Case) (Change, error) { return decideAway(c, of, candidates, now), nil }); err != nil {
			return err
		}
	}
	return nil
}

// askedAt is when what is open now was asked.
func (c Case) askedAt() time.Time {
	at := c.Raised.At
	if c.Approval.State != "" {
		at = c.Approval.At
	}
	for _, so := range c.SignOffs {
		for _, v := range so.Votes {
			at = later(at, v.At)
		}
	}
	return at
}

// allAway reports whether everybody has an automatic reply in force. Each person is looked at every half hour at most.
func (e *Engine) allAway(ctx context.Context, ps []Person) (bool, error) {
	now := e.Now()
	for _, p := range ps {
		e.who.mu.Lock()
		last, looked := e.who.away[p.ID]
		if e.who.away == nil {
			e.who.away = map[AccountID]time.Time{}
		}
		e.who.away[p.ID] = now
		e.who.mu.Unlock()
		if looked && now.Sub(last) < awayKept && !now.Before(last) {
			e.who.mu.Lock()
			e.who.away[p.ID] = last
			e.who.mu.Unlock()
			return false, nil
		}
		reply, err := e.World.FetchReply(ctx, p.ID)
		switch {
		case err == nil && reply != "":
			continue
		case err != nil && CodeOf(err) != NotFound:
			e.Log.DebugContext(ctx, "automatic reply not read", slog.Any("error", err))
			if ctx.Err() != nil {
				return false, errors.Join(err, ctx.Err())
			}
		}
		return false, nil
	}
	return true, nil
}

// decideAway puts an open decision to the first who may stand in, as well, because those who hold it are away. The ordinary escalation
// keeps its time.
func decideAway(c Case, of string, candidates []Person, now time.Time) Change {
	return decideAsWell(c, of, candidates, "", now)
}

// decideAsWell is decideAway for those who cannot for another reason, in words such as "cannot be reached in Teams".
func decideAsWell(c Case, of string, candidates []Person, cannot string, now time.Time) Change {
	a := c.asking(of)
	others := c.mayStandIn(of, candidates)
	if c.Over() || c.openAs() != of || len(c.askedAs(of)) == 0 || a.Wider() || a.Escalate.IsZero() || len(others) == 0 {
		return Change{}
	}
	to, who := others[0], names(c.Lang, c.askedAs(of))
	why := orElse(cannot, c.Lang.Say("has an automatic reply"))
	is := orElse(cannot, c.Lang.Say("is away"))
	return Change{
		Entries: []Entry{{Case: c.ID, At: now, Body: Escalated{Of: of, To: to, Next: a.Escalate, Why: who + " " + why + "."}}},
		Add: []Errand{
			say(c, "away/"+of, Recipient{Person: to.ID}, c.Lang.Say("%s %s, so the decision about %s is now with you as well. Either of you may decide.", who, is, c.line()), now),
			say(c, "away/"+of, Recipient{Person: c.HR().ID}, c.Lang.Say("%s %s. %s is asked as well about %s.", who, is, to.Name, c.line()), now),
		},
	}
}
