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
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options say what tenant to serve and from what clock.
type Options struct {
	Now         func() time.Time             // the tenant's clock: visibility, passes, retention. Required.
	TokenNow    func() time.Time             // the clock of token lifetimes; nil: Now
	Seed        int64                        // same seed and same requests, same ids and codes
	Log         io.Writer                    // nil, or gets one JSON line per request, secrets and Authorization left out
	Latency     time.Duration                // added to every answer, in real time
	State       string                       // file that survives a kill (faults do not); "" keeps the tenant in memory only
	Visibility  time.Duration                // longest time until a created object or a changed membership is seen; 0: at once
	NoIntune    bool                         // the tenant has no Intune
	Permissions map[string][]string          // application permissions by client id; nil: any client has all that joiners and leavers need
	Also        []string                     // permissions that any client has besides those, when Permissions is nil
	Roles       map[string][]string          // directory roles by client id; nil: any client is a User Administrator, as passwords need
	Secret      func(app, secret string) int // judges an app's secret or assertion: 0, or the number of the AADSTS error; nil: any will do
	Premium     bool                         // a new tenant has Entra ID P2 and Governance: PIM, access packages, lifecycle workflows
	Federated   bool                         // the passwords of the tenant's domain are kept by another sign-in service
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

	mu        sync.Mutex     // guards all below
	inMailbox map[string]int // requests under way, by mailbox
	t         *tenant
	prev      *tenant // before the last write, for stale reads
	faults    []*fault
	faultN    int
	requests  int
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
	s := &Server{o: o, routes: routes(), users: userProperties(), groups: groupProperties(), rules: map[string]rule{}, inMailbox: map[string]int{}}
	t, err := load(o.State)
	if err != nil {
		return nil, fmt.Errorf("open simulated tenant: %w", err)
	}
	if t == nil {
		t = seed(o.Now())
		if o.Premium {
			seedGovernance(t)
		}
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
				m.From = time.Time{}
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
