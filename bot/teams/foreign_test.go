package teams

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	"github.com/infracloudio/msbotbuilder-go/schema"
)

// FuzzToken holds that no header lets anybody in but with a token that was signed with the published key: the good one is found among all
// others by its bytes.
func FuzzToken(f *testing.F) {
	good := goodToken(f, start)
	f.Add("Bearer " + good)
	f.Add("bearer " + good + " ")
	f.Add("Bearer " + sign(f, jwt.SigningMethodHS256, "k1", []byte("x"), tokenClaims(start, nil)))
	f.Add("Bearer eyJhbGciOiJub25lIn0.e30.")
	f.Add("Bearer " + strings.Replace(good, ".", "..", 1))
	c := newClock()
	v, err := NewValidator(testConfig(), newTestKeys(f, newIssuer(), c), c.now)
	if err != nil {
		f.Fatal(err)
	}
	act := schema.Activity{ServiceURL: teamsURL, ChannelID: channel}
	f.Fuzz(func(t *testing.T, header string) {
		id, err := v.AuthenticateRequest(t.Context(), act, header, nil, "")
		if (id == nil) != (err != nil) {
			t.Errorf("%q: %v, %v", header, id, err)
		}
		if err != nil && reason(err).status() < 400 {
			t.Errorf("%q is refused with %d", header, reason(err).status())
		}
		if _, token, _ := strings.Cut(header, " "); err == nil && token != good {
			t.Errorf("%q was let in", header)
		}
	})
}

// FuzzKeys holds that whatever the source of the keys says, no key is used that is too weak or not for signing, and that the words of the
// source are in no error.
func FuzzKeys(f *testing.F) {
	for _, keys := range [][]jwk{newIssuer().keys, {{KTY: "RSA", KID: "k1", N: "AQAB", E: "AQAB"}}, {{KTY: "EC", KID: "k1"}}, nil} {
		b, err := json.Marshal(map[string]any{"keys": keys})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "https://login.botframework.com/v1/.well-known/keys")
	}
	f.Add([]byte(`{"keys":[{"kty":"RSA","kid":"","n":"`+strings.Repeat("A", 400)+`","e":"////////"}]}`), "http://127.0.0.1/keys")
	f.Add([]byte(`[`), "https://evil.example/keys")
	f.Fuzz(func(t *testing.T, doc []byte, at string) {
		meta, err := json.Marshal(map[string]string{"jwks_uri": at})
		if err != nil {
			t.Fatal(err)
		}
		asked := ""
		k := NewKeys(testConfig(), roundTrip(func(r *http.Request) (*http.Response, error) {
			rec := httptest.NewRecorder()
			rec.Body = bytes.NewBuffer(doc)
			if strings.HasSuffix(r.URL.Path, "openidconfiguration") && asked == "" {
				rec.Body = bytes.NewBuffer(meta)
			}
			asked = r.URL.Host
			return rec.Result(), nil
		}), testLog(t), newClock().now)
		if err := k.Warm(t.Context()); err == nil {
			for id, key := range k.set.Load().keys {
				if id == "" || key.public == nil || key.public.N.BitLen() < minModulusBits || key.public.E < 3 || key.public.E%2 == 0 {
					t.Errorf("key %q would be used: %v", id, key.public)
				}
			}
		}
		if asked != "login.botframework.com" {
			t.Errorf("keys were asked of %q", asked)
		}
	})
}

// FuzzConsent holds that only an answer that says yes and where is one, and that its context is JSON or nothing.
func FuzzConsent(f *testing.F) {
	f.Add([]byte(`{"type":"fileUpload","action":"accept","context":{"file":"pack"},"uploadInfo":{"uploadUrl":"https://x.sharepoint.com/1","name":"x"}}`))
	f.Add([]byte(`{"type":"fileUpload","action":"decline","context":null}`))
	f.Add([]byte(`{"type":"fileUpload","action":"accept","uploadInfo":[]}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		a, ok := ReadConsent(Activity{Value: value})
		if ok && a.Accepted != (a.Upload.URL != "") {
			t.Errorf("%s: accepted %t, to %q", value, a.Accepted, a.Upload.URL)
		}
		if ok && len(a.Context) > 0 && !json.Valid(a.Context) {
			t.Errorf("%s: the context is %q", value, a.Context)
		}
		if !ok && a.Accepted && a.Upload.URL != "" {
			t.Errorf("%s: refused and usable", value)
		}
	})
}

// FuzzAnswer holds that whatever Teams answers, a call ends with an error or a usable id, and that an error repeats nothing of the answer
// but codes, and no wait of more than a day.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"id":"1"}`, "")
	f.Add(429, `{"error":{"code":"Throttled","message":"SECRET"}}`, "30")
	f.Add(403, `{"errorCode":209,"message":"{\"subCode\":\"MessageWritesBlocked\"}"}`, "")
	f.Add(503, `{"message":{"a":1}}`, "Mon, 23 Nov 2099 09:00:00 GMT")
	f.Add(201, `[]`, "NaN")
	f.Fuzz(func(t *testing.T, status int, body, after string) {
		status = 200 + (status%400+400)%400
		rec := httptest.NewRecorder()
		rec.Header().Set("Retry-After", strings.Map(func(r rune) rune {
			if r < ' ' || r > '~' {
				return -1
			}
			return r
		}, after))
		rec.WriteHeader(status)
		rec.Body.WriteString(body)
		resp := rec.Result()
		if d := retryAfter(resp.Header, start); d < 0 || d > longestRetry {
			t.Errorf("wait %v", d)
		}
		e := statusError("send", resp, []byte(body), false, start)
		if len(e.Code) > messageKept || len(e.SubCode) > messageKept || len(e.Message) > messageKept || !utf8.ValidString(e.Code+e.SubCode+e.Message) {
			t.Errorf("kept: %q", e)
		}
		if e.Temporary && e.Ambiguous {
			t.Errorf("%d: sending again is safe and unsafe", status)
		}
		if strings.Contains(e.Error(), e.Message) && len(e.Message) > 20 && e.Message != e.Code && e.Message != e.SubCode && !strings.Contains(e.Code, e.Message) && !strings.Contains(e.SubCode, e.Message) {
			t.Errorf("the error quotes the answer: %v", e)
		}
		c := newTestConnector(t, newFakeTeams(), func(o *ConnectorOptions) {
			o.HTTP = roundTrip(func(*http.Request) (*http.Response, error) {
				r := httptest.NewRecorder()
				r.Body.WriteString(body)
				return r.Result(), nil
			})
		})
		id, err := c.Send(t.Context(), chat(), Message{Text: "x"})
		if te, ok := asError(err); err != nil && (!ok || !te.Ambiguous) {
			t.Errorf("a message whose answer cannot be read may be there: %v", err)
		}
		if err == nil && id != "" && !strings.Contains(body, `"`) {
			t.Errorf("id %q out of %q", id, body)
		}
	})
}

// FuzzUploadAnswer holds that an upload goes on within the file or ends, whatever OneDrive says it expects.
func FuzzUploadAnswer(f *testing.F) {
	f.Add(`{"nextExpectedRanges":["12345-55232","77829-99375"]}`, 10)
	f.Add(`{"nextExpectedRanges":["-5"]}`, 0)
	f.Add(`{"nextExpectedRanges":["99999999999999999999"]}`, 3)
	f.Add(``, 4)
	f.Fuzz(func(t *testing.T, body string, next int) {
		u := upload{op: "upload file", content: make([]byte, 1000), next: 7}
		err := u.expected([]byte(body), next&1023)
		if u.next < 0 || u.next >= len(u.content) {
			t.Errorf("%q: it goes on at %d", body, u.next)
		}
		if err != nil && len(err.Error()) > 120 {
			t.Errorf("the error quotes the answer: %v", err)
		}
	})
}

// FuzzHosts holds that a token or a file goes to a host of the list and to no other, however the address is written.
func FuzzHosts(f *testing.F) {
	for _, s := range []string{
		teamsURL, "https://smba.trafficmanager.net@evil.example/", "http://127.0.0.1:3979/x", "https://a.sharepoint.com/x?y=1", "https://[::1]/", "https:\\\\smba.trafficmanager.net",
		"https://smba.trafficmanager.net%2eevil.example/", "https://SMBA.trafficmanager.net:443//", "//smba.trafficmanager.net", "https://smba.trafficmanager.net\x00.evil.example",
	} {
		f.Add(s)
	}
	h, err := newServiceHosts([]string{"127.0.0.1:3979"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := h.parse(raw)
		if err != nil {
			if !errors.Is(err, RefusedHost) {
				t.Errorf("%q: %v", raw, err)
			}
		} else if host := strings.ToLower(u.Hostname()); !strings.HasPrefix(host, "smba.") && host != "127.0.0.1" || u.User != nil || u.Scheme == "http" && u.Host != "127.0.0.1:3979" {
			t.Errorf("%q may be sent to: %v", raw, u)
		}
		u, err = h.file(raw)
		if err != nil {
			return
		}
		host := strings.ToLower(u.Hostname())
		known := host == "127.0.0.1" || strings.HasPrefix(host, "smba.")
		for _, s := range fileHosts {
			known = known || strings.HasSuffix(host, s)
		}
		if !known || u.User != nil || u.Scheme == "http" && host != "127.0.0.1" {
			t.Errorf("%q may be fetched from: %v", raw, u)
		}
	})
}
