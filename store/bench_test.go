package store_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
)

// turn is what a message in a chat writes: what was heard, what was answered, a card to send.
func turn(w *world, i int64) flows.Change {
	return flows.Change{
		Turn: fmt.Sprintf("a:1xWhTaPgHSPgDgfEsVHhsvWHZgnAX/%d", 1772442000000+i),
		Entries: []flows.Entry{
			heard("D-000000000042", w.now, "new starter Priya Example, Account Manager, starts next Monday, reports to Tom Hughes"),
			{Case: "D-000000000042", At: w.now, Body: flows.Answered{To: hannah.ID, Text: "I am looking that up."}},
		},
		Add:   []flows.Errand{errand(fmt.Sprint("read/", i%64), w.now)},
		Memos: []flows.Memo{{Key: fmt.Sprint("draft/", i%64), Value: make([]byte, 600)}},
	}
}

func BenchmarkCommit(b *testing.B) {
	for _, parallel := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("parallel=", parallel), func(b *testing.B) {
			w := newWorld(b)
			var n atomic.Int64
			b.SetParallelism(parallel / 2) // times GOMAXPROCS, which is 2 where the target was set
			b.ReportAllocs()
			b.ResetTimer()
			if parallel == 1 {
				for b.Loop() {
					w.commit(turn(w, n.Add(1)))
				}
			} else {
				b.RunParallel(func(p *testing.PB) {
					for p.Next() {
						w.commit(turn(w, n.Add(1)))
					}
				})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			b.StopTimer()
			w.check()
		})
	}
}

// BenchmarkDecision commits a change that folds a case.
func BenchmarkDecision(b *testing.B) {
	w := newWorld(b)
	id := w.raise()
	version := 1
	b.ReportAllocs()
	for b.Loop() {
		w.commit(flows.Change{Case: id, From: version, Entries: []flows.Entry{{Case: id, At: w.now, By: hannah.ID, Body: flows.Escalated{Of: "approval", To: tom}}}})
		version++
	}
}

// BenchmarkVerify verifies a store of 100,000 entries: one case in fifty.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	for n := 0; n < 100_000; {
		id := w.raise()
		ch := flows.Change{Case: id, From: flows.AnyVersion}
		for range 48 {
			ch.Entries = append(ch.Entries, heard(id, w.now, "what is the status of this one?"))
		}
		w.commit(ch)
		n += 50
	}
	w.close()
	defer w.open(nil)
	path := filepath.Join(w.dir, store.DatabaseFile)
	for b.Loop() {
		db, err := boltkv.Open(path, boltkv.Options{ReadOnly: true})
		if err != nil {
			b.Fatal(err)
		}
		r, err := store.Verify(b.Context(), db, store.Expect{Dir: w.dir})
		if err != nil || r.Entries != 100_000 {
			b.Errorf("Verify = %+v, %v", r, err)
		}
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkOpen starts on a store of 100,000 entries.
func BenchmarkOpen(b *testing.B) {
	w := newWorld(b)
	for range 1000 {
		ch := flows.Change{}
		for range 100 {
			ch.Entries = append(ch.Entries, heard("D-1", w.now, "what is the status of this one?"))
		}
		w.commit(ch)
	}
	for b.Loop() {
		w.close()
		w.open(nil)
	}
}
