package load

import (
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
)

// BenchmarkDue is how late the errands of steps, at most two thousand, are begun in real time: by the runner and the store as they are, on
// a real file. At once: all are due at the same instant, and each writes an entry and leaves the queue. Over a minute: one is due every
// 30 ms, and each is at work for as long as the three calls of a step take. One that is begun early fails.
func BenchmarkDue(bm *testing.B) {
	bm.Run("at-once", func(bm *testing.B) { lateness(bm, 0, 0) })
	bm.Run("over-a-minute", func(bm *testing.B) { lateness(bm, 30*time.Millisecond, 3*callTime) })
}

func lateness(bm *testing.B, apart, takes time.Duration) {
	const most, ahead = 2000, time.Second
	n := min(bm.N, most)
	dir := bm.TempDir()
	db, err := boltkv.Open(filepath.Join(dir, store.DatabaseFile), boltkv.Options{})
	if err != nil {
		bm.Fatal(err)
	}
	defer func() { check(bm, db.Close()) }()
	st, err := store.Open(bm.Context(), db, store.Options{Dir: dir, Origin: tenant, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		bm.Fatal(err)
	}
	defer st.Close()

	// What stands in the queue before is due in another year, and does not make the look at it slower.
	steps := make([]flows.Errand, 2*n)
	first := time.Now().Add(ahead + time.Duration(n)*100*time.Microsecond)
	for i := range n {
		steps[i] = stepErrand(i, first.Add(time.Duration(i)*apart))
		steps[n+i] = stepErrand(n+i, first.AddDate(1, 0, 0))
	}
	if err := st.Commit(bm.Context(), flows.Change{Add: steps}); err != nil {
		bm.Fatal(err)
	}
	if !time.Now().Before(first) {
		bm.Fatal("the steps were not stored before they were due")
	}

	var mu sync.Mutex
	var late []time.Duration
	all := make(chan struct{})
	work := func(ctx context.Context, er flows.Errand) error {
		began := time.Now()
		err := st.Commit(ctx, flows.Change{ // in the stream of a draft, as the case of the errand is none
			Entries: []flows.Entry{{Case: "D-000000000042", At: began, Body: flows.Answered{To: "00000000-0000-4000-a000-000000000003", Text: "not a member"}}},
			Done:    []flows.ErrandRef{er.Ref()},
		})
		if err != nil {
			bm.Errorf("a step was not written: %v", err)
		}
		mu.Lock()
		if late = append(late, began.Sub(er.Due)); len(late) == n {
			close(all)
		}
		mu.Unlock()
		busy := time.NewTimer(takes)
		<-busy.C
		return err
	}
	log := slog.New(slog.NewTextHandler(bm.Output(), nil))
	r := &flows.Runner{Store: st, Handlers: map[string]flows.Handler{flows.StepErrand: work}, Now: time.Now, Log: log}
	ctx, stop := context.WithCancel(bm.Context())
	ended := make(chan error, 1)
	bm.ResetTimer()
	go func() { ended <- r.Run(ctx) }()
	<-all
	bm.StopTimer()
	stop()
	check(bm, <-ended)
	for _, d := range late {
		if d < 0 {
			bm.Errorf("a step was begun %v before it was due", -d)
		}
	}
	percentiles(bm, "late", late)
	bm.ReportMetric(0, "ns/op")
}

// stepErrand is a step of a case of its own.
func stepErrand(i int, due time.Time) flows.Errand {
	ref := "J-2026-" + strconv.Itoa(1000+i)
	return flows.Errand{
		Key: flows.StepErrand + "/" + ref + "/group:Sales", Kind: flows.StepErrand, Case: flows.CaseID(ref), Due: due.UTC(), Lane: "case/" + ref,
		Body: encoded(flows.StepWork{Step: "group:Sales"}),
	}
}
