package graph

import (
	"strings"
	"testing"
	"time"

	"muster/flows"
	"muster/flows/graphsim"
)

// The latest successful sign-in counts; where Microsoft has none on record, the latest attempt; and what it refuses says why.
func TestLastSignIn(t *testing.T) {
	const when = `"lastSignInDateTime":"2026-11-21T10:12:00Z","lastNonInteractiveSignInDateTime":"2026-11-22T03:00:00Z"`
	user := func(activity string) string { return `{"id":"` + string(tom) + `"` + activity + `}` }
	for name, tt := range map[string]struct {
		status int
		answer string
		at     string
		tried  bool
		code   flows.Code
		say    string
	}{
		"succeeded":         {200, user(`,"signInActivity":{` + when + `,"lastSuccessfulSignInDateTime":"2026-11-20T09:00:00Z"}`), "2026-11-20T09:00:00Z", false, "", ""},
		"attempts":          {200, user(`,"signInActivity":{` + when + `}`), "2026-11-22T03:00:00Z", true, "", ""},
		"null":              {200, user(`,"signInActivity":{` + when + `,"lastSuccessfulSignInDateTime":null}`), "2026-11-22T03:00:00Z", true, "", ""},
		"null altogether":   {200, user(`,"signInActivity":null`), "0001-01-01T00:00:00Z", false, "", ""},
		"all null":          {200, user(`,"signInActivity":{"lastSignInDateTime":null,"lastNonInteractiveSignInDateTime":null,"lastSuccessfulSignInDateTime":null}`), "0001-01-01T00:00:00Z", false, "", ""},
		"year one":          {200, user(`,"signInActivity":{"lastSignInDateTime":"0001-01-01T00:00:00Z"}`), "0001-01-01T00:00:00Z", false, "", ""},
		"with others alone": {200, user(`,"signInActivity":{"lastSignInDateTime":"2026-11-21T11:12:00+01:00","lastNonInteractiveSignInDateTime":null}`), "2026-11-21T10:12:00Z", true, "", ""},
		"upper case":        {200, strings.Replace(user(`,"signInActivity":{"lastSuccessfulSignInDateTime":"2026-11-20T10:00:00+01:00"}`), string(tom), strings.ToUpper(string(tom)), 1), "2026-11-20T09:00:00Z", false, "", ""},
		"never":             {200, user(""), "0001-01-01T00:00:00Z", false, "", ""},
		"another":           {200, `{"id":"` + string(priya) + `"}`, "", false, flows.Internal, ""},
		"nobody":            {200, `{}`, "", false, flows.Internal, "cannot read"},
		"no time":           {200, user(`,"signInActivity":{"lastSignInDateTime":"yesterday"}`), "", false, flows.Internal, "cannot read"},
		"another shape":     {200, `[]`, "", false, flows.Internal, "cannot read"},
		"no JSON":           {200, `<html>Log in to the guest Wi-Fi</html>`, "", false, flows.Internal, "cannot read"},
		"no body":           {200, ``, "", false, flows.Internal, "cannot read"},
		"no content":        {204, ``, "", false, flows.Internal, "cannot read"},
		"a page":            {502, `<html>Bad Gateway</html>`, "", false, flows.Unavailable, "does not answer"},
		"throttled":         {429, graphError("TooManyRequests", "x", ""), "", false, flows.Unavailable, "slow down"},
		"token":             {401, graphError("InvalidAuthenticationToken", "Access token has expired.", ""), "", false, flows.Denied, "credentials"},
		"bare refusal":      {403, "", "", false, flows.Denied, "AuditLog.Read.All"},
		"no permission":     {403, graphError("Authorization_RequestDenied", "Insufficient privileges.", ""), "", false, flows.Denied, "AuditLog.Read.All"},
		"no licence":        {403, graphError("Authentication_RequestFromNonPremiumTenantOrB2CTenant", "no premium license", ""), "", false, flows.Denied, "Entra ID P1"},
		"no account":        {404, graphError("Request_ResourceNotFound", "Resource does not exist.", ""), "", false, flows.NotFound, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, says(tt.status, tt.answer, "Retry-After", "60"))
			at, tried, err := c.LastSignIn(t.Context(), tom)
			if flows.CodeOf(err) != tt.code || !strings.Contains(flows.SayOf(err), tt.say) {
				t.Fatalf("error %v (%s), want %q, %q", err, flows.SayOf(err), tt.code, tt.say)
			}
			if err != nil && (!at.IsZero() || tried) {
				t.Errorf("an error, and %s, %t besides", at, tried)
			}
			if err == nil && (at.Format(time.RFC3339) != tt.at || tried != tt.tried) {
				t.Errorf("at %s, tried %t; want %s, %t", at.Format(time.RFC3339), tried, tt.at, tt.tried)
			}
			if r := s.one(t); r.Method != "GET" || !strings.Contains(r.Path, string(tom)) {
				t.Errorf("%s %s", r.Method, r.Path)
			}
		})
	}
}

// An id that is none is asked nothing of.
func TestLastSignInOfNoID(t *testing.T) {
	for _, id := range []flows.AccountID{"", "..", "tom/../me", "a b"} {
		c, s := on(t, says(200, `{}`))
		if _, _, err := c.LastSignIn(t.Context(), id); err == nil || len(s.seen) != 0 {
			t.Errorf("%q: error %v after %d requests", id, err, len(s.seen))
		}
	}
}

// Against the simulator: without the permission, and with it.
func TestLastSignInOnLarkfield(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		if _, _, err := l.LastSignIn(t.Context(), tom); flows.CodeOf(err) != flows.Denied {
			t.Errorf("without the permission: %v", err)
		}
	})
	onLarkfield(t, func(o *graphsim.Options) { o.Also = []string{"AuditLog.Read.All"} }, func(t *testing.T, l *larkfield) {
		if at, tried, err := l.LastSignIn(t.Context(), tom); err != nil || !at.IsZero() || tried {
			t.Errorf("of somebody who never signed in: %s %t %v", at, tried, err)
		}
		if _, _, err := l.LastSignIn(t.Context(), "00000000-0000-4000-a000-0000000000ff"); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("of nobody: %v", err)
		}
	})
}
