package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"muster/flows"
)

var _ flows.World = (*Client)(nil)

const (
	priya   = flows.AccountID("00000000-0000-4000-a000-00000000000a")
	tom     = flows.AccountID("00000000-0000-4000-a000-000000000003")
	sales   = "00000000-0000-4000-b000-000000000002"
	team    = "00000000-0000-4000-b000-000000000003"
	spb     = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
	visio   = "c5928f49-12ba-48f7-ada3-0d743a3601d5"
	project = "53818b1b-4a27-454b-8896-0dba576410e6"
	secret  = "a-token-nobody-may-read"
)

// direct calls a handler without a socket, so that virtual time goes on while it waits.
type direct struct{ h http.Handler }

func (d direct) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	rec := httptest.NewRecorder()
	r := req.Clone(req.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.Host, r.RequestURI = req.URL.Host, req.URL.RequestURI()
	defer func() {
		if p := recover(); p != nil {
			if e, ok := p.(error); !ok || !errors.Is(e, http.ErrAbortHandler) {
				panic(p)
			}
			resp, err = nil, io.EOF // what net/http says of a connection that closed
		}
	}()
	d.h.ServeHTTP(rec, r)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

// token is a credential that always gives the same token, and remembers what it was asked.
type token struct {
	mu     sync.Mutex
	claims []string
	err    error
	text   string
}

func (c *token) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claims = append(c.claims, o.Claims)
	if c.err != nil {
		return azcore.AccessToken{}, c.err
	}
	return azcore.AccessToken{Token: c.text, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// wire is what reached the stub: one entry per attempt.
type wire struct {
	Method, Path, Query string
	Header              http.Header
	Body                string
	Length              int64
}

// stub is a Graph made of canned answers, the last of which repeats.
type stub struct {
	answers []func(http.ResponseWriter, *http.Request)
	mu      sync.Mutex
	seen    []wire
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "body", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.seen = append(s.seen, wire{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), string(body), r.ContentLength})
	answer := s.answers[min(len(s.seen), len(s.answers))-1]
	s.mu.Unlock()
	w.Header().Set("request-id", "11111111-2222-4333-8444-555555555555")
	answer(w, r)
}

func (s *stub) one(t *testing.T) wire {
	t.Helper()
	if len(s.seen) != 1 {
		t.Fatalf("%d requests were sent, want 1", len(s.seen))
	}
	return s.seen[0]
}

// says is an answer of JSON; headers in pairs.
func says(status int, body string, header ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		if body != "" && w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;charset=utf-8")
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func graphError(code, message, detail string) string {
	e := map[string]any{"code": code, "message": message}
	if detail != "" {
		e["details"] = []any{map[string]any{"code": detail, "message": message, "target": "userPrincipalName"}}
	}
	b, err := json.Marshal(map[string]any{"error": e})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// on makes a client over the canned answers.
func on(t *testing.T, answers ...func(http.ResponseWriter, *http.Request)) (*Client, *stub) {
	t.Helper()
	s := &stub{answers: answers}
	return open(t, Options{Transport: direct{s}}), s
}

// open fills in what a test does not care about.
func open(t *testing.T, o Options) *Client {
	t.Helper()
	if o.Credential == nil {
		o.Credential = &token{text: secret}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func jsonLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// decoded is a JSON body as a map.
func decoded(t *testing.T, body string) map[string]any {
	t.Helper()
	var m map[string]any
	d := json.NewDecoder(bytes.NewBufferString(body))
	if err := d.Decode(&m); err != nil {
		t.Fatalf("body %q: %v", body, err)
	}
	return m
}
