package graph

import (
	"context"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/directory"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"muster/flows"
)

// SetSignInName changes the sign-in name, in a PATCH of its own: it is a sensitive action, which Graph refuses for administrators, and
// together with anything else that would be refused too.
func (c *Client) SetSignInName(ctx context.Context, id flows.AccountID, upn string) error {
	if err := named(id); err != nil {
		return err
	}
	if !address(upn) {
		return refuse("A sign-in name needs a part before the @ and a domain.")
	}
	u := models.NewUser()
	u.SetUserPrincipalName(&upn)
	return c.patch(ctx, "set sign-in name of account", id, u)
}

// FetchDeleted reads one account in the recycle bin, its sign-in name as it was before the deletion. One that is live, or gone for good,
// is NotFound.
func (c *Client) FetchDeleted(ctx context.Context, id flows.AccountID) (flows.Account, error) {
	if err := named(id); err != nil {
		return flows.Account{}, err
	}
	u, err := fetch(ctx, c, "read deleted account", func(ctx context.Context) (models.Userable, error) {
		return c.deletedItem(id).GraphUser().Get(ctx, &directory.DeletedItemsItemGraphUserRequestBuilderGetRequestConfiguration{
			QueryParameters: &directory.DeletedItemsItemGraphUserRequestBuilderGetQueryParameters{Select: accountProperties()},
		})
	})
	if err != nil {
		return flows.Account{}, err
	}
	a := accountOf(u)
	if a.ID == "" {
		return flows.Account{}, unreadable("read deleted account", "object id")
	}
	a.Deleted, a.UPN = true, formerUPN(a)
	return a, nil
}

// DeleteAccount puts an account in the recycle bin, where Microsoft keeps it for 30 days. "Not found" is looked into: an account that is
// seen there already is success, since an answer may have been lost.
func (c *Client) DeleteAccount(ctx context.Context, id flows.AccountID) error {
	if err := named(id); err != nil {
		return err
	}
	err := c.do(ctx, "delete account", func(ctx context.Context) error {
		return c.user(string(id)).Delete(ctx, nil)
	})
	if flows.CodeOf(err) != flows.NotFound {
		return err
	}
	if _, there := c.FetchDeleted(ctx, id); there != nil {
		return err
	}
	return nil
}

// RestoreAccount brings an account back from the recycle bin. It is sent once; "not found" is looked into, because an account that is live
// by now is not in the bin any more.
func (c *Client) RestoreAccount(ctx context.Context, id flows.AccountID) error {
	if err := named(id); err != nil {
		return err
	}
	_, err := fetch(ctx, c, "restore account", func(ctx context.Context) (models.DirectoryObjectable, error) {
		return c.deletedItem(id).Restore().Post(ctx, nil)
	})
	if flows.CodeOf(err) != flows.NotFound {
		return err
	}
	if _, there := c.FetchAccount(ctx, string(id)); there != nil {
		return err
	}
	return nil
}

func (c *Client) deletedItem(id flows.AccountID) *directory.DeletedItemsDirectoryObjectItemRequestBuilder {
	return directory.NewDirectoryRequestBuilderInternal(nil, c.adapter).DeletedItems().ByDirectoryObjectId(string(id))
}

// address reports whether s has the form of a sign-in name.
func address(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s, " \t\r\n")
}
