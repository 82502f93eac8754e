package load

import (
	"errors"
	"flag"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var flight = flag.Int("flight", 16, "turns at the same time")

// took is how long one turn took: to the 200, and to the bot's answer at the connector.
type took struct{ ack, whole time.Duration }

// turn makes the i-th turn of a run over one of its connections.
type turn func(w *wire, lane, i int) (took, error)

// many makes n turns over as many connections as may be in flight. The first error ends the run.
func (b *bot) many(n int, one turn) []took {
	b.tb.Helper()
	lanes := min(*flight, n)
	all := make([][]took, lanes)
	errs := make([]error, lanes)
	var next atomic.Int64
	var wg sync.WaitGroup
	for lane := range lanes {
		wg.Go(func() {
			w, err := b.dial()
			if err != nil {
				errs[lane] = err
				return
			}
			for i := int(next.Add(1)) - 1; i < n && err == nil; i = int(next.Add(1)) - 1 {
				var t took
				t, err = one(w, lane, i)
				all[lane] = append(all[lane], t)
			}
			if err != nil {
				next.Store(int64(n))
			}
			errs[lane] = errors.Join(err, w.conn.Close())
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		b.tb.Fatalf("%v\n%s", err, b.whatElse())
	}
	return slices.Concat(all...)
}

// whatElse says what the rig saw that it should not have seen.
func (b *bot) whatElse() string {
	if what := b.strange.Load(); what != nil {
		return "the bot made a call that is not as it should be: " + *what
	}
	return ""
}

// textTurn writes a text and waits for the bot's answer. The people of a lane are its own, so that an answer is that of the last text.
func (b *bot) textTurn(text string) turn {
	turns := make([]int, *flight)
	return func(w *wire, lane, _ int) (took, error) {
		mine := (len(b.people) - lane + *flight - 1) / *flight
		p := b.people[lane+*flight*(turns[lane]%mine)]
		turns[lane]++
		body := b.text(p, text)
		began := time.Now()
		if _, err := w.post(body); err != nil {
			return took{}, err
		}
		ack := time.Since(began)
		_, err := b.read(p)
		return took{ack, time.Since(began)}, err
	}
}

// read waits for the bot's next message to a person.
func (b *bot) read(p person) (sent, error) {
	giveUp := time.NewTimer(turnTime)
	defer giveUp.Stop()
	select {
	case m := <-b.chats[p.conversation()].inbox:
		return m, nil
	case <-giveUp.C:
		return sent{}, errors.New("the bot did not answer")
	}
}

// greet has everybody write once, so that the bot knows where they are and what they may.
func (b *bot) greet() {
	b.many(len(b.people), func(w *wire, _, i int) (took, error) {
		if _, err := w.post(b.text(b.people[i], "hello")); err != nil {
			return took{}, err
		}
		_, err := b.read(b.people[i])
		return took{}, err
	})
}

// who finds a person by name.
func (b *bot) who(name string) person {
	for _, p := range b.people {
		if p.Name == name {
			return p
		}
	}
	b.tb.Fatalf("nobody is called %s", name)
	return person{}
}

// report gives the figures of a run.
func (b *bot) report(bm *testing.B, all []took, wall time.Duration) {
	bm.Helper()
	busy, err := b.memory()
	if err != nil {
		bm.Fatal(err)
	}
	whole, ack := make([]time.Duration, len(all)), make([]time.Duration, len(all))
	for i, t := range all {
		whole[i], ack[i] = t.whole, t.ack
	}
	slices.Sort(whole)
	slices.Sort(ack)
	bm.ReportMetric(float64(len(all))/wall.Seconds(), "turns/s")
	bm.ReportMetric(percentile(whole, 50), "p50-ms")
	bm.ReportMetric(percentile(whole, 95), "p95-ms")
	bm.ReportMetric(percentile(whole, 99), "p99-ms")
	bm.ReportMetric(percentile(ack, 95), "ack-p95-ms")
	bm.ReportMetric(busy, "busy-MB")
	bm.ReportMetric(float64(b.began.Milliseconds()), "start-ms")
	bm.ReportMetric(0, "ns/op") // turns overlap: it would mislead
}

func percentile(sorted []time.Duration, p int) float64 {
	return float64(sorted[min(len(sorted)-1, len(sorted)*p/100)].Microseconds()) / 1000
}

// A small run: the rig works, each turn has one answer, and what was acknowledged is there afterwards.
func TestLoad(t *testing.T) {
	b := start(t)
	b.greet()
	for _, text := range []string{nonsense, "my tasks"} {
		if n := len(b.many(160, b.textTurn(text))); n != 160 {
			t.Errorf("%d turns of %q, want 160", n, text)
		}
	}
	if n := b.undelivered(); n != 0 {
		t.Errorf("%d answers too many", n)
	}
	cases := b.raise(4)
	b.many(32, b.details(cases))
	b.many(32, b.overdue())
	b.many(len(cases), b.approve(cases))
}

// nonsense is answered with one sentence: the cheapest turn there is.
const nonsense = "what is the weather like"
