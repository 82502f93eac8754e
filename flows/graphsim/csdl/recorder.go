package csdl

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"
)

// An Exchange is one request and its answer, bodies uncompressed.
type Exchange struct {
	Method   string
	Path     string // escaped, as it was asked for
	Query    string // raw
	Request  []byte
	Status   int
	Response []byte
}

// A Recorder is an http.Handler that passes everything on to another and keeps
// each exchange. A connection that was dropped leaves none.
type Recorder struct {
	next http.Handler
	mu   sync.Mutex
	kept []Exchange
}

// NewRecorder records what next answers.
func NewRecorder(next http.Handler) *Recorder { return &Recorder{next: next} }

// Exchanges gives what was recorded so far, in the order of the answers.
func (r *Recorder) Exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Exchange(nil), r.kept...)
}

func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	e := Exchange{Method: req.Method, Path: req.URL.EscapedPath(), Query: req.URL.RawQuery}
	if req.Body != nil {
		raw, err := io.ReadAll(req.Body)
		if err != nil {
			http.Error(w, "the body could not be read", http.StatusBadRequest)
			return
		}
		req.Body = io.NopCloser(bytes.NewReader(raw))
		e.Request = plain(raw, req.Header.Get("Content-Encoding"))
	}
	tee := &teeWriter{ResponseWriter: w, status: http.StatusOK}
	r.next.ServeHTTP(tee, req)
	e.Status, e.Response = tee.status, tee.body.Bytes()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, e)
}

// plain undoes compression; a body that only claims to be compressed stays.
func plain(raw []byte, encoding string) []byte {
	if !strings.EqualFold(encoding, "gzip") {
		return raw
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return raw
	}
	out, err := io.ReadAll(z)
	if err != nil {
		return raw
	}
	return out
}

type teeWriter struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (t *teeWriter) WriteHeader(status int) {
	t.status = status
	t.ResponseWriter.WriteHeader(status)
}

func (t *teeWriter) Write(b []byte) (int, error) {
	t.body.Write(b)
	return t.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer underneath.
func (t *teeWriter) Unwrap() http.ResponseWriter { return t.ResponseWriter }
