package service_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"muster/bot/watch"
)

// get asks the running process for one of its pages.
func (w *world) get(path string) (int, string) {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.alive().front.ServeHTTP(rec, httptest.NewRequestWithContext(w.t.Context(), "GET", path, nil))
	return rec.Code, rec.Body.String()
}

// ready is /readyz: the status, and the states by check.
func (w *world) ready() (int, map[string]string) {
	w.t.Helper()
	code, body := w.get("/readyz")
	var out struct {
		Ready  bool
		Checks []watch.Check
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		w.t.Fatalf("/readyz: %v: %s", err, body)
	}
	states := map[string]string{}
	for _, c := range out.Checks {
		states[c.Check] = c.State
		if c.State == "bad" && c.Do == "" || c.Says == "" {
			w.t.Errorf("/readyz says too little: %+v", c)
		}
	}
	if out.Ready != (code == http.StatusOK) {
		w.t.Errorf("/readyz: status %d, ready %v", code, out.Ready)
	}
	return code, states
}

func (w *world) heard(person, chat, text string) int {
	n := 0
	for _, m := range w.chat(person, chat) {
		n += strings.Count(m.Text, text)
	}
	return n
}

// TestQueueStandsStill is a disk that takes nothing more, while Teams is down for the first part of it: IT hears of it once, as soon as it can,
// by a way that needs neither the queue nor the store; and once that it is over. Then everything that waited is done.
func TestQueueStandsStill(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		const still, moves = "Muster's queue stands still", "Muster's queue moves again"
		w.walk("2026-11-23 16:29")
		if code, states := w.ready(); code != http.StatusOK || states["store"] != "ok" || states["queue"] != "ok" || states["token for Microsoft 365"] != "ok" || states["token for Teams"] != "ok" {
			t.Fatalf("at first: %d %v", code, states)
		}
		w.full.Store(true)
		w.fault("teams", "down", "", 0)
		time.Sleep(4 * time.Minute) // the daily checkpoint is due
		if code, states := w.ready(); code != http.StatusServiceUnavailable || states["store"] != "bad" {
			t.Errorf("with a full disk: %d %v", code, states)
		}
		time.Sleep(20 * time.Minute)
		if _, body := w.get("/metrics"); !strings.Contains(body, "\nmuster_queue_still 1\n") {
			t.Error("the figures do not say it")
		}
		if n := w.heard("it", "it", still); n != 0 {
			t.Fatalf("IT heard it while Teams was down")
		}
		w.mend()
		time.Sleep(time.Hour)
		if n := w.heard("it", "it", still); n != 1 {
			t.Errorf("IT heard it %d times:\n%s", n, w.shown("it", "it", 5))
		}
		w.mustSee("it", "it", "The store cannot be written")
		if n := w.heard("it", "it", moves); n != 0 || w.heard("owner", "owners", "Evidence: ") != 0 {
			t.Errorf("it moves on a full disk")
		}
		w.full.Store(false)
		time.Sleep(30 * time.Minute)
		if n := w.heard("it", "it", moves); n != 1 {
			t.Errorf("IT heard %d times that it moves", n)
		}
		if n := w.heard("owner", "owners", "Evidence: "); n != 1 {
			t.Errorf("%d checkpoints were posted", n)
		}
		if code, states := w.ready(); code != http.StatusOK {
			t.Errorf("afterwards: %d %v", code, states)
		}
		if n := w.heard("it", "it", still); n != 1 {
			t.Errorf("IT heard it %d times", n)
		}
		w.verify()
	})
}

// TestStopButtonIsNoStandstill is an exit that waits because an owner pressed the stop button: nothing is late, and nobody is alarmed.
func TestStopButtonIsNoStandstill(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "leaver Tom Hughes, last day 23 November at 10:00")
		w.press("hr", "bot", "Check and continue", nil)
		w.press("hr", "bot", "Confirm", nil)
		w.say("owner", "pause an inspection")
		time.Sleep(3 * time.Hour)
		if n := w.heard("it", "it", "stands still"); n != 0 {
			t.Errorf("IT was alarmed:\n%s", w.shown("it", "it", 5))
		}
		if code, states := w.ready(); code != http.StatusOK || states["queue"] != "ok" {
			t.Errorf("%d %v", code, states)
		}
		if _, body := w.get("/metrics"); !strings.Contains(body, "\nmuster_paused 1\n") {
			t.Error("the figures do not say that it is paused")
		}
	})
}

// TestFigures is what a starter leaves in /metrics.
func TestFigures(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
		w.press("hr", "bot", "Confirm", nil)
		_, body := w.get("/metrics")
		for _, want := range []string{
			`muster_open_cases{kind="joiner",state="waiting"} 1`, `muster_turn_seconds_count{code="200"} `, `muster_errand_seconds_count{kind="card.1",outcome="done"} `,
			`muster_commit_seconds_count{outcome="stored"} `, `muster_call_seconds_count{does="read",service="graph",status="2xx"} `, `muster_call_seconds_count{does="write",service="teams",status="2xx"} `,
			`muster_queue_late_seconds{lane="urgent"} 0`, `muster_queue_errands{when="later"} `, `muster_token_failing{of="Microsoft 365"} 0`, "muster_paused 0", "muster_log_entries ", "go_goroutines ",
		} {
			if !strings.Contains(body, "\n"+want) {
				t.Errorf("/metrics lacks %s", want)
			}
		}
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		w.fault("graph", "throttle", "^POST /v1.0/users$", 2)
		w.walk("2027-01-04 12:00")
		w.walk("2027-01-08 12:00")
		time.Sleep(time.Minute) // what was counted for the last time counts for some seconds
		_, body = w.get("/metrics")
		for _, want := range []string{`muster_step_total{outcome="step_verified",task="create_account"} 1`, `muster_checkpoint_timestamp_seconds{place="owners`, `muster_drift_looked_timestamp_seconds `, `muster_call_throttled_total{service="graph"} 2`} {
			if !strings.Contains(body, "\n"+want) {
				t.Errorf("/metrics lacks %s", want)
			}
		}
	})
}
