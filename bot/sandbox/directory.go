package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
)

type faultCall struct {
	Target  string  `json:"target"`
	Kind    string  `json:"kind"`
	Match   string  `json:"match"`
	Count   int     `json:"count"`
	Seconds float64 `json:"seconds"`
}

// postFault makes Graph or Teams misbehave.
func (s *Sandbox) postFault(r *http.Request) (int, any) {
	var in faultCall
	if err := decode(r, &in); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	set := s.faults.set
	switch {
	case in.Target == "graph" && s.opt.Directory != nil:
		set = s.opt.Directory.SetFault
	case in.Target != "teams":
		return refuse(http.StatusBadRequest, "a fault's target is graph or teams, not %q", in.Target)
	}
	id, err := set(in.Kind, in.Match, in.Count, in.Seconds)
	if err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	return http.StatusOK, struct {
		ID string `json:"id"`
	}{id}
}

// getFaults lists the faults of both targets and how often each fired.
func (s *Sandbox) getFaults(*http.Request) (int, any) {
	list := []any{}
	for _, f := range s.faults.all() {
		list = append(list, f)
	}
	if s.opt.Directory != nil {
		var graph []map[string]json.RawMessage
		if err := json.Unmarshal(s.opt.Directory.Faults(), &graph); err != nil {
			return refuse(http.StatusInternalServerError, "read the directory's faults: %v", err)
		}
		for _, f := range graph {
			f["target"] = json.RawMessage(`"graph"`)
			list = append(list, f)
		}
	}
	return http.StatusOK, list
}

func (s *Sandbox) deleteFaults(*http.Request) (int, any) {
	s.faults.clear()
	if s.opt.Directory != nil {
		s.opt.Directory.ClearFaults()
	}
	return http.StatusOK, struct{}{}
}

// fromDirectory answers with what read returns, if there is a directory.
func (s *Sandbox) fromDirectory(read func() json.RawMessage) (int, any) {
	if s.opt.Directory == nil {
		return refuse(http.StatusNotImplemented, "this sandbox has no directory")
	}
	return http.StatusOK, read()
}

func (s *Sandbox) getUsers(*http.Request) (int, any) {
	return s.fromDirectory(func() json.RawMessage { return s.opt.Directory.Users() })
}

func (s *Sandbox) getGroups(*http.Request) (int, any) {
	return s.fromDirectory(func() json.RawMessage { return s.opt.Directory.Groups() })
}

func (s *Sandbox) getLicences(*http.Request) (int, any) {
	return s.fromDirectory(func() json.RawMessage { return s.opt.Directory.Licences() })
}

func (s *Sandbox) getChanges(r *http.Request) (int, any) {
	since := 0
	if v := r.URL.Query().Get("since"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			return refuse(http.StatusBadRequest, "since is a number from an earlier answer, not %q", v)
		}
		since = n
	}
	return s.fromDirectory(func() json.RawMessage { return s.opt.Directory.Changes(since) })
}

// userID lets scripts name people by their key here, too.
func (s *Sandbox) userID(ref string) string {
	for _, p := range s.opt.People {
		if ref == p.Key {
			return p.ID
		}
	}
	return ref
}

func (s *Sandbox) getUser(r *http.Request) (int, any) {
	if s.opt.Directory == nil {
		return refuse(http.StatusNotImplemented, "this sandbox has no directory")
	}
	raw, ok := s.opt.Directory.User(s.userID(r.PathValue("id")))
	if !ok {
		return refuse(http.StatusNotFound, "the directory has no user %q", r.PathValue("id"))
	}
	return http.StatusOK, raw
}

func (s *Sandbox) patchUser(r *http.Request) (int, any) {
	var props map[string]json.RawMessage
	if err := decode(r, &props); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	status, found := s.getUser(r)
	if status != http.StatusOK {
		return status, found
	}
	if err := s.opt.Directory.PatchUser(s.userID(r.PathValue("id")), props); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	return s.getUser(r)
}

// changeMember adds somebody to a group (POST) or takes them out (DELETE).
func (s *Sandbox) changeMember(r *http.Request) (int, any) {
	var in struct {
		User string `json:"user"`
	}
	if err := decode(r, &in); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	if s.opt.Directory == nil {
		return refuse(http.StatusNotImplemented, "this sandbox has no directory")
	}
	change := s.opt.Directory.AddMember
	if r.Method == http.MethodDelete {
		change = s.opt.Directory.RemoveMember
	}
	if err := change(r.PathValue("name"), s.userID(in.User)); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	return http.StatusOK, struct{}{}
}

// fromCases answers with what read returns, if the sandbox knows the cases.
func (s *Sandbox) fromCases(r *http.Request, read func(context.Context) (json.RawMessage, error)) (int, any) {
	if s.opt.Cases == nil {
		return refuse(http.StatusNotImplemented, "this sandbox does not see the bot's cases")
	}
	raw, err := read(r.Context())
	if err != nil {
		return refuse(http.StatusInternalServerError, "%v", err)
	}
	if raw == nil {
		raw = json.RawMessage("[]")
	}
	return http.StatusOK, raw
}

func (s *Sandbox) getCases(r *http.Request) (int, any) {
	return s.fromCases(r, func(ctx context.Context) (json.RawMessage, error) { return s.opt.Cases.Cases(ctx) })
}

func (s *Sandbox) getLog(r *http.Request) (int, any) {
	return s.fromCases(r, func(ctx context.Context) (json.RawMessage, error) {
		return s.opt.Cases.Log(ctx, r.URL.Query().Get("case"))
	})
}

func (s *Sandbox) getCase(r *http.Request) (int, any) {
	found := true
	status, body := s.fromCases(r, func(ctx context.Context) (raw json.RawMessage, err error) {
		raw, found, err = s.opt.Cases.Case(ctx, r.PathValue("ref"))
		return raw, err
	})
	if status == http.StatusOK && !found {
		return refuse(http.StatusNotFound, "there is no case %q", r.PathValue("ref"))
	}
	return status, body
}
