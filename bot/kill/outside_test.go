package kill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"muster/bot/sandbox"
	"muster/flows/graphsim"
)

// plan is what the process outside the bot is started with.
type plan struct {
	Teams, Graph, Bot string // addresses
	Dir               string // where it leaves what it saw
	Seed              uint64
	Visibility        time.Duration // longest time until a write of Microsoft 365 is seen
}

// What it leaves in its folder.
const (
	callsFile = "graph.jsonl" // every request to Microsoft 365, as graphsim writes it
	turnsFile = "turns.jsonl" // every activity that Teams brought to the bot, with what it answered
)

// outside is everything that the bot talks to: the local Teams and the simulated Microsoft 365, in one process because Teams looks people
// up in the directory. It ends when its standard input does, so that it does not outlive the test.
func outside(ctx context.Context, file string) error {
	var p plan
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	calls, err := os.Create(filepath.Join(p.Dir, callsFile))
	if err != nil {
		return err
	}
	turns, err := os.Create(filepath.Join(p.Dir, turnsFile))
	if err != nil {
		return err
	}
	sim, err := graphsim.New(graphsim.Options{Now: time.Now, Seed: int64(p.Seed>>1) + 1, Log: calls, Visibility: p.Visibility, Also: []string{"AuditLog.Read.All"}}) //nolint:gosec // half of 64 bits fits
	if err != nil {
		return err
	}
	if err := sim.LeaveSeats("SPB", 5000); err != nil {
		return err
	}
	graph := &shares{graph: sim, seed: p.Seed}
	teams, err := sandbox.New(sandbox.Options{
		Bot: "http://" + p.Bot + "/api/messages", Self: "http://" + p.Teams, AppID: sandbox.FixedAppID, Tenant: sandbox.FixedTenant, Directory: sim,
		Clock: sandbox.NewClock(time.Now(), time.Now), TokenNow: time.Now, Log: slog.New(slog.DiscardHandler),
		HTTP: &http.Client{Transport: &witness{out: json.NewEncoder(turns)}},
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /kill/shares", graph.set)
	mux.HandleFunc("GET /kill/mails", func(w http.ResponseWriter, r *http.Request) { answer(w, sim.SentBy(r.URL.Query().Get("from"))) })
	mux.Handle("/", graph)
	ended := make(chan error, 3)
	for addr, h := range map[string]http.Handler{p.Teams: teams.Handler(), p.Graph: mux} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		defer srv.Close()
		go func() { ended <- srv.Serve(l) }()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		if err := teams.Install(ctx); err != nil && ctx.Err() == nil {
			ended <- err
		}
	}()
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		ended <- err
	}()
	return errors.Join(<-ended, teams.Close(), calls.Close(), turns.Close())
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return // who asked has gone
	}
}

// turn is one activity that was brought to the bot, and how it went.
type turn struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"` // message, invoke
	From   string    `json:"from"`
	Text   string    `json:"text,omitempty"`
	Verb   string    `json:"verb,omitempty"`
	Case   string    `json:"case,omitempty"`
	Draft  string    `json:"draft,omitempty"`
	Status int       `json:"status"` // 0: no answer came
	Code   int       `json:"code,omitempty"`
	Type   string    `json:"type,omitempty"` // of an invoke's answer
}

// witness writes down what Teams brings to the bot, and what the bot answered before it died.
type witness struct {
	mu  sync.Mutex
	out *json.Encoder
}

// RoundTrip implements http.RoundTripper.
func (v *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	var a struct {
		ID   string `json:"id"`
		Type string `json:"type"`
		Text string `json:"text"`
		From struct {
			ID string `json:"aadObjectId"`
		} `json:"from"`
		Value struct {
			Action struct {
				Verb string `json:"verb"`
				Data struct {
					Case  string `json:"case"`
					Draft string `json:"draft"`
				} `json:"data"`
			} `json:"action"`
		} `json:"value"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, err
	}
	t := turn{ID: a.ID, At: time.Now(), Kind: a.Type, From: a.From.ID, Text: a.Text, Verb: a.Value.Action.Verb, Case: a.Value.Action.Data.Case, Draft: a.Value.Action.Data.Draft}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		var got []byte
		if got, err = io.ReadAll(resp.Body); err == nil {
			err = resp.Body.Close()
		}
		if err == nil {
			var said struct {
				Code int    `json:"statusCode"`
				Type string `json:"type"`
			}
			if len(got) > 0 && json.Unmarshal(got, &said) != nil {
				said.Type = "not JSON"
			}
			t.Status, t.Code, t.Type = resp.StatusCode, said.Code, said.Type
			resp.Body = io.NopCloser(bytes.NewReader(got))
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if werr := v.out.Encode(t); werr != nil {
		return nil, werr
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}
