package graph

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// elsewhere notes where requests go besides Graph.
type elsewhere struct {
	direct
	hosts []string
}

func (e *elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "graph.microsoft.com" {
		e.hosts = append(e.hosts, r.URL.Host)
	}
	return e.direct.RoundTrip(r)
}

// FuzzAnswer holds that whatever Graph answers, a read ends with what it asked for or an error, no error repeats the answer, and the token
// goes nowhere but to Graph, wherever the next page is said to be.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"value":[{"id":"1","displayName":"Tom"}],"@odata.nextLink":"https://evil.example/v1.0/users?$skiptoken=x"}`)
	f.Add(200, `{"value":null}`)
	f.Add(200, `{"id":"00000000-0000-4000-a000-000000000003","accountEnabled":"yes","assignedLicenses":[{}],"manager":{"id":7}}`)
	f.Add(200, `{"value":[{"@odata.type":"#microsoft.graph.phoneAuthenticationMethod","id":null}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=x"}`)
	f.Add(403, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges, Tom Hughes","details":[{"code":"x y"}]}}`)
	f.Add(400, `{"error":[1]}`)
	f.Add(200, `{"responses":[{"id":"0","status":200,"body":{"value":[1,"x",null]}},{"id":"nobody","status":"x"}]}`)
	f.Add(200, "\xff\x00")
	f.Fuzz(func(t *testing.T, status int, body string) {
		status = []int{200, 200, 200, 400, 403, 404, 409}[(status%7+7)%7]
		e := &elsewhere{direct: direct{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			if _, err := io.WriteString(w, body); err != nil {
				t.Error(err)
			}
		})}}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		c := open(t, Options{Transport: e})
		const id flows.AccountID = "00000000-0000-4000-a000-000000000003"
		for name, read := range map[string]func() error{
			"account":  func() error { _, err := c.FetchAccount(ctx, string(id)); return err },
			"group":    func() error { _, err := c.FindGroup(ctx, "Sales"); return err },
			"holdings": func() error { _, _, _, err := c.Holdings(ctx, id); return err },
			"methods":  func() error { _, err := c.FetchMethods(ctx, id); return err },
			"passes":   func() error { _, err := c.FetchPasses(ctx, id); return err },
			"mailbox":  func() error { _, err := c.MailboxPurpose(ctx, id); return err },
			"meetings": func() error { _, err := c.Meetings(ctx, id, time.Unix(0, 0), time.Unix(1e9, 0)); return err },
			"forwards": func() error { _, err := c.Forwards(ctx, id); return err },
			"reply":    func() error { _, err := c.FetchReply(ctx, id); return err },
			"drive":    func() error { _, err := c.DriveItems(ctx, "d", 10); return err },
			"devices":  func() error { _, err := c.ManagedDevices(ctx, id); return err },
			"roles":    func() error { _, err := c.DirectoryRoles(ctx, id); return err },
			"consents": func() error { _, err := c.Consents(ctx, id); return err },
			"packages": func() error { _, err := c.Packages(ctx, id); return err },
			"sign-in":  func() error { _, _, err := c.LastSignIn(ctx, id); return err },
			"staff":    func() error { _, err := c.ListStaff(ctx); return err },
			"licences": func() error { _, err := c.FetchSKUs(ctx); return err },
			"deleted":  func() error { _, err := c.FindDeleted(ctx, "Tom"); return err },
		} {
			err := read()
			if err == nil {
				continue
			}
			if flows.SayOf(err) == "" {
				t.Errorf("%s: %v says nothing", name, err)
			}
			for word := range strings.FieldsSeq(body) {
				if len(word) > 40 && strings.Contains(err.Error()+flows.SayOf(err), word) {
					t.Errorf("%s: the error repeats the answer: %v", name, err)
				}
			}
		}
		if len(e.hosts) > 0 {
			t.Errorf("the token went to %q", e.hosts)
		}
	})
}
