package service_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/bot/service"
	"muster/flows"
	"muster/store"
)

// crowded puts sentences to say into the queue of a tenant that is not open yet, all due at once.
func (w *world) crowded(n int, due time.Time) {
	w.t.Helper()
	ctx := context.WithoutCancel(w.t.Context())
	dir := service.Dir(w.dir, w.tenant)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	db := w.disk.open()
	st, err := store.Open(ctx, db, store.Options{Dir: dir, Origin: w.tenant, Now: w.clock.Now, Rand: rand.Reader})
	if err != nil {
		w.t.Fatal(err)
	}
	var all []flows.Errand
	for i := range n {
		body, err := json.Marshal(flows.SayWork{To: flows.Recipient{Person: flows.AccountID(fmt.Sprintf("00000000-0000-4000-a000-%012x", 1+i%40))}, Text: fmt.Sprint("Sentence ", i)})
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, flows.Errand{Key: fmt.Sprint(flows.SayErrand, "/flood/", i), Kind: flows.SayErrand, Due: due, Body: body})
	}
	err = st.Commit(ctx, flows.Change{Add: all})
	st.Close()
	if err = errors.Join(err, db.Close()); err != nil {
		w.t.Fatal(err)
	}
}

// The floods in one organisation: ten thousand errands are due and hundreds of messages come at once, while it has this from outside.
const (
	noFlood  = ""
	silent   = "neither Teams nor Microsoft 365 answers it"
	hanging  = "its disk takes nothing"
	comfort  = time.Second // what the people next door may wait longer
	messages = 600
)

// TestFloodNextDoor floods one organisation. The people of the other wait not a moment longer than without.
func TestFloodNextDoor(t *testing.T) {
	quiet := nextDoor(t, noFlood)
	for _, flood := range []string{silent, hanging} {
		t.Run(flood, func(t *testing.T) {
			loud := nextDoor(t, flood)
			for name, took := range quiet {
				if loud[name]-took > comfort {
					t.Errorf("%s takes %v, and %v without", name, loud[name], took)
				}
			}
			if len(quiet) != 4 || len(quiet) != len(loud) {
				t.Errorf("measured %d and %d things", len(quiet), len(loud))
			}
		})
	}
}

// nextDoor is how long, in virtual time, things take in one organisation while there is a flood in the other, or none.
func nextDoor(t *testing.T, flood string) map[string]time.Duration {
	took := map[string]time.Duration{}
	lodge(t, []setting{{visibility: 5 * time.Second}, {ids: [2]string{otherTenant, otherApp}}}, func(t *testing.T, l *lodging) {
		ours, theirs := l.all[0], l.all[1]
		const errands = 10_000
		due := monday.Add(time.Hour)
		if flood != noFlood {
			theirs.crowded(errands, due)
		}
		l.begin()
		var wg sync.WaitGroup
		var inHand, later, others atomic.Int64
		hold := make(chan struct{})
		if flood != noFlood {
			people := []string{"hr", "hr2", "manager", "manager2", "approver", "it", "owner", "owner2"}
			var templates []delivery
			for _, as := range people {
				theirs.say(as, "help")
				templates = append(templates, theirs.last())
			}
			if flood == hanging {
				theirs.held.Store(&hold)
			} else {
				theirs.fault("graph", "timeout", ".*", 1_000_000)
				theirs.fault("teams", "timeout", ".*", 1_000_000)
			}
			theirs.clock.Set(due)
			for n := range messages { // fewer than one person may send at once
				wg.Go(func() {
					d := templates[n%len(people)]
					switch theirs.again(delivery{changed(t, d.body, map[string]any{"id": fmt.Sprint("flood-", n)}), d.token}) {
					case http.StatusOK:
						inHand.Add(1)
					case http.StatusServiceUnavailable:
						later.Add(1)
					default:
						others.Add(1)
					}
				})
			}
		}
		timed := func(name string, do func()) {
			began := time.Now()
			do()
			took[name] = time.Since(began)
		}
		timed("a question", func() { ours.say("hr", "help") })
		timed("a starter", ours.announce)
		timed("an approval", func() { ours.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}}) })
		timed("an account", func() { ours.walk("2027-01-05 12:00") })
		if _, ok := ours.account(priya); !ok {
			t.Error("the starter has no account")
		}
		if flood == noFlood {
			ours.verify()
			return
		}
		if flood == hanging {
			theirs.held.Store(nil)
			close(hold)
		}
		wg.Wait()
		in, out := inHand.Load(), later.Load()
		if in+out != messages || others.Load() != 0 || in < 512 || flood == hanging && in != 512 { // where the disk works, some have ended before all have come
			t.Errorf("messages answered: %d, told to come again: %d, neither: %d", in, out, others.Load())
		}
		if fired := theirs.fired(); flood == silent && fired < 20 {
			t.Errorf("only %d calls were without an answer", fired)
		}
		theirs.mend()
		ours.verify()
	})
	return took
}
