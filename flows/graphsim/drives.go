package graphsim

import (
	"net/http"
	"slices"
	"strings"
)

// A drive is somebody's OneDrive. It is there once the person has opened it, and outlives the licence.
type drive struct {
	ID    string      `json:"id"`
	Items []driveItem `json:"items,omitempty"` // at its top
}

type driveItem struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Folder bool     `json:"folder,omitempty"`
	Write  []string `json:"write,omitempty"` // object ids of those it was shared with
}

func driveRoutes() []route {
	read := []string{"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"}
	write := []string{"Files.ReadWrite.All", "Sites.ReadWrite.All"}
	return []route{
		{"GET", "users/{id}/drive", read, 1, false, getDrive},
		{"GET", "drives/{drive}/root/children", read, 1, false, listDriveItems},
		{"GET", "drives/{drive}/items/{item}/permissions", read, 1, false, listDrivePermissions},
		{"POST", "drives/{drive}/items/{item}/invite", write, 1, true, inviteToDrive},
	}
}

func getDrive(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	if u.Drive == nil {
		return answer{}, &graphError{Status: http.StatusNotFound, Code: "ResourceNotFound", Message: "User's mysite not found."}
	}
	local := strings.NewReplacer("@", "_", ".", "_").Replace(strings.ToLower(u.text("userPrincipalName")))
	return c.plainOne("drives", map[string]any{
		"id": u.Drive.ID, "driveType": "business", "name": "OneDrive", "webUrl": "https://larkfield-my.sharepoint.example/personal/" + local + "/Documents",
	})
}

// driveOf finds the drive of the path, and whose it is.
func (c *call) driveOf() (*user, error) {
	for _, u := range c.t.sortedUsers() {
		if u.Drive != nil && u.Drive.ID == c.params["drive"] {
			return u, nil
		}
	}
	return nil, noDriveItem()
}

func noDriveItem() *graphError {
	return &graphError{Status: http.StatusNotFound, Code: "itemNotFound", Message: "The resource could not be found."}
}

func (c *call) driveItem() (*user, int, error) {
	u, err := c.driveOf()
	if err != nil {
		return nil, 0, err
	}
	at := slices.IndexFunc(u.Drive.Items, func(i driveItem) bool { return i.ID == c.params["item"] })
	if at < 0 {
		return nil, 0, noDriveItem()
	}
	return u, at, nil
}

func listDriveItems(c *call) (answer, error) {
	u, err := c.driveOf()
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{}
	for _, i := range u.Drive.Items {
		v := map[string]any{"@odata.etag": `"1"`, "id": i.ID, "name": i.Name, "size": 1024}
		if i.Folder {
			v["folder"] = map[string]any{"childCount": 3}
		} else {
			v["file"] = map[string]any{"mimeType": "application/octet-stream"}
		}
		rows = append(rows, v)
	}
	return c.paged("drives('"+u.Drive.ID+"')/root/children", rows)
}

func (c *call) sharing(id string, role string) map[string]any {
	return map[string]any{
		"id": uuidOf(0, "permission/"+id+role, 1), "roles": []any{role},
		"grantedToV2": map[string]any{"user": map[string]any{"id": id, "displayName": c.t.nameOf(id)}},
	}
}

func listDrivePermissions(c *call) (answer, error) {
	u, at, err := c.driveItem()
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{c.sharing(u.ID, "owner")}
	for _, id := range u.Drive.Items[at].Write {
		rows = append(rows, c.sharing(id, "write"))
	}
	return c.plainPage("drives('"+u.Drive.ID+"')/items('"+c.params["item"]+"')/permissions", rows)
}

// inviteToDrive shares an item with people by their object ids. Its refusals are worded freely.
func inviteToDrive(c *call) (answer, error) {
	u, at, err := c.driveItem()
	if err != nil {
		return answer{}, err
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	bad := func(what string) (answer, error) {
		return answer{}, &graphError{Status: http.StatusBadRequest, Code: "invalidRequest", Message: what}
	}
	for name := range props {
		if !slices.Contains([]string{"recipients", "roles", "requireSignIn", "sendInvitation"}, name) {
			return answer{}, unknown("%s of an invite", name)
		}
	}
	roles, _ := props["roles"].([]any)
	if len(roles) != 1 || roles[0] != "write" {
		return bad("The roles are not valid.")
	}
	if props["requireSignIn"] != true {
		return bad("requireSignIn must be true for people of the organisation.")
	}
	list, _ := props["recipients"].([]any)
	if len(list) == 0 {
		return bad("A recipient is missing.")
	}
	next := c.t.edit(u.ID)
	d := *u.Drive
	d.Items = slices.Clone(d.Items)
	next.Drive = &d
	value := []any{}
	for _, r := range list {
		o, _ := r.(map[string]any)
		id, _ := o["objectId"].(string)
		who := c.t.Users[strings.ToLower(id)]
		if who == nil || !who.visible(c.now) {
			return bad("The recipient could not be resolved.")
		}
		if write := d.Items[at].Write; !slices.Contains(write, who.ID) {
			d.Items[at].Write = append(slices.Clone(write), who.ID)
		}
		value = append(value, c.sharing(who.ID, "write"))
	}
	return ok(map[string]any{"@odata.context": c.base + "/$metadata#Collection(microsoft.graph.permission)", "value": value}), nil
}
