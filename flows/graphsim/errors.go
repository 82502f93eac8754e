package graphsim

import (
	"fmt"
	"net/http"
)

// graphError is an answer of Graph that is not a success. Its texts are those
// seen in the field; where none is known, a comment at the place says so.
type graphError struct {
	Status  int
	Code    string
	Message string
	Details []detail
	Header  map[string]string
}

type detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target"`
}

func (e *graphError) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

func badRequest(format string, args ...any) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: "Request_BadRequest", Message: fmt.Sprintf(format, args...)}
}

// malformed is what the OData layer says before the directory has looked.
func malformed(format string, args ...any) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: "BadRequest", Message: fmt.Sprintf(format, args...)}
}

func unsupportedQuery(format string, args ...any) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: "Request_UnsupportedQuery", Message: fmt.Sprintf(format, args...)}
}

func notFound(id string) *graphError {
	return &graphError{
		Status: http.StatusNotFound, Code: "Request_ResourceNotFound",
		Message: "Resource '" + id + "' does not exist or one of its queried reference-property objects are not present.",
	}
}

func notReplicated() *graphError {
	return badRequest("The source resource object or one of the objects being referenced don't exist.")
}

func denied() *graphError {
	return &graphError{
		Status: http.StatusForbidden, Code: "Authorization_RequestDenied",
		Message: "Insufficient privileges to complete the operation.",
	}
}

func unknown(format string, args ...any) *graphError {
	return &graphError{
		Status: http.StatusNotImplemented, Code: "NotImplemented",
		Message: "The simulator does not know " + fmt.Sprintf(format, args...) + ".",
	}
}

func invalidValue(resource, prop string) *graphError {
	return badRequest("Invalid value specified for property '%s' of resource '%s'.", prop, resource)
}

func conflict(prop string) *graphError {
	e := badRequest("Another object with the same value for property %s already exists.", prop)
	e.Details = []detail{{Code: "ObjectConflict", Message: e.Message, Target: prop}}
	return e
}

func synced() *graphError {
	return badRequest("Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.")
}

func unauthenticated(message string) *graphError {
	return &graphError{
		Status: http.StatusUnauthorized, Code: "InvalidAuthenticationToken", Message: message,
		Header: map[string]string{"WWW-Authenticate": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`},
	}
}
