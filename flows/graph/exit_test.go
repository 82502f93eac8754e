package graph

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// The bytes and the address of each removal. Without /$ref at its end the first would delete the person.
func TestRemovals(t *testing.T) {
	const at = "/v1.0/users/" + string(priya) + "/authentication/"
	method := func(kind string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			return c.RemoveMethod(ctx, priya, flows.Method{ID: "m/1", Kind: kind})
		}
	}
	for name, tt := range map[string]struct {
		do     func(context.Context, *Client) error
		method string
		path   string
		answer string
	}{
		"member":         {func(ctx context.Context, c *Client) error { return c.RemoveMember(ctx, sales, priya) }, "DELETE", "/v1.0/groups/" + sales + "/members/" + string(priya) + "/%24ref", ""},
		"owner":          {func(ctx context.Context, c *Client) error { return c.RemoveOwner(ctx, sales, priya) }, "DELETE", "/v1.0/groups/" + sales + "/owners/" + string(priya) + "/%24ref", ""},
		"sessions":       {func(ctx context.Context, c *Client) error { return c.RevokeSessions(ctx, priya) }, "POST", "/v1.0/users/" + string(priya) + "/revokeSignInSessions", `{"value":true}`},
		"authenticator":  {method("microsoftAuthenticator"), "DELETE", at + "microsoftAuthenticatorMethods/m%2F1", ""},
		"phone":          {method("phone"), "DELETE", at + "phoneMethods/m%2F1", ""},
		"key":            {method("fido2"), "DELETE", at + "fido2Methods/m%2F1", ""},
		"code generator": {method("softwareOath"), "DELETE", at + "softwareOathMethods/m%2F1", ""},
		"e-mail":         {method("email"), "DELETE", at + "emailMethods/m%2F1", ""},
		"Windows Hello":  {method("windowsHelloForBusiness"), "DELETE", at + "windowsHelloForBusinessMethods/m%2F1", ""},
		"platform":       {method("platformCredential"), "DELETE", at + "platformCredentialMethods/m%2F1", ""},
		"pass":           {method("temporaryAccessPass"), "DELETE", at + "temporaryAccessPassMethods/m%2F1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			status := 204
			if tt.answer != "" {
				status = 200
			}
			c, s := on(t, says(status, tt.answer))
			if err := tt.do(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			r := s.one(t)
			if r.Method != tt.method || strings.ReplaceAll(r.Path, "$", "%24") != tt.path || r.Body != "" {
				t.Errorf("%s %s %q, want %s %s", r.Method, r.Path, r.Body, tt.method, tt.path)
			}
		})
	}
}

// "Not found" at a removal may mean the group, the account or the link: the link is looked for.
func TestRemovalOfWhatIsNotThere(t *testing.T) {
	gone := says(404, graphError("Request_ResourceNotFound", "Resource 'x' does not exist or one of its queried reference-property objects are not present.", ""))
	before := says(400, graphError("Request_BadRequest", "One or more removed object references do not exist for the following modified properties: 'members'.", ""))
	none := says(200, `{"value":[]}`)
	member := func(ctx context.Context, c *Client) error { return c.RemoveMember(ctx, sales, priya) }
	owner := func(ctx context.Context, c *Client) error { return c.RemoveOwner(ctx, sales, priya) }
	fromTeam := func(ctx context.Context, c *Client) error { return c.RemoveTeamMember(ctx, team, priya) }
	mine := says(200, `{"value":[{"@odata.type":"#microsoft.graph.aadUserConversationMember","id":"MCMj=","userId":"`+strings.ToUpper(string(priya))+`"}]}`)
	for name, tt := range map[string]struct {
		do    func(context.Context, *Client) error
		seen  []func(http.ResponseWriter, *http.Request)
		tries int
		want  flows.Code
		ok    bool
	}{
		"member, removed before":       {member, list(before), 1, "", true},
		"member, not there":            {member, list(gone, none), 2, "", true},
		"member, no such account":      {member, list(gone, gone), 2, flows.NotFound, false},
		"member, shown all the same":   {member, list(gone, says(200, `{"value":[{"id":"`+sales+`"}]}`)), 2, flows.Unavailable, false},
		"member, nobody can say":       {member, list(gone, says(403, "")), 2, flows.Denied, false},
		"owner, not there":             {owner, list(gone, says(200, `{"value":[{"id":"`+string(tom)+`"}]}`)), 2, "", true},
		"owner, shown all the same":    {owner, list(gone, says(200, `{"value":[{"id":"`+strings.ToUpper(string(priya))+`"}]}`)), 2, flows.Unavailable, false},
		"owner, no such group":         {owner, list(gone, gone), 2, flows.NotFound, false},
		"team, not there":              {fromTeam, list(none), 1, "", true},
		"team, gone meanwhile":         {fromTeam, list(mine, gone), 2, "", true},
		"team, no such team":           {fromTeam, list(gone), 1, flows.NotFound, false},
		"team, refused":                {fromTeam, list(mine, says(403, "")), 2, flows.Denied, false},
		"team, a member without an id": {fromTeam, list(says(200, `{"value":[{"@odata.type":"#microsoft.graph.aadUserConversationMember","userId":"`+string(priya)+`"}]}`)), 1, flows.Internal, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, tt.seen...)
			err := tt.do(t.Context(), c)
			if (err == nil) != tt.ok || flows.CodeOf(err) != tt.want || len(s.seen) != tt.tries {
				t.Errorf("error = %v after %d requests, want success %t or code %q after %d", err, len(s.seen), tt.ok, tt.want, tt.tries)
			}
		})
	}
}

// Who owns a Microsoft 365 group without being its member does not see the team, so membership comes first.
func TestAddOwner(t *testing.T) {
	already := says(400, graphError("Request_BadRequest", "One or more added object references already exist for the following modified properties: 'owners'.", ""))
	for name, tt := range map[string]struct {
		props string
		rest  []func(http.ResponseWriter, *http.Request)
		want  []string
		ok    bool
	}{
		"security":              {`"groupTypes":[],"securityEnabled":true`, list(says(204, "")), []string{"owners"}, true},
		"security, already":     {`"groupTypes":[],"securityEnabled":true`, list(already), []string{"owners"}, true},
		"Microsoft 365":         {`"groupTypes":["Unified"],"mailEnabled":true`, list(says(204, "")), []string{"members", "owners"}, true},
		"Microsoft 365, both":   {`"groupTypes":["Unified"],"mailEnabled":true`, list(already), []string{"members", "owners"}, true},
		"Microsoft 365, denied": {`"groupTypes":["Unified"],"mailEnabled":true`, list(says(403, "")), []string{"members"}, false},
		"dynamic":               {`"groupTypes":["Unified","DynamicMembership"],"mailEnabled":true`, list(says(204, "")), []string{"owners"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, append(list(says(200, `{"id":"`+team+`","displayName":"x",`+tt.props+`}`)), tt.rest...)...)
			if err := c.AddOwner(t.Context(), team, priya); (err == nil) != tt.ok {
				t.Errorf("error = %v, want success %t", err, tt.ok)
			}
			var got []string
			for _, r := range s.seen[1:] {
				got = append(got, strings.Split(r.Path, "/")[4])
				if diff := cmp.Diff(map[string]any{"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/" + string(priya)}, decoded(t, r.Body)); diff != "" {
					t.Errorf("body (-want +got):\n%s", diff)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFetchMethods(t *testing.T) {
	c, s := on(t, says(200, `{"value":[
		{"@odata.type":"#microsoft.graph.passwordAuthenticationMethod","id":"28c10230-6103-485e-b985-444c60001490","password":null},
		{"@odata.type":"#microsoft.graph.phoneAuthenticationMethod","id":"p","phoneNumber":"+44 7700900103","phoneType":"mobile"},
		{"@odata.type":"#microsoft.graph.microsoftAuthenticatorAuthenticationMethod","id":"a","displayName":"Priya's phone"},
		{"@odata.type":"#microsoft.graph.externalAuthenticationMethod","id":"e","displayName":"x","configurationId":"y"},
		{"@odata.type":"#microsoft.graph.thoughtAuthenticationMethod","id":"t"},
		{"@odata.type":"#microsoft.graph.temporaryAccessPassAuthenticationMethod","id":"tap"}]}`))
	got, err := c.FetchMethods(t.Context(), priya)
	if err != nil {
		t.Fatal(err)
	}
	want := []flows.Method{{ID: "p", Kind: "phone"}, {ID: "a", Kind: "microsoftAuthenticator"}, {ID: "e", Kind: "external"}, {ID: "t", Kind: "thought"}, {ID: "tap", Kind: "temporaryAccessPass"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("methods (-want +got):\n%s", diff)
	}
	s.one(t)
	for _, body := range []string{`{"value":[{"id":"x"}]}`, `{"value":[{"@odata.type":"#microsoft.graph.phoneAuthenticationMethod"}]}`} {
		c, _ := on(t, says(200, body))
		if ms, err := c.FetchMethods(t.Context(), priya); flows.SayOf(err) != sayUnreadable {
			t.Errorf("%s: %v, %v", body, ms, err)
		}
	}
}

func TestRevokeSessionsTakesTrue(t *testing.T) {
	for body, want := range map[string]flows.Code{`{"value":false}`: flows.Unavailable, `{}`: flows.Unavailable, `[1]`: flows.Unavailable} {
		c, _ := on(t, says(200, body))
		if err := c.RevokeSessions(t.Context(), priya); err == nil || flows.CodeOf(err) != want {
			t.Errorf("%s: error = %v, want code %q", body, err, want)
		}
	}
}

func TestHoldings(t *testing.T) {
	group := func(id, name string) string {
		return `{"id":"` + id + `","displayName":"` + name + `","groupTypes":[],"mailEnabled":false,"securityEnabled":true}`
	}
	c, s := on(t, says(200, `{"value":[`+group(strings.ToUpper(sales), "Sales")+`]}`), says(200, `{"value":[`+group(team, "Sales Team")+`]}`),
		says(200, `{"value":[{"id":"r1","displayName":"Helpdesk Administrator"},{"id":"r2"}]}`))
	member, owned, roles, err := c.Holdings(t.Context(), priya)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]flows.Group{{ID: sales, Name: "Sales", Kind: flows.SecurityGroup}}, member); diff != "" {
		t.Errorf("member (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]flows.Group{{ID: team, Name: "Sales Team", Kind: flows.SecurityGroup}}, owned); diff != "" {
		t.Errorf("owned (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Helpdesk Administrator", "r2"}, roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	for _, r := range s.seen {
		if r.Header.Get("ConsistencyLevel") != "" || strings.Contains(r.Query, "filter") {
			t.Errorf("asked through the lagging index: %s", r.Query)
		}
	}
	// An app that may not read groups sees their ids: they are nothing that can be planned with.
	for name, answers := range map[string][]func(http.ResponseWriter, *http.Request){
		"groups":       list(says(200, `{"value":[{"id":"`+sales+`","displayName":null}]}`)),
		"owned groups": list(says(200, `{"value":[]}`), says(200, `{"value":[{"id":"`+sales+`"}]}`)),
		"roles":        list(says(200, `{"value":[]}`), says(200, `{"value":[]}`), says(403, "")),
	} {
		c, _ := on(t, answers...)
		if _, _, _, err := c.Holdings(t.Context(), priya); flows.CodeOf(err) != flows.Denied {
			t.Errorf("%s: error = %v, want denied", name, err)
		}
	}
}

// A leaver by hand: every verb of the exit against the simulator, each read back.
func TestLeaver(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		maria, crm := personNo("04"), groupNo("0c")
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		member, owned, roles, err := l.Holdings(ctx, tom)
		check(err)
		kinds := map[string]flows.GroupKind{}
		for _, g := range member {
			kinds[g.Name] = g.Kind
		}
		want := map[string]flows.GroupKind{
			"All Staff": flows.DynamicGroup, "London Office": flows.DynamicGroup, "Sales": flows.SecurityGroup, "Sales Team": flows.Microsoft365, "CRM Users": flows.SecurityGroup,
			"Marketing News": flows.MailGroup, "Price List Editors": flows.MailGroup, "Company Team": flows.Microsoft365,
		}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Errorf("member of (-want +got):\n%s", diff)
		}
		last := map[string]bool{}
		for _, g := range owned {
			last[g.Name] = len(must[[]flows.AccountID](t)(l.Owners(ctx, g.ID))) == 1
		}
		if diff := cmp.Diff(map[string]bool{"Sales": false, "Sales Team": true, "CRM Users": true, "Price List Editors": true}, last); diff != "" {
			t.Errorf("owns, and alone (-want +got):\n%s", diff)
		}
		if len(roles) != 0 {
			t.Errorf("Tom holds %v", roles)
		}
		if _, _, roles, err = l.Holdings(ctx, personNo("40")); err != nil || !slices.Equal(roles, []string{"Global Administrator"}) {
			t.Errorf("the administrator holds %v, %v", roles, err)
		}
		if _, _, roles, err = l.Holdings(ctx, personNo("07")); err != nil || !slices.Equal(roles, []string{"Helpdesk Administrator"}) {
			t.Errorf("the helpdesk holds %v, %v: a role by way of a group", roles, err)
		}
		reports := must[[]flows.Person](t)(l.Reports(ctx, tom))
		if !slices.Contains(reports, flows.Person{ID: personNo("20"), Name: "Sam Taylor", UPN: "sam.taylor@larkfield.example"}) || len(reports) != 7 {
			t.Errorf("reports: %v", reports)
		}

		check(l.SetEnabled(ctx, tom, false))
		time.Sleep(time.Minute)
		check(l.RevokeSessions(ctx, tom))
		if a := must[flows.Account](t)(l.FetchAccount(ctx, string(tom))); a.Enabled || !a.SessionsFrom.Equal(time.Now()) {
			t.Errorf("enabled %t, sessions from %v, want %v", a.Enabled, a.SessionsFrom, time.Now())
		}

		const text = "Tom has left.\n\nPlease write to <Maria> & \"co\":\n  maria.lopez@larkfield.example  (sales)"
		if got := must[string](t)(l.FetchReply(ctx, tom)); got != "" {
			t.Errorf("a reply before: %q", got)
		}
		check(l.SetReply(ctx, tom, text))
		if got := must[string](t)(l.FetchReply(ctx, tom)); got != text {
			t.Errorf("reply = %q, want %q", got, text)
		}

		methods := must[[]flows.Method](t)(l.FetchMethods(ctx, tom))
		if len(methods) != 2 || methods[0].Kind != "microsoftAuthenticator" || methods[1].Kind != "phone" {
			t.Fatalf("methods %v", methods)
		}
		if err := l.RemoveMethod(ctx, tom, methods[0]); flows.CodeOf(err) != flows.Conflict {
			t.Errorf("the default first: %v, want conflict", err)
		}
		check(l.RemoveMethod(ctx, tom, methods[1]))
		check(l.RemoveMethod(ctx, tom, methods[1])) // gone already
		check(l.RemoveMethod(ctx, tom, methods[0]))
		if left := must[[]flows.Method](t)(l.FetchMethods(ctx, tom)); len(left) != 0 {
			t.Errorf("methods left: %v", left)
		}

		for _, g := range []string{team, crm} {
			if err := l.RemoveOwner(ctx, g, tom); flows.CodeOf(err) != flows.Conflict || !strings.Contains(flows.SayOf(err), "last owner") {
				t.Errorf("the last owner of %s: %v, want conflict", g, err)
			}
			check(l.AddOwner(ctx, g, maria))
			check(l.AddOwner(ctx, g, maria)) // already
			check(l.RemoveOwner(ctx, g, tom))
			check(l.RemoveOwner(ctx, g, tom)) // not any more
			if got := must[[]flows.AccountID](t)(l.Owners(ctx, g)); !slices.Equal(got, []flows.AccountID{maria}) {
				t.Errorf("owners of %s: %v", g, got)
			}
		}
		if !must[bool](t)(l.IsTeamMember(ctx, team, maria)) || must[bool](t)(l.IsMember(ctx, crm, maria)) {
			t.Error("the new owner belongs in the team, and not in the security group")
		}

		check(l.RemoveTeamMember(ctx, team, tom))
		check(l.RemoveTeamMember(ctx, team, tom)) // not any more
		check(l.RemoveMember(ctx, sales, tom))
		check(l.RemoveMember(ctx, sales, tom)) // one variant of not being there
		time.Sleep(time.Hour)
		check(l.RemoveMember(ctx, sales, tom)) // and the other
		if must[bool](t)(l.IsMember(ctx, sales, tom)) || must[bool](t)(l.IsTeamMember(ctx, team, tom)) || must[bool](t)(l.IsMember(ctx, team, tom)) {
			t.Error("still a member")
		}

		check(l.AssignLicences(ctx, tom, nil, []string{spb}))
		if _, err := l.FetchReply(ctx, tom); flows.CodeOf(err) != flows.NotFound || !strings.Contains(flows.SayOf(err), "mailbox") {
			t.Errorf("reply without a licence: %v, want not_found", err)
		}
		if err := l.SetReply(ctx, tom, text); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("reply set without a licence: %v, want not_found", err)
		}
		if _, err := l.FetchAccount(ctx, string(tom)); err != nil {
			t.Errorf("the account is gone: %v", err)
		}
	})
}

// What Microsoft 365 refuses of an exit.
func TestLeaverRefusals(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		nobody := personNo("ff")
		for name, tt := range map[string]struct {
			do   func() error
			want flows.Code
			say  string
		}{
			"administrator":         {func() error { return l.SetEnabled(ctx, personNo("40"), false) }, flows.Denied, "administrator"},
			"role by a group":       {func() error { return l.SetEnabled(ctx, personNo("07"), false) }, flows.Denied, "administrator"},
			"synced person":         {func() error { return l.SetEnabled(ctx, personNo("3e"), false) }, flows.Invalid, "on-premises"},
			"out of a mail group":   {func() error { return l.RemoveMember(ctx, groupNo("08"), tom) }, flows.Invalid, "Exchange"},
			"out of a rule":         {func() error { return l.RemoveMember(ctx, groupNo("01"), tom) }, flows.Invalid, "rule"},
			"out of a synced":       {func() error { return l.RemoveMember(ctx, groupNo("0a"), personNo("04")) }, flows.Invalid, "on-premises"},
			"out of a role group":   {func() error { return l.RemoveMember(ctx, groupNo("0b"), personNo("07")) }, flows.Denied, "permission"},
			"owner out of a team":   {func() error { return l.RemoveTeamMember(ctx, team, tom) }, flows.Denied, "permission"},
			"owner of a mail group": {func() error { return l.AddOwner(ctx, groupNo("08"), personNo("04")) }, flows.Invalid, "Exchange"},
			"owners of nothing":     {func() error { _, err := l.Owners(ctx, groupNo("ff")); return err }, flows.NotFound, "know"},
			"nobody's sessions":     {func() error { return l.RevokeSessions(ctx, nobody) }, flows.NotFound, "know"},
			"nobody's reports":      {func() error { _, err := l.Reports(ctx, nobody); return err }, flows.NotFound, "know"},
			"nobody's methods":      {func() error { _, err := l.FetchMethods(ctx, nobody); return err }, flows.NotFound, "know"},
			"nobody's holdings":     {func() error { _, _, _, err := l.Holdings(ctx, nobody); return err }, flows.NotFound, "know"},
			"a guest's reply":       {func() error { _, err := l.FetchReply(ctx, personNo("44")); return err }, flows.NotFound, "mailbox"},
			"inherited licence": {func() error {
				return l.AssignLicences(ctx, personNo("27"), nil, []string{"f8a1db68-be16-40ed-86d5-cb42ce701560"})
			}, flows.Invalid, "group"},
		} {
			if err := tt.do(); flows.CodeOf(err) != tt.want || !strings.Contains(flows.SayOf(err), tt.say) {
				t.Errorf("%s: error = %v %q, want code %q and %q", name, err, flows.SayOf(err), tt.want, tt.say)
			}
		}
		// The licence goes with the group.
		if err := l.RemoveMember(ctx, groupNo("04"), personNo("27")); err != nil {
			t.Error(err)
		}
		if a := must[flows.Account](t)(l.FetchAccount(ctx, string(personNo("27")))); len(a.Licences) != 1 || a.Licences[0].SKU != spb {
			t.Errorf("licences %v", a.Licences)
		}
	})
}

// Each write of an exit, done with its answer lost, and accepted without effect: the look tells which.
func TestLiesAtAnExit(t *testing.T) {
	maria := personNo("04")
	phone := flows.Method{ID: "3179e48a-750b-4051-897c-87b9720928f7", Kind: "phone"}
	for name, tt := range map[string]struct {
		do      func(context.Context, *larkfield) error
		done    func(context.Context, *larkfield) (bool, error)
		match   string
		onceFor flows.Code // what a lost answer of a POST, sent once, is told as
	}{
		"block": {
			func(ctx context.Context, l *larkfield) error { return l.SetEnabled(ctx, tom, false) },
			func(ctx context.Context, l *larkfield) (bool, error) {
				a, err := l.FetchAccount(ctx, string(tom))
				return !a.Enabled, err
			}, "PATCH ", "",
		},
		"revoke": {
			func(ctx context.Context, l *larkfield) error { return l.RevokeSessions(ctx, tom) },
			func(ctx context.Context, l *larkfield) (bool, error) {
				a, err := l.FetchAccount(ctx, string(tom))
				return a.SessionsFrom.Year() == 2026, err
			}, "POST .*/revokeSignInSessions", "",
		},
		"method": {
			func(ctx context.Context, l *larkfield) error { return l.RemoveMethod(ctx, tom, phone) },
			func(ctx context.Context, l *larkfield) (bool, error) {
				ms, err := l.FetchMethods(ctx, tom)
				return !slices.Contains(ms, phone), err
			}, "DELETE ", "",
		},
		"member": {
			func(ctx context.Context, l *larkfield) error { return l.RemoveMember(ctx, sales, tom) },
			func(ctx context.Context, l *larkfield) (bool, error) {
				in, err := l.IsMember(ctx, sales, tom)
				return !in, err
			}, "DELETE ", "",
		},
		"team member": {
			func(ctx context.Context, l *larkfield) error { return l.RemoveTeamMember(ctx, team, personNo("20")) },
			func(ctx context.Context, l *larkfield) (bool, error) {
				in, err := l.IsTeamMember(ctx, team, personNo("20"))
				return !in, err
			}, "DELETE ", "",
		},
		"new owner": {
			func(ctx context.Context, l *larkfield) error { return l.AddOwner(ctx, sales, maria) },
			func(ctx context.Context, l *larkfield) (bool, error) {
				owners, err := l.Owners(ctx, sales)
				return slices.Contains(owners, maria), err
			}, "POST .*/owners", flows.Unavailable,
		},
		"owner": {
			func(ctx context.Context, l *larkfield) error { return l.RemoveOwner(ctx, sales, tom) },
			func(ctx context.Context, l *larkfield) (bool, error) {
				owners, err := l.Owners(ctx, sales)
				return !slices.Contains(owners, tom), err
			}, "DELETE ", "",
		},
		"reply": {
			func(ctx context.Context, l *larkfield) error { return l.SetReply(ctx, tom, "Tom has left.") },
			func(ctx context.Context, l *larkfield) (bool, error) {
				text, err := l.FetchReply(ctx, tom)
				return text == "Tom has left.", err
			}, "PATCH ", "",
		},
	} {
		for _, kind := range []string{"lost_answer", "no_effect"} {
			t.Run(name+" "+kind, func(t *testing.T) {
				onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
					ctx := t.Context()
					if must[bool](t)(tt.done(ctx, l)) {
						t.Fatal("done before it began")
					}
					l.fault(t, kind, tt.match, 1)
					err := tt.do(ctx, l)
					if want := tt.onceFor; kind == "lost_answer" && flows.CodeOf(err) != want || kind == "no_effect" && err != nil {
						t.Errorf("error = %v, want code %q", err, want)
					}
					if got, want := must[bool](t)(tt.done(ctx, l)), kind == "lost_answer"; got != want {
						t.Errorf("done: %t, want %t", got, want)
					}
					if err := tt.do(ctx, l); err != nil { // the second try ends well either way
						t.Errorf("again: %v", err)
					}
					if !must[bool](t)(tt.done(ctx, l)) {
						t.Error("not done at the second try")
					}
				})
			})
		}
	}
}
