package watch

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Several answers for the tenants of one process together.
type Several struct {
	log *slog.Logger
	reg *prometheus.Registry // of the process
	up  *prometheus.GaugeVec
}

// One is a tenant of several.
type One struct {
	Tenant  string
	Monitor *Monitor // nil: it is not open
	Figures *Figures // likewise
	Why     string   // it is not open, in a word that names nobody
}

// NewSeveral makes it.
func NewSeveral(log *slog.Logger) *Several {
	s := &Several{log: log, reg: prometheus.NewRegistry(), up: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "muster_tenant_open", Help: "1 while a tenant is served, 0 while it cannot be opened; only where one process serves several.",
	}, []string{"tenant"})}
	s.reg.MustRegister(s.up)
	s.reg.MustRegister(ofProcess()...)
	return s
}

// Report says of one tenant what /readyz says.
func (o One) Report(ctx context.Context) Report {
	if o.Monitor == nil {
		return Report{Tenant: o.Tenant, Checks: []Check{{"open", bad, "This tenant is not served: " + o.Why + ".", "Look at Muster's log and run muster doctor. It is tried again each minute; the other tenants are not touched by it."}}}
	}
	r := o.Monitor.Ready(ctx)
	r.Tenant = o.Tenant
	return r
}

// ReadyOne answers /readyz for one tenant.
func (s *Several) ReadyOne(rw http.ResponseWriter, r *http.Request, one One) {
	report := one.Report(r.Context())
	answer(r.Context(), rw, report, report.Ready, s.log)
}

// Ready answers /readyz for all. It is 200 as long as one of them is well: whoever takes a process away because it is not ready would take it
// from the tenants that are.
func (s *Several) Ready(rw http.ResponseWriter, r *http.Request, all []One) {
	out := struct {
		Ready   bool     `json:"ready"`   // at least one is
		All     bool     `json:"all"`     // every one is
		Tenants []Report `json:"tenants"` // in the order of the configuration
	}{All: true, Tenants: make([]Report, len(all))}
	var wg sync.WaitGroup // one whose disk hangs does not make the others wait in line
	for i, one := range all {
		wg.Go(func() { out.Tenants[i] = one.Report(r.Context()) })
	}
	wg.Wait()
	for _, t := range out.Tenants {
		out.Ready, out.All = out.Ready || t.Ready, out.All && t.Ready
	}
	answer(r.Context(), rw, out, out.Ready, s.log)
}

// Metrics answers /metrics for all.
func (s *Several) Metrics(rw http.ResponseWriter, r *http.Request, all []One) {
	from := prometheus.Gatherers{s.reg}
	var wg sync.WaitGroup
	for _, one := range all {
		s.up.WithLabelValues(one.Tenant).Set(flag(one.Figures != nil))
		if one.Figures == nil {
			continue
		}
		from = append(from, one.Figures.m.w.meter.reg)
		wg.Go(func() { one.Figures.refresh(r.Context()) })
	}
	wg.Wait()
	promhttp.HandlerFor(from, promhttp.HandlerOpts{}).ServeHTTP(rw, r)
}
