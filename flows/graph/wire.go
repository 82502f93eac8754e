package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	khttp "github.com/microsoft/kiota-http-go"
)

// Limits of one request on the wire.
const (
	maxTries      = 3               // the first and at most two more
	maxWait       = 3 * time.Second // a longer Retry-After goes to the queue instead
	usualWait     = time.Second     // when no Retry-After was given
	minWait       = 100 * time.Millisecond
	maxAnswer     = 16 << 20 // of a page of 999 users with everything selected it is about a tenth
	maxErrorBody  = 64 << 10
	longestAsked  = 24 * time.Hour // a Retry-After beyond this is taken for a mistake and cut
	retryAttempts = "Retry-Attempt"
)

var (
	errElsewhere = errors.New("the request would have gone to another host")
	errNoToken   = errors.New("the request would have gone without a token")
)

// call is one request of ours and what became of each attempt. It goes down in the context, since the SDK offers no other way to
// reach its transport.
type call struct {
	id       string // client-request-id, the same for every attempt
	again    bool   // a POST that may be sent again: it only reads, or doing it twice is doing it once
	attempts []attempt
	write    bool          // as Graph counts
	waited   time.Duration // for places in Graph's quota
}

// attempt is what one answer said; a status of zero is no answer. The message is only ever compared, never shown: it may hold names.
type attempt struct {
	status     int
	requestID  string
	retryAfter time.Duration
	told       bool // Retry-After was there and could be read
	code       string
	details    []string      // codes of the details
	message    string        // in lower case
	dated      bool          // the answer said what time it is there
	ahead      time.Duration // how far our clock is ahead of that
	broke      error         // why the body of a good answer broke off; the SDK takes what came for the whole
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// pipeline is the explicit list of middlewares, outermost first. The SDK's default list comes in random order, gzips request bodies
// and then resends them plain under the same header, and retries POST (reference/graph.md 5.3); none of that is in here.
func pipeline(base *url.URL, parent http.RoundTripper, now func() time.Time, pace pacing) http.RoundTripper {
	agent := &khttp.UserAgentHandlerOptions{Enabled: true, ProductName: "Muster", ProductVersion: "1"}
	return khttp.NewCustomTransportWithParentTransport(parent,
		retry{},
		khttp.NewParametersNameDecodingHandler(),
		khttp.NewUserAgentHandlerWithOptions(agent),
		pace,
		recorder{base: base, now: now},
	)
}

// retry sends again what is safe to send again.
type retry struct{}

func (retry) Intercept(next khttp.Pipeline, index int, req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, fmt.Errorf("read request body: %w", err)
		}
	}
	for try := 1; ; try++ {
		r := req.Clone(req.Context())
		if req.Body != nil { // a known length keeps the request from being chunked, and each try has a body of its own
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
		if try > 1 {
			r.Header.Set(retryAttempts, strconv.Itoa(try-1))
		}
		resp, err := next.Next(r, index)
		if err != nil || try == maxTries {
			return resp, err
		}
		wait, again := waitFor(req)
		if !again {
			return resp, nil
		}
		resp.Body.Close()
		t := time.NewTimer(wait)
		select {
		case <-req.Context().Done():
			t.Stop()
			return nil, req.Context().Err()
		case <-t.C:
		}
	}
}

// waitFor decides on the last attempt of the call that req belongs to.
func waitFor(req *http.Request) (time.Duration, bool) {
	c := callOf(req.Context())
	if c == nil || len(c.attempts) == 0 {
		return 0, false
	}
	switch req.Method {
	case http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		if !c.again {
			return 0, false
		}
	}
	last := c.attempts[len(c.attempts)-1]
	switch last.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return 0, false
	}
	if !last.told {
		return usualWait, true
	}
	return max(last.retryAfter, minWait), last.retryAfter <= maxWait
}

// recorder is the innermost middleware: it sees each attempt as it really went. It also keeps a token from leaving for any other
// host, for instance by the address of a next page.
type recorder struct {
	base *url.URL
	now  func() time.Time
}

func (m recorder) Intercept(next khttp.Pipeline, index int, req *http.Request) (*http.Response, error) {
	c := callOf(req.Context())
	switch {
	case c == nil:
		return nil, errors.New("a request was sent past the call that records it")
	case req.URL.Scheme != m.base.Scheme || req.URL.Host != m.base.Host || !strings.HasPrefix(req.URL.Path, m.base.Path+"/"):
		return nil, errElsewhere
	case !strings.HasPrefix(req.Header.Get("Authorization"), "Bearer ") || len(req.Header.Get("Authorization")) <= len("Bearer "):
		return nil, errNoToken
	}
	req.Header.Set("client-request-id", c.id)
	c.write = c.write || writes(req)
	resp, err := next.Next(req, index)
	if err != nil {
		c.attempts = append(c.attempts, attempt{})
		return nil, err
	}
	a := attempt{status: resp.StatusCode, requestID: word(resp.Header.Get("request-id"))}
	a.retryAfter, a.told = retryAfter(resp.Header.Get("Retry-After"), m.now())
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		a.dated, a.ahead = true, m.now().Sub(at)
	}
	if resp.StatusCode >= 400 {
		a.readError(resp)
	}
	c.attempts = append(c.attempts, a)
	if resp.StatusCode < 400 {
		resp.Body = watched{http.MaxBytesReader(nil, resp.Body, maxAnswer), &c.attempts[len(c.attempts)-1]}
	}
	return resp, nil
}

// watched notes a body that breaks off. The attempt is the last of its call for as long as anybody reads its body.
type watched struct {
	io.ReadCloser
	of *attempt
}

func (w watched) Read(b []byte) (int, error) {
	n, err := w.ReadCloser.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		if _, long := errors.AsType[*http.MaxBytesError](err); !long {
			w.of.broke = err
		}
	}
	return n, err
}

// readError takes the codes out of an error body and leaves the SDK an empty one, which it takes without harm: its own error types
// panic on some bodies and refuse others. A body that cannot be read or is no Graph error (HTML of a gateway, nothing at all) gives
// no codes; the status decides then.
func (a *attempt) readError(resp *http.Response) {
	var body struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Details []struct {
				Code string `json:"code"`
			} `json:"details"`
		} `json:"error"`
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	resp.Body.Close()
	resp.Body, resp.ContentLength = http.NoBody, 0
	resp.Header.Del("Content-Type")
	resp.Header.Del("Content-Length")
	if err != nil || json.Unmarshal(raw, &body) != nil {
		return
	}
	a.code = word(body.Error.Code)
	a.message = strings.ToLower(body.Error.Message)
	for _, d := range body.Error.Details {
		a.details = append(a.details, word(d.Code))
	}
}

func (a attempt) detailed(code string) bool { return slices.Contains(a.details, code) }

// word lets through what looks like a code or an id, so that nothing else of an answer can reach an error or a log.
func word(s string) string {
	if len(s) > 80 || strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	}) {
		return ""
	}
	return s
}

// retryAfter reads seconds, with a fraction or without, or an HTTP date.
func retryAfter(h string, now time.Time) (time.Duration, bool) {
	if h == "" {
		return 0, false
	}
	if s, err := strconv.ParseFloat(h, 64); err == nil {
		if math.IsNaN(s) || s < 0 {
			return 0, false
		}
		return time.Duration(min(s, longestAsked.Seconds()) * float64(time.Second)), true
	}
	t, err := http.ParseTime(h)
	if err != nil {
		return 0, false
	}
	return min(max(t.Sub(now), 0), longestAsked), true
}
