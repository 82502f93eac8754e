package watch

import (
	"context"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// TestOperationsListTheFigures holds the table of OPERATIONS.md against what /metrics has, both ways.
func TestOperationsListTheFigures(t *testing.T) {
	monitored(t, func(r *rig) {
		h := r.m.Figures(func(context.Context) (Standing, error) {
			return Standing{Bytes: 1, Published: []flows.Published{{Place: "owners", At: time.Now()}}}, nil
		}, map[string]Budget{"graph_writes": func() (float64, float64) { return 30, 150 }})
		time.Sleep(time.Second)
		m := r.w.meter
		m.turn.WithLabelValues("200").Observe(1)
		m.errands.WithLabelValues("card.1", "done").Observe(1)
		m.commits.WithLabelValues("stored").Observe(1)
		m.steps.WithLabelValues("create_account", "step_verified").Inc()
		m.refused.WithLabelValues("conflict").Inc()
		m.called("graph", flows.Call{Waited: time.Second, Status: 429, Throttled: 1}, time.Second)
		r.w.open["J-1"] = opened{flows.JoinerEvent, flows.Waiting}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequestWithContext(r.t.Context(), "GET", "/metrics", nil))
		if !strings.Contains(rec.Body.String(), "\nmuster_budget_used_ratio{of=\"graph_writes\"} 0.8\n") {
			t.Error("the budget is not there")
		}
		file, err := os.ReadFile("../OPERATIONS.md")
		if err != nil {
			t.Fatal(err)
		}
		names := func(text, form string) []string {
			var out []string
			for _, f := range regexp.MustCompile(form).FindAllStringSubmatch(text, -1) {
				out = append(out, f[1])
			}
			slices.Sort(out)
			return slices.Compact(out)
		}
		has := names(rec.Body.String(), `(?m)^# TYPE (muster_\w+) `)
		says := names(string(file), "(?m)^\\| `(muster_\\w+)` \\|")
		if !slices.Equal(has, says) {
			t.Errorf("/metrics has %q,\nOPERATIONS.md lists %q", has, says)
		}
	})
}

// TestFigureThatCannotBeRead is not shown as it was.
func TestFigureThatCannotBeRead(t *testing.T) {
	monitored(t, func(r *rig) {
		broken := false
		h := r.m.Figures(func(context.Context) (Standing, error) {
			if broken {
				return Standing{}, context.DeadlineExceeded
			}
			return Standing{Due: 3}, nil
		}, nil)
		page := func() string {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequestWithContext(r.t.Context(), "GET", "/metrics", nil))
			return rec.Body.String()
		}
		if s := page(); !strings.Contains(s, `muster_queue_errands{when="due"} 3`) || !strings.Contains(s, `muster_queue_late_seconds{lane="usual"} 0`) {
			t.Errorf("at first:\n%s", s)
		}
		broken = true
		r.set(func() { r.unred = context.DeadlineExceeded })
		time.Sleep(time.Minute)
		if s := page(); strings.Contains(s, "muster_queue_errands{") || strings.Contains(s, "muster_queue_late_seconds{") {
			t.Errorf("of a store that cannot be read:\n%s", s)
		}
	})
}
