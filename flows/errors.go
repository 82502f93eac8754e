package flows

import (
	"errors"
	"time"
)

// Code says what kind of failure an error is, for the code that must react to it.
type Code string

// The codes. An error without one is internal: a person did nothing wrong, and nobody outside can mend it.
const (
	Internal    Code = ""
	Invalid     Code = "invalid"     // the input is wrong; asking again with the same input fails again
	Denied      Code = "denied"      // the person, or Muster itself, may not do this
	NotFound    Code = "not_found"   // the thing named does not exist
	Conflict    Code = "conflict"    // the world moved on since the decision was made
	Unavailable Code = "unavailable" // a service does not answer now; later costs no attempt
	NoSeat      Code = "no_seat"     // every seat of a licence is taken; goes on when one is free
	Seen        Code = "seen"        // this turn was handled before
)

// Error carries what an outsider may read apart from what operators need.
type Error struct {
	Code       Code
	Say        string        // one plain sentence for the person in the chat; no personal data of others
	RetryAfter time.Duration // how long the service asked us to wait; zero when it did not say
	Err        error         // for the operator; may be nil
}

func (e *Error) Error() string {
	switch {
	case e.Err != nil && e.Code != Internal:
		return string(e.Code) + ": " + e.Err.Error()
	case e.Err != nil:
		return e.Err.Error()
	case e.Code != Internal:
		return string(e.Code) + ": " + e.Say
	default:
		return e.Say
	}
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the code of the first Error in the chain, or Internal.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// SayOf is the sentence a person may read about err, or a general one.
func SayOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Say != "" {
		return e.Say
	}
	return "Something went wrong on our side. IT has been told; nothing you entered is lost."
}

func deny(say string) error    { return &Error{Code: Denied, Say: say} }
func invalid(say string) error { return &Error{Code: Invalid, Say: say} }
func gone(say string) error    { return &Error{Code: NotFound, Say: say} }
func moved(say string) error   { return &Error{Code: Conflict, Say: say} }
