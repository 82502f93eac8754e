package service

import (
	"context"
	"log/slog"
	"time"

	"muster/flows"
)

// lookEvery is how often everybody is looked at whose decision an open case waits for: an approver who left is noticed within a minute.
const lookEvery = time.Minute

// lookMost is the longest that one look may take. What it leaves out the next one finds.
const lookMost = 50 * time.Second

// watchDeciders looks until ctx ends. A look that fails moves nothing; the next one follows.
func (s *Service) watchDeciders(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		look, cancel := context.WithTimeout(ctx, lookMost)
		if err := s.Engine.Watch(flows.WithPriority(look, flows.Background)); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "deciders not looked at", slog.Any("error", err))
		}
		if err := s.Engine.WatchPolicy(flows.WithPriority(look, flows.Background)); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "policy's file not looked at", slog.Any("error", err))
		}
		cancel()
	}
}
