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

// TestWatch is what a watcher is told of calls: what became of them, and nothing of what was asked or answered.
func TestWatch(t *testing.T) {
	type told struct {
		Op   string
		Call flows.Call
	}
	at := func(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		var all []told
		watch := func(_ context.Context, op string) func(flows.Call) {
			return func(c flows.Call) {
				if c.Err != nil && strings.Contains(c.Err.Error(), "Priya") {
					t.Errorf("the error has a name: %v", c.Err)
				}
				c.Err = nil
				all = append(all, told{op, c})
			}
		}
		account := `{"id":"` + string(priya) + `","displayName":"Priya Patel","userPrincipalName":"p@larkfield.example"}`
		s := &stub{answers: []func(http.ResponseWriter, *http.Request){
			says(200, account, "Date", at(now.Add(-90*time.Second))),
			says(429, graphError("TooManyRequests", "", ""), "Retry-After", "1"),
			says(503, graphError("ServiceUnavailable", "Priya", ""), "Retry-After", "1", "Date", "yesterday"),
			says(403, graphError("Authorization_RequestDenied", "Priya", ""), "Date", at(now.Add(time.Hour))),
		}}
		c := open(t, Options{Transport: direct{s}, Watch: watch, Pace: time.Now})
		if _, err := c.FetchAccount(t.Context(), string(priya)); err != nil {
			t.Fatal(err)
		}
		if err := c.SetEnabled(t.Context(), priya, false); flows.CodeOf(err) != flows.Denied {
			t.Errorf("the refusal is %v", err)
		}
		want := []told{
			{all[0].Op, flows.Call{Status: 200, Tries: 1, Dated: true, Ahead: 90 * time.Second}},
			{all[1].Op, flows.Call{Write: true, Status: 403, Code: "Authorization_RequestDenied", Tries: 3, Throttled: 1, Dated: true, Ahead: 2*time.Second - time.Hour}},
		}
		if diff := cmp.Diff(want, all); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if left, most := c.Budget(); most != writeBurst || left >= most || left < most-3 {
			t.Errorf("after three writes %v of %v are left", left, most)
		}
		for range writeBurst + 20 { // and the places of the next second
			if err := write(flows.WithPriority(t.Context(), flows.Work), c); flows.CodeOf(err) != flows.Denied {
				t.Fatal(err)
			}
		}
		if last := all[len(all)-1].Call; last.Waited <= 0 {
			t.Errorf("the last write waited %v for its place", last.Waited)
		}
	})
}

// TestToken is the question for a token alone.
func TestToken(t *testing.T) {
	c := open(t, Options{Transport: direct{&stub{}}})
	if until, err := c.Token(t.Context()); err != nil || time.Until(until) < 50*time.Minute {
		t.Errorf("good until %v, %v", until, err)
	}
	c = open(t, Options{Transport: direct{&stub{}}, Credential: &token{err: errors.New("the secret is " + secret)}})
	if _, err := c.Token(t.Context()); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("no token: %v", err)
	}
	if left, most := c.Budget(); left != 0 || most != 0 {
		t.Errorf("writes that are not kept within a quota have a budget of %v of %v", left, most)
	}
}
