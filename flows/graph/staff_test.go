package graph

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// What a row of the directory becomes, and how it was asked for: a plain list of the largest pages, from no index.
func TestListStaff(t *testing.T) {
	const next = "https://graph.microsoft.com/v1.0/users?$top=999&$skiptoken=RFNwdAIAAQ'AAA%2B%2F=="
	c, s := on(t,
		says(200, `{"value":[
			{"id":"00000000-0000-4000-A000-00000000000A","userPrincipalName":"priya.patel@larkfield.example","displayName":"Priya Patel","givenName":"Priya","surname":"Patel",
				"mail":"p.patel@larkfield.example","employeeId":"L1010","accountEnabled":true,"userType":"Member","proxyAddresses":["SMTP:p.patel@larkfield.example","smtp:priya.patel@larkfield.example"]},
			{"id":"00000000-0000-4000-a000-000000000044","displayName":"Rosa Visitor","userType":"Guest","accountEnabled":true}],"@odata.nextLink":"`+next+`"}`),
		says(200, `{"value":[],"@odata.nextLink":"`+next+`2"}`), // an empty page is not the end
		says(200, `{"value":[{"id":"`+string(tom)+`","userPrincipalName":"tom.hughes@larkfield.example","displayName":"Tom Hughes","givenName":null,"surname":null,
			"mail":null,"employeeId":null,"accountEnabled":false,"userType":null,"proxyAddresses":null}]}`))
	got, err := c.ListStaff(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []flows.Account{
		{
			ID: priya, UPN: "priya.patel@larkfield.example", Name: "Priya Patel", Given: "Priya", Surname: "Patel", EmployeeID: "L1010", Enabled: true,
			Addresses: []string{"SMTP:p.patel@larkfield.example", "smtp:priya.patel@larkfield.example", "SMTP:p.patel@larkfield.example"},
		},
		{ID: tom, UPN: "tom.hughes@larkfield.example", Name: "Tom Hughes"}, // an account without a type is from before there were guests
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("staff (-want +got):\n%s", diff)
	}
	if len(s.seen) != 3 {
		t.Fatalf("%d requests, want 3", len(s.seen))
	}
	first, err := url.ParseQuery(s.seen[0].Query)
	if err != nil {
		t.Fatal(err)
	}
	if _, query, _ := strings.Cut(next, "?"); s.seen[1].Query != query || s.seen[2].Query != query+"2" {
		t.Errorf("pages were asked for by %q and %q", s.seen[1].Query, s.seen[2].Query)
	}
	for _, r := range s.seen {
		if r.Method != http.MethodGet || r.Path != "/v1.0/users" || r.Header.Get("ConsistencyLevel") != "" {
			t.Errorf("%s %s, consistency %q", r.Method, r.Path, r.Header.Get("ConsistencyLevel"))
		}
	}
	if first.Get("$top") != "999" || first.Has("$filter") || !slices.Contains(strings.Split(first.Get("$select"), ","), "employeeId") {
		t.Errorf("query = %q", s.seen[0].Query)
	}
}

// Somebody who moves within the directory while it is read stands on two pages, and is one person.
func TestListStaffOnce(t *testing.T) {
	row := func(id, name string) string {
		return `{"id":"` + id + `","displayName":"` + name + `","accountEnabled":true}`
	}
	c, _ := on(t,
		says(200, `{"value":[`+row(string(priya), "Priya Patel")+`,`+row(string(tom), "Tom Hughes")+`],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=1"}`),
		says(200, `{"value":[`+row(strings.ToUpper(string(priya)), "Priya Patel")+`]}`))
	got, err := c.ListStaff(t.Context())
	if err != nil || len(got) != 2 || got[0].ID != priya || got[1].ID != tom {
		t.Errorf("staff %+v, %v", got, err)
	}
}

// A list that is not whole is no list: whoever is missing would be taken for somebody without an account.
func TestListStaffThatIsNotWhole(t *testing.T) {
	const more = `{"value":[{"id":"` + string(tom) + `","displayName":"Tom Hughes"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=1"}`
	for name, tt := range map[string]struct {
		answers []func(http.ResponseWriter, *http.Request)
		want    flows.Code
		say     string
		sent    int
	}{
		"nothing":              {list(says(200, `{}`)), flows.Internal, "cannot read", 1},
		"null":                 {list(says(200, `{"value":null}`)), flows.Internal, "cannot read", 1},
		"no JSON":              {list(says(200, `<html>Log in to the guest Wi-Fi</html>`)), flows.Internal, "cannot read", 1},
		"no body":              {list(says(200, ``)), flows.Internal, "cannot read", 1},
		"no content":           {list(says(204, ``)), flows.Internal, "cannot read", 1},
		"half a body":          {list(says(200, `{"value":[{"id":"`)), flows.Internal, "cannot read", 1},
		"another shape":        {list(says(200, `{"value":[{"id":7}]}`)), flows.Internal, "cannot read", 1},
		"an odd flag":          {list(says(200, `{"value":[{"id":"`+string(tom)+`","accountEnabled":"perhaps"}]}`)), flows.Internal, "cannot read", 1},
		"nobody's row":         {list(says(200, `{"value":[{"displayName":"Tom Hughes"}]}`)), flows.Internal, "cannot read", 1},
		"second page, nothing": {list(says(200, more), says(200, `{}`)), flows.Internal, "cannot read", 2},
		"second page, gone":    {list(says(200, more), says(400, graphError("Directory_ExpiredPageToken", "The specified page token value has expired.", ""))), flows.Invalid, "refused the request", 2},
		"second page, foreign": {list(says(200, strings.Replace(more, "graph.microsoft.com", "elsewhere.example", 1))), flows.Internal, "could not be made", 1},
		"pages without an end": {list(says(200, more)), flows.Internal, "cannot read", 2},
		"no permission":        {list(says(403, graphError("Authorization_RequestDenied", "Insufficient privileges.", ""))), flows.Denied, "permission", 1},
		"token":                {list(says(401, graphError("InvalidAuthenticationToken", "Access token has expired.", ""))), flows.Denied, "credentials", 1},
		"throttled":            {list(says(429, graphError("TooManyRequests", "x", ""), "Retry-After", "60")), flows.Unavailable, "slow down", 1},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, tt.answers...)
			got, err := c.ListStaff(t.Context())
			if err == nil || got != nil || flows.CodeOf(err) != tt.want || !strings.Contains(flows.SayOf(err), tt.say) {
				t.Errorf("staff %v, error %v (%s), want %q, %q", got, err, flows.SayOf(err), tt.want, tt.say)
			}
			if len(s.seen) != tt.sent {
				t.Errorf("%d requests, want %d", len(s.seen), tt.sent)
			}
			if err != nil && strings.Contains(err.Error()+flows.SayOf(err), "Tom") {
				t.Errorf("the error quotes the answer: %v", err)
			}
		})
	}
}

// Against the simulator: nobody twice, no guests, and a refusal is no empty list.
func TestListStaffOnLarkfield(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		all := must[[]flows.Account](t)(l.ListStaff(t.Context()))
		seen := map[flows.AccountID]bool{}
		for _, a := range all {
			if a.ID == "" || a.Guest || seen[a.ID] {
				t.Errorf("an odd account among the staff: %+v", a)
			}
			seen[a.ID] = true
		}
		if len(all) < 40 {
			t.Errorf("%d people in all", len(all))
		}
		l.fault(t, "denied", "GET .*/users$", 1)
		if got, err := l.ListStaff(t.Context()); flows.CodeOf(err) != flows.Denied || got != nil {
			t.Errorf("denied: %d people, %v", len(got), err)
		}
		if again := must[[]flows.Account](t)(l.ListStaff(t.Context())); !cmp.Equal(all, again) {
			t.Error("read again, it is another list")
		}
	})
}
