package service_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
)

// otherJob is the sandbox's policy with another name for a job.
func otherJob(t *testing.T, job string) *flows.Policy {
	t.Helper()
	text := bytes.ReplaceAll(sandbox.DefaultPolicy, []byte("Account Manager"), []byte(job))
	pol, err := flows.ParsePolicy("policy.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return pol
}

// TestReopen changes the policy of a tenant while people write to it: what was begun goes on, everybody is answered once, and what follows goes
// by the new one.
func TestReopen(t *testing.T) {
	lodge(t, []setting{{}}, func(t *testing.T, l *lodging) {
		l.begin()
		w := l.all[0]
		w.announce()
		const people = 30
		before := len(w.chat("stranger", "bot"))
		w.say("stranger", "help")
		each := len(w.chat("stranger", "bot")) - before
		template := w.last()
		var wg sync.WaitGroup
		var reopened error
		wg.Go(func() { reopened = l.house.Reopen(t.Context(), w.tenant, otherJob(t, "Relationship Manager")) })
		statuses := make([]int, people)
		for n := range people {
			wg.Go(func() {
				statuses[n] = w.again(delivery{changed(t, template.body, map[string]any{"id": fmt.Sprint("r:", n)}), template.token})
			})
		}
		wg.Wait()
		if reopened != nil {
			t.Fatal(reopened)
		}
		for n, status := range statuses {
			if status != http.StatusOK {
				t.Errorf("turn %d while it is opened anew: status %d", n, status)
			}
		}
		w.settle()
		if got := len(w.chat("stranger", "bot")) - before; got != each+people {
			t.Errorf("%d messages in the chat, want %d", got, each+people)
		}
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		w.say("hr", "new starter Ada Byron, Relationship Manager, starts 14 December 2026, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
		w.press("hr", "bot", "Confirm", nil)
		if n := len(w.cases()); n != 2 {
			t.Errorf("%d cases", n)
		}
		w.walk("2026-12-15 12:00")
		if _, ok := w.account(priya); !ok {
			t.Error("the starter from before has no account")
		}
		w.verify()
	})
}

// TestReopenRefused asks for a policy with which the tenant cannot be opened: it is open with the one before.
func TestReopenRefused(t *testing.T) {
	lodge(t, []setting{{}}, func(t *testing.T, l *lodging) {
		l.begin()
		w := l.all[0]
		w.announce()
		bad := otherJob(t, "Relationship Manager")
		l.refuses = func(_ *world, pol *flows.Policy) error {
			if pol == bad {
				return errBroken
			}
			return nil
		}
		for range 2 {
			if err := l.house.Reopen(t.Context(), w.tenant, bad); !errors.Is(err, errBroken) {
				t.Fatalf("it says %v", err)
			}
		}
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		if c := w.theCase(); c.State != flows.Scheduled {
			t.Errorf("the case is %s", c.State)
		}
		if err := l.house.Reopen(t.Context(), "nobody", bad); err == nil {
			t.Error("a tenant that is not there was opened anew")
		}
		w.stop()
		if err := l.house.Reopen(t.Context(), w.tenant, bad); err == nil {
			t.Error("after the end it was opened anew")
		}
		w.verify()
	})
}

// TestReopenWaits holds a turn in the service while it is to be closed: the store is closed after it, and who comes meanwhile waits or is told
// to come again.
func TestReopenWaits(t *testing.T) {
	lodge(t, []setting{{}}, func(t *testing.T, l *lodging) {
		l.begin()
		w := l.all[0]
		w.say("stranger", "help")
		template := w.last()
		turn := func(id string) int {
			return w.again(delivery{changed(t, template.body, map[string]any{"id": id}), template.token})
		}
		hold := make(chan struct{})
		w.held.Store(&hold)
		var wg sync.WaitGroup
		var first, second, third int
		wg.Go(func() { first = turn("r:1") })
		time.Sleep(time.Second)
		wg.Go(func() {
			if err := l.house.Reopen(t.Context(), w.tenant, w.policy); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		wg.Go(func() { second = turn("r:2") })
		time.Sleep(6 * time.Second)
		wg.Go(func() { third = turn("r:3") })
		time.Sleep(time.Second)
		w.held.Store(nil)
		close(hold)
		wg.Wait()
		if first != http.StatusOK || second != http.StatusServiceUnavailable || third != http.StatusOK {
			t.Errorf("the one in hand: %d, one that waits too long: %d, one that waits a little: %d", first, second, third)
		}
		w.verify()
	})
}
