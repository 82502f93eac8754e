package graph

import (
	"context"
	"net/url"
	"slices"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"muster/flows"
)

// ManagedDevices are the account's devices in Intune, with what was last asked of each. A tenant without Intune is NotFound.
func (c *Client) ManagedDevices(ctx context.Context, id flows.AccountID) ([]flows.Device, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	const op = "list managed devices of account"
	type row struct {
		ID      string `json:"id"`
		Name    string `json:"deviceName"`
		Owner   string `json:"managedDeviceOwnerType"`
		Results []struct {
			Name  string `json:"actionName"`
			State string `json:"actionState"`
			At    string `json:"startDateTime"`
		} `json:"deviceActionResults"`
		State string `json:"managementState"`
	}
	rows, err := listAll[row](ctx, c, op, request{
		method: abstractions.GET, path: "/deviceManagement/managedDevices",
		query: url.Values{"$filter": {"userId eq " + quoted(string(id))}, "$select": {"id,deviceName,managedDeviceOwnerType,deviceActionResults,managementState"}},
	}, 0)
	if err != nil {
		return nil, err
	}
	var all []flows.Device
	for _, r := range rows {
		if r.ID == "" {
			return nil, unreadable(op, "id of a device")
		}
		d := flows.Device{ID: r.ID, Name: r.Name, Personal: r.Owner == "personal"}
		for _, a := range slices.Backward(r.Results) { // the last word on either counts
			if action := actionOf(a.Name); action != "" {
				d.Action, d.State = action, stateOf(a.State)
				break
			}
		}
		if d.Action == "" { // older devices say it only here
			switch r.State {
			case "retirePending", "retireIssued":
				d.Action, d.State = "retire", "pending"
			case "wipePending", "wipeIssued":
				d.Action, d.State = "wipe", "pending"
			case "retireFailed":
				d.Action, d.State = "retire", "failed"
			case "wipeFailed":
				d.Action, d.State = "wipe", "failed"
			}
		}
		all = append(all, d)
	}
	return all, nil
}

func actionOf(name string) string {
	switch name {
	case "retire", "removeCompanyData":
		return "retire"
	case "wipe", "factoryReset":
		return "wipe"
	}
	return ""
}

func stateOf(s string) string {
	switch s {
	case "done":
		return "done"
	case "pending", "active":
		return "pending"
	}
	return "failed"
}

func (c *Client) deviceAction(ctx context.Context, op, device, action string, body any) error {
	if device == "" {
		return refuse("No device was named.")
	}
	return c.send(ctx, op, request{method: abstractions.POST, path: "/deviceManagement/managedDevices/" + url.PathEscape(device) + "/" + action, body: body})
}

// RetireDevice has Intune take the organisation's data and settings off a device when it is next seen.
func (c *Client) RetireDevice(ctx context.Context, device string) error {
	return c.deviceAction(ctx, "retire device", device, "retire", nil)
}

// WipeDevice has Intune take everything off a device when it is next seen. Only what is meant is sent: a null unlock code was refused.
func (c *Client) WipeDevice(ctx context.Context, device string) error {
	return c.deviceAction(ctx, "wipe device", device, "wipe", map[string]bool{"keepEnrollmentData": false, "keepUserData": false})
}

// RegisteredDevices are the devices that the account registered or joined in Entra.
func (c *Client) RegisteredDevices(ctx context.Context, id flows.AccountID) ([]flows.Device, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	const op = "list registered devices of account"
	type row struct {
		ID      string `json:"id"`
		Name    string `json:"displayName"`
		Enabled *bool  `json:"accountEnabled"`
	}
	rows, err := listAll[row](ctx, c, op, request{
		method: abstractions.GET, path: userPath(id) + "/registeredDevices/microsoft.graph.device", query: url.Values{"$select": {"id,displayName,accountEnabled"}},
	}, 0)
	if err != nil {
		return nil, err
	}
	var all []flows.Device
	for _, r := range rows {
		if r.ID == "" || r.Enabled == nil { // whether it is disabled must not be guessed
			return nil, unreadable(op, "id or state of a device")
		}
		all = append(all, flows.Device{ID: r.ID, Name: r.Name, Enabled: *r.Enabled})
	}
	return all, nil
}

// OwnedApps are the names of the app registrations that the account owns. What it runs in Power Platform, Forms or Bookings Graph does not show.
func (c *Client) OwnedApps(ctx context.Context, id flows.AccountID) ([]string, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	type row struct {
		ID   string `json:"id"`
		Name string `json:"displayName"`
	}
	rows, err := listAll[row](ctx, c, "list app registrations of account", request{
		method: abstractions.GET, path: userPath(id) + "/ownedObjects/microsoft.graph.application", query: url.Values{"$select": {"id,displayName"}},
	}, 0)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range rows {
		if r.Name == "" { // still one that somebody must take over
			r.Name = r.ID
		}
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return names, nil
}

// DisableDevice makes Entra refuse sign-ins from a device.
func (c *Client) DisableDevice(ctx context.Context, device string) error {
	if device == "" {
		return refuse("No device was named.")
	}
	return c.send(ctx, "disable device", request{method: abstractions.PATCH, path: "/devices/" + url.PathEscape(device), body: map[string]bool{"accountEnabled": false}})
}
