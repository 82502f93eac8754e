package watch

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"muster/flows"
)

// Standing is what is read when somebody asks for the figures.
type Standing struct {
	Due, Later int   // errands
	Entries    int64 // of the log
	Bytes      int64 // of the database's file; 0: it has none
	Published  []flows.Published
}

// Budget says how much is left of a limit that others set, and how much there is at most.
type Budget func() (left, most float64)

// Figures makes what answers /metrics. read reads how things stand; budgets are by name.
func (m *Monitor) Figures(read func(context.Context) (Standing, error), budgets map[string]Budget) *Figures {
	f := &Figures{m: m, read: read, budgets: budgets}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		m.w.meter.to.MustRegister(g)
		return g
	}
	f.late = gauge("muster_queue_late_seconds", "How long the oldest due errand has been due, by lane. What the stop button holds back is not late.", "lane")
	f.errands = gauge("muster_queue_errands", "Errands in the queue: due now, or later.", "when")
	f.paused = gauge("muster_paused", "1 while the stop button is pressed.")
	f.cases = gauge("muster_open_cases", "Cases that are not over, by kind and state.", "kind", "state")
	f.entries = gauge("muster_log_entries", "Entries of the evidence log.")
	f.bytes = gauge("muster_store_bytes", "Size of the database's file, or of its table and index in PostgreSQL.")
	f.published = gauge("muster_checkpoint_timestamp_seconds", "When a signed checkpoint was last left at a place.", "place")
	f.expiry = gauge("muster_token_expiry_timestamp_seconds", "Until when the token in hand is good.", "of")
	f.failing = gauge("muster_token_failing", "1 while no token can be had.", "of")
	f.budget = gauge("muster_budget_used_ratio", "How much of a limit of Graph or Teams is used up: 1 is all of it.", "of")
	return f
}

// ServeHTTP answers /metrics.
func (f *Figures) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	f.refresh(r.Context())
	promhttp.HandlerFor(f.m.w.meter.reg, promhttp.HandlerOpts{}).ServeHTTP(rw, r)
}

// Figures are those of one tenant.
type Figures struct {
	m       *Monitor
	read    func(context.Context) (Standing, error)
	budgets map[string]Budget

	late, errands, paused, cases, entries, bytes, published, expiry, failing, budget *prometheus.GaugeVec

	mu   sync.Mutex // one refresh at a time
	last time.Time  // of how things stand; counting a long queue takes some milliseconds
}

// standFor is how long what was counted counts.
const standFor = 10 * time.Second

func (f *Figures) refresh(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, lookMost)
	defer cancel()
	if b, err := f.m.p.Backlog(ctx); err == nil {
		f.late.WithLabelValues("urgent").Set(b.Urgent.Seconds())
		f.late.WithLabelValues("usual").Set(b.Usual.Seconds())
		f.paused.WithLabelValues().Set(flag(b.Paused))
	} else { // what is not known is not said to be well
		f.late.Reset()
	}
	f.count()
	for of, b := range f.budgets {
		if left, most := b(); most > 0 {
			f.budget.WithLabelValues(of).Set(1 - left/most)
		}
	}
	if now := f.m.w.wall(); f.last.IsZero() || now.Sub(f.last) >= standFor {
		f.last = now
		f.stand(ctx)
	}
}

// stand reads how things stand.
func (f *Figures) stand(ctx context.Context) {
	s, err := f.read(ctx)
	if err != nil {
		f.m.p.Log.WarnContext(ctx, "figures not read", slog.Any("error", err))
		f.errands.Reset()
		f.entries.Reset()
		return
	}
	f.errands.WithLabelValues("due").Set(float64(s.Due))
	f.errands.WithLabelValues("later").Set(float64(s.Later))
	f.entries.WithLabelValues().Set(float64(s.Entries))
	if s.Bytes > 0 {
		f.bytes.WithLabelValues().Set(float64(s.Bytes))
	}
	for _, p := range s.Published {
		if !p.At.IsZero() {
			f.published.WithLabelValues(p.Place).Set(seconds(p.At))
		}
	}
}

// count counts what is known without asking.
func (f *Figures) count() {
	f.m.w.mu.Lock()
	n := map[opened]int{}
	for _, c := range f.m.w.open {
		n[c]++
	}
	f.m.w.mu.Unlock()
	f.cases.Reset()
	for c, k := range n {
		f.cases.WithLabelValues(string(c.kind), string(c.state)).Set(float64(k))
	}
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	for of, t := range f.m.tokens {
		f.failing.WithLabelValues(of).Set(flag(!t.failing.IsZero()))
		if !t.until.IsZero() {
			f.expiry.WithLabelValues(of).Set(seconds(t.until))
		}
	}
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
