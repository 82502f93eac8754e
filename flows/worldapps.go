package flows

import (
	"context"
	"time"

	"muster/flows/texts"
)

// What an account may do besides being in groups: its password, apps, directory roles, access packages, and the lifecycle workflows that a
// tenant may own.

// appKeeper is what taking away access to apps needs.
type appKeeper interface {
	// AppRoles are the roles in apps that the account holds in its own right. What comes with a group goes with the group.
	AppRoles(ctx context.Context, id AccountID) ([]AppRole, error)
	// GrantAppRole gives a role again. Holding it already is success.
	GrantAppRole(ctx context.Context, id AccountID, r AppRole) error
	// RemoveAppRole takes one role away; one that is gone is success.
	RemoveAppRole(ctx context.Context, id AccountID, r AppRole) error
	// Consents are what the account allowed apps to do in its name. What an administrator allowed for everybody is not among them.
	Consents(ctx context.Context, id AccountID) ([]Consent, error)
	// RemoveConsent takes one consent away; one that is gone is success.
	RemoveConsent(ctx context.Context, c Consent) error
}

// passwordSetter is what giving an account another password needs.
type passwordSetter interface {
	FetchAccount(ctx context.Context, idOrUPN string) (Account, error)
	// ResetPassword gives the account a long random password that nobody learns.
	ResetPassword(ctx context.Context, id AccountID) error
	// Federated reports whether the passwords of a domain are kept by another sign-in service, where Microsoft 365 cannot set them.
	Federated(ctx context.Context, domain string) (bool, error)
}

// AppRole is a role in an app, held by one account.
type AppRole struct {
	ID   string `json:"id"`   // of the assignment
	App  string `json:"app"`  // what people read
	On   string `json:"on"`   // object id of the app's service principal
	Role string `json:"role"` // id of the role; all zeros is the plain access to the app
}

// Consent is what somebody allowed an app to do in their name.
type Consent struct {
	ID    string `json:"id"`
	App   string `json:"app"`   // what people read; its object id when Microsoft 365 does not know it any more
	Scope string `json:"scope"` // what was allowed, as Microsoft names it: "Mail.Read Files.Read"
}

// passwordSince is since when the account has had its password, for the evidence.
func (a Account) passwordSince(lang texts.Language) string {
	if a.PasswordFrom.IsZero() {
		return lang.Say("no password was ever set")
	}
	return lang.Say("password of %s", a.PasswordFrom.UTC().Format(time.RFC3339))
}

// roleKeeper is what taking directory roles away needs.
type roleKeeper interface {
	// DirectoryRoles are the directory roles that the account holds in its own right, with those that it may take up for a time.
	DirectoryRoles(ctx context.Context, id AccountID) ([]DirectoryRole, error)
	// RemoveDirectoryRole takes one away; one that is gone is success.
	RemoveDirectoryRole(ctx context.Context, id AccountID, r DirectoryRole) error
	// GlobalAdministrators are the enabled accounts that hold the role Global Administrator for good, by a group too.
	GlobalAdministrators(ctx context.Context) ([]AccountID, error)
}

// The ways to hold a directory role.
const (
	RoleHeld     = "held"     // assigned
	RoleActive   = "active"   // in force through Privileged Identity Management
	RoleEligible = "eligible" // may be taken up through Privileged Identity Management
)

// DirectoryRole is a directory role of one account.
type DirectoryRole struct {
	ID    string `json:"id"`   // of the assignment
	Role  string `json:"role"` // id of its definition
	Name  string `json:"name"`
	Scope string `json:"scope"` // "/" is the whole directory
	How   string `json:"how"`   // RoleHeld, RoleActive or RoleEligible
}

// GlobalAdministrator is the id of the role, the same in every tenant.
const GlobalAdministrator = "62e90394-69f5-4237-9190-012177145e10"

// packageKeeper is what access packages need.
type packageKeeper interface {
	// Packages are the access packages that the account has, or is being given.
	Packages(ctx context.Context, id AccountID) ([]AccessPackage, error)
	// RequestPackage asks for a package under one of its policies. Having asked already is success.
	RequestPackage(ctx context.Context, id AccountID, pkg, policy string) error
	// RemovePackage asks for its removal. Having asked already, and its being gone, are success.
	RemovePackage(ctx context.Context, p AccessPackage) error
	// PackageRequests are the account's own requests that are still to be decided or carried out and can be withdrawn.
	PackageRequests(ctx context.Context, id AccountID) ([]AccessPackage, error)
	// CancelPackageRequest withdraws one; one that is withdrawn or decided is success.
	CancelPackageRequest(ctx context.Context, r AccessPackage) error
}

// AccessPackage is an access package that an account has, or a request for one.
type AccessPackage struct {
	ID      string `json:"id"`      // of the assignment, or of the request
	Package string `json:"package"` // id
	Name    string `json:"name"`
	State   string `json:"state"` // as Microsoft names it: delivering, delivered, pendingApproval
}

// Given reports whether all that is in the package has been given.
func (p AccessPackage) Given() bool { return p.State == "delivered" }

// lifecycler is what running one of the tenant's own lifecycle workflows needs.
type lifecycler interface {
	// FetchWorkflow is the name of a lifecycle workflow.
	FetchWorkflow(ctx context.Context, workflow string) (string, error)
	// StartWorkflow runs it for one account, now. Every call is another run.
	StartWorkflow(ctx context.Context, workflow string, id AccountID) error
	// WorkflowRuns are its runs for one account, the newest first.
	WorkflowRuns(ctx context.Context, workflow string, id AccountID) ([]WorkflowRun, error)
}

// WorkflowRun is what a lifecycle workflow did for one account.
type WorkflowRun struct {
	ID     string    `json:"id"`
	State  string    `json:"state"` // as Microsoft names it: queued, inProgress, completed, completedWithErrors, failed
	At     time.Time `json:"at"`    // when it was to begin
	Tasks  int       `json:"tasks"`
	Failed []string  `json:"failed,omitempty"` // names of the tasks that went wrong, as the workflow has them
}
