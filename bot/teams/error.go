package teams

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Error is a call to Teams that did not succeed. Its fields tell what to do;
// its text has no words of Teams in it, because those can name people.
type Error struct {
	Op      string // the call, e.g. "send"
	Status  int    // 0 when there was no answer
	Code    string // error.code, e.g. BotNotInConversationRoster
	SubCode string // e.g. MessageWritesBlocked
	Message string // what Teams said, at most 2 KB: for operators, not for logs

	// RetryAfter is how long to wait before the next try, when Teams or our own
	// pace says so.
	RetryAfter time.Duration
	// Ambiguous: the call may have taken effect. Sending again may show the
	// message twice.
	Ambiguous bool
	// Temporary: it did not take effect, and the same call may succeed later.
	Temporary bool
	// Unreachable: the person blocked or removed the bot, or never had it. Only
	// they or an administrator can change that.
	Unreachable bool
	// NotFound: the conversation or message is gone. Its id is to be forgotten.
	NotFound bool
	// TooBig: the same words need a smaller card.
	TooBig bool

	err error
}

// Error gives the call, the status and the codes.
func (e *Error) Error() string {
	s := "teams: " + e.Op
	if e.Status != 0 {
		s += ": status " + strconv.Itoa(e.Status)
	}
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.SubCode != "" && e.SubCode != e.Code {
		s += " " + e.SubCode
	}
	if e.err != nil {
		s += ": " + e.err.Error()
	}
	if e.Ambiguous {
		s += " (it may have been done)"
	}
	return s
}

// Unwrap returns the cause, such as a context's end.
func (e *Error) Unwrap() error { return e.err }

const messageKept = 2 << 10

// isUnreachable names the 403s that only the person or an administrator can
// change.
func isUnreachable(code string) bool {
	return slices.Contains([]string{
		"MessageWritesBlocked", "ConversationBlockedByUser", "BotDisabledByAdmin",
		"BotNotInConversationRoster", "ForbiddenOperationException",
	}, code)
}

// statusError reads an answer that is not a success. Repeatable calls are never
// ambiguous: doing them twice is doing them once.
func statusError(op string, resp *http.Response, body []byte, repeatable bool, now time.Time) *Error {
	e := &Error{Op: op, Status: resp.StatusCode}
	e.Code, e.SubCode, e.Message = errorBody(body)
	e.RetryAfter = retryAfter(resp.Header, now)
	switch s := resp.StatusCode; {
	case s == http.StatusTooManyRequests, s == http.StatusPreconditionFailed:
		e.Temporary = true // not accepted, so always safe to repeat
	case s == http.StatusForbidden:
		e.Unreachable = isUnreachable(e.Code) || isUnreachable(e.SubCode)
	case s == http.StatusNotFound, s == http.StatusGone:
		e.NotFound = true
	case s == http.StatusRequestEntityTooLarge:
		e.TooBig = true
	case s == http.StatusRequestTimeout, s >= 500 && s != http.StatusNotImplemented:
		e.Ambiguous, e.Temporary = !repeatable, repeatable
	}
	return e
}

// transportError reads a call that got no answer. Only when no connection came
// about is it known that nothing was done.
func transportError(op string, err error, repeatable bool) *Error {
	e := &Error{Op: op, err: err}
	if u, ok := errors.AsType[*url.Error](err); ok {
		e.err = u.Err // without the URL, which names the conversation
	}
	opErr, ok := errors.AsType[*net.OpError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	unsent := untrusted || ok && opErr.Op == "dial"
	e.Ambiguous = !unsent && !repeatable
	e.Temporary = !e.Ambiguous
	return e
}

// errorBody reads the shapes in which Teams reports errors:
// {"error":{"code","message"}}, {"errorCode":209,"message":"{\"subCode\":…}"}
// with JSON in the string, {"message":"…"}, or none of them.
func errorBody(body []byte) (code, subCode, message string) {
	type inner struct {
		Code    string `json:"code"`
		SubCode string `json:"subCode"`
		Message string `json:"message"`
	}
	var doc struct {
		inner
		Error     inner           `json:"error"`
		ErrorCode json.RawMessage `json:"errorCode"`
	}
	if json.Unmarshal(body, &doc) != nil {
		return "", "", clip(string(bytes.ToValidUTF8(body, nil)))
	}
	code = cmp.Or(doc.Error.Code, doc.Code, string(bytes.Trim(doc.ErrorCode, `"`)))
	subCode = cmp.Or(doc.Error.SubCode, doc.SubCode)
	message = cmp.Or(doc.Error.Message, doc.Message)
	var nested inner
	if json.Unmarshal([]byte(message), &nested) == nil {
		subCode = cmp.Or(subCode, nested.SubCode)
		code = cmp.Or(code, nested.Code)
		message = cmp.Or(nested.Message, message)
	}
	return clip(code), clip(subCode), clip(message)
}

func clip(s string) string {
	if len(s) > messageKept {
		s = string(bytes.ToValidUTF8([]byte(s[:messageKept]), nil))
	}
	return s
}

// longestRetry is the longest wait that is believed.
const longestRetry = 24 * time.Hour

// retryAfter reads seconds or a date; the answer's own date is the better clock
// to measure the latter by.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if v == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if !(s > 0) { // which holds for NaN, too
			return 0
		}
		return time.Duration(min(s, longestRetry.Seconds()) * float64(time.Second))
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if d, err := http.ParseTime(h.Get("Date")); err == nil {
		now = d
	}
	return min(max(0, t.Sub(now)), longestRetry)
}

// asError finds an [Error] in err.
func asError(err error) (*Error, bool) { return errors.AsType[*Error](err) }
