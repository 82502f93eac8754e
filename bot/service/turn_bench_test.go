package service_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"muster/bot"
	"muster/bot/sandbox"
	"muster/bot/service"
	"muster/bot/teams"
	"muster/flows"
	"muster/store/pgkv/pgtest"
	"muster/store/place"
)

// BenchmarkTurn is a text turn inside the process: from the signed request, by way of the journal and its sync of the disk, to the answer
// handed to Teams and its own commit. The network is what it leaves out; bot/load measures with it.
func BenchmarkTurn(b *testing.B) {
	for _, flight := range []int{1, 16} {
		b.Run(fmt.Sprint("flight=", flight), func(b *testing.B) {
			benchTurns(b, flight, place.Postgres{})
		})
	}
}

func benchTurns(b *testing.B, flight int, rows place.Postgres) {
	t := newTurns(b, flight, rows)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for lane := range flight {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				t.turn(lane, n)
			}
		})
	}
	wg.Wait()
	if _, err := t.svc.Settle(b.Context()); err != nil {
		b.Error(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
}

// BenchmarkTurnPostgres is the same on a PostgreSQL of this machine, which waits for the same disk.
func BenchmarkTurnPostgres(b *testing.B) {
	server := pgtest.Start(b)
	for _, flight := range []int{1, 16} {
		b.Run(fmt.Sprint("flight=", flight), func(b *testing.B) {
			dsn := filepath.Join(b.TempDir(), "dsn")
			if err := errors.Join(server.Empty(), os.WriteFile(dsn, []byte(server.DSN(b)), 0o600)); err != nil { // each time anew
				b.Fatal(err)
			}
			benchTurns(b, flight, place.Postgres{DSNFile: dsn})
		})
	}
}

// turns is a service on a real file, with a Teams and a directory that answer at once.
type turns struct {
	b      *testing.B
	svc    *service.Service
	front  http.Handler
	bearer string
	chats  map[string]chan struct{} // told of each answer, by conversation
}

const serviceURL = "https://smba.trafficmanager.net/uk/"

func newTurns(b *testing.B, lanes int, rows place.Postgres) *turns {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	policy, err := flows.ParsePolicy("policy.yaml", sandbox.DefaultPolicy)
	if err != nil {
		b.Fatal(err)
	}
	t := &turns{b: b, chats: map[string]chan struct{}{}}
	for lane := range lanes {
		t.chats[chatOf(lane)] = make(chan struct{}, 1)
	}
	cfg := teams.Config{AppID: sandbox.FixedAppID, TenantID: sandbox.FixedTenant}
	log := slog.New(slog.NewTextHandler(b.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	if t.svc, err = service.Open(b.Context(), service.Options{
		Tenant: sandbox.FixedTenant, DataDir: b.TempDir(), Postgres: rows, Policy: policy, World: calm{}, Teams: cfg, Connector: prompt{t: t}, ServiceURL: serviceURL,
		Keys: teams.NewKeys(cfg, keyServer{key}, log, time.Now), Now: time.Now, Wall: time.Now, Log: log, TurnsAtOnce: 1 << 30,
	}); err != nil {
		b.Fatal(err)
	}
	t.front = t.svc.Handler()
	tok := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": "https://api.botframework.com", "aud": sandbox.FixedAppID, "serviceurl": serviceURL,
		"nbf": time.Now().Add(-time.Minute).Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	})
	tok.Header["kid"] = "bench"
	if t.bearer, err = tok.SignedString(key); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- t.svc.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	for lane := range lanes { // the first turn of each also remembers where they are
		t.turn(lane, int64(-lane))
	}
	return t
}

func chatOf(lane int) string { return fmt.Sprint("a:bench-", lane) }

// turn writes one text and waits until Teams has the answer.
func (t *turns) turn(lane int, n int64) {
	body := fmt.Sprintf(`{"type":"message","id":"f:%d","timestamp":"2026-11-23T09:00:00.000Z","serviceUrl":%q,"channelId":"msteams","text":"what is the weather like",`+
		`"textFormat":"plain","locale":"en-GB","from":{"id":"29:1","name":"Hannah Reed","aadObjectId":"00000000-0000-4000-a000-%012x"},"recipient":{"id":"28:%s","name":"Muster"},`+
		`"conversation":{"id":%q,"conversationType":"personal","tenantId":%q},"channelData":{"tenant":{"id":%q}}}`,
		n, serviceURL, lane+1, sandbox.FixedAppID, chatOf(lane), sandbox.FixedTenant, sandbox.FixedTenant)
	r := httptest.NewRequestWithContext(t.b.Context(), http.MethodPost, "/api/messages", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Authorization", "Bearer "+t.bearer)
	w := httptest.NewRecorder()
	if t.front.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.b.Errorf("turn %d: status %d", n, w.Code)
		return
	}
	select {
	case <-t.chats[chatOf(lane)]:
	case <-time.After(10 * time.Second):
		t.b.Errorf("turn %d: no answer", n)
	}
}

// prompt is a Teams that takes every message at once.
type prompt struct {
	bot.Connector
	t *turns
}

func (p prompt) Send(_ context.Context, ref teams.Ref, _ teams.Message) (string, error) {
	p.t.chats[ref.Address()] <- struct{}{}
	return "m1", nil
}

// calm is a directory in which everybody exists and nobody is in a group.
type calm struct{ flows.World }

func (calm) FetchAccount(_ context.Context, id string) (flows.Account, error) {
	return flows.Account{ID: flows.AccountID(id), Name: "Hannah Reed", Enabled: true}, nil
}

func (calm) FindGroup(_ context.Context, name string) (flows.Group, error) {
	return flows.Group{ID: name, Name: name}, nil
}

func (calm) MemberOf(context.Context, flows.AccountID, []string) ([]string, error) { return nil, nil }

// keyServer publishes one signing key.
type keyServer struct{ key *rsa.PrivateKey }

func (k keyServer) RoundTrip(r *http.Request) (*http.Response, error) {
	enc := base64.RawURLEncoding.EncodeToString
	var doc any = map[string]string{"jwks_uri": "https://login.botframework.com/v1/.well-known/keys"}
	if strings.HasSuffix(r.URL.Path, "/keys") {
		doc = map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "use": "sig", "kid": "bench", "n": enc(k.key.N.Bytes()), "e": enc(big.NewInt(int64(k.key.E)).Bytes()), "endorsements": []string{"msteams"},
		}}}
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(b)), Request: r}, nil
}
