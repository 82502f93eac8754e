package graphsim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A device is something a person signs in from: known to Entra, and to Intune when it is managed.
type device struct {
	ID       string        `json:"id"`                // in Entra
	Managed  string        `json:"managed,omitempty"` // its id in Intune
	Name     string        `json:"name"`
	System   string        `json:"system"`
	Personal bool          `json:"personal,omitempty"`
	Off      bool          `json:"off,omitempty"`    // disabled in Entra
	CheckIn  time.Duration `json:"checkIn"`          // until it is next seen by Intune; 0: never again
	Action   string        `json:"action,omitempty"` // retire or wipe
	Asked    time.Time     `json:"asked,omitzero"`
}

// gone says whether what was asked for has happened: then Intune does not list the device any more.
func (d device) gone(now time.Time) bool {
	return d.Action != "" && d.CheckIn > 0 && !now.Before(d.Asked.Add(d.CheckIn))
}

func deviceRoutes() []route {
	readManaged := []string{"DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All"}
	act := []string{"DeviceManagementManagedDevices.PrivilegedOperations.All"}
	return []route{
		{"GET", "deviceManagement/managedDevices", readManaged, 1, false, listManaged},
		{"POST", "deviceManagement/managedDevices/{device}/retire", act, 1, true, deviceAction("retire")},
		{"POST", "deviceManagement/managedDevices/{device}/wipe", act, 1, true, deviceAction("wipe")},
		{"GET", "users/{id}/registeredDevices/{cast}", []string{"User.Read.All", "Directory.Read.All", "Device.Read.All"}, 1, false, listRegistered},
		{"PATCH", "devices/{device}", []string{"Device.ReadWrite.All"}, 1, true, patchDevice},
	}
}

// noIntune is what a tenant without Intune answers. Its code varies in the field.
func noIntune() *graphError {
	return &graphError{Status: http.StatusForbidden, Code: "Forbidden", Message: "Request not applicable to target tenant."}
}

var ofUser = regexp.MustCompile(`^userId eq '([0-9a-fA-F-]{36})'$`)

func listManaged(c *call) (answer, error) {
	if c.s.o.NoIntune {
		return answer{}, noIntune()
	}
	m := ofUser.FindStringSubmatch(c.option("filter"))
	if m == nil {
		return answer{}, unknown("managed devices without a filter by user")
	}
	rows := []map[string]any{}
	if u := c.t.Users[strings.ToLower(m[1])]; u != nil {
		for _, d := range u.Devices {
			if d.Managed == "" || d.gone(c.now) {
				continue
			}
			owner, state, results := "company", "managed", []any{}
			if d.Personal {
				owner = "personal"
			}
			if d.Action != "" {
				state = d.Action + "Pending"
				results = append(results, map[string]any{"actionName": d.Action, "actionState": "pending", "startDateTime": moment(d.Asked), "lastUpdatedDateTime": moment(d.Asked)})
			}
			rows = append(rows, map[string]any{
				"id": d.Managed, "userId": u.ID, "deviceName": d.Name, "operatingSystem": d.System, "managedDeviceOwnerType": owner,
				"managementState": state, "azureADDeviceId": d.ID, "deviceActionResults": results,
			})
		}
	}
	return c.paged("deviceManagement/managedDevices", rows, "filter")
}

func deviceAction(action string) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		if c.s.o.NoIntune {
			return answer{}, noIntune()
		}
		if len(c.body) > 0 {
			props, err := c.object()
			if err != nil {
				return answer{}, err
			}
			for name, v := range props {
				if v == nil { // a null unlock code was refused in the field
					return answer{}, malformed("The value of %s is not valid.", name)
				}
			}
		}
		u, at, ok := c.deviceBy(func(d device) bool { return d.Managed != "" && d.Managed == c.params["device"] && !d.gone(c.now) })
		if !ok {
			return answer{}, &graphError{Status: http.StatusNotFound, Code: "ResourceNotFound", Message: "The device could not be found."}
		}
		next := c.t.edit(u.ID)
		next.Devices = slices.Clone(u.Devices)
		next.Devices[at].Action, next.Devices[at].Asked = action, c.now.UTC()
		return noContent(), nil
	}
}

func (c *call) deviceBy(is func(device) bool) (*user, int, bool) {
	for _, u := range c.t.sortedUsers() {
		if at := slices.IndexFunc(u.Devices, is); at >= 0 {
			return u, at, true
		}
	}
	return nil, 0, false
}

func listRegistered(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	if c.params["cast"] != "microsoft.graph.device" {
		return answer{}, unknown("registered devices as %s", c.params["cast"])
	}
	rows := []map[string]any{}
	for _, d := range u.Devices {
		rows = append(rows, map[string]any{
			"id": d.ID, "deviceId": d.ID, "displayName": d.Name, "operatingSystem": d.System, "accountEnabled": !d.Off, "isManaged": d.Managed != "",
		})
	}
	return c.paged("devices", rows)
}

func patchDevice(c *call) (answer, error) {
	u, at, ok := c.deviceBy(func(d device) bool { return strings.EqualFold(d.ID, c.params["device"]) })
	if !ok {
		return answer{}, notFound(c.params["device"])
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	next := c.t.edit(u.ID)
	next.Devices = slices.Clone(u.Devices)
	for name, v := range props {
		on, isFlag := v.(bool)
		if name != "accountEnabled" || !isFlag {
			return answer{}, unknown("property %s of a device", name)
		}
		next.Devices[at].Off = !on
	}
	return noContent(), nil
}
