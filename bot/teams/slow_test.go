package teams

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener without sockets, which would stop virtual time.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "pipe"} }

func (p pipes) dial() net.Conn {
	here, there := net.Pipe()
	p <- there
	return here
}

// crowded is a server in front of an edge, in a bubble: when the test ends every goroutine of it must have.
func crowded(t *testing.T, h Handler, most int, test func(p pipes, c *crowd)) {
	t.Helper()
	firstKey() // made outside the bubble
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		began := time.Now()
		now := func() time.Time { return c.now().Add(time.Since(began)) }
		e, err := NewEdge(EdgeOptions{Config: testConfig(), Handler: h, Log: slog.New(slog.DiscardHandler), Now: now, Keys: newTestKeys(t, newIssuer(), c)})
		if err != nil {
			t.Fatal(err)
		}
		srv := NewServer("", e, slog.New(slog.DiscardHandler))
		crowd := newCrowd(most)
		srv.ConnState = crowd.is
		p := make(pipes)
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := srv.Serve(p); err != http.ErrServerClosed {
				t.Errorf("serve: %v", err)
			}
		}()
		test(p, crowd)
		time.Sleep(5 * time.Minute) // past every limit
		synctest.Wait()
		crowd.mu.Lock()
		if n := len(crowd.at); n > 0 || crowd.waiting.Len() > 0 {
			t.Errorf("%d connections are still open, %d wait", n, crowd.waiting.Len())
		}
		crowd.mu.Unlock()
		close(p)
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		<-done
	})
}

func head(t testing.TB, length int, token string) string {
	return fmt.Sprintf("POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", token, length)
}

// drip writes a byte a second until the other side has had enough, and says how long that took.
func drip(c net.Conn, text string) time.Duration {
	began := time.Now()
	for i := range len(text) {
		if _, err := io.WriteString(c, text[i:i+1]); err != nil {
			break
		}
		time.Sleep(time.Second)
	}
	return time.Since(began)
}

// TestSlowCallers is everybody who takes their time. Each is cut off within the server's limits, the handler is not called, and nothing of
// them is left: no connection and no goroutine.
func TestSlowCallers(t *testing.T) {
	body := wire(t, map[string]any{"text": strings.Repeat("x", 1000)})
	good := goodToken(t, start)
	stranger := "Bearer.is.not"
	for name, tt := range map[string]struct {
		call  func(c net.Conn) time.Duration
		most  time.Duration
		turns int
	}{
		"says nothing":                {func(c net.Conn) time.Duration { return until(c) }, 6 * time.Second, 0},
		"half open":                   {func(c net.Conn) time.Duration { return 0 }, time.Second, 0},
		"headers a byte a second":     {func(c net.Conn) time.Duration { go io.Copy(io.Discard, c); return drip(c, head(t, len(body), good)) }, 7 * time.Second, 0},
		"one header and then nothing": {func(c net.Conn) time.Duration { io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\n"); return until(c) }, 6 * time.Second, 0},
		"body a byte a second": {func(c net.Conn) time.Duration {
			io.WriteString(c, head(t, len(body), good))
			go io.Copy(io.Discard, c)
			return drip(c, string(body))
		}, 12 * time.Second, 0},
		"a stranger's body": {func(c net.Conn) time.Duration {
			io.WriteString(c, head(t, len(body), stranger))
			go io.Copy(io.Discard, c)
			return drip(c, string(body))
		}, 12 * time.Second, 0},
		"half a body": {func(c net.Conn) time.Duration {
			io.WriteString(c, head(t, len(body), good)+string(body[:100]))
			return until(c)
		}, 12 * time.Second, 0},
		"never reads the answer": {func(c net.Conn) time.Duration {
			io.WriteString(c, head(t, len(body), good)+string(body))
			time.Sleep(time.Minute)
			return 0
		}, time.Minute, 1},
		"asks and stays": {func(c net.Conn) time.Duration {
			io.WriteString(c, head(t, len(body), good)+string(body))
			return until(c)
		}, 3 * time.Minute, 1},
		"asks, stays and begins again": {func(c net.Conn) time.Duration {
			io.WriteString(c, head(t, len(body), good)+string(body)+"POST")
			return until(c)
		}, 2*time.Minute + 10*time.Second, 1},
		"chunks a byte a second": {func(c net.Conn) time.Duration {
			io.WriteString(c, strings.Replace(head(t, 0, good), "Content-Length: 0", "Transfer-Encoding: chunked", 1))
			go io.Copy(io.Discard, c)
			return drip(c, strings.Repeat("1\r\nx\r\n", 100))
		}, 12 * time.Second, 0},
		"a chunk's size without an end": {func(c net.Conn) time.Duration {
			io.WriteString(c, strings.Replace(head(t, 0, good), "Content-Length: 0", "Transfer-Encoding: chunked", 1))
			go io.Copy(io.Discard, c)
			return drip(c, strings.Repeat("0", 1000))
		}, 12 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := &recorded{}
			crowded(t, h, mostConnections, func(p pipes, _ *crowd) {
				for range 3 {
					c := p.dial()
					if took := tt.call(c); took > tt.most {
						t.Errorf("it took %v, want at most %v", took, tt.most)
					}
					if err := c.Close(); err != nil {
						t.Error(err)
					}
				}
			})
			if n := len(h.seen()); n != 3*tt.turns {
				t.Errorf("%d turns, want %d", n, 3*tt.turns)
			}
		})
	}
}

// until reads until the other side hangs up, and says how long that took.
func until(c net.Conn) time.Duration {
	began := time.Now()
	if _, err := io.Copy(io.Discard, c); err != nil {
		return time.Since(began)
	}
	return time.Since(began)
}

// TestCrowd opens more connections than there may be, all of which say nothing. Those that waited longest go, whoever asks something is
// answered, and a turn that is under way is not ended for anybody.
func TestCrowd(t *testing.T) {
	var release, in chan struct{} // made in the bubble
	h := &recorded{}
	crowded(t, h, 10, func(p pipes, crowd *crowd) {
		ask := func(id string) (net.Conn, *bufio.Reader) {
			c := p.dial()
			body := wire(t, map[string]any{"id": id, "conversation": map[string]any{"id": "a:" + id, "tenantId": tenantID}})
			if _, err := c.Write(append([]byte(head(t, len(body), goodToken(t, start))), body...)); err != nil {
				t.Errorf("%s: %v", id, err)
			}
			return c, bufio.NewReader(c)
		}
		status := func(r *bufio.Reader) int {
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				return 0
			}
			return resp.StatusCode
		}
		release, in = make(chan struct{}), make(chan struct{})
		h.do = func(_ context.Context, a Activity) {
			if a.ID == "long" {
				close(in)
				<-release
			}
		}
		long, answer := ask("long")
		<-in
		var silent []net.Conn
		for n := range 100 {
			silent = append(silent, p.dial())
			if n%10 == 9 {
				c, r := ask(fmt.Sprint(n))
				if s := status(r); s != http.StatusOK {
					t.Errorf("with %d silent callers somebody is answered %d", n, s)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
			synctest.Wait()
			crowd.mu.Lock()
			if len(crowd.at) > 10 {
				t.Errorf("%d connections are open, want at most 10", len(crowd.at))
			}
			crowd.mu.Unlock()
		}
		gone := 0
		for _, c := range silent {
			if c.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
				gone++ // hung up
			} else if _, err := c.Read(make([]byte, 1)); err == io.EOF {
				gone++
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		if gone < 90 {
			t.Errorf("%d of 100 silent callers were sent away", gone)
		}
		close(release)
		if s := status(answer); s != http.StatusOK {
			t.Errorf("the turn under way was answered %d", s)
		}
		if err := long.Close(); err != nil {
			t.Error(err)
		}
	})
	if n := len(h.seen()); n != 11 {
		t.Errorf("%d turns, want 11", n)
	}
}
