package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	khttp "github.com/microsoft/kiota-http-go"
	"golang.org/x/time/rate"

	"muster/flows"
)

// Graph takes 3,000 writes in 150 seconds of one app in one tenant (reference/graph.md 4.3, identity). What Muster sends stays below that
// in every 150 seconds: 18.5 a second and 150 at once are 2,925. The rest is for urgent exits, which do not wait.
const (
	writeRate  rate.Limit = 18.5 // in a second
	writeBurst            = 150
	longestPut            = 5 * time.Second // a longer wait for a place is the queue's: nobody holds a hand for it
)

// errNoPlace is a request that was not sent: its place would have come too late.
var errNoPlace = errors.New("the request was not sent: Graph's quota of writes is used up for now")

// quota gives every write a place within Graph's quota, so that 1,000 starters are not 1,000 refusals. What is urgent, and what somebody
// waits for in front of a screen, takes its place at once; the others make up for it.
type quota struct {
	places *rate.Limiter

	mu    sync.Mutex
	until time.Time // Graph said that the quota is used up until then
}

func newQuota() *quota { return &quota{places: rate.NewLimiter(writeRate, writeBurst)} }

// wait is how long a write must wait for its place. The place is taken, unless the wait is longer than longestPut.
func (q *quota) wait(now time.Time, waits bool) time.Duration {
	q.mu.Lock()
	until := q.until
	q.mu.Unlock()
	place := q.places.ReserveN(now, 1)
	if !waits {
		return 0
	}
	d := max(place.DelayFrom(now), until.Sub(now), 0)
	if d > longestPut {
		place.CancelAt(now)
	}
	return d
}

// usedUp notes what Graph says about the quota, which other programs may use up as well.
func (q *quota) usedUp(now time.Time, d time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if at := now.Add(d); at.After(q.until) {
		q.until = at
	}
}

// pacing is the middleware that keeps writes within the quota and tells Graph what may be refused first. It lies inside retry: each
// attempt counts.
type pacing struct {
	quota *quota
	now   func() time.Time // nil: nothing waits
}

func newPacing(now func() time.Time) pacing { return pacing{newQuota(), now} }

func (m pacing) Intercept(next khttp.Pipeline, index int, req *http.Request) (*http.Response, error) {
	p := flows.PriorityOf(req.Context())
	if said := throttlePriority(p); said != "" {
		req.Header.Set("x-ms-throttle-priority", said)
	}
	if m.now == nil || !writes(req) {
		return next.Next(req, index)
	}
	if d := m.quota.wait(m.now(), p == flows.Work || p == flows.Background); d > longestPut {
		if c := callOf(req.Context()); c != nil {
			c.attempts = append(c.attempts, attempt{status: http.StatusTooManyRequests, retryAfter: d, told: true})
		}
		return nil, errNoPlace
	} else if err := pause(req.Context(), d); err != nil {
		return nil, err
	} else if c := callOf(req.Context()); c != nil {
		c.waited += d
	}
	resp, err := next.Next(req, index)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("x-ms-throttle-information") == "WriteLimitExceeded" {
		if d, ok := retryAfter(resp.Header.Get("Retry-After"), m.now()); ok {
			m.quota.usedUp(m.now(), d)
		}
	}
	return resp, err
}

// pause waits for d, or until the call has ended.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// writes reports whether Graph counts a request as a write. What is asked by POST is none.
func writes(req *http.Request) bool {
	if req.Method == http.MethodGet {
		return false
	}
	for _, asks := range []string{"/checkMemberGroups", "/getMemberGroups", "/getByIds", "/validateProperties", "/$batch"} {
		if strings.HasSuffix(req.URL.Path, asks) {
			return false
		}
	}
	return true
}

// throttlePriority is Graph's word for a priority (reference/graph.md 4.3); empty for its own usual one.
func throttlePriority(p flows.Priority) string {
	switch p {
	case flows.AtOnce:
		return "High"
	case flows.Background:
		return "Low"
	}
	return ""
}
