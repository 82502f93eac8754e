package kill

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// rates are the shares of calls to Microsoft 365 that go wrong.
type rates struct {
	Throttled, Broken, Lost float64
}

// asInIssue are the shares that the kill test promises.
var asInIssue = rates{Throttled: .10, Broken: .05, Lost: .05}

// shares stands before the simulator and lets some of the calls go wrong: 429, 503, and done without an answer.
type shares struct {
	graph http.Handler
	seed  uint64

	mu   sync.Mutex
	rand *rand.Rand
	now  rates
}

func (s *shares) set(w http.ResponseWriter, r *http.Request) {
	var next rates
	if err := json.NewDecoder(r.Body).Decode(&next); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = next
	answer(w, next)
}

// draw says what happens to a call, and for how many seconds it is put off.
func (s *shares) draw() (lot float64, at rates, wait string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rand == nil {
		s.rand = rand.New(rand.NewPCG(s.seed, 1))
	}
	return s.rand.Float64(), s.now, []string{"0", "1", "1", "2"}[s.rand.IntN(4)]
}

// ServeHTTP implements http.Handler.
func (s *shares) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lot, at, wait := s.draw()
	if !strings.HasPrefix(r.URL.Path, "/v1.0/") {
		lot = 1
	}
	switch {
	case lot < at.Throttled:
		w.Header().Set("Retry-After", wait)
		fail(w, http.StatusTooManyRequests, "TooManyRequests")
	case lot < at.Throttled+at.Broken:
		fail(w, http.StatusServiceUnavailable, "ServiceUnavailable")
	case lot < at.Throttled+at.Broken+at.Lost:
		s.graph.ServeHTTP(httptest.NewRecorder(), r)
		if lot < at.Throttled+at.Broken+at.Lost/2 {
			fail(w, http.StatusServiceUnavailable, "ServiceUnavailable")
			return
		}
		panic(http.ErrAbortHandler) // net/http closes the connection without an answer
	default:
		s.graph.ServeHTTP(w, r)
	}
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	answer(w, map[string]any{"error": map[string]string{"code": code, "message": "On purpose."}})
}
