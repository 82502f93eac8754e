package graphsim

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What follows are the faults that say one thing and do another, besides those that call.go has in a line each.

const lateDefault = time.Minute // of the fault "late_effect"

// told is what the client gets to know of a write that was done.
func (h hits) told(ctx context.Context, a answer) answer {
	switch {
	case a.status >= 300:
		return a
	case h.has("lost_answer"):
		return problem(&graphError{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "The service is temporarily unavailable. Please try again later."})
	case h.has("done_denied"):
		return problem(denied())
	case h.has("done_silent"):
		wait(ctx, holdAtMost)
		return answer{gone: true}
	case h.has("done_cut"):
		return answer{gone: true}
	}
	return a
}

// shown is what a read answers under a fault: a list without anything in it.
func (h hits) shown(a answer) answer {
	body, is := a.body.(map[string]any)
	if !h.has("empty") || !is || a.status >= 300 {
		return a
	}
	switch body["value"].(type) {
	case []any, []map[string]any, []string:
		body["value"] = []any{}
		delete(body, "@odata.nextLink")
	}
	return a
}

// twisted is what becomes of a write that was to lead from one moment to the next: only half of it, or all of it later.
func (h hits) twisted(from, next *tenant, now time.Time) (*tenant, error) {
	if h.has("partial") {
		undos, err := undoing(from, next, now)
		if err != nil {
			return nil, err
		}
		for _, u := range undos {
			u.Ops = u.Ops[(len(u.Ops)+1)/2:]
			if u.Fresh || len(u.Ops) == 0 {
				continue
			}
			if err := next.takeBack(u); err != nil {
				return nil, err
			}
		}
	}
	if f := h.kind["late_effect"]; f != nil {
		todo, err := undoing(next, from, now.Add(f.duration(lateDefault)))
		if err != nil {
			return nil, err
		}
		late := from.clone()
		late.Undos, late.Serial = append(late.Undos, todo...), next.Serial
		next = late
	}
	if h.has("licence_error") {
		for _, id := range sortedKeys(next.Users) {
			if from.Users[id] == next.Users[id] || from.Users[id] == nil {
				continue
			}
			for _, key := range sortedKeys(next.Users[id].Licences) {
				if had := from.Users[id].Licences[key]; had == nil {
					l := *next.Users[id].Licences[key]
					l.State, l.Error = "Error", "MutuallyExclusiveViolation"
					next.edit(id).Licences[key] = &l
				}
			}
		}
	}
	return next, nil
}

// elsewhere does a write to somebody else than it names: to the first whom it can be done to. It says so when it names nobody, or there is
// nobody else.
func (s *Server) elsewhere(c *call, rt *route) (*tenant, bool) {
	named := ""
	for _, key := range []string{"id", "member"} {
		if u := s.t.Users[strings.ToLower(c.params[key])]; u != nil {
			named = u.ID
			break
		}
	}
	for _, u := range s.t.sortedUsers() {
		if named == "" && bytes.Contains(bytes.ToLower(c.body), []byte(u.ID)) {
			named = u.ID
		}
	}
	if named == "" {
		return nil, false
	}
	for _, u := range s.t.sortedUsers() {
		if u.ID == named || u.Deleted != nil || u.Props["accountEnabled"] != true || u.Props["onPremisesSyncEnabled"] == true || u.Props["userType"] == "Guest" {
			continue
		}
		wrong := *c
		wrong.params = map[string]string{}
		for k, v := range c.params {
			if strings.EqualFold(v, named) {
				v = u.ID
			}
			wrong.params[k] = v
		}
		if !slices.ContainsFunc([]string{c.params["id"], c.params["member"]}, func(v string) bool { return strings.EqualFold(v, named) }) {
			wrong.body = bytes.ReplaceAll(bytes.ToLower(c.body), []byte(named), []byte(u.ID))
		}
		wrong.t = s.t.clone()
		if run(&wrong, rt).status < 300 {
			return wrong.t, true
		}
	}
	return nil, false
}

// stopped says whether groups with a rule follow it no more. Whoever calls holds the lock.
func (s *Server) stopped(now time.Time) bool {
	return slices.ContainsFunc(s.faults, func(f *fault) bool {
		return f.Kind == "rules_stopped" && (f.until.IsZero() || now.Before(f.until))
	})
}
