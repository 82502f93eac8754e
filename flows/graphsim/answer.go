package graphsim

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBody is above what Graph accepts for directory writes.
const maxBody = 4 << 20

// An answer is what goes back. A nil body is an empty one.
type answer struct {
	status int
	header map[string]string
	body   any
	text   string // instead of body, with its content type in header
	gone   bool   // close the connection without answering
}

// finish gives an answer the headers and, to an error, the ids that Graph adds.
func finish(a *answer, id, clientID string, now time.Time) ([]byte, error) {
	header := map[string]string{"request-id": id, "Date": now.UTC().Format(http.TimeFormat), "OData-Version": "4.0", "Cache-Control": "no-cache"}
	if clientID == "" {
		clientID = id
	}
	header["client-request-id"] = clientID
	for k, v := range a.header {
		header[k] = v
	}
	a.header = header
	if a.body == nil {
		return []byte(a.text), nil
	}
	if e, ok := a.body.(errorBody); ok {
		e.Error.Inner = &innerError{Date: now.UTC().Format("2006-01-02T15:04:05"), Request: id, Client: clientID}
	}
	if header["Content-Type"] == "" {
		header["Content-Type"] = "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
	}
	raw, err := json.Marshal(a.body)
	if err != nil {
		return nil, fmt.Errorf("write answer: %w", err)
	}
	return raw, nil
}

type errorBody struct {
	Error *errorContent `json:"error"`
}

type errorContent struct {
	Code    string      `json:"code"`
	Message string      `json:"message"`
	Details []detail    `json:"details,omitempty"`
	Inner   *innerError `json:"innerError,omitempty"`
}

type innerError struct {
	Date    string `json:"date"`
	Request string `json:"request-id"`
	Client  string `json:"client-request-id"`
}

// problem turns an error into an answer; one that is not a graphError is the
// simulator's own and becomes a 500.
func problem(err error) answer {
	var e *graphError
	if !errors.As(err, &e) {
		e = &graphError{Status: 500, Code: "InternalServerError", Message: err.Error()}
	}
	return answer{status: e.Status, header: e.Header, body: errorBody{&errorContent{Code: e.Code, Message: e.Message, Details: e.Details}}}
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, malformed("The request body could not be read.")
	}
	if len(raw) > maxBody {
		return nil, &graphError{Status: http.StatusRequestEntityTooLarge, Code: "RequestEntityTooLarge", Message: "The request body is too large."}
	}
	switch strings.ToLower(r.Header.Get("Content-Encoding")) {
	case "", "identity":
		return raw, nil
	case "gzip":
	default:
		return raw, &graphError{Status: http.StatusUnsupportedMediaType, Code: "UnsupportedMediaType", Message: "The content encoding is not supported."}
	}
	// A retry may resend the plain text under the header of the compressed one.
	wrong := malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	zip, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return raw, wrong
	}
	plain, err := io.ReadAll(io.LimitReader(zip, maxBody+1))
	if err != nil || len(plain) > maxBody {
		return raw, wrong
	}
	return plain, nil
}
