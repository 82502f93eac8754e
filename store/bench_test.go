package store_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
	"muster/store/evidence"
	"muster/store/pgkv"
	"muster/store/pgkv/pgtest"
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

func BenchmarkCommit(b *testing.B) { commits(b, newWorld) }

// BenchmarkCommitPostgres is the same on a PostgreSQL of this machine, which waits for the same disk.
func BenchmarkCommitPostgres(b *testing.B) {
	server := pgtest.Start(b)
	commits(b, func(t testing.TB) *world {
		w := &world{t: t, dir: t.TempDir(), now: monday, postgres: pgkv.Options{DSN: server.DSN(t), Tenant: tenant}}
		if err := server.Empty(); err != nil { // each time anew
			t.Fatal(err)
		}
		w.open(nil)
		t.Cleanup(w.close)
		return w
	})
}

func commits(b *testing.B, world func(testing.TB) *world) {
	for _, parallel := range []int{1, 16, 64} {
		b.Run(fmt.Sprint("parallel=", parallel), func(b *testing.B) {
			w := world(b)
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

// filled is a store of n entries: one case in fifty.
func filled(b *testing.B, entries int) *world {
	b.Helper()
	w := newWorld(b)
	for n := 0; n < entries; {
		id := w.raise()
		ch := flows.Change{Case: id, From: flows.AnyVersion}
		for range 48 {
			ch.Entries = append(ch.Entries, heard(id, w.now, "what is the status of this one?"))
		}
		w.commit(ch)
		n += 50
	}
	return w
}

// BenchmarkGrown commits 16 side by side to logs of a thousand entries, a hundred thousand and a million, after a start on each.
func BenchmarkGrown(b *testing.B) {
	for _, entries := range []int{1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint("entries=", entries), func(b *testing.B) {
			w := filled(b, entries)
			w.close()
			began := time.Now()
			w.open(nil)
			open := time.Since(began)
			var n atomic.Int64
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					w.commit(turn(w, n.Add(1)))
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			b.ReportMetric(float64(open.Microseconds())/1000, "open-ms")
		})
	}
}

// BenchmarkVerify verifies stores of 100,000 entries and of a million.
func BenchmarkVerify(b *testing.B) {
	for _, entries := range []int64{100_000, 1_000_000} {
		b.Run(fmt.Sprint("entries=", entries), func(b *testing.B) {
			w := filled(b, int(entries))
			w.close()
			defer w.open(nil)
			path := filepath.Join(w.dir, store.DatabaseFile)
			for b.Loop() {
				db, err := boltkv.Open(path, boltkv.Options{ReadOnly: true})
				if err != nil {
					b.Fatal(err)
				}
				r, err := store.Verify(b.Context(), db, store.Expect{Dir: w.dir})
				if err != nil || r.Entries != entries {
					b.Errorf("Verify = %+v, %v", r, err)
				}
				if err := db.Close(); err != nil {
					b.Error(err)
				}
			}
		})
	}
}

// BenchmarkPack writes the pack of one case out of a log of 100,000 entries, without its reports, and verifies it.
func BenchmarkPack(b *testing.B) {
	w := filled(b, 100_000)
	var pack bytes.Buffer
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			pack.Reset()
			if err := w.s.Export(b.Context(), &pack, "J-2026-0042"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			r, err := evidence.VerifyPack(bytes.NewReader(pack.Bytes()), int64(pack.Len()), w.s.PublicKey())
			if err != nil || r.Entries != 50 {
				b.Fatal(r.Entries, err)
			}
		}
	})
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

// BenchmarkRetention is the night's look at a log of a million entries, of which half a million belong to cases and the others are talk: a
// night on which the talk of a day is due, one on which nothing is, and the first one of an old log, with half of all talk.
func BenchmarkRetention(b *testing.B) {
	const half = 500_000
	w := filled(b, half)
	day := w.now
	for n := 0; n < half; n += 1000 {
		ch := flows.Change{}
		for i := range 1000 {
			ch.Entries = append(ch.Entries, heard("", day.Add(time.Duration(n+i)*time.Minute/4), "what is the status of this one?"))
		}
		w.commit(ch)
	}
	because := func(n flows.Forgotten) flows.Change {
		return flows.Change{Entries: []flows.Entry{{At: w.now, Body: flows.TalkExpired{Found: n}}}}
	}
	for _, tt := range []struct {
		name   string
		before int // entries of talk
	}{{"a day", 5760}, {"nothing", 5760}, {"half of all", half / 2}} {
		b.Run(tt.name, func(b *testing.B) {
			for b.Loop() {
				before := day.Add(time.Duration(tt.before) * time.Minute / 4)
				if n, err := w.s.Forget(b.Context(), flows.Forgetting{Before: before}, because); err != nil || tt.name == "half of all" && b.N == 1 && n.Mentions == 0 {
					b.Fatal(n, err)
				}
			}
		})
	}
}
