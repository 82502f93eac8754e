package service_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"muster/store/place"
)

// BenchmarkTurnNextDoor is one turn at a time in one organisation, alone and while another one in the same process has as many in flight as it
// says. They share processors and, where the folders are on one, the disk, and nothing else.
func BenchmarkTurnNextDoor(b *testing.B) {
	for _, beside := range []int{0, 16, 128} {
		b.Run(fmt.Sprint("beside=", beside), func(b *testing.B) {
			ours := newTurns(b, 1, place.Postgres{})
			var stop atomic.Bool
			var theirs atomic.Int64
			var wg sync.WaitGroup
			if beside > 0 {
				other := newTurns(b, beside, place.Postgres{})
				for lane := range beside {
					wg.Go(func() {
						for !stop.Load() {
							other.turn(lane, theirs.Add(1))
						}
					})
				}
			}
			before := theirs.Load()
			b.ResetTimer()
			for n := range b.N {
				ours.turn(0, int64(n)+1)
			}
			b.StopTimer()
			b.ReportMetric(float64(theirs.Load()-before)/b.Elapsed().Seconds(), "theirs/s")
			stop.Store(true)
			wg.Wait()
		})
	}
}
