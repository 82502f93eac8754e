package kill

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"muster/flows"
)

// number is an environment variable that is a number, or what stands in its place.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is no number above zero", name)
	}
	return n
}

// life is one life of the bot, as it was seen from outside.
type life struct {
	began, died time.Time
	ready       time.Duration // zero: it died before it was
}

// killsInCI are enough to meet every moment of a case's work more than once.
const killsInCI, worlds = 200, 4

// TestKills is the kill test: four organisations side by side, each with a bot that is killed again and again.
func TestKills(t *testing.T) {
	kills := number(t, "MUSTER_KILLS", killsInCI)
	seed := uint64(number(t, "MUSTER_KILL_SEED", int(time.Now().UnixNano()%1_000_000)+1))
	t.Logf("%d kills, MUSTER_KILL_SEED=%d", kills, seed)
	var mu sync.Mutex
	var starts, work []time.Duration
	t.Cleanup(func() {
		if len(starts) == 0 || len(work) == 0 {
			return
		}
		slices.Sort(starts)
		slices.Sort(work)
		t.Logf("from start to ready: p50 %v, p99 %v, most %v of %d starts", at(starts, 50), at(starts, 99), at(starts, 100), len(starts))
		t.Logf("from start to the first work in the log: p50 %v, p99 %v, most %v of %d lives", at(work, 50), at(work, 99), at(work, 100), len(work))
	})
	for i := range worlds {
		t.Run("organisation "+strconv.Itoa(i+1), func(t *testing.T) {
			t.Parallel()
			n := kills / worlds
			if i < kills%worlds {
				n++
			}
			s, w := organisation(t, seed*worlds+uint64(i), n)
			mu.Lock()
			defer mu.Unlock()
			starts, work = append(starts, s...), append(work, w...)
		})
	}
}

// at is a percentile of what is sorted.
func at(sorted []time.Duration, p int) time.Duration {
	return sorted[min(len(sorted)-1, len(sorted)*p/100)].Round(time.Millisecond)
}

// organisation kills one bot so many times, lets its cases end in peace, and checks what is left. It returns how long starts took until the bot
// was ready, and until it had written the first entry.
func organisation(t *testing.T, seed uint64, kills int) (starts, work []time.Duration) {
	w := newWorld(t, seed, "")
	people := newCrowd(w)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var busy sync.WaitGroup
	defer busy.Wait()
	telling, enough := context.WithCancel(ctx)
	defer enough()
	var told []news
	busy.Go(func() { people.live(ctx) })
	pause := 4 * time.Second
	if kills > 100 {
		pause = 20 * time.Second
	}
	var teller sync.WaitGroup
	teller.Go(func() { told = people.announce(telling, ctx, pause) })

	w.graphFails(asInIssue)
	lives := w.massacre(kills)
	enough()
	w.mend()
	w.begun() // who still has something to call off needs a bot for it
	teller.Wait()
	over := w.inPeace(len(told) - 2) // the last may not have been announced to the end
	cancel()
	busy.Wait()

	c := w.read()
	c.ended(over, told)
	c.nothingLost(people)
	c.nothingTwice(len(lives))
	c.verified()
	for _, l := range lives {
		if l.ready > 0 {
			starts = append(starts, l.ready)
		}
		if first := c.firstIn(l); first > 0 {
			work = append(work, first)
		}
	}
	counts, err := json.Marshal(people.counts())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills, %d announced, %d cases, %d entries; presses that were taken: %s", len(lives), len(told), len(c.cases), len(c.records), counts)
	return starts, work
}

// slowStart is a start that is worth looking at.
const slowStart = 2 * time.Second

// massacre starts the bot and kills it, so many times. One in six lives ends while the bot is still starting. Now and then Teams does
// not answer for a while, which is longer than a life.
func (w *world) massacre(kills int) []life {
	w.tb.Helper()
	chance := rand.New(rand.NewPCG(w.seed, 3))
	down := 10.0 // seconds
	every := 40
	if kills > 100 { // there is time for minutes
		down, every = 90, 250
	}
	var lives []life
	for i := range kills {
		switch {
		case i%every == 20:
			w.teamsFails([]string{"down", "unavailable", "timeout"}[chance.IntN(3)], 0, down)
		case chance.IntN(3) == 0:
			w.teamsFails([]string{"lost_answer", "throttle", "unavailable"}[chance.IntN(3)], 1+chance.IntN(3), 0)
		}
		p := w.start()
		l := life{began: p.began}
		lot, span := chance.Float64(), chance.Float64()
		wait := time.Duration(span * float64(300*time.Millisecond))
		if lot > 1.0/6 {
			took, err := w.ready(w.tb.Context(), p, startTime)
			if err != nil {
				w.tb.Fatalf("life %d: not ready after %v: %v\n%s", i, took, err, p.said.String())
			}
			l.ready = took
			if took > slowStart {
				w.tb.Logf("life %d was ready after %v:\n%s", i, took, p.said.String())
			}
			wait = time.Duration(100+span*span*4000) * time.Millisecond // mostly short
		}
		doom := time.NewTimer(wait)
		select {
		case <-doom.C:
		case <-p.ended:
			w.tb.Fatalf("life %d: the bot ended by itself: %v\n%s", i, p.result, p.said.String())
		}
		w.kill()
		l.died = time.Now()
		lives = append(lives, l)
	}
	return lives
}

// peace is how long cases may take to end once nothing goes wrong any more: what was put off often is put off for ten minutes.
const peace = 15 * time.Minute

// inPeace lets the bot work undisturbed until so many cases at least have been raised and every one has ended, looking into its store between two
// starts. It reports whether they did.
func (w *world) inPeace(cases int) bool {
	w.tb.Helper()
	began := time.Now()
	defer func() { w.tb.Logf("in peace for %v", time.Since(began).Round(time.Second)) }()
	deadline := began.Add(peace)
	for {
		p := w.bot
		if p == nil {
			p = w.begun()
		}
		spell := time.NewTimer(8 * time.Second)
		select {
		case <-spell.C:
		case <-p.ended:
			w.tb.Fatalf("the bot ended by itself: %v\n%s", p.result, p.said.String())
		}
		w.stop()
		open, raised := 0, 0
		w.store(func(all []flows.Case) {
			raised = len(all)
			for _, c := range all {
				if !c.Over() && !onlyWaitsForMail(c) {
					open++
				}
			}
		})
		if open == 0 && raised >= cases {
			return true
		}
		if time.Now().After(deadline) {
			w.tb.Logf("the bot said last:\n%s", p.said.String())
			return false
		}
	}
}
