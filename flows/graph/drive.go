package graph

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"muster/flows"
)

func drivePath(drive, item string) string {
	return "/drives/" + url.PathEscape(drive) + "/items/" + url.PathEscape(item)
}

// FetchDrive finds the account's OneDrive. An account that never opened one is NotFound.
func (c *Client) FetchDrive(ctx context.Context, id flows.AccountID) (flows.Drive, error) {
	if err := named(id); err != nil {
		return flows.Drive{}, err
	}
	const op = "read drive of account"
	d, err := read[struct{ ID, WebURL string }](ctx, c, op, request{method: abstractions.GET, path: userPath(id) + "/drive", query: url.Values{"$select": {"id,webUrl"}}})
	if err != nil {
		return flows.Drive{}, err
	}
	if d.ID == "" {
		return flows.Drive{}, unreadable(op, "id")
	}
	return flows.Drive{ID: d.ID, URL: d.WebURL}, nil
}

// DriveItems are the files and folders at the top of a drive; at most limit and one more. Their names stay here.
func (c *Client) DriveItems(ctx context.Context, drive string, limit int) ([]flows.DriveItem, error) {
	if drive == "" {
		return nil, refuse("No drive was named.")
	}
	type row struct {
		ID string `json:"id"`
	}
	rows, err := listAll[row](ctx, c, "list items of drive", request{
		method: abstractions.GET, path: "/drives/" + url.PathEscape(drive) + "/root/children", query: url.Values{"$select": {"id"}, "$top": {strconv.Itoa(min(limit+1, 200))}},
	}, limit+1)
	if err != nil {
		return nil, err
	}
	var all []flows.DriveItem
	for _, r := range rows {
		if r.ID == "" {
			return nil, unreadable("list items of drive", "id of an item")
		}
		all = append(all, flows.DriveItem{ID: r.ID})
	}
	return all, nil
}

// CanWrite reports whether somebody was given the right to change an item.
func (c *Client) CanWrite(ctx context.Context, drive, item string, who flows.AccountID) (bool, error) {
	if err := named(who); err != nil {
		return false, err
	}
	type row struct {
		Roles       []string `json:"roles"`
		GrantedToV2 *struct {
			User *struct {
				ID string `json:"id"`
			} `json:"user"`
		} `json:"grantedToV2"`
	}
	rows, err := listAll[row](ctx, c, "read permissions of item", request{method: abstractions.GET, path: drivePath(drive, item) + "/permissions"}, 0)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(rows, func(r row) bool {
		return r.GrantedToV2 != nil && r.GrantedToV2.User != nil && strings.EqualFold(r.GrantedToV2.User.ID, string(who)) &&
			(slices.Contains(r.Roles, "write") || slices.Contains(r.Roles, "owner"))
	}), nil
}

// ShareItem gives somebody the right to change an item and all that is in it. A second time changes nothing. No mail is sent.
func (c *Client) ShareItem(ctx context.Context, drive, item string, who flows.AccountID) error {
	if err := named(who); err != nil {
		return err
	}
	if drive == "" || item == "" {
		return refuse("No item of a drive was named.")
	}
	return c.send(ctx, "share item of drive", request{method: abstractions.POST, path: drivePath(drive, item) + "/invite", body: map[string]any{
		"recipients": []any{map[string]any{"objectId": string(who)}}, "roles": []string{"write"}, "requireSignIn": true, "sendInvitation": false,
	}})
}
