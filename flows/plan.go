package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// PlanHash names the exact bytes of a plan: SHA-256 of its JSON, hex. Decisions are bound to it.
type PlanHash string

// StepKey names a step within its case, e.g. "account" or "group:Sales".
type StepKey string

// TaskName names a task of the catalogue.
type TaskName string

// The tasks of a joiner.
const (
	CreateAccount  TaskName = "create_account"
	SetManager     TaskName = "set_manager"
	AssignLicences TaskName = "assign_licences"
	AddToGroup     TaskName = "add_to_group"
	AddToTeam      TaskName = "add_to_team"
	FollowRule     TaskName = "follow_rule" // a dynamic group: seen to contain the person, never written
	Manual         TaskName = "manual"      // a person does it and confirms
	EnableAccount  TaskName = "enable_account"
	OfferPass      TaskName = "day_one_credential"
	SendWelcome    TaskName = "welcome"
	AskStarted     TaskName = "ask_started"
	BlockSignIn    TaskName = "block_sign_in" // of a leaver, and of a no-show

	// Of a leaver.
	RevokeSessions  TaskName = "revoke_sessions"
	RemoveMethods   TaskName = "remove_sign_in_methods"
	SetReply        TaskName = "automatic_reply"
	HandOverGroup   TaskName = "hand_over_group" // the successor becomes owner, the leaver stops being one
	RemoveFromGroup TaskName = "remove_from_group"
	RemoveFromTeam  TaskName = "remove_from_team"
	RemoveLicence   TaskName = "remove_licence"

	// Of a leaver, beyond the directory.
	CancelMeetings  TaskName = "cancel_meetings"            // those the leaver organises
	CheckForwarding TaskName = "check_forwarding"           // inbox rules that pass mail on outside
	ShareOneDrive   TaskName = "share_onedrive"             // with the successor, what lies at its top
	DisableDevices  TaskName = "disable_registered_devices" // in Entra
	RetireDevices   TaskName = "retire_devices"             // in Intune
	WipeDevices     TaskName = "wipe_devices"               // one device in Intune; elevated

	// Lines of a leaver that become manual steps.
	DisableOnPremises TaskName = "disable_on_premises"
	HandOverReports   TaskName = "hand_over_reports"
	HandOverFiles     TaskName = "hand_over_files"
	HandOverApps      TaskName = "hand_over_apps"  // what only the leaver runs
	MailboxByHand     TaskName = "mailbox_by_hand" // what leaver.mailbox of the policy lists
	SharedMailbox     TaskName = "convert_to_shared"
	ForwardMail       TaskName = "forward_mailbox"
	HideFromLists     TaskName = "hide_from_address_list"
	HoldReview        TaskName = "review_hold"

	// Lines that become several steps.
	ChangeName TaskName = "change_name"
	BeginLeave TaskName = "begin_leave"
	// Of any event.
	SendMail    TaskName = "send_mail"    // a notice by mail
	Notify      TaskName = "notify"       // a notice in Teams
	CallWebhook TaskName = "call_webhook" // another system does it

	// Of a mover.
	SetDetails TaskName = "set_attributes" // what the account says: job title, department, office, cost centre
	RuleLetsGo TaskName = "rule_lets_go"   // a dynamic group: seen not to contain the person any more, never written
	TakeBack   TaskName = "take_back"      // a line that becomes manual steps: what the old job gave by hand
)

// Choice says how a step is offered to the manager.
type Choice string

// The choices.
const (
	Fixed    Choice = "fixed"    // birthright or part of the workflow: not offered
	Ticked   Choice = "ticked"   // in the job profile
	Extra    Choice = "extra"    // optional: offered unticked
	Elevated Choice = "elevated" // offered unticked, and an approver signs it off

	// Of a mover, for the releasing manager.
	Going     Choice = "going"     // goes with the old job, unless it is kept until a date
	Undecided Choice = "undecided" // neither job gives it: stays, unless it is ticked
)

// offered reports whether the one who confirms the access ticks it or not.
func (c Choice) offered() bool { return c == Ticked || c == Extra || c == Elevated || c == Confirmed }

// Step is one action of a plan.
type Step struct {
	Key          StepKey   `json:"key"`
	Task         TaskName  `json:"task"`
	Title        string    `json:"title"` // imperative, plain words: "Add to Sales"
	Due          time.Time `json:"due"`
	Choice       Choice    `json:"choice"`
	After        []StepKey `json:"after,omitempty"` // steps that must be done first
	Group        string    `json:"group,omitempty"` // id
	Name         string    `json:"name,omitempty"`  // display name of the entitlement
	SKU          string    `json:"sku,omitempty"`   // id; all licences that are due go in one call
	Owner        string    `json:"owner,omitempty"` // manual: it, hr, manager or an object id
	Instructions string    `json:"instructions,omitempty"`
	Approvers    []Person  `json:"approvers,omitempty"` // elevated: who is asked to sign off; the role is checked again at the press
	Named        bool      `json:"named,omitempty"`     // elevated: the policy names who signs it off, so that the role alone does not do
	Stages       []Stage   `json:"stages,omitempty"`    // elevated: the rounds of signatures that the policy asks for; none: one, of any of the approvers
	Why          string    `json:"why,omitempty"`       // "everybody", "Account Manager"
	Note         string    `json:"note,omitempty"`      // what the reader should know: "5 of 45 seats free", "becomes a task for IT: …"
	Person       Person    `json:"person,omitzero"`     // hand_over_group: the successor; tell_person: who is told
	Minutes      int       `json:"minutes,omitempty"`   // lifetime of the day-one credential
	Reuse        bool      `json:"reuse,omitempty"`
	Text         string    `json:"text,omitempty"`       // of the welcome message, of a notice, for those whose meeting is cancelled
	Device       string    `json:"device,omitempty"`     // wipe_devices: its id in Intune
	Manual       ManualAct `json:"manual,omitempty"`     // which of the manual steps that Muster knows
	Ref          string    `json:"ref,omitempty"`        // id of what is no group: an access package, a lifecycle workflow
	Under        string    `json:"under,omitempty"`      // id of the policy that gives an access package
	OnFailure    string    `json:"on_failure,omitempty"` // go_on or stop; what depends on it waits when empty
	To           string    `json:"to,omitempty"`         // of a notice: starter, private, manager, hr, it or an address
	From         string    `json:"from,omitempty"`       // of a mail: the mailbox it is sent from
	Subject      string    `json:"subject,omitempty"`    // of a mail
	Hook         string    `json:"hook,omitempty"`       // call_webhook: its name in the policy
	URL          string    `json:"url,omitempty"`        // call_webhook: where it is, as it was approved
	Until        StepKey   `json:"until,omitempty"`      // the step that takes it back later in the same plan
	Look         string    `json:"look,omitempty"`       // manual: what Graph can show of it beside a membership
	Of           StepKey   `json:"of,omitempty"`         // of a cancelled case: the step that this one takes back

	When *When `json:"when,omitempty"` // what must still hold of the person when its time comes

	// Of a mover.
	Props     map[string]string `json:"props,omitempty"`     // set_attributes: Graph names and what they become
	Exception *Exception        `json:"exception,omitempty"` // kept until a date: the step is due then
	Guarded   bool              `json:"guarded,omitempty"`   // to keep it, or to have it back, takes an approver's sign-off
	Asks      bool              `json:"asks,omitempty"`      // when the releasing manager is silent, its approver is asked instead
	Unless    StepKey           `json:"unless,omitempty"`    // is not done when that step is wanted
	With      StepKey           `json:"with,omitempty"`      // belongs to that step, and goes with it when it is not wanted
	Phase     Phase             `json:"phase,omitempty"`
}

// Plan is the ordered steps of a case. It is a value: changing anything makes another plan with another hash.
type Plan struct {
	Account NewAccount `json:"account"`
	Manager AccountID  `json:"manager"`
	Steps   []Step     `json:"steps"`
	Policy  string     `json:"policy"` // hash of the policy it was made under

	Keep []Keeping `json:"keep,omitempty"` // of a mover: what the person holds and goes on holding
}

// Hash names the plan's bytes.
func (p Plan) Hash() PlanHash {
	b, err := json.Marshal(p)
	if err != nil { // every field marshals; a failure is a bug of this file
		panic(fmt.Sprintf("marshal plan: %v", err))
	}
	sum := sha256.Sum256(b)
	return PlanHash(hex.EncodeToString(sum[:]))
}

// Step finds a step by key.
func (p Plan) Step(k StepKey) (Step, bool) {
	for _, s := range p.Steps {
		if s.Key == k {
			return s, true
		}
	}
	return Step{}, false
}
