package watch

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"muster/flows"
)

// Traces say where traces go.
type Traces struct {
	Endpoint  string            // of the collector, without /v1/traces
	Tenant    string            // makes the trace ids of two tenants differ
	Transport http.RoundTripper // nil: the default one
	Log       *slog.Logger
}

// tracer makes traces. All that happens for one case is one trace, from HR's first sentence to the end months later: its id is a hash of the
// draft that the case came from, so that every process finds it again and nothing about it is stored. Which case a turn is about is only known
// when it commits; so spans are collected in a trail and made when the turn or errand is over, with the ids that were given out meanwhile.
//
// The nil tracer makes none.
type tracer struct {
	wall     func() time.Time
	tenant   string
	provider *sdktrace.TracerProvider
	spans    trace.Tracer
	store    flows.Store // to find the draft of a case

	mu     sync.Mutex
	causes map[string]trace.SpanContext // what put an errand in the queue, by its key; of this process, and no more than mostCauses
}

// mostCauses bounds what is remembered. An errand whose cause is forgotten stands in its trace without one.
const mostCauses = 20_000

func newTracer(t Traces, wall func() time.Time, m *meter) *tracer {
	out := newExporter(t, m)
	p := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(out), sdktrace.WithIDGenerator(given{}), sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "muster"))),
	)
	return &tracer{wall: wall, tenant: t.Tenant, provider: p, spans: p.Tracer("muster"), causes: map[string]trace.SpanContext{}}
}

func (t *tracer) close(ctx context.Context) error {
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

const (
	serves = trace.SpanKindServer
	works  = trace.SpanKindConsumer
	calls  = trace.SpanKindClient
	inside = trace.SpanKindInternal
)

// trail is what happens in one turn or errand. The nil trail notes nothing.
type trail struct {
	t *tracer

	mu     sync.Mutex // guards what follows
	trace  trace.TraceID
	parent trace.SpanContext
	self   note
	notes  []note
}

// note is a span to be made.
type note struct {
	id         trace.SpanID
	name       string
	kind       trace.SpanKind
	began, end time.Time
	attrs      []attribute.KeyValue
	failed     string // empty: it went well
}

type trailKey struct{}

func trailOf(ctx context.Context) *trail {
	t, _ := ctx.Value(trailKey{}).(*trail)
	return t
}

// begin begins a trail. What it is about is found out by its first commit.
func (t *tracer) begin(ctx context.Context, name string, kind trace.SpanKind) (context.Context, *trail) {
	if t == nil {
		return ctx, nil
	}
	tr := &trail{t: t, self: note{id: randomSpan(), name: name, kind: kind, began: t.wall()}}
	return context.WithValue(ctx, trailKey{}, tr), tr
}

// errand begins the trail of an errand, in the trace of its case. It hangs on what put it in the queue, where that is known.
func (t *tracer) errand(ctx context.Context, er flows.Errand) (context.Context, *trail) {
	ctx, tr := t.begin(ctx, "errand "+er.Kind, works)
	if tr == nil {
		return ctx, nil
	}
	tr.self.attrs = []attribute.KeyValue{attribute.String("muster.case", string(er.Case)), attribute.Int("muster.tries", er.Tries), attribute.Bool("muster.urgent", er.Urgent)}
	t.mu.Lock()
	cause := t.causes[er.Key]
	t.mu.Unlock()
	tr.parent = cause
	if er.Case == "" && cause.IsValid() {
		tr.trace = cause.TraceID()
	} else {
		tr.settle(rootOf(ctx, t.store, er.Case))
	}
	return ctx, tr
}

// commit notes a commit in the trail of ctx, and makes it the cause of what it puts in the queue. A commit outside a trail, such as that of the
// runner which puts an errand back, is none.
func (t *tracer) commit(ctx context.Context, ch flows.Change) *committing {
	tr := trailOf(ctx)
	if t == nil || tr == nil {
		return nil
	}
	n := note{id: randomSpan(), name: "commit", kind: inside, began: t.wall()}
	var kinds []string
	for _, e := range ch.Entries {
		kinds = append(kinds, string(e.Body.Kind()))
	}
	n.attrs = []attribute.KeyValue{attribute.String("muster.case", string(about(ch))), attribute.StringSlice("muster.entries", kinds), attribute.Int("muster.errands", len(ch.Add))}
	tr.settle(t.root(ctx, ch))
	tr.mu.Lock()
	cause := trace.NewSpanContext(trace.SpanContextConfig{TraceID: tr.trace, SpanID: n.id, TraceFlags: trace.FlagsSampled})
	tr.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.causes)+len(ch.Add) > mostCauses {
		clear(t.causes)
	}
	for _, er := range ch.Add {
		t.causes[er.Key] = cause
	}
	return &committing{tr, n}
}

// committing is a commit under way. The nil one is of no trail.
type committing struct {
	tr *trail
	n  note
}

func (c *committing) end(err error) {
	if c == nil {
		return
	}
	c.n.end, c.n.failed = c.tr.t.wall(), failure(err)
	c.tr.add(c.n)
}

// failure is what a span says of an error: its code, since a text could say more.
func failure(err error) string {
	if err == nil {
		return ""
	}
	return reason(flows.CodeOf(err))
}

// about is the case or draft that a change is about.
func about(ch flows.Change) flows.CaseID {
	if ch.Case != "" {
		return ch.Case
	}
	for _, e := range ch.Entries {
		if e.Case != "" {
			return e.Case
		}
	}
	for _, er := range ch.Add {
		if er.Case != "" {
			return er.Case
		}
	}
	return ""
}

// root is what a change's trace is named after: the draft of its case, or itself; empty for what is about no case.
func (t *tracer) root(ctx context.Context, ch flows.Change) flows.CaseID {
	for _, e := range ch.Entries {
		if b, ok := e.Body.(flows.Raised); ok && b.Draft != "" && e.Case == ch.Case {
			return flows.CaseID(b.Draft)
		}
	}
	return rootOf(ctx, t.store, about(ch))
}

func rootOf(ctx context.Context, st flows.Store, id flows.CaseID) flows.CaseID {
	if id == "" {
		return ""
	}
	if c, err := st.Case(ctx, id); err == nil && c.Draft != "" {
		return flows.CaseID(c.Draft)
	}
	return id // a draft, a list, or a case that nobody wrote a draft of
}

// settle puts the trail in the trace of root, unless it is in one.
func (tr *trail) settle(root flows.CaseID) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	switch {
	case tr.trace.IsValid():
	case root == "":
		tr.trace = randomTrace()
	default:
		sum := sha256.Sum256([]byte("muster trace\x00" + tr.t.tenant + "\x00" + string(root)))
		tr.trace = trace.TraceID(sum[:16])
	}
}

func (tr *trail) add(n note) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.notes = append(tr.notes, n)
}

// call notes a call on another system.
func (tr *trail) call(service, op string, began, end time.Time, c flows.Call) {
	if tr == nil {
		return
	}
	tr.add(note{
		id: randomSpan(), name: service + " " + op, kind: calls, began: began, end: end, failed: failure(c.Err),
		attrs: []attribute.KeyValue{
			attribute.Int("http.response.status_code", c.Status), attribute.String("muster.code", c.Code), attribute.Int("muster.tries", c.Tries),
			attribute.Int64("muster.waited_ms", c.Waited.Milliseconds()),
		},
	})
}

// end makes the spans. ctx is any of the trail's.
func (tr *trail) end(ctx context.Context, failed string) {
	if tr == nil {
		return
	}
	tr.settle("")
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.self.end, tr.self.failed = tr.t.wall(), failed
	above, links := tr.parent, []trace.Link(nil)
	if above.IsValid() && above.TraceID() != tr.trace { // the cause was another case's: a list, a swap of jobs
		links, above = []trace.Link{{SpanContext: above}}, trace.SpanContext{}
	}
	tr.t.span(ctx, tr.trace, above, links, tr.self)
	self := trace.NewSpanContext(trace.SpanContextConfig{TraceID: tr.trace, SpanID: tr.self.id, TraceFlags: trace.FlagsSampled})
	for _, n := range tr.notes {
		tr.t.span(ctx, tr.trace, self, nil, n)
	}
}

// span makes one span of a note.
func (t *tracer) span(ctx context.Context, id trace.TraceID, above trace.SpanContext, links []trace.Link, n note) {
	ctx = context.WithValue(context.WithoutCancel(ctx), idsKey{}, ids{id, n.id})
	options := []trace.SpanStartOption{trace.WithTimestamp(n.began), trace.WithSpanKind(n.kind), trace.WithAttributes(n.attrs...), trace.WithLinks(links...)}
	if above.IsValid() {
		ctx = trace.ContextWithSpanContext(ctx, above)
	} else {
		options = append(options, trace.WithNewRoot())
	}
	_, s := t.spans.Start(ctx, n.name, options...)
	if n.failed != "" {
		s.SetStatus(codes.Error, n.failed)
	}
	s.End(trace.WithTimestamp(n.end))
}

// given are ids that were given out before their span was made. It implements the SDK's IDGenerator.
type given struct{}

type idsKey struct{}

type ids struct {
	trace trace.TraceID
	span  trace.SpanID
}

// NewIDs are the ids of a span without a parent.
func (given) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if i, ok := ctx.Value(idsKey{}).(ids); ok {
		return i.trace, i.span
	}
	return randomTrace(), randomSpan()
}

// NewSpanID is the id of a span with one.
func (g given) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	_, s := g.NewIDs(ctx)
	return s
}

// crypto/rand.Read never fails; it stops the process instead.

func randomTrace() (id trace.TraceID) {
	_, _ = rand.Read(id[:])
	return id
}

func randomSpan() (id trace.SpanID) {
	_, _ = rand.Read(id[:])
	return id
}
