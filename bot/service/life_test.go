package service_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"muster/bot/sandbox"
	"muster/bot/service"
	"muster/bot/teams"
	"muster/bot/watch"
	"muster/flows"
	"muster/flows/graph"
	"muster/store"
	"muster/store/kv"
)

// The hosts of the sandbox. Nothing listens there: the requests are handed over.
const (
	botHost   = "127.0.0.1:3978"
	teamsHost = "127.0.0.1:3979"
	graphHost = "127.0.0.1:3980"
	farHost   = "teams.larkfield.example" // where Teams is in a story that keeps its pace: there is none on loopback
	graphApp  = "00000000-0000-0000-0000-0000000000c0"
)

var errDead = errors.New("the process is dead")

// life is one process of the bot. Once it is dead nothing that it does reaches anybody.
type life struct {
	w     *world
	svc   *service.Service // nil: it is in a house
	cases sandbox.Cases    // of either
	front http.Handler     // likewise
	ctx   context.Context
	quit  context.CancelFunc
	ended chan error
	gone  atomic.Bool

	renewed atomic.Bool // it ended because it asked to begin anew
}

func (l *life) dead() bool { return l.gone.Load() }

func (l *life) die() {
	l.gone.Store(true)
	l.quit()
}

// born starts a process, wired as main does it.
func (w *world) born() *life {
	if w.lodges != nil {
		return w.lodges.life(w)
	}
	l := &life{w: w, ended: make(chan error, 1)}
	l.ctx, l.quit = context.WithCancel(context.WithoutCancel(w.t.Context()))
	fresh := len(w.disk.now()) == 0
	if w.file != "" {
		w.policy = w.readPolicy()
	}
	o, err := l.parts(w.policy)
	if err != nil {
		w.t.Fatal(err)
	}
	l.svc, err = service.Open(l.ctx, o)
	if err != nil && l.dead() { // it died while it began
		return w.born()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if fresh && !w.reviews {
		if err := l.svc.Store.Commit(l.ctx, flows.Change{Drop: []string{flows.ReviewErrand}}); err != nil {
			w.t.Fatal(err)
		}
	}
	l.cases, l.front = l.svc, l.svc.Handler()
	go func() { l.ended <- l.svc.Run(l.ctx) }()
	return l
}

// parts are what the process's service is made of.
func (l *life) parts(pol *flows.Policy) (service.Options, error) {
	var none service.Options
	w := l.w
	log := slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	credential := func(host, client string) *graph.ClientSecretHTTP {
		tenant := sandbox.FixedTenant // there is one simulated directory, whatever Teams calls it
		if host != graphHost {
			tenant = w.tenant
		}
		return &graph.ClientSecretHTTP{
			TokenURL: "http://" + host + "/" + tenant + "/oauth2/v2.0/token", ClientID: client, Secret: "sandbox", Transport: wire{l}, Now: time.Now,
		}
	}
	seen := watch.New(time.Now, w.traces)
	if w.lodges != nil && len(w.lodges.all) > 1 {
		seen = watch.For(w.tenant, time.Now, w.traces)
	}
	world, err := graph.New(graph.Options{
		BaseURL: "http://" + graphHost + "/v1.0", Credential: credential(graphHost, graphApp), Transport: wire{l}, Now: w.clock.Now, Pace: time.Now, Log: log,
		Password: func() (string, error) { return password, nil }, Watch: seen.Graph,
	})
	if err != nil {
		return none, err
	}
	tc := teams.Config{
		AppID: w.app, TenantID: w.tenant, TokenIssuer: "https://api.botframework.com",
		OpenIDMetadata: w.base + "/.well-known/openidconfiguration", ServiceURLHosts: []string{teamsHost, farHost},
	}
	conn, err := teams.NewConnector(teams.ConnectorOptions{Config: tc, Credential: credential(teamsHost, w.app), HTTP: wire{l}, Now: time.Now, Log: log, Watch: seen.Teams})
	if err != nil {
		return none, err
	}
	return service.Options{
		Tenant: w.tenant, DataDir: w.dir, DB: mortal{w.disk.open(), l}, Policy: pol, World: world, SignIns: world, Hooks: w.hooks, Teams: tc, Connector: conn,
		Keys: teams.NewKeys(tc, wire{l}, log, time.Now), ServiceURL: w.base, Now: w.clock.Now, Wall: time.Now,
		Sinks:      func(*store.Store) map[string]flows.Sink { return w.sinks },
		PolicyFile: w.file, PolicyOpen: w.opens, Renew: l.renew,
		Changed: w.clock.Changed, Log: log, Workers: w.workers, Intake: w.intake,
		Watch: seen, Tokens: map[string]watch.Token{"Microsoft 365": world.Token, "Teams": conn.Token},
	}, nil
}

// wire is the network of one process.
type wire struct{ l *life }

func (n wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if n.l.dead() {
		return nil, errDead
	}
	var h http.Handler
	switch r.URL.Host {
	case graphHost:
		h = n.l.w.sim
	case teamsHost, farHost:
		h = n.l.w.front
	default:
		return nil, errors.New("nobody is called " + r.URL.Host)
	}
	when := n.l.w.fate.comes(kindOf(r))
	if when == before {
		n.l.die()
		return nil, errDead
	}
	resp, err := hand(h, r)
	if when == after {
		n.l.die()
	}
	if n.l.dead() {
		return nil, errDead
	}
	return resp, err
}

// toBot is how Teams reaches the bot. A process that dies of a turn does not answer it.
type toBot struct{ w *world }

func (n toBot) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := n.w.note(r); err != nil {
		return nil, err
	}
	l := n.w.alive()
	var twin sync.WaitGroup
	if list := n.w.deliveries(); n.w.echo {
		twin.Go(func() { n.w.again(list[len(list)-1]) })
	}
	resp, err := hand(l.front, r)
	twin.Wait()
	if l.dead() {
		return nil, errDead
	}
	return resp, err
}

// hand gives a request to a handler without a socket, which would stop virtual time.
func hand(h http.Handler, r *http.Request) (_ *http.Response, err error) {
	if r.Body != nil {
		defer func() { err = errors.Join(err, r.Body.Close()) }()
	}
	rec := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.RequestURI, in.Host, in.RemoteAddr = r.URL.RequestURI(), r.URL.Host, "127.0.0.1:1"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if dropped(h, rec, in) {
		return nil, errors.New("the connection was closed")
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

func dropped(h http.Handler, w http.ResponseWriter, r *http.Request) (gone bool) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			gone = true
		} else if p != nil {
			panic(p)
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

// mortal is the database of one process.
type mortal struct {
	kv.DB
	l *life
}

func (m mortal) View(ctx context.Context, f func(kv.Tx) error) error {
	if m.l.dead() {
		return errDead
	}
	return m.DB.View(ctx, f)
}

func (m mortal) Update(ctx context.Context, f func(kv.Tx) error) error {
	if m.l.dead() {
		return errDead
	}
	if held := m.l.w.held.Load(); held != nil {
		<-*held
	}
	if m.l.w.full.Load() {
		return syscall.ENOSPC
	}
	when := m.l.w.fate.comes(commits)
	if when == before {
		m.l.die()
		return errDead
	}
	err := m.DB.Update(ctx, f)
	if when == after {
		m.l.die()
		return errDead
	}
	return err
}

// point is a kind of moment at which a process may die.
type point string

const (
	commits     point = "commit"
	graphReads  point = "Graph read"
	graphWrites point = "Graph write"
	teamsCalls  point = "Teams call"
	nothing     point = ""
)

func kindOf(r *http.Request) point {
	switch {
	case (r.URL.Host == teamsHost || r.URL.Host == farHost) && strings.HasPrefix(r.URL.Path, "/v3/"):
		return teamsCalls
	case r.URL.Host != graphHost || !strings.HasPrefix(r.URL.Path, "/v1.0/"):
		return nothing // tokens and keys
	case r.Method == http.MethodGet, strings.HasSuffix(r.URL.Path, "/$batch"), strings.HasSuffix(r.URL.Path, "/checkMemberGroups"):
		return graphReads
	}
	return graphWrites
}

// moment is before or after what the process was doing took effect.
type moment int

const (
	never moment = iota
	before
	after
)

// fate is at which moment a process dies: at the n-th of a kind. It counts all kinds, and n of zero only counts.
type fate struct {
	at   point
	n    int
	when moment

	mu    sync.Mutex
	begun bool
	count map[point]int
	came  bool
}

func (f *fate) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun, f.count = true, map[point]int{}
}

func (f *fate) comes(k point) moment {
	if f == nil || k == nothing {
		return never
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.begun || f.came {
		return never
	}
	f.count[k]++
	if k != f.at || f.count[k] != f.n {
		return never
	}
	f.came = true
	return f.when
}

// stay ends what the fate may do: the story is over.
func (f *fate) stay() (came bool, count map[point]int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun = false
	return f.came, f.count
}
