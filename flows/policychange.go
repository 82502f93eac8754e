package flows

import (
	"context"
	"strings"
	"time"

	"muster/flows/texts"
)

// A change of the policy is proposed by an owner, who sends the file, and agreed to by another one. The decision is bound to the file's exact
// bytes: the proposal, every button and the errand that puts the file in place carry their hash. A file that somebody changed where Muster
// runs is a proposal too, of whoever can write there; one owner agrees to it, or has it put back.

// PolicyFile is the file that the policy was read from, and the process that runs on it.
type PolicyFile interface {
	// Ready says why a policy could not be put in the place of the file, or could not be opened with: nil when it could.
	Ready(ctx context.Context, p *Policy) error
	// Read is the file as it stands.
	Read(ctx context.Context) ([]byte, error)
	// Replace writes a text in the place of the file, whole or not at all.
	Replace(ctx context.Context, text []byte) error
	// Reopen has the process begin anew with a policy, soon. It does not wait for that.
	Reopen(ctx context.Context, p *Policy) error
}

// The entries of a proposal's stream; PolicyUnused is told of a file as well that never became one.
type (
	// PolicyRead is a good file: by whom it came, and whom it touches.
	PolicyRead struct {
		Ref    string      `json:"ref"`
		Policy string      `json:"policy"` // SHA-256 of its bytes, in hex
		Was    string      `json:"was"`    // of the policy in force
		By     Person      `json:"by,omitzero"`
		Found  bool        `json:"found,omitempty"` // nobody sent it: it lies where Muster runs
		File   string      `json:"file,omitempty"`
		Size   int         `json:"size"` // in bytes
		Reach  PolicyReach `json:"reach,omitzero"`
	}
	// PolicyProposed puts it to the owners, until a moment.
	PolicyProposed struct {
		Ref    string    `json:"ref"`
		Policy string    `json:"policy"`
		By     Person    `json:"by,omitzero"`
		Reason string    `json:"reason"`
		Asked  []Person  `json:"asked"`
		Until  time.Time `json:"until"`
	}
	// PolicyDecided is the owner's word on exactly these bytes.
	PolicyDecided struct {
		Ref    string `json:"ref"`
		Policy string `json:"policy"`
		By     Person `json:"by"`
		OK     bool   `json:"ok"`
		Reason string `json:"reason,omitempty"`
	}
	// PolicyLapsed ends a proposal that nobody decided on, or that could not be put in place.
	PolicyLapsed struct {
		Ref string `json:"ref"`
		By  Person `json:"by,omitzero"` // who took it back; nobody: it ended by itself
		Why string `json:"why"`
		// Back says that the file holds it, and is to be put back as it was.
		Back bool `json:"back,omitempty"`
	}
	// PolicyPlaced says that the file was seen to hold these bytes after they were written.
	PolicyPlaced struct {
		Ref    string `json:"ref"`
		Policy string `json:"policy"`
		Was    string `json:"was"` // what was seen there before
	}
	// PolicyInForce ends a proposal: Muster runs on it.
	PolicyInForce struct {
		Ref    string `json:"ref"`
		Policy string `json:"policy"`
	}
)

// The kinds, for ever.
func (PolicyRead) Kind() Kind     { return "policy.read.1" }
func (PolicyProposed) Kind() Kind { return "policy.proposed.1" }
func (PolicyDecided) Kind() Kind  { return "policy.decided.1" }
func (PolicyLapsed) Kind() Kind   { return "policy.lapsed.1" }
func (PolicyPlaced) Kind() Kind   { return "policy.placed.1" }
func (PolicyInForce) Kind() Kind  { return "policy.in_force.1" }

const (
	// CmdPolicy proposes a policy, and shows the proposal that waits.
	CmdPolicy = "policy"
	// CardPolicy is an owner's card of a proposal; its slot's case is the proposal.
	CardPolicy CardName = "policy"

	// The verbs of the card.
	VerbPolicyPropose  = "policy.propose"
	VerbPolicyAgree    = "policy.agree"
	VerbPolicyRefuse   = "policy.refuse"
	VerbPolicyWithdraw = "policy.withdraw"

	// PlaceErrand puts the file in place that was agreed to, or back when it was refused; StaleErrand ends a proposal that nobody decided on.
	// Stored in the queue, so never renamed.
	PlaceErrand = "policy.place.1"
	StaleErrand = "policy.stale.1"

	proposalNow  = "policy_proposal" // the proposal that is open
	policyPassed = "policy_passed"   // the hash of a file that the owners were told of, and that is no proposal any more
	stalesAfter  = 5                 // working days
)

// PolicyWork is the body of the errands.
type PolicyWork struct{ Ref string }

// ProposalState is how far a proposal is.
type ProposalState string

// The states. A proposal begins as a file that was read.
const (
	ProposalRead     ProposalState = "read"
	ProposalOpen     ProposalState = "proposed"
	ProposalAgreed   ProposalState = "agreed"
	ProposalRefused  ProposalState = "refused"
	ProposalLapsed   ProposalState = "lapsed"
	ProposalInForce  ProposalState = "in force"
	proposalStreamed               = "P-"
)

// Proposal is a change of the policy: the fold of its stream.
type Proposal struct {
	PolicyRead
	State    ProposalState
	Reason   string
	Asked    []Person
	Until    time.Time
	Read     time.Time
	Proposed time.Time
	Decided  By
	Placed   bool
	Ended    time.Time // lapsed, or in force
	Lapse    PolicyLapsed
}

// proposalOf folds the entries of a proposal's stream. What two processes wrote at once counts once: the first in the log.
func proposalOf(recs []Record) (Proposal, bool) {
	var p Proposal
	for _, r := range recs {
		at := r.Entry.At
		switch b := r.Entry.Body.(type) {
		case PolicyRead:
			if p.State == "" {
				p.PolicyRead, p.State, p.Read = b, ProposalRead, at
			}
		case PolicyProposed:
			if p.State == ProposalRead {
				p.State, p.Reason, p.Asked, p.Until, p.Proposed = ProposalOpen, b.Reason, b.Asked, b.Until, at
			}
		case PolicyDecided:
			if p.State == ProposalOpen && b.Policy == p.Policy {
				p.State, p.Decided = ProposalRefused, By{Person: b.By, At: at, Note: b.Reason}
				if b.OK {
					p.State = ProposalAgreed
				}
			}
		case PolicyLapsed:
			if !p.over() {
				p.State, p.Lapse, p.Ended = ProposalLapsed, b, at
			}
		case PolicyPlaced:
			p.Placed = p.Placed || b.Policy == p.Policy
		case PolicyInForce:
			if !p.over() {
				p.State, p.Ended = ProposalInForce, at
			}
		}
	}
	return p, p.State != ""
}

// over reports whether nothing can happen to it any more but that a refused file is put back.
func (p Proposal) over() bool {
	return p.State == "" || p.State == ProposalRefused || p.State == ProposalLapsed || p.State == ProposalInForce
}

// Open reports whether it waits for an owner, or for its file to be put in place.
func (p Proposal) Open() bool { return p.State == ProposalOpen || p.State == ProposalAgreed }

// Stream is where the log keeps it.
func (p Proposal) Stream() CaseID { return CaseID(p.Ref) }

// Who is by whom it came.
func (p Proposal) Who(lang texts.Language) string {
	if p.Found {
		return lang.Say("whoever changed the file where Muster runs")
	}
	return p.By.Name
}

// proposalRef finds the name of a proposal, such as P-3F2A91, in a text.
func proposalRef(text string) string {
	for _, f := range strings.Fields(strings.ToUpper(text)) {
		if f = strings.Trim(f, ".,;:!?()\"'"); isProposal(CaseID(f)) {
			return f
		}
	}
	return ""
}

// isProposal reports whether a stream is a proposal's.
func isProposal(id CaseID) bool {
	hex, ok := strings.CutPrefix(string(id), proposalStreamed)
	return ok && len(hex) == 6 && strings.Trim(hex, "0123456789ABCDEF") == ""
}

// newProposal is the name of the proposal that a turn makes: the same turn, the same proposal.
func newProposal(key string) string { return proposalStreamed + strings.ToUpper(hashed(key)[:6]) }

// pressed says why a press on a proposal's card comes too late, or is about other bytes.
func (p Proposal) pressed(lang texts.Language, hash PlanHash, inForce string, at ProposalState) error {
	switch {
	case p.State == "":
		return gone(lang.Say("I do not know this proposal any more. Please send me the file again, with the word \"policy\"."))
	case string(hash) != p.Policy:
		return moved(lang.Say("This button is about another file than the one that was proposed, so nothing was decided."))
	case p.State == ProposalAgreed && at == ProposalOpen, p.State == ProposalRefused, p.State == ProposalInForce:
		return moved(lang.Say("%s already decided on this. Nothing was changed.", p.Decided.Person.Name))
	case p.State == ProposalLapsed:
		return moved(lang.Say("This proposal has ended: %s Nothing was changed.", p.Lapse.Why))
	case p.State != at:
		return moved(lang.Say("This was proposed already. Nothing was changed."))
	case p.Was != inForce:
		return moved(lang.Say("Another policy came into force since, so what the card shows is not what would change. Nothing was decided. Please send me the file again."))
	}
	return nil
}

// decidePropose puts a file that was read to the other owners.
func decidePropose(lang texts.Language, p Proposal, t Turn, inForce string, owners []Person, until time.Time) (PolicyProposed, error) {
	if err := p.pressed(lang, t.Plan, inForce, ProposalRead); err != nil {
		return PolicyProposed{}, err
	}
	if p.By.ID != t.By.ID {
		return PolicyProposed{}, deny(lang.Say("This file was sent by %s, who proposes it.", p.By.Name))
	}
	reason, err := t.need("reason", lang.Say("Please say in a few words why the policy is to change."))
	if err != nil {
		return PolicyProposed{}, err
	}
	asked := withoutPerson(owners, t.By.ID)
	if len(asked) == 0 {
		return PolicyProposed{}, deny(noOtherOwner)
	}
	return PolicyProposed{Ref: p.Ref, Policy: p.Policy, By: t.By, Reason: reason, Asked: asked, Until: until}, nil
}

// noOtherOwner is what the only owner is told.
const noOtherOwner = "You are the only owner, so nobody could agree to it. Have the file changed where Muster runs: I then ask you."

// decidePolicy is the word of an owner on a proposal: never of the one who made it.
func decidePolicy(lang texts.Language, p Proposal, t Turn, inForce string, ok bool) (PolicyDecided, error) {
	if p.By.ID != "" && p.By.ID == t.By.ID {
		return PolicyDecided{}, deny(lang.Say("You proposed this, so another owner must decide on it."))
	}
	if err := p.pressed(lang, t.Plan, inForce, ProposalOpen); err != nil {
		return PolicyDecided{}, err
	}
	d := PolicyDecided{Ref: p.Ref, Policy: p.Policy, By: t.By, OK: ok}
	if !ok {
		var err error
		if d.Reason, err = t.need("reason", lang.Say("Please say in a few words why you refuse this.")); err != nil {
			return d, err
		}
	}
	return d, nil
}

// decideWithdraw is that the one who made it takes it back, before it was decided on.
func decideWithdraw(lang texts.Language, p Proposal, t Turn) (PolicyLapsed, error) {
	switch {
	case p.State == "":
		return PolicyLapsed{}, gone(lang.Say("I do not know this proposal any more."))
	case p.By.ID != t.By.ID:
		return PolicyLapsed{}, deny(lang.Say("Only %s can take this back. You can refuse it.", p.Who(lang)))
	case p.State != ProposalRead && p.State != ProposalOpen:
		return PolicyLapsed{}, moved(lang.Say("It is too late to take this back: it was decided on, or has ended."))
	}
	return PolicyLapsed{Ref: p.Ref, By: t.By, Why: lang.Say("%s took it back.", t.By.Name)}, nil
}

func withoutPerson(ps []Person, id AccountID) []Person {
	var out []Person
	for _, p := range ps {
		if p.ID != id {
			out = append(out, p)
		}
	}
	return out
}
