package graphsim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

const batchMost = 20

type batchItem struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batch runs up to twenty calls and answers 200 with each one's own status. The
// answers come back in an order of their own, as Graph's do.
func (s *Server) batch(ctx context.Context, c *call, enter func() error) answer {
	f := s.take(c.method+" "+c.path, nil)
	if a, stop := f.before(ctx); stop {
		return a
	}
	if err := enter(); err != nil {
		return problem(err)
	}
	if a, stop := f.refuse(); stop {
		return a
	}
	if c.method != http.MethodPost {
		return problem(unknown("%s %s", c.method, c.path))
	}
	items, err := readBatch(c.body)
	if err != nil {
		return problem(err)
	}
	status := map[string]int{}
	var answers []any
	for _, it := range items {
		var a answer
		if failed(it, status) {
			a = problem(&graphError{Status: http.StatusFailedDependency, Code: "FailedDependency", Message: "A request this one depends on did not succeed."})
		} else {
			a = s.batchItem(ctx, c, it)
		}
		status[it.ID] = a.status
		entry, err := s.entry(it.ID, a)
		if err != nil {
			return problem(err)
		}
		answers = append(answers, entry)
	}
	s.mu.Lock()
	h := digest(s.o.Seed, "batch order", s.requests)
	s.mu.Unlock()
	for i := len(answers) - 1; i > 0; i-- {
		j := int(h[i%len(h)]) % (i + 1)
		answers[i], answers[j] = answers[j], answers[i]
	}
	return ok(map[string]any{"responses": answers})
}

// readBatch checks the envelope and puts the items in an order that respects
// their dependencies.
func readBatch(body []byte) ([]batchItem, error) {
	var envelope struct {
		Requests []batchItem `json:"requests"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	if len(envelope.Requests) == 0 {
		return nil, malformed("Invalid batch payload format.")
	}
	if len(envelope.Requests) > batchMost {
		return nil, malformed("Number of batch request steps exceeds the maximum value of %d.", batchMost)
	}
	place := map[string]bool{}
	for _, it := range envelope.Requests {
		if it.ID == "" || it.Method == "" || it.URL == "" {
			return nil, malformed("Invalid batch payload format: id, method and url are required.")
		}
		if place[it.ID] {
			return nil, malformed("Request id '%s' is duplicated in the batch.", it.ID)
		}
		place[it.ID] = true
	}
	var ordered []batchItem
	done := map[string]bool{}
	for len(ordered) < len(envelope.Requests) {
		before := len(ordered)
		for _, it := range envelope.Requests {
			ready := !done[it.ID]
			for _, d := range it.DependsOn {
				if !place[d] {
					return nil, malformed("Request '%s' depends on '%s', which is not in the batch.", it.ID, d)
				}
				ready = ready && done[d]
			}
			if ready {
				done[it.ID] = true
				ordered = append(ordered, it)
			}
		}
		if len(ordered) == before {
			return nil, malformed("The batch has circular dependencies.")
		}
	}
	return ordered, nil
}

func failed(it batchItem, status map[string]int) bool {
	for _, d := range it.DependsOn {
		if status[d] >= 300 {
			return true
		}
	}
	return false
}

func (s *Server) batchItem(ctx context.Context, outer *call, it batchItem) answer {
	u, err := url.Parse("/" + strings.TrimPrefix(it.URL, "/"))
	if err != nil || strings.Contains(it.URL, "://") {
		return problem(malformed("Invalid relative URL in batch request '%s'.", it.ID))
	}
	c := &call{s: s, method: strings.ToUpper(it.Method), path: "/v1.0" + u.Path, header: http.Header{}, base: outer.base, allowed: outer.allowed}
	if c.segs, err = segments(u.EscapedPath()); err != nil {
		return problem(malformed("The path is not valid."))
	}
	if c.query, err = url.ParseQuery(u.RawQuery); err != nil {
		return problem(malformed("The query string is not valid."))
	}
	for k, v := range it.Headers {
		c.header.Set(k, v)
	}
	if string(it.Body) != "null" {
		c.body = it.Body
	}
	if len(c.body) > 0 && !strings.HasPrefix(c.header.Get("Content-Type"), "application/json") {
		return problem(malformed("Write request id '%s' does not contain a Content-Type header or body.", it.ID))
	}
	a := s.do(ctx, c, func() error { return nil })
	if a.gone {
		return problem(&graphError{Status: http.StatusGatewayTimeout, Code: "UnknownError", Message: "The request timed out."})
	}
	return a
}

// entry is one answer inside the envelope; a 204 has no body.
func (s *Server) entry(id string, a answer) (map[string]any, error) {
	s.mu.Lock()
	s.requests++
	request := uuidOf(s.o.Seed, fmt.Sprint("request/", s.t.Starts), s.requests)
	s.mu.Unlock()
	raw, err := finish(&a, request, "", s.o.Now())
	if err != nil {
		return nil, err
	}
	delete(a.header, "Date")
	out := map[string]any{"id": id, "status": a.status, "headers": a.header}
	switch {
	case a.body != nil:
		out["body"] = json.RawMessage(raw)
	case a.text != "":
		out["body"] = a.text
	}
	return out, nil
}
