package csdl

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// checkBatch takes a batch apart and judges each item with its answer.
func (m *Model) checkBatch(e Exchange) []string {
	if e.Status != http.StatusOK {
		c := &checker{m: m, where: "$batch"}
		c.problem(e.Response)
		return c.found
	}
	var asked struct {
		Requests []struct {
			ID, Method, URL string
			Body            json.RawMessage
		}
	}
	var answered struct {
		Responses []struct {
			ID     string
			Status int
			Body   json.RawMessage
		}
	}
	if err := json.Unmarshal(e.Request, &asked); err != nil {
		return []string{fmt.Sprint("$batch: request: ", err)}
	}
	if err := json.Unmarshal(e.Response, &answered); err != nil {
		return []string{fmt.Sprint("$batch: response: ", err)}
	}
	var found []string
	if len(asked.Requests) != len(answered.Responses) {
		found = append(found, fmt.Sprintf("$batch: %d requests, %d responses", len(asked.Requests), len(answered.Responses)))
	}
	for _, req := range asked.Requests {
		inner := Exchange{Method: strings.ToUpper(req.Method), Request: req.Body}
		inner.Path, inner.Query, _ = strings.Cut("/v1.0/"+strings.TrimPrefix(req.URL, "/"), "?")
		if string(req.Body) == "null" {
			inner.Request = nil
		}
		for _, r := range answered.Responses {
			if r.ID != req.ID {
				continue
			}
			inner.Status, inner.Response = r.Status, r.Body
			var text string
			if json.Unmarshal(r.Body, &text) == nil {
				inner.Response = []byte(text) // not JSON by itself, as a count
			}
			found = append(found, m.CheckExchange(inner)...)
		}
		if inner.Status == 0 {
			found = append(found, fmt.Sprintf("$batch: no response to %q", req.ID))
		}
	}
	return found
}
