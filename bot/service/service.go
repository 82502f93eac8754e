// Package service puts one tenant's Muster together: its store, its engine, its runner and its bot, behind one HTTP handler. It decides
// nothing; it is what `serve` and the sandbox have in common.
package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"muster/bot"
	"muster/bot/intake"
	"muster/bot/teams"
	"muster/bot/watch"
	"muster/flows"
	"muster/store"
	"muster/store/kv"
	"muster/store/place"
)

// Options are the parts that differ between production, the sandbox and tests.
type Options struct {
	Tenant     string
	DataDir    string         // holds a folder per tenant
	DB         kv.DB          // nil: what the tenant's folder holds or leads to. The service closes it
	Postgres   place.Postgres // where the rows are; nowhere: in a bbolt file in the tenant's folder
	Policy     *flows.Policy
	PolicyFile string                    // that it was read from; empty: it is not changed while Muster runs
	PolicyOpen func(*flows.Policy) error // whether the rest could be opened with another policy; nil: it could
	World      flows.World
	SignIns    flows.SignIns // may be nil
	Hooks      flows.Caller  // systems that steps are handed to; nil: none
	Teams      teams.Config
	Connector  bot.Connector
	Keys       *teams.Keys // nil: fetched as Teams says
	ServiceURL string
	Now        func() time.Time       // the clock of the business
	Wall       func() time.Time       // the clock of tokens
	Changed    func() <-chan struct{} // when the clock of the business is moved; may be nil
	Log        *slog.Logger
	Workers    int
	Playground *teams.PlaygroundOptions // the sandbox's second door; nil: none
	Intake     []intake.Source          // HR systems that may send people events; none: the door is shut

	TurnsAtOnce int // of one person; 0: as many as is usual

	Watch   *watch.Watch            // what the service is watched with; nil: one of its own
	Tokens  map[string]watch.Token  // of the services it works with, by the name that people call them
	Budgets map[string]watch.Budget // what is left of limits that others set

	Sinks     func(*store.Store) map[string]flows.Sink // where checkpoints are left beside the owners' channel; nil: nowhere
	Published [][]byte                                 // checkpoints that were left there, as far as they can be read: the store must contain them

	// Set by a House.
	Renew   func(*flows.Policy) // asks for the tenant to be opened anew with a policy, and returns at once: an errand that asks must end first
	Refused error               // why the policy that was asked for last is not the one in use; nil: none was refused
}

// Service is one tenant's running Muster.
type Service struct {
	Engine *flows.Engine
	Store  *store.Store
	Runner *flows.Runner

	db      kv.DB
	dir     string
	bot     *bot.Bot
	turns   http.Handler
	intake  http.Handler // nil: the door for HR systems is shut
	log     *slog.Logger
	watch   *watch.Watch
	monitor *watch.Monitor
	figures *watch.Figures
}

// Dir is a tenant's folder under the data folder.
func Dir(dataDir, tenant string) string { return filepath.Join(dataDir, tenant) }

// Open opens the tenant's store and puts the parts together. Nothing runs before Run.
func Open(ctx context.Context, o Options) (*Service, error) {
	dir := Dir(o.DataDir, o.Tenant)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	db, err := database(ctx, o, dir)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, db, store.Options{Dir: dir, Origin: o.Tenant, Now: o.Now, Rand: rand.Reader, Published: o.Published})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Service{Store: st, db: db, dir: dir, log: o.Log, watch: o.Watch}
	if s.watch == nil {
		s.watch = watch.New(o.Wall, nil)
	}
	seen, err := s.watch.Store(ctx, st)
	if err != nil {
		s.close()
		return nil, err
	}
	s.Engine = &flows.Engine{Notary: st, Eraser: st, Store: seen, World: o.World, Hooks: o.Hooks, SignIns: o.SignIns, Policy: o.Policy, Now: o.Now, Log: o.Log}
	if o.PolicyFile != "" {
		s.Engine.File = policyFile{path: o.PolicyFile, check: o.PolicyOpen, renew: o.Renew}
	}
	if o.Sinks != nil {
		s.Engine.Sinks = o.Sinks(st)
	}
	b := &bot.Bot{Engine: s.Engine, Teams: o.Connector, Packs: Packs{Store: st}, ServiceURL: o.ServiceURL, Log: o.Log, TurnsAtOnce: o.TurnsAtOnce}
	s.Engine.Courier, s.bot = b, b
	s.Runner = &flows.Runner{Store: seen, Handlers: map[string]flows.Handler{}, Now: o.Now, Changed: o.Changed, Workers: o.Workers, Log: o.Log}
	s.Engine.Committed = s.Runner.Wake
	for _, hs := range []map[string]flows.Handler{s.Engine.Handlers(), b.Handlers()} {
		for kind, h := range hs {
			s.Runner.Handlers[kind] = s.watch.Errand(kind, h)
		}
	}
	front, err := edge(o, b)
	if err != nil {
		s.close()
		return nil, err
	}
	s.turns = s.watch.Turns(front)
	if err := s.Engine.BeginReviews(ctx); err != nil {
		s.close()
		return nil, err
	}
	if len(o.Intake) > 0 {
		if s.intake, err = intake.NewDoor(o.Intake, s.Engine, o.Wall, o.Log); err != nil {
			s.close()
			return nil, err
		}
	}
	if err := s.Engine.Adopt(ctx); err != nil {
		s.close()
		return nil, err
	}
	if o.Refused != nil {
		if err := s.Engine.NotBegun(ctx); err != nil {
			s.close()
			return nil, err
		}
	}
	s.observed(o)
	return s, nil
}

// database is the one given, or that of the tenant's folder.
func database(ctx context.Context, o Options, dir string) (kv.DB, error) {
	if o.DB != nil {
		return o.DB, nil
	}
	return place.Serve(ctx, dir, o.Tenant, o.Postgres)
}

// edge is the bot's front door. With the Playground's door open, what bears no token goes there; whatever bears one is checked as ever.
func edge(o Options, b *bot.Bot) (http.Handler, error) {
	front, err := teams.NewEdge(teams.EdgeOptions{Config: o.Teams, Handler: b, Log: o.Log, Now: o.Wall, Keys: o.Keys})
	if err != nil || o.Playground == nil {
		return front, err
	}
	p := *o.Playground
	p.Handler, p.Log = b, o.Log
	side, err := teams.NewPlaygroundEdge(p)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			side.ServeHTTP(w, r)
			return
		}
		front.ServeHTTP(w, r)
	}), nil
}

// Handler answers POST /api/messages and, when HR systems are configured, /api/people-events; GET /healthz, /readyz and /metrics.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(messages, s.turns)
	if s.intake != nil {
		mux.Handle("POST "+intake.Path, s.intake)
	}
	mux.HandleFunc("GET /healthz", healthz)
	mux.Handle("GET /readyz", s.monitor)
	mux.Handle("GET /metrics", s.figures)
	return mux
}

// signEvery is how often the tree head is signed. Signing is outside the commit: what was stored since the last one is vouched for by the
// next.
const signEvery = time.Minute

// Run works until ctx ends, then finishes what is in hand, signs once more and closes the store.
func (s *Service) Run(ctx context.Context) error {
	return errors.Join(s.work(ctx), s.finish(ctx))
}

// work works the queue and signs checkpoints until ctx ends, and then finishes what is in hand. The store stays open: a turn may still be stored.
func (s *Service) work(ctx context.Context) error {
	if err := s.Engine.Begin(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("begin: %w", err)
	}
	var wg sync.WaitGroup
	var runErr error
	wg.Go(func() { runErr = s.Runner.Run(ctx) })
	wg.Go(func() { s.watchDeciders(ctx) })
	wg.Go(func() { s.monitor.Run(ctx) })
	tick := time.NewTicker(signEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			if _, err := s.Store.Checkpoint(ctx); err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "checkpoint not signed", slog.Any("error", err))
			}
		}
	}
	wg.Wait()
	return runErr
}

// finish is called once nothing comes in any more: it ends what is on its way, signs, and closes the store.
func (s *Service) finish(ctx context.Context) error {
	s.bot.Close()
	_, err := s.Store.Checkpoint(context.WithoutCancel(ctx))
	s.endWatch(ctx)
	s.close()
	return err
}

func (s *Service) close() {
	s.Store.Close()
	if err := s.db.Close(); err != nil {
		s.log.Error("store not closed", slog.Any("error", err))
	}
}
