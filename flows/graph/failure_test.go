package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"muster/flows"
)

// The table of reference/graph.md 4.1: what each answer becomes, and a word of what IT reads.
func TestErrorTable(t *testing.T) {
	const bad, gone = "Request_BadRequest", "Request_ResourceNotFound"
	for name, tt := range map[string]struct {
		status                int
		code, message, detail string
		want                  flows.Code
		say                   string
	}{
		"not replicated":         {400, bad, "The source resource object or one of the objects being referenced don't exist.", "", flows.NotFound, "not known everywhere"},
		"read too soon":          {404, gone, "Resource 'x' does not exist or one of its queried reference-property objects are not present.", "", flows.NotFound, "too new"},
		"mail-enabled group":     {400, bad, "Cannot Update a mail-enabled security groups and or distribution list.", "", flows.Invalid, "Exchange"},
		"synced object":          {400, bad, "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.", "", flows.Invalid, "on-premises"},
		"custom page size":       {400, "Request_UnsupportedQuery", "This resource does not support custom page sizes. Please retry without a page size argument.", "", flows.Invalid, "refused the request"},
		"address clash":          {400, bad, "Another object with the same value for property userPrincipalName already exists.", "ObjectConflict", flows.Conflict, "already has this name"},
		"address clash, no code": {400, bad, "Another object with the same value for property proxyAddresses already exists.", "", flows.Conflict, "already has this name"},
		"address clash, as 409":  {409, "ObjectConflict", "x", "", flows.Conflict, "already has this name"},
		"domain":                 {400, bad, "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.", "", flows.Invalid, "not verified"},
		"password":               {400, bad, "The specified password does not comply with password complexity requirements.", "", flows.Invalid, "password"},
		"empty string":           {400, bad, "Invalid value specified for property 'givenName' of resource 'User'.", "", flows.Invalid, "one of the values"},
		"no seats":               {400, bad, "Subscription with SKU cbdc14ab does not have any available licenses.", "", flows.NoSeat, "No seat"},
		"usage location":         {400, bad, "License assignment cannot be done for user with invalid usage location.", "", flows.Invalid, "usage location"},
		"plan dependency":        {400, bad, "License assignment failed because service plan X depends on the service plan(s) Y", "", flows.Invalid, "another licence"},
		"plans exclude":          {400, bad, "License assignment failed because service plans X and Y are mutually exclusive", "", flows.Invalid, "together"},
		"inherited":              {400, bad, "User license is inherited from a group membership and it cannot be removed directly from the user.", "", flows.Invalid, "from a group"},
		"concurrent":             {409, "Directory_ConcurrencyViolation", "Concurrent requests", "", flows.Unavailable, "Somebody else"},
		"another conflict":       {409, "Request_Conflict", "x", "", flows.Conflict, "something else"},
		"no permission":          {403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", "", flows.Denied, "permission"},
		"no premium":             {403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "x", "", flows.Denied, "no licence"},
		"token":                  {401, "InvalidAuthenticationToken", "Access token has expired.", "", flows.Denied, "credentials"},
		"throttled":              {429, "TooManyRequests", "x", "", flows.Unavailable, "slow down"},
		"server error":           {500, "InternalServerError", "x", "", flows.Unavailable, "does not answer"},
		"bad gateway":            {502, "", "", "", flows.Unavailable, "does not answer"},
		"timeout":                {408, "", "", "", flows.Unavailable, "does not answer"},
		"not implemented":        {501, "NotImplemented", "x", "", flows.Internal, "cannot read"},
		"gone":                   {410, "x", "x", "", flows.Invalid, "refused the request"},
		"guest pass":             {400, "badRequest", "Temporary Access Pass cannot be added to an external guest user.", "", flows.Invalid, "guest"},
		"pass policy":            {400, "badRequest", "Converged UserCredentialPolicy does not allow creating or updating", "", flows.Invalid, "policy"},
		"last owner":             {400, bad, "The group must have at least one owner, hence this owner cannot be removed.", "", flows.Conflict, "last owner"},
		"default method":         {400, "badRequest", "The requested authentication method ID of [x] matches the user's current default authentication method, and cannot be deleted until the default authentication method is changed.", "", flows.Conflict, "goes last"},
		"removed before":         {400, bad, "One or more removed object references do not exist for the following modified properties: 'members'.", "", flows.Conflict, "not a member"},
		"no mailbox":             {404, "MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox.", "", flows.NotFound, "no mailbox"},
		"no mailbox, as 403":     {403, "MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox.", "", flows.NotFound, "no mailbox"},
		"no mailbox, as 400":     {400, "MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox.", "", flows.NotFound, "no mailbox"},
		"mailbox throttled":      {429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.", "", flows.Unavailable, "slow down"},
		"reworded":               {400, bad, "Something Microsoft says since yesterday.", "", flows.Invalid, "refused the request"},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, says(tt.status, graphError(tt.code, tt.message, tt.detail)))
			err := c.AssignLicences(t.Context(), priya, []string{spb}, nil)
			s.one(t)
			if got := flows.CodeOf(err); got != tt.want {
				t.Errorf("code = %q, want %q (%v)", got, tt.want, err)
			}
			if got := flows.SayOf(err); !strings.Contains(got, tt.say) {
				t.Errorf("say = %q, want %q in it", got, tt.say)
			}
			f, ok := errors.AsType[*Failure](err)
			if !ok {
				t.Fatalf("%v holds no Failure", err)
			}
			if f.Status != tt.status || f.Code != tt.code || !guid(f.RequestID) || !guid(f.CallID) || f.Tries != 1 {
				t.Errorf("failure = %+v", f)
			}
			if tt.message != "x" && tt.message != "" && strings.Contains(err.Error(), tt.message) {
				t.Errorf("the error quotes the answer: %v", err)
			}
		})
	}
}

// What counts as done because it is so already.
func TestAlreadySo(t *testing.T) {
	already := graphError("Request_BadRequest", "One or more added object references already exist for the following modified properties: 'members'.", "")
	notHeld := graphError("Request_BadRequest", "User does not have a corresponding license.", "")
	for name, tt := range map[string]struct {
		body string
		do   func(context.Context, *Client) error
		want flows.Code
		ok   bool
	}{
		"member of the group": {already, func(ctx context.Context, c *Client) error { return c.AddMember(ctx, sales, priya) }, "", true},
		"member of the team":  {already, func(ctx context.Context, c *Client) error { return c.AddTeamMember(ctx, team, priya) }, "", true},
		"licence not held":    {notHeld, func(ctx context.Context, c *Client) error { return c.AssignLicences(ctx, priya, nil, []string{spb}) }, "", true},
		"one of two licences not held": {notHeld, func(ctx context.Context, c *Client) error {
			return c.AssignLicences(ctx, priya, nil, []string{spb, visio})
		}, flows.Conflict, false},
		"a swap with one not held": {notHeld, func(ctx context.Context, c *Client) error {
			return c.AssignLicences(ctx, priya, []string{visio}, []string{spb})
		}, flows.Conflict, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := on(t, says(400, tt.body))
			err := tt.do(t.Context(), c)
			if (err == nil) != tt.ok || flows.CodeOf(err) != tt.want {
				t.Errorf("error = %v, want success %t or code %q", err, tt.ok, tt.want)
			}
		})
	}
}

// Trap 5.4: error bodies that make the SDK's own errors panic when printed, or lose the status.
func TestHostileAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		status int
		code   string
		want   flows.Code
	}{
		"empty object":        {says(400, `{}`), 400, "", flows.Invalid},
		"code alone":          {says(400, `{"error":{"code":"X"}}`), 400, "X", flows.Invalid},
		"error is null":       {says(400, `{"error":null}`), 400, "", flows.Invalid},
		"error is text":       {says(403, `{"error":"no"}`), 403, "", flows.Denied},
		"array":               {says(404, `[]`), 404, "", flows.NotFound},
		"no body":             {says(403, ""), 403, "", flows.Denied},
		"half a body":         {says(409, `{"error":{"co`), 409, "", flows.Conflict},
		"html":                {says(502, "<html>Bad Gateway</html>", "Content-Type", "text/html"), 502, "", flows.Unavailable},
		"html, throttled":     {says(429, "<html>", "Content-Type", "text/html", "Retry-After", "60"), 429, "", flows.Unavailable},
		"a code that is not":  {says(400, `{"error":{"code":"Priya Patel <priya@larkfield.example>","message":"x"}}`), 400, "", flows.Invalid},
		"success in html":     {says(200, "<html>Log in to the guest Wi-Fi</html>", "Content-Type", "text/html"), 200, "", flows.Internal},
		"success, empty":      {says(200, ""), 200, "", flows.Internal},
		"success, no JSON":    {says(200, `{"id":`), 200, "", flows.Internal},
		"success, wrong type": {says(200, `{"id":"x","accountEnabled":"perhaps","assignedLicenses":{"a":1}}`), 200, "", flows.Internal},
		"no content":          {says(204, ""), 204, "", flows.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := on(t, tt.answer)
			_, err := c.FetchAccount(t.Context(), string(priya))
			f, ok := errors.AsType[*Failure](err)
			if !ok {
				t.Fatalf("error = %v, want a Failure", err)
			}
			if f.Status != tt.status || f.Code != tt.code || flows.CodeOf(err) != tt.want {
				t.Errorf("status %d code %q %q, want %d %q %q (%v)", f.Status, f.Code, flows.CodeOf(err), tt.status, tt.code, tt.want, err)
			}
			if flows.SayOf(err) == flows.SayOf(errors.New("")) {
				t.Error("the error has no sentence of its own")
			}
		})
	}
}

// A good status with an answer that lacks what it must have is not taken for an account, a group or a pass.
func TestHollowAnswers(t *testing.T) {
	for name, do := range map[string]func(context.Context, *Client) error{
		"account": func(ctx context.Context, c *Client) error { _, err := c.FetchAccount(ctx, string(priya)); return err },
		"group":   func(ctx context.Context, c *Client) error { _, err := c.FindGroup(ctx, sales); return err },
		"created": func(ctx context.Context, c *Client) error {
			_, err := c.CreateAccount(ctx, flows.NewAccount{UPN: "a@larkfield.example", Name: "A"})
			return err
		},
		"pass": func(ctx context.Context, c *Client) error { _, _, err := c.MakePass(ctx, priya, 60, true); return err },
	} {
		for _, body := range []string{`{}`, `[1]`, `{"id":null}`} {
			c, _ := on(t, says(200, body))
			if err := do(t.Context(), c); err == nil || flows.CodeOf(err) != flows.Internal || flows.SayOf(err) != sayUnreadable {
				t.Errorf("%s, %s: error = %v, want unreadable", name, body, err)
			}
		}
	}
}

func TestNetworkFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want error
	}{
		"refused": {fmt.Errorf("dial tcp 192.0.2.1:443: %w", syscall.ECONNREFUSED), syscall.ECONNREFUSED},
		"reset":   {fmt.Errorf("read: %w", syscall.ECONNRESET), syscall.ECONNRESET},
		"unknown": {errors.New("no such host priya.patel@larkfield.example"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, Options{Transport: failing{tt.err}})
			_, err := c.FetchAccount(t.Context(), "priya.patel@larkfield.example")
			if flows.CodeOf(err) != flows.Unavailable {
				t.Errorf("code = %q, want unavailable (%v)", flows.CodeOf(err), err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v in it", err, tt.want)
			}
			if strings.Contains(err.Error(), "priya") {
				t.Errorf("the error names a person: %v", err)
			}
		})
	}
	t.Run("closed", func(t *testing.T) {
		c, _ := on(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		if err := c.SetEnabled(t.Context(), priya, true); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("error = %v, want unavailable", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c, _ := on(t, func(http.ResponseWriter, *http.Request) { cancel() })
		if err := c.SetEnabled(ctx, priya, true); !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v, want canceled", err)
		}
	})
}

// A write whose answer breaks off after the status was perhaps done: it is looked for, not failed.
func TestAnswerBreaksOff(t *testing.T) {
	for name, cause := range map[string]error{"closed": io.ErrUnexpectedEOF, "reset": syscall.ECONNRESET} {
		c := open(t, Options{Transport: breaking{cause}})
		_, err := c.CreateAccount(t.Context(), flows.NewAccount{UPN: "a@larkfield.example", Name: "A"})
		if f, ok := errors.AsType[*Failure](err); !ok || f.Status != 201 || flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("%s: error = %v, want unavailable after 201", name, err)
		}
	}
}

// An answer that does not end is cut, and is nobody's "later".
func TestEndlessAnswer(t *testing.T) {
	c, _ := on(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"id":"x","displayName":"`+strings.Repeat("x", maxAnswer)+`"}`)
	})
	if _, err := c.FetchAccount(t.Context(), string(priya)); err == nil || flows.CodeOf(err) != flows.Internal {
		t.Errorf("error = %v, want internal", err)
	}
}

// breaking answers 201 with half a body.
type breaking struct{ err error }

func (b breaking) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 201, Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
		Body: io.NopCloser(io.MultiReader(strings.NewReader(`{"id":`), iotest.ErrReader(b.err))),
	}, nil
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestCredentialFailures(t *testing.T) {
	rejected := &azidentity.AuthenticationFailedError{RawResponse: &http.Response{StatusCode: 401}}
	for name, tt := range map[string]struct {
		err  error
		want flows.Code
	}{
		"refused by the authority": {rejected, flows.Denied},
		"authority throttles":      {&azidentity.AuthenticationFailedError{RawResponse: &http.Response{StatusCode: 429}}, flows.Unavailable},
		"authority down":           {&azidentity.AuthenticationFailedError{RawResponse: &http.Response{StatusCode: 503}}, flows.Unavailable},
		"authority silent":         {&azidentity.AuthenticationFailedError{}, flows.Unavailable},
		"authority not reached":    {fmt.Errorf("x: %w", syscall.ECONNREFUSED), flows.Unavailable},
		"anything else":            {errors.New("client_secret=hunter2 is wrong"), flows.Denied},
		"ours, refused":            {&tokenFailure{status: 400}, flows.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stub{answers: list(says(204, ""))}
			err := open(t, Options{Credential: &token{err: tt.err}, Transport: direct{s}}).SetEnabled(t.Context(), priya, true)
			if flows.CodeOf(err) != tt.want || len(s.seen) != 0 {
				t.Errorf("code %q after %d requests, want %q and none (%v)", flows.CodeOf(err), len(s.seen), tt.want, err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error quotes the credential: %v", err)
			}
			if tt.want == flows.Denied && !strings.Contains(flows.SayOf(err), "credentials") {
				t.Errorf("say = %q", flows.SayOf(err))
			}
		})
	}
}

// Nothing private reaches an error or the log, whatever Graph answers.
func TestNothingPrivateIsTold(t *testing.T) {
	const name, upn, code, password = "Priya Patel", "priya.patel@larkfield.example", "Tap-1234567", "first-Passw0rd"
	private := []string{name, upn, code, password, secret, "Patel"}
	echo := graphError("Request_BadRequest", name+" "+upn+" "+password+" "+code+" "+secret, "")
	for _, status := range []int{200, 400, 403, 404, 409, 500} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			var log bytes.Buffer
			s := &stub{answers: list(says(status, echo, "request-id", upn))}
			c := open(t, Options{Transport: direct{s}, Log: jsonLog(&log), Password: func() (string, error) { return password, nil }})
			var errs []error
			_, err := c.CreateAccount(t.Context(), flows.NewAccount{UPN: upn, Name: name})
			errs = append(errs, err)
			_, err = c.FetchAccount(t.Context(), upn)
			errs = append(errs, err)
			_, err = c.AddressTaken(t.Context(), upn)
			errs = append(errs, err)
			_, _, err = c.MakePass(t.Context(), priya, 60, true)
			errs = append(errs, err)
			_, err = c.FetchReply(t.Context(), priya)
			errs = append(errs, err, c.SetReply(t.Context(), priya, name+" left, write to "+upn))
			_, err = c.FetchMethods(t.Context(), priya)
			errs = append(errs, err, c.RemoveMethod(t.Context(), priya, flows.Method{ID: "m", Kind: name}),
				c.RemoveMethod(t.Context(), priya, flows.Method{ID: "m", Kind: "phone"}), c.RevokeSessions(t.Context(), priya),
				c.RemoveMember(t.Context(), sales, priya), c.RemoveTeamMember(t.Context(), team, priya), c.AddOwner(t.Context(), sales, priya),
				c.RemoveOwner(t.Context(), sales, priya))
			_, _, _, err = c.Holdings(t.Context(), priya)
			errs = append(errs, err)
			_, err = c.Reports(t.Context(), priya)
			errs = append(errs, err)
			for _, err := range errs {
				for _, p := range private {
					if err != nil && (strings.Contains(err.Error(), p) || strings.Contains(flows.SayOf(err), p) || strings.Contains(fmt.Sprintf("%+v", err), p)) {
						t.Errorf("%q is in %v", p, err)
					}
				}
			}
			for _, p := range private {
				if strings.Contains(log.String(), p) {
					t.Errorf("%q is in the log:\n%s", p, log.String())
				}
			}
			if !strings.Contains(log.String(), `"op":"create account"`) || !strings.Contains(log.String(), `"client_request_id"`) {
				t.Errorf("the log lacks the calls:\n%s", log.String())
			}
		})
	}
}

func TestPasswordThatCannotBeMade(t *testing.T) {
	s := &stub{answers: list(says(201, `{}`))}
	c := open(t, Options{Transport: direct{s}, Password: func() (string, error) { return "", errors.New("no entropy: abc") }})
	_, err := c.CreateAccount(t.Context(), flows.NewAccount{UPN: "a@larkfield.example", Name: "A"})
	if err == nil || len(s.seen) != 0 || strings.Contains(err.Error(), "abc") {
		t.Errorf("error %v after %d requests", err, len(s.seen))
	}
}
