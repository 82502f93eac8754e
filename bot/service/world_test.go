package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"muster/bot/intake"
	"muster/bot/sandbox"
	"muster/bot/watch"
	"muster/flows"
	"muster/flows/graphsim"
	"muster/store"
)

// monday is when the stories begin: a working day, six weeks before the starter's first one.
var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// password is what every new account is created with here, so that a search for it means something.
const password = "Kx7-this-password-nobody-may-find"

// world is everything that outlives the bot's process: Microsoft 365, Teams with its people, the disk and the clock. It starts a process
// when there is none, as a supervisor does.
type world struct {
	t      *testing.T
	policy *flows.Policy
	clock  *sandbox.Clock
	sim    *graphsim.Server
	teams  *sandbox.Sandbox
	front  http.Handler // of teams
	base   string       // its address
	disk   disk
	dir    string // key and checkpoint
	fate   *fate

	workers int
	intake  []intake.Source
	hooks   flows.Caller
	sinks   map[string]flows.Sink
	reviews bool
	traces  *watch.Traces
	full    atomic.Bool                   // the disk takes nothing
	held    atomic.Pointer[chan struct{}] // the disk takes nothing until it is closed; nil: it does

	tenant, app string   // as Teams knows them
	lodges      *lodging // the process is a house; nil: a service by itself

	log, graphLog noted

	echo bool // Teams delivers everything twice

	file  string                    // of the policy; empty: there is none
	opens func(*flows.Policy) error // whether what the machine has does for another policy; nil: it does

	mu   sync.Mutex // guards what follows
	life *life
	came []delivery
}

type setting struct {
	policy     []byte        // nil: the sandbox's
	fate       *fate         // nil: nobody dies
	workers    int           // errands side by side; one makes the order of a story the same each time, 0 is as many as usual
	visibility time.Duration // of Microsoft 365's writes

	tenant func(*graphsim.Options) // changes Microsoft 365; nil: as it is
	ids    [2]string               // of the tenant and of its bot; empty: the sandbox's
	intake []intake.Source
	hooks  flows.Caller          // other systems; nil: none
	sinks  map[string]flows.Sink // where checkpoints are left beside the owners' channel

	traces *watch.Traces // where they are sent; nil: nowhere

	reviews bool // owners review each month; false: that is another story
	file    bool // the policy is in a file, which a process reads when it begins
	far     bool // Teams is not on loopback, so the bot keeps to its pace
}

// story runs a test in virtual time: what sleeps takes no time, and the story ends when everybody in it has.
func story(t *testing.T, s setting, tell func(t *testing.T, w *world)) {
	t.Helper()
	keys := signingKeys(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, s, keys)
		defer w.end()
		tell(t, w)
	})
}

var madeKeys = sync.OnceValues(sandbox.NewKeys)

// signingKeys are shared, because making them is slow.
func signingKeys(t *testing.T) *sandbox.Keys {
	t.Helper()
	keys, err := madeKeys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func newWorld(t *testing.T, s setting, keys *sandbox.Keys) *world {
	t.Helper()
	w := makeWorld(t, s, keys)
	w.begin()
	return w
}

// makeWorld makes a world in which nobody knows the bot yet.
func makeWorld(t *testing.T, s setting, keys *sandbox.Keys) *world {
	t.Helper()
	if s.policy == nil {
		s.policy = sandbox.DefaultPolicy
	}
	pol, err := flows.ParsePolicy("policy.yaml", s.policy)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, policy: pol, dir: t.TempDir(), clock: sandbox.NewClock(monday, time.Now), fate: s.fate, workers: s.workers, intake: s.intake}
	w.hooks, w.reviews, w.traces, w.sinks = s.hooks, s.reviews, s.traces, s.sinks
	if w.tenant, w.app = s.ids[0], s.ids[1]; w.tenant == "" {
		w.tenant, w.app = sandbox.FixedTenant, sandbox.FixedAppID
	}
	if w.base = "http://" + teamsHost; s.far {
		w.base = "https://" + farHost
	}
	if s.file {
		w.file = filepath.Join(t.TempDir(), "policy.yaml")
		w.writePolicy(s.policy)
	}
	tenant := graphsim.Options{Now: w.clock.Now, TokenNow: time.Now, Seed: 1, Log: &w.graphLog, Visibility: s.visibility}
	if s.tenant != nil {
		s.tenant(&tenant)
	}
	if w.sim, err = graphsim.New(tenant); err != nil {
		t.Fatal(err)
	}
	people := sandbox.Known()
	for i := range people {
		if people[i].Tenant == sandbox.FixedTenant {
			people[i].Tenant = w.tenant
		}
	}
	if w.teams, err = sandbox.New(sandbox.Options{
		People: people,
		Bot:    "http://" + botHost + "/api/messages", Self: w.base, AppID: w.app, Tenant: w.tenant,
		Directory: w.sim, Cases: supervised{w}, Clock: w.clock, TokenNow: time.Now, Log: slog.New(slog.DiscardHandler),
		HTTP: &http.Client{Transport: toBot{w}}, Keys: keys,
	}); err != nil {
		t.Fatal(err)
	}
	w.front = w.teams.Handler()
	return w
}

// begin installs the bot.
func (w *world) begin() {
	w.t.Helper()
	if err := w.teams.Install(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	if w.fate != nil {
		w.fate.begin()
	}
}

// end stops what runs, so that nothing outlives the test, and says what the bot logged when the story went wrong.
func (w *world) end() {
	w.stop()
	if err := w.teams.Close(); err != nil {
		w.t.Error(err)
	}
	if w.t.Failed() {
		for line := range strings.Lines(w.log.String()) {
			if !strings.Contains(line, "level=DEBUG") {
				w.t.Log(strings.TrimSpace(line))
			}
		}
	}
}

// alive is the running process; a dead one is buried first, and a fresh one starts on what is left.
func (w *world) alive() *life {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.life != nil && w.life.dead() {
		w.bury()
	}
	if w.life == nil {
		w.life = w.born()
	}
	return w.life
}

// stop lets the process end in good order.
func (w *world) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.life != nil {
		w.life.quit()
		w.bury()
	}
}

func (w *world) bury() {
	if err := <-w.life.ended; err != nil && w.fate == nil && !w.life.renewed.Load() {
		w.t.Errorf("the process ended: %v", err)
	}
	w.life = nil
}

// verify checks the evidence of a store that nobody has open.
func (w *world) verify() store.Report {
	w.t.Helper()
	w.stop()
	db := w.disk.open()
	r, err := store.Verify(context.WithoutCancel(w.t.Context()), db, store.Expect{Dir: w.dir})
	if err = errors.Join(err, db.Close()); err != nil {
		w.t.Error(err)
	}
	return r
}

// supervised are the cases of whichever process is alive.
type supervised struct{ w *world }

func (s supervised) Cases(ctx context.Context) (json.RawMessage, error) {
	return s.w.alive().cases.Cases(ctx)
}

func (s supervised) Case(ctx context.Context, ref string) (json.RawMessage, bool, error) {
	return s.w.alive().cases.Case(ctx, ref)
}

func (s supervised) Log(ctx context.Context, ref string) (json.RawMessage, error) {
	return s.w.alive().cases.Log(ctx, ref)
}

// Settle lets what is due run. When the process dies of it, the next one goes on.
func (s supervised) Settle(context.Context) (int, error) {
	ran := 0
	for {
		l := s.w.alive()
		n, err := l.cases.Settle(l.ctx)
		ran += n
		if !l.dead() {
			return ran, err
		}
	}
}

func (s supervised) NextDue(ctx context.Context) (time.Time, bool, error) {
	for {
		l := s.w.alive()
		due, ok, err := l.cases.NextDue(ctx)
		if !l.dead() {
			return due, ok, err
		}
	}
}

// settle lets everything that is due now finish.
func (w *world) settle() {
	w.t.Helper()
	if _, err := (supervised{w}).Settle(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// call makes a call of the sandbox's control API and reads its answer.
func (w *world) call(method, path string, body, into any) int {
	w.t.Helper()
	in, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.front.ServeHTTP(rec, httptest.NewRequestWithContext(w.t.Context(), method, "http://"+teamsHost+path, bytes.NewReader(in)))
	if into != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			w.t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
	}
	return rec.Code
}

// fault makes Microsoft 365 ("graph") or Teams ("teams") misbehave.
func (w *world) fault(target, kind, match string, count int) {
	w.t.Helper()
	var out struct{ ID, Error string }
	if status := w.call("POST", "/sandbox/fault", map[string]any{"target": target, "kind": kind, "match": match, "count": count}, &out); status != http.StatusOK {
		w.t.Fatalf("fault %s %s: %d %s", target, kind, status, out.Error)
	}
}

// mend ends every fault.
func (w *world) mend() {
	w.t.Helper()
	if status := w.call("DELETE", "/sandbox/fault", nil, nil); status >= 300 {
		w.t.Fatalf("clear faults: %d", status)
	}
}

// fired is how often the faults of a target happened.
func (w *world) fired() int {
	w.t.Helper()
	var list []struct{ Fired int }
	w.call("GET", "/sandbox/fault", nil, &list)
	n := 0
	for _, f := range list {
		n += f.Fired
	}
	return n
}

// advance moves the clock through everything due on the way; walk moves it to a time on the wall of London.
func (w *world) advance(d time.Duration) { w.moveClock(map[string]any{"advance": d.String()}) }

func (w *world) next() { w.moveClock(map[string]any{"next": true}) }

func (w *world) walk(to string) {
	w.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", to, london)
	if err != nil {
		w.t.Fatal(err)
	}
	w.moveClock(map[string]any{"to": at})
}

var london = func() *time.Location {
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return loc
}()

func (w *world) moveClock(body map[string]any) {
	w.t.Helper()
	var out struct{ Error string }
	if status := w.call("POST", "/sandbox/clock", body, &out); status != http.StatusOK {
		w.t.Fatalf("move the clock: %d %s", status, out.Error)
	}
}

// noted is text that many write.
type noted struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (n *noted) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.buf.Write(b)
}

func (n *noted) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.buf.String()
}
