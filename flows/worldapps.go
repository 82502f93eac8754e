package flows

import (
	"context"
	"time"
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
func (a Account) passwordSince() string {
	if a.PasswordFrom.IsZero() {
		return "no password was ever set"
	}
	return "password of " + a.PasswordFrom.UTC().Format(time.RFC3339)
}
