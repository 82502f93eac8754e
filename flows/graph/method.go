package graph

import (
	"context"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"muster/flows"
)

// FetchMethods lists the ways to sign in that the account has registered, but for the password, which cannot be taken away. A
// Temporary Access Pass is one of them. Numbers, addresses and device names are left out.
func (c *Client) FetchMethods(ctx context.Context, id flows.AccountID) ([]flows.Method, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	all, err := pages(ctx, c, "list sign-in methods of account", 0, func(ctx context.Context, next string) (models.AuthenticationMethodCollectionResponseable, error) {
		list := c.user(string(id)).Authentication().Methods()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, nil)
	})
	if err != nil {
		return nil, err
	}
	var methods []flows.Method
	for _, m := range all {
		kind := strings.TrimSuffix(strings.TrimPrefix(str(m.GetOdataType()), "#microsoft.graph."), "AuthenticationMethod")
		switch {
		case kind == "password":
			continue
		case kind == "", str(m.GetId()) == "":
			return nil, unreadable("list sign-in methods of account", "type or id of a method")
		}
		methods = append(methods, flows.Method{ID: str(m.GetId()), Kind: kind})
	}
	return methods, nil
}

// RemoveMethod takes one method away. One that is gone already is success, since a removal whose answer was lost is sent again. The
// default method while others remain is a Conflict error. A kind that this version of Muster does not know is an Invalid error.
func (c *Client) RemoveMethod(ctx context.Context, id flows.AccountID, m flows.Method) error {
	if err := named(id); err != nil {
		return err
	}
	if m.ID == "" { // would address the list
		return refuse("No sign-in method was named.")
	}
	of := c.user(string(id)).Authentication()
	var remove func(context.Context) error
	switch m.Kind {
	case "microsoftAuthenticator":
		remove = func(ctx context.Context) error {
			return of.MicrosoftAuthenticatorMethods().ByMicrosoftAuthenticatorAuthenticationMethodId(m.ID).Delete(ctx, nil)
		}
	case "phone":
		remove = func(ctx context.Context) error {
			return of.PhoneMethods().ByPhoneAuthenticationMethodId(m.ID).Delete(ctx, nil)
		}
	case "fido2":
		remove = func(ctx context.Context) error {
			return of.Fido2Methods().ByFido2AuthenticationMethodId(m.ID).Delete(ctx, nil)
		}
	case "softwareOath":
		remove = func(ctx context.Context) error {
			return of.SoftwareOathMethods().BySoftwareOathAuthenticationMethodId(m.ID).Delete(ctx, nil)
		}
	case "email":
		remove = func(ctx context.Context) error {
			return of.EmailMethods().ByEmailAuthenticationMethodId(m.ID).Delete(ctx, nil)
		}
	case "windowsHelloForBusiness":
		remove = func(ctx context.Context) error {
			return of.WindowsHelloForBusinessMethods().ByWindowsHelloForBusinessAuthenticationMethodId(m.ID).Delete(ctx, nil)
		}
	case "platformCredential":
		remove = func(ctx context.Context) error {
			return of.PlatformCredentialMethods().ByPlatformCredentialAuthenticationMethodId(m.ID).Delete(ctx, nil)
		}
	case "temporaryAccessPass":
		return c.RemovePass(ctx, id, m.ID)
	default:
		return refuse("Muster cannot remove a sign-in method of the kind " + word(m.Kind) + ". Remove it in the Entra admin centre.")
	}
	err := c.do(ctx, "remove sign-in method of account", remove)
	if flows.CodeOf(err) == flows.NotFound {
		return nil
	}
	return err
}
