package flows

import "context"

// World is all that Muster does to, and sees of, an organisation's Microsoft 365. Each task names the few verbs it uses, because
// each verb is a permission a customer grants. Every error is an *Error with a code: unavailable (later), denied, invalid,
// not_found, conflict; the sentence in Say is what IT may read about it.
type World interface {
	Directory
	staffLister
	accountMaker
	memberAdder
	licenser
	passMaker
	exiter
	passwordSetter
	appKeeper
	renamer
	remover
	mailboxer
	sender
	filer
	deviceKeeper
	appLister
	roleKeeper
	packageKeeper
	lifecycler
}

// Directory reads. A fetch of something that does not exist is a NotFound error.
type Directory interface {
	// FetchAccount reads one live account by object id or UPN, with licences and manager.
	FetchAccount(ctx context.Context, idOrUPN string) (Account, error)
	// FindAccounts finds live accounts (enabled or not) whose display name, given name + surname, UPN or mail begins with the text; at most limit.
	FindAccounts(ctx context.Context, text string, limit int) ([]Account, error)
	// FindDeleted finds accounts in the recycle bin with exactly this display name.
	FindDeleted(ctx context.Context, name string) ([]Account, error)
	// AddressTaken says who holds an address as UPN, mail or proxy address, among live and deleted accounts; "" when it is free.
	AddressTaken(ctx context.Context, address string) (holder string, err error)
	// FindGroup reads a group by exact display name or by id.
	FindGroup(ctx context.Context, nameOrID string) (Group, error)
	// Members are the people who are direct members of a group; at most limit, in Graph's order.
	Members(ctx context.Context, group string, limit int) ([]Person, error)
	// FetchSKUs lists the organisation's licences.
	FetchSKUs(ctx context.Context) ([]SKU, error)
	// CountStaff counts the people whose sign-in is open, guests aside. It may lag behind by minutes.
	CountStaff(ctx context.Context) (int, error)
	// MemberOf says which of the groups (ids, at most 20) the account is in, nested membership included.
	MemberOf(ctx context.Context, id AccountID, groups []string) ([]string, error)
}

// staffLister is what comparing the directory with a list of everybody needs.
type staffLister interface {
	// ListStaff lists the live accounts that are no guests, blocked ones included: names, addresses, employee number and whether the sign-in is open.
	ListStaff(ctx context.Context) ([]Account, error)
}

// accountMaker is what creating and enabling an account needs.
type accountMaker interface {
	FetchAccount(ctx context.Context, idOrUPN string) (Account, error)
	// CreateAccount creates a disabled account with a long random password that nobody learns. A clash is a Conflict error.
	CreateAccount(ctx context.Context, a NewAccount) (AccountID, error)
	SetManager(ctx context.Context, id, manager AccountID) error
	SetEnabled(ctx context.Context, id AccountID, on bool) error
	// SetAttributes changes only the named properties (Graph names, e.g. department, officeLocation); "" clears.
	SetAttributes(ctx context.Context, id AccountID, props map[string]string) error
}

// NewAccount is what an account is created with.
type NewAccount struct {
	UPN           string `json:"upn"`
	Name          string `json:"name"`
	Given         string `json:"given"`
	Surname       string `json:"surname"`
	JobTitle      string `json:"job_title,omitempty"`
	Department    string `json:"department,omitempty"`
	Office        string `json:"office,omitempty"`
	CostCentre    string `json:"cost_centre,omitempty"`
	Company       string `json:"company,omitempty"`
	Employee      string `json:"employee,omitempty"` // employeeType, e.g. Employee or Contractor
	UsageLocation string `json:"usage_location"`     // ISO 3166 alpha-2; needed for licences
	HireDate      Date   `json:"hire_date"`
	Mark          string `json:"-"` // kept with the account, so that a second try recognises its own first one; set when it is created
}

// memberAdder is what group and team membership needs.
type memberAdder interface {
	IsMember(ctx context.Context, group string, id AccountID) (bool, error) // direct membership, from a consistent read
	AddMember(ctx context.Context, group string, id AccountID) error
	IsTeamMember(ctx context.Context, team string, id AccountID) (bool, error)
	AddTeamMember(ctx context.Context, team string, id AccountID) error
}

// licenser is what licences need. All SKUs go in one call, because service plans depend on each other (reference/graph.md 2.8).
type licenser interface {
	FetchAccount(ctx context.Context, idOrUPN string) (Account, error)
	FetchSKUs(ctx context.Context) ([]SKU, error)
	AssignLicences(ctx context.Context, id AccountID, add, remove []string) error
}

// passMaker is what the day-one credential needs.
type passMaker interface {
	FetchPasses(ctx context.Context, id AccountID) ([]Pass, error)
	// MakePass makes a Temporary Access Pass that starts now. The code is in the answer and nowhere else, ever.
	MakePass(ctx context.Context, id AccountID, minutes int, once bool) (Pass, Secret, error)
	RemovePass(ctx context.Context, id AccountID, pass string) error
}

// exiter is what a leaver's exit needs beyond blocking sign-in.
type exiter interface {
	FetchAccount(ctx context.Context, idOrUPN string) (Account, error)
	SetEnabled(ctx context.Context, id AccountID, on bool) error
	// RevokeSessions makes every sign-in so far worthless. Microsoft may need minutes, and access tokens already given live on (reference/graph.md 2.5).
	RevokeSessions(ctx context.Context, id AccountID) error
	FetchMethods(ctx context.Context, id AccountID) ([]Method, error)
	// RemoveMethod takes one method away. The default method while others remain is a Conflict error: take the others first.
	RemoveMethod(ctx context.Context, id AccountID, m Method) error
	// RemoveMember takes the account out of a group, and only out of the group; not being in it is success.
	RemoveMember(ctx context.Context, group string, id AccountID) error
	RemoveTeamMember(ctx context.Context, team string, id AccountID) error
	Owners(ctx context.Context, group string) ([]AccountID, error)
	AddOwner(ctx context.Context, group string, id AccountID) error
	// RemoveOwner of the last owner is a Conflict error.
	RemoveOwner(ctx context.Context, group string, id AccountID) error
	// FetchReply is the automatic reply in force, "" when there is none. An account without a mailbox is NotFound.
	FetchReply(ctx context.Context, id AccountID) (string, error)
	SetReply(ctx context.Context, id AccountID, text string) error
	// Holdings are the groups the account is a direct member of, those it owns, and the names of the directory roles it holds.
	Holdings(ctx context.Context, id AccountID) (member, owned []Group, roles []string, err error)
	// Reports are the people whose manager the account is.
	Reports(ctx context.Context, id AccountID) ([]Person, error)
}

// renamer is what a change of name needs beyond plain attributes.
type renamer interface {
	FetchAccount(ctx context.Context, idOrUPN string) (Account, error)
	SetAttributes(ctx context.Context, id AccountID, props map[string]string) error
	// SetSignInName changes the sign-in name and nothing else. A name that somebody has is a Conflict error.
	SetSignInName(ctx context.Context, id AccountID, upn string) error
}

// remover is what deleting an account and bringing it back needs.
type remover interface {
	FetchAccount(ctx context.Context, idOrUPN string) (Account, error)
	// FetchDeleted reads one account in the recycle bin, its sign-in name as it was before the deletion.
	FetchDeleted(ctx context.Context, id AccountID) (Account, error)
	// DeleteAccount puts an account in the recycle bin, where Microsoft keeps it for 30 days; being there is success.
	DeleteAccount(ctx context.Context, id AccountID) error
	// RestoreAccount brings an account back from the recycle bin; being live is success. A name that somebody else has by now is a Conflict error.
	RestoreAccount(ctx context.Context, id AccountID) error
}
