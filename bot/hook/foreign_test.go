package hook

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"muster/flows"
)

// FuzzAnswer holds that whatever another system answers, a step is done only when a 200 says so in the JSON that is agreed, that its words are
// one short line, and that no error repeats them.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "application/json", `{"done":true,"text":"Ann took Tom off the run."}`, "")
	f.Add(202, "application/json", ``, "")
	f.Add(202, "application/json; charset=x", `{"done":true}`, "")
	f.Add(500, "text/html", "<html>SECRETSECRETSECRET", "99999999999999")
	f.Add(302, "", "", "Mon, 23 Nov 2099 09:00:00 GMT")
	f.Add(200, "application/json", "{\"text\":\"a\u202e\\u0000\\nb\"}", "")
	c := &Client{now: func() time.Time { return noon }}
	f.Fuzz(func(t *testing.T, status int, kind, body, after string) {
		rec := httptest.NewRecorder()
		rec.Header().Set("Content-Type", kind)
		rec.Header().Set("Retry-After", after)
		rec.WriteHeader(200 + (status%400+400)%400)
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			a, err := c.judge("Payroll", method, rec.Result(), []byte(body))
			if a.Done && (err != nil || rec.Code != http.StatusOK || !strings.Contains(body, "true")) {
				t.Errorf("%d %q is done", rec.Code, body)
			}
			if len([]rune(a.Text)) > maxText || !utf8.ValidString(a.Text) || strings.ContainsFunc(a.Text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q says %q", body, a.Text)
			}
			if err != nil {
				if flows.SayOf(err) == "" || len(body) > 12 && strings.Contains(err.Error()+flows.SayOf(err), body) {
					t.Errorf("error %v says %q", err, flows.SayOf(err))
				}
			}
		}
	})
}
