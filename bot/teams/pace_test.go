package teams

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func paced(o *ConnectorOptions) { o.Pace = Pace{} }

// most is how many of the times fall into any window of that length, both ends
// included.
func most(at []time.Time, window time.Duration) int {
	n := 0
	for i := range at {
		j := i
		for j < len(at) && at[j].Sub(at[i]) <= window {
			j++
		}
		n = max(n, j-i)
	}
	return n
}

// A patient caller who always has something to say stays below each of Teams'
// limits.
func TestPaceOfOneConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeTeams()
		f.lifetime = 24 * time.Hour
		c := newTestConnector(t, f, paced)
		for began := time.Now(); time.Since(began) < 2*time.Hour; {
			if err := send(c)(t.Context()); err != nil {
				e, ok := errors.AsType[*Error](err)
				if !ok || !e.Temporary || e.RetryAfter <= 0 {
					t.Fatal(err)
				}
				if err := pause(t.Context(), e.RetryAfter); err != nil {
					t.Fatal(err)
				}
			}
		}
		for window, limit := range map[time.Duration]int{time.Second: 7, 2 * time.Second: 8, 30 * time.Second: 60, time.Hour: 1800} {
			if n := most(f.at, window); n > limit {
				t.Errorf("%d sends within %v, Teams allows %d", n, window, limit)
			}
		}
		if n := len(f.at); n < 2800 {
			t.Errorf("%d sends in two hours: that is too careful", n)
		}
	})
}

// The limits are those of Teams' hosts. A rig on loopback has none, and what it is sent does not count against them.
func TestPaceOfARig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeTeams()
		c := newTestConnector(t, f, func(o *ConnectorOptions) {
			paced(o)
			o.Config.ServiceURLHosts = []string{"127.0.0.1:7777"}
		})
		rig := chat()
		rig.ServiceURL = "http://127.0.0.1:7777/uk/"
		began := time.Now()
		for range 200 {
			if _, err := c.Send(t.Context(), rig, Message{Text: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("200 messages to a rig took %v", d)
		}
		for range laneBurst + 1 {
			if err := send(c)(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(began); d != time.Second {
			t.Errorf("%d messages to Teams took %v, want a second", laneBurst+1, d)
		}
	})
}

func TestPaceOfTheApp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeTeams()
		c := newTestConnector(t, f, paced)
		var wg sync.WaitGroup
		for n := range 200 {
			wg.Go(func() {
				ref := chat()
				ref.Conversation = fmt.Sprint("a:", n)
				if _, err := c.Send(t.Context(), ref, Message{Text: "x"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := most(f.at, time.Second); n > 50 || n < 40 {
			t.Errorf("%d sends within a second, want up to 50", n)
		}
	})
}

// Teams answers 412 to concurrent calls in one conversation: there are none.
func TestOneCallAtATimePerConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeTeams()
		f.hold = 100 * time.Millisecond
		c := newTestConnector(t, f, nil)
		began := time.Now()
		var wg sync.WaitGroup
		for n := range 20 {
			ref := chat()
			ref.Conversation = fmt.Sprint("a:", n%2)
			wg.Go(func() {
				if _, err := c.Send(t.Context(), ref, Message{Text: "x"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(f.seen()); n != 20 {
			t.Errorf("%d calls for 20 messages", n)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v, want two conversations side by side in 1s", took)
		}
	})
}

// A line that is too long is refused, with the time after which to come back.
func TestLongLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeTeams()
		f.hold = 10 * time.Second
		c := newTestConnector(t, f, paced)
		var wg sync.WaitGroup
		var mu sync.Mutex
		refused := 0
		for range laneQueue + 3 {
			wg.Go(func() {
				err := send(c)(t.Context())
				e, ok := errors.AsType[*Error](err)
				if ok && e.Temporary && e.Status == 0 && e.RetryAfter >= laneQueue*time.Second {
					mu.Lock()
					refused++
					mu.Unlock()
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if refused != 3 {
			t.Errorf("%d refused, want 3", refused)
		}
	})
}

// A caller who gives up in the line leaves no trace in it.
func TestLeavingTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeTeams()
		f.hold = 5 * time.Second
		c := newTestConnector(t, f, paced)
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := send(c)(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := contextFor(t, time.Second)
		defer cancel()
		err := send(c)(ctx)
		if e, ok := errors.AsType[*Error](err); !ok || e.Ambiguous || !e.Temporary {
			t.Errorf("Send: %v, want that nothing was sent", err)
		}
		wg.Wait()
		if n := len(f.seen()); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
		if n := c.lanes.open["a:1hannah"].people; n != 0 {
			t.Errorf("%d are still in the line", n)
		}
	})
}

// A caller who gives up while it is paced gives its place back.
func TestLeavingThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeTeams()
		c := newTestConnector(t, f, paced)
		for range laneBurst {
			if err := send(c)(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := contextFor(t, 100*time.Millisecond)
		defer cancel()
		err := send(c)(ctx)
		if e, ok := errors.AsType[*Error](err); !ok || e.Ambiguous || !e.Temporary || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send: %v, want that nothing was sent", err)
		}
		began := time.Now()
		if err := send(c)(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("the next waited %v: the place was not given back", took)
		}
	})
}

func TestLanesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes(Pace{})
		stay, leaveStay, err := l.enter(t.Context(), "send", "stays")
		if err != nil {
			t.Fatal(err)
		}
		enter := func(key string) {
			in, leave, err := l.enter(t.Context(), "send", key)
			if err != nil {
				t.Fatal(err)
			}
			in.short.Reserve() // as a send does
			leave()
		}
		for n := range laneLimit + 100 { // none has had time to rest
			enter(fmt.Sprint("busy ", n))
		}
		if n := len(l.open); n > laneLimit {
			t.Errorf("%d conversations remembered, want at most %d", n, laneLimit)
		}
		if err := pause(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		enter("after a rest")
		if n := len(l.open); n != 2 {
			t.Errorf("%d conversations remembered, want the one somebody is in and the new one", n)
		}
		if l.open["stays"] != stay {
			t.Error("a conversation was forgotten while somebody was in it")
		}
		leaveStay()
	})
}
