package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"muster/flows/texts"
)

// rolesKept is how long a read of somebody's roles is believed: a removed HR person loses the right within a minute.
const rolesKept = time.Minute

// authority answers who holds which role, from the policy and the directory, with a short cache. Its zero value is ready.
type authority struct {
	mu    sync.Mutex
	known map[AccountID]standing
	ids   map[string]heldID       // group names and sign-in names of the policy -> object ids
	away  map[AccountID]time.Time // when somebody's automatic reply was last looked for
}

type standing struct {
	roles   Roles
	account Account
	at      time.Time
}

type heldID struct {
	id string
	at time.Time
}

// Standing is the person's account and roles as the directory has them now. Somebody who is not in the directory, is blocked or deleted
// holds nothing: that is a Denied error. When the directory does not answer it is Unavailable: nobody is waved through.
func (e *Engine) Standing(ctx context.Context, id AccountID) (Account, Roles, error) {
	if id == "" {
		return Account{}, nil, deny(e.lang().Say("I cannot tell who you are, so I cannot act on this."))
	}
	now := e.Now()
	e.who.mu.Lock()
	s, ok := e.who.known[id]
	e.who.mu.Unlock()
	if ok && now.Sub(s.at) < rolesKept && !now.Before(s.at) {
		return s.account, s.roles, nil
	}
	return e.standingNow(ctx, id)
}

// standingNow is Standing without the cache, which it fills.
func (e *Engine) standingNow(ctx context.Context, id AccountID) (Account, Roles, error) {
	now := e.Now()
	a, err := e.World.FetchAccount(ctx, string(id))
	if CodeOf(err) == NotFound {
		e.forget(id)
		return Account{}, nil, deny(e.lang().Say("You are not in the directory of %s, so I cannot act on this.", e.Policy.Organisation))
	}
	if err != nil {
		return Account{}, nil, fmt.Errorf("read standing: %w", unsure(e.lang(), err))
	}
	if !a.Enabled || a.Deleted {
		e.forget(id)
		return Account{}, nil, deny(e.lang().Say("Your account is blocked, so I cannot act on this."))
	}
	roles, err := e.rolesOf(ctx, a)
	if err != nil {
		return Account{}, nil, fmt.Errorf("read standing: %w", unsure(e.lang(), err))
	}
	e.who.mu.Lock()
	defer e.who.mu.Unlock()
	if e.who.known == nil || len(e.who.known) > 10000 {
		e.who.known = map[AccountID]standing{}
	}
	e.who.known[id] = standing{roles, a, now}
	return a, roles, nil
}

// forget drops what was known of somebody who has lost their standing.
func (e *Engine) forget(id AccountID) {
	e.who.mu.Lock()
	defer e.who.mu.Unlock()
	delete(e.who.known, id)
}

func unsure(lang texts.Language, err error) error {
	return &Error{Code: Unavailable, Say: lang.Say("I could not check with Microsoft 365 who may do this. Nothing was changed; please try again in a minute."), Err: err}
}

func (e *Engine) rolesOf(ctx context.Context, a Account) (Roles, error) {
	groups := map[string][]Role{}
	roles := Roles{}
	for role, h := range e.Policy.Roles.all() {
		for _, p := range h.People {
			if strings.EqualFold(p, string(a.ID)) || strings.EqualFold(p, a.UPN) {
				roles[role] = true
			}
		}
		for _, g := range h.Groups {
			id, err := e.groupID(ctx, g)
			if err != nil {
				return nil, err
			}
			groups[id] = append(groups[id], role)
		}
	}
	for _, p := range e.Policy.Fallback.Deputies {
		if strings.EqualFold(p, string(a.ID)) || strings.EqualFold(p, a.UPN) {
			roles[Deputy] = true
		}
	}
	for _, g := range e.Policy.signingGroups() {
		switch id, err := e.groupID(ctx, g); {
		case CodeOf(err) == NotFound: // nobody is in it
		case err != nil:
			return nil, err
		default:
			groups[id] = append(groups[id], inGroup(g))
		}
	}
	var ids []string
	for id := range groups {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return roles, nil
	}
	for some := range slices.Chunk(ids, 20) {
		in, err := e.World.MemberOf(ctx, a.ID, some)
		if err != nil {
			return nil, err
		}
		for _, id := range in {
			for _, r := range groups[id] {
				roles[r] = true
			}
		}
	}
	return roles, nil
}

func (r RoleHolders) all() map[Role]Holders {
	return map[Role]Holders{HR: r.HR, IT: r.IT, Approver: r.Approver, Owner: r.Owner}
}

// groupID is a group's object id by the name in the policy; kept for ten minutes.
func (e *Engine) groupID(ctx context.Context, name string) (string, error) {
	now := e.Now()
	e.who.mu.Lock()
	h, ok := e.who.ids[name]
	e.who.mu.Unlock()
	if ok && now.Sub(h.at) < 10*time.Minute && !now.Before(h.at) {
		return h.id, nil
	}
	g, err := e.World.FindGroup(ctx, name)
	if err != nil {
		return "", fmt.Errorf("find group of the policy: %w", err)
	}
	e.who.mu.Lock()
	defer e.who.mu.Unlock()
	if e.who.ids == nil {
		e.who.ids = map[string]heldID{}
	}
	e.who.ids[name] = heldID{g.ID, now}
	return g.ID, nil
}

// mayApprove is the duty separation of the manager's decision, computed from the person who presses.
func mayApprove(c Case, by Person) error {
	switch {
	case !holds(c.Approval.Holders, by.ID):
		return deny(c.Lang.Say("This decision is with %s.", names(c.Lang, c.Deciders())))
	case by.ID == c.Raised.Person.ID:
		return deny(c.Lang.Say("You confirmed this people event, so somebody else must decide on the access."))
	case c.Account != "" && by.ID == c.Account:
		return deny(c.Lang.Say("Nobody decides on their own access."))
	}
	return nil
}

// maySignOff is the duty separation of an elevated step's decision. Who was asked because of a role must hold it still.
func maySignOff(c Case, s Step, by Person, roles Roles) error {
	if err := signsTwice(c, s, by); err != nil {
		return err
	}
	if c.SignOffs[s.Key].State == "" && len(c.seats(s, by.ID, roles)) == 0 {
		return deny(c.Lang.Say("This needs the sign-off of %s.", names(c.Lang, c.signers(s))))
	}
	return nil
}

// signsTwice is why somebody may not sign off a step whatever they hold.
func signsTwice(c Case, s Step, by Person) error {
	switch {
	case by.ID == c.Raised.Person.ID:
		return deny(c.Lang.Say("You confirmed this people event, so somebody else must sign this off."))
	case c.Kind == MoverEvent && (by.ID == c.Release.By.ID || by.ID == c.Release.For.ID), s.Exception != nil && by.ID == s.Exception.By.ID:
		return deny(c.Lang.Say("You decided on what goes, so somebody else must sign this off."))
	case s.Phase == Back && slices.ContainsFunc(c.ComeBack.By, func(b By) bool { return b.Person.ID == by.ID }):
		return deny(c.Lang.Say("You confirmed the return, so somebody else must sign this off."))
	case by.ID == c.Approval.By.ID, by.ID == c.Approval.For.ID:
		return deny(c.Lang.Say("You decided on this as the manager, so somebody else must sign it off."))
	case c.Account != "" && by.ID == c.Account:
		return deny(c.Lang.Say("Nobody decides on their own access."))
	case c.decidedOn(s.Key, by.ID):
		return deny(c.Lang.Say("You signed this already, so somebody else must give the next signature."))
	}
	return nil
}

// mayWaive is the rule of the second person: not the one who asked for it, and not the subject.
func mayWaive(c Case, st StepStatus, by Person, roles Roles) error {
	switch {
	case !rightTo(c.Lang, VerbWaiveAgree).held(roles):
		return deny(c.Lang.Say("Only IT or an owner can agree to leave a step out."))
	case st.Waive.Person.ID == by.ID:
		return deny(c.Lang.Say("You asked for this, so a second person must agree."))
	case c.Account != "" && by.ID == c.Account:
		return deny(c.Lang.Say("Nobody decides on their own access."))
	}
	return nil
}

func holds(ps []Person, id AccountID) bool {
	for _, p := range ps {
		if p.ID == id {
			return true
		}
	}
	return false
}

func names(lang texts.Language, ps []Person) string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Name)
	}
	if len(out) == 0 {
		return lang.Say("somebody else")
	}
	return strings.Join(out, lang.Say(" or "))
}
