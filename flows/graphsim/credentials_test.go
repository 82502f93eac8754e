package graphsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTemporaryAccessPass(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	path := "users/" + id + "/authentication/temporaryAccessPassMethods"
	r := w.ok("POST", path, `{"@odata.type":"#microsoft.graph.temporaryAccessPassAuthenticationMethod","lifetimeInMinutes":120,"isUsableOnce":true}`)
	code, _ := r.body["temporaryAccessPass"].(string)
	if r.status != 201 || len(code) != 8 || r.body["lifetimeInMinutes"] != 120.0 || r.body["isUsable"] != true {
		t.Fatalf("created %d %s", r.status, r.raw)
	}
	pass := r.body["id"].(string)
	for _, p := range []string{path, path + "/" + pass, "users/" + id + "/authentication/methods", "users/" + id + "/authentication/methods/" + pass} {
		if got := w.ok("GET", p, ""); strings.Contains(got.raw, code) || !strings.Contains(got.raw, `"temporaryAccessPass":null`) {
			t.Errorf("%s: %s", p, got.raw)
		}
	}
	w.send("POST", path, `{}`).refused(t, 400, "badRequest", "already exists")
	w.ok("DELETE", path+"/"+pass, "")
	w.send("DELETE", path+"/"+pass, "").refused(t, 404, "resourceNotFound", "")
	second := w.ok("POST", path, "").body
	if second["temporaryAccessPass"] == code || second["lifetimeInMinutes"] != 60.0 {
		t.Errorf("second pass %v", second)
	}
	w.pass(2 * time.Hour)
	if got := w.ok("GET", path, "").field("methodUsabilityReason"); cmp.Diff([]string{"Expired"}, got) != "" {
		t.Errorf("after two hours %q", got)
	}
	w.ok("POST", path, `{"startDateTime":"2026-03-02T12:00:00Z"}`) // an expired one is no obstacle
	if got := w.ok("GET", path, "").field("methodUsabilityReason"); cmp.Diff([]string{"NotYetValid"}, got) != "" {
		t.Errorf("before its time %q", got)
	}
	w.pass(2 * time.Hour)
	if got := w.ok("GET", path, "").field("methodUsabilityReason"); cmp.Diff([]string{"EnabledByPolicy"}, got) != "" {
		t.Errorf("in its time %q", got)
	}
}

func TestTemporaryAccessPassIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct{ id, body, say string }{
		"guest":        {guest, `{}`, "Temporary Access Pass cannot be added to an external guest user"},
		"too short":    {tom, `{"lifetimeInMinutes":59}`, "lifetime"},
		"too long":     {tom, `{"lifetimeInMinutes":481}`, "lifetime"},
		"not a number": {tom, `{"lifetimeInMinutes":"60"}`, "lifetime"},
		"past":         {tom, `{"startDateTime":"2026-03-01T08:00:00Z"}`, "past"},
		"no date":      {tom, `{"startDateTime":"soon"}`, "startDateTime"},
		"no flag":      {tom, `{"isUsableOnce":1}`, "isUsableOnce"},
		"own code":     {tom, `{"temporaryAccessPass":"letmein1"}`, "temporaryAccessPass"},
	} {
		t.Run(name, func(t *testing.T) {
			w.send("POST", "users/"+tt.id+"/authentication/temporaryAccessPassMethods", tt.body).refused(t, 400, "badRequest", tt.say)
		})
	}
	policy := w.ok("GET", "policies/authenticationMethodsPolicy/authenticationMethodConfigurations/TemporaryAccessPass", "").body
	if policy["state"] != "enabled" || policy["maximumLifetimeInMinutes"] != 480.0 || policy["minimumLifetimeInMinutes"] != 60.0 {
		t.Errorf("policy %v", policy)
	}
}

func TestRevokeSessions(t *testing.T) {
	w := newWorld(t)
	w.pass(5 * time.Minute)
	if r := w.ok("POST", "users/"+tom+"/revokeSignInSessions", ""); r.status != 200 || r.body["value"] != true {
		t.Errorf("revoked %d %s", r.status, r.raw)
	}
	if at := w.ok("GET", "users/"+tom+"?$select=signInSessionsValidFromDateTime", "").body["signInSessionsValidFromDateTime"]; at != "2026-03-02T08:05:00Z" {
		t.Errorf("valid from %v", at)
	}
}
