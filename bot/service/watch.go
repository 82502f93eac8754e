package service

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"muster/flows"
)

// ready answers /readyz: the store can be read, and how late the queue is.
type ready struct {
	store flows.Store
	now   func() time.Time
}

// late is how far behind the queue may be before this instance says that it is not ready.
const late = 10 * time.Minute

func (r ready) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	next, ok, err := r.store.NextDue(req.Context())
	switch {
	case err != nil:
		http.Error(w, "the store cannot be read", http.StatusServiceUnavailable)
	case ok && r.now().Sub(next) > late:
		http.Error(w, "the queue is behind", http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusOK)
	}
}

// meter counts what the service does. Its labels hold no ids and no personal data.
type meter struct {
	reg     *prometheus.Registry
	turn    *prometheus.HistogramVec
	errands *prometheus.HistogramVec
}

func newMeter() *meter {
	m := &meter{
		reg: prometheus.NewRegistry(),
		turn: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muster_turn_seconds", Help: "Time from an inbound activity to its answer.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"code"}),
		errands: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "muster_errand_seconds", Help: "Time to run one errand, by kind and outcome.", Buckets: prometheus.ExponentialBuckets(.001, 4, 9),
		}, []string{"kind", "outcome"}),
	}
	m.reg.MustRegister(m.turn, m.errands)
	return m
}

func (m *meter) handler() http.Handler {
	return promhttp.HandlerFor(m.reg, promhttp.HandlerOpts{})
}

func (m *meter) turns(h http.Handler) http.Handler {
	return promhttp.InstrumentHandlerDuration(m.turn, h)
}

func (m *meter) errand(kind string, h flows.Handler) flows.Handler {
	return func(ctx context.Context, er flows.Errand) error {
		t := prometheus.NewTimer(nil)
		err := h(ctx, er)
		outcome := "done"
		if err != nil {
			outcome = "put_back"
		}
		m.errands.WithLabelValues(kind, outcome).Observe(t.ObserveDuration().Seconds())
		return err
	}
}
