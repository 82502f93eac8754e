package service

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"muster/bot/watch"
	"muster/store"
)

// observed makes the watch, the monitor and the handlers of what they say.
func (s *Service) observed(o Options) {
	s.monitor = s.watch.Monitor(watch.Parts{
		Store: s.Engine.Store, Backlog: s.Engine.Backlog, Tokens: o.Tokens, Tell: s.bot.Alarm, Now: o.Now, Log: o.Log,
	})
	file := ""
	if o.DB == nil && o.Postgres.DSNFile == "" {
		file = filepath.Join(Dir(o.DataDir, o.Tenant), store.DatabaseFile)
	}
	s.figures = s.monitor.Figures(func(ctx context.Context) (watch.Standing, error) { return s.standing(ctx, file) }, o.Budgets)
}

// standing is how things stand, for the figures.
func (s *Service) standing(ctx context.Context, file string) (watch.Standing, error) {
	c, err := s.Store.Census(ctx, s.Engine.Now())
	if err != nil {
		return watch.Standing{}, err
	}
	out := watch.Standing{Due: c.Due, Later: c.Later, Entries: c.Entries}
	if out.Published, err = s.Engine.Published(ctx); err != nil {
		return watch.Standing{}, err
	}
	if file != "" {
		info, err := os.Stat(file)
		if err != nil {
			return watch.Standing{}, fmt.Errorf("measure the store: %w", err)
		}
		out.Bytes = info.Size()
	}
	if sized, ok := s.db.(interface {
		Size(context.Context) (int64, error)
	}); ok { // no file of this machine
		if out.Bytes, err = sized.Size(ctx); err != nil {
			return watch.Standing{}, err
		}
	}
	return out, nil
}

// watchTime is the longest that the last traces may take.
const watchTime = 5 * time.Second

// endWatch sends the traces that are left. Those that nobody takes are no reason to end badly.
func (s *Service) endWatch(ctx context.Context) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), watchTime)
	defer cancel()
	if err := s.watch.Close(within); err != nil {
		s.log.WarnContext(ctx, "last traces not sent", slog.Any("error", err))
	}
}

// healthz says that the process answers; whether all is well is what /readyz says.
func healthz(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
