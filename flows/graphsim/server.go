// Package graphsim is an HTTP server that behaves like the part of Microsoft
// Graph v1.0 that Muster uses: it authenticates, selects, filters, pages,
// batches, keeps licence pools, refuses what Graph refuses with the same error
// bodies, and can be told to fail and to lie. It holds one tenant of fictional
// people, Larkfield Instruments.
//
// It shares no type with the Graph client, so that the two can only agree over
// HTTP, and it answers 501 to whatever it does not know, so that nobody takes
// silence for support. It keeps no secret: passwords and the codes of Temporary
// Access Passes are checked or handed out, and forgotten.
package graphsim

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// maxBody is above what Graph accepts for directory writes.
const maxBody = 4 << 20

// Options say what tenant to serve and from what clock.
type Options struct {
	Now         func() time.Time    // the tenant's clock: visibility, passes, retention. Required.
	TokenNow    func() time.Time    // the clock of token lifetimes; nil: Now
	Seed        int64               // same seed and same requests, same ids and codes
	Log         io.Writer           // nil, or gets one JSON line per request, secrets and Authorization left out
	Latency     time.Duration       // added to every answer, in real time
	State       string              // file that survives a kill; "" keeps the tenant in memory only
	Visibility  time.Duration       // longest time until a created object or a changed membership is seen; 0: at once
	Permissions map[string][]string // application permissions by client id; nil: any client has all that a joiner needs
}

// A Server is the simulated Graph and its token endpoint. It is an
// http.Handler and safe for concurrent use.
type Server struct {
	o      Options
	routes []route
	users  map[string]property
	groups map[string]property
	rules  map[string]rule // of the dynamic groups, by group id
	logMu  sync.Mutex
	logErr error // once a line is lost the log would lie, so nothing is served any more

	mu       sync.Mutex // guards all below
	t        *tenant
	prev     *tenant // before the last write, for stale reads
	faults   []*fault
	faultN   int
	requests int
}

// New opens the tenant: from the State file when it exists, else as seeded.
// A state that cannot be read is an error and is left as it is.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		return nil, errors.New("open simulated tenant: Options.Now is missing")
	}
	if o.TokenNow == nil {
		o.TokenNow = o.Now
	}
	s := &Server{o: o, routes: routes(), users: userProperties(), groups: groupProperties(), rules: map[string]rule{}}
	t, err := load(o.State)
	if err != nil {
		return nil, fmt.Errorf("open simulated tenant: %w", err)
	}
	if t == nil {
		t = seed(o.Now())
	}
	for _, g := range t.sortedGroups() {
		if !g.dynamic() {
			continue
		}
		if s.rules[g.ID], err = parseRule(g.text("membershipRule")); err != nil {
			return nil, fmt.Errorf("read membership rule of %s: %w", g.ID, err)
		}
	}
	first := len(t.Changes) == 0 && t.Starts == 0
	t.Starts++
	if _, err := s.settle(t, o.Now()); err != nil {
		return nil, fmt.Errorf("open simulated tenant: %w", err)
	}
	if first {
		// Filling the dynamic groups of a new tenant is not news, nor late.
		for _, g := range t.Groups {
			for _, m := range g.Members {
				m.From = founded
			}
		}
		t.Changes = nil
	}
	if err := save(o.State, t); err != nil {
		return nil, fmt.Errorf("open simulated tenant: %w", err)
	}
	s.t = t
	return s, nil
}

// A call is one request, on its own or out of a batch.
type call struct {
	s       *Server
	t       *tenant // what it sees, and its to change when the route writes
	now     time.Time
	method  string
	path    string // decoded, with /v1.0
	segs    []string
	query   url.Values
	header  http.Header
	body    []byte
	base    string // of absolute links: scheme://host/v1.0
	allowed map[string]bool
	params  map[string]string
	full    bool // every licence pool is to look full
}

// An answer is what goes back. A nil body is an empty one.
type answer struct {
	status int
	header map[string]string
	body   any
	text   string // instead of body, with its content type in header
	gone   bool   // close the connection without answering
}

// ServeHTTP answers the token endpoint and /v1.0. Under the fault "down" it
// panics with http.ErrAbortHandler, which makes net/http drop the connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.o.Now()
	body, bodyErr := readBody(r)
	s.mu.Lock()
	s.requests++
	id := uuidOf(s.o.Seed, fmt.Sprint("request/", s.t.Starts), s.requests)
	s.mu.Unlock()

	var a answer
	switch {
	case s.logFailed() != nil:
		a = problem(&graphError{Status: 500, Code: "InternalServerError", Message: "The request log cannot be written."})
	case strings.HasPrefix(r.URL.Path, "/v1.0/"):
		a = s.graph(r, body, bodyErr)
	case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
		a = s.tokenEndpoint(r, body, bodyErr)
	default:
		a = problem(&graphError{Status: 404, Code: "ResourceNotFound", Message: "Only /v1.0 and the token endpoint are served here."})
	}
	raw, err := finish(&a, id, r.Header.Get("client-request-id"), s.o.Now())
	if err != nil {
		a.status, raw = 500, []byte(`{"error":{"code":"InternalServerError","message":"The answer could not be written."}}`)
	}
	s.log(began, r, body, a, raw)
	if a.gone {
		panic(http.ErrAbortHandler)
	}
	for k, v := range a.header {
		w.Header()[http.CanonicalHeaderKey(k)] = []string{v}
	}
	w.WriteHeader(a.status)
	if len(raw) == 0 {
		return // not even an empty write: a 204 allows none
	}
	if _, err := w.Write(raw); err != nil {
		panic(http.ErrAbortHandler) // the client has gone; there is no one left to tell
	}
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

// graph answers one HTTP request under /v1.0.
func (s *Server) graph(r *http.Request, body []byte, bodyErr error) answer {
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	c := &call{
		s: s, method: r.Method, path: r.URL.Path, header: r.Header, body: body,
		base: scheme + "://" + r.Host + "/v1.0",
	}
	if !wait(r.Context(), s.o.Latency) {
		return answer{gone: true}
	}
	var err error
	if c.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return problem(malformed("The query string is not valid."))
	}
	if c.segs, err = segments(strings.TrimPrefix(r.URL.EscapedPath(), "/v1.0/")); err != nil {
		return problem(malformed("The path is not valid."))
	}
	enter := func() error {
		var err error
		if c.allowed, err = s.authenticate(r.Header.Get("Authorization")); err != nil {
			return err
		}
		return bodyErr
	}
	if len(c.segs) == 1 && c.segs[0] == "$batch" {
		return s.batch(r.Context(), c, enter)
	}
	return s.do(r.Context(), c, enter)
}

// do runs one call under the faults that match it.
func (s *Server) do(ctx context.Context, c *call, enter func() error) answer {
	rt, params := s.match(c.method, c.segs)
	f := s.take(c.method+" "+c.path, rt)
	if a, stop := f.before(ctx); stop {
		return a
	}
	if err := enter(); err != nil {
		return problem(err)
	}
	if a, stop := f.refuse(); stop {
		return a
	}
	if rt == nil {
		return problem(unknown("%s %s", c.method, c.path))
	}
	c.params = params
	if !c.may(rt.needs...) {
		return problem(denied())
	}
	c.full = f.has("licences_gone")
	a := s.perform(c, rt, f)
	if a.header == nil {
		a.header = map[string]string{}
	}
	a.header["x-ms-resource-unit"] = fmt.Sprint(rt.units(c.query))
	if f.has("lost_answer") && a.status < 300 {
		return problem(&graphError{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "The service is temporarily unavailable. Please try again later."})
	}
	return a
}

// perform lets the route look at the tenant, or change a clone of it, which
// becomes the tenant when the route succeeds and the clone is stored.
func (s *Server) perform(c *call, rt *route, f hits) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.o.Now()
	if err := s.refresh(c.now); err != nil {
		return problem(err)
	}
	if !rt.writes {
		c.t = s.t
		if f.has("stale_read") && s.prev != nil {
			c.t = s.prev
		}
		return run(c, rt)
	}
	next := s.t.clone()
	c.t = next
	a := run(c, rt)
	if a.status >= 300 || f.has("no_effect") {
		return a
	}
	if d, ok := f.revert(); ok {
		undos, err := undoing(s.t, next, c.now.Add(d))
		if err != nil {
			return problem(err)
		}
		next.Undos = append(next.Undos, undos...)
	}
	if err := s.commit(next, c.now, "bot"); err != nil {
		return problem(err)
	}
	return a
}

func run(c *call, rt *route) answer {
	a, err := rt.do(c)
	if err != nil {
		return problem(err)
	}
	return a
}

// refresh does what has come due by now: reverts, purges, dynamic groups.
func (s *Server) refresh(now time.Time) error {
	next := s.t.clone()
	changed, err := s.settle(next, now)
	if err != nil || !changed {
		return err
	}
	next.record(now, "hand", describe(s.t, next))
	if err := save(s.o.State, next); err != nil {
		return err
	}
	s.t = next
	return nil
}

// commit makes next the tenant once it is stored.
func (s *Server) commit(next *tenant, now time.Time, by string) error {
	if _, err := s.settle(next, now); err != nil {
		return err
	}
	next.record(now, by, describe(s.t, next))
	if err := save(s.o.State, next); err != nil {
		return err
	}
	s.prev, s.t = s.t, next
	return nil
}

// wait pauses for d; false means the client has gone.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// may says whether the client holds one of the permissions; none means any
// authenticated client may.
func (c *call) may(needs ...string) bool {
	for _, p := range needs {
		if c.allowed[p] {
			return true
		}
	}
	return len(needs) == 0
}
