package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"muster/bot/intake"
	"muster/bot/teams"
	"muster/bot/watch"
	"muster/flows"
)

// messages is where Teams posts activities.
const messages = "/api/messages"

// Tenant says how one tenant is opened, each time that it is: everything it works with is made anew and is its own.
type Tenant struct {
	ID      string                               // in lower case
	App     string                               // the bot's app id, in lower case; tokens made out to it are this tenant's
	Policy  func() (*flows.Policy, error)        // reads the policy that it starts with
	Options func(*flows.Policy) (Options, error) // the parts for a policy

	Beside func(*Service) func(context.Context) error // what else runs while it is open, such as its door for backups; nil: nothing
}

// House serves one tenant or several from one process, behind one HTTP handler. Nothing but that is shared: each has its own Service with
// its own store, queue, policy, keys, apps and limits. One that cannot be opened, or ends, leaves the others alone and is tried again.
type House struct {
	homes   []*Home
	several *watch.Several
	log     *slog.Logger
}

// OpenHouse makes the house. A single tenant is opened here, and when that fails there is no house. Of several each is opened by Run, so that
// none waits for another.
func OpenHouse(ctx context.Context, log *slog.Logger, all ...Tenant) (*House, error) {
	h := &House{log: log, several: watch.NewSeveral(log)}
	ids, apps := map[string]bool{}, map[string]bool{}
	for _, t := range all {
		switch {
		case ids[t.ID]:
			return nil, fmt.Errorf("the tenant %s is named twice", t.ID)
		case apps[t.App]:
			return nil, fmt.Errorf("the bot %s is named for two tenants", t.App)
		}
		ids[t.ID], apps[t.App] = true, true
		home := newHome(t, log)
		if len(all) > 1 {
			home.log, home.most = log.With(slog.String("tenant", t.ID)), mostInHand
		}
		h.homes = append(h.homes, home)
	}
	if len(h.homes) == 0 {
		return nil, errors.New("there is no tenant to serve")
	}
	if len(h.homes) == 1 {
		if err := h.homes[0].open(ctx, nil); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// Home is one tenant's place; nil when nobody of that id lives here.
func (h *House) Home(tenant string) *Home {
	for _, home := range h.homes {
		if home.ID == tenant {
			return home
		}
	}
	return nil
}

// Reopen opens a tenant anew with another policy and waits for it. What comes in meanwhile waits a while or is told to come again; nothing
// that was taken is lost. When it cannot be opened with that policy, it is with the one before, and the error says why.
func (h *House) Reopen(ctx context.Context, tenant string, pol *flows.Policy) error {
	home := h.Home(tenant)
	if home == nil {
		return fmt.Errorf("reopen: there is no tenant %s here", tenant)
	}
	return home.reopen(ctx, pol)
}

// Run serves until ctx ends, finishes what is in hand and closes every store. The only tenant's failure is its own; one of several is tried
// again, and the others know nothing of it.
func (h *House) Run(ctx context.Context) error {
	errs := make([]error, len(h.homes))
	var wg sync.WaitGroup
	for i, home := range h.homes {
		wg.Go(func() { errs[i] = home.run(ctx, len(h.homes) == 1) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Handler answers POST /api/messages, and /api/people-events for those who have HR systems: /api/people-events/TENANT, where one tenant needs
// not be named; GET /healthz, /readyz, /readyz/TENANT and /metrics.
func (h *House) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(messages, h.messages())
	mux.HandleFunc("POST "+intake.Path+"/{tenant}", func(w http.ResponseWriter, r *http.Request) { h.events(w, r, h.Home(r.PathValue("tenant"))) })
	mux.HandleFunc("GET /readyz/{tenant}", h.readyOne)
	mux.HandleFunc("GET /healthz", healthz)
	if len(h.homes) == 1 {
		only := h.homes[0]
		mux.HandleFunc("POST "+intake.Path, func(w http.ResponseWriter, r *http.Request) { h.events(w, r, only) })
		mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
			only.with(w, r, func(s *Service) { s.monitor.ServeHTTP(w, r) })
		})
		mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
			only.with(w, r, func(s *Service) { s.figures.ServeHTTP(w, r) })
		})
		return mux
	}
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		h.look(func(all []watch.One) { h.several.Ready(w, r, all) })
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		h.look(func(all []watch.One) { h.several.Metrics(w, r, all) })
	})
	return mux
}

// messages picks the tenant by the bot that the token is made out to. The tenant's own edge then checks the token, and that the activity is of
// this tenant. The only one gets everything, the Playground's too, which bears no token.
func (h *House) messages() http.Handler {
	doors := map[string]http.Handler{}
	for _, home := range h.homes {
		doors[home.App] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			home.with(w, r, func(s *Service) { s.turns.ServeHTTP(w, r) })
		})
	}
	if len(h.homes) == 1 {
		return doors[h.homes[0].App]
	}
	return teams.Switch{Edge: func(app string) http.Handler { return doors[app] }, Log: h.log}
}

// events hands a request of an HR system to a tenant's door, which checks whose secret signed it.
func (h *House) events(w http.ResponseWriter, r *http.Request, home *Home) {
	if home == nil {
		http.NotFound(w, r)
		return
	}
	home.with(w, r, func(s *Service) {
		if s.intake == nil {
			http.NotFound(w, r)
			return
		}
		s.intake.ServeHTTP(w, r)
	})
}

func (h *House) readyOne(w http.ResponseWriter, r *http.Request) {
	home := h.Home(r.PathValue("tenant"))
	if home == nil {
		http.NotFound(w, r)
		return
	}
	one, leave := home.one()
	defer leave()
	h.several.ReadyOne(w, r, one)
}

// look looks at every tenant as it is now, and waits for none to be opened.
func (h *House) look(at func([]watch.One)) {
	var all []watch.One
	for _, home := range h.homes {
		one, leave := home.one()
		defer leave()
		all = append(all, one)
	}
	at(all)
}

// Waits at the door of a tenant that is being opened.
const (
	patience = 5 * time.Second // Teams hangs up after 10 to 15, and the turn itself may take as long again
	comeBack = 10 * time.Second
)

// mostInHand is how many requests of one tenant of several are in hand at a time. Each is over within seconds; what is more waits outside, so
// that a tenant whose store hangs does not fill the process.
const mostInHand = 512

// later tells whoever called to come again: nothing was taken.
func later(w http.ResponseWriter) {
	w.Header().Set("Retry-After", strconv.Itoa(int(comeBack.Seconds())))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
}
