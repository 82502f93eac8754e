package watch

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"muster/flows"
)

// meter holds the figures. Their labels hold no ids and no personal data, and only words there are few of.
type meter struct {
	reg *prometheus.Registry
	to  prometheus.Registerer // reg, with the tenant's label where there are several

	turn, errands, commits    *prometheus.HistogramVec
	calls, waits              *prometheus.HistogramVec
	throttled, steps, refused *prometheus.CounterVec
	skew, swept, still        prometheus.Gauge
	dropped                   prometheus.Counter
}

var (
	quick = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}
	slow  = prometheus.ExponentialBuckets(.001, 4, 9) // to 65 s
)

// newMeter makes the figures. tenant is empty for the only one of a process, which then has the process's own figures among them.
func newMeter(tenant string) *meter {
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	m := &meter{
		reg:       prometheus.NewRegistry(),
		turn:      histogram("muster_turn_seconds", "Time from an inbound activity to its answer, by HTTP status.", quick, "code"),
		errands:   histogram("muster_errand_seconds", "Time to run one errand, by kind and outcome.", slow, "kind", "outcome"),
		commits:   histogram("muster_commit_seconds", "Time until a change is durable, by outcome.", quick, "outcome"),
		calls:     histogram("muster_call_seconds", "Time of one call on Microsoft Graph or Teams with its repeats, by what it does and the class of the last status.", slow, "service", "does", "status"),
		waits:     histogram("muster_call_wait_seconds", "Time that calls waited to keep within the limits of Graph or Teams; those that did not wait are left out.", slow, "service"),
		throttled: counter("muster_call_throttled_total", "Answers 429 of Graph or Teams.", "service"),
		steps:     counter("muster_step_total", "What became of steps, by task and the word of the log's entry.", "task", "outcome"),
		refused:   counter("muster_commit_refused_total", "Changes that were not stored, by reason: conflict and seen are daily life, unavailable is not.", "reason"),
		skew:      gauge("muster_clock_skew_seconds", "This machine's clock less that of Graph or Teams, from their last answer."),
		swept:     gauge("muster_drift_looked_timestamp_seconds", "When somebody's access was last compared with what they should hold, since this start."),
		still:     gauge("muster_queue_still", "1 while the queue stands still."),
		dropped:   prometheus.NewCounter(prometheus.CounterOpts{Name: "muster_trace_dropped_total", Help: "Spans that the collector did not take."}),
	}
	if m.to = m.reg; tenant != "" {
		m.to = prometheus.WrapRegistererWith(prometheus.Labels{"tenant": tenant}, m.reg)
	} else {
		m.to.MustRegister(ofProcess()...)
	}
	m.to.MustRegister(m.turn, m.errands, m.commits, m.calls, m.waits, m.throttled, m.steps, m.refused, m.skew, m.swept, m.still, m.dropped)
	return m
}

// ofProcess are the figures of Go and of the process.
func ofProcess() []prometheus.Collector {
	return []prometheus.Collector{collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})}
}

func (m *meter) called(service string, c flows.Call, took time.Duration) {
	does, answer := "read", "none"
	if c.Write {
		does = "write"
	}
	if c.Status > 0 {
		answer = strconv.Itoa(c.Status/100) + "xx"
	}
	m.calls.WithLabelValues(service, does, answer).Observe(took.Seconds())
	if c.Waited > 0 {
		m.waits.WithLabelValues(service).Observe(c.Waited.Seconds())
	}
	m.throttled.WithLabelValues(service).Add(float64(c.Throttled))
}

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }
