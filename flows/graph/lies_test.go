package graph

import (
	"context"
	"errors"
	"testing"
	"time"

	"muster/flows"
	"muster/flows/graphsim"
)

// Done, and the answer lost: a POST is not sent again, and what it did is found by looking.
func TestEdge31LostAnswers(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		l.fault(t, "lost_answer", "POST /v1.0/users$", 1)
		if _, err := l.CreateAccount(ctx, starter()); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("create: %v, want unavailable", err)
		}
		a := must[flows.Account](t)(l.FetchAccount(ctx, starter().UPN))
		if a.Mark != starter().Mark {
			t.Errorf("mark = %q: our own account would be taken for another's", a.Mark)
		}
		if _, err := l.CreateAccount(ctx, starter()); flows.CodeOf(err) != flows.Conflict {
			t.Errorf("create again: %v, want conflict", err)
		}

		l.fault(t, "lost_answer", "POST .*/members", 1)
		if err := l.AddMember(ctx, sales, a.ID); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("add: %v, want unavailable", err)
		}
		if !must[bool](t)(l.IsMember(ctx, sales, a.ID)) {
			t.Error("the lost add was not done")
		}
		if err := l.AddMember(ctx, sales, a.ID); err != nil {
			t.Errorf("add again: %v", err)
		}

		l.fault(t, "lost_answer", "POST .*/temporaryAccessPassMethods", 1)
		if _, _, err := l.MakePass(ctx, a.ID, 60, true); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("pass: %v, want unavailable", err)
		}
		lost := must[[]flows.Pass](t)(l.FetchPasses(ctx, a.ID))
		if len(lost) != 1 {
			t.Fatalf("%d passes, want the lost one", len(lost))
		}
		l.fault(t, "lost_answer", "DELETE ", 1)
		if err := l.RemovePass(ctx, a.ID, lost[0].ID); err != nil { // sent again, and gone by then
			t.Errorf("remove: %v", err)
		}
		if _, _, err := l.MakePass(ctx, a.ID, 60, true); err != nil {
			t.Errorf("pass again: %v", err)
		}

		// What is idempotent is sent again within the call.
		l.fault(t, "lost_answer", "(PATCH|PUT) ", 2)
		if err := l.SetEnabled(ctx, a.ID, true); err != nil {
			t.Errorf("enable: %v", err)
		}
		l.fault(t, "lost_answer", "PUT ", 1)
		if err := l.SetManager(ctx, a.ID, tom); err != nil {
			t.Errorf("manager: %v", err)
		}
		if a := must[flows.Account](t)(l.FetchAccount(ctx, string(a.ID))); !a.Enabled || a.Manager != tom {
			t.Errorf("account = %+v", a)
		}
	})
}

// Accepted and not done, or done and undone, or shown as it was: only a look tells, and the look must not flatter.
func TestEdge31Lies(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		id := must[flows.AccountID](t)(l.CreateAccount(ctx, starter()))
		l.fault(t, "no_effect", "", 4)
		for name, err := range map[string]error{
			"enable": l.SetEnabled(ctx, id, true), "group": l.AddMember(ctx, sales, id), "licence": l.AssignLicences(ctx, id, []string{spb}, nil), "manager": l.SetManager(ctx, id, tom),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if a := must[flows.Account](t)(l.FetchAccount(ctx, string(id))); a.Enabled || a.Manager != "" || len(a.Licences) != 0 || must[bool](t)(l.IsMember(ctx, sales, id)) {
			t.Errorf("what had no effect is shown: %+v", a)
		}
		l.sim.ClearFaults()

		if _, err := l.sim.SetFault("revert", "PATCH ", 1, 60); err != nil {
			t.Fatal(err)
		}
		if err := l.SetEnabled(ctx, id, true); err != nil {
			t.Fatal(err)
		}
		if !must[flows.Account](t)(l.FetchAccount(ctx, string(id))).Enabled {
			t.Error("not enabled before the revert")
		}
		time.Sleep(2 * time.Minute)
		if must[flows.Account](t)(l.FetchAccount(ctx, string(id))).Enabled {
			t.Error("enabled after the revert")
		}

		if err := l.AddMember(ctx, sales, id); err != nil {
			t.Fatal(err)
		}
		l.fault(t, "stale_read", "GET ", 1)
		if must[bool](t)(l.IsMember(ctx, sales, id)) {
			t.Error("a stale read shows the new member: the fault did not fire")
		}
		if !must[bool](t)(l.IsMember(ctx, sales, id)) {
			t.Error("the next read does not show the member")
		}
	})
}

// Every way of not answering ends in a code that the engine knows what to do with, at reads and at writes.
func TestFaults(t *testing.T) {
	read := func(ctx context.Context, l *larkfield) error { _, err := l.FetchAccount(ctx, string(tom)); return err }
	post := func(ctx context.Context, l *larkfield) error { return l.AddMember(ctx, sales, personNo("05")) }
	for name, tt := range map[string]struct {
		kind   string
		count  int
		do     func(context.Context, *larkfield) error
		want   flows.Code
		ok     bool
		after  time.Duration
		took   time.Duration
		status int
	}{
		"throttled once, read":       {kind: "throttle", count: 1, do: read, ok: true, took: 2 * time.Second},
		"throttled for long, read":   {kind: "throttle", do: read, want: flows.Unavailable, after: 2 * time.Second, took: 4 * time.Second, status: 429},
		"throttled, write":           {kind: "throttle", count: 1, do: post, want: flows.Unavailable, after: 2 * time.Second, status: 429},
		"unavailable once, read":     {kind: "unavailable", count: 1, do: read, ok: true, took: time.Second},
		"unavailable, write":         {kind: "unavailable", count: 1, do: post, want: flows.Unavailable, status: 503},
		"no answer, read":            {kind: "timeout", do: read, want: flows.Unavailable, took: callTimeout},
		"no answer, write":           {kind: "timeout", do: post, want: flows.Unavailable, took: callTimeout},
		"connection closed":          {kind: "down", do: post, want: flows.Unavailable},
		"web page":                   {kind: "html", do: read, want: flows.Unavailable, status: 502},
		"bare error":                 {kind: "bare", do: read, want: flows.Unavailable, status: 500},
		"concurrent writes":          {kind: "conflict", count: 1, do: post, want: flows.Unavailable, status: 409},
		"denied":                     {kind: "denied", do: post, want: flows.Denied, status: 403},
		"challenge":                  {kind: "claims", count: 1, do: post, ok: true},
		"challenge, again and again": {kind: "claims", do: read, want: flows.Denied, status: 401},
		"slow":                       {kind: "slow", do: read, ok: true, took: 2 * time.Second},
		"licences gone": {kind: "licences_gone", do: func(ctx context.Context, l *larkfield) error {
			return l.AssignLicences(ctx, tom, []string{project}, nil)
		}, want: flows.NoSeat, status: 400},
	} {
		t.Run(name, func(t *testing.T) {
			onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
				if _, err := l.FetchAccount(t.Context(), string(tom)); err != nil { // a token is there before the trouble begins
					t.Fatal(err)
				}
				l.fault(t, tt.kind, "^(GET|POST) /v1.0/", tt.count)
				start := time.Now()
				err := tt.do(t.Context(), l)
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if (err == nil) != tt.ok || flows.CodeOf(err) != tt.want {
					t.Errorf("error = %v, want success %t or code %q", err, tt.ok, tt.want)
				}
				if err == nil {
					return
				}
				if f, ok := errors.AsType[*Failure](err); !ok || f.Status != tt.status || f.RetryAfter != tt.after {
					t.Errorf("failure = %+v, want status %d and retry after %v", f, tt.status, tt.after)
				}
				l.sim.ClearFaults()
				if err := tt.do(t.Context(), l); err != nil && tt.kind != "licences_gone" {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

// The authority in trouble is not a wrong secret.
func TestAuthorityDown(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		l.fault(t, "unavailable", "POST /.*/token", 1)
		if _, err := l.FetchAccount(t.Context(), string(tom)); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("error = %v, want unavailable", err)
		}
		if _, err := l.FetchAccount(t.Context(), string(tom)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// A new account is not seen everywhere at once: looking says not found, adding says later, and both end.
func TestVisibility(t *testing.T) {
	late := func(o *graphsim.Options) { o.Visibility = 30 * time.Second }
	onLarkfield(t, late, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		id := must[flows.AccountID](t)(l.CreateAccount(ctx, starter()))
		if _, err := l.FetchAccount(ctx, string(id)); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("fetch at once: %v, want not_found", err)
		}
		if err := l.AddMember(ctx, sales, id); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("add at once: %v, want not_found", err)
		}
		time.Sleep(time.Minute)
		if _, err := l.FetchAccount(ctx, string(id)); err != nil {
			t.Errorf("fetch later: %v", err)
		}
		if err := l.AddMember(ctx, sales, id); err != nil {
			t.Errorf("add later: %v", err)
		}
		time.Sleep(time.Minute)
		if !must[bool](t)(l.IsMember(ctx, sales, id)) {
			t.Error("not a member later")
		}
	})
}
