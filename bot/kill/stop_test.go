package kill

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// stops are as often as an operator stops the bot while people are at work.
const stops = 12

// TestStops ends the bot as an operator does, at random moments of its work, and starts it again: each time it ends well and has finished what
// it holds. So nothing is lost as in the kill test, and besides no message is sent twice: one that Teams has is noted before the end.
func TestStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 95, "")
	people := newCrowd(w)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var busy sync.WaitGroup
	defer busy.Wait()
	telling, enough := context.WithCancel(ctx)
	defer enough()
	var told []news
	busy.Go(func() { people.live(ctx) })
	var teller sync.WaitGroup
	teller.Go(func() { told = people.announce(telling, ctx, 4*time.Second) })

	chance := rand.New(rand.NewPCG(w.seed, 4))
	for range stops {
		p := w.begun()
		work := time.NewTimer(time.Duration(100+chance.IntN(2400)) * time.Millisecond)
		select {
		case <-work.C:
		case <-p.ended:
			t.Fatalf("the bot ended by itself: %v\n%s", p.result, p.said.String())
		}
		w.stop()
	}
	enough()
	w.begun()
	teller.Wait()
	over := w.inPeace(len(told) - 2)
	cancel()
	busy.Wait()

	c := w.read()
	c.ended(over, told)
	c.nothingLost(people)
	c.nothingTwice(0)
	c.verified()
}
