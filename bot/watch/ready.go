package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Check is one thing that must be well. It is a contract for scripts.
type Check struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, warn, bad
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"`
}

// The states of a check. Only bad ones make /readyz answer 503.
const (
	ok   = "ok"
	warn = "warn"
	bad  = "bad"
)

// How far this machine's clock may be off. Tokens of Teams are judged with five minutes' grace (reference/teams.md 1).
const (
	skewWarn = 30 * time.Second
	skewBad  = 5 * time.Minute
)

// ServeHTTP answers /readyz: what is well and what is not, and what to do about it. It asks the store two short questions and nobody else.
func (m *Monitor) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	report := m.Ready(r.Context())
	answer(r.Context(), rw, report, report.Ready, m.p.Log)
}

// Report is what /readyz says of one tenant. It is a contract for scripts.
type Report struct {
	Tenant string  `json:"tenant,omitempty"` // its id, where there are several
	Ready  bool    `json:"ready"`
	Checks []Check `json:"checks"`
}

// Ready looks at what must be well.
func (m *Monitor) Ready(ctx context.Context) Report {
	ctx, cancel := context.WithTimeout(ctx, lookMost)
	defer cancel()
	out := Report{Ready: true, Checks: append(m.checkStore(ctx), append(m.checkTokens(), m.checkClock())...)}
	for _, c := range out.Checks {
		out.Ready = out.Ready && c.State != bad
	}
	return out
}

// answer writes what /readyz says.
func answer(ctx context.Context, rw http.ResponseWriter, body any, ready bool, log *slog.Logger) {
	b, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		http.Error(rw, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	if !ready {
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
	if _, err := rw.Write(append(b, '\n')); err != nil {
		log.DebugContext(ctx, "readyz not taken")
	}
}

// checkStore looks at the store and at the queue in it.
func (m *Monitor) checkStore(ctx context.Context) []Check {
	b, err := m.p.Backlog(ctx)
	m.w.mu.Lock()
	shut, done := m.w.shut, m.w.done
	m.w.mu.Unlock()
	m.mu.Lock()
	stuck, before := m.stuck, m.done
	m.mu.Unlock()
	if err != nil {
		return []Check{{"store", bad, "The store cannot be read.", "Look at Muster's log and at the disk of the data folder."}, {"queue", bad, "The queue cannot be read.", ""}}
	}
	out := []Check{{"store", ok, "The store can be read and written.", ""}, {"queue", ok, "Nothing is late.", ""}}
	if shut != nil {
		out[0] = Check{"store", bad, "The last change could not be stored.", "Look whether the disk of the data folder is full or read-only."}
	}
	late := fmt.Sprintf("The oldest thing to do is %s late", b.Late().Round(time.Second))
	switch {
	case b.Late() >= stillAfter && !stuck.IsZero() && done == before && m.w.wall().Sub(stuck) >= stillFor:
		out[1] = Check{"queue", bad, late + ", and nothing was finished in the last minutes.", "Look at Muster's log, then start Muster again."}
	case b.Late() >= lateAfter:
		out[1] = Check{"queue", warn, late + "; the queue moves.", "Nothing, if many people events are due at once; else look at Muster's log."}
	case b.Late() > time.Minute:
		out[1].Says = late + "."
	}
	if b.Paused {
		out[1].Says += " The stop button is pressed: changes in Microsoft 365 wait."
	}
	return out
}

func (m *Monitor) checkTokens() []Check {
	m.mu.Lock()
	all := maps.Clone(m.tokens)
	m.mu.Unlock()
	var out []Check
	for _, of := range slices.Sorted(maps.Keys(m.p.Tokens)) {
		t := all[of]
		switch {
		case t.asked.IsZero():
			out = append(out, Check{"token for " + of, ok, "Not asked for yet.", ""})
		case !t.failing.IsZero():
			out = append(out, Check{"token for " + of, bad, "None can be had since " + t.failing.UTC().Format(time.RFC3339) + ".", "Look at the app registration: has its secret or certificate expired, is its consent there, does the authority answer?"})
		default:
			out = append(out, Check{"token for " + of, ok, "Good until " + t.until.UTC().Format(time.RFC3339) + ".", ""})
		}
	}
	return out
}

func (m *Monitor) checkClock() Check {
	m.w.mu.Lock()
	skew, heard := m.w.skew, m.w.heard
	m.w.mu.Unlock()
	if !heard {
		return Check{"clock", ok, "Nobody has said yet what time it is.", ""}
	}
	off, way := skew.Abs().Round(time.Second), "ahead of"
	if skew < 0 {
		way = "behind"
	}
	c := Check{"clock", ok, "This machine's clock is right.", ""}
	if off >= skewWarn {
		c = Check{"clock", warn, fmt.Sprintf("This machine's clock is %s %s that of Microsoft.", off, way), "Set it, and let it be kept (NTP)."}
	}
	if off >= skewBad {
		c.State = bad
		c.Says += " Microsoft's tokens are refused."
	}
	return c
}
