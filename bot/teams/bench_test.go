package teams

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// nothing is a Handler that does nothing.
type nothing struct{}

func (nothing) Message(context.Context, Activity) error { return nil }
func (nothing) Invoke(context.Context, Activity) (InvokeAnswer, error) {
	return Answer(MessageAnswer, "Done."), nil
}
func (nothing) Installed(context.Context, Activity) error { return nil }
func (nothing) Other(context.Context, Activity) error     { return nil }

func benchEdge(b *testing.B) *Edge {
	c := newClock()
	e, err := NewEdge(EdgeOptions{
		Config: testConfig(), Handler: nothing{}, Log: slog.New(slog.DiscardHandler), Now: c.now,
		Keys: NewKeys(testConfig(), newIssuer(), slog.New(slog.DiscardHandler), c.now),
	})
	if err != nil {
		b.Fatal(err)
	}
	return e
}

// BenchmarkTextTurn is one message from request to answer, without the network.
// The token is one that was seen before, as nearly all of Teams' are, or a new
// one each time.
func BenchmarkTextTurn(b *testing.B) {
	body := wire(b, map[string]any{"text": "new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes"})
	for name, fresh := range map[string]bool{"seen token": false, "new token": true} {
		b.Run(name, func(b *testing.B) {
			e := benchEdge(b)
			header := "Bearer " + goodToken(b, start)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/api/messages", bytes.NewReader(body))
					r.Header.Set("Content-Type", "application/json; charset=utf-8")
					r.Header.Set("Authorization", header)
					if fresh {
						v := e.door.(tokenDoor).adapter.TokenValidator.(*Validator)
						v.seen.mu.Lock()
						v.seen.tokens = nil
						v.seen.mu.Unlock()
					}
					w := httptest.NewRecorder()
					if e.ServeHTTP(w, r); w.Code != http.StatusOK {
						b.Errorf("status = %d", w.Code)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
		})
	}
}

// BenchmarkPress is one Action.Execute from request to answer, without the
// network.
func BenchmarkPress(b *testing.B) {
	body := wire(b, map[string]any{
		"type": "invoke", "name": "adaptiveCard/action", "replyToId": "1632474074000",
		"value": map[string]any{"trigger": "manual", "action": map[string]any{
			"type": "Action.Execute", "verb": "approve", "data": map[string]any{"case": "J-2026-0042", "version": 3, "plan": "b5bb9d8014a0f9b1"},
		}},
	})
	e := benchEdge(b)
	header := "Bearer " + goodToken(b, start)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/api/messages", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json; charset=utf-8")
			r.Header.Set("Authorization", header)
			w := httptest.NewRecorder()
			if e.ServeHTTP(w, r); w.Code != http.StatusOK {
				b.Errorf("status = %d", w.Code)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "presses/s")
}

// BenchmarkTextTurnOverSockets is the same with a server and 16 clients on this
// machine, so that they share its processors.
func BenchmarkTextTurnOverSockets(b *testing.B) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := NewServer("", benchEdge(b), slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- server.Serve(listen) }()
	body := wire(b, nil)
	header := "Bearer " + goodToken(b, start)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://"+listen.Addr().String(), bytes.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", header)
			resp, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
				b.Errorf("status %d, %v", resp.StatusCode, err)
			}
			resp.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
	b.StopTimer()
	client.CloseIdleConnections()
	if err := server.Shutdown(b.Context()); err != nil && b.Context().Err() == nil {
		b.Error(err)
	}
	<-served
}

func BenchmarkDecode(b *testing.B) {
	body := wire(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	f := newFakeTeams()
	c := newTestConnector(b, f, func(o *ConnectorOptions) {
		o.Log = slog.New(slog.DiscardHandler)
		o.Now = func() time.Time { return start }
		o.HTTP = roundTrip(func(*http.Request) (*http.Response, error) {
			return answer(http.StatusCreated, map[string]string{"id": "1"}), nil
		})
	})
	m := Message{Card: json.RawMessage(`{"type":"AdaptiveCard","version":"1.5","body":[]}`)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Send(b.Context(), chat(), m); err != nil {
			b.Fatal(err)
		}
	}
}
