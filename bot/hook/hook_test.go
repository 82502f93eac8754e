package hook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
	"muster/flows/outbound"
)

var (
	secret = []byte("a secret of the payroll system")
	noon   = time.Unix(1_790_000_000, 0)
)

// other is the other system: it checks the signature as documented, and does a key once.
type other struct {
	answer func(http.ResponseWriter, *http.Request)
	mu     sync.Mutex
	seen   []string // method, query and body
	did    map[string]int
	bad    []string
}

func (o *other) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "body", http.StatusBadRequest)
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	key := r.Header.Get("Idempotency-Key")
	if r.Header.Get("Muster-Signature") != Sign(secret, r.Header.Get("Muster-Timestamp"), key, body) || r.Header.Get("Muster-Timestamp") != "1790000000" {
		o.bad = append(o.bad, r.Method)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	o.seen = append(o.seen, r.Method+" "+r.URL.RawQuery+" "+string(body))
	if r.Method == http.MethodPost {
		o.did[key] = 1 // once, however often it is sent
	}
	o.answer(w, r)
}

// rig is a client on the other system, over TLS on loopback.
func rig(t *testing.T, answer func(http.ResponseWriter, *http.Request)) (*Client, *other, string) {
	t.Helper()
	o := &other{answer: answer, did: map[string]int{}}
	s := httptest.NewTLSServer(o)
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c, err := New(Options{Hooks: map[string]Hook{"Payroll": {URL: s.URL + "/muster?tenant=1", Secret: secret, Private: true}}, Now: func() time.Time { return noon }, TLS: &tls.Config{RootCAs: roots}})
	if err != nil {
		t.Fatal(err)
	}
	return c, o, s.URL + "/muster?tenant=1"
}

func says(status int, body string, header ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// What goes over the wire, to the byte.
func TestCall(t *testing.T) {
	c, o, url := rig(t, says(200, `{"done":true,"text":"Removed from\npayroll\u0007."}`))
	call := flows.HookCall{Hook: "Payroll", URL: url, Key: "L-2026-0007/payroll run", Body: []byte(`{"version":1}`)}
	got, err := c.Call(t.Context(), call)
	if diff := cmp.Diff(flows.HookAnswer{Known: true, Done: true, Text: "Removed from payroll."}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := c.Ask(t.Context(), call); err != nil {
		t.Error(err)
	}
	want := []string{`POST tenant=1 {"version":1}`, "GET key=L-2026-0007%2Fpayroll+run&tenant=1 "}
	if diff := cmp.Diff(want, o.seen); diff != "" || len(o.bad) > 0 {
		t.Errorf("unsigned %v, seen (-want +got):\n%s", o.bad, diff)
	}
	if Sign(secret, "1", "a", []byte("b")) == Sign(secret, "1", "a.", []byte("b")) || !strings.HasPrefix(Sign(secret, "1", "a", nil), "v1=") {
		t.Error("two different messages have one signature")
	}
}

// Each answer has one meaning.
func TestAnswers(t *testing.T) {
	long := strings.Repeat("x", 400)
	for name, tt := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		ask    bool
		want   flows.HookAnswer
		code   flows.Code
		after  time.Duration
	}{
		"done":                        {says(200, `{"done":true,"text":"x"}`), false, flows.HookAnswer{Known: true, Done: true, Text: "x"}, "", 0},
		"accepted":                    {says(202, `{"text":"tomorrow"}`), false, flows.HookAnswer{Known: true, Text: "tomorrow"}, "", 0},
		"accepted, no words":          {says(202, ""), false, flows.HookAnswer{Known: true}, "", 0},
		"accepted is not done":        {says(202, `{"done":true}`), false, flows.HookAnswer{Known: true}, "", 0},
		"not yet":                     {says(200, `{"done":false}`), true, flows.HookAnswer{Known: true}, "", 0},
		"never heard of":              {says(404, ""), true, flows.HookAnswer{}, "", 0},
		"no such door":                {says(404, ""), false, flows.HookAnswer{}, flows.Invalid, 0},
		"a long text":                 {says(200, `{"done":true,"text":"`+long+`"}`), false, flows.HookAnswer{Known: true, Done: true, Text: long[:299] + "…"}, "", 0},
		"nothing said":                {says(200, ""), false, flows.HookAnswer{}, flows.Invalid, 0},
		"no JSON":                     {says(200, "<html>done</html>", "Content-Type", "text/html"), false, flows.HookAnswer{}, flows.Invalid, 0},
		"JSON said to be text":        {says(200, `{"done":true}`, "Content-Type", "text/plain"), false, flows.HookAnswer{}, flows.Invalid, 0},
		"done in words":               {says(200, `{"done":"yes"}`), false, flows.HookAnswer{}, flows.Invalid, 0},
		"no content":                  {says(204, ""), false, flows.HookAnswer{}, flows.Invalid, 0},
		"too much":                    {says(200, `{"done":true,"text":"`+strings.Repeat("x", maxAnswer)+`"}`), false, flows.HookAnswer{}, flows.Invalid, 0},
		"refused":                     {says(422, `{"text":"x"}`), false, flows.HookAnswer{}, flows.Invalid, 0},
		"wrong signature":             {says(401, ""), false, flows.HookAnswer{}, flows.Denied, 0},
		"elsewhere":                   {says(307, "", "Location", "https://elsewhere.example/"), false, flows.HookAnswer{}, flows.Denied, 0},
		"busy":                        {says(429, "", "Retry-After", "90"), false, flows.HookAnswer{}, flows.Unavailable, 90 * time.Second},
		"down until":                  {says(503, "", "Retry-After", noon.Add(time.Minute).UTC().Format(http.TimeFormat)), false, flows.HookAnswer{}, flows.Unavailable, time.Minute},
		"down for a year":             {says(503, "", "Retry-After", "31536000"), false, flows.HookAnswer{}, flows.Unavailable, maxWait},
		"down, and asks for nonsense": {says(500, "", "Retry-After", "-5"), false, flows.HookAnswer{}, flows.Unavailable, 0},
		"hangs up":                    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, false, flows.HookAnswer{}, flows.Unavailable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c, o, url := rig(t, tt.answer)
			send := c.Call
			if tt.ask {
				send = c.Ask
			}
			got, err := send(t.Context(), flows.HookCall{Hook: "Payroll", URL: url, Key: "k", Body: []byte("{}")})
			if diff := cmp.Diff(tt.want, got); diff != "" || flows.CodeOf(err) != tt.code || (err == nil) != (tt.code == "") {
				t.Errorf("error %v, want %q (-want +got):\n%s", err, tt.code, diff)
			}
			if e, ok := errors.AsType[*flows.Error](err); ok && (e.RetryAfter != tt.after || e.Say == "" || strings.Contains(err.Error(), "127.0.0.1")) {
				t.Errorf("after %v, want %v; %v", e.RetryAfter, tt.after, err)
			}
			if len(o.bad) > 0 {
				t.Error("not signed")
			}
		})
	}
}

// Nothing is called but what the policy names, at the address that was approved, and never on a private network.
func TestRefusals(t *testing.T) {
	c, o, url := rig(t, says(200, `{"done":true}`))
	for name, call := range map[string]flows.HookCall{
		"unknown name":    {Hook: "Other", URL: url, Key: "k"},
		"another address": {Hook: "Payroll", URL: url + "&x=1", Key: "k"},
	} {
		if _, err := c.Call(t.Context(), call); flows.CodeOf(err) != flows.Denied {
			t.Errorf("%s: %v, want denied", name, err)
		}
	}
	if len(o.seen) > 0 {
		t.Errorf("called all the same: %v", o.seen)
	}

	// The same system, not said to be a test rig, on this machine.
	named := strings.Replace(url, "127.0.0.1", "rig.localhost", 1)
	open := &Client{hooks: c.hooks, now: c.now}
	strict := outbound.Purpose{Name: "webhook", Allow: outbound.Same(url), Most: maxAnswer}.Client(nil)
	open.hooks = map[string]*target{"Payroll": {url: c.hooks["Payroll"].url, raw: named, secret: secret, http: strict}}
	if _, err := open.Call(t.Context(), flows.HookCall{Hook: "Payroll", URL: named, Key: "k"}); flows.CodeOf(err) != flows.Denied || !strings.Contains(flows.SayOf(err), "private network") {
		t.Errorf("a private address: %v, want denied", err)
	}
}

// A certificate that nobody vouches for is refused, and so is a system that does not come back in time.
func TestTrust(t *testing.T) {
	_, _, url := rig(t, says(200, `{"done":true}`))
	c, err := New(Options{Hooks: map[string]Hook{"Payroll": {URL: url, Secret: secret, Private: true}}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(t.Context(), flows.HookCall{Hook: "Payroll", URL: url, Key: "k"}); flows.CodeOf(err) != flows.Denied || !strings.Contains(flows.SayOf(err), "certificate") {
		t.Errorf("foreign certificate: %v, want denied", err)
	}
	gate := make(chan struct{})
	slow, _, url := rig(t, func(http.ResponseWriter, *http.Request) { <-gate })
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err = slow.Call(ctx, flows.HookCall{Hook: "Payroll", URL: url, Key: "k"})
	close(gate)
	if flows.CodeOf(err) != flows.Unavailable {
		t.Errorf("no answer in time: %v, want unavailable", err)
	}
}

func TestNew(t *testing.T) {
	for name, h := range map[string]Hook{
		"plain http":      {URL: "http://hooks.example/", Secret: secret},
		"a short secret":  {URL: "https://hooks.example/", Secret: []byte("short")},
		"this machine":    {URL: "https://127.0.0.1/", Secret: secret},
		"nothing":         {},
		"name in the URL": {URL: "https://u:p@hooks.example/", Secret: secret},
	} {
		if _, err := New(Options{Hooks: map[string]Hook{"x": h}, Now: time.Now}); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("a clock is missing")
	}
}
