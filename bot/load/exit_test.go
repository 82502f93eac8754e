package load

import (
	"errors"
	"maps"
	"testing"
	"time"

	"muster/flows"
)

// callTime is how long Microsoft 365 takes for every answer where a benchmark says that it takes its time.
const callTime = 150 * time.Millisecond

// BenchmarkExit is urgent exits, at most a hundred: from the second person's press until the sessions are seen to have ended, while five
// times as many starters are being set up in the same process, and every call of Microsoft 365 takes callTime.
func BenchmarkExit(bm *testing.B) {
	const most, every = 100, 400 * time.Millisecond
	b := start(bm)
	b.ready()
	n := min(bm.N, most)
	leavers := b.hire(n)
	exits := b.urgent(leavers)
	bulk := b.raiseFor(5*n, time.Now())
	b.deaf.Store(true)
	b.graph.slow.Store(int64(callTime))
	b.many(len(bulk), b.approve(bulk))

	w, err := b.dial()
	if err != nil {
		bm.Fatal(err)
	}
	second := b.who("Olivia Grant")
	pressed := make([]time.Time, n)
	tick := time.NewTicker(every)
	defer tick.Stop()
	bm.ResetTimer()
	for i, x := range exits {
		<-tick.C
		body := b.press(second, x.approve)
		pressed[i] = time.Now()
		if _, err := w.post(body); err != nil {
			bm.Fatal(err)
		}
	}
	b.until("the sessions of everybody who leaves have ended", 30*time.Second, func() bool {
		for _, p := range leavers {
			if !b.sessionsEnded(p) {
				return false
			}
		}
		return true
	})
	bm.StopTimer()
	check(bm, w.conn.Close())
	settled := time.NewTimer(10 * callTime) // the last one is still to be seen
	<-settled.C

	busy := 0
	var took []time.Duration
	for i, records := range b.records(refs(exits)) {
		at, ok := verified(records, "revoke")
		if !ok {
			bm.Fatalf("the sessions of exit %d were not ended and seen to be", i)
		}
		took = append(took, at.Sub(pressed[i]))
	}
	for _, records := range b.records(refs(bulk)) {
		if last := records[len(records)-1].Entry.At; last.After(pressed[n-1]) {
			busy++
		}
	}
	percentiles(bm, "exit", took)
	bm.ReportMetric(float64(busy), "starters-under-way")
	bm.ReportMetric(0, "ns/op")
}

// urgent announces urgent exits as HR would, until each waits for the second person.
func (b *bot) urgent(leavers []person) []raised {
	b.tb.Helper()
	b.drain()
	w, err := b.dial()
	if err != nil {
		b.tb.Fatal(err)
	}
	hr, second := b.who("Hannah Reed"), b.who("Olivia Grant")
	all := make([]raised, len(leavers))
	for i, p := range leavers {
		if all[i], err = b.urgentOne(w, hr, second, p); err != nil {
			b.tb.Fatalf("announce exit %d: %v\n%s", i, err, b.whatElse())
		}
	}
	check(b.tb, w.conn.Close())
	b.drain()
	return all
}

func (b *bot) urgentOne(w *wire, hr, second, p person) (raised, error) {
	if _, err := w.post(b.text(hr, "urgent leaver "+p.Name)); err != nil {
		return raised{}, err
	}
	form, err := b.await(hr, flows.VerbCheck)
	if err != nil {
		return raised{}, err
	}
	maps.Copy(form, map[string]any{"subject": p.ID, "site": "London"})
	if _, err := w.post(b.press(hr, form)); err != nil {
		return raised{}, err
	}
	summary, err := b.await(hr, flows.VerbConfirm)
	if err != nil {
		return raised{}, err
	}
	if _, err := w.post(b.press(hr, summary)); err != nil {
		return raised{}, err
	}
	data, err := b.await(second, flows.VerbApprove)
	if err != nil {
		return raised{}, err
	}
	ref, _ := data["case"].(string)
	if ref == "" {
		return raised{}, errors.New("the second person's card names no case")
	}
	return raised{ref, second, data}, nil
}

func refs(of []raised) []string {
	var out []string
	for _, r := range of {
		out = append(out, r.ref)
	}
	return out
}

// verified is when a step of a case was done and seen to be.
func verified(records []flows.Record, key flows.StepKey) (time.Time, bool) {
	for _, r := range records {
		if v, ok := r.Entry.Body.(flows.StepVerified); ok && v.Step == key && !v.Already {
			return r.Entry.At, true
		}
	}
	return time.Time{}, false
}
