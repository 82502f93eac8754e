package graph

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

const petra = flows.AccountID("00000000-0000-4000-a000-000000000025")

// The bytes and the address of each write: the sign-in name goes alone, a deletion and a restore without a body.
func TestRecycleBodies(t *testing.T) {
	for name, tt := range map[string]struct {
		do           func(context.Context, *Client) error
		status       int
		answer       string
		method, path string
		want         string
	}{
		"sign-in name, alone": {
			func(ctx context.Context, c *Client) error {
				return c.SetSignInName(ctx, priya, "priya.shah@larkfield.example")
			},
			204, "", "PATCH", "/users/" + string(priya), `{"@odata.type":"#microsoft.graph.user","userPrincipalName":"priya.shah@larkfield.example"}`,
		},
		"names": {
			func(ctx context.Context, c *Client) error {
				return c.SetAttributes(ctx, priya, map[string]string{"displayName": "Priya Shah", "surname": "Shah", "mailNickname": "priya.shah"})
			}, 204, "", "PATCH", "/users/" + string(priya), `{"@odata.type":"#microsoft.graph.user","displayName":"Priya Shah","surname":"Shah","mailNickname":"priya.shah"}`,
		},
		"delete": {func(ctx context.Context, c *Client) error { return c.DeleteAccount(ctx, priya) }, 204, "", "DELETE", "/users/" + string(priya), ""},
		"restore": {
			func(ctx context.Context, c *Client) error { return c.RestoreAccount(ctx, priya) }, 200, `{"@odata.type":"#microsoft.graph.user","id":"x"}`,
			"POST", "/directory/deletedItems/" + string(priya) + "/restore", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, says(tt.status, tt.answer))
			if err := tt.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			r := s.one(t)
			if path, err := url.PathUnescape(r.Path); err != nil || r.Method != tt.method || path != "/v1.0"+tt.path {
				t.Errorf("%s %s (%v), want %s /v1.0%s", r.Method, r.Path, err, tt.method, tt.path)
			}
			if tt.want == "" {
				if r.Body != "" {
					t.Errorf("body %q, want none", r.Body)
				}
			} else if diff := cmp.Diff(decoded(t, tt.want), decoded(t, r.Body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRecycleUnsent(t *testing.T) {
	for name, do := range map[string]func(context.Context, *Client) error{
		"no id":          func(ctx context.Context, c *Client) error { return c.DeleteAccount(ctx, "") },
		"delete a path":  func(ctx context.Context, c *Client) error { return c.DeleteAccount(ctx, "../groups") },
		"restore a UPN":  func(ctx context.Context, c *Client) error { return c.RestoreAccount(ctx, "a@b") },
		"deleted, a UPN": func(ctx context.Context, c *Client) error { _, err := c.FetchDeleted(ctx, "a@b"); return err },
		"rename a UPN":   func(ctx context.Context, c *Client) error { return c.SetSignInName(ctx, "a@b", "c@d.example") },
		"no name":        func(ctx context.Context, c *Client) error { return c.SetSignInName(ctx, priya, "") },
		"no domain":      func(ctx context.Context, c *Client) error { return c.SetSignInName(ctx, priya, "priya") },
		"a space": func(ctx context.Context, c *Client) error {
			return c.SetSignInName(ctx, priya, "p x@larkfield.example")
		},
		"a nickname, empty": func(ctx context.Context, c *Client) error {
			return c.SetAttributes(ctx, priya, map[string]string{"mailNickname": ""})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, says(204, ""))
			if err := do(t.Context(), c); flows.CodeOf(err) != flows.Invalid || len(s.seen) != 0 {
				t.Errorf("code = %q (%v) after %d requests, want invalid and none", flows.CodeOf(err), err, len(s.seen))
			}
		})
	}
}

// "Not found" may mean that it was done before, or that there is no such account: the other place is looked at.
func TestRecycleNotFound(t *testing.T) {
	gone := says(404, graphError("Request_ResourceNotFound", "x", ""))
	there := says(200, `{"id":"`+string(priya)+`","userPrincipalName":"`+strings.ReplaceAll(string(priya), "-", "")+`p@larkfield.example"}`)
	remove := func(ctx context.Context, c *Client) error { return c.DeleteAccount(ctx, priya) }
	restore := func(ctx context.Context, c *Client) error { return c.RestoreAccount(ctx, priya) }
	for name, tt := range map[string]struct {
		do      func(context.Context, *Client) error
		answers []func(http.ResponseWriter, *http.Request)
		want    flows.Code
		ok      bool
	}{
		"deleted before":          {remove, list(gone, there), "", true},
		"no such account":         {remove, list(gone, gone), flows.NotFound, false},
		"nobody can say":          {remove, list(gone, says(403, "")), flows.NotFound, false},
		"an administrator":        {remove, list(says(403, graphError("Authorization_RequestDenied", "x", ""))), flows.Denied, false},
		"live again":              {restore, list(gone, there), "", true},
		"gone for good":           {restore, list(gone, gone), flows.NotFound, false},
		"the name is taken":       {restore, list(says(400, graphError("Request_BadRequest", "Another object with the same value for property userPrincipalName already exists.", "ObjectConflict"))), flows.Conflict, false},
		"restore, answer is lost": {restore, list(says(503, "")), flows.Unavailable, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := on(t, tt.answers...)
			if err := tt.do(t.Context(), c); (err == nil) != tt.ok || flows.CodeOf(err) != tt.want {
				t.Errorf("error = %v, want success %t or code %q", err, tt.ok, tt.want)
			}
		})
	}
}

// Through the simulator: the bin shows the name from before, the restore brings licences back without a seat, and 30 days later all is gone.
func TestRecycle(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		before := must[flows.Account](t)(l.FetchAccount(ctx, string(petra)))
		if !slices.Equal(before.Addresses, []string{"SMTP:petra.vale@larkfield.example"}) || before.Nickname != "petra.vale" {
			t.Errorf("addresses %q, nickname %q", before.Addresses, before.Nickname)
		}
		if err := l.DeleteAccount(ctx, petra); err != nil {
			t.Fatal(err)
		}
		if err := l.DeleteAccount(ctx, petra); err != nil {
			t.Errorf("a second time: %v", err)
		}
		if _, err := l.FetchAccount(ctx, string(petra)); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("live: %v, want not_found", err)
		}
		a := must[flows.Account](t)(l.FetchDeleted(ctx, petra))
		if !a.Deleted || a.UPN != before.UPN || a.Name != "Petra Vale" || len(a.Licences) != 0 {
			t.Errorf("in the bin: %+v", a)
		}
		if err := l.AssignLicences(ctx, tom, []string{visio}, nil); err != nil { // the seat that became free
			t.Fatal(err)
		}
		if err := l.RestoreAccount(ctx, petra); err != nil {
			t.Fatal(err)
		}
		if err := l.RestoreAccount(ctx, petra); err != nil {
			t.Errorf("a second time: %v", err)
		}
		if _, err := l.FetchDeleted(ctx, petra); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("in the bin: %v, want not_found", err)
		}
		if diff := cmp.Diff(before, must[flows.Account](t)(l.FetchAccount(ctx, string(petra)))); diff != "" {
			t.Errorf("restored (-before +after):\n%s", diff)
		}
		for _, k := range must[[]flows.SKU](t)(l.FetchSKUs(ctx)) {
			if k.ID == visio && (k.Free != 0 || k.Over != 1) {
				t.Errorf("after the restore: %+v, want one seat too many", k)
			}
		}
		if err := l.DeleteAccount(ctx, petra); err != nil {
			t.Fatal(err)
		}
		time.Sleep(31 * 24 * time.Hour)
		if _, err := l.FetchDeleted(ctx, petra); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("after 31 days: %v, want not_found", err)
		}
		if err := l.RestoreAccount(ctx, petra); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("restore after 31 days: %v, want not_found", err)
		}
		if err := l.DeleteAccount(ctx, personNo("40")); flows.CodeOf(err) != flows.Denied {
			t.Errorf("an administrator: %v, want denied", err)
		}
	})
}

func TestRenames(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		if err := l.SetAttributes(ctx, petra, map[string]string{"displayName": "Petra Shaw", "surname": "Shaw", "mailNickname": "petra.shaw"}); err != nil {
			t.Fatal(err)
		}
		if err := l.SetSignInName(ctx, petra, "petra.shaw@larkfield.example"); err != nil {
			t.Fatal(err)
		}
		a := must[flows.Account](t)(l.FetchAccount(ctx, string(petra)))
		if a.UPN != "petra.shaw@larkfield.example" || a.Name != "Petra Shaw" || a.Given != "Petra" || a.Surname != "Shaw" || a.Nickname != "petra.shaw" {
			t.Errorf("renamed: %+v", a)
		}
		for name, tt := range map[string]struct {
			id   flows.AccountID
			upn  string
			want flows.Code
		}{
			"taken":             {petra, "tom.hughes@larkfield.example", flows.Conflict},
			"a foreign domain":  {petra, "petra@elsewhere.example", flows.Invalid},
			"an administrator":  {personNo("40"), "g@larkfield.example", flows.Denied},
			"of the premises":   {personNo("3e"), "s.n@larkfield.example", flows.Invalid},
			"an address in use": {petra, "salesteam@larkfield.example", flows.Conflict},
		} {
			if err := l.SetSignInName(ctx, tt.id, tt.upn); flows.CodeOf(err) != tt.want {
				t.Errorf("%s: %v, want %s", name, err, tt.want)
			}
		}
	})
}

// What was accepted and not done, and what was done and not answered: a look tells, and nothing private is in an error.
func TestRecycleLies(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		l.fault(t, "no_effect", "", 3)
		for name, err := range map[string]error{
			"delete": l.DeleteAccount(ctx, petra), "name": l.SetSignInName(ctx, petra, "p.v@larkfield.example"), "names": l.SetAttributes(ctx, petra, map[string]string{"displayName": "P"}),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if a := must[flows.Account](t)(l.FetchAccount(ctx, string(petra))); a.UPN != "petra.vale@larkfield.example" || a.Name != "Petra Vale" {
			t.Errorf("what had no effect is shown: %+v", a)
		}
		l.sim.ClearFaults()
		l.fault(t, "lost_answer", "(DELETE|PATCH) ", 2)
		if err := l.SetSignInName(ctx, petra, "p.v@larkfield.example"); err != nil {
			t.Errorf("name: %v", err)
		}
		l.sim.ClearFaults()
		l.fault(t, "lost_answer", "DELETE ", 1)
		if err := l.DeleteAccount(ctx, petra); err != nil {
			t.Errorf("delete: %v", err)
		}
		l.fault(t, "no_effect", "POST ", 1)
		if err := l.RestoreAccount(ctx, petra); err != nil {
			t.Errorf("restore: %v", err)
		}
		if _, err := l.FetchAccount(ctx, string(petra)); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("restored without effect: %v, want not_found", err)
		}
		l.fault(t, "lost_answer", "POST .*/restore", 1)
		if err := l.RestoreAccount(ctx, petra); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("restore: %v, want unavailable", err)
		}
		if err := l.RestoreAccount(ctx, petra); err != nil {
			t.Errorf("restore again: %v", err)
		}
		if err := l.sim.PatchUser(string(petra), map[string]json.RawMessage{"deleted": json.RawMessage(`true`)}); err != nil {
			t.Fatal(err)
		}
		_, err := l.CreateAccount(ctx, flows.NewAccount{UPN: "p.v@larkfield.example", Name: "Paul Vane", UsageLocation: "GB"})
		if err != nil {
			t.Fatal(err)
		}
		err = l.RestoreAccount(ctx, petra)
		if flows.CodeOf(err) != flows.Conflict || strings.Contains(err.Error()+flows.SayOf(err), "p.v") || strings.Contains(err.Error(), "Petra") {
			t.Errorf("restore of a taken name: %v", err)
		}
	})
}
