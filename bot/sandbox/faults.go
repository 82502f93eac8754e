package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// faults are the ways in which the connector misbehaves on demand.
type faults struct {
	now  func() time.Time
	mu   sync.Mutex
	made int
	list []*fault
}

type fault struct {
	ID      string  `json:"id"`
	Target  string  `json:"target"`
	Kind    string  `json:"kind"`
	Match   string  `json:"match,omitempty"`
	Count   int     `json:"count,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Fired   int     `json:"fired"`

	on    *regexp.Regexp
	until time.Time
}

const heldAtMost = 30 * time.Second

var teamsFaultKinds = [...]string{"throttle", "unavailable", "lost_answer", "timeout", "down", "denied", "expired", "not_installed", "disabled", "gone"}

func newFaults(now func() time.Time) *faults { return &faults{now: now} }

func (f *faults) set(kind, match string, count int, seconds float64) (string, error) {
	if !slices.Contains(teamsFaultKinds[:], kind) {
		return "", fmt.Errorf("set fault: teams has no fault %q (it has %v)", kind, teamsFaultKinds)
	}
	if count < 0 || seconds < 0 {
		return "", fmt.Errorf("set fault: count and seconds are not negative")
	}
	on, err := regexp.Compile(match)
	if err != nil {
		return "", fmt.Errorf("set fault: match: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made++
	v := &fault{ID: "teams-" + strconv.Itoa(f.made), Target: "teams", Kind: kind, Match: match, Count: count, Seconds: seconds, on: on}
	if seconds > 0 {
		v.until = f.now().Add(time.Duration(seconds * float64(time.Second)))
	}
	f.list = append(f.list, v)
	return v.ID, nil
}

func (f *faults) all() []fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]fault, 0, len(f.list))
	for _, v := range f.list {
		list = append(list, *v)
	}
	return list
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
}

// take returns the kind of the first fault that applies to the call and counts
// that it fired.
func (f *faults) take(call string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	for _, v := range f.list {
		spent := v.Count > 0 && v.Fired >= v.Count
		over := !v.until.IsZero() && !now.Before(v.until)
		if spent || over || !v.on.MatchString(call) {
			continue
		}
		v.Fired++
		return v.Kind
	}
	return ""
}

// faulty makes a connector route misbehave while a fault applies to it.
func (s *Sandbox) faulty(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch s.faults.take(r.Method + " " + r.URL.Path) {
		case "throttle":
			w.Header().Set("Retry-After", "1")
			connectorError(w, http.StatusTooManyRequests, "Throttled", "Too many requests.")
		case "unavailable":
			connectorError(w, http.StatusServiceUnavailable, "ServiceError", "The service is unavailable.")
		case "denied":
			writesBlocked(w)
		case "not_installed":
			connectorError(w, http.StatusForbidden, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
		case "disabled":
			connectorError(w, http.StatusForbidden, "BotDisabledByAdmin", "The bot was disabled by an administrator.")
		case "gone":
			connectorError(w, http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
		case "expired": // of an upload: its time is over
			uploadError(w, http.StatusNotFound, "itemNotFound", "The upload session was not found.")
		case "down":
			panic(http.ErrAbortHandler) // net/http closes the connection without an answer
		case "timeout":
			s.hold(r)
			panic(http.ErrAbortHandler)
		case "lost_answer":
			next.ServeHTTP(lost{http.Header{}}, r)
			connectorError(w, http.StatusServiceUnavailable, "ServiceError", "The service is unavailable.")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// lost is where an answer goes that never arrives.
type lost struct{ header http.Header }

func (l lost) Header() http.Header         { return l.header }
func (l lost) Write(b []byte) (int, error) { return len(b), nil }
func (l lost) WriteHeader(int)             {}

// hold keeps a call until the caller gives up. The body is read first: only
// then does the server notice that the caller has gone.
func (s *Sandbox) hold(r *http.Request) {
	if _, err := readBody(r, maxActivity); err != nil {
		return
	}
	t := time.NewTimer(heldAtMost)
	defer t.Stop()
	select {
	case <-r.Context().Done():
	case <-t.C:
	}
}
