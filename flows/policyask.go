package flows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// MostPolicyBytes is the largest file that is read as a policy.
const MostPolicyBytes = maxPolicyBytes

// PolicyView is a proposal as one owner sees it.
type PolicyView struct {
	Proposal Proposal
	Changes  []PolicyChange
	Unclear  bool     // what is different cannot be told: the policy in force cannot be read any more
	Cases    []CaseID // of those it touches, the ones that the reader may know of
	Reader   AccountID
	Zone     *time.Location
	At       time.Time
}

// proposal reads a proposal. One that is not known has no state.
func (e *Engine) proposal(ctx context.Context, ref string) (Proposal, error) {
	if !isProposal(CaseID(ref)) {
		return Proposal{}, nil
	}
	recs, err := e.Store.Records(ctx, CaseID(ref))
	if err != nil {
		return Proposal{}, fmt.Errorf("read proposal %s: %w", ref, err)
	}
	p, _ := proposalOf(recs)
	return p, nil
}

// openProposal is the proposal that waits for an owner or for its file; without a state when there is none.
func (e *Engine) openProposal(ctx context.Context) (Proposal, error) {
	ref, err := e.Store.Recall(ctx, proposalNow)
	if CodeOf(err) == NotFound {
		return Proposal{}, nil
	}
	if err != nil {
		return Proposal{}, fmt.Errorf("recall the proposal: %w", err)
	}
	p, err := e.proposal(ctx, string(ref))
	if err != nil || !p.Open() {
		return Proposal{}, err
	}
	return p, nil
}

func policySlot(ref string, to AccountID) Slot {
	return Slot{Case: CaseID(ref), Card: CardPolicy, To: Recipient{Person: to}}
}

// cards make every card of the proposal true.
func (p Proposal) cards(now time.Time) []Errand {
	to := p.Asked
	if p.By.ID != "" {
		to = withPeople([]Person{p.By}, p.Asked...)
	}
	var out []Errand
	for _, who := range to {
		s := policySlot(p.Ref, who.ID)
		out = append(out, Errand{Key: CardErrand + "/" + s.Key(), Kind: CardErrand, Case: s.Case, Lane: "card/" + s.Key(), Due: now.UTC(), Body: errandBody(s)})
	}
	return out
}

// tellOwners says a sentence about the proposal in the owners' channel, once.
func (p Proposal) tellOwners(channels Channels, why, text string, now time.Time) []Errand {
	if channels.Owners == "" {
		return nil
	}
	return []Errand{{
		Key: SayErrand + "/" + p.Ref + "/" + why, Kind: SayErrand, Case: p.Stream(), Due: now.UTC(), Body: errandBody(SayWork{To: Recipient{Channel: ownersPlace}, Text: text}),
	}}
}

// tell says a sentence to the one who proposed it.
func (p Proposal) tell(why, text string, now time.Time) []Errand {
	if p.By.ID == "" {
		return nil
	}
	return []Errand{{
		Key: SayErrand + "/" + p.Ref + "/" + why + "/by", Kind: SayErrand, Case: p.Stream(), Due: now.UTC(), Body: errandBody(SayWork{To: Recipient{Person: p.By.ID}, Text: text}),
	}}
}

func (p Proposal) entry(now time.Time, by AccountID, b Body) Entry {
	return Entry{Case: p.Stream(), At: now, By: by, Body: b}
}

// answerPolicy answers the word without a file: the proposal that waits, the one that is named, or how to make one.
func (e *Engine) answerPolicy(ctx context.Context, t Turn, _ Account, _ Roles, cmd Command) (Reply, error) {
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please write this to me in our own chat: others read along here."))
	}
	p, err := e.openProposal(ctx)
	if ref := proposalRef(cmd.Rest); err == nil && ref != "" {
		if p, err = e.proposal(ctx, ref); err == nil && p.State == "" {
			err = gone(e.lang().Say("I know no proposal %s.", ref))
		}
	}
	switch {
	case err != nil:
		return Reply{}, err
	case p.State != "":
		v, err := e.policyView(ctx, p, t.By.ID)
		return Reply{View: v}, err
	}
	return Reply{Text: e.lang().Say("No change of the policy waits. To propose one, send me the whole policy file in our own chat, with the word \"policy\". I check it, show you what would change and whom it touches, and put it to another owner once you say why.")}, nil
}

// BeginPolicy says whether somebody may propose a policy, before the file is fetched or read, and gives the proposal that this turn made already.
func (e *Engine) BeginPolicy(ctx context.Context, t Turn) (Reply, error) {
	row := rightTo(e.lang(), doPolicy)
	_, roles, err := e.standingFor(ctx, t.By.ID, row)
	switch {
	case err != nil:
		return Reply{}, err
	case !row.held(roles):
		return Reply{}, deny(row.Deny)
	case !t.Personal:
		return Reply{}, invalid(e.lang().Say("Please send this to me in our own chat: others read along here."))
	case e.File == nil:
		return Reply{}, invalid(e.lang().Say("I cannot put a policy in place here. Change the file where Muster runs, and start Muster again."))
	}
	p, err := e.proposal(ctx, newProposal(t.Key))
	if err != nil || p.State == "" {
		return Reply{}, err
	}
	return Reply{Slot: policySlot(p.Ref, t.By.ID)}, nil
}

// AnswerPolicy checks a file that an owner sent and, when it is good, shows them what it would change. Nothing is kept of a file that is not.
// It may be called again for the same turn: the same proposal.
func (e *Engine) AnswerPolicy(ctx context.Context, t Turn, file string, text []byte) (Reply, error) {
	if r, err := e.BeginPolicy(ctx, t); err != nil || r.Slot.Case != "" {
		return r, err
	}
	a, _, err := e.standingFor(ctx, t.By.ID, rightTo(e.lang(), doPolicy))
	if err != nil {
		return Reply{}, err
	}
	next, err := readProposed(e.lang(), text)
	if err != nil {
		return Reply{}, err
	}
	if next.Hash() == e.Policy.Hash() {
		return Reply{}, invalid(e.lang().Say("This is the policy that is in force already, so there is nothing to propose."))
	}
	owners, err := e.everyone(ctx, e.Policy.Roles.Owner)
	if err != nil {
		return Reply{}, err
	}
	if len(withoutPerson(owners, a.ID)) == 0 {
		return Reply{}, deny(noOtherOwner)
	}
	here, err := e.fileHash(ctx)
	if err != nil {
		return Reply{}, err
	}
	if here != e.Policy.Hash() {
		return Reply{}, moved(e.lang().Say("The policy's file was changed where Muster runs, and that is not decided on yet. I put it to the owners within a minute; please decide on that first."))
	}
	reach, err := e.wouldDo(ctx, next, a.ID)
	if err != nil {
		return Reply{}, err
	}
	if err := e.File.Ready(ctx, next); err != nil {
		return Reply{}, notReady(e.lang(), err)
	}
	now := e.Now()
	p := Proposal{PolicyRead: PolicyRead{
		Ref: newProposal(t.Key), Policy: next.Hash(), Was: e.Policy.Hash(), By: a.Person(), File: cutText(clean(file), 100), Size: len(text), Reach: reach,
	}}
	err = e.Commit(ctx, Change{
		Turn: "policy/" + t.Key, Entries: []Entry{p.entry(now, t.By.ID, p.PolicyRead)}, Memos: []Memo{{Key: PolicyKey + p.Policy, Value: text}}, Add: p.cards(now),
	})
	if err != nil && CodeOf(err) != Seen {
		return Reply{}, err
	}
	return Reply{Slot: policySlot(p.Ref, a.ID)}, nil
}

// readProposed is ParsePolicy with the problems as one answer.
func readProposed(lang texts.Language, text []byte) (*Policy, error) {
	next, err := ParsePolicy(lang.Say("the file"), text)
	if bad, ok := errors.AsType[*PolicyProblems](err); ok {
		var wrong []string
		for _, p := range bad.Problems {
			wrong = append(wrong, lang.Say("line %d, column %d: %s", p.Line, p.Column, cutText(p.Say, 300)))
		}
		return nil, tooWrong(lang.Say("This is not a policy that I could use, so I kept nothing of it. Please mend it and send it again:"), wrong)
	}
	return next, err
}

// wouldDo is whom a policy touches. One that names what is not in the tenant, or locks out whoever is needed, is refused with all that is
// wrong with it.
func (e *Engine) wouldDo(ctx context.Context, next *Policy, by AccountID) (PolicyReach, error) {
	wrong, err := CheckTenant(ctx, e.World, next)
	if err != nil {
		return PolicyReach{}, unsure(e.lang(), err)
	}
	if len(wrong) > 0 {
		return PolicyReach{}, tooWrong(e.lang().Say("The policy names what is not in the tenant, so I kept nothing of it:"), wrong)
	}
	was, err := e.staffing(ctx, e.Policy)
	if err != nil {
		return PolicyReach{}, err
	}
	is, err := e.staffing(ctx, next)
	if err != nil {
		return PolicyReach{}, err
	}
	empty, err := e.emptyGroups(ctx, next)
	if err != nil {
		return PolicyReach{}, err
	}
	if wrong = append(is.lockouts(by), empty...); len(wrong) > 0 {
		return PolicyReach{}, tooWrong(e.lang().Say("This policy would leave nobody for what must be done, so I did not take it:"), wrong)
	}
	return e.policyReach(ctx, was, is, next)
}

// notReady is what an owner reads when the file could not be put in place, or not be used.
func notReady(lang texts.Language, err error) error {
	if CodeOf(err) == Internal {
		return &Error{Code: Invalid, Err: err, Say: lang.Say("The policy's file cannot be written where Muster runs, so nobody is asked. Change the file there, or where it is deployed from: I put it to an owner within a minute.")}
	}
	return err
}

// FetchPolicy reads what an owner's card shows.
func (e *Engine) FetchPolicy(ctx context.Context, s Slot) (PolicyView, error) {
	p, err := e.proposal(ctx, string(s.Case))
	if err == nil && p.State == "" {
		err = gone(e.lang().Say("I do not know this proposal."))
	}
	if err != nil {
		return PolicyView{}, err
	}
	return e.policyView(ctx, p, s.To.Person)
}

func (e *Engine) policyView(ctx context.Context, p Proposal, reader AccountID) (PolicyView, error) {
	v := PolicyView{Proposal: p, Reader: reader, Zone: e.home(), At: e.Now()}
	was, err := e.keptPolicy(ctx, p.Was)
	if err != nil {
		return v, err
	}
	is, err := e.keptPolicy(ctx, p.Policy)
	if err != nil {
		return v, err
	}
	if v.Unclear = was == nil || is == nil; !v.Unclear {
		if v.Changes, err = DiffPolicies(was, is); err != nil {
			return v, err
		}
	}
	for _, id := range p.Reach.Cases {
		c, err := e.Store.Case(ctx, id)
		if CodeOf(err) == NotFound {
			continue // erased
		}
		if err != nil {
			return v, fmt.Errorf("read case %s: %w", id, err)
		}
		if c.hiddenFrom(reader) == nil {
			v.Cases = append(v.Cases, id)
		}
	}
	return v, nil
}

// keptPolicy is a policy whose text was kept; nil when it was not, or cannot be read by this version of Muster.
func (e *Engine) keptPolicy(ctx context.Context, hash string) (*Policy, error) {
	if hash == e.Policy.Hash() {
		return e.Policy, nil
	}
	text, err := e.Store.Recall(ctx, PolicyKey+hash)
	if CodeOf(err) == NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("recall a policy: %w", err)
	}
	p, err := ParsePolicy(e.lang().Say("the policy"), text)
	if err != nil {
		return nil, nil //nolint:nilerr // what an earlier version took and this one does not is shown as unclear
	}
	return p, nil
}

// onPolicy reports whether the press is on the card of a proposal.
func (t Turn) onPolicy() bool { return strings.HasPrefix(t.Verb, "policy.") }

// pressPolicy takes a press on the card of a proposal. What it writes is one commit, with the press.
func (e *Engine) pressPolicy(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	if err := rightTo(e.lang(), t.Verb).byRole(roles); err != nil {
		return Reply{}, err
	}
	e.policing.Lock()
	defer e.policing.Unlock()
	p, err := e.proposal(ctx, t.Draft)
	if err != nil {
		return Reply{}, err
	}
	now := e.Now()
	decide := map[string]func(context.Context, Turn, Proposal, time.Time) (Change, error){
		VerbPolicyPropose: e.propose, VerbPolicyAgree: e.agreePolicy, VerbPolicyRefuse: e.refusePolicy, VerbPolicyWithdraw: e.withdrawPolicy,
	}[t.Verb]
	ch, err := decide(ctx, t, p, now)
	if err != nil {
		return Reply{}, err
	}
	ch.Turn, ch.Entries = t.Key, append([]Entry{t.heard(p.Stream(), now)}, ch.Entries...)
	if err := e.Commit(ctx, ch); err != nil && CodeOf(err) != Seen {
		return Reply{}, err
	}
	return e.presentPolicy(ctx, t)
}

func (e *Engine) presentPolicy(ctx context.Context, t Turn) (Reply, error) {
	s := policySlot(t.Draft, t.By.ID)
	v, err := e.FetchPolicy(ctx, s)
	return Reply{View: v, Slot: s}, err
}

// propose puts a proposal to the other owners. It takes the place of one that waits.
func (e *Engine) propose(ctx context.Context, t Turn, p Proposal, now time.Time) (Change, error) {
	owners, err := e.everyone(ctx, e.Policy.Roles.Owner)
	if err != nil {
		return Change{}, err
	}
	b, err := decidePropose(e.lang(), p, t, e.Policy.Hash(), owners, e.stale(now))
	if err != nil {
		return Change{}, err
	}
	return e.putToOwners(ctx, p, b, now)
}

// stale is until when a proposal stands that is made now.
func (e *Engine) stale(now time.Time) time.Time {
	loc := e.home()
	return e.Policy.home().AddWorkingDays(DateOf(now.In(loc)), stalesAfter).At(loc, 17, 30).UTC()
}

func (e *Engine) putToOwners(ctx context.Context, p Proposal, b PolicyProposed, now time.Time) (Change, error) {
	open, err := e.openProposal(ctx)
	if err != nil {
		return Change{}, err
	}
	ch := Change{Memos: []Memo{{Key: proposalNow, Value: []byte(p.Ref)}}}
	if open.State == ProposalAgreed {
		return ch, moved(e.lang().Say("A policy that the owners agreed to is being put in place just now. Nothing was proposed; please look at what is in force in a minute, and send the file again."))
	}
	if open.State != "" {
		ch.Entries = append(ch.Entries, open.entry(now, b.By.ID, PolicyLapsed{Ref: open.Ref, Why: e.lang().Say("a newer proposal took its place.")}))
		ch.Add = append(ch.Add, open.cards(now)...)
		ch.Drop = append(ch.Drop, StaleErrand+"/"+open.Ref)
	}
	p.Asked = b.Asked
	ch.Entries = append(ch.Entries, p.entry(now, b.By.ID, b))
	ch.Add = append(ch.Add, p.cards(now)...)
	ch.Add = append(ch.Add, p.ending(e.remindStale(now)))
	text := e.lang().Say("%s proposes a change of the policy (%s). Every other owner has it in their own chat with me; one of them must agree before it is in force.", b.By.Name, p.Ref)
	if p.Found {
		text = e.lang().Say("The policy's file was changed where Muster runs (%s). It is not used as it is: every owner has it in their own chat with me, and one must agree. Whoever starts Muster anew before that puts it in force without an owner.", p.Ref)
	}
	ch.Add = append(ch.Add, p.tellOwners(e.Policy.Channels, "proposed", text, now)...)
	return ch, nil
}

// agreePolicy is a second owner's yes. What the proposal was checked for is checked again, as days may have passed.
func (e *Engine) agreePolicy(ctx context.Context, t Turn, p Proposal, now time.Time) (Change, error) {
	b, err := decidePolicy(e.lang(), p, t, e.Policy.Hash(), true)
	if err != nil {
		return Change{}, err
	}
	next, err := e.keptPolicy(ctx, p.Policy)
	if err != nil {
		return Change{}, err
	}
	if next == nil || e.File == nil {
		return Change{}, moved(e.lang().Say("I cannot put this policy in place any more. Nothing was decided; please send me the file again."))
	}
	if _, err := e.wouldDo(ctx, next, p.By.ID); err != nil {
		return Change{}, err
	}
	if err := e.File.Ready(ctx, next); err != nil {
		return Change{}, notReady(e.lang(), err)
	}
	return Change{
		Entries: []Entry{p.entry(now, t.By.ID, b)}, Drop: []string{StaleErrand + "/" + p.Ref},
		Add: append(p.cards(now), p.placing(now)),
	}, nil
}

// placing is the errand that makes the file what was decided.
func (p Proposal) placing(due time.Time) Errand {
	return Errand{Key: PlaceErrand + "/" + p.Ref, Kind: PlaceErrand, Case: p.Stream(), Lane: PlaceErrand, Due: due.UTC(), Body: errandBody(PolicyWork{p.Ref})}
}

// refusePolicy is an owner's no. A file that was changed where Muster runs is put back.
func (e *Engine) refusePolicy(_ context.Context, t Turn, p Proposal, now time.Time) (Change, error) {
	b, err := decidePolicy(e.lang(), p, t, e.Policy.Hash(), false)
	if err != nil {
		return Change{}, err
	}
	ch := Change{
		Entries: []Entry{p.entry(now, t.By.ID, b)}, Drop: []string{StaleErrand + "/" + p.Ref}, Memos: []Memo{{Key: proposalNow}},
		Add: append(p.cards(now), p.tell("refused", e.lang().Say("%s refused the change of the policy (%s): %s", t.By.Name, p.Ref, b.Reason), now)...),
	}
	if p.Found {
		ch.Memos = append(ch.Memos, Memo{Key: policyPassed, Value: []byte(p.Policy)})
		ch.Add = append(ch.Add, p.placing(now))
	}
	return ch, nil
}

func (e *Engine) withdrawPolicy(_ context.Context, t Turn, p Proposal, now time.Time) (Change, error) {
	b, err := decideWithdraw(e.lang(), p, t)
	if err != nil {
		return Change{}, err
	}
	ch := Change{Entries: []Entry{p.entry(now, t.By.ID, b)}, Add: p.cards(now), Drop: []string{StaleErrand + "/" + p.Ref}}
	if p.State == ProposalOpen {
		ch.Memos = []Memo{{Key: proposalNow}}
		ch.Add = append(ch.Add, p.tellOwners(e.Policy.Channels, "withdrawn", e.lang().Say("%s took the proposed change of the policy back (%s).", t.By.Name, p.Ref), now)...)
	}
	return ch, nil
}

// policyItem is the open proposal among what waits for somebody.
func (p Proposal) item(lang texts.Language, id AccountID, zone *time.Location, now time.Time) (OpenItem, bool) {
	if p.State != ProposalOpen || !holds(p.Asked, id) {
		return OpenItem{}, false
	}
	return OpenItem{
		Case: p.Stream(), Subject: lang.Say("the policy"), What: lang.Say("Agree to a change"), Holder: names(lang, p.Asked), To: recipients(p.Asked), Slot: policySlot(p.Ref, id),
		Since: p.Proposed, Due: p.Until, Late: p.Until.Before(now), Zone: zone,
	}, true
}

// aboutPolicy are the items of a list with the proposal that waits for the one who asks.
func (e *Engine) aboutPolicy(ctx context.Context, by AccountID, items []OpenItem) ([]OpenItem, error) {
	p, err := e.openProposal(ctx)
	if err != nil {
		return nil, err
	}
	if it, ok := p.item(e.lang(), by, e.home(), e.Now()); ok {
		items = append(slices.Clone(items), it)
	}
	return items, nil
}

// proposalPack is the evidence of a proposal.
func (e *Engine) proposalPack(ctx context.Context, ref string) (FileView, error) {
	p, err := e.proposal(ctx, ref)
	if err == nil && p.State == "" {
		err = gone(e.lang().Say("I know no proposal %s.", ref))
	}
	return FileView{
		Name: "evidence-" + strings.ToLower(ref) + ".zip", View: PackView{Case{ID: p.Stream()}},
		Says: e.lang().Say("The evidence of %s: who proposed the policy, who decided, and when it came into force, with the proof. Anybody can check it with \"muster verify\".", ref),
	}, err
}
