package service_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"muster/bot/watch"
)

// collector is an OpenTelemetry collector: it reads what arrives by the words of the protocol, and refuses what it does not know.
type collector struct {
	t *testing.T

	mu    sync.Mutex
	raw   strings.Builder
	spans []arrived
	down  bool
}

type arrived struct {
	TraceID, SpanID, ParentSpanID, Name string
	Kind                                int
	StartTimeUnixNano, EndTimeUnixNano  string
	Attributes                          []struct {
		Key   string
		Value struct {
			StringValue string
			IntValue    string
			BoolValue   bool
			ArrayValue  struct {
				Values []struct{ StringValue string }
			}
		}
	}
	Links  []struct{ TraceID, SpanID string }
	Status struct {
		Code    int
		Message string
	}
}

func (a arrived) attr(key string) string {
	for _, x := range a.Attributes {
		if x.Key == key {
			return x.Value.StringValue
		}
	}
	return ""
}

func (c *collector) RoundTrip(r *http.Request) (*http.Response, error) {
	return hand(http.HandlerFunc(c.take), r)
}

func (c *collector) take(rw http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		rw.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if r.Method != http.MethodPost || r.URL.String() != "http://127.0.0.1:4318/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
		c.t.Errorf("%s %s of %s", r.Method, r.URL, r.Header.Get("Content-Type"))
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	c.raw.Write(body)
	var in struct {
		ResourceSpans []struct {
			Resource   struct{ Attributes json.RawMessage }
			ScopeSpans []struct {
				Scope json.RawMessage
				Spans []arrived
			}
		}
	}
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		c.t.Errorf("what arrived is not OTLP: %v", err)
	}
	for _, res := range in.ResourceSpans {
		if !strings.Contains(string(res.Resource.Attributes), `"muster"`) {
			c.t.Errorf("the resource is %s", res.Resource.Attributes)
		}
		for _, s := range res.ScopeSpans {
			c.spans = append(c.spans, s.Spans...)
		}
	}
}

// TestOneTraceOfAJoiner is what happens for a starter, from HR's first words to the first day, with a restart on the way: it is one trace, in
// which each thing hangs on what caused it, and it names nobody.
func TestOneTraceOfAJoiner(t *testing.T) {
	col := &collector{t: t}
	traces := &watch.Traces{Endpoint: "http://127.0.0.1:4318/", Tenant: "a tenant", Transport: col, Log: slog.New(slog.DiscardHandler)}
	story(t, setting{traces: traces}, func(t *testing.T, w *world) {
		w.say("hr", "new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
		w.press("hr", "bot", "Confirm", nil)
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		w.stop() // and a fresh process, which remembers nothing of traces
		w.fault("graph", "denied", writes["group"], 0)
		w.walk("2027-01-05 10:00")
		w.stop()

		col.mu.Lock()
		defer col.mu.Unlock()
		byID := map[string]arrived{}
		traceOf := ""
		for _, s := range col.spans {
			if len(s.TraceID) != 32 || len(s.SpanID) != 16 || s.Name == "" || s.Kind < 1 || s.Kind > 5 || len(s.StartTimeUnixNano) < 18 || s.EndTimeUnixNano < s.StartTimeUnixNano {
				t.Errorf("a span is %+v", s)
			}
			if _, twice := byID[s.SpanID]; twice {
				t.Errorf("the span %s arrived twice", s.Name)
			}
			byID[s.SpanID] = s
			if s.attr("muster.case") == "J-2026-0001" || s.attr("muster.case") == "J-2027-0001" {
				traceOf = s.TraceID
			}
		}
		if traceOf == "" {
			t.Fatal("nothing about the case arrived")
		}
		names := map[string]int{}
		failed, restarted := 0, 0
		for _, s := range col.spans {
			of := s.attr("muster.case")
			if (strings.HasPrefix(of, "J-") || strings.HasPrefix(of, "D-")) && s.TraceID != traceOf {
				t.Errorf("%s about %s is in another trace", s.Name, of)
			}
			above, known := byID[s.ParentSpanID]
			if s.ParentSpanID != "" && (!known || above.TraceID != s.TraceID) {
				t.Errorf("%s hangs on %s, which is %v in the trace", s.Name, s.ParentSpanID, known)
			}
			if s.TraceID != traceOf {
				continue
			}
			names[s.Name]++
			if s.Status.Code == 2 {
				failed++
			}
			if s.Name == "errand step.1" && s.ParentSpanID == "" {
				restarted++ // queued by the process before
			}
			if s.Name == "errand card.1" && s.ParentSpanID != "" && above.Name != "commit" {
				t.Errorf("a card was caused by %s", above.Name)
			}
		}
		for _, want := range []string{"turn", "commit", "errand answer.1", "errand draft.1", "errand card.1", "errand step.1", "teams send", "graph create account"} {
			if names[want] == 0 {
				t.Errorf("the trace has no %q: %v", want, names)
			}
		}
		if names["turn"] < 4 || failed == 0 || restarted == 0 {
			t.Errorf("%d turns, %d failures, %d steps of the process before", names["turn"], failed, restarted)
		}
		for _, name := range []string{"Priya", "Patel", "Hughes", "Hannah", "larkfield.example", "Account Manager", "Sales"} {
			if strings.Contains(col.raw.String(), name) {
				t.Errorf("%q is in the traces", name)
			}
		}
	})
}

// TestTracesAreNotNeeded is a collector that is down: nothing waits for it, and it is said once.
func TestTracesAreNotNeeded(t *testing.T) {
	col := &collector{t: t, down: true}
	said := &noted{}
	traces := &watch.Traces{Endpoint: "http://127.0.0.1:4318", Transport: col, Log: slog.New(slog.NewTextHandler(said, nil))}
	story(t, setting{traces: traces}, func(t *testing.T, w *world) {
		w.say("hr", "help")
		w.mustSee("hr", "bot", "new starter")
		w.say("hr", "status")
		w.stop()
		if n := strings.Count(said.String(), "traces not delivered"); n != 1 {
			t.Errorf("it was said %d times:\n%s", n, said)
		}
		if slices.ContainsFunc(strings.Split(w.log.String(), "\n"), func(l string) bool { return strings.Contains(l, "level=ERROR") }) {
			t.Error("something failed for want of a collector")
		}
	})
}
