package graphsim

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A fault is something that goes wrong on purpose.
type fault struct {
	ID      string  `json:"id"`
	Kind    string  `json:"kind"`
	Match   string  `json:"match"`
	Count   int     `json:"count"`
	Seconds float64 `json:"seconds"`
	Fired   int     `json:"fired"`

	pattern *regexp.Regexp
	until   time.Time // zero: for ever
}

const (
	holdAtMost    = 30 * time.Second // of the fault "timeout"
	revertDefault = time.Minute
	slowDefault   = 2 * time.Second
	retryDefault  = 2 // seconds, in Retry-After
)

// faultKinds lists what SetFault takes; its comments are the meaning.
func faultKinds() []string {
	return []string{
		"throttle",      // 429 with Retry-After
		"unavailable",   // 503 before anything is done
		"timeout",       // no answer until the client gives up, at most 30 s
		"lost_answer",   // a write is done, then 503
		"no_effect",     // a write is accepted and nothing is done
		"revert",        // a write is done and undone after some seconds
		"stale_read",    // a read answers the state of before the last write
		"licences_gone", // every pool is full
		"denied",        // 403 Authorization_RequestDenied
		"down",          // the connection is closed without an answer
		"html",          // 502 with a web page
		"bare",          // 500 with {} for a body
		"slow",          // some seconds later
		"conflict",      // 409 Directory_ConcurrencyViolation
		"claims",        // 401 with a claims challenge
		"done_denied",   // a write is done, then 403
		"done_silent",   // a write is done, and no answer comes until the client gives up, at most 30 s
		"done_cut",      // a write is done, and the connection is closed without an answer
		"partial",       // a write is accepted, and of several changes to one object only the first half is made
		"late_effect",   // a write is accepted and done after some seconds; a change of what is there, not a new object
		"wrong_object",  // a write about somebody is accepted and done to somebody else
		"licence_error", // a licence is accepted and its assignment is in error
		"hidden",        // a read answers 404 for what is there
		"empty",         // a read of a list answers with an empty one
		"rules_stopped", // groups with a rule do not follow it
	}
}

// SetFault makes requests go wrong and gives the fault's id. match is a
// regular expression over "METHOD /path", the path with /v1.0 and decoded; an
// empty one matches every request under /v1.0. count limits how often it
// happens, 0 being no limit. seconds limits for how long on the tenant's clock,
// 0 being for ever; with revert it is instead the time until the write is
// undone, with late_effect until it is done, with slow the time added to each
// answer.
func (s *Server) SetFault(kind, match string, count int, seconds float64) (string, error) {
	if !slices.Contains(faultKinds(), kind) {
		return "", fmt.Errorf("set fault: %q is none of %s", kind, strings.Join(faultKinds(), ", "))
	}
	pattern, err := regexp.Compile(match)
	if err != nil {
		return "", fmt.Errorf("set fault %s: %w", kind, err)
	}
	if count < 0 || seconds < 0 || math.IsNaN(seconds) || seconds > math.MaxInt32 {
		return "", fmt.Errorf("set fault %s: count and seconds must not be negative or huge", kind)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faultN++
	f := &fault{ID: fmt.Sprint("f", s.faultN), Kind: kind, Match: match, Count: count, Seconds: seconds, pattern: pattern}
	if seconds > 0 && kind != "revert" && kind != "late_effect" && kind != "slow" {
		f.until = s.o.Now().Add(f.duration(0))
	}
	s.faults = append(s.faults, f)
	return f.ID, nil
}

func (f *fault) duration(standard time.Duration) time.Duration {
	if f.Seconds == 0 {
		return standard
	}
	return time.Duration(f.Seconds * float64(time.Second))
}

// Faults lists the faults with how often each fired:
// [{id, kind, match, count, seconds, fired}].
func (s *Server) Faults() json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return encode(append([]*fault{}, s.faults...))
}

// ClearFaults ends every fault. Reverts that were promised still come.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// hits are the faults that fire for one request.
type hits struct {
	s    *Server
	kind map[string]*fault
	now  time.Time
}

// take finds the faults that fire for a request and counts them: of those that
// answer in Graph's place only the first, and of the others each that fits.
// rt is nil for a path that is not known.
func (s *Server) take(request string, rt *route) hits {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := hits{s: s, kind: map[string]*fault{}, now: s.o.Now()}
	answered := false
	for _, f := range s.faults {
		spent := f.Count > 0 && f.Fired >= f.Count || !f.until.IsZero() && !h.now.Before(f.until)
		if spent || h.kind[f.Kind] != nil || !f.matches(request) || !f.fits(rt) {
			continue
		}
		if instead := f.instead(); instead && answered {
			continue
		} else if instead {
			answered = true
		}
		f.Fired++
		h.kind[f.Kind] = f
	}
	return h
}

func (f *fault) matches(request string) bool {
	if f.Match == "" {
		return strings.Contains(request, " /v1.0/")
	}
	return f.pattern.MatchString(request)
}

// fits says whether the fault means anything for the route.
func (f *fault) fits(rt *route) bool {
	switch f.Kind {
	case "lost_answer", "no_effect", "revert", "done_denied", "done_silent", "done_cut", "partial":
		return rt != nil && rt.writes
	case "late_effect", "wrong_object":
		return rt != nil && rt.writes && rt.path != "users"
	case "licence_error":
		return rt != nil && strings.HasSuffix(rt.path, "assignLicense")
	case "stale_read", "hidden", "empty":
		return rt != nil && !rt.writes
	case "rules_stopped":
		return false // of no request
	case "licences_gone":
		return rt != nil && (strings.HasPrefix(rt.path, "subscribedSkus") || strings.HasSuffix(rt.path, "assignLicense"))
	default:
		return true
	}
}

// instead says whether the fault answers in place of Graph.
func (f *fault) instead() bool {
	switch f.Kind {
	case "throttle", "unavailable", "timeout", "denied", "down", "html", "bare", "conflict", "claims", "hidden":
		return true
	default:
		return false
	}
}

func (h hits) has(kind string) bool { return h.kind[kind] != nil }

// revert gives the time after which a write is to be undone.
func (h hits) revert() (time.Duration, bool) {
	f := h.kind["revert"]
	if f == nil {
		return 0, false
	}
	return f.duration(revertDefault), true
}

// before is what happens on the way to Graph, before it knows who asks.
func (h hits) before(ctx context.Context) (answer, bool) {
	if f := h.kind["slow"]; f != nil && !wait(ctx, f.duration(slowDefault)) {
		return answer{gone: true}, true
	}
	switch {
	case h.has("down"):
		return answer{gone: true}, true
	case h.has("timeout"):
		wait(ctx, holdAtMost)
		return answer{gone: true}, true
	case h.has("unavailable"):
		return problem(&graphError{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "The service is temporarily unavailable. Please try again later."}), true
	case h.has("html"):
		page := "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
		return answer{status: http.StatusBadGateway, text: page, header: map[string]string{"Content-Type": "text/html"}}, true
	case h.has("bare"):
		return answer{status: http.StatusInternalServerError, body: map[string]any{}}, true
	}
	return answer{}, false
}

// refuse is what Graph itself answers to a request it knows the sender of.
func (h hits) refuse() (answer, bool) {
	switch {
	case h.has("throttle"):
		after := retryDefault
		if f := h.kind["throttle"]; !f.until.IsZero() {
			after = int(math.Ceil(f.until.Sub(h.now).Seconds())) // whoever obeys is not throttled again
		}
		return problem(&graphError{
			Status: http.StatusTooManyRequests, Code: "TooManyRequests", Message: "Too many requests. Retry after the time in Retry-After.",
			Header: map[string]string{
				"Retry-After": fmt.Sprint(after), "x-ms-throttle-scope": "Tenant_Application/ReadWrite/" + tenantID,
				"x-ms-throttle-information": "ResourceUnitLimitExceeded", "x-ms-throttle-limit-percentage": "1.2",
			},
		}), true
	case h.has("denied"):
		return problem(denied()), true
	case h.has("hidden"):
		return problem(notFound("of that name")), true
	case h.has("conflict"):
		return problem(&graphError{
			Status: http.StatusConflict, Code: "Directory_ConcurrencyViolation",
			Message: "The request cannot be executed because there is a concurrent request to the tenant. Please wait briefly and try again.",
		}), true
	case h.has("claims"):
		e := unauthenticated("Continuous access evaluation resulted in challenge with result: InteractionRequired.")
		claims := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, h.s.o.TokenNow().Unix()))
		e.Header["WWW-Authenticate"] += `, error="insufficient_claims", claims="` + claims + `"`
		return problem(e), true
	}
	return answer{}, false
}
