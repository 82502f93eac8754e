package load

import (
	"testing"
	"time"

	"muster/flows"
)

// BenchmarkQuota is starters, at most a thousand, set up within Graph's quota of writes, from the managers' decisions until the last
// write: the time it took over the quota's own minimum, which is the number of writes over its rate. The rate is Graph's, 3,000 writes in
// 150 seconds.
func BenchmarkQuota(bm *testing.B) {
	const most = 1000
	b := start(bm)
	b.ready()
	n := min(bm.N, most)
	cases := b.raiseFor(n, time.Now().AddDate(0, 0, -1))
	q := &quota{most: 3000, window: 150 * time.Second}
	b.graph.quota.Store(q)
	b.deaf.Store(true)
	before := b.enabled()
	bm.ResetTimer()
	began := time.Now()
	b.many(n, b.approve(cases))
	b.until("everybody can sign in", 20*time.Minute, func() bool { return b.enabled() == before+n })
	bm.StopTimer()
	b.until("nothing more is written", 20*time.Minute, func() bool {
		_, _, last := q.counts()
		return time.Since(last) > 5*time.Second
	})
	taken, refused, last := q.counts()
	took := last.Sub(began)
	least := time.Duration(taken) * q.window / time.Duration(q.most)
	failed := 0
	for _, records := range b.records(refs(cases)) {
		for _, r := range records {
			if _, ok := r.Entry.Body.(flows.StepFailed); ok {
				failed++
			}
		}
	}
	bm.ReportMetric(float64(taken)/float64(n), "writes/starter")
	bm.ReportMetric(took.Seconds(), "took-s")
	bm.ReportMetric(least.Seconds(), "quota-s")
	bm.ReportMetric(took.Seconds()/least.Seconds(), "took/quota")
	if floor := time.Duration((taken-1)/q.most) * q.window; floor > 0 {
		bm.ReportMetric(took.Seconds()/floor.Seconds(), "took/windows") // the last window must have begun, and need not be full
	}
	bm.ReportMetric(100*float64(refused)/float64(taken+refused), "refused-%")
	bm.ReportMetric(float64(failed), "failed-steps")
	bm.ReportMetric(0, "ns/op")
}
