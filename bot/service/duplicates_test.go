package service_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// delivery is one activity as it reached the bot.
type delivery struct {
	body  []byte
	token string
}

// deliveries are all activities so far.
func (w *world) deliveries() []delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]delivery(nil), w.came...)
}

// note keeps what Teams sends to the bot, and gives the request its body back.
func (w *world) note(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.came = append(w.came, delivery{body, r.Header.Get("Authorization")})
	return nil
}

// deliver brings an activity to the bot as Teams does, and is what the bot answers.
func (w *world) deliver(d delivery) *http.Response {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+botHost+"/api/messages", bytes.NewReader(d.body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", d.token)
	resp, err := hand(w.alive().front, req)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp
}

// again delivers an activity once more, as Teams does when it is not sure.
func (w *world) again(d delivery) int {
	w.t.Helper()
	return w.deliver(d).StatusCode
}

// TestDuplicates delivers every activity of a joiner twice at once, and all of them once more after each has been handled. Each acts once.
func TestDuplicates(t *testing.T) {
	var want ending
	var sent int
	var logged int64
	story(t, setting{policy: []byte(compact), workers: 1}, func(t *testing.T, w *world) {
		c := crowd{w: w}
		c.live()
		w.settle()
		want, sent, logged = w.ending(), w.sent(), w.logged()
	})
	story(t, setting{policy: []byte(compact), workers: 1}, func(t *testing.T, w *world) {
		w.echo = true
		c := crowd{w: w}
		c.live()
		w.settle()
		if n := w.logged(); n != logged {
			t.Errorf("the log has %d entries when everything comes twice, and %d when it comes once", n, logged)
		}
		for _, d := range w.deliveries() {
			if status := w.again(d); status != http.StatusOK && status != http.StatusAccepted {
				t.Errorf("%s once more: %d", kindOfActivity(d.body), status)
			}
		}
		w.settle()
		w.finished()
		if diff := cmp.Diff(want, w.ending()); diff != "" {
			t.Errorf("the ending (-once +twice):\n%s", diff)
		}
		if n := w.sent(); n != sent {
			t.Errorf("the bot sent %d messages, want %d", n, sent)
		}
		if c.passes != 1 {
			t.Errorf("%d passes worked at once", c.passes)
		}
		w.verify()
	})
}

// TestRace lets two people who may both decide press Approve and Reject two hundred times at once. One of these presses is the decision,
// and everybody is told the same.
func TestRace(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		w.walk("2026-11-24 17:00") // the manager's manager holds it as well
		type hand struct {
			as string
			m  message
			f  forgery
		}
		var hands []hand
		for _, as := range []string{"manager", "owner"} {
			m, ok := w.card(as, "bot", "", "Approve")
			if !ok {
				t.Fatalf("%s is not asked", as)
			}
			for _, button := range []string{"Approve", "Reject now"} {
				f := w.forgery(m, button)
				f.data["reason"] = "a mistake"
				hands = append(hands, hand{as, m, f})
			}
		}
		var wait sync.WaitGroup
		answers := make([]answer, 200)
		for i := range answers {
			h := hands[i%len(hands)]
			body, err := json.Marshal(map[string]any{"as": h.as, "message": h.m.ID, "verb": h.f.verb, "data": h.f.data})
			if err != nil {
				t.Fatal(err)
			}
			wait.Go(func() { answers[i] = w.pressAtOnce(body) })
		}
		wait.Wait()
		w.settle()
		k := w.theCase()
		decisions := 0
		for _, r := range w.records(k.Ref) {
			switch r.Entry.Body.(type) {
			case flows.Approved, flows.Rejected:
				decisions++
			}
		}
		if decisions != 1 {
			t.Errorf("there are %d decisions", decisions)
		}
		took := 0
		for _, a := range answers {
			switch {
			case a.Status != http.StatusOK:
				t.Errorf("a press was answered with %d %s", a.Status, a.Error)
			case a.card():
				took++
			case !strings.Contains(a.says(), "already") && !strings.Contains(a.says(), "has ended") && !strings.Contains(a.says(), "very fast"):
				t.Errorf("a late press is told %q", a.says())
			}
		}
		if took != 1 {
			t.Errorf("%d presses were told that they decided", took)
		}
		for _, as := range []string{"manager", "owner"} {
			if w.offers(as, "Approve") {
				t.Errorf("%s is still offered to approve", as)
			}
		}
		w.verify()
	})
}

// pressAtOnce is a press from a goroutine of the test.
func (w *world) pressAtOnce(body []byte) answer {
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+teamsHost+"/sandbox/press", bytes.NewReader(body))
	if err != nil {
		return answer{Error: err.Error()}
	}
	resp, err := hand(w.front, req)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var a answer
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		return answer{Error: err.Error()}
	}
	return a
}
