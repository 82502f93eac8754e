package graph

import (
	"context"
	"fmt"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/directory"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"muster/flows"
)

const (
	pageSize  = 999 // the most that Graph gives
	maxSplits = 5   // ways to cut a long name in two; Graph takes at most 15 conditions joined by "or"
	maxPages  = 1000
)

// FindAccounts finds live accounts (enabled or not) whose display name, given name + surname, UPN or mail begins with the text; at
// most limit, in Graph's order.
func (c *Client) FindAccounts(ctx context.Context, text string, limit int) ([]flows.Account, error) {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || limit <= 0 {
		return nil, nil
	}
	found, err := c.listUsers(ctx, "find accounts", nameFilter(text), accountProperties(), limit)
	if err != nil {
		return nil, err
	}
	var accounts []flows.Account
	for _, u := range found {
		accounts = append(accounts, accountOf(u))
	}
	return accounts, nil
}

// nameFilter also takes "Tom Hughes" for a given name and a surname, cut at each of the first spaces: a display name may be written
// the other way round, or carry a title.
func nameFilter(text string) string {
	var or []string
	for _, p := range []string{"displayName", "givenName", "surname", "userPrincipalName", "mail"} {
		or = append(or, fmt.Sprintf("startswith(%s,%s)", p, quoted(text)))
	}
	words := strings.Split(text, " ")
	for i := 1; i < len(words) && i <= maxSplits; i++ {
		or = append(or, fmt.Sprintf("(startswith(givenName,%s) and startswith(surname,%s))",
			quoted(strings.Join(words[:i], " ")), quoted(strings.Join(words[i:], " "))))
	}
	return strings.Join(or, " or ")
}

// listUsers follows the pages of a filtered list until limit are found. An empty page may still have a next one.
func (c *Client) listUsers(ctx context.Context, op, filter string, properties []string, limit int) ([]models.Userable, error) {
	top := int32(min(limit, pageSize))
	first := &users.UsersRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Filter: &filter, Select: properties, Top: &top},
	}
	return pages(ctx, c, op, limit, func(ctx context.Context, next string) (models.UserCollectionResponseable, error) {
		if next != "" {
			return c.users().WithUrl(next).Get(ctx, nil)
		}
		return c.users().Get(ctx, first)
	})
}

// CountStaff counts the enabled accounts that are no guests. Counting is an advanced query, which reads an index that lags behind
// (reference: Microsoft Graph, advanced query capabilities).
func (c *Client) CountStaff(ctx context.Context) (int, error) {
	const open = "accountEnabled eq true and userType eq 'Member'"
	headers := abstractions.NewRequestHeaders()
	headers.Add("ConsistencyLevel", "eventual")
	filter, yes, one := open, true, int32(1)
	page, err := fetch(ctx, c, "count people", func(ctx context.Context) (models.UserCollectionResponseable, error) {
		return c.users().Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
			Headers:         headers,
			QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Count: &yes, Filter: &filter, Select: []string{"id"}, Top: &one},
		})
	})
	if err != nil {
		return 0, err
	}
	n := page.GetOdataCount()
	if n == nil {
		return 0, unreadable("count people", "count")
	}
	return int(*n), nil
}

// FindDeleted finds accounts in the recycle bin with exactly this display name, in upper or lower case.
func (c *Client) FindDeleted(ctx context.Context, name string) ([]flows.Account, error) {
	all, err := c.listDeleted(ctx)
	if err != nil {
		return nil, err
	}
	var accounts []flows.Account
	for _, u := range all {
		if strings.EqualFold(str(u.GetDisplayName()), strings.TrimSpace(name)) {
			a := accountOf(u)
			a.Deleted, a.UPN = true, formerUPN(a)
			accounts = append(accounts, a)
		}
	}
	return accounts, nil
}

// listDeleted reads the whole recycle bin, which holds the last 30 days. A filter on it would be answered from the lagging search
// index, and would miss sign-in names, to which the directory has added the object id (formerUPN).
func (c *Client) listDeleted(ctx context.Context) ([]models.Userable, error) {
	top := int32(pageSize)
	first := &directory.DeletedItemsGraphUserRequestBuilderGetRequestConfiguration{
		QueryParameters: &directory.DeletedItemsGraphUserRequestBuilderGetQueryParameters{
			Select: append(accountProperties(), "mail"), Top: &top,
		},
	}
	return pages(ctx, c, "list deleted accounts", 0, func(ctx context.Context, next string) (models.UserCollectionResponseable, error) {
		if next != "" {
			return c.deletedUsers().WithUrl(next).Get(ctx, nil)
		}
		return c.deletedUsers().Get(ctx, first)
	})
}

// formerUPN is the sign-in name before the deletion: the directory puts the object id, without dashes, in front of it so that the
// name is free again.
func formerUPN(a flows.Account) string {
	prefix := strings.ReplaceAll(string(a.ID), "-", "")
	if len(a.UPN) > len(prefix) && strings.EqualFold(a.UPN[:len(prefix)], prefix) {
		return a.UPN[len(prefix):]
	}
	return a.UPN
}

// AddressTaken says who holds an address as UPN, mail or proxy address, among live and deleted accounts; "" when it is free. Case
// does not distinguish addresses.
func (c *Client) AddressTaken(ctx context.Context, address string) (string, error) {
	address = strings.TrimSpace(address)
	if address == "" {
		return "", refuse("An address is missing.")
	}
	// Secondary addresses begin with smtp:, the primary one with SMTP:. Whether Graph compares them with case is not documented.
	filter := fmt.Sprintf("userPrincipalName eq %[1]s or mail eq %[1]s or proxyAddresses/any(x:x eq %[2]s) or proxyAddresses/any(x:x eq %[3]s)",
		quoted(address), quoted("smtp:"+address), quoted("SMTP:"+address))
	live, err := c.listUsers(ctx, "look for an address", filter, []string{"id", "displayName", "accountEnabled"}, 1)
	if err != nil {
		return "", err
	}
	if len(live) > 0 {
		if yes(live[0].GetAccountEnabled()) {
			return holder(live[0], ""), nil
		}
		return holder(live[0], " (disabled account)"), nil
	}
	deleted, err := c.listDeleted(ctx)
	if err != nil {
		return "", err
	}
	for _, u := range deleted {
		if held(u, address) {
			return holder(u, " (deleted account)"), nil
		}
	}
	return "", nil
}

func holder(u models.Userable, note string) string {
	if name := str(u.GetDisplayName()); name != "" {
		return name + note
	}
	return str(u.GetId()) + note
}

func held(u models.Userable, address string) bool {
	if strings.EqualFold(formerUPN(accountOf(u)), address) || strings.EqualFold(str(u.GetMail()), address) {
		return true
	}
	for _, p := range u.GetProxyAddresses() {
		if strings.EqualFold(p, "smtp:"+address) {
			return true
		}
	}
	return false
}

// page is one answer of a list, as every collection of the SDK gives it.
type page[T any] interface {
	GetOdataNextLink() *string
	GetValue() []T
}

// pages collects a list, at most limit of it when limit is above zero. The address of a next page is used as it came; the recorder
// refuses one on another host.
func pages[P page[T], T any](ctx context.Context, c *Client, op string, limit int, get func(ctx context.Context, next string) (P, error)) ([]T, error) {
	var all []T
	next := ""
	for range maxPages {
		p, err := fetch(ctx, c, op, func(ctx context.Context) (P, error) { return get(ctx, next) })
		if err != nil {
			return nil, err
		}
		all = append(all, p.GetValue()...)
		if limit > 0 && len(all) >= limit {
			return all[:limit], nil
		}
		if next = str(p.GetOdataNextLink()); next == "" {
			return all, nil
		}
	}
	return nil, &flows.Error{Say: sayUnreadable, Err: fmt.Errorf("%s: more than %d pages", op, maxPages)}
}
