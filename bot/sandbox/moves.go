package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// maxPasses bounds one move of the clock, so that work which makes itself due
// again at once cannot hold the call for ever.
const maxPasses = 100_000

type clockView struct {
	Now  time.Time  `json:"now"`
	Ran  int        `json:"ran"`
	Next *time.Time `json:"next,omitempty"`
}

func (s *Sandbox) getClock(r *http.Request) (int, any) {
	v := clockView{Now: s.opt.Clock.Now()}
	if s.opt.Cases != nil {
		due, ok, err := s.opt.Cases.NextDue(r.Context())
		if err != nil {
			return refuse(http.StatusInternalServerError, "%v", err)
		}
		if ok {
			v.Next = &due
		}
	}
	return http.StatusOK, v
}

type clockCall struct {
	To      *time.Time `json:"to"`
	Advance string     `json:"advance"`
	Next    bool       `json:"next"`
}

func (s *Sandbox) postClock(r *http.Request) (int, any) {
	var in clockCall
	if err := decode(r, &in); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	s.moving.Lock()
	defer s.moving.Unlock()
	now := s.opt.Clock.Now()
	var target time.Time
	switch {
	case in.To != nil && in.Advance == "" && !in.Next:
		if target = *in.To; target.Before(now) {
			return refuse(http.StatusBadRequest, "it is %s already, and the clock never goes back", now.Format(time.RFC3339))
		}
	case in.Advance != "" && in.To == nil && !in.Next:
		d, err := time.ParseDuration(in.Advance)
		if err != nil || d < 0 {
			return refuse(http.StatusBadRequest, "advance is a duration such as 26h, not %q", in.Advance)
		}
		target = now.Add(d)
	case in.Next && in.To == nil && in.Advance == "":
		target = now
		if s.opt.Cases != nil {
			due, ok, err := s.opt.Cases.NextDue(r.Context())
			if err != nil {
				return refuse(http.StatusInternalServerError, "%v", err)
			}
			if ok && due.After(now) {
				target = due
			}
		}
	default:
		return refuse(http.StatusBadRequest, "the clock takes one of to, advance and next")
	}
	ran, err := s.moveTo(r.Context(), target)
	if err != nil {
		return refuse(http.StatusInternalServerError, "the clock stands at %s: %v", s.opt.Clock.Now().Format(time.RFC3339), err)
	}
	if err := s.world.noteClock(true); err != nil {
		return refuse(http.StatusInternalServerError, "%v", err)
	}
	return http.StatusOK, clockView{Now: s.opt.Clock.Now(), Ran: ran}
}

// moveTo moves the clock through every due time up to target, in order, so that
// each piece of work runs at its own time; then to target itself.
func (s *Sandbox) moveTo(ctx context.Context, target time.Time) (int, error) {
	if s.opt.Cases == nil {
		s.opt.Clock.Set(target)
		return 0, nil
	}
	ran := 0
	settle := func() error {
		n, err := s.opt.Cases.Settle(ctx)
		ran += n
		if err != nil {
			return fmt.Errorf("run what is due: %w", err)
		}
		return ctx.Err()
	}
	var stuck time.Time
	for range maxPasses {
		due, ok, err := s.opt.Cases.NextDue(ctx)
		if err != nil {
			return ran, fmt.Errorf("find what is due next: %w", err)
		}
		// What is due, but did not move when it was let run, is being run by
		// somebody else or cannot: the rest of the way is made in one step.
		if !ok || due.After(target) || due.Equal(stuck) {
			s.opt.Clock.Set(target)
			return ran, settle()
		}
		before := ran
		s.opt.Clock.Set(due)
		if err := settle(); err != nil {
			return ran, err
		}
		if stuck = (time.Time{}); ran == before {
			stuck = due
		}
	}
	return ran, errors.New("the work due never ends")
}
