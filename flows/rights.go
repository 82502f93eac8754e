package flows

import (
	"context"
	"slices"
	"time"

	"muster/flows/texts"
)

// Right is one row of the table of who may do what: those who hold one of the roles, and those who stand so to what it is about. Whoever is
// not named by the row of a command, a button, a file or a message may not do it.
type Right struct {
	Does  string   // what it does, for people
	Roles []Role   // any of these
	Or    Relation // or, beside the roles, whoever stands so to the case, the form or the list
	And   Relation // and of those who hold a role only whoever stands so
	Never []Bar    // whoever they are else
	Deny  string   // the sentence for whoever holds none of the roles; rows with a relation mostly have one of their own
	Then  string   // who else has to agree before anything happens

	// Fresh says that the roles are read anew for it, whatever was read a moment ago: what it does cannot be undone, or widens access.
	Fresh bool
	// Shows says that it changes nothing: while the directory is silent it goes on for staleKept from what was known.
	Shows bool
}

// Relation is how somebody stands to what a right is about. Its text is for people.
type Relation string

// The relations. Each is worked out on the server from who presses, never from the card.
const (
	isAnybody    Relation = "everybody in the directory whose account is not blocked"
	isAsked      Relation = "who is asked for the manager's decision, or stands in for them"
	isAskedSelf  Relation = "who is asked for the manager's decision, in person"
	isSigner     Relation = "who is asked to sign, or stands in for them; a role or a group as it is now"
	isReleaser   Relation = "who is asked what goes, or stands in for them; an approver for what silence left to them"
	isKeeper     Relation = "who keeps it"
	isReturner   Relation = "who is asked to confirm the return"
	isManager    Relation = "the manager who decided, or to whom the person reports"
	isPassHolder Relation = "the manager who decided, or to whom the person reports unless they confirmed the event"
	isContract   Relation = "who is asked about the contract"
	isExtension  Relation = "who is asked to agree: HR to what the manager wants, the manager to what HR wants"
	isStepOwner  Relation = "whose step it is; HR for a step of HR"
	isReader     Relation = "who decides on the case, or did"
	isChanger    Relation = "who asked for the change"
	isWriter     Relation = "whose form, list, check or delegation it is"
	isConfirmer  Relation = "for an event about the one who wrote it, HR or else their manager"
	isInvited    Relation = "whom the question was put to"
	ofTheirs     Relation = "the manager of the person that is asked about"
	isSecond     Relation = "HR or an owner, once it waits for a second person"
	isBackAsked  Relation = "who is asked before the return"
)

// Bar is somebody who may not do it, whatever they hold. Its text is for people.
type Bar string

// The bars of duty separation.
const (
	notSubject Bar = "the person it is about"
	notRaiser  Bar = "who confirmed the event"
	notTwice   Bar = "who decided on another part of it, or in whose place that was decided"
	notAsker   Bar = "who asked for it"
	notKept    Bar = "whoever must not learn of the case"
	notGuest   Bar = "a guest without a role"
)

// Rows of the table that are neither a command nor a button.
const (
	doLists      = "a list of people"     // sent as a message or as a file
	doPopulation = "a list of everybody"  // sent as a file, with the word "population"
	doPolicy     = "a policy"             // sent as a file, with the word "policy"
	doFind       = "the people picker"    // search as you type
	doStatusOf   = "status of one case"   // "status" with a reference or a name
	doWhyAny     = "why, about everybody" // "why" about people who do not report to the one who asks
	doPauseWhy   = "the reason of a pause"
	doUrgent     = "the buttons of an approval, on an urgent exit"
	doEvent      = "an event of another system" // the person it is put to
	doITSteps    = "what waits for IT"
	doOnDeletion = "the buttons of an approval, on a deletion"
)

// file is the row of a kind of file.
func (k FileKind) right(lang texts.Language) string { return lang.Say("file: %s", string(k)) }

// rightTo is the row of what is done. What is not in the table nobody may do.
func rightTo(lang texts.Language, what string) Right {
	r, ok := rightsTable[what]
	if !ok {
		r.Deny = lang.Say("I do not know this, so I did nothing. Write \"help\" to see what you can do here.")
	}
	r.Deny = lang.Word(r.Deny)
	return r
}

// held reports whether somebody holds one of the roles of the row.
func (r Right) held(roles Roles) bool { return roles.Any(r.Roles...) }

// byRole is the sentence for somebody who holds none of the roles of a row that asks for one.
func (r Right) byRole(roles Roles) error {
	if !r.held(roles) {
		return deny(r.Deny)
	}
	return nil
}

// right is the row of a press. What the buttons of the manager's decision mean depends on the case: on an urgent exit they are the second
// person's, who must hold a role, and a deletion has buttons of its own, so that a press on another card's is nobody's.
func (t Turn) right(c Case) Right {
	switch t.Verb {
	case VerbApprove, VerbReject, VerbAsk, VerbHandOver:
		switch c.Kind {
		case LeaverEvent:
			return rightTo(c.Lang, doUrgent)
		case DeletionEvent:
			return rightTo(c.Lang, doOnDeletion)
		}
	}
	return rightTo(c.Lang, t.Verb)
}

// may holds a press on a case against the table: the roles, how the presser stands to the case, and what bars them. It is asked of every
// decision that a rule has allowed, so that a rule which forgets somebody is not the last word.
func (t Turn) may(c Case, roles Roles) error {
	r := t.right(c)
	for _, b := range r.Never {
		if b.hits(c, t) {
			return deny(c.Lang.Say("You may not decide on this: that is for others than %s.", string(b)))
		}
	}
	switch {
	case r.held(roles) && (r.And == "" || r.And.holds(c, t, roles)):
		return nil
	case r.Or != "" && r.Or.holds(c, t, roles):
		return nil
	}
	return deny(orElse(r.Deny, c.Lang.Say("This decision is with somebody else.")))
}

// holds reports whether the presser stands so to the case.
func (rel Relation) holds(c Case, t Turn, roles Roles) bool {
	by := t.By.ID
	s, _, _ := c.Step(t.Step)
	switch rel {
	case isAnybody:
		return true
	case isAsked:
		inPlaceOf, err := t.approver(c)
		return err == nil && t.stillAsked(c.Approval.Holders, inPlaceOf, roles)
	case isAskedSelf:
		return holds(c.Approval.Holders, by) && t.stillAsked(c.Approval.Holders, Person{}, roles)
	case isSigner:
		keys := t.Ticked
		if t.Step != "" {
			keys = []StepKey{t.Step}
		}
		return len(keys) > 0 && !slices.ContainsFunc(keys, func(k StepKey) bool {
			s, _, _ := c.Step(k)
			_, _, err := t.signer(c, s, roles)
			return err != nil
		})
	case isReleaser:
		if c.Release.open() {
			inPlaceOf, err := t.releaser(c)
			return err == nil && t.stillAsked(c.Release.Holders, inPlaceOf, roles)
		}
		return len(t.leftTo(c, roles)) > 0
	case isKeeper:
		return s.Exception != nil && c.Keeper(s).ID == by
	case isReturner:
		return holds(c.Returners(), by) || holds(c.ComeBack.StandIns, by) && t.stillAsked(c.ComeBack.StandIns, Person{}, roles)
	case isBackAsked:
		return holds(c.Return.Holders, by) && t.stillAsked(c.Return.Holders, Person{}, roles)
	case isManager:
		return by == c.Manager().ID || by == c.Event.Manager.ID
	case isPassHolder:
		return by == c.Manager().ID || by == c.Event.Manager.ID && by != c.Raised.Person.ID
	case isContract:
		return c.Contract != nil && c.Contract.Manager.ID == by && t.stillAsked([]Person{c.Contract.Manager}, Person{}, roles)
	case isExtension:
		if c.Contract == nil || c.Contract.Wish == nil {
			return false
		}
		to := c.Contract.Wish.To.ID
		return to == by || to == "" && roles.Any(HR)
	case isStepOwner:
		return c.ownerOf(s).Person == by || s.Owner == string(HR) && roles.Any(HR)
	case isReader:
		return by == c.Event.Manager.ID || by == c.Approval.By.ID || holds(c.Deciders(), by) || holds(c.Approval.Former, by) || holds(c.Return.Holders, by)
	case isChanger, isSecond:
		ch, ok := c.Change(t.Step)
		return ok && (rel == isChanger && ch.By.ID == by || rel == isSecond && ch.State == "agreed" && roles.Any(HR, Owner))
	}
	return false // the others are worked out where the form, the list or the question is
}

// stillAsked reports whether somebody who was asked by a role holds it at the press, or who asked them to stand in does. Who is asked in person
// needs none.
func (t Turn) stillAsked(asked []Person, inPlaceOf Person, roles Roles) bool {
	id := t.By.ID
	for _, b := range t.behalf {
		if b.ID == inPlaceOf.ID {
			id, roles = b.ID, b.roles
		}
	}
	return !slices.ContainsFunc(asked, func(p Person) bool { return p.ID == id && p.As != "" && !roles.Any(p.As) })
}

// hits reports whether the presser is somebody who may not. Nobody is barred by a part of the case that is empty.
func (b Bar) hits(c Case, t Turn) bool {
	by := t.By.ID
	switch b {
	case notSubject:
		return c.Account != "" && by == c.Account
	case notRaiser:
		return by == c.Raised.Person.ID
	case notKept:
		return c.secretFrom(by)
	case notTwice:
		s, _, ok := c.Step(t.Step)
		return ok && signsTwice(c, s, t.By) != nil
	case notAsker:
		switch t.Verb {
		case VerbWaiveAgree:
			_, st, _ := c.Step(t.Step)
			return st.Waive.Person.ID == by
		case VerbChangeSecond:
			ch, ok := c.Change(t.Step)
			return ok && (ch.By.ID == by || ch.Agreed.Person.ID == by)
		case VerbExtendAgree, VerbExtendDeny:
			return c.Contract != nil && c.Contract.Wish != nil && c.Contract.Wish.By.ID == by
		}
	}
	return false
}

// rightOf is the row of a press, and whether it is the second yes to an urgent exit. Which case a press is about decides that for one
// button; when it cannot be read, the stricter row holds.
func (e *Engine) rightOf(ctx context.Context, t Turn) (row Right, urgent bool) {
	if t.Verb != VerbApprove && t.Verb != VerbReject {
		return rightTo(e.lang(), t.Verb), false
	}
	c, err := e.Store.Case(ctx, t.Case)
	if err != nil && CodeOf(err) != NotFound {
		return rightTo(e.lang(), doUrgent), false
	}
	return t.right(c), c.Event.Urgent
}

// right is the row of a command.
func (c Command) right() string {
	if c.Name == CmdStatus && c.Rest != "" {
		return doStatusOf
	}
	return c.Name
}

// staleKept is how long what was known of somebody's standing still lets them read, while the directory does not answer.
const staleKept = 5 * time.Minute

// standingFor is the standing of somebody who is about to do something: read anew where the row says so, and while the directory is silent
// for what only shows things from what was known a short while ago. For everything else that is Unavailable, and nothing happens.
func (e *Engine) standingFor(ctx context.Context, id AccountID, r Right) (Account, Roles, error) {
	if id == "" || !r.Fresh {
		a, roles, err := e.Standing(ctx, id)
		if s, ok := e.lately(id); ok && r.Shows && CodeOf(err) == Unavailable {
			return s.account, s.roles, nil
		}
		return a, roles, err
	}
	return e.standingNow(ctx, id)
}

// lately is what was known of somebody within staleKept.
func (e *Engine) lately(id AccountID) (standing, bool) {
	e.who.mu.Lock()
	defer e.who.mu.Unlock()
	s, ok := e.who.known[id]
	now := e.Now()
	return s, ok && now.Sub(s.at) < staleKept && !now.Before(s.at)
}

// urgently says what people can do themselves where an urgent exit cannot go on because Microsoft 365 does not answer.
func urgently(lang texts.Language, urgent bool, err error) error {
	if !urgent || CodeOf(err) != Unavailable {
		return err
	}
	return &Error{Code: Unavailable, Err: err, Say: lang.Say("Microsoft 365 does not answer, so I could not check who may do this, and could not block the sign-in either. Nothing was changed. Please try again in a minute. If it does not answer then, IT can block the sign-in in the Entra admin centre as soon as that opens.")}
}
