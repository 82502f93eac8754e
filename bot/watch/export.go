package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"muster/flows/outbound"
)

// The limits of one delivery to the collector.
const (
	exportTime   = 10 * time.Second
	maxCollector = 64 << 10 // of its answer
)

// exporter sends spans to a collector as OTLP over HTTP in JSON (opentelemetry.io/docs/specs/otlp). A collector that does not take them loses
// them: nothing of Muster waits for it.
type exporter struct {
	url    string
	client *http.Client
	log    *slog.Logger
	meter  *meter

	mu   sync.Mutex
	lost bool // the last delivery failed; said once
}

func newExporter(t Traces, m *meter) *exporter {
	return &exporter{
		url: strings.TrimSuffix(t.Endpoint, "/") + "/v1/traces", log: t.Log, meter: m,
		client: outbound.Purpose{Name: "the collector of traces", Allow: outbound.Same(t.Endpoint), Reach: outbound.Network, Proxy: true, Most: maxCollector, Time: exportTime}.Client(t.Transport),
	}
}

// ExportSpans implements the SDK's SpanExporter. A failure is logged here, and is none of the SDK's, which would write it to a log of its own.
func (x *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := x.send(ctx, spans)
	if err != nil {
		x.meter.dropped.Add(float64(len(spans)))
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if err != nil && !x.lost {
		x.log.WarnContext(ctx, "traces not delivered", slog.Any("error", err))
	}
	x.lost = err != nil
	return nil
}

// Shutdown implements the SDK's SpanExporter.
func (x *exporter) Shutdown(context.Context) error {
	x.client.CloseIdleConnections()
	return nil
}

func (x *exporter) send(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	body, err := json.Marshal(encode(spans))
	if err != nil {
		return fmt.Errorf("encode traces: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("send traces: the address of the collector cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := x.client.Do(req)
	if err != nil {
		return errors.New("send traces: the collector does not answer")
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil { // so that the connection is used again
		return fmt.Errorf("send traces: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("send traces: status %d", resp.StatusCode)
	}
	return nil
}

// The JSON of OTLP: ids in hexadecimal, 64-bit numbers as strings.
type (
	otlpTraces struct {
		ResourceSpans []otlpResource `json:"resourceSpans"`
	}
	otlpResource struct {
		Resource   otlpAttributes `json:"resource"`
		ScopeSpans []otlpScope    `json:"scopeSpans"`
	}
	otlpAttributes struct {
		Attributes []otlpKeyValue `json:"attributes"`
	}
	otlpScope struct {
		Scope otlpName   `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpName struct {
		Name string `json:"name"`
	}
	otlpSpan struct {
		TraceID    string         `json:"traceId"`
		SpanID     string         `json:"spanId"`
		Parent     string         `json:"parentSpanId,omitempty"`
		Name       string         `json:"name"`
		Kind       int            `json:"kind"`
		Start      string         `json:"startTimeUnixNano"`
		End        string         `json:"endTimeUnixNano"`
		Attributes []otlpKeyValue `json:"attributes,omitempty"`
		Links      []otlpLink     `json:"links,omitempty"`
		Status     otlpStatus     `json:"status,omitzero"`
	}
	otlpLink struct {
		TraceID string `json:"traceId"`
		SpanID  string `json:"spanId"`
	}
	otlpStatus struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	otlpKeyValue struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpValue struct {
		String *string    `json:"stringValue,omitempty"`
		Bool   *bool      `json:"boolValue,omitempty"`
		Int    *string    `json:"intValue,omitempty"`
		Array  *otlpArray `json:"arrayValue,omitempty"`
	}
	otlpArray struct {
		Values []otlpValue `json:"values"`
	}
)

// otlpError is OTLP's status of what failed; the SDK numbers it otherwise.
const otlpError = 2

func encode(spans []sdktrace.ReadOnlySpan) otlpTraces {
	scope := otlpScope{Scope: otlpName{spans[0].InstrumentationScope().Name}}
	for _, s := range spans {
		out := otlpSpan{
			TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(), Name: s.Name(), Kind: kindOf(s.SpanKind()),
			Start: nanos(s.StartTime()), End: nanos(s.EndTime()), Attributes: attributes(s.Attributes()),
		}
		if s.Parent().SpanID().IsValid() {
			out.Parent = s.Parent().SpanID().String()
		}
		for _, l := range s.Links() {
			out.Links = append(out.Links, otlpLink{l.SpanContext.TraceID().String(), l.SpanContext.SpanID().String()})
		}
		if s.Status().Code == codes.Error {
			out.Status = otlpStatus{otlpError, s.Status().Description}
		}
		scope.Spans = append(scope.Spans, out)
	}
	return otlpTraces{[]otlpResource{{Resource: otlpAttributes{attributes(spans[0].Resource().Attributes())}, ScopeSpans: []otlpScope{scope}}}}
}

func kindOf(k trace.SpanKind) int { return int(trace.ValidateSpanKind(k)) } // the numbers are OTLP's

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

func attributes(all []attribute.KeyValue) []otlpKeyValue {
	var out []otlpKeyValue
	for _, a := range all {
		out = append(out, otlpKeyValue{string(a.Key), value(a.Value)})
	}
	return out
}

func value(v attribute.Value) otlpValue {
	switch v.Type() {
	case attribute.BOOL:
		b := v.AsBool()
		return otlpValue{Bool: &b}
	case attribute.INT64:
		n := strconv.FormatInt(v.AsInt64(), 10)
		return otlpValue{Int: &n}
	case attribute.STRINGSLICE:
		list := &otlpArray{Values: []otlpValue{}}
		for _, s := range v.AsStringSlice() {
			list.Values = append(list.Values, otlpValue{String: &s})
		}
		return otlpValue{Array: list}
	}
	s := v.String()
	return otlpValue{String: &s}
}
