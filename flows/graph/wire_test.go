package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// Trap 5.3: what is sent again, how often and when.
func TestRetry(t *testing.T) {
	read := func(ctx context.Context, c *Client) error {
		_, err := c.FetchAccount(ctx, string(priya))
		return err
	}
	user := says(200, `{"id":"`+string(priya)+`"}`)
	for name, tt := range map[string]struct {
		do      func(context.Context, *Client) error
		answers []func(http.ResponseWriter, *http.Request)
		tries   int
		took    time.Duration
		code    flows.Code
		after   time.Duration
		ok      bool
	}{
		"read, whole seconds":     {do: read, answers: list(says(429, "", "Retry-After", "2"), user), tries: 2, took: 2 * time.Second, ok: true},
		"read, a fraction":        {do: read, answers: list(says(429, "", "Retry-After", "0.5"), user), tries: 2, took: 500 * time.Millisecond, ok: true},
		"read, at once":           {do: read, answers: list(says(503, "", "Retry-After", "0"), user), tries: 2, took: minWait, ok: true},
		"read, unsaid":            {do: read, answers: list(says(503, ""), says(504, ""), user), tries: 3, took: 2 * usualWait, ok: true},
		"read, nonsense":          {do: read, answers: list(says(503, "", "Retry-After", "soon"), user), tries: 2, took: usualWait, ok: true},
		"read, not a number":      {do: read, answers: list(says(503, "", "Retry-After", "NaN"), user), tries: 2, took: usualWait, ok: true},
		"read, twice at most":     {do: read, answers: list(says(503, "", "Retry-After", "1")), tries: 3, took: 2 * time.Second, code: flows.Unavailable, after: time.Second},
		"read, a long wait":       {do: read, answers: list(says(429, "", "Retry-After", "120")), tries: 1, code: flows.Unavailable, after: 2 * time.Minute},
		"read, an absurd wait":    {do: read, answers: list(says(429, "", "Retry-After", "1e300")), tries: 1, code: flows.Unavailable, after: longestAsked},
		"read, bad gateway":       {do: read, answers: list(says(502, "<html>", "Content-Type", "text/html")), tries: 1, code: flows.Unavailable},
		"read, concurrent writes": {do: read, answers: list(says(409, graphError("Directory_ConcurrencyViolation", "x", ""), "Retry-After", "2")), tries: 1, code: flows.Unavailable, after: 2 * time.Second},
		"patch": {
			do:      func(ctx context.Context, c *Client) error { return c.SetEnabled(ctx, priya, true) },
			answers: list(says(503, "", "Retry-After", "1"), says(204, "")), tries: 2, took: time.Second, ok: true,
		},
		"put": {
			do:      func(ctx context.Context, c *Client) error { return c.SetManager(ctx, priya, tom) },
			answers: list(says(504, "", "Retry-After", "1"), says(204, "")), tries: 2, took: time.Second, ok: true,
		},
		"delete, gone at the second try": {
			do:      func(ctx context.Context, c *Client) error { return c.RemovePass(ctx, priya, "p") },
			answers: list(says(503, "", "Retry-After", "1"), says(404, graphError("Request_ResourceNotFound", "x", ""))), tries: 2, took: time.Second, ok: true,
		},
		"post that only reads": {
			do: func(ctx context.Context, c *Client) error {
				_, err := c.MemberOf(ctx, priya, []string{sales})
				return err
			},
			answers: list(says(503, "", "Retry-After", "1"), says(200, `{"value":[]}`)), tries: 2, took: time.Second, ok: true,
		},
		"post that ends sessions": {
			do:      func(ctx context.Context, c *Client) error { return c.RevokeSessions(ctx, priya) },
			answers: list(says(503, "", "Retry-After", "1"), says(200, `{"value":true}`)), tries: 2, took: time.Second, ok: true,
		},
		"post of an owner": {
			do:      func(ctx context.Context, c *Client) error { return c.AddOwner(ctx, sales, priya) },
			answers: list(says(200, `{"id":"`+sales+`"}`), says(503, "", "Retry-After", "1"), says(204, "")), tries: 2, code: flows.Unavailable, after: time.Second,
		},
		"method, gone at the second try": {
			do: func(ctx context.Context, c *Client) error {
				return c.RemoveMethod(ctx, priya, flows.Method{ID: "m", Kind: "phone"})
			},
			answers: list(says(503, "", "Retry-After", "1"), says(404, graphError("resourceNotFound", "x", ""))), tries: 2, took: time.Second, ok: true,
		},
		"post, 503": {
			do:      func(ctx context.Context, c *Client) error { return c.AddMember(ctx, sales, priya) },
			answers: list(says(503, "", "Retry-After", "1"), says(204, "")), tries: 1, code: flows.Unavailable, after: time.Second,
		},
		"post, 504": {
			do: func(ctx context.Context, c *Client) error {
				_, err := c.CreateAccount(ctx, flows.NewAccount{UPN: "a@larkfield.example", Name: "A"})
				return err
			},
			answers: list(says(504, ""), says(201, `{}`)), tries: 1, code: flows.Unavailable,
		},
		"post, throttled": {
			do:      func(ctx context.Context, c *Client) error { return c.AssignLicences(ctx, priya, []string{spb}, nil) },
			answers: list(says(429, "", "Retry-After", "1"), says(200, `{}`)), tries: 1, code: flows.Unavailable, after: time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := on(t, tt.answers...)
				start := time.Now()
				err := tt.do(t.Context(), c)
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if len(s.seen) != tt.tries {
					t.Errorf("%d tries, want %d", len(s.seen), tt.tries)
				}
				if tt.ok {
					if err != nil {
						t.Errorf("error = %v", err)
					}
					return
				}
				if got := flows.CodeOf(err); got != tt.code {
					t.Errorf("code = %q, want %q (%v)", got, tt.code, err)
				}
				e, ok := errors.AsType[*flows.Error](err)
				if !ok || e.RetryAfter != tt.after {
					t.Errorf("retry after %v, want %v", e.RetryAfter, tt.after)
				}
			})
		})
	}
}

func list(a ...func(http.ResponseWriter, *http.Request)) []func(http.ResponseWriter, *http.Request) {
	return a
}

// A date is counted from our clock, which a sandbox may have moved.
func TestRetryAfterDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat)
		c, s := on(t, says(503, "", "Retry-After", at), says(200, `{"id":"x"}`))
		start := time.Now()
		if _, err := c.FetchAccount(t.Context(), string(priya)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 2*time.Second || len(s.seen) != 2 {
			t.Errorf("took %v and %d tries, want 2s and 2", took, len(s.seen))
		}
	})
}

// Trap 5.3: each try carries the whole body, plain, with its length, and the same client-request-id.
func TestTriesAreAlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := on(t, says(503, "", "Retry-After", "1"), says(204, ""))
		if err := c.SetAttributes(t.Context(), priya, map[string]string{"department": "Sales"}); err != nil {
			t.Fatal(err)
		}
		if len(s.seen) != 2 {
			t.Fatalf("%d tries, want 2", len(s.seen))
		}
		for i, r := range s.seen {
			if got := decoded(t, r.Body)["department"]; got != "Sales" {
				t.Errorf("try %d: department = %v", i, got)
			}
			if r.Header.Get("Content-Encoding") != "" {
				t.Errorf("try %d is compressed", i)
			}
			if r.Length != int64(len(r.Body)) {
				t.Errorf("try %d says its length is %d, want %d", i, r.Length, len(r.Body))
			}
			if r.Header.Get("Authorization") != "Bearer "+secret {
				t.Errorf("try %d has no token", i)
			}
			if !strings.Contains(r.Header.Get("User-Agent"), "Muster/") {
				t.Errorf("try %d: user agent %q", i, r.Header.Get("User-Agent"))
			}
		}
		a, b := s.seen[0].Header, s.seen[1].Header
		if id := a.Get("client-request-id"); !guid(id) || id != b.Get("client-request-id") {
			t.Errorf("client-request-id %q and %q", id, b.Get("client-request-id"))
		}
		if a.Get("Retry-Attempt") != "" || b.Get("Retry-Attempt") != "1" {
			t.Errorf("Retry-Attempt %q and %q", a.Get("Retry-Attempt"), b.Get("Retry-Attempt"))
		}
	})
}

// Trap 5.3: a wait of ours, not the SDK's 100 seconds; and a service that never answers is unavailable.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := on(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		start := time.Now()
		err := c.SetEnabled(t.Context(), priya, true)
		if took := time.Since(start); took != callTimeout {
			t.Errorf("took %v, want %v", took, callTimeout)
		}
		if flows.CodeOf(err) != flows.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v", err)
		}
	})
}

// A wait that is cut short keeps the answer that it waited after.
func TestCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		c, s := on(t, says(429, "", "Retry-After", "3"))
		_, err := c.FetchAccount(ctx, string(priya))
		f, ok := errors.AsType[*Failure](err)
		if !ok || f.Status != 429 || f.RetryAfter != 3*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v", err)
		}
		if len(s.seen) != 1 {
			t.Errorf("%d tries, want 1", len(s.seen))
		}
	})
}

// Trap 5.3: a challenge with claims is answered once, with a token for those claims; a plain 401 is not.
func TestChallenge(t *testing.T) {
	claims := `Bearer realm="", authorization_uri="x", error="insufficient_claims", claims="eyJhIjoxfQ=="`
	for name, tt := range map[string]struct {
		challenge string
		second    int
		want      []string
		ok        bool
	}{
		"with claims":          {claims, 204, []string{"", `{"a":1}`}, true},
		"with claims, twice":   {claims, 401, []string{"", `{"a":1}`}, false},
		"without":              {`Bearer realm=""`, 204, []string{""}, false},
		"claims not in quotes": {`Bearer claims=abc`, 204, []string{""}, false}, // the SDK indexes into nothing and panics
	} {
		t.Run(name, func(t *testing.T) {
			cred := &token{text: secret}
			body := graphError("InvalidAuthenticationToken", "x", "")
			s := &stub{answers: list(says(401, body, "WWW-Authenticate", tt.challenge), says(tt.second, "", "WWW-Authenticate", tt.challenge))}
			err := open(t, Options{Credential: cred, Transport: direct{s}}).SetEnabled(t.Context(), priya, false)
			if (err == nil) != tt.ok {
				t.Errorf("error = %v, want success %t", err, tt.ok)
			}
			if err != nil && flows.CodeOf(err) != flows.Denied {
				t.Errorf("code = %q, want denied (%v)", flows.CodeOf(err), err)
			}
			if diff := cmp.Diff(tt.want, cred.claims); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			for i, r := range s.seen {
				if decoded(t, r.Body)["accountEnabled"] != false {
					t.Errorf("try %d: body %q", i, r.Body)
				}
			}
		})
	}
}

// Trap 5.2: the provider gives an empty token and no error for a host that it does not know. Nothing leaves without a token, and no
// token leaves for another host.
func TestGuard(t *testing.T) {
	t.Run("empty token", func(t *testing.T) {
		s := &stub{answers: list(says(204, ""))}
		err := open(t, Options{Credential: &token{}, Transport: direct{s}}).SetEnabled(t.Context(), priya, true)
		if flows.CodeOf(err) != flows.Denied || len(s.seen) != 0 {
			t.Errorf("code %q after %d requests, want denied and none (%v)", flows.CodeOf(err), len(s.seen), err)
		}
	})
	t.Run("next page elsewhere", func(t *testing.T) {
		for next, want := range map[string]string{
			"https://graph.microsoft.com.example/v1.0/users?x": errElsewhere.Error(),
			"https://graph.microsoft.com/beta/users?x":         errElsewhere.Error(),
			"https://graph.microsoft.com:444/v1.0/users?x":     errElsewhere.Error(),
			"http://graph.microsoft.com/v1.0/users?x":          "SDK gave", // its token provider refuses the scheme
		} {
			c, s := on(t, says(200, `{"value":[],"@odata.nextLink":"`+next+`"}`))
			_, err := c.FindAccounts(t.Context(), "a", 5)
			if err == nil || flows.CodeOf(err) != flows.Internal || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error = %v, want %q", next, err, want)
			}
			if len(s.seen) != 1 {
				t.Errorf("%s: %d requests were sent, want 1", next, len(s.seen))
			}
		}
	})
	t.Run("redirect", func(t *testing.T) {
		c, s := on(t, says(302, "", "Location", "https://elsewhere.example/"))
		_, err := c.FetchAccount(t.Context(), string(priya))
		if err == nil || len(s.seen) != 1 {
			t.Errorf("error %v after %d requests", err, len(s.seen))
		}
	})
	t.Run("redirect at home", func(t *testing.T) {
		c, s := on(t, says(302, "", "Location", "/v1.0/users/x"), says(200, `{"id":"x"}`))
		if _, err := c.FetchAccount(t.Context(), string(priya)); err == nil || len(s.seen) != 1 {
			t.Errorf("error %v after %d requests", err, len(s.seen))
		}
	})
	t.Run("no header", func(t *testing.T) { // whatever made it so
		s := &stub{answers: list(says(200, `{}`))}
		base, err := checkBase("")
		if err != nil {
			t.Fatal(err)
		}
		for _, header := range []string{"", "Bearer", "Bearer ", "Basic abc"} {
			req, err := http.NewRequestWithContext(context.WithValue(t.Context(), callKey{}, &call{}), http.MethodGet, DefaultBaseURL+"/users", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", header)
			if _, err := pipeline(base, direct{s}, time.Now, newPacing(nil)).RoundTrip(req); !errors.Is(err, errNoToken) || len(s.seen) != 0 {
				t.Errorf("%q: error %v after %d requests", header, err, len(s.seen))
			}
		}
	})
	t.Run("redirect of a write", func(t *testing.T) {
		c, s := on(t, says(307, "", "Location", "https://elsewhere.example/"))
		if err := c.SetEnabled(t.Context(), priya, true); err == nil || len(s.seen) != 1 {
			t.Errorf("error %v after %d requests", err, len(s.seen))
		}
	})
}
