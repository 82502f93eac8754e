package teams

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// newRecorder is an answer with a JSON body, or with none.
func newRecorder(status int, body any) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	rec.WriteHeader(status)
	if body != nil {
		if err := json.NewEncoder(rec).Encode(body); err != nil {
			panic(err)
		}
	}
	return rec
}
