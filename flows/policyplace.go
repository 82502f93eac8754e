package flows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"
)

// placeAgain is how long the process has to begin anew with a policy before it is asked again.
const placeAgain = time.Minute

// placeTold is after how many tries the owners hear that a file cannot be put in place.
const placeTold = 3

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// fileHash is what the policy's file is now.
func (e *Engine) fileHash(ctx context.Context) (string, error) {
	text, err := e.File.Read(ctx)
	if err != nil {
		return "", &Error{Code: Unavailable, Say: e.lang().Say("I cannot read the policy's file where Muster runs. Nothing was changed; please have IT look at it."), Err: fmt.Errorf("read the policy's file: %w", err)}
	}
	return hashOf(text), nil
}

// placePolicy makes the file what was decided: it looks, writes, looks again, and has the process begin anew. Wherever it dies, the file is the one
// or the other, and the errand is still there; it ends when the policy is in force.
func (e *Engine) placePolicy(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[PolicyWork](er)
	if err != nil {
		return err
	}
	p, err := e.proposal(ctx, w.Ref)
	if err != nil {
		return err
	}
	done := Change{Done: []ErrandRef{er.Ref()}}
	switch {
	case p.backs() && e.File != nil && e.Policy.Hash() == p.Was:
		return e.putBack(ctx, er, p, done)
	case p.State != ProposalAgreed:
		return e.Commit(ctx, done)
	case e.File == nil:
		return &Error{Code: Unavailable, Say: e.lang().Say("The policy's file cannot be written here."), Err: fmt.Errorf("place %s: no file", p.Ref)}
	}
	now := e.Now()
	seen, err := e.write(ctx, p.Was, p.Policy)
	if err != nil {
		return e.notPlaced(ctx, er, p, err)
	}
	if seen != p.Policy {
		done.Entries = []Entry{p.entry(now, "", PolicyLapsed{Ref: p.Ref, Why: e.lang().Say("the file was changed by somebody else where Muster runs before it could be put in place.")})}
		done.Memos = []Memo{{Key: proposalNow}}
		p.Asked = withPeople(p.Asked, p.Decided.Person)
		done.Add = append(p.cards(now), p.tellOwners(e.Policy.Channels, "lapsed", e.lang().Say("The policy that was agreed to (%s) is not in force: its file was changed by somebody else meanwhile where Muster runs. I put that file to the owners.", p.Ref), now)...)
		return e.Commit(ctx, done)
	}
	if !p.Placed {
		done.Entries = []Entry{p.entry(now, "", PolicyPlaced{Ref: p.Ref, Policy: p.Policy, Was: p.Was})}
	}
	done.Add = []Errand{p.placing(now.Add(placeAgain))}
	next, err := e.keptPolicy(ctx, p.Policy)
	if err != nil {
		return err
	}
	if next == nil {
		return fmt.Errorf("place %s: its text is gone", p.Ref)
	}
	if err := e.Commit(ctx, done); err != nil {
		return err
	}
	if err := e.File.Reopen(ctx, next); err != nil {
		e.Log.ErrorContext(ctx, "not begun anew with the policy", slog.String("proposal", p.Ref), slog.Any("error", err))
		if !p.Placed {
			return e.Commit(ctx, Change{Add: p.tellOwners(e.Policy.Channels, "waits", e.lang().Say("The policy that was agreed to (%s) is in place where Muster runs. It is in force once Muster is started again there.", p.Ref), now)})
		}
	}
	return nil
}

// backs reports whether a file that is not to be used may still lie where Muster runs.
func (p Proposal) backs() bool {
	return p.State == ProposalRefused && p.Found || p.State == ProposalLapsed && p.Lapse.Back
}

// write makes the file want when it is from, and says what it is then. A file that is neither is left alone.
func (e *Engine) write(ctx context.Context, from, want string) (string, error) {
	seen, err := e.fileHash(ctx)
	if err != nil || seen != from {
		return seen, err
	}
	text, err := e.Store.Recall(ctx, PolicyKey+want)
	if err != nil {
		return seen, fmt.Errorf("recall a policy: %w", err)
	}
	if err := e.File.Replace(ctx, text); err != nil {
		return seen, &Error{Code: Unavailable, Say: e.lang().Say("I cannot write the policy's file where Muster runs."), Err: fmt.Errorf("write the policy's file: %w", err)}
	}
	if seen, err = e.fileHash(ctx); err == nil && seen == from {
		err = &Error{Code: Unavailable, Say: e.lang().Say("I wrote the policy's file where Muster runs, and it is still the old one."), Err: fmt.Errorf("write the policy's file: not seen")}
	}
	return seen, err
}

// notPlaced has the owners told once when it goes on failing.
func (e *Engine) notPlaced(ctx context.Context, er Errand, p Proposal, err error) error {
	if er.Tries != placeTold {
		return err
	}
	text := e.lang().Say("The policy that was decided on (%s) is not in place yet: %s I go on trying. Whoever looks after the machine makes the file writable, or puts it there.", p.Ref, SayOf(err))
	if cerr := e.Commit(ctx, Change{Add: p.tellOwners(e.Policy.Channels, "unplaced", text, e.Now())}); cerr != nil {
		return cerr
	}
	return err
}

// putBack gives the file back the text that is in force, after an owner refused what somebody wrote there.
func (e *Engine) putBack(ctx context.Context, er Errand, p Proposal, done Change) error {
	seen, err := e.write(ctx, p.Policy, p.Was)
	if err != nil {
		return e.notPlaced(ctx, er, p, err)
	}
	now := e.Now()
	if seen == p.Was {
		done.Entries = []Entry{p.entry(now, "", PolicyPlaced{Ref: p.Ref, Policy: p.Was, Was: p.Policy})}
		done.Memos = []Memo{{Key: policyPassed}}
		if p.State == ProposalRefused {
			done.Add = p.tellOwners(e.Policy.Channels, e.lang().Say("put back"), e.lang().Say("%s refused the change of the policy's file (%s). The file is again the one that is in force; what stood there is kept with the proposal.", p.Decided.Person.Name, p.Ref), now)
		}
	}
	return e.Commit(ctx, done)
}

// lapseStale reminds of a proposal, and ends it when nobody decided on it in time.
func (e *Engine) lapseStale(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[PolicyWork](er)
	if err != nil {
		return err
	}
	e.policing.Lock()
	defer e.policing.Unlock()
	p, err := e.proposal(ctx, w.Ref)
	if err != nil {
		return err
	}
	now := e.Now()
	if p.State == ProposalOpen && now.Before(p.Until) {
		return e.remindPolicy(ctx, p, now)
	}
	ch := Change{Done: []ErrandRef{er.Ref()}}
	if p.State == ProposalOpen {
		ch.Entries = []Entry{p.entry(now, "", PolicyLapsed{Ref: p.Ref, Why: e.lang().Say("nobody decided on it in time.")})}
		ch.Memos = []Memo{{Key: proposalNow}}
		ch.Add = append(p.cards(now), p.tell("stale", e.lang().Say("Nobody decided on your change of the policy (%s) in time, so nothing changes. Send me the file again to ask once more.", p.Ref), now)...)
		if p.Found {
			ch.Memos = append(ch.Memos, Memo{Key: policyPassed, Value: []byte(p.Policy)})
			ch.Add = append(ch.Add, p.tellOwners(e.Policy.Channels, "stale", e.lang().Say("Nobody decided on the changed file of the policy (%s). It is not used now, and will be when Muster is started the next time. Put the file back where Muster runs if it is not wanted.", p.Ref), now)...)
		}
	}
	return e.Commit(ctx, ch)
}

// settled is what the policy that Muster begins with means for the proposal that is open: it is in force, or has ended. news is false when
// the owners have decided on just this policy, and need not be told what it says.
func (e *Engine) settled(ctx context.Context, b *PolicyAdopted, now time.Time) (ch Change, news bool, err error) {
	p, err := e.openProposal(ctx)
	if err != nil || p.State == "" {
		return ch, true, err
	}
	ch.Drop = []string{StaleErrand + "/" + p.Ref}
	ch.Memos = []Memo{{Key: proposalNow}}
	if p.Decided.Person.ID != "" {
		p.Asked = withPeople(p.Asked, p.Decided.Person)
	}
	ch.Add = p.cards(now)
	if p.State == ProposalAgreed && p.Policy == b.Policy {
		b.Ref, b.By, b.Second = p.Ref, p.By, p.Decided.Person
		ch.Entries = []Entry{p.entry(now, "", PolicyInForce{Ref: p.Ref, Policy: p.Policy})}
		text := e.lang().Say("The change of the policy that %s proposed and %s agreed to (%s) is in force from now on. Cases that were decided on go on as they were decided.", p.By.Name, p.Decided.Person.Name, p.Ref)
		if p.Found {
			text = e.lang().Say("The changed file of the policy that %s agreed to (%s) is in force from now on. Cases that were decided on go on as they were decided.", p.Decided.Person.Name, p.Ref)
		}
		ch.Add = append(ch.Add, p.tellOwners(e.Policy.Channels, e.lang().Say("in force"), text, now)...)
		return ch, false, nil
	}
	why := e.lang().Say("another policy came into force.")
	if p.Policy == b.Policy {
		why = e.lang().Say("Muster was started with this file before an owner agreed to it.")
	}
	ch.Entries = []Entry{p.entry(now, "", PolicyLapsed{Ref: p.Ref, Why: why})}
	return ch, true, nil
}

// NotBegun ends a proposal that was agreed to and that Muster could not begin with: it runs on the policy before, and the file is put back.
func (e *Engine) NotBegun(ctx context.Context) error {
	e.policing.Lock()
	defer e.policing.Unlock()
	p, err := e.openProposal(ctx)
	if err != nil || p.State != ProposalAgreed || p.Policy == e.Policy.Hash() {
		return err
	}
	now := e.Now()
	p.Asked = withPeople(p.Asked, p.Decided.Person)
	return e.Commit(ctx, Change{
		Entries: []Entry{p.entry(now, "", PolicyLapsed{Ref: p.Ref, Why: e.lang().Say("Muster could not begin with it; its log says why."), Back: true})},
		Memos:   []Memo{{Key: proposalNow}, {Key: policyPassed, Value: []byte(p.Policy)}},
		Add: append(append(p.cards(now), p.placing(now)), p.tellOwners(e.Policy.Channels, e.lang().Say("not begun"),
			e.lang().Say("Muster could not begin with the policy that was agreed to (%s), so the one before stays in force, and its file is put back. Muster's log says why; IT can look there.", p.Ref), now)...),
	})
}

// WatchPolicy looks whether the policy's file is still the one in force. One that was changed is put to the owners, or, when it cannot be
// used, told to them, once.
func (e *Engine) WatchPolicy(ctx context.Context) error {
	if e.File == nil {
		return nil
	}
	e.policing.Lock()
	defer e.policing.Unlock()
	text, err := e.File.Read(ctx)
	if err != nil {
		return fmt.Errorf("read the policy's file: %w", err)
	}
	seen := hashOf(text)
	open, err := e.openProposal(ctx)
	if err != nil {
		return err
	}
	passed, err := e.Store.Recall(ctx, policyPassed)
	if err != nil && CodeOf(err) != NotFound {
		return fmt.Errorf("recall what was told of the policy's file: %w", err)
	}
	now := e.Now()
	switch {
	case seen == e.Policy.Hash() && open.Found && open.State == ProposalOpen:
		return e.Commit(ctx, Change{
			Entries: []Entry{open.entry(now, "", PolicyLapsed{Ref: open.Ref, Why: e.lang().Say("the file is again the one that is in force.")})},
			Add:     open.cards(now), Drop: []string{StaleErrand + "/" + open.Ref}, Memos: []Memo{{Key: proposalNow}},
		})
	case seen == e.Policy.Hash() && len(passed) > 0:
		return e.Commit(ctx, Change{Memos: []Memo{{Key: policyPassed}}})
	case seen == e.Policy.Hash(), seen == open.Policy, seen == string(passed), open.State == ProposalAgreed:
		return nil
	}
	return e.proposeFound(ctx, text, now)
}

// proposeFound puts a file that lies where Muster runs to the owners.
func (e *Engine) proposeFound(ctx context.Context, text []byte, now time.Time) error {
	hash := hashOf(text)
	next, err := readProposed(e.lang(), text)
	var reach PolicyReach
	if err == nil {
		reach, err = e.wouldDo(ctx, next, "")
	}
	if err == nil {
		err = e.File.Ready(ctx, next)
		if CodeOf(err) == Internal { // it lies there already, so it need not be written
			err = nil
		}
	}
	p := Proposal{PolicyRead: PolicyRead{
		Ref: newProposal(fmt.Sprintf("%s|%d", hash, now.UnixNano())), Policy: hash, Was: e.Policy.Hash(), Found: true, Size: len(text), Reach: reach,
	}}
	switch CodeOf(err) {
	case Internal:
		if err != nil {
			return err
		}
	case Invalid:
		said := e.lang().Say("The policy's file was changed where Muster runs, and it cannot be used. The policy in force stays; Muster could not be started with this file. %s", SayOf(err))
		return e.Commit(ctx, Change{Memos: []Memo{{Key: policyPassed, Value: []byte(hash)}}, Add: p.tellOwners(e.Policy.Channels, "found", said, now)})
	default:
		return err
	}
	owners, err := e.everyone(ctx, e.Policy.Roles.Owner)
	if err != nil {
		return err
	}
	ch, err := e.putToOwners(ctx, p, PolicyProposed{
		Ref: p.Ref, Policy: hash, Reason: e.lang().Say("The file was changed where Muster runs; nobody said why."), Asked: owners, Until: e.stale(now),
	}, now)
	if err != nil {
		return err
	}
	ch.Entries = append([]Entry{p.entry(now, "", p.PolicyRead)}, ch.Entries...)
	ch.Memos = append(ch.Memos, Memo{Key: PolicyKey + hash, Value: text})
	return e.Commit(ctx, ch)
}
