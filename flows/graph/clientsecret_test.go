package graph

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"muster/flows"
)

func TestClientSecretHTTP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stub{answers: list(says(200, `{"access_token":"one","expires_in":3600}`), says(200, `{"access_token":"two","expires_in":3600}`))}
		c := &ClientSecretHTTP{TokenURL: "http://127.0.0.1:3980/t/oauth2/v2.0/token", ClientID: "me", Secret: "s&=", Transport: direct{s}, Now: time.Now}
		ask := func(want string, o policy.TokenRequestOptions) {
			t.Helper()
			got, err := c.GetToken(t.Context(), o)
			if err != nil || got.Token != want {
				t.Errorf("token %q, %v, want %q", got.Token, err, want)
			}
		}
		o := policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}}
		ask("one", o)
		form, err := url.ParseQuery(s.one(t).Body)
		if err != nil || form.Get("client_id") != "me" || form.Get("client_secret") != "s&=" || form.Get("grant_type") != "client_credentials" || form.Get("scope") != o.Scopes[0] {
			t.Errorf("form %v, %v", form, err)
		}
		time.Sleep(58 * time.Minute)
		ask("one", o)
		time.Sleep(2 * time.Minute)
		ask("two", o)
		if len(s.seen) != 2 {
			t.Errorf("%d fetches, want 2", len(s.seen))
		}
		ask("two", policy.TokenRequestOptions{Scopes: o.Scopes, Claims: "{}"})
		ask("two", policy.TokenRequestOptions{Scopes: []string{"other"}})
		if len(s.seen) != 4 {
			t.Errorf("%d fetches, want 4: a challenge and another scope need a new token", len(s.seen))
		}
	})
}

func TestClientSecretHTTPRefusesOthers(t *testing.T) {
	for _, u := range []string{"https://login.microsoftonline.com/t/oauth2/v2.0/token", "http://login.microsoftonline.com/t", "http://127.0.0.1.example/t", "https://127.0.0.1/t", "", "://"} {
		s := &stub{answers: list(says(200, `{"access_token":"one"}`))}
		c := &ClientSecretHTTP{TokenURL: u, Secret: "hunter2", Transport: direct{s}, Now: time.Now}
		if _, err := c.GetToken(t.Context(), policy.TokenRequestOptions{}); err == nil || len(s.seen) != 0 {
			t.Errorf("%q: error %v after %d requests", u, err, len(s.seen))
		}
	}
}

func TestClientSecretHTTPFailures(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   flows.Code
	}{
		"refused":    {says(401, `{"error":"invalid_client","error_description":"hunter2"}`), flows.Denied},
		"bad scope":  {says(400, `{"error":"invalid_scope"}`), flows.Denied},
		"down":       {says(503, ""), flows.Unavailable},
		"closed":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, flows.Unavailable},
		"no token":   {says(200, `{}`), flows.Denied},
		"unreadable": {says(200, `<html>`), flows.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stub{answers: list(tt.answer)}
			cred := &ClientSecretHTTP{TokenURL: "http://localhost/t", Secret: "hunter2", Transport: direct{s}, Now: time.Now}
			err := open(t, Options{BaseURL: "http://localhost/v1.0", Credential: cred, Transport: direct{s}}).SetEnabled(t.Context(), priya, true)
			if flows.CodeOf(err) != tt.want {
				t.Errorf("code %q, want %q (%v)", flows.CodeOf(err), tt.want, err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}
