package graphsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// left stands in the log for a value that is nobody's business.
const left = "(left out)"

type logLine struct {
	Time    time.Time         `json:"time"` // on the tenant's clock
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Query   string            `json:"query"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body"`
	Status  int               `json:"status"` // 0: the connection was closed
	Answer  any               `json:"answer"`
}

func (s *Server) logFailed() error {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	return s.logErr
}

// log writes one line per HTTP request; a batch is one line.
func (s *Server) log(at time.Time, r *http.Request, body []byte, a answer, raw []byte) {
	if s.o.Log == nil {
		return
	}
	headers := map[string]string{}
	for k, v := range r.Header {
		if k != "Authorization" {
			headers[k] = strings.Join(v, ", ")
		}
	}
	line := logLine{
		Time: at.UTC(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Headers: headers,
		Body: readable(body, r.Header.Get("Content-Type")), Status: a.status,
	}
	if !a.gone {
		line.Answer = readable(raw, a.header["Content-Type"])
	}
	out, err := json.Marshal(line)
	s.logMu.Lock()
	defer s.logMu.Unlock()
	if err == nil {
		_, err = s.o.Log.Write(append(out, '\n'))
	}
	if err != nil {
		s.logErr = fmt.Errorf("write request log: %w", err)
	}
}

// readable turns a body into JSON for the log, without its secrets.
func readable(body []byte, contentType string) any {
	if len(body) == 0 {
		return nil
	}
	if strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return left
		}
		out := map[string]any{}
		for k := range form {
			out[k] = form.Get(k)
		}
		return hide(out)
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		if strings.HasPrefix(contentType, "text/") {
			return string(body)
		}
		return left // not understood, so nobody knows what is in it
	}
	return hide(v)
}

func hide(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			switch strings.ToLower(k) {
			case "password", "temporaryaccesspass", "client_secret", "client_assertion", "access_token":
				if inner != nil {
					v[k] = left
				}
			default:
				v[k] = hide(inner)
			}
		}
	case []any:
		for i := range v {
			v[i] = hide(v[i])
		}
	}
	return v
}
