package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"muster/flows"
)

// Failure is what an operator may read about a call that did not succeed. It is in the chain of the error of every
// request that was refused, or whose answer did not come or could not be read.
type Failure struct {
	Op         string        // verb and object: "assign licences"
	Status     int           // HTTP status of the last answer; zero when there was none
	Code       string        // Graph's error code
	RequestID  string        // Microsoft's id of the last attempt
	CallID     string        // our client-request-id, which the tenant's audit log may show
	Tries      int           // attempts made
	RetryAfter time.Duration // as asked for; zero when it was not
	Cause      error         // of the network, the context or the credential; may be nil

	reason reason
	code   flows.Code
	say    string
}

func (f *Failure) Error() string {
	var b strings.Builder
	b.WriteString(f.Op)
	if f.Status != 0 {
		fmt.Fprintf(&b, ": %d", f.Status)
	}
	if f.Code != "" {
		b.WriteString(" " + f.Code)
	}
	if f.Cause != nil {
		b.WriteString(": " + f.Cause.Error())
	}
	fmt.Fprintf(&b, " (client-request-id %s", f.CallID)
	if f.RequestID != "" {
		b.WriteString(", request-id " + f.RequestID)
	}
	fmt.Fprintf(&b, ", tries %d)", f.Tries)
	return b.String()
}

func (f *Failure) Unwrap() error { return f.Cause }

func (f *Failure) asError() error {
	return &flows.Error{Code: f.code, Say: f.say, RetryAfter: f.RetryAfter, Err: f}
}

// because reports whether err is a failure for the given reason.
func because(err error, r reason) bool {
	f, ok := errors.AsType[*Failure](err)
	return ok && f.reason == r
}

// failure judges the call. The last answer decides; what the SDK made of it counts only where there was none, or where a good answer
// could not be read.
func (k *call) failure(op string, err error) *Failure {
	last, answered := k.last()
	f := &Failure{Op: op, Status: last.status, Code: last.code, RequestID: last.requestID, CallID: k.id, Tries: len(k.attempts), RetryAfter: last.retryAfter}
	if token, ok := errors.AsType[*tokenFailure](err); ok {
		f.Cause, f.code, f.say = token, flows.Unavailable, sayNoAuthority
		if token.refused() {
			f.code, f.say = flows.Denied, sayCredentials
		}
		return f
	}
	cause := networkCause(err)
	switch {
	case !answered && (len(k.attempts) > 0 || cause != nil):
		f.Cause, f.code, f.say = cause, flows.Unavailable, sayNoAnswer
	case !answered: // never sent: a bug, or a credential for another host
		f.Cause, f.code, f.say = safe(err), flows.Internal, sayUnsent
	case last.status >= 400:
		f.Cause = contextCause(cause)
		f.reason, f.code, f.say = last.judge()
	case last.status < 300 && last.broke != nil: // done, perhaps, but what was done is not known
		f.Cause, f.code, f.say = networkCause(last.broke), flows.Unavailable, sayNoAnswer
	default: // a redirect, or a good answer that makes no sense; trying for ever would not help
		f.Cause, f.code, f.say = safe(err), flows.Internal, sayUnreadable
	}
	return f
}

// contextCause keeps a cancelled wait recognisable beside the answer that it waited after.
func contextCause(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// safe keeps our own errors whole and of all others only the type.
func safe(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errElsewhere):
		return errElsewhere
	case errors.Is(err, errNoToken):
		return errNoToken
	case errors.Is(err, errEmpty):
		return errEmpty
	}
	return fmt.Errorf("the SDK gave a %T", err)
}

// reason tells apart the few answers that a verb treats as done.
type reason int

const (
	plain reason = iota
	alreadyThere
	notHeld
	notThere
)

// mailboxMissing is the code of an account without a mailbox that Graph reaches.
const mailboxMissing = "MailboxNotEnabledForRESTAPI"

// judge maps an answer of 400 and above to a code and a sentence (reference/graph.md 4.1).
func (a attempt) judge() (reason, flows.Code, string) {
	switch {
	case a.status == http.StatusUnauthorized:
		return plain, flows.Denied, sayCredentials
	case a.code == mailboxMissing: // seen as 400, 403 and 404
		return plain, flows.NotFound, "The account has no mailbox that Microsoft 365 can reach: it has none, or its licence is gone, or it is on the premises."
	case strings.Contains(a.message, "not applicable to target tenant"): // seen as 400 and 403
		return plain, flows.NotFound, "The tenant has no Intune, so it knows no managed devices."
	case a.code == "ApplicationThrottled", a.code == "ErrorTooManyRequests":
		return plain, flows.Unavailable, "Exchange asks Muster to slow down. It is tried again later."
	case a.status == http.StatusForbidden && strings.HasPrefix(a.code, "Authentication_RequestFromNonPremiumTenant"):
		return plain, flows.Denied, "The tenant has no licence for this part of Microsoft 365."
	case a.status == http.StatusForbidden:
		return plain, flows.Denied, "Microsoft 365 refused: Muster's app lacks a permission or a directory role for this, or the target is an administrator."
	case a.status == http.StatusNotFound:
		return plain, flows.NotFound, "Microsoft 365 does not know this object. It may have been deleted, or be too new to be seen."
	case a.status == http.StatusTooManyRequests:
		return plain, flows.Unavailable, "Microsoft 365 asks Muster to slow down. It is tried again later."
	case a.code == "Directory_ConcurrencyViolation":
		return plain, flows.Unavailable, "Somebody else is changing the same object. It is tried again later."
	case a.status == http.StatusNotImplemented:
		return plain, flows.Internal, sayUnreadable
	case a.status >= 500, a.status == http.StatusRequestTimeout:
		return plain, flows.Unavailable, sayNoAnswer
	case a.detailed("ObjectConflict"), a.code == "ObjectConflict":
		return plain, flows.Conflict, "Another object already has this name or address."
	}
	for _, s := range sentences() {
		if strings.Contains(a.message, s.fragment) {
			return s.reason, s.code, s.say
		}
	}
	if a.status == http.StatusConflict {
		return plain, flows.Conflict, "Microsoft 365 holds something else in this place already."
	}
	return plain, flows.Invalid, "Microsoft 365 refused the request as wrong. The error code and the request id are in Muster's log."
}
