package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// Traps 5.5 and 5.6: the bytes of each write. A property that is not named is not sent; one that is cleared is null; no empty string.
func TestBodies(t *testing.T) {
	const base = "https://graph.microsoft.com/v1.0"
	for name, tt := range map[string]struct {
		do     func(context.Context, *Client) error
		status int
		answer string
		method string
		path   string
		want   string
	}{
		"attributes": {
			func(ctx context.Context, c *Client) error {
				return c.SetAttributes(ctx, priya, map[string]string{"department": "Sales", "officeLocation": "", "jobTitle": "O'Brien's deputy", "displayName": "P"})
			}, 204, "", "PATCH", "/users/" + string(priya),
			`{"@odata.type":"#microsoft.graph.user","department":"Sales","officeLocation":null,"jobTitle":"O'Brien's deputy","displayName":"P"}`,
		},
		"enable, alone": {
			func(ctx context.Context, c *Client) error { return c.SetEnabled(ctx, priya, true) }, 204, "", "PATCH", "/users/" + string(priya),
			`{"@odata.type":"#microsoft.graph.user","accountEnabled":true}`,
		},
		"block, alone": {
			func(ctx context.Context, c *Client) error { return c.SetEnabled(ctx, priya, false) }, 204, "", "PATCH", "/users/" + string(priya),
			`{"@odata.type":"#microsoft.graph.user","accountEnabled":false}`,
		},
		"manager": {
			func(ctx context.Context, c *Client) error { return c.SetManager(ctx, priya, tom) }, 204, "", "PUT", "/users/" + string(priya) + "/manager/$ref",
			`{"@odata.id":"` + base + `/directoryObjects/` + string(tom) + `"}`,
		},
		"group member": {
			func(ctx context.Context, c *Client) error { return c.AddMember(ctx, sales, priya) }, 204, "", "POST", "/groups/" + sales + "/members/$ref",
			`{"@odata.id":"` + base + `/directoryObjects/` + string(priya) + `"}`,
		},
		"team member": {
			func(ctx context.Context, c *Client) error { return c.AddTeamMember(ctx, team, priya) }, 201, `{"@odata.type":"#microsoft.graph.aadUserConversationMember","id":"x"}`,
			"POST", "/teams/" + team + "/members",
			`{"@odata.type":"#microsoft.graph.aadUserConversationMember","roles":[],"user@odata.bind":"` + base + `/users('` + string(priya) + `')"}`,
		},
		"reply": {
			func(ctx context.Context, c *Client) error {
				return c.SetReply(ctx, priya, " Priya left.\r\nWrite to <Tom> & co.\n\n  Thanks \n")
			}, 200, `{"timeZone":"UTC"}`, "PATCH", "/users/" + string(priya) + "/mailboxSettings",
			`{"automaticRepliesSetting":{"status":"alwaysEnabled","externalAudience":"all",
			  "internalReplyMessage":"Priya left.<br>Write to &lt;Tom&gt; &amp; co.<br><br>&nbsp;&nbsp;Thanks",
			  "externalReplyMessage":"Priya left.<br>Write to &lt;Tom&gt; &amp; co.<br><br>&nbsp;&nbsp;Thanks"}}`,
		},
		"reply, off": {
			func(ctx context.Context, c *Client) error { return c.SetReply(ctx, priya, " \n") }, 200, `{"timeZone":"UTC"}`,
			"PATCH", "/users/" + string(priya) + "/mailboxSettings", `{"automaticRepliesSetting":{"status":"disabled"}}`,
		},
		"licences, both lists": {
			func(ctx context.Context, c *Client) error {
				return c.AssignLicences(ctx, priya, []string{spb, strings.ToUpper(visio)}, nil)
			}, 200, `{"id":"x"}`,
			"POST", "/users/" + string(priya) + "/assignLicense",
			`{"addLicenses":[{"skuId":"` + spb + `","disabledPlans":[]},{"skuId":"` + visio + `","disabledPlans":[]}],"removeLicenses":[]}`,
		},
		"licences, taken": {
			func(ctx context.Context, c *Client) error { return c.AssignLicences(ctx, priya, nil, []string{spb}) }, 200, `{"id":"x"}`,
			"POST", "/users/" + string(priya) + "/assignLicense", `{"addLicenses":[],"removeLicenses":["` + spb + `"]}`,
		},
		"pass": {
			func(ctx context.Context, c *Client) error {
				p, code, err := c.MakePass(ctx, priya, 60, false)
				if err == nil && (code.Reveal() != "Tap-1" || p.ID != "m1" || !p.Usable || p.Until != "2027-01-05T09:00:00Z") {
					err = fmt.Errorf("pass = %+v", p)
				}
				return err
			}, 201, `{"id":"m1","temporaryAccessPass":"Tap-1","isUsable":true,"isUsableOnce":false,"lifetimeInMinutes":60,"startDateTime":"2027-01-05T08:00:00Z"}`,
			"POST", "/users/" + string(priya) + "/authentication/temporaryAccessPassMethods",
			`{"@odata.type":"#microsoft.graph.temporaryAccessPassAuthenticationMethod","isUsableOnce":false,"lifetimeInMinutes":60}`,
		},
		"nested groups": {
			func(ctx context.Context, c *Client) error {
				in, err := c.MemberOf(ctx, priya, []string{sales, strings.ToUpper(team)})
				if diff := cmp.Diff([]string{strings.ToUpper(team)}, in); err == nil && diff != "" {
					err = fmt.Errorf("groups: %s", diff)
				}
				return err
			}, 200, `{"value":["` + team + `"]}`, "POST", "/users/" + string(priya) + "/checkMemberGroups",
			`{"groupIds":["` + sales + `","` + strings.ToUpper(team) + `"]}`,
		},
		"smallest account": {
			func(ctx context.Context, c *Client) error {
				id, err := c.CreateAccount(ctx, flows.NewAccount{UPN: "a.b@larkfield.example", Name: "A B"})
				if err == nil && id != priya {
					err = fmt.Errorf("id = %s", id)
				}
				return err
			}, 201, `{"id":"` + strings.ToUpper(string(priya)) + `"}`, "POST", "/users",
			`{"@odata.type":"#microsoft.graph.user","accountEnabled":false,"displayName":"A B","mailNickname":"a.b","userPrincipalName":"a.b@larkfield.example",
			  "passwordProfile":{"password":"pw","forceChangePasswordNextSignIn":true}}`,
		},
		"whole account": {
			func(ctx context.Context, c *Client) error {
				_, err := c.CreateAccount(ctx, flows.NewAccount{
					UPN: "priya.patel@larkfield.example", Name: "Priya Patel", Given: "Priya", Surname: "Patel", JobTitle: "Account Manager", Department: "Sales",
					Office: "London", CostCentre: "S-12", Company: "Larkfield Instruments", Employee: "Employee", UsageLocation: "GB", HireDate: "2027-01-05", Mark: "J-2026-0042",
				})
				return err
			}, 201, `{"id":"` + string(priya) + `"}`, "POST", "/users",
			`{"@odata.type":"#microsoft.graph.user","accountEnabled":false,"displayName":"Priya Patel","mailNickname":"priya.patel","userPrincipalName":"priya.patel@larkfield.example",
			  "givenName":"Priya","surname":"Patel","jobTitle":"Account Manager","department":"Sales","officeLocation":"London","companyName":"Larkfield Instruments",
			  "employeeType":"Employee","usageLocation":"GB","employeeHireDate":"2027-01-05T00:00:00Z","employeeOrgData":{"costCenter":"S-12"},
			  "onPremisesExtensionAttributes":{"extensionAttribute15":"J-2026-0042"},"passwordProfile":{"password":"pw","forceChangePasswordNextSignIn":true}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stub{answers: list(says(tt.status, tt.answer))}
			c := open(t, Options{Transport: direct{s}, Password: func() (string, error) { return "pw", nil }})
			if err := tt.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			r := s.one(t)
			path, err := url.PathUnescape(r.Path)
			if err != nil {
				t.Fatal(err)
			}
			if r.Method != tt.method || path != "/v1.0"+tt.path {
				t.Errorf("%s %s, want %s /v1.0%s", r.Method, path, tt.method, tt.path)
			}
			if diff := cmp.Diff(decoded(t, tt.want), decoded(t, r.Body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// What is refused before anything is sent.
func TestRefusedUnsent(t *testing.T) {
	many := strings.Split(strings.Repeat(sales+" ", 21), " ")[:21]
	for name, do := range map[string]func(context.Context, *Client) error{
		"no account":          func(ctx context.Context, c *Client) error { _, err := c.FetchAccount(ctx, " "); return err },
		"no group":            func(ctx context.Context, c *Client) error { _, err := c.FindGroup(ctx, ""); return err },
		"no address":          func(ctx context.Context, c *Client) error { _, err := c.AddressTaken(ctx, ""); return err },
		"a path for an id":    func(ctx context.Context, c *Client) error { return c.SetEnabled(ctx, "../groups", true) },
		"no id":               func(ctx context.Context, c *Client) error { return c.SetEnabled(ctx, "", true) },
		"no manager":          func(ctx context.Context, c *Client) error { return c.SetManager(ctx, priya, "") },
		"a name for a group":  func(ctx context.Context, c *Client) error { return c.AddMember(ctx, "Sales", priya) },
		"a name for a team":   func(ctx context.Context, c *Client) error { return c.AddTeamMember(ctx, "Sales Team", priya) },
		"member of a name":    func(ctx context.Context, c *Client) error { _, err := c.IsMember(ctx, "Sales", priya); return err },
		"team member, a name": func(ctx context.Context, c *Client) error { _, err := c.IsTeamMember(ctx, "Sales", priya); return err },
		"nested, a name": func(ctx context.Context, c *Client) error {
			_, err := c.MemberOf(ctx, priya, []string{"Sales"})
			return err
		},
		"nested, too many":     func(ctx context.Context, c *Client) error { _, err := c.MemberOf(ctx, priya, many); return err },
		"a part number":        func(ctx context.Context, c *Client) error { return c.AssignLicences(ctx, priya, []string{"SPB"}, nil) },
		"a part number, taken": func(ctx context.Context, c *Client) error { return c.AssignLicences(ctx, priya, nil, []string{"SPB"}) },
		"pass too short":       func(ctx context.Context, c *Client) error { _, _, err := c.MakePass(ctx, priya, 9, true); return err },
		"pass too long": func(ctx context.Context, c *Client) error {
			_, _, err := c.MakePass(ctx, priya, 43201, true)
			return err
		},
		"revoke, a path": func(ctx context.Context, c *Client) error { return c.RevokeSessions(ctx, "../users") },
		"methods, a UPN": func(ctx context.Context, c *Client) error { _, err := c.FetchMethods(ctx, "a@b"); return err },
		"method of a UPN": func(ctx context.Context, c *Client) error {
			return c.RemoveMethod(ctx, "a@b", flows.Method{ID: "m", Kind: "phone"})
		},
		"no method": func(ctx context.Context, c *Client) error {
			return c.RemoveMethod(ctx, priya, flows.Method{Kind: "phone"})
		},
		"the password": func(ctx context.Context, c *Client) error {
			return c.RemoveMethod(ctx, priya, flows.Method{ID: "m", Kind: "password"})
		},
		"a kind to come": func(ctx context.Context, c *Client) error {
			return c.RemoveMethod(ctx, priya, flows.Method{ID: "m", Kind: "thought"})
		},
		"out of a name":      func(ctx context.Context, c *Client) error { return c.RemoveMember(ctx, "Sales", priya) },
		"nobody out":         func(ctx context.Context, c *Client) error { return c.RemoveMember(ctx, sales, "") },
		"out of a team name": func(ctx context.Context, c *Client) error { return c.RemoveTeamMember(ctx, "Sales", priya) },
		"owners of a name":   func(ctx context.Context, c *Client) error { _, err := c.Owners(ctx, "Sales"); return err },
		"owner of a name":    func(ctx context.Context, c *Client) error { return c.AddOwner(ctx, "Sales", priya) },
		"no owner":           func(ctx context.Context, c *Client) error { return c.RemoveOwner(ctx, sales, "") },
		"reply of a UPN":     func(ctx context.Context, c *Client) error { _, err := c.FetchReply(ctx, "a@b"); return err },
		"reply for a UPN":    func(ctx context.Context, c *Client) error { return c.SetReply(ctx, "a@b", "x") },
		"holdings of a UPN":  func(ctx context.Context, c *Client) error { _, _, _, err := c.Holdings(ctx, "a@b"); return err },
		"reports of a UPN":   func(ctx context.Context, c *Client) error { _, err := c.Reports(ctx, "a@b"); return err },
		"no pass":            func(ctx context.Context, c *Client) error { return c.RemovePass(ctx, priya, "") },
		"a sensitive property": func(ctx context.Context, c *Client) error {
			return c.SetAttributes(ctx, priya, map[string]string{"userPrincipalName": "x"})
		},
		"a property not text": func(ctx context.Context, c *Client) error {
			return c.SetAttributes(ctx, priya, map[string]string{"accountEnabled": "true"})
		},
		"a name cleared": func(ctx context.Context, c *Client) error {
			return c.SetAttributes(ctx, priya, map[string]string{"displayName": ""})
		},
		"a UPN without domain": func(ctx context.Context, c *Client) error {
			_, err := c.CreateAccount(ctx, flows.NewAccount{UPN: "a", Name: "A"})
			return err
		},
		"an account, no name": func(ctx context.Context, c *Client) error {
			_, err := c.CreateAccount(ctx, flows.NewAccount{UPN: "a@b"})
			return err
		},
		"a wrong date": func(ctx context.Context, c *Client) error {
			_, err := c.CreateAccount(ctx, flows.NewAccount{UPN: "a@b", Name: "A", HireDate: "tomorrow"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, says(204, ""))
			err := do(t.Context(), c)
			if code := flows.CodeOf(err); code != flows.Invalid && code != flows.NotFound {
				t.Errorf("code = %q, want invalid or not_found (%v)", code, err)
			}
			if len(s.seen) != 0 {
				t.Errorf("%s %s was sent", s.seen[0].Method, s.seen[0].Path)
			}
		})
	}
	t.Run("nothing to do", func(t *testing.T) {
		c, s := on(t, says(500, ""))
		if err := c.SetAttributes(t.Context(), priya, nil); err != nil {
			t.Error(err)
		}
		if err := c.AssignLicences(t.Context(), priya, nil, nil); err != nil {
			t.Error(err)
		}
		if in, err := c.MemberOf(t.Context(), priya, nil); err != nil || in != nil {
			t.Error(in, err)
		}
		if found, err := c.FindAccounts(t.Context(), "  ", 5); err != nil || found != nil {
			t.Error(found, err)
		}
		if len(s.seen) != 0 {
			t.Errorf("%d requests were sent", len(s.seen))
		}
	})
}

// Trap 5.5, at its root: a fetched account that is changed and sent back sends only the change, because it is another object.
func TestReadThenWriteSendsOnlyTheChange(t *testing.T) {
	c, s := on(t, says(200, `{"id":"`+string(priya)+`","displayName":"Priya Patel","department":"Sales","assignedLicenses":[{"skuId":"`+spb+`"}]}`), says(204, ""))
	a, err := c.FetchAccount(t.Context(), string(priya))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetAttributes(t.Context(), a.ID, map[string]string{"department": ""}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"@odata.type": "#microsoft.graph.user", "department": nil}
	if diff := cmp.Diff(want, decoded(t, s.seen[1].Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// A secret prints as dots wherever it ends up.
func TestPassCodeIsNowhereElse(t *testing.T) {
	var log bytes.Buffer
	s := &stub{answers: list(says(201, `{"id":"m1","temporaryAccessPass":"Tap-1234567","isUsable":true}`), says(200, `{"value":[{"id":"m1","temporaryAccessPass":"Tap-1234567"}]}`))}
	c := open(t, Options{Transport: direct{s}, Log: jsonLog(&log)})
	p, code, err := c.MakePass(t.Context(), priya, 60, true)
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.FetchPasses(t.Context(), priya)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal([]any{p, code, all, fmt.Sprintf("%v %+v %#v", p, code, code)})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(b) + log.String(); strings.Contains(text, "Tap-1234567") {
		t.Errorf("the code is in %s", text)
	}
	if code.Reveal() != "Tap-1234567" || len(all) != 1 {
		t.Errorf("code %q, %d passes", code.Reveal(), len(all))
	}
}
