package service_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// last is the latest activity that reached the bot.
func (w *world) last() delivery {
	l := w.deliveries()
	return l[len(l)-1]
}

// queue is how many errands are due.
func (w *world) queue() int {
	w.t.Helper()
	due, err := w.alive().svc.Store.Due(w.t.Context(), w.clock.Now().Add(time.Hour), 100_000, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(due)
}

// logged is how many entries the log has.
func (w *world) logged() int64 {
	w.t.Helper()
	h, err := w.alive().svc.Store.Sign(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return h.Size
}

// TestFloodOfMessages is one person who writes three thousand messages at once. A hundred are answered at the pace of Teams, one sentence
// says that the rest is not read, neither the log nor the queue grows by more, and what HR asks meanwhile is answered as ever.
func TestFloodOfMessages(t *testing.T) {
	story(t, setting{far: true}, func(t *testing.T, w *world) {
		w.say("hr", "help")
		hr := w.last()
		w.say("stranger", "help")
		template := w.last()
		time.Sleep(10 * time.Minute)
		w.settle()
		logged, mine, theirs := w.logged(), len(w.chat("stranger", "bot")), len(w.chat("hr", "bot"))
		longest := 0
		for n := range 3000 {
			d := delivery{changed(t, template.body, map[string]any{"id": fmt.Sprint("flood-", n), "text": fmt.Sprint("are you there ", n)}), template.token}
			if status := w.again(d); status != http.StatusOK {
				t.Fatalf("message %d: %d", n, status)
			}
			if n%500 == 0 {
				longest = max(longest, w.queue())
			}
		}
		longest = max(longest, w.queue())
		began := time.Now()
		if status := w.again(delivery{changed(t, hr.body, map[string]any{"id": "hr-1", "text": "status"}), hr.token}); status != http.StatusOK {
			t.Fatalf("HR: %d", status)
		}
		for len(w.chat("hr", "bot")) == theirs {
			time.Sleep(50 * time.Millisecond)
			if time.Since(began) > time.Minute {
				t.Fatal("HR is not answered")
			}
		}
		if waited := time.Since(began); waited > 2*time.Second {
			t.Errorf("HR waits %v for an answer", waited)
		}
		w.settle()
		answers, sorry := 0, 0
		for _, m := range w.chat("stranger", "bot")[mine:] {
			answers++
			if strings.Contains(m.Text, "You are writing faster than I can read") {
				sorry++
			}
		}
		if sorry != 1 || answers > 110 || answers < 90 {
			t.Errorf("%d answers, of which %d say that it is too much", answers, sorry)
		}
		if grown := w.logged() - logged; grown > 250 {
			t.Errorf("the log has %d entries more", grown)
		}
		if longest > 200 {
			t.Errorf("%d errands were in the queue", longest)
		}
		time.Sleep(3 * time.Minute)
		w.say("stranger", "help")
		if n := len(w.chat("stranger", "bot")[mine:]); n <= answers {
			t.Error("after a while the person is not answered")
		}
		w.verify()
	})
}

// answered is what the bot answers an activity that was changed on its way.
func (w *world) answered(d delivery) (a answer) {
	w.t.Helper()
	resp := w.deliver(d)
	a.Status = resp.StatusCode
	if err := json.NewDecoder(resp.Body).Decode(&a.Value); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// TestFloodOfPresses is the same with a button that is not the presser's to press.
func TestFloodOfPresses(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		m, _ := w.card("manager", "bot", "", "Approve")
		w.forge("stranger", m, w.forgery(m, "Approve"))
		template, logged := w.last(), w.logged()
		refused, sorry := 0, 0
		for n := range 3000 {
			a := w.answered(delivery{changed(t, template.body, map[string]any{"id": fmt.Sprint("f:flood-", n)}), template.token})
			switch {
			case strings.Contains(a.says(), "This decision is with"):
				refused++
			case strings.Contains(a.says(), "You are pressing faster than I can follow"):
				sorry++
			default:
				t.Fatalf("press %d is answered %q", n, a.says())
			}
		}
		if refused < 90 || refused > 110 || refused+sorry != 3000 {
			t.Errorf("%d presses were refused, %d were too many", refused, sorry)
		}
		if grown := w.logged() - logged; grown > 250 {
			t.Errorf("the log has %d entries more", grown)
		}
		if a := w.press("manager", "bot", "Approve", nil); !a.card() {
			t.Errorf("the manager is told %q", a.says())
		}
		w.verify()
	})
}

// paced notes when each conversation got something.
type paced struct {
	http.Handler
	mu sync.Mutex
	at map[string][]time.Time
}

func (p *paced) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, rest, ok := strings.Cut(r.URL.Path, "/v3/conversations/"); ok && r.Method != http.MethodGet {
		id, _, _ := strings.Cut(rest, "/")
		id, _, _ = strings.Cut(id, ";")
		p.mu.Lock()
		p.at[id] = append(p.at[id], time.Now())
		p.at[""] = append(p.at[""], time.Now())
		p.mu.Unlock()
	}
	p.Handler.ServeHTTP(w, r)
}

// densest is the most calls within any window.
func densest(at []time.Time, window time.Duration) int {
	slices.SortFunc(at, time.Time.Compare)
	most, from := 0, 0
	for to := range at {
		for at[to].Sub(at[from]) >= window {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

// TestTeamsLimitsUnderBulk confirms some fifty starters at once, has seven people ask fifty things each, and an urgent exit in the midst of it. The
// limits of Teams are kept in every conversation and for the app, and the door is shut within seconds all the same.
func TestTeamsLimitsUnderBulk(t *testing.T) {
	story(t, setting{far: true}, func(t *testing.T, w *world) {
		p := &paced{Handler: w.front, at: map[string][]time.Time{}}
		w.front = p
		rows := "Given,Surname,Job,Site,Start,Manager,Notes\n"
		for i := range 48 {
			rows += fmt.Sprintf("Ann%c,Lee%c,Account Manager,London,2026-12-14,%s,%d\n", 'a'+i%26, 'a'+i/26, []string{"Tom Hughes", "Maria Lopez"}[i%2], i)
		}
		if status := w.call("POST", "/sandbox/say", map[string]any{"as": "hr", "chat": "bot", "text": "new starters", "file": map[string]any{
			"name": "starters.csv", "base64": base64.StdEncoding.EncodeToString([]byte(rows)),
		}}, nil); status != http.StatusOK {
			t.Fatalf("send the list: %d", status)
		}
		w.settle()
		w.say("hr2", "urgent leaver Callum Frost")
		w.press("hr2", "bot", "Check and continue", nil)
		w.press("hr2", "bot", "Confirm", nil)

		// The list is confirmed, and nobody waits until all is told.
		m, ok := w.card("hr", "bot", "", "Confirm")
		if !ok {
			t.Fatalf("HR has no list to confirm:\n%s", w.shown("hr", "bot", 2))
		}
		told := w.pressed(map[string]any{"as": "hr", "message": m.ID, "button": "Confirm", "inputs": map[string]any{}}).says()
		var all []delivery
		for _, as := range []string{"hr", "manager", "manager2", "approver", "it", "owner2", "stranger"} {
			w.write(as, "bot", "help")
			all = append(all, w.last())
		}
		for n := range 50 {
			for i, d := range all {
				w.again(delivery{changed(t, d.body, map[string]any{"id": fmt.Sprintf("f:%d-%d", n, i)}), d.token})
			}
		}
		busy := w.queue()
		began := time.Now()
		u, ok := w.card("owner", "bot", "Callum Frost", "Confirm now")
		if !ok {
			t.Fatal("no second person is asked")
		}
		w.pressed(map[string]any{"as": "owner", "message": u.ID, "button": "Confirm now", "inputs": map[string]any{}})
		for {
			if a, _ := w.account("callum.frost@larkfield.example"); !a.AccountEnabled {
				break
			}
			time.Sleep(100 * time.Millisecond)
			if time.Since(began) > time.Minute {
				t.Fatal("the account is still open")
			}
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("with %d errands in the queue an urgent exit takes %v", busy, took)
		} else {
			t.Logf("with %d errands in the queue the account was blocked after %v", busy, took)
		}
		w.settle()
		if n := len(w.cases()); n != 49 {
			t.Errorf("%d cases; HR was told %q", n, told)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if n := len(p.at[""]); n < 350 || busy < 100 {
			t.Errorf("%d errands waited and %d calls were made: that is no load", busy, n)
		}
		for id, at := range p.at {
			limits := map[time.Duration]int{time.Second: 7, 2 * time.Second: 8, 30 * time.Second: 60, time.Hour: 1800}
			if id == "" {
				limits = map[time.Duration]int{time.Second: 50}
			}
			for window, most := range limits {
				if n := densest(at, window); n > most {
					t.Errorf("%q got %d calls within %v, Teams takes %d", id, n, window, most)
				}
			}
		}
	})
}
