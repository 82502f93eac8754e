package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestReach(t *testing.T) {
	for at, want := range map[string]string{ // who may reach it: P public, N network, R rig, F platform, m machine
		"93.184.216.34": "PNR", "2606:2800:220:1::1": "PNR",
		"127.0.0.1": "RFm", "::1": "RFm", "127.8.9.10": "RFm", "::ffff:127.0.0.1": "RFm",
		"10.1.2.3": "NRF", "172.16.0.1": "NRF", "192.168.0.1": "NRF", "fd00::1": "NRF", "::ffff:10.0.0.1": "NRF", "100.64.0.1": "NRF",
		"169.254.169.254": "F", "fe80::1": "F", "fe80::1%eth0": "F", "::ffff:169.254.169.254": "F",
		"168.63.129.16": "", "fd00:ec2::254": "F", "100.100.100.200": "F", // a cloud's own
		"0.0.0.0": "", "::": "", "224.0.0.1": "", "ff02::1": "", "255.255.255.255": "", "240.0.0.1": "", "198.18.0.1": "", "192.0.0.8": "", "0.1.2.3": "",
		"64:ff9b::a00:1": "", "64:ff9b:1::1": "", "2002:7f00:1::": "", "2001::1": "", "::127.0.0.1": "",
	} {
		got := ""
		for _, r := range []struct {
			reach Reach
			name  string
		}{{Public, "P"}, {Network, "N"}, {Rig, "R"}, {Platform, "F"}, {machine, "m"}} {
			if r.reach.to(netip.MustParseAddr(at).Unmap()) {
				got += r.name
			}
		}
		if got != want {
			t.Errorf("%s is reached by %q, want %q", at, got, want)
		}
	}
	if Reach(99).to(netip.MustParseAddr("93.184.216.34")) {
		t.Error("a reach that there is not reaches something")
	}
}

func TestSame(t *testing.T) {
	for raw, want := range map[string]bool{
		"https://hooks.example/other?x=1": true, "https://HOOKS.example/": true, "http://hooks.example/": false, "https://hooks.example:444/": false, "https://hooks.example.evil.example/": false, "https://evil.example/hooks.example": false,
	} {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := Same("https://hooks.example/muster")(u); got != want {
			t.Errorf("%s: %t, want %t", raw, got, want)
		}
		if Same("")(u) || Same("://")(u) || Same("/only/a/path")(u) {
			t.Errorf("%s is the same as no address", raw)
		}
	}
}

// hostile is a server that does what it can to a client, and counts what reaches another one.
func hostile(t *testing.T) (evil *httptest.Server, strayed *int) {
	strayed = new(int)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { *strayed++ }))
	t.Cleanup(other.Close)
	var zeros bytes.Buffer
	z := gzip.NewWriter(&zeros)
	if _, err := z.Write(make([]byte, 8<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for path, to := range map[string]string{"/elsewhere": other.URL, "/metadata": "http://169.254.169.254/latest/meta-data", "/file": "file:///etc/passwd", "/self": "/fine"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) })
	}
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(zeros.Bytes())
	})
	mux.HandleFunc("/head", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) })
	mux.HandleFunc("/fine", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "exactly 16 bytes") })
	evil = httptest.NewServer(mux)
	t.Cleanup(evil.Close)
	return evil, strayed
}

// Whatever a server does, a client goes nowhere else and reads no more than its purpose allows.
func TestHostileServer(t *testing.T) {
	evil, strayed := hostile(t)
	c := Purpose{Name: "a purpose", Allow: Same(evil.URL), Reach: Rig, Most: 16}.Client(nil)
	get := func(path string) (int, []byte, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, evil.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer canary")
		resp, err := c.Do(req)
		if err != nil {
			return 0, nil, err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return resp.StatusCode, b, err
	}
	for _, path := range []string{"/elsewhere", "/metadata", "/file", "/self"} {
		if status, _, err := get(path); status != http.StatusTemporaryRedirect && !errors.Is(err, ErrTooBig) {
			t.Errorf("%s: status %d, %v", path, status, err)
		}
	}
	for _, path := range []string{"/endless", "/bomb"} {
		if _, b, err := get(path); !errors.Is(err, ErrTooBig) || len(b) > 16 || strings.Contains(err.Error(), evil.URL) {
			t.Errorf("%s: %d bytes, %v", path, len(b), err)
		}
	}
	if _, _, err := get("/head"); err == nil {
		t.Error("a head of a megabyte is read")
	}
	if _, b, err := get("/fine"); err != nil || string(b) != "exactly 16 bytes" {
		t.Errorf("what is allowed: %q, %v", b, err)
	}
	if *strayed != 0 {
		t.Errorf("%d requests went elsewhere", *strayed)
	}
}

// A library that follows redirects by itself gets no further than the hosts of the purpose.
func TestLibraryThatFollows(t *testing.T) {
	evil, strayed := hostile(t)
	c := http.Client{Transport: Purpose{Name: "a purpose", Allow: Same(evil.URL), Reach: Rig, Most: 1 << 10}.Transport(nil)}
	for _, path := range []string{"/elsewhere", "/metadata", "/file"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, evil.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := c.Do(req); err == nil {
			resp.Body.Close()
			t.Errorf("%s is followed: %d", path, resp.StatusCode)
		} else if !errors.Is(err, ErrElsewhere) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if *strayed != 0 {
		t.Errorf("%d requests went elsewhere", *strayed)
	}
}

// Names that lead to this machine, its link or a cloud's platform are refused where a connection is made, whatever the name is.
func TestNameThatLeadsAstray(t *testing.T) {
	evil, _ := hostile(t)
	at, err := url.Parse(evil.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		reach Reach
		host  string
		ok    bool
	}{
		"a rig's":                     {Rig, "127.0.0.1", true},
		"a rig, by an odd spelling":   {Rig, "[::ffff:127.0.0.1]", true},
		"this machine, said so":       {Network, "127.0.0.1", true},
		"this machine, for Microsoft": {Platform, "127.0.0.1", true},
		"public only":                 {Public, "127.0.0.1", false},
		"public only, said so":        {Public, "localhost", false},
	} {
		t.Run(name, func(t *testing.T) {
			u := "http://" + tt.host + ":" + at.Port() + "/fine"
			c := Purpose{Name: "a purpose", Allow: func(*url.URL) bool { return true }, Reach: tt.reach, Most: 1 << 10}.Client(nil)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := c.Do(req)
			if err == nil {
				resp.Body.Close()
			}
			if (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrAddress) {
				t.Errorf("%v", err)
			}
		})
	}
	for _, to := range []string{"169.254.169.254:80", "168.63.129.16:80", "0.0.0.0:80", "[fe80::1]:80"} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if conn, err := (Purpose{Name: "a purpose", Reach: Network}).dial(ctx, "tcp", to); !errors.Is(err, ErrAddress) {
			t.Errorf("%s: %v", to, err)
			if err == nil {
				conn.Close()
			}
		}
		cancel()
	}
}

func TestNoPurposeNoRequest(t *testing.T) {
	sent := 0
	carry := func(*http.Request) (*http.Response, error) { sent++; return nil, errors.New("sent") }
	for name, p := range map[string]Purpose{
		"no hosts":      {Name: "a purpose"},
		"another host":  {Name: "a purpose", Allow: Same("https://other.example")},
		"another shape": {Name: "a purpose", Allow: func(u *url.URL) bool { return u.Scheme == "ftp" }},
	} {
		for _, to := range []string{"https://hooks.example/secret-path?sig=canary", "ftp://hooks.example/", "file:///etc/passwd"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := p.Transport(trip(carry)).RoundTrip(req)
			if err == nil {
				resp.Body.Close()
			}
			if r, ok := errors.AsType[*Refusal](err); !ok || !errors.Is(err, ErrElsewhere) || strings.Contains(r.Error(), "canary") || strings.Contains(r.Error(), "hooks.example") {
				t.Errorf("%s, %s: %v", name, to, err)
			}
		}
	}
	if sent != 0 {
		t.Errorf("%d were sent", sent)
	}
}

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// An answer that begins and never ends, drop by drop, is given up in the time of the purpose.
func TestSlowAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Purpose{Name: "a purpose", Allow: func(*url.URL) bool { return true }, Most: 1 << 20, Time: 30 * time.Second}.Client(trip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(drip{r.Context()}), Request: r}, nil
		}))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://slow.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.ReadAll(resp.Body); err == nil || time.Since(began) > 40*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}

// drip is a body that gives one byte a second for as long as it is asked.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(time.Second):
		p[0] = 'x'
		return 1, nil
	}
}

// Old TLS is not spoken, and a certificate that nobody vouches for is not believed.
func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10} //nolint:gosec // what must be refused
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	for name, conf := range map[string]*tls.Config{"the system's roots": nil, "no questions asked": {InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}} { //nolint:gosec // the version is still refused
		c := Purpose{Name: "a purpose", Allow: Same(s.URL), Reach: Rig, Most: 1, TLS: conf}.Client(nil)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := c.Do(req); err == nil {
			resp.Body.Close()
			t.Errorf("%s: TLS 1.1 is spoken", name)
		}
	}
}

// A proxy of the environment is a proxy only where the purpose has one, and then it may be anywhere.
func TestDialIsGuardedWithoutProxy(t *testing.T) {
	g, ok := Purpose{Name: "a purpose", Reach: Public}.Transport(nil).(*guard)
	if !ok {
		t.Fatal("no guard")
	}
	direct, ok := g.direct.(*http.Transport)
	if !ok || direct.Proxy != nil {
		t.Error("without a proxy one is used")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if conn, err := direct.DialContext(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, ErrAddress) {
		t.Errorf("this machine is reached: %v", err)
		if err == nil {
			conn.Close()
		}
	}
}
