package teams

import (
	"errors"
	"net/http"
)

// Refusal is why an inbound request was not let in. Errors of this package wrap
// one, so that errors.Is finds it; its text is the reason in the log, and holds
// nothing that the caller sent.
type Refusal string

// The refusals, in the order in which they are checked.
const (
	RefusedMethod      Refusal = "method is not POST"
	RefusedContentType Refusal = "content is not JSON"
	RefusedTooLarge    Refusal = "body is too large"
	RefusedUnread      Refusal = "body could not be read"
	RefusedNoToken     Refusal = "no bearer token"
	RefusedMalformed   Refusal = "activity is malformed"
	RefusedToken       Refusal = "token is malformed"
	RefusedAlgorithm   Refusal = "token is not signed with RS256"
	RefusedIssuer      Refusal = "token is from another issuer"
	RefusedAudience    Refusal = "token is for another bot"
	RefusedUnknownKey  Refusal = "token is signed with an unknown key"
	RefusedNoKeys      Refusal = "signing keys are not available"
	RefusedSignature   Refusal = "token signature is wrong"
	RefusedExpired     Refusal = "token has expired or does not expire"
	RefusedEarly       Refusal = "token is not valid yet"
	RefusedEndorsement Refusal = "key is not endorsed for this channel"
	RefusedServiceURL  Refusal = "service URL is not the one in the token"
	RefusedHost        Refusal = "service URL host is not allowed"
	RefusedTenant      Refusal = "tenant is not allowed"
	RefusedNotLocal    Refusal = "playground request is not local"
)

// Error is the reason in words.
func (r Refusal) Error() string { return string(r) }

// status is what the refused caller gets. Another tenant gets 200: an error
// would be delivered again and shown to the person as a fault.
func (r Refusal) status() int {
	switch r {
	case RefusedMethod:
		return http.StatusMethodNotAllowed
	case RefusedContentType:
		return http.StatusUnsupportedMediaType
	case RefusedTooLarge:
		return http.StatusRequestEntityTooLarge
	case RefusedMalformed, RefusedUnread:
		return http.StatusBadRequest
	case RefusedNoKeys:
		return http.StatusServiceUnavailable // the token may be good: it is we who cannot tell
	case RefusedNotLocal:
		return http.StatusForbidden
	case RefusedTenant:
		return http.StatusOK
	default:
		return http.StatusUnauthorized
	}
}

// reason finds the refusal in an error; an error without one is a bad token,
// because nothing may pass for the lack of a name.
func reason(err error) Refusal {
	if r, ok := errors.AsType[Refusal](err); ok {
		return r
	}
	return RefusedToken
}
