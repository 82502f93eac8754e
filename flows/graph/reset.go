package graph

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"muster/flows"
)

const sayReset = "Microsoft 365 refused to set the password. Muster's app needs the permission User-PasswordProfile.ReadWrite.All and also the directory role User Administrator; " +
	"and nobody but an administrator with more rights can do it for the holder of a directory role."

// ResetPassword gives the account a long random password that nobody learns, in a PATCH of its own: what is refused for one property is
// refused for all that are in the same body. It is to be changed at the next sign-in, so that it is worth nothing even to whoever saw it.
func (c *Client) ResetPassword(ctx context.Context, id flows.AccountID) error {
	if err := named(id); err != nil {
		return err
	}
	password, err := c.password()
	if err != nil {
		return &flows.Error{Code: flows.Internal, Say: sayUnsent, Err: errors.New("reset password: no random password could be made")}
	}
	profile, change := models.NewPasswordProfile(), true
	profile.SetPassword(&password)
	profile.SetForceChangePasswordNextSignIn(&change)
	u := models.NewUser()
	u.SetPasswordProfile(profile)
	return clearer(c.patch(ctx, "reset password of account", id, u), http.StatusForbidden, sayReset)
}

// Federated reports whether the passwords of a domain are kept by another sign-in service. A domain that the tenant does not have is
// none of its own and counts as federated, as nobody's password in it can be set here.
func (c *Client) Federated(ctx context.Context, domain string) (bool, error) {
	if strings.TrimSpace(domain) == "" {
		return false, refuse("No domain was named.")
	}
	var d struct {
		Kind string `json:"authenticationType"`
	}
	err := c.rest(ctx, "read domain", http.MethodGet, "/domains/"+url.PathEscape(domain), nil, nil, &d)
	switch {
	case flows.CodeOf(err) == flows.NotFound:
		return true, nil
	case err != nil:
		return false, err
	case d.Kind == "":
		return false, unreadable("read domain", "authentication type")
	}
	return !strings.EqualFold(d.Kind, "Managed"), nil
}
