package graphsim

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

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
	var err error
	if c.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return problem(malformed("The query string is not valid."))
	}
	if c.segs, err = segments(strings.TrimPrefix(r.URL.EscapedPath(), "/v1.0/")); err != nil {
		return problem(malformed("The path is not valid."))
	}
	leave, errBusy := s.enterMailbox(c.segs)
	if errBusy != nil {
		return problem(errBusy)
	}
	defer leave()
	if !wait(r.Context(), s.o.Latency) {
		return answer{gone: true}
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
	return f.told(ctx, a)
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
		return f.shown(run(c, rt))
	}
	next := s.t.clone()
	c.t = next
	a := run(c, rt)
	if a.status >= 300 || f.has("no_effect") {
		return a
	}
	if f.has("wrong_object") {
		other, found := s.elsewhere(c, rt)
		if !found {
			return a
		}
		next = other
	}
	next, err := f.twisted(s.t, next, c.now)
	if err != nil {
		return problem(err)
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
