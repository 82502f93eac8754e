package flows

import (
	"strings"
	"time"
)

// PeopleEvent is what HR says about one person. Text fields hold what people typed.
type PeopleEvent struct {
	Kind          EventKind `json:"kind"`
	Given         string    `json:"given,omitempty"`
	Surname       string    `json:"surname,omitempty"`
	Job           string    `json:"job,omitempty"`  // name of a job profile in the policy
	Site          string    `json:"site,omitempty"` // name of a site in the policy
	Start         Date      `json:"start,omitempty"`
	Employment    string    `json:"employment,omitempty"` // "employee" or "contractor"
	End           Date      `json:"end,omitempty"`        // contractors only
	Manager       Person    `json:"manager,omitzero"`
	PersonalEmail string    `json:"personal_email,omitempty"` // for contact only; nothing is ever sent credentials there
	CostCentre    string    `json:"cost_centre,omitempty"`
	Notes         string    `json:"notes,omitempty"`

	// Of a leaver, and of every event about somebody who has an account.
	Subject   Person `json:"subject,omitzero"`     // the account the event is about; Given and Surname are empty then
	LastDay   Date   `json:"last_day,omitempty"`   // last working day
	LastTime  string `json:"last_time,omitempty"`  // wall-clock time at the site at which sign-in ends, "17:30"; the site's closing time when empty
	Urgent    bool   `json:"urgent,omitempty"`     // now, after a second person confirmed
	Successor Person `json:"successor,omitzero"`   // takes over what the person owns; the manager when empty
	Hold      string `json:"hold,omitempty"`       // why data must be kept, such as a legal claim: no licence is taken back; nothing when empty
	HoldUntil Date   `json:"hold_until,omitempty"` // when the hold is looked at again
	Reply     string `json:"reply,omitempty"`      // automatic reply to people who write to the leaver; none when empty

	// Of a change of name: Given and Surname are the new ones, Start the day.
	UPN string `json:"sign_in_name,omitempty"` // new sign-in name as HR wrote it; by the policy's rule when empty
	At  string `json:"at,omitempty"`           // wall-clock time at the site, "19:00"; the policy's when empty

	// Of a joiner who was here before, and of a deletion.
	Former     AccountID `json:"former,omitempty"`      // the account from before, which HR says is the same person's
	Other      bool      `json:"other,omitempty"`       // HR says that nobody of the same name is the same person
	FormerCase CaseID    `json:"former_case,omitempty"` // the exit from before

	// Of a leave: Start is its first day, End the last one, Reply the automatic reply; no End while the return is open.
	SignIn       string `json:"sign_in,omitempty"`       // "block" or "keep"
	Licences     string `json:"licences,omitempty"`      // "keep" or "release"
	ReleaseAfter int    `json:"release_after,omitempty"` // days after the first one at which licences are released
	StandIn      Person `json:"stand_in,omitzero"`       // decides in the person's place meanwhile

	// Of a mover. Start is the day of the change; with an End it is a secondment, whose last day that is.
	Handover int `json:"handover_days,omitempty"` // working days after the change until the old access goes
}

// Name is the subject's name as people write it.
func (e PeopleEvent) Name() string {
	switch {
	case e.Subject.Name != "":
		return e.Subject.Name
	case e.Given == "":
		return e.Surname
	case e.Surname == "":
		return e.Given
	}
	return e.Given + " " + e.Surname
}

// newName is the name that a change of name gives.
func (e PeopleEvent) newName() string { return strings.TrimSpace(e.Given + " " + e.Surname) }

// DraftState is where a draft stands.
type DraftState string

// The states of a draft.
const (
	DraftReading   DraftState = "reading"   // the directory is being asked about the sentence
	DraftForm      DraftState = "form"      // HR fills in the form
	DraftChecking  DraftState = "checking"  // the directory is being asked about the form
	DraftSummary   DraftState = "summary"   // HR is asked to confirm
	DraftConfirmed DraftState = "confirmed" // it became a case
	DraftWithdrawn DraftState = "withdrawn"
)

// Draft is a people event that HR is still writing down. It is kept beside the log and belongs to one person.
type Draft struct {
	ID          string            `json:"id"` // D-…; the stream its turns are logged under
	State       DraftState        `json:"state"`
	By          Person            `json:"by"`   // who is writing it
	Chat        string            `json:"chat"` // conversation its card lives in
	Sentence    string            `json:"sentence,omitempty"`
	Event       PeopleEvent       `json:"event"`
	ManagerText string            `json:"manager_text,omitempty"` // the manager as typed, until somebody is chosen
	Managers    []Account         `json:"managers,omitempty"`     // people that text may mean
	SubjectText string            `json:"subject_text,omitempty"` // the subject of a leaver as typed, until somebody is chosen
	Subjects    []Account         `json:"subjects,omitempty"`     // people that text may mean
	Problems    map[string]string `json:"problems,omitempty"`     // field id -> one sentence; "" is about the whole form
	Warnings    []string          `json:"warnings,omitempty"`     // for the summary
	Stuck       string            `json:"stuck,omitempty"`        // why the check waits, in one sentence; empty when it does not
	Facts       Facts             `json:"facts,omitzero"`
	Plan        Plan              `json:"plan,omitzero"`
	CheckedAt   time.Time         `json:"checked_at,omitzero"`
	EndOf       CaseID            `json:"end_of,omitempty"` // the joiner's case whose contract ended
	Above       []CaseID          `json:"above,omitempty"`  // open cases of the same person that this event goes before
	Case        CaseID            `json:"case,omitempty"`   // once confirmed
	At          time.Time         `json:"at"`

	// Of a row of a list.
	Bulk          string `json:"bulk,omitempty"`           // the list
	Line          int    `json:"line,omitempty"`           // its line there
	SubjectName   string `json:"subject_name,omitempty"`   // the name beside a leaver's sign-in name
	SuccessorText string `json:"successor_text,omitempty"` // who takes over, as typed
	Opened        bool   `json:"opened,omitempty"`         // it has a card of its own
	Page          int    `json:"page,omitempty"`           // the card on which its manager decides, with others of the list

	promised map[string]string // sign-in names that further rows of the list will have, with whose

	Source string `json:"source,omitempty"` // the system that sent it; empty when HR wrote it

	Confirmers []Person `json:"confirmers,omitempty"` // who may confirm in place of the one who wrote it, whom it is about
}

// Facts is what the directory said when the plan was made.
type Facts struct {
	Manager  Account             `json:"manager"`
	Fallback Person              `json:"fallback,omitzero"` // who decides when the manager may not or does not: the manager's manager, or an approver
	Route    Person              `json:"route,omitzero"`    // who is asked first: the manager, or the fallback when the manager may not decide
	RouteWhy string              `json:"route_why,omitempty"`
	UPN      string              `json:"upn"`
	UPNTaken []string            `json:"upn_taken,omitempty"` // names tried before, each with who holds it
	Buyer    Person              `json:"buyer,omitzero"`      // who buys licences
	SKUs     map[string]SKU      `json:"skus,omitempty"`      // by part number
	Groups   map[string]Group    `json:"groups,omitempty"`    // by the name in the policy
	Holders  map[string][]Person `json:"holders,omitempty"`   // who holds the job's elevated groups now, by group id; a few of them
	Same     []Account           `json:"same,omitempty"`      // accounts with the subject's name: live, disabled or deleted
	Left     []Left              `json:"left,omitempty"`      // exits with the subject's name whose account is gone; the one that HR chose, when it did

	// Of a leaver.
	Former  Account  `json:"former,omitzero"`   // of a joiner who was here before: the account from before
	Subject Account  `json:"subject,omitzero"`  // as it was when the plan was made
	Member  []Group  `json:"member,omitempty"`  // groups the person is a direct member of
	Owned   []Owned  `json:"owned,omitempty"`   // groups and teams the person owns
	Reports []Person `json:"reports,omitempty"` // who reports to the person
	Admin   []string `json:"admin,omitempty"`   // directory roles held: Graph lets no ordinary app block such an account
	Mailbox bool     `json:"mailbox,omitempty"` // has a mailbox that Graph can reach
	Waiting []CaseID `json:"waiting,omitempty"` // open cases that wait for the person's decision
	Seconds []Person `json:"seconds,omitempty"` // who may confirm an urgent exit
	Beyond  Beyond   `json:"beyond,omitzero"`   // what the person has outside the directory, and whether Muster reaches it
	Signers []Person `json:"signers,omitempty"` // who may sign off what cannot be undone
	InIT    bool     `json:"in_it,omitempty"`   // the person reads the IT channel, so nothing about the case is said there

	Apps      []AppRole `json:"apps,omitempty"`      // roles in apps that the person holds in their own right
	Consents  []Consent `json:"consents,omitempty"`  // what the person allowed apps to do in their name
	Federated bool      `json:"federated,omitempty"` // the password is kept by another sign-in service

	Packages  []AccessPackage   `json:"packages,omitempty"`   // access packages that the person has
	Requests  []AccessPackage   `json:"requests,omitempty"`   // and those that the person has asked for
	Roles     []Role            `json:"roles,omitempty"`      // Muster's roles the person holds
	LastOf    []Role            `json:"last_of,omitempty"`    // those of them that nobody else holds
	Gap       *SignInGap        `json:"gap,omitempty"`        // of an exit that had passed: sign-ins since
	LastAdmin bool              `json:"last_admin,omitempty"` // without the person, fewer than two Global Administrators are left
	Governed  bool              `json:"governed,omitempty"`   // the tenant has Entra ID P2 or Governance
	Lifecycle map[string]string `json:"lifecycle,omitempty"`  // names of the tenant's own workflows that the policy runs, by id
	Unseen    []string          `json:"unseen,omitempty"`     // what Muster may not see, one sentence each

	// Of a mover.
	OldJob       string `json:"old_job,omitempty"`       // job profile that title and department name; empty when none does
	Releasing    Person `json:"releasing,omitzero"`      // who decides what goes
	ReleasingWhy string `json:"releasing_why,omitempty"` // why it is not the manager in the directory
	MostKept     int    `json:"most_kept,omitempty"`     // days for which something may be kept
	Joint        bool   `json:"joint,omitempty"`         // who confirms what comes decides on what goes as well
}

// Owned is a group the person owns.
type Owned struct {
	Group Group `json:"group"`
	Last  bool  `json:"last"` // nobody else owns it
}
