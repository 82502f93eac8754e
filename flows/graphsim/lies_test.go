package graphsim_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestFaultsThatMislead is every way to lie that changes something else than it says, or shows something else than there is.
func TestFaultsThatMislead(t *testing.T) {
	props := func(w *world, who string) map[string]any {
		return w.ok("GET", "users/"+who+"?$select=department,jobTitle,mobilePhone,accountEnabled", "").body
	}
	for kind, status := range map[string]int{"done_denied": 403} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			w.fault(kind, "", 1, 0)
			if r := w.send("PATCH", "users/"+tom, `{"department":"Lab"}`); r.status != status {
				t.Errorf("answered %d", r.status)
			}
			if props(w, tom)["department"] != "Lab" {
				t.Error("it was not done")
			}
		})
	}
	for _, kind := range []string{"done_silent", "done_cut"} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			w.fault(kind, "PATCH", 1, 0)
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // the client has given up
			r := httptest.NewRequestWithContext(ctx, "PATCH", "/v1.0/users/"+tom, strings.NewReader(`{"department":"Lab"}`))
			r.Header.Set("Authorization", "Bearer "+w.token)
			r.Header.Set("Content-Type", "application/json")
			func() {
				defer func() {
					if recover() == nil {
						t.Error("it was answered")
					}
				}()
				w.s.ServeHTTP(httptest.NewRecorder(), r)
			}()
			if props(w, tom)["department"] != "Lab" {
				t.Error("it was not done")
			}
		})
	}
	t.Run("partial", func(t *testing.T) {
		w := newWorld(t)
		before := props(w, tom)
		w.fault("partial", "", 1, 0)
		w.ok("PATCH", "users/"+tom, `{"department":"Lab","jobTitle":"Chief","mobilePhone":"1","accountEnabled":false}`)
		changed := 0
		for k, v := range props(w, tom) {
			if v != before[k] {
				changed++
			}
		}
		if changed != 2 {
			t.Errorf("%d of 4 were changed", changed)
		}
	})
	t.Run("late_effect", func(t *testing.T) {
		w := newWorld(t)
		w.fault("late_effect", "", 2, 90)
		w.ok("PATCH", "users/"+tom, `{"department":"Lab"}`)
		w.ok("POST", "groups/"+sales+"/members/$ref", link(maria))
		member := func() bool {
			return contains(w.ok("GET", "groups/"+sales+"/members?$select=id", "").field("id"), maria)
		}
		if props(w, tom)["department"] != "Sales" || member() {
			t.Error("it was done at once")
		}
		w.pass(90 * time.Second)
		if props(w, tom)["department"] != "Lab" || !member() {
			t.Error("it was never done")
		}
	})
	t.Run("wrong_object", func(t *testing.T) {
		w := newWorld(t)
		members := func() []string { return w.ok("GET", "groups/"+sales+"/members?$select=id", "").field("id") }
		before := len(members())
		w.fault("wrong_object", "", 2, 0)
		w.ok("PATCH", "users/"+tom, `{"mobilePhone":"77"}`)
		w.ok("POST", "groups/"+sales+"/members/$ref", link(maria))
		if props(w, tom)["mobilePhone"] == "77" || contains(members(), maria) {
			t.Error("it was done to the one it names")
		}
		if got := w.ok("GET", "users?$select=mobilePhone&$top=999", "").field("mobilePhone"); !contains(got, "77") || len(members()) != before+1 {
			t.Errorf("it was done to nobody: %d members, phones %q", len(members()), got)
		}
	})
	t.Run("licence_error", func(t *testing.T) {
		w := newWorld(t)
		id := w.create()
		w.fault("licence_error", "", 1, 0)
		w.ok("POST", "users/"+id+"/assignLicense", assign(seat(spb), ""))
		if got := w.ok("GET", "users/"+id+"?$select=assignedLicenses,licenseAssignmentStates", "").body; len(got["assignedLicenses"].([]any)) != 0 ||
			got["licenseAssignmentStates"].([]any)[0].(map[string]any)["state"] != "Error" {
			t.Errorf("licences %v", got)
		}
	})
	t.Run("hidden and empty", func(t *testing.T) {
		w := newWorld(t)
		w.fault("hidden", "GET /v1.0/users/", 1, 0)
		w.send("GET", "users/"+tom, "").refused(t, 404, "Request_ResourceNotFound", "")
		w.ok("GET", "users/"+tom, "")
		w.fault("empty", "", 1, 0)
		if n := len(w.ok("GET", "groups/"+sales+"/members?$select=id", "").field("id")); n != 0 {
			t.Errorf("%d members", n)
		}
		if n := len(w.ok("GET", "groups/"+sales+"/members?$select=id", "").field("id")); n == 0 {
			t.Error("the next list is empty as well")
		}
	})
	t.Run("rules_stopped", func(t *testing.T) {
		w := newWorld(t)
		in := func() bool {
			return contains(w.ok("GET", "users/"+tom+"/memberOf/microsoft.graph.group?$select=displayName", "").field("displayName"), "London Office")
		}
		w.fault("rules_stopped", "", 0, 60)
		w.ok("PATCH", "users/"+tom, `{"officeLocation":"Leeds"}`)
		if !in() {
			t.Error("the group let go")
		}
		w.pass(time.Minute)
		if in() {
			t.Error("the group does not let go")
		}
	})
}
