package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Purpose is what a client is for, and all that it may do for that.
type Purpose struct {
	Name  string                // in errors, such as "Microsoft Graph"
	Allow func(u *url.URL) bool // by scheme, host and port; asked before every request
	Reach Reach                 // where a name may lead
	Proxy bool                  // whether the proxy of the environment is used; it then resolves the names
	Most  int64                 // bytes of an answer after it was unpacked
	Wait  time.Duration         // until an answer begins; zero is a minute
	Time  time.Duration         // for all of it; zero leaves it to the caller's context
	Idle  int                   // connections kept for the next request; zero is a few
	TLS   *tls.Config           // nil: the system's roots
}

// What a client refuses. Neither holds an address.
var (
	ErrElsewhere = errors.New("the request would have gone to a host that is not of its purpose")
	ErrAddress   = errors.New("the name leads to an address that is not of its purpose")
	ErrTooBig    = errors.New("the answer is longer than any of its purpose")
)

// The limits of every client.
const (
	dialTime  = 10 * time.Second
	usualWait = time.Minute
	usualIdle = 4
	mostHead  = 64 << 10
)

// Client makes the client of a purpose. t is what carries the requests; nil is the network, and tests hand in their own.
func (p Purpose) Client(t http.RoundTripper) *http.Client {
	return &http.Client{Transport: p.Transport(t), Timeout: p.Time, CheckRedirect: stay}
}

// stay follows no redirect: what was checked is the first address, not where it points.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Transport is what carries the requests of a purpose, for libraries that make their own client. They must be kept from following redirects;
// to another host one fails here all the same.
func (p Purpose) Transport(t http.RoundTripper) http.RoundTripper {
	g := &guard{p: p, direct: t, through: t}
	if t == nil {
		g.direct, g.through = p.network(p.dial, nil), p.network(plain, http.ProxyFromEnvironment)
	}
	return g
}

func (p Purpose) network(dial func(ctx context.Context, network, addr string) (net.Conn, error), proxy func(*http.Request) (*url.URL, error)) *http.Transport {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.TLS != nil {
		conf = p.TLS.Clone()
		conf.MinVersion = max(conf.MinVersion, tls.VersionTLS12)
	}
	wait, idle := p.Wait, p.Idle
	if wait == 0 {
		wait = usualWait
	}
	if idle == 0 {
		idle = usualIdle
	}
	return &http.Transport{
		Proxy: proxy, DialContext: dial, TLSClientConfig: conf, TLSHandshakeTimeout: dialTime, ForceAttemptHTTP2: true, ResponseHeaderTimeout: wait,
		MaxResponseHeaderBytes: mostHead, MaxIdleConnsPerHost: idle, IdleConnTimeout: 90 * time.Second, ExpectContinueTimeout: time.Second,
	}
}

// plain connects to a proxy, which the environment names and which may be anywhere.
func plain(ctx context.Context, network, addr string) (net.Conn, error) {
	return (&net.Dialer{Timeout: dialTime}).DialContext(ctx, network, addr)
}

// guard holds every request and every answer to the purpose.
type guard struct {
	p               Purpose
	direct, through http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	if (req.URL.Scheme != "https" && req.URL.Scheme != "http") || req.URL.Host == "" || g.p.Allow == nil || !g.p.Allow(req.URL) {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, g.refuse(ErrElsewhere)
	}
	by := g.direct
	if g.p.Proxy {
		if via, err := http.ProxyFromEnvironment(req); err == nil && via != nil {
			by = g.through
		}
	}
	resp, err := by.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body = &bounded{from: resp.Body, left: g.p.Most, over: g.refuse(ErrTooBig)}
	return resp, nil
}

// CloseIdleConnections lets a client be put away.
func (g *guard) CloseIdleConnections() {
	for _, t := range []http.RoundTripper{g.direct, g.through} {
		if c, ok := t.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}

func (g *guard) refuse(why error) error { return &Refusal{Purpose: g.p.Name, Why: why} }

// Refusal is what a client would not do. It wraps one of the errors of this package.
type Refusal struct {
	Purpose string
	Why     error
}

func (r *Refusal) Error() string { return r.Purpose + ": " + r.Why.Error() }

func (r *Refusal) Unwrap() error { return r.Why }

// bounded is the body of an answer, which fails where it is longer than its purpose allows: an answer that was cut could be taken for whole.
type bounded struct {
	from io.ReadCloser
	left int64
	over error
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	if int64(n) > b.left {
		n = int(b.left)
		err = b.over
	}
	b.left -= int64(n)
	return n, err
}

func (b *bounded) Close() error { return b.from.Close() }
