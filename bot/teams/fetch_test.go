package teams

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// fileServer answers a fetch, and remembers what was asked.
type fileServer struct {
	status int
	body   []byte
	head   http.Header
	err    error
	asked  []*http.Request
}

func (s *fileServer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r)
	if s.err != nil {
		return nil, s.err
	}
	h := s.head
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: s.status, Header: h, Body: io.NopCloser(bytes.NewReader(s.body)), Request: r}, nil
}

const download = "https://larkfield-my.sharepoint.com/personal/hannah/_layouts/15/download.aspx?UniqueId=1&tempauth=opens-it-for-anybody"

func fetcher(t *testing.T, s *fileServer, log *bytes.Buffer) *Connector {
	t.Helper()
	return newTestConnector(t, newFakeTeams(), func(o *ConnectorOptions) {
		o.HTTP = s
		o.Config.ServiceURLHosts = []string{"127.0.0.1:3979", "files.larkfield.example"}
		o.Log = slog.New(slog.NewTextHandler(log, nil))
	})
}

func TestFetch(t *testing.T) {
	s, log := &fileServer{status: http.StatusOK, body: []byte("Name,Last day\n")}, &bytes.Buffer{}
	b, err := fetcher(t, s, log).Fetch(t.Context(), download, 100)
	if err != nil || string(b) != "Name,Last day\n" {
		t.Fatalf("%q, %v", b, err)
	}
	if len(s.asked) != 1 || s.asked[0].Method != http.MethodGet || s.asked[0].Header.Get("Authorization") != "" {
		t.Errorf("asked %+v", s.asked)
	}
	if log.Len() > 0 {
		t.Errorf("the log says %s", log)
	}
}

// TestFetchWhere: only Microsoft's places, and those that the config names, are asked at all. A refusal does not tell the address.
func TestFetchWhere(t *testing.T) {
	for address, want := range map[string]bool{
		download: true,
		"https://larkfield.sharepoint.us/x?tempauth=1":             true,
		"https://eu-prod.asyncgw.svc.ms/v1/x":                      true,
		"https://larkfield.sharepoint.com:443/x":                   true,
		"http://127.0.0.1:3979/sandbox/files/1/a.csv":              true,
		"https://files.larkfield.example/a.csv":                    true,
		"http://larkfield.sharepoint.com/x":                        false,
		"https://larkfield.sharepoint.com:8443/x":                  false,
		"https://sharepoint.com/x":                                 false,
		"https://.sharepoint.com/x":                                false,
		"https://larkfield.sharepoint.com.evil.example/x":          false,
		"https://evilsharepoint.com/x":                             false,
		"https://larkfield.sharepoint.com@evil.example/x":          false,
		"https://hannah:secret@larkfield.sharepoint.com/x":         false,
		"https://evil.example/x?.sharepoint.com":                   false,
		"https://evil.example#.sharepoint.com":                     false,
		"https://169.254.169.254/latest/meta-data":                 false,
		"http://127.0.0.1:3978/readyz":                             false,
		"http://localhost/x":                                       false,
		"http://[::1]:3979/x":                                      false,
		"https://10.0.0.1/x":                                       false,
		"file:///etc/passwd":                                       false,
		"ftp://larkfield.sharepoint.com/x":                         false,
		"//larkfield.sharepoint.com/x":                             false,
		"larkfield.sharepoint.com/x":                               false,
		"":                                                         false,
		"https://larkfield.sharepoint.com/%zz":                     false,
		"https://files.larkfield.example:444/a.csv":                false,
		"http://files.larkfield.example/a.csv":                     false,
		"https://sub.files.larkfield.example/a.csv":                false,
		"https://smba.trafficmanager.net.sharepoint.example/a.csv": false,
	} {
		s, log := &fileServer{status: http.StatusOK}, &bytes.Buffer{}
		_, err := fetcher(t, s, log).Fetch(t.Context(), address, 100)
		if (err == nil) != want || len(s.asked) > 0 != want {
			t.Errorf("%q: %v, asked %d times", address, err, len(s.asked))
		}
		if !want && !errors.Is(err, RefusedHost) {
			t.Errorf("%q: error %v", address, err)
		}
		if text := log.String() + errText(err); strings.Contains(text, "tempauth") || strings.Contains(text, "secret") {
			t.Errorf("%q: %s", address, text)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestFetchFails(t *testing.T) {
	for name, tt := range map[string]struct {
		server fileServer
		want   func(*Error) bool
	}{
		"it is gone":        {fileServer{status: http.StatusNotFound}, func(e *Error) bool { return e.NotFound && !e.Temporary }},
		"the link ended":    {fileServer{status: http.StatusForbidden}, func(e *Error) bool { return e.NotFound && !e.Temporary }},
		"elsewhere":         {fileServer{status: http.StatusFound, head: http.Header{"Location": {"https://evil.example/"}}}, func(e *Error) bool { return e.NotFound }},
		"throttled":         {fileServer{status: http.StatusTooManyRequests}, func(e *Error) bool { return e.Temporary }},
		"out of order":      {fileServer{status: http.StatusBadGateway}, func(e *Error) bool { return e.Temporary }},
		"nobody is there":   {fileServer{err: refusedConnection()}, func(e *Error) bool { return e.Temporary }},
		"one byte too many": {fileServer{status: http.StatusOK, body: bytes.Repeat([]byte("x"), 101)}, func(e *Error) bool { return e.TooBig && !e.Temporary }},
	} {
		log := &bytes.Buffer{}
		b, err := fetcher(t, &tt.server, log).Fetch(t.Context(), download, 100)
		e, ok := errors.AsType[*Error](err)
		if !ok || !tt.want(e) || b != nil {
			t.Errorf("%s: %d bytes, %+v", name, len(b), err)
		}
		if len(tt.server.asked) != 1 {
			t.Errorf("%s: asked %d times", name, len(tt.server.asked))
		}
		if strings.Contains(errText(err)+log.String(), "tempauth") {
			t.Errorf("%s: the address is told: %v", name, err)
		}
	}
}

func TestDecodeLines(t *testing.T) {
	for raw, want := range map[string][]string{
		"":                          nil,
		"new starter Priya":         nil,
		"\n\nnew starter Priya\n\n": nil,
		"new starters\r\nAnn Lee\r\n\r\n Bo  Ray ":           {"new starters", "Ann Lee", "Bo Ray"},
		"<at>Muster</at> leavers\n\u200b\nNadia\u2028Callum": {"leavers", "Nadia", "Callum"},
	} {
		got := plainLines(raw, []string{"<at>Muster</at>"})
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q = %q, want %q", raw, got, want)
		}
	}
}
