package teams

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

func TestErrorBodies(t *testing.T) {
	type codes struct{ Code, SubCode, Message string }
	for name, tt := range map[string]struct {
		body string
		want codes
	}{
		"usual":            {`{"error":{"code":"BotNotInConversationRoster","message":"The bot is not part of it."}}`, codes{"BotNotInConversationRoster", "", "The bot is not part of it."}},
		"JSON in a string": {`{"errorCode":209,"message":"{\"subCode\":\"MessageWritesBlocked\",\"details\":\"x\"}"}`, codes{"209", "MessageWritesBlocked", `{"subCode":"MessageWritesBlocked","details":"x"}`}},
		"both":             {`{"error":{"code":"Forbidden","message":"{\"subCode\":\"BotDisabledByAdmin\",\"message\":\"Off.\"}"}}`, codes{"Forbidden", "BotDisabledByAdmin", "Off."}},
		"only a message":   {`{"message":"Authorization has been denied for this request."}`, codes{"", "", "Authorization has been denied for this request."}},
		"an OAuth error":   {`{"error":"invalid_request"}`, codes{"", "", `{"error":"invalid_request"}`}},
		"a page":           {"<html>Bad Gateway\xff</html>", codes{"", "", "<html>Bad Gateway</html>"}},
		"nothing":          {"", codes{}},
		"very long":        {strings.Repeat("é", messageKept), codes{"", "", strings.Repeat("é", messageKept/2)}},
	} {
		t.Run(name, func(t *testing.T) {
			var got codes
			got.Code, got.SubCode, got.Message = errorBody([]byte(tt.body))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorKinds(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		want   Error
	}{
		"blocked":         {403, `{"error":{"code":"MessageWritesBlocked"}}`, Error{Unreachable: true}},
		"blocked by user": {403, `{"error":{"code":"ConversationBlockedByUser"}}`, Error{Unreachable: true}},
		"disabled":        {403, `{"error":{"code":"BotDisabledByAdmin"}}`, Error{Unreachable: true}},
		"not there":       {403, `{"error":{"code":"BotNotInConversationRoster"}}`, Error{Unreachable: true}},
		"not installed":   {403, `{"error":{"code":"ForbiddenOperationException"}}`, Error{Unreachable: true}},
		"no permission":   {403, `{"error":{"code":"NotEnoughPermissions"}}`, Error{}},
		"no conversation": {404, `{"error":{"code":"ConversationNotFound"}}`, Error{NotFound: true}},
		"gone":            {410, "", Error{NotFound: true}},
		"too big":         {413, "", Error{TooBig: true}},
		"busy":            {412, "", Error{Temporary: true}},
		"throttled":       {429, "", Error{Temporary: true}},
		"server error":    {500, "", Error{Ambiguous: true}},
		"not implemented": {501, "", Error{}},
		"gateway timeout": {504, "", Error{Ambiguous: true}},
		"moved":           {301, "", Error{}},
		"conflict":        {409, "", Error{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := statusError("send", &http.Response{StatusCode: tt.status}, []byte(tt.body), false, start)
			got.Op, got.Status, got.Code, got.SubCode, got.Message = "", 0, "", "", ""
			if diff := cmp.Diff(tt.want, *got, cmp.AllowUnexported(Error{})); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTransportErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		err       error
		ambiguous bool
	}{
		"refused":     {refusedConnection(), false},
		"bad name":    {&url.Error{Op: "Post", URL: "https://x/secret", Err: refusedConnection()}, false},
		"not trusted": {&url.Error{Err: &tls.CertificateVerificationError{Err: errors.New("expired")}}, false},
		"reset":       {&url.Error{Op: "Post", URL: "https://x/secret", Err: errors.New("reset")}, true},
		"out of time": {context.DeadlineExceeded, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := transportError("send", tt.err, false)
			if got.Ambiguous != tt.ambiguous || got.Temporary == tt.ambiguous {
				t.Errorf("ambiguous = %t, temporary = %t; want ambiguous %t", got.Ambiguous, got.Temporary, tt.ambiguous)
			}
			if strings.Contains(got.Error(), "secret") {
				t.Errorf("error names the URL: %v", got)
			}
			if again := transportError("update", tt.err, true); again.Ambiguous || !again.Temporary {
				t.Errorf("an update is never ambiguous: %#v", again)
			}
		})
	}
}

func TestErrorTextNamesNobody(t *testing.T) {
	e := &Error{Op: "send", Status: 403, Code: "209", SubCode: "MessageWritesBlocked", Message: "Hannah Reed blocked the bot", Ambiguous: true, err: context.Canceled}
	if got, want := e.Error(), "teams: send: status 403 209 MessageWritesBlocked: context canceled (it may have been done)"; got != want {
		t.Errorf("error = %q, want %q", got, want)
	}
	if !errors.Is(fmt.Errorf("send: %w", e), context.Canceled) {
		t.Error("the cause is lost")
	}
}

func TestRetryAfter(t *testing.T) {
	date := start.Add(90 * time.Second).Format(http.TimeFormat)
	for name, tt := range map[string]struct {
		header http.Header
		want   time.Duration
	}{
		"none":                   {nil, 0},
		"seconds":                {http.Header{"Retry-After": {"7"}}, 7 * time.Second},
		"part of a second":       {http.Header{"Retry-After": {"0.5"}}, 500 * time.Millisecond},
		"negative":               {http.Header{"Retry-After": {"-7"}}, 0},
		"beyond a day":           {http.Header{"Retry-After": {"1e300"}}, 24 * time.Hour},
		"not a number":           {http.Header{"Retry-After": {"NaN"}}, 0},
		"a date":                 {http.Header{"Retry-After": {date}}, 90 * time.Second},
		"a date, by its own":     {http.Header{"Retry-After": {date}, "Date": {start.Add(30 * time.Second).Format(http.TimeFormat)}}, time.Minute},
		"a date that has passed": {http.Header{"Retry-After": {start.Add(-time.Minute).Format(http.TimeFormat)}}, 0},
		"words":                  {http.Header{"Retry-After": {"soon"}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := retryAfter(tt.header, start); got != tt.want {
				t.Errorf("retryAfter = %v, want %v", got, tt.want)
			}
		})
	}
}
