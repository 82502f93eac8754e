package graphsim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// errDropped is what a client sees of a connection that was closed.
var errDropped = errors.New("connection closed without an answer")

// Transport reaches a server without a socket, which would stop virtual time.
// The handler runs on the caller's goroutine; a dropped connection and a
// request whose time is up come back as errors, as from the network.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ h http.Handler }

func (t transport) RoundTrip(r *http.Request) (_ *http.Response, err error) {
	if r.Body != nil {
		defer func() { err = errors.Join(err, r.Body.Close()) }()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	w := &answerWriter{header: http.Header{}, status: http.StatusOK}
	dropped := serve(t.h, w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if dropped {
		return nil, errDropped
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.header,
		Body: io.NopCloser(bytes.NewReader(w.body.Bytes())), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// serve runs the handler and says whether it dropped the connection.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (dropped bool) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			dropped = true
		default:
			panic(v)
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

type answerWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *answerWriter) Header() http.Header         { return w.header }
func (w *answerWriter) WriteHeader(status int)      { w.status = status }
func (w *answerWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
