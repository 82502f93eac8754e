package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"muster/bot/watch"
	"muster/flows"
)

// Home is one tenant in a House: its Service, and the next one when it is opened anew. Whoever uses the Service is in the home until they
// leave; the store is closed when nobody is.
type Home struct {
	Tenant
	log  *slog.Logger
	most int // requests in hand at a time; 0: as many as come

	wake chan struct{} // something was asked for

	mu      sync.Mutex // guards what follows
	now     standing
	svc     *Service      // in use, or being left
	policy  *flows.Policy // that it was opened with last
	why     error         // it is not open
	leaving chan struct{} // closed when it is to be closed, for those in it who wait for its work
	inside  int
	empty   chan struct{} // closed when nobody is inside any more, while it is closed; nil: nobody waits for that
	moved   chan struct{} // closed when now changes
	wanted  *wish         // nil: nothing was asked for
	refused error         // why the policy that was asked for last is not used
}

// standing is how a home stands.
type standing int

const (
	opening standing = iota // or opening anew: whoever comes waits
	opened
	failed // it could not be opened, and is tried again
	over   // the process ends
)

// wish is another policy that was asked for.
type wish struct {
	policy *flows.Policy
	done   chan error // takes one
}

func newHome(t Tenant, log *slog.Logger) *Home {
	return &Home{Tenant: t, log: log, wake: make(chan struct{}, 1), moved: make(chan struct{})}
}

// errors of a home that is not open.
var (
	errOpening = errors.New("the tenant is being opened")
	errFull    = errors.New("too many requests of this tenant are in hand")
	errOver    = errors.New("the process ends")
)

// enter gives the service, which stays open until leave is called. While it is being opened it waits as long as ctx and patience last; a
// patience of nought waits as long as ctx.
func (h *Home) enter(ctx context.Context, patience time.Duration) (s *Service, leave func(), err error) {
	if patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	for {
		s, moved, err := h.step()
		if s != nil {
			return s, h.out, nil
		}
		if !errors.Is(err, errOpening) {
			return nil, nil, err
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return nil, nil, err
		}
	}
}

// step is the service when it is open, and else what to wait for and why.
func (h *Home) step() (*Service, <-chan struct{}, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch h.now {
	case opened:
		if h.most > 0 && h.inside >= h.most {
			return nil, nil, errFull
		}
		h.inside++
		return h.svc, nil, nil
	case opening:
		return nil, h.moved, errOpening
	case failed:
		return nil, nil, fmt.Errorf("the tenant is not open: %w", h.why)
	}
	return nil, nil, errOver
}

func (h *Home) out() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inside--
	if h.inside == 0 && h.empty != nil {
		close(h.empty)
		h.empty = nil
	}
}

// with does something with the service for a request, or tells whoever called to come again.
func (h *Home) with(w http.ResponseWriter, r *http.Request, do func(*Service)) {
	s, leave, err := h.enter(r.Context(), patience)
	if err != nil {
		h.log.WarnContext(r.Context(), "told to come again", slog.Any("error", err))
		later(w)
		return
	}
	defer leave()
	do(s)
}

// one is what is seen of the home from outside, now.
func (h *Home) one() (watch.One, func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch h.now {
	case opened:
		h.inside++
		return watch.One{Tenant: h.ID, Monitor: h.svc.monitor, Figures: h.svc.figures}, h.out
	case opening:
		return watch.One{Tenant: h.ID, Why: "it is being opened"}, func() {}
	}
	return watch.One{Tenant: h.ID, Why: "it could not be opened"}, func() {}
}

// stand moves the home on.
func (h *Home) stand(now standing, change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = now
	change()
	close(h.moved)
	h.moved = make(chan struct{})
}

// open opens the tenant with a policy; nil is the one that it starts with.
func (h *Home) open(ctx context.Context, pol *flows.Policy) error {
	s, pol, err := h.begin(ctx, pol)
	if err != nil {
		return err
	}
	h.stand(opened, func() { h.svc, h.policy, h.why, h.leaving = s, pol, nil, make(chan struct{}) })
	return nil
}

func (h *Home) begin(ctx context.Context, pol *flows.Policy) (*Service, *flows.Policy, error) {
	var err error
	if pol == nil {
		if pol, err = h.Policy(); err != nil {
			return nil, nil, err
		}
	}
	o, err := h.Options(pol)
	if err != nil {
		return nil, nil, err
	}
	h.mu.Lock()
	o.Renew, o.Refused = h.renew, h.refused
	h.mu.Unlock()
	s, err := Open(ctx, o)
	return s, pol, err
}

// tryAgain is how long after it failed a tenant is opened again.
const tryAgain = time.Minute

// run keeps the tenant open until ctx ends. The only one ends with its service.
func (h *Home) run(ctx context.Context, only bool) error {
	defer func() {
		h.stand(over, func() {})
		h.take().end(errOver)
	}()
	for {
		err := h.live(ctx)
		if ctx.Err() != nil || only && err != nil {
			return err
		}
		if err != nil {
			h.log.ErrorContext(ctx, "tenant not served", slog.Any("error", err))
			h.stand(failed, func() { h.why = err })
			h.rest(ctx)
		}
	}
}

// live opens the tenant if need be, and works until ctx ends, its service does, or another policy is asked for.
func (h *Home) live(ctx context.Context) error {
	s, before := h.stands()
	if s == nil {
		if ctx.Err() != nil {
			return nil
		}
		if asked := h.take(); asked != nil {
			return h.replace(ctx, asked)
		}
		if err := h.open(ctx, before); err != nil {
			return err
		}
		h.log.InfoContext(ctx, "tenant open")
		return nil
	}
	err := h.work(ctx, s)
	if ctx.Err() != nil {
		h.close(ctx, over)
		return errors.Join(err, h.finish(ctx, s))
	}
	h.close(ctx, opening)
	if end := h.finish(ctx, s); end != nil { // what is stored is stored
		h.log.ErrorContext(ctx, "tenant closed badly", slog.Any("error", end))
	}
	if asked := h.take(); asked != nil {
		if err != nil {
			h.log.ErrorContext(ctx, "work ended badly", slog.Any("error", err))
		}
		return h.replace(ctx, asked)
	}
	return fmt.Errorf("work: %w", err)
}

func (h *Home) stands() (*Service, *flows.Policy) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.svc, h.policy
}

// work runs the service and what runs beside it until ctx ends or another policy is asked for, and finishes what it has in hand. Turns are
// still taken.
func (h *Home) work(ctx context.Context, s *Service) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	defer close(done)
	go func() {
		for !h.waits() {
			select {
			case <-h.wake:
			case <-done:
				return
			}
		}
		cancel()
	}()
	parts := []func(context.Context) error{s.work}
	if h.Beside != nil {
		parts = append(parts, h.Beside(s))
	}
	return Together(ctx, parts...)
}

// close lets nobody in any more, and waits until everybody has left. Turns have their own end; one that finds none finds a closed store.
func (h *Home) close(ctx context.Context, now standing) {
	h.stand(now, func() {})
	h.mu.Lock()
	close(h.leaving)
	empty := make(chan struct{})
	if h.inside == 0 {
		close(empty)
	} else {
		h.empty = empty
	}
	h.mu.Unlock()
	late := time.NewTimer(leaveMost)
	defer late.Stop()
	select {
	case <-empty:
	case <-late.C:
		h.log.ErrorContext(ctx, "a request does not end, and finds the store closed")
	}
}

// leaveMost is how long a request in hand is waited for: longer than the longest turn.
const leaveMost = 15 * time.Second

func (h *Home) finish(ctx context.Context, s *Service) error {
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.svc = nil
	}()
	return s.finish(ctx)
}

// replace opens the tenant with the policy that was asked for, or with the one before.
func (h *Home) replace(ctx context.Context, asked *wish) error {
	_, before := h.stands()
	h.refuse(nil)
	err := h.open(ctx, asked.policy)
	if err == nil {
		h.log.InfoContext(ctx, "tenant open with another policy")
		asked.end(nil)
		return nil
	}
	h.log.ErrorContext(ctx, "tenant not open with another policy: the one before is used", slog.Any("error", err))
	h.refuse(err)
	back := h.open(ctx, before)
	asked.end(fmt.Errorf("open with another policy: %w", errors.Join(err, back)))
	return back
}

func (h *Home) refuse(why error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused = why
}

// rest waits until the tenant is tried again, or another policy is asked for.
func (h *Home) rest(ctx context.Context) {
	again := time.NewTimer(tryAgain)
	defer again.Stop()
	select {
	case <-ctx.Done():
	case <-again.C:
	case <-h.wake:
	}
}

// renew asks for another policy and returns at once.
func (h *Home) renew(pol *flows.Policy) { h.ask(&wish{policy: pol, done: make(chan error, 1)}) }

// reopen asks for another policy, and waits until it is used or refused.
func (h *Home) reopen(ctx context.Context, pol *flows.Policy) error {
	w := &wish{policy: pol, done: make(chan error, 1)}
	h.ask(w)
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("reopen: %w", ctx.Err())
	}
}

// ask puts a wish; the one before it, if nobody has looked at it yet, is none any more.
func (h *Home) ask(w *wish) {
	h.mu.Lock()
	if h.now == over {
		h.mu.Unlock()
		w.end(errOver)
		return
	}
	before := h.wanted
	h.wanted = w
	h.mu.Unlock()
	before.end(errors.New("another policy was asked for meanwhile"))
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

func (h *Home) waits() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wanted != nil
}

func (h *Home) take() *wish {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := h.wanted
	h.wanted = nil
	return w
}

func (w *wish) end(err error) {
	if w != nil {
		w.done <- err
	}
}

// Cases lists every case.
func (h *Home) Cases(ctx context.Context) (json.RawMessage, error) {
	s, leave, err := h.enter(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer leave()
	return s.Cases(ctx)
}

// Case is one case by reference; false when there is none.
func (h *Home) Case(ctx context.Context, ref string) (json.RawMessage, bool, error) {
	s, leave, err := h.enter(ctx, 0)
	if err != nil {
		return nil, false, err
	}
	defer leave()
	return s.Case(ctx, ref)
}

// Log is the evidence of one case, with that of the draft that led to it.
func (h *Home) Log(ctx context.Context, ref string) (json.RawMessage, error) {
	s, leave, err := h.enter(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer leave()
	return s.Log(ctx, ref)
}

// NextDue is the earliest due time in the queue.
func (h *Home) NextDue(ctx context.Context) (time.Time, bool, error) {
	s, leave, err := h.enter(ctx, 0)
	if err != nil {
		return time.Time{}, false, err
	}
	defer leave()
	return s.NextDue(ctx)
}

// Settle runs what is due until it is finished or waits on people, and goes on where the tenant was opened anew by it.
func (h *Home) Settle(ctx context.Context) (int, error) {
	ran := 0
	for {
		n, again, err := h.settle(ctx)
		ran += n
		if !again {
			return ran, err
		}
	}
}

// settle settles one service; again when it was to be closed meanwhile.
func (h *Home) settle(ctx context.Context) (ran int, again bool, err error) {
	s, leave, err := h.enter(ctx, 0)
	if err != nil {
		return 0, false, err
	}
	defer leave()
	h.mu.Lock()
	leaving := h.leaving
	h.mu.Unlock()
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-leaving:
			cancel()
		case <-within.Done():
		}
	}()
	ran, err = s.Settle(within)
	if h.waits() {
		<-within.Done()
	}
	if ctx.Err() == nil && within.Err() != nil {
		return ran, true, nil
	}
	return ran, false, err
}
