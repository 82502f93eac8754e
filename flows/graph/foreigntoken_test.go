package graph

import "testing"

// FuzzAuthorityAnswer holds that of whatever an authority answers at most a number is kept.
func FuzzAuthorityAnswer(f *testing.F) {
	f.Add([]byte(`{"error":"invalid_client","error_codes":[7000222],"error_description":"SECRET"}`))
	f.Add([]byte(`{"error_codes":[1.5]}`))
	f.Add([]byte(`{"error_codes":[99999999999999999999]}`))
	f.Add([]byte("\xff"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if n := numberIn(body); n != 0 && len(body) < 3 {
			t.Errorf("%q holds the number %d", body, n)
		}
	})
}
