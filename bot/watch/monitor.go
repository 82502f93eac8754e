package watch

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"muster/flows"
)

// Parts are what a Monitor looks at.
type Parts struct {
	Store   flows.Store // as Watch.Store gave it
	Backlog func(context.Context) (flows.Backlog, error)
	Tokens  map[string]Token                          // by service, as people call it
	Tell    func(ctx context.Context, s string) error // puts a sentence into IT's channel at once, past the queue
	Now     func() time.Time                          // the clock of the business, for times that people read
	Log     *slog.Logger
}

// Token gets a token, and says until when it is good.
type Token func(context.Context) (time.Time, error)

// How often is looked, and how long something must be wrong until it is said.
const (
	lookEvery  = 15 * time.Second
	askEvery   = time.Minute      // for tokens
	lookMost   = 10 * time.Second // for one question
	lateAfter  = 10 * time.Minute // the queue is behind: said by /readyz while it moves
	stillAfter = 15 * time.Minute // so late, and nothing finished for stillFor, the queue stands still
	stillFor   = 5 * time.Minute
	tokenFor   = 15 * time.Minute // without a token
)

// Monitor looks whether the queue moves and tokens can be had, and says when they do not: in the log, in the figures, and once per stretch in
// IT's channel, with another word when it is over. It sends that itself: what stands still cannot carry the news that it stands still. What it
// has said is not stored, so a restart in the middle says it again.
type Monitor struct {
	w *Watch
	p Parts

	mu     sync.Mutex // guards what follows
	done   int64      // errands finished at the last look
	stuck  time.Time  // since when nothing is finished though it is late; zero: it moves
	tokens map[string]token

	queue   stretch // only of the goroutine that looks
	without map[string]*stretch
}

// token is how the last question for one went.
type token struct {
	asked, until time.Time
	failing      time.Time // since when; zero: it was had
}

// stretch is something wrong from its beginning to its end, and who knows of it.
type stretch struct {
	on      bool
	told    bool // IT was told that it began
	pending bool // IT is to be told that it is over
	mute    bool // IT could not be told; logged once
}

// Monitor makes one.
func (w *Watch) Monitor(p Parts) *Monitor {
	m := &Monitor{w: w, p: p, tokens: map[string]token{}, without: map[string]*stretch{}}
	for of := range p.Tokens {
		m.without[of] = &stretch{}
	}
	return m
}

// Run looks until ctx ends.
func (m *Monitor) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		m.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (m *Monitor) look(ctx context.Context) {
	for _, of := range slices.Sorted(maps.Keys(m.p.Tokens)) {
		m.askToken(ctx, of)
	}
	m.probe(ctx)
	late, still := m.lookAtQueue(ctx)
	if ctx.Err() != nil {
		return // it is stopping: that is no standstill
	}
	value := 0.0
	if still {
		value = 1
	}
	m.w.meter.still.Set(value)
	m.say(ctx, &m.queue, still, "queue stands still", m.stillText(late), "Muster's queue moves again. What was late is being done now.")
}

// askToken asks for a token now and then, so that a secret that has expired is known before somebody waits for what it was for.
func (m *Monitor) askToken(ctx context.Context, of string) {
	now := m.w.wall()
	m.mu.Lock()
	t := m.tokens[of]
	m.mu.Unlock()
	if t.asked.IsZero() || now.Sub(t.asked) >= askEvery {
		within, cancel := context.WithTimeout(ctx, lookMost)
		until, err := m.p.Tokens[of](within)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			t = token{asked: now, until: until}
		case t.failing.IsZero():
			t.asked, t.failing = now, now
			m.p.Log.WarnContext(ctx, "no token", slog.String("of", of), slog.Any("error", err))
		default:
			t.asked = now
		}
		m.mu.Lock()
		m.tokens[of] = t
		m.mu.Unlock()
	}
	m.say(ctx, m.without[of], !t.failing.IsZero() && now.Sub(t.failing) >= tokenFor, "no token for long", "Muster gets no access token for "+of+" since "+m.at(t.failing)+
		". Nothing is read or changed there until it does, urgent exits included; nothing is lost. Usually the app's secret or certificate has expired, or an administrator took its consent away: look at its app registration. "+
		"I say so here when it works again.", "Muster gets access tokens for "+of+" again.")
}

// probe writes a row while the store cannot be written, so that it is known when it can.
func (m *Monitor) probe(ctx context.Context) {
	m.w.mu.Lock()
	shut := m.w.shut
	m.w.mu.Unlock()
	if shut == nil {
		return
	}
	if err := m.p.Store.Commit(ctx, flows.Change{Memos: []flows.Memo{{Key: "watch/probe", Value: []byte(m.p.Now().UTC().Format(time.RFC3339))}}}); err != nil {
		m.p.Log.DebugContext(ctx, "the store cannot be written yet", slog.Any("error", err))
	}
}

// lookAtQueue is how late the queue is, and whether it stands still: late, or with a store that cannot be used, while nothing is finished.
func (m *Monitor) lookAtQueue(ctx context.Context) (time.Duration, bool) {
	within, cancel := context.WithTimeout(ctx, lookMost)
	defer cancel()
	b, err := m.p.Backlog(within)
	m.w.mu.Lock()
	done, shut := m.w.done, m.w.shut
	m.w.mu.Unlock()
	now := m.w.wall()
	m.mu.Lock()
	defer m.mu.Unlock()
	if moved := done != m.done; moved || err == nil && shut == nil && b.Late() < stillAfter {
		m.done, m.stuck = done, time.Time{}
		return b.Late(), false
	}
	if m.stuck.IsZero() {
		m.stuck = now
	}
	return b.Late(), now.Sub(m.stuck) >= stillFor
}

func (m *Monitor) stillText(late time.Duration) string {
	m.w.mu.Lock()
	shut := m.w.shut
	m.w.mu.Unlock()
	why := "Look at /readyz and at Muster's log, then start Muster again."
	if shut != nil {
		why = "The store cannot be written: the disk is probably full or read-only. Make room, and look at Muster's log."
	}
	since := "nothing was finished in the last minutes"
	if late > 0 {
		since = "the oldest thing to do has been due since " + m.p.Now().Add(-late).UTC().Format("Mon 2 January, 15:04 UTC") + ", and nothing was finished in the last minutes"
	}
	return "Muster's queue stands still: " + since + ". Access changes, cards and reminders wait until it moves, urgent exits included; nothing is lost. " + why + " I say so here when it moves again."
}

// at is a moment of the watch's clock as the business says it.
func (m *Monitor) at(t time.Time) string {
	return m.p.Now().Add(-m.w.wall().Sub(t)).UTC().Format("Mon 2 January, 15:04 UTC")
}

// say says once that something is wrong, and once that it is over.
func (m *Monitor) say(ctx context.Context, s *stretch, on bool, what, bad, good string) {
	if on && !s.on {
		m.p.Log.ErrorContext(ctx, what)
		*s = stretch{on: true}
	}
	if !on && s.on {
		m.p.Log.InfoContext(ctx, what+": over")
		*s = stretch{pending: s.told}
	}
	text := ""
	switch {
	case s.on && !s.told:
		text = bad
	case s.pending:
		text = good
	default:
		return
	}
	within, cancel := context.WithTimeout(ctx, 2*lookMost)
	defer cancel()
	if err := m.p.Tell(within, text); err != nil {
		if !s.mute {
			m.p.Log.WarnContext(ctx, "IT not told", slog.String("what", what), slog.Any("error", err))
		}
		s.mute = true // tried again at the next look
		return
	}
	s.told, s.pending = s.on, false
}
