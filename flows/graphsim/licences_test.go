package graphsim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func assign(add, remove string) string {
	return `{"addLicenses":[` + add + `],"removeLicenses":[` + remove + `]}`
}

func seat(id string, off ...string) string {
	list := ""
	for i, p := range off {
		if i > 0 {
			list += ","
		}
		list += `"` + p + `"`
	}
	return `{"skuId":"` + id + `","disabledPlans":[` + list + `]}`
}

const newNowhere = `{"accountEnabled":false,"displayName":"No Where","mailNickname":"nowhere",
	"userPrincipalName":"nowhere@larkfield.example","passwordProfile":{"password":"Rain-42-lamp"}}`

func (w *world) pool(id string) (consumed float64) {
	w.t.Helper()
	for _, row := range w.ok("GET", "subscribedSkus", "").body["value"].([]any) {
		if m := row.(map[string]any); m["skuId"] == id {
			return m["consumedUnits"].(float64)
		}
	}
	w.t.Fatalf("no pool %s", id)
	return 0
}

func TestAssignLicense(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	path := "users/" + id + "/assignLicense"
	if w.pool(spb) != 41 || w.pool(visio) != 5 || w.pool(planP) != 1 || w.pool(power) != 4 {
		t.Errorf("pools %v %v %v %v", w.pool(spb), w.pool(visio), w.pool(planP), w.pool(power))
	}
	if r := w.ok("POST", path, assign(seat(spb)+","+seat(planP), "")); r.status != 200 || r.body["id"] != id {
		t.Errorf("assigned %d %s", r.status, r.raw)
	}
	if w.pool(spb) != 42 || w.pool(planP) != 2 {
		t.Error("the seats are not counted")
	}
	u := w.ok("GET", "users/"+id+"?$select=assignedLicenses,licenseAssignmentStates,mail,proxyAddresses,assignedPlans", "").body
	if len(u["assignedLicenses"].([]any)) != 2 || u["mail"] != "priya.patel@larkfield.example" {
		t.Errorf("after: %v", u)
	}
	if d := cmp.Diff([]any{"SMTP:priya.patel@larkfield.example"}, u["proxyAddresses"]); d != "" {
		t.Error(d)
	}
	state := u["licenseAssignmentStates"].([]any)[0].(map[string]any)
	if state["assignedByGroup"] != nil || state["state"] != "Active" {
		t.Errorf("state %v", state)
	}
	if got := w.ok("GET", "users/"+id+"/licenseDetails?$select=skuPartNumber", "").field("skuPartNumber"); cmp.Diff([]string{"PROJECTPROFESSIONAL", "SPB"}, got) != "" {
		t.Errorf("details %q", got)
	}
	w.ok("POST", path, assign(seat(spb, "57ff2da0-773e-42df-b2af-ffb7a2317929"), "")) // held already: the plans change
	if w.pool(spb) != 42 {
		t.Error("a change of plans took a seat")
	}
	w.ok("POST", path, assign("", `"`+planP+`"`))
	if w.pool(planP) != 1 {
		t.Error("the seat did not come back")
	}
}

func TestAssignLicenseIsRefused(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	w.ok("POST", "users/"+id+"/assignLicense", assign(seat(spb), ""))
	bare := w.ok("POST", "users", newNowhere).body["id"].(string)
	aisha := users + "05"
	for name, tt := range map[string]struct{ id, body, code, say string }{
		"no add":          {id, `{"removeLicenses":[]}`, "Request_BadRequest", "The missing parameters are: addLicenses."},
		"no remove":       {id, `{"addLicenses":[]}`, "Request_BadRequest", "The missing parameters are: removeLicenses."},
		"wrong type":      {id, `{"addLicenses":"x","removeLicenses":[]}`, "BadRequest", "Unable to read JSON"},
		"full":            {id, assign(seat(visio), ""), "Request_BadRequest", "does not have any available licenses."},
		"no location":     {bare, assign(seat(spb), ""), "Request_BadRequest", "License assignment cannot be done for user with invalid usage location."},
		"unknown pool":    {id, assign(seat(users+"ff"), ""), "Request_BadRequest", "Subscription with SKU"},
		"unknown plan":    {id, assign(seat(planP, users+"ff"), ""), "Request_BadRequest", "Service plan"},
		"dependency":      {id, assign(seat(planP, "5dbe027f-2339-4123-9542-606e4d348a72"), ""), "Request_BadRequest", "License assignment failed because service plan fe71d6c3-a2ea-4499-9778-da042bf08063 depends on the service plan(s)"},
		"exclusive":       {id, assign(seat(exch2), ""), "Request_BadRequest", "mutually exclusive"},
		"not held":        {id, assign("", `"`+power+`"`), "Request_BadRequest", "User does not have a corresponding license."},
		"inherited":       {aisha, assign("", `"`+power+`"`), "Request_BadRequest", "User license is inherited from a group membership and it cannot be removed directly from the user."},
		"both directions": {id, assign(seat(spb), `"`+spb+`"`), "Request_BadRequest", "both added and removed"},
	} {
		t.Run(name, func(t *testing.T) {
			w.send("POST", "users/"+tt.id+"/assignLicense", tt.body).refused(t, 400, tt.code, tt.say)
		})
	}
	w.send("POST", "users/"+id+"/assignLicense", assign(seat(planP)+","+seat(visio), "")).refused(t, 400, "Request_BadRequest", "available")
	if w.pool(planP) != 1 {
		t.Error("half of a refused assignment was done")
	}
	w.send("GET", "subscribedSkus?$top=5", "").refused(t, 400, "Request_UnsupportedQuery", "This resource does not support custom page sizes.")
}

func TestLastSeat(t *testing.T) {
	w := newWorld(t)
	won := 0
	for _, id := range []string{tom, maria, users + "05", users + "06"} {
		r := w.send("POST", "users/"+id+"/assignLicense", assign(seat(planP), ""))
		if r.status == 200 {
			won++
		} else {
			r.refused(t, 400, "Request_BadRequest", "available")
		}
	}
	if won != 3 || w.pool(planP) != 3 { // Maria holds one of three already
		t.Errorf("%d won, %v seats taken", won, w.pool(planP))
	}
}

func TestGroupLicences(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	w.ok("POST", "groups/"+finance+"/members/$ref", link(id))
	state := func() []any {
		return w.ok("GET", "users/"+id+"?$select=licenseAssignmentStates", "").body["licenseAssignmentStates"].([]any)
	}
	if s := state(); len(s) != 1 || s[0].(map[string]any)["assignedByGroup"] != finance {
		t.Errorf("states %v", s)
	}
	if w.pool(power) != 5 {
		t.Error("the inherited seat is not counted")
	}
	w.ok("DELETE", "groups/"+finance+"/members/"+id+"/$ref", "")
	if s := state(); len(s) != 0 || w.pool(power) != 4 {
		t.Errorf("after leaving: %v", s)
	}
	bare := w.ok("POST", "users", newNowhere).body["id"].(string)
	w.ok("POST", "groups/"+finance+"/members/$ref", link(bare))
	s := w.ok("GET", "users/"+bare+"?$select=licenseAssignmentStates,assignedLicenses", "").body
	if one := s["licenseAssignmentStates"].([]any)[0].(map[string]any); one["state"] != "Error" || one["error"] != "ProhibitedInUsageLocationViolation" {
		t.Errorf("without a usage location: %v", one)
	}
	if len(s["assignedLicenses"].([]any)) != 0 {
		t.Error("a failed assignment is shown as held")
	}
}
