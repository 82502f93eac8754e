package teams

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"
)

func send(c *Connector) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := c.Send(ctx, chat(), Message{Text: "x"})
		return err
	}
}

func update(c *Connector) func(context.Context) error {
	return func(ctx context.Context) error { return c.Update(ctx, chat(), "1", Message{Text: "x"}) }
}

func TestRetries(t *testing.T) {
	after := func(v string) http.Header { return http.Header{"Retry-After": {v}} }
	reset := errors.New("connection reset by peer")
	many := func(f fault) []fault { return []fault{f, f, f, f, f, f} }
	for name, tt := range map[string]struct {
		do     func(*Connector) func(context.Context) error
		faults []fault
		calls  int
		took   time.Duration
		want   *Error // nil: it succeeds
	}{
		"throttled, short":         {send, []fault{{status: 429, header: after("2")}}, 2, 2 * time.Second, nil},
		"throttled, twice":         {send, []fault{{status: 429, header: after("2")}, {status: 429, header: after("3")}}, 3, 5 * time.Second, nil},
		"throttled, in all long":   {send, many(fault{status: 429, header: after("2")}), 3, 4 * time.Second, &Error{Status: 429, RetryAfter: 2 * time.Second, Temporary: true}},
		"throttled, long":          {send, []fault{{status: 429, header: after("30")}}, 1, 0, &Error{Status: 429, RetryAfter: 30 * time.Second, Temporary: true}},
		"throttled, does not say":  {send, []fault{{status: 429}, {status: 429}}, 3, 750 * time.Millisecond, nil},
		"throttled, gives up":      {send, many(fault{status: 429}), 4, 1750 * time.Millisecond, &Error{Status: 429, RetryAfter: 2 * time.Second, Temporary: true}},
		"busy conversation":        {send, []fault{{status: 412}}, 2, 250 * time.Millisecond, nil},
		"nobody there":             {send, []fault{{err: refusedConnection()}}, 2, 250 * time.Millisecond, nil},
		"nobody there, gives up":   {send, many(fault{err: refusedConnection()}), 4, 1750 * time.Millisecond, &Error{RetryAfter: 2 * time.Second, Temporary: true}},
		"send, lost answer":        {send, []fault{{status: 503, done: true}}, 1, 0, &Error{Status: 503, Ambiguous: true}},
		"send, bad gateway":        {send, []fault{{status: 502}}, 1, 0, &Error{Status: 502, Ambiguous: true}},
		"send, server error":       {send, []fault{{status: 500}}, 1, 0, &Error{Status: 500, Ambiguous: true}},
		"send, request timeout":    {send, []fault{{status: 408}}, 1, 0, &Error{Status: 408, Ambiguous: true}},
		"send, reset":              {send, []fault{{err: reset}}, 1, 0, &Error{Ambiguous: true}},
		"send, unavailable, says":  {send, []fault{{status: 503, header: after("7")}}, 1, 0, &Error{Status: 503, Ambiguous: true, RetryAfter: 7 * time.Second}},
		"update, lost answer":      {update, []fault{{status: 503, done: true}}, 2, 250 * time.Millisecond, nil},
		"update, server error":     {update, []fault{{status: 500}, {status: 502}, {status: 504}}, 4, 1750 * time.Millisecond, nil},
		"update, reset":            {update, []fault{{err: reset}}, 2, 250 * time.Millisecond, nil},
		"update, down":             {update, many(fault{status: 503}), 4, 1750 * time.Millisecond, &Error{Status: 503, Temporary: true, RetryAfter: 2 * time.Second}},
		"blocked":                  {send, []fault{{status: 403, body: `{"errorCode":209,"message":"{\"subCode\":\"MessageWritesBlocked\"}"}`}}, 1, 0, &Error{Status: 403, Code: "209", SubCode: "MessageWritesBlocked", Unreachable: true}},
		"bad payload":              {send, []fault{{status: 400, body: `{"error":{"code":"BadArgument"}}`}}, 1, 0, &Error{Status: 400, Code: "BadArgument"}},
		"too big":                  {send, []fault{{status: 413, body: `{"error":{"code":"MessageSizeTooBig"}}`}}, 1, 0, &Error{Status: 413, Code: "MessageSizeTooBig", TooBig: true}},
		"token refused once":       {send, []fault{{status: 401}}, 2, 0, nil},
		"token refused for good":   {send, many(fault{status: 401, body: `{"error":{"code":"BotNotRegistered"}}`}), 2, 0, &Error{Status: 401, Code: "BotNotRegistered"}},
		"token refused, throttled": {send, []fault{{status: 401}, {status: 429, header: after("1")}}, 3, time.Second, nil},
		"create, lost answer": {func(c *Connector) func(context.Context) error {
			return func(ctx context.Context) error { _, err := c.CreateDirect(ctx, teamsURL, hannah); return err }
		}, []fault{{status: 503, done: true}}, 2, 250 * time.Millisecond, nil}, // get-or-create
		"post, lost answer": {func(c *Connector) func(context.Context) error {
			return func(ctx context.Context) error {
				_, _, err := c.PostChannel(ctx, itChannel(), Message{Text: "x"})
				return err
			}
		}, []fault{{status: 503, done: true}}, 1, 0, &Error{Status: 503, Ambiguous: true}},
		"delete, lost answer": {func(c *Connector) func(context.Context) error {
			return func(ctx context.Context) error { return c.Delete(ctx, chat(), "1") }
		}, []fault{{status: 503, done: true}}, 2, 250 * time.Millisecond, nil}, // gone at the second try
		"members, reset": {func(c *Connector) func(context.Context) error {
			return func(ctx context.Context) error { _, err := c.Members(ctx, chat()); return err }
		}, []fault{{err: reset}}, 2, 250 * time.Millisecond, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeTeams()
				f.faults = tt.faults
				f.messages["a:1hannah|1"] = "{}"
				began := time.Now()
				err := tt.do(newTestConnector(t, f, nil))(t.Context())
				if took := time.Since(began); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if n := len(f.seen()); n != tt.calls {
					t.Errorf("%d calls, want %d: %v", n, tt.calls, f.seen())
				}
				got, _ := errors.AsType[*Error](err)
				if (tt.want == nil) != (err == nil) || (got == nil) != (tt.want == nil) {
					t.Fatalf("error = %v, want %v", err, tt.want)
				}
				if got == nil {
					return
				}
				plain := *got
				plain.Op, plain.Message, plain.err = "", "", nil
				if diff := cmp.Diff(*tt.want, plain, cmp.AllowUnexported(Error{})); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A call that hangs ends, and nobody knows whether the message is there.
func TestHangingCallEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeTeams()
		f.hold = time.Hour
		began := time.Now()
		err := send(newTestConnector(t, f, nil))(t.Context())
		e, ok := errors.AsType[*Error](err)
		if !ok || !e.Ambiguous || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != callTime {
			t.Errorf("Send after %v: %v", time.Since(began), err)
		}
	})
}

func TestCallerGivesUpInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeTeams()
		f.faults = []fault{{status: 429, header: http.Header{"Retry-After": {"4"}}}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		err := send(newTestConnector(t, f, nil))(ctx)
		if e, ok := errors.AsType[*Error](err); !ok || e.Ambiguous || e.RetryAfter != 4*time.Second || time.Since(began) != time.Second {
			t.Errorf("Send after %v: %#v", time.Since(began), err)
		}
		if n := len(f.seen()); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}

// An answer that cannot be read leaves a sent message unknown.
func TestUnreadableAnswers(t *testing.T) {
	cut := func() *http.Response {
		resp := answer(http.StatusCreated, nil)
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"id":`), broken{}))
		return resp
	}
	for name, tt := range map[string]struct{ resp func() *http.Response }{
		"cut off": {cut},
		"not JSON": {func() *http.Response {
			resp := cut()
			resp.Body = io.NopCloser(strings.NewReader("<html>"))
			return resp
		}},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			c := newTestConnector(t, newFakeTeams(), func(o *ConnectorOptions) {
				o.HTTP = roundTrip(func(*http.Request) (*http.Response, error) { calls++; return tt.resp(), nil })
			})
			err := send(c)(t.Context())
			if e, ok := errors.AsType[*Error](err); !ok || !e.Ambiguous || calls != 1 {
				t.Errorf("Send: %v after %d calls, want one and an unknown outcome", err, calls)
			}
		})
	}
}

func TestOutboundTokens(t *testing.T) {
	for name, tt := range map[string]struct {
		lifetime time.Duration
		wait     time.Duration // between two sends
		want     int           // tokens
	}{
		"kept":                    {time.Hour, 54 * time.Minute, 1},
		"renewed before its end":  {time.Hour, 55 * time.Minute, 2},
		"shorter than the margin": {time.Minute, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeTeams()
				f.lifetime = tt.lifetime
				c := newTestConnector(t, f, nil)
				for range 2 {
					if err := send(c)(t.Context()); err != nil {
						t.Fatal(err)
					}
					if err := pause(t.Context(), tt.wait); err != nil {
						t.Fatal(err)
					}
				}
				if f.tokens != tt.want {
					t.Errorf("%d tokens, want %d", f.tokens, tt.want)
				}
			})
		})
	}
}

// The token that was refused is not offered again, though its time is not up.
func TestRevokedTokenIsReplaced(t *testing.T) {
	f := newFakeTeams()
	c := newTestConnector(t, f, nil)
	if err := send(c)(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.tokens++ // another one was handed out, which ended ours
	if err := send(c)(t.Context()); err != nil {
		t.Errorf("after the token was revoked: %v", err)
	}
	if n := len(f.seen()); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
}

// A credential may want its token renewed early.
func TestTokenRefreshOn(t *testing.T) {
	c := newClock()
	s := tokenSource{now: c.now, last: azcore.AccessToken{Token: "x", ExpiresOn: start.Add(time.Hour), RefreshOn: start.Add(10 * time.Minute)}}
	if !s.fresh() {
		t.Error("old before its time")
	}
	if c.advance(10 * time.Minute); s.fresh() {
		t.Error("fresh after its time")
	}
}

func TestEmptyTokenIsNotSent(t *testing.T) {
	f := newFakeTeams()
	c := newTestConnector(t, f, func(o *ConnectorOptions) { o.Credential = noToken{} })
	if err := send(c)(t.Context()); err == nil || len(f.seen()) > 0 {
		t.Errorf("Send: %v, calls %v", err, f.seen())
	}
}

type noToken struct{}

func (noToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, nil
}

func TestOneTokenForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeTeams()
		c := newTestConnector(t, f, nil)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := c.Team(t.Context(), itChannel()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if f.tokens != 1 {
			t.Errorf("%d tokens, want 1", f.tokens)
		}
	})
}

func TestNoTokenNothingSent(t *testing.T) {
	f := newFakeTeams()
	f.handed = func() error { return errors.New("secret has expired") }
	err := send(newTestConnector(t, f, nil))(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || e.Ambiguous || !e.Temporary || len(f.seen()) > 0 {
		t.Errorf("Send: %v, calls %v", err, f.seen())
	}
}
