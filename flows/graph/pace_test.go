package graph

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"muster/flows"
)

// clocked counts the writes that reach Graph, with their times.
type clocked struct {
	mu sync.Mutex
	at []time.Time
}

func (s *clocked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		s.mu.Lock()
		s.at = append(s.at, time.Now())
		s.mu.Unlock()
	}
	says(200, `{}`)(w, r)
}

// most is the greatest number of writes in any 150 seconds.
func (s *clocked) most() int {
	slices.SortFunc(s.at, time.Time.Compare)
	most, first := 0, 0
	for last := range s.at {
		for s.at[last].Sub(s.at[first]) >= 150*time.Second {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

func write(ctx context.Context, c *Client) error {
	return c.AssignLicences(ctx, priya, []string{spb}, nil)
}

// Whatever the queue does and however many urgent exits come in between, no 150 seconds hold more writes than Graph takes, and the quota is
// used.
func TestWritesStayWithinTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &clocked{}
		c := open(t, Options{Transport: direct{s}, Pace: time.Now})
		end := time.Now().Add(10 * time.Minute)
		var hands sync.WaitGroup
		for range 16 {
			hands.Go(func() {
				ctx := flows.WithPriority(t.Context(), flows.Work)
				for time.Now().Before(end) {
					if err := write(ctx, c); flows.CodeOf(err) == flows.Unavailable {
						e, _ := errors.AsType[*flows.Error](err)
						time.Sleep(e.RetryAfter) // virtual: the queue's work
					} else if err != nil {
						t.Errorf("write: %v", err)
						return
					}
				}
			})
		}
		hands.Go(func() {
			rnd := rand.New(rand.NewPCG(7, 7))
			ctx := flows.WithPriority(t.Context(), flows.AtOnce)
			for time.Now().Before(end) {
				time.Sleep(time.Duration(rnd.IntN(60)) * time.Second)
				for range rnd.IntN(20) {
					began := time.Now()
					if err := write(ctx, c); err != nil || time.Since(began) > 0 {
						t.Errorf("an urgent write took %v: %v", time.Since(began), err)
					}
				}
			}
		})
		hands.Wait()
		if most := s.most(); most > 3000 || most < 2600 {
			t.Errorf("%d writes in 150 seconds, want most of 3,000 and not more", most)
		}
	})
}

// used is a client whose places are all taken.
func used(t *testing.T, answers ...func(http.ResponseWriter, *http.Request)) (*Client, *stub) {
	t.Helper()
	s := &stub{answers: answers}
	c := open(t, Options{Transport: direct{s}, Pace: time.Now})
	for range writeBurst {
		if err := write(flows.WithPriority(t.Context(), flows.AtOnce), c); err != nil {
			t.Fatal(err)
		}
	}
	s.seen = nil
	return c, s
}

func TestWhoWaitsForAPlace(t *testing.T) {
	read := func(ctx context.Context, c *Client) error { _, err := c.Owners(ctx, sales); return err }
	for name, tt := range map[string]struct {
		p     flows.Priority
		do    func(context.Context, *Client) error
		waits bool
		said  string
	}{
		"a step":                {flows.Work, write, true, ""},
		"a daily look's write":  {flows.Background, write, true, "Low"},
		"an urgent exit":        {flows.AtOnce, write, false, "High"},
		"somebody at a screen":  {flows.Present, write, false, ""},
		"a step that reads":     {flows.Work, read, false, ""},
		"a daily look":          {flows.Background, read, false, "Low"},
		"an urgent exit's look": {flows.AtOnce, read, false, "High"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := used(t, says(200, `{"value":[]}`))
				began := time.Now()
				if err := tt.do(flows.WithPriority(t.Context(), tt.p), c); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(began) > 0; waited != tt.waits {
					t.Errorf("waited %v", time.Since(began))
				}
				if got := s.one(t).Header.Get("x-ms-throttle-priority"); got != tt.said {
					t.Errorf("priority %q, want %q", got, tt.said)
				}
			})
		})
	}
}

// A place that comes late is not waited for: the queue is told when to come again, and nothing was sent.
func TestNoPlaceForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := used(t, says(200, `{"value":[]}`))
		for range 200 { // exits that do not wait
			if err := write(flows.WithPriority(t.Context(), flows.AtOnce), c); err != nil {
				t.Fatal(err)
			}
		}
		s.seen = nil
		work := flows.WithPriority(t.Context(), flows.Work)
		began := time.Now()
		err := write(work, c)
		e, ok := errors.AsType[*flows.Error](err)
		if !ok || e.Code != flows.Unavailable || e.RetryAfter < longestPut || time.Since(began) > 0 || len(s.seen) != 0 {
			t.Fatalf("after %v, with %d requests sent: %v", time.Since(began), len(s.seen), err)
		}
		time.Sleep(e.RetryAfter)
		if err := write(work, c); err != nil || len(s.seen) != 1 {
			t.Errorf("after the wait that was asked for: %v", err)
		}
	})
}

// When other programs have used the quota up, Graph says so once, and the others of ours do not ask.
func TestGraphSaysThatTheQuotaIsUsedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stub{answers: list(says(429, "", "Retry-After", "60", "x-ms-throttle-information", "WriteLimitExceeded"), says(200, `{}`))}
		c := open(t, Options{Transport: direct{s}, Pace: time.Now})
		work := flows.WithPriority(t.Context(), flows.Work)
		for range 3 {
			if e, ok := errors.AsType[*flows.Error](write(work, c)); !ok || e.RetryAfter != time.Minute {
				t.Fatalf("want a wait of a minute: %v", e)
			}
		}
		if len(s.seen) != 1 {
			t.Errorf("%d requests were sent, want the one that was refused", len(s.seen))
		}
		if err := write(flows.WithPriority(t.Context(), flows.AtOnce), c); err != nil {
			t.Errorf("an urgent exit tries all the same: %v", err)
		}
		time.Sleep(time.Minute)
		if err := write(work, c); err != nil {
			t.Errorf("a minute later: %v", err)
		}
	})
}
